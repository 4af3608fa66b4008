"""Monthly reports of the books that a matter made: noted in the journal, looked at by `verify`.

    books-2026-01/report.json    as `books report` wrote it, with the SHA-256 that the entry has

The folder lies where its maker wanted it and may be taken away; a report that is there and is not
what was made is told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from forthwith.record import journal
from forthwith.record.matter import Matter

_ACTION = "books report"
DATA = "report.json"


@dataclass(frozen=True, slots=True)
class NotedReport:
    """One version of a month's report."""

    month: str
    version: int
    #: Where it was written: below the matter, or anywhere.
    folder: str
    #: Of its data, `report.json`.
    sha256: str
    #: What a reader must know first.
    headline: tuple[str, ...]
    #: Shortfalls it prints: asset, first and last day.
    short: tuple[tuple[str, str, str], ...] = ()


def note(matter: Matter, report: NotedReport) -> None:
    """Tell the journal of a report. The caller holds the matter (`Matter.alone`)."""
    body = {
        "month": report.month,
        "version": report.version,
        "folder": report.folder,
        "sha256": report.sha256,
        "headline": list(report.headline),
        "short": [list(row) for row in report.short],
    }
    with matter.writing() as connection:
        journal.append(connection, _ACTION, body)


def noted(connection: sa.Connection) -> list[NotedReport]:
    """Return the latest version of each month, in the order of months."""
    latest: dict[str, NotedReport] = {}
    for entry in journal.of(connection, _ACTION):
        body = entry.facts()
        latest[body["month"]] = NotedReport(
            body["month"],
            body["version"],
            body["folder"],
            body["sha256"],
            tuple(body["headline"]),
            tuple((asset, first, last) for asset, first, last in body["short"]),
        )
    return [latest[month] for month in sorted(latest)]


def broken(matter: Matter, connection: sa.Connection) -> Iterator[str]:
    """Yield a sentence for each report that is there and is not what was made."""
    for entry in journal.of(connection, _ACTION):
        body = entry.facts()
        place = matter.folder / Path(str(body["folder"])) / DATA
        if place.is_file() and hashlib.sha256(place.read_bytes()).hexdigest() != body["sha256"]:
            yield (
                f"{body['folder']}/{DATA}: the report of {body['month']}, version "
                f"{body['version']}, is not what was made"
            )
