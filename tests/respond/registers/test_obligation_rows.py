"""A row becomes an obligation quoted from the order, or a fault with its line and its cure."""

from __future__ import annotations

from datetime import date

import pytest

from forthwith.domain.obligations import Obligation
from forthwith.plain import typed_tables
from forthwith.respond.registers import obligation_rows
from forthwith.respond.registers.obligation_rows import Against
from forthwith.respond.registers.obligations import DutyRegister
from forthwith.standards.civil_rules import FederalCourt
from tests.builders import ordered

NOTHING = ordered.register()


def against(register: DutyRegister = NOTHING, entered: date = ordered.ENTERED) -> Against:
    order = ordered.order(entered=entered)
    return Against(order, ordered.TEXT, register, ordered.SHELF, FederalCourt())


def taken(*rows: dict[str, str], held: Against | None = None) -> tuple[Obligation, ...]:
    """Return what rows become; a fault fails the test."""
    read, faults = typed_tables.read("rows.csv", ordered.table(rows), obligation_rows.COLUMNS)
    assert faults == ()
    made, faults = obligation_rows.read(read, held or against())
    assert faults == ()
    return made


def complaints(*rows: dict[str, str], held: Against | None = None) -> list[str]:
    """Return every fault as printed."""
    read, _ = typed_tables.read("rows.csv", ordered.table(rows), obligation_rows.COLUMNS)
    return [str(fault) for fault in obligation_rows.read(read, held or against())[1]]


SOUND = ordered.ROWS[2]


def test_rows_become_obligations_where_their_quotes_stand() -> None:
    first, second, third = taken(*ordered.ROWS)

    assert [each.key for each in (first, second, third)] == [
        "Consent Order/1", "Consent Order/2", "Consent Order/3",
    ]  # fmt: skip
    assert (first.matched, third.matched) == ("exact", "exact")
    assert ordered.TEXT[third.start : third.end] == third.quote == "shall serve monthly reports"
    assert (second.duty, third.evidence) == ("Move everything to new wallets", ("ABC0001",))


@pytest.mark.parametrize(
    ("quote", "matched"),
    [
        ("on or before the date of entry", "allowing for spacing and line breaks"),
        ('"including any portion or copy thereof"', "allowing for typographic signs"),
        ("shall serve … reports", "allowing for an ellipsis"),
    ],
)
def test_how_a_quote_was_matched_is_kept(quote: str, matched: str) -> None:
    (made,) = taken({"number": "1", "quote": quote})

    assert (made.matched, made.quote) == (matched, quote)
    assert ordered.TEXT[made.start : made.end].startswith(quote.split()[0].replace('"', "“"))


@pytest.mark.parametrize(
    ("cell", "day", "rule"),
    [
        ("2023-06-17", "2023-06-17", "Consent Order, 1"),
        ("14 days", "2023-07-03", 'Consent Order, 1: "14 days"; Fed. R. Civ. P. 6(a)'),
        ("30 days after entry", "2023-07-17", ""),
        ("Within 45 days of the date of entry.", "2023-08-01", ""),
        ("90 calendar days", "2023-09-15", ""),
        ("1 day", "2023-06-20", ""),
    ],
)
def test_a_deadline_is_a_day_or_counted_from_entry(cell: str, day: str, rule: str) -> None:
    """Saturday 17 June 2023: +1 is a Sunday, then Juneteenth; nothing is added for mail."""
    (made,) = taken({**SOUND, "number": "1", "deadline": cell})

    assert made.due is not None
    assert made.due.day.isoformat() == day
    assert rule in ("", made.due.rule)


def test_days_after_service_say_when_service_is_taken_to_be() -> None:
    (made,) = taken({**SOUND, "deadline": "14 days after service"})

    assert made.due is not None
    assert made.due.day == date(2023, 7, 3)
    assert made.due.steps[0].endswith("served when it was entered, Saturday, 17 June 2023.")


def test_a_doubtful_day_stays_doubtful() -> None:
    (made,) = taken({**SOUND, "deadline": "21 days"}, held=against(entered=date(2025, 12, 4)))

    assert made.due is not None
    assert [str(each) for each in made.due.ambiguous] == ["2025-12-26", "2025-12-29"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"number": ""}, "rows.csv:2: the row has no number."),
        ({"number": "3/4"}, "rows.csv:2: '3/4' cannot be a number."),
        ({"number": "x" * 41}, "cannot be a number"),
        ({"quote": ""}, "the quote of 3 is '', which pins no passage. Copy at least 3 words"),
        ({"quote": "monthly reports"}, "pins no passage"),
        ({"quote": "shall " * 2000}, "the quote of 3 has 11,999 characters"),
        ({"deadline": "soon"}, "'soon' is no deadline"),
        ({"deadline": "14 business days"}, "is no deadline"),
        ({"deadline": "14 days before the hearing"}, "is no deadline"),
        ({"deadline": "0 days"}, "is no deadline"),
        ({"deadline": "3651 days"}, "is no deadline"),
        ({"deadline": "7/3/2023"}, "Write a day as 2023-07-03"),
        ({"deadline": "2023-02-30"}, "there is no day 2023-02-30"),
        ({"evidence": "ABC0010"}, "the evidence 'ABC0010' was withdrawn"),
        ({"evidence": "ABC0001; a letter"}, "the evidence 'a letter' names neither pages"),
        ({"supersedes": "Consent Order/4"}, "which is no obligation in the register"),
    ],
)
def test_a_cell_that_cannot_be_taken_says_where_why_and_what_to_do(
    changes: dict[str, str], says: str
) -> None:
    (told,) = complaints({**SOUND, **changes})

    assert told.startswith("rows.csv:2: ")
    assert says in told


def test_a_quote_that_is_not_there_shows_the_nearest_passage() -> None:
    (told,) = complaints(SOUND, {"number": "4", "quote": "shall serve quarterly reports, sworn"})

    assert told == (
        'rows.csv:3: the quote of 4 is not in order.txt. "quarterly" is quoted where the document '
        'has "monthly". The nearest passage is "shall serve monthly reports, sworn". Copy the '
        "words as they stand; mark what you leave out with … and what you change with [ ]."
    )


def test_every_fault_of_every_row_is_told_at_once() -> None:
    bad = {"number": "1", "quote": "no such words here", "deadline": "soon", "evidence": "VOL9"}

    assert len(complaints(bad, SOUND, {**bad, "number": "2"})) == 6


def test_a_number_used_twice_is_refused_with_both_lines() -> None:
    (told,) = complaints({**SOUND, "number": "3A"}, {**SOUND, "number": " 3a"})

    assert told.startswith("rows.csv:3: the number 3a stands on line 2 already")


def test_no_calendar_reaches_that_far() -> None:
    (told,) = complaints({**SOUND, "deadline": "3650 days"}, held=against(entered=date(9999, 1, 1)))

    assert "no calendar has a day 3650 days after 9999-01-01" in told


FIRST = ordered.register(
    *ordered.entered(ordered.obligation("1", "First"), ordered.obligation("2", "First"),
                     name="First"),
    *ordered.entered(ordered.obligation("9", "Second", supersedes=("First/2",)), name="Second"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "keys"),
    [
        ("", ()),
        ("First/1", ("First/1",)),
        ("first/1; Second/9;", ("First/1", "Second/9")),
        ("9; Second/9", ("Second/9",)),
        ("First", ("First/1",)),
    ],
)
def test_a_row_supersedes_obligations_or_what_still_stands_of_an_order(
    cell: str, keys: tuple[str, ...]
) -> None:
    (made,) = taken({**SOUND, "supersedes": cell}, held=against(FIRST))

    assert made.supersedes == keys


def test_nothing_supersedes_what_was_entered_later() -> None:
    (told,) = complaints({**SOUND, "supersedes": "First/1"}, held=against(FIRST, date(2023, 6, 1)))

    assert "it supersedes First/1, entered later, 2023-06-17" in told
