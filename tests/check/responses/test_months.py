"""Holes are found where they are long for what there is; names in either order are one person."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from forthwith.check.responses import months as completeness
from forthwith.check.responses.months import matrix
from forthwith.domain.months import Month
from forthwith.loadfiles.volume_rows import Row


def row(custodian: str, day: str, place: int = 1) -> Row:
    return Row("VOL001", f"N{place:04d}", custodian=custodian, day=date.fromisoformat(day))


def monthly(custodian: str, *months: int, each: int = 3) -> list[Row]:
    return [row(custodian, f"2023-{month:02d}-05") for month in months for _ in range(each)]


def holes(rows: list[Row], period: tuple[date, date] | None = None) -> dict[str, list[str]]:
    found = matrix(rows, period)
    return {
        line.custodian: [completeness.words(each) for each in line.holes] for line in found.lines
    }


def test_a_month_without_documents_between_months_with_many_is_a_hole() -> None:
    assert holes(monthly("Lee", 1, 2, 4, 7, each=9)) == {"Lee": ["2023-03", "2023-05 to 2023-06"]}


def test_a_custodian_with_a_few_documents_now_and_then_has_no_hole() -> None:
    assert holes(monthly("Lee", 1, 4, 9, each=1)) == {"Lee": []}


def test_nothing_is_a_hole_before_the_first_or_after_the_last_document() -> None:
    rows = monthly("Lee", 1, 2, 3) + monthly("Ortega", 1, 2, 3, 4, 5, 6)

    assert holes(rows) == {"Lee": [], "Ortega": []}


def test_in_a_period_that_was_asked_for_every_empty_month_is_a_hole() -> None:
    period = (date(2023, 1, 1), date(2023, 4, 30))

    assert holes(monthly("Lee", 2, each=1), period) == {"Lee": ["2023-01", "2023-03 to 2023-04"]}


def test_documents_without_a_day_are_counted_apart() -> None:
    found = matrix([Row("VOL001", "N0001", custodian="Lee"), row("Lee", "2023-01-05")])

    assert (found.months, found.undated) == ((Month(2023, 1),), {"Lee": 1})


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.dates()), max_size=30))
def test_every_dated_document_is_in_one_cell(held: list[tuple[str, date]]) -> None:
    near = [(name, day.replace(year=2020 + day.year % 4)) for name, day in held if day.day < 29]
    found = matrix(Row("V", "N1", custodian=name, day=day) for name, day in near)

    assert sum(sum(line.counts) for line in found.lines) == len(near)
    assert all(len(line.counts) == len(found.months) for line in found.lines)


def test_a_person_is_collected_whichever_way_the_name_is_written() -> None:
    assert completeness.uncollected(["Ortega, Marisol"], ["Marisol Ortega", "Wei Lee"]) == [
        "Wei Lee"
    ]


def test_one_late_file_makes_no_hole() -> None:
    assert holes([*monthly("Lee", 1, 2, 3, each=9), row("Lee", "2023-12-05")]) == {"Lee": []}
