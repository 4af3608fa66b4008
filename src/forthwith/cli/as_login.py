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


def alone(context: click.Context, command: click.Command, as_login: str, *, as_json: bool) -> None:
    """Run the command that a group named alone stands for.

    Before a command of the group, `--as` and `--json` would be read by nobody: that is refused.
    Raises click.UsageError.
    """
    if context.invoked_subcommand is None:
        context.invoke(command, as_login=as_login, as_json=as_json)
    elif as_login or as_json:
        given = "--as" if as_login else "--json"
        raise click.UsageError(f"Write {given} after {context.invoked_subcommand}.")


@contextlib.contextmanager
def opened(home: Path, as_login: str) -> Iterator[tuple[Room, Seer]]:
    """Open the room of a matter for one command. Raises RefusedError."""
    room = Room.open(home)
    with contextlib.closing(room):
        yield room, room.local_seer(as_login)
