"""What rows and moves are to each other, for whom value lies, and from when a row counts."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from forthwith.books.books import Books, Parameters
from forthwith.books.moves import Move
from forthwith.books.reckoning import Reckoning, reckon
from forthwith.books.tables import books_of
from forthwith.domain.instants import instant
from tests.books.builders import EVM, BooksBuilder, evm_address, jan, kinds, stakes

HOT, DEP, DEP2, THEIRS = (f"bcrt1q{name:0<38}" for name in ("h", "d", "e", "t"))
FBO, OP = "7710", "9902"


def banks() -> BooksBuilder:
    """Two accounts, customers' and the house's."""
    books = BooksBuilder().account("A", "B")
    return books.bank("fbo", FBO, opening="500.00").bank("op", OP, "house", "100.00")


def chain() -> BooksBuilder:
    """A hot wallet with 10 BTC of customers', and a deposit address of A."""
    books = BooksBuilder().account("A", "B").address("hot", HOT).address("dep", DEP)
    books.deposit("A", DEP).fund(HOT, "10.0").opening("hot", "BTC", "customer", "10.0")
    return books


def bank_moves(reckoning: Reckoning) -> list[tuple[str, str, int]]:
    return [(move.source, move.target, move.amount) for move in reckoning.moves]


# Moves of banks.


def test_a_transfer_on_two_statements_is_one_move() -> None:
    books = banks().wire(FBO, jan(5), "-40.00", "W1", "House", OP)
    books.wire(OP, jan(6), "40.00", "W1")
    (move,) = books.reckon().moves

    assert (move.source, move.target) == ("fbo", "op")
    assert (move.left, move.arrived) == (instant(jan(5, "23:59:59")), instant(jan(6, "23:59:59")))
    assert [row.file for row in move.witnesses] == ["7710.xml", "9902.xml"]


def test_one_move_of_several_entries_lies_for_the_group_of_each() -> None:
    books = chain().address("dep", DEP2)
    paid = books.pay(jan(5), {THEIRS: "3.0"}, {DEP: "1.0", DEP2: "0.5", "rest": "1.4"})
    books.entry("", "dep", "BTC", "1.0", jan(5), "customer", paid)
    books.entry("", "dep", "BTC", "0.5", jan(5), "affiliate", paid)

    assert stakes(books.reckon(), "dep", "BTC") == {"customer": "1.0", "affiliate": "0.5"}


def test_a_transfer_without_a_reference_is_joined_by_account_amount_and_two_days() -> None:
    books = banks().wire(FBO, jan(5), "-40.00", "D1", party_account=OP)
    books.wire(OP, jan(7), "40.00", "C9")

    assert bank_moves(books.reckon()) == [("fbo", "op", 4_000)]


def test_two_transfers_that_could_be_either_are_not_joined() -> None:
    books = banks().wire(FBO, jan(5), "-40.00", "D1", party_account=OP)
    books.wire(FBO, jan(5), "-40.00", "D2", party_account=OP).wire(OP, jan(6), "40.00", "C9")
    reckoning = books.reckon()

    assert Counter(move.target for move in reckoning.moves) == {"transit:op": 2, "op": 1}
    # Each balance is its own statement's, whatever was joined.
    assert stakes(reckoning, "op", "USD")["house"] == "100.00"
    assert sum(change.delta for change in reckoning.changes if change.place == "op") == 14_000


def test_equal_references_of_two_banks_do_not_join_what_names_a_third_account() -> None:
    books = banks().wire(FBO, jan(5), "-40.00", "1", party_account="5555")
    books.wire(OP, jan(5), "40.00", "1", party_account="6666")

    assert len(books.reckon().moves) == 2


def test_a_rent_that_recurs_is_joined_month_by_month() -> None:
    books = banks().wire(FBO, jan(2), "-40.00", "RENT").wire(FBO, jan(28), "-40.00", "RENT")
    books.wire(OP, jan(29), "40.00", "RENT")
    moves = books.reckon().moves

    assert [(move.target, move.arrived - move.left) for move in moves] == [
        ("party:unnamed", 0),
        ("op", 86_400),
    ]


def test_a_debit_its_counterpart_has_not_shown_is_in_transit() -> None:
    books = banks().wire(FBO, jan(5), "-40.00", "D1", party_account=OP)
    (move,) = books.reckon().moves

    assert move.target == "transit:op"


def test_an_iban_and_its_own_number_are_one_account() -> None:
    books = BooksBuilder().bank("fbo", "DE89370400440532013000", opening="100.00")
    books.bank("op", OP, "house").wire(
        OP, jan(5), "-40.00", "D1", party_account="370400440532013000"
    )
    (move,) = books.reckon().moves

    assert move.target == "transit:fbo"


# Matching.


def test_a_deposit_counts_from_its_arrival_on_receipt_and_from_its_row_on_the_ledger() -> None:
    books = chain()
    paid = books.pay(jan(5, "08:09:00"), {THEIRS: "1.5"}, {DEP: "1.0", "other": "0.4"})
    books.owed("A", "BTC", "1.0", jan(5, "08:39:00"), "deposit", paid, row="L")

    assert kinds(books.reckon())[0] == ("reference", "L")
    for basis, at in (("receipt", "08:09:00"), ("ledger", "08:39:00")):
        (change,) = books.reckon(basis=basis).owed_changes
        assert change.at == instant(jan(5, at))


def test_a_withdrawal_is_owed_until_it_left() -> None:
    books = chain()
    paid = books.pay(jan(6, "09:10:00"), {HOT: "10.0"}, {THEIRS: "0.4", HOT: "9.5"})
    books.owed("A", "BTC", "-0.4", jan(6, "09:00:00"), "withdrawal", paid.upper())
    (change,) = books.reckon().owed_changes

    assert change.at == instant(jan(6, "09:10:00"))


def test_another_amount_under_one_reference_is_matched_and_told() -> None:
    books = chain()
    paid = books.pay(jan(5), {THEIRS: "1.0"}, {DEP: "0.9"})
    books.owed("A", "BTC", "0.8", jan(5), "deposit", paid, row="L")

    assert kinds(books.reckon()) == [("amount", "L")]


def test_a_second_row_of_a_used_reference_is_a_duplicate() -> None:
    books = chain()
    paid = books.pay(jan(5), {THEIRS: "1.0"}, {DEP: "0.9"})
    books.owed("A", "BTC", "0.9", jan(5), "deposit", paid, row="L1")
    books.owed("A", "BTC", "0.9", jan(6), "deposit", paid, row="L2")

    assert kinds(books.reckon()) == [("reference", "L1"), ("duplicate", "L2")]


def test_two_customers_paid_by_one_transaction_have_a_move_each() -> None:
    books = chain().address("dep", DEP2).deposit("B", DEP2)
    paid = books.pay(jan(5), {THEIRS: "3.0"}, {DEP: "1.0", DEP2: "1.0", "rest": "0.9"})
    books.owed("B", "BTC", "1.0", jan(5), "deposit", paid, row="LB")
    books.owed("A", "BTC", "1.0", jan(5), "deposit", paid, row="LA")
    # Both addresses are one wallet: what came in is one net change of it, and both rows are it.
    assert kinds(books.reckon()) == [("reference", "LA"), ("reference", "LB")]
    found = {
        match.ledger.account: match.move.target_address
        for match in books.reckon(mixing="address").matches
        if match.ledger and match.move
    }
    assert found == {"A": DEP, "B": DEP2}


def test_without_a_reference_amount_deposit_address_and_two_days_decide() -> None:
    books = chain()
    books.pay(jan(5), {THEIRS: "1.0"}, {DEP: "0.9"})
    books.owed("A", "BTC", "0.9", jan(6), "deposit", row="L1")
    books.owed("B", "BTC", "0.9", jan(6), "deposit", row="L2")
    books.owed("A", "BTC", "0.9", jan(12), "deposit", row="L3")

    assert kinds(books.reckon()) == [
        ("unique", "L1"), ("ledger_only", "L2"), ("ledger_only", "L3")
    ]  # fmt: skip


def test_what_is_not_unique_is_ambiguous_and_nothing_is_guessed() -> None:
    books = chain()
    books.pay(jan(5, "08:00:00"), {THEIRS: "1.0"}, {DEP: "0.9"})
    books.pay(jan(5, "09:00:00"), {THEIRS: "1.0"}, {DEP: "0.9"})
    books.owed("A", "BTC", "0.9", jan(5), "deposit", row="L1")
    found = kinds(books.reckon())

    assert found[0] == ("ambiguous", "L1")
    assert [kind for kind, _ in found[1:]] == ["move_only", "move_only"]


def test_a_deposit_address_nobody_registered_is_the_customers_all_the_same() -> None:
    for amount, reference, kind in (("0.9", False, "unique"), ("0.8", True, "amount")):
        books = BooksBuilder().account("A").deposit("A", DEP)
        paid = books.pay(jan(5), {THEIRS: "1.0"}, {DEP: "0.9"})
        reference = paid if reference else ""
        books.owed("A", "BTC", amount, jan(6), "deposit", reference, row="L")

        assert kinds(books.reckon()) == [(kind, "L")]


def test_the_second_of_two_equal_rows_of_another_amount_is_a_duplicate() -> None:
    books = chain()
    paid = books.pay(jan(5), {THEIRS: "1.0"}, {DEP: "0.9"})
    books.owed("A", "BTC", "0.8", jan(5), "deposit", paid, row="L1")
    books.owed("A", "BTC", "0.8", jan(6), "deposit", paid, row="L2")

    assert kinds(books.reckon()) == [("amount", "L1"), ("duplicate", "L2")]


def test_an_address_that_once_paid_for_a_customer_says_nothing_of_its_next_payment() -> None:
    """An exchange pays many from one address."""
    books = chain()
    paid = books.pay(jan(3), {THEIRS: "9.0"}, {HOT: "2.0", THEIRS: "7.0"})
    books.owed("A", "BTC", "2.0", jan(3), "deposit", paid, row="L1")
    books.pay(jan(5), {THEIRS: "7.0"}, {HOT: "1.0", THEIRS: "6.0"})
    books.owed("A", "BTC", "1.0", jan(5), "deposit", row="L2")

    assert kinds(books.reckon())[:2] == [("reference", "L1"), ("ledger_only", "L2")]


def test_an_address_given_to_another_customer_later_is_theirs_from_then_on() -> None:
    books = BooksBuilder().account("A", "B").address("dep", DEP)
    books.deposit("A", DEP, to="2026-01-10").deposit("B", DEP, from_="2026-01-10")
    books.pay(jan(9), {THEIRS: "1.0"}, {DEP: "0.9"})
    books.pay(jan(11), {THEIRS: "1.0"}, {DEP: "0.9"})
    books.owed("B", "BTC", "0.9", jan(10), "deposit", row="LB")
    (match, *_) = books.reckon().matches

    assert match.kind == "unique"
    assert match.move is not None
    assert match.move.left == instant(jan(11))


def test_a_row_undone_by_a_reversal_of_its_reference_is_told_so() -> None:
    books = chain().owed("A", "BTC", "2.0", jan(5), "deposit", "0xabc", row="L1")
    books.owed("A", "BTC", "-2.0", jan(9), "reversal", "0xabc", row="L2")

    assert kinds(books.reckon()) == [("ledger_only", "L1"), ("reversed", "L2")]


def test_zero_rows_and_trades_match_nothing() -> None:
    books = chain()
    paid = books.pay(jan(5), {THEIRS: "1.0"}, {DEP: "0.9"})
    books.owed("A", "BTC", "0.9", jan(5), "trade", paid).owed(
        "A", "BTC", "0.0", jan(5), "deposit", paid
    )

    assert [kind for kind, _ in kinds(books.reckon())] == ["move_only"]


def test_a_customers_wire_into_the_houses_account_is_theirs() -> None:
    books = banks().wire(OP, jan(5), "250.00", "W1", "Ada", "5555")
    books.owed("A", "USD", "250.00", jan(5), "deposit", "W1")

    assert stakes(books.reckon(), "op", "USD") == {"house": "100.00", "customer": "250.00"}


def test_a_withdrawal_from_customers_to_the_house_is_the_house_accounts_row() -> None:
    books = banks().account("H", class_="house").wire(FBO, jan(5), "-40.00", "W1", party_account=OP)
    books.wire(OP, jan(5), "40.00", "W1").owed(
        "H", "USD", "-40.00", jan(5), "withdrawal", "W1", row="L"
    )

    assert ("reference", "L") in kinds(books.reckon())


# Groups.


def rule(reckoning: Reckoning, pick: str) -> str:
    """The rule and groups of the move to or from a place."""
    move = next(move for move in reckoning.moves if pick in (move.source, move.target))
    found = reckoning.attributions[move.id]
    return f"{found.rule} {found.source_group}>{found.target_group}"


def test_each_rule_applies_where_the_ones_before_do_not() -> None:
    books = chain().address("cold", evm_address(1), chain=EVM).address("house", DEP2, "house")
    paid = books.pay(jan(5), {HOT: "10.0"}, {THEIRS: "1.0", HOT: "8.9"})
    books.entry("hot", "", "BTC", "1.0", jan(5), "affiliate", paid)
    reckoning = books.reckon()
    assert rule(reckoning, f"address:{THEIRS}") == "a affiliate>affiliate"
    assert rule(reckoning, "fee:BTC") == "c house>house"
    assert stakes(reckoning, "hot", "BTC") == {
        "customer": "10.0", "affiliate": "-1.0", "house": "-0.1"
    }  # fmt: skip

    books = chain()
    books.pay(jan(5), {THEIRS: "1.0"}, {DEP: "0.9"})
    books.pay(jan(6), {DEP: "0.9"}, {HOT: "0.9"})
    books.pay(jan(7), {THEIRS: "1.0"}, {HOT: "0.5"})
    reckoning = books.reckon()
    assert rule(reckoning, "dep") == "d customer>customer"
    assert [
        reckoning.attributions[move.id].rule for move in reckoning.moves if move.source == "dep"
    ] == ["e"]
    assert stakes(reckoning, "hot", "BTC") == {"customer": "10.9", "unknown": "0.5"}

    books = chain().address("house", DEP2, "house").fund(DEP2, "1.0")
    books.pay(jan(5), {HOT: "10.0"}, {DEP2: "2.0", HOT: "8.0"})
    reckoning = books.reckon()
    # One group stands in the hot wallet: what it pays the house is customers'.
    assert stakes(reckoning, "house", "BTC") == {"unknown": "1.0", "customer": "2.0"}


def test_between_own_places_of_several_groups_the_other_sides_class_decides() -> None:
    books = banks().opening("fbo", "USD", "house", "0.00")
    books.entry("fbo", "fbo", "USD", "10.00", jan(2), "customer>house", kind="fee")
    books.wire(FBO, jan(5), "-40.00", "W1", party_account=OP).wire(OP, jan(5), "40.00", "W1")
    reckoning = books.reckon()

    assert rule(reckoning, "op") == "f house>customer"
    assert stakes(reckoning, "fbo", "USD") == {"customer": "490.00", "house": "-30.00"}


def test_a_payment_to_an_affiliate_under_its_name_of_the_day_is_an_affiliates() -> None:
    books = banks().row("entities", id="aff-1", name="Tern", to="2026-01-10", alias_of="aff")
    books.row("entities", id="aff", name="Korbel", from_="2026-01-10")
    books.row("entities", id="co", name="Tamarack").row("affiliates", entity="aff", of="co")
    books.wire(OP, jan(5), "30.00", "W1", "TERN").wire(OP, jan(20), "7.00", "W2", "Tern")

    assert stakes(books.reckon(), "op", "USD") == {
        "house": "100.00", "affiliate": "30.00", "unknown": "7.00"
    }  # fmt: skip


def test_several_payers_pay_through_a_fund_and_each_loses_its_part() -> None:
    books = chain().address("house", DEP2, "house").fund(DEP2, "1.0")
    books.opening("house", "BTC", "house", "1.0")
    paid = books.pay(jan(5), {HOT: "10.0", DEP2: "1.0"}, {THEIRS: "10.5"})
    books.owed("A", "BTC", "-10.5", jan(5), "withdrawal", paid)
    reckoning = books.reckon()

    assert stakes(reckoning, "hot", "BTC") == {}
    # The fund pays in the order it was paid in: 0.5 of the house's went to the customer.
    assert stakes(reckoning, "house", "BTC") == {"customer": "-0.5", "house": "0.5"}


def test_an_unregistered_source_that_customers_paid_into_brings_customers_value() -> None:
    books = chain()
    paid = books.pay(jan(3), {THEIRS: "2.0"}, {DEP2: "1.0"})
    books.owed("A", "BTC", "1.0", jan(3), "deposit", paid)
    books.pay(jan(5), {DEP2: "1.0"}, {HOT: "0.9"})
    reckoning = books.reckon()

    assert stakes(reckoning, "hot", "BTC") == {"customer": "10.9"}
    assert set(reckoning.suspects) == {("bitcoin-regtest", DEP2)}


def test_an_unregistered_source_that_others_paid_into_as_well_is_unknown() -> None:
    books = chain()
    paid = books.pay(jan(3), {THEIRS: "2.0"}, {DEP2: "1.0"})
    books.owed("A", "BTC", "1.0", jan(3), "deposit", paid)
    books.pay(jan(4), {"other": "50.0"}, {DEP2: "50.0"})
    books.pay(jan(5), {DEP2: "51.0"}, {HOT: "51.0"})

    assert stakes(books.reckon(), "hot", "BTC") == {"customer": "10.0", "unknown": "51.0"}


def test_an_unregistered_deposit_address_brings_customers_value_without_a_row() -> None:
    books = chain().deposit("B", DEP2)
    books.pay(jan(3), {THEIRS: "2.0"}, {DEP2: "1.0"})
    books.pay(jan(5), {DEP2: "1.0"}, {HOT: "0.9"})

    assert stakes(books.reckon(), "hot", "BTC") == {"customer": "10.9"}


def test_a_wire_of_a_customers_bank_that_no_row_credits_is_a_customers() -> None:
    for class_, group in (("outsider", "customer"), ("house", "house")):
        books = banks().account("C", class_=class_, entity="ada")
        books.row("bank_parties", account="5555", entity="ada")
        books.wire(OP, jan(5), "7.00", "W1", party_account="5555")

        found = stakes(books.reckon(), "op", "USD")
        assert found == (
            {"house": "107.00"} if group == "house" else {"house": "100.00", group: "7.00"}
        )


def test_an_address_registered_late_comes_in_with_its_balance() -> None:
    books = BooksBuilder().address("hot", HOT, from_="2026-01-10", to="2026-01-20").fund(HOT, "3.0")
    books.pay(jan(12), {THEIRS: "1.0"}, {HOT: "1.0"})
    changes = [(change.at, change.delta) for change in books.reckon().held_changes]

    assert changes == [
        (instant("2026-01-10"), 300_000_000),
        (instant(jan(12)), 100_000_000),
        (instant("2026-01-20"), -400_000_000),
    ]


def test_a_place_registered_the_day_after_its_opening_begins_with_it() -> None:
    books = BooksBuilder().address("hot", HOT, from_="2026-01-01").fund(HOT, "3.0")
    books.opening("hot", "BTC", "customer", "2.0").opening("hot", "BTC", "house", "1.0")
    books.bank("fbo", FBO, opening="5.00", from_="2026-01-01")
    reckoning = books.reckon()

    assert stakes(reckoning, "hot", "BTC") == {"customer": "2.0", "house": "1.0"}
    assert stakes(reckoning, "fbo", "USD") == {"customer": "5.00"}
    assert reckoning.notes == ()


def test_what_comes_before_a_registration_lies_for_whom_it_came() -> None:
    """Entries name the place already; on the first day of the register it comes in with groups."""
    books = chain().address("new", DEP2, from_="2026-01-10", to="2026-01-20")
    books.address("later", DEP2, from_="2026-01-20")
    paid = books.pay(jan(5), {HOT: "10.0"}, {DEP2: "4.0", HOT: "6.0"})
    books.entry("hot", "new", "BTC", "4.0", jan(5), "customer", paid)
    reckoning = books.reckon()

    assert kinds(reckoning)[0][0] == "reference"
    assert stakes(reckoning, "hot", "BTC") == {"customer": "6.0"}
    assert stakes(reckoning, "new", "BTC") == {}
    assert stakes(reckoning, "later", "BTC") == {"customer": "4.0"}


def test_two_days_are_the_most_between_a_row_and_its_move() -> None:
    for second, kind in (("12:00:00", "unique"), ("12:00:01", "ledger_only")):
        books = chain()
        books.pay(jan(5), {THEIRS: "1.0"}, {DEP: "0.9"})
        books.owed("A", "BTC", "0.9", jan(7, second), "deposit", row="L")
        assert kinds(books.reckon())[0] == (kind, "L")


def test_a_failed_transaction_costs_only_its_gas() -> None:
    books = (
        BooksBuilder().address("hot", evm_address(1), chain=EVM).fund(evm_address(1), "5.0", EVM)
    )
    books.opening("hot", "ETH", "customer", "5.0")
    books.pay(jan(5), {}, {}, EVM, fee=10**15, fee_payer=evm_address(1), from_outside=False)

    assert stakes(books.reckon(), "hot", "ETH") == {"customer": "5.0", "house": "-0.001"}


def test_a_move_within_a_wallet_moves_nothing_but_its_fee() -> None:
    books = chain().address("hot", DEP2)
    books.pay(jan(5), {HOT: "10.0"}, {DEP2: "9.9"})

    assert stakes(books.reckon(), "hot", "BTC") == {"customer": "10.0", "house": "-0.1"}
    assert stakes(books.reckon(mixing="address"), f"hot/{DEP2}", "BTC") == {"customer": "9.9"}


def test_a_chain_that_contradicts_an_opening_counts_and_the_rest_is_unknown() -> None:
    books = (
        BooksBuilder().address("hot", HOT).fund(HOT, "3.0").opening("hot", "BTC", "customer", "4.0")
    )
    reckoning = books.reckon()

    assert stakes(reckoning, "hot", "BTC") == {"customer": "4.0", "unknown": "-1.0"}
    assert any("the chain counts" in note for note in reckoning.notes)


def test_an_account_without_an_opening_row_lies_for_unknown() -> None:
    books = BooksBuilder().bank("fbo", FBO, opening="100.00")
    books.rows = [row for row in books.rows if row.table != "openings"]

    assert stakes(books.reckon(), "fbo", "USD") == {"unknown": "100.00"}


# Both clocks, standing, order.


def test_rows_booked_later_are_not_known_then() -> None:
    books = banks().owed("A", "USD", "5.00", jan(5), "reward", booked_at=jan(20))

    assert books.reckon(as_known=instant(jan(19))).owed_changes == ()
    assert len(books.reckon(as_known=instant(jan(20))).owed_changes) == 1


def test_rows_below_the_accepted_standing_are_left_out_and_listed() -> None:
    books = banks().owed("A", "USD", "5.00", jan(5), "reward", standing="narrative")
    reckoning = books.reckon()

    assert reckoning.owed_changes == ()
    assert [str(row) for row in reckoning.dropped] == ["customer_ledger.csv:line 2"]
    assert len(books.reckon(standing="narrative").owed_changes) == 1


def essence(reckoning: Reckoning) -> object:
    """What must not depend on the order of rows: line numbers are left out."""

    def told(move: Move) -> object:
        return (move.id, move.source, move.target, move.amount, move.left, move.arrived)

    return (
        [told(move) for move in reckoning.moves],
        sorted(
            (match.kind, str(match.ledger and match.ledger.row), str(match.move and match.move.id))
            for match in reckoning.matches
        ),
        sorted((c.at, c.place, c.asset, c.group, c.delta) for c in reckoning.changes),
        [(c.at, c.account, c.asset, c.delta) for c in reckoning.owed_changes],
        sorted(reckoning.suspects),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
def test_any_order_of_rows_and_files_gives_the_same(seed: int) -> None:
    books = busy()
    rng = random.Random(seed)
    rows, statements, chains = list(books.rows), list(books.statements()), list(books.chains())
    rng.shuffle(rows)
    rng.shuffle(statements)
    rng.shuffle(chains)
    shuffled: Books = books_of(rows, statements, chains)

    assert essence(reckon(shuffled, Parameters())) == essence(books.reckon())


def busy() -> BooksBuilder:
    """Everything above at once."""
    books = banks()
    books.address("hot", HOT).address("dep", DEP).deposit("A", DEP).fund(HOT, "10.0")
    for day in range(2, 9):
        paid = books.pay(jan(day, "08:00:00"), {THEIRS: "2.0"}, {DEP: "1.0", "x": "0.9"})
        books.owed("A", "BTC", "1.0", jan(day, "08:30:00"), "deposit", paid if day % 2 else "")
        books.owed("B", "BTC", "1.0", jan(day, "08:30:00"), "deposit", paid if day % 3 else "")
        books.pay(jan(day, "10:00:00"), {DEP: "1.0"}, {HOT: "0.99"})
        books.wire(FBO, jan(day), "-10.00", f"W{day % 3}", party_account=OP)
        books.wire(OP, jan(day), "10.00", f"W{day % 3}")
    return books
