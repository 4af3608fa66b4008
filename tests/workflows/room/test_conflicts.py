"""Conflicts over a real matter: shown through the mask, and stopping a production."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from forthwith.domain.users import Right
from forthwith.process.run import process
from forthwith.record import exhibits
from forthwith.review.coding.conflicts import ConflictKind
from forthwith.review.privilege.claims import Basis, Treatment
from forthwith.workflows import privilege, produce
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.privilege import ClaimOptions
from forthwith.workflows.produce import ProductionOptions
from forthwith.workflows.progress import SILENT
from forthwith.workflows.room import conflicts, quality
from forthwith.workflows.room.conflicts import OpenConflictsError
from forthwith.workflows.room.room import RefusedError, Room
from tests.builders import evidence
from tests.builders import reviewed_room as made
from tests.builders.reviewed_room import NO, YES, seer

WITHHELD = {"responsive": "yes", "privilege": "attorney-client", "note": "advice"}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Ten documents and people."""
    opened = made.room(tmp_path)
    yield opened
    opened.close()


def kinds(room: Room, login: str = "lead") -> list[ConflictKind]:
    """Return the kinds somebody is shown."""
    return [row.kind for row in conflicts.listed(room, seer(room, login)).rows]


def copies(room: Room) -> tuple[str, str]:
    """Return two copies of one mail."""
    columns = room.standing().columns
    first = made.controls(room)[0]
    group = columns.group[columns.place[first]]
    return first, next(
        control
        for control in made.controls(room)[1:]
        if columns.group[columns.place[control]] == group
    )


def test_a_conflict_is_gone_when_its_cause_is(room: Room) -> None:
    one, two = copies(room)
    made.code(room, "lead", one, **NO)
    assert kinds(room) == []

    made.code(room, "lead", two, **YES)
    assert kinds(room) == [ConflictKind.COPIES]

    made.code(room, "lead", two, **NO)
    assert kinds(room) == []


def test_a_walled_coding_makes_no_row_and_no_count(room: Room) -> None:
    one, two = copies(room)
    made.code(room, "lead", one, **NO)
    made.code(room, "lead", two, **YES)
    made.batch(room, "lin")
    assert kinds(room, "lin") == [ConflictKind.COPIES]

    made.wall(room, "lin", two)

    found = conflicts.listed(room, seer(room, "lin"))
    assert (found.total, found.rows, dict(found.counts)) == (0, (), {})
    with pytest.raises(RefusedError):
        conflicts.listed(room, seer(room, "watch"))


def test_a_coding_that_is_still_blind_makes_no_row(room: Room) -> None:
    one, two = copies(room)
    made.code(room, "lead", one, **NO)
    made.code(room, "lead", two, **YES)
    drawn = quality.draw(room, seer(room, "lead"), 5)
    room.batches.take(drawn.batch.id, "reyes", made.BY)

    assert kinds(room, "reyes") == []
    assert kinds(room) == [ConflictKind.COPIES]


def test_counsel_on_the_document_explains_its_mark(room: Room) -> None:
    mail = made.controls(room)[0]
    made.code(room, "lead", mail, responsive="no", privilege="attorney-client")
    assert kinds(room) == [ConflictKind.REASON]

    attorneys = room.matter.folder / "attorneys.csv"
    attorneys.write_text("name,addresses\nDana Reyes,per@northgate.example\n", encoding="utf-8")
    with CaseFile.open(room.matter.folder).alone() as case:
        privilege.import_attorneys(case, attorneys)

    assert kinds(room) == []


def test_an_exhibit_that_is_marked_not_responsive(room: Room) -> None:
    mail = made.controls(room)[0]
    made.code(room, "lead", mail, **NO)
    exhibit = exhibits.Exhibit.from_body("Ex. 4", mail, EXHIBIT)
    exhibits.enter(room.matter, exhibit, made.BY)

    (row,) = conflicts.listed(room, seer(room, "lead")).rows

    assert (row.kind, row.documents) == (ConflictKind.NOT_RESPONSIVE, (mail,))
    assert "cited in exhibit Ex. 4" in row.message


EXHIBIT = {
    "title": "Keys", "pages": [], "pinpoints": [], "first": "", "last": "", "stamp": "",
    "who": "lead", "at": "2026-02-02T10:00:00+00:00", "withdrawn": "",
}  # fmt: skip


def test_what_was_coded_by_somebody_walled_off_since(room: Room) -> None:
    first, *_ = made.batch(room, "lin")
    made.code(room, "lin", first, **NO)
    assert kinds(room) == []

    made.wall(room, "lin", first)

    assert kinds(room) == [ConflictKind.WALLED]


def test_what_was_coded_on_another_text_than_todays(room: Room) -> None:
    first = made.controls(room)[0]
    made.code(room, "lead", first, **NO)
    assert room.mask(seer(room, "lead"), Right.OPEN).any()
    assert kinds(room) == []
    with room.matter.writing() as connection:
        connection.exec_driver_sql("UPDATE codings SET read = '00ff'")

    again = Room(room.matter)

    assert kinds(again) == [ConflictKind.OLDER]
    again.close()


def test_a_document_that_came_later_is_asked_about_too(room: Room, tmp_path: Path) -> None:
    diary = made.controls(room)
    made.code(room, "lead", diary[0], **NO)
    family = evidence.mail("Keys", ("memo.txt", b"The wallets.\n"), ("plan.txt", b"A plan.\n"))
    evidence.collect(room.matter, evidence.write(tmp_path / "more", z_eml=family), "Cho, Ana")
    process(room.matter, workers=1)

    made.code(room, "lead", made.controls(room)[-3], **YES)

    assert kinds(room) == [ConflictKind.COPIES]


def attempt(room: Room, **more: object) -> None:
    """Try to produce a volume."""
    options = ProductionOptions("VOL001", date(2026, 2, 9), workers=1, **more)  # type: ignore[arg-type]
    with CaseFile.open(room.matter.folder).alone() as case:
        produce.produce(case, options, SILENT)


def test_an_open_conflict_stops_a_production_with_its_cure(room: Room) -> None:
    one, two = copies(room)
    made.code(room, "lead", one, **NO)
    made.code(room, "lead", two, **YES)

    with pytest.raises(OpenConflictsError) as stopped:
        attempt(room)

    assert f"{one}, {two} are copies and coded apart" in str(stopped.value)
    assert f"forthwith code {one} {two} responsive=…" in str(stopped.value)
    assert not (room.matter.folder / "volumes" / "VOL001").exists()


def test_a_conflict_of_other_documents_stops_nothing(room: Room) -> None:
    one, two = copies(room)
    made.code(room, "lead", one, **NO)
    made.code(room, "lead", two, **YES)
    case = CaseFile.open(room.matter.folder)

    assert conflicts.open_conflicts(case, made.controls(room)[-1:]) == []
    assert len(conflicts.open_conflicts(case, [two])) == 1


def test_a_family_decision_lets_the_rest_go_out(room: Room) -> None:
    mail, memo, *_ = made.controls(room)
    made.code(room, "lead", mail, **YES)
    made.code(room, "lead", memo, **WITHHELD)
    case = CaseFile.open(room.matter.folder)
    assert [row.kind for row in conflicts.open_conflicts(case, [mail])] == [ConflictKind.FAMILY]

    with case.alone():
        privilege.claim(
            case,
            (memo,),
            ClaimOptions(
                Treatment.WITHHELD, (Basis.ATTORNEY_CLIENT,), description="Advice", part=True,
                because="agreed with counsel",
            ),
        )  # fmt: skip

    assert conflicts.open_conflicts(CaseFile.open(room.matter.folder), [mail]) == []


def test_where_nobody_coded_nothing_is_asked(room: Room) -> None:
    assert conflicts.open_conflicts(CaseFile.open(room.matter.folder), made.controls(room)) == []
