"""`verify` names each thing that is not as the journal says, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from forthwith.record import tables
from forthwith.record.matter import Matter
from forthwith.record.verify import verify
from tests.builders import evidence


@pytest.fixture
def matter(tmp_path: Path) -> Matter:
    folder = evidence.write(tmp_path / "in", a_txt=b"one", b_txt=b"two")
    return evidence.matter(tmp_path / "m", folder)


def test_a_sound_matter_is_intact(matter: Matter) -> None:
    verification = verify(matter)

    assert verification.broken == ()
    assert (verification.entries, verification.blobs) == (2, 2)


def test_a_changed_blob_is_named(matter: Matter) -> None:
    blob = next(matter.evidence.blobs())
    place = matter.evidence.path(blob)
    place.chmod(0o644)
    place.write_bytes(b"tampered")

    (line,) = verify(matter).broken
    assert blob in line
    assert "changed" in line


def test_a_missing_blob_is_named(matter: Matter) -> None:
    blob = next(matter.evidence.blobs())
    matter.evidence.path(blob).unlink()

    (line,) = verify(matter).broken
    assert blob in line
    assert "missing" in line


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE items SET path = 'c.txt' WHERE path = 'b.txt'",
        "DELETE FROM items WHERE path = 'b.txt'",
        "UPDATE sources SET custodian = 'Nobody'",
        "UPDATE journal SET body = '{}' WHERE seq = 2",
        "DELETE FROM journal WHERE seq = 1",
        "UPDATE journal SET who = 'another' WHERE seq = 1",
        "DELETE FROM journal WHERE seq = 2",
    ],
)
def test_a_changed_row_is_found(matter: Matter, statement: str) -> None:
    with matter.engine.begin() as connection:
        if "body = '{}'" in statement:
            # An entry whose body no longer says what was collected is found by its digest alone.
            connection.execute(
                sa.update(tables.journal)
                .where(tables.journal.c.seq == 2)
                .values(body=tables.journal.c.body + " ")
            )
        else:
            connection.execute(sa.text(statement))

    assert verify(matter).broken
