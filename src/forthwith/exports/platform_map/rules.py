"""One rule of a platform's export, taken apart as its map says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from forthwith.exports.platform_map.map_file import Section, leaves, several, texts_in, values
from forthwith.exports.platform_map.records import approving_groups, covered, used_paths
from forthwith.exports.platform_policy.rules import (
    Group,
    Place,
    Rule,
    UnreadableError,
    UserSets,
    approving_group,
    number,
    short,
)

ACCOUNT, PLACE = "ACCOUNT", "PLACE"
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
_WITH_UNIT = re.compile(r"([\d.,]+)\s+([A-Za-z][\w.-]{0,20})")


@dataclass(slots=True)
class Known:
    """What the other lists of the export name, as rules may refer to it."""

    users: Mapping[str, object] = field(default_factory=dict)
    roles: Mapping[str, frozenset[str]] = field(default_factory=dict)
    accounts: Mapping[str, object] = field(default_factory=dict)
    #: Name, address or class → the accounts that have it.
    words: Mapping[str, frozenset[Place]] = field(default_factory=dict)
    #: The export lists users or groups: a name that is none of them is not understood.
    listed: bool = False


def read(section: Section, known: Known, sets: UserSets, number: int, body: dict[str, Any]) -> Rule:
    """Return one rule; parts that cannot be read are in its doubts."""
    reader = _RuleReader(section, known, sets)
    parts = (
        reader.action,
        reader.kind,
        reader.initiators,
        reader.signers,
        reader.source,
        reader.destination,
        reader.asset,
        reader.amount,
        reader.approvals,
        reader.conditions,
        reader.rest,
    )
    return sets.read(number, body, parts, body.keys(), frozenset())


@dataclass(slots=True)
class _RuleReader:
    """Takes the parts of one rule, as the map says."""

    section: Section
    known: Known
    sets: UserSets

    def one(self, body: dict[str, Any], key: str) -> str:
        return self.section.one(body, key)

    def _listed(self, body: dict[str, Any], key: str) -> list[str] | None:
        """Return a field's texts; None where it sets no limit. Raises UnreadableError for []."""
        paths = self.section.paths.get(key, ())
        found = self.section.many(body, paths)
        if any(word in self.section.listed("everybody") for word in found):
            return None
        if not found:
            given = [value for path in paths for value in values(body, path)]
            if any(value not in (None, "") for value in given):
                raise UnreadableError(f"{key} is there and names nothing")
        return found or None

    def _users(self, names: Sequence[str], what: str) -> frozenset[str]:
        """Return the users that ids, groups and roles stand for."""
        found: set[str] = set()
        for name in names:
            meant = [
                users
                for users in (
                    frozenset((name,)) if name in self.known.users else None,
                    self.sets.groups.get(name),
                    self.known.roles.get(name),
                )
                if users is not None
            ]
            if len(meant) > 1:
                raise UnreadableError(f"{short(name)} of {what} may be two things")
            if not meant and self.known.listed:
                raise UnreadableError(f"{short(name)} of {what} is no user, group or role")
            found |= meant[0] if meant else {name}
        return frozenset(found)

    def action(self, body: dict[str, Any]) -> dict[str, Any]:
        if "action" not in self.section.paths:
            return {"action": "ALLOW"}
        action = self.one(body, "action")
        if action in self.section.listed("deny"):
            return {"action": "BLOCK"}
        if action not in self.section.listed("allow"):
            raise UnreadableError(f"action {short(action)} is neither among allow nor deny")
        return {"action": "ALLOW"}

    def kind(self, body: dict[str, Any]) -> dict[str, Any]:
        if "kind" not in self.section.paths:
            return {"types": frozenset(("TRANSFER",))}
        kind = self.one(body, "kind")
        if not kind or kind in self.section.listed("everybody"):
            return {}
        return {
            "types": frozenset(
                ("TRANSFER" if kind in self.section.listed("transfers") else kind.upper(),)
            )
        }

    def initiators(self, body: dict[str, Any]) -> dict[str, Any]:
        names = self._listed(body, "initiators")
        return {} if names is None else {"operators": self._users(names, "initiators")}

    def signers(self, body: dict[str, Any]) -> dict[str, Any]:
        names = self._listed(body, "signers")
        if names is None:
            return {"signed": self.section.words.get("signing") != "platform"}
        return {"signers": self._users(names, "signers")}

    def source(self, body: dict[str, Any]) -> dict[str, Any]:
        return self._places(body, "source", "sources")

    def destination(self, body: dict[str, Any]) -> dict[str, Any]:
        return self._places(body, "destination", "destinations")

    def _places(self, body: dict[str, Any], key: str, name: str) -> dict[str, Any]:
        found = self._listed(body, key)
        if found is None:
            return {}
        places: dict[Place, None] = {}
        for word in found:
            if word in self.known.accounts:
                meant = {Place(ACCOUNT, word)}
            else:
                meant = set(self.known.words.get(word, ())) or {Place(PLACE, word)}
            places.update(dict.fromkeys(sorted(meant)))
        return {name: tuple(places)}

    def asset(self, body: dict[str, Any]) -> dict[str, Any]:
        names = self._listed(body, "asset")
        return {} if names is None else {"assets": frozenset(names)}

    def amount(self, body: dict[str, Any]) -> dict[str, Any]:
        unit = self.one(body, "unit")
        least, least_unit = _amount(self.one(body, "min"), unit)
        most, most_unit = _amount(self.one(body, "max"), unit)
        units = {found for found in (least_unit, most_unit) if found}
        if len(units) > 1 or ((least or most is not None) and not units):
            raise UnreadableError("its amounts have no unit, or two")
        seconds = self.one(body, "seconds") or "0"
        if not seconds.isdecimal() or len(seconds) > 12:
            raise UnreadableError(f"seconds {short(seconds)} is not a number of them")
        found: dict[str, Any] = {"least": least or Decimal(0), "most": most}
        return {**found, "currency": units.pop() if units else "USD", "seconds": int(seconds)}

    def approvals(self, body: dict[str, Any]) -> dict[str, Any]:
        nested = self.section.words.get("approvals")
        groups = list(self._nested(body, nested)) if nested else []
        approvers = None if nested else self._listed(body, "approvers")
        if approvers is not None:
            groups.append(self._group(approvers, self.one(body, "quorum")))
        elif self.one(body, "quorum") not in ("", "0") and self.section.literal("quorum") is None:
            raise UnreadableError("it asks for approval and names nobody to give it")
        own, every = (
            {"yes": True, "no": False}.get(str(self.section.words.get(key)))
            for key in ("own_approval", "every_group")
        )
        if len(groups) < 2 and every is None:
            every = False
        return {"groups": tuple(groups), "own_approval": own, "every_group": every}

    def _nested(self, body: dict[str, Any], nested: Mapping[str, Any]) -> Iterator[Group]:
        for group in approving_groups(body, nested):
            if group is None:
                continue
            names = self.section.many(group, several(nested["approvers"]))
            paths = several(nested["quorum"])
            quorum = paths[0][1:].strip() if paths[0].startswith("=") else ""
            found = [text for path in paths for text in texts_in(group, path)]
            yield self._group(names, quorum or " ".join(found))

    def _group(self, names: Sequence[str], quorum: str) -> Group:
        members = self._users(names, "approvers")
        if quorum.lower() == "all":
            return approving_group(len(members), members)
        short_number = quorum.isdecimal() and len(quorum) < 10
        return approving_group(int(quorum) if short_number else None, members)

    def conditions(self, body: dict[str, Any]) -> dict[str, Any]:
        found = [
            f"{path} is as the rule says"
            for path in self.section.paths.get("conditions", ())
            if any(value not in (None, "", [], {}, False) for value in values(body, path))
        ]
        return {"occasions": tuple(found)}

    def rest(self, body: dict[str, Any]) -> dict[str, Any]:
        used = used_paths(self.section)
        left = {
            ".".join(path)
            for path, value in leaves(body)
            if not covered(path, used) and value not in (None, "", [], {}, False)
        }
        if left:
            names = ", ".join(sorted(left))[:200]
            raise UnreadableError(f"{names} may be a condition, and the map does not name it")
        return {}


def _amount(text: str, unit: str) -> tuple[Decimal | None, str]:
    """Return an amount and its unit; one written behind the number is the unit."""
    if not text:
        return None, ""
    if match := _WITH_UNIT.fullmatch(text):
        text, written = match.groups()
        if unit and written.upper() != unit.upper():
            raise UnreadableError(f"amount {short(text)} has two units")
        unit = written
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    return number(text), unit.upper()
