"""The screen itself: one document in, what is proposed of it out.

Everything is asked for the day of the document. A text is gone through once a rule, never more,
whatever stands in it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from forthwith.domain import fields
from forthwith.domain.documents import Document
from forthwith.domain.evidence import Kind
from forthwith.review.privilege.near_duplicates import Text
from forthwith.review.privilege.people import Roster, day_of
from forthwith.review.screen.claimed import Claimed
from forthwith.review.screen.line import Lines, mentions
from forthwith.review.screen.parts import Part, Parts, notices, quotations
from forthwith.review.screen.proposals import (
    WEAK,
    Doubt,
    Proposal,
    Reason,
    Signal,
    Warned,
    proposal,
)
from forthwith.review.screen.tokens import Phrases, Token, tokens, words_of_name

#: Raised when the same document may be proposed otherwise: what was made before is made anew.
VERSION = 2
#: Characters of a text that are looked through; a longer one is a table or a dump.
MOST = 2_000_000
#: A heading is a line of at most so many characters.
_HEADING = 120
#: Marks and terms told of one document.
_MOST_MARKS, _MOST_TERMS = 5, 8
#: Weights of a mark, by what it says and where: as a heading or in a subject, and in a sentence.
_HEADED = {"claim": 3.2, "general": 3.0, "word": 2.0}
_RUNNING = {"claim": 2.2, "general": 1.8, "word": 0.5}
_QUOTED = {"claim": 1.0, "general": 0.9, "word": 0.3}
_NAMED = {"claim": 3.0, "general": 3.0, "word": 2.0}
_TERM = 0.55


@cache
def _words() -> dict[str, dict[str, Sequence[str]]]:
    """Return the phrases of `words.toml`: rule -> kind -> phrases of all languages."""
    with resources.files("forthwith.review.screen").joinpath("words.toml").open("rb") as file:
        read = tomllib.load(file)

    def every(languages: Mapping[str, Sequence[str]]) -> list[str]:
        return list(dict.fromkeys(phrase for group in languages.values() for phrase in group))

    return {
        "marking": {kind: every(group) for kind, group in read["marking"].items()},
        "notice": {kind: every(group) for kind, group in read["notice"].items()},
        "term": {"term": every(read["term"])},
        "bulk": {"bulk": every(read["bulk"])},
        "otherwise": read["otherwise"],
    }


@cache
def phrases(rule: str) -> Phrases:
    """Return the phrases of one rule, laid out: "marking", "notice", "term" or "bulk"."""
    return Phrases(_words()[rule])


def parts_of(text: str, words: Sequence[Token], body: int, *, mail: bool) -> Parts:
    """Return whose words stand where."""
    return Parts(
        tuple(quotations(text, body, mail=mail)),
        tuple(notices(text, words, phrases("notice"), body)),
    )


@dataclass(frozen=True, slots=True)
class Looked:
    """What a document says of itself; what others say of it is added later."""

    control: str
    parent: str
    reasons: tuple[Reason, ...]
    warnings: tuple[Warned, ...]


@dataclass(frozen=True, slots=True)
class Screen:
    """The rules with the lists of one matter, to be asked of its documents."""

    lines: Lines
    zone: ZoneInfo

    @classmethod
    def of(cls, roster: Roster, zone: ZoneInfo) -> Screen:
        """Lay out the lists of a matter."""
        return cls(Lines.of(roster), zone)

    def look(
        self, document: Document, text: str, body: int, claimed: Claimed | None = None
    ) -> Looked:
        """Return what speaks for and against a claim of one document."""
        length, text = len(text), text[:MOST]
        body = min(max(body, 0), len(text))
        day = day_of(document, self.zone)
        reasons, warnings = self.lines.look(document, day)
        words = tokens(text, body)
        mail = document.kind is Kind.EMAIL
        parts = parts_of(text, words, body, mail=mail)
        own = [word for word in words if parts.of(word.first) is not Part.NOTICE]
        marks = list(_marks(text, words, parts))
        reasons += [*marks, *_marks_aside(document), *_terms(own, marks)]
        reasons += mentions(text, parts.quoted, self.lines, day)
        if length > MOST:
            unread = f"Only the first {MOST:,} of {length:,} characters were looked through"
            reasons.append(Reason(Signal.UNREAD, WEAK, unread))
        bulk = next(phrases("bulk").found(words), None)
        if bulk is not None:
            _, first, last = bulk
            said = text[words[first].first : words[last - 1].last]
            warnings.append(Warned(Doubt.BULK, f"Bulk mail: it says {said!r}", -1.3))
        if claimed is not None:
            whole = Text.of(document, text, body)
            reasons += claimed.look(whole, own, words)
        return Looked(
            document.control_number, document.parent or "", tuple(reasons), tuple(warnings)
        )


def _marks(text: str, words: Sequence[Token], parts: Parts) -> Iterator[Reason]:
    """Yield the marks of a text that stand outside its notices, those of quotations for less."""
    count = 0
    met: set[tuple[str, str]] = set()
    for kind, first, last in phrases("marking").found(words):
        start, end = words[first].first, words[last - 1].last
        part = parts.of(start)
        if part is Part.NOTICE or (kind == "word" and _otherwise(words, first, last)):
            continue
        said = " ".join(text[start:end].split())
        key = (said.casefold(), part.value)
        if key in met or count >= _MOST_MARKS:
            continue
        met.add(key)
        count += 1
        if part is Part.QUOTED:
            words_ = f"What it quotes is marked “{said}”"
            yield Reason(Signal.QUOTED_MARKING, _QUOTED[kind], words_, "text", start, end, said)
            continue
        headed = _headed(text, start, end)
        weight = (_HEADED if headed else _RUNNING)[kind]
        if kind == "word" and not headed:
            yield Reason(Signal.TERM, weight, f"It says “{said}”", "text", start, end, said)
        else:
            yield Reason(Signal.MARKING, weight, f"Marked “{said}”", "text", start, end, said)


def _headed(text: str, first: int, last: int) -> bool:
    """Say whether a mark is a line of its own, or begins a short one.

    The line may be broken in two, and have a bracket, a colon or a date beside the mark.
    """
    start = text.rfind("\n", max(first - _HEADING, 0), first) + 1
    if start == 0 and first > _HEADING:
        return False
    end = text.find("\n", last, last + _HEADING)
    end = (len(text) if len(text) <= last + _HEADING else -1) if end < 0 else end
    if end < 0:
        return False
    before, after = text[start:first].strip(" \t\r*_#-=[(<|/\\.:"), text[last:end].strip()
    line = text[start:end].strip()
    if line.endswith((".", "。", "?", "!")) and len(line) > 60:
        return False
    capital = line == line.upper() and line != line.lower()
    few = len(before.split()) <= 4 and len(after.split()) <= 8
    return few and (capital or not before or len(line) <= 60)


def _otherwise(words: Sequence[Token], first: int, last: int) -> bool:
    """Say whether "privileged" speaks of machines or of being glad."""
    otherwise = _words()["otherwise"]
    after = words[last].word if last < len(words) else ""
    before = words[first - 1].word if first else ""
    return after in otherwise["after"] or before in otherwise["before"]


def _marks_aside(document: Document) -> Iterator[Reason]:
    """Yield the marks of a subject, a title and a file's name."""
    subject = document.text_of(fields.SUBJECT)
    for where, shown, weights, what in (
        ("subject", subject, _HEADED, "Its subject is marked"),
        ("title", document.text_of(fields.TITLE), _NAMED, "Its title is marked"),
        ("name", document.name, _NAMED, "Its file name is marked"),
    ):
        if not shown or (where != "subject" and shown == subject):
            continue
        # The file of a mail is often named by its subject, which says it already.
        if where == "name" and document.kind is Kind.EMAIL and subject:
            continue
        plain = words_of_name(shown) if where == "name" else shown
        words = tokens(plain[:2_000])
        best: tuple[float, str] | None = None
        for kind, first, last in phrases("marking").found(words):
            if kind == "word" and _otherwise(words, first, last):
                continue
            said = plain[words[first].first : words[last - 1].last]
            weight = weights[kind]
            # A reply has the subject of what it answers.
            if best is None or weight > best[0]:
                best = weight, said
        if best is not None:
            weight, said = best
            yield Reason(
                Signal.MARKING, weight, f"{what} “{said.strip()}”", where, said=said.strip()
            )


def _terms(words: Sequence[Token], marks: Sequence[Reason]) -> Iterator[Reason]:
    """Yield terms of legal advice, each once where it stands first outside the marks."""
    met: set[str] = set()
    for _, first, last in phrases("term").found(words):
        said = " ".join(token.word for token in words[first:last])
        start, end = words[first].first, words[last - 1].last
        if said in met or any(mark.first < end and start < mark.last for mark in marks):
            continue
        met.add(said)
        yield Reason(Signal.TERM, _TERM, f"It says “{said}”", "text", start, end, said)
        if len(met) >= _MOST_TERMS:
            return


def proposals(
    looked: Sequence[Looked], claimed: Mapping[str, str], more: Mapping[str, Sequence[Reason]]
) -> list[Proposal]:
    """Return what is proposed of documents, in their order.

    `claimed` names what is claimed and stands, with its number in the log; `more` are reasons that
    do not come from the document: codings, the classifier. What hangs on a claimed document is
    strong, on a strong or likely proposal weak or likely.
    """
    own: dict[str, Proposal] = {}
    for row in looked:
        reasons = [*row.reasons, *more.get(row.control, ())]
        if row.parent in claimed:
            words = f"It hangs on {row.parent}, which is claimed"
            if claimed[row.parent]:
                words += f" ({claimed[row.parent]})"
            reasons.append(Reason(Signal.ATTACHED, 3.2, words, other=row.parent))
        elif (above := own.get(row.parent)) is not None and above.tier.rank < 2:
            words = f"It hangs on {row.parent}, a {above.tier} proposal: {above.reasons[0].words}"
            weight = 1.7 if above.tier.rank == 0 else 0.8
            reasons.append(Reason(Signal.ATTACHED, weight, words, other=row.parent))
        proposed = proposal(row.control, reasons, row.warnings)
        if proposed is not None:
            own[row.control] = proposed
    return [own[row.control] for row in looked if row.control in own]
