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
                if _whole(fewer) and _happens(still, fewer):
                    facts, shrunk = fewer, True
    return facts


def _whole(facts: Facts) -> bool:
    """Say whether every row names what is there."""
    people, means = ({row.id for row in rows} for rows in (facts.people, facts.means))
    wallets, entities = ({row.id for row in rows} for rows in (facts.wallets, facts.entities))
    joined = {id_ for row in facts.same_as if row.kind == "means" for id_ in (row.a, row.b)}
    named = {id_ for row in facts.same_as if row.kind == "person" for id_ in (row.a, row.b)}
    named |= {row.person for row in (*facts.possessions, *facts.affiliations)}
    used = {row.means for row in (*facts.possessions, *facts.destructions)} | joined
    used |= {row.gives for row in facts.grants}.union(
        *(row.source.leaves() for row in facts.grants)
    )
    used |= {row.enforced_by for row in facts.approvals} | {row.of for row in facts.means}
    rules = (*facts.policies, *facts.approvals)
    used = used.union(*(row.formula.leaves() for row in rules)) - {""}
    parties = {row.entity for row in (*facts.affiliations, *facts.ownership)}
    parties |= {row.owner for row in facts.ownership} | {row.alias_of for row in facts.entities}
    for row in facts.completeness:
        noun, _, name = row.means.partition(":")
        {"person": named, "wallet": set(), "ways": used, "": used}.get(
            noun if name else "", set()
        ).add(name or row.means)
    return (
        named <= people
        and used - {"everything"} <= means
        and {row.wallet for row in rules} <= wallets
        and parties - {""} <= entities
    )


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
