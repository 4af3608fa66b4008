"""A file that changes while it is collected ends where it ended when it was opened, and says so."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from forthwith.collect.folder import collect
from forthwith.domain.evidence import FaultReason
from forthwith.domain.items import Item
from forthwith.process.run import process
from forthwith.record import sources
from forthwith.record.documents import DocumentTable
from forthwith.record.evidence import EvidenceStore
from forthwith.record.matter import Matter
from forthwith.record.readings import faults_from
from tests.builders import evidence


def _items(matter: Matter) -> list[Item]:
    with matter.engine.connect() as connection:
        return list(sources.items(connection))


def _meanwhile(monkeypatch: pytest.MonkeyPatch, change: Callable[[], object]) -> None:
    """Do something to the evidence after a file was opened and before its first byte is read."""
    put = EvidenceStore.put
    changes = [change]

    def changing(store: EvidenceStore, *given: object) -> object:
        if changes:
            changes.pop()()
        return put(store, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(EvidenceStore, "put", changing)


def _append(path: Path, data: bytes) -> None:
    with path.open("ab") as stream:
        stream.write(data)


def _exchange(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"another")
    other.replace(path)


CHANGES: dict[str, tuple[Callable[[Path], object], bytes, str]] = {
    "grows": (lambda path: _append(path, b" more"), b"as it was", "when it was opened and 14"),
    "shrinks": (lambda path: os.truncate(path, 4), b"as i", "the 4 that could be read"),
    "emptied": (lambda path: path.write_bytes(b""), b"", "the 0 that could be read"),
    "written": (lambda path: path.write_bytes(b"AS IT WAS"), b"AS IT WAS", "old in one part"),
    "replaced": (_exchange, b"as it was", "another was put in its place"),
    "removed": (lambda path: path.unlink(), b"as it was", "moved"),
}  # fmt: skip


@pytest.mark.parametrize("change, kept, says", CHANGES.values(), ids=CHANGES)
def test_what_changes_is_kept_with_a_fault(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Path], object],
    kept: bytes,
    says: str,
) -> None:
    folder = evidence.write(tmp_path / "in", log_txt=b"as it was")
    os.utime(folder / "log.txt", (1, 1))
    _meanwhile(monkeypatch, lambda: change(folder / "log.txt"))

    matter = evidence.matter(tmp_path / "m", folder)

    (item,) = _items(matter)
    assert matter.evidence.path(item.blob).read_bytes() == kept
    assert item.fault.startswith("changed while it was collected: ")
    assert says in item.fault


def test_a_file_that_grows_without_end_is_collected(tmp_path: Path) -> None:
    folder = evidence.write(tmp_path / "in", log_txt=b"x" * (8 << 20))
    stop = threading.Event()

    def grow() -> None:
        with (folder / "log.txt").open("ab") as stream:
            while not stop.is_set():
                stream.write(b"y" * (1 << 20))
                stream.flush()
                if stream.tell() > 64 << 20:
                    os.truncate(folder / "log.txt", 8 << 20)

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        matter = evidence.matter(tmp_path / "m", folder)
    finally:
        stop.set()
        writer.join()

    (item,) = _items(matter)
    assert 0 < item.size <= 65 << 20
    assert "changed while it was collected" in item.fault


def test_the_fault_stands_on_the_document_beside_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its bytes are there, so it is a document that was read; the fault is a note on it."""
    folder = evidence.write(
        tmp_path / "in", log_txt=b"first words", box_zip=evidence.archive(a_txt=b"a")
    )
    _meanwhile(monkeypatch, lambda: _append(folder / "box.zip", b" "))
    matter = evidence.matter(tmp_path / "m", folder)
    _append(folder / "log.txt", b", then more")
    _meanwhile(monkeypatch, lambda: _append(folder / "log.txt", b" and more"))
    (folder / "box.zip").unlink()
    collect(matter, folder, "Ortega, Marisol")
    process(matter, workers=1)

    table = DocumentTable(matter)
    documents = list(table.ask())
    texts = {table.text(document.control_number)[0] for document in documents}
    (container,) = table.containers()
    changed = [(doc.path, fault.reason, fault.lost) for doc in documents for fault in doc.faults]
    assert changed == [("log.txt", FaultReason.CHANGED, False)]
    assert {"first words", "first words, then more"} <= {text.strip() for text in texts}
    assert [fault.reason for fault in faults_from(container["faults"])] == [FaultReason.CHANGED]


def test_a_log_that_grew_is_collected_again_and_what_stood_still_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = evidence.write(tmp_path / "in", a_txt=b"still", log_txt=b"one")
    matter = evidence.matter(tmp_path / "m", folder)
    _append(folder / "log.txt", b", two")

    again = collect(matter, folder, "Ortega, Marisol")

    assert (again.items, again.known) == (1, 1)


def test_bytes_known_only_with_a_fault_are_taken_once_more_when_they_stand_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = evidence.write(tmp_path / "in", log_txt=b"as it was")
    _meanwhile(monkeypatch, lambda: os.utime(folder / "log.txt", (1, 1)))
    matter = evidence.matter(tmp_path / "m", folder)

    second = collect(matter, folder, "Ortega, Marisol")
    third = collect(matter, folder, "Ortega, Marisol")

    assert (second.items, third.items) == (1, 0)
    assert [bool(item.fault) for item in _items(matter)] == [True, False]


def test_a_member_of_an_export_that_changes_is_a_fault_of_the_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = evidence.write(tmp_path / "in" / "slack", channels_json=b"[]", users_json=b"[]")
    _meanwhile(monkeypatch, lambda: _append(folder / "channels.json", b" "))
    matter = evidence.matter(tmp_path / "m", folder.parent)
    process(matter, workers=1)

    (item,) = _items(matter)
    listed = json.loads(matter.evidence.path(item.blob).read_bytes())["members"]
    table = DocumentTable(matter)
    faults = [fault for document in table.ask() for fault in document.faults]
    faults += [fault for row in table.containers() for fault in faults_from(row["faults"])]
    assert listed[0]["blob"]
    assert [(fault.reason, fault.lost) for fault in faults] == [(FaultReason.CHANGED, False)]
    assert "channels.json: changed while it was collected" in faults[0].detail


def test_a_file_that_says_it_is_empty_gives_what_it_has(tmp_path: Path) -> None:
    """Files of proc(5) and of some shares have no size."""
    matter = evidence.matter(tmp_path / "m")
    collect(matter, Path("/proc/version"), "Ortega, Marisol")

    (item,) = _items(matter)
    assert matter.evidence.path(item.blob).read_bytes() == Path("/proc/version").read_bytes()
    assert "has 0 bytes, and it gave" in item.fault


def test_the_holes_of_a_sparse_file_take_no_room(tmp_path: Path) -> None:
    folder = evidence.write(tmp_path / "in", disk_img=b"start")
    os.truncate(folder / "disk.img", 300 << 20)
    _append(folder / "disk.img", b"end")
    matter = evidence.matter(tmp_path / "m", folder)

    (item,) = _items(matter)
    about = matter.evidence.path(item.blob).stat()
    assert (item.size, item.fault) == ((300 << 20) + 3, "")
    assert about.st_size == item.size
    assert about.st_blocks * 512 < 8 << 20
