"""Read members of the zip packages office files are: OOXML and OpenDocument.

Whole package in memory, members decoded one by one under the item's limits. A package whose central
directory is gone is read from its local headers. Zip files as evidence containers (with their
encryption, folders and multi-volume sets) are another reader's.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from forthwith.domain.evidence import Budget, Fault, FaultReason

_END = b"PK\x05\x06"
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_LOCAL = struct.Struct("<4s5H3I2H")
_WIDE = 0xFFFFFFFF
_MANY = 100_000
#: Members below this may have any ratio, bytes: empty worksheets compress a thousandfold.
_SMALL = 10 * 2**20


@dataclass(frozen=True, slots=True)
class Link:
    """One relationship of a part."""

    identity: str
    #: Last segment of its type: "header", "comments", "image" …
    kind: str
    #: Part name, or the address when external.
    target: str
    external: bool


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of the package."""

    name: str
    method: int
    encrypted: bool
    stored: int
    #: Of the local header, bytes.
    offset: int


_ROOT = re.compile(rb"<(?![?!])([^\s/<>]+)[^<>]*?(/?)>")


def _stops_early(xml: bytes) -> bool:
    """Tell whether XML lacks the end of its root; False where it is in two bytes a letter."""
    root = _ROOT.search(xml, 0, 65_536)
    if root is None or root[2] or b"\0" in xml[:4]:
        return False
    return b"</" + root[1] not in xml[-4096:]


#: How far into a part its declarations are looked for, bytes.
_PROLOGUE = 2**16


class Package:
    """A zip package; member names compare without case, as OPC asks (ECMA-376-2, 6.2.2.3)."""

    def __init__(self, data: bytes, budget: Budget) -> None:
        self._data = data
        #: What is left of the limits of the item the package lies in.
        self.budget = budget
        self.faults: list[Fault] = []
        members = list(_central(data))
        if not members:
            members = list(_locals(data))
            detail = "the package has no readable directory; its parts were found by their headers"
            self.faults.append(Fault(FaultReason.TRUNCATED, detail))
        self.members = {member.name.lower(): member for member in members}
        #: Names of the parts that were asked for, in lower case.
        self.opened: set[str] = set()
        #: Relationships by part, as far as they were read (`opc.links_of`).
        self.links: dict[str, list[Link]] = {}

    def names(self) -> list[str]:
        """Return every member's name as stored, in the package's own order."""
        return [member.name for member in self.members.values()]

    def has(self, name: str) -> bool:
        """Tell whether there is such a member."""
        return name.lower() in self.members

    def load(self, name: str) -> bytes | Fault:
        """Return a member's decoded bytes, or why they cannot be had; never past the limits."""
        member = self.members.get(name.lower())
        if member is None:
            return Fault(FaultReason.MISSING, f"part {name} is named but not in the package")
        if member.encrypted:
            return Fault(FaultReason.ENCRYPTED, f"part {name} is encrypted")
        stored = self._stored(member)
        limits = self.budget.limits
        cap = limits.item_bytes
        if len(stored) * limits.ratio < cap:
            cap = max(_SMALL, len(stored) * limits.ratio)
        data = _inflate(stored, member, cap)
        if isinstance(data, bytes) and (fault := self.budget.spend(len(data))) is not None:
            return fault
        return data

    def part(self, name: str) -> bytes:
        """Return a member's bytes, or b"" with a Fault among `faults`; b"" when it is absent."""
        if not self.has(name):
            return b""
        again = name.lower() in self.opened
        self.opened.add(name.lower())
        data = self.load(name)
        if isinstance(data, bytes):
            if not again and name.lower().endswith(".xml") and _stops_early(data):
                detail = f"part {name} is cut before its end; read as far as it goes"
                self.faults.append(Fault(FaultReason.TRUNCATED, detail))
            if not again and b"<!ENTITY" in data[:_PROLOGUE]:
                detail = (
                    f"part {name} declares entities of its own, which no office program writes; "
                    "their names were read, not the words they stand for"
                )
                self.faults.append(Fault(FaultReason.UNSUPPORTED, detail))
            return data
        self.faults.append(data)
        return b""

    def _stored(self, member: Member) -> bytes:
        at = member.offset
        if self._data[at : at + 4] != b"PK\x03\x04" or at + _LOCAL.size > len(self._data):
            return b""
        *_, name, extra = _LOCAL.unpack_from(self._data, at)
        start = at + _LOCAL.size + name + extra
        return self._data[start : start + member.stored]


def _inflate(stored: bytes, member: Member, cap: int) -> bytes | Fault:
    if member.method == 0:
        return stored if len(stored) == member.stored else _broken(member, "is cut short")
    if member.method != 8:
        return _broken(member, f"uses compression method {member.method}")
    engine = zlib.decompressobj(-15)
    try:
        data = engine.decompress(stored, cap)
    except zlib.error as error:
        return _broken(member, f"cannot be decompressed ({error})")
    if engine.unconsumed_tail:
        return Fault(FaultReason.TOO_LARGE, f"part {member.name} expands past {cap:,} bytes")
    return data if engine.eof else _broken(member, "is cut short")


def _broken(member: Member, why: str) -> Fault:
    return Fault(FaultReason.CORRUPT, f"part {member.name} {why}")


def _central(data: bytes) -> Iterator[Member]:
    """Walk the central directory (APPNOTE 4.3.12) up to the first thing that is no entry."""
    end = data.rfind(_END, max(0, len(data) - 65_557))
    if end < 0 or end + 22 > len(data):
        return
    at = int.from_bytes(data[end + 16 : end + 20], "little")
    if at == _WIDE and (wide := data.rfind(b"PK\x06\x06", 0, end)) >= 0:
        at = int.from_bytes(data[wide + 48 : wide + 56], "little")
    for _ in range(_MANY):
        if at + _CENTRAL.size > len(data) or data[at : at + 4] != b"PK\x01\x02":
            return
        entry = _CENTRAL.unpack_from(data, at)
        flags, method, stored, size, offset = entry[3], entry[4], entry[8], entry[9], entry[16]
        lengths = entry[10:13]
        name_at = at + _CENTRAL.size
        raw = data[name_at : name_at + lengths[0]]
        if _WIDE in (stored, size, offset):
            extra = data[name_at + lengths[0] : name_at + lengths[0] + lengths[1]]
            stored, offset = _wide(extra, stored, size, offset)
        yield Member(_name(raw, flags), method, bool(flags & 1), stored, offset)
        at = name_at + sum(lengths)


def _wide(extra: bytes, stored: int, size: int, offset: int) -> tuple[int, int]:
    """Take the 64-bit sizes of extra field 1 (APPNOTE 4.5.3)."""
    at = extra.find(b"\x01\x00") + 4
    for narrow in (size, stored, offset):
        if narrow != _WIDE:
            continue
        value = int.from_bytes(extra[at : at + 8], "little")
        at += 8
        if narrow is stored:
            stored = value
        elif narrow is offset:
            offset = value
    return stored, offset


def _locals(data: bytes) -> Iterator[Member]:
    """Find members by their local headers, for a package cut short."""
    at = data.find(b"PK\x03\x04")
    for _ in range(_MANY):
        if at < 0 or at + _LOCAL.size > len(data):
            return
        _, _, flags, method, _, _, _, stored, _, name, extra = _LOCAL.unpack_from(data, at)
        start = at + _LOCAL.size + name + extra
        following = data.find(b"PK\x03\x04", start + (stored if not flags & 8 else 0))
        if flags & 8 or not stored:
            stored = (following if following >= 0 else len(data)) - start
        yield Member(
            _name(data[at + _LOCAL.size : at + _LOCAL.size + name], flags),
            method,
            bool(flags & 1),
            stored,
            at,
        )
        at = following


def _name(raw: bytes, flags: int) -> str:
    text = raw.decode("utf-8", "replace") if flags & 0x800 else raw.decode("cp437")
    return text.replace("\\", "/").removeprefix("/")
