"""Standards are data: complete, in order, each rule with its source."""

from __future__ import annotations

import pytest

from forthwith.domain import fields
from forthwith.domain.errors import ForthwithError
from forthwith.standards import loader

REQUIRED = {
    "always", "family", "parent", "child", "email", "edoc", "native", "imaged", "held",
    "deduplicated", "withheld", "redacted", "designated", "labelled",
}  # fmt: skip
FIELD_NAMES = {value for name, value in vars(fields).items() if name.isupper()
               and isinstance(value, str)}  # fmt: skip


def test_the_sec_standard_has_its_37_columns_in_order() -> None:
    """The order is the standard's, without a hole."""
    standard = loader.load()

    assert [column.order for column in standard.columns] == list(range(1, 38))
    assert standard.header[:2] == ("FIRSTBATES", "LASTBATES")
    assert standard.header[36] == "OCRPATH"


def test_delimiters_are_the_standards() -> None:
    rules = loader.load().load_file

    assert (rules.field, rules.quote, rules.newline) == ("\x14", "\xfe", "\xae")


@pytest.mark.parametrize("column", [*loader.load().columns, *loader.load().extras])
def test_each_column_says_what_fills_it_when_and_whence(column: loader.Column) -> None:
    """A rule without its source is an opinion."""
    kind, _, what = column.fill.partition(":")

    assert column.required in REQUIRED
    assert column.source
    assert kind in {"field", "date", "time", "rule"}
    assert kind == "rule" or what in FIELD_NAMES


def test_no_alias_names_two_columns() -> None:
    """Else a foreign header would be read two ways."""
    standard = loader.load()
    names = [a for c in (*standard.columns, *standard.extras) for a in (c.name, *c.aliases)]

    assert len(names) == len(set(names))


def test_a_clause_is_cited_by_its_title() -> None:
    assert loader.load().cite("G4") == "SEC Data Delivery Standards 8/2021, General 4"


def test_an_unknown_standard_names_those_there_are() -> None:
    with pytest.raises(ForthwithError, match="sec/2021-08"):
        loader.load("sec/1999-01")
