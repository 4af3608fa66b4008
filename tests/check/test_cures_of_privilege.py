"""Each point about a log is cured by the volume or the log that shows it, and by nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forthwith.check.cures import Shipped, look
from forthwith.domain.finding import Finding
from forthwith.standards import catalogue
from tests.builders.withheld import Change, Withheld, entry, sound


def broken(change: Change, *, served: bool = True) -> Finding:
    """Return the one point of a log or volume broken in one place."""
    made = sound()
    change(made)
    [found] = made.points(served=served)
    return found


def in_volume(finding: Finding, change: Change = lambda _: None) -> tuple[bool, str]:
    made = sound()
    change(made)
    outcome = look(finding, Shipped("VOL002", list(made.rows.values())))
    return outcome.holds, outcome.why


def in_log(finding: Finding, change: Change = lambda _: None) -> tuple[bool, str]:
    made = sound()
    change(made)
    outcome = look(finding, Shipped("", (), log=replace(made.log, name="log-2.csv")))
    return outcome.holds, outcome.why


PRODUCED = broken(lambda v: v.row("N0001", withheld=False, log="", native=True))
ABSENT = broken(lambda v: v.lose("N0005").row("N0004", children=()))
UNBORNE = broken(lambda v: v.entries.update(x=entry("P-9", "")))
UNLOGGED = broken(lambda v: v.lose("P-3"))
NO_LOG = broken(lambda _: None, served=False)
LACKING = broken(lambda v: v.entry("P-1", basis=""))
EMPTY = broken(lambda v: v.entry("P-1", description="Legal advice"))
OUTSIDER = catalogue.finding(
    "PL06", "entry P-1 shows roe@press.example", bates="N0001", about=("P-1", "roe@x")
)
FEW = broken(lambda v: v.entry("P-1", attachments=2))


def without_columns(made: Withheld) -> None:
    made.columns = made.columns - {"basis"}
    made.every(basis="")


COLUMN = broken(without_columns)


def half(made: Withheld) -> None:
    made.lose("N0003", "P-2")
    made.checked = [catalogue.finding("FM01", "lost", bates="N0003", volume="VOL001")]


HALF = broken(half)
GONE: Change = lambda v: v.lose("P-1")  # noqa: E731 - one thing broken
SHOWN: Change = lambda v: v.row("N0001", withheld=False, log="", native=True)  # noqa: E731


@pytest.mark.parametrize(
    ("finding", "change"),
    [
        (PRODUCED, lambda _: None),
        (ABSENT, lambda _: None),
        (ABSENT, lambda v: v.row("N0005", withheld=False)),
        (UNBORNE, lambda v: v.row("N0008", withheld=True, log="P-9")),
        (UNLOGGED, lambda v: v.row("N0005", withheld=False)),
        (NO_LOG, lambda v: [v.row(each, withheld=False) for each in ("N0001", "N0003", "N0005")]),
        (LACKING, SHOWN),
        (EMPTY, SHOWN),
        (OUTSIDER, SHOWN),
        (HALF, lambda v: v.row("N0003", withheld=False)),
        (FEW, lambda v: v.row("N0008", parent="N0001")),
    ],
)
def test_what_a_volume_shows_is_verified(finding: Finding, change: Change) -> None:
    assert in_volume(finding, change)[0], in_volume(finding, change)[1]


@pytest.mark.parametrize(
    ("finding", "change", "why"),
    [
        (PRODUCED, SHOWN, "in full as well; that the entry is withdrawn the log can show"),
        (PRODUCED, lambda v: v.lose("N0001"), "N0001 is not in VOL002"),
        (ABSENT, lambda v: v.lose("N0005"), "N0005 is not in VOL002"),
        (UNBORNE, lambda _: None, "no slip-sheet in VOL002 bears the number P-9"),
        (UNLOGGED, lambda _: None, "withheld in VOL002 too; what is claimed for it the log can"),
        (UNLOGGED, lambda v: v.lose("N0005"), "that it is logged the log can show"),
        (NO_LOG, lambda v: v.row("N0001", withheld=False), "N0003 is withheld in VOL002 too"),
        (LACKING, lambda _: None, "N0001 is withheld in VOL002 too"),
        (COLUMN, lambda _: None, "cannot show what an entry states; the log can"),
        (HALF, lambda _: None, "N0003 is withheld in VOL002 too"),
        (HALF, lambda v: v.lose("N0003"), "N0003 is not in VOL002"),
        (FEW, lambda _: None, "VOL002 has 1 of 2 attachments"),
    ],
)
def test_what_a_volume_does_not_show_is_not(finding: Finding, change: Change, why: str) -> None:
    holds, said = in_volume(finding, change)

    assert not holds
    assert why in said


@pytest.mark.parametrize(
    ("finding", "change"),
    [
        (PRODUCED, GONE),
        (UNLOGGED, lambda _: None),
        (UNLOGGED, lambda v: v.entry("P-3", pages=())),
        (NO_LOG, lambda _: None),
        (LACKING, lambda _: None),
        (EMPTY, lambda _: None),
        (COLUMN, lambda _: None),
        (HALF, lambda _: None),
        (FEW, lambda v: v.entries.update(x=entry("P-9", "", kind="Attachment", family="P-1"))),
        (catalogue.finding("FM01", "lost", bates="N0003"), lambda _: None),
    ],
)
def test_what_a_log_shows_is_verified(finding: Finding, change: Change) -> None:
    assert in_log(finding, change)[0], in_log(finding, change)[1]


@pytest.mark.parametrize(
    ("finding", "change", "why"),
    [
        (PRODUCED, lambda _: None, "log-2.csv still has P-1"),
        (ABSENT, lambda v: v.lose("P-3"), "that it was produced a volume can show"),
        (UNLOGGED, lambda v: v.lose("P-3"), "log-2.csv has no entry that names N0005"),
        (NO_LOG, lambda v: v.lose("P-3"), "log-2.csv has no entry that names N0005"),
        (LACKING, lambda v: v.entry("P-1", basis=""), "in log-2.csv, entry P-1 has no basis"),
        (LACKING, without_columns, "log-2.csv has no column for the basis"),
        (LACKING, GONE, "no entry P-1; that its document was produced a volume can show"),
        (EMPTY, lambda v: v.entry("P-1", description="Legal advice."), "alone describes P-1"),
        (COLUMN, without_columns, "has no column for the basis"),
        (OUTSIDER, lambda _: None, "cannot show why the privilege holds"),
        (HALF, lambda v: v.lose("P-2"), "has no entry that names N0003"),
        (FEW, lambda _: None, "log-2.csv has 1 of 2 attachments"),
        (FEW, GONE, "does not say which entries are attached to P-1"),
        (
            catalogue.finding("MD08", "date", bates="N0001"),
            lambda _: None,
            "is a privilege log and cannot show it",
        ),
        (
            catalogue.finding("RQ01", "none", request="S/1"),
            lambda _: None,
            "is a privilege log and cannot",
        ),
    ],
)
def test_what_a_log_does_not_show_is_not(finding: Finding, change: Change, why: str) -> None:
    holds, said = in_log(finding, change)

    assert not holds
    assert why in said
