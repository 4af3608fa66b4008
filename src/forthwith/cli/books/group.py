"""`books`: its commands, in the order of work."""

from __future__ import annotations

import click

from forthwith.cli.lazy import Entry, LazyGroup

_LOAD, _ASK, _REPORT = (f"forthwith.cli.books.{module}" for module in ("load", "answers", "report"))

PARTS = {
    "What the books are made of": (
        Entry(
            "template",
            f"{_LOAD}:template",
            "Write empty tables, each with comments and an example.",
            "books template books",
        ),
        Entry(
            "load",
            f"{_LOAD}:load",
            "Check tables and evidence, and keep them as the books.",
            "books load books",
        ),
        Entry(
            "import",
            f"{_LOAD}:import_",
            "Read a bank's or a node's files and keep them.",
            "books import camt january.xml --into books",
        ),
    ),
    "Owed and held": (
        Entry(
            "position",
            f"{_ASK}:position",
            "What is owed and held at one instant?",
            "books position --at 2026-01-31",
        ),
        Entry(
            "coverage",
            f"{_ASK}:coverage",
            "Was it covered at every instant?",
            "books coverage --from 2026-01 --html coverage.html",
        ),
        Entry(
            "breaks",
            f"{_ASK}:breaks",
            "Why do owed and held differ, to the last unit?",
            "books breaks --at 2026-01-31",
        ),
        Entry(
            "commingling",
            f"{_ASK}:commingling",
            "When did customers' value lie with others'?",
            "books commingling --place op --png op.png",
        ),
    ),
    "Where it went": (
        Entry(
            "trace",
            "forthwith.cli.books.trace:trace",
            "Follow a sum by five methods side by side.",
            "books trace K1 --html k1.html",
        ),
        Entry(
            "payments",
            f"{_ASK}:payments",
            "Who was paid, and which payees are affiliates?",
            "books payments --from 2026-01",
        ),
        Entry(
            "census",
            f"{_ASK}:census",
            "Every place, and what is not registered.",
            "books census",
        ),
        Entry(
            "exercised",
            f"{_ASK}:exercised",
            "Which keys moved it, and whose were they?",
            "books exercised --facts facts",
        ),
    ),
    "Reports": (
        Entry(
            "report",
            f"{_REPORT}:report",
            "Write the month's report: JSON, workbook, paper.",
            "books report 2026-01 --certifier 'R. Lund'",
        ),
        Entry(
            "amend",
            f"{_REPORT}:amend",
            "Write a new version, with what changed.",
            "books amend 2026-01",
        ),
        Entry(
            "check",
            f"{_REPORT}:check",
            "Recompute a delivered report, from its folder alone.",
            "books check books-2026-01",
        ),
        Entry(
            "rows",
            f"{_REPORT}:rows",
            "List the rows a printed figure rests on.",
            "books rows places/fbo/USD/closing --report books-2026-01",
        ),
    ),
}


@click.group(cls=LazyGroup, parts=PARTS)
def books() -> None:
    """Compute what is owed, held, mixed and traced; every figure ends in cited rows.

    All commands take --books DIR to work on a bare folder of tables and evidence.
    """
