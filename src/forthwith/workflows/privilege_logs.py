"""Privilege logs opened for `deficiency` and `reply`, and compared with the volumes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from forthwith.check.privilege_log import (
    documents_named,
    families,
)
from forthwith.check.privilege_log import (
    elements as log_entries,
)
from forthwith.check.privilege_log import (
    entries as logged,
)
from forthwith.check.privilege_log.documents_named import DocumentsByPage, Placed
from forthwith.check.privilege_log.elements import Stranger
from forthwith.domain.privilege_logs import ServedLog
from forthwith.formats.served import privilege_log
from forthwith.loadfiles.volume_rows import Row
from forthwith.respond.deficiency.findings import TrackedFinding
from forthwith.review.privilege.people import Mailbox, Roster, Sides
from forthwith.workflows.attorney_list import attorney_list

#: Why outsiders were not looked for, where only one half of what it takes is known.
_HALF = (
    "outsiders among author and recipients of the log's entries: that takes both a list of "
    "attorneys and the mail domains of the producing side"
)


@dataclass(frozen=True, slots=True)
class Opened:
    """One log, and the digest of its file."""

    log: ServedLog
    digest: str


@dataclass(frozen=True, slots=True)
class Compared:
    """Logs held against the volumes."""

    entries: list[Placed]
    #: Findings of the checks that stay, and what the logs add.
    checked: list[TrackedFinding]
    items: list[TrackedFinding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read(paths: Sequence[Path]) -> list[Opened]:
    """Open logs. Raises UnreadableLogError."""
    held = [(path, path.read_bytes()) for path in paths]
    return [
        Opened(privilege_log.read(path.name, data), hashlib.sha256(data).hexdigest())
        for path, data in held
    ]


def compared(
    opened: Sequence[Opened],
    rows: Sequence[Row],
    checked: Sequence[TrackedFinding],
    stranger: Stranger | None = None,
) -> Compared:
    """Compare logs with the documents of all volumes; `checked` are findings of their checks."""
    logs, shelf = [each.log for each in opened], DocumentsByPage(rows)
    entries = documents_named.placed(logs, shelf)
    absent = families.missed(checked)
    kept, half = families.of_families(checked, entries, shelf)
    made = Compared(entries, kept)
    if logs:
        made.items.extend(logged.of_entries(entries, shelf, absent))
    else:
        made.items.extend(logged.without_log(shelf))
    if logs and not documents_named.unjoined(logs, entries, shelf):
        made.items.extend(logged.of_documents(entries, shelf))
    for log in logs:
        held = log_entries.heads([each for each in entries if each.log is log])
        made.items.extend(log_entries.of_elements(log, held))
        made.items.extend(log_entries.of_descriptions(held))
    if stranger is not None:
        made.items.extend(log_entries.of_outsiders(entries, stranger))
    made.items.extend(half)
    made.notes.extend(documents_named.notes(logs, entries, shelf, absent))
    return made


def stranger(attorneys: Path | None, domains: Sequence[str]) -> tuple[Stranger | None, list[str]]:
    """Return who is an outsider, or None and why that is not known. Raises AttorneyListError."""
    if attorneys is None or not domains:
        return None, [_HALF] if attorneys is not None or domains else []
    own = tuple(each.strip().lower().lstrip("@") for each in domains)
    roster = Roster(attorney_list(attorneys), Sides(own_domains=own))

    def outside(address: str, day: date | None) -> bool:
        return roster.stranger(Mailbox.parse(address), day, ())

    return outside, []
