"""A volume received is read document by document, with one resolver of families for all."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from forthwith.check.received import documents
from forthwith.check.volume import open_volume
from forthwith.loadfiles.volume_rows import Row
from forthwith.standards import loader
from tests.builders import volume
from tests.builders.volume import LEDGER, LOOSE, LUNCH, MAIL, MEMO, VolumeBuilder


def rows(builder: VolumeBuilder, place: Path) -> dict[str, Row]:
    found = documents(open_volume(builder.write(place), loader.load()))
    return {row.first: row for row in found}


def sound(**columns: str) -> VolumeBuilder:
    """The sound volume, with more columns if need be."""
    builder = volume.sound()
    builder.header += [name for name in columns if name not in builder.header]
    return builder


def test_rows_carry_what_is_withheld_redacted_and_attached(tmp_path: Path) -> None:
    builder = sound(WITHHELD="", REDACTED="")
    builder.set(MEMO, "WITHHELD", "PRIV-0001").set(LOOSE, "WITHHELD", "Y")
    builder.set(LEDGER, "REDACTED", "Y").set(LUNCH, "REDACTED", "N")
    found = rows(builder, tmp_path)

    assert [(row.withheld, row.log, row.redacted) for row in found.values()][:4] == [
        (False, "", ""), (True, "PRIV-0001", ""), (False, "", "Y"), (True, "", ""),
    ]  # fmt: skip
    assert not found[LUNCH].redacted
    assert found[MAIL].children == (MEMO, LEDGER)
    assert found[MAIL].has_attachments
    assert not found[LUNCH].has_attachments


def test_an_attachment_counts_on_the_day_of_its_mail(tmp_path: Path) -> None:
    builder = sound().set(MEMO, "DATE_MOD", "01/02/2019").set(LOOSE, "DATE_MOD", "01/02/2019")
    found = rows(builder, tmp_path)

    assert found[MEMO].day == found[MAIL].day == date(2023, 3, 14)
    assert found[LOOSE].day == date(2019, 1, 2)


def test_a_time_after_the_day_is_left_aside(tmp_path: Path) -> None:
    builder = sound().set(MAIL, "DATE_SENT", "04/02/2023 09:30")

    assert rows(builder, tmp_path)[MEMO].day == date(2023, 4, 2)


def test_a_parent_that_only_lists_its_attachment_is_its_parent(tmp_path: Path) -> None:
    """One of the two columns was not renewed; the checks say so, and the family is one."""
    found = rows(sound().set(MEMO, "PARENT_BATES", ""), tmp_path)

    assert found[MEMO].parent == MAIL
    assert found[MEMO].day == found[MAIL].day


def test_a_parent_that_is_not_there_is_named(tmp_path: Path) -> None:
    found = rows(sound().lose(MAIL), tmp_path)

    assert MAIL not in found
    assert found[MEMO].parent == MAIL


def test_families_in_a_circle_are_read_to_their_end(tmp_path: Path) -> None:
    builder = sound().set(MAIL, "PARENT_BATES", MEMO).set(MEMO, "PARENT_BATES", MAIL)
    found = rows(builder, tmp_path)

    assert len(found) == 8
    assert (found[MAIL].parent, found[MEMO].parent) == (MEMO, MAIL)
