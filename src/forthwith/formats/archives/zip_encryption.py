"""Encrypted zip members, opened with a password: WinZip's AES (AE-1, AE-2) and PKWARE's first way.

What is decrypted is still compressed; `zip_data` goes on from there. AES runs in counter mode, so
that all blocks of a piece are made at once, in arrays. Sources: WinZip, "AES Encryption
Information" (AE-x, version 1.04); APPNOTE 6.1, traditional encryption.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from forthwith.domain.evidence import ByteSource, Fault, FaultReason
from forthwith.formats.archives.inflate import BrokenDataError, pieces_of
from forthwith.formats.archives.zip_directory import Entry, LocalHeader, extra_field
from forthwith.formats.bytes.aes import Aes

_WINZIP = 0x9901
_ITERATIONS = 1000
#: Bytes of salt and of key by the strength in the extra field.
_SALT = {1: 8, 2: 12, 3: 16}
_KEY = {1: 16, 2: 24, 3: 32}
_VERIFIER, _CODE = 2, 10
_TRADITIONAL_HEADER = 12


@dataclass(frozen=True, slots=True)
class Decrypted:
    """One member, decrypted as it is read."""

    #: Compression inside the encryption, APPNOTE 4.4.5.
    method: int
    #: Bytes of compressed data.
    stored: int
    pieces: Iterator[bytes]
    #: False where the archive keeps no checksum of it (AE-2).
    checksum: bool


def decrypted(
    source: ByteSource, entry: Entry, header: LocalHeader, passwords: Iterable[str]
) -> Iterator[Decrypted]:
    """Yield the member decrypted by each password whose first bytes fit; nothing where none does.

    One or two bytes are compared, so a wrong password may fit: only the whole member tells.
    Members encrypted in another way than the two have none that fits. Raises BrokenDataError where
    the data ends before its own head.
    """
    extra = extra_field(entry.extra, _WINZIP)
    if entry.method == 99 and extra is not None and len(extra) >= 7:
        yield from _by_aes(source, entry, header, passwords, extra)
    elif entry.method != 99 and not entry.flags & 0x2040:
        yield from _traditionally(source, entry, header, passwords)


def _by_aes(
    source: ByteSource, entry: Entry, header: LocalHeader, passwords: Iterable[str], extra: bytes
) -> Iterator[Decrypted]:
    version, _, strength, method = struct.unpack("<H2sBH", extra[:7])
    if strength not in _KEY:
        return
    head = _SALT[strength] + _VERIFIER
    begins = source.read(header.data, head)
    stored = entry.stored - head - _CODE
    if len(begins) < head or stored < 0:
        raise BrokenDataError(Fault(FaultReason.TRUNCATED, f"{entry.path!r} is cut short"))
    size = _KEY[strength]
    for password in _spelt(passwords):
        keys = hashlib.pbkdf2_hmac(
            "sha1", password, begins[: _SALT[strength]], _ITERATIONS, 2 * size + _VERIFIER
        )
        if keys[2 * size :] == begins[-_VERIFIER:]:
            pieces = _counted(
                pieces_of(source, header.data + head, stored),
                keys[:size],
                hmac.new(keys[size : 2 * size], digestmod=hashlib.sha1),
                source.read(header.data + head + stored, _CODE),
                entry.path,
            )
            yield Decrypted(method, stored, pieces, checksum=version != 2)


def _spelt(passwords: Iterable[str]) -> Iterator[bytes]:
    """Yield each password in the bytes programs make of it."""
    for password in passwords:
        spellings = [password.encode()]
        if not password.isascii():
            spellings += [password.encode(name, errors="replace") for name in ("cp437", "cp1252")]
        yield from dict.fromkeys(spellings)


def _counted(
    stored: Iterator[bytes], key: bytes, code: hmac.HMAC, wanted: bytes, path: str
) -> Iterator[bytes]:
    """Decrypt in counter mode, little-endian from 1, and compare the code at the end."""
    cipher, block = Aes(key), 1
    left = b""
    for piece in stored:
        code.update(piece)
        data = left + piece
        whole = len(data) // 16 * 16
        left = data[whole:]
        if whole:
            yield cipher.counted(data[:whole], block)
            block += whole // 16
    if left:
        yield cipher.counted(left, block)
    if not hmac.compare_digest(code.digest()[:_CODE], wanted):
        detail = f"{path!r} does not match its authentication code"
        raise BrokenDataError(Fault(FaultReason.CORRUPT, detail))


def _traditionally(
    source: ByteSource, entry: Entry, header: LocalHeader, passwords: Iterable[str]
) -> Iterator[Decrypted]:
    head = source.read(header.data, _TRADITIONAL_HEADER)
    stored = entry.stored - _TRADITIONAL_HEADER
    if len(head) < _TRADITIONAL_HEADER or stored < 0:
        raise BrokenDataError(Fault(FaultReason.TRUNCATED, f"{entry.path!r} is cut short"))
    # The last byte of the head is the highest of the checksum, or of the time where the checksum
    # was not known yet (APPNOTE 6.1.6).
    wanted = entry.dos_time >> 8 if entry.flags & 8 else entry.crc >> 24
    for password in _spelt(passwords):
        keys = Traditional(password)
        if keys.decrypted(head)[-1] == wanted:
            pieces = pieces_of(source, header.data + _TRADITIONAL_HEADER, stored)
            yield Decrypted(entry.method, stored, map(keys.decrypted, pieces), checksum=True)


class Traditional:
    """The three keys of traditional encryption (APPNOTE 6.1.5), which go on with each byte."""

    def __init__(self, password: bytes) -> None:
        self._keys = (0x12345678, 0x23456789, 0x34567890)
        for byte in password:
            self._keys = _next(self._keys, byte)

    def decrypted(self, data: bytes) -> bytes:
        """Decrypt the bytes that come next."""
        table = _crc_table()
        low, mid, high = self._keys
        out = bytearray(len(data))
        for place, byte in enumerate(data):
            mask = high & 0xFFFF | 2
            plain = byte ^ (mask * (mask ^ 1) >> 8) & 0xFF
            out[place] = plain
            low = table[(low ^ plain) & 0xFF] ^ low >> 8
            mid = ((mid + (low & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
            high = table[(high ^ mid >> 24) & 0xFF] ^ high >> 8
        self._keys = (low, mid, high)
        return bytes(out)


def _next(keys: tuple[int, int, int], byte: int) -> tuple[int, int, int]:
    table = _crc_table()
    low, mid, high = keys
    low = table[(low ^ byte) & 0xFF] ^ low >> 8
    mid = ((mid + (low & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
    return low, mid, table[(high ^ mid >> 24) & 0xFF] ^ high >> 8


@cache
def _crc_table() -> tuple[int, ...]:
    """Return the table of CRC-32, which `zlib` keeps to itself."""
    return tuple(zlib.crc32(bytes([byte]), 0xFFFFFFFF) ^ 0xFFFFFFFF for byte in range(256))
