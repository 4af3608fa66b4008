"""The number on a page image, read off its edge without knowing the font it was stamped in.

Every page's number is known from the load file, so the pages themselves teach what each digit looks
like: on most pages the number that stands in one place is the right one, or the volume is not
stamped. A sample of the pages is taken first (`learned`); with what it taught, each page is read
(`read`). Where there are too few pages to learn from, digits of the fonts our own pages are stamped
in are tried. What cannot be read for sure is not judged.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

#: Part of a page's height, at its foot and at its head, in which a number is looked for.
_DEEP = 0.12
#: A digit is looked at in this many columns and rows.
_GRID = (12, 18)
#: Height of a stamp's digits, in parts of a page's longer side, at least and at most.
_LOW, _HIGH = 0.004, 0.025
#: Glyphs further apart than this, in parts of their height, are of two words.
_APART = 0.9
#: Furthest a glyph may be from a digit, mean difference of grey in 0 to 1, and how much further
#: from any other.
_FAR, _MARGIN = 0.17, 0.035
#: Share of the pages looked at on which the right number must be read, and fewest of them.
_SHARE, _FEWEST = 0.8, 4
#: How far from where most numbers stand one may stand, in parts of the page.
_NEAR = 0.03
#: Pages learned from.
SAMPLE = 60

Grid = npt.NDArray[np.float32]
Marks = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Line:
    """One word-like row of glyphs near an edge."""

    #: Ends and middle in parts of the page: left, right, y.
    place: tuple[float, float, float]
    #: One grid for each glyph, its width in parts of its height added.
    glyphs: Grid


@dataclass(frozen=True, slots=True)
class Stamp:
    """Where the number of a volume's pages stands and what its digits look like."""

    place: tuple[float, float, float]
    #: One grid for each digit; NaN for a digit never seen.
    digits: Grid


@dataclass(frozen=True, slots=True)
class StampSeen:
    """What was read where the number stands: digits, "" when it could not be; or nothing there."""

    digits: str = ""
    blank: bool = False


def lines(
    image: Image.Image, count: int, near: tuple[float, float, float] | None = None
) -> list[Line]:
    """Return the rows of `count` glyphs and more at the foot and at the head of a page.

    Of each the last `count` glyphs; with `near` only of rows that stand there.
    """
    width, height = image.size
    depth = round(height * _DEEP)
    strips = [(height - depth, height), (0, depth)]
    if near is not None:
        # A row's middle lies that near; its glyphs reach half the tallest row further.
        reach = (_NEAR + _HIGH) * height
        top, bottom = round(near[2] * height - reach), round(near[2] * height + reach)
        strips = [(max(top, start), min(bottom, end)) for start, end in strips]
    found: list[Line] = []
    for top, bottom in strips:
        if bottom <= top:
            continue
        strip = image.crop((0, top, width, bottom)).convert("L")
        ink: Marks = np.asarray(strip) < 128
        for start, end in _bands(np.any(ink, axis=1)):
            tall = end - start
            if _LOW * max(width, height) <= tall <= _HIGH * max(width, height) * 1.6:
                found.extend(_words(ink[start:end], (width, height), top + start, count, near))
    return found


def _bands(marks: Marks) -> list[tuple[int, int]]:
    """Return where marks begin and end."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], marks.astype(np.int8), [0]))))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _words(
    band: Marks,
    page: tuple[int, int],
    top: int,
    count: int,
    near: tuple[float, float, float] | None,
) -> list[Line]:
    tall = len(band)
    words: list[list[tuple[int, int]]] = []
    for start, end in _bands(np.any(band, axis=0)):
        if words and start - words[-1][-1][1] <= _APART * tall:
            words[-1].append((start, end))
        else:
            words.append([(start, end)])
    width, height = page
    found: list[Line] = []
    for word in words:
        place = (word[0][0] / width, word[-1][1] / width, (top + tall / 2) / height)
        if max(3, count) <= len(word) <= 60 and (near is None or _near(place, near)):
            glyphs = np.stack([_grid(band[:, start:end]) for start, end in word[-count:]])
            found.append(Line(place, glyphs))
    return found


def _grid(glyph: Marks) -> Grid:
    """Return a glyph in the grid, cut to its own rows, with its width in parts of its height."""
    rows = np.flatnonzero(glyph.any(axis=1))
    cut = glyph[rows[0] : rows[-1] + 1]
    small = Image.fromarray(cut.astype(np.uint8) * 255).resize(_GRID, Image.Resampling.BOX)
    cells = np.asarray(small, np.float32).ravel() / 255
    return np.append(cells, np.float32(min(cut.shape[1] / cut.shape[0], 2.0)))


def digits_of(number: str) -> str:
    """Return the digits a number ends in."""
    tail = len(number) - len(number.rstrip("0123456789"))
    return number[-tail:] if tail else ""


def learned(pages: Sequence[tuple[str, Sequence[Line]]]) -> Stamp | None:
    """Return what these pages teach, given (number, lines) of each; None where it is nothing."""
    pages = [(digits, rows) for number, rows in pages if (digits := digits_of(number))]
    best: tuple[int, Stamp] | None = None
    for place in _places(pages):
        for shapes in (_averages(pages, place), *_drawn()):
            stamp = Stamp(place, shapes)
            right = sum(read_lines(rows, stamp, len(text)).digits == text for text, rows in pages)
            if right >= max(_FEWEST, _SHARE * len(pages)) and (best is None or right > best[0]):
                best = right, stamp
    return None if best is None else best[1]


def _places(
    pages: Sequence[tuple[str, Sequence[Line]]],
) -> list[tuple[float, float, float]]:
    """Return the places at which most pages have a word with digits enough, commonest first."""
    kept: list[tuple[int, tuple[float, float, float]]] = []
    for digits, rows in pages[:: max(1, len(pages) // 24)]:
        for row in rows:
            if len(row.glyphs) >= len(digits) and not any(
                _near(row.place, place) for _, place in kept
            ):
                count = sum(
                    any(_near(other.place, row.place) for other in others) for _, others in pages
                )
                if count >= max(_FEWEST, _SHARE * len(pages)):
                    kept.append((count, row.place))
    return [place for _, place in sorted(kept, key=lambda pair: -pair[0])[:6]]


def _near(one: tuple[float, float, float], other: tuple[float, float, float]) -> bool:
    beside = min(abs(one[0] - other[0]), abs(one[1] - other[1]), abs(sum(one[:2]) - sum(other[:2])))
    return beside <= _NEAR and abs(one[2] - other[2]) <= _NEAR


def _averages(
    pages: Sequence[tuple[str, Sequence[Line]]], place: tuple[float, float, float]
) -> Grid:
    """Return each digit as the pages have it on the whole: the wrong ones are few."""
    seen: dict[str, list[Grid]] = {digit: [] for digit in "0123456789"}
    for digits, rows in pages:
        for row in rows:
            if _near(row.place, place) and len(row.glyphs) >= len(digits):
                for digit, glyph in zip(digits, row.glyphs[-len(digits) :], strict=True):
                    seen[digit].append(glyph)
                break
    size = _GRID[0] * _GRID[1] + 1
    blank = np.full(size, np.nan, np.float32)
    return np.stack(
        [
            np.median(np.stack(glyphs[:400]), axis=0).astype(np.float32) if glyphs else blank
            for glyphs in seen.values()
        ]
    )


@functools.cache
def _drawn() -> tuple[Grid, ...]:
    """Return the digits of the fonts that come with us, as far as they are installed."""
    spec = find_spec("matplotlib")
    if spec is None or not spec.submodule_search_locations:
        return ()
    folder = Path(spec.submodule_search_locations[0]) / "mpl-data/fonts/ttf"
    files = [folder / f"{name}.ttf" for name in ("DejaVuSans-Bold", "DejaVuSans", "DejaVuSansMono")]
    return tuple(
        np.stack([_drawn_digit(file, digit) for digit in "0123456789"])
        for file in files
        if file.is_file()
    )


def _drawn_digit(file: Path, digit: str) -> Grid:
    sheet = Image.new("1", (90, 90))
    font = ImageFont.truetype(str(file), 46, layout_engine=ImageFont.Layout.BASIC)
    ImageDraw.Draw(sheet).text((20, 70), digit, fill=255, font=font, anchor="ls")
    return _grid(np.asarray(sheet.crop(sheet.getbbox())))


def read(image: Image.Image, stamp: Stamp, count: int) -> StampSeen:
    """Read the last `count` digits of a page's number."""
    seen = read_lines(lines(image, count, stamp.place), stamp, count)
    if seen.digits:
        return seen
    left, right, middle = stamp.place
    width, height = image.size
    tall = 0.02 * height
    box = ((left - 0.01) * width, middle * height - tall, (right + 0.01) * width,
           middle * height + tall)  # fmt: skip
    near = np.asarray(image.crop(tuple(map(round, box))).convert("L"))  # type: ignore[arg-type]
    return StampSeen(blank=bool((near > 200).all()))


def read_lines(rows: Sequence[Line], stamp: Stamp, count: int) -> StampSeen:
    """Read the last `count` digits of the row that stands where numbers stand."""
    for row in rows:
        if _near(row.place, stamp.place) and len(row.glyphs) >= count:
            far = np.abs(row.glyphs[-count:, None, :] - stamp.digits[None, :, :]).mean(axis=2)
            far = np.where(np.isnan(far), np.inf, far)
            order = np.sort(far, axis=1)
            if (order[:, 0] <= _FAR).all() and (order[:, 1] - order[:, 0] >= _MARGIN).all():
                return StampSeen("".join(map(str, far.argmin(axis=1).tolist())))
    return StampSeen()
