"""Does a cure hold: looked for in the new volume, never taken on anyone's word.

A cure that cannot be seen there is not verified, and says why; that is no finding against it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from forthwith.check.responses import months as completeness
from forthwith.check.responses.mentioned import DeliveredNames, Kind
from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.domain.finding import Finding, Severity
from forthwith.domain.privilege_logs import ServedLog
from forthwith.loadfiles import volume_rows
from forthwith.loadfiles.volume_rows import Row, Span
from forthwith.respond import cures_log
from forthwith.respond.cures_log import Outcome
from forthwith.respond.deficiency.findings import TrackedFinding

_RUN = re.compile(r"(\S+) to (\S+)$")


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


def look(item: TrackedFinding, new: Shipped, was: tuple[str, str] | None = None) -> Outcome:
    """Look for the cure of `item` in a volume.

    `was` is the first and last number of the volume the finding was made in: what is wrong with a
    whole volume is cured by one that holds all of it.
    """
    if new.log is not None:
        return cures_log.in_log(item, new.log)
    if item.code.startswith("PL"):
        return cures_log.in_volume(item, new.name, new.rows)
    if item.code == "RQ08":
        return _pages(item, new)
    if item.code == "RQ07" and len(item.about) > 1:
        return _holding(item, new)
    if item.code in {"RQ04", "RQ07"}:
        return _custodian(item, new)
    if item.code == "RQ05":
        return _months(item, new)
    if item.code == "RQ06":
        return _mentioned(item, new)
    if item.code.startswith("RQ"):
        return Outcome(False, "a volume cannot show it; the written response can")
    return _checked(item, new, was)


def _checked(item: TrackedFinding, new: Shipped, was: tuple[str, str] | None) -> Outcome:
    """Look for what a check of the volume found."""
    absent = _absent(item, new, was)
    if absent:
        return Outcome(False, absent)
    for each in new.findings:
        if each.code == item.code and each.bates == item.bates:
            return Outcome(False, f"the check of {new.name} finds it again: {each.message}")
    for each in new.findings:
        if item.bates and each.bates == item.bates and each.severity is Severity.FATAL:
            return Outcome(False, f"{item.bates} in {new.name} has {each.code}: {each.message}")
    where = f"{item.bates} is in {new.name}" if item.bates else f"{new.name} holds all documents"
    return Outcome(True, f"{where}, and its check does not find {item.code} there")


def _absent(item: TrackedFinding, new: Shipped, was: tuple[str, str] | None) -> str:
    """Return why the volume cannot show the cure; "" when it can."""
    held = volume_rows.spans(new.rows)
    wanted = [item.bates] if item.bates else list(was or ())
    if item.code == "BT04" and (run := _RUN.search(item.message)) is not None:
        wanted = [run[1], run[2]]
        if any(key == run[1] or key.startswith(f"{run[1]} - ") for key in new.excepted):
            return ""
    if not wanted:
        return f"which documents {new.name} should hold is not known"
    try:
        numbers = [Bates.parse(each) for each in wanted]
    except NotABatesNumberError:
        return f"{wanted[0]} is no Bates number to look for"
    # Both ends in one joined run: everything between them is there too.
    if item.code == "BT04" and len(numbers) > 1:
        return "" if any(all(each in span for each in numbers) for span in held) else (
            f"{wanted[0]} to {wanted[1]} are not all in {new.name}"
        )  # fmt: skip
    missing = [
        text
        for text, number in zip(wanted, numbers, strict=True)
        if not any(number in span for span in held) and text not in new.excepted
    ]
    return f"{missing[0]} is not in {new.name}" if missing else ""


def _pages(item: TrackedFinding, new: Shipped) -> Outcome:
    held = volume_rows.spans(new.rows)
    for first, last in zip(item.about[::2], item.about[1::2], strict=True):
        try:
            wanted = Span(Bates.parse(first), Bates.parse(last))
        except NotABatesNumberError:
            return Outcome(False, f"{first} to {last} is no run of pages to look for")
        if wanted.first.pages_to(wanted.last) is None or volume_rows.lacking(wanted, held):
            return Outcome(False, f"{first} to {last} are not all in {new.name}")
    return Outcome(True, f"{new.name} has the pages")


def _custodian(item: TrackedFinding, new: Shipped) -> Outcome:
    [name] = item.about or ("",)
    if completeness.uncollected({each for row in new.rows for each in row.people}, [name]):
        return Outcome(False, f"{new.name} has no document of {name}")
    return Outcome(True, f"{new.name} has documents of {name}")


def _holding(item: TrackedFinding, new: Shipped) -> Outcome:
    name, first, last = item.about
    days = [
        row.day
        for row in new.rows
        if row.day is not None and not completeness.uncollected(row.people, [name])
    ]
    there = any(first <= day.isoformat() <= last for day in days)
    has = "documents" if there else "no document"
    return Outcome(there, f"{new.name} has {has} of {name} dated from {first} through {last}")


def _months(item: TrackedFinding, new: Shipped) -> Outcome:
    name, *holes = item.about
    days = {row.day for row in new.rows if row.custodian == name and row.day is not None}
    for hole in holes:
        first, _, last = hole.partition(" to ")
        if not any(first <= _month(day) <= (last or first) for day in days):
            return Outcome(False, f"{new.name} has no document of {name} dated in {hole}")
    return Outcome(True, f"{new.name} has documents of {name} in {', '.join(holes)}")


def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def _mentioned(item: TrackedFinding, new: Shipped) -> Outcome:
    kind, what = item.about
    held = DeliveredNames(new.rows)
    if kind == Kind.ATTACHED:
        there = any(row.parent == item.bates for row in new.rows)
    elif kind == Kind.PARENT:
        there = held.message(what) or held.subject(what)
    elif kind == Kind.BATES:
        there = any(Bates.parse(what) in span for span in volume_rows.spans(new.rows))
    else:
        there = held.names(what)
    named = what or f"an attachment of {item.bates}"
    return Outcome(there, f"{named} is {'' if there else 'not '}in {new.name}")
