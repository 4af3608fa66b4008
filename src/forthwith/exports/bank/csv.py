"""A bank's statement as CSV, by the names of its columns or by a person's mapping.

The decimal sign and the order of day and month are decided by the file as a whole; where nothing
decides them, nothing is read and a Fault asks. A column of balances is held against the entries row
by row, and shows which end of the file is the first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from itertools import pairwise

from forthwith.domain.amounts import amount_text
from forthwith.domain.bank import BankBalance, BankEntry, BankRead, BankStatement
from forthwith.domain.fact_tables import RowFault
from forthwith.exports.bank import amount_cells, sheet
from forthwith.exports.bank.amount_cells import AmountCellError
from forthwith.exports.bank.day_cells import Days
from forthwith.exports.bank.layouts import BANK, Layout, bank_headings, bank_words, folded
from forthwith.exports.bank.mt940_details import known_reference
from forthwith.plain.counting import count
from forthwith.plain.day_order import NoDayError
from forthwith.plain.table_names import FileFaultError, short

_JOINED = ("text", "reference", "party")
_MONEY = ("amount", "debit", "credit", "balance", "fee", "fee_besides")
#: Fields without which a short line is no line.
_NEEDED = ("date", "amount", "debit", "credit", "direction", "balance", "account", "currency")
_CURRENCY = re.compile(r"[A-Z]{3}")
_DATE_LIKE = re.compile(
    r"\s*(?:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun)"
    r"[a-z]*[ .,-]*)?\d",
    re.IGNORECASE,
)
#: Currencies without a minor unit (ISO 4217).
_NO_DECIMALS = frozenset((
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND",
    "VUV", "XAF", "XOF", "XPF",
))  # fmt: skip
#: What stands between the name of a balance and its day.
_AS_OF = re.compile(
    r"[\s:]*(?:\b(?:as of|as at|on|at|per|am|vom|zum|au|al|del))?[\s:]*[\d./:-]*\s*$"
)
_ABOVE = frozenset(map(folded, (
    "Kontonummer", "Konto-Nr", "Account Nr", "Acct Number", "Account Num", "Rekeningnr", "Kontonr",
)))  # fmt: skip
_IN_HEADING = re.compile(r"\(([A-Z]{3})\)\s*$|\s([A-Z]{3})$")
#: Faults about balances that do not follow; past these the file is written another way.
_FEW = 5
#: Amounts of which some would be debits, where an account is used.
_MANY = 10


def read(
    data: bytes,
    file: str,
    mapping: Layout | None = None,
    accounts: Mapping[str, str] | None = None,
) -> BankRead:
    """Return the statements of a file, one for each account and currency in it.

    `accounts` are the registered account numbers with their currencies ("" unknown): one of them in
    the file's name, or above its headings, is taken for its account where no column names one.
    Never raises for what the file holds.
    """
    return _Reader(file, accounts or {}).read(sheet.decoded(data), mapping)


@dataclass(slots=True)
class _Row:
    """A line below the headings, by field."""

    line: int
    cells: Mapping[str, str]
    #: The line as it stands.
    written: Sequence[str] = ()

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")

    def having(self, **cells: str) -> _Row:
        """Return the line with other cells for some fields."""
        return replace(self, cells={**self.cells, **cells})


@dataclass(slots=True)
class _Moved:
    """What a line moved, and the balance behind it where the file has one."""

    line: int
    day: date
    #: None: the line is an entry that could not be read.
    amount: str | None
    balance: str | None
    entries: tuple[BankEntry, ...] = ()


@dataclass(slots=True)
class _Account:
    """The lines of one account in one currency, in the order of the file."""

    moved: list[_Moved] = field(default_factory=list)
    opening: BankBalance | None = None
    closing: BankBalance | None = None
    rows: int = 0
    totals: list[tuple[str, str]] = field(default_factory=list)


class _Reader:
    """Reads one file."""

    def __init__(self, file: str, accounts: Mapping[str, str]) -> None:
        self._file = file
        self._registered = accounts
        self._faults: list[RowFault] = []
        self._notes: list[str] = []
        self._layout = Layout()
        self._decimal = ""
        self._debits_signed = False
        self._idle: Counter[str] = Counter()
        self._accounts: dict[tuple[str, str], _Account] = {}
        self._own_account = ""
        self._own_currency = ""
        self._cut = ""
        self._known_words: dict[str, frozenset[str]] = {}

    def fault(self, line: int, what: str, do: str) -> None:
        self._faults.append(RowFault(self._file, line, what, do))

    def read(self, text: str, mapping: Layout | None) -> BankRead:
        """Read the file's text."""
        found = sheet.find(text, mapping)
        if found is None or found.layout.of != BANK:
            self._unknown(text, found, mapping)
            return self._done()
        self._layout = found.layout
        columns = self._columns(found)
        if self._faults:
            return self._done()
        rows = list(self._rows(found, columns))
        stated = {row["value"] for row in rows if row["value"]}
        if "currency" not in columns and stated and all(map(_CURRENCY.fullmatch, stated)):
            # "Valuta" is the value date in German and the currency in Swedish.
            rows = [row.having(currency=row["value"], value="") for row in rows]
        if self._faults and not rows:
            return self._done()
        self._own(found, rows)
        days = self._days(found, rows)
        if days is None or not self._decided(rows):
            return self._done()
        rows = self._with_status(found, columns, self._with_direction(found, columns, rows))
        last: _Moved | None = None
        for row in rows:
            last = self._row(row, days, last)
        self._told(columns, found)
        return self._done()

    # What the file is.

    def _unknown(self, text: str, found: sheet.Sheet | None, mapping: Layout | None) -> None:
        if found is not None:
            do = "Import it as exchange-csv, or say with a mapping which column is what"
            self.fault(found.line, "the file is no statement of a bank: it is of coins", do)
            return
        seen = ", ".join(cell for cell in sheet.first_cells(text)[:12] if cell) or "nothing"
        if mapping is not None and (wanted := sheet.wanted_by(mapping)):
            there = set(map(folded, sheet.first_cells(text)))
            lacking = [heading for heading in wanted if folded(heading) not in there]
            what = f"no line has all headings of the mapping; the first lacks {', '.join(lacking)}"
            self.fault(
                0, what, f"Write them as the file has them; its first line is: {short(seen)}"
            )
            return
        what = f"no line is known for a bank's headings; the first is: {short(seen)}"
        do = "Say which column is what with a mapping file: columns: {date: …, amount: …}"
        self.fault(0, what, do)

    def _columns(self, found: sheet.Sheet) -> dict[str, list[int]]:
        """Return field → its columns; a field that two columns claim is a fault."""
        places: dict[str, list[int]] = {}
        for place, heading in enumerate(found.headings):
            places.setdefault(folded(heading), []).append(place)
        columns: dict[str, list[int]] = {}
        for name, headings in found.layout.columns.items():
            at = [place for heading in headings for place in places.get(folded(heading), [])]
            if name == "account" and len(at) > 1:
                ibans = [place for place in at if "iban" in found.headings[place].casefold()]
                at = ibans[:1] or at
            if len(at) > 1 and name not in _JOINED:
                called = " and ".join(short(found.headings[place]) for place in at)
                what = f"{called} could both be the {name.replace('_', ' ')}"
                do = f"Say which with a mapping file: {name}: and its heading, under columns:"
                self.fault(found.line, what, do)
            columns[name] = at
        return columns

    def _rows(self, found: sheet.Sheet, columns: dict[str, list[int]]) -> Iterator[_Row]:
        """Yield the lines; those too wide or too short are faults."""
        headings = found.headings
        wide = len(headings)
        needed = max((place for name in _NEEDED for place in columns.get(name, [])), default=0)
        at_date = min(columns.get("date", [0]), default=0)
        try:
            for line, cells in found.records():
                short_of = len(cells) <= needed
                if [cell.strip() for cell in cells] == list(headings):
                    # The headings of a second page.
                    continue
                if short_of and not _DATE_LIKE.match("".join(cells[at_date : at_date + 1])):
                    words = " ".join(filter(None, map(str.strip, cells)))
                    self._notes.append(f"line {line} is no entry and was not read: {words[:80]}")
                    continue
                if short_of or any(cell.strip() for cell in cells[wide:]):
                    what = f"the line has {count(len(cells), 'cell')}, the headings {wide}"
                    mark = repr(found.separator)
                    do = f"Put a cell that holds {mark} into double quotes; the line was not read"
                    self.fault(line, what, do)
                    self._cut = self._cut or f"line {line} could not be read"
                    continue
                by_field = {name: _cell(name, cells, at) for name, at in columns.items()}
                yield _Row(line, by_field, cells)
        except FileFaultError as stop:
            self._faults.append(replace(stop.fault, file=self._file))
            self._cut = f"nothing from line {stop.fault.line} on could be read"

    def _days(self, found: sheet.Sheet, rows: Sequence[_Row]) -> Days | None:
        cells = [row[name] for row in rows for name in ("date", "value")]
        try:
            days = Days(cells, self._layout.date_order)
        except NoDayError as wrong:
            self._ask_order(found, str(wrong))
            return None
        for row in rows:
            try:
                if row["date"]:
                    days.day(row["date"])
            except NoDayError as wrong:
                if "could be" in str(wrong):
                    self._ask_order(found, f"line {row.line}: {wrong}")
                    return None
        return days

    def _ask_order(self, found: sheet.Sheet, what: str) -> None:
        do = "Say date_order: day-first or month-first in a mapping file; no line was read"
        self.fault(found.line, what, do)

    def _decided(self, rows: Sequence[_Row]) -> bool:
        """Decide the decimal sign; False, with a fault, where it has to be asked for."""
        written = [row[name] for row in rows for name in _MONEY if row[name]]
        self._decimal = self._layout.decimal
        if not self._decimal:
            try:
                self._decimal = amount_cells.decimal_sign(written)
            except AmountCellError as wrong:
                do = "Say decimal: '.' or ',' in a mapping; till then each amount's own sign counts"
                self.fault(0, str(wrong), do)
                return True
        if not self._decimal:
            doubtful = next((cell for cell in written if "," in cell or "." in cell), "")
            registered = self._currency_of(self._own_account)
            currencies = {row["currency"] or self._own_currency or registered for row in rows}
            if doubtful and currencies <= _NO_DECIMALS:
                # Such a currency has no decimals: a sign can only part thousands.
                self._decimal = "." if "," in doubtful else ","
            elif doubtful:
                do = "Say decimal: '.' or ',' in a mapping file; no line was read"
                self.fault(0, f"{short(doubtful)} could be thousands or decimals", do)
                return False
        debits = [row["debit"].strip() for row in rows]
        signed = [cell for cell in debits if cell.strip("0., ")]
        self._debits_signed = bool(signed) and all(
            cell.startswith(("-", "\u2212", "(")) or cell.endswith("-") for cell in signed
        )
        return True

    def _with_direction(
        self, found: sheet.Sheet, columns: dict[str, list[int]], rows: list[_Row]
    ) -> list[_Row]:
        """Return the lines with a direction, where amounts have no sign and a column has only such.

        "Transaction Type" may say DEBIT and CREDIT beside signed amounts too, and adds nothing.
        """
        written = [row["amount"] for row in rows if row["amount"]]
        signed = any("-" in cell or "\u2212" in cell or "(" in cell for cell in written)
        if "direction" in columns or not written or signed:
            return rows
        words = self._words("debit") | self._words("credit")
        for place, heading in enumerate(found.headings):
            column = [
                row.written[place].strip() if place < len(row.written) else "" for row in rows
            ]
            if all(word.casefold() in words and word.isalpha() for word in column):
                columns["direction"] = [place]
                self._notes.append(f"the column {heading} says which amounts are debits")
                pairs = zip(rows, column, strict=True)
                return [row.having(direction=word) for row, word in pairs]
        if not any(row["balance"] for row in rows) and not self._layout.positive:
            what = "no amount has a sign, and no column tells debits"
            if len(written) < _MANY:
                self._notes.append(what)
            else:
                do = (
                    "Say with a mapping which column tells debits, or compare with the bank's paper"
                )
                self.fault(found.line, what, do)
        return rows

    def _with_status(
        self, found: sheet.Sheet, columns: dict[str, list[int]], rows: list[_Row]
    ) -> list[_Row]:
        """Return the lines with a status, where a column says nothing but "booked" or "pending"."""
        words = self._words("booked") | self._words("pending")
        if "status" in columns:
            return rows
        for place, heading in enumerate(found.headings):
            column = [
                row.written[place].strip() if place < len(row.written) else "" for row in rows
            ]
            if any(column) and all(word.casefold() in words for word in column if word):
                columns["status"] = [place]
                self._notes.append(f"the column {heading} says which lines are booked")
                return [row.having(status=word) for row, word in zip(rows, column, strict=True)]
        return rows

    def _own(self, found: sheet.Sheet, rows: Sequence[_Row]) -> None:
        """Find the account and the currency of a file that has no columns of them."""
        known = bank_headings()
        for cells in found.preamble:
            pairs = [part.strip() for cell in cells for part in cell.split(":", 1) if part.strip()]
            for name, value in pairwise(pairs):
                meaning = known.get(folded(name), ("", 0))[0]
                meaning = "account" if folded(name) in _ABOVE else meaning
                if meaning == "account" and any(map(str.isdigit, value)):
                    self._own_account = self._own_account or "".join(value.split())
                elif meaning == "currency" and _CURRENCY.fullmatch(value):
                    self._own_currency = self._own_currency or value
        # A line of balances may leave out what all others have.
        for name in ("account", "currency"):
            told = {"".join(row[name].split()) for row in rows if row[name]}
            if len(told) == 1:
                setattr(self, f"_own_{name}", told.pop())
        above = [cell for cells in found.preamble for cell in cells]
        self._own_account = "".join(self._layout.account.split()) or self._own_account
        if not self._own_account and not any(row["account"] for row in rows):
            self._own_account = self._named([self._file.replace("\\", "/").rpartition("/")[2]])
            self._own_account = self._own_account or self._named(above)
        headed = (_IN_HEADING.search(heading) for heading in self._money_headings(found))
        in_heading = next((shape[1] or shape[2] for shape in headed if shape), "")
        self._own_currency = self._layout.currency or in_heading or self._own_currency.upper()

    def _money_headings(self, found: sheet.Sheet) -> list[str]:
        return [
            heading
            for name in ("amount", "debit", "credit", "balance")
            for heading in found.layout.columns.get(name, ())
        ]

    def _named(self, texts: Sequence[str]) -> str:
        """Return the one registered account that stands whole in a text; "" for none or several."""
        tokens = [re.findall(r"[0-9A-Z]+", text.upper()) for text in texts]
        joined = {
            "".join(words[first:last])
            for words in tokens
            for first in range(len(words))
            for last in range(first + 1, min(len(words), first + 9) + 1)
        }
        found = [
            account
            for account in self._registered
            if re.sub(r"[^0-9A-Z]", "", account.upper()) in joined
        ]
        if len(found) > 1:
            do = "Name it with account: in a mapping file"
            self.fault(0, f"its name holds several accounts: {', '.join(sorted(found))}", do)
        return "".join(found[0].split()) if len(found) == 1 else ""

    # What a line is.

    def _row(self, row: _Row, days: Days, last: _Moved | None) -> _Moved | None:
        """Take one line; return the last entry, whose text may go on."""
        name = (
            "".join(row["account"].split()) or self._own_account,
            row["currency"].upper() or self._own_currency,
        )
        account = self._accounts.setdefault(name, _Account())
        if self._is_idle(row):
            return last
        said = _bare_words(row)
        if self._is_balance(row, said, account, days):
            return last
        moved = any(row[column].strip() for column in ("amount", "debit", "credit"))
        dated = any(map(str.isdigit, row["date"]))
        if not dated and (not moved or said & bank_words("total")):
            self._undated(row, account, said, last)
            return last
        account.rows += 1
        day, doubt = self._day(row, days, last)
        amount = self._amount(row, name[1]) if day is not None else None
        balance = self._money(row, "balance")
        if day is None:
            self._cut = self._cut or f"line {row.line} has no day"
            return last
        entries = self._entries(row, days, day, amount, doubt) if amount is not None else ()
        if row["fee_besides"] and amount is not None:
            amount = amount_cells.total([amount, *(entry.amount for entry in entries[1:])])
        found = _Moved(row.line, day, amount, balance, entries)
        account.moved.append(found)
        return found

    def _is_idle(self, row: _Row) -> bool:
        """Tell whether the bank calls a line pending, declined or the like."""
        word = row["status"].strip().casefold()
        if not word or word in self._words("booked"):
            return False
        if word in self._words("pending"):
            self._idle[row["status"].strip()] += 1
            return True
        do = "Say in a mapping what it means: words: with booked: or pending: and this word"
        self.fault(
            row.line, f"the status {short(row['status'])} is not known", f"{do}; not counted"
        )
        self._cut = self._cut or f"line {row.line} has a status that is not known"
        return True

    def _words(self, name: str) -> frozenset[str]:
        if (known := self._known_words.get(name)) is None:
            own = self._layout.words.get(name, ())
            known = bank_words(name) | {word.casefold() for word in own}
            self._known_words[name] = known
        return known

    def _is_balance(self, row: _Row, said: set[str], account: _Account, days: Days) -> bool:
        """Take a line that states the opening or the closing balance and moves nothing."""
        opening = bool(said & self._words("opening"))
        if not opening and not said & self._words("closing"):
            return False
        figures = {
            name: self._quiet(row[name]) for name in ("balance", "amount", "debit", "credit")
        }
        stated = figures.pop("balance")
        others = [figure for figure in figures.values() if figure and figure.strip("-0.")]
        if stated is None and len(others) == 1 and figures["amount"]:
            # A file without a column of balances writes it among the amounts.
            stated, others = others[0], []
        if stated is None or (others and others != [stated]):
            return False
        try:
            day = days.day(row["date"])
        except NoDayError:
            if not account.moved:
                self.fault(row.line, "the line of a balance has no day", "The balance was left out")
                return True
            day = account.moved[-1].day
        balance = BankBalance(stated, day, f"line {row.line}")
        if opening:
            account.opening = account.opening or balance
        else:
            account.closing = balance
        return True

    def _undated(self, row: _Row, account: _Account, said: set[str], last: _Moved | None) -> None:
        """Take a line without a day that is no entry: totals, or more words of the one above."""
        if said & bank_words("total"):
            for name, what in (("debit", "sum of debits"), ("credit", "sum of credits")):
                if (figure := self._quiet(row[name])) is not None:
                    account.totals.append((what, figure.lstrip("-")))
        elif last is not None and last.entries and row["text"] and not row["balance"]:
            first = last.entries[0]
            longer = replace(first, text=f"{first.text} {row['text']}".strip())
            last.entries = (longer, *last.entries[1:])
        elif any(row.cells.values()):
            words = " ".join(filter(None, row.cells.values()))
            self._notes.append(f"line {row.line} is no entry and was not read: {words[:80]}")

    def _day(self, row: _Row, days: Days, last: _Moved | None) -> tuple[date | None, str]:
        """Return the booking day of a line, and why it is not sure; None with a fault."""
        try:
            return (days.day(row["date"]), "") if row["date"] else self._day_above(row, last)
        except NoDayError as wrong:
            what = f"the booking day cannot be read: {wrong}"
        try:
            day = days.day(row["value"])
        except NoDayError:
            self.fault(row.line, what, "No other day is given; the line was not counted")
            return None, what
        self.fault(row.line, what, f"The entry counts on {day}, its value date")
        return day, what

    def _day_above(self, row: _Row, last: _Moved | None) -> tuple[date | None, str]:
        what = "the line has no booking day"
        if last is None:
            self.fault(row.line, what, "No line above has one; the line was not counted")
            return None, what
        self.fault(row.line, what, f"The entry counts on {last.day}, the day of the line above")
        return last.day, what

    # What a line moved.

    def _amount(self, row: _Row, currency: str) -> str | None:
        """Return what moved the balance, signed; None, with a fault, where it is not known."""
        try:
            amount, unit = self._signed(row)
        except AmountCellError as wrong:
            self.fault(row.line, str(wrong), "The line was not counted; mend it or ask the bank")
            return None
        if unit and not _CURRENCY.fullmatch(unit):
            do = "The line was not counted; mend it or ask the bank"
            self.fault(row.line, f"{short(unit)} behind the amount is no currency", do)
            return None
        if unit and currency and unit != currency:
            what = f"the amount is in {unit}, the account in {currency}"
            self.fault(row.line, what, "The line was not counted: nothing is converted")
            return None
        return amount

    def _signed(self, row: _Row) -> tuple[str, str]:
        if row["amount"].strip():
            amount, unit = amount_cells.with_unit(row["amount"], self._decimal)
            amount = self._directed(row, amount)
            return (_negated(amount) if self._layout.positive == "debit" else amount), unit
        debit, unit = self._side(row, "debit")
        credit, other = self._side(row, "credit")
        moved_out, moved_in = debit.strip("-0."), credit.strip("-0.")
        if moved_out and moved_in:
            raise AmountCellError("the line has a debit and a credit")
        if not debit and not credit:
            raise AmountCellError("the line has no amount")
        if moved_out and self._debits_signed:
            return debit, unit
        if (moved_out and debit[0] == "-") or (moved_in and credit[0] == "-"):
            raise AmountCellError("a debit or credit is negative, as others of the file are not")
        return (_negated(debit), unit) if moved_out else (credit or debit, other or unit)

    def _side(self, row: _Row, name: str) -> tuple[str, str]:
        cell = row[name].strip()
        return ("", "") if cell in ("", "-", "--") else amount_cells.with_unit(cell, self._decimal)

    def _directed(self, row: _Row, amount: str) -> str:
        word = row["direction"].strip().casefold()
        if not word:
            return amount
        if word in self._words("debit"):
            return amount if amount[0] == "-" else _negated(amount)
        if word not in self._words("credit"):
            raise AmountCellError(f"{short(row['direction'])} is neither debit nor credit")
        if amount[0] == "-":
            raise AmountCellError("the amount is negative and called a credit")
        return amount

    def _money(self, row: _Row, name: str) -> str | None:
        """Return a cell's amount, None where it is empty or, with a fault, no amount."""
        if not row[name].strip():
            return None
        try:
            return amount_cells.exact(row[name], self._decimal)
        except AmountCellError as wrong:
            do = "It was left out; mend it or ask the bank for the file anew"
            self.fault(row.line, f"the {name.replace('_', ' ')} cannot be read: {wrong}", do)
            return None

    def _quiet(self, cell: str) -> str | None:
        try:
            return amount_cells.exact(cell, self._decimal)
        except AmountCellError:
            return None

    def _entries(
        self, row: _Row, days: Days, day: date, amount: str, doubt: str
    ) -> tuple[BankEntry, ...]:
        try:
            value = days.day(row["value"]) if row["value"] else None
        except NoDayError as wrong:
            value = None
            self.fault(row.line, f"the value date cannot be read: {wrong}", "It was left out")
        entry = BankEntry(
            booked=day,
            amount=amount,
            row=f"line {row.line}",
            references=tuple(
                dict.fromkeys(
                    part for part in row["reference"].split("\n") if known_reference(part)
                )
            ),
            value=value,
            party=row["party"].replace("\n", " "),
            party_account="".join(row["party_account"].split()),
            text=" ".join(row["text"].split()),
            doubt=doubt,
        )
        fee = self._money(row, "fee_besides")
        if fee is None or not fee.strip("-0."):
            return (entry,)
        charge = fee if fee[0] == "-" else f"-{fee}"
        return (entry, replace(entry, amount=charge, row=f"line {row.line} fee", text="fee"))

    # What the file comes to.

    def _told(self, columns: Mapping[str, list[int]], found: sheet.Sheet) -> None:
        """Note what was not read or not counted."""
        used = {place for at in columns.values() for place in at}
        unread = [
            heading for place, heading in enumerate(found.headings) if heading and place not in used
        ]
        unread += [found.headings[place] for place in columns.get("fee", [])]
        if unread:
            self._notes.append(f"columns not read: {', '.join(unread)}")
        if "balance" not in columns:
            self._notes.append("the file has no balances: that no entry is missing is not checked")
        self._notes += [
            f"{count(times, 'line')} of status {word}: no moves"
            for word, times in self._idle.items()
        ]

    def _done(self) -> BankRead:
        statements = [
            self._statement(name, account)
            for name, account in self._accounts.items()
            if account.moved or account.opening or account.closing
        ]
        if not statements and not self._faults:
            do = "Ask the bank whether the account had none, or for the whole file"
            self.fault(0, "the file has headings and no entries", do)
        return BankRead(tuple(statements), tuple(self._faults), tuple(self._notes))

    def _statement(self, name: tuple[str, str], account: _Account) -> BankStatement:
        number, currency = name
        currency = currency or self._currency_of(number)
        if not number:
            do = "Name it with account: in a mapping, or put the registered number into its name"
            self.fault(0, "the file does not say whose account it is", do)
        if not currency:
            do = "Say currency: in a mapping file"
            self.fault(0, "the file does not say in which currency its amounts are", do)
        moved, unread = self._in_order(account)
        opening, closing = _balances(account, moved, sound=not unread)
        entries = tuple(entry for item in moved for entry in item.entries)
        counted = sum(bool(item.entries) for item in moved)
        controls = [("entries", str(account.rows), str(counted))]
        for what, figure in account.totals:
            side = [
                entry.amount for entry in entries if (entry.amount[0] == "-") == ("debits" in what)
            ]
            controls.append((what, *amount_cells.alike(figure, side)))
        return BankStatement(
            file=self._file,
            form="csv",
            account=number,
            currency=currency,
            entries=entries,
            opening=opening,
            closing=closing,
            controls=tuple(controls),
            unread=tuple(filter(None, (self._cut, *unread))),
        )

    def _currency_of(self, number: str) -> str:
        bare = re.sub(r"[^0-9A-Z]", "", number.upper())
        for account, currency in self._registered.items():
            if bare and re.sub(r"[^0-9A-Z]", "", account.upper()) == bare:
                return currency
        return ""

    def _in_order(self, account: _Account) -> tuple[list[_Moved], list[str]]:
        """Return the lines first to last, and why they are not sound where balances say so."""
        opening = account.opening.amount if account.opening else None
        onward = _breaks(account.moved, opening)
        backward = _breaks(account.moved[::-1], opening)
        moved = account.moved
        days = [item.day for item in moved]
        turned = len(backward) < len(onward) or (
            len(backward) == len(onward) and bool(days) and days[0] > days[-1]
        )
        if turned:
            moved, onward = moved[::-1], backward
        if not onward:
            return moved, []
        self._broken(moved, onward, opening)
        return moved, [f"its balances do not follow from its entries at line {onward[0][0]}"]

    def _broken(
        self, moved: list[_Moved], breaks: list[tuple[int, str, str]], opening: str | None
    ) -> None:
        opposite = [
            replace(item, amount=None if item.amount is None else _negated(item.amount))
            for item in moved
        ]
        if len(moved) > 1 and not _breaks(opposite, opening):
            what = "the balances show that positive amounts are debits here"
            self.fault(0, what, "Say positive: debit in a mapping file")
            return
        for line, stated, made in breaks[:_FEW]:
            what = f"the balance is {stated}; the one before and the entries make {made}"
            self.fault(line, what, "Look for a line that is missing, doubled or changed")
        if len(breaks) > _FEW:
            what = f"{len(breaks) - _FEW:,} more balances do not follow from the entries"
            self.fault(breaks[_FEW][0], what, "Look at the first of them")


def _cell(name: str, cells: Sequence[str], at: Sequence[int]) -> str:
    values = [_plain(cells[place]) for place in at if place < len(cells)]
    if name in _JOINED:
        return "\n".join(dict.fromkeys(value for value in values if value))
    return values[0] if values else ""


def _plain(cell: str) -> str:
    """Return a cell without spaces, and without the formula that keeps a number a text: ="0077"."""
    bare = cell.strip()
    return bare[2:-1] if bare.startswith('="') and bare.endswith('"') and len(bare) > 2 else bare


def _bare_words(row: _Row) -> set[str]:
    """Return what a line calls itself: its words, without a colon, a day or figures behind."""
    found = set()
    for name in (*_JOINED, "date", "account"):
        for part in row[name].split("\n"):
            found.add(_bare(part))
    return found - {""}


@lru_cache(4096)
def _bare(text: str) -> str:
    return " ".join(_AS_OF.sub("", text.casefold(), count=1).split())


def _negated(amount: str) -> str:
    if not amount.strip("-0."):
        return amount
    return amount[1:] if amount[0] == "-" else f"-{amount}"


def _breaks(moved: Sequence[_Moved], opening: str | None) -> list[tuple[int, str, str]]:
    """Return (line, balance stated, balance made) where it is not the one before and what moved."""
    texts = [
        opening or "0",
        *(text for item in moved for text in (item.amount, item.balance) if text),
    ]
    places = max(len(text.partition(".")[2]) for text in texts)

    def scaled(text: str) -> int:
        whole, _, part = text.partition(".")
        return int(whole + part.ljust(places, "0"))

    found = []
    running = None if opening is None else scaled(opening)
    for item in moved:
        if running is not None and item.amount is not None:
            running += scaled(item.amount)
        if item.balance is None:
            continue
        stated = scaled(item.balance)
        if running is not None and running != stated:
            found.append((item.line, item.balance, amount_text(running, places)))
        running = stated
    return found


def _balances(
    account: _Account, moved: Sequence[_Moved], *, sound: bool
) -> tuple[BankBalance | None, BankBalance | None]:
    """Return the opening and closing balance that the file states.

    A column of balances that follows from the entries row by row states the balance before its
    first entry too.
    """
    opening, closing = account.opening, account.closing
    stated = [item for item in moved if item.balance is not None]
    if opening is None and sound and len(stated) > 1:
        first = stated[0]
        upto = moved[: moved.index(first) + 1]
        parts = [first.balance or "", *(_negated(item.amount or "0") for item in upto)]
        row = f"line {first.line}: its balance less its amount"
        opening = BankBalance(amount_cells.total(parts), moved[0].day, row)
    if closing is None and stated and stated[-1] is moved[-1]:
        last = stated[-1]
        closing = BankBalance(last.balance or "", last.day, f"line {last.line}")
    return opening, closing
