"""How a standard writes dates and times: a small grammar, the same for who writes and who reads.

    mm/dd/yyyy   yyyymmdd   yyyy-mm-dd   d.m.yyyy   dd-mmm-yyyy
    hh:mm AM/PM TZ   hh:mm:ss   HH:mm   hhmm   h:mm AM/PM (TZ)

Letters may be of either case. An hour is one of twelve where AM/PM stands, else one of twenty-four.
What a zone's name means is not said here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Self

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PART = "(yyyy|mmm|mm|m|dd|d)"
_DATE = re.compile(rf"{_PART}([/. -]?){_PART}\2{_PART}")
_TIME = re.compile(
    r"(?P<hour>hh?)(?P<mark>[:.]?)mm(?P<second>(?P=mark)ss)?(?P<half> ?am/pm)?"
    r"(?P<zone> ?(?:tz|\(tz\)))?"
)
DATES = "mm/dd/yyyy, dd/mm/yyyy, yyyymmdd, yyyy-mm-dd, dd.mm.yyyy, m/d/yyyy and dd-mmm-yyyy"
TIMES = "hh:mm AM/PM TZ, hh:mm AM/PM, hh:mm:ss, hh:mm, hhmm, each with TZ or without"

#: Year, month and day as written; zeros where software wrote zeros.
Parts = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class DateForm:
    """One way to write a day."""

    #: As the standard has it: "mm/dd/yyyy".
    text: str
    _tokens: tuple[str, ...] = field(repr=False)
    _mark: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a form. Raises ValueError with what is wrong with it."""
        match = _DATE.fullmatch(text.strip().lower())
        if match is None:
            raise ValueError(f"{text!r} is no form of a date known here; known are {DATES}")
        tokens, mark = (match[1], match[3], match[4]), match[2]
        if {token[0] for token in tokens} != {"y", "m", "d"}:
            raise ValueError(f"{text!r} has not one year, one month and one day")
        if not mark and {"m", "d"} & set(tokens):
            raise ValueError(f"{text!r} has no mark between its parts: each needs all its digits")
        return cls(text.strip(), tokens, mark)

    def __str__(self) -> str:
        return self.text

    @property
    def pattern(self) -> str:
        """A regular expression that finds such a date, without anchors and groups."""
        digits_of = {"yyyy": r"\d{4}", "mmm": "[A-Za-z]{3}"}
        digits = r"\d{1,2}" if self._mark else r"\d{2}"
        return re.escape(self._mark).join(digits_of.get(token, digits) for token in self._tokens)

    def write(self, day: date) -> str:
        """Return a day in this form."""
        return self.written((day.year, day.month, day.day))

    def written(self, parts: Parts) -> str:
        """Return year, month and day in this form, be they a day or not."""
        year, month, day = parts
        name = _MONTHS[month - 1].capitalize() if 1 <= month <= len(_MONTHS) else "000"
        shown = {
            "yyyy": f"{year:04d}", "mm": f"{month:02d}", "m": str(month), "mmm": name,
            "dd": f"{day:02d}", "d": str(day),
        }  # fmt: skip
        return self._mark.join(shown[token] for token in self._tokens)

    def parts(self, cell: str) -> Parts | None:
        """Read a cell; None where it is not of this form. Leading zeros may be left out."""
        if re.fullmatch(self.pattern, cell := cell.strip()) is None:
            return None
        if self._mark:
            words = cell.split(self._mark)
        else:
            words, at = [], 0
            for token in self._tokens:
                words.append(cell[at : at + len(token)])
                at += len(token)
        numbers: dict[str, int] = {}
        for part, word in zip(self._tokens, words, strict=True):
            if part == "mmm":
                if word.lower() not in _MONTHS:
                    return None
                numbers["m"] = _MONTHS.index(word.lower()) + 1
            else:
                numbers[part[0]] = int(word)
        return numbers["y"], numbers["m"], numbers["d"]

    def read(self, cell: str) -> date | None:
        """Read a cell; None where it is no day of the calendar in this form."""
        parts = self.parts(cell)
        try:
            return None if parts is None else date(*parts)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class TimeParts:
    """A time as written; the zone's name is "" where none stands."""

    hour: int
    minute: int
    second: int = 0
    #: "AM", "PM" or "".
    half: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True)
class TimeForm:
    """One way to write a time of day."""

    #: As the standard has it: "hh:mm AM/PM TZ".
    text: str
    #: Digits of an hour below ten: 2 with its zero.
    _digits: int = field(repr=False)
    _mark: str = field(repr=False)
    _seconds: bool = field(repr=False)
    #: What stands before AM or PM, and before and after the zone; None where it is not written.
    _half: str | None = field(repr=False)
    _zone: tuple[str, str] | None = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a form. Raises ValueError with what is wrong with it."""
        match = _TIME.fullmatch(text.strip().lower())
        if match is None:
            raise ValueError(f"{text!r} is no form of a time known here; known are {TIMES}")
        if not match["mark"] and match["hour"] == "h":
            raise ValueError(f"{text!r} has no mark between its parts, so the hour needs hh")
        half = None if match["half"] is None else match["half"].removesuffix("am/pm")
        zone = None
        if match["zone"] is not None:
            before, _, after = match["zone"].partition("tz")
            zone = (before, after)
        return cls(
            text.strip(), len(match["hour"]), match["mark"], bool(match["second"]), half, zone
        )

    def __str__(self) -> str:
        return self.text

    @property
    def zoned(self) -> bool:
        """True where the zone is part of the time."""
        return self._zone is not None

    @property
    def halved(self) -> bool:
        """True where AM or PM is part of the time."""
        return self._half is not None

    def write(self, moment: datetime, zone: str) -> str:
        """Return the time of day of `moment` in this form, its zone called `zone`."""
        hour = (moment.hour - 1) % 12 + 1 if self.halved else moment.hour
        parts = [f"{hour:0{self._digits}d}", f"{moment.minute:02d}"]
        if self._seconds:
            parts.append(f"{moment.second:02d}")
        text = self._mark.join(parts)
        if self._half is not None:
            text += f"{self._half}{'AM' if moment.hour < 12 else 'PM'}"
        if self._zone is not None:
            text += f"{self._zone[0]}{zone}{self._zone[1]}"
        return text

    def read(self, cell: str) -> TimeParts | None:
        """Take a cell apart; None where it is no time in this form.

        Seconds may stand or be left out, and so may a zero before the hour. With its zone named an
        hour of twenty-four is as good as AM and PM, and is taken.
        """
        hour, mark = (r"\d{1,2}", re.escape(self._mark)) if self._mark else (r"\d\d", "")
        match = re.fullmatch(
            rf"(?P<hour>{hour}){mark}(?P<minute>\d\d)(?:{mark}(?P<second>\d\d))?\s*"
            r"(?P<half>[AaPp]\.?[Mm]\.?)?\s*\(?(?P<zone>[^()]+?)?\)?",
            cell.strip(),
        )
        if match is None:
            return None
        half = (match["half"] or "").replace(".", "").upper()
        parts = TimeParts(
            int(match["hour"]), int(match["minute"]), min(int(match["second"] or 0), 59), half,
            (match["zone"] or "").strip(),
        )  # fmt: skip
        if bool(parts.zone) is not self.zoned or (half and not self.halved):
            return None
        if self.halved and not half and not self.zoned:
            return None
        if parts.minute > 59 or parts.hour > 23 or (half and not 1 <= parts.hour <= 12):
            return None
        return parts
