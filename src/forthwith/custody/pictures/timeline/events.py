"""Marks: what changed about one wallet and when, each a fact with its days, standing and citation.

Policies, who held what, what gives what, ties of the holders, lists stated to be complete,
inspections, proofs of control and statements.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from forthwith.custody.facts.facts import (
    ApprovalPolicy,
    Fact,
    Facts,
    Names,
    ProofLevel,
    SpendingPolicy,
    Statement,
)
from forthwith.custody.facts.formula import formula_text
from forthwith.domain.period import NotADayError, Period, day

#: Sorts of mark in the order drawn, with the heading of each.
SORTS: Mapping[str, str] = {
    "policy": "What it takes to move the wallet",
    "grant": "What gives what",
    "holder": "Who held what",
    "tie": "Ties of those holders",
    "list": "Lists stated to be complete",
    "event": "Inspections, proofs and statements",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One fact on the timeline."""

    #: A key of SORTS.
    sort: str
    #: What is drawn at the left, "Ann Lee · k1", and beside it after the days.
    label: str
    detail: str = ""
    #: What the fact says, in full.
    says: str
    person: str = ""
    means: str = ""
    path: str = ""
    #: None: its day cannot be read, or it has none; then it stands in the table only.
    period: Period | None
    #: A day rather than a run of days.
    point: bool = False
    standing: ProofLevel
    #: Whether it counts on the standing asked for.
    accepted: bool = True
    disputed: bool
    cites: tuple[str, ...]
    place: str

    @property
    def why_open(self) -> str:
        """Return why it does not count, or ""."""
        if self.accepted:
            return ""
        return "disputed" if self.disputed else f"only {self.standing}"


def marks_of(
    facts: Facts, within: Period, standing: ProofLevel, *, accept_disputed: bool = False
) -> Iterator[Mark]:
    """Yield a mark for each fact that touches the days `within`, sort by sort, in order of days.

    `facts` are those of one wallet. Facts without a readable day come last in their sort.
    """
    sorts = list(SORTS)
    marks = [mark for mark in _all(facts) if mark.period is None or mark.period.meets(within)]
    for mark in sorted(marks, key=lambda mark: (sorts.index(mark.sort), *_order(mark))):
        yield replace(
            mark,
            accepted=mark.standing <= standing and (accept_disputed or not mark.disputed),
        )


def _order(mark: Mark) -> tuple[bool, date, str, str]:
    start = mark.period.start if mark.period else date.max
    return mark.period is None, start, f"{mark.label} {mark.detail}", mark.place


def _all(facts: Facts) -> Iterator[Mark]:
    names = Names(facts)
    yield from _policies(facts)
    yield from _grants(facts, names)
    yield from _holders(facts, names)
    yield from _ties(facts, names)
    yield from _joins(facts, names)
    yield from _lists(facts, names)
    yield from _events(facts, names)


def _mark(
    fact: Fact,
    sort: str,
    label: str,
    says: str,
    period: Period | None,
    *,
    detail: str = "",
    person: str = "",
    means: str = "",
    path: str = "",
) -> Mark:
    return Mark(
        sort=sort,
        label=label,
        detail=detail,
        says=says,
        person=person,
        means=means,
        path=path,
        period=period,
        standing=fact.standing,
        disputed=fact.disputed,
        cites=fact.cites,
        place=fact.place,
    )


def _policies(facts: Facts) -> Iterator[Mark]:
    asset = {wallet.id: wallet.asset for wallet in facts.wallets}
    for policy in facts.policies:
        name = f"by {policy.path.replace('_', ' ')}"
        yield _rule(policy, name, "moves the wallet", scope_text(policy))
    for rule in facts.approvals:
        enforced = f"enforced by {rule.enforced_by}" if rule.enforced_by else "enforced by nothing"
        name = f"by {rule.path.replace('_', ' ')}, approved by"
        amounts = amounts_text(rule, asset.get(rule.wallet, ""))
        group = f"one of the alternatives of {rule.group}" if rule.group else ""
        limits = "; ".join(filter(None, (amounts, scope_text(rule), group, enforced)))
        yield _rule(rule, name, "approves a move", limits)


def _rule(rule: SpendingPolicy | ApprovalPolicy, name: str, does: str, limits: str) -> Mark:
    formula, path = formula_text(rule.formula), rule.path.replace("_", " ")
    says = f"{formula} {does} by {path}" + (f"; {limits}" if limits else "")
    detail = formula + (f"; {limits}" if limits else "")
    means = ", ".join(sorted(rule.formula.leaves()))
    return _mark(
        rule, "policy", name, says, rule.period, detail=detail, means=means, path=rule.path
    )


#: Words before the value of a key of a scope, where they are not the key itself.
_LIMITS = {"when": "if", "after": "not before", "older": "only coins older than"}


def scope_text(rule: SpendingPolicy | ApprovalPolicy) -> str:
    """Return the limits of a policy or an approval in words, its conditions among them."""
    return "; ".join(
        f"{_LIMITS.get(key) or key.replace('_', ' ')} {value}" for key, value in rule.scope
    )


def amounts_text(rule: ApprovalPolicy, asset: str) -> str:
    """Return "above 100,000 BTC, up to 250,000 BTC", or ""."""
    bounds = (("above", rule.above), ("up to", rule.up_to))
    return ", ".join(
        f"{word} {amount.value:,f} {amount.unit.upper() or asset}".rstrip()
        for word, amount in bounds
        if amount is not None
    )


def _grants(facts: Facts, names: Names) -> Iterator[Mark]:
    for grant in facts.grants:
        source = formula_text(grant.source)
        source_words = source if grant.source.nodes else names.means(source)
        when = f", if {grant.condition}" if grant.condition else ""
        label = f"{source} gives {grant.gives}{when}"
        says = f"whoever has {source_words} has {grant.gives}{when}"
        yield _mark(grant, "grant", label, says, grant.period, means=source)


def _holders(facts: Facts, names: Names) -> Iterator[Mark]:
    for possession in facts.possessions:
        person = names.person(possession.person)
        of = names.copied(possession.means)
        says = f"{person} had {names.means(possession.means)}{of} within reach"
        label = f"{person} · {possession.means}{of}"
        yield _mark(
            possession,
            "holder",
            label,
            says,
            possession.period,
            detail=names.means(possession.means),
            person=person,
            means=possession.means,
        )


def _ties(facts: Facts, names: Names) -> Iterator[Mark]:
    for tie in facts.affiliations:
        person = names.person(tie.person)
        kind = tie.kind.replace("_", " ")
        target = names.entity(tie.entity) if tie.entity else tie.value
        more = f" ({tie.value})" if tie.entity and tie.value else ""
        says = f"{kind} of {person}: {target}{more}"
        detail = f"{kind} {target}"
        yield _mark(tie, "tie", person, says, tie.period, detail=detail, person=person)


def _joins(facts: Facts, names: Names) -> Iterator[Mark]:
    """Yield what says that two ids are one, as far as it speaks of these people and means."""
    near = {person.id for person in facts.people} | {means.id for means in facts.means}
    for row in facts.same_as:
        if row.a in near or row.b in near:
            kind = "another name" if row.kind == "alias" else f"one {row.kind}"
            says = f"{row.a} and {row.b} are {'' if row.same else 'not '}{kind}"
            label = f"{row.a} {'=' if row.same else '≠'} {row.b}"
            person = names.person(row.a) if row.kind != "means" else ""
            yield _mark(row, "tie", label, says, row.period, detail=kind, person=person)


def _lists(facts: Facts, names: Names) -> Iterator[Mark]:
    for row in facts.completeness:
        listed = names.listed(row.means)
        means = "" if ":" in row.means and listed != f"holders of {row.means}" else row.means
        yield _mark(row, "list", listed, f"the {listed} listed are all", row.period, means=means)


def _events(facts: Facts, names: Names) -> Iterator[Mark]:
    for inspection in facts.inspections:
        seers = (
            f"{inspection.by}, witnessed by {inspection.witnessed_by}"
            if inspection.witnessed_by
            else inspection.by
        )
        yield _point(
            _mark(
                inspection,
                "event",
                f"{inspection.device} inspected",
                f"{names.means(inspection.device)} inspected by {seers}: {inspection.observed}",
                _one_day(inspection.when),
                detail=f"{seers}: {inspection.observed}",
                person=inspection.by,
                means=inspection.device,
            )
        )
    near = {means.id for means in facts.means}
    for row in facts.destructions:
        if row.means in near:
            by = f", witnessed by {row.witnessed_by}" if row.witnessed_by else ""
            says = f"{names.means(row.means)} destroyed{by}"
            label = f"{row.means} destroyed"
            period = replace(row.period, end=row.period.end or row.period.start + timedelta(1))
            mark = _mark(row, "event", label, says, period, detail=row.witnessed_by,
                         person=row.witnessed_by, means=row.means)  # fmt: skip
            yield _point(mark)
    for proof in facts.proofs:
        says = f"control of {proof.address} proved by signature over {proof.message!r}"
        yield _point(_mark(proof, "event", "proof of control", says, _one_day(proof.when)))
    for statement in facts.statements:
        yield _statement(statement)


def _statement(statement: Statement) -> Mark:
    period = statement.as_of or statement.period
    paper = f" ({statement.paper})" if statement.paper else ""
    says = f"{statement.speaker}{paper}: {statement.sentence}"
    label, detail = f"{statement.speaker} said", f"“{statement.sentence}”"
    mark = _mark(statement, "event", label, says, period, detail=detail, person=statement.speaker)
    return _point(mark) if statement.as_of else mark


def _point(mark: Mark) -> Mark:
    return replace(mark, point=True)


def _one_day(text: str) -> Period | None:
    """Return the day an ISO 8601 text begins with."""
    try:
        start = day(text.strip()[:10])
        return Period(start, start + timedelta(1))
    except (NotADayError, OverflowError):
        return None
