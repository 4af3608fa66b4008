"""Apple Mail: the message between its count and its property list."""

from __future__ import annotations

import contextlib
import plistlib

from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import Child, Fault, FaultReason, Hint, InMemory
from forthwith.formats.mail import emlx
from tests.builders.mail import PDF, mail


def build(message: bytes, count: int | None = None) -> bytes:
    properties = plistlib.dumps({"flags": 0b10001, "date-received": 1449399891})
    return b"%-10d\n" % (len(message) if count is None else count) + message + properties


def test_a_message_with_its_flags_and_date() -> None:
    reading = emlx.read(InMemory(build(mail())), Hint())

    assert reading.value("subject") == "Ledger"
    assert reading.value("flags") == "read; flagged"
    assert reading.value("received") == "2015-12-06T11:04:51+00:00"
    assert emlx.open_step(InMemory(build(mail())), "part:2", Hint()) == PDF


def test_a_property_list_in_an_encoding_nobody_knows_is_a_fault() -> None:
    """The message is read all the same."""
    data = build(mail()).replace(b'encoding="UTF-8"', b'encoding="UTV-8"')

    reading = emlx.read(InMemory(data), Hint())

    assert reading.value("subject") == "Ledger"
    assert [fault.reason for fault in reading.faults] == [FaultReason.CORRUPT]


def test_a_count_past_the_end_is_told() -> None:
    reading = emlx.read(InMemory(build(mail(), 10**9)), Hint())

    assert FaultReason.TRUNCATED in {fault.reason for fault in reading.faults}
    assert reading.value("flags") == "read; flagged"


def test_an_attachment_kept_in_another_file_is_a_fault() -> None:
    head, _, _ = mail().partition(b"Content-Transfer-Encoding")
    partial = head + b"X-Apple-Content-Length: 999\n\n\n--b1--\n"
    reading = emlx.read(InMemory(build(partial)), Hint())
    assert reading.children is not None
    (child,) = reading.children()

    assert isinstance(child, Child)
    loaded = child.load()
    assert isinstance(loaded, Fault)
    assert (loaded.reason, loaded.lost, child.name) == (FaultReason.MISSING, True, "ledger.pdf")


def test_a_partial_message_says_where_its_attachments_lie() -> None:
    """Apple writes no length in some versions: the name of the file tells that it is partial."""
    empty = mail(attached=b"", name='filename="notes.txt"')
    children = emlx.read(InMemory(build(empty)), Hint("1235.partial.emlx")).children
    assert children is not None
    (child,) = children()

    assert isinstance(child, Child)
    loaded = child.load()
    assert isinstance(loaded, Fault)
    assert "Attachments/1235/2/notes.txt" in loaded.detail
    assert loaded.lost


def test_a_count_that_reaches_into_the_property_list_is_told() -> None:
    reading = emlx.read(InMemory(build(mail(), len(mail()) + 29)), Hint())

    assert FaultReason.TRUNCATED in {fault.reason for fault in reading.faults}
    assert reading.value("flags") == "read; flagged"
    assert "plist" not in reading.text


@given(st.integers(0, 2000), st.binary(max_size=20))
def test_no_mutation_throws_anything_else(at: int, put: bytes) -> None:
    data = build(mail())
    data = data[:at] + put + data[at + len(put) :]
    with contextlib.suppress(UnreadableError):
        emlx.read(InMemory(data), Hint())
