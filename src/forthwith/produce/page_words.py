"""The words of a page image with their boxes, from whatever the page was painted from.

Pages set here (mail, text, HTML) are read off the very marks that are painted: a box is the ink of
its word, to the pixel. Of a PDF (office files too) it is the text layer, and a word counts only
where the painted page has ink in its box: words of a layer that is switched off, or beneath a black
box, are in the file and on no image. Pictures have no words. What stands on a notice of ours (a
page that could not be drawn) is no word of the document.

Not read: form fields and notes of a PDF, which are drawn and stand in no text layer.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from PIL import Image

from forthwith.domain.page_words import PageWord
from forthwith.produce.imaging import Pages
from forthwith.produce.imaging.fonts import Face, Word, right_to_left
from forthwith.produce.imaging.page import HEIGHT, Ink, Page, drawn_words, runs_backwards
from forthwith.produce.imaging.pdf import Character
from forthwith.produce.imaging.plain_text import MARKER

#: Scripts written without spaces: a character with the marks that follow it is a word of its own.
_ALONE = re.compile(
    "[\u2e80-\u2fff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
    "\uf900-\ufaff\uff66-\uff9d\U00020000-\U000323af][\u3099\u309a\ufe00-\ufe0f\U000e0100-\U000e01ef]*"
)
_TOKEN = re.compile(r" +|[^ ]+")
#: pdfium's sign for a hyphen at the end of a line.
_HYPHEN = 0x02
#: Levels (of 255) by which ink and what is about it must differ, and how far about it is looked.
_CONTRAST, _ABOUT = 40, 3

#: Left, top, right, bottom.
Box = tuple[int, int, int, int]
Extent = tuple[float, float, float, float]


def words_of(
    pages: Pages, number: int, image: Image.Image | None, *, drawn: bool = False
) -> tuple[PageWord, ...]:
    """Return the words of page `number`, from 0, in reading order.

    With `drawn` those alone that are drawn as they read: a PDF can say other words in their place.

    `image` is the page as it is shown (black and white, where the standard's is): words that leave
    no ink on it are not there. With None, those of a PDF stand as its layer has them, seen or not.
    """
    if pages.pdf is not None:
        characters = pages.pdf.characters(number)
        if drawn:
            characters = [character for character in characters if not character.instead]
        return tuple(_read(characters, image))
    if number < len(pages.layout):
        return tuple(set_words(pages.layout[number]))
    return ()


def set_words(page: Page) -> Iterator[PageWord]:
    """Yield the words of a page that was set here, where its ink is."""
    for top, strip in page:
        for mark in strip.marks:
            if isinstance(mark, Ink) and mark.text != MARKER:
                yield from _words_in(mark, top)


def _words_in(ink: Ink, top: int) -> Iterator[PageWord]:
    for text, pen, word in drawn_words(ink):
        if word.mask is None:
            continue
        left, upper = pen + word.left, top + ink.y + word.top
        for part, (x0, y0, x1, y1) in _parts(text, word, word.mask, ink.face):
            yield PageWord(part, left + x0, upper + y0, x1 - x0, y1 - y0)


def _parts(text: str, word: Word, mask: Image.Image, face: Face) -> Iterator[tuple[str, Box]]:
    """Yield the words in what is drawn at once, each with its ink within the bitmap."""
    seen = _backwards(text, face) if runs_backwards(text) else _forwards(text, face)
    words: list[tuple[int, str]] = []
    edges = [0]
    pen = after = -float(word.left)
    for order, part, width in seen:
        if not part.isspace():
            if words:
                # Between two words, halfway over the space.
                edges.append(round((after + pen) / 2))
            words.append((order, part))
            after = pen + width
        pen += width
    edges.append(mask.width)
    found: list[tuple[int, str, Box]] = []
    for (order, part), (start, end) in zip(words, pairwise(_at_gaps(edges, mask, face.size))):
        if end > start and (box := mask.crop((start, 0, end, mask.height)).getbbox()):
            found.append((order, part, (box[0] + start, box[1], box[2] + start, box[3])))
    for _, part, box in sorted(found):
        yield part, box


def _at_gaps(edges: list[int], mask: Image.Image, size: int) -> list[int]:
    """Move each edge between two words to the nearest column without ink, if one is near."""
    if len(edges) == 2:
        return edges
    inked = [bool(column.any()) for column in np.asarray(mask).T]
    moved = [0]
    for edge in edges[1:-1]:
        low, high = max(moved[-1], edge - size // 4), min(mask.width, edge + size // 4 + 1)
        free = [at for at in range(low, high) if not inked[at]]
        moved.append(min(free, key=lambda at: abs(at - edge), default=max(edge, moved[-1])))
    return [*(min(edge, mask.width) for edge in moved), mask.width]


#: A piece of a run: its place in reading order, its text, how far the pen moves over it.
_Piece = tuple[int, str, float]


def _forwards(text: str, face: Face) -> list[_Piece]:
    """Return a word as the characters that stand alone in it, and the rest between them."""
    if text.isascii() or not (parts := _cut(text))[1:]:
        return [(0, text, 0.0)]
    return [(place, part, face.advance(part)) for place, part in enumerate(parts)]


def _backwards(text: str, face: Face) -> list[_Piece]:
    """Return the words and spaces of a run with letters from right to left, from left to right."""
    seen: list[_Piece] = []
    # The parts of several fonts stand from right to left (`fonts`).
    order = len(text)
    for file, part in face.parts(text):
        tokens = [token for word in _TOKEN.findall(part) for token in _cut(word)]
        order -= len(part)
        widths = [face.advance_in(file, token) for token in tokens]
        total = sum(widths)
        scale = face.advance_in(file, part) / total if total else 1.0
        seen += [(order + at, tokens[at], widths[at] * scale) for at in _seen_order(tokens)]
    return seen


def _seen_order(tokens: Sequence[str]) -> list[int]:
    """Return places of words in the order they stand from the left (UAX #9, by words).

    The first letter gives the base direction; what runs against it stands in its own order, with
    the spaces within; a number goes with the letters before it.
    """
    directions: list[bool | None] = []
    for token in tokens:
        letter = next((char for char in token if char.isalpha()), None)
        if letter is not None:
            directions.append(right_to_left(letter))
        elif any(map(str.isdigit, token)):
            directions.append(next((d for d in reversed(directions) if d is not None), None))
        else:
            directions.append(None)
    base = next((direction for direction in directions if direction is not None), False)
    order = list(range(len(tokens)))
    place = 0
    while place < len(tokens):
        if directions[place] is None or directions[place] == base:
            place += 1
            continue
        end = last = place
        while end < len(tokens) and directions[end] in {None, not base}:
            last = end if directions[end] is not None else last
            end += 1
        order[place : last + 1] = reversed(order[place : last + 1])
        place = last + 1
    return order[::-1] if base else order


def _cut(text: str) -> list[str]:
    """Return the words of a run without spaces, in which some characters stand alone."""
    if text.isascii():
        return [text]
    parts, place = [], 0
    for alone in _ALONE.finditer(text):
        if alone.start() > place:
            parts.append(text[place : alone.start()])
        parts.append(alone.group())
        place = alone.end()
    if place < len(text):
        parts.append(text[place:])
    return parts


def _read(characters: Sequence[Character], image: Image.Image | None) -> Iterator[PageWord]:
    """Yield the words of a text layer that the painted page shows."""
    grey = image if image is None or image.mode in {"1", "L"} else image.convert("L")
    across, down = (HEIGHT, HEIGHT) if grey is None else grey.size
    for text, extent in _joined(characters):
        if extent[2] <= 0 or extent[3] <= 0 or extent[0] >= across or extent[1] >= down:
            continue
        box = (
            max(0, math.floor(extent[0])),
            max(0, math.floor(extent[1])),
            min(across, math.ceil(extent[2])),
            min(down, math.ceil(extent[3])),
        )
        if box[2] > box[0] and box[3] > box[1] and (grey is None or _inked(grey, box)):
            yield PageWord(text, box[0], box[1], box[2] - box[0], box[3] - box[1])


def _inked(grey: Image.Image, box: Box) -> bool:
    """Say whether a box holds ink that is seen: not all paper, nor lost in the dark about it."""
    darkest, lightest = _levels(grey, box)
    if lightest - darkest >= _CONTRAST:
        return True
    left, top, right, bottom = box
    # A sign that fills its box (a dash, a full stop) has paper on every side.
    sides = (
        (left, top - _ABOUT, right, top),
        (left, bottom, right, bottom + _ABOUT),
        (left - _ABOUT, top, left, bottom),
        (right, top, right + _ABOUT, bottom),
    )
    return all(_levels(grey, side)[1] - darkest >= _CONTRAST for side in sides)


def _levels(grey: Image.Image, box: Box) -> tuple[float, float]:
    """Return the darkest and the lightest level in a box; outside of the page is paper."""
    left, top, right, bottom = box
    within = (max(0, left), max(0, top), min(grey.width, right), min(grey.height, bottom))
    if within[0] >= within[2] or within[1] >= within[3]:
        return 255, 255
    low, high = grey.crop(within).getextrema()
    return low, high  # type: ignore[return-value]


def _joined(
    characters: Sequence[Character],
) -> Iterator[tuple[str, Extent]]:
    """Yield words: characters up to the next space, or to a jump to another line."""
    units: list[bytes] = []
    box: Extent | None = None
    last: Extent | None = None

    def word() -> Iterator[tuple[str, Extent]]:
        text = b"".join(units).decode("utf-16-le", "replace")
        if text and box is not None:
            yield text, box

    for character in characters:
        unit, place = character.unit, character.box
        breaks = (unit <= 0x20 and unit != _HYPHEN) or unit in {0xA0, 0x2028, 0x2029, 0x3000}
        char = chr(min(unit, sys.maxunicode))
        alone = _ALONE.match(char) is not None
        jumped = place is not None and last is not None and _apart(last, place)
        if breaks or alone or jumped:
            yield from word()
            units, box, last = [], None, None
        if breaks:
            continue
        units.append(_unit("-" if unit == _HYPHEN else char))
        if place is not None:
            box = place if box is None else _around(box, place)
            last = place
        if alone or unit == _HYPHEN:
            yield from word()
            units, box, last = [], None, None
    yield from word()


def _unit(char: str) -> bytes:
    return char.encode("utf-16-le", "surrogatepass")


def _around(box: Extent, other: Extent) -> Extent:
    return (
        min(box[0], other[0]),
        min(box[1], other[1]),
        max(box[2], other[2]),
        max(box[3], other[3]),
    )


def _apart(before: Extent, box: Extent) -> bool:
    """Say whether two characters that follow each other stand on different lines.

    They do where there is more than the larger of them between them, across or down.
    """
    size = max(*(b[side + 2] - b[side] for b in (before, box) for side in (0, 1)), 1.0)
    gaps = (max(box[side] - before[side + 2], before[side] - box[side + 2]) for side in (0, 1))
    return any(gap > 1.5 * size for gap in gaps)
