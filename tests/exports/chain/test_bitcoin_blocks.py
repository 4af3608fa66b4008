"""Block files as Bitcoin Core writes them, and as they come when something went wrong."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.chain import COIN, FEE, ChainRead
from forthwith.exports.chain import bitcoin_blocks
from forthwith.exports.chain.bitcoin_scripts import NETWORKS, address_of, p2wpkh
from forthwith.exports.chain.bitcoin_wire import (
    NO_OUTPUT,
    Header,
    Input,
    NotABlockError,
    Transaction,
    made,
    merkle_root,
    transaction_at,
    written,
    written_size,
)
from tests.builders.regtest import Regtest
from tests.exports.chain.coins import (
    POINTS,
    REGTEST,
    Form,
    accepted,
    files_of,
    forms,
    funded,
    signed,
    spending,
)

PAID = p2wpkh(POINTS[4])
KINDS = {
    1: "all",
    2: "none",
    3: "single",
    0x81: "all, anyone",
    0x82: "none, anyone",
    0x83: "single, anyone",
}


@pytest.fixture(scope="module")
def core(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[list[tuple[str, bytes]], dict[str, Form]]:
    """Files of a chain with every form of script, signed in every way, that Core accepted."""
    folder = tmp_path_factory.mktemp("core")
    chain = Regtest(folder)
    by_id = {}
    for kind in KINDS:
        ways = forms()
        coins = funded(chain, [form.script for form in ways], 10_000)
        rows = [
            signed(spending([coin], [(9_000, PAID)]), [form], kind)
            for form, coin in zip(ways, coins, strict=True)
        ]
        assert accepted(chain, *rows)
        by_id |= {row.id: form for row, form in zip(rows, ways, strict=True)}
        chain._coinbases.pop(0)
        chain.mine(1)
    del chain
    return files_of(folder), by_id


def test_files_of_core_read_to_its_own_chain(
    core: tuple[list[tuple[str, bytes]], dict[str, Form]],
) -> None:
    """Scrambled with a key, with room kept behind the blocks, as new nodes write them."""
    files, by_id = core
    read = bitcoin_blocks.read(files)

    assert "xor.dat" in dict(files)
    assert (read.chain, read.faults) == ("bitcoin-regtest", ())
    assert [block.height for block in read.blocks] == list(range(len(read.blocks)))
    assert by_id.keys() <= {row.id for row in read.transactions}
    assert not any(row.unknown for row in read.transactions)


def test_the_keys_that_signed_are_named_for_every_form_and_kind(
    core: tuple[list[tuple[str, bytes]], dict[str, Form]],
) -> None:
    """Of two of three, those two; verified against digests that Core's engine verified."""
    files, by_id = core
    rows = {row.id: row for row in bitcoin_blocks.read(files).transactions}

    for name, form in by_id.items():
        address = address_of(form.script, REGTEST)
        assert [(signer.kind, signer.value, signer.of) for signer in rows[name].signers] == [
            (form.kind, key.hex(), address) for key in form.keys
        ], form.name
        assert rows[name].fee == 1_000


def test_signers_are_asked_for_some_addresses_alone_where_that_is_enough(
    core: tuple[list[tuple[str, bytes]], dict[str, Form]],
) -> None:
    """Long chains are read in a third of the time; nothing else changes."""
    files, by_id = core
    name, form = next(iter(by_id.items()))
    address = address_of(form.script, REGTEST)
    few, whole = bitcoin_blocks.read(files, {address}), bitcoin_blocks.read(files)

    assert {signer.of for row in few.transactions for signer in row.signers} == {address}
    assert [row.signers for row in few.transactions if row.id == name] == [
        row.signers for row in whole.transactions if row.id == name
    ]
    assert [row.legs for row in few.transactions] == [row.legs for row in whole.transactions]


def test_several_inputs_of_several_forms_in_one_transaction(tmp_path: Path) -> None:
    """Digests of taproot cover what every input spends."""
    chain = Regtest(tmp_path)
    ways = forms()
    coins = funded(chain, [form.script for form in ways], 10_000)
    row = signed(spending(coins, [(100_000, PAID), (0, b"\x6a\x02hi")]), ways)
    assert accepted(chain, row)
    del chain

    read = bitcoin_blocks.read(files_of(tmp_path))
    found = next(each for each in read.transactions if each.id == row.id)

    assert [(signer.value, signer.of) for signer in found.signers] == [
        (key.hex(), address_of(form.script, REGTEST)) for form in ways for key in form.keys
    ]
    assert found.fee == len(ways) * 10_000 - 100_000
    assert [leg.row for leg in found.legs] == [
        *(f"input {at}" for at in range(len(ways))), "output 0"
    ]  # fmt: skip


class Mint:
    """A chain of small blocks in memory, with regtest's light work."""

    def __init__(self) -> None:
        self.blocks: list[bytes] = []
        self.rows: list[list[Transaction]] = []

    def block(
        self,
        height: int,
        parent: str,
        *more: Transaction,
        time: int | None = None,
        extra: bytes = b"",
        pays: int = 50,
    ) -> str:
        """Add a block; return its hash as shown."""
        number = bytes([0x50 + height]) if height <= 16 else b"\2" + height.to_bytes(2, "little")
        first = Input(NO_OUTPUT, number + b"\x51" + extra, b"\xff" * 4)
        rows = [made(b"\1\0\0\0", [first], [(pays, PAID)], b"\0" * 4), *more]
        root, _ = merkle_root([row.txid for row in rows])
        start = b"\4\0\0\0" + bytes.fromhex(parent)[::-1] + root
        start += (1_600_000_000 + 600 * height if time is None else time).to_bytes(4, "little")
        nonce = 0
        while not (
            header := Header(start + b"\xff\xff\x7f\x20" + nonce.to_bytes(4, "little"))
        ).worked:
            nonce += 1
        body = header.raw + written_size(len(rows)) + b"".join(map(written, rows))
        self.blocks.append(REGTEST.magic + len(body).to_bytes(4, "little") + body)
        self.rows.append(rows)
        return header.id

    def chain(self, count: int, first: int = 1, parent: str = REGTEST.genesis) -> list[str]:
        """Add blocks that follow one another; return their hashes."""
        names = [parent]
        for height in range(first, first + count):
            names.append(self.block(height, names[-1]))
        return names[1:]


def read(*blocks: bytes) -> ChainRead:
    """Those bytes as one file."""
    return bitcoin_blocks.read([("blk00000.dat", b"".join(blocks))])


def heights(found: ChainRead) -> list[int]:
    """Of its blocks."""
    return [block.height for block in found.blocks]


@given(st.randoms(use_true_random=False), st.integers(1, 3))
@settings(max_examples=25, deadline=None)
def test_any_order_of_blocks_and_files_gives_one_chain(source: random.Random, count: int) -> None:
    """Nodes write blocks as they arrive."""
    mint = Mint()
    mint.chain(9)
    want = read(*mint.blocks)
    blocks = [*mint.blocks, mint.blocks[4]]
    source.shuffle(blocks)
    files = [(f"blk{at:05}.dat", b"".join(blocks[at::count])) for at in range(count)]
    source.shuffle(files)
    found = bitcoin_blocks.read(files)

    assert heights(found) == list(range(1, 10))
    assert [block.hash for block in found.blocks] == [block.hash for block in want.blocks]
    assert [row.id for row in found.transactions] == [row.id for row in want.transactions]
    assert found.notes == ("1 blocks stand in the files twice and count once",)


def test_a_sibling_is_told_and_does_not_count() -> None:
    """The chain with the most work is taken, wherever the other stands."""
    mint = Mint()
    names = mint.chain(4)
    sibling = mint.block(4, names[2], extra=b"x")
    mint.chain(2, 5, names[3])

    found = read(*mint.blocks[::-1])

    assert heights(found) == [1, 2, 3, 4, 5, 6]
    assert sibling not in {block.hash for block in found.blocks}
    assert [note for note in found.notes if sibling in note and "of height 4" in note]
    assert found.faults == ()


def test_a_reorganisation_of_several_blocks_moves_coins_once() -> None:
    """What the abandoned branch paid is not paid."""
    mint = Mint()
    names = mint.chain(3)
    coin = mint.rows[0][0]
    lost = mint.block(4, names[2], spend_plain(coin, (49, PAID)), extra=b"a")
    mint.block(5, lost, extra=b"a")
    best = mint.block(4, names[2], spend_plain(coin, (40, PAID)), extra=b"b")
    best = mint.block(5, best, extra=b"b")
    mint.block(6, best, extra=b"b")

    found = read(*mint.blocks)

    assert [row.fee for row in found.transactions if not row.from_outside] == [10]
    assert sum("not on the chain with the most work" in note for note in found.notes) == 2


def spend_plain(row: Transaction, *outputs: tuple[int, bytes]) -> Transaction:
    """Spend the first output without a witness."""
    return made(
        b"\2\0\0\0", [Input(row.txid + b"\0" * 4, b"\x51", b"\xff" * 4)], outputs, b"\0" * 4
    )


def test_two_branches_with_the_same_work_end_the_chain_before_they_part() -> None:
    """Nothing says which of them the node took."""
    mint = Mint()
    names = mint.chain(3)
    mint.block(4, names[2], extra=b"x")
    mint.block(4, names[2], extra=b"y")

    found = read(*mint.blocks)

    assert heights(found) == [1, 2, 3]
    assert "the same work" in found.faults[0].what


def test_a_missing_block_is_told_and_later_blocks_keep_their_heights() -> None:
    """They state them themselves (BIP-34)."""
    mint = Mint()
    mint.chain(6)

    found = read(*mint.blocks[:2], *mint.blocks[3:])

    assert heights(found) == [1, 2, 4, 5, 6]
    assert "blocks 3 to 3 are not in the files" in found.faults[0].what


def test_an_output_of_a_block_that_is_not_there_is_unknown_and_never_nothing() -> None:
    """Whose it may have been is said where the input shows it."""
    mint = Mint()
    names = mint.chain(2)
    coin = mint.rows[0][0]
    mint.block(3, names[1], spend_plain(coin, (30, b"\x6a"), (15, PAID)))

    (row,) = [row for row in read(*mint.blocks[1:]).transactions if not row.from_outside]

    assert row.unknown == (COIN, FEE)
    assert "not in the files" in row.why
    assert row.fee == 0
    assert [(leg.address[:5], leg.amount) for leg in row.legs] == [("", 30), ("bcrt1", 15)]
    whole = read(*mint.blocks).transactions[-1]
    assert (whole.unknown, whole.fee) == ((), 5)


def test_an_output_spent_twice_is_a_fault() -> None:
    """No chain of a node has it."""
    mint = Mint()
    names = mint.chain(1)
    coin = mint.rows[0][0]
    second = mint.block(2, names[0], spend_plain(coin, (50, PAID)))
    mint.block(3, second, spend_plain(coin, (49, PAID)))

    found = read(*mint.blocks)

    assert "was spent before" in found.faults[0].what
    assert found.transactions[-1].unknown == (COIN, FEE)


def test_more_out_than_in_is_a_fault_and_no_fee() -> None:
    """A fee below zero is a hole in the file or a forgery."""
    mint = Mint()
    names = mint.chain(1)
    mint.block(2, names[0], spend_plain(mint.rows[0][0], (51, PAID)))

    found = read(*mint.blocks)

    assert "pays more than its inputs have" in found.faults[0].what
    assert found.transactions[-1].fee == 0


def test_a_file_cut_off_loses_its_last_block_aloud() -> None:
    """Every byte at which it can be cut."""
    mint = Mint()
    mint.chain(2)
    first, second = mint.blocks
    for end in range(1, len(second)):
        found = read(first, second[:end])
        assert heights(found) == [1], end
        assert found.faults, end


def test_any_byte_changed_in_a_block_is_noticed() -> None:
    """Work, Merkle root or magic: one of them no longer fits."""
    mint = Mint()
    names = mint.chain(1)
    mint.block(2, names[0], spend_plain(mint.rows[0][0], (40, PAID)))
    data = b"".join(mint.blocks)
    want = read(data)
    for at in range(len(mint.blocks[0]), len(data)):
        changed = bytearray(data)
        changed[at] ^= 1
        found = read(bytes(changed))
        # A header may still have work under another hash: then it is another block, and links.
        same = found.transactions == want.transactions and found.blocks == want.blocks
        assert found.faults or not same, at


def test_garbage_between_blocks_is_told_and_passed() -> None:
    """With the magic inside it, too."""
    mint = Mint()
    mint.chain(3)
    one, two, three = mint.blocks
    for junk in (
        b"junk",
        REGTEST.magic,
        REGTEST.magic + b"\xff" * 4,
        REGTEST.magic + b"\x51\0\0\0",
    ):
        found = read(one, b"\0" * 7, junk, b"\0" * 9, two, b"\0" * 100, three)
        assert heights(found) == [1, 2, 3], junk
        assert found.faults, junk
    assert read(one, b"\0" * 7, two, b"\0" * 100, three, b"\0" * 4096).faults == ()


KEY = bytes.fromhex("0123456789abcdef")


def scrambled(data: bytes, key: bytes = KEY) -> bytes:
    """As a node with that key stores it."""
    return bytes(byte ^ key[at % 8] for at, byte in enumerate(data))


@pytest.mark.parametrize(
    ("key", "data", "said"),
    [
        (KEY, scrambled, ""),
        (b"\0" * 8, bytes, ""),
        (KEY, bytes, "read as it is"),
        (None, scrambled, "no network, as when it is scrambled"),
        (KEY[::-1], scrambled, "with the key in xor.dat and without it"),
        (KEY[:4], scrambled, "has 4 bytes, not 8"),
    ],
)
def test_a_scrambled_file_needs_its_key(key: bytes | None, data: object, said: str) -> None:
    """The wrong one is told from none at all."""
    mint = Mint()
    mint.chain(3)
    files = [("blocks/blk00000.dat", data(b"".join(mint.blocks)))]  # type: ignore[operator]
    files += [("blocks/xor.dat", key)] if key is not None else []

    found = bitcoin_blocks.read(files)

    assert said in " ".join([*map(str, found.faults), *found.notes])
    assert heights(found) == ([] if found.faults else [1, 2, 3])


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: network.chain)
def test_the_network_is_that_of_the_magic(network: object) -> None:
    """Another network's work does not do: regtest's blocks under another magic are refused."""
    mint = Mint()
    mint.chain(1)
    magic = network.magic  # type: ignore[attr-defined]

    found = read(magic + mint.blocks[0][4:])

    assert found.chain == network.chain  # type: ignore[attr-defined]
    assert bool(found.faults) == (network is not REGTEST)


def test_files_of_two_networks_are_not_one_chain() -> None:
    """Each is imported by itself."""
    mint = Mint()
    mint.chain(1)
    files = [("blk00000.dat", mint.blocks[0]), ("blk00001.dat", NETWORKS[0].magic + b"\0" * 99)]

    found = bitcoin_blocks.read(files)

    assert "its blocks are of bitcoin" in found.faults[0].what
    assert heights(found) == [1]


def test_the_first_block_of_bitcoin_is_read_and_pays_nobody() -> None:
    """Its output can never be spent, by rule."""
    genesis = bytes.fromhex(
        "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b2"
        "7ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c0101000000010000"
        "000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d01044554"
        "68652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f6620"
        "7365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0"
        "fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de"
        "5c384df7ba0b8d578a4c702b6bf11d5fac00000000"
    )

    found = read(NETWORKS[0].magic + len(genesis).to_bytes(4, "little") + genesis)

    assert (found.chain, heights(found), found.transactions) == ("bitcoin", [0], ())
    assert found.blocks[0].hash == NETWORKS[0].genesis
    assert found.faults == ()


@given(st.binary(max_size=400), st.integers(0, 3))
@settings(max_examples=200, deadline=None)
def test_no_bytes_make_it_fail(data: bytes, where: int) -> None:
    """Whatever they are, the reader answers."""
    mint = Mint()
    mint.chain(2)
    parts: list[bytes] = [*mint.blocks]
    parts.insert(where, REGTEST.magic + data)

    found = read(*parts)

    assert heights(found) in ([1, 2], [1], [])
    assert found.faults


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_a_transaction_reads_back_or_is_refused(data: bytes) -> None:
    """Counts are never believed before their bytes are there."""
    try:
        found, end = transaction_at(data, 0)
    except NotABlockError:
        return
    assert transaction_at(written(found), 0)[0].txid == found.txid
    assert end <= len(data)


def test_coins_of_one_script_are_kept_apart_from_all_others() -> None:
    """Scripts without address have a name of their own; what nobody can spend has none."""
    key = b"\x21" + POINTS[0] + b"\xac"

    assert address_of(key, REGTEST) == f"script:{key.hex()}"
    assert address_of(b"\x51" * 200, REGTEST).startswith("scripthash:")
    assert address_of(b"\x6a\x01\x01", REGTEST) == ""
    assert address_of(b"\x51\x02\x4e\x73", NETWORKS[0]) == "bc1pfeessrawgf"


@pytest.mark.corpus
def test_a_quarter_of_an_exchange_reads_without_a_fault(corpora: Path) -> None:
    """Every block of it was accepted by Core's engine; its first block is not in the file."""
    path = corpora / "books/case-tamarack/bitcoin/blk00000.dat"
    found = bitcoin_blocks.read([(path.name, path.read_bytes())])

    assert (found.chain, found.faults, found.notes) == ("bitcoin-regtest", (), ())
    assert heights(found) == list(range(1, 284))
    signers: Counter[int] = Counter(
        len(row.signers) for row in found.transactions if not row.from_outside
    )
    assert signers.total() == 123
    assert not signers[0]
