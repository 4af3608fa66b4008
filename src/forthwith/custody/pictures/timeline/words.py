"""The timeline in words: what stands on a bar, and what hovering over it says."""

from __future__ import annotations

from collections.abc import Iterator

from forthwith.custody.answers.answers import Interval
from forthwith.custody.pictures.axis import short
from forthwith.custody.pictures.timeline import Run, Timeline
from forthwith.custody.pictures.timeline.events import Mark
from forthwith.domain.period import Period

_UNLISTED = "a path not listed"
#: Text, size, bold.
Lines = tuple[tuple[str, float, bool], ...]


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
