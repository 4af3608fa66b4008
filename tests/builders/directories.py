"""Records of three directories of an invented exchange, as their APIs list them."""

from __future__ import annotations

import json
from typing import Any

#: Template ids of Entra's built-in roles.
GLOBAL = "62e90394-69f5-4237-9190-012177145e10"
HELPDESK = "729827e3-9c14-49f7-bb1b-9608f156bbb8"
READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
_OKTA = "https://bramble.okta.example/api/v1"


def listing(name: str, value: Any) -> tuple[str, bytes]:
    return name, json.dumps(value).encode()


def okta_user(key: str, name: str, status: str = "ACTIVE", **more: Any) -> dict[str, Any]:
    given, _, family = name.partition(" ")
    login = f"{given.lower()}@bramble.example"
    profile = {"login": login, "email": login, "firstName": given, "lastName": family}
    return {
        "id": key,
        "status": status,
        "created": "2021-02-01T09:00:00.000Z",
        "activated": "2021-02-02T09:00:00.000Z",
        "statusChanged": more.pop("changed", "2021-02-02T09:00:00.000Z"),
        "lastLogin": more.pop("seen", None),
        "type": {"id": "oty1"},
        "profile": profile | more.pop("profile", {}),
        "credentials": {"provider": {"type": "OKTA", "name": "OKTA"}},
        "_links": {"self": {"href": f"{_OKTA}/users/{key}"}},
        **more,
    }


def okta_group(key: str, name: str) -> dict[str, Any]:
    profile = {"name": name, "description": ""}
    return {"id": key, "type": "OKTA_GROUP", "profile": profile, "objectClass": ["okta:user_group"]}


def okta_role(user: str, kind: str, **more: Any) -> dict[str, Any]:
    links = {"assignee": {"href": f"{_OKTA}/users/{user}"}}
    role = {"id": f"ra-{user}", "label": kind.title(), "type": kind, "status": "ACTIVE"}
    return role | {"assignmentType": "USER", "_links": links} | more


def graph(*records: dict[str, Any], of: str = "users", more: str = "") -> dict[str, Any]:
    context = f"https://graph.microsoft.com/v1.0/$metadata#{of}"
    page = {"@odata.context": context, "value": list(records)}
    return page | ({"@odata.nextLink": more} if more else {})


def graph_user(key: str, name: str, enabled: bool | None = True, **more: Any) -> dict[str, Any]:
    mail = f"{name.split()[0].lower()}@bramble.example"
    said = {} if enabled is None else {"accountEnabled": enabled}
    names = {"displayName": name, "userPrincipalName": mail, "mail": mail}
    return {"id": key, **names, "createdDateTime": "2021-02-01T09:00:00Z", **said, **more}


def graph_group(key: str, name: str, **more: Any) -> dict[str, Any]:
    return {"id": key, "displayName": name, "groupTypes": [], "securityEnabled": True, **more}


def graph_member(key: str, kind: str = "user") -> dict[str, Any]:
    return {"@odata.type": f"#microsoft.graph.{kind}", "id": key}


def assigned(principal: str, role: str, **more: Any) -> dict[str, Any]:
    given = {"id": f"as-{principal}", "principalId": principal, "roleDefinitionId": role}
    return given | {"directoryScopeId": "/"} | more


def google_user(key: str, name: str, **more: Any) -> dict[str, Any]:
    given, _, family = name.partition(" ")
    return {
        "kind": "admin#directory#user",
        "id": key,
        "primaryEmail": f"{given.lower()}@bramble.example",
        "name": {"givenName": given, "familyName": family, "fullName": name},
        "isAdmin": False,
        "suspended": False,
        "creationTime": "2021-02-01T09:00:00.000Z",
        "lastLoginTime": "1970-01-01T00:00:00.000Z",
        **more,
    }


def google_member(key: str, kind: str = "USER", role: str = "MEMBER") -> dict[str, Any]:
    return {"id": key, "email": f"{key}@bramble.example", "role": role, "type": kind}
