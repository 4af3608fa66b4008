"""Archives made in memory for tests, sound unless a test breaks them."""

from __future__ import annotations

import importlib
import io
import re
import struct
import tarfile
import zipfile
import zlib
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


#: Extra fields: WinZip's AES-256 around Deflate and around its JPEG method; PKWARE's strong
#: encryption, AES-256 for a certificate.
AES_DEFLATE = struct.pack("<2HH2sBH", 0x9901, 7, 2, b"AE", 3, 8)
AES_JPEG = struct.pack("<2HH2sBH", 0x9901, 7, 2, b"AE", 3, 96)
CERTIFICATE = struct.pack("<2H4H", 0x0017, 8, 2, 0x6610, 256, 2)


def one_member(method: int, flags: int, extra: bytes) -> bytes:
    """Return a zip file of one member with this method, flags and extra field."""
    data, name = b"data", b"f"
    rest = struct.pack(
        "<5H3I2H", 51, flags, method, 0, 33, zlib.crc32(data), len(data), len(data), 1, len(extra)
    )
    local = b"PK\x03\x04" + rest + name + extra + data
    central = b"PK\x01\x02\x33\x00" + rest + struct.pack("<3H2I", 0, 0, 0, 0, 0) + name + extra
    return local + central + struct.pack(
        "<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, len(central), len(local), 0
    )  # fmt: skip


def jpeg_under_aes() -> bytes:
    """Return what 7-Zip shows as "AES-256 Jpeg"."""
    return one_member(99, 1, AES_JPEG)


def for_a_certificate() -> bytes:
    """Return what 7-Zip shows as "pkAES-256-Cert Deflate"."""
    return one_member(8, 0x41, CERTIFICATE)


def by_ppmd(*names: str) -> bytes:
    """Return an archive that 7-Zip opens and many programs do not."""
    data = bytearray(zipped([(name, b"data") for name in names or ("f",)], zipfile.ZIP_STORED))
    for mark, method in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        for found in re.finditer(re.escape(mark), bytes(data)):
            struct.pack_into("<H", data, found.start() + method, 98)
    return bytes(data)
