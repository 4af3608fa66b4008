"""The plan of a volume: every document with its pages counted, its numbers and its places.

The first of two passes. After it nothing about the volume is open but the files themselves: where
a document has no image of its own, what its slip-sheet says is fixed here too. Names of files come
from Bates numbers, and never too many lie in one folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.evidence import Fault, Kind, Limits
from forthwith.domain.redactions import Redaction, Redactions
from forthwith.produce.data_file import File
from forthwith.produce.imager import Imager
from forthwith.produce.in_order import Access, Run, in_order
from forthwith.produce.numbering import Numbers, numbered
from forthwith.produce.order import ProductionOrder
from forthwith.produce.redacted import RedactedReading, on_native, pages_for
from forthwith.produce.selection import Selection
from forthwith.produce.uncovered import Uncovered


class Sheet(StrEnum):
    """Why a document is shown by a slip-sheet."""

    #: It is not: it is imaged.
    NONE = ""
    NATIVE = "native"
    WITHHELD = "withheld"
    #: Its native would carry a withheld document inside it.
    NATIVE_WITHHELD = "native withheld"
    #: Words of it are redacted, and neither pages nor a file built anew can leave them out.
    REDACTED = "redacted"
    #: Its native would carry a redacted document inside it.
    NATIVE_REDACTED = "native redacted"
    UNPROCESSABLE = "unprocessable"
    #: An archive or mailbox that could not be expanded, or not wholly.
    CONTAINER = "container"
    TECHNICAL = "technical"


@dataclass(frozen=True, slots=True)
class Words:
    """What slip-sheets of a volume refer to."""

    #: The standard's own words for a native without image.
    placeholder: str
    #: File name of the exceptions log.
    log: str


def lines(
    sheet: Sheet, document: Document, words: Words, fault: Fault | None = None, entry: str = ""
) -> tuple[str, ...]:
    """Return what a slip-sheet says; of a withheld document nothing but its log entry."""
    see = f"See the exceptions log: {words.log}"
    why = fault or next((fault for fault in document.faults if fault.lost), None)
    reason = () if why is None else (f"Reason: {why.reason}",)
    if sheet is Sheet.WITHHELD:
        return (f"Document Withheld for Privilege - Log No. {entry}",)
    name = (document.name,) if document.name else ()
    if sheet is Sheet.NATIVE:
        return (words.placeholder, *name)
    if sheet is Sheet.NATIVE_WITHHELD:
        return ("Native File Not Produced", *name, "It contains a document withheld for privilege")
    if sheet is Sheet.REDACTED:
        return ("Document Redacted: Not Produced", *reason, see)
    if sheet is Sheet.NATIVE_REDACTED:
        return ("Native File Not Produced", *name, "It contains a document with redactions")
    if sheet is Sheet.TECHNICAL:
        return ("Technical Issue: Page Could Not Be Imaged", *name, *reason, see)
    what = "Container Could Not Be Fully Expanded"
    if sheet is Sheet.UNPROCESSABLE or document.kind is not Kind.CONTAINER:
        what = "Document Could Not Be Processed"
    return (what, *name, *reason, see)


DATA, IMAGES, NATIVES, TEXT = "DATA", "IMAGES", "NATIVES", "TEXT"


@dataclass(slots=True)
class FolderSlots:
    """Deals out places in numbered folders, keeping one document's files together if they fit."""

    per_folder: int
    taken: int = 0

    def place(self, files: int) -> int:
        """Return the slot of the first of `files` files."""
        used = self.taken % self.per_folder
        if used and used + files > self.per_folder:
            self.taken += self.per_folder - used
        slot = self.taken
        self.taken += files
        return slot


def folder(slot: int, per_folder: int) -> str:
    """Return the folder of a slot: "0001"."""
    return f"{slot // per_folder + 1:04d}"


@dataclass(frozen=True, slots=True)
class DataFiles:
    """Names of the files in DATA, inside the volume."""

    volume: str

    def __call__(self, ending: str) -> str:
        """Return "DATA/VOL001.DAT" for ".DAT"."""
        return f"{DATA}/{self.volume}{ending}"


@dataclass(frozen=True, slots=True)
class Counted:
    """What imaging said of one document."""

    #: 1 for a slip-sheet.
    pages: int
    sheet: Sheet = Sheet.NONE
    #: How the pages are made; "" for a slip-sheet.
    method: str = ""
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """One document as it will be delivered."""

    document: Document
    numbers: Numbers
    counted: Counted
    #: What its slip-sheet says; () when it is imaged.
    lines: tuple[str, ...]
    #: Slots of its first image, of its text, and of its native; None where none is delivered.
    image_slot: int
    text_slot: int
    native_slot: int | None
    #: Entry of the privilege log; "" when produced.
    withheld: str = ""
    #: True when its own native would carry a withheld document.
    barred: bool = False
    #: The document as it was collected, where it is told of otherwise: a name or a field of it says
    #: what is redacted in its family.
    source: Document | None = field(default=None, repr=False)
    #: What is redacted in it, and what the first pass found of it.
    redactions: tuple[Redaction, ...] = ()
    reading: RedactedReading | None = field(default=None, repr=False)
    #: True when its own native would carry a redacted document.
    holds_redacted: bool = False
    #: True when its pages are made of its text alone.
    bare: bool = False
    #: Digest of all that its pages are drawn from; "" until native and text are written.
    drawn: str = ""
    #: Its page images as they went out before, when nothing they are drawn from has changed.
    kept: tuple[File, ...] = ()

    @property
    def first(self) -> str:
        """The first Bates number: the name of its native and its text."""
        return str(self.numbers.first)

    @property
    def collected(self) -> Document:
        """The document as it was collected: what its native, text and pages come from."""
        return self.source or self.document

    def as_sheet(self, sheet: Sheet, words: Words, fault: Fault | None = None) -> Planned:
        """Return the same document shown by slip-sheets on every page it was given."""
        return replace(
            self,
            counted=replace(self.counted, sheet=sheet, method=""),
            lines=lines(sheet, self.document, words, fault),
        )


@dataclass(frozen=True, slots=True)
class Redacting:
    """What redactions make of the documents of a volume."""

    redactions: Redactions = field(default_factory=dict)
    #: Why a document is shown by a slip-sheet alone.
    barred: Mapping[ControlNumber, Fault] = field(default_factory=dict)
    #: Documents whose native would carry a redacted one, and those whose pages might show it.
    holds: frozenset[ControlNumber] = frozenset()
    bare: frozenset[ControlNumber] = frozenset()
    limits: Limits = field(default_factory=Limits)
    readings: Mapping[str, RedactedReading] = field(default_factory=dict)
    #: What of a family may not be told beside its pages either.
    uncovered: Mapping[str, Uncovered] = field(default_factory=dict)

    def counting(self) -> Redacting:
        """Return what is needed to count pages: nothing of what is hidden goes to that pass."""
        return replace(self, readings={}, uncovered={})


@dataclass(frozen=True, slots=True)
class Count:
    """Counts the pages of one document; goes to workers."""

    access: Access
    imager: Imager
    barred: frozenset[ControlNumber]
    redacting: Redacting = Redacting()

    def __call__(self, document: Document) -> Counted:
        """Return its pages, or the slip-sheet it needs and why."""
        number = document.control_number
        barred = number in self.barred
        if (fault := self.redacting.barred.get(number)) is not None:
            return Counted(1, Sheet.REDACTED, faults=(fault,))
        if document.lost:
            return Counted(1, Sheet.UNPROCESSABLE)
        redactions = self.redacting.redactions.get(number, ())
        holds = number in self.redacting.holds and not on_native(redactions)
        sheet = Sheet.NATIVE_REDACTED if holds else Sheet.NATIVE
        sheet = Sheet.NATIVE_WITHHELD if barred else sheet
        if not self.imager.imaged(document):
            return Counted(1, sheet)
        bare = barred or number in self.redacting.bare
        pages = pages_for(
            self.imager, self.access, document, redactions, self.redacting.limits, barred=bare
        )
        if isinstance(pages, Fault):
            return Counted(1, Sheet.TECHNICAL, faults=(pages,))
        if pages.count < 1:
            return Counted(1, sheet, faults=tuple(pages.faults))
        return Counted(pages.count, method=pages.method, faults=tuple(pages.faults))


def plan(
    selection: Selection,
    order: ProductionOrder,
    first: int,
    words: Words,
    per_folder: int,
    count: Count,
    run: Run,
    redacting: Redacting | None = None,
) -> list[Planned]:
    """Count every document, then number and place it. Raises NumbersExhaustedError."""
    redacting = redacting or Redacting()
    counted = dict(_counted(selection, count, run))
    for number in redacting.bare & counted.keys():
        # Its text takes other pages than its native did, and each page keeps the number it had.
        before = order.pages_before.get(number)
        if before not in {None, counted[number].pages}:
            counted[number] = Counted(before or 1, Sheet.NATIVE_REDACTED)
    pages = {
        number: order.pages_before.get(number, result.pages)
        if result.sheet in {Sheet.WITHHELD, Sheet.REDACTED, Sheet.NATIVE_REDACTED}
        else result.pages
        for number, result in counted.items()
    }
    placed = numbered(selection.families, pages, order, first, selection.composition.above)
    images, texts, natives = (
        FolderSlots(per_folder),
        FolderSlots(per_folder),
        FolderSlots(per_folder),
    )
    planned = []
    for document, numbers in placed:
        result = counted[document.control_number]
        entry = selection.withheld.get(document.control_number, "")
        number = document.control_number
        barred = number in selection.native_barred
        reading = None if entry else redacting.readings.get(number)
        anew = reading is not None and reading.rebuilt
        redacted = reading is not None and not anew
        closed = barred or redacted or (number in redacting.holds and not anew)
        has_native = not (entry or closed or document.kind is Kind.CONTAINER)
        uncovered = redacting.uncovered.get(number)
        told = document if uncovered is None else uncovered.document(document)
        planned.append(
            Planned(
                told,
                numbers,
                result,
                lines(result.sheet, told, words, next(iter(result.faults), None), entry)
                if result.sheet
                else (),
                image_slot=images.place(numbers.pages),
                text_slot=texts.place(1),
                native_slot=natives.place(1) if has_native else None,
                withheld=entry,
                barred=barred,
                source=None if told == document else document,
                redactions=() if reading is None else redacting.redactions[number],
                reading=reading,
                holds_redacted=number in redacting.holds and not anew,
                bare=number in redacting.bare,
            )
        )
    return planned


def _counted(
    selection: Selection, count: Count, run: Run
) -> Iterator[tuple[ControlNumber, Counted]]:
    to_image = []
    for document in selection.documents:
        fixed = _without_looking(document, selection.withheld)
        if fixed is None:
            to_image.append(document)
        else:
            yield document.control_number, fixed
    for document, result in in_order(
        run, count, to_image, lambda document: document.control_number
    ):
        if isinstance(result, Fault):
            result = Counted(1, Sheet.TECHNICAL, faults=(result,))
        yield document.control_number, result


def _without_looking(document: Document, withheld: Mapping[ControlNumber, str]) -> Counted | None:
    if document.control_number in withheld:
        return Counted(1, Sheet.WITHHELD)
    if document.kind is Kind.CONTAINER:
        return Counted(1, Sheet.CONTAINER)
    return None
