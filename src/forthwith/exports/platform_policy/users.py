"""Users, roles and groups of a custody platform, as its export lists them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from forthwith.exports.platform_policy.rules import ANY
from forthwith.exports.tables.rows import Rows, any_of, at_least, ident
from forthwith.plain import json_values as js

_ACTIVE = frozenset(("ACTIVE", "ENABLED"))
#: Roles that neither initiate nor sign, that initiate without signing, and that edit the policy.
_WATCHES = frozenset(("VIEWER", "AUDITOR", "SECURITY_AUDITOR", "APPROVER"))
_NO_SIGNER = _WATCHES | {"EDITOR", "NON_SIGNING_ADMIN"}
_ADMINS = frozenset(("OWNER", "ADMIN", "NON_SIGNING_ADMIN"))
_USER_KEYS = frozenset(
    ("id", "name", "firstName", "lastName", "email", "role", "status", "enabled")
)
_GROUP_KEYS = frozenset(("id", "name", "status", "memberIds", "members", "users"))
_QUORUM_KEYS = frozenset(("threshold", "users", "ownerRequired"))
_QUORUM = "quorum:policy"


@dataclass(frozen=True, slots=True)
class User:
    """One user of the platform."""

    id: str
    name: str
    role: str
    #: None: the export does not say.
    active: bool | None


@dataclass(slots=True)
class Users:
    """Who is listed, who is in which group, who may edit the policy."""

    #: None: the export has no list of users.
    listed: dict[str, User] | None
    groups: dict[str, frozenset[str]]
    quorum: Any
    _seen: dict[str, None] = field(default_factory=dict)

    @classmethod
    def read(cls, body: dict[str, Any], rows: Rows) -> Users:
        """Take users, groups and the quorum of administrators out of an export."""
        listed = None
        if isinstance(body.get("users"), list):
            listed = {user.id: user for entry in body["users"] if (user := _user(entry, rows))}
        groups = {}
        for key in ("usersGroups", "groups"):
            for group in js.records(body.get(key)):
                name = js.text(group.get("id"))
                members = group.get("memberIds", group.get("members", group.get("users")))
                if not name or not isinstance(members, list) or name in groups:
                    rows.fault(f"group {name!r} has no list of members of its own", _AGAIN)
                    continue
                rows.unread += [f"group {name}.{key}" for key in sorted(group.keys() - _GROUP_KEYS)]
                groups[name] = frozenset(js.texts(members))
        return cls(listed, groups, body.get("adminQuorum"))

    def everybody(self, named: Iterable[str]) -> frozenset[str]:
        """Return who may initiate: the listed in such a role, the named, and `*` for the rest."""
        if self.listed is None:
            return frozenset(named) | {ANY}
        able = {user.id for user in self.listed.values() if user.role not in _WATCHES}
        return frozenset(able) | frozenset(named)

    def signers(self, users: Iterable[str]) -> list[str]:
        """Return those of the users whose role lets them sign; an unknown role may."""
        return sorted(user for user in users if self._role(user) not in _NO_SIGNER)

    def _role(self, user: str) -> str:
        known = (self.listed or {}).get(user)
        return known.role if known else ""

    def logins(self, users: Iterable[str]) -> list[str]:
        """Return the means by which these users act, remembering them for their rows."""
        ids = sorted(users)
        self._seen.update(dict.fromkeys(ids))
        return [ident("login", user) for user in ids]

    def policy_change(self, rows: Rows) -> str:
        """Return the formula of who may edit the policy, its rows written."""
        body = js.record(self.quorum)
        rows.unread += [f"adminQuorum.{key}" for key in sorted(body.keys() - _QUORUM_KEYS)]
        known = (self.listed or {}).values()
        admins = js.texts(body.get("users")) or [user.id for user in known if user.role in _ADMINS]
        threshold = js.number(body.get("threshold"))
        logins = self.logins(set(admins))
        if not 1 <= threshold <= len(logins):
            return self._unknown_quorum(logins, rows)
        formula = at_least(threshold, logins)
        owners = self.logins(user.id for user in known if user.role == "OWNER")
        if body.get("ownerRequired") and owners:
            return f"all of ({formula}, {any_of(owners)})"
        return formula

    def _unknown_quorum(self, logins: list[str], rows: Rows) -> str:
        label = "enough administrators to edit the policy"
        rows.add("means", id=_QUORUM, kind="role", label=label)
        rows.notes.append(
            "The export does not give a quorum of administrators that can be met; how many of them "
            "may edit the policy is open."
        )
        if logins:
            condition = "if that many administrators may edit the policy"
            rows.add("grants", means=any_of(logins), gives=_QUORUM, condition=condition)
        return _QUORUM

    def write(self, rows: Rows) -> None:
        """Write people, their logins and who has which."""
        for user in (self.listed or {}).values():
            self._seen.setdefault(user.id)
            person = ident("user", user.id)
            rows.add("people", id=person, name=user.name)
            if user.active:
                rows.add("possessions", person=person, means=ident("login", user.id))
            else:
                state = "is not active" if user.active is False else "is not said to be active"
                rows.notes.append(f"User {user.name} {state}: nobody is shown to have the login.")
        for name in self._seen:
            known = (self.listed or {}).get(name)
            label = "any user the export does not list" if name == ANY else name
            rows.add(
                "means",
                id=ident("login", name),
                kind="credential",
                label=f"login of {known.name} ({known.role})" if known else f"login of {label}",
            )
            if self.listed is not None and not known:
                rows.notes.append(f"User {name} is in a rule or a group and not among the users.")


_AGAIN = "Export the policy with its users and groups again"


def _user(body: Any, rows: Rows) -> User | None:
    record = js.record(body)
    name = js.text(record.get("id"))
    if not name:
        rows.fault("a user has no id", _AGAIN)
        return None
    rows.unread += [f"user {name}.{key}" for key in sorted(record.keys() - _USER_KEYS)]
    full = " ".join(js.text(record.get(key)) for key in ("firstName", "lastName")).strip()
    names = (js.text(record.get("name")), full, js.text(record.get("email")), name)
    label = next((words for words in map(str.split, names) if words), [name])
    role = js.text(record.get("role")).upper().replace("-", "_").replace(" ", "_")
    return User(name, " ".join(label), role, _active(record))


def _active(body: dict[str, Any]) -> bool | None:
    if isinstance(body.get("enabled"), bool) and "status" not in body:
        return bool(body["enabled"])
    status = js.text(body.get("status")).upper()
    if not status:
        return None
    return status in _ACTIVE and body.get("enabled") is not False
