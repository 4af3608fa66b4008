"""PDFs and pictures of the example matter; fixed identifiers and times, so writes are identical."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pikepdf
from PIL import Image, ImageDraw
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

_INK, _PAPER, _GRID = "#1a1a1a", "#ffffff", "#d9d9d9"
_BLUE, _ORANGE = "#0072b2", "#d55e00"


#: What reportlab writes in its reproducible mode.
_NO_DATE = b"20000101000000+00'00'"


def pdf(pages: Sequence[str], title: str, author: str, day: str) -> bytes:
    """Return a PDF with one page for each text; `day` is its day, "20211104"."""
    out = io.BytesIO()
    canvas = _canvas(out, title, author)
    for number, text in enumerate(pages, start=1):
        _write_page(canvas, text, f"{title}, page {number} of {len(pages)}")
    canvas.save()
    return _dated(out, day)


def _canvas(out: io.BytesIO, title: str, author: str) -> Canvas:
    canvas = Canvas(out, pagesize=A4, invariant=True)
    canvas.setTitle(title)
    canvas.setAuthor(author)
    canvas.setSubject("")
    canvas.setCreator("Northgate Writer")
    return canvas


def _dated(out: io.BytesIO, day: str) -> bytes:
    """Put the day in place of the fixed one; as long, so that no offset moves."""
    return out.getvalue().replace(_NO_DATE, f"{day}100000+00'00'".encode())


def _write_page(canvas: Canvas, text: str, foot: str) -> None:
    height = A4[1]
    lines = [part for line in text.split("\n") for part in _wrapped(line)]
    for at, line in enumerate(lines):
        heading = at == 0
        canvas.setFont("Helvetica-Bold" if heading else "Helvetica", 15 if heading else 11)
        canvas.drawString(72, height - 90 - at * 20, line)
    canvas.setFont("Helvetica", 8)
    canvas.drawString(72, 48, foot)
    canvas.showPage()


def _wrapped(line: str, width: int = 78) -> list[str]:
    lines = [""]
    for word in line.split(" "):
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def scanned(lines: Sequence[str], title: str, day: str) -> bytes:
    """Return a one-page PDF that is only a picture of its lines: no text to extract."""
    page = Image.new("L", (826, 1169), 255)
    pen = ImageDraw.Draw(page)
    for at, line in enumerate(lines):
        pen.text((90, 120 + at * 44), line, fill=20, font_size=26)
    # A scan lies never quite straight.
    page = page.rotate(0.6, fillcolor=255)
    out = io.BytesIO()
    canvas = _canvas(out, title, "Oslo front desk scanner")
    canvas.drawImage(ImageReader(page), 0, 0, *A4)
    canvas.showPage()
    canvas.save()
    return _dated(out, day)


def locked(data: bytes, password: str) -> bytes:
    """Return a PDF that opens only with the password; an old cipher, as its key is not random."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        document.save(
            out,
            static_id=True,
            encryption=pikepdf.Encryption(
                owner=password, user=password, R=3, aes=False, metadata=False
            ),
        )
    return out.getvalue()


def bars(title: str, values: Sequence[tuple[str, float]], unit: str) -> bytes:
    """Return a PNG bar chart."""
    picture = Image.new("RGB", (720, 400), _PAPER)
    pen = ImageDraw.Draw(picture)
    pen.text((40, 16), title, fill=_INK, font_size=20)
    pen.text((40, 44), unit, fill=_INK, font_size=13)
    top, bottom, step = 80, 350, 640 // len(values)
    highest = max(value for _, value in values)
    for at in range(5):
        y = bottom - at * (bottom - top) // 4
        pen.line((40, y, 690, y), fill=_GRID)
        pen.text((8, y - 8), f"{highest * at / 4:.0f}", fill=_INK, font_size=12)
    for at, (label, value) in enumerate(values):
        left = 50 + at * step
        shade = _ORANGE if value == min(v for _, v in values) else _BLUE
        pen.rectangle(
            (left, bottom - value / highest * (bottom - top), left + step - 14, bottom), fill=shade
        )
        pen.text((left, bottom + 8), label, fill=_INK, font_size=12)
    return _png(picture)


def label(lines: Sequence[str]) -> bytes:
    """Return a PNG of a paper label."""
    picture = Image.new("RGB", (520, 300), "#e8e2d4")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((30, 30, 490, 270), fill=_PAPER, outline=_INK, width=3)
    for at, line in enumerate(lines):
        pen.text((60, 60 + at * 60), line, fill=_INK, font_size=32)
    return _png(picture)


def logo() -> bytes:
    """Return the mark of the invented exchange."""
    picture = Image.new("RGB", (180, 48), _PAPER)
    pen = ImageDraw.Draw(picture)
    pen.polygon(((8, 40), (24, 8), (40, 40)), fill=_BLUE)
    pen.text((50, 12), "NORTHGATE", fill=_INK, font_size=20)
    return _png(picture)


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
