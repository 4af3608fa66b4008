"""A position: what customers are owed and what is held, each asset by itself."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from forthwith.books.books import Parameters
from forthwith.books.control import Control
from forthwith.books.position import Position, position
from forthwith.books.reckoning import Reckoning, reckon
from forthwith.domain.instants import instant
from tests.books.builders import BITCOIN, EVE, BooksBuilder, jan

END = instant(jan(31, "23:59:59"))
HOT, OTHER, THEIRS = (f"bcrt1q{name:0<38}" for name in ("h", "o", "t"))


def of(reckoning: Reckoning, asset: str, at: int = END) -> dict[str, Any]:
    found: dict[str, Any] = position(reckoning, at, assets=[asset]).as_json()["assets"][0]
    return found


def negative() -> BooksBuilder:
    """The first golden figure: A is owed 100, B owes 30, the house has its own."""
    books = BooksBuilder().account("A", "B").account("H", class_="house")
    books.owed("A", "USD", "100.00").owed("B", "USD", "-30.00", kind="chargeback")
    books.owed("H", "USD", "500.00").bank("fbo", "7710", opening="75.00")
    return books.bank("op", "9902", "house", "900.00")


def test_a_negative_balance_lowers_nothing_and_the_house_is_not_counted() -> None:
    found = of(negative().reckon(), "USD")

    assert found["owed"] == {
        "outsider": "100.00", "affiliated_lp": "0.00", "house": "500.00", "negative": "-30.00"
    }  # fmt: skip
    assert (found["owed_customers"], found["held_customers"]) == ("100.00", "75.00")
    assert (found["difference"], found["shortfall"]) == ("-25.00", "25.00")
    assert (found["held"], found["others"]) == ({"fbo": "75.00"}, {"op": "900.00"})


def test_affiliated_liquidity_providers_are_customers() -> None:
    """The second golden figure, with an address nobody registered that customers paid into."""
    books = BooksBuilder().account("A").account("P", class_="affiliated_lp")
    books.account("H", class_="house").address("cold", HOT).fund(HOT, "2.5")
    books.owed("A", "BTC", "0.4").owed("P", "BTC", "2.0").owed("H", "BTC", "4.0")
    paid = books.pay(jan(2), {THEIRS: "1.0"}, {OTHER: "0.6"})
    books.owed("A", "BTC", "0.6", jan(2), "deposit", paid)
    found = of(books.reckon(), "BTC")

    assert (found["owed_customers"], found["owed"]["outsider"]) == ("3.0", "1.0")
    assert (found["held_customers"], found["shortfall"]) == ("2.5", "0.5")
    assert found["unregistered"] == {f"address:{OTHER}": "0.6"}


def test_a_surplus_in_one_asset_covers_no_other() -> None:
    books = BooksBuilder().account("A").bank("fbo", "7710", opening="150.00")
    books.owed("A", "USD", "100.00").owed("A", "BTC", "2.0").address("hot", HOT).fund(HOT, "1.0")
    reckoning = books.reckon()

    assert [of(reckoning, name)["shortfall"] for name in ("USD", "BTC")] == ["0.00", "1.0"]


def test_up_to_the_floor_what_lacks_is_dust() -> None:
    found = of(negative().reckon(floors={"USD": 2_500}), "USD")
    assert (found["shortfall"], found["dust"], found["difference"]) == ("0.00", "25.00", "-25.00")

    found = of(negative().reckon(floors={"USD": 2_499}), "USD")
    assert (found["shortfall"], found["dust"]) == ("25.00", "0.00")


def test_a_place_is_held_only_while_it_is_registered_for_customers() -> None:
    books = BooksBuilder().account("A").owed("A", "BTC", "1.0").fund(HOT, "1.0")
    books.address("hot", HOT, from_="2026-01-10", to="2026-01-20")
    books.address("hot", HOT, "house", from_="2026-01-20")
    reckoning = books.reckon()

    shortfalls = [of(reckoning, "BTC", instant(jan(day)))["shortfall"] for day in (9, 10, 19, 20)]
    assert shortfalls == ["1.0", "0.0", "0.0", "1.0"]


def test_an_account_that_becomes_the_houses_is_owed_as_such_from_then_on() -> None:
    books = BooksBuilder().owed("A", "USD", "10.00").bank("fbo", "7710")
    books.account("A", to="2026-01-10").account("A", class_="house", from_="2026-01-10")
    reckoning = books.reckon()

    assert of(reckoning, "USD", instant(jan(9)))["owed_customers"] == "10.00"
    assert of(reckoning, "USD", instant(jan(10)))["owed"]["house"] == "10.00"


def test_a_closed_account_is_still_owed() -> None:
    books = BooksBuilder().owed("A", "USD", "10.00").account("A", to="2026-01-10").bank("f", "1")

    assert of(books.reckon(), "USD")["owed_customers"] == "10.00"


def test_a_balance_without_a_witness_is_not_shown() -> None:
    books = negative()
    books.row("places", place="x", kind="bank account", address_or_account="1", class_="customer")
    found = of(books.reckon(), "USD")

    assert found["not_shown"] == {"x": "no statement of account 1 is given"}
    assert (found["difference"], found["shortfall"], found["held_customers"]) == (None, None, None)
    assert found["held"] == {"fbo": "75.00"}


def test_the_day_after_the_last_statement_is_not_shown() -> None:
    reckoning = negative().reckon()

    assert of(reckoning, "USD", END)["not_shown"] == {}
    assert of(reckoning, "USD", instant("2026-02-01T23:59:59Z"))["difference"] is None


def test_every_position_names_height_and_hash() -> None:
    books = BooksBuilder().address("hot", HOT).fund(HOT, "1.0")
    books.pay(jan(5), {THEIRS: "1.0"}, {HOT: "1.0"})
    reckoning = books.reckon()
    chain = reckoning.chains[BITCOIN]
    told = position(reckoning, instant(jan(5, "11:59:59"))).as_json()["heights"][BITCOIN]

    assert told == {"height": 2, "hash": chain.blocks[1].hash}


def test_a_chain_that_does_not_link_refuses_its_assets_and_no_others() -> None:
    books = negative().address("hot", HOT).fund(HOT, "1.0").owed("A", "BTC", "1.0")
    books.pay(jan(5), {THEIRS: "1.0"}, {HOT: "1.0"})
    built = books.build()
    (read,) = built.chains
    broken = replace(read, blocks=(*read.blocks[:2], *read.blocks[3:]))
    found = position(reckon(replace(built, chains=(broken,)), Parameters()), END).as_json()

    assert found["heights"] == {BITCOIN: None}
    assert "missing" in found["refused"][BITCOIN]
    by_asset = {asset["asset"]: asset["difference"] for asset in found["assets"]}
    assert (by_asset["BTC"], by_asset["USD"]) == (None, "-25.00")


def test_the_cut_is_by_height_where_header_times_go_back() -> None:
    """The last golden figure: the block before the first that is stamped later."""
    books = BooksBuilder().address("hot", HOT).fund(HOT, "1.0")
    books.pay("2026-01-31T23:40:00Z", {THEIRS: "1.0"}, {HOT: "1.0"})
    late = books.pay("2026-02-01T00:00:01Z", {THEIRS: "1.0"}, {HOT: "1.0"})
    built = books.build()
    (read,) = built.chains
    # The block after the late one is stamped before the cut, and comes after it all the same.
    after = replace(read.blocks[-1], time=instant("2026-01-31T23:59:58Z"))
    moved = [
        replace(row, height=after.height) if row.id == late else row for row in read.transactions
    ]
    read = replace(read, blocks=(*read.blocks[:-1], after), transactions=tuple(moved))
    found = position(reckon(replace(built, chains=(read,)), Parameters()), END)

    assert found.of("BTC").held == {"hot": 200_000_000}


@pytest.mark.corpus
def test_the_published_figures_are_met(corpora: Path) -> None:
    golden = json.loads((corpora / "books" / "golden" / "books.json").read_text())
    first, second, third, *_ = golden
    accounts = {name: tuple(row) for name, row in first["accounts"].items()}
    books = BooksBuilder()
    for name, (klass, amount) in accounts.items():
        books.account(name, class_=klass).owed(name, "USD", amount)
    for number, (place, (klass, amount)) in enumerate(first["held"].items()):
        books.bank(place, str(number), klass, amount)
    found = of(books.reckon(), "USD")
    want = first["want"]
    assert found["owed"]["negative"] == want.pop("negative")
    assert {key: found[key] for key in want} == want

    assert second["want"]["shortfall"] == "0.5"
    for name, (owed, held) in third["assets"].items():
        books = BooksBuilder().account("A").owed("A", name, owed)
        if name == "USD":
            books.bank("place", "1", opening=held)
        else:
            books.address("place", HOT).fund(HOT, held)
        assert of(books.reckon(), name)["shortfall"] == third["want"][name]

    line = next(item for item in golden if item["name"] == "segregation statement arithmetic")
    books = BooksBuilder().account("A").owed("A", "USD", line["required"] + ".00", EVE)
    books.bank("seg", "1", opening=line["in_segregation"] + ".00")
    assert of(books.reckon(), "USD")["difference"] == line["want"]["excess"] + ".00"


def test_unproved_is_what_lies_on_addresses_without_a_new_proof() -> None:
    books = BooksBuilder().account("A").address("hot", HOT).address("hot", OTHER)
    books.fund(HOT, "1.0").fund(OTHER, "2.0")
    reckoning = books.reckon()
    control = Control({(BITCOIN, HOT): (instant(jan(1)),)})

    def unproved(day: int, hour: str = "12:00:00") -> dict[str, int]:
        at = instant(f"2026-02-{day:02}T{hour}Z")
        found: Position = position(reckoning, at, control)
        return dict(found.of("BTC").unproved)

    assert unproved(5) == {"hot": 200_000_000}
    assert unproved(5, "12:00:01") == {"hot": 300_000_000}
