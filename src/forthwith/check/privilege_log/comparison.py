"""Privilege logs against the documents of all volumes; without one, what is withheld.

What is logged and not withheld, withheld and not logged (PL01 and on), and families withheld in
part: the rest neither produced nor logged (PL07). What the checks of a volume miss is said in truer
words where a log, or a slip-sheet, explains it. An entry is joined to documents by
`documents_named`; what an entry must state is `elements`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from forthwith.check.privilege_log import documents_named, elements
from forthwith.check.privilege_log.documents_named import DocumentsByPage, Placed, Run, in_full
from forthwith.check.privilege_log.elements import Stranger
from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.domain.finding import Finding
from forthwith.domain.privilege_logs import LogEntry, ServedLog
from forthwith.loadfiles import slip_sheets, volume_rows
from forthwith.loadfiles.volume_rows import Row, Span
from forthwith.standards import catalogue

#: Documents named in one sentence.
_NAMED = 5
#: Findings of checks about documents that are missed: an attachment, a parent, a run of numbers.
_FAMILY = frozenset({"FM01", "FM02"})
_MISSED = _FAMILY | {"BT04"}
_RUN = re.compile(r"(\S+) to (\S+)$")


def of_entries(
    entries: Sequence[Placed], shelf: DocumentsByPage, absent: Sequence[Run] = ()
) -> Iterator[Finding]:
    """Yield entries whose document is produced in full, or for which nothing stands (PL01).

    `absent` are runs that the checks of the volumes miss.
    """
    for placed in entries:
        entry = placed.entry
        if not entry.claims:
            continue
        whole = [row for row in placed.documents if in_full(row, shelf)]
        if whole:
            yield _produced(entry, whole)
        elif any(row.log for row in placed.documents) and not shelf.unborne(entry):
            continue
        elif runs := shelf.lacking(entry, absent):
            listed = ", ".join(_run(*run) for run in runs[:_NAMED])
            message = f"{entry.called} is for {listed}, where the volumes have no page"
            yield _nothing(entry, message, str(runs[0][0]))
        elif not shelf.knows(entry) and (numbers := shelf.unborne(entry)):
            listed = ", ".join(numbers[:_NAMED])
            message = f"no slip-sheet in the volumes bears the number {listed}"
            yield _nothing(entry, message)


def _produced(entry: LogEntry, whole: Sequence[Row]) -> Finding:
    listed = ", ".join(row.first for row in whole[:_NAMED])
    more = f" and {len(whole) - _NAMED:,} more" if len(whole) > _NAMED else ""
    verb = "is" if len(whole) == 1 else "are"
    message = (
        f"{entry.called} says that {listed}{more} {verb} withheld; {whole[0].volume} has "
        f"{'it' if len(whole) == 1 else 'them'} in full, without a redaction"
    )
    about = (entry.name, "produced", *(row.first for row in whole))
    return catalogue.finding(
        "PL01", message, bates=whole[0].first, volume=whole[0].volume, about=about
    )


def _nothing(entry: LogEntry, message: str, bates: str = "") -> Finding:
    return catalogue.finding("PL01", message, bates=bates, about=(entry.name, "absent"))


def of_documents(entries: Sequence[Placed], shelf: DocumentsByPage) -> Iterator[Finding]:
    """Yield withheld documents that no entry names (PL02), redacted ones where privilege is why."""
    named = {row.first for placed in entries for row in placed.documents}
    for row in shelf.rows.values():
        if row.first in named:
            continue
        if row.withheld:
            sheet = f" (its slip-sheet says {row.log})" if row.log else ""
            message = f"{row.first} is withheld{sheet}, and no entry of the log names it"
            yield catalogue.finding(
                "PL02", message, bates=row.first, volume=row.volume, about=(row.log,)
            )
        elif slip_sheets.for_privilege(row.redacted):
            message = f"{row.first} is redacted ({row.redacted}), and no entry of the log names it"
            yield catalogue.finding(
                "PL02", message, bates=row.first, volume=row.volume, about=(row.log,)
            )


def without_log(shelf: DocumentsByPage) -> Iterator[Finding]:
    """Yield one finding a volume that withholds documents, where no log was served (PL03)."""
    by_volume: dict[str, list[Row]] = {}
    for row in shelf.withheld:
        by_volume.setdefault(row.volume, []).append(row)
    for volume, rows in by_volume.items():
        many = "1 document is" if len(rows) == 1 else f"{len(rows):,} documents are"
        listed = ", ".join(row.first for row in rows[:_NAMED])
        more = ", …" if len(rows) > _NAMED else ""
        message = f"{many} withheld from {volume} ({listed}{more}), and we have no privilege log"
        # Pairs: the number in the volume and the one on the slip-sheet.
        about = tuple(number for row in rows for number in (row.first, row.log))
        yield catalogue.finding("PL03", message, volume=volume, about=about)


def _run(first: Bates, last: Bates) -> str:
    return str(first) if first == last else f"{first} to {last}"


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
    runs = [_missed_run(finding) for finding in checked if finding.code in _MISSED]
    return [run for run in runs if run is not None]


def _missed_run(missed: Finding) -> Run | None:
    run = _RUN.search(missed.message) if missed.code == "BT04" else None
    try:
        first = Bates.parse(run[1] if run else missed.bates)
        return first, Bates.parse(run[2]) if run else first
    except NotABatesNumberError:
        return None


def _covered(missed: Finding, logged: Sequence[Span]) -> bool:
    """Tell whether entries name every page that a check misses."""
    run = _missed_run(missed)
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


@dataclass(frozen=True, slots=True)
class LogComparison:
    """What the logs show of the volumes."""

    entries: list[Placed]
    #: Findings of the checks that stay, and what the logs add.
    checked: list[Finding]
    added: list[Finding]
    #: What of the logs was not read or could not be compared.
    notes: list[str]


def compared(
    logs: Sequence[ServedLog],
    rows: Sequence[Row],
    checked: Sequence[Finding],
    stranger: Stranger | None = None,
) -> LogComparison:
    """Compare logs with the documents of all volumes; `checked` are findings of their checks."""
    shelf = DocumentsByPage(rows)
    placed = documents_named.placed(logs, shelf)
    absent = missed(checked)
    kept, in_part = of_families(checked, placed, shelf)
    added: list[Finding] = []
    if logs:
        added.extend(of_entries(placed, shelf, absent))
    else:
        added.extend(without_log(shelf))
    if logs and not documents_named.unjoined(logs, placed, shelf):
        added.extend(of_documents(placed, shelf))
    for log in logs:
        own = elements.heads([entry for entry in placed if entry.log is log])
        added.extend(elements.of_elements(log, own))
        added.extend(elements.of_descriptions(own))
    if stranger is not None:
        added.extend(elements.of_outsiders(placed, stranger))
    added.extend(in_part)
    notes = list(documents_named.notes(logs, placed, shelf, absent))
    return LogComparison(placed, kept, added, notes)
