"""What every desk of a ranked review asks: which documents it is over, and what is decided of them.

Everything is over the documents whoever asks is shown, so no wall can be counted through.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forthwith.domain.batches import BatchState
from forthwith.domain.coding import MarkKind, Pass
from forthwith.domain.rankings import Ranking
from forthwith.domain.users import Grant, Right, Role, Seer, Side
from forthwith.record import rankings as kept
from forthwith.record.room_store import Flags
from forthwith.review.ranking import RankingError
from forthwith.review.search.parser import parse
from forthwith.workflows.room.forms import form_for
from forthwith.workflows.room.room import NotShownError, RefusedError, Room, View

LONGEST_SEED = 100
#: A value that decides nothing yet.
UNDECIDED = "unsure"
#: Keys of a batch's rule: the ranking that proposed it, which turn, whom of a sample it passed.
RANKING, TURN, REACHED = "ranking", "turn", "reached"


def known(room: Room, logins: Sequence[str]) -> None:
    """Refuse to offer documents to nobody. Raises RefusedError."""
    for login in logins:
        if room.users.by_login(login) is None:
            raise RefusedError(
                f"There is no user {login!r} to offer documents to. `forthwith users list` names "
                "all."
            )


def checked_seed(seed: str) -> None:
    """Refuse a seed that a paper could not print. Raises RankingError."""
    if len(seed) > LONGEST_SEED or not seed.isprintable():
        raise RankingError(
            f"A seed is up to {LONGEST_SEED} letters, digits and signs that can be printed: it "
            "stands in the certificate. Take another, or none."
        )


def every(room: Room) -> list[Ranking]:
    """Return all rankings, by name."""
    with room.matter.engine.connect() as connection:
        return kept.standing(connection)


def is_shown(room: Room, view: View, ranking: Ranking) -> bool:
    """Say whether a ranking is shown: to who made it, and who is shown a document of it."""
    return ranking.who == view.seer.user.login or bool(set_of(room, view, ranking).any())


def one(room: Room, view: View, called: str) -> Ranking:
    """Return a ranking. Raises NotShownError, alike for absent and hidden."""
    for ranking in every(room):
        if ranking.name == called and is_shown(room, view, ranking):
            return ranking
    raise NotShownError(f"ranking {called}")


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """The documents of a ranking that somebody is shown, by place, and what is decided of them."""

    view: View
    documents: Flags
    relevant: Flags
    other: Flags
    #: Coded with no decision.
    undecided: Flags

    @property
    def unread(self) -> Flags:
        """Not coded, or on a text that is another one by now."""
        return self.documents & ~(self.relevant | self.other | self.undecided)

    @property
    def undetermined(self) -> Flags:
        """What nobody has decided: unread and undecided."""
        return self.documents & ~(self.relevant | self.other)

    def controls(self, flags: Flags) -> list[str]:
        """Return control numbers of flagged documents, ascending."""
        return controls_of(self.view, flags)

    def places(self, controls: Iterable[str]) -> Flags:
        """Return flags at control numbers that are among the documents."""
        flags = np.zeros(len(self.documents), np.bool_)
        place = self.view.standing.columns.place
        flags[[at for control in controls if (at := place.get(control)) is not None]] = True
        return np.asarray(flags & self.documents)


def set_of(room: Room, view: View, ranking: Ranking) -> Flags:
    """Return the documents of a ranking that somebody is shown."""
    columns = view.standing.columns
    within = view.mask(Right.LIST) & view.mask(Right.OPEN)
    within = within & (columns.theirs == (ranking.side == Side.THEIRS))
    if not ranking.query:
        return np.asarray(within)
    node = parse(ranking.query)
    key = ("ranked", view.key, ranking.side, node)
    met: Flags = room.remembered(
        key, lambda: np.asarray(view.standing.searcher.engine.mask(node, within), np.bool_)
    )
    return np.asarray(met & within)


def reading_of(room: Room, view: View, ranking: Ranking) -> Reading:
    """Return what is decided of the documents of a ranking."""
    documents = set_of(room, view, ranking)
    coded = view.standing.values.coded
    mark = ranking.mark.casefold()
    relevant = coded.mark(mark, ranking.value.casefold())
    answered = coded.mark(mark)
    form = form_for(room, ranking.side)
    asked = form.mark(ranking.mark)
    if asked is not None and asked.kind in (MarkKind.FLAG, MarkKind.MANY):
        # Whoever codes a document and sets no flag, or names no issue, has said that it has none.
        answered = answered | np.asarray(coded.ids > 0)
    undecided = answered & coded.mark(mark, UNDECIDED) & ~relevant
    undecided = undecided | (np.asarray(coded.ids > 0) & ~answered)
    current = ~_outdated(room, view)
    return Reading(
        view,
        documents,
        documents & relevant & current,
        documents & answered & ~relevant & ~undecided & current,
        documents & undecided & current,
    )


def _outdated(room: Room, view: View) -> Flags:
    """Return what was coded on another text than today's."""
    columns = view.standing.columns

    def made() -> Flags:
        flags = np.zeros(len(columns), np.bool_)
        for control, coding in dict(room.codings.standing()).items():
            place = columns.place.get(control)
            if place is not None and coding.read:
                flags[place] = coding.read != bytes(columns.read[place]).ljust(16, b"\0").hex()
        return flags

    key = ("outdated", view.standing.digest, room.codings.changes())
    flags: Flags = room.remembered(key, made)
    return flags


def pending(room: Room, reading: Reading, members: Mapping[str, Sequence[str]]) -> Flags:
    """Return what is in a first-pass batch that is not done."""
    return reading.places(
        control
        for batch in room.batches.every()
        if batch.pass_ is Pass.FIRST and batch.state is not BatchState.DONE
        for control in members.get(batch.id, ())
    )


def turns(room: Room, called: str) -> tuple[int, set[str]]:
    """Return how many turns a ranking has had, and whom of a sample they passed."""
    seen, passed = set[int](), set[str]()
    for batch in room.batches.every():
        if batch.rule.get(RANKING) == called:
            seen.add(batch.rule[TURN])
            passed.update(batch.rule.get(REACHED, ()))
    return len(seen), passed


def sees_whole(room: Room, view: View, ranking: Ranking) -> bool:
    """Say whether no wall takes a document of a ranking from somebody."""
    anybody = replace(view.seer.user, disabled_at="")
    everything = Seer(anybody, (Grant(anybody.id, Role.LEAD),), "")
    whole = set_of(room, room.view(everything), ranking)
    return not bool((whole & ~set_of(room, view, ranking)).any())


def controls_of(view: View, flags: Flags) -> list[str]:
    """Return control numbers of flagged documents, ascending."""
    controls = view.standing.columns.controls
    return [controls[int(place)] for place in np.flatnonzero(flags)]


def digest(controls: Iterable[str]) -> str:
    """Return SHA-256 over control numbers, a line each, ascending."""
    return hashlib.sha256("\n".join(sorted(controls)).encode()).hexdigest()
