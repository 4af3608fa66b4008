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
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from itertools import islice

from forthwith.domain import fields
from forthwith.domain.evidence import (
    ByteSource,
    Child,
    Fault,
    FaultReason,
    FieldValue,
    Hint,
    Kind,
    Reading,
    Relation,
)
from forthwith.formats.mail.dates import instant

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
#: The first line of a patch as git writes it, with a date no mail has (git-format-patch).
PATCH = re.compile(rb"From [0-9a-f]{40,64} Mon Sep 17 00:00:00 2001")
#: The line of exporters that write neither address nor date, or the address alone.
_UNDATED = re.compile(rb"From ?(?:\S+@\S+|\S{1,80})?[ \t]*\r?$")
#: A header that says a mail begins, among the first of its block.
_OF_MAIL = re.compile(
    rb"^(?:from|date|subject|message-id|received|return-path|to|x-[a-z-]+|mime-version)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
#: Lines between messages where no From_ line is: of MMDF, and of Foxmail.
MARKS = (b"\x01\x01\x01\x01", b"\x10\x10\x10\x10\x10\x10\x10\x11\x11\x11\x11\x11\x11S")
_MULTIPART = re.compile(
    rb"^content-type[ \t]*:[ \t\r\n]*multipart/(?:[^\r\n]|\r?\n[ \t])*?boundary[ \t]*=[ \t]*"
    rb"(?:\"([^\"\r\n]{1,200})\"|([^\s;\"]{1,200}))",
    re.IGNORECASE | re.MULTILINE,
)
#: How far past a separator the end of an open MIME part is looked for, bytes.
_OPEN = 64 * 2**20
_HEADER = re.compile(rb"(?:>From [^\r\n]*[\r\n]+)?[!-9;-~]+[ \t]*:")
_TWO_HEADERS = re.compile(rb"[!-9;-~]+[ \t]*:[^\r\n]*\r?[\r\n](?:[!-9;-~]+[ \t]*:|[ \t]+\S)")
_LENGTH = re.compile(
    rb"^Content-Length[ \t]*:[ \t]*(\d{1,15})[ \t\r]*$", re.IGNORECASE | re.MULTILINE
)
_DATE = re.compile(rb"^date[ \t]*:[ \t]*\S", re.IGNORECASE | re.MULTILINE)
#: The date of a From_ line, its zone before or after the year.
_LINE_DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d(?::\d\d)?"
    r"(?: [A-Z]{1,5}| [+-]\d{4})? \d{4}(?: [+-]\d{4})?"
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
    open_parts: int = 0
    leading: int = 0

    def faults(self) -> Iterator[Fault]:
        """Yield one Fault for each kind of doubt."""
        for count, doubt in (
            (self.separators, 'message separators ("From " lines) are not well formed'),
            (self.text, "lines of text look almost like message separators and were left as text"),
            (self.inside, "separator lines lie inside a message by its Content-Length"),
            (self.open_parts, "separator lines lie inside an open MIME part and were left as text"),
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
    #: The first line of the mailbox has no date: its separators are lines like it.
    _undated: bool = False

    def messages(self, start: int, end: int) -> Iterator[_Message]:
        """Yield the messages whose From_ line lies in `start` to `end`, `start` being one."""
        first = self.bytes(0, WINDOW)
        if b"\n" not in first and b"\r" in first:
            self._line_end = b"\r"
        opening = first.lstrip(b"\r\n\xef\xbb\xbf").partition(self._line_end)[0]
        if opening.rstrip(b"\r") in MARKS:
            yield from self._between(opening + self._line_end, start, end)
            return
        self._undated = _UNDATED.match(opening) is not None
        line = self.next_separator(start, end)
        if start == 0 and line and (before := self._leading(line)):
            yield before
        while line < end:
            body = self.after_line(line)
            after = self.past_open_part(
                body, self.next_separator(self.past_length(line, body, end), end), end
            )
            yield _Message(line, body, max(body, self.before_blank(after, body)))
            line = after

    def _between(self, mark: bytes, start: int, end: int) -> Iterator[_Message]:
        """Yield what lies between two lines of marks and is not blank."""
        at = start
        while at < end:
            found = self.find(mark, at, end)
            stop = end if found < 0 else found
            if self.bytes(at, min(stop - at, CONTEXT)).strip():
                yield _Message(at, at, stop)
            at = stop + (len(mark) if found >= 0 else 1)

    def find(self, wanted: bytes, at: int, end: int) -> int:
        """Return where `wanted` next stands at the beginning of a line, or -1."""
        step = WINDOW - len(wanted) - 1
        while at < end:
            window = self.source.read(max(at - 1, 0), min(WINDOW, end - max(at - 1, 0)))
            if at == 0 and window.startswith(wanted):
                return 0
            place = window.find(self._line_end + wanted)
            if place >= 0:
                return max(at - 1, 0) + place + 1
            at += step
        return -1

    def past_open_part(self, body: int, separator: int, end: int) -> int:
        """Return the first separator from `separator` on that stands in no open part of a message.

        A pasted mailbox, a patch or an attached mailbox holds lines like separators. While the
        boundary of the message at `body` is open and its end comes later they are text; unless the
        same boundary is declared again before that end, which is then another message's.
        """
        if separator >= end:
            return end
        head = self.bytes(body, _HEADERS)
        blank = _BLANK_LINE.search(head)
        declared = _MULTIPART.search(head, 0, blank.end() if blank else 0)
        if declared is None:
            return separator
        boundary = (declared[1] or declared[2]).rstrip()
        closing = b"--" + boundary + b"--"
        if self.find(closing, body, separator) >= 0:
            return separator
        limit = min(end, separator + _OPEN)
        closed = self.find(closing, separator, limit)
        if closed < 0 or self._declares(boundary, separator, closed):
            return separator
        before = replace(self.doubts)
        after, inside = separator, 0
        while after < closed:
            inside += 1
            after = self.next_separator(after + 1, end)
        self.doubts = replace(before, open_parts=before.open_parts + inside)
        return after

    def _declares(self, boundary: bytes, at: int, end: int) -> bool:
        """Say whether a header between two places declares this boundary."""
        declaration = re.compile(
            rb"boundary[ \t]*=[ \t]*\"?" + re.escape(boundary) + rb"[\"\s;]", re.IGNORECASE
        )
        while at < end:
            window = self.source.read(at, min(WINDOW, end - at))
            if declaration.search(window):
                return True
            at += WINDOW - CONTEXT
        return False

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
        # Where separators have no date the blank after "From" may have been cut off as well.
        word = b"From" if self._undated else b"From "
        if at == 0 and self.bytes(0, len(word)) == word:
            return 0
        mark = self._line_end + word
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
        if not line.startswith(b"From ") and line.rstrip() != b"From":
            return _Line.TEXT
        if PATCH.match(line):
            return _Line.TEXT
        dated = _DATED.match(line) is not None
        if dated and blank:
            sound = _HEADER.match(rest) or not rest.strip()
            return _Line.SEPARATOR if sound else _Line.DOUBTFUL_SEPARATOR
        if (dated and _HEADER.match(rest)) or (blank and _TWO_HEADERS.match(rest)):
            return _Line.DOUBTFUL_SEPARATOR
        if self._undated and _UNDATED.match(line) and self._begins_mail(rest):
            return _Line.DOUBTFUL_SEPARATOR
        return _Line.DOUBTFUL_TEXT if dated else _Line.TEXT

    def _begins_mail(self, rest: bytes) -> bool:
        """Say whether lines are the headers of a mail: two or more, one of them known."""
        block = rest.partition(self._line_end * 2)[0].partition(b"\r\n\r\n")[0]
        if self._line_end == b"\r":
            block = block.replace(b"\r", b"\n")
        return _TWO_HEADERS.match(rest) is not None and _OF_MAIL.search(block) is not None

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


def holds_several(source: ByteSource) -> bool:
    """Say whether at least two messages begin in a file: then it is a mailbox."""
    return len(list(islice(_Scanner(source).messages(0, source.size), 2))) > 1


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
        fields=_sent(source, message),
    )


def _sent(source: ByteSource, message: _Message) -> tuple[FieldValue, ...]:
    """Return when a message was sent that has no Date header: the date of its From_ line.

    Only of a line by itself; a chat that Google exports as mail has no other date.
    """
    head = source.read(message.start, min(_HEADERS, message.end - message.start))
    blank = _BLANK_LINE.search(head)
    if _DATE.search(head, 0, blank.end() if blank else len(head)):
        return ()
    line = source.read(message.line, min(CONTEXT, message.start - message.line))
    match = _LINE_DATE.search(line.decode("latin-1"))
    moment = instant(match[0]) if match else ""
    return (FieldValue(fields.SENT, moment, "mbox:From_ line"),) if moment else ()


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
