"""Reach: what a group has, in two bounds, over all time at once.

The lower bound is the least fixed point over accepted facts. The upper is the same over the most
generous completion of the facts: what is not shown to be all listed is in the group's hands, and
whoever may belong to the group does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from forthwith.custody.answers.approvals import Approval, Joined, Need
from forthwith.custody.answers.index import COPYABLE, Edge, Model, in_place
from forthwith.custody.facts.network import Network
from forthwith.custody.questions.groups import Bounds, Who, belonging

#: People whose earlier hands are followed one by one; past it they are taken together.
_FOLLOWED = 200


@dataclass(frozen=True, slots=True)
class Assumed:
    """What a question takes to be so besides the rows."""

    #: Whoever had a thing that can be copied has it still (upper bound).
    copies_persist: bool = False
    #: Conditions are met, and restricting rows that are not accepted are not there (lower bound):
    #: what would be shown but for them.
    doubts_fall: bool = False


PLAIN = Assumed()


class Reach:
    """What one group has and can meet."""

    def __init__(self, model: Model, who: Who, assumed: Assumed = PLAIN) -> None:
        self.model, self.who, self.assumed = model, who, assumed
        self._members: dict[str, Bounds] = {}
        self.low = closure(model, self._in_hand(surely=True), self.low_days, self.low_source)
        #: For each means the stretches in which it may be had only because a copy may be kept.
        self.kept: dict[str, int] = {}
        self.up = self._upper()
        wholes = {means.of for means in model.means.values() if means.of} & self.up.keys()
        self._serving = self.up | {in_place(whole): self.up[whole] for whole in wholes}
        self._met: dict[tuple[int, bool], int] = {}

    def member(self, person: str) -> Bounds:
        """Return the days on which the person surely, and perhaps, belongs to the group."""
        if person not in self._members:
            self._members[person] = belonging(self.who, person, self.model)
        return self._members[person]

    def low_days(self, edge: Edge) -> int:
        """Return the stretches in which a grant counts in the lower bound."""
        if self.assumed.doubts_fall:
            return edge.low | edge.doubtful
        return edge.low

    def low_source(self, edge: Edge) -> Network:
        """Return what has to be met for a grant in the lower bound."""
        return edge.source if self.assumed.doubts_fall else edge.low_source

    def narrow(self, formula: Network) -> Network:
        """Return what has to be met for a policy's formula in the lower bound."""
        return self.model.narrow(formula, relied=self.assumed.doubts_fall)

    def _in_hand(self, *, surely: bool) -> dict[str, int]:
        """Return what is in the group's hands before any grant."""
        which = 0 if surely else 1
        in_hand: dict[str, int] = {}
        if not surely:
            in_hand = {
                means: days for means in self.model.means if (days := self.model.open_days(means))
            }
        for means, rows in self.model.holders.items():
            for possession in rows:
                if days := (possession.low if surely else possession.up):
                    days &= self.member(possession.fact.person)[which]
                    if days:
                        in_hand[means] = in_hand.get(means, 0) | days
        for means, (gone, perhaps_gone) in self.model.destroyed.items():
            if means in in_hand:
                lost = gone
                if surely and not self.assumed.doubts_fall:
                    lost = perhaps_gone
                in_hand[means] &= ~lost
                if not surely:
                    in_hand[means] |= self._reappearing(means)
        return in_hand

    def _reappearing(self, means: str) -> int:
        """Return when the group had what was destroyed before, by a row that says the opposite.

        One of the two rows is wrong, and nobody says which.
        """
        days = 0
        for possession in self.model.holders.get(means, ()):
            if self.model.reappearing(possession.fact):
                days |= possession.up & self.member(possession.fact.person)[1]
        return days

    def _upper(self) -> dict[str, int]:
        in_hand = self._in_hand(surely=False)
        if not self.assumed.copies_persist:
            return closure(self.model, in_hand, _up_days, _up_source)
        return self._persisting(in_hand)

    def _persisting(self, in_hand: dict[str, int]) -> dict[str, int]:
        """Return what may be had where whoever once reached a thing may have kept a copy of it.

        A means is not taken to have been there before the first row that speaks of it, but for
        the time asked about.
        """
        model = self.model
        begins = {
            means: days | model.asked
            for means, days in (dict.fromkeys(model.means, 0) | model.beginnings()).items()
        }
        joining = self._joining()
        start = dict(in_hand)
        while True:
            reached = closure(model, start, _up_days, _up_source)
            kept = {
                means: model.axis.after(reached[means] & begins.get(means, 0))
                for means in reached
                if self._copied(means)
            }
            for person, before in joining:
                # Had alone or with the group before the person belonged to it, and brought along.
                mine = dict(start)
                for means, days in before.items():
                    mine[means] = mine.get(means, 0) | days
                member = self._perhaps(person)
                for means, days in closure(model, mine, _up_days, _up_source).items():
                    new = days & ~reached.get(means, 0) & begins.get(means, 0)
                    if new and self._copied(means):
                        kept[means] = kept.get(means, 0) | model.axis.after(new) & member
            more = False
            for means, days in kept.items():
                new = days & ~start.get(means, 0) & ~reached.get(means, 0)
                if new:
                    more = True
                    start[means] = start.get(means, 0) | new
                    self.kept[means] = self.kept.get(means, 0) | new
            if not more:
                return reached

    def _copied(self, means: str) -> bool:
        """Say whether a thing may be copied; one that no row of means tells of may."""
        row = self.model.means.get(means)
        return row is None or row.kind in COPYABLE

    def _perhaps(self, people: tuple[str, ...]) -> int:
        days = 0
        for person in people:
            days |= self.member(person)[1]
        return days

    def _joining(self) -> list[tuple[tuple[str, ...], dict[str, int]]]:
        """Return people who had something on days they did not belong to the group, with it."""
        before: dict[str, dict[str, int]] = {}
        for means, rows in self.model.holders.items():
            for row in rows:
                for person, (_, same) in self.model.same.of(row.fact.person).items():
                    member = self.member(person)[1]
                    if member and (days := row.up & same & ~member):
                        mine = before.setdefault(person, {})
                        mine[means] = mine.get(means, 0) | days
        if len(before) <= _FOLLOWED:
            return [((person,), mine) for person, mine in before.items()]
        together: dict[str, int] = {}
        for mine in before.values():
            for means, days in mine.items():
                together[means] = together.get(means, 0) | days
        return [(tuple(before), together)]

    def meets(self, formula: Network) -> Bounds:
        """Return the days on which the group surely, and perhaps, meets a policy's formula."""
        return self._meets(formula, surely=True), self._meets(formula, surely=False)

    def _meets(self, formula: Network, *, surely: bool) -> int:
        known = self._met.get((id(formula), surely))
        if known is None:
            full = self.model.full
            if surely:
                known = self.narrow(formula).met(self.low, full)
            else:
                known = self.model.wide(formula).met(self._serving, full)
            self._met[id(formula), surely] = known
        return known

    def has(self, means: str) -> Bounds:
        """Return the days on which the group surely, and perhaps, has the means."""
        return self.low.get(means, 0), self.up.get(means, 0)

    def approved(self, need: Need, *, surely: bool) -> int:
        """Return the days on which what the software asks for is had, or can be set aside."""
        parts = [
            self.approved(part, surely=surely)
            if isinstance(part, Need)
            else self._approval(part, surely=surely)
            for part in need.parts
        ]
        days = self.model.full if need.joined is Joined.ALL else 0
        for part in parts:
            days = days & part if need.joined is Joined.ALL else days | part
        return days

    def _approval(self, row: Approval, *, surely: bool) -> int:
        if not row.enforcer and not surely:
            return self.model.full
        met = self._meets(row.formula, surely=surely)
        return met | self._meets(self.model.alone(row.enforcer), surely=surely)


def _up_days(edge: Edge) -> int:
    return edge.up


def _up_source(edge: Edge) -> Network:
    return edge.source


def closure(
    model: Model,
    in_hand: Mapping[str, int],
    days_of: Callable[[Edge], int],
    source_of: Callable[[Edge], Network],
) -> dict[str, int]:
    """Return what is had once every grant has been followed, cycles included."""
    has = dict(in_hand)
    waiting = [means for means in in_hand if means in model.after]
    while waiting:
        means = waiting.pop()
        for edge in model.after.get(means, ()):
            if days := days_of(edge):
                met = has[means] if edge.simple else source_of(edge).met(has, model.full)
                was = has.get(edge.gives, 0)
                now = was | days & met
                if now != was:
                    has[edge.gives] = now
                    waiting.append(edge.gives)
    return has
