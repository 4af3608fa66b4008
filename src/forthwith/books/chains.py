"""A chain as a clock and a witness: its block at an instant, whether its headers link, its gaps.

Header times of Bitcoin may go back. The height of an instant is the block before the first whose
header time is later, so what a block does counts from the greatest header time up to it: one rule
for positions and for events.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from forthwith.domain.chain import COIN, FEE, TOKENS, Block, ChainRead, ChainTransaction
from forthwith.domain.instants import Instant, instant_text


@dataclass(frozen=True, slots=True)
class ChainGap:
    """From `start` on, what the chain holds is not known: a missing block never comes back."""

    chain: str
    #: None: from the beginning.
    start: Instant | None
    #: One plain sentence without its full stop.
    why: str
    #: COIN and TOKENS are what is unsure; both where a block is missing.
    of: tuple[str, ...] = (COIN, TOKENS)
    #: Whose balance is unsure; "bc1p*" is every address so beginning; empty: anybody's.
    suspects: tuple[str, ...] = ()
    transaction: str = ""

    def touches(self, address: str, contract: str) -> bool:
        """Return whether an address's balance of the coin ("") or a token is unsure by it."""
        if (TOKENS if contract else COIN) not in self.of:
            return False
        return not self.suspects or any(
            address.startswith(suspect[:-1]) if suspect.endswith("*") else address == suspect
            for suspect in self.suspects
        )


@dataclass(frozen=True, slots=True)
class Chain:
    """The blocks of one chain in order of height, and where they stop being one chain."""

    name: str
    kind: str
    #: Those that link, from the first on; nothing after a break is asked.
    blocks: tuple[Block, ...]
    #: The greatest header time up to each of them.
    instants: tuple[Instant, ...]
    gaps: tuple[ChainGap, ...] = ()
    #: Why nothing after the last of `blocks` is answered, though the files have more; "" where
    #: they have no more.
    broken: str = ""

    def height_at(self, when: Instant) -> Block | None:
        """Return the block before the first whose header time is later than `when`.

        None where `why_not` says why.
        """
        place = bisect_right(self.instants, when) - 1
        return None if self.why_not(when) else self.blocks[place]

    def why_not(self, when: Instant) -> str:
        """Return why the chain has no answer for an instant; "" where it has one."""
        if not self.blocks:
            return self.broken or f"no block of {self.name or 'the chain'} was given"
        first = self.blocks[0]
        if when < self.instants[0]:
            return (
                f"the first block given of {self.name} is {first.height} of "
                f"{instant_text(first.time)}, later than {instant_text(when)}"
            )
        return self.broken if self.broken and self.instants[-1] <= when else ""

    def settled(self, when: Instant) -> bool:
        """Return whether a later block is given: without one, blocks up to then may be missing."""
        return bool(self.instants) and self.instants[-1] > when

    def instant_of(self, height: int) -> Instant | None:
        """Return from when on what a block does counts; None where it is not on the chain."""
        block = self.block(height)
        return None if block is None else self.instants[height - self.blocks[0].height]

    def block(self, height: int) -> Block | None:
        """Return the block of a height; None where it is not on the chain."""
        place = height - self.blocks[0].height if self.blocks else -1
        return self.blocks[place] if 0 <= place < len(self.blocks) else None

    def has(self, height: int, block_hash: str) -> bool:
        """Return whether a block of that height and hash is on the chain."""
        block = self.block(height)
        return block is not None and block.hash == block_hash.lower()


def chain_of(read: ChainRead) -> Chain:
    """Return the chain of what was read: the blocks that link, and every gap in them."""
    ordered = sorted(read.blocks, key=lambda block: block.height)
    linked, broken = _linked(read.chain, ordered)
    instants = tuple(accumulate((block.time for block in linked), max))
    chain = Chain(read.chain, read.kind, linked, instants, broken=broken)
    gaps = [
        ChainGap(
            read.chain,
            _start(chain, transaction),
            transaction.why or f"transaction {transaction.id} is not wholly in the files",
            _unsure(transaction),
            transaction.suspects,
            transaction.id,
        )
        for transaction in read.transactions
        if transaction.unknown
    ]
    if broken:
        gaps.insert(0, ChainGap(read.chain, instants[-1] if instants else None, broken))
    unplaced = sum(chain.block(row.height) is None for row in read.transactions)
    if unplaced and not broken:
        why = f"{unplaced} transactions of {read.chain} stand in blocks whose headers are not given"
        earlier = linked and any(row.height < linked[0].height for row in read.transactions)
        start = instants[-1] if instants and not earlier else None
        gaps.insert(0, ChainGap(read.chain, start, why))
    return Chain(read.chain, read.kind, linked, instants, tuple(gaps), broken)


def _linked(name: str, ordered: Sequence[Block]) -> tuple[tuple[Block, ...], str]:
    """Return the blocks up to the first that does not follow, and why it does not."""
    for place, (block, after) in enumerate(pairwise(ordered), 1):
        why = ""
        if after.height == block.height:
            why = f"{name} has two blocks of height {block.height}, {block.hash} and {after.hash}"
        elif after.height != block.height + 1:
            last = after.height - 1
            span = f"block {last} is" if last == block.height + 1 else (
                f"blocks {block.height + 1} to {last} are"
            )  # fmt: skip
            why = (
                f"{span} missing from {name}, between {instant_text(block.time)} and "
                f"{instant_text(after.time)}"
            )
        elif not after.parent:
            why = (
                f"the files do not say which block the block {after.height} of {name} follows: "
                "whether they are one chain is not known"
            )
        elif after.parent != block.hash:
            why = (
                f"block {after.height} of {name} does not follow block {block.height}: it names "
                f"{after.parent} as its parent, and that is {block.hash}"
            )
        if why:
            return tuple(ordered[:place]), why
    return tuple(ordered), ""


def _start(chain: Chain, transaction: ChainTransaction) -> Instant | None:
    """Return when what is unknown of a transaction begins to matter."""
    found = chain.instant_of(transaction.height)
    if found is not None or not chain.blocks:
        return found
    return None if transaction.height < chain.blocks[0].height else chain.instants[-1]


def _unsure(transaction: ChainTransaction) -> tuple[str, ...]:
    coin = (COIN,) if {COIN, FEE} & set(transaction.unknown) else ()
    return (*coin, *((TOKENS,) if TOKENS in transaction.unknown else ()))
