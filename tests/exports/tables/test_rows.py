"""Rows of a lift: what one grant says already, another need not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from forthwith.exports.tables.rows import AND, needful

_SPAN = st.tuples(
    st.sets(st.sampled_from("abc")).map(lambda doubts: AND.join(sorted(doubts))),
    st.integers(1, 5).map(lambda day: f"2024-01-0{day}"),
    st.integers(5, 9).map(lambda day: f"2024-01-0{day}" if day < 9 else ""),
)


def _given(spans: list[tuple[str, str, str]], day: str) -> set[frozenset[str]]:
    """The least sets of doubts under which something is granted on a day."""
    sets = {
        frozenset(filter(None, doubts.split(AND)))
        for doubts, start, end in spans
        if start <= day and (not end or day < end)
    }
    return {doubts for doubts in sets if not any(other < doubts for other in sets)}


@given(st.lists(_SPAN, max_size=8))
def test_leaving_out_what_is_needless_changes_no_day(spans: list[tuple[str, str, str]]) -> None:
    """On every day the same doubts stand between the means and what it gives."""
    for day in range(1, 10):
        assert _given(needful(spans), f"2024-01-0{day}") == _given(spans, f"2024-01-0{day}")


def test_outright_leaves_nothing_else() -> None:
    """A condition beside an outright grant would read like a doubt about it."""
    spans = [("if it rains", "2024-01-01", ""), ("", "2024-01-01", "")]

    assert needful(spans) == [("", "2024-01-01", "")]
