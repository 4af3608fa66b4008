"""Volumes given together: what only all of them show, and what one explains of another."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from forthwith.check import VolumeUnreadableError
from forthwith.check.given import ReadOptions
from forthwith.check.reporting import ProductionReport
from forthwith.loadfiles import dat, opt
from forthwith.standards import loader
from forthwith.workflows import check as desk
from tests.builders import volume
from tests.builders.volume import LEDGER, LOOSE, LUNCH, MAIL, VolumeBuilder, number

STANDARD = loader.load()


def found(*places: Path, **how: Any) -> list[tuple[str, str, str]]:
    return said(desk.check(places, STANDARD, options=ReadOptions(**how)))


def said(report: ProductionReport) -> list[tuple[str, str, str]]:
    return [(finding.volume, finding.code, finding.bates) for finding in report.folded]


def second(start: int = 13, name: str = "VOL002") -> VolumeBuilder:
    """Return a volume of one mail with a file, numbered from `start`."""
    builder = VolumeBuilder(name)
    builder._next = start
    return builder.add(volume.mail("Two", ("two.txt", b"Second words.\n")))


def overlay(place: Path, name: str, header: list[str], *rows: list[str]) -> Path:
    """Write a volume that is a load file alone."""
    (place / name / "DATA").mkdir(parents=True)
    (place / name / f"DATA/{name}.DAT").write_bytes(b"".join(dat.write(header, rows)))
    return place / name


def test_volumes_that_follow_each_other_are_sound(tmp_path: Path) -> None:
    first, other = volume.sound().write(tmp_path), second().write(tmp_path)

    assert found(first, other) == []


def test_numbers_between_volumes_are_told_once(tmp_path: Path) -> None:
    first, other = volume.sound().write(tmp_path), second(20).write(tmp_path)

    report = desk.check([first, other], STANDARD)

    assert said(report) == [("VOL002", "BT09", number(13))]
    assert f"{number(13)} to {number(19)}" in report.findings[0].message


def test_a_number_absent_from_one_volume_may_stand_in_another(tmp_path: Path) -> None:
    """The supplemental volume is what the cure asked for: nothing is missing any more."""
    whole = volume.sound().lose(LOOSE)
    late = VolumeBuilder("VOL002")
    late._next = 7
    late.add(volume.edoc("plan.txt", b"A plan for the spring.\n"))
    first = whole.write(tmp_path)

    assert found(first) == [("VOL001", "BT04", LOOSE)]
    assert found(first, late.write(tmp_path)) == []


def test_an_attachment_in_a_later_volume_is_produced(tmp_path: Path) -> None:
    lost = volume.sound()
    row = lost.row(LEDGER)
    late = VolumeBuilder("VOL002")
    late.rows.append(row)
    first = lost.lose(LEDGER).write(tmp_path)

    assert ("VOL001", "FM01", LEDGER) in found(first)
    assert "FM01" not in {code for _, code, _ in found(first, late.write(tmp_path))}


def test_pages_numbered_from_the_same_start_overlap(tmp_path: Path) -> None:
    first, other = volume.sound().write(tmp_path), second(5).write(tmp_path)

    codes = {(code, bates) for _, code, bates in found(first, other)}

    assert ("BT08", number(5)) in codes


def test_a_document_delivered_again_counts_as_the_later_volume_has_it(tmp_path: Path) -> None:
    spoilt = volume.sound().set(LUNCH, "SUBJECT", "Dinner")
    again = VolumeBuilder("VOL002")
    again.rows.append(volume.sound().row(LUNCH))
    first, later = spoilt.write(tmp_path), again.write(tmp_path)

    report = desk.check([first, later], STANDARD)

    assert said(report) == [("VOL002", "VO08", LUNCH)]
    assert any(f"MD10 {LUNCH}" in note for note in report.notes)


def test_an_overlay_is_applied_wherever_it_stands_among_the_volumes(tmp_path: Path) -> None:
    """A metadata overlay cures what it says, and is no volume of 12 documents without files."""
    first = volume.sound().set(LUNCH, "SUBJECT", "Dinner").set(LOOSE, "CUSTODIAN", "")
    root = first.write(tmp_path)
    mend = overlay(
        tmp_path, "OVL001", ["FIRSTBATES", "SUBJECT", "CUSTODIAN"],
        [LUNCH, "Lunch", "Ortega, Marisol"], [LOOSE, "", "Ortega, Marisol"],
    )  # fmt: skip

    assert found(root) == [("VOL001", "MD01", LOOSE), ("VOL001", "MD10", LUNCH)]
    for places in ((root, mend), (mend, root), (tmp_path,)):
        report = desk.check(places, STANDARD)

        assert said(report) == []
        assert report.whole.counts["documents"] == 8
        assert any("OVL001 is an overlay" in note for note in report.notes)


def test_later_overlays_count(tmp_path: Path) -> None:
    root = volume.sound().write(tmp_path)
    wrong = overlay(tmp_path, "OVL001", ["FIRSTBATES", "SUBJECT"], [LUNCH, "Dinner"])
    right = overlay(tmp_path, "OVL002", ["FIRSTBATES", "SUBJECT"], [LUNCH, "Lunch"])

    assert found(root, wrong, right) == []
    assert found(root, right, wrong) == [("VOL001", "MD10", LUNCH)]


def test_an_overlay_brings_texts_natives_and_pages_of_its_own(tmp_path: Path) -> None:
    spoilt = volume.sound()
    spoilt.row(LUNCH).text = (spoilt.row(LUNCH).cells["OCRPATH"], b"")
    page = spoilt.row(LOOSE).images[0]
    spoilt.row(LOOSE).images[0] = (page[0], page[1], b"II*\0rubbish", True)
    root = spoilt.write(tmp_path)
    mend = overlay(
        tmp_path, "OVL001", ["FIRSTBATES", "OCRPATH"],
        [LUNCH, f"TEXT\\{LUNCH}.TXT"], [LOOSE, f"TEXT\\{LOOSE}.TXT"],
    )  # fmt: skip
    for folder, name, data in (
        ("TEXT", f"{LUNCH}.TXT", b"About Lunch.\n"), ("TEXT", f"{LOOSE}.TXT", b"A plan.\n"),
        ("IMAGES", f"{LOOSE}.TIF", volume.page_image(LOOSE)),
    ):  # fmt: skip
        (mend / folder).mkdir(exist_ok=True)
        (mend / folder / name).write_bytes(data)
    line = opt.OptRow(LOOSE, "OVL001", f"IMAGES\\{LOOSE}.TIF", True, pages=1)
    (mend / "DATA/OVL001.OPT").write_bytes(opt.write([line]))

    assert {code for _, code, _ in found(root)} == {"TX02", "IM07"}
    left = found(root, mend)
    assert {code for _, code, _ in left} <= {"VO05"}
    assert not {"TX02", "IM07", "TX01", "IM01"} & {code for _, code, _ in left}


def test_an_overlay_of_a_document_nobody_has_is_told(tmp_path: Path) -> None:
    root = volume.sound().write(tmp_path)
    mend = overlay(
        tmp_path, "OVL001", ["FIRSTBATES", "SUBJECT"], [LUNCH, "Lunch"], [number(99), "x"]
    )

    assert found(root, mend) == [("OVL001", "VO09", number(99))]


def test_a_row_copied_is_one_finding(tmp_path: Path) -> None:
    builder = volume.sound()
    row = builder.row(LOOSE)
    copied = volume.Row(dict(row.cells), row.native, row.text, [])
    builder.rows.insert(builder.rows.index(row) + 1, copied)
    root = builder.write(tmp_path)

    assert found(root) == [("VOL001", "BT02", LOOSE)]


def test_a_copied_family_is_told_row_by_row_and_nothing_else(tmp_path: Path) -> None:
    builder = volume.sound()
    builder.rows += [builder.row(name) for name in (MAIL, number(3), LEDGER)]
    builder.rows[-3:] = [
        volume.Row(dict(row.cells), row.native, row.text, []) for row in builder.rows[-3:]
    ]

    assert {code for _, code, _ in found(builder.write(tmp_path))} == {"BT02"}


def test_a_folder_of_volumes_is_each_of_them(tmp_path: Path) -> None:
    """The natural thing after unzipping two deliveries side by side."""
    volume.sound().write(tmp_path)
    second().write(tmp_path)
    report = desk.check([tmp_path], STANDARD)

    assert said(report) == []
    assert [one.volume for one in report.reports] == ["VOL001", "VOL002"]
    assert report.whole.counts["documents"] == 10


def test_volumes_deeper_down_and_in_natural_order(tmp_path: Path) -> None:
    for place, name in ((13, "VOL2"), (15, "VOL10")):
        second(place, name).write(tmp_path / "sent" / "2024-05")
    volume.sound().write(tmp_path / "sent" / "2024-01")
    report = desk.check([tmp_path], STANDARD)

    assert said(report) == []
    assert [one.volume for one in report.reports] == ["VOL001", "VOL2", "VOL10"]


def test_one_volume_in_a_wrapper_is_checked_as_ever(tmp_path: Path) -> None:
    volume.sound().write(tmp_path / "wrapper")

    assert found(tmp_path / "wrapper") == []


def test_a_native_that_is_called_dat_is_no_volume(tmp_path: Path) -> None:
    builder = volume.sound()
    builder.extra["NATIVES/0001/winmail.dat"] = b"x"
    root = builder.write(tmp_path)
    second().write(tmp_path)

    report = desk.check([root, tmp_path / "VOL002"], STANDARD)
    assert said(report) == [("VOL001", "VO05", "")]
    assert said(desk.check([tmp_path], STANDARD)) == [("VOL001", "VO05", "")]


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(VolumeUnreadableError, match="no DAT"):
        desk.check([tmp_path / "none"], STANDARD)


def test_two_deliveries_of_one_volume_are_not_held_against_each_other(tmp_path: Path) -> None:
    root = volume.sound().write(tmp_path)
    shutil.copytree(root, tmp_path / "again" / "VOL001")

    assert found(root, tmp_path / "again" / "VOL001") == []
