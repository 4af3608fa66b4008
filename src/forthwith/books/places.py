"""Which place an address is of at an instant: the register of places, asked by chain and address.

An address may be of one place until a day and of another from then on. Rows of two places that
claim it for one instant are listed, and the first row of the table answers.
"""

from __future__ import annotations

from collections.abc import Iterable

from forthwith.books.books import PlaceAddress
from forthwith.domain.instants import Instant

#: Stands between a place and one of its addresses where every address mixes by itself.
PART = "/"
_SEGWIT = ("bc1", "tb1", "bcrt1")


def normal_address(address: str) -> str:
    """Return an address as chains are read here: Ethereum and segwit (BIP-173) in lower case.

    Base58 tells capitals apart and stays as written.
    """
    address = address.strip()
    lower = address.lower()
    return lower if lower.startswith(("0x", *_SEGWIT)) else address


class PlaceIndex:
    """The rows of `places`, found by chain and address."""

    def __init__(self, places: Iterable[PlaceAddress]) -> None:
        self._rows: dict[tuple[str, str], list[PlaceAddress]] = {}
        for row in places:
            key = (row.chain, normal_address(row.address))
            self._rows.setdefault(key, []).append(row)

    def place_of(self, chain: str, address: str, when: Instant) -> PlaceAddress | None:
        """Return the row that holds the address then; None where none does.

        A bank account has the chain "".
        """
        rows = self._rows.get((chain, normal_address(address)), ())
        return next((row for row in rows if row.span.holds(when)), None)

    def rows_of(self, chain: str, address: str) -> tuple[PlaceAddress, ...]:
        """Return every row of an address, whenever it holds."""
        return tuple(self._rows.get((chain, normal_address(address)), ()))

    def addresses(self, chain: str) -> frozenset[str]:
        """Return every address registered on a chain at any time."""
        return frozenset(address for of, address in self._rows if of == chain)

    def unit_of(self, chain: str, address: str, when: Instant, mixing: str = "wallet") -> str:
        """Return what value lies in: a place, or by `mixing` "address" one address of it.

        An address outside the register is "address:A".
        """
        row = self.place_of(chain, address, when)
        if row is None:
            return f"address:{address}"
        return row.place if mixing == "wallet" else f"{row.place}{PART}{normal_address(address)}"
