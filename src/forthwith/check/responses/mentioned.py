"""Documents that produced documents mention and nobody produced.

Read from the texts and headers as delivered. Conservative: what a mail quotes of an older one is
not read, a name must look like a file's, and a parent is missed only by its Message-ID or, where
the header is not delivered, when no document bears the subject without its "Re:".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.loadfiles import volume_rows
from forthwith.loadfiles.dat import NEWLINE
from forthwith.loadfiles.volume_rows import Row


class Kind(StrEnum):
    """How a document is mentioned."""

    FILE = "file name"
    ATTACHED = "said to be attached"
    BATES = "Bates number"
    PARENT = "earlier mail"


@dataclass(frozen=True, slots=True)
class Reference:
    """One mention of a document that is in no volume."""

    kind: Kind
    #: What is mentioned: a file name, a number, a Message-ID or subject; "" for "attached".
    what: str
    #: The document that mentions it, and where in it: "line 4", "header", "subject".
    bates: str
    place: str
    words: str
    #: What a log would show of it: a subject or a file name; "" where nothing is known.
    about: str = ""


_ENDINGS = (
    "xlsx?|xlsm|csv|docx?|pdf|pptx?|msg|eml|zip|txt|rtf|key|pages|numbers|jpe?g|png|mp4|vsdx?"
)
_FILE = re.compile(
    rf"(?<![\w@/:.\\-])(?:[\"“](?P<quoted>[^\"“”\n/\\:*?<>|]{{1,80}}\.(?:{_ENDINGS}))[\"”]"
    rf"|(?P<plain>\w[\w.\-()]{{0,80}}\.(?:{_ENDINGS})))(?![\w@/-]|\.\w)",
    re.IGNORECASE,
)
_ATTACHED = re.compile(
    r"\b(?:attached\s+(?:please\s+find|is|are|you\s+will\s+find)|please\s+find\s+(?:\w+\s+)?attached"
    r"|(?:i|we)(?:\s+have|'ve)?\s+attach(?:ed)?)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(
    r"\s*(?:>|-{2,}\s*(?:original|forwarded)\s+message|on\b.{5,120}\bwrote:\s*$"
    r"|begin forwarded message)",
    re.IGNORECASE,
)
_FROM = re.compile(r"\s*from:\s", re.IGNORECASE)
_SENT = re.compile(r"\s*(?:sent|date):\s", re.IGNORECASE)
_REPLY = re.compile(r"^\s*(?:(?:re|aw|sv|antw)\s*(?:\[\d+\])?:\s*)+", re.IGNORECASE)
_FORWARD = re.compile(r"^\s*(?:(?:re|fwd?|aw|wg|sv|antw)\s*(?:\[\d+\])?:\s*)+", re.IGNORECASE)
_IN_REPLY_TO = re.compile(r"^in-reply-to:\s*(<[^<>\s]+>)", re.IGNORECASE | re.MULTILINE)
#: What a mail's own text says it carries is held against its family by the checks (FM), by name;
#: a slip-sheet's note leads to a log that is delivered beside the documents.
_TOLD_ELSEWHERE = re.compile(r"\s*(?:attachments?\s*:|.*_EXCEPTIONS\.CSV\b)", re.IGNORECASE)
_SHOWN = 120


class DeliveredNames:
    """What the volumes hold, to be asked whether they hold a thing."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._names = {row.name.casefold() for row in rows if row.name}
        self._ids = {row.message_id.strip("<> ") for row in rows if row.message_id}
        self._subjects = {
            row.subject.strip().casefold() for row in rows if not _REPLY.match(row.subject)
        }
        self._spans = volume_rows.spans(rows)
        series = {(span.first.prefix, span.first.width) for span in self._spans}
        self._number = [
            re.compile(rf"(?<!\w){re.escape(prefix)}\d{{{width}}}(?!\w)")
            for prefix, width in sorted(series)
            if prefix
        ]

    def names(self, name: str) -> bool:
        """Tell whether a file of that name was produced."""
        return name.casefold() in self._names

    def bates_in(self, text: str) -> Iterator[str]:
        """Yield numbers of the volumes' own series that no volume holds."""
        for pattern in self._number:
            for cited in pattern.findall(text):
                try:
                    number = Bates.parse(cited)
                except NotABatesNumberError:
                    continue
                if not any(number in span for span in self._spans):
                    yield cited

    def message(self, message_id: str) -> bool:
        """Tell whether a mail with that Message-ID was produced."""
        return message_id.strip("<> ") in self._ids

    def subject(self, subject: str) -> bool:
        """Tell whether a document has that subject and is no reply itself."""
        return subject.strip().casefold() in self._subjects


def references(
    rows: Sequence[Row], texts: Iterable[tuple[Row, str]], logged: Iterable[str] = ()
) -> list[Reference]:
    """Return each thing mentioned and not produced once, at the first place it is mentioned.

    `logged` are subjects and file names that a privilege log shows. A slip-sheet shows no name, so
    a file that a mail with a withheld attachment names may be that one.
    """
    delivered, titles = DeliveredNames(rows), {_bare(title) for title in logged}
    closed = {row.parent for row in rows if row.withheld}
    mentions = [mention for row, text in texts for mention in _in_text(row, text, delivered)]
    mentions.extend(mention for row in rows for mention in _parents(row, delivered))
    beside = {row.first for row in rows if (row.parent or row.first) in closed}
    titles |= {
        _bare(mention.what)
        for mention in mentions
        if mention.kind is Kind.FILE and mention.bates in beside
    }
    first: dict[tuple[Kind, str], Reference] = {}
    for mention in mentions:
        if not (mention.about and _bare(mention.about) in titles):
            # "Attached" names nothing: each mail that says so is a mention of its own.
            key = (mention.kind, mention.what.casefold() or mention.bates)
            first.setdefault(key, mention)
    return list(first.values())


def _in_text(row: Row, text: str, delivered: DeliveredNames) -> Iterator[Reference]:
    named = False
    for number, line in _own_lines(text):
        place = f"line {number}"
        for match in _FILE.finditer(line):
            named = True
            if _TOLD_ELSEWHERE.match(line):
                continue
            name = match["quoted"] or match["plain"]
            if not delivered.names(name):
                yield Reference(Kind.FILE, name, row.first, place, _short(line), name)
        for cited in delivered.bates_in(line):
            yield Reference(Kind.BATES, cited, row.first, place, _short(line))
        attached = row.message_id and not row.has_attachments and not row.parent
        if attached and not named and _ATTACHED.search(line):
            yield Reference(Kind.ATTACHED, "", row.first, place, _short(line))


def _own_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the numbered lines a writer wrote, up to the older mail below them."""
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        below = "\n".join(lines[number : number + 3])
        heads = _FROM.match(line) and any(_SENT.match(under) for under in below.splitlines())
        # The head of the mail itself may stand on top of its own text.
        if _QUOTED.match(line) or (heads and number > 3):
            return
        yield number, line


def _parents(row: Row, delivered: DeliveredNames) -> Iterator[Reference]:
    """Yield the mail a reply answers, where it was not produced."""
    # The usual sign for a line break stands also where another was agreed.
    header = row.header.replace(NEWLINE, "\n")
    if (asked := _IN_REPLY_TO.search(header)) is not None:
        if not delivered.message(asked[1]):
            words = _short(f"In-Reply-To: {asked[1]}; subject {row.subject}")
            about = row.subject if _REPLY.match(row.subject) else ""
            yield Reference(Kind.PARENT, asked[1], row.first, "header", words, about)
    elif row.message_id and _REPLY.match(row.subject):
        bare = _FORWARD.sub("", row.subject)
        if bare and not delivered.subject(bare):
            yield Reference(Kind.PARENT, bare, row.first, "subject", _short(row.subject), bare)


def _bare(title: str) -> str:
    return _FORWARD.sub("", " ".join(title.split())).casefold()


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
