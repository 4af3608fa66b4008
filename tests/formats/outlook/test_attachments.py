"""What an Outlook message lists and does not hold is told, and an empty file stays one."""

from __future__ import annotations

import pytest

from forthwith.domain.evidence import Child, Fault, FaultReason, Hint, InMemory, Relation
from forthwith.formats.mail import eml
from forthwith.formats.ole.writer import Storage
from forthwith.formats.outlook import as_eml, msg, pst
from forthwith.formats.outlook.message import Message
from tests.builders.outlook import MEMO, Bag, MsgBuilder, PstBuilder, Value
from tests.formats.outlook.walk import children


def msg_with(data: bytes | None, name: str = "plan.pdf", **more: Value) -> MsgBuilder:
    built = MsgBuilder().attach(name, data or b"", **more)
    if data is None:
        bag = {tag: value for tag, value in built.attachments[0][0].items() if tag != 0x37010102}
        built.attachments[0] = (bag, None)
    return built


def outcome(data: bytes) -> list[bytes | str]:
    """Return the bytes of each attachment, and the reason of each fault met on the way."""
    reading = msg.read(InMemory(data), Hint())
    out: list[bytes | str] = []
    for item in reading.children() if reading.children else ():
        loaded = item.load() if isinstance(item, Child) else item
        out.append(str(loaded.reason) if isinstance(loaded, Fault) else loaded)
    return out


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (msg_with(b"x" * 5000, t0E200003=5000 + 90), [b"x" * 5000]),
        (msg_with(b"", t0E200003=90), [b""]),
        (msg_with(b"", "note.txt"), [b""]),
        (msg_with(b""), ["expected but absent"]),
        (msg_with(b"", t0E200003=5321), ["expected but absent"]),
        (msg_with(None, t0E200003=5321), ["expected but absent"]),
        (msg_with(None), ["expected but absent"]),
        (msg_with(b"%PDF-1", t0E200003=5321), [b"%PDF-1", "truncated"]),
        # An icon that a copy lost is no loss of the file; a negative size says nothing.
        (msg_with(b"y" * 9000, t0E200003=9000 + 3700), [b"y" * 9000]),
        (msg_with(b"y", t0E200003=-5), [b"y"]),
        (msg_with(b"bytes", t37050003=7, t370D001F="https://x.example/a"), [b"bytes"]),
        (msg_with(None, t37050003=7), ["expected but absent"]),
        (msg_with(None, t37050003=4, t370D001F="\\\\fs\\a"), ["expected but absent"]),
        (msg_with(None, t37050003=6), ["expected but absent"]),
        (MsgBuilder().object(Storage({"CONTENTS": b"inside"}), "a.bin"), [b"inside"]),
    ],
)
def test_a_listed_file_has_its_bytes_or_a_fault(
    built: MsgBuilder, expected: list[bytes | str]
) -> None:
    """The size a message gives an attachment, less its other properties, is that of the file."""
    assert outcome(built.build()) == expected


def test_the_fault_names_the_size_declared_and_the_size_there_is() -> None:
    reading = msg.read(InMemory(msg_with(b"%PDF-1", t0E200003=5321).build()), Hint())
    faults = []
    for item in reading.children() if reading.children else ():
        if isinstance(item, Child):
            item.load()
        else:
            faults.append(item.detail)

    assert faults == ["the attachment 'plan.pdf' is listed with 5,321 bytes and has 6"]


def test_an_attached_message_without_content_keeps_its_name() -> None:
    built = MsgBuilder()
    built.attachments.append(({0x37050003: 5, 0x3001001F: "Board minutes"}, None))

    (child,) = children(msg.read(InMemory(built.build()), Hint()))

    assert child.name == "Board minutes"
    assert isinstance(child.load(), Fault)


def store_of(attachment: tuple[Bag, bytes]) -> Message:
    store = pst.Store(
        InMemory(PstBuilder().add(MEMO, (), [attachment]).build()), Hint().budget.limits
    )
    store.open()
    return store.message(store.entries()[0])


@pytest.mark.parametrize(
    ("bag", "place"),
    [
        ({0x37050003: 7, 0x3707001F: "k.xlsx", 0x370D001F: "https://x.example/k.xlsx"}, "https:"),
        ({0x37050003: 4, 0x3707001F: "k.xlsx", 0x370D001F: "\\\\fs\\k.xlsx"}, "fs"),
        ({0x37050003: 1, 0x3707001F: "k.xlsx", 0x0E200003: 5321}, "size=5321"),
    ],
)
def test_the_native_of_a_stored_message_names_what_the_store_does_not_hold(
    bag: Bag, place: str
) -> None:
    native = as_eml.render(store_of((bag, b"")))

    assert place.encode() in native
    assert b"message/external-body" in native
    reading = eml.read(InMemory(native), Hint())
    assert [child.name for child in children(reading)] == ["k.xlsx"]
    told = [*reading.faults, *(child.load() for child in children(reading))]
    assert FaultReason.MISSING in {fault.reason for fault in told if isinstance(fault, Fault)}


def test_a_name_or_an_address_breaks_no_header() -> None:
    bag: Bag = {
        0x37050003: 7, 0x3707001F: "a\r\nBcc: b@x.example",
        0x370D001F: 'https://x/\r\nSubject: "hi',
    }  # fmt: skip
    native = as_eml.render(store_of((bag, b"")))

    reading = eml.read(InMemory(native), Hint())
    assert (reading.value("bcc"), reading.value("subject")) == ("", "RE: Wallet list")
    assert [child.name for child in children(reading)] == ["a Bcc: b@x.example"]


def test_a_picture_that_is_not_there_is_shown_nowhere() -> None:
    """Inline pictures are no rows: a lost one would be lost in silence."""
    built = MsgBuilder({**MEMO, 0x1013001F: '<img src="cid:pic@x"><img src="cid:two@x">'})
    built.attach("pic.png", b"", t3712001F="pic@x", t0E200003=5321)
    built.attach("two.png", b"PNG", t3712001F="two@x")

    reading = msg.read(InMemory(built.build()), Hint())

    relations = [child.relation for child in children(reading)]
    assert relations == [Relation.ATTACHMENT, Relation.INLINE]
