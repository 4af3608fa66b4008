"""Words of a PDF page that nobody sees: under boxes, white, invisible, on hidden layers.

A redaction that does not redact is a box drawn over words that stay in the file. Objects of a page
are looked at in the order they are painted, and what they leave of each letter is then looked up in
the page as pdfium draws it; a letter counts as unseen only if nothing of it can be seen there. So
a table's dark heading (the words are painted after it), a highlighter (the words shine through) and
the words an OCR engine lays under a scan (its picture shows them) are none. Where a page has
nothing that could hide words it is not drawn.
"""

from __future__ import annotations

import ctypes
import functools
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

import numpy as np
import pypdfium2
from pypdfium2 import raw

from forthwith.plain.charset import encodable

#: Objects and letters of one page that are looked at; more is an attack or a map.
_MOST_OBJECTS = 60_000
_MOST_LETTERS = 200_000
_MOST_ANNOTATIONS = 2_000
#: Letters whose place on the page is looked for one by one; of more the page is drawn whole.
_MOST_APART = 5_000
#: Boxes held against the texts of a page at once.
_AT_ONCE = 64
#: The colour of what has none to compare.
_NO_SHADE = (-1_000, -1_000, -1_000)
_DEEPEST = 8
#: Largest side of the page as it is drawn, pixels, and pixels to a point.
_LARGEST = 3_500
_SCALE = 2.0
#: Points between those a page's place is taken from, and parts of a point it is taken in.
_SPAN, _FINE = 500.0, 1000
#: How far two shades may lie apart and be one to the eye, of 255.
_ALIKE = 14
#: Share of a letter that a box must lie over.
_OVER = 0.7
#: What is thinner is a rule or a part of a drawing, points.
_THINNEST = 3.0
#: A path of more parts than this is a shape, and one that fills less of its bounds is no box.
_SIMPLE = 9
_FULL = 0.9
#: A white box over more of the page than this is the page's ground.
_BACKGROUND = 0.6
#: A mark of fewer letters and digits than this is a stray sign.
_FEWEST = 2
#: A picture over more of the page than this is the page, scanned.
_SCAN = 0.5
#: Two texts that share this part of each other's bounds stand in one place.
_SAME = 0.9
#: Side of a square within which one letter may lie over another, points.
_SQUARE = 8.0
#: Places between two letters of one mark at most: a space, the end of a line.
_NEAR = 4
#: Lightest shade that is no paper: what is lighter covers without showing that it covers.
_PAPER = 235
_COVERING = frozenset(
    {
        raw.FPDF_ANNOT_SQUARE, raw.FPDF_ANNOT_CIRCLE, raw.FPDF_ANNOT_POLYGON, raw.FPDF_ANNOT_INK,
        raw.FPDF_ANNOT_LINE, raw.FPDF_ANNOT_POLYLINE, raw.FPDF_ANNOT_STAMP,
        raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_HIGHLIGHT, raw.FPDF_ANNOT_STRIKEOUT,
        raw.FPDF_ANNOT_UNDERLINE, raw.FPDF_ANNOT_WIDGET,
    }
)  # fmt: skip
_UNSEEN = frozenset({raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP})
Matrix = tuple[float, float, float, float, float, float]
_UPRIGHT: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
#: What pdfium writes its answers into: a page has tens of thousands of objects.
_EDGES = [ctypes.c_float() for _ in range(4)]
_PARTS = [ctypes.c_uint() for _ in range(4)]
Box = tuple[float, float, float, float]
T = TypeVar("T")


class Way(StrEnum):
    """How words are hidden; the value is how the text says it."""

    BOX = "Under an opaque box"
    MARKED = "Marked for redaction, not redacted"
    ERASED = "Under a white box"
    WHITE = "Text in the colour of its ground"
    INVISIBLE = "Invisible text"
    LAYER = "Hidden layer"


#: What a person did to hide words, and did not do.
NOT_REDACTED = frozenset({Way.BOX, Way.MARKED, Way.ERASED})


@dataclass(frozen=True, slots=True)
class HiddenWords:
    """Words of one place."""

    way: Way
    words: str
    #: Name of the layer.
    where: str = ""


@dataclass(slots=True)
class _Painted:
    """One object of the page, in page space."""

    order: int
    box: Box
    shade: tuple[int, int, int] = (0, 0, 0)
    #: Text: invisible by its own mode. A filled path: a box, no other shape.
    special: bool = False
    layer: str | None = None
    #: It lies in a form, whose own layer pdfium does not tell.
    nested: bool = False


#: A text as it is met: where it lies costs more to ask than all else, and most pages need not know.
_Met = tuple[Any, Matrix, int, tuple[int, int, int], bool, str | None, bool]


@dataclass(slots=True)
class _Objects:
    #: Some layer of the file is hidden, so that it matters on which an object lies.
    layered: bool = False
    met: list[_Met] = field(default_factory=list)
    #: Of the texts met those that lie somewhere, by address.
    texts: dict[int, _Painted] = field(default_factory=dict)
    fills: list[_Painted] = field(default_factory=list)
    pictures: list[_Painted] = field(default_factory=list)


class TakesTooLongError(ValueError):
    """A page has so many boxes over so many letters that looking has no end in time."""


def hidden_words(
    page: pypdfium2.PdfPage,
    layer: Any,
    hidden_layers: Collection[str],
    over: Callable[[], bool] = lambda: False,
) -> list[HiddenWords]:
    """Return the words of a page nobody sees; `layer` is its text page.

    `over` says that no time is left. Raises TakesTooLongError then.
    """
    objects = _Objects(bool(hidden_layers))
    _gather(page, objects)
    covers, marked = _annotations(page)
    if not marked and not _may_hide(objects, covers):
        return []
    _place(objects)
    suspects = _suspects(objects, covers, hidden_layers)
    if suspects and not covers and not hidden_layers:
        suspects -= set(_read_off_scans(objects, suspects))
    if not suspects and not marked:
        return []
    letters = _letters(layer, suspects, everything=bool(marked))
    sight = _Sight(page, _looked_at(letters, objects, suspects))
    judge = _Judge(objects, covers, hidden_layers, sight, letters)
    found = list(_runs(_in_time(letters, over), judge.way))
    index = _Index(letters, [letter.box for letter in letters])
    for area in marked:
        inside = [letter for letter in index.meeting(area) if _share(letter.box, area) > 0.5]
        found.append(HiddenWords(Way.MARKED, _words(inside)))
    return found


def _in_time(letters: Iterable[_Letter], over: Callable[[], bool]) -> Iterator[_Letter]:
    for letter in letters:
        if over():
            raise TakesTooLongError("too many boxes over too many letters")
        yield letter


def _looked_at(letters: list[_Letter], objects: _Objects, suspects: set[int]) -> list[Box]:
    """Return the parts of a page that are likely looked at: letters, and boxes over them."""
    texts = _Index(objects.fills, [fill.box for fill in objects.fills])
    over = {
        id(fill): fill.box
        for address in suspects
        for fill in texts.meeting(objects.texts[address].box)
        if fill.special and min(fill.shade) < _PAPER
    }
    return [*(letter.box for letter in letters), *over.values()]


def _may_hide(objects: _Objects, covers: list[Box]) -> bool:
    """Tell whether a page has anything that could hide words, wherever it lies."""
    if not objects.met:
        return False
    if objects.layered or covers or objects.fills or objects.pictures:
        return True
    return any(unseen or min(shade) >= _PAPER for _, _, _, shade, unseen, _, _ in objects.met)


def _place(objects: _Objects) -> None:
    """Ask where each text lies."""
    for obj, matrix, order, shade, unseen, layer, nested in objects.met:
        if (box := _bounds(obj, matrix)) is not None:
            address = ctypes.addressof(obj.contents)
            objects.texts[address] = _Painted(order, box, shade, unseen, layer, nested)


def _gather(page: Any, out: _Objects) -> None:
    """List the objects of a page in the order they are painted, forms opened."""
    count = min(raw.FPDFPage_CountObjects(page), _MOST_OBJECTS)
    # pypdfium2 looks its own handle up anew for every call.
    handle = page.raw
    objects = (raw.FPDFPage_GetObject(handle, index) for index in range(count))
    _take(objects, out, _UPRIGHT, 0, None)


def _take(
    objects: Iterator[Any], out: _Objects, matrix: Matrix, depth: int, above: str | None
) -> None:
    """List the objects of a page or a form; a page has tens of thousands."""
    kind_of, mode_of, colour_of = (
        raw.FPDFPageObj_GetType, raw.FPDFTextObj_GetTextRenderMode, raw.FPDFPageObj_GetFillColor,
    )  # fmt: skip
    red, green, blue, _ = _PARTS
    layer, nested = above, depth > 0
    for obj in objects:
        order = len(out.met) + len(out.fills) + len(out.pictures)
        if order > _MOST_OBJECTS:
            return
        if not obj:
            continue
        if out.layered:
            layer = _layer(obj, above)
        kind = kind_of(obj)
        if kind == raw.FPDF_PAGEOBJ_TEXT:
            colour_of(obj, *_PARTS)
            shade = red.value, green.value, blue.value
            out.met.append((obj, matrix, order, shade, mode_of(obj) in _UNSEEN, layer, nested))
        elif kind == raw.FPDF_PAGEOBJ_PATH:
            if (cover := _cover(obj, order, matrix)) is not None:
                out.fills.append(cover)
        elif kind == raw.FPDF_PAGEOBJ_FORM and depth < _DEEPEST:
            count = max(0, raw.FPDFFormObj_CountObjects(obj))
            inside = (raw.FPDFFormObj_GetObject(obj, index) for index in range(count))
            _take(inside, out, _product(_matrix(obj), matrix), depth + 1, layer)
        elif kind == raw.FPDF_PAGEOBJ_IMAGE and (box := _bounds(obj, matrix)) is not None:
            out.pictures.append(_Painted(order, box))


def _cover(obj: Any, order: int, matrix: Matrix) -> _Painted | None:
    """Return a path as what it may cover; None where it is thin, empty or shines through."""
    box = _bounds(obj, matrix)
    if box is None or box[2] - box[0] < _THINNEST or box[3] - box[1] < _THINNEST:
        return None
    filled, stroked = _drawn(obj)
    shade, opaque = _colour(obj, raw.FPDFPageObj_GetFillColor)
    a, b, c, d, _, _ = _product(_matrix(obj), matrix)
    if not filled:
        return _line(obj, order, box, abs(a * d - b * c) ** 0.5) if stroked else None
    if not opaque:
        return None
    room = (box[2] - box[0]) * (box[3] - box[1])
    whole = _area(obj) * abs(a * d - b * c) >= _FULL * room
    return _Painted(order, box, shade, whole)


def _line(obj: Any, order: int, box: Box, scale: float) -> _Painted | None:
    """Return a straight line as the box it is, which whoever redacts with a marker draws."""
    wide = ctypes.c_float()
    raw.FPDFPageObj_GetStrokeWidth(obj, wide)
    shade, opaque = _colour(obj, raw.FPDFPageObj_GetStrokeColor)
    # pdfium adds the whole width on every side, for lines that end in points.
    rim = wide.value * scale / 2
    left, bottom, right, top = box
    inner = (left + rim, bottom + rim, right - rim, top - rim)
    narrow = min(inner[2] - inner[0], inner[3] - inner[1])
    straight = raw.FPDFPath_CountSegments(obj) == 2 and narrow <= 2 * rim / _FULL
    whole = narrow >= _THINNEST and opaque and straight
    return _Painted(order, inner, shade, special=True) if whole else None


def _area(path: Any) -> float:
    """Return the area of a polygon of a few straight sides, in its own space; 0.0 of any other."""
    count = raw.FPDFPath_CountSegments(path)
    if not 4 <= count <= _SIMPLE:
        return 0.0
    x, y = ctypes.c_float(), ctypes.c_float()
    points = []
    for index in range(count):
        segment = raw.FPDFPath_GetPathSegment(path, index)
        straight = raw.FPDFPathSegment_GetType(segment) != raw.FPDF_SEGMENT_BEZIERTO
        if not straight or not raw.FPDFPathSegment_GetPoint(segment, x, y):
            return 0.0
        points.append((x.value, y.value))
    return abs(sum(a * d - b * c for (a, b), (c, d) in zip(points, [*points[1:], points[0]]))) / 2


def _layer(obj: Any, above: str | None) -> str | None:
    """Return the name of the layer an object lies on; "" where pdfium does not tell it."""
    for index in range(max(0, raw.FPDFPageObj_CountMarks(obj))):
        mark = raw.FPDFPageObj_GetMark(obj, index)
        if _wide(lambda *rest, m=mark: raw.FPDFPageObjMark_GetName(m, *rest)) == "OC":
            return _wide(
                lambda *rest, m=mark: raw.FPDFPageObjMark_GetParamStringValue(m, b"Name", *rest)
            )
    return above


def _wide(ask: Callable[..., Any]) -> str:
    """Ask pdfium for a string in UTF-16 of at most 256 characters."""
    buffer = ctypes.create_string_buffer(514)
    length = ctypes.c_ulong(0)
    ask(ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), 512, ctypes.byref(length))
    return buffer.raw[: max(0, min(length.value, 512) - 2)].decode("utf-16-le", "replace")


def _matrix(obj: Any) -> Matrix:
    matrix = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(obj, ctypes.byref(matrix))
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _product(one: Matrix, two: Matrix) -> Matrix:
    a, b, c, d, e, f = one
    g, h, i, j, k, m = two
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j,
            e * g + f * i + k, e * h + f * j + m)  # fmt: skip


def _bounds(obj: Any, matrix: Matrix) -> Box | None:
    """Return the box around an object in page space: left, bottom, right, top; points."""
    if not raw.FPDFPageObj_GetBounds(obj, *_EDGES):
        return None
    left, bottom, right, top = [edge.value for edge in _EDGES]
    if matrix is _UPRIGHT:
        return left, bottom, right, top
    a, b, c, d, e, f = matrix
    corners = [(left, bottom), (left, top), (right, bottom), (right, top)]
    across = [a * x + c * y + e for x, y in corners]
    down = [b * x + d * y + f for x, y in corners]
    return min(across), min(down), max(across), max(down)


def _colour(obj: Any, ask: Callable[..., Any]) -> tuple[tuple[int, int, int], bool]:
    """Return the colour an object is filled or drawn with, and whether nothing shines through."""
    known = ask(obj, *_PARTS)
    red, green, blue, alpha = (part.value for part in _PARTS)
    opaque = bool(known) and alpha >= 250 and not raw.FPDFPageObj_HasTransparency(obj)
    return (red, green, blue), opaque


def _drawn(path: Any) -> tuple[bool, bool]:
    """Tell whether a path is filled, and whether its line is drawn."""
    mode, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(path, mode, stroke)
    return bool(mode.value != raw.FPDF_FILLMODE_NONE), bool(stroke.value)


def _annotations(page: Any) -> tuple[list[Box], list[Box]]:
    """Return the areas of annotations that may cover words, and those marked for redaction."""
    covers: list[Box] = []
    marked: list[Box] = []
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), _MOST_ANNOTATIONS)):
        note = raw.FPDFPage_GetAnnot(page, index)
        if not note:
            continue
        try:
            kind = raw.FPDFAnnot_GetSubtype(note)
            if kind == raw.FPDF_ANNOT_REDACT:
                marked += _areas(note)
            elif kind in _COVERING:
                covers += _areas(note)
        finally:
            raw.FPDFPage_CloseAnnot(note)
    return covers, marked


def _areas(note: Any) -> list[Box]:
    areas = []
    for index in range(min(1_000, raw.FPDFAnnot_CountAttachmentPoints(note))):
        quad = raw.FS_QUADPOINTSF()
        if raw.FPDFAnnot_GetAttachmentPoints(note, index, ctypes.byref(quad)):
            across = (quad.x1, quad.x2, quad.x3, quad.x4)
            down = (quad.y1, quad.y2, quad.y3, quad.y4)
            areas.append((min(across), min(down), max(across), max(down)))
    if areas:
        return areas
    rect = raw.FS_RECTF()
    if not raw.FPDFAnnot_GetRect(note, ctypes.byref(rect)):
        return []
    low, high = sorted((rect.bottom, rect.top))
    return [(min(rect.left, rect.right), low, max(rect.left, rect.right), high)]


def _suspects(objects: _Objects, covers: list[Box], hidden_layers: Collection[str]) -> set[int]:
    """Return the texts that something might hide, by address."""
    if not objects.texts:
        return set()
    texts = list(objects.texts.values())
    boxes = np.array([text.box for text in texts])
    orders = np.array([text.order for text in texts])
    shades = np.array([text.shade for text in texts])
    on_layer = [text.layer is not None or text.nested for text in texts]
    suspect = np.array([text.special for text in texts]) | (shades.min(axis=1) >= _PAPER)
    if hidden_layers:
        suspect |= np.array(on_layer)
    # What comes later covers; what came before may be of the same colour. Of a picture nobody
    # knows the colour, and an annotation lies over all.
    over = _Over(
        np.array([*covers, *(area.box for area in (*objects.pictures, *objects.fills))]),
        np.array([*([np.inf] * len(covers)),
                  *(area.order for area in (*objects.pictures, *objects.fills))]),
        np.array([*([_NO_SHADE] * (len(covers) + len(objects.pictures))),
                  *(fill.shade for fill in objects.fills)]),
    )  # fmt: skip
    if len(over.boxes):
        _mark_covered(suspect, boxes, orders, shades, over)
    addresses = list(objects.texts)
    return {addresses[place] for place in np.flatnonzero(suspect)}


@dataclass(frozen=True, slots=True)
class _Over:
    """What may cover: bounds, place in the order of painting, and colour, one row each."""

    boxes: Any
    orders: Any
    shades: Any


def _mark_covered(suspect: Any, boxes: Any, orders: Any, shades: Any, over: _Over) -> None:
    """Mark the texts that meet what comes later, or what has their colour.

    Both are looked at from the foot of the page up, some at a time, so that only those at one
    height are held against each other.
    """
    heights = boxes[:, 3] - boxes[:, 1]
    known = heights[~np.isnan(heights)]
    tall = float(known.max()) + 1.0 if len(known) else 1.0
    upward = np.argsort(boxes[:, 1])
    lows = boxes[upward, 1]
    colours, colour_of = np.unique(shades, axis=0, return_inverse=True)
    colour_of = colour_of.reshape(-1)
    rows = np.flatnonzero(~np.isnan(over.boxes).any(axis=1))
    rows = rows[np.argsort(over.boxes[rows, 1])]
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        alike = np.abs(over.shades[some, None] - colours).max(axis=2) <= _ALIKE
        # The ground a page begins with covers nothing.
        useful = alike.any(axis=1) | (over.orders[some] > orders.min())
        some, alike = some[useful], alike[useful]
        if not len(some):
            continue
        areas, after = over.boxes[some, :, None], over.orders[some, None]
        first = np.searchsorted(lows, areas[:, 1].min() - tall)
        last = np.searchsorted(lows, areas[:, 3].max(), side="right")
        near = upward[first:last]
        near = near[~suspect[near]]
        left, bottom, right, top = boxes[near].T
        meet = (left < areas[:, 2]) & (right > areas[:, 0])
        meet &= (bottom < areas[:, 3]) & (top > areas[:, 1])
        meet &= (orders[near] < after) | alike[:, colour_of[near]]
        suspect[near[meet.any(axis=0)]] = True


def _read_off_scans(objects: _Objects, suspects: set[int]) -> Iterator[int]:
    """Yield the invisible texts that lie on the picture they were read from, and under no box.

    An OCR engine writes a page of them, and the picture shows what they say.
    """
    pictures = _Index(objects.pictures, [picture.box for picture in objects.pictures])
    fills = _Index(objects.fills, [fill.box for fill in objects.fills])
    for address in suspects:
        text = objects.texts[address]
        if not text.special or fills.meeting(text.box):
            continue
        if any(_share(text.box, picture.box) > 0.999 for picture in pictures.meeting(text.box)):
            yield address


def _meeting(boxes: Any, area: Box) -> Any:
    """Tell of each box whether it meets an area."""
    left, bottom, right, top = area
    across = (boxes[:, 0] < right) & (boxes[:, 2] > left)
    return across & (boxes[:, 1] < top) & (boxes[:, 3] > bottom)


class _Index(Generic[T]):
    """Things of a page by the area they take."""

    def __init__(self, things: Sequence[T], boxes: Sequence[Box]) -> None:
        self._things = things
        self._boxes = np.array(boxes) if boxes else None

    def meeting(self, area: Box) -> list[T]:
        """Return those that meet an area, in their order."""
        if self._boxes is None:
            return []
        return [
            self._things[place] for place in np.flatnonzero(_meeting(self._boxes, area)).tolist()
        ]


def _share(inner: Box, outer: Box) -> float:
    """Return the part of `inner` that lies in `outer`."""
    wide = min(inner[2], outer[2]) - max(inner[0], outer[0])
    high = min(inner[3], outer[3]) - max(inner[1], outer[1])
    area = (inner[2] - inner[0]) * (inner[3] - inner[1])
    return wide * high / area if wide > 0 and high > 0 and area > 0 else 0.0


def _common(one: Box, two: Box) -> Box:
    return (
        max(one[0], two[0]), max(one[1], two[1]), min(one[2], two[2]), min(one[3], two[3]),
    )  # fmt: skip


def _part(pixels: Any, shade: tuple[int, int, int]) -> float:
    """Return the part of the pixels that have a colour."""
    if not len(pixels):
        return 0.0
    alike = np.abs(pixels - np.array(shade, np.int16)) <= _ALIKE
    return float(np.count_nonzero(alike[:, 0] & alike[:, 1] & alike[:, 2])) / len(pixels)


def _alike(one: Collection[int], two: Collection[int]) -> bool:
    return bool(max(abs(a - b) for a, b in zip(one, two)) <= _ALIKE)


@dataclass(slots=True)
class _Letter:
    """One letter and where it stands."""

    index: int
    code: int
    #: Its cell, ascent to descent; and its ink alone.
    box: Box
    ink: Box
    text: int


def _letters(layer: Any, suspects: set[int], *, everything: bool) -> list[_Letter]:
    letters = []
    handle = layer.raw
    # Asked of every letter of the page: as a number the answer costs half.
    object_of = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)(
        ctypes.cast(raw.FPDFText_GetTextObject, ctypes.c_void_p).value or 0
    )
    pointer = ctypes.cast(handle, ctypes.c_void_p)
    rect, edges = raw.FS_RECTF(), [ctypes.c_double() for _ in range(4)]
    for index in range(min(raw.FPDFText_CountChars(handle), _MOST_LETTERS)):
        address = object_of(pointer, index) or 0
        if address not in suspects and not everything:
            continue
        code = raw.FPDFText_GetUnicode(handle, index)
        if code <= 32 or code == 0xA0:
            continue
        if not raw.FPDFText_GetLooseCharBox(handle, index, ctypes.byref(rect)):
            continue
        low, high = sorted((rect.bottom, rect.top))
        cell = (rect.left, low, rect.right, high)
        known = raw.FPDFText_GetCharBox(handle, index, *map(ctypes.byref, edges))
        left, right, bottom, top = (edge.value for edge in edges)
        ink = (left, bottom, right, top) if known and right > left and top > bottom else cell
        letters.append(_Letter(index, code, cell, ink, address))
    return letters


class _Sight:
    """The page as it is seen, drawn once and only when it is asked for.

    Of the page the part is drawn where `boxes` lie; all of it once another part is asked for.
    """

    def __init__(self, page: pypdfium2.PdfPage, boxes: Sequence[Box]) -> None:
        self._page = page
        self._wanted = [box for box in boxes[:_MOST_APART] if all(map(math.isfinite, box))]
        if len(boxes) > _MOST_APART:
            self._wanted = [page.get_bbox()]
        #: The box of the page, in page space.
        self.paper: Box = page.get_bbox()
        self._whole: dict[int, float] = {}
        #: Left, top, right and bottom of what is drawn, pixels.
        self._window = (0, 0, 0, 0)
        self._pixels: Any = None

    @functools.cached_property
    def _scale(self) -> float:
        across, down = self._page.get_size()
        return float(min(_SCALE, _LARGEST / max(across, down, 1.0)))

    @functools.cached_property
    def _size(self) -> tuple[int, int]:
        across, down = self._page.get_size()
        return math.ceil(across * self._scale), math.ceil(down * self._scale)

    def _draw(self, window: tuple[int, int, int, int]) -> None:
        """Draw a part of the page, or all of it where the part was drawn without what is asked."""
        width, height = self._size
        if self._pixels is None:
            areas = np.array([window, *map(self._place, self._wanted)])
            low, high = areas[:, :2].min(axis=0), areas[:, 2:].max(axis=0)
            window = int(low[0]), int(low[1]), int(high[0]), int(high[1])
        else:
            window = (0, 0, width, height)
        left, top, right, bottom = window
        # pypdfium2 rounds what is cut off up to whole pixels.
        cut = (left, height - bottom, width - right, top)
        drawn = self._page.render(
            scale=self._scale, rev_byteorder=True, may_draw_forms=True,
            crop=tuple((pixels - 0.5) / self._scale for pixels in cut),
        )  # fmt: skip
        self._pixels, self._window = drawn.to_numpy(), window

    @functools.cached_property
    def _where(self) -> Matrix:
        """The way from page space to pixels: pages may be turned and begin anywhere."""
        (x, y), (right, below), (left, above) = (
            self._device(*point) for point in ((0.0, 0.0), (_SPAN, 0.0), (0.0, _SPAN))
        )
        return (
            (right - x) / _SPAN, (below - y) / _SPAN, (left - x) / _SPAN, (above - y) / _SPAN, x, y,
        )  # fmt: skip

    def _device(self, x: float, y: float) -> tuple[float, float]:
        across, down = self._page.get_size()
        out_x, out_y = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(
            self._page, 0, 0, round(across * _FINE), round(down * _FINE), 0, x, y, out_x, out_y
        )
        return out_x.value / _FINE * self._scale, out_y.value / _FINE * self._scale

    def whole(self, fill: _Painted) -> float:
        """Return the part of a box that is seen in its own colour."""
        if fill.order not in self._whole:
            self._whole[fill.order] = _part(self.seen(fill.box), fill.shade)
        return self._whole[fill.order]

    def seen(self, box: Box) -> Any:
        """Return the pixels of an area as rows of colours; none where it is off the page."""
        left, top, right, bottom = window = self._place(box)
        if left >= right or top >= bottom:
            return np.empty((0, 3), np.int16)
        x, y, end_x, end_y = self._window
        if left < x or top < y or right > end_x or bottom > end_y:
            self._draw(window)
            x, y = self._window[:2]
        part = self._pixels[top - y : bottom - y, left - x : right - x, :3]
        return part.astype(np.int16).reshape(-1, 3)

    def _place(self, box: Box) -> tuple[int, int, int, int]:
        """Return the pixels of an area: left, top, right, bottom, the last two without."""
        a, b, c, d, e, f = self._where
        corners = ((box[0], box[3]), (box[2], box[1]))
        left, right = sorted(a * x + c * y + e for x, y in corners)
        top, bottom = sorted(b * x + d * y + f for x, y in corners)
        width, height = self._size
        # The rim of a letter's box may show the neighbour, or the edge of what covers it.
        deep, wide = 0.12 * (bottom - top), 0.12 * (right - left)
        return (
            min(width, max(0, int(left + wide))),
            min(height, max(0, int(top + deep))),
            max(0, min(width, round(right - wide) + 1)),
            max(0, min(height, round(bottom - deep) + 1)),
        )


@dataclass(slots=True)
class _Judge:
    """Says of a letter how it is hidden."""

    objects: _Objects
    covers: list[Box]
    hidden_layers: Collection[str]
    sight: _Sight
    letters: list[_Letter]
    _fills: dict[int, list[_Painted]] = field(default_factory=dict)
    #: The last text painted where another stands, by the other's address; -1 for none.
    _repeats: dict[int, int] = field(default_factory=dict)
    #: Letters by code and place, to see whether one is painted twice.
    _places: dict[tuple[int, int, int], list[_Letter]] = field(default_factory=dict)
    _all_fills: _Index[_Painted] = field(init=False)
    _all_pictures: _Index[_Painted] = field(init=False)
    _all_texts: _Index[_Painted] = field(init=False)
    _all_covers: _Index[Box] = field(init=False)

    def __post_init__(self) -> None:
        """Index what may lie over a letter, so that a page of many is not looked through for it."""
        objects, texts = self.objects, list(self.objects.texts.values())
        self._all_fills = _Index(objects.fills, [fill.box for fill in objects.fills])
        self._all_pictures = _Index(objects.pictures, [image.box for image in objects.pictures])
        self._all_texts = _Index(texts, [text.box for text in texts])
        self._all_covers = _Index(self.covers, self.covers)

    def way(self, letter: _Letter) -> tuple[Way, str] | None:
        """Return how a letter is hidden, and on which layer; None when it is seen."""
        text = self.objects.texts.get(letter.text)
        if text is None:
            return None
        if text.layer is not None and text.layer in self.hidden_layers:
            return Way.LAYER, text.layer
        pixels = self.sight.seen(letter.box)
        if not len(pixels):
            return None
        return self._unseen(letter, text, pixels)

    def _unseen(self, letter: _Letter, text: _Painted, pixels: Any) -> tuple[Way, str] | None:
        # Where nothing is seen of a letter any pixel of its cell has the colour of all.
        red, green, blue = pixels[len(pixels) // 2].tolist()
        shade = (red, green, blue)
        uniform = _part(pixels, shade) >= 0.985
        dark = max(shade) < _PAPER
        for fill in self._over(letter.text, text):
            if _share(letter.ink, fill.box) >= _OVER and (
                way := self._under(letter, text, fill, pixels)
            ):
                return way, ""
        if not uniform:
            return None
        return self._uniform(letter, text, shade, dark=dark)

    def _over(self, address: int, text: _Painted) -> list[_Painted]:
        """Return the fills that meet a text at all."""
        if address not in self._fills:
            self._fills[address] = self._all_fills.meeting(text.box)
        return self._fills[address]

    def _under(self, letter: _Letter, text: _Painted, fill: _Painted, pixels: Any) -> Way | None:
        """Say whether a filled path hides a letter: painted over it, or under it in its colour."""
        light = min(fill.shade) >= _PAPER
        if fill.order > text.order or text.special:
            # A word painted on the box ("Redacted") leaves most of the box to be seen; of a shape
            # the bounds say little, and of white nobody knows whether it is the box or the paper.
            boxed = fill.special and not light
            seen = self.sight.whole(fill) if boxed else _part(pixels, fill.shade)
            hides = seen >= (0.5 if boxed else 0.985) and not self._again(letter, fill)
            if hides and light and _share(self.sight.paper, fill.box) > _BACKGROUND:
                # The page was begun anew on a white ground: nobody meant to redact.
                return Way.WHITE
            return (Way.ERASED if light else Way.BOX) if hides else None
        if not _alike(text.shade, fill.shade):
            return None
        # The ground beside the letter tells it from one that fills its own box.
        seen = self.sight.seen(_common(letter.box, fill.box))
        hides = _part(seen, fill.shade) >= 0.985
        return (Way.WHITE if light else Way.BOX) if hides else None

    def _uniform(
        self, letter: _Letter, text: _Painted, shade: tuple[int, ...], *, dark: bool
    ) -> tuple[Way, str] | None:
        """Say why nothing is seen where no later box explains it."""
        if any(_share(letter.box, area) >= _OVER for area in self._all_covers.meeting(letter.box)):
            return (Way.BOX if dark else Way.ERASED), ""
        for picture in self._all_pictures.meeting(letter.box):
            if picture.order > text.order and _share(letter.box, picture.box) >= _OVER:
                # Over most of the page it is the scan whose words lie under it.
                patch = _share(self.sight.paper, picture.box) < _SCAN and not text.special
                return (Way.BOX, "") if dark and patch else None
        if text.special:
            return None if self._over_scan(letter) else (Way.INVISIBLE, "")
        if self.hidden_layers and (text.layer == "" or text.nested):
            return Way.LAYER, ""
        if not _alike(text.shade, shade):
            return None
        return (Way.BOX if dark else Way.WHITE), ""

    def _again(self, letter: _Letter, fill: _Painted) -> bool:
        """Tell whether the same words are painted again on top of what covers them."""
        if letter.text not in self._repeats:
            mine = self.objects.texts[letter.text]
            own = mine.box
            self._repeats[letter.text] = max(
                (
                    text.order
                    for text in self._all_texts.meeting(own)
                    if text is not mine
                    and min(_share(own, text.box), _share(text.box, own)) > _SAME
                ),
                default=-1,
            )
        # pdfium drops the second of two equal letters in one place: the text itself is looked for.
        if self._repeats[letter.text] > fill.order:
            return True
        if not self._places:
            for other in self.letters:
                self._places.setdefault(_near(other), []).append(other)
        code, column, row = _near(letter)
        beside = [
            other
            for across in (column - 1, column, column + 1)
            for down in (row - 1, row, row + 1)
            for other in self._places.get((code, across, down), ())
        ]
        return any(
            other.index != letter.index
            and self.objects.texts[other.text].order > fill.order
            and _share(letter.box, other.box) > 0.5
            for other in beside
            if other.text in self.objects.texts
        )

    def _over_scan(self, letter: _Letter) -> bool:
        """Tell whether a letter lies on the picture whose words it gives."""
        pictures = self._all_pictures.meeting(letter.box)
        return any(_share(letter.box, picture.box) > 0.3 for picture in pictures)


def _near(letter: _Letter) -> tuple[int, int, int]:
    """Return a letter's code and the square of the page it stands in."""
    return letter.code, int(letter.box[0] // _SQUARE), int(letter.box[1] // _SQUARE)


def _runs(
    letters: Iterable[_Letter], way: Callable[[_Letter], tuple[Way, str] | None]
) -> Iterator[HiddenWords]:
    """Join letters hidden in one way that follow one another."""
    run: list[_Letter] = []
    known: tuple[Way, str] | None = None
    for letter in letters:
        how = way(letter)
        if how is not None and how == known and letter.index - run[-1].index <= _NEAR:
            run.append(letter)
            continue
        yield from _told(run, known)
        run, known = ([letter], how) if how is not None else ([], None)
    yield from _told(run, known)


def _told(run: list[_Letter], known: tuple[Way, str] | None) -> Iterator[HiddenWords]:
    words = _words(run)
    if known is not None and sum(map(str.isalnum, words)) >= _FEWEST:
        yield HiddenWords(known[0], words, known[1])


def _words(letters: list[_Letter]) -> str:
    """Return letters as words: a gap in the page's text is a space or the end of a line."""
    parts: list[str] = []
    for before, letter in zip([None, *letters], letters):
        if before is not None and letter.index - before.index > 1:
            parts.append(" ")
        parts.append(chr(letter.code) if letter.code < 0x110000 else "?")
    return encodable("".join(parts))
