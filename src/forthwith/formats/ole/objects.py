"""Unwrap objects embedded in office files: the file inside an OLE wrapper, with its real name.

Word, Excel, PowerPoint and RTF all keep embedded files this way ([MS-OLEDS] 2.3.6). What is itself
an OLE document (an embedded workbook) stays whole: its own reader takes it.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import olefile

from forthwith.formats.ole.writer import Storage, written

Ole: TypeAlias = "olefile.OleFileIO[Any]"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: What olefile raises on hostile bytes, measured by mutation.
OLE_ERRORS = (
    OSError,
    ValueError,
    IndexError,
    struct.error,
    KeyError,
    TypeError,
    OverflowError,
    AttributeError,
    UnicodeError,
    RecursionError,
    MemoryError,
)
#: Streams that hold a whole file as it was; the first found is the object.
_WHOLE = ("Package", "CONTENTS", "EmbeddedOdf", "package_stream")
_DOCUMENTS = {
    "worddocument": ".doc", "workbook": ".xls", "book": ".xls", "powerpoint document": ".ppt",
    "__properties_version1.0": ".msg", "visiodocument": ".vsd",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class EmbeddedFile:
    """One embedded file."""

    #: As the wrapper names it; "" when it does not.
    name: str
    data: bytes


def unwrap(data: bytes, name: str) -> EmbeddedFile:
    """Return the file inside an OLE object, or the object itself when it holds none."""
    if not data.startswith(OLE_MAGIC):
        return EmbeddedFile(name, data)
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            return _inside(ole, data, name)
    except OLE_ERRORS:
        return EmbeddedFile(name, data)


def _inside(ole: Ole, data: bytes, name: str) -> EmbeddedFile:
    if ole.exists("\x01Ole10Native"):
        return native(ole.openstream("\x01Ole10Native").read(), name)
    for stream in _WHOLE:
        if ole.exists(stream) and (content := ole.openstream(stream).read()):
            return EmbeddedFile(name, content)
    top = {entry[0].lower() for entry in ole.listdir()}
    stem = name.rsplit(".", 1)[0]
    for stream, suffix in _DOCUMENTS.items():
        if stream in top:
            return EmbeddedFile(stem + suffix if name.endswith(".bin") else name, data)
    return EmbeddedFile(name, data)


def native(stream: bytes, name: str) -> EmbeddedFile:
    """Return the file of an Ole10Native stream ([MS-OLEDS] 2.3.6), its own name when it has one."""
    if len(stream) < 4:
        return EmbeddedFile(name, stream)
    body = stream[4:]
    packaged = _packaged(body)
    if packaged is not None:
        return packaged
    length = int.from_bytes(stream[:4], "little")
    return EmbeddedFile(name, body[:length] if length <= len(body) else body)


def _packaged(body: bytes) -> EmbeddedFile | None:
    """Read the Packager layout: flags, label, source path, temporary path, then the file."""
    if body[:2] != b"\x02\x00":
        return None
    label, at = _string(body, 2)
    source, at = _string(body, at)
    at += 4
    skip = int.from_bytes(body[at : at + 4], "little")
    at += 4 + skip
    length = int.from_bytes(body[at : at + 4], "little")
    at += 4
    if at > len(body) or length > len(body) - at:
        return None
    name = _wide_label(body, at + length) or label or source
    return EmbeddedFile(name.replace("\\", "/").rsplit("/", 1)[-1], body[at : at + length])


def _wide_label(body: bytes, at: int) -> str:
    """Return the label in UTF-16 that newer programs write after the file; "" when absent."""
    for _ in range(2):
        count = int.from_bytes(body[at : at + 4], "little")
        if not 0 < count < 1024 or at + 4 + 2 * count > len(body):
            return ""
        text = body[at + 4 : at + 4 + 2 * count].decode("utf-16-le", "replace")
        at += 4 + 2 * count
    return text


def _string(body: bytes, at: int) -> tuple[str, int]:
    end = body.find(b"\0", at, at + 1024)
    end = len(body) if end < 0 else end
    return body[at:end].decode("cp1252", "replace"), end + 1


def compound(streams: Mapping[tuple[str, ...], bytes]) -> bytes:
    """Return an OLE file of streams by path: a storage of one file as a file of its own."""
    tree: dict[str, Any] = {}
    for path, data in streams.items():
        at = tree
        for part in path[:-1]:
            folder = at.setdefault(part, {})
            at = folder if isinstance(folder, dict) else {}
        at.setdefault(path[-1], data)
    return written(_storage(tree))


def _storage(tree: Mapping[str, Any]) -> Storage:
    """Turn nested dicts into storages; depth is bounded by the path lengths of the source."""
    entries = {
        name: _storage(entry) if isinstance(entry, dict) else entry for name, entry in tree.items()
    }
    return Storage(entries)


def storages(ole: Ole) -> Iterator[tuple[str, bytes]]:
    """Yield (path, bytes) of each Ole10Native stream anywhere in the file."""
    for entry in ole.listdir():
        if entry[-1] == "\x01Ole10Native":
            yield "/".join(entry), ole.openstream(entry).read()
