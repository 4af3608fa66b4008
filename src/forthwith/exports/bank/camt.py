"""CAMT.053, .052 and .054 of every version: what moved the balance, from `Ntry` alone.

`Amt` with `CdtDbtInd` is what moved it (ISO 20022 message definition reports, Bank-to-Customer Cash
Management). `TxDtls` are its details and need not add up to it; they give references, the other
side and text. `RvslInd` changes nothing of the sign here: where a bank does otherwise, the
statement's arithmetic shows it (`books.statements`). A `Sts` other than booked is no move.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter

from forthwith.domain.bank import BankBalance, BankEntry, BankRead, BankStatement, Telling
from forthwith.domain.fact_tables import RowFault
from forthwith.exports.bank.misnamed import misnamed
from forthwith.exports.bank.plain_xml import Node, PlainXml, closing, nodes, plain_xml, unescaped
from forthwith.plain import charset

_TELLINGS = {
    "Stmt": ("camt.053", Telling.STATEMENT),
    "Rpt": ("camt.052", Telling.INTERIM),
    "Ntfctn": ("camt.054", Telling.NOTICE),
}
_STATEMENT = re.compile(r"<(Stmt|Rpt|Ntfctn)(?:\s[^>]*)?>")
_ENTRY = re.compile(r"<Ntry(?:\s[^>]*?)?(/?)>")
_HEADER = re.compile(r"<GrpHdr(?:\s[^>]*)?>(.*?)</GrpHdr>", re.DOTALL)
_CURRENCY = re.compile(r"""\bCcy\s*=\s*["']\s*([A-Za-z]{3})\s*["']""")
_AMOUNT = re.compile(r"\+?0*([0-9]*)(?:\.([0-9]*))?", re.ASCII)
_SIMPLE = re.compile(r"[1-9][0-9]{0,30}\.[0-9]{2}", re.ASCII)
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?!\d)(T[0-9:.]+)?", re.ASCII)
_LEAF = re.compile(r"<(IBAN|BBAN|UPIC|Id)(?:\s[^>]*)?>([^<]+)</")
_CODE = re.compile(r"<(?:Cd|Prtry)(?:\s[^>]*)?>([^<]*)</")
_REFERENCES = "EndToEndId|InstrId|TxId|UETR|ClrSysRef|MndtId|ChqNb|PmtInfId|MsgId|AcctSvcrRef|Ref"
_INCOMING, _OUTGOING = ("Dbtr", "Cdtr"), ("Cdtr", "Dbtr")
_rank = itemgetter(0)
_OPEN = r"(?:\s[^<>]*)?>\s*"
#: What details say, each with what it stands in: a name or a text; a party; a party's account.
_DETAIL = re.compile(
    rf"""<(?=[ACDEIMPRTU])(?:({_REFERENCES}|Ustrd|AddtlTxInf|AddtlRmtInf){_OPEN}([^<]*)</
    |(Dbtr|Cdtr){_OPEN}(?:<(?:Pty|Agt|FinInstnId){_OPEN})*
        (?:<(?:BICFI|BIC|LEI)>[^<]*</\w+>\s*)*(?:<Nm{_OPEN}([^<]*)<)?
    |(Dbtr|Cdtr)Acct{_OPEN}<Id{_OPEN}(?:<(?:Othr|PrtryAcct){_OPEN})?
        <(?:IBAN|BBAN|UPIC|Id){_OPEN}([^<]*)<)""",
    re.VERBOSE,
)
#: What both sides call a movement comes before what one bank calls it.
_SHARED = ("EndToEndId", "InstrId", "UETR", "TxId", "Ref", "ChqNb", "ClrSysRef", "MndtId")
_OWN = ("AcctSvcrRef", "PmtInfId", "MsgId")
_RANKS = {name: rank for rank, name in enumerate((*_SHARED, *_OWN, "NtryRef"))}
_BATCH_RANKS = {name: rank for rank, name in enumerate((*_OWN[1:], _OWN[0], *_SHARED, "NtryRef"))}
#: The first children of an `Ntry` in the order of the schema, without attributes but `Ccy`.
_USUAL = re.compile(
    r"""\s*(?:<NtryRef>(?P<NtryRef>[^<]*)</NtryRef>\s*)?
    <Amt(?P<Ccy>[ ]Ccy="[A-Z]{3}")>(?P<Amt>[^<]*)</Amt>\s*
    <CdtDbtInd>(?P<CdtDbtInd>[^<]*)</CdtDbtInd>\s*
    (?:<RvslInd>(?P<RvslInd>[^<]*)</RvslInd>\s*)?
    <Sts>(?P<Sts>(?:\s*<Cd>)?[^<]*(?:</Cd>\s*)?)</Sts>\s*
    <BookgDt>(?P<BookgDt>\s*<Dt(?:Tm)?>[^<]*</Dt(?:Tm)?>\s*)</BookgDt>\s*
    (?:<ValDt>(?P<ValDt>\s*<Dt(?:Tm)?>[^<]*</Dt(?:Tm)?>\s*)</ValDt>\s*)?
    (?:<AcctSvcrRef>(?P<AcctSvcrRef>[^<]*)</AcctSvcrRef>\s*)?
    """,
    re.VERBOSE,
)
_NO_REFERENCE = frozenset({"", "NOTPROVIDED", "NONREF", "NOREF", "NICHT ANGEGEBEN"})
_TRUE = frozenset({"true", "1"})
#: `NtryRef` is often no more than the entry's place in the file, `Ref` a bank's own count.
_COUNTER = re.compile(r"[0-9]{1,6}", re.ASCII)
#: Statuses that say in so many words that an entry is not booked.
_NOT_BOOKED = frozenset({"PDNG", "FUTR", "INFO"})
#: Booked balances; the others are of value dates or forecasts.
_BOOKED = frozenset({"OPBD", "PRCD", "CLBD", "ITBD"})
_MESSAGE_PAGES = re.compile(r"<MsgPgntn(?:\s[^>]*)?>(.*?)</MsgPgntn>", re.DOTALL)
#: Totals of `TxsSummry`: of which entries, by whether their amount is above zero.
_TOTALS = {
    "TtlNtries": ("entries", (True, False)),
    "TtlCdtNtries": ("credits", (True,)),
    "TtlDbtNtries": ("debits", (False,)),
}
_DAY = timedelta(days=1)
_YEARS = range(1900, 2200)
_LONGEST, _MOST_NUMBER = 200, 19


@dataclass(slots=True)
class _Entries:
    """The entries of one statement in one currency while it is read."""

    booked: list[BankEntry] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    #: What is not booked: (status, signed amount).
    pending: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class _File:
    """A file while it is read."""

    name: str
    xml: PlainXml
    faults: list[RowFault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    #: `Ntry` elements so far: their number is the row.
    count: int = 0

    def fault(self, place: int, what: str, do: str) -> None:
        """Keep a fault at a place of the text."""
        line = self.xml.text.count("\n", 0, place) + 1
        self.faults.append(RowFault(self.name, line, what, do))


@dataclass(frozen=True, slots=True)
class _Balance:
    """One `Bal`."""

    code: str
    currency: str
    balance: BankBalance


def read(data: bytes, file: str) -> BankRead:
    """Return the statements of a CAMT file; what cannot be read is a fault, never raised.

    One statement for each `Stmt`, `Rpt` or `Ntfctn` and each currency in it. Of a file that breaks
    off, the entries before the break are kept, and the fault says so.
    """
    xml = plain_xml(data)
    found = _File(file, xml)
    statements: list[BankStatement] = []
    headers = _HEADER.findall(xml.text)
    header = headers[0] if len(headers) == 1 else ""
    place = 0
    while match := _STATEMENT.search(xml.text, place):
        end = closing(xml.text, match[1], match.end())
        statements.extend(_statement(found, match[1], match.end(), end, header))
        place = end if end >= 0 else len(xml.text)
    if xml.undecodable:
        found.notes.append(
            f"{file}: {xml.undecodable} characters are not valid {xml.charset} and show as \ufffd"
        )
    if xml.refused:
        found.faults.append(
            RowFault(file, 0, f"{file} is not read: {xml.refused}", "Ask the bank for it again")
        )
    elif xml.broken and place:
        after = f"Ntry {found.count}" if found.count else "its header"
        found.faults.append(
            RowFault(
                file,
                0,
                f"the file breaks off after {after} ({xml.broken}); what stands before is kept",
                "Ask the bank for the whole file",
            )
        )
    elif not place:
        found.faults.append(_no_statement(data, file, xml))
    return BankRead(tuple(statements), tuple(found.faults), tuple(found.notes))


def _no_statement(data: bytes, file: str, xml: PlainXml) -> RowFault:
    root = next((node.name for node in nodes(xml.text)), "")
    if root and not xml.broken:
        what = f"its {root} holds no statement: no Stmt, Rpt or Ntfctn stands in it"
        do = "Check that it is a CAMT.053, .052 or .054 of the bank"
        if root.upper() == "OFX":
            what, do = "it looks like OFX", "Import it as ofx"
    else:
        what, do = misnamed(data, charset.decode(data[:4096]).text, "camt")
    return RowFault(file, 0, f"{file} is not read: {what}", do)


def _statement(
    found: _File, element: str, start: int, end: int, header: str
) -> Iterator[BankStatement]:
    """Yield the statement of each currency in one `Stmt`, `Rpt` or `Ntfctn`."""
    text = found.xml.text
    spans, rows = _entry_spans(text, start, end if end >= 0 else len(text))
    head: defaultdict[str, list[Node]] = defaultdict(list)
    for node in nodes("".join(spans)):
        head[node.name].append(node)
    account, currency = _account(head["Acct"])
    name = unescaped(head["Id"][0].inside) if head["Id"] else ""
    if not account:
        found.count += len(rows)
        found.fault(
            start,
            f"statement {name or '?'} names no account, so its {len(rows)} entries are not read",
            "Ask the bank for the file again",
        )
        return
    spoilt: list[str] = []
    balances = _balances(found, head["Bal"], start, spoilt)
    main = currency or next((balance.currency for balance in balances if balance.currency), "")
    entries: defaultdict[str, _Entries] = defaultdict(_Entries)
    for begin, stop in rows:
        found.count += 1
        _entry(found, entries, text[begin:stop], begin, account, main)
    for code in {balance.currency or main for balance in balances} or ({main} - set(entries)):
        if code or not entries:
            _ = entries[code]
    if end < 0:
        spoilt.append(f"the file breaks off after Ntry {found.count}")
    form, telling = _TELLINGS[element]
    first, last, midnight = _period(head["FrToDt"])
    pagination = head["StmtPgntn"] or head["RptPgntn"] or head["NtfctnPgntn"]
    page, last_page = _page(pagination[0].inside if pagination else "", header)
    number = _number(found, head)
    summary = head["TxsSummry"][0].inside if head["TxsSummry"] and len(entries) == 1 else ""
    for code, kept in sorted(entries.items()):
        own = [balance for balance in balances if (balance.currency or main) == code]
        opening, shut = _opening_and_closing(own, page, spoilt)
        controls = _controls(found, summary, kept, start)
        _note_pending(found, kept, code, name)
        yield BankStatement(
            found.name,
            form,
            account,
            code,
            tuple(kept.booked),
            opening,
            shut,
            first,
            _last_day(first, last, kept, shut, midnight=midnight),
            number,
            page,
            telling,
            name,
            controls,
            last_page,
            (*spoilt, *kept.unread),
        )


def _entry_spans(text: str, start: int, end: int) -> tuple[list[str], list[tuple[int, int]]]:
    """Return what of a statement is no entry, and where its entries stand, without their tags."""
    spans: list[str] = []
    rows: list[tuple[int, int]] = []
    place = start
    while match := _ENTRY.search(text, place, end):
        spans.append(text[place : match.start()])
        if match[1]:
            # Empty, it has no amount: a fault, as any other without.
            rows.append((match.end(), match.end()))
            place = match.end()
            continue
        stop = closing(text, "Ntry", match.end(), end)
        if stop < 0:
            # The entry in which the file breaks off is not whole.
            return spans, rows
        rows.append((match.end(), stop))
        place = text.find(">", stop) + 1
    spans.append(text[place:end])
    return spans, rows


def _entry(
    found: _File,
    entries: defaultdict[str, _Entries],
    block: str,
    place: int,
    account: str,
    main: str,
) -> None:
    """Keep one `Ntry`, or a fault of it."""
    parts, details = _parts(block)
    kept = entries[_currency(parts.get("Ccy", "")) or main]
    row = f"Ntry {found.count}"
    amount = exact(parts.get("Amt", ""))
    side = parts.get("CdtDbtInd", "").strip()
    if not amount or side not in ("CRDT", "DBIT"):
        what = (
            f"its CdtDbtInd is {side[:20]!r}, neither CRDT nor DBIT"
            if amount
            else f"its amount {parts.get('Amt', '')[:40]!r} is not one, as 1234.50"
        )
        found.fault(place, f"{row}: {what}", "Correct it with the bank; the entry is not counted")
        kept.unread.append(f"{row} cannot be read")
        return
    amount = _signed(amount, side)
    status = _status(parts.get("Sts"))
    if status != "BOOK":
        if status not in _NOT_BOOKED:
            found.fault(
                place,
                f"{row}: its status is {status[:20]!r}, which is neither booked nor pending",
                "Ask the bank whether it is booked; it is not counted",
            )
        kept.pending.append((status, amount))
        return
    booked, value = _day(parts.get("BookgDt", "")), _day(parts.get("ValDt", ""))
    doubt = ""
    if booked is None:
        doubt = "it has no booking date" if "BookgDt" not in parts else "its booking date is none"
        doubt += "; its value date stands for it" if value else ", and it has no value date"
        found.fault(place, f"{row}: {doubt}", "Ask the bank for its booking date")
        booked = value
    if booked is None:
        kept.unread.append(f"{row} has no day")
        return
    reversal = parts.get("RvslInd", "").strip() in _TRUE
    comes_in = side == ("DBIT" if reversal else "CRDT")
    references, party, party_account, told = _details(parts, details, account, comes_in=comes_in)
    kept.booked.append(
        BankEntry(
            booked,
            amount,
            row,
            references,
            value,
            party,
            party_account,
            told,
            reversal,
            doubt,
        )
    )


def _parts(block: str) -> tuple[dict[str, str], str]:
    """Return what stands directly in an `Ntry`, the first of each name, and its details.

    `Ccy` is the attributes of `Amt`.
    """
    parts: dict[str, str] = {}
    details = ""
    usual = _USUAL.match(block)
    if usual and (usual["RvslInd"] or "<RvslInd" not in block):
        # The way nearly all are written, spelt out: the same elements in a third of the time.
        # Nothing behind them moves money.
        groups = zip(_USUAL.groupindex, usual.groups(), strict=True)
        parts = {name: text for name, text in groups if text is not None}
        place = usual.end()
        begin, end = block.find("<NtryDtls>", place), block.rfind("</NtryDtls>")
        if 0 < begin < end:
            details = block[begin + 10 : end]
            place = end + 11
        block = block[place:]
    for name, written, inside in nodes(block) if block else ():
        if name == "NtryDtls":
            details += inside
        elif name not in parts:
            parts[name] = inside
            if name == "Amt":
                parts["Ccy"] = written
    return parts, details


@lru_cache(4096)
def _day(text: str) -> date | None:
    """Return the day of a date or a date with time, as written there; its zone is not turned."""
    if (match := _DATE.search(text)) is None:
        return None
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
    return day if day.year in _YEARS else None


@lru_cache(256)
def _currency(attributes: str) -> str:
    """Return the currency among the attributes of an `Amt`, or an empty text."""
    return match[1].upper() if (match := _CURRENCY.search(attributes)) else ""


@lru_cache(256)
def _status(inside: str | None) -> str:
    """Return a status: text in old versions, `Cd` or `Prtry` in new; booked where there is none."""
    if inside is None:
        return "BOOK"
    code = match[1] if (match := _CODE.search(inside)) else inside
    return unescaped(code).upper()


def _signed(amount: str, side: str) -> str:
    return f"-{amount}" if side == "DBIT" and amount.strip("0.") else amount


def exact(text: str) -> str:
    """Return a decimal of XML Schema as `digits[.digits]`, or "" if it is none.

    Zeros that say nothing are left out: those before, and those past the second place.
    """
    if _SIMPLE.fullmatch(text):
        return text
    if "&" in text:
        text = unescaped(text)
    match = _AMOUNT.fullmatch(text.strip()) if len(text) < _LONGEST else None
    if match is None:
        return ""
    whole, part = match[1], match[2] or ""
    if not whole and not part and "0" not in text:
        return ""
    if len(part) > 2:
        part = part.rstrip("0").ljust(2, "0")
    return f"{whole or '0'}.{part}" if part else whole or "0"


def _details(
    parts: dict[str, str], details: str, account: str, *, comes_in: bool
) -> tuple[tuple[str, ...], str, str, str]:
    """Return an entry's references, name and account of the other side, and its text.

    References: what both sides know before what one bank says; a batch is called as a whole first.
    The other side is the debtor of what comes in, the creditor of what goes out; where that is this
    account itself, or is not named, the other of the two. Empty where there are several.
    """
    ranks = _BATCH_RANKS if details.count("<TxDtls") > 1 else _RANKS
    named: list[tuple[int, str]] = []
    parties: list[tuple[str, str]] = []
    texts: list[str] = []
    for name, text, role, party, account_role, number in _DETAIL.findall(details):
        if name:
            if name in ranks:
                # A bank's own count of a movement ("LegalSequenceNumber 100") names nothing.
                if name != "Ref" or not _COUNTER.fullmatch(text.strip()):
                    named.append((ranks[name], unescaped(text)))
            else:
                texts.append(unescaped(text))
        elif party:
            parties.append((role, unescaped(party)))
        elif number:
            parties.append((account_role + "Acct", "".join(number.split())))
    if "AcctSvcrRef" in parts:
        named.append((ranks["AcctSvcrRef"], unescaped(parts["AcctSvcrRef"])))
    if "NtryRef" in parts and not _COUNTER.fullmatch(parts["NtryRef"].strip()):
        named.append((ranks["NtryRef"], unescaped(parts["NtryRef"])))
    if "AddtlNtryInf" in parts:
        texts.append(unescaped(parts["AddtlNtryInf"]))
    named.sort(key=_rank)
    references = {text: None for _, text in named if text.upper() not in _NO_REFERENCE}
    party, number = _other_side(parties, account, _INCOMING if comes_in else _OUTGOING)
    words = texts[0] if len(texts) == 1 else " ".join(dict.fromkeys(texts)).strip()
    return tuple(references), party, number, words


def _other_side(
    parties: Sequence[tuple[str, str]], account: str, roles: tuple[str, str]
) -> tuple[str, str]:
    for role in roles if parties else ():
        account_role = role + "Acct"
        names = [text for kind, text in parties if kind == role]
        numbers = [text for kind, text in parties if kind == account_role]
        if (names or numbers) and account not in numbers:
            if len(set(names)) > 1 or len(set(numbers)) > 1:
                break
            return names[0] if names else "", numbers[0] if numbers else ""
    return "", ""


def _account(given: Sequence[Node]) -> tuple[str, str]:
    """Return number and currency of the statement's account."""
    number = currency = ""
    for node in nodes(given[0].inside) if given else ():
        if node.name == "Id":
            leaves = _LEAF.findall(f"<Id>{node.inside}</Id>")
            number = next((text for name, text in leaves if name == "IBAN"), "")
            number = number or (leaves[0][1] if leaves else "")
        elif node.name == "Ccy":
            currency = node.inside.strip().upper()
    return "".join(unescaped(number).split()), currency


def _balances(found: _File, given: Sequence[Node], place: int, spoilt: list[str]) -> list[_Balance]:
    """Return the booked balances of a statement; one that cannot be read spoils it."""
    balances = []
    for number, node in enumerate(given, 1):
        parts = {part.name: part for part in reversed(list(nodes(node.inside)))}
        kind = parts["Tp"].inside if "Tp" in parts else ""
        # `SubTp` stands behind and may have a code of its own.
        code = unescaped(match[1]).upper() if (match := _CODE.search(kind)) else ""
        if code not in _BOOKED:
            continue
        amount = exact(parts["Amt"].inside) if "Amt" in parts else ""
        side = parts["CdtDbtInd"].inside.strip() if "CdtDbtInd" in parts else ""
        day = _day(parts["Dt"].inside) if "Dt" in parts else None
        row = f"Bal {number} ({code})"
        if not amount or side not in ("CRDT", "DBIT") or day is None:
            found.fault(
                place,
                f"{row}: its amount, CdtDbtInd or day cannot be read",
                "Ask the bank for the file again",
            )
            spoilt.append(f"{row} cannot be read")
            continue
        amount = _signed(amount, side)
        currency = _currency(parts["Amt"].attributes)
        balances.append(_Balance(code, currency, BankBalance(amount, day, row)))
    return balances


def _opening_and_closing(
    balances: Sequence[_Balance], page: int | None, spoilt: list[str]
) -> tuple[BankBalance | None, BankBalance | None]:
    """Return the balances before and after the entries: booked ones, interim ones between pages."""
    by_code: defaultdict[str, list[BankBalance]] = defaultdict(list)
    for balance in balances:
        by_code[balance.code].append(balance.balance)
    for code, given in by_code.items():
        if code != "ITBD" and len({(item.day, item.amount) for item in given}) > len(
            {item.day for item in given}
        ):
            spoilt.append(f"it states two balances {code} of one day")
    interim = sorted(by_code["ITBD"], key=lambda item: item.day)
    opening = min(by_code["OPBD"], key=lambda item: item.day, default=None)
    shut = max(by_code["CLBD"], key=lambda item: item.day, default=None)
    if opening is None and by_code["PRCD"]:
        before = max(by_code["PRCD"], key=lambda item: item.day)
        opening = BankBalance(before.amount, before.day + _DAY, before.row)
    if opening is None and interim and (shut is not None or len(interim) > 1 or (page or 1) > 1):
        opening = interim.pop(0)
    if shut is None and interim and opening is not None:
        shut = interim[-1]
    return opening, shut


def _period(given: Sequence[Node]) -> tuple[date | None, date | None, bool]:
    """Return first and last day of `FrToDt`, and whether it ends at the first second of its day."""
    first = last = None
    midnight = False
    for node in nodes(given[0].inside) if given else ():
        if node.name.startswith("Fr"):
            first = _day(node.inside)
        elif node.name.startswith("To"):
            last = _day(node.inside)
            midnight = bool(re.search(r"T00:00(?::00(?:\.0+)?)?(?!:?\d)", node.inside))
    return first, last, midnight


def _last_day(
    first: date | None,
    last: date | None,
    kept: _Entries,
    shut: BankBalance | None,
    *,
    midnight: bool,
) -> date | None:
    """Return the last day a statement covers; an end at midnight is the day before.

    Unless an entry or the closing balance is of that very day: then the bank means the day itself.
    """
    if last is None or not midnight or (first is not None and first >= last):
        return last
    if (shut and shut.day >= last) or any(entry.booked >= last for entry in kept.booked):
        return last
    return last - _DAY


def _page(pagination: str, header: str) -> tuple[int | None, bool | None]:
    """Return page and whether it is the last; None and None where there is one page."""
    if not pagination and (match := _MESSAGE_PAGES.search(header)):
        pagination = match[1]
    parts = {node.name: node.inside.strip() for node in nodes(pagination)}
    number = parts.get("PgNb", "")
    last = parts["LastPgInd"] in _TRUE if "LastPgInd" in parts else None
    if not number.isascii() or not number.isdecimal() or len(number) > 9:
        return None, None
    if int(number) == 1 and last is not False:
        return None, None
    return int(number), last


def _number(found: _File, head: dict[str, list[Node]]) -> int | None:
    """Return the statement's number in its account's sequence."""
    for name in ("ElctrncSeqNb", "LglSeqNb"):
        if head[name] and (text := unescaped(head[name][0].inside)):
            if text.isascii() and text.isdecimal() and len(text) < _MOST_NUMBER:
                return int(text)
            found.notes.append(f"{found.name}: {name} {text[:40]!r} is no number and says nothing")
    return None


def _controls(
    found: _File, summary: str, kept: _Entries, place: int
) -> tuple[tuple[str, str, str], ...]:
    """Return the totals of `TxsSummry` that do not fit, or do, as claimed and counted.

    Banks count booked entries, all of them, or the payments within; sums prove the money, so a
    count beside a sum that fits is only a fault.
    """
    booked = [Decimal(entry.amount) for entry in kept.booked]
    every = [*booked, *(Decimal(amount) for _, amount in kept.pending)]
    turned = [
        -amount if entry.reversal else amount
        for amount, entry in zip(booked, kept.booked, strict=True)
    ]
    controls = []
    for node in nodes(summary):
        if node.name not in _TOTALS:
            continue
        what, sides = _TOTALS[node.name]
        parts = {part.name: part.inside.strip() for part in nodes(node.inside)}
        ways = [
            [abs(amount) for amount in amounts if not amount or (amount > 0) in sides]
            for amounts in (booked, every, turned)
        ]
        sums = [sum(way, Decimal()) for way in ways]
        claimed = exact(parts.get("Sum", ""))
        fits = bool(claimed) and Decimal(claimed) in sums
        if claimed:
            counted = claimed if fits else f"{sums[0]:f}"
            controls.append((f"the sum of {what}", claimed, counted))
        number = parts.get("NbOfNtries", "")
        counts = [str(len(way)) for way in ways]
        if fits and number and number.lstrip("0") not in {*counts, ""}:
            found.fault(
                place,
                f"TxsSummry counts {number} {what}, and {counts[0]} stand there; their sum fits",
                "Ask the bank what it counts",
            )
        elif number:
            plain = number.lstrip("0") or "0"
            counted = plain if plain in counts else counts[0]
            controls.append((f"the number of {what}", plain, counted))
    return tuple(controls)


def _note_pending(found: _File, kept: _Entries, code: str, name: str) -> None:
    """Note what is not booked, by status: how many, and what they add up to."""
    by_status: defaultdict[str, list[Decimal]] = defaultdict(list)
    for status, amount in kept.pending:
        by_status[status].append(Decimal(amount))
    for status, amounts in sorted(by_status.items()):
        entries = "1 entry has" if len(amounts) == 1 else f"{len(amounts)} entries have"
        found.notes.append(
            f"{found.name}: in statement {name or '?'} {entries} the status {status} and "
            f"add{'s' if len(amounts) == 1 else ''} up to {sum(amounts):f} {code}; "
            "what is not booked is no move"
        )
