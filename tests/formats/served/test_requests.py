"""Requests come out of a served paper as served, and what does not is shown."""

from __future__ import annotations

import contextlib
import io
import re
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.formats.served import paragraphs as requests_lines
from forthwith.formats.served.paragraphs import UnreadablePaperError
from forthwith.formats.served.requests import ServedPaper, read
from tests.builders import served

DAMAGED = {"a.docx": served.word(), "a.pdf": served.pdf(served.titled())}
SOUND = tuple((str(at), text) for at, text in enumerate(served.REQUESTS, 1))


def text(paper: str) -> ServedPaper:
    return read("served.txt", paper.encode())


def odd(paper: ServedPaper) -> list[str]:
    """What is said of numbers, apart from sections."""
    sections = {"definitions", "instructions", "a heading"}
    reasons = [passage.why for passage in paper.unparsed if passage.why not in sections]
    return [
        *(
            reason
            for reason in reasons
            if "request" in reason and "before the" not in reason and "after the last" not in reason
        ),
        *(reason for reason in reasons if reason.startswith("the number")),
    ]


@pytest.mark.parametrize(
    "paper",
    [
        served.titled(),
        served.titled("Request No."),
        served.titled("INTERROGATORY NO."),
        served.titled("Document Request No."),
        re.sub(r"(NO. [0-9]):\n", r"\1: ", served.titled()),
        served.listed(),
    ],
)
def test_titled_and_listed_requests_come_out_as_served(paper: str) -> None:
    assert text(paper).requests == SOUND


def test_everything_else_is_shown_with_its_place() -> None:
    passages = text(served.titled()).unparsed

    assert [(passage.where, passage.why) for passage in passages] == [
        ("page 1, line 1", "a heading"),
        ("page 1, line 3", "a heading"),
        ("page 1, line 5", "definitions"),
        ("page 1, line 10", "instructions"),
        ("page 1, line 14", "a heading"),
        ("page 1, line 27", "after the last request"),
        ("page 1, line 29", "after the last request"),
    ]
    assert '"Halden" means Halden Ltd.' in passages[2].text
    assert "Counsel for the Commission" in passages[-1].text


@pytest.mark.parametrize("label", ["%1.", "REQUEST FOR PRODUCTION NO. %1:"])
def test_numbers_that_word_makes_are_read(label: str) -> None:
    assert read("served.docx", served.word(label)).requests == SOUND


@pytest.mark.parametrize("pleading", [False, True])
@pytest.mark.parametrize("paper", [served.titled(), served.listed()])
def test_a_pdf_gives_the_same_without_what_its_pages_carry(paper: str, pleading: bool) -> None:
    reading = read("served.pdf", served.pdf(paper, pleading=pleading))

    assert reading.requests == SOUND
    removed = [line.text for line in reading.removed]
    assert sum("Filed 07/10/23" in text for text in removed) == 3
    assert sum("Northgate: First Requests" in text for text in removed) == 3
    assert ("line numbers 1 to 28" in removed) == pleading


def test_a_line_broken_by_the_page_is_joined() -> None:
    paper = "REQUEST NO. 1:\nAll documents that\nshow anti-\nmoney-laundering work.\n"
    assert text(paper).requests == (("1", "All documents that show anti-money-laundering work."),)


def test_a_citation_of_a_request_does_not_begin_one() -> None:
    paper = "Request No. 1: All minutes.\nRequest No. 2: What was asked in\nRequest No. 1.\n"
    assert [number for number, _ in text(paper).requests] == ["1", "2"]
    assert text(paper).requests[1][1] == "What was asked in Request No. 1."


def test_a_gap_and_a_repeat_are_reported_and_both_texts_kept() -> None:
    paper = text("Request No. 1: A.\n\nRequest No. 3: B.\n\nRequest No. 3: C.\n")

    assert paper.requests == (("1", "A."), ("3", "B."), ("3 (2)", "C."))
    assert odd(paper) == [
        "no request is numbered 2",
        "the number 3 is used again: kept as 3 (2)",
    ]


def test_a_list_inside_a_request_stays_in_it_and_is_shown() -> None:
    paper = text("1. A.\n\n2. B.\n\n3. Show:\n\n1. this\n\n4. D.\n")

    assert [number for number, _ in paper.requests] == ["1", "2", "3", "4"]
    assert paper.requests[2][1] == "Show:\n1. this"
    assert "out of order" in odd(paper)[0]


def test_a_set_that_goes_on_from_another_says_where_it_begins() -> None:
    paper = text("Request No. 21: A.\n\nRequest No. 22: B.\n")
    assert [passage.why for passage in paper.unparsed] == ["the first request is numbered 21"]


def test_a_number_without_words_is_shown() -> None:
    paper = text("Request No. 1:\n\nRequest No. 2: B.\n")
    assert ("request 1", "it has a number and no words") in [
        (passage.where, passage.why) for passage in paper.unparsed
    ]


def test_a_table_gives_its_rows_and_shows_the_broken_one() -> None:
    paper = read("served.csv", b'No.,Request\n1,"All, with\nlines"\n,nothing\n2,B\n')

    assert paper.requests == (("1", "All, with\nlines"), ("2", "B"))
    assert [(passage.where, passage.why) for passage in paper.unparsed] == [
        ("row 3", "a row without number or text")
    ]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.docx", b"PK\x03\x04 nothing"),
        ("a.pdf", b"%PDF-1.4 nothing"),
        ("a.csv", b"a,b\n1,2\n"),
        ("a.xyz", b"Request No. 1: A."),
        ("a.csv", b""),
    ],
)
def test_a_paper_that_cannot_be_read_says_so(name: str, data: bytes) -> None:
    with pytest.raises(UnreadablePaperError, match=r"a\.\w+ cannot be read"):
        read(name, data)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 255), st.sampled_from(["a.docx", "a.pdf"]))
def test_a_damaged_paper_is_read_or_refused(place: int, sign: int, name: str) -> None:
    """One byte of its package, its streams or its pages is another."""
    data = bytearray(DAMAGED[name])
    data[place % len(data)] = sign
    with contextlib.suppress(UnreadablePaperError):
        read(name, bytes(data))


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("word/document.xml", b"<w:document"),
        ("[Content_Types].xml", b"<Types/>"),
        ("word/styles.xml", b""),
    ],
)
def test_a_word_document_with_a_broken_part_is_refused(part: str, content: bytes) -> None:
    whole, out = zipfile.ZipFile(io.BytesIO(served.word())), io.BytesIO()
    with zipfile.ZipFile(out, "w") as broken:
        for name in whole.namelist():
            broken.writestr(name, content if name == part else whole.read(name))
    with pytest.raises(UnreadablePaperError, match="not a sound Word document"):
        read("a.docx", out.getvalue())


def test_a_form_that_is_not_read_says_which_are() -> None:
    """Requests may be a table; an order is a paper."""
    with pytest.raises(UnreadablePaperError, match="DOCX, PDF with text, TXT or CSV"):
        read("a.xlsx", b"")
    with pytest.raises(UnreadablePaperError, match="DOCX, PDF with text or TXT and"):
        requests_lines.read("a.csv", b"")


words = st.lists(
    st.text("abcdefghij", min_size=2, max_size=8), min_size=1, max_size=30
).map(lambda chosen: " ".join(chosen).capitalize() + ".")  # fmt: skip


@given(st.lists(words, min_size=2, max_size=12))
def test_every_numbered_request_comes_out_verbatim(texts: list[str]) -> None:
    paper = "\n\n".join(f"REQUEST NO. {at}:\n{request}" for at, request in enumerate(texts, 1))
    reading = text(paper)
    assert reading.requests == tuple((str(at), request) for at, request in enumerate(texts, 1))
    assert reading.unparsed == ()


pieces = st.sampled_from(
    ["Request No. 1:", "REQUEST NO. 2", "1.", "2.", "9.", "(a)", "DEFINITIONS", "WRITTEN REQUESTS",
     "wallet",
     "keys;", "/s/ Ana", "Dated: 2023",
     "\n", "\n", "\n\n", "\f", "Page 1 of 2", "Case 1 Document 2 Filed"]
)  # fmt: skip


@given(st.lists(pieces, max_size=60))
def test_no_word_of_a_paper_is_lost(paper: list[str]) -> None:
    """Each word stands in a request, a passage or what was taken off the page, as often."""
    reading = text(" ".join(paper))
    everything = " ".join(
        [request for _, request in reading.requests]
        + [passage.text for passage in reading.unparsed if "number" not in passage.why]
        + [line.text for line in reading.removed]
    )
    for word in ("wallet", "keys", "Ana", "DEFINITIONS", "WRITTEN", "Dated"):
        assert everything.count(word) == " ".join(paper).count(word)
