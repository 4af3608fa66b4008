"""Boxes are snapped to whole words and burnt as their reason alone draws them."""

from __future__ import annotations

import random

import pytest
from PIL import Image, ImageDraw

from forthwith.domain.page_words import PageWord
from forthwith.domain.redactions import Redaction, RedactionState, Shape
from forthwith.produce.burn import GROWN, Blackout, blacked, burn, catches, even, snapped
from forthwith.produce.imaging import files
from forthwith.produce.imaging.files import redacted_page
from forthwith.standards import loader

REASONS = loader.load("sec/2021-08").redaction_reasons
PAGE = (2550, 3300)
#: Three lines of four words.
WORDS = tuple(
    PageWord(f"word{line}{at}", 300 + at * 220, 400 + line * 70, 160, 40)
    for line in range(3)
    for at in range(4)
)


def redaction(shape: Shape, box: tuple[int, int, int, int] | None, number: int = 1) -> Redaction:
    return Redaction(number, "FW00000001", shape, 1, box, "", "PII")


@pytest.mark.parametrize(
    ("drawn", "texts"),
    [
        ((310, 410, 20, 10), ["word00"]),
        ((400, 405, 200, 30), ["word00", "word01"]),
        ((290, 395, 900, 120), [word.text for word in WORDS[:8]]),
        ((525, 465, 100, 50), ["word11"]),
        ((0, 0, 100, 100), []),
    ],
    ids=["inside", "across two", "two lines", "second line", "paper"],
)
def test_a_box_holds_its_words_whole(drawn: tuple[int, int, int, int], texts: list[str]) -> None:
    box, hidden = snapped(WORDS, drawn, PAGE)
    assert [word.text for word in hidden] == texts
    for word in hidden:
        assert box[0] <= word.x - GROWN
        assert box[1] <= word.y - GROWN
        assert word.x + word.w + GROWN <= box[0] + box[2]
        assert word.y + word.h + GROWN <= box[1] + box[3]


@pytest.mark.parametrize("seed", range(12))
def test_a_snapped_box_is_snapped(seed: int) -> None:
    """Whatever is drawn: no word is cut, and snapping again changes nothing."""
    rng = random.Random(seed)
    words = [
        PageWord("w" * rng.randint(1, 9), rng.randrange(0, 2400), rng.randrange(0, 3200),
                 rng.randint(2, 300), rng.randint(2, 90))
        for _ in range(60)
    ]  # fmt: skip
    for _ in range(40):
        drawn = (rng.randrange(-50, 2500), rng.randrange(-50, 3250), rng.randint(1, 900),
                 rng.randint(1, 300))  # fmt: skip
        box, hidden = snapped(words, drawn, PAGE)
        if hidden:
            assert all(word in hidden for word in words if catches(box, word))
        for word in hidden:
            assert box[0] <= max(0, word.x - GROWN)
            assert box[1] <= max(0, word.y - GROWN)
            assert min(PAGE[0], word.x + word.w + GROWN) <= box[0] + box[2]
            assert min(PAGE[1], word.y + word.h + GROWN) <= box[1] + box[3]


def test_ink_between_the_words_and_the_drawn_edge_stays_covered() -> None:
    page = Image.new("1", PAGE, 255)
    ImageDraw.Draw(page).line((480, 405, 500, 430), fill=0, width=3)
    bare, _ = snapped(WORDS[:1], (295, 395, 220, 50), PAGE)
    seen, _ = snapped(WORDS[:1], (295, 395, 220, 50), PAGE, page)
    assert bare[0] + bare[2] == 464
    assert seen[0] + seen[2] == 515


def test_box_page_and_all_but_a_box_are_burnt() -> None:
    page = Image.new("1", PAGE, 255)
    assert burn(page, [redaction(Shape.BOX, (100, 100, 50, 20))], ()).getbbox() == (0, 0, *PAGE)
    black = burn(page, [redaction(Shape.PAGE, None)], ())
    assert black.crop((0, 0, 2550, 1500)).getextrema() == (0, 0)
    left = burn(page, [redaction(Shape.INVERSE, (100, 200, 300, 400))], ())
    assert left.crop((100, 200, 400, 600)).getextrema() == (255, 255)
    assert left.crop((0, 0, 2550, 200)).getextrema() == (0, 0)
    assert left.crop((400, 200, 2550, 600)).getextrema() == (0, 0)
    proposed = Redaction(
        1, "FW00000001", Shape.PAGE, 1, None, "", "PII", "", RedactionState.PROPOSED
    )
    assert burn(page, [proposed], ()).tobytes() == page.tobytes()


def test_a_label_stands_where_it_fits_and_crosses_no_other_box() -> None:
    page = Image.new("1", (600, 400), 255)
    with_label = blacked(page, [Blackout((50, 50, 300, 80), "PII")])
    assert with_label.crop((50, 50, 350, 130)).getextrema() == (0, 255)
    small = blacked(page, [Blackout((50, 50, 20, 12), "PII")])
    assert small.crop((50, 50, 70, 62)).getextrema() == (0, 0)
    crossed = [Blackout((50, 50, 300, 80), "PII"), Blackout((190, 40, 20, 100), "PII")]
    assert blacked(page, crossed).crop((50, 50, 350, 130)).getextrema() == (0, 0)


def test_a_widened_box_reaches_over_the_whole_line() -> None:
    box, _ = snapped(WORDS, (310, 410, 20, 10), PAGE)
    wide = even(WORDS, box, PAGE)
    assert (wide[1], wide[3]) == (box[1], box[3])
    assert wide[0] <= 300
    assert wide[0] + wide[2] >= 300 + 3 * 220 + 160


@pytest.mark.parametrize("place", ["lower right", "upper left", "none"])
@pytest.mark.parametrize("dpi", [300, 200, 600])
@pytest.mark.parametrize("mode", ["1", "RGB"])
def test_a_box_is_proved_however_the_page_is_shrunk(place: str, dpi: int, mode: str) -> None:
    """A page printed to its edges, and a box over the place of the number and past the page."""
    rng = random.Random(7)
    page = Image.new("RGB", (640, 800), "white")
    pen = ImageDraw.Draw(page)
    for _ in range(400):
        at = rng.randrange(640), rng.randrange(800)
        pen.rectangle((*at, at[0] + 30, at[1] + 9), fill=tuple(rng.randrange(256) for _ in "rgb"))
    page.info["comment"] = b"a secret"
    image = page if mode == "RGB" else page.convert("1")
    boxes = [(33, 47, 211, 66), (500, 740, 139, 60)]

    def black(picture: Image.Image, moved: object) -> Image.Image:
        return blacked(picture, [Blackout(box, "PII") for box in moved])  # type: ignore[attr-defined]

    made = redacted_page(image, "AB00000001", "SECRET", boxes, black, place=place, dpi=dpi)
    assert made.wrong == ""
    assert made.kind == ("JPG" if mode == "RGB" else "TIF")
    assert b"a secret" not in made.data


def test_a_page_that_does_not_read_back_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """An encoder that loses a box is caught by what it wrote."""
    real = files._tiff
    wrong = Image.new("1", (400, 400), 255)
    pages = iter((wrong, None))
    monkeypatch.setattr(files, "_tiff", lambda page, dpi: real(next(pages) or page, dpi))

    def black(picture: Image.Image, boxes: object) -> Image.Image:
        return blacked(picture, [Blackout((10, 10, 50, 50))])

    page = Image.new("1", (400, 400), 255)
    made = redacted_page(page, "", "", [(10, 10, 50, 50)], black, place="none")
    assert "does not read back" in made.wrong


def test_every_reason_that_is_shipped_can_be_burnt() -> None:
    for name in loader.available():
        for reason in loader.load(name).redaction_reasons:
            page = blacked(
                Image.new("1", (900, 200), 255), [Blackout((0, 0, 900, 200), reason.label)]
            )
            assert page.getextrema() == (0, 255), reason
