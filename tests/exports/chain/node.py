"""A node of Ethereum's kind in memory: blocks with calls and logs, printed as RPC or as tables."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from forthwith.exports.chain.evm_chain import TRANSFER

TOKEN = "0x" + "70" * 20


def account(number: int) -> str:
    """An address."""
    return f"0x{number:040x}"


def topic(address: str) -> str:
    """An address as a topic."""
    return "0x" + "0" * 24 + address[2:]


@dataclass
class Call:
    """One call and those it makes."""

    kind: str
    source: str
    target: str
    value: int = 0
    failed: bool = False
    calls: list[Call] = field(default_factory=list)
    data: str = "0x"

    def below(self, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Call]]:
        """Itself and all below it, callers first."""
        yield path, self
        for place, call in enumerate(self.calls):
            yield from call.below((*path, place))


@dataclass
class Event:
    """A log."""

    contract: str
    topics: list[str]
    data: str = "0x"


def transfer(source: str, target: str, amount: int, contract: str = TOKEN) -> Event:
    """A token transfer."""
    return Event(contract, [TRANSFER, topic(source), topic(target)], f"0x{amount:064x}")


@dataclass
class Act:
    """One transaction."""

    call: Call
    events: list[Event] = field(default_factory=list)
    gas: int = 50_000
    price: int = 3
    kind: int = 2
    more: dict[str, object] = field(default_factory=dict)
    receipt: dict[str, object] = field(default_factory=dict)


def digest(*parts: object) -> str:
    """A hash."""
    return "0x" + hashlib.sha256(repr(parts).encode()).hexdigest()


class Node:
    """Grows a chain; prints it."""

    def __init__(self, chain: int = 1, first: int = 100) -> None:
        self.chain, self.first = chain, first
        self.blocks: list[dict[str, object]] = []
        self.receipts: list[dict[str, object]] = []
        self.traces: list[tuple[str, int, Call]] = []
        self._parent = digest("parent")
        self.salt = 0

    def block(self, *acts: Act, parent: str = "", number: int | None = None, **more: object) -> str:
        """Add a block of transactions; return its hash."""
        height = self.first + len(self.blocks) if number is None else number
        parent = parent or self._parent
        self.salt += 1
        name = digest(height, parent, self.salt)
        sent, logs = [], 0
        for at, act in enumerate(acts):
            ident = digest(name, at)
            creates = act.call.kind == "CREATE"
            sent.append({
                "hash": ident, "blockNumber": hex(height), "blockHash": name,
                "transactionIndex": hex(at), "from": act.call.source,
                "to": None if creates else act.call.target, "value": hex(act.call.value),
                "input": act.call.data, "type": hex(act.kind), "gasPrice": hex(act.price),
                "chainId": hex(self.chain), "nonce": "0x0", "gas": "0x0", **act.more,
            })  # fmt: skip
            events = [] if act.call.failed else act.events
            self.receipts.append({
                "transactionHash": ident, "blockNumber": hex(height), "blockHash": name,
                "transactionIndex": hex(at), "from": act.call.source, "gasUsed": hex(act.gas),
                "cumulativeGasUsed": hex(act.gas), "effectiveGasPrice": hex(act.price),
                "status": hex(not act.call.failed), "type": hex(act.kind),
                "logs": [
                    {"address": event.contract, "topics": event.topics, "data": event.data,
                     "logIndex": hex(logs + place)}
                    for place, event in enumerate(events)
                ], **act.receipt,
            })  # fmt: skip
            logs += len(events)
            self.traces.append((ident, height, act.call))
        self.blocks.append({
            "number": hex(height), "hash": name, "parentHash": parent,
            "timestamp": hex(1_700_000_000 + 12 * height), "miner": account(0),
            "baseFeePerGas": "0x1", "difficulty": "0x0",
            "gasUsed": hex(sum(act.gas for act in acts)), "transactions": sent, **more,
        })  # fmt: skip
        self._parent = name
        return name

    def json(self, *, parity: bool = False) -> list[tuple[str, bytes]]:
        """Blocks, receipts and traces, a line each."""
        traces: list[object] = []
        for ident, height, call in self.traces:
            if parity:
                traces += [_parity(ident, height, path, below) for path, below in call.below()]
            else:
                traces.append({"tx": ident, "result": _tracer(call)})
        return [
            lines("blocks.jsonl", self.blocks),
            lines("receipts.jsonl", self.receipts),
            lines("traces.jsonl", traces),
        ]

    def tables(self) -> list[tuple[str, bytes]]:
        """The same as ethereum-etl's tables, with logs and transfers."""
        sent = [row for block in self.blocks for row in block["transactions"]]  # type: ignore[attr-defined]
        logs = [(receipt, log) for receipt in self.receipts for log in receipt["logs"]]  # type: ignore[attr-defined]
        number = lambda value: int(str(value), 16)  # noqa: E731
        return [
            table("blocks.csv", [
                {"number": number(b["number"]), "hash": b["hash"], "parent_hash": b["parentHash"],
                 "timestamp": number(b["timestamp"]), "miner": b["miner"], "base_fee_per_gas": 1,
                 "difficulty": 0, "transaction_count": len(b["transactions"]),  # type: ignore[arg-type]
                 "gas_used": number(b["gasUsed"])}
                for b in self.blocks]),
            table("transactions.csv", [
                {"hash": t["hash"], "nonce": 0, "block_hash": t["blockHash"],
                 "block_number": number(t["blockNumber"]),
                 "transaction_index": number(t["transactionIndex"]), "from_address": t["from"],
                 "to_address": t["to"] or "", "value": number(t["value"]), "input": t["input"],
                 "transaction_type": number(t["type"]), "gas_price": number(t["gasPrice"]),
                 "chain_id": self.chain}
                for t in sent]),
            table("receipts.csv", [
                {"transaction_hash": r["transactionHash"], "block_number": number(r["blockNumber"]),
                 "block_hash": r["blockHash"], "transaction_index": number(r["transactionIndex"]),
                 "gas_used": number(r["gasUsed"]), "status": number(r["status"]),
                 "effective_gas_price": number(r["effectiveGasPrice"])}
                for r in self.receipts]),
            table("logs.csv", [
                {"log_index": number(log["logIndex"]), "transaction_hash": r["transactionHash"],
                 "block_number": number(r["blockNumber"]), "address": log["address"],
                 "data": log["data"], "topics": ",".join(log["topics"])}
                for r, log in logs]),
            table("token_transfers.csv", [
                {"token_address": log["address"], "from_address": "0x" + log["topics"][1][26:],
                 "to_address": "0x" + log["topics"][2][26:], "value": number(log["data"]),
                 "transaction_hash": r["transactionHash"], "log_index": number(log["logIndex"]),
                 "block_number": number(r["blockNumber"])}
                for r, log in logs if len(log["topics"]) == 3]),
            table("traces.csv", [
                {"block_number": height, "transaction_hash": ident, "from_address": call.source,
                 "to_address": call.target, "value": call.value, "trace_type": _etl(call.kind),
                 "call_type": call.kind.lower() if _etl(call.kind) == "call" else "",
                 "trace_address": ",".join(map(str, path)), "input": call.data,
                 "error": "Reverted" if call.failed else "", "status": int(not call.failed)}
                for ident, height, root in self.traces for path, call in root.below()]),
        ]  # fmt: skip


def lines(name: str, values: Sequence[object]) -> tuple[str, bytes]:
    """A file of one JSON value a line."""
    return name, "\n".join(json.dumps(value) for value in values).encode()


def table(name: str, rows: Sequence[dict[str, object]]) -> tuple[str, bytes]:
    """A CSV file; empty where there is no row."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else ["log_index", "address", "topics"])
    writer.writeheader()
    writer.writerows(rows)
    return name, text.getvalue().encode()


def _tracer(call: Call) -> dict[str, object]:
    found: dict[str, object] = {
        "type": call.kind, "from": call.source, "to": call.target, "value": hex(call.value),
        "gas": "0x0", "gasUsed": "0x0", "input": call.data,
    }  # fmt: skip
    if call.failed:
        found["error"] = "execution reverted"
    if call.calls:
        found["calls"] = [_tracer(inner) for inner in call.calls]
    return found


def _etl(kind: str) -> str:
    if kind in ("CREATE", "CREATE2"):
        return "create"
    return "suicide" if kind == "SELFDESTRUCT" else "call"


def _parity(ident: str, height: int, path: tuple[int, ...], call: Call) -> dict[str, object]:
    kind = _etl(call.kind)
    action: dict[str, object] = {"from": call.source, "value": hex(call.value)}
    result: dict[str, object] | None = {"gasUsed": "0x0"}
    if kind == "suicide":
        action = {
            "address": call.source, "refundAddress": call.target, "balance": hex(call.value)
        }  # fmt: skip
        result = None
    elif kind == "create":
        result = {"address": call.target}
    else:
        action |= {"to": call.target, "callType": call.kind.lower(), "input": call.data}
    return {
        "action": action, "result": None if call.failed else result, "type": kind,
        "traceAddress": list(path), "transactionHash": ident, "blockNumber": height,
        **({"error": "Reverted"} if call.failed else {}),
    }  # fmt: skip
