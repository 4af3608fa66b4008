"""The row store: what `process` left, by place, in constant time."""

from __future__ import annotations

import shutil
import sqlite3

import numpy as np
import pytest

from forthwith.process.run import process
from forthwith.record import indexes
from forthwith.record.documents import DocumentTable
from forthwith.record.matter import Matter
from forthwith.record.room_store import NO_DAY, PIECE, RoomStore, digest_of
from tests.builders import evidence

#: More than one piece, with letters of one, two, three and four bytes.
LONG = "aé冷🔑 word " * (PIECE // 10) + "the end\n"


@pytest.fixture(scope="module")
def matter(tmp_path_factory: pytest.TempPathFactory) -> Matter:
    """Two custodians; copies among them, a family, a zip, a long text, a lost file."""
    folder = tmp_path_factory.mktemp("store")
    one = evidence.write(
        folder / "one",
        a_eml=evidence.mail("Keys", ("memo.txt", b"The wallets.\n"), ("plan.txt", b"A plan.\n")),
        b_txt=b"A plan.\n",
        box_zip=evidence.archive(a_txt=b"First.\n", b_txt=b"Second\n"),
        broken_pdf=b"%PDF-1.4 and nothing more",
        long_txt=LONG.encode(),
    )
    two = evidence.write(folder / "two", same_txt=b"A plan.\n", empty_txt=b"")
    matter = evidence.matter(folder / "matter", one)
    evidence.collect(matter, two, "Li, Bo")
    process(matter, workers=1)
    return matter


def test_each_document_is_what_the_table_of_documents_has(matter: Matter) -> None:
    store, table = RoomStore.open(matter), DocumentTable(matter)

    documents = list(table.ask())
    texts = [(text, body) for _, text, body in table.bodies()]

    assert [store.information(place) for place in range(len(store.columns))] == documents
    assert [store.text(place) for place in range(len(documents))] == texts
    assert [store.length(place) for place in range(len(documents))] == [len(t) for t, _ in texts]
    # NumPy gives no zero bytes at the end.
    read = [digest_of(text).rstrip(b"\0") for text, _ in texts]
    assert store.columns.read.tolist() == read


def test_columns_say_what_the_documents_say(matter: Matter) -> None:
    columns = RoomStore.open(matter).columns
    documents = list(DocumentTable(matter).ask())
    place = {document.control_number: at for at, document in enumerate(documents)}

    assert list(columns.controls) == list(place)
    assert [columns.place[control] for control in columns.controls] == list(range(len(columns)))
    for at, document in enumerate(documents):
        assert columns.custodians[columns.custodian[at]] == document.custodian
        assert columns.holder_sets[columns.holders[at]] == {
            document.custodian,
            *document.all_custodians,
        }
        assert columns.kinds[columns.kind[at]] == document.kind
        assert columns.sources[columns.source[at]] == document.source
        assert columns.top[at] == place[document.family]
        assert columns.parent[at] == (-1 if document.parent is None else place[document.parent])
        assert columns.fault[at] == (2 if document.lost else int(document.partly_read))
        alike = [
            other.control_number
            for other in documents
            if other.duplicate_group
            and (other.duplicate_group, other.order) == (document.duplicate_group, document.order)
        ]
        group = np.flatnonzero((columns.group == columns.group[at]) & (columns.group >= 0))
        assert [columns.controls[other] for other in group] == alike
    assert NO_DAY not in columns.day


def test_equal_bytes_share_a_number_in_whatever_family(matter: Matter) -> None:
    columns = RoomStore.open(matter).columns
    plans = [
        at
        for at, document in enumerate(DocumentTable(matter).ask())
        if document.name in {"b.txt", "plan.txt", "same.txt"} and document.size == 8
    ]

    assert len(plans) == 3
    assert len({int(columns.content[at]) for at in plans} - {-1}) == 1


@pytest.mark.parametrize(
    ("first", "last"),
    [(0, 10), (PIECE - 3, PIECE + 3), (0, len(LONG)), (len(LONG) - 2, len(LONG) + 99), (5, 5)],
)
def test_a_stretch_is_cut_out_of_the_whole_text(matter: Matter, first: int, last: int) -> None:
    store = RoomStore.open(matter)
    place = next(at for at, row in enumerate(_rows(store)) if row.name == "long.txt")

    assert store.stretch(place, first, last) == store.text(place)[0][first:last]


@pytest.mark.parametrize("control", ["", "FW", "FW99999999", "FW00000001\0", "\ud800", "x" * 99])
def test_what_is_no_control_number_has_no_place(matter: Matter, control: str) -> None:
    assert control not in RoomStore.open(matter).columns.place


def test_a_deleted_store_is_made_again_alike(matter: Matter) -> None:
    before = _all(RoomStore.open(matter))

    shutil.rmtree(matter.derived / "room")

    assert _all(RoomStore.open(matter)) == before


def test_a_forged_store_is_not_asked(matter: Matter) -> None:
    """Whoever can write to derived/ cannot put words into a document."""
    store = RoomStore.open(matter)
    before = _all(store)
    with sqlite3.connect(store.path) as connection:
        connection.execute("UPDATE documents SET subject = 'Forged', body = 3")

    assert list(indexes.digests(matter.engine.connect()))
    assert _all(RoomStore.open(matter)) == before


def test_a_matter_that_cannot_be_written_has_its_store_elsewhere(
    matter: Matter, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _all(RoomStore.open(matter))
    shutil.rmtree(matter.derived / "room")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(indexes, "keep", full)
    store = RoomStore.open(matter)

    assert matter.folder not in store.path.parents
    assert _all(store) == before
    assert not list((matter.derived / "room").iterdir())


def _rows(store: RoomStore) -> list[object]:
    return list(store.rows(range(len(store.columns))))


def _all(store: RoomStore) -> list[object]:
    places = range(len(store.columns))
    return [(store.row(at), store.text(at), store.information(at)) for at in places]
