"""What a wallet's file must never pass on: private keys, and the words of a seed or share."""

from __future__ import annotations

import re

from embit.wordlists.bip39 import WORDLIST
from embit.wordlists.slip39 import SLIP39_WORDS

_SECRET = re.compile(
    r"(?<![0-9A-Za-z])(?:[a-zA-Z]prv[1-9A-HJ-NP-Za-km-z]{20,}|[5KLc9][1-9A-HJ-NP-Za-km-z]{50,51})"
    r"(?![1-9A-HJ-NP-Za-km-z])"
)
_WORDS = frozenset((*WORDLIST, *SLIP39_WORDS))
_WORD = re.compile(r"[A-Za-z]+")
#: The shortest seed has twelve words; two of them may be misspelt and the rest are still a secret.
#: Sentences do not come near: neither "the" nor "of" is in a list.
_IN_A_ROW, _KNOWN = 12, 10


def withheld(text: str) -> str:
    """Return `text` without anything in it that looks like a private key or the words of a seed."""
    bare = _SECRET.sub("[private key withheld]", text)
    words = list(_WORD.finditer(bare))
    known = [word[0].lower() in _WORDS for word in words]
    secret = [False] * len(words)
    for first in range(len(words) - _IN_A_ROW + 1):
        if sum(known[first : first + _IN_A_ROW]) >= _KNOWN:
            secret[first : first + _IN_A_ROW] = [True] * _IN_A_ROW
    for place in reversed([place for place, is_secret in enumerate(secret) if is_secret]):
        last = place + 1 == len(words) or not secret[place + 1]
        end = words[place].end() if last else words[place + 1].start()
        first = not place or not secret[place - 1]
        bare = bare[: words[place].start()] + "[words withheld]" * first + bare[end:]
    return bare
