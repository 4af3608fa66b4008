"""Evidence as values: what a reader is given, what it gives back, and how it says it could not.

A reader takes a `ByteSource` and a `Hint` and returns a `Reading`. What lies inside (attachments,
members, messages) comes out of `Reading.children` one at a time, each a `Child` with a *step*: the
name under which the same container gives the same bytes again. Steps joined by "/" make a locator.
Nothing here does I/O; files live in `record`, formats in `formats`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol


class ByteSource(Protocol):
    """Bytes with random access: a blob on disk or bytes in memory."""

    @property
    def size(self) -> int:
        """Length in bytes."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset`; fewer only at the end."""
        ...


@dataclass(frozen=True, slots=True)
class InMemory:
    """A `ByteSource` over bytes already held."""

    data: bytes

    @property
    def size(self) -> int:
        """Length in bytes."""
        return len(self.data)

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset`."""
        return self.data[offset : offset + length]


class FaultReason(StrEnum):
    """Why something could not be read."""

    CORRUPT = "corrupt"
    TRUNCATED = "truncated"
    ENCRYPTED = "encrypted"
    UNSUPPORTED = "unsupported"
    MISLABELLED = "mislabelled"
    UNDECODABLE = "undecodable characters"
    TOO_LARGE = "over the size limit"
    TOO_DEEP = "over the depth limit"
    TOO_MANY = "over the count limit"
    TOO_SLOW = "over the time limit"
    OUT_OF_MEMORY = "over the memory limit"
    CRASHED = "reader crashed"
    UNSAFE_NAME = "unsafe name"
    MISSING = "expected but absent"
    CHANGED = "changed while collected"
    NO_TOOL = "tool not installed"
    DISAGREEMENT = "readers disagree"
    #: Nothing failed: words were covered, and can be read all the same.
    NOT_REDACTED = "redaction that does not redact"
    #: Nothing failed: it was read, and would not have been without a password.
    OPENED = "opened with a password"


@dataclass(frozen=True, slots=True)
class Fault:
    """A thing that could not be read, and why ("processing exception")."""

    reason: FaultReason
    #: One plain sentence for a paralegal, ending without a full stop.
    detail: str
    #: True: the item itself could not be read. False: the item was read, a part of it was not.
    lost: bool = False
    #: The step of the child concerned, when the fault is about one.
    step: str = ""


class Kind(StrEnum):
    """What a document is; decides which fields a standard asks for."""

    EMAIL = "email"
    CALENDAR = "calendar"
    CONTACT = "contact"
    CHAT = "chat"
    EDOC = "edoc"
    #: Expanded into its members, never produced itself (zip, mbox, PST).
    CONTAINER = "container"


class Relation(StrEnum):
    """How a child lies in its parent."""

    ATTACHMENT = "attachment"
    #: Shown inside the parent's body (cid:, Content-Location); counted apart from attachments.
    INLINE = "inline"
    #: An object inside an office file or PDF (OLE object, PDF file attachment).
    EMBEDDED = "embedded"
    #: A member of an archive.
    MEMBER = "member"
    #: A message of a mailbox (mbox, PST).
    MESSAGE = "message"
    #: One channel and day of a chat export.
    DAY = "day"


class TextMethod(StrEnum):
    """How the text was come by."""

    EXTRACTED = "extracted"
    OCR = "ocr"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class FieldValue:
    """One named datum about a document, and where it was read.

    Names are those of `forthwith.domain.fields`. Instants are ISO 8601 with the offset the source
    gave; without offset when the source has none. Addresses are as sent.
    """

    name: str
    value: str | tuple[str, ...]
    #: Where it was read: "header:Date", "mapi:0x0039", "core.xml:dc:creator", "computed".
    origin: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds against hostile or broken evidence; every one settable in matter.toml [limits]."""

    #: Largest single decoded item handed to a reader that needs it whole, bytes.
    item_bytes: int = 512 * 2**20
    #: Everything one collected item may expand to, bytes.
    expanded_bytes: int = 16 * 2**30
    #: Largest ratio of expanded to stored bytes for one archive member over 10 MB.
    ratio: int = 500
    #: Containers within containers.
    depth: int = 12
    #: Children of one container.
    children: int = 1_000_000
    #: Wall-clock seconds one item may take in a reader.
    seconds: float = 60.0
    #: Address space of one worker, bytes.
    memory: int = 4 * 2**30
    #: Pages of one document that are drawn; a PDF or picture of more goes out as one slip-sheet.
    pages: int = 20_000
    #: Pixels of one picture that is drawn.
    pixels: int = 150_000_000
    #: Wall-clock seconds in which the pages of one document are drawn; the rest are slip-sheets.
    draw_seconds: float = 7_200.0


class Sandbox(StrEnum):
    """When processes that read evidence are shut in ([process] sandbox in matter.toml)."""

    WHEN_THERE = "when there"
    REQUIRED = "required"


@dataclass(slots=True)
class Budget:
    """What is left of the limits for one collected item; shared by everything found inside it."""

    limits: Limits = field(default_factory=Limits)
    expanded: int = 0
    #: Place in the list of the password that last opened something of the item; tried first.
    password: int = -1

    def spend(self, count: int) -> Fault | None:
        """Count `count` expanded bytes; return the Fault once the item's limit is passed."""
        self.expanded += count
        if self.expanded <= self.limits.expanded_bytes:
            return None
        return Fault(
            FaultReason.TOO_LARGE,
            f"expands to more than {self.limits.expanded_bytes:,} bytes "
            "(limits.expanded_bytes in matter.toml)",
            lost=True,
        )


@dataclass(frozen=True, slots=True)
class Hint:
    """What is known of an item before it is read. Only the bytes decide its type."""

    #: Name as found, never a path of this machine; may be empty.
    name: str = ""
    #: As `formats.sniff.media_type` found it.
    media_type: str = ""
    budget: Budget = field(default_factory=Budget)
    #: How many containers lie above.
    depth: int = 0
    #: Passwords to be tried on what is encrypted; never written anywhere.
    passwords: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Child:
    """Something inside a container or document, not yet decoded."""

    #: Finds it again in the same parent: "part:1.2", "member:17", "range:0-5234", "node:2097188".
    step: str
    name: str
    relation: Relation
    #: The decoded bytes, or the Fault that stands for them. Valid only until the next child is
    #: asked for (streaming archives cannot go back).
    load: Callable[[], bytes | Fault]
    #: As the parent declares it; kept as a field, never believed.
    declared_type: str = ""
    #: What the parent knows of the child (member times, attachment times), each with its origin.
    fields: tuple[FieldValue, ...] = ()
    #: Folder path inside the parent ("Inbox/Projects", "src/a"), as found.
    folder: str = ""
    #: Set when the parent's own structure already says what the child holds (a PST message):
    #: the child is then not sniffed and read from `load()`, which still gives its native bytes.
    reading: Callable[[], Reading] | None = None
    #: It has no bytes of its own, and that is no loss: a document delivered as pages and text.
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reader found in one item."""

    kind: Kind
    media_type: str
    #: The body: for mail without the header lines; hidden parts follow in marked sections.
    text: str = ""
    text_method: TextMethod = TextMethod.NONE
    fields: tuple[FieldValue, ...] = ()
    faults: tuple[Fault, ...] = ()
    #: Yields each child in the container's own order, and a Fault for each that cannot come out.
    children: Callable[[], Iterator[Child | Fault]] | None = None
    #: How many children the structure itself says it holds; None when it does not say.
    declared: int | None = None
    #: Of mail: its text begins with its header lines already.
    headed: bool = False

    def value(self, name: str) -> str:
        """Return the first value of field `name`, or ""."""
        for datum in self.fields:
            if datum.name == name:
                return datum.value if isinstance(datum.value, str) else "; ".join(datum.value)
        return ""

    def with_faults(self, *faults: Fault) -> Reading:
        """Return the same reading with more faults."""
        return replace(self, faults=(*self.faults, *faults))


class Reader(Protocol):
    """The seam every format fills. Raises UnreadableError when nothing of the item can be read."""

    def __call__(self, source: ByteSource, hint: Hint) -> Reading:
        """Read one item."""
        ...
