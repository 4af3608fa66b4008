"""`forthwith --help` is there at once, fits a terminal, and its examples can be typed."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from forthwith.cli import main as program
from forthwith.cli.custody import group
from forthwith.cli.lazy import Entry
from forthwith.cli.main import main
from tests.cli.conftest import Command

ENTRIES = [
    entry for parts in (program.PARTS, group.PARTS) for part in parts.values() for entry in part
]
#: Loaded by no command's help: the doors of commands, desks, rooms, and what they are made with.
HEAVY = {"sqlalchemy", "duckdb", "pyarrow", "numpy", "rich", "docx", "reportlab"}


def loaded(**environment: str) -> tuple[str, set[str]]:
    """Return what `forthwith --help` prints, and the modules it loaded."""
    code = (
        "import sys\nfrom forthwith.cli.main import main\n"
        "try:\n    main(prog_name='forthwith')\n"
        "finally:\n    print(*sys.modules, sep='\\n', file=sys.stderr)"
    )
    words = [sys.executable, "-c", code, "--help"]
    done = subprocess.run(
        words, capture_output=True, text=True, check=True, env={**os.environ, **environment}
    )
    return done.stdout, set(done.stderr.split())


def test_help_loads_no_command() -> None:
    printed, modules = loaded()

    assert "Produce and check:" in printed
    doors = {entry.place.partition(":")[0] for entry in ENTRIES}
    assert modules & (doors | HEAVY) == set()
    assert {name for name in modules if name.startswith("forthwith.workflows.")} <= {
        "forthwith.workflows.compare_options"
    }


def test_completion_loads_no_command() -> None:
    printed, modules = loaded(
        COMP_WORDS="forthwith cus", COMP_CWORD="1", _FORTHWITH_COMPLETE="bash_complete"
    )

    assert printed == "plain,custody\n"
    assert modules & {entry.place.partition(":")[0] for entry in ENTRIES} == set()


@pytest.mark.parametrize("words", [(), ("custody",)])
def test_help_fits_a_terminal_of_eighty_columns(run: Command, words: tuple[str, ...]) -> None:
    lines = run(*words, "--help").stdout.splitlines()

    assert [line for line in lines if len(line) > 80] == []


def files(words: list[str]) -> Iterator[str]:
    """Yield the files that an example names."""
    yield from (word for word in words if Path(word).suffix in (".csv", ".docx", ".json", ".txt"))


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.example)
def test_each_example_can_be_typed(entry: Entry, tmp_path: Path) -> None:
    """Every word of it is a command, an option or a value of one; nothing is run."""
    words = shlex.split(entry.example)
    for name in files(words):
        (tmp_path / name).touch()
    command: click.Command = main
    context = click.Context(main, info_name="forthwith", obj=tmp_path)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name, found, words = command.resolve_command(context, words)
        assert found is not None
        command = found
        # A group parses its own options here, and leaves the words after them.
        context = command.make_context(name, list(words), parent=context)
        if isinstance(command, click.Group):
            words = [*context._protected_args, *context.args]

    assert not isinstance(command, click.Group) or command.invoke_without_command
    assert entry.name in entry.example.split()


def test_each_line_says_what_the_command_does() -> None:
    for entry in ENTRIES:
        assert entry.says[0].isupper(), entry
        assert entry.says[-1] in ".?…", entry
