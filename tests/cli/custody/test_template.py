"""Templates load as they are, and their examples are one arrangement without a fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from forthwith.domain.fact_tables import TABLES
from forthwith.workflows.custody.facts import facts_and_faults, facts_of, read_folder
from forthwith.workflows.custody.template import TEXTS, text
from tests.builders import facts_folder
from tests.cli.conftest import Command


def test_a_template_as_written_holds_no_rows_and_no_faults(run: Command, tmp_path: Path) -> None:
    done = run("-C", tmp_path, "custody", "template", "F")

    assert done.exit_code == 0, done.output
    assert {path.name for path in (tmp_path / "F").iterdir()} == {f"{name}.csv" for name in TABLES}
    found = read_folder(tmp_path / "F")
    assert (found.rows, found.faults, found.notes) == ((), (), ())
    assert run("-C", tmp_path, "custody", "load", "F").exit_code == 0


def test_the_examples_are_one_arrangement_without_faults(tmp_path: Path) -> None:
    """Whoever takes every # away sees all tables at work."""
    found = read_folder(facts_folder.example(tmp_path))
    facts, faults = facts_and_faults(found)

    assert faults == ()
    for name in TABLES:
        assert len(getattr(facts, name)) == len(TEXTS[name].examples) >= 1, name
    assert facts_of(tmp_path, Path()) == facts


@pytest.mark.parametrize("name", TABLES)
def test_every_column_is_explained_and_shown_where_it_must_be_filled(name: str) -> None:
    """No column more, none less, in the order of the header."""
    table, told = TABLES[name], TEXTS[name]
    written = text(table)

    assert tuple(told.columns) == table.columns
    for column in table.header:
        assert f"\n# {column}:" in written
    for example in told.examples:
        assert example.keys() >= set(table.columns) - table.optional | {"standing"}
    assert max(map(len, written.splitlines()[:-1])) <= 100


def test_nothing_is_written_over(run: Command, tmp_path: Path) -> None:
    """Not one of the tables, when one is there."""
    (tmp_path / "people.csv").write_text("mine")
    done = run("-C", tmp_path, "custody", "template", ".")

    assert done.exit_code == 2
    assert "people.csv already" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["people.csv"]
    assert (tmp_path / "people.csv").read_text() == "mine"
