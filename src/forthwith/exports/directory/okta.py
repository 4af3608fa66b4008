"""Okta: users, groups, members, admin roles, applications and who has them.

Source: Okta Management API, OpenAPI description 2024.06 (okta-management-openapi-spec, `User`,
`Group`, `Role`, `Application`, `AppUser`, `ApplicationGroupAssignment`) and okta-sdk-golang v5 for
the types of roles. What a standard role may do is Okta's table "Standard administrator roles and
permissions" (help centre, 2025), as far as it resets logins, fills groups and gives applications.

Listings: GET /api/v1/users, /groups, /groups/{id}/users, /users/{id}/roles and /groups/{id}/roles,
/apps, /apps/{id}/users, /apps/{id}/groups.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from forthwith.exports.directory.model import (
    ADMIN,
    PLAIN,
    SUPER,
    Account,
    Assignment,
    Directory,
    Group,
    Reach,
    Role,
    first,
    told,
)
from forthwith.plain import json_values as js

_TARGETS = "the role is not limited to groups or applications that leave this out"
_EVERYTHING = Reach(
    takes_over=(PLAIN, ADMIN, SUPER), groups=True, privileged_groups=True, apps=True, roles=True
)
_HELPS = Reach(takes_over=(PLAIN,), limited=_TARGETS)
_NOTHING = Reach()
#: Type of a standard role to what it is called and lets do.
ROLES: Mapping[str, tuple[str, Reach]] = {
    "SUPER_ADMIN": ("Super administrator", _EVERYTHING),
    "ORG_ADMIN": (
        "Organization administrator",
        Reach(
            takes_over=(PLAIN,),
            perhaps=((ADMIN, "Okta lets this role reset another administrator"),),
            groups=True,
            apps=True,
        ),
    ),
    "USER_ADMIN": (
        "Group administrator",
        Reach(takes_over=(PLAIN,), groups=True, limited=_TARGETS),
    ),
    "HELP_DESK_ADMIN": ("Help desk administrator", _HELPS),
    "GROUP_MEMBERSHIP_ADMIN": (
        "Group membership administrator",
        Reach(groups=True, limited=_TARGETS),
    ),
    "APP_ADMIN": ("Application administrator", Reach(apps=True, limited=_TARGETS)),
    "ACCESS_REQUESTS_ADMIN": (
        "Access requests administrator",
        Reach(groups=True, apps=True, limited="a request type gives this"),
    ),
    "ACCESS_CERTIFICATIONS_ADMIN": ("Access certifications administrator", _NOTHING),
    "READ_ONLY_ADMIN": ("Read-only administrator", _NOTHING),
    "REPORT_ADMIN": ("Report administrator", _NOTHING),
    "MOBILE_ADMIN": ("Mobile administrator", _NOTHING),
    "API_ACCESS_MANAGEMENT_ADMIN": ("API access management administrator", _NOTHING),
    "WORKFLOWS_ADMIN": (
        "Workflows administrator",
        Reach(unknown="what its workflows may do is not in the export"),
    ),
    "API_ADMIN": ("API access management administrator", _NOTHING),
}
_STATES = {
    "ACTIVE": "active", "PASSWORD_EXPIRED": "active", "RECOVERY": "active",
    "LOCKED_OUT": "locked", "PROVISIONED": "locked", "STAGED": "new",
    "SUSPENDED": "ended", "DEPROVISIONED": "ended",
}  # fmt: skip
_IDLE = frozenset(("_links", "_embedded", "type", "objectClass", "passwordChanged", "lastUpdated"))
_TAKEN: Mapping[str, frozenset[str]] = {
    "user": _IDLE | {"id", "status", "created", "activated", "statusChanged", "lastLogin",
                     "profile", "credentials", "realmId", "transitioningToStatus"},
    "group": _IDLE | {"id", "created", "lastMembershipUpdated", "profile", "source"},
    "role": _IDLE | {"id", "label", "status", "created", "assignmentType", "role", "resource-set",
                     "description", "permissions"},
    "app": _IDLE | {"id", "name", "label", "status", "created", "signOnMode", "orn"},
    "app_user": _IDLE | {"id", "externalId", "created", "scope", "status", "statusChanged",
                         "passwordChanged", "syncState", "lastSync", "credentials", "profile"},
    "app_group": _IDLE | {"id", "priority", "profile"},
}  # fmt: skip
_PROFILE = frozenset((
    "login", "email", "secondEmail", "firstName", "lastName", "middleName", "displayName",
    "nickName", "employeeNumber", "organization", "division", "department", "title", "costCenter",
    "userType", "manager", "managerId", "countryCode", "city", "state",
))  # fmt: skip
_LINK = re.compile(r"/api/v1/(users|groups|apps)/([^/?]+)")
_TYPES = frozenset(("OKTA_GROUP", "APP_GROUP", "BUILT_IN"))


def kind(record: Mapping[str, Any]) -> str:
    """Return what a record of Okta's is, "" for none of them."""
    profile = js.record(record.get("profile"))
    if "scope" in record and {"externalId", "syncState", "credentials"} & record.keys():
        return "app_user"
    if "login" in profile and "status" in record:
        return "user"
    if "name" in profile and ("objectClass" in record or js.text(record.get("type")) in _TYPES):
        return "group"
    if "label" in record and (js.text(record.get("type")) in ROLES or "assignmentType" in record):
        return "role"
    if "signOnMode" in record and "label" in record:
        return "app"
    if "priority" in record and "id" in record and "_links" in record:
        return "app_group"
    return ""


def owner(record: Mapping[str, Any], kind: str) -> str:
    """Return the id of what a record's listing is of, as the record's links say; "" for none."""
    wanted = ("users", "groups") if kind == "role" else ("apps",)
    links = js.record(record.get("_links"))
    for name in ("assignee", "app", "self"):
        found = _LINK.search(js.text(js.record(links.get(name)).get("href")))
        if found and found[1] in wanted:
            return found[2]
    return ""


def take(kind: str, record: Mapping[str, Any], of: str, file: str, book: Directory) -> None:
    """Add one record to the directory; `of` is what its listing is of, where it has that."""
    for name in record.keys() - _TAKEN[kind]:
        book.unread[f"{file}: {kind}.{name}"] = None
    key = js.text(record.get("id"))
    if kind == "user":
        book.keep(_account(record, file, book))
    elif kind == "group":
        profile = js.record(record.get("profile"))
        for name in profile.keys() - {"name", "description"}:
            book.unread[f"{file}: group.profile.{name}"] = None
        rule = "an application it is imported from" if record.get("type") == "APP_GROUP" else ""
        book.groups[key] = Group(key, js.text(profile.get("name")), rule=rule)
    elif kind == "role":
        _role(record, of, book)
    elif kind == "app":
        ended = js.text(record.get("status")).upper() == "INACTIVE"
        label = js.text(record.get("label")) or js.text(record.get("name"))
        book.apps[key] = f"{label} (inactive)" if ended else label
    elif kind == "app_user":
        _app_user(record, key, of, book)
    else:
        book.app_access.append(Assignment(key, of))


def _account(record: Mapping[str, Any], file: str, book: Directory) -> Account:
    profile = js.record(record.get("profile"))
    for name in profile.keys() - _PROFILE:
        if profile[name] not in (None, "", []):
            book.unread[f"{file}: user.profile.{name}"] = None

    def said(name: str) -> str:
        return js.text(profile.get(name)).strip()

    provider = js.record(js.record(record.get("credentials")).get("provider"))
    keeper = js.text(provider.get("type")).upper()
    full = " ".join(filter(None, (said("firstName"), said("lastName"))))
    return Account(
        id=js.text(record.get("id")),
        name=said("displayName") or full or said("login"),
        logins=(said("login"),),
        mails=(said("email"),) if said("email") else (),
        other_mails=(said("secondEmail"),) if said("secondEmail") else (),
        numbers=(said("employeeNumber"),) if said("employeeNumber") else (),
        state=_STATES.get(js.text(record.get("status")).upper(), ""),
        start=first(js.text(record.get("activated")), js.text(record.get("created"))),
        since=first(js.text(record.get("statusChanged"))),
        last_login=first(js.text(record.get("lastLogin"))),
        manager=said("managerId") or said("manager"),
        country=said("countryCode"),
        office=", ".join(filter(None, (said("city"), said("state")))),
        told=told(
            company=said("organization"),
            division=said("division"),
            department=said("department"),
            title=said("title"),
            type=said("userType"),
            **{"cost centre": said("costCenter")},
        ),
        password_kept_by="" if keeper in ("", "OKTA", "IMPORT") else js.text(provider.get("name")),
        file=file,
    )


def _role(record: Mapping[str, Any], of: str, book: Directory) -> None:
    status = js.text(record.get("status")).upper()
    if status == "INACTIVE":
        book.notes[f"The role {js.text(record.get('label'))} of {of} is inactive."] = None
        return
    name = js.text(record.get("type")).upper()
    label, reach = ROLES.get(name, ("", Reach(unknown="what a custom role may do is not read")))
    key = name if name in ROLES else f"custom/{js.text(record.get('role')) or name}"
    book.roles[key] = Role(key, label or js.text(record.get("label")) or name, reach)
    book.assignments.append(Assignment(of, key))


def _app_user(record: Mapping[str, Any], key: str, of: str, book: Directory) -> None:
    status = js.text(record.get("status")).upper()
    if status in ("INACTIVE", "SUSPENDED", "DEPROVISIONED"):
        book.notes[f"Users whose assignment to application {of} is not active are left out."] = None
        return
    book.app_access.append(Assignment(key, of))
    login = js.text(js.record(record.get("credentials")).get("userName"))
    account = book.accounts.get(key)
    if account and login and login not in account.logins:
        book.accounts[key] = replace(account, logins=(*account.logins, login))
