"""A staged volume: every document there, every file told, the same each time."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import random
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from forthwith.domain import fields
from forthwith.domain.documents import Document
from forthwith.domain.evidence import Fault, FaultReason, FieldValue, Kind
from forthwith.loadfiles import dat, opt
from forthwith.produce import stage as volume
from forthwith.produce.errors import NothingToProduceError, VolumeExistsError
from forthwith.produce.files import Paint, Write
from forthwith.produce.plan import Count
from forthwith.produce.stage import Staged
from forthwith.standards.loader import load
from tests.builders.documents import (
    ENCRYPTED,
    FAKE_IMAGER,
    FakeAccess,
    child,
    control,
    document,
    email,
    family,
    native_of,
    order,
    shuffled_run,
)

STANDARD = load("sec/2021-08")


def stage(
    folder: Path, documents: list[Document], access: FakeAccess | None = None, **changes: Any
) -> Staged:
    given = {"run": changes.pop("run")} if "run" in changes else {}
    first = changes.pop("first", 1)
    asked = order(**changes)
    return volume.stage(
        folder, asked, documents, access or FakeAccess(), STANDARD, first, imager=FAKE_IMAGER,
        **given,
    )  # fmt: skip


def rows(staged: Staged) -> list[dict[str, str]]:
    read = dat.read((staged.root / "DATA/VOL001.DAT").read_bytes())
    assert not read.quarantined
    return [dict(zip(read.header, row, strict=True)) for row in read.rows]


def pages(staged: Staged) -> list[opt.OptRow]:
    return opt.read((staged.root / "DATA/VOL001.OPT").read_bytes()).rows()


def log(staged: Staged) -> list[list[str]]:
    data = (staged.root / "DATA/VOL001_EXCEPTIONS.CSV").read_text("utf-8-sig")
    return list(csv.reader(io.StringIO(data)))[1:]


def sheet(staged: Staged, bates: str) -> str:
    """Return what the image of a page says."""
    data = (staged.root / f"IMAGES/0001/{bates}.TIF").read_bytes()
    return data.rpartition(bates.encode())[2].decode()


def text(staged: Staged, bates: str) -> str:
    return (staged.root / f"TEXT/0001/{bates}.TXT").read_bytes().decode("utf-8-sig")


def letter(staged: Staged) -> str:
    data = (staged.root / "DATA/VOL001_TRANSMITTAL.TXT").read_bytes().decode("utf-8-sig")
    return " ".join(data.split())


def bytes_of(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def test_every_document_has_a_row_an_image_a_text_and_a_native(tmp_path: Path) -> None:
    staged = stage(tmp_path, [*family(1), document(4)])
    shown = rows(staged)

    assert len(shown) == 4
    for row in shown:
        for column in ("LINK", "OCRPATH"):
            path = staged.root / row[column].replace("\\", "/")
            assert path.stem == row["FIRSTBATES"]
            assert path.exists()
    assert [row.page for row in pages(staged)] == [row["FIRSTBATES"] for row in shown]


def test_hashes_are_of_the_delivered_native(tmp_path: Path) -> None:
    staged = stage(tmp_path, [document(1)])
    (row,) = rows(staged)

    assert row["MD5HASH"] == hashlib.md5(native_of(control(1))).hexdigest()
    assert row["FILE_SIZE"] == "1"


def test_a_page_a_number(tmp_path: Path) -> None:
    access = FakeAccess(texts={control(1): "one\ftwo\fthree"})
    staged = stage(tmp_path, [document(1, path="a"), document(2, path="b")], access, first=41)

    assert (str(staged.first), str(staged.last)) == ("NG_00000041", "NG_00000044")
    assert [(row.page, row.first, row.pages) for row in pages(staged)] == [
        ("NG_00000041", True, 3), ("NG_00000042", False, None), ("NG_00000043", False, None),
        ("NG_00000044", True, 1),
    ]  # fmt: skip


def test_staging_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    documents = [*family(1), document(4, faults=(ENCRYPTED,)), *family(5), document(8)]
    shuffled = random.Random(3).sample(documents, len(documents))
    one = stage(tmp_path / "one", documents, withheld={control(6): "PRIV-1"})
    two = stage(tmp_path / "two", shuffled, withheld={control(6): "PRIV-1"}, run=shuffled_run)

    assert bytes_of(one.root) == bytes_of(two.root)
    assert one.manifest == two.manifest


def test_an_existing_volume_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "VOL001").mkdir()
    with pytest.raises(VolumeExistsError):
        stage(tmp_path, [document(1)])
    assert not any((tmp_path / "VOL001").iterdir())


def test_what_a_killed_run_left_is_thrown_away(tmp_path: Path) -> None:
    left = tmp_path / ".VOL001.partial" / "IMAGES"
    left.mkdir(parents=True)
    (left / "STRAY.TIF").write_bytes(b"x")
    staged = stage(tmp_path, [document(1)])

    assert "STRAY" not in " ".join(bytes_of(staged.root))


def test_nothing_to_produce_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(NothingToProduceError):
        stage(tmp_path, [])
    assert not any(tmp_path.iterdir())


def test_a_native_without_image_has_a_slip_sheet_and_its_text(tmp_path: Path) -> None:
    staged = stage(tmp_path, [document(1, name="book.xlsx")])
    (row,) = rows(staged)

    assert "Document Produced in Native Format|book.xlsx" in sheet(staged, row["FIRSTBATES"])
    assert text(staged, row["FIRSTBATES"]) == f"Text of {control(1)}.\r\n"
    assert row["PGCOUNT"] == "1"


def test_a_lost_document_keeps_its_place_and_is_logged(tmp_path: Path) -> None:
    head = email(1)
    access = FakeAccess(texts={control(2): ""})
    staged = stage(
        tmp_path, [head, child(head, 2, 1, faults=(ENCRYPTED,)), child(head, 3, 2)], access
    )
    shown = rows(staged)

    assert shown[0]["CHILD_BATES"] == "NG_00000002; NG_00000003"
    assert "Document Could Not Be Processed" in sheet(staged, "NG_00000002")
    assert "VOL001_EXCEPTIONS.CSV" in text(staged, "NG_00000002")
    assert log(staged) == [["NG_00000002", "encrypted", "the file needs a password"]]


def test_a_withheld_document_reveals_nothing(tmp_path: Path) -> None:
    secret = "Advice of counsel on wallets"
    made = [email(1, fields={fields.SUBJECT: secret}, name=f"{secret}.eml", path=secret)]
    access = FakeAccess({control(1): secret.encode()}, {control(1): secret})
    staged = stage(tmp_path, made, access, withheld={control(1): "PRIV-0042"})

    assert "Document Withheld for Privilege - Log No. PRIV-0042" in sheet(staged, "NG_00000001")
    assert not (staged.root / "NATIVES").exists()
    for name, data in bytes_of(staged.root).items():
        assert secret.encode() not in data, name


def test_a_parents_native_does_not_carry_a_withheld_child(tmp_path: Path) -> None:
    staged = stage(tmp_path, family(1), withheld={control(2): "PRIV-1"})
    shown = rows(staged)

    assert [bool(row["LINK"]) for row in shown] == [False, False, True]
    assert log(staged)[0][:2] == ["NG_00000001", "native withheld"]


def test_a_document_that_cannot_be_drawn_is_a_slip_sheet_with_its_reason(tmp_path: Path) -> None:
    staged = stage(tmp_path, [document(1)], FakeAccess(texts={control(1): "UNDRAWABLE"}))

    assert "Technical Issue" in sheet(staged, "NG_00000001")
    assert log(staged)[0][1:] == ["reader crashed", "ValueError: cannot be drawn"]
    assert rows(staged)[0]["LINK"]


def test_a_page_that_cannot_be_painted_keeps_its_number(tmp_path: Path) -> None:
    staged = stage(tmp_path, [document(1)], FakeAccess(texts={control(1): "one\fBROKEN"}))

    assert "Technical Issue" not in sheet(staged, "NG_00000001")
    assert "Technical Issue" in sheet(staged, "NG_00000002")
    assert log(staged)[0][2].startswith("page 2: ")


def test_a_native_that_cannot_be_had_again_is_logged_and_not_promised(tmp_path: Path) -> None:
    gone = Fault(FaultReason.CORRUPT, "the digest does not match", lost=True)
    staged = stage(tmp_path, [document(1, name="b.xlsx")], FakeAccess({control(1): gone}))

    assert "Produced in Native" not in sheet(staged, "NG_00000001")
    assert rows(staged)[0]["LINK"] == ""
    assert "digest" in log(staged)[0][2]


@pytest.mark.parametrize("stage_lost", [Count, Write, Paint])
def test_a_worker_that_dies_costs_no_document(tmp_path: Path, stage_lost: type) -> None:
    def dying(function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        died = Fault(FaultReason.CRASHED, "the process was ended by SIGKILL", lost=True)
        for item in items:
            result = function(item)
            yield item, died if isinstance(function, stage_lost) else result

    staged = stage(tmp_path, [*family(1), document(4)], run=dying)

    assert len(rows(staged)) == len(pages(staged)) == 4
    assert len(log(staged)) == 4
    told = {row[each].replace("\\", "/") for row in rows(staged) for each in ("LINK", "OCRPATH")}
    told |= {page.path.replace("\\", "/") for page in pages(staged)} - {""}
    found = {name for name in bytes_of(staged.root) if not name.startswith("DATA/")}
    assert found == told - {""}


def test_no_file_is_left_out_of_the_manifest(tmp_path: Path) -> None:
    staged = stage(tmp_path, [*family(1), document(4, name="b.xlsx")])
    manifest = json.loads((staged.root / "DATA/VOL001_MANIFEST.JSON").read_text())
    told = {each["path"]: (each["size"], each["sha256"]) for each in manifest["files"]}
    found = {
        name: (len(data), hashlib.sha256(data).hexdigest())
        for name, data in bytes_of(staged.root).items()
        if not name.endswith("_MANIFEST.JSON")
    }

    assert told == found
    assert str(tmp_path) not in json.dumps(manifest)
    assert [each["control_number"] for each in manifest["documents"]] == list(staged.numbers)


def test_names_are_plain_and_folders_hold_no_more_than_allowed(tmp_path: Path) -> None:
    long = FakeAccess(texts={control(1): "\f" * 1500, control(2): "\f" * 600})
    staged = stage(tmp_path, [document(1, path="a"), document(2, path="b")], long)
    folders = [len(list(each.iterdir())) for each in (staged.root / "IMAGES").iterdir()]

    assert sorted(folders) == [601, 1501]
    for path in bytes_of(staged.root):
        assert all(re.fullmatch(r"\w+(\.\w+)?", part, re.ASCII) for part in path.split("/"))


def test_hostile_values_do_not_break_the_load_file(tmp_path: Path) -> None:
    odd = "þstart\x14 mid\x00 þþ \ud800 end\r\nþ"
    made = email(1, fields={fields.SUBJECT: odd, fields.FROM: odd}, custodian="Þór")
    staged = stage(tmp_path, [made])

    assert rows(staged)[0]["CUSTODIAN"] == "Þór"
    assert {line[1] for line in log(staged)} == {"load file"}


def test_text_is_utf8_with_a_mark_and_windows_line_ends(tmp_path: Path) -> None:
    access = FakeAccess(texts={control(1): "Zürich\nGenève\r\nend\ud800"})
    staged = stage(tmp_path, [document(1)], access)
    data = (staged.root / "TEXT/0001/NG_00000001.TXT").read_bytes()

    assert data == b"\xef\xbb\xbf" + "Zürich\r\nGenève\r\nend\ufffd".encode()


def test_an_imaged_document_without_text_says_so(tmp_path: Path) -> None:
    staged = stage(tmp_path, [document(1)], FakeAccess(texts={control(1): " \n"}))

    assert text(staged, "NG_00000001").startswith("[")
    assert "1 imaged document has no text" in letter(staged)


def test_the_letter_counts_what_is_there(tmp_path: Path) -> None:
    staged = stage(
        tmp_path,
        [*family(1), *family(4, custodian="Lee, Wei")],
        requesting_staff="Dana Reyes",
        confidentiality="Confidential Treatment Requested by Northgate",
        ordinal=3,
    )
    said = letter(staged)

    assert "third production" in said
    assert "Documents 6" in said
    assert "Lee, Wei NG_00000001 NG_00000003 3" in said
    assert "17 C.F.R. § 200.83" in said
    assert "No duplicate was suppressed" in said
    assert "46 REQUESTNO" in said
    assert staged.counts["families"] == 2


def test_the_letter_as_docx_says_the_same(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx")
    staged = stage(tmp_path, family(1))
    path = staged.root / "DATA/VOL001_TRANSMITTAL.DOCX"
    made = docx.Document(str(path))
    said = [each.text for each in made.paragraphs]

    assert "Dear Dana Reyes:" in said
    assert [cell.text for cell in made.tables[0].rows[1].cells] == ["Documents", "3"]
    with zipfile.ZipFile(path) as package:
        assert {info.date_time for info in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_container_that_could_not_be_opened_is_shown_and_not_delivered(tmp_path: Path) -> None:
    head = email(1)
    held = child(head, 2, 1, kind=Kind.CONTAINER, name="all.zip", faults=(ENCRYPTED,))
    staged = stage(tmp_path, [head, held])

    assert "Container Could Not Be Fully Expanded|all.zip" in sheet(staged, "NG_00000002")
    assert rows(staged)[1]["LINK"] == ""
    assert rows(staged)[1]["FILE_NAME"] == "all.zip"


def test_families_are_unique_by_their_natives(tmp_path: Path) -> None:
    same = {control(number): b"the same" for number in (1, 3, 5)} | {
        control(number): b"attached" for number in (2, 4)
    }
    staged = stage(tmp_path, [*family(1, 1), *family(3, 1), document(5)], FakeAccess(same))

    assert staged.counts["unique"] == 2
    assert "Unique families 2" in letter(staged)


def test_a_message_written_from_properties_has_the_header_it_was_given(tmp_path: Path) -> None:
    stored = {"subject": FieldValue("subject", "Wallets", "mapi:0x0037")}
    made = replace(email(1), fields=stored, path="a.pst/Inbox")
    access = FakeAccess({control(1): b"From: x\r\nSubject: Wallets\r\n\r\nbody: y"})
    staged = stage(tmp_path, [made], access)

    assert rows(staged)[0]["HEADER"] == "From: x®Subject: Wallets"
    assert "1 message lived in an Outlook store" in letter(staged)
