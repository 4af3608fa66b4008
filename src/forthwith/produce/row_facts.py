"""What a row of the load file tells of: a document, its numbers and its delivered files."""

from __future__ import annotations

from dataclasses import dataclass

from forthwith.domain.documents import Document
from forthwith.domain.evidence import Kind
from forthwith.produce.numbering import Numbers

#: Who opens such a file sees a message, whatever the item was in its store.
_MESSAGES = frozenset({"EML", "EMLX", "MSG", "MHT", "MHTML"})


@dataclass(frozen=True, slots=True)
class File:
    """One delivered file."""

    #: Inside the volume, "/" separated.
    path: str
    size: int
    sha256: str
    #: Only for natives.
    md5: str = ""
    #: Only for natives, and only under a standard that has a column for it.
    sha1: str = ""


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
    #: Header block of the delivered message, where it was written for the production.
    header: str = ""

    @property
    def is_email(self) -> bool:
        """True for mail, and for other items of a mailbox that are delivered as messages."""
        if self.native is not None and self.document.kind is not Kind.CHAT:
            return self.native.path.rpartition(".")[2] in _MESSAGES
        return self.document.kind is Kind.EMAIL
