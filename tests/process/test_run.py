"""A run ends with the same documents however often it is stopped, and whatever dies on the way."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from forthwith.collect.folder import collect
from forthwith.domain.evidence import FaultReason, Kind
from forthwith.process import run, units
from forthwith.process.counts import status
from forthwith.process.reopen import Reopener
from forthwith.record.documents import DocumentTable, as_json
from forthwith.record.evidence import EvidenceMissingError
from forthwith.record.matter import Matter
from forthwith.workers import supervisor as workers
from tests.builders import evidence, pages
from tests.builders.chats import zipped
from tests.builders.messengers import ANDROID, IPHONE, google_files
from tests.process.hostile import CrowdedWorkshop, HostileWorkshop


def lines(matter: Matter) -> list[str]:
    return [as_json(document) for document in DocumentTable(matter).ask()]


def mails(folder: Path, count: int) -> Path:
    folder.mkdir(parents=True)
    for number in range(count):
        data = evidence.mail(f"Mail {number}", ("a.txt", b"one %d" % number))
        (folder / f"{number:04d}.eml").write_bytes(data)
    return folder


@pytest.fixture
def matter(tmp_path: Path) -> Matter:
    return evidence.matter(tmp_path / "m", mails(tmp_path / "in", 12))


def test_documents_come_in_families(matter: Matter) -> None:
    done = run.process(matter, workers=1)

    documents = list(DocumentTable(matter).ask())
    assert done.documents == len(documents) == 24
    for top, child in zip(documents[::2], documents[1::2]):
        assert child.parent == child.family == top.control_number == top.family
        assert (top.parent, top.order, child.order) == (None, 0, 1)
        assert child.path == f"{top.path}/a.txt"


def test_processing_again_changes_nothing(matter: Matter) -> None:
    run.process(matter, workers=1)
    before = lines(matter)

    again = run.process(matter, workers=1)

    assert again.read == 0
    assert lines(matter) == before


def test_what_is_derived_can_be_deleted_and_made_again(matter: Matter) -> None:
    run.process(matter, workers=2)
    before = lines(matter)
    shutil.rmtree(matter.derived)

    run.process(matter, workers=1)

    assert lines(matter) == before


def test_what_has_a_fault_is_read_again_and_nothing_else(tmp_path: Path) -> None:
    """Once a tool is installed, only what was left for want of it needs reading."""
    place = mails(tmp_path / "in", 3)
    (place / "scan.png").write_bytes(pages.picture(size=(90, 90)))
    processed = evidence.matter(tmp_path / "m", place)
    first = run.process(processed, workers=1)
    before = lines(processed)

    again = run.process(processed, workers=1, again="ocr")

    assert (first.read, again.read, again.known) == (4, 1, 3)
    assert lines(processed) == before
    assert status(processed).total.words_unread == 1
    assert run.process(processed, workers=1, again="tool-not-installed").read == 1
    assert run.process(processed, workers=1, again="encrypted").read == 0
    with pytest.raises(run.UnknownReasonError, match="reader crashed"):
        run.process(processed, again="tesseract")


def test_late_evidence_keeps_every_number_given(matter: Matter, tmp_path: Path) -> None:
    run.process(matter, workers=1)
    before = lines(matter)
    late = evidence.write(tmp_path / "late", z_txt=b"late")

    collect(matter, late, "Lindqvist, Per")
    run.process(matter, workers=1)

    after = lines(matter)
    assert after[: len(before)] == before
    assert len(after) == len(before) + 1


def test_the_same_mail_of_two_custodians_is_a_duplicate_group(tmp_path: Path) -> None:
    folder = mails(tmp_path / "in", 1)
    matter = evidence.matter(tmp_path / "m", folder)
    collect(matter, folder, "Lindqvist, Per")

    run.process(matter, workers=1)

    documents = list(DocumentTable(matter).ask())
    assert len(documents) == 4
    assert {document.duplicate_group for document in documents} == {documents[0].control_number}
    assert all(
        document.all_custodians == ("Ortega, Marisol", "Lindqvist, Per") for document in documents
    )
    assert documents[1].all_paths == ("0000.eml/a.txt", "0000.eml/a.txt")


def test_a_reader_that_dies_or_hangs_costs_the_one_item(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "Workshop", HostileWorkshop)
    monkeypatch.setattr(workers, "_GRACE", 0.5)
    (tmp_path / "m").mkdir()
    zipped = evidence.archive(a_bin=b"one", b_bin=b"CRASH", c_bin=b"HANG", d_bin=b"four")
    folder = evidence.write(tmp_path / "in", both_zip=zipped, e_bin=b"CRASH", f_bin=b"six")
    matter = Matter.create(tmp_path / "m", name="Example")
    text = (tmp_path / "m" / "matter.toml").read_text()
    (tmp_path / "m" / "matter.toml").write_text(text.replace("# seconds = 60.0", "seconds = 0.4"))
    matter = Matter.open(tmp_path / "m")
    collect(matter, folder, "Ortega, Marisol")

    run.process(matter, workers=2)

    faults = {
        document.name: {fault.reason for fault in document.faults if fault.lost}
        for document in DocumentTable(matter).ask()
    }
    assert faults == {
        "a.bin": set(),
        "b.bin": {FaultReason.CRASHED},
        "c.bin": {FaultReason.TOO_SLOW},
        "d.bin": set(),
        "e.bin": {FaultReason.CRASHED},
        "f.bin": set(),
    }
    total = status(matter).total
    assert (total.items, total.documents, total.faults, total.unaccounted) == (6, 3, 3, 0)


def test_a_batch_too_large_to_lay_down_goes_in_halves_and_blames_nobody(
    matter: Matter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "Workshop", CrowdedWorkshop)

    run.process(matter, workers=1)

    documents = list(DocumentTable(matter).ask())
    assert len(documents) == 24
    assert not any(document.faults for document in documents)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_was_stopped_ends_like_one_that_was_not(tmp_path: Path, how: int) -> None:
    folder = mails(tmp_path / "in", 400)
    whole = evidence.matter(tmp_path / "whole", folder)
    run.process(whole, workers=2)
    matter = evidence.matter(tmp_path / "m", folder)
    for parts in (1, 2, 4):
        assert _stopped_after(matter, parts, how) == (-how if how == signal.SIGKILL else 130)
        assert not (matter.derived / "documents.parquet").exists()

    run.process(matter, workers=2)

    assert lines(matter) == lines(whole)


def _stopped_after(matter: Matter, parts: int, how: int) -> int:
    """Run `process` until so many parts are there, send it a signal, return how it ended."""
    command = [sys.executable, "-m", "forthwith", "-C", str(matter.folder), "process"]
    running = subprocess.Popen(
        [*command, "--workers", "1"],
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        # A shell that runs the tests behind its back has them ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    readings = matter.derived / "readings"
    while running.poll() is None and len(list(readings.glob("*.parquet"))) < parts:
        time.sleep(0.002)
    os.kill(running.pid, how)
    return running.wait(30)


def test_missing_evidence_stops_the_run_by_name(matter: Matter) -> None:
    blob = next(matter.evidence.blobs())
    matter.evidence.path(blob).unlink()

    with pytest.raises(EvidenceMissingError, match=blob):
        run.process(matter, workers=1)


def test_items_that_could_not_be_collected_are_faults(tmp_path: Path) -> None:
    folder = evidence.write(tmp_path / "in", a_txt=b"one")
    (folder / "link").symlink_to("/etc/passwd")
    matter = evidence.matter(tmp_path / "m", folder)

    run.process(matter, workers=1)

    total = status(matter).total
    assert (total.items, total.documents, total.faults) == (2, 1, 1)


def test_every_document_can_be_decoded_again(tmp_path: Path) -> None:
    inner = evidence.mail("Inner", ("deep.zip", evidence.archive(x_txt=b"deep")))
    folder = evidence.write(
        tmp_path / "in",
        outer_zip=evidence.archive(inner_eml=inner, y_txt=b"flat"),
        box=b"From a@x Mon Mar 14 09:30:00 2022\n" + inner + b"\n",
    )
    matter = evidence.matter(tmp_path / "m", folder)
    run.process(matter, workers=1)
    reopener = Reopener(matter.evidence.root)

    documents = list(DocumentTable(matter).ask())

    assert len(documents) == 5
    for document in documents:
        data = reopener.open(document.blob, document.name, document.locator, document.sha256)
        assert isinstance(data, bytes), (document.path, data)
        assert len(data) == document.size


def test_a_large_mailbox_read_in_slices_is_the_one_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = b"".join(
        b"From a@x Mon Mar 14 09:30:00 2022\n" + evidence.mail(f"M {n}") + b"\n" for n in range(60)
    )
    folder = evidence.write(tmp_path / "in", box_mbox=box)
    whole = evidence.matter(tmp_path / "whole", folder)
    run.process(whole, workers=1)
    monkeypatch.setattr(run, "SLICED_FROM", 1000)
    monkeypatch.setattr(units, "SLICED_FROM", 1000)
    sliced = evidence.matter(tmp_path / "sliced", folder)

    run.process(sliced, workers=2)

    assert lines(sliced) == lines(whole)
    assert status(sliced).as_json()["total"] == status(whole).as_json()["total"]


def test_chats_come_back_from_folders_zips_and_zips_in_zips(tmp_path: Path) -> None:
    """Each day and each file of a chat is opened again by its place, wherever the chat lay."""
    folder = tmp_path / "in"
    phone = {"_chat.txt": IPHONE.encode(), "00000002-shares.txt": b"three shares"}
    files = {
        "phone/_chat.txt": phone["_chat.txt"], "phone/00000002-shares.txt": b"three shares",
        "mailed.zip": zipped(phone), "more.zip": zipped({"a/in.zip": zipped(phone), "b.txt": b"b"}),
        "takeout.zip": zipped(google_files("Takeout/Google Chat/Groups/S/")),
        "saved.txt": ANDROID.encode(),
    }  # fmt: skip
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    matter = evidence.matter(tmp_path / "m", folder)
    run.process(matter, workers=1)

    documents = list(DocumentTable(matter).ask())
    chats = [document for document in documents if document.kind is Kind.CHAT]
    assert len(chats) == 5 * 2
    assert len([d for d in documents if d.name.endswith("shares.txt") and d.parent]) == 4
    assert len({d.thread for d in chats}) == 5
    reopener = Reopener(matter.evidence.root, matter.settings.limits)
    for document in documents:
        data = reopener.open(document.blob, document.path, document.locator, document.sha256)
        assert isinstance(data, bytes), (document.path, data)
    total = status(matter).total
    assert (total.unaccounted, total.items) == (0, total.documents)


def test_what_was_put_down_to_a_dead_reader_can_be_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On another day the machine has the memory; a fault must not stand for ever."""
    folder = evidence.write(tmp_path / "in", a_bin=b"CRASH", b_bin=b"sound")
    matter = evidence.matter(tmp_path / "m", folder)
    with monkeypatch.context() as patch:
        patch.setattr(run, "Workshop", HostileWorkshop)
        assert run.process(matter, workers=1).read == 2
    assert status(matter).total.faults == 1

    again = run.process(matter, workers=1, again="faults")

    assert again.read == 1
    assert status(matter).total.faults == 0
    assert run.process(matter, workers=1, again="faults").read == 0
    for name in ("crashed", "too slow", "over the memory limit", "out-of-memory"):
        assert run.process(matter, workers=1, again=name).read == 0
