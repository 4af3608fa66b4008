"""A drawing, as SVG and as PNG."""

from __future__ import annotations

import io
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from forthwith.custody.pictures.drawing import Box, Drawing, Shape, Stroke, Words, hatching, head
from forthwith.custody.pictures.plotted import LONGEST, png
from forthwith.custody.pictures.svg import svg
from forthwith.custody.pictures.tables import MOST_ROWS, Column, Table, below

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


def test_the_same_drawing_gives_the_same_bytes() -> None:
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
