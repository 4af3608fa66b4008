"""Each command does its act, says so in the agreed form, and its exit status means something."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import evidence, volume
from tests.cli.conftest import Command


def test_documents_prints_one_object_a_line(run: Command, sealed: Path) -> None:
    done = run("-C", sealed, "documents", "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]

    assert done.exit_code == 0
    assert len(rows) == 6
    for row in rows:
        assert row.keys() >= {
            "control_number", "parent", "family", "custodian", "kind", "name", "path",
            "media_type", "md5", "sha256", "size", "fields", "faults",
        }  # fmt: skip
        assert (row["parent"] is None) == (row["family"] == row["control_number"])
        assert isinstance(row["size"], int)
    assert [row["name"] for row in rows if row["parent"]] == ["memo.txt"]


def test_documents_that_meet_a_condition(run: Command, sealed: Path) -> None:
    done = run("-C", sealed, "documents", "--json", "--where", "subject = 'Two'")

    assert [json.loads(line)["name"] for line in done.stdout.splitlines()] == ["two.eml"]


def test_documents_that_a_search_finds(run: Command, sealed: Path) -> None:
    """A query and a condition together: those that meet both."""
    asked = ("-C", sealed, "documents", "--json", "--query", "wallets OR spring")
    names = [json.loads(line)["name"] for line in run(*asked).stdout.splitlines()]
    both = run(*asked, "--where", "parent IS NULL").stdout.splitlines()

    assert sorted(names) == ["memo.txt", "plan.txt"]
    assert [json.loads(line)["name"] for line in both] == ["plan.txt"]


def test_documents_stand_under_a_header(run: Command, sealed: Path) -> None:
    first, *_ = run("-C", sealed, "documents").stdout.splitlines()

    assert first.split() == ["Number", "Date", "Custodian", "Kind", "Subject", "or", "name"]


def test_documents_as_a_table_of_which_no_cell_is_a_formula(run: Command, tmp_path: Path) -> None:
    place = tmp_path / "in"
    place.mkdir()
    (place / "=cmd().txt").write_bytes(b"x")
    evidence.matter(tmp_path / "m", place)
    assert run("-C", tmp_path / "m", "process", "--workers", "1").exit_code == 0
    printed = run("-C", tmp_path / "m", "documents", "--csv").stdout
    written = run("-C", tmp_path / "m", "documents", "--csv", "out.csv")

    (row,) = csv.DictReader(io.StringIO(printed))
    assert (row["name"], row["custodian"]) == ("'=cmd().txt", "Ortega, Marisol")
    assert (tmp_path / "m/out.csv").read_text("utf-8-sig").splitlines() == printed.splitlines()
    assert "1 document." in written.stdout


def test_a_search_chooses_what_is_produced(run: Command, matter: Path) -> None:
    """Families whole, and the query stands in the journal."""
    done = run("-C", matter, "produce", "VOL001", "--query", "wallets", "--json", "--workers", "1")
    counts = json.loads(done.stdout)["counts"]

    assert (done.exit_code, counts["documents"], counts["families"]) == (0, 2, 1)
    assert '"queries":["wallets"]' in sqlite_text(matter)


def sqlite_text(matter: Path) -> str:
    """Return every body of the journal as one text."""
    with sqlite3.connect(matter / "matter.db") as connection:
        return "\n".join(str(row) for row in connection.execute("SELECT body FROM journal"))


def table(place: Path, text: str) -> Path:
    """Two folders with a file each, and a table of them."""
    for name in ("ana", "per"):
        (place / name).mkdir(parents=True, exist_ok=True)
        (place / name / f"{name}.txt").write_text(name)
    (place / "who.csv").write_text(text, encoding="utf-8-sig")
    return place / "who.csv"


def test_one_table_collects_for_many_custodians(run: Command, tmp_path: Path) -> None:
    """Semicolons, other columns and other letters: the table's folders are reckoned from it."""
    listed = table(tmp_path / "in", 'No;Custodian;FOLDER\n1;"Ruiz, Ana";ana\n2;Lee, Wei;per\n')
    assert run("init", tmp_path / "m").exit_code == 0
    done = run("-C", tmp_path / "m", "collect", "--map", listed, "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]

    assert done.exit_code == 0
    assert [row["source"]["custodian"] for row in rows] == ["Ruiz, Ana", "Lee, Wei"]
    assert [row["items"] for row in rows] == [1, 1]


def test_a_wrong_table_collects_nothing_and_names_every_row(run: Command, tmp_path: Path) -> None:
    listed = table(
        tmp_path / "in",
        "folder,custodian\nana,Ana\nnowhere,Bo\nper,\n,Cy\nana/ana.txt,Di\nana,Eve\n../m,Flo\n",
    )
    assert run("init", tmp_path / "m").exit_code == 0
    done = run("-C", tmp_path / "m", "collect", "--map", listed)

    assert done.exit_code == 2
    assert [word for word in done.stderr.split() if word.rstrip(":").isdecimal()] == [
        "3:", "4", "5", "6:", "2", "7:", "2", "8:",
    ]  # fmt: skip
    assert "of Ana" in done.stderr
    assert run("-C", tmp_path / "m", "status", "--json").exit_code == 2


def test_a_folder_around_two_others_names_the_first_of_them(run: Command, tmp_path: Path) -> None:
    """A place inside another is found from either end, whichever row stands first."""
    listed = table(tmp_path / "in", "folder,custodian\nper,Per\nana,Ana\n.,Eve\nper/per.txt,Di\n")
    assert run("init", tmp_path / "m").exit_code == 0
    done = run("-C", tmp_path / "m", "collect", "--map", listed)
    told = " ".join(done.stderr.split())

    assert done.exit_code == 2
    assert told.count("of line 2 lie inside one another") == 2
    assert "of line 3" not in told


def test_a_table_and_a_custodian_are_one_too_many(run: Command, tmp_path: Path) -> None:
    assert run("collect", "--map", "a.csv", "--custodian", "Ana").exit_code == 2
    assert "--custodian" in run("collect", tmp_path).stderr


@pytest.mark.parametrize(
    "words",
    ["--help", "--version", "documents", "documents --json", "documents --csv", "status",
     "status --json", "check volumes/VOL001", "search wallets", "standards show sec/2021-08"],
)  # fmt: skip
def test_a_reader_that_leaves_early_is_no_failure(sealed: Path, words: str) -> None:
    """`… | head` ends with 0, and complains of nothing."""
    command = [sys.executable, "-m", "forthwith", *words.split()]
    with subprocess.Popen(
        command, cwd=sealed, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        running.stdout.close()
        complaints = running.stderr.read() if running.stderr else b""
        assert (running.wait(), complaints) == (0, b"")


def test_what_is_set_aside_is_listed_counted_and_told_to_the_receiver(
    run: Command, tmp_path: Path
) -> None:
    """In the list, in status, in the exceptions log, in the letter; and never as a document."""
    place = tmp_path / "in"
    place.mkdir()
    (place / ".DS_Store").write_bytes(b"\0\0\0\1Bud1" + bytes(40))
    (place / "plan.txt").write_bytes(b"plan")
    (place / "tool.exe").write_bytes(b"MZ tool")
    (tmp_path / "known.txt").write_text(hashlib.sha1(b"MZ tool").hexdigest())
    evidence.matter(tmp_path / "m", place)
    at = ("-C", tmp_path / "m")
    done = run(*at, "process", "--workers", "1", "--known-files", tmp_path / "known.txt")
    listed = run(*at, "documents", "--set-aside").stdout
    told = run(*at, "documents", "--set-aside", "--json").stdout
    rows = [json.loads(line) for line in told.splitlines()]
    assert run(*at, "produce", "VOL001", "--workers", "1").exit_code == 0
    data = tmp_path / "m/volumes/VOL001/DATA"

    assert "2 files set aside" in done.stdout
    assert ".DS_Store  [macOS' view of a folder]" in listed
    assert "tool.exe  [on the list of known files known.txt]" in listed
    assert [row["path"] for row in rows] == [".DS_Store", "tool.exe"]
    assert "2 files of systems, or known by their digests" in run(*at, "status").stdout
    log = (data / "VOL001_EXCEPTIONS.CSV").read_text("utf-8-sig")
    assert log.count('"set aside"') == 2
    assert run("check", data.parent, "--workers", "1").exit_code == 0
    assert run(*at, "documents", "--set-aside", "--where", "lost").exit_code == 2


def test_status_counts_each_source_and_all(run: Command, sealed: Path) -> None:
    found = json.loads(run("-C", sealed, "status", "--json").stdout)

    assert found.keys() == {
        "sources", "custodians", "sides", "total", "faults_by_reason", "sealed_by",
        "without_sandbox", "redactions_to_replace",
    }  # fmt: skip
    assert found["custodians"].keys() == {"Ortega, Marisol"}
    (source,), total = found["sources"], found["total"]
    for name, count in total.items():
        assert source[name] == count
    assert total["documents"] + total["faults"] == total["items"] == 6
    assert (total["faults"], total["unaccounted"], total["families"]) == (1, 0, 5)
    assert total["pages"] == 6


def test_check_of_a_clean_volume_prints_the_agreed_object(run: Command, sealed: Path) -> None:
    done = run("check", sealed / "volumes" / "VOL001", "--json", "--workers", "1")
    found = json.loads(done.stdout)

    assert (done.exit_code, found["findings"]) == (0, [])
    assert found.keys() >= {"volume", "standard", "counts", "findings"}
    assert (found["volume"], found["standard"]) == ("VOL001", "sec/2021-08")
    assert found["counts"] == {
        "documents": 6, "families": 5, "pages": 6, "natives": 5, "unique": 5,
    }  # fmt: skip


def test_check_of_a_faulty_volume_names_each_finding(run: Command, tmp_path: Path) -> None:
    folder = volume.sound().lose(volume.LEDGER).write(tmp_path)
    report = tmp_path / "report.html"
    done = run("check", folder, "--json", "--report", report, "--workers", "1")
    (finding,) = json.loads(done.stdout)["findings"]

    assert done.exit_code == 1
    assert finding.keys() == {
        "code", "severity", "bates", "file", "row", "message", "clause", "cure",
    }  # fmt: skip
    assert (finding["code"], finding["bates"]) == ("FM01", volume.LEDGER)
    assert volume.LEDGER in report.read_text(encoding="utf-8")


def test_verify_of_an_untouched_matter_is_clean(run: Command, sealed: Path) -> None:
    done = run("-C", sealed, "verify", "--json")

    assert done.exit_code == 0
    assert json.loads(done.stdout)["broken"] == []


def test_collecting_twice_adds_nothing(run: Command, matter: Path, sealed: Path) -> None:
    again = run(
        "-C", matter, "collect", sealed.parent / "in", "--custodian", "Ortega, Marisol", "--json"
    )

    found = json.loads(again.stdout)
    assert (found["items"], found["known"]) == (0, 5)


def test_relative_paths_lie_in_the_folder_named_with_c(run: Command, tmp_path: Path) -> None:
    """As in git: a command runs as if started there."""
    home = tmp_path / "home"
    (home / "in").mkdir(parents=True)
    (home / "in" / "a.txt").write_text("A note.\n")
    run("-C", home, "init", "m")
    done = run("-C", home / "m", "collect", "../in", "--custodian", "Lee, Wei", "--json")

    assert json.loads(done.stdout)["items"] == 1


def test_words_for_people_are_no_json(run: Command, sealed: Path) -> None:
    for words in (["documents"], ["status"], ["verify"], ["check", "volumes/VOL001"]):
        done = run("-C", sealed, *words)
        assert done.exit_code == 0
        assert not done.stdout.startswith("{")
        assert done.stdout.strip()


def test_a_reader_that_leaves_is_no_error(sealed: Path) -> None:
    """`forthwith documents --json | head -1`, however soon head goes."""
    words = [sys.executable, "-m", "forthwith", "-C", str(sealed), "documents", "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as typed:
        assert typed.stdout is not None
        assert typed.stderr is not None
        typed.stdout.close()
        said = typed.stderr.read().decode()
        typed.wait(60)

    assert (typed.returncode, said) == (0, "")
