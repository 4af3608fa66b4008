"""The invented quarter: its files are what banks and nodes write, and its story is the one told."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from decimal import Decimal
from pathlib import Path
from typing import Any

import bankfile
import pbk
import pytest
import rlp
from bai2 import bai2
from eth_account import Account
from eth_account.messages import encode_typed_data
from mt940 import parse as mt940

from forthwith.domain.book_tables import TABLES
from forthwith.example import books
from forthwith.example.books import Defect, bitcoin, ethereum
from forthwith.exports import proofs
from forthwith.exports.ethereum.address import keccak_256
from forthwith.exports.proof_results import Verified

_EVERYTHING = set(Defect) - {Defect.MOVED_SLOWLY, Defect.MASKED}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("demo")
    return folder, books.make(folder)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A quarter with every defect at once."""
    folder = tmp_path_factory.mktemp("full")
    return folder, books.make(folder, 7, _EVERYTHING)


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    demo: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    truth = books.make(tmp_path / "again")
    other = books.make(tmp_path / "other", 2)

    assert (_files(tmp_path / "again"), truth) == (_files(demo[0]), demo[1])
    assert other["days"] != truth["days"]


def test_the_demo_is_small(tmp_path: Path) -> None:
    books.make(tmp_path)

    assert sum(map(len, _files(tmp_path).values())) < 2_000_000


def test_the_demo_hides_nine_days_that_no_month_end_shows(
    demo: tuple[Path, dict[str, Any]],
) -> None:
    truth = demo[1]
    hidden = [row for row in truth["shortfalls"]["receipt"] if row["asset"] == "NGT"]

    assert [row["days_at_end_of_day"] for row in hidden] == [9]
    for report in truth["reports"].values():
        assert not any(row["difference"].startswith("-") for row in report["position"].values())


def test_the_demo_has_a_commingling_interval_and_a_trace_with_a_range(
    demo: tuple[Path, dict[str, Any]],
) -> None:
    truth = demo[1]
    affiliate = [row for row in truth["commingled"] if row["groups"] == ["affiliate"]]
    bounds = truth["traces"]["K1"]["range"]["libr"]

    assert [(row["place"], row["kind"]) for row in affiliate] == [("btc-cold", "mixed")]
    assert Decimal(bounds["worst"]["left"]) < Decimal(bounds["best"]["left"])
    assert bounds["worst"]["gone"] != bounds["best"]["gone"]


def test_the_tables_have_exactly_the_columns_of_the_template(
    full: tuple[Path, dict[str, Any]],
) -> None:
    for path in sorted((full[0] / "tables").iterdir()):
        head = path.read_text("utf-8").splitlines()[0].split(",")
        assert head == list(TABLES[path.stem].columns), path.name


def _blocks(raw: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(raw):
        size = int.from_bytes(raw[at + 4 : at + 8], "little")
        found.append(raw[at + 8 : at + 8 + size])
        at += 8 + size
    return found


@pytest.mark.parametrize("case", ["demo", "full"])
def test_bitcoin_core_accepts_every_block(
    case: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Signatures, scripts, commitments, work and times are Bitcoin Core's own to judge."""
    folder, truth = request.getfixturevalue(case)
    manager = pbk.load_chainman(tmp_path, pbk.ChainType.REGTEST)
    for raw in _blocks((folder / "bitcoin" / "blk00000.dat").read_bytes()):
        manager.process_block(pbk.Block(raw))

    chain = manager.get_active_chain()
    last = list(truth["reports"].values())[-1][bitcoin.CHAIN]
    assert chain.height == last["height"]
    assert str(chain.block_tree_entries[-1].block_hash) == last["hash"]


def test_the_block_left_behind_is_a_block_of_its_own(full: tuple[Path, dict[str, Any]]) -> None:
    raws = _blocks((full[0] / "bitcoin" / "blk00000.dat").read_bytes())
    parents = [raw[4:36] for raw in raws]

    assert len(parents) - len(set(parents)) == 2


def test_masked_block_files_are_the_same_blocks(tmp_path: Path) -> None:
    books.make(tmp_path / "plain", 3, [])
    books.make(tmp_path / "masked", 3, [Defect.MASKED])
    mask = (tmp_path / "masked/bitcoin/xor.dat").read_bytes()
    raw = (tmp_path / "masked/bitcoin/blk00000.dat").read_bytes()

    plain = bytes(byte ^ mask[at % 8] for at, byte in enumerate(raw))
    assert plain == (tmp_path / "plain/bitcoin/blk00000.dat").read_bytes()


def _bytes(text: str) -> bytes:
    number = int(text, 16)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def test_ethereum_hashes_link_and_senders_signed(full: tuple[Path, dict[str, Any]]) -> None:
    blocks = _lines(full[0] / "ethereum/blocks.jsonl")
    names = (
        "parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot",
        "logsBloom", "difficulty", "number", "gasLimit", "gasUsed", "timestamp", "extraData",
        "mixHash", "nonce", "baseFeePerGas", "withdrawalsRoot",
    )  # fmt: skip
    numbers = {"difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas"}
    for parent, block in zip([None, *blocks], blocks, strict=False):
        header = [
            _bytes(block[name]) if name in numbers else bytes.fromhex(block[name][2:])
            for name in names
        ]
        assert "0x" + keccak_256(rlp.encode(header)).hex() == block["hash"]
        assert parent is None or block["parentHash"] == parent["hash"]
        for sent in block["transactions"]:
            raw = rlp.encode(
                [_bytes(sent[name]) for name in ("nonce", "gasPrice", "gas")]
                + [bytes.fromhex((sent["to"] or "0x")[2:]), _bytes(sent["value"])]
                + [bytes.fromhex(sent["input"][2:])]
                + [_bytes(sent[name]) for name in ("v", "r", "s")]
            )
            assert "0x" + keccak_256(raw).hex() == sent["hash"]
            assert Account.recover_transaction(raw).lower() == sent["from"]


def test_one_transaction_tries_have_the_root_of_their_only_leaf(
    full: tuple[Path, dict[str, Any]],
) -> None:
    """The key of place 0 is RLP's 0x80: two halves of a byte behind the mark of an even leaf."""
    for block in _lines(full[0] / "ethereum/blocks.jsonl"):
        if len(block["transactions"]) != 1:
            continue
        sent = block["transactions"][0]
        raw = rlp.encode(
            [_bytes(sent[name]) for name in ("nonce", "gasPrice", "gas")]
            + [bytes.fromhex((sent["to"] or "0x")[2:]), _bytes(sent["value"])]
            + [bytes.fromhex(sent["input"][2:])]
            + [_bytes(sent[name]) for name in ("v", "r", "s")]
        )
        leaf = rlp.encode([b"\x20\x80", raw])
        assert "0x" + keccak_256(leaf).hex() == block["transactionsRoot"]


def test_owners_signed_what_the_safe_did(full: tuple[Path, dict[str, Any]]) -> None:
    """The EIP-712 digest is built by eth-account; the signers are two owners each time."""
    folder = full[0]
    safe = _place(folder, "eth-cold")[0]
    calls = [
        (block, sent)
        for block in _lines(folder / "ethereum/blocks.jsonl")
        for sent in block["transactions"]
        if sent["to"] == safe and sent["input"].startswith("0x6a761202")
    ]
    owners = set()
    for number, (_, sent) in enumerate(calls):
        words = bytes.fromhex(sent["input"][10:])
        word = [int.from_bytes(words[at : at + 32], "big") for at in range(0, 320, 32)]
        data = words[word[2] + 32 :][: int.from_bytes(words[word[2] : word[2] + 32], "big")]
        signed = words[word[9] + 32 :][: int.from_bytes(words[word[9] : word[9] + 32], "big")]
        message = encode_typed_data(
            {"chainId": ethereum.CHAIN_ID, "verifyingContract": safe},
            {
                "SafeTx": [
                    {"name": name, "type": kind}
                    for name, kind in (
                        ("to", "address"), ("value", "uint256"), ("data", "bytes"),
                        ("operation", "uint8"), ("safeTxGas", "uint256"), ("baseGas", "uint256"),
                        ("gasPrice", "uint256"), ("gasToken", "address"),
                        ("refundReceiver", "address"), ("nonce", "uint256"),
                    )
                ]
            },
            {
                "to": f"0x{word[0]:040x}", "value": word[1], "data": data, "operation": 0,
                "safeTxGas": 0, "baseGas": 0, "gasPrice": 0, "gasToken": "0x" + "0" * 40,
                "refundReceiver": "0x" + "0" * 40, "nonce": number,
            },
        )  # fmt: skip
        signers = [
            Account.recover_message(message, signature=signed[at : at + 65]).lower()
            for at in range(0, len(signed), 65)
        ]
        assert len(signers) == 2
        assert signers == sorted(signers)
        owners.update(signers)

    assert calls
    assert len(owners) <= 3
    names = {ethereum.account(7, f"owner {n}").address for n in range(3)}
    assert owners <= names


def _place(folder: Path, name: str) -> list[str]:
    rows = csv.DictReader(io.StringIO((folder / "tables/places.csv").read_text("utf-8")))
    return [row["address_or_account"] for row in rows if row["place"] == name]


def _add(balances: dict[str, int], source: str, target: str, amount: int) -> None:
    balances[source] = balances.get(source, 0) - amount
    balances[target] = balances.get(target, 0) + amount


def _walk(coin: dict[str, int], frame: dict[str, Any]) -> None:
    """Add what a frame and those below it moved; nothing below a failed one."""
    if "error" in frame:
        return
    if frame["type"] in ("CALL", "CREATE"):
        _add(coin, frame["from"], frame["to"], int(frame["value"], 16))
    for call in frame.get("calls", ()):
        _walk(coin, call)


def _evm_balances(folder: Path) -> dict[str, dict[str, int]]:
    """Coin from call frames, gas and withdrawals; the token from logs."""
    coin: dict[str, int] = {}
    token: dict[str, int] = {}
    contract = (folder / "tables/assets.csv").read_text("utf-8").strip().rpartition(",")[2]
    for trace in _lines(folder / "ethereum/traces.jsonl"):
        _walk(coin, trace["result"])
    for answer in _lines(folder / "ethereum/receipts.jsonl"):
        for receipt in answer["receipts"]:
            gas = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
            _add(coin, receipt["from"], "gas", gas)
            for log in receipt["logs"]:
                if len(log["topics"]) == 3 and log["address"] == contract:
                    source, target = ("0x" + topic[26:] for topic in log["topics"][1:])
                    _add(token, source, target, int(log["data"], 16))
    for block in _lines(folder / "ethereum/blocks.jsonl"):
        for row in block["withdrawals"]:
            _add(coin, "stake", row["address"], int(row["amount"], 16) * 10**9)
    return {"ETH": coin, "NGT": token}


def test_frames_and_logs_give_the_balances_the_model_has(
    full: tuple[Path, dict[str, Any]],
) -> None:
    folder, truth = full
    balances = _evm_balances(folder)
    rows = [
        row
        for row in list(truth["reports"].values())[-1]["places"]
        if row["place"].startswith("eth-")
    ]

    assert len(rows) == 8
    for row in rows:
        mine = [address.lower() for address in _place(folder, row["place"])]
        amount = sum(balances[row["asset"]].get(address, 0) for address in mine)
        assert amount == Decimal(row["closing"]) * 10**18, row


def test_other_readers_of_statements_find_the_closing_balances(
    full: tuple[Path, dict[str, Any]],
) -> None:
    """CAMT by its elements, MT940 and OFX by two libraries, BAI2 by a third."""
    folder, truth = full
    closing = {
        (month, row["place"]): Decimal(row["closing"])
        for month, report in truth["reports"].items()
        for row in report["places"]
        if row["asset"] == "USD"
    }
    seen = set()
    for path in sorted((folder / "bank").iterdir()):
        place, month = path.name.split(".")[0].split("-", 1)
        if path.name.endswith(".camt053.xml"):
            tree = ET.fromstring(path.read_bytes())
            entries = tree.findall(".//{*}Ntry")
            moved = sum(
                Decimal(row.findtext("{*}Amt"))
                * (1 if row.findtext("{*}CdtDbtInd") == "CRDT" else -1)
                for row in entries
            )
            opening, last = (Decimal(row.findtext("{*}Amt")) for row in tree.findall(".//{*}Bal"))
            assert opening + moved == last == closing[month, place]
        elif path.suffix == ".ofx":
            assert bankfile.parse(path).closing_balance == closing[month, place]
        elif path.suffix == ".mt940":
            assert bankfile.parse(path).closing_balance == closing["2022-03", place]
            last = mt940(str(path)).data["final_closing_balance"]
            assert last.amount.amount == closing["2022-03", place]
        elif path.suffix == ".bai2":
            with path.open(encoding="utf-8") as handle:
                read = bai2.parse_from_file(handle, check_integrity=True)
            (account,) = read.children[-1].children
            amount = account.header.summary_items[-1].amount
            assert Decimal(amount) / 100 == closing[month, place]
        else:
            continue
        seen.add(path.suffix)
    assert seen == {".xml", ".ofx", ".mt940", ".bai2"}


def test_each_proof_of_control_verifies(full: tuple[Path, dict[str, Any]]) -> None:
    rows = json.loads((full[0] / "proofs/proofs.json").read_text("utf-8"))
    for row in rows:
        signer = row.get("signer", row["address"])
        assert isinstance(proofs.verify(signer, row["message"], row["signature"]), Verified)
    assert {row["scheme"] for row in rows} == {"bip137", "bip322-simple", "eip191"}


def test_every_defect_leaves_its_mark_in_the_truth(full: tuple[Path, dict[str, Any]]) -> None:
    """But for those that change no figure: old proofs, masked files, a fee in a third asset."""
    kinds = {defect["kind"] for defect in full[1]["defects"]}

    assert len(kinds) == 27
    assert full[1]["gaps"]
    assert full[1]["dressing"]
