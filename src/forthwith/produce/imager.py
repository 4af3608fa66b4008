"""What `produce` asks of imaging: a few functions, so that a test can put smaller ones in.

The real ones are `imaging.imager`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from PIL.Image import Image

from forthwith.domain import fields
from forthwith.domain.documents import Document
from forthwith.domain.evidence import Fault, Kind
from forthwith.domain.redactions import Rectangle
from forthwith.produce.imaging.files import Black, RedactedPage, redacted_page
from forthwith.produce.in_order import Access, guarded

#: The labels a mail's text may begin with, and the field each shows.
_LABELS = {
    "From": fields.FROM,
    "Sent": fields.SENT,
    "To": fields.TO,
    "Cc": fields.CC,
    "Bcc": fields.BCC,
    "Subject": fields.SUBJECT,
}


class Pages(Protocol):
    """The pages of one document."""

    @property
    def count(self) -> int:
        """How many pages; 0 when the document has no image."""
        ...

    @property
    def method(self) -> str:
        """How they were made."""
        ...

    @property
    def faults(self) -> Sequence[Fault]:
        """What is not on them that should be."""
        ...

    def paint(self, index: int, /) -> Image:
        """Return page `index`, from 0, with its bottom margin free."""
        ...


def copied(image: Image) -> Image:
    """Return a page as it was painted."""
    return image.copy()


@dataclass(frozen=True, slots=True)
class Imager:
    """Makes pages; holds module-level functions, some with a standard's rules, and so can go to a
    worker.
    """

    #: Whether a document gets page images at all.
    imaged: Callable[[Document], bool]
    #: (document, native, body, names of what is attached).
    pages_of: Callable[[Document, bytes | None, str, Sequence[str]], Pages]
    slip_sheet: Callable[[Sequence[str]], Image]
    #: (image, Bates number, legend): both on the page, where the standard wants them.
    endorse: Callable[[Image, str, str], Image]
    #: The file's bytes and its extension, as "TIF" or "JPG".
    encode: Callable[[Image], tuple[bytes, str]]
    #: A page as the standard shows it, before it is endorsed.
    shown: Callable[[Image], Image] = copied
    #: (image, Bates number, legend, rectangles, what draws them): the file of a redacted page.
    redact: Callable[[Image, str, str, Sequence[Rectangle], Black], RedactedPage] = redacted_page


def pages_of(imager: Imager, access: Access, document: Document, *, barred: bool) -> Pages | Fault:
    """Return the pages of a document, or the Fault that stands for them.

    Where the native would show a withheld document, pages are made of the text alone.
    """
    native = None if barred else access.shown(document)
    if isinstance(native, Fault):
        return native
    attached, body = parted(document, access.text(document))
    return guarded(lambda: imager.pages_of(document, native, body, attached))


def parted(document: Document, text: str) -> tuple[tuple[str, ...], str]:
    """Return what is attached, as the header lines of a mail's text name it, and its body.

    Page images set their own header lines. Only lines that say what the fields say are taken for
    header lines: anything else is body, and stays.
    """
    if document.kind is not Kind.EMAIL:
        return (), text
    head, gap, body = text.partition("\n\n")
    lines = head.split("\n")
    if not gap or not any(lines[0] == f"{label}: {_said(document, label)}" for label in _LABELS):
        return (), text
    label, _, names = lines[-1].partition(": ")
    return ((names,) if label == "Attachments" else ()), body


def _said(document: Document, label: str) -> str:
    return document.text_of(_LABELS[label])
