"""The page: whole in itself, everything escaped, every finding on it."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

from forthwith import check
from forthwith.check import report_page as page
from forthwith.domain.finding import Finding, Severity
from forthwith.standards import loader
from tests.builders import volume

TITLE = loader.load().title
HOSTILE = '<script>alert("x")</script>&\'"'


def report(*findings: Finding) -> check.Report:
    return check.Report("VOL001", "sec/2021-08", {"documents": 3}, findings)


def finding(message: str, code: str = "FM01") -> Finding:
    return Finding(
        code, Severity.FATAL, message, HOSTILE, HOSTILE, bates=HOSTILE, file=HOSTILE, row=1
    )


def test_a_clean_volume_is_said_to_be_clean() -> None:
    assert "Nothing was found" in page.html(report(), title=TITLE, day=date(2026, 11, 23))


def test_whatever_a_volume_holds_is_escaped() -> None:
    """The volume is somebody else's: its file names may be markup."""
    text = page.html(report(finding(HOSTILE)), title=HOSTILE)

    assert HOSTILE not in text
    assert text.count("<script>") == 1


def test_the_page_fetches_nothing() -> None:
    text = page.html(report(finding("x")), title=TITLE)

    assert not re.search(r"""(?:src|href)=["'](?!#)|url\(|@import|https?:""", text)


def test_every_finding_stands_on_the_page(tmp_path: Path) -> None:
    builder = volume.sound().lose(volume.LEDGER).set(volume.LUNCH, "FROM", "Ana Roe")
    found = check.run(builder.write(tmp_path), loader.load())

    text = page.html(found, title=TITLE)

    assert len(found.findings) == 2
    assert all(f'id="{each.code}"' in text and each.bates in text for each in found.findings)


def test_a_long_list_says_how_many_are_left_out() -> None:
    findings = [finding(f"number {place}") for place in range(1_200)]

    assert "200 more" in page.html(report(*findings), title=TITLE)


def test_the_json_is_the_object_others_build_on() -> None:
    told = json.loads(report(finding("x")).as_json())

    assert {"volume", "standard", "counts", "findings"} <= told.keys()
    assert told["findings"][0].keys() == {
        "code", "severity", "bates", "file", "row", "message", "clause", "cure",
    }  # fmt: skip
