"""Stakes of a place over time: for whom what lies there lies, and when it was mixed or used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forthwith.books.books import Asset
from forthwith.books.pictures.coverage import NARROW, WIDE
from forthwith.books.pictures.steps import Line, Panel, drawn, marks, scale, x_of
from forthwith.books.reckoning import Reckoning
from forthwith.domain.instants import Instant, instant_text
from forthwith.plain.drawings.drawing import SOFT, Box, Drawing, Item, Stroke, Words
from forthwith.plain.drawings.words import folded

#: By group; lines differ in dash as well as in colour.
_COLOURS = {
    "customer": ("#12355b", False), "house": ("#a3161c", False), "affiliate": ("#8a6a1c", True),
    "vendor": ("#2e7d5b", True), "unknown": ("#555555", True),
}  # fmt: skip
_GROUND = {"mixed": ("#fdf3d3", "#a8842c"), "used": ("#fbe3a6", "#a3161c")}
_HIGH, _BAND = 200.0, 14.0


def stakes_over(
    reckoning: Reckoning, place: str, asset: str, end: Instant
) -> dict[str, list[tuple[Instant, int]]]:
    """Return by group what lay in a place, as steps up to an instant; groups that had none are out.

    Customers first, then as they came.
    """
    steps: dict[str, dict[Instant, int]] = {}
    for change in reckoning.changes:
        if change.place == place and change.asset == asset and change.at < end:
            of = steps.setdefault(change.group, {})
            of[change.at] = of.get(change.at, next(reversed(of.values()), 0)) + change.delta
    groups = sorted(steps, key=lambda group: group != "customer")
    return {group: list(steps[group].items()) for group in groups}


def drawing(
    place: str,
    asset: Asset,
    stakes: Mapping[str, Sequence[tuple[Instant, int]]],
    intervals: Sequence[tuple[str, Instant, Instant | None, str]],
    start: Instant,
    end: Instant,
    *,
    zone: str = "UTC",
    width: float = WIDE,
) -> Drawing:
    """Return the picture of one place and asset.

    `stakes` are steps by group; `intervals` are (mixed or used, from, to, a sentence).
    """
    left, right = (170.0, width - 20) if width > NARROW else (96.0, width - 8)
    title = f"{place}, {asset.id}: for whom it lies there"
    items: list[Item] = []
    y = 26.0
    for line in folded(title, width - 24, 17, 3, bold=True):
        items.append(Words(x=12, y=y, text=line, size=17, bold=True))
        y += 22
    x = left
    for group in stakes:
        colour, dashed = _COLOURS[group]
        if x > right - 90:
            x, y = left, y + 18
        items.append(
            Stroke(points=((x, y + 8), (x + 26, y + 8)), colour=colour, weight=2, dashed=dashed)
        )
        items.append(Words(x=x + 32, y=y + 12, text=group, size=12))
        x += 110
    top = y + 26
    lines = tuple(Line(group, steps, *_COLOURS[group]) for group, steps in stakes.items())
    panel = Panel(lines, left, right, top, top + _HIGH, start, end, asset.text, zone)
    ground, *rest = drawn(panel)
    items.append(ground)
    bottom = top + _HIGH
    for row, kind in enumerate(("mixed", "used")):
        level = bottom + 24 + row * (_BAND + 6)
        items.append(Words(x=left - 8, y=level + 11, text=kind, size=12, colour=SOFT, anchor="end"))
        for what, since, until, says in intervals:
            if what == kind:
                begin = x_of(panel, since)
                long = max(x_of(panel, end if until is None else until) - begin, 2.0)
                fill, hatch = _GROUND[kind]
                items.append(Box(x=begin, y=level, width=long, height=_BAND, fill=fill, line=hatch,
                                 hatch=hatch if kind == "used" else "", hover=says))  # fmt: skip
    items += rest
    items += marks(panel, scale(start, end, left, right, zone), top, bottom)
    y = bottom + 24 + 2 * (_BAND + 6) + 18
    for _, _, _, says in intervals:
        for line in folded(says, width - 24, 12, 5):
            items.append(Words(x=12, y=y, text=line, size=12))
            y += 17
    said = " ".join(says for _, _, _, says in intervals) or "It was never mixed."
    period = f"{instant_text(start)} to {instant_text(end)}"
    return Drawing(width, y + 10, title, f"{period}. {said}", tuple(items))
