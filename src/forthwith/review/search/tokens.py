"""Text to tokens: the one rule by which texts are indexed, queries read and matches shown.

A token is a run of letters and digits with their marks; everything else stands between tokens. So
an address of 42 characters or a digest of 64 is one token, and "e-mail", "Ortega's", an e-mail
address and "1,250,000" are several; the query splits them alike and asks for them as a phrase.
Scripts written without spaces give one token a character. No stop words, no limit on length.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

#: Part of the index's key: a changed rule is another index.
VERSION = "1"

#: Han, kana, Hangul syllables, Thai, Lao, Myanmar, Khmer: one token a character.
_SINGLE = (
    "\u0e01-\u0e30\u0e32-\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2-\u0eb3\u0ec0-\u0ec6\u0edc-\u0edf"
    "\u1000-\u102a\u103f\u1780-\u17b3\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc-\u30ff"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9d"
    "\U00020000-\U000323af"
)
#: Hangul written as separate letters, as file names of some systems hold it.
_JAMO = "[\u1100-\u115f][\u1160-\u11a7]*[\u11a8-\u11ff]*"
#: Invisible signs inside words: soft hyphen, joiners, directions.
_UNSEEN = "\u00ad\u200c-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"


def _marks() -> str:
    """Return every combining sign as the inside of a character class."""
    marks = [
        chr(code)
        for code in range(0x300, min(sys.maxunicode, 0x1FFFF))
        if unicodedata.category(chr(code))[0] == "M"
    ]
    marks += [chr(code) for code in range(0xE0100, 0xE01F0)]
    return "".join(re.escape(sign) for sign in marks) + "\uff9e\uff9f"


_JOINED = f"[{_marks()}{_UNSEEN}]"
_LETTER = rf"[^\W_{_SINGLE}\u1100-\u11ff\uff9e\uff9f]"
_TOKEN = re.compile(rf"{_LETTER}+(?:{_JOINED}+{_LETTER}*)*|(?:[{_SINGLE}]|{_JAMO}){_JOINED}*")
_PLAIN = re.compile(r"[a-z0-9]+")
_PIECE = re.compile(rf"(?:{_TOKEN.pattern}|[*?])+")
_ALONE = re.compile(rf"[{_SINGLE}]")
_HIDDEN = re.compile(f"[{_UNSEEN}]")


def tokens(text: str) -> list[str]:
    """Return the tokens of a text in order."""
    if text.isascii():
        return _PLAIN.findall(text.lower())
    return [token for run in _TOKEN.findall(text) for token in _normal(run)]


def placed(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield each token with the characters it stands on: first, and one past the last."""
    for run in _TOKEN.finditer(text):
        for token in _normal(run[0]):
            yield token, run.start(), run.end()


def pieces(text: str) -> list[str]:
    """Return the tokens of a part of a query, in which * and ? are kept as letters."""
    parts = []
    for piece in _PIECE.findall(text):
        wild = "*" in piece or "?" in piece
        parts += [_pattern(piece)] if wild else tokens(piece)
    return parts


def unspaced(text: str) -> bool:
    """True when some character of `text` is a token by itself."""
    return _ALONE.search(text) is not None


def _pattern(piece: str) -> str:
    return "".join(
        part if part in "*?" else "".join(_normal(part)) for part in re.split(r"([*?])", piece)
    )


@lru_cache(maxsize=1 << 16)
def _normal(run: str) -> tuple[str, ...]:
    """Return what a run of letters is compared by: NFKC, case folded; a fraction sign is two."""
    if run.isascii():
        return (run.lower(),)
    folded = unicodedata.normalize("NFKC", _HIDDEN.sub("", run)).casefold()
    folded = unicodedata.normalize("NFKC", folded)
    return tuple(_TOKEN.findall(folded))
