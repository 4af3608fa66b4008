"""Whatever a reader does, each thing met ends as a node: read, or a fault with its reason."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from email.mime.image import MIMEImage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    ByteSource,
    Child,
    Fault,
    FaultReason,
    Hint,
    InMemory,
    Kind,
    Limits,
    Reading,
    Relation,
)
from forthwith.domain.nodes import Disposition, Node
from forthwith.formats import readers
from forthwith.formats.pages import ocr
from forthwith.process.places import joined, steps_of
from forthwith.process.walk import Walker
from tests.builders import evidence
from tests.builders.mail import mail
from tests.builders.pages import picture


def walk(data: bytes, limits: Limits | None = None, **poison: Fault) -> list[Node]:
    digests = (hashlib.md5(data).hexdigest(), hashlib.sha1(data).hexdigest(), "0" * 64)
    walker = Walker(limits or Limits(), poison=poison)
    return walker.walk(InMemory(data), "item", digests)


def reasons(node: Node) -> set[FaultReason]:
    return {fault.reason for fault in node.faults}


def test_a_mail_with_a_zip_gives_its_members_as_its_attachments() -> None:
    zipped = evidence.archive(a_txt=b"one", b_txt=b"two")

    nodes = walk(evidence.mail("Keys", ("both.zip", zipped), ("c.txt", b"three")))

    assert [(n.name, n.disposition) for n in nodes] == [
        ("item", Disposition.DOCUMENT),
        ("both.zip", Disposition.CONTAINER),
        ("a.txt", Disposition.DOCUMENT),
        ("b.txt", Disposition.DOCUMENT),
        ("c.txt", Disposition.DOCUMENT),
    ]
    assert nodes[2].sha256 == hashlib.sha256(b"one").hexdigest()
    assert [n.sort for n in nodes] == sorted(n.sort for n in nodes)


@pytest.mark.parametrize(("width", "said"), [(180, False), (1280, True)])
def test_a_logo_is_no_fault_and_a_pasted_screen_is_one(
    width: int, said: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signature's logo on every mail would bury the screens that show words."""
    monkeypatch.setattr(ocr, "lacking", lambda: "OCR is not here")
    message = MIMEMultipart("related")
    message.attach(MIMEText('<p>owed</p><img src="cid:a">', "html"))
    image = MIMEImage(picture(size=(width, 100)), "png", name="a.png")
    image["Content-ID"] = "<a>"
    message.attach(image)
    (node,) = [n for n in walk(message.as_bytes()) if n.disposition is Disposition.INLINE]

    assert (FaultReason.NO_TOOL in reasons(node)) is said


def test_the_text_of_a_mail_begins_with_its_header_lines() -> None:
    (node, _) = walk(evidence.mail("Keys", ("c.txt", b"three")))

    assert node.text.startswith(
        "From: Marisol Ortega <marisol@northgate.example>\nSent: 2022-03-14"
    )
    assert "\nAttachments: c.txt\n" in node.text
    assert node.text[node.body :].strip() == "About Keys."


def test_an_empty_archive_stays_a_document() -> None:
    (node,) = walk(evidence.archive())

    assert node.disposition is Disposition.DOCUMENT


def test_an_encrypted_member_is_a_lost_document_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    _reader(monkeypatch, [_child("a"), Fault(FaultReason.ENCRYPTED, "locked", lost=True, step="b")])

    _, a, b = walk(b"container")

    assert not any(fault.lost for fault in a.faults)
    assert reasons(b) == {FaultReason.ENCRYPTED}
    assert b.locator == "b"


def test_a_load_that_fails_is_a_lost_document_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = Child("x", "x.txt", Relation.MEMBER, lambda: Fault(FaultReason.CORRUPT, "broken"))
    _reader(monkeypatch, [bad])

    _, node = walk(b"container")

    assert node.name == "x.txt"
    assert [fault.lost for fault in node.faults] == [True]


def test_parts_declared_and_not_there_stand_as_one_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    _reader(monkeypatch, [_child("a")], declared=4)

    _, _, missing = walk(b"container")

    assert missing.name == "(3 missing parts)"
    assert reasons(missing) == {FaultReason.MISSING}


def test_a_note_about_a_child_that_came_out_stands_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A member cut short or an attachment damaged is told where it is read, and loses nothing."""
    note = Fault(FaultReason.UNSAFE_NAME, "named '../a'", step="a")
    _reader(monkeypatch, [_child("a"), note])

    top, a = walk(b"container")

    assert reasons(a) == {FaultReason.UNSAFE_NAME}
    assert not any(fault.lost for fault in a.faults)
    assert top.faults == ()


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (ValueError("odd"), FaultReason.CRASHED),
        (MemoryError(), FaultReason.OUT_OF_MEMORY),
        (RecursionError(), FaultReason.CRASHED),
        (UnreadableError(Fault(FaultReason.ENCRYPTED, "locked")), FaultReason.ENCRYPTED),
    ],
)
def test_whatever_a_reader_raises_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, problem: Exception, reason: FaultReason
) -> None:
    def read(_source: ByteSource, _hint: Hint) -> Reading:
        raise problem

    monkeypatch.setattr(readers, "read", read)

    (node,) = walk(b"anything")

    assert reasons(node) == {reason}
    assert all(fault.lost for fault in node.faults)


def test_a_reader_that_takes_too_long_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(_source: ByteSource, _hint: Hint) -> Reading:
        time.sleep(30)
        raise AssertionError

    monkeypatch.setattr(readers, "read", read)

    (node,) = walk(b"anything", Limits(seconds=0.05))

    assert reasons(node) == {FaultReason.TOO_SLOW}


def test_a_listing_that_fails_midway_keeps_what_came_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def children() -> Iterator[Child | Fault]:
        yield _child("a")
        raise KeyError("torn")

    reading = Reading(Kind.CONTAINER, "application/zip", children=children)
    monkeypatch.setattr(readers, "read", _once(reading))

    top, a = walk(b"container")

    assert a.name == "a.txt"
    assert reasons(top) == {FaultReason.CRASHED}


def test_containers_too_deep_are_a_fault_and_not_opened() -> None:
    data = b"bottom"
    for _ in range(5):
        data = evidence.archive(deeper_zip=data)

    nodes = walk(data, Limits(depth=3))

    assert len(nodes) == 4
    assert reasons(nodes[-1]) == {FaultReason.TOO_DEEP}
    assert nodes[-1].disposition is Disposition.DOCUMENT


def test_too_many_children_are_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    _reader(monkeypatch, [_child(f"c{n}") for n in range(20)])

    nodes = walk(b"container", Limits(children=5))

    assert len(nodes) == 6
    assert FaultReason.TOO_MANY in reasons(nodes[0])


def test_poison_is_not_touched_again() -> None:
    crash = Fault(FaultReason.CRASHED, "ended by SIGSEGV", lost=True)
    zipped = evidence.archive(a_txt=b"one", b_txt=b"two")
    step = walk(zipped)[1].locator

    _, a, b = walk(zipped, **{step: crash})

    assert reasons(a) == {FaultReason.CRASHED}
    assert b.text == "two"


def test_a_locator_gives_its_steps_back() -> None:
    steps = ("node:1", "day:general/2023-01-01", "100%/x")
    locator = ""
    for step in steps:
        locator = joined(locator, step)

    assert steps_of(locator) == steps
    assert steps_of("") == ()


def _child(name: str) -> Child:
    return Child(name, f"{name}.txt", Relation.MEMBER, lambda: b"text")


def _once(reading: Reading) -> object:
    """Return a `read` that gives `reading` for the container and plain text for the rest."""

    def read(source: ByteSource, _hint: Hint) -> Reading:
        if source.read(0, 9) == b"container":
            return reading
        return Reading(Kind.EDOC, "text/plain", text="text")

    return read


def _reader(
    monkeypatch: pytest.MonkeyPatch, children: list[Child | Fault], declared: int | None = None
) -> None:
    reading = Reading(
        Kind.CONTAINER, "application/zip", children=lambda: iter(children), declared=declared
    )
    monkeypatch.setattr(readers, "read", _once(reading))


def test_base64_cut_short_is_told_of_the_attachment() -> None:
    """A fault of the mail alone leaves the reader of the attachment in the belief it is whole."""
    top, ledger = walk(mail().replace(b"/w==\n", b"\n").replace(b"+fr7", b"+fr"))

    assert top.faults == ()
    assert FaultReason.TRUNCATED in reasons(ledger)


def test_a_message_of_a_mailbox_that_is_read_as_text_is_told() -> None:
    """Plain text is the last resort and is said aloud."""
    line = b"From a@x.example Tue Mar 12 09:15:00 2024\n"
    nodes = walk(line + mail() + b"\n" + line + b"\nno header at all\n")
    sound, other = (node for node in nodes if node.relation is Relation.MESSAGE)

    assert FaultReason.MISLABELLED not in reasons(sound)
    assert (other.media_type, reasons(other)) == ("text/plain", {FaultReason.MISLABELLED})
