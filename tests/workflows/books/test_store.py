"""Large books from a store and small ones in memory: the same figures."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.books.books import (
    Asset,
    Books,
    CustomerAccount,
    LedgerRow,
    Parameters,
    Span,
    WitnessRow,
)
from forthwith.books.coverage import coverage
from forthwith.books.reckoned import HeldChange, OwedChange, Reckoning
from forthwith.domain.amounts import units
from forthwith.domain.book_tables import ACCOUNT_CLASSES
from forthwith.domain.fact_tables import RowFault
from forthwith.domain.instants import instant
from forthwith.record.amounts import Change, Counted
from forthwith.workflows.books import store as stores
from forthwith.workflows.books.store import (
    coverage_store,
    figures,
    from_store,
    in_memory,
    ledger_rows,
    store,
)

NAMES, ASSETS = ["A", "B", "C"], ["X", "Y"]
changes = st.lists(
    st.builds(Change, st.integers(-3, 12), st.sampled_from(NAMES), st.sampled_from(ASSETS),
              st.integers(-9, 9) | st.sampled_from([10**36, -(10**36)])),
    max_size=25,
)  # fmt: skip
ends = st.none() | st.integers(-2, 9)
counts = st.lists(st.builds(Counted, st.sampled_from(NAMES), ends, ends), max_size=4)


@settings(max_examples=25, deadline=None)
@given(changes, changes, counts, st.sampled_from([0, 3]), st.integers(1, 9))
def test_both_ways_give_the_same_figures(
    tmp_path_factory: pytest.TempPathFactory,
    owed: list[Change],
    held: list[Change],
    counted: list[Counted],
    floor: int,
    part: int,
) -> None:
    """Whatever the size of parts; a place may count for several spans, one after another."""
    counted = [c for c in counted if c.start is None or c.end is None or c.start < c.end]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stores, "PART", part)
        folder = tmp_path_factory.mktemp("store")

        small = figures(owed, held, counted, {"X": floor}, folder)
        large = figures(owed, held, counted, {"X": floor}, folder, bound=-1)

    assert small == large == in_memory(owed, held, counted, {"X": floor})


def test_the_bound_decides_which_way_is_taken(tmp_path: Path) -> None:
    rows = [Change(1, "A", "X", 1)] * 3

    figures([], rows, [], {}, tmp_path, bound=3)
    assert not list(tmp_path.glob("*.parquet"))
    figures([], rows, [], {}, tmp_path, bound=2)
    assert list(tmp_path.glob("*.parquet"))


def test_an_amount_the_store_cannot_keep_is_told_with_its_row(tmp_path: Path) -> None:
    kept = store(tmp_path, [Change(1, "A", "X", 10**40, "customer_ledger.csv:7")], [])

    assert kept.rows == 0
    assert [(fault.file, fault.line) for fault in kept.faults] == [("customer_ledger.csv", 7)]


def test_a_ledger_is_read_line_by_line_with_its_faults(tmp_path: Path) -> None:
    path = tmp_path / "customer_ledger.csv"
    path.write_text(
        "row,effective_at,account,asset,amount,memo\n"
        "1,2026-01-01T00:00:00Z,C1,BTC,0.00000001,\n"
        '2,2026-01-01T00:00:00Z,C1,BTC,1,"two\nlines"\n'
        "3,2026-01-01T00:00:00Z,C1,BTC,0.000000001,\n"
        "4,2026-02-30T00:00:00Z,C1,BTC,1,\n"
        "5,2026-01-01T00:00:00Z,C1,DOGE,1,\n"
        "6,2026-01-01T00:00:00Z,C9,BTC,1,\n"
        "7,2026-01-01T00:00:00Z\n"
        "\n"
        "8,2026-01-01T00:00:00Z,H1,BTC,5,\n"
    )
    faults: list[RowFault] = []

    rows = list(ledger_rows(path, {"BTC": 8}, {"C1": "outsider", "H1": "house"}, faults))

    assert [row.delta for row in rows] == [1, 100_000_000]
    assert rows[1].row == "customer_ledger.csv:4"
    assert [fault.line for fault in faults] == [5, 6, 7, 8, 9]
    assert "places" in faults[0].what
    assert "'DOGE'" in faults[2].what


HEAD = b"effective_at,account,asset,amount\n"


@pytest.mark.parametrize(
    "text", [b"", b"row,account\n1,C1\n", b'"', b"\n", HEAD + b"\xff,a,b,c\n", HEAD + b"1\n"]
)
def test_a_file_that_is_no_ledger_is_a_fault(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "l.csv").write_bytes(text)
    faults: list[RowFault] = []

    assert list(ledger_rows(tmp_path / "l.csv", {}, {}, faults)) == []
    assert faults


@settings(max_examples=25, deadline=None)
@given(
    changes,
    changes,
    st.lists(
        st.tuples(st.sampled_from(NAMES), st.sampled_from(ACCOUNT_CLASSES), st.integers(-2, 9)),
        max_size=5,
    ),
    st.sampled_from([0, 3]),
)
def test_the_store_covers_as_the_books_do(
    tmp_path_factory: pytest.TempPathFactory,
    owed: list[Change],
    held: list[Change],
    turns: list[tuple[str, str, int]],
    floor: int,
) -> None:
    """Held against `books coverage`, with accounts that become customers' and cease to be."""
    here = WitnessRow("", "")
    row = LedgerRow("", 0, 0, "", "", 0, "", "", "", here)
    reckoning = Reckoning(
        Books(
            assets={name: Asset(name, 0) for name in ASSETS},
            accounts=tuple(CustomerAccount(n, k, "", Span(at), here) for n, k, at in turns),
        ),
        Parameters(floors={"X": floor}),
        owed_changes=tuple(
            OwedChange(c.at, c.name, c.asset, c.delta, row)
            for c in sorted(owed, key=lambda c: c.at)
        ),
        held_changes=tuple(
            HeldChange(c.at, c.name, "house" if c.name == "C" else "customer", c.asset, c.delta)
            for c in sorted(held, key=lambda c: c.at)
        ),
    )

    stored = coverage_store(tmp_path_factory.mktemp("store"), reckoning)
    found = from_store(stored.store, None, {"X": floor})
    told = coverage(reckoning, -9, 99)

    assert [
        (each.asset, each.start, 99 if each.end is None else each.end, each.most, each.most_at)
        for each in found.shortfalls
    ] == [
        (each.asset.id, each.start, each.end, each.most, each.most_at) for each in told.shortfalls
    ]
    lowest: dict[str, tuple[int, int]] = {}
    for month in told.least:
        key = (month.difference, month.at)
        lowest[month.asset.id] = min(key, lowest.get(month.asset.id, key))
    for each in found.least:
        if each.difference < 0:
            assert (each.difference, each.at) == lowest[each.asset]


@pytest.mark.corpus
def test_the_ledger_of_the_case_owes_at_its_end_what_is_true(corpora: Path, tmp_path: Path) -> None:
    case = corpora / "books/case-tamarack"

    def rows(name: str) -> list[dict[str, str]]:
        with (case / f"tables/{name}.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    decimals = {row["id"]: int(row["decimals"]) for row in rows("assets")}
    classes = {row["account"]: row["class"] for row in rows("customer_accounts")}
    faults: list[RowFault] = []
    ledger = ledger_rows(case / "tables/customer_ledger.csv", decimals, classes, faults)
    kept = store(tmp_path, ledger, [])

    found = kept.store.closings("owed", instant("2026-03-31T23:59:59Z"))

    truth = json.loads((case / "truth.json").read_text())
    assert not faults
    for asset, leaves in truth["liability_leaves_at_end"].items():
        for account, text in leaves.items():
            assert max(0, found[account, asset]) == units(text, decimals[asset])
    day = next(day for day in truth["days"] if day["day"] == "2026-03-31")
    last = {asset: -units(day[asset][0], decimals[asset]) for asset in decimals}
    steps = from_store(kept.store, [], {})
    assert {each.asset for each in steps.least} == set(decimals)
    assert all(each.difference <= last[each.asset] for each in steps.least)
