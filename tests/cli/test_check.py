"""`check` against what a volume answers finds what `deficiency` finds; alone it is as ever."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from forthwith.cli.main import main
from forthwith.loadfiles import dat
from tests.builders import dialects, encrypted_zips, fact_folder, volume
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
    keys = ["volume", "standard", "counts", "findings", "notes", "not_checked", "seals"]
    assert list(whole) == keys
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


def test_an_unknown_key_is_refused_and_named_by_an_option(tmp_path: Path) -> None:
    """Neither "0 families, 0 natives" nor a guess."""
    root = dialects.sound(3).write(tmp_path)
    dialects.called(FIRSTBATES="Mood")(root)
    failed, refusal = typed("check", root)
    status, output = typed("check", root, "--column", "first_bates=mood")
    letter, _ = typed(
        "deficiency", root, "--column", "first_bates=Mood", "--into", tmp_path / "letter"
    )

    assert failed == 2
    assert "--column first_bates=Mood" in refusal
    assert "LASTBATES" in refusal
    assert status == letter == 1
    assert output.splitlines() == [
        "VOL001: LF09 DATA/VOL001.DAT: column 'Mood' should be called FIRSTBATES",
        "VOL001: 8 documents, 3 families, 10 pages, 8 natives, 3 unique.",
        "1 finding.",
    ]


@pytest.mark.parametrize("text", ["first_bates", "first_bates=", "first=UPI", "=UPI"])
def test_a_column_option_that_says_nothing_is_refused(text: str, tmp_path: Path) -> None:
    root = dialects.sound(1).write(tmp_path)
    status, refusal = typed("check", root, "--column", text)

    assert status == 2
    assert "ROLE=NAME" in refusal


def test_a_column_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    root = dialects.sound(1).write(tmp_path)
    status, refusal = typed("check", root, "--column", "custodian=Whose")

    assert status == 2
    assert "'Whose'" in refusal
    assert "FIRSTBATES" in refusal


def test_echoes_are_counted_and_printed_on_demand(tmp_path: Path) -> None:
    root = dialects.sound().write(tmp_path)
    for path in (root / "NATIVES/0001").iterdir():
        path.unlink()
    _, short = typed("check", root)
    _, long = typed("check", root, "--all")
    _, whole = typed("check", root, "--json")

    assert sum(" NT01 " in line for line in short.splitlines()) == 1
    assert "more follow from them (--all prints each)" in short
    assert sum(" NT01 " in line for line in long.splitlines()) == 65
    [root_cause] = [row for row in json.loads(whole)["findings"] if row["code"] == "NT01"]
    assert len(root_cause["follows"]) == 64


def test_the_gravest_is_printed_first(tmp_path: Path) -> None:
    builder = broken("LF03", "MD08", "FM01")
    _, output = typed("check", builder.write(tmp_path))

    assert [line.split()[1] for line in output.splitlines()[:3]] == ["FM01", "MD08", "LF03"]


def test_an_encrypted_delivery_opens_with_a_file_of_passwords(tmp_path: Path) -> None:
    """The passwords are in no word of what is printed, and in no file that is written."""
    root = broken("MD08").write(tmp_path)
    files = [
        (f"VOL001/{path.relative_to(root).as_posix()}", path.read_bytes())
        for path in sorted(root.rglob("*"))
        if path.is_file()
    ]
    sent, page = tmp_path / "sent.zip", tmp_path / "page.html"
    sent.write_bytes(encrypted_zips.packed(files, "xyzzy-1", "aes-256"))
    words = tmp_path / "words.txt"
    words.write_text("plugh-2\r\nxyzzy-1\r\n")
    shut, refusal = typed("check", sent)
    status, output = typed("check", sent, "--password-file", words, "--report", page)

    assert shut == 2
    assert "--password-file" in refusal
    assert status == 1
    assert " MD08 " in output
    for text in (refusal, output, page.read_text(encoding="utf-8")):
        assert "xyzzy" not in text
        assert "plugh" not in text


def test_a_file_of_passwords_that_is_no_text_is_refused(tmp_path: Path) -> None:
    root, words = dialects.sound(1).write(tmp_path), tmp_path / "words.bin"
    words.write_bytes(b"\xff\xfe\x00secret")
    status, refusal = typed("check", root, "--password-file", words)

    assert status == 2
    assert "secret" not in refusal


def test_deficiency_sees_volumes_together(tmp_path: Path) -> None:
    """It reads as check does: an overlay is applied, and a parent folder is each of its volumes."""
    volume.sound().set(LUNCH, "SUBJECT", "Dinner").write(tmp_path / "sent")
    overlay = tmp_path / "sent/OVL001/DATA"
    overlay.mkdir(parents=True)
    rows = dat.write(["FIRSTBATES", "SUBJECT"], [[LUNCH, "Lunch"]])
    (overlay / "OVL001.DAT").write_bytes(b"".join(rows))
    status, output = typed("deficiency", tmp_path / "sent", "--into", tmp_path / "letter")

    assert status == 0, output
