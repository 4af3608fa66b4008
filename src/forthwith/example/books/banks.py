"""Statements as banks write them: CAMT.053, OFX, MT940, BAI2, and a CSV of an own layout."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from xml.sax.saxutils import escape

from forthwith.domain.amounts import amount_text
from forthwith.example.books.model import BankRow

_CAMT = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One statement: an account's rows from a day through a day, between two balances in cents."""

    account: str
    owner: str
    first: date
    last: date
    opening: int
    rows: Sequence[BankRow]
    number: int

    @property
    def closing(self) -> int:
        """Return the balance after the last row."""
        return self.opening + sum(row.amount for row in self.rows)


def day(when: int) -> date:
    """Return the day of an instant in UTC."""
    return datetime.fromtimestamp(when, UTC).date()


def cents(amount: int) -> str:
    """Return an amount without its sign: "12.30"."""
    return amount_text(abs(amount), 2)


def camt053(sheet: Sheet) -> str:
    """Return a CAMT.053.001.08 document of one statement."""
    made = f"{sheet.last}T23:59:59Z"
    name = f"{sheet.account}-{sheet.last:%Y-%m}"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="{_CAMT}"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>{name}</MsgId><CreDtTm>{made}</CreDtTm></GrpHdr><Stmt><Id>{name}</Id>"
        f"<ElctrncSeqNb>{sheet.number}</ElctrncSeqNb><CreDtTm>{made}</CreDtTm>"
        f"<FrToDt><FrDtTm>{sheet.first}T00:00:00Z</FrDtTm><ToDtTm>{made}</ToDtTm></FrToDt>"
        f"<Acct><Id><Othr><Id>{sheet.account}</Id></Othr></Id><Ccy>USD</Ccy>"
        f"<Ownr><Nm>{escape(sheet.owner)}</Nm></Ownr></Acct>"
        f"{_camt_balance('OPBD', sheet.opening, sheet.first)}"
        f"{_camt_balance('CLBD', sheet.closing, sheet.last)}"
        f"<TxsSummry><TtlNtries><NbOfNtries>{len(sheet.rows)}</NbOfNtries></TtlNtries></TxsSummry>"
        f"{''.join(_camt_entry(at, row) for at, row in enumerate(sheet.rows, start=1))}"
        "</Stmt></BkToCstmrStmt></Document>\n"
    )


def _camt_balance(kind: str, amount: int, when: date) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="USD">{cents(amount)}</Amt><CdtDbtInd>{_indicator(amount)}</CdtDbtInd>'
        f"<Dt><Dt>{when}</Dt></Dt></Bal>"
    )


def _camt_entry(number: int, row: BankRow) -> str:
    when, side = day(row.day), "Dbtr" if row.amount > 0 else "Cdtr"
    moved = (
        f'<Amt Ccy="USD">{cents(row.amount)}</Amt><CdtDbtInd>{_indicator(row.amount)}</CdtDbtInd>'
    )
    return (
        f"\n<Ntry><NtryRef>{number}</NtryRef>{moved}<Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{when}</Dt></BookgDt><ValDt><Dt>{when}</Dt></ValDt>"
        f"<AcctSvcrRef>{row.reference}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly>"
        f"<Cd>{'RCDT' if row.amount > 0 else 'ICDT'}</Cd><SubFmlyCd>DMCT</SubFmlyCd>"
        f"</Fmly></Domn></BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>{row.reference}</EndToEndId>"
        f"</Refs>{moved}<RltdPties><{side}><Pty><Nm>{escape(row.party)}</Nm></Pty></{side}>"
        f"<{side}Acct><Id><Othr><Id>{row.party_account}</Id></Othr></Id></{side}Acct></RltdPties>"
        f"<RmtInf><Ustrd>{escape(row.words)}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def _indicator(amount: int) -> str:
    return "CRDT" if amount >= 0 else "DBIT"


def ofx(sheet: Sheet) -> str:
    """Return an OFX 1.02 (SGML) file of one statement."""
    rows = "\n".join(
        f"<STMTTRN><TRNTYPE>{'CREDIT' if row.amount > 0 else 'DEBIT'}"
        f"<DTPOSTED>{day(row.day):%Y%m%d}120000[0:GMT]<TRNAMT>{amount_text(row.amount, 2)}"
        f"<FITID>{row.reference}<NAME>{escape(row.party)[:32]}<MEMO>{escape(row.words)}</STMTTRN>"
        for row in sheet.rows
    )
    return (
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:USASCII\nCHARSET:1252\n"
        "COMPRESSION:NONE\nOLDFILEUID:NONE\nNEWFILEUID:NONE\n\n"
        "<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS>"
        f"<DTSERVER>{sheet.last:%Y%m%d}235959[0:GMT]<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1>"
        "<BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS>"
        f"<CURDEF>USD<BANKACCTFROM><BANKID>026009593<ACCTID>{sheet.account}"
        "<ACCTTYPE>CHECKING</BANKACCTFROM>\n"
        f"<BANKTRANLIST><DTSTART>{sheet.first:%Y%m%d}000000[0:GMT]"
        f"<DTEND>{sheet.last:%Y%m%d}235959[0:GMT]\n{rows}\n</BANKTRANLIST>\n"
        f"<LEDGERBAL><BALAMT>{amount_text(sheet.closing, 2)}"
        f"<DTASOF>{sheet.last:%Y%m%d}235959[0:GMT]</LEDGERBAL>"
        "</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
    )


def mt940(sheets: Sequence[Sheet]) -> str:
    """Return a file of MT940 statements; `:86:` is cut at 65 characters, as SWIFT has it."""
    lines: list[str] = []
    for sheet in sheets:
        lines += [
            f":20:STMT{sheet.number:05d}",
            f":25:{sheet.account}",
            f":28C:{sheet.number}/1",
            f":60F:{_swift(sheet.opening, sheet.first)}",
        ]
        for at, row in enumerate(sheet.rows, start=1):
            when, mark = day(row.day), "C" if row.amount > 0 else "D"
            lines.append(
                f":61:{when:%y%m%d}{when:%m%d}{mark}{cents(row.amount).replace('.', ',')}"
                f"NTRF{row.reference}//{sheet.account[-4:]}{sheet.number:03d}{at:03d}"
            )
            told = f"/NAME/{row.party}/ACCT/{row.party_account}/REMI/{row.words}"
            cut = [told[at : at + 65] for at in range(0, len(told), 65)]
            lines += [f":86:{cut[0]}", *cut[1:]]
        lines += [f":62F:{_swift(sheet.closing, sheet.last)}", "-"]
    return "\r\n".join(lines) + "\r\n"


def _swift(amount: int, when: date) -> str:
    mark = "C" if amount >= 0 else "D"
    return f"{mark}{when:%y%m%d}USD{cents(amount).replace('.', ',')}"


def bai2(sheet: Sheet) -> str:
    """Return a BAI2 file of one account: a group a day with rows, of the first and the last day.

    A row of BAI2 has no day of its own; its group's as-of day is the day it was booked. Control
    totals and counts are those of the records.
    """
    days = sorted({sheet.first, *(day(row.day) for row in sheet.rows), sheet.last})
    lines = [f"01,HARBORBK,NORTHGATE,{sheet.last:%y%m%d},2359,{sheet.last:%Y%m},,,2/"]
    balance, file_total = sheet.opening, 0
    for when in days:
        rows = [row for row in sheet.rows if day(row.day) == when]
        closing = balance + sum(row.amount for row in rows)
        total = balance + closing + sum(abs(row.amount) for row in rows)
        lines += [
            f"02,NORTHGATE,HARBORBK,1,{when:%y%m%d},2359,USD,2/",
            f"03,{sheet.account},USD,010,{balance},,,015,{closing},,/",
            *(
                f"16,{'195' if row.amount > 0 else '495'},{abs(row.amount)},V,{when:%y%m%d},,"
                f"{row.reference},,{row.party} {row.words}"
                for row in rows
            ),
            f"49,{total},{len(rows) + 2}/",
            f"98,{total},1,{len(rows) + 4}/",
        ]
        balance, file_total = closing, file_total + total
    lines.append(f"99,{file_total},{len(days)},{len(lines) + 1}/")
    return "\n".join(lines) + "\n"


def layout_csv(sheet: Sheet) -> str:
    """Return the statement of a bank that writes the day first and groups thousands."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ("Date", "Description", "Counterparty", "Counterparty account", "Reference", "Debit",
         "Credit", "Balance")
    )  # fmt: skip
    balance = sheet.opening
    writer.writerow([sheet.first, "Opening balance", "", "", "", "", "", grouped(balance)])
    for row in sheet.rows:
        balance += row.amount
        debit, credit = ("", cents(row.amount)) if row.amount > 0 else (cents(row.amount), "")
        writer.writerow(
            [
                f"{day(row.day):%d/%m/%Y}", row.words, row.party, row.party_account, row.reference,
                debit, credit, grouped(balance),
            ]
        )  # fmt: skip
    return out.getvalue()


def grouped(amount: int) -> str:
    """Return an amount with commas between thousands, as that bank writes balances."""
    whole, part = divmod(abs(amount), 100)
    return f"{'-' if amount < 0 else ''}{whole:,}.{part:02d}"


def months(first: date, last: date) -> list[tuple[date, date]]:
    """Return first and last day of each month from a day through a day."""
    spans = []
    while first <= last:
        after = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        spans.append((first, min(after - timedelta(days=1), last)))
        first = after
    return spans


def weeks(first: date, last: date) -> list[tuple[date, date]]:
    """Return first and last day of each seven days from a day through a day."""
    spans = []
    while first <= last:
        spans.append((first, min(first + timedelta(days=6), last)))
        first += timedelta(days=7)
    return spans
