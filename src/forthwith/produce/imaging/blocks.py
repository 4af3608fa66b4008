"""Blocks of a rendered document, and setting them in a column: paragraphs, rules, pictures, tables.

`imaging_html` makes blocks out of a tree, `imaging_tables` sets tables side by side. A block
becomes strips; nothing here knows about pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from PIL import Image

from forthwith.produce.imaging.fonts import Family, face
from forthwith.produce.imaging.lines import Line, Span, lines, marks_of, tokens
from forthwith.produce.imaging.page import DEPTH, Bar, Ink, Mark, Picture, Strip

#: One step of a list or an indented block, and of a quotation, pixels.
INDENT, QUOTE = 75, 42
#: No token asks a table for more than this; longer ones are broken instead, pixels.
_WIDEST_TOKEN = 420


@dataclass(frozen=True, slots=True)
class Place:
    """Where a block stands: how far in, and in how many quotations."""

    indent: int = 0
    quotes: int = 0

    @property
    def left(self) -> int:
        """Pixels from the column's left edge."""
        return self.indent * INDENT + self.quotes * QUOTE


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text that flows; `rows` are its lines where the source breaks them."""

    rows: tuple[tuple[Span, ...], ...]
    place: Place = Place()
    gap: int = 0
    #: Bullet or number, standing before the first line.
    marker: str = ""
    centred: bool = False
    #: Drawn with a frame: a notice of ours that stands for something not shown.
    boxed: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the column."""

    place: Place = Place()
    gap: int = 24


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture at its own size in pixels at 300 dpi, smaller where the column is narrower."""

    width: int
    height: int
    load: Callable[[], Image.Image]
    place: Place = Place()
    gap: int = 18


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table and how many columns and rows it covers."""

    blocks: tuple[Block, ...]
    across: int = 1
    down: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; ruled where the source draws borders."""

    rows: tuple[tuple[Cell, ...], ...]
    place: Place = Place()
    ruled: bool = False
    gap: int = 12


Block = Paragraph | Rule | Figure | Table


def strips(blocks: tuple[Block, ...], left: int, width: int) -> Iterator[Strip]:
    """Set blocks in a column `width` pixels wide whose left edge is at `left`."""
    for block in blocks:
        # However deep it is nested, a block keeps a third of the column.
        inset = min(block.place.left, width * 2 // 3)
        for strip in _block(block, left + inset, width - inset):
            yield _quoted(strip, block.place, left)


def _block(block: Block, left: int, width: int) -> Iterator[Strip]:
    if isinstance(block, Paragraph):
        yield from _paragraph(block, left, width)
    elif isinstance(block, Rule):
        yield Strip(27, (Bar(left, 12, left + width, 15),), block.gap)
    elif isinstance(block, Figure):
        yield _figure(block, left, width)
    else:
        from forthwith.produce.imaging_tables import table_strips

        yield from table_strips(block, left, width)


def _figure(figure: Figure, left: int, width: int) -> Strip:
    share = min(1.0, width / figure.width, DEPTH / figure.height)
    size = max(1, int(figure.width * share)), max(1, int(figure.height * share))
    return Strip(size[1], (Picture(left, 0, *size, figure.load),), figure.gap)


def _paragraph(block: Paragraph, left: int, width: int) -> Iterator[Strip]:
    pad = 12 if block.boxed else 0
    set_lines = [line for row in block.rows for line in lines(row, width - 2 * pad)]
    if block.boxed:
        width = min(width, round(max(line.width for line in set_lines)) + 2 * pad + 3)
    last = len(set_lines) - 1
    for place, line in enumerate(set_lines):
        shift = max(0, int((width - line.width) / 2)) if block.centred else pad
        strip = _line(line, left + shift, width - shift - pad, block.gap if place == 0 else 0)
        if block.marker and place == 0:
            strip = _marked(strip, line, block.marker, left)
        if block.boxed:
            strip = _boxed(strip, left, width, first=place == 0, last=place == last)
        yield strip


def _line(line: Line, left: float, room: float, gap: int) -> Strip:
    faces = [span.face for _, span in line.pieces] or [face(Family.SANS, 10)]
    ascent = max(each.ascent for each in faces)
    return Strip(max(each.height for each in faces), marks_of(line, left, ascent, room), gap)


def _marked(strip: Strip, line: Line, marker: str, left: int) -> Strip:
    letters = line.pieces[0][1].face if line.pieces else face(Family.SANS, 10)
    ink = Ink(left - letters.advance(marker) - 18, letters.ascent, marker, letters)
    return replace(strip, marks=(ink, *strip.marks))


def _boxed(strip: Strip, left: int, width: int, *, first: bool, last: bool) -> Strip:
    right, height = left + width, strip.height
    frame = [Bar(left, 0, left + 2, height), Bar(right - 2, 0, right, height)]
    if first:
        frame.append(Bar(left, 0, right, 2))
    if last:
        frame.append(Bar(left, height - 2, right, height))
    return replace(strip, marks=(*frame, *strip.marks))


def _quoted(strip: Strip, place: Place, left: int) -> Strip:
    """Return the strip with one upright bar for each quotation it stands in."""
    if not place.quotes:
        return strip
    start = left + place.indent * INDENT
    bars: list[Mark] = [
        Bar(start + depth * QUOTE + 6, -strip.gap, start + depth * QUOTE + 10, strip.height)
        for depth in range(place.quotes)
    ]
    return replace(strip, marks=(*bars, *strip.marks))


def extents(block: Block) -> tuple[int, int]:
    """Return the least and the most width a block can use, pixels."""
    if isinstance(block, Paragraph):
        least, most = 0.0, 0.0
        for row in block.rows:
            widths = [width for _, _, width in tokens(row)]
            least = max(least, min(max(widths, default=0.0), _WIDEST_TOKEN))
            most = max(most, sum(widths))
        pad = 27 if block.boxed else 3
        return round(least) + block.place.left + pad, round(most) + block.place.left + pad
    if isinstance(block, Figure):
        return min(block.width, 150) + block.place.left, block.width + block.place.left
    if isinstance(block, Rule):
        return 30, 30
    from forthwith.produce.imaging_tables import table_extents

    least_table, most_table = table_extents(block)
    return least_table + block.place.left, most_table + block.place.left
