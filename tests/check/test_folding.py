"""Findings as they are shown: the gravest first, echoes under their cause, none lost."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from forthwith import check
from forthwith.check import folding
from forthwith.domain.finding import Finding, Severity
from forthwith.standards import catalogue, loader
from tests.builders import dialects
from tests.builders.dialects import OPT

STANDARD = loader.load()
CODES = ("IM01", "VO05", "LF02", "LF03", "LF07", "VO02", "MD01", "NT01", "BT04")


@st.composite
def findings(draw: st.DrawFn) -> list[Finding]:
    """Return findings of a few kinds, some many times."""
    rows = []
    for code in draw(st.lists(st.sampled_from(CODES), max_size=6)):
        for place in range(draw(st.sampled_from([1, 3, 12, 30]))):
            message = f"the thing 'X{place}' is not there"
            bates = f"N{place:04}"
            row = place if code in {"MD01", "NT01"} else None
            rows.append(
                catalogue.finding(
                    code, message, STANDARD, bates=bates, file="a/b.tif", row=row, volume="V"
                )
            )
    return rows


@given(findings())
def test_no_finding_is_lost_and_the_gravest_come_first(rows: list[Finding]) -> None:
    shown = folding.folded(rows, {"V": 20}, {"V": 20})
    grades = list(Severity)

    assert sum(1 + len(finding.follows) for finding in shown) == len(rows)
    places = [grades.index(finding.severity) for finding in shown]
    assert places == sorted(places)


def test_a_cause_throughout_a_volume_is_one_finding_with_its_count(tmp_path: Path) -> None:
    root = dialects.sound().write(tmp_path)
    for path in (root / "NATIVES/0001").iterdir():
        path.unlink()
    report = check.run(root, STANDARD)

    natives = [finding for finding in report.folded if finding.code == "NT01"]
    assert len(natives) == 1
    assert natives[0].message.endswith("; and 64 more like it")
    assert len(natives[0].follows) == 64
    assert len([finding for finding in report.findings if finding.code == "NT01"]) == 65


def test_few_findings_of_a_kind_stay_by_themselves(tmp_path: Path) -> None:
    """Seven natives absent of 65 are seven documents to ask for."""
    root = dialects.sound().write(tmp_path)
    for path in sorted((root / "NATIVES/0001").iterdir())[:7]:
        path.unlink()
    report = check.run(root, STANDARD)

    assert [finding.code for finding in report.folded].count("NT01") == 7


def test_images_without_a_pointer_file_follow_from_its_absence(tmp_path: Path) -> None:
    root = dialects.sound().write(tmp_path)
    (root / OPT).unlink()
    report = check.run(root, STANDARD)

    [cause] = report.folded
    assert cause.code == "VO02"
    assert {finding.code for finding in cause.follows} == {"VO05"}
    assert len(cause.follows) == report.counts["documents"] + 19


def test_columns_are_named_in_one_sentence(tmp_path: Path) -> None:
    root = dialects.sound().write(tmp_path)
    names = ("AUTHOR", "BCC", "CC", "HEADER", "PATH", "MIME_TYPE")
    dialects.without(*names)(root)

    [cause] = check.run(root, STANDARD).folded
    assert cause.message.startswith("there is no column ")
    assert all(name in cause.message for name in names)


def test_the_json_of_a_report_holds_every_finding(tmp_path: Path) -> None:
    root = dialects.sound().write(tmp_path)
    for path in (root / "TEXT/0001").iterdir():
        path.unlink()
    whole = check.run(root, STANDARD).as_dict()
    [finding] = [row for row in whole["findings"] if row["code"] == "TX01"]  # type: ignore[attr-defined]

    assert len(finding["follows"]) == 64
    assert set(finding["follows"][0]) == set(finding) - {"follows"}
