"""The three claims of case-tamarack, from its files to every figure of its truth."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from forthwith.books.reckoned import Reckoning
from forthwith.books.reckoning import reckon
from forthwith.books.tables import books_of
from forthwith.books.tracing import Trace, diagram, trace
from forthwith.domain.bank import BankBalance, BankEntry, BankStatement
from forthwith.domain.fact_tables import FactRow
from forthwith.exports.bank import bai2, camt, mt940
from forthwith.exports.chain import bitcoin_blocks, evm_json

pytestmark = pytest.mark.corpus


@pytest.fixture(scope="module")
def case(corpora: Path) -> Path:
    return corpora / "books/case-tamarack"


@pytest.fixture(scope="module")
def reckoning(case: Path) -> Reckoning:
    """The whole quarter, read by the readers of each format."""
    rows = [
        FactRow(path.stem, row, path.name, line)
        for path in sorted((case / "tables").glob("*.csv"))
        for line, row in enumerate(csv.DictReader(path.open(encoding="utf-8")), 2)
    ]
    statements = [_intermediary(case / "bank/int-GB2209917744.csv")]
    for reader, pattern in ((camt.read, "*.xml"), (mt940.read, "*.mt940"), (bai2.read, "*.bai2")):
        for path in sorted((case / "bank").glob(pattern)):
            read = reader(path.read_bytes(), path.name)
            assert not read.faults
            statements += read.statements
    chains = [
        bitcoin_blocks.read([("blk00000.dat", (case / "bitcoin/blk00000.dat").read_bytes())]),
        evm_json.read(
            [(path.name, path.read_bytes()) for path in sorted((case / "ethereum").glob("*.jsonl"))]
        ),
    ]
    books = books_of(rows, statements, chains)
    assert not books.faults
    return reckon(books)


def _intermediary(path: Path) -> BankStatement:
    """Read the payee's own statement, day first, produced under subpoena."""
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    entries = []
    for line, row in enumerate(rows[1:], 3):
        day, month, year = map(int, row["Date"].split("/"))
        amount = row["Credit"] or f"-{row['Debit']}"
        entries.append(
            BankEntry(
                date(year, month, day),
                amount,
                f"line {line}",
                (row["Reference"],),
                party=row["Counterparty"],
                party_account=row["Counterparty account"],
            )
        )
    first, last = date(2026, 1, 1), date(2026, 3, 31)
    return BankStatement(
        path.name, "csv", "GB2209917744", "USD", tuple(entries),
        BankBalance(rows[0]["Balance"].replace(",", ""), first, "line 2"),
        BankBalance(rows[-1]["Balance"].replace(",", ""), last, "line 24"), first, last,
    )  # fmt: skip


def followed(reckoning: Reckoning, name: str) -> Trace:
    return trace(reckoning, next(row for row in reckoning.books.claims if row.claim == name))


def as_truth_names(found: Any, outside: str) -> dict[str, Any]:
    """Return an outcome with addresses outside the register under the truth's one name for them."""

    def named(name: str) -> str:
        return outside if name.startswith("address:") else name

    gone: Counter[str] = Counter()
    for name, amount in found["gone"].items():
        whole, _, part = amount.partition(".")
        gone[named(name)] += int(whole + part.ljust(18, "0"))
    texts = {}
    for name, amount in gone.items():
        whole, part = divmod(amount, 10**18)
        digits = f"{part:018}".rstrip("0")
        texts[name] = f"{whole}.{digits or '0'}"
    return {
        "left": found["left"],
        "gone": texts if outside else found["gone"],
        "steps": [[day, ref, named(target), part] for day, ref, target, part in found["steps"]],
    }


@pytest.mark.parametrize(("claim", "outside"), [("K1", ""), ("K2", "ext-eth2"), ("K3", "ext-btc")])
def test_each_figure_of_a_claim_is_the_truth_s(
    case: Path, reckoning: Reckoning, claim: str, outside: str
) -> None:
    """Five methods, each order: what is left, what is gone, every step; month ends and bounds."""
    truth = json.loads((case / "truth.json").read_text())["traces"][claim]
    found = followed(reckoning, claim).as_json()

    assert found["asset"] == truth["asset"]
    assert found["amount"] == truth["claim"]
    assert found["reference"] == truth["reference"]
    assert found["opening"] == truth["opening"]
    assert sorted(found["follow"]) == sorted(truth["follow"])
    assert set(found["stop"]) <= set(truth["stop"])
    for method, orders in truth["methods"].items():
        assert found["methods"][method].keys() == orders.keys()
        for order, want in orders.items():
            got = found["methods"][method][order]
            assert (as_truth_names(got, outside) if outside else got) == want, (method, order)
    if "left_at" in truth:
        assert found["left_at"] == truth["left_at"]
    assert found["stopped_at"] == []


def test_every_step_has_its_rows(reckoning: Reckoning) -> None:
    """Law 7: of a transfer both statements' rows, of a transaction its outputs."""
    found = followed(reckoning, "K1").as_json()

    assert all(found["rows"].values())
    (both,) = [rows for move, rows in found["rows"].items() if move.endswith("W26000048")]
    assert {row.partition(":")[0] for row in both} == {
        "op-2026-q1.mt940", "int-GB2209917744.csv",
    }  # fmt: skip


def test_a_bound_over_every_order_holds_the_three_printed(reckoning: Reckoning) -> None:
    """The quarter's days are short enough to be searched whole."""
    found = followed(reckoning, "K1")

    for method, bounds in found.ranges.items():
        assert set(bounds.over.values()) <= {"over all orders of each day"}
        for outcome in found.methods[method].values():
            for name, amount in {**outcome.left, **outcome.gone}.items():
                least, most = {**bounds.left, **bounds.gone}[name]
                assert least <= amount <= most


def test_its_diagram_shows_the_affiliate_behind_the_vendor(reckoning: Reckoning) -> None:
    """Two transfers from where the customer's wire came in."""
    drawn = diagram(followed(reckoning, "K1"))

    columns = {node.name: node.column for node in drawn.nodes}
    assert (columns["op"], columns["int"], columns["affiliate:Tern Capital"]) == (0, 1, 2)


def test_nothing_is_lost_or_made(reckoning: Reckoning) -> None:
    """Law 18 on the quarter; poison is a bound and no allocation."""
    for claim in ("K1", "K2", "K3"):
        found = followed(reckoning, claim)
        for method, orders in found.methods.items():
            for outcome in orders.values():
                whole = sum(outcome.left.values()) + sum(outcome.gone.values())
                assert whole >= found.amount if method == "poison" else whole == found.amount
