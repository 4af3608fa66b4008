"""A drawing: shapes in drawing units, y downwards, in the order they are painted."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]

INK, SOFT, FAINT, PAPER = "#1a1a1a", "#555555", "#d9dde3", "#ffffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle; `hatch` in a colour draws slanted lines over its ground."""

    x: float
    y: float
    width: float
    height: float
    fill: str = PAPER
    line: str = ""
    weight: float = 1
    dashed: bool = False
    hatch: str = ""
    #: Radius of the corners.
    round: float = 0
    hover: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """A line through points; `smooth` bends it, with level ends; `arrow` puts a head at the end."""

    points: tuple[Point, ...]
    colour: str = INK
    weight: float = 1
    dashed: bool = False
    smooth: bool = False
    arrow: bool = False
    hover: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A filled outline: marks and arrow heads."""

    points: tuple[Point, ...]
    fill: str = INK
    line: str = ""
    hover: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One line of text; `y` is its base line, `anchor` one of start, middle, end."""

    x: float
    y: float
    text: str
    size: float = 13
    bold: bool = False
    colour: str = INK
    anchor: str = "start"
    hover: str = ""


Item = Box | Stroke | Shape | Words


@dataclass(frozen=True, slots=True)
class Drawing:
    """What to draw, and its words for those who cannot see it."""

    width: float
    height: float
    title: str
    described: str
    items: tuple[Item, ...]


def hatching(box: Box, gap: float = 7) -> list[tuple[Point, Point]]:
    """Return the slanted lines of a hatched box, each cut at its edges."""
    lines = []
    right, bottom = box.x + box.width, box.y + box.height
    # Lines on which x + y is a multiple of the gap, so that neighbours' hatches meet.
    total = (int((box.x + box.y) / gap) + 1) * gap
    while total < right + bottom:
        upper = (min(right, total - box.y), max(box.y, total - right))
        lower = (max(box.x, total - bottom), min(bottom, total - box.x))
        lines.append((lower, upper))
        total += gap
    return lines


def head(points: tuple[Point, ...], size: float) -> tuple[Point, Point, Point]:
    """Return an arrow head at the end of a stroke, pointing left or right as the stroke goes."""
    x, y = points[-1]
    back = -size if x >= points[-2][0] else size
    return (x, y), (x + back, y - size * 0.5), (x + back, y + size * 0.5)


def bends(points: tuple[Point, ...]) -> list[tuple[Point, Point, Point]]:
    """Return the cubic pieces of a smooth stroke: two handles and an end for each."""
    pieces = []
    for (x, y), (to_x, to_y) in pairwise(points):
        middle = (x + to_x) / 2
        pieces.append(((middle, y), (middle, to_y), (to_x, to_y)))
    return pieces
