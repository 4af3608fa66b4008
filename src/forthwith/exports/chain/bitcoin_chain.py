"""Blocks of Bitcoin, however they were found, as one chain: which link, how high, who paid whom.

The chain with the most work is taken. What is checked: each header's work, Merkle and witness
roots, links, stated heights, and that no output is spent twice. What is not: scripts, the rules of
difficulty and subsidy, and the signature of a signet's blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from forthwith.domain.chain import COIN, FEE, NATIVE, Block, ChainRead, ChainTransaction, Leg
from forthwith.domain.fact_tables import RowFault
from forthwith.exports.chain.bitcoin_scripts import Network, address_of, suspects
from forthwith.exports.chain.bitcoin_signers import signers_of
from forthwith.exports.chain.bitcoin_wire import (
    MOST_COINS,
    Header,
    Input,
    NotABlockError,
    Transaction,
    stated_height,
)
from forthwith.exports.chain.branches import Span, apart, branches

#: Blocks beside the chain that are named one by one.
_NAMED = 20
#: Blocks looked at for a height that they state, where nothing else says it.
_ASKED = 40


@dataclass(frozen=True, slots=True)
class Found:
    """One block in a file: its header, and what reads its transactions.

    `read` raises NotABlockError.
    """

    header: Header
    file: str
    #: Line of the file, or 0.
    line: int
    #: "byte 4096" or "line 3", for sentences.
    where: str
    read: Callable[[], list[Transaction]]
    #: What the file says its height is.
    height: int | None = None


@dataclass(frozen=True, slots=True)
class _Segment:
    """Blocks that link without a hole, and the height of the first."""

    first: int
    blocks: Sequence[Found]

    @property
    def last(self) -> int:
        return self.first + len(self.blocks) - 1

    @property
    def work(self) -> int:
        return sum(block.header.work for block in self.blocks)


@dataclass(frozen=True, slots=True)
class _Coin:
    """An output, and the height of the block that made it where that is known."""

    amount: int
    script: bytes
    since: int | None


@dataclass(slots=True)
class _Reader:
    network: Network
    faults: list[RowFault]
    notes: list[str]
    signing: Collection[str] | None
    #: Outputs not yet spent, by transaction and number.
    coins: dict[bytes, _Coin] = field(default_factory=dict)
    spent: set[bytes] = field(default_factory=set)
    #: Every block from the chain's first on was read, so that every output is known.
    whole: bool = True
    silent: int = 0
    missing: int = 0

    def fault(self, block: Found, what: str, do: str) -> None:
        self.faults.append(RowFault(block.file, block.line, what, do))


def chain_of(
    found: Iterable[Found],
    network: Network,
    faults: list[RowFault],
    notes: Iterable[str] = (),
    signing: Collection[str] | None = None,
) -> ChainRead:
    """Return the chain with the most work among blocks in any order, siblings and doubles told.

    `faults` is added to, also by blocks as they are read. Signatures are verified for inputs of
    the addresses `signing`, by default of all: that is two thirds of the time.
    """
    reader = _Reader(network, faults, list(notes), signing)
    blocks = _sound(found, reader)
    segments = _apart(_segments(blocks, reader), reader)
    headers: list[Block] = []
    transactions: list[ChainTransaction] = []
    reader.whole = bool(segments) and segments[0].first <= 1
    for place, segment in enumerate(segments):
        reader.whole &= not place or segments[place - 1].last + 1 == segment.first
        for height, block in enumerate(segment.blocks, segment.first):
            header = block.header
            headers.append(Block(height, header.id, header.parent, header.time, block.file))
            transactions += _transactions(block, height, reader)
    if reader.missing:
        first = headers[0].height
        reader.notes.append(
            f"{reader.missing} transactions spend outputs of blocks that are not in the files "
            f"(they begin at {first}): balances of the addresses concerned are not shown from there"
        )
    if reader.silent:
        reader.notes.append(
            f"{reader.silent} inputs show no signature that verifies by a form known here"
        )
    return ChainRead(
        network.chain,
        "bitcoin",
        tuple(headers),
        tuple(transactions),
        tuple(reader.faults),
        tuple(reader.notes),
    )


def _sound(found: Iterable[Found], reader: _Reader) -> dict[str, Found]:
    """Return the blocks whose headers have their work, by hash; the first of doubles."""
    blocks: dict[str, Found] = {}
    doubled = 0
    for block in found:
        header = block.header
        if not 0 < header.target <= reader.network.limit or not header.worked:
            reader.fault(
                block,
                f"the block at {block.where} does not have the work its header claims",
                "Ask for the file again from the node: these bytes were changed or are no block",
            )
            continue
        doubled += header.id in blocks
        blocks.setdefault(header.id, block)
    if doubled:
        reader.notes.append(f"{doubled} blocks stand in the files twice and count once")
    return blocks


def _segments(blocks: dict[str, Found], reader: _Reader) -> list[_Segment]:
    """Return the best branch of each tree of blocks, with heights; what is beside it is told."""
    parents = {name: block.header.parent for name, block in blocks.items()}
    work = {name: block.header.work for name, block in blocks.items()}
    segments = []
    for branch in branches(parents, work):
        if branch.ends:
            reader.fault(
                blocks[branch.ends[0]],
                f"{len(branch.ends)} branches end with the same work, in the blocks "
                f"{', '.join(branch.ends[:_NAMED])}: which of them the chain is cannot be said, so "
                "it ends before they part",
                "Add a later block of the node, which decides it",
            )
        first = _first_height([blocks[name] for name in branch.names], reader)
        if first is None:
            continue
        segments.append(_Segment(first, [blocks[name] for name in branch.names]))
        for name, depth in branch.beside[:_NAMED] if not branch.ends else ():
            block = blocks[name]
            reader.notes.append(
                f"block {name} of height {first + depth} ({block.file}, {block.where}) is not on "
                "the chain with the most work: its transactions do not count"
            )
        if len(branch.beside) > _NAMED:
            more = len(branch.beside) - _NAMED
            reader.notes.append(f"{more} further blocks are not on the chain with the most work")
    return segments


def _first_height(branch: Sequence[Found], reader: _Reader) -> int | None:
    """Return the height of a branch's first block; None, with a fault, where nothing says it."""
    if not branch:
        return None
    header = branch[0].header
    if header.id == reader.network.genesis:
        return 0
    if header.parent == reader.network.genesis:
        return 1
    given = {block.height - at for at, block in enumerate(branch) if block.height is not None}
    stated: dict[int, int] = {}
    for at, block in enumerate(branch[:_ASKED]):
        if block.header.version < 2:
            continue
        try:
            height = stated_height(block.read())
        except NotABlockError:
            continue
        # Below the height from which it is a rule, a coinbase may begin with any number.
        if height is not None and height >= reader.network.bip34:
            stated[height - at] = stated.get(height - at, 0) + 1
    for heights in (set(stated), given):
        if len(heights) == 1 and min(heights) > 0:
            return min(heights)
    reader.fault(
        branch[0],
        f"nothing says how high the block {header.id} is: it does not follow the chain's first, "
        "and it and those that follow it do not state their height alike",
        "Add the blocks before it, or `getblock` of it from the node, which says its height",
    )
    return None


def _apart(segments: Sequence[_Segment], reader: _Reader) -> list[_Segment]:
    """Return segments in order of height; of two for the same heights, that with more work."""
    spans = [Span(part.first, part.last, part.work, at) for at, part in enumerate(segments)]
    chosen, out = apart(spans)
    kept = [segments[span.index] for span in chosen]
    for span, rival in out:
        segment = segments[span.index]
        reader.fault(
            segment.blocks[0],
            f"blocks {span.first} to {span.last} from {segment.blocks[0].header.id} on are of "
            f"another branch than blocks {rival.first} to {rival.last}, which have more work, and "
            "where they part is not in the files: they do not count",
            "Add the blocks between, so that the branches can be told apart",
        )
    for before, after in pairwise(kept):
        reader.fault(
            after.blocks[0],
            f"blocks {before.last + 1} to {after.first - 1} are not in the files"
            if before.last + 1 < after.first
            else f"block {after.first} does not follow block {before.last}",
            "Ask for the files that have them: no balance after the gap is shown",
        )
    return kept


def _transactions(block: Found, height: int, reader: _Reader) -> list[ChainTransaction]:
    try:
        rows = block.read()
    except NotABlockError as wrong:
        what = f"block {height} ({block.where}) does not read: {wrong}"
        reader.fault(block, what, "Ask for the file again from the node: these bytes were changed")
        reader.whole = False
        return [
            ChainTransaction(
                f"block:{block.header.id}", height, 0, (), file=block.file, why=what,
                unknown=(COIN, FEE),
            )
        ]  # fmt: skip
    if height >= reader.network.bip34 and stated_height(rows) != height:
        reader.fault(
            block,
            f"block {height} ({block.where}) states the height {stated_height(rows)}",
            "Ask for the file again from the node, and which chain it is of",
        )
    if block.header.id == reader.network.genesis:
        reader.notes.append("what the first block of the chain pays can never be spent (by rule)")
        return []
    return [_transaction(row, block, height, position, reader) for position, row in enumerate(rows)]


@dataclass(slots=True)
class _Sums:
    """What one transaction takes and pays, and what is amiss with it."""

    row: Transaction
    block: Found
    height: int
    reader: _Reader
    legs: list[Leg] = field(default_factory=list)
    coins: list[tuple[int, bytes] | None] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    suspected: set[str] = field(default_factory=set)
    why: str = ""

    def wrong(self, why: str) -> None:
        self.why = why
        self.reader.fault(
            self.block, why, "Ask for the files again from the node: these cannot be its chain"
        )

    def spend(self) -> None:
        """Take the outputs that its inputs name."""
        for place, spent in enumerate(self.row.inputs):
            coin = self._coin(place, spent)
            address = "" if coin is None else address_of(coin.script, self.reader.network)
            self.coins.append(None if coin is None else (coin.amount, coin.script))
            self.addresses.append(address)
            if coin is None:
                self.suspected |= suspects(spent, self.reader.network)
            elif coin.amount:
                row = f"input {place}"
                self.legs.append(Leg(address, NATIVE, -coin.amount, place, row, coin.since))

    def _coin(self, place: int, spent: Input) -> _Coin | None:
        """Return the output that an input spends; None where it is not known."""
        reader = self.reader
        what = f"input {place} of transaction {self.row.id}"
        if spent.output in reader.spent:
            self.wrong(f"{what} spends an output that was spent before")
            return None
        reader.spent.add(spent.output)
        coin = reader.coins.pop(spent.output, None)
        if coin is None and spent.spent is None:
            why = f"{what} spends an output of a block that is not in the files"
            if reader.whole:
                self.wrong(why)
            self.why = why
        differs = ""
        if coin is not None and spent.spent not in (None, (coin.amount, coin.script)):
            differs = "amount or script"
        elif coin is not None and spent.since not in (None, coin.since):
            differs = "height"
        if differs:
            reader.fault(
                self.block,
                f"{what} is said to spend another {differs} than the output it names has; "
                "the output itself was used",
                "Ask the node for the block again",
            )
        if coin is None and spent.spent is not None and not self._opens(spent, spent.spent[1]):
            self.wrong(f"{what} does not open the script that it is said to spend")
            return None
        return coin or self._said(what, spent)

    def _said(self, what: str, spent: Input) -> _Coin | None:
        """Return an output of a block that is not in the files, as the file prints it."""
        if spent.spent is None:
            return None
        since = spent.since
        if since is not None and since > self.height:
            self.reader.fault(
                self.block,
                f"{what} is said to spend an output of block {since}, and it is of block "
                f"{self.height}: how old the output is was not read",
                "Ask the node for the block again",
            )
            since = None
        return _Coin(*spent.spent, since)

    def _opens(self, spent: Input, script: bytes) -> bool:
        """Return whether an input shows the key or script of an output that is only said."""
        address = address_of(script, self.reader.network)
        return any(
            address.startswith(name[:-1]) if name.endswith("*") else address == name
            for name in suspects(spent, self.reader.network)
        )

    def pay(self) -> None:
        """Make its outputs."""
        for place, (amount, script) in enumerate(self.row.outputs):
            address = address_of(script, self.reader.network)
            if not 0 <= amount <= MOST_COINS:
                self.wrong(
                    f"output {place} of transaction {self.row.id} pays {amount} units, as no chain "
                    "allows"
                )
                self.suspected.add(address)
                continue
            if address:
                self.reader.coins[self.row.txid + place.to_bytes(4, "little")] = _Coin(
                    amount, script, self.height
                )
            if amount:
                self.legs.append(Leg(address, NATIVE, amount, place, f"output {place}"))

    def fee(self) -> int:
        """Return what nobody got; 0 where that is not known."""
        fee = 0 if self.why or self.row.is_coinbase else -sum(leg.amount for leg in self.legs)
        if fee < 0:
            self.wrong(f"transaction {self.row.id} pays more than its inputs have")
            self.suspected.update(leg.address for leg in self.legs)
            return 0
        stated = self.row.stated_fee
        if not self.why and stated is not None and stated != fee and not self.row.is_coinbase:
            self.reader.fault(
                self.block,
                f"the fee of transaction {self.row.id} is said to be {stated} units and is {fee}, "
                "by its inputs and outputs, which were used",
                "Ask the node for the block again",
            )
        return fee


def _transaction(
    row: Transaction, block: Found, height: int, position: int, reader: _Reader
) -> ChainTransaction:
    if row.txid + b"\0" * 4 in reader.coins:
        # Twice on the real chain, before BIP-30: the second takes the place of the first.
        reader.notes.append(
            f"transaction {row.id} of block {height} is one that an earlier block has too: its "
            "outputs replace those, and it counts once"
        )
        return ChainTransaction(
            f"{row.id}:again", height, position, (), from_outside=True, file=block.file
        )
    sums = _Sums(row, block, height, reader)
    if not row.is_coinbase:
        sums.spend()
    sums.pay()
    fee = sums.fee()
    reader.missing += bool(sums.why)
    asked = [
        address if reader.signing is None or address in reader.signing else ""
        for address in sums.addresses
    ]
    signers, silent = signers_of(row, sums.coins, asked) if any(asked) else ((), 0)
    reader.silent += silent
    return ChainTransaction(
        row.id,
        height,
        position,
        tuple(sums.legs),
        fee,
        signers=signers,
        from_outside=row.is_coinbase,
        file=block.file,
        unknown=(COIN, FEE) if sums.why else (),
        suspects=tuple(sorted(sums.suspected)) if sums.why else (),
        why=sums.why,
    )
