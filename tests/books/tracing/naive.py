"""A second evaluator, slow and plain: every unit of a fund is an entry of a list.

It shares nothing with the engines but the names of the methods. It is for small amounts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

OTHER = "-"
BANK = "bank"


class Naive:
    """Funds as lists of units, each the name of whose it is; oldest first."""

    def __init__(self, method: str, funds: Sequence[str], openings: Mapping[str, int]) -> None:
        self.method = method
        self.units: dict[str, list[str]] = {name: [] for name in funds}
        self.debt: dict[str, int] = dict.fromkeys(funds, 0)
        #: Whose money came into a fund that was never empty since, for poison.
        self.poisoned: dict[str, set[str]] = {name: set() for name in funds}
        #: Order of entry of the names in each fund.
        self.entered: dict[str, list[str]] = {name: [] for name in funds}
        self.sinks: dict[str, Counter[str]] = {}
        for name, amount in openings.items():
            if amount < 0:
                self.debt[name] = -amount
            else:
                self.put(name, [OTHER] * amount, set())

    def put(self, fund: str, units: list[str], poison: set[str]) -> None:
        """Add units to a fund that owes nothing."""
        for unit in units:
            self.units[fund].append(unit)
            if unit not in self.entered[fund]:
                self.entered[fund].append(unit)
        self.poisoned[fund] |= poison

    def take(self, fund: str, amount: int) -> tuple[list[str], set[str]]:
        """Remove units by the method; those the fund does not have are the bank's."""
        have = self.units[fund]
        own = min(amount, len(have))
        if self.method == "fifo":
            taken, kept = have[:own], have[own:]
        elif self.method == "lifo":
            taken, kept = have[::-1][:own], have[: len(have) - own]
        else:
            taken, kept = self._by_share(fund, own)
        self.units[fund] = kept
        self.entered[fund] = [name for name in self.entered[fund] if name in kept]
        poison = set(self.poisoned[fund]) if own else set()
        if not kept:
            self.poisoned[fund] = set()
        self.debt[fund] += amount - own
        return taken + [BANK] * (amount - own), poison

    def _by_share(self, fund: str, own: int) -> tuple[list[str], list[str]]:
        counts = Counter(self.units[fund])
        names = self.entered[fund]
        taken: list[str] = []
        if self.method == "libr":
            taken = [OTHER] * min(own, counts[OTHER])
            names = [name for name in names if name != OTHER]
        rest = own - len(taken)
        total = sum(counts[name] for name in names)
        exact = {name: Fraction(rest * counts[name], total) for name in names} if total else {}
        whole = {name: int(share) for name, share in exact.items()}
        by_rest = sorted(names, key=lambda name: -(exact[name] - whole[name]))
        for name in by_rest[: rest - sum(whole.values())]:
            whole[name] += 1
        for name in names:
            taken += [name] * whole.get(name, 0)
        left = counts - Counter(taken)
        return taken, [name for name in self.entered[fund] for _ in range(left[name])]

    def move(
        self, source: str, target: str, amount: int, claims: Sequence[tuple[str, int]] = ()
    ) -> None:
        """Move an amount; the claimed units come first."""
        if source in self.units:
            units, poison = self.take(source, amount)
            own = sum(unit != BANK for unit in units)
            units = [OTHER if unit == BANK else unit for unit in units]
        else:
            units, poison, own = [OTHER] * amount, set(), amount
        if claims:
            named = [name for name, part in claims for _ in range(part)]
            units = named + units[len(named) :]
            poison |= {name for name, part in claims if part}
            own = amount
        if target not in self.units:
            self.sink(target, units, poison, own)
            return
        repaid = min(self.debt[target], amount)
        if repaid:
            fresh = Naive(self.method, [target], {})
            fresh.put(target, units, poison)
            paid, with_poison = fresh.take(target, repaid)
            self.sink(f"overdraft:{target}", paid, with_poison, repaid)
            self.debt[target] -= repaid
            units, poison = fresh.units[target], fresh.poisoned[target]
        self.put(target, units, poison)

    def sink(self, name: str, units: list[str], poison: set[str], own: int) -> None:
        """Remember what ended somewhere; poison takes all but the bank's units."""
        found = self.sinks.setdefault(name, Counter())
        if self.method == "poison":
            found.update(dict.fromkeys(poison, own))
        else:
            found.update(unit for unit in units if unit != OTHER)

    def figures(self) -> dict[str, dict[str, int]]:
        """Return what is whose in each fund and sink; nothing is not listed."""
        found: dict[str, dict[str, int]] = {}
        for name, units in self.units.items():
            if self.method == "poison":
                found[name] = dict.fromkeys(self.poisoned[name], len(units))
            else:
                found[name] = dict(Counter(unit for unit in units if unit != OTHER))
        found |= {name: dict(counts) for name, counts in self.sinks.items()}
        return {name: sums for name, sums in found.items() if any(sums.values())}


def naive_figures(
    moves: Sequence[Sequence[Any]],
    claims: Mapping[str, Sequence[tuple[str, int]]],
    method: str,
    openings: Mapping[str, int] | None = None,
    funds: Sequence[str] = ("a", "b", "c"),
) -> dict[str, dict[str, int]]:
    """Return what `histories.figures` should: moves are `(id, from, to, amount)`."""
    state = Naive(method, funds, openings or {})
    for row, source, target, amount in moves:
        state.move(source, target, amount, claims.get(row, ()))
    return state.figures()
