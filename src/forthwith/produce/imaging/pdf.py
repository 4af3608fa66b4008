"""PDF pages, drawn by pdfium with annotations and form fields, scaled to leave the foot free.

A page that fails is tried again in a file repaired with pikepdf; a page that fails twice becomes a
page saying so, with a Fault. Nothing in the file is run: pdfium is built without scripts.
"""

from __future__ import annotations

import ctypes
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pikepdf
import pypdfium2
import pypdfium2.raw as raw
from PIL import Image

from forthwith.domain.evidence import Fault, FaultReason
from forthwith.produce.imaging.page import FOOT, HEIGHT, WIDTH
from forthwith.produce.imaging.plain_text import slip_sheet
from forthwith.produce.imaging.tone import colourful

#: Width of the small rendering that decides between colour and grey, pixels.
_TRIAL = 425
FAILURES = (pypdfium2.PdfiumError, ctypes.ArgumentError, ValueError, OSError, MemoryError,
            RuntimeError, OverflowError, ZeroDivisionError)  # fmt: skip


class CannotOpenPdfError(ValueError):
    """A PDF that neither pdfium nor the repair can open."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.detail)
        self.fault = fault


#: Characters of one page's text layer that are looked at.
_MOST_CHARACTERS = 200_000


@dataclass(frozen=True, slots=True)
class Character:
    """One UTF-16 unit of a page's text layer and where it lies on the painted page, pixels.

    The box is left, top, right, bottom; None for what pdfium put in between (breaks, spaces).
    """

    unit: int
    box: tuple[float, float, float, float] | None
    #: The file says it in place of what is drawn (ActualText; PDF 32000-1, 14.9.4).
    instead: bool = False


@dataclass(slots=True)
class PdfPages:
    """The pages of one PDF, drawn one at a time."""

    data: bytes
    opened: Any
    faults: dict[int, Fault] = field(default_factory=dict)
    _repaired: Any = None
    _repair_tried: bool = False

    @property
    def count(self) -> int:
        """Pages in the file."""
        return len(self.opened)

    def paint(self, number: int) -> Image.Image:
        """Draw one page, from the repaired file when the original fails."""
        try:
            return _drawn(self.opened, number)
        except FAILURES as error:
            reason = error
        try:
            if (repaired := self._repair()) is not None and number < len(repaired):
                return _drawn(repaired, number)
        except FAILURES as error:
            reason = error
        sentence = f"page {number + 1} of the PDF could not be rendered"
        self.faults[number] = Fault(FaultReason.CORRUPT, f"{sentence} ({str(reason)[:100]})")
        return slip_sheet([f"Page {number + 1} could not be rendered", "See the native file"])

    def characters(self, number: int) -> list[Character]:
        """Return a page's text layer, of the file it was painted from; none where it cannot be."""
        if number in self.faults:
            return []
        for document in (self.opened, self._repaired):
            if document is not None and number < len(document):
                try:
                    return _characters(document, number)
                except FAILURES:
                    continue
        return []

    def _repair(self) -> Any:
        if not self._repair_tried:
            self._repair_tried = True
            fixed = repaired_bytes(self.data)
            self._repaired = None if fixed is None else _open(fixed)
        return self._repaired


def pdf_pages(data: bytes) -> PdfPages:
    """Open a PDF for drawing. Raises CannotOpenPdfError with the Fault."""
    try:
        return PdfPages(data, _open(data))
    except FAILURES as error:
        reason = str(error)
    if "password" in reason.lower():
        detail = "the PDF is encrypted and needs a password to be rendered"
        raise CannotOpenPdfError(Fault(FaultReason.ENCRYPTED, detail))
    fixed = repaired_bytes(data)
    try:
        if fixed is not None:
            return PdfPages(data, _open(fixed))
    except FAILURES as error:
        reason = str(error)
    detail = f"the PDF could not be opened for rendering ({reason[:100]})"
    raise CannotOpenPdfError(Fault(FaultReason.CORRUPT, detail))


def _open(data: bytes) -> Any:
    document = pypdfium2.PdfDocument(data)
    if len(document) == 0:
        raise ValueError("the PDF has no pages")
    try:
        document.init_forms()
    except FAILURES:
        # Forms only add the fields' looks; the pages draw without.
        return document
    return document


def repaired_bytes(data: bytes) -> bytes | None:
    """Return the PDF rebuilt by qpdf, None when it cannot be."""
    try:
        with pikepdf.open(io.BytesIO(data)) as document:
            buffer = io.BytesIO()
            document.save(buffer)
            return buffer.getvalue()
    except (pikepdf.PdfError, pikepdf.PasswordError, ValueError, OSError, RuntimeError, TypeError):
        return None


def _drawn(document: Any, number: int) -> Image.Image:
    page = document[number]
    try:
        return _fitted(page)
    finally:
        page.close()


def _fitted(page: Any) -> Image.Image:
    """Draw one page upright or lying, at most as large as the paper above its foot."""
    fit = _fit_of(page)
    across, down = page.get_size()
    trial = page.render(scale=_TRIAL / max(across, down), rev_byteorder=True).to_pil()
    grey = not colourful(trial.convert("RGB"))
    drawn = page.render(scale=fit.scale, grayscale=grey, rev_byteorder=not grey).to_pil()
    drawn = drawn.convert("L" if grey else "RGB")
    sheet = Image.new(drawn.mode, fit.paper, "white")
    # pdfium rounds the size up: one row more may not reach the foot.
    kept = drawn.crop((0, 0, fit.width, fit.height))
    sheet.paste(kept, (fit.left, 0))
    return sheet


@dataclass(frozen=True, slots=True)
class _Fit:
    """How a PDF page is put on paper."""

    paper: tuple[int, int]
    scale: float
    #: Size of what is kept of the rendering, and the white left of it, pixels.
    width: int
    height: int
    left: int
    #: Size of the whole rendering.
    rendered: tuple[int, int]


def _fit_of(page: Any) -> _Fit:
    across, down = page.get_size()
    if not (across > 0 and down > 0):
        raise ValueError("the page has no area")
    paper = (HEIGHT, WIDTH) if across > down * 1.05 else (WIDTH, HEIGHT)
    room = paper[0], paper[1] - (HEIGHT - FOOT)
    scale = min(room[0] / across, room[1] / down)
    rendered = math.ceil(across * scale), math.ceil(down * scale)
    width, height = min(rendered[0], room[0]), min(rendered[1], room[1])
    return _Fit(paper, scale, width, height, (paper[0] - width) // 2, rendered)


def _characters(document: Any, number: int) -> list[Character]:
    page = document[number]
    try:
        return list(_read(page))
    finally:
        page.close()


def _read(page: Any) -> Iterator[Character]:
    """Yield the characters of a page's text layer in pdfium's order, on the painted page.

    Rotation and crop are pdfium's own: three points say how it puts the page on the bitmap.
    """
    fit = _fit_of(page)
    # As far apart as the page is wide and high: pdfium answers in whole parts of a pixel.
    wide, high = page.get_size()
    origin, right, up = (_on_bitmap(page, fit, *at) for at in ((0, 0), (wide, 0), (0, high)))
    across = ((right[0] - origin[0]) / wide, (right[1] - origin[1]) / wide)
    down = ((up[0] - origin[0]) / high, (up[1] - origin[1]) / high)

    def placed(x: float, y: float) -> tuple[float, float]:
        return (
            fit.left + origin[0] + x * across[0] + y * down[0],
            origin[1] + x * across[1] + y * down[1],
        )

    text = page.get_textpage()
    try:
        units = min(text.count_chars(), _MOST_CHARACTERS)
        edges = [ctypes.c_double() for _ in range(4)]
        left, right_edge, bottom, top = edges
        references = [ctypes.byref(edge) for edge in edges]
        said: dict[int, bool] = {}
        for place in range(units):
            unit = raw.FPDFText_GetUnicode(text, place)
            if not raw.FPDFText_GetCharBox(text, place, *references):
                yield Character(unit, None)
                continue
            first, second = placed(left.value, bottom.value), placed(right_edge.value, top.value)
            box = (
                min(first[0], second[0]),
                min(first[1], second[1]),
                max(first[0], second[0]),
                max(first[1], second[1]),
            )
            drawn = raw.FPDFText_GetTextObject(text, place)
            key = ctypes.cast(drawn, ctypes.c_void_p).value or 0
            if key not in said:
                said[key] = bool(key) and _said_otherwise(drawn)
            yield Character(unit, box if all(map(math.isfinite, box)) else None, said[key])
    finally:
        text.close()


def _said_otherwise(drawn: Any) -> bool:
    """Say whether a text object bears a mark with text to be read in its place."""
    for place in range(min(raw.FPDFPageObj_CountMarks(drawn), 64)):
        mark = raw.FPDFPageObj_GetMark(drawn, place)
        if raw.FPDFPageObjMark_GetParamValueType(mark, b"ActualText") != raw.FPDF_OBJECT_UNKNOWN:
            return True
    return False


#: Parts of a point to which pdfium is asked where it puts it; it answers in whole pixels.
_FINE = 1000


def _on_bitmap(page: Any, fit: _Fit, x: float, y: float) -> tuple[float, float]:
    """Return where a point of the page's space lands on the rendering, pixels."""
    across, down = ctypes.c_int(), ctypes.c_int()
    size = [min(side * _FINE, 2_000_000_000) for side in fit.rendered]
    raw.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, ctypes.byref(across), ctypes.byref(down))
    return (
        across.value * fit.rendered[0] / size[0],
        down.value * fit.rendered[1] / size[1],
    )
