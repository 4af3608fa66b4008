"""One page of paper: a question, its answer in words, the picture, what its signs and dates mean,
and what it rests on.

Sheets are measured in hundredths of an inch, the unit of the drawing. The picture is drawn with as
much of it as the page holds in letters that can be read; what is left out is counted, and a label
its place cuts stands whole in a note.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from itertools import groupby

from forthwith.custody.pictures.graph import Graph
from forthwith.custody.pictures.graph import drawing as graph_drawing
from forthwith.custody.pictures.graph.parts import rows_of
from forthwith.custody.pictures.timeline import Timeline
from forthwith.custody.pictures.timeline import drawing as timeline_drawing
from forthwith.plain.drawings.axis import convention, ends, short, starts
from forthwith.plain.drawings.drawing import (
    FAINT,
    INK,
    SOFT,
    Box,
    Drawing,
    Item,
    Stroke,
    Words,
    moved,
)
from forthwith.plain.drawings.legend import Entry, flowed
from forthwith.plain.drawings.words import Footnotes, folded

#: The widest PNG of a memo, in pixels.
WIDEST = 1600
_MARGIN = 45.0
_TITLE, _TEXT, _ANSWER, _SMALL = 19.0, 12.5, 11.5, 9.5
#: The picture is not drawn smaller than this, and not larger than that.
_LEAST, _LARGEST = 0.78, 1.2
#: How much of what might be drawn, from all of it down.
_SHARES = (1.0, 0.8, 0.65, 0.5, 0.4, 0.32, 0.25, 0.21, 0.17, 0.14, 0.12, 0.1, 0.07, 0.04, 0.01)
_MOST_ANSWER, _NOTE_LINES, _SOURCE_LINES = 7, 2, 3


class Sheet(Enum):
    """Sizes of paper, landscape, in hundredths of an inch."""

    A4 = (1169.0, 827.0)
    LETTER = (1100.0, 850.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memo:
    """What stands on the page."""

    title: str
    question: str
    #: A line that says what is answered, and the answer line by line.
    heading: str
    answer: tuple[str, ...]
    #: Each draws the picture from 0, 0 in a form of its own, with a share of what might be drawn,
    #: for a page so wide, and notes what it cuts.
    bodies: tuple[Callable[[float, float, Footnotes], Drawing], ...]
    legend: tuple[Entry, ...]
    #: What dates mean, as a sentence.
    convention: str
    #: What must be known with the answer.
    notes: tuple[str, ...]
    #: What the picture rests on: where each row stands, and what it cites.
    sources: tuple[tuple[str, tuple[str, ...]], ...]


def of_graph(graph: Graph) -> Memo:
    """Return the page of a coalition graph."""
    heading, *answer = graph_drawing.coalition_lines(graph.coalitions, str(graph.standing))
    if not graph.has_policy:
        answer.insert(0, graph_drawing.NO_POLICY)
    sources = dict.fromkeys(
        (fact.place, fact.cites) for _, fact in rows_of(graph.nodes, graph.edges) if fact
    )
    return Memo(
        title=graph_drawing.title_of(graph),
        question=f"Which listed people, alone or together, could move wallet {graph.wallet.id} on "
        f"{short(graph.day)}? ({graph_drawing.lead(graph)})",
        heading=heading,
        answer=tuple(answer),
        bodies=tuple(partial(graph_drawing.body, graph, sizes) for sizes in graph_drawing.MEMOS),
        legend=tuple(graph_drawing.legend(graph)),
        convention=convention(graph.zone),
        notes=graph.notes,
        sources=tuple(sources),
    )


def of_timeline(timeline: Timeline) -> Memo:
    """Return the page of a timeline."""
    first, last = short(starts(timeline.period)), ends(timeline.period)
    days = f"from {first}" + (f" to {short(last)}" if last else "")
    what, counts = timeline_drawing.holdings(timeline), timeline_drawing.accepted(timeline)
    answer = list(timeline_drawing.answer_lines(timeline))
    if said := timeline_drawing.notice(timeline):
        answer.insert(0, said)
    return Memo(
        title=timeline_drawing.title_of(timeline),
        question=f"Who could move wallet {timeline.wallet.id}{f' ({what})' if what else ''}, "
        f"day by day, {days}? {counts[0].upper()}{counts[1:]}.",
        heading="Answer, group by group:",
        answer=tuple(answer),
        bodies=(partial(timeline_drawing.body, timeline),),
        legend=tuple(timeline_drawing.legend()),
        convention=convention(timeline.zone),
        notes=timeline.notes,
        sources=tuple(dict.fromkeys((mark.place, mark.cites) for mark in timeline.marks)),
    )


def page(memo: Memo, sheet: Sheet) -> Drawing:
    """Return the memo as one page."""
    wide, high = sheet.value
    room = wide - 2 * _MARGIN
    items: list[Item] = [Box(x=0, y=0, width=wide, height=high)]
    top_notes = Footnotes()
    y = _MARGIN + _TITLE * 0.7
    for size, bold, colour, texts, most in (
        (_TITLE, True, INK, (memo.title,), 2),
        (_TEXT, False, SOFT, (f"Question: {memo.question}",), 3),
        (_TEXT, True, INK, (memo.heading,), 2),
        (_ANSWER, False, INK, _bounded(memo.answer, room), _MOST_ANSWER),
    ):
        for text in texts:
            for line in top_notes.lines(text, room, size, most, bold=bold):
                items.append(Words(x=_MARGIN, y=y, text=line, size=size, bold=bold, colour=colour))
                y += size * 1.3
        y += 4
    signs, tall = flowed(memo.legend, _MARGIN, y - 6, room, 11)
    items += signs
    y += tall + 8
    foot = list(_foot(memo, room))
    fit = next(
        (
            fit
            for share in _SHARES
            if (fit := _best(memo, share, top_notes, foot, y, sheet)).legible
        ),
        None,
    ) or _best(memo, _SHARES[-1], top_notes, foot, y, sheet)
    picture, scale, written, below = fit.picture, fit.scale, fit.notes, fit.below
    x = _MARGIN + (room - picture.width * scale) / 2
    items += moved(picture.items, x, y, scale)
    base = high - _MARGIN - below + 16
    edge = ((_MARGIN, base - _SMALL - 4), (wide - _MARGIN, base - _SMALL - 4))
    items.append(Stroke(points=edge, colour=FAINT))
    for line in written:
        items.append(Words(x=_MARGIN, y=base, text=line, size=_SMALL))
        base += _SMALL * 1.3
    for line in foot:
        items.append(Words(x=_MARGIN, y=base, text=line, size=_SMALL, colour=SOFT))
        base += _SMALL * 1.35
    return Drawing(wide, high, memo.title, _described(memo), tuple(items))


@dataclass(frozen=True, slots=True)
class _Fit:
    """A picture with the scale at which it fits the page, its notes, and how high the foot is."""

    picture: Drawing
    scale: float
    notes: list[str]
    below: float

    @property
    def legible(self) -> bool:
        return self.scale >= _LEAST


def _best(
    memo: Memo, share: float, before: Footnotes, foot: Sequence[str], top: float, sheet: Sheet
) -> _Fit:
    """Return the form of the picture that cuts least and can be drawn largest under `top`."""
    wide, high = sheet.value
    room = wide - 2 * _MARGIN
    fits = []
    for body in memo.bodies:
        notes = Footnotes(before)
        picture = body(share, room, notes)
        written = notes.written(room, _SMALL)
        below = len(written) * _SMALL * 1.3 + len(foot) * _SMALL * 1.35 + 16
        left = high - _MARGIN - below - top
        scale = min(
            _LARGEST,
            room / max(1.0, picture.width),
            left / max(1.0, picture.height),
        )
        # The least of a picture is drawn as small as the page asks for.
        fits.append(_Fit(picture, max(0.05, scale), written, below))
    return max(fits, key=lambda fit: (fit.legible, -len(fit.notes), fit.scale))


def _described(memo: Memo) -> str:
    return " ".join((memo.question, memo.heading, *memo.answer))


def _bounded(answer: Sequence[str], room: float) -> tuple[str, ...]:
    """Return as many sentences of the answer as there is room for, and count the others."""
    used, taken = 0, list[str]()
    for at, sentence in enumerate(answer):
        lines = len(folded(sentence, room, _ANSWER, 40))
        last = at == len(answer) - 1
        if taken and used + lines > _MOST_ANSWER - (not last):
            taken.append(f"and {len(answer) - at:,} more, in the tables of the page.")
            break
        used += lines
        taken.append(sentence)
    return tuple(taken)


def _foot(memo: Memo, room: float) -> Iterator[str]:
    """Yield the lines at the foot: dates, what must be known, sources."""
    yield from folded(f"Dates: {memo.convention}", room, _SMALL, 2)
    if memo.notes:
        yield from _listing("To be known with it: ", memo.notes, " ", room, _NOTE_LINES)
    rows = _rows(place for place, _ in memo.sources)
    if rows:
        yield from _listing("Rows: ", rows, "; ", room, _SOURCE_LINES)
    cites = _pages(cite for _, cites in memo.sources for cite in cites)
    if cites:
        yield from _listing("Cited: ", cites, "; ", room, _SOURCE_LINES)


def _listing(name: str, parts: Sequence[str], between: str, room: float, most: int) -> list[str]:
    """Return the parts in at most so many lines; those past it are counted, none is cut."""

    def lines(count: int) -> list[str]:
        left = len(parts) - count
        more = f"and {left:,} more, in the tables of the page" if left else ""
        more = more if count else f"{left:,}, in the tables of the page"
        text = name + between.join((*parts[:count], *filter(None, (more,))))
        return folded(text, room, _SMALL, most + 1)

    if len(lines(len(parts))) <= most:
        return lines(len(parts))
    return lines(bisect_left(range(1, len(parts)), x=True, key=lambda at: len(lines(at)) > most))


def _rows(places: Iterable[str]) -> tuple[str, ...]:
    """Return where the rows stand, file by file, lines that follow each other as one run."""
    lines: dict[str, set[int]] = defaultdict(set)
    for place in places:
        file, _, line = place.rpartition(":")
        if file and line.isdecimal():
            lines[file].add(int(line))
        else:
            lines[place] = set()
    return tuple(f"{file}{':' * bool(at)}{_runs(sorted(at))}" for file, at in sorted(lines.items()))


def _runs(numbers: Sequence[int]) -> str:
    """Return 2, 3, 4, 7 as "2–4, 7"."""
    runs = []
    for _, pairs in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in pairs]
        runs.append(f"{run[0]}–{run[-1]}" if len(run) > 1 else f"{run[0]}")
    return ", ".join(runs)


_NUMBERED = re.compile(r"(.*?)([0-9]+)")


def _pages(cites: Iterable[str]) -> tuple[str, ...]:
    """Return what is cited once each, pages of one prefix and width that follow as one range."""
    numbers: dict[tuple[str, int], set[int]] = defaultdict(set)
    others: set[str] = set()
    for cite in cites:
        match = _NUMBERED.fullmatch(cite)
        if match and len(match[2]) <= 18:
            numbers[match[1], len(match[2])].add(int(match[2]))
        else:
            others.add(cite)
    ranges = []
    for (prefix, digits), found in sorted(numbers.items()):
        for _, pairs in groupby(enumerate(sorted(found)), key=lambda pair: pair[1] - pair[0]):
            run = [f"{prefix}{number:0{digits}}" for _, number in pairs]
            ranges.append(f"{run[0]}–{run[-1]}" if len(run) > 1 else run[0])
    return (*ranges, *sorted(others))
