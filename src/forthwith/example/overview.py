"""The page a lawyer reads at the end of the demo: what was collected, lost, produced and found.

One HTML file without script; it prints well. What it shows is given by the caller: documents, the
objects of `status --json` and `check --json`, the answer to each request with what the other side
found lacking, and who could move customer assets before and after the inspections.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forthwith.custody.answers.answers import Answer
from forthwith.custody.statements.results import StatementResult, spoken
from forthwith.domain import fields
from forthwith.domain.bates import Bates
from forthwith.domain.documents import Document
from forthwith.domain.evidence import Kind
from forthwith.domain.tracked_finding import TrackedFinding
from forthwith.example.plot import ASKED, END, START, STAYS, TURNS, Plot, pages
from forthwith.example.received import SeededFault
from forthwith.example.timeline import Dated, by_year, svg
from forthwith.papers.html import Column, Html, element, joined, link, numbers, page, picture, table
from forthwith.respond.registers.requests import RequestRegister, RequestStatus

_GROUPS_SHOWN = 8
#: Characters of a request that are shown.
_ASKED = 90
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
    sections: Sequence[Html] = (),
) -> str:
    """Return the page as HTML.

    `documents` are all of the matter, in families; `status` is the object of `status --json`;
    `day` is shown as the day of the report, where given; `sections` stand before what was
    collected.
    """
    parts = (
        *_head(matter, documents, status, day),
        *sections,
        *_collected(status),
        *_over_time(documents),
        *_families(documents),
        *_duplicates(documents),
        *_faults(documents),
        *_containers(status),
        *(part for volume in volumes for part in _volume(volume)),
    )
    return page(f"{matter}: from evidence to a checked production", parts)


def _head(
    matter: str, documents: Sequence[Document], status: Mapping[str, Any], day: str
) -> Iterator[Html]:
    total = status.get("total", {})
    families = sum(document.parent is None for document in documents)
    custodians = len({document.custodian for document in documents})
    unaccounted = int(total.get("unaccounted", 0))
    balance = (
        "Every item that was collected is either a document or a named fault; nothing is missing."
        if not unaccounted
        else f"{unaccounted} items are not accounted for; see the containers below."
    )
    yield element("h1", matter)
    if day:
        yield element("p", day, class_="quiet")
    lead = (
        f"Evidence of {custodians} custodians became {count(len(documents))} documents in "
        f"{count(families)} families. {balance}"
    )
    yield element("p", lead, class_="lead")
    yield numbers(
        {
            "items collected": count(total.get("collected", 0)),
            "documents": count(len(documents)),
            "families": count(families),
            "copies of others": count(total.get("duplicates", 0)),
            "not readable": count(sum(document.lost for document in documents)),
            "not accounted for": count(unaccounted),
        }
    )


def _collected(status: Mapping[str, Any]) -> Iterator[Html]:
    rows = [
        (
            source.get("custodian", ""),
            last_part(str(source.get("path") or source.get("origin") or source.get("id", ""))),
            count(source.get("collected", 0)),
            size(source.get("bytes", 0)),
            count(source.get("documents", 0)),
            count(source.get("families", 0)),
            count(source.get("faults", 0)),
            count(source.get("unaccounted", 0)),
        )
        for source in status.get("sources", ())
    ]
    counted = ("Items", "Size", "Documents", "Families", "Not readable", "Unaccounted")
    yield element("h2", "What was collected")
    yield table(("Custodian", "Source", *_numbers(counted)), rows)


def _over_time(documents: Sequence[Document]) -> Iterator[Html]:
    tops = {document.control_number: document for document in documents if document.parent is None}
    dated = [
        Dated(
            document.custodian,
            _sort(document),
            _date(tops.get(document.family, document)) or _date(document),
        )
        for document in documents
    ]
    years = by_year(dated)
    columns = sorted({year for row in years.values() for year in row})
    rows = [
        (name, *(count(row.get(year, 0)) for year in columns), count(sum(row.values())))
        for name, row in years.items()
    ]
    yield element("h2", "Documents over time")
    yield picture(svg(dated, "Documents over time, by custodian"))
    yield table(("Custodian", *_numbers((*columns, "All"))), rows, "The same by year.")


def _numbers(names: Iterable[str]) -> list[Column]:
    return [Column(name, "number") for name in names]


def _sort(document: Document) -> str:
    if document.kind is Kind.CHAT:
        return "chat"
    mail = document.kind is Kind.EMAIL and document.parent is None
    return "e-mail" if mail else "attachments and files"


def _date(document: Document) -> str:
    return next((date for name in _DATES if (date := document.text_of(name))), "")


def _families(documents: Sequence[Document]) -> Iterator[Html]:
    sizes = Counter(document.family for document in documents)
    alone = sum(size == 1 for size in sizes.values())
    kinds = Counter(document.kind for document in documents)
    listed = ", ".join(
        f"{count(kinds[kind])} {word}" for kind, word in _KINDS.items() if kinds[kind]
    )
    largest = sorted(sizes, key=lambda family: (-sizes[family], family))[:_GROUPS_SHOWN]
    tops = {document.control_number: document for document in documents}
    rows = [
        (str(family), _shown(tops[family]), tops[family].custodian, count(sizes[family]))
        for family in largest
        if sizes[family] > 1 and family in tops
    ]
    inline = sum(document.inline_images for document in documents)
    sentence = (
        f"{listed}. {count(alone)} documents stand alone; {count(len(sizes) - alone)} families "
        f"have attachments. {count(inline)} pictures inside mail bodies are counted apart."
    )
    columns = ("Control number", "Begins with", "Custodian", Column("Documents", "number"))
    yield element("h2", "Families")
    yield element("p", sentence)
    yield table(columns, rows, "The largest families.")


def _duplicates(documents: Sequence[Document]) -> Iterator[Html]:
    groups: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        if document.duplicate_group and document.parent is None:
            groups[document.duplicate_group].append(document)
    across = [copies for copies in groups.values() if len({copy.custodian for copy in copies}) > 1]
    ordered = sorted(across, key=lambda copies: (-len(copies), copies[0].control_number))
    rows = [
        (
            str(copies[0].control_number),
            _shown(copies[0]),
            "; ".join(sorted({copy.custodian for copy in copies})),
            count(len(copies)),
        )
        for copies in ordered[:_GROUPS_SHOWN]
    ]
    sentence = (
        f"{count(len(groups))} families exist more than once, {count(len(across))} of them with "
        "several custodians. All custodians and all paths are kept with each; nothing is left out "
        "unless that is approved."
    )
    columns = ("First", "Begins with", "Held by", Column("Copies", "number"))
    yield element("h2", "Duplicates")
    yield element("p", sentence)
    yield table(columns, rows, f"The first {len(rows)} across custodians.")


def _faults(documents: Sequence[Document]) -> Iterator[Html]:
    yield element("h2", "What could not be read")
    faults = [(fault, document) for document in documents for fault in document.faults]
    if not faults:
        yield element("p", "Everything was read.", class_="good")
        return
    reasons = Counter(fault.reason for fault, _ in faults)
    summary = ", ".join(f"{count(times)} {reason}" for reason, times in reasons.most_common())
    ordered = sorted(faults, key=lambda pair: (not pair[0].lost, pair[0].reason, pair[1].path))
    rows = [
        (
            "the whole file" if fault.lost else "a part",
            str(fault.reason),
            document.name or _shown(document),
            document.custodian,
            fault.detail,
        )
        for fault, document in ordered
    ]
    yield element("p", f"By reason: {summary}.")
    yield table(("Concerns", "Reason", "File", "Custodian", "What happened"), rows)


def _containers(status: Mapping[str, Any]) -> Iterator[Html]:
    rows = []
    for source in status.get("sources", ()):
        for container in source.get("containers_expanded", ()):
            expected, emitted = container.get("expected"), container.get("emitted", 0)
            absent = container.get("faults", 0)
            even = expected is None or expected == emitted + absent
            rows.append(
                (
                    tail(str(container.get("path", ""))),
                    "the container does not say" if expected is None else count(expected),
                    count(emitted),
                    count(absent),
                    "even" if even else f"{expected - emitted - absent} missing",
                )
            )
    sentence = (
        "What each container says it holds, and what came out of it. A difference would be a loss."
    )
    yield element("h2", "Expected against emitted")
    yield element("p", sentence)
    counted = _numbers(("Expected", "Came out", "As faults"))
    yield table(("Container", *counted, "Balance"), rows)


def _volume(volume: CheckedVolume) -> Iterator[Html]:
    counts = volume.report.get("counts", {})
    findings = list(volume.report.get("findings", ()))
    listed = ", ".join(f"{count(number)} {name}" for name, number in counts.items())
    yield element("h2", volume.heading)
    yield element("p", f"{listed}. Standard: {volume.report.get('standard', '')}.")
    if findings:
        yield element("p", f"Findings: {count(len(findings))}.", class_="bad")
    else:
        yield element("p", "No finding. The volume may be sealed and sent.", class_="good")
    if volume.seeded:
        yield from _seeded(volume.seeded, findings)
    if findings:
        yield from _findings(findings)


def _seeded(seeded: Sequence[SeededFault], findings: Sequence[Mapping[str, Any]]) -> Iterator[Html]:
    rows = []
    for fault in seeded:
        hits = sorted({str(finding["code"]) for finding in findings if _answers(finding, fault)})
        verdict = f"found ({', '.join(hits)})" if hits else "NOT FOUND"
        rows.append((fault.bates or "the volume", fault.kind, fault.detail, verdict))
    hit = sum(row[3].startswith("found") for row in rows)
    yield element("h3", f"Spoiled on purpose: {hit} of {len(rows)} found")
    yield table((Column("Bates number", "whole"), "Fault", "What was done", "Check"), rows)


def _answers(finding: Mapping[str, Any], seeded: SeededFault) -> bool:
    """Say whether a finding is about what was seeded: its code, at its number or naming it."""
    if finding["code"] != seeded.code:
        return False
    words = f"{finding.get('bates', '')} {finding.get('message', '')} {finding.get('file', '')}"
    return not seeded.bates or seeded.bates in words


def _findings(findings: Sequence[Mapping[str, Any]]) -> Iterator[Html]:
    rows = [
        (
            str(finding.get("bates") or finding.get("file") or "the volume"),
            f"{finding['code']} {finding.get('severity', '')}",
            str(finding.get("message", "")),
            f"{finding.get('cure', '')} ({finding.get('clause', '')})",
        )
        for finding in findings
    ]
    columns = (Column("Bates number", "whole"), "Code", "What is wrong", "What would cure it")
    yield element("h3", "Findings")
    yield table(columns, rows)


def _shown(document: Document) -> str:
    return document.text_of(fields.SUBJECT) or document.name or last_part(document.path)


def answer_section(
    register: RequestRegister,
    points: Mapping[str, TrackedFinding],
    counts: Mapping[str, int],
    papers: Iterable[tuple[str, Path]],
) -> Html:
    """Return each request, what the other side lacks, and the papers.

    `papers` are titles and relative addresses.
    """
    counted = ", ".join(f"{number:,} {name}" for name, number in counts.items())
    lacking = (
        f"From the delivered folder and its own requests alone it counts {counted}: the same as we "
        "do. Its letter names:"
    )
    links = (link(path.as_posix(), title) for title, path in papers)
    return joined(
        (
            element("h2", "What was asked, and what was answered"),
            table(
                ("Request", "Asked", "State", "Served in", Column("Pages cited", "number")),
                map(_request, register.standings),
            ),
            element("h3", "What the other side found lacking"),
            element("p", lacking),
            table(
                (Column("Point", "whole"), "About", "What was found", "State", "Northgate answers"),
                (_point(key, item) for key, item in points.items()),
            ),
            element("p", "Papers: ", joined(links, " · ")),
        )
    )


def _request(status: RequestStatus) -> tuple[str, ...]:
    words = " ".join(status.request.text.split())
    short = words if len(words) <= _ASKED else words[:_ASKED].rsplit(" ", 1)[0] + " …"
    response = status.response
    pages = sum(
        Bates.parse(cited.first).pages_to(Bates.parse(cited.last)) or 0
        for cited in (response.ranges if response else ())
    )
    served = response.served if response else ""
    return (status.request.key, short, str(status.state), served, f"{pages:,}" if pages else "")


def _point(key: str, item: TrackedFinding) -> tuple[str, ...]:
    finding, answer = item.finding, f"{item.says}: {item.because}" if item.says else ""
    return (f"{key} {finding.code}", finding.where, finding.message, str(item.state), answer)


def custody_section(plot: Plot, timeline: str, coalitions: str) -> Html:
    """Return the question, the answer before and after the inspections, and two sentences.

    The last two are links to the pictures, as relative addresses.
    """
    asked = (
        f"{ASKED} Asked of the facts loaded, for {START} to {END}; each fact cites pages of the "
        "sealed volume."
    )
    runs = [*_runs("as first loaded", plot.before), *_runs("with the inspections", plot.after)]
    pictures = (
        link(timeline, "The cold wallet day by day"),
        link(coalitions, "Who could move it together on one day"),
    )
    return joined(
        (
            element("h2", "Who could move customer assets"),
            element("p", asked),
            table(("Facts", "Answer", "From", "To", "By"), runs),
            element("p", f"What was missing: {plot.asks}"),
            element("h3", "Two sworn sentences"),
            table(("Sentence", "What the facts say", "Rests on"), [_turned(plot), _stayed(plot)]),
            element("p", joined(pictures, " · ")),
        )
    )


def _runs(label: str, answer: Answer) -> list[tuple[str, ...]]:
    return [
        (
            label,
            str(interval.verdict),
            str(interval.period.start),
            str(interval.period.end),
            ", ".join(interval.paths),
        )
        for interval in answer.intervals
    ]


def _turned(plot: Plot) -> tuple[str, ...]:
    now = next(sentence for sentence in plot.touched if sentence.id == TURNS)
    results = f"{now.before.result} as first loaded, {now.after.result} with the inspections"
    seen = " ".join(
        f"{inspection.when}, {inspection.device}: {inspection.observed}"
        for inspection in plot.facts.inspections
    )
    return (_said(now.after), results, seen)


def _stayed(plot: Plot) -> tuple[str, ...]:
    sentence = plot.sentences[STAYS]
    judgement = sentence.judgement
    rests = f"{spoken(judgement.when)} by {plot.coalition(STAYS)}: {judgement.cited[0].says}. "
    return (_said(sentence), str(sentence.result), rests + "; ".join(pages(sentence)))


def _said(sentence: StatementResult) -> str:
    return f"{sentence.statement.id}: “{sentence.statement.sentence}”"


def last_part(path: str) -> str:
    """Return the last part of a path of either kind."""
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2]


def tail(path: str, parts: int = 3) -> str:
    """Return the last few parts of a path."""
    pieces = path.replace("\\", "/").strip("/").split("/")
    return "/".join(pieces[-parts:])


def count(value: object) -> str:
    """Return a number with its thousands apart."""
    return f"{value:,}" if isinstance(value, int) else str(value)


def size(octets: object) -> str:
    """Return a size in the unit that fits."""
    if not isinstance(octets, int):
        return ""
    for unit, least in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if octets >= least:
            return f"{octets / least:.1f} {unit}"
    return f"{octets} bytes"
