"""Where a redacted passage stands beside the pages: cells of load files, names, log lines.

A cell that holds a redacted passage, or is part of one, says what the box hides. It is replaced
whole, for what is left of it would tell the rest.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from forthwith.domain import fields
from forthwith.domain.documents import Document
from forthwith.domain.evidence import FieldValue
from forthwith.domain.redactions import Passage
from forthwith.produce.redacted_text import sign

#: A word; of scripts written without spaces, one character.
_TOKEN = re.compile(
    "[\u2e80-\u2fff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
    "\uf900-\ufaff\U00020000-\U000323af]|[^\\W_\u2e80-\u2fff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U000323af]+"
)
#: Digits with single signs between them, as numbers of accounts and telephones are written.
_NUMBER = re.compile(r"\d(?:[ .,/-]?\d)+")
#: Letters that stand in a row whatever breaks between words a page or a cell has.
_SQUEEZED = 8
#: Tokens that follow each other in a passage and in a cell: so many are no accident.
_RUN = 4
#: Digits of a number that stands in few places.
_LONG_NUMBER = 5
#: Letters of a word that may be a name.
_NAME = 4


def tokens(text: str) -> tuple[str, ...]:
    """Return the words of a text, for comparing: compatible forms and letter case aside."""
    return tuple(_TOKEN.findall(unicodedata.normalize("NFKC", text).casefold()))


def tells(text: str) -> bool:
    """Say whether a text is enough to tell something: two words, one with a digit, or a name.

    One word alone is taken for a name where it is long and not written small.
    """
    words = _TOKEN.findall(unicodedata.normalize("NFKC", text))
    return len(words) >= 2 or any(
        any(map(str.isdigit, word)) or (len(word) >= _NAME and not word.islower()) for word in words
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """A short text as it is compared."""

    words: tuple[str, ...]
    squeezed: str
    numbers: frozenset[str]
    tells: bool

    @classmethod
    def of(cls, text: str) -> _Said:
        words = tokens(text)
        found = (re.sub(r"\D", "", number) for number in _NUMBER.findall(text))
        numbers = frozenset(number for number in found if len(number) >= _LONG_NUMBER)
        return cls(words, "".join(words), numbers, tells(text))


@dataclass(frozen=True, slots=True)
class Uncovered:
    """Finds passages in short texts, and puts the sign of the redaction in their place."""

    passages: Sequence[Passage] = field(repr=False)
    _said: Sequence[tuple[_Said, str]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        known = dict.fromkeys((passage.text, passage.reason) for passage in self.passages)
        said = [(_Said.of(text), reason) for text, reason in known]
        object.__setattr__(self, "_said", [pair for pair in said if pair[0].tells])

    def __bool__(self) -> bool:
        return bool(self._said)

    def reason(self, text: str) -> str:
        """Return the reason of the first passage a text tells something of; "" for none."""
        said = _Said.of(text)
        if not said.words:
            return ""
        return next((reason for passage, reason in self._said if _meet(passage, said)), "")

    def of(self, text: str) -> str:
        """Return a text as it may be told: itself, or the sign of what it would give away."""
        reason = self.reason(text)
        return sign(reason) if reason else text

    def several(self, values: Iterable[str]) -> tuple[str, ...]:
        """Return a list of values as it may be told."""
        return tuple(dict.fromkeys(self.of(value) for value in values))

    def document(self, document: Document) -> Document:
        """Return a document as it may be told of: name, places, fields and faults."""
        if not self._said:
            return document
        shown = {
            name: value if name in fields.INSTANTS else self._field(value)
            for name, value in document.fields.items()
        }
        return replace(
            document,
            name=self.of(document.name),
            path=self.of(document.path),
            all_paths=self.several(document.all_paths),
            fields=shown,
            faults=tuple(replace(fault, detail=self.of(fault.detail)) for fault in document.faults),
        )

    def _field(self, value: FieldValue) -> FieldValue:
        if isinstance(value.value, str):
            return replace(value, value=self.of(value.value))
        several = tuple(value.value)
        shown = self.several(several)
        # What stands in several values together stands in the cell.
        if shown == several and (reason := self.reason(" ".join(several))):
            shown = (sign(reason),)
        return replace(value, value=shown)


def _meet(passage: _Said, said: _Said) -> bool:
    """Say whether a text holds a passage, is part of it, or shares more than chance with it."""
    if _within(passage, said) or (said.tells and _within(said, passage)):
        return True
    for number in passage.numbers:
        if any(number in other or other in number for other in said.numbers):
            return True
    words, hidden = said.words, passage.words
    runs = {hidden[at : at + _RUN] for at in range(len(hidden) - _RUN + 1)}
    return any(words[at : at + _RUN] in runs for at in range(len(words) - _RUN + 1))


def _within(part: _Said, whole: _Said) -> bool:
    if len(part.squeezed) >= _SQUEEZED:
        return part.squeezed in whole.squeezed
    size = len(part.words)
    return any(
        whole.words[at : at + size] == part.words for at in range(len(whole.words) - size + 1)
    )


def of_families(
    families: Iterable[Iterable[str]], passages: Mapping[str, Sequence[Passage]]
) -> dict[str, Uncovered]:
    """Return control number -> what its family hides; only of families that hide something."""
    found = {}
    for members in families:
        numbers = list(members)
        hidden = [passage for number in numbers for passage in passages.get(number, ())]
        if hidden:
            found.update(dict.fromkeys(numbers, Uncovered(tuple(hidden))))
            for number in numbers:
                # What it hides itself gives the reason, before what its family hides.
                if own := passages.get(number, ()):
                    found[number] = Uncovered((*own, *hidden))
    return found
