"""The directory of a zip file, entry by entry, whatever else is wrong with the file.

The standard library's `zipfile` takes a whole directory or nothing, and believes it. Here each
entry stands alone: a bad one costs itself, entries are compared with the headers before their data,
and members the directory does not name are found by those headers. Nothing is decompressed here.
APPNOTE = PKWARE .ZIP File Format Specification 6.3.10.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from forthwith.domain.evidence import ByteSource, Fault, FaultReason
from forthwith.formats.archives.members import text_of
from forthwith.plain.name_charset import name_charset, name_of

LOCAL_MARK = b"PK\x03\x04"
CENTRAL_MARK = b"PK\x01\x02"
END_MARK = b"PK\x05\x06"
LOCAL = struct.Struct("<4s5H3I2H")
CENTRAL = struct.Struct("<4s4B4H3I5H2I")
END = struct.Struct("<4s4H2IH")
_WIDE_LOCATOR = struct.Struct("<4sIQI")
_WIDE_END = struct.Struct("<4sQ2H2I4Q")
_WIDE32 = 0xFFFFFFFF
#: Looked at for the end mark: its own length and the longest comment (APPNOTE 4.3.16).
_TAIL = END.size + 0xFFFF
_CHUNK = 2**20
#: Names from which the charset of an archive is guessed.
_MOST_NAMES = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """One member as a header describes it."""

    #: "member:INDEX" by place in the directory, "offset:N" for one found by its local header.
    step: str
    path: str
    flags: int
    method: int
    crc: int
    stored: int
    size: int
    #: Of its local header, from the start of the source.
    offset: int
    dos_time: int
    dos_date: int
    #: Unix mode where a Unix system wrote it, else 0.
    mode: int = 0
    extra: bytes = b""
    #: The name as it stands, and the charset guessed for it; "" where the archive tells its own.
    raw: bytes = b""
    guessed: str = ""

    @property
    def encrypted(self) -> bool:
        """True when its data needs a password or certificate."""
        return bool(self.flags & 0x2041)

    @property
    def is_folder(self) -> bool:
        """True for a directory entry. One that holds data is a member, whatever its name says."""
        return self.path.endswith("/") and not self.size and self.stored <= 2

    @property
    def is_link(self) -> bool:
        """True for a symbolic link."""
        return self.mode & 0o170000 == 0o120000


@dataclass(frozen=True, slots=True)
class Directory:
    """The central directory of one zip file, still packed."""

    data: bytes
    #: Entries the end record promises.
    promised: int
    #: Bytes before the archive (a program, a mail header); offsets count from after them.
    shift: int
    #: Where the directory lies in the source.
    start: int
    end: int
    faults: tuple[Fault, ...] = ()
    #: The charset that explains best the names whose own the archive does not tell; "" for none.
    favoured: str = ""

    def entries(self) -> Iterator[Entry]:
        """Yield entries until the data ends or stops being entries."""
        at, index = 0, 0
        while self.data[at : at + 4] == CENTRAL_MARK and at + CENTRAL.size <= len(self.data):
            head = CENTRAL.unpack_from(self.data, at)
            name, extra, comment = head[12:15]
            if (name_at := at + CENTRAL.size) + name > len(self.data):
                return
            raw = self.data[name_at : name_at + name]
            extras = self.data[name_at + name : name_at + name + extra]
            yield _central_entry(head, raw, extras, index, self.shift, self.favoured)
            at = name_at + name + extra + comment
            index += 1


def find_directory(source: ByteSource) -> Directory | None:
    """Locate the central directory from the end of the file; None when there is none."""
    start = max(0, source.size - _TAIL)
    tail = source.read(start, source.size - start)
    at = tail.rfind(END_MARK)
    while at >= 0:
        if (directory := _directory_at(source, start + at)) is not None:
            return directory
        at = tail.rfind(END_MARK, 0, at)
    return _far_from_the_end(source, start)


def _far_from_the_end(source: ByteSource, below: int) -> Directory | None:
    """Look for the end mark in all the rest, last first: much may be appended to an archive."""
    while below > 0:
        start = max(0, below - _CHUNK)
        piece = source.read(start, below - start + 3)
        at = piece.rfind(END_MARK)
        while at >= 0:
            if (directory := _directory_at(source, start + at)) is not None:
                return directory
            at = piece.rfind(END_MARK, 0, at)
        below = start
    return None


def _directory_at(source: ByteSource, end: int) -> Directory | None:
    """Read the directory whose end record is at `end`; None when none stands before it."""
    record = source.read(end, END.size)
    if len(record) < END.size:
        return None
    _, disk, first_disk, _, promised, length, offset, comment = END.unpack(record)
    stop = end
    if (wide := _wide_end(source, end)) is not None:
        promised, length, offset, stop = wide
    faults = [*_volume_fault(disk, first_disk), *_after(source, end + END.size + comment)]
    for start in (stop - length, offset):
        if start >= 0 and length and source.read(start, 4) == CENTRAL_MARK:
            data = source.read(start, min(length, stop - start))
            favoured = name_charset(islice(_untold(data), _MOST_NAMES))
            return Directory(data, promised, start - offset, start, end, tuple(faults), favoured)
    if promised or length:
        return None
    return Directory(b"", 0, max(0, stop - offset), stop, end, tuple(faults))


def _untold(directory: bytes) -> Iterator[bytes]:
    """Yield names that are not ASCII and whose charset the archive does not tell."""
    at = 0
    while directory[at : at + 4] == CENTRAL_MARK and at + CENTRAL.size <= len(directory):
        head = CENTRAL.unpack_from(directory, at)
        name_at = at + CENTRAL.size
        raw = directory[name_at : name_at + head[12]]
        if not raw.isascii() and not head[5] & 0x800:
            yield raw
        at = name_at + sum(head[12:15])


def _wide_end(source: ByteSource, end: int) -> tuple[int, int, int, int] | None:
    """Return count, length, offset and place of the zip64 end record (APPNOTE 4.3.14, 4.3.15)."""
    locator = source.read(max(0, end - _WIDE_LOCATOR.size), _WIDE_LOCATOR.size)
    if not locator.startswith(b"PK\x06\x07") or len(locator) < _WIDE_LOCATOR.size:
        return None
    stated = _WIDE_LOCATOR.unpack(locator)[2]
    for place in (stated, end - _WIDE_LOCATOR.size - _WIDE_END.size):
        record = source.read(place, _WIDE_END.size) if 0 <= place < end else b""
        if record.startswith(b"PK\x06\x06") and len(record) == _WIDE_END.size:
            fields = _WIDE_END.unpack(record)
            return fields[7], fields[8], fields[9], place
    return None


def _volume_fault(disk: int, first_disk: int) -> list[Fault]:
    if disk in (0, 0xFFFF) and first_disk in (0, 0xFFFF):
        return []
    detail = f"is the last of {disk + 1} volumes; members on the others cannot be read without them"
    return [Fault(FaultReason.MISSING, detail)]


def _after(source: ByteSource, end: int) -> list[Fault]:
    if source.size <= end:
        return []
    return [
        Fault(FaultReason.DISAGREEMENT, f"{source.size - end:,} bytes follow the archive's end")
    ]


def _central_entry(
    head: tuple[int, ...], raw: bytes, extra: bytes, index: int, shift: int, favoured: str
) -> Entry:
    system, flags, method, dos_time, dos_date = head[2], *head[5:9]
    crc, stored, size = head[9:12]
    offset = head[18]
    if _WIDE32 in (size, stored, offset):
        size, stored, offset = _wide_sizes(extra, size, stored, offset)
    mode = head[17] >> 16 if system == 3 else 0
    path, guessed = _path(raw, flags, extra, favoured)
    if system == 0 and head[17] & 0x10 and path.endswith("\\"):
        path = path[:-1] + "/"
    return Entry(
        f"member:{index}",
        path,
        flags,
        method,
        crc,
        stored,
        size,
        offset + shift,
        dos_time,
        dos_date,
        mode,
        extra,
        raw,
        guessed,
    )


def extra_field(extra: bytes, identifier: int) -> bytes | None:
    """Return the data of one extra field (APPNOTE 4.5); None when there is none."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == identifier:
            return extra[at + 4 : at + 4 + length]
        at += 4 + length
    return None


def _wide_sizes(extra: bytes, *narrow: int) -> tuple[int, int, int]:
    """Replace each size that says "see zip64" by the next 64-bit number there (APPNOTE 4.5.3)."""
    wide = extra_field(extra, 1) or b""
    sizes, at = [], 0
    for value in narrow:
        if value == _WIDE32 and at + 8 <= len(wide):
            sizes.append(int.from_bytes(wide[at : at + 8], "little"))
            at += 8
        else:
            sizes.append(value)
    return sizes[0], sizes[1], sizes[2]


def _path(raw: bytes, flags: int, extra: bytes, favoured: str = "") -> tuple[str, str]:
    """Decode a name: Info-ZIP's Unicode path (APPNOTE 4.6.9), flag 11, else by its looks.

    Returns the charset guessed as well. The format's own (code page 437) is what few programs
    write: they use the code page of their country.
    """
    unicode_path = extra_field(extra, 0x7075) or b""
    if len(unicode_path) > 5 and int.from_bytes(unicode_path[1:5], "little") == zlib.crc32(raw):
        return text_of(unicode_path[5:], "latin-1"), ""
    return (text_of(raw, "latin-1"), "") if flags & 0x800 else name_of(raw, favoured)


@dataclass(frozen=True, slots=True)
class LocalHeader:
    """The header right before a member's data."""

    entry: Entry
    #: Where its data starts.
    data: int


def local_header(source: ByteSource, offset: int) -> LocalHeader | None:
    """Read the local header at `offset`; None when there is none."""
    record = source.read(offset, LOCAL.size) if offset >= 0 else b""
    if not record.startswith(LOCAL_MARK) or len(record) < LOCAL.size:
        return None
    _, _, flags, method, dos_time, dos_date, crc, stored, size, name, extra = LOCAL.unpack(record)
    rest = source.read(offset + LOCAL.size, name + extra)
    extras = rest[name:]
    if _WIDE32 in (stored, size):
        size, stored, _ = _wide_sizes(extras, size, stored, 0)
    path, guessed = _path(rest[:name], flags, extras)
    entry = Entry(
        f"offset:{offset}",
        path,
        flags,
        method,
        crc,
        stored,
        size,
        offset,
        dos_time,
        dos_date,
        extra=extras,
        raw=rest[:name],
        guessed=guessed,
    )
    return LocalHeader(entry, offset + LOCAL.size + name + extra)


def local_entries(source: ByteSource, start: int, stop: int) -> Iterator[Entry]:
    """Find members between `start` and `stop` by their local headers alone."""
    at = find_mark(source, LOCAL_MARK, start, stop)
    while at is not None:
        header = local_header(source, at)
        if header is None or not _plausible(header.entry):
            at = find_mark(source, LOCAL_MARK, at + 4, stop)
            continue
        entry, end = header.entry, _end_of_data(source, header, stop)
        yield replace(entry, stored=max(0, end - header.data)) if entry.flags & 8 else entry
        at = find_mark(source, LOCAL_MARK, end, stop)


def _plausible(entry: Entry) -> bool:
    return bool(entry.path) and entry.method <= 99 and not entry.path.startswith("\0")


def _end_of_data(source: ByteSource, header: LocalHeader, stop: int) -> int:
    """Return where a member's data ends: as stated, or at the next mark when sizes follow it."""
    entry = header.entry
    if not entry.flags & 8 and header.data + entry.stored <= stop:
        return header.data + entry.stored
    marks = (LOCAL_MARK, CENTRAL_MARK) if entry.flags & 8 else (CENTRAL_MARK,)
    places = [find_mark(source, mark, header.data, stop) for mark in marks]
    return min((at for at in places if at is not None), default=stop)


def find_mark(source: ByteSource, mark: bytes, start: int, stop: int) -> int | None:
    """Return the first place of `mark` in a range of the source."""
    while start < stop:
        piece = source.read(start, min(_CHUNK, stop - start) + len(mark) - 1)
        if (at := piece.find(mark)) >= 0 and start + at < stop:
            return start + at
        if len(piece) < len(mark):
            return None
        start += max(1, len(piece) - len(mark) + 1)
    return None
