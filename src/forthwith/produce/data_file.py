"""One row of the data load file: a document, its numbers and its files, as the standard wants them.

The standard's data say which columns there are, for which class of document, and what fills each;
`fillers` knows how to fill. A withheld document shows its numbers, its custodian and its log
entry, nothing else. Cells are made safe for the file by `loadfiles.dat`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from forthwith.domain import fields
from forthwith.domain.documents import Document
from forthwith.produce import instants
from forthwith.produce.columns import Setting, filler, meant
from forthwith.produce.order import ProductionOrder
from forthwith.produce.row_facts import Entry
from forthwith.standards.loader import Column, Standard

_BREAKS = re.compile("[ \t]*(?:\r\n|[\n\r\x0b\x0c\x85\u2028\u2029])[ \t]*")
_LINE_END = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
#: What a withheld document may show.
_OPEN = frozenset(
    {
        "rule:first_bates", "rule:last_bates", "rule:family_range", "rule:family_first",
        "rule:family_last", "rule:parent_bates", "rule:child_bates", "rule:custodian",
        "rule:page_count", "rule:text_path", "rule:volume", "rule:withheld",
        "rule:confidentiality", "rule:all_custodians", "rule:attachment_count",
        "rule:producing_party", "blank",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Note:
    """Why a cell is not what the source holds."""

    column: str
    detail: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row, and what was said of it."""

    cells: tuple[str, ...]
    notes: tuple[Note, ...]
    #: True when an instant in it was taken to be in the matter's zone.
    assumed_zone: bool


class Rows:
    """Renders entries by a standard. Raises UnknownRuleError for a column it cannot fill."""

    def __init__(self, standard: Standard, order: ProductionOrder) -> None:
        self._standard = standard
        self._order = order
        self.setting = Setting(standard, order, instants.zone_name(order.zone, order.day.year))
        self._columns = [(column, filler(column)) for column in standard.all_columns]

    @property
    def header(self) -> tuple[str, ...]:
        """Column names in order."""
        return self._standard.header

    def row(self, entry: Entry) -> Row:
        """Return the row of one document."""
        cells: list[str] = []
        notes: list[Note] = []
        assumed = False
        for column, fill in self._columns:
            if not self._applies(column, entry):
                cells.append("")
                continue
            how, _, name = meant(column).partition(":")
            if how in {"date", "time", "datetime"}:
                moment = self._instant(name, entry.document)
                assumed = assumed or moment.assumed_zone
                if moment.unusable and how != "time":
                    notes.append(Note(column.name, f"{column.name} left blank: {moment.unusable}"))
                shown = {"date": moment.date, "time": moment.time}
                cells.append(shown.get(how, f"{moment.date} {moment.time}".strip()))
            else:
                cells.append(self._flat(column, fill(entry, self.setting)))
        return Row(tuple(cells), tuple(notes), assumed)

    def _applies(self, column: Column, entry: Entry) -> bool:
        if entry.withheld and meant(column) not in _OPEN:
            return False
        named = "email" if entry.is_email else "edoc"
        is_child = entry.numbers.parent is not None
        return named in column.classes or (is_child and "child" in column.classes)

    def _instant(self, name: str, document: Document) -> instants.Rendered:
        order = self._order
        return instants.render(
            document.text_of(name), order.zone, order.zone_when_unsaid, self._standard.formats
        )

    def _flat(self, column: Column, value: str) -> str:
        """Return `value` on one line; only header blocks keep a mark where their lines broke."""
        if meant(column) == f"field:{fields.HEADER}":
            return _LINE_END.sub(self._standard.load_file.newline, value.strip())
        return _BREAKS.sub(" ", value).strip()
