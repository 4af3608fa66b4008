"""One page as marks in their places, and painting it at 300 dpi.

US Letter, 2550 x 3300 pixels. A page is built from strips, each a band of marks that is never cut:
`stack` puts strips on pages, `painted` draws one page. What the strips hold is laid out elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from PIL import Image, ImageDraw

from forthwith.produce.imaging.fonts import Face, Word, right_to_left
from forthwith.produce.imaging.tone import bilevel, photographic

DPI = 300
WIDTH, HEIGHT = 2550, 3300
#: Nothing of the document lies below this line of pixels: the endorsement goes there.
FOOT = HEIGHT - 150
LEFT, TOP = 225, 200
RIGHT, BOTTOM = WIDTH - 225, FOOT - 60
COLUMN = RIGHT - LEFT
DEPTH = BOTTOM - TOP


@dataclass(frozen=True, slots=True)
class Ink:
    """A run of text in one face; x and the baseline y within its strip, pixels."""

    x: float
    y: int
    text: str
    face: Face


@dataclass(frozen=True, slots=True)
class Bar:
    """A filled rectangle: rules, borders, quote bars, underlines."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture scaled into a box; decoded only when its page is painted."""

    left: int
    top: int
    width: int
    height: int
    load: Callable[[], Image.Image]


Mark = Ink | Bar | Picture


@dataclass(frozen=True, slots=True)
class Strip:
    """A band of marks that stays together on one page."""

    height: int
    marks: tuple[Mark, ...] = ()
    #: White above, dropped at the head of a page.
    gap: int = 0
    #: Starts a new page (form feed).
    breaks: bool = False


Page = tuple[tuple[int, Strip], ...]


def stack(strips: Iterable[Strip], pages: int) -> tuple[list[Page], bool]:
    """Put strips on at most `pages` pages; True when some were left over."""
    done: list[Page] = []
    current: list[tuple[int, Strip]] = []
    y = 0
    for strip in strips:
        gap = strip.gap if current else 0
        if current and (strip.breaks or y + gap + strip.height > DEPTH):
            done.append(tuple(current))
            if len(done) == pages:
                return done, True
            current, y, gap = [], 0, 0
        current.append((TOP + y + gap, strip))
        y += gap + strip.height
    if current or not done:
        done.append(tuple(current))
    return done, False


def written(pages: Iterable[Page]) -> str:
    """Return every character on the pages, in the order they are drawn."""
    marks = (mark for page in pages for _, strip in page for mark in strip.marks)
    return "".join(mark.text for mark in marks if isinstance(mark, Ink))


def painted(page: Page) -> Image.Image:
    """Draw one page: bi-level, or RGB when a picture on it has real colour."""
    loaded = {
        id(mark): mark.load().resize((mark.width, mark.height), Image.Resampling.LANCZOS)
        for _, strip in page
        for mark in strip.marks
        if isinstance(mark, Picture)
    }
    colour = any(photographic(picture) for picture in loaded.values())
    sheet = Image.new("RGB" if colour else "1", (WIDTH, HEIGHT), "white" if colour else 255)
    pen = ImageDraw.Draw(sheet)
    for top, strip in page:
        for mark in strip.marks:
            if isinstance(mark, Ink):
                _write(sheet, top, mark)
            elif isinstance(mark, Bar):
                box = (mark.left, top + mark.top, mark.right - 1, top + mark.bottom - 1)
                pen.rectangle(box, fill="black" if colour else 0)
            else:
                picture = loaded[id(mark)]
                sheet.paste(picture if colour else bilevel(picture), (mark.left, top + mark.top))
    return sheet


def _write(sheet: Image.Image, top: int, ink: Ink) -> None:
    for _, x, word in drawn_words(ink):
        if word.mask is not None:
            sheet.paste(0, (x + word.left, top + ink.y + word.top), word.mask)


def drawn_words(ink: Ink) -> Iterator[tuple[str, int, Word]]:
    """Yield a run of text as it is drawn: each word with the pen's x before it and its bitmap.

    Word by word, unless its order depends on direction: then the whole run is one.
    """
    x, face = ink.x, ink.face
    words = [ink.text] if runs_backwards(ink.text) else ink.text.split(" ")
    for text in words:
        if text:
            word = face.drawn(text)
            yield text, round(x), word
            x += word.advance
        x += face.space


def runs_backwards(text: str) -> bool:
    """Say whether a run holds letters written from right to left."""
    return not text.isascii() and any(map(right_to_left, text))
