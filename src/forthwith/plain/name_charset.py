"""Which charset a short name is in that nobody declared: file names in old zip archives.

A detector made for pages fails on five characters. So every charset that names were written in is
tried, and what comes out is weighed: common characters of a script beside each other are names,
rare ones, signs and letters of two scripts in one word are not. The answer is a guess and is told.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable
from itertools import islice

from forthwith.plain.charset import decode

#: In the order in which equals are preferred: the charset the format names first (APPNOTE D.1).
_CANDIDATES = (
    "cp437", "cp850", "cp1252", "cp932", "gb18030", "cp949", "cp950", "cp866", "cp1251", "cp852",
    "cp1250", "cp874", "koi8-r", "cp1253", "cp737", "cp1255", "cp862", "cp1256", "cp857",
    "cp1254", "mac_roman",
)  # fmt: skip
#: Charsets of two bytes.
WIDE = frozenset({"cp932", "gb18030", "cp949", "cp950"})
#: First and last character, in the bytes of the charset, of those in daily use.
_COMMON = {
    "cp932": (
        (0x829F, 0x8396, 1.0), (0x889F, 0x9872, 0.9), (0x8140, 0x81FC, 0.5), (0x8740, 0x879C, 0.5)
    ),
    "gb18030": ((0xB0A1, 0xD7F9, 1.0), (0xD8A1, 0xF7FE, 0.5)),
    "cp949": ((0xB0A1, 0xC8FE, 1.02),),
    "cp950": ((0xA440, 0xC67E, 1.0), (0xC940, 0xF9D5, 0.3)),
}  # fmt: skip
#: Where the sets of those lie whose second byte has its eighth bit; the rest of a range is rare.
_SQUARE = frozenset({"gb18030", "cp949"})
#: Signs that stand in names beside letters, and ASCII that does not stand beside an accented one.
_SIGNS, _NO_NEIGHBOURS = frozenset("–—’‘“”€°§№«»"), frozenset("[]^|{}\\`~@")
_LIGATURES = frozenset("ﬁﬂ")
#: How much the charset that explains all names of an archive best is favoured for each of them.
_FAVOUR = 0.15
#: Characters beyond ASCII that are weighed; no name has more, and a text of them says no more.
_WEIGHED = 1000


def name_charset(names: Iterable[bytes]) -> str:
    """Return the charset that explains names best as a whole; "" when each is ASCII."""
    raw = [name for name in names if not name.isascii()]
    if not raw:
        return ""
    totals = {charset: sum(_weight(name, charset) for name in raw) for charset in _CANDIDATES}
    return max(_CANDIDATES, key=lambda charset: totals[charset])


def name_of(raw: bytes, favoured: str = "") -> tuple[str, str]:
    """Return a name as text, and the charset guessed for it; "" where nothing was guessed."""
    if raw.isascii():
        return raw.decode("ascii"), ""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = ""
    if text and not (favoured in WIDE and _by_chance(text) and _weight(raw, favoured) > 0.9):
        return text, ""
    best = max(
        _CANDIDATES, key=lambda charset: _weight(raw, charset) + _FAVOUR * (charset == favoured)
    )
    return _text(raw, best) or raw.decode("latin-1"), best


def _by_chance(text: str) -> bool:
    """Say whether valid UTF-8 may be chance: two or three pairs that are letters of two scripts."""
    scripts = {_script(sign) for sign in text if not sign.isascii()}
    return len(scripts) > 1 and all(sign < "\u0800" for sign in text)


def _text(raw: bytes, charset: str) -> str:
    """Return the text in this charset and no other; "" when it is not valid there."""
    found = decode(raw, charset)
    return found.text if found.origin == "declared" and not found.undecodable else ""


@functools.lru_cache(maxsize=4096)
def _weight(raw: bytes, charset: str) -> float:
    """Return how well a charset explains a name: 0 for not at all, about 1 for ordinary words."""
    text = _text(raw, charset)
    if not text:
        return 0.0
    beyond = islice((at for at, sign in enumerate(text) if not sign.isascii()), _WEIGHED)
    weights = [_weight_of(text, at, charset) for at in beyond]
    return sum(weights) / len(weights) if weights else 0.0


def _weight_of(text: str, at: int, charset: str) -> float:
    sign = text[at]
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    if charset in WIDE:
        data = sign.encode(charset, "replace")
        # In a Latin word stands no character of the East, nor one that took a letter of it.
        letters = [bool(other) and other.isascii() and other.isalpha() for other in (before, after)]
        latin = letters[0] and (letters[1] or data[-1:].isalpha())
        return _weight_of_pair(sign, data, charset) * (0.3 if latin else 1.0)
    if not sign.isalpha() and not unicodedata.combining(sign):
        return 0.5 if sign in _SIGNS else 0.1
    if sign in _LIGATURES or not _NO_NEIGHBOURS.isdisjoint(before + after):
        return 0.2
    if before.islower() and sign.isupper():
        return 0.2
    script = _script(sign)
    neighbours = [other for other in (before, after) if other.isalpha()]
    if script == "LATIN":
        run = sum(
            other.isalpha() and not other.isascii() for other in text[max(0, at - 2) : at + 3]
        )
        if run > 3 or any(_script(other) != script for other in neighbours):
            return 0.3
        return 0.95 if neighbours else 0.5
    same = all(_script(other) == script for other in neighbours)
    return (1.0 if neighbours else 0.6) if same else 0.2


def _weight_of_pair(sign: str, data: bytes, charset: str) -> float:
    if "\uff61" <= sign <= "\uff9f":
        return 0.15
    if len(data) != 2:
        return 0.05
    number = int.from_bytes(data, "big")
    if charset in _SQUARE and data[1] < 0xA1:
        return 0.1
    return next((w for low, high, w in _COMMON[charset] if low <= number <= high), 0.1)


def _script(sign: str) -> str:
    return unicodedata.name(sign, "").partition(" ")[0]
