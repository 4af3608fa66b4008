"""NAME=FILE is a file under a name; a sign in a file's own name is no name."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from forthwith.cli.console import NamedFile
from forthwith.workflows.compare_options import Named


@click.command()
@click.argument("file", type=NamedFile())
def told(file: Named) -> None:
    click.echo(f"{file.name}|{file.path.name}")


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("plain.csv", "|plain.csv"),
        ("First RFPs=plain.csv", "First RFPs|plain.csv"),
        ("a=b.csv", "|a=b.csv"),
        ("Set=a=b.csv", "Set|a=b.csv"),
    ],
)
def test_a_name_and_a_file_are_told_apart(word: str, shown: str, tmp_path: Path) -> None:
    for name in ("plain.csv", "a=b.csv"):
        (tmp_path / name).touch()

    assert CliRunner().invoke(told, [word], obj=tmp_path).output == f"{shown}\n"


@pytest.mark.parametrize("word", ["gone.csv", "First RFPs=gone.csv"])
def test_a_file_that_is_not_there_is_told(word: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(told, [word], obj=tmp_path)

    assert done.exit_code == 2
    assert "there is no file" in done.output
    assert "gone.csv" in done.output
