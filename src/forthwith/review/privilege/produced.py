"""What sealed volumes show of each document: produced, or a slip-sheet with a log number."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from forthwith.domain.documents import ControlNumber
from forthwith.loadfiles import columns
from forthwith.record import productions
from forthwith.record.matter import Matter
from forthwith.standards import loader
from forthwith.standards.loader import Standard


@dataclass(frozen=True, slots=True)
class Shown:
    """One document in the last volume that holds it."""

    volume: str
    first: str
    last: str
    #: Log number on its slip-sheet; "" when it was produced.
    log: str = ""


def shown(matter: Matter) -> dict[ControlNumber, Shown]:
    """Return every document of sealed volumes, in the last volume that holds it."""
    with matter.engine.connect() as connection:
        numbers = productions.numbers(connection)
    rules = standards(matter)
    slips = {
        name: slip_sheets(matter.volumes / name, rules[name])
        for name in {v for v, _, _ in numbers.values()}
    }
    return {
        ControlNumber(control): Shown(volume, first, last, slips[volume].get(first, ""))
        for control, (volume, first, last) in numbers.items()
    }


def standards(matter: Matter) -> dict[str, Standard]:
    """Return the standard each sealed volume was written by."""
    with matter.engine.connect() as connection:
        sealed = productions.sealed(connection)
    return {
        production.volume: loader.load(production.standard, matter.folder) for production in sealed
    }


def slip_sheets(volume: Path, standard: Standard) -> dict[str, str]:
    """Return first Bates number -> log number of what a delivered volume withholds."""
    data = (volume / "DATA" / f"{volume.name}.DAT").read_bytes()
    cells = columns.read(
        data, standard.load_file, standard.all_columns, standard.formats.date.pattern
    ).by_role
    numbers, logs = cells.get("first_bates", ()), cells.get("withheld", ())
    return {number: log.strip() for number, log in zip(numbers, logs, strict=False) if log.strip()}
