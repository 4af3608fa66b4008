"""Exports of exchanges and wallets as CSV, to rows of `customer_ledger` or `place_ledger`.

What each line becomes is said by a layout: a shipped one, or a person's mapping. A trade is two
rows, its fee a third. A word that no layout explains is told and its line not counted; times
without a zone, and coins, accounts or wallets that stand nowhere in the file, are asked for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from forthwith.domain.fact_tables import FactRow, RowFault
from forthwith.domain.instants import instant_text
from forthwith.exports.bank import amount_cells, sheet
from forthwith.exports.bank.amount_cells import AmountCellError
from forthwith.exports.bank.day_cells import Days, without_time
from forthwith.exports.bank.layouts import PRICES, Layout, RowRule, folded
from forthwith.plain import zones
from forthwith.plain.counting import count
from forthwith.plain.day_order import NoDayError
from forthwith.plain.table_names import FileFaultError, short

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([AaPp])?\.?(?:[Mm]\.?)?\s*"
    r"(Z|UTC|GMT|[+-]\d{2}:?\d{2})?\s*",
    re.ASCII,
)
_UNIX = re.compile(r"\d{10}(?:\d{3})?", re.ASCII)
_ZONE_IN_HEADING = re.compile(r"\((UTC|GMT)(?:\s*([+-]\d{1,2})(?::?(\d{2}))?)?\)", re.IGNORECASE)
_NOTHING = frozenset(("", "-", "--", "n/a"))


@dataclass(frozen=True, slots=True)
class ExchangeRead:
    """What one export became: rows of one table, and what in it nobody took."""

    #: Name of the layout that explained it.
    layout: str = ""
    rows: tuple[FactRow, ...] = ()
    faults: tuple[RowFault, ...] = ()
    notes: tuple[str, ...] = field(default=())
    #: Columns that no rule reads.
    unread: tuple[str, ...] = field(default=())


class _LineError(ValueError):
    """A line cannot be counted; the sentence has no full stop."""


def read(data: bytes, file: str, mapping: Layout | None = None) -> ExchangeRead:
    """Return the rows of one export. Never raises for what the file holds.

    A mapping that names a shipped layout, or has no rules of its own, adds to it what the file does
    not say: account, place, asset, zone, date_order, assets.
    """
    found = sheet.find(sheet.decoded(data), mapping)
    reader = _Reader(file, mapping)
    if found is None or not found.layout.rows:
        return reader.unknown(found, sheet.first_cells(sheet.decoded(data)))
    return reader.read(found)


class _Reader:
    """Reads one file."""

    def __init__(self, file: str, mapping: Layout | None) -> None:
        self._file, self._mapping = file, mapping
        self._faults: list[RowFault] = []
        self._notes: list[str] = []
        self._rows: list[FactRow] = []
        self._idle: Counter[str] = Counter()
        self._layout = Layout()
        self._places: dict[str, list[int]] = {}
        self._decimal = ""
        self._zone: ZoneInfo | timedelta | None = None

    def fault(self, line: int, what: str, do: str) -> None:
        self._faults.append(RowFault(self._file, line, what, do))

    def unknown(self, found: sheet.Sheet | None, seen: Sequence[str]) -> ExchangeRead:
        """Say why a file is not read."""
        if found is not None and found.layout.of == PRICES:
            note = "the file lists prices: nothing is owed or moved by it"
            return ExchangeRead(found.layout.name, notes=(note,))
        cells = ", ".join(cell for cell in seen[:12] if cell) or "nothing"
        what = (
            f"its headings are those of no export that is known; its first line is: {short(cells)}"
        )
        if self._mapping is not None and (wanted := sheet.wanted_by(self._mapping)):
            there = set(map(folded, seen))
            lacking = ", ".join(heading for heading in wanted if folded(heading) not in there)
            what = f"no line has all headings of the mapping; the first lacks {lacking}"
            do = f"Write them as the file has them; its first line is: {short(cells)}"
            return ExchangeRead(faults=(RowFault(self._file, 0, what, do),))
        do = "Say what its lines become with a mapping file: of: exchange, when:, rows:"
        return ExchangeRead(faults=(RowFault(self._file, 0, what, do),))

    def read(self, found: sheet.Sheet) -> ExchangeRead:
        """Read a file whose layout is known."""
        self._layout = found.layout
        for place, heading in enumerate(found.headings):
            self._places.setdefault(folded(heading), []).append(place)
        lines = self._lines(found)
        days = self._ready(found, lines)
        if days is not None:
            for line, cells in lines:
                self._line(line, cells, days)
        unread = self._unread(found)
        notes = [
            *self._notes,
            *(
                f"{count(times, 'line')} of {word}: not counted"
                for word, times in self._idle.items()
            ),
            *([f"columns not read: {', '.join(unread)}"] if unread else []),
        ]
        return ExchangeRead(
            self._layout.name, tuple(self._rows), tuple(self._faults), tuple(notes), unread
        )

    def _lines(self, found: sheet.Sheet) -> list[tuple[int, list[str]]]:
        lines = []
        wide = len(found.headings)
        try:
            for line, cells in found.records():
                if len(cells) < wide or any(cell.strip() for cell in cells[wide:]):
                    what = f"the line has {count(len(cells), 'cell')}, the headings {wide}"
                    do = f"Put a cell that holds {found.separator!r} into quotes; it was not read"
                    self.fault(line, what, do)
                else:
                    lines.append((line, cells))
        except FileFaultError as stop:
            self._faults.append(replace(stop.fault, file=self._file))
        return lines

    def _ready(self, found: sheet.Sheet, lines: Sequence[tuple[int, list[str]]]) -> Days | None:
        """Decide zone, order of days, decimal sign; None, with faults, where one is asked for."""
        layout = self._layout
        before = len(self._faults)
        whens = [self._cell(cells, layout.when) for _, cells in lines]
        self._zone = self._zone_of(found, whens)
        amounts = [self._cell(cells, rule.amount) for _, cells in lines for rule in layout.rows]
        try:
            self._decimal = layout.decimal or amount_cells.decimal_sign(amounts)
        except AmountCellError as wrong:
            self.fault(0, str(wrong), "Say decimal: '.' or ',' in a mapping file")
        if not self._decimal and not any("," in amount for amount in amounts):
            # Exchanges write no groups: "1.234" of a coin is a little more than one.
            self._decimal = "."
        days = self._days(found, whens)
        if layout.table == "place_ledger" and not layout.place:
            do = "Name its place with place: in a mapping file; no line was read"
            self.fault(0, "the file does not say which wallet it is of", do)
        bare = not any(re.search(r"[A-Za-z]", amount) for amount in amounts)
        if bare and not layout.asset and not all(rule.asset for rule in layout.rows):
            do = "Say asset: and its id in a mapping file; no line was read"
            self.fault(0, "the file does not say of which coin it is", do)
        if layout.table == "customer_ledger" and not self._names_accounts():
            do = "Name it with account: in a mapping file; no line was read"
            self.fault(0, "the file does not say whose account it is of", do)
        return days if len(self._faults) == before else None

    def _days(self, found: sheet.Sheet, whens: Sequence[str]) -> Days | None:
        written = [when for when in whens if when and not _UNIX.fullmatch(when)]
        try:
            days = Days(written, self._layout.date_order)
            for when in written:
                if _is_doubtful(days, when):
                    raise NoDayError(f"{without_time(when)!r} could be two days")
        except NoDayError as wrong:
            do = "Say date_order: day-first or month-first in a mapping file; no line was read"
            self.fault(found.line, str(wrong), do)
            return None
        return days

    def _names_accounts(self) -> bool:
        layout = self._layout
        own = all(rule.account for rule in layout.rows)
        return bool(layout.account or layout.account_columns or own)

    def _zone_of(self, found: sheet.Sheet, whens: Sequence[str]) -> ZoneInfo | timedelta | None:
        """Return the zone of times that have none; None where all have, or with a fault."""
        if self._layout.zone:
            return zones.named(self._layout.zone)
        headings = [
            found.headings[place] for place in self._places.get(folded(self._layout.when), [])
        ]
        if headings and (shape := _ZONE_IN_HEADING.search(headings[0])) is not None:
            return timedelta(hours=int(shape[2] or 0), minutes=int(shape[3] or 0))
        if any(when and not _has_zone(when) for when in whens):
            do = "Say zone: UTC, or as Europe/Berlin, in a mapping file; no line was read"
            self.fault(found.line, "its times have no zone", do)
        return None

    def _line(self, line: int, cells: Sequence[str], days: Days) -> None:
        """Make the rows of one line, all or none."""
        try:
            if self._is_idle(cells):
                return
            when = instant_text(self._instant(self._cell(cells, self._layout.when), days))
            made = [
                row
                for number, rule in enumerate(self._layout.rows, 1)
                if (row := self._made(line, number, cells, rule, when)) is not None
            ]
        except (_LineError, AmountCellError, NoDayError) as wrong:
            self.fault(
                line, str(wrong), "The line was not counted; mend it or ask for the file anew"
            )
            return
        if not made:
            self.fault(line, "the line moves nothing that is known", "Compare it with the exchange")
        sides = {row["amount"][0] == "-" for row in made if row["kind"] == "trade"}
        if self._layout.whole and len(sides) == 1:
            do = "Its other side is not counted; type it as a row of the ledger"
            self.fault(line, "the trade states one of its two sides", do)
        self._rows.extend(made)

    def _is_idle(self, cells: Sequence[str]) -> bool:
        """Tell whether a line does not count: failed, or told again by another."""
        layout = self._layout
        for heading, words in layout.only.items():
            word = self._cell(cells, heading)
            if _among(word, words):
                continue
            if _among(word, layout.idle.get(heading, ())):
                self._idle[f"{heading} {word}"] += 1
                return True
            raise _LineError(f"{heading} is {short(word)}, which is not known")
        if layout.needed and not self._cell(cells, layout.needed):
            self._idle[f"no {layout.needed}"] += 1
            return True
        return False

    def _made(
        self, line: int, number: int, cells: Sequence[str], rule: RowRule, when: str
    ) -> FactRow | None:
        """Return the row that a rule makes of a line; None where it makes none."""
        for heading, words in rule.where.items():
            if not _among(self._cell(cells, heading), words):
                return None
        written = self._cell(cells, rule.amount)
        if written.casefold() in _NOTHING:
            return None
        amount, unit = amount_cells.with_unit(written, self._decimal)
        if not amount.strip("-0."):
            return None
        word = self._cell(cells, rule.kind)
        amount = self._signed(amount, rule, word)
        asset = self._asset(cells, rule, unit)
        reference = self._cell(cells, self._layout.reference)
        memo = "; ".join(
            filter(None, (self._cell(cells, heading) for heading in self._layout.memo))
        )
        shared = {
            "booked_at": when,
            "effective_at": when,
            "asset": asset,
            "kind": self._kind(rule, word),
            "reference": reference,
            "standing": "system record",
        }
        row_id = f"{self._file}:{line}.{number}"
        if self._layout.table == "place_ledger":
            own, other = self._layout.place, _address(self._cell(cells, rule.other))
            # A fee stays with nobody who is known: its place is the network's.
            other = f"fee:{asset}" if rule.kind == "=fee" else other
            sides = (own, other) if amount[0] == "-" else (other, own)
            columns = {
                "entry": row_id,
                "from_place": sides[0],
                "to_place": sides[1],
                "amount": amount.lstrip("-"),
            }
        else:
            account = self._account(cells, rule)
            if not account:
                # The other side of an own transfer is somebody else's account.
                return None
            columns = {"row": row_id, "account": account, "amount": amount, "memo": memo}
        full = {name: value for name, value in {**shared, **columns}.items() if value}
        return FactRow(self._layout.table, full, self._file, line)

    def _signed(self, amount: str, rule: RowRule, word: str) -> str:
        sign = next((sign for key, sign in rule.signs.items() if _among(word, (key,))), rule.sign)
        if rule.signs and not sign:
            raise _LineError(f"{rule.kind} is {short(word)}, which is not known")
        if not sign:
            return amount
        if amount[0] == "-" and sign == "+":
            raise _LineError(f"{rule.amount} is negative: {short(amount)}")
        return f"-{amount.lstrip('-')}" if sign == "-" else amount

    def _asset(self, cells: Sequence[str], rule: RowRule, unit: str) -> str:
        asset = self._cell(cells, rule.asset) if rule.asset else unit or self._layout.asset
        if self._layout.asset_less:
            network = self._cell(cells, self._layout.asset_less)
            if network and asset.endswith(network) and asset != network:
                asset = asset[: -len(network)]
        asset = asset.upper() if self._layout.capitals else asset
        asset = self._layout.assets.get(asset, asset)
        if not asset:
            raise _LineError("the line names no coin")
        return asset

    def _kind(self, rule: RowRule, word: str) -> str:
        """Return the ledger's kind of a row; a word nobody mapped stays, for the ledger to tell."""
        if rule.kind.startswith("="):
            return word
        for key, kind in self._layout.kinds.items():
            if _among(word, (key,)):
                return kind
        note = f"{rule.kind} {short(word)} is no kind of the ledger: kept as written"
        if note not in self._notes:
            self._notes.append(note)
        return "_".join(word.casefold().split())

    def _account(self, cells: Sequence[str], rule: RowRule) -> str:
        if self._layout.account and not rule.account:
            return self._layout.account
        headings = rule.account or self._layout.account_columns
        return "/".join(filter(None, (self._cell(cells, heading) for heading in headings)))

    def _instant(self, when: str, days: Days) -> int:
        """Return the instant of a cell in seconds since 1970."""
        if _UNIX.fullmatch(when):
            return int(when[:10])
        day = days.day(when)
        clock = _CLOCK.search(when[len(without_time(when)) :])
        if clock is None:
            raise _LineError(f"{short(when)} has no time of day")
        hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
        if clock[4]:
            if not 1 <= hour <= 12:
                raise _LineError(f"{short(when)} is no time of day")
            hour = hour % 12 + (12 if clock[4] in "Pp" else 0)
        try:
            moment = datetime.combine(day, time(hour, minute, second))
        except ValueError as wrong:
            raise _LineError(f"{short(when)} is no time of day") from wrong
        return self._seconds(moment, clock[5] or "", when)

    def _seconds(self, moment: datetime, offset: str, when: str) -> int:
        zone = self._zone
        if offset in ("Z", "UTC", "GMT"):
            zone = timedelta()
        elif offset:
            bare = offset.replace(":", "")
            size = timedelta(hours=int(bare[1:3]), minutes=int(bare[3:5]))
            zone = -size if bare[0] == "-" else size
        if isinstance(zone, timedelta):
            return (moment.replace(tzinfo=UTC) - zone - _EPOCH) // timedelta(seconds=1)
        local = moment.replace(tzinfo=zone)
        first, second = (local.replace(fold=fold) for fold in (0, 1))
        if first.utcoffset() != second.utcoffset():
            # The hour that a change of clocks repeats, or leaves out.
            raise _LineError(f"{short(when)} is in the hour in which clocks change")
        return (first.astimezone(UTC) - _EPOCH) // timedelta(seconds=1)

    def _cell(self, cells: Sequence[str], heading: str) -> str:
        """Return a cell by its heading, or the value behind "="."""
        if heading.startswith("="):
            return heading[1:]
        places = self._places.get(folded(heading), [])
        return cells[places[0]].strip() if heading and places and places[0] < len(cells) else ""

    def _unread(self, found: sheet.Sheet) -> tuple[str, ...]:
        layout = self._layout
        used = {
            layout.when, layout.reference, layout.asset_less, layout.needed, *layout.memo,
            *layout.account_columns, *layout.only, *layout.idle,
        }  # fmt: skip
        for rule in layout.rows:
            used |= {rule.kind, rule.amount, rule.asset, rule.other, *rule.where, *rule.account}
        taken = {folded(heading) for heading in used}
        return tuple(
            heading for heading in found.headings if heading and folded(heading) not in taken
        )


def _is_doubtful(days: Days, when: str) -> bool:
    try:
        days.day(when)
    except NoDayError as wrong:
        return "could be" in str(wrong)
    return False


def _has_zone(when: str) -> bool:
    clock = _CLOCK.search(when[len(without_time(when)) :])
    return _UNIX.fullmatch(when) is not None or (clock is not None and bool(clock[5]))


def _among(word: str, words: Sequence[str]) -> bool:
    folded_word = word.strip().casefold()
    return any(folded_word == known.casefold() for known in words)


def _address(cell: str) -> str:
    """Return the place of the other side, where one address stands for it."""
    bare = cell.strip()
    return f"address:{bare}" if bare and not re.search(r"[\s,;]", bare) else ""
