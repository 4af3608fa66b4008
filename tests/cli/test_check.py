"""`check` against what a volume answers finds what `deficiency` finds; alone it is as ever."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from forthwith.cli.main import main
from tests.builders import fact_folder, volume
from tests.builders.volume import FAULTS, LUNCH, VolumeBuilder

LOG = "Log No.,Bates,Date,Author,Recipients,Type,Basis,Description\n"


def typed(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False)
    return done.exit_code, done.output


def broken(*codes: str) -> VolumeBuilder:
    builder = volume.sound()
    for code in codes:
        next(fault for fault in FAULTS if fault.code == code).seed(builder)
    return builder


@pytest.fixture
def against(tmp_path: Path) -> list[object]:
    """Requests half answered, a log of nothing, people who have no document, a period."""
    responses = {
        "1": {"text": "See", "ranges": [["NGT_00000001", "NGT_00000099", "VOL001"]]},
        "2": {"objections": [{"ground": "overbroad", "withheld": None}]},
    }
    served = "number,text\n1,All plans.\n2,All keys.\n3,All minutes.\n"
    return [
        "--requests", fact_folder.write(tmp_path / "First RFPs.csv", served),
        "--responses", fact_folder.write(tmp_path / "responses.json", json.dumps(responses)),
        "--privilege-log", fact_folder.write(tmp_path / "log.csv", f"{LOG}1,NGT_00000002,,,,,,\n"),
        "--custodian", "Ana Roe", "--holder", "Per Lindqvist",
        "--facts", fact_folder.fact_folder(tmp_path / "facts"),
        "--period", "2022-01-01", "2023-12-31",
    ]  # fmt: skip


#: What check and deficiency say alike of a finding.
SAID = ("code", "severity", "message", "bates", "file", "clause", "cure", "volume", "request",
        "about")  # fmt: skip


def said(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: finding[key] for key in SAID} for finding in findings]


def test_check_finds_what_deficiency_finds_in_the_same_order(
    tmp_path: Path, against: list[object]
) -> None:
    builder = broken("FM01", "MD08")
    row = builder.row(LUNCH)
    row.text = (row.cells["OCRPATH"], b"Lunch?\nThe quorum is in quorum-change.docx.\n")
    folders = [builder.write(tmp_path / "one"), volume.sound().write(tmp_path / "two")]
    status, checked = typed("check", *folders, *against, "--json")
    _, letter = typed(
        "deficiency", *folders, *against, "--json", "--into", tmp_path, "--day", "2024-03-01"
    )
    whole = json.loads(checked)
    asked = list(json.loads(letter)["findings"].values())

    assert status == 1
    assert said(whole["findings"]) == said(asked)
    codes = {finding["code"] for finding in asked}
    assert {"FM01", "MD08", "RQ01", "RQ03", "RQ04", "RQ05", "RQ06", "RQ07", "RQ08"} <= codes
    assert {code for code in codes if code.startswith("PL")}


def test_a_volume_alone_is_not_held_against_anything(tmp_path: Path) -> None:
    """Months without a document are nobody's fault before somebody asks for them."""
    folder = broken("MD08").write(tmp_path)
    status, output = typed("check", folder, "--json")
    whole = json.loads(output)

    assert status == 1
    assert list(whole) == ["volume", "standard", "counts", "findings", "notes", "not_checked"]
    [finding] = whole["findings"]
    assert list(finding) == [
        "code", "severity", "bates", "file", "row", "message", "clause", "cure",
    ]  # fmt: skip
    assert finding["code"] == "MD08"


def test_several_volumes_are_checked_each_for_itself(tmp_path: Path) -> None:
    one, two = broken("MD08").write(tmp_path / "one"), broken("BT04").write(tmp_path / "two")
    status, output = typed("check", one, two, "--json")
    whole = json.loads(output)

    assert status == 1
    assert [finding["code"] for finding in whole["findings"]] == ["MD08", "BT04"]
    assert [each["volume"] for each in whole["volumes"]] == ["VOL001", "VOL001"]
    assert whole["counts"]["documents"] == sum(
        each["counts"]["documents"] for each in whole["volumes"]
    )
    assert "unique" not in whole["counts"]
    assert typed("check", volume.sound().write(tmp_path / "three"), two)[0] == 1


def test_what_is_found_is_printed_where_it_is(tmp_path: Path, against: list[object]) -> None:
    folder = broken("MD08").write(tmp_path)
    page = tmp_path / "page.html"
    half = ("--side-domain", "northgate.example")
    status, output = typed("check", folder, *against, *half, "--report", page)
    lines = output.splitlines()

    assert status == 1
    assert lines[0].startswith("VOL001: MD08 NGT_")
    assert any(line.startswith("VOL001: RQ01 First RFPs/3: request 3 has no") for line in lines)
    assert any(line.startswith("VOL001: RQ04 Ana Roe: no document of") for line in lines)
    assert any(line.startswith("VOL001: note: outsiders among author") for line in lines)
    assert "Requests without a written response" in page.read_text(encoding="utf-8")

    typed("check", folder, folder, "--report", page)
    text = page.read_text(encoding="utf-8")
    assert "Check of volume VOL001, VOL001" in text
    assert "unique families" not in text


def test_a_paper_that_cannot_be_read_stops_before_any_volume(tmp_path: Path) -> None:
    served = tmp_path / "requests.pdf"
    served.write_bytes(b"nothing of the kind")
    status, output = typed("check", tmp_path / "none", "--requests", served)

    assert status == 2
    assert "requests.pdf" in output


def test_one_of_anything_is_said_in_the_singular(tmp_path: Path) -> None:
    _, output = typed(
        "check", VolumeBuilder().add(volume.edoc("plan.txt", b"A plan.\n")).write(tmp_path)
    )

    assert "1 document, 1 family, " in output
