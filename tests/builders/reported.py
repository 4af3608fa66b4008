"""A status report's facts, all sound; each test breaks one part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from forthwith.domain.acts import Act, Acts
from forthwith.domain.conference import TOPIC, Conference, Letter, Side, Topic
from forthwith.domain.finding import Finding, Severity
from forthwith.domain.tracked_finding import State, TrackedFinding
from forthwith.domain.volume_seen import VolumeSeen
from forthwith.respond.papers.status import StatusFacts
from forthwith.respond.papers.status_counts import Delivered, OtherSideCounts
from forthwith.respond.registers.conference import Dealings
from tests.builders import answered

SINCE, DAY = date(2024, 1, 25), date(2024, 3, 5)
COUNTS = {"documents": 3, "families": 2, "pages": 9, "natives": 1, "unique": 2}
SEEN = VolumeSeen("VOL001", "SEC 8/2021", "ab" * 32, "ABC0001", "ABC0009", COUNTS)
VOLUME = Delivered(SEEN, date(2024, 2, 1), 14)
PUMPS = (
    Topic("Document discovery", "Northgate has produced one volume.", (answered.SET,))
    .saying(
        Side.RECEIVING, text="The minutes are missing (ABC0002).", relief="An order to produce."
    )
    .saying(Side.PRODUCING, text="There are none.", relief="That discovery be deemed complete.")
)
TOPIC_HELD = replace(PUMPS, impasse=True, expected="2024-04-01")
POINTS = {
    "F-0001": TrackedFinding(
        Finding("RQ01", Severity.MAJOR, "request 3 has no written response", "34(b)", "Serve one.")
    ),
    "F-0002": TrackedFinding(
        Finding(
            "FM01",
            Severity.MAJOR,
            "an attachment is lost",
            "General",
            "Produce it.",
            bates="ABC0003",
        ),
        State.VERIFIED,
        says="cured",
        cured_in="VOL002",
    ),
}


def ledger(acts: Iterable[Act]) -> Acts:
    return Acts(replace(act, seq=place) for place, act in enumerate(acts))


def dealings(*more: Letter | Conference) -> Dealings:
    """One topic at an impasse, and what else passed."""
    acts = [Act(TOPIC, TOPIC_HELD.heading, TOPIC_HELD.body())]
    for each in more:
        held = Dealings.read(ledger(acts))
        acts.append(held.wrote(each) if isinstance(each, Letter) else held.met(each))
    return Dealings.read(ledger(acts))


def facts(**changes: object) -> StatusFacts:
    """Return the facts, some of them changed."""
    sound = StatusFacts(
        front=answered.FRONT,
        sides={Side.RECEIVING: "Plaintiff", Side.PRODUCING: "Defendant"},
        day=DAY,
        since=SINCE,
        volumes=(VOLUME,),
        told={"VOL001": OtherSideCounts("ab" * 32, COUNTS)},
        register=answered.register(),
        dealings=dealings(),
        points=POINTS,
        next_day=date(2024, 4, 4),
    )
    return replace(sound, **changes)  # type: ignore[arg-type]
