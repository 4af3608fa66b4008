"""The export of any platform, read with a map that says which field is what.

JSON and CSV files are parts of one export. Rules are gone through in order, and the first that
matches decides, as for the platforms that need no map. A field of a rule that the map does not name
may be a condition, so the rule is then doubtful; what else no section takes is reported unread.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from forthwith.domain.fact_tables import Lifted
from forthwith.exports.options import Files, ImportOptions
from forthwith.exports.platform_map.map_file import MapFile, Section, several
from forthwith.exports.platform_map.records import NOUN, Export
from forthwith.exports.platform_map.rules import ACCOUNT, PLACE, Known
from forthwith.exports.platform_map.rules import read as read_rule
from forthwith.exports.platform_policy.paths import NOTES, Account, PolicyRows, wallet_id
from forthwith.exports.platform_policy.rules import (
    ANY,
    Place,
    Rule,
    UnreadableError,
    UserSets,
    number,
    short,
)
from forthwith.exports.platform_policy.slices import TooManySlicesError
from forthwith.exports.platform_policy.users import Quorum, User, Users
from forthwith.exports.tables.rows import Rows, ident


def lift(files: Files, options: ImportOptions) -> Lifted:
    """Return the rows of one export, read as its map says."""
    rows = Rows(files[0][0] if files else "", options.stamp)
    if options.map is None:
        what, do = "there is no map of this export", "Name it: custody import platform --map MAP"
        rows.fault(what, do)
        return rows.lifted()
    name, data = options.map
    mapping = MapFile.read(data, name)
    rows.faults += mapping.faults
    export = Export(mapping, rows)
    for file, content in files:
        export.take(file, content)
    if not rows.faults:
        export.find()
    if not rows.faults:
        try:
            _Mapped(mapping, export.records, rows).write()
        except TooManySlicesError as many:
            do = "Export it for fewer accounts or assets at a time"
            rows.fault(str(many).partition(". ")[0], do)
    return rows.lifted()


_COLUMNS = ("name", "asset", "class", "address")


@dataclass(slots=True)
class _Mapped:
    """Records of all sections on their way to rows."""

    map: MapFile
    records: Mapping[str, list[dict[str, Any]]]
    rows: Rows
    _users: dict[str, User] = field(default_factory=dict)
    _accounts: dict[str, Account] = field(default_factory=dict)

    def write(self) -> None:
        """Write the rows. Raises TooManySlicesError."""
        roles = self._read_users()
        groups = self._read_groups()
        names = self._read_accounts()
        rules = self._rules(Known(self._users, roles, self._accounts, _by_word(names)), groups)
        if self.rows.faults:
            return
        for rule in rules:
            for place in rule.destinations:
                if place.kind == PLACE:
                    names.setdefault(place, (place.id,))
        listed = self._users if "users" in self.map.sections else None
        admins = tuple(user.id for user in self._users.values() if user.admin)
        users = Users(listed, Quorum(self.map.quorum, admins))
        accounts = [*self._accounts.values(), *self._unlisted(rules)]
        places = [account.place for account in self._accounts.values()]
        assets = {
            asset
            for account in self._accounts.values()
            for asset in account.asset.split("|")
            if asset
        }
        PolicyRows(rules, users, accounts, assets, places, names, self.rows).write()
        self.rows.notes += NOTES

    def _rules(self, known: Known, groups: Mapping[str, frozenset[str]]) -> list[Rule]:
        """Return the rules in order, the last for what no other takes."""
        section = self.map.sections["rules"]
        sets = UserSets(groups)
        known.listed = bool({"users", "groups"} & self.map.sections.keys())
        rules = [
            read_rule(section, known, sets, place, body)
            for place, body in enumerate(self._in_order(section, self.records["rules"]), 1)
        ]
        if not rules:
            self.rows.fault("It has no rules", "Export the policy with its rules")
        if section.words["otherwise"] == "allow":
            signed = section.words["signing"] == "initiator"
            kinds = ANY if "kind" in section.paths else "TRANSFER"
            rules.append(Rule(len(rules) + 1, "ALLOW", types=frozenset((kinds,)), signed=signed))
        return rules

    def _unlisted(self, rules: Sequence[Rule]) -> Iterator[Account]:
        """Yield the accounts that only rules name, and the rest where no list says it is whole."""
        named = {place for rule in rules for place in rule.sources}
        whole = "accounts" in self.map.sections
        for place in sorted(named | {Place(place.kind) for place in named}):
            known = place.kind == ACCOUNT and (place.id in self._accounts or whole)
            if not (known or (whole and place.id == ANY)):
                yield Account(place, wallet_id(place))

    def _each(
        self, name: str, *, once: bool = True
    ) -> Iterator[tuple[Section, str, dict[str, Any]]]:
        """Yield the records of a section with their ids, which may have to be there once."""
        section = self.map.sections.get(name)
        if section is None:
            return
        seen: set[str] = set()
        for record in self.records[name]:
            key = section.one(record, "id")
            if not key or (once and key in seen):
                what = f"a {NOUN[name]} has no id of its own ({short(key)})"
                self.rows.fault(what, "Export it again, or mend the path of its id")
            seen.add(key)
            yield section, key, record

    def _read_users(self) -> dict[str, frozenset[str]]:
        """Read the users; return those of each role."""
        by_role: dict[str, set[str]] = {}
        for section, key, record in self._each("users"):
            roles = section.many(record, section.paths.get("role", ()))
            rights = self._rights(section, roles)
            status = section.one(record, "status")
            active = None if not status else status in section.listed("active")
            aliases = (
                f"{kind}:{text.lower() if kind == 'mail' else text}"
                for kind in ("mail", "login", "number")
                if (text := section.one(record, kind))
            )
            self._users[key] = User(
                key,
                section.one(record, "name") or key,
                ", ".join(roles),
                active,
                initiates=rights["initiate"],
                signs=rights["sign"],
                admin=bool(rights["admin"]),
                program=section.one(record, "kind") in section.listed("programs"),
                aliases=tuple(aliases),
            )
            for role in roles:
                by_role.setdefault(role, set()).add(key)
        return {role: frozenset(users) for role, users in by_role.items()}

    def _rights(self, section: Section, roles: Sequence[str]) -> dict[str, bool | None]:
        """Return what the roles let do; without roles in the map the rules alone decide."""
        known: Mapping[str, Any] = section.words.get("roles") or {}
        if not known:
            return {"initiate": True, "sign": True, "admin": None}
        given = {right for role in roles for right in several(known.get(role) or ()) if right}
        unsure = not roles or any(role not in known for role in roles)
        return {
            right: True if right in given else (None if unsure else False)
            for right in ("initiate", "sign", "admin")
        }

    def _read_groups(self) -> dict[str, frozenset[str]]:
        """Return the members of each group; a sheet may have a row for each member."""
        found: dict[str, set[str]] = {}
        for section, key, record in self._each("groups", once=False):
            found.setdefault(key, set()).update(section.many(record, section.paths["members"]))
        return {key: frozenset(members) for key, members in found.items()}

    def _read_accounts(self) -> dict[Place, tuple[str, ...]]:
        """Return what each account may be called; a sheet may have a row for each of its assets."""
        said: dict[str, dict[str, dict[str, None]]] = {}
        for section, key, record in self._each("accounts", once=False):
            cells = said.setdefault(key, {column: {} for column in _COLUMNS})
            for column in _COLUMNS:
                found = section.many(record, section.paths.get(column, ()))
                cells[column].update(dict.fromkeys(" ".join(text.split()) for text in found))
        for key, cells in said.items():
            asset, address = "|".join(cells["asset"]), list(cells["address"])
            classes = "|".join(ident("", word)[1:] for word in cells["class"])
            # One of several addresses would stand for the account alone.
            alone = address[0] if len(address) == 1 else ""
            place = Place(ACCOUNT, key)
            self._accounts[key] = Account(place, ident("account", key), asset, classes, alone)
        return {
            Place(ACCOUNT, key): (key, *cells["name"], *cells["address"], *cells["class"])
            for key, cells in said.items()
        }

    def _in_order(self, section: Section, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if "order" not in section.paths:
            return records
        keyed: list[tuple[Decimal, dict[str, Any]]] = []
        for record in records:
            text = section.one(record, "order")
            try:
                keyed.append((number(text), record))
            except UnreadableError:
                self.rows.fault(f"a rule's order {short(text)} is no number", "Mend it")
        if len({order for order, _ in keyed}) < len(keyed):
            self.rows.fault("two rules have the same order", "Say which of them comes first")
        return [record for _, record in sorted(keyed, key=lambda pair: pair[0])]


def _by_word(names: Mapping[Place, Sequence[str]]) -> dict[str, frozenset[Place]]:
    """Return the accounts that each name, address or class stands for."""
    found: dict[str, set[Place]] = {}
    for place, words in names.items():
        for word in words:
            found.setdefault(word, set()).add(place)
    return {word: frozenset(places) for word, places in found.items()}
