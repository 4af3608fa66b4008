r"""The words of a text as the screen compares them, each with its place in the text as it stands.

Marks are written in every way a keyboard allows: "ATTORNEY/CLIENT", "attorney–client" over two
lines, "privi=\nleged" as a broken transfer left it, "P R I V I L E G E D", letters of double
width, with and without accents. So words are compared without case, accents and width, and what
stands between them is not compared at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

_LETTERS = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
#: A sign of the scripts that put no blanks between words; else letters and digits together, over
#: soft hyphens, signs of no width and the line breaks that quoted-printable puts into a word.
_GLUE = r"(?:[\u00ad\u200b-\u200d\u2060\ufeff]|=\r?\n)"
_WORD = re.compile(rf"[{_LETTERS}]|[^\W_{_LETTERS}]+(?:{_GLUE}+[^\W_{_LETTERS}]+)*", re.UNICODE)
_GLUED = re.compile(_GLUE)
#: What quoted-printable leaves of a sign: "=20", "=E2=80=93".
_ESCAPE = re.compile(r"(?:=[0-9A-F]{2})+")
_CASES = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
#: Letters apart that make one word: "P R I V I L E G E D".
_LEAST_SPREAD = 3


class Token(NamedTuple):
    """One word: as compared, and where it stands."""

    word: str
    first: int
    last: int


def fold(word: str) -> str:
    """Return a word without case, accents, width and signs of no width."""
    if word.isascii():
        return _GLUED.sub("", word).lower()
    plain = unicodedata.normalize("NFKD", _GLUED.sub("", word)).casefold()
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def tokens(text: str, first: int = 0, last: int | None = None) -> list[Token]:
    """Return the words of a stretch of text, in order."""
    end = len(text) if last is None else last
    found: list[Token] = []
    spread: list[Token] = []
    broken = "=" in text and len(_ESCAPE.findall(text, first, min(end, first + 20_000))) > 2
    for word in _words(text, first, end, broken=broken):
        if len(word.word) == 1 and word.word.isascii() and word.word.isalpha():
            if spread and word.first - spread[-1].last > 1:
                found += _joined(spread)
                spread = []
            spread.append(word)
            continue
        if spread:
            found += _joined(spread)
            spread = []
        found.append(word)
    return found + _joined(spread)


def _words(text: str, first: int, last: int, *, broken: bool) -> Iterator[Token]:
    for met in _WORD.finditer(text, first, last):
        word, start = met[0], met.start()
        if broken and start and text[start - 1] == "=" and _ESCAPE.match(text, start - 1, last):
            # Two digits of an escape stand before what follows it: "=E2=80=93client".
            start += 2
            word = word[2:]
            if not word:
                continue
        yield Token(fold(word), start, met.end())


def _joined(spread: Sequence[Token]) -> list[Token]:
    if len(spread) < _LEAST_SPREAD:
        return list(spread)
    return [Token("".join(t.word for t in spread), spread[0].first, spread[-1].last)]


def words_of_name(name: str) -> str:
    """Return a file's name with blanks where its letters change case: "PrivilegedMemo.docx"."""
    return _CASES.sub(lambda part: f"{part[0]} ", name) if name.isascii() else name


class Phrases:
    """Phrases by their first word, to be found in one pass over the words of a text."""

    def __init__(self, phrases: Mapping[str, Sequence[str]]) -> None:
        """Take phrases by kind. A word that ends in "*" stands for all that begin so."""
        self._exact: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self._begins: list[tuple[str, tuple[str, ...], str]] = []
        for kind, group in phrases.items():
            for phrase in group:
                words = tuple(_pattern(phrase))
                if words[0].endswith("*"):
                    self._begins.append((words[0][:-1], words, kind))
                else:
                    self._exact.setdefault(words[0], []).append((words, kind))
        for group_ in self._exact.values():
            group_.sort(key=lambda row: -len(row[0]))
        self._first = {begin[:3] for begin, _, _ in self._begins}

    def found(self, words: Sequence[Token]) -> Iterator[tuple[str, int, int]]:
        """Yield kind, and the numbers of the first word and of the one past the last.

        In order, the longest of those that begin at a word, none over another.
        """
        at = 0
        while at < len(words):
            best: tuple[int, str] | None = None
            word = words[at].word
            candidates: list[tuple[tuple[str, ...], str]] = list(self._exact.get(word, ()))
            if word[:3] in self._first:
                candidates += [
                    (phrase, kind) for begin, phrase, kind in self._begins if word.startswith(begin)
                ]
            for phrase, kind in candidates:
                if (best is None or len(phrase) > best[0]) and _meets(words, at, phrase):
                    best = (len(phrase), kind)
            if best is None:
                at += 1
            else:
                yield best[1], at, at + best[0]
                at += best[0]


def _pattern(phrase: str) -> Iterator[str]:
    for part in phrase.split():
        stem = part.removesuffix("*")
        names = [token.word for token in tokens(stem)]
        yield from names[:-1]
        yield names[-1] + ("*" if part.endswith("*") else "")


def _meets(words: Sequence[Token], at: int, phrase: tuple[str, ...]) -> bool:
    if at + len(phrase) > len(words):
        return False
    return all(
        words[at + place].word.startswith(wanted[:-1])
        if wanted.endswith("*")
        else words[at + place].word == wanted
        for place, wanted in enumerate(phrase)
    )
