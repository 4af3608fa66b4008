"""Breaks, payees, suspects and proofs of quarters of other seeds and defects."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

import pytest

from forthwith.books.books import Parameters
from forthwith.books.breaks import Break, BreaksOverTime
from forthwith.books.census import census
from forthwith.books.control import stale
from forthwith.books.payments import Outflow, payments
from forthwith.books.position import position
from forthwith.books.reckoning import reckon
from forthwith.domain.instants import instant
from forthwith.example.books.model import FLOORS
from forthwith.exports.chain import evm_json
from forthwith.workflows.books import control as desk
from tests.books.second_case.test_second_case import CASES, Case

#: Planted defects that are breaks, under the kind they are found as.
KINDS = {
    "unregistered_place": "unregistered_place",
    "amount": "amount",
    "timing": "timing",
    "chain_only": "move_only",
    "misposted": "misposted",
    "customer_money_in_house_account": "misposted",
    "ledger_only": "ledger_only",
    "diversion": "move_only",
    "commingling": "move_only",
    "dressing": "move_only",
    "backdated": "backdated",
    "negative_balance": "negative_balance",
    "duplicate": "duplicate",
    "statement_gap": "statement_gap",
    "ambiguous": "ambiguous",
}
#: What comes along: the floor, the row that undoes another, a house's account.
BESIDE = {
    "amount": "dust",
    "ledger_only": "reversed",
    "duplicate": "reversed",
    "class_changed": "ledger_only",
}


class Answers(Case):
    """A quarter with what is asked of it."""

    @cached_property
    def breaks(self) -> BreaksOverTime:
        return BreaksOverTime(self.receipt)

    @cached_property
    def found(self) -> tuple[Break, ...]:
        return self.breaks.over(*self.span).breaks


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> Answers:
    return Answers(*CASES[request.param])


@pytest.mark.parametrize("basis", ["receipt", "ledger"])
def test_nothing_is_unexplained_at_any_event(case: Answers, basis: str) -> None:
    reckoning = reckon(case.books, Parameters(floors=FLOORS, basis=basis))
    breaks = BreaksOverTime(reckoning)
    changes = (*reckoning.owed_changes, *reckoning.held_changes)
    instants = sorted({change.at for change in changes} & set(range(*case.span)))
    for when in instants[::9]:
        for name, row in breaks.at(when).explained.items():
            assert (name, when, row.unexplained) == (name, when, 0)


def test_the_difference_explained_is_the_positions(case: Answers) -> None:
    for report in case.truth["reports"].values():
        at = instant(report["cut"])
        explained = case.breaks.at(at).explained
        for asset in position(case.receipt, at).assets:
            if asset.difference is not None:
                assert explained[asset.asset.id].difference == asset.difference


def test_each_defect_is_found_as_its_kind(case: Answers) -> None:
    for defect in case.truth["defects"]:
        if defect["kind"] in KINDS:
            alike = [row for row in case.found if row.kind == KINDS[defect["kind"]]]
            assert any(_about(case, defect, row) for row in alike), defect


def test_no_kind_is_found_that_nobody_planted(case: Answers) -> None:
    planted = {defect["kind"] for defect in case.truth["defects"]}
    known = {kinds[kind] for kinds in (KINDS, BESIDE) for kind in planted if kind in kinds}

    assert {str(row.kind) for row in case.found} <= known


def _about(case: Answers, defect: dict[str, Any], row: Break) -> bool:
    """Return whether a break is the planted one: its amount, or its account, or its place."""
    asset = case.books.assets.get(row.asset)
    amounts = {asset.text(abs(row.amount))} if asset and row.amount is not None else set()
    if defect["kind"] == "ambiguous":
        return True
    wanted = {
        defect.get(name, "").lstrip("-") for name in ("amount", "difference", "balance")
    } - {""}  # fmt: skip
    if defect["kind"] == "commingling":
        return "40.0" in amounts
    return bool(amounts & wanted) if wanted else defect["place"] in row.says


def test_nothing_is_called_a_break_where_nothing_is_wrong(case: Answers) -> None:
    if not case.defects:
        assert case.found == ()
        assert census(case.receipt).suspects == ()


def test_each_payee_gets_what_the_model_paid(case: Answers) -> None:
    """A payee is called by the model's name, an entity by its id: amounts are compared."""
    hidden = {gap["place"] for gap in case.truth["gaps"]}
    start = case.span[0]
    for report in case.truth["reports"].values():
        end = instant(report["cut"]) + 1
        found = payments(case.receipt, start, end)
        start = end
        paid = sorted(
            row.asset.text(row.amount) for row in found.payees if row.kind is Outflow.EXPENSE
        )
        if "op" not in hidden:
            assert paid == sorted(report["expenses_by_payee"].values())


def test_what_an_intermediary_passed_on_is_followed(case: Answers) -> None:
    passed = [row for row in case.truth["defects"] if "passed_on" in row]
    found = [row for row in payments(case.receipt).payees if row.through]

    assert len(found) == len(passed)
    for row, defect in zip(found, passed, strict=True):
        (through,) = row.through
        assert row.affiliate == "no"
        assert row.as_json()["affiliate"] == "through"
        assert row.asset.text(through.methods["poison"]) == defect["passed_on"]


def test_only_what_nobody_registered_is_suspected(case: Answers) -> None:
    unregistered = {
        move.target_address
        for match in case.receipt.matches
        if (move := match.move) is not None
        for defect in case.truth["defects"]
        if defect["kind"] == "unregistered_place" and defect["ref"] == move.reference
        if move.target.startswith("address:")
    }

    assert {row.address for row in census(case.receipt).suspects} == unregistered


def test_addresses_without_a_fresh_proof_are_the_model_s(case: Answers) -> None:
    files = case.played[1]
    dumps = [(name, data) for name, data in files.items() if name.startswith("ethereum/")]
    bitcoin = case.books.chains[0]
    proofs, faults, _ = desk.read({k: v for k, v in files.items() if k.startswith("proofs/")})
    given = replace(case.books, proofs=proofs, chains=(bitcoin, evm_json.read(dumps)))
    found = desk.control(given)

    assert not faults
    assert not found.refused
    for report in case.truth["reports"].values():
        without = stale(given.places, found, instant(report["cut"]), 35)
        assert sorted(f"{row.place} {row.address}" for row in without) == sorted(
            report["addresses_without_proof_in_35_days"]
        )
