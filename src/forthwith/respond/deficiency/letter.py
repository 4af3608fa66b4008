"""The deficiency letter: what was found in volumes received, by category, and the cure asked for.

Written from the register, so that every sentence of it is a finding with an id and anyone can see
it again in the same files. Neutral in tone: it says what is there and what is not. Structure:
reference, production.md 4.2.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from forthwith.domain.finding import Severity
from forthwith.domain.months import MonthMatrix
from forthwith.domain.tracked_finding import TrackedFinding
from forthwith.domain.volume_seen import VolumeSeen
from forthwith.papers.blocks import Block, Heading, Lines, Paper, Paragraph, Table, long_date
from forthwith.plain.csv_cells import as_text
from forthwith.standards.catalogue import FindingKind

#: Findings named in the letter; the list beside it has all.
_NAMED = 10
#: Months across one table of the letter.
_MONTHS = 6
#: What the matrix's own codes are called in the list's name.
LIST = "findings.csv"
MATRIX = "months.csv"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the letter is written from."""

    volumes: tuple[VolumeSeen, ...]
    #: Findings by id, as they stand.
    items: Mapping[str, TrackedFinding]
    #: What each code stands for.
    kinds: Mapping[str, FindingKind]
    matrix: MonthMatrix
    day: date
    #: The program's name and version.
    made_with: str
    matter: str = ""
    to: str = ""
    sender: str = ""
    received: date | None = None
    #: The day by which a cure is asked for.
    by: date | None = None
    #: Sets of requests that were compared: name, requests in it, whether responses were at hand.
    sets: tuple[tuple[str, int, bool], ...] = ()
    #: Privilege logs that were compared: file, entries in it, SHA-256.
    logs: tuple[tuple[str, int, str], ...] = ()
    notes: tuple[str, ...] = field(default=())


def compose(facts: Facts) -> Paper:
    """Return the letter."""
    parts = [*_parts(facts)]
    blocks: list[Block] = [*_opening(facts)]
    for number, (title, body) in enumerate(parts, 1):
        blocks += [Heading(f"{number}. {title}"), *body]
    sign = facts.sender or "______________________"
    blocks.append(Lines(("Respectfully submitted,", "", "", sign)))
    return Paper("Deficiency letter", tuple(blocks), facts.day, facts.sender)


def lists(facts: Facts) -> dict[str, bytes]:
    """Return the lists that go with the letter by name: every finding, and months by custodian."""
    rows = [_listed(facts, key, item) for key, item in facts.items.items()]
    heads = ("ID", "CODE", "CATEGORY", "SEVERITY", "VOLUME", "BATES", "FILE", "REQUEST", "FINDING",
             "RULE", "CURE", "STATE")  # fmt: skip
    months = ("CUSTODIAN", *map(str, facts.matrix.months), "NO DATE")
    counted = [
        (line.custodian, *map(str, line.counts), facts.matrix.undated.get(line.custodian, 0))
        for line in facts.matrix.lines
    ]
    return {LIST: _csv(heads, rows), MATRIX: _csv(months, counted)}


def _listed(facts: Facts, key: str, item: TrackedFinding) -> tuple[str, ...]:
    finding = item.finding
    return (
        key,
        finding.code,
        _title(facts, finding.code),
        str(finding.severity),
        finding.volume,
        finding.bates,
        finding.file,
        finding.request,
        finding.message,
        finding.clause,
        finding.cure,
        str(item.state),
    )


def _title(facts: Facts, code: str) -> str:
    """Return what a code is called; a register may hold one of a later version."""
    return facts.kinds[code].title if code in facts.kinds else code


def _csv(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(heads)
    # A cell that begins like a formula is made text: spreadsheets run what evidence brings.
    writer.writerows([[as_text(str(cell)) for cell in row] for row in rows])
    return text.getvalue().encode("utf-8-sig", "replace")


def _opening(facts: Facts) -> Iterator[Block]:
    yield Lines((long_date(facts.day),))
    if facts.to:
        yield Lines((facts.to,))
    names = ", ".join(volume.name for volume in facts.volumes)
    matter = (f"Re: {facts.matter}",) if facts.matter else ()
    yield Lines((*matter, f"{'' if matter else 'Re: '}Deficiencies in {names}"), bold=True)
    yield Paragraph(f"Dear {facts.to or 'Counsel'}:")
    received = f", received on {long_date(facts.received)}" if facts.received else ""
    count = len(facts.items)
    yield Paragraph(
        f"We write about {names}{received}. We found {count:,} point{'' if count == 1 else 's'} "
        "that we ask you to cure or to explain. Each has a number, by which we will keep track of "
        f"it; all are in {LIST}."
    )


def _parts(facts: Facts) -> Iterator[tuple[str, list[Block]]]:
    yield "What was received and how it was checked", [*_checked(facts)]
    yield "Summary", [_summary(facts)]
    for code, points in _by_code(facts.items):
        yield f"{_title(facts, code)} ({code})", [*_category(facts, code, points)]
    yield "Months by custodian", [*_months(facts.matrix)]
    yield "Conference", [Paragraph(_conference(facts))]
    yield "Reservation", [Paragraph(_RESERVATION)]


_RESERVATION = (
    "This letter rests on the files received so far. It waives nothing, and that a point is not "
    "raised here is no agreement that the production is complete. We reserve the right to "
    "supplement it."
)


def _checked(facts: Facts) -> Iterator[Block]:
    standards = " and ".join(dict.fromkeys(volume.standard for volume in facts.volumes))
    yield Paragraph(
        f"Every file received was opened and compared with the load files under the {standards}, "
        f"with {facts.made_with}. All numbers below are computed from the delivered files alone. "
        "The digest is SHA-256 over the SHA-256 and path of every file, sorted by path, so that "
        "both sides can see that they speak of the same files."
    )
    yield Table(
        ("Volume", "First page", "Last page"),
        tuple((volume.name, volume.first, volume.last) for volume in facts.volumes),
    )
    names = ("documents", "families", "pages", "natives", "unique")
    yield Table(
        ("Volume", *(name.capitalize() for name in names)),
        tuple(
            (volume.name, *(f"{volume.counts.get(name, 0):,}" for name in names))
            for volume in facts.volumes
        ),
    )
    yield Lines(tuple(f"{volume.name}: SHA-256 {volume.digest}" for volume in facts.volumes))
    yield Paragraph(_compared(facts.sets))
    for name, count, digest in facts.logs:
        many = f"{count:,} {'entry' if count == 1 else 'entries'}"
        yield Lines((f"Privilege log compared: {name}, {many}", f"SHA-256 {digest}"))
    for note in facts.notes:
        yield Paragraph(f"Not looked into: {note}.")


def _compared(sets: Sequence[tuple[str, int, bool]]) -> str:
    if not sets:
        return "The requests were not compared for this letter."
    listed = "; ".join(f"{name} ({count:,})" for name, count, _ in sets)
    silent = [name for name, _, served in sets if not served]
    none = f" We have no written responses to {'; '.join(silent)}." if silent else ""
    return f"Sets of requests compared, with the number of requests in each: {listed}.{none}"


def _summary(facts: Facts) -> Table:
    documents = sum(volume.counts.get("documents", 0) for volume in facts.volumes)
    rows = []
    for code, points in _by_code(facts.items):
        findings = [item.finding for _, item in points]
        numbers = {(point.volume, point.bates) for point in findings if point.bates}
        share = f"{100 * len(numbers) / documents:.1f}%" if numbers and documents else ""
        first = findings[0]
        title = _title(facts, code)
        rows.append((title, f"{len(findings):,}", share, str(first.severity), first.clause))
    return Table(("Category", "Points", "Share of documents", "Severity", "Rule"), tuple(rows))


def _category(
    facts: Facts, code: str, points: Sequence[tuple[str, TrackedFinding]]
) -> Iterator[Block]:
    first = points[0][1].finding
    yield Paragraph(f"The rule: {first.clause}. {_rule(facts, code)}".rstrip())
    yield Table(
        ("No.", "Where", "What was found"),
        tuple((key, item.finding.where, item.finding.message) for key, item in points[:_NAMED]),
    )
    if len(points) > _NAMED:
        yield Paragraph(f"{len(points) - _NAMED:,} more are in {LIST}.")
    by = f" by {long_date(facts.by)}" if facts.by else ""
    yield Paragraph(f"What we ask for{by}: {first.cure}")


def _rule(facts: Facts, code: str) -> str:
    """Return what the rule behind a code says, or what is seen where the title does not say it."""
    if code not in facts.kinds:
        return ""
    return facts.kinds[code].says or facts.kinds[code].meaning


def _months(matrix: MonthMatrix) -> Iterator[Block]:
    """Print the matrix in tables narrow enough for a page."""
    if not matrix.months:
        yield Paragraph("No document in the volumes has a date.")
        return
    yield Paragraph(
        "Documents by custodian and the month of their family's date, from the load files; "
        "withheld documents under the date the privilege log has, where there is one. Months "
        f"in which nobody has a document are left out here and stand in {MATRIX}."
    )
    busy = [
        place
        for place in range(len(matrix.months))
        if any(line.counts[place] for line in matrix.lines)
    ]
    for start in range(0, len(busy), _MONTHS):
        places = busy[start : start + _MONTHS]
        yield Table(
            ("Custodian", *(str(matrix.months[place]) for place in places)),
            tuple(
                (line.custodian or "(none)", *(f"{line.counts[place]:,}" for place in places))
                for line in matrix.lines
            ),
        )


def _conference(facts: Facts) -> str:
    by = f" before {long_date(facts.by)}" if facts.by else ""
    return (
        f"We propose to confer{by} in good faith on any point you dispute, by telephone or in "
        "person, and ask for times that suit you. Should a point remain, we would certify that "
        "conference in a motion under Fed. R. Civ. P. 37(a)(1) and, where it applies, state under "
        "LCvR 7(m) whether the motion is opposed. We would be glad to avoid one."
    )


def _by_code(
    items: Mapping[str, TrackedFinding],
) -> list[tuple[str, list[tuple[str, TrackedFinding]]]]:
    """Group findings by code, graver ones first."""
    grades = list(Severity)

    def rank(point: tuple[str, TrackedFinding]) -> tuple[int, str]:
        finding = point[1].finding
        return grades.index(finding.severity), finding.code

    groups = groupby(sorted(items.items(), key=rank), key=lambda point: point[1].finding.code)
    return [(code, list(points)) for code, points in groups]
