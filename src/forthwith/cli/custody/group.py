"""`custody`: its commands, in the order of work."""

from __future__ import annotations

import click

from forthwith.cli.lazy import Entry, LazyGroup

PARTS = {
    "Facts": (
        Entry(
            "template",
            "forthwith.cli.custody.template:template",
            "Write empty tables, each with comments and an example.",
            "custody template facts",
        ),
        Entry(
            "load",
            "forthwith.cli.custody.load:load",
            "Check tables and keep them as the matter's facts.",
            "custody load facts",
        ),
        Entry(
            "import",
            "forthwith.cli.custody.imports:import_",
            "Turn exports of wallets, clouds and HR into rows.",
            "custody import hr staff.csv --into facts",
        ),
        Entry(
            "people",
            "forthwith.cli.custody.people:people",
            "Whose accounts are these? Join or part people.",
            "custody people join 1001 iam:mortega",
        ),
    ),
    "Questions": (
        Entry(
            "ask",
            "forthwith.cli.custody.ask:ask",
            "Could a group move what lies in a scope?",
            "custody ask --who employer=halden --scope wallet=cold",
        ),
        Entry(
            "gaps",
            "forthwith.cli.custody.ask:gaps",
            "What would show that they could not?",
            "custody gaps --who employer=halden --scope wallet=hot",
        ),
        Entry(
            "coalitions",
            "forthwith.cli.custody.coalitions:coalitions",
            "Which minimal sets of people can act, or stop it?",
            "custody coalitions --wallet cold --on 2021-09-09",
        ),
    ),
    "Pictures": (
        Entry(
            "timeline",
            "forthwith.cli.custody.timeline:timeline",
            "Draw who could move a wallet, day by day.",
            "custody timeline --wallet cold --html cold.html",
        ),
        Entry(
            "graph",
            "forthwith.cli.custody.timeline:graph",
            "Draw how a wallet could be moved on one day.",
            "custody graph --wallet hot --on 2021-09-09 --png g.png",
        ),
    ),
    "Statements and holders": (
        Entry(
            "statements",
            "forthwith.cli.custody.statements:statements",
            "Check each sworn sentence against the facts.",
            "custody statements --before facts-2025",
        ),
        Entry(
            "holders",
            "forthwith.cli.custody.holders:holders",
            "List who held what, and whose data nobody collected.",
            "custody holders --uncollected",
        ),
    ),
}


@click.group(cls=LazyGroup, parts=PARTS)
def custody() -> None:
    """Compute who could move assets, from dated and cited facts.

    Each command takes --facts DIR to work on a bare folder of tables, with no matter open.
    """
