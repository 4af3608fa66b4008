"""How long work is told of while it is done."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives progress."""

    def phase(self, name: str) -> None:
        """Begin another part of the same work: "Drawing pages"."""

    def __call__(self, done: int, total: int) -> None:
        """So many units are done, of all there are."""


class Silent:
    """Receives progress and shows none."""

    def phase(self, name: str) -> None:
        """Show nothing."""

    def __call__(self, done: int, total: int) -> None:
        """Show nothing."""


SILENT: Progress = Silent()
