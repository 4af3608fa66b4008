"""What is missing is said once, whatever many sets and wallets share, and nothing is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.cli.custody.missing import missing_lines, shortened
from forthwith.custody.answers.answers import MissingFact
from tests.builders.fact_folder import fact_folder
from tests.cli.conftest import Command


def paths(wallet: str, cost: int = 1) -> MissingFact:
    """Return that the ways to move a wallet are all, as a missing fact."""
    fact = f"completeness: wallet:{wallet} on 1 May 2023"
    return MissingFact(fact, "nobody says", f"Show every way in which {wallet} could move.", cost)


def holders(means: str, who: str = "") -> MissingFact:
    but = f"nobody but {who}" if who else "nobody"
    ask = f"Show that no copy of key {means} existed, and that {but} had it within reach."
    return MissingFact(f"completeness: {means} on 1 May 2023", "nobody says", ask, 2)


def grant(line: int, gives: str = "k") -> MissingFact:
    place = f"grants.iam.csv:{line}"
    ask = f"Show that {place} did not give {gives}."
    return MissingFact(f"grants: not {place} on 1 May 2023", f"{place} may give {gives}", ask, 3)


def printed(*sets: tuple[MissingFact, ...], why: bool = False) -> list[str]:
    return [line.strip() for line in missing_lines(sets, why=why)]


def test_what_every_set_asks_for_stands_before_them_once() -> None:
    lines = printed((paths("w"), holders("a")), (paths("w"), holders("b", "Bo")))

    assert lines == [
        "In every one of these sets:",
        "- Show every way in which w could move.",
        "And besides:",
        "1. Show that no copy of key a existed, and that nobody had it within reach.",
        "2. Show that no copy of key b existed, and that nobody but Bo had it within reach.",
    ]


def test_what_several_sets_ask_for_stands_once_under_a_letter() -> None:
    first, second, third = grant(3), grant(7), holders("a")
    lines = printed((first, second), (second, third), (first, third), why=True)

    assert lines[-4:] == ["Sets:", "1. A1, A2", "2. A2, B", "3. A1, B"]
    assert lines[0].startswith("A1   Show that grants.iam.csv:3 did not give k.")
    assert "A2: the same of grants.iam.csv:7." in lines
    assert len(lines) == 9


def test_the_same_of_many_wallets_is_asked_once() -> None:
    wallets = tuple(paths(f"w{number}") for number in range(40))
    lines = printed(wallets)

    assert lines[0] == "1. Show every way in which w0 could move."
    assert lines[1].startswith("The same of w1, w2, w3,")
    assert lines[1].endswith("and 9 more (see --json).")
    assert len(lines) == 2


def test_who_had_it_and_what_gives_it_are_not_taken_for_the_same() -> None:
    """What is asked of the one would be untrue of the other."""
    assert printed((holders("a", "Ann"), holders("b", "Bo"), holders("c"))) == [
        "1. Show that no copy of key a existed, and that nobody but Ann had it within reach.",
        "The same of b (nobody but Bo).",
        "Show that no copy of key c existed, and that nobody had it within reach.",
    ]
    assert len(printed((grant(3), grant(7, "seed")))) == 2


@given(st.lists(st.sets(st.integers(0, 6), min_size=1), min_size=1, max_size=6))
def test_every_set_can_be_read_back(members: list[set[int]]) -> None:
    """By letter or in full: what is printed is what was to be printed."""
    kinds = [paths("w1"), paths("w2"), grant(3), grant(4), grant(5), holders("a"), grant(9, "z")]
    lines = list(
        missing_lines([[kinds[place] for place in sorted(one)] for one in members], why=True)
    )
    text = "\n".join(lines)

    for place in set().union(*members):
        subject = re.fullmatch(r".*?: (?:not |wallet:)?(\S+) on.*", kinds[place].fact)
        assert subject is not None
        file, _, line = subject[1].partition(":")
        assert re.search(rf"{file}:(\d+, )*{line}\b" if line else rf"\b{file}\b", text)
    if "Sets:" in lines:
        assert len(lines) - lines.index("Sets:") - 1 == len(members)
    elif len(members) > 1:
        assert sum(bool(re.match(r" *\d+\. ", line)) for line in lines) == len(members)


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("(listed: p.a.csv:2, p.a.csv:3, p.a.csv:4, q.csv:9)", "(listed: p.a.csv:2-4, q.csv:9)"),
        ("by p.csv:9, p.csv:2 and p.csv:3, since", "by p.csv:2, 3, 9, since"),
        ("p.csv:2 alone", "p.csv:2 alone"),
    ],
)
def test_rows_of_one_file_name_it_once(text: str, short: str) -> None:
    assert shortened(text) == short


def test_wallets_with_one_answer_are_printed_together(tmp_path: Path, run: Command) -> None:
    folder = fact_folder(tmp_path / "facts")
    wallets = next(folder.glob("wallets*.csv"))
    rows = wallets.read_text().splitlines()
    more = [f"more-{number},BTC,customer,,document,,," for number in range(3)]
    wallets.write_text("\n".join([*rows, *more]))

    out = run("-C", tmp_path, "custody", "ask", "--who", "everyone", "--facts", "facts", "--each")

    assert "Wallets (3) more-0, more-1, more-2:\n" in out.output
