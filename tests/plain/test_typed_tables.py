"""Tables typed by people: what is read, on which line, and what is refused in plain words."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.fact_tables import RowFault
from forthwith.plain import typed_tables
from forthwith.plain.typed_tables import Columns, TableRefusedError, TypedRow

COLUMNS = Columns(("number", "quote", "duty"), ("number", "quote"))
HEADER = b"number,quote,duty\n"


def rows(data: bytes) -> tuple[TypedRow, ...]:
    """Return every row; a fault fails the test."""
    found, faults = typed_tables.read("rows.csv", data, COLUMNS)
    assert faults == ()
    return found


def complaint(data: bytes) -> str:
    """Return the only fault as printed."""
    (fault,) = typed_tables.read("rows.csv", data, COLUMNS)[1]
    return str(fault)


@given(st.binary(max_size=60) | st.text('number,quote;"\n\r=\0', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(noise: bytes) -> None:
    """Never an exception, and never nothing at all: an empty table is a fault."""
    for data in (noise, HEADER + noise):
        found, faults = typed_tables.read("rows.csv", data, COLUMNS)
        assert found or faults
        assert all(fault.what and fault.do for fault in faults)


@pytest.mark.parametrize(
    "data",
    [
        b"number,quote,duty\n1,shall report,x\n",
        b"\xef\xbb\xbfnumber,quote,duty\r\n1,shall report,x\r\n",
        b"Number;Quote;Duty\n1;shall report;x\n",
        b"sep=;\r\nnumber;quote;duty\r\n1;shall report;x\r\n",
        b"duty\tquote\tnumber\nx\tshall report\t 1 \n",
        b'\n"number","quote","duty"\n1,"shall report",x\n,,,\n',
        b"number,quote,duty,\n1,shall report,x,\n",
    ],
)
def test_what_spreadsheets_write_is_read(data: bytes) -> None:
    assert [dict(each.cells) for each in rows(data)] == [
        {"number": "1", "quote": "shall report", "duty": "x"}
    ]


def test_lines_are_those_of_the_file() -> None:
    """Blank lines, line breaks in quotes and the separator's hint all count."""
    plain = HEADER + b'1,"shall\nreport",\n\n2,x,\n'

    assert [each.line for each in rows(plain)] == [2, 5]
    assert [each.line for each in rows(b"sep=,\n" + plain)] == [3, 6]


def test_a_column_that_is_left_out_is_empty() -> None:
    (row,) = rows(b"number,quote\n1,shall report\n")
    assert row["duty"] == ""


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the file is empty"),
        (b",,,\n", "the header lacks number, quote. Write the header as: number,quote,duty"),
        (HEADER, "there is a header and no row"),
        (b"number,quote,dutty\n1,a,b\n", "rows.csv:1: there is no column 'dutty'. Write 'duty'"),
        (b"number,quote,quote\n1,a,b\n", "the header has 'quote' twice"),
        (b"number,duty\n1,a\n", "the header lacks quote"),
        (HEADER + b"1,shall report, at once,x\n", "rows.csv:2: the row has 4 cells, the header 3"),
        (HEADER + b"1,shall report, at once,\n", "the row has 4 cells, the header 3"),
        (HEADER + b"1,a\n", "the row has 2 cells, the header 3. Put a cell that holds"),
        (b"number,quote,\n1,a,b\n", "'b' stands in a column without a heading"),
        (HEADER + b'1,"a"b,c\n', "rows.csv:2: the row that begins here does not read as CSV"),
        (HEADER + b'1,a,c\n2,"a,c\n', "rows.csv:3: the row that begins here"),
        (HEADER + b"1," + b"x" * 131_073 + b",c\n", "a cell has more than 131,072 characters"),
        (HEADER + b"1,caf\xe9,c\n", "rows.csv:2: byte 0xE9 here is not UTF-8 text"),
        (HEADER.decode().encode("utf-16"), "UTF-16"),
        (HEADER + b"1,a\0,c\n", "rows.csv:2: a zero byte"),
    ],
)
def test_what_cannot_be_read_says_where_and_what_to_do(data: bytes, says: str) -> None:
    assert says in complaint(data)


def test_cells_are_taken_or_each_is_a_fault_of_its_row() -> None:
    (row,) = rows(HEADER + b"1,soon,2023-02-30\n")
    cells = {
        "number": lambda held, _: held["number"],
        "quote": lambda held, _: typed_tables.day(held["quote"], "due day"),
        "duty": lambda held, what: typed_tables.day(held["duty"], what),
    }
    faults: list[RowFault] = []

    assert typed_tables.taken(row, "day", cells, faults) is None
    assert [str(each) for each in faults] == [
        "rows.csv:2: 'soon' is no due day. Write it as 2023-07-03.",
        "rows.csv:2: there is no day 2023-02-30. Look it up in a calendar.",
    ]
    (row,) = rows(HEADER + b"1,2023-07-03,2024-02-29\n")
    assert typed_tables.taken(row, "day", cells, faults) == {
        "number": "1", "quote": date(2023, 7, 3), "duty": date(2024, 2, 29),
    }  # fmt: skip


def test_a_refusal_names_forty_faults_and_counts_the_rest() -> None:
    faults = [RowFault("rows.csv", line, "a", "B") for line in range(50)]
    told = str(TableRefusedError("rows.csv", faults))

    assert told.count("\n") == 41
    assert told.endswith("… and 10 more.")
