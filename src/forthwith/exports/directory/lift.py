"""Lift the files of a directory's API into people, logins, groups, admin roles and what gives what.

Several files of one system are one import: their records are joined by id, and a listing of members
is of the group its envelope, its address or its file's name says. Each record's system is told by
its shape; a shape nobody knows is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import TypeAlias

from forthwith.domain.fact_tables import Lifted, RowFault
from forthwith.exports.directory import entra, google, okta
from forthwith.exports.directory.facts import written
from forthwith.exports.directory.model import Assignment, Directory, Member, moment
from forthwith.exports.directory.parts import NotAListingError, Part, read
from forthwith.exports.options import Files, ImportOptions, joined
from forthwith.plain import json_values as js

_SYSTEMS: Mapping[str, tuple[str, ModuleType]] = {
    "okta": ("Okta", okta),
    "entra": ("Entra ID", entra),
    "google": ("Google Workspace", google),
}
#: Names no envelope has: whatever holds one of them is a record.
_RECORDS = {
    "okta": frozenset(("profile", "signOnMode", "assignmentType")),
    "entra": frozenset((
        "userPrincipalName", "displayName", "roleTemplateId", "rolePermissions", "principalId",
        "groupTypes", "securityEnabled", "@odata.type",
    )),
    "google": frozenset(("primaryEmail", "roleAssignmentId", "roleName", "directMembersCount")),
}  # fmt: skip
_KNOWN = (
    "users, groups, members of a group, roles, role assignments and eligibility schedules, "
    "applications and their users, of Okta, Microsoft Graph or the Google Admin SDK"
)
#: A listing, and the kind of each of its records.
_Listing: TypeAlias = tuple[Part, list[str]]
#: Kinds of record that can be a member of something.
_PRINCIPALS = frozenset(("user", "group", "service", "thing", "reference"))
#: Kinds that others point to, and the rest of those that stand for themselves.
_POINTED_TO = frozenset(("group", "role", "directory_role", "definition", "app"))
_STANDING = frozenset(("user", "service", "factor", "assignment", "schedule", "group_schedule"))
#: Kinds of which the listing must say of what it is, by system.
_LISTED_OF: Mapping[str, Mapping[str, str]] = {
    "okta": {
        "role": "user or group", "app_user": "application", "app_group": "application",
    },
    "google": {"member": "group"},
    "entra": {},
}  # fmt: skip
#: Names of instants; one that is none is told, or an end would be lost.
_INSTANT = re.compile(r"(DateTime|Time|created|activated|statusChanged|lastLogin)$")
_WRAP = (
    'Name the file by the id of what it lists, as "members-ID.json", or wrap it as '
    '{"groupId": "…", "members": […]}'
)


def lift(files: Files, options: ImportOptions) -> Lifted:
    """Turn the listings of one or more directories into rows; several files of one are one."""
    faults: list[RowFault] = []
    parts: list[Part] = []
    for name, data in files:
        try:
            parts += read(name, data, _RECORDS)
        except NotAListingError as wrong:
            faults.append(RowFault(name, 0, str(wrong), "Export the listing again as JSON"))
    by_system: dict[str, list[_Listing]] = {}
    empty: list[Part] = []
    for part in parts:
        if not part.records:
            empty.append(part)
            continue
        kinds, fault = _kinds(part)
        if fault:
            faults.append(fault)
        else:
            system = kinds[0].partition(":")[0]
            bare = [kind.partition(":")[2] for kind in kinds]
            by_system.setdefault(system, []).append((part, bare))
    lifted = [_lifted(system, of_system, empty, options) for system, of_system in by_system.items()]
    if len(by_system) != 1:
        names = tuple(f"{part.file}: an empty listing" for part in empty)
        lifted.append(Lifted((), names))
    whole = joined([*lifted, Lifted((), faults=tuple(faults))])
    return whole if not whole.faults else Lifted((), whole.unread, whole.notes, whole.faults)


def _kinds(part: Part) -> tuple[list[str], RowFault | None]:
    """Return the system and kind of each record of a listing, or why it is refused."""
    kinds: list[str] = []
    for number, record in enumerate(part.records, 1):
        found = [
            f"{system}:{kind}"
            for system, (_, module) in _SYSTEMS.items()
            if (kind := module.kind(record))
        ]
        if not found and record.keys() & {"id"} and _is_membership(part):
            # `$select=id` leaves no more of a member than this.
            found = ["entra:reference"]
        if not found:
            keys = ", ".join(list(record)[:6]) or "no name at all"
            what = f"record {number} is of no kind that is known here (it has {keys})"
            return [], RowFault(part.file, 0, what, f"Known are {_KNOWN}")
        if missing := _without_id(found[0], record):
            what = f"record {number} ({found[0].partition(':')[2]}) has no {missing}"
            return [], RowFault(part.file, 0, what, "Export the listing again with it")
        kinds.append(found[0])
    systems = {kind.partition(":")[0] for kind in kinds}
    if len(systems) > 1:
        both = " and ".join(_SYSTEMS[system][0] for system in sorted(systems))
        what = f"one listing holds records of {both}"
        return [], RowFault(part.file, 0, what, "Export each directory into files of its own")
    people = {kind.partition(":")[2] for kind in kinds} <= {"user", "service"}
    if people and part.words & {"manager", "managers", "reports"}:
        what = "it lists managers or their reports, and nothing says whose"
        return [], RowFault(part.file, 0, what, "Export the users with $expand=manager instead")
    return kinds, None


def _without_id(kind: str, record: Mapping[str, object]) -> str:
    """Return the name of what a record of this kind is known by and does not say; "" if it does."""
    wanted: tuple[str, ...] = ("id",)
    if kind in ("entra:assignment", "entra:schedule"):
        wanted = ("principalId", "roleDefinitionId")
    elif kind == "entra:group_schedule":
        wanted = ("principalId", "groupId")
    elif kind == "google:assignment":
        wanted = ("assignedTo", "roleId")
    elif kind == "google:role":
        wanted = ("roleId",)
    elif kind == "entra:directory_role":
        wanted = ("roleTemplateId",)
    elif kind in ("google:user", "google:member") and not record.get("id"):
        wanted = ("primaryEmail",) if kind == "google:user" else ("email",)
        if js.text(record.get("type")).upper() == "CUSTOMER":
            wanted = ()
    elif kind == "okta:role":
        wanted = ()
    return next((name for name in wanted if not js.text(record.get(name)).strip()), "")


def _is_membership(part: Part) -> bool:
    """Tell whether a listing of accounts or groups is of the members of something."""
    words = part.words
    return bool(
        part.owner
        or words & {"member", "members", "owners", "owner", "membership", "memberships"}
        or "directoryobjects" in part.address.lower()
    )


@dataclass(slots=True)
class _Import:
    """The files of one system on their way into its directory."""

    module: ModuleType
    book: Directory
    faults: list[RowFault] = field(default_factory=list)

    def take(self, parts: list[_Listing]) -> None:
        """Take every record: what others point to first, members of groups last."""
        for part, kinds in parts:
            self.book.unread |= {f"{part.file}: {name}": None for name in part.unread}
            if not (set(kinds) <= _PRINCIPALS and _is_membership(part)):
                self._records(part, kinds, _POINTED_TO)
        for part, kinds in parts:
            if set(kinds) <= _STANDING and not _is_membership(part):
                self._records(part, kinds, _STANDING & _PRINCIPALS)
        members = [self._lists_members(part, kinds) for part, kinds in parts]
        standing = [pair for pair, of in zip(parts, members, strict=True) if not of]
        for part, kinds in standing:
            self._records(part, kinds, _STANDING)
        for part, kinds in standing:
            self._listed_of(part, kinds)
        for (part, kinds), of in zip(parts, members, strict=True):
            if of:
                self._members(part, kinds)

    def _records(self, part: Part, kinds: list[str], wanted: frozenset[str]) -> None:
        of = " ".join(sorted(part.words))
        for kind, record in zip(kinds, part.records, strict=True):
            if kind in wanted and not (kind == "role" and self.module is okta):
                self.module.take(kind, record, of, part.file, self.book)
                for name, value in record.items():
                    if _INSTANT.search(name) and js.text(value) and not moment(js.text(value)):
                        told = f"{part.file}: {kind}.{name} {js.text(value)[:40]!r}"
                        self.book.unread[told] = None

    def _whose(self, part: Part) -> str:
        """Return the account whose groups a listing of groups gives; "" where it is no such."""
        if part.owner:
            return part.owner if part.owner in self.book.accounts else ""
        if part.words & {"members", "owners", "owner"}:
            return ""
        return _in_name(part, self.book, "accounts", ids_only=True)

    def _groups_of(self, who: str, part: Part, kinds: list[str]) -> None:
        """Take the groups and directory roles that somebody is in."""
        for kind, record in zip(kinds, part.records, strict=True):
            if kind == "thing":
                continue
            self.module.take(kind, record, who, part.file, self.book)
            if kind == "group":
                self.book.members.append(Member(js.text(record.get("id")), who))
            else:
                role = js.text(record.get("roleTemplateId"))
                self.book.assignments.append(Assignment(who, role))

    def _lists_members(self, part: Part, kinds: list[str]) -> bool:
        """Tell whether the accounts and groups of a listing are there as members of something."""
        if self.module is google or not set(kinds) <= _PRINCIPALS | {"directory_role"}:
            return False
        if _is_membership(part):
            # A listing of roles with their members is not one of members.
            return set(kinds) <= _PRINCIPALS or bool(self._whose(part))
        if set(kinds) <= {"group", "thing"}:
            return bool(self._whose(part))
        if not set(kinds) <= {"user", "service"}:
            return False
        # "group-users.json", and no word of which: better refused than read as everybody.
        of_some_group = part.name in ("", "value") and {"group", "groups"} & part.words
        of_group = _in_name(part, self.book, "groups", ids_only=True) or _OKTA_GROUP.search(
            part.file
        )
        return bool(of_some_group or of_group)

    def _listed_of(self, part: Part, kinds: list[str]) -> None:
        """Take the records that mean nothing without what their listing is of."""
        nouns = _LISTED_OF[self.module.__name__.rpartition(".")[2]]
        said = {kind: self._owner(kind, part) for kind in set(kinds) & nouns.keys()}
        for kind, record in zip(kinds, part.records, strict=True):
            if kind not in said:
                continue
            of = part.owner or okta.owner(record, kind) or said[kind]
            of = said[kind] if kind == "member" else of
            if not of:
                what = f"nothing says of which {nouns[kind]} this is the listing"
                self.faults.append(RowFault(part.file, 0, what, _WRAP))
                return
            self.module.take(kind, record, of, part.file, self.book)
            if kind == "member":
                self.book.whole_groups.add(of)
            elif kind == "role":
                self.book.asked.add(of)

    def _owner(self, kind: str, part: Part) -> str:
        """Return the id of what a listing is of, as its envelope or its file's name says."""
        if kind == "member":
            group = _known(part.owner, self.book.groups) or part.owner
            return group or _in_name(part, self.book, "groups") or _bare(part)
        where = ("accounts", "groups") if kind == "role" else ("apps",)
        return _in_name(part, self.book, *where)

    def _members(self, part: Part, kinds: list[str]) -> None:
        """Take a listing of who is in a group, or who has a directory role."""
        book = self.book
        if set(kinds) <= {"group", "directory_role", "thing"} and (who := self._whose(part)):
            self._groups_of(who, part, kinds)
            return
        role = book.role_ids.get(part.owner, part.owner if part.owner in book.roles else "")
        group = "" if role else _known(part.owner, book.groups) or part.owner
        if not role and not group:
            group = _in_name(part, book, "groups")
        if not role and not group:
            named = _in_name(part, book, "role_ids", "roles")
            role = book.role_ids.get(named, named)
        group = group or ("" if role else _bare(part))
        if not group and not role:
            what = "it lists members, and nothing says of which group or role"
            self.faults.append(RowFault(part.file, 0, what, _WRAP))
            return
        owners = bool({"owner", "owners"} & part.words) and not {"member", "members"} & part.words
        for kind, record in zip(kinds, part.records, strict=True):
            if role:
                entra.holder(record, role, part.file, book)
            elif self.module is entra:
                entra.member(record, group, part.file, book, owner=owners)
            else:
                if kind == "user" and js.text(record.get("id")) not in book.accounts:
                    okta.take(kind, record, group, part.file, book)
                book.members.append(Member(group, js.text(record.get("id"))))
        if not role:
            (book.whole_owners if owners else book.whole_groups).add(group)


def _lifted(
    system: str, parts: list[_Listing], empty: list[Part], options: ImportOptions
) -> Lifted:
    title, module = _SYSTEMS[system]
    taken = _Import(module, Directory(system, title))
    taken.take(parts)
    _whole(parts, taken.book)
    for part in empty:
        _empty(part, taken.book)
    if module is google:
        google.super_admins(taken.book)
    elif module is entra:
        entra.built_in(taken.book)
    if taken.faults:
        return Lifted((), faults=tuple(dict.fromkeys(taken.faults)))
    return written(taken.book, options)


def _known(text: str, things: Mapping[str, object]) -> str:
    """Return the id of a thing given by id, by mail address or by the one name it has."""
    if not text or text in things:
        return text
    found = [
        key
        for key, thing in things.items()
        if text.casefold()
        in (str(getattr(thing, "mail", "")).casefold(), str(getattr(thing, "name", "")).casefold())
    ]
    return found[0] if len(found) == 1 else ""


def _in_name(part: Part, book: Directory, *where: str, ids_only: bool = False) -> str:
    """Return the id of the one thing whose id, address or name stands in the file's name."""
    stem = part.file.rsplit(".", 1)[0] if "." in part.file else part.file
    words = _words(stem)[:_LONGEST_NAME]
    runs = {
        " ".join(words[start:end])
        for start in range(len(words))
        for end in range(start + 1, len(words) + 1)
    }
    for place in where:
        by_id, by_name = _spoken(book, place)
        ids = {by_id[run] for run in runs & by_id.keys()}
        if len(ids) == 1:
            return ids.pop()
        if ids or ids_only:
            continue
        named = runs & by_name.keys()
        longest = max(named, key=len, default="")
        if (
            longest
            and len(by_name[longest]) == 1
            and all(f" {name} " in f" {longest} " for name in named)
        ):
            return next(iter(by_name[longest]))
    return ""


def _spoken(book: Directory, place: str) -> tuple[Mapping[str, str], Mapping[str, set[str]]]:
    """Return the things of one sort by their ids, and by their names, as words."""
    things: Mapping[str, object] = getattr(book, place)
    if book.spoken.get(place, (-1,))[0] != len(things):
        by_name: dict[str, set[str]] = {}
        for key, thing in things.items():
            for text in (getattr(thing, "mail", ""), getattr(thing, "name", thing)):
                if isinstance(text, str) and (name := " ".join(_words(text))):
                    by_name.setdefault(name, set()).add(key)
        by_id = {" ".join(_words(key)): key for key in things}
        book.spoken[place] = (len(things), by_id, by_name)
    _, by_id, by_name = book.spoken[place]
    return by_id, by_name


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


#: Words of a file's name that are looked at.
_LONGEST_NAME = 40
_OKTA_GROUP = re.compile(r"(?<![A-Za-z0-9])00g[A-Za-z0-9]{17}(?![A-Za-z0-9])")
#: Ids of groups as the systems write them: Okta's, a GUID, an address.
_BARE = re.compile(
    r"(?<![A-Za-z0-9])(00g[A-Za-z0-9]{17}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)(?![A-Za-z0-9])",
    re.IGNORECASE,
)


def _bare(part: Part) -> str:
    """Return the id of a group that is not listed, where the file's name is written like one."""
    found = {match[1] for match in _BARE.finditer(part.file.rsplit(".", 1)[0])}
    return found.pop() if len(found) == 1 else ""


def _whole(parts: Iterable[_Listing], book: Directory) -> None:
    """Find which listings end: of the pages of one, all but the last say that another follows."""
    pages: dict[tuple[str, str], list[Part]] = {}
    for part, kinds in parts:
        of = part.owner or (part.file if _is_membership(part) else "")
        pages.setdefault((of, kinds[0]), []).append(part)
    for (of, kind), listing in pages.items():
        going_on = sum(part.more for part in listing)
        if going_on >= len(listing):
            group = _known(of, book.groups) or _in_name(listing[0], book, "groups")
            book.whole_groups.discard(group)
            book.whole_owners.discard(group)
            book.cut |= {part.file for part in listing if part.more}
        elif kind == "assignment":
            book.all_roles = True


def _empty(part: Part, book: Directory) -> None:
    """Take an empty listing: of a group without members, of a user without a role."""
    group = _known(part.owner, book.groups) or _in_name(part, book, "groups")
    account = part.owner if part.owner in book.accounts else _in_name(part, book, "accounts")
    if group and not part.more:
        book.whole_groups.add(group)
    elif account and {"role", "roles"} & part.words:
        book.asked.add(account)
    else:
        book.unread[f"{part.file}: an empty listing"] = None
