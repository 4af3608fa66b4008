"""From a painted page to a page file: the endorsement, then Group IV TIFF or JPEG.

Pages are painted at 300 dpi and scaled here where a standard asks for another resolution.

The TIFF is written here tag by tag because the standard's readers want white as zero and one strip,
which Pillow does not write (SEC Data Delivery Standards 8/2021, Images). Bates numbers are handed
out elsewhere.
"""

from __future__ import annotations

import hashlib
import io
import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
    head = _head(bates, place)
    page = _between(image, head) if _edges_used(image, head) else image.copy()
    wide = page.width // 3 if place.endswith("center") else page.width // 2
    _stamp(page, legend, legend_place(place), room=wide - _SIDE)
    if place != "none":
        _stamp(page, bates, place, room=wide - (0 if place.endswith("center") else _SIDE))
    return page


def _head(bates: str, place: str) -> int:
    return FOOT_HEIGHT if place.startswith("upper") and bates else 0


def legend_place(place: str) -> str:
    """Return where the legend stands, when the number stands at `place`."""
    return "lower right" if place == "lower left" else "lower left"


def _edges_used(image: Image.Image, head: int) -> bool:
    """Return True when something stands in the foot, or in the `head` pixels at the top."""
    edges = [(0, image.height - FOOT_HEIGHT, image.width, image.height)]
    if head:
        edges.append((0, 0, image.width, head))
    return any(image.crop(edge).convert("L").getextrema()[0] != 255 for edge in edges)


def _small(image: Image.Image, head: int) -> tuple[int, int]:
    """Return the size of a page's content once it lies between head and foot."""
    depth = image.height - FOOT_HEIGHT - head
    return round(image.width * depth / image.height), depth


def _between(image: Image.Image, head: int) -> Image.Image:
    """Return the page with all its content scaled to lie between head and foot."""
    small = _small(image, head)
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


# Pages with redactions


@dataclass(frozen=True, slots=True)
class RedactedPage:
    """The file of a page with boxes burnt in, and what was proved of it."""

    data: bytes
    kind: str
    #: Each rectangle on the delivered image, with the SHA-256 of its bits as drawn (mode "1").
    boxes: tuple[tuple[tuple[int, int, int, int], str], ...]
    #: Where what was painted lies on it: times this, and then so many pixels right and down.
    share: float
    by: tuple[float, float]
    #: What of the file is not as it was drawn; "" where it is proved.
    wrong: str = ""


#: Draws rectangles (left, top, width, height) with the label of each onto a page, as a fresh one.
Black = Callable[[Image.Image, Sequence[tuple[int, int, int, int]]], Image.Image]
#: Side of the squares in which JPEG codes a page, where colour is not thinned out.
_SQUARE = 8


def redacted_page(
    image: Image.Image,
    bates: str,
    legend: str,
    boxes: Sequence[tuple[int, int, int, int]],
    black: Black,
    *,
    place: str = "lower right",
    dpi: int = DPI,
    black_white: str = "TIF",
    colour: str = "JPG",
) -> RedactedPage:
    """Return the file of a page with `boxes`, pixels at 300 dpi, burnt in by `black`.

    They are burnt before all else, and once more where they lie when the page has been shrunk to
    free its foot and scaled, so that their pixels in the file are those drawn from the reason
    alone. In a JPEG they are grown to the squares it is coded in, each of which then holds nothing
    else. The file is read back: `wrong` says what is not as it was drawn.
    """
    page = black(image, boxes)
    head = _head(bates, place)
    shrunk = _edges_used(page, head)
    share = _small(page, head)[1] / page.height if shrunk else 1.0
    left = (page.width - _small(page, head)[0]) // 2 if shrunk else 0
    top = head if shrunk else 0
    page = endorse(page, bates, legend, place)
    if dpi != DPI:
        page = _scaled(page, dpi / DPI)
    in_colour = bool(colour) and any_colour(page)
    page = page.convert("RGB") if in_colour else bilevel(page)
    moved = tuple(
        _moved(box, share, (left, top), dpi / DPI, page.size, _SQUARE if in_colour else 1)
        for box in boxes
    )
    page = black(page, moved)
    drawn = black(Image.new(page.mode, page.size, "white" if in_colour else 255), moved)
    data, kind = _written(page, dpi, in_colour), colour if in_colour else black_white
    alone = _written(drawn, dpi, in_colour)
    bits = drawn.convert("L").point([0] * 128 + [255] * 128, "1")
    digests = tuple((box, _bits(bits, box)) for box in moved)
    scale = dpi / DPI
    wrong = _proved(data, alone, page, moved)
    return RedactedPage(data, kind, digests, share * scale, (left * scale, top * scale), wrong)


def _moved(
    box: tuple[int, int, int, int],
    share: float,
    by: tuple[int, int],
    scale: float,
    size: tuple[int, int],
    square: int,
) -> tuple[int, int, int, int]:
    """Return where a box lies on the delivered page, never smaller than what it covered."""
    # What was black is spread over a pixel or two about it where a page is scaled.
    spread = 0 if share == 1.0 and scale == 1.0 else 3
    ends = [(box[side] * share + by[side]) * scale - spread for side in (0, 1)] + [
        ((box[side] + box[side + 2]) * share + by[side]) * scale + spread for side in (0, 1)
    ]
    left, top = (max(0, math.floor(end / square) * square) for end in ends[:2])
    right, bottom = (
        min(most, math.ceil(end / square) * square)
        for most, end in zip(size, ends[2:], strict=True)
    )
    return left, top, right - left, bottom - top


def _written(page: Image.Image, dpi: int, in_colour: bool) -> bytes:  # noqa: FBT001
    if not in_colour:
        return _tiff(page, dpi)
    buffer = io.BytesIO()
    page.save(buffer, "JPEG", quality=_QUALITY, dpi=(dpi, dpi), subsampling=0)
    return buffer.getvalue()


#: What Pillow tells of a file of ours: how it is packed, and its resolution.
_OURS = frozenset(
    {"compression", "dpi", "resolution", "jfif", "jfif_version", "jfif_unit", "jfif_density"}
)


def _proved(
    data: bytes, alone: bytes, page: Image.Image, boxes: Sequence[tuple[int, int, int, int]]
) -> str:
    """Say what of an encoded page is not as it was drawn; "" where all is.

    Each box is held against a page on which there is nothing else, encoded the same way.
    """
    with Image.open(io.BytesIO(data)) as read, Image.open(io.BytesIO(alone)) as drawn:
        read.load()
        if read.size != page.size or read.mode not in {"1", "RGB"}:
            return f"the page reads back as {read.mode} of {read.width} x {read.height}"
        if foreign := sorted(str(key) for key in read.info if key not in _OURS):
            return f"the file of the page holds {', '.join(foreign)}"
        if read.mode == "1" and read.tobytes() != page.tobytes():
            return "the page does not read back as it was drawn"
        for box in boxes:
            place = (box[0], box[1], box[0] + box[2], box[1] + box[3])
            if read.crop(place).tobytes() != drawn.crop(place).tobytes():
                return "a box does not read back as it was drawn"
    return ""


def _bits(page: Image.Image, box: tuple[int, int, int, int]) -> str:
    part = page.crop((box[0], box[1], box[0] + box[2], box[1] + box[3]))
    return hashlib.sha256(part.tobytes()).hexdigest()


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
