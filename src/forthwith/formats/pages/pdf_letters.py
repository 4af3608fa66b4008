"""Text of a PDF that is not what its page shows, because nothing says which letters its glyphs are.

A font maps codes to glyphs; which letters those are stands in `/ToUnicode`, in the names of its
glyphs or in a known collection (ISO 32000-2, 9.10). Where all three are missing a reader is left
with the codes themselves: words that look like text and are none, or controls. The page has to be
read by eye or by OCR, so it is told.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from typing import Any

import pikepdf
import pypdfium2
from pikepdf import Pdf
from pypdfium2 import raw

from forthwith.formats.pages import pdf_files

#: Characters no text is made of: controls, private use, lost ones.
_NO_LETTER = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ue000-\uf8ff\ufffd]")
#: Fewest of them, and their share of what a page says, that are no bullets and ornaments.
_FEWEST, _SHARE = 10, 0.2
#: Letters written in such fonts that are no ornaments.
_FEWEST_WRITTEN = 12
#: Forms in forms and pages looked at.
_DEEPEST, _MOST_PAGES = 6, 2_000


def unmapped_fonts(pdf: Pdf) -> frozenset[str]:
    """Return the names of fonts of which nothing says what letters their glyphs are."""
    names: set[str] = set()
    seen: set[tuple[int, int]] = set()
    for number, page in enumerate(pdf.pages):
        if number >= _MOST_PAGES:
            break
        for font in _fonts(page.obj.get("/Resources"), seen, 0):
            if _is_unmapped(font):
                names.add(str(font.get("/BaseFont", "")).removeprefix("/"))
    return frozenset(names)


def _fonts(resources: Any, seen: set[tuple[int, int]], depth: int) -> Iterator[Any]:
    if not pdf_files.is_dictionary(resources) or depth > _DEEPEST:
        return
    fonts, forms = resources.get("/Font"), resources.get("/XObject")
    for font in fonts.values() if pdf_files.is_dictionary(fonts) else ():
        if pdf_files.is_dictionary(font):
            yield font
    for form in forms.values() if pdf_files.is_dictionary(forms) else ():
        if pdf_files.is_dictionary(form) and form.objgen not in seen:
            seen.add(form.objgen)
            yield from _fonts(form.get("/Resources"), seen, depth + 1)


def _is_unmapped(font: Any) -> bool:
    if "/ToUnicode" in font or str(font.get("/Subtype", "")) != "/Type0":
        return False
    if str(font.get("/Encoding", "")) not in {"/Identity-H", "/Identity-V"}:
        return False
    inner = font.get("/DescendantFonts")
    inner = inner[0] if isinstance(inner, pikepdf.Array) and len(inner) else None
    if not pdf_files.is_dictionary(inner):
        return False
    system = inner.get("/CIDSystemInfo")  # type: ignore[union-attr]
    ordering = str(system.get("/Ordering", "")) if pdf_files.is_dictionary(system) else ""
    return ordering in {"", "Identity"}


def is_garbled(
    page: pypdfium2.PdfPage, layer: pypdfium2.PdfTextPage, words: str, unmapped: frozenset[str]
) -> bool:
    """Say whether a page's text, or a part of it, is codes of glyphs and no letters."""
    plain = "".join(words.split())
    if len(_NO_LETTER.findall(plain)) >= max(_FEWEST, _SHARE * len(plain)):
        return True
    return bool(unmapped) and _written(page, layer, unmapped) >= _FEWEST_WRITTEN


def _written(page: pypdfium2.PdfPage, layer: pypdfium2.PdfTextPage, fonts: frozenset[str]) -> int:
    """Count the letters a page writes in some fonts, up to as many as are asked for."""
    count = 0
    for shape in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT], max_depth=_DEEPEST):
        font = raw.FPDFTextObj_GetFont(shape.raw)
        if font and _name(font) in fonts:
            length = raw.FPDFTextObj_GetText(shape.raw, layer.raw, None, 0)
            count += max(0, length // 2 - 1)
            if count >= _FEWEST_WRITTEN:
                break
    return count


def _name(font: Any) -> str:
    length = raw.FPDFFont_GetBaseFontName(font, None, 0)
    buffer = ctypes.create_string_buffer(length)
    raw.FPDFFont_GetBaseFontName(font, buffer, length)
    return buffer.value.decode("utf-8", "replace")
