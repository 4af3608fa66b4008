"""What *excluded* rests on: the accepted rows that keep a group from more.

Completeness of wallets, paths, means, ways and ties; what it takes by the policies and approvals;
what ended or was destroyed before; what says that two are two. Take one away and the answer may be
another: whoever doubts it knows which rows to look at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from forthwith.custody.answers.answers import CitedFact, RestingOn
from forthwith.custody.answers.index import Model
from forthwith.custody.answers.plans import Plan
from forthwith.custody.answers.reach import Reach
from forthwith.custody.answers.wallet_facts import wholes, with_givers
from forthwith.custody.facts.facts import (
    Affiliation,
    Fact,
    Grant,
    Names,
    Possession,
    ProofLevel,
)
from forthwith.custody.facts.formula import formula_text
from forthwith.custody.questions.groups import GROUP, TIE, denied

#: Rows listed; the rest is counted.
LISTED = 60


def resting(
    model: Model, reach: Reach, closing: Collection[str], plans: Mapping[str, Plan]
) -> RestingOn:
    """Return the rows an exclusion rests on, wallets first, and the weakest standing among them.

    `closing` are the targets of completeness by which no wallet is missing.
    """
    found: dict[tuple[str, str], tuple[Fact, str]] = {}
    for fact, says in _rows(model, reach, closing, plans):
        found.setdefault((fact.place, says), (fact, says))
    cited = tuple(
        CitedFact(person="", means="", fact=fact.place, cites=fact.cites, says=says)
        for fact, says in found.values()
    )
    levels = [fact.standing for fact, _ in found.values()]
    weakest: ProofLevel | None = max(levels, default=None)
    return RestingOn(cited[:LISTED], len(cited), weakest)


def near_means(model: Model, plans: Mapping[str, Plan]) -> frozenset[str]:
    """Return the means that the wallets asked about can turn on."""
    asked: set[str] = set()
    for plan in {plan.key: plan for plan in plans.values()}.values():
        for way in plan.ways:
            asked |= way.formula.leaves()
            for row in way.approvals:
                asked |= row.formula.leaves() | {row.enforced_by}
    asked.discard("")
    near = set(with_givers(model.facts, asked | wholes(model.facts, asked)))
    for edge in model.joins:
        if edge.gives in near:
            near |= with_givers(model.facts, {edge.source.top})
    return frozenset(near)


def _rows(
    model: Model, reach: Reach, closing: Collection[str], plans: Mapping[str, Plan]
) -> Iterator[tuple[Fact, str]]:
    names, facts = Names(model.facts), model.facts
    near = near_means(model, plans)
    holders = {
        row.fact.person: None for means in sorted(near) for row in model.holders.get(means, ())
    }
    targets = {
        *(f"wallet:{wallet}" for wallet in plans),
        *closing,
        *near,
        *(f"ways:{means}" for means in near),
        *(f"person:{same}" for person in holders for same in model.same.of(person)),
    }
    for row in facts.completeness:
        if row.means in targets and model.accepts(row) and model.axis.mask(row.period):
            yield row, f"{names.listed(row.means)}: those listed are all, {row.period}"
    yield from _rules(model, plans)
    for gone in facts.destructions:
        if gone.means in near and model.accepts(gone):
            yield gone, f"{names.means(gone.means)} was destroyed {gone.period.from_text}"
    yield from _ended(model, reach, near, names)
    yield from _parted(model, near, holders)
    if no := denied(reach.who):
        yield from _holders_ties(model, holders, names)
        yield from _owners(model, {name for kind, name in no if kind != "people"}, names)


def _rules(model: Model, plans: Mapping[str, Plan]) -> Iterator[tuple[Fact, str]]:
    """Yield what it takes to move the wallets asked about."""
    facts = model.facts
    for policy in facts.policies:
        if policy.wallet in plans and model.accepts(policy) and model.axis.mask(policy.period):
            takes = formula_text(policy.formula)
            yield policy, f"{policy.wallet} moves by {policy.path} with {takes}, {policy.period}"
    for approval in facts.approvals:
        if approval.wallet in plans and model.accepts(approval):
            asks = formula_text(approval.formula)
            yield approval, f"{approval.wallet}, {approval.path}: approval by {asks} is asked for"


def _holders_ties(
    model: Model, holders: Mapping[str, None], names: Names
) -> Iterator[tuple[Fact, str]]:
    """Yield the ties by which holders are what those in the group must not be."""
    for person in holders:
        for tie in model.ties_of(person):
            if model.accepts(tie) and model.axis.mask(tie.period) & model.asked:
                kind, of = tie.kind.replace("_", " "), tie.entity or tie.value
                yield tie, f"{names.person(person)}: {kind} {of} {tie.period}"


def _owners(model: Model, asked: Iterable[str], names: Names) -> Iterator[tuple[Fact, str]]:
    """Yield the rows by which a tie to one entity is one to another, which those asked lack."""
    ids = {id_ for name in asked for id_ in model.names_of(name, owned=True)}
    for entity in model.facts.entities:
        if entity.alias_of and entity.id in ids and model.accepts(entity):
            yield entity, f"{entity.id} is another name of {names.entity(entity.alias_of)}"
    for row in model.facts.ownership:
        if row.entity in ids and model.accepts(row):
            kind = row.kind.replace("_", " ")
            yield row, f"{names.entity(row.entity)} {kind} {names.entity(row.owner)} {row.period}"


def _ended(
    model: Model, reach: Reach, near: Iterable[str], names: Names
) -> Iterator[tuple[Fact, str]]:
    """Yield what the group had, or what gave it more, and what was not so on every day asked."""

    def ended(row: Possession | Grant | Affiliation) -> bool:
        """Tell whether the row is believed and days asked about lie beyond it."""
        beyond = model.asked & ~model.axis.through(row.period)
        return row.period.end is not None and model.accepts(row) and bool(beyond)

    wanted = frozenset(near)
    holding = {row.fact.person for means in wanted for row in model.holders.get(means, ())}
    asked = {kind for kind, _ in reach.who.names()}
    for possession in model.facts.possessions:
        if possession.means in wanted and ended(possession):
            person = names.person(possession.person)
            if reach.member(possession.person)[1]:
                says = f"{person} had {possession.means} {possession.period}, and not longer"
                yield possession, says
    for grant in model.facts.grants:
        if grant.gives in wanted and ended(grant):
            source = formula_text(grant.source)
            yield grant, f"{source} gives {grant.gives} {grant.period}, and not longer"
    for tie in model.facts.affiliations:
        about = tie.kind in asked or not asked.isdisjoint((TIE, GROUP))
        if about and tie.person in holding and ended(tie):
            kind, of = tie.kind.replace("_", " "), tie.entity or tie.value
            person = names.person(tie.person)
            yield tie, f"{person}: {kind} {of} {tie.period}, and not longer"


def _parted(
    model: Model, near: frozenset[str], holders: Mapping[str, None]
) -> Iterator[tuple[Fact, str]]:
    for row in model.facts.same_as:
        about = near if row.kind == "means" else holders
        if not model.accepts(row) or not (row.a in about or row.b in about):
            continue
        if not row.same:
            yield row, f"{row.a} and {row.b} are two"
        elif row.kind in ("means", "person"):
            prefix = "person:" if row.kind == "person" else ""
            lists = [model.complete.get(f"{prefix}{id_}", 0) for id_ in (row.a, row.b)]
            if any(model.asked & ~days for days in lists):
                yield row, f"{row.a} and {row.b} are one, so that a list of one is of both"
