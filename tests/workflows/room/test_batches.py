"""Batches as people meet them: cut, taken by one, given back, done."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from forthwith.domain.batches import Batch, BatchState
from forthwith.domain.users import Grant, Role, Scope
from forthwith.record.batches import BatchStateError, NoBatchError
from forthwith.record.verify import verify
from forthwith.review.batches import Size
from forthwith.workflows.room import batches, coding
from forthwith.workflows.room.batches import NotDoneError, NothingToTakeError
from forthwith.workflows.room.room import NotShownError, RefusedError, Room
from tests.builders import reviewed_room as made
from tests.builders.reviewed_room import NO, seer

ONE = Size(pages=0, documents=1)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Ten documents and people."""
    opened = made.room(tmp_path)
    yield opened
    opened.close()


def cut(room: Room, query: str = "", size: Size = ONE) -> tuple[Batch, ...]:
    """Cut batches of one family each."""
    return batches.cut(room, seer(room, "lead"), query, size=size).batches


def left_lying(room: Room) -> None:
    """Let nobody have touched any batch for long."""
    with room.matter.writing() as connection:
        connection.exec_driver_sql("UPDATE batches SET touched_at = '2000-01-01T00:00:00+00:00'")


def test_everything_is_cut_once_and_families_are_whole(room: Room) -> None:
    found = batches.cut(room, seer(room, "lead"), "plan", size=ONE)
    rest = batches.cut(room, seer(room, "lead"), "", size=ONE)
    again = batches.cut(room, seer(room, "lead"), "")

    numbers = [
        number for batch in (*found.batches, *rest.batches)
        for number in room.batches.documents(batch.id)
    ]  # fmt: skip
    assert sorted(numbers) == made.controls(room)
    assert [len(room.batches.documents(batch.id)) for batch in found.batches] == [3, 3]
    assert (found.documents, found.families, found.already) == (6, 2, 0)
    assert (again.batches, again.documents, again.already) == ((), 0, len(numbers))
    assert verify(room.matter).broken == ()


def test_what_two_leads_cut_at_one_moment_lies_apart(room: Room) -> None:
    second = Room.open(room.matter.folder)
    second.batches.members()  # What the second room knew before the first one cut.
    start = threading.Barrier(2)

    def lead(own: Room) -> None:
        start.wait()
        batches.cut(own, seer(own, "lead"), "", size=ONE)

    threads = [threading.Thread(target=lead, args=(own,)) for own in (room, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    numbers = [number for own in room.batches.members().values() for number in own]
    assert sorted(numbers) == made.controls(room)
    assert verify(room.matter).broken == ()
    second.close()


def test_a_reviewer_sees_documents_by_their_batch_alone(room: Room) -> None:
    first, second = cut(room, "plan")
    number = room.batches.documents(first.id)[0]
    with pytest.raises(NotShownError):
        room.place(seer(room, "lin"), number)

    batches.take(room, seer(room, "lin"), first.id)

    assert room.place(seer(room, "lin"), number) >= 0
    assert batches.documents(room, seer(room, "lin"), first.id)[0] == (number, False)
    assert batches.documents(room, seer(room, "lin"), second.id) == []
    batches.give(room, seer(room, "lin"))
    with pytest.raises(NotShownError):
        room.place(seer(room, "lin"), number)


def test_the_next_batch_is_the_one_offered_before_the_first_open_one(room: Room) -> None:
    first, second, *_ = cut(room)
    batches.offer(room, seer(room, "lead"), second.id, ["lin"])

    assert batches.take(room, seer(room, "bo")).id == first.id
    assert batches.take(room, seer(room, "lin")).id == second.id
    with pytest.raises(BatchStateError, match="one at a time"):
        batches.take(room, seer(room, "lin"))


def test_what_is_offered_to_one_no_other_may_take(room: Room) -> None:
    first, *_ = cut(room, "diary")
    batches.offer(room, seer(room, "lead"), first.id, ["lin"])

    with pytest.raises(RefusedError, match="offered to others"):
        batches.take(room, seer(room, "bo"), first.id)
    with pytest.raises(NothingToTakeError):
        batches.take(room, seer(room, "bo"))
    assert [row.batch.id for row in batches.listed(room, seer(room, "bo"))] == []
    assert [row.batch.id for row in batches.listed(room, seer(room, "lin"))] == [first.id]
    with pytest.raises(RefusedError, match="no user 'nobody'"):
        batches.offer(room, seer(room, "lead"), first.id, ["nobody"])


@pytest.mark.parametrize("login", ["desk", "office", "watch"])
def test_who_does_not_code_takes_nothing(room: Room, login: str) -> None:
    first, *_ = cut(room)

    with pytest.raises(RefusedError):
        batches.take(room, seer(room, login), first.id)


@pytest.mark.parametrize("login", ["lin", "reyes", "counsel", "desk", "office", "watch"])
def test_who_does_not_lead_cuts_offers_and_ranks_nothing(room: Room, login: str) -> None:
    first, *_ = cut(room)
    for act in (
        lambda: batches.cut(room, seer(room, login), "diary"),
        lambda: batches.offer(room, seer(room, login), first.id, []),
        lambda: batches.progress(room, seer(room, login)),
    ):
        with pytest.raises(RefusedError):
            act()


def test_of_many_takers_at_one_moment_one_gets_it(room: Room) -> None:
    number = cut(room, "diary")[0].id
    logins = [f"r{n}" for n in range(6)]
    for login in logins:
        user = room.users.add(login, login, "human", made.BY)
        room.users.grant(Grant(user.id, Role.REVIEWER), made.BY)
    got: list[str] = []
    refused: list[Exception] = []
    start = threading.Barrier(len(logins))

    def take(login: str) -> None:
        who = seer(room, login)
        start.wait()
        try:
            got.append(batches.take(room, who, number).holder)
        except BatchStateError as lost:
            refused.append(lost)

    takers = [threading.Thread(target=take, args=(login,)) for login in logins]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join()

    assert len(got) == 1
    assert len(refused) == len(logins) - 1
    assert room.batches.batch(number).holder == got[0]
    assert verify(room.matter).broken == ()


def test_takers_of_the_next_batch_at_one_moment_get_one_each(room: Room) -> None:
    numbers = {batch.id for batch in cut(room)}
    logins = [f"r{n}" for n in range(len(numbers))]
    for login in logins:
        user = room.users.add(login, login, "human", made.BY)
        room.users.grant(Grant(user.id, Role.REVIEWER), made.BY)
    got: list[str] = []
    takers = [
        threading.Thread(target=lambda of=login: got.append(batches.take(room, seer(room, of)).id))
        for login in logins
    ]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join()

    assert sorted(got) == sorted(numbers)


def test_a_batch_is_taken_back_only_where_it_was_left_lying(room: Room) -> None:
    first, *_ = cut(room)
    batches.take(room, seer(room, "lin"), first.id)

    with pytest.raises(BatchStateError, match="at work"):
        batches.give(room, seer(room, "lead"), first.id)
    with pytest.raises(RefusedError):
        batches.give(room, seer(room, "bo"), first.id)
    left_lying(room)
    with pytest.raises(RefusedError):
        batches.give(room, seer(room, "bo"), first.id)
    assert next(row.idle for row in batches.listed(room, seer(room, "lead")))
    assert batches.give(room, seer(room, "lead"), first.id).state is BatchState.OPEN


def test_coding_keeps_a_batch_from_being_taken_back(room: Room) -> None:
    control, *_ = made.batch(room, "lin")
    left_lying(room)

    coding.save(room, seer(room, "lin"), control, NO, 0)

    with pytest.raises(BatchStateError):
        batches.give(room, seer(room, "lead"), "B0001")


def test_a_batch_is_done_when_all_is_coded(room: Room) -> None:
    first, second, third = made.batch(room, "lin", "diary OR Lunch")
    for control in (first, second):
        coding.save(room, seer(room, "lin"), control, NO, 0)

    with pytest.raises(NotDoneError, match=f"1 of 3 documents is not coded: {third}"):
        batches.done(room, seer(room, "lin"))
    coding.save(room, seer(room, "lin"), third, NO, 0)

    assert batches.done(room, seer(room, "lin")).state is BatchState.DONE
    with pytest.raises(BatchStateError):
        batches.done(room, seer(room, "lin"))


def test_what_is_walled_off_from_its_holder_keeps_no_batch_open(room: Room) -> None:
    first, *_ = made.batch(room, "lin", "diary OR Lunch")
    made.wall(room, "lin", first)
    left = [control for control, _ in batches.documents(room, seer(room, "lin"), "B0001")]

    for control in left:
        coding.save(room, seer(room, "lin"), control, NO, 0)

    assert 0 < len(left) < 3
    (row,) = batches.listed(room, seer(room, "lin"))
    assert (row.documents, row.coded) == (len(left), len(left))
    assert batches.done(room, seer(room, "lin")).state is BatchState.DONE


def test_progress_is_by_login_and_counts_what_is_coded(room: Room) -> None:
    cut(room, "plan")
    for login in ("lin", "bo"):
        batch = batches.take(room, seer(room, login))
        for control in room.batches.documents(batch.id)[: 1 if login == "lin" else 3]:
            coding.save(room, seer(room, login), control, NO, 0)
    batches.done(room, seer(room, "bo"))

    rows = batches.progress(room, seer(room, "lead"))

    assert [(row.login, row.holds, row.done, row.documents, row.coded) for row in rows] == [
        ("bo", "", 1, 3, 3),
        ("lin", "B0001", 0, 3, 1),
    ]


def test_a_batch_of_second_level_is_for_those_assigned_to_it(room: Room) -> None:
    (batch,) = batches.cut(room, seer(room, "lead"), "diary", pass_="second", offered=()).batches
    user = room.users.by_login("reyes")
    assert user is not None
    (grant,) = room.users.grants(user.id)

    with pytest.raises(NoBatchError):
        batches.take(room, seer(room, "lin"), batch.id)
    room.users.revoke(grant.id, made.BY)
    room.users.grant(Grant(user.id, Role.SECOND, Scope(passes=frozenset({"qc"}))), made.BY)
    with pytest.raises(NoBatchError):
        batches.take(room, seer(room, "reyes"), batch.id)
    room.users.grant(Grant(user.id, Role.SECOND, Scope(passes=frozenset({"second"}))), made.BY)
    assert batches.take(room, seer(room, "reyes"), batch.id).holder == "reyes"
