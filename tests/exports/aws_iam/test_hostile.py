"""Outputs of the AWS CLI that somebody spoilt: refused, or rows; and no part of one in silence."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.fact_tables import Lifted
from forthwith.exports.aws_iam.lift import lift
from forthwith.exports.options import ImportOptions
from forthwith.exports.tables import csv as fact_csv
from tests.builders.aws_cli import file, whole
from tests.exports.aws_iam.cases import STAMP

Where: TypeAlias = tuple[str | int, ...]
FILES = whole()
#: Where anything may stand: words of a condition, and what an instance is made of.
_FREE = ("Condition", "Principal", "EncryptionContextSubset", "State")
JUNK: list[Any] = [
    None, True, 0, -1, 10**40, 1.5, "", " ", "\x00", "a,b", '"', "*", "x" * 3000, [], {}, [[]],
    [None], {"": None}, "2023-13-45", [7], {"a": 1},
]  # fmt: skip


def places(value: Any, here: Where = ()) -> Iterator[Where]:
    yield here
    inside: Any = ()
    if isinstance(value, dict | list):
        inside = value.items() if isinstance(value, dict) else enumerate(value)
    for name, part in inside:
        yield from places(part, (*here, name))


def at(value: Any, where: Where) -> Any:
    for name in where:
        value = value[name]
    return value


def read(number: int, body: Any) -> Lifted:
    files = list(FILES)
    files[number] = file(files[number][0], body)
    return lift(files, ImportOptions(STAMP))


def test_every_output_is_read_and_nothing_in_it_is_unread() -> None:
    made = lift(FILES, ImportOptions(STAMP))

    assert made.rows
    assert (made.unread, made.faults) == ((), ())


@pytest.mark.parametrize("number", range(1, len(FILES)), ids=[name for name, _ in FILES[1:]])
def test_a_key_nobody_knows_is_told_by_its_name_wherever_it_stands(number: int) -> None:
    sound = json.loads(FILES[number][1])
    for where in places(sound):
        body = copy.deepcopy(sound)
        if isinstance(at(body, where), dict) and not set(where) & set(_FREE):
            at(body, where)["zzqq17"] = "1"
            made = read(number, body)
            assert "zzqq17" in " ".join((*made.unread, *map(str, made.faults))), where


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_spoilt_output_is_refused_or_becomes_rows_that_can_be_kept(data: st.DataObject) -> None:
    number = data.draw(st.integers(1, len(FILES) - 1))
    body = json.loads(FILES[number][1])
    where = data.draw(st.sampled_from([place for place in places(body) if place]))
    at(body, where[:-1])[where[-1]] = copy.deepcopy(data.draw(st.sampled_from(JUNK)))
    made = read(number, body)

    assert not (made.rows and made.faults)
    assert not [row for row in made.rows if row.table == "completeness"]
    for table in {row.table for row in made.rows}:
        rows = [row for row in made.rows if row.table == table]
        again, faults = fact_csv.read(fact_csv.write(table, rows), f"{table}.csv")
        assert (len(again), faults) == (len(rows), ())
