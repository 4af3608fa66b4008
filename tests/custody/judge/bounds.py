"""Both bounds by the words of the rules, row by row: what surely counts, and what may.

The lower bound takes accepted enabling rows and every restricting row, the upper one every
enabling row and accepted restricting rows alone; days of doubt go the same ways. No completion is
tried, save for who is in the group: there rows change sides under `not`, and each person is looked
at in every completion of the rows about people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from forthwith.custody.facts.facts import (
    ApprovalPolicy,
    Fact,
    Facts,
    SpendingPolicy,
    Wallet,
)
from tests.custody.judge.asked import (
    Asked,
    Stretch,
    asked_about,
    met,
    span_of,
    stretches,
    without_tier,
    words,
)
from tests.custody.judge.completions import Completions, alike
from tests.custody.judge.world import WRAPPED, Cargo, World, _takes_more, per_stretch

_RESTRICTING = ("approvals", "destructions")


class Bound(World):
    """The rules of one bound: the upper one where `possible`, else the lower."""

    def __init__(self, facts: Facts, asked: Asked, *, possible: bool) -> None:
        """Take the question."""
        doubtful = [w for w in facts.wallets if not asked.accepts(w)]
        joins = tuple(alike(facts)) if possible else ()
        super().__init__(facts, asked, () if possible else doubtful, joins=joins, possible=possible)
        self._in_doubt = set(map(id, doubtful))

    def rows(self, table: str) -> Iterator[Fact]:
        """Yield the rows that count in this bound."""
        for row in getattr(self.facts, table):
            accepted = self.asked.accepts(row)
            if table == "completeness":
                counts = accepted
            elif table in _RESTRICTING:
                counts = accepted or not self.possible
            else:
                counts = accepted or self.possible
            if counts:
                yield row

    def _holds(self, row: Fact, when: Stretch, *, monotone: bool = False) -> bool:
        return span_of(row).covers(when, late_end=self.possible)

    def _open(self, wallet: str, when: Stretch) -> bool:
        if not self.possible or not self._anybody(when):
            return False
        listed = any(
            row.wallet == wallet and self.asked.accepts(row) and span_of(row).covers(when)
            for row in self.facts.policies
        )
        return not (listed and self.closed(f"wallet:{wallet}", when))

    @cached_property
    def _of_people(self) -> Mapping[Stretch, tuple[frozenset[str], frozenset[str]]]:
        """Return who is in the group surely, and possibly, in each stretch."""
        sames = tuple(row for row in self.facts.same_as if row.kind != "means")
        complete = tuple(row for row in self.facts.completeness if row.means.startswith("person:"))
        about = Facts(
            entities=self.facts.entities, ownership=self.facts.ownership, same_as=sames,
            people=self.facts.people, affiliations=self.facts.affiliations,
            completeness=complete,
        )  # fmt: skip
        everyone = frozenset(person.id for person in self.facts.people)
        times = stretches(self.facts, self.asked)
        found = {when: (everyone, frozenset[str]()) for when in times}
        people = Completions(about, self.asked)
        for world, possibly in (
            *((world, False) for world in people.worlds(possible=False)),
            *((world, True) for world in people.worlds(possible=True)),
        ):
            for when, (sure, maybe) in found.items():
                ids = frozenset().union(*world.in_group(when))
                found[when] = (sure, maybe | ids) if possibly else (sure & ids, maybe)
        return found

    def in_group(self, when: Stretch) -> list[frozenset[str]]:
        """Return the ids of those in the group, each alone: joins were looked at one by one."""
        return [frozenset({id_}) for id_ in self._of_people[when][self.possible]]

    @per_stretch
    def _once(self, when: Stretch) -> Mapping[str, str]:
        """Return what counts once: below whatever may be one share, above what surely is."""
        other = Bound(self.facts, self.asked, possible=not self.possible)
        return other.one(when)

    @per_stretch
    def _anyones(self, when: Stretch) -> frozenset[str]:
        """Take a list of holders for another means only where the two are surely one."""
        if not self.possible or not self._anybody(when):
            return frozenset()
        one, surely = self.one(when), self._once(when)
        closed = {surely[id_] for id_ in surely if self.closed(id_, when)}
        return frozenset(
            one[id_] for id_ in one if surely[id_] not in closed and not self._destroyed(id_, when)
        )

    def _meets(self, formula, has, when: Stretch) -> bool:
        one, once = self.one(when), self._once(when)
        shares = {
            row.id
            for row in self.facts.means
            if row.kind == "share" and (self.asked.accepts(row) or not self.possible)
        }
        return met(
            formula,
            lambda leaf: one[leaf] in has,
            lambda leaf: once[leaf] if leaf in shares else None,
        )

    def _gives_outright(self, row, when: Stretch) -> bool:
        if row.kind not in WRAPPED:
            return super()._gives_outright(row, when)
        return not any(
            grant.gives == row.of
            and _takes_more(grant, row.id)
            and (self.asked.accepts(grant) or not self.possible)
            and span_of(grant).covers(when, late_end=not self.possible)
            for grant in self.facts.grants
        )

    @cached_property
    def _known_words(self) -> frozenset[str]:
        limits = (dict(row.scope).get("destination", "") for row in self.facts.policies)
        accepted = (w for w in self.facts.wallets if id(w) not in self._in_doubt)
        return frozenset().union(*map(words, limits), *map(self._names, accepted))

    def _scoped(self) -> Iterator[Wallet]:
        asked = self.asked.scope
        yield from super()._scoped()
        if self.possible:
            yield from (
                wallet
                for wallet in self.facts.wallets
                if id(wallet) in self._in_doubt
                and (not asked.wallets or wallet.id in asked.wallets)
            )

    def _holds_of(self, wallet: Wallet) -> frozenset[str]:
        """Return what it surely holds; where its row is doubtful, above, that may be anything."""
        return frozenset() if id(wallet) in self._in_doubt else super()._holds_of(wallet)

    def _approved(
        self, policy: SpendingPolicy, there: frozenset[str], cargo: Cargo, has, when: Stretch
    ) -> bool:
        groups: dict[str, list[ApprovalPolicy]] = {}
        for row in self.facts.approvals:
            limits = dict(row.scope)
            limit = words(limits.get("destination", ""))
            if (
                (row.wallet, row.path) == (policy.wallet, policy.path)
                and span_of(row).covers(when, late_end=True)
                and (not limit or limit & there)
                and (row.above is None or cargo.amount > row.above.value)
                and (row.up_to is None or cargo.amount <= row.up_to.value)
                and cargo.within(limits, unsaid=not self.possible)
                and not (self.possible and without_tier(row, self.facts))
            ):
                groups.setdefault(row.group, []).append(row)
        alone = groups.pop("", [])
        agreed = all(self._agreed(group, rows, has, when) for group, rows in groups.items())
        if not alone:
            return agreed
        if not self.possible:
            return agreed and self._agreed("", alone, has, when)
        # Rows without a group may stand instead of the groups as well as beside them.
        surely = any(self._surely_binds(row, when) for row in alone)
        instead = alone if surely else []
        instead = [*instead, *(row for rows in groups.values() for row in rows)]
        return any(self._given_leave(row, has, when) for row in alone) or (
            agreed and (not surely or any(self._given_leave(r, has, when) for r in instead))
        )

    def _surely_binds(self, row: ApprovalPolicy, when: Stretch) -> bool:
        return self.asked.accepts(row) and span_of(row).covers(when, late_start=True)

    def _agreed(self, group: str, rows: list[ApprovalPolicy], has, when: Stretch) -> bool:
        """Apply the rule of alternatives: what surely binds, and what may."""
        surely = [row for row in rows if self._surely_binds(row, when)]
        if self.possible:
            return not surely or any(self._given_leave(row, has, when) for row in rows)
        if group and surely:
            return any(self._given_leave(row, has, when) for row in surely)
        return all(self._given_leave(row, has, when) for row in rows)


def judged(facts: Facts, asked: Asked) -> dict[Stretch, str]:
    """Return the answer in each stretch asked about, by the rules."""
    low = Bound(facts, asked, possible=False).answers()
    up = Bound(facts, asked, possible=True).answers()
    return {
        when: "shown" if low[when] else "not shown" if up[when] else "excluded"
        for when in stretches(facts, asked)
        if asked_about(asked, when)
    }
