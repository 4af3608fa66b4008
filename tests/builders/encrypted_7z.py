"""7z archives under a password: one file, LZMA or stored, its names encrypted or not."""

from __future__ import annotations

import hashlib
import lzma
import struct
import zlib

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_SALT, _BEFORE = bytes(range(8)), bytes(range(16))
#: 2^6 rounds of hashing: a test need not wait for what makes guessing slow.
_ROUNDS = 6
_LZMA = {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16, "lc": 3, "lp": 0, "pb": 2}
_AES_CODER = b"\x24\x06\xf1\x07\x01" + bytes([18 + 8, 0xC0 | _ROUNDS, 0x7F]) + _SALT + _BEFORE
_LZMA_CODER = b"\x23\x03\x01\x01\x05" + struct.pack("<BI", 93, 1 << 16)


def packed(
    name: str, data: bytes, password: str, *, lzma_first: bool = True, names: bool = False
) -> bytes:
    """Return an archive of one file; `lzma_first` False stores it, `names` encrypts the header."""
    streams, stored = _streams(data, password, 0, lzma_first=lzma_first)
    spelt = f"{name}\0".encode("utf-16-le")
    names_part = b"\x11" + _number(len(spelt) + 1) + b"\0" + spelt
    header = b"\x01\x04" + streams + b"\x08\x00\x00\x05\x01" + names_part + b"\x00\x00"
    if names:
        outer, hidden = _streams(header, password, len(stored), lzma_first=True)
        header, stored = b"\x17" + outer + b"\x00", stored + hidden
    rest = struct.pack("<QQI", len(stored), len(header), zlib.crc32(header))
    start = b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(rest)) + rest
    return start + stored + header


def _number(value: int) -> bytes:
    return (
        bytes([value])
        if value < 0x80
        else bytes([0xC0 | value >> 16]) + struct.pack("<H", value & 0xFFFF)
    )


def _streams(data: bytes, password: str, at: int, *, lzma_first: bool) -> tuple[bytes, bytes]:
    """Return PackInfo and CodersInfo of one folder, and its stored bytes."""
    plain = lzma.compress(data, lzma.FORMAT_RAW, filters=[_LZMA]) if lzma_first else data
    digest = hashlib.sha256()
    for count in range(2**_ROUNDS):
        digest.update(_SALT + password.encode("utf-16-le") + count.to_bytes(8, "little"))
    cipher = Cipher(algorithms.AES(digest.digest()), modes.CBC(_BEFORE)).encryptor()
    hidden = cipher.update(plain + bytes(-len(plain) % 16))
    coders = (
        b"\x02" + _LZMA_CODER + _AES_CODER + b"\x00\x01" if lzma_first else b"\x01" + _AES_CODER
    )
    sizes = _number(len(data)) * lzma_first + _number(len(plain))
    crc = b"\x0a\x01" + struct.pack("<I", zlib.crc32(data))
    packs = b"\x06" + _number(at) + b"\x01\x09" + _number(len(hidden)) + b"\x00"
    return packs + b"\x07\x0b\x01\x00" + coders + b"\x0c" + sizes + crc + b"\x00", hidden
