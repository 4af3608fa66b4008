"""Sworn papers: the oath by place, the sentences by number, the drafter's marks outside it."""

from __future__ import annotations

import pytest

from forthwith.domain.requests import RequestKind
from forthwith.papers.blocks import UNSIGNED, Block
from forthwith.papers.text import as_text
from forthwith.respond.papers.sworn import (
    NobodyVerifiesError,
    PlaceError,
    Sentence,
    declaration,
    margin,
    verification,
    verifier,
)
from forthwith.respond.registers.citations import CitablePages
from tests.builders import answered

SHELF = CitablePages(answered.PAGES, (("ABC0001", "ABC0009"),), frozenset(), "ABC")
SENTENCES = [
    Sentence("s1", "Northgate alone held the keys.", ("ABC0001",), "supported"),
    Sentence(
        "s2", 'The memo says "any two of three".', ("ABC0005-ABC0006",), "contradicted", "No."
    ),
    Sentence("s3", "Nobody else ever signed.", (), "unsupported", "No row says so."),
]
LAWS = "under the laws of the United States of America"


def flat(blocks: list[Block]) -> str:
    return " ".join(as_text(blocks).decode("utf-8-sig").split())


def text_of(_control_number: str) -> str:
    return "The keys: any two of the three."


@pytest.mark.parametrize(("place", "abroad"), [("Austin, Texas", False), ("London, England", True)])
def test_the_oath_follows_the_place(place: str, abroad: bool) -> None:
    said = flat(declaration(answered.FRONT, "Per Lindqvist", SENTENCES, place))

    assert (LAWS in said) is abroad
    assert "under penalty of perjury" in said
    assert f"Executed on ____________________, at {place}." in said
    assert UNSIGNED in said


def test_no_place_no_declaration() -> None:
    with pytest.raises(PlaceError):
        declaration(answered.FRONT, "Per Lindqvist", SENTENCES, "")


def test_sentences_are_numbered_with_their_citations_and_nothing_of_their_standing() -> None:
    said = flat(declaration(answered.FRONT, "Per Lindqvist", SENTENCES, "Austin, Texas"))

    assert "1. Northgate alone held the keys. (ABC0001.)" in said
    assert '2. The memo says "any two of three". (ABC0005-ABC0006.)' in said
    assert "3. Nobody else ever signed." in said
    assert "supported" not in said.casefold()
    assert "contradicted" not in said.casefold()
    assert "No row says so" not in said


def test_the_drafter_reads_what_is_wrong_with_each_sentence() -> None:
    first, second, third = margin(SENTENCES, SHELF, text_of)

    assert first.clean
    assert not second.clean
    assert second.misquoted == ('"any two of three": it leaves out "the"',)
    assert third.lines() == [
        "3. [s3] UNSUPPORTED: Nobody else ever signed.", "   No row says so.",
    ]  # fmt: skip


def test_a_citation_of_a_page_never_sealed_is_red() -> None:
    (mark,) = margin([Sentence("s", "Text.", ("ABC0042",), "supported")], SHELF, text_of)

    assert not mark.clean
    assert [each.cite for each in mark.unresolved] == ["ABC0042"]
    assert "RED: ABC0042 is in no sealed volume" in " ".join(mark.lines())


def test_a_quotation_one_cited_document_has_is_no_mark() -> None:
    said = Sentence("s", 'It says "any two of the three".', ("ABC0001",), "supported")

    assert margin([said], SHELF, text_of)[0].clean


def test_a_person_verifies_the_answers_that_name_them() -> None:
    register = answered.register(
        {"1": {"verifier": "Marisol Ortega"}, "2": {"verifier": "Tunde Adeyemi"}},
        RequestKind.INTERROGATORY,
    )
    standings = register.of(answered.SET)
    said = flat(verification(answered.FRONT, standings, "Tunde Adeyemi", "Singapore"))

    assert "answers Interrogatory No. 2." in said
    assert "VERIFICATION OF TUNDE ADEYEMI" in said
    assert LAWS in said
    assert verifier(answered.SET, standings, "Marisol Ortega") == "Marisol Ortega"
    for person in ("", "Nobody Named"):
        with pytest.raises(NobodyVerifiesError, match="Marisol Ortega; Tunde Adeyemi"):
            verifier(answered.SET, standings, person)
