"""Which files are set aside: leavings of systems, by name and content; known files, by digest.

A name alone sets nothing aside: a report somebody called Thumbs.db is a document. Nor is anything
taken out of a document: an attachment stays with its mail, whatever it is. What was numbered and
produced stays a document as well. An empty file is set aside only where its name says what it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from forthwith.domain.errors import ForthwithError
from forthwith.plain import csv_cells

#: Files longer than this are no leavings, save caches of thumbnails, which may be long.
LONGEST = 64 << 20
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CATALOG = "Catalog".encode("utf-16-le")
_CACHED = re.compile(rb"(?:[0-9]\0){2,4}_\0(?:[0-9a-f]\0){8,16}")
#: Streams of real documents in the same kind of file.
_DOCUMENTS = tuple(
    name.encode("utf-16-le")
    for name in ("WordDocument", "Workbook", "PowerPoint Document", "__properties_version1.0")
)
_SECTION = re.compile(r"\[(?:\.ShellClassInfo|ViewState|LocalizedFileNames|DeleteOnCopy|"
                      r"\{[0-9A-Fa-f-]{36}\}(?:\.[A-Za-z.]+)?)\]", re.IGNORECASE)  # fmt: skip
_SETTING = re.compile(r"[^=\[\]]{1,200}=.*")
_GUID = re.compile(rb"\{?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?")
#: Word's lock is 162 bytes, that of Excel and PowerPoint 165; a name has at most 54 letters.
_LOCKS, _OWNER = (162, 165), 54
_APPLE_DOUBLE = b"\x00\x05\x16\x07\x00\x02\x00\x00"
#: Resource forks as long as this may hold something; the usual one is blank and 286 bytes long.
_FORK = 512


def _thumbnails(data: bytes) -> bool:
    shown = _CATALOG in data or _CACHED.search(data) is not None
    return data.startswith(_OLE) and shown and not any(name in data for name in _DOCUMENTS)


def _folder_settings(data: bytes) -> bool:
    """Say whether a text is a desktop.ini: sections of the shell's own and settings, no more."""
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = data.decode("utf-16" if wide else "latin-1", "replace").lstrip(
        "\ufeff\u00ef\u00bb\u00bf"
    )
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or _SECTION.fullmatch(lines[0]) is None:
        return False
    return all(
        line.startswith(";") or _SECTION.fullmatch(line) or _SETTING.fullmatch(line)
        for line in lines
    )


def _owner_lock(data: bytes) -> bool:
    """Say whether bytes are the lock an open Office file has beside it: its owner's name."""
    if len(data) not in _LOCKS or not 0 < data[0] <= _OWNER:
        return False
    name, rest = data[1 : 1 + data[0]], data[1 + data[0] : 55]
    return all(byte >= 32 for byte in name) and not rest.strip(b" \0")


def _libre_lock(data: bytes) -> bool:
    return len(data) < 2000 and data.rstrip().endswith(b";") and data.count(b",") == 4


def _apple_double(data: bytes) -> bool:
    """Say whether bytes are AppleDouble (RFC 1740, appendix B) and its resource fork is blank."""
    if not data.startswith(_APPLE_DOUBLE) or len(data) < 26:
        return False
    for place in range(int.from_bytes(data[24:26], "big")):
        entry = data[26 + 12 * place : 38 + 12 * place]
        if len(entry) < 12:
            return False
        kind, length = int.from_bytes(entry[:4], "big"), int.from_bytes(entry[8:], "big")
        if kind == 1 or (kind == 2 and length > _FORK):
            return False
    return True


def _empty(data: bytes) -> bool:
    return not data


def _guid(data: bytes) -> bool:
    return _GUID.fullmatch(data.replace(b"\0", b"").strip()) is not None


#: The name a system gives, what its content must be, and what the file is.
_SYSTEM: tuple[tuple[re.Pattern[str], Callable[[bytes], bool], str], ...] = tuple(
    (re.compile(name, re.IGNORECASE | re.DOTALL), holds, what)
    for name, holds, what in (
        (r"(?:eh)?thumbs(?:_vista)?\.db", _thumbnails, "Windows' thumbnails of a folder"),
        (r"thumbcache_[0-9a-z_]+\.db", lambda data: data[:4] == b"CMMM", "Windows' thumbnails"),
        (r"thumbs\.db:encryptable", _empty, "Windows' mark on thumbnails"),
        (r"\.ds_store", lambda data: data[:8] == b"\0\0\0\1Bud1", "macOS' view of a folder"),
        (r"desktop\.ini", _folder_settings, "Windows' settings of a folder"),
        (r"~\$.*", _owner_lock, "Office's lock on an open file"),
        (r"\.~lock\..*#", _libre_lock, "LibreOffice's lock on an open file"),
        (r"\._.*", _apple_double, "macOS' attributes of another file (AppleDouble)"),
        (r"\.localized", _empty, "macOS' mark on a folder's name"),
        (r"icon[\r\n\uf00d]|icon\\x0d", _empty, "macOS' icon of a folder"),
        (r"fseventsd-uuid", _guid, "macOS' log of a disk"),
        (r"indexervolumeguid", _guid, "Windows' index of a disk"),
    )
)


#: All names at once: asked of every file of a matter.
_NAMES = re.compile("|".join(f"(?:{p.pattern})" for p, _, _ in _SYSTEM), re.IGNORECASE | re.DOTALL)


def may_be_system(name: str) -> bool:
    """Say whether a file's name is one that a system gives its own files."""
    return _NAMES.fullmatch(name) is not None


def system_file(name: str, data: bytes) -> str:
    """Return what a file of a system is, by its name and its content; "" for any other."""
    for pattern, holds, what in _SYSTEM:
        if pattern.fullmatch(name) and holds(data):
            return what
    return ""


# Known files


class KnownFilesError(ForthwithError):
    """A list of known files cannot be used."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"{path}: {why}; nothing was set aside by it. It is a text with a digest (MD5, SHA-1 "
            'or SHA-256) on each line, or a CSV whose header names "MD5", "SHA-1" or '
            '"SHA-256", as the NSRL\'s NSRLFile.txt.'
        )


_DIGEST = re.compile(
    r"(?<![0-9A-Fa-f])([0-9A-Fa-f]{64}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{32})(?![0-9A-Fa-f])"
)
_HEADS = {"md5": 32, "sha1": 40, "sha256": 64}


@dataclass(frozen=True, slots=True)
class KnownList:
    """What a list of known files has of the files of a matter."""

    entries: int
    #: SHA-256 of each file of the matter that the list has.
    matched: frozenset[str]


def known_files(path: Path, ours: Mapping[str, str]) -> KnownList:
    """Read a list line by line; `ours` is each digest of the matter's files to their SHA-256.

    Raises KnownFilesError.
    """
    entries = 0
    matched: set[str] = set()
    try:
        with path.open("rb") as file:
            if file.read(16) == b"SQLite format 3\0":
                raise KnownFilesError(path, "it is a database; write its digests out as a text")
            file.seek(0)
            wide = file.read(2) in (b"\xff\xfe", b"\xfe\xff")
        columns: tuple[int, ...] = ()
        encoding = "utf-16" if wide else "utf-8-sig"
        with path.open(encoding=encoding, errors="replace") as text:
            for number, line in enumerate(raw.replace("\0", "") for raw in text):
                if not number and (columns := _columns(line)):
                    continue
                digests = list(_digests(line, columns))
                entries += bool(digests)
                matched.update(ours[digest] for digest in digests if digest in ours)
    except OSError as refused:
        raise KnownFilesError(path, (refused.strerror or "no such file").lower()) from refused
    if not entries:
        raise KnownFilesError(path, "no line of it has a digest")
    return KnownList(entries, frozenset(matched))


def _columns(header: str) -> tuple[int, ...]:
    """Return the places of the digests in a CSV with a header; () where the first line is none."""
    heads = [re.sub(r"\W", "", cell).casefold() for cell in header.split(",")]
    return tuple(place for place, head in enumerate(heads) if head in _HEADS)


def _digests(line: str, columns: Collection[int]) -> Iterator[str]:
    """Yield the digests of a line: those of the columns, or the first of a line without any."""
    # Most names hold no quotation mark and no comma, and lists are long.
    cells = next(csv_cells.reader([line]), []) if columns and '"' in line else line.split(",")
    for place in columns or (0,):
        whole = cells[place] if columns and place < len(cells) else "" if columns else line
        shape = _DIGEST.search(whole)
        if shape is not None:
            yield shape[1].lower()
