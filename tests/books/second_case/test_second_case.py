"""Quarters of other seeds and defects: the engine finds what the model that played them knows.

The model is `forthwith.example.books`, written without the engine; nothing in it reads a figure of
the engine's. Every figure is compared in units.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import pytest

from forthwith.books.books import Books, Parameters
from forthwith.books.breaks import BreaksOverTime
from forthwith.books.commingling import commingling
from forthwith.books.coverage import coverage
from forthwith.books.liabilities.leaves import owed_leaves
from forthwith.books.position import position
from forthwith.books.reckoning import Reckoning, reckon
from forthwith.books.timeline import timeline
from forthwith.books.tracing.trace import trace
from forthwith.domain.instants import instant
from forthwith.example import books as example
from forthwith.example.books import Defect
from forthwith.example.books.model import FLOORS, Instant
from tests.books.second_case import told

D = Defect
#: Seed, first day, what is planted: each defect stands in at least one, and they meet each other.
CASES = {
    "the demo": (example.DEMO_SEED, date(2022, 1, 1), example.DEMO),
    "nothing wrong": (5, date(2024, 1, 1), ()),
    "coin": (
        2, date(2023, 10, 1),
        (D.UNREGISTERED, D.UNREGISTERED_LEFT, D.JOINT_SPEND, D.UNCREDITED, D.ACROSS_CUT, D.DUST,
         D.MISPOSTED, D.REASSIGNED, D.BATCH_OUT, D.CLOCK_BACK),
    ),
    "banks": (
        6, date(2021, 7, 1),
        (D.HOUSE_WIRE_KEPT, D.INTERMEDIARY, D.CHARGEBACK, D.DOUBLED, D.DRESSING, D.MOVED_SLOWLY,
         D.BACKDATED),
    ),
    "chains": (
        9, date(2025, 4, 1),
        (D.REORGANISED, D.CLOCK_BACK, D.MASKED, D.STAKED, D.SPAM, D.FAILED, D.DIVERSION,
         D.AFFILIATE_COIN, D.THIRD_ASSET_FEE, D.UNREGISTERED),
    ),
    "customers": (
        14, date(2022, 10, 1),
        (D.CLASS_CHANGED, D.CLASS_HOUSE, D.PHANTOM_CREDIT, D.INSIDE, D.MOVED, D.HOUSE_WIRE,
         D.CHARGEBACK, D.STALE_PROOFS, D.UNREGISTERED_LEFT),
    ),
    "odd but right": (
        31, date(2020, 1, 1),
        (D.BATCH_OUT, D.CAPITALS, D.MIXED_BATCH, D.ON_US, D.WITHDRAWAL_FEE, D.INSIDE, D.SPAM,
         D.FAILED, D.REASSIGNED, D.CLOCK_BACK, D.REORGANISED, D.STAKED, D.THIRD_ASSET_FEE,
         D.CLASS_CHANGED, D.MOVED),
    ),
    "rows as people write them": (
        33, date(2024, 7, 1),
        (D.NO_REFERENCE, D.CAPITALS, D.BOOKED_LATER, D.BACKDATED, D.DUST, D.BATCH_IN,
         D.FROM_CONTRACT),
    ),
    "a house's week missing": (21, date(2023, 1, 1), (D.GAP, D.HOUSE_WIRE, D.DRESSING)),
}  # fmt: skip


@dataclass
class Case:
    """A quarter, its truth, and what the engine makes of it."""

    seed: int
    start: date
    defects: tuple[Defect, ...]

    @cached_property
    def played(self) -> tuple[Any, dict[str, bytes]]:
        return example.played(self.seed, self.defects, self.start)

    @cached_property
    def truth(self) -> dict[str, Any]:
        return example.truth_of(self.played[0])

    @cached_property
    def books(self) -> Books:
        return told.books(*self.played)

    @cached_property
    def receipt(self) -> Reckoning:
        return reckon(self.books, Parameters(floors=FLOORS))

    @property
    def span(self) -> tuple[Instant, Instant]:
        return instant(self.truth["from"]), instant(self.truth["to"])


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return Case(*CASES[request.param])


def test_the_books_are_read_without_a_fault(case: Case) -> None:
    assert case.books.faults == ()
    assert [chain.faults for chain in case.books.chains] == [(), ()]


def test_each_day_ends_as_the_model_says(case: Case) -> None:
    line = timeline(case.receipt)
    for day in case.truth["days"]:
        found = position(case.receipt, instant(f"{day['day']}T23:59:59Z"), line=line)
        for asset in found.assets:
            text = asset.asset.text
            figures = (
                asset.owed.customers, asset.held_customers, asset.difference, asset.owed.negative
            )  # fmt: skip
            assert [text(figure or 0) for figure in figures] == day[asset.asset.id], day["day"]


def test_each_cut_is_as_the_model_says(case: Case) -> None:
    for report in case.truth["reports"].values():
        answer = position(case.receipt, instant(report["cut"])).as_json()
        for chain in ("bitcoin-regtest", "evm-31337"):
            block = {name: report[chain][name] for name in ("height", "hash")}
            assert answer["heights"][chain] == block
        for found in answer["assets"]:
            right = report["position"][found["asset"]]
            zero = "0.00" if found["asset"] == "USD" else "0.0"
            held = {place: text for place, text in found["held"].items() if text != zero}
            assert held == right["held"]
            assert list(found["unregistered"].values()) == list(right["unregistered"].values())
            for name in ("owed", "owed_customers", "held_customers", "difference", "shortfall"):
                assert found[name] == right[name], (report["cut"], found["asset"], name)


def test_each_cut_was_known_on_the_fifth_as_the_model_says(case: Case) -> None:
    for report in case.truth["reports"].values():
        known = Parameters(floors=FLOORS, as_known=instant(report["known_at"]))
        answer = position(reckon(case.books, known), instant(report["cut"])).as_json()
        for found in answer["assets"]:
            right = report["position_as_known"][found["asset"]]
            assert {name: found[name] for name in right} == right, report["cut"]


@pytest.mark.parametrize("basis", ["receipt", "ledger"])
def test_shortfalls_are_found_to_the_second_and_the_unit(case: Case, basis: str) -> None:
    reckoning = reckon(case.books, Parameters(floors=FLOORS, basis=basis))
    found = coverage(reckoning, *case.span).as_json()["shortfalls"]

    assert found == case.truth["shortfalls"][basis]


def test_the_least_difference_of_each_month_is_found(case: Case) -> None:
    found = coverage(case.receipt, *case.span).as_json()["least"]

    assert sorted((row["month"], row["asset"], row["least"], row["at"]) for row in found) == sorted(
        (row["month"], row["asset"], row["difference"], row["at"]) for row in case.truth["least"]
    )


def test_dressing_is_found_and_nothing_else_is_called_so(case: Case) -> None:
    found = coverage(case.receipt, *case.span).as_json()["dressing"]

    assert [(row["cut"], row["amount"], row["back"]) for row in found] == [
        (row["cut"], row["amount_in"], row["amount_out"]) for row in case.truth["dressing"]
    ]


def _by_group(
    rows: list[dict[str, Any]],
) -> dict[tuple[str, str, str, str], list[tuple[str, str | None]]]:
    """Return the stretches of each place, asset, kind and group, those that touch as one."""
    found: dict[tuple[str, str, str, str], list[tuple[str, str | None]]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["from"]):
        for group in row["groups"]:
            spans = found[row["place"], row["asset"], row["kind"], group]
            if spans and spans[-1][1] == row["from"]:
                spans[-1] = (spans[-1][0], row["to"])
            else:
                spans.append((row["from"], row["to"]))
    return dict(found)


def _out_of_gaps(case: Case, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the rows of places whose statements are all there."""
    for row in rows:
        if row["place"] not in {gap["place"] for gap in case.truth["gaps"]}:
            yield row


def test_what_mixed_and_what_was_used_is_found_to_the_second(case: Case) -> None:
    found = commingling(case.receipt, *case.span).as_json()["intervals"]
    mine = list(_out_of_gaps(case, case.truth["commingled"]))
    theirs = [row for row in _out_of_gaps(case, found) if not row["place"].startswith("address:")]

    assert _by_group(theirs) == _by_group(mine)


def test_what_mixed_alone_has_the_model_s_amounts(case: Case) -> None:
    """Where two groups mix at once, a stretch is cut where the set of groups changes."""
    found = commingling(case.receipt, *case.span).as_json()["intervals"]
    crowded = {(row["place"], row["asset"], row["kind"]) for row in found if len(row["groups"]) > 1}
    names = (
        "place", "asset", "kind", "from", "to", "customers_from", "other_from", "customers_most",
        "other_most",
    )  # fmt: skip

    def alone(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        return sorted(
            tuple(str(row[name]) for name in names)
            for row in _out_of_gaps(case, rows)
            if (row["place"], row["asset"], row["kind"]) not in crowded
            and not row["place"].startswith("address:")
        )

    assert alone(found) == alone(case.truth["commingled"])


def test_stakes_at_the_end_are_the_model_s(case: Case) -> None:
    sums: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for change in case.receipt.changes:
        if change.at < case.span[1]:
            sums[change.place, change.asset][change.group] += change.delta
    missing = {gap["place"] for gap in case.truth["gaps"]}
    for name, right in case.truth["stakes_at_end"].items():
        place, asset = name.split(" ")
        if place not in missing:
            text = case.books.assets[asset].text
            stakes = {group: text(sum_) for group, sum_ in sums[place, asset].items() if sum_}
            assert stakes == right, name


def test_a_block_whose_clock_is_behind_counts_from_its_parent_s_time(case: Case) -> None:
    chain = case.receipt.chains["bitcoin-regtest"]
    for defect in case.truth["defects"]:
        if defect["kind"] == "clock_back":
            height, counts = int(defect["height"]), instant(defect["counts"])
            found = [chain.height_at(when) for when in (counts - 1800, counts - 1, counts)]
            assert [block and block.height for block in found] == [height - 2, height - 2, height]


#: What a planted defect is called among the breaks; those that are no break are not here.
_BREAK_OF = {
    "unregistered_place": "unregistered_place",
    "chain_only": "move_only",
    "ambiguous": "ambiguous",
    "ledger_only": "ledger_only",
    "backdated": "backdated",
    "negative_balance": "negative_balance",
    "duplicate": "duplicate",
    "misposted": "misposted",
    "amount": "amount",
    "customer_money_in_house_account": "misposted",
    "diversion": "move_only",
    "commingling": "move_only",
    "dressing": "move_only",
    "statement_gap": "statement_gap",
}


def test_the_breaks_explain_each_cut_to_the_last_unit(case: Case) -> None:
    breaks = BreaksOverTime(case.receipt)
    for report in case.truth["reports"].values():
        found = breaks.at(instant(report["cut"]))
        assert {asset: row.unexplained for asset, row in found.explained.items()} == dict.fromkeys(
            case.books.assets, 0
        )


def test_each_planted_defect_is_among_the_breaks_with_its_amount(case: Case) -> None:
    found = BreaksOverTime(case.receipt).over(*case.span)
    seen = {
        (str(row.kind), case.books.assets[row.asset].text(abs(row.amount)) if row.amount else "")
        for row in found.breaks
    }
    # Rows of one account that the same moves fit are one break over all of them.
    fits = [row for row in case.truth["defects"] if row["kind"] == "ambiguous"]
    together = str(sum(Decimal(row["amount"]) for row in fits))
    for defect in case.truth["defects"]:
        if defect["kind"] == "ambiguous":
            defect = {**defect, "amount": together}
        if kind := _BREAK_OF.get(defect["kind"]):
            amount = next(
                (defect[name] for name in ("difference", "amount", "balance") if name in defect),
                "40.0" if kind == "move_only" else "",
            )
            assert (kind, amount.lstrip("-")) in seen, defect


@pytest.mark.parametrize("name", ["nothing wrong", "odd but right"])
def test_where_nothing_is_wrong_no_break_is_found(name: str) -> None:
    case = Case(*CASES[name])

    assert BreaksOverTime(case.receipt).over(*case.span).breaks == ()


def test_a_withdrawal_across_a_cut_is_a_break_of_timing_at_the_cut(case: Case) -> None:
    breaks = BreaksOverTime(reckon(case.books, Parameters(floors=FLOORS, basis="ledger")))
    for defect in case.truth["defects"]:
        if defect["kind"] == "timing":
            first = next(iter(case.truth["reports"].values()))
            found = breaks.at(instant(first["cut"])).breaks
            amounts = [row.amount for row in found if str(row.kind) == "timing"]
            assert 12345678 in map(abs, filter(None, amounts))


def test_the_tree_s_leaves_are_the_model_s(case: Case) -> None:
    for asset in case.books.assets.values():
        found = owed_leaves(
            case.receipt.owed_changes, case.books.accounts, asset.id, case.span[1] - 1
        )
        leaves = {account: asset.text(amount) for account, amount in found.owed.items()}
        assert leaves == case.truth["liability_leaves_at_end"][asset.id]


def _units(text: str) -> int:
    return int(text.replace(".", ""))


def test_a_claim_goes_where_the_model_followed_it(case: Case) -> None:
    """Under each method and order in which the account is never overdrawn."""
    claims = {claim.claim: claim for claim in case.books.claims}
    for name, right in case.truth["traces"].items():
        found = trace(case.receipt, claims[name]).as_json()
        for method, orders in right["methods"].items():
            for order, outcome in orders.items():
                theirs = found["methods"][method][order]
                gone: dict[str, int] = defaultdict(int)
                for _, reference, target, amount in theirs["steps"]:
                    if target != "op":
                        gone[reference] += _units(amount)
                assert sum(map(_units, theirs["left"].values())) == _units(outcome["left"])
                assert gone == {
                    reference: _units(amount) for reference, amount in outcome["gone"].items()
                }, (name, method, order)
        for bound, place in (("worst", 0), ("best", 1)):
            if bound in right["range"]["libr"]:
                left = found["range"]["libr"]["left"].get("op", ["0.00", "0.00"])
                assert left[place] == right["range"]["libr"][bound]["left"]
