"""A query cut into signs: brackets, quoted text, operators, and words with their fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from forthwith.review.search.query import FARTHEST, FIELDS, QueryError

_QUOTES = '"“”„'
_WORD = re.compile(rf"[^\s(){_QUOTES}]+")
_FIELD = re.compile(r"([A-Za-z_]+):(?!/)")
_DISTANCE = re.compile(r"(w|pre)/([0-9]+)", re.IGNORECASE)
#: Nearness as other tools write it.
_ELSEWHERE = re.compile(r"(w|pre|near|within|adj|onear|n|p)(/[A-Za-z0-9]*|[0-9]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign of a query."""

    #: "(", ")", "quoted", "word", "field", "and", "or", "not", "near"; "end" after the last.
    kind: str
    text: str
    at: int
    distance: int = 0


def signs(query: str) -> list[Sign]:
    """Return the signs of a query, "end" last. Raises QueryError."""
    found = list(_signs(query))
    return [*found, Sign("end", "", len(query.rstrip()))]


def _signs(query: str) -> Iterator[Sign]:
    at = 0
    while at < len(query):
        sign = query[at]
        if sign.isspace():
            at += 1
        elif sign in "()":
            yield Sign(sign, sign, at)
            at += 1
        elif sign in _QUOTES:
            end = _closing(query, at)
            yield Sign("quoted", query[at + 1 : end], at)
            at = end + 1
        else:
            word = _WORD.match(query, at)
            text = word[0] if word else sign
            field = _FIELD.match(text)
            if field:
                yield _field(query, field[1], at)
                at += len(field[0])
            else:
                yield _word(query, text, at)
                at += len(text)


def _closing(query: str, at: int) -> int:
    found = re.compile(f"[{_QUOTES}]").search(query, at + 1)
    if found is None:
        what, instead = "this quotation mark is not closed", 'Write another " where the phrase ends'
        raise QueryError(query, at, what, instead)
    return found.start()


def _field(query: str, name: str, at: int) -> Sign:
    if name.lower() not in FIELDS:
        instead = f'The fields are {", ".join(FIELDS)}; put text with a colon in quotes: "{name}:…"'
        raise QueryError(query, at, f"{name}: is not a field", instead)
    return Sign("field", name.lower(), at)


def _word(query: str, text: str, at: int) -> Sign:
    if text.lower() in {"and", "or", "not"}:
        return Sign(text.lower(), text, at)
    if near := _DISTANCE.fullmatch(text):
        distance = int(near[2][:9])
        if not 1 <= distance <= FARTHEST:
            what = f"{text} is no distance"
            instead = f"Write a number from 1 to {FARTHEST:,}, or AND for the whole document"
            raise QueryError(query, at, what, instead)
        return Sign("near", near[1].lower(), at, distance)
    if "/" in text and (_ELSEWHERE.fullmatch(text)):
        raise QueryError(query, at, f"{text} is not an operator here", _said_here(text))
    return Sign("word", text, at)


def _said_here(text: str) -> str:
    if text.lower() in {"w/s", "w/p"}:
        return "Sentences and paragraphs are not known; write w/15 or w/75"
    return f'Write w/5 or pre/5 for nearness, or put the text in quotes: "{text}"'
