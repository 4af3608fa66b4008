"""Batches, quarantine, received volumes, exhibits, events: kept, and held against the journal."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from forthwith.domain.batches import Batch, BatchState, Sample
from forthwith.domain.coding import Pass
from forthwith.record import chronology, exhibits, quarantine, received
from forthwith.record.batches import Batches, BatchStateError, NoBatchError
from forthwith.record.chronology import Event, EventError
from forthwith.record.exhibits import Exhibit, ExhibitError
from forthwith.record.matter import Matter
from forthwith.record.received import ReceivedNumber, Reception
from forthwith.record.verify import verify

BY = ("lead", "password")


def _cut(batches: Batches) -> Batch:
    return batches.enter(
        Batch("", "Wallets", Pass.FIRST, {"query": "wallet", "seed": 7}), ["FW2", "FW1"], BY
    )


def test_a_batch_goes_out_and_comes_back(matter: Matter) -> None:
    batches = Batches(matter)
    batch = _cut(batches)
    assert (batch.id, batches.documents("B0001")) == ("B0001", ("FW2", "FW1"))
    assert batches.of("FW1") == ("B0001",)
    taken = batches.take("B0001", "ortega", BY)
    assert (taken.state, batches.held_by("ortega")) == (BatchState.OUT, taken)
    batches.touch("B0001", "somebody else")
    assert batches.batch("B0001") == taken
    with pytest.raises(BatchStateError, match="at work"):
        batches.give_back("B0001", BY, untouched_since="2000-01-01")
    batches.give_back("B0001", BY, untouched_since="2999-01-01")
    batches.take("B0001", "reyes", BY)
    assert batches.done("B0001", BY).state is BatchState.DONE
    assert batches.reopen("B0001", BY, "overturned too often").state is BatchState.OPEN
    assert verify(matter).broken == ()


def test_nobody_holds_two_and_nothing_is_had_twice(matter: Matter) -> None:
    batches = Batches(matter)
    _cut(batches)
    _cut(batches)
    batches.take("B0001", "ortega", BY)
    for batch, login, why in (
        ("B0002", "ortega", "one at a time"),
        ("B0001", "reyes", "ortega has it"),
    ):
        with pytest.raises(BatchStateError, match=why):
            batches.take(batch, login, BY)
    batches.offer("B0002", ["reyes"], BY)
    with pytest.raises(BatchStateError, match="offered to reyes"):
        batches.take("B0002", "holm", BY)
    with pytest.raises(NoBatchError):
        batches.take("B0009", "holm", BY)
    for act in (batches.done, batches.give_back):
        with pytest.raises(BatchStateError):
            act("B0002", BY)


def test_a_sample_is_drawn_with_its_batch(matter: Matter) -> None:
    batches = Batches(matter)
    sample, batch = batches.draw(
        Sample("", "qc", {"seed": 7}, ""), Batch("", "QC", Pass.QC), ["FW1"], BY
    )

    assert batches.samples() == (sample,)
    assert batch is not None
    assert (sample.id, sample.batch, sample.who) == ("Q0001", batch.id, "lead")


def test_two_notices_show_a_document_to_neither_custodian(matter: Matter) -> None:
    with matter.writing() as connection:
        first = quarantine.enter(
            connection,
            [("FW1", "named", ""), ("FW2", "copy", "FW1"), ("FW1", "copy", "FW2")],
            "ortega",
            {},
            BY,
        )
        quarantine.enter(connection, [("FW2", "named", "")], "reyes", {}, BY)
        again = quarantine.enter(connection, [("FW1", "named", "")], "ortega", {}, BY, "N0001")
    assert ([row.control for row in first], again) == (["FW1", "FW2"], ())
    with matter.writing() as connection:
        assert quarantine.standing(connection) == {"FW1": "ortega", "FW2": ""}
        quarantine.end(connection, "N0001", quarantine.RETURNED, "sent back", BY)
        assert quarantine.standing(connection) == {"FW1": "", "FW2": ""}
        quarantine.end(connection, "N0002", quarantine.LIFTED, "withdrawn", BY)
        with pytest.raises(quarantine.NoNoticeError):
            quarantine.end(connection, "N0002", quarantine.LIFTED, "", BY)
    with matter.engine.connect() as connection:
        assert quarantine.standing(connection) == {"FW1": "", "FW2": ""}


def test_a_second_reception_renames_and_keeps(matter: Matter) -> None:
    first = Reception("VOL001", 1, "Northgate", "sec/2021-08", "S0001", "volume", {"rows": 2})
    with matter.writing() as connection:
        received.enter(connection, first, [_number("FW1", "1"), _number("FW2", "2")], BY)
    overlay = replace(first, version=2, kind="overlay")
    with matter.writing() as connection:
        received.enter(connection, overlay, [_number("FW1", "9")], BY)
    with matter.engine.connect() as connection:
        assert received.volumes(connection) == (first, overlay)
        assert received.numbers(connection) == {
            "FW1": (_number("FW1", "9"),),
            "FW2": (_number("FW2", "2"),),
        }
    assert verify(matter).broken == ()


def _number(control: str, number: str) -> ReceivedNumber:
    return ReceivedNumber(control, "VOL001", "Northgate", number, number)


def test_an_event_that_changed_meanwhile_is_not_overwritten(matter: Matter) -> None:
    event = Event("", 0, "2022-03", "month", "The cards were moved.", ("NG0001",))
    with matter.writing() as connection:
        kept = chronology.enter(connection, event, BY)
        changed = chronology.enter(connection, replace(kept, sentence="Two cards were moved."), BY)
        with pytest.raises(EventError, match="Two cards"):
            chronology.enter(connection, kept, BY)
        assert chronology.every(connection) == (changed,)
        chronology.remove(connection, kept.id, 2, BY)
        assert chronology.every(connection) == ()
        with pytest.raises(EventError):
            chronology.remove(connection, kept.id, 3, BY)
    with matter.engine.connect() as connection:
        assert [version.version for version in chronology.history(connection, "E0001")] == [1, 2, 3]


def test_the_name_of_an_exhibit_is_had_once(matter: Matter) -> None:
    with matter.writing() as connection:
        exhibits.enter(connection, Exhibit("PX-1", "FW1", {"pages": [1]}), BY)
        with pytest.raises(ExhibitError, match="FW1 already"):
            exhibits.enter(connection, Exhibit("px-1", "FW2"), BY)
        exhibits.change(connection, Exhibit("PX-1", "FW2"), BY)
        exhibits.remove(connection, "PX-1", BY)
        exhibits.enter(connection, Exhibit("PX-1", "FW3"), BY)
        assert [exhibit.control for exhibit in exhibits.every(connection)] == ["FW3"]
    assert verify(matter).broken == ()


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("UPDATE batches SET holder = 'reyes'", "batch B0001"),
        ("UPDATE batches SET state = 'done'", "batch B0001"),
        ("UPDATE batch_documents SET control = 'FW9' WHERE place = 1", "batch B0001"),
        ("DELETE FROM batch_documents WHERE place = 2", "batch B0001"),
        ("INSERT INTO batch_documents VALUES ('B0001', 3, 'FW3')", "batch B0001"),
        ("UPDATE samples SET body = '{}'", "sample Q0001"),
        ("DELETE FROM samples", "sample Q0001"),
        ("UPDATE quarantine SET ended = '2026-01-01', outcome = 'lifted'", "quarantine 1"),
        ("UPDATE quarantine SET custodian = 'reyes'", "quarantine 1"),
        ("DELETE FROM quarantine", "quarantine 1"),
        ("UPDATE received SET party = 'Halden'", "received volume VOL001, reception 1"),
        ("UPDATE received_numbers SET first = '2'", "numbers of the received volume VOL001"),
        ("DELETE FROM received_numbers", "numbers of the received volume VOL001"),
        ("UPDATE exhibits SET control = 'FW2'", "exhibit PX-1"),
        ("DELETE FROM exhibits", "exhibit PX-1"),
        ("UPDATE events SET sentence = 'No cards were moved.'", "event E0001, version 1"),
        ("DELETE FROM events", "event E0001, version 1"),
    ],
)
def test_a_row_that_is_not_as_entered_is_named(matter: Matter, statement: str, names: str) -> None:
    batches = Batches(matter)
    _cut(batches)
    batches.draw(Sample("", "elusion", {"seed": 7}, ""), None, [], BY)
    reception = Reception("VOL001", 1, "Northgate", "sec/2021-08", "S0001", "volume")
    with matter.writing() as connection:
        quarantine.enter(connection, [("FW1", "named", "")], "ortega", {}, BY)
        received.enter(connection, reception, [_number("FW1", "1")], BY)
        exhibits.enter(connection, Exhibit("PX-1", "FW1"), BY)
        chronology.enter(connection, Event("", 0, "2022", "year", "Cards moved."), BY)
    assert verify(matter).broken == ()
    with matter.engine.begin() as connection:
        connection.execute(sa.text(statement))

    (line,) = verify(matter).broken
    assert line.startswith(f"{names}: ")
