"""One day's book of on-chain permissions: which addresses may call which guarded functions.

The shape is that of public permission books of lending protocols: pools by name, in them sections
with `contracts` (each an address, a proxy administrator and `modifiers` with the functions they
guard and the addresses they let through) and lists of `role` members. An address that is a Safe
comes with its owners and, in later books, its threshold. What becomes of it is in `roles`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from forthwith.exports.ethereum.address import NOBODY, address, misspelt
from forthwith.exports.tables.rows import Rows
from forthwith.plain import json_document

_CONTRACT_KEYS = frozenset(("address", "proxyAdmin", "modifiers"))
_MODIFIER_KEYS = frozenset(("modifier", "functions", "addresses"))
_CALLER_KEYS = frozenset(("address", "owners", "signersThreshold", "chain"))
#: How far apart in blocks the lists were read; it changes no permission.
_IDLE = re.compile(r"latest\w*BlockNumber")
_DEEPEST = 6


@dataclass(frozen=True, slots=True, order=True)
class Caller:
    """An address that is let through, on this chain or (`chain` not empty) on another."""

    address: str
    chain: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """One list of callers of one function, as one section of the book has it."""

    #: Address of the contract, "" when the book gives none.
    contract: str
    name: str
    pool: str
    #: Name of the function; of the modifier when the book names no function under it.
    function: str
    named: bool
    callers: frozenset[Caller]


@dataclass(slots=True)
class Book:
    """One snapshot, before any day is put to it."""

    listings: list[Listing] = field(default_factory=list)
    #: "V3/roles/POOL_ADMIN" → members.
    roles: dict[str, frozenset[Caller]] = field(default_factory=dict)
    #: Address → contract names the book has for it.
    contracts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    #: Contract → its proxy administrators.
    administrators: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    #: Address → thresholds (0: not given) with owners, as often as they differ.
    safes: dict[str, set[tuple[int, tuple[str, ...]]]] = field(
        default_factory=lambda: defaultdict(set)
    )


def read(data: bytes, rows: Rows) -> Book | None:
    """Return the book, or None with a fault in `rows` when the bytes hold none."""
    try:
        value = json_document.load(data)
    except json_document.NotJsonError as wrong:
        rows.fault(f"It {wrong}", "Fetch this day's book again")
        return None
    reader = _Reader(rows)
    if isinstance(value, dict):
        for pool, body in value.items():
            reader.pool(pool, body)
    if not reader.book.listings and not reader.book.roles:
        rows.fault("It holds no contracts and no roles", "Give a book of permissions")
        return None
    return reader.book


class _Reader:
    """Walks one book; everything it does not take is named in `rows.unread`."""

    def __init__(self, rows: Rows) -> None:
        self.book = Book()
        self._rows = rows

    def pool(self, pool: str, body: Any) -> None:
        """Take one pool, unless it is a rehearsal."""
        if "TENDERLY" in pool.upper():
            # The same contracts on a fork where proposals are tried out: true of no chain.
            self._rows.unread.append(f"{pool}: permissions of a simulated fork")
            return
        self._section(pool, (pool,), body)

    def _section(self, pool: str, path: tuple[str, ...], body: Any) -> None:
        if not isinstance(body, dict) or len(path) > _DEEPEST:
            self._unread(path)
            return
        for key, value in body.items():
            here = (*path, key)
            if key == "contracts" and isinstance(value, dict):
                for name, contract in value.items():
                    self._contract(pool, (*here, name), name, contract)
            elif key == "role" and isinstance(value, dict):
                for name, members in value.items():
                    self.book.roles["/".join((*path, name))] = self._members((*here, name), members)
            elif key == "senders" and isinstance(value, list):
                self.book.roles["/".join(here)] = self._members(here, value)
            elif isinstance(value, dict):
                self._section(pool, here, value)
            elif not _IDLE.fullmatch(key):
                self._unread(here)

    def _unread(self, path: tuple[str, ...]) -> None:
        self._rows.unread.append(".".join(path)[:200])

    def _contract(self, pool: str, path: tuple[str, ...], name: str, body: Any) -> None:
        if not isinstance(body, dict) or not isinstance(body.get("modifiers"), list):
            self._unread(path)
            return
        for key in sorted(body.keys() - _CONTRACT_KEYS):
            self._unread((*path, key))
        place = self._address(path, body["address"]) if "address" in body else ""
        if place:
            self.book.contracts[place].add(name)
        if admin := self._address(path, body["proxyAdmin"]) if "proxyAdmin" in body else "":
            self.book.administrators[place or name].add(admin)
        for modifier in body["modifiers"]:
            self.book.listings += self._listings(
                pool, path, Listing(place, name, pool, "", True, frozenset()), modifier
            )

    def _listings(
        self, pool: str, path: tuple[str, ...], blank: Listing, modifier: Any
    ) -> Iterator[Listing]:
        if not isinstance(modifier, dict) or not isinstance(modifier.get("addresses"), list):
            self._unread((*path, "modifiers"))
            return
        name = str(modifier.get("modifier", ""))
        for key in sorted(modifier.keys() - _MODIFIER_KEYS):
            self._unread((*path, name, key))
        callers = self._callers((*path, name), modifier["addresses"])
        functions = modifier.get("functions")
        named = isinstance(functions, list) and all(
            isinstance(function, str) for function in functions
        )
        for function in dict.fromkeys(functions if named and functions else [name]):
            yield Listing(blank.contract, blank.name, pool, function, named, callers)

    def _callers(self, path: tuple[str, ...], listed: list[Any]) -> frozenset[Caller]:
        callers = set()
        for entry in listed:
            if not isinstance(entry, dict):
                self._unread(path)
                continue
            for key in sorted(entry.keys() - _CALLER_KEYS):
                self._unread((*path, key))
            if (place := self._address(path, entry.get("address"))) and place != NOBODY:
                callers.add(Caller(place, str(entry.get("chain") or "")))
                self._safe(path, place, entry)
        return frozenset(callers)

    def _safe(self, path: tuple[str, ...], place: str, body: dict[str, Any]) -> None:
        owners, threshold = body.get("owners") or [], body.get("signersThreshold") or 0
        if not owners and not threshold:
            return
        listed = (
            [self._address(path, owner) for owner in owners] if isinstance(owners, list) else []
        )
        sound = bool(listed) and all(listed) and len(set(listed)) == len(listed)
        if not sound or type(threshold) is not int or not 0 <= threshold <= len(listed):
            self._rows.fault(
                f"Safe {place} at {'.'.join(path)[:200]} has owners or a threshold that cannot be",
                "Compare with the chain on that day",
            )
            return
        self.book.safes[place].add((threshold, tuple(sorted(listed))))

    def _members(self, path: tuple[str, ...], listed: Any) -> frozenset[Caller]:
        if not isinstance(listed, list):
            self._unread(path)
            return frozenset()
        places = (self._address(path, member) for member in listed)
        return frozenset(Caller(place) for place in places if place and place != NOBODY)

    def _address(self, path: tuple[str, ...], value: Any) -> str:
        place = address(value)
        if not place or misspelt(value):
            what = "has a wrong checksum (EIP-55)" if place else "is not an address"
            self._rows.fault(
                f"{str(value)[:60]!r} at {'.'.join(path)[:200]} {what}",
                "Compare with the chain on that day",
            )
            return ""
        return place
