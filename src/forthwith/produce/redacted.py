"""A redacted document as it goes out: what is left of its words, its pages, or a file built anew.

A first pass over the redacted documents alone, before anything of a volume is written. It proves
that each redaction lies on the page, or the file, that it was drawn on; takes the text of what is
left; and notes the passages that are hidden, for they may stand in a cell of a load file too. The
second pass burns the boxes, and builds the same files again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from PIL import Image

from forthwith.domain.documents import Document
from forthwith.domain.evidence import Fault, FaultReason, Limits
from forthwith.domain.page_words import PageWord
from forthwith.domain.redactions import (
    Passage,
    Reason,
    Rectangle,
    Redaction,
    Redactions,
    Shape,
)
from forthwith.plain.counting import count
from forthwith.produce import border_ink, redacted_sheet, redacted_sound
from forthwith.produce.burn import Blackout, blackouts, catches, even
from forthwith.produce.imager import Imager, Pages, pages_of
from forthwith.produce.imaging.fingerprint import fingerprint
from forthwith.produce.in_order import Access, guarded
from forthwith.produce.page_words import words_of
from forthwith.produce.redacted_text import RedactedPageText, page_text

_NATIVE = frozenset({Shape.CELLS, Shape.SECONDS})


@dataclass(frozen=True, slots=True)
class RedactedReading:
    """What the first pass found of one document."""

    control: str
    #: What goes out as its text.
    text: str = field(default="", repr=False)
    passages: tuple[Passage, ...] = field(default=(), repr=False)
    #: Page, from 1 -> what is burnt into it, pixels at 300 dpi; and, in the same order, where ink
    #: that touches it is of no word inside (None: nobody can say).
    black: Mapping[int, tuple[Blackout, ...]] = field(default_factory=dict)
    beside: Mapping[int, tuple[tuple[Rectangle, ...] | None, ...]] = field(default_factory=dict)
    #: Why its redactions cannot be burnt as they were drawn; "" where they can.
    stale: str = ""
    #: A file is built in place of its native.
    rebuilt: bool = False
    #: Why nothing of it but a slip-sheet can go out; None where something can.
    barred: Fault | None = None
    #: No word of it could be told.
    no_text: bool = False
    #: Cells that stand and are computed from redacted ones.
    resting: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RebuiltNative:
    """A file built in place of a native."""

    data: bytes
    extension: str
    media_type: str
    text: str = field(repr=False)
    passages: tuple[Passage, ...] = field(default=(), repr=False)
    resting: tuple[str, ...] = ()


def on_native(redactions: Sequence[Redaction]) -> bool:
    """Say whether something is redacted that only a file built anew can leave out."""
    return any(redaction.covers and redaction.shape in _NATIVE for redaction in redactions)


def rebuilt(
    access: Access, document: Document, redactions: Sequence[Redaction], limits: Limits
) -> RebuiltNative | Fault:
    """Return the file that goes out in place of a native, or the Fault that bars it."""
    shapes = {redaction.shape for redaction in redactions if redaction.covers}
    if shapes >= _NATIVE:
        detail = "cells and seconds of it are redacted, and no file has both"
        return Fault(FaultReason.DISAGREEMENT, detail)
    native = access.shown(document)
    if isinstance(native, Fault):
        return native
    if Shape.SECONDS in shapes:
        sound = redacted_sound.rebuilt(document, native, redactions)
        if isinstance(sound, Fault):
            return sound
        return RebuiltNative(sound.data, "WAV", redacted_sound.MEDIA_TYPE, sound.text)
    book = redacted_sheet.rebuilt(document, native, redactions, limits)
    if isinstance(book, Fault):
        return book
    return RebuiltNative(
        book.data, "XLSX", redacted_sheet.MEDIA_TYPE, book.text, book.passages, book.resting
    )


def pages_for(
    imager: Imager,
    access: Access,
    document: Document,
    redactions: Sequence[Redaction],
    limits: Limits,
    *,
    barred: bool,
) -> Pages | Fault:
    """Return the pages of a document, of the file built for it where one is."""
    if not on_native(redactions):
        return pages_of(imager, access, document, barred=barred)
    book = rebuilt(access, document, redactions, limits)
    if isinstance(book, Fault):
        return book
    anew = replace(document, media_type=book.media_type, name=f"rebuilt.{book.extension.lower()}")
    return guarded(lambda: imager.pages_of(anew, book.data, book.text, ()))


@dataclass(frozen=True, slots=True)
class ReadRedacted:
    """The first pass over one redacted document; goes to workers."""

    access: Access
    imager: Imager
    redactions: Redactions
    reasons: tuple[Reason, ...]
    limits: Limits
    #: Widen boxes to whole lines.
    even: bool = False

    def __call__(self, document: Document) -> RedactedReading:
        """Return what is left of a document, and what is hidden."""
        control = str(document.control_number)
        redactions = self.redactions[control]
        names = {reason.name for reason in self.reasons}
        for redaction in redactions:
            if redaction.reason not in names:
                stale = (
                    f"redaction {redaction.id} has the reason {redaction.reason!r}, which the "
                    "standard of this volume does not name"
                )
                return RedactedReading(control, stale=stale)
        on_file = [each for each in redactions if each.covers and each.shape in _NATIVE]
        if not on_file:
            return self._of_pages(document, redactions)
        for redaction in on_file:
            if redaction.drawn_on != document.sha256:
                stale = f"redaction {redaction.id} was drawn on another file than the one there is"
                return RedactedReading(control, stale=stale)
        built = guarded(lambda: rebuilt(self.access, document, redactions, self.limits))
        if isinstance(built, Fault):
            return RedactedReading(control, barred=built)
        reading = RedactedReading(
            control, built.text, built.passages, rebuilt=True, resting=built.resting
        )
        boxed = [each for each in redactions if each.covers and each.shape not in _NATIVE]
        if not boxed:
            return reading
        # Words on boxed pages of a workbook are cells too: the file would show them.
        stale = (
            f"{count(len(boxed), 'box', 'boxes')} of its pages and cells of it are redacted; the "
            "file built anew would show what is under a box. Redact the cells instead"
        )
        return replace(reading, stale=stale)

    def _of_pages(self, document: Document, redactions: Sequence[Redaction]) -> RedactedReading:
        control = str(document.control_number)
        if document.lost or not self.imager.imaged(document):
            detail = "it is redacted and has no page images, so only this page goes out"
            return RedactedReading(control, barred=Fault(FaultReason.UNSUPPORTED, detail))
        pages = pages_for(self.imager, self.access, document, redactions, self.limits, barred=False)
        if isinstance(pages, Fault):
            return RedactedReading(control, barred=pages)
        past = [each for each in redactions if each.covers and each.page > pages.count]
        if past:
            stale = (
                f"redaction {past[0].id} is on page {past[0].page}, and it has "
                f"{count(pages.count, 'page')} today"
            )
            return RedactedReading(control, stale=stale)
        return self._read(control, pages, redactions)

    def _read(self, control: str, pages: Pages, redactions: Sequence[Redaction]) -> RedactedReading:
        deadline = time.monotonic() + self.limits.draw_seconds
        found: list[_PageRead] = []
        for index in range(pages.count):
            drawn = [each for each in redactions if each.covers and each.page == index + 1]
            image = None
            if time.monotonic() <= deadline:
                image = guarded(partial(pages.paint, index))
            if isinstance(image, Image.Image):
                page = self._page(control, pages, index, image, drawn)
            elif drawn:
                page = f"page {index + 1}, on which a box is drawn, cannot be painted today"
            else:
                page = _PageRead(page_text(control, (), ()))
            if isinstance(page, str):
                return RedactedReading(control, stale=page)
            found.append(page)
        return RedactedReading(
            control,
            "\n\n".join(page.left.text for page in found),
            tuple(passage for page in found for passage in page.passages),
            {number: page.black for number, page in enumerate(found, 1) if page.black},
            {number: page.beside for number, page in enumerate(found, 1) if page.black},
            no_text=all(page.left.wordless for page in found),
        )

    def _page(
        self,
        control: str,
        pages: Pages,
        index: int,
        image: Image.Image,
        drawn: Sequence[Redaction],
    ) -> _PageRead | str:
        """Return what is left of a page; or why what is drawn on it cannot be burnt."""
        mark = fingerprint(image) if drawn else ""
        for redaction in drawn:
            if redaction.drawn_on != mark:
                return _moved(redaction)
        shown = self.imager.shown(image)
        words = words_of(pages, index, shown)  # type: ignore[arg-type]
        black = blackouts(drawn, index + 1, image.size, self.reasons)
        cut = next((each for each in black if _cuts(each, words, image.size)), None)
        if cut is not None:
            return _cut(cut, index + 1)
        passages = page_text(control, words, black).passages
        # Words that a file says in place of those it draws may be hidden ones.
        plain = words_of(pages, index, shown, drawn=True)  # type: ignore[arg-type]
        left = page_text(control, plain, black)
        if self.even and black:
            black = tuple(replace(each, box=even(words, each.box, image.size)) for each in black)
            left = page_text(control, plain, black)
        # Of pages set here each word lies within its box to the pixel.
        known = getattr(pages, "pdf", None) is None
        beside = (None,) * len(black) if known else tuple(border_ink.beside(shown, black, words))
        return _PageRead(left, passages, black, beside)


@dataclass(frozen=True, slots=True)
class _PageRead:
    """What was read of one page."""

    left: RedactedPageText
    passages: tuple[Passage, ...] = ()
    black: tuple[Blackout, ...] = ()
    beside: tuple[tuple[Rectangle, ...] | None, ...] = ()


def _cuts(black: Blackout, words: Sequence[PageWord], size: tuple[int, int]) -> bool:
    """Say whether a rectangle leaves a part of a word it hides: it was not snapped to words."""
    if not black.redaction or black.whole:
        return False
    left, top, width, height = black.box
    return any(
        catches(black.box, word)
        and not (
            left <= max(0, word.x)
            and top <= max(0, word.y)
            and min(size[0], word.x + word.w) <= left + width
            and min(size[1], word.y + word.h) <= top + height
        )
        for word in words
    )


def _cut(black: Blackout, page: int) -> str:
    return (
        f"the box of redaction {black.redaction} on page {page} cuts through a word and leaves a "
        "part of it"
    )


def _moved(redaction: Redaction) -> str:
    return (
        f"page {redaction.page} is painted otherwise today than when redaction {redaction.id} was "
        f"drawn on it (by {redaction.who}, {redaction.at}), so the box may lie over other words"
    )
