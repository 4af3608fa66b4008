"""Painting the pages of one document at a time, inside a worker: nothing here runs in the server.

What is read is hostile. A worker is shut in as those of a production are; it opens the evidence and
the row store, and gives back bytes of pictures and words with their boxes. It keeps what it has
open: the next page of a document does not decode its native again.
"""

from __future__ import annotations

import functools
import io
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from forthwith.domain import fields
from forthwith.domain.documents import Document
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import Budget, Fault, FaultReason, Hint, Kind, Limits
from forthwith.domain.page_words import PageWord
from forthwith.formats.bytes.passwords import GIVEN
from forthwith.formats.unlocked import unlocked
from forthwith.process import received
from forthwith.process.reopen import Reopener
from forthwith.produce import imaging
from forthwith.produce.clock import Clock
from forthwith.produce.imager import Imager, parted
from forthwith.produce.imaging import pictures
from forthwith.produce.imaging.fingerprint import fingerprint
from forthwith.produce.imaging.message import Shown, shown_of
from forthwith.produce.imaging.pdf import CannotOpenPdfError, pdf_pages
from forthwith.produce.imaging.tone import any_colour, bilevel
from forthwith.produce.in_order import guarded
from forthwith.produce.page_words import words_of
from forthwith.record.evidence import EvidenceStore
from forthwith.record.room_store import RoomStore
from forthwith.standards.loader import ImageRules
from forthwith.workers.supervisor import Beat

#: Documents a worker keeps open.
KEPT = 3
#: How the locator of a document begins that is a row of a received volume.
_ROW = "row:"
#: Quality of a page in colour, as it is produced.
_QUALITY = 85


@dataclass(frozen=True, slots=True)
class Setting:
    """What a worker needs to open documents of a matter."""

    store: Path
    evidence: Path
    limits: Limits
    rules: ImageRules
    clock: Clock
    passwords: tuple[str, ...] = field(default=(), repr=False)

    def starter(self) -> Callable[[], Callable[[Asked | AskedBody, Beat], Any]]:
        """Return what starts the work in a worker."""
        return functools.partial(_start, self)


@dataclass(frozen=True, slots=True)
class Asked:
    """One page of one document; or, from `first` to before `last`, the words of many."""

    digest: str
    place: int
    first: int
    #: `first` + 1 for the page itself.
    last: int
    #: The picture is wanted too.
    picture: bool = True
    #: Words are wanted only where they leave ink, which takes painting.
    inked: bool = True


@dataclass(frozen=True, slots=True)
class Painted:
    """What came of it."""

    #: Pages of the document; 0 where it has none.
    count: int
    #: PNG, or JPEG of a page in colour; b"" where no picture was asked for or there is no page.
    picture: bytes = b""
    #: Words of each page asked for.
    words: tuple[tuple[PageWord, ...], ...] = ()
    #: Width and height of the page, pixels.
    size: tuple[int, int] = (0, 0)
    #: Of the page: the same fingerprint is the same page (`imaging.fingerprint`).
    fingerprint: str = ""
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class AskedBody:
    """What a message or a page of the web says in HTML, made into one page that is safe to show."""

    digest: str
    place: int
    #: Makes the page: a function of a module, for it is called in the worker.
    safe: Callable[[Shown], str]


@dataclass(frozen=True, slots=True)
class Body:
    """That page; "" where a document has no HTML of its own."""

    page: str


def _start(setting: Setting) -> Callable[[Asked | AskedBody, Beat], Any]:
    return _Painting(setting).work


class _Painting:
    """The work of one worker."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._store = RoomStore(setting.store)
        self._reopener = Reopener(setting.evidence, setting.limits, setting.passwords)
        self._imager = imaging.imager(setting.rules, setting.clock, setting.limits)
        self._open: OrderedDict[str, imaging.Pages] = OrderedDict()

    def work(self, asked: Asked | AskedBody, beat: Beat) -> Painted | Body | Fault:
        """Do what is asked for; a Fault stands for a document or page that cannot be drawn."""
        if isinstance(asked, AskedBody):
            beat.at("body")
            return guarded(lambda: self._body(asked))
        beat.at("document")
        result = guarded(lambda: self._work(asked, beat))
        if isinstance(result, Fault):
            self._open.pop(asked.digest, None)
        return result

    def _work(self, asked: Asked, beat: Beat) -> Painted | Fault:
        pages = self._pages(asked)
        if isinstance(pages, Fault):
            return pages
        if asked.first >= pages.count:
            return Painted(pages.count, faults=pages.faults)
        words, picture, size, drawn = [], b"", (0, 0), ""
        for number in range(asked.first, min(asked.last, pages.count)):
            beat.at(f"page {number}")
            # Words of pages that were set here are known without painting.
            if not asked.picture and (not asked.inked or pages.pdf is None):
                words.append(words_of(pages, number, None))
                continue
            image = pages.paint(number)
            if pages.method != "delivered":
                drawn = fingerprint(image) if asked.picture else ""
                image = shown(image, self._setting.rules)
            words.append(words_of(pages, number, image))
            if asked.picture:
                picture, size = encoded(image), image.size
        return Painted(pages.count, picture, tuple(words), size, drawn, pages.faults)

    def _body(self, asked: AskedBody) -> Body | Fault:
        document = self._store.information(asked.place)
        web = imaging.is_web_page(document)
        if document.kind is not Kind.EMAIL and not web:
            return Body("")
        native = self._native(document)
        if isinstance(native, Fault):
            return native
        if web:
            body = imaging.web_page(document, native)
        else:
            body = shown_of(native, self._store.text(asked.place)[0])
        return Body(asked.safe(body) if body.bodies else "")

    def _pages(self, asked: Asked) -> imaging.Pages | Fault:
        if (pages := self._open.get(asked.digest)) is not None:
            self._open.move_to_end(asked.digest)
            return pages
        document = self._store.information(asked.place)
        if (step := document.locator.partition("/")[0]).startswith(_ROW):
            return self._kept(asked.digest, self._delivered(document, step))
        text, _ = self._store.text(asked.place)
        opened = opened_pages(self._imager, document, text, self._native)
        return opened if isinstance(opened, Fault) else self._kept(asked.digest, opened)

    def _kept(self, digest: str, pages: imaging.Pages) -> imaging.Pages:
        self._open[digest] = pages
        while len(self._open) > KEPT:
            self._open.popitem(last=False)
        return pages

    def _delivered(self, document: Document, step: str) -> imaging.Pages:
        """Return the images the other side delivered for a row, as they are: none is painted."""
        store = EvidenceStore(self._setting.evidence)
        if document.locator != step:
            # What lies inside a delivered native has no pages of its own.
            return imaging.Pages(0, "delivered", _no_page)
        pages = received.pages(store, document.blob, step)

        def paint(number: int) -> Image.Image:
            page = pages[number]
            with store.open(page.blob) as source:
                return delivered(source.read(0, source.size), page, self._setting.limits.pixels)

        return imaging.Pages(len(pages), "delivered", paint)

    def _native(self, document: Document) -> bytes | Fault:
        """Return the bytes whose pages are drawn, decrypted where they are encrypted."""
        if not document.sha256:
            first = next(iter(document.faults), None)
            return first or Fault(FaultReason.MISSING, "its bytes were never had", lost=True)
        native = self._reopener.open(document.blob, "", document.locator, document.sha256)
        if isinstance(native, Fault) or document.text_of(fields.ENCRYPTED) != GIVEN:
            return native
        hint = Hint("", document.media_type, Budget(self._setting.limits),
                    passwords=self._setting.passwords)  # fmt: skip
        try:
            return unlocked(native, hint)
        except UnreadableError as unreadable:
            return unreadable.fault


def opened_pages(
    imager: Imager,
    document: Document,
    text: str,
    native_of: Callable[[Document], bytes | Fault],
) -> imaging.Pages | Fault:
    """Return the pages of a document as it would be produced; none where it has no image."""
    if not imager.imaged(document):
        return imaging.Pages(0, "", _no_page)
    native = native_of(document)
    if isinstance(native, Fault):
        return native
    attached, body = parted(document, text)
    pages: imaging.Pages = imager.pages_of(document, native, body, attached)  # type: ignore[assignment]
    return pages


def delivered(data: bytes, page: received.DeliveredPage, most: int) -> Image.Image:
    """Return one delivered page image, pixel for pixel; one that cannot be read says so."""
    try:
        if page.kind == "pdf":
            return pdf_pages(data).paint(page.frame)
        with pictures.opened(data, most) as picture:
            picture.seek(page.frame)
            if picture.width * picture.height > most:
                raise pictures.PictureTooLargeError(picture.width, picture.height, most)
            return picture.convert("1") if picture.mode == "1" else pictures.on_white(picture)
    except (*pictures.BROKEN, CannotOpenPdfError) as error:
        return imaging.slip_sheet([f"{page.key} cannot be shown as delivered", str(error)[:200]])


def _no_page(number: int) -> Image.Image:
    raise IndexError(number)


def shown(image: Image.Image, rules: ImageRules) -> Image.Image:
    """Return a painted page as the standard has it: colour where it allows some, else 1-bit."""
    if rules.colour and any_colour(image):
        return image
    return bilevel(image)


def encoded(image: Image.Image) -> bytes:
    """Return a page for a browser: PNG, or JPEG for one in colour (as it would be produced)."""
    out = io.BytesIO()
    if image.mode == "RGB":
        image.save(out, "JPEG", quality=_QUALITY)
    else:
        image.save(out, "PNG")
    return out.getvalue()
