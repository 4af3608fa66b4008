"""Bitcoin's scripts as addresses, and whose output an input may have spent where it is not known.

A script without a form of address (pay to public key, bare multisig, others) is named by itself, so
that its balance is kept too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from embit import base58, bech32
from embit.base import EmbitError
from embit.hashes import hash160
from embit.util import secp256k1

from forthwith.exports.chain.bitcoin_wire import Input, written_size

_LONGEST_SHOWN = 120
_RETURN = 0x6A
#: Longer scripts can never be spent.
_LONGEST = 10_000
#: Pay to anchor (Bitcoin Core 28): anybody may spend it.
_ANCHOR = bytes.fromhex("4e73")
#: Order of the group, for tweaks.
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@dataclass(frozen=True, slots=True)
class Network:
    """One of Bitcoin's networks."""

    #: As `assets` names it.
    chain: str
    #: First bytes of each message and of each block in a block file.
    magic: bytes
    hrp: str
    p2pkh: bytes
    p2sh: bytes
    genesis: str
    #: No block's target may be greater.
    limit: int
    #: From this height on coinbases must begin with it (BIP-34).
    bip34: int


_TEST = ("tb", b"\x6f", b"\xc4")
_LIMIT = 0xFFFF << 208
NETWORKS = (
    Network(
        "bitcoin", bytes.fromhex("f9beb4d9"), "bc", b"\0", b"\5",
        "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f", _LIMIT, 227_931,
    ),
    Network(
        "bitcoin-testnet", bytes.fromhex("0b110907"), *_TEST,
        "000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943", _LIMIT, 21_111,
    ),
    Network(
        "bitcoin-testnet4", bytes.fromhex("1c163f28"), *_TEST,
        "00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043", _LIMIT, 1,
    ),
    Network(
        "bitcoin-signet", bytes.fromhex("0a03cf40"), *_TEST,
        "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6", 0x377AE << 216, 1,
    ),
    Network(
        "bitcoin-regtest", bytes.fromhex("fabfb5da"), "bcrt", b"\x6f", b"\xc4",
        "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206", 0x7FFFFF << 232, 1,
    ),
)  # fmt: skip


@lru_cache(maxsize=1 << 18)
def address_of(script: bytes, network: Network) -> str:
    """Return the address of an output's script.

    "" where nobody can ever spend it; "script:HEX" or, for long ones, "scripthash:HEX" (SHA-256)
    where it has no form of address.
    """
    size = len(script)
    if size == 25 and script[:3] == b"\x76\xa9\x14" and script[23:] == b"\x88\xac":
        return str(base58.encode_check(network.p2pkh + script[3:23]))
    if size == 23 and script[:2] == b"\xa9\x14" and script[22] == 0x87:
        return str(base58.encode_check(network.p2sh + script[2:22]))
    if 4 <= size <= 42 and script[1] == size - 2 and (script[0] == 0 or 0x51 <= script[0] <= 0x60):
        version = script[0] - 0x50 if script[0] else 0
        address = bech32.encode(network.hrp, version, script[2:])
        if address:
            return str(address)
    if size > _LONGEST or (script and script[0] == _RETURN):
        return ""
    if size <= _LONGEST_SHOWN:
        return f"script:{script.hex()}"
    return f"scripthash:{hashlib.sha256(script).hexdigest()}"


def p2pkh(key: bytes) -> bytes:
    """Return the script that pays the hash of a public key."""
    return b"\x76\xa9\x14" + bytes(hash160(key)) + b"\x88\xac"


def p2sh(script: bytes) -> bytes:
    """Return the script that pays the hash of a script."""
    return b"\xa9\x14" + bytes(hash160(script)) + b"\x87"


def p2wpkh(key: bytes) -> bytes:
    """Return the segwit script that pays the hash of a public key."""
    return b"\0\x14" + bytes(hash160(key))


def p2wsh(script: bytes) -> bytes:
    """Return the segwit script that pays the hash of a script."""
    return b"\0\x20" + hashlib.sha256(script).digest()


def parts(script: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Yield operation, data pushed and the place after it, as far as the script reads."""
    at = 0
    while at < len(script):
        operation = script[at]
        at += 1
        width = {0x4C: 1, 0x4D: 2, 0x4E: 4}.get(operation, 0)
        size = int.from_bytes(script[at : at + width], "little") if width else operation
        at += width
        if operation > 0x4E:
            yield operation, b"", at
            continue
        if at + size > len(script):
            return
        yield operation, script[at : at + size], at + size
        at += size


def pushes(script: bytes) -> list[bytes]:
    """Return what a script pushes, in order."""
    return [data for operation, data, _ in parts(script) if operation <= 0x4E]


def is_key(data: bytes) -> bool:
    """Return whether bytes have the shape of a public key."""
    return (len(data) == 33 and data[0] in (2, 3)) or (len(data) == 65 and data[0] == 4)


def without_annex(witness: tuple[bytes, ...]) -> tuple[tuple[bytes, ...], bytes]:
    """Part a taproot witness from its annex (BIP-341)."""
    if len(witness) > 1 and witness[-1][:1] == b"\x50":
        return witness[:-1], witness[-1]
    return witness, b""


def is_control(block: bytes) -> bool:
    """Return whether bytes have the shape of a taproot control block (BIP-341)."""
    return len(block) >= 33 and (len(block) - 33) % 32 == 0 and len(block) <= 33 + 32 * 128


def leaf_hash(script: bytes, version: int) -> bytes:
    """Return the hash of a leaf (BIP-341)."""
    return tagged("TapLeaf", bytes([version]) + written_size(len(script)) + script)


def tagged(tag: str, data: bytes) -> bytes:
    """Return a tagged hash (BIP-340)."""
    mark = hashlib.sha256(tag.encode()).digest()
    return hashlib.sha256(mark + mark + data).digest()


def taproot_output(script: bytes, control: bytes) -> bytes | None:
    """Return the output's script that a leaf and its control block open; None where none."""
    node = leaf_hash(script, control[0] & 0xFE)
    for at in range(33, len(control), 32):
        step = control[at : at + 32]
        node = tagged("TapBranch", min(node, step) + max(node, step))
    tweak = tagged("TapTweak", control[1:33] + node)
    if int.from_bytes(tweak, "big") >= _ORDER:
        return None
    try:
        point = secp256k1.ec_pubkey_parse(b"\2" + control[1:33])
        secp256k1.ec_pubkey_tweak_add(point, tweak)
        key = secp256k1.ec_pubkey_serialize(point)
    except (ValueError, EmbitError):
        return None
    return b"\x51\x20" + bytes(key)[1:33]


def suspects(spent: Input, network: Network) -> frozenset[str]:
    """Return the addresses whose output this input can have spent; "bc1p*" is all so beginning.

    The key or script that opens an output is shown by all but a taproot key path and scripts
    without address.
    """
    return frozenset(
        script if isinstance(script, str) else address_of(script, network)
        for script in _candidates(spent, network)
    ) - {""}


def _candidates(spent: Input, network: Network) -> Iterator[bytes | str]:
    shown = pushes(spent.script)
    if not spent.witness:
        if shown and is_key(shown[-1]):
            yield p2pkh(shown[-1])
        if shown and shown[-1]:
            yield p2sh(shown[-1])
        yield from ("script:*", "scripthash:*")
        yield b"\x51\x02" + _ANCHOR
        return
    if spent.script:
        if shown:
            yield p2sh(shown[-1])
        return
    last = spent.witness[-1]
    yield p2wsh(last)
    if len(spent.witness) == 2 and is_key(last):
        yield p2wpkh(last)
    plain, _ = without_annex(spent.witness)
    if len(plain) == 1 and len(plain[0]) in (64, 65):
        yield f"{network.hrp}1p*"
    if len(plain) > 1 and is_control(plain[-1]):
        output = taproot_output(plain[-2], plain[-1])
        if output is not None:
            yield output
