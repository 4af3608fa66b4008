"""Long keys made short for sentences: a line of a hundred signs tells a reader nothing.

JSON and tables keep the whole; what stands in a sentence is for the eye, and enough to find the
row by.
"""

from __future__ import annotations

import re

_HEAD, _TAIL = 8, 6
#: An extended key; a point or digest in the id of a key, of a copy of one, of a preimage; a point
#: by itself with the sign of its compression. The digest of a file, 64 signs alone, is no key.
_LONG_KEY = re.compile(
    r"(?<![1-9A-HJ-NP-Za-km-z])(?P<extended>[A-Za-z]pub[1-9A-HJ-NP-Za-km-z]{96,116})"
    r"(?![1-9A-HJ-NP-Za-km-z])"
    r"|\b(?P<before>key:|preimage:[a-z0-9]{6,9}:|(?:copy|backup):[0-9a-f]{16}/)"
    r"(?P<in_id>[0-9a-fA-F]{40,130})\b"
    r"|\b(?P<point>0[23][0-9a-fA-F]{64}|04[0-9a-fA-F]{128})\b"
)


def shortened(text: str) -> str:
    """Return `text` with each long public key in it as its first eight signs, …, its last six."""
    return _LONG_KEY.sub(
        lambda key: (key["before"] or "") + short(key["extended"] or key["in_id"] or key["point"]),
        text,
    )


def short(key: str) -> str:
    """Return one key as its first eight signs, …, its last six; a shorter text as it is."""
    return key if len(key) <= _HEAD + _TAIL + 1 else f"{key[:_HEAD]}…{key[-_TAIL:]}"
