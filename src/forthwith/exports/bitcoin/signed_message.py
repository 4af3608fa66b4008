"""Bitcoin signed messages by BIP-322, over the `bip322` package, and what it leaves out.

The package checks one key, or multisig, with a witness alone. So a full signature is checked where
it says no more than its witness; time locks, further inputs and other scripts are not checked.

Witness and transaction are read here from their wire form (BIP-144), from an untrusted hand: no
count is believed before the bytes for it are there, since a reader that trusts one can be made to
loop for ever by nine bytes.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from hashlib import sha256

from forthwith.exports.proof_results import NotChecked, NotVerified, Result, Verified, missing


class NotOnTheWireError(ValueError):
    """The bytes are not what they should be."""


@dataclass(frozen=True, slots=True)
class Input:
    """One coin spent: its transaction as hashed, and what opens it."""

    txid: bytes
    place: int
    script: bytes
    sequence: int
    witness: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction; outputs are value and script."""

    version: int
    inputs: tuple[Input, ...]
    outputs: tuple[tuple[int, bytes], ...]
    locktime: int


@dataclass(slots=True)
class _Reader:
    data: bytes
    at: int = 0

    def take(self, length: int) -> bytes:
        if length > len(self.data) - self.at:
            raise NotOnTheWireError
        self.at += length
        return self.data[self.at - length : self.at]

    def number(self, length: int) -> int:
        return int.from_bytes(self.take(length), "little")

    def size(self) -> int:
        first = self.number(1)
        return first if first < 0xFD else self.number(1 << first - 0xFC)

    def count(self) -> range:
        """Return the places of a list; each element takes at least one byte."""
        size = self.size()
        if size > len(self.data) - self.at:
            raise NotOnTheWireError
        return range(size)

    def text(self) -> bytes:
        return self.take(self.size())

    def end(self) -> None:
        if self.at != len(self.data):
            raise NotOnTheWireError


def witness_of(data: bytes) -> tuple[bytes, ...]:
    """Read the elements of a witness, and nothing after them. Raises NotOnTheWireError."""
    reader = _Reader(data)
    elements = tuple(reader.text() for _ in reader.count())
    reader.end()
    return elements


def transaction_of(data: bytes) -> Transaction:
    """Read one transaction, and nothing after it. Raises NotOnTheWireError."""
    reader = _Reader(data)
    version = reader.number(4)
    segwit = data[4:6] == b"\x00\x01"
    if segwit:
        reader.take(2)
    inputs = [
        Input(reader.take(32), reader.number(4), reader.text(), reader.number(4))
        for _ in reader.count()
    ]
    outputs = tuple((reader.number(8), reader.text()) for _ in reader.count())
    if segwit:
        inputs = [
            replace(coin, witness=tuple(reader.text() for _ in reader.count())) for coin in inputs
        ]
    locktime = reader.number(4)
    reader.end()
    return Transaction(version, tuple(inputs), outputs, locktime)


_MULTISIG = 0xAE
_RETURN = b"\x6a"
#: What the package says of things it has no rule for.
_BEYOND = ("unsupported", "not key path spend", "only p2tr")


def legacy_digest(message: str) -> bytes:
    """Return what the old form of signed message signs."""
    text = message.encode()
    return _twice(b"\x18Bitcoin Signed Message:\n" + _size(len(text)) + text)


def to_spend(output: bytes, message: str) -> bytes:
    """Return the id, as hashed, of the transaction the signature pretends to spend (BIP-322)."""
    tag = sha256(b"BIP0322-signed-message").digest()
    digest = sha256(tag + tag + message.encode()).digest()
    # Version 0; one input of nothing, its script OP_0 and the digest; one output worth nothing.
    coin = b"\0" * 32 + b"\xff" * 4 + b"\x22\x00\x20" + digest + b"\0" * 4
    paid = b"\0" * 8 + _size(len(output)) + output
    return _twice(b"\0" * 4 + b"\x01" + coin + b"\x01" + paid + b"\0" * 4)


def _twice(data: bytes) -> bytes:
    return sha256(sha256(data).digest()).digest()


def _size(length: int) -> bytes:
    if length < 0xFD:
        return bytes([length])
    short = length < 0x10000
    return (b"\xfd" if short else b"\xfe") + length.to_bytes(2 if short else 4, "little")


def simple(address: str, output: bytes, message: str, raw: bytes) -> Result:
    """Check a witness by itself."""
    try:
        witness = witness_of(raw)
    except NotOnTheWireError:
        return NotVerified("the signature does not hold a witness (BIP-322)")
    if not witness:
        return NotVerified("the signature holds an empty witness")
    if why := _beyond(output, witness):
        return why
    return _by_package(address, message, raw, "BIP-322 simple")


def full(address: str, output: bytes, message: str, raw: bytes) -> Result:
    """Check a whole signing transaction."""
    try:
        signed = transaction_of(raw)
        first = signed.inputs[0]
    except (NotOnTheWireError, IndexError):
        return NotVerified("the signature does not hold one whole transaction (BIP-322 full)")
    if first.txid != to_spend(output, message) or first.place != 0:
        return NotVerified("the signature is over another message or address (BIP-322 full)")
    if signed.outputs != ((0, _RETURN),):
        return NotVerified("the signing transaction pays somewhere, which BIP-322 forbids")
    if len(signed.inputs) > 1:
        return NotChecked("the signature speaks of further coins, which need the chain")
    if (signed.version, signed.locktime, first.sequence) != (0, 0, 0):
        return NotChecked("the signature depends on a time lock (BIP-322), which is not checked")
    if first.script:
        return NotChecked("a signature with an input script (BIP-322 full) is not checked")
    elements = b"".join(_size(len(element)) + element for element in first.witness)
    result = simple(address, output, message, _size(len(first.witness)) + elements)
    return Verified("BIP-322 full") if isinstance(result, Verified) else result


def _beyond(output: bytes, witness: tuple[bytes, ...]) -> Result | None:
    """Return what cannot be checked here: scripts that the package has no rule for."""
    if output[:2] == b"\x51\x20":
        plain = witness[:-1] if len(witness) > 1 and witness[-1][:1] == b"\x50" else witness
        if len(plain) > 1:
            return NotChecked("a taproot script path (BIP-322) is not checked, only its key path")
    if output[:2] == b"\x00\x20":
        if sha256(witness[-1]).digest() != output[2:]:
            return NotVerified("the script shown is not that of the address")
        if witness[-1][-1:] != bytes([_MULTISIG]):
            return NotChecked("a script other than multisig (BIP-322) is not checked")
    return None


def _by_package(address: str, message: str, raw: bytes, how: str) -> Result:
    try:
        from bip322 import VerificationError, verify_simple_encoded
    except ImportError:
        return missing("bip322")
    try:
        verify_simple_encoded(address, message, base64.b64encode(raw).decode())
    except VerificationError as wrong:
        return _refusal(str(wrong))
    except Exception as wrong:  # noqa: BLE001 - the package is compiled; whatever else it raises
        return NotChecked(f"the package bip322 failed on it ({type(wrong).__name__})")
    return Verified(how)


def _refusal(wrong: str) -> Result:
    if any(words in wrong.lower() for words in _BEYOND):
        return NotChecked(f"the package bip322 has no rule for it: {wrong[:120]}")
    return NotVerified(f"the signature is not that of the address over this message ({wrong[:80]})")
