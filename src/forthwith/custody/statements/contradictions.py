"""Tensions: pairs of statements that cannot both hold, or pull against each other.

They are shown side by side with the reason, and with how both might still be true: another scope,
another day, another entity of the same name. Nothing here decides who is right.

A sentence that gives a day stands until it is corrected, so it is held against later ones too; one
that gives a period speaks of that period alone.

There is one rule for each pair of claim names. A rule uses the facts only for what is one entity,
which wallets carry which class and what leads to what; days are compared apart from the rules.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from forthwith.custody.answers.wallet_facts import facts_of_wallet
from forthwith.custody.facts.entities import Parties
from forthwith.custody.facts.facts import Entity, Facts, ProofLevel, Statement
from forthwith.custody.questions import scope as scopes
from forthwith.custody.questions.groups import STAFF_TIES
from forthwith.custody.questions.scope import Scope
from forthwith.custody.statements.claims import Claim, claim_of
from forthwith.domain.period import Period

#: Paths on which somebody gets in by privilege, not by signing.
_BY_PRIVILEGE = frozenset(("host", "software", "policy_change", "recovery"))
_PRIVILEGED = frozenset(("host", "credential", "role", "device", "vendor_path"))


#: Claims about all that went before the day they were made on.
_EVER = ("never_used", "used", "never_exercised", "exercised")


@dataclass(frozen=True, slots=True)
class StatedClaim:
    """A statement whose claim reads."""

    statement: Statement
    claim: Claim

    @property
    def id(self) -> str:
        """Return the statement's id."""
        return self.statement.id

    @property
    def reach(self) -> Period:
        """Return the days it can be held to: its period, or from its day until corrected."""
        statement = self.statement
        if statement.period is not None:
            never = self.claim.name in ("never_used", "never_exercised")
            return Period(date.min, statement.period.end) if never else statement.period
        if statement.as_of is None or self.claim.name in _EVER:
            return Period(date.min)
        return Period(statement.as_of.start)


@dataclass(frozen=True, slots=True)
class Conflict:
    """What a rule found between two claims: why, and the alias rows it needed."""

    why: str
    opposite: bool = True
    aliases: tuple[Entity, ...] = ()
    #: Clauses of its own on how both might be true.
    unless: tuple[str, ...] = ()


class Rules:
    """One rule for each pair of claim names that can be in tension."""

    def __init__(self, facts: Facts, stated: list[StatedClaim]) -> None:
        """Index what the rules need."""
        self._facts, self._parties = facts, Parties(facts)
        self._links = Links(facts, self._parties, [claim.claim for claim in stated])
        rules: dict[tuple[str, str], Callable[[StatedClaim, StatedClaim], Conflict | None]] = {
            ("no_access", "can_move"): self._access,
            ("no_access", "retained"): self._access,
            ("no_access", "sole_control"): self._access,
            ("no_access", "holders"): self._holder,
            ("sole_control", "can_move"): self._sole,
            ("sole_control", "retained"): self._sole,
            ("sole_control", "sole_control"): self._sole,
            ("never_used", "used"): self._use,
            ("not_affiliated", "affiliated"): self._affiliation,
            ("holders", "holders"): self._holders,
            ("fully_backed", "cannot_verify"): self._backing,
            ("never_exercised", "exercised"): self._exercise,
            ("complied", "failed"): self._duty,
            ("complied", "changed"): self._untold,
            ("unchanged", "changed"): self._change,
        }
        self._rules: Mapping[
            tuple[str, str], Callable[[StatedClaim, StatedClaim], Conflict | None]
        ] = rules

    def between(self, first: StatedClaim, other: StatedClaim) -> Conflict | None:
        """Return what pulls two statements apart, their days left aside."""
        names = first.claim.name, other.claim.name
        if rule := self._rules.get(names):
            return rule(first, other)
        turned = self._rules.get((names[1], names[0]))
        return turned(other, first) if turned else None

    def _same(self, entity: str, other: str) -> tuple[Entity, ...] | None:
        return self._parties.same(entity, other)

    def _access(self, no: StatedClaim, yes: StatedClaim) -> Conflict | None:
        """no_access(E) against a claim that E can."""
        entity, scope = no.claim.of[0], no.claim.scope
        if (rows := self._same(entity, yes.claim.of[0])) is None:
            return None
        can = "alone can" if yes.claim.name == "sole_control" else "can"
        denial = f"{no.id} says that {entity} has no access; {yes.id} says that it {can}"
        if scopes.meet(scope, yes.claim.scope, self._facts):
            return Conflict(f"{denial}{self._where(no, yes)}.", aliases=rows)
        if self._links.privileged(scope, yes.claim.scope):
            way = str(yes.claim.scope) or "by any way"
            why = (
                f"{no.id} denies one means only ({scope}); {yes.id} speaks of {entity} getting in "
                f"({way}). No access by one credential is not no access."
            )
            return Conflict(why, opposite=False, aliases=rows)
        return None

    def _where(self, first: StatedClaim, other: StatedClaim) -> str:
        wallets = scopes.shared(first.claim.scope, other.claim.scope, self._facts)
        if not wallets:
            return ""
        some = ", ".join(wallet.id for wallet in wallets[:3])
        more = f" and {len(wallets) - 3} more" if len(wallets) > 3 else ""
        return f". In both: {some}{more}"

    def _sole(self, sole: StatedClaim, yes: StatedClaim) -> Conflict | None:
        """sole_control(E) against anybody else who can."""
        mine, theirs = sole.claim.of[0], yes.claim.of[0]
        rows = self._same(mine, theirs)
        if rows is not None and all(_certain(row, sole, yes) for row in rows):
            return None
        if not scopes.meet(sole.claim.scope, yes.claim.scope, self._facts):
            return None
        can = "alone can" if yes.claim.name == "sole_control" else "can"
        why = f"{sole.id} says that only {mine} can; {yes.id} says that {theirs} {can}"
        return Conflict(
            f"{why}{self._where(sole, yes)}.",
            aliases=rows or (),
            unless=(f"Both can hold if {theirs} acts only through people of {mine}",),
        )

    def _use(self, never: StatedClaim, used: StatedClaim) -> Conflict | None:
        pairs = tuple(zip(never.claim.of, used.claim.of, strict=True))
        rows = [self._same(name, other) for name, other in pairs]
        if None in rows:
            return None
        (user, _), (vendor, called) = pairs
        name = vendor if vendor == called else f"{called}, which is {vendor}"
        why = (
            f"{never.id} says that {user} never used {vendor}; {used.id} says that it used {name}."
        )
        return Conflict(why, aliases=tuple(row for alias_rows in rows for row in alias_rows or ()))

    def _exercise(self, never: StatedClaim, did: StatedClaim) -> Conflict | None:
        entity = never.claim.of[0]
        rows = self._same(entity, did.claim.of[0])
        if rows is None or not scopes.meet(never.claim.scope, did.claim.scope, self._facts):
            return None
        why = f"{never.id} says that {entity} never moved assets; {did.id} says that it did"
        return Conflict(f"{why}{self._where(never, did)}.", aliases=rows)

    def _affiliation(self, no: StatedClaim, yes: StatedClaim) -> Conflict | None:
        """Opposite on one pair, or a chain: A is not with B, B is of C, A deals with C."""
        left, right = no.claim.of
        for first, second in (yes.claim.of, yes.claim.of[::-1]):
            rows = self._same(left, first), self._same(right, second)
            if rows[0] is not None and rows[1] is not None:
                why = f"{no.id} says that {left} and {right} are not affiliated; "
                return Conflict(f"{why}{yes.id} that they are.", aliases=(*rows[0], *rows[1]))
        for mine, theirs in ((left, right), (right, left)):
            for middle, far in (yes.claim.of, yes.claim.of[::-1]):
                rows_of = self._same(theirs, middle)
                if rows_of is not None and (link := self._links.deals(mine, far)):
                    why = (
                        f"{no.id} says that {mine} has nothing to do with {theirs}; {yes.id} says "
                        f"that {middle} is of {far}; and {link}."
                    )
                    return Conflict(why, opposite=False, aliases=rows_of)
        return None

    def _holder(self, no: StatedClaim, holders: StatedClaim) -> Conflict | None:
        means = holders.claim.of[0]
        people = self._links.staff_among(no.claim.of[0], holders.claim.members or frozenset())
        if means not in no.claim.scope.means or not people:
            return None
        entity, names = no.claim.of[0], " and ".join(people)
        why = (
            f"{no.id} says that {entity} has no access to {means}; {holders.id} names among its "
            f"holders {names}, tied to {entity}."
        )
        return Conflict(
            why, opposite=False, unless=(f"Both can hold if {names} had left {entity}",)
        )

    def _holders(self, first: StatedClaim, other: StatedClaim) -> Conflict | None:
        if first.claim.of != other.claim.of:
            return None
        mine, theirs = (
            {self._parties.person(member) for member in stated.claim.members or ()}
            for stated in (first, other)
        )
        if mine == theirs:
            return None
        only = ", ".join(sorted(mine ^ theirs))
        why = f"They name different holders of {first.claim.of[0]}: only one of them names {only}."
        return Conflict(why)

    def _backing(self, backed: StatedClaim, cannot: StatedClaim) -> Conflict | None:
        mine, theirs = backed.claim.of[0], cannot.claim.of[0]
        every = {"all", "every asset", "customer assets", "everything"}
        if (
            mine.casefold() != theirs.casefold()
            and not {mine.casefold(), theirs.casefold()} & every
        ):
            return None
        why = (
            f"{backed.id} says that {mine} is fully backed; {cannot.id} that this cannot be shown "
            f"for {theirs}."
        )
        return Conflict(
            why, opposite=False, unless=("Both can hold if it is backed and nobody can show it",)
        )

    def _duty(self, complied: StatedClaim, failed: StatedClaim) -> Conflict | None:
        rows = self._same(complied.claim.of[0], failed.claim.of[0])
        if rows is None or not _like(complied.claim.of[1], failed.claim.of[1]):
            return None
        why = (
            f"{complied.id} says that {complied.claim.of[0]} complied with {complied.claim.of[1]!r}"
        )
        return Conflict(f"{why}; {failed.id} says that it failed.", aliases=rows)

    def _untold(self, complied: StatedClaim, changed: StatedClaim) -> Conflict | None:
        (entity, duty), subject = complied.claim.of, changed.claim.of[0]
        if (rows := self._links.of_entity(entity, subject)) is None:
            return None
        why = (
            f"{complied.id} says that {entity} complied with {duty!r}; {changed.id} says "
            f"that {subject} changed. Was the change reported, and when?"
        )
        unless = (
            "Both can hold if the change was reported in time, or the duty does not reach it",
        )
        return Conflict(why, opposite=False, aliases=rows, unless=unless)

    def _change(self, same: StatedClaim, changed: StatedClaim) -> Conflict | None:
        mine, theirs = same.claim.of[0], changed.claim.of[0]
        rows = () if _like(mine, theirs) else self._same(mine, theirs)
        if rows is None:
            return None
        why = f"{same.id} says that {mine} is unchanged; {changed.id} says that it changed."
        return Conflict(why, aliases=rows)


def _certain(row: Entity, first: StatedClaim, other: StatedClaim) -> bool:
    """Return whether an alias may be relied on to let a pair pass: evidenced, and in force then."""
    return (
        row.standing <= ProofLevel.SWORN
        and not row.disputed
        and (
            row.period is None
            or all(
                stated.reach.start in row.period or stated.reach.start == date.min
                for stated in (first, other)
            )
        )
    )


def _like(text: str, other: str) -> bool:
    return " ".join(text.casefold().split()) == " ".join(other.casefold().split())


class Links:
    """What the rows and the statements say belongs together, to compare claims by.

    All rows count, whatever their standing: a tension only asks somebody to look.
    """

    def __init__(self, facts: Facts, parties: Parties, claims: Iterable[Claim]) -> None:
        """Index what belongs together."""
        self._facts, self._parties = facts, parties
        self._means = {row.id: row for row in facts.means}
        self._groups = _groups(facts)
        self._dealings = [
            (claim.name, claim.of) for claim in claims if claim.name in ("used", "affiliated")
        ]

    def privileged(self, denied: Scope, claimed: Scope) -> bool:
        """Return whether one means is denied and another way in of the same kind is claimed."""
        if not denied.means or denied.means & claimed.means:
            return False
        if claimed.means:
            return any(
                self._groups.get(means, means) == self._groups.get(other, other)
                for means in denied.means
                for other in claimed.means
            )
        kinds = {self._means[means].kind for means in denied.means if means in self._means}
        by_privilege = bool(claimed.paths & _BY_PRIVILEGE) or claimed == Scope()
        return by_privilege and (not kinds or bool(kinds & _PRIVILEGED))

    def deals(self, entity: str, other: str) -> str:
        """Return how two entities deal with each other, as a clause; "" when nothing says so."""
        if rows := self._parties.same(entity, other):
            return f"{entity} is {other} by {rows[0].place}"
        for name, (left, right) in self._dealings:
            for mine, theirs in ((left, right), (right, left)):
                known = self._parties.same(entity, mine), self._parties.same(other, theirs)
                if None not in known:
                    return f"a statement says {name}({left}, {right})"
        both = self._staff(entity) & self._staff(other)
        return f"{', '.join(sorted(both))} is tied to both {entity} and {other}" if both else ""

    def _staff(self, entity: str) -> set[str]:
        ids = self._parties.aliases(entity)
        return {
            tie.person
            for tie in self._facts.affiliations
            if tie.entity in ids and tie.kind in STAFF_TIES
        }

    def staff_among(self, entity: str, people: Collection[str]) -> list[str]:
        """Return those of the people named who are tied to the entity on any day."""
        return sorted({self._parties.person(name) for name in people} & self._staff(entity))

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
        held_by_staff = {row.means for row in self._facts.possessions if row.person in staff}
        if subject in held_by_staff:
            return ()
        if any(wallet.id == subject for wallet in self._facts.wallets):
            near = {means.id for means in facts_of_wallet(self._facts, subject).means}
            return () if near & held_by_staff else None
        return None


def _groups(facts: Facts) -> dict[str, str]:
    """Return for each means one name of the group it is linked with, by grants and by `of`."""
    near: dict[str, set[str]] = defaultdict(set)
    pairs = [(means.id, means.of) for means in facts.means if means.of]
    pairs += [(leaf, grant.gives) for grant in facts.grants for leaf in grant.source.leaves()]
    for means, other in pairs:
        near[means].add(other)
        near[other].add(means)
    group_of: dict[str, str] = {}
    for start in near:
        waiting = [start] if start not in group_of else []
        while waiting:
            here = waiting.pop()
            if here not in group_of:
                group_of[here] = start
                waiting += near[here]
    return group_of


@dataclass(frozen=True, slots=True)
class Tension:
    """Two statements side by side."""

    first: Statement
    second: Statement
    #: True: they say opposite things; False: they pull against each other.
    opposite: bool
    #: A whole sentence.
    why: str
    #: Whole sentences: how both might be true; none when no way is seen.
    unless: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data, keys as documented in docs/commands.md."""
        return {
            "first": self.first.id,
            "second": self.second.id,
            "kind": "opposite" if self.opposite else "pull",
            "why": self.why,
            "both_true_if": list(self.unless),
        }


def tensions(facts: Facts) -> tuple[Tension, ...]:
    """Return every pair in tension, in the order of the rows."""
    claims = [
        StatedClaim(statement, claim)
        for statement in facts.statements
        if isinstance(claim := claim_of(statement), Claim)
    ]
    rules = Rules(facts, claims)
    return tuple(
        _tension(first, other, conflict)
        for first, other in itertools.combinations(claims, 2)
        if first.reach.meets(other.reach) and (conflict := rules.between(first, other))
    )


def _tension(first: StatedClaim, other: StatedClaim, conflict: Conflict) -> Tension:
    unless = (
        *(f"{clause}." for clause in conflict.unless),
        *_of_scope(first, other),
        *_of_time(first, other),
        *(_of_alias(row) for row in conflict.aliases),
    )
    return Tension(first.statement, other.statement, conflict.opposite, conflict.why, unless)


def _of_scope(first: StatedClaim, other: StatedClaim) -> Iterator[str]:
    clauses = list(scopes.differences(first.claim.scope, other.claim.scope, (first.id, other.id)))
    if clauses:
        narrow = {
            stated.id
            for stated in (first, other)
            if any(clause.startswith(f"{stated.id} speaks") for clause in clauses)
        }
        wide = other.id if narrow == {first.id} else first.id
        how = f"{wide} is not meant so widely" if len(narrow) == 1 else "they mean different parts"
        yield f"Scope: {'; '.join(clauses)}. Both can hold if {how}."


def _of_time(claim: StatedClaim, other: StatedClaim) -> Iterator[str]:
    days = [stated.statement.days for stated in (claim, other)]
    if any(period is None for period in days):
        undated = " and ".join(
            stated.id for stated, period in zip((claim, other), days, strict=True) if period is None
        )
        yield f"Time: {undated} gives no day. Both can hold if they speak of different days."
        return
    first, second = sorted(
        ((period, stated) for period, stated in zip(days, (claim, other), strict=True) if period),
        key=lambda pair: pair[0].start,
    )
    if not first[0].meets(second[0]):
        yield (
            f"Time: {first[1].id} speaks of {first[0].start}, {second[1].id} of "
            f"{second[0].start}. Both can hold if it changed in between; then {first[1].id} has "
            "gone stale and needs correcting (Rule 26(e))."
        )


def _of_alias(row: Entity) -> str:
    when = f" {row.period}" if row.period else ""
    return (
        f"Alias: {row.id} is the same as {row.alias_of} only by {row.place}{when}. Both can hold "
        "if that row is wrong or speaks of other days."
    )
