"""The same quarters from their files as handed over: opened, reckoned, proofs verified."""

from __future__ import annotations

from typing import Any

import pytest

from forthwith.books.books import Books, Parameters
from forthwith.books.control import stale
from forthwith.books.coverage import coverage
from forthwith.books.position import position
from forthwith.books.reckoning import reckon
from forthwith.domain.instants import instant
from forthwith.example.books.model import FLOORS
from forthwith.workflows.books import control
from forthwith.workflows.books.files import BookFiles, flat_names
from forthwith.workflows.books.opening import opened
from tests.books.second_case.test_second_case import CASES, Case

_Opened = tuple[Case, Books]


@pytest.fixture(scope="module", params=["the demo", "banks", "chains", "customers"])
def case(request: pytest.FixtureRequest) -> _Opened:
    case = Case(*CASES[request.param])
    files = case.played[1]
    names = flat_names(files)
    return case, opened(BookFiles({names[path]: data for path, data in files.items()}))


def test_the_files_give_the_figures_of_what_was_played(case: _Opened) -> None:
    played, books = case
    reckoning = reckon(books, Parameters(floors=FLOORS))
    found: dict[str, Any] = coverage(reckoning, *played.span).as_json()

    assert books.faults == ()
    assert found["shortfalls"] == played.truth["shortfalls"]["receipt"]
    for report in played.truth["reports"].values():
        for row in position(reckoning, instant(report["cut"])).as_json()["assets"]:
            right = report["position"][row["asset"]]
            assert row["owed"] == right["owed"]
            assert row["difference"] == right["difference"]


def test_the_proofs_verify_and_the_old_ones_are_named(case: _Opened) -> None:
    played, books = case
    found = control.control(books)

    assert found.refused == ()
    for report in played.truth["reports"].values():
        without = stale(books.places, found, instant(report["cut"]), 35)
        assert (
            sorted(f"{row.place} {row.address}" for row in without)
            == report["addresses_without_proof_in_35_days"]
        )
