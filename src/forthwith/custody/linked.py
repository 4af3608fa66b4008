"""Links: what the rows and the statements say belongs together, for holding claims side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from forthwith.custody.answers.wallet_facts import behind
from forthwith.custody.facts.entities import Parties
from forthwith.custody.facts.facts import Entity, Facts
from forthwith.custody.questions.groups import STAFF_TIES
from forthwith.custody.questions.scope import Scope
from forthwith.custody.statements.claims import Claim

#: Paths on which somebody gets in by privilege, not by signing.
_BY_PRIVILEGE = frozenset(("host", "software", "policy_change", "recovery"))
_PRIVILEGED = frozenset(("host", "credential", "role", "device", "vendor_path"))


class Links:
    """All rows count here, whatever their standing: a tension only asks somebody to look."""

    def __init__(self, facts: Facts, parties: Parties, claims: Iterable[Claim]) -> None:
        """Index what is linked with what."""
        self._facts, self._parties = facts, parties
        self._means = {each.id: each for each in facts.means}
        self._groups = _groups(facts)
        self._dealings = [
            (each.name, each.of) for each in claims if each.name in ("used", "affiliated")
        ]

    def privileged(self, denied: Scope, said: Scope) -> bool:
        """Return whether one means is denied and another way in of the same kind is claimed."""
        if not denied.means or denied.means & said.means:
            return False
        if said.means:
            return any(
                self._groups.get(one, one) == self._groups.get(other, other)
                for one in denied.means
                for other in said.means
            )
        kinds = {self._means[each].kind for each in denied.means if each in self._means}
        by_privilege = bool(said.paths & _BY_PRIVILEGE) or said == Scope()
        return by_privilege and (not kinds or bool(kinds & _PRIVILEGED))

    def deals(self, entity: str, other: str) -> str:
        """Return how two entities deal with each other, as a clause; "" when nothing says so."""
        if rows := self._parties.same(entity, other):
            return f"{entity} is {other} by {rows[0].place}"
        for name, (one, two) in self._dealings:
            for mine, theirs in ((one, two), (two, one)):
                known = self._parties.same(entity, mine), self._parties.same(other, theirs)
                if None not in known:
                    return f"a statement says {name}({one}, {two})"
        both = self._staff(entity) & self._staff(other)
        return f"{', '.join(sorted(both))} is tied to both {entity} and {other}" if both else ""

    def _staff(self, entity: str) -> set[str]:
        ids = self._parties.aliases(entity)
        return {
            each.person
            for each in self._facts.affiliations
            if each.entity in ids and each.kind in STAFF_TIES
        }

    def staff_among(self, entity: str, people: Collection[str]) -> list[str]:
        """Return those of the people named who are tied to the entity on any day."""
        return sorted({self._parties.person(each) for each in people} & self._staff(entity))

    def of_entity(self, entity: str, subject: str) -> tuple[Entity, ...] | None:
        """Return whether a subject is the entity's; the alias rows needed, None when it is not.

        The entity itself, words that name it, one of its people, a means they hold, or a wallet
        such a means moves.
        """
        if (rows := self._parties.same(entity, subject)) is not None:
            return rows
        if self._parties.named_in(entity, subject):
            return ()
        staff = self._staff(entity)
        if self._parties.person(subject) in staff:
            return ()
        held = {each.means for each in self._facts.possessions if each.person in staff}
        if subject in held:
            return ()
        if any(each.id == subject for each in self._facts.wallets):
            near = {each.id for each in behind(self._facts, subject).means}
            return () if near & held else None
        return None


def _groups(facts: Facts) -> dict[str, str]:
    """Return for each means one name of the group it is linked with, by grants and by `of`."""
    near: dict[str, set[str]] = defaultdict(set)
    pairs = [(each.id, each.of) for each in facts.means if each.of]
    pairs += [(leaf, each.gives) for each in facts.grants for leaf in each.source.leaves()]
    for one, other in pairs:
        near[one].add(other)
        near[other].add(one)
    found: dict[str, str] = {}
    for start in near:
        waiting = [start] if start not in found else []
        while waiting:
            here = waiting.pop()
            if here not in found:
                found[here] = start
                waiting += near[here]
    return found
