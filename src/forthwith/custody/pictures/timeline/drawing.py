"""The timeline of one wallet as a drawing: bands above, the facts that made them below.

Verdicts differ in colour (Okabe and Ito), in darkness and in pattern, and are written where there
is room: dark and solid is shown, hatched is not shown, pale is excluded. What hovering says is
written here too.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from forthwith.custody.answers.answers import Interval, Verdict
from forthwith.custody.pictures.axis import Scale, short
from forthwith.custody.pictures.drawing import (
    FAINT,
    INK,
    PAPER,
    SOFT,
    Box,
    Drawing,
    Item,
    Shape,
    Stroke,
    Words,
)
from forthwith.custody.pictures.timeline import Band, Run, Timeline
from forthwith.custody.pictures.timeline.events import SORTS, Mark
from forthwith.custody.pictures.words import fitted, folded, width
from forthwith.domain.period import Period

_UNLISTED = "a path not listed"
#: Text, size, bold.
Lines = tuple[tuple[str, float, bool], ...]
#: Bands and bars of one sort that are drawn; the table has all.
MOST_BANDS, MOST_BARS, MOST_EVENTS = 12, 16, 24

_WIDTH, _LEFT, _RIGHT = 1200.0, 290.0, 1176.0
_NAME_ROOM = _LEFT - 34
_BAND, _BAND_STEP, _BAR, _BAR_STEP = 42.0, 56.0, 20.0, 27.0
#: fill, hatch, outline, ink of words upon it.
LOOKS = {
    Verdict.SHOWN: ("#12355b", "", "#0b2440", PAPER),
    Verdict.NOT_SHOWN: ("#fbe3a6", "#a8842c", "#7a5c12", INK),
    Verdict.EXCLUDED: ("#f1f7f3", "", "#2e7d5b", INK),
}
_MEANING = {
    Verdict.SHOWN: "the facts put enough in their hands",
    Verdict.NOT_SHOWN: "neither shown nor ruled out",
    Verdict.EXCLUDED: "could not, even on the most generous reading",
}
#: Narrower than this, something shown gets a pointer over it so that no eye misses it.
_SMALL = 9.0


def drawing(timeline: Timeline) -> Drawing:
    """Return the picture of a timeline."""
    title = f"Who could move wallet {timeline.wallet.id}"
    pen = _Pen(timeline)
    items = list(pen.draw(title))
    # The lines of change lie under everything, so that they cross no words.
    items[:0] = pen.changes()
    return Drawing(_WIDTH, pen.y + 14, title, described(timeline), tuple(items))


def described(timeline: Timeline) -> str:
    """Return the bands as words, for those who cannot see them."""
    sentences = []
    for band in timeline.bands:
        runs = ", ".join(f"{run.interval.verdict} {run.interval.period}" for run in band.runs[:50])
        sentences.append(f"{band.group.label}: {runs}.")
    return " ".join(sentences) or "There is nothing to draw."


class _Pen:
    """Draws from the top down; `y` is where the next thing goes."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._scale = Scale(timeline.period, _LEFT, _RIGHT)
        self.y = 34.0
        #: Where the axis lies.
        self.top = self.y

    def draw(self, title: str) -> Iterator[Item]:
        yield Words(x=20, y=self.y, text=fitted(title, 1140, 23, bold=True), size=23, bold=True)
        yield Words(x=20, y=self.y + 25, text=fitted(self._lead(), 1150, 14), size=14, colour=SOFT)
        self.y += 50
        yield from self._notices()
        if not self._timeline.bands and not self._timeline.marks:
            return
        yield from self._legend()
        self.top = self.y + 13
        yield from self._axis()
        bands = self._timeline.bands
        for band in bands[:MOST_BANDS]:
            yield from self._band(band)
        yield from self._more(len(bands) - MOST_BANDS, "groups")
        numbers = numbered(self._timeline)
        for sort, marks in groupby(numbers, key=lambda pair: pair[1].sort):
            yield from self._section(sort, list(marks))
        self.y += 8

    def _lead(self) -> str:
        wallet, period = self._timeline.wallet, self._timeline.period
        shown = self._timeline.bands or self._timeline.marks
        what = ", ".join(filter(None, (wallet.asset, *sorted(wallet.classes))))
        days = f"{short(period.start)} to {short(period.end)}" if period.end else str(period)
        standing = self._timeline.standing
        accepted = (
            "facts of every standing count"
            if standing == max(type(standing))
            else (f"facts count down to standing “{standing}”")
        )
        till = "“to” a day is up to it and without it"
        return " · ".join(filter(None, (what, days, accepted, till) if shown else (what,)))

    def _notices(self) -> Iterator[Item]:
        if self._timeline.has_policy and self._timeline.bands:
            return
        what = (
            "No policy of this wallet is in the facts, so nothing about it can be excluded."
            if self._timeline.marks
            else "The facts have this wallet only by name: who could move it is not shown."
        )
        yield Box(x=20, y=self.y, width=_RIGHT - 20, height=38, fill="#fff3c4", line="#8a6a1c")
        yield Words(x=36, y=self.y + 25, text=what, size=16, bold=True)
        self.y += 58

    def _legend(self) -> Iterator[Item]:
        x = 20.0
        for verdict, meaning in _MEANING.items():
            yield _verdict_box(verdict, x, self.y, 30, 17)
            yield Words(x=x + 38, y=self.y + 13, text=f"{verdict}:", size=13, bold=True)
            after = x + 38 + width(f"{verdict}: ", 13, bold=True)
            yield Words(x=after, y=self.y + 13, text=meaning, size=13)
            x = after + width(meaning, 13) + 22
        self.y += 40

    def _axis(self) -> Iterator[Item]:
        free = 0.0
        for day, text in self._scale.labels():
            x = self._scale.x(day)
            yield Stroke(points=((x, self.y + 6), (x, self.y + 13)), colour=SOFT)
            half = width(text, 13) / 2
            if x - half >= free and x + half <= _WIDTH:
                yield Words(x=x, y=self.y, text=text, size=13, anchor="middle")
                free = x + half + 8
        yield Stroke(points=((_LEFT, self.y + 13), (_RIGHT, self.y + 13)), colour=SOFT)
        self.y += 24

    def _band(self, band: Band) -> Iterator[Item]:
        lines = folded(band.group.label, _NAME_ROOM, 15, 2, bold=True)
        middle = self.y + _BAND / 2 + 6 - 9 * (len(lines) - 1)
        for at, line in enumerate(lines):
            yield Words(
                x=20, y=middle + at * 18, text=line, size=15, bold=True, hover=band.group.label
            )
        # What is shown is painted last, so that a day of it is never covered.
        for run in sorted(band.runs, key=lambda run: run.interval.verdict.weight):
            yield from self._run(run)
        self.y += _BAND_STEP

    def _run(self, run: Run) -> Iterator[Item]:
        interval = run.interval
        left, right = self._scale.span(interval.period)
        hover = run_hover(run)
        shown = interval.verdict is Verdict.SHOWN
        wide = right - left
        if shown and wide < _SMALL:
            middle = (left + right) / 2
            left, right = max(_LEFT, middle - 2), min(_RIGHT, middle + 2)
            tip = ((middle - 5, self.y - 8), (middle + 5, self.y - 8), (middle, self.y - 1))
            yield Shape(points=tip, fill=LOOKS[Verdict.SHOWN][0], hover=hover)
        yield _verdict_box(interval.verdict, left, self.y, max(1.0, right - left), _BAND, hover)
        for lines in run_words(run):
            long = max(width(text, size, bold=bold) for text, size, bold in lines)
            if long + 10 <= wide:
                yield from self._on_run(interval.verdict, left, lines, long, hover)
                return

    def _on_run(
        self, verdict: Verdict, left: float, lines: Lines, long: float, hover: str
    ) -> Iterator[Item]:
        fill, hatch, _, ink = LOOKS[verdict]
        first = self.y + _BAND / 2 + 5 - 8 * (len(lines) - 1)
        if hatch:
            yield Box(
                x=left + 3,
                y=first - 14,
                width=long * 0.9 + 6,
                height=3 + 17 * len(lines),
                fill=fill,
            )
        for at, (text, size, bold) in enumerate(lines):
            yield Words(
                x=left + 6,
                y=first + at * 16,
                text=text,
                size=size,
                bold=bold,
                colour=ink,
                hover=hover,
            )

    def _section(self, sort: str, marks: list[tuple[int, Mark]]) -> Iterator[Item]:
        self.y += 12
        yield Stroke(points=((20, self.y - 6), (_RIGHT, self.y - 6)), colour=FAINT)
        yield Words(x=20, y=self.y + 12, text=SORTS[sort], size=14, bold=True, colour=SOFT)
        self.y += 24
        drawn = [(number, mark) for number, mark in marks if mark.period is not None]
        most = MOST_EVENTS if sort == "event" else MOST_BARS
        for number, mark in drawn[:most]:
            yield from self._bar(number, mark)
        yield from self._more(len(marks) - len(drawn[:most]), "facts")

    def _bar(self, number: int, mark: Mark) -> Iterator[Item]:
        assert mark.period is not None  # noqa: S101
        hover = mark_hover(mark)
        left, right = self._scale.span(mark.period)
        counts = "" if not mark.accepted else INK
        yield Words(x=42, y=self.y + 14, text=str(number), size=12, colour=SOFT, anchor="end")
        yield Words(
            x=50, y=self.y + 14, text=fitted(mark.label, _NAME_ROOM - 26, 13), size=13, hover=hover
        )
        if mark.point:
            y = self.y + _BAR / 2
            diamond = ((left, y - 7), (left + 7, y), (left, y + 7), (left - 7, y))
            fill = INK if mark.accepted else PAPER
            yield Shape(points=diamond, fill=fill, line=INK, hover=hover)
            ends = left
        else:
            yield Box(
                x=left,
                y=self.y + 2,
                width=max(3.0, right - left),
                height=_BAR - 4,
                fill="#c9ced6" if mark.accepted else PAPER,
                line=counts or SOFT,
                dashed=not mark.accepted,
                hover=hover,
            )
            ends = right
        yield from self._beside(mark, left, ends)
        self.y += _BAR_STEP

    def _beside(self, mark: Mark, left: float, right: float) -> Iterator[Item]:
        """Write days and citation into the bar, or beside it where there is more room."""
        words = bar_words(mark)
        y, size = self.y + 14, 12.0
        inside, after, before = right - left - 12, _RIGHT - right - 14, left - _LEFT - 14
        if not mark.point and inside >= min(width(words, size), max(150.0, after, before)):
            yield Words(x=left + 6, y=y, text=fitted(words, inside, size), size=size)
        elif after >= before:
            yield Words(x=right + 12, y=y, text=fitted(words, after, size), size=size)
        else:
            text = fitted(words, before, size)
            yield Words(x=left - 13, y=y, text=text, size=size, anchor="end")

    def _more(self, count: int, what: str) -> Iterator[Item]:
        if count > 0:
            text = f"{count:,} more {what if count > 1 else what[:-1]} not drawn; see the table"
            yield Words(x=_LEFT, y=self.y + 12, text=text, size=13, colour=SOFT)
            self.y += 26

    def changes(self) -> Iterator[Item]:
        """Draw a line down from every day on which a verdict changes."""
        period = self._timeline.period
        days = {
            day
            for band in self._timeline.bands[:MOST_BANDS]
            for run in band.runs
            for day in (run.interval.period.start,)
            if period.start < day
        }
        if len(days) <= 40:
            for day in sorted(days):
                x = self._scale.x(day)
                yield Stroke(points=((x, self.top), (x, self.y - 8)), colour="#9aa3ad", dashed=True)


def _verdict_box(
    verdict: Verdict, x: float, y: float, wide: float, height: float, hover: str = ""
) -> Box:
    fill, hatch, line, _ = LOOKS[verdict]
    return Box(x=x, y=y, width=wide, height=height, fill=fill, hatch=hatch, line=line, hover=hover)


def numbered(timeline: Timeline) -> Iterator[tuple[int, Mark]]:
    """Yield the marks with the numbers they have in picture and table."""
    yield from enumerate(timeline.marks, start=1)


def run_words(run: Run) -> Iterator[Lines]:
    """Yield what to write on a run, the longest first."""
    verdict, period = str(run.interval.verdict), run.interval.period
    head = (verdict.upper(), 14.0, True)
    yield head, (f"{span_text(period)}{paths_text(run.interval)}", 12.0, False)
    yield head, (span_text(period), 12.0, False)
    first, _, last = verdict.upper().partition(" ")
    yield (head,)
    yield (first, 12.0, True), (last, 12.0, True)


def paths_text(interval: Interval) -> str:
    """Return " · by signing, a path not listed", or ""."""
    names = [_UNLISTED if path == "unlisted" else path.replace("_", " ") for path in interval.paths]
    return f" · by {', '.join(names)}" if names else ""


def span_text(period: Period) -> str:
    """Return "3 Apr to 22 May 2023"."""
    start = short(period.start)
    if period.end is None:
        return f"since {start}"
    if period.end.year == period.start.year:
        start = start.removesuffix(f" {period.start.year}")
    return f"{start} to {short(period.end)}"


def bar_words(mark: Mark) -> str:
    """Return what stands by a mark: its days, whether it counts, its citation, more."""
    cites = "; ".join(mark.cites[:3]) + ("…" if len(mark.cites) > 3 else "")
    parts = (days_text(mark), mark.why_open, cites, mark.detail)
    return " · ".join(filter(None, parts))


def days_text(mark: Mark) -> str:
    """Return "14 Mar 2023", "1 to 14 Mar 2023" or "since 1 Mar 2023"."""
    if mark.period is None:
        return "day not readable"
    return short(mark.period.start) if mark.point else span_text(mark.period)


def mark_hover(mark: Mark) -> str:
    """Return what hovering over a mark says."""
    counted = "" if mark.accepted else f" Does not count: {mark.why_open}."
    cites = "; ".join(mark.cites) or "no citation"
    return f"{mark.says}. {days_text(mark)}. {mark.standing}; {cites}; {mark.place}.{counted}"


def run_hover(run: Run) -> str:
    """Return what hovering over a run says."""
    interval = run.interval
    paths = paths_text(interval).replace(" ·", "")
    because = "; ".join(
        [f"{fact.says} [{', '.join(fact.cites) or fact.fact}]" for fact in run.cited]
        or [f"missing: {fact.fact}" for fact in run.missing]
    )
    end = f" to {interval.period.end}" if interval.period.end else ""
    text = f"{run.group}: {interval.verdict}{paths}, from {interval.period.start}{end}."
    return f"{text} {because}."[:2_000] if because else text
