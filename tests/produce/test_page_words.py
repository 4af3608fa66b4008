"""Each word of a page has its box, in it is its ink, and no word is told of that no page shows."""

from __future__ import annotations

import io

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from forthwith.domain.evidence import Kind
from forthwith.domain.page_words import PageWord
from forthwith.produce import imaging
from forthwith.produce.imaging.page import LEFT
from forthwith.produce.imaging.tone import bilevel
from forthwith.produce.page_words import words_of
from tests.builders import pages, pdf


def text_page(text: str) -> tuple[Image.Image, tuple[PageWord, ...]]:
    return page_of(imaging.pages_of(pages.document(Kind.EDOC, "text/plain"), None, text))


def pdf_page(data: bytes) -> tuple[Image.Image, tuple[PageWord, ...]]:
    return page_of(imaging.pages_of(pages.document(Kind.EDOC, "application/pdf"), data, ""))


def html_page(html: str) -> tuple[Image.Image, tuple[PageWord, ...]]:
    document = pages.document(Kind.EDOC, "text/html")
    return page_of(imaging.pages_of(document, html.encode(), ""))


def page_of(drawn: imaging.Pages) -> tuple[Image.Image, tuple[PageWord, ...]]:
    image = bilevel(drawn.paint(0))
    return image, words_of(drawn, 0, image)


def said(words: tuple[PageWord, ...]) -> list[str]:
    return [word.text for word in words]


def darkest(image: Image.Image, word: PageWord) -> float:
    box = (word.x, word.y, word.x + word.w, word.y + word.h)
    return image.convert("L").crop(box).getextrema()[0]


def uncovered(image: Image.Image, words: tuple[PageWord, ...]) -> int:
    """Count the pixels of ink that no box holds."""
    left = image.convert("L")
    pen = ImageDraw.Draw(left)
    for word in words:
        pen.rectangle((word.x, word.y, word.x + word.w - 1, word.y + word.h - 1), fill=255)
    return sum(left.histogram()[:128])


SCRIPTS = {
    "latin": "The quorum of the cold wallet is two of three.",
    "marks": "cafe\u0301 Z\u0335\u0321a\u0337lgo naïve",
    "hebrew": "שלום עולם quorum two 2023 סוף",
    "arabic": "مرحبا بالعالم 12 keys",
    "chinese": "漢字混じりの文章です。 end",
    "emoji": "ok \U0001f600 \U0001f469\u200d\U0001f4bb \U00020000 done",
    "no glyph": "\ue000\U000e0041 x",
    "lone surrogate": "a \ud800 b",
    "long": "bc1q" + "x7" * 300 + " end",
    "control": "a\x00b\x1b[31m c\u202e d \u200b e",
}


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_the_boxes_hold_all_ink_of_a_text_and_each_holds_some(text: str) -> None:
    image, words = text_page(text)

    assert words
    assert all(darkest(image, word) == 0 for word in words)
    # The signs before continued lines are ours.
    image.paste(255, (0, 0, LEFT - 1, image.height))
    assert uncovered(image, words) == 0


@pytest.mark.parametrize("separator", ["\x1c", "\x1e", "\x85", "\u2029"])
@pytest.mark.parametrize("text", ["{}\xad", "中{}文", "שלום{}עולם", "é{}{}é\u200d{}"])
def test_so_around_what_ends_a_paragraph(separator: str, text: str) -> None:
    test_so_for_any_text.hypothesis.inner_test(text.replace("{}", separator))  # type: ignore[attr-defined]


@given(st.text(max_size=200))
@settings(max_examples=40, deadline=None)
def test_so_for_any_text(text: str) -> None:
    image, words = text_page(text)

    assert all(darkest(image, word) == 0 for word in words)
    image.paste(255, (0, 0, LEFT - 1, image.height))
    assert uncovered(image, words) == 0


def test_words_stand_in_the_order_they_are_read() -> None:
    assert said(text_page("one two\nthree שלום עולם four")[1]) == [
        "one", "two", "three", "שלום", "עולם", "four",
    ]  # fmt: skip


def test_a_mail_has_the_words_of_its_head_and_of_its_html() -> None:
    document = pages.document(subject="Wallet keys", from_="Ortega")
    drawn = imaging.pages_of(document, pages.html_mail("<p>Two of <b>three</b>"), "")

    assert said(page_of(drawn)[1]) == [
        "From:", "Ortega", "Subject:", "Wallet", "keys", "Two", "of", "three",
    ]  # fmt: skip


def test_a_pdf_page_has_the_words_of_its_layer_where_they_are_painted() -> None:
    image, words = pdf_page(pdf.drawn(pdf.words("Two of three", 20, 200)))

    assert said(words) == ["Two", "of", "three"]
    assert uncovered(image, words) == 0


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
@pytest.mark.parametrize("cropped", [False, True], ids=["whole", "cropped"])
def test_boxes_follow_rotation_and_crop(turned: int, cropped: bool) -> None:
    def change(file: pikepdf.Pdf) -> None:
        file.pages[0].Rotate = turned
        if cropped:
            file.pages[0].CropBox = pikepdf.Array([10, 150, 190, 260])

    image, words = pdf_page(pdf.drawn(pdf.words("Two of three", 20, 200), change=change))

    assert said(words) == ["Two", "of", "three"]
    assert all(darkest(image, word) == 0 for word in words)
    assert uncovered(image, words) <= 40


def test_words_outside_of_the_crop_are_not_there() -> None:
    def change(file: pikepdf.Pdf) -> None:
        file.pages[0].CropBox = pikepdf.Array([0, 150, 200, 300])

    content = pdf.words("seen", 20, 200) + pdf.words("ORCHID-9020", 20, 50)
    assert said(pdf_page(pdf.drawn(content, change=change))[1]) == ["seen"]


def hidden_layer() -> bytes:
    """A page with a layer that is switched off: its words are in pdfium's text, and unseen."""

    def change(file: pikepdf.Pdf) -> None:
        layer = file.make_indirect(
            pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name=pikepdf.String("notes"))
        )
        file.Root.OCProperties = pikepdf.Dictionary(
            OCGs=pikepdf.Array([layer]),
            D=pikepdf.Dictionary(
                OFF=pikepdf.Array([layer]), Order=pikepdf.Array([layer]), ON=pikepdf.Array([])
            ),
        )
        resources = file.pages[0].Resources
        resources.Properties = pikepdf.Dictionary(L0=layer)

    hidden = "/OC /L0 BDC " + pdf.words("ORCHID-9020", 20, 100) + " EMC"
    return pdf.drawn(pdf.words("seen", 20, 200) + hidden, change=change)


def test_a_layer_that_is_switched_off_has_no_words() -> None:
    assert said(pdf_page(hidden_layer())[1]) == ["seen"]


@pytest.mark.parametrize(
    "unseen",
    [
        pdf.words("ORCHID", 20, 100) + pdf.box(10, 90, 150, 30),
        pdf.words("ORCHID", 20, 100, colour="1 g"),
        pdf.words("ORCHID", 20, 100, mode=3),
        pdf.words("ORCHID", 20, 1000),
    ],
    ids=["under a box", "white on white", "invisible", "off the page"],
)
def test_words_that_leave_no_ink_are_not_there(unseen: str) -> None:
    assert said(pdf_page(pdf.drawn(pdf.words("seen", 20, 200) + unseen))[1]) == ["seen"]


def test_white_words_on_black_are_there() -> None:
    content = pdf.box(10, 90, 150, 30) + pdf.words("shown", 20, 100, colour="1 g")
    assert said(pdf_page(pdf.drawn(content))[1]) == ["shown"]


def test_a_picture_and_a_notice_of_ours_have_no_words() -> None:
    picture = pages.document(Kind.EDOC, "image/png")
    broken = pages.document(Kind.EDOC, "application/pdf")

    assert page_of(imaging.pages_of(picture, pages.picture(), ""))[1] == ()
    assert page_of(imaging.pages_of(broken, b"%PDF-1.4 no", ""))[1] == ()


def test_reading_a_layer_leaves_the_painted_page_as_it_is() -> None:
    drawn = imaging.pages_of(
        pages.document(Kind.EDOC, "application/pdf"), pdf.drawn(pdf.words("Two")), ""
    )
    before = drawn.paint(0).tobytes()
    words_of(drawn, 0, drawn.paint(0))

    assert drawn.paint(0).tobytes() == before
    assert io.BytesIO(before).read(1)
