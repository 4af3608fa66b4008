"""Rows of claw-backs: who is still shown what, and that nobody changes them unseen."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from forthwith.record import quarantine, tables, verify
from forthwith.record.matter import Matter
from forthwith.record.quarantine import Quarantined


def _row(control: str, notice: str = "N0001", custodian: str = "reyes") -> Quarantined:
    return Quarantined(control, "named", control, notice, custodian, "2026-02-01T00:00:00+00:00")


def test_what_two_notices_give_to_two_people_nobody_is_shown(tmp_path: Path) -> None:
    """Each notice has its own custodian; neither may see what the other's notice covers."""
    matter = Matter.create(tmp_path / "m", name="Northgate")
    with matter.writing() as connection:
        quarantine.enter(connection, [_row("FW00000001"), _row("FW00000002")], {})
        quarantine.enter(connection, [_row("FW00000002", "N0002", "holm")], {})
        assert quarantine.standing(connection) == {"FW00000001": "reyes", "FW00000002": ""}

        quarantine.end(connection, "N0002", "lifted", {})
        assert quarantine.standing(connection) == {"FW00000001": "reyes", "FW00000002": "reyes"}


def test_a_row_taken_out_by_hand_is_named_by_verify(tmp_path: Path) -> None:
    """The journal has a digest of the rows of each notice, ended ones too."""
    matter = Matter.create(tmp_path / "m", name="Northgate")
    with matter.writing() as connection:
        quarantine.enter(connection, [_row("FW00000001")], {})
        quarantine.end(connection, "N0001", "returned", {})
    assert verify.verify(matter).broken == ()

    with matter.engine.begin() as connection:
        connection.execute(sa.delete(tables.quarantine))

    assert verify.verify(matter).broken == (
        "quarantine N0001: the table is not what the journal has",
    )
