"""Ranked review: named, read by batches in the order learnt; how far it is.

No score is kept or told, so whoever codes a sample of a stop has seen none.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from forthwith.domain.batches import Batch
from forthwith.domain.coding import MarkKind, Pass
from forthwith.domain.rankings import Ranking
from forthwith.domain.users import Right, Seer, Side
from forthwith.plain.counting import count
from forthwith.record import indexes
from forthwith.record import rankings as kept
from forthwith.record.room_store import Flags
from forthwith.record.tables import DatabaseError
from forthwith.review import batches as cutting
from forthwith.review import quality as drawing
from forthwith.review import ranking as rules
from forthwith.review import stopping
from forthwith.review.ranking import Features, Model, RankingError, Training
from forthwith.review.search.parser import parse
from forthwith.review.search.query import OF_REVIEW, Value, leaves
from forthwith.review.stopping import Cost, Suggestion
from forthwith.workflows.room import quality, reach, stops
from forthwith.workflows.room.forms import form_for
from forthwith.workflows.room.ranked import (
    RANKING,
    REACHED,
    TURN,
    UNDECIDED,
    Reading,
    checked_seed,
    every,
    is_shown,
    known,
    one,
    pending,
    reading_of,
    set_of,
    turns,
)
from forthwith.workflows.room.room import Room, View
from forthwith.workflows.room.stops import StopError, StopReport

#: Documents drawn while nothing can be learnt; documents of one batch at most.
FIRST, MOST = 10, cutting.DOCUMENTS
#: Characters of a text to begin with.
LONGEST_LIKE = 20_000
#: Points of a curve, at most.
_POINTS = 200


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to be read next."""

    ranking: str
    #: From 0; batches cut, () for a preview.
    turn: int
    batches: tuple[Batch, ...]
    #: Control numbers, families whole, the likeliest family first.
    controls: tuple[str, ...]
    families: int
    #: "svm", "bayes", or "random" while nothing can be learnt.
    by: str
    #: Documents still unread and in no batch after these.
    left: int


@dataclass(frozen=True, slots=True)
class Status:
    """How far a ranked review is, over what whoever asks is shown."""

    ranking: Ranking
    documents: int
    relevant: int
    other: int
    #: Coded, and not decided yet.
    undecided: int
    #: Not coded, or coded on another text than today's; and those of them in batches handed out.
    unread: int
    pending: int
    turns: int
    #: (documents read, relevant found), in the order read.
    curve: tuple[tuple[int, int], ...]
    suggestion: Suggestion
    #: What a certificate would cost now, by target; () while nothing is found.
    costs: tuple[Cost, ...]
    attempt: int
    stops: tuple[StopReport, ...]
    #: Codings by this mark that were checked in quality control, and those decided otherwise.
    checked: int
    overturned: int

    @property
    def few(self) -> bool:
        """Whether so little is relevant that a promise costs nearly everything."""
        return self.relevant < stopping.FEW

    @property
    def last(self) -> StopReport | None:
        """The last stop; None where none was drawn."""
        return self.stops[-1] if self.stops else None

    @property
    def said(self) -> str:
        """What is to be known before anybody relies on this, in a sentence or two; or ""."""
        if not self.few:
            return ""
        row = next((row for row in self.costs if row.target == stopping.TARGET), None)
        cost = (
            f" Now, {100 * row.target:g} % would take at least "
            f"{count(row.none, 'random document')} of "
            f"the {self.documents - self.relevant - self.other:,} unread ({100 * row.share:.0f} %)."
            if row
            else ""
        )
        return (
            f"{count(self.relevant, 'relevant document')} found. Under about {stopping.FEW} a "
            f"promise at 95 % confidence costs nearly the whole collection.{cost}"
        )

    def as_json(self) -> dict[str, object]:
        """Return it as plain data, keys as documented in docs/commands.md."""
        ranking = self.ranking
        return {
            "ranking": ranking.name,
            "mark": ranking.mark,
            "value": ranking.value,
            "side": ranking.side,
            "query": ranking.query,
            "model": ranking.model,
            "seed": ranking.seed,
            "like": ranking.like,
            "who": ranking.who,
            "at": ranking.at,
            "documents": self.documents,
            "relevant": self.relevant,
            "other": self.other,
            "undecided": self.undecided,
            "unread": self.unread,
            "pending": self.pending,
            "turns": self.turns,
            "curve": [list(point) for point in self.curve],
            "suggested": {
                "knee": self.suggestion.knee,
                "effort": self.suggestion.effort,
                "quiet": self.suggestion.quiet,
                "budget": self.suggestion.budget,
                "stretch": self.suggestion.stretch,
            },
            "costs": [
                {"target": row.target, "none": row.none, "two": row.two, "share": row.share}
                for row in self.costs
            ],
            "attempt": self.attempt,
            "checked": self.checked,
            "overturned": self.overturned,
            "note": self.said,
            "stops": [stop.as_json() for stop in self.stops],
        }


def name(
    room: Room,
    seer: Seer,
    called: str,
    *,
    mark: str = "",
    value: str = "",
    query: str = "",
    side: str = Side.OURS,
    model: str = Model.SVM,
    like: str = "",
    seed: str = "",
) -> Status:
    """Name a ranking; one that says the same stays as it is.

    `value` may be left out of a mark that has one to look for: yes, or a flag's. Raises
    RefusedError, RankingError, RankingNameError, RankingExistsError and what a query may raise.
    """
    reach.require(seer, Right.MANAGE, "name rankings")
    if side not in list(Side) or model not in list(Model):
        raise RankingError(
            f"A ranking is of documents ours or theirs, by {', '.join(Model)}: not {side}, {model}."
        )
    mark = mark or ("responsive" if side == Side.OURS else "relevant")
    value = _value(room, side, mark, value)
    if query.strip() and any(
        isinstance(leaf, Value) and leaf.field in OF_REVIEW for leaf in leaves(parse(query))
    ):
        raise RankingError(
            "The documents of a ranking may not depend on how they are coded or handed out, for "
            f"that changes as they are read: leave {', '.join(sorted(OF_REVIEW))} out of the query."
        )
    checked_seed(seed)
    # What a file name or a paste may hold and no text is.
    like = " ".join(like.encode("utf-8", "replace").decode().split())
    if len(like) > LONGEST_LIKE:
        raise RankingError(
            f"The text a ranking begins with has {len(like):,} characters, and may have "
            f"{LONGEST_LIKE:,}: take the passage that says what is looked for."
        )
    wanted = Ranking(
        called, 0, mark, value, side, query.strip(), seed or secrets.token_hex(8), model,
        like,
    )  # fmt: skip
    view = room.view(seer)
    set_of(room, view, wanted)
    there = next((row for row in every(room) if row.name == called), None)
    if there is not None and not is_shown(room, view, there):
        raise RankingError(f"A ranking cannot be called {called!r} here. Take another name.")
    kept.name(room.matter, wanted, reach.by(seer))
    return status(room, seer, called)


def _value(room: Room, side: str, mark: str, value: str) -> str:
    """Return the value that is looked for, as forms keep it. Raises RankingError."""
    form = form_for(room, side)
    asked = form.mark(mark)
    rankable = [row.name for row in form.marks if row.kind is not MarkKind.TEXT]
    if asked is None or asked.kind is MarkKind.TEXT:
        raise RankingError(
            f"The form {form.id} has no mark {mark!r} with answers to rank by. It has "
            f"{', '.join(rankable) or 'none'}: give --mark NAME."
        )
    if asked.kind is MarkKind.FLAG:
        if value not in ("", "yes"):
            raise RankingError(f"{mark} is set or not set: leave the value out.")
        return "yes"
    choices = [choice.value for choice in asked.choices]
    chosen = value or ("yes" if "yes" in choices else "")
    if chosen not in choices or chosen == UNDECIDED:
        raise RankingError(
            f"Say which answer of {mark} is looked for, with --value: "
            f"{', '.join(choice for choice in choices if choice != UNDECIDED)}."
        )
    return chosen


def listed(room: Room, seer: Seer) -> list[Status]:
    """Return the rankings somebody is shown, by name. Raises RefusedError."""
    reach.require(seer, Right.MANAGE, "see rankings")
    view = room.view(seer)
    return [
        _status(room, view, ranking) for ranking in every(room) if is_shown(room, view, ranking)
    ]


# Proposing


def propose(
    room: Room,
    seer: Seer,
    called: str,
    documents: int = 0,
    *,
    offered: Sequence[str] = (),
    preview: bool = False,
) -> Proposal:
    """Cut what is to be read next into a batch, families whole; with `preview` only say it.

    0 documents is as many as the turn has. Raises RefusedError, NotShownError, RankingError,
    StopError.
    """
    reach.require(seer, Right.MANAGE, "propose what is read next")
    view = room.view(seer)
    ranking = one(room, view, called)
    known(room, offered)
    if documents < 0:
        raise RankingError("A batch has 1 document or more: give -n N.")
    reading = reading_of(room, view, ranking)
    agreed = stops.agreed(room, view, ranking)
    if agreed is not None and not stops.sample_is_whole(reading, agreed):
        raise StopError(
            f"{agreed.id} comes first: its random sample must have {agreed.wanted:,} relevant "
            f"documents before anything is proposed. See: forthwith rank {called} status."
        )
    aside = reading.places(agreed.drawn if agreed else ())
    order, by = _order(room, reading, ranking, aside)
    columns = view.standing.columns
    proposal: list[Proposal] = []

    def lots(_in_batches: AbstractSet[str]) -> list[tuple[Batch, list[str]]]:
        # Asked again while nobody else can write.
        turn, passed = turns(room, called)
        size = documents or (
            rules.batch_size(turn, int(reading.documents.sum())) if by != "random" else FIRST
        )
        waiting = pending(room, reading, room.batches.members())
        free = reading.unread & ~waiting
        already = aside & ~reading.places(passed)
        chosen, met = list[int](), list[str]()
        for place in order.tolist():
            if free[place] and not aside[place]:
                if len(chosen) == size:
                    break
                chosen.append(place)
            elif already[place]:
                # Of the sample and decided: reached where it would have been read.
                met.append(columns.controls[place])
        takeable = view.mask(Right.LIST) & ~waiting & ~aside & ~_coded(reading)
        places = rules.whole_families(columns.top, chosen, takeable)
        controls = [columns.controls[place] for place in places]
        free[places] = False
        rule = {RANKING: called, TURN: turn, "seed": ranking.seed, "by": by, REACHED: met}
        batch = Batch(
            "", f"Ranked: {called}", Pass.FIRST, rule, offered=tuple(sorted(set(offered)))
        )
        families = len({int(columns.top[place]) for place in places})
        proposal.append(
            Proposal(called, turn, (), tuple(controls), families, by, int((free & ~aside).sum()))
        )
        return _in_lots(batch, controls, columns.top[places].tolist())

    if preview:
        lots(set())
        return proposal[-1]
    cut = room.batches.cut(Pass.FIRST, lots, reach.by(seer))
    return replace(proposal[-1], batches=tuple(cut))


def _coded(reading: Reading) -> Flags:
    return reading.relevant | reading.other | reading.undecided


def _in_lots(
    batch: Batch, controls: Sequence[str], tops: Sequence[int]
) -> list[tuple[Batch, list[str]]]:
    """Return batches none of which is longer than one person reads, families whole."""
    found: list[tuple[Batch, list[str]]] = []
    for place, control in enumerate(controls):
        new = place == 0 or tops[place] != tops[place - 1]
        if not found or (new and len(found[-1][1]) >= MOST):
            # What was passed on the way is told once.
            own = batch if not found else replace(batch, rule={**batch.rule, REACHED: []})
            found.append((own, []))
        found[-1][1].append(control)
    if not found and batch.rule[REACHED]:
        found.append((batch, []))
    return found


def _order(
    room: Room, reading: Reading, ranking: Ranking, aside: Flags
) -> tuple[rules.Places, str]:
    """Return the places not decided, or kept aside, in the order they are read, and by what."""
    relevant = np.flatnonzero(reading.relevant & ~aside)
    other = np.flatnonzero(reading.other & ~aside)
    pool = np.flatnonzero(reading.unread | aside)
    unread = np.flatnonzero(reading.unread & ~aside)
    if not len(relevant) and not ranking.like:
        controls = reading.view.standing.columns.controls
        named = {controls[int(place)]: int(place) for place in pool}
        drawn = drawing.ranked(named, f"{ranking.seed} first")
        return np.array([named[control] for control in drawn], np.intp), "random"
    if not len(pool):
        return pool, ranking.model
    rows = features(room, reading.view)
    matrix = rows.matrix
    if ranking.like:
        matrix = rows.with_text(ranking.like)
        if not matrix[-1].nnz and not len(relevant):
            raise RankingError(
                "No word of the text this ranking begins with stands in two documents, so nothing "
                "is like it. Name another ranking with other words, or none."
            )
        if matrix[-1].nnz:
            relevant = np.append(relevant, matrix.shape[0] - 1)
    turn = len(relevant) + len(other)
    training = Training(relevant, other, rules.presumed(unread, ranking.seed, turn))
    if len(training.rows) == len(relevant):
        # Everything read is relevant, and what is left is the sample's alone.
        return pool, ranking.model
    found = rules.scores(matrix, training, Model(ranking.model), ranking.seed)
    return rules.ordered(found, pool), ranking.model


def features(room: Room, view: View) -> Features:
    """Return the rows of all documents, made once for what they say today.

    They lie in the matter's derived folder, where anybody may delete them. Raises RankingError.
    """
    standing = view.standing
    store = standing.store

    def texts() -> Iterable[str]:
        return (store.text(place)[0] for place in range(len(standing.columns)))

    def opened() -> Features:
        key = hashlib.sha256(f"{standing.digest} {rules.VERSION}".encode()).hexdigest()[:16]
        path = indexes.place_of(room.matter, f"{key}{indexes.RANKED}")
        if indexes.is_sound(room.matter, path):
            return Features.load(path)
        made = rules.features(texts())
        if not room.matter.read_only:
            _keep(room, made, path)
        return made

    rows: Features = room.remembered(("features", standing.digest), opened)
    return rows


def _keep(room: Room, made: Features, path: Path) -> None:
    """Write rows beside the store they were made of; a disk that is full costs nothing but time."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(exist_ok=True)
        made.save(partial)
        indexes.keep(room.matter, path.name, partial)
        partial.replace(path)
        for old in path.parent.glob(f"*{indexes.RANKED}"):
            if old != path and not old.name.startswith("."):
                old.unlink(missing_ok=True)
    except (OSError, DatabaseError):
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


# How far it is


def status(room: Room, seer: Seer, called: str) -> Status:
    """Return how far a ranking is. Raises RefusedError, NotShownError."""
    reach.require(seer, Right.MANAGE, "see rankings")
    view = room.view(seer)
    return _status(room, view, one(room, view, called))


def _status(room: Room, view: View, ranking: Ranking) -> Status:
    reading = reading_of(room, view, ranking)
    drawn = stops.of(room, view, ranking)
    sampled = reading.places(control for stop in drawn for control in stop.drawn)
    read = _in_order_read(room, reading, sampled)
    relevant = int(reading.relevant.sum())
    undetermined = int(reading.undetermined.sum())
    attempt = 1 + len(stops.tries(room, view, ranking))
    costs: list[Cost] = []
    if relevant and undetermined and attempt <= stopping.MOST_TRIES:
        costs = stopping.costs(relevant, undetermined, attempt=attempt)
    checked, overturned = _overturned(room, view, ranking)
    return Status(
        ranking,
        int(reading.documents.sum()),
        relevant,
        int(reading.other.sum()),
        int(reading.undecided.sum()),
        int(reading.unread.sum()),
        int((pending(room, reading, room.batches.members()) & reading.unread).sum()),
        turns(room, ranking.name)[0],
        _thinned(read),
        stopping.suggested(read, int(reading.documents.sum())),
        tuple(costs),
        attempt,
        tuple(stops.report(room, ranking, reading, stop) for stop in drawn),
        checked,
        overturned,
    )


def _in_order_read(room: Room, reading: Reading, sampled: Flags) -> list[bool]:
    """Return whether each decided document is relevant, in the order they were first coded.

    Random samples are left out: they say nothing of how the order does.
    """
    wanted = (reading.relevant | reading.other) & ~sampled

    def firsts() -> dict[str, int]:
        found: dict[str, int] = {}
        for coding in room.codings.every():
            if coding.body:
                found.setdefault(coding.control, coding.id)
        return found

    first: dict[str, int] = room.remembered(("first codings", room.codings.changes()), firsts)
    controls = reading.view.standing.columns.controls
    places = sorted(np.flatnonzero(wanted).tolist(), key=lambda at: first.get(controls[at], 0))
    return [bool(reading.relevant[place]) for place in places]


def _thinned(read: Sequence[bool]) -> tuple[tuple[int, int], ...]:
    """Return a curve of not too many points, with its ends."""
    gained = np.cumsum(np.array([0, *read], np.int64))
    steps = np.unique(np.linspace(0, len(read), min(_POINTS, len(read) + 1)).round().astype(int))
    return tuple((int(at), int(gained[at])) for at in steps)


def _overturned(room: Room, view: View, ranking: Ranking) -> tuple[int, int]:
    """Return how many codings of the mark quality control has read, and decided otherwise.

    0 and 0 to whom a document of the sample is not shown.
    """
    checked = overturned = 0
    shown = view.mask(Right.LIST)
    for sample in room.batches.samples():
        body = sample.body
        if sample.kind != quality.QC or (body["mark"], body["side"]) != (
            ranking.mark, ranking.side,
        ):  # fmt: skip
            continue
        drawn = [control for row in body["strata"] for control, _ in row["drawn"]]
        if len(reach.shown_of(room, shown, tuple(drawn))) < len(drawn):
            continue
        whole = quality.overall(room, sample.id)
        checked, overturned = checked + whole.read, overturned + whole.overturned
    return checked, overturned
