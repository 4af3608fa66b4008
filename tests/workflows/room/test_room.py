"""A room: documents as they stand, made anew when they were processed; who sees what of them."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from forthwith.domain.users import Grant, Right, Role, Scope
from forthwith.process.run import process
from forthwith.record import journal, tables
from forthwith.record.documents import NotProcessedError
from forthwith.record.matter import Matter
from forthwith.review.privilege.claims import Basis, Claim, Treatment
from forthwith.workflows.room.room import NotShownError, RefusedError, Room, claimed
from tests.builders import evidence

BY = ("lead", "a test")


@pytest.fixture
def matter(tmp_path: Path) -> Matter:
    """Two custodians; a family, a zip, a file."""
    one = evidence.write(
        tmp_path / "one",
        a_eml=evidence.mail("Keys", ("memo.txt", b"The wallets.\n")),
        box_zip=evidence.archive(a_txt=b"First.\n", b_txt=b"Second.\n"),
    )
    matter = evidence.matter(tmp_path / "matter", one)
    evidence.collect(matter, evidence.write(tmp_path / "two", c_txt=b"A plan.\n"), "Li, Bo")
    process(matter, workers=1)
    return matter


@pytest.fixture
def room(matter: Matter) -> Room:
    """The room of it, with a lead."""
    room = Room(matter)
    user = room.users.add("lead", "Ana Reyes", "human", BY)
    room.users.grant(Grant(user.id, Role.LEAD), BY)
    return room


def test_standing_is_the_same_until_the_matter_is_processed_again(
    room: Room, tmp_path: Path
) -> None:
    before = room.standing()
    assert room.standing() is before

    evidence.collect(room.matter, evidence.write(tmp_path / "more", d_txt=b"New.\n"), "Li, Bo")
    process(room.matter, workers=1)

    assert len(room.standing().columns) == len(before.columns) + 1
    assert len(room.mask(room.seer("lead", "password"))) == len(before.columns) + 1


def test_what_somebody_is_reading_stays_until_they_are_done(room: Room, tmp_path: Path) -> None:
    """A view taken before `process` is read to its end, by a thread that had opened nothing."""
    before = room.standing()
    evidence.collect(room.matter, evidence.write(tmp_path / "more", d_txt=b"New.\n"), "Li, Bo")
    process(room.matter, workers=1)
    assert room.standing() is not before

    with ThreadPoolExecutor(1) as other:
        rows = other.submit(before.store.rows, range(len(before.columns))).result()
    assert [row.control for row in rows] == list(before.columns.controls)
    assert before.searcher.ask("subject:keys").documents == 1

    folder = room.matter.derived / "room"
    assert len(list(folder.iterdir())) == 2
    del before
    gc.collect()
    evidence.collect(room.matter, evidence.write(tmp_path / "again", e_txt=b"E.\n"), "Li, Bo")
    process(room.matter, workers=1)
    room.standing()
    assert len(list(folder.iterdir())) == 2


def test_a_place_is_the_same_in_store_and_index(room: Room) -> None:
    standing = room.standing()

    assert list(standing.columns.controls) == list(standing.searcher.index.controls)


def test_without_documents_the_room_says_what_to_do(tmp_path: Path) -> None:
    room = Room(evidence.matter(tmp_path / "empty"))

    with pytest.raises(NotProcessedError):
        room.standing()


def test_an_absent_and_a_walled_document_are_refused_in_the_same_words(room: Room) -> None:
    control = room.standing().columns.controls[0]
    user = room.users.by_login("lead")
    assert user is not None
    room.place(room.seer("lead", "password"), control)

    room.users.grant(Grant(user.id, Role.WALL, Scope(documents=frozenset({control}))), BY)

    said = []
    for wanted in (control, "FW99999999"):
        with pytest.raises(NotShownError) as refused:
            room.place(room.seer("lead", "password"), wanted)
        said.append(str(refused.value).replace(wanted, "N"))
    assert said[0] == said[1]


def test_a_claw_back_counts_from_the_next_question(room: Room) -> None:
    seer = room.seer("lead", "password")
    columns = room.standing().columns
    before = int(room.mask(seer).sum())

    with room.matter.writing() as connection:
        row = {"id": 1, "control": columns.controls[0], "how": "named", "of": "", "notice": "N0001"}
        rest = {"custodian": "", "since": "2026-01-01", "ended": "", "outcome": ""}
        connection.execute(sa.insert(tables.quarantine).values(row | rest))
        journal.append(connection, "quarantine", {"notice": "N0001"}, BY)

    gone = int((columns.top == columns.top[0]).sum())
    assert int(room.mask(seer).sum()) == before - gone


def test_a_grant_that_is_over_gives_nothing(room: Room) -> None:
    user = room.users.add("late", "Bo Li", "human", BY)
    room.users.grant(Grant(user.id, Role.LEAD, Scope(until="2001-01-01")), BY)

    assert not room.mask(room.seer("late", "password"), Right.LIST).any()


def test_the_command_line_is_known_as_what_it_is(room: Room) -> None:
    account, known_by = journal.actor()

    with pytest.raises(RefusedError, match="--as LOGIN"):
        room.local_seer()
    assert known_by in room.local_seer("lead").known_by
    room.users.add(account, "Me", "human", BY)
    assert room.local_seer().known_by == known_by


@pytest.mark.parametrize("login", ["nobody", "", "gone"])
def test_whoever_has_no_open_account_is_refused(room: Room, login: str) -> None:
    room.users.disable(room.users.add("gone", "Gone", "human", BY), BY)

    with pytest.raises(RefusedError):
        room.seer(login, "password")


def test_privileged_is_what_a_claim_names_that_stands(room: Room) -> None:
    columns = room.standing().columns
    controls = list(columns.controls)
    claim = Claim(controls[0], (Basis.ATTORNEY_CLIENT,), "Advice", by="Reyes")  # type: ignore[arg-type]
    withdrawn = Claim(
        controls[1],  # type: ignore[arg-type]
        (Basis.WORK_PRODUCT,),
        "Advice",
        Treatment.WITHDRAWN,
        "Reyes",
    )

    flags = claimed(columns, {claim.control: claim, withdrawn.control: withdrawn})

    assert flags.nonzero()[0].tolist() == [0]
