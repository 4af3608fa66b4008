"""Every run of days and every fact of a timeline in rows, and its picture with them beneath."""

from __future__ import annotations

from collections.abc import Iterable

from forthwith.custody.answers.answers import Verdict
from forthwith.custody.pictures.timeline import Run, Timeline
from forthwith.custody.pictures.timeline.drawing import drawing, numbered, paths_text
from forthwith.custody.pictures.timeline.events import Mark
from forthwith.domain.period import Period
from forthwith.plain.drawings.axis import convention
from forthwith.plain.drawings.drawing import Drawing
from forthwith.plain.drawings.tables import Column, Table, below

_RUNS = (
    Column("Group", 140),
    Column("Answer", 76, whole=True),
    Column("From", 82, whole=True),
    Column("To", 82, whole=True),
    Column("Path", 80),
    Column("People", 100),
    Column("Means", 100),
    Column("Why", 260),
    Column("Cited", 110),
    Column("Row", 130),
)
_FACTS = (
    Column("No.", 36, whole=True),
    Column("Fact", 316),
    Column("Person", 104),
    Column("Means", 100),
    Column("Path", 70),
    Column("From", 82, whole=True),
    Column("To", 82, whole=True),
    Column("Standing", 110),
    Column("Cited", 120),
    Column("Row", 140),
)
_NOTE = "Each set of missing facts is the cheapest that would exclude the group on those days."


def tables(timeline: Timeline) -> tuple[Table, Table]:
    """Return the runs of days, and the facts, whose rows the picture's numbers lead to."""
    runs = tuple(_run_row(run, timeline) for band in timeline.bands for run in band.runs)
    return (
        Table("Each run of days", _RUNS, runs, f"{convention(timeline.zone)} {_NOTE}"),
        Table("Each fact", _FACTS, _fact_rows(timeline), anchor="f"),
    )


def sheet(timeline: Timeline) -> Drawing:
    """Return the picture with its tables beneath; rows past what one sheet holds are counted."""
    runs, facts = tables(timeline)
    return below(below(drawing(timeline), runs), facts)


def _run_row(run: Run, timeline: Timeline) -> tuple[str, ...]:
    interval, period = run.interval, run.interval.period
    cites = [cite for fact in run.cited for cite in fact.cites]
    rows = [fact.fact for fact in run.cited]
    if interval.verdict is Verdict.EXCLUDED:
        relied = [mark for mark in timeline.marks if _excludes(mark, period)]
        cites += [cite for mark in relied for cite in mark.cites]
        rows += [mark.place for mark in relied]
    return (
        run.group,
        str(interval.verdict),
        period.from_text,
        period.to_text,
        paths_text(interval).removeprefix(" · by "),
        joined(fact.person for fact in run.cited),
        joined(fact.means for fact in run.cited),
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
    if run.interval.verdict is Verdict.EXCLUDED:
        rests = joined(fact.says for fact in run.cited)
        return "even if all that is not listed as complete were theirs; rests on " + (
            f"{rests}{'; and more' * run.more}" if rests else "the rows named"
        )
    if run.cited:
        return joined(fact.says for fact in run.cited)
    shown = f"shown if {joined(fact.says for fact in run.shown_if)}" if run.shown_if else ""
    missing = f"missing: {joined(fact.fact for fact in run.missing)}" if run.missing else ""
    return ". ".join(filter(None, (shown, missing)))


def joined(texts: Iterable[str]) -> str:
    """Return the texts once each, in order, with semicolons between."""
    return "; ".join(dict.fromkeys(filter(None, texts)))


def _fact_rows(timeline: Timeline) -> tuple[tuple[str, ...], ...]:
    rows: list[tuple[str, ...]] = []
    for number, mark in numbered(timeline):
        period = mark.period
        last = period.to_text if period and not mark.point else ""
        standing = str(mark.standing) + (", disputed" if mark.disputed else "")
        rows.append(
            (
                str(number),
                mark.says,
                mark.person,
                mark.means,
                mark.path.replace("_", " "),
                period.from_text if period else "not readable",
                last,
                standing if mark.accepted else f"{standing} (doubtful)",
                "; ".join(mark.cites),
                mark.place,
            )
        )
    return tuple(rows)
