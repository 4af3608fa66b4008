"""Does a cure hold: looked for in the new volume or the new log, never taken on anyone's word.

A volume shows that a document was produced or that a slip-sheet stands for it; a log shows what is
claimed and stated. A cure that cannot be seen in the one it is said to be in is not verified, and
says which of the two would show it; that is no finding against it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from forthwith.check.privilege_log import documents_named, elements
from forthwith.check.privilege_log.documents_named import DocumentsByPage, Placed
from forthwith.check.responses import months
from forthwith.check.responses.mentioned import DeliveredNames, Kind
from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.domain.finding import Finding, Severity
from forthwith.domain.privilege_logs import LogEntry, ServedLog
from forthwith.domain.tracked_finding import CureResult
from forthwith.loadfiles import volume_rows
from forthwith.loadfiles.volume_rows import Row, Span

_RUN = re.compile(r"(\S+) to (\S+)$")
#: Documents named in one sentence.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Shipped:
    """The volume a cure is said to be in, as checked; or the privilege log."""

    name: str
    rows: Sequence[Row]
    findings: Sequence[Finding] = ()
    #: Numbers its exceptions paper explains.
    excepted: Mapping[str, str] = field(default_factory=dict)
    #: A log in place of a volume.
    log: ServedLog | None = None


def look(finding: Finding, new: Shipped, was: tuple[str, str] | None = None) -> CureResult:
    """Look for the cure of a finding in a volume, or in a privilege log.

    `was` is the first and last number of the volume the finding was made in: what is wrong with a
    whole volume is cured by one that holds all of it.
    """
    if new.log is not None:
        return _in_log(finding, new.log)
    match finding.code:
        case "RQ08":
            return _pages(finding, new)
        case "RQ07" if len(finding.about) > 1:
            return _holding(finding, new)
        case "RQ04" | "RQ07":
            return _custodian(finding, new)
        case "RQ05":
            return _months(finding, new)
        case "RQ06":
            return _mentioned(finding, new)
        case code if code.startswith("RQ"):
            return CureResult(False, "a volume cannot show it; the written response can")
        case code if code.startswith("PL"):
            return _withheld(finding, new)
        case _:
            return _checked(finding, new, was)


# What a check of the volume found.


def _checked(finding: Finding, new: Shipped, was: tuple[str, str] | None) -> CureResult:
    if absent := _absent(finding, new, was):
        return CureResult(False, absent)
    for again in new.findings:
        if (again.code, again.bates) == (finding.code, finding.bates):
            return CureResult(False, f"the check of {new.name} finds it again: {again.message}")
    number = finding.bates
    for other in new.findings:
        if number and other.bates == number and other.severity is Severity.FATAL:
            return CureResult(False, f"{number} in {new.name} has {other.code}: {other.message}")
    where = f"{number} is in {new.name}" if number else f"{new.name} holds all documents"
    return CureResult(True, f"{where}, and its check does not find {finding.code} there")


def _absent(finding: Finding, new: Shipped, was: tuple[str, str] | None) -> str:
    """Return why the volume cannot show the cure; "" when it can."""
    spans = volume_rows.spans(new.rows)
    wanted = [finding.bates] if finding.bates else list(was or ())
    if finding.code == "BT04" and (run := _RUN.search(finding.message)) is not None:
        wanted = [run[1], run[2]]
        if any(key == run[1] or key.startswith(f"{run[1]} - ") for key in new.excepted):
            return ""
    if not wanted:
        return f"which documents {new.name} should hold is not known"
    try:
        numbers = [Bates.parse(text) for text in wanted]
    except NotABatesNumberError:
        return f"{wanted[0]} is no Bates number to look for"
    if finding.code == "BT04" and len(numbers) > 1:
        # Both ends in one joined run: everything between them is there too.
        whole = any(all(number in span for number in numbers) for span in spans)
        return "" if whole else f"{wanted[0]} to {wanted[1]} are not all in {new.name}"
    missing = [
        text
        for text, number in zip(wanted, numbers, strict=True)
        if not any(number in span for span in spans) and text not in new.excepted
    ]
    return f"{missing[0]} is not in {new.name}" if missing else ""


# Requests, people, months and documents mentioned.


def _pages(finding: Finding, new: Shipped) -> CureResult:
    spans = volume_rows.spans(new.rows)
    for first, last in zip(finding.about[::2], finding.about[1::2], strict=True):
        try:
            wanted = Span(Bates.parse(first), Bates.parse(last))
        except NotABatesNumberError:
            return CureResult(False, f"{first} to {last} is no run of pages to look for")
        if wanted.first.pages_to(wanted.last) is None or volume_rows.lacking(wanted, spans):
            return CureResult(False, f"{first} to {last} are not all in {new.name}")
    return CureResult(True, f"{new.name} has the pages")


def _custodian(finding: Finding, new: Shipped) -> CureResult:
    [name] = finding.about or ("",)
    if months.uncollected({person for row in new.rows for person in row.people}, [name]):
        return CureResult(False, f"{new.name} has no document of {name}")
    return CureResult(True, f"{new.name} has documents of {name}")


def _holding(finding: Finding, new: Shipped) -> CureResult:
    name, first, last = finding.about
    days = [
        row.day
        for row in new.rows
        if row.day is not None and not months.uncollected(row.people, [name])
    ]
    there = any(first <= day.isoformat() <= last for day in days)
    has = "documents" if there else "no document"
    return CureResult(there, f"{new.name} has {has} of {name} dated from {first} through {last}")


def _months(finding: Finding, new: Shipped) -> CureResult:
    name, *holes = finding.about
    days = {row.day for row in new.rows if row.custodian == name and row.day is not None}
    for hole in holes:
        first, _, last = hole.partition(" to ")
        if not any(first <= _month(day) <= (last or first) for day in days):
            return CureResult(False, f"{new.name} has no document of {name} dated in {hole}")
    return CureResult(True, f"{new.name} has documents of {name} in {', '.join(holes)}")


def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def _mentioned(finding: Finding, new: Shipped) -> CureResult:
    kind, what = finding.about
    delivered = DeliveredNames(new.rows)
    if kind == Kind.ATTACHED:
        there = any(row.parent == finding.bates for row in new.rows)
    elif kind == Kind.PARENT:
        there = delivered.message(what) or delivered.subject(what)
    elif kind == Kind.BATES:
        there = any(Bates.parse(what) in span for span in volume_rows.spans(new.rows))
    else:
        there = delivered.names(what)
    subject = what or f"an attachment of {finding.bates}"
    return CureResult(there, f"{subject} is {'' if there else 'not '}in {new.name}")


# What is withheld, looked for in a volume.


def _withheld(finding: Finding, new: Shipped) -> CureResult:
    shelf = DocumentsByPage(new.rows)
    match finding.code:
        case "PL01":
            return _stands(finding, new.name, shelf)
        case "PL03":
            return _produced(finding.about[::2], new.name, shelf)
        case "PL07" if len(finding.about) > 2:
            return _attached(finding, new)
        case "PL07":
            return _produced(finding.about[1:], new.name, shelf)
        case _ if finding.bates:
            return _produced((finding.bates,), new.name, shelf)
        case _:
            return CureResult(False, f"{new.name} cannot show what an entry states; the log can")


def _stands(finding: Finding, name: str, shelf: DocumentsByPage) -> CureResult:
    """Look for a slip-sheet, a redacted copy or, where there was nothing, the document."""
    entry, how, *numbers = finding.about
    wanted = numbers or ([finding.bates] if finding.bates else [])
    if not wanted:
        there = bool(shelf.bearing(entry))
        sheet = "a slip-sheet" if there else "no slip-sheet"
        return CureResult(there, f"{sheet} in {name} bears the number {entry}")
    closed = []
    for number in wanted:
        row = shelf.at(number)
        if row is None:
            return CureResult(False, f"{number} is not in {name}")
        closed.append(row.withheld or bool(row.redacted))
        if how == "produced" and not closed[-1]:
            why = "in full as well; that the entry is withdrawn the log can show"
            return CureResult(False, f"{name} has {number} {why}")
    shown = "withheld or redacted" if all(closed) else "produced"
    return CureResult(True, f"{name} shows {', '.join(wanted)} as {shown}")


def _produced(numbers: Sequence[str], name: str, shelf: DocumentsByPage) -> CureResult:
    for number in numbers:
        row = shelf.at(number)
        if row is None:
            why = f"{number} is not in {name}; that it is logged the log can show"
            return CureResult(False, why)
        if row.withheld:
            why = f"{number} is withheld in {name} too; what is claimed for it the log can show"
            return CureResult(False, why)
    return CureResult(True, f"{name} has {', '.join(numbers[:_NAMED])} produced")


def _attached(finding: Finding, new: Shipped) -> CureResult:
    wanted = int(finding.about[2])
    there = sum(row.parent == finding.bates for row in new.rows) if finding.bates else 0
    return CureResult(there >= wanted, f"{new.name} has {there:,} of {wanted:,} attachments")


# What is claimed and stated, looked for in a privilege log.


def _in_log(finding: Finding, log: ServedLog) -> CureResult:
    about = finding.about
    match finding.code:
        case "PL01":
            return _withdrawn(finding, log)
        case "PL02" | "FM01" | "FM02":
            return _logged(((finding.bates, about[0] if about else ""),), log)
        case "PL03":
            return _logged(list(zip(about[::2], about[1::2], strict=True)), log)
        case "PL04" | "PL05":
            return _stated(finding, log)
        case "PL07" if len(about) > 2:
            return _family(finding, log)
        case "PL07":
            return _logged(((finding.bates, ""),), log)
        case "PL06":
            why = f"{log.name} cannot show why the privilege holds with somebody else about"
            return CureResult(False, why)
        case _:
            return CureResult(False, f"{log.name} is a privilege log and cannot show it")


def _withdrawn(finding: Finding, log: ServedLog) -> CureResult:
    entry, how, *numbers = finding.about
    if any(_entry(log, number) for number in (*numbers, entry)):
        return CureResult(False, f"{log.name} still has {entry}")
    if how == "produced":
        pages = ", ".join(numbers)
        return CureResult(True, f"{log.name} claims nothing for {pages}, which was produced")
    why = f"{log.name} has {entry} no more; that it was produced a volume can show"
    return CureResult(False, why)


def _logged(wanted: Sequence[tuple[str, str]], log: ServedLog) -> CureResult:
    """Tell whether entries name documents by number, or by the number on the slip-sheet."""
    for number, sheet in wanted:
        if not (_entry(log, number) or (sheet and _entry(log, sheet))):
            return CureResult(False, f"{log.name} has no entry that names {number}")
    numbers = ", ".join(number for number, _ in wanted[:_NAMED])
    return CureResult(True, f"{log.name} names {numbers}")


def _stated(finding: Finding, log: ServedLog) -> CureResult:
    """Look at the entry again; one that is gone shows nothing."""
    entry = finding.about[0] or (log.entries[0].name if log.entries else "")
    if not _entry(log, entry):
        why = f"{log.name} has no entry {entry}; that its document was produced a volume can show"
        return CureResult(False, why)
    for again in _again(finding, log):
        return CureResult(False, f"in {log.name}, {again.message}")
    return CureResult(True, f"{log.name} states what was missing")


def _again(finding: Finding, log: ServedLog) -> Iterator[Finding]:
    """Yield what the new log lacks of what the finding is about."""
    entries = elements.heads([Placed(log, entry) for entry in log.entries])
    if finding.code == "PL05":
        described = elements.words(finding.about[1])
        for new in elements.of_descriptions(entries):
            if elements.words(new.about[1]) == described or new.about[0] == finding.about[0]:
                yield new
        return
    for new in elements.of_elements(log, entries):
        # A column that is absent is absent from every entry.
        same_entry = new.about[0] in ("", finding.about[0])
        if same_entry and {*new.about[1:]} & {*finding.about[1:]}:
            yield new


def _family(finding: Finding, log: ServedLog) -> CureResult:
    head = _entry(log, finding.about[0])
    if head is None or not head.family:
        why = f"{log.name} does not say which entries are attached to {finding.about[0]}"
        return CureResult(False, why)
    there = sum(entry.attached and entry.family == head.family for entry in log.entries)
    wanted = int(finding.about[2])
    return CureResult(there >= wanted, f"{log.name} has {there:,} of {wanted:,} attachments")


def _entry(log: ServedLog, number: str) -> LogEntry | None:
    """Return the entry that is called so, or names the page."""
    try:
        page = Bates.parse(number)
    except NotABatesNumberError:
        page = None
    for entry in log.entries:
        if number and number in (entry.name, *entry.numbers):
            return entry
        if page is not None and any(documents_named.meet((page, page), run) for run in entry.pages):
            return entry
    return None
