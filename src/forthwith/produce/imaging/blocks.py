"""Blocks of a rendered document, and setting them in a column: paragraphs, rules, pictures, tables.

`html` makes blocks out of a tree. A block becomes strips; nothing here knows about pages. Tables
are set side by side where they fit, one cell under another where they do not: column widths follow
the least and the most each column can use, and a row taller than a page is cut only between lines,
never through one.
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
    ascent = max(font.ascent for font in faces)
    return Strip(max(font.height for font in faces), marks_of(line, left, ascent, room), gap)


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

    least_table, most_table = table_extents(block)
    return least_table + block.place.left, most_table + block.place.left


_PAD = 15
#: Columns beyond this are not set side by side.
_MOST_COLUMNS = 40
_MOST_ROWS_COVERED = 1000


@dataclass(frozen=True, slots=True)
class Placed:
    """A cell with the column it begins in."""

    cell: Cell
    column: int


def grid(table: Table) -> tuple[list[list[Placed]], int]:
    """Give every cell its column, past cells that reach down from rows above; and the columns."""
    covered_rows: dict[int, int] = {}
    rows: list[list[Placed]] = []
    columns = 1
    for row in table.rows:
        column, placed = 0, []
        for cell in row:
            while covered_rows.get(column, 0) > 0:
                column += 1
            placed.append(Placed(cell, column))
            for covered in range(column, column + cell.across):
                covered_rows[covered] = min(cell.down, _MOST_ROWS_COVERED)
            column += cell.across
        covered_rows = {place: left - 1 for place, left in covered_rows.items() if left > 1}
        columns = max(columns, column)
        rows.append(placed)
    return rows, columns


def table_extents(table: Table) -> tuple[int, int]:
    """Return the least and the most width a table can use, pixels."""
    rows, columns = grid(table)
    least, most = _columns(rows, columns)
    if columns > _MOST_COLUMNS:
        return max(least), max(most)
    return sum(least), sum(most)


def _columns(rows: list[list[Placed]], columns: int) -> tuple[list[int], list[int]]:
    """Return the least and the most width of every column."""
    least, most = [2 * _PAD] * columns, [2 * _PAD] * columns
    wide: list[tuple[Placed, int, int]] = []
    for placed in (placed for row in rows for placed in row):
        sizes = [extents(block) for block in placed.cell.blocks]
        low = max((size[0] for size in sizes), default=0) + 2 * _PAD
        high = max((size[1] for size in sizes), default=0) + 2 * _PAD
        if placed.cell.across == 1:
            least[placed.column] = max(least[placed.column], low)
            most[placed.column] = max(most[placed.column], high)
        else:
            wide.append((placed, low, high))
    for placed, low, high in wide:
        _spread(least, placed, low)
        _spread(most, placed, high)
    return least, most


def _spread(widths: list[int], placed: Placed, needed: int) -> None:
    """Widen the columns a cell covers, evenly, until it fits."""
    covered = range(placed.column, placed.column + placed.cell.across)
    short = needed - sum(widths[column] for column in covered)
    if short > 0:
        for column in covered:
            widths[column] += -(-short // len(covered))


def table_strips(table: Table, left: int, width: int) -> Iterator[Strip]:
    """Set a table in a column `width` pixels wide."""
    rows, columns = grid(table)
    widths = _fitting(rows, columns, width)
    gap = table.gap
    for place, row in enumerate(rows):
        set_row = None if widths is None else _row(row, widths, left)
        if set_row is None or any(strip.height > DEPTH for strip in set_row):
            set_row = list(_stacked(row, left, width))
        elif table.ruled and widths is not None:
            edges = [left + sum(widths[:column]) for column in range(columns + 1)]
            set_row = _ruled(set_row, row, edges, last=place == len(rows) - 1)
        for strip in set_row:
            yield replace(strip, gap=strip.gap + gap)
            gap = 0


def _fitting(rows: list[list[Placed]], columns: int, width: int) -> list[int] | None:
    """Share `width` among the columns; None when they cannot stand side by side."""
    if columns > _MOST_COLUMNS:
        return None
    least, most = _columns(rows, columns)
    if sum(most) <= width:
        return most
    spare = width - sum(least)
    if spare < 0:
        return None
    wish = sum(most) - sum(least)
    return [low + spare * (high - low) // wish for low, high in zip(least, most)]


def _row(row: list[Placed], widths: list[int], left: int) -> list[Strip]:
    """Set the cells of one row beside each other and cut between lines."""
    pieces: list[tuple[int, Strip]] = []
    for placed in row:
        start = left + sum(widths[: placed.column])
        room = sum(widths[placed.column : placed.column + placed.cell.across]) - 2 * _PAD
        y = 0
        for strip in strips(placed.cell.blocks, start + _PAD, room):
            y += strip.gap if y else 0
            pieces.append((y, strip))
            y += strip.height
    pieces.sort(key=lambda piece: piece[0])
    return list(_cut(pieces)) or [Strip(2 * _PAD)]


def _cut(pieces: list[tuple[int, Strip]]) -> Iterator[Strip]:
    """Join pieces that overlap in height into strips; between strips nothing is cut."""
    group: list[tuple[int, Strip]] = []
    top = bottom = 0
    for y, strip in pieces:
        if group and y >= bottom:
            yield _joined(group, top, bottom)
            # White between two groups belongs to the lower one.
            group, top = [], bottom
        group.append((y, strip))
        bottom = max(bottom, y + strip.height)
    if group:
        yield _joined(group, top, bottom)


def _joined(group: list[tuple[int, Strip]], top: int, bottom: int) -> Strip:
    marks = tuple(_lowered(mark, y - top) for y, strip in group for mark in strip.marks)
    return Strip(bottom - top, marks)


def _lowered(mark: Mark, by: int) -> Mark:
    if isinstance(mark, Ink):
        return replace(mark, y=mark.y + by)
    if isinstance(mark, Bar):
        return replace(mark, top=mark.top + by, bottom=mark.bottom + by)
    return Picture(mark.left, mark.top + by, mark.width, mark.height, mark.load)


def _stacked(row: list[Placed], left: int, width: int) -> Iterator[Strip]:
    """Set the cells of one row under each other, with a short rule after the row."""
    filled = [placed for placed in row if placed.cell.blocks]
    for placed in filled:
        yield from strips(placed.cell.blocks, left, width)
    if len(filled) > 1:
        yield from strips((Rule(gap=0),), left, width // 4)


def _ruled(set_row: list[Strip], row: list[Placed], edges: list[int], *, last: bool) -> list[Strip]:
    """Draw the borders of one row: above it, between its cells, and below the last."""
    sides = sorted(
        {edges[placed.column] for placed in row}
        | {edges[min(placed.column + placed.cell.across, len(edges) - 1)] for placed in row}
        | {edges[0], edges[-1]}
    )
    spaced = [Strip(6), *set_row, Strip(9)]
    ruled = []
    for place, strip in enumerate(spaced):
        bars: list[Mark] = [Bar(side, -strip.gap, side + 2, strip.height) for side in sides]
        if place == 0:
            bars += [
                Bar(edges[p.column], 0, edges[min(p.column + p.cell.across, len(edges) - 1)] + 2, 2)
                for p in row
            ]
        if last and place == len(spaced) - 1:
            bars.append(Bar(edges[0], strip.height - 2, edges[-1] + 2, strip.height))
        ruled.append(replace(strip, marks=(*bars, *strip.marks)))
    return ruled
