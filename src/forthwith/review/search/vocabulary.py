"""Which tokens a word of a query stands for: itself, a pattern, near spellings, one stem."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import numpy as np
import snowballstemmer

from forthwith.review.search.query import Word

Ranks = np.ndarray
_STEMMER = snowballstemmer.stemmer("english")
_LAST = "\U0010ffff"


def fits(word: Word) -> Callable[[str], bool]:
    """Return whether a token is one that `word` stands for."""
    if word.wild:
        shape = _shape(word.text)
        return lambda token: shape.fullmatch(token) is not None
    if word.stem:
        stem = stem_of(word.text)
        return lambda token: stem_of(token) == stem
    if word.edits:
        return lambda token: bool(_near_spellings([token], word))
    return lambda token: token == word.text


@lru_cache(maxsize=1 << 16)
def stem_of(token: str) -> str:
    """Return the English Snowball stem."""
    return str(_STEMMER.stemWord(token))


class Vocabulary:
    """The distinct tokens of one field of an index, in order; a rank is a place in it."""

    def __init__(self, joined: str) -> None:
        #: One token a line, a line end before the first and after the last.
        self._joined = f"\n{joined}\n"
        self.terms = joined.split("\n") if joined else []
        self._lengths = np.fromiter(map(len, self.terms), np.int32, len(self.terms))

    def ranks(self, word: Word) -> Ranks:
        """Return the ranks of the tokens a word stands for, in order."""
        if word.wild:
            return self._patterned(word.text)
        if word.stem:
            return self._stemmed(word.text)
        if word.edits:
            return self._spelled(word)
        place = bisect_left(self.terms, word.text)
        known = place < len(self.terms) and self.terms[place] == word.text
        return np.arange(place, place + known)

    def _under(self, prefix: str) -> tuple[int, int]:
        return bisect_left(self.terms, prefix), bisect_left(self.terms, prefix + _LAST)

    def _patterned(self, pattern: str) -> Ranks:
        shape = _shape(pattern)
        prefix = re.split(r"[*?]", pattern)[0]
        if prefix:
            first, last = self._under(prefix)
            if pattern == prefix + "*":
                return np.arange(first, last)
            return self._kept(range(first, last), lambda term: shape.fullmatch(term) is not None)
        inner = max(re.split(r"[*?]+", pattern), key=len)
        if not inner:
            # Nothing but signs: "?", "??*", in a phrase.
            everything = range(len(self.terms))
            return self._kept(everything, lambda term: shape.fullmatch(term) is not None)
        terms = {line for line in self._lines(inner) if shape.fullmatch(line)}
        return np.array(sorted(bisect_left(self.terms, term) for term in terms), dtype=np.int64)

    def _lines(self, inner: str) -> Iterable[str]:
        """Yield the tokens that hold `inner`, found by one walk over all of them as one text."""
        at = self._joined.find(inner)
        while at >= 0:
            end = self._joined.index("\n", at)
            yield self._joined[self._joined.rindex("\n", 0, at + 1) + 1 : end]
            at = self._joined.find(inner, end)

    def _stemmed(self, text: str) -> Ranks:
        stem = stem_of(text)
        # A stem keeps the first two letters, save that a y may become an i (dying, die).
        starts = {stem[:2], re.sub(r"(?<=.)i", "y", stem[:2]), re.sub(r"(?<=.)y", "i", stem[:2])}
        places = {place for start in starts for place in range(*self._under(start))}
        return self._kept(sorted(places), lambda term: stem_of(term) == stem)

    def _spelled(self, word: Word) -> Ranks:
        close = np.flatnonzero(np.abs(self._lengths - len(word.text)) <= word.edits)
        terms = [self.terms[rank] for rank in close]
        return close[_near_spellings(terms, word)] if terms else close

    def _kept(self, places: Iterable[int], good: Callable[[str], bool]) -> Ranks:
        ranks = [place for place in places if good(self.terms[place])]
        return np.array(ranks, dtype=np.int64)


def _shape(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*+|\?)", pattern)
    return re.compile(
        "".join(
            ".*" if part.startswith("*") else "." if part == "?" else re.escape(part)
            for part in parts
        )
    )


def _near_spellings(terms: Sequence[str], word: Word) -> list[int]:
    """Return the places of the terms within `word.edits` edits; a swap of neighbours is one."""
    near: list[int] = []
    by_length: dict[int, list[int]] = {}
    for place, term in enumerate(terms):
        if abs(len(term) - len(word.text)) <= word.edits:
            by_length.setdefault(len(term), []).append(place)
    for length, places in by_length.items():
        distances = _distances([terms[place] for place in places], length, word.text)
        near += [place for place, far in zip(places, distances) if far <= word.edits]
    return sorted(near)


def _distances(terms: Sequence[str], length: int, text: str) -> Ranks:
    """Return each term's distance to `text`; one table for all terms of one length at once."""
    signs = np.array(terms, dtype=f"U{length}").view(np.uint32).reshape(len(terms), length)
    rows = [np.tile(np.arange(length + 1), (len(terms), 1))]
    codes = [ord(sign) for sign in text]
    for at, code in enumerate(codes, 1):
        row, before = np.empty_like(rows[0]), rows[-1]
        row[:, 0] = at
        for place in range(1, length + 1):
            sign = signs[:, place - 1]
            best = np.minimum(before[:, place - 1] + (sign != code), before[:, place] + 1)
            row[:, place] = np.minimum(best, row[:, place - 1] + 1)
            if at > 1 and place > 1:
                swapped = (sign == codes[at - 2]) & (signs[:, place - 2] == code)
                row[:, place] = np.where(
                    swapped, np.minimum(row[:, place], rows[-2][:, place - 2] + 1), row[:, place]
                )
        rows = [*rows[-1:], row]
    return np.asarray(rows[-1][:, length])
