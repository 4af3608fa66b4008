"""Stops of a ranked review: a sample drawn, coded by people shown no score, checked, counted.

What is promised is said before the sample is drawn, and every try counts: one that is left lying is
a try too. What was drawn, by which seed, is in the journal before anybody has read it.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from forthwith.domain.batches import Batch, BatchState
from forthwith.domain.coding import Pass
from forthwith.domain.errors import ForthwithError
from forthwith.domain.rankings import Ranking, Rule, Stop
from forthwith.domain.users import Right, Seer
from forthwith.plain.counting import count
from forthwith.record import rankings as kept
from forthwith.review import batches as cutting
from forthwith.review import quality as drawing
from forthwith.review import stopping
from forthwith.review.stopping import Certificate
from forthwith.workflows.room import quality, reach
from forthwith.workflows.room.ranked import (
    Reading,
    checked_seed,
    controls_of,
    digest,
    every,
    known,
    one,
    reading_of,
    sees_whole,
    set_of,
    turns,
)
from forthwith.workflows.room.room import NotShownError, Room, View

#: Codings of each reviewer of a sample that a second person makes again.
CHECKED = quality.PER_REVIEWER
#: Relevant documents a sample may hold and still certify, where nobody says otherwise.
ALLOWED = 2
#: The least confidence anything is promised with.
LEAST_SURE = 0.5
#: Documents of one batch, and of the first lot of a sample drawn beforehand.
MOST, LOT = cutting.DOCUMENTS, 200


class StopError(ForthwithError):
    """A stop cannot be drawn or counted as things are."""


@dataclass(frozen=True, slots=True)
class StopReport:
    """One try at a stop as it stands."""

    stop: Stop
    #: "coding", "unchecked", "checking", "ready" or "counted"; of QBCB "short" or "reading" too;
    #: "gone" where a document of the sample is shown no more.
    stage: str
    #: Documents of the sample that are coded.
    coded: int
    #: What is missing before it is counted, or after it failed; "" where nothing is.
    missing: str = ""
    #: What is promised; "" before.
    promise: str = ""
    #: The least recall may be; None before it is counted, and of QBCB.
    low: float | None = None
    #: Two-sided interval of recall.
    interval: tuple[float, float] | None = None
    #: Of QBCB, once its sample is whole: j, and how many of it reading has reached.
    j: int = 0
    reached: int = 0

    def as_json(self) -> dict[str, object]:
        """Return it as plain data, keys as documented in docs/commands.md."""
        stop = self.stop
        return {
            "stop": stop.id,
            "ranking": stop.ranking,
            "rule": stop.rule.value,
            "stage": self.stage,
            "target": stop.target,
            "confidence": stop.confidence,
            "try": stop.attempt,
            "documents": stop.documents,
            "unread": stop.unread,
            "drawn": len(stop.drawn),
            "coded": self.coded,
            "batches": list(stop.batches),
            "checks": list(stop.checks),
            "seed": stop.seed,
            "found": stop.before if stop.counted else len(stop.found),
            "relevant": stop.relevant if stop.counted else None,
            "bound": stop.bound if stop.counted else None,
            "low": self.low,
            "interval": list(self.interval) if self.interval else None,
            "j": self.j,
            "reached": self.reached,
            "certified": stop.certified,
            "checked": stop.checked,
            "overturned": stop.overturned,
            "missing": self.missing,
            "promise": self.promise,
            "who": stop.who,
            "at": stop.at,
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """A stop as asked for; what is None or 0 is as usual."""

    target: float | None = None
    confidence: float | None = None
    rule: str = ""
    #: Documents drawn; 0 for the fewest that certify with `allowed` relevant ones among them.
    documents: int = 0
    allowed: int = ALLOWED
    #: Of QBCB: relevant documents the sample must have.
    wanted: int = 0
    seed: str = ""
    offered: tuple[str, ...] = ()
    #: Leave a stop that waits as it is, and draw another: a try more.
    again: bool = False


def of(room: Room, view: View, ranking: Ranking) -> list[Stop]:
    """Return the stops of a ranking that somebody is shown, in the order drawn.

    A stop is shown to whoever sees every document it is about.
    """
    with room.matter.engine.connect() as connection:
        found = [stop for stop in kept.stops(connection) if stop.ranking == ranking.name]
    if not found or sees_whole(room, view, ranking):
        return found
    shown = digest(controls_of(view, set_of(room, view, ranking)))
    return [stop for stop in found if stop.of == shown]


def tries(room: Room, view: View, ranking: Ranking) -> list[Stop]:
    """Return every stop there is for the same answer over any of the same documents.

    Another name for the same review does not begin the count of tries again.
    """
    alike = {ranking.name}
    own = set_of(room, view, ranking)
    for other in every(room):
        same = (other.mark, other.value, other.side) == (ranking.mark, ranking.value, ranking.side)
        if same and bool((set_of(room, view, other) & own).any()):
            alike.add(other.name)
    with room.matter.engine.connect() as connection:
        return [stop for stop in kept.stops(connection) if stop.ranking in alike]


def agreed(room: Room, view: View, ranking: Ranking) -> Stop | None:
    """Return the stop by a sample drawn beforehand that is under way; None for none."""
    found = [stop for stop in of(room, view, ranking) if stop.rule is Rule.QBCB]
    return found[-1] if found and not found[-1].counted else None


def sample_is_whole(reading: Reading, stop: Stop) -> bool:
    """Say whether a sample drawn beforehand has the relevant documents it needs, all coded."""
    drawn = reading.places(stop.drawn)
    if (drawn & reading.undetermined).any():
        return False
    return len(stop.drawn) == stop.documents or len(_hits(reading, stop)) >= stop.wanted


def _hits(reading: Reading, stop: Stop) -> list[str]:
    """Return the relevant documents of a sample, in the order drawn."""
    place = reading.view.standing.columns.place
    return [
        control
        for control in stop.drawn
        if (at := place.get(control)) is not None and reading.relevant[at]
    ]


# Drawing


def go_on(room: Room, seer: Seer, called: str, asked: Asked | None = None) -> StopReport:
    """Draw the sample of a stop; or go on with one: draw its check, draw more, count it.

    What is to be done next is said by the report. Raises RefusedError, NotShownError, StopError,
    StoppingError, StopChangedError.
    """
    reach.require(seer, Right.MANAGE, "draw or count a stop")
    asked = asked or Asked()
    known(room, asked.offered)
    checked_seed(asked.seed)
    view = room.view(seer)
    ranking = one(room, view, called)
    reading = reading_of(room, view, ranking)
    before = of(room, view, ranking)
    waiting = before[-1] if before and not before[-1].counted else None
    if (asked.rule or Rule.CERTIFICATE) not in list(Rule):
        raise StopError(f"A stop is by certificate or by qbcb, not by {asked.rule!r}.")
    if waiting is not None and not asked.again:
        _same(waiting, asked)
        return _next_step(room, seer, ranking, reading, waiting, asked)
    if not reading.documents.any():
        raise StopError(f"{called} has no document that is shown to you.")
    if any(row.rule is Rule.QBCB for row in before):
        raise StopError(
            f"{called} was agreed to stop by a sample drawn beforehand, and one promise is not "
            "exchanged for another once documents were read."
        )
    if asked.rule == Rule.QBCB:
        return _draw_beforehand(room, seer, ranking, reading, asked)
    return _draw(room, seer, ranking, reading, asked)


def _same(waiting: Stop, asked: Asked) -> None:
    """Refuse to change what a drawn sample is for. Raises StopError."""
    for what, given, there in (
        ("target", asked.target, waiting.target),
        ("confidence", asked.confidence, waiting.confidence),
        ("rule", asked.rule or None, waiting.rule.value),
    ):
        if given is not None and given != there:
            raise StopError(
                f"{waiting.id} was drawn for a {what} of {there}, and its sample is not counted "
                "yet. What is promised is said before it is known: go on with it, or draw another "
                "try with --again."
            )


def _draw(room: Room, seer: Seer, ranking: Ranking, reading: Reading, asked: Asked) -> StopReport:
    """Draw a sample of what is unread."""
    found = reading.controls(reading.relevant)
    frame = reading.controls(reading.undetermined)
    attempt = 1 + len(tries(room, reading.view, ranking))
    target, sure = _promise(asked)
    least = stopping.sample_size(len(found), len(frame), target, attempt, 0, sure)
    size = asked.documents or max(
        least,
        stopping.sample_size(
            len(found), len(frame), target, attempt, min(max(asked.allowed, 0), len(frame)), sure
        ),
        # Where no sample is needed, one document at least shows that somebody looked.
        min(1, len(frame)),
    )
    if not least <= size <= len(frame):
        more = "there are no more" if size > len(frame) else "draw more"
        raise StopError(
            f"A sample of {size:,} of {count(len(frame), 'unread document')} cannot certify "
            f"{_percent(target)} on try {attempt}: that takes at least {least:,} even if none of "
            f"them is relevant; {more}."
        )
    seed = asked.seed or secrets.token_hex(8)
    drawn = drawing.ranked(frame, seed)[:size]
    stop = Stop(
        "", 0, ranking.name, Rule.CERTIFICATE, target, sure, attempt,
        int(reading.documents.sum()), digest(reading.controls(reading.documents)),
        len(frame), digest(frame), tuple(found), seed, tuple(drawn),
    )  # fmt: skip
    return _entered(room, seer, ranking, reading, stop, drawn, asked.offered)


def _draw_beforehand(
    room: Room, seer: Seer, ranking: Ranking, reading: Reading, asked: Asked
) -> StopReport:
    """Draw the first lot of a sample kept out of training."""
    if turns(room, ranking.name)[0] or tries(room, reading.view, ranking):
        raise StopError(
            f"A sample is agreed on beforehand, and {ranking.name} has proposed documents, or "
            "drawn a stop, already. Stop by certificate, which is drawn at the end."
        )
    target, sure = _promise(asked)
    wanted = asked.wanted or stopping.qbcb_least(target, sure)
    if stopping.qbcb(wanted, target, sure) is None:
        raise StopError(
            f"{count(wanted, 'relevant document')} of a sample cannot promise {_percent(target)}: "
            f"that takes {stopping.qbcb_least(target, sure):,} or more."
        )
    frame = reading.controls(reading.documents)
    seed = asked.seed or secrets.token_hex(8)
    drawn = drawing.ranked(frame, seed)[: asked.documents or LOT]
    stop = Stop(
        "", 0, ranking.name, Rule.QBCB, target, sure, 1, len(frame), digest(frame), len(frame),
        digest(frame), tuple(reading.controls(reading.relevant)), seed, tuple(drawn),
        wanted=wanted,
    )  # fmt: skip
    fresh = set(reading.controls(reading.undetermined))
    new = [control for control in drawn if control in fresh]
    return _entered(room, seer, ranking, reading, stop, new, asked.offered)


def _promise(asked: Asked) -> tuple[float, float]:
    """Return target and confidence as asked for, else as usual."""
    target = stopping.TARGET if asked.target is None else asked.target
    sure = stopping.CONFIDENCE if asked.confidence is None else asked.confidence
    if sure < LEAST_SURE:
        raise StopError(
            f"A confidence of {sure:g} is less than that of a coin, and no promise: ask for "
            f"{LEAST_SURE:g} or more, 0.95 as is usual."
        )
    return target, sure


def _entered(
    room: Room,
    seer: Seer,
    ranking: Ranking,
    reading: Reading,
    stop: Stop,
    fresh: Sequence[str] = (),
    offered: Sequence[str] = (),
) -> StopReport:
    """Keep a version of a stop, with batches of what is to be coded for it."""
    rule = {"sample": "stop", "seed": stop.seed}
    batch = Batch("", "Random sample", Pass.FIRST, rule, offered=tuple(sorted(set(offered))))
    lots = [(batch, list(fresh[at : at + MOST])) for at in range(0, len(fresh), MOST)]
    before = stop.version
    if not stop.id:
        with room.matter.engine.connect() as connection:
            before = len(kept.stops(connection))
    entered = kept.draw(room.matter, stop, lots, reach.by(seer), before)
    return report(room, ranking, reading, entered)


# Going on


def _next_step(
    room: Room, seer: Seer, ranking: Ranking, reading: Reading, stop: Stop, asked: Asked
) -> StopReport:
    """Do what a stop waits for, as far as that can be done now."""
    now = report(room, ranking, reading, stop)
    match now.stage:
        case "short":
            return _draw_more(room, seer, ranking, reading, stop, asked)
        case "unchecked":
            check = quality.draw(
                room, seer, CHECKED, mark=ranking.mark, side=ranking.side, offered=asked.offered,
                seed=f"{stop.seed} check {len(stop.checks) + 1}", within=_first_coded(room, stop),
            )  # fmt: skip
            checks = (*stop.checks, check.sample.id)
            return _entered(room, seer, ranking, reading, replace(stop, checks=checks))
        case "ready":
            return _count(room, seer, ranking, reading, stop, now)
        case _:
            return now


def _draw_more(
    room: Room, seer: Seer, ranking: Ranking, reading: Reading, stop: Stop, asked: Asked
) -> StopReport:
    """Draw another lot: as many as should hold the relevant documents that are lacking."""
    frame = reading.controls(reading.documents)
    if digest(frame) != stop.frame:
        raise StopError(
            f"The documents of {ranking.name} are others than when {stop.id} was drawn: some came, "
            "or went. Its sample cannot go on; name another ranking."
        )
    hits, many = len(_hits(reading, stop)), len(stop.drawn)
    # A fifth more than the share seen so far says.
    size = asked.documents or max(50, -(-(stop.wanted - hits) * many * 6 // (5 * max(hits, 1))))
    drawn = drawing.ranked(frame, stop.seed)[: many + size]
    fresh = set(reading.controls(reading.undetermined))
    new = [control for control in drawn[many:] if control in fresh]
    more = replace(stop, drawn=tuple(drawn))
    return _entered(room, seer, ranking, reading, more, new, asked.offered)


def _count(
    room: Room, seer: Seer, ranking: Ranking, reading: Reading, stop: Stop, now: StopReport
) -> StopReport:
    """Enter what a sample showed."""
    hits = _hits(reading, stop)
    coders, checkers = _people(room, stop)
    checks = [quality.overall(room, check) for check in stop.checks]
    counted = replace(
        stop,
        counted=True,
        # What was found before the draw and was overturned since is found no more.
        before=int((reading.places(stop.found) & reading.relevant).sum()),
        relevant=len(hits),
        hits=tuple(hits),
        coders=coders,
        checkers=checkers,
        checked=sum(check.read for check in checks),
        overturned=sum(check.overturned for check in checks),
    )
    if stop.rule is Rule.QBCB:
        counted = replace(counted, bound=now.j, certified=True)
    else:
        shown = certified(counted)
        counted = replace(counted, bound=shown.bound, certified=shown.certified)
    return _entered(room, seer, ranking, reading, counted)


def certified(stop: Stop) -> Certificate:
    """Return what a counted sample shows."""
    return stopping.certify(
        stop.before, stop.unread, len(stop.drawn), stop.relevant, stop.target, stop.attempt,
        stop.confidence,
    )  # fmt: skip


def _first_coded(room: Room, stop: Stop) -> list[str]:
    """Return the documents of a sample whose coding is a first one, which a second may check."""
    standing = room.codings.standing()
    return [
        control
        for control in stop.drawn
        if (coding := standing.get(control)) is not None and coding.pass_ is Pass.FIRST
    ]


def _people(room: Room, stop: Stop) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return who coded a sample, and who checked it."""
    coders, checkers = set[str](), set[str]()
    for control in stop.drawn:
        for coding in room.codings.history(control):
            (checkers if coding.pass_ is Pass.QC else coders).add(coding.who)
    return tuple(sorted(coders)), tuple(sorted(checkers))


# Saying where it is


def report(room: Room, ranking: Ranking, reading: Reading, stop: Stop) -> StopReport:
    """Say where a stop is, and what it lacks."""
    if stop.counted:
        return _counted(ranking, stop)
    again = f"forthwith rank {ranking.name} stop"
    drawn = reading.places(stop.drawn)
    coded = int((drawn & ~reading.undetermined).sum())
    if gone := len(stop.drawn) - int(drawn.sum()):
        missing = (
            f"{count(gone, 'document')} of its sample went since (called back, or behind a wall), "
            f"so it cannot be counted. `{again} --again` draws another try."
        )
        return StopReport(stop, "gone", coded, missing)
    if left := len(stop.drawn) - coded:
        missing = (
            f"{count(left, 'document')} of its sample of {len(stop.drawn):,} "
            f"{'is' if left == 1 else 'are'} not decided yet: {_batches(stop.batches)}."
        )
        return StopReport(stop, "coding", coded, missing)
    hits = _hits(reading, stop)
    everything = len(stop.drawn) == stop.documents
    if stop.rule is Rule.QBCB and len(hits) < stop.wanted and not everything:
        missing = (
            f"Its sample has {len(hits):,} of the {stop.wanted:,} relevant documents it needs. "
            f"`{again}` draws more."
        )
        return StopReport(stop, "short", coded, missing)
    stage, missing = _checked(room, stop)
    if stage:
        return StopReport(stop, stage, coded, missing.format(again=again))
    if stop.rule is Rule.QBCB:
        meant = hits[: stop.wanted]
        j = stopping.qbcb(len(meant), stop.target, stop.confidence) or len(meant)
        passed = turns(room, ranking.name)[1] | set(stop.found)
        # Where all is read there is nothing left to be reached.
        all_read = everything or not (reading.undetermined & ~drawn).any()
        reached = len(meant) if all_read else sum(control in passed for control in meant)
        if reached < j:
            missing = (
                f"Reading has reached {reached:,} of the sample's {len(meant):,} relevant "
                f"documents, and stops at {j:,}. `forthwith rank {ranking.name} next` goes on."
            )
            return StopReport(stop, "reading", coded, missing, j=j, reached=reached)
        missing = f"Reading has reached {reached:,} of {j:,}. `{again}` counts it."
        return StopReport(stop, "ready", coded, missing, j=j, reached=reached)
    return StopReport(
        stop, "ready", coded, f"Its sample is coded and checked. `{again}` counts it."
    )


def _checked(room: Room, stop: Stop) -> tuple[str, str]:
    """Return the stage of a sample's check and what it lacks; "" where it is checked."""
    unchecked = _first_coded(room, stop)
    undrawn = (
        "Its sample is coded, and these codings are not checked. `{again}` draws what somebody "
        "else codes again."
    )
    if not stop.checks:
        return ("unchecked", undrawn) if unchecked else ("", "")
    last = quality.found(room, stop.checks[-1])
    if not last.complete:
        left = last.drawn - last.read
        return "checking", (
            f"{count(left, 'coding')} of its check {last.sample.id} "
            f"{'is' if left == 1 else 'are'} to be made again by somebody else: batch "
            f"{last.sample.batch}."
        )
    standing = room.codings.standing()
    fresh = any(standing[control].id > last.sample.body["codings"] for control in unchecked)
    closed = all(room.batches.batch(batch).state is BatchState.DONE for batch in stop.batches)
    if last.failing and not (fresh and closed):
        return "checking", (
            f"Its check {last.sample.id} overturned more than the bar of "
            f"{', '.join(last.failing)}, whose batches are open again: code the sample anew, close "
            "its batches, then draw another check with `{again}`."
        )
    return ("unchecked", undrawn) if fresh else ("", "")


def _batches(batches: Sequence[str]) -> str:
    if not batches:
        return "they are in no batch of its own"
    return f"{'batch' if len(batches) == 1 else 'batches'} {', '.join(batches)}"


def _counted(ranking: Ranking, stop: Stop) -> StopReport:
    """Say what a counted stop promises, or why it does not."""
    promise = (
        f"With {_percent(stop.confidence)} confidence, at least {_percent(stop.target)} of the "
        f"documents to be marked {ranking.mark}={ranking.value} among "
        f"{count(stop.documents, 'document')} have been found. {_errors(stop)}"
    )
    done = StopReport(stop, "counted", len(stop.drawn))
    if stop.rule is Rule.QBCB:
        return replace(done, promise=promise, j=stop.bound, reached=stop.bound)
    shown = certified(stop)
    done = replace(
        done,
        low=float(shown.low),
        interval=(float(shown.interval[0]), float(shown.interval[1])),
    )
    if stop.certified:
        return replace(done, promise=promise)
    return replace(
        done,
        missing=(
            f"Not certified: {stop.relevant:,} of {len(stop.drawn):,} drawn "
            f"{'is' if stop.relevant == 1 else 'are'} relevant, so as many as "
            f"{stop.bound - stop.relevant:,} more may be unread, and no more than "
            f"{100 * float(shown.low):.1f} % found, where {_percent(stop.target)} was asked for. "
            f"Read on with `forthwith rank {ranking.name} next`, then draw another try."
        ),
    )


def _percent(share: float) -> str:
    return f"{100 * share:.10g} %"


def _errors(stop: Stop) -> str:
    if not stop.checked:
        return "Errors of coding are not in this, and nobody made a coding of the sample again."
    return (
        f"Errors of coding are not in this: of {count(stop.checked, 'coding')} of the sample that "
        f"somebody else made again, {stop.overturned:,} "
        f"({100 * stop.overturned / stop.checked:.1f} %) came out otherwise."
    )


def one_counted(
    room: Room, seer: Seer, called: str, number: str = ""
) -> tuple[Ranking, StopReport]:
    """Return a ranking and one of its counted stops, the last for "".

    Raises RefusedError, NotShownError, StopError.
    """
    reach.require(seer, Right.MANAGE, "see stops")
    view = room.view(seer)
    ranking = one(room, view, called)
    shown = of(room, view, ranking)
    if number and number not in {stop.id for stop in shown}:
        raise NotShownError(f"stop {number}")
    counted = [stop for stop in shown if stop.counted and number in ("", stop.id)]
    if not counted:
        raise StopError(
            f"{number or f'No stop of {called}'} is {'not ' if number else ''}counted yet, so "
            f"there is nothing to print. `forthwith rank {called} stop` draws one, or goes on."
        )
    return ranking, report(room, ranking, reading_of(room, view, ranking), counted[-1])
