"""Workbooks among exports: every sheet as the CSV it would have been."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from forthwith.domain.fact_tables import Stamp
from forthwith.exports.options import ImportOptions
from forthwith.workflows.custody.imports import ImportedExport, take
from forthwith.workflows.custody.workbooks import opened

HEAD = ["Employee ID", "Name", "Company", "Hire date", "Last day of work"]
ANN: list[Any] = ["E1", "Ann Veld", "Bramble Ltd.", date(2021, 2, 1), date(2023, 4, 3)]


def book(since_1904: bool = False, **sheets: list[list[Any]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"date_1904": since_1904}) as made:
        day = made.add_format({"num_format": "dd/mm/yyyy"})
        for title, rows in sheets.items():
            sheet = made.add_worksheet(title)
            for number, cells in enumerate(rows):
                for place, cell in enumerate(cells):
                    if isinstance(cell, date):
                        sheet.write_datetime(number, place, cell, day)
                    else:
                        sheet.write(number, place, cell)
    return out.getvalue()


def taken(tmp_path: Path, data: bytes) -> ImportedExport:
    (tmp_path / "staff.xlsx").write_bytes(data)
    options = ImportOptions(Stamp("2023-06-17"))
    return take(tmp_path, "hr", [tmp_path / "staff.xlsx"], tmp_path / "facts", options)


@pytest.mark.parametrize("since_1904", [False, True])
def test_days_of_a_workbook_are_the_days_its_cells_show(tmp_path: Path, since_1904: bool) -> None:
    """03/04/2023 in a cell is a number, and the workbook says from when it counts."""
    made = taken(tmp_path, book(since_1904, Staff=[HEAD, ANN]))

    assert not made.faults
    rows = [row for row in made.lifted.rows if row["kind"] == "employer"]
    assert {(row["from"], row["to"]) for row in rows} == {("2021-02-01", "2023-04-04")}


def test_a_fault_names_the_row_the_spreadsheet_shows(tmp_path: Path) -> None:
    blank: list[Any] = [""] * 5
    made = taken(tmp_path, book(Staff=[HEAD, blank, blank, ["E1", "Ann", "X", "soon", ""]]))

    assert [fault.line for fault in made.faults if "soon" in fault.what] == [4]


def test_a_sheet_that_is_no_list_of_people_is_named_and_left_out(tmp_path: Path) -> None:
    leavers = [*ANN[:1], "Bo Li", *ANN[2:]]
    made = taken(
        tmp_path,
        book(
            Staff=[HEAD, ANN],
            Leavers=[HEAD, ["E2", *leavers[1:]]],
            Notes=[["Ask", "Di"], ["about", "Q3"]],
        ),
    )

    assert not made.faults
    assert [row["id"] for row in made.lifted.rows if row.table == "people"] == ["E1", "E2"]
    assert made.lifted.unread == ("staff.xlsx [Notes]: the whole sheet",)


@pytest.mark.parametrize(
    "spoilt",
    [lambda data: data[:200], lambda data: b"PK\x03\x04" + b"\0" * 90, lambda _: book(A=[])],
)
def test_a_workbook_that_does_not_open_is_a_fault_in_words(tmp_path: Path, spoilt: Any) -> None:
    made = taken(tmp_path, spoilt(book(Staff=[HEAD, ANN])))

    assert made.faults
    assert not made.files


def test_a_row_of_a_number_no_row_has_is_a_fault() -> None:
    """Each row's number is a line of the CSV, so it could ask for a file without end."""
    data = book(Staff=[HEAD, ANN])
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, re.sub(rb'<row r="2"', b'<row r="2000000"', part))
    files, faults = opened([("staff.xlsx", out.getvalue())])

    assert not files
    assert "a number no row can have" in faults[0].what


def test_a_number_that_is_an_id_keeps_its_figures(tmp_path: Path) -> None:
    """1001 in a cell is stored as a number; "1001.0" would be somebody else."""
    made = taken(tmp_path, book(Staff=[HEAD, [1001, *ANN[1:]], [20_000_017, *ANN[1:]]]))

    people = [row["id"] for row in made.lifted.rows if row.table == "people"]
    assert people == ["1001", "20000017"]
