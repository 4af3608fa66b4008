"""Tracing a million moves: one claim under all five methods, a hundred under each.

Moves come in and go out of ten accounts, one in fifty between two of them, in cents; the claims'
accounts never run empty, so that nothing is traced away. Time is CPU time of this process: making
the flows ready (once for all methods) and each method with its steps. A hundred claims keep no
steps, for those of a million moves would fill the memory. The limits are the stated ones; beside
them stands the time of reading the same moves once and adding up balances, which any method must.
Run: python -m benchmarks.books_tracing
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

from forthwith.books.tracing.flows import CHAIN, Flow, Plan, plan
from forthwith.books.tracing.funds import METHODS
from forthwith.books.tracing.running import Run

MOVES, MANY, CLAIMS, ACCOUNTS = 1_000_000, 200_000, 100, 10
SECONDS, MICROSECONDS = 3.0, 20.0
#: What an account opens with, so that random outflows do not empty it.
_OPENING = 1 << 34


def history(moves: int, claims: int, accounts: int = ACCOUNTS) -> Iterator[Flow]:
    """Yield the moves in time; claims come in among the first, one account after the other."""
    rng = random.Random(29)
    names = [f"account-{number}" for number in range(accounts)]
    for number in range(moves):
        account = names[number % accounts]
        amount = rng.randrange(1, 10_000_000)
        if number < claims:
            claimed = ((number, amount * 1_000),)
            yield Flow(str(number), "payer", account, amount * 1_000, number, claims=claimed)
        elif accounts > 1 and rng.random() < 0.02:
            other = rng.choice([name for name in names if name != account])
            yield Flow(str(number), account, other, amount, number)
        elif rng.random() < 0.5:
            yield Flow(str(number), "payer", account, amount, number)
        else:
            yield Flow(str(number), account, f"payee-{number % 97}", amount, number)


def _plan(flows: list[Flow]) -> Plan:
    names = sorted({flow.target for flow in flows if flow.target.startswith("account")})
    return plan(flows, names, dict.fromkeys(names, _OPENING))


def _reading(flows: list[Flow]) -> float:
    """Return the seconds of the least that any method does: each move read, balances added up."""
    began = time.process_time()
    balances: dict[str, int] = {}
    for flow in flows:
        balances[flow.source] = balances.get(flow.source, 0) - flow.amount
        balances[flow.target] = balances.get(flow.target, 0) + flow.amount
    return time.process_time() - began


def one_claim() -> dict[str, Any]:
    """Return the first measurement as a line of the table."""
    flows = list(history(MOVES, 1))
    least = _reading(flows)
    began = time.process_time()
    made = _plan(flows)
    steps = made.arranged(CHAIN)
    ready = time.process_time() - began
    spent = {}
    for method in METHODS:
        began = time.process_time()
        run = Run(made, method)
        run.advance(steps)
        left = run.left(made.balances_at(len(steps)))
        gone = run.gone()
        spent[method] = time.process_time() - began
        whole = sum(sum(sums.values()) for sums in (left | gone).values())
        if method != "poison" and whole != sum(flow.claims[0][1] for flow in flows[:1]):
            raise AssertionError(f"{method} lost or made something")
        del run
    ours = sum(spent.values())
    parts = ", ".join(f"{method} {seconds:.2f}" for method, seconds in spent.items())
    return _line(
        f"tracing {MOVES:,} moves of {ACCOUNTS} accounts, one claim, five methods with steps",
        f"{ours:.2f} s ({parts}; + {ready:.2f} s to make ready)",
        f"reading the moves once: {least:.2f} s",
        ours / SECONDS,
        f"<= {SECONDS:.0f} s for the five",
        met=ours <= SECONDS,
    )


def many_claims(accounts: int) -> dict[str, Any]:
    """Return the time of a hundred claims, in one account or in ten."""
    flows = list(history(MANY, CLAIMS, accounts))
    least = _reading(flows)
    made = _plan(flows)
    steps = made.arranged(CHAIN)
    spent = {}
    for method in METHODS:
        began = time.process_time()
        run = Run(made, method, keep=False)
        run.advance(steps)
        run.gone()
        spent[method] = (time.process_time() - began) / MANY * 1e6
    worst = max(spent.values())
    parts = ", ".join(f"{method} {micro:.1f}" for method, micro in spent.items())
    where = f"{accounts} accounts" if accounts > 1 else "one account"
    return _line(
        f"the same, {CLAIMS} claims in {where}, {MANY:,} moves, each method",
        f"{worst:.1f} µs a move at most ({parts})",
        f"reading the moves once: {least / MANY * 1e6:.1f} µs",
        worst / MICROSECONDS,
        f"<= {MICROSECONDS:.0f} µs a move",
        met=worst <= MICROSECONDS,
    )


def _line(
    what: str, ours: str, peer: str, ratio: float, limit: str, *, met: bool
) -> dict[str, Any]:
    return {"what": what, "ours": ours, "peer": peer, "ratio": ratio, "limit": limit, "met": met}


def run(_corpora: Any = None) -> list[dict[str, Any]]:
    """Measure all three."""
    return [one_claim(), many_claims(ACCOUNTS), many_claims(1)]


if __name__ == "__main__":
    for row in run():
        print(row)
