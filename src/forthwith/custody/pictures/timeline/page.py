"""The timeline as a page: the picture, and under it every run and every fact as a table.

The timeline as PNG: the picture with its tables drawn beneath, for a report or an exhibit.
"""

from __future__ import annotations

from collections.abc import Iterable

from forthwith.custody.answers.answers import Verdict
from forthwith.custody.pictures.page import heading, listed, page, paragraphs, table
from forthwith.custody.pictures.png import png as drawn
from forthwith.custody.pictures.svg import svg
from forthwith.custody.pictures.tables import Column, below
from forthwith.custody.pictures.timeline import Run, Timeline
from forthwith.custody.pictures.timeline.drawing import drawing
from forthwith.custody.pictures.timeline.events import Mark
from forthwith.custody.pictures.timeline.words import numbered, paths_text
from forthwith.domain.period import Period

RUNS = ("Group", "Answer", "From", "To", "Path", "People", "Means", "Why", "Cited", "Row")
FACTS = ("No.", "Fact", "Person", "Means", "Path", "From", "To", "Standing", "Cited", "Row")

_NOTE = (
    "“To” is the first day no longer meant. Each set of missing facts is the cheapest that would "
    "exclude the group on those days."
)


def html(timeline: Timeline) -> str:
    """Return the page: self-contained, every value escaped."""
    picture = drawing(timeline)
    return page(
        picture.title,
        [
            svg(picture, "timeline"),
            heading("Each run of days"),
            paragraphs([_NOTE]),
            table(RUNS, run_rows(timeline), fixed=(1, 2, 3)),
            heading("Each fact"),
            table(FACTS, fact_rows(timeline), fixed=(0, 5, 6), prefix="f"),
            *_notes(timeline.notes),
        ],
    )


def _notes(notes: Iterable[str]) -> list[str]:
    kept = list(notes)
    return [heading("To be known with it"), listed(kept)] if kept else []


def run_rows(timeline: Timeline) -> list[tuple[str, ...]]:
    """Return a row for each run, columns as RUNS."""
    return [_run_row(run, timeline) for band in timeline.bands for run in band.runs]


def _run_row(run: Run, timeline: Timeline) -> tuple[str, ...]:
    interval, period = run.interval, run.interval.period
    cites = [cite for each in run.cited for cite in each.cites]
    rows = [each.fact for each in run.cited]
    if interval.verdict is Verdict.EXCLUDED:
        relied = [mark for mark in timeline.marks if _excludes(mark, period)]
        cites = [cite for mark in relied for cite in mark.cites]
        rows = [mark.place for mark in relied]
    return (
        run.group,
        str(interval.verdict),
        period.start.isoformat(),
        period.end.isoformat() if period.end else "",
        paths_text(interval).removeprefix(" · by "),
        joined(each.person for each in run.cited),
        joined(each.means for each in run.cited),
        _why(run),
        joined(cites),
        joined(rows),
    )


def _excludes(mark: Mark, period: Period) -> bool:
    """Return whether a fact is of those an exclusion rests on: policies, and lists that are all."""
    return (
        mark.accepted
        and mark.sort in ("policy", "list")
        and mark.period is not None
        and (mark.period.end is None or mark.period.end > period.start)
        and (period.end is None or mark.period.start < period.end)
    )


def _why(run: Run) -> str:
    if not run.explained:
        return "one run too many to look into; ask about these days alone"
    if run.cited:
        return joined(each.says for each in run.cited)
    if run.interval.verdict is Verdict.EXCLUDED:
        return "even if all that is not listed as complete were theirs; rests on the rows named"
    if run.missing:
        return f"missing: {joined(each.fact for each in run.missing)}"
    return ""


def joined(texts: Iterable[str]) -> str:
    """Return the texts once each, in order, with semicolons between."""
    return "; ".join(dict.fromkeys(filter(None, texts)))


def fact_rows(timeline: Timeline) -> list[tuple[str, ...]]:
    """Return a row for each mark, columns as FACTS."""
    rows: list[tuple[str, ...]] = []
    for number, mark in numbered(timeline):
        period = mark.period
        last = period.end.isoformat() if period and period.end and not mark.point else ""
        standing = str(mark.standing) + (", disputed" if mark.disputed else "")
        rows.append(
            (
                str(number),
                mark.says,
                mark.person,
                mark.means,
                mark.path.replace("_", " "),
                period.start.isoformat() if period else "not readable",
                last,
                standing if mark.accepted else f"{standing} (does not count)",
                "; ".join(mark.cites),
                mark.place,
            )
        )
    return rows


_RUNS = (140, 76, 82, 82, 80, 100, 100, 260, 110, 130)
_FACTS = (36, 316, 104, 100, 70, 82, 82, 110, 120, 140)


def png(timeline: Timeline) -> bytes:
    """Return the picture as PNG; rows past what one sheet holds are counted on it."""
    runs = [Column(name, wide) for name, wide in zip(RUNS, _RUNS, strict=True)]
    facts = [Column(name, wide) for name, wide in zip(FACTS, _FACTS, strict=True)]
    picture = below(drawing(timeline), "Each run of days", runs, run_rows(timeline))
    return drawn(below(picture, "Each fact", facts, fact_rows(timeline)))
