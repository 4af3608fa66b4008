"""Coverage: held against owed at every instant of a period, not only where a month ends.

The difference is a step function over every event. A shortfall is a maximal interval in which more
than the floor lacks; where the witness of a customers' place lacks, nothing is shown, and the
interval stands in `gaps`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from forthwith.books.books import Asset, Parameters
from forthwith.books.moves import Move
from forthwith.books.position import shortfall
from forthwith.books.reckoned import Gap, Reckoning
from forthwith.books.register import Register
from forthwith.books.timeline import AssetLine, Timeline, timeline
from forthwith.domain.instants import DAY, Instant, day_end, day_of, day_start, instant_text


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A maximal interval `[start, end)` in which customers were owed more than was held."""

    asset: Asset
    start: Instant
    end: Instant
    most: int
    #: The first instant at which it was greatest.
    most_at: Instant
    #: The greatest, counting addresses outside the register that behave as ours.
    most_counting_unregistered: int
    days_touched: int
    #: Days at whose end it stood.
    days_at_end_of_day: int

    def as_json(self) -> dict[str, Any]:
        """Return the interval as `books coverage` prints it."""
        return {
            "asset": self.asset.id,
            "from": instant_text(self.start),
            "to": instant_text(self.end),
            "most": self.asset.text(self.most),
            "most_at": instant_text(self.most_at),
            "most_counting_unregistered": self.asset.text(self.most_counting_unregistered),
            "days_touched": self.days_touched,
            "days_at_end_of_day": self.days_at_end_of_day,
        }


@dataclass(frozen=True, slots=True)
class Least:
    """The least difference of a month, and the first instant it was so small."""

    asset: Asset
    #: "2026-01"
    month: str
    difference: int
    at: Instant
    #: Difference at the end of the month, or of the period within it; None: not shown.
    at_cut: int | None

    def as_json(self) -> dict[str, Any]:
        """Return the month as `books coverage` prints it."""
        cut = None if self.at_cut is None else self.asset.text(self.at_cut)
        return {
            "asset": self.asset.id,
            "month": self.month,
            "least": self.asset.text(self.difference),
            "at": instant_text(self.at),
            "at_cut": cut,
        }


@dataclass(frozen=True, slots=True)
class Dressing:
    """What came to customers' places shortly before a cut and went back shortly after."""

    asset: Asset
    cut: Instant
    entity: str
    came: tuple[Move, ...]
    went: tuple[Move, ...]

    @property
    def amount(self) -> int:
        """Return what came."""
        return sum(move.amount for move in self.came)

    @property
    def back(self) -> int:
        """Return what went back."""
        return sum(move.amount for move in self.went)

    def as_json(self) -> dict[str, Any]:
        """Return it as `books coverage` prints it."""
        return {
            "asset": self.asset.id,
            "cut": instant_text(self.cut),
            "entity": self.entity,
            "in": [move.id for move in self.came],
            "out": [move.id for move in self.went],
            "amount": self.asset.text(self.amount),
            "back": self.asset.text(self.back),
            "rows": [str(row) for move in (*self.came, *self.went) for row in move.witnesses],
        }


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a period comes to, asset by asset."""

    start: Instant
    end: Instant
    shortfalls: tuple[Shortfall, ...]
    least: tuple[Least, ...]
    dressing: tuple[Dressing, ...]
    #: Where nothing is shown, within the period.
    gaps: tuple[Gap, ...]
    parameters: Parameters

    def as_json(self) -> dict[str, Any]:
        """Return what `books coverage` prints, without the answer of `backing`."""
        return {
            "from": instant_text(self.start),
            "to": instant_text(self.end),
            "shortfalls": [interval.as_json() for interval in self.shortfalls],
            "least": [least.as_json() for least in self.least],
            "dressing": [dressing.as_json() for dressing in self.dressing],
            "gaps": [gap_json(gap) for gap in self.gaps],
        }


def gap_json(gap: Gap) -> dict[str, Any]:
    """Return a gap as commands print it."""
    return {
        "asset": gap.asset,
        "place": gap.of,
        "from": None if gap.start is None else instant_text(gap.start),
        "to": None if gap.end is None else instant_text(gap.end),
        "why": gap.why,
        "cure": gap.cure,
    }


def coverage(
    reckoning: Reckoning,
    start: Instant,
    end: Instant,
    assets: Collection[str] = (),
    line: Timeline | None = None,
) -> Coverage:
    """Return shortfalls, least differences and dressing from `start` to before `end`.

    `assets` are those asked about, all without any; `line` is `timeline(reckoning)`, where it is
    at hand.
    """
    line = line or timeline(reckoning)
    shortfalls: list[Shortfall] = []
    least: list[Least] = []
    gaps: list[Gap] = []
    # In the order of the table of assets, as people know them.
    names = [name for name in reckoning.books.assets if not assets or name in assets]
    for name in names:
        asset, of = reckoning.books.assets[name], line.lines[name]
        shortfalls += _shortfalls(asset, of, start, end, reckoning.parameters)
        least += _least(asset, of, start, end, reckoning.parameters.zone)
        gaps += [gap for gap in of.gaps if _meets(gap, start, end)]
    return Coverage(
        start,
        end,
        tuple(shortfalls),
        tuple(least),
        tuple(dressing(reckoning, start, end, names)),
        tuple(gaps),
        reckoning.parameters,
    )


def _meets(gap: Gap, start: Instant, end: Instant) -> bool:
    return (gap.start is None or gap.start < end) and (gap.end is None or gap.end > start)


def _shortfalls(
    asset: Asset, line: AssetLine, start: Instant, end: Instant, parameters: Parameters
) -> Iterator[Shortfall]:
    floor = parameters.floor(asset.id)
    begun: Instant | None = None
    most = most_at = with_others = 0
    for when, owed, held, beside, hidden in line.events(start, end):
        lack = 0 if hidden else shortfall(held - owed, floor)
        if lack and begun is None:
            begun, most, with_others = when, 0, 0
        if begun is None:
            continue
        if not lack:
            yield _interval(asset, begun, when, most, most_at, with_others, parameters.zone)
            begun = None
            continue
        if lack > most:
            most, most_at = lack, when
        with_others = max(with_others, shortfall(held + beside - owed, floor))
    if begun is not None:
        yield _interval(asset, begun, end, most, most_at, with_others, parameters.zone)


def _interval(
    asset: Asset, start: Instant, end: Instant, most: int, most_at: Instant, others: int, zone: str
) -> Shortfall:
    first, last = day_of(start, zone), day_of(end - 1, zone)
    touched = (last - first).days + 1
    # The end of the last day lies in the interval only where the interval goes on past it.
    ends = touched - (1 if day_end(last, zone) >= end else 0)
    return Shortfall(asset, start, end, most, most_at, others, touched, ends)


def _least(
    asset: Asset, line: AssetLine, start: Instant, end: Instant, zone: str
) -> Iterator[Least]:
    for month, first, last in months(start, end, zone):
        least: tuple[int, Instant] | None = None
        at_cut: int | None = None
        for when, owed, held, _, hidden in line.events(first, last):
            at_cut = None if hidden else held - owed
            if at_cut is not None and (least is None or at_cut < least[0]):
                least = at_cut, when
        if least is not None:
            yield Least(asset, month, *least, at_cut)


def months(start: Instant, end: Instant, zone: str) -> Iterator[tuple[str, Instant, Instant]]:
    """Yield each month of a period: "2026-01", its first instant, and that after its last."""
    while start < end:
        day = day_of(start, zone)
        after = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        until = min(end, day_start(after, zone))
        yield f"{day:%Y-%m}", start, until
        start = until


def dressing(
    reckoning: Reckoning, start: Instant, end: Instant, assets: Collection[str]
) -> Iterator[Dressing]:
    """Yield what came before a cut of the period and went back to the same entity after it.

    Cuts are ends of months and the period's end. What customers are credited with is left out: it
    raises what is owed as well.
    """
    parameters = reckoning.parameters
    window = parameters.dressing_days * DAY
    register = Register(reckoning.books)
    register.take(reckoning.moves)
    credited = {
        match.move.id
        for match in reckoning.matches
        if match.joined and match.move is not None and match.ledger is not None
    }
    came: dict[tuple[str, str], list[Move]] = defaultdict(list)
    went: dict[tuple[str, str], list[Move]] = defaultdict(list)
    for move in reckoning.moves:
        if move.asset not in assets or move.id in credited or move.is_fee:
            continue
        comes = register.class_of(move.target, move.arrived) == "customer"
        goes = any(
            register.class_of(place, move.left) == "customer" for place in register.sources(move)
        )
        if comes and not goes:
            came[move.asset, _entity(register, move, at_source=True)].append(move)
        elif goes and not comes:
            went[move.asset, _entity(register, move, at_source=False)].append(move)
    for cut in _cuts(start, end, parameters.zone):
        for (name, entity), moves in sorted(came.items()):
            before = [move for move in moves if cut - window < move.arrived <= cut]
            after = [
                move for move in went.get((name, entity), ()) if cut < move.left <= cut + window
            ]
            for ins, outs in _returned(before, after, parameters.dressing_share):
                yield Dressing(reckoning.books.assets[name], cut, entity, ins, outs)


def _returned(
    before: Sequence[Move], after: Sequence[Move], share: int
) -> Iterator[tuple[tuple[Move, ...], tuple[Move, ...]]]:
    """Yield moves in and the moves out that take so many per cent of them back.

    All of an entity together, or else each move in with moves out that no other has.
    """
    if not before or not after:
        return
    if 100 * sum(move.amount for move in after) >= share * sum(move.amount for move in before):
        yield tuple(before), tuple(after)
        return
    free = list(after)
    for move in sorted(before, key=lambda move: (-move.amount, move.id)):
        taken: list[Move] = []
        for back in list(free):
            if 100 * sum(found.amount for found in taken) >= share * move.amount:
                break
            taken.append(back)
            free.remove(back)
        if 100 * sum(found.amount for found in taken) >= share * move.amount:
            yield (move,), tuple(taken)
        else:
            free = [found for found in after if found in free or found in taken]


def _entity(register: Register, move: Move, *, at_source: bool) -> str:
    """Return who the other side is: its holder, its entity, or what it is called."""
    place = register.sources(move)[0] if at_source else move.target
    number = move.source_address if at_source else move.target_address
    when = move.left if at_source else move.arrived
    if register.class_of(place, when):
        return register.holder_of(place) or place
    return register.party(number, move.party, when) or place


def _cuts(start: Instant, end: Instant, zone: str) -> Iterator[Instant]:
    for _, _, until in months(start, end, zone):
        yield until - 1
