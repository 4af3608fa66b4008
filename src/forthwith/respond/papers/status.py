"""The joint status report: what was produced, how requests stand, both sides on each topic.

One ledger, two columns. Counts are computed from delivered volumes alone and held against what the
receiving side computed; positions are each side's own words; a page that nobody can look up stops
the report. Order of parts: reference, record.md 2.5; production.md 4.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from forthwith.domain.conference import Side, Topic
from forthwith.domain.tracked_finding import TrackedFinding
from forthwith.papers.blocks import Block, Heading, Numbered, Paragraph, Signature, Table, long_date
from forthwith.respond import status_parts
from forthwith.respond.papers.front import Front
from forthwith.respond.papers.status_counts import Delivered, OtherSideCounts
from forthwith.respond.registers.citations import CitablePages
from forthwith.respond.registers.conference import Dealings
from forthwith.respond.registers.requests import RequestRegister

TITLE = "Joint Status Report"


@dataclass(frozen=True, slots=True)
class StatusFacts:
    """What the report is written from."""

    front: Front
    #: What each side is called: "Plaintiff", "Defendant", or its name.
    sides: Mapping[Side, str]
    day: date
    #: The day of the last report, or the first day reported on.
    since: date
    #: Every sealed volume, oldest first.
    volumes: tuple[Delivered, ...]
    #: What the receiving side computed of the volumes it has, by name.
    told: Mapping[str, OtherSideCounts]
    register: RequestRegister
    dealings: Dealings
    #: Points raised, by id, as they stand.
    points: Mapping[str, TrackedFinding]
    #: What calls for the report: "the Court's order of January 25, 2024".
    called_by: str = ""
    next_day: date | None = None
    hearing: str = ""
    #: Further parts, each a heading with its blocks: questions, obligations.
    further: tuple[tuple[str, tuple[Block, ...]], ...] = field(default=())

    def conferred(self, topic: Topic) -> bool:
        """Whether a conference on a topic is in the ledger, up to the day of the report."""
        return bool(self.dealings.conferences_on(topic.heading, date.min, self.day))


def red(facts: StatusFacts, shelf: CitablePages) -> list[str]:
    """Return a sentence for each page cited in a topic that cannot be looked up."""
    return [
        f"{topic.heading}, {where}: cites {each.cite}, which {each.why}"
        for topic in facts.dealings.topics.values()
        for where, text in _texts(topic)
        for each in shelf.red((text,))
    ]


def _texts(topic: Topic) -> Iterator[tuple[str, str]]:
    yield "joint", topic.joint
    for each in topic.positions:
        yield f"position of the {each.side} side", f"{each.text}\n{each.relief}"


def compose(facts: StatusFacts) -> list[Block]:
    """Return the report with both signature blocks."""
    blocks: list[Block] = [facts.front.caption(TITLE), Paragraph(_opening(facts))]
    for number, (title, body) in enumerate(_parts(facts), 1):
        blocks += [Heading(f"{_roman(number)}. {title.upper()}"), *body]
    return [*blocks, *_signatures(facts)]


def _opening(facts: StatusFacts) -> str:
    called = f"As {facts.called_by} directs, " if facts.called_by else ""
    asking = _party(facts, Side.RECEIVING)
    answering = _party(facts, Side.PRODUCING)
    who = f"{asking} and {answering}"
    start = f"{called}{who}" if called else who
    return (
        f"{start} report jointly on discovery since {long_date(facts.since)}. Where they agree "
        "they speak together; where they do not, each states its position in its own words. "
        "Counts are computed from the delivered files alone, so that either side can compute them "
        "again."
    )


def _party(facts: StatusFacts, side: Side) -> str:
    name = facts.front.asking if side is Side.RECEIVING else facts.front.answering
    called = facts.sides[side]
    name = name or called
    return name if name == called else f'{name} ("{called}")'


def _parts(facts: StatusFacts) -> Iterator[tuple[str, list[Block]]]:
    yield "Production", [*status_parts.production(facts)]
    if facts.register.standings:
        yield "Requests and responses", [*status_parts.requests(facts)]
    for topic in facts.dealings.topics.values():
        yield topic.heading, [*status_parts.topic(facts, topic)]
    if facts.points:
        yield "Points raised", [*status_parts.points(facts)]
    for title, blocks in facts.further:
        yield title, list(blocks)
    yield "Impasses and relief asked", [*_impasses(facts)]
    yield "Next report", [Numbered(_next(facts))]


def _impasses(facts: StatusFacts) -> Iterator[Block]:
    held = [each for each in facts.dealings.topics.values() if each.impasse]
    if not held:
        yield Numbered("The parties are at no impasse that they now put to the Court.")
        return
    have = "have conferred and " if all(map(facts.conferred, held)) else ""
    count = "one topic" if len(held) == 1 else f"{len(held)} topics"
    yield Numbered(f"On {count} the parties {have}cannot agree. Each states the relief it asks.")
    rows = []
    for topic in held:
        asked = [topic.position(side).relief or "none stated" for side in Side]
        rows.append((topic.heading, *asked))
    heads = ("Topic", *(f"Relief asked by {facts.sides[side]}" for side in Side))
    yield Table(heads, tuple(rows))


def _next(facts: StatusFacts) -> str:
    when = (
        f"The parties propose to file the next report on {long_date(facts.next_day)}."
        if facts.next_day
        else "The parties ask the Court to set the day of the next report."
    )
    return f"{when} {facts.hearing}".strip()


def _signatures(facts: StatusFacts) -> Sequence[Block]:
    other = facts.front.asking or facts.sides[Side.RECEIVING]
    return (
        Signature(f"Dated: {long_date(facts.day)}", "Respectfully submitted,",
                  "[counsel who signs]", (f"Counsel for {other}",)),
        facts.front.signature(facts.day),
    )  # fmt: skip


def _roman(number: int) -> str:
    made = ""
    for value, sign in ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        times, number = divmod(number, value)
        made += sign * times
    return made
