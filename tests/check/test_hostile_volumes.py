"""A volume made to harm whoever checks it: nothing outside it is opened, and every limit holds."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from forthwith import check
from forthwith.check import given, received
from forthwith.check.folder import Folder
from forthwith.check.run import judge
from forthwith.check.volume import VolumeUnreadableError
from forthwith.plain import regular_files
from forthwith.plain.regular_files import FileRefusedError
from forthwith.standards import loader
from tests.builders import volume
from tests.builders.deep import chain

STANDARD = loader.load()
SECRET = "the words of a file that is none of theirs"


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """A file beside the volume; whoever reads it changes its time of reading."""
    secret = tmp_path / "outside" / "secret.txt"
    secret.parent.mkdir()
    secret.write_text(SECRET)
    os.utime(secret, (1, 2))
    yield secret
    assert secret.stat().st_atime == 1


def codes(root: Path) -> list[tuple[str, str]]:
    report = check.run(root, STANDARD)
    assert SECRET not in json.dumps(report.as_dict())
    return [(finding.code, finding.file) for finding in report.findings]


def _text_of(root: Path) -> Path:
    return min((root / "TEXT").rglob("*.TXT"))


def _in_place_of(place: Path, make: Callable[[Path], None]) -> None:
    place.unlink()
    make(place)


def _socket(place: Path) -> None:
    # A name of a socket has at most 107 bytes.
    before = Path.cwd()
    os.chdir(place.parent)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(place.name)
    finally:
        os.chdir(before)


THINGS: dict[str, Callable[[Path], Callable[[Path], None]]] = {
    "link to a file": lambda outside: lambda place: place.symlink_to(outside),
    "link to a folder": lambda outside: lambda place: place.symlink_to(outside.parent),
    "link to nothing": lambda _: lambda place: place.symlink_to("nowhere"),
    "link to itself": lambda _: lambda place: place.symlink_to(place.name),
    "link to a device": lambda _: lambda place: place.symlink_to("/dev/zero"),
    "named pipe": lambda _: os.mkfifo,
    "socket": lambda _: _socket,
}


@pytest.mark.parametrize("kind", ["TEXT", "NATIVES", "IMAGES"])
@pytest.mark.parametrize("thing", THINGS)
def test_what_is_no_file_is_found_and_not_opened(
    tmp_path: Path, outside: Path, thing: str, kind: str
) -> None:
    """A link to /dev/zero fills the memory, a pipe is waited for, /etc/passwd is none of theirs."""
    root = volume.sound().write(tmp_path)
    place = min(path for path in (root / kind).rglob("*") if path.is_file())
    _in_place_of(place, THINGS[thing](outside))

    found = codes(root)

    assert ("VO10", place.relative_to(root).as_posix()) in found
    assert {code for code, _ in found} & {"TX01", "NT01", "IM01"}


def test_a_hard_link_is_a_file_like_any_other(tmp_path: Path) -> None:
    """Programs that copy without doubling make them."""
    root = volume.sound().write(tmp_path)
    text = _text_of(root)
    os.link(text, tmp_path / "same")

    assert codes(root) == []


def test_the_folder_that_was_given_may_be_a_link(tmp_path: Path) -> None:
    """That is the choice of whoever gives it."""
    root = volume.sound().write(tmp_path / "kept")
    (tmp_path / root.name).symlink_to(root)

    assert codes(tmp_path / root.name) == []


def test_a_link_to_a_folder_is_not_walked(tmp_path: Path, outside: Path) -> None:
    root = volume.sound().write(tmp_path)
    (root / "TEXT" / "more").symlink_to(outside.parent)

    assert codes(root) == [("VO10", "TEXT/more")]


def test_a_load_file_that_is_a_link_is_refused_in_words(tmp_path: Path, outside: Path) -> None:
    root = volume.sound().write(tmp_path)
    _in_place_of(next((root / "DATA").glob("*.DAT")), lambda place: place.symlink_to(outside))

    with pytest.raises(VolumeUnreadableError, match=r"is a link to .*, which is not opened"):
        check.run(root, STANDARD)


@pytest.mark.parametrize(
    "suffix", [".OPT", "_MANIFEST.JSON", "_TRANSMITTAL.TXT", "_EXCEPTIONS.CSV"]
)
def test_papers_that_are_links_are_not_opened(tmp_path: Path, outside: Path, suffix: str) -> None:
    root = volume.sound().write(tmp_path)
    place = root / "DATA" / f"VOL001{suffix}"
    place.unlink(missing_ok=True)
    place.symlink_to(outside)

    assert ("VO10", f"DATA/VOL001{suffix}") in codes(root)


@pytest.mark.parametrize(
    "named",
    [
        "..\\outside\\secret.txt",
        "..\\..\\..\\..\\..\\..\\etc\\passwd",
        "/etc/passwd",
        "C:\\Windows\\win.ini",
        "\\\\server\\share\\x.txt",
        "TEXT\\..\\..\\outside\\secret.txt",
        "TEXT\\inner\\secret.txt",
        "text\\INNER\\SECRET.TXT",
        "file:///etc/passwd",
        "/dev/zero",
        "~\\.ssh\\id_rsa",
        "TEXT\\\0\\x",
    ],
)
def test_a_path_of_a_load_file_leads_to_no_place_outside(
    tmp_path: Path, outside: Path, named: str
) -> None:
    builder = volume.sound()
    builder.set(volume.number(1), "OCRPATH", named)
    root = builder.write(tmp_path)
    (root / "TEXT" / "inner").symlink_to(outside.parent)

    found = codes(root)

    assert "TX01" in {code for code, _ in found}


def test_a_digest_of_a_volume_is_of_its_own_files(tmp_path: Path, outside: Path) -> None:
    """The letter names the digest of all that came: no pipe is waited for, no link followed."""
    root = volume.sound().write(tmp_path)
    before = received.digest(root)
    (root / "more").symlink_to(outside)
    os.mkfifo(root / "pipe")

    assert received.digest(root) == before


@pytest.mark.parametrize(
    "make",
    [
        lambda place: place.symlink_to("/etc/passwd"),
        os.mkfifo,
        lambda place: place.mkdir(),
        lambda place: place.symlink_to("/dev/zero"),
    ],
    ids=["link", "pipe", "folder", "device"],
)
def test_nothing_but_a_regular_file_is_opened(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """Also where it took the place of a file after the folder was walked."""
    place = tmp_path / "x"
    make(place)

    with pytest.raises(FileRefusedError):
        regular_files.open_regular(place)


def _hole(place: Path, size: int) -> None:
    with place.open("r+b") as file:
        file.truncate(size)


@pytest.mark.parametrize(
    ("kind", "code"), [("TEXT", "TX01"), ("IMAGES", "IM07")], ids=["text", "image"]
)
def test_a_file_of_a_terabyte_is_not_read(tmp_path: Path, kind: str, code: str) -> None:
    """A hole in a disk file costs its sender nothing."""
    root = volume.sound().write(tmp_path)
    place = min(path for path in (root / kind).rglob("*") if path.is_file())
    _hole(place, 2**40)

    assert code in {found for found, _ in codes(root)}


@pytest.mark.parametrize("size", [2**40, 2**28])
def test_a_load_file_that_is_one_endless_line_is_refused(tmp_path: Path, size: int) -> None:
    root = volume.sound().write(tmp_path)
    _hole(next((root / "DATA").glob("*.DAT")), size)

    with pytest.raises(VolumeUnreadableError, match=r"are not read|together are zero"):
        check.run(root, STANDARD)


def test_a_line_may_be_long_but_not_endless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cell may hold a whole text."""
    place = tmp_path / "x.dat"
    place.write_bytes(b"head\r\n" + b"x" * 3_000_000 + b"\n" + b"y" * 2_000_000)
    monkeypatch.setattr(regular_files, "_SHORT", 10)

    monkeypatch.setattr(regular_files, "_LONGEST_LINE", 3_100_000)
    assert regular_files.read_lines_of(place, 10**9) == place.read_bytes()
    monkeypatch.setattr(regular_files, "_LONGEST_LINE", 2_900_000)
    with pytest.raises(FileRefusedError, match="a line of it"):
        regular_files.read_lines_of(place, 10**9)


@pytest.mark.parametrize("depth", [1_200, 5_000])
def test_a_volume_of_deep_folders_is_checked(tmp_path: Path, depth: int) -> None:
    """A file that no path reaches is a finding; one that a path reaches is a stray file."""
    root = volume.sound().write(tmp_path)
    with chain(root / "TEXT", depth, ("a.txt",)):
        report = check.run(root, STANDARD)

    deep = {finding.code for finding in report.findings}
    assert deep == ({"VO05"} if depth == 1_200 else {"VO05", "VO10"})


NAMES = [
    "two\nlines.txt",
    "\x1b[2Jcleared.txt",
    "\u202etxt.exe",
    "ends.txt ",
    "ends.txt.",
    b"\xff\xfe.txt",
    "e\u0301.txt",
    "-rf",
    "<script>alert(1)<script>",
    "=cmd|'calc'!A0.txt",
    "%s%n.txt",
]


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_no_name_of_a_file_forges_a_line_or_stops_the_check(
    tmp_path: Path, name: str | bytes
) -> None:
    """What is printed and written of it shows every sign that steers."""
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8:strict"}
    root = volume.sound().write(tmp_path)
    (root / "TEXT" / os.fsdecode(name)).write_bytes(b"")
    report = tmp_path / "report.html"
    command = [sys.executable, "-m", "forthwith", "check", str(root), "--workers", "1", "--all"]

    told, for_programs = (
        subprocess.run([*command, *more], capture_output=True, timeout=120, env=environment)
        for more in (["--report", str(report)], ["--json"])
    )

    assert (told.returncode, for_programs.returncode) == (1, 1), told.stderr + for_programs.stderr
    assert not told.stderr
    lines = told.stdout.decode().splitlines()
    assert len(lines) == len({*lines})
    assert all(line.startswith("VOL001: ") or line[0].isdigit() for line in lines[:-1])
    assert "\x1b" not in told.stdout.decode()
    assert "\u202e" not in told.stdout.decode()
    assert "VO05" in {row["code"] for row in json.loads(for_programs.stdout)["findings"]}
    assert "<script>alert" not in report.read_text(encoding="utf-8")


def test_a_folder_of_very_many_files_is_walked_once(tmp_path: Path) -> None:
    """Time in step with the files, whatever looks at them."""
    folder = tmp_path / "TEXT"
    folder.mkdir()
    for place in range(20_000):
        os.close(os.open(folder / f"{place}.txt", os.O_CREAT | os.O_WRONLY))

    walked = Folder.walk(tmp_path)

    assert len(walked.sizes) == 20_000
    assert walked.resolve("TEXT\\19999.TXT") == "TEXT/19999.txt"


@pytest.mark.parametrize("packed", ["zip", "tar"])
def test_a_link_in_an_archive_is_found_and_not_made(tmp_path: Path, packed: str) -> None:
    """Made, it would lead out of the folder the archive is unpacked into."""
    root = volume.sound().write(tmp_path / "made")
    place = tmp_path / f"VOL001.{packed}"
    if packed == "zip":
        with zipfile.ZipFile(place, "w") as archive:
            for path in sorted(root.rglob("*")):
                archive.write(path, path.relative_to(root.parent))
            link = zipfile.ZipInfo("VOL001/TEXT/x.txt")
            link.create_system, link.external_attr = 3, 0o120777 << 16
            archive.writestr(link, "/etc/passwd")
    else:
        (root / "TEXT" / "x.txt").symlink_to("/etc/passwd")
        with tarfile.open(place, "w") as bundle:
            bundle.add(root, "VOL001")

    with given.opened([place], STANDARD) as opened:
        [sound] = opened.arranged.volumes
        inside = [path for path in sound.folder.root.rglob("*") if path.name == "x.txt"]

        assert [finding.code for finding in opened.arranged.findings] == ["VO10"]
        assert not inside
        assert judge(sound).findings == ()
