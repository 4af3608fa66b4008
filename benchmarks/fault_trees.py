"""Minimal sets of published fault trees: our choice of engine against each engine alone.

A fault tree is a policy read the other way round, and its minimal cut sets are minimal coalitions,
so the Aralia trees are the known hard problems of the custody room. Measured side by side, each run
in a new process that has the libraries loaded: our own choice; each engine behind the same cutting
into modules; and each library used plainly, one diagram for the whole tree, bottom up.
Run: python -m benchmarks.fault_trees [TREE…]
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from forthwith.custody.facts.network import Gate, Network
from forthwith.custody.minimal_sets import MinimalSets, minimal_sets

FOLDER = "custody/fault-trees"
_CORPORA = Path(__file__).resolve().parent.parent.parent / "shared/corpora"
#: Our own choice, the engines behind our modules, the libraries used plainly.
OURS, ENGINES, PLAIN = "auto", ("oxidd", "graphillion"), ("plain oxidd", "plain graphillion")
#: Ours against the fastest other on the same tree.
WANTED = 1.2
#: Runs, of which the median counts; seconds after which they are enough; seconds to wait for one.
_ROUNDS, _SLOW, _PATIENCE = 5, 1.0, 60
#: Below this, a difference between two runs is the clock's.
_TICK = 0.0005


def network_of(path: Path) -> Network:
    """Read a tree in Open-PSA XML: gates of or, and, atleast over events and gates."""
    nodes: dict[str, Gate] = {}
    for define in ET.parse(path).getroot().iter("define-gate"):
        _gate(f"gate {define.get('name')}", define[-1], nodes)
    used = {part for gate in nodes.values() for part in gate.of}
    (top,) = nodes.keys() - used
    return Network(top, nodes)


def _gate(name: str, formula: ET.Element, nodes: dict[str, Gate]) -> str:
    """Add a formula under a name, what is nested in it under names of its own."""
    if formula.tag in ("gate", "basic-event", "event", "house-event"):
        # A gate that only passes on.
        nodes[name] = Gate(1, (_part(name, 0, formula, nodes),))
        return name
    parts = tuple(_part(name, at, each, nodes) for at, each in enumerate(formula))
    counts = {"or": 1, "and": len(parts), "atleast": int(formula.get("min") or 0)}
    nodes[name] = Gate(counts[formula.tag], parts)
    return name


def _part(name: str, at: int, formula: ET.Element, nodes: dict[str, Gate]) -> str:
    if formula.tag == "gate":
        return f"gate {formula.get('name')}"
    if formula.tag in ("basic-event", "event"):
        return str(formula.get("name"))
    return _gate(f"{name}.{at}", formula, nodes)


def _with_engine(engine: str | None) -> Callable[[Network], int | None]:
    def count(network: Network) -> int | None:
        found = minimal_sets(network, engine=engine)
        return found.count if isinstance(found, MinimalSets) else None

    return count


def plain_oxidd(network: Network) -> int | None:
    """Build the whole tree as one BDD in depth-first order; then Rauzy's minsol, node by node."""
    from oxidd.bdd import BDDManager
    from oxidd.util import DDMemoryError

    names = _in_order(network)
    manager = BDDManager(1 << 24, 1 << 22, 1)
    manager.add_vars(len(names))
    values: dict[str, Any] = {name: manager.var(at) for at, name in enumerate(names)}
    try:
        for name in network.order():
            gate = network.nodes[name]
            parts = [values[part] for part in gate.of]
            values[name] = _joined(
                gate.k,
                parts,
                manager.true(),
                manager.false(),
                lambda a, b: a & b,
                lambda a, b: a | b,
            )
    except DDMemoryError:
        return None
    return _Minsol(manager, values[network.top]).count()


class _Minsol:
    """The textbook: minsol(f) = x·(minsol(f1) without f0) + minsol(f0), memorised."""

    def __init__(self, manager: Any, top: Any) -> None:
        sys.setrecursionlimit(100_000)
        self._nodes: list[tuple[int, int, int]] = [(1 << 30, 0, 0), (1 << 30, 1, 1)]
        self._numbers = {manager.false(): 0, manager.true(): 1}
        self._sets: list[tuple[int, int, int]] = list(self._nodes)
        self._known: dict[tuple[int, int, int], int] = {}
        self._without_of: dict[tuple[int, int], int] = {}
        self._least_of = {0: 0, 1: 1}
        self._top = self._numbered(top)

    def _numbered(self, function: Any) -> int:
        if function not in self._numbers:
            within, without = map(self._numbered, function.cofactors())
            self._nodes.append((function.node_level(), within, without))
            self._numbers[function] = len(self._nodes) - 1
        return self._numbers[function]

    def _set(self, level: int, within: int, without: int) -> int:
        if not within:
            return without
        key = (level, within, without)
        if key not in self._known:
            self._sets.append(key)
            self._known[key] = len(self._sets) - 1
        return self._known[key]

    def _without(self, sets: int, function: int) -> int:
        if not sets or function == 1:
            return 0
        if not function or sets == 1:
            return sets
        if (sets, function) not in self._without_of:
            level, yes, no = self._sets[sets]
            other, on, off = self._nodes[function]
            if level < other:
                made = self._set(level, self._without(yes, function), self._without(no, function))
            elif level > other:
                made = self._without(sets, off)
            else:
                made = self._set(level, self._without(yes, on), self._without(no, off))
            self._without_of[sets, function] = made
        return self._without_of[sets, function]

    def _least(self, function: int) -> int:
        if function not in self._least_of:
            level, on, off = self._nodes[function]
            found = self._without(self._least(on), off)
            self._least_of[function] = self._set(level, found, self._least(off))
        return self._least_of[function]

    def count(self) -> int:
        root, totals = self._least(self._top), [0, 1]
        for _, within, without in self._sets[2:]:
            totals.append(totals[within] + totals[without])
        return totals[root]


def plain_graphillion(network: Network) -> int | None:
    """Take the minimal sets of each gate from those of its parts, over one universe."""
    from graphillion import setset

    names = _in_order(network)
    setset.set_universe(names)
    values: dict[str, Any] = {name: setset([[name]]) for name in names}
    for name in network.order():
        gate = network.nodes[name]
        values[name] = _joined(
            gate.k,
            [values[part] for part in gate.of],
            setset([[]]),
            setset([]),
            lambda a, b: a.join(b).minimal(),
            lambda a, b: (a | b).minimal(),
        )
    return int(values[network.top].len())


def _joined(k: int, parts: list[Any], one: Any, zero: Any, both: Any, either: Any) -> Any:
    if k in (1, len(parts)):
        made = parts[0]
        for part in parts[1:]:
            made = either(made, part) if k == 1 else both(made, part)
        return made
    reached = [one, *[zero] * k]
    for part in parts:
        for j in range(k, 0, -1):
            reached[j] = either(reached[j], both(reached[j - 1], part))
    return reached[k]


def _in_order(network: Network) -> list[str]:
    """Return the leaves as a walk from the top first meets them."""
    seen, found, waiting = set[str](), list[str](), [network.top]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            if name in network.nodes:
                waiting.extend(reversed(network.nodes[name].of))
            else:
                found.append(name)
    return found


WAYS: dict[str, Callable[[Network], int | None]] = {
    OURS: _with_engine(None),
    **{name: _with_engine(name) for name in ENGINES},
    "plain oxidd": plain_oxidd,
    "plain graphillion": plain_graphillion,
}


def timed(path: Path) -> dict[str, dict[str, Any]]:
    """Count one tree every way; each run in a process of its own, because Graphillion remembers.

    Its tables of results outlive a run, so that a second one of the same tree only looks it up. The
    ways take turns, so that a busy machine slows all of them alike.
    """
    runs: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
    for _ in range(_ROUNDS):
        for way, done in runs.items():
            if sum(each["seconds"] for each in done) < _SLOW:
                done.append(_run(way, path))
    return {
        way: {
            "count": done[0]["count"],
            "seconds": statistics.median(each["seconds"] for each in done),
        }
        for way, done in runs.items()
    }


def _run(way: str, path: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.fault_trees", "--one", way, str(path)]
    try:
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=_PATIENCE
        )
    except subprocess.TimeoutExpired:
        return {"count": None, "seconds": float(_PATIENCE)}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _one(way: str, path: Path) -> None:
    """Print the count and the seconds of one run, the libraries loaded before."""
    small = {"t": Gate(1, ("g", "h")), "g": Gate(2, ("a", "b")), "h": Gate(2, ("a", "c"))}
    for engine in ENGINES:
        minimal_sets(Network("t", small), engine=engine)
    WAYS[way](Network("t", small))
    network = network_of(path)
    began = time.perf_counter()
    count = WAYS[way](network)
    print(json.dumps({"count": count, "seconds": time.perf_counter() - began}))


def rows_of(corpora: Path, trees: list[str]) -> list[dict[str, Any]]:
    """Return for each tree its size, its exact count and the seconds of each way."""
    found = []
    for path in sorted((corpora / FOLDER).glob("*.xml")):
        if trees and path.stem not in trees:
            continue
        network = network_of(path)
        ways = timed(path)
        counts = {each["count"] for each in ways.values() if each["count"] is not None}
        if len(counts) > 1:
            raise ArithmeticError(f"{path.stem}: the engines disagree: {counts}")
        found.append(
            {
                "tree": path.stem,
                "leaves": len(network.leaves()),
                "gates": len(network.order()),
                "count": ways[OURS]["count"],
                "seconds": {way: each["seconds"] for way, each in ways.items()},
                "undecided": [way for way, each in ways.items() if each["count"] is None],
            }
        )
    return found


def _fastest(row: dict[str, Any]) -> float:
    """Return the time of the fastest other way that came to an end."""
    others = (way for way in WAYS if way != OURS and way not in row["undecided"])
    return min((row["seconds"][way] for way in others), default=float(_PATIENCE))


def run(corpora: Path) -> list[dict[str, Any]]:
    """Return the worst tree, and the sum against that of each single way."""
    rows = rows_of(corpora, [])
    if not rows:
        return []
    worst = max(rows, key=lambda row: row["seconds"][OURS] / (_fastest(row) + _TICK))
    ours, fastest = worst["seconds"][OURS], _fastest(worst)
    made = [
        {
            "what": f"minimal sets of {len(rows)} fault trees, the worst of them: {worst['tree']}",
            "ours": f"{ours * 1000:.1f} ms",
            "peer": f"fastest single engine: {fastest * 1000:.1f} ms",
            "ratio": round(ours / fastest, 2),
            "limit": f"<= {WANTED}x",
            "met": ours <= WANTED * fastest + _TICK,
        }
    ]
    total = sum(row["seconds"][OURS] for row in rows)
    for way in WAYS:
        if way != OURS:
            peer = sum(row["seconds"][way] for row in rows)
            lost = sum(way in row["undecided"] for row in rows)
            made.append(
                {
                    "what": f"minimal sets of {len(rows)} fault trees, together",
                    "ours": f"{total:.3f} s",
                    "peer": f"{way}: {peer:.3f} s" + (f", {lost} not decided" if lost else ""),
                    "ratio": round(peer / total, 2),
                    "limit": "> 1x" if not lost else "",
                    "met": total < peer if not lost else None,
                }
            )
    return made


def table(rows: list[dict[str, Any]]) -> str:
    """Return all trees with the exact counts, times in milliseconds."""
    head = ["tree", "leaves", "gates", "minimal sets", *WAYS, "ratio"]
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    for row in rows:
        times = [
            f"{row['seconds'][way] * 1000:.1f}" if way not in row["undecided"] else "not decided"
            for way in WAYS
        ]
        count = f"{row['count']:,}" if row["count"] is not None else "not decided"
        ratio = f"{row['seconds'][OURS] / _fastest(row):.2f}"
        cells = [row["tree"], str(row["leaves"]), str(row["gates"]), count, *times, ratio]
        lines.append(f"| {' | '.join(cells)} |")
    sums = [f"{sum(row['seconds'][way] for row in rows) * 1000:.1f}" for way in WAYS]
    return "\n".join([*lines, f"| sum | | | | {' | '.join(sums)} | |"])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        _one(sys.argv[2], Path(sys.argv[3]))
    else:
        print(table(rows_of(_CORPORA, sys.argv[1:])))
