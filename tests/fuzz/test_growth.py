"""What costs its sender little costs its reader little: time in step with the bytes, at most."""

from __future__ import annotations

import gzip
import json
import time
import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest

from forthwith.domain.evidence import FaultReason, InMemory, Limits
from forthwith.domain.nodes import Node
from forthwith.exports.bitcoin.lift import lift
from forthwith.exports.options import ImportOptions
from forthwith.formats.mail import writer
from forthwith.process.walk import Walker
from forthwith.produce import data_file
from tests.builders import office
from tests.fuzz.targets import STAMP

#: Ten entities, each ten times the one before: "billion laughs".
LAUGHS = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "lol">' + "".join(
    f'<!ENTITY {chr(98 + place)} "{f"&{chr(97 + place)};" * 10}">' for place in range(10)
) + "]>"  # fmt: skip


def nodes(name: str, data: bytes, limits: Limits | None = None) -> list[Node]:
    return Walker(limits or Limits()).walk(InMemory(data), name, ("0" * 32, "0" * 40, "0" * 64))


def reasons(found: list[Node]) -> set[FaultReason]:
    return {fault.reason for node in found for fault in node.faults}


@pytest.mark.parametrize(
    "pass_over",
    [
        lambda blanks: data_file._BREAKS.sub(" ", blanks),
        lambda blanks: writer._BREAK.sub(" ", blanks),
        lambda blanks: lift([("w.txt", b"x" + blanks.encode() + b"x")], ImportOptions(STAMP)),
    ],
    ids=["load file", "header", "descriptor"],
)
def test_a_million_blanks_take_no_time(pass_over: Callable[[str], object]) -> None:
    """Looked through once for each of them, they would take days."""
    begun = time.monotonic()

    pass_over("\t" * 1_000_000)

    assert time.monotonic() - begun < 20


def _again(data: bytes, times: int, pack: Callable[[bytes], bytes]) -> bytes:
    for _ in range(times):
        data = pack(data)
    return data


def _zipped(data: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.zip", data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "pack"), [("a.gz", gzip.compress), ("a.zip", _zipped)], ids=["gzip", "zip"]
)
def test_archives_within_archives_end_at_the_depth(
    name: str, pack: Callable[[bytes], bytes]
) -> None:
    found = nodes(name, _again(b"x" * 1000, 60, pack))

    assert len(found) == Limits().depth + 1
    assert reasons(found) == {FaultReason.TOO_DEEP}


@pytest.mark.parametrize(
    "part",
    ["word/document.xml", "docProps/core.xml", "_rels/.rels", "word/_rels/document.xml.rels"],
)
def test_entities_that_grow_are_never_grown(part: str) -> None:
    """In whichever part of an office file they stand."""
    sound = office.word("<w:p><w:r><w:t>Keys</w:t></w:r></w:p>")
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(sound)) as archive, zipfile.ZipFile(out, "w") as made:
        for name in archive.namelist():
            content = archive.read(name)
            made.writestr(name, f"{LAUGHS}<x>&k;</x>".encode() if name == part else content)
    begun = time.monotonic()

    found = nodes("a.docx", out.getvalue())

    assert time.monotonic() - begun < 20
    assert sum(len(node.text) for node in found) < 10_000
    told = [fault.detail for node in found for fault in node.faults]
    assert any(f"part {part} declares entities" in detail for detail in told)


@pytest.mark.parametrize("name", ["a.svg", "a.xml", "a.html", "a.fodt"])
def test_entities_of_a_page_are_never_grown_and_lead_nowhere(name: str) -> None:
    data = f'{LAUGHS[:-2]}<!ENTITY z SYSTEM "file:///etc/passwd">]><svg><text>&k;&z;</text></svg>'

    found = nodes(name, data.encode())

    assert sum(len(node.text) for node in found) < 10_000
    assert not any("root:" in node.text for node in found)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("result.json", b"[" * 100_000 + b"]" * 100_000),
        ("messages.json", json.dumps({"messages": []}).encode() + b"{" * 100_000),
        ("a.html", b"<div>" * 100_000 + b"x"),
        ("a.html", b"<table><tr><td>" * 5_000 + b"x"),
        ("a.rtf", b"{\\rtf1 " + b"{" * 200_000 + b"x"),
        ("a.ics", b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 50_000),
        ("a.eml", b"From: a@x.example\r\nSubject: " + b"a" * 4_000_000 + b"\r\n\r\nx"),
        ("a.eml", b"From: a@x.example\r\nReferences: " + b"<a@b>\r\n " * 100_000 + b"\r\n\r\nx"),
        ("a.eml", b"From: a@x.example\r\n\r\n" + b"a" * 20_000_000),
        ("a.csv", b"a," * 5_000_000),
        ("a.txt", "\ufdfa".encode() * 1_000_000),
        ("a.txt", b"e" + "\u0301".encode() * 1_000_000),
    ],
    ids=[
        "json", "json messages", "html", "html tables", "rtf", "calendar", "long header",
        "long references", "long line of mail", "long line of csv", "ligature", "marks",
    ],
)  # fmt: skip
def test_depth_and_length_without_end_are_read_in_time(name: str, data: bytes) -> None:
    """Read, or a fault in words: not the stack of the program, and not the limit of time."""
    begun = time.monotonic()

    found = nodes(name, data)

    assert time.monotonic() - begun < 45
    assert not reasons(found) & {FaultReason.CRASHED, FaultReason.TOO_SLOW}


def test_messages_within_messages_without_end_keep_their_account() -> None:
    parts = [
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (place, place)
        for place in range(500)
    ]
    data = b"From: a@x.example\r\n" + b"".join(parts) + b"Content-Type: text/plain\r\n\r\nx"

    assert not reasons(nodes("a.eml", data)) & {FaultReason.CRASHED, FaultReason.TOO_SLOW}
