"""The layers under an Outlook store, on bytes made by hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.evidence import InMemory
from forthwith.formats.outlook import pst_pages
from forthwith.formats.outlook.property_types import decode_multiple, instant
from forthwith.formats.outlook.pst_ltp import Heap, Table, property_context
from forthwith.formats.outlook.pst_ndb import Ndb, Node
from tests.builders import outlook


def test_the_tables_are_what_their_roles_ask() -> None:
    """Encoding and decoding are inverse; the middle table is its own inverse ([MS-PST] 5.1)."""
    middle = pst_pages._MIDDLE
    assert sorted(pst_pages.ENCODE) == list(range(256))
    assert all(pst_pages.ENCODE[pst_pages.DECODE[value]] == value for value in range(256))
    assert all(middle[middle[value]] == value for value in range(256))


@given(st.binary(max_size=600), st.integers(0, 2**32))
def test_the_cyclic_encoding_is_its_own_inverse(data: bytes, bid: int) -> None:
    once = pst_pages.decoded(data, 2, bid)

    assert pst_pages.decoded(once, 2, bid) == data


@given(st.binary(max_size=300))
def test_the_checksum_is_the_one_counted_bit_by_bit(data: bytes) -> None:
    assert pst_pages.checksum(data) == outlook.crc_of(data)


def ndb_of(data: bytes) -> tuple[Ndb, Node]:
    """A store whose last data block is `data`."""
    built = outlook.PstBuilder()
    bid = built._block(data)
    built._nodes.append((0x41, bid, 0, 0))
    ndb = Ndb(InMemory(built._finished()))
    node = ndb.node(0x41)
    assert node is not None
    return ndb, node


def test_a_property_context_gives_its_values() -> None:
    ndb, node = ndb_of(
        outlook.property_context({0x0037001F: "x", 0x00170003: -1, 0x0E1B000B: True})
    )

    values, _ = property_context(Heap(ndb, node, 1000))

    assert values == {0x37: (0x1F, "x"), 0x17: (3, -1), 0x0E1B: (0xB, True)}


def test_a_table_gives_its_rows_in_their_order() -> None:
    rows = [(9, {0x3001001F: "nine"}), (4, {0x3001001F: "four", 0x0C150003: 2}), (7, {})]
    ndb, node = ndb_of(outlook.table(rows))
    table = Table(Heap(ndb, node, 10_000))

    assert table.row_ids() == [9, 4, 7]
    cells = dict(table.rows())
    assert cells[9][0x3001] == (0x1F, "nine")
    assert cells[4][0x0C15] == (3, 2)
    assert 0x3001 not in cells[7]


def test_a_block_with_a_broken_seal_is_noted_and_read() -> None:
    built = outlook.PstBuilder()
    built._nodes.append((0x41, built._block(b"a block of words"), 0, 0))
    data = built._finished()
    at = data.index(b"a block of words")
    ndb = Ndb(InMemory(data[:at] + b"A" + data[at + 1 :]))
    node = ndb.node(0x41)
    assert node is not None

    assert ndb.blocks(node.data, 100) == [b"A block of words"]
    assert any("checksum" in note for note in ndb.take_notes())


def test_far_ends_of_time_are_no_dates() -> None:
    assert instant(0) == ""
    assert instant(0x0CB34557A3DD4000) == ""
    assert instant(outlook.SENT) == "2001-10-26T14:05:09+00:00"


def test_a_count_of_values_is_held_against_the_bytes() -> None:
    assert decode_multiple(0x1102, b"\xff\xff\xff\xff") == ()
    assert decode_multiple(0x1003, b"\x01\0\0\0\x02\0\0\0\x03") == (1, 2)
