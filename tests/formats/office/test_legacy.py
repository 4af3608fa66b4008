"""Office files from before 2007: passwords, hidden sheets and slides, notes, embedded objects."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import Child, FaultReason, Hint, InMemory, Reading
from forthwith.formats.office import legacy, legacy_streams
from forthwith.formats.ole.objects import compound
from tests.builders import office
from tests.builders.damage import survives


def read(data: bytes) -> Reading:
    return legacy.read(InMemory(data), Hint())


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def atom(kind: int, body: bytes, *, container: bool = False, instance: int = 0) -> bytes:
    return struct.pack("<HHI", instance << 4 | (0xF if container else 0), kind, len(body)) + body


BOF = record(0x809, b"\0\x06\x05\0" + bytes(12))
HIDDEN = record(0x85, b"\0\0\0\0\x02\0\x04\0Deep")


@pytest.mark.parametrize(
    "streams",
    [
        {("EncryptedPackage",): b"x"},
        {("WordDocument",): b"\xec\xa5" + bytes(9) + b"\1" + bytes(500)},
        {("Workbook",): BOF + record(0x2F, bytes(6))},
        {("PowerPoint Document",): atom(0x2F14, b"")},
    ],
)
def test_a_password_is_said_and_lost(streams: dict[tuple[str, ...], bytes]) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(compound(streams))

    assert caught.value.fault.reason is FaultReason.ENCRYPTED


def test_hidden_sheets_and_rows_are_seen() -> None:
    row = record(0x208, bytes(12) + b"\x20\0\0\0")
    facts = legacy_streams.workbook(BOF + HIDDEN + row + record(0x7D, b"\2\0\3\0\0\0\0\0\1\0\0\0"))

    assert facts.sheets == [("Very hidden sheet", "Deep")]
    assert (facts.rows, facts.columns) == (1, 2)


def test_comments_and_notes_of_slides_are_read() -> None:
    comment = atom(0x0FBA, "Ana".encode("utf-16-le")) + atom(
        0x0FBA, "Really?".encode("utf-16-le"), instance=1
    )
    notes = atom(0x03F0, atom(0x0FA8, b"say nothing"), container=True)
    blob = atom(0x138B, atom(0x2EE0, comment, container=True))
    facts = legacy_streams.presentation(
        atom(0x03EE, atom(0x03F9, bytes(10) + b"\4\0"), container=True) + notes + blob
    )

    assert facts.marks == ["[Comment by Ana: Really?]"]
    assert facts.notes == ["say nothing"]
    assert facts.slides == ["1"]


def test_objects_in_storages_come_out_whole() -> None:
    data = compound(
        {
            ("Workbook",): BOF,
            ("MBD0001", "CONTENTS"): b"%PDF-1.4 words",
            ("MBD0002", "WordDocument"): b"\xec\xa5" + bytes(700),
            ("MBD0003", "\x01Ole"): b"only a link",
        }
    )
    reading = read(data)
    children = list(reading.children()) if reading.children else []

    assert [c.name for c in children if isinstance(c, Child)] == ["MBD0001.bin", "MBD0002.doc"]
    assert isinstance(children[0], Child)
    assert children[0].load() == b"%PDF-1.4 words"
    assert reading.declared == 2


def test_a_loose_wrapper_gives_its_file() -> None:
    reading = read(office.ole_package("ledger.csv", b"a,b\n"))
    (child,) = list(reading.children()) if reading.children else []

    assert isinstance(child, Child)
    assert (child.name, child.load()) == ("ledger.csv", b"a,b\n")


SOUND = compound(
    {("Workbook",): BOF + HIDDEN, ("MBD1", "\x01Ole10Native"): b"\4\0\0\0abcd", ("X",): b"y"}
)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, len(SOUND)), st.binary(max_size=8), st.booleans())
def test_damage_is_never_an_exception_of_ours(at: int, noise: bytes, cut: bool) -> None:
    assert survives(read, SOUND[:at] + noise + (b"" if cut else SOUND[at + len(noise) :]))


def property_set(*properties: tuple[int, bytes], count: int | None = None) -> bytes:
    """A SummaryInformation stream of (number, typed value)."""
    places, body = b"", b""
    for number, value in properties:
        places += struct.pack("<II", number, 8 + 8 * len(properties) + len(body))
        body += value + bytes(-len(value) % 4)
    inner = (
        struct.pack("<II", 8 + len(places) + len(body), count or len(properties)) + places + body
    )
    return struct.pack("<HHI16sI16sI", 0xFFFE, 0, 0, bytes(16), 1, bytes(16), 48) + inner


def test_properties_are_read_in_utc_and_their_counts_not_believed() -> None:
    # A FILETIME counts 100 ns since 1601; 1970 lies 11,644,473,600 seconds after it.
    seconds = int(datetime(2023, 1, 5, 10, tzinfo=UTC).timestamp()) + 11_644_473_600
    filetime = struct.pack("<IQ", 64, seconds * 10_000_000)
    author = struct.pack("<II", 30, 4) + b"Ana\0"
    vector = struct.pack("<II", 0x1003, 0xFFFFFFFF)
    summary = property_set((4, author), (12, filetime), (19, vector), count=0xFFFFFFFF)
    reading = read(compound({("Workbook",): BOF, ("\x05SummaryInformation",): summary}))

    assert reading.value("author") == "Ana"
    assert reading.value("created") == "2023-01-05T10:00:00+00:00"
