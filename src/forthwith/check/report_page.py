"""The findings as one page a lawyer can read, file and print; nothing in it comes from elsewhere.

A script only sorts and filters its tables; the page reads well without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby

from forthwith.check.reporting import Report
from forthwith.domain.finding import Finding, Severity
from forthwith.papers.html import (
    FIND,
    Column,
    Html,
    defined,
    element,
    link,
    listed,
    numbers,
    page,
    table,
)
from forthwith.standards.catalogue import AREAS

#: Findings of one check listed in full; the JSON has all.
_LISTED = 1_000
_COUNTED = {
    "documents": "documents",
    "families": "families",
    "unique": "unique families",
    "pages": "pages",
    "natives": "natives",
}
#: Rem that a capital letter of a number takes, and the room beside it.
_LETTER, _ROOM = 0.64, 1.0


def html(report: Report, *, title: str, day: date | None = None) -> str:
    """Return the page. `title` is the standard's, as cited; `day` is when the check was made."""
    heading = f"Check of volume {report.volume}"
    checked_on = f" on {day.day} {day:%B %Y}" if day else ""
    lead = (
        f"Against {title}{checked_on}. Every statement below was computed from the delivered files "
        "alone."
    )
    counts = {
        label: f"{report.counts[name]:,}"
        for name, label in _COUNTED.items()
        if name in report.counts
    }
    parts = [
        element("h1", heading),
        element("p", lead, class_="lead quiet"),
        _verdict(report),
        numbers(counts),
        *_summary(report),
        *_findings(report),
        *_seals(report),
        *_notes(report),
        *_not_checked(report),
    ]
    return page(heading, parts, interactive=True)


def _verdict(report: Report) -> Html:
    if report.clean:
        sentence = "Nothing was found. The volume is as the standard asks."
        return element("p", sentence, class_="verdict")
    by_severity = {
        severity: sum(finding.severity == severity for finding in report.findings)
        for severity in Severity
    }
    worst = next(severity for severity in Severity if by_severity[severity])
    parts = ", ".join(f"{count:,} {severity}" for severity, count in by_severity.items() if count)
    places = len({finding.bates for finding in report.findings if finding.bates})
    at = f" at {_many(places, 'Bates number')}" if places else ""
    findings = element("b", _many(len(report.findings), "finding"))
    return element("p", findings, f"{at}: {parts}.", class_=f"verdict {worst}")


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _by_code(report: Report) -> list[tuple[str, list[Finding]]]:
    """Group findings by check: areas in the order that matters, graver checks first."""
    areas = list(AREAS)
    grades = list(Severity)

    def rank(finding: Finding) -> tuple[int, int, str]:
        area = finding.code[:2]
        place = areas.index(area) if area in areas else len(areas)
        return grades.index(finding.severity), place, finding.code

    ordered = sorted(report.findings, key=rank)
    return [
        (code, list(group)) for code, group in groupby(ordered, key=lambda finding: finding.code)
    ]


def _summary(report: Report) -> Iterator[Html]:
    if report.clean:
        return
    yield element("h2", "What was found")
    yield table(
        (Column("Check", "whole"), "What", "Area", "Severity", Column("Findings", "number")),
        (
            (
                link(f"#{code}", code),
                _title(report, code),
                AREAS.get(code[:2], ""),
                _tag(group[0]),
                f"{len(group):,}",
            )
            for code, group in _by_code(report)
        ),
        sortable=True,
    )


def _title(report: Report, code: str) -> str:
    return report.kinds[code].title if code in report.kinds else code


def _tag(finding: Finding) -> Html:
    return element("span", str(finding.severity), class_=f"tag {finding.severity}")


def _findings(report: Report) -> Iterator[Html]:
    if report.clean:
        return
    yield element("h2", "Finding by finding")
    yield FIND
    longest = max(len(finding.bates) for finding in report.findings)
    columns = (
        Column("Bates number", "whole", f"{max(10, longest * _LETTER + _ROOM):.1f}rem"),
        Column("What is wrong"),
        Column("File", width="13rem"),
        Column("Row", "number", "4.5rem"),
    )
    for code, group in _by_code(report):
        yield _card(report, code, group, columns)


def _card(report: Report, code: str, group: Sequence[Finding], columns: Sequence[Column]) -> Html:
    """Return one check with its findings."""
    explained = {"Rests on": group[0].clause, "Cure": group[0].cure}
    if kind := report.kinds.get(code):
        explained = {"Meaning": kind.meaning, "Usual cause": kind.cause, **explained}
    rows = (
        (
            finding.bates,
            finding.message,
            finding.file,
            "" if finding.row is None else f"{finding.row:,}",
        )
        for finding in group[:_LISTED]
    )
    parts = [
        element(
            "header",
            element("h3", _title(report, code)),
            element("span", code, class_="quiet"),
            _tag(group[0]),
        ),
        defined(explained),
        table(columns, rows, sortable=True),
    ]
    if (left := len(group) - _LISTED) > 0:
        parts.append(element("p", f"{left:,} more are in the JSON of this check.", class_="quiet"))
    return element("section", *parts, class_="card", id=code)


def _seals(report: Report) -> Iterator[Html]:
    if report.seals:
        yield element("h2", "Who signed it, and what that does not prove")
        yield listed([f"{seal.file}: {seal.verdict} {seal.limits}" for seal in report.seals])


def _notes(report: Report) -> Iterator[Html]:
    if not report.notes:
        return
    left = len(report.notes) - _LISTED
    more = [f"and {left:,} more"] if left > 0 else []
    yield element("h2", "What could not be looked into")
    yield listed([*report.notes[:_LISTED], *more])


def _not_checked(report: Report) -> Iterator[Html]:
    if not report.not_checked:
        return
    yield element("h2", "Not checked under this standard")
    yield table(
        (Column("Check", "whole"), "What", "Why"),
        ((check.code, check.title, check.why) for check in report.not_checked),
    )
