"""Witnesses for scripts: what a coalition must put on the stack (BIP-379, "Satisfaction").

Works on embit's reading of a descriptor, so that nothing of the code under test takes part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from embit import hashes, script
from embit.descriptor import Descriptor
from embit.descriptor.taptree import TapTree, _tweak_helper
from embit.script import Script, Witness
from embit.transaction import SIGHASH, Transaction
from embit.util import secp256k1

from tests.builders.scripts import NUMS, secret

Stack = list[bytes] | None


@dataclass(frozen=True)
class Signer:
    """Who signs: the x coordinate of a public key, what is signed, to a signature or None."""

    signature: Callable[[str, bytes, bool], bytes | None]
    preimages: Mapping[str, bytes]
    #: How far the locks of the transaction reach.
    locktime: int = 0
    sequence: int = 0


def by(numbers: set[int], preimages: Mapping[str, bytes] | None = None, **locks: int) -> Signer:
    """Return the signer for exactly these keys."""
    keys = {secret(number).get_public_key().xonly().hex(): secret(number) for number in numbers}

    def signature(x: str, digest: bytes, schnorr: bool) -> bytes | None:
        return _signed(keys[x], digest, schnorr) if x in keys else None

    return Signer(signature, preimages or {}, **locks)


def forged(signer: Signer, put: Callable[[bytes, bool], bytes]) -> Signer:
    """Return one who puts something in place of each signature it cannot make."""

    def signature(x: str, digest: bytes, schnorr: bool) -> bytes | None:
        return signer.signature(x, digest, schnorr) or put(digest, schnorr)

    return Signer(signature, signer.preimages, signer.locktime, signer.sequence)


def nothing(digest: bytes, schnorr: bool) -> bytes:
    """An empty signature."""
    return b""


def strangers(digest: bytes, schnorr: bool) -> bytes:
    """A sound signature by a key that is not in the script."""
    return _signed(secret(99), digest, schnorr)


def _signed(key: Any, digest: bytes, schnorr: bool) -> bytes:
    if schnorr:
        return bytes(key.schnorr_sign(digest).serialize())
    return bytes(key.sign(digest).serialize()) + b"\x01"


def witnesses(text: str, tx: Transaction, value: int, signer: Signer) -> Iterator[Witness]:
    """Yield every witness the signer can make for the one input, one for each way to spend."""
    descriptor = Descriptor.from_string(text)
    if descriptor.is_taproot:
        yield from _taproot(descriptor, tx, value, signer)
        return
    inner = descriptor.witness_script()
    digest = tx.sighash_segwit(0, inner, value)
    stack = _Satisfier(signer, digest, schnorr=False).met(descriptor.miniscript)
    if stack is not None:
        yield Witness([*stack, inner.data])


def _taproot(descriptor: Any, tx: Transaction, value: int, signer: Signer) -> Iterator[Witness]:
    spk, internal = descriptor.script_pubkey(), descriptor.key.xonly()
    root = descriptor.taptree.tweak()
    tweaked = _tweaked_signature(internal, root, tx.sighash_taproot(0, [spk], [value]), signer)
    if tweaked is not None:
        yield Witness([tweaked])
    if not descriptor.taptree:
        return
    parity = _parity(internal, root)
    for leaf, path in _tweak_helper(TapTree(descriptor.taptree.tree))[0]:
        code = Script(leaf.miniscript.compile())
        digest = tx.sighash_taproot(0, [spk], [value], SIGHASH.DEFAULT, 1, script=code)
        stack = _Satisfier(signer, digest, schnorr=True).met(leaf.miniscript)
        if stack is not None:
            yield Witness([*stack, code.data, bytes([0xC0 | parity]) + internal + path])


def _parity(internal: bytes, root: bytes) -> int:
    tweak = hashes.tagged_hash("TapTweak", internal + root)
    point = secp256k1.ec_pubkey_add(secp256k1.ec_pubkey_parse(b"\x02" + internal), tweak)
    return int(secp256k1.ec_pubkey_serialize(point)[0]) & 1


def _tweaked_signature(internal: bytes, root: bytes, digest: bytes, signer: Signer) -> bytes | None:
    if internal.hex() == NUMS or signer.signature(internal.hex(), digest, True) is None:
        return None
    for number in range(1, 10):
        key = secret(number)
        if key.get_public_key().xonly() == internal:
            signature = signer.signature(internal.hex(), digest, True)
            ours = _signed(key, digest, True) == signature
            return _signed(key.taproot_tweak(root), digest, True) if ours else signature
    return None


def script_sig(text: str) -> Script:
    """Return what stands in the input beside the witness."""
    redeem = Descriptor.from_string(text).redeem_script()
    return Script(b"") if redeem is None else Script(bytes([len(redeem.data)]) + redeem.data)


def output(text: str) -> Script:
    """Return the output script."""
    return script.Script(Descriptor.from_string(text).script_pubkey().data)


def _join(*stacks: Stack) -> Stack:
    joined: list[bytes] = []
    for stack in stacks:
        if stack is None:
            return None
        joined += stack
    return joined


def _first(*stacks: Stack) -> Stack:
    return next((stack for stack in stacks if stack is not None), None)


@dataclass(frozen=True)
class _Satisfier:
    signer: Signer
    digest: bytes
    schnorr: bool

    def met(self, node: Any) -> Stack:
        return self._one(node, "met")

    def unmet(self, node: Any) -> Stack:
        return self._one(node, "unmet")

    def _one(self, node: Any, how: str) -> Stack:
        name = type(node).__name__.lower()
        if name in ("a", "s", "c", "n"):
            return self._one(node.args[0], how)
        stack: Stack = getattr(self, f"_{name}")(how, *node.args)
        return stack

    def _sign(self, key: Any) -> bytes | None:
        return self.signer.signature(key.xonly().hex(), self.digest, self.schnorr)

    def _pk(self, how: str, key: Any) -> Stack:
        if how == "unmet":
            return [b""]
        return None if (signature := self._sign(key)) is None else [signature]

    def _pkh(self, how: str, key: Any) -> Stack:
        shown = key.k if hasattr(key, "k") else key
        return _join(self._pk(how, shown), [shown.sec()])

    def _older(self, how: str, number: Any) -> Stack:
        return [] if how == "met" and self.signer.sequence >= number.num else None

    def _after(self, how: str, number: Any) -> Stack:
        return [] if how == "met" and self.signer.locktime >= number.num else None

    def _sha256(self, how: str, digest: Any) -> Stack:
        if how == "unmet":
            return [b"\0" * 32]
        preimage = self.signer.preimages.get(str(digest))
        return None if preimage is None else [preimage]

    def _andor(self, how: str, x: Any, y: Any, z: Any) -> Stack:
        if how == "unmet":
            return _join(self.unmet(z), self.unmet(x))
        return _first(_join(self.met(y), self.met(x)), _join(self.met(z), self.unmet(x)))

    def _andv(self, how: str, x: Any, y: Any) -> Stack:
        return _join(self.met(y), self.met(x)) if how == "met" else None

    def _ord(self, how: str, x: Any, z: Any) -> Stack:
        if how == "unmet":
            return _join(self.unmet(z), self.unmet(x))
        return _first(self.met(x), _join(self.met(z), self.unmet(x)))

    def _ori(self, how: str, x: Any, z: Any) -> Stack:
        return _first(_join(self._one(x, how), [b"\x01"]), _join(self._one(z, how), [b""]))

    def _l(self, how: str, x: Any) -> Stack:
        """or_i(0,X)"""
        return [b"\x01"] if how == "unmet" else _join(self.met(x), [b""])

    def _v(self, how: str, x: Any) -> Stack:
        return self.met(x) if how == "met" else None

    def _thresh(self, how: str, number: Any, *parts: Any) -> Stack:
        wanted = number.num if how == "met" else 0
        chosen: list[Stack] = []
        for part in parts:
            stack = self.met(part) if wanted else None
            wanted -= stack is not None
            chosen.append(self.unmet(part) if stack is None else stack)
        return None if wanted else _join(*reversed(chosen))

    def _multi(self, how: str, number: Any, *keys: Any) -> Stack:
        if how == "unmet":
            return [b""] * (number.num + 1)
        signatures = [signature for signature in map(self._sign, keys) if signature is not None]
        return [b"", *signatures[: number.num]] if len(signatures) >= number.num else None

    def _sortedmulti(self, how: str, number: Any, *keys: Any) -> Stack:
        return self._multi(how, number, *sorted(keys, key=lambda key: bytes(key.sec())))

    def _multia(self, how: str, number: Any, *keys: Any) -> Stack:
        wanted, stack = number.num if how == "met" else 0, []
        for key in keys:
            signature = self._sign(key) if wanted else None
            wanted -= signature is not None
            stack.append(signature or b"")
        return None if wanted else stack[::-1]
