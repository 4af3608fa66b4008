"""libarchive over a `ByteSource`: the formats and compressions the standard library lacks.

Only named formats and built-in filters are ever switched on: libarchive's "all" would run outside
programs for some filters and open files of this machine for mtree. Data goes from the source's
bytes to memory and nowhere else. What the members mean is the business of the readers that call.
"""

from __future__ import annotations

import ctypes
import functools
import importlib
import importlib.util
import io
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes.util import find_library
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forthwith.domain.evidence import ByteSource, Fault, FaultReason, InMemory
from forthwith.formats.archives.inflate import PIECE, BrokenDataError
from forthwith.formats.archives.members import text_of

_BLOCK = 64 * 1024
_WARN, _FAILED, _RETRY = -20, -25, -10
_TRIES = 8


@functools.cache
def library() -> Any:
    """Return libarchive-c's ffi module over the newest libarchive there is, or None."""
    if "LIBARCHIVE" not in os.environ:
        versions = [(number, path) for path in _candidates() if (number := _version(path))]
        if not versions:
            return None
        os.environ["LIBARCHIVE"] = max(versions)[1]
    try:
        return importlib.import_module("libarchive.ffi")
    except (ImportError, OSError, AttributeError, TypeError):
        return None


def _candidates() -> Iterator[str]:
    if (system := find_library("archive")) is not None:
        yield system
    carried = importlib.util.find_spec("extractcode_libarchive")
    if carried is not None and carried.origin:
        yield str(Path(carried.origin).with_name("lib") / "libarchive.so")


def _version(path: str) -> int:
    try:
        return int(ctypes.CDLL(path).archive_version_number())
    except (OSError, AttributeError):
        return 0


def no_tool(what: str) -> Fault:
    """Return the Fault of an item that only libarchive reads where there is none."""
    detail = f"{what} needs libarchive, which is not installed (pip install extractcode-libarchive)"
    return Fault(FaultReason.NO_TOOL, detail, lost=True)


class ArchiveError(Exception):
    """libarchive could not go on; the message is its own."""

    def __init__(self, message: str, *, fatal: bool) -> None:
        super().__init__(message)
        self.fatal = fatal


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """One entry as libarchive describes it."""

    index: int
    path: str
    #: Unix file type bits: 0o100000 a file, 0o040000 a folder, 0o120000 a link, 0 unknown.
    kind: int
    size: int | None
    modified: int | None
    #: What a hard or symbolic link points at; "" when it is none.
    link: str
    encrypted: bool


@functools.cache
def _unchecked(name: str) -> Any:
    """Return a function of libarchive with its types and no error check."""
    arguments = {
        "read_next_header2": [ctypes.c_void_p, ctypes.c_void_p],
        "read_data": [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t],
    }
    function = library().libarchive[f"archive_{name}"]
    function.argtypes, function.restype = arguments[name], ctypes.c_ssize_t
    if name == "read_next_header2":
        function.restype = ctypes.c_int
    return function


class Archive:
    """One archive being read from start to end. Made by `open_archive`."""

    def __init__(self, ffi: Any, pointer: Any) -> None:
        self._ffi = ffi
        self._pointer = pointer
        self._entry = ffi.entry_new()
        self._buffer = ctypes.create_string_buffer(PIECE)
        #: Of the entry whose data `pieces` would give.
        self.index = -1
        self._touched = True

    def close(self) -> None:
        """Free what libarchive holds for the entry."""
        self._ffi.entry_free(self._entry)

    def next(self) -> ArchiveEntry | None:
        """Move to the next entry; None at the end. Raises ArchiveError."""
        for _ in range(_TRIES):
            code = self._call("read_next_header2", self._entry)
            if code == 1:
                return None
            if code != _RETRY:
                break
        self.index += 1
        self._touched = False
        return self._described()

    def _call(self, name: str, *arguments: Any) -> int:
        """Call without libarchive-c's own check, which raises and logs in words of its own."""
        code = int(_unchecked(name)(self._pointer, *arguments))
        if code < _WARN:
            raise ArchiveError(self._message(), fatal=code < _FAILED)
        return code

    def _message(self) -> str:
        raw = self._ffi.error_string(self._pointer) or b"no reason given"
        return text_of(raw, "latin-1")

    def _described(self) -> ArchiveEntry:
        ffi, entry = self._ffi, self._entry
        link = self._name("hardlink") or self._name("symlink")
        size = ffi.entry_size(entry) if ffi.entry_size_is_set(entry) else None
        modified = ffi.entry_mtime(entry) if ffi.entry_mtime_is_set(entry) else None
        encrypted = bool(_flag(ffi, "entry_is_encrypted", entry))
        kind = ffi.entry_filetype(entry) & 0o170000
        return ArchiveEntry(
            self.index, self._name("pathname"), kind, size, modified, link, encrypted
        )

    def _name(self, what: str) -> str:
        try:
            if wide := getattr(self._ffi, f"entry_{what}_w")(self._entry):
                return str(wide)
        except ValueError:
            pass  # code points beyond Unicode
        return text_of(getattr(self._ffi, f"entry_{what}")(self._entry) or b"", "latin-1")

    def encrypted(self) -> bool:
        """Tell whether libarchive met encryption anywhere so far, names included."""
        return _flag(self._ffi, "read_has_encrypted_entries", self._pointer) == 1

    def pass_over(self) -> None:
        """Read past the entry's data if nobody did: libarchive's own skip loses its place in 7z."""
        try:
            for _ in self.pieces() if not self._touched else ():
                pass
        except BrokenDataError:
            pass  # the data was not wanted; the next header says whether reading can go on

    def pieces(self) -> Iterator[bytes]:
        """Yield the entry's data. Raises BrokenDataError."""
        self._touched = True
        while True:
            try:
                count = self._call("read_data", self._buffer, len(self._buffer))
            except ArchiveError as error:
                raise BrokenDataError(_broken(str(error), self.encrypted())) from error
            if count == 0:
                return
            if count < 0:
                raise BrokenDataError(_broken(self._message(), self.encrypted()))
            yield self._buffer.raw[:count]


def _flag(ffi: Any, name: str, pointer: Any) -> int:
    """Call a function of libarchive that libarchive-c does not declare."""
    function = getattr(ffi.libarchive, f"archive_{name}", None)
    if function is None:
        return 0
    function.argtypes, function.restype = [ctypes.c_void_p], ctypes.c_int
    return int(function(pointer))


def _broken(message: str, encrypted: bool) -> Fault:  # noqa: FBT001 - private, one caller's fact
    words = message.lower()
    if encrypted or "encrypt" in words or "passphrase" in words or "password" in words:
        return Fault(FaultReason.ENCRYPTED, f"is encrypted ({message})", lost=True)
    if "unsupported" in words or "not supported" in words:
        return Fault(FaultReason.UNSUPPORTED, f"libarchive does not read it ({message})", lost=True)
    if "truncated" in words or "end of file" in words or "end of data" in words:
        return Fault(FaultReason.TRUNCATED, f"the data ends too early ({message})", lost=True)
    return Fault(FaultReason.CORRUPT, f"the data is damaged ({message})", lost=True)


def fault_of(error: ArchiveError, archive: Archive | None) -> Fault:
    """Return the Fault an error of libarchive amounts to."""
    return _broken(str(error), archive.encrypted() if archive else False)


class _Callbacks:
    """The C functions by which libarchive asks for bytes; none may raise."""

    def __init__(self, ffi: Any, source: ByteSource) -> None:
        self._source = source
        self._at = 0
        self._buffer = ctypes.create_string_buffer(_BLOCK)
        self.read = ffi.READ_CALLBACK(self._read)
        self.seek = ffi.SEEK_CALLBACK(self._seek)

    def _read(self, _archive: Any, _context: Any, place: Any) -> int:
        try:
            data = self._source.read(self._at, _BLOCK)
        except OSError:
            return -1
        self._at += len(data)
        ctypes.memmove(self._buffer, data, len(data))
        place[0] = ctypes.addressof(self._buffer)
        return len(data)

    def _seek(self, _archive: Any, _context: Any, offset: int, whence: int) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at}.get(whence, self._source.size)
        self._at = max(0, min(self._source.size, base + offset))
        return self._at


@contextmanager
def open_archive(source: ByteSource, formats: tuple[str, ...], *filters: str) -> Iterator[Archive]:
    """Open `source` as one of `formats`. Raises ArchiveError; call only where `library()` is."""
    ffi = library()
    pointer = ffi.read_new()
    callbacks = _Callbacks(ffi, source)
    archive = Archive(ffi, pointer)
    try:
        _switch_on(ffi, pointer, formats, filters)
        ffi.read_set_seek_callback(pointer, callbacks.seek)
        _start(ffi, pointer, callbacks)
        yield archive
    finally:
        archive.close()
        ffi.libarchive.archive_read_free(ctypes.c_void_p(pointer))


_NO_READER = "unsupported: this libarchive was built without a reader for it"
#: Functions that give a version only when a filter's library is built in. Without it libarchive
#: would run a program of the machine instead.
_LIBRARIES = {
    "gzip": "zlib", "bzip2": "bzlib", "xz": "liblzma", "lzma": "liblzma", "lzip": "liblzma",
    "zstd": "libzstd", "lz4": "liblz4",
}  # fmt: skip


@functools.cache
def _built_in(name: str) -> bool:
    """Tell whether this libarchive decodes a filter itself."""
    if name not in _LIBRARIES:
        return name in ("compress", "rpm", "none")
    try:
        version = library().libarchive[f"archive_{_LIBRARIES[name]}_version"]
    except AttributeError:
        return False
    version.restype = ctypes.c_char_p
    return version() is not None


def _switch_on(ffi: Any, pointer: Any, formats: tuple[str, ...], filters: tuple[str, ...]) -> None:
    try:
        supported = [ffi.get_read_format_function(name)(pointer) >= 0 for name in formats]
        for name in filter(_built_in, filters):
            ffi.get_read_filter_function(name)(pointer)
    except (ValueError, importlib.import_module("libarchive").ArchiveError) as error:
        raise ArchiveError(_NO_READER, fatal=True) from error
    if not any(supported):
        raise ArchiveError(_NO_READER, fatal=True)


def _start(ffi: Any, pointer: Any, callbacks: _Callbacks) -> None:
    try:
        ffi.read_open(pointer, None, ffi.NO_OPEN_CB, callbacks.read, ffi.NO_CLOSE_CB)
    except importlib.import_module("libarchive").ArchiveError as error:
        raise ArchiveError(str(error.msg or "no reason given"), fatal=True) from error


def filtered(source: ByteSource, filter_name: str) -> Iterator[bytes]:
    """Yield what one compression (zstd, lz4, compress, lzip) holds. Raises BrokenDataError."""
    if library() is None or not _built_in(filter_name):
        raise BrokenDataError(no_tool(f"{filter_name} data"))
    try:
        with open_archive(source, ("raw", "empty"), filter_name) as archive:
            if archive.next() is not None:
                yield from archive.pieces()
    except ArchiveError as error:
        raise BrokenDataError(fault_of(error, None)) from error


def zip_member(
    stored: Iterator[bytes], method: int, crc: int, packed: int, size: int
) -> Iterator[bytes]:
    """Decode one zip member by a method the standard library lacks. Raises BrokenDataError.

    The member is handed over as a zip archive of its own, so that its place and the rest of the
    archive it came from do not matter.
    """
    if library() is None:
        raise BrokenDataError(no_tool(f"zip method {method}"))
    if packed > 2**31 or size > 2**32 - 2:
        raise BrokenDataError(Fault(FaultReason.TOO_LARGE, f"over 2 GiB in zip method {method}"))
    data = b"".join(stored)
    try:
        with open_archive(InMemory(_one_member_zip(data, method, crc, size)), ("zip",)) as archive:
            if archive.next() is not None:
                yield from archive.pieces()
    except ArchiveError as error:
        raise BrokenDataError(fault_of(error, None)) from error


def _one_member_zip(data: bytes, method: int, crc: int, size: int) -> bytes:
    rest = struct.pack("<5H3I2H", 63, 0, method, 0, 33, crc, len(data), size, 1, 0)
    local = b"PK\x03\x04" + rest + b"m" + data
    central = (
        b"PK\x01\x02" + struct.pack("<H", 63) + rest + struct.pack("<3H2I", 0, 0, 0, 0, 0) + b"m"
    )
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + end
