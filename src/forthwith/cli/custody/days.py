"""Days on the command line."""

from __future__ import annotations

from datetime import date

import click

from forthwith.custody.answers.index import whole
from forthwith.custody.facts.cells import EARLIEST, LATEST
from forthwith.custody.facts.facts import Facts
from forthwith.domain.errors import ForthwithError
from forthwith.domain.period import NotADayError, Period, day


class EmptyPeriodError(ForthwithError):
    """--to is not after --from."""

    def __init__(self, start: date, end: date) -> None:
        super().__init__(
            f"There is no day from {start} to {end}: --to is the first day that is not asked "
            "about, so it must be later than --from."
        )


class _Day(click.ParamType[date]):
    """A day as 2023-06-17."""

    name = "day"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """Read the day, or say how to write one."""
        if isinstance(value, date):
            return value
        try:
            found = day(str(value))
        except NotADayError as wrong:
            self.fail(f"{wrong}.", param, ctx)
        if not EARLIEST <= found <= LATEST:
            self.fail(f"{found} lies outside the years 1900 to 2199.", param, ctx)
        return found


DAY = _Day()


def period_of(facts: Facts, start: date | None, end: date | None) -> Period:
    """Return the days asked about; a bound not given is the facts' own first or last."""
    period = whole(facts, Period(start or whole(facts, None).start, end))
    if period.empty:
        raise EmptyPeriodError(period.start, period.end or period.start)
    return period
