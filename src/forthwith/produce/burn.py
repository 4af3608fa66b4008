"""Boxes burnt into painted pages: snapped to whole words, black, with their reason in white.

What a box hides is gone before anything else is done with the page: it is painted over at 300 dpi,
before the page is shrunk, endorsed, dithered or encoded, so no pixel of it reaches any of these.
A page goes on as a fresh picture: nothing a source wrote beside its pixels goes with it. Encoding,
and the proof that the file holds the boxes as they were drawn, is `imaging.files.redacted_page`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from forthwith.domain.page_words import PageWord
from forthwith.domain.redactions import Reason, Rectangle, Redaction, Shape
from forthwith.produce.imaging.fonts import Face, Family, face

#: Pixels by which a box is larger than the ink of its words, on every side.
GROWN = 4
#: An edge drawn no farther from the words than so many times the height of the tallest one moves
#: to them; a farther one stays, for a picture may lie between.
_NEAR = 1.5
#: Sizes a label is tried in, points.
_LABEL_POINTS = (10.0, 9.0, 8.0, 7.0, 6.0, 5.0)
_LABEL_MARGIN = 6


@dataclass(frozen=True, slots=True)
class Blackout:
    """One black rectangle of a page."""

    #: Left, top, width, height; pixels at 300 dpi.
    box: Rectangle
    #: As burnt in white where it fits; "" for none.
    label: str = ""
    #: Id of the redaction, and name of its reason.
    redaction: int = 0
    reason: str = ""
    #: One side of what lies about a rectangle that stays: the others go on where it ends.
    whole: bool = False


def snapped(
    words: Sequence[PageWord],
    box: Rectangle,
    page_size: tuple[int, int],
    image: Image.Image | None = None,
) -> tuple[Rectangle, tuple[PageWord, ...]]:
    """Return a drawn rectangle as it is burnt, and the words it hides, in reading order.

    It holds its words whole: the union of their boxes grown by GROWN, so that no ink at its border
    is of a word inside. A word is inside where half of its height is covered, or half of the box
    lies within it, however little of its width (of one that stands upright the other way round);
    and where the middle of it is covered. Edges near the words move to them; one farther away
    stays as drawn, unless `image`, the page as painted, shows no ink between. Without words it is
    as drawn, within the page. Its width and height are 0 where it misses the page.
    """
    drawn = within(box, page_size)
    if not (drawn[2] and drawn[3]):
        return drawn, ()
    inside = [at for at, word in enumerate(words) if _catches(drawn, word)]
    if not inside:
        return drawn, ()
    while True:
        caught = [words[at] for at in inside]
        hull = within(_hull(caught), page_size)
        settled = _settled(drawn, hull, max(word.h for word in caught), image)
        more = [at for at, word in enumerate(words) if at not in inside and catches(settled, word)]
        if not more:
            return settled, tuple(caught)
        inside = sorted([*inside, *more])


def catches(box: Rectangle, word: PageWord) -> bool:
    """Say whether a box as burnt hides a word, and does not merely brush against it."""
    return _catches(box, word, GROWN) or _holds_middle(box, word)


def _catches(box: Rectangle, word: PageWord, least: int = 0) -> bool:
    """Say whether more than `least` pixels of a word's length are covered, at half its height."""
    across, down = _overlap(box, word)
    if across <= 0 or down <= 0:
        return False
    upright = word.h > 2 * word.w and len(word.text) > 2
    along, thick = (down, across) if upright else (across, down)
    length, thickness = (word.h, word.w) if upright else (word.w, word.h)
    if along <= least and along * 2 < length:
        return False
    # A box drawn within the height of a word cuts through it.
    thickness = min(thickness, box[2] if upright else box[3])
    return thick * 2 >= thickness or (along * 2 >= length and thick * 3 >= thickness)


def _holds_middle(box: Rectangle, word: PageWord) -> bool:
    across, down = word.x + word.w / 2, word.y + word.h / 2
    return box[0] <= across < box[0] + box[2] and box[1] <= down < box[1] + box[3]


def _overlap(box: Rectangle, word: PageWord) -> tuple[int, int]:
    return (
        min(box[0] + box[2], word.x + word.w) - max(box[0], word.x),
        min(box[1] + box[3], word.y + word.h) - max(box[1], word.y),
    )


def touches(box: Rectangle, word: PageWord) -> bool:
    """Say whether a box has a pixel in common with a word's box."""
    return min(_overlap(box, word)) > 0


def within(box: Rectangle, size: tuple[int, int]) -> Rectangle:
    """Return what of a rectangle lies on a page."""
    left, top = max(0, min(box[0], size[0])), max(0, min(box[1], size[1]))
    right, bottom = min(box[0] + box[2], size[0]), min(box[1] + box[3], size[1])
    return left, top, max(0, right - left), max(0, bottom - top)


def _hull(words: Sequence[PageWord]) -> Rectangle:
    left, top = min(word.x for word in words) - GROWN, min(word.y for word in words) - GROWN
    right = max(word.x + word.w for word in words) + GROWN
    bottom = max(word.y + word.h for word in words) + GROWN
    return left, top, right - left, bottom - top


def _settled(
    drawn: Rectangle, hull: Rectangle, tallest: int, image: Image.Image | None
) -> Rectangle:
    """Return the words' rectangle, with the edges that stay as they were drawn."""
    left, top, right, bottom = hull[0], hull[1], hull[0] + hull[2], hull[1] + hull[3]
    far = _NEAR * tallest
    ends = drawn[0], drawn[1], drawn[0] + drawn[2], drawn[1] + drawn[3]

    def stays(beyond: int, strip: Rectangle) -> bool:
        if beyond <= 0 or (image is None and beyond <= far):
            return False
        return image is None or _inked(image, strip)

    # Ink between the drawn edge and the words may be a picture, or the stroke of a signature.
    if stays(top - ends[1], (ends[0], ends[1], drawn[2], top - ends[1])):
        top = ends[1]
    if stays(ends[3] - bottom, (ends[0], bottom, drawn[2], ends[3] - bottom)):
        bottom = ends[3]
    if stays(left - ends[0], (ends[0], top, left - ends[0], bottom - top)):
        left = ends[0]
    if stays(ends[2] - right, (right, top, ends[2] - right, bottom - top)):
        right = ends[2]
    return left, top, right - left, bottom - top


def _inked(image: Image.Image, strip: Rectangle) -> bool:
    left, top, width, height = within(strip, image.size)
    if not (width and height):
        return False
    part = image.crop((left, top, left + width, top + height)).convert("L")
    return part.getextrema()[0] < 200  # type: ignore[operator]


def even(words: Sequence[PageWord], box: Rectangle, page_size: tuple[int, int]) -> Rectangle:
    """Return a box widened to whole lines, so that its length tells nothing of what it hides.

    It reaches from the leftmost to the rightmost word of the page, at the height it had.
    """
    if not words:
        return within((0, box[1], page_size[0], box[3]), page_size)
    left = min(box[0], min(word.x for word in words) - GROWN)
    right = max(box[0] + box[2], max(word.x + word.w for word in words) + GROWN)
    return within((left, box[1], right - left, box[3]), page_size)


def blackouts(
    redactions: Sequence[Redaction],
    page: int,
    size: tuple[int, int],
    reasons: Sequence[Reason],
) -> tuple[Blackout, ...]:
    """Return the black rectangles of page `page`, from 1; what covers nothing yet is left out."""
    labels = {reason.name: reason.label for reason in reasons}
    found: list[Blackout] = []
    for redaction in redactions:
        if not redaction.covers or redaction.page != page:
            continue
        label = labels.get(redaction.reason, redaction.reason)
        about = (redaction.id, redaction.reason)
        if redaction.shape is Shape.BOX and redaction.box is not None:
            found.append(Blackout(within(redaction.box, size), label, *about))
        elif redaction.shape is Shape.PAGE:
            found.append(Blackout((0, 0, *size), label, *about))
        elif redaction.shape is Shape.INVERSE and redaction.box is not None:
            sides = sorted(_around(within(redaction.box, size), size), key=lambda side: -side[3])
            found.extend(
                Blackout(side, "" if place else label, *about, whole=True)
                for place, side in enumerate(sides)
            )
    return tuple(black for black in found if black.box[2] and black.box[3])


def _around(box: Rectangle, size: tuple[int, int]) -> list[Rectangle]:
    """Return what of a page lies about a rectangle: above, below, left and right of it."""
    left, top, width, height = box
    if not (width and height):
        return [(0, 0, *size)]
    right, bottom = left + width, top + height
    sides = [
        (0, 0, size[0], top),
        (0, bottom, size[0], size[1] - bottom),
        (0, top, left, height),
        (right, top, size[0] - right, height),
    ]
    return [side for side in sides if side[2] and side[3]]


def burn(
    image: Image.Image, redactions: Sequence[Redaction], reasons: Sequence[Reason]
) -> Image.Image:
    """Return a page with its redactions burnt in, all of one page; `image` is left as it is.

    The picture is fresh: 1-bit, grey or RGB, without transparency and without anything a source
    wrote beside its pixels.
    """
    pages = {redaction.page for redaction in redactions if redaction.covers}
    every = [
        black
        for page in sorted(pages)
        for black in blackouts(redactions, page, image.size, reasons)
    ]
    return blacked(image, every)


def blacked(image: Image.Image, every: Sequence[Blackout]) -> Image.Image:
    """Return a fresh picture of a page with rectangles burnt in: all black first, then labels."""
    page = _fresh(image)
    pen = ImageDraw.Draw(page)
    black, white = (0, 255) if page.mode in {"1", "L"} else ("black", "white")
    for blackout in every:
        left, top, width, height = blackout.box
        pen.rectangle((left, top, left + width - 1, top + height - 1), fill=black)
    for place, blackout in enumerate(every):
        label = _fitting(blackout)
        if label is None:
            continue
        at, mask = label
        area = (at[0] - 2, at[1] - 2, mask.width + 4, mask.height + 4)
        others = (*every[:place], *every[place + 1 :])
        # A label across the border of another box would look like a letter left standing.
        if any(_meet(area, other.box) for other in others):
            continue
        page.paste(white, at, mask)
    return page


def _meet(one: Rectangle, other: Rectangle) -> bool:
    return (
        one[0] < other[0] + other[2]
        and other[0] < one[0] + one[2]
        and one[1] < other[1] + other[3]
        and other[1] < one[1] + one[3]
    )


def _fresh(image: Image.Image) -> Image.Image:
    """Return the pixels alone, on white where they are see-through."""
    if image.mode not in {"1", "L", "RGB"}:
        clear = image.convert("RGBA")
        page = Image.new("RGB", image.size, "white")
        page.paste(clear, mask=clear.getchannel("A"))
        return page
    page = Image.new(image.mode, image.size)
    page.paste(image)
    return page


def _fitting(blackout: Blackout) -> tuple[tuple[int, int], Image.Image] | None:
    """Return where a label goes and its bitmap; None where it does not fit."""
    left, top, width, height = blackout.box
    if not blackout.label:
        return None
    for points in _LABEL_POINTS:
        letters: Face = face(Family.SANS, points, bold=True)
        mask = letters.drawn(blackout.label).mask
        if mask is None:
            return None
        if mask.width + 2 * _LABEL_MARGIN <= width and mask.height + 2 * _LABEL_MARGIN <= height:
            at = left + (width - mask.width) // 2, top + (height - mask.height) // 2
            return at, mask
    return None
