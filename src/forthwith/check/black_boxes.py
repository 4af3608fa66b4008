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
#: Black next to an edge, as a share of its length, from which on it is no edge.
_ON = 0.7
#: Head and foot of a page, where numbers are stamped, in shares of its height.
_EDGE = 0.06
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


def uncovered(boxes: Sequence[Area], page: Map, native: Map) -> int:
    """Count the boxes of a page under which its native shows something that is no box.

    Pages are shrunk and moved to make room for numbers: a bar of the native about as large and not
    far off is the same one, and a box counts only where something stands under it whichever way
    the two pages are laid on each other, by their edges or by what is printed on them.
    """
    own = [_share(box, native.shape) for box in black_boxes(native)]
    laid = [((0, 0, *page.shape), (0, 0, *native.shape)), *zip(_frames(page), _frames(native))]
    return sum(
        all(_stands(native, _moved(box, ours, theirs)) for ours, theirs in laid)
        for box in boxes
        if not _runs_on(box, page)
        and not any(_same(_share(box, page.shape), other) for other in own)
    )


def _runs_on(box: Area, page: Map) -> bool:
    """Say whether what is black goes on past an edge: a part of a chart or a photograph does."""
    left, top, width, height = box
    beyond = (
        page[max(0, top - 2) : max(0, top - 1), left : left + width],
        page[top + height + 1 : top + height + 2, left : left + width],
        page[top : top + height, max(0, left - 2) : max(0, left - 1)],
        page[top : top + height, left + width + 1 : left + width + 2],
    )
    return any(edge.size and float((edge > _BLACK).mean()) > _ON for edge in beyond)


def _frames(ink: Map) -> list[tuple[int, int, int, int]]:
    """Return top, left, height and width of what is printed, with head and foot and without."""
    frames = []
    for edge in (0, round(ink.shape[0] * _EDGE)):
        marks = ink[edge : ink.shape[0] - edge] > _PAPER
        down, across = np.flatnonzero(marks.any(axis=1)), np.flatnonzero(marks.any(axis=0))
        if not len(down):
            frames.append((0, 0, *ink.shape))
            continue
        top, left = int(down[0]) + edge, int(across[0])
        frames.append((top, left, int(down[-1]) + edge + 1 - top, int(across[-1]) + 1 - left))
    return frames


def _moved(
    box: Area, ours: tuple[int, int, int, int], theirs: tuple[int, int, int, int]
) -> tuple[int, int, int, int]:
    """Return first and last row, and first and last column, of a box on the other page."""
    left, top, width, height = box
    down, across = theirs[2] / ours[2], theirs[3] / ours[3]
    rows = (theirs[0] + (at - ours[0]) * down for at in (top, top + height))
    columns = (theirs[1] + (at - ours[1]) * across for at in (left, left + width))
    first, last, start, end = (max(0, round(at)) for at in (*rows, *columns))
    return first, last, start, end


def _stands(native: Map, place: tuple[int, int, int, int]) -> bool:
    """Say whether words stand somewhere: some ink, on the ground of paper."""
    part = native[place[0] : place[1], place[2] : place[3]]
    return bool(
        part.size
        and _SOME[0] <= float(part.mean()) <= _SOME[1]
        and float(np.median(part)) <= _PAPER
    )


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
