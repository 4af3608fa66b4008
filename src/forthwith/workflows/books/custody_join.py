"""Books and custody joined, both ways: keys that signed, who could move it, who can at all.

Custody's ids of wallets are the places of the books. What custody does not know is never taken for
a no: a place without facts is not shown to be movable, and a formula too large to open allows
nothing surely.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from itertools import combinations
from pathlib import Path

from forthwith.books import exercised as signing
from forthwith.books.books import Asset, Books, Span
from forthwith.books.exercised import Custody, Holder
from forthwith.books.locks import Lock
from forthwith.books.report.month import CouldMove
from forthwith.custody.answers.caveats import UnknownNameError
from forthwith.custody.answers.coalitions import LISTED, Coalitions
from forthwith.custody.facts.days import Clock
from forthwith.custody.facts.facts import (
    Affiliation,
    Fact,
    Facts,
    Means,
    ProofLevel,
    SpendingPolicy,
)
from forthwith.custody.facts.formula import formula_text
from forthwith.custody.facts.locks import height_of, opening
from forthwith.custody.facts.network import Network
from forthwith.custody.questions.groups import STAFF_TIES
from forthwith.custody.statements import claims
from forthwith.custody.statements.results import Result
from forthwith.custody.statements.statements import judge
from forthwith.domain.amounts import AmountError, units
from forthwith.domain.instants import Instant, day_of
from forthwith.domain.period import Period
from forthwith.workflows.books.options import BooksOptions
from forthwith.workflows.custody.coalitions import CoalitionsOptions, of_wallet
from forthwith.workflows.custody.facts import NoMatterFactsError, facts_of

#: Sets of means listed of one formula; what has more is not opened.
_MOST_SETS = 5_000
#: Sets of people printed of one path.
_SETS = 10
_SECOND = 1_000_000
#: Keys of a policy's scope that this join reads; others are said as a need.
_READ = frozenset(("destination", "max"))
#: "52560 blocks", "30720 s", as BIP-68 counts.
_OLDER = re.compile(r"(\d{1,9})\s*(blocks?|s|seconds?)")


def facts_or_none(home: Path, folder: Path | None) -> Facts | None:
    """Return custody's facts of a folder or of the matter; None where none were loaded."""
    try:
        return facts_of(home, folder)
    except NoMatterFactsError:
        if folder is not None:
            raise
        return None


def custody_of(facts: Facts, books: Books, standing: ProofLevel) -> Custody:
    """Return what custody knows of keys, holders and the paths of wallets, by accepted rows."""
    clock = Clock(facts.zone)

    def span(period: Period | None) -> Span:
        if period is None:
            return Span()
        last = clock.last(period)
        return Span(clock.first(period) // _SECOND, None if last is None else last // _SECOND)

    def accepted(row: Fact) -> bool:
        return row.standing <= standing and not row.disputed

    ties: dict[str, list[tuple[Affiliation, Span]]] = {}
    for tie in facts.affiliations:
        if accepted(tie) and tie.entity and tie.kind in STAFF_TIES:
            ties.setdefault(tie.person, []).append((tie, span(tie.period)))
    means = tuple(
        signing.Means(
            key.id,
            _keys(key),
            tuple(
                holder
                for row in facts.possessions
                if row.means == key.id and accepted(row)
                for holder in _holders(row.person, span(row.period), ties.get(row.person, []))
            ),
            tuple(
                span(row.period)
                for row in facts.completeness
                if row.means == key.id and accepted(row)
            ),
        )
        for key in facts.means
        if accepted(key)
    )
    paths = tuple(
        _path(facts, policy, span(policy.period), books)
        for policy in facts.policies
        if accepted(policy)
    )
    return Custody(means, paths)


def _keys(means: Means) -> frozenset[str]:
    return frozenset(filter(None, (means.public_key, means.address)))


def _holders(person: str, had: Span, ties: list[tuple[Affiliation, Span]]) -> Iterator[Holder]:
    """Yield one holder for each stretch in which the person's entities are the same."""
    cuts = sorted(
        {
            edge
            for _, span in ties
            for edge in (span.start, span.end)
            if edge is not None and had.holds(edge) and edge != had.start
        }
    )
    starts = [had.start, *cuts]
    ends = [*cuts, had.end]
    for start, end in zip(starts, ends, strict=True):
        at = start if start is not None else (end - 1 if end is not None else 0)
        entities = frozenset(tie.entity for tie, span in ties if span.holds(at))
        yield Holder(person, entities, Span(start, end))


def _path(facts: Facts, policy: SpendingPolicy, span: Span, books: Books) -> signing.Path:
    scope = dict(policy.scope)
    lock, waited = _lock(scope)
    needs = [f"{key}={value}" for key, value in policy.scope if key not in _READ | waited]
    needs += [
        f"approval {formula_text(row.formula)}"
        for row in facts.approvals
        if row.wallet == policy.wallet and row.path == policy.path
    ]
    sets = _sets(policy.formula)
    if sets is None:
        needs.append(f"a formula of more than {_MOST_SETS:,} ways, which was not opened")
        sets = (frozenset(),)
    wallet = next((row for row in facts.wallets if row.id == policy.wallet), None)
    asset = books.assets.get(wallet.asset) if wallet else None
    up_to, unread = _ceiling(scope.get("max", ""), asset)
    if unread:
        needs.append(f"max={unread}")
    return signing.Path(
        f"{policy.wallet}/{policy.path}",
        policy.wallet,
        sets,
        span,
        frozenset(filter(None, scope.get("destination", "").replace("|", " ").split())),
        up_to,
        f"it also needs {'; '.join(needs)}" if needs else "",
        lock,
    )


def _lock(scope: Mapping[str, str]) -> tuple[Lock, frozenset[str]]:
    """Return what a path waits for, and the keys of its scope that say so and could be read."""
    lock, read = Lock(), set()
    if older := _OLDER.fullmatch(scope.get("older", "").strip()):
        unit = "blocks" if older[2].startswith("block") else "seconds"
        lock = replace(lock, **{unit: int(older[1])})
        read.add("older")
    after = scope.get("after", "")
    height, opens = height_of(after), opening(after)
    if height is not None:
        lock = replace(lock, height=height)
        read.add("after")
    elif opens is not None:
        lock = replace(lock, instant=-(-opens[0] // _SECOND))
        read.add("after")
    return lock, frozenset(read)


def _ceiling(text: str, asset: Asset | None) -> tuple[dict[str, int], str]:
    """Return the most a path may pay at once, and what of it could not be read."""
    if not text:
        return {}, ""
    number, _, unit = text.replace(",", "").partition(" ")
    if asset is None or (unit and unit != asset.id):
        return {}, text
    try:
        return {asset.id: units(number, asset.decimals)}, ""
    except AmountError:
        return {}, text


def _sets(network: Network) -> tuple[frozenset[str], ...] | None:
    """Return the least sets of means that meet a formula; None where there are too many."""
    ways: dict[str, set[frozenset[str]]] = {}
    for name in network.order():
        gate = network.nodes[name]
        found: set[frozenset[str]] = set()
        for parts in combinations(gate.of, gate.k):
            joined: set[frozenset[str]] = {frozenset()}
            for part in parts:
                own = ways.get(part, {frozenset((part,))})
                joined = {one | other for one in joined for other in own}
                if len(joined) > _MOST_SETS:
                    return None
            found |= joined
            if len(found) > _MOST_SETS:
                return None
        ways[name] = {one for one in found if not any(other < one for other in found)}
    top = ways.get(network.top, {frozenset((network.top,))})
    return tuple(sorted(top, key=sorted))


def could_move(
    home: Path, options: BooksOptions, month: str, folder: Path | None
) -> tuple[CouldMove, ...]:
    """Return by place and path who could move it at the month's end; nothing without facts."""
    facts = facts_or_none(home, folder)
    if facts is None:
        return ()
    year, number = int(month[:4]), int(month[5:7])
    day = date(year, number, monthrange(year, number)[1])
    standing = ProofLevel.parse(options.standing)
    asked = CoalitionsOptions(min(LISTED, _SETS), standing=standing)
    found: list[CouldMove] = []
    for wallet in facts.wallets:
        paths = sorted({row.path for row in facts.policies if row.wallet == wallet.id})
        for path in paths:
            only = replace(
                facts,
                policies=tuple(
                    row for row in facts.policies if row.wallet != wallet.id or row.path == path
                ),
            )
            answer = of_wallet(only, wallet.id, day, asked)
            if not isinstance(answer.sets, Coalitions):
                found.append(CouldMove(wallet.id, path, (), "not shown"))
                continue
            found += (
                CouldMove(
                    wallet.id, path, tuple(answer.names.get(who, who) for who in sorted(group)),
                    "shown",
                )
                for group in answer.sets.minimal
            )  # fmt: skip
            if not answer.sets.minimal:
                found.append(CouldMove(wallet.id, path, (), "nobody by accepted rows"))
    return tuple(found)


def movable(
    facts: Facts | None, books: Books, standing: ProofLevel, start: Instant, end: Instant
) -> Callable[[str], str]:
    """Return what says of a place why custody does not show that its holder can move it; "" does.

    Custody is asked `retained(HOLDER, wallet=PLACE)` over the days of the period.
    """
    holders = {row.place: row.holder for row in books.places}
    answers: dict[str, str] = {}

    def asked(place: str) -> str:
        if place not in answers:
            answers[place] = _retained(facts, place, holders.get(place, ""), standing, start, end)
        return answers[place]

    return asked


def _retained(
    facts: Facts | None,
    place: str,
    holder: str,
    standing: ProofLevel,
    start: Instant,
    end: Instant,
) -> str:
    if facts is None:
        return f"no facts of custody were given for {place}"
    if not any(wallet.id == place for wallet in facts.wallets):
        return f"custody has no wallet {place}"
    claim = claims.parse(f"retained({holder or 'unknown'}, wallet={place})")
    last = day_of(end - 1, facts.zone)
    days = Period(day_of(start, facts.zone), date.fromordinal(last.toordinal() + 1))
    try:
        answer = judge(facts, claim, standing, days)
    except UnknownNameError as unknown:
        return str(unknown)
    return "" if answer.result is Result.SUPPORTED else answer.why
