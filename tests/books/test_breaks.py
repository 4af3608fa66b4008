"""Breaks: each kind from one broken thing, and the identity to the last unit."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.books.books import Parameters, SignedProof, WitnessRow
from forthwith.books.breaks import CODES, Break, Breaks, BreaksOverTime
from forthwith.books.control import control
from forthwith.books.knots import Kind
from forthwith.books.reckoned import Reckoning
from forthwith.books.reckoning import reckon
from forthwith.domain.instants import DAY, instant
from forthwith.standards.catalogue import CATALOGUE
from tests.books.builders import BITCOIN, EVE, BooksBuilder, jan

HOT, COLD, DEPOSIT = "bcrt1q" + "h" * 38, "bcrt1q" + "c" * 38, "bcrt1q" + "d" * 38
AFFILIATE = "bcrt1q" + "f" * 38
STRANGER, CUSTOMER, HOUSE = "bcrt1q" + "s" * 38, "bcrt1q" + "k" * 38, "bcrt1q" + "e" * 38
END = instant(jan(31, "23:59:59"))


def sound() -> BooksBuilder:
    """A customer has 100.00 USD and 2 BTC, all of it there."""
    books = BooksBuilder()
    books.bank("fbo", "7710", opening="100.00").bank("op", "8800", class_="house")
    books.address("hot", HOT).address("dep", DEPOSIT).address("house", HOUSE, class_="house")
    books.account("A", "B", "C").deposit("A", DEPOSIT)
    books.fund(HOT, "2.0").opening("hot", "BTC", "customer", "2.0")
    books.owed("A", "USD", "100.00").owed("A", "BTC", "2.0")
    return books


def over(books: BooksBuilder, **parameters: object) -> BreaksOverTime:
    return BreaksOverTime(reckoned(books, **parameters))


def reckoned(books: BooksBuilder, **parameters: object) -> Reckoning:
    return reckon(books.build(), Parameters(**parameters))  # type: ignore[arg-type]


def at(books: BooksBuilder, when: int = END, **parameters: object) -> Breaks:
    """Return the breaks; nothing may be unexplained on either basis."""
    for basis in ("ledger", "receipt"):
        found = over(books, **{"basis": basis, **parameters}).at(when)
        assert {row.unexplained for row in found.explained.values()} == {0}
    return over(books, **parameters).at(when)


def told(found: Breaks) -> list[tuple[str, str, str]]:
    return [
        (str(row.kind), row.asset, str(row.as_json(found.assets)["amount"])) for row in found.breaks
    ]


def only(found: Breaks) -> Break:
    (row,) = found.breaks
    return row


def test_sound_books_have_no_break() -> None:
    assert told(at(sound())) == []


def test_a_credit_without_a_coin() -> None:
    books = sound().owed("B", "BTC", "0.5", jan(5), "deposit", "none")
    row = only(at(books))

    assert told(at(books)) == [("ledger_only", "BTC", "-0.5")]
    assert (row.age_days, row.effect, row.until) == (26, -50_000_000, None)
    assert [str(witness) for witness in row.rows] == ["customer_ledger.csv:line 4"]
    assert "0.5 BTC was credited (B none)" in row.says


def test_a_coin_never_credited() -> None:
    books = sound()
    books.pay(jan(6), {CUSTOMER: "0.25"}, {DEPOSIT: "0.25"})

    assert told(at(books)) == [("move_only", "BTC", "0.25")]


def test_an_amount_that_was_rounded() -> None:
    books = sound()
    paid = books.pay(jan(6), {HOT: "0.12345678"}, {CUSTOMER: "0.12345678"})
    books.owed("A", "BTC", "-0.1234567", jan(6), "withdrawal", paid)

    assert told(at(books)) == [("amount", "BTC", "-0.00000008")]


def test_a_withdrawal_on_two_sides_of_the_instant() -> None:
    """On receipt the basis makes them one, so they are told and change nothing."""
    books = sound()
    paid = books.pay(jan(8), {HOT: "0.5"}, {CUSTOMER: "0.5"})
    books.owed("A", "BTC", "-0.5", jan(7), "withdrawal", paid)
    between = instant(jan(7, "18:00:00"))
    ledger = only(at(books, between, basis="ledger"))
    receipt = only(at(books, between, basis="receipt"))

    assert (ledger.kind, ledger.amount, ledger.effect) == (Kind.TIMING, 50_000_000, 50_000_000)
    assert (receipt.kind, receipt.amount, receipt.effect) == (Kind.TIMING, 50_000_000, 0)
    assert told(at(books)) == []


def test_a_deposit_that_is_credited_late_is_timing_too() -> None:
    books = sound()
    paid = books.pay(jan(7), {CUSTOMER: "0.5"}, {DEPOSIT: "0.5"})
    books.owed("A", "BTC", "0.5", jan(8), "deposit", paid)

    for basis, effect in (("ledger", 50_000_000), ("receipt", 0)):
        row = only(at(books, instant(jan(7, "18:00:00")), basis=basis))
        assert (row.kind, row.amount, row.effect) == (Kind.TIMING, 50_000_000, effect)


def test_a_second_row_of_one_move() -> None:
    books = sound()
    paid = books.pay(jan(7), {CUSTOMER: "0.5"}, {DEPOSIT: "0.5"})
    for _ in range(2):
        books.owed("A", "BTC", "0.5", jan(7), "deposit", paid)

    assert told(at(books)) == [("duplicate", "BTC", "-0.5")]


def test_a_row_that_two_moves_may_answer() -> None:
    books = sound()
    for _ in range(2):
        books.pay(jan(7), {CUSTOMER: "0.5"}, {DEPOSIT: "0.5"})
    books.owed("A", "BTC", "0.5", jan(7), "deposit")
    row = only(at(books))

    assert (row.kind, row.effect, len(row.rows)) == (Kind.AMBIGUOUS, 50_000_000, 3)


def test_two_rows_that_two_moves_may_answer_change_nothing() -> None:
    books = sound()
    for _ in range(2):
        books.pay(jan(7), {CUSTOMER: "0.5"}, {DEPOSIT: "0.5"})
        books.owed("A", "BTC", "0.5", jan(7), "deposit")
    row = only(at(books))

    assert (row.kind, row.amount, row.effect, len(row.rows)) == (
        Kind.AMBIGUOUS, 100_000_000, 0, 4
    )  # fmt: skip


def test_credited_to_another_account_than_the_addresss() -> None:
    books = sound()
    paid = books.pay(jan(7), {CUSTOMER: "0.5"}, {DEPOSIT: "0.5"})
    books.owed("B", "BTC", "0.5", jan(7), "deposit", paid)
    row = only(at(books))

    assert (row.kind, row.amount, row.effect) == (Kind.MISPOSTED, 50_000_000, 0)
    assert "credited to B, and came to the address of A" in row.says


def test_one_payment_to_two_customers_addresses_is_each_ones_own() -> None:
    second = "bcrt1q" + "2" * 38
    books = sound().address("dep", second).deposit("B", second)
    paid = books.pay(jan(7), {CUSTOMER: "0.5"}, {DEPOSIT: "0.3", second: "0.2"})
    books.owed("A", "BTC", "0.3", jan(7), "deposit", paid)
    books.owed("B", "BTC", "0.2", jan(7), "deposit", paid)

    assert "misposted" not in {kind for kind, _, _ in told(at(books))}


def test_a_customers_wire_into_the_houses_account() -> None:
    books = sound().wire("8800", jan(9), "40.00", "W1", "Ann Veld", "5500")
    books.owed("B", "USD", "40.00", jan(9, "23:59:59"), "deposit", "W1")
    row = only(at(books))

    assert (row.kind, row.effect) == (Kind.MISPOSTED, -4000)
    assert "lies at op, a place of class house" in row.says


def test_a_row_booked_after_the_month_it_counts_in() -> None:
    books = sound().owed(
        "A", "USD", "-1.00", jan(20), "adjustment", "ADJ", booked_at="2026-02-03T09:00:00Z"
    )
    books.entry("fbo", "fbo", "USD", "1.00", jan(20), "customer>house", "ADJ", "fee",
                booked_at="2026-02-03T09:00:00Z")  # fmt: skip
    row = only(at(books))

    assert (row.kind, row.amount, row.effect, row.age_days) == (Kind.BACKDATED, -100, 0, 11)
    assert "after a month's end" in row.says
    assert told(at(books, instant(jan(19)))) == []
    assert "backdated" not in {k for k, _, _ in told(at(books, instant("2026-02-03T09:00:00Z")))}


def test_a_minute_over_the_months_end_is_across_a_cut() -> None:
    late = sound().owed(
        "A", "USD", "1.00", jan(31, "23:59:00"), "reward", booked_at="2026-02-01T00:01:00Z"
    )
    same_month = sound().owed(
        "A", "USD", "1.00", jan(30, "23:59:00"), "reward", booked_at=jan(31, "00:01:00")
    )

    assert "backdated" in {kind for kind, _, _ in told(at(late))}
    assert "backdated" not in {
        kind for kind, _, _ in told(at(same_month, instant(jan(30, "23:59:30"))))
    }


def test_the_months_end_is_that_of_the_zone() -> None:
    """23:30 UTC on the 31st is in February in Tokyo, where nothing was crossed."""
    books = sound().owed(
        "A", "USD", "1.00", jan(31, "23:30:00"), "reward", booked_at="2026-02-01T00:30:00Z"
    )
    inside = instant(jan(31, "23:45:00"))

    assert "backdated" in {kind for kind, _, _ in told(at(books, inside))}
    tokyo = {kind for kind, _, _ in told(at(books, inside, zone="Asia/Tokyo"))}
    assert "backdated" not in tokyo


def test_age_is_counted_in_days_of_the_zone() -> None:
    books = sound().owed("B", "BTC", "9.0", jan(5, "23:00:00"), "deposit", "none")
    early = instant(jan(6, "01:00:00"))

    assert only(at(books, early)).age_days == 1
    assert only(at(books, early, zone="Asia/Tokyo")).age_days == 0


def test_a_deposit_to_an_address_in_no_register_and_its_way_home() -> None:
    books = sound()
    paid = books.pay(jan(7), {CUSTOMER: "0.5"}, {STRANGER: "0.5"})
    books.owed("B", "BTC", "0.5", jan(7), "deposit", paid)
    books.pay(jan(10), {STRANGER: "0.5"}, {HOT: "0.499"})

    assert told(at(books, instant(jan(9)))) == [("unregistered_place", "BTC", "-0.5")]
    # The network fee was paid out of the customer's coin.
    assert told(at(books)) == [("unregistered_place", "BTC", "-0.001")]


def test_an_address_that_is_registered_later_brings_its_coins() -> None:
    books = sound()
    paid = books.pay(jan(7), {CUSTOMER: "0.5"}, {STRANGER: "0.5"})
    books.owed("B", "BTC", "0.5", jan(7), "deposit", paid)
    books.address("late", STRANGER, from_=jan(12))

    assert told(at(books, instant(jan(11)))) == [("unregistered_place", "BTC", "-0.5")]
    assert told(at(books)) == []


def test_a_registration_that_ends_takes_what_lies_there() -> None:
    books = sound()
    books.rows = [row for row in books.rows if row["address_or_account"] != HOT]
    books.address("hot", HOT, to=jan(12))

    assert told(at(books, instant(jan(11)))) == []
    assert told(at(books)) == [("unregistered_place", "BTC", "-2.0")]


def test_an_address_may_pass_from_one_customers_place_to_another() -> None:
    books = sound()
    books.rows = [row for row in books.rows if row["address_or_account"] != HOT]
    books.address("hot", HOT, to=jan(12)).address("warm", HOT, from_=jan(12))

    assert told(at(books)) == []


def test_a_diversion_and_its_return_are_one_break_that_ends() -> None:
    books = sound().address("aff", STRANGER, class_="affiliate")
    books.pay(jan(10), {HOT: "1.5"}, {STRANGER: "1.5"})
    books.pay(jan(19), {STRANGER: "1.5"}, {HOT: "1.5"})
    found = over(books).over(instant(EVE), END + 1)

    assert told(at(books, instant(jan(12)))) == [("move_only", "BTC", "-1.5")]
    assert told(at(books)) == []
    assert told(found) == [("move_only", "BTC", "-1.5")]
    assert found.breaks[0].until == instant(jan(19))
    assert found.breaks[0].age_days == 9


def test_a_credit_taken_back_is_told_with_what_it_was() -> None:
    books = sound().owed("B", "BTC", "0.5", jan(5), "deposit", "none")
    books.owed("B", "BTC", "-0.5", jan(9), "reversal", "none")

    assert told(at(books, instant(jan(6)))) == [("ledger_only", "BTC", "-0.5")]
    assert told(at(books, instant(jan(9, "13:00:00")))) == [("reversed", "BTC", "0.5")]
    assert told(at(books)) == []
    assert {kind for kind, _, _ in told(over(books).over(instant(EVE), END + 1))} == {
        "ledger_only", "reversed"
    }  # fmt: skip


def test_a_deposit_that_is_taken_back_while_its_coin_stays() -> None:
    books = sound()
    paid = books.pay(jan(7), {CUSTOMER: "0.5"}, {DEPOSIT: "0.5"})
    books.owed("A", "BTC", "0.5", jan(7), "deposit", paid)
    books.owed("A", "BTC", "-0.5", jan(9), "reversal", paid)

    assert told(at(books)) == [("reversed", "BTC", "0.5")]


def test_a_balance_below_zero_lessens_nothing() -> None:
    books = sound().wire("7710", jan(9), "-30.00", "W1", "Ben Oke", "6600")
    books.owed("B", "USD", "-30.00", jan(9, "23:59:59"), "chargeback", "W1")

    assert told(at(books)) == [("negative_balance", "USD", "-30.00")]


def test_what_is_within_the_floor_is_dust() -> None:
    books = sound().owed("B", "BTC", "0.0000001", jan(5), "adjustment")
    found = at(books, floors={"BTC": 10})

    assert [kind for kind, _, _ in told(found)] == ["ledger_only", "dust"]
    assert found.breaks[1].rows == found.breaks[0].rows
    assert "dust" not in {kind for kind, _, _ in told(at(books, floors={"BTC": 9}))}


def test_trades_and_fees_that_balance_are_no_break() -> None:
    books = sound().owed("B", "BTC", "0.5", kind="opening").fund(HOT, "0.5")
    books.rows = [r for r in books.rows if not (r.table == "openings" and r["asset"] == "BTC")]
    books.opening("hot", "BTC", "customer", "2.5")
    for account, asset, amount in (
        ("A", "BTC", "0.5"), ("A", "USD", "-9.00"), ("B", "BTC", "-0.5"), ("B", "USD", "9.00"),
    ):  # fmt: skip
        books.owed(account, asset, amount, jan(5), "trade", "T1")
    books.owed("A", "USD", "-0.10", jan(5), "fee", "T1")
    books.entry("fbo", "fbo", "USD", "0.10", jan(5), "customer>house", "T1", "fee")
    found = at(books)

    assert told(found) == []
    assert found.explained["USD"].house_float == 10


def test_a_fee_that_nobody_entered_for_the_house_is_told() -> None:
    books = sound().owed("A", "USD", "-0.10", jan(5), "fee", "T1")

    assert told(at(books)) == [("ledger_only", "USD", "0.10")]


def test_openings_that_differ() -> None:
    books = sound().owed("B", "USD", "7.00")

    assert told(at(books)) == [("amount", "USD", "-7.00")]


def test_an_entry_that_no_statement_shows() -> None:
    books = sound().entry("fbo", "", "USD", "5.00", jan(9), "house", "W9", "expense")
    row = only(at(books))

    assert (row.kind, row.amount, row.effect) == (Kind.LEDGER_ONLY, 500, 0)


def test_moves_to_oneself_and_amounts_of_nothing_are_no_break() -> None:
    books = sound()
    books.pay(jan(6), {HOT: "2.0"}, {HOT: "2.0"})
    books.owed("A", "USD", "0.00", jan(6), "adjustment", "Z")
    books.entry("fbo", "fbo", "USD", "0.00", jan(6), "customer>house", "Z", "fee")
    books.entry("fbo", "fbo", "USD", "3.00", jan(6), "customer", "Y", "internal")

    assert told(at(books)) == []


def test_a_missing_statement_is_told_where_it_begins() -> None:
    books = sound()
    found = at(books, END + 40 * DAY)
    (row,) = [row for row in found.breaks if row.kind is Kind.STATEMENT_GAP and "fbo" in row.says]

    assert "end on 2026-01-31" in row.says
    assert row.cure


def test_old_and_wrong_proofs_are_told() -> None:
    given = sound().build()
    block = given.chains[0].blocks[-1]
    message = f"We control {HOT} at {block.height} {block.hash}"
    row = SignedProof(HOT, BITCOIN, "", message, "", None, None, "", WitnessRow("p", "1"))
    good = replace(row, verified=True)
    bad = replace(row, address=DEPOSIT, verified=False, why="another key signed", at=END)
    reckoning = reckon(replace(given, proofs=(good, bad)), Parameters())
    breaks = BreaksOverTime(reckoning, control(reckoning.books))
    now = [f"{row.kind} {row.says}" for row in breaks.at(block.time + DAY).breaks]
    later = [str(row.kind) for row in breaks.at(block.time + 36 * DAY).breaks]

    assert [text.split(" ")[0] for text in now if "gap" not in text] == [
        "stale_proof", "proof_does_not_verify"
    ]  # fmt: skip
    assert later.count("stale_proof") == 2
    assert f"{DEPOSIT} of dep has no proof of control in 35 days" in " ".join(now)


def test_hostile_names_stay_text() -> None:
    name = '=cmd|"x"\n\u202e{0}%s'
    books = sound().account(name).owed(name, "USD", "5.00", jan(5), "deposit", name)
    row = only(at(books))

    assert name in row.says
    assert at(books).as_json()["unexplained"] == {
        "BTC": "0.0", "ETH": "0.0", "TRN": "0.0", "USD": "0.00"
    }  # fmt: skip


def test_each_kind_has_its_code_in_the_catalogue() -> None:
    assert set(CODES) == set(Kind)
    assert set(CODES.values()) < CATALOGUE.keys()
    assert only(at(sound().owed("B", "BTC", "0.5", jan(5), "deposit", "none"))).code == "BK01"


def test_the_keys_are_those_of_the_specification() -> None:
    found = at(sound().owed("B", "BTC", "0.5", jan(5), "deposit", "none")).as_json()
    keys = ("kind", "asset", "amount", "rows", "age_days", "says", "cure")

    assert {"breaks", "unexplained"} <= found.keys()
    assert all(key in row for row in found["breaks"] for key in keys)  # type: ignore[attr-defined]


EVENT = st.tuples(
    st.sampled_from(("deposit", "withdrawal", "divert", "return", "credit", "reverse", "fee",
                     "strange", "home", "wire", "trade", "round", "together")),
    st.integers(2, 29),
    st.integers(0, 23),
    st.integers(1, 40),
    st.sampled_from(("A", "B", "C")),
)  # fmt: skip


def play(books: BooksBuilder, event: tuple[str, int, int, int, str]) -> None:
    """Let one thing happen, right or wrong."""
    kind, day, hour, many, account = event
    when, later = jan(day, f"{hour:02}:00:00"), jan(day + 1, f"{hour:02}:30:00")
    coins = f"0.{many:04}"
    paths = {
        "divert": ({HOT: coins}, {AFFILIATE: coins}),
        "return": ({AFFILIATE: coins}, {HOT: coins}),
        "home": ({STRANGER: coins, HOT: coins}, {HOT: f"0.{2 * many - 1:04}"}),
        "deposit": ({CUSTOMER: coins}, {DEPOSIT: coins}),
        "strange": ({CUSTOMER: coins}, {STRANGER: coins}),
        "withdrawal": ({HOT: f"0.{many + 1:04}"}, {CUSTOMER: coins}),
        "round": ({HOT: coins}, {CUSTOMER: coins}),
        "together": ({HOT: coins, STRANGER: coins}, {CUSTOMER: f"0.{2 * many - 1:04}"}),
    }
    paid = books.pay(when, *paths[kind]) if kind in paths else ""
    rows = {
        "deposit": [(account, "BTC", coins, later, "deposit", paid)],
        "strange": [(account, "BTC", coins, later, "deposit", paid)],
        "withdrawal": [(account, "BTC", f"-{coins}", jan(day - 1), "withdrawal", paid)],
        "round": [(account, "BTC", f"-{coins}1", when, "withdrawal", paid)],
        "together": [(account, "BTC", f"-0.{2 * many - 1:04}", when, "withdrawal", paid)],
        "credit": [(account, "BTC", coins, when, "deposit", f"none {many}")],
        "reverse": [(account, "BTC", f"-{coins}", when, "reversal", f"none {many}")],
        "fee": [(account, "USD", f"-0.{many:02}", when, "fee", f"F{many}")],
        "wire": [(account, "USD", f"{many}.00", when, "deposit", f"W{many}")],
        "trade": [
            (account, "BTC", coins, when, "trade", f"T{many}"),
            ("C", "BTC", f"-{coins}", later, "trade", f"T{many}"),
        ],
    }
    for row in rows.get(kind, ()):
        books.owed(*row)
    if kind == "fee":
        amount = f"0.{many:02}"
        books.entry("fbo", "fbo", "USD", amount, later, "customer>house", f"F{many}", "fee")
    if kind == "wire":
        number = "7710" if many % 2 else "8800"
        books.wire(number, when, f"{many}.00", f"W{many}", "Ann Veld", "5500")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(EVENT, max_size=14),
    st.integers(0, 31),
    st.sampled_from(("ledger", "receipt")),
    st.sampled_from(("last", "first", "share")),
    st.sampled_from(("wallet", "address")),
    st.booleans(),
)
def test_nothing_stays_unexplained(
    events: list[tuple[str, int, int, int, str]], day: int, basis: str, fee: str, mixing: str,
    turns: bool,
) -> None:  # fmt: skip
    """Held comes from legs and statements, owed from rows, breaks from what they match."""
    books = sound().address("aff", AFFILIATE, class_="affiliate")
    if turns:
        books.address("late", STRANGER, from_=jan(20), to=jan(25))
        books.rows = [row for row in books.rows if row["account"] != "C"]
        books.account("C", to=jan(15)).account("C", class_="house", from_=jan(15))
    books.fund(HOT, "900.0").fund(STRANGER, "9.0").fund(AFFILIATE, "900.0")
    books.fund(CUSTOMER, "900.0")
    for event in sorted(events, key=lambda event: event[1:3]):
        play(books, event)
    when = instant(EVE) + day * DAY + 3_600 * (day % 24)
    found = over(books, basis=basis, fee=fee, mixing=mixing).at(when)

    assert {name: row.unexplained for name, row in found.explained.items()} == {
        "BTC": 0, "ETH": 0, "TRN": 0, "USD": 0
    }  # fmt: skip
