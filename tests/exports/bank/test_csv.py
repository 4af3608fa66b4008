"""A bank's CSV to statements: what decides days and signs, and what is asked for instead."""

from __future__ import annotations

import csv as standard_csv
import io
import random
import tomllib
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.bank import BankRead, BankStatement
from forthwith.exports.bank import csv, layouts
from forthwith.exports.bank.layouts import Layout

ACCOUNT = {"7710": "USD"}


def read(text: str, mapping: Layout | None = None, name: str = "acct-7710.csv") -> BankRead:
    return csv.read(text.encode(), name, mapping, ACCOUNT)


def one(text: str, mapping: Layout | None = None) -> BankStatement:
    found = read(text, mapping)
    assert not found.faults, found.faults
    (part,) = found.statements
    return part


def amounts(text: str, mapping: Layout | None = None) -> list[str]:
    return [line.amount for line in one(text, mapping).entries]


def mapped(text: str) -> Layout:
    layout, faults = layouts.mapping(text.encode(), "map.yaml")
    assert not faults, faults
    assert layout is not None
    return layout


def test_an_intermediarys_statement_is_read_to_its_closing_balance(corpora: Path) -> None:
    path = corpora / "books/case-tamarack/bank/int-GB2209917744.csv"
    found = csv.read(
        path.read_bytes(), path.name, None, {"GB2209917744": "USD", "7710004411": "USD"}
    )
    (part,) = found.statements

    assert not found.faults
    assert (part.account, part.currency, len(part.entries)) == ("GB2209917744", "USD", 22)
    assert part.opening is not None
    assert part.closing is not None
    assert (part.opening.amount, part.opening.day) == ("12000.00", date(2026, 1, 1))
    assert (part.closing.amount, part.closing.day) == ("45168.14", date(2026, 3, 30))
    moved = sum((Decimal(line.amount) for line in part.entries), Decimal(part.opening.amount))
    assert moved == Decimal(part.closing.amount)
    first = part.entries[0]
    assert (first.booked, first.amount, first.references, first.party, first.party_account) == (
        date(2026, 1, 6),
        "-944.08",
        ("W26000011",),
        "Marsh Estates",
        "4400112233",
    )


def test_an_account_is_in_the_files_name_only_if_it_is_registered(corpora: Path) -> None:
    path = corpora / "books/case-tamarack/bank/int-GB2209917744.csv"
    found = csv.read(path.read_bytes(), path.name, None, {})

    assert found.statements[0].account == ""
    assert any("whose account" in fault.what for fault in found.faults)


@pytest.mark.parametrize(
    "name, account",
    [
        ("acct-7710.csv", "7710"),
        ("bank/7710 march.csv", "7710"),
        ("77101.csv", ""),
        ("x7710.csv", ""),
        ("77-10.csv", "7710"),
        ("7710_8820.csv", ""),
        ("march.csv", ""),
    ],
)
def test_which_account_a_name_holds(name: str, account: str) -> None:
    text = "Date,Details,Amount,Currency\n2026-01-15,x,1.00,USD\n"
    found = csv.read(text.encode(), name, None, {"7710": "USD", "8820": "USD"})

    assert found.statements[0].account == account


def test_another_readers_traps(corpora: Path) -> None:
    folder = corpora / "books/statements-mixed"
    got = {}
    for path in [*folder.glob("*.csv"), *(folder / "golden").glob("*.csv")]:
        found = csv.read(path.read_bytes(), path.name)
        got[path.name] = [line.amount for part in found.statements for line in part.entries]

    assert got == {
        "camt_file.csv": [],
        "sample_split_amounts.csv": ["1250.50", "-200.25"],
        "sample_statement.csv": ["2500.00", "-1200.00"],
        "csv_european_decimals.csv": ["-1234.56", "3500.00", "-4.50"],
        "csv_spanish_headers.csv": ["-1234.56", "3500.00", "-4.50"],
        "csv_french_headers.csv": ["-1234.56", "3500.00", "-4.50"],
        "csv_garbled_amount.csv": ["100.00"],
    }


HEAD = "Date,Details,Amount\n"


@pytest.mark.parametrize(
    "days, wanted",
    [
        (["03/04/2026", "17/04/2026"], [date(2026, 4, 3), date(2026, 4, 17)]),
        (["03/04/2026", "04/17/2026"], [date(2026, 3, 4), date(2026, 4, 17)]),
        (["03.04.2026", "05.04.2026"], [date(2026, 4, 3), date(2026, 4, 5)]),
        (["03.04.26", "05.04.26"], [date(2026, 4, 3), date(2026, 4, 5)]),
        (["03/04/26", "17/04/26"], [date(2026, 4, 3), date(2026, 4, 17)]),
        (["26/04/03", "26/04/30"], [date(2026, 4, 3), date(2026, 4, 30)]),
        (["2026-04-03", "2026/04/05"], [date(2026, 4, 3), date(2026, 4, 5)]),
        (["3 Apr 2026", "05-Apr-26"], [date(2026, 4, 3), date(2026, 4, 5)]),
        (["20260403", "20260405"], [date(2026, 4, 3), date(2026, 4, 5)]),
        (["Fri 03/04/2026 10:30", "17/04/2026 23:59:59"], [date(2026, 4, 3), date(2026, 4, 17)]),
        (["03/04/2026", "05/06/2026"], []),
        (["17/04/2026", "04/17/2026"], []),
        (["03/04/26"], []),
        (["04/04/2026"], [date(2026, 4, 4)]),
    ],
)
def test_the_whole_file_decides_the_order_of_days(days: list[str], wanted: list[date]) -> None:
    found = read(HEAD + "".join(f"{day},x,1.00\n" for day in days))

    assert [line.booked for part in found.statements for line in part.entries] == wanted
    assert bool(found.faults) == (not wanted)
    if not wanted:
        assert "date_order" in found.faults[0].do


def test_a_mapping_says_the_order_of_days() -> None:
    layout = mapped("date_order: month-first\n")

    assert one(HEAD + "03/04/2026,x,1.00\n", layout).entries[0].booked == date(2026, 3, 4)
    assert read(HEAD + "17/04/2026,x,1.00\n", layout).faults


@pytest.mark.parametrize(
    "cells, wanted",
    [
        (["1.234,56", "-3,00"], ["1234.56", "-3.00"]),
        (["1,234.56", "2,000"], ["1234.56", "2000"]),
        (["1'234.50", "12"], ["1234.50", "12"]),
        (["1 234,50", "2,5"], ["1234.50", "2.5"]),
        (["12.00-", "(3.50)", "4.00 DR", "5.00 CR"], ["-12.00", "-3.50", "-4.00", "5.00"]),
        (["$1,234.56", "-$5.00", "USD 7.00", "8.00 USD"], ["1234.56", "-5.00", "7.00", "8.00"]),
        (["12,34,567.89", "1,000"], ["1234567.89", "1000"]),
        (["\u22125.00", "+6.00"], ["-5.00", "6.00"]),
        (["-1 000,50 kr", "5,00 kr"], ["-1000.50", "5.00"]),
        (["0.001", "1.234"], ["0.001", "1.234"]),
        (["12.3456789012345678", "1"], ["12.3456789012345678", "1"]),
    ],
)
def test_the_whole_file_decides_the_decimal_sign(cells: list[str], wanted: list[str]) -> None:
    lines = "".join(f'2026-01-{15 + at},x,"{cell}"\n' for at, cell in enumerate(cells))

    assert amounts(HEAD + lines) == wanted


@pytest.mark.parametrize("cells", [["1,234"], ["1.234", "5.678"], ["1,234", "10"]])
def test_thousands_or_decimals_are_asked_for(cells: list[str]) -> None:
    text = HEAD + "".join(f'2026-01-15,x,"{cell}"\n' for cell in cells)
    found = read(text)

    assert not found.statements
    assert "decimal" in found.faults[0].do
    assert read(text, mapped("decimal: '.'\n")).statements
    assert read(text, mapped("decimal: ','\n")).statements


@pytest.mark.parametrize(
    "cell", ["12..34", "1E5", "1.2.3", "five", "--5", "(5", "12,34.5,6", "0x5", "5 apples", "#REF!"]
)
def test_a_garbled_amount_is_told_and_makes_the_statement_not_whole(cell: str) -> None:
    found = read(HEAD + f'2026-01-15,x,1.50\n2026-01-16,x,"{cell}"\n')

    assert [line.amount for line in found.statements[0].entries] == ["1.50"]
    assert found.statements[0].controls == (("entries", "2", "1"),)
    assert [fault.line for fault in found.faults] == [3]


def test_an_amount_in_another_currency_is_not_counted() -> None:
    found = read("Date,Details,Amount,Currency\n2026-01-15,x,1.50,USD\n2026-01-16,x,2.50 EUR,USD\n")

    assert [line.amount for line in found.statements[0].entries] == ["1.50"]
    assert "EUR" in found.faults[0].what


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("Date,Details,Debit,Credit\n2026-01-15,x,5.00,\n2026-01-16,x,,6.00\n", ["-5.00", "6.00"]),
        (
            "Date,Details,Debit,Credit\n2026-01-15,x,5.00,0.00\n2026-01-16,x,0.00,6.00\n",
            ["-5.00", "6.00"],
        ),
        ("Date,Details,Debit,Credit\n2026-01-15,x,-5.00,\n2026-01-16,x,,6.00\n", ["-5.00", "6.00"]),
        (
            "Date,Details,Paid out,Paid in\n2026-01-15,x,5.00,\n2026-01-16,x,,6.00\n",
            ["-5.00", "6.00"],
        ),
        (
            "Datum;Rekening;Af Bij;Bedrag (EUR)\n20260115;N1;Af;5,00\n20260116;N1;Bij;6,00\n",
            ["-5.00", "6.00"],
        ),
        (
            "Date,Details,DR/CR,Amount\n2026-01-15,x,DR,5.00\n2026-01-16,x,Cr,6.00\n",
            ["-5.00", "6.00"],
        ),
        (
            "Date,Details,Debit/Credit,Amount\n2026-01-15,x,Debit,-5.00\n2026-01-16,x,Credit,6.00\n",
            ["-5.00", "6.00"],
        ),
    ],
)
def test_signs_of_two_columns_or_a_word(text: str, wanted: list[str]) -> None:
    assert amounts(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "Date,Details,Debit,Credit\n2026-01-15,x,5.00,6.00\n",
        "Date,Details,Debit,Credit\n2026-01-15,x,,\n",
        "Date,Details,Debit,Credit\n2026-01-15,x,-5.00,\n2026-01-15,x,6.00,\n",
        "Date,Details,DR/CR,Amount\n2026-01-15,x,maybe,5.00\n",
        "Date,Details,DR/CR,Amount\n2026-01-15,x,CR,-5.00\n",
    ],
)
def test_a_line_that_contradicts_itself_is_not_counted(text: str) -> None:
    found = read(text)

    assert found.faults[0].line == 2
    assert len(found.statements) <= 1
    assert sum(len(part.entries) for part in found.statements) == text.count("6.00") - text.count(
        "5.00,6.00"
    )


RUNNING = [
    ("2026-01-15", "10.00", "110.00"),
    ("2026-01-15", "-4.00", "106.00"),
    ("2026-01-16", "1.00", "107.00"),
]
BALANCED = "Date,Details,Amount,Balance\n"


@pytest.mark.parametrize("turned", [False, True])
def test_balances_show_which_end_is_the_first(turned: bool) -> None:
    lines = RUNNING[::-1] if turned else RUNNING
    part = one(BALANCED + "".join(f"{day},x,{moved},{left}\n" for day, moved, left in lines))

    assert [line.amount for line in part.entries] == ["10.00", "-4.00", "1.00"]
    assert part.opening is not None
    assert part.closing is not None
    assert (part.opening.amount, part.closing.amount) == ("100.00", "107.00")


@pytest.mark.parametrize("at", range(3))
@pytest.mark.parametrize("change", ["drop", "amount", "sign"])
def test_a_changed_line_breaks_the_balances(change: str, at: int) -> None:
    lines = list(RUNNING)
    day, moved, left = lines[at]
    lines[at] = (
        day,
        {"amount": "3.33", "sign": moved.lstrip("-") if "-" in moved else f"-{moved}"}.get(
            change, moved
        ),
        left,
    )
    if change == "drop":
        del lines[at]
    text = BALANCED + "2026-01-14,Opening balance,,100.00\n"
    found = read(
        text
        + "".join(f"{day},x,{moved},{left}\n" for day, moved, left in lines)
        + "2026-01-17,Closing balance,,107.00\n"
    )
    (part,) = found.statements
    assert part.opening is not None
    assert part.closing is not None
    moved_all = sum((Decimal(line.amount) for line in part.entries), Decimal(part.opening.amount))

    assert part.unread or moved_all != Decimal(part.closing.amount)


def test_balances_that_fit_the_opposite_sign_ask_for_it() -> None:
    text = (
        BALANCED + "2026-01-15,x,10.00,90.00\n2026-01-16,x,-5.00,95.00\n2026-01-17,x,1.00,94.00\n"
    )
    found = read(text)

    assert "positive: debit" in found.faults[0].do
    assert found.statements[0].unread
    assert amounts(text, mapped("positive: debit\n")) == ["-10.00", "5.00", "-1.00"]


@pytest.mark.parametrize("heading", ["Transaction Type", "Kind", "Details"])
def test_a_column_of_debit_and_credit_signs_amounts_that_have_none(heading: str) -> None:
    lines = ("DEBIT,5.00", "CREDIT,6.00", "DEBIT,7.00")
    text = f"Date,Memo,{heading},Amount\n" + "".join(f"2026-01-15,x,{line}\n" for line in lines)

    assert amounts(text) == ["-5.00", "6.00", "-7.00"]
    assert amounts(text.replace("DEBIT,", "DEBIT,-")) == ["-5.00", "6.00", "-7.00"]


def test_a_column_that_says_booked_or_pending_is_a_status_whatever_its_heading() -> None:
    lines = ("15.01.26;x;-5,00;Umsatz gebucht", "16.01.26;y;-6,00;Umsatz vorgemerkt")

    assert amounts("Buchungstag;Text;Betrag;Info\n" + "".join(f"{line}\n" for line in lines)) == [
        "-5.00"
    ]


def test_a_day_and_an_amount_are_enough() -> None:
    assert amounts("Date,Amount\n2026-01-15,-1.00\n") == ["-1.00"]


def test_two_columns_that_could_be_the_amount_are_asked_about() -> None:
    found = read("Date,Details,Amount,Montant\n2026-01-15,x,-1.00,-2.00\n")

    assert not found.statements
    assert "'Montant'" in found.faults[0].what


def test_a_currency_without_decimals_decides_the_sign() -> None:
    assert amounts('Date,Details,Amount,Currency\n2026-01-15,x,"-1,000",JPY\n') == ["-1000"]


def test_amounts_without_any_sign_are_told() -> None:
    found = read(HEAD + "".join(f"2026-01-{day},x,1.00\n" for day in range(11, 31)))

    assert [fault.what for fault in found.faults] == [
        "no amount has a sign, and no column tells debits"
    ]
    assert len(found.statements[0].entries) == 20


def test_pages_footers_and_formulas_of_a_spreadsheet_are_no_entries() -> None:
    text = (
        "Date,Description,Account number,Amount,Running Bal.\n"
        '01/15/2026,Beginning balance as of 01/15/2026,,,"1,000.00"\n'
        '01/16/2026,Coffee,"=""0077""",-4.00,996.00\n'
        "Date,Description,Account number,Amount,Running Bal.\n"
        '01/17/2026,Wages,"=""0077""",10.00,"1,006.00"\n'
        "*** End of file ***\nGenerated 1/31/2026\n"
    )
    (part,) = read(text).statements

    assert part.opening is not None
    assert part.opening.amount == "1000.00"
    assert (part.account, [line.amount for line in part.entries]) == ("0077", ["-4.00", "10.00"])
    assert part.closing is not None
    assert part.closing.amount == "1006.00"
    assert not part.unread


def test_pending_lines_are_no_moves_and_unknown_words_are_told() -> None:
    text = "Date,Details,Amount,Status\n2026-01-15,x,1.00,Posted\n2026-01-15,x,2.00,Pending\n"
    found = read(text + "2026-01-15,x,3.00,Glorious\n")

    assert [line.amount for line in found.statements[0].entries] == ["1.00"]
    assert any("Pending" in note for note in found.notes)
    assert found.faults[0].line == 4
    assert found.statements[0].unread
    assert amounts(
        text + "2026-01-15,x,3.00,Glorious\n", mapped("words: {booked: Glorious}\n")
    ) == ["1.00", "3.00"]


def test_a_fee_beside_the_amount_is_an_entry_of_its_own() -> None:
    """As Revolut writes it: the balance is less both."""
    text = (
        "Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance\n"
        "CARD,Current,2026-01-14 10:00:00,2026-01-15 10:00:00,x,-10.00,0.50,USD,COMPLETED,89.50\n"
        "CARD,Current,2026-01-16 10:00:00,,y,-5.00,0.00,USD,PENDING,\n"
        "TOPUP,Current,2026-01-16 10:00:00,2026-01-17 11:00:00,z,20.00,0.00,USD,COMPLETED,109.50\n"
    )
    part = one(text)

    assert [(line.booked.day, line.amount) for line in part.entries] == [
        (15, "-10.00"),
        (15, "-0.50"),
        (17, "20.00"),
    ]
    assert part.opening is not None
    assert part.opening.amount == "100.00"


def test_lines_above_and_below_the_table_are_no_entries() -> None:
    text = (
        "Harbor Bank;;;\nAccount number:;88 12;;\nCurrency;EUR;;\n\n"
        "Buchungstag;Valuta;Verwendungszweck;Betrag\n"
        '15.01.26;16.01.26;"Miete\nMai";-1.234,50\n16.01.26;16.01.26;Zins;0,5\n'
        "Summe;;;-1.234,00\n;;noch ein Wort;\n"
    )
    found = csv.read(text.encode("cp1252"), "x.csv")
    (part,) = found.statements

    assert (part.account, part.currency) == ("8812", "EUR")
    assert [(line.booked.day, line.amount, line.text, line.row) for line in part.entries] == [
        (15, "-1234.50", "Miete Mai", "line 6"),
        (16, "0.5", "Zins noch ein Wort", "line 8"),
    ]
    assert part.entries[0].value == date(2026, 1, 16)


def test_totals_are_controls() -> None:
    text = "Date,Details,Debit,Credit\n2026-01-15,x,5.00,\n2026-01-16,y,,6.00\n,Total,7.00,6.00\n"

    assert one(text).controls == (
        ("entries", "2", "2"),
        ("sum of debits", "7.00", "5.00"),
        ("sum of credits", "6.00", "6.00"),
    )


def test_several_accounts_in_one_file_are_several_statements() -> None:
    lines = ("15,A1,USD,x,1.00", "15,B 2,USD,x,2.00", "16,A1,EUR,x,3.00")
    text = "Date,Account,Currency,Details,Amount\n" + "".join(f"2026-01-{line}\n" for line in lines)
    found = csv.read(text.encode(), "x.csv")

    assert [(part.account, part.currency, len(part.entries)) for part in found.statements] == [
        ("A1", "USD", 1),
        ("B2", "USD", 1),
        ("A1", "EUR", 1),
    ]


def test_valuta_is_a_currency_where_it_holds_currencies() -> None:
    text = "Datum;Valuta;Text;Belopp\n2026-01-15;SEK;x;1,50\n"

    assert one(text).currency == "SEK"


@pytest.mark.parametrize(
    "line, fault_line",
    [
        ("2026-01-16,a,b,2.00\n", 3),
        ("2026-01-16\n", 3),
        ("2026-02-30,x,2.00\n", 3),
        (",x,2.00\n", 3),
        ('2026-01-16,"x,2.00\n', 3),
    ],
)
def test_a_line_out_of_shape_is_told_at_its_line(line: str, fault_line: int) -> None:
    found = read(HEAD + "2026-01-15,x,1.00\n" + line)

    assert [fault.line for fault in found.faults] == [fault_line]
    (part,) = found.statements
    assert part.unread or len(part.entries) < 2 or part.entries[1].doubt


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "a,b\n1,2\n",
        HEAD,
        "Date,Coin,Amount\n2026-01-15,BTC,1\n",
        "x" * 200_000,
        "\0" * 100,
    ],
)
def test_what_is_no_statement_is_said(text: str) -> None:
    found = read(text)

    assert not found.statements
    assert len(found.faults) == 1
    assert not found.faults[0].what.endswith(".")


def test_a_mapping_names_columns_of_its_own() -> None:
    layout = mapped(
        "of: bank\ncolumns:\n  date: Tag\n  debit: Raus\n  credit: Rein\n  text: [Wer, Was]\n"
        "account: '99'\ncurrency: EUR\ndecimal: ','\nseparator: ';'\n"
    )
    part = one(
        "Tag;Raus;Rein;Wer;Was\n15.01.2026;1,5;;Marsh;Rent\n16.01.2026;;2,000;Dunlin;Fee\n", layout
    )

    assert [(line.amount, line.text) for line in part.entries] == [
        ("-1.5", "Marsh Rent"),
        ("2.000", "Dunlin Fee"),
    ]
    assert (part.account, part.currency) == ("99", "EUR")


def test_a_mapping_whose_headings_are_not_there_reads_nothing() -> None:
    found = read(HEAD + "2026-01-15,x,1.00\n", mapped("columns: {date: Day, amount: Amount}\n"))

    assert not found.statements
    assert "Day" in found.faults[0].what


@pytest.mark.parametrize(
    "text, line, says",
    [
        ("colums: {date: A}\n", 1, "columns"),
        ("of: bank\ncolumns:\n  dat: A\n  amount: B\n", 3, "date"),
        ("date_order: day first\n", 1, "day-first"),
        ("decimal: point\n", 1, "'.'"),
        ("zone: Berlin\n", 1, "Europe/Berlin"),
        ("columns: {amount: A}\n", 1, "date:"),
        ("columns: Date\n", 1, "columns"),
        ("- a\n", 0, "columns"),
        ("of: exchange\nwhen: T\n", 0, "rows"),
        ("of: exchange\nwhen: T\nrows:\n  - amount: A\n", 3, "="),
        (
            "of: exchange\nwhen: T\nrows:\n  - kind: =trade\n    amount: A\n    sign: plus\n",
            6,
            "'+'",
        ),
        ("layout: Krakn ledgers\n", 1, "Kraken ledgers"),
        ("a: [\n", 2, "indentation"),
        ("", 0, "rows"),
        ("account: {a: b}\n", 1, "account"),
        ("x: &a b\n", 1, "Write the value"),
        ("positive: yes\n", 1, "'debit'"),
    ],
)
def test_a_wrong_mapping_is_refused_with_its_line(text: str, line: int, says: str) -> None:
    layout, faults = layouts.mapping(text.encode(), "map.yaml")

    assert layout is None
    assert faults[0].line == line
    assert says in faults[0].do


def test_shipped_headings_mean_one_thing() -> None:
    """A heading in two fields would mean whichever stands first."""
    body = tomllib.loads(
        (files("forthwith.exports.bank") / "layouts.toml").read_text(encoding="utf-8")
    )
    seen: dict[str, str] = {}
    for name, ranks in body["bank"]["headings"].items():
        for heading in (heading for rank in ranks for heading in rank):
            key = layouts.folded(heading)
            assert key not in seen, (heading, name, seen.get(key))
            seen[key] = name


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 200))
def test_no_bytes_stop_it(noise: bytes, at: int) -> None:
    data = (BALANCED + "2026-01-15,x,1.00,2.00\n").encode()

    csv.read(data[:at] + noise + data[at:], "a.csv")


def test_what_is_written_is_read() -> None:
    """An independent writer: separators, orders, signs, grouping, balances, newest first."""
    chance = random.Random(11)
    for _ in range(150):
        separator = chance.choice(",;\t")
        comma = chance.random() < 0.5
        form = chance.choice(
            ["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d.%m.%y", "%d %b %Y"]
        )
        two_columns = chance.random() < 0.5
        turned = chance.random() < 0.5

        def shown(cents: int, comma: bool = comma) -> str:
            whole, part = f"{abs(cents) // 100:,}", f"{abs(cents) % 100:02}"
            text = f"{'-' if cents < 0 else ''}{whole}.{part}"
            return text.translate(str.maketrans(",.", ".,")) if comma else text

        day, cents, lines, wanted = date(2026, 1, 13), chance.randrange(10**6, 10**9), [], []
        for number in range(chance.randrange(2, 12)):
            day += timedelta(days=chance.randrange(0, 20))
            moved = chance.choice([-1, 1]) * chance.randrange(1, 10**8)
            cents += moved
            sides = [shown(-moved) if moved < 0 else "", shown(moved) if moved > 0 else ""]
            cells = [
                day.strftime(form),
                f"ref{number:03}",
                f'text, {number}; "q"',
                *(sides if two_columns else [shown(moved)]),
                shown(cents),
            ]
            lines.append(cells)
            wanted.append((day, moved, (f"ref{number:03}",)))
        out = io.StringIO()
        writer = standard_csv.writer(out, delimiter=separator)
        writer.writerow(
            [
                "Date",
                "Reference",
                "Details",
                *(["Debit", "Credit"] if two_columns else ["Amount"]),
                "Balance",
            ]
        )
        writer.writerows(lines[::-1] if turned else lines)
        found = csv.read(out.getvalue().encode(), "acct-7710.csv", None, ACCOUNT)
        if found.faults:
            # Only days that no line decides may be asked for.
            assert "date_order" in found.faults[0].do
            assert form in ("%d/%m/%Y", "%m/%d/%Y")
            assert all(line[0].day <= 12 for line in wanted)
            continue
        (part,) = found.statements
        assert [
            (line.booked, int(Decimal(line.amount) * 100), line.references) for line in part.entries
        ] == wanted
        assert part.closing is not None
        assert Decimal(part.closing.amount) * 100 == cents


def test_any_order_of_registered_accounts_gives_the_same() -> None:
    text = HEAD + "2026-01-15,x,1.00\n"
    both = {"7710": "USD", "8820": "EUR"}

    assert csv.read(text.encode(), "7710.csv", None, both) == csv.read(
        text.encode(), "7710.csv", None, dict(reversed(both.items()))
    )
