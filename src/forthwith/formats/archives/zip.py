"""Zip archives as evidence: every member a child, by its place in the archive's directory.

Two members of one name are two children; members the directory leaves out are found by their
headers; what cannot be decoded is still a child, whose load is the Fault that says why. Office
packages, Slack exports and RSMF have readers of their own. APPNOTE is PKWARE's, 6.3.10.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    ByteSource,
    Fault,
    FaultReason,
    FieldValue,
    Hint,
    Kind,
    Reading,
)
from forthwith.domain.fields import MODIFIED
from forthwith.formats.archives.inflate import MemberData
from forthwith.formats.archives.members import Member, children, guessed_name
from forthwith.formats.archives.zip_data import unpack
from forthwith.formats.archives.zip_directory import (
    LOCAL_MARK,
    Directory,
    Entry,
    LocalHeader,
    find_directory,
    find_mark,
    local_entries,
    local_header,
)

MEDIA_TYPES = frozenset(
    {
        "application/zip",
        "application/epub+zip",
        "application/java-archive",
        "application/vnd.android.package-archive",
        "application/vnd.apple.keynote",
        "application/vnd.apple.numbers",
        "application/vnd.apple.pages",
        "application/vnd.google-earth.kmz",
        "application/x-xpinstall",
    }
)
#: Members together may hold the archive's own bytes this often: a damaged directory claims some
#: of them twice, a bomb claims the same ones for thousands of names.
_SHARED = 4
#: How the first part of a split archive is named: "box.zip.001", "box.z01".
_FIRST_PART = re.compile(r"\.(?:z?0+1)$", re.IGNORECASE)


def read(source: ByteSource, hint: Hint) -> Reading:
    """List the members of a zip file. Raises UnreadableError when it holds no header at all."""
    directory = find_directory(source)
    if directory is None:
        return _salvaged(source, hint)
    indexed = [entry for entry in directory.entries() if not entry.is_folder]
    total = sum(1 for _ in directory.entries())
    faults = (*directory.faults, *_count_faults(directory, total), *_overlaps(indexed))
    declared = len(indexed) + max(0, _promised(directory, total) - total)
    return Reading(
        Kind.CONTAINER,
        hint.media_type or "application/zip",
        faults=faults,
        children=lambda: children(_members(source, directory, hint), hint),
        declared=declared,
    )


def open_step(source: ByteSource, step: str, hint: Hint) -> bytes | Fault:
    """Decode one member: "member:INDEX" of the directory, or "offset:N" of its local header."""
    kind, _, number = step.partition(":")
    entry = _entry_of(source, kind, int(number)) if number.isdecimal() else None
    if entry is None:
        return Fault(
            FaultReason.MISSING, f"the archive has no member {step!r}", lost=True, step=step
        )
    return unpack(source, entry, hint).data


def _entry_of(source: ByteSource, kind: str, number: int) -> Entry | None:
    directory = find_directory(source)
    if kind == "member":
        entries = directory.entries() if directory else iter(())
        return next((entry for index, entry in enumerate(entries) if index == number), None)
    stop = directory.start if directory and directory.start > number else source.size
    first = next(local_entries(source, number, stop), None)
    return first if first is not None and first.offset == number else None


def _promised(directory: Directory, total: int) -> int:
    """Return the count promised; writers without zip64 let it wrap at 65,536."""
    return total if directory.promised == total % 65536 else directory.promised


def _count_faults(directory: Directory, total: int) -> Iterator[Fault]:
    promised = _promised(directory, total)
    if promised == total:
        return
    detail = f"the archive says it holds {promised:,} entries; its directory has {total:,}"
    yield Fault(FaultReason.DISAGREEMENT, detail)


def _overlaps(entries: list[Entry]) -> Iterator[Fault]:
    """Report members that share bytes: a sound archive has none, a bomb is made of them."""
    stored = sorted((entry.offset, entry.stored, entry.path) for entry in entries)
    for (start, length, first), (following, _, second) in pairwise(stored):
        if following < start + length or following == start:
            detail = f"members {first!r} and {second!r} share the same bytes of the archive"
            yield Fault(FaultReason.DISAGREEMENT, detail)
            return


def _salvaged(source: ByteSource, hint: Hint) -> Reading:
    """Read a zip file without directory by the headers before each member."""
    if find_mark(source, LOCAL_MARK, 0, source.size) is None:
        detail = "is not a zip archive: it has neither a directory nor a member"
        raise UnreadableError(Fault(FaultReason.CORRUPT, detail, lost=True))
    detail = "the archive's directory is missing; members were found by their own headers"
    if _FIRST_PART.search(hint.name):
        detail += (
            "; it is the first part of a split archive, and what its other parts hold is not here"
        )
    else:
        detail += ", and what followed the last of them is not here"
    return Reading(
        Kind.CONTAINER,
        hint.media_type or "application/zip",
        faults=(Fault(FaultReason.TRUNCATED, detail),),
        children=lambda: children(_salvaged_members(source, hint), hint),
    )


def _salvaged_members(source: ByteSource, hint: Hint) -> Iterator[Member | Fault]:
    """Yield the members that have headers, or say that none has."""
    none = True
    for entry in local_entries(source, 0, source.size):
        if not entry.is_folder:
            none = False
            yield _member(source, entry, hint)
    if none:
        yield Fault(FaultReason.CORRUPT, "no member could be found by its header", lost=True)


def _members(source: ByteSource, directory: Directory, hint: Hint) -> Iterator[Member | Fault]:
    """Yield the directory's members in its order, then those it leaves out."""
    covered: list[tuple[int, int]] = []
    used = 0
    for entry in directory.entries():
        used += min(entry.stored, max(0, source.size - entry.offset))
        if used > _SHARED * source.size and not entry.is_folder:
            yield _sharing(entry)
            continue
        header = local_header(source, entry.offset)
        if header is not None:
            covered.append((entry.offset, header.data + entry.stored))
        if not entry.is_folder:
            yield _member(source, entry, hint, header)
    for start, stop in _gaps(covered, directory.start):
        for entry in local_entries(source, start, stop):
            if not entry.is_folder:
                yield _left_out(source, entry, hint)


def _sharing(entry: Entry) -> Member:
    """Return a member of a bomb: its bytes were other members' already, many times over."""
    detail = f"{entry.path!r} shares its bytes with other members, as in a bomb; not expanded"
    fault = Fault(FaultReason.TOO_LARGE, detail, lost=True, step=entry.step)
    return Member(entry.step, entry.path, lambda: MemberData(fault), _modified(entry))


def _gaps(covered: list[tuple[int, int]], stop: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges before the directory that no listed member covers."""
    at = 0
    for start, end in sorted(covered):
        if start - at >= 30:
            yield at, start
        at = max(at, end)
    if stop - at >= 30:
        yield at, stop


def _left_out(source: ByteSource, entry: Entry, hint: Hint) -> Member:
    detail = f"{entry.path!r} lies in the archive but not in its directory"
    fault = Fault(FaultReason.DISAGREEMENT, detail, step=entry.step)
    member = _member(source, entry, hint)
    return replace(member, faults=(fault, *member.faults))


def _member(
    source: ByteSource, entry: Entry, hint: Hint, header: LocalHeader | None = None
) -> Member:
    return Member(
        entry.step,
        entry.path,
        lambda: unpack(source, entry, hint),
        _modified(entry),
        tuple(_disagreements(entry, header)),
    )


def _modified(entry: Entry) -> tuple[FieldValue, ...]:
    """Return the time the archive gives (APPNOTE 4.4.6): local to whoever made it, zone unknown."""
    date, time = entry.dos_date, entry.dos_time
    try:
        instant = datetime(  # noqa: DTZ001 - the source has no zone and none may be invented
            1980 + (date >> 9),
            date >> 5 & 15,
            date & 31,
            time >> 11,
            time >> 5 & 63,
            (time & 31) * 2,
        )
    except ValueError:
        return ()
    return (FieldValue(MODIFIED, instant.isoformat(), "zip:mtime"),)


def _disagreements(entry: Entry, header: LocalHeader | None) -> Iterator[Fault]:
    """Report what the directory and the header before the data say differently, and odd members."""
    if entry.path.endswith("/"):
        detail = f"{entry.path!r} is named as a folder and holds data"
        yield Fault(FaultReason.DISAGREEMENT, detail, step=entry.step)
    if entry.is_link:
        detail = f"{entry.path!r} is a link, which was not followed; its content is its target"
        yield Fault(FaultReason.UNSUPPORTED, detail, step=entry.step)
    if entry.guessed:
        yield guessed_name(entry.path, entry.guessed, entry.raw, entry.step)
    if header is None or entry.flags & 0x2000:
        return
    local = header.entry
    if local.path != entry.path and local.raw != entry.raw:
        detail = f"the directory names a member {entry.path!r}, its own header {local.path!r}"
        yield Fault(FaultReason.DISAGREEMENT, detail, step=entry.step)
    sizes_differ = not local.flags & 8 and (local.stored, local.size) != (entry.stored, entry.size)
    if local.method != entry.method or sizes_differ:
        detail = f"the directory and the member's own header describe {entry.path!r} differently"
        yield Fault(FaultReason.DISAGREEMENT, detail, step=entry.step)
