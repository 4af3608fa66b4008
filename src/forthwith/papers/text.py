"""A paper as plain text: UTF-8 with its mark, CRLF, 78 columns where it flows, 118 in a table."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from forthwith.papers.blocks import (
    RULE,
    Block,
    Caption,
    Centred,
    Heading,
    Lines,
    Numbered,
    Paragraph,
    Quote,
    Signature,
    Table,
    Ticks,
    Verbatim,
    caption_box,
    is_number,
)

_WIDTH = 78
#: Columns of a table in all, and those that no cell is folded below.
_WIDEST, _NARROWEST = 118, 14


def as_text(blocks: Sequence[Block]) -> bytes:
    """Return the blocks as text."""
    parts: list[str] = []
    number = 0
    for block in blocks:
        number += isinstance(block, Numbered)
        parts.append("\n".join(line.rstrip() for line in _plain(block, number)))
    return ("\n\n".join(parts) + "\n").replace("\n", "\r\n").encode("utf-8-sig", "replace")


def _plain(block: Block, number: int) -> Iterator[str]:  # noqa: C901 - one arm for each kind
    match block:
        case Centred(text):
            for line in textwrap.wrap(text, _WIDTH):
                yield line.center(_WIDTH)
        case Lines(lines):
            yield from lines
        case Heading(text):
            yield text
            yield "-" * len(text)
        case Paragraph(text):
            yield from _flow(text)
        case Numbered(text):
            yield from _flow(text, first=f"{number}. ".rjust(6), rest=" " * 6)
        case Verbatim(text) | Quote(text):
            for line in text.splitlines():
                yield from _flow(line, first=" " * 4, rest=" " * 4) if line.strip() else ("",)
        case Ticks(items):
            for ticked, text in items:
                yield from _flow(text, first=f"[{'x' if ticked else ' '}] ", rest=" " * 4)
        case Table(header, rows):
            yield from _columns([header, *rows])
        case Caption():
            yield from _caption(block)
        case Signature():
            yield from _signature(block)


def _flow(text: str, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
        break_long_words=False,
    )


def _caption(caption: Caption) -> Iterator[str]:
    for line in caption.court:
        yield line.center(_WIDTH)
    yield ""
    for left, right in zip(*caption_box(caption), strict=True):
        yield f"{left:<38})   {right}"
    yield "_" * 38 + ")"
    yield ""
    for line in textwrap.wrap(caption.title, 60):
        yield line.center(_WIDTH)


def _signature(block: Signature) -> Iterator[str]:
    indent = " " * 38
    if block.dated:
        yield from (*_flow(block.dated), "")
    if block.opening:
        yield from (indent + block.opening, "")
    yield indent + block.state
    yield indent + RULE
    for line in (block.name, *block.lines):
        yield indent + line


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = _fitted([max(len(row[place]) for row in rows) for place in range(len(rows[0]))])
    folded = any(len(cell) > width for row in rows for cell, width in zip(row, widths))
    for number, row in enumerate(rows):
        cells = [
            textwrap.wrap(cell, width, break_on_hyphens=False) if len(cell) > width else [cell]
            for cell, width in zip(row, widths, strict=True)
        ]
        for line in zip_longest(*cells, fillvalue=""):
            pairs = zip(line, widths, strict=True)
            yield "  " + "  ".join(
                cell.rjust(width) if is_number(cell) else cell.ljust(width) for cell, width in pairs
            )
        if number == 0:
            yield "  " + "  ".join("-" * width for width in widths)
        elif folded and number < len(rows) - 1:
            yield ""


def _fitted(widths: list[int]) -> list[int]:
    """Return widths that fit the widest sheet, the widest columns made narrower."""
    fitting = list(widths)
    while sum(fitting) + 2 * len(fitting) > _WIDEST and max(fitting) > _NARROWEST:
        fitting[fitting.index(max(fitting))] -= 1
    return fitting
