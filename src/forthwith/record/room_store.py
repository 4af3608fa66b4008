"""The row store of a room: every document's row, text and native information, by its place.

Made once for what `process` left (`derived/room/<key>.db`), asked in constant time and memory by
every request. It may be deleted. A document's place here is its place in the index of words: both
stand in order of control number. As an index is, it is asked only when it is what was written
(`indexes`).
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import threading
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, SupportsIndex, overload
from urllib.parse import quote
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.parquet as pq
import sqlalchemy as sa
from numpy.typing import NDArray

from forthwith.domain import fields
from forthwith.domain.documents import Document
from forthwith.domain.evidence import FieldValue
from forthwith.record import indexes, tables
from forthwith.record.documents import DerivedChangedError, DocumentTable, document_of
from forthwith.record.matter import Matter
from forthwith.record.readings import fields_from
from forthwith.record.tables import DatabaseError

Numbers = NDArray[np.int32]
Flags = NDArray[np.bool_]
#: In `Columns.day` of a document without a day.
NO_DAY = np.int32(-(2**31))
#: Of the file's shape: another number makes every store anew.
VERSION = 2
#: Characters of a text kept together: a window into a text of 50 MB reads one or two pieces.
PIECE = 1 << 18
#: Pieces of one text that can be told apart.
_PIECES = 1 << 20
_EPOCH = date(1970, 1, 1).toordinal()


class Controls(Sequence[str]):
    """Control numbers in order, ten bytes each and not sixty."""

    def __init__(self, numbers: NDArray[np.bytes_]) -> None:
        self.numbers = numbers

    @overload
    def __getitem__(self, at: SupportsIndex) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: SupportsIndex | slice) -> str | Sequence[str]:
        if isinstance(at, slice):
            return Controls(self.numbers[at])
        return bytes(self.numbers[at]).decode()

    def __len__(self) -> int:
        return len(self.numbers)

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self), 4096):
            yield from (number.decode() for number in self.numbers[start : start + 4096].tolist())


class Places(Mapping[str, int]):
    """Control number -> place, found by halving."""

    def __init__(self, controls: Controls) -> None:
        self._controls = controls

    def __getitem__(self, control: str) -> int:
        numbers = self._controls.numbers
        wanted = control.encode("utf-8", "replace")
        # A longer one is none of them, and NumPy would widen them all to compare.
        if 0 < len(wanted) <= numbers.dtype.itemsize:
            place = int(np.searchsorted(numbers, np.bytes_(wanted)))
            # NumPy overlooks zero bytes at the end.
            if place < len(numbers) and self._controls[place] == control:
                return place
        raise KeyError(control)

    def __iter__(self) -> Iterator[str]:
        return iter(self._controls)

    def __len__(self) -> int:
        return len(self._controls)


def _none() -> Numbers:
    return np.empty(0, np.int32)


@dataclass(frozen=True, slots=True)
class Columns:
    """What rules and lists ask of all documents at once, by place, in order of control number."""

    controls: Sequence[str]
    #: Control number -> place.
    place: Mapping[str, int]
    #: Place of the top of its family.
    top: Numbers
    #: Number of its custodian in `custodians`.
    custodian: Numbers
    custodians: Sequence[str]
    #: Number of everybody who had a copy, its custodian too, in `holder_sets`.
    holders: Numbers
    holder_sets: Sequence[frozenset[str]]
    #: Whether it was received from the other side.
    theirs: Flags
    #: Number of its kind in `kinds`.
    kind: Numbers
    kinds: Sequence[str]
    #: Days since 1970-01-01 of the family date in the matter's zone; NO_DAY.
    day: Numbers
    #: Pages it is known to have; -1 while nobody counted.
    pages: Numbers
    #: Number of its conversation, and of its group of copies; -1 for none.
    thread: Numbers
    group: Numbers
    #: Faults: 0 none, 1 partly read, 2 lost.
    fault: Numbers
    #: Place of the document directly above, -1 at the top; and position in the family.
    parent: Numbers = field(default_factory=_none)
    order: Numbers = field(default_factory=_none)
    #: Number of the collection source in `sources`.
    source: Numbers = field(default_factory=_none)
    sources: Sequence[str] = ()
    #: Bytes of the native.
    size: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    #: Where its subject, and its author or sender, stand among all, letters' case aside; equal ones
    #: are equal, and -1 is none.
    subject: Numbers = field(default_factory=_none)
    sender: Numbers = field(default_factory=_none)
    #: Number that all documents of the same bytes share, in whatever family; -1 for bytes of one.
    content: Numbers = field(default_factory=_none)
    #: Half of the SHA-256 of its text: what a coding says was read.
    read: NDArray[np.bytes_] = field(default_factory=lambda: np.empty(0, "S16"))

    def __len__(self) -> int:
        """Count the documents."""
        return len(self.controls)


@dataclass(frozen=True, slots=True)
class Row:
    """What a line of a list shows of one document and no column has."""

    place: int
    control: str
    #: Subject of a mail, title of a file, else its name.
    subject: str
    #: Sender of a mail, author of a file.
    sender: str
    name: str
    media_type: str


class RoomStore:
    """The documents of one matter as a room asks them; every thread may ask."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._own = threading.local()
        #: A newer store does not take this one away under whoever reads it.
        self._held = indexes.Hold(path)

    @classmethod
    def open(cls, matter: Matter) -> RoomStore:
        """Return the store of a matter, made now if need be. Raises NotProcessedError.

        One that is not what was written is made again. Where the matter cannot be written to, it is
        made elsewhere and goes when the process ends. Raises DerivedChangedError.
        """
        lying = matter.derived / "room"
        path = lying / f"{_key(matter)}.db"
        store = cls(path)
        if indexes.is_sound(matter, path):
            return store
        partial = lying / f".{path.name}.{os.getpid()}.{threading.get_ident()}"
        try:
            lying.mkdir(exist_ok=True)
            build(matter, partial)
            # Before it has its name: whoever is killed here leaves nothing without a digest.
            indexes.keep(matter, path.name, partial)
            partial.replace(path)
        except (OSError, DatabaseError, sqlite3.Error):
            # A file system that cannot be written to says so here too.
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
            elsewhere = Path(tempfile.mkdtemp(prefix="forthwith-"))
            atexit.register(shutil.rmtree, elsewhere, ignore_errors=True)
            build(matter, elsewhere / path.name)
            return cls(elsewhere / path.name)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        for other in lying.iterdir():
            if other != path and not _is_being_written(other):
                indexes.take_away(other, other)
        return cls(path)

    @property
    def is_there(self) -> bool:
        """Whether its file still lies where it was opened."""
        return self.path.exists()

    @cached_property
    def columns(self) -> Columns:
        """Return what is asked of all documents at once; `theirs` is what no source of ours says.

        Nobody is theirs here: `theirs` of this module says who is.
        """
        arrays = {
            name: np.frombuffer(data, dtype)
            for name, dtype, data in self._ask("SELECT name, dtype, data FROM columns")
        }
        names = {name: json.loads(body) for name, body in self._ask("SELECT * FROM names")}
        controls = Controls(arrays.pop("control"))
        return Columns(
            controls,
            Places(controls),
            theirs=np.zeros(len(controls), bool),
            custodians=names["custodian"],
            holder_sets=[frozenset(holders) for holders in names["holders"]],
            kinds=names["kind"],
            sources=names["source"],
            **arrays,
        )

    def row(self, place: int) -> Row:
        """Return the row of one document. Raises IndexError."""
        return self.rows([place])[0]

    def rows(self, places: Sequence[int]) -> list[Row]:
        """Return rows in the order asked for. Raises IndexError where there is no such place."""
        return [
            Row(*self._found("place, control, subject, sender, name, media_type", place))
            for place in places
        ]

    def text(self, place: int) -> tuple[str, int]:
        """Return a document's whole text, and where its body begins. Raises IndexError."""
        reading, body = self._found("reading, body", place)
        low = reading * _PIECES
        pieces = self._ask(
            "SELECT text FROM texts WHERE id >= ? AND id < ? ORDER BY id", low, low + _PIECES
        )
        return "".join(zlib.decompress(piece).decode() for (piece,) in pieces), body

    def length(self, place: int) -> int:
        """Return how many characters a document's text has. Raises IndexError."""
        (reading,) = self._found("reading", place)
        row = self._ask("SELECT length FROM readings WHERE id = ?", reading).fetchone()
        return int(row[0]) if row else 0

    def body(self, place: int) -> int:
        """Return where the body begins in a document's text. Raises IndexError."""
        return int(self._found("body", place)[0])

    def stretch(self, place: int, first: int, last: int) -> str:
        """Return the characters of a text from `first` to before `last`, reading no more of it."""
        (reading,) = self._found("reading", place)
        if last <= first:
            return ""
        low, high = first // PIECE, (last - 1) // PIECE
        pieces = self._ask(
            "SELECT text FROM texts WHERE id BETWEEN ? AND ? ORDER BY id",
            reading * _PIECES + min(low, _PIECES - 1),
            reading * _PIECES + min(high, _PIECES - 1),
        )
        text = "".join(zlib.decompress(piece).decode() for (piece,) in pieces)
        return text[first - low * PIECE : last - low * PIECE]

    def information(self, place: int) -> Document:
        """Return all that is known of one document, its text aside. Raises IndexError."""
        reading, about, copies = self._found("reading, about, copies", place)
        row = json.loads(zlib.decompress(about))
        read = self._ask("SELECT fields FROM readings WHERE id = ?", reading).fetchone()
        row["fields"] = zlib.decompress(read[0]).decode() if read else "{}"
        alike = self._ask("SELECT custodians, paths FROM copies WHERE id = ?", copies).fetchone()
        alone = ((row["custodian"],), (row["path"],))
        return document_of(
            row,
            alone if alike is None else (tuple(json.loads(alike[0])), tuple(json.loads(alike[1]))),
        )

    def place_of(self, control: str) -> int | None:
        """Return the place of a control number, without reading the columns."""
        row = self._ask("SELECT place FROM documents WHERE control = ?", control).fetchone()
        return None if row is None else int(row[0])

    def _found(self, columns: str, place: int) -> Any:
        row = self._ask(f"SELECT {columns} FROM documents WHERE place = ?", int(place)).fetchone()
        if row is None:
            raise IndexError(place)
        return row

    def _ask(self, query: str, *values: Any) -> sqlite3.Cursor:
        connection = getattr(self._own, "connection", None)
        if connection is None:
            address = f"file:{quote(str(self.path))}?mode=ro&immutable=1"
            try:
                connection = sqlite3.connect(address, uri=True, check_same_thread=False)
                # It is opened by the first question.
                connection.execute("SELECT 1 FROM names LIMIT 1")
            except sqlite3.OperationalError as gone:
                raise DerivedChangedError(f"derived/room/{self.path.name} is gone") from gone
            self._own.connection = connection
        return connection.execute(query, values)


def digest_of(text: str) -> bytes:
    """Return half of the SHA-256 of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]


def theirs(connection: sa.Connection, columns: Columns) -> Flags:
    """Say of each document whether it is the other side's: by its source, or its number."""
    flags = np.zeros(len(columns), bool)
    there = sa.inspect(connection)
    if there.has_table(tables.received.name):
        sources = {name: number for number, name in enumerate(columns.sources)}
        for (name,) in connection.execute(sa.select(tables.received.c.source).distinct()):
            if name in sources:
                flags |= columns.source == sources[name]
    if there.has_table(tables.received_numbers.name):
        for (control,) in connection.execute(sa.select(tables.received_numbers.c.control_number)):
            if (place := columns.place.get(control)) is not None:
                flags[place] = True
    return flags


def _key(matter: Matter) -> str:
    """Return a digest of what the store is made of: rows, readings, zone, shape."""
    about = f"{DocumentTable(matter).digest} {VERSION} {matter.settings.time_zone}"
    return hashlib.sha256(about.encode()).hexdigest()[:16]


def _is_being_written(path: Path) -> bool:
    """Say whether a file has the name of one that a living process writes."""
    number = path.name.rsplit(".", 2)[-2] if path.name.startswith(".") else ""
    return number.isdecimal() and Path(f"/proc/{number}").exists()


def _day_of(sort_date: str, known: Mapping[str, FieldValue], zone: ZoneInfo) -> str:
    """Return the ISO day a document stands under, "" when it has none.

    That of its family (sent, else received), else its own last change or making, in the matter's
    zone; as written where the source names no offset.
    """
    for name in ("", fields.SENT, fields.MODIFIED, fields.CREATED):
        instant = sort_date if not name else _first(known, name)
        if instant:
            try:
                when = datetime.fromisoformat(instant)
                return (when.astimezone(zone) if when.tzinfo else when).date().isoformat()
            except (ValueError, OverflowError):
                return ""
    return ""


def iso_day(day: int) -> str:
    """Return the ISO day of a column, "" for none."""
    return "" if day == NO_DAY else date.fromordinal(day + _EPOCH).isoformat()


def _first(known: Mapping[str, FieldValue], name: str) -> str:
    """Return a field as one string."""
    value = known.get(name)
    if value is None:
        return ""
    return value.value if isinstance(value.value, str) else "; ".join(value.value)


_SCHEMA = """
CREATE TABLE columns (name TEXT PRIMARY KEY, dtype TEXT, data BLOB);
CREATE TABLE names (name TEXT PRIMARY KEY, body TEXT);
CREATE TABLE documents (
    place INTEGER PRIMARY KEY, control TEXT, subject TEXT, sender TEXT, name TEXT, media_type TEXT,
    reading INTEGER, body INTEGER, copies INTEGER, about BLOB
);
CREATE TABLE readings (
    id INTEGER PRIMARY KEY, unit TEXT, locator TEXT, length INTEGER, fields BLOB,
    digest BLOB
);
CREATE TABLE texts (id INTEGER PRIMARY KEY, text BLOB);
CREATE TABLE copies (id INTEGER PRIMARY KEY, custodians TEXT, paths TEXT);
CREATE TEMP TABLE sorting (place INTEGER PRIMARY KEY, subject TEXT, sender TEXT);
"""
_INTS = (
    "top", "custodian", "holders", "kind", "day", "pages", "thread", "group", "fault", "parent",
    "order", "source",
)  # fmt: skip


def build(matter: Matter, path: Path) -> None:
    """Write the store of a matter. Raises NotProcessedError, DerivedChangedError, OSError."""
    table = DocumentTable(matter)
    documents, copies, parts = table.files()
    path.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        # It is complete or it is not kept.
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.executescript(_SCHEMA)
        _Builder(connection, ZoneInfo(matter.settings.time_zone)).write(documents, copies, parts)
        connection.commit()
    with path.open("rb") as written:
        os.fsync(written.fileno())


class _Numbering(dict[Any, int]):
    """Gives each new key the next number."""

    def __missing__(self, key: Any) -> int:
        self[key] = number = len(self)
        return number


class _Builder:
    """Writes one store; memory holds the columns and a chunk of rows."""

    def __init__(self, connection: sqlite3.Connection, zone: ZoneInfo) -> None:
        self._connection, self._zone = connection, zone
        self._numbers: dict[str, _Numbering] = {
            name: _Numbering()
            for name in ("custodian", "holders", "kind", "source", "thread", "group")
        }
        self._days: dict[str, int] = {}

    def write(self, documents: Path, copies: Path, parts: Sequence[Path]) -> None:
        self._readings(parts)
        holders = self._copies(copies)
        numbers = pq.read_table(documents, columns=["control_number"])["control_number"]
        unsorted = np.array(
            [number.encode() for chunk in numbers.chunks for number in chunk.to_pylist()] or [b""],
            dtype=np.bytes_,
        )[: len(numbers)]
        controls = Controls(np.sort(unsorted))
        columns: dict[str, np.ndarray] = {name: np.zeros(len(controls), np.int32) for name in _INTS}
        columns["size"] = np.zeros(len(controls), np.int64)
        # Half of a SHA-256 tells contents apart in memory that stays small.
        columns["content"] = np.zeros(len(controls), "S16")
        columns["read"] = np.zeros(len(controls), "S16")
        places = Places(controls)
        for batch in pq.ParquetFile(documents).iter_batches(batch_size=4096):
            self._documents(batch.to_pylist(), places, columns, holders)
        self._connection.execute("CREATE UNIQUE INDEX by_control ON documents (control)")
        self._connection.execute("DROP INDEX by_key")
        for name in ("subject", "sender"):
            columns[name] = self._ranked(name, len(controls))
        columns["content"] = _shared(columns["content"])
        names = self._named(columns)
        self._connection.executemany("INSERT INTO names VALUES (?, ?)", names)
        columns["control"] = controls.numbers
        self._connection.executemany(
            "INSERT INTO columns VALUES (?, ?, ?)",
            [(name, column.dtype.str, column.tobytes()) for name, column in columns.items()],
        )

    def _readings(self, parts: Sequence[Path]) -> None:
        names = ["unit", "locator", "text", "fields"]
        number = 0
        for part in parts:
            for batch in pq.ParquetFile(part).iter_batches(batch_size=512, columns=names):
                readings, texts = [], []
                for row in zip(*(batch.column(name).to_pylist() for name in names)):
                    unit, locator, text, read = row
                    number += 1
                    text = text or ""
                    pieces = range(0, len(text), PIECE)
                    texts += [
                        (
                            number * _PIECES + piece,
                            zlib.compress(text[start : start + PIECE].encode(), 1),
                        )
                        for piece, start in enumerate(pieces)
                    ]
                    readings.append(
                        (
                            number,
                            unit,
                            locator,
                            len(text),
                            zlib.compress((read or "{}").encode(), 1),
                            digest_of(text),
                        )
                    )
                self._connection.executemany(
                    "INSERT INTO readings VALUES (?, ?, ?, ?, ?, ?)", readings
                )
                self._connection.executemany("INSERT INTO texts VALUES (?, ?)", texts)
        self._connection.execute("CREATE UNIQUE INDEX by_key ON readings (unit, locator)")

    def _copies(self, copies: Path) -> Mapping[int, tuple[str, ...]]:
        """Keep the lists of copies; return the custodians of each group."""
        holders: dict[int, tuple[str, ...]] = {}
        for batch in pq.ParquetFile(copies).iter_batches(batch_size=256):
            rows = []
            for row in batch.to_pylist():
                number = self._numbers["group"][row["duplicate_group"], row["order"]]
                holders[number] = tuple(sorted(set(row["all_custodians"])))
                rows.append((number, _json(row["all_custodians"]), _json(row["all_paths"])))
            self._connection.executemany("INSERT INTO copies VALUES (?, ?, ?)", rows)
        return holders

    def _documents(
        self,
        rows: Sequence[dict[str, Any]],
        places: Places,
        columns: Mapping[str, np.ndarray],
        holders: Mapping[int, tuple[str, ...]],
    ) -> None:
        written, sorting = [], []
        number = self._numbers
        for row in rows:
            place = places[row["control_number"]]
            read = self._connection.execute(
                "SELECT id, fields, digest FROM readings WHERE unit = ? AND locator = ?",
                (row["unit"], row["locator"]),
            ).fetchone()
            known = fields_from(row["extra"])
            if read is not None:
                known |= fields_from(zlib.decompress(read[1]).decode())
            group = -1
            if row["duplicate_group"]:
                group = number["group"][row["duplicate_group"], row["order"]]
            own = row["custodian"]
            among = tuple(sorted({own, *holders.get(group, ())}))
            values = {
                "top": places[row["family"]],
                "custodian": number["custodian"][own],
                "holders": number["holders"][among],
                "kind": number["kind"][row["kind"]],
                "day": self._day(_day_of(row["sort_date"] or "", known, self._zone)),
                "pages": _pages(_first(known, fields.PAGES)),
                "thread": number["thread"][row["thread"]] if row["thread"] else -1,
                "group": group,
                "fault": _fault(row),
                "parent": places[row["parent"]] if row["parent"] else -1,
                "order": row["order"],
                "source": number["source"][row["source"]],
                "size": row["size"] or 0,
                "content": bytes.fromhex(row["sha256"] or "")[:16],
                "read": read[2] if read is not None else digest_of(""),
            }
            for name, value in values.items():
                columns[name][place] = value
            subject = _first(known, fields.SUBJECT) or _first(known, fields.TITLE) or row["name"]
            sender = (
                _first(known, fields.FROM)
                or _first(known, fields.SENDER)
                or _first(known, fields.AUTHOR)
            )
            sorting.append((place, _sortable(subject), _sortable(sender)))
            about = zlib.compress(_json(row).encode(), 1)
            reading = read[0] if read is not None else 0
            written.append(
                (
                    place,
                    row["control_number"],
                    subject,
                    sender,
                    row["name"],
                    row["media_type"],
                    reading,
                    row["body"] or 0,
                    group,
                    about,
                )
            )
        self._connection.executemany(
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", written
        )
        self._connection.executemany("INSERT INTO sorting VALUES (?, ?, ?)", sorting)

    def _day(self, iso: str) -> int:
        if iso not in self._days:
            self._days[iso] = date.fromisoformat(iso).toordinal() - _EPOCH if iso else int(NO_DAY)
        return self._days[iso]

    def _ranked(self, name: str, count: int) -> np.ndarray:
        """Return for each document where its value stands among all; -1 for none."""
        ranks = np.full(count, -1, np.int32)
        rank, before = -1, ""
        rows = self._connection.execute(
            f"SELECT place, {name} FROM sorting WHERE {name} != '' ORDER BY {name}, place"
        )
        for place, value in rows:
            if value != before:
                rank, before = rank + 1, value
            ranks[place] = rank
        return ranks

    def _named(self, columns: Mapping[str, np.ndarray]) -> list[tuple[str, str]]:
        """Number names in their order, so that a column sorts as its names do."""
        named = []
        for name in ("custodian", "kind", "source", "holders"):
            met = list(self._numbers[name])
            order = sorted(range(len(met)), key=lambda at, met=met: _in_order(met[at]))  # type: ignore[misc]
            turned = np.empty(len(met), np.int32)
            turned[order] = np.arange(len(met), dtype=np.int32)
            if len(met):
                columns[name][:] = turned[columns[name]]
            named.append((name, _json([met[at] for at in order])))
        return named


def _shared(digests: np.ndarray) -> np.ndarray:
    """Return a number for each digest that stands more than once; -1 for the others, and for ""."""
    known, numbers, counts = np.unique(digests, return_inverse=True, return_counts=True)
    counts[known == b""] = 0
    again = np.full(len(known), -1, np.int32)
    again[counts > 1] = np.arange(int((counts > 1).sum()), dtype=np.int32)
    return again[numbers] if len(digests) else np.empty(0, np.int32)


def _in_order(name: str | tuple[str, ...]) -> tuple[Any, ...]:
    return (name.casefold(), name) if isinstance(name, str) else (len(name), name)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _sortable(text: str) -> str:
    return " ".join(text.split()).casefold()[:200]


def _pages(text: str) -> int:
    """Return a number of pages as a file says it of itself; -1 where it does not."""
    return int(text) if text.isascii() and text.isdecimal() and 0 < int(text[:9]) < 10**6 else -1


def _fault(row: Mapping[str, Any]) -> int:
    if row["faults"] in ("", "[]", None):
        return 0
    reasons = [(fault["reason"], fault["lost"]) for fault in json.loads(row["faults"])]
    if any(lost for _, lost in reasons):
        return 2
    return int(any(reason != "opened with a password" for reason, _ in reasons))
