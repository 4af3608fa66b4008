"""Queries as people write them, read into `query`.

From the loosest: OR, AND (also a NOT b), NOT, w/n and pre/n (from the left), then words, phrases,
fields and brackets. Two things side by side need an operator; none is guessed. A query is first cut
into signs (brackets, quoted text, operators, words with their fields); values of fields are days
and ranges of days, Bates numbers and types.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NoReturn

from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.domain.errors import ForthwithError
from forthwith.review.search.query import (
    FARTHEST,
    FIELDS,
    VALUE_FIELDS,
    And,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    QueryError,
    Value,
    Word,
    field_of,
)
from forthwith.review.search.tokens import pieces, unspaced

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
    all_signs = list(_signs(query))
    return [*all_signs, Sign("end", "", len(query.rstrip()))]


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
    closing = re.compile(f"[{_QUOTES}]").search(query, at + 1)
    if closing is None:
        what, instead = "this quotation mark is not closed", 'Write another " where the phrase ends'
        raise QueryError(query, at, what, instead)
    return closing.start()


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
        instead = f'Write w/5 or pre/5 for nearness, or put the text in quotes: "{text}"'
        if text.lower() in {"w/s", "w/p"}:
            instead = "Sentences and paragraphs are not known; write w/15 or w/75"
        raise QueryError(query, at, f"{text} is not an operator here", instead)
    return Sign("word", text, at)


_DAY = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?")
_FROM_TO = "Write date:2023-01-31, date:2023-01, date:>=2023-03-01 or date:2023-01-01..2023-06-30"


class NotAValueError(ForthwithError):
    """What follows a field cannot be its value."""

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(f"{what}. {instead}.")
        self.what, self.instead = what, instead


def bounds(field: str, text: str) -> tuple[str, str]:
    """Return first and last value, both included, "" for an open end. Raises NotAValueError."""
    text = text.strip()
    if not text:
        raise NotAValueError(f"{field}: has no value", f"Write one after the colon: {field}:…")
    if field == "type":
        return text.lower(), text.lower()
    if field in _WORDS_OF:
        return _chosen(field, text)
    if field in _NAMED:
        return _named(field, text)
    return _days(text) if field == "date" else _numbers(text)


#: Fields with few values.
_WORDS_OF = {
    "side": ("ours", "theirs"),
    "coded": ("yes", "no", "first", "second", "qc"),
    "fault": ("any", "partly", "lost", "none"),
}
#: Fields with a name for value, and an example of one.
_NAMED = {
    "mark": "mark:privilege=attorney-client",
    "batch": "batch:B0007",
    "coder": "coder:mortega",
}


def _chosen(field: str, text: str) -> tuple[str, str]:
    value = text.lower()
    if value not in _WORDS_OF[field]:
        known = " or ".join(f"{field}:{word}" for word in _WORDS_OF[field])
        raise NotAValueError(f"{field}: has no value {text!r}", f"Write {known}")
    return value, value


def _named(field: str, text: str) -> tuple[str, str]:
    """Return a name as it is compared, letters' case aside."""
    value = unicodedata.normalize("NFC", " ".join(text.split())).casefold()
    if field == "mark":
        name, equals, chosen = (part.strip() for part in value.partition("="))
        if not name or (equals and not chosen):
            what = f"{text!r} does not say which mark has which value"
            raise NotAValueError(what, f"Write {_NAMED[field]}, or mark:privilege for any value")
        value = f"{name}={chosen}" if equals else name
    return value, value


def _days(text: str) -> tuple[str, str]:
    if comparison := re.fullmatch(r"(>=|<=|>|<|=)(.+)", text):
        first, last = _span(comparison[2])
        after = date.fromordinal(min(last.toordinal() + 1, date.max.toordinal()))
        before = date.fromordinal(max(first.toordinal() - 1, 1))
        return {
            ">=": (first.isoformat(), ""),
            "<=": ("", last.isoformat()),
            ">": (after.isoformat(), ""),
            "<": ("", before.isoformat()),
            "=": (first.isoformat(), last.isoformat()),
        }[comparison[1]]
    low, dots, high = text.partition("..")
    if not dots:
        first, last = _span(text)
        return first.isoformat(), last.isoformat()
    if not low and not high:
        raise NotAValueError(f"{text} has no end on either side", _FROM_TO)
    first_day = _span(low)[0].isoformat() if low else ""
    last_day = _span(high)[1].isoformat() if high else ""
    if first_day and last_day and first_day > last_day:
        raise NotAValueError(f"{text} ends before it begins", _FROM_TO)
    return first_day, last_day


def _span(text: str) -> tuple[date, date]:
    """Return the first and last day of a day, a month or a year."""
    shape = _DAY.fullmatch(text)
    try:
        if shape is None:
            raise ValueError(text)
        year, month, day = int(shape[1]), int(shape[2] or 0), int(shape[3] or 0)
        if shape[3] is not None:
            return date(year, month, day), date(year, month, day)
        if shape[2] is not None:
            first = date(year, month, 1)
            return first, first.replace(day=calendar.monthrange(year, month)[1])
        return date(year, 1, 1), date(year, 12, 31)
    except ValueError as wrong:
        raise NotAValueError(f"{text!r} is no day, month or year", _FROM_TO) from wrong


def _numbers(text: str) -> tuple[str, str]:
    low, dots, high = text.upper().partition("..")
    instead = "Write bates:NGT00000001 or bates:NGT00000001..NGT00000020"
    try:
        first, last = Bates.parse(low), Bates.parse(high if dots else low)
    except NotABatesNumberError as wrong:
        raise NotAValueError(f"{text!r} is no Bates number or range", instead) from wrong
    if first.pages_to(last) is None:
        what = f"{low} and {high} are not the ends of one run: prefix, digits or order differ"
        raise NotAValueError(what, instead)
    return str(first), str(last)


DEEPEST = 64
LONGEST = 100_000
_SUFFIX = re.compile(r"(?:%([0-9]*)|(~))$")


def parse(query: str) -> Node:
    """Read a query. Raises QueryError."""
    if len(query) > LONGEST:
        what = f"a query of {len(query):,} characters is too long"
        raise QueryError(query[:60], 0, what, "Split it into several: forthwith terms FILE")
    return _Reader(query).whole()


class _Reader:
    """Reads one query from left to right."""

    def __init__(self, query: str) -> None:
        self._query, self._signs, self._next = query, signs(query), 0
        self._deep = 0

    def whole(self) -> Node:
        if self._sign.kind == "end":
            self._refuse(self._sign, "there is nothing to search for", "Write a word or a phrase")
        node = self._or("")
        if self._sign.kind == ")":
            self._refuse(self._sign, "no bracket is open here", "Take the ) away, or open one")
        return node

    @property
    def _sign(self) -> Sign:
        return self._signs[self._next]

    def _take(self) -> Sign:
        self._next += 1
        return self._signs[self._next - 1]

    def _refuse(self, sign: Sign, what: str, instead: str) -> NoReturn:
        raise QueryError(self._query, sign.at, what, instead)

    def _or(self, field: str) -> Node:
        parts = [self._and(field)]
        while self._sign.kind == "or":
            self._take()
            parts.append(self._and(field))
        return parts[0] if len(parts) == 1 else Or(tuple(parts), parts[0].at)

    def _and(self, field: str) -> Node:
        parts = [self._not(field)]
        while self._sign.kind in {"and", "not"}:
            if self._sign.kind == "and":
                self._take()
            parts.append(self._not(field))
        if self._sign.kind not in {"or", ")", "end"}:
            what = "two terms stand side by side with no operator"
            instead = "Write AND, OR or w/5 between them, or quotes around a phrase"
            self._refuse(self._sign, what, instead)
        return parts[0] if len(parts) == 1 else And(tuple(parts), parts[0].at)

    def _not(self, field: str) -> Node:
        if self._sign.kind != "not":
            return self._near(field)
        sign = self._take()
        return Not(self._nested(sign, lambda: self._not(field)), sign.at)

    def _near(self, field: str) -> Node:
        left = self._one(field)
        while self._sign.kind == "near":
            sign = self._take()
            right = self._one(field)
            self._may_be_near(left, right, sign)
            left = Near(left, right, sign.distance, sign.text == "pre", sign.at)
            self._bounded(left, sign)
        return left

    def _one(self, field: str) -> Node:
        sign = self._take()
        match sign.kind:
            case "(":
                return self._nested(sign, lambda: self._bracket(sign, field))
            case "field":
                return self._field(sign, field)
            case "quoted":
                return self._quoted(sign, field)
            case "word":
                return self._word(sign, field)
            case "not":
                what, instead = _NOT_NEAR
                self._refuse(sign, what, instead)
        where = "the end of the query" if sign.kind == "end" else repr(sign.text)
        what = f"a word, phrase or bracket is due where {where} stands"
        instead = 'Write it, or put an operator in quotes to search for the word: "and"'
        return self._refuse(sign, what, instead)

    def _bracket(self, opened: Sign, field: str) -> Node:
        if self._sign.kind == ")":
            self._refuse(opened, "there is nothing in these brackets", "Write a term in them")
        node = self._or(field)
        if self._take().kind != ")":
            self._refuse(opened, "this bracket is not closed", "Write ) where the group ends")
        return node

    def _field(self, sign: Sign, field: str) -> Node:
        if field:
            what = f"{sign.text}: stands inside {field}:"
            self._refuse(sign, what, f"Close the group of {field}: first")
        after = self._sign
        if after.kind not in {"word", "quoted", "("} or after.at != sign.at + len(sign.text) + 1:
            instead = f"Write a word, a phrase or a group right after the colon: {sign.text}:word"
            self._refuse(sign, f"{sign.text}: has nothing after it", instead)
        return self._one(sign.text)

    def _quoted(self, sign: Sign, field: str) -> Node:
        if field in VALUE_FIELDS:
            return self._value(sign, field)
        words = [Word(text, field, at=sign.at) for text in pieces(sign.text)]
        return self._joined(sign, words)

    def _word(self, sign: Sign, field: str) -> Node:
        if field in VALUE_FIELDS:
            return self._value(sign, field)
        suffix = _SUFFIX.search(sign.text)
        if suffix is None:
            words = [Word(text, field, at=sign.at) for text in pieces(sign.text)]
            return self._joined(sign, words)
        return self._suffixed(sign, sign.text[: suffix.start()], field, suffix)

    def _suffixed(self, sign: Sign, text: str, field: str, suffix: re.Match[str]) -> Node:
        words = pieces(text)
        if len(words) != 1 or "*" in words[0] or "?" in words[0] or unspaced(text):
            what = f"{suffix[0]} follows something that is not one plain word"
            self._refuse(sign, what, "Write it right after one word without * and ?: quorum%")
        if suffix[2]:
            return Word(words[0], field, stem=True, at=sign.at)
        edits = int(suffix[1] or 1) if len(suffix[1]) < 2 else 9
        if words[0].isdecimal():
            what = f"{suffix[0]} after a number would find other numbers"
            self._refuse(sign, what, f"Write {words[0]}; a percent sign is not searched")
        if edits not in (1, 2) or len(words[0]) <= edits:
            what = f"{sign.text} would find too much"
            self._refuse(sign, what, "Write % or %2 after a word longer than that many letters")
        return Word(words[0], field, edits=edits, at=sign.at)

    def _joined(self, sign: Sign, words: list[Word]) -> Node:
        if not words or all(not word.text.strip("*?") for word in words):
            what = f"{sign.text!r} holds no letter or digit"
            instead = "Only letters and digits are searched; write some, or take it away"
            self._refuse(sign, what, instead)
        for word in words:
            if word.wild and unspaced(word.text):
                what = "* or ? touches a script in which each character is a word"
                self._refuse(sign, what, "Leave it out: the characters are found in any text")
        return words[0] if len(words) == 1 else Phrase(tuple(words), sign.at)

    def _value(self, sign: Sign, field: str) -> Value:
        try:
            first, last = bounds(field, sign.text)
        except NotAValueError as wrong:
            self._refuse(sign, wrong.what, wrong.instead)
        return Value(field, first, last, sign.at)

    def _nested(self, sign: Sign, read: Callable[[], Node]) -> Node:
        self._deep += 1
        if self._deep > DEEPEST:
            what = f"brackets and NOT are nested more than {DEEPEST} deep"
            self._refuse(sign, what, "Write it flatter, or as several terms")
        node = read()
        self._deep -= 1
        return node

    def _bounded(self, node: Node, sign: Sign) -> None:
        """Refuse a chain a w/5 b w/5 c … as deep as brackets may not be."""
        deep = 0
        while isinstance(node, Near):
            node, deep = node.left, deep + 1
        if deep > DEEPEST:
            what = f"more than {DEEPEST} distances follow one another"
            self._refuse(sign, what, "Write several terms")

    def _may_be_near(self, left: Node, right: Node, sign: Sign) -> None:
        inside = [*_inside(left), *_inside(right)]
        for node in inside:
            if isinstance(node, Not):
                what, instead = _NOT_NEAR
                raise QueryError(self._query, node.at, what, instead)
            if isinstance(node, Value):
                what = f"{node.field}: has no place in the text, so nothing is near it"
                raise QueryError(self._query, node.at, what, "Join it with AND instead")
        ends = [node for node in inside if isinstance(node, Word | Phrase)]
        if len({field_of(node) for node in ends}) > 1:
            what = "two fields have no distance between them"
            self._refuse(sign, what, "Keep both sides in one field: subject:(change w/5 key)")


_NOT_NEAR = (
    "NOT cannot stand inside w/n or pre/n: what is absent has no place to be near",
    "Write it outside: (a w/5 b) AND NOT c",
)


def _inside(node: Node) -> list[Node]:
    match node:
        case Near():
            return [node, *_inside(node.left), *_inside(node.right)]
        case And() | Or():
            return [node, *(below for part in node.parts for below in _inside(part))]
    return [node]
