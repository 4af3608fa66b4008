"""BAI2 to statements: signs, balances, continuations, totals counted again, and what banks do."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from bai2 import bai2 as library
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.bank import BankRead, BankStatement, Telling
from forthwith.exports.bank import bai2


def total(*lines: str) -> int:
    """Return the control total of an account's lines, for balances and 16s as written below."""
    found = 0
    for line in lines:
        code, *fields = line.rstrip("/").split(",")
        if code == "16":
            found += int(fields[1] or 0)
        elif code == "03":
            found += sum(int(amount or 0) for amount in fields[3::4])
    return found


def file(*lines: str, currency: str = "USD", modifier: str = "2", sums: int | None = None) -> str:
    """Return a whole file with one group and one account."""
    amount = total(*lines) if sums is None else sums
    count = len(lines)
    return "\n".join(
        [
            "01,BANK,US,260131,2359,1,,,2/",
            f"02,US,BANK,1,260131,2359,{currency},{modifier}/",
            *lines,
            f"49,{amount},{count + 1}/",
            f"98,{amount},1,{count + 3}/",
            f"99,{amount},1,{count + 5}/",
        ]
    )


HEAD = "03,88120077,,010,10000,,,015,11000,,/"


def read(text: str) -> BankRead:
    return bai2.read(text.encode(), "a.bai2")


def only(text: str) -> BankStatement:
    found = read(text)
    assert found.faults == ()
    (statement,) = found.statements
    assert all(claimed == counted for _, claimed, counted in statement.controls)
    return statement


@pytest.mark.corpus
def test_every_sample_is_read_as_the_library_reads_it(corpora: Path) -> None:
    paths = sorted((corpora / "books").rglob("*.bai2"))
    for path in paths:
        theirs = library.parse_from_string(path.read_text(encoding="utf-8"))
        accounts = [part for group in theirs.children for part in group.children]
        found = bai2.read(path.read_bytes(), path.name)

        assert found.faults == ()
        assert len(found.statements) == len(accounts)
        for statement, account in zip(found.statements, accounts, strict=True):
            assert len(statement.entries) == len(account.children)
            for entry, detail in zip(statement.entries, account.children, strict=True):
                sign = {"credit": "", "debit": "-"}[detail.type_code.transaction.value]
                assert entry.amount == f"{sign}{detail.amount // 100}.{detail.amount % 100:02}"
            assert [claimed for _, claimed, _ in statement.controls] == [
                str(account.trailer.account_control_total)
            ]
            assert all(claimed == counted for _, claimed, counted in statement.controls)

    assert len(paths) == 7


def test_type_codes_have_the_sign_and_balances_are_of_the_ledger() -> None:
    found = only(file(HEAD, "16,195,3000,,B1,C1/", "16,495,2000,,B2,,WIRE OUT/"))

    assert [(entry.amount, entry.references, entry.text) for entry in found.entries] == [
        ("30.00", ("C1", "B1"), ""), ("-20.00", ("B2",), "WIRE OUT"),
    ]  # fmt: skip
    assert found.opening is not None
    assert found.closing is not None
    assert (found.opening.amount, found.closing.amount) == ("100.00", "110.00")
    assert {found.opening.day, *(entry.booked for entry in found.entries)} == {date(2026, 1, 31)}


@pytest.mark.parametrize(
    ("code", "amount"),
    [("399", "1.00"), ("699", "-1.00"), ("930", "1.00"), ("961", "-1.00"), ("377", "1.00")],
)
def test_codes_of_a_bank_lie_in_the_ranges_of_the_specification(code: str, amount: str) -> None:
    assert [entry.amount for entry in only(file(HEAD, f"16,{code},100,,,/")).entries] == [amount]


def test_a_code_without_a_side_and_an_amount_with_a_sign_are_faults() -> None:
    for line in (
        "16,010,100,,,/",
        "16,ABC,100,,,/",
        "16,195,-100,,,/",
        "16,195,1x,,,/",
        "16,195,1,Q,,/",
    ):
        found = read(file(HEAD, line, sums=21_100))
        assert found.faults[0].line == 4
        assert found.statements[0].entries == ()
        assert "line 4 cannot be read" in found.statements[0].unread
    note = read(file(HEAD, "16,890,,,,,NOTHING MOVED/", sums=21_000))
    assert "without money" in note.notes[0]


@pytest.mark.parametrize(
    ("currency", "amount"), [("USD", "-1.05"), ("JPY", "-105"), ("KWD", "-0.105")]
)
def test_an_amount_is_of_the_smallest_unit_of_its_currency(currency: str, amount: str) -> None:
    found = only(file(HEAD, "16,495,105,,,/", currency=currency))

    assert found.entries[0].amount == amount


@pytest.mark.parametrize(
    "lines",
    [
        ["03,1,USD,010,10000,,,015,11000,,,045/", "88,11000,,/"],
        ["03,1,USD,010,10000,,,015,+0000011000/", "88,00001,,045,11000,,/"],
        ["03,1,USD,010,10000,,,015,11000,,/", "88,045,11000,,,/"],
        ["03,1,USD,010,10000,,", "88,015,11000,,/", "88,045,11000,,/"],
        ["03,1,USD,010,10000,,,015,11000,2,V,260131,,045,11000,,S,1,2,10997/"],
        ["03,1,USD,010,10000,,,015,11000,2,D,2,0,5000,1,6000,045,11000,,/"],
        ["03,1,USD,010,10000,,,015,11000,,,045,11000,,/" + " " * 30],
    ],
)
def test_a_summary_may_be_cut_anywhere_by_a_continuation(lines: list[str]) -> None:
    found = only(file(*lines, sums=32_000))

    assert found.opening is not None
    assert found.closing is not None
    assert (found.opening.amount, found.closing.amount) == ("100.00", "110.00")


def test_text_goes_on_over_continuations_and_may_hold_commas_and_slashes() -> None:
    found = only(
        file(HEAD, "16,195,1,V,260201,,B,C/", "88,PAID 1/2, 22/03/66/", "88,AND MORE", "88,STILL/")
    )

    (entry,) = found.entries
    assert entry.text == "PAID 1/2 22/03/66 AND MORE STILL"
    assert entry.value == date(2026, 2, 1)


def test_totals_and_counts_that_do_not_fit_are_told_with_their_line() -> None:
    good = file(HEAD, "16,195,1000,,,/")
    wrong_sum = read(good.replace("49,22000", "49,22001"))
    assert [row for row in wrong_sum.statements[0].controls if row[1] != row[2]] == [
        ("the control total of line 5 (49)", "22001", "22000")
    ]
    for before, after in (("49,22000,3", "49,22000,4"), ("98,22000,1,5", "98,22000,2,5"),
                          ("98,22000,1,5", "98,22000,1,6"), ("99,22000,1,7", "99,22000,1,8"),
                          ("99,22000,1,7", "99,22000,2,7"), ("99,22000", "99,1")):  # fmt: skip
        found = read(good.replace(before, after))
        assert len(found.faults) == 1, (before, after)
        assert found.faults[0].line in (5, 6, 7)
    assert read(good.replace("98,22000,1,5/", "98,22000,5,/")).faults == ()


def test_a_dropped_line_never_goes_unsaid() -> None:
    lines = file(HEAD, "16,195,1500,,A/", "16,495,500,,B/", "88,TEXT/").splitlines()
    for number in range(len(lines)):
        found = read("\n".join(lines[:number] + lines[number + 1 :]))
        spoilt = [part for part in found.statements
                  if part.unread or any(row[1] != row[2] for row in part.controls)]  # fmt: skip
        # The header says nothing that the trailer counts but itself.
        assert found.faults or spoilt, number


def test_a_file_that_breaks_off_keeps_what_stands_before() -> None:
    lines = file(HEAD, "16,195,1500,,A/", "16,495,500,,B/").splitlines()
    found = read("\n".join(lines[:4]))

    assert [entry.amount for entry in found.statements[0].entries] == ["15.00"]
    assert "no trailer (49)" in found.statements[0].unread[0]
    assert "breaks off at line 4" in found.faults[0].what


def test_interim_groups_are_second_tellings_and_tests_and_deletions_are_none() -> None:
    assert only(file(HEAD, modifier="3")).telling is Telling.INTERIM
    assert only(file(HEAD, modifier="")).telling is Telling.STATEMENT
    test = read(file(HEAD).replace("BANK,1,", "BANK,4,"))
    assert (test.statements, len(test.notes)) == ((), 1)
    deletion = read(file(HEAD).replace("BANK,1,", "BANK,2,"))
    assert (deletion.statements, len(deletion.faults)) == ((), 1)


@pytest.mark.parametrize("day", ["261301", "2601", "", "26O131", "20260230"])
def test_a_group_without_a_day_is_a_fault(day: str) -> None:
    found = read(file(HEAD, "16,195,1,,,/").replace("1,260131,2359,USD", f"1,{day},2359,USD"))

    assert "as-of date" in found.faults[0].what
    assert found.statements[0].unread


def test_line_ends_marks_and_blocks_of_banks_change_nothing() -> None:
    text = file(HEAD, "16,195,1000,,A,B,TEXT/")
    wanted = only(text)
    for data in (
        text.replace("\n", "\r\n").encode(), b"\xef\xbb\xbf" + text.encode(),
        ("\n\n" + text + "\n\x1a").encode(), text.encode("utf-16"),
        text.replace("\n", "\r").encode(),
        "".join(
            line.ljust(80) for line in text.replace(",1,,,2/", ",1,80,1,2/").splitlines()
        ).encode(),
    ):  # fmt: skip
        found = bai2.read(data, "a.bai2")
        assert found.faults == ()
        assert [entry.amount for entry in found.statements[0].entries] == ["10.00"]
        assert found.statements[0].opening is not None
        assert wanted.opening is not None
        assert found.statements[0].opening.amount == wanted.opening.amount


@pytest.mark.parametrize(
    ("data", "says"),
    [(b"", "empty"), (b"PK\x03\x04", "ZIP"), (b":20:A\n:25:1\n", "MT940"),
     (b"<Document>", "ISO 20022"), (b"99,0,1,2/", "no group"), (b"88,A/\n", "begins"),
     (b"03,1,USD,010,1,,/\n", "stands in no group")],
)  # fmt: skip
def test_a_file_that_is_something_else_says_so(data: bytes, says: str) -> None:
    found = bai2.read(data, "a.bai2")

    assert found.statements == ()
    assert says in str(found.faults)


@given(st.binary(max_size=60), st.integers(0, 1000))
def test_spoilt_bytes_raise_nothing(junk: bytes, place: int) -> None:
    data = file(HEAD, "16,195,1500,,A/", "16,495,500,,B/", "88,TEXT/").encode()
    place %= len(data)
    found = bai2.read(data[:place] + junk + data[place + len(junk) :], "a.bai2")

    whole = [part for part in found.statements if len(part.entries) == 2]
    spoilt = [part for part in found.statements
              if part.unread or any(row[1] != row[2] for row in part.controls)]  # fmt: skip
    assert found.faults or found.notes or spoilt or whole
