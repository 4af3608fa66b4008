"""Blocks as a node prints them say what block files say, and no more is believed of them."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from forthwith.domain.chain import ChainRead
from forthwith.exports.chain import bitcoin_blocks, bitcoin_json
from forthwith.exports.chain.bitcoin_scripts import address_of, p2wpkh
from forthwith.exports.chain.bitcoin_wire import (
    HEADER,
    Header,
    Transaction,
    transactions_of,
    written,
)
from forthwith.exports.chain.join import join
from tests.builders.regtest import Regtest
from tests.exports.chain.coins import (
    POINTS,
    REGTEST,
    accepted,
    files_of,
    forms,
    funded,
    signed,
    spending,
)

PAID = p2wpkh(POINTS[4])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, bytes]]:
    """Block files of a chain with every form of script."""
    folder = tmp_path_factory.mktemp("core")
    chain = Regtest(folder)
    ways = forms()
    coins = funded(chain, [form.script for form in ways], 12_345)
    rows = [
        signed(spending([coin], [(10_000, PAID), (0, b"\x6a\x02hi")]), [form])
        for coin, form in zip(coins, ways, strict=True)
    ]
    assert accepted(chain, *rows)
    del chain
    return files_of(folder)


def raw_blocks(files: list[tuple[str, bytes]]) -> list[bytes]:
    """The blocks of files, in the order they stand in."""
    data, key = dict(files)["blk00000.dat"], dict(files)["xor.dat"]
    clear = bytes(byte ^ key[at % 8] for at, byte in enumerate(data[:1_000_000]))
    found, at = [], 0
    while clear[at : at + 4] == REGTEST.magic:
        size = int.from_bytes(clear[at + 4 : at + 8], "little")
        found.append(clear[at + 8 : at + 8 + size])
        at += 8 + size
    return found


class Number(str):
    """Digits to stand in JSON as a number, as they are."""

    __slots__ = ()


def coins(units: int) -> Number:
    """An amount as a node prints it."""
    return Number(f"{Decimal(units) / 10**8:.8f}")


def printed(
    raw: bytes, height: int, verbosity: int, known: dict[bytes, tuple[int, bytes, int]]
) -> dict[str, object]:
    """A block as `getblock` prints it."""
    header = Header(raw[:HEADER])
    rows = transactions_of(raw)
    for row in rows:
        for place, output in enumerate(row.outputs):
            known[row.txid + place.to_bytes(4, "little")] = (*output, height)
    parent = {} if height == 0 else {"previousblockhash": header.parent}
    return {
        "hash": header.id,
        "confirmations": 1,
        "height": height,
        "version": header.version,
        "merkleroot": header.merkle_root[::-1].hex(),
        "time": header.time,
        "nonce": int.from_bytes(raw[76:80], "little"),
        "bits": raw[75:71:-1].hex(),
        **parent,
        "tx": [_transaction(row, verbosity, known) for row in rows],
    }


def _transaction(
    row: Transaction, verbosity: int, known: dict[bytes, tuple[int, bytes, int]]
) -> dict[str, object]:
    inputs: list[dict[str, object]] = []
    spent = 0
    for each in row.inputs:
        entry: dict[str, object] = {"sequence": int.from_bytes(each.sequence, "little")}
        if each.witness:
            entry["txinwitness"] = [element.hex() for element in each.witness]
        if row.is_coinbase:
            entry["coinbase"] = each.script.hex()
        else:
            entry["txid"] = each.output[31::-1].hex()
            entry["vout"] = int.from_bytes(each.output[32:], "little")
            entry["scriptSig"] = {"asm": "", "hex": each.script.hex()}
            amount, script, since = known[each.output]
            spent += amount
            if verbosity == 3:
                entry["prevout"] = {
                    "height": since, "value": coins(amount), "scriptPubKey": _script(script)
                }  # fmt: skip
        inputs.append(entry)
    paid = sum(amount for amount, _ in row.outputs)
    return {
        "txid": row.id,
        "hash": row.wtxid[::-1].hex(),
        "version": int.from_bytes(row.version, "little"),
        "locktime": int.from_bytes(row.locktime, "little"),
        "vin": inputs,
        "vout": [
            {"value": coins(amount), "n": at, "scriptPubKey": _script(script)}
            for at, (amount, script) in enumerate(row.outputs)
        ],
        **({} if row.is_coinbase else {"fee": coins(spent - paid)}),
        "hex": written(row).hex(),
    }


def _script(script: bytes) -> dict[str, str]:
    address = address_of(script, REGTEST)
    shown = {"address": address} if address and not address.startswith("script") else {}
    return {"asm": "", "hex": script.hex(), **shown}


def text(value: object) -> str:
    """JSON with amounts as numbers, digit for digit."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return (
            "{" + ",".join(f"{json.dumps(key)}:{text(part)}" for key, part in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ",".join(map(text, value)) + "]"
    return json.dumps(value)


def all_printed(
    files: list[tuple[str, bytes]], verbosity: int = 2, first: int = 0
) -> list[dict[str, object]]:
    """Every block from a height on."""
    known: dict[bytes, tuple[int, bytes, int]] = {}
    blocks = [printed(raw, at, verbosity, known) for at, raw in enumerate(raw_blocks(files))]
    return blocks[first:]


def same(found: ChainRead, want: ChainRead) -> None:
    """Both tell one chain, down to the keys that signed; where it stood in files aside."""
    assert found.chain == want.chain
    assert [replace(row, file="") for row in found.blocks] == [
        replace(row, file="") for row in want.blocks
    ]
    assert [replace(row, file="") for row in found.transactions] == [
        replace(row, file="") for row in want.transactions
    ]


@pytest.mark.parametrize("layout", ["lines", "array", "indented", "one each", "wrapped", "bytes"])
def test_every_layout_says_what_the_block_files_say(
    files: list[tuple[str, bytes]], layout: str
) -> None:
    """A line each, an array, one after another, alone in files, as RPC answers, in hexadecimal."""
    blocks = all_printed(files)
    given = {
        "lines": [("b.jsonl", "\n".join(map(text, blocks)))],
        "array": [("b.json", text(blocks))],
        "indented": [
            (
                "b.json",
                "\n".join(
                    json.dumps(json.loads(text(b), parse_float=str), indent=2) for b in blocks
                ),
            )
        ],
        "one each": [(f"{at:04}.json", text(block)) for at, block in enumerate(blocks[::-1])],
        "wrapped": [("b.json", text([{"result": b, "error": None, "id": 1} for b in blocks]))],
        "bytes": [
            ("info.json", text({"chain": "regtest", "blocks": 9})),
            ("b.jsonl", "\n".join(text({"result": raw.hex()}) for raw in raw_blocks(files))),
        ],
    }[layout]
    found = bitcoin_json.read([(name, body.encode()) for name, body in given])

    assert found.faults == ()
    same(found, bitcoin_blocks.read(files))


def test_amounts_are_read_digit_for_digit(files: list[tuple[str, bytes]]) -> None:
    """0.1 + 0.2 is not 0.30000000000000004: what went through a float is a fault."""
    blocks = all_printed(files)
    body = "\n".join(map(text, blocks)).replace(text(coins(10_000)), "0.00010000000000000001")
    found = bitcoin_json.read([("b.jsonl", body.encode())])

    assert any("more than eight places" in fault.what for fault in found.faults)
    assert any(row.unknown for row in found.transactions)


def test_a_block_from_the_middle_knows_its_inputs_where_they_are_printed(
    files: list[tuple[str, bytes]],
) -> None:
    """`getblock … 3` has them, `2` has not; the height is printed."""
    last = len(raw_blocks(files)) - 1
    whole = bitcoin_blocks.read(files)
    want = [row for row in whole.transactions if row.height == last]
    three = bitcoin_json.read([("b.json", text(all_printed(files, 3, last)).encode())])
    two = bitcoin_json.read([("b.json", text(all_printed(files, 2, last)).encode())])

    assert [replace(row, file="") for row in three.transactions] == [
        replace(row, file="") for row in want
    ]
    unknown = [row for row in two.transactions if not row.from_outside]
    assert all(row.unknown and "not in the files" in row.why for row in unknown)
    for row, known in zip(unknown, (row for row in want if not row.from_outside), strict=True):
        spender = known.legs[0].address
        assert any(
            spender.startswith(suspect[:-1]) if suspect.endswith("*") else spender == suspect
            for suspect in row.suspects
        ), spender


@pytest.mark.parametrize("height", [10**6, -1, True, "5", None, 3.5])
def test_an_age_that_cannot_be_is_no_age_and_costs_nothing_else(
    files: list[tuple[str, bytes]], height: object
) -> None:
    last = len(raw_blocks(files)) - 1
    block = json.loads(text(all_printed(files, 3, last)[0]), parse_float=str)
    block["tx"][1]["vin"][0]["prevout"]["height"] = height
    found = bitcoin_json.read([("b.json", json.dumps(block).encode())])

    leg = found.transactions[1].legs[0]
    assert (leg.row, leg.since, found.transactions[1].unknown) == ("input 0", None, ())
    assert len([fault for fault in found.faults if "how old" in fault.what]) == (height == 10**6)


def test_an_output_said_to_be_of_another_block_is_a_fault(files: list[tuple[str, bytes]]) -> None:
    blocks = [json.loads(text(block), parse_float=str) for block in all_printed(files, 3)]
    spent = blocks[-1]["tx"][1]["vin"][0]["prevout"]
    was, spent["height"] = spent["height"], spent["height"] - 1
    found = bitcoin_json.read([("b.jsonl", "\n".join(map(json.dumps, blocks)).encode())])

    assert ["another height" in fault.what for fault in found.faults] == [True]
    (leg, *_) = (row.legs[0] for row in found.transactions if row.id == blocks[-1]["tx"][1]["txid"])
    assert leg.since == was


def test_a_printed_output_that_the_input_does_not_open_is_not_believed(
    files: list[tuple[str, bytes]],
) -> None:
    """No id binds what `getblock … 3` says of the outputs spent; the input's own key does."""
    last = len(raw_blocks(files)) - 1
    block = json.loads(text(all_printed(files, 3, last)[0]), parse_float=str)
    for place, row in enumerate(block["tx"][1:], 1):
        changed = json.loads(json.dumps(block))
        for other in ("", "0014" + "00" * 20, "76a914" + "00" * 20 + "88ac"):
            changed["tx"][place]["vin"][0]["prevout"]["scriptPubKey"]["hex"] = other
            found = bitcoin_json.read([("b.json", json.dumps(changed).encode())])
            # What has no witness can have opened a script without address, whichever it is.
            may_be = other == "" and "txinwitness" not in row["vin"][0]
            assert bool(found.transactions[place].unknown) != may_be, (place, other)
        changed = json.loads(json.dumps(block))
        changed["tx"][place]["vin"][0]["prevout"]["value"] = "9.00000000"
        assert bitcoin_json.read([("b.json", json.dumps(changed).encode())]).faults


def test_what_is_printed_otherwise_than_its_id_says_is_a_fault(
    files: list[tuple[str, bytes]],
) -> None:
    """With its bytes beside it they count; without, the block does not read."""
    blocks = all_printed(files)
    changed = json.loads(text(blocks[-1]), parse_float=str)
    changed["tx"][1]["vout"][0]["value"] = "0.00020000"
    good = [text(block) for block in blocks[:-1]]
    found = bitcoin_json.read([("b.jsonl", "\n".join([*good, json.dumps(changed)]).encode())])

    assert ["printed with other parts than its own bytes" in str(f) for f in found.faults] == [True]
    same(found, bitcoin_blocks.read(files))
    del changed["tx"][1]["hex"]
    found = bitcoin_json.read([("b.jsonl", "\n".join([*good, json.dumps(changed)]).encode())])
    assert "does not have the parts that its id is made of" in found.faults[0].what
    assert found.transactions[-1].unknown


def test_a_list_of_ids_and_a_false_header_are_no_blocks(files: list[tuple[str, bytes]]) -> None:
    """`getblock HASH 1` says nothing of amounts."""
    blocks = all_printed(files)
    ids = {**blocks[-1], "tx": [row["txid"] for row in blocks[-1]["tx"]]}  # type: ignore[attr-defined, index]
    false = {**blocks[-1], "time": 1}
    body = "\n".join(map(text, [*blocks[:-1], ids, false, {"a": 1}, 7]))
    found = bitcoin_json.read([("b.jsonl", body.encode())])

    said = " ".join(fault.what for fault in found.faults)
    for words in ("ids of its transactions alone", "do not have its hash", "no `hash`"):
        assert words in said
    assert [fault.line for fault in found.faults] == [len(blocks) + at for at in range(4)]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"hash": NaN}', "NaN"),
        ('{"hash": "a", "tx": [', "JSON"),
        ("[" * 5000, "levels deep"),
        ('{"hash":1e999999999,"tx":[]}', "does not read"),
        ("\xff\xff", "is not text"),
        ('{"result":null,"error":{"code":-5,"message":"Block not found"}}', "Block not found"),
        ('{"result":null,"error":null}', "answered with nothing"),
        ("", "no block is in them"),
    ],
)
def test_what_is_no_block_is_a_fault(body: str, said: str) -> None:
    """Never an exception."""
    found = bitcoin_json.read([("b.json", body.encode("latin-1"))])

    assert said in " ".join(map(str, found.faults))
    assert found.blocks == ()


def test_a_line_that_does_not_read_costs_that_line_alone(files: list[tuple[str, bytes]]) -> None:
    """The blocks after it are read, and the gap is seen."""
    lines = [text(block) for block in all_printed(files)]
    lines[5] = lines[5][: len(lines[5]) // 2]
    found = bitcoin_json.read([("b.jsonl", "\n".join(lines).encode())])

    assert found.faults[0].line == 6
    assert len(found.blocks) == len(lines) - 1


def test_testnets_that_print_alike_must_be_named(files: list[tuple[str, bytes]]) -> None:
    """Their addresses begin alike."""
    body = "\n".join(map(text, all_printed(files, 3, 50))).replace("bcrt1", "tb1").encode()

    assert "nothing says which" in bitcoin_json.read([("b.jsonl", body)]).faults[-1].what
    named = bitcoin_json.read([("b.jsonl", body)], "bitcoin-regtest")
    assert named.chain == "bitcoin-regtest"
    assert named.blocks[0].height == 50


def test_block_files_and_printed_blocks_are_one_chain(files: list[tuple[str, bytes]]) -> None:
    """Told twice, counted once; printed inputs fill what the files begin after."""
    blocks = bitcoin_blocks.read(files)
    three = bitcoin_json.read([("b.json", text(all_printed(files, 3)).encode())])
    (both,) = join([three, blocks])

    same(both, blocks)
    assert both.faults == ()
    assert both.second_tellings in (("b.json",), ("blk00000.dat", "xor.dat"))
    last = len(blocks.blocks) - 1
    late = bitcoin_json.read([("two.json", text(all_printed(files, 2, last)).encode())])
    early = bitcoin_json.read([("three.json", text(all_printed(files, 3, last)).encode())])
    (filled,) = join([late, early])
    assert not any(row.unknown for row in filled.transactions)


def test_no_file_is_no_chain() -> None:
    """And no failure."""
    assert bitcoin_json.read([]).blocks == ()
    assert bitcoin_blocks.read([]).blocks == ()
