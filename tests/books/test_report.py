"""Laws of the monthly report (numbers as in docs), over generated books."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from benchmarks import books_mutation
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.books.books import Books, Parameters
from forthwith.books.control import control
from forthwith.books.payments import payments
from forthwith.books.reckoning import reckon
from forthwith.books.report import checking
from forthwith.books.report.against import against
from forthwith.books.report.month import BadMonthError, Month, Report, report
from forthwith.books.report.shape import misshapen
from forthwith.books.report.sheets import SIDES
from forthwith.books.tables import books_of
from forthwith.domain.amounts import units
from forthwith.workflows.books import printed
from forthwith.workflows.books.control import spoken
from tests.books.builders import BITCOIN, BooksBuilder, jan
from tests.books.invented import ADDRESS, END, SOUND, Act, acts, played

some = settings(max_examples=15, deadline=None)
OF = {"hot": "H", "cold": "C", "dep": "DE", "vault": "Z"}
NUMBER = {"fbo": "7710.xml", "op": "9902.xml"}


def reported(books: Books, month: str = "2026-01", **parameters: Any) -> Report:
    made = Month(reckon(books, Parameters(**parameters)), control(books, spoken), month)
    payees = payments(made.reckoning, made.start, made.cut + 1).payees
    return report(replace(made, payees=tuple(row.as_json() for row in payees)))


def as_bytes(found: Report) -> bytes:
    return json.dumps(found.body, ensure_ascii=False).encode()


@given(acts())
@some
def test_law_1_a_month_opens_with_what_the_last_one_closed_with(given_acts: list[Act]) -> None:
    books = played(given_acts).books.build()
    one, two = reported(books), reported(books, "2026-02")

    assert list(checking.follows(two.body, one.body)) == []
    for row in copy.deepcopy(one.body["places"]):
        if row["closing"].strip("-0."):
            spoilt = copy.deepcopy(one.body)
            of = (row["place"], row["asset"])
            (line,) = (r for r in spoilt["places"] if (r["place"], r["asset"]) == of)
            line["closing"] += "1"
            assert {found.code for found in checking.follows(two.body, spoilt)} == {"BR04"}


@given(acts())
@some
def test_law_2_a_line_is_the_sum_of_its_rows(given_acts: list[Act]) -> None:
    """Each row's own amount is looked up in its file, and added up anew."""
    made = played(given_acts).books
    entries = {
        (row.file, entry.row): units(entry.amount, 2)
        for row in made.statements()
        for entry in row.entries
    }
    opened = {
        ("openings.csv", f"line {row.line}"): row["amount"]
        for row in made.rows
        if row.table == "openings"
    }
    for row in made.statements():
        assert row.opening
        opened[row.file, row.opening.row] = row.opening.amount
    legs, fees = {}, {}
    for _, row in made.transactions[BITCOIN]:
        fees[row.file, f"{row.id} fee"] = row.fee
        for leg in row.legs:
            legs[row.file, f"{row.id} {leg.row}"] = leg
    figures = reported(made.build()).figures.all
    asked = 0
    for name, figure in figures.items():
        if not name.startswith("places/"):
            continue
        _, place, asset, what, *_ = name.split("/")
        places = 2 if asset == "USD" else 8
        total = sum(units(opened[row], places) for row in figure.rows if row in opened)
        for row in figure.rows:
            if asset == "USD":
                own = entries.get(row, 0) if row.file == NUMBER[place] else 0
                total += own if what in ("opening", "closing", "balance") else abs(own)
            elif row in fees:
                total += fees[row] * (1 if what == "network_fees" else -1)
            elif row in legs:
                leg = legs[row]
                ours = leg.address in {ADDRESS[letter] for letter in OF[place]}
                sign = 1 if ours or what in ("in", "out") else -1
                total += leg.amount if what == "balance" else sign * leg.amount
        assert units(figure.text, places) == total, (name, figure.rows)
        asked += 1
    assert asked >= 20


@given(acts(), st.sampled_from(["receipt", "ledger"]))
@some
def test_laws_4_5_6_and_7_hold_and_are_checked(given_acts: list[Act], basis: str) -> None:
    made = played(given_acts)
    found = reported(made.books.build(), basis=basis)
    body = found.body
    totals = {row["asset"]: row["total"] for row in body["liabilities"]}

    assert list(misshapen(body)) == []
    assert list(checking.added_up(body, found.decimals)) == []
    assert list(checking.short_and_untold(body, {}, found.decimals)) == []
    assert body["headline"]
    for row in body["assets"]:
        places = found.decimals[row["asset"]]
        assert totals.get(row["asset"], row["owed_customers"]) == row["owed_customers"]
        if row["asset"] in ("USD", "BTC"):
            least = min(made.brute(row["asset"], when, basis) for when in made.instants())
            assert units(row["least"]["difference"], places) == least
            assert bool(row["shortfalls"]) == (least < 0)
            closing = made.brute(row["asset"], END - 1, basis)
            assert units(row["difference"], places) == closing
        assert row["unexplained"].strip("-0.") == ""
    for line in body["places"]:
        assert {*line["in"], *line["out"]} <= set(SIDES)
    for figure in found.figures.all.values():
        assert figure.rows or not figure.text.strip("-0."), figure.id


@given(acts(), st.integers(0, 2**32))
@settings(max_examples=10, deadline=None)
def test_law_8_any_order_gives_the_same_bytes(given_acts: list[Act], seed: int) -> None:
    books = played(given_acts).books
    rng = random.Random(seed)
    # Assets and places are printed in the order of their tables; every other order means nothing.
    kept = [row for row in books.rows if row.table in ("assets", "places")]
    rest = [row for row in books.rows if row.table not in ("assets", "places")]
    statements, chains = list(books.statements()), list(books.chains())
    for given_list in (rest, statements, chains):
        rng.shuffle(given_list)  # type: ignore[arg-type]
    one = reported(books.build())
    two = reported(books_of([*rest, *kept], statements, chains))

    assert as_bytes(one) == as_bytes(two)
    assert printed.as_xlsx(one.body) == printed.as_xlsx(two.body)
    assert printed.as_pdf(one.body) == printed.as_pdf(two.body)


def cells(value: Any, where: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each amount: a text of digits with a point."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from cells(inner, (*where, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from cells(inner, (*where, place))
    elif isinstance(value, str) and value.lstrip("-").replace(".", "", 1).isdigit():
        yield where


def test_every_amount_that_is_spoilt_is_found_with_its_code() -> None:
    rng = random.Random(4)
    kinds = (*SOUND, "unregistered", "uncredited", "adjustment")
    given_acts = [
        Act(rng.choice(kinds), rng.randint(2, 27), minute, rng.randint(1, 400), rng.choice("ABP"),
            rng.randint(-120, 120))
        for minute in range(30)
    ]  # fmt: skip
    found = reported(played(given_acts).books.build())
    ways = list(cells(found.body))
    assert len(ways) > 150
    for way in ways:
        spoilt = copy.deepcopy(dict(found.body))
        inner: Any = spoilt
        for key in way[:-1]:
            inner = inner[key]
        text = inner[way[-1]]
        inner[way[-1]] = f"{text[:-1]}{(int(text[-1]) + 1) % 10}"
        codes = {row.code for row in checking.compared(spoilt, found.body)}
        codes |= {row.code for row in checking.added_up(spoilt, found.decimals)}
        wanted = "BR08" if way[0] == "commitments" else "BR02"
        assert wanted in codes, way
        # Whoever cannot recompute sees by adding up what of a line is wrong.
        if way[0] == "places" and way[2] in ("opening", "in", "out", "network_fees", "closing"):
            assert "BR03" in codes, way


def test_a_month_that_is_none_is_refused() -> None:
    books = BooksBuilder().build()
    for month in ("2026-13", "2026-1", "0001-01", "9999-12", "", "２０２６-01"):
        with pytest.raises(BadMonthError):
            reported(books, month)


def test_books_of_nothing_are_a_report_of_nothing() -> None:
    found = reported(BooksBuilder().build())

    assert list(misshapen(found.body)) == []
    assert list(checking.added_up(found.body, found.decimals)) == []
    assert printed.as_pdf(found.body)


# Books held against a signed report.


def test_sound_books_are_as_they_were_signed_and_what_is_booked_later_changes_nothing() -> None:
    """The report of January stands while February goes on: rows, coins, a closed account."""
    acts_of_january = [Act(kind, day, day, 7, "A", 3) for day, kind in enumerate(SOUND, 2)]
    signed = reported(played(acts_of_january).books.build())
    later = played(acts_of_january).books
    later.owed("A", "USD", "-5.00", "2026-02-03T10:00:00Z", "withdrawal", "F1")
    later.pay("2026-02-04T10:00:00Z", {ADDRESS["W"]: "3.0"}, {ADDRESS["D"]: "3.0"})
    later.entry("hot", "cold", "BTC", "1.0", "2026-02-05T10:00:00Z", "customer", "F2")
    later.account("C", from_="2026-02-01T00:00:00Z")
    account = next(row for row in later.rows if row.table == "customer_accounts")
    later.rows[later.rows.index(account)] = replace(
        account, cells={**account.cells, "to": "2026-03-01T00:00:00Z"}
    )
    now = reported(later.build())

    assert against(signed.body, signed).findings == ()
    assert [row for row in against(signed.body, now).findings if row.code == "BR08"] == []


def test_a_row_booked_into_a_signed_month_is_found() -> None:
    acts_of_january = [Act(kind, day, day, 7, "A", 3) for day, kind in enumerate(SOUND, 2)]
    signed = reported(played(acts_of_january).books.build())
    later = played(acts_of_january).books
    later.owed("A", "USD", "0.00", jan(20), "adjustment", booked_at="2026-02-09T10:00:00Z")
    found = against(signed.body, reported(later.build()))

    assert [row.where for row in found.control_accounts]
    assert "commitments/rows/ledger/rows" in {row.where for row in found.rows}


@pytest.fixture(scope="module")
def quarter() -> tuple[books_mutation.Evidence, str]:
    return books_mutation.example()


def test_every_mutation_of_a_sample_is_found_with_commitments(
    quarter: tuple[books_mutation.Evidence, str],
) -> None:
    """The whole score, of many hundreds, is in the benchmarks."""
    tried = list(books_mutation.mutations(*quarter, often=3, seed=11))
    table = books_mutation.scores(tried)

    assert set(table) == set(books_mutation.MUTATORS)
    assert [(row.mutator, row.what) for row in tried if not row.by] == []
    whole = {level: sum(line[level] for line in table.values()) for level in books_mutation.LEVELS}
    # Fewer are seen with less to see them by, and none of the levels is for show.
    assert 0.4 * len(tried) <= whole["files"] <= whole["control_accounts"] <= whole["figures"]
    assert whole["figures"] < whole["rows"] == len(tried)


def test_rows_in_another_order_are_no_mutation_and_change_nothing(
    quarter: tuple[books_mutation.Evidence, str],
) -> None:
    sound, month = quarter
    signed = books_mutation.made(sound.books(), month)
    rows = list(sound.rows)
    random.Random(3).shuffle(rows)
    turned = replace(sound, rows=tuple(rows), statements=tuple(reversed(sound.statements)))

    assert turned.meaning(month) == sound.meaning(month)
    assert against(signed.body, books_mutation.made(turned.books(), month)).findings == ()
