"""Text from evidence shown as what it is: on one line, with no sign that steers or hides."""

from __future__ import annotations

import unicodedata

#: Joiners steer no reading order, and scripts and emoji need them.
JOINERS = "\u200c\u200d"
#: Controls, formats such as right-to-left marks, surrogates, private signs, line separators.
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def visible(text: str) -> str:
    """Return the text on one line, signs that steer or cannot be seen written out."""
    return "".join(map(_shown, text.replace("\r\n", " ")))


def _shown(sign: str) -> str:
    if sign in "\n\t\r":
        return " "
    if sign not in JOINERS and unicodedata.category(sign) in _UNSEEN:
        return sign.encode("unicode_escape").decode("ascii")
    return sign
