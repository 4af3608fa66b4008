"""One page image of a redacted document, as delivered: its boxes, and what it carries beside them.

Runs in a worker. The file is read back as whoever receives it reads it; nothing of what was meant
is believed but the boxes themselves.
"""

from __future__ import annotations

import hashlib
import io
import struct
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from forthwith.domain import fields
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import Hint, InMemory, Limits
from forthwith.domain.redactions import BurntBox, Rectangle
from forthwith.formats import readers
from forthwith.plain.regular_files import read_regular

Grey = npt.NDArray[np.uint8]
#: Darker than this is black in black and white; nearer than this to black or white is either.
_BLACK, _NEAR = 128, 72
#: Part of a box nobody knows the pixels of that is black at least, and of its rim.
_FULL, _RIM = 0.5, 0.99
_WIDE_RIM = 3
#: Pixels in a row along a border that are a stroke of a letter, and that are a rule.
_STROKE, _RULE = 2, 60
#: Tags of a TIFF that say how its picture is kept, and no more.
_TIFF_TAGS = frozenset(
    {254, 255, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 280, 281, 282, 283, 284, 292,
     293, 296, 297, 305, 317, 320, 322, 323, 324, 325, 338, 339}
)  # fmt: skip
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
#: Marks of a JPEG that are no picture: comments and what applications keep, JFIF and Adobe aside.
_JPEG_BESIDE = frozenset({0xFE, *range(0xE1, 0xEE), 0xEF})
_TROUBLE = (
    OSError, ValueError, SyntaxError, TypeError, KeyError, EOFError, OverflowError, MemoryError,
    struct.error, UnidentifiedImageError, Image.DecompressionBombError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BurntJob:
    """One page and the boxes that must be on it."""

    path: str
    boxes: tuple[BurntBox, ...] = ()


@dataclass(frozen=True, slots=True)
class BurntSeen:
    """(code, what is wrong) for each thing that is."""

    faults: tuple[tuple[str, str], ...] = field(default=())


def look(job: BurntJob) -> BurntSeen:
    """Look at one page image."""
    try:
        data = read_regular(job.path, Limits().item_bytes)
    except OSError as error:
        return BurntSeen((("RD12", f"its image cannot be read: {error.strerror}"),))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=("TIFF", "JPEG", "PNG")) as image:
                beside = tuple(_beside(data, image))
                image.load()
                mode = image.mode
                grey = np.asarray(image.convert("L"))
    except _TROUBLE:
        return BurntSeen((("RD12", "its image cannot be decoded"),))
    faults = [("RD11", f"its image carries {what}") for what in beside]
    if mode not in {"1", "L", "RGB"}:
        faults.append(("RD11", f"its image is of the mode {mode}, which may hide part of it"))
    faults += [fault for box in job.boxes for fault in _box(grey, box)]
    return BurntSeen(tuple(dict.fromkeys(faults)))


def exposed(path: str) -> str:
    """Return on which pages of a PDF words were covered and still stand; "" for none."""
    try:
        data = read_regular(path, Limits().item_bytes)
        reading = readers.read(InMemory(data), Hint(Path(path).name))
    except (OSError, UnreadableError):
        return ""
    return reading.value(fields.NOT_REDACTED)


def _box(grey: Grey, burnt: BurntBox) -> Iterator[tuple[str, str]]:
    left, top, width, height = burnt.box
    part = grey[max(0, top) : top + height, max(0, left) : left + width]
    if width <= 0 or height <= 0 or left < 0 or top < 0 or part.shape != (height, width):
        yield "RD01", "a redaction lies outside the page as it was delivered"
        return
    bits = np.packbits(part >= _BLACK, axis=1).tobytes()
    shades = (part > _NEAR) & (part < 255 - _NEAR)
    sound = hashlib.sha256(bits).hexdigest() == burnt.pixels if burnt.pixels else _black(part)
    if not sound:
        yield "RD01", "a redaction of it is not as it was burnt"
    elif float(shades.mean()) > 0.01:
        yield "RD01", "something shows through a redaction of it"
    elif burnt.beside is not None and _touched(grey, burnt.box, burnt.beside):
        yield "RD02", "ink runs into the border of a redaction of it"


def _black(part: Grey) -> bool:
    dark = part < _BLACK
    rim = np.concatenate(
        [dark[:_WIDE_RIM].ravel(), dark[-_WIDE_RIM:].ravel(), dark[:, :_WIDE_RIM].ravel(),
         dark[:, -_WIDE_RIM:].ravel()]
    )  # fmt: skip
    return float(dark.mean()) >= _FULL and float(rim.mean()) >= _RIM


def _touched(grey: Grey, box: Rectangle, beside: Sequence[Rectangle]) -> bool:
    """Say whether ink right outside a box is of no word that is left: a stroke, and no rule."""
    left, top, width, height = box
    dark = grey < _BLACK
    for x, y, right, bottom in beside:
        dark[max(0, y) : y + bottom, max(0, x) : x + right] = False
    high, wide = dark.shape
    lines = [dark[row, left : left + width] for row in (top - 1, top + height) if 0 <= row < high]
    lines += [
        dark[top : top + height, column]
        for column in (left - 1, left + width)
        if 0 <= column < wide
    ]
    return any(_STROKE <= run <= _RULE for line in lines for run in _lengths(line))


def _lengths(line: npt.NDArray[np.bool_]) -> list[int]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], line.astype(np.int8), [0]))))
    return [int(length) for length in edges[1::2] - edges[::2]]


def _beside(data: bytes, image: Image.Image) -> Iterator[str]:
    """Yield what a picture carries beside its pixels."""
    if getattr(image, "n_frames", 1) > 1:
        yield "a second picture"
    match image.format:
        case "TIFF":
            yield from _beside_tiff(data)
        case "JPEG":
            yield from _beside_jpeg(data)
        case _:
            yield from _beside_png(data)


def _beside_tiff(data: bytes) -> Iterator[str]:
    order = "<" if data[:2] == b"II" else ">"
    if struct.unpack_from(f"{order}H", data, 2)[0] != 42:
        yield "a structure for large files, which was not looked through"
        return
    (at,) = struct.unpack_from(f"{order}I", data, 4)
    (many,) = struct.unpack_from(f"{order}H", data, at)
    used = [(0, 8), (at, at + 2 + 12 * many + 4)]
    values: dict[int, tuple[int, ...]] = {}
    for place in range(many):
        tag, begin, end, numbers = _tag(data, order, at + 2 + 12 * place)
        used.append((begin, end))
        values[tag] = numbers
        if tag not in _TIFF_TAGS:
            yield f"the tag {tag}"
    if any(data[at + 2 + 12 * many :][:4]):
        yield "a second picture"
    for starts, lengths in ((273, 279), (324, 325)):
        pairs = zip(values.get(starts, ()), values.get(lengths, ()))
        used += [(start, start + length) for start, length in pairs]
    reach = 0
    for start, end in sorted(used):
        if start > reach and data[reach:start].strip(b"\0"):
            yield "bytes that are no part of its picture"
            return
        reach = max(reach, end)
    if data[reach:].strip(b"\0"):
        yield "bytes behind its end"


def _tag(data: bytes, order: str, entry: int) -> tuple[int, int, int, tuple[int, ...]]:
    """Return a tag, where its value begins and ends, and the value where it is of whole numbers."""
    tag, kind, count = struct.unpack_from(f"{order}HHI", data, entry)
    begin = entry + 8
    size = _SIZES.get(kind, 1) * count
    if size > 4:
        (begin,) = struct.unpack_from(f"{order}I", data, begin)
    letter = {3: "H", 4: "I"}.get(kind)
    known = letter is not None and begin + size <= len(data)
    numbers = struct.unpack_from(f"{order}{count}{letter}", data, begin) if known else ()
    return tag, begin, begin + size, numbers


def _beside_jpeg(data: bytes) -> Iterator[str]:
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        mark = data[at + 1]
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if mark in _JPEG_BESIDE:
            yield "a comment" if mark == 0xFE else f"a block of an application (APP{mark - 0xE0})"
        if mark == 0xE0 and (data[at + 4 : at + 9] != b"JFIF\0" or length > 16):
            yield "a thumbnail"
        at += 2 + length
        if mark == 0xDA:
            end = data.rfind(b"\xff\xd9")
            if end < 0 or data[end + 2 :].strip(b"\0") or data.find(b"\xff\xd9", at) != end:
                yield "bytes behind its end"
            return


def _beside_png(data: bytes) -> Iterator[str]:
    at = 8
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if kind not in {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"pHYs", b"gAMA", b"sRGB"}:
            yield f"a block {kind.decode('latin-1')!r}" if kind.isalpha() else "a block"
        at += 12 + length
        if kind == b"IEND":
            if data[at:].strip(b"\0"):
                yield "bytes behind its end"
            return
