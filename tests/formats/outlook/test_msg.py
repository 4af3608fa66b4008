"""MSG files: one Outlook message as a compound file."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path

import olefile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import Fault, FaultReason, Hint, InMemory, Kind, Relation
from forthwith.formats.ole.writer import Storage, written
from forthwith.formats.outlook import msg
from tests.builders.outlook import MEMO, MsgBuilder
from tests.formats.outlook.walk import children, everything


def read(data: bytes):  # type: ignore[no-untyped-def]
    return msg.read(InMemory(data), Hint())


SOUND = MsgBuilder().attach("list.txt", b"one").embed(MsgBuilder().attach("deep.bin", b"x" * 5000))


def test_fields_text_and_attachments_come_out() -> None:
    reading = read(SOUND.build())

    assert reading.kind is Kind.EMAIL
    assert reading.faults == ()
    assert reading.declared == 2
    assert reading.value("from") == "Ada Winter <ada@sample.example>"
    assert reading.value("sent") == "2001-10-26T14:05:09+00:00"
    assert reading.text == "The list is attached."
    attachments = children(reading)
    assert [(c.step, c.name) for c in attachments] == [
        ("att:0", "list.txt"),
        ("att:1", "RE: Wallet list.eml"),
    ]
    inner = attachments[1].reading
    assert inner is not None
    assert [(c.name, c.load()) for c in children(inner())] == [("deep.bin", b"x" * 5000)]


def test_steps_open_again_to_the_same_bytes() -> None:
    source = InMemory(SOUND.build())
    for child in children(read(source.data)):
        assert msg.open_step(source, child.step, Hint()) == child.load()
    assert msg.open_step(source, "att:1/att:0", Hint()) == b"x" * 5000
    assert isinstance(msg.open_step(source, "att:7", Hint()), Fault)


def test_eight_bit_strings_are_in_the_message_code_page() -> None:
    bag = {0x001A001E: b"IPM.Note", 0x3FFD0003: 1251, 0x0037001E: "Отчёт".encode("cp1251")}

    assert read(MsgBuilder(bag, ()).build()).value("subject") == "Отчёт"


def test_an_image_the_body_shows_is_inline() -> None:
    html = b'<p>see <img src="cid:pic@x"></p>'
    built = MsgBuilder({0x001A001F: "IPM.Note", 0x10130102: html}, ())
    built.attach("pic.png", b"\x89PNG", t3712001F="pic@x")
    built.attach("pic2.png", b"\x89PNG", t3712001F="elsewhere@x")

    relations = [c.relation for c in children(read(built.build()))]

    assert relations == [Relation.INLINE, Relation.ATTACHMENT]


def test_an_ole_attachment_gives_the_file_inside() -> None:
    built = MsgBuilder().object(Storage({"CONTENTS": b"%PDF-1.4 words"}), "paper.pdf")

    assert [(c.name, c.load()) for c in children(read(built.build()))] == [
        ("paper.pdf", b"%PDF-1.4 words")
    ]


def test_a_file_attached_by_reference_is_a_link_and_a_child_without_bytes() -> None:
    """The attachment table lists it: no row and no fault would be a loss in silence."""
    built = MsgBuilder()
    cloud = {0x37050003: 7, 0x370D001F: "https://files.sample.example/plan"}
    built.attachments.append((cloud, None))
    built.attachments.append(({0x37050003: 2, 0x370D001F: "\\\\server\\share\\plan.doc"}, None))

    reading = read(built.build())

    links = next(f.value for f in reading.fields if f.name == "links")
    assert links == ("https://files.sample.example/plan", "\\\\server\\share\\plan.doc")
    assert reading.declared == 2
    for child, place in zip(children(reading), links, strict=True):
        fault = child.load()
        assert isinstance(fault, Fault)
        assert (fault.reason, fault.lost) == (FaultReason.MISSING, True)
        assert repr(place) in fault.detail
        assert child.name in {"plan", "plan.doc"}


def test_attachments_declared_and_absent_count_as_declared() -> None:
    storage = SOUND.storage()
    entries = {
        name: rows for name, rows in storage.entries.items() if not name.endswith("#00000000")
    }

    reading = read(written(Storage(entries)))

    assert reading.declared == 2
    assert len(children(reading)) == 1


@pytest.mark.parametrize(
    ("message_class", "kind"),
    [
        ("IPM.Note", Kind.EMAIL),
        ("REPORT.IPM.Note.NDR", Kind.EMAIL),
        ("IPM.Appointment", Kind.CALENDAR),
        ("IPM.Schedule.Meeting.Request", Kind.CALENDAR),
        ("IPM.Contact", Kind.CONTACT),
        ("IPM.StickyNote", Kind.EDOC),
        ("IPM.Task", Kind.EDOC),
    ],
)
def test_the_message_class_decides_the_kind(message_class: str, kind: Kind) -> None:
    assert read(MsgBuilder({**MEMO, 0x001A001F: message_class}).build()).kind is kind


def test_a_contact_shows_its_telephones() -> None:
    bag = {0x001A001F: "IPM.Contact", 0x3001001F: "Dana Ortiz", 0x3A1C001F: "+1 555 0100"}
    reading = read(MsgBuilder(bag, ()).build())

    assert reading.value("phones") == "Mobile: +1 555 0100"
    assert "Name: Dana Ortiz" in reading.text


def test_a_compound_file_of_another_kind_is_unreadable() -> None:
    with pytest.raises(UnreadableError):
        read(written(Storage({"WordDocument": b"x" * 10})))


DATA = SOUND.build()


@given(st.integers(0, len(DATA) - 1), st.binary(min_size=1, max_size=8))
@settings(max_examples=150, deadline=None)
def test_no_mutation_makes_it_throw(at: int, put: bytes) -> None:
    with suppress(UnreadableError):
        list(everything(read((DATA[:at] + put + DATA[at + len(put) :])[: len(DATA)])))


names = st.text("abcdef", min_size=1, max_size=8)
contents = st.binary(max_size=9000)


@given(st.dictionaries(names, contents, max_size=6))
@settings(max_examples=30, deadline=None)
def test_a_written_compound_file_reads_back(streams: dict[str, bytes]) -> None:
    with olefile.OleFileIO(io.BytesIO(written(Storage(dict(streams))))) as ole:
        assert {path[0]: ole.openstream(path).read() for path in ole.listdir()} == streams


def test_a_large_compound_file_reads_back() -> None:
    """Past 109 FAT sectors (7 MB) the FAT needs sectors of its own to be found."""
    data = bytes(range(256)) * 40_000
    with olefile.OleFileIO(io.BytesIO(written(Storage({"big": data})))) as ole:
        assert ole.openstream("big").read() == data


@pytest.mark.corpus
def test_every_msg_of_the_corpora_reads(corpora: Path) -> None:
    seen = 0
    for path in sorted((corpora / "documents").rglob("*.msg")):
        reading = read(path.read_bytes())
        out = list(everything(reading))
        assert not [item for item in out if isinstance(item, Fault)], path.name
        assert reading.text.strip(), path.name
        seen += 1
    assert seen >= 12


def test_words_that_only_the_html_says_are_in_the_text() -> None:
    """Programs show the HTML; a plain form of other words would hide what the reader saw."""
    same = {**MEMO, 0x1013001F: "<p>The list is <b>attached</b>.</p>"}
    more = {**MEMO, 0x1013001F: "<p>The list is attached.</p><p>Delete it.</p>"}

    assert read(MsgBuilder(same).build()).text == "The list is attached."
    assert "only in the HTML form: Delete it." in read(MsgBuilder(more).build()).text


def test_what_only_the_headers_say_is_read_from_them() -> None:
    """Mail that was sent has its Message-ID in the stored headers and in no property."""
    headers = (
        "From: Ada <ada@sample.example>\r\nTo: dana@sample.example\r\nCc: kim@sample.example\r\n"
        "Subject: Keys\r\nMessage-ID: <sent-1@sample.example>\r\nIn-Reply-To: <0@x.example>\r\n"
    )
    reading = read(MsgBuilder({0x001A001F: "IPM.Note", 0x007D001F: headers}, ()).build())

    assert reading.value("message_id") == "<sent-1@sample.example>"
    assert reading.value("in_reply_to") == "<0@x.example>"
    assert (reading.value("to"), reading.value("cc")) == (
        "dana@sample.example",
        "kim@sample.example",
    )
    assert reading.value("subject") == "Keys"
    known = read(MsgBuilder({**MEMO, 0x007D001F: headers}).build())
    assert known.value("message_id") == "<memo-1@sample.example>"
    assert known.value("to") == "Dana Ortiz <dana@sample.example>"


def test_an_appointment_says_in_its_text_when_it_is_and_who_comes() -> None:
    """The native written for it says so too; a text without it would be short of its native."""
    bag = {**MEMO, 0x001A001F: "IPM.Appointment", 0x00600040: MEMO[0x00390040]}

    reading = read(MsgBuilder(bag).build())

    assert reading.text.startswith("Starts: 2001-10-26T14:05:09+00:00\nOrganizer: Ada Winter")
    assert "Attendees: Dana Ortiz" in reading.text
    assert reading.text.endswith("The list is attached.")
