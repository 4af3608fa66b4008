"""What was understood of a received volume's load files, as rows of plain values.

`check` reads volumes in every dialect by the roles of columns; here its reading is written down for
whoever makes documents of them. Every cell of a row is kept: by the name of its field where its
role is one, and by its own column's name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from forthwith.check import files as delivered
from forthwith.check import zones
from forthwith.check.context import CheckContext
from forthwith.check.families import resolve
from forthwith.check.files import Files
from forthwith.check.received import parent_of
from forthwith.check.volume import Volume
from forthwith.domain import fields
from forthwith.domain.evidence import Fault, FaultReason, FieldValue
from forthwith.loadfiles.received_table import ROW, ReceivedRow, RowHead
from forthwith.workflows.received_days import DayColumn

#: Roles whose cells are fields of a document under the same name.
_FIELDS = frozenset(
    value for name, value in vars(fields).items() if name.isupper() and isinstance(value, str)
)
#: A row is one of mail where one of these says anything.
_OF_MAIL = ("date_sent", "message_id", "from")
#: Instants as columns have them.
_INSTANTS = tuple(sorted(fields.INSTANTS))


@dataclass(frozen=True, slots=True)
class UnderstoodVolume:
    """A volume's rows, and what no row names."""

    rows: list[ReceivedRow]
    #: Files that belong to no row: load files, papers, whatever else lies there.
    beside: list[str]
    #: Names of fields that the load file has columns for, of those that are none too.
    covered: frozenset[str] = frozenset()
    #: Pages by the number of their document, where the pointer file has any.
    paged: frozenset[str] = frozenset()
    #: Roles of the load file's columns.
    roles: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Reader:
    """Reads the rows of one volume."""

    volume: Volume
    seen: CheckContext
    files: Files
    #: (field, column's own name, cells) of roles that are fields.
    by_role: list[tuple[str, str, Sequence[str]]] = field(default_factory=list)
    #: (instant, column's own name) of roles that are days.
    days: list[tuple[str, str]] = field(default_factory=list)
    #: How the days of each instant's column are read.
    orders: dict[str, DayColumn] = field(default_factory=dict)

    @classmethod
    def of(cls, volume: Volume) -> _Reader:
        seen = CheckContext(volume)
        reader = cls(volume, seen, delivered.locate(seen))
        for role, cells in volume.roles.items():
            if role in _FIELDS:
                reader.by_role.append((role, reader.called(role), cells))
        for instant in _INSTANTS:
            role = next(
                (r for r in (f"date_{instant}", f"datetime_{instant}") if volume.has(r)), ""
            )
            if role:
                reader.days.append((instant, reader.called(role)))
                reader.orders[instant] = DayColumn.of(volume.standard.formats, volume.roles[role])
        return reader

    def called(self, role: str) -> str:
        """Return what the file itself calls the column of a role."""
        name = self.volume.called(role)
        places = [place for place, known in enumerate(self.volume.known) if known == name]
        return self.volume.data.header[places[0]] if places else name

    def fields(self, row: int) -> Iterator[FieldValue]:
        """Yield what a row says: by the roles of its columns first, then every cell."""
        rules = self.volume.standard.load_file
        for role, column, cells in self.by_role:
            if cell := cells[row].strip():
                text = cell.replace(rules.newline, "\n") if role == fields.HEADER else cell
                several = tuple(rules.several(cell)) if role in fields.MULTI else text
                yield FieldValue(role, several, f"dat:{column}")
        for instant, column in self.days:
            said, _ = self.instant(instant, row)
            if said:
                yield FieldValue(instant, said, f"dat:{column}")
        for name, cells in zip(self.volume.data.header, self.volume.data.columns, strict=True):
            if cell := cells[row].strip():
                yield FieldValue(own_name(name), cell, f"dat:{name}")

    def instant(self, instant: str, row: int) -> tuple[str, str]:
        """Return an instant as ISO 8601, with its zone as far as the row has one, and its fault.

        "" for none of either.
        """
        volume, rules = self.volume, self.volume.standard.formats
        role = next(r for r in (f"date_{instant}", f"datetime_{instant}") if volume.has(r))
        cell = volume.cell(role, row)
        read = self.orders[instant].read(cell)
        if read.fault:
            return "", f"its {self.called(role)} {cell[:40]!r} {read.fault}"
        if read.day is None or read.instant is not None:
            return read.instant.isoformat() if read.instant is not None else "", ""
        time, zone = volume.cell(f"time_{instant}", row), volume.cell("time_zone", row)
        moments: Sequence[datetime | None] = zones.instants(read.day, time, rules.time, zone)
        moment = next(iter(moments), None) or zones.instant(read.day, time, rules.time)
        return moment.isoformat() if moment is not None else read.day.isoformat(), ""

    def custodians(self, row: int) -> tuple[str, ...]:
        """Return everybody but the custodian who had a copy, as the row has it."""
        own = self.volume.cell("custodian", row)
        several = self.volume.standard.load_file.several
        names = several(self.volume.cell("all_custodians", row))
        return tuple(dict.fromkeys(name for name in names if name != own))


def own_name(column: str) -> str:
    """Return the name of the field that holds a column's cells as they stand."""
    return f"{column} (as delivered)" if column in _FIELDS else column


def understood(volume: Volume) -> UnderstoodVolume:
    """Return the rows of a volume whose load files are read."""
    reader = _Reader.of(volume)
    lines, strangers = _lines(reader)
    rows = [*_rows(reader, lines), *_bad_rows(volume), *_pages_of_nobody(reader, strangers)]
    stray = delivered.unnamed(reader.seen, reader.files)
    rows += [_of_nobody(volume, path) for path in stray]
    used = {path for row in rows for path in _paths(row)}
    covered = {own_name(name) for name in volume.data.header}
    covered |= {name for name, _, _ in reader.by_role} | {instant for instant, _ in reader.days}
    bates = [number.strip() for number in volume.bates]
    return UnderstoodVolume(
        rows,
        sorted({*volume.folder.sizes, *volume.folder.irregular} - used),
        frozenset(covered),
        frozenset(bates[row] for row in lines),
        frozenset(role for role in volume.roles if volume.called(role) in volume.columns),
    )


def _paths(row: ReceivedRow) -> Iterator[str]:
    yield from filter(None, (row.native, row.text))
    yield from (path for path, _, _ in row.pages)


def _lines(reader: _Reader) -> tuple[dict[int, list[int]], list[list[int]]]:
    """Return the pointer file's lines by row, and those of documents that no row is."""
    lines: dict[int, list[int]] = defaultdict(list)
    strangers: list[list[int]] = []
    volume = reader.volume
    rows = {number.strip(): row for row, number in reversed(list(enumerate(volume.bates)))}
    # None before the first document, -1 in one that no row is.
    at: int | None = None
    for line, number in enumerate(volume.pages.numbers):
        # A page keyed within its document stands for a number of that.
        if (row := rows.get(number.strip())) is not None:
            at = row
        elif volume.pages.firsts[line] or at is None:
            at = -1
            strangers.append([])
        (strangers[-1] if at < 0 else lines[at]).append(line)
    return dict(lines), strangers


def _delivered(
    reader: _Reader, lines: Sequence[int]
) -> tuple[tuple[tuple[str, str, int], ...], tuple[Fault, ...]]:
    """Return the page images of some lines, and a fault for each that is not there."""
    pages: list[tuple[str, str, int]] = []
    faults: list[Fault] = []
    frames: dict[str, int] = defaultdict(int)
    volume = reader.volume
    for line in lines:
        path, key = reader.files.images.get(line), volume.pages.numbers[line]
        if path is None:
            named = volume.pages.paths[line].strip() or "(no path)"
            what = f"the page image {named} of {key} is not in the volume"
            faults.append(Fault(FaultReason.MISSING, what))
            continue
        for _ in range(volume.pages.spans[line]):
            pages.append((path, key, frames[path]))
            frames[path] += 1
    return tuple(pages), tuple(faults)


def _rows(reader: _Reader, lines: Mapping[int, Sequence[int]]) -> Iterator[ReceivedRow]:
    """Yield every sound row."""
    volume, families, met = reader.volume, resolve(reader.volume), dict[str, int]()
    for row in range(len(volume)):
        number = volume.cell("first_bates", row)
        step, faults = f"{ROW}{number}", list[Fault]()
        if not number:
            step = f"line:{volume.data.numbers[row]}"
            faults.append(Fault(FaultReason.CORRUPT, "its row has no number of a document"))
        elif (times := met.get(number, 0) + 1) > 1:
            step = f"{step}~{times}"
            what = f"{number} stands on another row of {volume.data_files[0]} too"
            faults.append(Fault(FaultReason.DISAGREEMENT, what))
        met[number] = met.get(number, 0) + 1
        own = lines.get(row, ())
        # Of two rows with one number the pages are told by the first.
        pages, absent = _delivered(reader, own)
        faults += absent
        faults += _absent(reader, row)
        for instant, _ in reader.days:
            _, wrong = reader.instant(instant, row)
            if wrong:
                faults.append(Fault(FaultReason.UNSUPPORTED, wrong))
        said = list(reader.fields(row))
        if own and not any(datum.name == fields.PAGES for datum in said):
            origin = f"opt:{volume.pointer_files[0]}"
            count = sum(volume.pages.spans[line] for line in own)
            said.append(FieldValue(fields.PAGES, str(count), origin))
        parent = parent_of(volume, families, row)
        yield ReceivedRow(
            RowHead(
                step,
                number,
                volume.cell("last_bates", row) or number,
                "" if parent == number else parent,
                volume.cell("custodian", row),
                reader.custodians(row),
            ),
            "email" if any(volume.cell(role, row) for role in _OF_MAIL) else "edoc",
            _name(reader, row),
            reader.files.natives.get(row, ""),
            reader.files.texts.get(row, ""),
            pages,
            tuple(said),
            tuple(faults),
        )


def _name(reader: _Reader, row: int) -> str:
    """Return the original name; that of the native where no column has it, else its subject."""
    cells = (reader.volume.cell(role, row) for role in ("file_name", "path", "internal_path"))
    for cell in cells:
        if name := cell.replace("\\", "/").rpartition("/")[2].strip():
            return name
    native = reader.files.natives.get(row, "").rpartition("/")[2]
    return native or reader.volume.cell("subject", row)


def _absent(reader: _Reader, row: int) -> Iterator[Fault]:
    """Yield a fault for each file that a row names and the volume lacks."""
    for role, what, paths in (
        ("native_path", "native", reader.files.natives),
        ("text_path", "text", reader.files.texts),
    ):
        cell = reader.volume.cell(role, row)
        if cell and row not in paths:
            yield Fault(FaultReason.MISSING, f"its {what} {cell} is not in the volume")


def _bad_rows(volume: Volume) -> Iterator[ReceivedRow]:
    """Yield rows whose cells cannot be told apart: each is a document with its fault."""
    for bad in volume.data.quarantined:
        what = (
            f"row {bad.row:,} of {volume.data_files[0]} (byte {bad.offset:,}) has {bad.width:,} "
            f"cells where the header has {len(volume.data.header):,}; it begins {bad.start!r}"
        )
        fault = Fault(FaultReason.CORRUPT, what)
        yield ReceivedRow(RowHead(f"line:{bad.row}"), name=f"row {bad.row:,}", faults=(fault,))


def _pages_of_nobody(reader: _Reader, strangers: Sequence[Sequence[int]]) -> Iterator[ReceivedRow]:
    """Yield pages of the pointer file whose document no row is."""
    volume = reader.volume
    for lines in strangers:
        first = volume.pages.numbers[lines[0]].strip()
        pages, faults = _delivered(reader, lines)
        what = f"{volume.pointer_files[0]} has {first} and its pages, and no row has that document"
        yield ReceivedRow(
            RowHead(f"pages:{lines[0] + 1}:{first}"),
            name=first,
            pages=pages,
            faults=(Fault(FaultReason.DISAGREEMENT, what), *faults),
        )


def _of_nobody(volume: Volume, path: str) -> ReceivedRow:
    what = f"no load file of {volume.name} names {path}"
    return ReceivedRow(
        RowHead(f"file:{path}"),
        name=path.rpartition("/")[2],
        native=path,
        faults=(Fault(FaultReason.DISAGREEMENT, what),),
    )
