"""Faces for page images: which font draws which character, how wide a word is, its bitmap.

The fonts come from installed packages (DejaVu and STIX with matplotlib, Noto Sans CJK with its
own), never from the system: a bare machine draws the same page as any other. Where the lines go is
`imaging_wrap`; putting bitmaps on a page is `imaging_page`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path

from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

#: Words kept per face before its cache is emptied; a page repeats most of its words.
_WORDS_KEPT = 20_000
_FALLBACK = ("DejaVuSans.ttf", "NotoSansCJKtc-Regular.otf", "STIXGeneral.ttf", "STIXNonUni.ttf")


class Family(StrEnum):
    """The two families a page is set in."""

    SANS = "DejaVuSans"
    MONO = "DejaVuSansMono"


@dataclass(frozen=True, slots=True)
class Word:
    """One word as drawn: its ink, where that lies from the pen on the baseline, pixels."""

    mask: Image.Image | None
    left: int
    top: int
    advance: float


def _package_folder(package: str) -> Path:
    """Return the folder of an installed package without importing it."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        msg = f"package {package} with the fonts of page images is not installed"
        raise FileNotFoundError(msg)
    return Path(spec.submodule_search_locations[0])


@lru_cache(maxsize=64)
def _path(file: str) -> str:
    if file.startswith("Noto"):
        return str(_package_folder("cvttf_NotoSansCJK_Regular") / file)
    return str(_package_folder("matplotlib") / "mpl-data" / "fonts" / "ttf" / file)


@lru_cache(maxsize=64)
def _coverage(file: str) -> frozenset[int]:
    """Return the code points a font file has glyphs for."""
    with TTFont(_path(file), lazy=True) as font:
        return frozenset(font.getBestCmap())


@lru_cache(maxsize=256)
def _font(file: str, size: int, *, shaped: bool) -> ImageFont.FreeTypeFont:
    engine = ImageFont.Layout.RAQM if shaped else ImageFont.Layout.BASIC
    return ImageFont.truetype(_path(file), size, layout_engine=engine)


@lru_cache(maxsize=65_536)
def invisible(char: str) -> bool:
    """Say whether a character is rightly drawn as nothing: joiners, marks of direction."""
    return unicodedata.category(char) == "Cf" or 0xFE00 <= ord(char) <= 0xFE0F


@lru_cache(maxsize=65_536)
def right_to_left(char: str) -> bool:
    """Say whether a character belongs to a script written from right to left."""
    return unicodedata.bidirectional(char) in {"R", "AL"}


@lru_cache(maxsize=65_536)
def _separates(char: str) -> bool:
    """Say whether a character ends a paragraph (UAX #9, class B): shaping refuses any such."""
    return unicodedata.bidirectional(char) == "B"


@lru_cache(maxsize=65_536)
def _file_for(char: str, first: str) -> str:
    """Return the first font file that draws `char`; "" when none does."""
    for file in (first, *_FALLBACK):
        if ord(char) in _coverage(file):
            return file
    return ""


def without_glyph(text: str) -> set[str]:
    """Return the characters of `text` that no font draws; they are shown as boxes."""
    return {
        char
        for char in set(text)
        if char not in " \t\n" and not invisible(char) and not _file_for(char, "DejaVuSans.ttf")
    }


class Face:
    """One family, weight and size (pixels to the em), with the words it has drawn before."""

    def __init__(self, file: str, size: int) -> None:
        self.size = size
        self._file = file
        ascent, descent = _font(file, size, shaped=False).getmetrics()
        self.ascent = ascent
        #: From one baseline to the next.
        self.height = round((ascent + descent) * 1.06)
        self._advances: dict[str, float] = {}
        self._words: dict[str, Word] = {}
        self.space = _font(file, size, shaped=False).getlength(" ", mode="1")

    def advance(self, word: str) -> float:
        """Return how far the pen moves over `word`, pixels."""
        known = self._advances.get(word)
        if known is None:
            if len(self._advances) > _WORDS_KEPT * 4:
                self._advances.clear()
            known = self._advances[word] = sum(self._run_advance(*run) for run in self._runs(word))
        return known

    def parts(self, text: str) -> list[tuple[str, str]]:
        """Return (font file, characters) of a text as they stand from left to right."""
        return self._runs(text)

    def advance_in(self, file: str, text: str) -> float:
        """Return how far the pen moves over characters that this font file draws, pixels."""
        return self._run_advance(file, text)

    def drawn(self, word: str) -> Word:
        """Return the bitmap of `word`, from the cache where it was drawn before."""
        known = self._words.get(word)
        if known is None:
            if len(self._words) > _WORDS_KEPT:
                self._words.clear()
            known = self._words[word] = self._draw(word)
        return known

    def _runs(self, text: str) -> list[tuple[str, str]]:
        """Split text into (font file, characters); file "" for characters no font draws."""
        if text.isascii() and text.isprintable():
            return [(self._file, text)]
        backwards = any(map(right_to_left, text))
        # The proportional face has the right-to-left letters too, so such a line stays in one run.
        first = self._file.replace("SansMono", "Sans") if backwards else self._file
        files: list[str] = []
        for char in text:
            last = files[-1] if files else first
            files.append(last if invisible(char) or char == " " else _file_for(char, first))
        pairs = groupby(zip(files, text), key=lambda pair: (pair[0], _separates(pair[1])))
        runs = [(file, "".join(char for _, char in group)) for (file, _), group in pairs]
        # Runs of several fonts in a right-to-left line stand from right to left too.
        return runs[::-1] if backwards else runs

    def _loaded(self, file: str, text: str) -> ImageFont.FreeTypeFont:
        return _font(file, self.size, shaped=not text.isascii() and not _separates(text[0]))

    def _run_advance(self, file: str, text: str) -> float:
        if not file:
            return float(self.size * len(text))
        return self._loaded(file, text).getlength(text, mode="1")

    def _draw(self, text: str) -> Word:
        runs = self._runs(text)
        width = round(sum(self._run_advance(*run) for run in runs))
        # Room about the pen for overhanging letters and stacked marks.
        pad = self.size
        sheet = Image.new("1", (width + 2 * pad, 3 * self.size))
        pen = ImageDraw.Draw(sheet)
        x = float(pad)
        for file, part in runs:
            self._draw_run(pen, x, file, part)
            x += self._run_advance(file, part)
        if (box := sheet.getbbox()) is None:
            return Word(None, 0, 0, x - pad)
        return Word(sheet.crop(box), box[0] - pad, box[1] - 2 * self.size, x - pad)

    def _draw_run(self, pen: ImageDraw.ImageDraw, x: float, file: str, text: str) -> None:
        baseline = 2 * self.size
        if file:
            font = self._loaded(file, text)
            pen.text((round(x), baseline), text, fill=255, font=font, anchor="ls")
            return
        for place, char in enumerate(text):
            self._draw_code_point(pen, round(x) + place * self.size, baseline, char)

    def _draw_code_point(self, pen: ImageDraw.ImageDraw, x: int, baseline: int, char: str) -> None:
        """Draw a box holding the code point, in two rows of hexadecimal digits."""
        size, digits = self.size, f"{ord(char):04X}"
        top = baseline - round(size * 0.85)
        pen.rectangle(
            (x + 1, top, x + size - 3, baseline + round(size * 0.1)), outline=255, width=2
        )
        font = _font("DejaVuSansMono.ttf", max(round(size * 0.42), 8), shaped=False)
        half = (len(digits) + 1) // 2
        for row, part in enumerate((digits[:half], digits[half:])):
            place = (x + size // 2 - 1, top + round(size * (0.28 + 0.42 * row)))
            pen.text(place, part, fill=255, font=font, anchor="mm")


@lru_cache(maxsize=128)
def face(family: Family, points: float, *, bold: bool = False, italic: bool = False) -> Face:
    """Return the face of `family` at `points` (1/72 inch) on a 300 dpi page."""
    style = ("Bold" if bold else "") + ("Oblique" if italic else "")
    return Face(f"{family}{'-' + style if style else ''}.ttf", round(points * 300 / 72))
