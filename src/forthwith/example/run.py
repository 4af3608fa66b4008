"""`demo`: the example matter, from invented evidence and served requests to a status report.

A checked volume and a spoiled one; the question of custody, before and after an inspection; what
the other side finds lacking; both positions.
"""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forthwith.cli import console, terminal
from forthwith.domain.errors import ForthwithError
from forthwith.plain import counting
from forthwith.record.documents import DocumentTable
from forthwith.record.matter import Matter

if TYPE_CHECKING:
    from forthwith.check import Report
    from forthwith.example.evidence import Example
    from forthwith.example.plot import Plot
    from forthwith.example.received import SeededFault
    from forthwith.papers.html import Html

#: Left in the folder, so that only a demo is ever written over.
_MARK = ".forthwith-demo"
_VOLUME = "VOL001"
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
    from forthwith.example import discovery
    from forthwith.example.evidence import write_evidence
    from forthwith.example.received import write_received_volume

    place = home / folder
    _empty(place)
    example = write_evidence(place / "evidence")
    matter = _matter(place / "northgate", example)
    console.say(f"1. Evidence of {len(example.sources)} sources written to {place / 'evidence'}")
    _collect(matter, example)
    _process(matter)
    served = place / "served"
    discovery.write_served(served)
    ours = _answer(matter, served)
    seeded = write_received_volume(place / "received", matter.volumes / _VOLUME)
    theirs = _check(place / "received", seeded)
    plot = _custody(place, matter)
    answered = _report(place, matter, served, ours)
    page = _overview(place, matter, [ours, theirs], seeded, plot, answered)
    console.say()
    console.say(f"Look at   {page}   (the whole story on one page)")
    console.say(f"          {place / 'received.html'}   (the check of the spoiled volume)")
    console.say(f"          {matter.volumes / _VOLUME}   (the sealed volume)")
    console.say(f"          {place / _TIMELINE}   (who could move the cold wallet, day by day)")
    console.say(f"          {place / _GRAPH}   (who could move it together on {_NIGHT})")
    console.say(f"          {place / 'delivered'}   (what the other side got)")
    console.say(f"          {place / 'staff' / 'deficiency.pdf'}   (the letter it wrote)")
    console.say(f"          {matter.folder / 'papers'}   (responses, logs, sworn papers, report)")
    console.say(f"Go on     forthwith -C {matter.folder} status | documents | custody | verify")


def _empty(place: Path) -> None:
    if place.exists():
        if any(place.iterdir()) and not (place / _MARK).exists():
            raise NotADemoError(place)
        shutil.rmtree(place)
    place.mkdir(parents=True)
    (place / _MARK).touch()


def _matter(folder: Path, example: Example) -> Matter:
    matter = Matter.create(
        folder,
        name=f"In re {example.name} Trading",
        number="1:23-cv-00417",
        time_zone="America/New_York",
        prefix="NORTHGATE",
    )
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
    return Matter.open(matter.folder)


def _collect(matter: Matter, example: Example) -> None:
    from forthwith.collect.folder import collect

    items = 0
    for source in example.sources:
        items += collect(matter, source.path, source.custodian).items
    console.say(f"2. {counting.count(items, 'item')} collected, each stored once, journal begun")


def _process(matter: Matter) -> None:
    from forthwith.process import counts, run

    with terminal.Steps("Processing", "items", quiet=False) as steps:
        run.process(matter, watch=steps)
    total = counts.status(matter).total
    if total.unaccounted:
        raise DemoFailedError(f"{total.unaccounted} items are not accounted for")
    console.say(
        f"3. {total.items} items found inside: {total.documents} documents read, {total.faults} "
        f"could not be (named with the reason), {total.families} families, "
        f"{total.duplicates} documents are copies"
    )


def _answer(matter: Matter, served: Path) -> Report:
    """Import requests, draft responses, and go the whole way; then check as a receiver would."""
    from forthwith import check
    from forthwith.example import discovery
    from forthwith.standards import loader

    discovery.ask(matter.folder, served)
    discovery.draft(matter.folder, served.parent / discovery.ATTORNEYS)
    drafted = discovery.told("answers")
    asked = sum(len(each["ask"]) for each in discovery.sets())
    console.say(
        f"4. {asked} requests in {len(discovery.sets())} sets imported from {served}, due days "
        f"counted; {len(drafted['answer'])} drafts of responses, "
        f"{counting.count(len(drafted['claim']), 'privileged mail')} claimed in every copy"
    )
    done = discovery.answer(matter.folder, _VOLUME)
    found = check.run(matter.volumes / _VOLUME, loader.load())
    if found.findings or f"{_VOLUME} sealed" not in done.text:
        raise DemoFailedError(f"{_VOLUME} was not sealed clean: {done.text}")
    console.say("5. forthwith answer")
    _indented(done.text)
    return found


def _indented(text: str) -> None:
    for line in text.splitlines():
        if line.strip():
            console.say(f"     {line}")


def _check(folder: Path, seeded: tuple[SeededFault, ...]) -> Report:
    from forthwith import check
    from forthwith.check import report_page
    from forthwith.standards import loader

    rules = loader.load()
    found = check.run(folder, rules)
    page = folder.parent / "received.html"
    text = report_page.html(found, title=rules.title, day=datetime.now(UTC).date())
    page.write_text(text, encoding="utf-8")
    met = {(each.code, each.bates) for each in found.findings}
    missed = [each for each in seeded if (each.code, each.bates) not in met]
    if missed:
        raise DemoFailedError(f"the check missed {missed[0].kind} at {missed[0].bates}")
    console.say(
        f"6. A volume as if received, with {len(seeded)} faults seeded: the check has "
        f"{counting.count(len(found.findings), 'finding')} and misses none"
    )
    for finding in found.findings:
        console.say(f"     {finding.code} {finding.bates or finding.file}: {finding.message}")
    return found


def _custody(place: Path, matter: Matter) -> Plot:
    from forthwith.example import facts, plot

    tables = place / "custody", place / "custody-inspection"
    facts.write_facts(tables[0], matter)
    facts.write_facts(tables[1], matter, facts.INSPECTION)
    played = plot.play(matter, *tables)
    if wrong := plot.failure(played):
        raise DemoFailedError(wrong)
    _pictures(place, played)
    stays = played.sentences[plot.STAYS]
    told = ", ".join(f"{times} {result}" for result, times in sorted(played.results.items()))
    console.say(
        f"7. Facts in {tables[0]} loaded. {plot.ASKED} {played.before.verdict.capitalize()}."
    )
    console.say(f"     missing: {played.asks}")
    console.say(f"8. Inspections in {tables[1]} loaded. The same question: {played.after.verdict}.")
    for each in played.touched:
        console.say(
            f"     {each.id} was {each.before.result}, is {each.after.result}: {each.sentence}"
        )
    console.say(f"9. {counting.count(len(played.sentences), 'sentence')} checked: {told}")
    console.say(f"     {plot.STAYS} {stays.result}: {stays.statement.sentence}")
    console.say(f"     {stays.judgement.why}")
    console.say(f"     {stays.judgement.cited[0].says}")
    console.say(f"     {played.coalition(plot.STAYS)}; pages {', '.join(plot.pages(stays))}")
    return played


def _pictures(place: Path, plot: Plot) -> None:
    from forthwith.custody.pictures import graph, timeline
    from forthwith.domain.period import Period
    from forthwith.example.plot import END, START
    from forthwith.workflows.custody import picture_pages

    days = timeline.timeline(plot.facts, "cold", period=Period.parse(START, END))
    night = graph.graph(plot.facts, "cold", _NIGHT)
    (place / _TIMELINE).write_text(picture_pages.timeline_page(days), encoding="utf-8")
    (place / _GRAPH).write_text(picture_pages.graph_page(night), encoding="utf-8")


def _report(place: Path, matter: Matter, served: Path, ours: Report) -> Html:
    """Let the other side write what is lacking, reply, print the report; return the section."""
    from forthwith.example import discovery, overview
    from forthwith.respond.deficiency.findings import RegisterFile
    from forthwith.workflows.registers import register_of

    delivered, staff = place / "delivered", place / "staff"
    discovery.deliver(matter.folder, _VOLUME, delivered)
    found = discovery.receive(delivered, _VOLUME, served, staff)
    if wrong := discovery.failure(found):
        raise DemoFailedError(wrong)
    if found["volumes"][0]["counts"] != ours.counts:
        raise DemoFailedError(f"the other side counts {found['volumes'][0]['counts']}")
    counts = ", ".join(f"{count} {name}" for name, count in found["volumes"][0]["counts"].items())
    console.say(f"10. The staff, from {delivered} and its requests alone, counts {counts}")
    for key, each in found["findings"].items():
        where = " ".join((key, each["code"], each["request"] or each["bates"])).strip()
        console.say(f"     {where}: {each['message']}")
    register = discovery.reply(staff / "deficiency.json", found, place / "reply")
    discovery.enter(matter.folder, place / "order")
    done = discovery.report(matter.folder, register)
    if "status-report/1 printed" not in done.text:
        raise DemoFailedError(f"the status report was not printed: {done.text}")
    console.say(
        "11. Points answered, a consent order, questions and positions entered; forthwith answer, "
        "once more"
    )
    _indented(done.text)
    points = RegisterFile.read(register.read_text(encoding="utf-8"), str(register)).register
    papers = [
        (path.stem, path.relative_to(place))
        for path in sorted([*(matter.folder / "papers").glob("*.pdf"), staff / "deficiency.pdf"])
    ]
    counts = found["volumes"][0]["counts"]
    return overview.answer_section(register_of(matter), points.items, counts, papers)


def _overview(
    place: Path,
    matter: Matter,
    checked: list[Report],
    seeded: tuple[SeededFault, ...],
    plot: Plot,
    answered: Html,
) -> Path:
    from forthwith.example import overview
    from forthwith.example.overview import CheckedVolume, render_overview
    from forthwith.process import counts

    ours, theirs = checked
    text = render_overview(
        matter.settings.name,
        list(DocumentTable(matter.derived).ask()),
        counts.status(matter).as_json(),
        [
            CheckedVolume(f"Our volume {_VOLUME}", ours.as_dict()),
            CheckedVolume("A volume as if received", theirs.as_dict(), seeded),
        ],
        datetime.now(UTC).date().isoformat(),
        [answered, overview.custody_section(plot, _TIMELINE, _GRAPH)],
    )
    page = place / "overview.html"
    page.write_text(text, encoding="utf-8")
    return page
