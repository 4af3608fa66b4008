"""A drawing: shapes in drawing units, y downwards, in the order they are painted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

Point = tuple[float, float]

INK, SOFT, FAINT, PAPER = "#1a1a1a", "#555555", "#d9dde3", "#ffffff"
#: Each colour as a dark screen has it; what is not here stays. Contrast is kept, not hue alone.
DARK = {
    INK: "#e6e9ed", SOFT: "#a7b0bb", FAINT: "#3a424d", PAPER: "#14181d",
    "#eef2f7": "#232c36", "#dfe5ec": "#323c47", "#f1f7f3": "#16281f", "#2e7d5b": "#58b88b",
    "#12355b": "#8cc1f2", "#0b2440": "#b9dcfb", "#fff3c4": "#4a4016", "#8a6a1c": "#d9b75a",
    "#fdf3d3": "#332b12", "#ddc27f": "#6b5a28", "#7a5c12": "#d9b75a", "#fbe3a6": "#4a3d14",
    "#a8842c": "#8f7430", "#c9ced6": "#4b5561", "#9aa3ad": "#5c6671", "#a3161c": "#f29a9d",
}  # fmt: skip


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


def moved(items: Iterable[Item], x: float, y: float, scale: float = 1.0) -> list[Item]:
    """Return the items scaled from 0, 0 and then moved."""

    def point(place: Point) -> Point:
        return x + place[0] * scale, y + place[1] * scale

    result: list[Item] = []
    for item in items:
        if isinstance(item, Box):
            left, top = point((item.x, item.y))
            result.append(
                replace(
                    item,
                    x=left,
                    y=top,
                    width=item.width * scale,
                    height=item.height * scale,
                    round=item.round * scale,
                )
            )
        elif isinstance(item, Words):
            left, top = point((item.x, item.y))
            result.append(replace(item, x=left, y=top, size=item.size * scale))
        else:
            result.append(replace(item, points=tuple(map(point, item.points))))
    return result
