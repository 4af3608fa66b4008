"""Numbered requests out of a served paper: text as served, and every passage that became none.

A paper titles its requests ("REQUEST FOR PRODUCTION NO. 12:") or lists them ("12."). Definitions,
instructions, the caption and the signature are not requests; they come back as unparsed passages
with their places, as does everything odd about the numbers. Lines that a page broke are joined;
a sub-part, "(a)", begins a line of its own.
"""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePath

from forthwith.domain.requests import Unparsed
from forthwith.formats.served import paragraphs
from forthwith.formats.served.paragraphs import Line, UnreadablePaperError
from forthwith.plain import charset, csv_cells

_TITLED = re.compile(
    r"(?:(?:document|supplemental|first|second|third)\s+)?"
    r"(?:requests?(?:\s+for\s+(?:the\s+)?(?:production|admission|inspection)"
    r"(?:\s+of\s+documents(?:\s+and\s+things)?)?)?|interrogatory|topic|matter|specification"
    r"|demand|item|rfp|rfa|rog)\s*(?:no\.?|number|\#)?\s*(?P<number>\d{1,3}[A-Z]?)"
    r"(?:\s*[:.)–—-]\s*(?P<rest>.*)|\s*)",
    re.IGNORECASE | re.DOTALL,
)
_LISTED = re.compile(r"(?P<number>\d{1,3}[A-Z]?)[.)](?:\s+(?P<rest>.*)|)", re.DOTALL)
_SUBPART = re.compile(r"\(?(?:[a-z]{1,2}|[ivx]+|\d{1,2})\)\s|[•●▪–—-]\s")
_ENDS = re.compile(
    r"(dated\s*:?\s.*\d{4}\.?|respectfully submitted.*|certificate of service.*|/s/.*"
    r"|proof of service.*)",
    re.IGNORECASE,
)
_FINISHED = (".", ":", ";", "?", "!", '"', "”", "; and", "; or")
#: A heading names its section by one of these words, the first that fits.
_SECTIONS = (
    ("definitions", re.compile(r"\bdefinitions?\b", re.IGNORECASE)),
    ("instructions", re.compile(r"\binstructions?\b|\brelevant (?:time )?period\b", re.IGNORECASE)),
    (
        "requests",
        re.compile(
            r"\brequests?\b|\binterrogatories\b|\btopics\b|\bmatters\b|\bspecifications\b"
            r"|\bdocuments to be produced\b|\bdemands\b",
            re.IGNORECASE,
        ),
    ),
)
_HEADING_WORDS = 9
_FORMS = "DOCX, PDF with text, TXT or CSV"
#: Why an ordinary passage of a paper is no request; every other reason is an oddity.
SECTIONS = frozenset(
    {
        "before the first request",
        "definitions",
        "instructions",
        "a heading",
        "after the last request",
    }
)


@dataclass(frozen=True, slots=True)
class ServedPaper:
    """What a served paper asks."""

    #: (number, text) in the paper's order; a number used again is "12 (2)".
    requests: tuple[tuple[str, str], ...]
    #: Passages that became no request and oddities of numbering, in order.
    unparsed: tuple[Unparsed, ...]
    #: Running heads, page numbers and line numbers taken off.
    removed: tuple[Line, ...] = ()


def read(name: str, data: bytes) -> ServedPaper:
    """Read a served paper by the ending of its name. Raises UnreadablePaperError."""
    if PurePath(name).suffix.lower() == ".csv":
        return _from_table(name, charset.decode(data).text)
    lines = paragraphs.read(name, data, forms=_FORMS)
    paper = _Reader(titled=_is_titled(lines.kept)).run(lines.kept)
    return ServedPaper(paper.requests, paper.unparsed, lines.removed)


def _is_titled(lines: Iterable[Line]) -> bool:
    """Whether the paper titles its requests; one title may be a citation, or a set of one."""
    titles = [line for line in lines if _TITLED.fullmatch(line.text)]
    numbered = [line for line in lines if _LISTED.fullmatch(line.text)]
    return len(titles) > 1 or (len(titles) == 1 and len(numbered) < 2)


@dataclass(slots=True)
class _Reader:
    """Goes through a paper's lines once."""

    titled: bool
    section: str = "before the first request"
    requests: list[tuple[str, list[str]]] = field(default_factory=list)
    passages: list[tuple[str, str, list[str]]] = field(default_factory=list)
    odd: list[Unparsed] = field(default_factory=list)
    inside: bool = False
    before: str = ""

    def run(self, lines: Iterable[Line]) -> ServedPaper:
        """Take every line."""
        for line in lines:
            self._take(line)
            self.before = line.text or self.before
        texts = tuple((number, _joined(parts)) for number, parts in self.requests)
        empty = [
            Unparsed(f"request {number}", "it has a number and no words")
            for number, text in texts
            if not text
        ]
        passages = [
            Unparsed(where, why, _joined(parts))
            for where, why, parts in self.passages
            if any(parts)
        ]
        gaps = list(_gaps([number for number, _ in self.requests]))
        return ServedPaper(texts, (*passages, *self.odd, *empty, *gaps))

    def _take(self, line: Line) -> None:
        if (beginning := self._begins(line)) is not None:
            number, rest = beginning
            self.requests.append((self._fresh(number, line), [rest]))
            self.inside = True
        elif section := self._heading(line):
            self.inside = False
            self.section = section
            self.passages.append((line.where, section, [line.text]))
        elif _ENDS.fullmatch(line.text) and self.requests:
            self.inside, self.section = False, "after the last request"
            self.passages.append((line.where, self.section, [line.text]))
        elif self.inside:
            self.requests[-1][1].append(line.text)
        else:
            self._outside(line)

    def _outside(self, line: Line) -> None:
        if not self.passages or self.passages[-1][1] != self.section:
            self.passages.append((line.where, self.section, []))
        self.passages[-1][2].append(line.text)

    def _begins(self, line: Line) -> tuple[str, str] | None:
        """Return (number, its first words) where a line begins a request."""
        shape = (_TITLED if self.titled else _LISTED).fullmatch(line.text)
        if shape is None or self.section == "after the last request":
            return None
        number, rest = shape["number"].upper(), shape["rest"] or ""
        follows = _count(number) == self._last + 1
        if self.titled:
            running = self.inside and self.before and not self.before.endswith(_FINISHED)
            return None if running and not follows else (number, rest)
        if self.section in ("definitions", "instructions"):
            return None
        if self.requests and not (follows or self._last <= _count(number) <= self._last + 5):
            text = f"the number {number} is out of order: kept in the text of the request before it"
            self.odd.append(Unparsed(line.where, text, line.text))
            return None
        return number, rest

    @property
    def _last(self) -> int:
        return _count(self.requests[-1][0]) if self.requests else 0

    def _fresh(self, number: str, line: Line) -> str:
        """Return the number, or one with its count where it was used before."""
        used = sum(used_number.partition(" ")[0] == number for used_number, _ in self.requests)
        if not used:
            return number
        fresh = f"{number} ({used + 1})"
        self.odd.append(
            Unparsed(line.where, f"the number {number} is used again: kept as {fresh}", line.text)
        )
        return fresh

    def _heading(self, line: Line) -> str:
        """Return the section a heading begins; "" where the line is no heading."""
        words = line.text.split()
        if not 0 < len(words) <= _HEADING_WORDS or line.text.endswith((".", ";", ",")):
            return ""
        loud = line.text.isupper() and (
            not self.inside or not self.before or self.before.endswith(_FINISHED)
        )
        if not (line.heading or loud):
            return ""
        for name, shape in _SECTIONS:
            if shape.search(line.text):
                return name if name != "requests" else "a heading"
        # Another heading inside definitions or instructions does not end them.
        return "" if self.section in ("definitions", "instructions") else "a heading"


def _count(number: str) -> int:
    digits = re.match(r"\d+", number)
    return int(digits[0]) if digits else 0


def _gaps(numbers: list[str]) -> Iterator[Unparsed]:
    counts = [_count(number) for number in numbers]
    if missing := sorted(set(range(1, max(counts, default=0) + 1)) - set(counts)):
        # A later set may go on where the one before it ended.
        first = min(counts)
        if inner := [count for count in missing if count > first]:
            yield Unparsed("numbers", f"no request is numbered {', '.join(map(str, inner))}")
        if first > 1:
            yield Unparsed("numbers", f"the first request is numbered {first}")
    for earlier, later in itertools.pairwise(counts):
        if later < earlier:
            yield Unparsed("numbers", f"request {later} stands after request {earlier}")


def _joined(parts: list[str]) -> str:
    """Join the lines of a passage: a blank line or a sub-part begins a new one."""
    lines: list[str] = []
    fresh = True
    for part in parts:
        if not part:
            fresh = True
        elif fresh or not lines or _SUBPART.match(part):
            lines.append(part)
            fresh = False
        else:
            glue = "" if lines[-1].endswith("-") and not lines[-1].endswith(" -") else " "
            lines[-1] += glue + part
    return "\n".join(lines)


def _from_table(name: str, text: str) -> ServedPaper:
    """Read a CSV with a column for the number and one for the text."""
    rows = list(csv_cells.reader(io.StringIO(text, newline="")))
    heads = [cell.strip().lower() for cell in rows[0]] if rows else []
    number = _column(heads, ("number", "no", "no.", "request no", "request no.", "request number"))
    words = _column(heads, ("text", "request", "request text", "text as served", "interrogatory"))
    if number is None or words is None:
        why = f"it needs the columns number and text and has {heads}"
        raise UnreadablePaperError(name, why, _FORMS)
    reader = _Reader(titled=False)
    for at, row in enumerate(rows[1:], start=2):
        cells = [*row, *[""] * len(heads)]
        number_text, request_text = cells[number].strip(), cells[words].strip()
        line = Line(f"row {at}", " | ".join(row))
        if number_text and request_text:
            reader.requests.append((reader._fresh(number_text.rstrip("."), line), [request_text]))  # noqa: SLF001 - same module
        elif any(cell.strip() for cell in row):
            reader.odd.append(Unparsed(line.where, "a row without number or text", line.text))
    return reader.run(())


def _column(heads: list[str], names: tuple[str, ...]) -> int | None:
    return next((heads.index(name) for name in names if name in heads), None)
