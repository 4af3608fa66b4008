"""The histories worked by hand: 13 of them, 59 results, to the unit."""

from __future__ import annotations

from pathlib import Path

import pytest

from .histories import figures, vectors


@pytest.mark.corpus
def test_each_method_leaves_what_the_vectors_say(corpora: Path) -> None:
    """Worked by hand, by an engine and by a second one; this is a third."""
    results = [
        (vector["name"], method, figures(vector["moves"], vector["claims"], method), want)
        for vector in vectors(corpora)["vectors"]
        for method, want in vector["want"].items()
    ]

    assert len(results) == 59
    assert [row[:2] for row in results if row[2] != row[3]] == []


@pytest.mark.parametrize(
    ("method", "want"),
    [
        ("fifo", {"s": {"C": 430}, "a": {"C": 25}}),
        ("libr", {"s": {"C": 430}, "a": {"C": 25}}),
        ("poison", {"s": {"C": 430}, "a": {"C": 358}}),
    ],
)
def test_later_money_of_ones_own_restores_nothing(method: str, want: object) -> None:
    """Roscoe v Winder [1915] 1 Ch 62: the balance fell to 25, and 25 is what can be traced."""
    moves = [("1", "x", "a", 455), ("2", "a", "s", 430), ("3", "x", "a", 333)]

    assert figures(moves, {"1": [("C", 455)]}, method) == want


def test_a_court_s_own_figures_come_out() -> None:
    """Wiand v. Lee (Bankr. M.D. Fla.): 100,000 of 256,710 moved on; 38,954 of it was the scheme's.

    The order of the two deposits is ours.
    """
    moves = [("0", "x", "a", 156_710), ("1", "x", "a", 100_000), ("2", "a", "b", 100_000)]

    assert figures(moves, {"1": [("C", 100_000)]}, "pro_rata") == {
        "a": {"C": 61_046},
        "b": {"C": 38_954},
    }


def test_what_repays_an_overdraft_is_gone_to_the_bank() -> None:
    """Balance -30, then a claim of 100: 30 of it repays, by the fund's own method."""
    moves = [("0", "x", "a", 20), ("1", "a", "s", 50), ("2", "x", "a", 100), ("3", "a", "t", 50)]

    for method in ("fifo", "lifo", "pro_rata", "libr", "poison"):
        assert figures(moves, {"2": [("C", 100)]}, method) == {
            "overdraft:a": {"C": 30},
            "t": {"C": 50},
            "a": {"C": 20},
        }
