"""Rows of facts: any texts for the file formats, and a sound small arrangement to break."""

from __future__ import annotations

from hypothesis import strategies as st

from forthwith.domain.fact_tables import TABLES, FactRow

#: Texts that a careless writer or reader of CSV or YAML would change.
_AWKWARD = ["#1", '"', "a, b", "a;b", "l1\nl2", "no", "~x", "- a", "{a}", "*a", "&a", "null",
            "2023-01-01", "=1+1", "é", "'", ": "]  # fmt: skip
CELLS = (st.sampled_from(_AWKWARD) | st.text("ab,;\"'#\n :-", max_size=8)).map(str.strip)


def tables(name: str) -> st.SearchStrategy[list[FactRow]]:
    """Return lists of one or more rows of a table, each with at least one cell."""
    columns = TABLES[name].header
    rows = st.tuples(*[CELLS] * len(columns)).filter(any)
    return st.lists(rows.map(lambda cells: row(name, **dict(zip(columns, cells, strict=True)))),
                    min_size=1, max_size=4)  # fmt: skip


def row(table: str, file: str = "", line: int = 0, **cells: str) -> FactRow:
    """Return a row with its cells in the order of the header; `from_` and `class_` lose the `_`."""
    given = {name.rstrip("_"): cell for name, cell in cells.items()}
    assert given.keys() <= set(TABLES[table].header), given
    ordered = {name: given[name] for name in TABLES[table].header if given.get(name)}
    return FactRow(table, ordered, file, line)
