"""Walls: the mask says of each document what a person reading the rules would say of it alone."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.users import RIGHTS, Grant, Right, Role, Scope, Seer, Side, User
from forthwith.record.room_store import Columns
from forthwith.review.walls import BatchReach, WallFacts, mask

#: Half of the documents are theirs; families of up to three, copies across them.
_N = 12
_PEOPLE = ("Halden", "Ortega", "Reyes")


@dataclass(frozen=True, slots=True)
class _Doc:
    """One document as somebody would describe it."""

    top: int
    custodian: str
    holders: frozenset[str]
    theirs: bool
    group: int
    privileged: bool = False


@dataclass(frozen=True, slots=True)
class _World:
    docs: tuple[_Doc, ...]
    batches: tuple[tuple[str, str, str, str, tuple[int, ...]], ...] = ()
    quarantine: dict[str, str] = field(default_factory=dict)


def _control(place: int) -> str:
    return f"FW{place:04}"


def columns_of(docs: tuple[_Doc, ...]) -> Columns:
    """Return the columns the row store would make of them."""
    people = sorted({doc.custodian for doc in docs})
    sets = sorted({doc.holders for doc in docs}, key=sorted)
    numbers = [_control(place) for place in range(len(docs))]
    zeros = np.zeros(len(docs), np.int32)
    return Columns(
        controls=numbers,
        place={number: place for place, number in enumerate(numbers)},
        top=np.array([doc.top for doc in docs], np.int32),
        custodian=np.array([people.index(doc.custodian) for doc in docs], np.int32),
        custodians=people,
        holders=np.array([sets.index(doc.holders) for doc in docs], np.int32),
        holder_sets=sets,
        theirs=np.array([doc.theirs for doc in docs], np.bool_),
        kind=zeros,
        kinds=("email",),
        day=zeros,
        pages=zeros,
        thread=zeros,
        group=np.array([doc.group for doc in docs], np.int32),
        fault=zeros,
    )


def facts_of(world: _World, day: str = "2026-03-01") -> WallFacts:
    """Return what the mask is told besides."""
    return WallFacts(
        day,
        tuple(
            BatchReach(name, pass_, state, holder, np.array(places, np.int32))
            for name, pass_, state, holder, places in world.batches
        ),
        np.array([doc.privileged for doc in world.docs], np.bool_),
        world.quarantine,
    )


def seer(*grants: tuple[Role, Scope], login: str = "ana", disabled: str = "") -> Seer:
    """Return somebody with grants."""
    user = User("U0001", login, login.title(), disabled_at=disabled)
    return Seer(user, tuple(Grant(user.id, role, scope) for role, scope in grants), "password")


def _family(world: _World, places: set[int]) -> set[int]:
    return {
        place
        for place, doc in enumerate(world.docs)
        if any(world.docs[other].top == doc.top for other in places)
    }


def _copies(world: _World, places: set[int]) -> set[int]:
    groups = {world.docs[place].group for place in places} - {-1}
    return places | {place for place, doc in enumerate(world.docs) if doc.group in groups}


def _batch(world: _World, names: frozenset[str], passes: frozenset[str]) -> set[int]:
    inside: set[int] = set()
    for name, pass_, _, _, places in world.batches:
        if (not names or name in names) and (not passes or pass_ in passes):
            inside.update(places)
    return _family(world, inside)


def _met(world: _World, scope: Scope, place: int) -> bool:
    """Say whether a document is of the sides a scope names."""
    sides = {Side.THEIRS: True, Side.OURS: False}
    return not scope.sides or world.docs[place].theirs in {sides[side] for side in scope.sides}


def _given_by_hand(world: _World, who: Seer, grant: Grant) -> set[int]:
    """Return what one role gives."""
    scope, everything = grant.scope, set(range(len(world.docs)))
    mine: set[int] = set()
    for _, _, state, holder, places in world.batches:
        if holder == who.user.login and state != "open":
            mine.update(places)
    reach = {
        Role.REVIEWER: _family(world, mine),
        Role.SECOND: _batch(world, frozenset(), scope.passes),
        Role.PRIVILEGE: {p for p in everything if world.docs[p].privileged},
        Role.MONITOR: {p for p in everything if world.docs[p].theirs},
        Role.LEAD: everything,
        Role.PRODUCTION: everything,
        Role.OBSERVER: everything,
    }.get(grant.role, set())
    if scope.custodians:
        reach = {p for p in reach if world.docs[p].custodian in scope.custodians}
    if scope.batches:
        reach = reach & _batch(world, scope.batches, frozenset())
    if scope.documents:
        reach = reach & _family(world, {p for p in everything if _control(p) in scope.documents})
    return {p for p in reach if _met(world, scope, p)}


def _taken_by_hand(world: _World, scope: Scope) -> set[int]:
    """Return what one wall takes."""
    taken = set(range(len(world.docs)))
    if scope.custodians:
        taken = {
            p
            for p in taken
            if (world.docs[p].holders | {world.docs[p].custodian}) & scope.custodians
        }
    if scope.batches or scope.passes:
        taken &= _batch(world, scope.batches, scope.passes)
    if scope.documents:
        named = {p for p in range(len(world.docs)) if _control(p) in scope.documents}
        taken &= _copies(world, _family(world, named))
    return {p for p in taken if _met(world, scope, p)}


def shown_by_hand(world: _World, who: Seer, right: Right, day: str) -> set[int]:
    """Return the places shown, document by document, by sets and sentences."""
    if who.user.disabled_at:
        return set()
    standing = [grant for grant in who.grants if not grant.scope.until or grant.scope.until >= day]
    seen: set[int] = set()
    for grant in standing:
        if right in RIGHTS[grant.role]:
            seen |= _given_by_hand(world, who, grant)
    for grant in standing:
        if grant.role is Role.WALL:
            seen -= _taken_by_hand(world, grant.scope)
    clawed = {
        p
        for p in range(len(world.docs))
        if _control(p) in world.quarantine and world.quarantine[_control(p)] != who.user.login
    }
    clawed = _copies(world, clawed)
    return seen - clawed - {p for p, doc in enumerate(world.docs) if doc.top in clawed}


_people = st.sampled_from(_PEOPLE)
_places = st.integers(0, _N - 1)


@st.composite
def _worlds(draw: st.DrawFn) -> _World:
    top, docs = 0, []
    for place in range(_N):
        if place == 0 or draw(st.booleans()):
            top = place
        custodian = draw(_people)
        docs.append(
            _Doc(
                top,
                custodian,
                draw(st.frozensets(_people, max_size=2)) | {custodian},
                draw(st.booleans()),
                draw(st.integers(-1, 3)),
                draw(st.booleans()),
            )
        )
    batches = draw(
        st.lists(
            st.tuples(
                st.sampled_from(("first", "second", "qc")),
                st.sampled_from(("open", "out", "done")),
                st.sampled_from(("", "ana", "ben")),
                st.lists(_places, max_size=4, unique=True).map(tuple),
            ),
            max_size=4,
        )
    )
    gone = draw(st.dictionaries(_places.map(_control), st.sampled_from(("", "ana", "ben"))))
    return _World(tuple(docs), tuple((f"B{n:04}", *rest) for n, rest in enumerate(batches)), gone)


_scopes = st.builds(
    Scope,
    custodians=st.frozensets(_people, max_size=2),
    batches=st.frozensets(st.sampled_from(("B0000", "B0001", "B0009")), max_size=2),
    sides=st.frozensets(st.sampled_from(list(Side)), max_size=2),
    passes=st.frozensets(st.sampled_from(("first", "second", "qc")), max_size=2),
    documents=st.frozensets(_places.map(_control) | st.just("FW9999"), max_size=2),
    until=st.sampled_from(("", "2026-02-28", "2026-03-01", "2027-01-01")),
)


@given(
    _worlds(),
    st.lists(st.tuples(st.sampled_from(list(Role)), _scopes), max_size=4),
    st.sampled_from(list(Right)),
    st.sampled_from(("", "2026-01-01T00:00:00Z")),
)
def test_the_mask_is_what_the_rules_say_of_each_document(
    world: _World, grants: list[tuple[Role, Scope]], right: Right, disabled: str
) -> None:
    who = seer(*grants, disabled=disabled)

    flags = mask(columns_of(world.docs), who, facts_of(world), right)

    assert set(np.flatnonzero(flags)) == shown_by_hand(world, who, right, "2026-03-01")


def _docs(*rows: tuple[int, str, str, int]) -> tuple[_Doc, ...]:
    """Return documents of (top, custodian, other holder, group)."""
    return tuple(
        _Doc(top, custodian, frozenset({custodian, other} - {""}), theirs=False, group=group)
        for top, custodian, other, group in rows
    )


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        pytest.param(Scope(custodians=frozenset({"Ortega"})), [0, 1], id="custodian and holder"),
        pytest.param(Scope(documents=frozenset({"FW0001"})), [2, 3, 5], id="family and copies"),
        pytest.param(Scope(sides=frozenset({Side.THEIRS})), [0, 1, 2, 3, 4, 5], id="other side"),
        pytest.param(Scope(), [], id="everything"),
        pytest.param(
            Scope(documents=frozenset({"FW0001"}), until="2026-02-28"),
            [0, 1, 2, 3, 4, 5],
            id="a wall past its day",
        ),
    ],
)
def test_a_wall_beats_every_role(scope: Scope, left: list[int]) -> None:
    world = _World(
        _docs(
            (0, "Halden", "", -1),
            (0, "Halden", "", 7),
            (2, "Halden", "Ortega", -1),
            (3, "Ortega", "", -1),
            (4, "Reyes", "Ortega", 7),
            (5, "Reyes", "Ortega", -1),
        )
    )
    roles = [(role, Scope()) for role in Role if role is not Role.WALL]

    flags = mask(columns_of(world.docs), seer(*roles, (Role.WALL, scope)), facts_of(world))

    assert list(np.flatnonzero(flags)) == left


def test_a_batch_given_back_is_no_longer_shown_and_one_done_is() -> None:
    world = _World(
        _docs(*((place, "Halden", "", -1) for place in range(4))),
        (
            ("B0001", "first", "open", "ana", (0,)),
            ("B0002", "first", "out", "ana", (1,)),
            ("B0003", "first", "done", "ana", (2,)),
            ("B0004", "first", "out", "ben", (3,)),
        ),
    )

    flags = mask(columns_of(world.docs), seer((Role.REVIEWER, Scope())), facts_of(world))

    assert list(np.flatnonzero(flags)) == [1, 2]


def test_a_matter_without_documents_has_an_empty_mask() -> None:
    assert len(mask(columns_of(()), seer((Role.LEAD, Scope())), facts_of(_World(())))) == 0
