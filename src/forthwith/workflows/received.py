"""Volumes opened once for `deficiency` and `reply`: checked, and read as `respond` asks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from forthwith.check import Report, run
from forthwith.check import catalogue as codes
from forthwith.check import files as delivered
from forthwith.check.context import CheckContext
from forthwith.check.cures import Shipped
from forthwith.check.volume import Volume, open_volume
from forthwith.loadfiles import slip_sheets
from forthwith.loadfiles import volume_rows as rows_of
from forthwith.loadfiles.volume_rows import Row
from forthwith.papers.blocks import Paper
from forthwith.papers.docx import as_docx
from forthwith.papers.pdf import as_pdf
from forthwith.papers.text import as_text
from forthwith.plain import charset
from forthwith.record.workers import default_workers
from forthwith.respond.categories import CATEGORIES
from forthwith.respond.deficiency.letter import VolumeSeen
from forthwith.standards.loader import Standard

#: Bytes: no slip-sheet's text is longer, in any encoding.
_SHEET = 8 * slip_sheets.LONGEST


@dataclass(frozen=True, slots=True)
class Received:
    """One volume, opened and checked."""

    volume: Volume
    report: Report
    rows: list[Row]
    folder: Path

    @property
    def seen(self) -> VolumeSeen:
        """Return what a letter says of it."""
        return VolumeSeen(
            name=self.report.volume,
            standard=self.volume.standard.title,
            digest=digest(self.folder),
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
        found = delivered.locate(CheckContext(self.volume)).texts
        by_number = {row.first: row for row in self.rows}
        for place, path in found.items():
            row = by_number.get(self.volume.cell("first_bates", place))
            if row is not None:
                yield row, charset.decode(self.volume.folder.read(path)).text


def receive(folder: Path, standard: Standard, *, load_files_only: bool = False) -> Received:
    """Open and check one volume. Raises VolumeUnreadableError."""
    report = run(folder, standard, workers=default_workers(), load_files_only=load_files_only)
    volume = open_volume(folder, standard)
    rows = rows_of.rows(report.volume, volume.columns, standard)
    return Received(volume, report, _with_sheets(volume, rows), folder)


def _with_sheets(volume: Volume, rows: list[Row]) -> list[Row]:
    """Return the rows, those marked that only the words of a slip-sheet say are withheld."""
    links, told = volume.column("native_path"), dict[str, str]()
    for place, cell in enumerate(volume.column("text_path")):
        path = None if links[place].strip() or not cell else volume.folder.resolve(cell)
        if path is not None and volume.folder.sizes[path] <= _SHEET:
            log = slip_sheets.of_text(charset.decode(volume.folder.read(path)).text)
            if log is not None:
                told[volume.cell("first_bates", place)] = log
    return [
        row
        if row.withheld or row.first not in told
        else replace(row, withheld=True, log=told[row.first])
        for row in rows
    ]


def digest(folder: Path) -> str:
    """Return one SHA-256 over every file's SHA-256 and path, sorted by path, as `sha256sum` has."""
    whole = hashlib.sha256()
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        with path.open("rb") as file:
            each = hashlib.file_digest(file, "sha256").hexdigest()
        whole.update(f"{each}  {path.relative_to(folder).as_posix()}\n".encode())
    return whole.hexdigest()


def titles(standard: Standard) -> dict[str, str]:
    """Return what every code is called under a standard."""
    checks = {code: each.title for code, each in codes.checks(standard).items()}
    return checks | {code: each.title for code, each in CATEGORIES.items()}


def says(standard: Standard) -> dict[str, str]:
    """Return what the rule behind every code comes to under a standard."""
    checks = {code: each.meaning for code, each in codes.checks(standard).items()}
    return checks | {code: each.says for code, each in CATEGORIES.items()}


def write(paper: Paper, into: Path, name: str, more: Sequence[tuple[str, bytes]]) -> list[Path]:
    """Write a letter in its three forms, and what goes with it; returns the files."""
    into.mkdir(parents=True, exist_ok=True)
    files = [
        (f"{name}.docx", as_docx(paper)),
        (f"{name}.pdf", as_pdf(paper)),
        (f"{name}.txt", as_text(paper.blocks)),
        *more,
    ]
    for file, data in files:
        (into / file).write_bytes(data)
    return [into / file for file, _ in files]
