"""The chronology and the exhibits as kept, and the pages they rest on."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from forthwith.domain.bates import Bates
from forthwith.domain.chronology import Event, Moment
from forthwith.domain.exhibits import Exhibit, ExhibitNameError
from forthwith.record import chronology, exhibits, journal, page_numbers, tables
from forthwith.record.chronology import EventChangedError
from forthwith.record.matter import Matter

BY = ("ortega", "password")


@pytest.fixture
def matter(tmp_path: Path) -> Matter:
    """A matter of the room."""
    return Matter.create(
        tmp_path, name="Northgate", number="1", time_zone="UTC", standard="sec/2021-08", prefix="NG"
    )


def event(sentence: str = "The card was copied.", id_: str = "") -> Event:
    """An event to keep."""
    return Event(id_, 0, Moment.read("2022-03-14"), sentence, ("NG0000001",), "", "")


def test_versions_of_an_event_are_kept(matter: Matter) -> None:
    """The last one stands; one made from an older version is refused with the newer one."""
    first = chronology.save(matter, event(), 0, BY)
    second = chronology.save(matter, event("It was copied twice.", first.id), 1, BY)

    with pytest.raises(EventChangedError, match="ortega changed E0001") as refused:
        chronology.save(matter, event("It was not.", first.id), 1, BY)

    assert refused.value.theirs == second
    with matter.engine.connect() as connection:
        assert chronology.standing(connection) == [second]
        assert chronology.history(connection, "E0001") == [first, second]
        assert list(chronology.broken(connection)) == []


def test_a_removed_event_stands_no_more_and_its_id_is_not_given_again(matter: Matter) -> None:
    """It stays in the history."""
    kept = chronology.save(matter, event(), 0, BY)
    gone = Event(kept.id, 0, kept.moment, kept.sentence, kept.cites, "", "", removed=True)
    chronology.save(matter, gone, 1, BY)

    assert chronology.save(matter, event(), 0, BY).id == "E0002"
    with matter.engine.connect() as connection:
        assert [row.id for row in chronology.standing(connection)] == ["E0002"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE events SET sentence = 'x'", "E0001"),
        ("DELETE FROM events", "gone"),
        ("INSERT INTO events SELECT 'E9',1,day,precision,'',cites,who,at,0 FROM events", "E9"),
        ("UPDATE exhibits SET body = replace(body, '[1]', '[2]')", "Ex. 1"),
        ("DELETE FROM exhibits", "gone"),
    ],
    ids=["sentence", "deleted", "slipped in", "page of an exhibit", "exhibit deleted"],
)  # fmt: skip
def test_what_was_changed_behind_the_journal_is_named(
    matter: Matter, change: str, said: str
) -> None:
    """Each row is held against the digest that was entered with it."""
    chronology.save(matter, event(), 0, BY)
    exhibits.enter(matter, Exhibit("Ex. 1", "FW1", "", (1,), (), "", "", "", ""), BY)
    with matter.writing() as connection:
        connection.exec_driver_sql(change)

    with matter.engine.connect() as connection:
        broken = [*chronology.broken(connection), *exhibits.broken(connection)]
    assert len(broken) == 1
    assert said in broken[0]


def test_a_name_is_given_once_even_when_taken_back(matter: Matter) -> None:
    """The row stays, marked."""
    exhibits.enter(matter, Exhibit("Ex. 1", "FW1", "", (), (), "", "", "", ""), BY)
    taken_back = exhibits.withdraw(matter, "Ex. 1", BY)

    assert taken_back is not None
    assert taken_back.withdrawn
    assert exhibits.withdraw(matter, "Ex. 1", BY) is None
    with pytest.raises(ExhibitNameError, match=r"Ex\. 2"):
        exhibits.enter(matter, Exhibit("EX 1", "FW2", "", (), (), "", "", "", ""), BY)
    with matter.engine.connect() as connection:
        assert list(exhibits.broken(connection)) == []


def numbered(connection: sa.Connection) -> None:
    """Two volumes of ours, the second in the place of the first, and one of theirs."""
    production = {"standard": "s", "sealed": "t", "first_bates": "", "last_bates": "",
                  "replaces": "", "manifest": ""}  # fmt: skip
    for ordinal, volume in enumerate(("VOL001", "VOL002"), 1):
        row = {"volume": volume, "ordinal": ordinal, **production}
        connection.execute(sa.insert(tables.productions).values(row))
        spans = [("FW1", "NG0000001", "NG0000003"), ("FW2", "NG0000004", "NG0000004")]
        for control, first, last in spans:
            row = {"control_number": control, "volume": volume, "first": first, "last": last}
            connection.execute(sa.insert(tables.bates).values(row))
    theirs = {"control_number": "FW3", "volume": "HAL01", "party": "Halden",
              "first": "HAL 09", "last": "HAL 11"}  # fmt: skip
    connection.execute(sa.insert(tables.received_numbers).values(theirs))


@pytest.mark.parametrize(
    ("number", "found"),
    [
        ("NG0000002", [("FW1", 2), ("FW1", 2)]),
        ("NG0000004", [("FW2", 1), ("FW2", 1)]),
        ("NG0000005", []),
        ("NG00000002", []),
        ("ng0000002", []),
        ("HAL 10", [("FW3", 2)]),
        ("HAL 12", []),
    ],
)
def test_a_page_leads_to_its_document(
    matter: Matter, number: str, found: list[tuple[str, int]]
) -> None:
    """Of either side; a number of another width or case is another number."""
    with matter.writing() as connection:
        numbered(connection)
        page = Bates.parse(number)
        rows = page_numbers.holding(connection, page)

    assert [(row.control, row.page(page)) for row in rows] == found


def test_what_stands_near_a_number_is_the_nearest_first(matter: Matter) -> None:
    """Below and above, in the same series."""
    with matter.writing() as connection:
        numbered(connection)
        near = [row.first for row in page_numbers.below(connection, Bates.parse("NG0000009"))]
        above = [row.first for row in page_numbers.above(connection, Bates.parse("NG0000002"))]
        assert list(page_numbers.above(connection, Bates.parse("HAL 10"))) == []
        assert page_numbers.of(connection, "FW3")[0].theirs

    assert near == ["NG0000004", "NG0000004", "NG0000001", "NG0000001"]
    assert above == ["NG0000004", "NG0000004"]


def test_entries_name_who_signed_in(matter: Matter) -> None:
    """And how they are known."""
    chronology.save(matter, event(), 0, BY)

    with matter.engine.connect() as connection:
        entry = journal.last_of(connection, chronology.ACTION)
        assert entry is not None
        assert (entry.who, entry.known_by) == BY
