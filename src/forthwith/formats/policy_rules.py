"""Rules of a custody platform's transaction policy, as values; `policy_rule_reader` reads them.

The list is ordered and the first rule that matches decides. A rule of which some part could not be
read is doubtful: it may match or not, and do one thing or another; nothing is guessed from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

ANY = "*"
ONE_TIME = "ONE_TIME_ADDRESS"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A source or destination, or in a rule the pattern of one: `*` is any."""

    kind: str
    id: str = ANY
    sort: str = ANY

    def takes(self, other: Place) -> bool:
        """Return whether a place fits this pattern; `*` in a place is none that a rule names."""
        pairs = ((self.kind, other.kind), (self.id, other.id), (self.sort, other.sort))
        return all(mine in (ANY, theirs) for mine, theirs in pairs)


@dataclass(frozen=True, slots=True)
class Group:
    """So many of these users must approve."""

    threshold: int
    members: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. None where a set of users is everybody."""

    number: int
    action: str = "BLOCK"
    types: frozenset[str] = frozenset((ANY,))
    asset: str = ANY
    operators: frozenset[str] | None = None
    #: Empty: the initiator signs.
    signers: frozenset[str] | None = frozenset()
    sources: tuple[Place, ...] = (Place(ANY),)
    destinations: tuple[Place, ...] = (Place(ANY),)
    #: True: only addresses that are on no list; False: only ones that are; None: both.
    one_time: bool | None = None
    #: It matches amounts above `least` and up to `most`.
    least: Decimal = Decimal(0)
    most: Decimal | None = None
    currency: str = "USD"
    #: Not 0: it counts the total of so many seconds instead of one transfer.
    seconds: int = 0
    groups: tuple[Group, ...] = ()
    #: Whether every group must approve, or any one.
    every_group: bool = False
    own_approval: bool = False
    #: What of it could not be read; not empty: nothing is known of what it does.
    doubts: tuple[str, ...] = ()

    def reaches(self, kind: str, source: Place, asset: str, destination: Place) -> bool:
        """Return whether it may match a transfer of this kind, amount and initiator aside."""
        return (
            bool(self.types & {ANY, kind})
            and self.asset in (ANY, asset)
            and any(each.takes(source) for each in self.sources)
            and any(each.takes(destination) for each in self.destinations)
            and (self.one_time is None or self.one_time == (destination.kind == ONE_TIME))
        )
