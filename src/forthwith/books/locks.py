"""Timelocks held against a chain: whether a path was open for the coins that a move spent.

A relative lock (BIP-68, BIP-112) counts from the block that made each coin: in blocks, or in
seconds between median times. An absolute one (BIP-65, BIP-113) compares with height or median time.
What the files do not decide stays undecided: a lock is never taken to have been open, or closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from forthwith.domain.chain import ChainRead, ChainTransaction, Leg
from forthwith.domain.instants import Instant, instant_text
from forthwith.plain.counting import count

#: Blocks of which a chain takes the median as its clock (BIP-113).
_MEDIAN_OF = 11


@dataclass(frozen=True, slots=True)
class Lock:
    """What a path waits for; parts that are None do not limit it."""

    #: Blocks since each coin's own.
    blocks: int | None = None
    #: Seconds since each coin's own block.
    seconds: int | None = None
    #: The last height at which it is closed.
    height: int | None = None
    #: The instant from which on it is open.
    instant: Instant | None = None

    def __str__(self) -> str:
        """Return what it waits for, in words."""
        parts = []
        if self.blocks is not None:
            parts.append(f"coins {count(self.blocks, 'block')} old")
        if self.seconds is not None:
            parts.append(f"coins {count(self.seconds, 'second')} old")
        if self.height is not None:
            parts.append(f"a block above {self.height}")
        if self.instant is not None:
            parts.append(instant_text(self.instant))
        return ", and ".join(parts)


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether a lock was open for one move, and why, one clause without its full stop."""

    #: None: the files do not decide it.
    open: bool | None
    why: str = ""


class ChainClock:
    """Heights and times of one chain."""

    def __init__(self, read: ChainRead) -> None:
        self._read = read

    @cached_property
    def _times(self) -> Mapping[int, Instant]:
        return {block.height: block.time for block in self._read.blocks}

    def time(self, height: int) -> Instant | None:
        """Return a block's own time; None where its header is not in the files."""
        return self._times.get(height)

    def median(self, height: int) -> Instant | None:
        """Return the median time of a block and the ten before it (BIP-113); None if unknown."""
        heights = range(max(height - _MEDIAN_OF + 1, 0), height + 1)
        times = [self._times.get(at) for at in heights]
        known = sorted(time for time in times if time is not None)
        return known[len(known) // 2] if known and len(known) == len(times) else None

    def opening(self, lock: Lock, row: ChainTransaction, coins: Sequence[Leg]) -> Opening:
        """Return whether `lock` was open for `coins`, the inputs of one payer of a transaction."""
        parts = []
        if lock.blocks is not None:
            parts.append(self._old(lock.blocks, "block", row, coins))
        if lock.seconds is not None:
            parts.append(self._old(lock.seconds, "second", row, coins))
        if lock.height is not None:
            parts.append(self._above(lock.height, row))
        if lock.instant is not None:
            parts.append(self._past(lock.instant, row))
        for answer in (False, None):
            found = [part.why for part in parts if part.open is answer]
            if found:
                return Opening(answer, "; ".join(found))
        return Opening(True)

    def _old(self, least: int, unit: str, row: ChainTransaction, coins: Sequence[Leg]) -> Opening:
        """Return whether each coin was as old; of some young and some old nothing follows."""
        ages = {coin.row: self._age(unit, row.height, coin.since) for coin in coins}
        unknown = [name for name, age in ages.items() if age is None]
        if unknown or not ages:
            whose = _listed(unknown) or "what it spends"
            return Opening(None, f"the files do not say how old {whose} of {row.id} is")
        known = {name: age for name, age in ages.items() if age is not None}
        young = [name for name, age in known.items() if age < least]
        if not young:
            return Opening(True)
        if len(young) < len(known):
            return Opening(None, f"{_listed(young)} of {row.id} is younger than that, others not")
        oldest = count(max(known.values()), unit)
        return Opening(False, f"the oldest coin it spends is {oldest} old, not {least:,}")

    def _age(self, unit: str, height: int, since: int | None) -> int | None:
        if since is None or since > height:
            return None
        if unit == "block":
            return height - since
        spent, made = self.median(height - 1), self.median(max(since - 1, 0))
        return None if spent is None or made is None else spent - made

    def _above(self, last: int, row: ChainTransaction) -> Opening:
        """Return whether a height was passed: a lock at N lets into block N + 1 (BIP-65)."""
        if row.height > last:
            return Opening(True)
        # What a contract means by a height is for its code to say; one block is in doubt.
        if row.height == last and self._read.kind != "bitcoin":
            return Opening(None, f"it is in block {row.height} itself")
        return Opening(False, f"it is in block {row.height}")

    def _past(self, opens: Instant, row: ChainTransaction) -> Opening:
        """Return whether an instant was passed by the chain's clock, which runs behind."""
        own = self.time(row.height)
        if own is None:
            return Opening(None, f"the time of block {row.height} is not in the files")
        if own < opens:
            return Opening(False, f"it is of {instant_text(own)}")
        if self._read.kind != "bitcoin":
            return Opening(True)
        clock = self.median(row.height - 1)
        if clock is None or clock <= opens:
            return Opening(None, f"by its block it is of {instant_text(own)}, within hours of that")
        return Opening(True)


def _listed(rows: Iterable[str]) -> str:
    names = list(rows)
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
