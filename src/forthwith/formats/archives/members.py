"""Members of archives: their names, times and order, the same way for every kind of archive.

A member's name comes from the evidence and is never used as a path; one that would escape its
folder is reported and shown by its last part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from forthwith.domain.evidence import (
    Child,
    Fault,
    FaultReason,
    FieldValue,
    Hint,
    Relation,
)
from forthwith.domain.fields import MODIFIED
from forthwith.formats.archives.inflate import MemberData

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class MemberName:
    """A member's name taken apart."""

    folder: str
    name: str
    #: What makes it unsafe as a path; "" when nothing does.
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """One file member, as each archive reader finds it."""

    step: str
    #: As the archive spells it, folders included.
    path: str
    #: Decodes it. Called at most until the next member is asked for.
    unpack: Callable[[], MemberData]
    fields: tuple[FieldValue, ...] = ()
    #: What is amiss with it before it is decoded; none of these is lost.
    faults: tuple[Fault, ...] = field(default=())


def member_name(path: str) -> MemberName:
    """Split `path` into folder and name, and say what is unsafe about it."""
    path = _LONE_SURROGATE.sub("�", path)
    trouble = _trouble(path)
    clean = _DRIVE.sub("", path, count=1) if _DRIVE.match(path) else path
    parts = [
        part for part in re.split(r"[/\\]" if trouble else "/", clean) if part not in ("", ".")
    ]
    name = parts[-1] if parts and parts[-1] != ".." else ""
    folder = "/".join(part for part in parts[:-1] if part != "..")
    return MemberName(folder.replace("\0", "�"), name.replace("\0", "�"), trouble)


def _trouble(path: str) -> str:
    if "\0" in path:
        return "holds a NUL character"
    if ".." in re.split(r"[/\\]", path):
        return "points above its folder"
    if path.startswith(("/", "\\")):
        return "is an absolute path"
    if _DRIVE.match(path):
        return "names a drive"
    return "holds a backslash" if "\\" in path else ""


def text_of(raw: bytes, otherwise: str) -> str:
    """Decode a name of unknown charset: UTF-8 where it is that, `otherwise` where not."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode(otherwise, "replace")


def guessed_name(path: str, charset: str, raw: bytes, step: str) -> Fault:
    """Return the Fault of a name whose charset its archive does not tell."""
    detail = (
        f"the name {path!r} is a guess: the archive does not say in which charset it is; "
        f"read as {charset} (bytes {raw[:60].hex()})"
    )
    return Fault(FaultReason.UNDECODABLE, detail, step=step)


def modified_at(seconds: float | None, origin: str) -> tuple[FieldValue, ...]:
    """Return the modified field of a UTC time in seconds since 1970; none for an impossible one."""
    if seconds is None:
        return ()
    try:
        instant = datetime.fromtimestamp(int(seconds), UTC)
    except (OverflowError, ValueError, OSError):
        return ()
    return (FieldValue(MODIFIED, instant.isoformat(), origin),)


def children(members: Iterator[Member | Fault], hint: Hint) -> Iterator[Child | Fault]:
    """Yield a Child for each member, its faults before it and what its decoding showed after."""
    count = 0
    for member in members:
        if isinstance(member, Fault):
            yield member
            continue
        if (stop := _stop(count, hint)) is not None:
            yield stop
            return
        count += 1
        yield from _child(member)


def _stop(count: int, hint: Hint) -> Fault | None:
    limits = hint.budget.limits
    if count >= limits.children:
        detail = (
            f"holds more than {limits.children:,} members (limits.children); the rest was not read"
        )
        return Fault(FaultReason.TOO_MANY, detail)
    if hint.budget.expanded > limits.expanded_bytes:
        detail = f"members after number {count} were not read: the item expands to more than "
        return Fault(
            FaultReason.TOO_LARGE,
            f"{detail}{limits.expanded_bytes:,} bytes (limits.expanded_bytes)",
        )
    return None


def _child(member: Member) -> Iterator[Child | Fault]:
    name = member_name(member.path)
    yield from member.faults
    if name.trouble:
        detail = f"the member's name {member.path!r} {name.trouble}; it is kept as {name.name!r}"
        yield Fault(FaultReason.UNSAFE_NAME, detail, step=member.step)
    contents: list[MemberData] = []

    def load() -> bytes | Fault:
        if not contents:
            contents.append(member.unpack())
        return contents[0].data

    yield Child(
        member.step, name.name, Relation.MEMBER, load, fields=member.fields, folder=name.folder
    )
    if contents and contents[0].trouble is not None:
        yield contents[0].trouble
