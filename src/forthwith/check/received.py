"""One volume received: checked, and read document by document for what its own checks cannot see.

Slip-sheets that only their words give away count as withheld; what the rows say of requests,
people and privilege is `responses` and `privilege_log`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path, PurePosixPath

from forthwith.check import files
from forthwith.check.context import CheckContext
from forthwith.check.cures import Shipped
from forthwith.check.families import Families, resolve
from forthwith.check.folder import Folder
from forthwith.check.reporting import Report
from forthwith.check.run import judge, run
from forthwith.check.volume import Volume, open_volume
from forthwith.domain.volume_seen import VolumeSeen
from forthwith.loadfiles import slip_sheets
from forthwith.loadfiles.volume_rows import Row
from forthwith.plain import charset
from forthwith.plain.regular_files import open_regular
from forthwith.standards.loader import Standard

#: Bytes: no slip-sheet's text is longer, in any encoding.
_SHEET = 8 * slip_sheets.LONGEST
#: Where a document's own day is looked for, the surest first.
_DAYS = ("date_sent", "date_modified", "date_created")


@dataclass(frozen=True, slots=True)
class ReceivedVolume:
    """One volume, opened and checked."""

    volume: Volume
    report: Report
    #: One for each document, in the order of the load file.
    rows: list[Row]

    @property
    def seen(self) -> VolumeSeen:
        """Return what a letter says of it; reads every file, for the digest."""
        return VolumeSeen(
            name=self.report.volume,
            standard=self.volume.standard.title,
            digest=digest(self.volume.folder.root),
            first=self.rows[0].first if self.rows else "",
            last=self.rows[-1].last if self.rows else "",
            counts=self.report.counts,
        )

    @property
    def shipped(self) -> Shipped:
        """Return what a cure is looked for in."""
        return Shipped(
            self.report.volume, self.rows, self.report.findings, dict(self.volume.excepted)
        )

    def texts(self) -> Iterator[tuple[Row, str]]:
        """Yield each document with its delivered text, one at a time."""
        texts = files.locate(CheckContext(self.volume)).texts
        by_number = {row.first: row for row in self.rows}
        for place, path in texts.items():
            row = by_number.get(self.volume.cell("first_bates", place))
            if row is None:
                continue
            try:
                data = self.volume.folder.read(path)
            except OSError:
                # The check has told of a text that cannot be read.
                continue
            yield row, charset.decode(data).text


def receive(
    folder: Path, standard: Standard, *, workers: int = 1, load_files_only: bool = False
) -> ReceivedVolume:
    """Open and check one volume. Raises VolumeUnreadableError."""
    if folder.is_file():
        # Says why an archive in a volume's place cannot be read as one.
        run(folder, standard)
    volume = open_volume(folder, standard)
    return opened(volume, workers=workers, load_files_only=load_files_only)


def opened(volume: Volume, *, workers: int = 1, load_files_only: bool = False) -> ReceivedVolume:
    """Check a volume whose load files are read already."""
    report = judge(volume, workers=workers, load_files_only=load_files_only)
    return ReceivedVolume(volume, report, _with_sheets(volume, documents(volume)))


def documents(volume: Volume) -> list[Row]:
    """Return one row for each document that has a number, in the order of the load file."""
    if not volume.has("first_bates"):
        return []
    cell, rules = volume.cell, volume.standard.load_file
    families = resolve(volume)
    numbers = [number.strip() for number in volume.bates]
    days = [_day(volume, place) for place in range(len(numbers))]
    logs = [slip_sheets.of_cell(cell("withheld", place)) for place in range(len(numbers))]
    parents = set(families.parent.values())
    return [
        Row(
            volume=volume.name,
            first=number,
            last=cell("last_bates", place) or number,
            parent=parent_of(volume, families, place),
            custodian=cell("custodian", place),
            day=days[families.top(place)] or days[place],
            name=cell("file_name", place),
            subject=cell("subject", place),
            message_id=cell("message_id", place),
            header=cell("header", place).replace(rules.newline, "\n"),
            has_attachments=place in parents or bool(cell("children", place)),
            native=bool(cell("native_path", place)),
            children=volume.children[place],
            withheld=logs[place] is not None,
            log=logs[place] or "",
            redacted=redacted if slip_sheets.redacted(redacted := cell("redacted", place)) else "",
            copies=tuple(rules.several(cell("all_custodians", place))),
        )
        for place, number in enumerate(numbers)
        if number
    ]


def parent_of(volume: Volume, families: Families, place: int) -> str:
    """Return the first number of whom a document belongs to; it may not be in the volume."""
    if place in families.parent:
        return volume.cell("first_bates", families.parent[place])
    if families.key == "parent":
        return volume.cell("parent", place)
    if families.label:
        return ""
    start = families.starts[place].strip()
    return "" if start == volume.cell("first_bates", place) else start


def _day(volume: Volume, place: int) -> date | None:
    form = volume.standard.formats.date
    for role in _DAYS:
        # A vendor may have put the time there too, after the day.
        day = re.match(rf"{form.pattern}(?!\S)", volume.cell(role, place))
        if day is not None and (read := form.read(day[0])) is not None:
            return read
    return None


def _with_sheets(volume: Volume, rows: list[Row]) -> list[Row]:
    """Return the rows, those marked that only the words of a slip-sheet say are withheld."""
    links, logs = volume.column("native_path"), dict[str, str]()
    for place, cell in enumerate(volume.column("text_path")):
        path = None if links[place].strip() or not cell else volume.folder.resolve(cell)
        if path is not None and volume.folder.sizes[path] <= _SHEET:
            log = slip_sheets.of_text(charset.decode(volume.folder.read(path)).text)
            if log is not None:
                logs[volume.cell("first_bates", place)] = log
    return [
        row
        if row.withheld or row.first not in logs
        else replace(row, withheld=True, log=logs[row.first])
        for row in rows
    ]


def digest(folder: Path) -> str:
    """Return one SHA-256 over every file's SHA-256 and path, sorted by path, as `sha256sum` has."""
    whole = hashlib.sha256()
    for path in sorted(Folder.walk(folder).sizes, key=PurePosixPath):
        with open_regular(folder / path) as file:
            own = hashlib.file_digest(file, "sha256").hexdigest()
        whole.update(f"{own}  {path}\n".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()
