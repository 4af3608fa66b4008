"""Spending conditions: what a script asks for, as k-of-n over means of control and timelocks.

A chain knows two clocks of each kind: a transaction names one absolute lock, a height or a time,
and an input one relative lock, blocks or seconds (BIP-65, BIP-68). A way to spend that asks for
both of a kind can never be met, and `ways` says so by trying each pair of clocks by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

from forthwith.domain.errors import ForthwithError

ABSOLUTE = ("height", "time")
RELATIVE = ("blocks", "seconds")

#: More states of the clocks than this, times the size of the condition, are not tried.
MOST_WORK = 400_000
#: Up to here two conditions are compared by their whole truth tables.
_MOST_IN_A_TABLE = 12


class TooManyTimelocksError(ForthwithError):
    """A condition has more combinations of timelocks than can be laid out in rows."""

    def __init__(self, states: int) -> None:
        super().__init__(
            f"The script has {states} combinations of timelocks, too many to lay out in rows. "
            "Write its policies by hand."
        )


@dataclass(frozen=True, slots=True)
class Part:
    """Met by whoever has this means."""

    name: str


@dataclass(frozen=True, slots=True)
class Lock:
    """Met once a clock has come this far."""

    #: One of ABSOLUTE or RELATIVE.
    clock: str
    #: A block height, seconds since 1970-01-01 UTC, blocks, or seconds since the coin arrived.
    value: int


@dataclass(frozen=True, slots=True)
class AtLeast:
    """Met when `k` of the parts are: 0 is always, more than there are is never."""

    k: int
    of: tuple[Condition, ...]


Condition: TypeAlias = Part | Lock | AtLeast

ALWAYS = AtLeast(0, ())
NEVER = AtLeast(1, ())


@dataclass(frozen=True, slots=True)
class Way:
    """What opens the coins once the clocks have come so far, beyond what opened them before."""

    what: Condition
    #: Clock to reading; a clock not named need not have moved.
    when: tuple[tuple[str, int], ...]

    def before(self, when: Mapping[str, int]) -> bool:
        """Whether this way is already open when the clocks read `when`."""
        return all(clock in when and value <= when[clock] for clock, value in self.when)


def any_of(*parts: Condition) -> AtLeast:
    """Return the condition that one of the parts meets."""
    return AtLeast(1, parts)


def all_of(*parts: Condition) -> AtLeast:
    """Return the condition that only all of the parts meet."""
    return AtLeast(len(parts), parts)


def leaves(condition: Condition) -> Iterator[Part | Lock]:
    """Yield every part and lock, each as often as it is asked for, in the order of the script."""
    waiting = [condition]
    while waiting:
        part = waiting.pop()
        if isinstance(part, AtLeast):
            waiting += reversed(part.of)
        else:
            yield part


def ways(condition: Condition, since: int) -> tuple[Way, ...]:
    """Return the ways to spend, those that wait least first. `since`: seconds since 1970.

    Together, at any reading of the clocks, they allow just what the condition allows.
    Raises TooManyTimelocksError.
    """
    everything = list(leaves(condition))
    locks = {lock for lock in everything if isinstance(lock, Lock)}
    states = sorted(_states(locks, since), key=lambda state: len(state.when))
    if len(states) * len(everything) > MOST_WORK or len(states) > 1000:
        raise TooManyTimelocksError(len(states))
    open_ways: list[Way] = []
    for state in states:
        readings = dict(state.when)
        before = [way.what for way in open_ways if way.before(readings)]
        more = _beyond(simplified(_opened(condition, state.clocks)), before)
        if more != NEVER:
            open_ways.append(Way(more, state.when))
    return tuple(open_ways)


@dataclass(frozen=True, slots=True)
class _State:
    #: The readings of the two clocks in use; a lock on any other clock cannot be met beside them.
    clocks: dict[str, int]
    when: tuple[tuple[str, int], ...]


def _states(locks: set[Lock], since: int) -> Iterator[_State]:
    floor = {"height": 0, "time": since, "blocks": 0, "seconds": 0}
    used = {lock.clock for lock in locks}
    absolute = [clock for clock in ABSOLUTE if clock in used] or ["height"]
    relative = [clock for clock in RELATIVE if clock in used] or ["blocks"]
    for pair in product(absolute, relative):
        readings = []
        for clock in pair:
            later = {lock.value for lock in locks if lock.clock == clock}
            readings.append([floor[clock], *sorted(at for at in later if at > floor[clock])])
        for at in product(*readings):
            clocks = dict(zip(pair, at, strict=True))
            when = tuple((clock, value) for clock, value in clocks.items() if value > floor[clock])
            yield _State(clocks, when)


def _opened(condition: Condition, clocks: Mapping[str, int]) -> Condition:
    if isinstance(condition, Lock):
        return ALWAYS if condition.value <= clocks.get(condition.clock, -1) else NEVER
    if isinstance(condition, Part):
        return condition
    return AtLeast(condition.k, tuple(_opened(part, clocks) for part in condition.of))


def simplified(condition: Condition) -> Condition:
    """Return an equal condition without what is always or never met, nesting or repeats for nought.

    In a count neither of one nor of all, a repeat stays: it counts twice.
    """
    if not isinstance(condition, AtLeast):
        return condition
    parts = [simplified(part) for part in condition.of]
    k = condition.k - sum(part == ALWAYS for part in parts)
    parts = [part for part in parts if part not in (ALWAYS, NEVER)]
    if k <= 0:
        return ALWAYS
    if k > len(parts):
        return NEVER
    if 1 < k < len(parts):
        return AtLeast(k, tuple(parts))
    return _flat(parts, every=k == len(parts) and k > 1)


def _flat(parts: list[Condition], *, every: bool) -> Condition:
    """Return any or all of the parts, inner ones of the same sort spread out, repeats left out."""
    spread: dict[Condition, None] = {}
    for part in parts:
        inner = part.of if isinstance(part, AtLeast) and _sort(part) is every else (part,)
        spread.update(dict.fromkeys(inner))
    # Absorption: in "a or (a and b)" the second adds nothing, in "a and (a or b)" likewise.
    kept = tuple(
        part
        for part in spread
        if not (
            isinstance(part, AtLeast)
            and _sort(part) is (not every)
            and any(inner in spread for inner in part.of)
        )
    )
    if len(kept) == 1:
        return kept[0]
    return AtLeast(len(kept) if every else 1, kept)


def _sort(part: AtLeast) -> bool | None:
    """Return True for all-of, False for any-of, None for a count between."""
    if part.k == len(part.of):
        return True
    return False if part.k == 1 else None


def _beyond(condition: Condition, before: list[Condition]) -> Condition:
    """Return what `condition` opens that none of `before` does: some of its parts, or NEVER."""
    apart = _alternatives(condition)
    known = {alternative for other in before for alternative in _alternatives(other)}
    names = sorted(
        {leaf.name for leaf in leaves(any_of(condition, *before)) if isinstance(leaf, Part)}
    )
    rest = [part for part in apart if part not in known]
    if len(names) <= _MOST_IN_A_TABLE:
        tables = _tables(names)
        full = (1 << (1 << len(names))) - 1
        open_already = table(any_of(*before), tables, full) if before else 0
        rest = [part for part in rest if table(part, tables, full) & ~open_already]
    return simplified(any_of(*rest)) if rest else NEVER


def _alternatives(condition: Condition) -> tuple[Condition, ...]:
    if isinstance(condition, AtLeast) and condition.k == 1 and condition.of:
        return condition.of
    return () if condition == NEVER else (condition,)


def _tables(names: list[str]) -> dict[str, int]:
    """Return each name's column of the truth table: bit i is set where i has the name's bit."""
    rows = 1 << len(names)
    return {
        name: sum(1 << row for row in range(rows) if row >> place & 1)
        for place, name in enumerate(names)
    }


def table(condition: Condition, tables: Mapping[str, int], full: int) -> int:
    """Return the truth table of a condition without locks, from those of its parts."""
    if isinstance(condition, Part):
        return tables[condition.name]
    if isinstance(condition, Lock):
        return 0
    reached = [full] + [0] * condition.k
    for part in condition.of:
        value = table(part, tables, full)
        for j in range(condition.k, 0, -1):
            reached[j] |= reached[j - 1] & value
    return reached[condition.k]


def formula(condition: Condition, names: Mapping[str, str]) -> str:
    """Write a condition without locks in the grammar of the policies table."""
    if isinstance(condition, Part):
        return names.get(condition.name, condition.name)
    if isinstance(condition, Lock):
        raise TypeError("a lock has no place in a formula")
    inner = ", ".join(formula(part, names) for part in condition.of)
    if condition.k == len(condition.of):
        return f"all of ({inner})"
    return f"any of ({inner})" if condition.k == 1 else f"{condition.k} of ({inner})"
