"""Rows of facts as an export's lift writes them: stamped, in order, no row twice.

Also the spelling of ids: `ident` makes any text of an export fit for a formula and stays one to
one, so two things never become one means of control.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from forthwith.domain.fact_tables import TABLES, FactRow, Lifted, RowFault, Stamp

#: What may not stand in an id: white space, the marks of formulas and cells, and the escape.
_UNFIT = re.compile(r'[\s(),";|%\x00-\x1f\x7f]')


def ident(kind: str, text: str) -> str:
    """Return "kind:text" with each unfit character as % and its UTF-8 bytes in hexadecimal."""
    escaped = _UNFIT.sub(lambda signs: _escaped(signs[0]), text)
    if not escaped.isprintable():
        # What nobody sees would make two ids of one, to the eye.
        escaped = "".join(sign if sign.isprintable() else _escaped(sign) for sign in escaped)
    return f"{kind}:{escaped}"


def _escaped(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))


def at_least(count: int, parts: Iterable[str]) -> str:
    """Return the formula of `count` of `parts`; one part alone is its own formula."""
    parts = list(parts)
    return parts[0] if len(parts) == count == 1 else f"{count} of ({', '.join(parts)})"


def any_of(parts: Iterable[str]) -> str:
    """Return the formula met by any of `parts`, of which there is one at least."""
    parts = list(parts)
    return parts[0] if len(parts) == 1 else f"any of ({', '.join(parts)})"


def all_of(parts: Iterable[str]) -> str:
    """Return the formula met by all of `parts` together, of which there is one at least."""
    parts = list(parts)
    return parts[0] if len(parts) == 1 else f"all of ({', '.join(parts)})"


#: Between the doubts of one condition; what stands between them is read apart by `needful`.
AND = "; and "


def needful(spans: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Return (condition, from, to) of a grant less those another makes needless.

    One that takes fewer doubts and holds on all the days of another says all that the other says.
    Days and instants are those of ISO 8601, a day is its first instant in UTC; an empty `to` is
    "still".
    """
    rows = list(dict.fromkeys(spans))
    doubts = {row: frozenset(filter(None, row[0].split(AND))) for row in rows}

    def covers(one: tuple[str, str, str], other: tuple[str, str, str]) -> bool:
        if not doubts[one] <= doubts[other] or _moment(one[1]) > _moment(other[1]):
            return False
        return not one[2] or (bool(other[2]) and _moment(one[2]) >= _moment(other[2]))

    kept: list[tuple[str, str, str]] = []
    for row in sorted(rows, key=lambda row: (len(doubts[row]), row)):
        if not any(covers(other, row) for other in kept):
            kept.append(row)
    return kept


def _moment(text: str) -> datetime:
    when = datetime.fromisoformat(text or "0001-01-01")
    return when if when.tzinfo else when.replace(tzinfo=UTC)


class Rows:
    """What a lift gathers on its way through one export."""

    def __init__(self, file: str, stamp: Stamp) -> None:
        self.file, self.stamp = file, stamp
        self._rows: dict[tuple[str, tuple[tuple[str, str], ...]], FactRow] = {}
        self.unread: list[str] = []
        self.notes: list[str] = []
        self.faults: list[RowFault] = []

    def add(self, table: str, days: tuple[str, str] | None = None, **cells: str) -> None:
        """Add a row with the stamp's cells; `days` is its own period instead of the stamp's.

        The same row again adds nothing.
        """
        stamp = replace(self.stamp, start=days[0], end=days[1]) if days else self.stamp
        dated = "from" in TABLES[table].columns
        full = {**(stamp.cells() if dated else stamp.undated()), **cells}
        assert full.keys() <= set(TABLES[table].header), full  # noqa: S101 - our own spelling
        self._rows.setdefault((table, tuple(full.items())), FactRow(table, full, self.file))

    def fault(self, what: str, do: str) -> None:
        """Say what could not be read, and what to do about it."""
        self.faults.append(RowFault(self.file, 0, what, do))

    def lifted(self) -> Lifted:
        """Return what was gathered; notes and unread names once each."""
        return Lifted(
            tuple(self._rows.values()),
            tuple(dict.fromkeys(self.unread)),
            tuple(dict.fromkeys(self.notes)),
            tuple(self.faults),
        )
