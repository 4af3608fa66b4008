"""One rule for long cells, whichever reader came first; one guard against formulas."""

import csv
import io
import re
from pathlib import Path

import pytest

import forthwith
from forthwith.exports.tables import csv as fact_csv
from forthwith.loadfiles import dat
from forthwith.plain import csv_cells


def test_a_long_cell_is_read_whole() -> None:
    """A load file may hold the text of a document in one cell."""
    cell = "b" * (csv_cells.LONGEST + 1)

    assert next(csv_cells.reader(io.StringIO(f"a,{cell}\n"))) == ["a", cell]


def test_a_long_cell_is_refused_where_a_limit_is_asked_for() -> None:
    assert csv_cells.bounded(["a" * csv_cells.LONGEST]) == ["a" * csv_cells.LONGEST]
    with pytest.raises(csv.Error, match="131,072"):
        csv_cells.bounded(["a", "a" * (csv_cells.LONGEST + 1)])


def test_facts_read_alike_before_and_after_a_load_file() -> None:
    """The library's own limit is the process's: no reader may change it for another."""
    table = b"id,name,standing\na," + b"b" * 200_000 + b",sworn\n"

    before = fact_csv.read(table, "people.csv")
    dat.read(b"BEGDOC,ENDDOC\nA1,A1\n")

    assert fact_csv.read(table, "people.csv") == before
    assert [fault.line for fault in before[1]] == [2]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_cell_like_a_formula_is_written_as_text_and_read_back(sign: str) -> None:
    """Spreadsheets run what evidence brings, in full width too (OWASP, "CSV Injection")."""
    cell = f"{sign}HYPERLINK(1)"

    assert csv_cells.as_text(cell) == f"'{cell}"
    assert csv_cells.as_written(csv_cells.as_text(cell)) == cell


@pytest.mark.parametrize("cell", ["", "memo", "'quoted'", "2-of-3", "a=b", " "])
def test_any_other_cell_stays_as_it_is(cell: str) -> None:
    """A list of findings must say what the volume says."""
    assert csv_cells.as_text(cell) == cell
    assert csv_cells.as_written(cell) == cell


def test_no_other_module_keeps_signs_of_its_own() -> None:
    """Three lists of signs were kept, and the shortest left full-width formulas alone."""
    source = Path(forthwith.__file__).parent
    keep = [
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        if re.search(r"""["']=["'],\s*["']\+["'],\s*["']-["']|["']=\+-@""", path.read_text("utf-8"))
    ]

    assert keep == ["plain/csv_cells.py"]
