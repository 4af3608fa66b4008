"""Names of people and entities: "Ortega, Marisol" is "Marisol Ortega"; "M. Ortega" perhaps is.

Two lists that were kept by different hands are matched by the name alone, so only the same words
count as the same person. What is merely near is said to be so and left to somebody who knows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from enum import StrEnum

#: Letters alike in two names, from 0 to 1, from which a slip of the pen may explain the rest.
_NEAR = 0.85


class Match(StrEnum):
    """How two names stand to each other."""

    SAME = "same"
    PERHAPS = "perhaps"
    OTHER = "other"


def match(name: str, other: str) -> Match:
    """Compare two names of people, or a name and a mailbox (never more than perhaps)."""
    mine, theirs = spoken(name), spoken(other)
    if not mine or not theirs:
        return Match.OTHER
    if mine == theirs and "@" not in name + other:
        return Match.SAME
    return Match.PERHAPS if _near(plain(mine), plain(theirs)) else Match.OTHER


def spoken(name: str) -> tuple[str, ...]:
    """Return the words in the order spoken, folded; of a mailbox those before the @."""
    text = unicodedata.normalize("NFKC", name).casefold().split("@")[0]
    # The small letter of a Turkish capital I with its dot, which no composed sign is for.
    text = text.replace("i\u0307", "i")
    family, comma, first_names = text.partition(",")
    spoken = f"{first_names} {family}" if comma else text
    return tuple(re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", spoken))


def plain(words: Iterable[str]) -> list[str]:
    """Return the words without accents."""
    return [
        "".join(
            sign for sign in unicodedata.normalize("NFKD", word) if not unicodedata.combining(sign)
        )
        for word in words
    ]


def _near(words: list[str], other: list[str]) -> bool:
    """Whether it may be one person: words alike, in another order, shortened or with a slip."""
    if sorted(words) == sorted(other) or "".join(words) == "".join(other):
        return True
    few, many = sorted((words, other), key=len)
    if len(few) > 1 and set(few) < set(many):
        return True
    if (
        words[-1] == other[-1]
        and words[0][0] == other[0][0]
        and 1 in (len(words[0]), len(other[0]))
    ):
        return True
    return SequenceMatcher(None, " ".join(words), " ".join(other)).ratio() >= _NEAR
