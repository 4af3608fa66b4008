"""Blocks and transactions as a chain's files tell them, before anybody says whose they are."""

from __future__ import annotations

from dataclasses import dataclass, field

from forthwith.domain.fact_tables import RowFault
from forthwith.domain.instants import Instant

#: The `contract` of a chain's own coin.
NATIVE = ""
#: What may be unknown of a transaction: legs of the chain's own coin, of tokens, or its fee.
COIN, TOKENS, FEE = "coin", "tokens", "fee"


@dataclass(frozen=True, slots=True)
class Block:
    """A header. Hashes are in lower-case hexadecimal as explorers show them."""

    height: int
    hash: str
    parent: str
    #: The header's own time.
    time: Instant
    file: str = ""


@dataclass(frozen=True, slots=True)
class Leg:
    """What one address loses (negative) or gains in one transaction.

    `order` is the input's or output's number, the log index, the place of the call frame: legs
    of a transaction stand in it, inputs before outputs.
    """

    #: "" where an output pays nobody (OP_RETURN); "script:HEX" or "scripthash:HEX" where a script
    #: has no form of address.
    address: str
    #: NATIVE, or the token's contract in lower case.
    contract: str
    amount: int
    order: int
    #: "input 0", "output 1", "log 3", "frame 0.2"
    row: str
    #: Of an input: the height of the block that made the coin it spends, where that is known.
    since: int | None = None


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed: a public key in hexadecimal (Bitcoin) or an address (Ethereum)."""

    #: "public key", "taproot output key", "taproot leaf key" (x coordinates); "sender"; of a Safe
    #: "owner" (signed), "approving owner", "contract owner" (not checked here), "module".
    kind: str
    value: str
    #: The address whose value it moved: that of the input, of the Safe, of the sender.
    of: str


@dataclass(frozen=True, slots=True)
class ChainTransaction:
    """One transaction of a block. Failed ones have no legs but their fee."""

    id: str
    height: int
    #: Place in its block; withdrawals and rewards of a block come after its transactions.
    position: int
    legs: tuple[Leg, ...]
    #: Native units that nobody got, or the miner: inputs less outputs, or gas used times its price.
    fee: int = 0
    #: Who paid it on Ethereum; "" on Bitcoin, where the inputs did.
    fee_payer: str = ""
    signers: tuple[Signer, ...] = ()
    #: Value that comes from nobody: coinbase, a block's withdrawal or reward.
    from_outside: bool = False
    file: str = ""
    #: What its files do not say: any of COIN, TOKENS, FEE; its legs of that kind are not all.
    unknown: tuple[str, ...] = ()
    #: Whose balance what is unknown may have changed; "bc1p*" is every address so beginning; empty:
    #: anybody's.
    suspects: tuple[str, ...] = ()
    #: Why it is not known, one plain sentence without its full stop.
    why: str = ""


@dataclass(frozen=True, slots=True)
class SafeChange:
    """What one log says of who may sign for a Safe, from its block on."""

    safe: str
    height: int
    #: Place of its transaction in the block, and of the log in it.
    order: tuple[int, int]
    #: "setup" (all owners and the threshold), "owner added", "owner removed", "threshold"
    kind: str
    owners: tuple[str, ...] = ()
    threshold: int = 0


@dataclass(frozen=True, slots=True)
class ChainRead:
    """What the files of one chain became. Blocks and transactions in order of height."""

    #: As `assets` names it: "bitcoin-regtest", "evm-31337"; "" where the files do not say.
    chain: str
    #: "bitcoin" or "evm"
    kind: str
    blocks: tuple[Block, ...] = ()
    transactions: tuple[ChainTransaction, ...] = ()
    faults: tuple[RowFault, ...] = ()
    notes: tuple[str, ...] = ()
    #: Files that tell the same again (tables beside dumps), compared and never added.
    second_tellings: tuple[str, ...] = field(default=())
    #: Names of the files it was read from.
    files: tuple[str, ...] = ()
    safe_changes: tuple[SafeChange, ...] = ()
