"""MT940 and MT942: a bank's statement and its interim report, as SWIFT has them and banks write.

SWIFT Standards Category 9, fields 20, 25, 28C, 60a, 61, 86, 62a, 64 (MT940) and 34F, 13D, 90C, 90D
(MT942). Lines are read one by one: the envelope, what stands between messages, wrapped details and
fields of makers' own (:NS:) do not stop it. What cannot be an entry is a RowFault, and the count
of lines :61: stands beside the count of entries in `controls`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from forthwith.domain.bank import BankBalance, BankEntry, BankRead, BankStatement, Telling
from forthwith.domain.fact_tables import RowFault
from forthwith.exports.bank import amount_cells
from forthwith.exports.bank.amount_cells import AmountCellError
from forthwith.exports.bank.mt940_details import Details, details, known_reference
from forthwith.plain import charset
from forthwith.plain.counting import count
from forthwith.plain.table_names import short

_TAGS = frozenset((
    "20", "21", "25", "25P", "28", "28C", "60F", "60M", "61", "86", "62F", "62M", "64", "65",
    "34F", "13", "13D", "90C", "90D", "NS",
))  # fmt: skip
#: In an entry's wrapped text these may be the minutes of a time: "T16" and ":20:15" below it.
_MINUTES = frozenset(("20", "21", "25", "28"))
_OPENS = (":60F:", ":60M:", ":34F:")
_GOES_ON = (":61:", ":86:", ":62F:", ":62M:")
#: Lines in which a message comes to its opening balance.
_HEADER = 40
#: Field 61: value date, entry date, mark, funds code, amount, type, the references.
_LINE = re.compile(
    r"(\d{6})(\d{4}| {4}|)[ ]?(RC|RD|EC|ED|C|D)([A-Z]?)[ \n]?(-?[0-9.,]+)([A-Z][A-Z0-9 ]{3}|)(.*)",
    re.ASCII | re.DOTALL,
)
_BALANCE = re.compile(r"\s*(RC|RD|C|D)?(\d{6})([A-Z]{3})?[ ]*(-?[0-9.,]+)\s*", re.ASCII)
_FLOOR = re.compile(r"([A-Z]{3})[ ]*([CD]?)[ ]*([0-9.,]*)", re.ASCII)
_SUM = re.compile(r"(\d{1,5})([A-Z]{3})([0-9.,]+)", re.ASCII)
_NUMBER = re.compile(r"(\d{1,5})(?:/(\d{1,5}))?", re.ASCII)
_AT_MARGIN = re.compile(r"^:(?:61|60[FM]|62[FM]):", re.MULTILINE)
_SET_IN = re.compile(r"^[ \t>]{1,20}(?=:\w{2,3}:)", re.MULTILINE)
_ACCOUNT = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}|P?0*\d{6,12}", re.ASCII)
_CUT_OFF = "it has no closing balance (:62F:), so its end may be missing"
#: Marks whose entries lower the balance: a debit, and the reversal of a credit.
_LOWERS = frozenset(("D", "RC"))
#: A statement with more days than this between entry and value dates tells nothing of a year.
_HALF_YEAR = 183


def read(data: bytes, file: str) -> BankRead:
    """Return the statements of a file. Never raises for what the file holds."""
    text = charset.decode(data).text
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\0", "")
    if _AT_MARGIN.search(text) is None:
        # The whole was set in, as a mail or a paper that quotes it does.
        text = _SET_IN.sub("", text)
    reader = _Reader(file)
    reader.lines(text.split("\n"))
    return reader.done()


@dataclass(slots=True)
class _Line:
    """A line :61: with what belongs to it, not yet understood."""

    number: int
    text: str
    more: list[str] = field(default_factory=list)
    details: list[str] = field(default_factory=list)
    #: Whether the details are of the maker's own form (:NS:).
    own_form: bool = False
    #: Whether the file ends in the middle of it.
    cut: bool = False


@dataclass(slots=True)
class _Message:
    """One statement as far as it was read."""

    line: int
    id: str = ""
    account: str = ""
    number: int | None = None
    page: int | None = None
    interim: bool = False
    currency: str = ""
    opening: BankBalance | None = None
    closing: BankBalance | None = None
    lines: list[_Line] = field(default_factory=list)
    sums: list[tuple[str, str, str]] = field(default_factory=list)
    #: Whether :62: was there, readable or not.
    closed: bool = False
    #: False where :62M: says that pages follow.
    last: bool | None = None
    opened: bool = False

    @property
    def empty(self) -> bool:
        return not (self.account or self.opened or self.closed or self.lines or self.interim)


class _Reader:
    """Takes lines one by one and keeps the statement that is open."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._statements: list[BankStatement] = []
        self._faults: list[RowFault] = []
        self._notes: dict[str, int] = {}
        self._message: _Message | None = None
        #: Where a line without a tag belongs; None: to nothing.
        self._rest: list[str] | None = None
        self._interim = False
        self._stray = 0

    def fault(self, line: int, what: str, do: str) -> None:
        self._faults.append(RowFault(self._file, line, what, do))

    def note(self, sentence: str) -> None:
        self._notes[sentence] = self._notes.get(sentence, 0) + 1

    def lines(self, lines: Sequence[str]) -> None:
        """Read all lines of a file."""
        for number, line in enumerate(lines, 1):
            if line[:1] == ":" and (end := line.find(":", 1, 6)) > 0 and line[1:end] in _TAGS:
                tag = line[1:end]
                if tag == "61":
                    self._entry(number, line[4:], cut=number == len(lines))
                elif tag == "86":
                    self._details(line[4:])
                elif tag == "NS":
                    self._own_form(line[4:])
                elif tag in _MINUTES and self._is_text(tag, number, lines):
                    self._text(tag, number, line)
                else:
                    self._field(tag, number, line[end + 1 :])
            elif line[:1] in ("{", "-", "\x01", "\x03", "$") and self._envelope(number, line):
                continue
            elif self._rest is not None:
                self._rest.append(line)
            elif line.strip():
                self._stray += 1

    def done(self) -> BankRead:
        """Return what was read."""
        self._finish()
        if not self._statements and not self._faults:
            do = "Ask the bank for the statement as MT940; what this file is was not found out"
            self.fault(0, "no statement of MT940 stands in the file", do)
        if self._stray > 4 * max(1, len(self._statements)):
            self.note(f"{count(self._stray, 'line')} outside the statements were not read")
        notes = (
            sentence if times == 1 else f"{sentence} ({times:,} times)"
            for sentence, times in self._notes.items()
        )
        return BankRead(tuple(self._statements), tuple(self._faults), tuple(notes))

    def _envelope(self, number: int, line: str) -> bool:
        """Take a line of SWIFT's blocks, or an end of a message; False: it is text."""
        bare = line.strip("\x01\x03$ \t")
        if not bare or bare == "-":
            # What follows an end is no text of an entry, but an entry may still come.
            self._rest = None
            return True
        if bare.startswith("-}"):
            self._rest = None
            bare = bare[2:]
        elif not bare.startswith(("{1:", "{2:", "{4:")):
            return False
        if (kind := re.search(r"\{2:[IO](\d{3})", bare)) is not None:
            self._finish()
            self._interim = kind[1] == "942"
        block, begins, rest = bare.partition("{4:")
        field_there = re.match(r":(\w{2,3}):", rest) if begins else None
        if field_there is not None and field_there[1] in _TAGS - {"61", "86", "NS"}:
            # The first field may stand on the line of the envelope.
            self._field(field_there[1], number, rest[field_there.end() :])
        return bool(begins or block.startswith("{") or not block)

    def _is_text(self, tag: str, number: int, lines: Sequence[str]) -> bool:
        """Tell whether a line that looks like a field goes on with an entry's details."""
        message = self._message
        if message is None or not message.lines or message.closed or self._rest is None:
            return False
        if tag != "20":
            return True
        # A real message comes to its opening balance before it comes to an entry.
        for line in lines[number : number + _HEADER]:
            if line.startswith(_OPENS):
                return False
            if line.startswith(_GOES_ON):
                return True
        return False

    def _text(self, tag: str, number: int, line: str) -> None:
        entry = self._open(number).lines[-1]
        if self._rest is entry.more and not entry.details:
            what = f"a field :{tag}: stands behind an entry, where only :86: can be"
            self.fault(
                number, what, "It was read as the entry's details; compare it with the bank's paper"
            )
            entry.details.append(line[len(tag) + 2 :])
            self._rest = entry.details
        else:
            entry.details.append(line)

    def _open(self, number: int) -> _Message:
        if self._message is None:
            self._message = _Message(number, interim=self._interim)
        return self._message

    def _entry(self, number: int, text: str, *, cut: bool) -> None:
        entry = _Line(number, text, cut=cut)
        self._open(number).lines.append(entry)
        self._rest = entry.more

    def _details(self, text: str) -> None:
        message = self._message
        if message is None or not message.lines or message.closed:
            # Behind the closing balance it speaks of the statement, not of its last entry.
            self.note("words about a whole statement (:86: behind its balance) were not read")
            self._rest = []
            return
        entry = message.lines[-1]
        entry.details.append(text)
        self._rest = entry.details

    def _field(self, tag: str, number: int, text: str) -> None:
        """Take a field that is of the statement, not of an entry."""
        self._rest = None
        if tag == "20":
            self._finish()
            self._open(number).id = text.strip()
            return
        message = self._message
        if (
            message is not None
            and message.closed
            and tag in ("25", "25P", "28", "28C", "60F", "60M")
        ):
            self._finish()
        message = self._open(number)
        if tag in ("25", "25P"):
            message.account = "".join(text.split())
        elif tag in ("28", "28C"):
            self._number(message, text)
        elif tag in ("60F", "60M"):
            self._opening(message, number, text)
        elif tag in ("62F", "62M"):
            message.last = tag == "62F"
            self._closing(message, number, text)
        elif tag in ("34F", "13D", "90C", "90D"):
            message.interim = message.interim or not (message.opened or message.closed)
            self._interim_field(message, tag, text)

    def _own_form(self, text: str) -> None:
        """Take :NS:, which makers of programs put about the account or behind an entry."""
        message = self._message
        if message is None or not message.lines or message.closed:
            self._rest = []
            return
        entry = message.lines[-1]
        entry.own_form = entry.own_form or not entry.details
        entry.details.append(text)
        self._rest = entry.details

    def _number(self, message: _Message, text: str) -> None:
        # A 0 is what banks write that do not count; longer figures are days or orders, no count.
        if (shape := _NUMBER.fullmatch(text.strip())) is not None:
            message.number = int(shape[1]) or None
            message.page = int(shape[2]) or None if shape[2] else None

    def _opening(self, message: _Message, number: int, text: str) -> None:
        if message.opened:
            account, counted, page = message.account, message.number, message.page
            self._finish()
            message = self._open(number)
            message.account, message.number, message.page = account, counted, page
        message.opened = True
        message.opening = self._balance(message, number, text)

    def _closing(self, message: _Message, number: int, text: str) -> None:
        if message.closed:
            do = "The last of them counts; compare it with the bank's paper"
            self.fault(number, "the statement has two closing balances (:62:)", do)
        message.closed = True
        message.closing = self._balance(message, number, text) or message.closing

    def _interim_field(self, message: _Message, tag: str, text: str) -> None:
        if tag == "34F" and (floor := _FLOOR.match(text)):
            message.currency = message.currency or floor[1]
        elif tag in ("90C", "90D") and (shape := _SUM.match(text)):
            what = "credits" if tag == "90C" else "debits"
            message.sums.append((what, shape[1], shape[3]))

    def _balance(self, message: _Message, number: int, text: str) -> BankBalance | None:
        """Return a balance; None, with a fault, where it cannot be read."""
        shape = _BALANCE.match(text)
        if shape is None or shape[1] is None:
            what = f"the balance {short(text)} does not read as mark, day, currency and amount"
            self.fault(
                number, what, "It should be as C260131EUR1234,56; ask the bank for the file anew"
            )
            return None
        currency = shape[3] or message.currency
        if message.currency and currency != message.currency:
            what = f"the balance is in {currency}, the statement in {message.currency}"
            self.fault(number, what, "Ask the bank which currency the account has")
            return None
        message.currency = currency
        day = _day(shape[2])
        try:
            amount = _amount(shape[4])
        except AmountCellError as wrong:
            self.fault(number, f"the balance cannot be read: {wrong}", "It should be as 1234,56")
            return None
        if day is None:
            what = f"{shape[2]} is no day of the calendar"
            day = _day_before(shape[2])
            if day is None:
                self.fault(number, what, "The balance was left out; ask the bank for the file anew")
                return None
            self.fault(number, what, f"The balance counts on {day}, the last day of that month")
        if amount[0] == "-":
            do = "It was taken as the opposite of its mark; compare it with the bank's paper"
            self.fault(number, f"the balance {shape[4]} has a sign beside its mark {shape[1]}", do)
        return BankBalance(_signed(amount, lowers=shape[1] in _LOWERS), day, f"line {number}")

    def _finish(self) -> None:
        """Close the statement that is open."""
        message, self._message, self._rest = self._message, None, None
        if message is None or message.empty:
            return
        entries = []
        expected = 0
        for line in message.lines:
            entry = self._made(line, message)
            if entry is None:
                expected += line.text[6:8] == "E" or _is_expected(line)
            else:
                entries.append(entry)
        account = _without_currency(message.account, message.currency)
        self._told(message, account)
        read_lines = len(message.lines) - expected
        controls = [("entries", str(read_lines), str(len(entries)))]
        controls += _sums(message.sums, entries)
        self._statements.append(
            BankStatement(
                file=self._file,
                form="mt942" if message.interim else "mt940",
                account=account,
                currency=message.currency,
                entries=tuple(entries),
                opening=message.opening,
                closing=message.closing,
                number=message.number,
                page=message.page,
                telling=Telling.INTERIM if message.interim else Telling.STATEMENT,
                id=message.id,
                controls=tuple(controls),
                last_page=message.last,
                unread=() if message.closed or message.interim else (_CUT_OFF,),
            )
        )

    def _told(self, message: _Message, account: str) -> None:
        """Say what the statement lacks."""
        if not account:
            do = "Ask the bank for the whole file; these entries belong to no account yet"
            self.fault(message.line, "the statement names no account (:25:)", do)
        if not message.currency:
            do = "Ask the bank for the whole file; the amounts have no currency yet"
            self.fault(message.line, "the statement names no currency (:60F: or :34F:)", do)
        if message.interim:
            return
        if not message.opened:
            do = "Ask the bank for the whole file: that nothing is missing cannot be checked"
            self.fault(message.line, "the statement has no opening balance (:60F:)", do)
        if not message.closed:
            do = "The file may be cut off here; ask the bank for it anew"
            self.fault(message.line, "the statement has no closing balance (:62F:)", do)

    def _made(self, line: _Line, message: _Message) -> BankEntry | None:
        """Return the entry of a line; None, with a fault, where it moves nothing that is known."""
        text, more = line.text, line.more
        shape = _LINE.match(text)
        if shape is None and more:
            # Some banks break the line before the amount.
            shape, more = _LINE.match(f"{text}\n{more[0]}"), more[1:]
        if shape is None:
            what = f"the entry {short(text)} does not read as day, mark, amount and type"
            do = "It should be as 2601310131D12,50NTRF and a reference; it was not counted"
            self.fault(line.number, what, do)
            return None
        if line.cut and not shape[6]:
            do = "Its amount may be longer; it was not counted. Ask for the file anew"
            self.fault(line.number, "the file ends in the middle of this entry", do)
            return None
        mark = shape[3]
        if mark[0] == "E":
            self.note("entries that the bank only expects (mark EC or ED) are no moves")
            return None
        try:
            amount = _amount(shape[5])
        except AmountCellError as wrong:
            do = "It should be as 1234,56; the entry was not counted"
            self.fault(line.number, f"the amount cannot be read: {wrong}", do)
            return None
        if amount[0] == "-":
            do = "It was taken as the opposite of its mark; compare it with the bank's paper"
            self.fault(line.number, f"the amount {shape[5]} has a sign beside its mark {mark}", do)
        booked, value, doubt = self._days(line.number, shape[1], shape[2].strip(), message)
        if booked is None:
            return None
        words = _words(line, more, shape[7])
        return BankEntry(
            booked=booked,
            amount=_signed(amount, lowers=mark in _LOWERS),
            row=f"line {line.number}",
            references=words.references,
            value=value,
            party=words.party,
            party_account=words.account,
            text=words.text,
            reversal=mark[0] == "R",
            doubt=doubt,
        )

    def _days(
        self, line: int, valued: str, entered: str, message: _Message
    ) -> tuple[date | None, date | None, str]:
        """Return the booking day of an entry, its value day, and why the first is not sure.

        Where there is no booking day to count on, there is a fault.
        """
        value = _day(valued)
        opening = message.opening.day if message.opening else None
        closing = message.closing.day if message.closing else None
        booked = _entry_day(entered, valued, opening, closing) if entered else None
        if entered and booked is None:
            what = f"the entry date {entered[:2]}-{entered[2:]} is no day of the calendar"
            day = value or closing or opening
            which = "value date" if value else "statement's day"
            return self._fallen(line, what, day, which), value, what
        if value is None:
            what = f"the value date {_spelled(valued)} is no day of the calendar"
            day = booked or closing or opening
            which = "entry date" if booked else "statement's day"
            return self._fallen(line, what, day, which), None, "" if booked else what
        if booked is None:
            return self._undated(line, value, opening, closing)
        if closing is not None and booked > closing:
            what = f"the entry is booked on {booked}, after the statement's last day {closing}"
            self.fault(line, what, "It counts on the day written; compare it with the bank's paper")
        elif opening is not None and booked < opening:
            what = f"the entry is booked on {booked}, before the statement's first day {opening}"
            self.fault(line, what, "It counts on the day written; compare it with the bank's paper")
        return booked, value, ""

    def _fallen(self, line: int, what: str, day: date | None, which: str) -> date | None:
        """Return the day that stands in for another, and say so."""
        if day is None:
            self.fault(line, what, "No other day is given; the entry was not counted")
        else:
            self.fault(line, what, f"The entry counts on {day}, its {which}")
        return day

    def _undated(
        self, line: int, value: date, opening: date | None, closing: date | None
    ) -> tuple[date, date, str]:
        """Return the days of an entry that has a value date alone, as `_days` does.

        It was booked within the statement: a value date outside cannot be the day it was booked.
        """
        if closing is None or (value <= closing and (opening is None or value >= opening)):
            return value, value, ""
        if opening is not None and (closing - opening).days <= 1:
            return closing, value, ""
        what = f"the entry has no entry date, and its value date {value} is outside the statement"
        self.fault(line, what, f"It counts on {closing}, the statement's last day")
        return closing, value, what


@lru_cache(4096)
def _entry_day(
    entered: str, valued: str, opening: date | None, closing: date | None
) -> date | None:
    """Return the day MMDD of an entry, which has no year of its own.

    The statement's days decide: the year in which it lies within them. Where they do not, the year
    nearest to the value date does; a value date may lie long before the booking.
    """
    if closing is not None and opening is not None and (closing - opening).days < 2 * _HALF_YEAR:
        for year in {opening.year, closing.year}:
            day = _calendar(year, int(entered[:2]), int(entered[2:]))
            if day is not None and opening <= day <= closing:
                return day
    near = _day(valued) or _day_before(valued) or closing or opening
    if near is None:
        return None
    candidates = [
        day
        for year in (near.year - 1, near.year, near.year + 1)
        if (day := _calendar(year, int(entered[:2]), int(entered[2:]))) is not None
    ]
    return min(candidates, key=lambda day: abs((day - near).days), default=None)


@lru_cache(4096)
def _day(text: str) -> date | None:
    """Return a day YYMMDD, None where the calendar has none; 80 and later are of the 1900s.

    So SWIFT's general rules have it for dates of six figures.
    """
    year = int(text[:2])
    return _calendar(year + (1900 if year >= 80 else 2000), int(text[2:4]), int(text[4:6]))


def _day_before(text: str) -> date | None:
    """Return the last day of the month of a day past its end, as 30 February."""
    for number in range(int(text[4:6]) - 1, 27, -1):
        if (day := _day(f"{text[:4]}{number:02}")) is not None:
            return day
    return None


def _calendar(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def _spelled(text: str) -> str:
    return f"{text[4:6]}.{text[2:4]}.{text[:2]} (day, month, year)"


def _amount(text: str) -> str:
    """Return the exact text of an amount, whose point is a comma. Raises AmountCellError."""
    whole, _, part = text.partition(",")
    if whole.isdecimal() and (not part or part.isdecimal()):
        whole = whole.lstrip("0") or "0"
        return f"{whole}.{part}" if part else whole
    return amount_cells.exact(text if "," in text.strip(",") or "." in text else text.rstrip(","))


def _signed(amount: str, *, lowers: bool) -> str:
    if not lowers or not amount.strip("-0."):
        return amount
    return amount[1:] if amount[0] == "-" else f"-{amount}"


def _is_expected(line: _Line) -> bool:
    shape = _LINE.match(line.text)
    return shape is not None and shape[3][0] == "E"


def _without_currency(account: str, currency: str) -> str:
    """Return an account without the currency that some banks write behind its number."""
    if currency and account.endswith(currency) and len(account) > 4:
        bare = account[: -len(currency)].rstrip("/")
        return bare if bare[-1:].isdigit() else account
    return account


def _sums(
    claimed: Iterable[tuple[str, str, str]], entries: Sequence[BankEntry]
) -> list[tuple[str, str, str]]:
    """Return the control totals of an interim report beside what its entries come to."""
    found = []
    for what, number, amount in claimed:
        of = [entry.amount for entry in entries if (entry.amount[0] == "-") == (what == "debits")]
        found.append((f"number of {what}", str(int(number)), str(len(of))))
        try:
            found.append((f"sum of {what}", *amount_cells.alike(_amount(amount), of)))
        except AmountCellError:
            found.append((f"sum of {what}", amount, "unread"))
    return found


def _words(line: _Line, more: Sequence[str], rest: str) -> Details:
    """Return references, party and text of an entry, from its own line, those below and :86:."""
    own, _, bank = rest.partition("//")
    bank, _, below = bank.partition("\n")
    beneath = [below, *more] if below else more
    name = ""
    if len(own) > 16 and own[16:].strip() and "  " in own:
        # Without // the reference has sixteen places and the party's name stands behind them.
        own, name = own[:16], own[16:].strip()
    found = details(line.details, own_form=line.own_form)
    references: list[str] = []
    for reference in (own.strip(), *found.references, bank.strip()):
        if reference not in references and known_reference(reference):
            references.append(reference)
    account, text = found.account, found.text
    if beneath:
        extra = " ".join(part.strip() for part in beneath if part.strip())
        if not account and _ACCOUNT.fullmatch(extra):
            account, extra = extra, ""
        text = " ".join(filter(None, (extra, text)))
    return Details(tuple(references), found.party or name, account, text)
