"""Exhibits as PDF: the pages of a document with the exhibit's stamp, alone or in a binder.

Pages are pictures, as delivered or as drawn, put in as they are: no picture is encoded again. The
stamp stands on the first page where nothing is printed; where no corner is free the sheet grows a
margin at its foot, so that nothing of the page is ever covered. Equal exhibits give equal bytes.
"""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pikepdf
from numpy.typing import NDArray
from pikepdf import Array, Dictionary, Name, OutlineItem, Pdf, Rectangle, String
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from forthwith.papers.pdf import ALONE, TEXT, Faces

#: Pages are pictures at so many dots an inch, where they do not say otherwise.
_DPI = 300
_LEAST_DPI = 50.0
_INCH = 72.0
#: Points between a stamp and what is printed, and between it and the edge of the sheet.
_CLEAR, _EDGE = 5.0, 14.0
#: Height of the margin that a sheet grows where no corner is free, and whole steps of it: so a page
#: keeps its dots.
_MARGIN, _ROUND = 48.0, 12.0
#: How far from a corner a stamp may move, and in what steps.
_SLIDE, _STEP = 72.0, 6.0
#: Anything darker than paper counts as printed.
_PAPER = 245
_PNG = b"\x89PNG\r\n\x1a\n"
#: Kinds of colour of a PNG (its specification, 11.2.1).
_IN_COLOUR, _WITH_PALETTE = 2, 3

Ink = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ExhibitPage:
    """One page of an exhibit."""

    #: PNG or JPEG.
    picture: bytes
    #: Its Bates number; "" where it has none.
    number: str
    #: Whether the number is to be printed on it: a delivered page bears it already.
    endorse: bool = False


@dataclass(frozen=True, slots=True)
class BoundExhibit:
    """One exhibit of a binder."""

    name: str
    title: str
    pages: Sequence[ExhibitPage]
    #: Which of its pages are meant, from 0.
    pinpoints: Sequence[int] = ()
    #: A line under the name in the stamp: the number of the matter.
    under: str = ""


def stamped(exhibit: BoundExhibit) -> bytes:
    """Return one exhibit as a PDF of its own."""
    with Pdf.new() as pdf:
        _add(pdf, exhibit)
        _finish(pdf, exhibit.name, [(0, exhibit)], "")
        return _saved(pdf)


def binder(title: str, cover: bytes, exhibits: Sequence[BoundExhibit]) -> bytes:
    """Return a PDF of the cover and every exhibit, with bookmarks and a label on every page."""
    with Pdf.new() as pdf, Pdf.open(io.BytesIO(cover)) as first:
        pdf.pages.extend(first.pages)
        begins = []
        for exhibit in exhibits:
            begins.append((len(pdf.pages), exhibit))
            _add(pdf, exhibit)
        _finish(pdf, title, begins, "List of exhibits")
        return _saved(pdf)


def _add(pdf: Pdf, exhibit: BoundExhibit) -> None:
    for place, page in enumerate(exhibit.pages):
        size, ink = _sheet(pdf, page.picture)
        marks = []
        if page.endorse and page.number:
            marks.append(_Mark((page.number,), framed=False))
        if not place:
            marks.append(_Mark((exhibit.name, *filter(None, (exhibit.under,))), framed=True))
        _place(pdf, size, ink, marks)


def _sheet(pdf: Pdf, data: bytes) -> tuple[tuple[float, float], Ink]:
    """Add a sheet that shows a picture; returns its size in points, and where it is printed on."""
    with Image.open(io.BytesIO(data)) as opened:
        dpi = float(opened.info.get("dpi", (0, 0))[0])
        dpi = dpi if dpi >= _LEAST_DPI else float(_DPI)
        size = opened.width / dpi * _INCH, opened.height / dpi * _INCH
        ink: Ink = np.asarray(_flat(opened).convert("L")) < _PAPER
        picture = _picture(pdf, data, opened)
    width, height = size
    content = f"q {width:.4f} 0 0 {height:.4f} 0 0 cm /P Do Q".encode()
    sheet = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, round(width, 4), round(height, 4)]),
        Resources=Dictionary(XObject=Dictionary(P=picture)),
        Contents=pdf.make_stream(content),
    )
    pdf.pages.append(pikepdf.Page(pdf.make_indirect(sheet)))
    return size, ink


def _flat(opened: Image.Image) -> Image.Image:
    """Return a picture as it lies on white paper."""
    if not opened.has_transparency_data:
        return opened
    shown = Image.new("RGB", opened.size, "white")
    clear = opened.convert("RGBA")
    shown.paste(clear, mask=clear.getchannel("A"))
    return shown


def _picture(pdf: Pdf, data: bytes, opened: Image.Image) -> pikepdf.Object:
    """Return a picture of a PDF with the data of a PNG or JPEG as it is (PDF 32000-1, 7.4).

    What is see-through, drawn in several passes or of four inks is written anew first.
    """
    if opened.format == "JPEG" and opened.mode in {"L", "RGB"}:
        space = Name.DeviceGray if opened.mode == "L" else Name.DeviceRGB
        return _stream(pdf, data, opened.size, 8, space, Name.DCTDecode)
    if opened.format != "PNG" or opened.has_transparency_data or opened.info.get("interlace"):
        out = io.BytesIO()
        flat = _flat(opened)
        (flat if flat.mode in {"1", "L", "RGB"} else flat.convert("RGB")).save(out, "PNG")
        data = out.getvalue()
    head, palette, packed = _chunks(data)
    width, height, depth, kind, *_ = struct.unpack(">IIBBBBB", head)
    if kind == _WITH_PALETTE:
        known = [Name.Indexed, Name.DeviceRGB, len(palette) // 3 - 1, String(palette)]
        space = Array(known)
    else:
        space = Name.DeviceRGB if kind == _IN_COLOUR else Name.DeviceGray
    stream = _stream(pdf, packed, (width, height), depth, space, Name.FlateDecode)
    stream.DecodeParms = Dictionary(
        Predictor=15,
        Colors=3 if kind == _IN_COLOUR else 1,
        BitsPerComponent=depth,
        Columns=width,
    )
    return stream


def _stream(
    pdf: Pdf, data: bytes, size: tuple[int, int], depth: int, space: pikepdf.Object, kind: Name
) -> pikepdf.Object:
    stream = pdf.make_stream(data)
    stream.Type, stream.Subtype = Name.XObject, Name.Image
    stream.Width, stream.Height = size
    stream.BitsPerComponent, stream.ColorSpace, stream.Filter = depth, space, kind
    return pdf.make_indirect(stream)


def _chunks(png: bytes) -> tuple[bytes, bytes, bytes]:
    """Return header, palette and data of a PNG."""
    head, palette, data, at = b"", b"", [], len(_PNG)
    while at + 8 <= len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            head = body
        elif kind == b"PLTE":
            palette = body
        elif kind == b"IDAT":
            data.append(body)
        at += length + 12
    return head, palette, b"".join(data)


@dataclass(frozen=True, slots=True)
class _Mark:
    """What is put on a sheet: a stamp in a frame, or a number without one."""

    lines: tuple[str, ...]
    framed: bool

    def drawn(self) -> tuple[bytes, float, float]:
        """Return it as a PDF of one page, and how wide and high that is in points."""
        with ALONE:
            return self._drawn()

    def _drawn(self) -> tuple[bytes, float, float]:
        faces = Faces("".join(self.lines))
        out = io.BytesIO()
        canvas = Canvas(out, invariant=1)
        sizes = [12.0 if self.framed else 9.0, *(7.5 for _ in self.lines[1:])]
        pad = 6.0 if self.framed else 0.0
        runs = [list(faces.runs(line)) for line in self.lines]
        faced = [
            [(face or (f"{TEXT}-Bold" if not place else TEXT), text) for face, text in line]
            for place, line in enumerate(runs)
        ]
        widths = [
            sum(canvas.stringWidth(text, face, size) for face, text in line)
            for line, size in zip(faced, sizes, strict=True)
        ]
        width = max([*widths, 46.0 if self.framed else 0.0]) + 2 * pad
        height = sum(size * 1.25 for size in sizes) + 1.4 * pad
        canvas.setPageSize((width, height))
        if self.framed:
            canvas.setFillGray(1)
            canvas.setLineWidth(1)
            canvas.rect(0.5, 0.5, width - 1, height - 1, stroke=1, fill=1)
            canvas.setFillGray(0)
        at = height - 0.7 * pad
        for line, size, wide in zip(faced, sizes, widths, strict=True):
            at -= size * 1.25
            x = (width - wide) / 2
            for face, text in line:
                canvas.setFont(face, size)
                canvas.drawString(x, at + size * 0.3, text)
                x += canvas.stringWidth(text, face, size)
        canvas.showPage()
        canvas.save()
        return out.getvalue(), width, height


def _place(pdf: Pdf, size: tuple[float, float], ink: Ink, marks: Sequence[_Mark]) -> None:
    """Put marks on the last sheet: in a free corner, else in a margin that the sheet grows."""
    page, taken, grown = pdf.pages[-1], ink.copy(), 0.0
    # In the margin the number stands right, and the stamp left of it.
    right = size[0] - _EDGE
    for number, mark in enumerate(marks):
        drawn, width, height = mark.drawn()
        spot = _free(taken, size, width, height, low=not mark.framed)
        if spot is None:
            grown = max(grown, _MARGIN, math.ceil((height + 2 * _CLEAR) / _ROUND) * _ROUND)
            x = right - width
            right = x - _EDGE
            # A sheet narrower than its marks grows to the left as well.
            box = Rectangle(x, -_CLEAR - height, x + width, -_CLEAR)
        else:
            x, y = spot
            box = Rectangle(x, y, x + width, y + height)
            _cover(taken, size, box)
        with Pdf.open(io.BytesIO(drawn)) as source:
            form = pdf.copy_foreign(source.pages[0].as_form_xobject())
        name = page.add_resource(form, Name.XObject, Name(f"/M{number}"))
        place = f"q 1 0 0 1 {float(box.llx):.4f} {float(box.lly):.4f} cm {name} Do Q".encode()
        page.contents_add(place)
    if grown:
        left = min(0.0, right)
        page.MediaBox = Array([round(left, 4), -grown, round(size[0], 4), round(size[1], 4)])


def _free(
    ink: Ink, size: tuple[float, float], width: float, height: float, *, low: bool
) -> tuple[float, float] | None:
    """Return where a mark covers nothing, left and low, in points; None where it does everywhere.

    The corners in turn, the foot first, and a little inwards from each; `low` stays at the foot.
    """
    for x, y in _spots(size, width, height, low=low):
        rows, columns = _dots(ink, size, Rectangle(x, y, x + width, y + height), _CLEAR)
        if not ink[rows, columns].any():
            return x, y
    return None


def _spots(
    size: tuple[float, float], width: float, height: float, *, low: bool
) -> Iterator[tuple[float, float]]:
    across, up = size[0] - width - _EDGE, size[1] - height - _EDGE
    if across < _EDGE or up < _EDGE:
        return
    slides = np.arange(0.0, (_SLIDE / 2 if low else _SLIDE) + 1, _STEP)
    for top in (False,) if low else (False, True):
        for left in (False, True):
            for rise in slides:
                for shift in slides:
                    x = min(_EDGE + shift, across) if left else max(across - shift, _EDGE)
                    y = max(up - rise, _EDGE) if top else min(_EDGE + rise, up)
                    yield float(x), float(y)


def _cover(ink: Ink, size: tuple[float, float], box: Rectangle) -> None:
    rows, columns = _dots(ink, size, box, 0.0)
    ink[rows, columns] = True


def _dots(ink: Ink, size: tuple[float, float], box: Rectangle, clear: float) -> tuple[slice, slice]:
    """Return the rows and columns of a picture under a box, with some room around it."""
    height, width = ink.shape
    by_x, by_y = width / size[0], height / size[1]
    left, right = (float(box.llx) - clear) * by_x, (float(box.urx) + clear) * by_x
    top, foot = size[1] - float(box.ury) - clear, size[1] - float(box.lly) + clear
    rows = slice(max(int(top * by_y), 0), max(int(foot * by_y) + 1, 0))
    return rows, slice(max(int(left), 0), max(int(right) + 1, 0))


def _finish(pdf: Pdf, title: str, begins: Sequence[tuple[int, BoundExhibit]], cover: str) -> None:
    """Set bookmarks, page labels (PDF 32000-1, 12.4.2) and the title."""
    labels: list[object] = [0, Dictionary(S=Name.r)] if cover else []
    for start, exhibit in begins:
        for place, page in enumerate(exhibit.pages):
            said = page.number or f"{exhibit.name}, {place + 1}"
            labels += [start + place, Dictionary(P=String(said))]
    pdf.Root.PageLabels = Dictionary(Nums=Array(labels))
    with pdf.open_outline() as outline:
        if cover:
            outline.root.append(OutlineItem(cover, 0))
        for start, exhibit in begins:
            item = OutlineItem(
                f"{exhibit.name}: {exhibit.title}" if exhibit.title else exhibit.name, start
            )
            for place in exhibit.pinpoints:
                number = exhibit.pages[place].number
                item.children.append(
                    OutlineItem(number or f"{exhibit.name}, page {place + 1}", start + place)
                )
            outline.root.append(item)
    pdf.Root.PageMode = Name.UseOutlines
    pdf.docinfo["/Title"] = title


def _saved(pdf: Pdf) -> bytes:
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()
