"""Documents as kept: what a reviewer reads, in its family, with every place it was found.

`process` makes them, `record` keeps them, `review`, `produce` and the doors read them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NewType

from forthwith.domain.evidence import Fault, FaultReason, FieldValue, Kind, Relation, TextMethod

#: Ours, before production: "FW00000012". Never shown as a Bates number, never reused.
ControlNumber = NewType("ControlNumber", str)

#: A longer list of the custodians or paths of copies stands in full at one of the copies alone.
LONG_LIST = 32

#: Why words shown in pictures were not read, where the rest of the document was.
WORDS_UNREAD = frozenset({FaultReason.NO_TOOL, FaultReason.TOO_SLOW})


@dataclass(frozen=True, slots=True)
class Document:
    """One document as an occurrence: this thing, in this family, at this place."""

    control_number: ControlNumber
    #: The document directly above; None at the top of a family.
    parent: ControlNumber | None
    #: The top of the family: the parent of all, itself when it stands alone.
    family: ControlNumber
    #: Position in the family, 0 for the top; children follow parents, depth first.
    order: int
    relation: Relation | None
    custodian: str
    kind: Kind
    #: Original name, extension included; "" where the source has none.
    name: str
    #: Where it lay: path as collected, then "/" and the path inside containers.
    path: str
    media_type: str
    md5: str
    sha1: str
    sha256: str
    size: int
    fields: Mapping[str, FieldValue]
    faults: tuple[Fault, ...]
    text_method: TextMethod
    #: SHA-256 of the collected blob it came from, and the steps inside it ("" = the blob itself).
    blob: str
    locator: str
    #: The collection source ("S0001") and item ("S0001/000012") it belongs to.
    source: str
    item: str
    #: Recipe fw1 over the whole family; equal families are duplicates of one another.
    family_hash: str = ""
    #: MD5 of the Message-ID with its brackets (EDRM MIH), upper case; "" without a Message-ID.
    message_id_hash: str = ""
    #: The duplicate group's name (control number of its first family's top); "" when alone.
    duplicate_group: str = ""
    #: All custodians and paths holding a copy of this family, this occurrence's own included.
    all_custodians: tuple[str, ...] = ()
    all_paths: tuple[str, ...] = ()
    #: Conversation it belongs to and how that is known: "references", "index", "inferred", "".
    thread: str = ""
    thread_basis: str = ""
    #: Inline images of the body, counted apart from attachments.
    inline_images: int = 0
    #: Whose it is: "ours" (collected), or "theirs" (received from another party).
    side: str = "ours"

    @property
    def lost(self) -> bool:
        """True when the document itself could not be read."""
        return any(fault.lost for fault in self.faults)

    @property
    def partly_read(self) -> bool:
        """True when it was read, but not to the last part."""
        failed = any(fault.reason is not FaultReason.OPENED for fault in self.faults)
        return failed and not self.lost

    @property
    def words_unread(self) -> bool:
        """True when it shows pictures and nobody read the words in them: no OCR, or no time."""
        return any(fault.reason in WORDS_UNREAD and not fault.lost for fault in self.faults)

    def text_of(self, name: str) -> str:
        """Return field `name` as one string, values joined by "; ", or ""."""
        field = self.fields.get(name)
        if field is None:
            return ""
        return field.value if isinstance(field.value, str) else "; ".join(field.value)


@dataclass(slots=True)
class ListedOnce:
    """Lets long lists of copies stand in full at the first copy that is told of, and nowhere else.

    On each of 50,000 equal files the places of all would be 2.5 billion lines.
    """

    _first: dict[tuple[str, int], ControlNumber] = field(default_factory=dict)

    def shown(self, document: Document) -> tuple[Document, ControlNumber | None]:
        """Return a document as told, and who has its long lists in full where it has not."""
        custodians, paths = document.all_custodians, document.all_paths
        short = len(custodians) <= LONG_LIST and len(paths) <= LONG_LIST
        if short or not document.duplicate_group:
            return document, None
        key = (document.duplicate_group, document.order)
        first = self._first.setdefault(key, document.control_number)
        if first == document.control_number:
            return document, None
        own = replace(
            document,
            all_custodians=custodians if len(custodians) <= LONG_LIST else (document.custodian,),
            all_paths=paths if len(paths) <= LONG_LIST else (document.path,),
        )
        return own, first
