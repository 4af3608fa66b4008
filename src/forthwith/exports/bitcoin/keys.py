"""Keys in descriptors: origin, key, derivation (BIP-380, BIP-389); public parts only leave here.

One secret is one means of control however it is written: x-only or compressed, with the version
bytes of one network or another. So a key is told apart by what it is, and named by its origin
only where the origin fits the key and nobody else claims it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile

from embit import base58, bip32, ec
from embit.base import EmbitError

from forthwith.exports.bitcoin.grammar import BadDescriptorError
from forthwith.plain.public_keys import normal

#: The point of BIP-341 whose secret nobody knows: an internal key that closes the key path.
NOBODY = "50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0"

_EXPRESSION = re.compile(
    r"(?:\[(?P<origin>[0-9a-fA-F]{8}(?:/\d{1,10}['hH]?)*)\])?"
    r"(?P<key>[0-9A-Za-z]{1,130})"
    r"(?P<steps>(?:/(?:\d{1,10}['hH]?|<\d{1,10}['hH]?(?:;\d{1,10}['hH]?)+>))*(?:/\*['hH]?)?)"
)
_HARDENED = 0x80000000
_TESTNET = ("tpub", "upub", "vpub", "Upub", "Vpub")
_ERRORS = (
    EmbitError, ValueError, AssertionError, IndexError, KeyError, TypeError, OverflowError,
    RuntimeError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Key:
    """One key expression, its public part."""

    #: What tells it from every other secret: the x coordinate of its point, 64 hexadecimals.
    material: str
    #: As written, or the public key of a private one.
    shown: str
    #: Whether others hang below it.
    extended: bool = False
    #: "f57ec65d/48h/0h", or "" where none was given.
    origin: str = ""
    #: Whether the origin can be that of this key: depth and last step agree.
    fits: bool = True
    #: Derivation below the key, as written: "/<0;1>/*".
    steps: str = ""
    #: The file held the private key.
    private: bool = False
    test_network: bool = False
    compressed: bool = True
    #: Nobody knows its secret (BIP-341).
    nobody: bool = False
    #: Of the master key it comes from, eight hexadecimals; "" where nothing reliable says it.
    fingerprint: str = ""

    @property
    def public_key(self) -> str:
        """Return it as tables have it: an extended key as xpub, a point compressed."""
        return normal(self.shown)

    @property
    def branches(self) -> int:
        """Return how many descriptors a multipath step stands for; 1 without one."""
        return self.steps.count(";") + 1


def parse(text: str, at: int, *, taproot: bool = False) -> Key:
    """Read one key expression; `at` is its column, for the fault. Raises BadDescriptorError."""
    shape = _EXPRESSION.fullmatch(text)
    if shape is None or shape["steps"].count("<") > 1:
        raise BadDescriptorError(f"what stands at character {at} is not a key")
    origin = "" if shape["origin"] is None else _steps(shape["origin"], at).lower()
    steps = _steps(shape["steps"], at)
    try:
        return _key(shape["key"], origin, steps, taproot=taproot)
    except _ERRORS:
        # Without the library's words and without a chain of causes: both may quote the key.
        raise BadDescriptorError(
            f"the key at character {at} is damaged or of no known kind"
        ) from None


def plain_steps(text: str) -> bool:
    """Whether `text` is empty or a derivation without hardened steps."""
    return (
        not text
        or re.fullmatch(r"(?:/(?:\d{1,10}|<\d{1,10}(?:;\d{1,10})+>))*(?:/\*)?", text) is not None
    )


def _steps(text: str, at: int) -> str:
    if any(int(number) >= _HARDENED for number in re.findall(r"(?<=[/<;])\d+", text)):
        raise BadDescriptorError(f"the key at character {at} has a step past 2147483647")
    return text.replace("'", "h").replace("H", "h")


def _key(text: str, origin: str, steps: str, *, taproot: bool) -> Key:
    if len(text) == 64 and taproot:
        return _plain(ec.PublicKey.parse(b"\x02" + bytes.fromhex(text)), text, origin, steps)
    if text[:2] in ("02", "03", "04") and len(text) in (66, 130):
        return _plain(ec.PublicKey.parse(bytes.fromhex(text)), text, origin, steps)
    raw = base58.decode_check(text)
    if len(raw) == 78:
        return _extended(bip32.HDKey.parse(raw), text, origin, steps)
    secret = ec.PrivateKey.from_wif(text)
    public = secret.get_public_key()
    return _plain(public, public.sec().hex(), origin, steps, private=True)


def _plain(
    public: ec.PublicKey, shown: str, origin: str, steps: str, *, private: bool = False
) -> Key:
    if steps:
        raise ValueError("a plain key has nothing below it")
    x = public.xonly().hex()
    return Key(
        x,
        shown.lower(),
        origin=origin,
        private=private,
        compressed=len(shown) != 130,
        nobody=x == NOBODY,
        fingerprint=claimed(origin),
    )


def _extended(key: bip32.HDKey, text: str, origin: str, steps: str) -> Key:
    private = bool(key.is_private)
    if private:
        key, origin, steps = _public(key, origin, steps)
        text = key.to_base58()
    elif "h" in steps:
        raise ValueError("hardened steps need the private key")
    # The chain code is public with the key, so whoever has the key's secret has all below it.
    x = key.key.xonly().hex()
    return Key(
        x,
        text,
        True,
        origin,
        _fits(key, origin),
        steps,
        private,
        test_network=text.startswith(_TESTNET),
        nobody=x == NOBODY,
        fingerprint=_master(key, origin),
    )


def _public(key: bip32.HDKey, origin: str, steps: str) -> tuple[bip32.HDKey, str, str]:
    """Go down to the last hardened step, as far as only the private key can, and leave it there."""
    parts = [part for part in steps.split("/") if part]
    fixed = takewhile(lambda part: "<" not in part and "*" not in part, parts)
    down = max((place for place, part in enumerate(fixed, 1) if part.endswith("h")), default=0)
    if not origin and key.depth == 0:
        origin = key.my_fingerprint.hex()
    for part in parts[:down]:
        key = key.child(int(part.rstrip("h")) + _HARDENED * part.endswith("h"))
        origin = f"{origin}/{part}" if origin else origin
    return key.to_public(), origin, "".join(f"/{part}" for part in parts[down:])


def is_fingerprint(text: str) -> bool:
    """Whether a text is the fingerprint of a master key, and not what stands for none."""
    return re.fullmatch(r"[0-9a-f]{8}", text) is not None and bool(claimed(text))


def claimed(origin: str) -> str:
    """Return the fingerprint an origin names; "" for what is written where it was not known."""
    return "" if origin.startswith("000000") else origin[:8]


def _master(key: bip32.HDKey, origin: str) -> str:
    """Return the fingerprint of the master key: what the key itself records goes before a claim.

    A key of depth 0 is a master key, one of depth 1 names its parent (BIP-32). But some programs
    write account keys as if they were of depth 0: there a path claimed for them goes first.
    """
    written = claimed(origin)
    if key.depth == 0 and not (written and "/" in origin):
        return str(key.my_fingerprint.hex())
    parent = key.fingerprint.hex()
    return parent if key.depth == 1 and claimed(parent) else written


def _fits(key: bip32.HDKey, origin: str) -> bool:
    """Whether the origin's length and last step are those the key itself records (BIP-32)."""
    if not origin:
        return True
    fingerprint, *path = origin.split("/")
    if not claimed(origin) or key.depth != len(path):
        return False
    if not path:
        return bool(key.my_fingerprint.hex() == fingerprint)
    last = int(path[-1].rstrip("h")) + _HARDENED * path[-1].endswith("h")
    return bool(
        key.child_number == last and (len(path) > 1 or key.fingerprint.hex() == fingerprint)
    )


def key_ids(keys: Iterable[Key]) -> dict[str, str]:
    """Return the id of each key by its material.

    "key:<origin>" where the origin fits and is claimed for this key alone, and for it no other;
    else "key:<x coordinate>".
    """
    origins: dict[str, set[str]] = defaultdict(set)
    claimed: dict[str, set[str]] = defaultdict(set)
    for key in keys:
        origins[key.material] |= {key.origin} if key.origin and key.fits else set()
        claimed[key.origin].add(key.material)
    ids = {}
    for material, own in origins.items():
        origin = next(iter(own), "")
        unique = len(own) == 1 and len(claimed[origin]) == 1
        ids[material] = f"key:{origin if unique else material}"
    return ids
