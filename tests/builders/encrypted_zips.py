"""Zip files under a password: WinZip's AES with every strength, and the traditional way."""

from __future__ import annotations

import hashlib
import hmac
import struct
import zlib
from collections.abc import Iterable

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from forthwith.formats.archives.zip_encryption import Traditional

_STRENGTH = {"aes-128": (1, 8, 16), "aes-192": (2, 12, 24), "aes-256": (3, 16, 32)}
#: Fixed, so that a test is the same in every run.
_SALT = bytes(range(16))


def packed(files: Iterable[tuple[str, bytes]], password: str, how: str) -> bytes:
    """Return a zip file; `how` is "aes-128", "aes-192", "aes-256", "ae-1" or "traditional"."""
    out, directory = b"", b""
    count = 0
    for name, data in files:
        method, crc, extra, stored = _encrypted(data, password.encode(), how)
        raw = name.encode()
        rest = struct.pack(
            "<5H3I2H", 51, 1, method, 0, 33, crc, len(stored), len(data), len(raw), len(extra)
        )
        directory += b"PK\x01\x02" + struct.pack("<H", 51) + rest
        directory += struct.pack("<3H2I", 0, 0, 0, 0, len(out)) + raw + extra
        out += b"PK\x03\x04" + rest + raw + extra + stored
        count += 1
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(directory), len(out), 0)
    return out + directory + end


def _encrypted(data: bytes, password: bytes, how: str) -> tuple[int, int, bytes, bytes]:
    """Return method, checksum, extra field and stored bytes."""
    packer = zlib.compressobj(wbits=-15)
    plain = packer.compress(data) + packer.flush()
    crc = zlib.crc32(data)
    if how == "traditional":
        return 8, crc, b"", _traditional(bytes(11) + bytes([crc >> 24]) + plain, password)
    version = 1 if how == "ae-1" else 2
    strength, salt_size, key_size = _STRENGTH.get(how, _STRENGTH["aes-256"])
    salt = _SALT[:salt_size]
    keys = hashlib.pbkdf2_hmac("sha1", password, salt, 1000, 2 * key_size + 2)
    cipher = Cipher(algorithms.AES(keys[:key_size]), modes.ECB()).encryptor()
    blocks = -(-len(plain) // 16)
    stream = cipher.update(b"".join(place.to_bytes(16, "little") for place in range(1, blocks + 1)))
    hidden = bytes(one ^ other for one, other in zip(plain, stream, strict=False))
    code = hmac.new(keys[key_size : 2 * key_size], hidden, hashlib.sha1).digest()[:10]
    extra = struct.pack("<2HH2sBH", 0x9901, 7, version, b"AE", strength, 8)
    return 99, crc if version == 1 else 0, extra, salt + keys[-2:] + hidden + code


def _traditional(plain: bytes, password: bytes) -> bytes:
    """Encrypt with the keys that decrypting would have: the byte of the stream is the same."""
    keys, out = Traditional(password), bytearray()
    for byte in plain:
        # Decrypting 0 with the keys as they are gives the byte of the stream alone.
        probe = Traditional(b"")
        probe._keys = keys._keys
        hidden = byte ^ probe.decrypted(b"\0")[0]
        keys.decrypted(bytes([hidden]))
        out.append(hidden)
    return bytes(out)
