"""The keys of every command's `--json` stay, for other people's programs read them.

Each list of keys was written by the commands and is read, not thought up; after a change that is
meant: `pytest --rewrite-goldens`, and the difference goes into the release notes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import click
import pytest

from forthwith.cli.main import main
from tests.builders import typed_books, typed_matter
from tests.cli.conftest import Command

#: Objects whose keys name what they hold (a file, a custodian, a column): no words of ours.
_BY_NAME = frozenset(
    ("custodians", "sha256", "findings", "topics", "letters", "conferences", "people", "fields",
     "origins", "red", "sizes", "rows", "wallets", "missing", "known_by", "heights", "held",
     "others", "unregistered", "unproved", "not_shown", "floors", "left", "gone", "in", "out",
     "roots", "stakes", "blocks", "files", "witnesses", "control_accounts", "methods", "range",
     "left_at", "greatest", "answer", "identity", "unexplained", "refused", "figures")
)  # fmt: skip


def keys(value: Any, before: str = "") -> Iterator[str]:
    """Yield the place of every key: "sources[].containers_expanded[].path"."""
    if isinstance(value, list):
        for member in value:
            yield from keys(member, f"{before}[]")
    elif isinstance(value, dict):
        by_name = before.rpartition(".")[2] in _BY_NAME
        for name, member in value.items():
            place = f"{before}.{'*' if by_name else name}"
            yield place
            yield from keys(member, place)


def command_of(words: tuple[str, ...]) -> str:
    """Return the command that is typed, with the options that change what it prints."""
    group: click.Command | None = main
    found = []
    for word in words:
        if isinstance(group, click.Group) and word in group.commands:
            group = group.commands[word]
            found.append(word)
    modes = ("--count", "--highlight", "--uncollected", "--policy", "--wallet")
    return " ".join([*found, *(word for word in words if word in modes)])


@pytest.fixture(scope="module")
def printed(run: Command, tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The places of all keys that each command printed."""
    found = dict[str, set[str]]()

    def typed(*words: str) -> None:
        done = run(*words)
        assert done.exit_code in (0, 1), f"{words}: {done.output}"
        if "--json" in words:
            command = found.setdefault(command_of(words), set())
            for line in done.stdout.splitlines():
                command.update(place.removeprefix(".") for place in keys(json.loads(line)))

    home = typed_matter.draft(tmp_path_factory.mktemp("typed"), typed)
    for words in typed_matter.ANSWERED:
        typed_matter.at(home, typed, words)
    for words in typed_matter.reviewed(home):
        typed_matter.at(home, typed, words)
    typed_books.type_all(tmp_path_factory.mktemp("books"), typed, home.parent / "facts")
    return found


def commands(group: click.Group, before: str = "") -> Iterator[str]:
    """Yield every command that takes --json."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")
        if any("--json" in parameter.opts for parameter in command.params):
            yield before + name


def test_each_command_with_json_is_typed(printed: dict[str, set[str]]) -> None:
    typed = {name.partition(" --")[0] for name in printed}

    assert typed == set(commands(main))


def test_the_keys_of_each_command_stay(
    printed: dict[str, set[str]], golden: Callable[[str, str], None]
) -> None:
    lines = [
        f"{name}\n" + "".join(f"    {place}\n" for place in sorted(places))
        for name, places in sorted(printed.items())
    ]

    golden("json_keys", "\n".join(lines))
