"""A claim of the books followed through the moves of a reckoning."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from forthwith.books.books import (
    Affiliation,
    Asset,
    BankParty,
    Books,
    EntityName,
    Opening,
    Parameters,
    PlaceAddress,
    PlaceEntry,
    Span,
    TracedSum,
    WitnessRow,
)
from forthwith.books.moves import Move
from forthwith.books.reckoned import Gap, HeldChange, Match, Reckoning
from forthwith.books.tracing import TraceError, diagram, look_through, trace
from forthwith.domain.instants import day_end, instant

ROW = WitnessRow("claims.csv", "line 2")
USD, BTC = Asset("USD", 2), Asset("BTC", 8, "bitcoin-regtest")
EVE = instant("2025-12-31T23:59:59Z")


def end(day: int, month: int = 1) -> int:
    return day_end(date(2026, month, day))


def place(name: str, klass: str = "house", chain: str = "") -> PlaceAddress:
    kind = "address" if chain else "bank account"
    return PlaceAddress(name, kind, chain, f"no-{name}", "co", klass, Span(), ROW)


def wire(source: str, target: str, amount: int, day: int, reference: str, **cells: Any) -> Move:
    """Return a bank row; `n` is its place in the statement."""
    order = (0, cells.pop("n", 0))
    cells.setdefault("party", target.partition(":")[2])
    return Move(
        f"bank:{source}:{reference}",
        "USD",
        amount,
        source,
        target,
        end(day),
        end(day),
        order,
        reference,
        kind="bank",
        witnesses=(WitnessRow("bank.xml", f"Ntry {reference}"),),
        **cells,
    )


def claimed(**cells: Any) -> TracedSum:
    given = {
        "claim": "K",
        "asset": "USD",
        "place": "op",
        "reference": "IN",
        "amount": None,
        "claimant": "C",
        "stop": ("class:customer",),
        "follow": (),
        "witness": ROW,
    }
    return TracedSum(**{**given, **cells})


def reckoning(*moves: Move, **cells: Any) -> Reckoning:
    """Return the moves over op and int (followed), fbo (customers') with an opening of op."""
    places = (place("op"), place("int", "vendor"), place("fbo", "customer"))
    books = Books(assets={"USD": USD, "BTC": BTC}, places=places)
    books = replace(books, **cells.pop("books", {}))
    opened = cells.pop("opened", {"op": 100})
    held = [HeldChange(EVE, name, "house", "USD", amount) for name, amount in opened.items()]
    for move in moves:
        for name, at, delta in (
            (move.source, move.left, -move.amount),
            (move.target, move.arrived, move.amount),
        ):
            if name in {row.place for row in books.places}:
                held.append(HeldChange(at, name, "house", move.asset, delta))
    ordered = tuple(sorted(moves, key=lambda move: (move.left, move.order, move.id)))
    return Reckoning(books, Parameters(), ordered, held_changes=tuple(held), **cells)


def figures(found: Any, method: str = "fifo", order: str = "statement") -> dict[str, int]:
    outcome = found.methods[method][order]
    return {**outcome.left, **outcome.gone}


def test_the_fund_opens_with_other_money_which_is_older() -> None:
    """100 lay there; fifo spends it before the claim, lifo after."""
    books = reckoning(
        wire("account:9", "op", 50, 2, "IN"), wire("op", "account:7", 120, 3, "OUT", party="Quill")
    )

    found = trace(books, claimed())

    assert figures(found) == {"op": 30, "vendor:Quill": 20}
    assert figures(found, "lifo") == {"vendor:Quill": 50}
    assert found.as_json()["methods"]["fifo"]["statement"] == {
        "left": {"op": "0.30"},
        "gone": {"vendor:Quill": "0.20"},
        "steps": [
            ["2026-01-02", "IN", "op", "0.50"],
            ["2026-01-03", "OUT", "vendor:Quill", "0.20"],
        ],
    }


def test_what_came_before_the_claim_only_makes_the_balance() -> None:
    """Rows of earlier days are in the opening, rows of the same day are run."""
    books = reckoning(
        wire("account:9", "op", 40, 1, "OLD"),
        wire("op", "account:7", 130, 1, "SPENT", n=1),
        wire("account:9", "op", 50, 2, "IN", n=2),
        wire("op", "account:7", 15, 3, "OUT", n=3, party="Quill"),
    )

    assert figures(trace(books, claimed())) == {"op": 45, "vendor:Quill": 5}


def test_a_transfer_on_its_way_is_in_transit() -> None:
    """Debited on the 30th, credited on the 2nd: at the month's end it is in neither account."""
    books = reckoning(
        wire("account:9", "op", 50, 2, "IN"),
        replace(wire("op", "int", 150, 30, "ON", n=1), arrived=end(2, 2)),
    )

    found = trace(books, claimed())

    assert found.methods["fifo"]["statement"].left_at == {
        "2026-01-31": {"transit:int": 50},
        "2026-02-28": {"int": 50},
    }
    assert figures(found) == {"int": 50}


def test_customers_places_end_it_as_restored() -> None:
    """A class stops at places of that class, but not at one the claim follows by name."""
    books = reckoning(wire("account:9", "op", 50, 2, "IN"), wire("op", "fbo", 150, 3, "BACK"))

    assert figures(trace(books, claimed())) == {"restored:fbo": 50}
    assert trace(books, claimed()).stop == ("fbo",)
    assert figures(trace(books, claimed(follow=("op", "fbo")))) == {"fbo": 50}
    assert figures(trace(books, claimed(stop=(), follow=("op",)))) == {"fbo": 50}


def test_a_payee_is_named_as_written_and_classed_by_the_day() -> None:
    """The account is an affiliate's from the 5th on; the row writes a name it no longer has."""
    books = reckoning(
        wire("account:9", "op", 50, 2, "IN"),
        wire("op", "account:77", 100, 3, "A", n=1, party="Tern", target_address="77"),
        wire("op", "account:77", 20, 6, "B", n=2, party="Tern", target_address="77"),
        wire("op", "account:77", 20, 7, "C", n=3, party="", target_address="77"),
        books={
            "bank_parties": (BankParty("77", "aff", ROW),),
            "names": (
                EntityName("aff", "Tern", Span(None, end(1)), ROW),
                EntityName("aff", "Korbel", Span(end(1)), ROW),
            ),
            "affiliations": (Affiliation("aff", "co", Span(end(5)), ROW),),
        },
    )

    assert figures(trace(books, claimed()), "lifo") == {"vendor:Tern": 50}
    assert figures(trace(books, claimed())) == {
        "affiliate:Tern": 20, "affiliate:Korbel": 20, "op": 10,
    }  # fmt: skip


def test_a_name_that_was_somebodys_is_said_and_not_joined() -> None:
    """No account number, and the alias had ended by then."""
    books = reckoning(
        wire("account:9", "op", 50, 2, "IN"),
        wire("op", "party:Tern", 150, 3, "A", party="Tern"),
        books={
            "names": (EntityName("aff", "Tern", Span(None, end(1)), ROW),),
            "affiliations": (Affiliation("aff", "co", Span(), ROW),),
        },
    )
    found = trace(books, claimed())

    assert figures(found) == {"vendor:Tern": 50}
    assert "'Tern' is a name of aff, but not on the day" in found.notes[0]


def test_a_gap_stops_it_for_good() -> None:
    """No statement of op for 3 to 5 January: what was there on the 2nd, and nothing later."""
    books = reckoning(
        wire("account:9", "op", 50, 2, "IN"),
        wire("op", "int", 10, 2, "ON", n=1),
        wire("op", "account:7", 140, 6, "OUT", n=2, party="Quill"),
        wire("int", "op", 10, 7, "HOME", n=3),
        gaps=(Gap("op", end(3), None, "statement 2 is missing"),),
        opened={"op": 0},
    )
    found = trace(books, claimed())

    assert figures(found) == {"op": 40, "stopped:op": 10}
    (stop,) = found.stopped
    assert (stop.place, stop.day, stop.amounts["fifo"]["statement"]) == ("op", "2026-01-02", 40)
    assert found.as_json()["stopped_at"][0]["from"] == "2026-01-03T23:59:59Z"


def test_a_followed_place_without_any_witness_takes_what_reaches_it() -> None:
    """Followed by name it is a stop; else it is a sink as others are."""
    gaps = (Gap("int", None, None, "no statement of account no-int is given"),)
    books = reckoning(
        wire("account:9", "op", 50, 2, "IN"), wire("op", "int", 150, 3, "ON"), gaps=gaps
    )

    assert figures(trace(books, claimed())) == {"int": 50}
    found = trace(books, claimed(follow=("op", "int")))
    assert figures(found) == {"stopped:int": 50}
    assert (found.stopped[0].place, found.stopped[0].day) == ("int", "")


def test_part_of_an_opening_can_be_claimed() -> None:
    """The claimed part entered first."""
    books = reckoning(
        wire("op", "account:7", 20, 3, "OUT", party="Quill"),
        books={"openings": (Opening("op", "USD", "house", 100, EVE, ROW),)},
    )

    found = trace(books, claimed(reference="opening", amount=30))

    assert figures(found) == {"op": 10, "vendor:Quill": 20}
    assert figures(found, "libr") == {"op": 30}


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"reference": "NO"}, "no move of USD with the reference 'NO' came to op"),
        ({"place": "int"}, "came to int"),
        ({"reference": "TWO"}, "2 moves of USD"),
        ({"amount": 51}, "0.51 is claimed of a move of 0.50"),
        ({"amount": 0}, "0.00 is claimed of a move of 0.50"),
        ({"amount": -5}, "-0.05 is claimed"),
        ({"asset": "EUR"}, "'EUR' is no asset of the books"),
        ({"reference": "opening"}, "openings has 0 rows of USD in op"),
    ],
)
def test_a_claim_that_names_no_one_move_is_refused(cells: Any, said: str) -> None:
    """The sentence says which row, why, and what to do; nothing is guessed."""
    books = reckoning(
        wire("account:9", "op", 50, 2, "IN"),
        wire("account:9", "op", 50, 3, "TWO", n=1),
        replace(wire("account:9", "op", 50, 4, "TWO", n=2), id="bank:op:TWO#2"),
    )
    with pytest.raises(TraceError, match=r"claims\.csv:line 2: claim K cannot be traced") as raised:
        trace(books, claimed(**cells))

    assert said in str(raised.value)


def test_an_id_names_one_of_several_moves() -> None:
    """A standing order has one reference every month."""
    first = wire("account:9", "op", 50, 3, "TWO", n=1)
    books = reckoning(first, replace(first, id="bank:op:TWO#2", left=end(4), arrived=end(4)))

    assert trace(books, claimed(reference="bank:op:TWO#2")).since == end(4)


def test_ranges_are_exact_or_say_that_they_are_not() -> None:
    """The bound on states is a recorded parameter."""
    rows = [wire("account:9", "op", 50, 2, "IN")]
    for n in range(1, 8):
        rows.append(wire("account:9", "op", 3**n, 2, f"C{n}", n=2 * n))
        rows.append(wire("op", "account:7", 2 * 3**n, 2, f"D{n}", n=2 * n + 1, party="Quill"))
    books = reckoning(*rows, opened={"op": 10_000})
    few = trace(books, claimed(), Parameters(states=10))

    assert set(few.ranges["pro_rata"].over.values()) == {"over three orders, not a bound"}
    assert few.ranges["libr"].over["op"] == "over all orders of each day"
    assert few.as_json()["parameters"]["states"] == 10


def test_several_payers_of_one_transaction_mix_in_a_passing_fund() -> None:
    """Inputs of a followed and of another place; the fee leaves last."""
    when = instant("2026-01-05T12:00:00Z")

    def paid(source: str, target: str, amount: int, n: int, height: int) -> Move:
        return Move(
            f"tx{height}:{n}", "BTC", amount, source, target, when + height, when + height,
            (height, 0, n), f"tx{height}", witnesses=(ROW,),
        )  # fmt: skip

    moves = (
        paid("address:1", "hot", 60, 0, 1),
        paid("hot", "passing:tx2", 60, 0, 2),
        paid("address:2", "passing:tx2", 40, 1, 2),
        paid("passing:tx2", "address:X", 50, 2, 2),
        paid("passing:tx2", "hot", 45, 3, 2),
        paid("passing:tx2", "fee:BTC", 5, 4, 2),
    )
    books = reckoning(*moves, books={"places": (place("hot", "house", "bitcoin-regtest"),)})
    found = trace(books, claimed(asset="BTC", place="hot", reference="tx1"))

    assert figures(found, "fifo", "chain") == {"address:X": 50, "hot": 10}
    assert figures(found, "lifo", "chain") == {"address:X": 10, "hot": 45, "fee:BTC": 5}
    assert figures(found, "pro_rata", "chain") == {"address:X": 30, "hot": 27, "fee:BTC": 3}
    steps = found.as_json()["methods"]["fifo"]["chain"]["steps"]
    assert [step[2] for step in steps] == ["hot", "address:X", "hot"]
    assert set(found.ranges["fifo"].over.values()) == {"the chain gives the order"}
    drawn = diagram(found)
    assert [(flow.source, flow.target, flow.amount) for flow in drawn.flows["fifo"]] == [
        ("hot", "address:X", 50),
        ("hot", "hot", 10),
    ]


def test_a_diagram_has_each_place_once_for_all_methods() -> None:
    """Panels share their nodes; columns count transfers from where the claim came in."""
    books = reckoning(
        wire("account:9", "op", 50, 2, "IN"),
        wire("op", "int", 120, 3, "ON", n=1),
        wire("int", "account:7", 30, 4, "OUT", n=2, party="Quill"),
        wire("op", "fbo", 30, 5, "BACK", n=3),
    )
    drawn = diagram(trace(books, claimed()))

    assert [(node.name, node.kind, node.column) for node in drawn.nodes] == [
        ("op", "came in", 0),
        ("int", "followed", 1),
        ("restored:fbo", "restored", 1),
        ("vendor:Quill", "sink", 2),
    ]
    for method in ("fifo", "lifo", "pro_rata", "libr"):
        ends = sum(
            flow.amount for flow in drawn.flows[method] if flow.target not in ("op", "int")
        ) + sum(drawn.left[method].values())
        assert ends == 50


def test_two_orders_of_rows_and_files_give_one_answer() -> None:
    """Law 8."""
    moves = [
        wire("account:9", "op", 50, 2, "IN"),
        wire("op", "int", 30, 2, "ON", n=1),
        wire("int", "account:7", 30, 2, "OUT", n=0, party="Quill"),
        wire("op", "account:7", 100, 2, "OUT2", n=2, party="Quill"),
    ]
    books = reckoning(*moves)
    turned = replace(books, held_changes=books.held_changes[::-1])

    assert trace(books, claimed()).as_json() == trace(turned, claimed()).as_json()


def test_what_of_a_payment_reaches_an_affiliate_is_seen_through_the_payee() -> None:
    """80 of a vendor's 97 is ours; 62 goes on, and another payment comes too late to count."""
    moves = [
        wire("op", "int", 8_000, 2, "PAY"),
        wire("int", "account:4", 500, 3, "RENT", n=1, party="Marsh"),
        wire("int", "account:77", 6_200, 4, "ON", n=2, party="Tern"),
        wire("int", "account:77", 100, 5, "LATE", n=3, party="Tern"),
    ]
    moves[3] = replace(moves[3], left=end(20, 2), arrived=end(20, 2))

    (found,) = look_through(
        moves,
        {"bank:op:PAY"},
        {"int"},
        lambda move: "aff" if move.target == "account:77" else "",
        openings={"int": 1_700},
    )

    assert (found.payment, found.affiliate) == ("bank:op:PAY", "aff")
    assert found.methods == {
        "fifo": 5_000, "lifo": 6_200, "pro_rata": 5_114, "libr": 5_000, "poison": 6_200,
    }  # fmt: skip
    assert (found.through, found.moves) == (("int",), ("bank:int:ON",))


def test_look_through_follows_no_further_than_its_hops() -> None:
    """Four accounts in a row, each with a statement."""
    moves = [wire(f"p{n}", f"p{n + 1}", 10, n + 2, f"M{n}") for n in range(4)]
    moves.append(wire("p4", "account:77", 10, 9, "END"))
    followed = {"p1", "p2", "p3", "p4"}

    def affiliate(move: Move) -> str:
        return "aff" if move.target == "account:77" else ""

    assert look_through(moves, {"bank:p0:M0"}, followed, affiliate) == ()
    (found,) = look_through(moves, {"bank:p0:M0"}, followed, affiliate, hops=4)
    assert found.through == ("p1", "p4")


def traded(given: int, got: int) -> Reckoning:
    """Return a house account of 1.00 other and a claim of 0.50 that buys 300 units of BTC."""
    when = instant("2026-01-03T12:00:00Z")
    bought = Move(
        "swap:1", "BTC", got, "address:dex", "hot", end(3) + 60, end(3) + 60, (9, 0, 1), "SWAP",
        witnesses=(ROW,),
    )  # fmt: skip
    moves = (
        wire("account:9", "op", 50, 2, "IN"),
        wire("op", "account:8", given, 3, "SWAP", n=1, party="Desk"),
        bought,
        Move(
            "spend:0", "BTC", 100, "hot", "address:1", end(4), end(4), (10, 0, 0), "spend",
            witnesses=(ROW,),
        ),
    )  # fmt: skip
    entries = [
        PlaceEntry(
            "J1", when, when, "op", "", "USD", given, "house", "house", "trade", "SWAP", ROW
        ),
        PlaceEntry("J2", when, when, "", "hot", "BTC", got, "house", "house", "trade", "SWAP", ROW),
    ]
    return reckoning(
        *moves,
        books={"places": (place("op"), place("hot", "house", "bitcoin-regtest"))},
        matches=(
            Match("reference", None, entries[0], moves[1], "same reference"),
            Match("unique", None, entries[1], bought, "the only pair"),
        ),
    )


def test_a_trade_ends_a_trace_unless_it_is_to_go_on() -> None:
    """120 of 150 buys 300 units: fifo spends 20 of the claim on it, which is 50 of the 300."""
    books = traded(120, 300)
    stopped = trace(books, claimed())

    assert figures(stopped) == {"op": 30, "trade:SWAP": 20}
    assert stopped.converted == ()

    (found,) = trace(books, claimed(), Parameters(follow_trades=True)).converted
    assert found.asset == BTC
    assert {**found.methods["fifo"]["statement"].gone} == {"address:1": 50}
    assert found.methods["libr"]["statement"].left == {"hot": 50}
    assert found.methods["lifo"]["credits_first"].left == {"hot": 125}


def test_what_was_got_is_rounded_to_its_units_and_never_past_them() -> None:
    """Seven units of a thing for 120: 20 of it is 1.17, 40 of it 2.33."""
    (found,) = trace(traded(120, 7), claimed(), Parameters(follow_trades=True)).converted

    def came(method: str) -> int:
        outcome = found.methods[method]["statement"]
        return sum(outcome.left.values()) + sum(outcome.gone.values())

    assert (came("fifo"), came("pro_rata"), came("lifo")) == (1, 2, 3)


def test_a_trade_of_several_legs_is_said_and_not_followed() -> None:
    """Two assets for one: which became what is not for us to guess."""
    books = traded(120, 300)
    first = books.matches[1]
    assert first.move is not None
    extra = replace(first.move, id="swap:2")
    books = replace(books, matches=(*books.matches, replace(first, move=extra)))
    found = trace(books, claimed(), Parameters(follow_trades=True))

    assert figures(found) == {"op": 30, "vendor:Desk": 20}
    assert found.converted == ()
    (note,) = found.notes
    assert note.startswith("trade SWAP is not followed: rows of its reference match 1 moves out")


def test_a_claim_that_comes_where_nothing_is_shown_is_not_lost() -> None:
    """No statement of op has that day: the sum was last seen going there."""
    gap = Gap("op", end(1), None, "statement 2 is missing")
    books = reckoning(
        wire("account:9", "op", 50, 2, "IN"), wire("op", "int", 50, 3, "ON"), gaps=(gap,)
    )
    found = trace(books, claimed())

    for method in ("fifo", "lifo", "pro_rata", "libr", "poison"):
        assert figures(found, method) == {"stopped:op": 50}
    assert found.ranges["fifo"].left == {"stopped:op": (50, 50)}


def test_openings_may_be_traced_with_the_claim() -> None:
    """The parameter names a group; what counts is said with its row, and the claim grows by it."""
    books = reckoning(
        wire("account:9", "op", 50, 2, "IN"),
        wire("op", "account:7", 110, 3, "OUT", party="Quill"),
        books={"openings": (Opening("op", "USD", "customer", 60, EVE, ROW),)},
    )
    found = trace(books, claimed(), Parameters(opening="customer"))

    assert (found.amount, figures(found, "libr")) == (110, {"op": 40, "vendor:Quill": 70})
    assert "0.60 of customer in op is traced with the claim" in found.notes[0]
    with pytest.raises(TraceError, match="opening is 'vendor'"):
        trace(books, claimed(), Parameters(opening="vendor"))
