"""A produced volume with slip-sheets, and the log printed for it: no point until one is broken."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from forthwith.cli.deficiency import deficiency
from forthwith.cli.privilege import privilege
from forthwith.cli.privilege_log import privilege_log
from forthwith.cli.reply import reply
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.deficiency_reply import NoSuchVolumeError
from forthwith.workflows.produce import ProductionOptions, produce
from forthwith.workflows.progress import SILENT
from tests.builders import privileged

DAY = date(2023, 6, 17)
SAYS = ("--basis", "AC", "--description", "Mail to counsel seeking legal advice on key custody.")
Table = list[dict[str, str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A sealed volume and its log: a family withheld, and an attachment of a produced mail."""
    note = ("advice-note.txt", b"Note on the advice of counsel.\n")
    more = privileged.mail("Forward", "See advice-note.txt, attached.", "lee@northgate.example",
                           note, day=9)  # fmt: skip
    matter = privileged.matter(tmp_path_factory.mktemp("withheld"), d_forward_eml=more)
    number = privileged.numbers(matter)
    claim = ("claim", number["Quorum"], *SAYS, "--with-family")
    part = ("claim", number["advice-note.txt"], *SAYS[:3], "Note on advice about key custody.",
            "--family", "part", "--because", "the mail itself is no advice")  # fmt: skip
    for words in (["attorneys", str(matter.folder / "attorneys.csv")], claim, part):
        assert typed(privilege, *words, home=matter.folder)[0] == 0
    done = produce(
        CaseFile.open(matter.folder), ProductionOptions("VOL001", day=DAY, workers=1), SILENT
    )
    assert done.sealed
    assert typed(privilege_log, "--day", "2023-06-17", home=matter.folder)[0] == 0
    return done.folder, matter.folder / "papers"


def typed(command: Any, *words: object, home: Path = Path()) -> tuple[int, str]:
    done = CliRunner().invoke(command, list(map(str, words)), obj=home, catch_exceptions=False)
    return done.exit_code, done.output


def points(folder: Path, into: Path, *words: object) -> list[tuple[str, str]]:
    status, output = typed(deficiency, folder, "--into", into, "--json", *words)
    found = json.loads(output)["findings"]
    assert status == (1 if found else 0)
    return [(each["code"], each["bates"]) for each in found.values()]


def changed(papers: Path, into: Path, change: Callable[[Table], object]) -> Path:
    """Write the log with its rows changed."""
    held = csv.DictReader(
        io.StringIO((papers / "privilege-log-document.csv").read_text("utf-8-sig"))
    )
    rows: Table = list(held)
    change(rows)
    into.mkdir(exist_ok=True)
    with (into / "log.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, held.fieldnames or ())
        writer.writeheader()
        writer.writerows(rows)
    return into / "log.csv"


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_our_own_volume_and_our_own_log_have_no_point(
    ending: str, made: tuple[Path, Path], tmp_path: Path
) -> None:
    """The mail names its withheld attachment, and the slip-sheet shows no name: no mention lost."""
    folder, papers = made
    listed = tmp_path / "attorneys.csv"
    listed.write_text(privileged.ATTORNEYS, encoding="utf-8")
    words = ("--privilege-log", papers / f"privilege-log-document.{ending}",
             "--attorneys", listed, "--side-domain", "northgate.example")  # fmt: skip

    assert points(folder, tmp_path / "out", *words) == []
    letter = (tmp_path / "out/deficiency.txt").read_text("utf-8-sig")
    assert f"privilege-log-document.{ending}, 3 entries" in letter


def test_without_its_log_the_volume_has_one(made: tuple[Path, Path], tmp_path: Path) -> None:
    assert points(made[0], tmp_path / "out") == [("PL03", "")]


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        (lambda rows: rows.pop(0), "PL02", "1"),
        (lambda rows: rows[0].update(Description=""), "PL04", "1"),
        (lambda rows: rows[0].update(Description="Privileged e-mail."), "PL05", "1"),
        (lambda rows: rows[0].update(Bates=f"{rows[0]['Bates'][:-1]}1-3"), "PL01", "3"),
        (lambda rows: rows[0].update(CC="Ana Roe <roe@press.example>"), "PL06", "1"),
    ],
)
def test_a_log_broken_in_one_place_has_one_point(
    change: Callable[[Table], object], code: str, place: str,
    made: tuple[Path, Path], tmp_path: Path,
) -> None:  # fmt: skip
    folder, papers = made
    listed = tmp_path / "attorneys.csv"
    listed.write_text(privileged.ATTORNEYS, encoding="utf-8")
    log = changed(papers, tmp_path / "log", change)
    words = ("--privilege-log", log, "--attorneys", listed, "--side-domain", "northgate.example")
    found = points(folder, tmp_path / "out", *words)

    assert [(code, bates[-1:]) for code, bates in found] == [(code, place)]
    assert points(folder, tmp_path / "out", *words) == found


def test_a_withheld_parent_whose_attachment_is_lost_and_not_logged(
    made: tuple[Path, Path], tmp_path: Path
) -> None:
    """The load file lists the attachment, and neither a slip-sheet nor an entry is there."""
    folder, papers = made
    spoiled = Path(shutil.copytree(folder, tmp_path / "VOL001"))
    log = changed(papers, tmp_path / "log", lambda rows: rows.pop(1))
    lost = drop(spoiled, 1)
    found = points(spoiled, tmp_path / "out", "--privilege-log", log)

    assert ("PL07", lost) in found
    assert not [code for code, _ in found if code.startswith(("FM", "PL0")) and code != "PL07"]


def test_an_amended_log_is_a_cure_and_the_old_one_is_none(
    made: tuple[Path, Path], tmp_path: Path
) -> None:
    """One point is cured by the log printed again, with a blank in its name; one is not."""
    folder, papers = made
    log = changed(papers, tmp_path / "log", lambda rows: (rows.pop(1), rows[0].update(Basis="")))
    found = points(folder, tmp_path / "out", "--privilege-log", log)
    assert [code for code, _ in found] == ["PL02", "PL04"]

    amended = shutil.copy(papers / "privilege-log-document.xlsx", tmp_path / "Amended log.xlsx")
    words = ("--set", "F-0001", f"cured {amended}", "--set", "F-0002", f"cured {log}")
    status, output = typed(reply, tmp_path / "out/deficiency.json", "--json", *words)
    states = {key: (e["state"], e["because"]) for key, e in json.loads(output)["findings"].items()}

    assert status == 1
    assert states["F-0001"][0] == "verified"
    assert states["F-0002"] == ("cured", "in log.csv, entry PRIV-0001 has no basis")
    with pytest.raises(NoSuchVolumeError, match="no folder and no file"):
        typed(reply, tmp_path / "out/deficiency.json", "--set", "F-0002", "cured nowhere.csv")


def test_words_of_a_slip_sheet_are_enough(made: tuple[Path, Path], tmp_path: Path) -> None:
    """Somebody else's volume has no WITHHELD column."""
    folder, papers = made
    other = Path(shutil.copytree(folder, tmp_path / "VOL001"))
    data = other / "DATA/VOL001.DAT"
    data.chmod(0o644)
    data.write_bytes(data.read_bytes().replace("þWITHHELDþ".encode(), "þNOTHINGSþ".encode()))
    log = papers / "privilege-log-document.csv"
    codes = {code for code, _ in points(other, tmp_path / "out", "--privilege-log", log)}

    assert not {code for code in codes if code.startswith("PL")}
    assert ("PL03", "") in points(other, tmp_path / "none")


def drop(folder: Path, place: int) -> str:
    """Take a row out of the load files with its files; return its number."""
    data = folder / "DATA/VOL001.DAT"
    lines = data.read_bytes().split(b"\r\n")
    number = lines.pop(place + 1).decode().split("þ")[1]
    data.chmod(0o644)
    data.write_bytes(b"\r\n".join(lines))
    pointer = folder / "DATA/VOL001.OPT"
    pointer.chmod(0o644)
    kept = [each for each in pointer.read_bytes().split(b"\r\n") if number.encode() not in each]
    pointer.write_bytes(b"\r\n".join(kept))
    for path in folder.rglob(f"{number}.*"):
        path.parent.chmod(0o755)
        path.unlink()
    return number
