"""Walls: which documents of a matter somebody may meet, open or code, as one mask over them all.

A role gives rights and a reach, its grant's scope narrows the reach, and several roles unite. A
wall takes documents away whatever the roles say, and a claw-back takes them from everybody but the
one person its notice names. Every list, count, search, page and export is asked through the mask,
so what it leaves out changes no number. Nothing here reads a file or knows who is signed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forthwith.domain.users import RIGHTS, Grant, Right, Role, Scope, Seer, Side
from forthwith.record.room_store import Columns, Flags, Numbers


@dataclass(frozen=True, slots=True)
class BatchReach:
    """What of a batch decides who sees its documents."""

    id: str
    #: "first", "second" or "qc".
    pass_: str
    #: "open", "out" or "done".
    state: str
    #: Login of who has it or had it last; "" for nobody.
    holder: str
    #: Places of its documents.
    places: Numbers


@dataclass(frozen=True, slots=True)
class WallFacts:
    """What a mask rests on besides the documents and the grants."""

    #: ISO day: grants past it are over.
    day: str
    batches: Sequence[BatchReach] = ()
    #: Places of what is claimed, coded or proposed as privileged; None for none.
    privileged: Flags | None = None
    #: Control number -> login of the one person who is still shown it; "" for nobody.
    quarantine: Mapping[str, str] | None = None


def mask(columns: Columns, seer: Seer, facts: WallFacts, right: Right = Right.LIST) -> Flags:
    """Return, by place, the documents over which somebody has a right today.

    A disabled account and a grant past its day give nothing, and so does a right no role of theirs
    has. A batch that was given back is no longer its last holder's.
    """
    shown = np.zeros(len(columns), np.bool_)
    if seer.user.disabled_at:
        return shown
    for grant in seer.grants:
        if right in RIGHTS[grant.role] and grant.stands(facts.day):
            shown |= _reach(columns, seer, facts, grant) & _within(columns, facts, grant.scope)
    if shown.any():
        for wall in seer.walls:
            if wall.stands(facts.day):
                shown &= ~_walled(columns, facts, wall.scope)
        shown &= ~quarantined(columns, facts.quarantine or {}, seer.user.login)
    return shown


def quarantined(columns: Columns, quarantine: Mapping[str, str], login: str = "") -> Flags:
    """Return, by place, what claw-backs take from `login`; of "" what they take from anybody.

    A copy by digest goes with what was named although it came later, and so does everything that
    hangs on a document that went.
    """
    named = _places(
        columns,
        (control for control, keeper in quarantine.items() if not keeper or keeper != login),
    )
    gone = _with_copies(columns, named)
    return gone | gone[columns.top]


def _reach(columns: Columns, seer: Seer, facts: WallFacts, grant: Grant) -> Flags:
    """Return what a role reaches before its scope narrows it."""
    everything = np.ones(len(columns), np.bool_)
    login = seer.user.login
    match grant.role:
        case Role.REVIEWER:
            return _in_batches(
                columns, facts, lambda it: it.state in {"out", "done"} and it.holder == login
            )
        case Role.SECOND:
            passes = grant.scope.passes
            return _in_batches(columns, facts, lambda it: not passes or it.pass_ in passes)
        case Role.PRIVILEGE:
            return ~everything if facts.privileged is None else facts.privileged.copy()
        case Role.MONITOR:
            return columns.theirs.copy()
        case Role.LEAD | Role.PRODUCTION | Role.OBSERVER:
            return everything
        case _:
            return ~everything


def _within(columns: Columns, facts: WallFacts, scope: Scope) -> Flags:
    """Return what the scope of a role leaves of its reach."""
    left = np.ones(len(columns), np.bool_)
    if scope.custodians:
        named = np.array([name in scope.custodians for name in columns.custodians], np.bool_)
        left &= _by_number(named, columns.custodian)
    if scope.batches:
        left &= _in_batches(columns, facts, lambda it: it.id in scope.batches)
    if scope.sides:
        left &= _of_sides(columns, scope)
    if scope.documents:
        left &= _with_family(columns, _places(columns, scope.documents))
    return left


def _walled(columns: Columns, facts: WallFacts, scope: Scope) -> Flags:
    """Return what a wall takes away: all that meets every part of its scope that is not empty."""
    taken = np.ones(len(columns), np.bool_)
    if scope.custodians:
        # Who is walled off from somebody's papers is not shown another's copy of them either.
        met = np.array([bool(held & scope.custodians) for held in columns.holder_sets], np.bool_)
        named = np.array([name in scope.custodians for name in columns.custodians], np.bool_)
        taken &= _by_number(met, columns.holders) | _by_number(named, columns.custodian)
    if scope.batches or scope.passes:
        taken &= _in_batches(
            columns,
            facts,
            lambda it: (
                (not scope.batches or it.id in scope.batches)
                and (not scope.passes or it.pass_ in scope.passes)
            ),
        )
    if scope.sides:
        taken &= _of_sides(columns, scope)
    if scope.documents:
        families = _with_family(columns, _places(columns, scope.documents))
        taken &= _with_copies(columns, families)
    return taken


def _in_batches(columns: Columns, facts: WallFacts, meant: Callable[[BatchReach], bool]) -> Flags:
    """Return the documents of some batches, families whole: a sample may hold a part of one."""
    inside = np.zeros(len(columns), np.bool_)
    for batch in facts.batches:
        if meant(batch):
            inside[batch.places] = True
    return _with_family(columns, inside)


def _of_sides(columns: Columns, scope: Scope) -> Flags:
    theirs = columns.theirs & (Side.THEIRS in scope.sides)
    ours = ~columns.theirs & (Side.OURS in scope.sides)
    return theirs | ours


def _places(columns: Columns, controls: Iterable[str]) -> Flags:
    """Return flags at the places of control numbers; a number that is not there has none."""
    flags = np.zeros(len(columns), np.bool_)
    at = [place for control in controls if (place := columns.place.get(control)) is not None]
    flags[at] = True
    return flags


def _by_number(flags: Flags, numbers: Numbers) -> Flags:
    """Look each document's number up; a negative one has nothing to look up."""
    if not len(flags):
        return np.zeros(len(numbers), np.bool_)
    found: Flags = flags[np.maximum(numbers, 0)] & (numbers >= 0)
    return found


def _with_family(columns: Columns, flags: Flags) -> Flags:
    """Return whole families of which anything is flagged."""
    tops = np.zeros(len(columns), np.bool_)
    tops[columns.top[flags]] = True
    return tops[columns.top]


def _with_copies(columns: Columns, flags: Flags) -> Flags:
    """Return what is flagged and every copy of it."""
    if not flags.any():
        return flags
    in_group = columns.group >= 0
    meant = np.zeros(int(columns.group.max(initial=0)) + 1, np.bool_)
    meant[columns.group[flags & in_group]] = True
    return flags | _by_number(meant, columns.group)
