"""Who signed a transaction of Ethereum's kind: its sender, and the owners behind a Safe's calls.

A Safe logs the hash its owners signed (ExecutionSuccess, ExecutionFailure); keys are recovered
from the signatures beside it (Safe contracts 1.0.0 to 1.5.0, `checkNSignatures`). Which owners a
Safe had that day is not looked up here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from embit.base import EmbitError
from embit.util import secp256k1

from forthwith.domain.chain import Signer
from forthwith.exports.chain.evm_telling import Frame, Log
from forthwith.exports.ethereum.address import NOBODY, keccak_256
from forthwith.exports.ethereum.safe import calls

#: "ExecutionSuccess(bytes32,uint256)" and "ExecutionFailure(bytes32,uint256)".
_EXECUTED = frozenset((
    "0x442e715f626346e8c54381002da614f62bee8d27386535b2521ec8540898556e",
    "0x23428b18acfb3ea64b08dc0c1d296ea9c09702c09083ca5272e64d115b687d23",
))  # fmt: skip
_EXECUTE = bytes.fromhex("6a761202")
_BY_MODULE = (bytes.fromhex("468721a7"), bytes.fromhex("5229073f"))
_PART = 65
_PREFIX = b"\x19Ethereum Signed Message:\n32"


def signers_of(
    sender: str, to: str, data: bytes, frames: Sequence[Frame], logs: Sequence[Log]
) -> tuple[Signer, ...]:
    """Return the sender, then the owners or module of each Safe that acted, in order of calls.

    `frames` are those that did not fail; `to` and `data` are the transaction's own, whole where a
    trace cuts call data short.
    """
    found = [Signer("sender", sender, sender)] if sender else []
    executed: dict[str, list[bytes]] = {}
    for target, caller, given in _calls(sender, to, data, frames):
        if given[:4] in _BY_MODULE:
            found.append(Signer("module", caller, target))
        elif given[:4] == _EXECUTE:
            executed.setdefault(target, []).append(given)
    for safe, given_calls in executed.items():
        hashes = [_hash(log) for log in logs if log.contract == safe and log.topics[:1]]
        signed = [digest for digest in hashes if digest]
        # Calls within one another end in another order than they began: then nothing is said.
        if len(signed) != len(given_calls) or (len(signed) > 1 and _nested(safe, frames)):
            continue
        for digest, given in zip(signed, given_calls, strict=True):
            found += _owners(safe, digest, given)
    return tuple(dict.fromkeys(found))


def _calls(
    sender: str, to: str, data: bytes, frames: Sequence[Frame]
) -> Iterator[tuple[str, str, bytes]]:
    """Yield target, caller and call data of each call; the first has the transaction's own data."""
    if not frames:
        yield to, sender, data
    for frame in frames:
        if frame.kind == "call":
            given = data if not frame.path and data else frame.data
            yield frame.target, frame.source, given


def _hash(log: Log) -> bytes:
    """Return the hash an execution's event names: indexed since 1.4.0, before in its data."""
    if log.topics[0] not in _EXECUTED:
        return b""
    return bytes.fromhex(log.topics[1][2:]) if len(log.topics) == 2 else log.data[:32]


def _nested(safe: str, frames: Sequence[Frame]) -> bool:
    paths = [
        frame.path
        for frame in frames
        if frame.kind == "call" and frame.target == safe and frame.data[:4] == _EXECUTE
    ]
    return any(path != other and other[: len(path)] == path for path in paths for other in paths)


def _owners(safe: str, digest: bytes, data: bytes) -> Iterator[Signer]:
    try:
        call = calls.read(data)
    except calls.NotACallError:
        return
    if call is None:
        return
    signatures = call.arguments[9]
    first_dynamic = len(signatures)
    at = 0
    while at + _PART <= first_dynamic:
        part = signatures[at : at + _PART]
        at += _PART
        kind = part[64]
        owner = f"0x{part[12:32].hex()}"
        if kind < 2 and owner == NOBODY:
            continue
        if kind == 0:
            # A contract's signature: what it is stands behind the fixed parts, at this offset.
            first_dynamic = min(first_dynamic, int.from_bytes(part[32:64], "big"))
            yield Signer("contract owner", owner, safe)
        elif kind == 1:
            yield Signer("approving owner", owner, safe)
        else:
            wrapped = kind > 30
            signed = keccak_256(_PREFIX + digest) if wrapped else digest
            address = recovered(signed, part[:64], kind - (31 if wrapped else 27))
            if address:
                yield Signer("owner", address, safe)


def recovered(digest: bytes, signature: bytes, parity: int) -> str:
    """Return the address whose key made a signature; "" where no key can have made it."""
    if parity not in (0, 1):
        return ""
    try:
        compact = secp256k1.ecdsa_recoverable_signature_parse_compact(signature, parity)
        point = secp256k1.ecdsa_recover(compact, digest)
        key = secp256k1.ec_pubkey_serialize(point, secp256k1.EC_UNCOMPRESSED)
    except (EmbitError, ValueError, RuntimeError):
        return ""
    return f"0x{keccak_256(bytes(key)[1:])[12:].hex()}"
