"""An address is of the place that its row names for that instant."""

from __future__ import annotations

from forthwith.books.books import ALWAYS, PlaceAddress, Span, WitnessRow
from forthwith.books.places import PlaceIndex, normal_address

MIXED = "0xBcd4042DE499D14e55001CcbB24a551F3b954096"


def row(place: str, address: str, span: Span = ALWAYS, chain: str = "evm-1") -> PlaceAddress:
    """A row of `places`."""
    witness = WitnessRow("places.csv", "line 2")
    return PlaceAddress(place, "address", chain, address, "co", "customer", span, witness)


def test_an_address_is_of_one_place_until_a_day_and_of_another_from_it() -> None:
    """Spans are half-open: the second of the change belongs to the later row."""
    index = PlaceIndex([row("hot", MIXED, Span(None, 100)), row("old", MIXED, Span(100, 200))])

    places = [index.place_of("evm-1", MIXED, when) for when in (99, 100, 199, 200)]

    assert [found.place if found else None for found in places] == ["hot", "old", "old", None]


def test_of_two_places_that_claim_one_instant_the_first_answers() -> None:
    """Tables with such rows are refused before."""
    first, second = row("hot", MIXED, Span(None, 101)), row("old", MIXED, Span(100, None))
    index = PlaceIndex([first, second])

    assert index.place_of("evm-1", MIXED, 100) == first


def test_one_address_on_two_chains_is_two() -> None:
    """The same key makes the same address on every chain of Ethereum's kind."""
    index = PlaceIndex([row("hot", MIXED)])

    assert index.place_of("evm-10", MIXED, 0) is None


def test_capitals_count_in_base58_alone() -> None:
    """Segwit addresses may be written in capitals (BIP-173), Ethereum's carry a checksum."""
    assert normal_address(" BC1QAA ") == "bc1qaa"
    assert normal_address(MIXED) == MIXED.lower()
    assert normal_address("1BoatSLRHtKNngkdXEeobR76b53LETtpyT") == (
        "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"
    )


def test_the_unit_of_mixing_is_the_place_or_each_of_its_addresses() -> None:
    """A parameter: what lies in two addresses of one wallet mixes, or does not."""
    index = PlaceIndex([row("hot", MIXED)])

    assert index.unit_of("evm-1", MIXED, 0) == "hot"
    assert index.unit_of("evm-1", MIXED, 0, "address") == f"hot/{MIXED.lower()}"
    assert index.unit_of("evm-1", "0xaa", 0) == "address:0xaa"
