"""Privilege logs against the volumes: what is logged and not withheld, withheld and not logged.

An entry is joined to documents by `documents_named`. What an entry must state is `elements`,
families withheld in part are `families`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from forthwith.check.privilege_log.documents_named import DocumentsByPage, Placed, Run, in_full
from forthwith.domain.bates import Bates
from forthwith.domain.finding import Finding
from forthwith.domain.privilege_logs import LogEntry
from forthwith.loadfiles import slip_sheets
from forthwith.loadfiles.volume_rows import Row
from forthwith.standards import catalogue

#: Documents named in one sentence.
_NAMED = 5
#: An entry with such a treatment claims nothing any more.
_LET_GO = re.compile(r"produced|withdrawn|released|downgraded", re.IGNORECASE)
_STILL = re.compile(r"withh[eo]ld|redact|part", re.IGNORECASE)


def of_entries(
    entries: Sequence[Placed], shelf: DocumentsByPage, absent: Sequence[Run] = ()
) -> Iterator[Finding]:
    """Yield entries whose document is produced in full, or for which nothing stands (PL01).

    `absent` are runs that the checks of the volumes miss.
    """
    for placed in entries:
        entry = placed.entry
        if _LET_GO.search(entry.treatment) and not _STILL.search(entry.treatment):
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
