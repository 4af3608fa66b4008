"""The tables that go with a picture, and one drawn beneath it.

A PNG has no hover and no page around it: what it shows stands in words under it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from forthwith.plain.drawings.drawing import FAINT, SOFT, Drawing, Item, Stroke, Words
from forthwith.plain.drawings.words import folded

#: Rows drawn; the page has all.
MOST_ROWS = 45
_SIZE, _LINE, _LEFT, _MOST_LINES = 11.5, 15.0, 20.0, 8


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and how wide it is, as a share of the sheet."""

    name: str
    width: float
    #: Its cells are short and are never folded on a page.
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """What a picture shows, in rows."""

    heading: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    #: What a reader must know to read it; "" for none.
    note: str = ""
    #: Begins the name of each row, which its first cell ends; "": nothing leads to a row.
    anchor: str = ""


def below(drawing: Drawing, table: Table) -> Drawing:
    """Return the drawing with the table under it, cells folded, rows past the bound counted."""
    columns, rows = table.columns, table.rows
    whole = sum(column.width for column in columns)
    columns = tuple(
        replace(column, width=column.width * (drawing.width - 2 * _LEFT) / whole)
        for column in columns
    )
    items: list[Item] = list(drawing.items)
    y = drawing.height + 26
    items.append(Words(x=_LEFT, y=y, text=table.heading, size=16, bold=True))
    y = _row(items, y + 8, columns, [column.name for column in columns], head=True)
    for row in rows[:MOST_ROWS]:
        y = _row(items, y, columns, row)
    if (left := len(rows) - MOST_ROWS) > 0 or not rows:
        text = f"{left:,} more rows are in the HTML page" if rows else "None."
        items.append(Words(x=_LEFT, y=y + 20, text=text, size=13, colour=SOFT))
        y += 26
    return replace(drawing, height=y + 12, items=tuple(items))


def _row(
    items: list[Item],
    y: float,
    columns: Sequence[Column],
    cells: Sequence[str],
    *,
    head: bool = False,
) -> float:
    cell_lines = [
        folded(cell, column.width - 10, _SIZE, _MOST_LINES, bold=head)
        for column, cell in zip(columns, cells, strict=True)
    ]
    x = _LEFT
    for column, lines in zip(columns, cell_lines, strict=True):
        items += _cell(x, y, lines, head=head)
        x += column.width
    y += _LINE * max(map(len, cell_lines)) + 8
    items.append(Stroke(points=((_LEFT, y), (x, y)), colour=SOFT if head else FAINT))
    return y


def _cell(x: float, y: float, lines: Sequence[str], *, head: bool) -> Iterator[Words]:
    for at, line in enumerate(lines):
        if line:
            yield Words(x=x, y=y + 14 + at * _LINE, text=line, size=_SIZE, bold=head)
