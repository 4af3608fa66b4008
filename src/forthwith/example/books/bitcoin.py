"""A small regtest chain: keys, spends that are really signed, blocks with proof of work.

Every block is one that Bitcoin Core's engine accepts: BIP 34 heights, merkle roots, witness
commitments, times above the median of eleven. Nothing is looked up: the same calls give the same
bytes.
"""

from __future__ import annotations

import hashlib
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from embit import ec, script
from embit.networks import NETWORKS
from embit.transaction import SIGHASH, Transaction, TransactionInput, TransactionOutput, Witness

CHAIN = "bitcoin-regtest"
_REGTEST = NETWORKS["regtest"]
_MAGIC = bytes.fromhex("fabfb5da")
_BITS = 0x207FFFFF
#: Every second header lies below it: that is all the work regtest asks for.
_TARGET = 0x7FFFFF << 232
_GENESIS = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"
_GENESIS_TIME = 1_296_688_602
#: BIP 141: what stands before the commitment in the coinbase's last output.
_COMMITMENT = bytes.fromhex("6a24aa21a9ed")
_MATURITY = 100
_HALVING = 150


@dataclass(frozen=True, slots=True)
class Owner:
    """An address and what signs for it: one key (P2WPKH) or two of three (P2WSH)."""

    name: str
    keys: tuple[ec.PrivateKey, ...]
    output: script.Script
    #: The witness script of a P2WSH address.
    inner: script.Script | None = None

    @property
    def address(self) -> str:
        """Return the address as written."""
        return str(self.output.address(_REGTEST))


@dataclass(frozen=True, slots=True)
class Coin:
    """An unspent output; a coinbase's is ripe at `ripe`."""

    txid: str
    number: int
    amount: int
    owner: Owner
    ripe: int = 0


@dataclass(frozen=True, slots=True)
class Mined:
    """A block with its place in the chain."""

    height: int
    hash: str
    time: int
    raw: bytes


def secret(seed: int, name: str) -> bytes:
    """Return 32 bytes that are a key's; the same for a seed and a name."""
    return hashlib.sha256(f"forthwith example {seed} {name}".encode()).digest()


def single(seed: int, name: str) -> Owner:
    """Return the owner of a P2WPKH address."""
    key = ec.PrivateKey(secret(seed, name))
    return Owner(name, (key,), script.p2wpkh(key))


def two_of_three(seed: int, name: str) -> Owner:
    """Return the owner of a P2WSH address that two of three keys spend from."""
    keys = [ec.PrivateKey(secret(seed, f"{name} {number}")) for number in range(3)]
    keys.sort(key=lambda key: bytes(key.get_public_key().sec()))
    points = b"".join(b"\x21" + key.get_public_key().sec() for key in keys)
    inner = script.Script(b"\x52" + points + b"\x53\xae")
    return Owner(name, tuple(keys), script.p2wsh(inner), inner)


@dataclass
class Chain:
    """The chain as it grows, and whose coins are unspent."""

    miner: Owner
    blocks: list[Mined] = field(default_factory=list)
    #: Blocks beside the chain, by the height of the block they stand before in the file.
    beside: dict[int, bytes] = field(default_factory=dict)
    coins: list[Coin] = field(default_factory=list)
    _waiting: list[tuple[Transaction, int]] = field(default_factory=list)

    @property
    def height(self) -> int:
        """Return the height of the tip; 0 is the genesis block."""
        return len(self.blocks)

    @property
    def waits(self) -> bool:
        """Return whether a transaction waits for a block."""
        return bool(self._waiting)

    def balance(self, *owners: Owner) -> int:
        """Return what owners can spend."""
        return sum(coin.amount for coin in self.coins if coin.owner in owners)

    def spend(
        self, coins: Sequence[Coin], outputs: Sequence[tuple[Owner, int]], signers: int = 0
    ) -> str:
        """Put a signed transaction into the next block and return its id; the rest is its fee.

        `signers` chooses which two of three keys sign: 0 the first two, 1 the last two.
        """
        tx = Transaction(
            version=2,
            vin=[
                TransactionInput(bytes.fromhex(coin.txid), coin.number, sequence=0xFFFFFFFD)
                for coin in coins
            ],
            vout=[TransactionOutput(amount, owner.output) for owner, amount in outputs],
            locktime=0,
        )
        for number, coin in enumerate(coins):
            tx.vin[number].witness = witness(tx, number, coin, signers)
        txid = str(tx.txid().hex())
        self.coins = [coin for coin in self.coins if coin not in coins]
        self.coins += [
            Coin(txid, number, amount, owner) for number, (owner, amount) in enumerate(outputs)
        ]
        fee = sum(coin.amount for coin in coins) - sum(amount for _, amount in outputs)
        self._waiting.append((tx, fee))
        return txid

    def pick(self, amount: int, *owners: Owner) -> list[Coin]:
        """Return the oldest coins of owners that are enough; a coinbase must be ripe."""
        found: list[Coin] = []
        for coin in self.coins:
            if sum(other.amount for other in found) >= amount:
                break
            if coin.owner in owners and coin.ripe <= self.height + 1:
                found.append(coin)
        if sum(coin.amount for coin in found) < amount:
            raise LookupError(f"{[owner.name for owner in owners]} cannot pay {amount}")
        return found

    def mine(self, time: int) -> Mined:
        """Make the next block of what waits. `time` must lie above the median of eleven."""
        block, coinbase = self._block(time, self._waiting)
        self.coins.append(
            Coin(
                coinbase.txid().hex(), 0, coinbase.vout[0].value, self.miner,
                block.height + _MATURITY,
            )
        )  # fmt: skip
        self.blocks.append(block)
        self._waiting = []
        return block

    def mine_beside(self, time: int) -> None:
        """Make a block of what waits that the chain will leave behind: it stays in the file.

        The transactions wait on, and the next block takes them at the same height.
        """
        block, _ = self._block(time, self._waiting)
        self.beside[block.height] = block.raw

    def at(self, when: int) -> Mined:
        """Return the block before the first whose header time is later than `when`."""
        later = (block.height for block in self.blocks if block.time > when)
        return self.blocks[next(later, self.height + 1) - 2]

    def file(self, mask: bytes = b"") -> bytes:
        """Return blk00000.dat, without the genesis block; `mask` is what xor.dat would hold."""
        parts = []
        for block in self.blocks:
            parts += [
                _MAGIC + len(raw).to_bytes(4, "little") + raw
                for raw in (self.beside.get(block.height), block.raw)
                if raw
            ]
        plain = b"".join(parts)
        if not mask:
            return plain
        return bytes(byte ^ mask[at % len(mask)] for at, byte in enumerate(plain))

    def _block(
        self, time: int, waiting: Sequence[tuple[Transaction, int]]
    ) -> tuple[Mined, Transaction]:
        height = self.height + 1
        parent = self.blocks[-1].hash if self.blocks else _GENESIS
        last = [block.time for block in self.blocks[-11:]] or [_GENESIS_TIME]
        if time <= statistics.median_high(last):
            raise ValueError(f"block {height} at {time} is not above the median of eleven")
        coinbase = self._coinbase(height, waiting, beside=height in self.beside)
        txids = [tx.txid()[::-1] for tx in (coinbase, *(tx for tx, _ in waiting))]
        head = (
            (0x20000000).to_bytes(4, "little")
            + bytes.fromhex(parent)[::-1]
            + _merkle(txids)
            + time.to_bytes(4, "little")
            + _BITS.to_bytes(4, "little")
        )
        nonce = 0
        while int.from_bytes(_double(head + nonce.to_bytes(4, "little")), "little") > _TARGET:
            nonce += 1
        header = head + nonce.to_bytes(4, "little")
        body = _size(1 + len(waiting)) + coinbase.serialize()
        raw = header + body + b"".join(tx.serialize() for tx, _ in waiting)
        return Mined(height, _double(header)[::-1].hex(), time, raw), coinbase

    def _coinbase(
        self, height: int, waiting: Sequence[tuple[Transaction, int]], *, beside: bool
    ) -> Transaction:
        """Return the coinbase; `beside` marks that a block of this height was left behind."""
        wtxids = [bytes(32), *(_double(tx.serialize()) for tx, _ in waiting)]
        commitment = _double(_merkle(wtxids) + bytes(32))
        amount = (50 * 10**8 >> height // _HALVING) + sum(fee for _, fee in waiting)
        return Transaction(
            version=2,
            vin=[
                TransactionInput(
                    bytes(32),
                    0xFFFFFFFF,
                    script_sig=script.Script(_height(height) + (b"\x51" if beside else b"\x00")),
                    sequence=0xFFFFFFFF,
                    witness=Witness([bytes(32)]),
                )
            ],
            vout=[
                TransactionOutput(amount, self.miner.output),
                TransactionOutput(0, script.Script(_COMMITMENT + commitment)),
            ],
            locktime=0,
        )


def witness(tx: Transaction, number: int, coin: Coin, signers: int = 0) -> Witness:
    """Return the witness that spends a coin: its owner signs for the whole transaction."""
    owner = coin.owner
    code = owner.inner or script.p2pkh(owner.keys[0])
    digest = tx.sighash_segwit(number, code, coin.amount)
    kind = bytes([SIGHASH.ALL])
    if owner.inner is None:
        key = owner.keys[0]
        return Witness([key.sign(digest).serialize() + kind, key.get_public_key().sec()])
    chosen = owner.keys[signers : signers + 2]
    signatures = [key.sign(digest).serialize() + kind for key in chosen]
    return Witness([b"", *signatures, owner.inner.data])


def _height(height: int) -> bytes:
    """Return the push of a height as BIP 34 wants it."""
    if height <= 16:
        return bytes([0x50 + height])
    raw = height.to_bytes(height.bit_length() // 8 + 1, "little")
    return bytes([len(raw)]) + raw


def _double(data: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def _merkle(hashes: Sequence[bytes]) -> bytes:
    level = list(hashes)
    while len(level) > 1:
        if len(level) % 2:
            level.append(level[-1])
        level = [_double(left + right) for left, right in zip(level[::2], level[1::2], strict=True)]
    return level[0]


def _size(number: int) -> bytes:
    return bytes([number]) if number < 0xFD else b"\xfd" + number.to_bytes(2, "little")
