"""Wildcards: matching agrees with a regular expression, and overlap with a search for a text."""

from __future__ import annotations

import itertools
import re

from hypothesis import given
from hypothesis import strategies as st

from forthwith.exports.aws_iam.evaluation import covers, overlaps

PATTERNS = st.text(alphabet="ab*?", max_size=6)
TEXTS = ["".join(t) for size in range(6) for t in itertools.product("ab", repeat=size)]


def matching(pattern: str) -> set[str]:
    shape = re.compile("".join({"*": ".*", "?": "."}.get(sign, sign) for sign in pattern))
    return {text for text in TEXTS if shape.fullmatch(text)}


@given(PATTERNS)
def test_a_pattern_covers_exactly_the_texts_it_matches(pattern: str) -> None:
    assert {text for text in TEXTS if covers(pattern, text)} == matching(pattern)


@given(PATTERNS, PATTERNS)
def test_a_pattern_that_covers_another_matches_all_that_the_other_does(a: str, b: str) -> None:
    assert not covers(a, b) or matching(b) <= matching(a)


@given(PATTERNS, PATTERNS)
def test_two_patterns_overlap_where_one_text_matches_both(a: str, b: str) -> None:
    assert overlaps(a, b) == overlaps(b, a)
    assert overlaps(a, b) or not matching(a) & matching(b)


@given(st.text(alphabet="ab*?", max_size=2), st.text(alphabet="ab*?", max_size=3))
def test_an_overlap_is_never_claimed_of_patterns_that_share_no_text(a: str, b: str) -> None:
    """Short patterns that share a text share a short one."""
    assert overlaps(a, b) == bool(matching(a) & matching(b))


def test_a_pattern_of_stars_takes_no_exponential_time() -> None:
    assert not covers("*a" * 500 + "b", "a" * 2000)
    assert overlaps("*a" * 200, "a*" * 200)
