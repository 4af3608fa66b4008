"""A Safe's past replayed from its setup forward: which state held from when to when.

Owners, threshold, modules, guards, handler and singleton after each transaction, checked at the end
against what the service says the Safe is now. Where the export has a hole, or a transaction did
what cannot be read, the stretch is in doubt: `loose` (the state may have been another) and `open`
(a way may exist that no state shows). Rows are for `lift`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

from forthwith.exports.ethereum.address import NOBODY, SENTINEL
from forthwith.exports.ethereum.safe.calls import Call, Change, delegated
from forthwith.exports.ethereum.safe.history import Creation, History, Transaction
from forthwith.exports.ethereum.safe.info import Safe
from forthwith.exports.ethereum.safe.releases import release_of_singleton, release_of_version

Release = tuple[int, int, int]

#: Functions that only some releases have: the first that has it, the first that no longer does.
#: A Safe that calls what its release lacks calls its fallback, which changes nothing of it.
_SINCE: dict[str, Release] = {
    "setFallbackHandler": (1, 1, 0),
    "setGuard": (1, 3, 0),
    "setModuleGuard": (1, 5, 0),
}
_UNTIL: dict[str, Release] = {"changeMasterCopy": (1, 3, 0)}
#: From here on a Safe cannot be its own handler (GS400); before, a crafted call of anybody passes
#: through the fallback as the Safe's own.
_NOT_ITS_OWN_HANDLER = (1, 4, 0)
#: What one transaction overwrites whole, so that a later match says nothing of what was before.
_SCALARS = ("threshold", "guard", "module_guard", "handler", "singleton")


@dataclass(frozen=True, slots=True)
class State:
    """Who controls a Safe; addresses in lower case, "" for none. A threshold of 0 is not known."""

    owners: frozenset[str] = frozenset()
    threshold: int = 0
    modules: frozenset[str] = frozenset()
    guard: str = ""
    module_guard: str = ""
    handler: str = ""
    singleton: str = ""
    version: str = ""

    @property
    def release(self) -> Release | None:
        """Return the release of its code; None where it is not known."""
        return release_of_singleton(self.singleton) or release_of_version(self.version)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a stretch is in doubt; `end` None lasts."""

    start: datetime
    end: datetime | None
    why: str
    #: The state may have been another.
    loose: bool = True


@dataclass(frozen=True, slots=True)
class Stretch:
    """One state and how long it held; `end` None is "still"."""

    start: datetime
    end: datetime | None
    state: State


@dataclass(slots=True)
class Replayed:
    """What came of a past."""

    stretches: list[Stretch] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    #: What cannot be: the export contradicts itself. Then nothing else counts.
    fault: str = ""


def state_of(safe: Safe, otherwise: State | None = None) -> State:
    """Return the state the service gives now; what it does not speak of is as `otherwise`."""
    past = otherwise or State()

    def other(key: str, before: str) -> str:
        return safe.others.get(key, "") if key in safe.told else before

    return State(
        frozenset(safe.owners),
        safe.threshold,
        frozenset(safe.modules) if "modules" in safe.told else past.modules,
        other("guard", past.guard),
        other("moduleGuard", past.module_guard),
        other("fallbackHandler", past.handler),
        safe.singleton or past.singleton,
        safe.version or past.version,
    )


OWN_HANDLER = "it was its own fallback handler and anybody could craft calls in its name"


def foreign_code(state: State) -> str:
    """Return why a state of unknown code is in doubt."""
    return f"it ran the code of {state.singleton or 'an address not given'} which is no release's"


class _ImpossibleError(ValueError):
    """A change does not fit the state before it."""


def _applied(state: State, change: Change) -> State:
    """Return the state after a change. Raises _ImpossibleError."""
    if _unknown_to(state.release, change.function):
        return state
    if "owner" in change.what:
        state = replace(state, owners=_owners_after(state.owners, change))
    elif change.what in ("enable_module", "disable_module"):
        state = replace(state, modules=_modules_after(state.modules, change))
    elif change.what != "threshold":
        value = "" if change.place == NOBODY else change.place
        state = _SETTERS[change.what](state, value)
    if "threshold" in _sets(change):
        state = replace(state, threshold=change.threshold)
    if "threshold" in _sets(change):
        _require("the threshold becomes 0", right=change.threshold > 0)
    _require(
        f"the threshold {state.threshold} does not fit {len(state.owners)} owners",
        right=state.threshold <= len(state.owners),
    )
    return state


#: What sets one address whole; another code says another version of itself.
_SETTERS: dict[str, Callable[[State, str], State]] = {
    "guard": lambda state, place: replace(state, guard=place),
    "module_guard": lambda state, place: replace(state, module_guard=place),
    "handler": lambda state, place: replace(state, handler=place),
    "singleton": lambda state, place: replace(state, singleton=place, version=""),
}


def _owners_after(owners: frozenset[str], change: Change) -> frozenset[str]:
    """Raises _ImpossibleError."""
    gone = frozenset((change.place,)) if change.what != "add_owner" else frozenset()
    come = {"add_owner": change.place, "swap_owner": change.other}.get(change.what)
    for place in gone - owners:
        _require(f"{place} goes and was no owner", right=False)
    _require(f"{come} comes and was an owner", right=come not in owners)
    return (owners - gone) | ({come} if come else frozenset())


def _modules_after(modules: frozenset[str], change: Change) -> frozenset[str]:
    """Raises _ImpossibleError."""
    come = change.what == "enable_module"
    word = "enabled" if come else "disabled"
    what = f"module {change.place} is {word} and was {'' if come else 'not '}enabled"
    _require(what, right=come != (change.place in modules))
    return modules | {change.place} if come else modules - {change.place}


def _require(what: str, *, right: bool) -> None:
    if not right:
        raise _ImpossibleError(what)


def _unknown_to(release: Release | None, function: str) -> bool:
    if release is None:
        return False
    return release < _SINCE.get(function, release) or release >= _UNTIL.get(function, (99, 0, 0))


def _forced(state: State, change: Change) -> State:
    """Return the state after a change that does not fit: what it says of itself is so."""
    gone = {change.place} if change.what in ("remove_owner", "swap_owner") else set()
    come = {"add_owner": change.place, "swap_owner": change.other}.get(change.what, "")
    owners = (state.owners - gone) | ({come} if come else set())
    modules = state.modules
    if change.what == "enable_module":
        modules |= {change.place}
    if change.what == "disable_module":
        modules -= {change.place}
    return replace(
        state, owners=owners, modules=modules, threshold=change.threshold or state.threshold
    )


def _undone(state: State, change: Change) -> State:
    """Return owners and modules before a change; what it overwrote stays as it is."""
    match change.what:
        case "add_owner":
            return replace(state, owners=state.owners - {change.place})
        case "remove_owner":
            return replace(state, owners=state.owners | {change.place})
        case "swap_owner":
            return replace(state, owners=state.owners - {change.other} | {change.place})
        case "enable_module":
            return replace(state, modules=state.modules - {change.place})
        case "disable_module":
            return replace(state, modules=state.modules | {change.place})
    return state


def _sets(change: Change) -> frozenset[str]:
    """Return the scalars that a change overwrites."""
    if change.what in ("add_owner", "remove_owner"):
        return frozenset(("threshold",))
    return frozenset((change.what,)) & frozenset(_SCALARS)


@dataclass(frozen=True, slots=True)
class _Hole:
    """A stretch of which something is missing: `end` None reaches the newest that is known."""

    start: datetime
    end: datetime | None
    why: str
    #: What was done at its end is itself in doubt.
    inside: bool = False


class Replay:
    """Replays one Safe's past."""

    def __init__(self, safe: str, history: History, info: Safe | None, taken: datetime | None):
        self._safe, self._history, self._info = safe, history, info
        #: The day from which the service's present state is known to hold; None: not said.
        self._taken = taken
        # They are listed newest first: of two that nothing else puts in order, the last is older.
        listed = reversed(list(history.transactions.values()))
        self._events = sorted(listed, key=lambda event: event.order)
        self._made = Replayed()
        #: The first state was walked back to from the present one, so that what is not known of the
        #: way between the two makes everything before it doubtful.
        self._walked = False
        #: When each scalar was set by a transaction that succeeded.
        self._set_at: dict[str, list[datetime]] = {
            scalar: [
                event.when
                for event in self._events
                if event.succeeded and any(scalar in _sets(change) for change in event.changes)
            ]
            for scalar in _SCALARS
        }
        self._holes: list[_Hole] = []
        #: Doubts that no later state can lift.
        self._lasting: list[Doubt] = []

    def run(self) -> Replayed:
        """Return the stretches of state and of doubt."""
        made = self._made
        creation = self._history.creation
        if creation is None and not self._events:
            made.fault = "nothing that was executed and no creation is in the export"
            return made
        start = creation.when if creation else self._events[0].when
        if creation and self._events and self._events[0].when < creation.when:
            made.fault = f"{self._events[0].said} is older than its creation"
            return made
        if twice := self._twice():
            made.fault = twice
            return made
        first = self._first(creation, start)
        self._missing(start)
        self._unordered()
        states = self._forward(first, start)
        self._torn(states, start)
        self._close(states, start)
        return made

    def _twice(self) -> str:
        seen: dict[int, Transaction] = {}
        for event in self._events:
            if event.nonce is None:
                continue
            if event.nonce in seen:
                return (
                    f"two transactions of nonce {event.nonce} were both executed (are the files of "
                    "two chains?)"
                )
            seen[event.nonce] = event
        return ""

    def _first(self, creation: Creation | None, start: datetime) -> State:
        """Return the state the Safe began in, as set up or else walked back to from now."""
        if creation and creation.setup:
            return self._set_up(creation, creation.setup)
        why = "its setup is not in the export" if creation else "its creation is not in the export"
        self._holes.append(_Hole(start, start, why))
        if self._info is None:
            self._made.notes.append("neither its first state nor its present one was given")
            return State(singleton=creation.singleton if creation else "")
        self._walked = True
        state = state_of(self._info)
        overwritten: set[str] = set()
        for event in reversed(self._events):
            for change in reversed(event.changes if event.succeeded else ()):
                state = _undone(state, change)
                overwritten |= _sets(change)
        blank: dict[str, object] = {"threshold": 0}
        state = replace(state, **{key: blank.get(key, "") for key in overwritten})  # type: ignore[arg-type]
        if creation and creation.singleton:
            state = replace(state, singleton=creation.singleton)
        return state

    def _set_up(self, creation: Creation, setup: Call) -> State:
        owners, threshold, to, data, *rest = setup.arguments
        # Release 1.0.0 has no handler: its setup takes one argument fewer.
        handler = rest[0] if len(setup.arguments) == 8 else NOBODY
        state = State(
            frozenset(owners),
            threshold,
            handler="" if handler == NOBODY else handler,
            singleton=creation.singleton,
        )
        bad = {NOBODY, SENTINEL, self._safe} & set(owners)
        if bad or len(set(owners)) < len(owners) or not 1 <= threshold <= len(owners):
            self._made.fault = "its setup is one the contract does not allow"
        if to != NOBODY:
            for change in delegated(self._safe, to, data):
                state = self._step(state, change, creation.when, "its setup")
        return state

    def _step(self, state: State, change: Change, when: datetime, said: str) -> State:
        if change.what == "singleton" and release_of_singleton(change.place) is None:
            why = f"{said} puts the code of {change.place} in place which is no release's"
            self._lasting.append(Doubt(when, None, why))
        if change.what == "anything":
            self._lasting.append(Doubt(when, None, f"{said}: {change.why}"))
            return state
        try:
            return _applied(state, change)
        except _ImpossibleError as wrong:
            self._holes.append(_Hole(self._began, when, f"{said} does not fit: {wrong}"))
            return _forced(state, change)

    @property
    def _began(self) -> datetime:
        creation = self._history.creation
        return creation.when if creation else self._events[0].when

    def _missing(self, start: datetime) -> None:
        """Find the holes: nonces, pages, modules whose transactions were not given."""
        by_nonce = {event.nonce: event for event in self._events if event.nonce is not None}
        top = max([nonce + 1 for nonce in by_nonce] + [self._nonce_now or 0])
        ends = [-1, *sorted(by_nonce), top]
        for last, at in pairwise(ends):
            if at <= last + 1:
                continue
            before, after = by_nonce.get(last), by_nonce.get(at)
            if at == last + 2:
                why = f"the executed transaction of nonce {last + 1} is missing"
            else:
                names = f"nonces {last + 1} to {at - 1}"
                why = f"{at - last - 1} executed transactions are missing ({names})"
            self._holes.append(
                _Hole(before.when if before else start, after.when if after else None, why)
            )

    def _unordered(self) -> None:
        """Doubt blocks in which a module and others changed something: who came first?"""
        blocks: dict[tuple[datetime, int], list[bool]] = {}
        for event in self._events:
            if event.changes and event.succeeded is not False:
                blocks.setdefault((event.when, event.block), []).append(event.nonce is None)
        for (when, block), by_module in blocks.items():
            if len(by_module) > 1 and any(by_module):
                why = f"in block {block} a module and others changed it in an order not told"
                self._holes.append(_Hole(when, when, why, inside=True))

    def _torn(self, states: list[tuple[datetime, State]], start: datetime) -> None:
        """Take missing pages for holes, but for those on which nothing can have stood.

        Owners' transactions are counted by their nonce; without modules nobody else changes a Safe.
        """
        # One may have been enabled and disabled again in what is missing already.
        modules = bool(self._holes or self._lasting) or any(state.modules for _, state in states)
        for torn in self._history.torn:
            if self._nonce_now is None or (modules and torn.endpoint != "multisig"):
                self._holes.append(_Hole(torn.early or start, torn.late, torn.why))

    @property
    def _nonce_now(self) -> int | None:
        return self._info.nonce if self._info else None

    def _forward(self, first: State, start: datetime) -> list[tuple[datetime, State]]:
        """Return each state with the instant it began, one after each transaction."""
        states = [(start, first)]
        state = first
        for event in self._events:
            before = state
            self._doubted(event, state, start)
            if event.succeeded is not False:
                for change in event.changes:
                    state = self._step(state, change, event.when, event.said)
            if state != before:
                states.append((event.when, state))
        if not self._history.modules_told:
            self._unseen_modules(states)
        return states

    def _doubted(self, event: Transaction, state: State, start: datetime) -> None:
        """Doubt what a transaction leaves open of itself."""
        if event.module and event.module not in state.modules:
            why = f"module {event.module} acted and was not seen to be enabled"
            self._holes.append(_Hole(start, event.when, why, inside=True))
        if event.succeeded is None and event.changes:
            why = f"{event.said}: whether it succeeded is not in the export"
            self._holes.append(_Hole(event.when, event.when, why, inside=True))

    def _unseen_modules(self, states: list[tuple[datetime, State]]) -> None:
        """Doubt the stretches in which modules may have acted."""
        why = (
            "it had modules and what they sent is not in the export "
            "(give all-transactions or module-transactions)"
        )
        if self._holes or self._lasting:
            # It may have had modules that no list shows any more.
            starts = [hole.start for hole in self._holes] + [doubt.start for doubt in self._lasting]
            self._holes.append(_Hole(min(starts), None, f"perhaps {why}"))
            return
        enabled = None
        for when, state in states:
            if state.modules and enabled is None:
                enabled = when
            if enabled is not None and not state.modules:
                self._holes.append(_Hole(enabled, when, why))
                enabled = None
        if enabled is not None:
            self._holes.append(_Hole(enabled, None, why))

    def _close(self, states: list[tuple[datetime, State]], start: datetime) -> None:
        """Hold the end against the present state, and turn holes into doubts."""
        made, info = self._made, self._info
        last = self._events[-1].when if self._events else start
        matched = self._matched(states)
        if matched is False and not self._holes and not self._lasting:
            made.fault = self._differences(states[-1][1])
            return
        # From here on the service's own word holds.
        checkpoint = self._checkpoint(last, matched=matched)
        made.doubts += self._doubts(start, checkpoint, matched=bool(matched))
        if info is not None and matched:
            states = [(when, self._named(state)) for when, state in states]
        elif info is not None:
            made.notes.append(self._differences(states[-1][1]))
            if checkpoint is not None:
                states.append((checkpoint, state_of(info, states[-1][1])))
        if info is not None and checkpoint is None and any(d.end is None for d in made.doubts):
            made.notes.append(
                "since when its present state holds is not said: import it with --from and the "
                "day on which the service was asked"
            )
        made.stretches = list(_stretches(states))
        made.doubts += self._by_state(made.stretches)

    def _doubts(
        self, start: datetime, checkpoint: datetime | None, *, matched: bool
    ) -> Iterator[Doubt]:
        """Yield the doubts that holes and what cannot be read leave."""
        for hole in self._holes:
            begun = start if self._walked else hole.start
            end = self._lifted(hole) if matched else None
            if end is None and checkpoint is not None:
                end = max(checkpoint, begun)
            yield Doubt(begun, end, hole.why)
        for doubt in self._lasting:
            yield Doubt(start if self._walked else doubt.start, checkpoint, doubt.why)
            if checkpoint is not None:
                yield Doubt(max(checkpoint, doubt.start), None, doubt.why, loose=False)

    def _named(self, state: State) -> State:
        """Return the state with the version that the service gives its code now."""
        assert self._info is not None  # noqa: S101 - asked only where there is one
        if state.singleton not in ("", self._info.singleton):
            return state
        return replace(state, singleton=self._info.singleton, version=self._info.version)

    def _matched(self, states: list[tuple[datetime, State]]) -> bool | None:
        """Tell whether the present state is the replayed one; None: none was given."""
        if self._info is None:
            return None
        nonce = self._info.nonce
        later = [
            event
            for event in self._events
            if event.nonce is not None and nonce is not None and event.nonce >= nonce
        ]
        if not later:
            return self._is_now(states[-1][1])
        # The service was asked before these transactions: any state from its last one till then.
        said = f"its present state was asked before {later[0].said}"
        self._made.notes.append(said)
        earlier = [e.when for e in self._events if e.nonce is not None and e.nonce < (nonce or 0)]
        begin, end = max(earlier, default=states[0][0]), later[0].when
        nexts = [when for when, _ in states[1:]]
        return any(
            self._is_now(state)
            for (when, state), until in zip(states, [*nexts, None], strict=True)
            if when < end and (until is None or until > begin)
        )

    def _is_now(self, state: State) -> bool:
        assert self._info is not None  # noqa: S101 - asked only where there is one
        return _alike(state, state_of(self._info, state))

    def _checkpoint(self, last: datetime, *, matched: bool | None) -> datetime | None:
        """Return from when on the service's present state holds; None where that is not known."""
        if self._info is None:
            return None
        nonces = [event.nonce for event in self._events if event.nonce is not None]
        nonce = self._info.nonce
        if nonce is not None and nonces and nonce <= max(nonces):
            return None
        if self._taken is not None:
            return max(self._taken, last)
        # Nothing is newer than the last transaction, so its day will do where all fits.
        whole = matched and not any(hole.end is None for hole in self._holes)
        return last if whole else None

    def _lifted(self, hole: _Hole) -> datetime | None:
        """Return when a hole no longer matters: what may have been changed was all set anew."""
        if hole.end is None:
            return None
        ends = [hole.end]
        after = bisect_right if hole.inside else bisect_left
        for scalar in _SCALARS:
            whens = self._set_at[scalar]
            ends += whens[after(whens, hole.end) :][:1]
        return max(ends)

    def _differences(self, replayed: State) -> str:
        assert self._info is not None  # noqa: S101 - asked only where there is one
        now = state_of(self._info, replayed)
        parts = []
        for key, what in (("owners", "owners"), ("modules", "modules")):
            there, here = getattr(now, key), getattr(replayed, key)
            if more := sorted(there - here):
                parts.append(f"{what} {' '.join(more)} only in its present state")
            if fewer := sorted(here - there):
                parts.append(f"{what} {' '.join(fewer)} only in its history")
        for key in _SCALARS:
            there, here = getattr(now, key), getattr(replayed, key)
            if there != here and not (key == "singleton" and _same_code(replayed, now)):
                words = key.replace("_", " ")
                parts.append(f"{words} {there or 'none'} now and {here or 'none'} by its history")
        return "its history does not lead to its present state: " + "; ".join(parts)

    def _by_state(self, stretches: Sequence[Stretch]) -> Iterator[Doubt]:
        """Yield the doubts that lie in a state itself: foreign code, a handler that is the Safe."""
        for stretch in stretches:
            state = stretch.state
            if state.release is None:
                why = foreign_code(state)
                yield Doubt(stretch.start, None, why)
            early = state.release is None or state.release < _NOT_ITS_OWN_HANDLER
            if state.handler == self._safe and early:
                yield Doubt(stretch.start, stretch.end, OWN_HANDLER, loose=False)


def _alike(one: State, other: State) -> bool:
    """Tell whether two states agree; what one does not say does not differ."""
    if one.owners != other.owners or one.modules != other.modules:
        return False
    if one.threshold and one.threshold != other.threshold:
        return False
    if not _same_code(one, other):
        return False
    return (one.guard, one.module_guard, one.handler) == (
        other.guard,
        other.module_guard,
        other.handler,
    )


def _same_code(one: State, other: State) -> bool:
    """Tell whether two singletons are of one release: the L2 form has the same powers."""
    if not one.singleton or one.singleton == other.singleton:
        return True
    known = release_of_singleton(one.singleton)
    return known is not None and known == release_of_singleton(other.singleton)


def _stretches(states: Iterable[tuple[datetime, State]]) -> Iterator[Stretch]:
    """Yield each state's stretch; one that another followed within its second has that second."""
    rows = list(states)
    for (start, state), following in zip(rows, [*rows[1:], None], strict=True):
        end = following[0] if following else None
        if end == start:
            end = start + timedelta(seconds=1)
        yield Stretch(start, end, state)
