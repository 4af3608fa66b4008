"""The joint status report: what was produced, how requests stand, both sides on each topic.

One record, two columns. Counts are computed from delivered volumes alone and held against what the
receiving side computed; positions are each side's own words; a page that nobody can look up stops
the report. What is outstanding, questions put and duties under orders, stands at the end. Order of
parts: reference, record.md 2.5; production.md 4.2.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from forthwith.domain.conference import Conference, Letter, Side, Topic
from forthwith.domain.questions import Question, QuestionState
from forthwith.domain.tracked_finding import State, TrackedFinding
from forthwith.papers.blocks import (
    Block,
    Heading,
    Lines,
    Numbered,
    Paragraph,
    Signature,
    Table,
    day_or_words,
    long_date,
)
from forthwith.respond.papers import status_counts
from forthwith.respond.papers.front import Front, set_title
from forthwith.respond.papers.status_counts import Delivered, OtherSideCounts
from forthwith.respond.registers import obligations, questions
from forthwith.respond.registers.citations import CitablePages
from forthwith.respond.registers.conference import Dealings
from forthwith.respond.registers.requests import RequestRegister, RequestStatus

_HEADS = ("Volume", "Day", "Documents", "Families", "Pages", "Unique", "Files")


def production(facts: StatusFacts) -> Iterator[Block]:
    """Yield what was produced since the last report, and all in all."""
    fresh = [each for each in facts.volumes if facts.since < each.day <= facts.day]
    party = facts.front.answering
    if fresh:
        names = ", ".join(map(_called, fresh))
        yield Numbered(f"Since {long_date(facts.since)} {party} has produced {names}.")
    else:
        yield Numbered(f"Since {long_date(facts.since)} {party} has produced nothing.")
    if not facts.volumes:
        return
    total = status_counts.total(facts.volumes)
    yield Numbered(
        f"In all {party} has produced {total['documents']:,} documents in {total['families']:,} "
        f"families, on {total['pages']:,} numbered pages, with {total['natives']:,} native files. "
        f"Unique families are counted within each volume.{_replaced(facts.volumes)}"
    )
    yield Table(_HEADS, tuple(_volume(each) for each in facts.volumes))
    yield Lines(tuple(line for each in facts.volumes for line in _identity(each)))
    if alike := status_counts.same(facts.volumes, facts.told):
        yield Numbered(
            f"Both sides have computed the counts of {', '.join(alike)} from the same files (same "
            "digest) and have the same numbers."
        )
    for sentence in status_counts.differing(facts.volumes, facts.told):
        yield Numbered(sentence)


def _called(each: Delivered) -> str:
    return each.seen.name + (f" (in the place of {each.replaces})" if each.replaces else "")


def _replaced(volumes: Sequence[Delivered]) -> str:
    """Say which volumes are not counted, because others have come in their place."""
    stand = status_counts.standing(volumes)
    gone = [each.seen.name for each in volumes if each not in stand]
    if not gone:
        return ""
    return f" {', '.join(gone)} {'was' if len(gone) == 1 else 'were'} replaced and not counted in."


def _volume(each: Delivered) -> tuple[str, ...]:
    counts = each.seen.counts
    numbers = (counts.get(name, 0) for name in ("documents", "families", "pages", "unique"))
    return (each.seen.name, each.day.isoformat(), *(f"{n:,}" for n in numbers),
            f"{each.files:,}")  # fmt: skip


def _identity(each: Delivered) -> tuple[str, str]:
    seen = each.seen
    return f"{seen.name}: {seen.first} to {seen.last}", f"SHA-256 {seen.digest}"


def requests(facts: StatusFacts) -> Iterator[Block]:
    """Yield for each set how its requests stand."""
    for name, held in facts.register.sets.items():
        standings = facts.register.of(name)
        counted = Counter(map(state, standings))
        told = ", ".join(f"{count} {state}" for state, count in counted.items())
        due = f", due {long_date(held.due.day)}" if held.due else ""
        yield Numbered(
            f"{set_title(name)}, served {long_date(held.served)}{due}: "
            f"{len(standings)} in all: {told}."
        )
        heads = ("No.", "Asked", "State", "Served in", "Pages cited")
        yield Table(heads, tuple(_standing(each) for each in standings))


_ASKED = 110


def _standing(each: RequestStatus) -> tuple[str, ...]:
    words = " ".join(each.request.text.split())
    words = words if len(words) <= _ASKED else words[:_ASKED].rsplit(" ", 1)[0] + " …"
    response = each.as_served.response
    pages = "; ".join(dict.fromkeys(one.volume for one in response.ranges) if response else ())
    served = response.served if response else ""
    return (each.request.number, words, state(each), served, pages)


def state(each: RequestStatus) -> str:
    """Return how a request stands by what was served: a draft is nobody else's to read."""
    served = each.as_served
    return str(served.state) if served.history or not each.history else "not served yet"


def topic_section(facts: StatusFacts, held: Topic) -> Iterator[Block]:
    """Yield one topic: what both say, what passed between them, what each side says."""
    if held.joint:
        yield Numbered(held.joint)
    if held.requests:
        yield Numbered(f"This topic concerns {'; '.join(map(set_title, held.requests))}.")
    letters = facts.dealings.letters_on(held.heading, facts.since, facts.day)
    conferences = facts.dealings.conferences_on(held.heading, facts.since, facts.day)
    yield Numbered(_passed(letters, conferences))
    if held.expected:
        yield Numbered(f"Expected completion: {day_or_words(held.expected).rstrip('.')}.")
    for side in Side:
        text = held.position(side).text
        if text or held.impasse:
            yield Heading(f"Position of {facts.sides[side]}", 2)
            for part in (text or "No position is stated.").split("\n\n"):
                yield Paragraph(" ".join(part.split()))
    if held.impasse:
        if facts.conferred(held):
            yield Numbered("The parties have conferred on this topic and are at an impasse.")
        else:
            yield Numbered(
                "The parties are at an impasse on this topic. No conference on it is recorded."
            )


def _passed(letters: Sequence[Letter], conferences: Sequence[Conference]) -> str:
    told = [f"{each.sender} wrote to {each.to} on {long_date(each.day)}: {each.about}"
            for each in letters]  # fmt: skip
    told += [
        f"Counsel conferred on {long_date(each.day)} {each.how}"
        + (f" ({', '.join(each.people)})" if each.people else "")
        + f": {each.outcome}"
        for each in conferences
    ]
    if not told:
        return "No letter was exchanged and no conference held on this topic in the period."
    return " ".join(each.rstrip(".") + "." for each in told)


def points(facts: StatusFacts) -> Iterator[Block]:
    """Yield the points of the deficiency letter with what each side says of them."""
    counted = Counter(each.state for each in facts.points.values())
    told = ", ".join(f"{counted[state]} {state}" for state in State if counted[state])
    asking, answering = (facts.sides[side] for side in Side)
    yield Numbered(
        f"{asking} has raised {len(facts.points):,} points in its deficiency letter: {told}. A "
        "cure counts as verified only where it was found in the volume named."
    )
    heads = ("No.", "Point", f"{asking} asks", f"{answering} answers", "State")
    yield Table(heads, tuple(_point(key, each) for key, each in facts.points.items()))


def _point(key: str, item: TrackedFinding) -> tuple[str, ...]:
    finding = item.finding
    where = finding.bates or finding.request or finding.file
    answer = item.says or "has not answered"
    if item.cured_in and item.state is not State.CLOSED:
        answer = f"cured in {item.cured_in}"
    because = f": {item.because}" if item.because else ""
    asks = f"{finding.cure.rstrip('.')} ({finding.clause})."
    point = f"{where}: {finding.message}" if where else finding.message
    return (key, f"{point}.", asks, f"{answer}{because}", str(item.state))


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
    yield "Production", [*production(facts)]
    if facts.register.standings:
        yield "Requests and responses", [*requests(facts)]
    for topic in facts.dealings.topics.values():
        yield topic.heading, [*topic_section(facts, topic)]
    if facts.points:
        yield "Points raised", [*points(facts)]
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


#: A part of the report: its title and its blocks.
Part = tuple[str, tuple[Block, ...]]


def parts(
    asked: questions.QuestionRegister, orders: obligations.DutyRegister, day: date
) -> tuple[Part, ...]:
    """Return a part for each that has something to say; none where nothing is kept."""
    held = (
        ("Questions outstanding", tuple(_questions(asked, day))),
        ("Duties under orders", tuple(_duties(orders.on(day), day))),
    )
    return tuple(each for each in held if each[1])


def _questions(asked: questions.QuestionRegister, day: date) -> Iterator[Block]:
    open_ = asked.outstanding(day)
    if not open_:
        return
    overdue = sum(each.overdue for each in open_)
    late = f"; {overdue} undertaken and past the day given" if overdue else ""
    yield Numbered(
        f"{len(open_)} of {len(asked.on(day).standings)} questions put in inspections, "
        f"conferences, depositions and letters have no answer{late}."
    )
    rows = tuple((each.question.key, _put(each.question), each.question.text,
                  _stands(each.question, overdue=each.overdue)) for each in open_)  # fmt: skip
    yield Table(("No.", "Put", "Question", "How it stands"), rows)


def _put(each: Question) -> str:
    return f"{each.day.isoformat()}, {each.occasion}, by {each.asked_by} to {each.asked_of}"


def _stands(each: Question, *, overdue: bool) -> str:
    if each.state is QuestionState.REFUSED:
        return f"refused: {each.because}"
    if each.state is QuestionState.UNDERTAKEN and each.due is not None:
        late = ", not kept" if overdue else ""
        return f"{each.owner} will answer by {each.due.isoformat()}{late}"
    return "open"


def _duties(orders: obligations.DutyRegister, day: date) -> Iterator[Block]:
    for name, order in orders.orders.items():
        held = orders.of(name)
        counted = Counter(str(each.state) for each in held)
        told = ", ".join(f"{count} {state}" for state, count in counted.items())
        amends = f", which amends {order.amends}" if order.amends else ""
        yield Numbered(
            f"{name}, entered {long_date(order.entered)}{amends}, as pinned by its digest: "
            f"{len(held)} duties: {told}. Nothing here says that a duty was met, only what is "
            "cited for it."
        )
        rows = tuple(_duty(each, day) for each in held)
        yield Table(("No.", "Duty", "Due", "State", "Evidence", "Attested by"), rows)


def _duty(each: obligations.DutyStatus, day: date) -> tuple[str, ...]:
    held = each.obligation
    due = held.due
    days = " or ".join(map(str, due.ambiguous or (due.day,))) if due else ""
    late = ", late" if each.late(day) else ""
    unseen = [f"{one.cite} {one.why}" for one in each.red]
    return (held.number, held.says, days, f"{each.state}{late}",
            "; ".join([*each.evidence, *unseen]), held.attestor)  # fmt: skip
