"""Blocks gathered while an HTML tree is walked: paragraphs, lists, quotations, tables, boxes.

Given one element or text at a time, in document order. Walking the tree, and its bounds, are
`html`; setting the blocks is `blocks`. Colours are left out on purpose: white-on-white or pale text
is drawn black, so nothing a page holds stays unseen on paper. A short address stands behind its
link; a long one becomes a number, and the numbers are listed at the end, so that nothing is left
out and the text stays readable.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from forthwith.produce.imaging.blocks import Block, Cell, Figure, Paragraph, Place, Rule, Table
from forthwith.produce.imaging.fonts import Face, Family, face
from forthwith.produce.imaging.lines import Span

_BASE = 10.0
_HEADINGS = {"h1": 17.0, "h2": 14.5, "h3": 12.5, "h4": 11.0, "h5": 10.0, "h6": 9.5}
_FONT_SIZES = {"1": 8.0, "2": 9.0, "3": 10.0, "4": 11.5, "5": 14.0, "6": 17.0, "7": 20.0}
_BOLD = re.compile(r"font-weight\s*:\s*(?:bold|bolder|[6-9]00)", re.IGNORECASE)
_ITALIC = re.compile(r"font-style\s*:\s*(?:italic|oblique)", re.IGNORECASE)
_UNDERLINE = re.compile(r"text-decoration[^;]{0,200}underline", re.IGNORECASE)
_STRIKE = re.compile(r"text-decoration[^;]{0,200}line-through", re.IGNORECASE)
_FIXED = re.compile(r"font-family\s*:[^;]*(?:courier|consolas|mono)", re.IGNORECASE)
_KEPT = re.compile(r"white-space\s*:\s*(?:pre|break-spaces)", re.IGNORECASE)
_CENTRED = re.compile(r"text-align\s*:\s*center", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Look:
    """The look of text at one place in the tree."""

    points: float = _BASE
    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    fixed: bool = False
    #: White space counts, as in <pre>.
    kept: bool = False
    centred: bool = False
    #: +1 superscript, -1 subscript.
    raised: int = 0

    def face(self) -> Face:
        """Return the face this look is drawn in."""
        points = self.points * (0.7 if self.raised else 0.95 if self.fixed else 1)
        family = Family.MONO if self.fixed else Family.SANS
        return face(family, round(points, 1), bold=self.bold, italic=self.italic)

    def span(self, text: str) -> Span:
        """Return `text` in this look."""
        rise = round(self.points * 300 / 72 * 0.33) if self.raised > 0 else 0
        rise = -round(self.points * 300 / 72 * 0.15) if self.raised < 0 else rise
        return Span(text, self.face(), self.underline, self.strike, rise)


_CHANGES: tuple[tuple[str, dict[str, bool | int]], ...] = (
    ("b strong th dt legend", {"bold": True}),
    ("i em cite var dfn address", {"italic": True}),
    ("u ins", {"underline": True}),
    ("s strike del", {"strike": True}),
    ("code tt kbd samp", {"fixed": True}),
    ("pre listing xmp plaintext textarea", {"fixed": True, "kept": True}),
    ("center", {"centred": True}),
    ("sup", {"raised": 1}),
    ("sub", {"raised": -1}),
)
_TAGS = {tag: change for tags, change in _CHANGES for tag in tags.split()}


def look_of(look: Look, tag: str, attributes: dict[str, str]) -> Look:
    """Return the look inside an element, given the look around it."""
    if tag == "table":
        # A table starts afresh: what centres it does not centre its cells.
        look = replace(look, centred=False)
        attributes = {name: value for name, value in attributes.items() if name != "align"}
    if tag in _HEADINGS:
        look = replace(look, points=_HEADINGS[tag], bold=True)
    elif changes := _TAGS.get(tag):
        look = replace(look, **changes)  # type: ignore[arg-type]
    elif tag == "small":
        look = replace(look, points=8.0)
    elif tag == "font" and (size := attributes.get("size")):
        look = replace(look, points=_FONT_SIZES.get(size.strip().lstrip("+"), look.points))
    if attributes:
        look = _styled(look, attributes)
    return look


def _styled(look: Look, attributes: dict[str, str]) -> Look:
    """Apply `style` and `align`."""
    align = attributes.get("align", "").lower()
    if align:
        look = replace(look, centred=align in {"center", "middle"})
    style = attributes.get("style", "")[:2000]
    if not style:
        return look
    return replace(
        look,
        bold=look.bold or bool(_BOLD.search(style)),
        italic=look.italic or bool(_ITALIC.search(style)),
        underline=look.underline or bool(_UNDERLINE.search(style)),
        strike=look.strike or bool(_STRIKE.search(style)),
        fixed=look.fixed or bool(_FIXED.search(style)),
        kept=look.kept or bool(_KEPT.search(style)),
        centred=look.centred or bool(_CENTRED.search(style)),
    )


#: Longer addresses are listed at the end, characters.
_SHORT = 60
_SMALL = Look(points=7.5)


@dataclass(slots=True)
class Notes:
    """Addresses met so far, each with its number."""

    numbers: dict[str, int] = field(default_factory=dict)
    #: Images declared no larger than a dot, by address: counted, listed, not boxed one by one.
    dots: dict[str, int] = field(default_factory=dict)

    def refer(self, address: str) -> str:
        """Return the address, or the number under which it is listed."""
        if len(address) <= _SHORT and address not in self.numbers:
            return address
        number = self.numbers.setdefault(address, len(self.numbers) + 1)
        return f"address {number} below"

    def link(self, address: str, shown: str) -> Span | None:
        """Return what stands behind a link; None when the link already shows where it goes."""
        bare = address.removeprefix("mailto:").rstrip("/")
        if not bare or bare.startswith("#") or bare in shown:
            return None
        if bare.removeprefix("https://").removeprefix("http://") in shown:
            return None
        if len(address) <= _SHORT:
            return _SMALL.span(f" <{address}>")
        number = self.numbers.setdefault(address, len(self.numbers) + 1)
        return _SMALL.span(f" [{number}]")

    def blocks(self) -> tuple[Block, ...]:
        """Return the list that ends the document; empty when nothing was met."""
        rows = [(_SMALL.span(f"[{number}] {address}"),) for address, number in self.numbers.items()]
        for address, count in self.dots.items():
            times = f" ({count} times)" if count > 1 else ""
            rows.append((_SMALL.span(f"Image of a dot's size, not fetched{times}: {address}"),))
        if not rows:
            return ()
        title = (Look(points=7.5, bold=True).span("Addresses"),)
        return (Rule(), Paragraph((title, *rows), gap=6))


#: Bounds on nesting: tables in tables, list and quotation depth.
_TABLES_DEEP = 6
_DEEPEST_PLACE = 8
_SPACES = re.compile(r"[ \t\r\n\f]+")
_BLOCK_TAGS = (
    "address article aside blockquote body center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header li listing main menu nav ol option p "
    "plaintext pre section summary table tbody td tfoot th thead tr ul xmp caption legend"
)
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_GAPS = {"p": 22, "blockquote": 16, "pre": 16, "ul": 10, "ol": 10, "dl": 10,
         "h1": 36, "h2": 32, "h3": 28, "h4": 24, "h5": 20, "h6": 20}  # fmt: skip
_BULLETS = ("\u2022", "\u25e6", "\u25aa")

#: Finds an inline picture by its address: the figure, a sentence why not, or None (remote).
Pictures = Callable[[str, dict[str, str]], Figure | str | None]


@dataclass(slots=True)
class _Frame:
    """What an open element changed, to be put back when it closes."""

    tag: str
    look: Look
    place: Place
    href: str = ""
    shown_from: int = 0


@dataclass(slots=True)
class _List:
    ordered: bool
    number: int


@dataclass(slots=True)
class _Open:
    """A table being read: rows closed so far, and the blocks of what lies around it."""

    outer: list[Block]
    place: Place
    rows: list[tuple[Cell, ...]] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    ruled: bool = False


@dataclass(slots=True)
class Builder:
    """Collects blocks while the tree is walked."""

    pictures: Pictures
    notes: Notes = field(default_factory=Notes)
    blocks: list[Block] = field(default_factory=list)
    rows: list[tuple[Span, ...]] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    look: Look = field(default_factory=Look)
    place: Place = field(default_factory=Place)
    gap: int = 0
    marker: str = ""
    lists: list[_List] = field(default_factory=list)
    tables: list[_Open] = field(default_factory=list)
    frames: list[_Frame] = field(default_factory=list)

    # -- text ---------------------------------------------------------------------------------

    def text(self, value: str) -> None:
        """Add text, its white space as the look asks."""
        if self.look.kept:
            first, *others = value.expandtabs(8).splitlines() or [""]
            self.add(first)
            for line in others:
                self.line_break()
                self.add(line)
            if value.endswith("\n"):
                self.line_break()
            return
        value = _SPACES.sub(" ", value)
        if value.startswith(" ") and (not self.spans or self.spans[-1].text.endswith(" ")):
            value = value[1:]
        self.add(value)

    def add(self, text: str) -> None:
        """Add text as it stands."""
        if text:
            self.spans.append(self.look.span(text))

    def line_break(self) -> None:
        """End the line, not the paragraph."""
        self.rows.append(tuple(self.spans) or (self.look.span(""),))
        self.spans = []

    def rule(self) -> None:
        """Add a line across."""
        self.flush()
        self.blocks.append(Rule(self.place))

    def flush(self) -> None:
        """End the paragraph."""
        if self.spans:
            self.rows.append(tuple(self.spans))
        if any(span.text.strip() for row in self.rows for span in row) or self.marker:
            paragraph = Paragraph(
                tuple(self.rows), self.place, self.gap, self.marker, self.look.centred
            )
            self.blocks.append(paragraph)
            self.gap, self.marker = 0, ""
        elif self.rows:
            self.gap = max(self.gap, 22)
        self.rows, self.spans = [], []

    def notice(self, sentence: str) -> None:
        """Add a framed notice that stands for something not shown."""
        self.flush()
        row = (Look(points=7.5).span(sentence),)
        self.blocks.append(Paragraph((row,), self.place, max(self.gap, 9), boxed=True))
        self.gap = 9

    # -- elements -----------------------------------------------------------------------------

    def enter(self, tag: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        if tag in _BLOCKS:
            self.flush()
            self.gap = max(self.gap, _GAPS.get(tag, 0))
        frame = _Frame(tag, self.look, self.place)
        self.frames.append(frame)
        self.look = look_of(self.look, tag, attributes)
        if tag in _BLOCKS and "border-top" in attributes.get("style", ""):
            self.blocks.append(Rule(self.place))
        if tag == "a":
            frame.href = attributes.get("href", "").strip()
            frame.shown_from = len(self.spans)
            if frame.href:
                self.look = look_of(self.look, "u", {})
        opener = _OPENERS.get(tag)
        if opener is not None:
            opener(self, attributes)

    def leave(self, tag: str) -> None:
        """Close the element opened last."""
        frame = self.frames.pop()
        if tag in _BLOCKS:
            self.flush()
            self.gap = max(self.gap, _GAPS.get(tag, 0))
        closer = _CLOSERS.get(tag)
        if closer is not None:
            closer(self)
        self.look, self.place = frame.look, frame.place
        if frame.href:
            shown = "".join(span.text for span in self.spans[frame.shown_from :])
            address = self.notes.link(frame.href, shown)
            if address is not None:
                self.spans.append(address)

    def deeper(self, *, quote: bool) -> None:
        """Step in by one list level or one quotation, down to a bound."""
        place = self.place
        if quote and place.quotes < _DEEPEST_PLACE:
            self.place = Place(place.indent, place.quotes + 1)
        elif not quote and place.indent < _DEEPEST_PLACE:
            self.place = Place(place.indent + 1, place.quotes)

    def open_list(self, attributes: dict[str, str], *, ordered: bool) -> None:
        """Open a list."""
        start = attributes.get("start", "1").strip()
        number = int(start) if start.isascii() and start.isdigit() and len(start) < 9 else 1
        self.lists.append(_List(ordered, number))
        self.deeper(quote=False)

    def item(self) -> None:
        """Open a list item: its bullet or number waits for its first line."""
        if not self.lists:
            self.marker = _BULLETS[0]
            return
        current = self.lists[-1]
        if current.ordered:
            self.marker = f"{current.number}."
            current.number += 1
        else:
            self.marker = _BULLETS[min(len(self.lists), len(_BULLETS)) - 1]

    def image(self, attributes: dict[str, str]) -> None:
        """Show an inline picture, or the box that stands for it."""
        source = attributes.get("src", "").strip()
        label = attributes.get("alt", "").strip()
        picture = self.pictures(source, attributes) if source else f"image without address {label}"
        if isinstance(picture, Figure):
            self.flush()
            self.blocks.append(picture)
        elif picture is not None:
            self.notice(f"[{picture}]")
        elif _is_dot(attributes):
            self.notes.dots[source] = self.notes.dots.get(source, 0) + 1
        else:
            label = f"{label}: " if label else ""
            self.notice(f"[remote image not fetched: {label}{self.notes.refer(source)}]")

    # -- tables -------------------------------------------------------------------------------

    def open_table(self, attributes: dict[str, str]) -> None:
        """Open a table; tables too deep in others are read as plain blocks."""
        border = attributes.get("border", "0").strip()
        ruled = border not in {"", "0"} or "border:" in attributes.get("style", "").lower()
        self.tables.append(_Open(self.blocks, self.place, ruled=ruled))
        if len(self.tables) <= _TABLES_DEEP:
            self.blocks = []
            self.place = Place()

    def close_cell(self, across: int, down: int) -> None:
        """Keep what the cell held."""
        if self.tables and len(self.tables) <= _TABLES_DEEP:
            self.gap = 0
            self.tables[-1].cells.append(Cell(tuple(self.blocks), across, down))
            self.blocks = []

    def close_row(self) -> None:
        """Keep the row, and what stood between its cells."""
        if self.tables and len(self.tables) <= _TABLES_DEEP:
            table = self.tables[-1]
            if self.blocks:
                table.cells.append(Cell(tuple(self.blocks)))
                self.blocks = []
            if table.cells:
                table.rows.append(tuple(table.cells))
                table.cells = []

    def close_table(self) -> None:
        """Put the finished table where it stood."""
        self.close_row()
        table = self.tables.pop()
        if len(self.tables) >= _TABLES_DEEP:
            return
        self.blocks = table.outer
        if table.rows:
            self.blocks.append(Table(tuple(table.rows), table.place, table.ruled))


def _is_dot(attributes: dict[str, str]) -> bool:
    """Say whether an image declares itself three pixels or less in one direction."""
    sizes = (attributes.get("width", "").strip(), attributes.get("height", "").strip())
    return any(size.removesuffix("px") in {"0", "1", "2", "3"} for size in sizes)


def _field(builder: Builder, attributes: dict[str, str]) -> None:
    kind = attributes.get("type", "text").lower()
    if kind in {"checkbox", "radio"}:
        builder.add("\u2611 " if "checked" in attributes else "\u2610 ")
    elif kind != "hidden":
        builder.add(f"[{attributes.get('value', '')}] ")


_OPENERS: dict[str, Callable[[Builder, dict[str, str]], None]] = {
    "br": lambda builder, _: builder.line_break(),
    "hr": lambda builder, _: builder.rule(),
    "img": lambda builder, attributes: builder.image(attributes),
    "ul": lambda builder, attributes: builder.open_list(attributes, ordered=False),
    "ol": lambda builder, attributes: builder.open_list(attributes, ordered=True),
    "li": lambda builder, _: builder.item(),
    "dd": lambda builder, _: builder.deeper(quote=False),
    "blockquote": lambda builder, _: builder.deeper(quote=True),
    "table": lambda builder, attributes: builder.open_table(attributes),
    "input": _field,
}
_CLOSERS: dict[str, Callable[[Builder], Any]] = {
    "ul": lambda builder: builder.lists.pop(),
    "ol": lambda builder: builder.lists.pop(),
    "tr": lambda builder: builder.close_row(),
    "table": lambda builder: builder.close_table(),
}
