"""Ethereum addresses: their shape and the capital letters that are their checksum (EIP-55)."""

from __future__ import annotations

import re
from functools import lru_cache

_SHAPE = re.compile(r"0x[0-9a-fA-F]{40}")
NOBODY = "0x" + "0" * 40
#: Head of the linked lists a Safe keeps its owners and modules in; never an owner itself.
SENTINEL = "0x" + "0" * 39 + "1"

_LANES = 25
_RATE = 136
_MASK = (1 << 64) - 1


def address(value: object) -> str:
    """Return the address in lower case, or "" when the value is none."""
    return value.lower() if isinstance(value, str) and _SHAPE.fullmatch(value) else ""


def misspelt(text: str) -> bool:
    """Return whether an address in mixed case has the wrong capitals: a letter was mistyped.

    All small or all capital letters carry no checksum (EIP-55) and are never misspelt.
    """
    digits = text[2:]
    return digits not in (digits.lower(), digits.upper()) and checksummed(text.lower()) != text


@lru_cache(maxsize=65536)
def checksummed(lower: str) -> str:
    """Return a lower-case address with the capitals of EIP-55."""
    digest = keccak_256(lower[2:].encode()).hex()
    return "0x" + "".join(
        digit.upper() if int(mark, 16) > 7 else digit
        for digit, mark in zip(lower[2:], digest, strict=False)
    )


def keccak_256(data: bytes) -> bytes:
    """Return the Keccak-256 digest: SHA-3's permutation with the padding of before FIPS 202.

    Written out here because `hashlib` has only the padding of the standard.
    """
    padded = data + b"\x01" + bytes(-(len(data) + 1) % _RATE)
    padded = padded[:-1] + bytes([padded[-1] | 0x80])
    lanes = [0] * _LANES
    for start in range(0, len(padded), _RATE):
        for place in range(_RATE // 8):
            at = start + 8 * place
            lanes[place] ^= int.from_bytes(padded[at : at + 8], "little")
        lanes = _permuted(lanes)
    return b"".join(lane.to_bytes(8, "little") for lane in lanes[:4])


def _permuted(lanes: list[int]) -> list[int]:
    """Apply Keccak-f[1600] (FIPS 202, 3.3); lane (x, y) stands at x + 5 y."""
    for constant in _ROUNDS:
        columns = [
            lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20]
            for x in range(5)
        ]
        mixed = [columns[x - 1] ^ _turned(columns[(x + 1) % 5], 1) for x in range(5)]
        moved = [0] * _LANES
        for place, lane in enumerate(lanes):
            x, y = place % 5, place // 5
            moved[y + 5 * ((2 * x + 3 * y) % 5)] = _turned(lane ^ mixed[x], _TURNS[place])
        lanes = [
            lane ^ (~moved[place - x + (x + 1) % 5] & moved[place - x + (x + 2) % 5])
            for place, lane in enumerate(moved)
            for x in (place % 5,)
        ]
        lanes[0] ^= constant
    return lanes


def _turned(lane: int, by: int) -> int:
    return (lane << by | lane >> (64 - by)) & _MASK


def _turns() -> tuple[int, ...]:
    """Return how far each lane turns (FIPS 202, 3.2.2)."""
    turns = [0] * _LANES
    x, y = 1, 0
    for step in range(24):
        turns[x + 5 * y] = (step + 1) * (step + 2) // 2 % 64
        x, y = y, (2 * x + 3 * y) % 5
    return tuple(turns)


def _rounds() -> tuple[int, ...]:
    """Return the constants of the 24 rounds (FIPS 202, 3.2.5)."""
    register, constants = 1, []
    for _ in range(24):
        constant = 0
        for power in range(7):
            constant |= (register & 1) << ((1 << power) - 1)
            register = (register << 1) ^ (0x171 if register & 0x80 else 0)
        constants.append(constant)
    return tuple(constants)


_TURNS = _turns()
_ROUNDS = _rounds()
