"""Who works in a room: people and services, what their roles allow, what is walled off from them.

A role gives rights and a reach over documents; a wall takes documents away whatever the role. What
both come to for one matter is one mask over its documents: that is `review.walls`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What somebody is in a matter."""

    REVIEWER = "reviewer"
    SECOND = "second"
    PRIVILEGE = "privilege"
    LEAD = "lead"
    PRODUCTION = "production"
    ADMIN = "admin"
    MONITOR = "monitor"
    OBSERVER = "observer"
    #: No role: takes what its scope names away from whoever has it.
    WALL = "wall"


class Right(StrEnum):
    """One kind of act."""

    #: Meet documents in lists, counts and searches, with their metadata.
    LIST = "list"
    #: Read text, pages and natives.
    OPEN = "open"
    CODE = "code"
    #: Code over what another person coded in an earlier pass.
    OVERTURN = "overturn"
    #: Set privilege marks that stand, and edit the log.
    CLAIM = "claim"
    #: Propose a privilege mark or a redaction for somebody else to decide.
    PROPOSE = "propose"
    REDACT = "redact"
    #: Cut and hand out batches, write forms, draw samples, settle conflicts.
    MANAGE = "manage"
    #: Let a privileged document or a twin of one go, with a reason.
    RELEASE = "release"
    PRODUCE = "produce"
    #: Challenge entries of the other side's privilege log, note deficiencies.
    CHALLENGE = "challenge"
    USERS = "users"


_R = Right
#: Rights by role (the table of docs/room.md, which a test compares with this one).
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.REVIEWER: frozenset({_R.LIST, _R.OPEN, _R.CODE, _R.PROPOSE}),
    Role.SECOND: frozenset({_R.LIST, _R.OPEN, _R.CODE, _R.OVERTURN, _R.CLAIM, _R.REDACT}),
    Role.PRIVILEGE: frozenset(
        {_R.LIST, _R.OPEN, _R.CODE, _R.OVERTURN, _R.CLAIM, _R.REDACT, _R.RELEASE}
    ),
    Role.LEAD: frozenset(
        {_R.LIST, _R.OPEN, _R.CODE, _R.OVERTURN, _R.CLAIM, _R.REDACT, _R.MANAGE, _R.CHALLENGE}
    ),
    Role.PRODUCTION: frozenset({_R.LIST, _R.OPEN, _R.REDACT, _R.PRODUCE}),
    Role.ADMIN: frozenset({_R.USERS}),
    Role.MONITOR: frozenset({_R.LIST, _R.OPEN, _R.CODE, _R.CHALLENGE, _R.MANAGE}),
    Role.OBSERVER: frozenset({_R.LIST}),
    Role.WALL: frozenset(),
}


class Side(StrEnum):
    """Whose documents they are."""

    OURS = "ours"
    THEIRS = "theirs"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a grant is limited to; an empty part limits nothing.

    Of a wall it is what is taken away: all that meets every part that is not empty.
    """

    custodians: frozenset[str] = frozenset()
    batches: frozenset[str] = frozenset()
    sides: frozenset[Side] = frozenset()
    #: "first", "second", "qc": the passes a second-level reviewer is assigned to.
    passes: frozenset[str] = frozenset()
    #: Control numbers, for a wall around single documents.
    documents: frozenset[str] = frozenset()
    #: ISO day after which the grant is over; "" for never.
    until: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role of one user, or a wall around them."""

    user: str
    role: Role
    scope: Scope = field(default_factory=Scope)
    #: Number of the row it is kept in; 0 before it is kept.
    id: int = 0

    def stands(self, day: str) -> bool:
        """Say whether the grant is in force on an ISO day."""
        return not self.scope.until or day <= self.scope.until


@dataclass(frozen=True, slots=True)
class User:
    """A person or a service who may sign in."""

    #: "U0001".
    id: str
    login: str
    name: str
    #: "human" or "service".
    kind: str = "human"
    #: ISO instant; "" while the account is open.
    disabled_at: str = ""


@dataclass(frozen=True, slots=True)
class Seer:
    """Who asks: a user with the grants in force, and how the journal will say they are known."""

    user: User
    grants: tuple[Grant, ...]
    #: "password", "passkey", "oidc https://issuer", "local login (uid 1000)".
    known_by: str

    def may(self, right: Right) -> bool:
        """Say whether a role of theirs has a right, over whatever documents."""
        return any(right in RIGHTS[grant.role] for grant in self.grants)

    @property
    def roles(self) -> frozenset[Role]:
        """The roles held; walls are none."""
        return frozenset(grant.role for grant in self.grants) - {Role.WALL}

    @property
    def walls(self) -> tuple[Grant, ...]:
        """What is taken away."""
        return tuple(grant for grant in self.grants if grant.role is Role.WALL)


def in_force(grants: Iterable[Grant], day: str) -> tuple[Grant, ...]:
    """Return the grants that stand on an ISO day."""
    return tuple(grant for grant in grants if grant.stands(day))
