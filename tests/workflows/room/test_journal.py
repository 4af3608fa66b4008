"""The journal as a room shows it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from forthwith.domain.users import Role, Seer
from forthwith.record import journal as kept
from forthwith.workflows.room import chronology, journal
from forthwith.workflows.room.chronology import Draft
from forthwith.workflows.room.journal import Filter, VerifyRun
from forthwith.workflows.room.room import RefusedError, Room
from tests.builders import rooms


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """Five numbered documents."""
    return rooms.small(tmp_path)


@pytest.fixture
def lead(room: Room) -> Seer:
    """Who is shown everything."""
    return rooms.person(room, "reyes", Role.LEAD)


def noted(room: Room, who: str, action: str, **body: object) -> None:
    """Append an entry."""
    with room.matter.writing() as connection:
        kept.append(connection, action, body, (who, "a test"))


def every(room: Room, seer: Seer, asked: Filter, most: int = 3) -> list[journal.Line]:
    """Return all lines, page by page."""
    lines, older = list[journal.Line](), ""
    while True:
        page = journal.page(room, seer, asked, older, most)
        lines += page.lines
        if not page.older:
            return lines
        older = page.older


def test_pages_follow_each_other_to_the_first_entry(room: Room, lead: Seer) -> None:
    """The latest first, none twice, none left out."""
    with room.matter.engine.connect() as connection:
        numbers = [entry.seq for entry in kept.entries(connection)]

    assert [line.seq for line in every(room, lead, Filter())] == numbers[::-1]


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        (Filter(who="kim"), 2),
        (Filter(action="code"), 2),
        (Filter(who="kim", action="code"), 1),
        (Filter(who="nobody"), 0),
        (Filter(since="2000-01-01", until="2000-12-31"), 0),
        (Filter(who="kim", since="2026-01-01"), 2),
    ],
)
def test_entries_are_asked_for(room: Room, lead: Seer, asked: Filter, count: int) -> None:
    """By person, action and day."""
    noted(room, "kim", "code", ids=[1])
    noted(room, "kim", "form", form="ours")
    noted(room, "ito", "code", ids=[2])

    assert len(every(room, lead, asked)) == count


def test_entries_that_name_only_hidden_documents_are_not_there(room: Room, lead: Seer) -> None:
    """Those that name others as well are shown with these; nothing tells that one is missing."""
    first, second = room.standing().columns.controls[1], room.standing().columns.controls[4]
    before = len(every(room, lead, Filter()))
    noted(room, "ito", "note", documents=[first])
    noted(room, "ito", "note", documents=[first, second])
    kim = rooms.person(room, "kim", Role.LEAD, walled=(first,))

    [line] = every(room, kim, Filter(who="ito"))

    assert line.documents == (second,)
    assert (line.more, line.seq, dict(line.details), line.digest) == (0, 0, {}, "")
    assert len(every(room, lead, Filter(who="ito"))) == 2
    assert every(room, kim, Filter(document=first)) == []
    # The wall names it, too.
    assert len(every(room, lead, Filter(document=first))) == 3
    # What was there before and names no document, and the making of kim and the wall.
    assert len(every(room, kim, Filter())) >= before


def test_the_entry_of_an_event_goes_with_its_pages(room: Room, lead: Seer) -> None:
    """It names an event and no document."""
    chronology.write(room, lead, Draft("2022", "It was.", "NG0000003"))
    kim = rooms.person(room, "kim", Role.LEAD, walled=(room.standing().columns.controls[1],))

    assert len(every(room, lead, Filter(action="chronology"))) == 1
    assert every(room, kim, Filter(action="chronology")) == []


def test_an_administrator_is_shown_no_document(room: Room) -> None:
    """And nothing of what entries say of them."""
    seer = rooms.person(room, "root2", Role.ADMIN)
    noted(room, "ito", "note", documents=[room.standing().columns.controls[0]])

    lines = every(room, seer, Filter())

    assert lines
    assert not any(line.documents or line.details or line.seq for line in lines)


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.OBSERVER])
def test_who_leads_nothing_does_not_read_what_others_did(room: Room, role: Role) -> None:
    """Progress is shown without ranking people."""
    with pytest.raises(RefusedError):
        journal.page(room, rooms.person(room, "kim", role), Filter())


@pytest.mark.parametrize("older", ["", "1", "z" * 28, "0" * 28, "f" * 28, "../x"])
def test_a_page_nobody_was_given_is_the_first(room: Room, lead: Seer, older: str) -> None:
    """Or an empty one; never a failure."""
    page = journal.page(room, lead, Filter(), older)

    assert page.lines == () or page.lines[-1].seq >= 1


def test_an_entry_that_was_changed_is_still_listed(room: Room, lead: Seer) -> None:
    """Its body says that it cannot be read."""
    noted(room, "ito", "note", a=1)
    with room.matter.writing() as connection:
        connection.exec_driver_sql("UPDATE journal SET body = '{' WHERE who = 'ito'")

    [line] = every(room, lead, Filter(who="ito"))

    assert "cannot be read" in line.details["body"]


def looked(room: Room, seer: Seer) -> tuple[str, ...]:
    """Look at everything, as the button does."""
    run = VerifyRun()
    run.start(room, seer)
    while run.running:
        time.sleep(0.01)
    return run.lines(room, seer)


def test_the_look_at_everything_says_what_the_command_says(room: Room, lead: Seer) -> None:
    """In full to whoever is shown every document; to others whether all is well."""
    kim = rooms.person(room, "kim", Role.LEAD, walled=(room.standing().columns.controls[1],))
    chronology.write(room, lead, Draft("2022", "It was.", "NG0000003"))
    with room.matter.writing() as connection:
        connection.exec_driver_sql("UPDATE events SET sentence = 'It was not.'")

    assert any("E0001" in line for line in looked(room, lead))
    assert looked(room, kim) == (
        "Something is not as it was. Who leads the review is shown what; tell them now.",
    )
