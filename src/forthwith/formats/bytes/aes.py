"""AES (FIPS 197) over many blocks at once: what encrypted archives and office files are made with.

All blocks of a piece go through each round together, in arrays, which is fast enough for files of
hundreds of megabytes without a library of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

Words = np.ndarray[tuple[int, ...], np.dtype[np.uint32]]


class Aes:
    """AES over many blocks at once, in arrays."""

    def __init__(self, key: bytes) -> None:
        """Expand a key of 16, 24 or 32 bytes (FIPS 197, 5.2)."""
        box = _sbox()
        count = len(key) // 4
        words = [int.from_bytes(key[at : at + 4], "big") for at in range(0, len(key), 4)]
        self._rounds = count + 6
        constant = 1
        for place in range(count, 4 * (self._rounds + 1)):
            word = words[-1]
            if place % count == 0:
                word = (word << 8 | word >> 24) & 0xFFFFFFFF
                word = _substituted(word, box) ^ constant << 24
                constant = constant << 1 ^ (0x11B if constant & 0x80 else 0)
            elif count > 6 and place % count == 4:
                word = _substituted(word, box)
            words.append(words[place - count] ^ word)
        self._keys = np.array(words, dtype=np.uint32).reshape(-1, 4)

    def counted(self, data: bytes, first: int) -> bytes:
        """Return `data` combined with the blocks of a little-endian counter from `first`."""
        many = -(-len(data) // 16)
        counter = np.zeros((many, 2), dtype="<u8")
        counter[:, 0] = np.arange(first, first + many, dtype=np.uint64)
        stream = self._encrypted(counter.view(">u4").astype(np.uint32))
        mask = np.frombuffer(stream, dtype=np.uint8)[: len(data)]
        return (np.frombuffer(data, dtype=np.uint8) ^ mask).tobytes()

    def decrypted(self, data: bytes) -> bytes:
        """Return whole blocks decrypted each by itself (ECB)."""
        blocks = np.frombuffer(data[: len(data) // 16 * 16], dtype=">u4").astype(np.uint32)
        return self._decrypted(blocks.reshape(-1, 4))

    def chained(self, data: bytes, before: bytes) -> bytes:
        """Return whole blocks decrypted in a chain (CBC) that begins with the block `before`."""
        whole = len(data) // 16 * 16
        plain = np.frombuffer(self.decrypted(data), dtype=np.uint8)
        mask = np.frombuffer((before + data)[:whole], dtype=np.uint8)
        return (plain ^ mask).tobytes()

    def _decrypted(self, blocks: np.ndarray[tuple[int, int], np.dtype[np.uint32]]) -> bytes:
        """Decrypt blocks of four big-endian words (FIPS 197, 5.3.5, the equivalent inverse)."""
        box, tables = _inverse_tables()
        forward = np.array(_sbox(), dtype=np.uint32)
        keys = self._keys[::-1].copy()
        for key in keys[1:-1]:
            key[:] = (
                tables[0][forward[key >> 24]]
                ^ tables[1][forward[key >> 16 & 255]]
                ^ tables[2][forward[key >> 8 & 255]]
                ^ tables[3][forward[key & 255]]
            )
        state: list[Words] = [blocks[:, word] ^ keys[0, word] for word in range(4)]
        for key in keys[1:-1]:
            state = [
                tables[0][state[word] >> 24]
                ^ tables[1][state[(word + 3) % 4] >> 16 & 255]
                ^ tables[2][state[(word + 2) % 4] >> 8 & 255]
                ^ tables[3][state[(word + 1) % 4] & 255]
                ^ key[word]
                for word in range(4)
            ]
        last: list[Words] = [
            (box[state[word] >> 24] << 24)
            ^ (box[state[(word + 3) % 4] >> 16 & 255] << 16)
            ^ (box[state[(word + 2) % 4] >> 8 & 255] << 8)
            ^ box[state[(word + 1) % 4] & 255]
            ^ keys[-1, word]
            for word in range(4)
        ]
        return np.stack(last, axis=1).astype(">u4").tobytes()

    def _encrypted(self, blocks: np.ndarray[tuple[int, int], np.dtype[np.uint32]]) -> bytes:
        """Encrypt blocks of four big-endian words (FIPS 197, 5.1, with one table a byte)."""
        tables = _tables()
        state: list[Words] = [blocks[:, word] ^ self._keys[0, word] for word in range(4)]
        for key in self._keys[1:-1]:
            state = [
                tables[0][state[word] >> 24]
                ^ tables[1][state[(word + 1) % 4] >> 16 & 255]
                ^ tables[2][state[(word + 2) % 4] >> 8 & 255]
                ^ tables[3][state[(word + 3) % 4] & 255]
                ^ key[word]
                for word in range(4)
            ]
        box = np.array(_sbox(), dtype=np.uint32)
        last: list[Words] = [
            (box[state[word] >> 24] << 24)
            ^ (box[state[(word + 1) % 4] >> 16 & 255] << 16)
            ^ (box[state[(word + 2) % 4] >> 8 & 255] << 8)
            ^ box[state[(word + 3) % 4] & 255]
            ^ self._keys[-1, word]
            for word in range(4)
        ]
        return np.stack(last, axis=1).astype(">u4").tobytes()


def _substituted(word: int, box: Sequence[int]) -> int:
    return int.from_bytes(bytes(box[byte] for byte in word.to_bytes(4, "big")), "big")


@cache
def _sbox() -> tuple[int, ...]:
    """Return the substitution box: the inverse in GF(2^8), then an affine map (FIPS 197, 5.1.1)."""
    box = [0] * 256
    one = other = 1
    while True:
        one ^= (one << 1 ^ (0x11B if one & 0x80 else 0)) & 0x1FF
        other ^= other << 1
        other ^= other << 2
        other ^= other << 4
        other &= 0xFF
        other ^= 0x09 if other & 0x80 else 0
        turned = other
        for turn in range(1, 5):
            turned ^= (other << turn | other >> (8 - turn)) & 0xFF
        box[one & 0xFF] = turned ^ 0x63
        if one & 0xFF == 1:
            break
    box[0] = 0x63
    return tuple(box)


@cache
def _tables() -> tuple[Words, Words, Words, Words]:
    """Return substitution and mixing of each byte of a word, in one table a place."""
    rows = []
    for byte in _sbox():
        twice = byte << 1 ^ (0x11B if byte & 0x80 else 0)
        rows.append(twice << 24 | byte << 16 | byte << 8 | (twice ^ byte))
    words = np.array(rows, dtype=np.uint32)
    turned = [words]
    for _ in range(3):
        turned.append((turned[-1] >> 8 | turned[-1] << 24).astype(np.uint32))
    return turned[0], turned[1], turned[2], turned[3]


@cache
def _inverse_tables() -> tuple[Words, tuple[Words, Words, Words, Words]]:
    """Return the inverse box, and it with the inverse mixing in one table a place (5.3.3)."""
    inverse = [0] * 256
    for byte, substitute in enumerate(_sbox()):
        inverse[substitute] = byte
    rows = []
    for byte in inverse:
        twice = byte << 1 ^ (0x11B if byte & 0x80 else 0)
        four = twice << 1 ^ (0x11B if twice & 0x80 else 0)
        eight = four << 1 ^ (0x11B if four & 0x80 else 0)
        mixed = (eight ^ four ^ twice, eight ^ byte, eight ^ four ^ byte, eight ^ twice ^ byte)
        rows.append(int.from_bytes(bytes(mixed), "big"))
    turned = [np.array(rows, dtype=np.uint32)]
    for _ in range(3):
        turned.append((turned[-1] >> 8 | turned[-1] << 24).astype(np.uint32))
    tables = (turned[0], turned[1], turned[2], turned[3])
    return np.array(inverse, dtype=np.uint32), tables
