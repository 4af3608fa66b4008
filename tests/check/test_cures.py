"""A cure is verified where the new volume shows it, and nowhere else."""

from __future__ import annotations

from datetime import date

import pytest

from forthwith.check.cures import Shipped, look
from forthwith.domain.finding import Finding, Severity
from forthwith.loadfiles.volume_rows import Row
from forthwith.standards import catalogue

ROWS = [
    Row("VOL002", "N0004", "N0006", custodian="Lee, Wei", day=date(2023, 3, 5), name="ledger.csv"),
    Row("VOL002", "N0007", "N0009", "N0004", "Lee, Wei", message_id="<a@x.example>", subject="Hi"),
]
LOST = catalogue.finding("FM01", "lost", bates="N0004", volume="VOL001")


def again(code: str, bates: str, severity: Severity = Severity.FATAL) -> Finding:
    return Finding(code, severity, "as before", "General 4", "send it", bates=bates)


def holds(finding: Finding, *findings: Finding, **more: dict[str, str]) -> bool:
    return look(finding, Shipped("VOL002", ROWS, findings, **more), ("N0004", "N0009")).holds


def test_a_document_that_is_there_and_clean_is_a_cure() -> None:
    assert holds(LOST)


def test_other_documents_may_have_what_they_like() -> None:
    assert holds(LOST, again("FM01", "N0007"))


@pytest.mark.parametrize(
    ("finding", "again_found", "why"),
    [
        (catalogue.finding("FM01", "lost", bates="N0003"), None, "N0003 is not in VOL002"),
        (LOST, again("FM01", "N0004"), "finds it again: as before"),
        (LOST, again("NT01", "N0004"), "N0004 in VOL002 has NT01"),
        (catalogue.finding("LF02", "column missing"), again("LF02", ""), "finds it again"),
        (catalogue.finding("RQ01", "no response", request="S/1"), None, "the written response can"),
        (
            catalogue.finding("BT04", "3 numbers: N0008 to N0010", bates="N0008"),
            None,
            "are not all in VOL002",
        ),
        (catalogue.finding("RQ04", "nobody", about=("Ana Roe",)), None, "no document of Ana Roe"),
        (catalogue.finding("RQ05", "x", about=("Lee, Wei", "2023-04")), None, "dated in 2023-04"),
        (catalogue.finding("RQ07", "x", about=("Ana Roe",)), None, "no document of Ana Roe"),
        (
            catalogue.finding("RQ08", "x", about=("N0004", "N0010")),
            None,
            "N0004 to N0010 are not all in VOL002",
        ),
        (
            catalogue.finding("RQ08", "x", about=("N0004", "N0005", "N1", "N2")),
            None,
            "N1 to N2 are not all",
        ),
        (catalogue.finding("RQ08", "x", about=("all", "of it")), None, "no run of pages"),
        (
            catalogue.finding("RQ09", "no oath", request="S/1"),
            None,
            "the written response can",
        ),
        (
            catalogue.finding("RQ07", "x", about=("Wei Lee", "2023-03-06", "2023-04-01")),
            None,
            "dated from 2023-03-06 through 2023-04-01",
        ),
        (
            catalogue.finding("RQ06", "x", bates="N1", about=("file name", "a.pdf")),
            None,
            "a.pdf is not in VOL002",
        ),
    ],
)
def test_what_the_volume_does_not_show_is_not_verified(
    finding: Finding, again_found: Finding | None, why: str
) -> None:
    findings = [again_found] if again_found else []
    outcome = look(finding, Shipped("VOL002", ROWS, findings), ("N0004", "N0009"))

    assert not outcome.holds
    assert why in outcome.why


@pytest.mark.parametrize(
    "finding",
    [
        catalogue.finding("BT04", "3 numbers: N0005 to N0009", bates="N0005"),
        catalogue.finding("LF02", "column missing"),
        catalogue.finding("RQ04", "nobody", about=("Wei Lee",)),
        catalogue.finding("RQ05", "x", about=("Lee, Wei", "2023-02 to 2023-03")),
        catalogue.finding("RQ07", "x", about=("Wei Lee", "2023-02-06", "2023-03-05")),
        catalogue.finding("RQ08", "x", about=("N0005", "N0008", "N0004", "N0004")),
        catalogue.finding("RQ06", "x", bates="N1", about=("file name", "LEDGER.csv")),
        catalogue.finding("RQ06", "x", bates="N1", about=("Bates number", "N0008")),
        catalogue.finding("RQ06", "x", bates="N1", about=("earlier mail", "<a@x.example>")),
        catalogue.finding("RQ06", "x", bates="N0004", about=("said to be attached", "")),
    ],
    ids=lambda finding: f"{finding.code} {finding.about}",
)
def test_what_the_volume_shows_is_verified(finding: Finding) -> None:
    assert holds(finding)


def test_what_is_wrong_with_a_volume_is_cured_only_by_all_of_it() -> None:
    outcome = look(
        catalogue.finding("LF02", "column missing"), Shipped("VOL002", ROWS), ("N0001", "N0009")
    )

    assert (outcome.holds, outcome.why) == (False, "N0001 is not in VOL002")


def test_a_gap_explained_in_the_exceptions_paper_is_cured() -> None:
    gap = catalogue.finding("BT04", "2 numbers: N0020 to N0021", bates="N0020")

    assert not holds(gap)
    assert holds(gap, excepted={"N0020 - N0021": "VOID"})
