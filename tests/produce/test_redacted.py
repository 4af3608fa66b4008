"""A redacted document goes out as what is left of it, and as nothing else."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from forthwith.domain.redactions import RedactionState, Shape
from forthwith.loadfiles import dat
from forthwith.record import redactions as kept
from forthwith.standards import loader
from forthwith.workflows import privilege, redacted_passages, redacted_volumes
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.produce import ProducedVolume
from tests.builders import redacted as built
from tests.builders.redacted import NUMBER, SECRET, Drawing


class Volume:
    """One volume with redactions of every kind, and the matter it is of."""

    def __init__(self, folder: Path) -> None:
        matter = built.matter(folder)
        self.case = CaseFile.open(matter.folder)
        self.drawing = Drawing(self.case)
        named = {name: self.drawing.document(name) for name in ("a.eml", "paid", "fees", "call")}
        rows = self.drawing.over(named["a.eml"], built.secret_words)
        rows += self.drawing.over(named["paid"], built.secret_words)
        rows.append(self.drawing.native(named["fees"], Shape.CELLS, "Fees!A2:B2"))
        rows.append(self.drawing.native(named["call"], Shape.SECONDS, "1-2.5"))
        photo = self.drawing.document("photo")
        rows.append(self.drawing.box(photo, (203, 305, 500, 222), reason="AC"))
        self.kept = self.drawing.keep(rows)
        self.passages = redacted_passages.passages(self.case)
        self.done: ProducedVolume = built.produced(self.case)
        self.root = self.done.folder

    def rows(self) -> dict[str, dict[str, str]]:
        """Return the rows of the load file by control number."""
        standard = loader.load("sec/2021-08")
        read = dat.read((self.root / "DATA/VOL001.DAT").read_bytes(), standard.load_file)
        by_first = {row[0]: dict(zip(standard.header, row, strict=True)) for row in read.rows}
        numbers = self.case.numbers.items()
        return {control: by_first[first] for control, (_, first, _) in numbers}

    def row(self, name: str) -> dict[str, str]:
        """Return the row of a document."""
        return self.rows()[str(self.drawing.document(name).control_number)]

    def text(self, name: str) -> str:
        """Return the delivered text of a document."""
        path = self.root / self.row(name)["OCRPATH"].replace("\\", "/")
        return path.read_text("utf-8-sig")


@pytest.fixture(scope="module")
def volume(tmp_path_factory: pytest.TempPathFactory) -> Volume:
    return Volume(tmp_path_factory.mktemp("redacted"))


def pages(volume: Volume) -> Iterator[tuple[str, bytes]]:
    for path in sorted(volume.root.glob("IMAGES/*/*")):
        yield path.stem, path.read_bytes()


def test_it_is_sealed_and_says_what_was_redacted(volume: Volume) -> None:
    assert volume.done.sealed, volume.done.standing
    assert volume.row("a.eml")["REDACTED"] == "PII"
    assert volume.row("photo")["REDACTED"] == "AC"
    assert volume.row("fees")["REDACTED"] == "PII"
    assert volume.row("plain")["REDACTED"] == ""


def test_a_box_reads_back_as_it_was_drawn(volume: Volume) -> None:
    """Every box of every page: two levels, the border black, and its bits those told the check."""
    files = dict(pages(volume))
    boxes = [box for document in volume.done.staged.redacted for box in document.boxes]
    assert len(boxes) >= 8
    for box in boxes:
        with Image.open(io.BytesIO(files[box.page])) as read:
            left, top, width, height = box.box
            part = read.convert("L").crop((left, top, left + width, top + height))
        bits = part.point([0] * 128 + [255] * 128, "1")
        assert hashlib.sha256(bits.tobytes()).hexdigest() == box.pixels
        edges = (part.crop((0, 0, width, 2)), part.crop((0, height - 2, width, height)))
        assert all(edge.getextrema() == (0, 0) for edge in edges)


def test_nothing_of_a_source_is_in_the_file(volume: Volume) -> None:
    for _, data in pages(volume):
        with Image.open(io.BytesIO(data)) as read:
            assert read.mode in {"1", "RGB"}
            assert not read.getexif().get(0x010E)
            assert {"comment", "exif", "icc_profile", "xmp"}.isdisjoint(read.info)


def test_text_is_made_of_the_words_left(volume: Volume) -> None:
    text = volume.text("a.eml")
    assert "Please pay [REDACTED – PII] [REDACTED – PII] today." in text
    assert "The account is [REDACTED – PII] as before." in text
    assert "Paid to [REDACTED – PII]" in volume.text("paid")
    assert "No words could be read" in volume.text("photo")


def test_no_native_of_it_or_above_it(volume: Volume) -> None:
    for name in ("a.eml", "paid", "photo"):
        row = volume.row(name)
        assert (row["LINK"], row["MD5HASH"], row["SHA256"], row["FILE_SIZE"]) == ("",) * 4
    assert volume.row("plain")["LINK"]


def test_no_cell_of_the_family_says_it(volume: Volume) -> None:
    assert volume.row("paid")["FILE_NAME"] == "[REDACTED – PII]"
    assert volume.row("fees")["AUTHOR"] == "[REDACTED – PII]"
    family = [volume.row(name) for name in ("a.eml", "paid", "fees", "aside")]
    for cell in (cell for row in family for cell in row.values()):
        assert SECRET not in cell
        assert NUMBER not in cell


def test_a_workbook_is_built_anew(volume: Volume) -> None:
    native = (volume.root / volume.row("fees")["LINK"].replace("\\", "/")).read_bytes()
    with zipfile.ZipFile(io.BytesIO(native)) as book:
        every = b"".join(book.read(name) for name in book.namelist())
        names = " ".join(book.namelist())
    for gone in (SECRET.encode(), b"41775", b"definedName", b"<f>", b"dataValidation"):
        assert gone not in every
    assert not any(part in names for part in ("chart", "comment", "vml", "drawing"))
    for left in (b"Per Lund", b"what is left", "[REDACTED – PII]".encode()):
        assert left in every


def test_sums_over_a_redacted_cell_are_named(volume: Volume) -> None:
    assert list(volume.done.staged.resting.values()) == [("Fees!B4", "Fees!B5", "Aside!B1")]


def test_a_recording_is_silent_where_it_is_redacted(volume: Volume) -> None:
    native = (volume.root / volume.row("call")["LINK"].replace("\\", "/")).read_bytes()
    samples = native[44:]
    assert len(samples) == 4 * 8000 * 2
    assert set(samples[16_000:40_000]) == {0}
    assert 0 not in {samples[15_999], samples[40_001]}
    assert SECRET.encode() not in native
    assert "1-2.5 s: [REDACTED – PII]" in volume.text("call")


def test_no_delivered_byte_says_it(volume: Volume) -> None:
    for path in volume.root.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert SECRET.encode() not in data, path
            assert NUMBER.encode() not in data, path


def test_passages_are_those_under_the_boxes(volume: Volume) -> None:
    mail = volume.passages[str(volume.drawing.document("a.eml").control_number)]
    texts = {passage.text: passage.around for passage in mail}
    assert texts[NUMBER] == ("account is", "as before.")
    assert SECRET in texts
    cells = volume.passages[str(volume.drawing.document("fees").control_number)]
    assert [passage.text for passage in cells] == [SECRET, "41775.25"]


def test_the_log_has_a_row_for_each_document_redacted_as_privileged(volume: Volume) -> None:
    number = volume.drawing.document("photo").control_number
    claim = volume.case.claims[number]
    assert [row.claim.control for row in privilege.log_of(volume.case).rows] == [number]
    assert (str(claim.treatment), claim.by) == ("redacted", "holm")
    assert "PC08" not in {found.code for found in privilege.check(volume.case).findings}


def test_the_letter_says_what_is_not_promised(volume: Volume) -> None:
    letter = (volume.root / "DATA/VOL001_TRANSMITTAL.TXT").read_text("utf-8-sig")
    flat = " ".join(letter.split())
    assert "5 documents are redacted" in flat
    assert "The size of a box tells how much it covers" in flat
    log = (volume.root / "DATA/VOL001_EXCEPTIONS.CSV").read_text("utf-8-sig")
    reasons = [row["REASON"] for row in csv.DictReader(io.StringIO(log))]
    assert reasons.count("redacted") == 5


def test_a_change_after_the_seal_needs_a_replacement(volume: Volume) -> None:
    assert redacted_volumes.lagging(volume.case) == []
    photo = next(row for row in volume.kept if row.box == (203, 305, 500, 222))
    gone = replace(photo, state=RedactionState.REMOVED, replaces=photo.id)
    taken = kept.save(volume.case.matter, [gone], built.BY)
    lags = redacted_volumes.lagging(volume.case)
    assert [(lag.volume, lag.controls) for lag in lags] == [("VOL001", (photo.control,))]
    with pytest.raises(redacted_volumes.OverlaidRedactionsError, match="--replace VOL001"):
        redacted_volumes.check_overlaid(volume.case, "VOL001", [volume.drawing.document("photo")])
    # Drawn again where it was, all is as it went out.
    again = replace(photo, id=0, replaces=0)
    assert kept.save(volume.case.matter, [again], built.BY)
    assert taken
    assert redacted_volumes.lagging(volume.case) == []
