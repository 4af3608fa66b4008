"""Read words off pictures, where `forthwith[ocr]` (tesserocr) and its language data are here.

Images and scanned PDFs call this; whoever does not get text says so.
"""

from __future__ import annotations

import functools
import importlib
from typing import Any

from PIL import Image

#: Dots per inch a page is drawn at before reading; what tesseract is trained on.
DPI = 300
#: Larger pictures are not read, pixels: 40 by 40 inches at 300 dpi.
MOST_PIXELS = 144_000_000


@functools.cache
def ocr_available() -> bool:
    """Tell whether words can be read off pictures here."""
    return _engine() is not None


def ocr(image: Image.Image) -> str:
    """Return the words of a picture; "" when there is no engine or nothing to read."""
    engine = _engine()
    if engine is None or image.width * image.height > MOST_PIXELS:
        return ""
    engine.SetImage(image if image.mode in {"L", "RGB"} else image.convert("RGB"))
    engine.SetSourceResolution(DPI)
    try:
        return str(engine.GetUTF8Text()).strip()
    finally:
        engine.Clear()


@functools.cache
def _engine() -> Any:
    """Start the engine once a process; None when it is not installed or has no language data."""
    try:
        tesserocr = importlib.import_module("tesserocr")
        return tesserocr.PyTessBaseAPI()
    except (ImportError, RuntimeError, OSError):
        return None
