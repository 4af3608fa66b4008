"""`custody template`: the empty tables, each with what its rows say and an example."""

from __future__ import annotations

from pathlib import Path

import click

from forthwith.cli import console
from forthwith.plain.counting import count
from forthwith.workflows.custody import template as tables


@click.command()
@click.argument("folder", metavar="FACTS", type=click.Path(path_type=Path))
@click.pass_obj
def template(home: Path, folder: Path) -> None:
    """Write the tables of facts into FACTS, empty, each with comments and an example row."""
    written = tables.write(home / folder)
    console.say(f"{folder}: {count(written, 'table')} written, each with comments.")
    console.say("Fill in what you know; take away the tables you do not need.")
    console.say(f"Next: forthwith custody load {folder}")
