"""Files that volumes are held against are opened before the volumes, and nothing is guessed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from forthwith.domain.finding import Finding
from forthwith.workflows.attorney_list import AttorneyListError
from forthwith.workflows.compare import outsiders
from tests.builders import privileged
from tests.builders.withheld import ORTEGA, Change, sound

OUTSIDER = "Ana Roe <roe@press.example>"


def outside(tmp_path: Path, *changes: Change) -> list[Finding]:
    listed = tmp_path / "attorneys.csv"
    listed.write_text(privileged.ATTORNEYS, encoding="utf-8")
    stranger, why = outsiders(listed, ["@Northgate.example"])
    assert why == ()
    made = sound()
    for change in changes:
        change(made)
    return made.points(stranger)


def test_the_sides_own_and_counsel_are_no_outsiders(tmp_path: Path) -> None:
    own = ("Lee, Wei <lee@hk.northgate.example>", "paralegal@halewick.example", "Nobody Known")

    assert outside(tmp_path, lambda v: v.entry("P-1", recipients=own)) == []


@pytest.mark.parametrize(
    "people", [{"recipients": (OUTSIDER,)}, {"author": f"{ORTEGA}; {OUTSIDER}"}]
)
def test_an_outsider_is_a_point(people: dict[str, Any], tmp_path: Path) -> None:
    [found] = outside(tmp_path, lambda v: v.entry("P-1", **people))

    assert (found.code, found.bates) == ("PL06", "N0001")
    assert "roe@press.example: neither the producing side's nor counsel" in found.message


def test_counsel_is_an_outsider_before_counsel(tmp_path: Path) -> None:
    """The list says from when; no entry of the log marks an attorney here."""
    plain = {"recipients": ("dreyes@halewick.example",)}
    later = lambda v: v.every(author=ORTEGA, **plain)  # noqa: E731 - one thing broken
    assert outside(tmp_path, later) == []

    early = outside(tmp_path, later, lambda v: v.entry("P-1", day=date(2020, 1, 1)))
    assert [each.code for each in early] == ["PL06"]


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v.entry("P-1", basis="Work Product"),
        lambda v: v.entry("P-1", basis="AC; CI"),
        lambda v: v.entry("P-1", basis="Attorney-Client / Joint Defense"),
        # The log itself marks an attorney, here or elsewhere.
        lambda v: v.entry("P-4", author="Ana Roe, Esq. <roe@press.example>"),
    ],
)
def test_where_an_outsider_may_be_about_there_is_no_point(change: Change, tmp_path: Path) -> None:
    assert outside(tmp_path, lambda v: v.entry("P-1", recipients=(OUTSIDER,)), change) == []


def test_outsiders_are_not_guessed(tmp_path: Path) -> None:
    assert outsiders(None, []) == (None, ())
    assert outsiders(None, ["northgate.example"])[1][0].startswith("outsiders")
    assert outsiders(tmp_path / "none.csv", [])[0] is None
    assert sound().entry("P-1", recipients=(OUTSIDER,)).codes() == []
    with pytest.raises(AttorneyListError):
        outsiders(tmp_path / "none.csv", ["northgate.example"])
