"""Which keys signed an input: each signature is verified against the keys shown beside it.

A key in a script has not signed; a key whose signature over this very transaction verifies has,
whatever the script. Digests: before segwit as Bitcoin Core has them, BIP-143, BIP-341 and 342.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, product

from embit.base import EmbitError
from embit.util import secp256k1

from forthwith.domain.chain import Signer
from forthwith.exports.chain.bitcoin_scripts import (
    is_control,
    is_key,
    leaf_hash,
    p2pkh,
    parts,
    pushes,
    tagged,
    without_annex,
)
from forthwith.exports.chain.bitcoin_wire import Input, Transaction, twice, written_size

_ALL, _NONE, _SINGLE, _ANYONE = 1, 2, 3, 0x80
_SEPARATOR = 0xAB
#: Signatures tried against keys for one input; a script of the rules' size needs fewer.
_MOST_TRIES = 2_000
#: Of a tapscript leaf (BIP-342).
_TAPSCRIPT = 0xC0


def signers_of(
    transaction: Transaction,
    spent: Sequence[tuple[int, bytes] | None],
    addresses: Sequence[str],
) -> tuple[tuple[Signer, ...], int]:
    """Return the keys that signed, input by input, and how many inputs show none that verifies.

    `spent` has amount and script of the output each input spends; inputs without are passed over.
    """
    digests = _Digests(transaction, spent)
    found: dict[Signer, None] = {}
    silent = 0
    for place, (coin, address) in enumerate(zip(spent, addresses, strict=True)):
        if coin is None or not address:
            continue
        keys = dict.fromkeys(_signed(digests, place, coin[1], transaction.inputs[place]))
        silent += not keys
        found |= dict.fromkeys(Signer(kind, key.hex(), address) for kind, key in keys)
    return tuple(found), silent


def _signed(
    digests: _Digests, place: int, script: bytes, spent: Input
) -> Iterator[tuple[str, bytes]]:
    """Yield kind and key of each signature of one input that verifies."""
    if script[:2] == b"\x51\x20" and len(script) == 34:
        yield from _taproot(digests, place, script[2:], spent)
        return
    stack, code, segwit = _opened(script, spent)
    keys = [data for data in dict.fromkeys((*stack, *pushes(code))) if is_key(data)]
    signatures = [data for data in stack if data[:1] == b"\x30" and 9 <= len(data) <= 73]
    codes = [code, *(code[at:] for operation, _, at in parts(code) if operation == _SEPARATOR)]
    tries = product(signatures, codes, keys)
    for signature, written, key in islice(tries, _MOST_TRIES):
        digest = digests.of(place, written, signature, segwit=segwit)
        if _verifies(signature[:-1], digest, key):
            yield "public key", key


def _opened(script: bytes, spent: Input) -> tuple[list[bytes], bytes, bool]:
    """Return what an input puts on the stack, the script that runs, and whether it is segwit's."""
    stack = list(spent.witness) or pushes(spent.script)
    program = script
    if len(script) == 23 and script[:1] == b"\xa9" and spent.script:
        program = (pushes(spent.script) or [b""])[-1]
        if not spent.witness:
            stack = stack[:-1]
    if len(program) == 22 and program[:2] == b"\0\x14":
        return stack, p2pkh(stack[-1]) if stack else b"", True
    if len(program) == 34 and program[:2] == b"\0\x20" and stack:
        return stack[:-1], stack[-1], True
    return stack, program, False


def _verifies(signature: bytes, digest: bytes, key: bytes) -> bool:
    try:
        parsed = secp256k1.ecdsa_signature_parse_der(signature)
        # The library takes the lower half alone; blocks before BIP-146 have both.
        parsed = secp256k1.ecdsa_signature_normalize(parsed)
        return bool(secp256k1.ecdsa_verify(parsed, digest, secp256k1.ec_pubkey_parse(key)))
    except (ValueError, EmbitError, RuntimeError):
        return False


def _taproot(
    digests: _Digests, place: int, output: bytes, spent: Input
) -> Iterator[tuple[str, bytes]]:
    plain, annex = without_annex(spent.witness)
    if len(plain) == 1:
        digest = digests.taproot(place, plain[0], annex)
        if digest and _schnorr(plain[0], digest, output):
            yield "taproot output key", output
        return
    if len(plain) < 2 or not is_control(plain[-1]) or plain[-1][0] & 0xFE != _TAPSCRIPT:
        return
    *stack, script, _ = plain
    leaf = leaf_hash(script, _TAPSCRIPT)
    keys = [data for data in dict.fromkeys((*pushes(script), *stack)) if len(data) == 32]
    places = [0xFFFFFFFF]
    places += [at for at, (operation, *_) in enumerate(parts(script)) if operation == _SEPARATOR]
    for signature, separator, key in islice(product(stack, places, keys), _MOST_TRIES):
        digest = digests.taproot(place, signature, annex, leaf, separator)
        if digest and _schnorr(signature, digest, key):
            yield "taproot leaf key", key


def _schnorr(signature: bytes, digest: bytes, key: bytes) -> bool:
    try:
        point = secp256k1.ec_pubkey_parse(b"\2" + key)
        return bool(secp256k1.schnorrsig_verify(signature[:64], digest, point))
    except (ValueError, EmbitError, RuntimeError):
        return False


@dataclass(slots=True)
class _Digests:
    """What signatures of one transaction sign."""

    transaction: Transaction
    spent: Sequence[tuple[int, bytes] | None]
    _cache: dict[str, bytes] = field(default_factory=dict)

    def of(self, place: int, code: bytes, signature: bytes, *, segwit: bool) -> bytes:
        """Return the digest of a signature before taproot; its last byte says what it covers."""
        if segwit:
            return self._segwit(place, code, signature[-1])
        # A signature cannot sign itself, and separators are left out (before segwit alone).
        cleaned = b""
        at = 0
        pushed = written_size(len(signature)) + signature
        for operation, _, end in parts(code):
            if operation != _SEPARATOR and code[at:end] != pushed:
                cleaned += code[at:end]
            at = end
        return self._legacy(place, cleaned + code[at:], signature[-1])

    def _legacy(self, place: int, code: bytes, kind: int) -> bytes:
        row, base = self.transaction, kind & 0x1F
        if base == _SINGLE and place >= len(row.outputs):
            return (1).to_bytes(32, "little")
        inputs = []
        for at, spent in enumerate(row.inputs):
            if at != place and kind & _ANYONE:
                continue
            script = code if at == place else b""
            loose = at != place and base in (_NONE, _SINGLE)
            sequence = b"\0" * 4 if loose else spent.sequence
            inputs.append(spent.output + written_size(len(script)) + script + sequence)
        outputs = [_output(*output) for output in row.outputs]
        if base == _NONE:
            outputs = []
        elif base == _SINGLE:
            outputs = [_output(-1, b"")] * place + [outputs[place]]
        return twice(b"".join((
            row.version, written_size(len(inputs)), *inputs, written_size(len(outputs)), *outputs,
            row.locktime, kind.to_bytes(4, "little"),
        )))  # fmt: skip

    def _segwit(self, place: int, code: bytes, kind: int) -> bytes:
        """Return the digest of BIP-143."""
        row, base, none = self.transaction, kind & 0x1F, b"\0" * 32
        own = row.inputs[place]
        coin = self.spent[place]
        amount = coin[0] if coin else 0
        anyone = bool(kind & _ANYONE)
        outputs = none
        if base not in (_NONE, _SINGLE):
            outputs = hashlib.sha256(self._once("outputs")).digest()
        elif base == _SINGLE and place < len(row.outputs):
            outputs = twice(_output(*row.outputs[place]))
        return twice(b"".join((
            row.version,
            none if anyone else hashlib.sha256(self._once("prevouts")).digest(),
            none if anyone or base in (_NONE, _SINGLE)
            else hashlib.sha256(self._once("sequences")).digest(),
            own.output, written_size(len(code)), code, amount.to_bytes(8, "little", signed=True),
            own.sequence, outputs, row.locktime, kind.to_bytes(4, "little"),
        )))  # fmt: skip

    def taproot(
        self, place: int, signature: bytes, annex: bytes, leaf: bytes = b"", separator: int = 0
    ) -> bytes:
        """Return the digest of BIP-341; b"" where the signature or what it covers is not there."""
        kind = _taproot_kind(signature)
        base = kind & 3 or _ALL
        anyone = bool(kind & _ANYONE)
        row = self.transaction
        coin = self.spent[place]
        unknown = coin is None or (not anyone and None in self.spent)
        if kind < 0 or unknown or (base == _SINGLE and place >= len(row.outputs)):
            return b""
        data = [b"\0", bytes([kind]), row.version, row.locktime]
        if not anyone:
            data += map(self._once, ("prevouts", "amounts", "scripts", "sequences"))
        if base == _ALL:
            data.append(self._once("outputs"))
        data.append(bytes([2 * bool(leaf) + bool(annex)]))
        own = row.inputs[place]
        if anyone:
            data += [own.output, _output(*coin or (0, b"")), own.sequence]
        else:
            data.append(place.to_bytes(4, "little"))
        if annex:
            data.append(hashlib.sha256(written_size(len(annex)) + annex).digest())
        if base == _SINGLE:
            data.append(hashlib.sha256(_output(*row.outputs[place])).digest())
        if leaf:
            data += [leaf, b"\0", separator.to_bytes(4, "little")]
        return tagged("TapSighash", b"".join(data))

    def _once(self, what: str) -> bytes:
        """Return SHA-256 over one kind of part of all inputs or outputs."""
        if what not in self._cache:
            row = self.transaction
            coins = [coin or (0, b"") for coin in self.spent]
            pieces = {
                "prevouts": lambda: (spent.output for spent in row.inputs),
                "sequences": lambda: (spent.sequence for spent in row.inputs),
                "outputs": lambda: (_output(*output) for output in row.outputs),
                "amounts": lambda: (coin[0].to_bytes(8, "little", signed=True) for coin in coins),
                "scripts": lambda: (written_size(len(coin[1])) + coin[1] for coin in coins),
            }[what]()
            self._cache[what] = hashlib.sha256(b"".join(pieces)).digest()
        return self._cache[what]


def _taproot_kind(signature: bytes) -> int:
    """Return what a signature covers (BIP-341); below zero where it is no signature."""
    if len(signature) == 64:
        return 0
    kind = signature[64] if len(signature) == 65 else -1
    return kind if kind in (1, 2, 3, 0x81, 0x82, 0x83) else -1


def _output(amount: int, script: bytes) -> bytes:
    return amount.to_bytes(8, "little", signed=True) + written_size(len(script)) + script
