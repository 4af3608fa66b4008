"""What a SLIP-39 share says of its set: identifier, group, thresholds, and that it is unharmed.

The share's value is checked for its padding and let go: no value, and no word, leaves this
module. Joining shares is nobody's business here. SLIP-0039, "Format of the share mnemonic".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from embit.wordlists.slip39 import SLIP39_WORDS

from forthwith.domain.errors import ForthwithError

_WORDS = {word: place for place, word in enumerate(SLIP39_WORDS)}
_GENERATORS = (
    0xE0E040, 0x1C1C080, 0x3838100, 0x7070200, 0xE0E0009,
    0x1C0C2412, 0x38086C24, 0x3090FC48, 0x21B1F890, 0x3F3F120,
)  # fmt: skip
#: 128 bits of value; two words of identifier, two of thresholds, three of checksum.
FEWEST_WORDS = 20
_AROUND = 7
_MOST_WORDS = 200
#: A group has at most this many members, a set this many groups.
MOST = 16


class BadShareError(ForthwithError):
    """A share does not read. Its words never quote one of the share's."""

    def __init__(self, what: str) -> None:
        super().__init__(f"The share cannot be read: {what}. Compare it with its original.")
        self.what = what


@dataclass(frozen=True, slots=True)
class Share:
    """The header of one share; indices count from 0."""

    identifier: int
    extendable: bool
    iteration_exponent: int
    group: int
    group_threshold: int
    group_count: int
    member: int
    threshold: int
    #: Tells two shares of one place apart; for comparing only, never shown.
    digest: str = field(repr=False, default="")

    @property
    def secret(self) -> tuple[int, bool, int]:
        """Return what all shares of one secret have in common, and no others."""
        return self.identifier, self.extendable, self.iteration_exponent


def parse(mnemonic: str) -> Share:
    """Read the header of a share and verify its checksum and padding. Raises BadShareError."""
    words = mnemonic.lower().split()
    if not FEWEST_WORDS <= len(words) <= _MOST_WORDS:
        raise BadShareError(f"it has {len(words)} words, where SLIP-39 has {FEWEST_WORDS} or more")
    for place, word in enumerate(words, 1):
        if word not in _WORDS:
            raise BadShareError(f"word {place} is not in the list of SLIP-39")
    numbers = [_WORDS[word] for word in words]
    head = _joined(numbers[:4])
    extendable = bool(head >> 24 & 1)
    if _remainder(numbers, extendable=extendable) != 1:
        raise BadShareError("its checksum does not fit, so at least one word is not right")
    # The value is whole 16-bit units, padded on the left with up to eight zero bits.
    bits = 10 * (len(numbers) - _AROUND)
    if bits % 16 > 8:
        raise BadShareError(f"no share has {len(numbers)} words")
    if _joined(numbers[4:-3]) >> (bits - bits % 16):
        raise BadShareError("its padding is not empty")
    share = Share(
        head >> 25,
        extendable,
        head >> 20 & 15,
        head >> 16 & 15,
        (head >> 12 & 15) + 1,
        (head >> 8 & 15) + 1,
        head >> 4 & 15,
        (head & 15) + 1,
        sha256(" ".join(words).encode()).hexdigest(),
    )
    if share.group_threshold > share.group_count:
        raise BadShareError("it asks for more groups than it says there are")
    return share


def _joined(numbers: Sequence[int]) -> int:
    value = 0
    for number in numbers:
        value = value << 10 | number
    return value


def _remainder(numbers: Sequence[int], *, extendable: bool) -> int:
    """Reed-Solomon over GF(1024), as SLIP-0039 gives it under "Checksum"."""
    custom = b"shamir_extendable" if extendable else b"shamir"
    state = 1
    for number in (*custom, *numbers):
        high = state >> 20
        state = (state & 0xFFFFF) << 10 ^ number
        for bit, generator in enumerate(_GENERATORS):
            if high >> bit & 1:
                state ^= generator
    return state
