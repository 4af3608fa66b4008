"""Split an Internet message into its parts by byte range (RFC 2045, 2046), tolerant of all mail.

Gives the tree of parts, each with its headers and the range of its body; bytes are decoded when
asked. Never raises: what is wrong becomes a Fault in `Message.defects`. Which part is the body,
which an attachment, is `body`; what headers mean is `header_fields`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from forthwith.domain.evidence import Fault, FaultReason
from forthwith.formats.mail.headers import Headers
from forthwith.formats.mail.message_start import after_blanks, header_shaped, start_of
from forthwith.formats.mail.transfer_encoding import Content, undone
from forthwith.plain import charset

#: Caps against hostile mail; passing one is a Fault, and the rest comes out as one undivided part.
MOST_HEADERS, MOST_PARTS, MOST_DEPTH = 10_000, 10_000, 64
#: Longest header block looked at, bytes; anything longer without a blank line is not headers.
_LONGEST_BLOCK = 8 * 2**20

_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
#: How much of a message is looked at for where its headers begin, bytes.
_START = 8192
_BLANK_LINE = re.compile(rb"\n\r*\n")
_AFTER_MARK = re.compile(rb"(--)?[ \t]*(?:\r*\n|\r|\Z)")
#: RFC 2046 5.1.1 asks only that a line begin with the boundary; tried when no line is exact.
_LOOSE_AFTER_MARK = re.compile(rb"(--)?(?:[ \t][^\r\n]*)?(?:\r*\n|\r|\Z)")
_NOT_A_HEADER = re.compile(rb"^(?![!-9;-~]+[ \t]*:|[ \t\r]|\Z)", re.MULTILINE)
#: Headers sure enough to go on past a damaged line.
_KNOWN = re.compile(
    rb"^(?:From|To|Cc|Subject|Date|Received|Message-ID|MIME-Version|Content-[A-Za-z-]+|Reply-To|"
    rb"Return-Path|X-[A-Za-z-]+|Sender|References|In-Reply-To)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_GUESSED_MARK = re.compile(
    rb"^(--[^\s][^\r\n]{0,200}?)[ \t]*\r?\nContent-", re.IGNORECASE | re.MULTILINE
)
_LOOSE_BOUNDARY = re.compile(rb"boundary\s*=\s*\"?([^\";\s]+)", re.IGNORECASE)


@dataclass(slots=True, eq=False)
class Part:
    """One part; not frozen because tens of thousands are made a second, but never changed."""

    #: The bytes its ranges count in: the message, or what an opaque layer held.
    data: bytes
    #: Place in the tree as IMAP counts: "" the message, "1.2" the second part of its first.
    path: str
    headers: Headers
    #: Where the header block, the body and the part end begin.
    start: int
    body: int
    end: int
    #: Lower case, from Content-Type or the default of its place (RFC 2045 5.2, RFC 2046 5.1.5).
    media_type: str
    parts: list[Part] = field(default_factory=list)
    #: Where a multipart's own text lies: before its first part, after its last.
    preamble: tuple[int, int] = (0, 0)
    epilogue: tuple[int, int] = (0, 0)
    #: The message was in UTF-16: what has no transfer encoding is in UTF-8 now, as nothing says.
    recoded: bool = False

    @property
    def raw(self) -> bytes:
        """Return the body as it stands."""
        return self.data[self.body : self.end]

    @property
    def number(self) -> str:
        """Return the path; "1" for a message of one part."""
        return self.path or "1"

    def decoded(self) -> Content:
        """Undo the transfer encoding of the body."""
        encoding = self.headers.raw(b"content-transfer-encoding")
        if not encoding:
            return Content(self.raw)
        return undone(self.raw, encoding.decode("latin-1"))

    def parameter(self, name: str) -> str:
        """Return a parameter of Content-Type, or ""."""
        return self.headers.value(b"content-type")[1].get(name, "")

    @property
    def in_base64(self) -> bool:
        """Say whether its headers call it base64."""
        return self.headers.value(b"content-transfer-encoding")[0] == "base64"

    @property
    def encoded(self) -> bool:
        """Say whether its headers name a transfer encoding that changes the bytes."""
        encoding = self.headers.value(b"content-transfer-encoding")[0]
        return encoding not in ("", "7bit", "8bit", "binary")

    @property
    def charset(self) -> str:
        """Return the charset its text is declared to be in, or ""."""
        return "utf-8" if self.recoded and not self.encoded else self.parameter("charset")

    def walk(self) -> Iterator[Part]:
        """Yield this part and all below it, depth first, in order."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.parts))


@dataclass(slots=True, eq=False)
class Message:
    """A message split."""

    root: Part
    defects: list[Fault]
    #: What stands before the headers and is none: a banner, a server's reply.
    before: bytes = b""


class _Splitter:
    """Holds what the splitting of one message shares: its bytes, counts, defects."""

    __slots__ = ("count", "data", "defects", "recoded", "scanned")

    def __init__(self, data: bytes, *, recoded: bool = False) -> None:
        self.data = data
        self.recoded = recoded
        # Mail of the oldest Macs has no LF at all; offsets stay the same in the copy.
        self.scanned = data if b"\n" in data else data.replace(b"\r", b"\n")
        self.defects: list[Fault] = []
        self.count = 0

    def note(self, reason: FaultReason, detail: str, part: str = "") -> None:
        step = f"part:{part}" if part else ""
        if len(self.defects) < 1000:
            self.defects.append(Fault(reason, detail, step=step))

    def part(self, path: str, start: int, end: int, default: str, depth: int) -> Part:
        """Split the part that lies between `start` and `end`."""
        self.count += 1
        body_at, headers = self.headers(start, end)
        if headers.junk:
            self.note(FaultReason.CORRUPT, f"{headers.junk} damaged header lines", path)
        if len(headers) >= MOST_HEADERS:
            self.note(FaultReason.TOO_MANY, f"more than {MOST_HEADERS:,} headers", path)
        media_type = self.media_type(headers, default)
        part = Part(self.data, path, headers, start, body_at, end, media_type)
        part.recoded = self.recoded
        if media_type.startswith("multipart/"):
            self.divide(part, depth)
        return part

    def media_type(self, headers: Headers, default: str) -> str:
        """Return the type; of several headers that name one, a multipart wins: parts must show."""
        media_type = headers.value(b"content-type")[0]
        if headers.repeats and not media_type.startswith("multipart/"):
            for value in headers.all(b"content-type")[1:]:
                if value[:10].lower() == b"multipart/":
                    headers.prefer(b"content-type", value)
                    media_type = headers.value(b"content-type")[0]
                    break
        if "/" not in media_type:
            return "multipart/mixed" if media_type.startswith("multipart") else default
        return media_type if " " not in media_type else media_type.split()[0]

    def headers(self, start: int, end: int) -> tuple[int, Headers]:
        """Return where the body begins, and the headers before it."""
        data = self.scanned
        if start < end and data[start] in b"\r\n":
            for blank in (b"\n", b"\r\n"):
                if data.startswith(blank, start, end):
                    return start + len(blank), Headers(b"", 1)
        stop = min(end, start + _LONGEST_BLOCK)
        first = data.find(b"\n", start, stop)
        line_end = b"\r\n" if first > start and data[first - 1] == 13 else b"\n"
        blank_at = data.find(line_end * 2, start, stop)
        if blank_at >= 0:
            after = blank_at + len(line_end)
            if headers := Headers.sound(data[start:after], MOST_HEADERS):
                return after + len(line_end), headers
        body_at, block_end = self.damaged_end(start, stop)
        return body_at, Headers(data[start:block_end], MOST_HEADERS)

    def damaged_end(self, start: int, stop: int) -> tuple[int, int]:
        """Find where headers end that are damaged, or without a blank line after them."""
        data = self.scanned
        blank = _BLANK_LINE.search(data, start, stop)
        block_end, body_at = (blank.start() + 1, blank.end()) if blank else (stop, stop)
        odd = _NOT_A_HEADER.search(data, start, block_end)
        if odd is None or odd.start() >= block_end:
            return body_at, block_end
        return self.past_damage(odd.start(), start, (body_at, block_end))

    def past_damage(self, odd: int, start: int, ends: tuple[int, int]) -> tuple[int, int]:
        """Decide where headers end when the line at `odd` is none.

        They go on past it only while a header everybody knows follows; a part (not the message)
        that begins with such a line has no headers at all.
        """
        if odd == start > 0 and not self.root_at(start):
            return odd, odd
        last_known = -1
        for header in _KNOWN.finditer(self.scanned, odd, ends[1]):
            last_known = header.start()
        later = _NOT_A_HEADER.search(self.scanned, max(last_known, odd), ends[1])
        if later is None or later.start() >= ends[1]:
            return ends
        return later.start(), later.start()

    def root_at(self, start: int) -> bool:
        """Say whether the part that begins at `start` is the message itself."""
        return self.count <= 1 and start < _LONGEST_BLOCK

    def divide(self, part: Part, depth: int) -> None:
        """Cut a multipart at its boundary; without one it stays whole, with a Fault."""
        if depth >= MOST_DEPTH:
            self.note(FaultReason.TOO_DEEP, f"parts nest deeper than {MOST_DEPTH}", part.path)
            return
        marks = self.marks(part)
        if not marks and self.divide_encoded(part, depth):
            return
        if not marks:
            detail = f"{part.media_type} whose boundary does not occur: its parts stay undivided"
            self.note(FaultReason.CORRUPT, detail, part.number)
            return
        default = "message/rfc822" if part.media_type == "multipart/digest" else "text/plain"
        part.preamble = (part.body, self.before_line_end(marks[0][0], part.body))
        for at, (_, after, closes) in enumerate(marks):
            limit = marks[at + 1][0] if at + 1 < len(marks) else part.end
            if self.count >= MOST_PARTS or at >= 2 * MOST_PARTS:
                self.rest(part, after)
                return
            if closes:
                part.epilogue = (after, limit)
                continue
            stop = self.before_line_end(limit, after) if at + 1 < len(marks) else limit
            number = len(part.parts) + 1
            path = f"{part.path}.{number}" if part.path else str(number)
            part.parts.append(self.part(path, after, stop, default, depth + 1))
        if not part.parts:
            self.note(FaultReason.CORRUPT, "no part begins before the end boundary", part.number)
        self.closing(part, [closes for _, _, closes in marks])

    def divide_encoded(self, part: Part, depth: int) -> bool:
        """Cut a multipart that was encoded as a whole, which RFC 2045 6.4 forbids."""
        data = part.decoded().data
        if data == part.raw:
            return False
        inner = _Splitter(data)
        inner.count = self.count
        kind = part.media_type
        multipart = Part(data, part.path, part.headers, 0, 0, len(data), kind)
        if not inner.marks(multipart):
            return False
        inner.divide(multipart, depth)
        part.parts, self.count = multipart.parts, inner.count
        self.note(
            FaultReason.CORRUPT,
            "a multipart was encoded as a whole; it was decoded first",
            part.number,
        )
        self.defects += inner.defects
        return True

    def closing(self, part: Part, closes: list[bool]) -> None:
        if True not in closes:
            detail = "the end boundary is missing; the message may be cut short"
            self.note(FaultReason.TRUNCATED, detail, part.number)
        elif not closes[-1] or closes.index(True) < len(closes) - 1:
            self.note(FaultReason.CORRUPT, "parts go on after the end boundary", part.number)

    def rest(self, part: Part, start: int) -> None:
        """Give all that is left as one part, so that the cap loses nothing."""
        number = len(part.parts) + 1
        path = f"{part.path}.{number}" if part.path else str(number)
        kind = "application/octet-stream"
        part.parts.append(Part(self.data, path, Headers(b"", 1), start, start, part.end, kind))
        detail = f"more than {MOST_PARTS:,} parts: the rest is one undivided part"
        self.note(FaultReason.TOO_MANY, detail, path)

    def marks(self, part: Part) -> list[tuple[int, int, bool]]:
        """Find the boundary lines of `part`: start, end, whether it closes."""
        most = 2 * MOST_PARTS + 1
        boundary = part.parameter("boundary").rstrip()
        boundaries = [boundary.encode("utf-8", "replace")] if boundary else []
        raw = part.headers.raw(b"content-type")
        if loose := _LOOSE_BOUNDARY.search(raw):
            boundaries.append(loose[1])
        for tail in (_AFTER_MARK, _LOOSE_AFTER_MARK):
            for candidate in dict.fromkeys(boundaries):
                if marks := list(islice(self.lines(b"--" + candidate, part, tail), most)):
                    return marks
        if guessed := _GUESSED_MARK.search(self.scanned, part.body, part.end):
            detail = "the declared boundary does not occur; the one in the body was used"
            self.note(FaultReason.CORRUPT, detail, part.number)
            return list(islice(self.lines(guessed[1], part, _AFTER_MARK), most))
        return []

    def lines(
        self, mark: bytes, part: Part, ending: re.Pattern[bytes]
    ) -> Iterator[tuple[int, int, bool]]:
        """Yield each line of the body that is `mark`, or `mark` and "--", and then `ending`."""
        data, start, end = self.scanned, part.body, part.end
        at = data.find(mark, start, end)
        while at >= 0:
            if at == start or data[at - 1] in b"\r\n":
                tail = ending.match(data, at + len(mark), end)
                if tail:
                    yield at, tail.end(), tail[1] is not None
            at = data.find(mark, at + len(mark), end)

    def before_line_end(self, at: int, least: int) -> int:
        """Step back over the line end that belongs to the boundary (RFC 2046 5.1.1)."""
        data = self.scanned
        if at > least and data[at - 1] == 10:
            at -= 1
            return at - 1 if at > least and data[at - 1] == 13 else at
        return at - 1 if at > least and data[at - 1] == 13 else at


def split(data: bytes) -> Message:
    """Split a message. Leading blank lines, a byte order mark and a From_ line are stepped over.

    Lines that are no headers, before them, are kept apart (`before`); a message in UTF-16, which
    some exporters write, is split in UTF-8.
    """
    narrow = _narrowed(data)
    splitter = _Splitter(data if narrow is None else narrow, recoded=narrow is not None)
    start = _message_start(splitter.scanned)
    before = b""
    if start < len(splitter.data) and not header_shaped(splitter.scanned, start):
        head = splitter.scanned[start : start + _START]
        begun = start_of(head, named=True)
        if begun is not None and begun.before.strip():
            before, start = begun.before.strip(b"\r\n"), start + begun.at
            count = len(before.splitlines())
            detail = (
                f"{count:,} {'line stands' if count == 1 else 'lines stand'} before the headers "
                f"and {'is' if count == 1 else 'are'} kept in the text"
            )
            splitter.note(FaultReason.CORRUPT, detail)
    root = splitter.part("", start, len(splitter.data), "text/plain", 0)
    return Message(root, splitter.defects, before)


def _narrowed(data: bytes) -> bytes | None:
    """Return a message in UTF-16 or UTF-32 as UTF-8; None for any other."""
    if not data.startswith(_WIDE_MARKS) and (
        data[:4].count(0) != 2 or (data[0] == 0) == (data[1] == 0)
    ):
        return None
    text = charset.decode(data)
    return text.text.encode() if text.charset.startswith(("utf-16", "utf-32")) else None


def split_entity(data: bytes, path: str) -> Message:
    """Split what an opaque layer held (a signed content): a MIME entity numbered below `path`."""
    splitter = _Splitter(data)
    return Message(splitter.part(path, 0, len(data), "text/plain", 1), splitter.defects)


def _message_start(data: bytes) -> int:
    at = 3 if data.startswith(codecs.BOM_UTF8) else 0
    if data[at : at + 1] in (b"\r", b"\n", b"\0"):
        text = after_blanks(data, at)
        if _KNOWN.match(data[text : text + 100]) or data.startswith(b"From ", text):
            at = text
    if data.startswith((b"From ", b">From ", b"From\n", b"From\r\n"), at):
        line_end = data.find(b"\n", at)
        at = line_end + 1 if line_end >= 0 else at
        # "remote from" and the like of UUCP go on in a line of their own.
        while data[at : at + 1] in (b" ", b"\t") and (line_end := data.find(b"\n", at)) >= 0:
            at = line_end + 1
    return at
