"""From a painted page to a page file: the endorsement, then Group IV TIFF or JPEG at 300 dpi.

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

#: White kept at the foot of every page for the endorsement, pixels.
FOOT_HEIGHT = 150
_SIDE = 150
_SHORT, _LONG, _RATIONAL = 3, 4, 5
_QUALITY = 85


def endorse(image: Image.Image, bates: str, legend: str = "") -> Image.Image:
    """Return the page with `bates` lower right and `legend` lower left, below all content.

    Content that reaches into the foot is shrunk, never covered.
    """
    page = _raised(image) if _foot_used(image) else image.copy()
    _stamp(page, legend, right=False, room=page.width // 2 - _SIDE)
    _stamp(page, bates, right=True, room=page.width // 2 - _SIDE)
    return page


def _foot_used(image: Image.Image) -> bool:
    foot = image.crop((0, image.height - FOOT_HEIGHT, image.width, image.height)).convert("L")
    return foot.getextrema()[0] != 255


def _raised(image: Image.Image) -> Image.Image:
    """Return the page with all its content scaled to end above the foot."""
    share = (image.height - FOOT_HEIGHT) / image.height
    small = (round(image.width * share), image.height - FOOT_HEIGHT)
    white = 255 if image.mode == "1" else "white"
    page = Image.new(image.mode, image.size, white)
    # Scaling black and white directly would break letters; grey between keeps them whole.
    source = image.convert("L") if image.mode == "1" else image
    scaled = source.resize(small, Image.Resampling.LANCZOS)
    page.paste(bilevel(scaled) if image.mode == "1" else scaled, ((image.width - small[0]) // 2, 0))
    return page


def _stamp(page: Image.Image, text: str, *, right: bool, room: int) -> None:
    """Write one endorsement on a white box in the foot, smaller when it is long."""
    if not text:
        return
    points = 11.0
    while (width := face(Family.SANS, points, bold=True).advance(text)) > room and points > 4:
        points -= 1
    letters = face(Family.SANS, points, bold=True)
    word = letters.drawn(text)
    x = page.width - _SIDE - round(width) if right else _SIDE
    baseline = page.height - 60
    white, black = (255, 0) if page.mode == "1" else ("white", "black")
    box = (x - 12, baseline - letters.size, x + round(width) + 12, baseline + letters.size // 3)
    ImageDraw.Draw(page).rectangle(box, fill=white)
    if word.mask is not None:
        page.paste(black, (x + word.left, baseline + word.top), word.mask)


def encode(image: Image.Image) -> tuple[bytes, str]:
    """Return the page file and its extension: "TIF" (Group IV) or, for colour, "JPG".

    Whether a page counts as colour was decided in painting it: such a page comes as RGB.
    """
    if any_colour(image):
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=_QUALITY, dpi=(DPI, DPI))
        return buffer.getvalue(), "JPG"
    return _tiff(bilevel(image)), "TIF"


def _tiff(page: Image.Image) -> bytes:
    """Write a bi-level page as TIFF 6.0: Group IV, white is zero, one strip, 300 dpi."""
    strip = _group4(page)
    start = 8
    after = start + len(strip) + len(strip) % 2
    rational = struct.pack("<II", DPI, 1)
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
