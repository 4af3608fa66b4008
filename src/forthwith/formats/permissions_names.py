"""What is called how in facts about contracts: functions, and what acts as an address.

An address has one name over all books of a lift, or a permission that did not change would seem to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from forthwith.exports.ethereum.address import checksummed
from forthwith.exports.ethereum.role_book import Book, Caller, Listing
from forthwith.exports.tables.rows import Rows, ident

#: Kind of means by how its id begins; a Safe or a contract acts for whoever may drive it.
_KINDS = {"key": "key", "safe": "role", "contract": "role"}


def function_id(listing: Listing) -> str:
    """Return "0x<contract>.<function>", or "contract:Name.function" where no address is given.

    Where the book names no function, the modifier stands in its place, marked with a star.
    """
    function = listing.function if listing.named else f"*{listing.function}"
    kind, place = ("0x", listing.contract[2:]) if listing.contract else ("contract", listing.name)
    made = ident(kind, f"{place}.{function}")
    return made.replace("0x:", "0x", 1) if listing.contract else made


class Names:
    """Ids of what the books speak of."""

    def __init__(self, books: list[Book]) -> None:
        self._books = books
        self._safes = {place for book in books for place in book.safes}
        self._contracts: dict[str, set[str]] = defaultdict(set)
        for book in books:
            for place, found in book.contracts.items():
                self._contracts[place] |= found
        self._used: dict[Caller, str] = {}

    def means(self, caller: Caller) -> str:
        """Return the id of what acts as the address: `key:`, `safe:` or `contract:`."""
        if caller not in self._used:
            kind = "key"
            if caller.address in self._safes:
                kind = "safe"
            elif caller.address in self._contracts:
                kind = "contract"
            self._used[caller] = ident(kind, self.person(caller))
        return self._used[caller]

    def person(self, caller: Caller) -> str:
        """Return the id of the address as one who acts: "0x…", "0x…@137" on another chain."""
        return ident("", caller.address + (f"@{caller.chain}" if caller.chain else ""))[1:]

    def write(self, rows: Rows) -> None:
        """Write the undated rows: wallets, means and people."""
        for wallet, (place, classes) in self._wallets().items():
            address = checksummed(place) if place else ""
            rows.add("wallets", None, id=wallet, address=address, **{"class": "|".join(classes)})
        for caller, means in sorted(self._used.items()):
            name = checksummed(caller.address)
            called = " ".join(sorted(self._contracts.get(caller.address, ())))
            label = f"acting as {name} {called}".strip()
            rows.add("means", id=means, kind=_KINDS[means.partition(":")[0]], label=label)
            rows.add("people", id=self.person(caller), name=name)

    def _wallets(self) -> dict[str, tuple[str, list[str]]]:
        """Return address and classes of each function and role, over all books."""
        found: dict[str, tuple[str, dict[str, None]]] = {}
        for wallet, place, classes in self._listed():
            found.setdefault(wallet, (place, {}))[1].update(dict.fromkeys(classes))
        return {wallet: (place, list(classes)) for wallet, (place, classes) in found.items()}

    def _listed(self) -> Iterator[tuple[str, str, Iterable[str]]]:
        for book in self._books:
            for each in book.listings:
                kind = "function" if each.named else "modifier"
                names = (each.name, each.pool, f"{each.name}.{each.function}")
                yield function_id(each), each.contract, [kind, *map(_class, names)]
            for role in book.roles:
                yield ident("role", role), "", ["role", _class(role.partition("/")[0])]


def _class(name: str) -> str:
    """Return a name fit for the cell of classes."""
    return ident("", name)[1:]
