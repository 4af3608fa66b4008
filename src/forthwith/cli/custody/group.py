"""`custody`: its commands, in the order of work."""

from __future__ import annotations

import click


@click.group()
def custody() -> None:
    """Compute who could move assets, from dated and cited facts.

    Each command takes --facts DIR to work on a bare folder of tables, with no matter open.
    """


def _add_commands() -> None:
    from forthwith.cli.custody import ask, imports, load, template

    for command in (template.template, load.load, imports.import_, ask.ask, ask.gaps):
        custody.add_command(command)
    from forthwith.cli.custody import timeline

    for command in (timeline.timeline, timeline.graph):
        custody.add_command(command)
    from forthwith.cli.custody import holders, statements

    for command in (statements.statements, holders.holders):
        custody.add_command(command)


_add_commands()
