"""A clock that is set back, or stands at nonsense, breaks no chain and loses no order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from forthwith.collect.folder import collect
from forthwith.record import journal
from forthwith.record.verify import verify
from tests.builders import evidence


class _SetBack(datetime):
    """Each look at it is a year before the last."""

    looks = 0

    @classmethod
    def now(cls, tz: object = None) -> datetime:
        cls.looks += 1
        return datetime(2026, 1, 1, tzinfo=UTC) - timedelta(days=365 * cls.looks)


def test_a_clock_set_back_between_acts_leaves_the_journal_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries follow by their numbers and digests; times are what the machine said."""
    monkeypatch.setattr(journal, "datetime", _SetBack)
    monkeypatch.setattr("forthwith.collect.folder.datetime", _SetBack)
    matter = evidence.matter(tmp_path / "m", evidence.write(tmp_path / "in", a_txt=b"one"))
    collect(matter, evidence.write(tmp_path / "more", b_txt=b"two"), "Lee, Wei")

    with matter.engine.begin() as connection:
        entries = list(journal.entries(connection))

    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    assert [entry.at for entry in entries] == sorted((entry.at for entry in entries), reverse=True)
    assert not verify(matter).broken
