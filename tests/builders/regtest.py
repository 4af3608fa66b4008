"""A regtest chain in a folder, judged by Bitcoin Core's own validation (py-bitcoinkernel)."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

import pbk
from embit.script import Script, Witness
from embit.transaction import Transaction, TransactionInput, TransactionOutput

_BITS = 0x207FFFFF
_TARGET = 0x7FFFFF << (8 * (0x20 - 3))
_SUBSIDY = 5_000_000_000
#: Anybody may spend it: the coins we start from.
_OPEN = Script(b"\x51")
_MATURE = 101


def double_sha(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def _merkle(leaves: list[bytes]) -> bytes:
    while len(leaves) > 1:
        leaves = leaves + leaves[-1:] * (len(leaves) % 2)
        leaves = [double_sha(a + b) for a, b in zip(leaves[::2], leaves[1::2], strict=True)]
    return leaves[0]


def txid(tx: Transaction) -> bytes:
    """Return the id as hashed (little-endian)."""
    bare = [TransactionInput(i.txid, i.vout, i.script_sig, i.sequence) for i in tx.vin]
    return double_sha(Transaction(tx.version, bare, tx.vout, tx.locktime).serialize())


def spend(coin: tuple[bytes, int], *outputs: TransactionOutput) -> Transaction:
    """Return an unsigned transaction of one coin."""
    each = TransactionInput(coin[0][::-1], coin[1], Script(b""), 0xFFFFFFFD)
    return Transaction(2, [each], list(outputs), 0)


class Regtest:
    """A chain of its own, grown block by block."""

    def __init__(self, folder: Path) -> None:
        self._manager = pbk.load_chainman(folder, pbk.ChainType.REGTEST)
        tip = self._manager.get_active_chain().block_tree_entries[0].block_hash
        self._tip = tip.to_bytes() if hasattr(tip, "to_bytes") else bytes(tip)
        self._time = 1_296_688_602
        self._coinbases: list[Transaction] = []
        self.mine(_MATURE)

    @property
    def height(self) -> int:
        return int(self._manager.get_active_chain().height)

    def mine(self, count: int) -> None:
        for _ in range(count):
            assert self.accepts()

    def fund(self, scripts: list[Script], value: int) -> list[tuple[bytes, int]]:
        """Pay `value` to each script in one transaction; return the coins."""
        coinbase = self._coinbases[0]
        outputs = [TransactionOutput(value, script) for script in scripts]
        tx = spend((txid(coinbase), 0), *outputs)
        assert self.accepts(tx)
        return [(txid(tx), place) for place in range(len(scripts))]

    def accepts(self, *transactions: Transaction) -> bool:
        """Whether a block with these becomes the tip; if not, nothing changes."""
        before = self.height
        self._time += 600
        raw, block_hash, coinbase = self._block(list(transactions), before + 1)
        try:
            self._manager.process_block(pbk.Block(raw))
        except pbk.ProcessBlockException:
            assert self.height == before
            return False
        if self.height == before:
            return False
        self._tip = block_hash
        self._coinbases.append(coinbase)
        return True

    def _block(
        self, transactions: list[Transaction], height: int
    ) -> tuple[bytes, bytes, Transaction]:
        pushed = height.to_bytes(height.bit_length() // 8 + 1, "little")
        number = bytes([0x50 + height]) if height <= 16 else bytes([len(pushed)]) + pushed
        first = TransactionInput(b"\0" * 32, 0xFFFFFFFF, Script(number + b"\x51"), 0xFFFFFFFF)
        coinbase = Transaction(2, [first], [TransactionOutput(_SUBSIDY >> height // 150, _OPEN)], 0)
        if transactions:
            witnesses = [b"\0" * 32, *(double_sha(tx.serialize()) for tx in transactions)]
            commitment = double_sha(_merkle(witnesses) + b"\0" * 32)
            coinbase.vout.append(
                TransactionOutput(0, Script(b"\x6a\x24\xaa\x21\xa9\xed" + commitment))
            )
            coinbase.vin[0].witness = Witness([b"\0" * 32])
        held = [coinbase, *transactions]
        header, block_hash = self._worked(_merkle([txid(tx) for tx in held]))
        body = bytes([len(held)]) + b"".join(tx.serialize() for tx in held)
        return header + body, block_hash, coinbase

    def _worked(self, root: bytes) -> tuple[bytes, bytes]:
        start = struct.pack("<i", 0x20000000) + self._tip + root
        for nonce in range(1 << 20):
            header = start + struct.pack("<III", self._time, _BITS, nonce)
            found = double_sha(header)
            if int.from_bytes(found, "little") <= _TARGET:
                return header, found
        raise AssertionError("no nonce")
