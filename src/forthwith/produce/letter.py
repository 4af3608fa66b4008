"""A letter as blocks, and its two forms: plain text and DOCX; equal blocks give equal bytes."""

from __future__ import annotations

import io
import textwrap
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import docx
from docx.document import Document as DocxDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Inches, Pt

_WIDTH = 78
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Centred:
    """A line of the letterhead or a legend."""

    text: str


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines kept as they are: an address, a subject, a signature."""

    lines: tuple[str, ...]
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A numbered part of the letter."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a header; cells of a row are as many as the header's."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Centred | Lines | Heading | Paragraph | Table


def as_text(blocks: Sequence[Block]) -> bytes:
    """Return the letter as UTF-8 text with its mark, CRLF, at most 78 columns where it flows."""
    parts = ("\n".join(line.rstrip() for line in _plain(each)) for each in blocks)
    return ("\n\n".join(parts) + "\n").replace("\n", "\r\n").encode("utf-8-sig", "replace")


def _plain(block: Block) -> Iterator[str]:
    match block:
        case Centred(text):
            for line in textwrap.wrap(text, _WIDTH):
                yield line.center(_WIDTH)
        case Lines(lines):
            yield from lines
        case Heading(text):
            yield text
            yield "-" * len(text)
        case Paragraph(text):
            yield from textwrap.wrap(text, _WIDTH, break_on_hyphens=False, break_long_words=False)
        case Table(header, rows):
            yield from _columns([header, *rows])


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for number, row in enumerate(rows):
        cells = zip(row, widths, strict=True)
        yield "  " + "  ".join(_aligned(cell, width) for cell, width in cells)
        if number == 0:
            yield "  " + "  ".join("-" * width for width in widths)


def _aligned(cell: str, width: int) -> str:
    return cell.rjust(width) if cell.replace(",", "").isdecimal() else cell.ljust(width)


def as_docx(blocks: Sequence[Block], day: date, author: str = "") -> bytes:
    """Return the letter as DOCX, dated `day` in its properties."""
    made = docx.Document()
    _page(made, day, author)
    for block in blocks:
        _write(made, block)
    held = io.BytesIO()
    made.save(held)
    return _repacked(held.getvalue())


def _page(made: DocxDocument, day: date, author: str) -> None:
    for section in made.sections:
        section.page_width, section.page_height = Inches(8.5), Inches(11)
        section.left_margin = section.right_margin = Inches(1)
        section.top_margin = section.bottom_margin = Inches(1)
    style = made.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(11)
    style.paragraph_format.space_after = Pt(8)
    stamp = datetime.combine(day, time(), UTC)
    properties = made.core_properties
    properties.created = properties.modified = stamp
    properties.author = properties.last_modified_by = _xml(author)
    properties.title, properties.comments, properties.revision = "Transmittal", "", 1


def _write(made: DocxDocument, block: Block) -> None:
    match block:
        case Centred(text):
            paragraph = made.add_paragraph()
            paragraph.add_run(_xml(text)).bold = True
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        case Lines(lines, bold):
            paragraph = made.add_paragraph()
            for place, line in enumerate(lines):
                run = paragraph.add_run(_xml(line))
                run.bold = bold
                if place < len(lines) - 1:
                    run.add_break()
        case Heading(text):
            paragraph = made.add_paragraph()
            paragraph.add_run(_xml(text)).bold = True
            paragraph.paragraph_format.keep_with_next = True
            paragraph.paragraph_format.space_before = Pt(10)
        case Paragraph(text):
            made.add_paragraph(_xml(text))
        case Table(header, rows):
            _table(made, header, rows)


def _table(made: DocxDocument, header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    table = made.add_table(rows=0, cols=len(header), style="Table Grid")
    for number, row in enumerate((header, *rows)):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(2)
            run = paragraph.add_run(_xml(text))
            run.font.size, run.bold = Pt(10), number == 0
            if number and text.replace(",", "").isdecimal():
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    made.add_paragraph().paragraph_format.space_after = Pt(4)


def _xml(text: str) -> str:
    """Leave out what XML cannot hold: evidence brings control characters in names."""
    return (
        "".join(sign for sign in text if sign in "\t\n" or sign >= " ")
        .encode("utf-8", "replace")
        .decode("utf-8")
        .replace("\ufffe", "")
        .replace("\uffff", "")
    )


def _repacked(data: bytes) -> bytes:
    """Return the same package with its members dated alike: a clock is no part of the letter."""
    held = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for info in source.infolist():
            fresh = zipfile.ZipInfo(info.filename, _ZIP_EPOCH)
            fresh.compress_type = zipfile.ZIP_DEFLATED
            fresh.external_attr = 0o600 << 16
            target.writestr(fresh, source.read(info))
    return held.getvalue()
