"""What every command of a review has: the room, and who asks in it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from forthwith.domain.users import Seer
from forthwith.workflows.room.room import Room

Decorated = Callable[..., Any]


def asks(command: Decorated) -> Decorated:
    """Add `--as LOGIN` and `--json` to a command."""
    command = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")(
        command
    )
    return click.option(
        "--as", "as_login", default="", metavar="LOGIN", help="Whose account acts; your own."
    )(command)


@contextlib.contextmanager
def opened(home: Path, as_login: str) -> Iterator[tuple[Room, Seer]]:
    """Open the room of a matter for one command. Raises RefusedError."""
    room = Room.open(home)
    with contextlib.closing(room):
        yield room, room.local_seer(as_login)
