"""winmail.dat: an Outlook message as one MIME part."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import FaultReason, Hint, InMemory, Kind
from forthwith.formats.outlook import tnef
from tests.builders.outlook import MEMO, PEOPLE, attribute, compressed_rtf
from tests.builders.outlook import tnef as built
from tests.formats.outlook.walk import children, everything

INNER = built({**MEMO, 0x0037001F: "inside"}, PEOPLE, [("deep.txt", b"deep", {})])
MESSAGE_ID = bytes.fromhex("0703020000000000c000000000000046")
SOUND = built(
    MEMO,
    PEOPLE,
    [
        ("LONGNA~1.TXT", b"words", {0x3707001F: "long name.txt"}),
        ("inside", b"", {0x37050003: 5, 0x3701000D: MESSAGE_ID + INNER}),
    ],
)


def read(data: bytes):  # type: ignore[no-untyped-def]
    return tnef.read(InMemory(data), Hint())


def test_properties_recipients_and_attachments_come_out() -> None:
    reading = read(SOUND)

    assert reading.kind is Kind.EMAIL
    assert reading.faults == ()
    assert reading.value("to") == "Dana Ortiz <dana@sample.example>"
    assert reading.value("sent") == "2001-10-26T14:05:09+00:00"
    assert reading.text == "The list is attached."
    attachments = children(reading)
    assert [(c.step, c.name) for c in attachments] == [
        ("att:0", "long name.txt"),
        ("att:1", "inside.eml"),
    ]
    assert attachments[0].load() == b"words"
    assert attachments[1].reading is not None
    assert [(c.name, c.load()) for c in children(attachments[1].reading())] == [
        ("deep.txt", b"deep")
    ]


def test_steps_open_again_to_the_same_bytes() -> None:
    for child in children(read(SOUND)):
        assert tnef.open_step(InMemory(SOUND), child.step, Hint()) == child.load()
    assert tnef.open_step(InMemory(SOUND), "att:1/att:0", Hint()) == b"deep"


def test_old_attributes_speak_where_no_property_does() -> None:
    old = struct.pack("<IH", 0x223E9F78, 1)
    old += attribute(1, 0x00078008, b"IPM.Microsoft Mail.Note\0")
    old += attribute(1, 0x00018004, b"Old mail\0")
    old += attribute(1, 0x0002800C, b"Old words\0")
    old += attribute(1, 0x00038005, struct.pack("<7H", 1999, 2, 3, 4, 5, 6, 0))

    reading = read(old)

    assert reading.kind is Kind.EMAIL
    assert reading.value("subject") == "Old mail"
    assert reading.value("sent") == "1999-02-03T04:05:06+00:00"
    assert reading.value("message_class") == "IPM.Note"
    assert reading.text == "Old words"


def test_an_rtf_body_is_read() -> None:
    rtf = rb"{\rtf1\ansi\ansicpg1252\fromtext \deff0 Plain {\b words}\par here\'e9}"

    assert read(built({0x10090102: compressed_rtf(rtf)})).text == "Plain words\nhereé"


def test_a_length_that_lies_is_a_fault_and_not_memory() -> None:
    lie = struct.pack("<IHBII", 0x223E9F78, 1, 1, 0x00069003, 0xFFFFFFF0) + b"1234"

    reading = read(lie)

    assert FaultReason.TRUNCATED in {fault.reason for fault in reading.faults}


def test_a_count_that_lies_is_a_fault_and_not_memory() -> None:
    bag = struct.pack("<IHHII", 0xFFFFFFFF, 0x1003, 0x1234, 0xFFFFFFFF, 7)
    reading = read(struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x00069003, bag))

    assert any("breaks off" in fault.detail for fault in reading.faults)


def test_a_cut_stream_keeps_what_came_before() -> None:
    reading = read(SOUND[: SOUND.index(b"words") + 3])

    assert reading.text == "The list is attached."
    assert children(reading)[0].load() == b"wor"
    assert FaultReason.TRUNCATED in {fault.reason for fault in reading.faults}


def test_other_bytes_are_unreadable() -> None:
    with pytest.raises(UnreadableError):
        read(b"not tnef at all")


@given(st.integers(0, len(SOUND) - 1), st.binary(min_size=1, max_size=8), st.booleans())
@settings(max_examples=300, deadline=None)
def test_no_mutation_makes_it_throw(at: int, put: bytes, cut: bool) -> None:
    broken = SOUND[:at] + put + (b"" if cut else SOUND[at + len(put) :])
    with suppress(UnreadableError):
        list(everything(read(broken)))


@pytest.mark.corpus
def test_the_five_files_of_a_real_winmail_come_out(corpora: Path) -> None:
    reading = read((corpora / "documents/tika/microsoft/testWINMAIL.dat").read_bytes())

    names = [c.name for c in children(reading)]

    assert names == ["quick.doc", "quick.html", "quick.pdf", "quick.txt", "quick.xml"]
