"""Moves of a transaction: net changes per place, the fund that several payers pass, the fee."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from forthwith.books.books import ALWAYS, Asset, Parameters, PlaceAddress, WitnessRow
from forthwith.books.chain_moves import moves, unlisted
from forthwith.books.places import PlaceIndex
from forthwith.domain.chain import COIN, FEE, NATIVE, Block, ChainRead, ChainTransaction, Leg

DEFAULTS = Parameters()
NOBODY = "0x" + "0" * 40
ASSETS = {
    "BTC": Asset("BTC", 8, "bitcoin"),
    "ETH": Asset("ETH", 18, "evm-1"),
    "TRN": Asset("TRN", 18, "evm-1", "0xt"),
}


def index(chain: str, **places: str) -> PlaceIndex:
    """Places and their addresses, each one letter."""
    return PlaceIndex(
        PlaceAddress(
            place, "address", chain, address, "co", "customer", ALWAYS, WitnessRow("places.csv", "")
        )
        for place, addresses in places.items()
        for address in addresses
    )


def said(
    *legs: tuple[str, int] | tuple[str, int, str],
    places: PlaceIndex | None = None,
    parameters: Parameters = DEFAULTS,
    kind: str = "bitcoin",
    **more: object,
) -> list[tuple[str, str, str, int]]:
    """The moves of one transaction, its legs in order, as (asset, from, to, amount)."""
    chain = "bitcoin" if kind == "bitcoin" else "evm-1"
    given = tuple(
        Leg(leg[0], leg[2] if len(leg) > 2 else NATIVE, leg[1], at, f"leg {at}")
        for at, leg in enumerate(legs)
    )
    row = ChainTransaction("t", 1, 0, given, **more)  # type: ignore[arg-type]
    read = ChainRead(chain, kind, (Block(1, "h1", "h0", 10),), (row,))
    found = moves(read, ASSETS, places or index(chain), parameters)
    assert [move.id for move in found] == [f"t:{at}" for at in range(len(found))]
    assert all(move.amount > 0 for move in found)
    return [(move.asset, move.source, move.target, move.amount) for move in found]


def test_one_payer_pays_in_the_order_of_outputs_and_the_fee_leaves_last() -> None:
    """Change back to the wallet, at another of its addresses, is no move."""
    places = index("bitcoin", hot="ab")

    found = said(("a", -100), ("x", 30), ("b", 50), ("y", 15), places=places, fee=5)

    assert found == [
        ("BTC", "hot", "address:x", 30),
        ("BTC", "hot", "address:y", 15),
        ("BTC", "hot", "fee:BTC", 5),
    ]


def test_the_fee_leaves_first_or_in_shares_where_that_was_chosen() -> None:
    """Units left over go to the largest remainder: 5 over 30 and 15 is 3.33 and 1.67."""
    places = index("bitcoin", hot="a")
    legs = (("a", -50), ("x", 30), ("y", 15))

    first = said(*legs, places=places, fee=5, parameters=Parameters(fee="first"))
    share = said(*legs, places=places, fee=5, parameters=Parameters(fee="share"))

    assert [(to, amount) for _, _, to, amount in first] == [
        ("fee:BTC", 5), ("address:x", 30), ("address:y", 15),
    ]  # fmt: skip
    assert [(to, amount) for _, _, to, amount in share] == [
        ("address:x", 30), ("fee:BTC", 3), ("address:y", 15), ("fee:BTC", 2),
    ]  # fmt: skip


def test_several_payers_pay_a_passing_fund_in_the_order_of_inputs() -> None:
    """It pays out in the order of outputs, the fee last."""
    places = index("bitcoin", hot="a", dep="c")

    found = said(("c", -10), ("a", -40), ("x", 30), ("a", 18), places=places, fee=2)

    assert found == [
        ("BTC", "dep", "passing:t", 10),
        ("BTC", "hot", "passing:t", 22),
        ("BTC", "passing:t", "address:x", 30),
        ("BTC", "passing:t", "fee:BTC", 2),
    ]


def test_a_transaction_within_one_place_costs_its_fee_alone() -> None:
    """A consolidation moves nothing else."""
    assert said(("a", -50), ("b", 49), places=index("bitcoin", hot="ab"), fee=1) == [
        ("BTC", "hot", "fee:BTC", 1)
    ]


def test_by_address_each_address_is_a_place() -> None:
    """The unit of mixing is a parameter."""
    found = said(
        ("a", -50), ("b", 49), places=index("bitcoin", hot="ab"), fee=1,
        parameters=Parameters(mixing="address"),
    )  # fmt: skip

    assert found == [("BTC", "hot/a", "hot/b", 49), ("BTC", "hot/a", "fee:BTC", 1)]


def test_coinbase_and_minted_tokens_come_from_outside() -> None:
    """Nobody paid them."""
    assert said(("a", 50), from_outside=True) == [("BTC", "outside:bitcoin", "address:a", 50)]
    assert said((NOBODY, -7, "0xt"), ("a", 7, "0xt"), kind="evm") == [
        ("TRN", "outside:evm-1", "address:a", 7)
    ]
    assert said(("a", -7, "0xt"), (NOBODY, 7, "0xt"), kind="evm") == [
        ("TRN", "address:a", f"address:{NOBODY}", 7)
    ]


def test_an_output_that_pays_nobody_is_a_move_to_nobody() -> None:
    """Value burnt has left the place."""
    assert said(("a", -9), ("", 9)) == [("BTC", "address:a", "nobody:bitcoin", 9)]


def test_gas_is_the_senders_and_passes_no_fund() -> None:
    """A Safe pays; who sent the transaction pays its gas."""
    found = said(("s", -5), ("x", 5), kind="evm", fee=2, fee_payer="o")

    assert found == [("ETH", "address:s", "address:x", 5), ("ETH", "address:o", "fee:ETH", 2)]
    first = said(
        ("s", -5), ("x", 5), kind="evm", fee=2, fee_payer="o", parameters=Parameters(fee="first")
    )
    assert first == found[::-1]
    assert said(kind="evm", fee=2, fee_payer="o") == [("ETH", "address:o", "fee:ETH", 2)]


def test_an_input_that_the_files_do_not_have_still_pays() -> None:
    """What it paid is known from the outputs, whose it was only where its script says so."""
    known = said(("x", 30), unknown=(COIN, FEE), suspects=("q",))
    two = said(("x", 30), unknown=(COIN, FEE), suspects=("q", "r"))
    more = said(("a", -40), ("x", 30), unknown=(COIN, FEE), suspects=("q",))

    assert known == [("BTC", "address:q", "address:x", 30)]
    assert two == [("BTC", "unknown:bitcoin", "address:x", 30)]
    assert more == [
        ("BTC", "address:a", "address:x", 30),
        ("BTC", "address:a", "unknown:bitcoin", 10),
    ]


def test_contracts_in_no_row_of_assets_are_counted_and_give_no_move() -> None:
    """They are not lost in silence."""
    legs = (Leg("a", "0xspam", -1, 0, "log 0"), Leg("b", "0xspam", 1, 0, "log 0"))
    read = ChainRead(
        "evm-1", "evm", (Block(1, "h1", "h0", 10),), (ChainTransaction("t", 1, 0, legs),)
    )

    assert moves(read, ASSETS, index("evm-1"), Parameters()) == ()
    (note,) = unlisted(read, ASSETS)
    assert "1 transactions of evm-1 move the token 0xspam" in note


_ADDRESS = st.sampled_from("abcxyz")
_AMOUNT = st.integers(1, 50)


@given(
    st.lists(st.tuples(_ADDRESS, _AMOUNT), min_size=1, max_size=5),
    st.lists(st.tuples(_ADDRESS, _AMOUNT), max_size=5),
    st.sampled_from(("last", "first", "share")),
    st.sampled_from(("wallet", "address")),
)
def test_moves_change_each_place_by_the_net_of_its_legs(
    inputs: list[tuple[str, int]], outputs: list[tuple[str, int]], order: str, mixing: str
) -> None:
    """By whatever choice of fee and unit; the passing fund keeps nothing; no move is circular."""
    spent = sum(amount for _, amount in inputs)
    while sum(amount for _, amount in outputs) > spent:
        outputs.pop()
    fee = spent - sum(amount for _, amount in outputs)
    places = index("bitcoin", hot="ab", dep="c")
    legs = [(address, -amount) for address, amount in inputs] + outputs
    want: Counter[str] = Counter()
    for address, amount in legs:
        want[places.unit_of("bitcoin", address, 0, mixing)] += amount
    want["fee:BTC"] += fee

    found = said(*legs, places=places, fee=fee, parameters=Parameters(fee=order, mixing=mixing))

    have: Counter[str] = Counter()
    for _, source, target, amount in found:
        assert source != target
        have[source] -= amount
        have[target] += amount
    assert {place: net for place, net in have.items() if net} == {
        place: net for place, net in want.items() if net
    }
