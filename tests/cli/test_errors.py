"""What cannot be done is refused in one plain sentence with exit status 2, and changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result

from tests.cli.conftest import Command


def refused(done: Result, *words: str) -> None:
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    assert done.stdout == ""
    for word in words:
        assert word in done.stderr


@pytest.mark.parametrize("command", ["process", "documents", "status", "verify", "produce VOL001"])
def test_no_matter(run: Command, tmp_path: Path, command: str) -> None:
    refused(run("-C", tmp_path, *command.split()), "is not a matter", "forthwith init")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["documents", "status", "produce VOL001"])
def test_nothing_processed_yet(run: Command, tmp_path: Path, command: str) -> None:
    run("init", tmp_path / "m")
    refused(run("-C", tmp_path / "m", *command.split()), "forthwith process")


def test_a_matter_is_not_made_twice(run: Command, sealed: Path) -> None:
    refused(run("init", sealed), "already holds a matter")


def test_a_path_that_is_not_there(run: Command, matter: Path) -> None:
    refused(run("-C", matter, "collect", "/no/such", "--custodian", "Lee, Wei"), "/no/such")


def test_the_matter_does_not_collect_itself(run: Command, matter: Path) -> None:
    refused(run("-C", matter, "collect", matter, "--custodian", "Lee, Wei"), "cannot collect")


@pytest.mark.parametrize(
    "broken, says",
    [
        ('[matter]\nname = "A"\ntimezone = "UTC"\n', "timezone"),
        ('[matter]\nname = "A"\n[limit]\ndepth = 3\n', "[limit]"),
        ('[matter]\nname = "A"\ntime_zone = "Mars/Olympus"\n', "Mars/Olympus"),
        ('[matter]\nname = "A"\n[limits]\ndepth = "x"\n', "depth"),
        ('[matter]\nname = "A"\n[numbering]\nbates_width = "x"\n', "bates_width"),
        ("matter = 1\n", "matter"),
        ("[matter\n", "TOML"),
        ("", "name"),
    ],
)
def test_settings_that_cannot_be(run: Command, matter: Path, broken: str, says: str) -> None:
    (matter / "matter.toml").write_text(broken)
    refused(run("-C", matter, "status"), "matter.toml", says)


def test_settings_that_are_no_text(run: Command, matter: Path) -> None:
    (matter / "matter.toml").write_bytes(b"\xff\xfe\x00")
    refused(run("-C", matter, "status"), "matter.toml")


@pytest.mark.parametrize(
    "where",
    ["no_such_column = 1", "kind = ", "1=1) --", "custodian = 3", ";", "sent > 'a' AND ("],
)
def test_a_condition_that_is_no_sql(run: Command, sealed: Path, where: str) -> None:
    refused(run("-C", sealed, "documents", "--where", where), "--where", "SQL condition")


@pytest.mark.parametrize(
    "where",
    [
        "1=1); COPY (SELECT 1) TO '{out}'; SELECT * FROM documents WHERE (1=1",
        "1=1); COPY documents TO '{inside}'; SELECT * FROM documents WHERE (1=1",
        "1=1); ATTACH '{out}' AS a; SELECT * FROM documents WHERE (1=1",
        "1=1); SET enable_external_access = true; SELECT * FROM documents WHERE (1=1",
        "1=1); INSTALL httpfs; SELECT * FROM documents WHERE (1=1",
        "text IN (SELECT content FROM read_text('/etc/passwd'))",
        "text IN (SELECT content FROM read_text('{inside}/../../matter.toml'))",
        "name IN (SELECT column0 FROM read_csv('/etc/passwd', header = false))",
        "name IN (SELECT file FROM glob('/etc/*'))",
        "EXISTS (SELECT * FROM '/etc/passwd')",
    ],
)
def test_a_condition_reaches_no_file(
    run: Command, sealed: Path, tmp_path: Path, where: str
) -> None:
    out, inside = tmp_path / "out", sealed / "derived" / "out"
    text = where.format(out=out, inside=inside)
    refused(run("-C", sealed, "documents", "--where", text), "--where")
    assert not out.exists()
    assert not inside.exists()


def test_check_of_what_is_no_volume(run: Command, sealed: Path) -> None:
    refused(run("check", "/no/such"), "not a folder")
    refused(run("check", sealed / "matter.toml"), "not a folder")
    refused(run("check", sealed.parent / "in"), "no DAT")


def test_a_standard_nobody_knows(run: Command, sealed: Path, matter: Path) -> None:
    refused(run("check", sealed / "volumes" / "VOL001", "--standard", "sec/1999"), "sec/2021-08")
    refused(
        run("-C", matter, "produce", "VOL001", "--standard", "../x"), "No such file", "sec/2021-08"
    )


def test_a_volume_name_is_used_once(run: Command, sealed: Path) -> None:
    refused(run("-C", sealed, "produce", "VOL001"), "VOL001", "never used twice")


@pytest.mark.parametrize("name", ["../VOL002", "VOL 2", "", "/tmp/x"])
def test_a_volume_name_is_no_path(run: Command, matter: Path, name: str) -> None:
    refused(run("-C", matter, "produce", name), "cannot name a volume")


def test_nothing_to_produce(run: Command, sealed: Path) -> None:
    refused(run("-C", sealed, "produce", "VOL002"), "no document")


def test_nothing_is_produced_twice(run: Command, sealed: Path) -> None:
    refused(run("-C", sealed, "produce", "VOL002", "--where", "1=1"), "already produced in VOL001")


def test_suppression_needs_approval(run: Command, matter: Path) -> None:
    refused(run("-C", matter, "produce", "VOL001", "--suppress-duplicates"), "approval")
    assert not (matter / "volumes" / "VOL001").exists()


@pytest.mark.parametrize(
    "rows, says",
    [
        ("number,log\nFW00000001,P1\n", "control_number"),
        ("control_number,log_number\n", "control_number"),
        ("control_number,log_number\nFW00000001,\n", "not complete"),
        ("control_number,log_number\nFW00000001\n", "not complete"),
        ("control_number,log_number\nFW99999999,P1\n", "FW99999999"),
        ("", "control_number"),
    ],
)
def test_a_list_of_withheld_that_is_none(
    run: Command, matter: Path, tmp_path: Path, rows: str, says: str
) -> None:
    listed = tmp_path / "withheld.csv"
    listed.write_text(rows)
    refused(run("-C", matter, "produce", "VOL001", "--withhold", listed), says)


def test_a_list_of_withheld_in_no_charset(run: Command, matter: Path, tmp_path: Path) -> None:
    listed = tmp_path / "withheld.csv"
    listed.write_bytes(b"control_number,log_number\nFW00000001,\xe9\xff\n")
    refused(run("-C", matter, "produce", "VOL001", "--withhold", listed), "withheld.csv")


def test_a_day_that_is_none(run: Command, matter: Path) -> None:
    refused(run("-C", matter, "produce", "VOL001", "--day", "2023-02-30"), "2023-02-30")
