"""`demo`: the example matter, from invented evidence and served requests to a status report.

A checked volume and a spoiled one; the question of custody, before and after an inspection; what
the other side finds lacking; both positions.
"""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import click

from forthwith import check
from forthwith.check import Report, report_page
from forthwith.cli import console, terminal
from forthwith.custody.pictures import graph, timeline
from forthwith.domain.errors import ForthwithError
from forthwith.domain.period import Period
from forthwith.example import discovery, facts, overview, plot, quarter, reviewed
from forthwith.example.evidence import Example, write_evidence
from forthwith.example.overview import CheckedVolume, render_overview
from forthwith.example.plot import Plot
from forthwith.example.raw_exports import write_exports
from forthwith.example.received import SeededFault, write_received_volume
from forthwith.papers.html import Html
from forthwith.plain.counting import count
from forthwith.respond.deficiency.findings import RegisterFile
from forthwith.standards import loader
from forthwith.workflows import evidence, matter_status
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.custody import picture_pages
from forthwith.workflows.evidence import MatterOptions
from forthwith.workflows.progress import SILENT

#: Left in the folder, so that only a demo is ever written over.
_MARK = ".forthwith-demo"
_VOLUME = "VOL001"
#: Documents that reviewers of the example have coded.
_CODED = 10
_TIMELINE, _GRAPH = "custody.html", "coalitions.html"
#: The night on which coins moved with shares of three firms.
_NIGHT = date(2021, 9, 9)


_PARTIES = """\
[[parties]]
name = "Securities and Exchange Commission"
side = "receiving"
role = "Plaintiff"

[[parties]]
name = "Northgate Trading Ltd."
side = "producing"
role = "Defendant"
domains = ["northgate.example"]

"""


class NotADemoError(ForthwithError):
    """The folder holds something that no demo wrote."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} holds something else than a demo; nothing was touched. Name an empty or "
            "new folder: forthwith demo FOLDER"
        )


class DemoFailedError(ForthwithError):
    """The demo did not end as it must."""

    def __init__(self, what: str) -> None:
        super().__init__(f"The demo did not end as it must: {what}. Please report this.")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path("demo"))
@click.pass_obj
def demo(home: Path, folder: Path) -> None:
    """Make the example matter in FOLDER and carry it from evidence to a joint status report.

    People, companies and documents are invented. Requests are answered with a sealed volume and
    its papers; a second volume "as if received" has seeded faults, and the check finds them; who
    could move customer assets is asked before and after an inspection; the other side, from the
    delivered folder and its requests alone, counts the same and names what was left undone.
    """
    place = home / folder
    empty(place)
    example = write_evidence(place / "evidence")
    case = _matter(place / "northgate", example)
    console.say(f"1. Evidence of {len(example.sources)} sources written to {place / 'evidence'}")
    _collect(case, example)
    _process(case)
    served = place / "served"
    discovery.write_served(served)
    ours = _answer(case, served)
    seeded = write_received_volume(place / "received", case.matter.volumes / _VOLUME)
    theirs = _check(place / "received", seeded)
    story = _custody(place, case)
    _books(place, case)
    answered = _report(place, case, served, ours)
    _review(case)
    page = _overview(place, case, [ours, theirs], seeded, story, answered)
    write_exports(place / "exports")
    console.say()
    console.say(f"Look at   {page}   (the whole story on one page)")
    console.say(f"          {place / 'received.html'}   (the check of the spoiled volume)")
    console.say(f"          {case.matter.volumes / _VOLUME}   (the sealed volume)")
    console.say(f"          {place / _TIMELINE}   (who could move the cold wallet, day by day)")
    console.say(f"          {place / _GRAPH}   (who could move it together on {_NIGHT})")
    console.say(f"          {place / quarter.COVERAGE}   (owed and held at every instant)")
    console.say(f"          {place / quarter.TRACE}   (where a customer's wire went, five ways)")
    console.say(f"          {place / 'delivered'}   (what the other side got)")
    console.say(f"          {place / 'staff' / 'deficiency.pdf'}   (the letter it wrote)")
    console.say(f"          {case.folder / 'papers'}   (responses, logs, sworn papers, report)")
    console.say(
        f"          {place / 'exports'}   (what another exchange's systems export: tutorial, 14)"
    )
    console.say(f"Go on     forthwith -C {case.folder} status | documents | custody | verify")


def empty(place: Path) -> None:
    """Make `place` a folder with nothing but the mark of a demo. Raises NotADemoError.

    A folder that exists is emptied and not removed: it may be the one the program runs in.
    """
    place.mkdir(parents=True, exist_ok=True)
    mark = place / _MARK
    former = [path for path in place.iterdir() if path != mark]
    if former and not mark.exists():
        raise NotADemoError(place)
    mark.touch()
    for path in former:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _matter(folder: Path, example: Example) -> CaseFile:
    options = MatterOptions(
        f"In re {example.name} Trading", "1:23-cv-00417", "America/New_York", "NORTHGATE"
    )
    evidence.begin(folder, options)
    settings = folder / "matter.toml"
    text = settings.read_text(encoding="utf-8")
    for name in (
        "requesting_staff",
        "producing_party",
        "signer",
        "confidentiality",
        "court",
        "judge",
        "firm",
        "address",
        "served_on",
    ):
        text = text.replace(f"# {name} =", f"{name} =")
    text = text.replace("# [[parties]]\n", f"{_PARTIES}# [[parties]]\n")
    settings.write_text(text, encoding="utf-8")
    return CaseFile.open(folder)


def _collect(case: CaseFile, example: Example) -> None:
    with case.alone():
        items = sum(
            evidence.collect(case, source.path, source.custodian, SILENT).items
            for source in example.sources
        )
    console.say(f"2. {count(items, 'item')} collected, each stored once, journal begun")


def _process(case: CaseFile) -> None:
    with case.alone(), terminal.Steps("Processing", "items", quiet=False) as steps:
        evidence.process(case, None, steps)
    total = matter_status.status(case).total
    if total.unaccounted:
        raise DemoFailedError(f"{total.unaccounted} items are not accounted for")
    console.say(
        f"3. {total.items} items found inside: {total.documents} documents read, {total.faults} "
        f"could not be (named with the reason), {total.families} families, "
        f"{total.duplicates} documents are copies"
    )


def _answer(case: CaseFile, served: Path) -> Report:
    """Import requests, draft responses, and go the whole way; then check as a receiver would."""
    discovery.ask(case.folder, served)
    discovery.draft(case.folder, served.parent / discovery.ATTORNEYS)
    drafted = discovery.script("answers")
    asked = sum(len(each["ask"]) for each in discovery.sets())
    console.say(
        f"4. {asked} requests in {len(discovery.sets())} sets imported from {served}, due days "
        f"counted; {len(drafted['answer'])} drafts of responses, "
        f"{count(len(drafted['claim']), 'privileged mail')} claimed in every copy"
    )
    done = discovery.answer(case.folder, _VOLUME)
    report = check.run(case.matter.volumes / _VOLUME, loader.load())
    if report.findings or f"{_VOLUME} sealed" not in done.text:
        raise DemoFailedError(f"{_VOLUME} was not sealed clean: {done.text}")
    console.say("5. forthwith answer")
    _indented(done.text)
    return report


def _indented(text: str) -> None:
    for line in text.splitlines():
        if line.strip():
            console.say(f"     {line}")


def _check(folder: Path, seeded: tuple[SeededFault, ...]) -> Report:
    rules = loader.load()
    report = check.run(folder, rules)
    page = folder.parent / "received.html"
    text = report_page.html(report, title=rules.title, day=datetime.now(UTC).date())
    page.write_text(text, encoding="utf-8")
    found = {(finding.code, finding.bates) for finding in report.findings}
    missed = [fault for fault in seeded if (fault.code, fault.bates) not in found]
    if missed:
        raise DemoFailedError(f"the check missed {missed[0].kind} at {missed[0].bates}")
    console.say(
        f"6. A volume as if received, with {len(seeded)} faults seeded: the check has "
        f"{count(len(report.findings), 'finding')} and misses none"
    )
    for finding in report.findings:
        console.say(f"     {finding.code} {finding.bates or finding.file}: {finding.message}")
    return report


def _custody(place: Path, case: CaseFile) -> Plot:
    tables = place / "custody", place / "custody-inspection"
    facts.write_facts(tables[0], case.matter)
    facts.write_facts(tables[1], case.matter, facts.INSPECTION)
    played = plot.play(case.matter, *tables)
    if wrong := plot.failure(played):
        raise DemoFailedError(wrong)
    _pictures(place, played)
    stays = played.sentences[plot.STAYS]
    results = ", ".join(f"{times} {result}" for result, times in sorted(played.results.items()))
    console.say(
        f"7. Facts in {tables[0]} loaded. {plot.ASKED} {played.before.verdict.capitalize()}."
    )
    console.say(f"     missing: {played.asks}")
    console.say(f"8. Inspections in {tables[1]} loaded. The same question: {played.after.verdict}.")
    for sentence in played.touched:
        before, after = sentence.before.result, sentence.after.result
        console.say(f"     {sentence.id} was {before}, is {after}: {sentence.sentence}")
    console.say(f"9. {count(len(played.sentences), 'sentence')} checked: {results}")
    console.say(f"     {plot.STAYS} {stays.result}: {stays.statement.sentence}")
    console.say(f"     {stays.judgement.why}")
    console.say(f"     {stays.judgement.cited[0].says}")
    console.say(f"     {played.coalition(plot.STAYS)}; pages {', '.join(plot.pages(stays))}")
    return played


def _books(place: Path, case: CaseFile) -> None:
    found = quarter.play(case.folder, place)
    if wrong := quarter.failure(found):
        raise DemoFailedError(wrong)
    console.say(
        f"10. Books of a quarter loaded: {found.files} files, {count(found.rows, 'row')} of "
        "ledgers, bank statements, two chains"
    )
    for row in found.hidden:
        console.say(
            f"     {row['asset']} short from {row['from'][:16]} to {row['to'][:16]}, at most "
            f"{row['most']}: {row['days_touched']} days that no month end shows"
        )
    for row in found.commingling["intervals"][:3]:
        console.say(
            f"     {row['place']}: customers' {row['asset']} {row['kind']} with "
            f"{', '.join(row['groups'])} from {row['from'][:16]} to {(row['to'] or 'the end')[:16]}"
        )
    traced = found.trace
    console.say(f"11. {traced['amount']} {traced['asset']} followed by five methods, side by side")
    for method, bounds in traced["range"].items():
        left = ", ".join(
            f"{where} {least if least == most else f'{least} to {most}'}"
            for where, (least, most) in bounds["left"].items()
        )
        console.say(f"     {method}: left {left or 'nothing'}")
    for made, checked in zip(found.reports, found.checks, strict=True):
        console.say(
            f"{'12.' if made is found.reports[0] else '   '} Report of {made.body['month']} in "
            f"{place / made.folder.name}: {checked.figures} figures; recomputed from the folder "
            f"alone, {count(len(checked.findings), 'finding')}"
        )


def _pictures(place: Path, story: Plot) -> None:
    days = timeline.timeline(story.facts, "cold", period=Period.parse(plot.START, plot.END))
    night = graph.graph(story.facts, "cold", _NIGHT)
    (place / _TIMELINE).write_text(picture_pages.timeline_page(days), encoding="utf-8")
    (place / _GRAPH).write_text(picture_pages.graph_page(night), encoding="utf-8")


def _report(place: Path, case: CaseFile, served: Path, ours: Report) -> Html:
    """Let the other side write what is lacking, reply, print the report; return the section."""
    delivered, staff = place / "delivered", place / "staff"
    discovery.deliver(case.folder, _VOLUME, delivered)
    letter = discovery.receive(delivered, _VOLUME, served, staff)
    if wrong := discovery.failure(letter):
        raise DemoFailedError(wrong)
    totals = letter["volumes"][0]["counts"]
    if totals != ours.counts:
        raise DemoFailedError(f"the other side counts {totals}")
    counted = ", ".join(f"{number} {name}" for name, number in totals.items())
    console.say(f"13. The staff, from {delivered} and its requests alone, counts {counted}")
    for key, finding in letter["findings"].items():
        where = " ".join((key, finding["code"], finding["request"] or finding["bates"])).strip()
        console.say(f"     {where}: {finding['message']}")
    register = discovery.reply(staff / "deficiency.json", letter, place / "reply")
    discovery.enter(case.folder, place / "order")
    done = discovery.report(case.folder, register)
    if "status-report/1 printed" not in done.text:
        raise DemoFailedError(f"the status report was not printed: {done.text}")
    console.say(
        "14. Points answered, a consent order, questions and positions entered; forthwith answer, "
        "once more"
    )
    _indented(done.text)
    points = RegisterFile.read(register.read_text(encoding="utf-8"), str(register)).register
    papers = [
        (path.stem, path.relative_to(place))
        for path in sorted([*(case.folder / "papers").glob("*.pdf"), staff / "deficiency.pdf"])
    ]
    requests = CaseFile.open(case.folder).requests
    return overview.answer_section(requests, points.items, totals, papers)


def _review(case: CaseFile) -> None:
    """Leave the matter as a room with ten documents coded by two reviewers."""
    left = reviewed.review(case)
    if left.coded != _CODED:
        raise DemoFailedError(f"{left.coded} documents were coded in the room, not {_CODED}")
    console.say(
        f"15. {left.batches} batches cut for review; {left.coded} documents coded by "
        f"{len(reviewed.REVIEWERS)} reviewers, {count(left.conflicts, 'conflict')} to settle"
    )
    console.say(f"     forthwith -C {case.folder} room   (opens it in the browser)")


def _overview(
    place: Path,
    case: CaseFile,
    checked: list[Report],
    seeded: tuple[SeededFault, ...],
    story: Plot,
    answered: Html,
) -> Path:
    ours, theirs = checked
    text = render_overview(
        case.settings.name,
        list(case.documents.values()),
        matter_status.status(case).as_json(),
        [
            CheckedVolume(f"Our volume {_VOLUME}", ours.as_dict()),
            CheckedVolume("A volume as if received", theirs.as_dict(), seeded),
        ],
        datetime.now(UTC).date().isoformat(),
        [answered, overview.custody_section(story, _TIMELINE, _GRAPH)],
    )
    page = place / "overview.html"
    page.write_text(text, encoding="utf-8")
    return page
