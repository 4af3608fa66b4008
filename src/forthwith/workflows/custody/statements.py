"""Sworn sentences held against the facts, and the pages they cite looked up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from forthwith.custody.facts.facts import Facts
from forthwith.custody.statements.results import StatementResult
from forthwith.plain.table_names import named
from forthwith.record.matter import Matter, NoMatterError
from forthwith.respond.registers.citations import Red
from forthwith.workflows.custody.facts import (
    FactsFaultyError,
    Gathered,
    NoFactsError,
    checked,
    gathered,
    of_matter,
    read_files,
)
from forthwith.workflows.registers import shelf_of


def reds(home: Path, found: Sequence[StatementResult]) -> dict[str, list[Red]]:
    """Return by sentence the pages it, or what the facts say to it, cites and nobody can look up.

    Nothing without a matter that has sealed volumes: there are no pages yet.
    """
    try:
        shelf = shelf_of(Matter.open(home))
    except NoMatterError:
        return {}
    if not shelf.ever:
        return {}
    cited = {
        each.statement.id: dict.fromkeys(
            (*each.statement.cites, *(cite for one in each.judgement.cited for cite in one.cites))
        )
        for each in found
    }
    return {key: lost for key, cites in cited.items() if (lost := shelf.red(cites))}


def with_file(home: Path, file: Path, folder: Path | None) -> Facts:
    """Return the facts with the statements of one file for theirs. Raises FactsFaultyError."""
    name = file.name if named(file.name) else f"statements.{file.stem.replace('.', '-')}.csv"
    said = read_files([(name, file.read_bytes())])
    base = _base(home, file, folder)
    others = tuple(row for row in base.rows if row.table != "statements")
    rows = (*others, *(row for row in said.rows if row.table == "statements"))
    facts, faults = checked(Gathered({}, rows, (*base.faults, *said.faults)))
    if faults:
        raise FactsFaultyError(faults)
    return replace(facts, notes=(*facts.notes, *base.notes))


def _base(home: Path, file: Path, folder: Path | None) -> Gathered:
    """Return the facts to check against: as named, else beside the file, else the matter's."""
    if folder is not None:
        return gathered(home / folder)
    try:
        beside = gathered(file.parent)
    except NoFactsError:
        return of_matter(home)
    alone = not beside.faults and all(row.table == "statements" for row in beside.rows)
    return of_matter(home) if alone else beside
