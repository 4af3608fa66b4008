"""Permissions of contracts over time: which addresses could call which functions when.

A guarded function becomes a wallet of class `function`, "0x<contract>.<function>"; whoever may call
it meets its policy. An address becomes a person (id the address) who has what acts as the address:
`key:0x…`, or `safe:0x…` with a grant to its owners at their threshold, or `contract:0x…` where the
books list it as a contract. An address has one name over all books of a lift, or a permission that
did not change would seem to. So `ask --who people=0xabc…,0xdef… --scope class=function` says what a
set of addresses could call.

A book lists callers; it does not say that it lists all, nor what a contract does when it is called,
nor who holds a key. No completeness follows from it: what it does not show is *not shown*, never
*excluded*.

A book is of one day, in the shape of public permission books of lending protocols: pools by name,
in them sections with `contracts` (each an address, a proxy administrator and `modifiers` with the
functions they guard and the addresses they let through) and lists of `role` members. An address
that is a Safe comes with its owners and, in later books, its threshold.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise, zip_longest
from typing import Any

from forthwith.domain.fact_tables import Lifted
from forthwith.domain.period import NotADayError, day
from forthwith.exports.ethereum.address import NOBODY, address, checksummed, misspelt
from forthwith.exports.options import DAY_IN_NAME, Files, ImportOptions
from forthwith.exports.tables.rows import Rows, all_of, any_of, at_least, ident
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


def book_of(data: bytes, rows: Rows) -> Book | None:
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


#: Kind of means by how its id begins; a Safe or a contract acts for whoever may drive it.
_KINDS = {"key": "key", "safe": "role", "contract": "role"}


def function_id(listing: Listing) -> str:
    """Return "0x<contract>.<function>", or "contract:Name.function" where no address is given.

    Where the book names no function, the modifier stands in its place, marked with a star.
    """
    function = listing.function if listing.named else f"*{listing.function}"
    kind, place = ("0x", listing.contract[2:]) if listing.contract else ("contract", listing.name)
    name = ident(kind, f"{place}.{function}")
    return name.replace("0x:", "0x", 1) if listing.contract else name


class Names:
    """Ids of what the books speak of."""

    def __init__(self, books: list[Book]) -> None:
        self._books = books
        self._safes = {place for book in books for place in book.safes}
        self._contracts: dict[str, set[str]] = defaultdict(set)
        for book in books:
            for place, names in book.contracts.items():
                self._contracts[place] |= names
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
        wallets: dict[str, tuple[str, dict[str, None]]] = {}
        for wallet, place, classes in self._listed():
            wallets.setdefault(wallet, (place, {}))[1].update(dict.fromkeys(classes))
        return {wallet: (place, list(classes)) for wallet, (place, classes) in wallets.items()}

    def _listed(self) -> Iterator[tuple[str, str, Iterable[str]]]:
        for book in self._books:
            for listing in book.listings:
                kind = "function" if listing.named else "modifier"
                names = (listing.name, listing.pool, f"{listing.name}.{listing.function}")
                yield function_id(listing), listing.contract, [kind, *map(_class, names)]
            for role in book.roles:
                yield ident("role", role), "", ["role", _class(role.partition("/")[0])]


def _class(name: str) -> str:
    """Return a name fit for the cell of classes."""
    return ident("", name)[1:]


#: Functions that change who may act or which code runs: verbs and nouns of the usual contracts.
_CHANGES_POLICY = re.compile(
    r"upgrade\w*|__abdicate|(?:set|add|remove|change|update|transfer|accept|renounce|grant|revoke|"
    r"authorize|unauthorize)\w*(?:Admins?|Owners?|Ownership|Roles?|Guardian|Manager|Controller|"
    r"Executors|Impl|Proxy)"
)
#: Functions of a proxy administrator that put other code behind a proxy.
_PUTS_CODE = re.compile(r"upgrade\w*|changeProxyAdmin|setAddressAsProxy")
_NO_THRESHOLD = "if that many owners meet the Safe's threshold, which the book does not give"

_Row = tuple[str, tuple[tuple[str, str], ...]]


def lift(files: Files, options: ImportOptions) -> Lifted:
    """Return dated rows of several books, each a snapshot on its day.

    A book's day is the day in its name, or (for a single book) the stamp's start. The last state
    holds until the stamp's end, and without one for its own day alone.
    """
    stamp = options.stamp
    rows = Rows("", stamp)
    books: dict[date, Book | None] = {}
    for name, data in files:
        rows.file = name
        when = _day_of(name, stamp.start if len(files) == 1 else "")
        if when is None:
            rows.fault("It has no day in its name", "Name it like book-2023-10-30.json")
        elif when in books:
            rows.fault(f"Two books are of {when}", "Leave one, or give one another day")
        else:
            books[when] = book_of(data, rows)
    if len(files) != 1:
        rows.file = f"{len(files)} books of permissions"
    _write(rows, books, stamp.end or ((max(books) + timedelta(1)).isoformat() if books else ""))
    return rows.lifted()


def _day_of(name: str, otherwise: str) -> date | None:
    shape = DAY_IN_NAME.search(name)
    try:
        return day(shape[0] if shape else otherwise)
    except NotADayError:
        return None


def _write(rows: Rows, books: Mapping[date, Book | None], end: str) -> None:
    """Write each fact once for every run of days on which the books state it."""
    names = Names([book for book in books.values() if book])
    days = sorted(books)
    runs: dict[_Row, list[tuple[str, str]]] = defaultdict(list)
    doubts: dict[str, list[str]] = defaultdict(list)
    for when, after in zip_longest(days, days[1:]):
        until = after.isoformat() if after else end
        # A book that cannot be read ends what the book before it stated.
        if (book := books[when]) is None:
            continue
        start = when.isoformat()
        facts = _BookFacts(book, names)
        for row in dict.fromkeys(facts.rows()):
            if runs[row] and runs[row][-1][1] == start:
                runs[row][-1] = (runs[row][-1][0], until)
            else:
                runs[row].append((start, until))
        for doubt in facts.doubts:
            doubts[doubt].append(start)
    names.write(rows)
    for (table, cells), periods in runs.items():
        for period in periods:
            rows.add(table, period, **dict(cells))
    rows.notes += [*_notes(days), *(f"{text} (on {', '.join(on)})" for text, on in doubts.items())]


def _notes(days: Sequence[date]) -> Iterator[str]:
    gaps = [(after - before).days for before, after in pairwise(days)]
    longest = f", here up to {max(gaps)} days" if gaps else ""
    yield (
        f"A state seen on one day is taken to hold until the next book's day{longest}; what "
        "changed and changed back in between is not known."
    )
    yield (
        "The books do not say that their lists of callers or functions are complete, so nothing is "
        "excluded by them."
    )
    yield (
        "An address that is no Safe and no contract of the books may be a key or a contract; who "
        "holds the key, or what makes the contract act, is not in the books."
    )


class _BookFacts:
    """The dated rows one book states, their days left out, and what is doubtful in it."""

    def __init__(self, book: Book, names: Names) -> None:
        self._book, self._names = book, names
        self.doubts: list[str] = []
        #: Contract → who may have it put other code behind a proxy.
        self._upgraders: dict[str, set[str]] = defaultdict(set)
        for listing in book.listings:
            if listing.named and _PUTS_CODE.fullmatch(listing.function):
                self._upgraders[listing.contract] |= {
                    names.means(caller) for caller in listing.callers
                }

    def rows(self) -> Iterator[_Row]:
        """Yield what the book states; a row may come more than once."""
        lists: dict[str, list[Listing]] = defaultdict(list)
        for listing in self._book.listings:
            lists[function_id(listing)].append(listing)
        for wallet, listed in lists.items():
            yield from self._function(wallet, listed)
        for role, members in self._book.roles.items():
            path = "policy_change" if "DEFAULT_ADMIN" in role else "signing"
            yield from self._callers(ident("role", role), path, [members])
        for caller in self._everybody():
            means = self._names.means(caller)
            yield _row("possessions", person=self._names.person(caller), means=means)
        for place, owned in self._book.safes.items():
            yield from self._acting(place, owned)

    def _function(self, wallet: str, listed: list[Listing]) -> Iterator[_Row]:
        path = "policy_change" if _CHANGES_POLICY.fullmatch(listed[0].function) else "signing"
        yield from self._callers(wallet, path, [listing.callers for listing in listed])
        if code := self._code_changers(listed[0]):
            yield _row("policies", wallet=wallet, path="policy_change", formula=any_of(code))
        if not listed[0].named:
            self.doubts.append(f"{wallet}: the book names no function under this modifier")

    def _everybody(self) -> Iterator[Caller]:
        # Sorted: the same export must give the same rows in the same order in every process.
        for listing in self._book.listings:
            yield from sorted(listing.callers)
        for members in self._book.roles.values():
            yield from sorted(members)
        for admins in self._book.administrators.values():
            yield from map(Caller, sorted(admins))
        for owned in self._book.safes.values():
            yield from (Caller(owner) for _, owners in sorted(owned) for owner in owners)

    def _callers(
        self, wallet: str, path: str, lists: Sequence[frozenset[Caller]]
    ) -> Iterator[_Row]:
        """Yield who is in every list of callers, and as disputed who is in some only."""
        sure = frozenset.intersection(*lists)
        unsure = frozenset.union(*lists) - sure
        for callers, doubt in ((sure, {}), (unsure, {"disputed": "yes"})):
            if callers:
                formula = any_of(self._names.means(caller) for caller in sorted(callers))
                yield _row("policies", wallet=wallet, path=path, formula=formula, **doubt)
        if unsure:
            those = ", ".join(caller.address for caller in sorted(unsure))
            self.doubts.append(
                f"{wallet}: the book lists its callers more than once and not alike; those in some "
                f"lists only are disputed: {those}"
            )
        if not sure | unsure:
            self.doubts.append(f"{wallet}: the book lists nobody who may call it")

    def _code_changers(self, listing: Listing) -> list[str]:
        """Return who puts other code behind the function's proxy: its administrator and callers."""
        admins = self._book.administrators.get(listing.contract or listing.name, set())
        means = {self._names.means(Caller(admin)) for admin in admins}
        return sorted(means.union(*(self._upgraders[admin] for admin in admins)))

    def _acting(self, place: str, owned: set[tuple[int, tuple[str, ...]]]) -> Iterator[_Row]:
        """Yield who acts as a Safe: its owners at the threshold, or surely all of them."""
        means = self._names.means(Caller(place))
        given = {state for state in owned if state[0]}
        # Another list of the same day may give the threshold that one leaves out.
        differing = len({owners for _, owners in owned}) > 1 or len(given) > 1
        doubt = {"disputed": "yes"} if differing else {}
        for threshold, owners in sorted(given or owned):
            parts = [self._names.means(Caller(owner)) for owner in owners]
            formula = at_least(threshold, parts) if threshold else all_of(parts)
            yield _row("grants", means=formula, gives=means, **doubt)
            if not threshold:
                yield _row("grants", means=any_of(parts), gives=means, condition=_NO_THRESHOLD)
                self.doubts.append(f"Safe {place}: the book gives owners and no threshold")
        if differing:
            self.doubts.append(f"Safe {place}: the book gives different owners or thresholds")


def _row(table: str, **cells: str) -> _Row:
    return table, tuple(cells.items())
