"""A drawing, as SVG and as PNG."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from itertools import pairwise
from xml.etree import ElementTree

import pikepdf
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat
from pypdfium2 import PdfDocument

from forthwith.custody.pictures.graph import drawing as graph_drawing
from forthwith.custody.pictures.graph import graph
from forthwith.custody.pictures.timeline import drawing as timeline_drawing
from forthwith.custody.pictures.timeline import timeline
from forthwith.plain.drawings.drawing import (
    DARK,
    Box,
    Drawing,
    Shape,
    Stroke,
    Words,
    hatching,
    head,
    moved,
)
from forthwith.plain.drawings.plotted import LONGEST, pdf, png
from forthwith.plain.drawings.svg import dark_style, standalone, svg
from forthwith.plain.drawings.tables import MOST_ROWS, Column, Table, below
from tests.builders import pictured

ITEMS = (
    Box(x=10, y=10, width=80, height=30, fill="#eeeeee", line="#000000", hatch="#888888", round=4),
    Stroke(points=((0, 0), (40, 20), (90, 5)), smooth=True, arrow=True, dashed=True),
    Shape(points=((5, 5), (9, 9), (1, 9)), line="#000000"),
    Words(x=10, y=60, text="$x^2$ <b> 山田 😀\ud800", bold=True, hover='"cited" & <seen>'),
)
DRAWING = Drawing(200, 100, "A title", "What is drawn", ITEMS)
SIDE = st.floats(1, 500)


def test_a_drawing_is_escaped_as_svg() -> None:
    drawn = svg(DRAWING, "one")

    assert "<b>" not in drawn
    assert "&lt;b&gt;" in drawn
    assert "<title>&quot;cited&quot; &amp; &lt;seen&gt;</title>" in drawn
    assert drawn.encode("utf-8")


def test_a_drawing_as_png_is_twice_its_size_and_not_blank() -> None:
    picture = Image.open(io.BytesIO(png(DRAWING)))

    assert picture.size == (400, 200)
    assert len(picture.convert("L").getcolors(65_536) or ()) > 3


def test_a_drawing_as_pdf_is_vectors_whose_words_can_be_searched() -> None:
    """Names of every alphabet are text in embedded faces, and no pixels."""
    names = ("Ann Žluť", "Константин", "山田太郎 한국", "“to” — …")
    words = tuple(Words(x=10, y=20 + 18 * at, text=name) for at, name in enumerate(names))
    data = pdf(Drawing(200, 100, "A title", "What is drawn", (*ITEMS[:3], *words)))
    text = PdfDocument(data)[0].get_textpage().get_text_range()
    with pikepdf.open(io.BytesIO(data)) as file:
        parts = [part for part in file.objects if isinstance(part, pikepdf.Dictionary)]
        fonts = [part for part in parts if part.get("/Type") == "/FontDescriptor"]
        resources = file.pages[0].Resources

    assert text.split("\r\n") == list(names)
    assert fonts
    assert all("/FontFile2" in font or "/FontFile3" in font for font in fonts)
    assert not resources.get("/XObject") or not any(
        part.get("/Subtype") == "/Image" for part in resources.XObject.values()
    )


def test_a_line_that_begins_from_right_to_left_goes_on_from_left_to_right() -> None:
    """As it does in a page: the number of a note is its end."""
    name = Words(x=10, y=60, text="שלום Ann", size=40)
    alone, noted = (
        Image.open(io.BytesIO(png(Drawing(600, 80, "t", "", (words,))))).convert("L")
        for words in (name, replace(name, text=f"{name.text} [1]"))
    )
    first_word = (0, 0, 250, 160)
    differing = ImageChops.difference(alone.crop(first_word), noted.crop(first_word))

    assert ImageStat.Stat(differing).mean[0] < 1


def test_every_colour_of_the_pictures_has_one_for_a_dark_screen() -> None:
    """A colour without one would stay light on light, or dark on dark."""
    facts = pictured.facts()
    drawings = (
        timeline_drawing.drawing(timeline(facts, "cold-1")),
        graph_drawing.drawing(graph(facts, "cold-1", date(2023, 4, 10))),
    )
    used = {
        colour
        for picture in drawings
        for item in picture.items
        for name in ("fill", "line", "colour", "hatch")
        if (colour := getattr(item, name, ""))
    }

    assert used <= DARK.keys()
    assert all(f'[fill="{light}"]' in dark_style() for light in DARK)


def test_a_file_of_its_own_is_a_whole_svg_in_millimetres() -> None:
    drawn = standalone(DRAWING)
    root = ElementTree.fromstring(drawn.encode("utf-8"))

    assert root.get("width") == "50.8mm"
    assert root.tag == "{http://www.w3.org/2000/svg}svg"


def test_what_is_moved_keeps_its_shape() -> None:
    box, stroke, _, words = moved(ITEMS, 5, 7, 2)

    assert (box.x, box.y, box.width, box.height) == (25, 27, 160, 60)
    assert stroke.points[1] == (85, 47)
    assert (words.x, words.y, words.size) == (25, 127, ITEMS[3].size * 2)


def test_the_same_drawing_gives_the_same_bytes() -> None:
    assert pdf(DRAWING) == pdf(DRAWING)
    assert png(DRAWING) == png(DRAWING)
    assert svg(DRAWING, "one") == svg(DRAWING, "one")


def test_a_very_tall_drawing_is_made_smaller_not_refused() -> None:
    tall = Drawing(100, 60_000, "Tall", "", ())

    assert Image.open(io.BytesIO(png(tall))).size[1] <= LONGEST


@given(SIDE, SIDE, SIDE, SIDE)
def test_hatching_stays_inside_its_box(x: float, y: float, wide: float, high: float) -> None:
    box = Box(x=x, y=y, width=wide, height=high)

    for line in hatching(box):
        for at_x, at_y in line:
            assert x - 1e-6 <= at_x <= x + wide + 1e-6
            assert y - 1e-6 <= at_y <= y + high + 1e-6


def test_an_arrow_points_where_its_line_goes() -> None:
    onward, back = head(((0, 0), (9, 0)), 4), head(((9, 0), (0, 0)), 4)

    assert onward[1][0] < onward[0][0]
    assert back[1][0] > back[0][0]


def test_a_table_under_a_drawing_does_not_overlap_it_or_itself() -> None:
    rows = (("one", "x" * 900), ("two", "")) * 5
    made = below(DRAWING, Table("Rows", (Column("A", 10), Column("B", 40)), rows))
    words = [each for each in made.items[len(ITEMS) :] if isinstance(each, Words)]
    first_column = sorted(each.y for each in words if each.x == 20)

    assert all(DRAWING.height < each.y < made.height for each in words)
    assert all(two - one >= 12 for one, two in pairwise(first_column))


def test_rows_past_the_bound_are_counted() -> None:
    rows = tuple((str(at),) for at in range(MOST_ROWS + 7))
    made = below(DRAWING, Table("Rows", (Column("A", 10),), rows))

    assert "7 more rows are in the HTML page" in [getattr(each, "text", "") for each in made.items]
