"""Blocks, receipts, logs and call frames of one chain of Ethereum's kind, put together.

Native value moves in call frames (`CALL`, `CREATE`, `CREATE2`, `SELFDESTRUCT`), never in frames
that borrow code, nor below a failed one. Tokens move by `Transfer` logs with three topics (ERC-20);
with four it is an NFT and its number no amount. Whatever the files do not say of a transaction is
named in it as unknown, never taken for nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from forthwith.domain.chain import (
    COIN,
    FEE,
    NATIVE,
    TOKENS,
    Block,
    ChainRead,
    ChainTransaction,
    Leg,
    SafeChange,
)
from forthwith.exports.chain.branches import Span, apart, branches
from forthwith.exports.chain.evm_signers import signers_of
from forthwith.exports.chain.evm_telling import Frame, Header, Log, Place, Receipt, Sent, Telling
from forthwith.exports.ethereum.address import NOBODY, keccak_256
from forthwith.exports.ethereum.safe.owner_logs import TOPICS, safe_change

#: Keccak-256 of "Transfer(address,address,uint256)" (ERC-20, ERC-721).
TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
#: "Deposit(address,uint256)", "Withdrawal(address,uint256)": wrapped coins that log no Transfer.
_WRAPPED = {
    "0xe1fffcc4923d04b559f4d29a8bfc6cda04eb5b0d3c460751c2402c5c5cc9109c": 1,
    "0x7fcf532c15f0a6db0bd6d0e038bea71d30d808c7d98cb3bf7268a95bf5081b65": -1,
}
#: "TransferSingle", "TransferBatch" (ERC-1155).
_MANY = (
    "0xc3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62",
    "0x4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb",
)
#: Wrapped coins whose code is known to log Deposit and Withdrawal alone, by chain.
_WETH9 = {"evm-1": frozenset(("0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2",))}
#: Gas of a transaction in which no code ran.
_PLAIN_GAS = 21_000
_GWEI = 10**9
#: Blocks that are named one by one.
_NAMED = 20
#: Log without being called: coins on Polygon, and as EIP-7708 has it.
_SYSTEM = frozenset((f"0x{0x1010:040x}", "0x" + "f" * 39 + "e"))
#: Calls that borrow code, or only look: the value in them is somebody else's.
_BORROWED = ("delegatecall", "callcode", "staticcall")
#: Calls that move the value they carry.
MOVES = ("call", "create", "create2", "selfdestruct")
KINDS = frozenset((*MOVES, *_BORROWED))
#: Deposits of rollups built on OP: no gas is paid, and `mint` comes from outside.
_DEPOSIT = 0x7E
#: Kinds of transaction of Ethereum itself (EIP-2718, 2930, 1559, 4844, 7702).
_PRICED = frozenset((0, 1, 2, 3, 4))
_KNOWN_KINDS = frozenset((0, 1, 2, 3, 4, _DEPOSIT))


def chain_of(told: Telling) -> ChainRead:
    """Return the chain that a telling makes, in order of height."""
    headers = _canonical(told)
    builder = _Builder(told, headers)
    blocks = tuple(
        Block(row.number, row.hash, row.parent, row.time, row.at.file) for row in headers
    )
    return ChainRead(
        told.chain,
        "evm",
        blocks,
        builder.transactions(),
        tuple(told.faults),
        (*told.notes, *builder.notes()),
        safe_changes=tuple(sorted(builder.safes, key=lambda row: (row.height, row.order))),
    )


def _canonical(told: Telling) -> list[Header]:
    """Return the longest run of headers that link; siblings are told and do not count."""
    headers = told.headers
    parents = {}
    for name, row in headers.items():
        before = headers.get(row.parent)
        follows = before is not None and before.number == row.number - 1
        # Where a number does not follow its parent's, the run begins anew and does not link.
        parents[name] = row.parent if follows else ""
    found = branches(parents, dict.fromkeys(headers, 1))
    runs = []
    for branch in found:
        if branch.ends:
            told.fault(
                headers[branch.ends[0]].at,
                f"{len(branch.ends)} branches are equally long, to the blocks "
                f"{', '.join(branch.ends[:_NAMED])}: which of them the chain is cannot be said, so "
                "it ends before they part",
                "Add a later block of the node, which decides it",
            )
        runs.append([headers[name] for name in branch.names])
        for name, _ in branch.beside if not branch.ends else ():
            told.notes.append(
                f"block {name} of height {headers[name].number} ({headers[name].at.file}) is not "
                "on the longest chain: its transactions do not count"
            )
    spans = [
        Span(run[0].number, run[-1].number, len(run), at) for at, run in enumerate(runs) if run
    ]
    chosen, out = apart(spans)
    for span, rival in out:
        told.fault(
            runs[span.index][0].at,
            f"blocks {span.first} to {span.last} are of another branch than blocks {rival.first} "
            f"to {rival.last}, which are more, and where they part is not in the files: they do "
            "not count",
            "Add the blocks between, so that the branches can be told apart",
        )
    return [row for span in chosen for row in runs[span.index]]


@dataclass(slots=True)
class _Builder:
    told: Telling
    headers: list[Header]
    #: Contracts that moved what is no amount: NFTs, several at once, odd transfers.
    odd: Counter[str] = field(default_factory=Counter)
    extra: int = 0
    #: Who may sign for Safes, as their logs say it.
    safes: list[SafeChange] = field(default_factory=list)
    #: Transactions that pay no price of gas.
    free: set[str] = field(default_factory=set)

    def transactions(self) -> tuple[ChainTransaction, ...]:
        told = self.told
        self.free = {row.id for row in told.sent.values() if row.kind not in _PRICED}
        canonical = {row.hash for row in self.headers}
        taken = {row.number for row in self.headers}

        def counts(block: int, block_hash: str) -> bool:
            return block_hash in canonical if block_hash and block in taken else True

        sent = {key[0]: row for key, row in told.sent.items() if counts(row.block, row.block_hash)}
        receipts = {
            key[0]: row for key, row in told.receipts.items() if counts(row.block, row.block_hash)
        }
        off = {name for name, _ in (*told.sent, *told.receipts)} - sent.keys() - receipts.keys()
        heights = {name: height for name, height in told.heights.items() if name not in off}
        heights |= {name: row.block for name, row in receipts.items()}
        heights |= {name: row.block for name, row in sent.items()}
        order: dict[str, int] = {}
        for header in self.headers:
            for place, name in enumerate(header.transactions or ()):
                heights[name] = header.number
                order[name] = place
        for source in (receipts.values(), sent.values()):
            order = {row.id: row.index for row in source if row.index is not None} | order
        by_height: dict[int, list[str]] = {}
        for name, height in heights.items():
            by_height.setdefault(height, []).append(name)
        found: list[ChainTransaction] = []
        by_number = {row.number: row for row in self.headers}
        if "" in told.doubts:
            aspects, why = told.doubts[""]
            lowest = min((*by_height, *by_number), default=0)
            found.append(
                ChainTransaction("rows", lowest, -1, (), unknown=tuple(sorted(aspects)), why=why)
            )
        for height in sorted({*by_height, *by_number}):
            names = by_height.get(height, [])
            names.sort(key=lambda name: order.get(name, len(order)))
            rows = [
                _One(self, sent.get(name), receipts.get(name), name, height, at).row()
                for at, name in enumerate(names)
            ]
            found += rows
            if height in by_number:
                known = [receipts[name] for name in names if name in receipts]
                found += self._of_block(by_number[height], rows, known)
        return tuple(found)

    def _of_block(
        self, header: Header, rows: Sequence[ChainTransaction], receipts: Sequence[Receipt]
    ) -> list[ChainTransaction]:
        """Return what a block does behind its transactions, and what is missing from it."""
        made: list[ChainTransaction] = []

        def add(
            name: str, legs: Sequence[Leg], unknown: Sequence[str] = (), **more: object
        ) -> None:
            made.append(
                ChainTransaction(
                    f"block:{header.hash}:{name}", header.number, len(rows) + len(made),
                    tuple(legs), from_outside=True, file=header.at.file, unknown=tuple(unknown),
                    **more,  # type: ignore[arg-type]
                )
            )  # fmt: skip

        for stake in header.withdrawals:
            row = f"withdrawal {stake.index}"
            leg = Leg(stake.address, NATIVE, stake.amount * _GWEI, stake.index, row)
            add(f"withdrawal:{stake.index}", [leg] if stake.amount else [])
        if header.count is not None and len(rows) < header.count:
            why = f"{header.count - len(rows)} transactions of block {header.number} are missing"
            self.told.fault(header.at, why, "Export the block again with all its transactions")
            add("missing", (), (COIN, TOKENS, FEE), why=why)
        whole = len(receipts) == len(rows)
        gas = sum(receipt.gas_used for receipt in receipts)
        if whole and rows and header.gas_used is not None and gas != header.gas_used:
            why = (
                f"the receipts of block {header.number} use {gas} gas, the block {header.gas_used}"
            )
            self.told.fault(header.at, why, "Export the block and its receipts again")
            add("gas", (), (FEE,), why=why, suspects=tuple(sorted({row.fee_payer for row in rows})))
        why = self._logs_missing(receipts) if whole else ""
        if why:
            why = f"block {header.number} {why}"
            self.told.fault(header.at, why, "Export the receipts of the block again")
            add("logs", (), (TOKENS,), why=why)
        for receipt in receipts:
            price = receipt.price
            if price is not None and price < (header.base_fee or 0) and receipt.id not in self.free:
                why = f"transaction {receipt.id} paid a price below its block's base fee"
                self.told.fault(receipt.at, why, "Export its receipt again")
                add(f"price:{receipt.id}", (), (FEE,), why=why, suspects=(receipt.sender,))
        self._rewards(header, receipts, add, whole=whole)
        return made

    @staticmethod
    def _logs_missing(receipts: Sequence[Receipt]) -> str:
        """Return what is amiss with the numbers of a block's logs: from 0, without a hole."""
        if any(receipt.logs is None for receipt in receipts):
            return ""
        numbers = sorted(log.index for receipt in receipts for log in receipt.logs or ())
        wrong = next((at for at, number in enumerate(numbers) if number != at), None)
        if wrong is None:
            # The last logs leave no hole in the numbers, but their marks.
            last = max((row for row in receipts if row.logs), key=_last_log, default=None)
            marked = [row for row in receipts if row.bloom and (not row.logs or row is last)]
            changed = any(bloom_of(row.logs or ()) != row.bloom for row in marked)
            return "has receipts whose logs are not those of their blooms" if changed else ""
        lost = numbers[wrong] > wrong
        return f"lacks the log {wrong}" if lost else f"has two logs of the number {numbers[wrong]}"

    def _rewards(
        self, header: Header, receipts: Sequence[Receipt], add: object, *, whole: bool
    ) -> None:
        """Add what the block's maker got: tips, and before the merge rewards from nobody."""
        rewards = [
            *self.told.rewards.get(header.hash, ()), *self.told.rewards.get(header.number, ())
        ]  # fmt: skip
        for place, (author, amount, row) in enumerate(rewards):
            add(f"reward:{place}", [Leg(author, NATIVE, amount, place, row)])  # type: ignore[operator]
        if header.miner in ("", NOBODY):
            return
        priced = [receipt for receipt in receipts if receipt.price is not None]
        if header.difficulty and not rewards:
            why = (
                f"what the maker of block {header.number} was paid needs `trace_block`, which "
                "lists rewards"
            )
            add("reward", (), (COIN,), suspects=(header.miner,), why=why)  # type: ignore[operator]
        elif not whole or len(priced) < len(receipts) or (header.base_fee is None and receipts):
            why = f"tips to the maker of block {header.number} need all receipts and its base fee"
            add("tips", (), (COIN,), suspects=(header.miner,), why=why)  # type: ignore[operator]
        else:
            tips = sum(row.gas_used * ((row.price or 0) - (header.base_fee or 0)) for row in priced)
            leg = Leg(header.miner, NATIVE, tips, 0, "tips")
            if tips > 0:
                add("tips", [leg])  # type: ignore[operator]

    def notes(self) -> list[str]:
        said = [
            f"{count} logs of {key}" for key, count in sorted(self.odd.items(), key=lambda p: p[0])
        ]
        if self.extra:
            said.append(
                f"the fees of {self.extra} transactions have a part for blobs or for layer 1"
            )
        return said


@dataclass(slots=True)
class _One:
    """One transaction put together."""

    builder: _Builder
    sent: Sent | None
    receipt: Receipt | None
    name: str
    height: int
    position: int
    unknown: dict[str, None] = field(default_factory=dict)
    suspects: set[str] = field(default_factory=set)
    everybody: bool = False
    succeeded: bool | None = None
    why: str = ""

    def missing(self, aspect: str, why: str, suspects: Iterable[str] = ()) -> None:
        self.unknown[aspect] = None
        self.why = self.why or why
        suspects = set(suspects) - {""}
        self.suspects |= suspects
        self.everybody |= not suspects

    def row(self) -> ChainTransaction:
        told = self.builder.told
        frames = told.frames.get(self.name)
        aspects, doubt = told.doubts.get(self.name, (set(), ""))
        for aspect in sorted(aspects):
            self.missing(aspect, doubt)
        sender = self._sender(frames)
        self.succeeded = self._succeeded(frames)
        legs = [*self._coin(frames, sender), *self._tokens()]
        fee = self._fee(sender)
        signers = signers_of(
            sender,
            self.sent.to if self.sent else "",
            (self.sent.data or b"") if self.sent else b"",
            [frame for frame in _standing(frames or ()) if self.succeeded is not False],
            (self.receipt.logs or ()) if self.receipt else (),
        )
        source = self.sent or self.receipt
        return ChainTransaction(
            self.name,
            self.height,
            self.position,
            tuple(legs),
            fee,
            sender,
            signers,
            file=source.at.file if source else told.files.get(self.name, ""),
            unknown=tuple(self.unknown),
            suspects=() if self.everybody else tuple(sorted(self.suspects)),
            why=self.why,
        )

    def _sender(self, frames: Sequence[Frame] | None) -> str:
        if self.sent:
            return self.sent.sender
        if self.receipt and self.receipt.sender:
            return self.receipt.sender
        return frames[0].source if frames and not frames[0].path else ""

    def _succeeded(self, frames: Sequence[Frame] | None) -> bool | None:
        said = self.receipt.succeeded if self.receipt else None
        root = frames[0] if frames and not frames[0].path else None
        if said is None:
            return None if root is None else not root.failed
        if root is not None and root.failed == said:
            why = f"transaction {self.name} succeeded by one file and failed by another"
            self.builder.told.fault(self._at(), why, "Export its receipt and its trace again")
            for aspect in (COIN, TOKENS):
                self.missing(aspect, why)
        return said

    def _at(self) -> Place:
        source = self.receipt or self.sent
        return source.at if source else Place(self.builder.told.files.get(self.name, ""), 0)

    def _coin(self, frames: Sequence[Frame] | None, sender: str) -> list[Leg]:
        sent, succeeded = self.sent, self.succeeded
        legs: list[Leg] = []
        if sent and sent.mint:
            legs.append(Leg("", NATIVE, -sent.mint, 0, "mint"))
            legs.append(Leg(sender, NATIVE, sent.mint, 0, "mint"))
        if sent and sent.kind not in _KNOWN_KINDS:
            why = (
                f"transaction {self.name} is of kind {sent.kind:#x}, whose rules are not read here"
            )
            self.missing(COIN, why)
        if succeeded is False:
            return legs
        if frames:
            return [*legs, *self._of_frames(frames)]
        target = sent.to if sent else ""
        if sent and sent.value and succeeded and target:
            legs += [
                Leg(sender, NATIVE, -sent.value, 0, "frame 0"),
                Leg(target, NATIVE, sent.value, 0, "frame 0"),
            ]
        plain = self.receipt is not None and self.receipt.gas_used == _PLAIN_GAS
        if not (
            plain and sent and not sent.data and sent.data is not None and target and succeeded
        ):
            self.missing(
                COIN,
                f"transaction {self.name} ran code, and its trace (`debug_traceTransaction` with "
                "callTracer, or `trace_block`) is not in the files",
            )
        return legs

    def _of_frames(self, frames: Sequence[Frame]) -> list[Leg]:
        if frames[0].path or (why := self._root_differs(frames[0])):
            why = (
                f"the trace of transaction {self.name} lacks its first call"
                if frames[0].path
                else why
            )
            self.builder.told.fault(self._at(), why, "Export the trace again")
            self.missing(COIN, why)
        standing = _standing(frames)
        legs: list[Leg] = []
        for order, frame in enumerate(standing):
            if not frame.value or frame.kind not in MOVES:
                continue
            if frame.source == frame.target and frame.kind == "selfdestruct":
                why = (
                    f"in transaction {self.name} {frame.source} destroys itself in favour of "
                    "itself: whether its coins are gone depends on the rules of that day"
                )
                self.missing(COIN, why, (frame.source,))
                continue
            legs.append(Leg(frame.source, NATIVE, -frame.value, order, frame.row))
            legs.append(Leg(frame.target, NATIVE, frame.value, order, frame.row))
        reached = {
            frame.target for frame in standing if frame.kind not in ("delegatecall", "callcode")
        }
        logs = (self.receipt.logs or ()) if self.receipt else ()
        strays = {log.contract for log in logs} - reached - _SYSTEM
        stray = min(strays, default="")
        if stray:
            why = f"the trace of transaction {self.name} has no call of {stray}, which logged in it"
            self.builder.told.fault(
                self._at(), why, "Export the trace again with all its calls (not onlyTopCall)"
            )
            self.missing(COIN, why)
        return legs

    def _root_differs(self, root: Frame) -> str:
        sent = self.sent
        if sent is None:
            return ""
        same = root.source == sent.sender and root.value == sent.value
        if same and (not sent.to or root.target == sent.to):
            return ""
        return f"the trace of transaction {self.name} is not that of what was sent"

    def _tokens(self) -> list[Leg]:
        told, succeeded = self.builder.told, self.succeeded
        if self.receipt is not None and self.receipt.logs is not None:
            legs: list[Leg] = []
            for log in self.receipt.logs if succeeded is not False else ():
                legs += self._of_log(log)
                if log.topics and log.topics[0] in TOPICS:
                    order = (self.position, log.index)
                    data = log.data.hex()
                    change = safe_change(log.contract, log.topics, data, self.height, order)
                    self.builder.safes += [change] if change else []
            return legs
        if succeeded is False:
            return []
        if not told.tokens_told:
            self.missing(TOKENS, f"the logs of transaction {self.name} are not in the files")
            return []
        return [
            leg
            for row in told.transfers.get(self.name, ())
            for leg in transfer_legs(row.contract, row.source, row.target, row.amount, row.index)
        ]

    def _of_log(self, log: Log) -> list[Leg]:
        first = log.topics[0] if log.topics else ""
        if first in _WRAPPED:
            return self._wrapped(log, _WRAPPED[first])
        if first in _MANY:
            self.builder.odd[
                f"{log.contract} move several kinds at once (ERC-1155): no amounts"
            ] += 1
        if first != TRANSFER:
            return []
        if len(log.topics) == 4:
            self.builder.odd[
                f"{log.contract} move NFTs (four topics): their numbers are no amounts"
            ] += 1
            return []
        ends = [topic_address(topic) for topic in log.topics[1:]]
        if len(log.topics) != 3 or len(log.data) != 32 or "" in ends:
            self.builder.odd[f"{log.contract} are Transfers of another shape than ERC-20's"] += 1
            if len(log.topics) == 3:
                why = (
                    f"log {log.index} of transaction {self.name} is no ERC-20 transfer by its data"
                )
                self.builder.told.fault(self._at(), why, "Ask for the receipt again")
                self.missing(TOKENS, why, set(ends))
            return []
        amount = int.from_bytes(log.data, "big")
        return transfer_legs(log.contract, ends[0], ends[1], amount, log.index)

    def _wrapped(self, log: Log, sign: int) -> list[Leg]:
        """Coins wrapped or unwrapped without a Transfer: certain for known code alone."""
        owner = topic_address(log.topics[1]) if len(log.topics) == 2 else ""
        if not owner or len(log.data) != 32:
            return []
        amount = int.from_bytes(log.data, "big")
        told = self.builder.told
        if log.contract in _WETH9.get(told.chain, ()):
            ends = (NOBODY, owner) if sign > 0 else (owner, NOBODY)
            return transfer_legs(log.contract, *ends, amount, log.index)
        logs = (self.receipt.logs or ()) if self.receipt else ()
        beside = any(
            other.contract == log.contract
            and other.topics[:1] == (TRANSFER,)
            and other.data == log.data
            and NOBODY in map(topic_address, other.topics[1:3])
            for other in logs
        )
        if not beside and amount:
            self.builder.odd[
                f"{log.contract} say Deposit or Withdrawal without a Transfer, as wrapped coins do"
            ] += 1
            self.missing(
                TOKENS,
                f"log {log.index} of transaction {self.name} may change the balance of {owner} at "
                f"{log.contract} without a Transfer",
                (owner,),
            )
        return []

    def _fee(self, sender: str) -> int:
        receipt, sent = self.receipt, self.sent
        if sent and sent.kind == _DEPOSIT:
            return 0
        price = receipt.price if receipt and receipt.price is not None else None
        # Before EIP-1559 the price offered is the price paid; later it is only where no more
        # precise one stands beside it, and then it is the greatest that can have been paid.
        if price is None and receipt and sent and sent.kind in (0, 1):
            price = sent.gas_price
        if receipt is None or price is None:
            why = f"what transaction {self.name} cost is not in the files (its receipt)"
            self.missing(FEE, why, (sender,))
            return 0
        self.builder.extra += bool(receipt.extra)
        return receipt.gas_used * price + receipt.extra


def _last_log(receipt: Receipt) -> int:
    return max((log.index for log in receipt.logs or ()), default=-1)


def bloom_of(logs: Iterable[Log]) -> bytes:
    """Return the marks of logs: three bits for each contract and topic (Yellow Paper, 4.3.1)."""
    marks = 0
    for log in logs:
        for text in (log.contract, *log.topics):
            marks |= _marks(text)
    return marks.to_bytes(256, "big")


@lru_cache(maxsize=1 << 16)
def _marks(text: str) -> int:
    digest = keccak_256(bytes.fromhex(text[2:]))
    places = (int.from_bytes(digest[at : at + 2], "big") % 2048 for at in (0, 2, 4))
    return sum({1 << place for place in places})


def _standing(frames: Iterable[Frame]) -> list[Frame]:
    """Return the frames that are neither failed nor below a failed one, callers first."""
    failed: set[tuple[int, ...]] = set()
    standing = []
    for frame in sorted(frames, key=lambda frame: frame.path):
        if frame.failed or (frame.path and frame.path[:-1] in failed):
            failed.add(frame.path)
        else:
            standing.append(frame)
    return standing


def transfer_legs(contract: str, source: str, target: str, amount: int, index: int) -> list[Leg]:
    """Return the two legs of a token transfer; none where it moves nothing."""
    if not amount:
        return []
    row = f"log {index}"
    return [Leg(source, contract, -amount, index, row), Leg(target, contract, amount, index, row)]


def topic_address(topic: str) -> str:
    """Return the address in a topic; "" where it holds something else."""
    return f"0x{topic[26:]}" if len(topic) == 66 and topic[2:26] == "0" * 24 else ""
