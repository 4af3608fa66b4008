"""Open one native and say what it holds: digests, its own fields, and what is attached to it.

Runs in a worker, so everything that goes in or out can be pickled. It reads with the shared
readers and judges nothing.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from io import BufferedReader
from pathlib import Path

from forthwith.check.text_measured import DOUBTED, TextSeen, compared
from forthwith.domain import fields
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    Budget,
    Child,
    Fault,
    FaultReason,
    Hint,
    InMemory,
    Kind,
    Limits,
    Reading,
    Relation,
)
from forthwith.formats import readers
from forthwith.plain.messages import without_places
from forthwith.plain.regular_files import open_regular
from forthwith.workers import sandbox

#: Fields a row can be compared with.
_COMPARED = (
    fields.FROM, fields.SENDER, fields.TO, fields.CC, fields.BCC, fields.SUBJECT, fields.SENT,
    fields.MESSAGE_ID, fields.HEADER, fields.AUTHOR, fields.LAST_AUTHOR, fields.CREATED,
    fields.MODIFIED, fields.ACCESSED, fields.PRINTED, fields.STARTS, fields.ENDS,
    fields.NOT_REDACTED,
)  # fmt: skip
#: Reasons that say something of the file itself, not of this installation.
_ITS_OWN = frozenset(
    {FaultReason.CORRUPT, FaultReason.TRUNCATED, FaultReason.ENCRYPTED, FaultReason.CRASHED}
)
_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Inside:
    """One document found inside a native, or the container that would not give its documents."""

    name: str
    #: MD5 of its bytes, upper case hex; "" when they could not be decoded.
    md5: str
    #: "" when not looked into, because the same bytes are delivered as a native of their own.
    kind: str = ""
    message_id: str = ""
    subject: str = ""
    embedded: bool = False
    #: May be delivered but need not: a container that gave most of what it holds.
    optional: bool = False
    #: What lies inside this one, where it was looked into.
    inside: tuple[Inside, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """One native, opened."""

    md5: str = ""
    #: "" where the volume has no column to compare it with.
    sha1: str = ""
    sha256: str = ""
    size: int = 0
    kind: str = ""
    media_type: str = ""
    #: Why it cannot be opened; "" when it can.
    fault: str = ""
    #: Why it was not looked into although nothing is known to be wrong with it.
    unread: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    has_text: bool = False
    inside: tuple[Inside, ...] = ()
    #: True when something inside could not be listed, so that `inside` may lack a document.
    partial: bool = False
    #: Documents inside, not delivered beside it, whose words were covered and still stand.
    exposed: int = 0
    #: Its words against the delivered text; None where there is none to compare.
    words: TextSeen | None = None


def md5_of(path: str) -> str:
    """Return the MD5 of a file, upper case; "" when it cannot be read."""
    try:
        with open_regular(path) as file:
            return hashlib.file_digest(file, "md5").hexdigest().upper()
    except OSError:
        return ""


def sha256_of(path: str) -> str:
    """Return the SHA-256 of a file, lower case; "" when it cannot be read."""
    try:
        with open_regular(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def open_native(job: tuple[str, str], delivered: frozenset[str], *, sha1: bool = False) -> Opened:
    """Open a native; `delivered` are the MD5s of the natives delivered.

    `job` is the native's path and that of the text delivered with it, "" without one. The SHA-1 is
    taken only where it is asked for.
    """
    path = job[0]
    try:
        with open_regular(path) as file:
            if (size := os.fstat(file.fileno()).st_size) > _LIMITS.item_bytes:
                return _too_large(file, sha1=sha1)
            data = file.read(size)
    except OSError as error:
        return Opened(fault=f"it cannot be read: {error.strerror}")
    digests = Opened(
        md5=hashlib.md5(data).hexdigest().upper(),
        sha1=hashlib.sha1(data).hexdigest().upper() if sha1 else "",
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
    )
    # The rim: a reader that fails on hostile bytes must cost this one native its reading only.
    try:
        return _looked_into(digests, data, job, delivered)
    except ImportError:
        raise
    except Exception as error:  # noqa: BLE001
        sandbox.refused(error)
        why = f"the reader failed: {type(error).__name__}: {without_places(error)}"[:200]
        return _with(digests, unread=why)


def _too_large(file: BufferedReader, *, sha1: bool) -> Opened:
    md5, first, sha256, size = hashlib.md5(), hashlib.sha1(), hashlib.sha256(), 0
    while block := file.read(2**20):
        md5.update(block)
        if sha1:
            first.update(block)
        sha256.update(block)
        size += len(block)
    return Opened(
        md5=md5.hexdigest().upper(), sha1=first.hexdigest().upper() if sha1 else "",
        sha256=sha256.hexdigest(), size=size,
        unread=f"it is larger than {_LIMITS.item_bytes:,} bytes",
    )  # fmt: skip


def _with(base: Opened, **more: object) -> Opened:
    return replace(base, **more)  # type: ignore[arg-type]


def _looked_into(
    base: Opened, data: bytes, job: tuple[str, str], delivered: frozenset[str]
) -> Opened:
    budget = Budget(_LIMITS)
    path, text = job
    try:
        reading = readers.read(InMemory(data), Hint(Path(path).name, "", budget))
    except UnreadableError as error:
        return _refused(base, error.fault)
    lost = next((fault for fault in reading.faults if fault.lost), None)
    if lost is not None:
        base = _refused(base, lost)
    expansion = _Expansion(delivered, budget)
    inside = tuple(expansion.of(reading, 1))
    return _with(
        base,
        kind=reading.kind.value,
        media_type=reading.media_type,
        fields={name: value for name in _COMPARED if (value := reading.value(name))},
        has_text=bool(reading.text.strip()),
        inside=inside,
        exposed=expansion.exposed,
        partial=expansion.partial or any(_of_contents(fault) for fault in reading.faults),
        words=_words(reading, data, text) if text else None,
    )


def _words(reading: Reading, data: bytes, text: str) -> TextSeen | None:
    """Compare the words of a native with its text, a log of chat also as one of WhatsApp's.

    Its own name says that a text is such a log, and a native goes by its number. Whoever knew the
    name writes each moment anew: of a day of few words little stays as it was.
    """
    words = compared(reading, text, data)
    plain = reading.kind is Kind.EDOC and reading.media_type == "text/plain"
    if words is None or not plain or max(words.held, words.covered) >= DOUBTED:
        return words
    chat = readers.read(InMemory(data), Hint("WhatsApp Chat.txt", "", Budget(_LIMITS)))
    as_chat = compared(chat, text, data) if chat.kind is Kind.CHAT else None
    if as_chat is None or as_chat.held + as_chat.covered <= words.held + words.covered:
        return words
    return as_chat


def _of_contents(fault: Fault) -> bool:
    """Tell whether a fault may be about what lies inside: words of pictures never are."""
    return fault.reason not in {FaultReason.NO_TOOL, FaultReason.NOT_REDACTED}


def _refused(base: Opened, fault: Fault) -> Opened:
    message = without_places(f"{fault.reason}: {fault.detail}")
    return _with(base, fault=message) if fault.reason in _ITS_OWN else _with(base, unread=message)


@dataclass(slots=True)
class _Expansion:
    """Lists what must be delivered beside a native: attachments, and members for containers."""

    delivered: frozenset[str]
    budget: Budget
    partial: bool = False
    exposed: int = 0

    def of(self, reading: Reading, depth: int) -> Iterator[Inside]:
        """Yield the documents directly inside, a container's members in its place."""
        if reading.children is None:
            return
        for count, child in enumerate(reading.children()):
            if isinstance(child, Fault) or count >= _LIMITS.children:
                self.partial = True
            elif child.relation is not Relation.INLINE:
                yield from self._child(child, depth)

    def _child(self, child: Child, depth: int) -> Iterator[Inside]:
        embedded = child.relation is Relation.EMBEDDED
        data = child.load()
        if isinstance(data, Fault):
            self.partial = True
            yield Inside(child.name, "", embedded=embedded)
            return
        md5 = hashlib.md5(data).hexdigest().upper()
        plain = Inside(child.name, md5, embedded=embedded)
        if depth > _LIMITS.depth or self.budget.spend(len(data)) is not None:
            self.partial = True
            yield plain
        elif md5 in self.delivered and child.reading is None:
            yield plain
        else:
            yield from self._read(plain, child, data, depth)

    def _read(self, plain: Inside, child: Child, data: bytes, depth: int) -> Iterator[Inside]:
        try:
            if child.reading is not None:
                reading = child.reading()
            else:
                hint = Hint(child.name, "", self.budget, depth)
                reading = readers.read(InMemory(data), hint)
        except UnreadableError:
            yield plain
            return
        self.exposed += bool(reading.value(fields.NOT_REDACTED))
        before, self.partial = self.partial, False
        inside = tuple(self.of(reading, depth + 1))
        whole, self.partial = not self.partial, before or self.partial
        if reading.kind is not Kind.CONTAINER:
            yield Inside(
                plain.name, plain.md5, reading.kind.value, reading.value(fields.MESSAGE_ID),
                reading.value(fields.SUBJECT), plain.embedded, inside=inside,
            )  # fmt: skip
            return
        if not inside or not whole:
            yield Inside(
                plain.name, plain.md5, reading.kind.value, embedded=plain.embedded,
                optional=bool(inside),
            )  # fmt: skip
        yield from inside
