"""Write the files of one document: its native and text, then its page images.

The second pass. Both callables go to workers and write into the volume's folder, each only files
named by its own document's Bates numbers, so two never meet and a repeated run writes the same. The
original name of a native stays in the load file; here only its extension matters, and the content
decides: an extension that belies the content would be opened by the wrong program.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from PIL.Image import Image

from forthwith.domain.documents import Document
from forthwith.domain.evidence import Fault, FaultReason, Kind, Limits
from forthwith.domain.redactions import BurntBox, Rectangle
from forthwith.formats.sniff.media_names import extension_for, row_of
from forthwith.loadfiles import dat
from forthwith.produce import plan, replaced
from forthwith.produce.burn import Blackout, blacked
from forthwith.produce.clock import Clock
from forthwith.produce.data_file import File
from forthwith.produce.imager import Imager, Pages
from forthwith.produce.in_order import Access, guarded
from forthwith.produce.plan import Planned, Sheet, Words, lines
from forthwith.produce.redacted import RedactedReading, pages_for, rebuilt
from forthwith.standards.loader import TextRules

_BLANK = re.compile(rb"\r?\n\r?\n")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAIL = frozenset({Kind.EMAIL, Kind.CALENDAR, Kind.CONTACT})
_MESSAGE, _OUTLOOK = "message/rfc822", "application/vnd.ms-outlook"


def extension(document: Document, native: bytes) -> str:
    """Return the extension under which `native` is delivered, upper case: "EML", "XLSX"."""
    if _is_message(document) and native.startswith(_OLE):
        return "MSG"
    if _is_message(document) and document.media_type != _MESSAGE:
        # A store keeps properties, not files: what is delivered was written for the production.
        return "EML"
    return extension_for(document.media_type, document.name).removeprefix(".").upper() or "BIN"


def _is_message(document: Document) -> bool:
    if document.media_type in {_MESSAGE, _OUTLOOK}:
        return True
    return document.kind in _MAIL and not row_of(document.media_type).extensions


def delivered_type(document: Document, extension_given: str) -> str:
    """Return the media type of the native under that extension."""
    if _is_message(document) and extension_given in {"EML", "MSG"}:
        return _MESSAGE if extension_given == "EML" else _OUTLOOK
    return document.media_type or "application/octet-stream"


def header_of(native: bytes, extension_given: str) -> str:
    """Return the header block of a delivered message, for one whose source kept none."""
    if extension_given != "EML":
        return ""
    end = _BLANK.search(native)
    return native[: end.start() if end else len(native)].decode("utf-8", "replace")


def written_from_store(document: Document) -> bool:
    """Return True for a message that was properties, not a file, and was written as one for us.

    So are items of a PST or OST (notes, tasks and journal entries too), and messages attached
    inside an Outlook message.
    """
    if document.media_type != _MESSAGE:
        return False
    return any(field.origin.startswith("mapi:") for field in document.fields.values())


NO_TEXT = "[This document has no text that could be extracted.]"
_LINE_END = re.compile("\r\n|\r|\n")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Delivered:
    """Native and text of one document."""

    text: File
    native: File | None = None
    media_type: str = ""
    #: Header block of a message that was written for the production; "" for any other.
    header: str = ""
    #: True when there is no text and a line in brackets says so.
    no_text: bool = False
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Imaged:
    """Page images of one document, in order."""

    pages: tuple[File, ...]
    faults: tuple[Fault, ...] = ()
    #: What is burnt into them, and what of a page is not as it was drawn; "" where all is.
    boxes: tuple[BurntBox, ...] = ()
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Write:
    """Writes native and text."""

    access: Access
    root: Path
    per_folder: int
    text: TextRules
    #: Whether the load file gives the natives' SHA-1 too.
    sha1: bool = False
    #: Zone in which texts give the instants of messages; None leaves them as they were read.
    clock: Clock | None = None
    limits: Limits = field(default_factory=Limits)

    def __call__(self, planned: Planned) -> Delivered:
        """Write both; what cannot be had again becomes a Fault beside them."""
        if planned.withheld:
            return self.bare(planned)
        if planned.reading is not None:
            return self._redacted(planned, planned.reading)
        document = planned.collected
        native = None
        if planned.native_slot is not None:
            native = guarded(lambda: self.access.native(document))
        text = guarded(lambda: self.access.text(document))
        faults = tuple(result for result in (native, text) if isinstance(result, Fault))
        unread = isinstance(text, Fault)
        words = "" if isinstance(text, Fault) else text
        if self.clock is not None:
            words = self.clock.text_of(document, words)
        written = words if words.strip() else "\n".join(planned.lines) or NO_TEXT
        kept, lost = self._text(planned, written)
        faults = (*faults, *lost)
        if not isinstance(native, bytes) or planned.native_slot is None:
            return Delivered(kept, no_text=unread or not words.strip(), faults=faults)
        kind = extension(document, native)
        file = self._native(planned, planned.native_slot, kind, native)
        media_type = delivered_type(document, kind)
        header = header_of(native, kind) if written_from_store(document) else ""
        return Delivered(kept, file, media_type, header, unread or not words.strip(), faults)

    def _redacted(self, planned: Planned, reading: RedactedReading) -> Delivered:
        """Write what is left of a redacted document, and the file built for it where one is."""
        words = reading.text
        kept, lost = self._text(planned, words if words.strip() else "\n".join(planned.lines))
        if planned.native_slot is None or not reading.rebuilt:
            return Delivered(kept, no_text=reading.no_text or not words.strip(), faults=lost)
        built = guarded(
            lambda: rebuilt(self.access, planned.collected, planned.redactions, self.limits)
        )
        if isinstance(built, Fault):
            return Delivered(kept, faults=(*lost, built))
        file = self._native(planned, planned.native_slot, built.extension, built.data)
        return Delivered(kept, file, built.media_type, faults=lost)

    def bare(self, planned: Planned) -> Delivered:
        """Write what the slip-sheet says as text, and no native."""
        kept, lost = self._text(planned, "\n".join(planned.lines) or NO_TEXT)
        return Delivered(kept, no_text=True, faults=lost)

    def _native(self, planned: Planned, slot: int, kind: str, data: bytes) -> File:
        folder = plan.folder(slot, self.per_folder)
        path = f"{plan.NATIVES}/{folder}/{planned.first}.{kind}"
        return put(self.root, path, data, md5=True, sha1=self.sha1)

    def _text(self, planned: Planned, text: str) -> tuple[File, tuple[Fault, ...]]:
        """Write the text; a Fault says where its encoding has not all of its characters."""
        folder = plan.folder(planned.text_slot, self.per_folder)
        path = f"{plan.TEXT}/{folder}/{planned.first}.TXT"
        plain = _SURROGATE.sub("\ufffd", _LINE_END.sub("\r\n", text))
        encoding = text_encoding(self.text, plain)
        file = put(self.root, path, dat.encode(plain, encoding))
        if dat.holds(encoding, plain):
            return file, ()
        detail = f'its text has characters that {encoding} has not; a "?" stands for each'
        return file, (Fault(FaultReason.UNDECODABLE, detail),)


def text_encoding(rules: TextRules, text: str = "") -> str:
    """Return the encoding a text is written in under `rules`.

    Where the whole production must have one, it is the first that holds every character there is,
    so that none is lost; else it is the first that holds this text. Where none does, the first.
    """
    for encoding in rules.encodings:
        if encoding.startswith("utf"):
            return encoding
        if not rules.one_encoding_per_production and dat.holds(encoding, text):
            return encoding
    return rules.encodings[0]


@dataclass(frozen=True, slots=True)
class Paint:
    """Writes page images; a page that cannot be painted becomes a slip-sheet under its number."""

    access: Access
    imager: Imager
    root: Path
    per_folder: int
    legend: str
    words: Words
    #: Folder of the volume this one replaces; None for a new one.
    earlier: Path | None = None
    #: Seconds in which the pages of one document are drawn.
    seconds: float = Limits().draw_seconds
    limits: Limits = field(default_factory=Limits)

    def __call__(self, planned: Planned) -> Imaged:
        """Paint, endorse and write every page; those drawn alike before are taken over."""
        return self.drawn(planned)

    def drawn(
        self,
        planned: Planned,
        without: Mapping[int, Fault] | None = None,
        at: Callable[[int], None] | None = None,
    ) -> Imaged:
        """Paint a document but for pages that cannot be, counted from 0, with their Faults.

        `at` is told each page before it is begun.
        """
        if (kept := self._kept(planned)) is not None:
            return kept
        if planned.counted.sheet:
            return self.sheets(planned)
        pages = pages_for(
            self.imager,
            self.access,
            planned.collected,
            planned.redactions,
            self.limits,
            barred=planned.barred or planned.bare,
        )
        if isinstance(pages, Fault):
            return self.sheets(planned.as_sheet(Sheet.TECHNICAL, self.words, pages), pages)
        return self._painted(planned, pages, without or {}, at or (lambda _: None))

    def _kept(self, planned: Planned) -> Imaged | None:
        """Take over the pages as they went out; None where they must be drawn."""
        if self.earlier is None or not planned.kept:
            return None
        pages = tuple(
            replace(file, path=f"{plan.IMAGES}/{self._folder(planned, index)}/{name}")
            for index, file in enumerate(planned.kept)
            for name in (file.path.rpartition("/")[2],)
        )
        moved = [(file, page.path) for file, page in zip(planned.kept, pages, strict=True)]
        if replaced.take_over(self.earlier, self.root, moved):
            return Imaged(pages)
        clear(self.root, planned, self.per_folder, images=True)
        return None

    def _folder(self, planned: Planned, index: int) -> str:
        return plan.folder(planned.image_slot + index, self.per_folder)

    def sheets(self, planned: Planned, *faults: Fault) -> Imaged:
        """Write a slip-sheet under every number of the document."""
        words = planned.lines or lines(Sheet.TECHNICAL, planned.document, self.words)
        numbers = range(planned.numbers.pages)
        written = tuple(self._put(planned, number, self._sheet(words)) for number in numbers)
        return Imaged(written, faults)

    def _sheet(self, words: tuple[str, ...]) -> Image:
        return self.imager.slip_sheet(words)

    def _painted(
        self,
        planned: Planned,
        pages: Pages,
        without: Mapping[int, Fault],
        at: Callable[[int], None],
    ) -> Imaged:
        written: list[File] = []
        boxes: list[BurntBox] = []
        wrong = ""
        deadline, late = time.monotonic() + self.seconds, 0
        faults: list[Fault] = []
        if pages.count != planned.numbers.pages:
            detail = f"{planned.numbers.pages} pages counted, {pages.count} painted"
            faults.append(Fault(FaultReason.DISAGREEMENT, detail))
        for index in range(planned.numbers.pages):
            at(index)
            if late or time.monotonic() > deadline:
                late += 1
                written.append(self._put(planned, index, self._late(planned)))
                continue
            paint = partial(pages.paint, index)
            page = without[index] if index in without else guarded(paint)
            if isinstance(page, Fault):
                faults.append(Fault(page.reason, f"page {index + 1}: {page.detail}"))
                page = self._sheet(lines(Sheet.TECHNICAL, planned.document, self.words, page))
            elif planned.reading and (black := planned.reading.black.get(index + 1)):
                burnt = self._burnt(planned, index, page, black)
                written.append(burnt.file)
                boxes += burnt.boxes
                wrong = wrong or burnt.wrong
                continue
            written.append(self._put(planned, index, page))
        if late:
            detail = (
                f"drawing stopped after {self.seconds:g} s (limits.draw_seconds in matter.toml); "
                f"the last {late:,} of {planned.numbers.pages:,} pages are slip-sheets"
            )
            faults.append(Fault(FaultReason.TOO_SLOW, detail))
        return Imaged(tuple(written), (*faults, *pages.faults), tuple(boxes), wrong)

    def _burnt(
        self, planned: Planned, index: int, page: Image, black: Sequence[Blackout]
    ) -> _Burnt:
        """Write one page with boxes burnt in, and prove it by the file as it lies there."""
        number = str(planned.numbers.first.plus(index))

        def draw(image: Image, boxes: Sequence[Rectangle]) -> Image:
            moved = [replace(each, box=box) for each, box in zip(black, boxes, strict=True)]
            return blacked(image, moved)

        made = self.imager.redact(page, number, self.legend, [each.box for each in black], draw)
        path = f"{plan.IMAGES}/{self._folder(planned, index)}/{number}.{made.kind}"
        file = put(self.root, path, made.data)
        wrong = made.wrong
        if (self.root / path).read_bytes() != made.data:
            wrong = "the file on the disk is not the one that was written"
        near = planned.reading.beside[index + 1] if planned.reading else (None,) * len(black)
        # Where a page was shrunk or scaled, ink is not where it was to the pixel.
        exact = made.share == 1.0 and made.kind.startswith("TI")
        boxes = tuple(
            BurntBox(number, box, pixels, beside if exact else None)
            for (box, pixels), beside in zip(made.boxes, near, strict=True)
        )
        return _Burnt(file, boxes, f"{number}: {wrong}" if wrong else "")

    def _late(self, planned: Planned) -> Image:
        fault = Fault(FaultReason.TOO_SLOW, "")
        return self._sheet(lines(Sheet.TECHNICAL, planned.document, self.words, fault))

    def _put(self, planned: Planned, index: int, page: Image) -> File:
        number = str(planned.numbers.first.plus(index))
        folder = self._folder(planned, index)
        data, kind = self.imager.encode(self.imager.endorse(page, number, self.legend))
        return put(self.root, f"{plan.IMAGES}/{folder}/{number}.{kind}", data)


@dataclass(frozen=True, slots=True)
class _Burnt:
    """One page with boxes burnt in."""

    file: File
    boxes: tuple[BurntBox, ...]
    wrong: str


def put(root: Path, path: str, data: bytes, *, md5: bool = False, sha1: bool = False) -> File:
    """Write one file of the volume, in place of any of the same name and other extension."""
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    digests = [
        hashlib.new(name, data, usedforsecurity=False).hexdigest() if wanted else ""
        for name, wanted in (("md5", md5), ("sha1", sha1))
    ]
    return File(path, len(data), hashlib.sha256(data).hexdigest(), *digests)


def clear(root: Path, planned: Planned, per_folder: int, *, images: bool) -> None:
    """Remove what a worker that died may have left of one document."""
    if images:
        for index in range(planned.numbers.pages):
            number = str(planned.numbers.first.plus(index))
            folder = plan.folder(planned.image_slot + index, per_folder)
            _remove(root / plan.IMAGES / folder, number)
        return
    _remove(root / plan.TEXT / plan.folder(planned.text_slot, per_folder), planned.first)
    if planned.native_slot is not None:
        folder = plan.folder(planned.native_slot, per_folder)
        _remove(root / plan.NATIVES / folder, planned.first)


def _remove(folder: Path, stem: str) -> None:
    for left in folder.glob(f"{stem}.*"):
        left.unlink()
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def drop_empty(root: Path) -> None:
    """Remove empty folders: the manifest names files, and a folder without any is no part of it."""
    for folder in sorted(root.rglob("*"), reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
