"""A redacted workbook is built anew, and what rests on a redacted cell is known."""

from __future__ import annotations

import io
import zipfile

import pytest
import xlsxwriter

from forthwith.domain.cell_ranges import CellRange
from forthwith.domain.evidence import Fault, Limits
from forthwith.domain.redactions import Redaction, Shape
from forthwith.produce.redacted_sheet import MEDIA_TYPE, dependants, rebuilt
from tests.builders.documents import document
from tests.builders.redacted import workbook


def over(span: str) -> list[Redaction]:
    return [Redaction(3, "FW00000001", Shape.CELLS, 0, None, span, "PII")]


def book(**cells: str) -> bytes:
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True})
    sheets = {"S": made.add_worksheet("S"), "T": made.add_worksheet("O'Neil & Co")}
    for place, value in cells.items():
        sheet = sheets[place[0]]
        write = sheet.write_formula if value.startswith("=") else sheet.write_string
        write(place[1:], value)
    made.define_name("Fees", "=S!$A$1")
    made.close()
    return out.getvalue()


def test_equal_workbooks_give_equal_bytes() -> None:
    about = document(media_type=MEDIA_TYPE)
    one = rebuilt(about, workbook(), over("Fees!A2:B2"), Limits())
    assert one == rebuilt(about, workbook(), over("Fees!A2:B2"), Limits())
    assert not isinstance(one, Fault)
    with zipfile.ZipFile(io.BytesIO(one.data)) as parts:
        assert b"<f>" not in b"".join(parts.read(name) for name in parts.namelist())


@pytest.mark.parametrize("span", ["Fees!A1:XFD1048576", "Nowhere!A1", "Fees", "Fees!A0"])
def test_a_range_is_burnt_whole_or_refused(span: str) -> None:
    made = rebuilt(document(media_type=MEDIA_TYPE), workbook(), over(span), Limits())
    if span.startswith("Fees!A1"):
        assert not isinstance(made, Fault)
        assert "Per Lund" not in made.text
        assert "what is left" in made.text
    else:
        assert isinstance(made, Fault)


def test_what_is_no_workbook_is_refused_with_a_fault() -> None:
    about = document(media_type="application/vnd.ms-excel")
    for data in (b"", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 9, workbook()[:900]):
        assert isinstance(rebuilt(about, data, over("Fees!A2"), Limits()), Fault)


def test_no_cell_becomes_a_formula_or_a_link() -> None:
    data = book(SA1="=1+1", SA2="@SUM(1)", SA3="https://x.example/a", SA4="+1")
    made = rebuilt(document(media_type=MEDIA_TYPE), data, over("S!B9"), Limits())
    assert not isinstance(made, Fault)
    with zipfile.ZipFile(io.BytesIO(made.data)) as parts:
        every = b"".join(parts.read(name) for name in parts.namelist())
    assert b"<f>" not in every
    assert b"hyperlink" not in every.replace(b"hyperlinkBase", b"")


@pytest.mark.parametrize(
    ("formulas", "found"),
    [
        ({"SB1": "=A1*2"}, ["S!B1"]),
        ({"SB1": "=SUM(A:A)", "SB2": "=B1+1", "SB3": "=C1"}, ["S!B1", "S!B2"]),
        ({"TB1": "=S!$A$1", "TB2": "=A1"}, ["'O''Neil & Co'!B1"]),
        ({"SB1": "=Fees*2"}, ["S!B1"]),
        ({"SB1": '=INDIRECT("A"&1)'}, ["S!B1"]),
        ({"SB1": '=IF(C1,"A1","no")'}, []),
        ({"SB1": "=1:1"}, ["S!B1"]),
        ({"SB1": "=LOG10(C9)"}, []),
    ],
    ids=["direct", "chain", "other sheet", "name", "indirect", "string", "row", "function"],
)
def test_cells_that_rest_on_a_redacted_one_are_known(
    formulas: dict[str, str], found: list[str]
) -> None:
    data = book(SA1="12", **formulas)
    spans = [CellRange.read("S!A1")]
    assert [cell.text for cell in dependants(data, MEDIA_TYPE, spans, Limits())] == found
