"""BAI2 (Cash Management Balance Reporting Specifications, version 2): entries, balances, controls.

Records 01 to 99 with their 88 continuations are read here line by line, so that one bad record is
one fault and a file that breaks off keeps what came before; type codes and the kinds of groups and
funds are those of the library `bai2`. Amounts are whole numbers of the currency's smallest unit.
Control totals and counts of 49, 98 and 99 are added up again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from bai2.constants import FundsType, GroupStatus, TypeCodes, TypeCodeTransaction

from forthwith.domain.bank import BankBalance, BankEntry, BankRead, BankStatement, Telling
from forthwith.domain.fact_tables import RowFault
from forthwith.exports.bank.misnamed import misnamed
from forthwith.plain import charset

_CODES = frozenset({"01", "02", "03", "16", "49", "88", "98", "99"})
_RECORD = re.compile(r"(01|02|03|16|49|88|98|99)\s*(?:,|/\s*$)(.*)", re.DOTALL)
_AMOUNT = re.compile(r"([+-]?)([0-9]{1,30})", re.ASCII)
_POINTED = re.compile(r"([+-]?)([0-9]{1,30}\.[0-9]{1,30})", re.ASCII)
_TYPE = re.compile(r"[0-9]{3}", re.ASCII)
#: Currencies (ISO 4217) whose smallest unit is not a hundredth.
_NONE = (
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND",
    "VUV", "XAF", "XOF", "XPF",
)  # fmt: skip
_THREE = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_PLACES = {**dict.fromkeys(_NONE, 0), **dict.fromkeys(_THREE, 3), "CLF": 4, "UYW": 4}
_FUNDS = frozenset(kind.value for kind in FundsType)
_OPENING, _CLOSING = "010", "015"
#: Records without their own money: what a bank says of a movement or a balance.
_NON_MONETARY = "890"
_INTERIM = frozenset({"1", "3"})
#: Physical records of some banks have one length and no line ends.
_BLOCKED = re.compile(r"01,(?:[^,/]*,){5}([0-9]{2,3}),")
_AGAIN = "Ask the bank for the file again"


@dataclass(slots=True)
class _Record:
    """One record with its continuations."""

    code: str
    #: 1-based line it begins on, and how many lines it takes.
    line: int
    lines: int
    fields: list[str]


@dataclass(slots=True)
class _Account:
    """One 03 with its 16s, until its 49."""

    line: int
    number: str
    currency: str
    entries: list[BankEntry] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    opening: str = ""
    closing: str = ""
    #: Sum of every amount of 03 and 16, and lines, as the 49 counts them.
    total: int = 0
    lines: int = 0
    controls: list[tuple[str, str, str]] = field(default_factory=list)
    ended: bool = False


@dataclass(slots=True)
class _Group:
    """One 02 with its accounts, until its 98."""

    record: _Record
    currency: str
    day: date | None
    status: str
    modifier: str
    accounts: list[_Account] = field(default_factory=list)
    #: Sum of the control totals its accounts claim; lines; whether a 98 came.
    total: int = 0
    lines: int = 0
    ended: bool = False


@dataclass(slots=True)
class _File:
    name: str
    faults: list[RowFault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    groups: list[_Group] = field(default_factory=list)
    id: str = ""
    total: int = 0
    ended: bool = False

    def fault(self, line: int, what: str, do: str = _AGAIN) -> None:
        """Keep a fault of a line."""
        self.faults.append(RowFault(self.name, line, what, do))


def read(data: bytes, file: str) -> BankRead:
    """Return the statements of a BAI2 file, one for each 03; nothing is raised.

    Days are the group's as-of date; opening and closing are the ledger balances 010 and 015.
    """
    decoded = charset.decode(data)
    found = _File(file)
    records = list(_records(decoded.text, found))
    if not any(record.code in ("02", "03", "16") for record in records):
        what, do = misnamed(data, decoded.text[:4096], "bai2")
        if records:
            what, do = "it holds no group (02) and no account (03)", _AGAIN
        return BankRead((), (RowFault(file, 0, f"{file} is not read: {what}", do),))
    lines = 0
    for record in records:
        lines += record.lines
        _take(found, record, lines)
    if not found.ended:
        last = records[-1].line + records[-1].lines - 1
        found.fault(last, f"the file breaks off at line {last}: its trailer (99) is missing")
    return BankRead(
        tuple(statement for group in found.groups for statement in _statements(found, group)),
        tuple(found.faults),
        tuple(found.notes),
    )


def _records(text: str, found: _File) -> Iterator[_Record]:
    """Yield the records, 88s joined to what they continue.

    A `/` at the end of a line ends a field; where a bank leaves it out in the middle of a text,
    the text goes on. `,/` before a continuation of 03 may end one field or two: see `_summaries`.
    """
    lines = text.lstrip("\ufeff").splitlines()
    if len(lines) == 1 and (match := _BLOCKED.match(lines[0])) and (size := int(match[1])) >= 20:
        lines = [lines[0][place : place + size] for place in range(0, len(lines[0]), size)]
    record: _Record | None = None
    open_text = False
    for number, line in enumerate(lines, 1):
        line = line.strip().rstrip("\x1a\0").rstrip()
        if not line:
            continue
        match = _RECORD.fullmatch(line)
        if match is None:
            begin = line[:30]
            found.fault(number, f"line {number} begins with {begin!r}, which is no BAI2 record")
            continue
        code, rest = match.groups()
        ends = line.endswith("/")
        fields = rest.removesuffix("/").split(",")
        if code != "88":
            if record is not None:
                yield record
            record = _Record(code, number, 1, fields)
        elif record is None:
            found.fault(number, f"line {number} continues (88) nothing")
            continue
        else:
            if open_text and record.fields:
                record.fields[-1] = f"{record.fields[-1]} {fields[0]}".strip()
                fields = fields[1:]
            record.fields.extend(fields)
            record.lines += 1
        # Only the text of a 16 goes on past the end of a line; other fields end there anyway.
        open_text = not ends and record.code == "16"
    if record is not None:
        yield record


def _take(found: _File, record: _Record, lines: int) -> None:
    """Put a record where it belongs; `lines` is how many the file has so far."""
    fields = [*(text.strip() for text in record.fields), *[""] * 8]
    if record.code == "01":
        found.id = fields[4]
        if (version := fields[7]) not in ("2", ""):
            found.fault(record.line, f"line {record.line} says BAI version {version}, not 2")
    elif record.code == "02":
        found.groups.append(_group(found, record, fields))
    elif record.code == "99":
        _end_file(found, record, fields, lines)
    elif found.groups and not found.groups[-1].ended:
        _take_in_group(found, found.groups[-1], record, fields)
    else:
        found.fault(record.line, f"line {record.line} ({record.code}) stands in no group (02)")


def _take_in_group(found: _File, group: _Group, record: _Record, fields: Sequence[str]) -> None:
    group.lines += record.lines
    account = group.accounts[-1] if group.accounts else None
    if record.code == "03":
        group.accounts.append(_account(found, group, record, fields))
    elif record.code == "98":
        _end_group(found, group, record, fields)
    elif account is None or account.ended:
        found.fault(record.line, f"line {record.line} ({record.code}) stands in no account (03)")
    else:
        account.lines += record.lines
        if record.code == "16":
            _transaction(found, group, account, record)
        else:
            _end_account(found, group, account, record, fields)


def _group(found: _File, record: _Record, fields: Sequence[str]) -> _Group:
    group = _Group(record, fields[5].upper() or "USD", _day(fields[3]), fields[2], fields[6])
    group.lines = record.lines
    if group.day is None:
        found.fault(
            record.line,
            f"line {record.line}: the group's as-of date {fields[3][:20]!r} is none, as 260131",
        )
    if group.status == GroupStatus.test_only.value:
        found.notes.append(f"{found.name}: the group of line {record.line} is a test and not read")
    elif group.status == GroupStatus.deletion.value:
        found.fault(
            record.line,
            f"the group of line {record.line} deletes what an earlier file said, and is not read",
            "Take the earlier file out of the books, and ask the bank for what stands instead",
        )
    elif group.status == GroupStatus.correction.value:
        found.notes.append(
            f"{found.name}: the group of line {record.line} corrects an earlier file; both are "
            "read, and what differs is shown"
        )
    return group


def _day(text: str) -> date | None:
    """Return a day as 260131 or 20260131; None where it is none."""
    if not (len(text) in (6, 8) and text.isascii() and text.isdecimal()):
        return None
    year = int(text[:-4])
    if len(text) == 6:
        # As the library and POSIX do: 69 to 99 are of the last century.
        year += 1900 if year >= 69 else 2000
    try:
        return date(year, int(text[-4:-2]), int(text[-2:]))
    except ValueError:
        return None


def _account(found: _File, group: _Group, record: _Record, fields: Sequence[str]) -> _Account:
    """Return the account of a 03 with its ledger balances."""
    number = "".join(fields[0].split())
    account = _Account(record.line, number, fields[1].upper() or group.currency)
    account.lines = record.lines
    if not number:
        found.fault(record.line, f"line {record.line} names no account; its rows are not read")
    for code, text, problem in _summaries([text.strip() for text in record.fields[2:]]):
        amount = _smallest(text, account.currency)
        if problem or amount is None:
            what = problem or f"the amount {text[:30]!r} of type {code} is none"
            found.fault(record.line, f"line {record.line}: {what}")
            account.unread.append(f"line {record.line} cannot be read whole")
            continue
        account.total += amount
        if code == _OPENING:
            account.opening = _exact(amount, account.currency)
        elif code == _CLOSING:
            account.closing = _exact(amount, account.currency)
    return account


def _summaries(fields: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Yield type code, amount and what is wrong of each summary of a 03.

    A summary is code, amount, count, funds type, and what the funds type brings with it. Empty
    fields between two summaries are left out: banks differ in how many they write before `/`.
    """
    rest = list(fields)
    while rest:
        code = rest.pop(0)
        if not code:
            continue
        if not _TYPE.fullmatch(code):
            yield code, "", f"{code[:20]!r} stands where a type code of three digits should"
            return
        amount, count, funds = (rest.pop(0) if rest else "" for _ in range(3))
        if count and not count.isdecimal():
            yield code, "", f"the item count {count[:20]!r} of type {code} is no number"
            return
        if not _skip_funds(funds, rest):
            yield code, "", f"the funds type {funds[:20]!r} of type {code} is none"
            return
        yield code, amount, ""


def _skip_funds(funds: str, rest: list[str]) -> bool:
    """Take what a funds type brings with it off the fields; False where it is none."""
    if not funds:
        return True
    if funds not in _FUNDS:
        return False
    count = 0
    if funds == FundsType.distributed_availability_simple.value:
        count = 3
    elif funds == FundsType.value_dated.value:
        count = 2
    elif funds == FundsType.distributed_availability.value:
        number = rest.pop(0) if rest else ""
        if not number.isdecimal() or len(number) > 4:
            return False
        count = 2 * int(number)
    del rest[:count]
    return True


def _smallest(text: str, currency: str) -> int | None:
    """Return an amount in smallest units; an empty one is zero, a written point is allowed."""
    if not text:
        return 0
    if match := _AMOUNT.fullmatch(text):
        return -int(match[2]) if match[1] == "-" else int(match[2])
    if match := _POINTED.fullmatch(text):
        whole, part = match[2].split(".")
        places = _PLACES.get(currency, 2)
        if len(part.rstrip("0")) > places:
            return None
        value = int(whole + part[:places].ljust(places, "0"))
        return -value if match[1] == "-" else value
    return None


def _exact(amount: int, currency: str) -> str:
    places = _PLACES.get(currency, 2)
    digits = str(abs(amount)).rjust(places + 1, "0")
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{text}" if amount < 0 else text


def _transaction(found: _File, group: _Group, account: _Account, record: _Record) -> None:
    """Keep the entry of a 16, or its fault."""
    fields = [text.strip() for text in record.fields]
    code, text, funds = (fields.pop(0) if fields else "" for _ in range(3))
    row = f"line {record.line}"

    def unread(what: str) -> None:
        found.fault(record.line, f"{row}: {what}", "Correct it with the bank; it is not counted")
        account.unread.append(f"{row} cannot be read")

    amount = _smallest(text, account.currency)
    if not _TYPE.fullmatch(code) or amount is None:
        unread(f"type code {code[:20]!r} or amount {text[:30]!r} is none")
        return
    account.total += amount
    value = _value_day(funds, fields)
    if not _skip_funds(funds, fields):
        unread(f"the funds type {funds[:20]!r} is none")
        return
    if code == _NON_MONETARY and not amount:
        found.notes.append(f"{found.name}: {row} is information without money and no entry")
        return
    sign = _sign(code)
    if not sign or amount < 0:
        unread(
            f"the amount {text[:30]!r} has a sign, and the type code has it already"
            if sign
            else f"type code {code} is neither a credit nor a debit"
        )
        return
    bank, customer = (fields.pop(0) if fields else "" for _ in range(2))
    if group.day is None:
        account.unread.append(f"{row} has no day")
        return
    account.entries.append(
        BankEntry(
            group.day,
            _exact(sign * amount, account.currency),
            row,
            tuple(name for name in dict.fromkeys((customer, bank)) if name.strip("0 ")),
            value,
            text=" ".join(" ".join(fields).split()),
        )
    )


def _value_day(funds: str, fields: Sequence[str]) -> date | None:
    if funds == FundsType.value_dated.value and fields:
        return _day(fields[0])
    return None


def _sign(code: str) -> int:
    """Return 1 for credits, -1 for debits, 0 for what is neither.

    The table's codes first; banks' own codes lie in the ranges that the specification keeps.
    """
    known = TypeCodes.get(code)
    if known is not None and known.transaction is not None:
        signs = {TypeCodeTransaction.credit: 1, TypeCodeTransaction.debit: -1}
        return signs.get(known.transaction, 0)
    if known is None and ("100" <= code <= "399" or "920" <= code <= "959"):
        return 1
    if known is None and ("400" <= code <= "699" or "960" <= code <= "999"):
        return -1
    return 0


def _end_account(
    found: _File, group: _Group, account: _Account, record: _Record, fields: Sequence[str]
) -> None:
    """Hold the account's own total and count against its rows."""
    account.ended = True
    claimed = _smallest(fields[0], account.currency)
    where = f"line {record.line} (49)"
    if claimed is None:
        found.fault(record.line, f"{where}: the control total {fields[0][:30]!r} is none")
        account.unread.append("its control total cannot be read")
        return
    group.total += claimed
    account.controls.append((f"the control total of {where}", str(claimed), str(account.total)))
    _count(
        found, account.controls if claimed != account.total else None, where, record.line,
        fields[1], account.lines,
    )  # fmt: skip


def _count(
    found: _File,
    controls: list[tuple[str, str, str]] | None,
    where: str,
    line: int,
    claimed: str,
    counted: int,
) -> None:
    """Hold a count of records against the lines; beside a total that fits it is only a fault."""
    if not claimed or (claimed.isdecimal() and int(claimed[:18]) == counted):
        return
    if controls is not None:
        controls.append((f"the number of records of {where}", claimed, str(counted)))
    else:
        found.fault(
            line,
            f"{where} counts {claimed[:20]} records, and {counted} stand there; the total fits",
            "Ask the bank whether a record is missing",
        )


def _end_group(found: _File, group: _Group, record: _Record, fields: Sequence[str]) -> None:
    """Hold the group's total and counts against its accounts."""
    group.ended = True
    where = f"line {record.line} (98)"
    claimed = _smallest(fields[0], group.currency)
    # Some banks leave the number of accounts out: total and records alone.
    accounts, records = (fields[1], fields[2]) if fields[2] else ("", fields[1])
    if claimed is not None:
        found.total += claimed
    if claimed != group.total:
        found.fault(
            record.line,
            f"{where} gives the total {fields[0][:30]}, and its accounts give {group.total}",
            "Ask the bank whether an account is missing",
        )
    if accounts and accounts != str(len(group.accounts)):
        found.fault(
            record.line,
            f"{where} counts {accounts[:20]} accounts, and {len(group.accounts)} stand there",
            "Ask the bank which account is missing",
        )
    _count(found, None, where, record.line, records, group.lines)


def _end_file(found: _File, record: _Record, fields: Sequence[str], lines: int) -> None:
    """Hold the file's total and counts against its groups."""
    found.ended = True
    where = f"line {record.line} (99)"
    if _smallest(fields[0], "USD") != found.total:
        found.fault(
            record.line,
            f"{where} gives the total {fields[0][:30]}, and its groups give {found.total}",
            "Ask the bank whether a group is missing",
        )
    if fields[1] and fields[1] != str(len(found.groups)):
        found.fault(
            record.line,
            f"{where} counts {fields[1][:20]} groups, and {len(found.groups)} stand there",
            "Ask the bank which group is missing",
        )
    _count(found, None, where, record.line, fields[2], lines)


def _statements(found: _File, group: _Group) -> Iterator[BankStatement]:
    """Yield the statement of each account of a group."""
    if group.status in (GroupStatus.test_only.value, GroupStatus.deletion.value):
        return
    telling = Telling.INTERIM if group.modifier in _INTERIM else Telling.STATEMENT
    for account in group.accounts:
        if not account.number:
            continue
        if not account.ended:
            account.unread.append(f"the account of line {account.line} has no trailer (49)")
        row, day = f"line {account.line}", group.day
        yield BankStatement(
            found.name,
            "bai2",
            account.number,
            account.currency,
            tuple(account.entries),
            BankBalance(account.opening, day, row) if account.opening and day else None,
            BankBalance(account.closing, day, row) if account.closing and day else None,
            telling=telling,
            id=found.id,
            controls=tuple(account.controls),
            unread=tuple(account.unread),
        )
