"""Bitcoin's wire form of a witness and a transaction, read from an untrusted hand (BIP-144).

No count is believed before the bytes for it are there: a reader that trusts one can be made to
loop for ever by nine bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


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


def witness(data: bytes) -> tuple[bytes, ...]:
    """Read the elements of a witness, and nothing after them. Raises NotOnTheWireError."""
    reader = _Reader(data)
    elements = tuple(reader.text() for _ in reader.count())
    reader.end()
    return elements


def transaction(data: bytes) -> Transaction:
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
