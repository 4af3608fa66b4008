"""Commands that are imported when they are used: one command does not wait for all others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module

import click


class LazyCommands(MutableMapping[str, click.Command]):
    """Commands by name; "module:attribute" stands for one until somebody asks for it."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._held: dict[str, click.Command | str] = dict(places)

    def __getitem__(self, name: str) -> click.Command:
        held = self._held[name]
        if isinstance(held, str):
            module, _, attribute = held.partition(":")
            held = self._held[name] = getattr(import_module(module), attribute)
        return held

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._held[name] = command

    def __delitem__(self, name: str) -> None:
        del self._held[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)
