"""Exhibits as PDF: stamp, numbers, labels, bookmarks; nothing of a page is covered."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date

import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest
from PIL import Image, ImageDraw

from forthwith.papers.blocks import Heading, Paper
from forthwith.papers.pdf import as_pdf
from forthwith.produce.exhibit_pages import BoundExhibit, ExhibitPage, binder, stamped

_DAY = date(2026, 3, 1)


def picture(kind: str = "1", *, full: bool = False, form: str = "PNG") -> bytes:
    """A page with lines of ink; of a full one every corner is taken."""
    page = Image.new("1", (2550, 3300), 1)
    draw = ImageDraw.Draw(page)
    edge = 0 if full else 300
    for y in range(edge, 3300 - edge, 40):
        draw.rectangle((edge, y, 2550 - edge, y + 20), fill=0)
    out = io.BytesIO()
    page.convert(kind).save(out, form)
    return out.getvalue()


def drawn(pdf: bytes, place: int = 0) -> np.ndarray:
    """A page as a viewer draws it at 300 dpi, grey."""
    with pdfium.PdfDocument(pdf) as opened:
        return np.asarray(opened[place].render(scale=300 / 72 - 1e-6).to_pil().convert("L"))


def labels(pdf: bytes) -> list[str]:
    """The label of each page."""
    with pdfium.PdfDocument(pdf) as opened:
        return [opened.get_page_label(place) for place in range(len(opened))]


def exhibit(*pages: ExhibitPage, name: str = "Ex. 12", pins: Sequence[int] = ()) -> BoundExhibit:
    """An exhibit of some pages."""
    return BoundExhibit(name, "Keys", pages, pins, "1:23-cv-00417")


@pytest.mark.parametrize("full", [False, True], ids=["free corner", "no free corner"])
def test_the_stamp_covers_nothing_of_the_page(full: bool) -> None:
    """Every dot of ink is where it was; where no corner is free the sheet is higher."""
    page = picture(full=full)
    before = np.asarray(Image.open(io.BytesIO(page)).convert("L"))

    after = drawn(stamped(exhibit(ExhibitPage(page, "NG0000001", endorse=True))))

    height, width = before.shape
    assert (after.shape[0] > height + 100) is full
    top = after[:height, :width]
    assert not ((before < 128) & (top > 128)).any()
    # Something was put on the sheet.
    assert (after < 128).sum() > (before < 128).sum() + 500


@pytest.mark.parametrize(
    ("kind", "form"),
    [("1", "PNG"), ("L", "PNG"), ("RGB", "PNG"), ("RGBA", "PNG"), ("P", "PNG"), ("RGB", "JPEG"),
     ("LA", "PNG"), ("CMYK", "JPEG")],
)  # fmt: skip
def test_pages_of_every_kind_are_shown_as_they_are(kind: str, form: str) -> None:
    """The picture is the same, dot for dot (nearly, where it was a photograph)."""
    page = picture(kind, form=form)
    before = np.asarray(Image.open(io.BytesIO(page)).convert("RGB").convert("L")).astype(int)

    after = drawn(stamped(exhibit(ExhibitPage(picture(), ""), ExhibitPage(page, ""))), 1)

    assert after.shape == before.shape
    assert np.abs(after.astype(int) - before)[300:3000].mean() < 4


def test_a_page_smaller_than_its_stamp_grows() -> None:
    """A picture of an inch has a stamp as well."""
    out = io.BytesIO()
    Image.new("L", (100, 60), 128).save(out, "PNG")

    with pikepdf.open(io.BytesIO(stamped(exhibit(ExhibitPage(out.getvalue(), "N1"))))) as pdf:
        left, low, right, high = (float(side) for side in pdf.pages[0].mediabox)

    assert (right, high) == (24, 14.4)
    assert left < 0
    assert low < -20


def test_a_delivered_number_is_not_printed_again() -> None:
    """It stands in the picture already."""
    blank = picture()
    with_number = stamped(exhibit(ExhibitPage(blank, "", endorse=False)))
    without = stamped(exhibit(ExhibitPage(blank, "", endorse=True)))
    delivered = stamped(exhibit(ExhibitPage(blank, "HAL01", endorse=False)))

    assert (drawn(with_number) == drawn(without)).all()
    assert (drawn(with_number) == drawn(delivered)).all()


def test_a_binder_has_labels_and_bookmarks() -> None:
    """Labels are the numbers people cite; bookmarks lead to what is meant."""
    cover = as_pdf(Paper("Exhibits", (Heading("Exhibits"),), _DAY))
    first = exhibit(
        ExhibitPage(picture(), "NG09", endorse=True), ExhibitPage(picture(), "NG10"), pins=[1]
    )
    second = exhibit(ExhibitPage(picture(), ""), name="附件 13")

    bound = binder("Exhibits", cover, [first, second])

    assert labels(bound) == ["i", "NG09", "NG10", "附件 13, 1"]
    with pikepdf.open(io.BytesIO(bound)) as pdf, pdf.open_outline() as outline:
        titles = [item.title for item in outline.root]
        pins = [item.title for item in outline.root[1].children]
    assert titles == ["List of exhibits", "Ex. 12: Keys", "附件 13: Keys"]
    assert pins == ["NG10"]
    assert bound == binder("Exhibits", cover, [first, second])
