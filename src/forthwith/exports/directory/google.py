"""Google Workspace: users, groups, members, administrators' roles and who has them.

Source: Admin SDK Directory API, directory_v1 (discovery document of 2024: schemas User, Group,
Member, Role, RoleAssignment) and the names of its privileges; what the prebuilt roles may do: the
help page "Pre-built administrator roles" (2024).
"""

from __future__ import annotations

from collections.abc import Mapping
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

#: The role every account marked `isAdmin` has.
SUPER_ROLE = "super"
_EVERYTHING = Reach(
    takes_over=(PLAIN, ADMIN, SUPER), groups=True, privileged_groups=True, apps=True, roles=True
)
_HELP = ((ADMIN, "Google lets this role reset another administrator"),)
#: Names Google gives the prebuilt roles.
PREBUILT: Mapping[str, Reach] = {
    "_SEED_ADMIN_ROLE": _EVERYTHING,
    "_USER_MANAGEMENT_ADMIN_ROLE": Reach(takes_over=(PLAIN,), perhaps=_HELP, groups=True),
    "_HELP_DESK_ADMIN_ROLE": Reach(sets_password=(PLAIN,)),
    "_GROUPS_ADMIN_ROLE": Reach(groups=True),
    "_GROUPS_EDITOR_ROLE": Reach(groups=True),
    "_GROUPS_READER_ROLE": Reach(),
    "_READ_ONLY_ADMIN_ROLE": Reach(),
    "_MOBILE_ADMIN_ROLE": Reach(),
}  # fmt: skip
_IDLE = frozenset(("kind", "etag", "id", "creationTime"))
_TAKEN: Mapping[str, frozenset[str]] = {
    "user": _IDLE | {
        "primaryEmail", "name", "isAdmin", "isDelegatedAdmin", "lastLoginTime", "deletionTime",
        "agreedToTerms", "suspended", "suspensionReason", "archived", "changePasswordAtNextLogin",
        "emails", "aliases", "nonEditableAliases", "externalIds", "relations", "organizations",
        "addresses", "locations", "orgUnitPath", "isEnrolledIn2Sv", "isEnforcedIn2Sv",
        "recoveryEmail", "customerId", "isMailboxSetup", "includeInGlobalAddressList",
    },
    "group": _IDLE | {
        "email", "name", "description", "directMembersCount", "adminCreated", "aliases",
        "nonEditableAliases",
    },
    "member": _IDLE | {"email", "role", "type", "status", "delivery_settings"},
    "role": _IDLE | {
        "roleId", "roleName", "roleDescription", "rolePrivileges", "isSystemRole",
        "isSuperAdminRole",
    },
    "assignment": _IDLE | {
        "roleAssignmentId", "roleId", "assignedTo", "assigneeType", "scopeType", "orgUnitId",
        "condition",
    },
}  # fmt: skip
_MEMBERS = frozenset(("USER", "GROUP", "CUSTOMER", "EXTERNAL"))
_ROLES = frozenset(("OWNER", "MANAGER", "MEMBER"))


def kind(record: Mapping[str, Any]) -> str:
    """Return what a record of the Directory API is, "" for none of them."""
    named = js.text(record.get("kind")).removeprefix("admin#directory#")
    if named in ("user", "group", "member", "role"):
        return named
    have = record.keys()
    if named == "roleAssignment" or "roleAssignmentId" in have:
        return "assignment"
    if "primaryEmail" in have:
        return "user"
    if js.text(record.get("role")) in _ROLES and js.text(record.get("type")) in _MEMBERS:
        return "member"
    if {"roleId", "roleName"} <= have:
        return "role"
    if "email" in have and {"directMembersCount", "adminCreated"} & have:
        return "group"
    return ""


def take(kind: str, record: Mapping[str, Any], of: str, file: str, book: Directory) -> None:
    """Add one record to the directory; `of` is the group of members."""
    for name in record.keys() - _TAKEN[kind]:
        book.unread[f"{file}: {kind}.{name}"] = None
    key = js.text(record.get("id"))
    if kind == "user":
        book.keep(_account(record, key, file))
    elif kind == "group":
        name = js.text(record.get("name")) or js.text(record.get("email"))
        book.groups[key] = Group(key, name, js.text(record.get("email")))
    elif kind == "member":
        _member(record, key, of, book)
    elif kind == "role":
        _role(record, book)
    else:
        _assignment(record, book)


def _account(record: Mapping[str, Any], key: str, file: str) -> Account:
    mail = js.text(record.get("primaryEmail"))
    name = js.record(record.get("name"))
    full = " ".join(filter(None, (js.text(name.get("givenName")), js.text(name.get("familyName")))))
    stopped = record.get("suspended") is True or record.get("archived") is True
    deleted = first(js.text(record.get("deletionTime")))
    said = isinstance(record.get("suspended"), bool)
    office = js.records(record.get("organizations"))
    job = next((job for job in office if job.get("primary") is True), (office or [{}])[0])
    places = js.records(record.get("locations"))
    addresses = [body for body in js.records(record.get("addresses")) if body.get("type") == "work"]
    factors = [record.get(name) for name in ("isEnrolledIn2Sv", "isEnforcedIn2Sv")]
    numbers = [
        js.text(body.get("value"))
        for body in js.records(record.get("externalIds"))
        if js.text(body.get("type")) in ("organization", "custom", "account", "")
    ]
    managers = [
        js.text(body.get("value"))
        for body in js.records(record.get("relations"))
        if js.text(body.get("type")) == "manager"
    ]
    others = [js.text(body.get("address")) for body in js.records(record.get("emails"))]
    own = (mail, *js.texts(record.get("aliases")), *js.texts(record.get("nonEditableAliases")))
    recovery = (js.text(record.get("recoveryEmail")), *others)
    return Account(
        id=key or mail,
        name=js.text(name.get("fullName")) or full or mail,
        logins=(mail,),
        mails=tuple(dict.fromkeys(filter(None, own))),
        other_mails=tuple(dict.fromkeys(text for text in recovery if text and text not in own)),
        numbers=tuple(filter(None, numbers)),
        state="ended" if stopped or deleted else "active" if said else "",
        start=first(js.text(record.get("creationTime"))),
        since=deleted,
        last_login=first(js.text(record.get("lastLoginTime"))),
        manager=next(filter(None, managers), ""),
        country=next(filter(None, (js.text(body.get("countryCode")) for body in addresses)), ""),
        office=next(
            filter(
                None, (js.text(b.get("buildingName")) or js.text(b.get("area")) for b in places)
            ),
            js.text(job.get("location")),
        ),
        told=told(
            company=js.text(job.get("name")),
            department=js.text(job.get("department")),
            title=js.text(job.get("title")),
            unit=js.text(record.get("orgUnitPath")),
            suspended=js.text(record.get("suspensionReason")),
            **{"cost centre": js.text(job.get("costCenter"))},
        ),
        second_factor=None if not any(isinstance(f, bool) for f in factors) else True in factors,
        over_all=record.get("isAdmin") is True,
        no_role=record.get("isAdmin") is False and record.get("isDelegatedAdmin") is False,
        file=file,
    )


def _member(record: Mapping[str, Any], key: str, of: str, book: Directory) -> None:
    kind = js.text(record.get("type")).upper()
    role = js.text(record.get("role")).upper()
    note = "may add anybody to the group" if role in ("OWNER", "MANAGER") else ""
    if kind == "CUSTOMER":
        book.members.append(Member(of, key, everybody=True))
        return
    status = js.text(record.get("status")).upper()
    condition = "" if status in ("", "ACTIVE") else f"the member, {status.lower()}, is active"
    mail = js.text(record.get("email"))
    if kind != "GROUP" and key not in book.accounts and mail:
        book.strangers[key] = mail
    book.members.append(Member(of, key or mail, condition, note=note))


def _role(record: Mapping[str, Any], book: Directory) -> None:
    key, name = js.text(record.get("roleId")), js.text(record.get("roleName"))
    if record.get("isSuperAdminRole") is True or name == "_SEED_ADMIN_ROLE":
        book.roles[key] = Role(key, "Super Admin", _EVERYTHING)
        return
    privileges = {
        js.text(body.get("privilegeName")).upper()
        for body in js.records(record.get("rolePrivileges"))
    }
    reach = PREBUILT.get(name)
    if reach is None and "rolePrivileges" in record:
        reach = _of_privileges(privileges)
    unknown = Reach(unknown="what this role may do is not in the export")
    book.roles[key] = Role(key, name, reach or unknown)


def _of_privileges(names: set[str]) -> Reach:
    """Return what a role lets do by its privileges, as far as logins and groups go."""
    everything = bool(names & {"SUPERADMIN", "ADMIN_DIRECTORY_ALL"})
    users = bool(names & {"USERS_ALL", "USER_SECURITY_ALL", "USERS_UPDATE"}) or everything
    reset = bool(names & {"USERS_RESET_PASSWORD", "USERS_FORCE_PASSWORD_CHANGE"})
    groups = any(
        name.startswith("GROUPS_") and name not in ("GROUPS_RETRIEVE", "GROUPS_READ")
        for name in names
    )
    return Reach(
        takes_over=(PLAIN,) if users else (),
        sets_password=(PLAIN,) if reset and not users else (),
        perhaps=_HELP if users or reset else (),
        groups=groups or everything,
        roles=bool(names & {"ADMIN_DIRECTORY_ALL", "SUPERADMIN"}),
    )


def _assignment(record: Mapping[str, Any], book: Directory) -> None:
    conditions = []
    if js.text(record.get("scopeType")).upper() == "ORG_UNIT":
        conditions.append(f"organizational unit {js.text(record.get('orgUnitId'))} takes this in")
    if said := js.text(record.get("condition")):
        conditions.append(f"the condition {said} is met")
    book.assignments.append(
        Assignment(
            js.text(record.get("assignedTo")),
            js.text(record.get("roleId")),
            " and ".join(conditions),
        )
    )


def super_admins(book: Directory) -> None:
    """Give everybody whom the listing of users marks as such the role over everything."""
    marked = [account.id for account in book.accounts.values() if account.over_all]
    known = next((r.id for r in book.roles.values() if r.reach == _EVERYTHING), SUPER_ROLE)
    if marked:
        book.roles.setdefault(known, Role(known, "Super Admin", _EVERYTHING))
    book.assignments += [Assignment(account, known) for account in marked]
