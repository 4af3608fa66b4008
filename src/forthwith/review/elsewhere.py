"""Where what is redacted stands in other documents that go out: asked of the index, as a phrase.

A passage is asked as it stands, its words in order and normalised as the index normalises them, so
letter case, line breaks, quotation signs and markup tell nothing apart. A word that was parted by a
hyphen at the end of a line is asked in both forms. One that says nothing by itself (a single common
word, words as common as "of the") is asked with the two words on either side. Of a long one every
stretch of eight words is asked, so a reply that quotes a sentence of a redacted page is found.

No passage is in anything returned here: a list of what was redacted undoes the redaction.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forthwith.domain.redactions import Passage
from forthwith.plain.common_words import COMMON
from forthwith.record.room_store import Flags
from forthwith.review.privilege.near_duplicates import Likeness, Text, TwinIndex
from forthwith.review.search.query import WORD_FIELDS, Phrase, Word
from forthwith.review.search.search import Searcher
from forthwith.review.search.tokens import tokens, unspaced

#: Words of a stretch that is asked of a long passage, and how far the next one begins after it.
_STRETCH, _STEP = 8, 4
#: Letters and digits of a passage that may be asked alone; signs of a script without spaces.
_LEAST, _LEAST_SIGNS = 4, 3
#: Letters of a word that may have been parted at the end of a line, and of its shorter half.
_PARTED, _HALF = 5, 2
#: Share of a passage's telling words that a near copy holds before it counts.
_SHARE = 0.5
#: A word parted at the end of a line, as a page has it.
_BROKEN = re.compile("(?<=\\w)[-\u2010\u00ad]\\s+(?=\\w)")

Tokens = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Left:
    """What redactions of one document hide, and what of its text still goes out."""

    control: str
    text: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True, order=True)
class Elsewhere:
    """A document going out that holds what is redacted in another, or at another place of it."""

    control: str
    #: The redacted one, and the redaction.
    redacted: str
    redaction: int
    #: "holds it", "in its subject", "the same file", "nearly the same text" …
    how: str


def asked(passage: Passage) -> frozenset[Tokens]:
    """Return phrases of which each says that a text holds a passage; none where it has no words."""
    found: set[Tokens] = set()
    for text in {passage.text, _BROKEN.sub("", passage.text)}:
        inner = tuple(tokens(text))
        if not inner:
            continue
        if not telling(inner):
            before, after = (tuple(tokens(side)) for side in passage.around)
            around = (*before[-2:], *inner, *after[:2])
            # Without a word beside it, nothing tells it from any other such word.
            if len(around) > len(inner) and telling(around):
                found.add(around)
        elif len(inner) <= _STRETCH + _STEP:
            found.add(inner)
        else:
            starts = {*range(0, len(inner) - _STRETCH, _STEP), len(inner) - _STRETCH}
            stretches = {inner[start : start + _STRETCH] for start in starts}
            found |= {stretch for stretch in stretches if telling(stretch)} or {inner}
    return frozenset(found)


def telling(phrase: Tokens) -> bool:
    """Say whether words found together say by themselves that it is this passage.

    They do where there are two that are not all common, or one has a digit.
    """
    letters = "".join(phrase)
    if unspaced(letters):
        return len(letters) >= _LEAST_SIGNS
    if len(letters) < _LEAST or COMMON.issuperset(phrase):
        return False
    return len(phrase) > 1 or any(sign.isdigit() for sign in letters)


def found(
    searcher: Searcher,
    redacted: Iterable[Left],
    going_out: Collection[str],
    top: Mapping[str, str],
) -> list[Elsewhere]:
    """Return where what is redacted stands uncovered among the documents that go out.

    A document with redactions is asked by what is left of its text, any other by its text. Fields
    of documents of the same family (`top`: control number -> that of its family's top) are not, for
    these are covered when they are written.
    """
    left = {reading.control: reading for reading in redacted}
    phrases: dict[Tokens, list[Passage]] = {}
    for reading in left.values():
        for passage in reading.passages:
            for phrase in asked(passage):
                phrases.setdefault(phrase, []).append(passage)
    if not phrases:
        return []
    holders, index = _Holders(searcher), searcher.index
    out = set(going_out)
    going = np.zeros(len(index), bool)
    going[[at for control in out if (at := index.place.get(control)) is not None]] = True
    remains = {control: f" {' '.join(tokens(reading.text))} " for control, reading in left.items()}
    hits: set[Elsewhere] = set()
    for phrase, passages in phrases.items():
        said = f" {' '.join(phrase)} "
        texts = [
            control
            for at in np.flatnonzero(holders.of(phrase, "") & going)
            if (control := index.controls[at]) not in left or said in remains[control]
        ]
        # Words of a page need not stand in its document's text.
        texts += [
            passage.control
            for passage in passages
            if passage.control in out and said in remains[passage.control]
        ]
        cells = [
            (index.controls[at], f"has it as its {_FIELD[name]}")
            for name in WORD_FIELDS
            for at in np.flatnonzero(holders.of(phrase, name) & going)
        ]
        for passage in passages:
            about, own = (passage.control, passage.redaction), top.get(passage.control)
            for control in texts:
                there = " at another place" if control == passage.control else ""
                hits.add(Elsewhere(control, *about, f"holds it{there}"))
            hits |= {
                Elsewhere(control, *about, how) for control, how in cells if top.get(control) != own
            }
    return sorted(hits)


_FIELD = {
    "from": "sender", "to": "recipient", "cc": "recipient of a copy", "custodian": "custodian",
    "subject": "subject", "name": "file name",
}  # fmt: skip


def alike(redacted: Iterable[tuple[Left, Text]], others: Iterable[Text]) -> list[Elsewhere]:
    """Return which documents without any redaction are copies or near copies of redacted ones.

    A near copy, or one that quotes a redacted document, counts where it holds half of the telling
    words of a passage: it may have the rest in other words.
    """
    pairs = list(redacted)
    words = {
        left.control: [row for passage in left.passages if (row := _words(passage.text))]
        for left, _ in pairs
    }
    number = {
        left.control: min((passage.redaction for passage in left.passages), default=0)
        for left, _ in pairs
    }
    if not pairs:
        return []
    index = TwinIndex.of(text for _, text in pairs)
    hits: set[Elsewhere] = set()
    for text in others:
        own: frozenset[str] | None = None
        for twin in index.twins(text):
            if twin.control == twin.withheld:
                continue
            if twin.how in (Likeness.NEAR, Likeness.QUOTED):
                own = own if own is not None else frozenset(tokens(text.text))
                if not any(len(row & own) >= _SHARE * len(row) for row in words[twin.withheld]):
                    continue
            redaction = number[twin.withheld]
            hits.add(Elsewhere(twin.control, twin.withheld, redaction, twin.how.value))
    return sorted(hits)


def _words(text: str) -> frozenset[str]:
    return frozenset(
        token
        for token in tokens(text)
        if token not in COMMON and (len(token) >= _LEAST or any(map(str.isdigit, token)))
    )


class _Holders:
    """Which documents hold a phrase; what the index has at all is looked up once a word."""

    def __init__(self, searcher: Searcher) -> None:
        self._index, self._engine = searcher.index, searcher.engine
        self._words: dict[tuple[str, str], bool] = {}

    def of(self, phrase: Tokens, field: str) -> Flags:
        """Return for each document whether a field ("" for the text) holds a phrase."""
        known = [self._known(field, token) for token in phrase]
        mask = np.zeros(len(self._index), bool)
        if all(known):
            mask |= self._engine.mask(Phrase(tuple(Word(token, field) for token in phrase)))
        if not field:
            for parted in self._parted(phrase, known):
                mask |= self._engine.mask(Phrase(tuple(map(Word, parted))))
        return mask

    def _parted(self, phrase: Tokens, known: Sequence[bool]) -> Iterator[Tokens]:
        """Yield a phrase with one of its words in two, where the index has both halves."""
        for place, token in enumerate(phrase):
            if len(token) < _PARTED or not all((*known[:place], *known[place + 1 :])):
                continue
            for cut in range(_HALF, len(token) - _HALF + 1):
                halves = token[:cut], token[cut:]
                if all(self._known("", half) for half in halves):
                    yield (*phrase[:place], *halves, *phrase[place + 1 :])

    def _known(self, field: str, token: str) -> bool:
        key = field, token
        if key not in self._words:
            ranks = self._index.zone(field).vocabulary.ranks(Word(token, field))
            self._words[key] = len(ranks) > 0
        return self._words[key]
