"""CSV tables of facts: what is read, on which line, and what is refused in plain words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.fact_tables import TABLES, FactRow
from forthwith.exports.tables import csv as fact_csv
from tests.builders import fact_rows

HEADER = b"id,name,standing,cites,disputed\n"
SOUND = {"id": "a", "name": "b", "standing": "sworn"}


def cells(data: bytes, file: str = "people.csv") -> list[dict[str, str]]:
    """Return the cells of every row; a fault fails the test."""
    rows, faults = fact_csv.read(data, file)
    assert faults == ()
    return [dict(row.cells) for row in rows]


def complaint(data: bytes, file: str = "people.csv") -> str:
    """Return the only fault as printed."""
    (fault,) = fact_csv.read(data, file)[1]
    return str(fault)


@given(st.sampled_from(sorted(TABLES)).flatmap(fact_rows.tables))
def test_what_is_written_reads_to_the_same_rows(rows: list[FactRow]) -> None:
    """Commas, quotes, line breaks and leading # included."""
    table = rows[0].table
    read, faults = fact_csv.read(fact_csv.write(table, rows), f"{table}.csv")

    assert faults == ()
    assert [row.cells for row in read] == [row.cells for row in rows]


@given(st.binary(max_size=60) | st.text('id,name;"\n\r#=\0', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(noise: bytes) -> None:
    """Never an exception, whatever stands under the header or instead of it."""
    for data in (noise, HEADER + noise):
        _, faults = fact_csv.read(data, "people.csv")
        assert all(fault.what and fault.do for fault in faults)


def test_lines_are_those_of_the_file() -> None:
    """Comments, blank lines and line breaks in quotes all count."""
    data = b"# who\n\n" + HEADER + b'# one\na,"b\n# in quotes",sworn,,\n,,,,\n\nc,d,sworn,,\n'
    rows, faults = fact_csv.read(data, "people.csv")

    assert faults == ()
    assert [row.place for row in rows] == ["people.csv:5", "people.csv:9"]
    assert rows[0]["name"] == "b\n# in quotes"


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + HEADER + b"a,b,sworn,,\r\n",
        b"Standing, NAME ,id\nsworn,b,a\n",
        HEADER.replace(b",", b";") + b"a;b;sworn;;\n",
        b"sep=;\r\n" + HEADER.replace(b",", b";") + b"a;b;sworn;;\r\n",
        HEADER.replace(b",", b"\t") + b"a\tb\tsworn\t\t\n",
        HEADER.replace(b"\n", b",,\n") + b"a,b,sworn,,,,,\n",
        HEADER.replace(b"\n", b"\r") + b"a,b,sworn,,\r# end\r",
        b'"id","name","standing"\n"a","b","sworn"',
    ],
    ids=["mark", "order", "semicolon", "sep", "tab", "empty columns", "old line ends", "quoted"],
)
def test_what_spreadsheets_write_is_read(data: bytes) -> None:
    """One and the same row, as six programs would save it."""
    assert cells(data) == [SOUND]


def test_a_table_may_come_in_several_files() -> None:
    """The label after the first dot is the person's own, and folders do not matter."""
    data = HEADER + b"a,b,sworn,,\n"

    assert cells(data, "facts/0001/People.north.2023.CSV") == [SOUND]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "people.csv: the file is empty"),
        (b"# only this\n\n,,,\n", "people.csv: the file has no header"),
        (b"\xff\xfei\0d\0", "people.csv: the file is UTF-16, not UTF-8"),
        (HEADER + b"a,Jos\xe9,,,", "people.csv:2: byte 0xE9 here is not UTF-8"),
        (HEADER + b"\na,b\0,,,", "people.csv:3: a zero byte"),
        (b"id,name,standing,nmae\n", "people.csv:1: people has no column 'nmae'. Write 'name'"),
        (b"#\nid,name,standing,id\n", "people.csv:2: the header has id twice"),
        (b"id,standing\n", "people.csv:1: the header of people lacks name"),
        (b"id,name\n", "people.csv:1: the header of people lacks standing"),
        (HEADER + b"a,b,sworn\n", "people.csv:2: the row has 3 cells, the header 5"),
        (HEADER + b"a,b,sworn,,no,x\n", "people.csv:2: the row has 6 cells, the header 5"),
        (b"id,name,standing,\na,b,sworn,x\n", "people.csv:2: 'x' stands in a column without"),
        (HEADER + b'a,"b,sworn,,\nc,d,sworn,,\n', "people.csv:2: the row that begins here does"),
        (HEADER + b'a,"b"c,sworn,,\n', "people.csv:2: the row that begins here does not read"),
        (HEADER + b"a," + b"b" * 200_000, "people.csv:2: the row that begins here does not read"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_bad_file_is_refused_where_it_is_bad(data: bytes, said: str) -> None:
    """File, line, what; and what to do after it."""
    assert complaint(data).startswith(said)


@pytest.mark.parametrize(
    "file", ["peoples.csv", "people.txt", "people", "facts.csv", "people.yaml"]
)
def test_a_name_that_is_no_csv_table_is_refused(file: str) -> None:
    """The file's name says which table it is; nothing is guessed from its header."""
    assert "not that of a table" in complaint(HEADER, file)


@pytest.mark.parametrize("rest", [",,2023-01-01,,document,,\n", ",,2023-01-01,\n", "\n"])
def test_a_formula_without_its_quotes_is_one_fault_that_says_so(rest: str) -> None:
    """Also where the row has as many cells as the header, for its last ones were left out."""
    header = "wallet,path,formula,scope,from,to,standing,cites,disputed\n"
    data = (
        f"{header}w,signing,2 of (a, b, 1 of (c, d)){rest}w,signing,a and b,,2023-01-01,,sworn,,\n"
    )

    rows, (fault,) = fact_csv.read(data.encode(), "policies.csv")

    assert fault.line == 2
    assert fault.do == 'Quote it: "2 of (a, b, 1 of (c, d))"'
    assert [row["formula"] for row in rows] == ["a and b"]


def test_a_formula_whose_parenthesis_never_closes_is_the_formulas_own_fault() -> None:
    """Nobody can say which cells were it; a formula within one cell needs no quotes."""
    header = b"means,gives,from,to,condition,standing,cites,disputed\n"
    rows, faults = fact_csv.read(
        header + b"2 of (a,b,2023-01-01,,,sworn,,\nany of (a),b,2023-01-01,,,sworn,,\n",
        "grants.csv",
    )

    assert faults == ()
    assert [row["means"] for row in rows] == ["2 of (a", "any of (a)"]
