"""Values of a query's fields: days and ranges of days, Bates numbers, types."""

from __future__ import annotations

import calendar
import re
from datetime import date

from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.domain.errors import ForthwithError

_DAY = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?")
_FROM_TO = "Write date:2023-01-31, date:2023-01, date:>=2023-03-01 or date:2023-01-01..2023-06-30"


class NotAValueError(ForthwithError):
    """What follows a field cannot be its value."""

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(f"{what}. {instead}.")
        self.what, self.instead = what, instead


def bounds(field: str, text: str) -> tuple[str, str]:
    """Return first and last value, both included, "" for an open end. Raises NotAValueError."""
    text = text.strip()
    if not text:
        raise NotAValueError(f"{field}: has no value", f"Write one after the colon: {field}:…")
    if field == "type":
        return text.lower(), text.lower()
    return _days(text) if field == "date" else _numbers(text)


def _days(text: str) -> tuple[str, str]:
    if found := re.fullmatch(r"(>=|<=|>|<|=)(.+)", text):
        first, last = _span(found[2])
        return {
            ">=": (first.isoformat(), ""),
            "<=": ("", last.isoformat()),
            ">": (_after(last), ""),
            "<": ("", _before(first)),
            "=": (first.isoformat(), last.isoformat()),
        }[found[1]]
    low, dots, high = text.partition("..")
    if not dots:
        first, last = _span(text)
        return first.isoformat(), last.isoformat()
    if not low and not high:
        raise NotAValueError(f"{text} has no end on either side", _FROM_TO)
    first_day = _span(low)[0].isoformat() if low else ""
    last_day = _span(high)[1].isoformat() if high else ""
    if first_day and last_day and first_day > last_day:
        raise NotAValueError(f"{text} ends before it begins", _FROM_TO)
    return first_day, last_day


def _span(text: str) -> tuple[date, date]:
    """Return the first and last day of a day, a month or a year."""
    found = _DAY.fullmatch(text)
    try:
        if found is None:
            raise ValueError(text)
        year, month, day = int(found[1]), int(found[2] or 0), int(found[3] or 0)
        if found[3] is not None:
            return date(year, month, day), date(year, month, day)
        if found[2] is not None:
            first = date(year, month, 1)
            return first, first.replace(day=calendar.monthrange(year, month)[1])
        return date(year, 1, 1), date(year, 12, 31)
    except ValueError as wrong:
        raise NotAValueError(f"{text!r} is no day, month or year", _FROM_TO) from wrong


def _after(day: date) -> str:
    return date.fromordinal(min(day.toordinal() + 1, date.max.toordinal())).isoformat()


def _before(day: date) -> str:
    return date.fromordinal(max(day.toordinal() - 1, 1)).isoformat()


def _numbers(text: str) -> tuple[str, str]:
    low, dots, high = text.upper().partition("..")
    instead = "Write bates:NGT00000001 or bates:NGT00000001..NGT00000020"
    try:
        first, last = Bates.parse(low), Bates.parse(high if dots else low)
    except NotABatesNumberError as wrong:
        raise NotAValueError(f"{text!r} is no Bates number or range", instead) from wrong
    if first.pages_to(last) is None:
        what = f"{low} and {high} are not the ends of one run: prefix, digits or order differ"
        raise NotAValueError(what, instead)
    return str(first), str(last)
