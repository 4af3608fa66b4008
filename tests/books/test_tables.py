"""Tables of the books become values; a wrong cell is named with what it should be."""

from __future__ import annotations

import pytest

from forthwith.books.books import Books
from forthwith.books.tables import DISPUTED, accepted, address_text
from tests.books.builders import BITCOIN, EVE, EVM, BooksBuilder, jan

MIXED = "0xBcd4042DE499D14e55001CcbB24a551F3b954096"

SEGWIT = "bcrt1q0tlrk3ztm7ee05w83af5esddlddgcjk59u03c5"


def sound() -> BooksBuilder:
    return BooksBuilder().account("A", "B").bank("fbo", "77 10", opening="100.00")


def only_fault(books: Books) -> str:
    (fault,) = books.faults
    return str(fault)


def test_sound_tables_have_no_fault() -> None:
    books = sound().owed("A", "USD", "100.00").build()

    assert books.faults == ()
    assert books.places[0].address == "7710"
    assert books.ledger[0].amount == 10_000


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"asset": "USDT"}, "customer_ledger.csv:2: cell asset: 'USDT' is not in assets"),
        ({"account": "Z"}, "cell account: 'Z' is not in customer_accounts"),
        ({"amount": "1.001"}, "'1.001' has 3 places, the asset 2; nothing is rounded"),
        ({"amount": "1,000.00"}, "is not an amount"),
        ({"amount": "1e3"}, "is not an amount"),
        ({"amount": "9" * 37}, "more than 38 digits"),
        ({"at": "2026-01-05T08:00:00"}, "has no zone"),
        ({"at": "2026-01-05"}, "is a day without a time"),
        ({"at": "2026-02-30T08:00:00Z"}, "is not an instant"),
        ({"row": " "}, "cell row is empty"),
        ({"standing": "certain"}, "cell standing: 'certain' is no standing"),
    ],
)
def test_a_wrong_cell_of_the_ledger_is_named_and_its_row_left_out(
    cells: dict[str, str], says: str
) -> None:
    row = {"account": "A", "asset": "USD", "amount": "1.00", "at": jan(5)} | cells
    books = sound().owed(**row).build()

    assert says in only_fault(books)
    assert books.ledger == ()


@pytest.mark.parametrize(
    ("table", "cells", "says"),
    [
        ("assets", {"id": "X", "decimals": "2.0"}, "cell decimals: '2.0'"),
        ("assets", {"id": "X", "decimals": "²"}, "cell decimals"),
        ("assets", {"id": "B2", "decimals": "8", "chain": BITCOIN}, "same contract"),
        ("customer_accounts", {"account": "C", "class": "client"}, "cell class: 'client'"),
        (
            "places",
            {"place": "x", "kind": "wallet", "address_or_account": "a", "class": "house"},
            "cell kind: 'wallet'",
        ),
        (
            "places",
            {
                "place": "x", "kind": "address", "chain": EVM, "address_or_account": "0x12",
                "class": "house",
            },
            "is not 0x and 40 hexadecimal digits",
        ),
        (
            "places",
            {
                "place": "x", "kind": "address", "chain": "ethereum", "address_or_account": MIXED,
                "class": "house",
            },
            "cell chain: 'ethereum' is the chain of no asset",
        ),
        (
            "places",
            {
                "place": "x", "kind": "bank account", "address_or_account": "1", "class": "house",
                "from": "2026-02-01", "to": "2026-01-01",
            },
            "is not after from",
        ),
        (
            "openings",
            {"place": "x", "asset": "USD", "group": "house", "amount": "1.00", "at": EVE},
            "cell place: 'x' is not in places",
        ),
        ("caps", {"payee": "p", "asset": "USD", "amount": "1.00", "month": "2026-13"}, "month"),
    ],
)  # fmt: skip
def test_a_wrong_cell_of_a_table_is_named(table: str, cells: dict[str, str], says: str) -> None:
    assert says in only_fault(sound().row(table, **cells).build())


def test_an_unknown_kind_of_row_is_read_and_told() -> None:
    books = sound().owed("A", "USD", "1.00", jan(2), kind="airdrop").build()

    assert len(books.ledger) == 1
    assert any("'airdrop'" in note for note in books.notes)


def test_a_row_that_stands_twice_counts_once_and_two_rows_of_one_id_count_twice() -> None:
    books = sound().owed("A", "USD", "1.00", row="L1").owed("A", "USD", "1.00", row="L1")
    books.owed("B", "USD", "1.00", row="L1")
    built = books.build()

    assert [row.account for row in built.ledger] == ["A", "B"]
    assert [fault.line for fault in built.faults] == [3, 4]


def test_one_address_of_two_places_in_the_same_days_is_told_and_counted_once() -> None:
    books = sound().address("hot", MIXED, chain=EVM)
    books.address("cold", MIXED.lower(), chain=EVM, from_="2026-01-01").build()
    built = books.build()

    assert "belongs to hot/customer" in only_fault(built)
    assert [place.place for place in built.places] == ["fbo", "hot"]


def test_one_address_of_two_places_one_after_the_other_is_right() -> None:
    books = sound().address("hot", MIXED, chain=EVM, to="2026-01-15")
    books.address("cold", MIXED, "house", EVM, from_="2026-01-15")

    assert books.build().faults == ()


def test_a_deposit_address_has_one_customer_at_a_time() -> None:
    books = sound().deposit("A", MIXED, EVM, to="2026-01-09")
    books.deposit("B", MIXED, EVM, from_="2026-01-09").deposit("A", MIXED, EVM, from_="2026-01-20")

    assert "belongs to B" in only_fault(books.build())


def test_two_assets_of_one_id_are_told() -> None:
    assert "'USD' stands on an earlier row" in only_fault(sound().asset("USD", 6).build())


def test_an_opening_counts_once() -> None:
    books = sound().opening("fbo", "USD", "customer", "90.00")
    books.opening("fbo", "USD", "house", "5.00").opening("fbo", "USD", "house", "7.00", jan(9))
    built = books.build()

    # The smaller of two counts: holding less is never a false "shown".
    assert [(row.group, row.amount) for row in built.openings] == [
        ("customer", 9_000),
        ("house", 500),
    ]
    assert len(built.faults) == 2


def test_names_resolve_to_the_entity_they_are_of() -> None:
    books = sound()
    books.row("entities", id="g-1", name="Tern", to="2025-12-01", alias_of="g")
    books.row("entities", id="g-0", name="Teal", alias_of="g-1")
    books.row("entities", id="g", name="Korbel").row("affiliates", entity="g-0", of="g")
    built = books.build()

    assert {name.entity for name in built.names} == {"g"}
    assert built.affiliations[0].entity == "g"


def test_names_in_a_circle_end() -> None:
    books = sound().row("entities", id="a", name="A", alias_of="b")
    built = books.row("entities", id="b", name="B", alias_of="a").build()

    assert {name.entity for name in built.names} == {"a"}


def test_an_entity_nobody_listed_is_told_and_the_row_kept() -> None:
    books = sound().row("entities", id="co", name="Tamarack")
    built = books.row("bank_parties", account="99 00", entity="ghost").build()

    assert "'ghost' is not in entities" in only_fault(built)
    assert (built.bank_parties[0].account, built.bank_parties[0].entity) == ("9900", "ghost")


def test_a_disputed_row_counts_at_no_standing() -> None:
    row = sound().owed("A", "USD", "1.00", disputed="yes").build().ledger[0]

    assert row.standing == DISPUTED
    assert not accepted(row.standing, "narrative")
    assert accepted("document", "sworn")
    assert not accepted("narrative", "sworn")


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (MIXED, MIXED.lower()),
        ("0X" + MIXED[2:], MIXED.lower()),
        (SEGWIT.upper(), SEGWIT),
        ("1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"),
        ("GB22 0991 7744", "GB2209917744"),
    ],
)  # fmt: skip
def test_an_address_is_written_as_chains_are_read(text: str, form: str) -> None:
    assert address_text(text) == form
