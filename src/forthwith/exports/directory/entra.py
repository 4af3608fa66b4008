"""Entra ID as Microsoft Graph lists it: users, groups, members, directory roles, eligibility.

Source: Microsoft Graph v1.0 (metadata of 2024; resource types user, group, directoryRole,
unifiedRoleDefinition, unifiedRoleAssignment, unifiedRoleEligibilitySchedule and …Instance,
unifiedRoleAssignmentSchedule and …Instance, privilegedAccessGroupEligibilitySchedule,
userRegistrationDetails). What a built-in role may do: "Microsoft Entra built-in roles" and the
table "Who can reset passwords" of the article on privileged roles (2024), by template id.
"""

from __future__ import annotations

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
    Member,
    Reach,
    Role,
    first,
    told,
)
from forthwith.plain import json_values as js

_TABLE = "Microsoft's table lets this role reset one who has that role"
_ADMINS = ((ADMIN, _TABLE),)
_EVERYTHING = Reach(
    takes_over=(PLAIN, ADMIN, SUPER), groups=True, privileged_groups=True, apps=True, roles=True
)
_PASSWORDS = Reach(sets_password=(PLAIN,), perhaps=_ADMINS)
_NOTHING = Reach()
#: Who rewrites how a domain's people sign in can sign in as any of them.
_FEDERATES = Reach(
    perhaps=tuple(
        (who, "the role is used to change how a domain signs in") for who in (PLAIN, ADMIN, SUPER)
    )
)
_APPLICATIONS = Reach(
    apps=True,
    perhaps=tuple(
        (who, "an application with rights over the directory is given a new secret")
        for who in (PLAIN, ADMIN, SUPER)
    ),
)
#: Template id of a built-in role to its name and what it lets do.
BUILT_IN: Mapping[str, tuple[str, Reach]] = {
    "62e90394-69f5-4237-9190-012177145e10": ("Global Administrator", _EVERYTHING),
    "e8611ab8-c189-46e8-94e1-60213ab1f814": (
        "Privileged Role Administrator", Reach(roles=True, privileged_groups=True)),
    "7be44c8a-adaf-4e2a-84d6-ab2649e08a13": (
        "Privileged Authentication Administrator", Reach(takes_over=(PLAIN, ADMIN, SUPER))),
    "c4e39bd9-1100-46d3-8c65-fb160da0071f": (
        "Authentication Administrator", Reach(takes_over=(PLAIN,), perhaps=_ADMINS)),
    "729827e3-9c14-49f7-bb1b-9608f156bbb8": ("Helpdesk Administrator", _PASSWORDS),
    "966707d0-3269-4727-9be2-8c3a10f19b9d": ("Password Administrator", _PASSWORDS),
    "fe930be7-5e62-47db-91af-98c3a49a38b1": (
        "User Administrator", Reach(sets_password=(PLAIN,), perhaps=_ADMINS, groups=True)),
    "fdd7a751-b60b-444a-984c-02652fe8fa1c": ("Groups Administrator", Reach(groups=True)),
    "9360feb5-f418-4baa-8175-e2a00bac4301": ("Directory Writers", Reach(groups=True)),
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": ("Application Administrator", _APPLICATIONS),
    "158c047a-c907-4556-b7ef-446551a6b5f7": ("Cloud Application Administrator", _APPLICATIONS),
    "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2": ("Hybrid Identity Administrator", _FEDERATES),
    "8329153b-31d0-4727-b945-745eb3bc5f31": ("Domain Name Administrator", _FEDERATES),
    "be2f45a1-457d-42af-a067-6ec1fa63bc45": (
        "External Identity Provider Administrator", _FEDERATES),
    "e00e864a-17c5-4a4b-9c06-f5b95a8d5bd8": (
        "Partner Tier2 Support", Reach(sets_password=(PLAIN, ADMIN, SUPER), groups=True)),
    "4ba39ca4-527c-499a-b93d-d9b492c50246": (
        "Partner Tier1 Support", Reach(sets_password=(PLAIN,), groups=True)),
    "29232cdf-9323-42fd-ade2-1d097af3e4de": ("Exchange Administrator", Reach(groups=True)),
    "f28a1f50-f6e7-4571-818b-6a12f2af6b6c": ("SharePoint Administrator", Reach(groups=True)),
    "69091246-20e8-4a56-aa4d-066075b2a7a8": ("Teams Administrator", Reach(groups=True)),
    "3a2c62db-5318-420d-8d74-23affee5d9d5": ("Intune Administrator", Reach(groups=True)),
    "45d8d3c5-c802-45c6-b32a-1d70b5e1e86e": (
        "Identity Governance Administrator", Reach(groups=True)),
    "f2ef992c-3afb-46b9-b7cf-a126ee74c451": ("Global Reader", _NOTHING),
    "88d8e3e3-8f55-4a1e-953a-9b9898b8876b": ("Directory Readers", _NOTHING),
    "5d6b6bb7-de71-4623-b4af-96380a352509": ("Security Reader", _NOTHING),
    "4a5d8f65-41da-4de4-8968-e035b65339cf": ("Reports Reader", _NOTHING),
    "790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b": ("Message Center Reader", _NOTHING),
    "75934031-6c7e-415a-99d7-48dbd49e875e": ("Usage Summary Reports Reader", _NOTHING),
    "b0f54661-2d74-4c50-afa3-1ec803f12efe": ("Billing Administrator", _NOTHING),
    "4d6ac14f-3453-41d0-bef9-a3e0c569773a": ("License Administrator", _NOTHING),
}  # fmt: skip
GLOBAL = "62e90394-69f5-4237-9190-012177145e10"
_DEFINED = "microsoft.directory/"
_IDLE = frozenset(("id", "description", "businessPhones", "mobilePhone", "preferredLanguage"))
_TAKEN: Mapping[str, frozenset[str]] = {
    "user": _IDLE | {
        "displayName", "givenName", "surname", "mail", "userPrincipalName", "accountEnabled",
        "createdDateTime", "deletedDateTime", "employeeId", "companyName", "department",
        "jobTitle", "officeLocation", "country", "usageLocation", "manager", "proxyAddresses",
        "otherMails", "mailNickname", "onPremisesSyncEnabled", "onPremisesSamAccountName",
        "onPremisesUserPrincipalName", "signInActivity", "userType", "employeeType",
        "employeeLeaveDateTime", "city", "state", "imAddresses",
    },
    "group": _IDLE | {
        "displayName", "mail", "groupTypes", "securityEnabled", "mailEnabled", "mailNickname",
        "membershipRule", "membershipRuleProcessingState", "isAssignableToRole",
        "createdDateTime", "visibility", "members", "owners", "proxyAddresses",
        "onPremisesSyncEnabled", "securityIdentifier", "renewedDateTime",
    },
    "directory_role": _IDLE | {"displayName", "roleTemplateId", "members", "deletedDateTime"},
    "definition": _IDLE | {
        "displayName", "templateId", "isBuiltIn", "isEnabled", "rolePermissions", "version",
        "resourceScopes", "inheritsPermissionsFrom", "isPrivileged",
    },
    "assignment": _IDLE | {
        "principalId", "roleDefinitionId", "directoryScopeId", "appScopeId", "condition",
        "principal", "roleDefinition", "resourceScope", "principalOrganizationId",
    },
    "schedule": _IDLE | {
        "principalId", "roleDefinitionId", "directoryScopeId", "appScopeId", "startDateTime",
        "endDateTime", "memberType", "assignmentType", "roleEligibilityScheduleId",
        "roleAssignmentScheduleId", "roleAssignmentOriginId", "scheduleInfo", "status",
        "createdUsing", "createdDateTime", "modifiedDateTime", "principal", "roleDefinition",
        "activatedUsing",
    },
    "group_schedule": _IDLE | {
        "principalId", "groupId", "accessId", "startDateTime", "endDateTime", "scheduleInfo",
        "memberType", "assignmentType", "status", "createdUsing", "createdDateTime",
        "modifiedDateTime", "eligibilityScheduleId", "assignmentScheduleId", "principal", "group",
        "activatedUsing",
    },
    "factor": _IDLE | {
        "isMfaRegistered", "isMfaCapable", "userPrincipalName", "userDisplayName", "userType",
        "isAdmin", "isSsprRegistered", "isSsprEnabled", "isSsprCapable", "methodsRegistered",
        "isPasswordlessCapable", "isSystemPreferredAuthenticationMethodEnabled",
        "systemPreferredAuthenticationMethods", "lastUpdatedDateTime",
        "userPreferredMethodForSecondaryAuthentication",
    },
    "service": _IDLE | {
        "appId", "displayName", "appDisplayName", "servicePrincipalType", "accountEnabled",
        "servicePrincipalNames", "createdDateTime",
    },
    "thing": _IDLE | {"displayName", "deviceId", "accountEnabled", "mail"},
    "reference": _IDLE,
}  # fmt: skip


def kind(record: Mapping[str, Any]) -> str:
    """Return what a record of Graph's is, "" for none of them."""
    kind = js.text(record.get("@odata.type")).rpartition(".")[2].lower()
    if named := {
        "user": "user", "group": "group", "directoryrole": "directory_role",
        "serviceprincipal": "service", "device": "thing", "orgcontact": "thing",
        "administrativeunit": "thing", "application": "thing",
        "unifiedroledefinition": "definition", "unifiedroleassignment": "assignment",
    }.get(kind):  # fmt: skip
        return named
    have = record.keys()
    if {"isMfaRegistered", "userPrincipalName"} <= have:
        return "factor"
    if "userPrincipalName" in have:
        return "user"
    if "roleTemplateId" in have:
        return "directory_role"
    if "rolePermissions" in have or {"templateId", "isBuiltIn"} <= have:
        return "definition"
    if {"principalId", "groupId", "accessId"} <= have:
        return "group_schedule"
    # A role that is a path is one of Azure's resources (`az role assignment list`), no directory's.
    if {"principalId", "roleDefinitionId"} <= have and "/" not in js.text(
        record["roleDefinitionId"]
    ):
        dated = {"scheduleInfo", "startDateTime", "memberType", "roleEligibilityScheduleId"} & have
        return "schedule" if dated else "assignment"
    if {"groupTypes", "securityEnabled", "mailEnabled"} & have:
        return "group"
    if "servicePrincipalType" in have:
        return "service"
    return "thing" if "deviceId" in have else ""


def take(kind: str, record: Mapping[str, Any], of: str, file: str, book: Directory) -> None:
    """Add one record to the directory."""
    for name in record.keys() - _TAKEN[kind]:
        if not name.startswith("@") and "@odata" not in name:
            book.unread[f"{file}: {kind}.{name}"] = None
    key = js.text(record.get("id"))
    if kind == "user":
        _keep(_account(record, file), book)
    elif kind == "service":
        name = js.text(record.get("displayName")) or js.text(record.get("appDisplayName")) or key
        state = "" if record.get("accountEnabled") is not False else "ended"
        book.accounts[key] = Account(key, name, state=state, human=False, file=file)
    elif kind == "group":
        _group(record, key, file, book)
    elif kind == "factor" and isinstance(record.get("isMfaRegistered"), bool):
        book.factors[key] = bool(record["isMfaRegistered"])
    else:
        _take_right(kind, record, of, file, book)


def _take_right(kind: str, record: Mapping[str, Any], of: str, file: str, book: Directory) -> None:
    if kind == "directory_role":
        _directory_role(record, file, book)
    elif kind == "definition":
        _definition(record, js.text(record.get("id")), book)
    elif kind == "assignment":
        _assign(record, book, _scope(record))
    elif kind == "schedule":
        _schedule(record, of, book)
    elif kind == "group_schedule":
        _group_schedule(record, of, book)


def _keep(account: Account, book: Directory) -> None:
    """Keep an account; a listing of members tells less of one than the listing of users."""
    known = book.accounts.get(account.id)
    if known is None or sum(map(bool, _values(account))) > sum(map(bool, _values(known))):
        factor = known.second_factor if known else None
        book.keep(replace(account, second_factor=factor))
    elif account.state:
        book.keep(replace(known, state=account.state, file=account.file))


def _values(account: Account) -> tuple[object, ...]:
    return tuple(getattr(account, name) for name in account.__slots__)


def _account(record: Mapping[str, Any], file: str) -> Account:
    def said(name: str) -> str:
        return js.text(record.get(name)).strip()

    enabled = record.get("accountEnabled")
    ended = first(said("deletedDateTime"))
    state = {True: "active", False: "ended"}.get(enabled, "") if isinstance(enabled, bool) else ""
    mails = [said("mail"), *_proxies(record.get("proxyAddresses"))]
    logins = (
        said("userPrincipalName"),
        said("onPremisesSamAccountName"),
        said("onPremisesUserPrincipalName"),
    )
    activity = js.record(record.get("signInActivity"))
    manager = js.record(record.get("manager"))
    full = " ".join(filter(None, (said("givenName"), said("surname"))))
    leaves = first(said("employeeLeaveDateTime"))
    return Account(
        id=said("id"),
        name=said("displayName") or full or said("userPrincipalName"),
        logins=tuple(dict.fromkeys(filter(None, logins))),
        mails=tuple(dict.fromkeys(filter(None, mails))),
        other_mails=js.texts(record.get("otherMails")),
        numbers=(said("employeeId"),) if said("employeeId") else (),
        state="ended" if ended else state,
        start=first(said("createdDateTime")),
        since=ended,
        last_login=first(
            js.text(activity.get("lastSuccessfulSignInDateTime")),
            js.text(activity.get("lastSignInDateTime")),
        ),
        manager=js.text(manager.get("id")) or js.text(manager.get("userPrincipalName")),
        country=said("country"),
        licence_country=said("usageLocation"),
        office=said("officeLocation") or ", ".join(filter(None, (said("city"), said("state")))),
        told=told(
            company=said("companyName"),
            department=said("department"),
            title=said("jobTitle"),
            type=said("employeeType") or ("Guest" if said("userType") == "Guest" else ""),
            leaves=leaves,
        ),
        password_kept_by="Active Directory" if record.get("onPremisesSyncEnabled") is True else "",
        file=file,
    )


def _proxies(value: object) -> tuple[str, ...]:
    """Return the addresses of "SMTP:ann@bramble.example" and its like, the first one first."""
    return tuple(
        text[5:] for text in sorted(js.texts(value)) if text[:5].lower() == "smtp:" and "@" in text
    )


def _group(record: Mapping[str, Any], key: str, file: str, book: Directory) -> None:
    rule = " ".join(js.text(record.get("membershipRule")).split())
    if "DynamicMembership" in js.texts(record.get("groupTypes")):
        rule = rule or "a rule the export does not give"
    if record.get("onPremisesSyncEnabled") is True:
        rule = rule or "Active Directory, from which it is copied"
    privileged = record.get("isAssignableToRole") is True
    name = js.text(record.get("displayName")) or key
    if key not in book.groups or "displayName" in record:
        book.groups[key] = Group(key, name, js.text(record.get("mail")), rule, privileged)
    for field, whole in (("members", book.whole_groups), ("owners", book.whole_owners)):
        if not isinstance(record.get(field), list):
            continue
        cut = record.get(f"{field}@odata.nextLink")
        (book.cut.add(f"{file}: {field} of {name}") if cut else whole.add(key))
        for inner in js.records(record[field]):
            member(inner, key, file, book, owner=field == "owners")


def member(
    record: Mapping[str, Any], of: str, file: str, book: Directory, *, owner: bool = False
) -> None:
    """Add one member, or owner, of a group, and what its record says of it."""
    what = kind(record)
    key = js.text(record.get("id"))
    if what in ("user", "group", "service"):
        take(what, record, of, file, book)
    if what == "thing":
        return
    if not key:
        book.unread[f"{file}: a member of {of} without an id"] = None
        return
    note = "an owner of the group, who may add anybody to it" if owner else ""
    book.members.append(Member(of, key, note=note))


def _directory_role(record: Mapping[str, Any], file: str, book: Directory) -> None:
    template = js.text(record.get("roleTemplateId"))
    key = js.text(record.get("id"))
    _role(template, js.text(record.get("displayName")), book)
    book.role_ids[key] = template
    for inner in js.records(record.get("members")):
        holder(inner, template, file, book)


def holder(record: Mapping[str, Any], role: str, file: str, book: Directory) -> None:
    """Add one who has a directory role."""
    what = kind(record)
    if what in ("user", "group", "service"):
        take(what, record, role, file, book)
    if key := js.text(record.get("id")):
        book.assignments.append(Assignment(key, role))
    else:
        book.unread[f"{file}: a holder of {role} without an id"] = None


def _role(key: str, name: str, book: Directory, reach: Reach | None = None) -> None:
    label, known = BUILT_IN.get(key, ("", None))
    found = known or reach or Reach(unknown="what this role may do is not read")
    if known is None and reach is None and key in book.roles:
        return
    book.roles[key] = Role(key, label or name or key, found)


def _definition(record: Mapping[str, Any], key: str, book: Directory) -> None:
    template = js.text(record.get("templateId")) or key
    book.role_ids[key] = template
    actions = [
        action.lower()
        for permission in js.records(record.get("rolePermissions"))
        for action in js.texts(permission.get("allowedResourceActions"))
    ]
    reach = _of_actions(actions) if actions else None
    _role(template, js.text(record.get("displayName")), book, reach)


def _of_actions(actions: list[str]) -> Reach:
    """Return what a role lets do by its list of actions, as far as logins and groups go."""

    def any_of(*names: str) -> bool:
        return any(action.startswith(_DEFINED + name) for action in actions for name in names)

    over_users = any_of("users/allproperties/alltasks", "users/allentities/alltasks")
    factors = over_users or any_of("users/authenticationmethods/", "users/strongauthentication")
    passwords = over_users or any_of("users/password/update")
    owners = any_of(
        "groups/members/update",
        "groups/owners/update",
        "groups/allproperties/alltasks",
        "groups.security/members",
        "groups.unified/members",
        "groups/assignlicense/",
    )
    return Reach(
        takes_over=(PLAIN,) if factors else (),
        sets_password=(PLAIN,) if passwords and not factors else (),
        perhaps=_ADMINS if factors or passwords else (),
        groups=owners,
        privileged_groups=any_of("groupsassignabletoroles/"),
        apps=any_of("serviceprincipals/approleassignedto/update", "applications/credentials/"),
        roles=any_of("roleassignments/", "roledefinitions/allproperties/alltasks"),
    )  # fmt: skip


def _scope(record: Mapping[str, Any]) -> str:
    """Return the condition that the scope of an assignment is."""
    conditions = []
    for name, noun in (("directoryScopeId", "scope"), ("appScopeId", "application scope")):
        scope = js.text(record.get(name))
        if scope not in ("", "/"):
            conditions.append(f"{noun} {scope} takes this in")
    if not record.keys() & {"directoryScopeId", "appScopeId"}:
        conditions.append("its scope, which the export does not give, takes this in")
    if said := js.text(record.get("condition")):
        conditions.append(f"the condition {said} is met")
    return " and ".join(conditions)


def _assign(
    record: Mapping[str, Any], book: Directory, condition: str, start: str = "", end: str = ""
) -> None:
    role = js.text(record.get("roleDefinitionId"))
    definition = js.record(record.get("roleDefinition"))
    if definition.get("displayName"):
        take("definition", {"id": role, **definition}, "", "", book)
    inner = js.record(record.get("principal"))
    if (what := kind(inner)) in ("user", "group", "service"):
        take(what, inner, "", "", book)
    principal = js.text(record.get("principalId"))
    book.assignments.append(Assignment(principal, role, condition, start, end))


def _days(record: Mapping[str, Any]) -> tuple[str, str]:
    info = js.record(record.get("scheduleInfo"))
    expires = js.record(info.get("expiration"))
    start = first(js.text(record.get("startDateTime")), js.text(info.get("startDateTime")))
    end = first(js.text(record.get("endDateTime")), js.text(expires.get("endDateTime")))
    return start, end


def _eligible(record: Mapping[str, Any], of: str) -> bool:
    """Tell whether a schedule only lets somebody take the role; what does not say so may."""
    if js.text(record.get("assignmentType")):
        return False
    return not record.keys() & {"roleAssignmentScheduleId", "assignmentScheduleId"} and (
        "assignment" not in of
    )


def _schedule(record: Mapping[str, Any], of: str, book: Directory) -> None:
    if js.text(record.get("status")).lower() in ("revoked", "canceled", "denied", "failed"):
        return
    condition = _scope(record)
    if _eligible(record, of):
        taken = "the role is activated through Privileged Identity Management (eligible only)"
        condition = " and ".join(filter(None, (taken, condition)))
        book.eligible = True
    _assign(record, book, condition, *_days(record))


def _group_schedule(record: Mapping[str, Any], of: str, book: Directory) -> None:
    condition = ""
    if _eligible(record, of):
        condition = "membership is activated through Privileged Identity Management"
    owner = js.text(record.get("accessId")) == "owner"
    note = "an owner of the group, who may add anybody to it" if owner else ""
    start, end = _days(record)
    group, who = js.text(record.get("groupId")), js.text(record.get("principalId"))
    book.members.append(Member(group, who, condition, start, end, note=note))


def built_in(book: Directory) -> None:
    """Add the built-in roles that somebody has and no listing of roles describes."""
    for given in book.assignments:
        if (key := book.role_ids.get(given.given, given.given)) in BUILT_IN:
            _role(key, "", book)
