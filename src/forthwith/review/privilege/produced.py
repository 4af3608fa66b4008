"""What sealed volumes show of each document: produced, or a slip-sheet with a log number."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from forthwith.domain.documents import ControlNumber
from forthwith.loadfiles import dat
from forthwith.record import productions
from forthwith.record.matter import Matter


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
    slips = {
        name: slip_sheets(matter.volumes / name) for name in {v for v, _, _ in numbers.values()}
    }
    return {
        ControlNumber(control): Shown(volume, first, last, slips[volume].get(first, ""))
        for control, (volume, first, last) in numbers.items()
    }


def slip_sheets(volume: Path) -> dict[str, str]:
    """Return first Bates number -> log number of what a delivered volume withholds."""
    data = dat.read((volume / "DATA" / f"{volume.name}.DAT").read_bytes())
    if not {"FIRSTBATES", "WITHHELD"} <= set(data.header):
        return {}
    first, log = data.header.index("FIRSTBATES"), data.header.index("WITHHELD")
    return {row[first]: row[log].strip() for row in data.rows if row[log].strip()}
