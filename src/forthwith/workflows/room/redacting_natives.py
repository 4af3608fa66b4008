"""What of a native a redaction is drawn on where there is no page: its cells, its seconds.

Natives are hostile: they are read in a worker that may touch nothing but the evidence.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence
from dataclasses import dataclass, replace

from forthwith.domain.cell_ranges import CellRange
from forthwith.domain.documents import Document
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import Budget, Fault, Hint
from forthwith.formats.office import ooxml
from forthwith.produce import redacted_sheet
from forthwith.record.room_store import RoomStore
from forthwith.review.search.highlights import highlights
from forthwith.review.search.query import Node
from forthwith.workers.sandbox import Rules
from forthwith.workflows.matter_access import MatterAccess, Workers
from forthwith.workflows.progress import SILENT
from forthwith.workflows.room.room import Room

#: Rows and columns of a sheet that are shown to be drawn on, and signs of a cell.
SHOWN_ROWS, SHOWN_COLUMNS, _SHOWN_SIGNS = 500, 60, 80
#: Ranges of cells that rest on others, proposed one by one.
_MOST_RANGES = 500
#: Media types of workbooks whose cells can be told apart begin so.
_BOOKS = (
    "application/vnd.openxmlformats-officedocument.spreadsheetml.",
    "application/vnd.ms-excel.sheet.macroenabled.",
    "application/vnd.ms-excel.template.macroenabled.",
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook, hidden ones too."""

    name: str
    #: The last row and column with anything in them; 0 of an empty sheet.
    rows: int
    columns: int
    #: Cells in which a query is met, as ranges of one cell, with the words that meet it.
    hits: tuple[tuple[CellRange, tuple[str, ...]], ...] = ()
    #: The first rows, by number, with their first cells, each cut; to be drawn on.
    shown: tuple[tuple[int, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Native:
    """What can be drawn on of a file."""

    #: Of a workbook; () where its sheets cannot be told.
    sheets: tuple[Sheet, ...] = ()
    #: Length of a recording, seconds; 0.0 where it cannot be read.
    seconds: float = 0.0
    #: Cells whose formulas rest on those asked about, in ranges.
    dependants: tuple[CellRange, ...] = ()


@dataclass(frozen=True, slots=True)
class _Look:
    """Looks into one file, in a worker."""

    access: MatterAccess
    #: What is looked for in cells; None for nothing.
    node: Node | None
    #: Cells of which it is asked what rests on them.
    spans: tuple[CellRange, ...]

    def __call__(self, document: Document) -> Native | Fault:
        data = self.access.shown(document)
        if isinstance(data, Fault):
            return data
        if document.media_type.startswith("audio/"):
            return Native(seconds=_length(data))
        hint = Hint(document.name, document.media_type, Budget(self.access.limits))
        try:
            grids = ooxml.grids(data, hint)
            resting = self._dependants(data, document.media_type) if self.spans else ()
        except UnreadableError as unreadable:
            return unreadable.fault
        sheets = tuple(self._sheet(name, rows) for name, rows in grids)
        return Native(sheets, dependants=resting)

    def _dependants(self, data: bytes, media_type: str) -> tuple[CellRange, ...]:
        cells = redacted_sheet.dependants(data, media_type, self.spans, self.access.limits)
        return in_ranges(cells)

    def _sheet(self, name: str, rows: list[tuple[int, list[str]]]) -> Sheet:
        last = max((number for number, cells in rows if any(cells)), default=0)
        wide = max((at for _, cells in rows for at, cell in enumerate(cells, 1) if cell), default=0)
        shown = tuple(
            (number, tuple(cell[:_SHOWN_SIGNS] for cell in cells[:SHOWN_COLUMNS]))
            for number, cells in rows[:SHOWN_ROWS]
        )
        hits = []
        for number, cells in rows if self.node is not None else ():
            for at, cell in enumerate(cells, 1):
                if cell and self.node is not None and (spans := highlights(self.node, cell)):
                    said = tuple(cell[first:end] for first, end in spans)
                    hits.append((CellRange(name, number, at, number, at), said))
        return Sheet(name, last, wide, tuple(hits), shown)


def is_workbook(document: Document) -> bool:
    """Say whether a document is a workbook whose cells can be told apart."""
    return document.media_type.startswith(_BOOKS)


def in_ranges(cells: Sequence[CellRange]) -> tuple[CellRange, ...]:
    """Return single cells as ranges, those below each other joined; many, as one of each sheet."""
    joined: list[CellRange] = []
    for cell in sorted(cells, key=lambda cell: (cell.sheet, cell.left, cell.top)):
        last = joined[-1] if joined else None
        if last and (last.sheet, last.left, last.bottom + 1) == (cell.sheet, cell.left, cell.top):
            joined[-1] = replace(last, bottom=cell.bottom)
        else:
            joined.append(cell)
    if len(joined) <= _MOST_RANGES:
        return tuple(joined)
    around: dict[str, CellRange] = {}
    for cell in joined:
        other = around.get(cell.sheet, cell)
        around[cell.sheet] = CellRange(
            cell.sheet,
            min(other.top, cell.top),
            min(other.left, cell.left),
            max(other.bottom, cell.bottom),
            max(other.right, cell.right),
        )
    return tuple(around.values())


def look(
    room: Room, document: Document, node: Node | None = None, spans: Sequence[CellRange] = ()
) -> Native | Fault:
    """Return what can be drawn on of a workbook or a recording, or the Fault that bars it."""
    matter = room.matter
    limits = matter.settings.limits
    store = RoomStore.open(matter)
    access = MatterAccess(matter.evidence.root.resolve(), store.path.resolve(), limits)
    rules = Rules(
        (access.evidence, access.texts), (), limits.expanded_bytes, matter.settings.sandbox
    )
    work = _Look(access, node, tuple(spans))
    _, found = next(iter(Workers(1, limits, SILENT, rules)(work, [document])))
    result: Native | Fault = found
    return result


def _length(data: bytes) -> float:
    """Return the seconds of a WAV file; 0.0 where it is none that can be read."""
    try:
        with wave.open(io.BytesIO(data)) as sound:
            return float(sound.getnframes() / sound.getframerate())
    except (wave.Error, EOFError, ZeroDivisionError):
        return 0.0
