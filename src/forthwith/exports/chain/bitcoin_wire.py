"""Bitcoin's blocks and transactions from their wire form (BIP-144), and what hashes bind them.

Bytes come from an untrusted hand: no count is believed before the bytes for it are there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256

#: Bytes of a block's header.
HEADER = 80
#: More than ever exists (MAX_MONEY).
MOST_COINS = 21_000_000 * 10**8
#: The output an input of a coinbase names: none.
NO_OUTPUT = b"\0" * 32 + b"\xff" * 4
#: Head of the output that commits to a block's witnesses (BIP-141).
_COMMITMENT = bytes.fromhex("6a24aa21a9ed")


class NotABlockError(ValueError):
    """Bytes are no block or transaction; the message says what is amiss, without a full stop."""


@dataclass(frozen=True, slots=True)
class Input:
    """One output spent: its transaction as hashed and its number, and what opens it."""

    #: Transaction and number as on the wire, 36 bytes.
    output: bytes
    script: bytes
    sequence: bytes
    witness: tuple[bytes, ...] = ()
    #: Amount and script of the output spent, where the file says so.
    spent: tuple[int, bytes] | None = None
    #: Height of the block that made it, where the file says so.
    since: int | None = None


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction; outputs are amount and script, version and lock time as on the wire."""

    version: bytes
    inputs: tuple[Input, ...]
    outputs: tuple[tuple[int, bytes], ...]
    locktime: bytes
    #: As hashed; explorers show it reversed.
    txid: bytes
    wtxid: bytes
    #: What a node says its fee is, where the file says so.
    stated_fee: int | None = None

    @property
    def id(self) -> str:
        """Return the id as shown."""
        return self.txid[::-1].hex()

    @property
    def is_coinbase(self) -> bool:
        """Return whether it makes coins."""
        return len(self.inputs) == 1 and self.inputs[0].output == NO_OUTPUT


@dataclass(frozen=True)
class Header:
    """The 80 bytes of a header."""

    raw: bytes

    @cached_property
    def hash(self) -> bytes:
        """Return its hash, as hashed."""
        return twice(self.raw)

    @property
    def id(self) -> str:
        """Return its hash as shown."""
        return self.hash[::-1].hex()

    @property
    def parent(self) -> str:
        """Return the hash of the block before, as shown."""
        return self.raw[35:3:-1].hex()

    @property
    def version(self) -> int:
        """Return its version."""
        return int.from_bytes(self.raw[:4], "little", signed=True)

    @property
    def merkle_root(self) -> bytes:
        """Return the root over its transactions, as hashed."""
        return self.raw[36:68]

    @property
    def time(self) -> int:
        """Return its time, in seconds since 1970."""
        return int.from_bytes(self.raw[68:72], "little")

    @property
    def target(self) -> int:
        """Return what its hash must not exceed; 0 where its bits mean no such number."""
        bits = int.from_bytes(self.raw[72:76], "little")
        size, word = bits >> 24, bits & 0x7FFFFF
        target = word >> 8 * (3 - size) if size <= 3 else word << 8 * min(size - 3, 40)
        return 0 if bits & 0x800000 or target >= 1 << 256 else target

    @property
    def work(self) -> int:
        """Return the hashes it takes on average to find one such."""
        return (1 << 256) // (self.target + 1)

    @property
    def worked(self) -> bool:
        """Return whether its hash meets its own target."""
        return int.from_bytes(self.hash, "little") <= self.target


def twice(data: bytes) -> bytes:
    """Return SHA-256 of SHA-256."""
    return sha256(sha256(data).digest()).digest()


def size_of(data: bytes, at: int) -> tuple[int, int]:
    """Return a length as written at a place, and the place after it. Raises NotABlockError."""
    if at >= len(data):
        raise NotABlockError("it ends in the middle of a transaction")
    first = data[at]
    if first < 0xFD:
        return first, at + 1
    end = at + 1 + (1 << first - 0xFC)
    if end > len(data):
        raise NotABlockError("it ends in the middle of a transaction")
    return int.from_bytes(data[at + 1 : end], "little"), end


def written_size(length: int) -> bytes:
    """Return a length as written."""
    if length < 0xFD:
        return bytes([length])
    mark = 0xFD if length < 1 << 16 else 0xFE if length < 1 << 32 else 0xFF
    return bytes([mark]) + length.to_bytes(1 << mark - 0xFC, "little")


def transactions_of(block: bytes) -> list[Transaction]:
    """Return the transactions of a whole block, header included. Raises NotABlockError.

    Its Merkle root and, where it has one, its commitment to witnesses are checked.
    """
    count, at = size_of(block, HEADER)
    found = []
    for _ in range(count):
        transaction, at = transaction_at(block, at)
        found.append(transaction)
    if at != len(block):
        raise NotABlockError(f"{len(block) - at} bytes stand behind its last transaction")
    check(Header(block[:HEADER]), found)
    return found


def transaction_at(data: bytes, at: int) -> tuple[Transaction, int]:
    """Return the transaction at a place, and the place after it. Raises NotABlockError."""
    start, end = at, len(data)
    at += 4
    segwit = data[at : at + 2] == b"\0\1"
    at += 2 * segwit
    body = at
    count, at = size_of(data, at)
    parts: list[tuple[bytes, bytes, bytes]] = []
    for _ in range(count):
        output = data[at : at + 36]
        size, at = size_of(data, at + 36)
        script = data[at : at + size]
        at += size
        sequence = data[at : at + 4]
        at += 4
        if at > end:
            raise NotABlockError("it ends in the middle of a transaction")
        parts.append((output, script, sequence))
    count, at = size_of(data, at)
    outputs = []
    for _ in range(count):
        amount = int.from_bytes(data[at : at + 8], "little", signed=True)
        size, at = size_of(data, at + 8)
        script = data[at : at + size]
        at += size
        if at > end:
            raise NotABlockError("it ends in the middle of a transaction")
        outputs.append((amount, script))
    behind = at
    witnesses: list[tuple[bytes, ...]] = [()] * len(parts)
    if segwit:
        for place in range(len(parts)):
            witnesses[place], at = _witness(data, at)
    locktime = data[at : at + 4]
    at += 4
    if at > end:
        raise NotABlockError("it ends in the middle of a transaction")
    version = data[start : start + 4]
    wtxid = twice(data[start:at])
    txid = twice(version + data[body:behind] + locktime) if segwit else wtxid
    inputs = tuple(Input(*part, witness) for part, witness in zip(parts, witnesses, strict=True))
    return Transaction(version, inputs, tuple(outputs), locktime, txid, wtxid), at


def _witness(data: bytes, at: int) -> tuple[tuple[bytes, ...], int]:
    count, at = size_of(data, at)
    elements = []
    for _ in range(count):
        size, at = size_of(data, at)
        elements.append(data[at : at + size])
        at += size
        if at > len(data):
            raise NotABlockError("it ends in the middle of a witness")
    return tuple(elements), at


def made(
    version: bytes,
    inputs: Sequence[Input],
    outputs: Sequence[tuple[int, bytes]],
    locktime: bytes,
    stated_fee: int | None = None,
) -> Transaction:
    """Return a transaction of its parts, with its ids."""
    txid = twice(version + _body(inputs, outputs) + locktime)
    found = Transaction(version, tuple(inputs), tuple(outputs), locktime, txid, txid, stated_fee)
    return replace(found, wtxid=twice(written(found)))


def written(transaction: Transaction) -> bytes:
    """Return a transaction as on the wire, with its witnesses."""
    inputs = transaction.inputs
    body = _body(inputs, transaction.outputs)
    if not any(spent.witness for spent in inputs):
        return transaction.version + body + transaction.locktime
    witnesses = b"".join(
        written_size(len(spent.witness))
        + b"".join(written_size(len(element)) + element for element in spent.witness)
        for spent in inputs
    )
    return transaction.version + b"\0\1" + body + witnesses + transaction.locktime


def _body(inputs: Sequence[Input], outputs: Sequence[tuple[int, bytes]]) -> bytes:
    return b"".join((
        written_size(len(inputs)),
        *(
            spent.output + written_size(len(spent.script)) + spent.script + spent.sequence
            for spent in inputs
        ),
        written_size(len(outputs)),
        *(
            amount.to_bytes(8, "little", signed=True) + written_size(len(script)) + script
            for amount, script in outputs
        ),
    ))  # fmt: skip


def check(header: Header, transactions: Sequence[Transaction]) -> None:
    """Check what binds transactions to a header. Raises NotABlockError.

    Two equal hashes side by side could stand for transactions doubled at the end
    (CVE-2012-2459), so they are refused as nodes refuse them.
    """
    if not transactions or not transactions[0].is_coinbase:
        raise NotABlockError("its first transaction makes no coins")
    root, doubled = merkle_root([row.txid for row in transactions])
    if root != header.merkle_root:
        raise NotABlockError("its transactions are not those of its header (Merkle root)")
    if doubled:
        raise NotABlockError("its last transactions stand in it twice")
    committed = [
        script[6:38]
        for _, script in transactions[0].outputs
        if script[:6] == _COMMITMENT and len(script) >= 38
    ]
    reserved = transactions[0].inputs[0].witness
    if committed and len(reserved) == 1 and len(reserved[0]) == 32:
        root, _ = merkle_root([b"\0" * 32, *(row.wtxid for row in transactions[1:])])
        if twice(root + reserved[0]) != committed[-1]:
            raise NotABlockError("its signatures are not those it commits to (witness root)")
    elif any(spent.witness for row in transactions for spent in row.inputs):
        raise NotABlockError("it has witnesses and commits to none (BIP-141)")


def merkle_root(hashes: list[bytes]) -> tuple[bytes, bool]:
    """Return the root, and whether two equal hashes stand side by side as a pair."""
    doubled = False
    while len(hashes) > 1:
        doubled |= any(hashes[at] == hashes[at + 1] for at in range(0, len(hashes) - 1, 2))
        if len(hashes) % 2:
            hashes = [*hashes, hashes[-1]]
        hashes = [twice(hashes[at] + hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0], doubled


def stated_height(transactions: Sequence[Transaction]) -> int | None:
    """Return the height a coinbase begins with (BIP-34); None where it begins with none."""
    script = transactions[0].inputs[0].script
    if not script:
        return None
    first = script[0]
    if first == 0 or 0x51 <= first <= 0x60:
        return first - 0x50 if first else 0
    word = script[1 : 1 + first]
    if first > 5 or len(word) < first or word[-1] & 0x80:
        return None
    return int.from_bytes(word, "little")
