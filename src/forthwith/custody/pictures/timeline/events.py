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
    formula_text,
)
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

    `facts` are those behind one wallet. Facts without a readable day come last in their sort.
    """
    sorts = list(SORTS)
    found = [mark for mark in _all(facts) if mark.period is None or _touch(mark.period, within)]
    for mark in sorted(found, key=lambda each: (sorts.index(each.sort), *_order(each))):
        yield replace(
            mark,
            accepted=mark.standing <= standing and (accept_disputed or not mark.disputed),
        )


def _order(mark: Mark) -> tuple[bool, date, str, str]:
    start = mark.period.start if mark.period else date.max
    return mark.period is None, start, f"{mark.label} {mark.detail}", mark.place


def _touch(period: Period, within: Period) -> bool:
    before = within.end is None or period.start < within.end
    return before and (period.end is None or period.end > within.start)


def _all(facts: Facts) -> Iterator[Mark]:
    names = Names(facts)
    yield from _policies(facts)
    yield from _grants(facts, names)
    yield from _holders(facts, names)
    yield from _ties(facts, names)
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
    for each in facts.policies:
        name = f"by {each.path.replace('_', ' ')}"
        yield _rule(each, name, "moves the wallet", scope_text(each))
    for rule in facts.approvals:
        enforced = f"enforced by {rule.enforced_by}" if rule.enforced_by else "enforced by nothing"
        name = f"by {rule.path.replace('_', ' ')}, approved by"
        yield _rule(rule, name, "approves a move", enforced)


def _rule(rule: SpendingPolicy | ApprovalPolicy, name: str, does: str, limits: str) -> Mark:
    formula, path = formula_text(rule.formula), rule.path.replace("_", " ")
    said = f"{formula} {does} by {path}" + (f"; {limits}" if limits else "")
    detail = formula + (f"; {limits}" if limits else "")
    means = ", ".join(sorted(rule.formula.leaves()))
    return _mark(
        rule, "policy", name, said, rule.period, detail=detail, means=means, path=rule.path
    )


def scope_text(policy: SpendingPolicy) -> str:
    """Return the limits of a policy in words."""
    return "; ".join(
        value if key == "when" else f"{key.replace('_', ' ')} {value}"
        for key, value in policy.scope
    )


def _grants(facts: Facts, names: Names) -> Iterator[Mark]:
    for each in facts.grants:
        source = formula_text(each.source)
        held = names.means(source) if not each.source.nodes else source
        when = f", if {each.condition}" if each.condition else ""
        label = f"{source} gives {each.gives}{when}"
        says = f"whoever has {held} has {each.gives}{when}"
        yield _mark(each, "grant", label, says, each.period, means=source)


def _holders(facts: Facts, names: Names) -> Iterator[Mark]:
    for each in facts.possessions:
        person = names.person(each.person)
        of = names.copied(each.means)
        says = f"{person} had {names.means(each.means)}{of} within reach"
        label = f"{person} · {each.means}{of}"
        yield _mark(
            each,
            "holder",
            label,
            says,
            each.period,
            detail=names.means(each.means),
            person=person,
            means=each.means,
        )


def _ties(facts: Facts, names: Names) -> Iterator[Mark]:
    for each in facts.affiliations:
        person = names.person(each.person)
        kind = each.kind.replace("_", " ")
        target = names.entity(each.entity) if each.entity else each.value
        more = f" ({each.value})" if each.entity and each.value else ""
        says = f"{kind} of {person}: {target}{more}"
        detail = f"{kind} {target}"
        yield _mark(each, "tie", person, says, each.period, detail=detail, person=person)


def _lists(facts: Facts, names: Names) -> Iterator[Mark]:
    for each in facts.completeness:
        listed = names.listed(each.means)
        means = "" if ":" in each.means and listed != f"holders of {each.means}" else each.means
        yield _mark(each, "list", listed, f"the {listed} listed are all", each.period, means=means)


def _events(facts: Facts, names: Names) -> Iterator[Mark]:
    for seen in facts.inspections:
        seers = f"{seen.by}, witnessed by {seen.witnessed_by}" if seen.witnessed_by else seen.by
        yield _point(
            _mark(
                seen,
                "event",
                f"{seen.device} inspected",
                f"{names.means(seen.device)} inspected by {seers}: {seen.observed}",
                _one_day(seen.when),
                detail=f"{seers}: {seen.observed}",
                person=seen.by,
                means=seen.device,
            )
        )
    for proof in facts.proofs:
        says = f"control of {proof.address} proved by signature over {proof.message!r}"
        yield _point(_mark(proof, "event", "proof of control", says, _one_day(proof.when)))
    for each in facts.statements:
        yield _statement(each)


def _statement(each: Statement) -> Mark:
    period = each.as_of or each.period
    paper = f" ({each.paper})" if each.paper else ""
    says = f"{each.speaker}{paper}: {each.sentence}"
    label, detail = f"{each.speaker} said", f"“{each.sentence}”"
    made = _mark(each, "event", label, says, period, detail=detail, person=each.speaker)
    return _point(made) if each.as_of else made


def _point(mark: Mark) -> Mark:
    return replace(mark, point=True)


def _one_day(text: str) -> Period | None:
    """Return the day an ISO 8601 text begins with."""
    try:
        start = day(text.strip()[:10])
        return Period(start, start + timedelta(1))
    except (NotADayError, OverflowError):
        return None
