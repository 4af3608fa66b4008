"""Statements of banks: entries a second of CPU, each format against its limit.

The files are made here: entries with a counterparty and a purpose, as a bank writes them. Beside
each stands what the least reader of the same bytes takes: the standard library's tree for XML, its
lines for the rest. Run: python -m benchmarks.bank_statements
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from forthwith.domain.bank import BankRead
from forthwith.exports.bank import bai2, camt, csv, mt940, ofx

ENTRIES, RUNS, LIMIT = 20_000, 5, 50_000


def _camt() -> bytes:
    entry = (
        '<Ntry><Amt Ccy="USD">{n}.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        "<BookgDt><Dt>2026-01-15</Dt></BookgDt><AcctSvcrRef>W{n}</AcctSvcrRef><NtryDtls><TxDtls>"
        "<Refs><EndToEndId>W{n}</EndToEndId></Refs><RltdPties><Dbtr><Pty><Nm>Ada Brandt</Nm></Pty>"
        "</Dbtr></RltdPties><RmtInf><Ustrd>DEPOSIT</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )
    head = (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>'
        "<Id>1</Id><Acct><Id><Othr><Id>7710</Id></Othr></Id><Ccy>USD</Ccy></Acct>"
    )
    body = "".join(entry.format(n=number) for number in range(1, ENTRIES + 1))
    return f"{head}{body}</Stmt></BkToCstmrStmt></Document>".encode()


def _mt940() -> bytes:
    line = ":61:2601150115C{n},00NTRFW{n}//99{n}\n:86:/NAME/Dunlin Foods/ACCT/77/REMI/FEES\n"
    body = "".join(line.format(n=number) for number in range(1, ENTRIES + 1))
    head = ":20:A\n:25:7710\n:28C:1/1\n:60F:C260101USD0,00\n"
    return f"{head}{body}:62F:C260131USD200010000,00\n-\n".encode()


def _ofx() -> bytes:
    entry = (
        "<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260115120000[0:GMT]<TRNAMT>{n}.00<FITID>W{n}"
        "<NAME>Ada Brandt<MEMO>DEPOSIT</STMTTRN>\n"
    )
    body = "".join(entry.format(n=number) for number in range(1, ENTRIES + 1))
    head = (
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS>"
        "<CURDEF>USD<BANKACCTFROM><BANKID>1<ACCTID>7710<ACCTTYPE>CHECKING</BANKACCTFROM>"
        "<BANKTRANLIST><DTSTART>20260101<DTEND>20260131\n"
    )
    return f"{head}{body}</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>".encode()


def _bai2() -> bytes:
    body = "".join(f"16,195,{number},,B{number},C{number},DEPOSIT/\n" for number in range(ENTRIES))
    total = sum(range(ENTRIES))
    return (
        "01,BANK,ACME,260131,2359,1,,,2/\n02,ACME,BANK,1,260131,2359,USD,2/\n"
        f"03,7710,USD,010,0,,,015,{total},,/\n{body}49,{2 * total},{ENTRIES + 2}/\n"
        f"98,{2 * total},1,{ENTRIES + 4}/\n99,{2 * total},1,{ENTRIES + 6}/\n"
    ).encode()


def _csv() -> bytes:
    body = "".join(f"2026-01-15,text {number},-{number}.00\n" for number in range(ENTRIES))
    return f"Date,Description,Amount (USD)\n{body}".encode()


FORMS: dict[str, tuple[Callable[[], bytes], Callable[[bytes], BankRead]]] = {
    "CAMT.053": (_camt, lambda data: camt.read(data, "a.xml")),
    "MT940": (_mt940, lambda data: mt940.read(data, "a.sta")),
    "OFX": (_ofx, lambda data: ofx.read(data, "a.ofx")),
    "BAI2": (_bai2, lambda data: bai2.read(data, "a.bai2")),
    "CSV": (_csv, lambda data: csv.read(data, "7710.csv", None, {"7710": "USD"})),
}


def _seconds(work: Callable[[], object]) -> float:
    spans = []
    for _ in range(RUNS):
        began = time.process_time()
        work()
        spans.append(time.process_time() - began)
    return statistics.median(spans)


def run(_corpora: Path) -> list[dict[str, Any]]:
    """Return a row for each format."""
    rows = []
    for name, (make, read) in FORMS.items():
        data = make()
        entries = sum(len(statement.entries) for statement in read(data).statements)
        assert entries == ENTRIES, (name, entries)
        ours = entries / _seconds(lambda read=read, data=data: read(data))
        bare = ElementTree.fromstring if name == "CAMT.053" else bytes.splitlines
        least = entries / _seconds(lambda bare=bare, data=data: bare(data))
        rows.append(
            {
                "what": f"statements, {name}, {ENTRIES:,} entries",
                "ours": f"{ours:,.0f} entries a CPU-second",
                "peer": f"a bare reading of its {'tree' if name == 'CAMT.053' else 'lines'}: "
                f"{least:,.0f}",
                "ratio": ours / LIMIT,
                "limit": f">= {LIMIT:,} (CSV: none is stated)"
                if name == "CSV"
                else f">= {LIMIT:,}",
                "met": None if name == "CSV" else ours >= LIMIT,
            }
        )
    return rows


if __name__ == "__main__":
    for row in run(Path()):
        print(row)
