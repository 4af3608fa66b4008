"""Archives made in memory for tests, sound unless a test breaks them."""

from __future__ import annotations

import importlib
import io
import tarfile
import zipfile
from collections.abc import Iterable
from typing import Any

from forthwith.domain.evidence import Budget, Child, Fault, Hint, InMemory, Limits, Reading
from forthwith.formats.archives.libarchive_stream import library

Tree = Iterable[tuple[str, bytes]]


def zipped(tree: Tree, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip file; names may repeat."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in tree:
            info = zipfile.ZipInfo(name, (2021, 3, 4, 5, 6, 8))
            info.compress_type = method
            archive.writestr(info, data)
    return out.getvalue()


def tarred(tree: Tree, tar_format: int = tarfile.PAX_FORMAT) -> bytes:
    """Return a tar file."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tar_format) as archive:
        for name, data in tree:
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1_600_000_000
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def by_libarchive(kind: str, tree: Tree) -> bytes:
    """Return an archive of a kind only libarchive writes: "7zip", "cpio_newc", "ar_svr4", …"""
    assert library() is not None
    out: list[bytes] = []

    def write(data: bytes) -> int:
        out.append(bytes(data))
        return len(data)

    with importlib.import_module("libarchive").custom_writer(write, kind) as archive:
        for name, data in tree:
            archive.add_file_from_memory(name, len(data), data)
    return b"".join(out)


def hint(media_type: str = "", name: str = "", **limits: Any) -> Hint:
    """Return a hint with limits of its own."""
    return Hint(name, media_type, Budget(Limits(**limits)))


def opened(reading: Reading) -> tuple[list[tuple[str, bytes | Fault]], list[Fault]]:
    """Return every child's path and what it loads, and every fault there is."""
    members: list[tuple[str, bytes | Fault]] = []
    faults = list(reading.faults)
    for child in reading.children() if reading.children else ():
        if isinstance(child, Child):
            path = f"{child.folder}/{child.name}" if child.folder else child.name
            members.append((path, child.load()))
        else:
            faults.append(child)
    return members, faults


def source(data: bytes) -> InMemory:
    """Return bytes as a source."""
    return InMemory(data)
