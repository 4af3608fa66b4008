"""The same words are the same person; what is merely near is never taken for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.plain.person_names import Match, match


@pytest.mark.parametrize(
    ("one", "other", "how"),
    [
        ("Ortega, Marisol", "Marisol Ortega", Match.SAME),
        ("ORTEGA,  marisol", "Marisol Ortega", Match.SAME),
        ("van der Berg, Jan", "Jan van der Berg", Match.SAME),
        ("O'Neill, Ann-Marie", "Ann-Marie O’Neill", Match.PERHAPS),
        ("Ortega Marisol", "Marisol Ortega", Match.PERHAPS),
        ("M. Ortega", "Marisol Ortega", Match.PERHAPS),
        ("Marisol J. Ortega", "Marisol Ortega", Match.PERHAPS),
        ("Marisol Ortego", "Marisol Ortega", Match.PERHAPS),
        ("José Díaz", "Jose Diaz", Match.PERHAPS),
        ("marisol.ortega@northgate.example", "Marisol Ortega", Match.PERHAPS),
        ("Marco Ortega", "Marisol Ortega", Match.OTHER),
        ("Per Lindqvist", "Marisol Ortega", Match.OTHER),
        ("", "Marisol Ortega", Match.OTHER),
        ("Ortega", "Marisol Ortega", Match.OTHER),
    ],
)
def test_names(one: str, other: str, how: Match) -> None:
    assert match(one, other) is how
    assert match(other, one) is how


@given(st.text(max_size=30), st.text(max_size=30))
def test_it_does_not_matter_which_comes_first(name: str, other: str) -> None:
    assert match(name, other) is match(other, name)
