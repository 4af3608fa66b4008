"""OFX and QFX to statements: against another reader, and what banks do to the format."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.bank import BankEntry, BankRead
from forthwith.exports.bank import ofx

HEADER = "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:USASCII\nCHARSET:1252\n\n"
ACCOUNT = "<CURDEF>USD<BANKACCTFROM><BANKID>021<ACCTID>7710 004411<ACCTTYPE>CHECKING</BANKACCTFROM>"
CLOSING = "<LEDGERBAL><BALAMT>100.00<DTASOF>20260131</LEDGERBAL>"


def file(*entries: str, closing: str = CLOSING, end: str = "</OFX>") -> str:
    listed = "\n".join(entries)
    return (
        f"{HEADER}<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS>{ACCOUNT}<BANKTRANLIST><DTSTART>20260101"
        f"<DTEND>20260131\n{listed}\n</BANKTRANLIST>{closing}</STMTRS></STMTTRNRS></BANKMSGSRSV1>{end}"
    )


def trn(
    amount: str = "1.00",
    number: str = "F1",
    posted: str = "20260102",
    kind: str = "OTHER",
    more: str = "",
) -> str:
    return (
        f"<STMTTRN><TRNTYPE>{kind}<DTPOSTED>{posted}<TRNAMT>{amount}<FITID>{number}<NAME>Dunlin"
        f"<MEMO>words{more}</STMTTRN>"
    )


def read(text: str) -> BankRead:
    return ofx.read(text.encode(), "a.ofx")


def entries(text: str) -> tuple[BankEntry, ...]:
    return read(text).statements[0].entries


@pytest.mark.parametrize("folder", ["statements-ofx", "case-tamarack/bank", "statements-mixed"])
def test_every_transaction_is_an_entry_or_a_fault(corpora: Path, folder: str) -> None:
    """In investment_medium.ofx three are in another currency than their account."""
    uncounted = {}
    for path in (corpora / "books" / folder).glob("*.[oq]fx"):
        data = path.read_bytes()
        found = ofx.read(data, path.name)
        made = sum(len(part.entries) for part in found.statements)
        assert data.count(b"<STMTTRN>") == sum(
            int(claimed) for part in found.statements for _, claimed, _ in part.controls
        )
        if data.count(b"<STMTTRN>") != made:
            uncounted[path.name] = data.count(b"<STMTTRN>") - made
            assert sum("was not counted" in fault.do for fault in found.faults) == 3

    assert uncounted == ({"investment_medium.ofx": 3} if folder == "statements-ofx" else {})


def test_amounts_and_days_are_those_of_another_reader(corpora: Path) -> None:
    """Where bankstatementparser reads a file whole; it raises on $120."""
    other = pytest.importorskip("bankstatementparser")
    compared = []
    books = corpora / "books"
    for path in [
        *(books / "statements-ofx").glob("*.ofx"),
        *(books / "case-tamarack").rglob("*.ofx"),
    ]:
        if path.name in {"decimal_error.ofx", "date_missing.ofx", "investment_medium.ofx"}:
            continue
        told = other.OfxParser(str(path)).parse()
        parts = ofx.read(path.read_bytes(), path.name).statements
        mine = [
            (f"{line.booked:%Y%m%d}", Decimal(line.amount))
            for part in parts
            for line in part.entries
        ]
        if mine:
            rows = zip(told["date"], told["amount"], strict=True)
            assert [(str(day)[:8], Decimal(str(amount))) for day, amount in rows] == mine, path.name
            compared.append(path.name)

    assert len(compared) == 11


def test_ofx_and_camt_of_one_account_tell_the_same(corpora: Path) -> None:
    """CAMT read here by nothing but its own tags: amount, indicator, day, reference."""
    import re

    folder = corpora / "books/case-tamarack/bank"
    for month in ("01", "02", "03"):
        path = folder / f"fbo-2026-{month}.ofx"
        (part,) = ofx.read(path.read_bytes(), path.name).statements
        camt = (folder / f"fbo-2026-{month}.camt053.xml").read_text()
        wanted = []
        for entry in re.findall(r"<Ntry>(.*?)</Ntry>", camt, re.DOTALL):
            amount = re.search(r"<Amt[^>]*>([\d.]+)<", entry)
            day = re.search(r"<BookgDt><Dt>([\d-]+)<", entry)
            assert amount
            assert day
            sign = -1 if "<CdtDbtInd>DBIT" in entry else 1
            wanted.append((day[1], sign * Decimal(amount[1])))

        got = [(line.booked.isoformat(), Decimal(line.amount)) for line in part.entries]
        assert got == wanted
        assert part.closing is not None
        assert part.closing.amount in camt


def test_no_opening_balance_is_claimed() -> None:
    (part,) = read(file(trn())).statements

    assert part.opening is None
    assert part.closing is not None
    assert (part.closing.amount, part.closing.day) == ("100.00", date(2026, 1, 31))
    assert (part.account, part.currency, part.start) == ("7710004411", "USD", date(2026, 1, 1))


@pytest.mark.parametrize(
    "posted, booked",
    [
        ("20260102", date(2026, 1, 2)),
        ("20260102235959[-8:PST]", date(2026, 1, 2)),
        ("20260101230000.000[0:GMT]", date(2026, 1, 1)),
        ("20260102000000[+9:JST]", date(2026, 1, 2)),
        ("2026-01-02T10:00:00", date(2026, 1, 2)),
        ("20260102120000:014", date(2026, 1, 2)),
    ],
)
def test_a_time_counts_on_its_own_day(posted: str, booked: date) -> None:
    """The bank books in its own zone; turning it into another would move the day."""
    assert entries(file(trn(posted=posted)))[0].booked == booked


@pytest.mark.parametrize(
    "written, amount",
    [
        ("-12.50", "-12.50"),
        ("+12.50", "12.50"),
        ("12,50", "12.50"),
        ("-1.234,56", "-1234.56"),
        ("1,234.56", "1234.56"),
        (".50", "0.50"),
        ("-0.00", "0.00"),
        ("12.345678901", "12.345678901"),
        ("5", "5"),
        ("1.234", "1.234"),
        (" 7.00 ", "7.00"),
    ],
)
def test_amounts_are_exact_text(written: str, amount: str) -> None:
    assert entries(file(trn(written), closing=""))[0].amount == amount


@pytest.mark.parametrize(
    "written", ["1E5", "12..5", "abc", "1,234", "0x10", "1 2 3", "12.50.1", "--5", "NaN"]
)
def test_an_amount_that_is_none_is_told_and_not_counted(written: str) -> None:
    found = read(file(trn(written), trn(number="F2"), closing=""))

    if written == "1,234":
        # The other entry shows that the file's decimal sign is a point.
        assert [line.amount for line in found.statements[0].entries] == ["1234", "1.00"]
        return
    assert [line.references for line in found.statements[0].entries] == [("F2",)]
    assert found.statements[0].controls == (("entries", "2", "1"),)
    assert len(found.faults) == 1


def test_thousands_or_decimals_are_not_guessed() -> None:
    found = read(file(trn("1,234"), closing=""))

    assert not found.statements[0].entries
    assert "thousands or decimals" in found.faults[0].what


@pytest.mark.parametrize(
    "posted, day",
    [
        ("", date(2026, 1, 31)),
        ("20260230", date(2026, 1, 31)),
        ("201120000000", date(2026, 1, 31)),
        ("yesterday", date(2026, 1, 31)),
        ("<DTUSER>20260105", date(2026, 1, 5)),
    ],
)
def test_a_missing_day_keeps_its_entry_in_doubt(posted: str, day: date) -> None:
    found = read(file(trn(posted=posted)))
    (only,) = found.statements[0].entries

    assert only.booked == day
    assert only.doubt
    assert str(day) in found.faults[0].do


def test_a_transaction_told_twice_counts_once() -> None:
    found = read(file(trn(), trn(), trn("2.00")))

    assert [line.amount for line in found.statements[0].entries] == ["1.00", "2.00"]
    assert [("again" in fault.what, "differ" in fault.what) for fault in found.faults] == [
        (True, False),
        (False, True),
    ]


def test_one_number_in_two_accounts_is_two_transactions() -> None:
    text = file(trn())
    both = text.replace("</OFX>", text[text.index("<BANKMSGSRSV1>") :].replace("004411", "004412"))

    assert [len(part.entries) for part in read(both).statements] == [1, 1]
    assert not read(both).faults


@pytest.mark.parametrize("action, left", [("REPLACE", ["-3.00", "5.00"]), ("DELETE", ["-3.00"])])
def test_a_correction_takes_the_place_of_what_it_corrects(action: str, left: list[str]) -> None:
    fixed = f"<CORRECTFITID>F1<CORRECTACTION>{action}"
    found = read(file(trn("4.00"), trn("-3.00", "F2"), trn("5.00", "F3", more=fixed)))

    assert [line.amount for line in found.statements[0].entries] == left
    assert len(found.notes) == 1


def test_a_correction_of_another_file_is_told() -> None:
    found = read(file(trn(more="<CORRECTFITID>OLD<CORRECTACTION>REPLACE")))

    assert len(found.statements[0].entries) == 1
    assert "'OLD'" in found.faults[0].what


@pytest.mark.parametrize(
    "kind, amount, faults",
    [
        ("DEBIT", "5.00", 1),
        ("CREDIT", "-5.00", 1),
        ("DEBIT", "-5.00", 0),
        ("CHECK", "-5.00", 0),
        ("XFER", "-5.00", 0),
        ("FEE", "5.00", 0),
        ("DEBIT", "0.00", 0),
    ],
)
def test_the_amounts_own_sign_counts(kind: str, amount: str, faults: int) -> None:
    found = read(file(trn(amount, kind=kind)))

    assert found.statements[0].entries[0].amount == amount
    assert len(found.faults) == faults


def test_an_amount_in_another_currency_is_not_counted() -> None:
    found = read(
        file(
            trn("5.00", more="<CURRENCY><CURRATE>1.1<CURSYM>EUR</CURRENCY>"),
            trn("6.00", "F2", more="<ORIGCURRENCY><CURRATE>1.1<CURSYM>EUR</ORIGCURRENCY>"),
            trn("7.00", "F3", more="<CURRENCY><CURRATE>1<CURSYM>usd</CURRENCY>"),
        )
    )

    assert [line.amount for line in found.statements[0].entries] == ["6.00", "7.00"]
    assert "EUR" in found.faults[0].what


def _without_ends(text: str) -> str:
    return text.replace("</STMTTRN>", "").replace("</BANKACCTFROM>", "").replace("</LEDGERBAL>", "")


def _as_xml(text: str) -> str:
    import re

    body = text[text.index("<OFX>") :]
    body = re.sub(r"<([A-Z]+)>([^<\s][^<]*)", r"<\1>\2</\1>\n", body)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<?OFX OFXHEADER="200" VERSION="220"?>\n{body}'


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text,
        _without_ends,
        _as_xml,
        str.lower,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", ""),
        lambda text: text.replace("<", "\n  <"),
        lambda text: text.replace(HEADER, ""),
        lambda text: text.replace("</STMTRS>", "</CCSTMTRS>"),
        lambda text: text.replace("<OFX>", "<OFX><FI><ORG/><FID /></FI>"),
        lambda text: text.replace("<OFX>", "<OFX><!-- <STMTTRN><TRNAMT>9.00</STMTTRN> -->"),
        lambda text: text.replace("Dunlin", "<![CDATA[Dunlin]]>"),
        lambda text: text.replace("<NAME>", "<EXTRA>x<INTU.BID>3000<NAME>"),
    ],
)
def test_how_tags_are_written_changes_nothing(change: object) -> None:
    text = file(trn("-2.50"), trn("3.00", "F2", more=" &amp; more"))
    found = read(change(text))  # type: ignore[operator]
    (part,) = found.statements

    assert [(line.amount, line.party.lower(), line.text) for line in part.entries] == [
        ("-2.50", "dunlin", "words"),
        ("3.00", "dunlin", "words & more"),
    ]
    assert part.account == "7710004411"
    assert part.closing is not None
    assert part.closing.amount == "100.00"
    assert not found.faults


def test_a_credit_cards_statement_is_one_too() -> None:
    text = file(trn("-2.50")).replace("STMTRS>", "CCSTMTRS>").replace("BANKACCTFROM", "CCACCTFROM")

    assert [(part.account, len(part.entries)) for part in read(text).statements] == [
        ("7710004411", 1)
    ]


def test_an_outer_end_tag_ends_the_entry_within() -> None:
    text = file(trn(), trn("2.00", "F2")).replace("</STMTTRN>", "").replace("</BANKTRANLIST>", "")

    assert [line.amount for line in entries(text.replace(CLOSING, ""))] == ["1.00", "2.00"]


def test_pending_entries_are_no_moves() -> None:
    text = file(trn()).replace(
        "</BANKTRANLIST>",
        "</BANKTRANLIST><BANKTRANLISTP><DTASOF>20260131"
        "<STMTTRNP><TRNTYPE>DEBIT<DTTRAN>20260131<TRNAMT>-9.00</STMTTRNP></BANKTRANLISTP>",
    )
    found = read(text)

    assert [line.amount for line in found.statements[0].entries] == ["1.00"]
    assert found.statements[0].closing is not None
    assert any("pending" in note for note in found.notes)


@pytest.mark.parametrize(
    "charset, header",
    [
        ("cp1252", "CHARSET:1252"),
        ("utf-8", "CHARSET:1252"),
        ("utf-8", "CHARSET:NONE"),
        ("utf-16", "CHARSET:NONE"),
        ("iso-8859-15", "CHARSET:ISO-8859-15"),
        ("utf-8-sig", "CHARSET:1252"),
    ],
)
def test_names_are_read_whatever_the_header_says(charset: str, header: str) -> None:
    text = file(trn()).replace("CHARSET:1252", header).replace("Dunlin", "Zoë Müller")

    assert ofx.read(text.encode(charset), "a").statements[0].entries[0].party == "Zoë Müller"


def test_a_file_cut_off_counts_no_half_amount() -> None:
    whole = file(trn("1.00"), trn("1234.56", "F2"))
    for at in range(whole.index("<STMTRS>"), len(whole) - 6):
        found = read(whole[:at])
        assert found.faults
        for part in found.statements:
            assert part.unread
            assert {line.amount for line in part.entries} <= {"1.00", "1234.56"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<OFX></OFX>",
        "x" * 100_000,
        "<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>15500<SEVERITY>ERROR<MESSAGE>no</STATUS></OFX>",
        file(trn(), closing="<LEDGERBAL><BALAMT> <DTASOF>20260131</LEDGERBAL>"),
        file(trn()).replace("USD", ""),
        file(trn()).replace("7710 004411", ""),
        file(trn(""), trn(number="F2")),
    ],
)
def test_what_is_wrong_is_said(text: str) -> None:
    found = read(text)

    assert len(found.faults) == 1
    assert not found.faults[0].what.endswith(".")


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 500))
def test_no_bytes_stop_it(noise: bytes, at: int) -> None:
    data = file(trn(), trn("2.00", "F2")).encode()

    ofx.read(data[:at] + noise + data[at:], "a")


def test_what_is_written_is_read() -> None:
    """An independent writer: random entries in both forms."""
    chance = random.Random(7)
    for _ in range(60):
        lines, wanted = [], []
        for number in range(chance.randrange(9)):
            cents, day = chance.randrange(-(10**10), 10**10), chance.randrange(1, 32)
            sign = "-" if cents < 0 else chance.choice(["", "+"])
            figure = f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02}"
            lines.append(trn(figure, f"F{number:04}", f"202601{day:02}120000"))
            wanted.append((date(2026, 1, day), cents, (f"F{number:04}",)))
        text = file(*lines)
        for form in (text, _as_xml(text), _without_ends(text)):
            found = read(form)
            got = [
                (line.booked, int(Decimal(line.amount) * 100), line.references)
                for line in found.statements[0].entries
            ]
            assert got == wanted
            assert not found.faults


def test_a_hostile_file_costs_no_more_than_its_length() -> None:
    """What grows with its square does not end before the run is given up."""
    for hostile in (
        "<STMTTRN>" * 200_000,
        "<" * 1_000_000,
        "<A" * 500_000,
        "<![CDATA[" * 200_000,
        "<!--" * 300_000,
        "&amp;" * 300_000,
        "<PAYEE>" * 200_000,
    ):
        assert isinstance(read(file(hostile)), BankRead)
