"""Archives that receivers refuse are found before anybody tries to open them (SEC General 12)."""

from __future__ import annotations

from pathlib import Path

import pytest

from forthwith import check
from forthwith.check import VolumeUnreadableError
from forthwith.standards import loader
from tests.builders import archives, volume
from tests.builders.volume import LOOSE

STANDARD = loader.load()
SOUND = archives.zipped([("VOL001/DATA/VOL001.DAT", b"data")])


def found(folder: Path) -> list[tuple[str, str, str]]:
    report = check.run(folder, STANDARD)
    return [(each.code, each.file, each.message) for each in report.findings]


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        (archives.jpeg_under_aes(), "AR01", "has the member f packed as AES-256 Jpeg, which 7-Zip"),
        (archives.for_a_certificate(), "AR01", "packed as pkAES-256-Cert Deflate"),
        (archives.by_ppmd(), "AR02", "packed as PPMd, which not every program opens"),
    ],
)
def test_an_archive_in_a_volumes_place_is_judged_and_not_unpacked(
    data: bytes, code: str, says: str, tmp_path: Path
) -> None:
    path = tmp_path / "VOL001.zip"
    path.write_bytes(data)
    report = check.run(path, STANDARD)

    [finding] = report.findings
    assert (finding.code, finding.file, report.volume) == (code, "VOL001.zip", "VOL001")
    assert says in finding.message
    assert report.notes == ("VOL001.zip was not unpacked, so what is in it was not checked",)
    assert set(report.counts.values()) == {0}


@pytest.mark.parametrize("data", [SOUND, archives.one_member(99, 1, archives.AES_DEFLATE), b"x"])
def test_an_archive_that_opens_is_to_be_unpacked(data: bytes, tmp_path: Path) -> None:
    """No finding would read as a sound volume."""
    path = tmp_path / "VOL001.zip"
    path.write_bytes(data)

    with pytest.raises(VolumeUnreadableError, match="an archive is unpacked first"):
        check.run(path, STANDARD)


@pytest.mark.parametrize("data", [SOUND, b"MZ and nothing more", SOUND[:40], b""])
def test_an_archive_that_opens_or_none_at_all_is_only_stray(data: bytes, tmp_path: Path) -> None:
    builder = volume.sound()
    builder.extra["DATA/MORE.ZIP"] = data

    assert [code for code, _, _ in found(builder.write(tmp_path))] == ["VO05"]


def test_members_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    builder = volume.sound()
    builder.extra["DATA/MORE.ZIP"] = archives.by_ppmd("a.txt", "b.txt")

    [(code, file, message)] = found(builder.write(tmp_path))

    assert (code, file) == ("AR02", "DATA/MORE.ZIP")
    assert message == (
        "DATA/MORE.ZIP has 2 members packed as PPMd (the first is a.txt), which not every "
        "program opens, and no load file names it"
    )


def test_a_native_that_is_an_archive_is_judged_as_a_native(tmp_path: Path) -> None:
    """It is evidence, and was kept so; that it is not what was hashed is another matter."""
    builder = volume.sound()
    row = builder.row(LOOSE)
    assert row.native is not None
    row.native = (row.native[0], archives.jpeg_under_aes())

    codes = {code for code, _, _ in found(builder.write(tmp_path))}
    assert "NT02" in codes
    assert not {code for code in codes if code.startswith("AR")}
