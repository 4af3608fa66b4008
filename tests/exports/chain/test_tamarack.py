"""The chains of an invented exchange's quarter, held against what its generator knew."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from forthwith.books.books import ALWAYS, Asset, Parameters, PlaceAddress, WitnessRow
from forthwith.books.chain_moves import moves, unlisted
from forthwith.books.chains import chain_of
from forthwith.books.moves import Move
from forthwith.books.places import PlaceIndex
from forthwith.domain.amounts import units
from forthwith.domain.chain import ChainRead
from forthwith.domain.instants import instant
from forthwith.exports.chain import bitcoin_blocks, evm_etl, evm_json
from forthwith.exports.chain.join import join

pytestmark = pytest.mark.corpus


def files(folder: Path) -> list[tuple[str, bytes]]:
    """Every evidence file of a folder."""
    return [
        (path.name, path.read_bytes()) for path in sorted(folder.iterdir()) if path.suffix != ".txt"
    ]


@cache
def reads(case: Path) -> tuple[ChainRead, ...]:
    """Both chains; Ethereum told twice."""
    return join([
        bitcoin_blocks.read(files(case / "bitcoin")),
        evm_etl.read(files(case / "ethereum-etl")),
        evm_json.read(files(case / "ethereum")),
    ])  # fmt: skip


@pytest.fixture
def case(corpora: Path) -> Path:
    """Its folder."""
    return corpora / "books/case-tamarack"


def tables(case: Path, name: str) -> list[dict[str, str]]:
    """The rows of a table."""
    with (case / f"tables/{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def assets(case: Path) -> dict[str, Asset]:
    """Those of the case."""
    return {
        row["id"]: Asset(row["id"], int(row["decimals"]), row["chain"], row["contract"])
        for row in tables(case, "assets")
    }


def index(case: Path) -> PlaceIndex:
    """The register of places."""
    return PlaceIndex(
        PlaceAddress(
            row["place"], row["kind"], row["chain"], row["address_or_account"], row["holder"],
            row["class"], ALWAYS, WitnessRow("places.csv", ""),
        )
        for row in tables(case, "places")
    )  # fmt: skip


def made(case: Path) -> list[Move]:
    """The moves of both chains."""
    return [
        move
        for read in reads(case)
        for move in moves(read, assets(case), index(case), Parameters())
    ]


def balances(found: Iterable[Move]) -> Counter[tuple[str, str]]:
    """What every place holds after moves."""
    held: Counter[tuple[str, str]] = Counter()
    for move in found:
        held[move.source, move.asset] -= move.amount
        held[move.target, move.asset] += move.amount
    return held


def test_both_chains_read_without_fault_or_gap(case: Path) -> None:
    """Two tellings of one chain are one chain."""
    found = reads(case)

    assert [(read.chain, len(read.blocks), len(read.transactions)) for read in found] == [
        ("bitcoin-regtest", 283, 406), ("evm-31337", 185, 184),
    ]  # fmt: skip
    assert [read.faults for read in found] == [(), ()]
    assert [chain_of(read).gaps for read in found] == [(), ()]
    assert found[1].second_tellings == ("receipts.csv", "token_transfers.csv", "traces.csv")
    assert [unlisted(read, assets(case)) for read in found] == [(), ()]


def test_every_place_ends_with_what_the_generator_gave_it(case: Path) -> None:
    """To the unit, over 18 decimals; the stakes of all groups are the balance."""
    truth = json.loads((case / "truth.json").read_text())["stakes_at_end"]
    listed = assets(case)
    held = balances(made(case))

    for name, groups in truth.items():
        place, asset = name.split()
        if listed[asset].chain:
            want = sum(units(amount, listed[asset].decimals) for amount in groups.values())
            assert held[place, asset] == want, name
    places = {row["place"] for row in tables(case, "places") if row["class"] == "customer"}
    told = {tuple(name.split()) for name in truth}
    assert not [key for key in held if key[0] in places and held[key] and key not in told]


def test_what_customers_places_hold_at_the_end_of_each_day(case: Path) -> None:
    """Ninety days, by height of the instant and by the time of each move alike."""
    truth = json.loads((case / "truth.json").read_text())["days"]
    listed = assets(case)
    places = {row["place"] for row in tables(case, "places") if row["class"] == "customer"}
    chains = {read.chain: chain_of(read) for read in reads(case)}
    found = made(case)

    for day in truth:
        when = instant(f"{day['day']}T23:59:59Z")
        held = balances(move for move in found if move.arrived <= when)
        heights = {name: chain.height_at(when) for name, chain in chains.items()}
        for asset in listed.values():
            if not asset.chain:
                continue
            cut = heights[asset.chain]
            assert cut is not None
            by_height = balances(
                move for move in found if move.asset == asset.id and move.order[0] <= cut.height
            )
            amounts = {units(text, asset.decimals) for text in day[asset.id][:2]}
            total = sum(held[place, asset.id] for place in places)
            assert total in amounts, (day["day"], asset.id)
            assert total == sum(by_height[place, asset.id] for place in places)


def test_a_safes_coins_leave_in_call_frames_with_its_owners_named(case: Path) -> None:
    """They are not in the list of transactions."""
    safe = next(row for row in tables(case, "places") if row["kind"] == "safe")
    address = safe["address_or_account"]
    rows = [
        row
        for row in reads(case)[1].transactions
        for leg in row.legs
        if leg.address == address and leg.amount < 0 and not leg.contract
    ]

    assert sum(leg.amount for row in rows for leg in row.legs if leg.address == address) == -(
        60 * 10**18
    )
    for row in rows:
        owners = {signer.value for signer in row.signers if signer.kind == "owner"}
        assert owners == {
            "0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
            "0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc",
        }


def test_tables_alone_say_what_the_dumps_say(case: Path) -> None:
    """Legs, fee and who paid it, transaction by transaction."""
    dumps = {row.id: row for row in evm_json.read(files(case / "ethereum")).transactions}
    alone = evm_etl.read(files(case / "ethereum-etl"))

    assert len(alone.transactions) == len(dumps)
    for row in alone.transactions:
        other = dumps[row.id]
        assert (row.legs, row.fee, row.fee_payer) == (other.legs, other.fee, other.fee_payer)
        assert not row.unknown


def test_tables_fill_what_the_dumps_lack(case: Path) -> None:
    """Blocks by JSON, traces by CSV: together everything, alone a gap from the first call on."""
    dumps = [file for file in files(case / "ethereum") if file[0] != "traces.jsonl"]
    alone = evm_json.read(dumps)
    (joined,) = join([alone, evm_etl.read(files(case / "ethereum-etl"))])
    whole = reads(case)[1]

    assert chain_of(alone).gaps[0].start == alone.blocks[1].time
    assert chain_of(joined).gaps == ()
    assert [(row.id, row.legs, row.fee) for row in joined.transactions] == [
        (row.id, row.legs, row.fee) for row in whole.transactions
    ]
    assert joined.faults == ()


def test_one_changed_number_in_the_tables_is_found(case: Path) -> None:
    """In any of the three, whichever row."""
    for name, column in (("receipts.csv", 2), ("token_transfers.csv", 3), ("traces.csv", 4)):
        tables = dict(files(case / "ethereum-etl"))
        lines = tables[name].decode().splitlines()
        place = next(
            at for at, line in enumerate(lines) if at > 60 and line.split(",")[column] != "0"
        )
        cells = lines[place].split(",")
        cells[column] = str(int(cells[column]) + 1)
        lines[place] = ",".join(cells)
        tables[name] = "\n".join(lines).encode()
        (joined,) = join(
            [evm_json.read(files(case / "ethereum")), evm_etl.read(list(tables.items()))]
        )

        assert len(joined.faults) == 1, name
        (gap,) = chain_of(joined).gaps
        assert gap.suspects, name
