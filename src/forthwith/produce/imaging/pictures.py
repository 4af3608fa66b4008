"""Pictures as evidence: every frame upright on white, within a bound on pixels.

Used for image files (one page a frame) and for the inline pictures of mail and HTML, which come
from the message itself or a data: address and never from the network.
"""

from __future__ import annotations

import base64
import binascii
import io
import struct
import warnings
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import unquote, unquote_to_bytes

from PIL import Image, ImageOps

from forthwith.domain.evidence import Limits
from forthwith.produce.imaging.blocks import Figure
from forthwith.produce.imaging.page import DPI, FOOT, HEIGHT, WIDTH
from forthwith.produce.imaging.tone import photographic

#: Pixels of one picture unless a matter says otherwise, and of all inline ones of one document.
PIXELS = Limits().pixels
_INLINE_PIXELS = 400_000_000
_INLINE_COUNT = 500
_DATA_BYTES = 40_000_000
#: Frames looked for in an image file that is damaged.
_FRAMES = 5_000
#: What Pillow raises on damaged pictures of one kind or another.
BROKEN = (OSError, ValueError, SyntaxError, TypeError, IndexError, KeyError, EOFError,
          OverflowError, MemoryError, ZeroDivisionError, AttributeError,
          NotImplementedError, RuntimeError, struct.error, zlib.error,
          Image.DecompressionBombError)  # fmt: skip
_SCREEN_DPI = 96
_EDGE = 75


class PictureTooLargeError(ValueError):
    """A picture has more pixels than a page image may be made from."""

    def __init__(self, width: int, height: int, most: int) -> None:
        super().__init__(
            f"the picture is {width:,} x {height:,} pixels; at most {most:,} pixels are drawn"
        )


@contextmanager
def opened(data: bytes, most: int = PIXELS) -> Iterator[Image.Image]:
    """Open a picture lazily. Raises PictureTooLargeError, and any of BROKEN."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(data)) as picture:
            if picture.width * picture.height > most:
                raise PictureTooLargeError(picture.width, picture.height, most)
            yield picture


def on_white(picture: Image.Image) -> Image.Image:
    """Return a decoded frame upright, transparency on white, as L or RGB."""
    upright = ImageOps.exif_transpose(picture) or picture
    if upright.mode.startswith("I") or upright.mode == "F":
        return _deep(upright)
    if upright.mode in {"1", "L"} and "transparency" not in upright.info:
        return upright.convert("L")
    if upright.has_transparency_data:
        seen = upright.convert("RGBA")
        white = Image.new("RGBA", seen.size, "white")
        return Image.alpha_composite(white, seen).convert("RGB")
    return upright.convert("RGB")


def _deep(picture: Image.Image) -> Image.Image:
    """Return a picture of more than eight bits a channel as L, its own range spread out."""
    real = picture.convert("F")
    low, high = real.getextrema()
    if not isinstance(low, float) or not isinstance(high, float) or high <= low:
        return Image.new("L", picture.size, 255 if high else 0)
    if picture.mode.startswith("I;16") or (low >= 0 and high > 255 and high <= 65535):
        low, high = 0.0, 65535.0
    elif low >= 0 and high <= 255 and picture.mode != "F":
        low, high = 0.0, 255.0
    scale = 255 / (high - low)
    return real.point(lambda level: level * scale + (-low * scale)).convert("L")


def natural(picture: Image.Image) -> tuple[int, int]:
    """Return the size at which a picture is meant to be seen, pixels at 300 dpi."""
    declared = picture.info.get("dpi", (_SCREEN_DPI, _SCREEN_DPI))
    try:
        across, down = (float(dots) for dots in declared)
    except (TypeError, ValueError):
        across = down = _SCREEN_DPI
    if not (70 <= across <= 2400 and 70 <= down <= 2400):
        across = down = _SCREEN_DPI
    width, height = picture.width * DPI / across, picture.height * DPI / down
    if picture.getexif().get(0x0112, 1) in {5, 6, 7, 8}:
        width, height = height, width
    return max(1, round(width)), max(1, round(height))


def page_of(data: bytes, frame: int, most: int = PIXELS) -> Image.Image:
    """Return one frame of an image file as a page; lying where it is wider than high."""
    with opened(data, most) as picture:
        picture.seek(frame)
        # A frame of a TIFF may be larger than the first.
        if picture.width * picture.height > most:
            raise PictureTooLargeError(picture.width, picture.height, most)
        width, height = natural(picture)
        seen = on_white(picture)
    if not photographic(seen):
        seen = seen.convert("L")
    return fitted(seen, width, height)


def fitted(seen: Image.Image, width: int, height: int) -> Image.Image:
    """Put a picture on a page, at `width` x `height` or as large as the page allows."""
    page = (
        (HEIGHT, WIDTH) if width > height * 1.05 and width > WIDTH - 2 * _EDGE else (WIDTH, HEIGHT)
    )
    room = page[0] - 2 * _EDGE, page[1] - (HEIGHT - FOOT) - _EDGE
    share = min(1.0, room[0] / width, room[1] / height)
    size = max(1, int(width * share)), max(1, int(height * share))
    sheet = Image.new(seen.mode, page, "white")
    sheet.paste(seen.resize(size, Image.Resampling.LANCZOS), ((page[0] - size[0]) // 2, _EDGE))
    return sheet


def frames_of(data: bytes, most: int = PIXELS) -> tuple[int, bool]:
    """Count the frames of an image file; False when it breaks off. Raises any of BROKEN."""
    with opened(data, most) as picture:
        try:
            return max(1, int(getattr(picture, "n_frames", 1))), True
        except BROKEN:
            return _reachable(data), False


def _reachable(data: bytes) -> int:
    """Count the frames before the first that cannot be reached; the first always counts."""
    with opened(data) as picture:
        for frame in range(1, _FRAMES):
            try:
                picture.seek(frame)
            except BROKEN:
                return frame
    return _FRAMES


@dataclass(slots=True)
class Inline:
    """Finds the pictures an HTML body shows, among the message's own parts."""

    #: By Content-ID without its angle brackets, and by Content-Location.
    parts: Mapping[str, bytes]
    #: Sentences on pictures that could not be shown.
    failed: list[str] = field(default_factory=list)
    _pixels: int = 0
    _count: int = 0

    def __call__(self, source: str, attributes: Mapping[str, str]) -> Figure | str | None:
        """Return the figure for an address, a sentence why not, or None when it is remote."""
        lower = source[:5].lower()
        data: bytes | None
        if lower == "data:":
            data = _data_of(source)
        elif lower.startswith("cid:"):
            name = unquote(source[4:]).strip("<>")
            data = self.parts.get(name, self.parts.get(source[4:]))
            if data is None:
                return self._not_shown(f"inline image {name} is not in the message")
        elif (data := self.parts.get(source)) is None:
            return None
        if data is None:
            return self._not_shown("inline image with a damaged or oversized data: address")
        return self._figure(data, attributes)

    def _not_shown(self, sentence: str) -> str:
        self.failed.append(sentence)
        return sentence

    def _figure(self, data: bytes, attributes: Mapping[str, str]) -> Figure | str:
        try:
            with opened(data) as picture:
                pixels = picture.width * picture.height
                width, height = _declared(picture, attributes)
        except BROKEN as error:
            return self._not_shown(f"inline image could not be read: {_short(error)}")
        self._pixels += pixels
        self._count += 1
        if self._pixels > _INLINE_PIXELS or self._count > _INLINE_COUNT:
            return self._not_shown("inline image past the limit for one document")
        return Figure(width, height, lambda: shown(data, (width, height)))


def shown(data: bytes, size: tuple[int, int]) -> Image.Image:
    """Decode an inline picture; a frame with a cross stands for one that fails only now."""
    try:
        with opened(data) as picture:
            return on_white(picture)
    except BROKEN:
        return Image.new("L", (max(1, min(size[0], 300)), max(1, min(size[1], 300))), 200)


def _declared(picture: Image.Image, attributes: Mapping[str, str]) -> tuple[int, int]:
    """Return the size the HTML gives a picture (CSS pixels), else its own."""
    sizes = [attributes.get(name, "").strip().removesuffix("px") for name in ("width", "height")]
    wide, high = (int(size) if size.isascii() and size.isdigit() and len(size) < 6 else 0
                  for size in sizes)  # fmt: skip
    ratio = picture.height / picture.width
    wide = wide or (round(high / ratio) if high else picture.width)
    high = high or round(wide * ratio)
    scale = DPI / _SCREEN_DPI
    return max(1, round(wide * scale)), max(1, round(high * scale))


def _data_of(address: str) -> bytes | None:
    """Decode a data: address (RFC 2397); None when damaged or too large."""
    if len(address) > _DATA_BYTES * 4 // 3:
        return None
    head, comma, body = address.partition(",")
    if not comma:
        return None
    if not head.lower().rstrip().endswith(";base64"):
        return unquote_to_bytes(body)
    compact = "".join(unquote(body).split())
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4))
    except (binascii.Error, ValueError):
        return None


def _short(error: BaseException) -> str:
    return str(error).splitlines()[0][:120] if str(error) else type(error).__name__
