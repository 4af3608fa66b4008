"""Documents over time as a picture: one row of bars for each custodian, all on one scale.

An SVG that stands in a page by itself: no script, no fonts of its own, a title and a description
for those who cannot see it, colours that colour-blind readers can tell apart (Okabe and Ito).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

#: Sorts of document with their colours, drawn from the bottom up.
SORTS = {"e-mail": "#0072b2", "attachments and files": "#e69f00", "chat": "#009e73"}

_WIDTH, _LEFT, _RIGHT = 860, 46, 12
_PANEL, _GAP, _TOP, _FOOT = 84, 44, 34, 52
#: How words are set: the title, a custodian's name, everything else.
_TITLE, _NAME = 'font-size="15" font-weight="600"', 'font-size="13" font-weight="600"'
_SMALL = 'font-size="12" fill="#444444"'
#: More months than this are drawn as years.
_MONTHS = 96


@dataclass(frozen=True, slots=True)
class Dated:
    """One document for the picture."""

    custodian: str
    #: A key of SORTS.
    sort: str
    #: ISO 8601, or "" where it has no date.
    when: str


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where a bar stands."""

    periods: Sequence[str]
    highest: int

    @property
    def step(self) -> float:
        return (_WIDTH - _LEFT - _RIGHT) / max(1, len(self.periods))

    def height(self, count: int) -> float:
        return _PANEL * count / max(1, self.highest)


def svg(documents: Sequence[Dated], title: str) -> str:
    """Return the picture; documents without a date are counted in its description."""
    dated = [document for document in documents if _month(document.when)]
    periods = _periods([_month(document.when) for document in dated])
    custodians = sorted({document.custodian for document in documents})
    width = len(periods[0]) if periods else 0
    counts = Counter(
        (document.custodian, document.sort, _month(document.when)[:width]) for document in dated
    )
    totals: Counter[tuple[str, str]] = Counter()
    for (custodian, _, period), count in counts.items():
        totals[custodian, period] += count
    scale = _Scale(periods, _rounded(max(totals.values(), default=1)))
    height = _TOP + len(custodians) * (_PANEL + _GAP) + _FOOT
    panels = "".join(
        _panel(name, _TOP + at * (_PANEL + _GAP) + _GAP - 10, counts, scale)
        for at, name in enumerate(custodians)
    )
    foot = height - _FOOT + 10
    unit = "year" if width == 4 else "month"
    described = f"Bars of documents by {unit} for {', '.join(custodians)}."
    undated = len(documents) - len(dated)
    without = f" Not drawn, for want of a date: {undated}." if undated else ""
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-labelledby="tl-t tl-d" '
        f'xmlns="http://www.w3.org/2000/svg"><title id="tl-t">{escape(title)}</title>'
        f'<desc id="tl-d">{escape(described + without)}</desc>'
        f'<text x="{_LEFT}" y="16" {_TITLE}>{escape(title)}</text>{_legend()}'
        f'<text x="{_LEFT}" y="36" {_SMALL}>documents in a {unit}</text>'
        f"{panels}{_axis(scale, foot)}"
        f'<text x="{_WIDTH / 2}" y="{height - 6}" {_SMALL} text-anchor="middle">'
        f"{unit} of the family's first document{escape(' ·' + without if without else '')}</text>"
        "</svg>"
    )


def by_year(documents: Sequence[Dated]) -> Mapping[str, Mapping[str, int]]:
    """Return counts by custodian and year, "no date" last: the picture as a table."""
    table: dict[str, Counter[str]] = {}
    for document in sorted(documents, key=lambda document: document.custodian):
        year = _month(document.when)[:4] or "no date"
        table.setdefault(document.custodian, Counter())[year] += 1
    return table


def _month(when: str) -> str:
    month = when[:7]
    sound = len(month) == 7 and month[:4].isdecimal() and month[4] == "-" and month[5:].isdecimal()
    return month if sound and 1 <= int(month[5:]) <= 12 else ""


def _periods(months: Sequence[str]) -> list[str]:
    """Return every month from first to last, or every year where that would be too many."""
    if not months:
        return []
    first, last = min(months), max(months)
    count = (int(last[:4]) - int(first[:4])) * 12 + int(last[5:]) - int(first[5:]) + 1
    if count > _MONTHS:
        return [f"{year:04d}" for year in range(int(first[:4]), int(last[:4]) + 1)]
    start = int(first[:4]) * 12 + int(first[5:]) - 1
    return [f"{at // 12:04d}-{at % 12 + 1:02d}" for at in range(start, start + count)]


def _rounded(highest: int) -> int:
    """Return a round number at or above the highest bar, even so that half of it is whole."""
    for step in (2, 4, 6, 8, 10, 12, 16, 20, 30, 40, 50, 60, 80, 100, 200, 500):
        if highest <= step:
            return step
    return -(-highest // 1000) * 1000


def _panel(name: str, top: float, counts: Mapping[tuple[str, str, str], int], scale: _Scale) -> str:
    bottom = top + _PANEL
    lines = "".join(
        _grid(value, bottom - scale.height(value))
        for value in (0, scale.highest // 2, scale.highest)
    )
    bars = []
    for at, period in enumerate(scale.periods):
        y, left = bottom, _LEFT + at * scale.step
        for sort, colour in SORTS.items():
            count = counts.get((name, sort, period), 0)
            if not count:
                continue
            y -= scale.height(count)
            bars.append(
                f'<rect x="{left + 1:.1f}" y="{y:.1f}" width="{max(1.0, scale.step - 2):.1f}" '
                f'height="{scale.height(count):.1f}" fill="{colour}">'
                f"<title>{escape(name)}, {period}: {count} {sort}</title></rect>"
            )
    head = f'<text x="{_LEFT}" y="{top - 6}" {_NAME}>{escape(name)}</text>'
    return f"<g>{head}{lines}{''.join(bars)}</g>"


def _grid(value: int, y: float) -> str:
    return (
        f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" '
        f'stroke="{"#767676" if value == 0 else "#e0e0e0"}"/>'
        f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" {_SMALL} text-anchor="end">{value}</text>'
    )


def _axis(scale: _Scale, y: float) -> str:
    """Return the labels below: every January and July, or years spread out."""
    marks = []
    every = max(1, len(scale.periods) // 12)
    for at, period in enumerate(scale.periods):
        year, _, month = period.partition("-")
        if month and month not in {"01", "07"} and len(scale.periods) > 12:
            continue
        if not month and at % every:
            continue
        shown = {"01": f"Jan {year}", "07": f"Jul {year}"}.get(month, period)
        x = _LEFT + at * scale.step + scale.step / 2
        marks.append(f'<text x="{x:.1f}" y="{y}" {_SMALL} text-anchor="middle">{shown}</text>')
    return "".join(marks)


def _legend() -> str:
    x, pieces = _WIDTH - _RIGHT, []
    for sort, colour in reversed(SORTS.items()):
        x -= 26 + 7 * len(sort)
        pieces.append(
            f'<rect x="{x}" y="6" width="12" height="12" fill="{colour}"/>'
            f'<text x="{x + 17}" y="16" {_SMALL}>{sort}</text>'
        )
    return "".join(pieces)
