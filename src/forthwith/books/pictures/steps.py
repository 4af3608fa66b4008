"""Amounts over time as steps: lines that change at events and at nothing else.

Where a curve would slope between two points, a step says what is so: the amount holds until the
next event. A panel has one scale of amounts; what is below zero is filled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise

from forthwith.domain.instants import Instant, day_of
from forthwith.domain.period import Period
from forthwith.plain.drawings.axis import Scale
from forthwith.plain.drawings.drawing import FAINT, INK, SOFT, Box, Item, Stroke, Words
from forthwith.plain.drawings.words import fitted, width

#: Colours by meaning; each differs in lightness too.
OWED, HELD, SHORT = "#a3161c", "#12355b", "#a3161c"
_SHORT_FILL = "#fbe3a6"
_SIZE = 12.0
#: Points of a line drawn; more than one a pixel nobody sees, but the extremes of each pixel stay.
_MOST_POINTS = 4_000
Steps = Sequence[tuple[Instant, int]]


@dataclass(frozen=True, slots=True)
class Line:
    """One amount over time: from each instant on it is so much."""

    name: str
    steps: Steps
    colour: str = INK
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """Lines on one scale, between two instants."""

    lines: tuple[Line, ...]
    #: Left, right, top and bottom of its ground.
    left: float
    right: float
    top: float
    bottom: float
    start: Instant
    end: Instant
    #: How an amount is written.
    text: Callable[[int], str]
    zone: str = "UTC"
    #: Fill between the first line and zero where it is below.
    below: bool = False


def scale(start: Instant, end: Instant, left: float, right: float, zone: str) -> Scale:
    """Return the scale of days between two instants."""
    last = day_of(end - 1, zone)
    period = Period(day_of(start, zone), date.fromordinal(last.toordinal() + 1))
    return Scale(period, left, right)


def x_of(panel: Panel, when: Instant) -> float:
    """Return where an instant stands, held within the panel."""
    share = (when - panel.start) / max(1, panel.end - panel.start)
    return panel.left + (panel.right - panel.left) * min(1.0, max(0.0, share))


def drawn(panel: Panel) -> Iterator[Item]:
    """Yield the panel: its ground, its scale of amounts, its lines."""
    low, high = _range(panel)
    yield Box(x=panel.left, y=panel.top, width=panel.right - panel.left,
              height=panel.bottom - panel.top, fill="#eef2f7")  # fmt: skip
    zero = _y(panel, 0, low, high)
    if low <= 0 <= high:
        yield Stroke(points=((panel.left, zero), (panel.right, zero)), colour=SOFT)
    if panel.below:
        yield from _filled(panel, panel.lines[0], zero, low, high)
    for line in panel.lines:
        yield Stroke(points=tuple(_points(panel, line, low, high)), colour=line.colour,
                     weight=1.6, dashed=line.dashed, hover=line.name)  # fmt: skip
    room = panel.left - 12
    cut = panel.below and any(amount > high for _, amount in panel.lines[0].steps)
    for amount in sorted(({low} if cut else {low, high}) | ({0} if low < 0 < high else set())):
        y = _y(panel, amount, low, high)
        near = amount == 0 and min(abs(y - panel.top), abs(y - panel.bottom)) < _SIZE
        if not near:
            text = panel.text(amount)
            yield Words(x=panel.left - 8, y=y + 4, text=fitted(text, room, _SIZE), size=_SIZE,
                        colour=SOFT, anchor="end", hover=text)  # fmt: skip


def marks(panel: Panel, days: Scale, top: float, bottom: float) -> Iterator[Item]:
    """Yield the labels of days under a panel, with a thin line up through it."""
    most = max(2, int((panel.right - panel.left) / 110))
    for day, label in days.labels(most):
        when = datetime(day.year, day.month, day.day, tzinfo=UTC)
        x = x_of(panel, int(when.timestamp()))
        yield Stroke(points=((x, top), (x, bottom)), colour=FAINT)
        if x + 3 + width(label, _SIZE) <= panel.right + 8:
            yield Words(x=x + 3, y=bottom + 14, text=label, size=_SIZE, colour=SOFT)


def _range(panel: Panel) -> tuple[int, int]:
    amounts = [
        amount
        for line in panel.lines
        for amount in (
            *(amount for at, amount in line.steps if panel.start <= at < panel.end),
            *_before(line.steps, panel.start),
        )
    ] or [0]
    low, high = min(amounts), max(amounts)
    if panel.below:
        # A surplus many times the shortfall would press it flat: what is above is cut off.
        low, high = min(low, 0), max(high, 0)
        high = min(high, -2 * low) if low else high
    return (low, high) if low < high else (low - 1, high + 1)


def _before(steps: Steps, start: Instant) -> Iterable[int]:
    """Return what held when the panel begins."""
    earlier = [amount for at, amount in steps if at <= start]
    return earlier[-1:]


def _y(panel: Panel, amount: int, low: int, high: int) -> float:
    """Return the height of an amount; a drawing is no figure, so a share of it may be a float."""
    share = (min(amount, high) - low) / (high - low)
    return panel.bottom - 4 - (panel.bottom - panel.top - 8) * share


def _points(panel: Panel, line: Line, low: int, high: int) -> Iterator[tuple[float, float]]:
    last: float | None = None
    for at, amount in _thinned(panel, line.steps):
        x, y = x_of(panel, at), _y(panel, amount, low, high)
        if last is not None:
            yield x, last
        yield x, y
        last = y
    if last is not None:
        yield panel.right, last


def _thinned(panel: Panel, steps: Steps) -> Iterator[tuple[Instant, int]]:
    """Yield the steps within the panel; of many in one pixel the least, the most and the last."""
    inside = [(at, amount) for at, amount in steps if panel.start < at < panel.end]
    inside = [(panel.start, amount) for amount in _before(steps, panel.start)] + inside
    if len(inside) <= _MOST_POINTS:
        yield from inside
        return
    column: list[tuple[Instant, int]] = []
    for step in [*inside, None]:
        if column and (step is None or int(x_of(panel, step[0])) != int(x_of(panel, column[0][0]))):
            extremes = {min(column, key=_amount), max(column, key=_amount), column[-1]}
            yield from sorted(extremes)
            column = []
        if step is not None:
            column.append(step)


def _amount(step: tuple[Instant, int]) -> int:
    return step[1]


def _filled(panel: Panel, line: Line, zero: float, low: int, high: int) -> Iterator[Item]:
    """Yield the ground between a line and zero where it is below."""
    steps = [*_thinned(panel, line.steps), (panel.end, 0)]
    for (at, amount), (until, _) in pairwise(steps):
        if amount < 0:
            x, right = x_of(panel, at), x_of(panel, until)
            yield Box(x=x, y=zero, width=max(right - x, 1.0), fill=_SHORT_FILL,
                      height=_y(panel, amount, low, high) - zero, hatch=SHORT)  # fmt: skip
