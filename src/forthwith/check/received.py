"""One volume received: checked, and read document by document for what its own checks cannot see.

Slip-sheets that only their words give away count as withheld; what the rows say of requests,
people and privilege is `responses` and `privilege_log`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from forthwith.check import files
from forthwith.check.context import CheckContext
from forthwith.check.cures import Shipped
from forthwith.check.reporting import Report
from forthwith.check.run import run
from forthwith.check.volume import Volume, open_volume
from forthwith.domain.volume_seen import VolumeSeen
from forthwith.loadfiles import slip_sheets, volume_rows
from forthwith.loadfiles.volume_rows import Row
from forthwith.plain import charset
from forthwith.standards.loader import Standard

#: Bytes: no slip-sheet's text is longer, in any encoding.
_SHEET = 8 * slip_sheets.LONGEST


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
            if row is not None:
                yield row, charset.decode(self.volume.folder.read(path)).text


def receive(
    folder: Path, standard: Standard, *, workers: int = 1, load_files_only: bool = False
) -> ReceivedVolume:
    """Open and check one volume. Raises VolumeUnreadableError."""
    report = run(folder, standard, workers=workers, load_files_only=load_files_only)
    volume = open_volume(folder, standard)
    rows = volume_rows.rows(report.volume, volume.columns, standard)
    return ReceivedVolume(volume, report, _with_sheets(volume, rows))


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
    for path in sorted(entry for entry in folder.rglob("*") if entry.is_file()):
        with path.open("rb") as file:
            own = hashlib.file_digest(file, "sha256").hexdigest()
        whole.update(f"{own}  {path.relative_to(folder).as_posix()}\n".encode())
    return whole.hexdigest()
