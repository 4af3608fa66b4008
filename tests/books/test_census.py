"""The census: what is registered, and what looks as if it belonged there."""

from __future__ import annotations

from forthwith.books.books import Books, Parameters
from forthwith.books.census import Census, Derived, Reason, Suspect, census
from forthwith.books.reckoning import reckon
from forthwith.domain.instants import instant
from tests.books.builders import BITCOIN, EVM, BooksBuilder, evm_address, jan

HOT, DEPOSIT, STRANGER = ("bcrt1q" + sign * 38 for sign in "hds")
CUSTOMER, SECOND, AFFILIATE = ("bcrt1q" + sign * 38 for sign in "k2f")


def sound() -> BooksBuilder:
    books = BooksBuilder().bank("fbo", "7710", opening="100.00", holder="co")
    books.address("hot", HOT, holder="co").address("dep", DEPOSIT, holder="co").fund(HOT, "5.0")
    books.address("aff", AFFILIATE, class_="affiliate", holder="aff").fund(AFFILIATE, "5.0")
    books.opening("hot", "BTC", "customer", "5.0").account("A").deposit("A", DEPOSIT)
    books.row("entities", id="co", name="Veld Exchange").row("entities", id="aff", name="Halden")
    return books.owed("A", "USD", "100.00").owed("A", "BTC", "5.0")


def taken(books: BooksBuilder | Books, **asked: object) -> Census:
    given = books if isinstance(books, Books) else books.build()
    return census(reckon(given, Parameters()), **asked)  # type: ignore[arg-type]


def only(books: BooksBuilder, **asked: object) -> Suspect:
    (suspect,) = taken(books, **asked).suspects
    return suspect


def test_each_place_has_its_moves_and_its_greatest_balance() -> None:
    books = sound()
    paid = books.pay(jan(5), {CUSTOMER: "0.5"}, {DEPOSIT: "0.5"})
    books.owed("A", "BTC", "0.5", jan(5), "deposit", paid)
    books.pay(jan(6), {DEPOSIT: "0.5"}, {HOT: "0.4"})
    rows = {row["place"]: row for row in taken(books).as_json()["places"]}  # type: ignore[attr-defined]

    assert rows["dep"]["first_move"] == "2026-01-05T12:00:00Z"
    assert rows["dep"]["last_move"] == "2026-01-06T12:00:00Z"
    assert rows["dep"]["greatest"] == {"BTC": {"amount": "0.5", "at": "2026-01-05T12:00:00Z"}}
    assert rows["hot"]["greatest"]["BTC"]["amount"] == "5.4"
    assert (rows["fbo"]["first_move"], rows["fbo"]["greatest"]["USD"]["amount"]) == ("", "100.00")
    assert taken(books).suspects == ()


def test_places_that_ended_before_the_day_are_left_out() -> None:
    books = sound().address("old", SECOND, to="2025-06-01")

    assert "old" in {row.place.place for row in taken(books).places}
    later = taken(books, since=instant("2026-01-01T00:00:00Z"))
    assert "old" not in {row.place.place for row in later.places}


def test_an_address_that_gets_credited_deposits() -> None:
    books = sound()
    paid = books.pay(jan(5), {CUSTOMER: "0.5"}, {STRANGER: "0.5"})
    books.owed("A", "BTC", "0.5", jan(5), "deposit", paid)
    suspect = only(books)

    assert (suspect.address, suspect.reasons) == (STRANGER, (Reason.CREDITED_DEPOSITS,))
    assert suspect.as_json()["why"] == "A was credited by row L6 with what came in there"
    assert len(suspect.rows) == 2


def test_an_address_that_spends_together_with_ours_and_one_beyond_it() -> None:
    books = sound()
    books.pay(jan(5), {HOT: "1.0", STRANGER: "0.5"}, {HOT: "1.4"})
    books.pay(jan(6), {STRANGER: "0.1", SECOND: "0.1"}, {STRANGER: "0.1"})
    found = taken(books).suspects

    assert {row.address: row.reasons for row in found} == {
        STRANGER: (Reason.SPENDS_TOGETHER,), SECOND: (Reason.SPENDS_TOGETHER,)
    }  # fmt: skip
    assert "hot" in next(row for row in found if row.address == STRANGER).why[0]


def test_affiliates_and_customers_who_spend_beside_us_are_no_suspects() -> None:
    books = sound()
    paid = books.pay(jan(4), {HOT: "0.5"}, {CUSTOMER: "0.5"})
    books.owed("A", "BTC", "-0.5", jan(4), "withdrawal", paid)
    books.pay(jan(5), {HOT: "1.0", CUSTOMER: "0.5"}, {HOT: "1.4"})
    books.pay(jan(6), {AFFILIATE: "1.0", SECOND: "0.5"}, {AFFILIATE: "1.4"})

    assert taken(books).suspects == ()


def test_several_payers_of_one_token_transaction_are_no_suspects() -> None:
    """On Ethereum a contract may move many people's tokens at once."""
    ours, other = evm_address(11), evm_address(12)
    books = sound().address("eth", ours, chain=EVM, holder="co")
    books.fund(ours, "5.0", EVM, "TRN").fund(other, "5.0", EVM, "TRN")
    books.opening("eth", "TRN", "customer", "5.0").owed("A", "TRN", "5.0")
    books.pay(jan(5), {ours: "1.0", other: "1.0"}, {ours: "2.0"}, EVM, "TRN", fee_payer=ours)

    assert taken(books).suspects == ()


def test_an_address_that_gets_our_change() -> None:
    books = sound()
    paid = books.pay(jan(5), {HOT: "1.0"}, {CUSTOMER: "0.4", STRANGER: "0.59"})
    books.owed("A", "BTC", "-0.4", jan(5), "withdrawal", paid)
    suspect = only(books)

    assert (suspect.address, suspect.reasons) == (STRANGER, (Reason.CHANGE,))


def test_a_payment_to_one_stranger_is_no_change() -> None:
    books = sound()
    books.pay(jan(5), {HOT: "1.0"}, {STRANGER: "0.99"})

    assert taken(books).suspects == ()


def test_an_account_of_our_own_name_that_nobody_registered() -> None:
    books = sound().wire("7710", jan(5), "-10.00", "W1", "VELD EXCHANGE operations", "99 88-77")
    suspect = only(books)

    assert (suspect.chain, suspect.reasons) == ("", (Reason.OWN_TRANSFER,))
    assert suspect.address.replace("-", "") == "998877"


def test_an_account_that_bank_parties_says_is_ours() -> None:
    books = sound().wire("7710", jan(5), "-10.00", "W1", "Savings", "998877")

    assert only(books.row("bank_parties", account="998877", entity="co")).rows
    assert taken(sound().wire("7710", jan(5), "-1.00", "W", "Velds Exchanges", "9")).suspects == ()


def test_a_place_that_the_ledger_names_and_nobody_registered() -> None:
    books = sound()
    paid = books.pay(jan(5), {HOT: "1.0"}, {STRANGER: "1.0"})
    books.entry("hot", "cellar", "BTC", "1.0", jan(5), "customer", paid)
    suspect = only(books)

    assert suspect.reasons == (Reason.NAMED,)
    assert "calls it cellar" in suspect.why[0]


def test_gaps_in_the_indices_of_a_descriptor() -> None:
    ours, gap, beyond, unused = ("bcrt1q" + sign * 38 for sign in "4567")
    books = sound().address("wallet", ours, holder="co").fund(beyond, "1.0")
    derived = [
        Derived("wpkh(xpub)", number, BITCOIN, address)
        for number, address in enumerate((HOT, gap, ours, unused, beyond))
    ]
    found = {row.address: row.why[0] for row in taken(books, derived=derived).suspects}

    assert found == {
        gap: "index 1 of wpkh(xpub) lies between registered ones",
        beyond: "index 4 of wpkh(xpub) was used",
    }


def test_an_address_registered_at_any_time_is_no_suspect() -> None:
    books = sound().address("late", STRANGER, from_=jan(20))
    paid = books.pay(jan(5), {CUSTOMER: "0.5"}, {STRANGER: "0.5"})
    books.owed("A", "BTC", "0.5", jan(5), "deposit", paid)
    books.pay(jan(6), {HOT: "1.0", STRANGER: "0.5"}, {HOT: "1.4"})

    assert taken(books).suspects == ()


def test_an_account_written_with_hyphens_has_its_moves_and_balance() -> None:
    """Its statement writes the number without them."""
    books = sound().bank("res", "8812-0077", opening="50.00").wire("8812-0077", jan(5), "5.00")
    books.banks["88120077"] = books.banks.pop("8812-0077")
    rows = {row["place"]: row for row in taken(books).as_json()["places"]}  # type: ignore[attr-defined]

    assert rows["res"]["greatest"]["USD"]["amount"] == "55.00"
    assert rows["res"]["first_move"] == "2026-01-05T23:59:59Z"


def test_places_stand_in_one_order_whatever_the_order_of_rows() -> None:
    books = sound()
    before = taken(books).as_json()["places"]
    books.rows.reverse()

    assert taken(books).as_json()["places"] == before
