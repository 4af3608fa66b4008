"""Standards are listed and read; a matter brings its own and keeps it with what it seals."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from forthwith.cli.main import main
from forthwith.record import journal
from forthwith.record.matter import Matter
from forthwith.standards import loader
from tests.builders import standard as made
from tests.cli.conftest import Command

HOUSE = made.changed(
    made.renamed(made.rules(), first_bates="BEGDOC", withheld="HELD_BACK"),
    load_file={"field": 44, "quote": 34, "newline": 126},
    formats={"date": "yyyymmdd"},
)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory, run: Command) -> Path:
    """A matter whose settings name a file of its own, with one volume sealed by it."""
    place = tmp_path_factory.mktemp("own")
    folder = made.matter(place).folder
    (folder / "protocol.toml").write_text(made.toml(HOUSE), encoding="utf-8")
    settings = folder / "matter.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('"sec/2021-08"', '"./protocol.toml"'), encoding="utf-8")
    plan = "name = 'plan.txt'"
    done = run("-C", str(folder), "produce", "VOL001", "--where", plan, "--day", str(made.DAY))
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture
def matter(sealed: Path, tmp_path: Path) -> Path:
    """A copy to go on with."""
    return Path(shutil.copytree(sealed, tmp_path / "m"))


def test_standards_are_listed_with_title_revision_and_source(run: Command) -> None:
    done = run("standards")

    assert done.exit_code == 0
    for name in loader.available():
        rules = loader.load(name)
        assert f"{name}  {rules.title}" in done.output
        assert str(rules.revision) in done.output
    rows = json.loads(run("standards", "--json").output)
    assert [row["name"] for row in rows] == list(loader.available())
    assert rows[0].keys() == {"name", "title", "revision", "issuer", "source"}


@pytest.mark.parametrize("name", loader.available())
def test_rules_are_printed_as_people_read_them(run: Command, name: str) -> None:
    """Every column by its name and its role, every clause, and what is not confirmed yet."""
    rules, words = loader.load(name), " ".join(run("standards", "show", name).output.split())

    for column in rules.all_columns:
        assert column.name in words
        assert column.role in words
        assert all(alias in words for alias in column.aliases)
    for clause in rules.clauses:
        assert f"{clause.id} {clause.title}: {clause.says}" in words
    doubtful = sum(not clause.confirmed for clause in rules.clauses)
    assert words.count("not yet compared with the published text") == doubtful


def test_rules_are_printed_for_programs(run: Command) -> None:
    told = json.loads(run("standards", "show", loader.DEFAULT, "--json").output)

    assert told["load_file"]["field"] == "\x14"
    assert told["formats"]["date"] == "mm/dd/yyyy"
    assert "01/01/1601" in told["formats"]["sentinels"]
    assert told["columns"][0]["role"] == "first_bates"
    assert told["sha256"] == loader.load().digest


@pytest.mark.parametrize("width", [80, 120])
def test_rules_fit_the_page(run: Command, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """No line runs out of a terminal, and no column of the table is broken."""
    from forthwith.cli import terminal

    monkeypatch.setattr(terminal._out, "_width", width)
    lines = run("standards", "show", loader.DEFAULT).output.splitlines()

    assert max(map(len, lines)) <= width
    assert any(line.split()[:3] == ["16", "TIME_SENT/TIME_ZONE", "time_sent"] for line in lines)


def test_a_file_that_cannot_be_followed_is_refused(run: Command, tmp_path: Path) -> None:
    rules = made.changed(HOUSE, images={"compression": 5})
    (tmp_path / "p.toml").write_text(made.toml(rules), encoding="utf-8")
    for words in (("standards", "show", "./p.toml"), ("check", ".", "--standard", "./p.toml")):
        done = run("-C", str(tmp_path), *words)

        assert done.exit_code == 2
        assert "p.toml, line " in done.output
        assert "it takes 4 only" in done.output


def test_a_matter_is_produced_by_its_own_file(sealed: Path) -> None:
    data = (sealed / "volumes/VOL001/DATA/VOL001.DAT").read_bytes().decode("utf-8-sig")

    assert data.startswith('"BEGDOC","LASTBATES"')


def test_the_rules_are_kept_with_what_is_sealed_by_them(sealed: Path, run: Command) -> None:
    """The file may change or go; the volume is read by the rules it was written by."""
    rules = made.standard(HOUSE)
    matter = Matter.open(sealed)
    with matter.engine.connect() as connection:
        body = next(e.facts() for e in journal.entries(connection) if e.action == "seal")
    manifest = json.loads((sealed / "volumes/VOL001/DATA/VOL001_MANIFEST.JSON").read_text())

    assert body["rules"] == rules.digest == manifest["rules"]
    assert (sealed / body["rules_file"]).read_bytes() == rules.toml
    assert "protocol/2024-01" in run("-C", str(sealed), "standards").output
    assert run("-C", str(sealed), "verify").exit_code == 0
    checked = run("-C", str(sealed), "check", "volumes/VOL001", "--standard", "protocol/2024-01")
    assert checked.exit_code == 0, checked.output


def test_changed_rules_need_a_name_of_their_own(matter: Path, run: Command) -> None:
    rules = made.changed(HOUSE, formats={"date": "dd/mm/yyyy"})
    (matter / "protocol.toml").write_text(made.toml(rules), encoding="utf-8")
    refused = run("-C", str(matter), "produce", "VOL002", "--day", str(made.DAY))

    assert refused.exit_code == 2
    assert "its file has changed since" in refused.output
    (matter / "protocol.toml").write_text(made.toml({**rules, "name": "p/2"}), encoding="utf-8")
    assert run("-C", str(matter), "produce", "VOL002", "--day", str(made.DAY)).exit_code == 0
    assert run("-C", str(matter), "verify").exit_code == 0


def test_rules_that_were_changed_are_told_by_verify(matter: Path, run: Command) -> None:
    place = matter / "standards/protocol/2024-01.toml"
    place.chmod(0o644)
    place.write_text(made.toml({**HOUSE, "title": "Another"}), encoding="utf-8")

    assert (
        "its rules standards/protocol/2024-01.toml was changed"
        in run("-C", str(matter), "verify").output
    )


def test_slip_sheets_and_papers_are_read_by_the_rules_kept(matter: Path, run: Command) -> None:
    """A withheld document is found in a column of any name, in a file of any form."""
    (matter / "list.csv").write_text("control_number,log_number\nFW00000001,PRIV-0007\n")
    done = run(
        "-C", str(matter), "produce", "VOL002", "--withhold", "list.csv", "--day", str(made.DAY)
    )
    assert done.exit_code == 0, done.output
    (matter / "protocol.toml").unlink()
    letter = run("-C", str(matter), "serve", "transmittal", "VOL002", "--day", "2024-02-01")

    assert letter.exit_code == 0, letter.output
    text = next((matter / "papers").glob("transmittal*.txt")).read_text("utf-8-sig")
    assert "PRIV-0007" in text
    assert "prepared to the SEC Data Delivery Standards 8/2021" in " ".join(text.split())


def test_what_is_withheld_needs_a_column_that_tells(matter: Path, run: Command) -> None:
    """Else nobody could tell a slip-sheet from a document."""
    rules = {**made.without(HOUSE, "withheld"), "name": "p/3"}
    (matter / "protocol.toml").write_text(made.toml(rules), encoding="utf-8")
    (matter / "list.csv").write_text("control_number,log_number\nFW00000001,PRIV-0007\n")
    done = run(
        "-C", str(matter), "produce", "VOL002", "--withhold", "list.csv", "--day", str(made.DAY)
    )

    assert done.exit_code == 2
    assert 'fill = "rule:withheld"' in done.output


def test_names_the_pattern_forbids_are_refused_before_anything_is_written(
    matter: Path, run: Command
) -> None:
    rules = {**made.changed(HOUSE, names={"pattern": "[a-z0-9]+"}), "name": "p/4"}
    (matter / "protocol.toml").write_text(made.toml(rules), encoding="utf-8")
    done = run("-C", str(matter), "produce", "VOL002", "--day", str(made.DAY))

    assert done.exit_code == 2
    assert "DATA is not one" in done.output
    assert not any((matter / "staging").iterdir())


def test_what_is_not_checked_is_told(matter: Path, run: Command) -> None:
    rules = {**made.without(HOUSE, "subject"), "name": "p/5"}
    (matter / "p.toml").write_text(made.toml(rules), encoding="utf-8")
    words = ("-C", str(matter), "check", "volumes/VOL001", "--standard", "./p.toml")
    told = run(*words).output

    assert "not checked under this standard: MD10 Subject untrue (the standard has no" in told
    assert json.loads(run(*words, "--json").output)["not_checked"][0]["code"] == "MD10"
    page = matter / "r.html"
    run(*words, "--report", "r.html")
    assert "Not checked under this standard" in page.read_text(encoding="utf-8")


def test_a_volume_without_the_first_number_is_never_clean(matter: Path, run: Command) -> None:
    """A report of nothing found would be read as praise."""
    rules = {**made.renamed(HOUSE, first_bates="OTHER"), "name": "p/6"}
    for column in rules["field"]:
        column["aliases"] = [] if column["name"] == "OTHER" else column["aliases"]
    (matter / "p.toml").write_text(made.toml(rules), encoding="utf-8")
    done = run("-C", str(matter), "check", "volumes/VOL001", "--standard", "./p.toml")

    assert done.exit_code == 1
    assert "should be called OTHER" in done.output


def test_standards_is_a_command() -> None:
    assert "standards" in main.commands
