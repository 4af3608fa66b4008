"""Transactions of Bitcoin of every form of script, signed here and judged by Core's own engine."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from embit import ec
from embit import transaction as embit_transaction
from embit.script import Script

from forthwith.exports.chain.bitcoin_scripts import (
    NETWORKS,
    leaf_hash,
    p2pkh,
    p2sh,
    p2wpkh,
    p2wsh,
    tagged,
    taproot_output,
)
from forthwith.exports.chain.bitcoin_signers import _Digests
from forthwith.exports.chain.bitcoin_wire import Input, Transaction, made, written
from tests.builders.regtest import Regtest

REGTEST = NETWORKS[-1]
KEYS = [ec.PrivateKey(hashlib.sha256(bytes([number])).digest()) for number in range(1, 6)]
POINTS = [key.sec() for key in KEYS]
MULTI = b"\x52" + b"".join(b"\x21" + point for point in POINTS[:3]) + b"\x53\xae"
XONLY = [point[1:] for point in POINTS]
#: Two of two by OP_CHECKSIGADD (BIP-342).
LEAF = b"\x20" + XONLY[0] + b"\xac\x20" + XONLY[1] + b"\xba\x52\x9c"
CONTROL = b"\xc0" + XONLY[4]
#: An uncompressed key, as of old.
LONG = ec.PublicKey(KEYS[0].get_public_key()._point, compressed=False).sec()

Sign = Callable[[bytes], bytes]


def push(*parts: bytes) -> bytes:
    """Push each part; an empty one is OP_0."""
    return b"".join(
        b"\0" if not part else (bytes([len(part)]) if len(part) < 76 else bytes([76, len(part)]))
        + part
        for part in parts
    )  # fmt: skip


def ecdsa(digests: _Digests, place: int, code: bytes, key: ec.PrivateKey, kind: int, segwit: bool):
    """One signature over a transaction, with its kind behind it."""
    digest = digests.of(place, code, bytes([kind]), segwit=segwit)
    return key.sign(digest).serialize() + bytes([kind])


@dataclass(frozen=True)
class Form:
    """A form of script: what it pays to, how it is opened, and which keys then signed."""

    name: str
    script: bytes
    open: Callable[[_Digests, int, int], tuple[bytes, tuple[bytes, ...]]]
    keys: tuple[bytes, ...]
    kind: str = "public key"


def _tweaked(key: ec.PrivateKey) -> ec.PrivateKey:
    return key.taproot_tweak(b"")


def _key_path(digests: _Digests, place: int, kind: int) -> tuple[bytes, tuple[bytes, ...]]:
    suffix = b"" if kind == 0 else bytes([kind])
    digest = digests.taproot(place, b"\0" * 64 + suffix, b"")
    return b"", (_tweaked(KEYS[3]).schnorr_sign(digest).serialize() + suffix,)


def _script_path(digests: _Digests, place: int, kind: int) -> tuple[bytes, tuple[bytes, ...]]:
    suffix = b"" if kind == 0 else bytes([kind])
    leaf = leaf_hash(LEAF, 0xC0)
    digest = digests.taproot(place, b"\0" * 64 + suffix, b"", leaf, 0xFFFFFFFF)
    signatures = [key.schnorr_sign(digest).serialize() + suffix for key in (KEYS[1], KEYS[0])]
    return b"", (*signatures, LEAF, control())


def control() -> bytes:
    """The control block of the one leaf, with the parity of its output key."""
    node = leaf_hash(LEAF, 0xC0)
    tweak = tagged("TapTweak", XONLY[4] + node)
    from embit.util import secp256k1

    point = secp256k1.ec_pubkey_parse(b"\2" + XONLY[4])
    secp256k1.ec_pubkey_tweak_add(point, tweak)
    parity = secp256k1.ec_pubkey_serialize(point)[0] & 1
    return bytes([0xC0 | parity]) + XONLY[4]


def forms() -> list[Form]:
    """Every form of script that is read."""
    one, two, three = KEYS[:3]
    nested_key, nested_multi = p2wpkh(POINTS[0]), p2wsh(MULTI)
    script_path = taproot_output(LEAF, CONTROL)
    assert script_path is not None
    return [
        Form("p2pkh", p2pkh(POINTS[0]), lambda d, at, kind: (
            push(ecdsa(d, at, p2pkh(POINTS[0]), one, kind, False), POINTS[0]), ()), (POINTS[0],)),
        Form("p2pkh of a long key", p2pkh(LONG), lambda d, at, kind: (
            push(ecdsa(d, at, p2pkh(LONG), one, kind, False), LONG), ()), (LONG,)),
        Form("p2pk", b"\x21" + POINTS[0] + b"\xac", lambda d, at, kind: (
            push(ecdsa(d, at, b"\x21" + POINTS[0] + b"\xac", one, kind, False)), ()),
            (POINTS[0],)),
        Form("bare multisig", MULTI, lambda d, at, kind: (
            push(b"", ecdsa(d, at, MULTI, one, kind, False),
            ecdsa(d, at, MULTI, three, kind, False)), ()), (POINTS[0], POINTS[2])),
        Form("p2sh multisig", p2sh(MULTI), lambda d, at, kind: (
            push(b"", ecdsa(d, at, MULTI, two, kind, False),
            ecdsa(d, at, MULTI, three, kind, False), MULTI), ()), (POINTS[1], POINTS[2])),
        Form("p2wpkh", p2wpkh(POINTS[1]), lambda d, at, kind: (
            b"", (ecdsa(d, at, p2pkh(POINTS[1]), two, kind, True), POINTS[1])), (POINTS[1],)),
        Form("p2sh-p2wpkh", p2sh(nested_key), lambda d, at, kind: (
            push(nested_key), (ecdsa(d, at, p2pkh(POINTS[0]), one, kind, True), POINTS[0])),
            (POINTS[0],)),
        Form("p2wsh multisig", p2wsh(MULTI), lambda d, at, kind: (
            b"", (b"", ecdsa(d, at, MULTI, one, kind, True), ecdsa(d, at, MULTI, two, kind, True),
            MULTI)), (POINTS[0], POINTS[1])),
        Form("p2sh-p2wsh multisig", p2sh(nested_multi), lambda d, at, kind: (
            push(nested_multi), (b"", ecdsa(d, at, MULTI, one, kind, True),
            ecdsa(d, at, MULTI, three, kind, True), MULTI)), (POINTS[0], POINTS[2])),
        Form("taproot key path", b"\x51\x20" + _tweaked(KEYS[3]).get_public_key().xonly(),
             _key_path, (_tweaked(KEYS[3]).get_public_key().xonly(),), "taproot output key"),
        Form("taproot script path", script_path, _script_path, (XONLY[1], XONLY[0]),
             "taproot leaf key"),
    ]  # fmt: skip


def spending(
    coins: Sequence[tuple[bytes, int, int, bytes]], outputs: Sequence[tuple[int, bytes]]
) -> Transaction:
    """An unsigned transaction of coins: id as hashed, number, amount, script."""
    inputs = [
        Input(txid + place.to_bytes(4, "little"), b"", b"\xfd\xff\xff\xff", (), (amount, script))
        for txid, place, amount, script in coins
    ]
    return made(b"\2\0\0\0", inputs, outputs, b"\0" * 4)


def signed(unsigned: Transaction, by: Sequence[Form], kind: int = 1) -> Transaction:
    """The same, each input opened by its form."""
    digests = _Digests(unsigned, [row.spent for row in unsigned.inputs])
    inputs = []
    for place, (row, form) in enumerate(zip(unsigned.inputs, by, strict=True)):
        schnorr = form.kind.startswith("taproot")
        script, witness = form.open(digests, place, 0 if schnorr and kind == 1 else kind)
        inputs.append(replace(row, script=script, witness=witness, spent=None))
    return made(unsigned.version, inputs, unsigned.outputs, unsigned.locktime)


def accepted(chain: Regtest, *transactions: Transaction) -> bool:
    """Whether Core's engine takes a block with them."""
    return chain.accepts(*(
        embit_transaction.Transaction.parse(written(row)) for row in transactions
    ))  # fmt: skip


def funded(
    chain: Regtest, scripts: Sequence[bytes], amount: int
) -> list[tuple[bytes, int, int, bytes]]:
    """Coins of an amount on each script."""
    coins = chain.fund([Script(script) for script in scripts], amount)
    return [
        (txid, place, amount, script) for (txid, place), script in zip(coins, scripts, strict=True)
    ]


def files_of(folder: Path) -> list[tuple[str, bytes]]:
    """Block files and key, as the engine wrote them."""
    return [
        (path.name, path.read_bytes())
        for path in sorted(folder.rglob("*.dat"))
        if path.name.startswith("blk") or path.name == "xor.dat"
    ]
