"""`produce --overlay`: what a cure advises, delivered under the numbers already given."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from forthwith.domain.documents import Document
from forthwith.loadfiles import dat
from forthwith.produce.in_order import in_process
from forthwith.workflows import overlay as overlays
from forthwith.workflows.matter_access import MatterAccess
from tests.builders import evidence
from tests.cli.conftest import Command

DAY = ("--day", "2023-07-01", "--workers", "1")


@pytest.fixture
def home(run: Command, tmp_path: Path) -> Path:
    """Two mails and a note in VOL001, whose times were written in UTC and are wanted in Eastern."""
    loose = evidence.write(
        tmp_path / "in",
        a_eml=evidence.mail("Quorum", ("memo.txt", b"Keys move on Tuesday.\n")),
        b_eml=evidence.mail("Keys"),
        note_txt=b"A plan of wallets: how keys are made, kept, moved and destroyed.\n" * 12,
    )
    home = evidence.matter(tmp_path / "m", loose).folder
    for words in (("process", "--workers", "1"), ("produce", "VOL001", *DAY)):
        done = run("-C", home, *words)
        assert done.exit_code == 0, done.output
    settings = home / "matter.toml"
    text = settings.read_text("utf-8")
    assert '"UTC"' in text
    settings.write_text(text.replace('"UTC"', '"America/New_York"'), "utf-8")
    return home


def laid(run: Command, home: Path, *words: str) -> dict[str, object]:
    done = run("-C", home, "produce", "VOL001_O1", "--overlay", "VOL001", *words, *DAY, "--json")
    assert done.exit_code == 0, done.output
    told: dict[str, object] = json.loads(done.stdout)
    return told


def rows(home: Path, volume: str) -> list[dict[str, str]]:
    read = dat.read((home / f"volumes/{volume}/DATA/{volume}.DAT").read_bytes())
    return [dict(zip(read.header, row, strict=True)) for row in read.rows]


def test_times_in_another_zone_go_out_as_an_overlay(run: Command, home: Path) -> None:
    told = laid(run, home, "--reason", "Times are asked for in Eastern time.")

    assert told["sealed"]
    keys = [row["FIRSTBATES"] for row in rows(home, "VOL001_O1")]
    assert keys
    assert set(keys) < {row["FIRSTBATES"] for row in rows(home, "VOL001")}
    assert "TIME_SENT/TIME_ZONE" in rows(home, "VOL001_O1")[0]
    letter = (home / "volumes/VOL001_O1/DATA/VOL001_O1_TRANSMITTAL.TXT").read_text("utf-8-sig")
    assert "Times are asked for in Eastern time." in " ".join(letter.split())
    assert run("-C", home, "verify").exit_code == 0


def test_volume_and_overlay_are_what_a_replacement_would_be(run: Command, home: Path) -> None:
    """A volume made whole again differs in nothing from the old one with its overlay."""
    laid(run, home)
    done = run("-C", home, "produce", "VOL001_R1", "--replace", "VOL001", *DAY)
    assert done.exit_code == 0, done.output

    changes = home / "volumes/VOL001_R1/DATA/VOL001_R1_CHANGES.CSV"
    assert list(csv.DictReader(io.StringIO(changes.read_text("utf-8-sig")))) == []


def test_a_second_overlay_has_only_what_the_first_has_not(run: Command, home: Path) -> None:
    laid(run, home)
    done = run("-C", home, "produce", "VOL001_O2", "--overlay", "VOL001", *DAY)

    assert done.exit_code == 2
    assert "There is nothing to overlay" in done.output


def test_an_overlay_changes_no_number_and_hands_none_out(run: Command, home: Path) -> None:
    before = run("-C", home, "documents", "--json").stdout
    laid(run, home)
    assert run("-C", home, "documents", "--json").stdout == before

    more = evidence.write(home.parent / "more", c_txt=b"Another note.\n")
    for words in (("collect", more, "--custodian", "Lee, Wei"), ("process", "--workers", "1")):
        assert run("-C", home, *words).exit_code == 0
    assert run("-C", home, "produce", "VOL002", *DAY).exit_code == 0
    last = rows(home, "VOL001")[-1]["LASTBATES"]
    (new,) = rows(home, "VOL002")
    assert int(new["FIRSTBATES"][-8:]) == int(last[-8:]) + 1


def test_no_name_is_taken_twice(run: Command, home: Path) -> None:
    """An unsealed attempt under that name would be cleared away."""
    laid(run, home)
    done = run("-C", home, "produce", "vol001_o1", *DAY)

    assert done.exit_code == 2
    assert (home / "volumes/VOL001_O1").is_dir()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("VOL001_O1", "--overlay", "VOL009"), "no produced volume VOL009"),
        (("VOL001_O1", "--overlay", "VOL001", "--where", "kind = 'chat'"), "None of the documents"),
        (("VOL002", "--only", "text"), "--only belongs to --overlay"),
        (("VOL001_O1", "--overlay", "VOL001", "--replace", "VOL001"), "exclude each other"),
    ],
)
def test_what_cannot_be_overlaid_says_why(
    run: Command, home: Path, words: tuple[str, ...], said: str
) -> None:
    done = run("-C", home, "produce", *words, *DAY)

    assert done.exit_code == 2
    assert said in " ".join(done.output.split())


def test_a_changed_file_of_an_overlay_is_found(run: Command, home: Path) -> None:
    laid(run, home)
    data = home / "volumes/VOL001_O1/DATA/VOL001_O1.DAT"
    data.chmod(0o644)
    data.write_bytes(data.read_bytes() + b"\r\n")
    done = run("-C", home, "verify")

    assert done.exit_code == 1
    assert "VOL001_O1.DAT was changed" in done.output


def test_an_overlay_that_makes_the_volume_worse_is_not_sealed(
    run: Command, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is checked as its receiver would load it: over the volume."""

    def other(self: MatterAccess, document: Document) -> str:
        return f"Quite another text of {document.name}: lorem ipsum dolor sit amet.\n" * 12

    monkeypatch.setattr(MatterAccess, "text", other)
    monkeypatch.setattr(overlays, "Workers", lambda *_: in_process)
    done = run("-C", home, "produce", "VOL001_O1", "--overlay", "VOL001", "--only", "text", *DAY)

    assert done.exit_code == 1, done.output
    assert "NOT SEALED: over VOL001" in done.output
    assert not (home / "volumes/VOL001_O1").exists()
    assert (home / "staging/VOL001_O1/DATA/VOL001_O1.DAT").is_file()
    assert "VOL001_O1" not in run("-C", home, "verify").output


def test_a_receiver_checks_the_volume_with_its_overlay(run: Command, home: Path) -> None:
    laid(run, home)
    done = run("check", home / "volumes" / "VOL001", home / "volumes" / "VOL001_O1")

    assert done.exit_code == 0, done.output
    assert "VOL001_O1 is an overlay" in done.output


def test_a_receiver_is_told_of_a_file_of_an_overlay_that_is_not_as_sealed(
    run: Command, home: Path
) -> None:
    """Its own manifest answers for it; that of the volume knows nothing of it."""
    laid(run, home)
    (text, *_) = sorted((home / "volumes/VOL001_O1/TEXT").rglob("*.TXT"))
    text.chmod(0o644)
    text.write_bytes(text.read_bytes() + b"One word more.\r\n")
    done = run("check", home / "volumes" / "VOL001", home / "volumes" / "VOL001_O1", "--json")

    assert done.exit_code == 1
    codes = {finding["code"] for finding in json.loads(done.stdout)["findings"]}
    assert codes == {"PA01"}
