"""The files of a played quarter, read by the readers: what was played, and nothing else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from forthwith.domain.bank import BankStatement
from forthwith.domain.chain import ChainRead
from forthwith.example import books as example
from forthwith.example.books import Defect
from forthwith.example.books.quarter import Quarter
from forthwith.exports.bank import camt, mt940, ofx, recognise
from forthwith.exports.chain import bitcoin_blocks, evm_etl, evm_json
from tests.books.second_case import told

_DEFECTS = set(Defect) - {Defect.MOVED_SLOWLY, Defect.RESERVE_GAP, Defect.GAP}
_READERS = {".xml": camt.read, ".ofx": ofx.read, ".mt940": mt940.read}
_Played = tuple[Quarter, dict[str, bytes]]


@pytest.fixture(scope="module")
def played() -> _Played:
    """A quarter with every defect that leaves no statement out."""
    return example.played(23, _DEFECTS, date(2023, 4, 1))


def _core(statement: BankStatement) -> tuple[object, ...]:
    """Return what every format tells."""
    return (
        statement.account,
        statement.currency,
        statement.closing and (statement.closing.amount, statement.closing.day),
        [
            (entry.booked, entry.amount, entry.references[0], entry.party, entry.text)
            for entry in statement.entries
        ],
    )


@pytest.mark.parametrize(("place", "suffix"), [("fbo", ".xml"), ("fbo", ".ofx"), ("op", ".mt940")])
def test_statements_are_read_as_they_were_played(played: _Played, place: str, suffix: str) -> None:
    quarter, files = played
    found = []
    for name in sorted(files):
        if name.startswith(f"bank/{place}-") and name.endswith(suffix):
            read = _READERS[suffix](files[name], name)
            assert read.faults == ()
            found += read.statements
    right = [row for row in told.statements(quarter) if row.file.startswith(f"{place}-")]

    assert [_core(row) for row in found] == [_core(row) for row in right]


def test_openings_are_read_where_the_format_has_them(played: _Played) -> None:
    quarter, files = played
    right = {
        (row.account, row.start): row.opening.amount
        for row in told.statements(quarter)
        if row.opening
    }
    for name, data in files.items():
        if name.endswith((".xml", ".mt940")):
            for statement in _READERS[Path(name).suffix](data, name).statements:
                assert statement.opening
                assert statement.opening.amount == right[statement.account, statement.opening.day]


def _legs(read: ChainRead) -> dict[str, tuple[object, ...]]:
    """Return fee, who paid it, and what each address gained or lost, by transaction."""
    return {
        row.id.split(":withdrawal")[0]: (
            row.height,
            row.fee,
            row.fee and row.fee_payer,
            sorted((leg.address, leg.contract, leg.amount) for leg in row.legs if leg.amount),
        )
        for row in read.transactions
    }


def test_a_node_s_answers_are_read_as_they_were_played(played: _Played) -> None:
    quarter, files = played
    read = evm_json.read([(name, files[name]) for name in files if name.startswith("ethereum/")])
    right = told.evm(quarter.evm)

    assert read.faults == ()
    assert [(row.height, row.hash, row.parent, row.time) for row in read.blocks] == [
        (row.height, row.hash, row.parent, row.time) for row in right.blocks
    ]
    theirs = {name.removeprefix("block:"): row for name, row in _legs(read).items()}
    assert theirs == _legs(right)


def test_tables_of_the_same_chain_tell_the_same_transactions(played: _Played) -> None:
    """Withdrawals of blocks stand in none of these tables."""
    quarter, files = played
    names = [name for name in files if name.startswith("ethereum-etl/")]
    read = evm_etl.read([(name, files[name]) for name in names], "evm-31337")
    right = {name: row for name, row in _legs(told.evm(quarter.evm)).items() if row[1]}

    assert read.faults == ()
    assert {name: row[3] for name, row in _legs(read).items()} == {
        name: row[3] for name, row in right.items()
    }


_KINDS = {
    ".xml": "camt", ".ofx": "ofx", ".mt940": "mt940", ".bai2": "bai2", ".dat": "bitcoin-blocks",
    ".jsonl": "evm-json", ".json": "proofs",
}  # fmt: skip


def test_each_file_is_recognised_for_what_it_is(played: _Played) -> None:
    for name, data in played[1].items():
        folder = name.split("/")[0]
        named = {"tables": "table", "ethereum-etl": "evm-etl", "bank": "bank-csv"}.get(folder, "")
        kind = _KINDS.get(Path(name).suffix, named)
        assert recognise.kind_of(name, data[:4096]) == kind, name


def test_the_keys_that_signed_for_the_cold_wallets_are_two_of_their_three(
    played: _Played,
) -> None:
    quarter, files = played
    cold, safe = quarter.owners["btc-cold"], quarter.accounts["eth-cold"].address
    keys = {key.get_public_key().sec().hex() for key in cold.keys}
    owners = {quarter.accounts[f"owner {number}"].address for number in range(3)}
    blocks = bitcoin_blocks.read(
        [(name, data) for name, data in files.items() if name.startswith("bitcoin/")]
    )
    node = evm_json.read([(name, files[name]) for name in files if name.startswith("ethereum/")])
    found = {"cold": 0, "safe": 0}
    for read, of, name, known in (
        (blocks, cold.address, "cold", keys),
        (node, safe, "safe", owners),
    ):
        for row in read.transactions:
            signers = {
                signer.value for signer in row.signers if signer.of == of and signer.value in known
            }
            others = {signer.value for signer in row.signers if signer.of == of} - known
            pays = any(leg.address == of and leg.amount < 0 for leg in row.legs)
            assert len(signers) == (2 if pays else 0)
            assert not pays or not others
            found[name] += pays
    assert found["cold"] > 0
    assert found["safe"] > 1
