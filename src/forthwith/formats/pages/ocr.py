"""Read words off pictures, where `forthwith[ocr]` (tesserocr) and its language data are here.

Images and scanned PDFs call this; whoever does not get text says so, in the words of `lacking`.
tesserocr brings the engine and no language data, and looks for it in the working directory only:
the places where Debian, Fedora, conda and wheels put it are therefore searched here.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

#: Dots per inch a page is drawn at before reading; what tesseract is trained on.
DPI = 300
#: Larger pictures are not read, pixels: 40 by 40 inches at 300 dpi.
MOST_PIXELS = 144_000_000
#: A picture with a side shorter than this shows no word anybody could read, pixels.
FEWEST_PIXELS = 10
#: Languages read at once; each more makes every page slower.
_MOST_LANGUAGES = 3
#: Part of the time one item may take that goes to OCR at most.
_SHARE = 0.6
#: Where systems keep what programs share.
SHARES = (Path("/usr/share"), Path("/usr/local/share"), Path("/opt/homebrew/share"))
#: Data that is no language: direction of the page, formulas.
_NO_LANGUAGE = frozenset({"osd", "equ", "snum"})


def lacking() -> str:
    """Return why no word is read off a picture here, as the end of a sentence; "" when it is."""
    if _engine() is not None:
        return ""
    if importlib.util.find_spec("tesserocr") is None:
        return "OCR (forthwith[ocr]) is not installed"
    if language_data() is None:
        return "OCR: no language data found; set TESSDATA_PREFIX"
    return "OCR is installed and does not start; see TESSDATA_PREFIX"


class Patience:
    """How long one part of the reading of an item may go on: a share of what a reader may take."""

    def __init__(self, seconds: float, share: float = _SHARE) -> None:
        self._until = time.monotonic() + seconds * share

    @property
    def over(self) -> bool:
        """True once the rest of the item must do without."""
        return time.monotonic() > self._until


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


def language_data() -> tuple[Path, str] | None:
    """Return the first folder with language data, and its languages as the engine wants them."""
    for folder in _places():
        names = sorted(file.stem for file in folder.glob("*.traineddata") if file.is_file())
        languages = [name for name in names if name not in _NO_LANGUAGE]
        if languages:
            languages.sort(key=lambda name: name != "eng")
            return folder, "+".join(languages[:_MOST_LANGUAGES])
    return None


def _places() -> Iterator[Path]:
    """Yield folders to look in: what is set, this environment's own, then the systems'."""
    if set_to := os.environ.get("TESSDATA_PREFIX"):
        # Since version 4 the folder itself; before, the one above it.
        yield from (Path(set_to), Path(set_to) / "tessdata")
    if conda := os.environ.get("CONDA_PREFIX"):
        yield Path(conda) / "share" / "tessdata"
    yield Path(sys.prefix) / "share" / "tessdata"
    for share in SHARES:
        # Debian: tesseract-ocr/5/tessdata. Fedora: tesseract/tessdata. Arch: tessdata.
        yield from sorted(share.glob("tesseract-ocr/*/tessdata"), reverse=True)
        yield from (share / "tesseract-ocr" / "tessdata", share / "tesseract" / "tessdata")
        yield share / "tessdata"
    if programs := os.environ.get("PROGRAMFILES"):
        yield Path(programs) / "Tesseract-OCR" / "tessdata"


@functools.cache
def _engine() -> Any:
    """Start the engine once a process; None when it is not installed or has no language data."""
    # Workers are one a core already; the engine's own threads would only take turns.
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    data = language_data()
    try:
        tesserocr = importlib.import_module("tesserocr")
        if data is None:
            return None
        return tesserocr.PyTessBaseAPI(path=str(data[0]), lang=data[1])
    except (ImportError, RuntimeError, OSError):
        return None
