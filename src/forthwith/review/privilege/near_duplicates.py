"""Near-twins: documents so like a withheld one that producing them would give it away.

Texts are compared as sets of three-word shingles of their bodies. The comparison is exact and
complete: no sketch decides, because a twin that a sketch overlooks is a privileged document in
the other side's hands. It is quick because of the prefix rule (Chaudhuri, Ganti and Kaushik 2006):
whatever shares four fifths of a set shares one of any fifth of it and one more.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from forthwith.domain.documents import ControlNumber, Document

#: Two sets are alike when they share at least 4/5 of all that either holds.
SHARE, OF = 4, 5
#: A body of fewer words is compared whole or not at all: "Thanks, will do" has a thousand twins.
LEAST_WORDS = 8
#: A withheld text of fewer shingles is not looked for inside other texts.
LEAST_QUOTED = 20
_TOGETHER = 3
_LETTERS = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
#: A word; or one sign of the scripts that put no blanks between words.
_WORD = re.compile(rf"[{_LETTERS}]|[^\W{_LETTERS}]+")

Shingle = tuple[str, ...]


class Likeness(StrEnum):
    """How two documents are alike, the surest first."""

    FILE = "the same file"
    MESSAGE = "the same message"
    TEXT = "the same text"
    NEAR = "nearly the same text"
    QUOTED = "quotes it"


@dataclass(frozen=True, slots=True)
class Text:
    """What is compared of one document."""

    control: ControlNumber
    text: str = ""
    #: Where the body begins in the text.
    body: int = 0
    #: SHA-256; "" for an empty file, which is like every other.
    sha256: str = ""
    message: str = ""

    @classmethod
    def of(cls, document: Document, text: str, body: int) -> Text:
        """Return what is compared of a document."""
        digest = document.sha256 if document.size else ""
        return cls(document.control_number, text, body, digest, document.message_id_hash)


@dataclass(frozen=True, slots=True)
class Twin:
    """A document, the withheld one it is like, and how."""

    control: ControlNumber
    withheld: ControlNumber
    how: Likeness
    #: Of the shingles of both together (of the withheld text, where it is quoted), 0 to 1.
    shared: float = 1.0


def words(text: str) -> list[str]:
    """Return the words of a text in lower case."""
    return _WORD.findall(text.casefold())


def shingles(text_words: Sequence[str]) -> frozenset[Shingle]:
    """Return every run of three words; none for a text below `LEAST_WORDS`."""
    if len(text_words) < LEAST_WORDS:
        return frozenset()
    return frozenset(zip(*(text_words[start:] for start in range(_TOGETHER))))


def alike(closed: frozenset[Shingle], other: frozenset[Shingle]) -> bool:
    """Say whether two sets share 4/5 of their union (Jaccard), exactly."""
    shared = len(closed & other)
    return bool(shared) and shared * OF >= (len(closed) + len(other) - shared) * SHARE


def quoted(closed: frozenset[Shingle], other: frozenset[Shingle]) -> bool:
    """Say whether 4/5 of a withheld text stands in another."""
    return len(closed) >= LEAST_QUOTED and len(closed & other) * OF >= len(closed) * SHARE


@dataclass(slots=True)
class TwinIndex:
    """The withheld documents, indexed so that a text like one of them is found."""

    _names: list[ControlNumber] = field(default_factory=list)
    _sets: list[frozenset[Shingle]] = field(default_factory=list)
    #: Some shingles of each text, enough that no twin misses them all.
    _telling: dict[Shingle, list[int]] = field(default_factory=dict)
    _files: dict[str, ControlNumber] = field(default_factory=dict)
    _messages: dict[str, ControlNumber] = field(default_factory=dict)
    _texts: dict[tuple[str, ...], ControlNumber] = field(default_factory=dict)

    @classmethod
    def of(cls, texts: Iterable[Text]) -> TwinIndex:
        """Index withheld documents."""
        index = cls()
        for text in texts:
            index._add(text)
        frequency = Counter(shingle for shingle_set in index._sets for shingle in shingle_set)
        telling: defaultdict[Shingle, list[int]] = defaultdict(list)
        for place, shingle_set in enumerate(index._sets):
            # The rarest tell most; the words themselves settle a draw.
            rarest = sorted(shingle_set, key=lambda shingle: (frequency[shingle], shingle))
            for shingle in rarest[: len(shingle_set) - -(-len(shingle_set) * SHARE // OF) + 1]:
                telling[shingle].append(place)
        index._telling = dict(telling)
        return index

    def _add(self, text: Text) -> None:
        whole = tuple(words(text.text))
        if text.sha256:
            self._files.setdefault(text.sha256, text.control)
        if text.message:
            self._messages.setdefault(text.message, text.control)
        if whole:
            self._texts.setdefault(whole, text.control)
        if body := shingles(words(text.text[text.body :])):
            self._names.append(text.control)
            self._sets.append(body)

    def twins(self, text: Text) -> list[Twin]:
        """Return the withheld documents a document is like, each once and as surely as can be."""
        twins: dict[ControlNumber, Twin] = {}
        for twin in (*self._same(text), *self._near(text)):
            twins.setdefault(twin.withheld, twin)
        return list(twins.values())

    def _same(self, text: Text) -> Iterator[Twin]:
        whole = tuple(words(text.text))
        for how, name in (
            (Likeness.FILE, self._files.get(text.sha256)),
            (Likeness.MESSAGE, self._messages.get(text.message)),
            (Likeness.TEXT, self._texts.get(whole)),
        ):
            if name is not None:
                yield Twin(text.control, name, how)

    def _near(self, text: Text) -> Iterator[Twin]:
        own = shingles(words(text.text[text.body :]))
        places = {place for shingle in own for place in self._telling.get(shingle, ())}
        for place in sorted(places):
            closed, name = self._sets[place], self._names[place]
            shared = len(closed & own)
            if alike(closed, own):
                how = Likeness.TEXT if closed == own else Likeness.NEAR
                yield Twin(text.control, name, how, shared / len(closed | own))
            elif quoted(closed, own):
                yield Twin(text.control, name, Likeness.QUOTED, shared / len(closed))
