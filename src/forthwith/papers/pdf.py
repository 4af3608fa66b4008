"""A paper as PDF to print and to file: US letter, one-inch margins, fonts embedded.

Equal papers give equal bytes: no clock and no chance identifiers go in; the day in the properties
is the paper's own. Faces come from installed packages, never from the system; they are embedded as
subsets.

STIX General sets the text, DejaVu Sans what it lacks. PDF embeds only TrueType outlines here, so
the Chinese, Japanese and Korean signs of a paper are redrawn from Noto Sans CJK as a small face.
Scripts written from right to left are not turned: their letters stand in the order of the text.
"""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont as EmbeddedFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    KeepTogether,
    LongTable,
    SimpleDocTemplate,
    Spacer,
    TableStyle,
)
from reportlab.platypus import Paragraph as Flow
from reportlab.platypus import Table as Grid

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

#: Held by whoever draws with `Faces`: reportlab knows faces by name, for the whole process.
ALONE = threading.RLock()
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
        self._cjk = ""
        self._rare = frozenset(sign for sign in rare if _drawn(sign, _CJK))
        if self._rare:
            signs = "".join(sorted(self._rare))
            # A name of its own: under one name reportlab writes the glyphs of the face before.
            self._cjk = f"PaperCJK{hashlib.sha256(signs.encode()).hexdigest()[:12]}"
            font = _redrawn(signs, self._cjk)
            pdfmetrics.registerFont(EmbeddedFont(self._cjk, io.BytesIO(font)))

    def runs(self, text: str) -> Iterator[tuple[str, str]]:
        """Yield (face, characters); face "" is the face of the text."""
        for face, signs in groupby(text, key=self._face):
            yield face, "".join(signs)

    def _face(self, sign: str) -> str:
        if sign.isascii() or _drawn(sign, "STIXGeneral.ttf"):
            return ""
        return self._cjk if sign in self._rare else "PaperMore"


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
def _redrawn(signs: str, face: str) -> bytes:
    """Return a TrueType face with the outlines of some signs of the CJK face."""
    with TTFont(_place(_CJK), lazy=True) as font:
        names = {ord(sign): font.getBestCmap()[ord(sign)] for sign in signs}
        return _font_file(font, names, face)


def _font_file(font: TTFont, names: dict[int, str], face: str) -> bytes:
    shapes, order = font.getGlyphSet(), [".notdef", *dict.fromkeys(names.values())]
    builder = FontBuilder(font["head"].unitsPerEm, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(names)
    builder.setupGlyf({name: _outline(shapes, name) for name in order})
    builder.setupHorizontalMetrics({name: font["hmtx"][name] for name in order})
    high, low = font["hhea"].ascent, font["hhea"].descent
    builder.setupHorizontalHeader(ascent=high, descent=low)
    builder.setupNameTable({"familyName": face, "styleName": "Regular", "psName": face})
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


_INCH = 72
#: Capitals that fit left of the rule in a caption; a line that wraps again would misplace it.
_BOX = 24
#: What reportlab writes for a day in its reproducible mode.
_NO_DATE = b"20000101000000+00'00'"


def as_pdf(paper: Paper) -> bytes:
    """Return the paper as PDF, "Page x of y" at the foot of each page."""
    with ALONE:
        _, pages = _built(paper, 0)
        data, _ = _built(paper, pages)
    # As long as what it replaces, so that no offset in the file moves.
    return data.replace(_NO_DATE, f"{paper.day:%Y%m%d}000000+00'00'".encode())


def _built(paper: Paper, pages: int) -> tuple[bytes, int]:
    out = io.BytesIO()
    setter = _Setter(paper)

    def foot(canvas: Canvas, template: SimpleDocTemplate) -> None:
        canvas.setFont(TEXT, 10)
        height = (0.25 if paper.landscape else 0.55) * _INCH
        words = f"Page {template.page} of {pages}"
        canvas.drawCentredString(_sheet(paper)[0] / 2, height, words)

    template = SimpleDocTemplate(
        out,
        pagesize=_sheet(paper),
        leftMargin=_margin(paper) - 6,
        rightMargin=_margin(paper) - 6,
        topMargin=_margin(paper) - 6,
        bottomMargin=_margin(paper) - 6,
        title=paper.title,
        author=paper.author,
        creator="forthwith",
        subject="",
        invariant=1,
        initialFontName=TEXT,
    )
    template.build(list(setter.flowables()), onFirstPage=foot, onLaterPages=foot)
    return out.getvalue(), template.page


def _sheet(paper: Paper) -> tuple[float, float]:
    width, height = LETTER
    return (height, width) if paper.landscape else (width, height)


def _margin(paper: Paper) -> float:
    return _INCH / 2 if paper.landscape else _INCH


class _Setter:
    """Turns blocks into what reportlab sets."""

    def __init__(self, paper: Paper) -> None:
        self._paper = paper
        self._room = _sheet(paper)[0] - 2 * _margin(paper)
        self._faces = Faces("".join(sorted(set(repr(paper)))))
        size = 12 if paper.court else 11
        self._base = ParagraphStyle(
            "base",
            fontName=TEXT,
            fontSize=size,
            leading=size * 1.2,
            spaceAfter=10,
            allowWidows=0,
            allowOrphans=0,
        )

    def flowables(self) -> Iterator[Flowable]:
        """Yield the paper from top to bottom."""
        number = 0
        for block in self._paper.blocks:
            number += isinstance(block, Numbered)
            yield from self._set(block, number)

    def _set(self, block: Block, number: int) -> Iterator[Flowable]:  # noqa: C901 - one arm a kind
        match block:
            case Centred(text):
                yield self._flow(f"<b>{self._marked(text)}</b>", alignment=TA_CENTER)
            case Lines(lines, bold):
                yield self._flow(self._lines(lines, bold=bold))
            case Heading(text, level):
                # Kept with what follows by room alone: reportlab's own way moves whole paragraphs.
                yield CondPageBreak(1.4 * _INCH)
                yield self._heading(text, level)
            case Paragraph(text):
                yield self._running(self._marked(text))
            case Numbered(text):
                yield self._running(f"{number}.&nbsp;&nbsp;&nbsp;{self._marked(text)}")
            case Verbatim(text):
                yield self._flow(self._lines(text.splitlines(), bold=True), leftIndent=_INCH / 2)
            case Quote(text):
                quoted = self._lines(text.splitlines(), bold=False)
                yield self._flow(quoted, leftIndent=_INCH, rightIndent=_INCH / 2)
            case Ticks(items):
                yield from self._ticks(items)
            case Table():
                yield self._table(block)
                yield Spacer(1, 10)
            case Caption():
                yield from self._caption(block)
            case Signature():
                yield KeepTogether(list(self._signature(block)))

    def _heading(self, text: str, level: int) -> Flow:
        marked = f"<b>{self._marked(text)}</b>"
        court = self._paper.court
        return self._flow(
            f"<u>{marked}</u>" if court and level == 2 else marked,
            alignment=TA_CENTER if court and level == 1 else 0,
            spaceBefore=10,
        )

    def _running(self, marked: str) -> Flow:
        if not self._paper.court:
            return self._flow(marked)
        return self._flow(marked, leading=24, firstLineIndent=_INCH / 2, spaceAfter=6)

    def _ticks(self, items: Sequence[tuple[bool, str]]) -> Iterator[Flowable]:
        for ticked, text in items:
            marked = self._marked(f"{TICKED if ticked else OPEN}  {text}")
            yield self._flow(marked, leftIndent=_INCH / 2, firstLineIndent=-0.3 * _INCH)

    def _caption(self, block: Caption) -> Iterator[Flowable]:
        yield self._flow(self._lines(block.court, bold=True), alignment=TA_CENTER, spaceAfter=18)
        left, right = caption_box(block, _BOX)
        columns = (left, [")"] * len(left), right)
        cells = [self._flow(self._lines(lines, bold=False), spaceAfter=0) for lines in columns]
        grid = Grid([cells], colWidths=[3.1 * _INCH, 0.3 * _INCH, 3.1 * _INCH], hAlign="LEFT")
        rule = ("LINEBELOW", (0, 0), (0, 0), 0.75, colors.black)
        grid.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), rule]))
        yield grid
        yield self._flow(
            f"<u><b>{self._marked(block.title)}</b></u>",
            alignment=TA_CENTER,
            spaceBefore=22,
            spaceAfter=18,
        )

    def _signature(self, block: Signature) -> Iterator[Flowable]:
        if block.dated:
            yield self._flow(self._marked(block.dated), spaceBefore=14)
        indent = 3.25 * _INCH
        if block.opening:
            yield self._flow(self._marked(block.opening), leftIndent=indent)
        state = self._lines((block.state,), bold=not block.signed)
        rest = self._lines((RULE, block.name, *block.lines), bold=False)
        yield self._flow(f"{state}<br/>{rest}", leftIndent=indent)

    def _table(self, block: Table) -> Flowable:
        header, rows, right = block.header, block.rows, block.right
        size, pad = (7, 2) if self._paper.landscape else (10, 6)
        small = {"fontSize": size, "leading": size * 1.2, "spaceAfter": 0}
        number = {**small, "alignment": TA_RIGHT}

        def style(column: int, cell: str) -> dict[str, Any]:
            at_right = is_number(cell) if right is None else column in right
            return number if at_right else small

        cells = [
            [
                self._flow(f"<b>{self._marked(name)}</b>", **style(column, ""))
                for column, name in enumerate(header)
            ]
        ]
        cells += (
            [
                self._flow(self._marked(cell), **style(column, cell))
                for column, cell in enumerate(row)
            ]
            for row in rows
        )
        return LongTable(
            cells,
            colWidths=column_widths(header, rows, self._room, size, pad),
            repeatRows=1,
            hAlign="LEFT",
            splitInRow=1,
            style=TableStyle(
                [
                    ("VALIGN", (0, 0), (-1, -1), "TOP"),
                    ("LEFTPADDING", (0, 0), (-1, -1), pad),
                    ("RIGHTPADDING", (0, 0), (-1, -1), pad),
                    ("GRID", (0, 0), (-1, -1), 0.5, colors.black),
                ]
            ),
        )

    def _flow(self, marked: str, **changes: Any) -> Flow:
        return Flow(marked, ParagraphStyle("one", parent=self._base, **changes))

    def _lines(self, lines: Sequence[str], *, bold: bool) -> str:
        # A line of spaces is set as one: reportlab would drop it, and the rule beside it is longer.
        marked = "<br/>".join(self._marked(line) or "&nbsp;" for line in lines)
        return f"<b>{marked}</b>" if bold else marked

    def _marked(self, text: str) -> str:
        parts = []
        lead = len(text) - len(text.lstrip(" "))
        printable = "".join(sign for sign in text[lead:] if sign in "\t\n" or sign >= " ")
        for face, signs in self._faces.runs(printable):
            safe = escape(signs)
            parts.append(f'<font name="{face}">{safe}</font>' if face else safe)
        return "&nbsp;" * lead + "".join(parts)
