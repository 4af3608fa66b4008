"""`custody template`: the empty tables, each with what its rows say and an example."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import click

from forthwith.cli import console
from forthwith.cli.custody.template_texts import COMMON, TEXTS
from forthwith.domain.errors import ForthwithError
from forthwith.domain.fact_tables import TABLES, FactRow, Table
from forthwith.exports.tables import csv as fact_csv
from forthwith.plain.counting import count


class TableThereError(ForthwithError):
    """A template would lie over a file."""

    def __init__(self, folder: Path, names: list[str]) -> None:
        super().__init__(
            f"{folder} holds {', '.join(names)} already; nothing was written. Name a new folder."
        )


@click.command()
@click.argument("folder", metavar="FACTS", type=click.Path(path_type=Path))
@click.pass_obj
def template(home: Path, folder: Path) -> None:
    """Write the tables of facts into FACTS, empty, each with comments and an example row."""
    place = home / folder
    if there := [f"{name}.csv" for name in TABLES if (place / f"{name}.csv").exists()]:
        raise TableThereError(folder, there)
    place.mkdir(parents=True, exist_ok=True)
    for table in TABLES.values():
        with (place / f"{table.name}.csv").open("xb") as out:
            out.write(text(table).encode())
    console.say(f"{folder}: {count(len(TABLES), 'table')} written, each with comments.")
    console.say("Fill in what you know; take away the tables you do not need.")
    console.say(f"Next: forthwith custody load {folder}")


def text(table: Table) -> str:
    """Return one template: comments, the header, and examples commented out below it."""
    told = TEXTS[table.name]
    examples = fact_csv.write(table.name, (FactRow(table.name, row) for row in told.examples))
    header, *rows = examples.decode().splitlines()
    lines = [*_comments(table), header, *(f"#{row}" for row in rows)]
    return "\n".join(lines) + "\n"


def _comments(table: Table) -> Iterator[str]:
    told = TEXTS[table.name]
    yield f"# {table.name}: each row says:"
    yield f"# {told.says}"
    yield "#"
    for column, says in {**told.columns, **COMMON}.items():
        empty = " (may be empty)" if column in table.optional and "empty" not in says else ""
        yield from _wrapped(f"{column + ':':<13} {says}{empty}")
    yield "#"
    yield "# Days run from the first day in (from) up to and without the first day out (to)."
    yield "# A line that begins with # is a comment. What stands so under the header is an example:"
    yield "# take its # away to see it loaded."


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(
        line, 98, initial_indent="# ", subsequent_indent="#" + " " * 15, break_on_hyphens=False
    )
