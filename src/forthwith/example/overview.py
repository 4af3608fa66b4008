"""The page a lawyer reads at the end of the demo: what was collected, lost, produced and found.

One HTML file without script, fonts or pictures from elsewhere; it prints well. Everything shown is
given by the caller: documents, the object of `status --json`, and the objects of `check --json`.

The answering section of the overview: each request, what the other side lacks, the papers.

The custody section of the overview: the question, the answer before and after, two sentences.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from forthwith.custody.answers.answers import Answer
from forthwith.custody.statements.results import StatementResult, spoken
from forthwith.domain import fields
from forthwith.domain.bates import Bates
from forthwith.domain.documents import Document
from forthwith.domain.evidence import Kind
from forthwith.domain.tracked_finding import TrackedFinding
from forthwith.example.page import STYLE, count, last_part, size, table, tail
from forthwith.example.plot import ASKED, END, START, STAYS, TURNS, Plot, pages
from forthwith.example.received import SeededFault
from forthwith.example.timeline import Dated, by_year, svg
from forthwith.respond.registers.requests import RequestRegister, RequestStatus

_GROUPS_SHOWN = 8
_KINDS = {
    Kind.EMAIL: "e-mails",
    Kind.CHAT: "days of chat",
    Kind.CALENDAR: "calendar files",
    Kind.CONTACT: "contact files",
    Kind.EDOC: "other files",
}
_DATES = (fields.SENT, fields.STARTS, fields.RECEIVED, fields.MODIFIED, fields.CREATED)


@dataclass(frozen=True, slots=True)
class CheckedVolume:
    """One volume and what the check said of it."""

    #: The heading: "Our volume VOL001".
    heading: str
    #: The object of `check --json`.
    report: Mapping[str, Any]
    #: What was spoiled on purpose, where this is known.
    seeded: Sequence[SeededFault] = ()


def render_overview(
    matter: str,
    documents: Sequence[Document],
    status: Mapping[str, Any],
    volumes: Sequence[CheckedVolume],
    day: str = "",
    custody: str = "",
) -> str:
    """Return the page as HTML.

    `documents` are all of the matter, in families; `status` is the object of `status --json`;
    `day` is shown as the day of the report, where given; `custody` is a section in HTML already.
    """
    sections = (
        _head(matter, documents, status, day),
        custody,
        _collected(status),
        _over_time(documents),
        _families(documents),
        _duplicates(documents),
        _faults(documents),
        _containers(status),
        "".join(_volume(each) for each in volumes),
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(matter)}: from evidence to a checked production</title>"
        f"<style>{STYLE}</style></head><body><main>{''.join(sections)}</main></body></html>\n"
    )


def _head(matter: str, documents: Sequence[Document], status: Mapping[str, Any], day: str) -> str:
    total = status.get("total", {})
    lost = sum(each.lost for each in documents)
    families = sum(each.parent is None for each in documents)
    custodians = len({each.custodian for each in documents})
    unaccounted = int(total.get("unaccounted", 0))
    said = (
        "Every item that was collected is either a document or a named fault; nothing is missing."
        if not unaccounted
        else f"{unaccounted} items are not accounted for; see the containers below."
    )
    numbers = {
        "items collected": total.get("collected", 0),
        "documents": len(documents),
        "families": families,
        "copies of others": total.get("duplicates", 0),
        "not readable": lost,
        "not accounted for": unaccounted,
    }
    boxes = "".join(f"<li><b>{count(held)}</b>{name}</li>" for name, held in numbers.items())
    dated = f'<p class="quiet">{escape(day)}</p>' if day else ""
    return (
        f"<h1>{escape(matter)}</h1>{dated}"
        f'<p class="lead">Evidence of {custodians} custodians became {count(len(documents))} '
        f"documents in {count(families)} families. {said}</p>"
        f'<ul class="numbers">{boxes}</ul>'
    )


def _collected(status: Mapping[str, Any]) -> str:
    rows = [
        (
            each.get("custodian", ""),
            last_part(str(each.get("path") or each.get("origin") or each.get("id", ""))),
            count(each.get("collected", 0)),
            size(each.get("bytes", 0)),
            count(each.get("documents", 0)),
            count(each.get("families", 0)),
            count(each.get("faults", 0)),
            count(each.get("unaccounted", 0)),
        )
        for each in status.get("sources", ())
    ]
    head = (
        "Custodian",
        "Source",
        "Items",
        "Size",
        "Documents",
        "Families",
        "Not readable",
        "Unaccounted",
    )
    return "<h2>What was collected</h2>" + table(head, rows, numeric=range(2, 8))


def _over_time(documents: Sequence[Document]) -> str:
    tops = {each.control_number: each for each in documents if each.parent is None}
    dated = [
        Dated(each.custodian, _sort(each), _date(tops.get(each.family, each)) or _date(each))
        for each in documents
    ]
    years = by_year(dated)
    columns = sorted({year for row in years.values() for year in row})
    rows = [
        (name, *(count(row.get(year, 0)) for year in columns), count(sum(row.values())))
        for name, row in years.items()
    ]
    listed = table(
        ("Custodian", *columns, "All"), rows, "The same by year.", range(1, len(columns) + 2)
    )
    picture = svg(dated, "Documents over time, by custodian")
    return f"<h2>Documents over time</h2>{picture}{listed}"


def _sort(document: Document) -> str:
    if document.kind is Kind.CHAT:
        return "chat"
    mail = document.kind is Kind.EMAIL and document.parent is None
    return "e-mail" if mail else "attachments and files"


def _date(document: Document) -> str:
    return next((held for name in _DATES if (held := document.text_of(name))), "")


def _families(documents: Sequence[Document]) -> str:
    sizes = Counter(each.family for each in documents)
    alone = sum(size == 1 for size in sizes.values())
    kinds = Counter(each.kind for each in documents)
    listed = ", ".join(
        f"{count(kinds[kind])} {word}" for kind, word in _KINDS.items() if kinds[kind]
    )
    largest = sorted(sizes, key=lambda family: (-sizes[family], family))[:_GROUPS_SHOWN]
    tops = {each.control_number: each for each in documents}
    rows = [
        (str(family), _shown(tops[family]), tops[family].custodian, count(sizes[family]))
        for family in largest
        if sizes[family] > 1 and family in tops
    ]
    return (
        f"<h2>Families</h2><p>{listed}. {count(alone)} documents stand alone; "
        f"{count(len(sizes) - alone)} families have attachments. "
        f"{count(sum(each.inline_images for each in documents))} pictures inside mail bodies are "
        "counted apart.</p>"
        + table(
            ("Control number", "Begins with", "Custodian", "Documents"),
            rows,
            "The largest families.",
            (3,),
        )
    )


def _duplicates(documents: Sequence[Document]) -> str:
    groups: dict[str, list[Document]] = defaultdict(list)
    for each in documents:
        if each.duplicate_group and each.parent is None:
            groups[each.duplicate_group].append(each)
    across = [held for held in groups.values() if len({each.custodian for each in held}) > 1]
    ordered = sorted(across, key=lambda held: (-len(held), held[0].control_number))
    rows = [
        (
            str(held[0].control_number),
            _shown(held[0]),
            "; ".join(sorted({each.custodian for each in held})),
            count(len(held)),
        )
        for held in ordered[:_GROUPS_SHOWN]
    ]
    return (
        f"<h2>Duplicates</h2><p>{count(len(groups))} families exist more than once, "
        f"{count(len(across))} of them with several custodians. All custodians and all paths are "
        "kept with each; nothing is left out unless that is approved.</p>"
        + table(
            ("First", "Begins with", "Held by", "Copies"),
            rows,
            f"The first {len(rows)} across custodians.",
            (3,),
        )
    )


def _faults(documents: Sequence[Document]) -> str:
    found = [(fault, each) for each in documents for fault in each.faults]
    if not found:
        return '<h2>What could not be read</h2><p class="good">Everything was read.</p>'
    reasons = Counter(fault.reason for fault, _ in found)
    summary = ", ".join(f"{count(times)} {reason}" for reason, times in reasons.most_common())
    ordered = sorted(found, key=lambda pair: (not pair[0].lost, pair[0].reason, pair[1].path))
    rows = [
        (
            "the whole file" if fault.lost else "a part",
            str(fault.reason),
            each.name or _shown(each),
            each.custodian,
            fault.detail,
        )
        for fault, each in ordered
    ]
    head = ("Concerns", "Reason", "File", "Custodian", "What happened")
    return f"<h2>What could not be read</h2><p>By reason: {escape(summary)}.</p>{table(head, rows)}"


def _containers(status: Mapping[str, Any]) -> str:
    rows = []
    for source in status.get("sources", ()):
        for each in source.get("containers_expanded", ()):
            expected, emitted = each.get("expected"), each.get("emitted", 0)
            absent = each.get("faults", 0)
            even = expected is None or expected == emitted + absent
            told = "the container does not say" if expected is None else count(expected)
            verdict = "even" if even else f"{expected - emitted - absent} missing"
            path = str(each.get("path", ""))
            rows.append((tail(path), told, count(emitted), count(absent), verdict))
    head = ("Container", "Expected", "Came out", "As faults", "Balance")
    return (
        "<h2>Expected against emitted</h2><p>What each container says it holds, and what came out "
        "of it. A difference would be a loss.</p>" + table(head, rows, numeric=(1, 2, 3))
    )


def _volume(volume: CheckedVolume) -> str:
    counts = volume.report.get("counts", {})
    findings = list(volume.report.get("findings", ()))
    listed = ", ".join(f"{count(held)} {name}" for name, held in counts.items())
    verdict = (
        '<p class="good">No finding. The volume may be sealed and sent.</p>'
        if not findings
        else f'<p class="bad">Findings: {count(len(findings))}.</p>'
    )
    standard = escape(str(volume.report.get("standard", "")))
    pieces = [
        f"<h2>{escape(volume.heading)}</h2><p>{listed}. Standard: {standard}.</p>{verdict}",
        _seeded(volume.seeded, findings) if volume.seeded else "",
        _findings(findings) if findings else "",
    ]
    return "".join(pieces)


def _seeded(seeded: Sequence[SeededFault], findings: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for each in seeded:
        hits = sorted({str(one["code"]) for one in findings if _answers(one, each)})
        verdict = f"found ({', '.join(hits)})" if hits else "NOT FOUND"
        rows.append((each.bates or "the volume", each.kind, each.detail, verdict))
    found = sum(row[3].startswith("found") for row in rows)
    return f"<h3>Spoiled on purpose: {found} of {len(rows)} found</h3>" + table(
        ("Bates number", "Fault", "What was done", "Check"), rows, first_fixed=True
    )


def _answers(finding: Mapping[str, Any], seeded: SeededFault) -> bool:
    """Say whether a finding is about what was seeded: its code, at its number or naming it."""
    if finding["code"] != seeded.code:
        return False
    told = f"{finding.get('bates', '')} {finding.get('message', '')} {finding.get('file', '')}"
    return not seeded.bates or seeded.bates in told


def _findings(findings: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        (
            str(each.get("bates") or each.get("file") or "the volume"),
            f"{each['code']} {each.get('severity', '')}",
            str(each.get("message", "")),
            f"{each.get('cure', '')} ({each.get('clause', '')})",
        )
        for each in findings
    ]
    head = ("Bates number", "Code", "What is wrong", "What would cure it")
    return "<h3>Findings</h3>" + table(head, rows, first_fixed=True)


def _shown(document: Document) -> str:
    return document.text_of(fields.SUBJECT) or document.name or last_part(document.path)


_ASKED = 90


def answer_section(
    register: RequestRegister,
    points: Mapping[str, TrackedFinding],
    counts: Mapping[str, int],
    papers: Iterable[tuple[str, Path]],
) -> str:
    """Return the section; `papers` are titles and relative addresses."""
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    links = " · ".join(
        f'<a href="{escape(path.as_posix())}">{escape(title)}</a>' for title, path in papers
    )
    return (
        "<h2>What was asked, and what was answered</h2>"
        + table(
            ("Request", "Asked", "State", "Served in", "Pages cited"),
            [_standing(each) for each in register.standings],
        )
        + "<h3>What the other side found lacking</h3><p>From the delivered folder and its own "
        f"requests alone it counts {escape(told)}: the same as we do. Its letter names:</p>"
        + table(
            ("Point", "About", "What was found", "State", "Northgate answers"),
            [_point(key, each) for key, each in points.items()],
        )
        + f"<p>Papers: {links}</p>"
    )


def _standing(each: RequestStatus) -> tuple[str, ...]:
    words = " ".join(each.request.text.split())
    short = words if len(words) <= _ASKED else words[:_ASKED].rsplit(" ", 1)[0] + " …"
    response = each.response
    pages = sum(
        Bates.parse(one.first).pages_to(Bates.parse(one.last)) or 0
        for one in (response.ranges if response else ())
    )
    served = response.served if response else ""
    return (each.request.key, short, str(each.state), served, f"{pages:,}" if pages else "")


def _point(key: str, item: TrackedFinding) -> tuple[str, ...]:
    finding, answer = item.finding, f"{item.says}: {item.because}" if item.says else ""
    return (f"{key} {finding.code}", finding.where, finding.message, str(item.state), answer)


def custody_section(plot: Plot, timeline: str, coalitions: str) -> str:
    """Return the section; the last two are links to the pictures, as relative addresses."""
    return (
        f"<h2>Who could move customer assets</h2><p>{escape(ASKED)} Asked of the facts loaded, for "
        f"{START} to {END}; each fact cites pages of the sealed volume.</p>"
        + table(
            ("Facts", "Answer", "From", "To", "By"),
            [*_runs("as first loaded", plot.before), *_runs("with the inspections", plot.after)],
        )
        + f"<p>What was missing: {escape(plot.asks)}</p><h3>Two sworn sentences</h3>"
        + table(("Sentence", "What the facts say", "Rests on"), [_turned(plot), _stayed(plot)])
        + f'<p><a href="{escape(timeline)}">The cold wallet day by day</a> · '
        f'<a href="{escape(coalitions)}">Who could move it together on one day</a></p>'
    )


def _runs(label: str, answer: Answer) -> list[tuple[str, ...]]:
    return [
        (
            label,
            str(each.verdict),
            str(each.period.start),
            str(each.period.end),
            ", ".join(each.paths),
        )
        for each in answer.intervals
    ]


def _turned(plot: Plot) -> tuple[str, ...]:
    now = next(each for each in plot.touched if each.id == TURNS)
    said = f"{now.before.result} as first loaded, {now.after.result} with the inspections"
    seen = " ".join(
        f"{each.when}, {each.device}: {each.observed}" for each in plot.facts.inspections
    )
    return (_said(now.after), said, seen)


def _stayed(plot: Plot) -> tuple[str, ...]:
    sentence = plot.sentences[STAYS]
    found = sentence.judgement
    rests = f"{spoken(found.when)} by {plot.coalition(STAYS)}: {found.cited[0].says}. "
    return (_said(sentence), str(sentence.result), rests + "; ".join(pages(sentence)))


def _said(sentence: StatementResult) -> str:
    return f"{sentence.statement.id}: “{sentence.statement.sentence}”"
