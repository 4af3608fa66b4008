"""Ethereum as a node answers: blocks, receipts, traces, in any mixture of files.

`eth_getBlockByNumber` with whole transactions; `eth_getBlockReceipts`, or receipts one by one;
`debug_traceTransaction` and `debug_traceBlock` with callTracer, `trace_block`, `trace_transaction`.
Numbers are whole: hexadecimal, or decimal digits; a number with a point or an exponent is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from forthwith.domain.chain import COIN, FEE, TOKENS, ChainRead
from forthwith.domain.fact_tables import RowFault
from forthwith.exports.chain.evm_chain import KINDS, MOVES, chain_of
from forthwith.exports.chain.evm_telling import (
    Frame,
    Header,
    Log,
    Place,
    Receipt,
    Sent,
    Telling,
    Withdrawal,
)
from forthwith.exports.chain.json_rows import JsonRow, rows
from forthwith.exports.ethereum.address import address

_HASH = re.compile(r"0x[0-9a-fA-F]{64}")
_IN_NAME = re.compile(r"0x[0-9a-fA-F]{64}|(?<![0-9a-fA-F])[0-9a-fA-F]{64}(?![0-9a-fA-F])")
_AGAIN = "Export it again from the node"
_MOST = 1 << 256
#: Root of a tree of nothing.
_EMPTY_ROOT = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"


class NotAValueError(ValueError):
    """A member is missing or is not what it should be; the message says which."""


def read(files: Sequence[tuple[str, bytes]], chain: str = "") -> ChainRead:
    """Return the chain that files tell, each as name and bytes.

    `chain` names it, as "evm-1", where no transaction does by its chain id.
    """
    return replace(chain_of(telling(files, chain)), files=tuple(sorted(name for name, _ in files)))


def telling(files: Sequence[tuple[str, bytes]], chain: str = "") -> Telling:
    """Return what files tell, not yet put together."""
    told = Telling(chain)
    ids: set[int] = set()
    for row in rows(files, told.faults):
        try:
            for part, value, beside in _parts(row.value, row.beside):
                part(told, value, beside, row)
        except NotAValueError as wrong:
            told.faults.append(
                RowFault(row.file, row.line, f"a value does not read: {wrong}", _AGAIN)
            )
    ids = {row.chain_id for row in told.sent.values() if row.chain_id}
    if len(ids) > 1:
        first = next(iter(told.sent.values()))
        told.fault(
            first.at,
            f"its transactions are of several chains, {', '.join(map(str, sorted(ids)))}",
            "Import each chain by itself",
        )
    elif ids:
        own = f"evm-{ids.pop()}"
        if chain and chain != own:
            told.fault(Place("", 0), f"the files are of {own}, not of {chain}", "Name that chain")
        told.chain = own
    return told


def _parts(
    value: Any, beside: Mapping[str, Any]
) -> Iterator[tuple[Any, dict[str, Any], Mapping[str, Any]]]:
    """Yield reader, value and what stands beside it. Raises NotAValueError for no known shape."""
    if isinstance(value, str) and re.fullmatch(r"0x[0-9a-fA-F]{1,16}", value):
        # A bare number is the answer to eth_chainId or eth_blockNumber: it says nothing to count.
        return
    if not isinstance(value, dict):
        raise NotAValueError("it is no object")
    for within, more in (("receipts", {"block": value.get("block")}), ("trace", value)):
        if isinstance(value.get(within), list):
            for inner in value[within]:
                yield from _parts(inner, {**beside, **more})
            return
    if "structLogs" in value:
        raise NotAValueError("it is a trace of single steps; ask for callTracer")
    names = value.keys()
    part = next((part for needed, part in _SHAPES if needed <= names), None)
    if part is None:
        raise NotAValueError(f"it is no block, receipt or trace ({', '.join(list(value)[:6])})")
    yield part, value, beside


def number(value: Any, what: str) -> int:
    """Return a whole number from 0 to 2^256 - 1. Raises NotAValueError."""
    found: int | None = None
    if isinstance(value, int) and not isinstance(value, bool):
        found = value
    elif isinstance(value, str) and re.fullmatch(r"0x[0-9a-fA-F]{1,64}", value):
        found = int(value, 16)
    elif isinstance(value, str) and re.fullmatch(r"[0-9]{1,78}", value):
        found = int(value)
    if found is None or not 0 <= found < _MOST:
        said = "is missing" if value is None else f"{str(value)[:40]!r} is not a whole number"
        raise NotAValueError(f"its {what} {said}")
    return found


def _maybe(value: Any, what: str) -> int | None:
    return None if value is None else number(value, what)


def _hash(value: Any, what: str) -> str:
    if not isinstance(value, str) or not _HASH.fullmatch(value):
        raise NotAValueError(f"its {what} {str(value)[:40]!r} is no hash")
    return value.lower()


def _address(value: Any, what: str) -> str:
    found = address(value)
    if not found:
        raise NotAValueError(f"its {what} {str(value)[:50]!r} is no address")
    return found


def _data(value: Any, what: str) -> bytes:
    if value is None:
        return b""
    try:
        text = value.removeprefix("0x")
        return bytes.fromhex(text)
    except (AttributeError, ValueError):
        raise NotAValueError(f"its {what} is not hexadecimal") from None


def _block(told: Telling, value: dict[str, Any], _: Mapping[str, Any], row: JsonRow) -> None:
    at = Place(row.file, row.line)
    listed = value.get("transactions")
    height = number(value["number"], "number")
    name = _hash(value.get("hash"), "hash")
    ids = None
    if isinstance(listed, list):
        ids = tuple(
            _hash(part.get("hash") if isinstance(part, dict) else part, "transaction")
            for part in listed
        )
    header = Header(
        height,
        name,
        _hash(value["parentHash"], "parentHash"),
        number(value.get("timestamp"), "timestamp"),
        _address(value.get("miner", value.get("author")), "miner"),
        _maybe(value.get("baseFeePerGas"), "baseFeePerGas"),
        number(value.get("difficulty", 0), "difficulty"),
        _paid_out(value),
        ids,
        len(ids) if ids is not None else None,
        _maybe(value.get("gasUsed"), "gasUsed"),
        at,
    )
    keep(told, told.headers, name, header, f"block {name}")
    for part in listed if isinstance(listed, list) else ():
        if isinstance(part, dict):
            _sent(told, {"blockNumber": value["number"], "blockHash": name, **part}, at)


def withdrawals(value: Any) -> tuple[Withdrawal, ...]:
    """Return a block's withdrawals. Raises NotAValueError."""
    if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
        raise NotAValueError("its withdrawals are no list of objects")
    return tuple(
        Withdrawal(
            number(part.get("index"), "withdrawal's index"),
            _address(part.get("address"), "withdrawal's address"),
            number(part.get("amount"), "withdrawal's amount"),
        )
        for part in value
    )


def _paid_out(block: Mapping[str, Any]) -> tuple[Withdrawal, ...]:
    given = block.get("withdrawals")
    found = withdrawals([] if given is None else given)
    if not found and block.get("withdrawalsRoot", _EMPTY_ROOT) not in (_EMPTY_ROOT, None):
        raise NotAValueError("its withdrawals are missing, and their root says there are some")
    return found


def keep(told: Telling, table: dict[Any, Any], key: Any, row: Any, what: str) -> None:
    """Keep a row; the same told again is dropped, another one under its name is a fault."""
    if table.setdefault(key, row) == row:
        return
    why = f"{what} stands in the files twice, differently"
    told.fault(row.at, why, "Find out which is right; until then nothing of it is shown")
    if isinstance(row, Sent | Receipt):
        told.doubt(row.id, (COIN, TOKENS, FEE), why)


def _sent_alone(told: Telling, value: dict[str, Any], _: Mapping[str, Any], row: JsonRow) -> None:
    if value.get("blockNumber") is not None:
        _sent(told, value, Place(row.file, row.line))


def _sent(told: Telling, value: dict[str, Any], at: Place) -> None:
    name = _hash(value.get("hash"), "hash")
    kind = number(value.get("type", 0), "type")
    found = Sent(
        name,
        number(value.get("blockNumber"), "blockNumber"),
        _hash(value["blockHash"], "blockHash") if value.get("blockHash") else "",
        _maybe(value.get("transactionIndex"), "transactionIndex"),
        _address(value.get("from"), "from"),
        _address(value["to"], "to") if value.get("to") else "",
        number(value.get("value"), "value"),
        _data(value.get("input", value.get("data")), "input"),
        kind,
        _maybe(value.get("gasPrice"), "gasPrice"),
        _chain_id(value),
        number(value.get("mint") or 0, "mint"),
        at,
    )
    keep(told, told.sent, (name, found.block_hash), found, f"transaction {name}")


def _chain_id(value: Mapping[str, Any]) -> int | None:
    """Return the chain a transaction names, itself or in its signature (EIP-155)."""
    if value.get("chainId") is not None:
        return number(value["chainId"], "chainId")
    v = _maybe(value.get("v"), "v")
    return (v - 35) // 2 if v is not None and v >= 35 else None


def _receipt(told: Telling, value: dict[str, Any], beside: Mapping[str, Any], row: JsonRow) -> None:
    name = _hash(value.get("transactionHash"), "transactionHash")
    try:
        found = _receipt_row(name, value, beside, row)
    except NotAValueError as wrong:
        told.doubt(name, (COIN, TOKENS, FEE), f"the receipt of {name} does not read: {wrong}")
        raise
    keep(told, told.receipts, (name, found.block_hash), found, f"the receipt of {name}")


def _receipt_row(
    name: str, value: dict[str, Any], beside: Mapping[str, Any], row: JsonRow
) -> Receipt:
    extra = number(value.get("l1Fee") or 0, "l1Fee")
    if value.get("operatorFeeConstant") or value.get("operatorFeeScalar"):
        raise NotAValueError("it has an operator fee, whose rule is not read here")
    if value.get("blobGasUsed"):
        blob = number(value["blobGasUsed"], "blobGasUsed")
        # Rollups write how much of a block it takes here, and charge nothing for it.
        if value.get("blobGasPrice") is not None:
            extra += blob * number(value["blobGasPrice"], "blobGasPrice")
        elif number(value.get("type", 0), "type") == 3:
            raise NotAValueError("its blobGasPrice is missing")
    logs = value.get("logs")
    status = value.get("status")
    return Receipt(
        name,
        number(value.get("blockNumber", beside.get("block")), "blockNumber"),
        _hash(value["blockHash"], "blockHash") if value.get("blockHash") else "",
        _maybe(value.get("transactionIndex"), "transactionIndex"),
        address(value.get("from")),
        number(value.get("gasUsed"), "gasUsed"),
        _maybe(value.get("effectiveGasPrice"), "effectiveGasPrice"),
        extra,
        None if status is None else bool(number(status, "status")),
        tuple(_log(part) for part in logs) if isinstance(logs, list) else None,
        _data(value.get("logsBloom"), "logsBloom"),
        Place(row.file, row.line),
    )


def _log(value: Any) -> Log:
    if not isinstance(value, dict):
        raise NotAValueError("a log is no object")
    if value.get("removed") is True:
        raise NotAValueError("a log was removed by a reorganisation")
    topics = value.get("topics")
    if not isinstance(topics, list):
        raise NotAValueError("a log has no topics")
    return Log(
        _address(value.get("address"), "log's address"),
        tuple(_hash(topic, "topic") for topic in topics),
        _data(value.get("data"), "log's data"),
        number(value.get("logIndex"), "logIndex"),
    )


def _call_tracer(
    told: Telling, value: dict[str, Any], beside: Mapping[str, Any], row: JsonRow
) -> None:
    named = (beside.get(key) for key in ("tx", "txHash", "transactionHash", "transaction", "id"))
    name = next((text for text in named if isinstance(text, str) and _HASH.fullmatch(text)), "")
    if not name and (shown := _IN_NAME.findall(row.file)):
        name = f"0x{shown[-1].removeprefix('0x')}"
    if not name:
        raise NotAValueError(
            "a trace names no transaction; write its hash beside it (`tx`) or in the file's name"
        )
    name = name.lower()
    try:
        frames = list(_frames(value))
    except NotAValueError as wrong:
        told.doubt(name, (COIN,), f"the trace of {name} does not read: {wrong}")
        raise
    _traced(told, name, frames, row)
    if beside.get("block") is not None:
        told.heights.setdefault(name, number(beside["block"], "block"))


def _frames(root: dict[str, Any]) -> Iterator[Frame]:
    """Yield the calls of a trace, callers first, without recursion."""
    waiting: list[tuple[tuple[int, ...], Any]] = [((), root)]
    while waiting:
        path, call = waiting.pop()
        if not isinstance(call, dict):
            raise NotAValueError("a call is no object")
        kind = str(call.get("type", "")).lower()
        failed = bool(call.get("error"))
        kind = "selfdestruct" if kind == "suicide" else kind
        if kind not in KINDS:
            raise NotAValueError(f"its type {str(call.get('type'))[:20]!r} is none of a call")
        target = call.get("to")
        # Calls that cannot carry value may leave it out; one that can must say how much.
        value = number(call.get("value", None if kind in MOVES else 0), "value")
        if target is None and not failed:
            raise NotAValueError("a call that did not fail names nobody it calls")
        yield Frame(
            path,
            kind,
            _address(call.get("from"), "caller"),
            "" if target is None else _address(target, "callee"),
            value,
            failed,
            _prefix(call.get("input")),
        )
        calls = call.get("calls") or []
        if not isinstance(calls, list):
            raise NotAValueError("its calls are no list")
        waiting += [((*path, place), inner) for place, inner in reversed(list(enumerate(calls)))]


def _prefix(value: Any) -> bytes:
    """Return call data as far as it is there: some traces cut it short, in the middle of a byte."""
    text = value.removeprefix("0x") if isinstance(value, str) else ""
    try:
        return bytes.fromhex(text[: len(text) // 2 * 2])
    except ValueError:
        return b""


def _traced(told: Telling, name: str, frames: list[Frame], row: JsonRow) -> None:
    told.files.setdefault(name, row.file)
    if told.frames.setdefault(name, frames) != frames:
        why = f"transaction {name} has two traces that differ"
        told.fault(Place(row.file, row.line), why, "Find out which is right")
        told.doubt(name, (COIN,), why)


def _parity(told: Telling, value: dict[str, Any], beside: Mapping[str, Any], row: JsonRow) -> None:
    action = value["action"] if isinstance(value["action"], dict) else {}
    kind = str(value.get("type", "")).lower()
    if kind == "reward":
        key = value.get("blockHash") or beside.get("blockHash")
        height = number(value.get("blockNumber", beside.get("block")), "blockNumber")
        told.rewards.setdefault(_hash(key, "blockHash") if key else height, []).append(
            (
                _address(action.get("author"), "author"),
                number(action.get("value"), "value"),
                f"reward {action.get('rewardType', 'block')}",
            )
        )
        return
    name = _hash(value.get("transactionHash", beside.get("transactionHash")), "transactionHash")
    try:
        frame = _parity_frame(kind, action, value)
    except NotAValueError as wrong:
        told.doubt(name, (COIN,), f"a trace of {name} does not read: {wrong}")
        raise
    told.files.setdefault(name, row.file)
    known = told.frames.setdefault(name, [])
    same = next((other for other in known if other.path == frame.path), None)
    if same is None:
        known.append(frame)
        known.sort(key=lambda other: other.path)
    elif same != frame:
        why = f"the call {frame.row} of transaction {name} stands in the files twice, differently"
        told.fault(Place(row.file, row.line), why, "Find out which is right")
        told.doubt(name, (COIN,), why)
    if value.get("blockNumber") is not None:
        told.heights.setdefault(name, number(value["blockNumber"], "blockNumber"))


def _parity_frame(kind: str, action: Mapping[str, Any], value: Mapping[str, Any]) -> Frame:
    path = value["traceAddress"]
    if not isinstance(path, list):
        raise NotAValueError("its traceAddress is no list")
    places = tuple(number(step, "traceAddress") for step in path)
    failed = bool(value.get("error"))
    if kind in ("suicide", "selfdestruct"):
        return Frame(
            places,
            "selfdestruct",
            _address(action.get("address"), "address"),
            _address(action.get("refundAddress"), "refundAddress"),
            number(action.get("balance"), "balance"),
            failed,
        )
    result = value["result"] if isinstance(value.get("result"), dict) else {}
    target = action.get("to") if kind == "call" else result.get("address")
    if kind not in ("call", "create"):
        raise NotAValueError(f"its type {kind[:20]!r} is none of a trace")
    if not target and not failed:
        raise NotAValueError("a call that did not fail names nobody it calls")
    own = str(action.get("callType") or kind).lower()
    if own not in KINDS:
        raise NotAValueError(f"its callType {own[:20]!r} is none of a call")
    return Frame(
        places,
        own,
        _address(action.get("from"), "from"),
        _address(target, "to") if target else "",
        number(action.get("value"), "value"),
        failed,
        _prefix(action.get("input")),
    )


#: Members by which each shape is known, the first that fits.
_SHAPES = (
    ({"parentHash", "number"}, _block),
    ({"cumulativeGasUsed"}, _receipt),
    ({"transactionHash", "gasUsed"}, _receipt),
    ({"action", "traceAddress"}, _parity),
    ({"nonce", "hash", "input"}, _sent_alone),
    ({"type", "from"}, _call_tracer),
)
