"""YAML tables of facts: the same rows as CSV, texts only, and nothing that expands."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.fact_tables import TABLES, FactRow
from forthwith.exports.tables import csv as fact_csv
from forthwith.exports.tables import yaml as fact_yaml
from tests.builders import fact_rows


def complaint(text: str, file: str = "people.yaml") -> str:
    """Return the only fault as printed."""
    (fault,) = fact_yaml.read(text.encode(), file)[1]
    return str(fault)


@given(st.sampled_from(sorted(TABLES)).flatmap(fact_rows.tables))
def test_csv_and_yaml_of_the_same_rows_read_alike(rows: list[FactRow]) -> None:
    """Whoever prefers one format loses nothing by it."""
    table = rows[0].table
    data = yaml.safe_dump([dict(row.cells) for row in rows], allow_unicode=True).encode()
    read, faults = fact_yaml.read(data, f"{table}.yaml")

    assert faults == ()
    as_csv, _ = fact_csv.read(fact_csv.write(table, rows), f"{table}.csv")
    assert [row.cells for row in read] == [row.cells for row in as_csv]


@given(st.binary(max_size=60) | st.text('id: -[]{},&*!|>?"\n\t%', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(noise: bytes) -> None:
    """Never an exception."""
    for file in ("people.yaml", "facts.yaml"):
        _, faults = fact_yaml.read(noise, file)
        assert all(fault.what and fault.do for fault in faults)


def test_scalars_stay_texts_and_rows_keep_their_lines() -> None:
    """No `no` becomes false, no day an object; only a bare null is nothing."""
    text = """\
# people of the matter
- {id: no, name: 2023-01-01, standing: 0x10, disputed: ~}
- id: 'null'
  cites: [BTS0001, BTS0002 BTS0003]
  name: >
    Ana
    Ortega
"""
    rows, faults = fact_yaml.read(text.encode(), "people.yaml")

    assert faults == ()
    assert [row.line for row in rows] == [2, 3]
    assert rows[0].cells == {"id": "no", "name": "2023-01-01", "standing": "0x10"}
    assert rows[1].cells == {
        "id": "null", "name": "Ana Ortega", "cites": "BTS0001; BTS0002 BTS0003",
    }  # fmt: skip


def test_one_file_may_hold_tables_by_name() -> None:
    """A table without rows is no fault."""
    rows, faults = fact_yaml.read(b"people:\n- id: a\nmeans:\n", "facts.north.yml")

    assert faults == ()
    assert [(row.table, row.place) for row in rows] == [("people", "facts.north.yml:2")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "people.yaml: the file is empty"),
        ("# only this\n", "people.yaml: the file has comments but no rows"),
        ("- id: a\n- id: a\n  id: b\n", "people.yaml:3: the row has id twice"),
        ("- id: a\n  nmae: b\n", "people.yaml:2: people has no column 'nmae'. Write 'name'"),
        ("- a\n", "people.yaml:1: a row of people is not columns"),
        ("id: a\n", "people.yaml:1: people is not a list of rows"),
        ("- id: [a]\n", "people.yaml:1: id is not one text"),
        ("- cites: {a: b}\n", "people.yaml:1: cites is not one text"),
        ("- cites: [[a]]\n", "people.yaml:1: cites holds a list or mapping"),
        ("- id: a\n---\n- id: b\n", "people.yaml:2: a second document"),
        ("- &a {id: a}\n- *a\n", "people.yaml:1: an anchor or alias"),
        ("- id: !!python/name:os.system a\n", "people.yaml:1: a tag is used here"),
        ("- id: a\n\tname: b\n", "people.yaml:2: this does not read as YAML"),
        ("- id: a\n  name: \x07\n", "people.yaml:2: a character here may not stand"),
        ("[" * 100_000, "people.yaml:1: lists and mappings are nested too deep"),
        ("- {a: " + "{a: " * 100_000, "people.yaml:1: lists and mappings are nested too deep"),
        ("- " * 100_000, "people.yaml:1: lists and mappings are nested too deep"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_bad_file_is_refused_where_it_is_bad(text: str, said: str) -> None:
    """File, line, what; and what to do after it."""
    assert complaint(text).startswith(said)


def test_aliases_that_would_grow_beyond_bounds_are_refused() -> None:
    """Nine lists of nine aliases each are four hundred million texts."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]

    assert "Write the value out" in complaint("\n".join(lines))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("peple: []\n", "facts.yaml:1: there is no table 'peple'. Write 'people'"),
        ("people: []\npeople: []\n", "facts.yaml:2: table people stands here twice"),
        ("- id: a\n", "facts.yaml:1: the file is not tables by name"),
        ("people: a\n", "facts.yaml:1: people is not a list of rows"),
    ],
)
def test_a_bad_file_of_tables_is_refused(text: str, said: str) -> None:
    """Table names are checked as headings are."""
    assert complaint(text, "facts.yaml").startswith(said)
