"""Whose words stand where in a text: the writer's own, quoted from elsewhere, or a standing notice.

A mark in the words of whoever wrote the document says something of the document. In what it quotes
it says something of another, and in the notice that a server puts under every mail it says nothing.
Everything here goes once through the lines of a text: a notice of 200 kB costs what it is long.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from forthwith.review.screen.tokens import Phrases, Token

#: First character and one past the last.
Span = tuple[int, int]


class Part(StrEnum):
    """Whose words."""

    OWN = "own"
    QUOTED = "quoted"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Parts:
    """A text laid out; what is in no span is the writer's own."""

    quoted: tuple[Span, ...]
    notices: tuple[Span, ...]

    def of(self, place: int) -> Part:
        """Return whose word stands at a place."""
        if _within(self.notices, place):
            return Part.NOTICE
        return Part.QUOTED if _within(self.quoted, place) else Part.OWN


def _within(spans: Sequence[Span], place: int) -> bool:
    at = bisect.bisect_right(spans, (place, 1 << 62)) - 1
    return at >= 0 and spans[at][0] <= place < spans[at][1]


# Quotations

#: "> ", ">> ", "JS> ", "| > ": how a reply sets off what it answers.
_PREFIX = re.compile(r"[ \t]{0,3}(?:[A-Za-z]{1,3})?[>\u00bb\u203a\uff1e]")
#: Longest line that can begin a quotation.
_LONGEST = 300
_SEPARATOR = re.compile(
    r"[ \t>*]*[-_=]{2,}[ \t]*(?:"
    r"original\s+(?:message|appointment)|forwarded\s+(?:message|by)|begin forwarded message|"
    r"reply message|ursprüngliche\s+nachricht|urspr\.? nachricht|originalnachricht|"
    r"weitergeleitete\s+nachricht|message\s+(?:d'origine|original|transféré|transfere|initial)|"
    r"e-?mail d'origine|mensaje\s+(?:original|reenviado)|messaggio\s+(?:originale|inoltrato)|"
    r"mensagem\s+(?:original|encaminhada)|oorspronkelijk\s+bericht|doorgestuurd\s+bericht|"
    r"原始邮件|原邮件|转发的邮件|转发邮件|邮件原件|原始郵件|轉寄郵件|元のメッセージ|転送メッセージ)",
    re.IGNORECASE,
)
_BEGIN = re.compile(
    r"[ \t>*]*(?:begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-?mail)|"
    r"début du message (?:transféré|réexpédié)|inicio del mensaje reenviado|"
    r"inizio messaggio inoltrato|开始转发的邮件)[ \t]*[:：]",
    re.IGNORECASE,
)
#: The end of "On 3 March 2022, Adeyemi wrote:", which clients break over up to three lines.
_WROTE = re.compile(
    r"(?:\bwrote|\bschrieb(?:en)?|\bhat geschrieben|\ba écrit|\ba ecrit|\bescribió|\bescribio|"
    r"\bha scritto|\bescreveu|\bschreef|写道|寫道|のメール)[ \t]*[:：][ \t]*$|"
    r"^[ \t]*am\b.{4,200}\bschrieb\b.{0,120}[:：][ \t]*$",
    re.IGNORECASE,
)
_WROTE_BEGINS = re.compile(r"[ \t]*(?:on|am|le|el|il|em|op|in|at|\d|\"|<|在|于|於)", re.IGNORECASE)
#: Labels of a header block, by what they stand for.
_LABELS = {
    "from": ("from", "von", "de", "da", "van", "发件人", "寄件者", "寄件人", "發件人", "差出人"),
    "sent": (
        "sent", "date", "gesendet", "datum", "envoyé", "envoye", "date d'envoi", "enviado",
        "enviado el", "fecha", "inviato", "data", "verzonden", "发送时间", "日期", "时间",
        "寄件日期", "發送時間", "送信日時", "enviada em",
    ),
    "to": ("to", "an", "à", "a", "para", "aan", "收件人", "收件者", "宛先"),
    "cc": ("cc", "kopie", "bcc", "抄送", "副本"),
    "subject": (
        "subject", "betreff", "objet", "asunto", "oggetto", "assunto", "onderwerp", "主题", "主旨",
        "主題", "件名",
    ),
}  # fmt: skip
_LABEL_OF = {label: name for name, labels in _LABELS.items() for label in labels}
_LABEL = re.compile(r"[ \t>*]*([^\W\d_][\w' .]{0,14}?)[ \t*]*[:：]")
#: Lines after "From:" among which the other labels stand, folded addresses included.
_HEADER_LINES = 12


def quotations(text: str, body: int = 0, *, mail: bool = True) -> list[Span]:
    """Return what is quoted in a text from `body` on: by prefix, by header block, by "wrote:".

    A header block quotes all that follows it. At the top of what is no mail (a mail as printed) it
    is the document's own.
    """
    found: list[Span] = []
    lines = list(_lines(text, body))
    empty = True
    at = 0
    while at < len(lines):
        first, last = lines[at]
        if _PREFIX.match(text, first, last):
            start = _attribution(text, lines, at)
            end = at
            while end + 1 < len(lines) and _continues(text, lines, end + 1):
                end += 1
            found.append((start, lines[end][1]))
            at = end + 1
            continue
        if (mail or not empty) and _opens(text, lines, at):
            found.append((first, len(text)))
            break
        empty = empty and not text[first:last].strip()
        at += 1
    return _merged(found)


def _lines(text: str, first: int) -> Iterator[Span]:
    while first < len(text):
        end = text.find("\n", first)
        end = len(text) if end < 0 else end
        yield first, end
        first = end + 1


def _continues(text: str, lines: Sequence[Span], at: int) -> bool:
    """Say whether a line goes on quoting: it has the prefix, or is blank before one that has."""
    first, last = lines[at]
    if _PREFIX.match(text, first, last):
        return True
    if text[first:last].strip() or at + 1 >= len(lines):
        return False
    return _PREFIX.match(text, *lines[at + 1]) is not None


def _attribution(text: str, lines: Sequence[Span], at: int) -> int:
    """Return where a quotation begins: at its "… wrote:" of up to three lines, if it has one."""
    above = at - 1
    while above >= 0 and at - above < 3 and not text[slice(*lines[above])].strip():
        above -= 1
    if above < 0 or not _WROTE.search(text[slice(*lines[above])][-_LONGEST:]):
        return lines[at][0]
    for begin in range(above, max(above - 3, -1), -1):
        if _WROTE_BEGINS.match(text, *lines[begin]):
            return lines[begin][0]
    return lines[above][0]


def _opens(text: str, lines: Sequence[Span], at: int) -> bool:
    """Say whether all from a line on is quoted."""
    first, last = lines[at]
    if last - first > _LONGEST:
        return False
    if _SEPARATOR.match(text, first, last) or _BEGIN.match(text, first, last):
        return True
    if _label(text, lines[at]) == "from":
        return _is_header(text, lines, at)
    if not _WROTE_BEGINS.match(text, first, last):
        return False
    joined = " ".join(text[slice(*line)].strip() for line in lines[at : at + 3])[:_LONGEST]
    one = text[first:last]
    wrote = _WROTE.search(one) or (":" in joined and _WROTE.search(_upto(text, lines, at)))
    # Where what follows has the prefix, the quotation ends with it.
    return bool(wrote) and bool(re.search(r"\d", joined)) and not _prefixed_below(text, lines, at)


def _upto(text: str, lines: Sequence[Span], at: int) -> str:
    """Return up to three lines joined, to the first that ends with a colon."""
    joined = ""
    for first, last in lines[at : at + 3]:
        line = text[first:last].strip()
        if not line or last - first > _LONGEST:
            return ""
        joined = f"{joined} {line}"
        if line.endswith((":", "：")):
            return joined
    return ""


def _prefixed_below(text: str, lines: Sequence[Span], at: int) -> bool:
    return any(_PREFIX.match(text, *line) for line in lines[at + 1 : at + 6])


def _label(text: str, line: Span) -> str:
    met = _LABEL.match(text, line[0], min(line[1], line[0] + 40))
    return _LABEL_OF.get(met[1].strip().lower(), "") if met else ""


def _is_header(text: str, lines: Sequence[Span], at: int) -> bool:
    labels = {"from"}
    for line in lines[at + 1 : at + _HEADER_LINES]:
        if not text[slice(*line)].strip():
            break
        labels.add(_label(text, line))
    return len(labels - {""}) >= 3


def _merged(spans: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


# Notices

_NOTICE_KINDS = frozenset({"recipient", "error", "forbidden", "destroy", "thing"})
#: Without one of these it is a request among people: "delete this message when you have read it".
_TELLING = frozenset({"recipient", "error"})
#: Characters between two phrases of one notice.
_APART = 600
#: A unit of text: a sentence, a paragraph, a line all in capitals.
_END = re.compile(
    r"[.!?][\"')\]]{0,2}(?=\s)|[。！？]|\n[ \t\r]*\n|(?<=[:：])[ \t]*\n|\n[ \t]*[-_=*]{5,}"
)
_LETTER = re.compile(r"[^\W\d_]")
#: A heading before a notice is at most so long.
_HEADING = 160


def notices(text: str, words: Sequence[Token], phrases: Phrases, body: int = 0) -> list[Span]:
    """Return the standing notices of a text, each with the heading right above it.

    A notice speaks of whom the message is meant for, or of error, and of one thing more: what is
    forbidden, what to destroy, the message itself. A heading at the very top of the body is the
    writer's own, whatever follows.
    """
    met = [
        (words[first].first, words[last - 1].last, kind)
        for kind, first, last in phrases.found(words)
        if words[first].first >= body
    ]
    if not met:
        return []
    ends = _units(text, body)
    found: list[Span] = []
    group: list[tuple[int, int, str]] = []
    for hit in [*met, (len(text) + _APART + 1, 0, "")]:
        if group and hit[0] - group[-1][1] > _APART:
            kinds = {kind for _, _, kind in group}
            if len(kinds) > 1 and kinds & _TELLING:
                found.append(_whole(text, group, ends, body))
            group = []
        group.append(hit)
    return _merged(found)


def _units(text: str, body: int) -> list[int]:
    """Return where the units of a text end, its capitals' lines as units of their own."""
    ends = {met.end() for met in _END.finditer(text, body)}
    for first, last in _lines(text, body):
        if last - first <= _HEADING and _is_heading(text[first:last]):
            ends.update((first, last))
    return sorted({body, *ends, len(text)})


def _is_heading(line: str) -> bool:
    """Say whether a line is all in capitals, or a few words without an end."""
    bare = line.strip(" \t\r*_#-=>")
    if not _LETTER.search(bare):
        return False
    return bare == bare.upper() and bare != bare.lower() and len(bare) < 80


def _whole(
    text: str, group: Sequence[tuple[int, int, str]], ends: Sequence[int], body: int
) -> Span:
    first = ends[max(bisect.bisect_right(ends, group[0][0]) - 1, 0)]
    last = ends[min(bisect.bisect_left(ends, group[-1][1]), len(ends) - 1)]
    # The heading right above: a short unit with nothing but blanks between.
    while first > body:
        before = bisect.bisect_left(ends, first) - 1
        if before < 0:
            break
        start = ends[before]
        unit = text[start:first].strip(" \t\r\n*_#-=>")
        if not unit:
            first = start
            continue
        top = not text[body:start].strip(" \t\r\n*_#-=>")
        if top or len(unit) > _HEADING or not (_is_heading(unit) or unit.endswith((":", "："))):
            break
        first = start
    return first, last
