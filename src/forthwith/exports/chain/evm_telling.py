"""What files of a chain of Ethereum's kind say, row by row, before it is put together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from forthwith.domain.fact_tables import RowFault


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the files."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Stake paid out by a block (EIP-4895); the amount is in gwei."""

    index: int
    address: str
    amount: int


@dataclass(frozen=True, slots=True)
class Header:
    """A block."""

    number: int
    hash: str
    parent: str
    time: int
    miner: str
    #: None before EIP-1559, or where it is not said.
    base_fee: int | None
    difficulty: int
    withdrawals: tuple[Withdrawal, ...]
    #: Ids of its transactions in order; None where they are not listed.
    transactions: tuple[str, ...] | None
    #: How many they are; None where that is not said.
    count: int | None
    gas_used: int | None
    at: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """A transaction as it was sent."""

    id: str
    block: int
    #: "" where the file does not say it.
    block_hash: str
    index: int | None
    sender: str
    #: "" for a new contract.
    to: str
    value: int
    #: None where the file does not have it.
    data: bytes | None
    kind: int
    gas_price: int | None
    chain_id: int | None
    mint: int
    at: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Log:
    """An event of a contract."""

    contract: str
    topics: tuple[str, ...]
    data: bytes
    index: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a transaction cost and logged."""

    id: str
    block: int
    block_hash: str
    index: int | None
    sender: str
    gas_used: int
    #: None where the file does not say it: the transaction's own price counts.
    price: int | None
    #: Blob and layer-1 fees, in the coin's units.
    extra: int
    #: None before EIP-658.
    succeeded: bool | None
    #: None where the file has none.
    logs: tuple[Log, ...] | None
    #: 256 bytes in which each log leaves its marks; b"" where the file has none.
    bloom: bytes
    at: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Frame:
    """One call within a transaction."""

    #: Place among the calls of each caller; () is the transaction itself.
    path: tuple[int, ...]
    #: "call", "delegatecall", "staticcall", "callcode", "create", "create2", "selfdestruct".
    kind: str
    source: str
    target: str
    value: int
    failed: bool
    #: Call data as far as the file has it.
    data: bytes = b""

    @property
    def row(self) -> str:
        """Return how it is named as a row."""
        return "frame " + ".".join(map(str, (0, *self.path)))


@dataclass(frozen=True, slots=True)
class Transfer:
    """A token transfer as a table has it, without its topics."""

    contract: str
    source: str
    target: str
    amount: int
    index: int


@dataclass(slots=True)
class Telling:
    """Everything some files say of one chain, before it is put together."""

    #: "evm-1", or "" where nothing says it.
    chain: str = ""
    headers: dict[str, Header] = field(default_factory=dict)
    sent: dict[tuple[str, str], Sent] = field(default_factory=dict)
    receipts: dict[tuple[str, str], Receipt] = field(default_factory=dict)
    frames: dict[str, list[Frame]] = field(default_factory=dict)
    transfers: dict[str, list[Transfer]] = field(default_factory=dict)
    #: Block rewards by the block's hash or number: who, how much, row.
    rewards: dict[str | int, list[tuple[str, int, str]]] = field(default_factory=dict)
    #: Height of transactions that only frames or transfers name.
    heights: dict[str, int] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    #: A table of token transfers is there: what has none in it moved none.
    tokens_told: bool = False
    faults: list[RowFault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    #: What is doubtful of a transaction by a row that does not read: aspects, and why.
    doubts: dict[str, tuple[set[str], str]] = field(default_factory=dict)

    def fault(self, at: Place, what: str, do: str) -> None:
        """Add a fault."""
        self.faults.append(RowFault(at.file, at.line, what, do))

    def doubt(self, name: str, of: Iterable[str], why: str) -> None:
        """Take what is said of a transaction for unsure."""
        aspects, first = self.doubts.get(name, (set(), why))
        self.doubts[name] = (aspects | set(of), first)
