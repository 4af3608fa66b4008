"""No room, no right to write, no end: the command says so in one sentence with status 2, enters
nothing, and does its work once the cause is gone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from forthwith.cli.main import main
from forthwith.plain import system_errors
from tests.builders import evidence
from tests.builders.disks import read_only, small
from tests.cli.conftest import Command
from tests.cli.test_errors import refused

_STRACE = shutil.which("strace")


def _typed(*words: str | Path, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, behind `before`."""
    command = [*before, sys.executable, "-m", "forthwith", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def _fill(place: Path, but: int) -> Path:
    """Fill a file system but for so many bytes."""
    filler = place / "filler"
    with filler.open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, shutil.disk_usage(place).free - but)
    return filler


def test_a_full_disk_is_no_fault_of_the_evidence(run: Command, tmp_path: Path) -> None:
    """Both the file too large for the disk and the one it happens to end in."""
    with small(tmp_path / "disk", "3m") as disk:
        run("init", disk / "m", "--name", "Acme")
        for size, pieces in ((5_800_000, 1), (900_000, 6)):
            loose = evidence.write(tmp_path / f"in{pieces}", a_txt=b"one")
            for piece in range(pieces):
                (loose / f"{piece}.bin").write_bytes(bytes([piece + 1]) * size)
            done = run("-C", disk / "m", "collect", loose, "--custodian", "Lee, Wei")
            refused(done, "disk", "Make room")
        verified = run("-C", disk / "m", "verify")
        assert verified.exit_code == 0
        assert verified.stdout.startswith("1 journal entry, 0 blobs")

        shutil.copytree(disk / "m", tmp_path / "m")
    done = run("-C", tmp_path / "m", "collect", tmp_path / "in6", "--custodian", "Lee, Wei")
    assert (done.exit_code, done.stdout.split(": ")[1].split()[0]) == (0, "7")


def test_a_matter_without_a_byte_left_is_read(run: Command, matter: Path, tmp_path: Path) -> None:
    with small(tmp_path / "disk", "4m") as disk:
        shutil.copytree(matter, disk / "m")
        filler = _fill(disk, 0)
        for words in ("verify", "status", "documents", "search wallets"):
            done = run("-C", disk / "m", *words.split())
            assert (done.exit_code, done.stderr) == (0, ""), words
        loose = evidence.write(tmp_path / "x", new_txt=b"new")
        for words in ("process", "produce VOL001", f"collect {loose} --custodian A"):
            refused(run("-C", disk / "m", *words.split()), "full", "Make room")
        filler.unlink()
        assert run("-C", disk / "m", "produce", "VOL001", "--workers", "1").exit_code == 0


@pytest.mark.parametrize("left", [60_000, 140_000, 400_000])
def test_a_disk_that_fills_up_during_the_work(
    run: Command, matter: Path, tmp_path: Path, left: int
) -> None:
    with small(tmp_path / "disk", "5m") as disk:
        shutil.copytree(matter, disk / "m")
        shutil.rmtree(disk / "m" / "derived")
        filler = _fill(disk, left)
        for words in ("process --workers 1", "produce VOL001 --day 2023-06-17 --workers 1"):
            done = run("-C", disk / "m", *words.split())
            assert done.exit_code in {0, 2}, done.output
            assert done.exit_code == 0 or "forthwith: " in done.stderr
        filler.unlink()
        run("-C", disk / "m", "process", "--workers", "1")
        run("-C", disk / "m", "produce", "VOL001", "--day", "2023-06-17", "--workers", "1")
        verified = run("-C", disk / "m", "verify")

        assert verified.exit_code == 0, verified.stdout
        assert "1 sealed volume" in verified.stdout
        listed = run("-C", disk / "m", "documents")
        whole = run("-C", matter, "documents")
        assert listed.stdout == whole.stdout


def test_a_read_only_matter_is_read_and_refuses_to_be_written(
    run: Command, sealed: Path, tmp_path: Path
) -> None:
    with read_only(sealed, tmp_path / "ro") as place:
        reading = (
            "verify", "status", "documents", "documents --json", "search wallets", "requests",
            "check volumes/VOL001",
        )  # fmt: skip
        for words in reading:
            done = run("-C", place, *words.split())
            again = run("-C", sealed, *words.split())
            assert (done.exit_code, done.stdout) == (again.exit_code, again.stdout), words
        (tmp_path / "x").mkdir()
        writing = (
            "process", "produce VOL002", f"collect {tmp_path / 'x'} --custodian A",
            "questions ask Where? --on 2023-02-02 --in letter",
        )  # fmt: skip
        for words in writing:
            done = run("-C", place, *words.split())
            assert done.exit_code == 2, (words, done.output)
        refused(run("-C", place, "process"), "can be read and cannot be written to", "read-only")


def test_a_limit_on_file_size_stops_the_collection(run: Command, tmp_path: Path) -> None:
    loose = evidence.write(tmp_path / "in", a_txt=b"one", big_bin=b"x" * 4_000_000)
    run("init", tmp_path / "m", "--name", "Acme")

    limited = ("sh", "-c", 'ulimit -f 2000; exec "$@"', "sh")
    words = ("-C", tmp_path / "m", "collect", loose, "--custodian", "Lee, Wei")
    done = _typed(*words, before=limited)

    assert done.returncode == 2, done.stderr
    assert "ulimit -f" in done.stderr
    assert done.stderr.count("\n") == 1
    assert run("-C", tmp_path / "m", "verify").stdout.startswith("1 journal entry, 0 blobs")


_CALLS = [
    ("collect", "write", "ENOSPC", (5,)),
    ("collect", "pwrite64", "ENOSPC", (4,)),
    ("collect", "fsync,fdatasync", "EIO", (1,)),
    ("collect", "rename", "EDQUOT", (2,)),
    ("process", "rename", "EROFS", (1,)),
]


@pytest.mark.skipif(_STRACE is None, reason="strace is not installed")
@pytest.mark.parametrize(
    "command, call, error, when",
    [(command, call, error, n) for command, call, error, places in _CALLS for n in places],
)
def test_a_call_refused_at_any_place_leaves_what_can_be_finished(
    run: Command, tmp_path: Path, command: str, call: str, error: str, when: int
) -> None:
    """The Nth call of a kind fails; afterwards the same command gives what it always gives."""
    loose = evidence.write(tmp_path / "in", a_txt=b"one", b_txt=b"two", c_bin=b"x" * 1_500_000)
    place = tmp_path / "m"
    words = ("-C", place, "collect", loose, "--custodian", "Lee, Wei")
    run("init", place, "--name", "Acme")
    if command == "process":
        assert run(*words).exit_code == 0
        words = ("-C", place, "process", "--workers", "1")
    inject = f"inject={call}:error={error}:when={when}"
    before = ("strace", "-f", "-o", os.devnull, "-e", f"trace={call}", "-e", inject)

    done = _typed(*words, before=before)

    if "ptrace" in done.stderr.lower():
        pytest.skip("nothing may be traced here")
    assert done.returncode in {0, 2}, done.stderr
    assert "wrong in forthwith itself" not in done.stderr
    assert run(*words).exit_code == 0
    verified = run("-C", place, "verify")
    assert (verified.exit_code, "3 blobs" in verified.stdout) == (0, True), verified.stdout
    if command == "process":
        assert "3 documents" in run("-C", place, "documents").stdout


def test_what_is_printed_to_a_full_disk_is_a_sentence(matter: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "forthwith", "-C", str(matter), "documents"],
            stdout=full, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    assert done.returncode == 2
    assert done.stderr.startswith("forthwith: ")
    assert "the disk is full" in done.stderr.lower()
    assert "Traceback" not in done.stderr


def test_a_defect_of_ours_is_a_sentence_and_no_finding(
    matter: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """1 means findings; a script that asks for it must never get a defect instead."""

    def failing(*_: object) -> None:
        raise KeyError("quorum\nof two")

    monkeypatch.setattr("forthwith.workflows.case_file.CaseFile.open", failing)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    done = CliRunner().invoke(main, ["-C", str(matter), "status"])

    assert done.exit_code == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1
    (report,) = tmp_path.glob("forthwith-*.txt")
    assert str(report) in done.stderr
    assert "in failing" in report.read_text()


@pytest.mark.parametrize("failure, says", [(MemoryError(), "memory"), (RecursionError(), "wrong")])
def test_memory_and_depth_run_out_in_a_sentence(
    matter: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException, says: str
) -> None:
    def failing(*_: object) -> None:
        raise failure

    monkeypatch.setattr("forthwith.workflows.case_file.CaseFile.open", failing)
    done = CliRunner().invoke(main, ["-C", str(matter), "status"])

    assert done.exit_code == 2
    assert says in done.stderr


def test_every_refusal_of_the_system_is_a_sentence_with_its_place() -> None:
    error = OSError(28, "No space left on device", os.fsdecode(b"/m\xff/x"))

    assert system_errors.said(error).startswith(r"/m\xff/x: the disk is full. Make room, ")
    assert system_errors.said(OSError("odd")) == "Odd."
