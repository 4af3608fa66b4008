"""A recorded fault is a shown fault: in status, documents, the exceptions log and the letter."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest

from forthwith.process.run import process
from tests.builders import evidence
from tests.builders.shown_faults import ALL_WELL, run, shown_everywhere


def text_of(name: str) -> bytes:
    """A text like no other: the gate of privilege holds back what is like what is withheld."""
    words = (hashlib.sha256(f"{name}{number}".encode()).hexdigest() for number in range(200))
    return "\r\n".join(f"{word[:5]} {word[5:12]} {word[12:20]}" for word in words).encode()


def zipped(*names: str, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as made:
        for name in names:
            made.writestr(zipfile.ZipInfo(name), text_of(name), method)
    return held.getvalue()


def spoilt(data: bytes) -> bytes:
    """One letter of the stored member "b.txt" changed: its checksum no longer fits."""
    at = data.index(b"b.txt") + 200
    return data[:at] + b"\0" + data[at + 1 :]


CUT = zipped("a.txt", "b.txt", "c.txt", "d.txt")
OTHER = zipped("v.txt", "w.txt", "x.txt", "y.txt")
STORED = zipped("a.txt", "b.txt", "c.txt", method=zipfile.ZIP_STORED)
MBOX = b"From a@b.example Mon Mar 14 09:30:00 2022\n" + evidence.mail("One") + b"\n"
LONG = b"From a@b.example Mon Mar 14 09:31:00 2022\n" + evidence.mail(
    "Long", ("numbers.bin", bytes(range(256)) * 2**15)
)
DOUBTFUL = b"From ana\nFrom: ana@b.example\nTo: per@b.example\nSubject: Two\n\nWords.\n"

#: File name -> bytes: containers with something wrong, each of another kind.
DAMAGED = {
    "cut.zip": CUT[: len(CUT) // 2],
    "cut-at-directory.zip": CUT[: CUT.index(b"PK\x01\x02")],
    "crc.zip": spoilt(STORED),
    "split.zip.001": CUT[:700],
    "cut.txt.gz": gzip.compress(text_of("gz"), mtime=0)[:900],
    "unsafe.zip": zipped("../../etc/passwd", "C:\\keys.txt"),
    "twice.zip": zipped("same.txt") + b"\0" * 40,
    "nested.zip": evidence.archive(in_zip=CUT[: len(CUT) // 2], ok_txt=b"Sound.\n"),
    "a.eml": evidence.mail("Cut", ("cut.zip", CUT[: len(CUT) // 2]), ("crc.zip", spoilt(STORED))),
    "box.mbox": MBOX + DOUBTFUL,
    "in-mail.eml": evidence.mail("Box", ("box.mbox", MBOX + DOUBTFUL)),
    # Read in slices.
    "large.mbox": MBOX + DOUBTFUL + b"\n" + LONG + b"\n" + MBOX,
}


def matter_of(place: Path, **files: bytes) -> Path:
    folder = place / "in"
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    matter = evidence.matter(place / "m", folder)
    process(matter, workers=1)
    return matter.folder


@pytest.mark.parametrize("name", DAMAGED)
def test_each_damaged_container_is_told_everywhere(tmp_path: Path, name: str) -> None:
    """No fault of an expanded container may stay with the container, which nobody sees."""
    assert shown_everywhere(matter_of(tmp_path, **{name: DAMAGED[name]}))


def test_all_of_them_together_and_no_fault_twice(tmp_path: Path) -> None:
    matter = matter_of(tmp_path, **DAMAGED)

    faults = shown_everywhere(matter)

    status = run("-C", matter, "status").output
    assert "Faults by reason: " in status
    assert len(faults) > len(DAMAGED)


def test_sound_evidence_is_all_accounted_for(tmp_path: Path) -> None:
    matter = matter_of(tmp_path, **{"sound.zip": STORED, "b.eml": evidence.mail("Sound")})

    assert shown_everywhere(matter) == []
    assert ALL_WELL in run("-C", matter, "status").output


def test_a_member_cut_short_carries_the_fault_itself(tmp_path: Path) -> None:
    """The member's own number stands in the log; the archive's loss stands beside its mail."""
    matter = matter_of(tmp_path, **{"a.eml": DAMAGED["a.eml"]})
    run("-C", matter, "produce", "VOL001", "--day", "2023-06-17")

    log = matter / "volumes/VOL001/DATA/VOL001_EXCEPTIONS.CSV"
    rows = list(csv.DictReader(io.StringIO(log.read_text("utf-8-sig"))))
    by_detail = {row["DETAIL"]: row for row in rows}
    [archive] = [row for detail, row in by_detail.items() if "a.eml/cut.zip" in detail]
    assert archive["BATES"].endswith("00000001")
    assert "(custodian Ortega, Marisol)" in archive["DETAIL"]
    [member] = [row for detail, row in by_detail.items() if "'b.txt' does not match" in detail]
    assert member["BATES"] not in ("", archive["BATES"])


def test_what_lies_in_a_withheld_mail_is_not_told(tmp_path: Path) -> None:
    """A fault names members and paths: of a withheld document nothing is told."""
    matter = matter_of(
        tmp_path,
        **{"a.eml": DAMAGED["a.eml"], "b.txt": b"Plain.\n", "cut.zip": OTHER[: len(OTHER) // 2]},
    )
    withheld = [
        line.split()[0]
        for line in run("-C", matter, "documents").output.splitlines()
        if line.startswith("FW0") and (" email " in line or "  + " in line)
    ]
    listed = tmp_path / "withheld.csv"
    rows = (f"{number},L{place}" for place, number in enumerate(withheld, 1))
    listed.write_text("\n".join(("control_number,log_number", *rows)))

    run("-C", matter, "produce", "VOL001", "--day", "2023-06-17", "--withhold", listed)

    text = (matter / "volumes/VOL001/DATA/VOL001_EXCEPTIONS.CSV").read_text("utf-8-sig")
    assert "a.eml" not in text
    assert "crc.zip" not in text
    assert "in the container cut.zip" in text


def test_a_part_withheld_leaves_the_sentence_out(tmp_path: Path) -> None:
    """What is said of the whole archive may name the withheld member."""
    matter = matter_of(tmp_path, **{"cut.zip": DAMAGED["cut.zip"]})
    first = json.loads(run("-C", matter, "documents", "--json").output.splitlines()[0])
    listed = tmp_path / "withheld.csv"
    listed.write_text(f"control_number,log_number\n{first['control_number']},L1\n")

    run("-C", matter, "produce", "VOL001", "--day", "2023-06-17", "--withhold", listed)

    text = (matter / "volumes/VOL001/DATA/VOL001_EXCEPTIONS.CSV").read_text("utf-8-sig")
    assert "of which a part is withheld" in text
    assert "directory is missing" not in text
