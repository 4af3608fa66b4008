"""Quotations against the document quoted: found as written, found with allowances, or misquoted.

Allowed, and told each time: other spacing and line breaks, typographic quotes and dashes, hyphens
at line ends ("non- affiliated"), words run together as a scan reads them, what an ellipsis leaves
out, and what brackets change. Capitals and every other letter count.
What brackets stand for is not compared: their words are the quoter's own.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

#: Letters that a bracketed insertion may stand for; an ellipsis may leave out more.
_MOST_IN_BRACKETS, _MOST_LEFT_OUT = 200, 50_000
#: Below it a passage is too unlike to be called a misquotation of the document.
_LEAST_LIKE = 0.6
#: A quotation shorter than this is a word used, not a passage quoted.
_FEWEST_WORDS = 3

_SIGNS = str.maketrans({
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'", "′": "'",
    "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-",
})  # fmt: skip
_DOTS = re.compile(r"(?P<dots>\[?(?:…|\.\s?\.\s?\.(?:\s?\.)?)\]?)")
#: What is `open` runs to the end: behind it nothing is in brackets, and looking for their end from
#: every bracket anew would take the square of the time.
_GAP = re.compile(
    _DOTS.pattern + r"|\[(?P<letter>\w)\](?=\w)|\[[^\]]*\]|(?P<open>\[)[^\]]*\Z", re.DOTALL
)
_STRAIGHT = re.compile(r"\"([^\"]+)\"")
#: Likewise: behind a mark without its end there are straight ones alone.
_QUOTED = re.compile(r"“([^”]+)”|" + _STRAIGHT.pattern + r"|(?P<open>“)[^”]+\Z")


@dataclass(frozen=True, slots=True)
class Quoted:
    """What the document says to a quotation."""

    quotation: str
    found: bool
    #: Where it stands in the document's text; 0 and 0 when it does not.
    start: int = 0
    end: int = 0
    #: Allowances without which it would not have been found.
    how: tuple[str, ...] = ()
    #: (as quoted, as written) of each difference, when nothing allows it.
    wrong: tuple[tuple[str, str], ...] = ()

    @property
    def distance(self) -> int:
        """Return how many differences there are; a passage not in the document has most."""
        return 0 if self.found else len(self.wrong) or 1_000_000

    @property
    def says(self) -> str:
        """Return it as a sentence."""
        if self.found:
            return f"found{', allowing for ' + ', '.join(self.how) if self.how else ' as written'}"
        if not self.wrong:
            return f'"{self.quotation}" is not in the document'
        return f'"{self.quotation}": {self.differences}'

    @property
    def differences(self) -> str:
        """Return what is quoted otherwise than it is written; "" where nothing like it is there."""
        return "; ".join(_difference(*difference) for difference in self.wrong)


#: Allowances in the order in which they are told; the dots and brackets of the quoter come last.
_SPACING, _TYPE, _HYPHENS, _JOINS = (
    "spacing and line breaks", "typographic signs", "hyphens at line ends", "words run together",
)  # fmt: skip
_ALL = (_SPACING, _TYPE, _HYPHENS, _JOINS)


def quotations(sentence: str) -> list[str]:
    """Return what a sentence quotes: three words and more in double quotation marks."""
    quoted: list[str] = []
    for match in _QUOTED.finditer(sentence):
        if match["open"]:
            quoted += _STRAIGHT.findall(sentence, match.start() + 1)
        else:
            quoted.append(match[1] or match[2])
    return [passage for passage in quoted if len(passage.split()) >= _FEWEST_WORDS]


def match(quotation: str, document: str) -> Quoted:
    """Look for a quotation in a document's text, with as few allowances as will find it."""
    quotation = quotation.strip()
    if quotation and (at := document.find(quotation)) >= 0:
        return Quoted(quotation, found=True, start=at, end=at + len(quotation))
    pieces = list(_pieces(quotation))
    needed = _needed(pieces, document)
    if needed is None:
        return Quoted(quotation, found=False, wrong=_differences(pieces, document))
    start, end, how = needed
    return Quoted(quotation, found=True, start=start, end=end, how=(*how, *_marks(pieces)))


def nearest(quotation: str, document: str) -> str:
    """Return the passages most like a quotation; "" where no word of it is in the document."""
    written = _words(document)
    runs = (_nearest(_words(piece.text), written) for piece in _pieces(quotation))
    return " … ".join(" ".join(run) for run in runs if run)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of quoted words, and what stands before it."""

    text: str
    #: How many letters may lie between it and the piece before.
    gap: int
    #: What the quoter marks there: "an ellipsis", "words in brackets", "a letter in brackets".
    mark: str = ""


#: What a quoter marks, and how many letters of the document it may stand for. A letter in brackets
#: was altered: whatever letter the document has.
_LEFT_OUT = {
    "a letter in brackets": 1,
    "an ellipsis": _MOST_LEFT_OUT,
    "words in brackets": _MOST_IN_BRACKETS,
}


def _gaps(quotation: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, mark) where a quoter departs from the document."""
    for match in _GAP.finditer(quotation):
        if match["open"]:
            for dots in _DOTS.finditer(quotation, match.start() + 1):
                yield *dots.span(), "an ellipsis"
        elif match["dots"]:
            yield *match.span(), "an ellipsis"
        else:
            yield *match.span(), "a letter in brackets" if match["letter"] else "words in brackets"


def _pieces(quotation: str) -> Iterator[_Piece]:
    """Cut a quotation where its quoter says that it departs from the document."""
    at, gap, mark = 0, 0, ""
    for start, after, kind in _gaps(quotation):
        if text := quotation[at:start].strip():
            yield _Piece(text, gap, mark)
            gap = 0
        gap, mark, at = gap + _LEFT_OUT[kind], kind, after
    if text := quotation[at:].strip():
        yield _Piece(text, gap, mark)


def _marks(pieces: list[_Piece]) -> list[str]:
    return list(dict.fromkeys(piece.mark for piece in pieces if piece.mark))


def _needed(pieces: list[_Piece], document: str) -> tuple[int, int, tuple[str, ...]] | None:
    """Return (start, end, the allowances that are needed), or None when none suffice."""
    allowed: tuple[str, ...] = _ALL
    best = _find(pieces, document, allowed)
    if best is None:
        return None
    for allowance in reversed(_ALL):
        fewer = tuple(kind for kind in allowed if kind != allowance)
        if (place := _find(pieces, document, fewer)) is not None:
            allowed, best = fewer, place
    return (*best, allowed)


def _find(pieces: list[_Piece], document: str, allowed: tuple[str, ...]) -> tuple[int, int] | None:
    """Return the shortest place where the pieces stand in order, each within its gap."""
    wanted = [_plain(piece.text, allowed) for piece in pieces]
    if not wanted or not all(piece.text for piece in wanted):
        return None
    plain = _plain(document, allowed)
    best: tuple[int, int] | None = None
    at = plain.text.find(wanted[0].text)
    while at >= 0:
        end = _chain(plain, wanted, pieces, at)
        if end is not None and (best is None or end - at < best[1] - best[0]):
            best = (at, end)
        at = plain.text.find(wanted[0].text, at + 1)
    return None if best is None else (plain.places[best[0]], plain.places[best[1] - 1] + 1)


@dataclass(frozen=True, slots=True)
class _Plain:
    """A text without what is allowed to differ."""

    text: str
    #: Where each sign of it came from.
    places: list[int]
    #: Before which sign a hyphen was dropped, and whether a space or a line end stood behind it.
    hyphens: dict[int, bool]


def _chain(plain: _Plain, wanted: list[_Plain], pieces: list[_Piece], at: int) -> int | None:
    """Return where the last piece ends when the first stands at `at`, or None."""
    end = at
    for place, (sought, piece) in enumerate(zip(wanted, pieces, strict=True)):
        # A space or two of the document lie beside the gap.
        room = piece.gap + 2 if place else 0
        start = plain.text.find(sought.text, end, end + room + len(sought.text))
        if start < 0 or not _hyphens_agree(plain, sought, start):
            return None
        end = start + len(sought.text)
    return end


def _hyphens_agree(plain: _Plain, sought: _Plain, at: int) -> bool:
    """Say whether only hyphens at line ends differ: "re-sign" is not "resign"."""
    theirs = {
        place: plain.hyphens[at + place]
        for place in range(1, len(sought.text))
        if at + place in plain.hyphens
    }
    return all(
        (place in theirs and place in sought.hyphens)
        or theirs.get(place, False)
        or sought.hyphens.get(place, False)
        for place in theirs.keys() | sought.hyphens.keys()
    )


def _plain(text: str, allowed: tuple[str, ...]) -> _Plain:
    if _TYPE in allowed:
        text = text.translate(_SIGNS)
    plain = _Plain("", [], {})
    signs: list[str] = []
    for token in _TOKEN.finditer(text):
        run, at = token[0], token.start()
        if token["hyphen"] and _HYPHENS in allowed:
            plain.hyphens[len(signs)] = len(run) > 1 or run == "\u00ad"
            continue
        if run.isspace() and _JOINS in allowed:
            continue
        if run.isspace() and _SPACING in allowed:
            run = " "
        for offset, sign in enumerate(run):
            for part in unicodedata.normalize("NFKC", sign) if _TYPE in allowed else sign:
                signs.append(part)
                plain.places.append(at + offset)
    return _Plain("".join(signs), plain.places, plain.hyphens)


#: A hyphen inside a word, with a line end or a space behind it or not; spaces; all else.
_TOKEN = re.compile(r"(?P<hyphen>(?<=\w)(?:-|\u00ad)\s*(?=\w))|\s+|[^\s\-\u00ad]+|[-\u00ad]")


def _differences(pieces: list[_Piece], document: str) -> tuple[tuple[str, str], ...]:
    """Return (as quoted, as written) by words against the passage most like the quotation."""
    differences: list[tuple[str, str]] = []
    written = _words(document)
    for piece in pieces:
        quoted = _words(piece.text)
        passage = _nearest(quoted, written)
        compared = SequenceMatcher(None, quoted, passage, autojunk=False)
        if compared.ratio() < _LEAST_LIKE:
            return ()
        steps = [step for step in compared.get_opcodes() if step[0] != "equal"]
        for kind, a, b, c, d in steps:
            edge = kind == "insert" and a in (0, len(quoted))
            if not edge:
                differences.append((" ".join(quoted[a:b]), " ".join(passage[c:d])))
    return tuple(differences)


def _nearest(quoted: list[str], written: list[str]) -> list[str]:
    """Return the run of words with most words where the quotation has them."""
    where: dict[str, list[int]] = {}
    for at, word in enumerate(quoted):
        where.setdefault(word, []).append(at)
    votes = Counter(at - mine for at, word in enumerate(written) for mine in where.get(word, ()))
    if not votes:
        return []
    # Words left out or put in shift what follows, so neighbours vote together.
    near = max(votes, key=lambda at: (sum(votes[at + step] for step in range(-2, 3)), -at))
    runs = [
        _bare(quoted, written[max(near + start, 0) : max(near + len(quoted) + end, 0)])
        for start in range(-2, 3)
        for end in range(-2, 3)
    ]
    return max(runs, key=lambda run: _like(quoted, run))


def _like(quoted: list[str], run: list[str]) -> tuple[int, int]:
    """Rank a run by the words it shares with the quotation, then by how near its length is."""
    blocks = SequenceMatcher(None, quoted, run, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks), -abs(len(run) - len(quoted))


def _bare(quoted: list[str], run: list[str]) -> list[str]:
    """Take the stop from the last word of a run where the quotation ends before it."""
    if run and run[-1].rstrip(".,;:!?\"')") == quoted[-1]:
        return [*run[:-1], quoted[-1]]
    return run


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text.translate(_SIGNS))
    return re.sub(r"(?<=\w)[-\u00ad]\s+(?=\w)", "-", plain).split()


def _difference(quoted: str, written: str) -> str:
    if not quoted:
        return f'it leaves out "{written}"'
    if not written:
        return f'"{quoted}" is not in the document'
    return f'"{quoted}" is quoted where the document has "{written}"'
