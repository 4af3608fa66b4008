"""Deliveries as archives: unpacked to look, under a password, and never beyond their own folder."""

from __future__ import annotations

import io
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from forthwith.check import VolumeUnreadableError, delivery
from forthwith.check.delivery import ArchiveRefusedError
from forthwith.check.given import ReadOptions
from forthwith.standards import loader
from forthwith.workflows import check as desk
from tests.builders import archives, encrypted_zips, volume
from tests.builders.volume import LUNCH

STANDARD = loader.load()
SECRET = "correct horse"


def tree(root: Path, above: str = "") -> list[tuple[str, bytes]]:
    """Return every file of a folder, with its path under `above`."""
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return [(f"{above}{path.relative_to(root).as_posix()}", path.read_bytes()) for path in files]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return volume.sound().set(LUNCH, "SUBJECT", "Dinner").write(tmp_path)


def found(path: Path, *passwords: str) -> tuple[list[str], int]:
    report = desk.check([path], STANDARD, options=ReadOptions(passwords=passwords))
    return [finding.code for finding in report.findings], report.whole.counts["documents"]


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("sent.zip", archives.zipped),
        ("sent.tar", archives.tarred),
        ("sent.7z", lambda files: archives.by_libarchive("7zip", files)),
    ],
)
@pytest.mark.parametrize("above", ["", "VOL001/", "To counsel/VOL001/"])
def test_an_archive_of_a_volume_is_checked_as_its_folder(
    name: str, pack: object, above: str, root: Path, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(pack(tree(root, above)))  # type: ignore[operator]

    assert found(path) == found(root) == (["MD10"], 8)


def test_names_with_backslashes_are_windows_ways(root: Path, tmp_path: Path) -> None:
    files = [(name.replace("/", "\\"), data) for name, data in tree(root, "VOL001/")]
    path = tmp_path / "sent.zip"
    path.write_bytes(archives.zipped(files))

    assert found(path) == (["MD10"], 8)


@pytest.mark.parametrize("how", ["aes-128", "aes-192", "aes-256", "ae-1", "traditional"])
def test_an_encrypted_zip_opens_with_one_of_the_passwords(
    how: str, root: Path, tmp_path: Path
) -> None:
    path = tmp_path / "sent.zip"
    path.write_bytes(encrypted_zips.packed(tree(root, "VOL001/"), SECRET, how))

    assert found(path, "wrong", SECRET) == (["MD10"], 8)
    for passwords in ((), ("wrong", "hoarse")):
        with pytest.raises(ArchiveRefusedError, match="--password-file") as refused:
            found(path, *passwords)
        assert not any(word in str(refused.value) for word in (*passwords, SECRET))


def test_nothing_is_left_of_what_was_unpacked(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waste = tmp_path / "waste"
    waste.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(waste))
    path = tmp_path / "sent.zip"
    path.write_bytes(archives.zipped(tree(root, "VOL001/")))

    found(path)

    assert list(waste.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["../../outside.txt", "/etc/outside.txt", "C:\\outside.txt", "VOL001/../../outside.txt"]
)
def test_a_name_that_leaves_the_folder_is_refused(name: str, root: Path, tmp_path: Path) -> None:
    path = tmp_path / "sent.zip"
    path.write_bytes(archives.zipped([*tree(root, "VOL001/"), (name, b"mine now")]))

    with pytest.raises(ArchiveRefusedError, match=r"sent\.zip was not unpacked"):
        found(path)
    assert not list(tmp_path.rglob("outside.txt"))


def test_a_bomb_is_refused(root: Path, tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("VOL001/DATA/VOL001.DAT", bytes(40 * 2**20))
    path = tmp_path / "sent.zip"
    path.write_bytes(out.getvalue())

    with pytest.raises(ArchiveRefusedError, match="times its stored size"):
        found(path)


def test_an_archive_cut_short_is_refused(root: Path, tmp_path: Path) -> None:
    """Half a volume would be a storm of findings about what was never lost."""
    whole = archives.zipped(tree(root, "VOL001/"))
    path = tmp_path / "sent.zip"
    path.write_bytes(whole[: len(whole) // 2])

    with pytest.raises(VolumeUnreadableError):
        found(path)


def test_members_of_one_name_are_refused(root: Path, tmp_path: Path) -> None:
    files = tree(root, "VOL001/")
    path = tmp_path / "sent.zip"
    path.write_bytes(archives.zipped([*files, files[0]]))

    with pytest.raises(ArchiveRefusedError, match="two of its members"):
        found(path)


def test_what_macs_add_is_passed_over(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "sent.zip"
    added = [("__MACOSX/VOL001/DATA/._VOL001.DAT", b"\0\5\x16\7")]
    path.write_bytes(archives.zipped([*tree(root, "VOL001/"), *added]))

    assert found(path) == (["MD10"], 8)


def test_an_archive_that_receivers_refuse_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "sent.zip"
    path.write_bytes(archives.jpeg_under_aes())

    assert found(path) == (["AR01"], 0)


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sent.zip"
    path.write_bytes(b"Dear all,\n")

    assert not delivery.is_archive(path)
    with pytest.raises(VolumeUnreadableError, match="not a folder"):
        found(path)


@pytest.mark.parametrize("password", ["", SECRET])
def test_a_member_larger_than_the_memory_is_unpacked_in_pieces(
    password: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that is not, and refused where its end does not match."""
    monkeypatch.setattr(delivery, "_LIMITS", replace(delivery._LIMITS, item_bytes=10))
    files = tree(root, "VOL001/")
    path = tmp_path / "sent.zip"
    whole = (
        encrypted_zips.packed(files, password, "aes-256") if password else archives.zipped(files)
    )
    path.write_bytes(whole)
    assert found(path, password) == found(root) == (["MD10"], 8)

    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        ends = [(info.header_offset, info.compress_size) for info in archive.infolist()]
    for start, size in ends[::4]:
        lengths = int.from_bytes(whole[start + 26 : start + 28], "little")
        lengths += int.from_bytes(whole[start + 28 : start + 30], "little")
        at = start + 30 + lengths + size // 2
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(VolumeUnreadableError):
            found(path, password)


def test_a_bomb_is_refused_in_pieces_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "_LIMITS", replace(delivery._LIMITS, item_bytes=2**20))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("VOL001/DATA/VOL001.DAT", bytes(40 * 2**20))
    path = tmp_path / "sent.zip"
    path.write_bytes(out.getvalue())

    with pytest.raises(ArchiveRefusedError, match="times its size"):
        found(path)
