"""A paper as DOCX for Word, dated its own day; equal papers give equal bytes.

Numbers of paragraphs and pages are Word's own (a numbering definition, fields), so that they stay
right when the paper is edited.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

import docx
from docx.document import Document as DocxDocument
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Inches, Pt
from docx.text.paragraph import Paragraph as DocxParagraph

from forthwith.papers.blocks import (
    OPEN,
    RULE,
    TICKED,
    Block,
    Caption,
    Centred,
    Heading,
    Lines,
    Numbered,
    Paper,
    Paragraph,
    Quote,
    Signature,
    Table,
    Ticks,
    Verbatim,
    caption_box,
    column_widths,
    is_number,
)

_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_NUMBERING = 90
#: Capitals that fit left of the rule in a caption; a line that wraps again would misplace it.
_BOX = 24


def as_docx(paper: Paper) -> bytes:
    """Return the paper as a Word document."""
    document = docx.Document()
    _page(document, paper)
    if paper.court:
        _court(document)
    writer = _Writer(document, paper)
    for block in paper.blocks:
        writer.write(block)
    out = io.BytesIO()
    document.save(out)
    return _repacked(out.getvalue())


def _page(document: DocxDocument, paper: Paper) -> None:
    for section in document.sections:
        width, height = (11, 8.5) if paper.landscape else (8.5, 11)
        section.page_width, section.page_height = Inches(width), Inches(height)
        if paper.landscape:
            section.orientation = WD_ORIENT.LANDSCAPE
        margin = Inches(0.5 if paper.landscape else 1)
        section.left_margin = section.right_margin = margin
        section.top_margin = section.bottom_margin = margin
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(12 if paper.court else 11)
    style.paragraph_format.space_after = Pt(8)
    stamp = datetime.combine(paper.day, time(), UTC)
    properties = document.core_properties
    properties.created = properties.modified = stamp
    properties.author = properties.last_modified_by = _xml(paper.author)
    properties.title, properties.comments, properties.revision = _xml(paper.title), "", 1


def _court(document: DocxDocument) -> None:
    """Add what court papers have: page numbers, a numbering of paragraphs, plain headings."""
    foot = document.sections[0].footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    foot.add_run("Page ")
    _field(foot, "PAGE")
    foot.add_run(" of ")
    _field(foot, "NUMPAGES")
    for level in (1, 2, 3):
        _plain_heading(document.styles[f"Heading {level}"])
    numbering = document.part.numbering_part.element
    first = numbering.find(qn("w:num"))
    abstract = _element("w:abstractNum", abstractNumId=_NUMBERING)
    abstract.append(_element("w:multiLevelType", val="singleLevel"))
    level_one = _element("w:lvl", ilvl=0)
    for name, value in (("start", 1), ("numFmt", "decimal"), ("lvlText", "%1."), ("lvlJc", "left")):
        level_one.append(_element(f"w:{name}", val=value))
    abstract.append(level_one)
    # The schema wants every abstractNum before the first num.
    if first is None:
        numbering.append(abstract)
    else:
        first.addprevious(abstract)
    number = _element("w:num", numId=_NUMBERING)
    number.append(_element("w:abstractNumId", val=_NUMBERING))
    numbering.append(number)


def _plain_heading(style: Any) -> None:
    """Take the colour and the face of the theme from a heading style; keep it a heading."""
    properties = style.element.get_or_add_rPr()
    for child in list(properties):
        properties.remove(child)
    style.font.name, style.font.size, style.font.bold = "Times New Roman", Pt(12), True
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(12), Pt(12)
    style.paragraph_format.keep_with_next = True


def _field(paragraph: DocxParagraph, instruction: str) -> None:
    for kind in ("begin", "separate", "end"):
        run = paragraph.add_run()
        run._r.append(_element("w:fldChar", fldCharType=kind))  # noqa: SLF001 - no API for fields
        if kind == "begin":
            code = OxmlElement("w:instrText")
            code.text = f" {instruction} "
            paragraph.add_run()._r.append(code)  # noqa: SLF001 - no API for fields
        elif kind == "separate":
            paragraph.add_run("1")


def _element(name: str, **attributes: object) -> Any:
    node = OxmlElement(name)
    for key, value in attributes.items():
        node.set(qn(f"w:{key}"), str(value))
    return node


class _Writer:
    """Writes blocks one after another."""

    def __init__(self, document: DocxDocument, paper: Paper) -> None:
        self._document, self._court = document, paper.court
        self._points = 7 if paper.landscape else 10
        #: Points between the margins.
        self._room = 720 if paper.landscape else 468

    def write(self, block: Block) -> None:  # noqa: C901 - one arm for each kind of block
        """Write one block at the end."""
        match block:
            case Centred(text):
                paragraph = self._document.add_paragraph()
                paragraph.add_run(_xml(text)).bold = True
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            case Lines(lines, bold):
                self._lines(self._document.add_paragraph(), lines, bold=bold)
            case Heading(text, level):
                self._heading(text, level)
            case Paragraph(text):
                self._flow(text)
            case Numbered(text):
                properties = self._flow(text)._p.get_or_add_pPr()  # noqa: SLF001 - no API for it
                numbered = properties.get_or_add_numPr()
                numbered.get_or_add_ilvl().val = 0
                numbered.get_or_add_numId().val = _NUMBERING
            case Verbatim(text):
                self._lines(self._indented(0.5), tuple(text.splitlines()), bold=True)
            case Quote(text):
                self._lines(self._indented(1), tuple(text.splitlines()), bold=False)
            case Ticks(items):
                for ticked, text in items:
                    paragraph = self._indented(0.5)
                    paragraph.paragraph_format.first_line_indent = Inches(-0.3)
                    paragraph.add_run(f"{TICKED if ticked else OPEN}  {_xml(text)}")
            case Table(header, rows):
                self._table(header, rows)
            case Caption():
                self._caption(block)
            case Signature():
                self._signature(block)

    def _heading(self, text: str, level: int) -> None:
        if self._court:
            paragraph = self._document.add_paragraph(style=f"Heading {level}")
            paragraph.add_run(_xml(text)).underline = level == 2
            if level == 1:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            return
        paragraph = self._document.add_paragraph()
        paragraph.add_run(_xml(text)).bold = True
        paragraph.paragraph_format.keep_with_next = True
        paragraph.paragraph_format.space_before = Pt(10)

    def _flow(self, text: str) -> DocxParagraph:
        paragraph = self._document.add_paragraph(_xml(text))
        if self._court:
            shape = paragraph.paragraph_format
            shape.line_spacing_rule, shape.space_after = WD_LINE_SPACING.DOUBLE, Pt(0)
            shape.first_line_indent = Inches(0.5)
        return paragraph

    def _indented(self, inches: float) -> DocxParagraph:
        paragraph = self._document.add_paragraph()
        shape = paragraph.paragraph_format
        shape.left_indent, shape.right_indent = Inches(inches), Inches(0.5)
        shape.space_after = Pt(12)
        return paragraph

    def _lines(self, paragraph: DocxParagraph, lines: Sequence[str], *, bold: bool) -> None:
        for place, line in enumerate(lines):
            run = paragraph.add_run(_xml(line))
            run.bold = bold
            if place < len(lines) - 1:
                run.add_break()

    def _caption(self, block: Caption) -> None:
        court = self._document.add_paragraph()
        court.alignment = WD_ALIGN_PARAGRAPH.CENTER
        court.paragraph_format.space_after = Pt(18)
        self._lines(court, block.court, bold=True)
        left, right = caption_box(block, _BOX)
        table = self._document.add_table(rows=1, cols=3)
        columns = (left, [")"] * len(left), right)
        widths = (223, 22, 223)
        _set_grid(table, widths)
        for cell, lines, width in zip(table.rows[0].cells, columns, widths, strict=True):
            cell.width = Pt(width)
            cell.paragraphs[0].paragraph_format.space_after = Pt(0)
            self._lines(cell.paragraphs[0], lines, bold=False)
        _ruled_below(table.rows[0].cells[0])
        title = self._document.add_paragraph()
        title.alignment = WD_ALIGN_PARAGRAPH.CENTER
        title.paragraph_format.space_before = title.paragraph_format.space_after = Pt(18)
        run = title.add_run(_xml(block.title))
        run.bold = run.underline = True

    def _signature(self, block: Signature) -> None:
        if block.dated:
            dated = self._document.add_paragraph(_xml(block.dated))
            dated.paragraph_format.space_before = Pt(18)
            dated.paragraph_format.keep_with_next = True
        if block.opening:
            self._right(block.opening).paragraph_format.keep_with_next = True
        paragraph = self._right("")
        paragraph.paragraph_format.keep_together = True
        self._lines(paragraph, (block.state,), bold=not block.signed)
        paragraph.add_run().add_break()
        self._lines(paragraph, (RULE, block.name, *block.lines), bold=False)

    def _right(self, text: str) -> DocxParagraph:
        paragraph = self._document.add_paragraph(_xml(text))
        paragraph.paragraph_format.left_indent = Inches(3.25)
        return paragraph

    def _table(self, header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
        table = self._document.add_table(rows=0, cols=len(header), style="Table Grid")
        widths = column_widths(header, rows, self._room, self._points, 6)
        _set_grid(table, widths)
        for number, row in enumerate((header, *rows)):
            line = table.add_row()
            if self._court:
                _kept(line, header=number == 0)
            for cell, text, width in zip(line.cells, row, widths, strict=True):
                cell.width = Pt(round(width, 1))
                paragraph = cell.paragraphs[0]
                paragraph.paragraph_format.space_after = Pt(2)
                run = paragraph.add_run(_xml(text))
                run.font.size, run.bold = Pt(self._points), number == 0
                if number and is_number(text):
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        self._document.add_paragraph().paragraph_format.space_after = Pt(4)


def _set_grid(table: Any, points: Sequence[float]) -> None:
    """Set the grid in points: other programs go by it, Word by the width of each cell."""
    table.autofit = False
    for column, width in zip(table.columns, points, strict=True):
        column.width = Pt(round(width, 1))


def _ruled_below(cell: Any) -> None:
    borders = _element("w:tcBorders")
    borders.append(_element("w:bottom", val="single", sz=6, space=0, color="000000"))
    cell._tc.get_or_add_tcPr().append(borders)  # noqa: SLF001 - no API for borders


def _kept(row: Any, *, header: bool) -> None:
    """Keep a row on one page; repeat the header's on each."""
    properties = row._tr.get_or_add_trPr()  # noqa: SLF001 - no API for it
    properties.append(_element("w:cantSplit"))
    if header:
        properties.append(_element("w:tblHeader"))


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
    """Return the same package with its members dated alike: a clock is no part of the paper."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for info in source.infolist():
            fresh = zipfile.ZipInfo(info.filename, _ZIP_EPOCH)
            fresh.compress_type = zipfile.ZIP_DEFLATED
            fresh.external_attr = 0o600 << 16
            target.writestr(fresh, source.read(info))
    return out.getvalue()
