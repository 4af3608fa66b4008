"""Which accounts stand in a tree, and that its sum is what customers are owed (law 4)."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.books.books import (
    ALWAYS,
    Asset,
    Books,
    CustomerAccount,
    LedgerRow,
    Parameters,
    Span,
    WitnessRow,
)
from forthwith.books.liabilities.leaves import owed_leaves
from forthwith.books.liabilities.tree import commit
from forthwith.books.reckoned import OwedChange, Reckoning
from forthwith.books.timeline import timeline
from forthwith.domain.amounts import units
from forthwith.domain.book_tables import ACCOUNT_CLASSES
from forthwith.domain.instants import instant
from tests.books.liabilities.golden import KEY

NO_ROW = LedgerRow("", 0, 0, "", "", 0, "", "", "", WitnessRow("", ""))
HERE = WitnessRow("customer_accounts.csv", "line 2")


@dataclass(frozen=True)
class Change:
    at: int
    account: str
    asset: str
    delta: int


def account(name: str, klass: str = "outsider", span: Span = ALWAYS) -> CustomerAccount:
    return CustomerAccount(name, klass, "", span, HERE)


changes = st.lists(
    st.builds(
        Change, st.integers(0, 9), st.sampled_from("ABCDH"), st.sampled_from(["X", "Y"]),
        st.integers(-9, 9),
    ),
    max_size=60,
)  # fmt: skip


@given(changes, st.integers(0, 9))
def test_the_tree_adds_up_to_what_is_owed(rows: list[Change], cut: int) -> None:
    accounts = [account("A"), account("B"), account("C", "affiliated_lp"), account("H", "house")]

    leaves = owed_leaves(rows, accounts, "X", cut)

    owed = negative = 0
    for name in "ABCD":
        balance = sum(
            row.delta for row in rows if (row.account, row.asset) == (name, "X") and row.at <= cut
        )
        owed += max(0, balance)
        negative += min(0, balance)
    assert leaves.total == owed
    assert sum(leaves.negative.values()) == negative
    assert "H" not in leaves.owed
    if leaves.owed:
        assert commit(KEY, "X", "t", leaves.owed).total == owed


def test_a_negative_balance_is_named_and_not_summed() -> None:
    rows = [Change(1, "A", "X", 5), Change(1, "B", "X", -3)]

    leaves = owed_leaves(rows, [account("A"), account("B")], "X", 1)

    assert (leaves.owed, leaves.negative, leaves.total) == ({"A": 5, "B": 0}, {"B": -3}, 5)


def test_an_account_closed_with_a_balance_is_still_owed_it() -> None:
    rows = [Change(1, "A", "X", 5)]

    leaves = owed_leaves(rows, [account("A", span=Span(0, 2))], "X", 9)

    assert leaves.owed == {"A": 5}


def test_the_class_in_force_at_the_cut_decides() -> None:
    rows = [Change(1, "A", "X", 5)]
    accounts = [account("A", "outsider", Span(2, None)), account("A", "house", Span(0, 2))]

    assert owed_leaves(rows, accounts, "X", 1).owed == {}
    assert owed_leaves(rows, accounts, "X", 2).owed == {"A": 5}


def test_an_account_nobody_listed_is_owed_and_told() -> None:
    """As in the position: what stands in a row is owed to somebody until a row says otherwise."""
    leaves = owed_leaves([Change(1, "Z", "X", 5)], [account("A")], "X", 1)

    assert (leaves.owed, leaves.unlisted) == ({"Z": 5}, ("Z",))


@given(
    changes,
    st.integers(0, 9),
    st.lists(
        st.tuples(st.sampled_from("ABC"), st.sampled_from(ACCOUNT_CLASSES), st.integers(0, 9)),
        max_size=6,
    ),
)
def test_the_position_and_the_tree_owe_the_same(
    rows: list[Change], cut: int, turns: list[tuple[str, str, int]]
) -> None:
    """Law 4, held against what `books position` counts, whatever the accounts are and become."""
    accounts = tuple(account(name, klass, Span(start)) for name, klass, start in turns)
    ledger = sorted(rows, key=lambda row: row.at)
    reckoning = Reckoning(
        Books(assets={"X": Asset("X", 0), "Y": Asset("Y", 0)}, accounts=accounts),
        Parameters(),
        owed_changes=tuple(
            OwedChange(row.at, row.account, row.asset, row.delta, NO_ROW) for row in ledger
        ),
    )

    owed = timeline(reckoning).lines["X"].owed_at(cut)
    leaves = owed_leaves(ledger, accounts, "X", cut)

    assert leaves.total == owed.customers


@pytest.mark.corpus
def test_the_quarter_of_the_case_has_its_leaves(corpora: Path) -> None:
    case = corpora / "books/case-tamarack"
    truth = json.loads((case / "truth.json").read_text())["liability_leaves_at_end"]

    def rows(name: str) -> list[dict[str, str]]:
        with (case / f"tables/{name}.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    decimals = {row["id"]: int(row["decimals"]) for row in rows("assets")}
    accounts = [account(row["account"], row["class"]) for row in rows("customer_accounts")]
    ledger = [
        Change(
            instant(row["effective_at"]), row["account"], row["asset"],
            units(row["amount"], decimals[row["asset"]]),
        )
        for row in rows("customer_ledger")
    ]  # fmt: skip
    for asset, leaves in truth.items():
        found = owed_leaves(ledger, accounts, asset, instant("2026-03-31T23:59:59Z"))

        assert found.owed == {name: units(text, decimals[asset]) for name, text in leaves.items()}
