"""Redactions: nothing drawn is lost or overwritten, and the journal commits to every one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from forthwith.domain.redactions import Redaction, RedactionState, Shape
from forthwith.record import journal, redactions, tables
from forthwith.record.matter import Matter
from forthwith.record.redactions import RedactionError, StaleRedactionError
from forthwith.record.verify import verify

BY = ("ortega", "password")
OTHER = ("reyes", "passkey")
BOX = Redaction(0, "FW1", Shape.BOX, 2, (120, 300, 900, 360), "", "PII", drawn_on="d" * 24)
CELLS = Redaction(0, "FW2", Shape.CELLS, 0, None, "Sheet1!B2:D9", "PII", "of § 7")
#: A row that removes the first one, and that no entry tells of.
SLIPPED_IN = (
    "INSERT INTO redactions SELECT 3, control, page, shape, place, reason, note, 'removed', "
    "drawn_on, who, at, 1, entry FROM redactions WHERE id = 1"
)


def test_a_redaction_is_read_back_as_it_was_drawn(matter: Matter) -> None:
    box, cells = redactions.save(matter, [BOX, CELLS], BY)
    assert (box.id, cells.id, box.who) == (1, 2, "ortega")
    assert replace(box, id=0, who="", at="") == BOX

    with matter.engine.connect() as connection:
        assert redactions.standing(connection) == {"FW1": (box,), "FW2": (cells,)}
        assert redactions.standing(connection, "FW2") == {"FW2": (cells,)}
        entry = journal.last_of(connection, redactions.ACTION)
        assert redactions.changes(connection) == 2
    assert entry is not None
    assert (entry.who, entry.known_by) == BY
    assert entry.facts()["controls"] == ["FW1", "FW2"]
    assert verify(matter).broken == ()


def test_what_is_changed_decided_and_removed_stays_in_the_history(matter: Matter) -> None:
    """Only what is neither replaced nor proposed covers anything."""
    (proposed,) = redactions.save(matter, [replace(BOX, state=RedactionState.PROPOSED)], BY)
    with matter.engine.connect() as connection:
        assert redactions.covering(connection) == {}
        assert redactions.standing(connection) == {"FW1": (proposed,)}
    accepted = replace(proposed, state=RedactionState.STANDING, replaces=proposed.id)
    (accepted,) = redactions.save(matter, [accepted], OTHER)
    with matter.engine.connect() as connection:
        assert redactions.covering(connection) == {"FW1": (accepted,)}
    gone = replace(accepted, state=RedactionState.REMOVED, replaces=accepted.id)
    (gone,) = redactions.save(matter, [gone], BY)

    with matter.engine.connect() as connection:
        assert redactions.standing(connection) == redactions.covering(connection) == {}
        assert redactions.history(connection, "FW1") == [proposed, accepted, gone]
        assert redactions.last_save(connection, "reyes") == [accepted]
    with pytest.raises(StaleRedactionError, match="ortega removed redaction 3"):
        redactions.save(matter, [replace(gone, replaces=gone.id)], BY)
    assert verify(matter).broken == ()


def test_of_two_who_change_one_redaction_the_later_is_handed_the_others(matter: Matter) -> None:
    (drawn,) = redactions.save(matter, [BOX], BY)
    wider = replace(BOX, box=(100, 300, 1000, 360), replaces=drawn.id)
    with ThreadPoolExecutor(2) as pool:
        saves = [pool.submit(redactions.save, matter, [CELLS, wider], by) for by in (BY, OTHER)]
        refused = [work.exception() for work in saves]

    (stale,) = [error for error in refused if error is not None]
    assert isinstance(stale, StaleRedactionError)
    with matter.engine.connect() as connection:
        assert redactions.standing(connection, "FW1") == {"FW1": (stale.theirs,)}
        # Nothing of the refused save was written.
        assert len(redactions.standing(connection)["FW2"]) == 1
    assert verify(matter).broken == ()


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ([replace(BOX, control="")], RedactionError),
        ([replace(BOX, note="a\0b")], RedactionError),
        ([replace(BOX, note="\ud800")], RedactionError),
        ([replace(BOX, state=RedactionState.REMOVED)], RedactionError),
        ([replace(BOX, replaces=1), replace(BOX, replaces=1)], RedactionError),
        ([replace(BOX, replaces=1, state=RedactionState.PROPOSED)], RedactionError),
        ([replace(BOX, replaces=7)], StaleRedactionError),
        ([replace(BOX, control="FW9", replaces=1)], StaleRedactionError),
    ],
    ids=[
        "nothing",
        "nul",
        "surrogate",
        "removes nothing",
        "twice",
        "uncovers",
        "absent",
        "of another",
    ],
)
def test_what_cannot_be_written_is_refused(
    matter: Matter, wrong: list[Redaction], error: type[Exception]
) -> None:
    redactions.save(matter, [BOX], BY)
    with pytest.raises(error):
        redactions.save(matter, wrong, BY)
    with matter.engine.connect() as connection:
        assert redactions.changes(connection) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE redactions SET place = '{\"box\":[0,0,1,1]}' WHERE id = 1", "redaction 1: it is"),
        ("UPDATE redactions SET state = 'removed' WHERE id = 1", "redaction 1: it is not what"),
        ("DELETE FROM redactions WHERE id = 2", "redaction 2: the journal tells of it"),
        (
            SLIPPED_IN,
            "redaction 3: it stands in the tables",
        ),
    ],
    ids=["moved", "removed", "deleted", "slipped in"],
)
def test_what_was_changed_behind_the_journal_is_named(
    matter: Matter, change: str, said: str
) -> None:
    redactions.save(matter, [BOX, CELLS], BY)
    with matter.engine.begin() as connection:
        connection.exec_driver_sql(change)

    (line,) = verify(matter).broken
    assert line.startswith(said)


def test_a_matter_of_an_earlier_version_has_none(matter: Matter) -> None:
    with matter.engine.begin() as connection:
        tables.redactions.drop(connection)
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0003'"))
    matter.engine.dispose()
    older = Matter.open(matter.folder)
    with older.engine.connect() as connection:
        assert redactions.standing(connection) == redactions.covering(connection) == {}
        assert redactions.history(connection, "FW1") == redactions.last_save(connection, "x") == []
        assert redactions.changes(connection) == 0
        assert list(redactions.broken(connection)) == []
    older.engine.dispose()
