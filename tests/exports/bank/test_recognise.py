"""Which kind of evidence a file is."""

from __future__ import annotations

from pathlib import Path

import pytest

from forthwith.exports.bank.recognise import HEAD, KINDS, kind_of

_TAMARACK = {
    "README.md": "", "SOURCE": "", "truth.json": "", "oracle/customers.beancount": "",
    "ethereum/README.txt": "", "bitcoin/README.txt": "",
    "bitcoin/blk00000.dat": "bitcoin-blocks",
    "ethereum/blocks.jsonl": "evm-json", "ethereum/receipts.jsonl": "evm-json",
    "ethereum/traces.jsonl": "evm-json",
    "ethereum-etl/token_transfers.csv": "evm-etl", "ethereum-etl/receipts.csv": "evm-etl",
    "ethereum-etl/traces.csv": "evm-etl",
    "proofs/proofs.json": "proofs",
    "bank/op-2026-q1.mt940": "mt940", "bank/int-GB2209917744.csv": "bank-csv",
    **{f"bank/fbo-2026-0{month}.camt053.xml": "camt" for month in (1, 2, 3)},
    **{f"bank/fbo-2026-0{month}.ofx": "ofx" for month in (1, 2, 3)},
    **{f"bank/res-2026-0{month}.bai2": "bai2" for month in (1, 2, 3)},
}  # fmt: skip


def test_every_file_of_a_quarter_is_recognised(corpora: Path) -> None:
    folder = corpora / "books" / "case-tamarack"
    found = {
        path.relative_to(folder).as_posix(): kind_of(path.name, path.read_bytes()[:HEAD])
        for path in folder.rglob("*")
        if path.is_file()
    }
    tables = {name: "table" for name in found if name.startswith("tables/")}

    assert found == {**_TAMARACK, **tables}


@pytest.mark.parametrize("folder, kind", [
    ("statements-camt053", "camt"), ("statements-ofx", "ofx"), ("statements-bai2", "bai2"),
    ("exchange-exports", "exchange-csv"),
])  # fmt: skip
def test_statements_of_others_are_recognised(corpora: Path, folder: str, kind: str) -> None:
    files = [
        path
        for path in (corpora / "books" / folder).rglob("*")
        if path.suffix in {".xml", ".ofx", ".bai2", ".csv"}
    ]

    assert {path.name: kind_of("evidence", path.read_bytes()[:HEAD]) for path in files} == {
        path.name: kind for path in files
    }


def test_mt940_is_known_without_its_name(corpora: Path) -> None:
    files = [
        path
        for path in (corpora / "books" / "statements-mt940").rglob("*")
        if path.suffix in {".sta", ".txt"} and b":61:" in path.read_bytes()
    ]

    assert len(files) == 37
    assert {kind_of("evidence.bin", path.read_bytes()) for path in files} == {"mt940"}


def test_answers_about_liabilities_are_no_evidence_of_moves(corpora: Path) -> None:
    files = [
        path
        for folder in ("bitmex", "dapol", "okx", "summa")
        for path in (corpora / "books" / f"liabilities-{folder}").iterdir()
    ]

    assert {path.name: kind_of(path.name, path.read_bytes()[:HEAD]) for path in files} == {
        path.name: "" for path in files
    }


_WIDE = "<?xml version='1.0' encoding='UTF-16'?><Document><BkToCstmrStmt>".encode("utf-16")
_HEX = bytes(range(64))


@pytest.mark.parametrize("name, head, kind", [
    ("a.txt", b"<?xml version='1.0'?><OFX><SIGNONMSGSRSV1>", "ofx"),
    ("a.xml", b"<?xml version='1.0'?><?OFX OFXHEADER=\"200\"?><OFX>", "ofx"),
    ("a.txt", _WIDE, "camt"),
    ("a.txt", ":20:X\r\n:25:1\r\n:60F:C260101EUR1,\r\n".encode("utf-16"), "mt940"),
    ("a.txt", b"{1:F01X}{2:O1031200}{4:\r\n:20:X\r\n:32A:260101EUR1,\r\n-}", ""),
    ("a.md", b"    :61:2601010101C1,NTRF\n", ""),
    ("empty.sta", b"", "mt940"), ("empty.txt", b"", ""), ("notes.csv", b"a,b\n1,2\n", ""),
    ("blk00001.dat", _HEX, "bitcoin-blocks"), ("xor.dat", b"\1" * 8, "bitcoin-blocks"),
    ("rev00000.dat", bytes.fromhex("f9beb4d9") + bytes(40), ""),
    ("block.json", b'{"result":{"hash":"00","merkleroot":"ab","tx":[]}}', "bitcoin-json"),
    ("b.json", b'{"id":1,"result":{"parentHash":"0x","stateRoot":"0x"}}', "evm-json"),
    ("r.json", b'[{"blockNumber":"0x1","transactionHash":"0x2","logs":[]}]', "evm-json"),
    ("ethereum__logs__00000000_to_00000999.parquet", b"PAR1\0\0", "evm-etl"),
    ("people.parquet", b"PAR1\0\0", ""),
    ("ledger.csv", b"Date,Coin,Amount,TxID\n2026-01-01,BTC,1,x\n", "exchange-csv"),
    ("places.csv", b"place,kind\n", "table"), ("places.csv", b"", "table"),
    ("claims.csv", b"Booking Date;Details;Credit;Debit\n", "bank-csv"),
    ("statement.csv", b"Account:;DE1\n\nBuchungstag;Verwendungszweck;Betrag\n", "bank-csv"),
    ("picture.png", bytes(range(256)) * 40, ""),
])  # fmt: skip
def test_what_a_head_says_goes_before_the_name(name: str, head: bytes, kind: str) -> None:
    assert kind_of(name, head) == kind
    assert kind == "" or kind in KINDS
