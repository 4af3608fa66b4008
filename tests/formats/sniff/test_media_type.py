"""Types by content: each kind by a small piece of itself, and look-alikes kept apart."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.evidence import FaultReason, InMemory
from forthwith.formats.sniff.media_type import extension_for, media_type, mislabelled
from tests.builders.archives import by_libarchive, tarred, zipped

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SLACK = "application/x-slack-export+zip"
CHATS = "application/x-chat-export+zip"
MAIL = b"From: Ada <ada@northgate.test>\r\nTo: bo@northgate.test\r\nSubject: Keys\r\n\r\nhello\r\n"


def package(main: str, part: str = "word/document.xml") -> bytes:
    types = f'<Types><Override PartName="/{part}" ContentType="{main}+xml"/></Types>'
    return zipped([("[Content_Types].xml", types.encode()), (part, b"<x/>"), ("_rels/.rels", b"")])


def odf(kind: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", "<x/>")
    return out.getvalue()


PIECES: list[tuple[str, bytes, str]] = [
    ("", b"", "inode/x-empty"),
    ("a.eml", MAIL, "message/rfc822"),
    ("a.txt", b"\r\n\r\n" + MAIL, "message/rfc822"),
    ("", b"Received: from x\r\n\tby y\r\nX-Thing: z\r\n\r\n", "message/rfc822"),
    ("", b"Content-Type: multipart/mixed; boundary=a\n\n--a\n", "message/rfc822"),
    ("", b">From x\n" + MAIL, "message/rfc822"),
    ("", b"From ada Mon Jan  1 10:00:00 2024\n" + MAIL, "application/mbox"),
    ("", b"From ada Mon Jan  1 10:00:00 2024\n\nonly a body\n", "application/mbox"),
    ("", b"80        \n" + MAIL, "application/x-emlx"),
    ("", b"X-RSMF-Version: 1.0.0\r\n" + MAIL, "application/rsmf"),
    ("notes.txt", b"From: the beginning we had trouble.\nIt went on.\n", "text/plain"),
    ("a.yaml", b"from: a\nto: b\nsubject: c\n", "text/plain"),
    ("a.c", b"default: return;\ncase: x;\n", "text/plain"),
    ("PKG-INFO", b"Metadata-Version: 2.1\nName: x\nVersion: 1\n", "text/plain"),
    ("", b"From here on 1999 was difficult\nfor all of us\n", "text/plain"),
    ("", b"!BDN" + bytes(60), "application/vnd.ms-outlook-pst"),
    ("", b"\x78\x9f\x3e\x22\x01\x00", "application/vnd.ms-tnef"),
    ("", b"{\\rtf1 x}", "application/rtf"),
    ("", b"%PDF-1.4\n%x", "application/pdf"),
    ("", b"\x00junk before it\n%PDF-1.4\n", "application/pdf"),
    ("", b"<!-- a --><!DOCTYPE html><p>x", "text/html"),
    ("", b"  <HTML><body>x", "text/html"),
    ("", b'<?xml version="1.0"?><note/>', "text/xml"),
    ("", b'<?xml version="1.0"?><!-- c --><svg xmlns="x"/>', "image/svg+xml"),
    ("", b"BEGIN:VCALENDAR\r\n", "text/calendar"),
    ("", b"\xef\xbb\xbfBEGIN:VCARD\r\n", "text/vcard"),
    ("", b'{"a": [1, 2]}', "application/json"),
    ("", b"{not json}", "text/plain"),
    ("a.csv", b"a,b\n1,2\n", "text/csv"),
    ("a.txt", b"a,b\n1,2\n", "text/plain"),
    ("a.pdf", b"a,b\n1,2\n", "text/plain"),
    ("", "Übergröße".encode("cp1252") * 20, "text/plain"),
    ("", "中文文本".encode("gb18030") * 20, "text/plain"),
    ("", "Grüße".encode("utf-16"), "text/plain"),
    ("", "plain words in wide letters".encode("utf-16-le"), "text/plain"),
    ("", b"-----BEGIN PGP MESSAGE-----\n\nxx", "application/pgp-encrypted"),
    ("", b"-----BEGIN PGP SIGNATURE-----\n", "application/pgp-signature"),
    ("", b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
    ("", b"\x89PNG\r\n\x1a\n", "image/png"),
    ("", b"II*\0\x08\0\0\0", "image/tiff"),
    ("", b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav"),
    ("", b"\0\0\0\x18ftypmp42", "video/mp4"),
    ("", gzip.compress(b"x", mtime=0), "application/gzip"),
    ("", b"\x28\xb5\x2f\xfd\x20\0", "application/zstd"),
    ("", b"Rar!\x1a\x07\x01\0", "application/vnd.rar"),
    ("", b"!<arch>\n", "application/x-archive"),
    ("", tarred([("a", b"x")]), "application/x-tar"),
    ("", by_libarchive("v7tar", [("a", b"x")]), "application/x-tar"),
    ("", zipped([("a", b"x")]), "application/zip"),
    ("", b"\0\1binary\xff" * 30 + zipped([("a", b"x")]), "application/zip"),
    ("", zipped([("channels.json", b"[]"), ("users.json", b"[]")]), SLACK),
    ("", zipped([("e/users.json", b"[]"), ("e/channels.json", b"[]")]), SLACK),
    ("", zipped([("a/users.json", b"[]"), ("b/channels.json", b"[]")]), "application/zip"),
    ("", zipped([("org_users.json", b"[]"), ("dms.json", b"[]")]), SLACK),
    ("", zipped([("users.json", b"[]"), ("groups.json", b"[]")]), "application/zip"),
    ("", zipped([("a/_chat.txt", b"x")]), CHATS),
    ("", zipped([("WhatsApp Chat with A.txt", b"x"), ("IMG.jpg", b"x")]), CHATS),
    ("", zipped([("x_chat.txt.bak", b"x"), ("a/old messages.json", b"x")]), "application/zip"),
    ("", zipped([("rsmf_manifest.json", b"{}")]), "application/x-rsmf+zip"),
    ("", zipped([("META-INF/MANIFEST.MF", b"")]), "application/java-archive"),
    ("", odf("application/vnd.oasis.opendocument.text"), "application/vnd.oasis.opendocument.text"),
    ("", odf("application/epub+zip"), "application/epub+zip"),
    ("", package(WORD + ".main"), WORD),
    (
        "",
        package("application/vnd.ms-excel.sheet.macroEnabled.main", "xl/workbook.xml"),
        "application/vnd.ms-excel.sheet.macroenabled.12",
    ),
    (
        "",
        package("application/vnd.ms-word.template.macroEnabledTemplate.main"),
        "application/vnd.ms-word.template.macroenabled.12",
    ),
    ("", package("broken"), WORD),
    ("", package(WORD + ".main")[:-30], WORD),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "expected"), PIECES)
def test_each_kind_is_known_by_its_content(name: str, data: bytes, expected: str) -> None:
    assert media_type(InMemory(data), name) == expected


@given(st.sampled_from(PIECES), st.binary(max_size=6), st.integers(0, 200), st.integers(0, 9))
@settings(max_examples=300, deadline=None)
def test_nothing_makes_it_raise(
    piece: tuple[str, bytes, str], patch: bytes, at: int, cut: int
) -> None:
    data = piece[1]
    assert "/" in media_type(InMemory(data[:at] + patch + data[at + cut :]), piece[0])


@given(st.binary(max_size=2000), st.text(max_size=20))
@settings(max_examples=200, deadline=None)
def test_any_bytes_have_a_type(data: bytes, name: str) -> None:
    assert "/" in media_type(InMemory(data), name)
    extension_for(media_type(InMemory(data), name), name)


@pytest.mark.parametrize(
    ("found", "name"),
    [
        ("application/zip", "report.pdf"),
        ("application/octet-stream", "report.pdf"),
        ("text/html", "ledger.xls"),
        ("text/plain", "a.eml"),
        (WORD, "photo.jpg"),
        ("application/vnd.microsoft.portable-executable", "invoice.pdf"),
    ],
)
def test_a_name_of_another_kind_is_reported(found: str, name: str) -> None:
    fault = mislabelled(found, name)

    assert fault is not None
    assert fault.reason is FaultReason.MISLABELLED
    assert not fault.lost


@pytest.mark.parametrize(
    ("found", "name"),
    [
        (WORD, "a.docx"), (WORD, "a.doc"), ("message/rfc822", "a.txt"),
        ("application/zip", "a"), ("application/zip", "a.unknown"), ("inode/x-empty", "a.pdf"),
        ("application/octet-stream", "a.dat"), ("image/png", "a.jpg"),
        ("application/vnd.ms-tnef", "winmail.dat"), ("application/gzip", "a.tgz"),
    ],
)  # fmt: skip
def test_a_name_that_fits_is_not(found: str, name: str) -> None:
    assert mislabelled(found, name) is None


@pytest.mark.parametrize(
    ("found", "name", "extension"),
    [
        (WORD, "a.DOCX", ".docx"), (WORD, "a.doc", ".docx"), (WORD, "a", ".docx"),
        ("application/zip", "a.pdf", ".zip"), ("text/plain", "a.py", ".py"),
        ("text/plain", "a.pdf", ".txt"), ("image/jpeg", "a.jpeg", ".jpeg"),
        ("application/octet-stream", "a.dwg2", ".dwg2"), ("application/octet-stream", "", ".bin"),
        ("message/rfc822", "Re: a.b/c", ".eml"), ("model/unknown", "a.obj", ".obj"),
        ("application/pdf", "v1.2 final", ".pdf"), ("model/unknown", "a", ""),
    ],
)  # fmt: skip
def test_a_native_gets_an_extension_that_opens(found: str, name: str, extension: str) -> None:
    assert extension_for(found, name) == extension


def shares(folder: Path, pattern: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for path in sorted(folder.rglob(pattern)):
        if path.is_file() and path.name not in ("SOURCE.txt", ".DS_Store"):
            found = media_type(InMemory(path.read_bytes()), path.name)
            counts[found] = counts.get(found, 0) + 1
    return counts


@pytest.mark.corpus
def test_every_real_mail_is_known_as_mail(corpora: Path) -> None:
    for folder in ("spamassassin", "enron-skilling"):
        found = shares(corpora / "mail" / folder, "*")
        assert found.keys() <= {"message/rfc822", "application/mbox"}


#: What the name says and the content is not: broken, encrypted or otherwise named on purpose.
EXCEPTIONS = {
    ".doc": {"application/octet-stream", "application/vnd.ms-wordml"},
    ".docx": {"application/x-ole-storage"},
    ".pptx": {"application/x-ole-storage"},
    ".xlsx": {"application/x-ole-storage"},
    ".odt": {"text/plain"},
    ".html": {"application/octet-stream"},
    ".eml": {"application/mbox"},
    ".pdf": {"inode/x-empty"},
    ".txt": {"message/rfc822", "application/mbox"},
    ".xml": {"application/vnd.ms-wordml", "application/vnd.ms-spreadsheetml", f"{WORD}-flat-xml"},
}
EXPECTED = {
    ".doc": "application/msword", ".docx": WORD, ".xls": "application/vnd.ms-excel",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xlsb": "application/vnd.ms-excel.sheet.binary.macroenabled.12",
    ".ppt": "application/vnd.ms-powerpoint", ".pdf": "application/pdf", ".rtf": "application/rtf",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".odt": "application/vnd.oasis.opendocument.text", ".html": "text/html", ".xml": "text/xml",
    ".msg": "application/vnd.ms-outlook", ".pst": "application/vnd.ms-outlook-pst",
    ".eml": "message/rfc822", ".emlx": "application/x-emlx", ".mbox": "application/mbox",
    ".zip": "application/zip", ".7z": "application/x-7z-compressed", ".rar": "application/vnd.rar",
    ".jpg": "image/jpeg", ".png": "image/png", ".ics": "text/calendar", ".txt": "text/plain",
    ".p7m": "application/pkcs7-mime", ".p7s": "application/pkcs7-signature",
    ".pages": "application/vnd.apple.pages", ".numbers": "application/vnd.apple.numbers",
}  # fmt: skip


@pytest.mark.corpus
def test_real_documents_are_what_their_names_say(corpora: Path) -> None:
    """Exceptions are listed by extension; one encrypted Pages file shows no more than a zip."""
    for extension, expected in EXPECTED.items():
        found = shares(corpora / "documents", f"*{extension}")
        allowed = {expected, *EXCEPTIONS.get(extension, ())}
        if extension == ".pages":
            allowed.add("application/zip")
        assert found.keys() <= allowed, extension
        assert max(found, key=lambda kind: found[kind]) == expected
