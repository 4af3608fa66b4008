"""Names of people: "Ortega, Marisol" is "Marisol Ortega"; "M. Ortega" perhaps is.

Two lists that were kept by different hands are matched by the name alone, so only the same words
count as the same person. What is merely near is said to be so and left to somebody who knows.
"""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from enum import StrEnum

#: Letters alike in two names, from 0 to 1, from which a slip of the pen may explain the rest.
_NEAR = 0.85


class Match(StrEnum):
    """How two names stand to each other."""

    SAME = "same"
    PERHAPS = "perhaps"
    OTHER = "other"


def match(one: str, other: str) -> Match:
    """Compare two names of people, or a name and a mailbox (never more than perhaps)."""
    mine, theirs = _words(one), _words(other)
    if not mine or not theirs:
        return Match.OTHER
    if mine == theirs and "@" not in one + other:
        return Match.SAME
    return Match.PERHAPS if _near(_plain(mine), _plain(theirs)) else Match.OTHER


def _words(name: str) -> tuple[str, ...]:
    """Return the words in the order spoken, folded; of a mailbox those before the @."""
    text = unicodedata.normalize("NFKC", name).casefold().split("@")[0]
    family, comma, given = text.partition(",")
    spoken = f"{given} {family}" if comma else text
    return tuple(re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", spoken))


def _plain(words: tuple[str, ...]) -> list[str]:
    """Return the words without accents."""
    return [
        "".join(sign for sign in unicodedata.normalize("NFKD", word) if not _mark(sign))
        for word in words
    ]


def _mark(sign: str) -> bool:
    return unicodedata.combining(sign) > 0


def _near(one: list[str], other: list[str]) -> bool:
    """Whether it may be one person: words alike, in another order, shortened or with a slip."""
    if sorted(one) == sorted(other) or "".join(one) == "".join(other):
        return True
    few, many = sorted((one, other), key=len)
    if len(few) > 1 and set(few) < set(many):
        return True
    if one[-1] == other[-1] and one[0][0] == other[0][0] and 1 in (len(one[0]), len(other[0])):
        return True
    return SequenceMatcher(None, " ".join(one), " ".join(other)).ratio() >= _NEAR
