"""What was delivered: folders of one volume or of several, and archives of them, unpacked to look.

A delivery is often a parent folder, or a zip file under a password. An archive is unpacked into a
folder of its own, member by member and within limits; a name that would leave that folder, data
that grows beyond measure or a member that cannot be read is a refusal, never half a volume.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from forthwith.check.volume import VolumeUnreadableError, is_paper
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    Budget,
    ByteSource,
    Child,
    Fault,
    FaultReason,
    Hint,
    Limits,
)
from forthwith.formats import readers
from forthwith.formats.archives.inflate import BrokenDataError
from forthwith.formats.archives.zip_data import streamed
from forthwith.formats.archives.zip_directory import find_directory
from forthwith.formats.sniff import media_type as sniff
from forthwith.parcels.parts import JoinedFile, joined_name

#: Folders that hold the load files of a volume, whose parent is the volume.
_BESIDE = re.compile(
    r"(?:\d+[_ -]*)?(?:data|load[_ -]?files?|load|dat|index|metadata)", re.IGNORECASE
)
#: Folders of a volume's files: what looks like a load file there is a document.
_FILES = re.compile(
    r"(?:natives?|texts?|images?|ocr|tiffs?|pdfs?|edocs|full[_ -]?text)[_ -]?\d*", re.IGNORECASE
)
#: Folders down from the one that was given in which volumes are looked for.
_DEEPEST = 4
#: What a delivery may unpack to: nobody sends a larger one in one archive.
#: A larger member than the first is unpacked piece by piece from a zip file, and else refused.
_LIMITS = Limits(item_bytes=2 * 2**30, expanded_bytes=256 * 2**30, ratio=1_000, children=10_000_000)
_NUMBER = re.compile(r"(\d+)")


class ArchiveRefusedError(VolumeUnreadableError):
    """An archive cannot be unpacked, or must not be."""

    def __init__(self, name: str, why: str, cure: str) -> None:
        super().__init__(f"{name} was not unpacked: {why}. {cure}")


def volumes_in(place: Path) -> list[Path]:
    """Return the folders of the volumes that lie in a folder, in the order of their names.

    That is the folder itself where it is one volume, or where it holds none that could be told.
    """
    roots: dict[Path, None] = {}
    for path in _load_files(place, 0):
        folder = path.parent
        beside = folder != place and _BESIDE.fullmatch(folder.name)
        roots.setdefault(folder.parent if beside else folder)
    inside = [root for root in roots if not any(_above(other, root) for other in roots)]
    if len(inside) < 2 or place in inside:
        return [place]
    return sorted(inside, key=lambda root: _natural(root.relative_to(place).as_posix()))


def _above(folder: Path, other: Path) -> bool:
    return folder != other and folder in other.parents


def _natural(text: str) -> list[tuple[int, str]]:
    """Return a key that sorts VOL2 before VOL10."""
    parts = _NUMBER.split(text.casefold())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _load_files(folder: Path, depth: int) -> list[Path]:
    """Return the data load files in a folder and below it; a DAT or, where there is none, a CSV."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return []
    # A link is no load file and no folder, wherever it leads.
    entries = [entry for entry in entries if not entry.is_symlink()]
    files = [entry for entry in entries if entry.is_file() and not is_paper(entry.name)]
    found = [entry for entry in files if entry.suffix.lower() == ".dat"]
    for entry in entries if depth < _DEEPEST else ():
        if entry.is_dir() and not _FILES.fullmatch(entry.name):
            found += _load_files(entry, depth + 1)
    return found


def is_archive(*parts: Path) -> bool:
    """Return True for a file, or one in parts, that is an archive by what is in it."""
    if not all(path.is_file() for path in parts):
        return False
    with JoinedFile(*(path.resolve() for path in parts)) as source:
        return sniff.media_type(source, joined_name(parts[0].name)) in _ARCHIVES


def is_locked(*parts: Path) -> bool:
    """Return True for a zip file with a member that only a password opens."""
    with JoinedFile(*(path.resolve() for path in parts)) as source:
        directory = find_directory(source) if source.read(0, 2) == b"PK" else None
        return directory is not None and any(entry.encrypted for entry in directory.entries())


_COMPRESSED = frozenset(
    {"application/gzip", "application/x-bzip2", "application/x-xz", "application/zstd"}
)
_ARCHIVES = _COMPRESSED | {
    "application/zip", "application/x-tar", "application/x-7z-compressed", "application/vnd.rar",
}  # fmt: skip


def unpack(parts: Sequence[Path], into: Path, passwords: Sequence[str] = ()) -> tuple[str, ...]:
    """Unpack an archive, or one in parts, into an empty folder.

    Returns of each link and device in it what it is: those are not unpacked. Raises
    ArchiveRefusedError.
    """
    name = joined_name(parts[0].name)
    hint = Hint(name, budget=Budget(_LIMITS), passwords=tuple(passwords))
    try:
        return tuple(_unpack(parts, name, into, hint).values())
    except OSError as error:
        raise ArchiveRefusedError(
            name, error.strerror or str(error), "Unpack it by hand, and check the folder."
        ) from error


def _unpack(parts: Sequence[Path], name: str, into: Path, hint: Hint) -> dict[str, str]:
    # By the step of each: of a link some archives give the target too, as if it were its content.
    irregular = dict[str, str]()
    written = dict[str, Path]()
    own = joined_name(parts[0].name)
    with JoinedFile(*(path.resolve() for path in parts)) as source:
        media_type = sniff.media_type(source, own)
        hint = replace(hint, name=own, media_type=media_type)
        try:
            reading = readers.read(source, hint)
        except UnreadableError as error:
            raise _refused(name, error.fault) from error
        for fault in reading.faults:
            _stop(name, fault)
        large = _large(source, hint) if media_type == "application/zip" else {}
        for child in reading.children() if reading.children is not None else ():
            if isinstance(child, Fault) and _IRREGULAR.search(child.detail):
                irregular[child.step] = child.detail
            elif isinstance(child, Fault):
                _stop(name, child)
            elif not child.folder.startswith(_RESOURCE_FORKS):
                written[child.step] = _write(child, name, into, large.get(child.step))
        for step in written.keys() & irregular.keys():
            written[step].unlink()
    if media_type in _COMPRESSED:
        [inner] = into.iterdir()
        if is_archive(inner):
            packed = inner.rename(into.with_name(f"{into.name}.packed"))
            irregular |= _unpack((packed,), name, into, hint)
            packed.unlink()
    return irregular


#: What the readers of archives say of members that are no files.
_IRREGULAR = re.compile(r"' is a (?:link\b.*not followed|device or pipe)", re.DOTALL)
#: What Macs put beside the files they pack.
_RESOURCE_FORKS = "__MACOSX"


def _large(source: ByteSource, hint: Hint) -> dict[str, Iterator[bytes]]:
    """Return, by step, the members of a zip file that are not taken into memory at once."""
    directory = find_directory(source)
    return {
        entry.step: streamed(source, entry, hint)
        for entry in (directory.entries() if directory is not None else ())
        if entry.size > _LIMITS.item_bytes
    }


def _write(child: Child, name: str, into: Path, pieces: Iterator[bytes] | None = None) -> Path:
    """Write one member where its name says, inside `into` whatever that is."""
    target = into.joinpath(*[part for part in child.folder.split("/") if part], child.name or "_")
    data = child.load() if pieces is None else None
    if isinstance(data, Fault):
        raise _refused(name, data)
    if target.exists():
        raise ArchiveRefusedError(
            name, f"two of its members are called {child.name!r}", "Ask for it packed again."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        try:
            for piece in [data] if data is not None else pieces or ():
                file.write(piece)
        except BrokenDataError as error:
            raise _refused(name, error.fault) from error
    return target


#: Faults that take nothing away: what programs write otherwise than the format has it, and that
#: a password opened it.
_HARMLESS = frozenset({FaultReason.DISAGREEMENT, FaultReason.UNSUPPORTED, FaultReason.OPENED})


def _stop(name: str, fault: Fault) -> None:
    """Refuse what is hostile or not whole. Names with backslashes are only Windows'."""
    windows = fault.reason is FaultReason.UNSAFE_NAME and "holds a backslash" in fault.detail
    shared = "share the same bytes" in fault.detail
    if shared or not (windows or (fault.reason in _HARMLESS and not fault.lost)):
        raise _refused(name, fault)


def _refused(name: str, fault: Fault) -> ArchiveRefusedError:
    if fault.reason is FaultReason.ENCRYPTED:
        cure = "Give a file of passwords with --password-file, one a line."
    elif fault.reason in {FaultReason.TOO_LARGE, FaultReason.TOO_MANY, FaultReason.UNSAFE_NAME}:
        cure = "Unpack it by hand where it can do no harm, and check the folder."
    else:
        cure = "Ask for it again, or unpack it by hand and check the folder."
    # What was kept of a broken member is thrown away here.
    why = fault.detail.partition("; the first ")[0]
    return ArchiveRefusedError(name, why.rstrip("."), cure)
