"""The parts of a status report that are computed: production, requests, a topic, points raised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from forthwith.domain.conference import Conference, Letter, Side, Topic
from forthwith.domain.tracked_finding import State, TrackedFinding
from forthwith.papers.blocks import (
    Block,
    Heading,
    Lines,
    Numbered,
    Paragraph,
    Table,
    day_or_words,
    long_date,
)
from forthwith.respond.papers import status_counts
from forthwith.respond.papers.front import set_title
from forthwith.respond.papers.status_counts import Delivered
from forthwith.respond.registers.requests import RequestStatus

if TYPE_CHECKING:
    from forthwith.respond.papers.status import StatusFacts

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


def topic(facts: StatusFacts, held: Topic) -> Iterator[Block]:
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
