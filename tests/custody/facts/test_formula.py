"""Formulas as a person writes them, and the networks they mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.custody.facts.formula import MOST_DEEP, BadFormulaError, parse, show
from forthwith.custody.facts.network import BadNetworkError, Gate, Network

NAMES = st.text('ab1:()", é\t', min_size=1, max_size=6).filter(str.strip) | st.sampled_from(
    ["of", "AND", "any", "2", "s1", "key:03ab", "(1)", "(2)"]
)


@st.composite
def gates(draw: st.DrawFn, parts: st.SearchStrategy[str]) -> str:
    """Return a formula over formulas, in one of the shapes of the grammar."""
    chosen = draw(st.lists(parts, min_size=1, max_size=4))
    shape = draw(st.sampled_from(["any", "all", "and", "or", "count"]))
    if shape in ("and", "or"):
        return "(" + f" {shape} ".join(chosen) + ")"
    count = str(draw(st.integers(1, len(chosen)))) if shape == "count" else shape
    return f"{count} of ({', '.join(chosen)})"


FORMULAS = st.recursive(NAMES.map(lambda name: show(Network(name, {}))), gates, max_leaves=12)


@given(NAMES)
def test_any_name_can_be_written_and_comes_back(name: str) -> None:
    """Quotes are put where they are needed, and only there."""
    assert parse(show(Network(name, {}))) == Network(name, {})


@given(FORMULAS)
def test_what_is_shown_reads_to_the_same_network(text: str) -> None:
    """Even gate names come back: parts are numbered before what they are parts of."""
    network = parse(text)

    assert parse(show(network)) == network


@given(FORMULAS)
def test_no_gate_takes_the_name_of_a_leaf(text: str) -> None:
    """A leaf written in quotes may look like a generated name."""
    network = parse(text)

    assert all(1 <= gate.k <= len(gate.of) for gate in network.nodes.values())
    assert parse(text).order()[-1:] in ((), (network.top,))


@given(st.text('ab12 (),"ofandr', max_size=40))
def test_any_text_is_read_or_refused_with_its_place(text: str) -> None:
    """Nothing but BadFormulaError, and its place lies in the text or just behind it."""
    refused: BadFormulaError | None = None
    try:
        parse(text)
    except BadFormulaError as bad:
        refused = bad
    assert refused is None or 1 <= refused.at <= len(text) + 1
    assert refused is None or str(refused).startswith(f"at character {refused.at}: ")


@pytest.mark.parametrize(
    ("text", "gate"),
    [
        ("2 of (a, b, c)", Gate(2, ("a", "b", "c"))),
        ("any of (a, b)", Gate(1, ("a", "b"))),
        ("ALL OF (a, b)", Gate(2, ("a", "b"))),
        ("a and b and c", Gate(3, ("a", "b", "c"))),
        ("a or b", Gate(1, ("a", "b"))),
        ("2 of (a, a, b)", Gate(2, ("a", "a", "b"))),
        ('"of" or 2', Gate(1, ("of", "2"))),
        ("1 of(((a)),b)", Gate(1, ("a", "b"))),
    ],
)
def test_each_form_is_one_gate(text: str, gate: Gate) -> None:
    """The grammar, form by form."""
    assert parse(text) == Network("(1)", {"(1)": gate})


def test_a_name_alone_has_no_gate() -> None:
    """A number is a name where no `of` follows."""
    assert parse(" s1 ") == Network("s1", {})
    assert parse("2") == Network("2", {})


def test_a_gate_steps_aside_for_a_leaf_called_like_it() -> None:
    """The leaf is "(1)" in quotes, so the gate is "(2)"."""
    assert parse('"(1)" or b') == Network("(2)", {"(2)": Gate(1, ("(1)", "b"))})


def test_equal_texts_give_one_network() -> None:
    """A hundred thousand rows over fifty policies are read fifty times."""
    assert parse("2 of (a, b, x)") is parse("2 of (a, b, x)")


@pytest.mark.parametrize(
    ("text", "at", "word"),
    [
        ("", 1, "empty"),
        ("2 of (a,, b)", 9, "','"),
        ("2 of (a, b", 1, "not closed"),
        ("a b", 3, "comma missing"),
        ("any of ()", 9, r"'\)'"),
        ("a and 0 of (b)", 7, "asks for nothing"),
        ("3 of (a, b)", 1, "cannot be met"),
        ("9" * 5000 + " of (a, b)", 1, "cannot be met"),
        ("2 of a", 6, "parentheses"),
        ("a and b or c", 9, "group"),
        ("a, b", 2, "outside a list"),
        ("(a, b)", 3, "outside a list"),
        ("a)", 2, "never opened"),
        ("a and", 6, "the end"),
        ("any", 1, "double quotes"),
        ('"a', 1, "not closed"),
        ('a or ""', 6, "empty"),
        ("(" * 10_000, MOST_DEEP + 1, "deeper"),
        ("(" * 10_000 + "a" + ")" * 10_000, MOST_DEEP + 1, "deeper"),
        ("1 of (" * 10_000, MOST_DEEP * 6 + 1, "deeper"),
        ("a" * 1_000_001, 1_000_000, "too long"),
        (f"2 of ({','.join('a' * 10_001)})", 1, "too big"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_bad_formula_is_refused_at_its_character(text: str, at: int, word: str) -> None:
    """The person sees where, and why."""
    with pytest.raises(BadFormulaError, match=f"^at character {at}: .*{word}"):
        parse(text)


def test_a_network_of_shared_parts_that_no_text_can_hold_is_refused() -> None:
    """Sixty doublings would be a text longer than any disk."""
    nodes = {f"g{i}": Gate(2, (f"g{i - 1}", f"g{i - 1}")) for i in range(1, 61)}

    with pytest.raises(BadNetworkError, match="no formula"):
        show(Network("g60", nodes))
