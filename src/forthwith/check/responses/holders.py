"""Holders of means of control of whom nothing was produced, or nothing of the days they held.

Who held what, and when, comes from tables of custody facts, perhaps those the other side served.
That a holder has documents, but none of the time of holding, is put only where it is clear: other
people have documents of that time, all of the holder's are dated, and at their rate it would hold
some.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from forthwith.check.responses import months
from forthwith.check.responses.months import EXPECTED
from forthwith.custody import holders as custody
from forthwith.custody.holders import SLACK, Holder, How, Span
from forthwith.domain.finding import Finding
from forthwith.domain.period import Period
from forthwith.loadfiles.volume_rows import Row
from forthwith.standards import catalogue

#: Things held, and pages cited for one of them, that a sentence names.
_NAMED = 3
_DAY = timedelta(1)


def of_holdings(
    holders: Sequence[Holder], rows: Sequence[Row], asked: tuple[date, date] | None = None
) -> Iterator[Finding]:
    """Yield holders without a document, and those without one of the time they held.

    Only what was held on a day `asked` for counts, both days in it.
    """
    names = {name for row in rows for name in row.people if name}
    wanted = Period(asked[0], asked[1] + _DAY) if asked else None
    for holder in holders:
        spans = [span for span in holder.spans if _counts(span, wanted)]
        if not spans:
            continue
        theirs, perhaps = _custodians(holder, holders, names)
        if theirs:
            days = [row.day for row in rows if theirs.intersection(row.people)]
            yield from _uncovered(holder, spans, days, rows)
        else:
            yield _nothing(holder, spans, perhaps)


def _counts(span: Span, wanted: Period | None) -> bool:
    if span.how is not How.HELD:
        return False
    return wanted is None or span.period is None or span.period.meets(wanted)


def _custodians(
    holder: Holder, everybody: Sequence[Holder], names: set[str]
) -> tuple[set[str], tuple[str, ...]]:
    same, perhaps = custody.custodians(holder, everybody, names)
    # A list of custodians may leave the comma out: the same words are the same person.
    same |= {name for name in perhaps if not months.uncollected([name], [holder.name])}
    return same, tuple(name for name in perhaps if name not in same)


def _nothing(holder: Holder, spans: Sequence[Span], perhaps: Sequence[str]) -> Finding:
    near = f" (whether {' or '.join(perhaps)} is the same person nobody says)" if perhaps else ""
    message = f"no document of {holder.name} is in the volumes{near}; held: {_listed(spans)}"
    return catalogue.finding("RQ07", message, about=(holder.name,))


def _uncovered(
    holder: Holder, spans: Sequence[Span], days: Sequence[date | None], rows: Sequence[Row]
) -> Iterator[Finding]:
    """Yield each run of days of holding that clearly has no document, one finding each."""
    dated = [day for day in days if day is not None]
    everybody = [row.day for row in rows if row.day is not None]
    if len(dated) < len(days) or not everybody:
        return
    until = max(everybody) + _DAY
    for run in custody.joined(span.period for span in spans if span.period is not None):
        holding = Period(run.start, min(run.end or until, until))
        shown = any(day in holding for day in everybody)
        if holding.empty or not shown or not _clear(holding, dated):
            continue
        inside = [span for span in spans if span.period is not None and span.period.meets(run)]
        message = (
            f"no document of {holder.name} in the volumes is dated in the time of holding; held: "
            f"{_listed(inside)}"
        )
        end = min(run.end or until, until) - _DAY
        yield catalogue.finding("RQ07", message, about=(holder.name, f"{run.start}", f"{end}"))


def _clear(holding: Period, days: Sequence[date]) -> bool:
    """Whether no document is of that time, and some would be at the rate of the others."""
    length = ((holding.end or holding.start) - holding.start).days
    if length <= SLACK or any(day in holding for day in days):
        return False
    spread = max((max(days) - min(days)).days, SLACK)
    return len(days) * length >= EXPECTED * spread


def _listed(spans: Sequence[Span]) -> str:
    listed = [_holding(span) for span in spans[:_NAMED]]
    more = [f"and {len(spans) - _NAMED:,} more"] if len(spans) > _NAMED else []
    return "; ".join([*listed, *more])


def _holding(span: Span) -> str:
    shown = span.cites[:_NAMED] or (span.place,)
    more = (f"{len(span.cites) - _NAMED:,} more",) if len(span.cites) > _NAMED else ()
    what = span.what.removeprefix("had ")
    return f"{what}, {_when(span.period)} ({'; '.join((*shown, *more))})"


def _when(period: Period | None) -> str:
    """Return days as a letter says them, the last day in."""
    if period is None:
        return "on days not given"
    if period.end is None:
        return f"from {period.start} on"
    last = period.end - _DAY
    return f"on {last}" if last == period.start else f"from {period.start} through {last}"
