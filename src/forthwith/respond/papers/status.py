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
    fresh = [volume for volume in facts.volumes if facts.since < volume.day <= facts.day]
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
    yield Table(_HEADS, tuple(_volume(volume) for volume in facts.volumes))
    yield Lines(tuple(line for volume in facts.volumes for line in _identity(volume)))
    if alike := status_counts.same(facts.volumes, facts.told):
        yield Numbered(
            f"Both sides have computed the counts of {', '.join(alike)} from the same files (same "
            "digest) and have the same numbers."
        )
    for sentence in status_counts.differing(facts.volumes, facts.told):
        yield Numbered(sentence)


def _called(volume: Delivered) -> str:
    return volume.seen.name + (f" (in the place of {volume.replaces})" if volume.replaces else "")


def _replaced(volumes: Sequence[Delivered]) -> str:
    """Say which volumes are not counted, because others have come in their place."""
    stand = status_counts.standing(volumes)
    gone = [volume.seen.name for volume in volumes if volume not in stand]
    if not gone:
        return ""
    return f" {', '.join(gone)} {'was' if len(gone) == 1 else 'were'} replaced and not counted in."


def _volume(volume: Delivered) -> tuple[str, ...]:
    counts = volume.seen.counts
    numbers = (counts.get(name, 0) for name in ("documents", "families", "pages", "unique"))
    return (volume.seen.name, volume.day.isoformat(), *(f"{n:,}" for n in numbers),
            f"{volume.files:,}")  # fmt: skip


def _identity(volume: Delivered) -> tuple[str, str]:
    seen = volume.seen
    return f"{seen.name}: {seen.first} to {seen.last}", f"SHA-256 {seen.digest}"


def requests(facts: StatusFacts) -> Iterator[Block]:
    """Yield for each set how its requests stand."""
    for name, request_set in facts.register.sets.items():
        standings = facts.register.of(name)
        counted = Counter(map(state, standings))
        states = ", ".join(f"{count} {state}" for state, count in counted.items())
        due = f", due {long_date(request_set.due.day)}" if request_set.due else ""
        yield Numbered(
            f"{set_title(name)}, served {long_date(request_set.served)}{due}: "
            f"{len(standings)} in all: {states}."
        )
        heads = ("No.", "Asked", "State", "Served in", "Pages cited")
        yield Table(heads, tuple(_standing(standing) for standing in standings))


_ASKED = 110


def _standing(standing: RequestStatus) -> tuple[str, ...]:
    words = " ".join(standing.request.text.split())
    words = words if len(words) <= _ASKED else words[:_ASKED].rsplit(" ", 1)[0] + " …"
    response = standing.as_served.response
    pages = "; ".join(dict.fromkeys(span.volume for span in response.ranges) if response else ())
    served = response.served if response else ""
    return (standing.request.number, words, state(standing), served, pages)


def state(standing: RequestStatus) -> str:
    """Return how a request stands by what was served: a draft is nobody else's to read."""
    served = standing.as_served
    return str(served.state) if served.history or not standing.history else "not served yet"


def topic_section(facts: StatusFacts, topic: Topic) -> Iterator[Block]:
    """Yield one topic: what both say, what passed between them, what each side says."""
    if topic.joint:
        yield Numbered(topic.joint)
    if topic.requests:
        yield Numbered(f"This topic concerns {'; '.join(map(set_title, topic.requests))}.")
    letters = facts.dealings.letters_on(topic.heading, facts.since, facts.day)
    conferences = facts.dealings.conferences_on(topic.heading, facts.since, facts.day)
    yield Numbered(_passed(letters, conferences))
    if topic.expected:
        yield Numbered(f"Expected completion: {day_or_words(topic.expected).rstrip('.')}.")
    for side in Side:
        text = topic.position(side).text
        if text or topic.impasse:
            yield Heading(f"Position of {facts.sides[side]}", 2)
            for part in (text or "No position is stated.").split("\n\n"):
                yield Paragraph(" ".join(part.split()))
    if topic.impasse:
        if facts.conferred(topic):
            yield Numbered("The parties have conferred on this topic and are at an impasse.")
        else:
            yield Numbered(
                "The parties are at an impasse on this topic. No conference on it is recorded."
            )


def _passed(letters: Sequence[Letter], conferences: Sequence[Conference]) -> str:
    dealings = [f"{letter.sender} wrote to {letter.to} on {long_date(letter.day)}: {letter.about}"
            for letter in letters]  # fmt: skip
    dealings += [
        f"Counsel conferred on {long_date(conference.day)} {conference.how}"
        + (f" ({', '.join(conference.people)})" if conference.people else "")
        + f": {conference.outcome}"
        for conference in conferences
    ]
    if not dealings:
        return "No letter was exchanged and no conference held on this topic in the period."
    return " ".join(sentence.rstrip(".") + "." for sentence in dealings)


def points(facts: StatusFacts) -> Iterator[Block]:
    """Yield the points of the deficiency letter with what each side says of them."""
    counted = Counter(point.state for point in facts.points.values())
    states = ", ".join(f"{counted[state]} {state}" for state in State if counted[state])
    asking, answering = (facts.sides[side] for side in Side)
    yield Numbered(
        f"{asking} has raised {len(facts.points):,} points in its deficiency letter: {states}. A "
        "cure counts as verified only where it was found in the volume named."
    )
    heads = ("No.", "Point", f"{asking} asks", f"{answering} answers", "State")
    yield Table(heads, tuple(_point(key, point) for key, point in facts.points.items()))


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


def unresolved(facts: StatusFacts, shelf: CitablePages) -> list[str]:
    """Return a sentence for each page cited in a topic that cannot be looked up."""
    return [
        f"{topic.heading}, {where}: cites {cited.cite}, which {cited.why}"
        for topic in facts.dealings.topics.values()
        for where, text in _texts(topic)
        for cited in shelf.unresolved((text,))
    ]


def _texts(topic: Topic) -> Iterator[tuple[str, str]]:
    yield "joint", topic.joint
    for position in topic.positions:
        yield f"position of the {position.side} side", f"{position.text}\n{position.relief}"


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
    topics = [topic for topic in facts.dealings.topics.values() if topic.impasse]
    if not topics:
        yield Numbered("The parties are at no impasse that they now put to the Court.")
        return
    have = "have conferred and " if all(map(facts.conferred, topics)) else ""
    count = "one topic" if len(topics) == 1 else f"{len(topics)} topics"
    yield Numbered(f"On {count} the parties {have}cannot agree. Each states the relief it asks.")
    rows = []
    for topic in topics:
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
    numeral = ""
    for value, sign in ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        times, number = divmod(number, value)
        numeral += sign * times
    return numeral


#: A part of the report: its title and its blocks.
Part = tuple[str, tuple[Block, ...]]


def parts(
    asked: questions.QuestionRegister, orders: obligations.DutyRegister, day: date
) -> tuple[Part, ...]:
    """Return a part for each that has something to say; none where nothing is kept."""
    sections = (
        ("Questions outstanding", tuple(_questions(asked, day))),
        ("Duties under orders", tuple(_duties(orders.on(day), day))),
    )
    return tuple(section for section in sections if section[1])


def _questions(asked: questions.QuestionRegister, day: date) -> Iterator[Block]:
    open_ = asked.outstanding(day)
    if not open_:
        return
    overdue = sum(standing.overdue for standing in open_)
    late = f"; {overdue} undertaken and past the day given" if overdue else ""
    yield Numbered(
        f"{len(open_)} of {len(asked.on(day).standings)} questions put in inspections, "
        f"conferences, depositions and letters have no answer{late}."
    )
    rows = tuple(
        (question.key, _put(question), question.text, _stands(question, overdue=standing.overdue))
        for standing in open_
        for question in (standing.question,)
    )
    yield Table(("No.", "Put", "Question", "How it stands"), rows)


def _put(question: Question) -> str:
    day, parties = question.day.isoformat(), f"by {question.asked_by} to {question.asked_of}"
    return f"{day}, {question.occasion}, {parties}"


def _stands(question: Question, *, overdue: bool) -> str:
    if question.state is QuestionState.REFUSED:
        return f"refused: {question.because}"
    if question.state is QuestionState.UNDERTAKEN and question.due is not None:
        late = ", not kept" if overdue else ""
        return f"{question.owner} will answer by {question.due.isoformat()}{late}"
    return "open"


def _duties(orders: obligations.DutyRegister, day: date) -> Iterator[Block]:
    for name, order in orders.orders.items():
        duties = orders.of(name)
        counted = Counter(str(duty.state) for duty in duties)
        states = ", ".join(f"{count} {state}" for state, count in counted.items())
        amends = f", which amends {order.amends}" if order.amends else ""
        yield Numbered(
            f"{name}, entered {long_date(order.entered)}{amends}, as pinned by its digest: "
            f"{len(duties)} duties: {states}. Nothing here says that a duty was met, only what is "
            "cited for it."
        )
        rows = tuple(_duty(duty, day) for duty in duties)
        yield Table(("No.", "Duty", "Due", "State", "Evidence", "Attested by"), rows)


def _duty(duty: obligations.DutyStatus, day: date) -> tuple[str, ...]:
    obligation = duty.obligation
    due = obligation.due
    days = " or ".join(map(str, due.ambiguous or (due.day,))) if due else ""
    late = ", late" if duty.late(day) else ""
    unseen = [f"{cited.cite} {cited.why}" for cited in duty.unresolved]
    return (obligation.number, obligation.says, days, f"{duty.state}{late}",
            "; ".join([*duty.evidence, *unseen]), obligation.attestor)  # fmt: skip
