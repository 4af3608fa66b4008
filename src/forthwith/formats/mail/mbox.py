"""Read mailboxes of the mbox family (RFC 4155; mboxo, mboxrd, mboxcl, mboxcl2) of any size.

Finds where messages begin and gives each as a byte range; what a message holds is `eml`. Reads in
windows, so a mailbox of many gigabytes needs a few megabytes of memory.

A message's bytes are those between its From_ line and the blank line before the next one, exactly
as they stand. ">From " is *not* unescaped: mboxrd cannot be told from mboxo, where it would change
what was written, and left alone every digest can be verified against the file with any tool.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from forthwith.domain.evidence import (
    ByteSource,
    Child,
    Fault,
    FaultReason,
    Hint,
    Kind,
    Reading,
    Relation,
)

MEDIA_TYPES = frozenset({"application/mbox"})
#: Bytes read at once, bytes looked at around a line, and least size of a slice.
WINDOW, CONTEXT, SLICE = 4 * 2**20, 2048, 16 * 2**20
#: Longest header block in which Content-Length is looked for, bytes.
_HEADERS = 64 * 2**10

_DATED = re.compile(
    rb"From .{0,400}?\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b"
    rb"(?=.{0,60}\b\d{1,2}:\d\d)(?=.{0,60}\b(?:19|20)\d\d\b)"
    rb"|From .{0,400}?\b(?=.{0,60}\b\d{1,2}:\d\d)"
    rb"\d{1,2}[ -](?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*[ -]\d{2,4}"
)
_HEADER = re.compile(rb"(?:>From [^\r\n]*[\r\n]+)?[!-9;-~]+[ \t]*:")
_TWO_HEADERS = re.compile(rb"[!-9;-~]+[ \t]*:[^\r\n]*\r?[\r\n](?:[!-9;-~]+[ \t]*:|[ \t]+\S)")
_LENGTH = re.compile(
    rb"^Content-Length[ \t]*:[ \t]*(\d{1,15})[ \t\r]*$", re.IGNORECASE | re.MULTILINE
)
_BLANK_LINE = re.compile(rb"\n\r?\n|\r\r")


class _Line(Enum):
    """What a line that begins with "From " is."""

    SEPARATOR = auto()
    #: A separator that lacks its blank line, its date or headers after it.
    DOUBTFUL_SEPARATOR = auto()
    #: Body text that has one mark of a separator but not enough.
    DOUBTFUL_TEXT = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True)
class _Message:
    """Offsets in the file: of the From_ line, of the message after it, of its end."""

    line: int
    start: int
    end: int


@dataclass(slots=True)
class _Doubts:
    separators: int = 0
    text: int = 0
    inside: int = 0
    leading: int = 0

    def faults(self) -> Iterator[Fault]:
        """Yield one Fault for each kind of doubt."""
        for count, doubt in (
            (self.separators, 'message separators ("From " lines) are not well formed'),
            (self.text, "lines of text look almost like message separators and were left as text"),
            (self.inside, "separator lines lie inside a message by its Content-Length"),
            (self.leading, "bytes stand before the first separator and are given as a message"),
        ):
            if count:
                yield Fault(FaultReason.CORRUPT, f"{count:,} {doubt}")


@dataclass(slots=True)
class _Scanner:
    """Walks a mailbox from message to message through a window."""

    source: ByteSource
    doubts: _Doubts = field(default_factory=_Doubts)
    _at: int = 0
    _window: bytes = b""
    _line_end: bytes = b"\n"

    def messages(self, start: int, end: int) -> Iterator[_Message]:
        """Yield the messages whose From_ line lies in `start` to `end`, `start` being one."""
        first = self.bytes(0, WINDOW)
        if b"\n" not in first and b"\r" in first:
            self._line_end = b"\r"
        line = self.next_separator(start, end)
        if start == 0 and line and (before := self._leading(line)):
            yield before
        while line < end:
            body = self.after_line(line)
            after = self.next_separator(self.past_length(line, body, end), end)
            yield _Message(line, body, max(body, self.before_blank(after, body)))
            line = after

    def _leading(self, line: int) -> _Message | None:
        """Return what stands before the first separator, unless it is blank."""
        if line < WINDOW and not self.bytes(0, line).strip():
            return None
        self.doubts.leading = line
        return _Message(0, 0, line)

    def next_separator(self, at: int, end: int) -> int:
        """Return the offset of the next separator from `at` on, or `end`."""
        while (line := self.next_from(at, end)) < end:
            kind = self.kind_of(line)
            self.doubts.separators += kind is _Line.DOUBTFUL_SEPARATOR
            self.doubts.text += kind is _Line.DOUBTFUL_TEXT
            if kind in (_Line.SEPARATOR, _Line.DOUBTFUL_SEPARATOR):
                return line
            at = line + 1
        return end

    def next_from(self, at: int, end: int) -> int:
        """Return the offset of the next line that begins with "From ", or `end`."""
        if at == 0 and self.bytes(0, 5) == b"From ":
            return 0
        mark = self._line_end + b"From "
        at = max(at - 1, 0)
        while at < end:
            if not self._at <= at < self._at + max(len(self._window) - CONTEXT, 1):
                self._at, self._window = at, self.source.read(at, WINDOW + CONTEXT)
            place = self._window.find(mark, at - self._at)
            if place >= 0:
                return min(self._at + place + 1, end)
            after = self._at + len(self._window)
            if after >= self.source.size:
                return end
            at = max(after - len(mark) + 1, at + 1)
        return end

    def kind_of(self, at: int) -> _Line:
        """Say what the "From " line at `at` is, from the lines around it."""
        before = self.bytes(max(at - 3, 0), min(at, 3))
        blank = at == 0 or before.endswith((b"\n\n", b"\n\r\n", b"\r\r")) or not before.strip()
        line, _, rest = self.bytes(at, CONTEXT).partition(self._line_end)
        dated = _DATED.match(line) is not None
        if dated and blank:
            sound = _HEADER.match(rest) or not rest.strip()
            return _Line.SEPARATOR if sound else _Line.DOUBTFUL_SEPARATOR
        if (dated and _HEADER.match(rest)) or (blank and _TWO_HEADERS.match(rest)):
            return _Line.DOUBTFUL_SEPARATOR
        return _Line.DOUBTFUL_TEXT if dated else _Line.TEXT

    def past_length(self, line: int, body: int, end: int) -> int:
        """Return where to look for the next separator: past the body when its length is true.

        A Content-Length is believed only when it lands on a separator or on the end of the file.
        """
        head = self.bytes(body, _HEADERS)
        blank = _BLANK_LINE.search(head)
        length = _LENGTH.search(head, 0, blank.end() if blank else 0)
        if blank is None or length is None:
            return max(body, line + 1)
        after = body + blank.end() + int(length[1])
        landing = after + len(self.bytes(after, 4)) - len(self.bytes(after, 4).lstrip(b"\r\n"))
        if after > end or (landing < end and self.bytes(landing, 5) != b"From "):
            return body
        if landing < end and self.kind_of(landing) is not _Line.SEPARATOR:
            return body
        self._count_inside(body, after)
        return landing

    def _count_inside(self, at: int, end: int) -> None:
        while (line := self.next_from(at, end)) < end:
            sure = self.kind_of(line) is _Line.SEPARATOR
            self.doubts.inside += sure
            at = line + 1

    def after_line(self, at: int) -> int:
        """Return where the line that begins at `at` ends, its line end included."""
        while at < self.source.size:
            window = self.bytes(at, CONTEXT)
            if (place := window.find(self._line_end)) >= 0:
                return at + place + 1
            at += len(window)
        return self.source.size

    def before_blank(self, at: int, least: int) -> int:
        """Step back over the one blank line that belongs to the mailbox, not to the message."""
        before = self.bytes(max(at - 4, least), at - max(at - 4, least))
        for blank in (b"\r\n\r\n", b"\n\n", b"\r\r"):
            if before.endswith(blank):
                return at - len(blank) // 2
        return at - len(before) if before in (b"\n", b"\r\n") and at - len(before) == least else at

    def bytes(self, at: int, length: int) -> bytes:
        """Return bytes, out of the window when they lie there."""
        inside = at - self._at
        if inside >= 0 and inside + length <= len(self._window):
            return self._window[inside : inside + length]
        return self.source.read(at, length) if length > 0 else b""


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read a mailbox: count its separators; the messages come out as children."""
    scanner = _Scanner(source)
    declared = sum(1 for _ in scanner.messages(0, source.size))
    faults = [*scanner.doubts.faults()]
    if not declared and source.size:
        faults.append(Fault(FaultReason.CORRUPT, "no message separator was found", lost=True))
    return Reading(
        Kind.CONTAINER,
        hint.media_type or "application/mbox",
        faults=tuple(faults),
        children=lambda: slice_children(source, hint, f"0-{source.size}"),
        declared=declared,
    )


def slices(source: ByteSource, hint: Hint) -> Iterator[str]:  # noqa: ARG001 - the seam's shape
    """Cut the mailbox at message starts into slices of about SLICE bytes, named "START-END".

    The children of the whole are those of the slices in order.
    """
    start = 0
    for message in _Scanner(source).messages(0, source.size):
        if message.line - start >= SLICE:
            yield f"{start}-{message.line}"
            start = message.line
    yield f"{start}-{source.size}"


def slice_children(source: ByteSource, hint: Hint, part: str) -> Iterator[Child | Fault]:
    """Yield the messages of one slice; one past `limits.item_bytes` loads as a Fault."""
    offsets = _range(part, source.size)
    if offsets is None:
        yield Fault(FaultReason.MISSING, f"the mailbox has no slice {part!r}")
        return
    for message in _Scanner(source).messages(*offsets):
        yield _child(source, hint, message)


def open_step(source: ByteSource, step: str, hint: Hint) -> bytes | Fault:
    """Return the bytes of one message again."""
    offsets = _range(step.removeprefix("range:"), source.size)
    if offsets is None or not step.startswith("range:"):
        return Fault(FaultReason.MISSING, f"the mailbox has no {step!r}", lost=True, step=step)
    return _bytes(source, hint, *offsets)


def _child(source: ByteSource, hint: Hint, message: _Message) -> Child:
    return Child(
        step=f"range:{message.start}-{message.end}",
        name="",
        relation=Relation.MESSAGE,
        load=lambda: _bytes(source, hint, message.start, message.end),
        declared_type="message/rfc822",
    )


def _bytes(source: ByteSource, hint: Hint, start: int, end: int) -> bytes | Fault:
    limit = hint.budget.limits.item_bytes
    if end - start > limit:
        detail = f"a message of {end - start:,} bytes; at most {limit:,} (limits.item_bytes)"
        return Fault(FaultReason.TOO_LARGE, detail, lost=True)
    return source.read(start, end - start)


def _range(text: str, size: int) -> tuple[int, int] | None:
    shape = re.fullmatch(r"(\d{1,18})-(\d{1,18})", text)
    if shape is None or not int(shape[1]) <= int(shape[2]) <= size:
        return None
    return int(shape[1]), int(shape[2])
