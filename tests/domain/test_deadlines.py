"""Rule 6 counts as its text says; the vectors are worked by hand from a calendar."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.deadlines import NoPeriodError, Period, day_certain, due_day
from forthwith.domain.requests import DueDay, Service
from forthwith.standards.civil_rules import FederalCourt

COURT = FederalCourt()


def due(day: str, days: int, by: str = "ecf", *, backward: bool = False) -> DueDay:
    period = Period(days, "Fed. R. Civ. P. 34(b)(2)(A)", backward)
    return due_day(date.fromisoformat(day), period, COURT, Service(by))


@pytest.mark.parametrize(
    ("start", "days", "by", "end"),
    [
        ("2024-05-20", 30, "ecf", "2024-06-20"),  # Juneteenth
        ("2024-05-20", 30, "email", "2024-06-20"),
        ("2024-05-20", 30, "mail", "2024-06-24"),  # 20 + 3 = Sunday 23
        ("2025-03-17", 30, "ecf", "2025-04-17"),  # Emancipation Day
        ("2024-12-18", 14, "ecf", "2025-01-02"),
        ("2026-06-03", 30, "ecf", "2026-07-06"),  # 3 July observed, then a weekend
        ("2023-06-17", 14, "ecf", "2023-07-03"),
        ("2023-06-17", 30, "hand", "2023-07-17"),
        ("2023-06-17", 45, "ecf", "2023-08-01"),
        ("2023-06-17", 90, "ecf", "2023-09-15"),
        ("2027-05-19", 30, "ecf", "2027-06-21"),  # 18 June observed, then a weekend
        ("2021-12-01", 30, "ecf", "2022-01-03"),  # New Year's Day observed in the old year
        ("2021-01-06", 14, "ecf", "2021-01-21"),  # Inauguration Day in the District
        ("2022-03-16", 30, "ecf", "2022-04-18"),  # Emancipation Day observed on Friday 15
    ],
)
def test_a_period_after_an_event_ends(start: str, days: int, by: str, end: str) -> None:
    due_day = due(start, days, by)
    assert (due_day.day.isoformat(), due_day.ambiguous) == (end, ())


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2025-04-30", 14, "2025-04-16"),  # the District's day does not count backward
        ("2024-07-03", 14, "2024-06-18"),  # Juneteenth does, and the count rolls back
        ("2024-06-24", 8, "2024-06-14"),  # Sunday 16 rolls back to Friday
    ],
)
def test_a_period_before_an_event_rolls_backward(start: str, days: int, end: str) -> None:
    assert due(start, days, backward=True).day.isoformat() == end


def test_a_closed_executive_branch_leaves_the_day_in_doubt() -> None:
    due_day = due("2025-12-04", 21)

    assert [day.isoformat() for day in due_day.ambiguous] == ["2025-12-26", "2025-12-29"]
    assert due_day.day == due_day.ambiguous[0]
    assert "closed executive departments" in due_day.because
    assert due_day.steps[-1] == "On the other the last day is Monday, 29 December 2025."
    assert "On one reading the last day is Friday, 26 December 2025." in due_day.steps


def test_a_closure_on_the_way_but_not_at_the_end_leaves_no_doubt() -> None:
    assert due("2025-12-04", 30).ambiguous == ()


def test_inauguration_day_backward_is_in_doubt_and_the_safe_day_comes_first() -> None:
    due_day = due("2021-02-03", 14, backward=True)
    assert due_day.ambiguous == (date(2021, 1, 19), date(2021, 1, 20))


def test_mail_adds_nothing_to_a_backward_period() -> None:
    assert due("2024-06-24", 8, "mail", backward=True).day == date(2024, 6, 14)


def test_every_step_is_told_with_its_clause() -> None:
    due_day = due("2024-05-20", 30, "mail")

    assert due_day.rule == "Fed. R. Civ. P. 34(b)(2)(A); Fed. R. Civ. P. 6(a), 6(d)"
    assert due_day.steps == (
        "Monday, 20 May 2024 starts the period and is not counted (6(a)(1)(A)).",
        "30 days after it, every day counted, is Wednesday, 19 June 2024 (6(a)(1)(B)).",
        (
            "Wednesday, 19 June 2024 is Juneteenth National Independence Day (6(a)(6)(A)): "
            "on to Thursday, 20 June 2024 (6(a)(1)(C))."
        ),
        "Served by mail: 3 days are added, to Sunday, 23 June 2024 (6(d)).",
        "Sunday, 23 June 2024 is a Sunday: on to Monday, 24 June 2024 (6(a)(1)(C)).",
    )


def test_a_day_certain_is_not_moved() -> None:
    """1 July 2023 is a Saturday: 6(a) does not apply to a day the court named."""
    assert day_certain(date(2023, 7, 1), "Order of 17 June 2023").day == date(2023, 7, 1)


def test_a_period_of_no_days_is_refused() -> None:
    with pytest.raises(NoPeriodError):
        due("2024-05-20", 0)


starts = st.dates(date(2015, 1, 1), date(2035, 12, 31))
lengths = st.integers(1, 400)


def ends(due_day: DueDay) -> tuple[date, ...]:
    return due_day.ambiguous or (due_day.day,)


def closed(day: date, *, backward: bool) -> bool:
    holiday = COURT.holiday(day, backward=backward)
    return day.weekday() >= 5 or (holiday is not None and not holiday.doubt)


@given(starts, lengths, st.sampled_from(Service), st.booleans())
def test_nothing_falls_due_on_a_closed_day(
    start: date, days: int, by: Service, backward: bool
) -> None:
    due_day = due(start.isoformat(), days, by, backward=backward)
    assert not any(closed(end, backward=backward) for end in ends(due_day))


@given(starts, lengths)
def test_no_party_gets_less_than_its_period_and_every_day_skipped_is_closed(
    start: date, days: int
) -> None:
    end = ends(due(start.isoformat(), days))[-1]
    plain = start + timedelta(days)
    assert end >= plain
    between = [plain + timedelta(days_after) for days_after in range((end - plain).days)]
    assert all(day.weekday() >= 5 or COURT.holiday(day, backward=False) for day in between)


@given(starts, lengths)
def test_a_backward_period_is_never_shorter_than_its_days(start: date, days: int) -> None:
    assert start - ends(due(start.isoformat(), days, backward=True))[-1] >= timedelta(days)


@given(starts, lengths)
def test_three_days_by_mail_are_added_after_the_period_has_rolled(start: date, days: int) -> None:
    plain = due(start.isoformat(), days, "hand")
    mailed = due(start.isoformat(), days, "mail")
    again = ends(due(ends(plain)[0].isoformat(), 3))
    assert ends(mailed)[0] == again[0]


@given(starts, lengths)
def test_a_longer_period_never_ends_earlier(start: date, days: int) -> None:
    assert due(start.isoformat(), days).day <= due(start.isoformat(), days + 1).day
