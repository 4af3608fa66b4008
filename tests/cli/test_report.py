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
from forthwith.workflows.conference import NotServedError

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


def test_a_report_on_days_to_come_is_refused(home: Path) -> None:
    """Else it would say that nothing was produced since a day that has not been."""
    with pytest.raises(ForthwithError, match="after it"):
        typed(home, "status", "--since", "2023-09-01", "--day", "2023-08-14")


def test_a_volume_of_a_later_day_is_not_counted(home: Path) -> None:
    """Its letter bears 2023-06-17."""
    typed(home, "status", "--since", "2023-06-01", "--day", "2023-06-16")

    plain = json.loads((home / "papers/status-report-1.json").read_text(encoding="utf-8"))
    assert plain["total"]["documents"] == 0


def test_registers_of_one_folder_lose_no_point(home: Path, tmp_path: Path) -> None:
    """Both begin with the same id."""
    CliRunner().invoke(
        deficiency,
        [str(home / "volumes/VOL001"), "--custodian", "Nobody", "--into", str(tmp_path / "d")],
        obj=tmp_path,
    )
    one = tmp_path / "d" / "deficiency.json"
    two = Path(shutil.copy(one, tmp_path / "d" / "second.json"))
    count = len(json.loads(one.read_text(encoding="utf-8"))["acts"])
    assert count
    typed(home, "status", *SINCE, "--register", one, "--register", two)

    plain = json.loads((home / "papers/status-report-1.json").read_text(encoding="utf-8"))
    assert len(plain["points"]) == 2 * count


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe{",
        b"[" * 100_000,
        b'{"form": "forthwith deficiency 1", "acts": [], "about": {"volumes": 5}}',
        b'{"form": "forthwith deficiency 1", "acts": [], "about": {"volumes": ["VOL001"]}}',
        b'{"form": "forthwith deficiency 1", "acts": [], "about": {"volumes": [{"counts": 7}]}}',
        (
            b'{"form": "forthwith deficiency 1", "acts": [], "about": {"volumes": '
            b'[{"name": "VOL001", "counts": {"pages": "many"}}]}}'
        ),
        (
            b'{"form": "forthwith deficiency 1", "about": {}, "acts": '
            b'[{"kind": "finding", "key": "F", "seq": 1, "at": "", "who": "", "body": 5}]}'
        ),
    ],
)
def test_a_register_out_of_shape_is_refused_in_words(
    home: Path, tmp_path: Path, data: bytes
) -> None:
    (tmp_path / "r.json").write_bytes(data)

    with pytest.raises(ForthwithError, match=r"r\.json"):
        typed(home, "status", *SINCE, "--register", tmp_path / "r.json")


def test_a_party_without_a_name_is_no_traceback(home: Path) -> None:
    """A paralegal has begun a table of [[parties]] and gone home."""
    settings = home / "matter.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(f'{text}\n[[parties]]\nside = "producing"\n', encoding="utf-8")

    assert typed(home, "status", *SINCE).exit_code == 0


def test_a_topic_names_only_what_was_served(home: Path) -> None:
    """A slip of the pen would tell the court of a request that nobody made."""
    with pytest.raises(NotServedError, match="neither a set nor a request"):
        typed(home, "topic", "Chat", "--request", "First RFPs/99")

    assert json.loads(typed(home, "list", "--json").stdout)["topics"] == {}
