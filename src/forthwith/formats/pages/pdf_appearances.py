"""Words that only the look of an annotation says: a stamp's, a typewriter's, a signature box's.

An annotation says its words in `/Contents`, and shows them by its appearance stream (ISO 32000-2,
12.5.5). pdfium reads the one; of the other, which is what a reader of the page sees, the words are
had by painting it on a page of its own. Form fields are `pdf_forms`'.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pikepdf
import pypdfium2
from pikepdf import Pdf

from forthwith.formats.bytes.values import mark
from forthwith.formats.pages import pdf_files
from forthwith.plain.charset import encodable

#: Annotations whose look says nothing of its own: links, windows of others, form fields.
_SILENT = frozenset({"/Link", "/Popup", "/Widget"})
#: Annotations looked at, and the largest appearance, bytes.
_MOST, _CAP = 500, 2**20
#: The operators that show text, and that paint another form.
_SPEAKS = (b"Tj", b"TJ", b"Do", b"'", b'"')


def appearances(pdf: Pdf) -> Iterator[tuple[str, str]]:
    """Yield (mark, words) of each appearance with words, and of what is to stand on a redaction.

    Raises what pikepdf and pdfium raise on broken structure.
    """
    looks: list[tuple[str, pikepdf.Object]] = []
    for page in pdf.pages:
        for annotation in _annotations(page):
            kind = str(annotation.get("/Subtype", ""))
            if kind == "/Redact":
                words = " ".join(pdf_files.text(annotation.get("/OverlayText")).split())
                if words:
                    yield mark("Overlay of a redaction", words), words
            stream = None if kind in _SILENT or len(looks) >= _MOST else _look(annotation)
            if stream is not None:
                looks.append((kind, stream))
    for (kind, _), words in zip(looks, _words([stream for _, stream in looks]), strict=True):
        if words:
            yield mark("Stamp" if kind == "/Stamp" else "Shown by an annotation", words), words


def _annotations(page: pikepdf.Page) -> Iterator[Any]:
    listed = page.obj.get("/Annots")
    for annotation in listed if isinstance(listed, pikepdf.Array) else ():
        if pdf_files.is_dictionary(annotation):
            yield annotation


def _look(annotation: Any) -> pikepdf.Object | None:
    """Return the appearance an annotation has as it stands, where it may say words."""
    looks = annotation.get("/AP")
    look = looks.get("/N") if pdf_files.is_dictionary(looks) else None
    if isinstance(look, pikepdf.Dictionary) and not isinstance(look, pikepdf.Stream):
        look = look.get(str(annotation.get("/AS", "")) or "/Off")
    if not isinstance(look, pikepdf.Stream):
        return None
    data = pdf_files.decoded(look, _CAP)
    speaks = isinstance(data, bytes) and any(operator in data for operator in _SPEAKS)
    return look if speaks else None


def _words(looks: list[pikepdf.Object]) -> list[str]:
    """Return the words of each appearance, painted on a page of its own."""
    if not looks:
        return []
    with pikepdf.new() as painted:
        for look in looks:
            form = painted.copy_foreign(look)
            page = painted.add_blank_page(page_size=(14_400, 14_400))
            page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Look=form))
            # Far from the edges: words outside a page are not read.
            page.obj.Contents = painted.make_stream(b"1 0 0 1 5000 5000 cm /Look Do")
        out = io.BytesIO()
        painted.save(out)
    document = pypdfium2.PdfDocument(out.getvalue())
    try:
        return [_said(document[index]) for index in range(len(document))]
    finally:
        document.close()


def _said(page: pypdfium2.PdfPage) -> str:
    layer = page.get_textpage()
    try:
        return " ".join(encodable(layer.get_text_range().replace("\0", "")).split())
    finally:
        layer.close()
        page.close()
