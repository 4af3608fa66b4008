"""Whose login leads to whose, beside a reading of the same directory that knows no rows."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pytest

from forthwith.domain.fact_tables import Stamp
from forthwith.exports.directory.lift import lift
from forthwith.exports.options import ImportOptions
from tests.builders.directories import (
    GLOBAL,
    HELPDESK,
    READER,
    assigned,
    graph,
    graph_group,
    graph_member,
    graph_user,
    listing,
)

PRIVILEGED_ROLES = "e8611ab8-c189-46e8-94e1-60213ab1f814"
AUTHENTICATION = "c4e39bd9-1100-46d3-8c65-fb160da0071f"
ROLES = (GLOBAL, PRIVILEGED_ROLES, AUTHENTICATION, HELPDESK, READER)


@dataclass(frozen=True)
class World:
    """A small directory: who is in which group, who has which role, who can be reset at all."""

    users: Sequence[str]
    members: Mapping[str, Sequence[str]]
    guarded: frozenset[str]
    given: Sequence[tuple[str, str]]
    #: Kept by another system, or switched off: no administrator is sure to get in.
    closed: frozenset[str]
    factor: Mapping[str, bool]

    @classmethod
    def drawn(cls, dice: random.Random) -> World:
        """Draw one."""
        users = [f"u{n}" for n in range(dice.randint(2, 5))]
        groups = [f"g{n}" for n in range(dice.randint(0, 4))]
        every = users + groups
        members = {g: [x for x in every if x != g and dice.random() < 0.25] for g in groups}
        count = dice.randint(1, 4)
        return cls(
            users,
            members,
            frozenset(g for g in groups if dice.random() < 0.3),
            [(dice.choice(every), dice.choice(ROLES)) for _ in range(count)],
            frozenset(u for u in users if dice.random() < 0.25),
            {u: dice.random() < 0.5 for u in users if dice.random() < 0.7},
        )

    def files(self) -> list[tuple[str, bytes]]:
        """Return it as Graph lists it."""
        users = [
            graph_user(u, f"{u} X", onPremisesSyncEnabled=u in self.closed) for u in self.users
        ]
        groups = [
            graph_group(g, f"Group {g}", isAssignableToRole=g in self.guarded, owners=[],
                        members=[graph_member(x, "user" if x in self.users else "group")
                                 for x in inner])
            for g, inner in self.members.items()
        ]  # fmt: skip
        factors = [
            {"id": u, "userPrincipalName": u, "isMfaRegistered": has}
            for u, has in self.factor.items()
        ]
        return [
            listing("users.json", graph(*users)),
            listing("groups.json", graph(*groups, of="groups")),
            listing("given.json", graph(*(assigned(*pair) for pair in self.given))),
            listing("factors.json", graph(*factors)),
        ]

    def above(self, start: str) -> set[str]:
        """Return a thing and every group it is in, by way of others too."""
        seen, waiting = {start}, [start]
        while waiting:
            here = waiting.pop()
            for group, inner in self.members.items():
                if here in inner and group not in seen:
                    seen.add(group)
                    waiting.append(group)
        return seen

    def reached(self, start: str) -> set[str]:
        """Return whose logins one login surely gives, step by step until nothing is added."""
        have = {start}
        while True:
            roles = {role for who, role in self.given if who in have} | (have & set(ROLES))
            more = {x for here in have - set(ROLES) for x in self.above(here)}
            more |= roles | set().union(*map(set, map(self._by, roles)))
            if more <= have:
                return have & set(self.users)
            have |= more

    def _by(self, role: str) -> Iterator[str]:
        held = {role for _, role in self.given}
        plain = [u for u in self.users if not any(who in self.above(u) for who, _ in self.given)]
        if role == GLOBAL:
            yield from (u for u in self.users if u not in self.closed)
            yield from self.members
            yield from held
        elif role == PRIVILEGED_ROLES:
            yield from held
            yield from (g for g in self.members if g in self.guarded or g in dict(self.given))
        elif role == AUTHENTICATION:
            yield from (u for u in plain if u not in self.closed)
        elif role == HELPDESK:
            yield from (u for u in plain if u not in self.closed and self.factor.get(u) is False)


@pytest.mark.parametrize("seed", range(60))
def test_a_login_leads_where_groups_and_roles_lead_and_nowhere_else(seed: int) -> None:
    """One grant too many is a finding against somebody, one too few an all-clear."""
    world = World.drawn(random.Random(seed))
    made = lift(world.files(), ImportOptions(Stamp("2023-06-17")))
    assert not made.faults
    onward: dict[str, set[str]] = {}
    for row in made.rows:
        if row.table == "grants" and not row["condition"]:
            onward.setdefault(row["means"], set()).add(row["gives"])
    for user in world.users:
        seen, waiting = {f"login:entra:{user}"}, [f"login:entra:{user}"]
        while waiting:
            fresh = onward.get(waiting.pop(), set()) - seen
            seen |= fresh
            waiting += fresh
        logins = {means.rpartition(":")[2] for means in seen if means.startswith("login:")}
        assert logins == world.reached(user), (user, world)
