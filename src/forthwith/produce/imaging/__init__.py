"""Page images: a document as the pages a reader would print, ready to be numbered.

Which documents are imaged, by which way, and what could not be drawn. Bates numbers, file names and
load files are the rest of `produce`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

from PIL import Image

from forthwith.domain.documents import Document
from forthwith.domain.evidence import Fault, FaultReason, Kind, Limits
from forthwith.formats.mail import web_archive
from forthwith.formats.pages.html import decode_html
from forthwith.formats.sniff.media_names import row_of
from forthwith.produce import imager as seam
from forthwith.produce.clock import Clock
from forthwith.produce.imaging import office
from forthwith.produce.imaging.blocks import strips as block_strips
from forthwith.produce.imaging.files import encode, endorse, redacted_page
from forthwith.produce.imaging.fonts import Family, without_glyph
from forthwith.produce.imaging.html import html_blocks
from forthwith.produce.imaging.message import Shown, Spoken, header_rows, header_strips, shown_of
from forthwith.produce.imaging.page import COLUMN, LEFT, Page, Strip, painted, stack, written
from forthwith.produce.imaging.pdf import CannotOpenPdfError, PdfPages, pdf_pages
from forthwith.produce.imaging.pictures import BROKEN, Inline, frames_of, page_of
from forthwith.produce.imaging.plain_text import slip_sheet, text_strips
from forthwith.produce.imaging.tone import any_colour, bilevel
from forthwith.standards.loader import ImageRules

__all__ = ["Pages", "encode", "endorse", "imaged", "imager", "pages_of", "slip_sheet"]

#: Pages set from text or HTML; a longer document ends with a page saying so.
TEXT_PAGES = 5_000
_MESSAGES = frozenset({Kind.EMAIL, Kind.CALENDAR, Kind.CONTACT, Kind.CHAT})


@dataclass(frozen=True, slots=True)
class Pages:
    """The page images of one document, drawn when asked for."""

    count: int
    #: How they are made: "pdfium", "mail", "text", "html", "image", "libreoffice".
    method: str
    _painter: Callable[[int], Image.Image]
    _known: tuple[Fault, ...] = ()
    #: Faults that show only in painting.
    _met: Callable[[], Iterable[Fault]] = tuple
    #: What stands on the pages, where they are set here, or the PDF they are drawn from.
    layout: Sequence[Page] = ()
    pdf: PdfPages | None = None

    def paint(self, number: int) -> Image.Image:
        """Draw page `number`, counted from 0. Raises IndexError outside the document."""
        if not 0 <= number < self.count:
            msg = f"page {number} of a document of {self.count}"
            raise IndexError(msg)
        return self._painter(number)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is not on the images; complete once every page is painted."""
        return (*self._known, *self._met())


def imager(
    rules: ImageRules, clock: Clock | None = None, limits: Limits | None = None
) -> seam.Imager:
    """Return the imaging of this package, by a standard's rules; times are those of `clock`."""
    return seam.Imager(
        imaged,
        partial(pages_of, clock=clock, limits=limits),
        slip_sheet,
        partial(endorse, place=rules.endorse),
        partial(
            encode,
            dpi=rules.dpi,
            black_white=rules.black_white[0].upper(),
            colour=rules.colour[0].upper() if rules.colour else "",
        ),
        partial(shown, colour=bool(rules.colour)),
        partial(
            redacted_page,
            place=rules.endorse,
            dpi=rules.dpi,
            black_white=rules.black_white[0].upper(),
            colour=rules.colour[0].upper() if rules.colour else "",
        ),
    )


def shown(image: Image.Image, *, colour: bool) -> Image.Image:
    """Return a painted page as a standard has it: colour where it allows some, else 1-bit."""
    return image if colour and any_colour(image) else bilevel(image)


def imaged(document: Document) -> bool:
    """Say whether a document gets page images; otherwise a slip-sheet stands for it."""
    if document.lost or document.kind == Kind.CONTAINER:
        return False
    if document.kind in _MESSAGES:
        return True
    way = row_of(document.media_type).imaged
    return office.available() if way == "office" else bool(way)


def pages_of(
    document: Document,
    native: bytes | None,
    text: str,
    attachments: Sequence[str] = (),
    clock: Clock | None = None,
    limits: Limits | None = None,
) -> Pages:
    """Return the page images of a document `imaged` says yes to.

    `attachments` are the names shown in a mail's header block, those in an EML native unless
    given. A document that cannot be drawn after all, or has more pages or pixels than `limits`
    allow, is one page saying so, with a Fault.
    """
    limits = limits or Limits()
    if document.kind in _MESSAGES:
        return _message(document, native, text, attachments, clock)
    if native is not None:
        match row_of(document.media_type).imaged:
            case "pdf":
                return _pdf(native, "pdfium", limits)
            case "picture":
                return _picture(native, limits)
            case "html":
                return _rendered(web_page(document, native), "html")
            case "office":
                return _office(native, document.media_type, limits)
    return _set(text_strips(text), "text")


def is_web_page(document: Document) -> bool:
    """Say whether a document is HTML, alone or with its parts in an archive."""
    return document.kind not in _MESSAGES and row_of(document.media_type).imaged == "html"


def web_page(document: Document, native: bytes) -> Shown:
    """Return the HTML of a document `is_web_page` says yes to, with what it shows."""
    if document.media_type in web_archive.MEDIA_TYPES:
        pages, parts = web_archive.pages(native)
        return Shown(tuple(Spoken(page) for page in pages), parts)
    return Shown((Spoken(decode_html(native).text),))


def _message(
    document: Document,
    native: bytes | None,
    text: str,
    attachments: Sequence[str],
    clock: Clock | None,
) -> Pages:
    shown = Shown()
    if document.kind == Kind.EMAIL and native is not None:
        shown = shown_of(native, text)
    rows = header_rows(document, attachments or shown.attachments, clock)
    if clock is not None and document.kind is not Kind.EMAIL:
        text = clock.text_of(document, text)
    if shown.bodies:
        return _rendered(shown, "mail", tuple(header_strips(rows)))
    family, points = (Family.SANS, 10.0) if document.kind != Kind.EMAIL else (Family.MONO, 9.5)
    body = text_strips(text, family=family, points=points, marked=False)
    return _set(chain(header_strips(rows), body), "mail")


def _rendered(shown: Shown, method: str, heading: Iterable[Strip] = ()) -> Pages:
    """Set bodies under each other; pictures that could not be shown become Faults."""
    inline = Inline(shown.parts or {})
    strips: list[Iterable[Strip]] = [heading]
    faults: tuple[Fault, ...] = ()
    for body in shown.bodies:
        if body.html:
            blocks, cut = html_blocks(body.html, inline)
            strips.append(block_strips(blocks, LEFT, COLUMN))
            faults = (*faults, *cut)
        if body.plain:
            strips.append(text_strips("\n" + body.plain, marked=False))
    for sentence, times in Counter(inline.failed).items():
        count = f" ({times} times)" if times > 1 else ""
        faults = (*faults, Fault(FaultReason.CORRUPT, f"{sentence}{count}"))
    return _set(chain.from_iterable(strips), method, faults)


def _set(strips: Iterable[Strip], method: str, faults: tuple[Fault, ...] = ()) -> Pages:
    """Put strips on pages; a cut and characters without a glyph become Faults."""
    pages, cut = stack(strips, TEXT_PAGES)
    count = len(pages)
    if cut:
        sentence = f"only the first {count:,} pages are imaged; the text file holds the whole"
        faults = (*faults, Fault(FaultReason.TOO_LARGE, sentence))
    characters = written(pages)
    if missing := without_glyph(characters):
        faults = (*faults, _no_glyph(missing, characters))

    def paint(number: int) -> Image.Image:
        if number == count:
            return slip_sheet([f"Imaging stopped after {count:,} pages", "See the native file"])
        return painted(pages[number])

    return Pages(count + cut, method, paint, faults, layout=pages)


def _no_glyph(missing: set[str], characters: str) -> Fault:
    times = sum(characters.count(char) for char in missing)
    named = " ".join(f"U+{ord(char):04X}" for char in sorted(missing)[:12])
    more = " and others" if len(missing) > 12 else ""
    detail = f"{times:,} characters have no glyph and are drawn as boxes: {named}{more}"
    return Fault(FaultReason.UNDECODABLE, detail)


def _failed(fault: Fault, method: str) -> Pages:
    """Return the one page that stands for a document which could not be drawn."""
    return Pages(
        1, method, lambda _: slip_sheet(["This file could not be rendered", fault.detail]), (fault,)
    )


def _too_many(what: str, count: int, most: int, method: str) -> Pages:
    """Return the one page that stands for a document of more pages than are drawn.

    Half of them would be taken for the whole; its native and its text hold all.
    """
    detail = (
        f"{what} {count:,} pages; of more than {most:,} none is drawn (limits.pages in "
        "matter.toml); see the native"
    )
    return _failed(Fault(FaultReason.TOO_MANY, detail), method)


def _pdf(data: bytes, method: str, limits: Limits) -> Pages:
    try:
        pdf = pdf_pages(data)
    except CannotOpenPdfError as error:
        return _failed(error.fault, method)
    if (count := pdf.count) > limits.pages:
        return _too_many("the file has", count, limits.pages, method)
    return Pages(count, method, pdf.paint, (), pdf.faults.values, pdf=pdf)


def _picture(data: bytes, limits: Limits) -> Pages:
    met: dict[int, Fault] = {}
    try:
        frames, whole = frames_of(data, limits.pixels)
    except BROKEN as error:
        detail = f"the image could not be rendered ({_sentence(error)})"
        return _failed(Fault(_reason(error), detail), "image")
    if frames > limits.pages:
        return _too_many("the image file has", frames, limits.pages, "image")
    known: tuple[Fault, ...] = ()
    if not whole:
        detail = f"the image file is damaged after frame {frames:,}; later frames are not imaged"
        known = (Fault(FaultReason.CORRUPT, detail),)

    def paint(number: int) -> Image.Image:
        try:
            return page_of(data, number, limits.pixels)
        except BROKEN as error:
            detail = f"frame {number + 1} could not be rendered ({_sentence(error)})"
            met[number] = Fault(_reason(error), detail)
            return slip_sheet([f"Image {number + 1} could not be rendered", "See the native file"])

    return Pages(frames, "image", paint, known, met.values)


def _sentence(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]


def _reason(error: BaseException) -> FaultReason:
    large = isinstance(error, Image.DecompressionBombError) or "at most" in str(error)
    return FaultReason.TOO_LARGE if large else FaultReason.CORRUPT


def _office(data: bytes, media_type: str, limits: Limits) -> Pages:
    try:
        converted = office.as_pdf(data, media_type)
    except office.ConversionError as error:
        # That no PDF came says nothing of the document: LibreOffice may be installed in part.
        missing = not office.available()
        reason = FaultReason.NO_TOOL if missing else FaultReason.UNSUPPORTED
        return _failed(Fault(reason, str(error)), "libreoffice")
    return _pdf(converted, "libreoffice", limits)
