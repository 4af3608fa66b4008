"""Privilege logs of other parties in a room, and their documents that such logs name.

A log is given, and kept as its bytes with an entry in the journal that holds their digest; or it
lies in a received volume among what no row names, known by its headings. One that was given for a
volume stands in place of what lies in it.

Numbers mean nothing without their party: two parties may use the same. And one party may give a
number to two rows. So documents are told apart by their control numbers, and an entry names every
document of its party that bears a number it names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from forthwith.check.privilege_log import documents_named
from forthwith.check.privilege_log.documents_named import DocumentsByPage
from forthwith.domain.act_bodies import Body
from forthwith.domain.acts import Act
from forthwith.domain.errors import ForthwithError
from forthwith.domain.items import Shape
from forthwith.domain.privilege_logs import LogEntry, ServedLog
from forthwith.domain.users import Seer
from forthwith.formats.served import privilege_log
from forthwith.formats.served.privilege_log import UnreadableLogError
from forthwith.loadfiles import received_table, slip_sheets
from forthwith.loadfiles.volume_rows import Row
from forthwith.process import received as reading
from forthwith.process.places import steps_of
from forthwith.record import acts as journal_acts
from forthwith.record import received, sources
from forthwith.record.evidence import EvidenceMissingError
from forthwith.record.received import ReceivedVolume
from forthwith.workflows.room.room import Room, Standing

#: Kind of the acts that keep a log; the key is the volume it came with.
LOG = "received privilege log"
#: Folder of a matter that holds the bytes of such logs, by digest.
FOLDER = "received-logs"
#: What a log within a volume may be, and how large.
_TABLES = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm"})
_LARGEST = 32 << 20
#: What a name says that may be a log and is no table.
_PAPERS = frozenset({".pdf", ".doc", ".docx", ".rtf", ".xls"})
#: The step of a delivered file that no row names, up to its path.
_FILE = "file:"


class ReceivedLogError(ForthwithError):
    """A log cannot be kept, or is not what was kept."""


@dataclass(frozen=True, slots=True)
class TheirDocument:
    """A document of another party as its row has it."""

    control: str
    party: str
    row: Row


@dataclass(frozen=True, slots=True)
class ReceivedLog:
    """A log of another party."""

    #: What it came with; and whose that is.
    volume: str
    party: str
    log: ServedLog
    #: Its path within the volume; "" where it was given.
    path: str = ""
    #: The document it is itself, where it lies in a volume as one; "" otherwise.
    control: str = ""


@dataclass(frozen=True, slots=True)
class NamedEntry:
    """An entry of a log with every document of its party that it names."""

    entry: LogEntry
    documents: tuple[TheirDocument, ...]


def keep(room: Room, seer: Seer, name: str, data: bytes, volume: str) -> None:
    """Keep a log that came with a volume, in place of an earlier one.

    Raises UnreadableLogError.
    """
    name = PurePath(name.replace("\\", "/")).name or "log"
    log = privilege_log.read(name, data)
    digest = hashlib.sha256(data).hexdigest()
    folder = room.matter.folder / FOLDER
    folder.mkdir(exist_ok=True)
    (folder / digest).write_bytes(data)
    body = {"name": name, "sha256": digest, "entries": len(log.entries)}
    journal_acts.write(room.matter, [Act(LOG, volume, body)], by=(seer.user.login, seer.known_by))


def given(path: Path) -> bytes:
    """Return the bytes of a log on this machine. Raises ReceivedLogError."""
    try:
        return path.read_bytes()
    except OSError as wrong:
        raise ReceivedLogError(f"{path.name} cannot be read ({wrong.strerror}).") from wrong


def logs(room: Room) -> tuple[tuple[ReceivedLog, ...], tuple[tuple[str, str], ...]]:
    """Return the logs there are, by volume; and (volume, what of it is no log that can be read).

    Raises ReceivedLogError where the bytes of one that was given are gone or changed.
    """
    with room.matter.engine.connect() as connection:
        receptions: dict[str, list[ReceivedVolume]] = {}
        for volume in received.volumes(connection):
            receptions.setdefault(volume.volume, []).insert(0, volume)
    kept = {
        name: _kept(room, name, Body(f"log of {name!r}", act.body))
        for name, act in room.case.acts.of(LOG).items()
    }
    found: list[ReceivedLog] = []
    unread: list[tuple[str, str]] = []
    for name, versions in receptions.items():
        if name in kept:
            found.append(ReceivedLog(name, versions[0].party, kept[name]))
            continue
        # An overlay without a log leaves the one that came before.
        for version in versions:
            lying, notes = _lying(room, version)
            found += lying
            unread += ((name, note) for note in notes)
            if lying:
                break
    return tuple(found), tuple(unread)


def _kept(room: Room, volume: str, body: Body) -> ServedLog:
    name, digest = body.text("name"), body.text("sha256")

    def read() -> ServedLog:
        path = room.matter.folder / FOLDER / digest
        data = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(data).hexdigest() != digest:
            raise ReceivedLogError(
                f"The bytes of {name} are gone or changed since it was kept. Give the log "
                f"again: `forthwith challenges list --log FILE --volume {volume}`."
            )
        return privilege_log.read(name, data)

    log: ServedLog = room.remembered((LOG, digest, name), read)
    return log


def _lying(room: Room, volume: ReceivedVolume) -> tuple[list[ReceivedLog], list[str]]:
    """Return the logs that lie in a volume, and what looks like one and cannot be read."""
    read: tuple[list[tuple[str, ServedLog, bool]], list[str]] = room.remembered(
        ("logs lying in", volume.source), lambda: _read_lying(room, volume.source)
    )
    stray = {path for path, _, document in read[0] if document}
    controls = _controls_of(room, volume.source, stray) if stray else {}
    found = [
        ReceivedLog(volume.volume, volume.party, log, path, controls.get(path, ""))
        for path, log, document in read[0]
        # A file that is a document and is not here any more is not shown as a log either.
        if not document or path in controls
    ]
    return found, read[1]


def _read_lying(room: Room, source: str) -> tuple[list[tuple[str, ServedLog, bool]], list[str]]:
    """Return (path, log, whether it is a document) of one reception, each log once, and notes."""
    found: list[tuple[str, ServedLog, bool]] = []
    notes: list[str] = []
    entries: set[tuple[LogEntry, ...]] = set()
    for path, blob, document in sorted(_of_no_row(room, source)):
        suffix = PurePath(path).suffix.lower()
        name = PurePath(path).name
        if suffix in _PAPERS and "priv" in name.lower() and "log" in name.lower():
            notes.append(
                f"{path}: its name says that it is a privilege log, and it is no table; ask for it "
                "as CSV or XLSX"
            )
        if suffix not in _TABLES:
            continue
        try:
            with room.matter.evidence.open(blob) as data:
                if data.size > _LARGEST:
                    notes.append(f"{path} is too large to be looked into for a privilege log")
                    continue
                log = privilege_log.read(name, data.read(0, data.size))
        except EvidenceMissingError:
            notes.append(
                f"the bytes of {path} are gone, so whether it is a privilege log is unknown"
            )
            continue
        except UnreadableLogError:
            continue
        except Exception:  # noqa: BLE001 - a stranger's workbook fails in more ways than it names
            notes.append(f"{path} could not be read as a table")
            continue
        # The same log is often delivered as CSV and as workbook.
        contents = tuple(_without_place(entry) for entry in log.entries)
        if _is_log(log) and contents not in entries:
            entries.add(contents)
            found.append((path, log, document))
    return found, notes


def _without_place(entry: LogEntry) -> LogEntry:
    return replace(entry, place="")


def _is_log(log: ServedLog) -> bool:
    """Tell a log from other tables with such headings: most of its rows say why."""
    reasons = sum(bool(entry.basis) for entry in log.entries)
    return (
        "basis" in log.columns
        and bool({"description", "author", "recipients", "dated", "treatment"} & log.columns)
        and 0 < len(log.entries) <= 2 * reasons
    )


def _of_no_row(room: Room, source: str) -> Iterator[tuple[str, str, bool]]:
    """Yield path and blob of each delivered file no row names, and whether it is a document."""
    with room.matter.engine.connect() as connection:
        items = list(sources.items(connection, source))
    for item in items:
        if item.shape is not Shape.BUNDLE:
            continue
        try:
            table, files = reading.table_of(room.matter.evidence, item.blob)
        except EvidenceMissingError:
            continue
        used: set[str] = set()
        stray: set[str] = set()
        for row in received_table.rows(table):
            paths = {row.native, row.text, *(path for path, _, _ in row.pages)}
            (stray if row.head.step.startswith(_FILE) else used).update(paths)
        for path, blob in files.items():
            if path not in used:
                yield path, blob, path in stray


def _controls_of(room: Room, source: str, paths: set[str]) -> Mapping[str, str]:
    """Return the documents that delivered files are which no row names, by path."""
    standing = room.standing()
    with room.matter.engine.connect() as connection:
        numbered = received.numbers(connection)

    def made() -> dict[tuple[str, str], str]:
        found = {}
        for place in standing.columns.theirs.nonzero()[0]:
            control = standing.columns.controls[int(place)]
            if control in numbered:
                continue
            document = standing.store.information(int(place))
            steps = steps_of(document.locator)
            if len(steps) == 1 and steps[0].startswith(_FILE):
                found[document.source, steps[0].removeprefix(_FILE)] = control
        return found

    key = ("files of no row", standing.digest, standing.version)
    by_path: dict[tuple[str, str], str] = room.remembered(key, made)
    return {path: by_path[source, path] for path in paths if (source, path) in by_path}


def documents(room: Room) -> tuple[TheirDocument, ...]:
    """Return the numbered documents of other parties, by party, volume and number."""
    standing = room.standing()
    key = (LOG, standing.digest, standing.version)
    found: tuple[TheirDocument, ...] = room.remembered(key, lambda: _documents(room, standing))
    return found


def _documents(room: Room, standing: Standing) -> tuple[TheirDocument, ...]:
    columns = standing.columns
    with room.matter.engine.connect() as connection:
        numbers = received.numbers(connection)
    found = []
    for control, number in numbers.items():
        place = columns.place.get(control)
        if place is None:
            continue
        document = standing.store.information(place)
        log, redacted = slip_sheets.of_cells(
            (name, str(value.value))
            for field, value in document.fields.items()
            for name in (value.origin.rpartition(":")[2], field)
        )
        # The head that names sender and subject is the load file's; the sheet's words follow it.
        body = standing.store.body(place)
        if log is None and standing.store.length(place) - body <= 2 * slip_sheets.LONGEST:
            log = slip_sheets.of_text(standing.store.text(place)[0][body:])
        above = numbers.get(document.parent) if document.parent else None
        row = Row(
            number.volume, number.first, number.last, parent=above.first if above else "",
            name=document.name, native=document.size > 0 and log is None,
            withheld=log is not None, log=log or "", redacted=redacted,
        )  # fmt: skip
        found.append(TheirDocument(control, number.party, row))
    found.sort(key=lambda their: (their.party, their.row.volume, their.row.first, their.control))
    return tuple(found)


def named(log: ServedLog, documents: Sequence[TheirDocument]) -> list[NamedEntry]:
    """Return the entries of a log with what they name; `documents` are all of its party."""
    layers: list[dict[str, TheirDocument]] = []
    times: dict[str, int] = {}
    for document in documents:
        first = document.row.first
        layer = times[first] = times.get(first, -1) + 1
        if layer == len(layers):
            layers.append({})
        layers[layer][first] = document
    found: list[dict[str, TheirDocument]] = [{} for _ in log.entries]
    for by_number in layers:
        shelf = DocumentsByPage(document.row for document in by_number.values())
        for place, placed in enumerate(documents_named.placed([log], shelf)):
            for row in placed.documents:
                document = by_number[row.first]
                found[place][document.control] = document
    return [
        NamedEntry(entry, tuple(by_control.values()))
        for entry, by_control in zip(log.entries, found, strict=True)
    ]
