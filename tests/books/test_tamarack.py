"""A whole quarter of an invented exchange, read from its files, to the unit of its truth."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from forthwith.books.books import Books, Parameters
from forthwith.books.breaks import BreaksOverTime
from forthwith.books.census import census
from forthwith.books.commingling import commingling
from forthwith.books.control import control
from forthwith.books.coverage import coverage
from forthwith.books.payments import Outflow, payments
from forthwith.books.position import position
from forthwith.books.reckoning import reckon
from forthwith.books.report.month import Month, report
from forthwith.books.tables import books_of
from forthwith.books.timeline import timeline
from forthwith.domain.amounts import units
from forthwith.domain.book_tables import TABLES
from forthwith.domain.instants import DAY, day_end, instant
from forthwith.exports.bank import bai2, camt, mt940, ofx
from forthwith.exports.chain import bitcoin_blocks, evm_json
from forthwith.exports.tables import csv as table_csv
from forthwith.workflows.books.control import spoken

pytestmark = pytest.mark.corpus
START, END = instant("2026-01-01"), instant("2026-04-01")
#: The account of the intermediary, a CSV, moves no figure asked about here.
READERS = {
    "camt053.xml": camt.read, "mt940": mt940.read, "bai2": bai2.read, "ofx": ofx.read
}  # fmt: skip
KEYS = (
    "place", "asset", "kind", "from", "to", "groups", "customers_from", "other_from",
    "customers_most", "other_most",
)  # fmt: skip


@pytest.fixture(scope="module")
def case(corpora: Path) -> Path:
    return corpora / "books" / "case-tamarack"


@pytest.fixture(scope="module")
def truth(case: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((case / "truth.json").read_text())
    return found


@pytest.fixture(scope="module")
def books(case: Path) -> Books:
    rows, statements = [], []
    for path in sorted((case / "tables").iterdir()):
        table, faults = table_csv.read(path.read_bytes(), path.name, TABLES)
        assert faults == ()
        rows += table
    for path in sorted((case / "bank").iterdir()):
        for ending, reader in READERS.items():
            if path.name.endswith(ending):
                statements += reader(path.read_bytes(), path.name).statements
    blocks = case / "bitcoin" / "blk00000.dat"
    dumps = [(path.name, path.read_bytes()) for path in sorted((case / "ethereum").iterdir())]
    chains = [
        bitcoin_blocks.read([(blocks.name, blocks.read_bytes())]),
        evm_json.read([dump for dump in dumps if dump[0].endswith(".jsonl")]),
    ]
    found = books_of(rows, statements, chains)
    assert found.faults == ()
    return found


@pytest.fixture(scope="module")
def floors(books: Books, truth: dict[str, Any]) -> dict[str, int]:
    return {
        name: units(floor, books.assets[name].decimals) for name, floor in truth["floors"].items()
    }


@pytest.mark.parametrize("basis", ["ledger", "receipt"])
def test_every_shortfall_is_told_to_the_second(
    books: Books, truth: dict[str, Any], floors: dict[str, int], basis: str
) -> None:
    reckoning = reckon(books, Parameters(basis=basis, floors=floors))

    found = coverage(reckoning, START, END).as_json()["shortfalls"]
    assert found == truth["shortfalls"][basis]


def test_ninety_ends_of_day_are_right(books: Books, truth: dict[str, Any]) -> None:
    reckoning = reckon(books, Parameters(basis="ledger"))
    line = timeline(reckoning)
    for day in truth["days"]:
        found = position(reckoning, day_end(date.fromisoformat(day["day"])), line=line).as_json()
        for asset in found["assets"]:
            figures = [
                asset["owed_customers"], asset["held_customers"], asset["difference"],
                asset["owed"]["negative"],
            ]  # fmt: skip
            assert figures == day[asset["asset"]], (day["day"], asset["asset"])


def test_mixed_and_used_intervals_are_right(
    books: Books, truth: dict[str, Any], floors: dict[str, int]
) -> None:
    found = commingling(reckon(books, Parameters(floors=floors)), START, END).as_json()

    assert [{key: item[key] for key in KEYS} for item in found["intervals"]] == truth["commingled"]


def test_stakes_at_the_end_are_right(books: Books, truth: dict[str, Any]) -> None:
    reckoning = reckon(books)
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for change in reckoning.changes:
        sums[f"{change.place} {change.asset}"][change.group] += change.delta
    for key, want in truth["stakes_at_end"].items():
        text = books.assets[key.split()[1]].text
        assert {group: text(stake) for group, stake in sums[key].items() if stake} == want, key


@pytest.mark.parametrize("month", ["2026-01", "2026-02", "2026-03"])
def test_positions_of_reports_are_right_as_known_now_and_then(
    books: Books, truth: dict[str, Any], month: str
) -> None:
    report = truth["reports"][month]
    at = instant(report["cut"])
    known = {"position": None, "position_as_known_on_the_5th": at + 5 * DAY}
    for key, as_known in known.items():
        reckoning = reckon(books, Parameters(basis="ledger", as_known=as_known))
        found = position(reckoning, at).as_json()
        for asset in found["assets"]:
            want = dict(report[key][asset["asset"]])
            addresses = want.pop("unregistered", {})
            assert {name: asset[name] for name in want} == want
            assert list(asset["unregistered"].values()) == list(addresses.values()) or (
                key != "position"
            )
        for chain, block in found["heights"].items():
            if chain in report:
                named = {key: report[chain][key] for key in ("height", "hash")}
                assert block == named


#: Kinds of what was planted, as a break at the named month's end: its amount.
PLANTED = {
    "2026-01": {
        ("timing", "BTC", "0.12345678"),
        ("ledger_only", "ETH", "-12.0"),
        ("amount", "TRN", "-0.000000003456789012"),
        ("misposted", "USD", "-250000.00"),
        ("backdated", "USD", "-2000.00"),
        # What the network took when the unregistered address was swept.
        ("unregistered_place", "BTC", "-0.000007"),
        ("dust", "TRN", "-0.000000003456789012"),
    },
    "2026-02": {
        ("move_only", "BTC", "1.25"),
        ("amount", "TRN", "-0.000000003456789012"),
        ("misposted", "USD", "-250000.00"),
        ("negative_balance", "USD", "-7500.00"),
        ("unregistered_place", "BTC", "-0.000007"),
        ("dust", "TRN", "-0.000000003456789012"),
    },
    "2026-03": {
        ("move_only", "BTC", "1.25"),
        ("amount", "TRN", "-0.000000003456789012"),
        ("misposted", "USD", "-250000.00"),
        ("unregistered_place", "BTC", "-0.000007"),
        ("unregistered_place", "BTC", "-2.10004321"),
        ("dust", "TRN", "-0.000000003456789012"),
    },
}


@pytest.mark.parametrize("basis", ["ledger", "receipt"])
@pytest.mark.parametrize("month", PLANTED)
def test_breaks_explain_each_month_end_to_the_unit(
    books: Books, truth: dict[str, Any], floors: dict[str, int], basis: str, month: str
) -> None:
    report = truth["reports"][month]
    breaks = BreaksOverTime(reckon(books, Parameters(basis=basis, floors=floors)))
    found = breaks.at(instant(report["cut"]))

    assert {name: row.unexplained for name, row in found.explained.items()} == dict.fromkeys(
        books.assets, 0
    )
    assert {
        (str(row.kind), row.asset, str(row.as_json(books.assets)["amount"])) for row in found.breaks
    } == PLANTED[month]
    if basis == "ledger":
        for name, row in found.explained.items():
            want = report["position"][name]["difference"]
            assert books.assets[name].text(row.difference) == want


def test_everything_planted_is_a_break_at_some_time(
    books: Books, truth: dict[str, Any], floors: dict[str, int]
) -> None:
    reckoning = reckon(books, Parameters(floors=floors))
    found = BreaksOverTime(reckoning).over(START, END).breaks
    told = {(str(row.kind), str(row.as_json(books.assets)["amount"]).lstrip("-")) for row in found}
    kinds = {"chain_only": "move_only", "diversion": "move_only"}
    for defect in truth["defects"]:
        kind = kinds.get(defect["kind"], defect["kind"])
        amount = defect.get("difference") or defect.get("balance") or defect.get("amount", "")
        if kind in {kind for kind, _ in told}:
            assert (kind, amount.lstrip("-")) in told, defect
    assert ("move_only", "40.0") in told
    assert ("reversed", "12.0") in told


def test_payees_get_what_the_reports_say(books: Books, truth: dict[str, Any]) -> None:
    reckoning, start = reckon(books), START
    for month in truth["reports"].values():
        end = instant(month["cut"]) + 1
        found = payments(reckoning, start, end).payees
        start = end
        assert sorted(
            row.asset.text(row.amount) for row in found if row.kind is Outflow.EXPENSE
        ) == sorted(month["expenses_by_payee"].values())
        assert {row.entity for row in found if row.affiliate == "yes"} == {"aff"}


def test_the_address_nobody_registered_is_the_only_suspect(books: Books) -> None:
    (suspect,) = census(reckon(books)).suspects

    assert [str(reason) for reason in suspect.reasons] == [
        "receives credited deposits", "spends together", "named in place_ledger"
    ]  # fmt: skip


@pytest.mark.parametrize("month", ["2026-01", "2026-02", "2026-03"])
def test_lines_of_the_monthly_report_are_right(
    books: Books, truth: dict[str, Any], floors: dict[str, int], month: str
) -> None:
    found = report(Month(reckon(books, Parameters(floors=floors)), control(books, spoken), month))
    lines = {(row["place"], row["asset"]): row for row in found.body["places"]}
    for want in truth["reports"][month]["places"]:
        line = lines.pop((want["place"], want["asset"]))
        assert {key: line[key] for key in want} == want
        assert line["difference"].strip("0.") == ""
    for line in lines.values():
        assert line["class"] not in ("customer", "house")
