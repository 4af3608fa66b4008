"""`--passwords`: what a held password opens is read and produced, and no word of it is written."""

from __future__ import annotations

import csv
import json
import os
import threading
import zipfile
from io import BytesIO
from pathlib import Path

import click
import pytest
from click.testing import Result
from sqlalchemy import text

from forthwith.cli.console import FileAtHome
from forthwith.cli.password_file import passwords_in
from forthwith.process.unlocking import list_digest
from forthwith.record.documents import DocumentTable
from forthwith.record.matter import Matter
from tests.builders import encrypted_zips, evidence, office, pdf
from tests.cli.conftest import Command
from tests.formats.office.test_decrypt import agile

PDF, ZIP, XLSX, WRONG = "sésame-7731", "kiwi-4402", "plum-9915", "wrong-6620"
LIST = f"\ufeff{WRONG}\r\n\r\n{PDF}\r\n{ZIP}\n{XLSX}"
BOOK = office.workbook(
    {"Open": ("", '<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData>')}
)
DAY = ("--day", "2023-06-17", "--workers", "1")


def contents() -> dict[str, bytes]:
    inner = BytesIO()
    with zipfile.ZipFile(inner, "w") as packed:
        packed.writestr("deep.txt", "Buried in two archives.\n")
    members = [
        ("letter.eml", evidence.mail("Port Vale", ("memo.txt", b"The lease ends in May.\n"))),
        ("inner.zip", inner.getvalue()),
    ]
    return {
        "treaty_pdf": pdf.changed(pdf.pages("The treaty of Port Vale"), user=PDF, owner="x"),
        "shut_pdf": pdf.changed(pdf.pages("Never read"), user="not-listed", owner="y"),
        "box_zip": encrypted_zips.packed(members, ZIP, "aes-256"),
        "old_zip": encrypted_zips.packed([("old.txt", b"Of long ago.\n")], ZIP, "traditional"),
        "book_xlsx": agile(BOOK, XLSX),
        "plan_txt": b"A plan for the spring.\n",
    }


@pytest.fixture(scope="module")
def opened(run: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A matter read without a list, then with one."""
    place = tmp_path_factory.mktemp("opened")
    evidence.write(place / "in", **contents())
    (place / "list.txt").write_text(LIST, encoding="utf-8", newline="")
    run("init", place / "m", "--name", "Acme")
    for words in (
        ("collect", place / "in", "--custodian", "Ortega, Marisol"),
        ("process", "--workers", "1"),
        ("process", "--workers", "1", "--passwords", place / "list.txt"),
    ):
        done = run("-C", place / "m", *words)
        assert done.exit_code == 0, done.output
    return place


def texts(place: Path) -> dict[str, str]:
    table = DocumentTable(Matter.open(place / "m"))
    words = dict(table.texts())
    return {str(document.path): words[document.control_number] for document in table.ask()}


def journal(place: Path) -> list[str]:
    with Matter.open(place / "m").engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM journal ORDER BY 1")).all()
    return [" ".join(map(str, row)) for row in rows]


def test_what_was_left_encrypted_is_read_once_a_list_is_given(opened: Path) -> None:
    found = texts(opened)

    assert "The treaty of Port Vale" in found["treaty.pdf"]
    assert "owed & held" in found["book.xlsx"]
    assert "Of long ago" in found["old.zip/old.txt"]
    assert "The lease ends in May" in found["box.zip/letter.eml/memo.txt"]
    assert "Buried in two archives" in found["box.zip/inner.zip/deep.txt"]
    assert not found["shut.pdf"]


def test_the_fault_that_stays_says_how_many_were_tried(run: Command, opened: Path) -> None:
    status = run("-C", opened / "m", "status").output

    assert "shut.pdf: the PDF opens only with a password; none of 4 passwords opened it" in status
    assert "number 2 of a list of 4" in status


def test_an_opened_file_is_not_counted_as_read_in_part(run: Command, opened: Path) -> None:
    total = json.loads(run("-C", opened / "m", "status", "--json").output)

    assert total["total"]["partly_read"] == 0
    assert total["total"]["container_faults"] == 0
    assert total["faults_by_reason"] == {"encrypted": 1, "opened with a password": 5}


def test_the_journal_names_the_list_and_what_it_opened(opened: Path) -> None:
    [entry] = [row for row in journal(opened) if "passwords" in row]

    assert list_digest((WRONG, PDF, ZIP, XLSX)) in entry
    assert '"count": 4' in entry or '"count":4' in entry
    assert '"opened": 5' in entry or '"opened":5' in entry


def test_a_volume_is_refused_without_the_list(run: Command, opened: Path) -> None:
    """Natives out of an encrypted archive, and pages of an encrypted file, need it again."""
    shut = opened / "shut.txt"
    shut.write_text(f"{WRONG}\n")
    for words, cure in (((), "--passwords FILE"), (("--passwords", shut), "does not open all")):
        refused = run("-C", opened / "m", "produce", "VOL009", *DAY, *words)
        assert refused.exit_code == 2
        assert cure in refused.output
        assert WRONG not in refused.output


@pytest.fixture(scope="module")
def volume(run: Command, opened: Path) -> Path:
    done: Result = run(
        "-C", opened / "m", "produce", "VOL001", *DAY, "--without-text",
        "--passwords", opened / "list.txt",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    return opened / "m" / "volumes" / "VOL001"


def test_natives_stay_as_collected_and_the_papers_say_so(opened: Path, volume: Path) -> None:
    with (volume / "DATA" / "VOL001_EXCEPTIONS.CSV").open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.DictReader(file) if row["REASON"] == "opened with a password"]
    letter = (volume / "DATA" / "VOL001_TRANSMITTAL.TXT").read_text(encoding="utf-8")
    natives = {path.read_bytes() for path in (volume / "NATIVES").rglob("*") if path.is_file()}

    assert len(rows) == 5
    assert sum("as collected, still encrypted" in row["DETAIL"] for row in rows) == 2
    assert "opened with a password held by the producing party" in " ".join(letter.split())
    assert (opened / "in" / "treaty.pdf").read_bytes() in natives
    assert b"Of long ago.\n" in natives


def test_no_byte_of_a_password_is_written_anywhere(volume: Path) -> None:
    """Neither readings nor database nor journal nor volume, in any encoding there is reason for."""
    words = [
        word.encode(name) for word in (PDF, ZIP, XLSX, WRONG) for name in ("utf-8", "utf-16-le")
    ]
    files = [path for path in volume.parents[1].rglob("*") if path.is_file()]

    assert any(path.suffix == ".parquet" for path in files)
    for path in files:
        data = path.read_bytes()
        assert not any(word in data for word in words), path


def test_a_shorter_list_takes_nothing_back(
    run: Command, opened: Path, volume: Path, tmp_path: Path
) -> None:
    """What was opened stays; only a list that opens all of an item takes the place of another."""
    assert volume.is_dir()
    before = texts(opened)
    (tmp_path / "one.txt").write_text(f"{XLSX}\n", encoding="utf-8")
    done = run("-C", opened / "m", "process", "--passwords", tmp_path / "one.txt")
    again = run("-C", opened / "m", "process", "--again", "encrypted")

    assert done.exit_code == again.exit_code == 0
    assert texts(opened) == before


def test_two_archives_members_of_two_passwords_are_kept_together(
    run: Command, tmp_path: Path
) -> None:
    """A second list that opens one member and not the other leaves both as they were."""
    first = encrypted_zips.packed([("a.txt", b"of one\n")], "one-8801", "aes-256")
    second = encrypted_zips.packed([("b.txt", b"of two\n")], "two-8802", "aes-256")
    evidence.write(tmp_path / "in", outer_zip=evidence.archive(a_zip=first, b_zip=second))
    home = tmp_path / "m"
    run("init", home, "--name", "Acme")
    run("-C", home, "collect", tmp_path / "in", "--custodian", "Ortega")
    for word in ("one-8801", "two-8802"):
        (tmp_path / "list.txt").write_text(word)
        done = run("-C", home, "process", "--passwords", tmp_path / "list.txt")
        assert done.exit_code == 0, done.output

    assert "give both lists as one file" in done.output
    assert "of one" in "".join(texts(tmp_path).values())
    (tmp_path / "list.txt").write_text("one-8801\ntwo-8802")
    run("-C", home, "process", "--passwords", tmp_path / "list.txt")
    whole = "".join(texts(tmp_path).values())
    assert "of one" in whole
    assert "of two" in whole


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\n \r\n", "it holds none"),
        (b"x\n" * 1001, "at most 1,000 are tried"),
        (b"\xff\xfes\0e\0", "cannot be read as UTF-8"),
        (b"se\0cret", "NUL"),
        (b"x" * (2**20 + 1), "longer than"),
    ],
)
def test_a_list_that_is_none_is_refused_in_a_sentence(
    run: Command, matter: Path, tmp_path: Path, data: bytes, why: str
) -> None:
    (tmp_path / "list").write_bytes(data)
    refused = run("-C", matter, "process", "--passwords", tmp_path / "list")

    assert refused.exit_code == 2
    assert why in " ".join(refused.output.split())


def test_a_list_may_come_through_a_pipe(tmp_path: Path) -> None:
    """As from <(pass show volumes): then no list of passwords lies on a disk."""
    pipe = tmp_path / "63"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text("kiwi-4402\n"), daemon=True)
    writer.start()

    taken = FileAtHome(pipe=True).convert(str(pipe), None, None)

    assert passwords_in(taken) == ("kiwi-4402",)
    writer.join(5)
    with pytest.raises(click.exceptions.BadParameter):
        FileAtHome().convert(str(pipe), None, None)
