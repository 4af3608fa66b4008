"""Text of evidence that neither steers a reader's screen nor hides on it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from forthwith.plain.visible import visible


def test_signs_that_turn_the_reading_order_are_written_out() -> None:
    assert visible("a\u202eb\u2066c\u200fd") == "a\\u202eb\\u2066c\\u200fd"


def test_what_no_file_can_hold_is_written_out() -> None:
    assert visible("\ud800\x00\x1b") == "\\ud800\\x00\\x1b"


def test_lines_become_one() -> None:
    assert visible("one\r\ntwo\tthree") == "one two three"


@given(st.text(max_size=200))
def test_visible_text_can_always_be_written_to_a_file(text: str) -> None:
    assert visible(visible(text)) == visible(text)
    assert "\n" not in visible(text).encode("utf-8").decode()
