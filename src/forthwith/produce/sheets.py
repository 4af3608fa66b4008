"""Slip-sheets: the one page that stands where a document has no image of its own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from forthwith.domain.documents import Document
from forthwith.domain.evidence import Fault, Kind


class Sheet(StrEnum):
    """Why a document is shown by a slip-sheet."""

    #: It is not: it is imaged.
    NONE = ""
    NATIVE = "native"
    WITHHELD = "withheld"
    #: Its native would carry a withheld document inside it.
    NATIVE_WITHHELD = "native withheld"
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
    if sheet is Sheet.TECHNICAL:
        return ("Technical Issue: Page Could Not Be Imaged", *name, *reason, see)
    what = "Container Could Not Be Fully Expanded"
    if sheet is Sheet.UNPROCESSABLE or document.kind is not Kind.CONTAINER:
        what = "Document Could Not Be Processed"
    return (what, *name, *reason, see)
