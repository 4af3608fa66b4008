"""Commands that are imported when they are used: one command does not wait for all others.

What help and shell completion say of a command stands here beside its place, so neither imports it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click
from click.shell_completion import CompletionItem

#: Characters before what a command does, in help.
_INDENT = 16


@dataclass(frozen=True, slots=True)
class Entry:
    """A command, by name, and where it is."""

    name: str
    #: "module:attribute".
    place: str
    #: What it does, in one line.
    says: str
    #: A line as one would type it, without the name of the program.
    example: str


class LazyCommands(MutableMapping[str, click.Command]):
    """Commands by name; "module:attribute" stands for one until somebody asks for it."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._commands: dict[str, click.Command | str] = dict(places)

    def __getitem__(self, name: str) -> click.Command:
        command = self._commands[name]
        if isinstance(command, str):
            module, _, attribute = command.partition(":")
            command = self._commands[name] = getattr(import_module(module), attribute)
        return command

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._commands[name] = command

    def __delitem__(self, name: str) -> None:
        del self._commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._commands)

    def __len__(self) -> int:
        return len(self._commands)


class LazyGroup(click.Group):
    """Lists its commands by parts of the work, each with an example, and imports none for it."""

    def __init__(self, *args: Any, parts: Mapping[str, Sequence[Entry]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.parts = parts
        self.commands = LazyCommands({entry.name: entry.place for entry in self._entries()})

    def _entries(self) -> Iterator[Entry]:
        for entries in self.parts.values():
            yield from entries

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names in the order of work."""
        return list(self.commands)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each part of the work with its commands."""
        for part, entries in self.parts.items():
            formatter.write(f"\n{part}:\n")
            for entry in entries:
                formatter.write(f"  {entry.name:<{_INDENT - 2}}{entry.says}\n")
                formatter.write(f"{'':{_INDENT}}forthwith {entry.example}\n")

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the commands that begin so, and the options."""
        items = [
            CompletionItem(entry.name, help=entry.says)
            for entry in self._entries()
            if entry.name.startswith(incomplete)
        ]
        return [*items, *click.Command.shell_complete(self, ctx, incomplete)]
