"""The timeline of one wallet as a drawing: bands above, the facts that made them below.

Verdicts differ in colour (Okabe and Ito), in darkness and in pattern, and are written where there
is room: dark and solid is shown, hatched is not shown, pale is excluded. What hovering says is
written here too.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby

from forthwith.custody.answers.answers import Interval, Verdict
from forthwith.custody.pictures.timeline import Band, Run, Timeline
from forthwith.custody.pictures.timeline.events import SORTS, Mark
from forthwith.domain.period import Period
from forthwith.plain.drawings.axis import Scale, convention, ends, short, starts
from forthwith.plain.drawings.drawing import (
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
from forthwith.plain.drawings.legend import Entry, flowed
from forthwith.plain.drawings.words import Footnotes, folded, width
from forthwith.plain.visible import visible

_UNLISTED = "a path not listed"
#: Text, size, bold.
Lines = tuple[tuple[str, float, bool], ...]
#: Bands and bars of one sort that are drawn; the table has all.
MOST_BANDS, MOST_BARS, MOST_EVENTS = 12, 16, 24
_MOST = {sort: MOST_EVENTS if sort == "event" else MOST_BARS for sort in SORTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """How wide the picture is and how large things in it are, in drawing units."""

    width: float
    #: Where names begin, and where days begin and end.
    margin: float
    left: float
    right: float
    #: Of the names of bands, of the names of bars, of the words by a bar.
    band_name: float
    name: float
    words: float
    band: float
    band_step: float
    bar: float
    bar_step: float
    #: Names stand over what they name, not beside it.
    stacked: bool = False
    #: Cites and details are written by each bar, not its days alone.
    details: bool = True
    #: Days labelled on the axis.
    labels: int = 9
    most_bands: int = MOST_BANDS
    #: By sort of mark, how many are drawn; a sort of which none is, is counted at the end.
    most: Mapping[str, int] = field(default_factory=lambda: dict(_MOST))


PAGE = Frame(
    width=1200, margin=20, left=290, right=1176, band_name=15, name=13, words=12, band=42,
    band_step=56, bar=20, bar_step=27,
)  # fmt: skip
MEMO = Frame(
    width=1060, margin=0, left=310, right=1060, band_name=11.5, name=10.5, words=10, band=19,
    band_step=25, bar=15, bar_step=18, details=False,
)  # fmt: skip
#: For a telephone.
NARROW = Frame(
    width=352, margin=6, left=6, right=346, band_name=14, name=13, words=12, band=42,
    band_step=54, bar=16, bar_step=24, stacked=True, details=False, labels=4,
)  # fmt: skip

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
#: A band so high holds two lines of words.
_TWO_LINES = 40.0
#: Narrower than this, something shown gets a pointer over it so that no eye misses it.
_SMALL = 9.0


def drawing(timeline: Timeline, frame: Frame = PAGE, *, headed: bool = True) -> Drawing:
    """Return the picture of a timeline; `headed` writes title and what counts above it."""
    pen = _Pen(timeline, frame, Footnotes())
    items = list(pen.draw(headed=headed))
    items += pen.footnotes()
    # The lines of change lie under everything, so that they cross no words.
    items[:0] = pen.changes()
    return Drawing(frame.width, pen.y + 14, title_of(timeline), described(timeline), tuple(items))


#: Below this share a page of paper has neither ties nor lists.
_WITHOUT_TIES = 0.7


def body(timeline: Timeline, share: float, room: float, notes: Footnotes) -> Drawing:
    """Return the bare picture for so wide a page, a `share` of what might be drawn."""
    # The smaller it will be drawn, the wider it may be.
    wide = room * (1 + 0.27 * (1 - share))
    # What is least looked for goes first: ties and lists are in the tables.
    few = {"tie": 0, "list": 0, "event": round(8 * share)} if share < _WITHOUT_TIES else {}
    most = {sort: max(1, round(count * share)) for sort, count in _MOST.items()}
    bands = max(1, round(MOST_BANDS * min(1.0, share * 10)))
    frame = replace(MEMO, width=wide, right=wide, most_bands=bands, most={**most, **few})
    pen = _Pen(timeline, frame, notes)
    pen.y = 0.0
    items = list(pen.rows())
    items[:0] = pen.changes()
    return Drawing(frame.width, pen.y, title_of(timeline), described(timeline), tuple(items))


def title_of(timeline: Timeline) -> str:
    """Return what stands above the picture."""
    return f"Who could move wallet {timeline.wallet.id}"


def lead(timeline: Timeline) -> str:
    """Return what the wallet holds, the days drawn, and which facts count."""
    if not timeline.bands and not timeline.marks:
        return holdings(timeline)
    period = timeline.period
    last = ends(period)
    days = f"{short(starts(period))} to {short(last)}" if last else str(period)
    return " · ".join(filter(None, (holdings(timeline), days, accepted(timeline))))


def holdings(timeline: Timeline) -> str:
    """Return "BTC, cold, customer", or "" where no row says."""
    wallet = timeline.wallet
    return ", ".join(filter(None, (wallet.asset, *sorted(wallet.classes))))


def accepted(timeline: Timeline) -> str:
    """Return which facts count, in words."""
    if timeline.standing == max(type(timeline.standing)):
        return "facts of every standing count"
    return f"facts count down to standing “{timeline.standing}”"


def notice(timeline: Timeline) -> str:
    """Return why nothing can be excluded, or "" where something may be."""
    if timeline.has_policy and timeline.bands:
        return ""
    if timeline.marks:
        return "No policy of this wallet is in the facts, so nothing about it can be excluded."
    return "The facts have this wallet only by name: who could move it is not shown."


def described(timeline: Timeline) -> str:
    """Return the bands as words, for those who cannot see them."""
    sentences = []
    for band in timeline.bands:
        runs = ", ".join(f"{run.interval.verdict} {run.interval.period}" for run in band.runs[:50])
        sentences.append(f"{band.group.label}: {runs}.")
    return " ".join(sentences) or "There is nothing to draw."


def worst(band: Band) -> int:
    """Return the weight of the worst verdict of a band."""
    return max((run.interval.verdict.weight for run in band.runs), default=0)


def answer_lines(timeline: Timeline, most: int = 4) -> Iterator[str]:
    """Yield what is answered for each group, the worst first: "X: shown 3 Apr to 22 May 2023"."""
    for band in sorted(timeline.bands, key=lambda band: -worst(band)):
        said = []
        for verdict in sorted(Verdict, key=lambda verdict: -verdict.weight):
            spans = list(_spans(run for run in band.runs if run.interval.verdict is verdict))
            left = len(spans) - most
            more = [f"{left:,} more runs of days"] if left > 0 else []
            if spans:
                said.append(f"{verdict} {', '.join([*spans[:most], *more])}")
        yield f"{band.group.label}: {'; '.join(said)}."


def _spans(runs: Iterable[Run]) -> Iterator[str]:
    """Yield the days of runs of one verdict, those that follow each other on one condition as one.

    "1 May to 20 Sep 2023 (shown if no approval is asked for on signing)"
    """
    joined: list[tuple[Period, str]] = []
    for run in runs:
        period = run.interval.period
        why = "; ".join(fact.says for fact in run.shown_if)
        last, before = joined[-1] if joined else (None, "")
        if last is not None and before == why and ends(last) == starts(period):
            last = replace(last, end=period.end, ends_at=period.ends_at)
            joined[-1] = last, why
        else:
            joined.append((period, why))
    for period, why in joined:
        yield span_text(period) + (f" (shown if {why})" if why else "")


class _Pen:
    """Draws from the top down; `y` is where the next thing goes."""

    def __init__(self, timeline: Timeline, frame: Frame, notes: Footnotes) -> None:
        self._timeline, self._frame, self._notes = timeline, frame, notes
        self._scale = Scale(timeline.period, frame.left, frame.right)
        self.y = 34.0
        #: Where the axis lies.
        self.top = self.y

    def draw(self, *, headed: bool) -> Iterator[Item]:
        frame = self._frame
        room = frame.right - frame.margin
        if headed:
            for line in self._notes.lines(title_of(self._timeline), room, 23, 3, bold=True):
                yield Words(x=frame.margin, y=self.y, text=line, size=23, bold=True)
                self.y += 27
            text = lead(self._timeline)
            if self._timeline.bands or self._timeline.marks:
                text += f" · {convention(self._timeline.zone)}"
            for line in self._notes.lines(text, room, 14, 4):
                yield Words(x=frame.margin, y=self.y - 2, text=line, size=14, colour=SOFT)
                self.y += 20
            self.y += 3
        else:
            self.y = 14.0
        if said := notice(self._timeline):
            lines = folded(said, room - 32, 16, 6, bold=True)
            tall = 18 + 20.0 * len(lines)
            yield Box(x=frame.margin, y=self.y, width=room, height=tall, fill="#fff3c4",
                      line="#8a6a1c")  # fmt: skip
            for at, line in enumerate(lines):
                y = self.y + 25 + 20 * at
                yield Words(x=frame.margin + 16, y=y, text=line, size=16, bold=True)
            self.y += tall + 20
        if not self._timeline.bands and not self._timeline.marks:
            return
        items, high = flowed(legend(), frame.margin, self.y, room)
        yield from items
        self.y += high + 23
        yield from self.rows()

    def rows(self) -> Iterator[Item]:
        """Draw the axis, the bands and the bars."""
        frame = self._frame
        self.top = self.y + 13
        yield from self._axis()
        bands = self._timeline.bands
        for band in self._bands():
            yield from self._band(band)
        if (left := len(bands) - frame.most_bands) > 0:
            yield from self._more(left, "groups", self.y)
            self.y += frame.name * 2
        numbers = numbered(self._timeline)
        left_out = []
        for sort, group in groupby(numbers, key=lambda pair: pair[1].sort):
            marks = list(group)
            if frame.most[sort]:
                yield from self._section(sort, marks)
            else:
                left_out.append(f"{SORTS[sort].lower()} ({len(marks):,})")
        if left_out:
            size, self.y = frame.name, self.y + 4
            text = f"Not drawn: {', '.join(left_out)}; see the table."
            for line in folded(text, frame.right - frame.margin, size, 3):
                yield from self._on_paper(frame.margin, self.y + size, line, SOFT)
                self.y += size * 1.4
        self.y += 8

    def _bands(self) -> list[Band]:
        """Return the bands that are drawn, in their order: where not all are, the worst."""
        bands = self._timeline.bands
        kept = sorted(range(len(bands)), key=lambda at: (-worst(bands[at]), at))
        return [bands[at] for at in sorted(kept[: self._frame.most_bands])]

    def footnotes(self) -> Iterator[Item]:
        """Write whole what its place has only in part."""
        frame = self._frame
        for line in self._notes.written(frame.right - frame.margin, 13):
            self.y += 18
            yield Words(x=frame.margin, y=self.y, text=line, size=13)
        self.y += 8

    def _axis(self) -> Iterator[Item]:
        frame, free = self._frame, 0.0
        for day, text in self._scale.labels(frame.labels):
            x = self._scale.x(day)
            yield Stroke(points=((x, self.y + 6), (x, self.y + 13)), colour=SOFT)
            half = width(text, frame.name) / 2
            at = min(max(x, half), frame.width - half)
            if at - half >= free:
                yield Words(x=at, y=self.y, text=text, size=frame.name, anchor="middle")
                free = at + half + 8
        ends_of_axis = ((frame.left, self.y + 13), (frame.right, self.y + 13))
        yield Stroke(points=ends_of_axis, colour=SOFT)
        self.y += 24

    def _band(self, band: Band) -> Iterator[Item]:
        frame, size = self._frame, self._frame.band_name
        line, label = size * 1.2, band.group.label
        room = (frame.right if frame.stacked else frame.left - 14) - frame.margin
        lines = self._notes.lines(label, room, size, 3, bold=True)
        if frame.stacked:
            first = self.y + size
            self.y += line * len(lines) + 5
        else:
            high = line * len(lines)
            first = self.y + max(frame.band, high) / 2 - high / 2 + size
        for at, text in enumerate(lines):
            yield Words(
                x=frame.margin, y=first + at * line, text=text, size=size, bold=True, hover=label
            )
        # What is shown is painted last, so that a day of it is never covered.
        for run in sorted(band.runs, key=lambda run: run.interval.verdict.weight):
            yield from self._run(run)
        beside = 0.0 if frame.stacked else line * len(lines) + 4
        self.y += max(frame.band_step, beside)

    def _run(self, run: Run) -> Iterator[Item]:
        frame, interval = self._frame, run.interval
        left, right = self._scale.span(interval.period)
        hover = run_hover(run)
        wide = right - left
        if interval.verdict is Verdict.SHOWN and wide < _SMALL:
            middle = (left + right) / 2
            left, right = max(frame.left, middle - 2), min(frame.right, middle + 2)
            tip = ((middle - 5, self.y - 8), (middle + 5, self.y - 8), (middle, self.y - 1))
            yield Shape(points=tip, fill=LOOKS[Verdict.SHOWN][0], hover=hover)
        long = max(1.0, right - left)
        yield _verdict_box(interval.verdict, left, self.y, long, frame.band, hover)
        for lines in one_line(run, frame.words) if frame.band < _TWO_LINES else run_words(run):
            long = max(width(text, size, bold=bold) for text, size, bold in lines)
            if long + 10 <= wide:
                yield from self._on_run(interval.verdict, left, lines, long, hover)
                return

    def _on_run(
        self, verdict: Verdict, left: float, lines: Lines, long: float, hover: str
    ) -> Iterator[Item]:
        fill, hatch, _, ink = LOOKS[verdict]
        first = self.y + self._frame.band / 2 + lines[0][1] * 0.36 - 8 * (len(lines) - 1)
        if hatch:
            yield Box(
                x=left + 3,
                y=first - lines[0][1],
                width=long * 0.9 + 6,
                height=lines[0][1] * 1.25 + 16 * (len(lines) - 1),
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
        frame = self._frame
        size = frame.name + 1
        self.y += size * 0.7
        edge = ((frame.margin, self.y - 4), (frame.right, self.y - 4))
        yield Stroke(points=edge, colour=FAINT)
        yield Words(
            x=frame.margin, y=self.y + size, text=SORTS[sort], size=size, bold=True, colour=SOFT
        )
        drawn = [(number, mark) for number, mark in marks if mark.period is not None]
        drawn = drawn[: frame.most[sort]]
        left, compact = len(marks) - len(drawn), not frame.details and not frame.stacked
        if compact:
            yield from self._more(left, "facts", self.y)
        self.y += size * 1.7
        for number, mark in drawn:
            yield from self._bar(number, mark)
        if left > 0 and not compact:
            yield from self._more(left, "facts", self.y)
            self.y += frame.name * 2

    def _bar(self, number: int, mark: Mark) -> Iterator[Item]:
        assert mark.period is not None  # noqa: S101
        frame, hover, size = self._frame, mark_hover(mark), self._frame.name
        digits = max(2, len(str(number)))
        indent = frame.margin + width("0" * digits, size) + 8
        yield Words(x=indent - 8, y=self.y + frame.bar * 0.7, text=str(number), size=size - 1,
                    colour=SOFT, anchor="end")  # fmt: skip
        room = (frame.right if frame.stacked else frame.left - 10) - indent
        line = size * 1.25
        names = self._notes.lines(mark.label, room, size, 3)
        for at, text in enumerate(names):
            y = self.y + frame.bar * 0.7 + at * line
            yield Words(x=indent, y=y, text=text, size=size, hover=hover)
        below = self.y + max(frame.bar_step, line * (len(names) - 1) + frame.bar_step)
        if frame.stacked:
            self.y += line * len(names) + 2
        left, right = self._scale.span(mark.period)
        high = frame.bar
        if mark.point:
            y, half = self.y + high / 2, high * 0.35
            diamond = ((left, y - half), (left + half, y), (left, y + half), (left - half, y))
            fill = INK if mark.accepted else PAPER
            yield Shape(points=diamond, fill=fill, line=INK, hover=hover)
            right = left
        else:
            yield Box(
                x=left,
                y=self.y + 2,
                width=max(3.0, right - left),
                height=high - 4,
                fill="#c9ced6" if mark.accepted else PAPER,
                line=INK if mark.accepted else SOFT,
                dashed=not mark.accepted,
                hover=hover,
            )
        words = bar_words(mark) if frame.details else bar_days(mark)
        if mark.sort == "policy" and not frame.details:
            # What a rule asks for is what the picture is about.
            words = visible(f"{words} · {mark.detail}")
        ended = yield from self._beside(mark, words, left, right)
        self.y = max(ended, 0.0 if frame.stacked else below)

    def _beside(
        self, mark: Mark, words: str, left: float, right: float
    ) -> Generator[Item, None, float]:
        """Write days and citation into the bar, beside it, or under it; return where that ends."""
        frame, size = self._frame, self._frame.words
        y, long = self.y + frame.bar * 0.7, width(words, size)
        inside, after, before = right - left - 12, frame.right - right - 14, left - frame.left - 14
        step = self.y + frame.bar_step
        if not mark.point and inside >= long:
            yield Words(x=left + 6, y=y, text=words, size=size)
        elif after >= long:
            yield from self._on_paper(right + 12, y, words)
        elif before >= long:
            yield from self._on_paper(left - 13 - long, y, words)
        else:
            line = size * 1.3
            lines = self._notes.lines(words, frame.right - frame.left, size, 4)
            widest = max(width(text, size) for text in lines)
            # Under the bar's own beginning where there is room.
            x = left if left + widest <= frame.right else frame.left
            for at, text in enumerate(lines):
                base = step - 2 + size * 0.7 + at * line
                yield from self._on_paper(x, base, text)
            return step + line * len(lines) + 3
        return step

    def _on_paper(self, x: float, y: float, text: str, colour: str = INK) -> Iterator[Item]:
        """Write over the lines of change, which would cross the words."""
        size = self._frame.words
        long = width(text, size) * 0.95 + 4
        yield Box(x=x - 2, y=y - size * 0.85, width=long, height=size * 1.15)
        yield Words(x=x, y=y, text=text, size=size, colour=colour)

    def _more(self, count: int, what: str, y: float) -> Iterator[Item]:
        if count > 0:
            text = f"{count:,} more {what if count > 1 else what[:-1]} not drawn; see the table"
            yield from self._on_paper(self._frame.left, y + self._frame.name, text, SOFT)

    def changes(self) -> Iterator[Item]:
        """Draw a line down from every day on which a verdict changes."""
        period = self._timeline.period
        days = {
            starts(run.interval.period)
            for band in self._bands()
            for run in band.runs
            if period.start < run.interval.period.start
        }
        # Where names stand over their bars the lines would cross them.
        if len(days) <= 40 and not self._frame.stacked:
            for x in sorted(map(self._scale.x, days)):
                yield Stroke(points=((x, self.top), (x, self.y - 8)), colour="#9aa3ad", dashed=True)


def legend() -> Iterator[Entry]:
    """Yield the three verdicts and what each means."""
    for verdict, meaning in _MEANING.items():
        yield Entry((_verdict_box(verdict, 0, 0, 30, 17),), 30, meaning, f"{verdict}:")


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


def one_line(run: Run, size: float) -> Iterator[Lines]:
    """Yield what to write on a run that is one line high, the longest first."""
    verdict, days = str(run.interval.verdict).upper(), span_text(run.interval.period)
    yield ((f"{verdict} {days}{paths_text(run.interval)}", size, True),)
    yield ((f"{verdict} {days}", size, True),)
    yield ((verdict, size, True),)


def paths_text(interval: Interval) -> str:
    """Return " · by signing, a path not listed", or ""."""
    names = [_UNLISTED if path == "unlisted" else path.replace("_", " ") for path in interval.paths]
    return f" · by {', '.join(names)}" if names else ""


def span_text(period: Period) -> str:
    """Return "3 Apr to 22 May 2023"."""
    start, last = short(starts(period)), ends(period)
    if last is None:
        return f"since {start}"
    if last.year == period.start.year and period.starts_at is None:
        start = start.removesuffix(f" {period.start.year}")
    return f"{start} to {short(last)}"


def bar_words(mark: Mark) -> str:
    """Return what stands by a mark: its days, whether it counts, its citation, more."""
    return visible(" · ".join(filter(None, (bar_days(mark), "; ".join(mark.cites), mark.detail))))


def bar_days(mark: Mark) -> str:
    """Return its days and whether it counts."""
    return " · ".join(filter(None, (days_text(mark), mark.why_open)))


def days_text(mark: Mark) -> str:
    """Return "14 Mar 2023", "1 to 14 Mar 2023" or "since 1 Mar 2023"."""
    if mark.period is None:
        return "day not readable"
    return short(starts(mark.period)) if mark.point else span_text(mark.period)


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
        or [
            *(f"shown if {fact.says} [{fact.fact}]" for fact in run.shown_if),
            *(f"missing: {fact.fact}" for fact in run.missing),
        ]
    )
    text = f"{run.group}: {interval.verdict}{paths}, {interval.period}."
    return f"{text} {because}."[:2_000] if because else text
