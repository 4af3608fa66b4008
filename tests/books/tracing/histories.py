"""Histories of funds for the tests: those worked by hand, and random ones with small amounts."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from forthwith.books.tracing.flows import Flow, Plan, plan
from forthwith.books.tracing.running import Run

Figures = dict[str, dict[str, int]]
FUNDS = ("a", "b", "c")


def vectors(corpora: Path) -> dict[str, Any]:
    """Return the golden histories and days."""
    found: dict[str, Any] = json.loads((corpora / "books/golden/tracing.json").read_text())
    return found


def figures(
    moves: Sequence[Sequence[Any]],
    claims: Mapping[str, Iterable[Sequence[Any]]],
    method: str,
    openings: Mapping[str, int] | None = None,
    funds: Sequence[str] = FUNDS,
) -> Figures:
    """Return what each claim left where: moves are `(id, from, to, amount)`, funds a, b and c."""
    names = list(dict.fromkeys(name for parts in claims.values() for name, _ in parts))
    flows = [
        Flow(row, source, target, amount, left, claims=tuple(
            (names.index(name), part) for name, part in claims.get(row, ())
        ))
        for left, (row, source, target, amount) in enumerate(moves)
    ]  # fmt: skip
    found = outcome(plan(flows, funds, openings), method)
    return {
        place: {names[tag]: part for tag, part in sums.items()} for place, sums in found.items()
    }


def outcome(made: Plan, method: str, order: str = "chain") -> dict[str, dict[int, int]]:
    """Return what is in each fund and sink in the end, by tag."""
    steps = made.arranged(order)
    run = Run(made, method)
    run.advance(steps)
    return run.gone() | run.left(made.balances_at(len(steps)))


def random_moves(seed: int, length: int = 12, funds: int = 3) -> list[tuple[str, str, str, int]]:
    """Return moves between funds, sinks and the outside, so small that ties and zeros are many."""
    rng = random.Random(seed)
    places = FUNDS[:funds]
    made = []
    for number in range(length):
        source = rng.choice((*places, "x"))
        target = rng.choice([name for name in (*places, "s", "t") if name != source])
        if source == "x" and target in "st":
            target = rng.choice(places)
        made.append((str(number), source, target, rng.randint(1, 9)))
    return made
