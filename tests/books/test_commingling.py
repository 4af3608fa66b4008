"""Whose value lies with whose: mixed, used, and what only lies beside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from forthwith.books.commingling import commingling
from forthwith.books.reckoning import Reckoning
from forthwith.domain.instants import instant
from tests.books.builders import EVM, BooksBuilder, evm_address, jan

START, END = instant("2026-01-01"), instant("2026-02-01")


def told(reckoning: Reckoning, kind: str = "") -> list[tuple[Any, ...]]:
    found = commingling(reckoning, START, END).as_json()["intervals"]
    keys = ("kind", "from", "to", "groups", "customers_from", "other_from", "customers_most",
            "other_most")  # fmt: skip
    return [tuple(item[key] for key in keys) for item in found if not kind or item["kind"] == kind]


def house_account(moves: list[list[str]]) -> BooksBuilder:
    """One event a day at the house's account, from an opening on."""
    (_, group, opening), *rest = moves
    books = BooksBuilder().bank("op", "9902", "house", opening, group=group)
    for day, (direction, of, amount) in enumerate(rest, 2):
        sign = "" if direction == "in" else "-"
        books.wire("9902", jan(day), f"{sign}{amount}", f"W{day}")
        sides = ("", "op") if direction == "in" else ("op", "")
        books.entry(*sides, "USD", amount, jan(day), of, f"W{day}")
    return books


MOVES = [
    ["opening", "house", "40.00"], ["in", "customer", "25.00"], ["out", "house", "30.00"],
    ["out", "house", "20.00"], ["in", "affiliate", "30.00"], ["out", "customer", "25.00"],
]  # fmt: skip


def test_mixed_and_used_are_told_to_the_second() -> None:
    reckoning = house_account(MOVES).reckon()

    assert told(reckoning) == [
        ("mixed", jan(2, "23:59:59"), jan(4, "23:59:59"), ["house"], "25.00", "40.00",
         "25.00", "40.00"),
        ("used", jan(4, "23:59:59"), jan(6, "23:59:59"), ["house"], "25.00", "10.00",
         "25.00", "10.00"),
        ("mixed", jan(5, "23:59:59"), jan(6, "23:59:59"), ["affiliate"], "25.00", "30.00",
         "25.00", "30.00"),
    ]  # fmt: skip


@pytest.mark.corpus
def test_the_published_sequence_is_met(corpora: Path) -> None:
    golden = json.loads((corpora / "books" / "golden" / "books.json").read_text())
    vector = next(item for item in golden if item["name"] == "mixed and used")
    reckoning = house_account(vector["moves"]).reckon()

    for kind in ("mixed", "used"):
        ends = [[int(item[1][8:10]), int(item[2][8:10]), item[3]] for item in told(reckoning, kind)]
        assert ends == vector["want"][kind]


def test_a_floor_hides_what_is_not_above_it() -> None:
    books = house_account([["opening", "customer", "10.00"], ["in", "house", "0.05"]])

    assert told(books.reckon(floors={"USD": 5})) == []
    assert len(told(books.reckon(floors={"USD": 4}))) == 1


def test_an_omnibus_of_customers_only_does_not_mix() -> None:
    books = house_account([["opening", "customer", "10.00"], ["in", "customer", "5.00"]])

    assert told(books.reckon()) == []


def test_another_group_that_joins_begins_another_interval() -> None:
    moves = [["opening", "customer", "10.00"], ["in", "house", "5.00"], ["in", "affiliate", "7.00"],
             ["out", "affiliate", "7.00"]]  # fmt: skip
    found = told(house_account(moves).reckon())

    assert [(item[3], item[5]) for item in found] == [
        (["house"], "5.00"), (["house", "affiliate"], "12.00"), (["house"], "5.00")
    ]  # fmt: skip
    assert found[-1][2] is None


def test_a_fee_earned_but_not_swept_mixes_until_it_is_swept() -> None:
    books = BooksBuilder().bank("fbo", "7710", opening="100.00").bank("op", "9902", "house")
    books.entry("fbo", "fbo", "USD", "2.00", jan(3, "08:00:00"), "customer>house", kind="fee")
    books.wire("7710", jan(5), "-2.00", "W1", party_account="9902").wire(
        "9902", jan(5), "2.00", "W1"
    )
    books.entry("fbo", "op", "USD", "2.00", jan(5, "23:59:59"), "house", "W1")

    assert told(books.reckon()) == [
        ("mixed", jan(3, "08:00:00"), jan(5, "23:59:59"), ["house"], "98.00", "2.00", "98.00",
         "2.00")
    ]  # fmt: skip


def test_what_nets_out_within_a_second_is_no_interval() -> None:
    books = house_account([["opening", "customer", "10.00"]])
    books.wire("9902", jan(3), "5.00", "W1").entry("", "op", "USD", "5.00", jan(3), "house", "W1")
    books.wire("9902", jan(3), "-5.00", "W2").entry("op", "", "USD", "5.00", jan(3), "house", "W2")

    assert told(books.reckon()) == []


def test_gas_beside_customers_tokens_is_listed_apart() -> None:
    hot = evm_address(1)
    books = BooksBuilder().address("hot", hot, chain=EVM)
    books.fund(hot, "1.0", EVM).fund(hot, "7.0", EVM, "TRN")
    books.opening("hot", "ETH", "house", "1.0").opening("hot", "TRN", "customer", "7.0")
    found = commingling(books.reckon(), START, END)

    assert found.intervals == ()
    (beside,) = found.beside
    assert (beside.customers, beside.asset.id, beside.group, beside.most) == (
        "TRN", "ETH", "house", 10**18
    )  # fmt: skip


def test_by_address_only_what_shares_an_address_mixes() -> None:
    one, two = evm_address(1), evm_address(2)
    books = BooksBuilder().address("hot", one, chain=EVM).address("hot", two, chain=EVM)
    first = books.pay(jan(3), {evm_address(9): "1.0"}, {one: "1.0"}, EVM)
    second = books.pay(jan(4), {evm_address(9): "1.0"}, {two: "1.0"}, EVM)
    books.entry("", "hot", "ETH", "1.0", jan(3), "customer", first)
    books.entry("", "hot", "ETH", "1.0", jan(4), "house", second)

    assert len(told(books.reckon())) == 1
    assert told(books.reckon(mixing="address")) == []


def test_a_disclosed_float_is_printed_as_such_and_counts() -> None:
    books = house_account([["opening", "customer", "10.00"]])
    books.wire("9902", jan(3), "5.00", "W1")
    books.entry("", "op", "USD", "5.00", jan(3), "house", "W1", kind="float")
    (interval,) = commingling(books.reckon(), START, END).intervals

    assert [str(row) for row in interval.disclosed] == ["place_ledger.csv:line 2"]
    assert "9902.xml:Ntry 1" in [str(row) for row in interval.rows]


def test_an_interval_older_than_the_period_begins_with_it() -> None:
    books = house_account([["opening", "customer", "10.00"], ["in", "house", "5.00"]])
    later = commingling(books.reckon(), instant("2026-01-09"), END).intervals

    assert [interval.start for interval in later] == [instant("2026-01-09")]
