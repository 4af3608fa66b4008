"""How an HTML element changes the look of the text inside it: tags and the few styles that matter.

Colours are left out on purpose: white-on-white or pale text is drawn black, so nothing a page holds
stays unseen on paper.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from forthwith.produce.imaging.fonts import Face, Family, face
from forthwith.produce.imaging.lines import Span

_BASE = 10.0
_HEADINGS = {"h1": 17.0, "h2": 14.5, "h3": 12.5, "h4": 11.0, "h5": 10.0, "h6": 9.5}
_FONT_SIZES = {"1": 8.0, "2": 9.0, "3": 10.0, "4": 11.5, "5": 14.0, "6": 17.0, "7": 20.0}
_BOLD = re.compile(r"font-weight\s*:\s*(?:bold|bolder|[6-9]00)", re.IGNORECASE)
_ITALIC = re.compile(r"font-style\s*:\s*(?:italic|oblique)", re.IGNORECASE)
_UNDERLINE = re.compile(r"text-decoration[^;]*underline", re.IGNORECASE)
_STRIKE = re.compile(r"text-decoration[^;]*line-through", re.IGNORECASE)
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
