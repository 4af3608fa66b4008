"""Coalitions: the minimal sets of people who can move a wallet together, and who can stop it.

Works on any network whose leaves are people; `circuits.people_network` makes one for a wallet on a
day. Blocking sets are the minimal sets of the dual: where one of them is whole against it, or lost,
nobody moves anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forthwith.custody.facts.network import Network
from forthwith.custody.minimal_sets import Bound, NotDecided, minimal_sets

#: How many sets are listed unless asked otherwise.
LISTED = 1000
#: People looked at in one evaluation.
_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class Coalitions:
    """Who can, and who can stop it; lists are cut at a limit, counts never are."""

    minimal: tuple[frozenset[str], ...]
    count: int
    #: How many there are of each size; None when even that is too much to add up.
    sizes: dict[int, int] | None
    blocking: tuple[frozenset[str], ...]
    #: None past the bound; then `why` says which.
    blocking_count: int | None
    #: Who suffices without anybody else.
    alone: tuple[str, ...]
    #: Without whom nobody can.
    single_points: tuple[str, ...]
    engine: str
    why: str = ""

    @property
    def complete(self) -> bool:
        """Whether every minimal coalition is listed."""
        return len(self.minimal) == self.count


#: Nobody listed can: no accepted policy or holder that day.
NOBODY = Coalitions((), 0, {}, (), 0, (), (), "direct")


def coalitions(
    network: Network,
    *,
    limit: int = LISTED,
    bound: Bound | None = None,
    engine: str | None = None,
) -> Coalitions | NotDecided:
    """Return the minimal coalitions and blocking sets. Raises BadNetworkError on a cycle."""
    minimal = minimal_sets(network, bound=bound, engine=engine)
    if isinstance(minimal, NotDecided):
        return minimal
    blocking = minimal_sets(network.dual(), bound=bound, engine=engine)
    undecided = isinstance(blocking, NotDecided)
    alone, needed = singles(network)
    return Coalitions(
        minimal=tuple(minimal.sets(limit)),
        count=minimal.count,
        sizes=minimal.sizes,
        blocking=() if isinstance(blocking, NotDecided) else tuple(blocking.sets(limit)),
        blocking_count=None if isinstance(blocking, NotDecided) else blocking.count,
        alone=alone,
        single_points=needed,
        engine=minimal.engine,
        why=str(blocking) if undecided else "",
    )


def singles(network: Network) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the leaves that meet the network alone, and those without which nothing does."""
    leaves = sorted(network.leaves())
    alone: list[str] = []
    needed: list[str] = []
    for start in range(0, len(leaves), _AT_ONCE):
        asked = leaves[start : start + _AT_ONCE]
        full = (1 << len(asked)) - 1
        own = {leaf: 1 << at for at, leaf in enumerate(asked)}
        alone += _at_bits(asked, network.met(own, full))
        without = {leaf: full & ~own.get(leaf, 0) for leaf in leaves}
        needed += _at_bits(asked, full & ~network.met(without, full))
    return tuple(alone), tuple(needed)


def _at_bits(leaves: Sequence[str], bits: int) -> list[str]:
    return [leaf for at, leaf in enumerate(leaves) if bits >> at & 1]
