"""Ink at the border of a box: whether it may be of a word inside, or is of something beside it.

A word set here lies within its box to the pixel, so nothing at the border is of it. Letters of a
PDF may overhang the boxes that its fonts give them: there, ink that runs across the border is of a
word inside, unless it is of a word that is left, or a straight rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from forthwith.domain.page_words import PageWord
from forthwith.domain.redactions import Rectangle
from forthwith.produce.burn import Blackout, catches

Ink = npt.NDArray[np.bool_]
#: Pixels about a box within which a word left standing may touch it.
_NEAR = 12
#: Pixels for which a rule goes on straight; no stroke of a letter does, with a box beside it.
_STRAIGHT = 48
#: Levels below this are ink.
_INK = 128


def beside(
    image: Image.Image, black: Sequence[Blackout], words: Sequence[PageWord]
) -> list[tuple[Rectangle, ...] | None]:
    """Return, for each rectangle, where ink that touches it is of no word inside.

    None where nothing can be said: where it hides no word, what lies about it is a picture.
    `image` is the page as it is shown, before anything is burnt.
    """
    ink: Ink = np.asarray(image.convert("L")) < _INK
    found: list[tuple[Rectangle, ...] | None] = []
    for blackout in black:
        hidden = [word for word in words if catches(blackout.box, word)]
        if not hidden:
            found.append(None)
            continue
        grown = _grown(blackout.box)
        left = [
            (word.x, word.y, word.w, word.h)
            for word in words
            if not catches(blackout.box, word) and _meet(grown, word)
        ]
        found.append((*left, *_harmless(ink, blackout.box)))
    return found


def _grown(box: Rectangle) -> Rectangle:
    return box[0] - _NEAR, box[1] - _NEAR, box[2] + 2 * _NEAR, box[3] + 2 * _NEAR


def _meet(box: Rectangle, word: PageWord) -> bool:
    return (
        box[0] < word.x + word.w
        and word.x < box[0] + box[2]
        and box[1] < word.y + word.h
        and word.y < box[1] + box[3]
    )


def _harmless(ink: Ink, box: Rectangle) -> Iterator[Rectangle]:
    """Yield ink along the border that does not cross it, or that is a straight rule."""
    left, top, width, height = box
    right, bottom = left + width, top + height
    across, down = slice(left, right), slice(top, bottom)
    for start, end in _beyond(ink[max(0, top - _STRAIGHT) : top, across][::-1], ink[top, across]):
        yield left + start, top - 1, end - start, 1
    for start, end in _beyond(ink[bottom : bottom + _STRAIGHT, across], ink[bottom - 1, across]):
        yield left + start, bottom, end - start, 1
    before, after = ink[down, max(0, left - _STRAIGHT) : left], ink[down, right : right + _STRAIGHT]
    for start, end in _beyond(before.T[::-1], ink[down, left]):
        yield left - 1, top + start, 1, end - start
    for start, end in _beyond(after.T, ink[down, right - 1]):
        yield right, top + start, 1, end - start


def _beyond(outside: Ink, inside: Ink) -> Iterator[tuple[int, int]]:
    """Yield the harmless runs of a side: `outside` are the lines beyond it, the nearest first."""
    if not len(outside):
        return
    for start, end in _runs(outside[0]):
        crosses = bool(inside[start:end].any())
        straight = bool(outside[:, start:end].all(axis=0).any())
        if straight or not crosses:
            yield start, end


def _runs(line: Ink) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], line.astype(np.int8), [0]))))
    return [(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]
