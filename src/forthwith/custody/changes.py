"""Changes: what about one wallet, means, person or entity was other on one day than the day before.

A row that ends where a like row begins changes nothing. A row that begins with the facts
themselves does: nobody says that it was so before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from forthwith.custody.answers.answers import CitedFact, MissingFact
from forthwith.custody.answers.wallet_facts import facts_of_wallet, with_givers
from forthwith.custody.facts.entities import Parties
from forthwith.custody.facts.facts import Fact, Facts, ProofLevel
from forthwith.custody.facts.formula import formula_text
from forthwith.custody.questions.groups import STAFF_TIES
from forthwith.custody.statements.claims import Claim
from forthwith.custody.statements.results import Judgement, Result, cite, people_in, spoken
from forthwith.domain.period import Period

NAMES = frozenset(("changed", "unchanged"))


@dataclass(frozen=True, slots=True)
class Change:
    """Something began or ended on a day."""

    day: date
    cited: CitedFact
    fact: Fact


def about(facts: Facts, subject: str, parties: Parties) -> Facts | None:
    """Return the facts about a subject; None when no table has anything so called."""
    if any(wallet.id == subject for wallet in facts.wallets):
        return facts_of_wallet(facts, subject)
    if any(row.id == subject for row in facts.means):
        # Whoever may come to what gives it may come to it.
        means = frozenset(with_givers(facts, {subject}))
        return _only(facts, means=means, people=frozenset())
    person, entity = parties.person(subject), parties.entity(subject)
    if any(row.id == person for row in facts.people):
        return _only(facts, means=frozenset(), people=frozenset({person}))
    if any(row.id == entity for row in facts.entities):
        return _of_entity(facts, entity, parties)
    return None


def _of_entity(facts: Facts, entity: str, parties: Parties) -> Facts:
    """Return the ties to it, what its people hold, and what takes a means they hold."""
    ids = parties.aliases(entity)
    ties = [tie for tie in facts.affiliations if tie.entity in ids and tie.kind in STAFF_TIES]
    people = frozenset(tie.person for tie in ties)
    means = frozenset(
        possession.means for possession in facts.possessions if possession.person in people
    )
    return _only(facts, means, people, entities=frozenset(ids))


def _only(
    facts: Facts,
    means: frozenset[str],
    people: frozenset[str],
    entities: frozenset[str] = frozenset(),
) -> Facts:
    return Facts(
        entities=tuple(entity for entity in facts.entities if entity.id in entities),
        affiliations=tuple(
            tie
            for tie in facts.affiliations
            if tie.person in people and (not entities or tie.entity in entities)
        ),
        means=tuple(row for row in facts.means if row.id in means),
        possessions=tuple(
            possession
            for possession in facts.possessions
            if possession.means in means or possession.person in people
        ),
        grants=tuple(
            grant for grant in facts.grants if {grant.gives, *grant.source.leaves()} & means
        ),
        policies=tuple(policy for policy in facts.policies if policy.formula.leaves() & means),
        approvals=tuple(
            approval for approval in facts.approvals if approval.formula.leaves() & means
        ),
    )


def changes(facts: Facts) -> list[Change]:
    """Return every day on which something in these facts began or ended, in order."""
    rows: dict[tuple[str, ...], list[tuple[Period, Fact]]] = defaultdict(list)
    for key, period, fact in _keyed(facts):
        rows[key].append((period, fact))
    all_changes = [change for key, runs in rows.items() for change in _edges(" ".join(key), runs)]
    return sorted(
        all_changes, key=lambda change: (change.day, change.cited.fact, change.cited.says)
    )


def _edges(what: str, rows: list[tuple[Period, Fact]]) -> Iterator[Change]:
    for period, fact in rows:
        others = [other for other, row in rows if row is not fact]
        # One that had begun, and held until this one did, goes on in it.
        if not any(
            other.start < period.start and (other.end is None or period.start <= other.end)
            for other in others
        ):
            yield Change(period.start, cite(fact, f"{what} began {period.start}"), fact)
        end = period.end
        if end and not any(end in other for other in others):
            yield Change(end, cite(fact, f"{what} ended {end}"), fact)


def _keyed(facts: Facts) -> Iterator[tuple[tuple[str, ...], Period, Fact]]:
    for entity in facts.entities:
        if entity.alias_of and entity.period:
            yield (entity.id, "as a name of", entity.alias_of), entity.period, entity
    for tie in facts.affiliations:
        kind = tie.kind.replace("_", " ")
        yield (tie.person, "with", kind, tie.entity or tie.value), tie.period, tie
    for possession in facts.possessions:
        yield (possession.person, "holding", possession.means), possession.period, possession
    for grant in facts.grants:
        yield (
            (formula_text(grant.source), "giving", grant.gives, grant.condition),
            grant.period,
            grant,
        )
    for policy in facts.policies:
        scope = "; ".join(f"{key}={value}" for key, value in policy.scope)
        key = (policy.path, "of", policy.wallet, "by", formula_text(policy.formula), scope)
        yield tuple(filter(None, key)), policy.period, policy
    for approval in facts.approvals:
        key = (
            "approval of",
            approval.path,
            "of",
            approval.wallet,
            "by",
            formula_text(approval.formula),
        )
        yield (*key, approval.enforced_by), approval.period, approval


def judgement(facts: Facts, claim: Claim, standing: ProofLevel, period: Period | None) -> Judgement:
    """Answer `changed` and `unchanged` over a period."""
    parties = Parties(facts)
    subject = parties.person(claim.of[0])
    if (near := about(facts, subject, parties)) is None:
        return _unsupported(claim, f"No table has anything called {subject!r}.")
    if period is None or (period.end and (period.end - period.start).days == 1):
        return _unsupported(
            claim,
            "A change is between two days, and the sentence gives one day or none: fill in "
            "from and to.",
        )
    inside = [
        change
        for change in changes(near)
        if period.start < change.day and (period.end is None or change.day < period.end)
    ]
    good = [change for change in inside if _good(change.fact, standing)]
    if good:
        cited = tuple(change.cited for change in good)
        result = Result.SUPPORTED if claim.name == "changed" else Result.CONTRADICTED
        first = cited[0]
        why = f"{first.says[:1].upper()}{first.says[1:]} ({first.fact})"
        more = f", and {len(cited) - 1} more" if len(cited) > 1 else ""
        when = Period(good[0].day, period.end)
        return Judgement(result, f"{why}{more}.", when, people_in(cited), cited)
    nothing = f"No accepted row about {subject} begins or ends within the period, {spoken(period)}"
    if inside:
        nothing += f"; one that does not count does ({inside[0].cited.fact})"
    elif claim.name == "unchanged" and _closed(facts, near, subject, standing, period):
        return Judgement(Result.SUPPORTED, f"{nothing}, and what is listed is all.")
    return _unsupported(claim, f"{nothing}; nothing says that what is listed is all.")


def _closed(facts: Facts, near: Facts, subject: str, standing: ProofLevel, period: Period) -> bool:
    """Return whether everything about a wallet, means or person is listed throughout."""
    if any(entity.id == subject for entity in facts.entities):
        return False
    if any(person.id == subject for person in facts.people):
        # A means nobody closed may have come to any person.
        targets = {f"person:{subject}", *(means.id for means in facts.means)}
    else:
        targets = {means.id for means in near.means}
    if any(wallet.id == subject for wallet in facts.wallets):
        # The ties of its holders are rows about the wallet, so those must be all as well.
        targets |= {
            f"wallet:{subject}",
            *(f"person:{possession.person}" for possession in near.possessions),
        }
        if not any(
            _good(policy, standing) and policy.period.meets(period) for policy in near.policies
        ):
            return False
    return bool(targets) and all(
        any(
            row.means == target
            and _good(row, standing)
            and row.period.start <= period.start
            and (
                row.period.end is None or (period.end is not None and period.end <= row.period.end)
            )
            for row in facts.completeness
        )
        for target in targets
    )


def _good(fact: Fact, standing: ProofLevel) -> bool:
    return fact.standing <= standing and not fact.disputed


def _unsupported(claim: Claim, why: str) -> Judgement:
    subject = claim.of[0]
    ask = MissingFact(
        fact=f"rows about {subject} with the days on which each began and ended",
        why="the tables do not decide it",
        ask=f"List every change of holder, host, vendor, software, policy or approval of "
        f"{subject}, with its day and the record of it.",
        cost=2,
    )
    return Judgement(Result.UNSUPPORTED, why, gaps=((ask,),))
