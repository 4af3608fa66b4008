"""Public keys of secp256k1, however they are written: what tells one secret from every other.

One secret is written as an extended key (xpub; ypub, Zpub and the like of SLIP-132; tpub), as a
compressed, uncompressed or x-only point in hexadecimal, with an origin before it or without. Two
texts stand for one secret just when their `secret_of` is equal.
"""

from __future__ import annotations

import re
from hashlib import sha256

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_EXTENDED = re.compile(r"[1-9A-HJ-NP-Za-km-z]{100,120}")
_POINT = re.compile(r"(?:0[23])?([0-9a-fA-F]{64})|04([0-9a-fA-F]{64})[0-9a-fA-F]{64}")
_ORIGIN = re.compile(r"\[[0-9a-fA-F]{8}(?:/\d{1,10}['hH]?)*\]")
_STEPS = re.compile(r"(?:/[0-9<>;*'hH]+)+")
#: An extended key is 78 bytes (BIP-32): the version of the network and script first, a point last.
_LONG = 78
#: The version of BIP-32 for public keys of the main chain: "xpub".
XPUB = bytes.fromhex("0488b21e")


def secret_of(text: str) -> str:
    """Return what all spellings of one public key share: the x coordinate, 64 hexadecimals.

    A text that is no such key (a digest of a PEM, say) is returned without outer spaces, in lower
    case where it is hexadecimal.
    """
    bare = _bare(text)
    if (point := _POINT.fullmatch(bare)) is not None:
        return (point[1] or point[2]).lower()
    if (raw := _extended(bare)) is not None and raw[45] in (2, 3):
        return raw[46:].hex()
    whole = text.strip()
    return whole.lower() if re.fullmatch(r"[0-9a-fA-F:]+", whole) else whole


def normal(text: str) -> str:
    """Return the key as it is written in a table: an extended one as xpub, a point compressed.

    Origin and derivation are left out; what is no public key is returned as it is.
    """
    bare = _bare(text)
    if re.fullmatch(r"04[0-9a-fA-F]{128}", bare):
        return f"{'03' if int(bare[-1], 16) & 1 else '02'}{bare[2:66]}".lower()
    if _POINT.fullmatch(bare):
        return bare.lower()
    raw = _extended(bare)
    if raw is None or raw[45] not in (2, 3):
        return text.strip()
    return base58_check(XPUB + raw[4:])


def base58_check(data: bytes) -> str:
    """Return bytes in base 58 with the four bytes of checksum behind them."""
    data += sha256(sha256(data).digest()).digest()[:4]
    number, signs = int.from_bytes(data, "big"), ""
    while number:
        number, place = divmod(number, 58)
        signs = _ALPHABET[place] + signs
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + signs


def _bare(text: str) -> str:
    key = text.strip()
    if (origin := _ORIGIN.match(key)) is not None:
        key = key[origin.end() :].strip()
    if (steps := _STEPS.search(key)) is not None and steps.end() == len(key):
        key = key[: steps.start()]
    return key


def _extended(text: str) -> bytes | None:
    """Return the 78 bytes of an extended key whose checksum fits; else None."""
    if not _EXTENDED.fullmatch(text):
        return None
    number = 0
    for sign in text:
        number = number * 58 + _ALPHABET.index(sign)
    if number.bit_length() > 8 * (_LONG + 4):
        return None
    data = number.to_bytes(_LONG + 4, "big")
    body, check = data[:_LONG], data[_LONG:]
    return body if sha256(sha256(body).digest()).digest()[:4] == check else None
