"""The smallest register in which something still happens, for whoever has to mend it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from forthwith.custody.facts.facts import Facts
from forthwith.custody.facts.formula import formula_text
from tests.custody.judge.asked import TABLES


def smallest(facts: Facts, still: Callable[[Facts], bool]) -> Facts:
    """Leave out rows, one after another, as long as `still` says that it still happens."""
    shrunk = True
    while shrunk:
        shrunk = False
        for table in ("people", *TABLES):
            for row in getattr(facts, table):
                rest = tuple(other for other in getattr(facts, table) if other is not row)
                fewer = replace(facts, **{table: rest})
                if _happens(still, fewer):
                    facts, shrunk = fewer, True
    return facts


def _happens(still: Callable[[Facts], bool], facts: Facts) -> bool:
    try:
        return still(facts)
    except Exception:  # noqa: BLE001 - a register that lacks a row it needs is no smaller one
        return False


def written(facts: Facts) -> str:
    """Return the rows as one would read them, without what is empty or as usual."""
    lines = []
    for table in ("people", *TABLES):
        for row in getattr(facts, table):
            cells = []
            for name in row.__dataclass_fields__:
                value = getattr(row, name)
                if name in ("row", "cites", "note") or value in (None, "", False, ()):
                    continue
                if name == "standing":
                    value = f"{value}"
                elif name in ("formula", "source"):
                    value = formula_text(value)
                elif name == "classes":
                    value = "|".join(sorted(value))
                cells.append(f"{name}={value}")
            lines.append(f"{table}: {', '.join(cells)}")
    return "\n".join(lines)
