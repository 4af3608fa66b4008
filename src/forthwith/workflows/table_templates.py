"""Empty tables for people to fill: what a row says, column by column, and an example."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from forthwith.domain.errors import ForthwithError
from forthwith.domain.fact_tables import FactRow, Table
from forthwith.exports.tables import csv as fact_csv


class TableThereError(ForthwithError):
    """A template would lie over a file."""

    def __init__(self, folder: Path, names: list[str]) -> None:
        super().__init__(
            f"{folder} holds {', '.join(names)} already; nothing was written. Name a new folder."
        )


@dataclass(frozen=True, slots=True)
class TableText:
    """What a template says of one table."""

    says: str
    columns: Mapping[str, str]
    #: Cells by column, one mapping a row.
    examples: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class TableTemplates:
    """The templates of a set of tables."""

    tables: Mapping[str, Table]
    texts: Mapping[str, TableText]
    #: Said in every table, after its own columns.
    common: Mapping[str, str]
    #: Lines said at the end of every table.
    ending: tuple[str, ...]

    def write(self, folder: Path) -> int:
        """Write every table into a folder; returns how many. Raises TableThereError."""
        if there := [f"{name}.csv" for name in self.tables if (folder / f"{name}.csv").exists()]:
            raise TableThereError(folder, there)
        folder.mkdir(parents=True, exist_ok=True)
        for table in self.tables.values():
            with (folder / f"{table.name}.csv").open("xb") as out:
                out.write(self.text(table).encode())
        return len(self.tables)

    def text(self, table: Table) -> str:
        """Return one template: comments, the header, and examples commented out below it."""
        rows = (FactRow(table.name, row) for row in self.texts[table.name].examples)
        header, *examples = fact_csv.write(table.name, rows, self.tables).decode().splitlines()
        return "\n".join([*self._comments(table), header, *(f"#{row}" for row in examples)]) + "\n"

    def _comments(self, table: Table) -> Iterator[str]:
        told = self.texts[table.name]
        yield f"# {table.name}: each row says:"
        yield f"# {told.says}"
        yield "#"
        for column, says in {**told.columns, **self.common}.items():
            empty = " (may be empty)" if column in table.optional and "empty" not in says else ""
            yield from _wrapped(f"{column + ':':<13} {says}{empty}")
        yield "#"
        yield from (f"# {line}" for line in self.ending)
        yield "# A line that begins with # is a comment. What stands so under the header is an"
        yield "# example: take its # away to see it loaded."


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(
        line, 98, initial_indent="# ", subsequent_indent="#" + " " * 15, break_on_hyphens=False
    )
