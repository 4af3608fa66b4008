"""The exceptions log opens in a spreadsheet without running anything."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from forthwith.produce.manifest import Unsound, render


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_lines_are_in_order_and_once_each() -> None:
    lines = [Unsound("B2", "corrupt", "x"), Unsound("B1", "corrupt", "y")] * 2

    assert read(render(lines)) == [
        ["BATES", "REASON", "DETAIL"], ["B1", "corrupt", "y"], ["B2", "corrupt", "x"],
    ]  # fmt: skip


@given(st.text(), st.text())
def test_no_cell_is_a_formula_or_a_second_line(reason: str, detail: str) -> None:
    rows = read(render([Unsound("B1", reason, detail)]))

    assert len(rows) == 2
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in rows[1])
