"""`report` as typed: topics kept, the joint report printed and sealed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from forthwith.cli.deficiency import deficiency
from forthwith.cli.report import report
from forthwith.domain.errors import ForthwithError

SINCE = ("--since", "2023-06-01", "--day", "2023-08-14")


@pytest.fixture
def home(sealed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sealed, tmp_path / "m"))


def typed(home: Path, *words: str | Path) -> Result:
    return CliRunner().invoke(report, list(map(str, words)), obj=home, catch_exceptions=False)


def test_a_topic_keeps_what_is_not_given_again(home: Path) -> None:
    typed(home, "topic", "Chat", "--joint", "Slack is processed.", "--impasse")
    typed(home, "topic", "Chat", "--position", "receiving", "It is late.")
    typed(home, "topic", "Chat", "--relief", "receiving", "An order.", "--no-impasse")

    (topic,) = json.loads(typed(home, "list", "--json").stdout)["topics"].values()
    assert topic["joint"] == "Slack is processed."
    assert topic["positions"] == [
        {"side": "receiving", "text": "It is late.", "relief": "An order."}
    ]
    assert topic["impasse"] is False


def test_letters_and_conferences_get_ids_of_their_own(home: Path) -> None:
    words = ("--from", "Staff", "--to", "Counsel", "--about", "gaps")

    assert "L-0001" in typed(home, "letter", "2023-08-01", *words).stdout
    assert "L-0002" in typed(home, "letter", "2023-08-02", *words).stdout
    met = typed(home, "conference", "2023-08-03", "--how", "in person", "--outcome", "none")
    assert "C-0001" in met.stdout
    with pytest.raises(ForthwithError, match="no topic 'Chat'"):
        typed(home, "letter", "2023-08-01", *words, "--topic", "Chat")


def test_the_report_is_four_sealed_files_with_both_sides_counts(home: Path, tmp_path: Path) -> None:
    CliRunner().invoke(
        deficiency, [str(home / "volumes/VOL001"), "--into", str(tmp_path / "d")], obj=tmp_path
    )
    register = tmp_path / "d" / "deficiency.json"
    done = typed(home, "status", *SINCE, "--register", register, "--json")

    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["paper"] == "status-report/1"
    plain = json.loads((home / "papers/status-report-1.json").read_text(encoding="utf-8"))
    counted = json.loads(register.read_text(encoding="utf-8"))["about"]["volumes"][0]
    assert plain["volumes"][0]["counts"] == counted["counts"]
    assert plain["volumes"][0]["digest"] == counted["digest"]
    assert plain["volumes"][0]["day"] == "2023-06-17"
    text = " ".join((home / "papers/status-report-1.txt").read_text("utf-8-sig").split())
    assert "Both sides have computed the counts of VOL001 from the same files" in text


def test_other_files_on_the_other_side_are_status_1(home: Path, tmp_path: Path) -> None:
    """They count a volume of the same name with one byte changed."""
    theirs = Path(shutil.copytree(home / "volumes/VOL001", tmp_path / "VOL001"))
    letter = theirs / "DATA" / "VOL001_TRANSMITTAL.TXT"
    letter.chmod(0o644)
    letter.write_bytes(letter.read_bytes() + b" ")
    CliRunner().invoke(deficiency, [str(theirs), "--into", str(tmp_path / "d")], obj=tmp_path)
    done = typed(home, "status", *SINCE, "--register", tmp_path / "d" / "deficiency.json")

    assert done.exit_code == 1
    assert "COUNTS: The receiving side's files of VOL001 have another digest" in done.stdout


def test_a_red_page_stops_the_report(home: Path) -> None:
    typed(home, "topic", "Chat", "--position", "producing", "See ACME00009999.")
    done = typed(home, "status", *SINCE)

    assert done.exit_code == 1
    assert "RED: Chat, position of the producing side: cites ACME00009999" in done.stdout
    assert "NOT PRINTED" in done.stdout
    assert not (home / "papers").exists()
