"""Outlook stores: each message of each folder, straight from its properties."""

from __future__ import annotations

import email
import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import Child, Fault, FaultReason, Hint, InMemory, Kind, Relation
from forthwith.formats.outlook import libpff, pst
from tests.builders.outlook import MEMO, PEOPLE, SENT, PstBuilder, table
from tests.formats.outlook.walk import children, everything


def store(encoding: int = 0, orphans: frozenset[int] = frozenset()) -> bytes:
    built = PstBuilder(encoding=encoding, orphans=orphans)
    built.add(MEMO, PEOPLE, [({0x37050003: 1, 0x3707001F: "list.txt"}, b"one\ntwo")])
    built.add({0x001A001F: "IPM.Note", 0x0037001F: "second", 0x1000001F: "words"})
    return built.build()


SOUND = store()


def read(data: bytes):  # type: ignore[no-untyped-def]
    return pst.read(InMemory(data), Hint())


@pytest.mark.parametrize("encoding", [0, 1, 2])
def test_every_message_is_a_child_whatever_the_encoding(encoding: int) -> None:
    reading = read(store(encoding))

    messages = children(reading)

    assert reading.kind is Kind.CONTAINER
    assert reading.faults == ()
    assert reading.declared == 2
    assert [(c.step, c.name, c.folder, c.relation) for c in messages] == [
        ("node:2097156", "RE: Wallet list.eml", "Inbox", Relation.MESSAGE),
        ("node:2097188", "second.eml", "Inbox", Relation.MESSAGE),
    ]


def test_a_message_is_read_from_its_properties() -> None:
    first = children(read(SOUND))[0]
    assert first.reading is not None
    reading = first.reading()

    assert reading.value("from") == "Ada Winter <ada@sample.example>"
    assert reading.value("to") == "Dana Ortiz <dana@sample.example>"
    assert reading.value("cc") == "Kim, Lee </o=Sample/cn=kim>"
    assert reading.value("subject") == "RE: Wallet list"
    assert reading.value("sent") == "2001-10-26T14:05:09+00:00"
    assert reading.value("received") == "2001-10-26T14:05:11+00:00"
    assert reading.value("internal_path") == "Inbox/RE: Wallet list"
    assert reading.text == "The list is attached."
    assert [(c.step, c.name, c.load()) for c in children(reading)] == [
        ("att:0", "list.txt", b"one\ntwo")
    ]


def test_the_eml_shows_what_the_properties_say() -> None:
    data = children(read(SOUND))[0].load()
    assert isinstance(data, bytes)
    parsed = email.message_from_bytes(data)

    assert parsed["From"] == "Ada Winter <ada@sample.example>"
    assert parsed["Date"] == "Fri, 26 Oct 2001 14:05:09 +0000"
    assert parsed["Subject"] == "RE: Wallet list"
    parts = [p for p in parsed.walk() if p.get_filename()]
    assert [(p.get_filename(), p.get_payload(decode=True)) for p in parts] == [
        ("list.txt", b"one\ntwo")
    ]


def test_a_message_in_no_folder_is_not_lost() -> None:
    messages = children(read(store(orphans=frozenset({1}))))

    assert [(c.name, c.folder) for c in messages] == [
        ("RE: Wallet list.eml", "Inbox"),
        ("second.eml", "[orphaned]"),
    ]


def test_steps_open_again_to_the_same_bytes() -> None:
    source = InMemory(SOUND)
    for child in children(read(SOUND)):
        assert pst.open_step(source, child.step, Hint()) == child.load()
    assert pst.open_step(source, "node:2097156/att:0", Hint()) == b"one\ntwo"
    assert isinstance(pst.open_step(source, "node:4", Hint()), Fault)


def test_slices_in_order_give_all_children() -> None:
    source = InMemory(SOUND)
    parts = list(pst.slices(source, Hint()))

    cut = [c for part in parts for c in pst.slice_children(source, Hint(), part)]

    assert parts == ["0-2"]
    assert [c.step for c in cut] == [c.step for c in children(read(SOUND))]
    second = list(pst.slice_children(source, Hint(), "1-2"))
    assert [c.step for c in second] == ["node:2097188"]


def test_a_broken_message_is_a_fault_and_the_rest_goes_on() -> None:
    at = SOUND.index("The list".encode("utf-16-le"))
    start = SOUND.rindex(b"\xec\xbc", 0, at)
    broken = SOUND[:start] + b"\0\0" + SOUND[start + 2 :]

    items = list(read(broken).children())

    assert isinstance(items[0], Fault)
    assert items[0].lost
    assert items[0].step == "node:2097156"
    assert isinstance(items[1], Child)


def test_a_bad_checksum_is_said_and_the_words_are_kept() -> None:
    at = SOUND.index("The list".encode("utf-16-le"))
    first = children(read(SOUND[:at] + b"D" + SOUND[at + 1 :]))[0]
    assert first.reading is not None
    reading = first.reading()

    assert reading.text == "Dhe list is attached."
    assert [fault.reason for fault in reading.faults] == [FaultReason.CORRUPT]
    assert "checksum" in reading.faults[0].detail


def test_a_store_without_its_roots_is_searched_for_its_leaves() -> None:
    lost = bytearray(SOUND)
    lost[216:248] = b"\xff" * 32

    reading = read(bytes(lost))

    assert [c.load() for c in children(reading)] == [c.load() for c in children(read(SOUND))]
    assert sum("found by searching" in fault.detail for fault in reading.faults) == 2


def test_a_truncated_store_says_so() -> None:
    grown = bytearray(SOUND)
    grown[184:192] = (len(SOUND) + 1).to_bytes(8, "little")

    assert FaultReason.TRUNCATED in {fault.reason for fault in read(bytes(grown)).faults}
    with pytest.raises(UnreadableError, match="past the end"):
        read(SOUND[:2000])


def test_what_is_no_store_is_unreadable() -> None:
    with pytest.raises(UnreadableError):
        read(b"!BDN" + bytes(600))


def test_an_index_that_leads_back_to_itself_ends() -> None:
    root = int.from_bytes(SOUND[224:232], "little")
    page = bytearray(SOUND[root : root + 512])
    page[488:492] = bytes((1, 20, 24, 1))
    page[0:24] = (0).to_bytes(8, "little") + (1).to_bytes(8, "little") + root.to_bytes(8, "little")

    reading = read(SOUND[:root] + bytes(page) + SOUND[root + 512 :])

    assert reading.declared == 0
    assert any("level above its own" in fault.detail for fault in reading.faults)


class _Looped(PstBuilder):
    """A store with a loop in it; every checksum is right."""

    loop: str = ""

    def _finished(self) -> bytes:
        folder, message = 0x8022, 0x200004
        following = 4 * (len(self._blocks) + 1) | 2
        match self.loop:
            case "folders":
                rows = [(folder, {0x3001001F: "again"}), (0x122, {0x3001001F: "root"})]
                self._node(folder & ~0x1F | 0x0D, table(rows))
            case "subnodes":
                at = next(i for i, node in enumerate(self._nodes) if node[0] == message)
                inner = self._subnodes([(0x692, self._nodes[at][1], following)])
                self._nodes[at] = (*self._nodes[at][:2], inner, *self._nodes[at][3:])
            case "blocks":
                tree = struct.pack("<BBHIQ", 1, 1, 1, 100_000, following)
                at = next(i for i, node in enumerate(self._nodes) if node[0] == message)
                block = self._block(tree, internal=True)
                self._nodes[at] = (message, block, *self._nodes[at][2:])
        return super()._finished()


@pytest.mark.parametrize("loop", ["folders", "subnodes", "blocks"])
def test_a_store_that_leads_back_to_itself_ends(loop: str) -> None:
    """A folder in itself, a list of parts that names itself, a block made of itself."""
    built = _Looped()
    built.loop = loop
    built.add(MEMO, PEOPLE).add({0x001A001F: "IPM.Note", 0x0037001F: "second"})

    reading = read(built.build())
    found = list(everything(reading))

    assert 0 < len(found) <= 20


@given(st.integers(0, len(SOUND) - 1), st.binary(min_size=1, max_size=8))
@settings(max_examples=200, deadline=None)
def test_no_mutation_makes_it_throw(at: int, put: bytes) -> None:
    broken = (SOUND[:at] + put + SOUND[at + len(put) :])[: len(SOUND)]
    with suppress(UnreadableError):
        list(everything(read(broken)))


@given(st.integers(0, len(SOUND)))
@settings(max_examples=60, deadline=None)
def test_no_truncation_makes_it_throw(length: int) -> None:
    with suppress(UnreadableError):
        list(everything(read(SOUND[:length])))


def test_one_reader_seeing_less_is_a_disagreement() -> None:
    ours = list(pst.summaries(InMemory(SOUND), Hint()))

    assert ours[0].submitted * 10_000_000 + 11_644_473_600 * 10_000_000 == SENT
    assert libpff.reconcile(ours, ours) == ()
    faults = libpff.reconcile(ours, ours[:1])
    assert [fault.reason for fault in faults] == [FaultReason.DISAGREEMENT]
    assert "second" in faults[0].detail


STORES = (
    "outlook/enron-pst/example/testdata/enron.pst",
    "outlook/enron-pst/example/testdata/pstextractortest@outlook.com.ost",
    "documents/tika/microsoft/testPST.pst",
    "documents/tika/microsoft/testPST_variousBodyTypes.pst",
    "documents/hoover/data/pst/flags_jane_doe.pst",
)


@pytest.mark.corpus
@pytest.mark.parametrize("name", STORES)
def test_libpff_sees_the_same_messages(corpora: Path, name: str) -> None:
    if not libpff.available():
        pytest.skip("libpff-python is not installed")
    source = InMemory((corpora / name).read_bytes())

    theirs = libpff.summaries(source)

    assert theirs
    assert libpff.reconcile(pst.summaries(source, Hint()), theirs) == ()


@pytest.mark.corpus
@pytest.mark.parametrize("name", STORES)
def test_each_eml_holds_the_same_attachments_as_the_reading(corpora: Path, name: str) -> None:
    for child in children(pst.read(InMemory((corpora / name).read_bytes()), Hint())):
        assert child.reading is not None
        data = child.load()
        assert isinstance(data, bytes)
        files = [c for c in children(child.reading()) if c.reading is None]
        parts = [p for p in email.message_from_bytes(data).walk() if p.get_filename()]
        attachments = [(p.get_filename(), p.get_payload(decode=True)) for p in parts]
        assert all((c.name, c.load()) in attachments for c in files)
