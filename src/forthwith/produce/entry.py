"""What a row of the load file tells of: a document, its numbers and its delivered files."""

from __future__ import annotations

from dataclasses import dataclass

from forthwith.domain import fields
from forthwith.domain.documents import Document
from forthwith.domain.evidence import Kind
from forthwith.produce.numbering import Numbers


@dataclass(frozen=True, slots=True)
class File:
    """One delivered file."""

    #: Inside the volume, "/" separated.
    path: str
    size: int
    sha256: str
    #: Upper case hex; only for natives.
    md5: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one row tells of."""

    document: Document
    numbers: Numbers
    text: File
    native: File | None = None
    #: Of the native; "" without one.
    media_type: str = ""
    #: Entry of the privilege log; "" when produced.
    withheld: str = ""

    @property
    def is_email(self) -> bool:
        """True for mail, and for items of a mailbox that name a sender."""
        if self.document.kind in {Kind.CALENDAR, Kind.CONTACT}:
            return bool(self.document.text_of(fields.FROM))
        return self.document.kind is Kind.EMAIL
