"""Hostile and sound archives of other projects: nothing throws, nothing hangs, members agree."""

from __future__ import annotations

import binascii
import faulthandler
import io
import os
import signal
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import Hint, InMemory, Reading
from forthwith.formats.archives import compressed, libarchive, tar
from forthwith.formats.archives import zip as zips
from forthwith.formats.sniff.media_type import media_type
from tests.builders.archives import hint, opened

ZIPFILE_ERRORS = (
    zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError, zlib.error
)  # fmt: skip
#: What the process stage allows one item is longer; these are small.
SECONDS = 8
pytestmark = pytest.mark.corpus
READERS = {
    kind: module for module in (zips, tar, compressed, libarchive) for kind in module.MEDIA_TYPES
}
BOUNDS: dict[str, Any] = {"item_bytes": 32 * 2**20, "expanded_bytes": 64 * 2**20, "children": 2000}


def decoded(data: bytes) -> bytes:
    """Undo uuencoding; other data as it is."""
    lines = iter(data.splitlines())
    if not any(line.startswith(b"begin ") for line in lines):
        return data
    out = []
    for line in lines:
        if line == b"end":
            break
        length = 1 + (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
        out.append(binascii.a2b_uu(line[:length]) if length else b"")
    return b"".join(out)


def items(folder: Path, most: int) -> Iterator[tuple[Path, bytes]]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    paths = [path for path in files if path.stat().st_size < 2**22]
    for path in paths[:: max(1, len(paths) // most)]:
        try:
            yield path, decoded(path.read_bytes())
        except binascii.Error:
            continue


def read(data: bytes, name: str) -> tuple[Reading, Hint] | None:
    kind = media_type(InMemory(data), name)
    if kind not in READERS:
        return None
    known = hint(kind, name, **BOUNDS)
    return READERS[kind].read(InMemory(data), known), known


def in_a_child(path: Path, data: bytes) -> int:
    """Open everything in a process of its own, as workers do; return how it ended."""
    process = os.fork()
    if process == 0:
        status = 3
        faulthandler.disable()
        # Seconds of its own work: a busy machine is no fault of the file.
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            outcome = read(data, path.name)
            if outcome is not None:
                opened(outcome[0])
            status = 0
        except UnreadableError:
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


@pytest.mark.parametrize(
    ("folder", "most"),
    [("commons-compress", 160), ("fuzz-seeds", 120), ("libarchive", 90)],
)
def test_hostile_archives_never_throw(corpora: Path, folder: str, most: int) -> None:
    """Libarchive itself dies of three of its own test files; no other may end a process."""
    sample = items(corpora / "hostile" / folder, most)
    ends = {path.name: in_a_child(path, data) for path, data in sample}
    died = {name for name, status in ends.items() if status}

    assert {name for name in died if ends[name] > 0} == set()
    assert died <= {
        "test_read_format_cab_lzx_oob.cab.uu", "test_read_format_cab_skip_malformed.cab.uu",
        "test_read_format_xar_doublelink.xar.uu", "test_read_format_cab_lzx_oob.cab",
        "test_read_format_cab_skip_malformed.cab", "test_read_format_xar_doublelink.xar",
    }  # fmt: skip


def test_zip_members_equal_those_of_zipfile(corpora: Path) -> None:
    compared = 0
    for path, data in items(corpora / "hostile" / "commons-compress", 400):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as theirs:
                expected = [theirs.read(info) for info in theirs.infolist() if not info.is_dir()]
        except ZIPFILE_ERRORS:
            continue
        members, _ = opened(zips.read(InMemory(data), hint(**BOUNDS)))
        assert [member for _, member in members][: len(expected)] == expected, path.name
        compared += 1
    assert compared > 20


def test_tar_members_equal_those_of_tarfile(corpora: Path) -> None:
    compared = 0
    for path, data in items(corpora / "hostile" / "commons-compress", 400):
        try:
            with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as theirs:
                files = [info for info in theirs if info.isfile()]
                expected = [theirs.extractfile(info).read() for info in files]  # type: ignore[union-attr]
        except (tarfile.TarError, OSError, ValueError, EOFError, RecursionError):
            continue
        members, _ = opened(tar.read(InMemory(data), hint(**BOUNDS)))
        assert [member for _, member in members][: len(expected)] == expected, path.name
        compared += 1
    assert compared > 20
