"""Zip methods a receiver cannot open.

SEC Data Delivery Standards 8/2021, General 12: its 7-Zip cannot accept "AES-256 Jpeg" or
"pkAES-256-Cert Deflate". Those are 7-Zip's own names for two ways to encrypt a member; they are
told apart by the extra fields of APPNOTE 4.5.12 and WinZip's AE-x specification.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from forthwith.domain.evidence import ByteSource
from forthwith.formats.archives.zip_data import METHODS
from forthwith.formats.archives.zip_directory import (
    Entry,
    extra_field,
    find_directory,
    local_entries,
)

_JPEG = 96
_WINZIP, _STRONG = 0x9901, 0x0017
_CERTIFICATE = 0x0002
_AES = {0x660E: 128, 0x660F: 192, 0x6610: 256}
_BITS = {1: 128, 2: 192, 3: 256}
#: Every 7-Zip and every unzip reads these.
_PLAIN = frozenset({0, 8, 12, 14})


@dataclass(frozen=True, slots=True)
class ForbiddenMethod:
    """One member a receiver following the standard cannot open."""

    step: str
    path: str
    #: As 7-Zip shows it: "AES-256 Jpeg", "pkAES-256-Cert Deflate".
    method: str
    #: True when the standard names it; False when it only is not read everywhere.
    named: bool


def forbidden_methods(source: ByteSource) -> tuple[ForbiddenMethod, ...]:
    """Return each member of a zip file that is packed in a way receivers refuse."""
    directory = find_directory(source)
    entries = directory.entries() if directory else local_entries(source, 0, source.size)
    return tuple(method for entry in entries for method in _forbidden(entry))


def _forbidden(entry: Entry) -> Iterator[ForbiddenMethod]:
    inner, label = _encryption(entry)
    name = METHODS.get(inner, f"method {inner}")
    is_named = (label.startswith("AES") and inner == _JPEG) or label == "pkAES-256-Cert"
    if is_named or inner not in _PLAIN or label.startswith("pkAES"):
        yield ForbiddenMethod(entry.step, entry.path, f"{label} {name}".strip(), is_named)


def _encryption(entry: Entry) -> tuple[int, str]:
    """Return the method inside the encryption, and 7-Zip's name of the encryption."""
    winzip = extra_field(entry.extra, _WINZIP) or b""
    if entry.method == 99 and len(winzip) >= 7:
        strength, inner = struct.unpack_from("<BH", winzip, 4)
        return inner, f"AES-{_BITS.get(strength, '?')}"
    strong = extra_field(entry.extra, _STRONG) or b""
    if entry.flags & 0x40 and len(strong) >= 8:
        _, algorithm, _, flags = struct.unpack_from("<4H", strong)
        certificate = "-Cert" if flags & _CERTIFICATE else ""
        return entry.method, f"pkAES-{_AES.get(algorithm, '?')}{certificate}"
    return entry.method, "ZipCrypto" if entry.flags & 1 else ""
