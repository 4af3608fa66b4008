"""Claims about vendors and affiliates: looked up in the rows, because no table lists them all.

A row can show that a vendor was used or that two names are one entity. That it never was, or that
they have nothing to do with one another, no table can show: then the answer is *unsupported*, with
what to ask for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from forthwith.custody.answers.answers import CitedFact, MissingFact
from forthwith.custody.answers.index import Model, model_of
from forthwith.custody.facts.entities import Parties
from forthwith.custody.facts.facts import Affiliation, Entity, Fact, Facts, Means, ProofLevel
from forthwith.custody.questions.groups import STAFF_TIES
from forthwith.custody.statements.claims import Claim
from forthwith.custody.statements.results import Judgement, Result, cite, people_in, spoken
from forthwith.domain.period import Period

USE = frozenset(("used", "never_used"))
TIE = frozenset(("affiliated", "not_affiliated"))
#: Kinds of means whose label may carry the vendor's name.
_BY_LABEL = frozenset(("vendor_path", "credential", "role"))


@dataclass(frozen=True, slots=True)
class Sign:
    """A row that speaks of the matter, whether it counts on the standing asked for, its days."""

    cited: CitedFact
    period: Period
    accepted: bool


class PartyRows:
    """The rows of one question, on one standard."""

    def __init__(self, facts: Facts, standing: ProofLevel, period: Period | None) -> None:
        """Prepare; `period` None is all days the facts speak of."""
        self._facts, self._standing, self._period = facts, standing, period
        self._parties = Parties(facts, self._accepts)

    def _accepts(self, fact: Fact) -> bool:
        return fact.standing <= self._standing and not fact.disputed

    def signs_of_use(self, entity: str, vendor: str) -> list[Sign]:
        """Return the rows by which an entity used a vendor, on any day, earliest first."""
        means = {row.id: row for row in self._facts.means if self._is_of(vendor, row)}
        signs = [*self._in_formulas(means), *self._in_hands(entity, vendor, means)]
        return sorted(signs, key=lambda sign: (sign.period.start, sign.cited.fact))

    def _is_of(self, vendor: str, means: Means) -> bool:
        names = {name.casefold() for name in self._parties.names(vendor)}
        if {means.id.casefold(), means.of.casefold(), means.label.casefold()} & names:
            return True
        return means.kind in _BY_LABEL and self._parties.named_in(vendor, means.label)

    def _in_formulas(self, means: dict[str, Means]) -> Iterator[Sign]:
        for policy in self._facts.policies:
            for name in sorted(policy.formula.leaves() & means.keys()):
                says = f"{policy.path} of wallet {policy.wallet} can go by {name} {policy.period}"
                yield self._sign(policy, means[name], says, policy.period)
        for approval in self._facts.approvals:
            parts = approval.formula.leaves() | {approval.enforced_by}
            for name in sorted(parts & means.keys()):
                says = f"approvals of wallet {approval.wallet} rest on {name} {approval.period}"
                yield self._sign(approval, means[name], says, approval.period)
        for grant in self._facts.grants:
            for name in sorted((grant.source.leaves() | {grant.gives}) & means.keys()):
                says = f"a grant of {grant.gives} goes by {name} {grant.period}"
                yield self._sign(grant, means[name], says, grant.period)

    def _in_hands(self, entity: str, vendor: str, means: dict[str, Means]) -> Iterator[Sign]:
        staff = self._ties(entity, STAFF_TIES)
        for possession in self._facts.possessions:
            person, period = possession.person, possession.period
            tie = next((tie for tie in staff(person) if _meet(tie.period, period)), None)
            if possession.means in means and tie:
                says = f"{person} ({tie.kind} {tie.entity}) had {possession.means} {period}"
                yield self._sign(possession, tie, says, period, person, possession.means)
        credential = self._ties(vendor, ("credential",))
        for person in {row.person for row in self._facts.affiliations}:
            for mine in staff(person):
                for theirs in credential(person):
                    if _meet(mine.period, theirs.period) and mine is not theirs:
                        says = f"{person} ({mine.kind} {mine.entity}) had a credential of {vendor}"
                        yield self._sign(theirs, mine, says, theirs.period, person)

    def _ties(self, entity: str, kinds: Sequence[str]) -> Callable[[str], list[Affiliation]]:
        ids = set(self._parties.aliases(entity))
        return lambda person: [
            row
            for row in self._facts.affiliations
            if row.person == person and row.kind in kinds and row.entity in ids
        ]

    def _sign(
        self, fact: Fact, other: Fact, says: str, period: Period, person: str = "", means: str = ""
    ) -> Sign:
        accepted = self._accepts(fact) and self._accepts(other)
        return Sign(cite(fact, says, person, means), period, accepted)

    def used(self, claim: Claim) -> Judgement:
        """Answer `used` and `never_used`; "never" speaks of all days up to the last of its own."""
        entity, vendor = claim.of
        never = claim.name == "never_used"
        within = self._period
        if never and within:
            within = Period(date.min, within.end)
        signs = [sign for sign in self.signs_of_use(entity, vendor) if _meet(sign.period, within)]
        if good := [sign for sign in signs if sign.accepted]:
            cited = tuple(sign.cited for sign in good)
            result = Result.CONTRADICTED if never else Result.SUPPORTED
            why = f"Rows of the facts rest on {vendor}: {_first(cited)}. {_OWNER}"
            return Judgement(result, why, _within(good[0].period, within), people_in(cited), cited)
        why = f"No accepted row shows {entity} using {vendor}, {spoken(within)}"
        if signs:
            why += f"; rows that do not count say so: {_first([sign.cited for sign in signs])}"
        return Judgement(
            Result.UNSUPPORTED,
            f"{why}. No table lists every vendor, so none can show that it was never used.",
            gaps=(
                _ask(
                    f"a record of what {vendor} did for {entity}",
                    "no table lists every vendor",
                    f"Produce the contracts, invoices, account lists and login records between "
                    f"{entity} and {' or '.join(self._parties.titles(vendor))}, "
                    f"{spoken(within)}.",
                ),
            ),
        )

    def first_use_after(self, claim: Claim, day: date) -> date | None:
        """Return the first day from `day` on which an accepted row rests on the vendor."""
        signs = self.signs_of_use(claim.of[0], claim.of[1])
        days = [
            max(sign.period.start, day)
            for sign in signs
            if sign.accepted and (sign.period.end is None or sign.period.end > day)
        ]
        return min(days, default=None)

    def affiliated(self, claim: Claim) -> Judgement:
        """Answer `affiliated` and `not_affiliated`."""
        entity, other = (self._parties.entity(name) for name in claim.of)
        rows = self._parties.same(entity, other)
        model = model_of(self._facts, self._period, self._standing)
        days = model.axis.periods(model.names_of(entity).get(other, (0, 0))[0])
        both = tuple(self._tied_to_both(model, entity, other)) if rows is None else ()
        if rows is not None and days:
            cited = tuple(cite(row, _alias(row)) for row in rows)
            no = claim.name == "not_affiliated"
            result = Result.CONTRADICTED if no else Result.SUPPORTED
            why = (
                f"{entity} and {other} are names of one entity: {_first(cited) or 'the same name'}."
            )
            return Judgement(result, why, days[0], (), cited)
        why = f"No accepted row makes {entity} and {other} one entity, {spoken(self._period)}"
        if rows:
            why += f", though on other days {_first([cite(row, _alias(row)) for row in rows])}"
        if both:
            names = ", ".join(people_in(both))
            why += f". Tied to both at once: {names}"
        return Judgement(
            Result.UNSUPPORTED,
            f"{why}. No table lists who owns whom.",
            None,
            people_in(both),
            both,
            (
                _ask(
                    f"the owners of {entity} and {other}",
                    "no table lists who owns whom",
                    f"Produce the registers of members and directors of {entity} and {other}, and "
                    f"every agreement between them, {spoken(self._period)}.",
                ),
            ),
        )

    def _tied_to_both(self, model: Model, entity: str, other: str) -> Iterator[CitedFact]:
        first, second = self._ties(entity, STAFF_TIES), self._ties(other, STAFF_TIES)
        for person in sorted({row.person for row in self._facts.affiliations}):
            days = model.tied(person, STAFF_TIES, entity)[0]
            days &= model.tied(person, STAFF_TIES, other)[0]
            if days:
                for tie in (*first(person), *second(person)):
                    if self._accepts(tie) and model.axis.mask(tie.period) & days:
                        says = f"{person}: {tie.kind.replace('_', ' ')} {tie.entity} {tie.period}"
                        yield cite(tie, says, person)


#: What the tables cannot say, and so no answer does.
_OWNER = "The tables do not say whose wallet or contract it was."


def _alias(row: Entity) -> str:
    when = f" {row.period}" if row.period else ""
    return f"{row.id} is another name of {row.alias_of}{when}"


def _ask(fact: str, why: str, ask: str) -> tuple[MissingFact, ...]:
    return (MissingFact(fact=fact, why=why, ask=ask, cost=2),)


def _first(cited: Sequence[CitedFact]) -> str:
    some = "; ".join(f"{fact.says} ({fact.fact})" for fact in cited[:3])
    return some + (f"; and {len(cited) - 3} more" if len(cited) > 3 else "")


def _meet(period: Period, other: Period | None) -> bool:
    return other is None or period.meets(other)


def _within(period: Period, other: Period | None) -> Period:
    """Return the days two overlapping periods share."""
    if other is None:
        return period
    ends = [end for end in (period.end, other.end) if end]
    return Period(max(period.start, other.start), min(ends, default=None))
