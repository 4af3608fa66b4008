"""Black boxes on a page: where somebody blacked something out, or a table has a dark heading.

A page is looked at small, so that ink is a share from 0 to 1. Letters never fill a box; whoever
asks knows that photographs, logos and dark headings do, and takes a box for no more than a sign.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Map = npt.NDArray[np.float32]
#: Left, top, width, height; pixels of the map.
Area = tuple[int, int, int, int]

#: Ink from which on a pixel is black, and what a box has of it on the whole, its label aside.
_BLACK, _FULL = 0.9, 0.6
#: Least width and height, in shares of the page's height: a third of an inch by a line of small
#: print on a letter page.
_WIDE, _HIGH = 0.03, 0.006
#: Widest gap that a label may leave in a row of a box, in shares of the page's height.
_LABEL = 0.08
#: How much the ends of two rows of one box may differ, pixels.
_SKEW = 2
#: How far a page may move what is on it, in shares of its width and height.
_MOVED = 0.08
#: Boxes kept of one page, and the part of the page over which a box is its ground or a photograph.
_MOST, _GROUND = 64, 0.5
#: Ink under a box from which on something stands there, and up to which it is no box itself.
_SOME = (0.02, 0.6)
#: Ink of the ground that words stand on. A coloured heading is black on a page of two colours and
#: has more: nobody blacked it out.
_PAPER = 0.15


def black_boxes(ink: Map) -> tuple[Area, ...]:
    """Return the black boxes of a page."""
    height, width = ink.shape
    least = max(4, round(height * _WIDE))
    black = ink > _BLACK
    rows = np.flatnonzero(black.sum(axis=1) >= least)
    open_: list[list[int]] = []
    boxes: list[list[int]] = []
    for row in rows.tolist():
        standing = []
        for left, right in _runs(black[row], least, round(height * _LABEL)):
            box = next(
                (
                    box
                    for box in open_
                    if box[3] >= row - 1
                    and abs(box[0] - left) <= _SKEW
                    and abs(box[2] - right) <= _SKEW
                ),
                None,
            )
            if box is None:
                box = [left, row, right, row]
                boxes.append(box)
            box[3] = row
            standing.append(box)
        open_ = standing
        if len(boxes) > 8 * _MOST:
            break
    high = max(2, round(height * _HIGH))
    found = []
    for left, top, right, bottom in boxes:
        area = (left, top, right - left, bottom - top + 1)
        whole = ink[top : bottom + 1, left:right]
        if (
            area[3] >= high
            and area[2] * area[3] < _GROUND * width * height
            and whole.mean() >= _FULL
        ):
            found.append(area)
    return tuple(found[:_MOST])


def _runs(black: npt.NDArray[np.bool_], least: int, label: int) -> list[tuple[int, int]]:
    """Return the black runs of a row, those parted by no more than a label joined."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], black.astype(np.int8), [0]))))
    joined: list[list[int]] = []
    for left, right in zip(edges[::2].tolist(), edges[1::2].tolist()):
        if right - left < 2:
            continue
        if joined and left - joined[-1][1] <= label:
            joined[-1][1] = right
        else:
            joined.append([left, right])
    return [(left, right) for left, right in joined if right - left >= least]


def uncovered(boxes: Sequence[Area], native: Map, size: tuple[int, int]) -> int:
    """Count the boxes of a page under which its native shows something that is no box.

    `size` is the height and width of the map the boxes are of. Pages are shrunk and moved to make
    room for numbers, so a bar of the native about as large and not far off is the same one.
    """
    down, across = native.shape[0] / size[0], native.shape[1] / size[1]
    own = [_share(box, native.shape) for box in black_boxes(native)]
    shown = 0
    for box in boxes:
        if any(_same(_share(box, size), other) for other in own):
            continue
        left, top, width, height = box
        part = native[
            round(top * down) : round((top + height) * down),
            round(left * across) : round((left + width) * across),
        ]
        shown += bool(
            part.size
            and _SOME[0] <= float(part.mean()) <= _SOME[1]
            and float(np.median(part)) <= _PAPER
        )
    return shown


def _share(box: Area, size: Sequence[int]) -> tuple[float, float, float, float]:
    """Return the middle of a box, its width and its height, in shares of a page's."""
    left, top, width, height = box
    down, across = size[0], size[1]
    return (left + width / 2) / across, (top + height / 2) / down, width / across, height / down


def _same(box: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return (
        all(abs(a - b) <= _MOVED for a, b in zip(box[:2], other[:2]))
        and abs(box[2] - other[2]) <= 0.15 * max(box[2], other[2]) + 0.01
        and abs(box[3] - other[3]) <= 0.35 * max(box[3], other[3]) + 0.004
    )
