"""What is claimed as privileged stays back, and nothing like it goes out."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from forthwith.cli.privilege import privilege
from forthwith.cli.privilege_log import privilege_log
from forthwith.domain.documents import ControlNumber
from forthwith.loadfiles import dat
from forthwith.record import acts
from forthwith.record.matter import Matter
from forthwith.review.privilege import claims as privilege_ledger
from forthwith.review.privilege.claims import (
    EmptyClaimError,
    UndecidedFamilyError,
    UnknownControlNumberError,
)
from forthwith.review.privilege.gate import PrivilegedTwinError, RedactionsMissingError
from forthwith.workflows.attorney_list import AttorneyListError
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.produce import ProducedVolume, ProductionOptions, produce
from forthwith.workflows.progress import SILENT
from tests.builders import privileged

Typed = Callable[..., Result]
DAY = date(2023, 6, 17)
SAYS = ("--basis", "AC", "--description", "Mail to counsel seeking legal advice on key custody.")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Matter:
    return privileged.matter(tmp_path_factory.mktemp("privileged"))


@pytest.fixture
def matter(made: Matter, tmp_path: Path) -> Matter:
    """A copy to claim in."""
    return Matter.open(Path(shutil.copytree(made.folder, tmp_path / "m")))


def typed(matter: Matter, *words: str) -> Result:
    done = CliRunner().invoke(privilege, list(words), obj=matter.folder, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done


def produced(matter: Matter, volume: str = "VOL001", **wish: str) -> ProducedVolume:
    return produce(CaseFile(matter), ProductionOptions(volume, day=DAY, workers=1, **wish), SILENT)


def rows(folder: Path) -> dict[str, dict[str, str]]:
    """Return the data load file by first Bates number."""
    data = dat.read((folder / "DATA" / f"{folder.name}.DAT").read_bytes())
    held = [dict(zip(data.header, row, strict=True)) for row in data.rows]
    return {row["FIRSTBATES"]: row for row in held}


def test_a_claimed_document_is_produced_as_a_slip_sheet_in_its_family(matter: Matter) -> None:
    number = privileged.numbers(matter)
    typed(matter, "claim", number["Quorum"], *SAYS, "--with-family")
    done = produced(matter)
    assert done.sealed, done.report.findings

    withheld = {n: row for n, row in rows(done.folder).items() if row["WITHHELD"]}
    assert sorted(row["WITHHELD"] for row in withheld.values()) == ["PRIV-0001", "PRIV-0002"]
    for first, row in withheld.items():
        assert row["BEGATTACH"] == min(withheld)
        told = {name for name, cell in row.items() if cell}
        assert told.isdisjoint({"SUBJECT", "FROM", "TO", "FILE_NAME", "MD5HASH", "LINK", "PATH"})
        text = next(done.folder.glob(f"TEXT/*/{first}.TXT")).read_text("utf-8-sig")
        assert text == f"Document Withheld for Privilege - Log No. {row['WITHHELD']}"
        assert not list(done.folder.glob(f"NATIVES/*/{first}.*"))
    assert len(withheld) + 3 == len(rows(done.folder))


def test_nothing_of_a_withheld_document_lies_in_the_volume(matter: Matter) -> None:
    typed(matter, "claim", privileged.numbers(matter)["Quorum"], *SAYS, "--with-family")
    done = produced(matter)

    for path in done.folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not any(word in data for word in (b"Tallinn", b"cold wallet", b"memo.txt")), path


def test_a_document_claimed_in_part_waits_for_its_redactions(matter: Matter) -> None:
    number = privileged.numbers(matter)["Quorum"]
    typed(matter, "claim", number, *SAYS, "--treatment", "redacted")

    with pytest.raises(RedactionsMissingError, match=number):
        produced(matter)
    assert not (matter.volumes / "VOL001").exists()


def test_a_claim_taken_back_is_produced_and_its_number_is_not_used_again(matter: Matter) -> None:
    number = privileged.numbers(matter)
    typed(matter, "claim", number["Lunch"], *SAYS)
    typed(matter, "claim", number["Lunch"], "--treatment", "withdrawn", "--because", "a mistake")
    typed(matter, "claim", number["Quorum"], *SAYS, "--with-family")
    held = privilege_ledger.claims(acts.read(matter))

    assert held[ControlNumber(number["Lunch"])].log == "PRIV-0001"
    assert held[ControlNumber(number["Quorum"])].log == "PRIV-0002"
    done = produced(matter)
    assert sorted(row["WITHHELD"] for row in rows(done.folder).values()) == [
        "", "", "", "PRIV-0002", "PRIV-0003",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Matter:
    """The same memorandum lies in a folder too, and a mail repeats the advice with one word new."""
    again = privileged.mail(
        "Board", privileged.ADVICE.replace("cold", "warm"), "lee@northgate.example", day=9
    )
    return privileged.matter(
        tmp_path_factory.mktemp("copied"), copy_txt=privileged.MEMO.encode(), d_board_eml=again
    )


def test_a_twin_of_a_withheld_document_stops_the_seal(copied: Matter, tmp_path: Path) -> None:
    matter = Matter.open(Path(shutil.copytree(copied.folder, tmp_path / "m")))
    number = privileged.numbers(matter)
    typed(matter, "claim", number["Quorum"], *SAYS, "--with-family")

    with pytest.raises(PrivilegedTwinError) as stopped:
        produced(matter)
    alike = {(each.control, each.withheld) for each in stopped.value.twins}
    pairs = {(number["copy.txt"], number["memo.txt"]), (number["Board"], number["Quorum"])}
    assert alike == pairs
    for control, withheld in pairs:
        assert f"{control} and withheld {withheld}" in str(stopped.value)
    assert not (matter.volumes / "VOL001").exists()
    assert not list((matter.folder).glob("staging/*"))


def test_a_twin_goes_out_when_released_with_a_reason_and_only_that_one(
    copied: Matter, tmp_path: Path
) -> None:
    matter = Matter.open(Path(shutil.copytree(copied.folder, tmp_path / "m")))
    number = privileged.numbers(matter)
    typed(matter, "claim", number["Quorum"], *SAYS, "--with-family")
    reason = ("--because", "circulated to the auditors before the advice was sought")
    typed(matter, "release", number["Board"], "--like", number["Quorum"], *reason)

    with pytest.raises(PrivilegedTwinError) as stopped:
        produced(matter)
    assert [each.control for each in stopped.value.twins] == [number["copy.txt"]]

    typed(matter, "claim", number["copy.txt"], *SAYS)
    assert produced(matter).sealed


def test_a_twin_stops_a_later_volume_that_holds_no_withheld_document(
    copied: Matter, tmp_path: Path
) -> None:
    """What is withheld anywhere in the matter counts, not only in this volume."""
    matter = Matter.open(Path(shutil.copytree(copied.folder, tmp_path / "m")))
    number = privileged.numbers(matter)
    typed(matter, "claim", number["Quorum"], *SAYS, "--with-family")

    with pytest.raises(PrivilegedTwinError):
        produced(matter, where="name = 'copy.txt'")
    assert produced(matter, where="subject = 'Lunch'").sealed


def test_a_claim_that_says_nothing_is_refused(matter: Matter) -> None:
    number = privileged.numbers(matter)["Quorum"]
    for words, refused in (
        (("claim", number, "--basis", "AC"), EmptyClaimError),
        (("claim", number, "--description", "Advice."), EmptyClaimError),
        (("claim", number, *SAYS, "--family", "part"), UndecidedFamilyError),
        (("claim", "FW99999999", *SAYS), UnknownControlNumberError),
    ):
        with pytest.raises(refused):
            typed(matter, *words)
    assert privilege_ledger.claims(acts.read(matter)) == {}


def test_the_attorney_list_is_read_and_a_second_list_replaces_by_name(matter: Matter) -> None:
    typed(matter, "attorneys", "attorneys.csv")
    (matter.folder / "more.csv").write_text(
        "name,addresses,to\nDana Reyes,DReyes@halewick.example,2022-12-31\nJo Park,jp@n.example,\n"
    )
    typed(matter, "attorneys", "more.csv")
    lines = typed(matter, "attorneys", "--list", "--json").stdout.splitlines()

    assert [json.loads(line)["name"] for line in lines] == ["Dana Reyes", "Jo Park"]
    assert json.loads(lines[0])["addresses"] == ["dreyes@halewick.example"]
    assert json.loads(lines[0])["to"] == "2022-12-31"


@pytest.mark.parametrize(
    "text",
    [
        "", "name\nReyes\n", "name,addresses\n,a@b.example\n", "name,addresses\nReyes,\n",
        "name,addresses,from\nReyes,a@b.example,1/2/2022\n",
        "name,addresses,from,to\nReyes,a@b.example,2022-02-01,2022-01-01\n",
        "name,addresses,colour\nReyes,a@b.example,red\n",
    ],
)  # fmt: skip
def test_a_faulty_attorney_list_changes_nothing(matter: Matter, text: str) -> None:
    (matter.folder / "bad.csv").write_text(text)

    with pytest.raises(AttorneyListError):
        typed(matter, "attorneys", "bad.csv")
    assert privilege_ledger.attorneys(acts.read(matter)) == []


def checked(matter: Matter, status: int) -> dict[str, object]:
    done = CliRunner().invoke(
        privilege, ["check", "--json"], obj=matter.folder, catch_exceptions=False
    )
    assert done.exit_code == status, done.output
    return json.loads(done.stdout)


def logged(matter: Matter, *words: str) -> str:
    done = CliRunner().invoke(privilege_log, list(words), obj=matter.folder, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_from_claim_to_volume_the_log_has_a_row_for_each_slip_sheet(matter: Matter) -> None:
    """Check clean before and after the seal; the printed log and the delivered folder agree."""
    number = privileged.numbers(matter)
    typed(matter, "attorneys", "attorneys.csv")
    typed(matter, "claim", number["Quorum"], *SAYS, "--by", "R. Vance")
    typed(matter, "claim", number["memo.txt"], "--basis", "WP", *SAYS[2:], "--by", "R. Vance")
    assert checked(matter, 0)["findings"] == []
    done = produced(matter)
    assert checked(matter, 0) == {"claims": 2, "withheld": 2, "slip_sheets": 2, "findings": []}

    rows_of_log = [json.loads(line) for line in logged(matter, "--json").splitlines()]
    slips = {
        (row["WITHHELD"], first) for first, row in rows(done.folder).items() if row["WITHHELD"]
    }
    assert {(row["Log No."], row["Bates"]) for row in rows_of_log} == slips
    assert [row["Basis"] for row in rows_of_log] == ["AC", "WP"]
    assert {row["Author"] for row in rows_of_log} == {
        "Marisol Ortega <marisol@northgate.example>", "",
    }  # fmt: skip
    assert rows_of_log[0]["To"] == "Dana Reyes* <dreyes@halewick.example>"


def test_the_log_is_printed_in_three_forms_and_every_style(matter: Matter) -> None:
    typed(matter, "claim", privileged.numbers(matter)["Quorum"], *SAYS, "--with-family")
    for style in ("document", "metadata", "metadata-plus", "categorical"):
        logged(matter, "--style", style, "--into", "out", "--day", "2023-07-31")
    written = sorted(each.name for each in (matter.folder / "out").iterdir())

    assert len(written) == 12
    assert written[:3] == [f"privilege-log-categorical.{each}" for each in ("csv", "docx", "xlsx")]


def test_a_claim_after_the_seal_is_told_as_a_clawback(matter: Matter) -> None:
    typed(matter, "attorneys", "attorneys.csv")
    assert produced(matter).sealed
    typed(matter, "claim", privileged.numbers(matter)["Quorum"], *SAYS, "--with-family")
    found = checked(matter, 1)["findings"]

    assert [each["code"] for each in found] == ["PC06", "PC06"]  # type: ignore[index, attr-defined]


def test_the_check_names_a_twin_before_anybody_produces(copied: Matter, tmp_path: Path) -> None:
    matter = Matter.open(Path(shutil.copytree(copied.folder, tmp_path / "m")))
    number = privileged.numbers(matter)
    typed(matter, "attorneys", "attorneys.csv")
    typed(matter, "claim", number["Quorum"], *SAYS, "--with-family")
    found = checked(matter, 1)["findings"]

    told = {(each["code"], each["control_number"]) for each in found}  # type: ignore[index, attr-defined]
    assert told == {("PC12", number["copy.txt"]), ("PC12", number["Board"])}


def test_what_is_agreed_not_to_be_logged_is_withheld_all_the_same(matter: Matter) -> None:
    typed(matter, "attorneys", "attorneys.csv")
    typed(matter, "claim", privileged.numbers(matter)["Quorum"], *SAYS, "--with-family")
    typed(matter, "cut-off", "2022-01-01", "--agreement", "Rule 26(f) report, paragraph 7")
    done = produced(matter)

    assert sum(bool(row["WITHHELD"]) for row in rows(done.folder).values()) == 2
    assert logged(matter, "--json") == ""
    assert "2 left out" in logged(matter)
    assert checked(matter, 0)["findings"] == []
