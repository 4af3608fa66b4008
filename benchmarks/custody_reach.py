"""Who could move what: all days in one pass beside a loop over days; many wallets, few policies.

The loop asks the same model with plain sets, one day after the other: who belongs to the group,
what they have, which grants follow, which wallets open, in both bounds. It runs on days spread over
the three years, is held against our answer on each of them, and its time is scaled to all days.
Run: python -m benchmarks.custody_reach
"""

from __future__ import annotations

import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from forthwith.custody.answers.answers import Answer, Question
from forthwith.custody.answers.ask import answer
from forthwith.custody.answers.index import model_of
from forthwith.custody.facts.facts import (
    Affiliation,
    Completeness,
    Entity,
    Facts,
    Grant,
    Means,
    Person,
    Possession,
    ProofLevel,
    SpendingPolicy,
    Wallet,
)
from forthwith.custody.facts.formula import parse
from forthwith.custody.facts.network import Network
from forthwith.custody.questions.groups import parse as parse_who
from forthwith.custody.questions.scope import Scope
from forthwith.domain.fact_tables import FactRow
from forthwith.domain.period import Period

WALLETS, PEOPLE, DAYS = 1_000, 2_000, 1_095
MANY, POLICIES = 100_000, 50
SAMPLED, ROUNDS = 15, 3
FASTER, SECONDS = 200, 10.0
_FIRST = date(2021, 1, 1)
_WHOLE = Period(_FIRST, _FIRST + timedelta(DAYS))
_WHO = "employer=halden"


def _fact(table: str, line: int) -> dict[str, Any]:
    return {
        "row": FactRow(table, {}, f"{table}.csv", line),
        "standing": ProofLevel.DOCUMENT,
        "cites": (),
    }


class _Made:
    """Facts of a large custodian: seven keys a wallet, spans of months, staff coming and going."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.rows: dict[str, list[Any]] = defaultdict(list)
        self._line = 1

    def add(self, table: str, fact: Any, /, **cells: Any) -> None:
        self._line += 1
        self.rows[table].append(fact(**_fact(table, self._line), **cells))

    def span(self) -> Period:
        start = self.random.randrange(DAYS)
        length = self.random.randrange(30, 900)
        return Period(_FIRST + timedelta(start), _FIRST + timedelta(start + length))

    def facts(self) -> Facts:
        return Facts(**{table: tuple(rows) for table, rows in self.rows.items()})


def large(wallets: int = WALLETS, people: int = PEOPLE) -> Facts:
    """Return the facts of the first measurement."""
    made = _Made(7)
    for name in ("halden", "northgate"):
        made.add("entities", Entity, id=name, name=name)
    for number in range(people):
        person = f"p{number}"
        made.add("people", Person, id=person, name=person)
        made.add("completeness", Completeness, means=f"person:{person}", period=_WHOLE)
        entity = "halden" if made.random.random() < 0.15 else "northgate"
        tie = {"person": person, "entity": entity, "kind": "employer", "value": ""}
        made.add("affiliations", Affiliation, period=made.span(), **tie)
    for number in range(wallets):
        _wallet(made, f"w{number}", people)
    return made.facts()


def _wallet(made: _Made, wallet: str, people: int) -> None:
    keys = [f"{wallet}-k{number}" for number in range(7)]
    for key in keys:
        _means(made, key, "key", people)
        _means(made, f"{key}-b", "backup", people, of=key)
    _means(made, f"{wallet}-admin", "role", people)
    formula = f"{made.random.randint(2, 4)} of ({', '.join(keys)})"
    made.add("wallets", Wallet, id=wallet, classes=frozenset({"customer"}))
    made.add("completeness", Completeness, means=f"wallet:{wallet}", period=_WHOLE)
    for path, text in (("signing", formula), ("policy_change", f"{wallet}-admin")):
        cells = {"wallet": wallet, "path": path, "formula": parse(text), "scope": ()}
        made.add("policies", SpendingPolicy, period=_WHOLE, **cells)
    cells = {"source": Network(f"{wallet}-admin", {}), "gives": keys[0]}
    made.add("grants", Grant, period=made.span(), **cells)


def _means(made: _Made, means: str, kind: str, people: int, of: str = "") -> None:
    made.add("means", Means, id=means, kind=kind, of=of)
    made.add("completeness", Completeness, means=means, period=_WHOLE)
    for person in made.random.sample(range(people), made.random.randint(1, 3)):
        made.add("possessions", Possession, person=f"p{person}", means=means, period=made.span())


def many(wallets: int = MANY, policies: int = POLICIES) -> Facts:
    """Return the facts of the second: one row a wallet, few formulas among them."""
    made = _Made(11)
    for name in ("halden", "northgate"):
        made.add("entities", Entity, id=name, name=name)
    people = [f"p{number}" for number in range(100)]
    for person in people:
        made.add("people", Person, id=person, name=person)
        tie = {"person": person, "entity": "halden", "kind": "employer", "value": ""}
        made.add("affiliations", Affiliation, period=made.span(), **tie)
    for number in range(policies * 5):
        _means(made, f"k{number}", "key", len(people))
    for number in range(wallets):
        first = number % policies * 5
        keys = ", ".join(f"k{key}" for key in range(first, first + 5))
        wallet = f"w{number}"
        made.add("wallets", Wallet, id=wallet, classes=frozenset({"customer"}))
        made.add("completeness", Completeness, means=f"wallet:{wallet}", period=_WHOLE)
        cells = {"wallet": wallet, "path": "signing", "scope": (), "period": _WHOLE}
        made.add("policies", SpendingPolicy, formula=parse(f"3 of ({keys})"), **cells)
    return made.facts()


class Loop:
    """The peer: the same question, one day at a time, over indexes made once."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._ties = defaultdict(list)
        for tie in facts.affiliations:
            if tie.entity == "halden":
                self._ties[tie.person].append(tie.period)
        self._closed = defaultdict(list)
        for each in facts.completeness:
            self._closed[each.means].append(each.period)
        self._policies = defaultdict(list)
        for policy in facts.policies:
            self._policies[policy.wallet].append((_nested(policy.formula), policy.period))
        self._copies = [(each.id, each.of) for each in facts.means if each.of]

    def on(self, when: date) -> dict[str, str]:
        """Return each wallet's answer on one day."""
        tied, perhaps = (
            {who for who, spans in self._ties.items() if any(there(each, when) for each in spans)}
            for there in (Period.__contains__, _through)
        )
        open_ties = {
            each.id for each in self._facts.people if not self._all(f"person:{each.id}", when)
        }
        low = self._has(when, tied, set(), Period.__contains__)
        unclosed = {each.id for each in self._facts.means if not self._all(each.id, when)}
        up = self._has(when, perhaps | open_ties, unclosed, _through)
        return {each.id: self._answer(each.id, when, low, up) for each in self._facts.wallets}

    def _all(self, target: str, when: date) -> bool:
        return any(when in each for each in self._closed[target])

    def _has(
        self,
        when: date,
        members: set[str],
        has: set[str],
        there: Callable[[Period, date], bool],
    ) -> set[str]:
        has |= {
            each.means
            for each in self._facts.possessions
            if each.person in members and there(each.period, when)
        }
        grants = [each for each in self._facts.grants if there(each.period, when)]
        grew = True
        while grew:
            size = len(has)
            has |= {of for means, of in self._copies if means in has}
            has |= {each.gives for each in grants if each.source.top in has}
            grew = len(has) > size
        return has

    def _answer(self, wallet: str, when: date, low: set[str], up: set[str]) -> str:
        ways = [formula for formula, period in self._policies[wallet] if when in period]
        if any(_met(each, low) for each in ways):
            return "shown"
        closed = ways and self._all(f"wallet:{wallet}", when)
        return "excluded" if closed and not any(_met(each, up) for each in ways) else "not shown"


def _through(period: Period, when: date) -> bool:
    """Say whether a row may hold on a day: also on the one it ends on."""
    return when in period or when == period.end


def _nested(network: Network, name: str = "") -> Any:
    gate = network.nodes.get(name or network.top)
    return (gate.k, [_nested(network, each) for each in gate.of]) if gate else name or network.top


def _met(formula: Any, has: set[str]) -> bool:
    if isinstance(formula, str):
        return formula in has
    return sum(_met(part, has) for part in formula[1]) >= formula[0]


def _ask(facts: Facts) -> tuple[Answer, float, float]:
    """Return the answer, the seconds it took, and those of indexing the facts before it."""
    asked = Question(parse_who(_WHO), Scope.parse("class=customer"), _WHOLE)
    began = time.perf_counter()
    model = model_of(facts, _WHOLE, asked.standing)
    indexed = time.perf_counter()
    found = answer(model, asked, gaps_listed=0)
    return found, time.perf_counter() - indexed, indexed - began


def _same(found: Answer, when: date, alone: dict[str, str]) -> bool:
    return all(
        next(str(each.verdict) for each in runs if when in each.period) == alone[wallet]
        for wallet, runs in found.wallets
    )


def against_days() -> dict[str, Any]:
    """Return the first measurement as a line of the table."""
    facts = large()
    asked = [_ask(facts) for _ in range(ROUNDS)]
    found, ours = asked[0][0], statistics.median(each[1] for each in asked)
    indexing = statistics.median(each[2] for each in asked)
    loop, spent = Loop(facts), []
    for when in (_FIRST + timedelta(DAYS * n // SAMPLED) for n in range(SAMPLED)):
        began = time.perf_counter()
        alone = loop.on(when)
        spent.append(time.perf_counter() - began)
        if not _same(found, when, alone):
            raise AssertionError(f"the loop and the one pass differ on {when}")
    theirs = statistics.median(spent) * DAYS
    ratio = theirs / ours
    what = (
        f"who could move it, {WALLETS:,} wallets x {PEOPLE:,} people x {DAYS:,} days, both bounds"
    )
    peer = f"loop over days: {theirs:.0f} s (scaled from {SAMPLED} days)"
    said = f"{ours:.2f} s (+ {indexing:.2f} s to index the facts; the loop's indexing not counted)"
    return _line(what, said, peer, ratio, f">= {FASTER}x", met=ratio >= FASTER)


def few_policies() -> dict[str, Any]:
    """Return the second measurement as a line of the table."""
    facts = many()
    ours = statistics.median(sum(_ask(facts)[1:]) for _ in range(ROUNDS))
    what = f"the same, facts indexed too, {MANY:,} wallets under {POLICIES} policies"
    return _line(what, f"{ours:.2f} s", "", None, f"< {SECONDS:.0f} s", met=ours < SECONDS)


def _line(
    what: str, ours: str, peer: str, ratio: float | None, limit: str, *, met: bool
) -> dict[str, Any]:
    return {"what": what, "ours": ours, "peer": peer, "ratio": ratio, "limit": limit, "met": met}


def run(_corpora: Any = None) -> list[dict[str, Any]]:
    """Measure both."""
    return [against_days(), few_policies()]


if __name__ == "__main__":
    for row in run():
        print(row)
