"""CAMT to statements: what moved the balance, what is no move, what a hostile file may not do."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.bank import BankEntry, BankRead, BankStatement, Telling
from forthwith.exports.bank import camt

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def entry(
    amount: str = "10.00", side: str = "CRDT", status: str = "<Cd>BOOK</Cd>", rest: str = "",
    day: str = "<BookgDt><Dt>2026-01-05</Dt></BookgDt>", currency: str = "USD",
) -> str:  # fmt: skip
    """Return one `Ntry`."""
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
        f"<Sts>{status}</Sts>{day}{rest}</Ntry>"
    )


def balance(code: str, amount: str, day: str, side: str = "CRDT", currency: str = "USD") -> str:
    """Return one `Bal`."""
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
    )


BALANCES = balance("OPBD", "100.00", "2026-01-01") + balance("CLBD", "110.00", "2026-01-31")
PERIOD = "<FrToDt><FrDtTm>2026-01-01T00:00:00</FrDtTm><ToDtTm>2026-01-31T23:59:59</ToDtTm></FrToDt>"


def document(
    *entries: str, head: str = PERIOD, balances: str = BALANCES, element: str = "Stmt",
    account: str = "<IBAN>DE75512108001245126199</IBAN>", namespace: str = NAMESPACE,
) -> str:  # fmt: skip
    """Return a whole message with one statement."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{namespace}"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>M1</MsgId></GrpHdr><{element}><Id>S1</Id>"
        f"<ElctrncSeqNb>7</ElctrncSeqNb>{head}<Acct><Id>{account}</Id><Ccy>USD</Ccy></Acct>"
        f"{balances}{''.join(entries)}</{element}></BkToCstmrStmt></Document>"
    )


def read(text: str | bytes) -> BankRead:
    return camt.read(text.encode() if isinstance(text, str) else text, "a.xml")


def only(text: str) -> BankStatement:
    found = read(text)
    assert found.faults == ()
    (statement,) = found.statements
    return statement


def only_entry(text: str) -> BankEntry:
    (found,) = only(document(text)).entries
    return found


def samples(corpora: Path) -> Iterator[tuple[Path, bytes]]:
    for folder in ("statements-camt053", "statements-mixed", "case-tamarack/bank"):
        for path in sorted((corpora / "books" / folder).rglob("*.xml")):
            yield path, path.read_bytes()


@pytest.mark.corpus
def test_every_sample_gives_each_booked_entry_with_its_own_amount(corpora: Path) -> None:
    """Held against the standard library's own tree: `Ntry/Amt` with `CdtDbtInd`, and no detail."""
    counted = 0
    for path, data in samples(corpora):
        if b"Ntry" not in data or "garbled" in path.name:
            continue
        wanted: list[Decimal] = []
        for element in ElementTree.fromstring(data).iter():
            if element.tag.rpartition("}")[2] == "Ntry":
                parts = {part.tag.rpartition("}")[2]: part for part in element}
                status = "".join(parts["Sts"].itertext()).strip() if "Sts" in parts else "BOOK"
                sign = -1 if parts["CdtDbtInd"].text == "DBIT" else 1
                if status == "BOOK" and {"BookgDt", "ValDt"} & set(parts):
                    wanted.append(sign * Decimal(parts["Amt"].text or ""))
        found = camt.read(data, path.name)
        entries = [entry for part in found.statements for entry in part.entries]
        assert sorted(Decimal(entry.amount) for entry in entries) == sorted(wanted), path.name
        assert not [fault for fault in found.faults if "booking date" not in fault.what], path.name
        counted += len(wanted)

    assert counted > 110


@pytest.mark.corpus
def test_another_reader_sees_the_same_amounts_days_and_references(corpora: Path) -> None:
    other = pytest.importorskip("bankstatementparser")
    for path in sorted((corpora / "books/case-tamarack/bank").glob("*.camt053.xml")):
        theirs = other.CamtParser(str(path)).parse()
        (statement,) = camt.read(path.read_bytes(), path.name).statements
        assert [
            (Decimal(entry.amount), entry.booked.isoformat(), entry.references[0])
            for entry in statement.entries
        ] == [(row.Amount, row.BookgDt, row.EndToEndId) for row in theirs.itertuples()]


def test_a_banks_own_count_of_a_movement_is_no_reference() -> None:
    count = "<Prtry><Tp>LegalSequenceNumber</Tp><Ref>100</Ref></Prtry>"
    creditor = "<CdtrRefInf><Ref>RF18539007547034</Ref></CdtrRefInf>"
    details = f"<NtryDtls><TxDtls><Refs>{count}</Refs><RmtInf><Strd>{creditor}</Strd></RmtInf>"
    found = only_entry(entry(rest=f"<NtryRef>3</NtryRef>{details}</TxDtls></NtryDtls>"))

    assert found.references == ("RF18539007547034",)


@pytest.mark.corpus
def test_a_sample_without_a_statement_and_a_garbled_amount_are_faults(corpora: Path) -> None:
    folder = corpora / "books"
    wrong = (folder / "statements-camt053" / "camt053.v2.wrong.xml").read_bytes()
    garbled = (folder / "statements-mixed/golden/camt053_garbled_amount.xml").read_bytes()

    assert "no Stmt" in camt.read(wrong, "w.xml").faults[0].what
    found = camt.read(garbled, "g.xml")
    assert "is not one" in found.faults[0].what
    assert found.faults[0].line > 1
    assert found.statements[0].unread == ("Ntry 1 cannot be read",)


def test_an_entry_counts_and_its_details_do_not() -> None:
    details = (
        "<NtryDtls><TxDtls><Refs><EndToEndId>E1</EndToEndId></Refs>"
        '<AmtDtls><TxAmt><Amt Ccy="EUR">7.77</Amt></TxAmt></AmtDtls><Amt Ccy="EUR">3.00</Amt>'
        "<CdtDbtInd>DBIT</CdtDbtInd><Chrgs><Rcrd><Amt Ccy='USD'>1</Amt></Rcrd></Chrgs>"
        "</TxDtls></NtryDtls>"
    )

    assert only_entry(entry("10.50", rest=details)).amount == "10.50"


@pytest.mark.parametrize(
    ("written", "amount"),
    [("10", "10"), ("+5.5", "5.5"), ("007.10", "7.10"), (".5", "0.5"), ("5.", "5"),
     ("8.85000", "8.85"), ("1.23456", "1.23456"), ("0.00", "0.00"), (" 12.00 ", "12.00"),
     ("1&#48;.00", "10.00")],
)  # fmt: skip
def test_a_decimal_keeps_its_value_and_every_place_that_says_something(
    written: str, amount: str
) -> None:
    assert only_entry(entry(written)).amount == amount


@pytest.mark.parametrize("amount", ["", "1,50", "1.2.3", "1e3", "-4.00", "٣", "NaN", "9" * 300])
def test_what_is_no_amount_is_a_fault_and_spoils_the_statement(amount: str) -> None:
    found = read(document(entry(), entry(amount)))

    assert [fault.line for fault in found.faults] == [2]
    assert found.statements[0].unread == ("Ntry 2 cannot be read",)
    assert len(found.statements[0].entries) == 1


@pytest.mark.parametrize("empty", ["<Ntry/>", "<Ntry />", '<Ntry a="1"/>', "<Ntry></Ntry>"])
def test_an_empty_entry_is_a_fault_and_swallows_no_other(empty: str) -> None:
    found = read(document(empty, entry("2.00")))

    assert [item.amount for item in found.statements[0].entries] == ["2.00"]
    assert found.statements[0].unread == ("Ntry 1 cannot be read",)


def test_the_sign_is_the_indicators_and_a_reversal_changes_nothing_of_it() -> None:
    rest = "<RvslInd>true</RvslInd>"
    before = '<Ntry><Amt Ccy="USD">4.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><RvslInd>true</RvslInd>'
    after = "<Sts>BOOK</Sts><BookgDt><Dt>2026-01-05</Dt></BookgDt></Ntry>"

    for written in (before + after, entry("4.00", "DBIT", rest=rest)):
        found = only_entry(written)
        assert (found.amount, found.reversal) == ("-4.00", True)


@pytest.mark.parametrize("status", ["BOOK", "<Cd>BOOK</Cd>", "\n <Cd> BOOK </Cd>\n"])
def test_a_status_is_text_in_old_versions_and_a_code_in_new_ones(status: str) -> None:
    assert only_entry(entry(status=status)).amount == "10.00"


def test_what_is_not_booked_is_no_entry_but_a_note_with_count_and_sum() -> None:
    pending = [entry("3.00", status="<Cd>PDNG</Cd>"), entry("1.50", "DBIT", status="PDNG")]
    found = read(document(entry(), *pending))

    assert [item.row for item in found.statements[0].entries] == ["Ntry 1"]
    assert "2 entries have the status PDNG and add up to 1.50 USD" in found.notes[0]
    strange = read(document(entry(status="<Prtry>VORG</Prtry>")))
    assert "neither booked nor pending" in strange.faults[0].what
    assert strange.statements[0].entries == ()


def test_a_missing_booking_date_is_a_fault_beside_a_kept_row() -> None:
    value = "<ValDt><Dt>2026-01-07</Dt></ValDt>"
    found = read(document(entry(day=value), entry(day="<BookgDt><Dt>2026-02-30</Dt></BookgDt>")))

    (kept,) = found.statements[0].entries
    assert kept.booked == date(2026, 1, 7)
    assert kept.doubt
    assert len(found.faults) == 2
    assert found.statements[0].unread == ("Ntry 2 has no day",)


def test_balances_are_the_booked_ones_and_a_debit_is_below_zero() -> None:
    written = (
        balance("OPAV", "1", "2026-01-01")
        + balance("PRCD", "5.00", "2025-12-31", "DBIT")
        + balance("CLBD", "5.00", "2026-01-31")
    )
    found = only(document(entry(), balances=written))

    assert found.opening is not None
    assert (found.opening.amount, found.opening.day) == ("-5.00", date(2026, 1, 1))
    assert found.closing is not None
    assert found.closing.amount == "5.00"


def test_interim_balances_stand_between_pages() -> None:
    pages = "<StmtPgntn><PgNb>2</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>" + PERIOD
    written = balance("ITBD", "1.00", "2026-01-10") + balance("ITBD", "11.00", "2026-01-20")
    found = only(document(entry(), head=pages, balances=written))

    assert (found.page, found.last_page) == (2, False)
    assert found.opening is not None
    assert found.closing is not None
    assert (found.opening.amount, found.closing.amount) == ("1.00", "11.00")


def test_two_currencies_of_one_statement_are_two_statements() -> None:
    balances = BALANCES + balance("OPBD", "1.00", "2026-01-01", currency="EUR")
    found = read(document(entry(), entry("2.00", currency="EUR"), balances=balances))

    assert [(part.currency, len(part.entries)) for part in found.statements] == [
        ("EUR", 1), ("USD", 1),
    ]  # fmt: skip
    assert found.statements[0].closing is None


def test_an_end_at_midnight_is_the_day_before_unless_something_is_of_that_day() -> None:
    head = (
        "<FrToDt><FrDtTm>2026-01-01T00:00:00</FrDtTm><ToDtTm>2026-02-01T00:00:00</ToDtTm></FrToDt>"
    )
    assert only(document(entry(), head=head)).end == date(2026, 1, 31)
    late = balance("OPBD", "1.00", "2026-01-01") + balance("CLBD", "11.00", "2026-02-01")
    assert only(document(entry(), head=head, balances=late)).end == date(2026, 2, 1)


@pytest.mark.parametrize(
    ("element", "form", "telling"),
    [("Stmt", "camt.053", Telling.STATEMENT), ("Rpt", "camt.052", Telling.INTERIM),
     ("Ntfctn", "camt.054", Telling.NOTICE)],
)  # fmt: skip
def test_each_message_is_told_as_what_it_is(element: str, form: str, telling: Telling) -> None:
    found = only(document(entry(), element=element))

    assert (found.form, found.telling, found.number) == (form, telling, 7)


def test_what_both_sides_call_it_comes_first_and_a_batch_is_called_as_a_whole() -> None:
    one = (
        "<AcctSvcrRef>B1</AcctSvcrRef><NtryDtls><TxDtls><Refs><AcctSvcrRef>B1</AcctSvcrRef>"
        "<EndToEndId>NOTPROVIDED</EndToEndId><TxId>T1</TxId></Refs></TxDtls></NtryDtls>"
    )
    many = (
        "<NtryDtls><Btch><PmtInfId>P1</PmtInfId></Btch><TxDtls><Refs><EndToEndId>E1</EndToEndId>"
        "</Refs></TxDtls><TxDtls><Refs><EndToEndId>E2</EndToEndId></Refs></TxDtls></NtryDtls>"
    )

    assert only_entry(entry(rest=one)).references == ("T1", "B1")
    assert only_entry(entry(rest=many)).references == ("P1", "E1", "E2")


@pytest.mark.parametrize("party", ["<Nm>Ada &amp; Co</Nm>", "<Pty><Nm>Ada &amp; Co</Nm></Pty>"])
def test_the_other_side_is_who_is_not_the_accounts_holder(party: str) -> None:
    own = "<CdtrAcct><Id><IBAN>DE75512108001245126199</IBAN></Id></CdtrAcct>"
    sides = (
        f"<NtryDtls><TxDtls><RltdPties><Dbtr>{party}</Dbtr><DbtrAcct><Id><Othr><Id>55 01</Id>"
        f"</Othr></Id></DbtrAcct><Cdtr><Nm>Us</Nm></Cdtr>{own}</RltdPties></TxDtls></NtryDtls>"
    )

    for side in ("CRDT", "DBIT"):
        found = only_entry(entry(side=side, rest=sides))
        assert (found.party, found.party_account) == ("Ada & Co", "5501")


def test_totals_of_the_file_are_counted_again() -> None:
    summary = (
        "<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries><Sum>14.00</Sum></TtlNtries>"
        "<TtlDbtNtries><NbOfNtries>1</NbOfNtries><Sum>5.00</Sum></TtlDbtNtries></TxsSummry>"
    )
    found = only(document(summary, entry(), entry("4.00", "DBIT")))

    assert found.controls == (
        ("the sum of entries", "14.00", "14.00"),
        ("the number of entries", "2", "2"),
        ("the sum of debits", "5.00", "4.00"),
        ("the number of debits", "1", "1"),
    )


def test_a_file_that_breaks_off_keeps_the_entries_before_the_break() -> None:
    whole = document(entry("1.00"), entry("2.00"), entry("3.00"))
    for length in range(len(whole)):
        found = read(whole[:length])
        kept = [item.amount for part in found.statements for item in part.entries]
        assert kept == ["1.00", "2.00", "3.00"][: whole[:length].count("</Ntry>")]
        assert found.faults
        if found.statements and "</Stmt>" not in whole[:length]:
            assert "breaks off" in found.statements[0].unread[0]


def test_no_entity_is_expanded_and_nothing_is_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("42.00")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    for subset in (
        f'<!ENTITY x SYSTEM "{secret.as_uri()}">',
        f'<!ENTITY l0 "ha">{laughs}<!ENTITY x "&l11;">',
        f'<!ENTITY % p SYSTEM "{secret.as_uri()}">%p;<!ENTITY x "1.00">',
    ):
        text = document(entry("&x;")).replace("<Document", f"<!DOCTYPE d [{subset}]><Document")
        found = read(text)
        assert found.statements == ()
        assert "DOCTYPE" in found.faults[0].what
        assert "42" not in str(found)


def test_comments_cdata_and_instructions_hide_nothing_and_add_nothing() -> None:
    fake = entry("999.00").replace("--", "")
    text = document(
        f"<!-- {fake} -->", entry(rest=f"<AddtlNtryInf><![CDATA[{fake}]]></AddtlNtryInf>")
    )
    found = only(text.replace("<Ntry>", "<?pi <Ntry>?><Ntry>", 1))

    assert [item.amount for item in found.entries] == ["10.00"]
    assert "999.00" in found.entries[0].text


def test_prefixes_attributes_spaces_and_foreign_elements_change_nothing() -> None:
    plain = document(entry(rest="<RvslInd>true</RvslInd>"))
    foreign = (
        '<SplmtryData><Envlp><x:Ntry xmlns:x="urn:x"><x:Amt Ccy="USD">99</x:Amt></x:Ntry></Envlp>'
        "</SplmtryData>"
    )
    odd = plain.replace("</Ntry>", f"{foreign}</Ntry>").replace("<Ntry>", "<Ntry a='>' b=\"1\">")
    prefixed = plain
    for name in sorted({part.split(">")[0].split()[0].strip("/") for part in plain.split("<")[2:]}):
        for before in ("<", "</"):
            for after in (">", " "):
                prefixed = prefixed.replace(f"{before}{name}{after}", f"{before}c:{name}{after}")
    prefixed = prefixed.replace("xmlns=", "xmlns:c=")
    loose = (
        plain.replace("</Amt>", "</Amt >")
        .replace("<Sts>", "<Sts\n>")
        .replace("</Ntry>", "</Ntry\t>")
    )

    assert "<c:Ntry>" in prefixed
    wanted = only(plain).entries
    for text in (odd, prefixed, loose, plain.replace("><", ">\n\t<")):
        assert only(text).entries == wanted


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "iso-8859-1", "utf-8-sig"])
def test_other_charsets_are_read(charset: str) -> None:
    text = document(entry(rest="<AddtlNtryInf>Überweisung</AddtlNtryInf>"))
    label = {"utf-8-sig": "UTF-8", "utf-16-le": "UTF-16"}.get(charset, charset)
    found = read(text.replace('"UTF-8"', f'"{label}"').encode(charset))

    assert found.statements[0].entries[0].text == "Überweisung"


def test_bytes_that_are_not_of_the_declared_charset_are_read_and_no_amount_is_lost() -> None:
    data = document(entry(rest="<AddtlNtryInf>Überweisung</AddtlNtryInf>")).encode("cp1252")
    (found,) = read(data).statements[0].entries

    assert (found.amount, found.text) == ("10.00", "Überweisung")


def test_one_document_behind_another_is_read_too() -> None:
    found = read(document(entry("1.00")) + "\n" + document(entry("2.00")))

    assert [part.entries[0].amount for part in found.statements] == ["1.00", "2.00"]
    assert found.faults == ()


@pytest.mark.parametrize(
    ("data", "says"),
    [(b"PK\x03\x04", "ZIP"), (gzip.compress(b"<Document/>", mtime=0), "gzip"), (b"%PDF-1.7", "PDF"),
     (b":20:A\n:25:1\n", "MT940"), (b"OFXHEADER:100\n<OFX>", "OFX"), (b"<OFX></OFX>", "OFX"),
     (b"01,A,B,260131,2359,1,,,2/\n02,A,B,1,260131,,USD,2/\n", "BAI2"), (b"", "empty"),
     (b"\0" * 50, "empty"), (b"{}", "JSON"), ("Datum;Betrag\n".encode("utf-16"), "Datum"),
     (b"<Document><pain.001/></Document>", "no Stmt"), (b"\xff\xfe\xfd", "begins"),
     (b"<Document><Stmt>", "breaks off")],
)  # fmt: skip
def test_a_file_that_is_something_else_says_what_it_is(data: bytes, says: str) -> None:
    found = read(data)

    assert found.faults
    assert says in str(found.faults)


def test_a_statement_without_an_account_is_a_fault_with_the_count_of_its_entries() -> None:
    found = read(document(entry(), entry(), account=""))

    assert found.statements == ()
    assert "its 2 entries are not read" in found.faults[0].what


_PARTS = {
    "NtryRef": "<NtryRef>R-1</NtryRef>", "Amt": '<Amt Ccy="USD">12.30</Amt>',
    "CdtDbtInd": "<CdtDbtInd>DBIT</CdtDbtInd>", "RvslInd": "<RvslInd>true</RvslInd>",
    "Sts": "<Sts><Cd>BOOK</Cd></Sts>", "BookgDt": "<BookgDt><Dt>2026-01-05</Dt></BookgDt>",
    "ValDt": "<ValDt><DtTm>2026-01-06T10:00:00</DtTm></ValDt>",
    "AcctSvcrRef": "<AcctSvcrRef>A-1</AcctSvcrRef>",
    "BkTxCd": "<BkTxCd><Prtry><Cd>1</Cd></Prtry></BkTxCd>",
    "NtryDtls": "<NtryDtls><TxDtls><Refs><EndToEndId>E</EndToEndId></Refs></TxDtls></NtryDtls>",
    "AddtlNtryInf": "<AddtlNtryInf>text</AddtlNtryInf>",
}  # fmt: skip


@given(st.permutations(list(_PARTS)))
def test_the_order_of_an_entrys_elements_changes_nothing(order: list[str]) -> None:
    """The usual order is read in one stroke, any other element by element."""
    written = "<Ntry>" + "".join(_PARTS[name] for name in order) + "</Ntry>"

    assert only_entry(written) == only_entry("<Ntry>" + "".join(_PARTS.values()) + "</Ntry>")


@given(st.binary(max_size=200), st.integers(0, 10_000))
def test_spoilt_bytes_raise_nothing_and_lose_nothing_silently(junk: bytes, place: int) -> None:
    data = document(entry("1.00"), entry("2.00")).encode()
    place %= len(data)
    found = read(data[:place] + junk + data[place + len(junk) :])

    kept = [item for part in found.statements for item in part.entries]
    spoilt = any(part.unread for part in found.statements)
    assert found.faults or found.notes or spoilt or len(kept) == 2


def test_a_hundred_thousand_elements_deep_and_a_long_entry_are_read_in_time() -> None:
    deep = "<a>" * 100_000 + "</a>" * 100_000
    started = time.process_time()
    found = read(
        document(entry(rest=deep), entry(rest="<AddtlNtryInf>" + "x" * 10**6 + "</AddtlNtryInf>"))
    )

    assert len(found.statements[0].entries) == 2
    assert time.process_time() - started < 5
