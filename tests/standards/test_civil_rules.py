"""Periods and holidays are those of the rules' text."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from forthwith.domain.requests import RequestKind
from forthwith.standards import civil_rules
from forthwith.standards.civil_rules import FederalCourt, UnknownPlaceError

RULES = civil_rules.load()


def test_three_kinds_have_a_period_by_rule_and_the_others_none() -> None:
    found = {kind: RULES.period(kind) for kind in RequestKind}

    assert {kind.value for kind, period in found.items() if period} == {
        "rfp", "interrogatory", "rfa",
    }  # fmt: skip
    assert found[RequestKind.RFP].rule == "Fed. R. Civ. P. 34(b)(2)(A)"
    assert all(rule.source and rule.clause for rule in RULES.holidays)


@pytest.mark.corpus
@pytest.mark.parametrize("rule", RULES.periods, ids=lambda rule: rule.clause)
def test_the_words_of_a_period_stand_in_the_rule(
    rule: civil_rules.PeriodRule, corpora: Path
) -> None:
    number = rule.clause.partition("(")[0]
    text = (corpora / "law/federal-rules/_frcp" / f"rule_{number}.md").read_text()
    assert rule.says in text


def test_each_federal_holiday_is_found_once_a_year() -> None:
    court = FederalCourt("")
    days = [date.fromordinal(date(2024, 1, 1).toordinal() + each) for each in range(366)]
    held = [court.holiday(day, backward=True) for day in days]
    assert len([each for each in held if each and each.clause == "6(a)(6)(A)"]) == 11


@pytest.mark.parametrize(
    ("day", "clause"),
    [
        (date(2020, 6, 19), None),
        (date(2021, 6, 18), "6(a)(6)(B)"),
        (date(2023, 6, 19), "6(a)(6)(B)"),
        (date(2024, 6, 19), "6(a)(6)(A)"),
        (date(2027, 6, 18), "6(a)(6)(A)"),
        (date(2027, 12, 24), "6(a)(6)(A)"),
        (date(2027, 12, 31), "6(a)(6)(A)"),
    ],
)
def test_a_day_counts_by_the_clause_of_its_time(day: date, clause: str | None) -> None:
    held = FederalCourt("").holiday(day, backward=False)
    assert (held and held.clause) == clause


def test_two_holidays_of_one_day_are_taken_apart() -> None:
    """20 January 2025 is both; as Dr King's it is certain in either direction."""
    held = FederalCourt().holiday(date(2025, 1, 20), backward=True)
    assert held is not None
    assert (held.clause, held.doubt) == ("6(a)(6)(A)", "")


@pytest.mark.parametrize("day", [date(2025, 1, 9), date(2025, 12, 24), date(2018, 12, 5)])
def test_a_closure_by_the_president_is_in_doubt(day: date) -> None:
    held = FederalCourt().holiday(day, backward=False)
    assert held is not None
    assert "for a person to decide" in held.doubt


def test_holidays_of_an_unknown_place_are_refused() -> None:
    with pytest.raises(UnknownPlaceError, match="--due"):
        FederalCourt("CA")
