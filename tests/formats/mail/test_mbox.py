"""Mailboxes: every message once, by its exact range, however large the file."""

from __future__ import annotations

import mailbox
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.evidence import Budget, Child, Fault, FaultReason, Hint, InMemory, Limits
from forthwith.formats.mail import mbox
from forthwith.formats.sniff.media_type import media_type
from tests.builders.mail import mail
from tests.builders.mail import mbox as build


def messages(data: bytes) -> list[bytes | Fault]:
    return [child.load() for child in children(data)]


def children(data: bytes) -> list[Child]:
    read_children = mbox.read(InMemory(data), Hint()).children
    assert read_children is not None
    return [child for child in read_children() if isinstance(child, Child)]


def test_every_message_comes_out_as_it_stands() -> None:
    first, second = mail(), mail(headers="X-Second: yes\n")

    assert messages(build(first, second)) == [first, second]
    assert mbox.read(InMemory(build(first, second)), Hint()).declared == 2


@pytest.mark.parametrize("line_end", [b"\r\n", b"\r"])
def test_line_ends_of_other_systems(line_end: bytes) -> None:
    data = build(mail(), mail()).replace(b"\n", line_end)

    assert messages(data) == [mail().replace(b"\n", line_end)] * 2


def test_a_body_line_that_begins_with_from_is_text() -> None:
    body = "Hello\n\nFrom here on we keep two ledgers.\n\nFrom: nobody in particular\n"
    data = build(mail(body=body), mail(), quoted=False)

    assert messages(data) == [mail(body=body), mail()]


def test_an_undated_separator_before_headers_counts_and_is_told() -> None:
    data = build(mail()) + b"From nobody\n" + mail()
    reading = mbox.read(InMemory(data), Hint())

    assert reading.declared == 2
    assert [fault.reason for fault in reading.faults] == [FaultReason.CORRUPT]


@pytest.mark.parametrize("separator", [b"From \n", b"From\n", b"From a@x.example\n", b"From -\n"])
def test_separators_without_a_date_part_messages(separator: bytes) -> None:
    """Some exporters write the word alone and no blank line before it."""
    data = b"".join(separator + message for message in (mail(), mail(), mail()))

    assert media_type(InMemory(data), "a.mbox") == "application/mbox"
    assert messages(data) == [mail(), mail(), mail()]
    assert media_type(InMemory(separator + mail()), "a.eml") == "message/rfc822"


@pytest.mark.parametrize("separator", [b"From \r\n", b"From\r\n"])
def test_no_header_is_taken_for_a_separator(separator: bytes) -> None:
    """A line of "From:" begins as the bare separator does."""
    message = mail().replace(b"\n", b"\r\n")

    assert messages((separator + message) * 3) == [message] * 3


def test_words_after_from_part_nothing_where_separators_have_no_date() -> None:
    body = "Hello\n\nFrom ana@x.example\nwe hear nothing.\n\nFrom\n\nnowhere\n"
    data = b"".join(b"From \n" + mail(body=text) + b"\n" for text in (body, body))

    assert messages(data) == [mail(body=body)] * 2


@pytest.mark.parametrize("mark", mbox.MARKS)
def test_marks_part_messages(mark: bytes) -> None:
    """MMDF stands a line of four ^A before and after each message, Foxmail its own before it."""
    first, second = mail(), mail(headers="X-Second: yes\n")
    data = b"".join(mark + b"\n" + message + mark + b"\n" for message in (first, second))

    assert media_type(InMemory(data), "a.mbox") == "application/mbox"
    assert messages(data) == [first, second]


def test_the_separator_dates_a_message_without_a_date() -> None:
    """A chat that Google exports as mail has no other date; one with a Date header keeps it."""
    chat = b"From: Ana <ana@x.example>\nX-Gmail-Labels: Chat\n\nhello\n"
    line = b"From 15@xxx Tue Mar 12 09:15:00 +0000 2024\n"
    (first, second) = children(line + chat + b"\n" + line + mail())

    assert [(datum.name, datum.value, datum.origin) for datum in first.fields] == [
        ("sent", "2024-03-12T09:15:00+00:00", "mbox:From_ line")
    ]
    assert not second.fields


PASTED = (
    "see\n\nFrom joe@x.example  Thu Nov 24 10:00:00 2016\nSubject: q\nFrom: joe@x.example\n\nq\n"
)


def test_a_separator_inside_an_open_part_is_text() -> None:
    """A pasted mailbox must not cut a mail from the file attached after it."""
    data = build(mail(body=PASTED), mail(body=PASTED), quoted=False)
    reading = mbox.read(InMemory(data), Hint())

    assert messages(data) == [mail(body=PASTED)] * 2
    assert [fault.detail for fault in reading.faults] == [
        "2 separator lines lie inside an open MIME part and were left as text"
    ]


def test_an_attached_mailbox_is_no_part_of_the_one_around_it() -> None:
    inner = build(mail(boundary="inner"), mail(boundary="inner"), quoted=False).decode()
    data = build(mail(body=inner), mail(), quoted=False)

    assert messages(data) == [mail(body=inner), mail()]


def test_a_message_cut_short_does_not_swallow_the_next() -> None:
    """Two messages of one boundary: the end that comes later is the second one's."""
    cut = mail(body="cut", end=False)
    data = build(cut, mail(), mail(), quoted=False)

    assert messages(data) == [cut, mail(), mail()]


def test_a_patch_is_a_text_and_no_mailbox() -> None:
    """Git writes a From line with a date of its own before each patch."""
    patch = (
        b"From " + b"3f" * 20 + b" Mon Sep 17 00:00:00 2001\nFrom: a@x.example\nSubject: p\n\n-\n"
    )

    assert media_type(InMemory(patch), "0001.patch") == "text/x-diff"
    body = "see\n\n" + patch.decode()
    assert messages(build(mail(body=body), quoted=False)) == [mail(body=body)]


def test_a_true_content_length_keeps_an_unescaped_mailbox_whole() -> None:
    inner = build(mail(), quoted=False)
    text = b"see below\n\n" + inner
    outer = b"Subject: x\nContent-Length: %d\n\n" % len(text) + text
    data = build(outer, mail(), quoted=False)

    assert messages(data) == [outer, mail()]
    assert any("Content-Length" in f.detail for f in mbox.read(InMemory(data), Hint()).faults)


def test_a_false_content_length_hides_nothing() -> None:
    for length in (0, 3, 50, 10**6, 10**14):
        false = mail(headers=f"Content-Length: {length}\n")
        assert messages(build(false, mail(), mail())) == [false, mail(), mail()]


def test_bytes_before_the_first_separator_are_a_message() -> None:
    data = mail() + b"\n" + build(mail())
    assert len(messages(data)) == 2


def test_slices_hold_the_same_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mbox, "SLICE", 3000)
    monkeypatch.setattr(mbox, "WINDOW", 700)
    monkeypatch.setattr(mbox, "CONTEXT", 200)
    data = build(*[mail(headers=f"X-Number: {n}\n" * n) for n in range(40)])
    parts = list(mbox.slices(InMemory(data), Hint()))
    steps = [
        child.step
        for part in parts
        for child in mbox.slice_children(InMemory(data), Hint(), part)
        if isinstance(child, Child)
    ]

    assert len(parts) > 5
    assert steps == [child.step for child in children(data)]
    assert len(steps) == 40


def test_a_step_opens_the_same_bytes() -> None:
    data = build(mail(), mail())
    for child in children(data):
        assert mbox.open_step(InMemory(data), child.step, Hint()) == child.load()
    for bad in ("range:9-5", "range:0-99999999", "part:1", "range:x"):
        assert isinstance(mbox.open_step(InMemory(data), bad, Hint()), Fault)


def test_a_message_over_the_limit_is_a_fault() -> None:
    hint = Hint(budget=Budget(Limits(item_bytes=100)))
    items = [*mbox.slice_children(InMemory(build(mail())), hint, f"0-{len(build(mail()))}")]

    assert isinstance(items[0], Child)
    assert isinstance(items[0].load(), Fault)


@given(
    st.lists(
        st.sampled_from(
            [
                b"From a Mon May 14 16:39:00 2001\n",
                b"From me\n",
                b"Subject: x\n",
                b"\n",
                b"\r\n",
                b"Content-Length: 20\n",
                b"text\n",
                b"From a\r",
                b"\0",
                b">From b\n",
            ]
        ),
        max_size=40,
    )
)
def test_no_byte_is_lost_and_nothing_throws(pieces: list[bytes]) -> None:
    """Ranges come in order, never overlap, and between them lie only separators and blanks."""
    data = b"".join(pieces)
    at = 0
    for child in children(data):
        start, end = (int(offset) for offset in child.step.removeprefix("range:").split("-"))
        between = data[at:start]
        assert at <= start <= end <= len(data)
        assert not between.strip() or b"From " in between
        at = end
    if children(data):
        assert not data[at:].strip()


@pytest.mark.corpus
def test_same_messages_as_the_standard_library(corpora: Path) -> None:
    for path in [
        corpora / "mail/mime4j/mbox/src/test/resources/test-1/mbox.rlug",
        *sorted((corpora / "documents/tika/mail").glob("*.mbox")),
    ]:
        theirs = mailbox.mbox(path, create=False)
        assert messages(path.read_bytes()) == [theirs.get_bytes(key) for key in theirs.iterkeys()]
