"""PDF: text a page, notes, properties, embedded files, passwords, scans, damage."""

from __future__ import annotations

import io
import time

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    Budget,
    Child,
    FaultReason,
    Hint,
    InMemory,
    Limits,
    Reading,
    TextMethod,
)
from forthwith.example.files import locked
from forthwith.formats.bytes.values import from_pdf_date
from forthwith.formats.pages import ocr, pdf
from tests.builders import pdf as build
from tests.builders.damage import survives


def read(data: bytes) -> Reading:
    return pdf.read(InMemory(data), Hint())


def test_pages_and_properties_are_read() -> None:
    reading = read(build.pages("We owe one million", "and hold none"))

    assert [page.strip() for page in reading.text.split("\f")] == [
        "We owe one million", "and hold none",
    ]  # fmt: skip
    assert (reading.value("author"), reading.value("title")) == ("Ana Lund", "Reserves")
    assert reading.value("pages") == "2"
    assert reading.value("created") == "2000-01-01T00:00:00+00:00"
    assert reading.faults == ()


def test_notes_and_embedded_files_come_out() -> None:
    data = build.changed(
        build.pages("one"), files={"ledger.csv": b"a,b\n"}, notes=[("Tom Reyes", "Really?")]
    )
    reading = read(data)
    (child,) = list(reading.children()) if reading.children else []

    assert "[Comment by Tom Reyes on 2023-01-05: Really?]" in reading.text
    assert isinstance(child, Child)
    assert (child.name, child.load(), reading.declared) == ("ledger.csv", b"a,b\n", 1)


def test_a_password_to_open_is_lost_and_one_to_change_is_not() -> None:
    with pytest.raises(UnreadableError) as caught:
        read(build.changed(build.pages("one"), user="secret", owner="secret"))

    assert caught.value.fault.reason is FaultReason.ENCRYPTED
    assert "one" in read(build.changed(build.pages("one"), owner="secret")).text


def test_a_scan_without_a_tool_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "lacking", lambda: "OCR (forthwith[ocr]) is not installed")
    reading = read(build.scan())

    assert reading.text_method is TextMethod.NONE
    assert [(fault.reason, fault.lost) for fault in reading.faults] == [
        (FaultReason.NO_TOOL, False)
    ]


def test_a_scan_is_read_where_there_is_a_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "lacking", lambda: "")
    monkeypatch.setattr(ocr, "ocr", lambda image: f"words off {image.width} pixels")
    reading = read(build.scan())

    assert reading.text_method is TextMethod.OCR
    assert reading.text.startswith("words off 24")
    assert reading.faults == ()


def test_scans_that_would_take_too_long_are_said_to_be_unread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A long scan must not be lost whole because its words take longer than an item may."""
    monkeypatch.setattr(ocr, "lacking", lambda: "")
    reading = pdf.read(InMemory(build.scan()), Hint(budget=Budget(Limits(seconds=0))))

    assert [fault.reason for fault in reading.faults] == [
        FaultReason.TOO_MANY, FaultReason.TOO_SLOW,
    ]  # fmt: skip
    assert all("every page" in fault.detail for fault in reading.faults)


def updated(data: bytes, content: bytes) -> bytes:
    """The same PDF with the words of its page replaced by an incremental update."""
    with pikepdf.open(io.BytesIO(data)) as document:
        number = document.pages[0].Contents.objgen[0]
        root, size = document.Root.objgen[0], len(document.objects) + 1
    before = int(data.rpartition(b"startxref")[2].split()[0])
    body = b"%d 0 obj <</Length %d>> stream\n%s\nendstream endobj\n" % (
        number, len(content), content,
    )  # fmt: skip
    at = len(data) + 1
    table = b"xref\n%d 1\n%010d 00000 n \ntrailer <</Size %d /Root %d 0 R /Prev %d>>\n" % (
        number, at, size, root, before,
    )  # fmt: skip
    return data + b"\n" + body + table + b"startxref\n%d\n%%%%EOF\n" % (at + len(body))


def test_words_taken_out_by_an_update_are_told_with_the_version_that_has_them() -> None:
    """Whoever saves over a PDF adds to it: the words taken out are in the file as they were."""
    first = build.drawn(build.words("We owe one million", y=200) + build.words("Kept", y=100))
    second = updated(first, build.words("Kept", y=100).encode())
    reading = read(updated(second, build.words("Kept", y=50).encode()))

    assert reading.text.split("\f") == ["Kept", "[Earlier version 1 of 3: We owe one million]"]
    assert [fault.reason for fault in reading.faults] == [FaultReason.NOT_REDACTED]
    assert "2 earlier versions" in reading.faults[0].detail
    assert read(updated(first, first_content(first))).faults == ()


def first_content(data: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(data)) as document:
        return bytes(document.pages[0].Contents.read_bytes())


def test_an_archive_behind_the_end_is_said_and_is_a_child() -> None:
    data = build.pages("one")
    reading = read(data + b"PK\x03\x04 more")
    (child,) = list(reading.children()) if reading.children else []

    assert isinstance(child, Child)
    assert child.load() == b"PK\x03\x04 more"
    assert "they begin like a zip archive" in reading.faults[0].detail
    assert read(data + b"\0" * 4000 + b"\r\n").faults == ()
    assert read(data + b"remains of a mail").faults == ()


@pytest.mark.parametrize(
    ("date", "instant"),
    [
        ("D:20230105100000-05'00'", "2023-01-05T10:00:00-05:00"),
        ("D:20230105100000Z", "2023-01-05T10:00:00+00:00"),
        ("D:20230105", "2023-01-05T00:00:00"),
        ("D:20231399", ""),
        ("yesterday", ""),
    ],
)
def test_dates_keep_their_own_offset(date: str, instant: str) -> None:
    assert from_pdf_date(date) == instant


SOUND = build.changed(
    build.pages("one", "two"), files={"a.txt": b"words"}, notes=[("Ana", "Really?")]
)


@settings(max_examples=160, deadline=None)
@given(
    st.sampled_from((SOUND, build.covered())),
    st.floats(0, 1),
    st.binary(max_size=8),
    st.booleans(),
)
def test_damage_is_never_an_exception_of_ours(
    sound: bytes, share: float, noise: bytes, cut: bool
) -> None:
    at = int(share * len(sound))
    assert survives(read, sound[:at] + noise + (b"" if cut else sound[at + len(noise) :]))


def test_damaged_encryption_is_said_to_be_encryption_in_the_same_words() -> None:
    """The pages may open where the rest asks for a password: no crash, and no address."""
    held = io.BytesIO()
    with pikepdf.new() as made:
        made.add_blank_page()
        made.docinfo["/Title"] = "Plan"
        made.save(held, encryption=pikepdf.Encryption(owner="o", user="", R=4))
    sound, seen = held.getvalue(), []
    start = sound.index(b"/Standard") - 300
    for at in range(max(start, 0), min(start + 600, len(sound)), 5):
        data = sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :]
        try:
            seen += read(data).faults
        except UnreadableError as refused:
            seen.append(refused.fault)

    assert {FaultReason.ENCRYPTED} <= {fault.reason for fault in seen}
    assert not any(" at 0x" in fault.detail or "object" in fault.detail for fault in seen)


def test_a_file_that_is_damaged_and_encrypted_is_said_to_be_encrypted() -> None:
    """Where the pages cannot be opened, the repair asks for the password."""
    sound = locked(build.pages("Keys", "Wallets"), "password")
    seen = set()
    for start in range(0, len(sound) - 40, 3):
        for length in (3, 40, 400):
            try:
                read(sound[:start] + sound[start + length :])
            except UnreadableError as refused:
                seen.add((refused.fault.reason, "damaged" in refused.fault.detail))

    assert (FaultReason.ENCRYPTED, True) in seen
    assert {reason for reason, _ in seen} <= {FaultReason.ENCRYPTED, FaultReason.CORRUPT}


def test_boxes_without_end_over_letters_without_end_do_not_lose_the_page() -> None:
    """Each letter is looked at under each box: some hundred kilobytes would take minutes."""
    boxes = "".join(build.box(0, 0, 600, 700, "0.5 g") for _ in range(4_000))
    letters = "".join(build.words("Keys and wallets " * 20, 20, y) for y in range(10, 690, 2))
    data = build.drawn(boxes + letters + boxes)
    begun = time.monotonic()

    reading = pdf.read(InMemory(data), Hint(budget=Budget(Limits(seconds=4))))

    assert time.monotonic() - begun < 60
    assert reading.text.startswith("Keys and wallets")
    assert any("not looked at for words under boxes" in fault.detail for fault in reading.faults)
