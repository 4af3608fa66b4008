"""Workbooks from before 2007, and xlsb: what stands beside the cells is read or counted."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.evidence import FaultReason, Hint, InMemory, Reading
from forthwith.formats.office import book_binary, legacy
from forthwith.formats.ole.objects import compound
from tests.builders import office
from tests.builders.damage import survives

BOF = struct.pack("<HH", 0x809, 16) + b"\0\x06\x05\0" + bytes(12)


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def wide(text: str) -> bytes:
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


def read(records: bytes, caches: dict[str, bytes] | None = None) -> Reading:
    streams = {("Workbook",): BOF + records}
    streams |= {("_SX_DB_CUR", name): data for name, data in (caches or {}).items()}
    return legacy.read(InMemory(compound(streams)), Hint())


NAME = struct.pack("<HBBHHHI", 1, 0, 4, 0, 0, 0, 0) + b"\0rate" + b"\x17\x04\x000.17"
CHECK = struct.pack("<I", 0x83) + wide("Pick") + wide("\0") + wide("one of these") + wide("\0")
CHECK += struct.pack("<HH", 12, 0) + b"\x17\x09\x00Open\0Shut"
BOOK = struct.pack("<HHB", 1, 8, 0) + b"\1tall.xl" + wide("July")
CELLS = struct.pack("<BBH", 8, 7, 99) + b"\x02" + wide("owed") + b"\x01" + struct.pack("<d", 600)


@pytest.mark.parametrize(
    ("records", "said"),
    [
        (record(0x14, wide("&LDraft")), "&LDraft"),
        (record(0x1B6, bytes(10) + struct.pack("<HHHH", 6, 0, 0, 0)) + record(0x3C, b"\0sec")
         + record(0x3C, b"\0ret"), "[Text of a shape: secret]"),
        (record(0x18, NAME), "[Hidden defined name rate: 0.17]"),
        (record(0x1BE, CHECK), "[Validation: choices Open,Shut; Pick; one of these]"),
        (record(0x1AE, BOOK) + record(0x59, struct.pack("<HH", 1, 0)) + record(0x5A, CELLS),
         "[Kept of the linked file tall.xl: Sheets: July\nSheet July\nH100\towed\nI100\t600]"),
        (record(0xCD, wide("select * from clients")), "[Data connection: select * from clients]"),
    ],
)  # fmt: skip
def test_what_no_cell_holds_is_read(records: bytes, said: str) -> None:
    assert said in read(records).text


def test_the_values_of_a_pivot_cache_are_read() -> None:
    """They stay when the sheet they came from is deleted."""
    cache = record(0xC7, bytes(14) + wide("Client")) + record(0xCD, wide("Ortega"))
    cache += record(0xCD, wide("Lund")) + record(0xC7, bytes(14) + wide("Owed"))
    cache += record(0xC9, struct.pack("<d", 900.5)) + record(0xCC, struct.pack("<h", -3))
    cache += record(0xCE, struct.pack("<HHBBBB", 2023, 1, 5, 0, 0, 0))

    assert (
        "[Pivot cache: Client: Ortega; Lund\nOwed: 900.5; -3; 2023-01-05T00:00:00]"
        in read(b"", {"0001": cache}).text
    )


def bundle(state: int, name: str) -> bytes:
    body = struct.pack("<III", state, 1, 4) + "rId1".encode("utf-16-le")
    body += struct.pack("<I", len(name)) + name.encode("utf-16-le")
    return b"\x9c\x01" + bytes([len(body)]) + body


def test_hidden_sheets_of_xlsb_are_named_and_its_binary_parts_counted() -> None:
    data = office.package(
        {
            "_rels/.rels": office.rels(("r1", "officeDocument", "xl/workbook.bin")),
            "xl/workbook.bin": bundle(0, "Open") + bundle(2, "Deep"),
            "xl/_rels/workbook.bin.rels": office.rels(("c1", "connections", "connections.bin"),
                ("p1", "pivotCacheDefinition", "pivotCache/pivotCacheDefinition1.bin")),
            "xl/connections.bin": b"x",
            "xl/pivotCache/pivotCacheDefinition1.bin": b"x",
        }
    )  # fmt: skip
    reading = legacy.read(InMemory(data), Hint())
    details = {f.detail for f in reading.faults if f.reason is FaultReason.UNSUPPORTED}

    assert "[Very hidden sheet: Deep]" in reading.text
    assert reading.value("hidden_sheets") == "Deep"
    assert details == {
        "binary parts of the workbook are not read: 1 of data connections, 1 of pivot caches"
    }


SOUND = BOF + record(0x18, NAME) + record(0x1BE, CHECK) + record(0x1AE, BOOK) + record(0x5A, CELLS)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(SOUND)), st.binary(max_size=6), st.booleans())
def test_damage_is_never_an_exception_of_ours(at: int, noise: bytes, cut: bool) -> None:
    stream = SOUND[:at] + noise + (b"" if cut else SOUND[at + len(noise) :])

    list(book_binary.beside_cells(stream))
    book_binary.pivot_cache(stream)
    book_binary.hidden_sheets(stream)
    assert survives(read, stream)
