"""What may be asked of the books: where they lie, how to reckon, and of which time."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Self

from forthwith.books.books import Asset, Parameters
from forthwith.domain.amounts import AmountError, units
from forthwith.domain.errors import ForthwithError
from forthwith.domain.instants import Instant, InstantError, day_end, day_start, instant
from forthwith.plain import zones

_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class BadBooksOptionError(ForthwithError):
    """An option does not fit the books."""


def _year(text: str) -> int:
    """Read a year that calendars and time zones can reckon with. Raises ValueError."""
    if not 1800 <= int(text) <= 9000:
        raise ValueError(text)
    return int(text)


@dataclass(frozen=True, slots=True)
class When:
    """A month, a day or an instant, as a person wrote it."""

    text: str
    first: date | None = None
    last: date | None = None
    #: Where it is neither a month nor a day.
    exact: Instant = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "2026-01", "2026-01-31" or "2026-01-31T10:00Z". Raises ValueError."""
        text = text.strip()
        try:
            if month := _MONTH.fullmatch(text):
                year, number = _year(month[1]), int(month[2])
                days = monthrange(year, number)[1]
                return cls(text, date(year, number, 1), date(year, number, days))
            _year(text[:4])
            if _DAY.fullmatch(text):
                day = date.fromisoformat(text)
                return cls(text, day, day)
            return cls(text, exact=instant(text))
        except (ValueError, InstantError) as wrong:
            raise ValueError(
                f"{text!r} is not a time: write a month (2026-01), a day (2026-01-31) or an "
                "instant with its zone (2026-01-31T23:59:59Z)"
            ) from wrong

    def start(self, zone: str) -> Instant:
        """Return its first instant."""
        return self.exact if self.first is None else day_start(self.first, zone)

    def cut(self, zone: str) -> Instant:
        """Return its last second, which is the end of its day."""
        return self.exact if self.last is None else day_end(self.last, zone)

    def end(self, zone: str) -> Instant:
        """Return the first instant after it; an instant is its own end."""
        return self.exact if self.last is None else day_end(self.last, zone) + 1


@dataclass(frozen=True, slots=True)
class BooksOptions:
    """Options as given; `parameters` holds them against the books."""

    folder: Path | None = None
    #: (asset, amount) as typed.
    floors: tuple[tuple[str, str], ...] = ()
    #: Assets asked about; empty: all.
    assets: tuple[str, ...] = ()
    standing: str = "sworn"
    basis: str = "receipt"
    mixing: str = "wallet"
    fee: str = "last"
    zone: str = "UTC"
    proof_age: int = 35
    as_known: When | None = None
    opening: str = "other"
    follow_trades: bool = False
    states: int = 50_000

    def check(self) -> None:
        """Refuse what is wrong whatever the books are. Raises BadBooksOptionError."""
        if zones.named(self.zone) is None:
            raise BadBooksOptionError(
                f"--zone {self.zone}: there is no such time zone; write it as Europe/Zurich or UTC."
            )

    def parameters(self, assets: Mapping[str, Asset]) -> Parameters:
        """Return the parameters of a reckoning. Raises BadBooksOptionError."""
        for asset in self.assets:
            _known(asset, assets, "--asset")
        floors = {}
        for asset, amount in self.floors:
            _known(asset, assets, "--floor")
            try:
                floors[asset] = units(amount, assets[asset].decimals)
            except AmountError as wrong:
                raise BadBooksOptionError(f"--floor {asset}={amount}: {wrong}.") from wrong
        return Parameters(
            basis=self.basis,
            mixing=self.mixing,
            fee=self.fee,
            floors=floors,
            zone=self.zone,
            proof_age=self.proof_age,
            as_known=None if self.as_known is None else self.as_known.cut(self.zone),
            standing=self.standing,
            opening=self.opening,
            follow_trades=self.follow_trades,
            states=self.states,
        )


def _known(asset: str, assets: Mapping[str, Asset], option: str) -> None:
    if asset not in assets:
        there = ", ".join(sorted(assets)) or "none"
        raise BadBooksOptionError(
            f"{option} {asset}: the books have no such asset; they have {there}."
        )
