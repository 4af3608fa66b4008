"""Page images decoded one by one (IM05 to IM08, IM12, IM13): form, resolution, one page to a file.

What is written on a page is not read; but where its number must stand there must be ink.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path

from PIL import Image, TiffImagePlugin, UnidentifiedImageError

from forthwith.standards.loader import ImageRules

_COMPRESSION, _BITS, _X, _Y, _UNIT = 259, 258, 282, 283, 296
#: Part of a page's height, and of its width, in which a number stamped at its edge lies.
_DEEP, _WIDE = 0.15, 0.5
#: A picture shorter than this, in inches, is no page: nothing is stamped on it.
_SHORTEST = 2
#: Lightest grey that counts as ink; the noise of JPEG on white paper lies above.
_INK = 200
#: Largest page decoded: 11 × 17 inches at 1,200 dpi is 269 million pixels.
Image.MAX_IMAGE_PIXELS = 300_000_000


def judge(path: str, rules: ImageRules) -> tuple[str, str] | None:
    """Return (check code, what is wrong) of one page image, or None when it is sound."""
    extension = path.rpartition(".")[2].lower()
    if extension not in rules.black_white and extension not in rules.colour:
        wanted = "neither TIFF nor JPEG" if rules.colour else "no TIFF"
        return "IM12", f"a {extension or 'nameless'} file is {wanted}"
    try:
        data = Path(path).read_bytes()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=("TIFF", "JPEG")) as image:
                return _judged(image, extension, rules)
    except (
        OSError, ValueError, SyntaxError, TypeError, KeyError, EOFError, OverflowError, MemoryError,
        UnidentifiedImageError, Image.DecompressionBombError,
    ) as error:  # fmt: skip
        return "IM07", f"it cannot be decoded: {error}"[:200]


def _judged(image: Image.Image, extension: str, rules: ImageRules) -> tuple[str, str] | None:
    wanted = "TIFF" if extension in rules.black_white else "JPEG"
    if image.format != wanted:
        return "IM12", f"a file called .{extension} is a {image.format}"
    frames = getattr(image, "n_frames", 1)
    image.load()
    if frames > rules.pages_per_file:
        return "IM08", f"it holds {frames} pages"
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return _endorsement(image, rules)
    tags = image.tag_v2
    bits = tags.get(_BITS, 1)
    bits = bits[0] if isinstance(bits, tuple) else bits
    if tags.get(_COMPRESSION) != rules.compression or bits != rules.bits:
        return "IM05", f"compression {tags.get(_COMPRESSION)}, {bits} bits; not Group IV"
    return _resolution(tags, rules) or _endorsement(image, rules)


def _resolution(
    tags: TiffImagePlugin.ImageFileDirectory_v2, rules: ImageRules
) -> tuple[str, str] | None:
    factor = {2: 1.0, 3: 2.54}.get(tags.get(_UNIT, 2), 0.0)
    found = [float(tags.get(tag, 0) or 0) * factor for tag in (_X, _Y)]
    if all(abs(each - rules.dpi) < 1.5 for each in found):
        return None
    return "IM06", f"resolution {found[0]:.0f} by {found[1]:.0f} dpi, not {rules.dpi}"


def _endorsement(image: Image.Image, rules: ImageRules) -> tuple[str, str] | None:
    """Report a page that is white where its number must stand: that it stands there is not read."""
    if rules.endorse == "none" or image.height < _SHORTEST * rules.dpi:
        return None
    depth, side = rules.endorse.split()
    width, height = image.size
    left = {"left": 0.0, "center": (1 - _WIDE) / 2, "right": 1 - _WIDE}[side]
    top = 0.0 if depth == "upper" else 1 - _DEEP
    box = (left * width, top * height, (left + _WIDE) * width, (top + _DEEP) * height)
    darkest = image.crop(tuple(map(round, box))).convert("L").getextrema()[0]  # type: ignore[arg-type]
    if isinstance(darkest, (int, float)) and darkest > _INK:
        return "IM13", f"it is blank where its number must stand, {rules.endorse}"
    return None
