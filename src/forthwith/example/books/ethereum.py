"""A small Ethereum chain as a node would tell it: blocks, receipts, call traces.

Hashes are real (RLP, tries, blooms, EIP-155 signatures, EIP-712 for the Safe) but for one stand-in:
no state is kept, so `stateRoot` is a digest of the block's number, and the contracts' code is a
word. The faucet's coin is the only value that no transaction made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from embit import ec
from embit.util import secp256k1

from forthwith.example.books.bitcoin import secret
from forthwith.exports.ethereum.address import NOBODY, checksummed, keccak_256

CHAIN_ID = 31_337
CHAIN = f"evm-{CHAIN_ID}"
_GWEI = 10**9
#: Gas as these acts use it.
_SEND, _TOKEN, _TOKEN_FIRST, _SAFE, _FAILED, _DEPLOY = (
    21_000,
    34_392,
    51_492,
    78_310,
    23_407,
    718_839,
)
_BLOCK_GAS = 30_000_000
_PRECOMPILE = "0x" + "0" * 39 + "1"

Rlp = bytes | list["Rlp"]
#: (contract, topics, data)
_Log = tuple[str, tuple[str, ...], bytes]


@lru_cache(maxsize=4096)
def keccak(data: bytes) -> bytes:
    """Return Keccak-256; what is asked again is not computed again."""
    return keccak_256(data)


@dataclass(frozen=True, slots=True)
class Account:
    """An address with its key; a contract has none."""

    name: str
    address: str
    key: ec.PrivateKey | None = None

    @property
    def written(self) -> str:
        """Return the address with the capitals of EIP-55."""
        return checksummed(self.address)


def account(seed: int, name: str) -> Account:
    """Return the account of a name's key."""
    key = ec.PrivateKey(secret(seed, f"evm {name}"))
    public = key.get_public_key()
    public.compressed = False
    point = public.sec()
    return Account(name, "0x" + keccak(point[1:])[12:].hex(), key)


def sign(key: ec.PrivateKey, digest: bytes) -> tuple[int, int, int]:
    """Return r, s and which of the two points it was."""
    signature = secp256k1.ecdsa_sign_recoverable(digest, key.secret)
    compact, parity = secp256k1.ecdsa_recoverable_signature_serialize_compact(signature)
    return int.from_bytes(compact[:32], "big"), int.from_bytes(compact[32:], "big"), parity


def personal_signature(key: ec.PrivateKey, message: str) -> str:
    """Return a wallet's signature over a text (EIP-191, version 0x45)."""
    text = message.encode()
    r, s, parity = sign(key, keccak(b"\x19Ethereum Signed Message:\n%d" % len(text) + text))
    return "0x" + (r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([27 + parity])).hex()


@dataclass(frozen=True, slots=True)
class _Sent:
    """A transaction that waits for its block."""

    hash: str
    sender: Account
    to: str | None
    value: int
    data: bytes
    nonce: int
    price: int
    gas: int
    signature: tuple[int, int, int]
    raw: bytes
    created: str
    good: bool
    logs: tuple[_Log, ...]
    #: Frames below the first, as callTracer nests them.
    calls: tuple[Mapping[str, Any], ...]


@dataclass
class Chain:
    """The chain as it grows; balances of coin and token follow what was sent."""

    seed: int
    blocks: list[dict[str, Any]] = field(default_factory=list)
    receipts: list[dict[str, Any]] = field(default_factory=list)
    traces: list[dict[str, Any]] = field(default_factory=list)
    coin: dict[str, int] = field(default_factory=dict)
    token: dict[str, int] = field(default_factory=dict)
    _nonces: dict[str, int] = field(default_factory=dict)
    _waiting: list[_Sent] = field(default_factory=list)

    @property
    def height(self) -> int:
        """Return the height of the tip; 0 is the block before the first."""
        return len(self.blocks)

    @property
    def waits(self) -> bool:
        """Return whether a transaction waits for a block."""
        return bool(self._waiting)

    def at(self, when: int) -> tuple[int, str]:
        """Return height and hash of the block before the first that is later than `when`."""
        height = sum(int(block["timestamp"], 16) <= when for block in self.blocks)
        return height, self.blocks[height - 1]["hash"]

    def deploy(
        self, sender: Account, name: str, price: int, owners: Sequence[Account] = ()
    ) -> Account:
        """Make a contract: its address follows from who made it and how many they sent.

        One with `owners` is a Safe that two of them move, and says so in its first log.
        """
        nonce = self._nonces.get(sender.address, 0)
        raw = _rlp([_bytes(sender.address), _number(nonce)])
        made = Account(name, "0x" + keccak(raw)[12:].hex())
        logs: tuple[_Log, ...] = ()
        if owners:
            setup = keccak(b"SafeSetup(address,address[],uint256,address,address)")
            words: list[str | int] = [
                128,
                2,
                NOBODY,
                NOBODY,
                len(owners),
                *(owner.address for owner in owners),
            ]
            topics = ("0x" + setup.hex(), "0x" + _word(sender.address).hex())
            logs = ((made.address, topics, b"".join(map(_word, words))),)
        self._send(sender, None, 0, name.encode(), _DEPLOY, price, created=made.address, logs=logs)
        return made

    def mint(self, sender: Account, token: Account, owner: Account, amount: int, price: int) -> str:
        """Let a token make units out of nothing."""
        data = _call("mint(address,uint256)", owner.address, amount)
        log = _transfer(token.address, NOBODY, owner.address, amount)
        self.token[owner.address] = self.token.get(owner.address, 0) + amount
        return self._send(sender, token.address, 0, data, _TOKEN_FIRST, price, logs=(log,))

    def send(
        self, sender: Account, to: Account, value: int, price: int, *, fails: bool = False
    ) -> tuple[str, int]:
        """Pay coin; return the transaction's hash and its fee. One that fails costs its gas."""
        gas = _FAILED if fails else _SEND
        calls: tuple[Mapping[str, Any], ...] = ()
        if to.key is None:
            # A proxy hands the call on: the frame below repeats the value, and moves nothing.
            gas += 6_300
            calls = (_frame("DELEGATECALL", to.address, NOBODY[:-1] + "5", value, b""),)
        if not fails:
            self._move(self.coin, sender.address, to.address, value)
        sent = self._send(sender, to.address, value, b"", gas, price, good=not fails, calls=calls)
        return sent, gas * price

    def pay_token(
        self, sender: Account, token: Account, to: Account, amount: int, price: int,
        *, fails: bool = False,
    ) -> tuple[str, int]:  # fmt: skip
        """Pay units of a token; return hash and fee. One that fails leaves no log."""
        first = not self.token.get(to.address)
        gas = _FAILED if fails else _TOKEN_FIRST if first else _TOKEN
        logs = () if fails else (_transfer(token.address, sender.address, to.address, amount),)
        if not fails:
            self._move(self.token, sender.address, to.address, amount)
        data = _call("transfer(address,uint256)", to.address, amount)
        sent = self._send(sender, token.address, 0, data, gas, price, good=not fails, logs=logs)
        return sent, gas * price

    def safe_pay(
        self, sender: Account, safe: Account, owners: Sequence[Account], number: int,
        to: Account, amount: int, price: int, token: Account | None = None,
    ) -> tuple[str, int]:  # fmt: skip
        """Let a Safe pay coin, or a token: `owners` sign its transaction of that number."""
        target = token.address if token else to.address
        inner = _call("transfer(address,uint256)", to.address, amount) if token else b""
        value = 0 if token else amount
        digest = safe_digest(safe.address, target, value, inner, number)
        signed = b""
        for owner in sorted(owners, key=lambda owner: owner.address):
            if owner.key is None:
                raise ValueError(f"{owner.name} has no key")
            r, s, parity = sign(owner.key, digest)
            signed += r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([27 + parity])
        data = _execution(target, value, inner, signed)
        success = ("0x" + keccak(b"ExecutionSuccess(bytes32,uint256)").hex(), "0x" + digest.hex())
        logs: list[_Log] = [(safe.address, success, bytes(32))]
        if token:
            logs.insert(0, _transfer(token.address, safe.address, to.address, amount))
            self._move(self.token, safe.address, to.address, amount)
        else:
            self._move(self.coin, safe.address, to.address, amount)
        checks = [
            _frame("STATICCALL", safe.address, _PRECOMPILE, None, digest + bytes(4)) for _ in owners
        ]
        last = _frame("CALL", safe.address, target, value, inner)
        below = _frame("DELEGATECALL", safe.address, NOBODY[:-1] + "5", 0, data)
        calls = ({**below, "calls": [*checks, last]},)
        sent = self._send(
            sender, safe.address, 0, data, _SAFE, price, logs=tuple(logs), calls=calls
        )
        return sent, _SAFE * price

    def scatter(
        self, sender: Account, contract: Account, parts: Sequence[tuple[Account, int, bool]],
        price: int,
    ) -> str:  # fmt: skip
        """Let a contract pay parts of what it is sent; a part that fails comes back to the sender.

        Each part is (to, amount, whether it succeeds).
        """
        calls: list[Mapping[str, Any]] = []
        for to, amount, good in parts:
            frame = _frame("CALL", contract.address, to.address, amount, b"")
            calls.append(frame if good else {**frame, "error": "out of gas"})
        back = sum(amount for _, amount, good in parts if not good)
        calls.append(_frame("CALL", contract.address, sender.address, back, b""))
        value = sum(amount for _, amount, _ in parts)
        for to, amount, good in parts:
            if good:
                self._move(self.coin, sender.address, to.address, amount)
        data = _call("scatter()")
        return self._send(
            sender, contract.address, value, data, 60_000 + 9_000 * len(parts), price,
            calls=tuple(calls),
        )  # fmt: skip

    def spam(self, sender: Account, contract: Account, to: Account, price: int) -> str:
        """Let a contract nobody lists send the most units there are, and an NFT."""
        token = _transfer(contract.address, NOBODY, to.address, (1 << 256) - 1)
        name, topics, number = _transfer(contract.address, NOBODY, to.address, 10**18)
        piece = (name, (*topics, "0x" + number.hex()), b"")
        return self._send(
            sender, contract.address, 0, _call("airdrop()"), _DEPLOY, price, logs=(token, piece)
        )

    def mine(self, time: int, withdrawals: Sequence[tuple[Account, int]] = ()) -> None:
        """Make the next block of what waits; withdrawals are amounts in units of 10^-18."""
        number = self.height + 1
        rows = [
            {
                "index": _quantity(100 + number),
                "validatorIndex": _quantity(7),
                "address": owner.address,
                "amount": _quantity(amount // _GWEI),
            }
            for owner, amount in withdrawals
        ]
        for owner, amount in withdrawals:
            self.coin[owner.address] = self.coin.get(owner.address, 0) + amount
        used, receipts, logged = 0, [], 0
        for place, sent in enumerate(self._waiting):
            used += sent.gas
            receipts.append(_receipt(sent, place, used, logged))
            logged += len(sent.logs)
        blooms = [int(receipt["logsBloom"], 16) for receipt in receipts]
        bloom = 0
        for other in blooms:
            bloom |= other
        block = {
            "parentHash": self.blocks[-1]["hash"] if self.blocks else "0x" + "0" * 64,
            "sha3Uncles": "0x" + keccak(_rlp([])).hex(),
            "miner": NOBODY,
            "stateRoot": "0x" + hashlib.sha256(f"state {self.seed} {number}".encode()).hexdigest(),
            "transactionsRoot": _root([sent.raw for sent in self._waiting]),
            "receiptsRoot": _root([_receipt_bytes(receipt) for receipt in receipts]),
            "logsBloom": f"0x{bloom:0512x}",
            "difficulty": "0x0",
            "number": _quantity(number),
            "gasLimit": _quantity(_BLOCK_GAS),
            "gasUsed": _quantity(used),
            "timestamp": _quantity(time),
            "extraData": "0x",
            "mixHash": "0x" + hashlib.sha256(f"mix {self.seed} {number}".encode()).hexdigest(),
            "nonce": "0x" + "0" * 16,
            "baseFeePerGas": "0x0",
            "withdrawalsRoot": _root(
                [
                    _rlp([_bytes(row["index"]), _bytes(row["validatorIndex"]),
                          bytes.fromhex(row["address"][2:]), _bytes(row["amount"])])
                    for row in rows
                ]
            ),
        }  # fmt: skip
        header: list[Rlp] = []
        for name, value in block.items():
            whole = name not in (
                "difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas"
            )  # fmt: skip
            header.append(bytes.fromhex(value[2:]) if whole else _bytes(value))
        digest = "0x" + keccak(_rlp(header)).hex()
        where = {"blockHash": digest, "blockNumber": _quantity(number)}
        for receipt in receipts:
            receipt.update(where)
            for log in receipt["logs"]:
                log.update(where)
        transactions = [
            _transaction(sent, place) | where for place, sent in enumerate(self._waiting)
        ]
        size = _quantity(600 + sum(len(sent.raw) for sent in self._waiting))
        self.blocks.append(
            {
                "hash": digest, **block, "totalDifficulty": "0x0", "size": size, "uncles": [],
                "transactions": transactions, "withdrawals": rows,
            }
        )  # fmt: skip
        self.receipts.append({"block": _quantity(number), "receipts": receipts})
        self.traces += [
            {
                "block": _quantity(number),
                "tx": sent.hash,
                "tracer": "callTracer",
                "result": _trace(sent),
            }
            for sent in self._waiting
        ]
        self._waiting = []

    def files(self) -> dict[str, str]:
        """Return the node's answers, one JSON a line, and the same again as tables, by name."""
        lines = {
            "ethereum/blocks.jsonl": self.blocks,
            "ethereum/receipts.jsonl": self.receipts,
            "ethereum/traces.jsonl": self.traces,
        }
        told = {
            name: "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)
            for name, rows in lines.items()
        }
        return told | self._tables()

    def _tables(self) -> dict[str, str]:
        blocks = ["number,hash,parent_hash,miner,gas_limit,gas_used,timestamp,transaction_count"]
        receipts = ["transaction_hash,block_number,gas_used,effective_gas_price,status"]
        transfers = [
            "token_address,from_address,to_address,value,transaction_hash,log_index,block_number"
        ]
        traces = [
            (
                "block_number,transaction_hash,from_address,to_address,value,trace_type,call_type,"
                "trace_address,status"
            )
        ]
        for block, answer in zip(self.blocks, self.receipts, strict=True):
            number = int(block["number"], 16)
            blocks.append(
                f"{number},{block['hash']},{block['parentHash']},{block['miner']},"
                f"{int(block['gasLimit'], 16)},{int(block['gasUsed'], 16)},"
                f"{int(block['timestamp'], 16)},{len(block['transactions'])}"
            )
            for row in answer["receipts"]:
                receipts.append(
                    f"{row['transactionHash']},{number},{int(row['gasUsed'], 16)},"
                    f"{int(row['effectiveGasPrice'], 16)},{int(row['status'], 16)}"
                )
                transfers += [
                    f"{log['address']},0x{log['topics'][1][26:]},0x{log['topics'][2][26:]},"
                    f"{int(log['data'], 16)},{row['transactionHash']},"
                    f"{int(log['logIndex'], 16)},{number}"
                    for log in row["logs"]
                    if len(log["topics"]) == 3
                ]
        for trace in self.traces:
            number = int(trace["block"], 16)
            traces += _trace_rows(f"{number},{trace['tx']}", trace["result"], ())
        tables = {
            "blocks": blocks, "receipts": receipts, "token_transfers": transfers, "traces": traces
        }  # fmt: skip
        return {f"ethereum-etl/{name}.csv": "\n".join(rows) + "\n" for name, rows in tables.items()}

    def _move(self, balances: dict[str, int], source: str, target: str, amount: int) -> None:
        if balances.get(source, 0) < amount:
            raise LookupError(f"{source} cannot pay {amount}")
        balances[source] -= amount
        balances[target] = balances.get(target, 0) + amount

    def _send(
        self, sender: Account, to: str | None, value: int, data: bytes, gas: int, price: int, *,
        good: bool = True, created: str = "",
        logs: tuple[_Log, ...] = (),
        calls: tuple[Mapping[str, Any], ...] = (),
    ) -> str:  # fmt: skip
        if sender.key is None:
            raise ValueError(f"{sender.name} has no key")
        nonce = self._nonces.get(sender.address, 0)
        self._nonces[sender.address] = nonce + 1
        if self.coin.get(sender.address, 0) < gas * price:
            raise LookupError(f"{sender.name} cannot pay for gas")
        self.coin[sender.address] -= gas * price
        body: list[Rlp] = [
            _number(nonce), _number(price), _number(gas), _bytes(to or "0x"), _number(value), data
        ]  # fmt: skip
        digest = keccak(_rlp([*body, _number(CHAIN_ID), b"", b""]))
        r, s, parity = sign(sender.key, digest)
        v = 35 + 2 * CHAIN_ID + parity
        raw = _rlp([*body, _number(v), _number(r), _number(s)])
        sent = _Sent(
            "0x" + keccak(raw).hex(), sender, to, value, data, nonce, price, gas, (v, r, s), raw,
            created, good, logs, calls,
        )  # fmt: skip
        self._waiting.append(sent)
        return sent.hash


def safe_digest(safe: str, to: str, value: int, data: bytes, number: int) -> bytes:
    """Return what the owners of a Safe sign (EIP-712, Safe 1.3 and later)."""
    domain = keccak(
        keccak(b"EIP712Domain(uint256 chainId,address verifyingContract)")
        + _word(CHAIN_ID)
        + _word(safe)
    )
    kind = keccak(
        b"SafeTx(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,"
        b"uint256 baseGas,uint256 gasPrice,address gasToken,address refundReceiver,uint256 nonce)"
    )
    body = kind + _word(to) + _word(value) + keccak(data) + bytes(6 * 32) + _word(number)
    return keccak(b"\x19\x01" + domain + keccak(body))


def _execution(to: str, value: int, data: bytes, signatures: bytes) -> bytes:
    """Return the call of a Safe's execTransaction."""
    name = (
        b"execTransaction(address,uint256,bytes,uint8,"
        b"uint256,uint256,uint256,address,address,bytes)"
    )
    first = _word(len(data)) + data + bytes(-len(data) % 32)
    last = _word(len(signatures)) + signatures + bytes(-len(signatures) % 32)
    head = _word(to) + _word(value) + _word(320) + bytes(6 * 32) + _word(320 + len(first))
    return keccak(name)[:4] + head + first + last


def _transfer(
    token: str, source: str, target: str, amount: int
) -> tuple[str, tuple[str, ...], bytes]:
    name = "0x" + keccak(b"Transfer(address,address,uint256)").hex()
    return token, (name, "0x" + _word(source).hex(), "0x" + _word(target).hex()), _word(amount)


def _call(signature: str, *values: str | int) -> bytes:
    return keccak(signature.encode())[:4] + b"".join(_word(value) for value in values)


def _frame(kind: str, source: str, target: str, value: int | None, data: bytes) -> dict[str, Any]:
    frame = {
        "from": source, "gas": "0xfcc0", "gasUsed": "0xbb8", "to": target,
        "input": "0x" + data[:36].hex(),
    }  # fmt: skip
    if value is not None:
        frame["value"] = _quantity(value)
    return frame | {"type": kind}


def _trace(sent: _Sent) -> dict[str, Any]:
    top = _frame(
        "CALL" if sent.to else "CREATE", sent.sender.address, sent.to or sent.created, sent.value,
        sent.data,
    )  # fmt: skip
    top["gasUsed"] = _quantity(sent.gas)
    if sent.calls:
        top["calls"] = list(sent.calls)
    if not sent.good:
        top["error"] = "execution reverted"
    return top


def _trace_rows(head: str, frame: Mapping[str, Any], path: tuple[int, ...]) -> list[str]:
    kind = frame["type"].lower()
    place = ",".join(map(str, path))
    where = f'"{place}"' if len(path) > 1 else place
    row = (
        f"{head},{frame['from']},{frame['to']},{int(frame.get('value', '0x0'), 16)},"
        f"{'create' if kind == 'create' else 'call'},{kind},{where},{int('error' not in frame)}"
    )
    below = [_trace_rows(head, call, (*path, at)) for at, call in enumerate(frame.get("calls", ()))]
    return [row, *(line for rows in below for line in rows)]


def _transaction(sent: _Sent, place: int) -> dict[str, Any]:
    v, r, s = sent.signature
    return {
        "type": "0x0", "chainId": _quantity(CHAIN_ID), "nonce": _quantity(sent.nonce),
        "gasPrice": _quantity(sent.price), "gas": _quantity(sent.gas), "to": sent.to,
        "value": _quantity(sent.value), "input": "0x" + sent.data.hex(), "r": _quantity(r),
        "s": _quantity(s), "v": _quantity(v), "hash": sent.hash,
        "transactionIndex": _quantity(place), "from": sent.sender.address,
    }  # fmt: skip


def _receipt(sent: _Sent, place: int, used: int, logged: int) -> dict[str, Any]:
    bloom = 0
    logs = []
    for at, (contract, topics, data) in enumerate(sent.logs):
        for item in (contract, *topics):
            bloom |= _bloom(bytes.fromhex(item[2:]))
        logs.append(
            {
                "address": contract, "topics": list(topics), "data": "0x" + data.hex(),
                "transactionHash": sent.hash, "transactionIndex": _quantity(place),
                "logIndex": _quantity(logged + at), "removed": False,
            }
        )  # fmt: skip
    return {
        "type": "0x0", "status": _quantity(sent.good), "cumulativeGasUsed": _quantity(used),
        "logs": logs, "logsBloom": f"0x{bloom:0512x}", "transactionHash": sent.hash,
        "transactionIndex": _quantity(place), "gasUsed": _quantity(sent.gas),
        "effectiveGasPrice": _quantity(sent.price), "from": sent.sender.address, "to": sent.to,
        "contractAddress": sent.created or None,
    }  # fmt: skip


def _receipt_bytes(receipt: Mapping[str, Any]) -> bytes:
    logs: list[Rlp] = [
        [
            bytes.fromhex(log["address"][2:]),
            [bytes.fromhex(topic[2:]) for topic in log["topics"]],
            bytes.fromhex(log["data"][2:]),
        ]
        for log in receipt["logs"]
    ]
    return _rlp(
        [
            _bytes(receipt["status"]),
            _bytes(receipt["cumulativeGasUsed"]),
            bytes.fromhex(receipt["logsBloom"][2:]),
            logs,
        ]
    )


@lru_cache(maxsize=1024)
def _bloom(item: bytes) -> int:
    digest = keccak(item)
    bits = (int.from_bytes(digest[at : at + 2], "big") & 2047 for at in (0, 2, 4))
    return sum(1 << bit for bit in set(bits))


def _root(values: Sequence[bytes]) -> str:
    """Return the root of the trie that holds values by their place (yellow paper, appendix D)."""
    if not values:
        return "0x" + keccak(_rlp(b"")).hex()
    keys = [_rlp(_number(place)) for place in range(len(values))]
    items = [
        ([half for byte in key for half in (byte >> 4, byte & 15)], value)
        for key, value in zip(keys, values, strict=True)
    ]
    return "0x" + keccak(_rlp(_node(items))).hex()


def _node(items: Sequence[tuple[list[int], bytes]]) -> Rlp:
    if len(items) == 1:
        path, value = items[0]
        return [_path(path, leaf=True), value]
    shared = 0
    while len({tuple(path[: shared + 1]) for path, _ in items}) == 1:
        shared += 1
    if shared:
        return [
            _path(items[0][0][:shared], leaf=False),
            _link(_node([(path[shared:], value) for path, value in items])),
        ]
    branch: list[Rlp] = []
    for half in range(16):
        below = [(path[1:], value) for path, value in items if path[0] == half]
        branch.append(_link(_node(below)) if below else b"")
    return [*branch, b""]


def _link(node: Rlp) -> Rlp:
    raw = _rlp(node)
    return node if len(raw) < 32 else keccak(raw)


def _path(path: Sequence[int], *, leaf: bool) -> bytes:
    mark = 2 * leaf + len(path) % 2
    halves = [mark, *([] if len(path) % 2 else [0]), *path]
    return bytes(high << 4 | low for high, low in zip(halves[::2], halves[1::2], strict=True))


def _rlp(value: Rlp) -> bytes:
    """Return the recursive length prefix of bytes, or of a list of such (appendix B)."""
    if isinstance(value, bytes):
        if len(value) == 1 and value[0] < 0x80:
            return value
        return _prefix(len(value), 0x80) + value
    body = b"".join(_rlp(item) for item in value)
    return _prefix(len(body), 0xC0) + body


def _prefix(size: int, base: int) -> bytes:
    if size < 56:
        return bytes([base + size])
    raw = _number(size)
    return bytes([base + 55 + len(raw)]) + raw


def _number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def _bytes(text: str) -> bytes:
    """Return the bytes of an address, or of a quantity without zeros before it."""
    return bytes.fromhex(text[2:]) if len(text) == 42 else _number(int(text[2:] or "0", 16))


def _word(value: str | int) -> bytes:
    number = value if isinstance(value, int) else int(value, 16)
    return number.to_bytes(32, "big")


def _quantity(value: int) -> str:
    return hex(value)
