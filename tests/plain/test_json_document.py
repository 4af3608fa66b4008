"""One JSON document from an untrusted hand."""

from __future__ import annotations

import sys

import pytest

from forthwith.plain.json_document import DEEPEST, NotJsonError, load


def test_what_nests_too_deep_is_refused_whatever_the_recursion_limit():
    """Some libraries raise the limit for the whole process; the parser would run out of stack."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    try:
        for text in ("[" * 200_000, '{"a":' * 200_000):
            with pytest.raises(NotJsonError, match="deep"):
                load(text)
    finally:
        sys.setrecursionlimit(limit)


def test_brackets_side_by_side_or_inside_a_string_are_not_depth():
    flat = [[] for _ in range(DEEPEST * 3)]
    assert load(str(flat)) == flat
    assert load('["' + "[" * DEEPEST * 2 + '\\""]') == ["[" * DEEPEST * 2 + '"']


@pytest.mark.parametrize(
    "text", ['{"a": 1, "a": 2}', "NaN", "1e999", "[", '"\\', "9" * 5000, b"\xff", "", '"\ud800"']
)
def test_what_two_readers_would_read_differently_is_refused(text):
    with pytest.raises(NotJsonError):
        load(text)


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
def test_what_powershell_writes_with_a_redirection_is_read(order):
    """`az … > file.json` there gives UTF-16; nobody who exported it chose that."""
    mark = "\ufeff".encode(order)
    assert load(mark + '{"name": "Zoë"}'.encode(order)) == {"name": "Zoë"}
    with pytest.raises(NotJsonError, match="not UTF-16"):
        load(mark + '{"name": 1}'.encode(order) + b"\x20")


@pytest.mark.parametrize("text", [r'["\ud800"]', r'{"\udfff": 1}', r'[{"a": ["x\u0000"]}]'])
def test_a_text_that_cannot_be_written_out_again_is_refused(text):
    """Half of a character ends every program that prints it; a zero byte is in no table."""
    with pytest.raises(NotJsonError):
        load(text)


def test_whole_characters_and_escaped_escapes_are_texts():
    assert load(r'["\ud83d\ude00", "\\ud800", "\\u0000"]') == ["\U0001f600", "\\ud800", "\\u0000"]
