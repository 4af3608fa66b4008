"""The faces of papers in PDF, from installed packages, never from the system; embedded as subsets.

STIX General sets the text, DejaVu Sans what it lacks. PDF embeds only TrueType outlines here, so
the Chinese, Japanese and Korean signs of a paper are redrawn from Noto Sans CJK as a small face.
Scripts written from right to left are not turned: their letters stand in the order of the text.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont as EmbeddedFont

TEXT = "PaperText"
_FILES = {
    TEXT: "STIXGeneral.ttf",
    f"{TEXT}-Bold": "STIXGeneralBol.ttf",
    f"{TEXT}-Italic": "STIXGeneralItalic.ttf",
    "PaperMore": "DejaVuSans.ttf",
}
_CJK = "NotoSansCJKtc-Regular.otf"


class Faces:
    """The faces one paper needs, ready for use in it."""

    def __init__(self, text: str) -> None:
        for name, file in _FILES.items():
            # A face remembers what was written with it: each paper has its own.
            pdfmetrics.registerFont(EmbeddedFont(name, io.BytesIO(_bytes(file))))
        pdfmetrics.registerFontFamily(TEXT, TEXT, f"{TEXT}-Bold", f"{TEXT}-Italic", f"{TEXT}-Bold")
        rare = {sign for sign in text if not _drawn(sign, "STIXGeneral.ttf", "DejaVuSans.ttf")}
        self._rare = frozenset(sign for sign in rare if _drawn(sign, _CJK))
        if self._rare:
            font = _redrawn("".join(sorted(self._rare)))
            pdfmetrics.registerFont(EmbeddedFont("PaperCJK", io.BytesIO(font)))

    def runs(self, text: str) -> Iterator[tuple[str, str]]:
        """Yield (face, characters); face "" is the face of the text."""
        for face, signs in groupby(text, key=self._face):
            yield face, "".join(signs)

    def _face(self, sign: str) -> str:
        if sign.isascii() or _drawn(sign, "STIXGeneral.ttf"):
            return ""
        return "PaperCJK" if sign in self._rare else "PaperMore"


def _place(file: str) -> Path:
    package, *below = (
        ("cvttf_NotoSansCJK_Regular",)
        if file == _CJK
        else ("matplotlib", "mpl-data", "fonts", "ttf")
    )
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        msg = f"package {package} with the fonts of papers is not installed"
        raise FileNotFoundError(msg)
    return Path(spec.submodule_search_locations[0], *below, file)


@lru_cache(maxsize=8)
def _bytes(file: str) -> bytes:
    return _place(file).read_bytes()


@lru_cache(maxsize=8)
def _coverage(file: str) -> frozenset[int]:
    with TTFont(_place(file), lazy=True) as font:
        return frozenset(font.getBestCmap())


def _drawn(sign: str, *files: str) -> bool:
    return sign.isspace() or any(ord(sign) in _coverage(file) for file in files)


@lru_cache(maxsize=8)
def _redrawn(signs: str) -> bytes:
    """Return a TrueType face with the outlines of some signs of the CJK face."""
    with TTFont(_place(_CJK), lazy=True) as font:
        names = {ord(sign): font.getBestCmap()[ord(sign)] for sign in signs}
        return _built(font, names)


def _built(font: TTFont, names: dict[int, str]) -> bytes:
    shapes, order = font.getGlyphSet(), [".notdef", *dict.fromkeys(names.values())]
    builder = FontBuilder(font["head"].unitsPerEm, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(names)
    builder.setupGlyf({name: _outline(shapes, name) for name in order})
    builder.setupHorizontalMetrics({name: font["hmtx"][name] for name in order})
    high, low = font["hhea"].ascent, font["hhea"].descent
    builder.setupHorizontalHeader(ascent=high, descent=low)
    builder.setupNameTable({"familyName": "PaperCJK", "styleName": "Regular", "psName": "PaperCJK"})
    builder.setupOS2(sTypoAscender=high, sTypoDescender=low)
    builder.setupPost()
    builder.font["head"].created = builder.font["head"].modified = 0
    builder.font.recalcTimestamp = False
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()


def _outline(shapes: object, name: str) -> object:
    pen = TTGlyphPen(None)
    shapes[name].draw(Cu2QuPen(pen, 1.0, reverse_direction=True))  # type: ignore[index]
    return pen.glyph()
