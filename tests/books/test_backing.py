"""Fully backed: shown, excluded, or not shown with the least facts that lack."""

from __future__ import annotations

import pytest

from forthwith.books.backing import Backing, fully_backed
from forthwith.books.books import Parameters
from forthwith.books.control import Control
from forthwith.books.reckoning import reckon
from forthwith.domain.instants import DAY, instant
from tests.books.builders import BITCOIN, BooksBuilder, jan

START, END = instant("2026-01-01"), instant("2026-02-01")
HOT, COLD, OTHER, THEIRS = (f"bcrt1q{name:0<38}" for name in ("h", "c", "o", "t"))
MOVABLE = {"hot": "", "cold": "", f"address:{OTHER}": ""}
PROVED = Control({(BITCOIN, address): (START - DAY,) for address in (HOT, COLD, OTHER)})


def wallets() -> BooksBuilder:
    """Owed 3 BTC, held 1 hot and 2 cold."""
    books = BooksBuilder().account("A").owed("A", "BTC", "3.0")
    books.address("hot", HOT).address("cold", COLD).fund(HOT, "1.0").fund(COLD, "2.0")
    return books


def asked(books: BooksBuilder, control: Control | None = PROVED, **more: object) -> Backing:
    more.setdefault("movable", MOVABLE)
    return fully_backed(books.reckon(), "BTC", START, END, control, **more)  # type: ignore[arg-type]


def lacks(backing: Backing) -> list[list[tuple[str, str]]]:
    assert backing.answer == "not shown"
    return [[(fact.kind, fact.of.partition(":")[0]) for fact in facts] for facts in backing.missing]


def test_what_is_registered_proved_witnessed_and_movable_is_shown() -> None:
    found = asked(wallets())

    assert (found.answer, found.missing) == ("shown", ())
    assert "no row says that its list of accounts is whole" in found.caveats[0]


def test_a_fact_that_the_list_of_accounts_is_whole_takes_the_caveat_away() -> None:
    assert asked(wallets().row("completeness", means="accounts", from_="2025-01-01")).caveats == ()


def test_each_lacking_fact_is_named() -> None:
    assert lacks(asked(wallets(), Control({(BITCOIN, HOT): (START,)}))) == [[("proof", COLD)]]
    assert lacks(asked(wallets(), movable={"hot": "", "cold": "no keys"})) == [
        [("custody", "cold")]
    ]
    stale = Control({(BITCOIN, HOT): (START,), (BITCOIN, COLD): (END - 36 * DAY,)})
    assert lacks(asked(wallets(), stale)) == [[("proof", COLD)]]
    fresh = Control({(BITCOIN, HOT): (START,), (BITCOIN, COLD): (END - 36 * DAY, END - DAY)})
    assert asked(wallets(), fresh).answer == "shown"


def test_a_surplus_on_another_address_makes_a_proof_needless() -> None:
    books = wallets().address("more", OTHER).fund(OTHER, "2.0")
    known = Control({(BITCOIN, HOT): (START,), (BITCOIN, COLD): (START,)})

    assert asked(books, known).answer == "shown"
    only_hot = Control({(BITCOIN, HOT): (START,)})
    sets = lacks(asked(books, only_hot, movable={**MOVABLE, "more": ""}))
    assert sets == [[("proof", COLD)], [("proof", OTHER)]]


def test_every_least_set_is_listed() -> None:
    """Sets that neither an order of leaving out nor one more fact left out comes to."""
    books = BooksBuilder().account("A").owed("A", "BTC", "36.0")
    for name, amount in (("hot", "15.0"), ("cold", "7.0"), ("more", "36.0")):
        books.address(name, f"bcrt1q{name:0<38}").fund(f"bcrt1q{name:0<38}", amount)
    books.address("spare", OTHER, "house").fund(OTHER, "31.0")
    places = ("hot", "cold", "more", "spare")
    sets = lacks(asked(books, Control(), movable=dict.fromkeys(places, "")))

    names = [{of[6:10].rstrip("0") for kind, of in facts if kind == "proof"} for facts in sets]
    assert names == [{"more"}, {"cold", "o"}, {"hot", "o"}]


def test_what_nothing_covers_is_excluded_with_instant_and_amounts() -> None:
    books = wallets()
    books.pay(jan(9), {COLD: "2.0"}, {THEIRS: "0.5", COLD: "1.5"})
    found = asked(books)

    assert found.answer == "excluded"
    assert found.at == found.first == instant(jan(9))
    assert (found.owed, found.counted) == (300_000_000, 250_000_000)


@pytest.mark.parametrize("class_", ["house", "customer"])
def test_the_houses_own_keeps_it_from_being_excluded_and_not_more(class_: str) -> None:
    books = wallets().address("spare", OTHER, class_).fund(OTHER, "1.0")
    books.pay(jan(9), {COLD: "2.0"}, {THEIRS: "0.5", COLD: "1.5"})
    found = asked(books, movable={**MOVABLE, "spare": ""})

    assert found.answer == ("shown" if class_ == "customer" else "not shown")
    if class_ == "house":
        assert lacks(found) == [[("class", "spare")]]


def test_an_unregistered_address_could_be_registered() -> None:
    books = wallets()
    paid = books.pay(jan(9), {THEIRS: "1.0"}, {OTHER: "1.0"})
    books.owed("A", "BTC", "1.0", jan(9), "deposit", paid)

    assert lacks(asked(books)) == [[("registration", OTHER)]]


def test_an_affiliates_place_never_counts() -> None:
    books = wallets().address("aff", OTHER, "affiliate").fund(OTHER, "9.0")
    books.pay(jan(9), {COLD: "2.0"}, {OTHER: "0.5", COLD: "1.5"})

    assert asked(books).answer == "excluded"


def test_empty_inputs_are_not_shown() -> None:
    assert lacks(asked(BooksBuilder())) == [[("completeness", "accounts")]]
    nothing = BooksBuilder().account("A").owed("A", "BTC", "3.0")
    assert asked(nothing).answer == "excluded"


def test_an_empty_period_shows_nothing() -> None:
    for end in (START, START - DAY):
        found = fully_backed(wallets().reckon(), "BTC", START, end, PROVED, MOVABLE)
        assert lacks(found)[0][0][0] == "period"


def test_rows_at_fault_keep_it_from_being_shown() -> None:
    books = wallets().owed("A", "BTC", "1,0")
    found = fully_backed(reckon(books.build(), Parameters()), "BTC", START, END, PROVED, MOVABLE)

    assert lacks(found) == [[("rows", "customer_ledger.csv")]]


def test_a_row_below_the_standing_that_raises_what_is_owed_is_not_left_out_in_silence() -> None:
    books = wallets().owed("A", "BTC", "1.0", jan(5), "reward", standing="narrative")
    assert lacks(asked(books)) == [[("cites", "customer_ledger.csv")]]
    # Even with a cite it would lack.
    everything = books.reckon(standing="narrative")
    assert asked(books, everything=everything).answer == "not shown"


def test_a_withdrawal_below_the_standing_makes_it_shown_once_it_is_cited() -> None:
    books = wallets().owed("A", "BTC", "1.0", jan(4), "reward")
    books.owed("A", "BTC", "-1.0", jan(4), "adjustment", standing="narrative")
    books.address("spare", OTHER, "house").fund(OTHER, "1.0")
    found = asked(books, everything=books.reckon(standing="narrative"))

    assert [("cites", "customer_ledger.csv")] in lacks(found)


def test_blocks_up_to_the_periods_end_are_asked_for() -> None:
    books = wallets()
    books.end = books.end.replace(day=20)

    assert lacks(asked(books)) == [[("blocks", BITCOIN)]]


def test_a_bank_account_needs_its_statements_and_no_proof() -> None:
    books = BooksBuilder().account("A").owed("A", "USD", "5.00").bank("fbo", "7", opening="5.00")
    assert fully_backed(books.reckon(), "USD", START, END).answer == "shown"

    books.end = books.end.replace(day=20)
    found = fully_backed(books.reckon(), "USD", START, END)
    assert lacks(found) == [[("statement", "fbo")]]
    assert "after 2026-01-20" in found.missing[0][0].says


def test_a_place_no_witness_shows_at_all_is_asked_for() -> None:
    books = BooksBuilder().account("A").owed("A", "USD", "5.00").owed("A", "BTC", "1.0")
    books.row("places", place="fbo", kind="bank account", address_or_account="7", class_="customer")
    books.address("hot", HOT)
    for asset, kind, says in (("USD", "statement", "of 7"), ("BTC", "blocks", BITCOIN)):
        found = fully_backed(books.reckon(), asset, START, END, PROVED, MOVABLE)
        assert [[fact[0] for fact in facts] for facts in lacks(found)] == [[kind]]
        assert says in found.missing[0][0].says


def test_a_place_of_which_nothing_is_given_is_named_where_it_lacks() -> None:
    books = BooksBuilder().account("A").owed("A", "USD", "5.00")
    books.row("places", place="fbo", kind="bank account", address_or_account="7", class_="customer")
    found = fully_backed(books.reckon(), "USD", START, END)

    assert [[fact.says for fact in facts] for facts in found.missing] == [
        ["give the statements of 7"]
    ]


def test_an_account_without_statements_hides_the_currency_of_its_openings_alone() -> None:
    books = BooksBuilder().asset("EUR", 2).account("A").owed("A", "USD", "5.00")
    books.bank("fbo", "7", opening="5.00").opening("euros", "EUR", "customer", "9.00")
    books.row(
        "places", place="euros", kind="bank account", address_or_account="8", class_="customer"
    )
    reckoning = books.reckon()

    assert {(gap.of, gap.asset) for gap in reckoning.gaps if gap.start is gap.end is None} == {
        ("euros", "EUR")
    }
