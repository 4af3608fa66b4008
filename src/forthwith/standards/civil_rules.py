"""The periods and holidays of the Federal Rules of Civil Procedure, read from their dated file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from forthwith.domain.deadlines import Period
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
