"""From a painted page to a page file: the endorsement, then Group IV TIFF or JPEG.

Pages are painted at 300 dpi and scaled here where a standard asks for another resolution.

The TIFF is written here tag by tag because the standard's readers want white as zero and one strip,
which Pillow does not write (SEC Data Delivery Standards 8/2021, Images). Bates numbers are handed
out elsewhere.
"""

from __future__ import annotations

import io
import struct

from PIL import Image, ImageChops, ImageDraw

from forthwith.produce.imaging.fonts import Family, face
from forthwith.produce.imaging.page import DPI
from forthwith.produce.imaging.tone import any_colour, bilevel

#: White kept at the foot of every page for the endorsement, pixels; and at its head, where the
#: number is to stand there.
FOOT_HEIGHT = 150
#: Baseline of what is written at the head, pixels from the top.
_HEAD_LINE = 100
_SIDE = 150
_SHORT, _LONG, _RATIONAL = 3, 4, 5
_QUALITY = 85


def endorse(
    image: Image.Image, bates: str, legend: str = "", place: str = "lower right"
) -> Image.Image:
    """Return the page with `bates` at `place` and `legend` at the foot, clear of all content.

    `place` is one of `standards.loader.ENDORSED`; with "none" the number is not written. Content
    that reaches into the foot, or into the head where the number stands there, is shrunk, never
    covered.
    """
    head = FOOT_HEIGHT if place.startswith("upper") and bates else 0
    page = _between(image, head) if _edges_used(image, head) else image.copy()
    wide = page.width // 3 if place.endswith("center") else page.width // 2
    _stamp(page, legend, legend_place(place), room=wide - _SIDE)
    if place != "none":
        _stamp(page, bates, place, room=wide - (0 if place.endswith("center") else _SIDE))
    return page


def legend_place(place: str) -> str:
    """Return where the legend stands, when the number stands at `place`."""
    return "lower right" if place == "lower left" else "lower left"


def _edges_used(image: Image.Image, head: int) -> bool:
    """Return True when something stands in the foot, or in the `head` pixels at the top."""
    edges = [(0, image.height - FOOT_HEIGHT, image.width, image.height)]
    if head:
        edges.append((0, 0, image.width, head))
    return any(image.crop(edge).convert("L").getextrema()[0] != 255 for edge in edges)


def _between(image: Image.Image, head: int) -> Image.Image:
    """Return the page with all its content scaled to lie between head and foot."""
    depth = image.height - FOOT_HEIGHT - head
    small = (round(image.width * depth / image.height), depth)
    white = 255 if image.mode == "1" else "white"
    page = Image.new(image.mode, image.size, white)
    # Scaling black and white directly would break letters; grey between keeps them whole.
    source = image.convert("L") if image.mode == "1" else image
    scaled = source.resize(small, Image.Resampling.LANCZOS)
    page.paste(
        bilevel(scaled) if image.mode == "1" else scaled, ((image.width - small[0]) // 2, head)
    )
    return page


def _stamp(page: Image.Image, text: str, place: str, *, room: int) -> None:
    """Write one endorsement on a white box at its place, smaller when it is long."""
    if not text:
        return
    points = 11.0
    while (width := face(Family.SANS, points, bold=True).advance(text)) > room and points > 4:
        points -= 1
    letters = face(Family.SANS, points, bold=True)
    word = letters.drawn(text)
    depth, side = place.split()
    x = {
        "left": _SIDE,
        "center": (page.width - round(width)) // 2,
        "right": page.width - _SIDE - round(width),
    }[side]
    baseline = _HEAD_LINE if depth == "upper" else page.height - 60
    white, black = (255, 0) if page.mode == "1" else ("white", "black")
    box = (x - 12, baseline - letters.size, x + round(width) + 12, baseline + letters.size // 3)
    ImageDraw.Draw(page).rectangle(box, fill=white)
    if word.mask is not None:
        page.paste(black, (x + word.left, baseline + word.top), word.mask)


def encode(
    image: Image.Image, dpi: int = DPI, black_white: str = "TIF", colour: str = "JPG"
) -> tuple[bytes, str]:
    """Return the page file at `dpi` and its extension: Group IV or, for colour, JPEG.

    Whether a page counts as colour was decided in painting it: such a page comes as RGB. Without an
    extension for colour every page is black and white.
    """
    page = image if dpi == DPI else _scaled(image, dpi / DPI)
    if colour and any_colour(page):
        buffer = io.BytesIO()
        page.save(buffer, "JPEG", quality=_QUALITY, dpi=(dpi, dpi))
        return buffer.getvalue(), colour
    return _tiff(bilevel(page), dpi), black_white


def _scaled(image: Image.Image, share: float) -> Image.Image:
    size = (max(1, round(image.width * share)), max(1, round(image.height * share)))
    # Grey between keeps letters whole; black and white comes of it again in encoding.
    return (image.convert("L") if image.mode == "1" else image).resize(
        size, Image.Resampling.LANCZOS
    )


def _tiff(page: Image.Image, dpi: int) -> bytes:
    """Write a bi-level page as TIFF 6.0: Group IV, white is zero, one strip."""
    strip = _group4(page)
    start = 8
    after = start + len(strip) + len(strip) % 2
    rational = struct.pack("<II", dpi, 1)
    entries = [
        (254, _LONG, 0),
        (256, _LONG, page.width),
        (257, _LONG, page.height),
        (258, _SHORT, 1),
        (259, _SHORT, 4),
        (262, _SHORT, 0),
        (266, _SHORT, 1),
        (273, _LONG, start),
        (277, _SHORT, 1),
        (278, _LONG, page.height),
        (279, _LONG, len(strip)),
        (282, _RATIONAL, after),
        (283, _RATIONAL, after + 8),
        (296, _SHORT, 2),
    ]
    directory = struct.pack("<H", len(entries)) + b"".join(
        # A SHORT value sits in the low bytes of its field; little-endian makes both alike.
        struct.pack("<HHII", tag, kind, 1, value)
        for tag, kind, value in entries
    )
    header = struct.pack("<2sHI", b"II", 42, after + 16)
    padding = b"\0" * (len(strip) % 2)
    return header + strip + padding + rational * 2 + directory + b"\0\0\0\0"


def _group4(page: Image.Image) -> bytes:
    """Return the page's pixels as one T.6 strip in which ink is one and paper zero."""
    buffer = io.BytesIO()
    ink = ImageChops.invert(page)
    ink.save(buffer, "TIFF", compression="group4", strip_size=page.width * page.height)
    buffer.seek(0)
    with Image.open(buffer) as written:
        offset, length = written.tag_v2[273][0], written.tag_v2[279][0]  # type: ignore[attr-defined]
    return buffer.getvalue()[offset : offset + length]
