"""Open encrypted office files with a password: packages, and workbooks and documents before 2007.

Excel tries one password by itself, so a workbook "protected" with it opens without asking; the
readers try it as well, then whatever `Hint.passwords` gives. Nothing here keeps or tells a
password. Source: [MS-OFFCRYPTO] 2.3 (standard and agile encryption, RC4, RC4 of the CryptoAPI, XOR
obfuscation), [MS-XLS] 2.2.10, [MS-DOC] 2.2.6.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, takewhile

from forthwith.formats.bytes import xmlscan
from forthwith.formats.bytes.aes import Aes
from forthwith.formats.bytes.xmlscan import attributes

#: What Excel, and PowerPoint, try before they ask.
BY_ITSELF = ("VelvetSweatshop", "/01Hannes Ruescher/01")
_HASHES = {"SHA1": "sha1", "SHA-1": "sha1", "SHA256": "sha256", "SHA384": "sha384",
           "SHA512": "sha512", "MD5": "md5"}  # fmt: skip
_INPUT, _VALUE, _KEY = (
    bytes.fromhex(block)
    for block in ("fea7d276 3b4b9e79", "d7aa0f6d 3061344e", "146e0be7 abacd0d6")
)
#: Rounds of hashing taken at most; Office writes 50,000 and 100,000.
_MOST_ROUNDS = 2_000_000
_SEGMENT = 4096
_FILEPASS, _BOUNDSHEET, _END = 0x2F, 0x85, 0x0A
#: Records that are never encrypted ([MS-XLS] 2.2.10): BOF, FilePass, UsrExcl, FileLock,
#: InterfaceHdr, RRDInfo, RRDHead.
_PLAIN = frozenset({0x809, 0x009, 0x209, 0x409, _FILEPASS, 0x194, 0x195, 0xE1, 0x196, 0x138})
#: A record no program knows, in the place of FilePass once the stream is decrypted.
_NOTHING = 0x0EEE
_PAD = bytes.fromhex("bbffffba ffffb980 00be0f00 bf0f00")
#: Bytes of the head of a Word stream that stay plain: FibBase.
_WORD_HEAD = 68


@dataclass(frozen=True, slots=True)
class Opened:
    """Decrypted bytes, and whether Office itself would have opened them without asking."""

    data: bytes
    by_itself: bool


def _first(passwords: Iterable[str], attempt: Callable[[str], bytes | None]) -> Opened | None:
    for password in chain(BY_ITSELF, passwords):
        if (data := attempt(password)) is not None:
            return Opened(data, password in BY_ITSELF)
    return None


def package(info: bytes, encrypted: bytes, passwords: Iterable[str]) -> Opened | None:
    """Return the package of an EncryptionInfo and an EncryptedPackage stream.

    None where no password fits, or it is encrypted in a way that is not among the two.
    """
    if len(info) < 12 or len(encrypted) < 8:
        return None
    major, minor = struct.unpack_from("<HH", info)
    size = int.from_bytes(encrypted[:8], "little")
    if (major, minor) == (4, 4):
        agile = _Agile.of(info[8:])
        if agile is None:
            return None
        return _first(passwords, lambda password: agile.opened(encrypted[8:], size, password))
    if minor == 2 and major in {2, 3, 4} and (head := _standard_head(info, 8)) is not None:
        return _first(passwords, lambda password: _standard(head, encrypted[8:], size, password))
    return None


@dataclass(frozen=True, slots=True)
class _Head:
    """Header and verifier of standard encryption and of the CryptoAPI's RC4 (2.3.3)."""

    key: int
    salt: bytes
    verifier: bytes
    #: Encrypted hash of the verifier.
    value: bytes


def _standard_head(data: bytes, at: int) -> _Head | None:
    """Read the header whose size stands at `at`, and the verifier after it."""
    if at + 4 > len(data):
        return None
    length = int.from_bytes(data[at : at + 4], "little")
    after = at + 4 + length
    if length < 20 or after + 40 > len(data):
        return None
    bits = int.from_bytes(data[at + 20 : at + 24], "little")
    salt, verifier = data[after + 4 : after + 20], data[after + 20 : after + 36]
    return _Head(bits // 8 or 5, salt, verifier, data[after + 40 : after + 72])


def _rounds(name: str, salt: bytes, password: str, rounds: int) -> bytes:
    digest = hashlib.new(name, salt + password.encode("utf-16-le")).digest()
    for number in range(rounds):
        digest = hashlib.new(name, number.to_bytes(4, "little") + digest).digest()
    return digest


def _standard(head: _Head, data: bytes, size: int, password: str) -> bytes | None:
    """Decrypt standard encryption: AES, each block by itself (2.3.4.7 to 2.3.4.9)."""
    if head.key not in {16, 24, 32}:
        return None
    digest = hashlib.sha1(_rounds("sha1", head.salt, password, 50_000) + bytes(4)).digest()
    halves = [
        hashlib.sha1(bytes(a ^ b for a, b in zip(digest.ljust(64, b"\0"), bytes([pad]) * 64)))
        for pad in (0x36, 0x5C)
    ]
    cipher = Aes(b"".join(half.digest() for half in halves)[: head.key])
    wanted = cipher.decrypted(head.value)[:20]
    if hashlib.sha1(cipher.decrypted(head.verifier)).digest() != wanted:
        return None
    return cipher.decrypted(data)[:size]


@dataclass(frozen=True, slots=True)
class _Agile:
    """What the XML of agile encryption says (2.3.4.10)."""

    salt: bytes
    block: int
    hash_name: str
    password_salt: bytes
    password_hash: str
    password_key: int
    rounds: int
    verifier: bytes
    value: bytes
    key: bytes

    @staticmethod
    def of(data: bytes) -> _Agile | None:
        """Read it; None where it is broken or names a way that is not known."""
        xml = xmlscan.ready(data)
        whole = xmlscan.elements(xml, "keyData")
        keys = xmlscan.elements(xml, "p:encryptedKey")
        if not whole or not keys:
            return None
        about, key = attributes(whole[0][0]), attributes(keys[0][0])
        names = [_HASHES.get(part.get("hashAlgorithm", ""), "") for part in (about, key)]
        chained = all("CBC" in part.get("cipherChaining", "") for part in (about, key))
        try:
            agile = _Agile(
                base64.b64decode(about["saltValue"]), int(about["blockSize"]), names[0],
                base64.b64decode(key["saltValue"]), names[1], int(key["keyBits"]) // 8,
                int(key["spinCount"]), base64.b64decode(key["encryptedVerifierHashInput"]),
                base64.b64decode(key["encryptedVerifierHashValue"]),
                base64.b64decode(key["encryptedKeyValue"]),
            )  # fmt: skip
        except (KeyError, ValueError, binascii.Error):
            return None
        fits = agile.block == 16 and agile.password_key in {16, 24, 32}
        fits = fits and 0 <= agile.rounds <= _MOST_ROUNDS
        return agile if chained and all(names) and fits else None

    def opened(self, data: bytes, size: int, password: str) -> bytes | None:
        """Decrypt, when the password is the one (2.3.4.11 to 2.3.4.15)."""
        digest = _rounds(self.password_hash, self.password_salt, password, self.rounds)

        def part(block: bytes, encrypted: bytes) -> bytes:
            key = hashlib.new(self.password_hash, digest + block).digest()
            key = key[: self.password_key].ljust(self.password_key, b"\x36")
            return Aes(key).chained(encrypted, self.password_salt[:16].ljust(16, b"\x36"))

        wanted = part(_VALUE, self.value)
        entered = part(_INPUT, self.verifier)[: len(self.password_salt)]
        found = hashlib.new(self.password_hash, entered)
        if not wanted or found.digest() != wanted[: found.digest_size]:
            return None
        key = part(_KEY, self.key)[: self.password_key]
        if len(key) not in {16, 24, 32}:
            return None
        return self._segments(Aes(key), data)[:size]

    def _segments(self, cipher: Aes, data: bytes) -> bytes:
        """Decrypt segments, each a chain that begins with a block of its own.

        All blocks are decrypted at once; what each is combined with comes after.
        """
        plain = cipher.decrypted(data)
        before = bytearray(16) + data[: max(0, len(plain) - 16)]
        for number, at in enumerate(range(0, len(plain), _SEGMENT)):
            first = hashlib.new(self.hash_name, self.salt + number.to_bytes(4, "little")).digest()
            before[at : at + 16] = first[:16].ljust(16, b"\x36")
        return _combined(plain, bytes(before[: len(plain)]))


class _Rc4:
    """RC4 whose key changes with every block of a stream (2.3.5.2, 2.3.6.2)."""

    def __init__(self, key_of: Callable[[int], bytes], block: int) -> None:
        self._key_of = key_of
        self._block = block

    def stream(self, length: int) -> bytes:
        """Return what `length` bytes of a stream are combined with."""
        blocks = range(-(-length // self._block))
        return b"".join(_rc4(self._key_of(number), self._block) for number in blocks)[:length]

    def verifies(self, verifier: bytes, value: bytes, name: str) -> bool:
        """Tell whether verifier and hash, encrypted one after the other, belong together."""
        mask = _rc4(self._key_of(0), len(verifier) + len(value))
        plain = bytes(a ^ b for a, b in zip(verifier + value, mask))
        digest = hashlib.new(name, plain[: len(verifier)]).digest()
        return digest == plain[len(verifier) :][: len(digest)]


def _rc4(key: bytes, length: int) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) & 255
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(length), 0, 0
    for place in range(length):
        i = (i + 1) & 255
        a = state[i]
        j = (j + a) & 255
        b = state[j]
        state[i], state[j] = b, a
        out[place] = state[(a + b) & 255]
    return bytes(out)


def _cipher(header: bytes, password: str, block: int) -> _Rc4 | None:
    """Return the RC4 that a header of RC4 encryption calls for, when the password is the one."""
    if len(header) < 52:
        return None
    major, minor = struct.unpack_from("<HH", header)
    if (major, minor) == (1, 1):
        salt, verifier, value = header[4:20], header[20:36], header[36:52]
        start = hashlib.md5(password.encode("utf-16-le")).digest()[:5]
        start = hashlib.md5((start + salt) * 16).digest()[:5]
        cipher = _Rc4(lambda n: hashlib.md5(start + n.to_bytes(4, "little")).digest(), block)
        return cipher if cipher.verifies(verifier, value, "md5") else None
    head = _standard_head(header, 8) if minor == 2 else None
    if head is None:
        return None
    digest = hashlib.sha1(head.salt + password.encode("utf-16-le")).digest()

    def key_of(number: int) -> bytes:
        key = hashlib.sha1(digest + number.to_bytes(4, "little")).digest()[: head.key]
        return key.ljust(16, b"\0") if head.key == 5 else key

    cipher = _Rc4(key_of, block)
    return cipher if cipher.verifies(head.verifier, head.value[:20], "sha1") else None


def workbook(stream: bytes, passwords: Iterable[str]) -> Opened | None:
    """Return a Workbook or Book stream decrypted, its FilePass record made one of no meaning."""
    # It stands before the sheets are named ([MS-XLS] 2.1.7.20.3).
    before = takewhile(lambda record: record[0] not in {_BOUNDSHEET, _END}, _records(stream))
    place = next((record for record in before if record[0] == _FILEPASS), None)
    if place is None:
        return None
    body, length = place[1], place[2]
    header = stream[body : body + length]
    if len(header) == 4 or header[:2] == b"\0\0":
        key = int.from_bytes(header[-4:-2], "little")
        return _first(passwords, lambda password: _unmasked(stream, body - 4, key, password))
    return _first(passwords, lambda password: _unciphered(stream, body - 4, header[2:], password))


def _records(stream: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield (type, offset of the data, length) of each record."""
    at, end = 0, len(stream) - 4
    while at <= end:
        kind, length = struct.unpack_from("<HH", stream, at)
        if not kind and not length:
            return
        yield kind, at + 4, min(length, len(stream) - at - 4)
        at += 4 + length


def _unciphered(stream: bytes, mark: int, header: bytes, password: str) -> bytes | None:
    if (cipher := _cipher(header, password, 1024)) is None:
        return None
    mask = cipher.stream(len(stream))
    out = bytearray(stream)
    for kind, body, length in _records(stream):
        if kind in _PLAIN:
            continue
        start = body + 4 if kind == _BOUNDSHEET else body
        stop = body + length
        out[start:stop] = _combined(stream[start:stop], mask[start:stop])
    out[mark : mark + 2] = _NOTHING.to_bytes(2, "little")
    return bytes(out)


def _unmasked(stream: bytes, mark: int, wanted: int, password: str) -> bytes | None:
    """Undo XOR obfuscation, method 1 (2.3.7.2 and [MS-XLS] 2.2.10)."""
    letters = password.encode("cp1252", "replace")[:15]
    if not letters or (key := _xor_key(letters)) != wanted:
        return None
    pads = _xor_pads(letters, key)
    out = bytearray(stream)
    for kind, body, length in _records(stream):
        if kind in _PLAIN:
            continue
        for place in range(body + 4 if kind == _BOUNDSHEET else body, body + length):
            turned = stream[place] ^ pads[(place + length) % 16]
            out[place] = (turned >> 5 | turned << 3) & 0xFF
    out[mark : mark + 2] = _NOTHING.to_bytes(2, "little")
    return bytes(out)


def _shifted(word: int, times: int) -> int:
    """Shift as a cyclic redundancy check does, by 1021: both tables of 2.3.7.2 are made so."""
    for _ in range(times):
        word = (word << 1 & 0xFFFF) ^ (0x1021 if word & 0x8000 else 0)
    return word


def _xor_key(letters: bytes) -> int:
    key = _shifted(0xE1F0, 8 * (len(letters) - 1))
    for place, letter in enumerate(reversed(letters)):
        for bit in range(7):
            if letter >> bit & 1:
                key ^= _shifted(0x1021, 8 * place + bit)
    return key


def _xor_pads(letters: bytes, key: int) -> bytes:
    whole = (letters + _PAD)[:16]
    mixed = [byte ^ (key >> 8 if place % 2 else key & 0xFF) for place, byte in enumerate(whole)]
    return bytes((byte >> 1 | byte << 7) & 0xFF for byte in mixed)


def document(main: bytes, table: bytes, rest: bytes, passwords: Iterable[str]) -> Opened | None:
    """Return WordDocument, table and Data stream of a Word file decrypted, one after the other.

    The head of the first says then that nothing is encrypted ([MS-DOC] 2.2.6.2 and 2.2.6.3).
    """
    if len(main) < _WORD_HEAD or main[11] & 0x80:
        return None
    size = int.from_bytes(main[14:18], "little")
    header = table[:size]

    def attempt(password: str) -> bytes | None:
        if (cipher := _cipher(header, password, 512)) is None:
            return None
        plain = [_combined(data, cipher.stream(len(data))) for data in (main, table, rest)]
        head = bytearray(main[:_WORD_HEAD])
        head[11] &= 0xFE
        return bytes(head) + plain[0][_WORD_HEAD:] + header + plain[1][size:] + plain[2]

    return _first(passwords, attempt)


def _combined(data: bytes, mask: bytes) -> bytes:
    both = int.from_bytes(data, "big") ^ int.from_bytes(mask, "big")
    return both.to_bytes(len(data), "big")
