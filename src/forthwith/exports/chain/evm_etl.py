"""Ethereum as tables: those of ethereum-etl and cryo, as CSV, JSON or Parquet.

Blocks, transactions, receipts, logs, token_transfers, traces, in any mixture of files; a table is
known by its columns. Amounts are whole numbers as text: one that went through a float ("1e+21",
"1000.0") is a fault, and cryo's columns of floats are never read.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from forthwith.domain.chain import COIN, FEE, TOKENS, ChainRead
from forthwith.domain.fact_tables import RowFault
from forthwith.domain.instants import InstantError, instant
from forthwith.exports.chain.evm_chain import KINDS, MOVES, TRANSFER, chain_of, topic_address
from forthwith.exports.chain.evm_json import NotAValueError, keep, number, withdrawals
from forthwith.exports.chain.evm_telling import (
    Frame,
    Header,
    Log,
    Place,
    Receipt,
    Sent,
    Telling,
    Transfer,
    Withdrawal,
)
from forthwith.exports.chain.json_rows import rows
from forthwith.exports.ethereum.address import address
from forthwith.plain.csv_cells import reader
from forthwith.plain.json_document import NotJsonError, as_text, load

_HASH = re.compile(r"0x[0-9a-f]{64}")
_AGAIN = "Export the table again, with numbers as text"
_PARQUET = b"PAR1"
#: cryo's names, and others', for ethereum-etl's columns.
_NAMES = {
    "action_from": "from_address",
    "action_to": "to_address",
    "action_value": "value",
    "action_value_string": "value",
    "action_type": "trace_type",
    "action_call_type": "call_type",
    "action_input": "input",
    "action_reward_type": "reward_type",
    "author": "miner",
    "block_timestamp": "timestamp",
    "erc20": "token_address",
    "contract_address_token": "token_address",
    "receipt_effective_gas_price": "effective_gas_price",
    "receipt_gas_used": "gas_used",
    "receipt_status": "status",
    "value_string": "value",
    "amount_string": "value",
}


def read(files: Sequence[tuple[str, bytes]], chain: str = "") -> ChainRead:
    """Return the chain that tables tell, each as name and bytes.

    `chain` names it where no column `chain_id` does. Without a table of blocks nothing is dated:
    then it serves as a second telling of dumps.
    """
    return replace(chain_of(telling(files, chain)), files=tuple(sorted(name for name, _ in files)))


def telling(files: Sequence[tuple[str, bytes]], chain: str = "") -> Telling:
    """Return what tables tell, not yet put together."""
    tables = _Tables(Telling(chain))
    for name, data in sorted(files):
        tables.file(name, data)
    return tables.done()


class NotATableError(ValueError):
    """Bytes are no table; the message says why, without a full stop."""


class _Row:
    """One row, its cells by ethereum-etl's names."""

    def __init__(self, cells: Mapping[str, str], at: Place) -> None:
        self.cells, self.at = cells, at

    def text(self, name: str) -> str:
        found = self.cells.get(name, "").strip()
        return "" if found.lower() in ("none", "null", "nan") else found

    def number(self, name: str) -> int:
        return number(self.text(name) or None, name)

    def maybe(self, name: str) -> int | None:
        return self.number(name) if self.text(name) else None

    def hash(self, name: str) -> str:
        found = self.text(name).lower()
        if not _HASH.fullmatch(found):
            raise NotAValueError(f"its {name} {found[:40]!r} is no hash")
        return found

    def maybe_hash(self, name: str) -> str:
        return self.hash(name) if self.text(name) else ""

    def address(self, name: str, *, empty: bool = False) -> str:
        found = address(self.text(name))
        if not found and not (empty and not self.text(name)):
            raise NotAValueError(f"its {name} {self.text(name)[:50]!r} is no address")
        return found

    def data(self, name: str) -> bytes:
        try:
            return bytes.fromhex(self.text(name).removeprefix("0x"))
        except ValueError:
            raise NotAValueError(f"its {name} is not hexadecimal") from None


class _Tables:
    def __init__(self, told: Telling) -> None:
        self.told = told
        self.logs: dict[str, dict[int, Log]] = {}
        self.logs_told = False
        self.chains: set[int] = set()

    def file(self, name: str, data: bytes) -> None:
        if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
            self._json(name, data)
            return
        try:
            names, lines = _parquet(data) if data[:4] == _PARQUET else _csv(data)
            names = _named(names)
            kind = _kind(names)
            if kind is None:
                floats = "value_f64" in names and "value" not in names
                what = (
                    "its amounts are floats alone, which lose digits" if floats else
                    f"its columns are those of no table read here ({', '.join(names[:6])})"
                )  # fmt: skip
                do = "Give blocks, transactions, receipts, logs, token_transfers or traces"
                do = "Export it again with amounts as text" if floats else do
                self.told.faults.append(RowFault(name, 1, what, do))
                return
            self.logs_told |= kind == _Tables.log
            self.told.tokens_told |= kind in (_Tables.transfer, _Tables.log)
            for line, cells in lines:
                if cells:
                    self._row(kind, names, cells, Place(name, line))
        except UnicodeDecodeError as wrong:
            what = f"it is not text (byte {wrong.start})"
            self.told.faults.append(RowFault(name, 0, what, "Export it again as CSV in UTF-8"))
        except NotATableError as wrong:
            self.told.faults.append(RowFault(name, 0, str(wrong), _AGAIN))

    def _json(self, name: str, data: bytes) -> None:
        """Read rows as objects, each of the table that its names are of."""
        for row in rows([(name, data)], self.told.faults):
            given = row.value if isinstance(row.value, dict) else {}
            names = _named(list(given))
            kind = _kind(names)
            if kind is None:
                what = f"a row is of no table read here ({', '.join(names[:6])})"
                self.told.faults.append(RowFault(name, row.line, what, _AGAIN))
                continue
            self.logs_told |= kind == _Tables.log
            self.told.tokens_told |= kind in (_Tables.transfer, _Tables.log)
            cells = [_cell(value) for value in given.values()]
            self._row(kind, names, cells, Place(name, row.line))

    def _row(
        self,
        kind: Callable[[_Tables, _Row], None],
        names: Sequence[str],
        cells: list[str],
        at: Place,
    ) -> None:
        row = _Row(dict(zip(names, cells, strict=False)), at)
        try:
            if len(cells) != len(names):
                raise NotAValueError(
                    f"it has {len(cells)} cells, and the table {len(names)} columns"
                )
            if row.text("chain_id"):
                self.chains.add(row.number("chain_id"))
            kind(self, row)
        except NotAValueError as wrong:
            self.told.fault(at, f"a row does not read: {wrong}", _AGAIN)
            of = (row.text("transaction_hash") or row.text("hash")).lower()
            if _ASPECTS[kind]:
                of = of if _HASH.fullmatch(of) and len(cells) == len(names) else ""
                self.told.doubt(of, _ASPECTS[kind], f"{at.file}, line {at.line}: {wrong}")

    def block(self, row: _Row) -> None:
        name = row.hash("hash" if row.text("hash") else "block_hash")
        header = Header(
            row.number("number" if row.text("number") else "block_number"),
            name,
            row.maybe_hash("parent_hash"),
            _time(row),
            row.address("miner", empty=True),
            row.maybe("base_fee_per_gas"),
            row.maybe("difficulty") or 0,
            _withdrawals(row),
            None,
            row.maybe("transaction_count"),
            row.maybe("gas_used"),
            row.at,
        )
        keep(self.told, self.told.headers, name, header, f"block {name}")

    def transaction(self, row: _Row) -> None:
        name = row.hash("hash" if row.text("hash") else "transaction_hash")
        kind = row.maybe("transaction_type") or 0
        found = Sent(
            name,
            row.number("block_number"),
            row.maybe_hash("block_hash"),
            row.maybe("transaction_index"),
            row.address("from_address"),
            row.address("to_address", empty=True),
            row.number("value"),
            row.data("input") if "input" in row.cells else None,
            kind,
            row.maybe("gas_price"),
            row.maybe("chain_id"),
            0,
            row.at,
        )
        keep(self.told, self.told.sent, (name, found.block_hash), found, f"transaction {name}")
        if row.text("gas_used"):
            own = "effective_gas_price" if row.text("effective_gas_price") else "gas_price"
            state = "success" if "success" in row.cells else "status"
            self._receipt(row, name, found.sender, row.maybe(own), state)

    def receipt(self, row: _Row) -> None:
        name = row.hash("transaction_hash")
        sender = row.address("from_address", empty=True)
        self._receipt(row, name, sender, row.maybe("effective_gas_price"), "status")

    def _receipt(self, row: _Row, name: str, sender: str, price: int | None, state: str) -> None:
        extra = row.maybe("l1_fee") or 0
        if row.text("blob_gas_used") and row.text("blob_gas_price"):
            extra += row.number("blob_gas_used") * row.number("blob_gas_price")
        status = row.text(state).lower()
        if status not in ("", "0", "1", "0x0", "0x1", "true", "false"):
            raise NotAValueError(f"its {state} {status[:20]!r} is neither 1 nor 0")
        found = Receipt(
            name,
            row.number("block_number"),
            row.maybe_hash("block_hash"),
            row.maybe("transaction_index"),
            sender,
            row.number("gas_used"),
            price,
            extra,
            status in ("1", "0x1", "true") if status else None,
            None,
            b"",
            row.at,
        )
        keep(
            self.told, self.told.receipts, (name, found.block_hash), found, f"the receipt of {name}"
        )

    def log(self, row: _Row) -> None:
        name = row.hash("transaction_hash")
        if "topics" in row.cells:
            written = re.split(r"[\s,;\[\]'\"]+", row.text("topics").lower())
            topics = [topic for topic in written if topic]
        else:
            topics = [row.text(f"topic{at}").lower() for at in range(4) if row.text(f"topic{at}")]
        if any(not _HASH.fullmatch(topic) for topic in topics):
            raise NotAValueError("one of its topics is no hash")
        log = Log(row.address("address"), tuple(topics), row.data("data"), row.number("log_index"))
        self._seen(name, row)
        known = self.logs.setdefault(name, {})
        if known.setdefault(log.index, log) != log:
            self._differs(name, row, f"log {log.index}")

    def transfer(self, row: _Row) -> None:
        name = row.hash("transaction_hash")
        found = Transfer(
            row.address("token_address"),
            row.address("from_address"),
            row.address("to_address"),
            row.number("value"),
            row.number("log_index"),
        )
        self._seen(name, row)
        known = self.told.transfers.setdefault(name, [])
        same = next((other for other in known if other.index == found.index), None)
        if same is None:
            known.append(found)
            known.sort(key=lambda other: other.index)
        elif same != found:
            self._differs(name, row, f"transfer {found.index}")

    def trace(self, row: _Row) -> None:
        kind = row.text("trace_type").lower() or row.text("call_type").lower()
        if kind in ("reward", "genesis"):
            who = "to_address" if row.text("to_address") else "miner"
            reward = (row.address(who), row.number("value"), f"{kind} {row.text('reward_type')}")
            self.told.rewards.setdefault(row.number("block_number"), []).append(reward)
            return
        name = row.hash("transaction_hash")
        frame = _frame(row, kind)
        self._seen(name, row)
        known = self.told.frames.setdefault(name, [])
        same = next((other for other in known if other.path == frame.path), None)
        if same is None:
            known.append(frame)
            known.sort(key=lambda other: other.path)
        elif same != frame:
            self._differs(name, row, frame.row)

    def _seen(self, name: str, row: _Row) -> None:
        self.told.files.setdefault(name, row.at.file)
        self.told.heights.setdefault(name, row.number("block_number"))

    def _differs(self, name: str, row: _Row, what: str) -> None:
        why = f"{what} of transaction {name} stands in the tables twice, differently"
        self.told.fault(row.at, why, "Find out which is right")
        self.told.doubt(name, (COIN, TOKENS), why)

    def done(self) -> Telling:
        told = self.told
        if self.logs_told:
            self._with_logs()
        elif told.transfers:
            told.notes.append(
                "the table of token transfers does not tell an amount from an NFT's number (topics "
                "are in the table of logs): count only contracts that are tokens"
            )
        if len(self.chains) > 1:
            of = ", ".join(map(str, sorted(self.chains)))
            told.fault(Place("", 0), f"the tables are of several chains, {of}", "Import each alone")
        elif self.chains and not told.chain:
            told.chain = f"evm-{self.chains.pop()}"
        if any(not header.miner for header in told.headers.values()):
            told.notes.append("the tables do not say who made each block: tips are not counted")
        if not told.headers and (told.receipts or told.frames or told.transfers):
            told.notes.append("no table of blocks is there: the transactions have no times")
        return told

    def _with_logs(self) -> None:
        """Give receipts their logs, and hold transfers against them."""
        told = self.told
        for key, receipt in told.receipts.items():
            logs = sorted(self.logs.get(key[0], {}).values(), key=lambda log: log.index)
            told.receipts[key] = replace(receipt, logs=tuple(logs))
        without = self.logs.keys() - {name for name, _ in told.receipts}
        for name in sorted(without):
            told.doubt(name, (COIN, FEE), f"transaction {name} has logs and no receipt")
        for name, transfers in told.transfers.items():
            for row in transfers:
                log = self.logs.get(name, {}).get(row.index)
                same = (
                    log is not None
                    and log.topics[:1] == (TRANSFER,)
                    and log.contract == row.contract
                )
                if same and log is not None and len(log.topics) == 3:
                    ends = tuple(map(topic_address, log.topics[1:]))
                    amount = int.from_bytes(log.data, "big")
                    same = (*ends, amount) == (row.source, row.target, row.amount)
                if not same:
                    why = f"transfer {row.index} of transaction {name} is not that of its log"
                    told.fault(Place(told.files.get(name, ""), 0), why, "The log was used")


_ASPECTS: dict[Any, tuple[str, ...]] = {
    _Tables.block: (),
    _Tables.transaction: (COIN, FEE),
    _Tables.receipt: (COIN, TOKENS, FEE),
    _Tables.log: (TOKENS,),
    _Tables.transfer: (TOKENS,),
    _Tables.trace: (COIN,),
}


def _csv(data: bytes) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """Return names of columns, and rows with their lines, which may raise NotATableError."""
    lines = reader(io.StringIO(as_text(data), newline=""), strict=True)

    def rows() -> Iterator[tuple[int, list[str]]]:
        try:
            for cells in lines:
                yield lines.line_num, cells
        except csv.Error as wrong:
            raise NotATableError(f"it is not CSV at line {lines.line_num}: {wrong}") from wrong

    found = rows()
    return next(found, (0, []))[1], found


def _parquet(data: bytes) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """Return names of columns, and rows with their numbers, of a Parquet file.

    Columns of floats are left out: what an amount lost in one does not come back.
    """
    from pyarrow import ArrowException, parquet, types

    try:
        table = parquet.read_table(io.BytesIO(data))
    except (ArrowException, OSError) as wrong:
        raise NotATableError(f"it is a Parquet file that does not read: {wrong}") from wrong
    floats = {part.name for part in table.schema if types.is_floating(part.type)}
    names = [name for name in table.column_names if name not in floats]
    kept = table.select(names)

    def rows() -> Iterator[tuple[int, list[str]]]:
        line = 0
        for batch in kept.to_batches(max_chunksize=10_000):
            columns = [column.to_pylist() for column in batch.columns]
            for cells in zip(*columns, strict=True):
                line += 1
                yield line, [_cell(_whole(cell)) for cell in cells]

    return [*names, *(name for name in floats if name == "value_f64")], (
        (line, [*cells, *([""] if "value_f64" in floats else [])]) for line, cells in rows()
    )


def _whole(value: object) -> object:
    """Return a whole number of a column of decimals as one; anything else as it is."""
    whole = isinstance(value, Decimal) and value == value.to_integral_value()
    return int(value) if whole and isinstance(value, Decimal) else value


def _cell(value: object) -> str:
    """Return a value of a typed table as text, digit for digit."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        when = value if value.tzinfo else value.replace(tzinfo=UTC)
        return str(int(when.timestamp()))
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return json.dumps(value, default=str)
    if isinstance(value, list):
        return ",".join(map(_cell, value))
    return str(value)


def _named(cells: Sequence[str]) -> list[str]:
    names = [cell.strip().lower().removeprefix("\ufeff") for cell in cells]
    return [_NAMES.get(name, name) if _NAMES.get(name) not in names else name for name in names]


def _kind(names: Sequence[str]) -> Callable[[_Tables, _Row], None] | None:
    """Return the reader of a table by its columns."""
    has = set(names)
    if {"trace_address", "from_address", "value"} <= has:
        return _Tables.trace
    if {"token_address", "from_address", "log_index"} <= has:
        return _Tables.transfer
    if {"log_index", "address"} <= has and {"topics", "topic0"} & has:
        return _Tables.log
    if {"from_address", "to_address", "value", "nonce"} <= has and "trace_type" not in has:
        return _Tables.transaction
    if {"transaction_hash", "gas_used"} <= has:
        return _Tables.receipt
    if "timestamp" in has and ({"number", "hash"} <= has or {"block_number", "block_hash"} <= has):
        return _Tables.block
    return None


def _time(row: _Row) -> int:
    text = row.text("timestamp")
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]+", text):
        return number(text, "timestamp")
    try:
        return instant(re.sub(r" ?UTC$", "Z", text))
    except InstantError as wrong:
        raise NotAValueError(f"its timestamp does not read: {wrong}") from wrong


def _withdrawals(row: _Row) -> tuple[Withdrawal, ...]:
    text = row.text("withdrawals")
    if not text:
        return ()
    try:
        given = load(text, exact=True)
    except NotJsonError as wrong:
        raise NotAValueError(f"its withdrawals are no JSON: {wrong}") from wrong
    return withdrawals(given)


def _frame(row: _Row, kind: str) -> Frame:
    path = tuple(int(step) for step in re.findall(r"[0-9]+", row.text("trace_address")))
    status = row.text("status")
    failed = bool(row.text("error")) or status in ("0", "0x0")
    kind = {"suicide": "selfdestruct", "create2": "create2"}.get(kind, kind)
    if kind == "call":
        kind = row.text("call_type").lower() or kind
    if kind not in KINDS:
        raise NotAValueError(f"its trace_type or call_type {kind[:20]!r} is none of a call")
    target = row.address("to_address", empty=True)
    if kind == "create" and not target:
        target = row.address("result_address", empty=True)
    if not target and not failed:
        raise NotAValueError("a call that did not fail names nobody it calls")
    # Calls that cannot carry value have none; a call that can must say how much.
    value = row.number("value") if kind in MOVES else row.maybe("value") or 0
    return Frame(
        path, kind, row.address("from_address"), target, value, failed,
        row.data("input") if len(row.text("input")) % 2 == 0 else b"",
    )  # fmt: skip
