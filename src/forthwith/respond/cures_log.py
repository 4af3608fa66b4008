"""Does a cure hold of what is withheld or logged: looked for in a new volume, or in a new log.

A volume shows that a document was produced or that a slip-sheet stands for it; a log shows what is
claimed and stated. What takes the other of the two stays unverified, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forthwith.check.privilege_log import documents_named
from forthwith.check.privilege_log import elements as log_entries
from forthwith.check.privilege_log.documents_named import DocumentsByPage, Placed
from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.domain.privilege_logs import LogEntry, ServedLog
from forthwith.loadfiles.volume_rows import Row
from forthwith.respond.deficiency.findings import TrackedFinding


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the look showed."""

    holds: bool
    why: str


def in_volume(item: TrackedFinding, name: str, rows: Sequence[Row]) -> Outcome:
    """Look for the cure of a PL finding among the documents of a new volume."""
    shelf = DocumentsByPage(rows)
    match item.code:
        case "PL01":
            return _stands(item, name, shelf)
        case "PL03":
            return _produced(item.about[::2], name, shelf)
        case "PL07" if len(item.about) > 2:
            return _attached(item, name, rows)
        case "PL07":
            return _produced(item.about[1:], name, shelf)
        case _ if item.bates:
            return _produced((item.bates,), name, shelf)
        case _:
            return Outcome(False, f"{name} cannot show what an entry states; the log can")


def _stands(item: TrackedFinding, name: str, shelf: DocumentsByPage) -> Outcome:
    """Look for a slip-sheet, a redacted copy or, where there was nothing, the document."""
    entry, how, *numbers = item.about
    wanted = numbers or ([item.bates] if item.bates else [])
    if not wanted:
        there = bool(shelf.bearing(entry))
        return Outcome(there, f"a slip-sheet in {name} bears the number {entry}" if there else
                       f"no slip-sheet in {name} bears the number {entry}")  # fmt: skip
    for number in wanted:
        row = shelf.at(number)
        if row is None:
            return Outcome(False, f"{number} is not in {name}")
        if how == "produced" and not (row.withheld or row.redacted):
            return Outcome(False, f"{name} has {number} in full as well; that the entry is "
                           "withdrawn the log can show")  # fmt: skip
    held = [shelf.at(number) for number in wanted]
    shut = all(row is not None and (row.withheld or row.redacted) for row in held)
    how = "withheld or redacted" if shut else "produced"
    return Outcome(True, f"{name} shows {', '.join(wanted)} as {how}")


def _produced(numbers: Sequence[str], name: str, shelf: DocumentsByPage) -> Outcome:
    for number in numbers:
        row = shelf.at(number)
        if row is None:
            return Outcome(False, f"{number} is not in {name}; that it is logged the log can show")
        if row.withheld:
            return Outcome(False, f"{number} is withheld in {name} too; what is claimed for it the "
                           "log can show")  # fmt: skip
    return Outcome(True, f"{name} has {', '.join(numbers[:5])} produced")


def _attached(item: TrackedFinding, name: str, rows: Sequence[Row]) -> Outcome:
    wanted = int(item.about[2])
    found = sum(row.parent == item.bates for row in rows) if item.bates else 0
    return Outcome(found >= wanted, f"{name} has {found:,} of {wanted:,} attachments")


def in_log(item: TrackedFinding, log: ServedLog) -> Outcome:
    """Look for the cure of a finding in a new privilege log."""
    match item.code:
        case "PL01":
            return _withdrawn(item, log)
        case "PL02" | "FM01" | "FM02":
            return _named(((item.bates, item.about[0] if item.about else ""),), log)
        case "PL03":
            return _named(list(zip(item.about[::2], item.about[1::2], strict=True)), log)
        case "PL04" | "PL05":
            return _stated(item, log)
        case "PL07" if len(item.about) > 2:
            return _family(item, log)
        case "PL07":
            return _named(((item.bates, ""),), log)
        case "PL06":
            return Outcome(False, f"{log.name} cannot show why the privilege holds with somebody "
                           "else about")  # fmt: skip
        case _:
            return Outcome(False, f"{log.name} is a privilege log and cannot show it")


def _withdrawn(item: TrackedFinding, log: ServedLog) -> Outcome:
    entry, how, *numbers = item.about
    claimed = any(_entry(log, number) for number in numbers) or bool(_entry(log, entry))
    if claimed:
        return Outcome(False, f"{log.name} still has {entry}")
    if how == "produced":
        return Outcome(True, f"{log.name} claims nothing for {', '.join(numbers)}, which was "
                       "produced")  # fmt: skip
    return Outcome(False, f"{log.name} has {entry} no more; that it was produced a volume can show")


def _named(wanted: Sequence[tuple[str, str]], log: ServedLog) -> Outcome:
    """Tell whether entries name documents by number, or by the number on the slip-sheet."""
    for number, sheet in wanted:
        if not (_entry(log, number) or (sheet and _entry(log, sheet))):
            return Outcome(False, f"{log.name} has no entry that names {number}")
    return Outcome(True, f"{log.name} names {', '.join(number for number, _ in wanted[:5])}")


def _stated(item: TrackedFinding, log: ServedLog) -> Outcome:
    """Look at the entry again; one that is gone shows nothing."""
    first = item.about[0] or (log.entries[0].name if log.entries else "")
    if not _entry(log, first):
        return Outcome(False, f"{log.name} has no entry {first}; that its document was produced a "
                       "volume can show")  # fmt: skip
    for each in _again(item, log):
        return Outcome(False, f"in {log.name}, {each.message}")
    return Outcome(True, f"{log.name} states what was missing")


def _again(item: TrackedFinding, log: ServedLog) -> Iterator[TrackedFinding]:
    held = log_entries.heads([Placed(log, each) for each in log.entries])
    if item.code == "PL05":
        for each in log_entries.of_descriptions(held):
            same = log_entries.words(each.about[1]) == log_entries.words(item.about[1])
            if same or each.about[0] == item.about[0]:
                yield each
        return
    for each in log_entries.of_elements(log, held):
        columns = each.about[0] == ""
        if (columns or each.about[0] == item.about[0]) and {*each.about[1:]} & {*item.about[1:]}:
            yield each


def _family(item: TrackedFinding, log: ServedLog) -> Outcome:
    entry = _entry(log, item.about[0])
    if entry is None or not entry.family:
        return Outcome(False, f"{log.name} does not say which entries are attached to "
                       f"{item.about[0]}")  # fmt: skip
    found = sum(each.attached and each.family == entry.family for each in log.entries)
    wanted = int(item.about[2])
    return Outcome(found >= wanted, f"{log.name} has {found:,} of {wanted:,} attachments")


def _entry(log: ServedLog, number: str) -> LogEntry | None:
    """Return the entry that is called so, or names the page."""
    try:
        page = Bates.parse(number)
    except NotABatesNumberError:
        page = None
    for each in log.entries:
        if number and number in (each.name, *each.numbers):
            return each
        if page is not None and any(documents_named.meet((page, page), run) for run in each.pages):
            return each
    return None
