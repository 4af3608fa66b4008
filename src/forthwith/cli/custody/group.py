"""`custody`: its commands, in the order of work."""

from __future__ import annotations

import click

from forthwith.cli.lazy import LazyCommands


@click.group()
def custody() -> None:
    """Compute who could move assets, from dated and cited facts.

    Each command takes --facts DIR to work on a bare folder of tables, with no matter open.
    """


custody.commands = LazyCommands(
    {
        "template": "forthwith.cli.custody.template:template",
        "load": "forthwith.cli.custody.load:load",
        "import": "forthwith.cli.custody.imports:import_",
        "ask": "forthwith.cli.custody.ask:ask",
        "gaps": "forthwith.cli.custody.ask:gaps",
        "coalitions": "forthwith.cli.custody.coalitions:coalitions",
        "timeline": "forthwith.cli.custody.timeline:timeline",
        "graph": "forthwith.cli.custody.timeline:graph",
        "statements": "forthwith.cli.custody.statements:statements",
        "holders": "forthwith.cli.custody.holders:holders",
    }
)
