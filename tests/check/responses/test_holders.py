"""Whoever held a means has documents of that time in the volumes, or is asked about."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from forthwith.check.responses.holders import of_holdings
from forthwith.custody.holders import Holder, How, Span
from forthwith.domain.finding import Finding
from forthwith.domain.period import Period
from forthwith.loadfiles.volume_rows import Row
from tests.builders.custody import span

KEY = Span("had k1 (key)", span("2023-01-01", "2023-07-01"), "possessions.csv:2", ("N0021",))
ORTEGA = Holder("ortega", "Marisol Ortega", (KEY,))


def rows(custodian: str, first: str, last: str, every: int = 10, **more: object) -> list[Row]:
    """Return a document every so many days."""
    day, found = date.fromisoformat(first), []
    while day <= date.fromisoformat(last):
        found.append(Row("VOL001", f"N{len(found):04d}", custodian=custodian, day=day, **more))  # type: ignore[arg-type]
        day += timedelta(every)
    return found


#: Somebody else has documents throughout.
OTHERS = rows("Lee, Wei", "2022-01-01", "2023-12-31")


def points(
    *held: Row, holders: tuple[Holder, ...] = (ORTEGA,), **more: tuple[date, date]
) -> list[Finding]:
    return list(of_holdings(holders, [*OTHERS, *held], **more))


def test_a_holder_with_documents_of_the_time_is_no_point() -> None:
    assert points(*rows("Ortega, Marisol", "2022-06-01", "2023-06-01")) == []


def test_a_holder_without_a_document_is_one_with_the_days_and_the_page() -> None:
    [found] = points()

    assert (found.code, found.about) == ("RQ07", ("Marisol Ortega",))
    assert found.message == (
        "no document of Marisol Ortega is in the volumes; held: k1 (key), from 2023-01-01 through "
        "2023-06-30 (N0021)"
    )


def test_who_has_a_copy_of_a_suppressed_duplicate_has_a_document() -> None:
    shared = rows("Lee, Wei", "2023-01-01", "2023-06-30", copies=("Lee, Wei", "Ortega, Marisol"))

    assert points(*shared) == []


@pytest.mark.parametrize("name", ["Ortega, Marisol", "ORTEGA Marisol", "ortega"])
def test_names_and_ids_of_one_person_are_one(name: str) -> None:
    assert points(*rows(name, "2023-01-01", "2023-06-30")) == []


def test_a_name_that_is_near_is_told_and_not_taken() -> None:
    [found] = points(*rows("M. Ortega", "2023-01-01", "2023-06-30"))

    assert "whether M. Ortega is the same person nobody says" in found.message


def test_two_holders_of_one_name_are_not_taken_for_each_other() -> None:
    other = Holder("ortega-2", "Marisol Ortega", (KEY,))
    own = rows("Ortega, Marisol", "2023-01-01", "2023-06-30")

    assert [each.code for each in points(*own, holders=(ORTEGA, other))] == []


def test_what_was_only_reached_or_sworn_makes_no_point() -> None:
    spans = tuple(Span("x", KEY.period, "p", (), how) for how in (How.REACHED, How.SWORN))

    assert points(holders=(Holder("ortega", "Marisol Ortega", spans),)) == []


def test_only_days_asked_for_count() -> None:
    assert points(asked=(date(2022, 1, 1), date(2022, 12, 31))) == []
    assert len(points(asked=(date(2022, 1, 1), date(2023, 1, 1)))) == 1


def test_a_row_that_cites_nothing_is_told_by_its_place() -> None:
    bare = Holder(
        "o", "A. Roe", (Span("had k1 (key)", span("2023-03-04", "2023-03-05"), "p:2", ()),)
    )
    [found] = points(holders=(bare,))

    assert "k1 (key), on 2023-03-04 (p:2)" in found.message


def test_documents_of_another_time_only_are_a_point() -> None:
    [found] = points(*rows("Ortega, Marisol", "2022-01-01", "2022-12-20"))

    assert found.about == ("Marisol Ortega", "2023-01-01", "2023-06-30")
    assert "in the volumes is dated in the time of holding; held: k1 (key)" in found.message
    assert found.where == "Marisol Ortega"


def test_a_holding_that_goes_on_ends_with_the_volumes() -> None:
    still = Span("had k1 (key)", Period(date(2023, 1, 1)), "p:2", ())
    own = rows("Ortega, Marisol", "2022-01-01", "2022-12-20")
    [found] = points(*own, holders=(Holder("ortega", "Marisol Ortega", (still,)),))

    assert found.about[2] == max(row.day for row in OTHERS if row.day).isoformat()
    assert "from 2023-01-01 on" in found.message


EARLY = rows("Ortega, Marisol", "2022-01-01", "2022-12-20")
UNDATED = Row("VOL001", "N9999", custodian="Ortega, Marisol")


@pytest.mark.parametrize(
    "held",
    [
        # One document of the time is enough.
        [*EARLY, *rows("Ortega, Marisol", "2023-06-30", "2023-06-30")],
        # One without a day may be of the time.
        [*EARLY, UNDATED],
        # So few that none is to be expected.
        rows("Ortega, Marisol", "2022-01-01", "2022-12-20", every=300),
    ],
)  # fmt: skip
def test_what_is_not_clear_is_no_point(held: list[Row]) -> None:
    assert points(*held) == []


def test_a_short_holding_and_a_time_of_which_nobody_has_anything_are_not_clear() -> None:
    own = rows("Ortega, Marisol", "2022-01-01", "2022-12-20", every=1)
    short = Span("had k1 (key)", span("2023-01-01", "2023-01-20"), "p:2", ())
    assert points(*own, holders=(Holder("ortega", "Marisol Ortega", (short,)),)) == []

    early = Span("had k1 (key)", span("2021-01-01", "2021-07-01"), "p:2", ())
    assert points(*own, holders=(Holder("ortega", "Marisol Ortega", (early,)),)) == []
