"""Where the header lines of a message begin, and whether there are any: mail told by its own lines.

Real mail is known by its header lines. What merely looks like headers, in source code, YAML or
notes, must not become mail: two lines that only mail has are asked for, or one that nothing else
has and a second of the same shape. Exporters put lines before them (a word of the subject, a
banner, the answer of an HTTP, IMAP or POP server) and wrap headers without a blank; there more is
asked for, and less of a file that is named as mail.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

#: Nothing but mail (or news) has these lines.
_STRONG = frozenset(
    b"received return-path message-id delivered-to mime-version x-mailer x-originating-ip "
    b"dkim-signature arc-seal arc-message-signature received-spf authentication-results "
    b"envelope-to delivery-date x-received x-uidl x-mozilla-status x-apparently-to thread-index "
    b"domainkey-signature x-mimeole x-originalarrivaltime x-filename x-from list-unsubscribe "
    b"resent-from resent-message-id errors-to newsgroups x-rsmf-version in-reply-to "
    b"x-mozilla-status2 x-priority x-envelope-from x-virus-scanned x-google-smtp-source "
    b"x-spam-status x-folder x-gmail-labels x-gm-thrid x-account-key".split()
)
#: Mail has these; so may a memo, a web reply or a YAML file, alone.
_WEAK = frozenset(
    b"from to cc bcc date subject sender reply-to content-type content-transfer-encoding "
    b"content-disposition content-id references organization importance priority sensitivity "
    b"content-language user-agent precedence resent-to resent-date status x-status "
    b"thread-topic".split()
)
_HEADER = re.compile(rb"([\x21-\x39\x3b-\x7e]{1,76})[ \t]{0,8}:(?!//)")
_LINE = re.compile(rb"([^\r\n]*)(?:\r\n|\n|\r|\Z)")
_MULTIPART = re.compile(rb"content-type[ \t]*:\s*multipart/", re.IGNORECASE)
#: Values that a mail's own lines have, in a file that merely uses the same words.
_ADDRESSED = re.compile(rb"from[ \t]*:.*@", re.IGNORECASE)
_DATED = re.compile(
    rb"date[ \t]*:[ \t]*(?:\w{3},?[ \t]+)?\d{1,2}[ \t]+\w{3}[ \t]+\d{2,4}", re.IGNORECASE
)
_BLANKS = b" \t\r\n"
_LOOKED_AT = 120
#: Lines and bytes before the headers that are stepped over, in a file named as mail and in others.
_MOST_BEFORE, _FEW_BEFORE, _MOST_BYTES = 40, 5, 4096
#: Lines that are none and stand among headers, of a header wrapped without a blank.
_MOST_ODD = 5
#: What a server says before it sends a message.
_SERVED = re.compile(
    rb"HTTP/\d|\*[ \t]+\d+[ \t]+FETCH\b|\+OK\b|[A-Z0-9.]{1,10}[ \t]+(?:UID[ \t]+)?FETCH\b|354[ \t]"
    rb"|DATA\r?\n",
    re.IGNORECASE,
)
#: One of these stands in every archive, in some case; that is cheaper to find out.
_OF_ARCHIVES = (b"saved by", b"content-location")
_BLANK_LINE = re.compile(rb"\r\n[ \t]*\r\n|\n[ \t]*\n|\r\r")
_SAVED_BY = re.compile(rb"^from[ \t]*:[ \t\"'<]*saved by\b", re.IGNORECASE | re.MULTILINE)
_SNAPSHOT = re.compile(rb"^snapshot-content-location[ \t]*:", re.IGNORECASE | re.MULTILINE)
#: Headers of what somebody sent or received.
_SENT = re.compile(
    rb"^(?:from|to|cc|bcc|sender|received|message-id|return-path|delivered-to|reply-to|newsgroups|"
    rb"in-reply-to|references|x-unsent|x-mozilla-[a-z-]+|x-apple-[a-z-]+|x-rsmf-version)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_PAGE_TYPE = re.compile(
    rb"^content-type[ \t]*:\s*(?:multipart/related|text/html)", re.IGNORECASE | re.MULTILINE
)
#: Where a part of a page was taken from; parts of a mail are called by Content-ID.
_PLACE = re.compile(
    rb"^content-location[ \t]*:\s*(?:https?|file|ftp|mhtml|mid|cid):", re.IGNORECASE | re.MULTILINE
)
#: Text that has a quoted message under it, whose headers are not its own.
_QUOTING = re.compile(
    rb"original message|forwarded|urspr\xc3?\xbcngliche|message d'origine|mensaje original|wrote:",
    re.IGNORECASE,
)
#: What no text before headers begins with: markup, source code, data.
_OTHER_TEXT = re.compile(rb"<[!?/a-z]|[{\[%]|#!|//|/\*|BEGIN:|--", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Start:
    """Where headers begin, and what stands before them."""

    at: int
    #: Lines that are no headers, as they stand; b"" for blank lines, a mark and a From_ line.
    before: bytes = b""


def start_of(head: bytes, *, named: bool) -> Start | None:
    """Return where the headers of a message begin in its first bytes; None when it has none.

    `named` says that the file is known as mail, by its name or by what it lies in.
    """
    at = after_blanks(head)
    if has_headers(head[at:] if at else head) or _wrapped_headers(head, at, named=named):
        return Start(at)
    if _OTHER_TEXT.match(head, at):
        return None
    served = _SERVED.match(head, at) is not None
    if served and (start := _after_reply(head, at)) is not None:
        return start
    most = _MOST_BEFORE if named or served else _FEW_BEFORE
    for line in _lines(head, at, most):
        if _HEADER.match(head, line) and _sure(head, at, line, named=named or served):
            return Start(line, head[at:line])
    return None


def after_blanks(head: bytes, at: int = 0) -> int:
    """Return where blank lines and a byte order mark, in whatever order, end."""
    if head[at : at + 1].isalnum():
        return at
    for _ in range(3):
        at = len(head) - len(head[at:].lstrip(_BLANKS + b"\0"))
        if not head.startswith(codecs.BOM_UTF8, at):
            break
        at += len(codecs.BOM_UTF8)
    return at


def header_shaped(head: bytes, at: int = 0) -> bool:
    """Say whether a line has the shape of a header: a name without blanks, and a colon."""
    return _HEADER.match(head, at) is not None


def has_headers(start: bytes) -> bool:
    """Tell whether bytes begin with the header lines of a mail."""
    if _HEADER.match(start) is None:
        return False
    lines = _HeaderLines()
    for line in _texts(start):
        if not lines.take(line):
            break
        if lines.certain:
            return True
    return lines.likely


def is_web_archive(start: bytes, lowered: bytes) -> bool:
    """Say whether headers are those of a page kept as one file (RFC 2557), which nobody sent.

    Browsers write themselves into From; Word writes neither sender nor receiver. A mail saved under
    that name has both.
    """
    if _OF_ARCHIVES[0] not in lowered and _OF_ARCHIVES[1] not in lowered:
        return False
    block = _BLANK_LINE.split(start, 1)[0]
    if _SAVED_BY.search(block) or _SNAPSHOT.search(block):
        return True
    if _SENT.search(block) or _PAGE_TYPE.search(block) is None:
        return False
    return _PLACE.search(start) is not None


def _wrapped_headers(head: bytes, at: int, *, named: bool) -> bool:
    """Tell headers in lower case, alone, or with a few lines among them that were wrapped."""
    first = _HEADER.match(head, at)
    if first is None or first[1].lower() not in _STRONG | _WEAK:
        return False
    lines, odd, ended = _HeaderLines(), 0, False
    for line in _texts(head[at:]):
        if not line:
            ended = True
            break
        if not lines.take(line):
            odd += 1
            if odd > (_MOST_ODD if named else 1):
                return False
    if odd:
        wanted = 1 if named else 2
        return lines.strong >= wanted and len(lines.weak) >= 2 and lines.shaped > 2 * odd
    if named:
        return ended and bool(lines.weak or lines.strong)
    return lines.addressed and lines.dated and len(lines.weak) >= 3


def _sure(head: bytes, start: int, line: int, *, named: bool) -> bool:
    """Say whether the headers at `line` are the message's own in spite of what stands before."""
    lines = _HeaderLines()
    for text in _texts(head[line:]):
        if not text or not lines.take(text):
            break
    before = head[start:line]
    if _QUOTING.search(before):
        return False
    if not named:
        return lines.strong >= 2 and len(lines.weak) >= 2
    if lines.strong:
        return lines.certain
    return len(before.split()) <= 12 and lines.addressed and lines.dated and lines.likely


def _after_reply(head: bytes, at: int) -> Start | None:
    """Return where the message begins that an HTTP server sent: after the headers of the reply."""
    if head[at : at + 5].upper() != b"HTTP/":
        return None
    for line in _lines(head, at, _MOST_BEFORE):
        if head[line : line + 1] in (b"\r", b"\n"):
            message = after_blanks(head, line)
            return Start(message, head[at:message]) if has_headers(head[message:]) else None
    return None


def _lines(head: bytes, at: int, most: int) -> Iterator[int]:
    """Yield where each of the lines after the first begins."""
    for _ in range(most):
        line = _LINE.match(head, at)
        if line is None or line.end() == at or line.end() >= min(len(head), _MOST_BYTES):
            return
        at = line.end()
        yield at


def _texts(start: bytes) -> Iterator[bytes]:
    """Yield lines without their ends, as many as are looked at."""
    at = 0
    for _ in range(_LOOKED_AT):
        line = _LINE.match(start, at)
        if line is None or line.end() == at:
            return
        yield line[1]
        at = line.end()


@dataclass(slots=True)
class _HeaderLines:
    """What the header lines so far showed."""

    shaped: int = 0
    strong: int = 0
    weak: set[bytes] = field(default_factory=set)
    #: Weak names written all in lower case, as YAML writes its keys and mail hardly ever.
    lowered: int = 0
    #: A From line has an address, a Date line a date as mail writes it.
    addressed: bool = False
    dated: bool = False

    def take(self, line: bytes) -> bool:
        """Count one line; False when it ends the header block."""
        if line[:1] in (b" ", b"\t") or line[:6] == b">From ":
            return True
        field = _HEADER.match(line)
        if field is None:
            return False
        name = field[1].lower()
        self.shaped += 1
        if name in _STRONG:
            self.strong += 1
        elif name == b"content-type" and _MULTIPART.match(line):
            self.strong += 2
        elif name in _WEAK:
            self.weak.add(name)
            self.lowered += field[1] == name
            if name == b"from":
                self.addressed = self.addressed or _ADDRESSED.match(line) is not None
            elif name == b"date":
                self.dated = self.dated or _DATED.match(line) is not None
        return True

    @property
    def certain(self) -> bool:
        """True as soon as nothing that follows could change the answer."""
        return self.strong >= 2 or bool(self.strong and self.weak)

    @property
    def likely(self) -> bool:
        """The answer at the end of the block: a line of mail alone and one more, or two others."""
        if self.strong:
            return self.shaped >= 2
        return len(self.weak) >= 2 and self.lowered < len(self.weak)
