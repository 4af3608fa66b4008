"""Sworn sentences over sound facts, one call a sentence."""

from __future__ import annotations

from dataclasses import replace

from forthwith.custody.facts.facts import Facts, ProofLevel, Statement
from forthwith.domain.fact_tables import FactRow
from forthwith.domain.period import Period, day
from tests.builders.custody import Custody, two_of_three

#: A sentence that a careful reader has nothing to ask about, but that it speaks of one day.
SOUND = {"speaker": "ortega", "basis": "own knowledge", "cites": ("NGT90000001",)}


def says(
    facts: Facts | Custody,
    claim: str,
    as_of: str = "",
    start: str = "",
    end: str = "",
    **more: object,
) -> Facts:
    """Return the facts with one sentence more, S1, S2 and so on."""
    all_facts = facts.facts if isinstance(facts, Custody) else facts
    number = len(all_facts.statements) + 1
    cells = {
        "id": f"S{number}",
        "paper": f"PAPER{number}",
        "sentence": f"Sentence {number}.",
        "as_of": _one_day(as_of) if as_of else None,
        "period": Period.parse(start, end) if start else None,
        "standing": ProofLevel.SWORN,
        "row": FactRow("statements", {}, "statements.csv", number + 1),
        "claim": claim,
        **SOUND,
    }
    return replace(all_facts, statements=(*all_facts.statements, Statement(**{**cells, **more})))


def _one_day(text: str) -> Period:
    return Period(day(text), day(text).replace(day=day(text).day + 1))


def with_rows(
    facts: Facts, cites: str, *tables: str, standing: ProofLevel = ProofLevel.SWORN
) -> Facts:
    """Return the facts with every row of these tables sworn, citing one paper."""
    changed = {
        table: tuple(
            replace(row, standing=standing, cites=(cites,)) for row in getattr(facts, table)
        )
        for table in tables
    }
    return replace(facts, **changed)


__all__ = ["SOUND", "says", "two_of_three", "with_rows"]
