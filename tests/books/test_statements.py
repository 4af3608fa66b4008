"""Statement arithmetic: a balance is shown only where statements prove it, and then is right."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.books.account_numbers import fullest, same_account
from forthwith.books.bank_accounts import BankAccount
from forthwith.books.statements import accounts_of
from forthwith.domain.amounts import amount_text, units
from forthwith.domain.bank import BankBalance, BankEntry, BankStatement, Telling
from forthwith.exports.bank import bai2, camt, mt940, ofx

USD = {"USD": 2}
ACCOUNT = "7710004411"
FIRST = date(2026, 1, 1)


def day(number: int) -> date:
    """Return the day of a number: 0 is the first."""
    return FIRST + timedelta(days=number)


def statement(
    first: int, last: int, opening: str | None, closing: str | None, *rows: tuple[int, str, str],
    number: int | None = None, form: str = "camt.053", **more: object,
) -> BankStatement:  # fmt: skip
    """Return a statement of days by number; rows are (day, amount, reference)."""
    found = BankStatement(
        f"{form}-{first}-{last}",
        form,
        ACCOUNT,
        "USD",
        tuple(
            BankEntry(day(when), amount, f"row {place}", (name,) if name else ())
            for place, (when, amount, name) in enumerate(rows, 1)
        ),
        None if opening is None else BankBalance(opening, day(first), "opening"),
        None if closing is None else BankBalance(closing, day(last), "closing"),
        day(first),
        day(last),
        number,
    )
    return replace(found, **more)  # type: ignore[arg-type]


def account(*statements: BankStatement) -> BankAccount:
    """Return the one account that statements tell, the same from any order of them."""
    given = list(statements)
    (found,) = accounts_of(given, USD)
    for other in (list(reversed(given)), sorted(given, key=lambda item: item.file[::-1])):
        assert accounts_of(other, USD) == (found,)
    return found


JANUARY = statement(0, 30, "100.00", "130.00", (4, "50.00", "A"), (8, "-20.00", "B"), number=1)
FEBRUARY = statement(31, 58, "130.00", "120.00", (35, "-10.00", "C"), number=2)
MARCH = statement(59, 89, "120.00", "125.00", (63, "5.00", "D"), number=3)
OFX_JANUARY = statement(0, 30, None, "130.00", (4, "50.00", "A"), (8, "-20.00", "B"), form="ofx")
OFX_FEBRUARY = statement(31, 58, None, "120.00", (35, "-10.00", "C"), form="ofx")


def test_a_whole_run_shows_every_day_from_the_day_before_it_to_its_last() -> None:
    found = account(JANUARY, FEBRUARY, MARCH)

    assert found.faults == ()
    assert [found.balance(day(n)) for n in (-1, 3, 4, 8, 30, 40, 89)] == [
        10_000, 10_000, 15_000, 13_000, 13_000, 12_000, 12_500,
    ]  # fmt: skip
    assert found.daily([day(-2), day(4), day(90)]) == [None, 15_000, None]
    assert "cover 2026-01-01 to 2026-03-31" in found.not_shown(day(90))


def test_a_missing_statement_is_a_gap_with_its_dates_and_hides_every_later_balance() -> None:
    found = account(JANUARY, MARCH)

    assert [(gap.start, gap.end) for gap in found.gaps] == [(day(31), day(58))]
    assert "statement 2 is missing" in found.gaps[0].why
    assert "not shown from 2026-02-01 on" in str(found.faults[0])
    assert found.balance(day(30)) == 13_000
    assert found.balance(day(31)) is None
    assert found.balance(day(89)) is None
    assert len(found.entries) == 3


def test_a_statement_of_which_nothing_moved_is_missed_by_its_number_or_its_days() -> None:
    flat = statement(59, 89, "130.00", "130.00", number=3)
    assert "statement 2 is missing" in account(JANUARY, flat).gaps[0].why
    unnumbered = account(replace(JANUARY, number=None), replace(flat, number=None))
    assert "no statement covers" in unnumbered.gaps[0].why
    consecutive = account(JANUARY, replace(flat, number=2))
    assert consecutive.gaps == ()


def test_arithmetic_that_does_not_close_says_by_how_much() -> None:
    found = account(JANUARY, replace(FEBRUARY, entries=()), MARCH)

    assert [(gap.start, gap.end) for gap in found.gaps] == [(day(31), day(58))]
    assert "-10.00 USD is not explained" in found.gaps[0].why


def test_two_formats_are_two_witnesses_and_never_added() -> None:
    found = account(JANUARY, FEBRUARY, OFX_JANUARY, OFX_FEBRUARY)

    assert len(found.entries) == 3
    assert [[row.file for row in entry.witnesses] for entry in found.entries] == [
        ["camt.053-0-30", "ofx-0-30"], ["camt.053-0-30", "ofx-0-30"],
        ["camt.053-31-58", "ofx-31-58"],
    ]  # fmt: skip
    assert (found.gaps, found.differences, found.faults) == ((), (), ())


def test_another_telling_that_closes_fills_a_missing_or_spoilt_statement() -> None:
    missing = account(JANUARY, MARCH, OFX_FEBRUARY)
    spoilt = account(JANUARY, replace(FEBRUARY, entries=()), MARCH, OFX_FEBRUARY)

    for found in (missing, spoilt):
        assert found.gaps == ()
        assert found.balance(day(89)) == 12_500
    assert "another telling of the account closes" in spoilt.faults[0].what


def test_an_amount_that_two_tellings_write_differently_is_a_difference_of_the_two_rows() -> None:
    wrong = statement(0, 30, None, "130.00", (4, "51.00", "A"), (8, "-20.00", "B"), form="ofx")
    found = account(JANUARY, wrong)

    assert [(item.kind, item.amount) for item in found.differences] == [("amount", 100)]
    assert found.balance(day(4)) == 15_000


def test_two_tellings_that_close_and_differ_between_put_those_days_in_doubt() -> None:
    hidden = statement(
        0, 30, None, "130.00", (2, "-70.00", "X"), (4, "50.00", "A"), (8, "-20.00", "B"),
        (11, "70.00", "Y"), form="ofx",
    )  # fmt: skip
    found = account(JANUARY, FEBRUARY, hidden)

    assert [item.kind for item in found.differences] == ["only_second", "only_second"]
    assert [(gap.start, gap.end, gap.later) for gap in found.gaps] == [(day(2), day(10), False)]
    assert found.balance(day(1)) == 10_000
    assert found.balance(day(5)) is None
    assert found.balance(day(11)) == 13_000


def test_a_telling_on_value_dates_is_no_difference() -> None:
    entries = tuple(replace(entry, value=day(20)) for entry in JANUARY.entries[:1])
    valued = replace(JANUARY, entries=(*entries, JANUARY.entries[1]))
    other = statement(0, 30, None, "130.00", (20, "50.00", ""), (8, "-20.00", "B"), form="ofx")
    found = account(valued, other)

    assert (found.differences, found.gaps) == ((), ())


def test_a_batch_in_one_telling_is_its_payments_in_the_other() -> None:
    parts = [(4, "20.00", "P1"), (4, "30.00", "P2"), (8, "-20.00", "B")]
    found = account(JANUARY, statement(0, 30, None, "130.00", *parts, form="ofx"))

    assert found.differences == ()
    assert len(found.entries) == 2
    assert len(found.entries[0].witnesses) == 3
    assert found.entries[0].references == ("A", "P1", "P2")


def test_copies_of_one_file_count_once() -> None:
    flat = statement(0, 0, "5.00", "5.00", (0, "7.00", "A"), (0, "-7.00", "B"))
    copy = replace(flat, file="copy")

    for pair in ((flat, copy), (JANUARY, replace(JANUARY, file="copy"))):
        found = account(*pair)
        assert len(found.entries) == 2
        assert found.gaps == ()
        assert {len(entry.witnesses) for entry in found.entries} == {2}


def test_daily_statements_beside_a_monthly_one_are_a_second_telling() -> None:
    daily = [
        statement(4, 4, "100.00", "150.00", (4, "50.00", "A"), number=11),
        statement(8, 8, "150.00", "130.00", (8, "-20.00", "B"), number=12),
    ]
    found = account(JANUARY, *daily)

    assert len(found.entries) == 2
    assert found.balance(day(30)) == 13_000


def test_overlapping_downloads_count_each_row_once() -> None:
    first = statement(0, 19, None, "130.00", (4, "50.00", "A"), (8, "-20.00", "B"), form="ofx")
    second = statement(6, 40, None, "120.00", (8, "-20.00", "B"), (35, "-10.00", "C"), form="ofx")
    found = account(first, second)

    assert [entry.amount for entry in found.entries] == [5_000, -2_000, -1_000]
    assert found.differences == ()
    assert found.balance(day(40)) == 12_000


def test_a_first_statement_without_an_opening_balance_proves_only_its_closing_one() -> None:
    found = account(OFX_JANUARY, OFX_FEBRUARY)

    assert [found.balance(day(n)) for n in (-1, 29, 30, 40)] == [None, None, 13_000, 12_000]
    assert "openings" in found.faults[0].do
    opened = found.opened(day(-1), 10_000)
    assert (opened.gaps, opened.faults, opened.balance(day(5))) == ((), (), 15_000)
    assert found.opened(day(-1), 9_000) == found
    refuted = account(OFX_JANUARY, replace(FEBRUARY, opening=BankBalance("131.00", day(31), "o")))
    assert not refuted.shown(day(30))


def test_interim_reports_and_notices_are_second_tellings_and_no_moves() -> None:
    notice = statement(4, 4, None, None, (4, "50.00", "A"), form="camt.054", telling=Telling.NOTICE)
    later = statement(
        95, 95, None, None, (95, "9.00", "Z"), form="camt.052", telling=Telling.INTERIM
    )
    stray = statement(5, 5, None, None, (5, "3.00", "Q"), form="camt.054", telling=Telling.NOTICE)
    found = account(JANUARY, notice, later, stray)

    assert len(found.entries) == 2
    assert len(found.entries[0].witnesses) == 2
    assert [item.kind for item in found.differences] == ["only_second"]
    assert "add up to 9.00 USD" in found.notes[0]
    alone = account(notice)
    assert alone.entries == ()
    assert not alone.shown(day(4))
    assert alone.faults


def test_a_bank_that_gives_reversals_the_sign_of_what_they_reverse_is_found_out() -> None:
    back = replace(JANUARY.entries[1], amount="-20.00", row="row 3", reversal=True, references=())
    entries = (*JANUARY.entries, back)
    turned = account(replace(JANUARY, entries=entries, closing=BankBalance("150.00", day(30), "c")))
    plain = account(replace(JANUARY, entries=entries, closing=BankBalance("110.00", day(30), "c")))
    neither = account(replace(JANUARY, entries=entries))

    assert [entry.amount for entry in turned.entries] == [5_000, -2_000, 2_000]
    assert "turned, it closes only so" in turned.notes[0]
    assert turned.gaps == ()
    assert [entry.amount for entry in plain.entries] == [5_000, -2_000, -2_000]
    assert (plain.notes, plain.gaps) == ((), ())
    assert neither.gaps


def test_pages_without_balances_of_their_own_are_one_statement() -> None:
    first = replace(JANUARY, entries=JANUARY.entries[:1], closing=None, page=1, last_page=False)
    second = replace(
        JANUARY, file="page-2", entries=JANUARY.entries[1:], opening=None, page=2, last_page=True
    )
    repeated = [replace(page, opening=JANUARY.opening, closing=JANUARY.closing)
                for page in (first, second)]  # fmt: skip

    for pages in ([first, second], repeated):
        found = account(*pages, FEBRUARY)
        assert found.gaps == ()
        assert found.balance(day(58)) == 12_000
    assert account(second, FEBRUARY).gaps
    assert account(first, FEBRUARY).gaps
    third = replace(second, file="page-3", page=3)
    assert "lacks page 2" in account(first, third).gaps[0].why


def test_numbers_start_anew_with_the_year_and_may_be_days_or_nothing() -> None:
    def run(*numbers: int) -> BankAccount:
        spans = [(-20, -11), (-10, -1), (0, 9), (12, 20)]
        found = [
            statement(first, last, "1.00", "1.00", number=number)
            for (first, last), number in zip(spans, numbers, strict=False)
        ]
        return account(*(replace(item, start=None, end=None) for item in found))

    assert run(51, 52, 1, 2).gaps == ()
    assert run(51, 52, 2).gaps != ()
    assert run(51, 53, 1).gaps != ()
    assert run(7, 7, 7, 7).gaps == ()
    assert "say nothing" in run(7, 7, 7, 7).notes[0]
    of_the_year = [day(last).timetuple().tm_yday for last in (-11, -1, 9, 20)]
    assert run(*of_the_year).gaps == ()


def test_a_row_booked_outside_its_statement_puts_the_days_between_in_doubt() -> None:
    entries = (JANUARY.entries[0], replace(JANUARY.entries[1], booked=day(33)))
    found = account(replace(JANUARY, entries=entries), FEBRUARY)

    assert [(gap.start, gap.end, gap.later) for gap in found.gaps] == [(day(0), day(32), False)]
    assert "after the last day of its statement" in found.gaps[0].why
    assert found.balance(day(58)) == 12_000


def test_a_control_total_that_does_not_fit_hides_the_statement() -> None:
    found = account(replace(JANUARY, controls=(("the sum of entries", "71.00", "70.00"),)))

    assert "the sum of entries is 71.00, and its rows give 70.00" in found.gaps[0].why


def test_balances_alone_prove_no_entry_and_entries_alone_no_balance() -> None:
    assert "states no balance" in account(replace(JANUARY, opening=None, closing=None)).gaps[0].why
    assert "no closing balance" in account(replace(JANUARY, closing=None)).gaps[0].why
    assert account(replace(JANUARY, closing=None), FEBRUARY).gaps == ()
    assert account(replace(JANUARY, closing=None, entries=()), FEBRUARY).gaps != ()


def test_an_amount_with_more_places_than_its_currency_is_a_fault_and_a_gap() -> None:
    entry = replace(JANUARY.entries[0], amount="50.001")
    found = account(replace(JANUARY, entries=(entry, JANUARY.entries[1])))

    assert "3 places" in found.faults[0].what
    assert not found.shown(day(4))


def test_a_currency_that_is_no_asset_and_one_that_nobody_names_are_faults() -> None:
    (found,) = accounts_of([replace(JANUARY, currency="CHF")], USD)
    assert "2 entries of 1 statements are not counted" in found.faults[0].what
    (unnamed,) = accounts_of([replace(JANUARY, currency="")], USD)
    assert "no statement says which currency" in unnamed.faults[0].what
    assert len(accounts_of([JANUARY, replace(FEBRUARY, currency="")], USD)) == 1


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [("DE75512108001245126199", "DE75 5121 0800 1245 1261 99", True),
     ("DE75512108001245126199", "51210800/1245126199", True),
     ("DE75512108001245126199", "512108001245126199", True),
     ("DE75512108001245126199", "DE75512108001245126199EUR", True),
     ("SOGEDEFFXXX/DE75512108001245126199", "de75512108001245126199", True),
     ("DE75512108001245126199", "1245126199", False),
     ("DE76512108001245126199", "512108001245126199", False),
     ("7710004411", "77100044110", False), ("7710004411", "7710-0044.11", True)],
)  # fmt: skip
def test_numbers_are_one_account_only_where_it_is_certain(
    first: str,
    second: str,
    same: bool,
) -> None:
    assert same_account(first, second) is same
    assert same_account(second, first) is same
    full = fullest([first, second])
    assert (full[first] == full[second]) is same


def test_an_iban_and_the_end_of_it_are_two_accounts_and_a_fault() -> None:
    found = accounts_of(
        [replace(JANUARY, account="DE75512108001245126199"),
         replace(OFX_JANUARY, account="1245126199")], USD,
    )  # fmt: skip

    assert len(found) == 2
    assert all("may be account" in item.faults[-1].what for item in found)
    joined = accounts_of(
        [replace(JANUARY, account="DE75512108001245126199"),
         replace(OFX_JANUARY, account="51210800/1245126199")], USD,
    )  # fmt: skip
    assert [item.names for item in joined] == [("DE75512108001245126199", "51210800/1245126199")]


def test_an_opening_of_the_books_goes_on_into_statements_that_state_no_first_day() -> None:
    bare = replace(statement(30, 30, "5.00", "5.00", form="bai2"), start=None, end=None)
    found = account(bare)

    assert not found.shown(day(10))
    assert found.opened(day(-1), 500).balance(day(10)) == 500
    assert found.opened(day(-1), 499) == found
    assert account(JANUARY).opened(day(-9), 10_000) == account(JANUARY)


_ROWS = st.lists(st.tuples(st.integers(0, 89), st.integers(-50, 50).filter(bool)), max_size=14).map(
    sorted
)
_SPOILS = ("none", "amount", "sign", "drop", "double", "statement", "balance", "day", "swap")


def _monthly(rows: Sequence[tuple[int, int]], form: str, *, opening: bool) -> list[BankStatement]:
    spans = [(0, 30), (31, 58), (59, 89)]
    found = []
    running = 1_000
    for number, (first, last) in enumerate(spans, 1):
        own = [(n, row) for n, row in enumerate(rows) if first <= row[0] <= last]
        closing = running + sum(amount for _, (_, amount) in own)
        found.append(
            statement(
                first, last, amount_text(running, 2) if opening else None, amount_text(closing, 2),
                *((when, amount_text(amount, 2), f"R{n}") for n, (when, amount) in own),
                number=number if opening else None, form=form,
            )
        )  # fmt: skip
        running = closing
    return found


def _spoilt(found: list[BankStatement], how: str, chance: random.Random) -> list[BankStatement]:
    """Return statements of which one thing was changed."""
    number = chance.randrange(len(found))
    item = found[number]
    rows = list(item.entries)
    place = chance.randrange(len(rows)) if rows else 0
    if how == "statement":
        return found[:number] + found[number + 1 :]
    if how == "balance" and item.closing:
        other = amount_text(units(item.closing.amount, 2) + 7, 2)
        item = replace(item, closing=replace(item.closing, amount=other))
    elif rows and how in ("amount", "sign"):
        moved = units(rows[place].amount, 2)
        moved = -moved if how == "sign" else moved + 3
        rows[place] = replace(rows[place], amount=amount_text(moved, 2))
    elif rows and how == "drop":
        del rows[place]
    elif rows and how == "double":
        rows.insert(place, rows[place])
    elif rows and how == "day":
        rows[place] = replace(rows[place], booked=rows[place].booked + timedelta(days=40))
    elif how == "swap":
        rows.reverse()
    return [*found[:number], replace(item, entries=tuple(rows)), *found[number + 1 :]]


@settings(max_examples=150, deadline=None)
@given(_ROWS, st.sampled_from(_SPOILS), st.sampled_from(_SPOILS), st.booleans(), st.randoms())
def test_what_is_shown_is_right_whatever_one_telling_had_changed(
    rows: list[tuple[int, int]],
    how: str,
    other: str,
    both: bool,
    chance: random.Random,
) -> None:
    """Two tellings, each spoilt in one way or not: a day is right, or it is not shown.

    A difference of two tellings that a row's day alone makes is shown too, by the counted one.
    """
    truth = {
        day(n): 1_000 + sum(amount for when, amount in rows if when <= n) for n in range(-1, 90)
    }
    given_statements = _spoilt(_monthly(rows, "camt.053", opening=True), how, chance)
    if both:
        given_statements += _spoilt(_monthly(rows, "ofx", opening=False), other, chance)
    (found,) = accounts_of(given_statements, USD)

    wrong = [when for when, balance in truth.items() if found.balance(when) not in (None, balance)]
    assert wrong == []
    if how in ("none", "swap") and (not both or other in ("none", "swap")):
        assert all(found.shown(when) for when in truth)
    shuffled = list(given_statements)
    chance.shuffle(shuffled)
    assert accounts_of(shuffled, USD) == (found,)


def test_three_statements_of_one_day_follow_by_their_balances_in_any_order() -> None:
    parts = [
        statement(5, 5, "1.00", "3.00", (5, "2.00", "A")),
        statement(5, 5, "3.00", "2.00", (5, "-1.00", "B")),
        statement(5, 5, "2.00", "9.00", (5, "7.00", "C")),
    ]
    parts = [replace(part, file=f"{place}") for place, part in enumerate(parts)]
    for order in permutations(parts):
        (found,) = accounts_of(order, USD)
        assert [entry.references for entry in found.entries] == [("A",), ("B",), ("C",)]
        assert found.gaps == ()


@pytest.mark.corpus
def test_tamaracks_accounts_close_and_each_row_of_two_formats_has_two_witnesses(
    corpora: Path,
) -> None:
    readers = {"camt053.xml": camt, "ofx": ofx, "mt940": mt940, "bai2": bai2}
    found: list[BankStatement] = []
    for path in sorted((corpora / "books/case-tamarack/bank").iterdir()):
        if reader := readers.get(path.name.partition(".")[2]):
            found += reader.read(path.read_bytes(), path.name).statements
    fbo, op, res = accounts_of(found, USD)

    assert (fbo.account, len(fbo.entries)) == ("7710004411", 92)
    assert {len(entry.witnesses) for entry in fbo.entries} == {2}
    assert [balance.amount for balance in fbo.balances] == [157_595_397, 127_589_772, 100_216_439]
    assert (op.account, op.balance(date(2026, 3, 31))) == ("7710009902", 1_199_702)
    assert (res.account, res.balance(date(2026, 3, 1))) == ("88120077", 150_000_000)
    for item in (fbo, op, res):
        assert (item.gaps, item.faults, item.differences) == ((), (), ())
