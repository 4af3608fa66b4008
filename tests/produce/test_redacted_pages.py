"""What a PDF hides goes out neither in pages nor in text, whatever box is drawn and wherever."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image

from forthwith.domain.documents import Document
from forthwith.domain.redactions import Rectangle, Redaction, Shape
from forthwith.produce import imaging
from forthwith.produce import stage as volume
from forthwith.produce.burn import snapped
from forthwith.produce.errors import RedactionsStaleError
from forthwith.produce.imager import pages_of
from forthwith.produce.imaging.fingerprint import fingerprint
from forthwith.produce.page_words import words_of
from forthwith.produce.stage import Staged
from forthwith.standards import loader
from tests.builders import pdf
from tests.builders.documents import FakeAccess, control, document, order

STANDARD = loader.load("sec/2021-08")
IMAGER = imaging.imager(STANDARD.images)
SECRET = "Brandvold 44171234"
_TEXT = f"({SECRET}) Tj"
_OPEN = "BT /F1 14 Tf 40 250 Td (Words that are left) Tj ET\n"


def _off(made: pikepdf.Pdf) -> None:
    """Switch a layer off, in which the secret stands."""
    layer = made.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="Hidden"))
    off = pikepdf.Dictionary(OFF=[layer], Order=[layer])
    made.Root.OCProperties = pikepdf.Dictionary(OCGs=[layer], D=off)
    made.pages[0].obj.Resources.Properties = pikepdf.Dictionary(L=layer)


def _rotated(turn: int) -> Callable[[pikepdf.Pdf], None]:
    def change(made: pikepdf.Pdf) -> None:
        made.pages[0].obj.Rotate = turn

    return change


def _cropped(made: pikepdf.Pdf) -> None:
    made.pages[0].obj.CropBox = pikepdf.Array([0, 150, 300, 300])


def _noted(made: pikepdf.Pdf) -> None:
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 9, 9], Contents=SECRET, F=2
    )
    made.pages[0].Annots = pikepdf.Array([made.make_indirect(note)])


#: Where the secret stands, and on no image: (operators, what is done to the file).
HIDDEN: dict[str, tuple[str, Callable[[pikepdf.Pdf], None] | None]] = {
    "layer switched off": (f"/OC /L BDC BT /F1 14 Tf 40 100 Td {_TEXT} ET EMC", _off),
    "white on white": (f"1 g BT /F1 14 Tf 40 100 Td {_TEXT} ET 0 g", None),
    "drawn invisibly": (f"BT 3 Tr /F1 14 Tf 40 100 Td {_TEXT} ET", None),
    "under a black bar": (f"BT /F1 14 Tf 40 100 Td {_TEXT} ET 30 90 200 40 re f", None),
    "outside the crop": (f"BT /F1 14 Tf 40 100 Td {_TEXT} ET", _cropped),
    "beside the page": (f"BT /F1 14 Tf 40 -80 Td {_TEXT} ET", None),
    "said otherwise": (
        f"/Span <</ActualText ({SECRET})>> BDC BT /F1 14 Tf 40 100 Td (a) Tj ET EMC",
        None,
    ),
    "clipped away": (f"q 0 0 5 5 re W n BT /F1 14 Tf 40 100 Td {_TEXT} ET Q", None),
    "in a note": ("", _noted),
}


def made(
    tmp_path: Path, data: bytes, boxes: list[Rectangle], page: int = 1, **about: object
) -> tuple[Staged, Document]:
    """Stage a volume of one PDF with boxes as they are drawn, snapped."""
    own = document(1, name="a.pdf", media_type="application/pdf", **about)
    access = FakeAccess({control(1): data}, {control(1): f"Everything: {SECRET}\n"})
    pages = pages_of(IMAGER, access, own, barred=False)
    image = pages.paint(page - 1)  # type: ignore[union-attr]
    words = words_of(pages, page - 1, IMAGER.shown(image))  # type: ignore[arg-type]
    rows = [
        Redaction(at, own.control_number, Shape.BOX, page, snapped(words, box, image.size)[0], "",
                  "PII", drawn_on=fingerprint(image))
        for at, box in enumerate(boxes, 1)
    ]  # fmt: skip
    asked = order(redactions={own.control_number: tuple(rows)})
    return volume.stage(tmp_path, asked, [own], access, STANDARD, 1), own


def text_of(staged: Staged) -> str:
    return next(staged.root.glob("TEXT/*/*.TXT")).read_text("utf-8-sig")


@pytest.mark.parametrize("where", HIDDEN)
@pytest.mark.parametrize("turn", [0, 90])
def test_words_on_no_image_are_in_no_text(where: str, turn: int, tmp_path: Path) -> None:
    content, change = HIDDEN[where]

    def both(made: pikepdf.Pdf) -> None:
        if change is not None:
            change(made)
        _rotated(turn)(made)

    data = pdf.drawn(_OPEN + content, change=both)
    staged, _ = made(tmp_path, data, [(2000, 40, 60, 60)])
    text = text_of(staged)
    assert "Brandvold" not in text
    assert "44171234" not in text
    assert "left" in text
    assert not list(staged.root.glob("NATIVES/*/*"))


def _large(made: pikepdf.Pdf) -> None:
    made.pages[0].obj.MediaBox = pikepdf.Array([-500, -900, 3500, 1100])


@pytest.mark.parametrize("turn", [0, 90, 180, 270, None], ids=str)
def test_a_box_over_a_word_takes_it_whole_on_any_page(turn: int | None, tmp_path: Path) -> None:
    """On a page turned, and on one much larger than paper whose corner lies elsewhere."""
    size = 14 if turn is not None else 90
    content = f"BT /F1 {size} Tf 40 100 Td {_TEXT} ET"
    data = pdf.drawn(_OPEN + content, change=_large if turn is None else _rotated(turn))
    own = document(1, name="a.pdf", media_type="application/pdf")
    pages = pages_of(IMAGER, FakeAccess({control(1): data}), own, barred=False)
    image = pages.paint(0)  # type: ignore[union-attr]
    words = words_of(pages, 0, IMAGER.shown(image))  # type: ignore[arg-type]
    hidden = [word for word in words if word.text in SECRET.split()]
    assert len(hidden) == 2
    boxes = [(word.x + word.w // 2, word.y + word.h // 2, 5, 5) for word in hidden]
    staged, _ = made(tmp_path, data, boxes)
    assert "Brandvold" not in text_of(staged)
    assert "44171234" not in text_of(staged)
    [redacted] = staged.redacted
    assert {passage.text for passage in redacted.passages} >= set(SECRET.split())
    with Image.open(next(staged.root.glob("IMAGES/*/*"))) as page:
        shown = page.convert("L")
        for word in hidden:
            part = shown.crop((word.x, word.y, word.x + word.w, word.y + word.h))
            assert part.getextrema()[0] == 0
            assert sum(part.histogram()[128:]) < 0.5 * part.width * part.height


@pytest.mark.parametrize("seed", range(6))
def test_what_is_under_a_random_box_is_gone(seed: int, tmp_path: Path) -> None:
    """Words the boxes touch are in no text; those they do not, all are."""
    rng = random.Random(seed)
    names = [f"w{rng.randrange(10**6):06d}" for _ in range(40)]
    lines = "".join(
        f"BT /F1 9 Tf {20 + 70 * (at % 4)} {280 - 22 * (at // 4)} Td ({name}) Tj ET\n"
        for at, name in enumerate(names)
    )
    boxes = [
        (rng.randrange(2300), rng.randrange(2900), rng.randint(8, 700), rng.randint(8, 500))
        for _ in range(3)
    ]
    staged, _ = made(tmp_path, pdf.drawn(lines), boxes)
    [redacted] = staged.redacted
    left = set(text_of(staged).split())
    gone = {word for passage in redacted.passages for word in passage.text.split()}
    assert gone.isdisjoint(left)
    # What a box brushes against is left out of the text, and is no passage.
    assert len(set(names) - left - gone) <= 6


def test_a_picture_printed_to_its_edge_is_burnt_where_it_lies(tmp_path: Path) -> None:
    """Its page is shrunk to free the foot; the box goes with it."""
    picture = Image.effect_noise((850, 1100), 90).convert("L")
    held = io.BytesIO()
    picture.save(held, "PNG", dpi=(100, 100))
    own = document(1, name="a.png", media_type="image/png")
    access = FakeAccess({control(1): held.getvalue()})
    pages = pages_of(IMAGER, access, own, barred=False)
    image = pages.paint(0)  # type: ignore[union-attr]
    box = (200, image.height - 300, 900, 300)
    row = Redaction(
        1, own.control_number, Shape.BOX, 1, box, "", "PII", drawn_on=fingerprint(image)
    )
    asked = order(redactions={own.control_number: (row,)}, confidentiality="SECRET")
    staged = volume.stage(tmp_path, asked, [own], access, STANDARD, 1)
    [redacted] = staged.redacted
    [burnt] = redacted.boxes
    with Image.open(next(staged.root.glob("IMAGES/*/*"))) as page:
        left, top, width, _ = burnt.box
        edge = page.convert("L").crop((left, top, left + width, top + 2))
    assert edge.getextrema() == (0, 0)
    assert "No words could be read" in text_of(staged)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"drawn_on": "0" * 32}, "painted otherwise today"),
        ({"page": 9}, "on page 9, and it has 1 page today"),
        ({"reason": "Because"}, "does not name"),
        ({"box": (125, 250, 400, 20)}, "cuts through a word"),
    ],
    ids=["painted otherwise", "page gone", "reason gone", "not snapped"],
)
def test_a_page_painted_otherwise_stops_the_volume(
    changes: dict[str, Any], says: str, tmp_path: Path
) -> None:
    """Nothing is written where a box would lie over something else than it was drawn on."""
    own = document(1, name="a.pdf", media_type="application/pdf")
    access = FakeAccess({control(1): pdf.drawn(_OPEN)})
    pages = pages_of(IMAGER, access, own, barred=False)
    image = pages.paint(0)  # type: ignore[union-attr]
    words = words_of(pages, 0, IMAGER.shown(image))  # type: ignore[arg-type]
    if "box" in changes:
        first = words[0]
        changes = {"box": (first.x, first.y, first.w // 2, first.h)}
    row = Redaction(1, own.control_number, Shape.BOX, 1, (0, 0, 40, 40), "", "PII",
                    drawn_on=fingerprint(image))  # fmt: skip
    asked = order(redactions={own.control_number: (replace(row, **changes),)})
    with pytest.raises(RedactionsStaleError, match=says):
        volume.stage(tmp_path, asked, [own], access, STANDARD, 1)
    assert not any(tmp_path.iterdir())
