"""Families withheld in part: the rest is neither produced nor logged (PL07).

What the checks of a volume miss is said in truer words where a log, or a slip-sheet, explains it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from forthwith.check.privilege_log.documents_named import DocumentsByPage, Placed, Run
from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.domain.finding import Finding
from forthwith.domain.privilege_logs import LogEntry
from forthwith.loadfiles import volume_rows
from forthwith.loadfiles.volume_rows import Row, Span
from forthwith.standards import catalogue

#: Findings of checks about documents that are missed: an attachment, a parent, a run of numbers.
_FAMILY = frozenset({"FM01", "FM02"})
_MISSED = _FAMILY | {"BT04"}
_RUN = re.compile(r"(\S+) to (\S+)$")


def of_families(
    checked: Iterable[Finding], entries: Sequence[Placed], shelf: DocumentsByPage
) -> tuple[list[Finding], list[Finding]]:
    """Return what checks found, less what the log explains or says better, and PL07 in its place.

    Where a parent or an attachment is missed that an entry names, PL01 says so. Where what is
    missed belongs to a withheld document, its family is withheld in part.
    """
    kept, in_part = [], []
    logged = volume_rows.joined(Span(*run) for placed in entries for run in placed.entry.pages)
    relatives = _relatives(shelf)
    for finding in checked:
        if finding.code in _MISSED and _covered(finding, logged):
            continue
        withheld = relatives.get(finding.bates) if finding.code in _FAMILY else None
        if withheld is None:
            kept.append(finding)
            continue
        what = "attachment" if finding.bates in withheld.children else "parent"
        message = (
            f"{withheld.first} is withheld, and its {what} {finding.bates} is neither produced nor "
            "logged"
        )
        about = (withheld.log or withheld.first, finding.bates)
        in_part.append(
            catalogue.finding(
                "PL07", message, bates=finding.bates, volume=finding.volume, about=about
            )
        )
    reported = {finding.about[0] for finding in in_part}
    in_part += (few for few in _too_few(entries, shelf) if few.about[0] not in reported)
    return kept, in_part


def missed(checked: Iterable[Finding]) -> list[Run]:
    """Return the runs of pages that checks miss."""
    runs = [_run(finding) for finding in checked if finding.code in _MISSED]
    return [run for run in runs if run is not None]


def _run(missed: Finding) -> Run | None:
    run = _RUN.search(missed.message) if missed.code == "BT04" else None
    try:
        first = Bates.parse(run[1] if run else missed.bates)
        return first, Bates.parse(run[2]) if run else first
    except NotABatesNumberError:
        return None


def _covered(missed: Finding, logged: Sequence[Span]) -> bool:
    """Tell whether entries name every page that a check misses."""
    run = _run(missed)
    if run is None or run[0].pages_to(run[1]) is None:
        return False
    return not volume_rows.lacking(Span(*run), logged)


def _relatives(shelf: DocumentsByPage) -> dict[str, Row]:
    """Return withheld documents by the numbers of their parents and attachments."""
    return {
        number: row for row in shelf.withheld for number in (row.parent, *row.children) if number
    }


def _too_few(entries: Sequence[Placed], shelf: DocumentsByPage) -> Iterator[Finding]:
    """Yield entries with more attachments than were produced or logged."""
    families: dict[str, list[LogEntry]] = {}
    for placed in entries:
        if placed.entry.family:
            families.setdefault(placed.entry.family, []).append(placed.entry)
    below: dict[str, int] = {}
    for row in shelf.rows.values():
        below[row.parent] = below.get(row.parent, 0) + 1
    for placed in entries:
        entry = placed.entry
        known = _known(placed, families, below)
        if entry.attached or known is None or not entry.attachments or known >= entry.attachments:
            continue
        many = f"{entry.attachments:,} attachment{'s' * (entry.attachments > 1)}"
        there = f"only {known:,} of them" if known else "none of them"
        verb = "is" if known < 2 else "are"
        message = f"{entry.called} has {many}, and {there} {verb} produced or logged"
        bates = placed.documents[0].first if placed.documents else ""
        about = (entry.name, "", str(entry.attachments))
        yield catalogue.finding("PL07", message, bates=bates, about=about)


def _known(
    placed: Placed, families: Mapping[str, Sequence[LogEntry]], below: Mapping[str, int]
) -> int | None:
    """Count the attachments of an entry that are there; None where that cannot be told."""
    top = [row for row in placed.documents if not row.parent]
    logged = sum(entry.attached for entry in families.get(placed.entry.family, ()))
    if len(placed.documents) == 1 and top:
        return max(below.get(top[0].first, 0), logged)
    return logged if placed.entry.family and not placed.documents else None
