"""Plain text as pages (logs, tables in text, chat, plain mail bodies), and slip-sheets.

A slip-sheet is one page that stands for a document without page images, and says why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from PIL import Image

from forthwith.produce.imaging.fonts import Face, Family, face
from forthwith.produce.imaging.lines import Span, lines, strip_of
from forthwith.produce.imaging.page import COLUMN, LEFT, Ink, Strip, painted, stack

#: In the margin before a continued line.
MARKER = "\u21b3"
_TAB = 8
_QUOTE = re.compile(r"[ >|]*[>|][ >|]*")
_BREAK = re.compile(r"\r\n|\r+\n|[\r\n\f\v\u0085\u2028\u2029]")


def text_strips(
    text: str, *, family: Family = Family.MONO, points: float = 9.5, marked: bool = True
) -> Iterator[Strip]:
    """Yield the lines of a text as strips; `marked` puts a sign before continued lines."""
    letters = face(family, points)
    for line, breaks in _logical_lines(text):
        for place, strip in enumerate(_wrapped(line, letters, marked=marked)):
            fresh = breaks and place == 0
            yield Strip(strip.height, strip.marks, strip.gap, breaks=True) if fresh else strip


def _logical_lines(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each line and whether it starts a new page; a last line break makes no line."""
    place, breaks = 0, False
    while place < len(text):
        mark = _BREAK.search(text, place)
        end = mark.start() if mark else len(text)
        yield text[place:end], breaks
        breaks = mark is not None and mark.group() == "\f"
        place = mark.end() if mark else end


def _wrapped(line: str, letters: Face, *, marked: bool) -> Iterator[Strip]:
    if "\t" in line:
        line = line.expandtabs(_TAB)
    if not line.strip(" "):
        yield Strip(letters.height)
        return
    quote = _QUOTE.match(line)
    # A wrapped quotation continues under its text, not under its quote marks.
    hang = min(letters.advance(quote.group()), COLUMN / 3) if quote else 0.0
    for place, part in enumerate(lines([Span(line, letters)], COLUMN, hang=hang)):
        left = LEFT + (hang if place else 0)
        strip = strip_of(part, left, COLUMN - (hang if place else 0), letters)
        if place and marked:
            sign = Ink(LEFT - letters.size * 1.1, letters.ascent, MARKER, letters)
            strip = Strip(strip.height, (sign, *strip.marks))
        yield strip


def slip_sheet(lines_of_text: Sequence[str]) -> Image.Image:
    """Return one page with the lines centred, the first in bold."""
    strips = list(_strips(lines_of_text))
    height = sum(strip.height + strip.gap for strip in strips)
    pages, _ = stack([Strip(max(0, 1300 - height // 2)), *strips], 1)
    return painted(pages[0])


def _strips(lines_of_text: Sequence[str]) -> Iterator[Strip]:
    for place, text in enumerate(lines_of_text):
        letters = face(Family.SANS, 15 if place == 0 else 11, bold=place == 0)
        for line in lines([Span(text, letters)], COLUMN):
            shift = (COLUMN - line.width) / 2
            yield strip_of(line, LEFT + shift, COLUMN - shift, letters, gap=24)
