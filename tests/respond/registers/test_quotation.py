"""Quotations: found with the allowances told, or misquoted with the word named."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.respond.registers.quotation import match, nearest, quotations

DOCUMENT = (
    "No person at Halden is non-\naffiliated with the  quorum; the Company’s shareholders\n"
    "hold twoof three shares. They may sign, together, any transfer of customer assets at once."
)
SPACING, TYPE = "spacing and line breaks", "typographic signs"
HYPHENS, JOINS = "hyphens at line ends", "words run together"


@pytest.mark.parametrize(
    ("quoted", "how"),
    [
        ("They may sign, together", ()),
        ("with the quorum; the", (SPACING,)),
        ("the Company's shareholders", (TYPE,)),
        ("is non-affiliated with", (HYPHENS,)),
        ("is non- affiliated with", (HYPHENS,)),
        ("is nonaffiliated with", (HYPHENS,)),
        ("hold two of three shares", (JOINS,)),
        ("the Company's shareholders hold", (SPACING, TYPE)),
        ("[t]hey may sign", ("a letter in brackets",)),
        ("They may sign … any transfer", ("an ellipsis",)),
        ("They may sign, . . . any transfer", ("an ellipsis",)),
        ("[The holders] may sign, together", ("words in brackets",)),
        ("may sign [sic], together", ("words in brackets",)),
    ],
)
def test_a_quotation_is_found_and_says_what_it_took(quoted: str, how: tuple[str, ...]) -> None:
    found = match(quoted, DOCUMENT)

    assert found.found
    assert found.how == how
    assert DOCUMENT[found.start : found.end]


@pytest.mark.parametrize(
    ("quoted", "wrong"),
    [
        ("may sign, together, every transfer of customer assets", (("every", "any"),)),
        ("No person at Halden is affiliated with the quorum", (("affiliated", "non-affiliated"),)),
        ("may sign, any transfer of customer assets", (("", "together,"),)),
        ("They may now sign, together, any transfer", (("now", ""),)),
        ("they may sign, together, any transfer", (("they", "They"),)),
        ("something else that nobody wrote anywhere", ()),
    ],
)
def test_a_misquotation_names_the_word(quoted: str, wrong: tuple[tuple[str, str], ...]) -> None:
    found = match(quoted, DOCUMENT)

    assert not found.found
    assert found.wrong == wrong
    assert all(word in found.says for pair in wrong for word in pair)


def test_a_hyphen_inside_a_line_is_a_letter_like_others() -> None:
    """To re-sign a transfer is not to resign it."""
    assert not match("will resign the note", "they will re-sign the note").found
    assert match("will re-sign the note", "they will re-\nsign the note").found


def test_what_lies_far_apart_is_not_joined_by_brackets() -> None:
    assert not match("start [and] finish", "start " + "x " * 500 + "finish").found
    assert match("start … finish", "start " + "x " * 500 + "finish").found


def test_an_empty_document_or_quotation_is_no_match() -> None:
    assert not match("three words here", "").found
    assert not match("", DOCUMENT).found
    assert not match("…", DOCUMENT).found


@pytest.mark.parametrize(
    ("quoted", "passage"),
    [
        ("may sign, together, every transfer", "may sign, together, any transfer"),
        (
            "No one at Halden is affiliated … every transfer of customer assets",
            "No person at Halden is non-affiliated … any transfer of customer assets",
        ),
        ("something else entirely", ""),
        ("", ""),
    ],
)
def test_the_nearest_passage_is_shown_for_what_is_not_found(quoted: str, passage: str) -> None:
    assert nearest(quoted, DOCUMENT) == passage


def test_only_passages_count_as_quotations() -> None:
    said = 'The "quorum" is “any two of the three” and "not less than two".'

    assert quotations(said) == ["any two of the three", "not less than two"]


@given(st.lists(st.sampled_from(["a", "quorum", "of", "two", "signs"]), min_size=3, max_size=12),
       st.data())  # fmt: skip
def test_every_run_of_a_document_is_found_however_it_is_spaced(
    words: list[str], data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    spaces = data.draw(st.lists(st.sampled_from([" ", "\n", "  "]), min_size=12, max_size=12))
    document = "".join(word + space for word, space in zip(words, spaces, strict=False))

    assert match(" ".join(words[first : last + 1]), document).found


@given(st.integers(0, 9))
def test_one_other_word_is_never_found(place: int) -> None:
    words = ["the", "quorum", "of", "two", "signers", "may", "move", "all", "customer", "assets"]
    words[place] = "xylophone"

    assert not match(
        " ".join(words), "the quorum of two signers may move all customer assets"
    ).found


#: Patterns that say what is in brackets and in marks, and take the square of the time.
_GAP = re.compile(
    r"(?P<dots>\[?(?:…|\.\s?\.\s?\.(?:\s?\.)?)\]?)|\[sic\.?\]|\[(?P<letter>\w)\](?=\w)"
    r"|\[(?P<inside>[^\]]*)\]"
)
_MARKS = re.compile(r"“([^”]+)”|\"([^\"]+)\"")


@given(st.lists(st.sampled_from(["[", "]", "[sic]", "[a]", "...", "…", ". ", "ab", " "])))
def test_a_quotation_is_cut_where_each_bracket_and_ellipsis_stands(pieces):
    """Brackets nobody closes are looked at once for all, and cut nothing."""
    quotation = "".join(pieces).strip()
    cut = [piece.strip() for piece in _GAP.sub("\0", quotation).split("\0")]
    found = match(quotation, " ".join(filter(None, cut)) + " tail")
    assert found.found == any(cut)


@given(st.lists(st.sampled_from(["“", "”", '"', "a b c", "a", " "])))
def test_what_is_quoted_stands_between_marks_that_are_closed(pieces):
    """Marks nobody closes are looked at once for all, and quote nothing."""
    sentence = "".join(pieces)
    quoted = [found[1] or found[2] for found in _MARKS.finditer(sentence)]
    assert quotations(sentence) == [passage for passage in quoted if len(passage.split()) >= 3]


def test_marks_and_brackets_nobody_closes_cost_what_their_length_costs():
    """A letter of 200,000 of them took minutes."""
    began = time.process_time()
    quotations("“a" * 200_000)
    match("[x" * 200_000, "a word")
    assert time.process_time() - began < 10
