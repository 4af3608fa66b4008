"""Families withheld in part: the rest is neither produced nor logged (PL07).

What the checks of a volume miss is told in truer words where a log, or a slip-sheet, explains it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from forthwith.check.privilege_log.documents_named import DocumentsByPage, Placed, Run
from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.domain.privilege_logs import LogEntry
from forthwith.loadfiles import volume_rows
from forthwith.loadfiles.volume_rows import Row, Span
from forthwith.respond.categories import item
from forthwith.respond.deficiency.findings import TrackedFinding

#: Findings of checks about documents that are missed: an attachment, a parent, a run of numbers.
_FAMILY = frozenset({"FM01", "FM02"})
_MISSED = _FAMILY | {"BT04"}
_RUN = re.compile(r"(\S+) to (\S+)$")


def of_families(
    found: Iterable[TrackedFinding], entries: Sequence[Placed], shelf: DocumentsByPage
) -> tuple[list[TrackedFinding], list[TrackedFinding]]:
    """Return what checks found, less what the log explains or tells better, and PL07 in its place.

    Where a parent or an attachment is missed that an entry names, PL01 says so. Where what is
    missed belongs to a withheld document, its family is withheld in part.
    """
    kept, half = [], []
    logged = volume_rows.joined(Span(*run) for each in entries for run in each.entry.pages)
    near = _relatives(shelf)
    for each in found:
        if each.code in _MISSED and _covered(each, logged):
            continue
        beside = near.get(each.bates) if each.code in _FAMILY else None
        if beside is None:
            kept.append(each)
        else:
            what = "attachment" if each.bates in beside.children else "parent"
            message = (
                f"{beside.first} is withheld, and its {what} {each.bates} is neither produced nor "
                "logged"
            )
            half.append(item("PL07", message, bates=each.bates, volume=each.volume,
                             about=(beside.log or beside.first, each.bates)))  # fmt: skip
    told = {each.about[0] for each in half}
    half += (each for each in _too_few(entries, shelf) if each.about[0] not in told)
    return kept, half


def missed(found: Iterable[TrackedFinding]) -> list[Run]:
    """Return the runs of pages that checks miss."""
    runs = [_run(each) for each in found if each.code in _MISSED]
    return [each for each in runs if each is not None]


def _run(missed: TrackedFinding) -> Run | None:
    run = _RUN.search(missed.message) if missed.code == "BT04" else None
    try:
        first = Bates.parse(run[1] if run else missed.bates)
        return first, Bates.parse(run[2]) if run else first
    except NotABatesNumberError:
        return None


def _covered(missed: TrackedFinding, logged: Sequence[Span]) -> bool:
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


def _too_few(entries: Sequence[Placed], shelf: DocumentsByPage) -> Iterator[TrackedFinding]:
    """Yield entries with more attachments than were produced or logged."""
    families: dict[str, list[LogEntry]] = {}
    for each in entries:
        if each.entry.family:
            families.setdefault(each.entry.family, []).append(each.entry)
    below: dict[str, int] = {}
    for row in shelf.rows.values():
        below[row.parent] = below.get(row.parent, 0) + 1
    for each in entries:
        entry = each.entry
        known = _known(each, families, below)
        if entry.attached or known is None or not entry.attachments or known >= entry.attachments:
            continue
        many = f"{entry.attachments:,} attachment{'s' * (entry.attachments > 1)}"
        there = f"only {known:,} of them" if known else "none of them"
        verb = "is" if known < 2 else "are"
        message = f"{entry.called} has {many}, and {there} {verb} produced or logged"
        bates = each.documents[0].first if each.documents else ""
        about = (entry.name, "", str(entry.attachments))
        yield item("PL07", message, bates=bates, about=about)


def _known(
    each: Placed, families: Mapping[str, Sequence[LogEntry]], below: Mapping[str, int]
) -> int | None:
    """Count the attachments of an entry that are there; None where that cannot be told."""
    top = [row for row in each.documents if not row.parent]
    logged = sum(other.attached for other in families.get(each.entry.family, ()))
    if len(each.documents) == 1 and top:
        return max(below.get(top[0].first, 0), logged)
    return logged if each.entry.family and not each.documents else None
