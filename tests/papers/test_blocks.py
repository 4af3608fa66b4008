"""Papers in their three forms: the same words, the same bytes, and what a court paper must have."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date

import docx
import pypdfium2
import pytest
from docx.oxml.ns import qn

from forthwith.papers import docx as paper_docx
from forthwith.papers import pdf as paper_pdf
from forthwith.papers import text as paper_text
from forthwith.papers.blocks import (
    UNSIGNED,
    Block,
    Caption,
    Centred,
    Heading,
    Lines,
    Numbered,
    Paper,
    Paragraph,
    Party,
    Quote,
    Signature,
    Table,
    Ticks,
    Verbatim,
    caption_box,
)

DAY = date(2023, 7, 31)
CAPTION = Caption(
    ("UNITED STATES DISTRICT COURT", "FOR THE DISTRICT OF COLUMBIA"),
    (
        Party("SECURITIES AND EXCHANGE COMMISSION", "Plaintiff"),
        Party("NORTHGATE TRADING LTD.", "Defendant"),
    ),
    ("Civil Action No. 1:23-cv-04411",),
    "RESPONSES AND OBJECTIONS",
)
SIGNATURE = Signature("Dated: July 31, 2023", "Respectfully submitted,", "Dana Reyes")
BLOCKS: tuple[Block, ...] = (
    CAPTION,
    Heading("PRELIMINARY STATEMENT"),
    Numbered("The first paragraph & its <words>."),
    Paragraph("Text between."),
    Numbered("The second paragraph: 量子, кириллица."),
    Quote("A quoted line."),
    Heading("REQUEST FOR PRODUCTION NO. 1", 2),
    Verbatim("All documents\nconcerning wallets."),
    Table(("Range", "Pages"), tuple((f"BTS{n:05}", "1,200") for n in range(90))),
    Ticks(((True, "done"), (False, "open"))),
    SIGNATURE,
)
COURT = Paper("Responses", BLOCKS, DAY, "Dana Reyes", court=True)

LETTER_AS_TEXT = """\
                              Northgate Trading

A street
A town

1. What is produced
-------------------

Words that flow.

  Count of   Number
  ---------  ------
  Documents   1,200
"""


def pages(paper: Paper) -> list[str]:
    """Return the text of each page of the PDF."""
    with pypdfium2.PdfDocument(paper_pdf.as_pdf(paper)) as made:
        return [each.get_textpage().get_text_range() for each in made]


def words_of_docx(paper: Paper) -> str:
    """Return every text of the DOCX, in order, headers and footers left out."""
    made = docx.Document(io.BytesIO(paper_docx.as_docx(paper)))
    return " ".join(each.text or "" for each in made.element.body.iter(qn("w:t")))


def part(name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(paper_docx.as_docx(COURT))) as package:
        return package.read(name).decode()


def test_a_letter_as_text_looks_as_it_always_did() -> None:
    """The form of a transmittal: sealed volumes hold it."""
    blocks = (
        Centred("Northgate Trading"),
        Lines(("A street", "A town")),
        Heading("1. What is produced"),
        Paragraph("Words that flow."),
        Table(("Count of", "Number"), (("Documents", "1,200"),)),
    )

    assert paper_text.as_text(blocks).decode("utf-8-sig").replace("\r\n", "\n") == LETTER_AS_TEXT


@pytest.mark.parametrize(
    "form", [paper_docx.as_docx, paper_pdf.as_pdf, lambda paper: paper_text.as_text(paper.blocks)]
)
@pytest.mark.parametrize("court", [True, False])
def test_equal_papers_give_equal_bytes(form, court: bool) -> None:  # type: ignore[no-untyped-def]
    paper = Paper("Responses", BLOCKS, DAY, court=court)

    assert form(paper) == form(paper)


@pytest.mark.parametrize(
    "words",
    ["RESPONSES AND OBJECTIONS", "The first paragraph & its <words>.", "量子, кириллица", UNSIGNED,
     "concerning wallets.", "BTS00089", "Dana Reyes", "Civil Action No. 1:23-cv-04411"],
)  # fmt: skip
def test_every_form_says_the_same(words: str) -> None:
    assert words in paper_text.as_text(BLOCKS).decode("utf-8-sig")
    assert words in words_of_docx(COURT)
    assert words in "".join(pages(COURT))


def test_paragraphs_count_on_past_what_lies_between() -> None:
    text = paper_text.as_text(BLOCKS).decode("utf-8-sig")

    assert re.findall(r"^ +(\d+)\. ", text, re.MULTILINE) == ["1", "2"]
    assert "2.\xa0\xa0 The second" in pages(COURT)[0] or re.search(
        r"2\.\s+The second", pages(COURT)[0]
    )


def test_each_page_of_the_pdf_says_its_number_and_how_many_there_are() -> None:
    held = pages(COURT)

    assert len(held) > 2
    for number, text in enumerate(held, 1):
        assert f"Page {number} of {len(held)}" in text


def test_a_table_repeats_its_header_on_each_page_it_runs_over() -> None:
    with_rows = [text for text in pages(COURT) if "BTS000" in text]

    assert len(with_rows) > 1
    assert all("Range" in text for text in with_rows)
    assert part("word/document.xml").count("<w:tblHeader/>") == 1


def test_the_pdf_is_us_letter_with_its_fonts_inside() -> None:
    data = paper_pdf.as_pdf(COURT)
    with pypdfium2.PdfDocument(data) as made:
        assert made[0].get_size() == (612, 792)
    assert data.count(b"/FontFile2") >= 4


def test_word_numbers_paragraphs_and_pages_itself() -> None:
    """Numbers stay right when somebody edits the paper."""
    numbering = part("word/numbering.xml")

    assert part("word/document.xml").count('<w:numId w:val="90"/>') == 2
    assert numbering.index('w:abstractNumId="90"') < numbering.index("<w:num ")
    assert '<w:num w:numId="90">' in numbering
    footer = next(name for name in zipfile.ZipFile(io.BytesIO(paper_docx.as_docx(COURT))).namelist()
                  if "footer" in name)  # fmt: skip
    assert re.findall(r"<w:instrText> (\w+) <", part(footer)) == ["PAGE", "NUMPAGES"]


def test_a_letter_has_no_page_numbers() -> None:
    names = zipfile.ZipFile(
        io.BytesIO(paper_docx.as_docx(Paper("Transmittal", BLOCKS[1:2], DAY)))
    ).namelist()

    assert not [name for name in names if "footer" in name]


def test_nobody_signs_for_anybody() -> None:
    """Without a record of a signature every form prints UNSIGNED, and never /s/."""
    text = paper_text.as_text([SIGNATURE]).decode("utf-8-sig")

    assert UNSIGNED in text
    assert "/s/" not in text
    signed = Signature("", "", "Dana Reyes", signed="signed by hand on July 31, 2023")
    assert UNSIGNED not in paper_text.as_text([signed]).decode("utf-8-sig")


@pytest.mark.parametrize("width", [12, 24, 38])
def test_the_two_sides_of_a_caption_are_equally_high(width: int) -> None:
    left, right = caption_box(CAPTION, width)

    assert len(left) == len(right)
    assert all(len(line) <= max(width, 22) for line in left)
    assert "Civil Action No. 1:23-cv-04411" in right


def test_control_characters_of_evidence_break_no_form() -> None:
    paper = Paper("A \x0b title", (Numbered("a\x00b\x1fc"), Lines(("\x07",))), DAY, court=True)

    assert "abc" in words_of_docx(paper)
    assert "abc" in pages(paper)[0]


def test_a_wide_table_lies_on_a_turned_sheet_in_both_forms() -> None:
    table = Table(tuple(f"C{n}" for n in range(15)), (("words of a cell",) * 15,) * 40)
    wide = Paper("Log", (table,), DAY, court=True, landscape=True)

    with pypdfium2.PdfDocument(paper_pdf.as_pdf(wide)) as pdf:
        assert [round(each) for each in pdf[0].get_size()] == [792, 612]
    (section,) = docx.Document(io.BytesIO(paper_docx.as_docx(wide))).sections
    assert (section.page_width.inches, section.page_height.inches) == (11, 8.5)


def test_a_row_taller_than_a_page_goes_on_to_the_next() -> None:
    """A mail to the whole company has more recipients than a page has lines."""
    crowd = "; ".join(f"p{n}@northgate.example" for n in range(3000))
    wide = Paper("Log", (Table(("No.", "To"), (("1", crowd),)),), DAY, court=True, landscape=True)

    read = " ".join(pages(wide))
    assert "p0@northgate.example" in read
    assert "p2999@northgate.example" in read


def test_each_column_is_as_wide_in_word_as_in_print() -> None:
    """Word goes by the cells, LibreOffice by the grid: both say the same."""
    table = Table(("No.", "What was found"), (("F-0001", "an attachment is lost " * 5),))
    data = paper_docx.as_docx(Paper("P", (table,), DAY))
    made = docx.Document(io.BytesIO(data)).tables[0]

    grid = [each.width.pt for each in made.columns]
    assert [each.width.pt for each in made.rows[1].cells] == grid
    assert grid[1] > 2 * grid[0]
    assert round(sum(grid)) == 468


def test_a_wide_table_is_folded_in_text_and_loses_no_word() -> None:
    words = " ".join(f"word{at}" for at in range(60))
    table = Table(("No.", "Found", "Asked"), (("F-0001", words, words),))
    text = paper_text.as_text((table,)).decode("utf-8-sig")

    assert max(map(len, text.splitlines())) <= 118
    assert all(text.split().count(f"word{at}") == 2 for at in range(60))


def test_a_paper_is_the_same_whatever_was_printed_before() -> None:
    """Signs that are redrawn for one paper are not those of the next."""
    first, second = (
        Paper("Exhibits", (Heading(words),), date(2026, 3, 1)) for words in ("附件 13", "量子 14")
    )
    alone = paper_pdf.as_pdf(second)
    paper_pdf.as_pdf(first)

    assert paper_pdf.as_pdf(second) == alone
    assert "量子 14" in "".join(pages(second))
