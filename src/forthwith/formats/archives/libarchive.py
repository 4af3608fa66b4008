"""Archives read through libarchive: 7z, rar, cab, cpio, ar, lzh, ISO images, xar, rpm, warc.

Members come in the archive's own order and only in that order; a step is the place in it. Kinds of
archives nobody here can open are refused by name, so that they are never taken for documents.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    Budget,
    ByteSource,
    Fault,
    FaultReason,
    Hint,
    InMemory,
    Kind,
    Reading,
)
from forthwith.formats.archives.inflate import MemberData, gather
from forthwith.formats.archives.libarchive_stream import (
    Archive,
    ArchiveEntry,
    ArchiveError,
    fault_of,
    library,
    no_tool,
    open_archive,
)
from forthwith.formats.archives.members import Member, children, modified_at
from forthwith.formats.archives.rar_7z_headers import (
    RAR,
    SEVEN_ZIP,
    archive_start,
    encrypted_members,
    volume_fault,
)
from forthwith.formats.archives.seven_zip_encryption import Encrypted7z
from forthwith.formats.bytes.passwords import Trial
from forthwith.formats.bytes.stream import Tail

#: libarchive's name of the format, and filters to switch on.
_FORMATS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "application/x-7z-compressed": (("7zip",), ()),
    "application/vnd.rar": (("rar", "rar5"), ()),
    "application/vnd.ms-cab-compressed": (("cab",), ()),
    "application/x-cpio": (("cpio",), ()),
    "application/x-archive": (("ar",), ()),
    "application/x-lzh": (("lha",), ()),
    "application/x-iso9660-image": (("iso9660",), ()),
    "application/x-xar": (("xar",), ()),
    "application/x-rpm": (("cpio",), ("rpm", "gzip", "bzip2", "xz", "lzma", "zstd")),
    "application/warc": (("warc",), ()),
}
_REFUSED = {
    "application/x-arj": "an ARJ archive",
    "application/x-ace-compressed": "an ACE archive",
    "application/x-stuffit": "a StuffIt archive",
    "application/x-zoo": "a Zoo archive",
    "application/x-alz-compressed": "an ALZip archive",
    "application/x-lrzip": "an lrzip file",
    "application/x-lzop": "an lzop file",
    "application/x-snappy-framed": "a Snappy file",
    "application/x-apple-diskimage": "a macOS disk image",
    "application/x-expert-witness": "an EnCase forensic image",
    "application/vnd.lotus-notes": "a Notes database",
    "application/x-outlook-express-dbx": "an Outlook Express mailbox",
}
MEDIA_TYPES = frozenset({*_FORMATS, *_REFUSED})

_FOLDER, _FILE, _LINK, _UNKNOWN = 0o040000, 0o100000, 0o120000, 0


def read(source: ByteSource, hint: Hint) -> Reading:
    """Open an archive at its first member. Raises UnreadableError when there is no way to."""
    if (what := _REFUSED.get(hint.media_type)) is not None:
        detail = f"is {what}, which no reader opens; its contents were not read"
        raise UnreadableError(Fault(FaultReason.UNSUPPORTED, detail, lost=True))
    source, note = _without_password(_without_program(source, hint), hint)
    volume = volume_fault(source, hint)
    try:
        _probe(source, hint, volume)
    except UnreadableError as error:
        if note is None or error.fault.reason is not FaultReason.ENCRYPTED:
            raise
        raise UnreadableError(replace(note, lost=True)) from error
    return Reading(
        Kind.CONTAINER,
        hint.media_type,
        faults=tuple(fault for fault in (volume, note) if fault is not None),
        children=lambda: children(_members(source, hint), hint),
    )


def open_step(source: ByteSource, step: str, hint: Hint) -> bytes | Fault:
    """Decode one member, "member:INDEX" in the archive's own order."""
    source, _ = _without_password(_without_program(source, hint), hint)
    for member in _members(source, hint):
        if isinstance(member, Member) and member.step == step:
            return member.unpack().data
    return Fault(FaultReason.MISSING, f"the archive has no member {step!r}", lost=True, step=step)


def _without_program(source: ByteSource, hint: Hint) -> ByteSource:
    """Return the archive alone when a self-extracting program stands before it."""
    if hint.media_type not in ("application/x-7z-compressed", "application/vnd.rar"):
        return source
    start = archive_start(source) if source.read(0, 6) not in (SEVEN_ZIP, RAR) else None
    return Tail(source, start[1]) if start is not None and start[0] == hint.media_type else source


def _without_password(source: ByteSource, hint: Hint) -> tuple[ByteSource, Fault | None]:
    """Return a 7z archive decrypted by a password of the hint, and what is to be said of it."""
    if not hint.passwords or hint.media_type != "application/x-7z-compressed":
        return source, None
    encrypted = Encrypted7z.of(source)
    if encrypted is None:
        return source, None
    if source.size > hint.budget.limits.item_bytes:
        detail = "is encrypted, and too large to be decrypted (limits.item_bytes in matter.toml)"
        return source, Fault(FaultReason.ENCRYPTED, detail)
    trial = Trial(hint)
    shut = _first_shut(source, hint)
    plain = encrypted.opened(trial, lambda whole: _is_whole(InMemory(whole), shut, hint))
    if plain is None:
        return source, Fault(FaultReason.ENCRYPTED, f"the archive is encrypted{trial.closed()}")
    what = "what came out of the archive is delivered without encryption"
    return InMemory(plain), trial.opened(what)


def _first_shut(source: ByteSource, hint: Hint) -> str:
    """Return the step of the first encrypted member; "" where not even the names can be read."""
    apart = replace(hint, budget=Budget(hint.budget.limits))
    for member in _members(source, apart):
        if isinstance(member, Fault):
            break
        data = member.unpack().data
        if isinstance(data, Fault) and data.reason is FaultReason.ENCRYPTED:
            return member.step
    return ""


def _is_whole(source: ByteSource, step: str, hint: Hint) -> bool:
    """Tell whether a member comes out whole, by its checksum; without a step, the first of all."""
    apart = replace(hint, budget=Budget(hint.budget.limits))
    for member in _members(source, apart):
        if isinstance(member, Fault):
            return False
        unpacked = member.unpack()
        if member.step == step or (not step and unpacked.data):
            return unpacked.trouble is None and not isinstance(unpacked.data, Fault)
    return not step


def _probe(source: ByteSource, hint: Hint, volume: Fault | None) -> None:
    """Raise UnreadableError when not even the first member can be reached."""
    if library() is None:
        raise UnreadableError(no_tool("this archive"))
    formats, filters = _FORMATS[hint.media_type]
    archive = None
    try:
        with open_archive(source, formats, *filters) as archive:
            archive.next()
    except ArchiveError as error:
        fault = fault_of(error, None)
        if volume is not None and fault.reason is not FaultReason.ENCRYPTED:
            fault = replace(volume, lost=True)
        raise UnreadableError(fault) from error


def _members(source: ByteSource, hint: Hint) -> Iterator[Member | Fault]:
    formats, filters = _FORMATS[hint.media_type]
    try:
        with open_archive(source, formats, *filters) as archive:
            yield from _entries(archive, source, hint)
    except ArchiveError as error:
        yield _stopped(error, 0)


def _entries(archive: Archive, source: ByteSource, hint: Hint) -> Iterator[Member | Fault]:
    """Yield one member after another; an entry that fails costs itself, a fatal error the rest."""
    failures = 0
    encrypted = encrypted_members(source)
    while failures <= hint.budget.limits.children:
        try:
            entry = archive.next()
        except ArchiveError as error:
            yield _stopped(error, archive.index + 1)
            if error.fatal:
                return
            failures += 1
            continue
        if entry is None:
            return
        if entry.index in encrypted:
            entry = replace(entry, encrypted=True)
        if (item := _member(archive, entry, source, hint)) is not None:
            yield item
            archive.pass_over()


def _stopped(error: ArchiveError, index: int) -> Fault:
    fault = fault_of(error, None)
    scope = "from there on nothing was read" if error.fatal else "that one was not read"
    return replace(fault, detail=f"at member {index + 1}, {fault.detail}; {scope}", lost=False)


def _member(
    archive: Archive, entry: ArchiveEntry, source: ByteSource, hint: Hint
) -> Member | Fault | None:
    """Return a file as a Member, anything else that is not a folder as a Fault."""
    step = f"member:{entry.index}"
    if entry.kind == _FOLDER:
        return None
    if entry.link and not entry.size:
        detail = f"{entry.path!r} is a link to {entry.link!r}, which was not followed"
        return Fault(FaultReason.UNSUPPORTED, detail, step=step)
    if entry.kind == _LINK:
        detail = f"{entry.path!r} is a link, which was not followed"
        return Fault(FaultReason.UNSUPPORTED, detail, step=step)
    if entry.kind not in (_FILE, _UNKNOWN):
        detail = f"{entry.path!r} is a device or pipe and holds nothing"
        return Fault(FaultReason.UNSUPPORTED, detail, step=step)
    return Member(
        step,
        entry.path,
        lambda: _unpack(archive, entry, source, step, hint),
        modified_at(entry.modified, "archive:mtime"),
    )


def _clipped(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Yield no more than `size` bytes: libarchive goes on with stray ones at the end in a xar."""
    while size > 0 and (piece := next(pieces, b"")):
        yield piece[:size]
        size -= len(piece)


def _unpack(
    archive: Archive, entry: ArchiveEntry, source: ByteSource, step: str, hint: Hint
) -> MemberData:
    if archive.index != entry.index:
        detail = f"{entry.path!r} was asked for after the archive had been read past it"
        return MemberData(Fault(FaultReason.MISSING, detail, lost=True, step=step))
    if entry.encrypted:
        detail = f"{entry.path!r} is encrypted"
        return MemberData(Fault(FaultReason.ENCRYPTED, detail, lost=True, step=step))
    # Solid archives do not say how many bytes one member takes; the whole is the only known bound.
    pieces = archive.pieces()
    if hint.media_type == "application/x-xar":
        pieces = _clipped(pieces, entry.size or 0)
    unpacked = gather(pieces, source.size, hint.budget, step)
    if isinstance(unpacked.data, Fault) or unpacked.trouble is not None:
        return unpacked
    if entry.size is not None and len(unpacked.data) < entry.size:
        detail = f"{entry.path!r} has {len(unpacked.data):,} bytes; the archive says {entry.size:,}"
        return replace(unpacked, trouble=Fault(FaultReason.TRUNCATED, detail, step=step))
    return unpacked
