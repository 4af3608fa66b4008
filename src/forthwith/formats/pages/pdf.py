"""Read PDF: text page by page, annotations, form values, properties, embedded files.

pdfium gives the text and pikepdf the structure. A page that fails costs that page; a file that does
not open is repaired once and tried again. Scans are read by OCR where it is installed.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pypdfium2
from pypdfium2 import raw

from forthwith.domain import fields
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    ByteSource,
    Fault,
    FaultReason,
    FieldValue,
    Hint,
    Kind,
    Reading,
    TextMethod,
)
from forthwith.formats.bytes import values
from forthwith.formats.bytes.passwords import GIVEN, STILL_ENCRYPTED, Trial
from forthwith.formats.bytes.stream import whole
from forthwith.formats.bytes.values import count, from_pdf_date, mark
from forthwith.formats.pages import ocr, pdf_earlier, pdf_hidden, pdf_letters, picture_end
from forthwith.plain import counting
from forthwith.plain.charset import encodable
from forthwith.plain.messages import without_places

MEDIA_TYPES = frozenset({"application/pdf", "application/x-pdf", "application/illustrator"})
#: pdfium's own number for a missing or wrong password.
_PASSWORD = 4
#: pdfium marks a hyphen at a line's end so; what follows belongs to the same word.
_BROKEN_WORD = re.compile("[\ufffe\x02]\r?\n?")
#: Annotations that carry no words of a person: links and the windows of other annotations.
_SILENT = frozenset({raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP, raw.FPDF_ANNOT_WIDGET})
_MOST_ANNOTATIONS = 10_000
#: Part of the time one item may take in which pages are looked at for words nobody sees.
_LOOKING = 0.5
#: Part of that time in which words are read; a tree of a million pages has no end by then.
_READING = 0.75
#: What pdfium and numpy raise on pages that make no sense.
_BROKEN = (
    pypdfium2.PdfiumError,
    AssertionError,
    ValueError,
    TypeError,
    IndexError,
    OverflowError,
    MemoryError,
    ctypes.ArgumentError,
)


@dataclass(slots=True)
class _Pages:
    patience: ocr.Patience
    looking: ocr.Patience
    texts: list[str] = field(default_factory=list)
    remarks: int = 0
    #: 1-based numbers of pages that show a picture and hold no text.
    scans: list[int] = field(default_factory=list)
    #: Pages not looked at for words nobody sees: broken, or once that took too long.
    not_looked: list[int] = field(default_factory=list)
    #: Names of the layers that are not shown; how many marks of words nobody sees there are; the
    #: pages where such words were covered as a redaction would.
    hidden_layers: frozenset[str] = frozenset()
    #: Fonts without letters, and the pages whose text is codes of glyphs.
    unmapped_fonts: frozenset[str] = frozenset()
    garbled: list[int] = field(default_factory=list)
    hidden: int = 0
    exposed: list[int] = field(default_factory=list)
    #: Those whose words would have been read, had there been time.
    left: list[int] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    by_ocr: bool = False


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read one PDF. Raises UnreadableError when no password opens it or it is beyond repair."""
    from forthwith.formats.pages import pdf_structure

    data = whole(source, hint)
    try:
        return _read(data, data, hint)
    except UnreadableError as error:
        if error.fault.reason is not FaultReason.ENCRYPTED or not hint.passwords:
            raise
    trial = Trial(hint)
    plain = pdf_structure.unlocked(data, trial)
    if plain is None:
        raise _locked(trial.closed())
    note = FieldValue(fields.ENCRYPTED, GIVEN, "pdf:Encrypt")
    reading = _read(plain, data, hint).with_faults(trial.opened(STILL_ENCRYPTED))
    return replace(reading, fields=(*reading.fields, note))


def _read(data: bytes, collected: bytes, hint: Hint) -> Reading:
    """Read a PDF from bytes without encryption; what lies behind its end, from those collected."""
    from forthwith.formats.pages import pdf_structure

    document, faults = _document(data)
    try:
        structure = pdf_structure.structure(data, hint.budget)
        pages = _pages_of(document, hint, structure.hidden_layers, structure.unmapped_fonts)
        number = len(document)
    finally:
        document.close()
    behind, behind_end = picture_end.behind_pdf(collected)
    structure.files.add_behind(picture_end.child(collected, behind))
    earlier = pdf_earlier.earlier_versions(data)
    structure.marks += [
        mark(f"Earlier version {place} of {earlier.number + 1}", words)
        for place, words in earlier.removed
    ]
    text = "\f".join([*pages.texts, *structure.sections("\n".join(pages.texts))])
    return Reading(
        Kind.EDOC,
        "application/pdf",
        text=text.strip("\f\n"),
        text_method=_method(text, pages),
        fields=(
            *structure.fields,
            *count(fields.PAGES, number, "pdf:page tree"),
            *count(fields.COMMENTS, pages.remarks, "pdf:annotations"),
            *count(fields.HIDDEN_TEXT, pages.hidden + len(earlier.removed), "pdf:page objects"),
            *values.field(fields.NOT_REDACTED, _which(pages.exposed, 0), "pdf:page objects"),
        ),
        faults=(
            *faults,
            *behind_end,
            *pages.faults,
            *structure.faults,
            *_exposed(pages),
            *_garbled(pages, number),
            *_kept(earlier),
            *_not_looked(pages, number),
            *_scan_faults(pages, number),
        ),
        children=structure.files.children if structure.files.files else None,
        declared=len(structure.files.files),
    )


def _method(text: str, pages: _Pages) -> TextMethod:
    if pages.by_ocr:
        return TextMethod.OCR
    return TextMethod.EXTRACTED if text.strip() else TextMethod.NONE


def _document(data: bytes) -> tuple[pypdfium2.PdfDocument, list[Fault]]:
    """Open with pdfium; once more after repair. Raises UnreadableError."""
    from forthwith.formats.pages import pdf_structure

    try:
        return pypdfium2.PdfDocument(data), []
    except pypdfium2.PdfiumError as error:
        if error.err_code == _PASSWORD:
            raise _locked() from error
        first = error
    repaired = pdf_structure.repaired(data)
    try:
        if repaired:
            document = pypdfium2.PdfDocument(repaired)
            detail = "the PDF is damaged; its text was read from a repaired copy"
            return document, [Fault(FaultReason.CORRUPT, detail)]
    except pypdfium2.PdfiumError as error:
        first = error
    detail = f"not a PDF that can be read or repaired ({first})"
    raise UnreadableError(Fault(FaultReason.CORRUPT, detail, lost=True)) from first


def _locked(tried: str = "") -> UnreadableError:
    detail = f"the PDF opens only with a password{tried}"
    return UnreadableError(Fault(FaultReason.ENCRYPTED, detail, lost=True))


def _pages_of(
    document: pypdfium2.PdfDocument,
    hint: Hint,
    hidden_layers: frozenset[str],
    unmapped_fonts: frozenset[str],
) -> _Pages:
    seconds = hint.budget.limits.seconds
    looking = ocr.Patience(seconds, _LOOKING)
    pages = _Pages(
        ocr.Patience(seconds),
        looking,
        hidden_layers=hidden_layers,
        unmapped_fonts=unmapped_fonts,
    )
    # Four bytes a character: more text than an item may have bytes is not kept.
    reading, room = ocr.Patience(seconds, _READING), hint.budget.limits.item_bytes // 4
    for index in range(count := len(document)):
        if index and (reading.over or room < 0):
            why = FaultReason.TOO_LARGE if room < 0 else FaultReason.TOO_SLOW
            limit = "limits.item_bytes" if room < 0 else "limits.seconds"
            detail = f"only the words of the first {index:,} of {count:,} pages were read ({limit})"
            pages.faults.append(Fault(why, detail))
            break
        try:
            page = document[index]
            try:
                _page(page, index + 1, pages)
            finally:
                page.close()
        except (pypdfium2.PdfiumError, AssertionError, ValueError) as error:
            pages.texts.append("")
            detail = f"page {index + 1} could not be read ({without_places(error)})"
            pages.faults.append(Fault(FaultReason.CORRUPT, detail))
        room -= len(pages.texts[-1])
    return pages


def _page(page: pypdfium2.PdfPage, number: int, pages: _Pages) -> None:
    layer = page.get_textpage()
    try:
        words = _BROKEN_WORD.sub("", layer.get_text_range())
        hidden = _hidden(page, layer, number, pages)
        if pdf_letters.is_garbled(page, layer, words, pages.unmapped_fonts):
            pages.garbled.append(number)
    finally:
        layer.close()
    words = encodable(words.replace("\r\n", "\n").replace("\0", ""))
    pictures = page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=4)
    if not words.strip() and any(True for _ in pictures):
        words = _read_off(page, number, pages)
    remarks = list(_annotations(page))
    pages.remarks += len(remarks)
    marks = dict.fromkeys(mark(unseen.way, unseen.words, where=unseen.where) for unseen in hidden)
    pages.texts.append("\n".join([words, *marks, *remarks]))


def _hidden(
    page: pypdfium2.PdfPage, layer: Any, number: int, pages: _Pages
) -> list[pdf_hidden.HiddenWords]:
    """Return the words of a page nobody sees; what breaks here leaves its text be."""
    if pages.looking.over:
        pages.not_looked.append(number)
        return []
    try:
        hidden = pdf_hidden.hidden_words(
            page, layer, pages.hidden_layers, lambda: pages.looking.over
        )
    except _BROKEN:
        pages.not_looked.append(number)
        return []
    pages.hidden += len(hidden)
    if any(unseen.way in pdf_hidden.NOT_REDACTED for unseen in hidden):
        pages.exposed.append(number)
    return hidden


def _read_off(page: pypdfium2.PdfPage, number: int, pages: _Pages) -> str:
    """Return the words of a page that is a picture; note the page where nobody reads them."""
    if ocr.lacking():
        pages.scans.append(number)
        return ""
    if pages.patience.over:
        pages.left.append(number)
        return ""
    scale = ocr.DPI / 72
    across, down = page.get_size()
    if across * down * scale**2 > ocr.MOST_PIXELS:
        scale = (ocr.MOST_PIXELS / (across * down)) ** 0.5 * 0.99
    words = ocr.ocr(page.render(scale=scale).to_pil())
    pages.by_ocr = pages.by_ocr or bool(words)
    return words


def _annotations(page: pypdfium2.PdfPage) -> Iterator[str]:
    """Yield what people wrote onto the page."""
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), _MOST_ANNOTATIONS)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            kind = raw.FPDFAnnot_GetSubtype(annotation)
            if kind not in _SILENT and (words := _string(annotation, b"Contents")):
                when = from_pdf_date(_string(annotation, b"M"))
                yield mark("Comment", words, _string(annotation, b"T"), when)
        finally:
            raw.FPDFPage_CloseAnnot(annotation)


def _string(annotation: raw.FPDF_ANNOTATION, key: bytes) -> str:
    length = raw.FPDFAnnot_GetStringValue(annotation, key, None, 0)
    if length <= 2:
        return ""
    buffer = ctypes.create_string_buffer(length)
    raw.FPDFAnnot_GetStringValue(
        annotation, key, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), length
    )
    return buffer.raw[: length - 2].decode("utf-16-le", "replace")


def _exposed(pages: _Pages) -> Iterator[Fault]:
    """Say where words were covered and can be read; the words themselves stand in the text only."""
    if pages.exposed:
        detail = f"{_which(pages.exposed, 0)}: words were covered or marked for redaction, and can"
        yield Fault(FaultReason.NOT_REDACTED, f"{detail} still be read and copied")


def _not_looked(pages: _Pages, number: int) -> Iterator[Fault]:
    """Say which pages may hide words nobody looked for."""
    if pages.not_looked:
        detail = f"{_which(pages.not_looked, number)}: not looked at for words under boxes"
        yield Fault(FaultReason.TOO_MANY, f"{detail} (broken, or more than limits.seconds allows)")


def _garbled(pages: _Pages, number: int) -> Iterator[Fault]:
    """Say which pages show other words than can be read off them."""
    if pages.garbled:
        detail = f"{_which(pages.garbled, number)}: a font does not say which letters it shows, so"
        yield Fault(FaultReason.UNDECODABLE, f"{detail} the text is not what the page shows")


def _kept(earlier: pdf_earlier.EarlierVersions) -> Iterator[Fault]:
    """Say that words were taken out of the last version only."""
    if earlier.removed:
        versions = counting.count(earlier.number, "earlier version")
        detail = f"the file keeps {versions} of itself, with words that the last one lacks"
        yield Fault(FaultReason.NOT_REDACTED, detail)


def _scan_faults(pages: _Pages, number: int) -> Iterator[Fault]:
    """Say which pages show pictures nobody read."""
    if pages.scans:
        one = len(pages.scans) in {1, number}
        what = "shows a picture and holds no text" if one else "show a picture and hold no text"
        detail = f"{_which(pages.scans, number)} {what}; {ocr.lacking()}"
        yield Fault(FaultReason.NO_TOOL, detail)
    if pages.left:
        detail = (
            f"{_which(pages.left, number)}: words were not read off the picture for want of time"
        )
        yield Fault(FaultReason.TOO_SLOW, f"{detail} (limits.seconds in matter.toml)")


def _which(pages: list[int], number: int) -> str:
    """Return "every page", or the pages by number; "" for none."""
    if not pages:
        return ""
    if len(pages) == number:
        return "every page"
    if len(pages) == 1:
        return f"page {pages[0]}"
    listed = "pages " + ", ".join(map(str, pages[:20]))
    return listed + (f" and {len(pages) - 20} more" if len(pages) > 20 else "")
