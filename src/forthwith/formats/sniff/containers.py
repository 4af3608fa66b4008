"""Tell what a zip file, an OLE compound file or a signed or encrypted wrapper really holds.

Only names, and for office packages and OpenDocument one small part, are looked at.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import IO, cast

import olefile

from forthwith.domain.evidence import ByteSource
from forthwith.formats.archives.rar_7z_headers import archive_start
from forthwith.formats.archives.zip_data import beginning
from forthwith.formats.archives.zip_directory import Directory, Entry, find_directory, local_entries
from forthwith.formats.bytes.stream import SourceFile
from forthwith.formats.chat.attachments import is_chat_name, is_slack

_OOXML = "application/vnd.openxmlformats-officedocument."
#: What a member called mimetype may say; the second is OpenOffice 1, the last InDesign.
_OPEN_DOCUMENTS = (
    "application/vnd.oasis.opendocument.",
    "application/vnd.sun.xml.",
    "application/epub+zip",
    "application/vnd.adobe.indesign-idml-package",
)
_MAIN_PART = re.compile(rb'ContentType\s*=\s*["\']([^"\']{1,200})["\']')
#: Content types of main parts; the file's own type is the same without ".main", and ".12" after
#: the word for macros (as registered with IANA).
_MAIN = re.compile(
    r"(application/vnd\.(?:openxmlformats-officedocument\.|ms-(?:word|excel|powerpoint|visio)\.)"
    r"[a-z.]+?)(\.macroenabled[a-z]*)?\.main"
)
_XPS = "application/vnd.ms-package.xps-fixeddocumentsequence"
#: Main parts, for packages whose list of content types is gone.
_MAIN_NAMES = {
    b"word/document.xml": _OOXML + "wordprocessingml.document",
    b"xl/workbook.xml": _OOXML + "spreadsheetml.sheet",
    b"xl/workbook.bin": "application/vnd.ms-excel.sheet.binary.macroenabled.12",
    b"ppt/presentation.xml": _OOXML + "presentationml.presentation",
}
_BY_NAMES = {
    b"META-INF/MANIFEST.MF": "application/java-archive",
    b"AndroidManifest.xml": "application/vnd.android.package-archive",
    b"doc.kml": "application/vnd.google-earth.kmz",
}
_IWORK_09 = (
    (b"<sl:document", "application/vnd.apple.pages"),
    (b"<ls:document", "application/vnd.apple.numbers"),
)
#: Streams at the root of an OLE file, in lower case; the first found decides.
_STREAMS: tuple[tuple[str, str], ...] = (
    ("__properties_version1.0", "application/vnd.ms-outlook"),
    ("encryptedpackage", "application/x-ole-storage"),
    ("worddocument", "application/msword"),
    ("powerpoint document", "application/vnd.ms-powerpoint"),
    ("workbook", "application/vnd.ms-excel"),
    ("book", "application/vnd.ms-excel"),
)
#: Most bytes of one part looked at.
_PART = 2**20
#: One of these stands in the name of every chat export, in some case.
_CHATS = (b"_chat.txt", b"whatsapp", b"message", b"result.json", b"hangouts.json", b"].json")
_PKCS7 = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"
#: CompressedData and AuthEnvelopedData (RFC 3274, RFC 5083).
_COMPRESSED = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01"
_PEM = re.compile(rb"-----BEGIN (?:PKCS7|CMS)-----\s+([A-Za-z0-9+/=\s]+)")


def zip_type(source: ByteSource) -> str:
    """Return the type of a zip file by its members."""
    directory = find_directory(source)
    if directory is None or not directory.data:
        entries = [
            entry for entry, _ in zip(local_entries(source, 0, min(source.size, 2**22)), range(64))
        ]
        names = b"\n".join(entry.path.encode("utf-8", "replace") for entry in entries)
        return _package(source, entries, names)
    return _package(source, directory, directory.data)


def _package(source: ByteSource, entries: Directory | list[Entry], names: bytes) -> str:
    """Decide by names; `names` holds all of them somewhere, so a quick look rules most out."""
    looks: tuple[tuple[bytes, Callable[[], str]], ...] = (
        (b"[Content_Types].xml", lambda: _ooxml(source, entries, names)),
        (b"mimetype", lambda: _declared(source, entries)),
        (b"users.json", lambda: _slack(entries)),
        (b"rsmf_manifest.json", lambda: _manifest(entries)),
        (b"Index/", lambda: _apple(source, entries)),
        (b"index.xml", lambda: _apple(source, entries)),
        (b"index.apxl", lambda: _apple(source, entries)),
    )
    for mark, look in looks:
        if mark in names and (kind := look()):
            return kind
    for mark, media_type in _MAIN_NAMES.items():
        if mark in names and b"_rels/.rels" in names:
            return media_type
    return _by_names(entries, names)


def _listed(entries: Directory | list[Entry]) -> list[Entry]:
    return list(entries.entries()) if isinstance(entries, Directory) else entries


def _small_part(source: ByteSource, entries: Directory | list[Entry], name: str) -> bytes:
    for entry in entries.entries() if isinstance(entries, Directory) else entries:
        if entry.path.replace("\\", "/") == name:
            return beginning(source, entry, _PART)
    return b""


def _ooxml(source: ByteSource, entries: Directory | list[Entry], names: bytes) -> str:
    part = _small_part(source, entries, "[Content_Types].xml")
    if b"\0" in part[:64]:
        part = part.replace(b"\0", b"")
    for declared in _MAIN_PART.finditer(part):
        kind = declared[1].decode("latin-1").strip().lower().removesuffix("+xml")
        if (main := _MAIN.fullmatch(kind)) is not None:
            return main[1] + (".macroenabled.12" if main[2] else "")
        if kind == _XPS:
            return "application/vnd.ms-xpsdocument"
    return next((kind for mark, kind in _MAIN_NAMES.items() if mark in names), "")


def _declared(source: ByteSource, entries: Directory | list[Entry]) -> str:
    """Return what an OpenDocument or EPUB says of itself in its first member."""
    declared = _small_part(source, entries, "mimetype")[:200].strip().decode("latin-1")
    return declared if declared.startswith(_OPEN_DOCUMENTS) else ""


def _slack(entries: Directory | list[Entry]) -> str:
    """Slack's export: its lists side by side, at the root or one folder down."""
    folders: dict[str, set[str]] = {}
    for entry in _listed(entries):
        folder, _, name = entry.path.rpartition("/")
        if "/" not in folder:
            folders.setdefault(folder, set()).add(name)
    return "application/x-slack-export+zip" if any(map(is_slack, folders.values())) else ""


def _manifest(entries: Directory | list[Entry]) -> str:
    names = {
        entry.path.rpartition("/")[2] for entry in _listed(entries) if entry.path.count("/") < 2
    }
    return "application/x-rsmf+zip" if "rsmf_manifest.json" in names else ""


def _apple(source: ByteSource, entries: Directory | list[Entry]) -> str:
    """Tell iWork documents apart: by what only one program writes, in '09 by the root element."""
    names = {entry.path for entry in _listed(entries)}
    if "index.apxl" in names or any(name.startswith("Index/Slide") for name in names):
        return "application/vnd.apple.keynote"
    if "index.xml" in names:
        root = _small_part(source, entries, "index.xml")[:400]
        return next((kind for mark, kind in _IWORK_09 if mark in root), "")
    if not any(name.endswith(".iwa") for name in names):
        return ""
    numbers = any(name.startswith("Index/ObjectContainer") for name in names)
    return "application/vnd.apple.numbers" if numbers else "application/vnd.apple.pages"


def _by_names(entries: Directory | list[Entry], names: bytes) -> str:
    for mark in (b"AndroidManifest.xml", b"META-INF/MANIFEST.MF", b"doc.kml"):
        if mark in names and any(entry.path.encode() == mark for entry in _listed(entries)):
            return _BY_NAMES[mark]
    lowered = names.lower() if any(end in names.lower() for end in (b".json", b".txt")) else b""
    if any(mark in lowered for mark in _CHATS) and any(
        is_chat_name(entry.path.rpartition("/")[2]) for entry in _listed(entries)
    ):
        return "application/x-chat-export+zip"
    return "application/zip"


def ole_type(source: ByteSource) -> str:
    """Return the type of an OLE compound file by the streams at its root."""
    try:
        with olefile.OleFileIO(cast("IO[bytes]", SourceFile(source))) as ole:
            names = {
                path[0].lower()
                for path in ole.listdir(streams=True, storages=False)
                if len(path) == 1
            }
    except (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, RecursionError):
        return _ole_by_names(source)
    return next((kind for name, kind in _STREAMS if name in names), "application/x-ole-storage")


def _ole_by_names(source: ByteSource) -> str:
    """Look for stream names anywhere near the start: the file's tables are broken."""
    start = source.read(0, 2**22).lower()
    for name, kind in _STREAMS:
        if name.encode("utf-16-le") in start:
            return kind
    return "application/x-ole-storage"


def program_type(source: ByteSource, head: bytes) -> str:
    """Return the type of the archive a self-extracting program carries, else of a program."""
    if find_directory_near_end(source):
        return "application/zip"
    if (archive := archive_start(source)) is not None:
        return archive[0]
    windows = head.startswith(b"MZ")
    return (
        "application/vnd.microsoft.portable-executable" if windows else "application/x-executable"
    )


def find_directory_near_end(source: ByteSource) -> bool:
    """Tell whether a zip archive's end stands where it must in an archive with something before."""
    tail = source.read(max(0, source.size - 66_000), 66_000)
    if b"PK\x05\x06" not in tail:
        return False
    directory = find_directory(source)
    return directory is not None and bool(directory.data)


def pkcs7_type(head: bytes) -> str:
    """Return the type of a CMS object (RFC 5652), DER or PEM, or ""."""
    if (pem := _PEM.match(head.lstrip())) is not None:
        try:
            text = b"".join(pem[1].split())
            head = base64.b64decode(text[: len(text) // 4 * 4])
        except binascii.Error:
            return "application/pkcs7-mime"
    if head[:1] == b"\x30" and head.find(_COMPRESSED, 0, 20) > 0:
        return "application/pkcs7-mime"
    if head[:1] != b"\x30" or (at := head.find(_PKCS7, 0, 20)) < 0 or len(head) < at + 11:
        return ""
    signed = head[at + 10 : at + 12].startswith(b"\x02")
    return (
        "application/pkcs7-signature"
        if signed and _detached(head[at:])
        else "application/pkcs7-mime"
    )


def _detached(signed: bytes) -> bool:
    """Tell a bare signature from signed content: its inner data has a type and no bytes.

    Inside stand version, digest algorithms, then the content: SEQUENCE of type and, if it is
    there, [0] content. Of a bare one the sequence ends with the type: length 11.
    """
    at = signed.find(_PKCS7 + b"\x01", 11)
    return (at >= 2 and signed[at - 2 : at] == b"\x30\x0b") or (
        at >= 4 and signed[at - 2 : at] == b"\x30\x80" and signed[at + 11 : at + 13] == b"\0\0"
    )
