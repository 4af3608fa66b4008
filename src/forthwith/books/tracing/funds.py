"""One fund under one method: which parts of it an outflow takes, to the unit.

A fund is remembered only while something in it is tagged; its balance is the caller's, for it is
the same under every method. Parts are runs `(tag, amount)` in the order they moved; the tag None
is other money, and the empty tuple is a sum of which nothing is tagged. A part may be nothing.

- fifo: the oldest lots first (Devaynes v Noble, Clayton's Case, 1816).
- lifo: the newest first; a mixed inflow is stacked in the order its parts came.
- pro_rata: rolling; from each tag the whole part of its share, the units left over one each to
  the largest remainders, ties to the tag that entered earliest (Barlow Clowes v Vaughan, 1991).
- libr: other money first, then the claims in proportion, rounded alike (Roscoe v Winder, 1915;
  Law Society of Upper Canada v Toronto-Dominion, 1998).
- poison: everything, while anything tagged ever came in and the fund was not empty since. A
  bound and no allocation: several tags may take the same unit.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Hashable, Iterable, Sequence
from operator import sub
from typing import Protocol

#: A claim's number; None is other money. Poison's tags are sets, for they share each unit.
Tag = int | frozenset[int] | None
Parts = tuple[tuple[Tag, int], ...]

METHODS = ("fifo", "lifo", "pro_rata", "libr", "poison")


class Fund(Protocol):
    """What a method remembers of one fund; amounts are whole smallest units above zero."""

    def put(self, balance: int, amount: int, parts: Parts, /) -> None:
        """Take in `amount` made of `parts` on top of `balance`."""

    def take(self, balance: int, amount: int, /) -> Parts:
        """Give out `amount`, at most `balance`; return its parts."""

    def clean(self) -> bool:
        """Return whether nothing in it is tagged any more."""

    def amounts(self, balance: int, /) -> dict[int, int]:
        """Return the tagged amount by tag."""

    def frozen(self) -> Hashable:
        """Return all it remembers, equal for funds that will behave alike."""


class Lots:
    """Lots in the order they came; neighbours of one tag are one lot."""

    __slots__ = ("_newest_first", "_tagged", "runs")

    def __init__(self, balance: int, *, newest_first: bool) -> None:
        self._newest_first = newest_first
        self.runs: deque[tuple[Tag, int]] = deque(((None, balance),) if balance else ())
        self._tagged = 0

    def put(self, _balance: int, amount: int, parts: Parts) -> None:
        """Stack the parts in the order they came."""
        runs = self.runs
        for tag, part in parts or ((None, amount),):
            if tag is not None:
                self._tagged += part
            if runs and runs[-1][0] == tag:
                runs[-1] = (tag, runs[-1][1] + part)
            else:
                runs.append((tag, part))

    def take(self, _balance: int, amount: int) -> Parts:
        """Give out from the end of the method; parts stand in the order they are taken."""
        runs, end = self.runs, -1 if self._newest_first else 0
        tag, size = runs[end]
        if amount < size:
            runs[end] = (tag, size - amount)
            if tag is None:
                return ()
            self._tagged -= amount
            return ((tag, amount),)
        taken: list[tuple[Tag, int]] = []
        before, pop = self._tagged, runs.pop if self._newest_first else runs.popleft
        while amount:
            tag, size = runs[end]
            part = min(size, amount)
            if part == size:
                pop()
            else:
                runs[end] = (tag, size - part)
            if tag is not None:
                self._tagged -= part
            taken.append((tag, part))
            amount -= part
        return tuple(taken) if self._tagged < before else ()

    def clean(self) -> bool:
        """Return whether no lot is tagged."""
        return not self._tagged

    def amounts(self, _balance: int) -> dict[int, int]:
        """Return the lots' sums."""
        return tagged(self.runs)

    def frozen(self) -> Hashable:
        """Return the lots."""
        return tuple(self.runs)


class ProRata:
    """What each tag has in it, other money too, in the order the tags entered."""

    __slots__ = ("_amounts", "_places", "_tags")

    def __init__(self, balance: int) -> None:
        self._tags: list[Tag] = [None] if balance else []
        self._amounts: list[int] = [balance] if balance else []
        self._places: dict[Tag, int] = {tag: place for place, tag in enumerate(self._tags)}

    def put(self, _balance: int, amount: int, parts: Parts) -> None:
        """Add to each tag; a tag that is not there enters last."""
        places, amounts = self._places, self._amounts
        for tag, part in parts or ((None, amount),):
            place = places.get(tag)
            if place is None:
                if not part:
                    continue
                places[tag] = len(amounts)
                self._tags.append(tag)
                amounts.append(part)
            else:
                amounts[place] += part

    def take(self, balance: int, amount: int) -> Parts:
        """Give out of each tag in proportion."""
        amounts, tags, other = self._amounts, self._tags, self._places.get(None)
        if len(amounts) == 2:
            # One claim beside other money, which is what most traces have.
            one, two = amounts
            part, over = divmod(amount * one, balance)
            if over and 2 * over >= balance:
                part += 1
            rest = amount - part
            parts: Parts = ((tags[0], part), (tags[1], rest))
            amounts[0], amounts[1] = one - part, two - rest
            if part != one and rest != two:
                return parts if amount > (0 if other is None else (part, rest)[other]) else ()
            taken = [part, rest]
        else:
            taken = apportioned(amount, balance, amounts)
            self._amounts = amounts = list(map(sub, amounts, taken))
            parts = tuple(zip(tags, taken, strict=True))
        if 0 in amounts:
            kept = [(tag, left) for tag, left in zip(tags, amounts, strict=True) if left]
            self._tags = [tag for tag, _ in kept]
            self._amounts = [left for _, left in kept]
            self._places = {tag: place for place, tag in enumerate(self._tags)}
        return () if other is not None and taken[other] == amount else parts

    def clean(self) -> bool:
        """Return whether only other money is left."""
        return self._tags in ([], [None])

    def amounts(self, _balance: int) -> dict[int, int]:
        """Return the tags' amounts."""
        return tagged(zip(self._tags, self._amounts, strict=True))

    def frozen(self) -> Hashable:
        """Return tags and amounts in the order of entry, which settles ties."""
        return tuple(zip(self._tags, self._amounts, strict=True))


class LowestBalance:
    """The claims alone; what the balance has above them is other money, and leaves first."""

    __slots__ = ("claims", "total")

    def __init__(self) -> None:
        self.claims: dict[Tag, int] = {}
        self.total = 0

    def put(self, _balance: int, _amount: int, parts: Parts) -> None:
        """Add to each claim; other money needs no memory."""
        for tag, part in parts:
            if tag is not None:
                self.claims[tag] = self.claims.get(tag, 0) + part
                self.total += part

    def take(self, balance: int, amount: int) -> Parts:
        """Give out other money, then the claims in proportion."""
        other = balance - self.total
        need = amount - other
        if need <= 0:
            return ()
        claims = self.claims
        if need == self.total:
            taken = tuple(claims.items())
            claims.clear()
        elif len(claims) == 1:
            ((tag, size),) = claims.items()
            claims[tag] = size - need
            taken = ((tag, need),)
        else:
            shares = apportioned(need, self.total, list(claims.values()))
            taken = tuple([(tag, n) for tag, n in zip(claims, shares, strict=True) if n])
            for tag, part in taken:
                if left := claims[tag] - part:
                    claims[tag] = left
                else:
                    del claims[tag]
        self.total -= need
        return ((None, other), *taken) if other else taken

    def clean(self) -> bool:
        """Return whether no claim is left."""
        return not self.total

    def amounts(self, _balance: int) -> dict[int, int]:
        """Return the claims."""
        return tagged(self.claims.items())

    def frozen(self) -> Hashable:
        """Return the claims in the order of entry, which settles ties."""
        return tuple(self.claims.items())


class Poison:
    """Which tags ever came in since the fund was empty."""

    __slots__ = ("_tags", "_whole")

    def __init__(self) -> None:
        self._tags: frozenset[int] = frozenset()
        #: The one tag, or all of them: what each outflow is tagged with.
        self._whole: Tag = None

    def put(self, _balance: int, _amount: int, parts: Parts) -> None:
        """Remember the tags of the parts."""
        for tag, _ in parts:
            if tag is None or tag is self._whole:
                continue
            tags = tag if isinstance(tag, frozenset) else frozenset((tag,))
            if not tags <= self._tags:
                self._tags |= tags
                self._whole = next(iter(self._tags)) if len(self._tags) == 1 else self._tags

    def take(self, _balance: int, amount: int) -> Parts:
        """Give out everything as every tag's."""
        return ((self._whole, amount),)

    def clean(self) -> bool:
        """Return whether nothing tagged ever came."""
        return not self._tags

    def amounts(self, balance: int) -> dict[int, int]:
        """Return the whole balance for each tag."""
        return dict.fromkeys(sorted(self._tags), balance) if balance > 0 else {}

    def frozen(self) -> Hashable:
        """Return the tags."""
        return self._tags


def fund(method: str, balance: int) -> Fund:
    """Return a fund with `balance` of other money in it (at least 0)."""
    match method:
        case "fifo" | "lifo":
            return Lots(balance, newest_first=method == "lifo")
        case "pro_rata":
            return ProRata(balance)
        case "libr":
            return LowestBalance()
        case "poison":
            return Poison()
    raise ValueError(f"no such method: {method}")


def thawed(method: str, frozen: Parts) -> Fund:
    """Return the fund that `Fund.frozen` was taken of."""
    it = fund(method, 0)
    if isinstance(it, Poison):
        it.put(0, 0, ((frozen, 0),))  # type: ignore[arg-type]
    else:
        it.put(0, 0, frozen)
    return it


def apportioned(amount: int, total: int, shares: Sequence[int]) -> list[int]:
    """Split `amount` over `shares` whose sum is `total`, by whole parts and largest remainders.

    `amount` is at most `total`; ties go to the share that stands first.
    """
    if len(shares) == 2:
        first, over = divmod(amount * shares[0], total)
        # The second's remainder is `total - over`; on a tie the unit is the first's.
        if over and 2 * over >= total:
            first += 1
        return [first, amount - first]
    products = [amount * share for share in shares]
    taken = [product // total for product in products]
    units = amount - sum(taken)
    if not units:
        return taken
    overs = [product % total for product in products]
    ranked = sorted(overs)
    least = ranked[-units]
    spare = units - (len(ranked) - bisect_right(ranked, least))
    if spare == ranked.count(least):
        return [whole + (over >= least) for whole, over in zip(taken, overs, strict=True)]
    for place, over in enumerate(overs):
        if over > least:
            taken[place] += 1
        elif over == least and spare:
            taken[place] += 1
            spare -= 1
    return taken


def tagged(parts: Iterable[tuple[Tag, int]]) -> dict[int, int]:
    """Return the tagged amounts of parts by tag."""
    sums: dict[int, int] = {}
    add(sums, parts)
    return sums


def add(sums: dict[int, int], parts: Iterable[tuple[Tag, int]]) -> None:
    """Add the tagged amounts of parts to sums by tag."""
    for tag, part in parts:
        if tag is None or not part:
            continue
        if isinstance(tag, frozenset):
            for single in tag:
                sums[single] = sums.get(single, 0) + part
        else:
            sums[tag] = sums.get(tag, 0) + part
