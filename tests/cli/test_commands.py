"""Each command does its act, says so in the agreed form, and its exit status means something."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.builders import volume
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


def test_status_counts_each_source_and_all(run: Command, sealed: Path) -> None:
    found = json.loads(run("-C", sealed, "status", "--json").stdout)

    assert found.keys() == {"sources", "custodians", "total"}
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
