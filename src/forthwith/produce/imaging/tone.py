"""Black and white, grey or colour: how a picture reaches a bi-level page, decided by measurement.

Text keeps hard edges (a threshold); photographs keep their greys (a dither), also where both stand
on one page. Real colour is a share of saturated pixels, so a scan's yellowed paper stays grey.
"""

from __future__ import annotations

from PIL import Image, ImageChops

#: Colour counts when this share of the picture is saturated, or a smaller share that is also this
#: much of all that is not paper: a small photograph is colour, blue links in a text are not.
_COLOUR_SHARE = 0.01
_SMALL_SHARE, _INK_SHARE = 0.0008, 0.2
#: Channel difference (of 255) from which a pixel is saturated; JPEG noise and paper tint lie below.
_SATURATED = 56
#: From this difference a photograph's pixel has colour; the tint of old paper lies below.
_FAINT = 32
_PHOTOGRAPH_SHARE, _TRACE_SHARE = 0.02, 0.0001
#: Greys between these are neither ink nor paper.
_DARK, _LIGHT = 56, 208
_THRESHOLD = 160
#: From this level of its darkest channel a pixel is paper.
_PAPER = 240
#: Side of the squares in which grey is told from the edges of letters, pixels at 300 dpi.
_CELL = 8


def colourful(page: Image.Image) -> bool:
    """Say whether a page has real colour: much of it, or of its ink, is saturated."""
    if page.mode != "RGB":
        return False
    chroma, lowest, pixels = _measured(page)
    saturated = sum(chroma[_SATURATED:])
    if saturated <= _SMALL_SHARE * pixels:
        return False
    ink = sum(lowest[:_PAPER])
    return saturated > _COLOUR_SHARE * pixels or saturated > _INK_SHARE * ink


def photographic(picture: Image.Image) -> bool:
    """Say whether a single picture is in colour; a photograph of grey weather still is."""
    if picture.mode != "RGB":
        return False
    chroma, _, pixels = _measured(picture)
    return sum(chroma[_FAINT:]) > _PHOTOGRAPH_SHARE * pixels


def any_colour(page: Image.Image) -> bool:
    """Say whether an RGB page holds colour at all, so that it must not become black and white."""
    if page.mode != "RGB":
        return False
    chroma, _, pixels = _measured(page)
    return sum(chroma[_FAINT:]) > _TRACE_SHARE * pixels


def _measured(picture: Image.Image) -> tuple[list[int], list[int], int]:
    """Return how many pixels have each chroma, how many each darkest channel, and how many."""
    side = min(picture.size)
    small = picture.reduce(max(1, side // 400)) if side > 800 else picture
    red, green, blue = small.split()
    highest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    lowest = ImageChops.darker(ImageChops.darker(red, green), blue)
    chroma = ImageChops.subtract(highest, lowest).histogram()
    return chroma, lowest.histogram(), small.width * small.height


def bilevel(picture: Image.Image) -> Image.Image:
    """Return a picture in black and white: a threshold for ink, a dither for greys."""
    if picture.mode == "1":
        return picture
    grey = picture if picture.mode == "L" else picture.convert("L")
    hard = grey.point([0] * _THRESHOLD + [255] * (256 - _THRESHOLD), "1")
    if (tones := _tones(grey)) is None:
        return hard
    return Image.composite(grey.convert("1", dither=Image.Dither.FLOYDSTEINBERG), hard, tones)


def _tones(grey: Image.Image) -> Image.Image | None:
    """Return the mask of cells that are grey throughout; None when they are too few."""
    counts = grey.histogram()
    middle = sum(counts[_DARK:_LIGHT])
    if middle < 0.005 * grey.width * grey.height:
        return None
    between = [255 if _DARK <= level < _LIGHT else 0 for level in range(256)]
    cells = grey.point(between).reduce(_CELL).point([0] * 128 + [255] * 128)
    if sum(cells.histogram()[128:]) < 0.004 * cells.width * cells.height:
        return None
    grown = _grown(cells)
    return grown.resize(grey.size, Image.Resampling.NEAREST).convert("1")


def _grown(cells: Image.Image) -> Image.Image:
    """Return the cells with their neighbours: light and dark parts of a photograph too."""
    for across, down in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        cells = ImageChops.lighter(cells, ImageChops.offset(cells, across, down))
    return cells
