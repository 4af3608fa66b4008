"""Deep JSON is read by the same rules as any other."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.plain.json_deep import parse_deep
from forthwith.plain.json_document import NotJsonError, load

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def deep(text: str) -> object:
    """Parse it as deep texts are."""
    return parse_deep(text, dict, float, float)


@given(VALUES, st.sampled_from((None, 2)))
def test_it_reads_what_the_standard_library_reads(value: object, indent: int | None) -> None:
    """Value for value, however it is laid out."""
    text = json.dumps(value, indent=indent, ensure_ascii=indent is None)

    assert deep(text) == json.loads(text)


@given(st.text('[]{}:,"1.e-+tfn\\\\u ', max_size=12))
def test_it_refuses_what_the_standard_library_refuses(text: str) -> None:
    """Neither reads more than the other."""
    try:
        want: object = json.loads(text, object_pairs_hook=dict)
    except json.JSONDecodeError:
        with pytest.raises(json.JSONDecodeError):
            deep(text)
    else:
        assert deep(text) == want


def test_calls_nest_as_deep_as_the_chain_lets_them() -> None:
    """1,024 frames are 2,048 levels; what is deeper than asked for is refused."""
    text = '{"calls":[' * 1024 + "1.50" + "]}" * 1024
    value = load(text, exact=True, deepest=4096)
    for _ in range(1024):
        value = value["calls"][0]

    assert value == Decimal("1.50")
    assert str(value) == "1.50"
    with pytest.raises(NotJsonError, match="more than 200"):
        load(text)
    with pytest.raises(NotJsonError, match="twice"):
        load("[" * 300 + '{"a":1,"a":2}' + "]" * 300, deepest=4096)
    with pytest.raises(NotJsonError, match="NaN"):
        load("[" * 300 + "NaN" + "]" * 300, deepest=4096)


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_exact_numbers_keep_every_digit(value: Decimal) -> None:
    """As written, never through a float."""
    text = f"{value:f}"
    text = text if "." in text else f"{text}.0"

    assert str(load(text, exact=True)) == str(Decimal(text))
