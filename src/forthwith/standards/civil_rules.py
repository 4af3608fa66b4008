"""Periods and legal holidays under the Federal Rules of Civil Procedure, from their dated file.

Dates of holidays (Rule 6(a)(6)), observed ones included, come from the package `holidays`; which of
its days count, by what clause and in which direction, comes from the rules' own file. The package
also lists days on which the President closed executive departments: whether such a day is "declared
a holiday" is not for a program to say, so it is returned with its doubt.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import holidays

from forthwith.domain.deadlines import Holiday, Period
from forthwith.domain.errors import ForthwithError
from forthwith.domain.requests import RequestKind

CURRENT = "frcp-2023-12"


@dataclass(frozen=True, slots=True)
class PeriodRule:
    """How long a party has to answer one kind of request."""

    kind: RequestKind
    days: int
    clause: str
    #: The words of the rule.
    says: str


@dataclass(frozen=True, slots=True)
class HolidayRule:
    """Which clause makes a day a legal holiday, and since when."""

    names: frozenset[str]
    clause: str
    source: str
    since: date = date.min
    until: date = date.max
    #: Place whose day it is; "" for the United States.
    place: str = ""
    #: Why it might count backward all the same, though a day of its place does not.
    doubt_backward: str = ""


@dataclass(frozen=True, slots=True)
class CivilRules:
    """One dated text of the rules."""

    name: str
    title: str
    revision: date
    source: str
    periods: tuple[PeriodRule, ...]
    holidays: tuple[HolidayRule, ...]

    def period(self, kind: RequestKind) -> Period | None:
        """Return the period for a kind; None where no rule sets one (an order, a letter)."""
        for rule in self.periods:
            if rule.kind is kind:
                return Period(rule.days, f"{self.title} {rule.clause}")
        return None


@cache
def load(name: str = CURRENT) -> CivilRules:
    """Read one dated text of the rules."""
    text = files("forthwith.standards").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    return CivilRules(
        name=data["name"],
        title=data["title"],
        revision=data["revision"],
        source=data["source"],
        periods=tuple(
            PeriodRule(**{**period, "kind": RequestKind(period["kind"])})
            for period in data["period"]
        ),
        holidays=tuple(_holiday(holiday) for holiday in (*data["holiday"], *data["local"])),
    )


def _holiday(data: Mapping[str, Any]) -> HolidayRule:
    return HolidayRule(**{**data, "names": frozenset(data["names"])})


#: Places whose own days are known here.
PLACES = ("DC", "")
_OBSERVED = " (observed)"
_CLOSURE = (
    "{name}: the President closed executive departments; whether that declares a holiday under "
    "6(a)(6)(B) is for a person to decide."
)


class UnknownPlaceError(ForthwithError):
    """Holidays of a place that is not known here."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"The holidays of {place!r} are not known here; only those of the District of Columbia "
            "(DC) are. Give the due day itself: --due DAY."
        )


@dataclass(frozen=True, slots=True)
class FederalCourt:
    """Days of a court that sits in `place`; a `domain.deadlines.CourtDays`."""

    #: "DC", or "" to count days of the United States only.
    place: str = "DC"
    rules: CivilRules = field(default_factory=load)

    def __post_init__(self) -> None:
        if self.place not in PLACES:
            raise UnknownPlaceError(self.place)

    def holiday(self, day: date, *, backward: bool) -> Holiday | None:
        """Return the holiday of a day, a certain one before a doubtful one."""
        listed = [
            *(self._federal(name, day) for name in _named(day.year, "").get(day, ())),
            *(self._local(name, day, backward=backward) for name in self._names(day)),
        ]
        counted = [holiday for holiday in listed if holiday is not None]
        return min(counted, key=lambda holiday: bool(holiday.doubt), default=None)

    def _names(self, day: date) -> tuple[str, ...]:
        return _named(day.year, self.place).get(day, ()) if self.place else ()

    def _federal(self, name: str, day: date) -> Holiday:
        rule = self._rule(name, day, "")
        if rule is None:
            return Holiday(name, "6(a)(6)(B)", _CLOSURE.format(name=name))
        return Holiday(name, rule.clause)

    def _local(self, name: str, day: date, *, backward: bool) -> Holiday | None:
        rule = self._rule(name, day, self.place)
        if rule is None:
            return None
        if not backward:
            return Holiday(name, rule.clause)
        return Holiday(name, "6(a)(6)(B)", rule.doubt_backward) if rule.doubt_backward else None

    def _rule(self, name: str, day: date, place: str) -> HolidayRule | None:
        plain = name.removesuffix(_OBSERVED)
        for rule in self.rules.holidays:
            if plain in rule.names and rule.place == place and rule.since <= day <= rule.until:
                return rule
        return None


@cache
def _named(year: int, place: str) -> dict[date, tuple[str, ...]]:
    """Return day -> names of a year; of the United States (with closures) or of a place.

    The package merges two holidays of one day into one name: they are taken apart again.
    """
    if place:
        listed = holidays.US(subdiv=place, years=year, observed=True)
    else:
        listed = holidays.US(years=year, observed=True, categories=("government",))
    # Asked for one year, the package may still return a neighbour's observed day: kept, it is true.
    return {day: tuple(listed.get_list(day)) for day in sorted(listed)}
