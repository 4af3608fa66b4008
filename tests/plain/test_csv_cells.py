"""One rule for long cells, whichever reader came first."""

import csv
import io

import pytest

from forthwith.exports.tables import csv as fact_csv
from forthwith.loadfiles import dat
from forthwith.plain import csv_cells


def test_a_long_cell_is_read_whole() -> None:
    """A load file may hold the text of a document in one cell."""
    cell = "b" * (csv_cells.LONGEST + 1)

    assert next(csv_cells.reader(io.StringIO(f"a,{cell}\n"))) == ["a", cell]


def test_a_long_cell_is_refused_where_a_limit_is_asked_for() -> None:
    assert csv_cells.held(["a" * csv_cells.LONGEST]) == ["a" * csv_cells.LONGEST]
    with pytest.raises(csv.Error, match="131,072"):
        csv_cells.held(["a", "a" * (csv_cells.LONGEST + 1)])


def test_facts_read_alike_before_and_after_a_load_file() -> None:
    """The library's own limit is the process's: no reader may change it for another."""
    table = b"id,name,standing\na," + b"b" * 200_000 + b",sworn\n"

    before = fact_csv.read(table, "people.csv")
    dat.read(b"BEGDOC,ENDDOC\nA1,A1\n")

    assert fact_csv.read(table, "people.csv") == before
    assert [fault.line for fault in before[1]] == [2]
