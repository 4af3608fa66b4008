"""Ranges of cells and stretches of time are read as they are typed, and refused with how to."""

from __future__ import annotations

import pytest

from forthwith.domain.cell_ranges import CellRange, SpanError, seconds, seconds_text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Sheet1!B2:D9", "Sheet1!B2:D9"),
        ("Sheet1!d9:b2", "Sheet1!B2:D9"),
        ("Sheet1!$C$4", "Sheet1!C4"),
        ("Fees 2022!C4:C4", "'Fees 2022'!C4"),
        ("'Fees 2022'!C4", "'Fees 2022'!C4"),
        ("'It''s! ours'!A1", "'It''s! ours'!A1"),
        ("Übersicht!A1", "'Übersicht'!A1"),
        ("Sheet1!B:B", "Sheet1!B1:B1048576"),
        ("Sheet1!2:3", "Sheet1!A2:XFD3"),
    ],
)
def test_a_range_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert CellRange.read(typed).text == kept
    assert CellRange.read(kept).text == kept


@pytest.mark.parametrize(
    "typed",
    ["", "B2:D9", "Sheet1!", "Sheet1!B", "Sheet1!4", "Sheet1!B2:", "Sheet1!B2:D", "Sheet1!B0",
     "Sheet1!XFE1", "Sheet1!A1048577", "Sheet1!:", "Sheet1!B2:D9:E1", "!B2", "Sheet1!В2"],
)  # fmt: skip
def test_what_is_no_range_is_refused(typed: str) -> None:
    with pytest.raises(SpanError):
        CellRange.read(typed)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("12-31", "12-31"),
        ("12.50 - 31.5", "12.5-31.5"),
        ("1:02-1:10", "62-70"),
        ("0-0.25", "0-0.25"),
    ],
)
def test_a_stretch_is_kept_in_seconds(typed: str, kept: str) -> None:
    assert seconds_text(*seconds(typed)) == kept
    assert seconds(kept) == seconds(typed)


@pytest.mark.parametrize("typed", ["", "12", "31-12", "12-12", "a-b", "1:99-2:00", "-5-3", "::-1"])
def test_what_is_no_stretch_is_refused(typed: str) -> None:
    with pytest.raises(SpanError, match="no stretch"):
        seconds(typed)
