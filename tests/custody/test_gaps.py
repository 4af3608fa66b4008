"""Gaps: rows that share a place, and what is too tangled to decide."""

from __future__ import annotations

from dataclasses import replace

from forthwith.domain.fact_tables import FactRow
from tests.builders.custody import two_of_three


def test_two_open_rows_on_one_line_are_two_gaps():
    """A YAML file may hold all its rows in one line: to mend one of them is not to mend both."""
    made = two_of_three().means("c1", "c2", kind="copy", of="k1").complete("c1", "c2")
    made.has("adeyemi", "c1", disputed=True).has("adeyemi", "c2", disputed=True)
    line = FactRow("possessions", {}, "facts.yaml", 1)
    rows = tuple(replace(each, row=line) for each in made.facts.possessions)
    made.facts = replace(made.facts, possessions=rows)

    answer = made.ask("employer=halden", "wallet=cold")
    (gap,) = answer.gaps
    assert sorted(each.ask.partition("have ")[2].partition(" within")[0] for each in gap) == [
        "copy c1", "copy c2",
    ]  # fmt: skip
