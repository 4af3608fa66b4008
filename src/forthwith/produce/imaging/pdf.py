"""PDF pages, drawn by pdfium with annotations and form fields, scaled to leave the foot free.

A page that fails is tried again in a file repaired with pikepdf; a page that fails twice becomes a
page saying so, with a Fault. Nothing in the file is run: pdfium is built without scripts.
"""

from __future__ import annotations

import ctypes
import io
from dataclasses import dataclass, field
from typing import Any

import pikepdf
import pypdfium2
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
    across, down = page.get_size()
    if not (across > 0 and down > 0):
        raise ValueError("the page has no area")
    paper = (HEIGHT, WIDTH) if across > down * 1.05 else (WIDTH, HEIGHT)
    room = paper[0], paper[1] - (HEIGHT - FOOT)
    scale = min(room[0] / across, room[1] / down)
    trial = page.render(scale=_TRIAL / max(across, down), rev_byteorder=True).to_pil()
    grey = not colourful(trial.convert("RGB"))
    drawn = page.render(scale=scale, grayscale=grey, rev_byteorder=not grey).to_pil()
    drawn = drawn.convert("L" if grey else "RGB")
    sheet = Image.new(drawn.mode, paper, "white")
    # pdfium rounds the size up: one row more may not reach the foot.
    kept = drawn.crop((0, 0, min(drawn.width, room[0]), min(drawn.height, room[1])))
    sheet.paste(kept, ((paper[0] - kept.width) // 2, 0))
    return sheet
