"""Ids that look alike: "Ortega" and "ortega", a Cyrillic letter for a Latin one.

Two ids for one thing split its facts: the ties of one, the keys of the other, and each by itself
seems harmless. Nothing is guessed here; the rows are at fault until somebody says which is meant.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

#: Letters of other scripts that print as Latin ones (cf. Unicode TR 39), after case folding.
_LATIN = str.maketrans({
    **dict(zip("авеёгкмнорстухѕіјԁԛԝһԍ", "abeerkmhopctyxsijdqwhg", strict=True)),
    **dict(zip("αβεηικνορτυχ", "abenikvoptux", strict=True)),
    # What a word processor makes of a hyphen and an apostrophe.
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("‘’ʼ′", "'"),
})  # fmt: skip


def look(text: str) -> str:
    """Return what an id looks like: equal for ids that the eye takes for each other."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    if folded.isascii():
        return folded
    return unicodedata.normalize("NFKC", folded.translate(_LATIN))


def unseen(text: str) -> str:
    """Return the name of the first character nobody sees, or ""."""
    if text.isprintable():
        return ""
    hidden = next(each for each in text if not each.isprintable())
    return unicodedata.name(hidden, f"U+{ord(hidden):04X}")


def pairs(ids: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each id that looks like an earlier one, with that one."""
    seen: dict[str, str] = {}
    for each in ids:
        first = seen.setdefault(look(each), each)
        if first != each:
            yield first, each
