"""Bitcoin blocks as a node prints them: `getblock HASH 0`, `2` or `3`.

What is printed is put back into bytes and checked like a block file: a header must have its hash, a
transaction its id. Amounts are read as written, never through a float.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

from forthwith.domain.chain import ChainRead
from forthwith.domain.fact_tables import RowFault
from forthwith.exports.chain.bitcoin_chain import Found, chain_of
from forthwith.exports.chain.bitcoin_scripts import NETWORKS, Network
from forthwith.exports.chain.bitcoin_wire import (
    HEADER,
    NO_OUTPUT,
    Header,
    Input,
    NotABlockError,
    Transaction,
    check,
    made,
    transaction_at,
    transactions_of,
)
from forthwith.exports.chain.json_rows import JsonRow, rows

_UNITS = Decimal(10) ** 8
#: What `getblockchaininfo` calls the networks.
_NAMES = {
    "main": "bitcoin",
    "test": "bitcoin-testnet",
    "testnet4": "bitcoin-testnet4",
    "signet": "bitcoin-signet",
    "regtest": "bitcoin-regtest",
}
_BY_HRP = {"bc": "bitcoin", "bcrt": "bitcoin-regtest"}
_AGAIN = "Ask the node for this block again, with `getblock HASH 2`"


def read(
    files: Sequence[tuple[str, bytes]], chain: str = "", signing: Collection[str] | None = None
) -> ChainRead:
    """Return the chain of blocks as printed, each file as name and bytes.

    `chain` names the network, as "bitcoin-signet", where the files do not say it: they do by
    `getblockchaininfo` among them, by the chain's first block, or by addresses of a form that only
    one network has. Who signed is asked for the inputs of the addresses `signing`; None is all.
    """
    faults: list[RowFault] = []
    notes: list[str] = []
    found = []
    printed = []
    name = chain
    for row in rows(files, faults):
        if isinstance(row.value, dict) and "blocks" in row.value and "chain" in row.value:
            name = name or _NAMES.get(str(row.value["chain"]), "")
            continue
        printed.append(row)
        block = _found(row, faults)
        found += [block] if block else []
    network = _network(name, found, printed)
    if network is None:
        if found or not faults:
            file = found[0].file if found else "the files"
            faults.append(
                RowFault(
                    file, 0,
                    "nothing says which of Bitcoin's networks its blocks are of" if found
                    else "no block is in them",
                    "Name the chain, or add the node's `getblockchaininfo`" if found else _AGAIN,
                )
            )  # fmt: skip
        return ChainRead("", "bitcoin", faults=tuple(faults), notes=tuple(notes))
    names = tuple(sorted(name for name, _ in files))
    return replace(chain_of(found, network, faults, notes, signing), files=names)


def _network(name: str, found: Sequence[Found], printed: Sequence[JsonRow]) -> Network | None:
    by_name = {network.chain: network for network in NETWORKS}
    if name:
        return by_name.get(name)
    for network in NETWORKS:
        for block in found:
            if network.genesis in (block.header.id, block.header.parent):
                return network
    for row in printed:
        for address in _addresses(row.value):
            own = _BY_HRP.get(address.lower().rpartition("1")[0], "")
            if own:
                return by_name[own]
    return None


def _addresses(block: Any) -> Iterator[str]:
    for row in _list(_record(block).get("tx")):
        for output in _list(_record(row).get("vout")):
            paid = _record(_record(output).get("scriptPubKey")).get("address")
            if isinstance(paid, str):
                yield paid


def _found(row: JsonRow, faults: list[RowFault]) -> Found | None:
    value, where = row.value, f"line {row.line}"
    try:
        if isinstance(value, str):
            raw = _bytes(value)
            if len(raw) < HEADER:
                raise NotABlockError("it is too short for a block")
            header = Header(raw[:HEADER])
            return Found(header, row.file, row.line, where, partial(transactions_of, raw))
        block = _record(value)
        if "hash" not in block or "tx" not in block:
            raise NotABlockError("it is no block: it has no `hash` or no `tx`")
        header = _header(block)
        if header.id != block["hash"]:
            raise NotABlockError(f"the parts of its header do not have its hash, {block['hash']}")
        if any(isinstance(part, str) for part in _list(block["tx"])):
            raise NotABlockError("it lists the ids of its transactions alone (`getblock HASH 1`)")
        height = block.get("height")
        read = partial(_transactions, block, header, row, faults)
        stated = height if isinstance(height, int) else None
        return Found(header, row.file, row.line, where, read, stated)
    except NotABlockError as wrong:
        faults.append(RowFault(row.file, row.line, f"a block does not read: {wrong}", _AGAIN))
        return None


def _header(block: Mapping[str, Any]) -> Header:
    parent = block.get("previousblockhash", "00" * 32)
    return Header(
        _number(block, "version", 4, signed=True)
        + _bytes(parent, 32)[::-1]
        + _bytes(block.get("merkleroot"), 32)[::-1]
        + _number(block, "time", 4)
        + _bytes(block.get("bits"), 4)[::-1]
        + _number(block, "nonce", 4)
    )


def _transactions(
    block: Mapping[str, Any], header: Header, row: JsonRow, faults: list[RowFault]
) -> list[Transaction]:
    found = [_transaction(_record(part), row, faults) for part in _list(block["tx"])]
    check(header, found)
    return found


def _transaction(part: Mapping[str, Any], row: JsonRow, faults: list[RowFault]) -> Transaction:
    fee = _units(part["fee"]) if "fee" in part else None
    inputs = [_input(_record(spent)) for spent in _list(part.get("vin"))]
    outputs = [
        (
            _units(_record(output).get("value")),
            _bytes(_record(_record(output).get("scriptPubKey")).get("hex")),
        )
        for output in _list(part.get("vout"))
    ]
    version = _number(part, "version", 4, signed=_whole(part.get("version")) < 0)
    found = made(version, inputs, outputs, _number(part, "locktime", 4), fee)
    if found.id != part.get("txid"):
        found = _from_bytes(part, inputs, fee)
        what = (
            f"transaction {part.get('txid')} is printed with other parts than its own bytes have, "
            "which its id binds; the bytes were used"
        )
        fault = RowFault(row.file, row.line, what, _AGAIN)
        if fault not in faults:
            faults.append(fault)
    return found


def _from_bytes(part: Mapping[str, Any], printed: Sequence[Input], fee: int | None) -> Transaction:
    """Return a transaction from the bytes printed beside its parts. Raises NotABlockError."""
    what = f"transaction {part.get('txid')} does not have the parts that its id is made of"
    raw = part.get("hex")
    if not isinstance(raw, str):
        raise NotABlockError(what)
    data = _bytes(raw)
    found, end = transaction_at(data, 0)
    if end != len(data) or found.id != part.get("txid"):
        raise NotABlockError(what)
    said = {row.output: row for row in printed}
    inputs = [
        replace(row, spent=said[row.output].spent, since=said[row.output].since)
        if row.output in said
        else row
        for row in found.inputs
    ]
    return made(found.version, inputs, found.outputs, found.locktime, fee)


def _input(spent: Mapping[str, Any]) -> Input:
    witness = tuple(_bytes(element) for element in _list(spent.get("txinwitness")))
    sequence = _number(spent, "sequence", 4)
    if "coinbase" in spent:
        return Input(NO_OUTPUT, _bytes(spent["coinbase"]), sequence, witness)
    output = _bytes(spent.get("txid"), 32)[::-1] + _number(spent, "vout", 4)
    script = _bytes(_record(spent.get("scriptSig")).get("hex"))
    before = _record(spent.get("prevout"))
    coin, since = None, None
    if before:
        coin = (_units(before.get("value")), _bytes(_record(before.get("scriptPubKey")).get("hex")))
        since = _height(before.get("height"))
    return Input(output, script, sequence, witness, coin, since)


def _height(value: Any) -> int | None:
    """Return a height that a node prints beside a coin; nothing else rests on it than its age."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _record(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _bytes(value: Any, size: int | None = None) -> bytes:
    try:
        data = bytes.fromhex(value)
    except (TypeError, ValueError):
        raise NotABlockError(f"{str(value)[:40]!r} is not hexadecimal") from None
    if size is not None and len(data) != size:
        raise NotABlockError(f"{value[:80]!r} does not have {size} bytes")
    return data


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise NotABlockError(f"{str(value)[:40]!r} is not a whole number")
    return value


def _number(part: Mapping[str, Any], name: str, size: int, *, signed: bool = False) -> bytes:
    if name not in part:
        raise NotABlockError(f"it has no `{name}`")
    try:
        return _whole(part[name]).to_bytes(size, "little", signed=signed)
    except OverflowError:
        raise NotABlockError(f"its `{name}` {part[name]} does not fit {size} bytes") from None


def _units(value: Any) -> int:
    """Return an amount written in coins as units, digit for digit."""
    if isinstance(value, str):
        try:
            value = Decimal(value)
        except ArithmeticError:
            raise NotABlockError(f"{value[:40]!r} is not an amount") from None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise NotABlockError(f"{str(value)[:40]!r} is not an amount")
    amount = Decimal(value)
    if not amount.is_finite() or abs(amount.adjusted()) > 20 or len(amount.as_tuple().digits) > 25:
        raise NotABlockError(f"{str(value)[:40]} is not an amount of coins")
    units = amount * _UNITS
    if units != units.to_integral_value() or abs(units) >= 1 << 62:
        raise NotABlockError(f"{str(value)[:40]} coins has more than eight places, or is too many")
    return int(units)
