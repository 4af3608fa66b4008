"""Days as HR systems write them; a day that could be two is never guessed.

2023-06-17, 2023/06/17 and 17 Jun 2023 mean one day. 03/04/2023 means two, unless another value of
the same column can only be read one way (17/06/2023), or the person who exported it says the order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

DAY_FIRST, MONTH_FIRST = "day-first", "month-first"
#: Days that mean "no end": SAP, PeopleSoft and Workday, Oracle, spreadsheets.
_NEVER = frozenset(
    date(year, month, last)
    for year, month, last in (
        (9999, 12, 31),
        (4712, 12, 31),
        (2999, 12, 31),
        (2099, 12, 31),
        (9999, 1, 1),
        (2999, 1, 1),
    )
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL = frozenset((
    "january", "february", "march", "april", "june", "july", "august", "september", "october",
    "november", "december",
))  # fmt: skip
_MIDNIGHT = re.compile(r"[T ]00:00(:00(\.0+)?)?(Z|\+00:00)?$")
_ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_NAMED = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[ \-/.]*([A-Za-z]{3,9})[ \-/.,]*(\d{4})")
_NAMED_FIRST = re.compile(r"([A-Za-z]{3,9})[ \-/.]*(\d{1,2})(?:st|nd|rd|th)?[ \-/.,]+(\d{4})")
_FIGURES = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")
_SERIAL = re.compile(r"\d{5}(\.0+)?")


class NoDayError(ValueError):
    """A cell holds no day, or one that could be two; the message says which."""


@dataclass(frozen=True, slots=True)
class Order:
    """In which order a column writes day and month."""

    #: DAY_FIRST, MONTH_FIRST, or "" when nothing shows it.
    order: str
    #: The value that proves it; "" when the order was given or is not known.
    proof: str = ""


def order_of(values: Iterable[str], order: str = "") -> Order:
    """Find the order of a column; `order` is that which was given, and what stands without proof.

    Raises NoDayError when the values contradict each other, or the order given.
    """
    proofs: dict[str, str] = {}
    for value in values:
        shape = _FIGURES.fullmatch(_day_part(value))
        if shape and int(shape[1]) > 12 >= int(shape[3]):
            proofs.setdefault(DAY_FIRST, value)
        elif shape and int(shape[3]) > 12 >= int(shape[1]):
            proofs.setdefault(MONTH_FIRST, value)
    if len(proofs) > 1:
        both = " and ".join(repr(proof[:20]) for proof in proofs.values())
        raise NoDayError(f"the column writes days in two orders: {both}")
    if order and proofs and order not in proofs:
        raise NoDayError(f"{next(iter(proofs.values()))[:20]!r} is not {order}")
    for proved, proof in proofs.items():
        return Order(proved, proof)
    return Order(order)


def day(value: str, order: str = "") -> date | None:
    """Return the day a cell holds, None for a day that means "no end". Raises NoDayError."""
    text = _day_part(value)
    if shape := _ISO.fullmatch(text):
        read = _made(value, shape[1], shape[3], shape[4])
    elif (shape := _COMPACT.fullmatch(text)) and shape[1][:2] in ("19", "20", "99"):
        read = _made(value, shape[1], shape[2], shape[3])
    elif shape := _NAMED.fullmatch(text):
        read = _made(value, shape[3], _month(value, shape[2]), shape[1])
    elif shape := _NAMED_FIRST.fullmatch(text):
        read = _made(value, shape[3], _month(value, shape[1]), shape[2])
    elif shape := _FIGURES.fullmatch(text):
        read = _figures(value, shape, order)
    else:
        raise NoDayError(_unlike(text))
    return None if read in _NEVER else read


def _day_part(value: str) -> str:
    return _MIDNIGHT.sub("", value.strip())


def _figures(value: str, shape: re.Match[str], order: str) -> date:
    first, second = int(shape[1]), int(shape[3])
    if not order and first != second and max(first, second) <= 12:
        raise NoDayError(f"{value[:20]!r} could be two days")
    day_first = order == DAY_FIRST if order else first > 12
    month, number = (second, first) if day_first else (first, second)
    return _made(value, shape[4], str(month), str(number))


def _month(value: str, name: str) -> str:
    folded = name.lower()
    if folded[:3] not in _MONTHS or folded not in {*_MONTHS, *_FULL, "sept"}:
        raise NoDayError(f"{value[:30]!r} names no month that is known here")
    return str(_MONTHS.index(folded[:3]) + 1)


def _made(value: str, year: str, month: str, number: str) -> date:
    try:
        return date(int(year), int(month), int(number))
    except ValueError as wrong:
        raise NoDayError(f"{value[:30]!r} is no day of the calendar") from wrong


def _unlike(text: str) -> str:
    if _SERIAL.fullmatch(text):
        return f"{text!r} is a spreadsheet's number for a day, counted from a start it does not say"
    if ":" in text:
        return f"{text[:30]!r} is a moment; which day it is depends on a time zone"
    return f"{text[:30]!r} is not a day in a form that is known here"
