"""Privilege logs held against the documents of all volumes; without one, what is withheld."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forthwith.check.privilege_log import documents_named, elements, entries, families
from forthwith.check.privilege_log.documents_named import DocumentsByPage, Placed
from forthwith.check.privilege_log.elements import Stranger
from forthwith.domain.finding import Finding
from forthwith.domain.privilege_logs import ServedLog
from forthwith.loadfiles.volume_rows import Row


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
    absent = families.missed(checked)
    kept, in_part = families.of_families(checked, placed, shelf)
    added: list[Finding] = []
    if logs:
        added.extend(entries.of_entries(placed, shelf, absent))
    else:
        added.extend(entries.without_log(shelf))
    if logs and not documents_named.unjoined(logs, placed, shelf):
        added.extend(entries.of_documents(placed, shelf))
    for log in logs:
        own = elements.heads([entry for entry in placed if entry.log is log])
        added.extend(elements.of_elements(log, own))
        added.extend(elements.of_descriptions(own))
    if stranger is not None:
        added.extend(elements.of_outsiders(placed, stranger))
    added.extend(in_part)
    notes = list(documents_named.notes(logs, placed, shelf, absent))
    return LogComparison(placed, kept, added, notes)
