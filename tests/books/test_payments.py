"""Payments: who was paid, whether an affiliate that day, and what went on from there."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from forthwith.books.books import Parameters
from forthwith.books.payments import Outflow, Payee, Payments, payments
from forthwith.books.reckoning import reckon
from forthwith.domain.instants import instant
from tests.books.builders import BooksBuilder, jan

HOT, PAYEE = "bcrt1q" + "h" * 38, "bcrt1q" + "p" * 38


def house() -> BooksBuilder:
    """The exchange pays from `op`; Halden was called Tern Capital until the tenth."""
    books = BooksBuilder().bank("op", "8800", class_="house", opening="900.00", holder="co")
    books.bank("fbo", "7710", opening="100.00", holder="co").account("A")
    books.owed("A", "USD", "100.00")
    books.row("entities", id="co", name="Veld Exchange")
    books.row("entities", id="old", name="Tern Capital", to=jan(10), alias_of="aff")
    books.row("entities", id="aff", name="Halden Group", from_=jan(10))
    books.row("entities", id="host", name="Quill Hosting")
    books.row("entities", id="middle", name="Ostrander Advice")
    books.row("affiliates", entity="aff", of="co", from_="2025-01-01")
    return books.row("bank_parties", account="5500", entity="host")


def paid(books: BooksBuilder, **asked: Any) -> Payments:
    return payments(reckon(books.build(), Parameters(zone=asked.pop("zone", "UTC"))), **asked)


def only(books: BooksBuilder) -> Payee:
    (row,) = paid(books).payees
    return row


def test_a_payee_is_known_by_its_account() -> None:
    row = only(house().wire("8800", jan(5), "-10.00", "W1", "QUILL HOST. LTD", "5500"))

    assert (row.entity, row.kind, row.affiliate) == ("host", Outflow.EXPENSE, "no")
    assert row.as_written == ("5500", "QUILL HOST. LTD")
    assert "no witness of 5500 was given" in row.not_followed
    assert "from 2026-01-05 to 2026-02-04" in row.not_followed


@pytest.mark.parametrize(
    ("day", "name", "entity"),
    [
        (5, "Tern Capital", "aff"),
        (15, "Halden Group", "aff"),
        (15, "  HALDEN   group ", "aff"),
        (15, "Tern Capital", ""),
        (5, "Halden Group", ""),
    ],
)
def test_a_name_counts_on_its_own_days(day: int, name: str, entity: str) -> None:
    row = only(house().wire("8800", jan(day), "-10.00", "W1", name))

    assert row.entity == entity
    assert row.affiliate == ("yes" if entity else "unknown")
    if not entity:
        assert row.near == ("aff",)
        assert "on other days" in row.doubts[0]


@pytest.mark.parametrize("name", ["Halden Group Ltd", "Haldan Group", "H\u0430lden Group"])
def test_a_near_name_is_listed_and_joins_nothing(name: str) -> None:
    """The last has a Cyrillic letter."""
    row = only(house().wire("8800", jan(15), "-10.00", "W1", name))

    assert (row.entity, row.affiliate, row.near) == ("", "unknown", ("aff",))


def test_account_and_name_that_disagree_are_told() -> None:
    row = only(house().wire("8800", jan(15), "-10.00", "W1", "Halden Group", "5500"))

    assert row.entity == "host"
    assert row.doubts == ("account, place and name say host and aff",)


def test_payments_before_and_after_it_became_an_affiliate_stand_apart() -> None:
    books = house().row("affiliates", entity="host", of="co", from_=jan(10), to=jan(20))
    for day in (5, 15, 25):
        books.wire("8800", jan(day), f"-{day}.00", f"W{day}", "Quill Hosting", "5500")
    rows = {row.affiliate: (row.amount, row.count) for row in paid(books).payees}

    assert rows == {"no": (3000, 2), "yes": (1500, 1)}


def test_an_affiliate_of_an_affiliate_is_one() -> None:
    books = house().row("affiliates", entity="host", of="aff")
    row = only(books.wire("8800", jan(15), "-10.00", "W1", "Quill Hosting", "5500"))

    assert row.affiliate == "yes"
    assert [str(witness) for witness in row.because] == [
        "affiliates.csv:line 2",
        "affiliates.csv:line 3",
    ]


def test_what_reaches_an_affiliate_through_a_payee_is_followed() -> None:
    books = house().bank("mid", "6600", class_="vendor", opening="20.00", holder="middle")
    books.end = date(2026, 2, 28)
    books.wire("8800", jan(5), "-100.00", "W1", "Ostrander Advice", "6600")
    books.wire("6600", jan(5), "100.00", "W1", "Veld Exchange", "8800")
    books.wire("6600", jan(9), "-70.00", "W2", "Tern Capital")
    row = only(books)
    (through,) = row.through

    assert (row.entity, row.affiliate, row.as_json()["affiliate"]) == ("middle", "no", "through")
    assert through.methods == {
        "fifo": 5000, "lifo": 7000, "pro_rata": 5833, "libr": 5000, "poison": 7000
    }  # fmt: skip
    assert through.says(row.asset) == "50.00 to 70.00 USD of it reached aff through mid"
    assert row.not_followed == ""
    books.end = date(2026, 1, 31)
    assert "mid: the statements of account 6600 end on 2026-01-31" in only(books).not_followed


def test_what_passes_on_after_thirty_days_is_not_counted() -> None:
    books = house().bank("mid", "6600", class_="vendor", holder="middle")
    books.start = books.start.replace(year=2025, month=12)
    books.wire("8800", "2025-12-01T12:00:00Z", "-100.00", "W1", "Ostrander Advice", "6600")
    books.wire("6600", "2025-12-01T12:00:00Z", "100.00", "W1", "Veld Exchange", "8800")
    books.wire("6600", jan(1), "-70.00", "W2", "Tern Capital")

    assert only(books).through == ()


def test_coin_is_followed_on_its_chain() -> None:
    books = house().address("hot", HOT, class_="house", holder="co").fund(HOT, "5.0")
    books.address("aff", "bcrt1q" + "f" * 38, class_="affiliate", holder="aff")
    books.opening("hot", "BTC", "house", "5.0")
    books.pay(jan(5), {HOT: "2.0"}, {PAYEE: "2.0"})
    books.pay(jan(6), {PAYEE: "2.0"}, {"bcrt1q" + "f" * 38: "2.0"})
    row = only(books)

    assert (row.entity, row.affiliate, row.as_written) == ("", "unknown", (PAYEE,))
    assert {name: n for t in row.through for name, n in t.methods.items()}["fifo"] == 2 * 10**8


def test_own_transfers_and_withdrawals_need_no_payee() -> None:
    books = house().wire("7710", jan(5), "-10.00", "W1", "Veld Exchange", "8800")
    books.wire("8800", jan(5), "10.00", "W1", "Veld Exchange", "7710")
    books.wire("7710", jan(6), "-5.00", "W2", "Ann Veld", "4400")
    books.owed("A", "USD", "-5.00", jan(6, "23:59:59"), "withdrawal", "W2")
    found = paid(books)

    assert found.payees == ()
    assert found.totals == {(Outflow.OWN, "USD"): (1000, 1), (Outflow.WITHDRAWAL, "USD"): (500, 1)}


def test_a_customers_withdrawal_to_an_affiliate_is_listed() -> None:
    books = house().wire("7710", jan(16), "-5.00", "W2", "Halden Group", "4400")
    books.owed("A", "USD", "-5.00", jan(16, "23:59:59"), "withdrawal", "W2")

    assert (only(books).entity, only(books).kind) == ("aff", Outflow.WITHDRAWAL)


def test_customers_money_that_left_without_a_row_is_unexplained() -> None:
    row = only(house().wire("7710", jan(16), "-5.00", "W2", "Halden Group"))

    assert (row.kind, row.affiliate) == (Outflow.UNEXPLAINED, "yes")


def test_a_payment_to_nobody_named_is_still_counted() -> None:
    row = only(house().wire("8800", jan(16), "-5.00"))

    assert (row.entity, row.affiliate, row.amount) == ("", "unknown", 500)
    assert row.not_followed


def test_caps_are_held_by_payee_and_month_of_the_zone() -> None:
    books = house().row("caps", payee="Quill Hosting", month="2026-01", asset="USD", amount="50.00")
    books.row("caps", payee="host", asset="USD", amount="10.00")
    for day in (5, 15, 31):
        books.wire("8800", jan(day), "-20.00", f"W{day}", "Quill Hosting", "5500")
    (over,) = paid(books).over_caps

    assert (over.month, over.cap, over.paid) == ("2026-01", 5000, 6000)
    assert over.as_json()["over"] == "10.00"
    # The row of every month holds where the month has none of its own.
    books.rows = [row for row in books.rows if row["month"] != "2026-01"]
    assert paid(books).over_caps[0].cap == 1000


def test_a_period_takes_what_left_in_it() -> None:
    books = house()
    for day in (5, 15):
        books.wire("8800", jan(day), "-20.00", f"W{day}", "Quill Hosting", "5500")
    found = paid(books, start=instant(jan(10)), end=instant(jan(20)))

    assert [row.count for row in found.payees] == [1]
    assert paid(books, asset="BTC").payees == ()


@pytest.mark.parametrize("name", ["", "=1+1", "\u202eretnuH", "a" * 5000, "co", "%s{0}", "\n"])
def test_hostile_names_are_nobodys(name: str) -> None:
    row = only(house().wire("8800", jan(5), "-20.00", "W1", name))

    assert row.entity == ""
    assert row.amount == 2000


def test_amounts_are_text() -> None:
    found = paid(house().wire("8800", jan(5), "-20.00", "W1", "Quill Hosting", "5500")).as_json()
    (row,) = found["payees"]  # type: ignore[misc]

    assert row["amount"] == "20.00"
    assert {"entity", "as_written", "amount", "count", "affiliate", "through", "not_followed"} <= (
        row.keys()
    )
