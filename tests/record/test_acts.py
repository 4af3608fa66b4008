"""The ledger stands or falls with the journal."""

from __future__ import annotations

import sqlalchemy as sa

from forthwith.domain.acts import Act
from forthwith.record import acts, tables
from forthwith.record.matter import Matter
from forthwith.record.verify import verify


def test_a_thing_stands_as_its_last_act_left_it_and_keeps_its_history(tmp_path):
    matter = Matter.create(tmp_path / "m", name="In re Northgate")
    acts.write(matter, [Act("request", "1", {"text": "All"}), Act("request", "2", {"text": "B"})])
    acts.write(matter, [Act("request", "1", {"text": "All documents"})])

    read = acts.read(matter)
    assert {key: act.body["text"] for key, act in read.of("request").items()} == {
        "1": "All documents",
        "2": "B",
    }
    assert [act.body["text"] for act in read.history("request", "1")] == ["All", "All documents"]
    assert read.of("response") == {}


def test_an_act_changed_afterwards_is_found(tmp_path):
    matter = Matter.create(tmp_path / "m", name="In re Northgate")
    acts.write(matter, [Act("request", "1", {"text": "All"})])
    with matter.engine.begin() as connection:
        body = '{"body":{"text":"None"},"key":"1"}'
        connection.execute(
            sa.update(tables.journal).where(tables.journal.c.seq == 2).values(body=body)
        )

    assert verify(matter).broken
