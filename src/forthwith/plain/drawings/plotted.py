"""A drawing as PNG or PDF, through matplotlib's own renderers: no window, no display.

Fonts are those that come with the packages: DejaVu Sans, and Noto Sans CJK where a text needs it.
A sign neither of them has is drawn as an empty square. In a PDF the faces are embedded as subsets
and the words are text, to be searched and copied.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import matplotlib as mpl
from cvttf_NotoSansCJK_Regular import get_TTF_path
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path

from forthwith.plain.drawings import drawing as draw
from forthwith.plain.visible import visible

#: Pixels for each unit of the drawing: 2 keeps small print sharp on paper.
SCALE = 2
#: No side is longer, whatever the facts: a picture past it opens nowhere.
LONGEST = 30_000
_UNITS_IN_INCH = 100.0
_POINTS = 72.0 / _UNITS_IN_INCH
_LATIN = "DejaVu Sans"


def png(drawing: draw.Drawing, widest: int = LONGEST) -> bytes:
    """Return the picture, at most so many pixels wide; the same drawing gives the same bytes."""
    scale = min(SCALE, widest / drawing.width, LONGEST / max(drawing.width, drawing.height))
    with _plotted(drawing) as figure:
        # Whole pixels across: what is drawn to a width of paper has just that.
        figure.set_dpi(_UNITS_IN_INCH * scale)
        out = io.BytesIO()
        # A PNG's own words are Latin-1.
        title = visible(drawing.title).encode("latin-1", "replace").decode("latin-1")
        words = {"Title": title, "Software": None}
        FigureCanvasAgg(figure).print_png(out, metadata=words, pil_kwargs={"compress_level": 4})
    return out.getvalue()


def pdf(drawing: draw.Drawing) -> bytes:
    """Return the picture as one page, 100 units of the drawing to an inch; no clock goes in."""
    with _plotted(drawing) as figure:
        out = io.BytesIO()
        words = {
            "Title": visible(drawing.title),
            "Subject": visible(drawing.described)[:2_000],
            "Creator": "forthwith",
            "Producer": None,
            "CreationDate": None,
        }
        FigureCanvasPdf(figure).print_pdf(out, metadata=words)
    return out.getvalue()


@contextmanager
def _plotted(drawing: draw.Drawing) -> Iterator[Figure]:
    """Give the drawing as a figure, under settings of our own until it is written."""
    # A matplotlibrc on this machine must not change what is filed.
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams["text.parse_math"] = False
        mpl.rcParams["path.snap"] = False
        # TrueType whole, not outlines drawn one by one: what is written can be found.
        mpl.rcParams["pdf.fonttype"] = 42
        figure = Figure(figsize=(drawing.width / _UNITS_IN_INCH, drawing.height / _UNITS_IN_INCH))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, drawing.width), ylim=(drawing.height, 0))
        axes.axis("off")
        for order, item in enumerate(drawing.items):
            _draw(axes, item, order)
        yield figure


def _draw(axes: Any, item: draw.Item, order: int) -> None:
    if isinstance(item, draw.Box):
        _box(axes, item, order)
    elif isinstance(item, draw.Stroke):
        _stroke(axes, item, order)
    elif isinstance(item, draw.Shape):
        line = item.line or "none"
        axes.add_patch(
            Polygon(
                item.points,
                facecolor=item.fill,
                edgecolor=line,
                linewidth=1.2 * _POINTS,
                zorder=order,
            )
        )
    else:
        _words(axes, item, order)


def _box(axes: Any, box: draw.Box, order: int) -> None:
    place = (box.x, box.y), box.width, box.height
    line: dict[str, Any] = {
        "edgecolor": box.line or "none",
        "linewidth": box.weight * _POINTS,
        "zorder": order,
        "linestyle": (0, (6 / box.weight, 4 / box.weight)) if box.dashed else "solid",
        "facecolor": "none" if box.hatch else box.fill,
    }
    if box.hatch:
        axes.add_patch(Rectangle(*place, facecolor=box.fill, edgecolor="none", zorder=order))
        lines = [point for pair in draw.hatching(box) for point in pair]
        if lines:
            path = Path(lines, [Path.MOVETO, Path.LINETO] * (len(lines) // 2))
            axes.add_patch(
                PathPatch(
                    path,
                    edgecolor=box.hatch,
                    facecolor="none",
                    linewidth=1.3 * _POINTS,
                    zorder=order,
                )
            )
    if box.round:
        corners = f"round,pad=0,rounding_size={box.round}"
        axes.add_patch(FancyBboxPatch(*place, boxstyle=corners, **line))
    else:
        axes.add_patch(Rectangle(*place, **line))


def _stroke(axes: Any, stroke: draw.Stroke, order: int) -> None:
    points: list[draw.Point] = [stroke.points[0]]
    codes = [Path.MOVETO]
    if stroke.smooth:
        for piece in draw.bends(stroke.points):
            points += piece
            codes += [Path.CURVE4] * 3
    else:
        points += stroke.points[1:]
        codes += [Path.LINETO] * (len(stroke.points) - 1)
    weight = stroke.weight
    axes.add_patch(
        PathPatch(
            Path(points, codes),
            facecolor="none",
            edgecolor=stroke.colour,
            capstyle="butt",
            linewidth=weight * _POINTS,
            zorder=order,
            linestyle=(0, (6 / weight, 4 / weight)) if stroke.dashed else "solid",
        )
    )
    if stroke.arrow:
        corners = draw.head(stroke.points, 6 + 2 * weight)
        axes.add_patch(Polygon(corners, facecolor=stroke.colour, edgecolor="none", zorder=order))


def _words(axes: Any, words: draw.Words, order: int) -> None:
    side = {"start": "left", "middle": "center", "end": "right"}[words.anchor]
    text = _drawable(visible(words.text))
    if any(unicodedata.bidirectional(sign) in ("R", "AL") for sign in text):
        # A line of a picture runs from left to right, whatever it begins with.
        text = f"\u200e{text}"
    latin = _latin_has(text)
    axes.text(
        words.x,
        words.y,
        text,
        fontsize=words.size * _POINTS,
        color=words.colour,
        ha=side,
        # The wide font has one weight only.
        va="baseline",
        fontweight="bold" if words.bold and latin else "normal",
        zorder=order,
        fontfamily=[_LATIN] if latin else [_LATIN, _wide_font()],
    )


def _drawable(text: str) -> str:
    """Return the text with "□" for each sign no font at hand has."""
    if _latin_has(text):
        return text
    return "".join(
        sign if ord(sign) in _latin_signs() or ord(sign) in _wide_signs() else "□"
        for sign in text
        if sign not in "\u200c\u200d\ufe0e\ufe0f"
    )


def _latin_has(text: str) -> bool:
    return text.isascii() or all(ord(sign) in _latin_signs() for sign in text)


@cache
def _latin_signs() -> frozenset[int]:
    return frozenset(get_font(findfont(FontProperties(family=_LATIN))).get_charmap())


@cache
def _wide_font() -> str:
    """Make the font for Chinese, Japanese and Korean known, once; return its name."""
    path = str(get_TTF_path())
    fontManager.addfont(path)
    return str(FontProperties(fname=path).get_name())


@cache
def _wide_signs() -> frozenset[int]:
    return frozenset(get_font(str(get_TTF_path())).get_charmap())
