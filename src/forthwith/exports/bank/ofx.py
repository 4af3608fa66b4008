"""OFX 1 (SGML), OFX 2 (XML) and QFX: statements of bank accounts, credit cards, brokers' cash.

Open Financial Exchange 1.6 and 2.2, chapter 11. Tags are scanned one by one, so that end tags may
be missing, closed by another's name, or stand where the standard has none. TRNAMT has the sign;
TRNTYPE only names it. DTPOSTED counts on its own day in its own zone, as the bank books it. OFX has
no opening balance: none is claimed.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from forthwith.domain.bank import BankBalance, BankEntry, BankRead, BankStatement
from forthwith.domain.fact_tables import RowFault
from forthwith.exports.bank import amount_cells
from forthwith.exports.bank.amount_cells import AmountCellError
from forthwith.exports.bank.mt940_details import known_reference
from forthwith.plain import charset
from forthwith.plain.counting import count
from forthwith.plain.table_names import short

#: An opening or closing tag and what stands up to the next, whose own end tag is taken with it;
#: "<" alone in a text is text.
_TAG = re.compile(
    r"<(/?)([A-Za-z][A-Za-z0-9_.]*)([^<>]*)>([^<]*(?:<(?![/A-Za-z!?])[^<]*)*)(?:(?<=[^\s>])</\2>)?",
    re.ASCII,
)
_XML_CHARSET = re.compile(r"<\?xml[^>]*\bencoding\s*=\s*[\"']([\w.:-]+)", re.ASCII | re.IGNORECASE)
_HEADER = re.compile(r"\b(ENCODING|CHARSET)\s*:\s*([\w.-]+)", re.ASCII)
_DAY = re.compile(r"\s*(\d{4})-?(\d{2})-?(\d{2})(?!\d(?:\D|$))", re.ASCII)
_PLAIN_AMOUNT = re.compile(r"[+-]?[0-9.,]+", re.ASCII)
_STATEMENTS = {"STMTRS": "bank", "CCSTMTRS": "card", "INVSTMTRS": "investment"}
#: Statements that are not of money in an account, each told.
_OTHERS = frozenset(("LOANSTMTRS", "SECLIST", "EMAILMSGSRSV1", "BILLPAYMSGSRSV1"))
#: What a broker's statement moves cash by, beside the entries of its bank part.
_TRADES = frozenset((
    "BUYDEBT", "BUYMF", "BUYOPT", "BUYOTHER", "BUYSTOCK", "SELLDEBT", "SELLMF", "SELLOPT",
    "SELLOTHER", "SELLSTOCK", "INCOME", "INVEXPENSE", "MARGININTEREST", "RETOFCAP", "TRANSFER",
    "REINVEST", "JRNLFUND", "JRNLSEC", "SPLIT", "CLOSUREOPT",
))  # fmt: skip
_AGGREGATES = frozenset((
    *_STATEMENTS, *_OTHERS, "STATUS", "BANKACCTFROM", "CCACCTFROM", "INVACCTFROM", "BANKACCTTO",
    "CCACCTTO", "BANKTRANLIST", "BANKTRANLISTP", "INVTRANLIST", "INVBANKTRAN", "STMTTRN",
    "STMTTRNP", "LEDGERBAL", "AVAILBAL", "BALLIST", "BAL", "INVBAL", "PAYEE", "CURRENCY",
    "ORIGCURRENCY", "IMAGEDATA", "INVPOSLIST", "INVOOLIST", *_TRADES,
))  # fmt: skip
#: What begins a thing beside an entry: the entry before it is whole, closed or not.
_ENDS_ENTRY = frozenset((
    *_STATEMENTS, "STMTTRN", "STMTTRNP", "LEDGERBAL", "AVAILBAL", "BALLIST", "INVBANKTRAN",
    "BANKTRANLIST", "BANKTRANLISTP", "INVBAL", "INVPOSLIST",
))  # fmt: skip
_NESTED = {
    "PAYEE": "PAYEE.", "CURRENCY": "CURRENCY.", "ORIGCURRENCY": "ORIGCURRENCY.",
    "BANKACCTTO": "TO.", "CCACCTTO": "TO.", "STMTTRN": "", "STMTTRNP": "",
}  # fmt: skip
_IN_ENTRY = ["STMTTRN"]
_RAISES = frozenset(("CREDIT", "DEP", "DIRECTDEP"))
_LOWERS = frozenset(("DEBIT", "PAYMENT", "DIRECTDEBIT", "CHECK", "REPEATPMT"))


def read(data: bytes, file: str) -> BankRead:
    """Return the statements of a file. Never raises for what the file holds."""
    scan = _Scan(file)
    scan.read(_text(data))
    return _Reading(file, scan).done()


@dataclass(slots=True)
class _Entry:
    """The fields of one STMTTRN as written."""

    number: int
    line: int
    fields: dict[str, str] = field(default_factory=dict)
    pending: bool = False

    @property
    def row(self) -> str:
        return f"STMTTRN {self.number}"


@dataclass(slots=True)
class _Statement:
    kind: str
    line: int
    fields: dict[str, str] = field(default_factory=dict)
    entries: list[_Entry] = field(default_factory=list)
    balance: dict[str, str] = field(default_factory=dict)
    balance_line: int = 0
    trades: int = 0


class _Scan:
    """Walks through the tags and keeps what each statement and entry holds."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.statements: list[_Statement] = []
        self.faults: list[RowFault] = []
        self.others: Counter[str] = Counter()
        #: An entry within which the file ends.
        self.cut: _Entry | None = None
        self.whole = False
        self._open: list[str] = []
        self._entry: _Entry | None = None
        self._status: dict[str, str] = {}
        self._count = 0

    def read(self, text: str) -> None:
        """Read a whole file."""
        begin = max(text.find("<OFX"), 0)
        line = text.count("\n", 0, begin) + 1
        opened = self._open
        for slash, written, attributes, value in _TAG.findall(text[begin:]):
            name = written.upper()
            if name in _AGGREGATES:
                if slash:
                    self._close(name, line)
                elif not attributes.endswith("/"):
                    self._begin(name, line)
            elif slash:
                self.whole = self.whole or name == "OFX"
            elif self._entry is not None and opened[-1:] == _IN_ENTRY:
                # Most tags of a file: a field of an entry.
                if (bare := value.strip()) and name not in self._entry.fields:
                    self._entry.fields[name] = _unescaped(bare)
            else:
                self._value(name, value)
            line += value.count("\n")
            if attributes:
                line += attributes.count("\n")
        self.cut = self._entry if not self.whole else None
        if self.cut is not None:
            self._entry = None
        self._end_entry()

    def _begin(self, name: str, line: int) -> None:
        if name in _ENDS_ENTRY:
            self._end_entry()
        if name in _STATEMENTS:
            self._open.clear()
            self.statements.append(_Statement(_STATEMENTS[name], line))
        elif name in ("STMTTRN", "STMTTRNP"):
            self._count += 1
            self._entry = _Entry(self._count, line, pending=name == "STMTTRNP")
        elif name == "LEDGERBAL" and self.statements:
            self.statements[-1].balance_line = line
        elif name == "STATUS":
            self._status = {}
        elif name in _TRADES and self.statements:
            self.statements[-1].trades += "INVTRANLIST" in self._open
        elif name in _OTHERS:
            self.others[name] += 1
        self._open.append(name)

    def _close(self, name: str, line: int) -> None:
        if name in ("STMTTRN", "STMTTRNP"):
            self._end_entry()
        elif name == "STATUS":
            self._told(line)
        if name in self._open:
            closed = self._open[self._open.index(name) :]
            if self._entry is not None and {"STMTTRN", "STMTTRNP"} & set(closed):
                # What is around an entry ends: so does the entry.
                self._end_entry()
            if name in self._open:
                del self._open[self._open.index(name) :]

    def _value(self, name: str, value: str) -> None:
        if not (value := value.strip()):
            return
        value = _unescaped(value)
        inside = self._open[-1] if self._open else ""
        if inside in _NESTED and self._entry is not None:
            self._entry.fields.setdefault(_NESTED[inside] + name, value)
        elif inside == "STATUS":
            self._status.setdefault(name, value)
        elif self.statements:
            statement = self.statements[-1]
            if inside == "LEDGERBAL":
                statement.balance.setdefault(name, value)
            elif inside in ("BANKACCTFROM", "CCACCTFROM", "INVACCTFROM") or name in (
                "CURDEF", "DTSTART", "DTEND",
            ):  # fmt: skip
                statement.fields.setdefault(name, value)

    def _end_entry(self) -> None:
        entry, self._entry = self._entry, None
        if entry is None:
            return
        for name in ("STMTTRN", "STMTTRNP"):
            if name in self._open:
                del self._open[self._open.index(name) :]
        if not self.statements:
            # Without the statement's own tag the entries belong to no account, and are entries.
            self.statements.append(_Statement("bank", entry.line))
        self.statements[-1].entries.append(entry)

    def _told(self, line: int) -> None:
        """Say what a server answered instead of a statement."""
        if self._status.get("SEVERITY", "").upper() == "ERROR":
            words = self._status.get("MESSAGE", "no words")
            what = f"the bank answered with error {self._status.get('CODE', '')}: {words[:200]}"
            do = "Ask for the statement again; what it was about is not in this file"
            self.faults.append(RowFault(self._file, line, what, do))
        self._status = {}


class _Reading:
    """Makes statements of what was scanned."""

    def __init__(self, file: str, scan: _Scan) -> None:
        self._file, self._scan = file, scan
        self._faults: list[RowFault] = list(scan.faults)
        self._notes: list[str] = []
        amounts = [
            entry.fields.get("TRNAMT", "") for part in scan.statements for entry in part.entries
        ]
        amounts += [part.balance.get("BALAMT", "") for part in scan.statements]
        self._decimal = self._decided(amounts)

    def fault(self, line: int, what: str, do: str) -> None:
        self._faults.append(RowFault(self._file, line, what, do))

    def done(self) -> BankRead:
        """Return the statements, faults and notes."""
        statements = tuple(self._statement(part) for part in self._scan.statements)
        if self._scan.cut is not None:
            what = "the file ends in the middle of this entry"
            do = "The entry was not counted, and others may be missing; ask for the file anew"
            self.fault(self._scan.cut.line, what, do)
        elif not self._scan.whole and statements:
            do = "Entries may be missing; ask for the file anew"
            self.fault(0, "the file is cut off: it has no </OFX> at its end", do)
        if not statements and not self._faults:
            do = "Ask the bank for the statement as OFX; this file has none"
            self.fault(0, "no statement of a bank account or card stands in the file", do)
        self._notes += [
            f"{count(times, 'part')} {name} not read: no account's money moves in it"
            for name, times in sorted(self._scan.others.items())
        ]
        return BankRead(statements, tuple(self._faults), tuple(self._notes))

    def _decided(self, amounts: Iterable[str]) -> str:
        """Return the decimal sign of the file: the standard allows both, and no grouping."""
        written = [amount for amount in amounts if amount]
        try:
            shown = amount_cells.decimal_sign(written)
        except AmountCellError as wrong:
            do = "Each amount that shows its own decimal sign counts; compare them with the paper"
            self.fault(0, str(wrong), do)
            return ""
        return shown or ("" if any("," in amount for amount in written) else ".")

    def _statement(self, part: _Statement) -> BankStatement:
        account = "".join(part.fields.get("ACCTID", "").split())
        currency = part.fields.get("CURDEF", "").strip().upper()
        if not account:
            do = "Ask the bank for the whole file; these entries belong to no account yet"
            self.fault(part.line, "the statement names no account (ACCTID)", do)
        if not currency:
            do = "Ask the bank which currency the account has; the amounts have none yet"
            self.fault(part.line, "the statement names no currency (CURDEF)", do)
        closing = self._closing(part)
        pending = sum(entry.pending for entry in part.entries)
        if pending:
            self._notes.append(f"{count(pending, 'pending entry', 'pending entries')}: no moves")
        booked = self._corrected(self._once([line for line in part.entries if not line.pending]))
        made = [(line, self._made(line, part, closing, currency)) for line in booked]
        entries = tuple(entry for _, entry in made if entry is not None)
        unread = [] if self._scan.whole else ["its file is cut off: it has no </OFX> at its end"]
        if part.trades:
            unread.append("trades of securities moved its cash and were not read")
            what = f"{count(part.trades, 'trade')} of securities in this statement moved cash too"
            do = "They were not read: its entries are not all that moved the account"
            self.fault(part.line, what, do)
        return BankStatement(
            file=self._file,
            form="ofx",
            account=account,
            currency=currency,
            entries=entries,
            closing=closing if part.kind != "investment" else None,
            start=_day(part.fields.get("DTSTART", "")),
            end=_day(part.fields.get("DTEND", "")),
            controls=(("entries", str(len(booked)), str(len(entries))),),
            unread=tuple(unread),
        )

    def _closing(self, part: _Statement) -> BankBalance | None:
        if not part.balance_line:
            return None
        written = part.balance.get("BALAMT", "")
        if not written:
            do = "Ask the bank for it; nothing is checked against a closing balance meanwhile"
            self.fault(part.balance_line, "the closing balance (LEDGERBAL) is empty", do)
            return None
        try:
            amount = amount_cells.exact(written, self._decimal)
        except AmountCellError as wrong:
            what = f"the closing balance (BALAMT) cannot be read: {wrong}"
            self.fault(part.balance_line, what, "It should be as 1234.56")
            return None
        day = _day(part.balance.get("DTASOF", ""))
        if day is None:
            day = _day(part.fields.get("DTEND", ""))
            written = short(part.balance.get("DTASOF", ""))
            what = f"the day of the closing balance (DTASOF) is {written}"
            do = f"It counts on {day}, the statement's end" if day else "It was left out"
            self.fault(part.balance_line, what, do)
        return None if day is None else BankBalance(amount, day, "LEDGERBAL")

    def _once(self, entries: list[_Entry]) -> list[_Entry]:
        """Leave out an entry told twice: FITID names a transaction once (chapter 3.2.3).

        Two that share it and differ both stay: which is wrong cannot be seen from here.
        """
        seen: dict[str, _Entry] = {}
        kept = []
        for entry in entries:
            number = entry.fields.get("FITID", "")
            first = seen.setdefault(number, entry) if number else entry
            if first is entry:
                kept.append(entry)
            elif first.fields == entry.fields:
                what = f"{entry.row} tells {first.row} again, with the same FITID {short(number)}"
                do = "It counts once; if the bank means two payments, ask it for two numbers"
                self.fault(entry.line, what, do)
            else:
                kept.append(entry)
                what = f"{entry.row} and {first.row} have one FITID, {short(number)}, and differ"
                self.fault(entry.line, what, "Both count; ask the bank which of them stands")
        return kept

    def _corrected(self, entries: list[_Entry]) -> list[_Entry]:
        """Take out what a later entry replaces or deletes (CORRECTFITID)."""
        if not any("CORRECTFITID" in entry.fields for entry in entries):
            return entries
        by_number = {entry.fields.get("FITID", ""): entry for entry in entries}
        gone: set[int] = set()
        for entry in entries:
            number = entry.fields.get("CORRECTFITID", "")
            if not number:
                continue
            delete = entry.fields.get("CORRECTACTION", "").upper() == "DELETE"
            old = by_number.get(number)
            gone |= {entry.number} if delete else set()
            if old is None or old is entry:
                what = f"{entry.row} corrects FITID {short(number)}, which is not in the file"
                do = "Look for it in an earlier file: it counts there and should not"
                self.fault(entry.line, what, do)
                continue
            gone.add(old.number)
            verb = "deletes" if delete else "replaces"
            self._notes.append(f"{entry.row} {verb} {old.row}, which does not count")
        return [entry for entry in entries if entry.number not in gone]

    def _made(
        self, entry: _Entry, part: _Statement, closing: BankBalance | None, currency: str
    ) -> BankEntry | None:
        """Return an entry; None, with a fault, where its amount or its day is not known."""
        fields = entry.fields
        amount = self._amount(entry, currency)
        if amount is None:
            return None
        booked, doubt = _day(fields.get("DTPOSTED", "")), ""
        if booked is None:
            booked, doubt = self._undated(entry, part, closing)
        if booked is None:
            return None
        references: list[str] = []
        for name in ("FITID", "REFNUM", "CHECKNUM"):
            value = fields.get(name, "")
            if value and value not in references and known_reference(value):
                references.append(value)
        return BankEntry(
            booked=booked,
            amount=amount,
            row=entry.row,
            references=tuple(references),
            value=_day(fields.get("DTAVAIL", "")),
            party=fields.get("NAME") or fields.get("PAYEE.NAME", ""),
            party_account=fields.get("TO.ACCTID", "").replace(" ", ""),
            text=fields.get("MEMO") or fields.get("EXTDNAME", ""),
            doubt=doubt,
        )

    def _amount(self, entry: _Entry, currency: str) -> str | None:
        fields = entry.fields
        written = fields.get("TRNAMT", "")
        if not written:
            do = "The entry was not counted; ask the bank for its amount"
            self.fault(entry.line, f"{entry.row} has no amount (TRNAMT)", do)
            return None
        other = fields.get("CURRENCY.CURSYM")
        if other and currency and other.upper() != currency:
            what = f"{entry.row} is in {other} (CURRENCY), the account in {currency}"
            do = "The entry was not counted: nothing is converted; ask for the amount as booked"
            self.fault(entry.line, what, do)
            return None
        try:
            amount = amount_cells.exact(written, self._decimal)
        except AmountCellError as wrong:
            what = f"{entry.row}: the amount (TRNAMT) cannot be read: {wrong}"
            self.fault(entry.line, what, "It should be as -1234.56; the entry was not counted")
            return None
        if _PLAIN_AMOUNT.fullmatch(written) is None:
            what = f"{entry.row}: the amount is written {short(written)}"
            self.fault(entry.line, what, f"It counts as {amount}; compare it with the bank's paper")
        kind = fields.get("TRNTYPE", "").upper()
        wrong_way = (kind in _RAISES and amount[0] == "-") or (
            kind in _LOWERS and amount[0] != "-" and amount.strip("0.")
        )
        if wrong_way:
            what = f"{entry.row} is called {kind} and its amount is {amount}"
            self.fault(entry.line, what, "The amount's own sign counts; compare it with the paper")
        return amount

    def _undated(
        self, entry: _Entry, part: _Statement, closing: BankBalance | None
    ) -> tuple[date | None, str]:
        """Return the day that stands in for one that is missing, and why it is not sure."""
        written = entry.fields.get("DTPOSTED", "")
        said = f"is {short(written)}, no day of the calendar" if written else "is missing"
        what = f"{entry.row}: the booking date (DTPOSTED) {said}"
        candidates = (
            (_day(entry.fields.get("DTUSER", "")), "its own other date (DTUSER)"),
            (_day(entry.fields.get("DTAVAIL", "")), "the day its money is there (DTAVAIL)"),
            (_day(part.fields.get("DTEND", "")), "the statement's end (DTEND)"),
            (closing.day if closing else None, "the day of the closing balance"),
        )
        for day, which in candidates:
            if day is not None:
                self.fault(entry.line, what, f"The entry counts on {day}, {which}")
                return day, what
        self.fault(entry.line, what, "No other day is given; the entry was not counted")
        return None, what


def _unescaped(value: str) -> str:
    return html.unescape(value).strip() if "&" in value else value


@lru_cache(4096)
def _day(text: str) -> date | None:
    """Return the day of an OFX time as written: its own day in its own zone."""
    shape = _DAY.match(text)
    if shape is None:
        return None
    try:
        return date(int(shape[1]), int(shape[2]), int(shape[3]))
    except ValueError:
        return None


def _text(data: bytes) -> str:
    """Return a file's text, without comments and with CDATA as text.

    A header that says 1252 over bytes that are UTF-8 is common, the reverse never happens.
    """
    head = data[:2048].replace(b"\0", b"").decode("latin-1")
    header: Mapping[str, str] = dict(_HEADER.findall(head))
    xml = _XML_CHARSET.search(head)
    declared = xml[1] if xml else header.get("CHARSET", "")
    declared = f"cp{declared}" if declared.isdecimal() else declared
    text = charset.decode(data).text
    if "\ufffd" in text or not (data.isascii() or _is_utf_8(data) or b"\0" in data[:200]):
        text = charset.decode(data, "" if declared == "NONE" else declared).text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _without(text, "<!--", "-->", keep=False)
    return _without(text, "<![CDATA[", "]]>", keep=True)


def _is_utf_8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _without(text: str, begin: str, end: str, *, keep: bool) -> str:
    """Return a text without marks, and with what stands between them as text or not at all."""
    if begin not in text:
        return text
    first, *parts = text.split(begin)
    found = [first]
    for part in parts:
        inner, closed, rest = part.partition(end)
        newlines = "\n" * inner.count("\n")
        found.append((html.escape(inner) if keep else newlines) + rest if closed else newlines)
    return "".join(found)
