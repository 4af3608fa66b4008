"""Coding: who may, over what, and how it is taken back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from forthwith.domain.batches import Batch
from forthwith.domain.coding import Pass
from forthwith.domain.errors import ForthwithError
from forthwith.domain.users import Grant, Role
from forthwith.record import quarantine
from forthwith.record.codings import StaleError
from forthwith.record.quarantine import Quarantined
from forthwith.record.verify import verify
from forthwith.review.coding import forms as form_rules
from forthwith.workflows.room import bulk, coding, forms
from forthwith.workflows.room.bulk import PreviewError, Selection
from forthwith.workflows.room.coder import (
    AnswerError,
    BecauseError,
    MissingMarksError,
    PassError,
)
from forthwith.workflows.room.coding import NothingToUndoError
from forthwith.workflows.room.room import NotShownError, RefusedError, Room
from tests.builders import reviewed_room as made
from tests.builders.reviewed_room import NO, YES, seer


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Ten documents and people."""
    opened = made.room(tmp_path)
    yield opened
    opened.close()


def body(room: Room, control: str) -> dict[str, Any]:
    """Return what stands of a document."""
    stands = room.codings.now(control)
    return dict(stands.body) if stands else {}


def test_a_coding_names_form_pass_batch_and_the_text_that_was_read(room: Room) -> None:
    first, *_ = made.batch(room, "lin")

    saved = coding.save(room, seer(room, "lin"), first, NO, 0)

    (row,) = saved.codings
    place = room.standing().columns.place[first]
    assert (row.version, row.who, row.pass_, row.batch) == (1, "lin", Pass.FIRST, "B0001")
    assert (row.form, row.form_version) == ("ours", 1)
    assert bytes.fromhex(row.read).rstrip(b"\0") == room.standing().columns.read[place]
    assert room.codings.form("ours") == form_rules.form_of(
        {**form_rules.body(form_rules.default("ours")), "version": 1}
    )
    assert verify(room.matter).broken == ()


def test_the_next_document_is_the_next_of_the_batch_that_is_not_coded(room: Room) -> None:
    first, second, third, *rest = made.batch(room, "lin")

    assert coding.save(room, seer(room, "lin"), second, NO, 0).next == third
    assert coding.save(room, seer(room, "lin"), first, NO, 0).next == third
    for control in [third, *rest[:-1]]:
        coding.save(room, seer(room, "lin"), control, NO, 0)
    assert coding.save(room, seer(room, "lin"), rest[-1], NO, 0).next == ""


def test_coding_touches_the_batch(room: Room) -> None:
    first, *_ = made.batch(room, "lin")
    with room.matter.writing() as connection:
        connection.exec_driver_sql("UPDATE batches SET touched_at = '2000-01-01T00:00:00+00:00'")

    coding.save(room, seer(room, "lin"), first, NO, 0)

    assert room.batches.batch("B0001").touched_at > "2020"


def test_two_who_save_one_version_one_is_shown_the_others(room: Room) -> None:
    first, *_ = made.batch(room, "lin")
    coding.save(room, seer(room, "lin"), first, NO, 0)

    with pytest.raises(StaleError) as stale:
        coding.save(room, seer(room, "lead"), first, YES, 0)

    assert [row.who for row in stale.value.theirs] == ["lin"]
    assert body(room, first) == NO


@pytest.mark.parametrize(
    ("login", "marks", "more", "error"),
    [
        ("lin", {}, {}, MissingMarksError),
        ("lin", {"responsive": "yes"}, {}, MissingMarksError),
        ("lin", {"responsive": "perhaps"}, {}, AnswerError),
        ("lin", {"colour": "red"}, {}, AnswerError),
        ("lin", {"responsive": 3}, {}, AnswerError),
        ("lin", {"responsive": ["yes", 3]}, {}, AnswerError),
        ("lin", {"proposed:privilege": "none", "responsive": "no"}, {}, AnswerError),
        ("lin", {"responsive": "no", "note": "a\0b"}, {}, AnswerError),
        ("lin", {"responsive": "no", "note": "a\x1b[31m"}, {}, AnswerError),
        ("lin", {"responsive": "no", "note": "half \ud800"}, {}, AnswerError),
        ("lin", NO, {"pass_": "third"}, PassError),
        ("lin", NO, {"pass_": "second"}, RefusedError),
        ("bo", NO, {}, NotShownError),
        ("desk", NO, {}, RefusedError),
        ("watch", NO, {}, RefusedError),
        ("office", NO, {}, RefusedError),
    ],
)
def test_what_cannot_be_saved_saves_nothing(
    room: Room, login: str, marks: dict[str, Any], more: dict[str, Any], error: type[Exception]
) -> None:
    first, *_ = made.batch(room, "lin")

    with pytest.raises(error):
        coding.save(room, seer(room, login), first, marks, 0, **more)

    assert room.codings.now(first) is None


def test_a_note_is_text_of_any_script(room: Room) -> None:
    note = "鍵\u3000は\u00a0金庫\u200d👩\u200d💻\r\nsecond line\t."

    made.code(room, "lead", made.controls(room)[0], responsive="no", note=note)

    assert body(room, made.controls(room)[0])["note"] == note


def test_missing_marks_are_named(room: Room) -> None:
    with pytest.raises(MissingMarksError) as refused:
        coding.save(room, seer(room, "lead"), made.controls(room)[0], {"responsive": "yes"}, 0)

    assert refused.value.missing == ("privilege",)


def test_who_may_not_claim_proposes(room: Room) -> None:
    first, *_ = made.batch(room, "lin")

    coding.save(room, seer(room, "lin"), first, YES, 0)
    assert body(room, first) == {"responsive": "yes", "proposed:privilege": "none"}

    coding.save(room, seer(room, "lead"), first, YES, 1, because="looked at it")
    assert body(room, first) == YES

    with pytest.raises(RefusedError):
        coding.save(room, seer(room, "lin"), first, YES | {"hot": True}, 2)


def test_overturning_wants_a_right_and_a_reason(room: Room) -> None:
    first, *_ = made.batch(room, "lin")
    coding.save(room, seer(room, "lin"), first, NO, 0)

    with pytest.raises(BecauseError):
        coding.save(room, seer(room, "lead"), first, YES, 1)
    saved = coding.save(room, seer(room, "lead"), first, YES, 1, because="names a wallet")

    assert (saved.codings[0].pass_, saved.codings[0].because) == (Pass.SECOND, "names a wallet")
    with pytest.raises(RefusedError, match="may not overturn it"):
        coding.save(room, seer(room, "lin"), first, NO, 2)


def test_a_first_pass_overturns_nobody(room: Room) -> None:
    first, *_ = made.batch(room, "lin")
    coding.save(room, seer(room, "lin"), first, NO, 0)

    with pytest.raises(RefusedError, match="in the first pass"):
        coding.save(room, seer(room, "lead"), first, YES, 1, pass_="first", because="no")


def test_a_family_is_saved_where_nobody_coded_it(room: Room) -> None:
    mail, memo, plan, *_ = made.controls(room)
    made.code(room, "lead", plan, responsive="no", hot=True)

    saved = coding.save_family(room, seer(room, "lead"), mail, YES, 0)

    assert [row.control for row in saved.codings] == [mail, memo]
    assert saved.kept == (plan,)
    assert body(room, plan) == {"responsive": "no", "hot": True}
    assert len({row.at for row in saved.codings}) == 1


def test_a_family_save_leaves_out_what_is_walled_off(room: Room) -> None:
    columns = room.standing().columns
    mail, memo, plan, *_ = made.controls(room)
    user = room.users.by_login("bo")
    assert user is not None
    room.users.grant(Grant(user.id, Role.LEAD), made.BY)
    # Walls around documents take their family along; a claw-back of one member does not.
    with room.matter.writing() as connection:
        row = Quarantined(memo, "named", memo, "N0001", "lead", "2026-02-02T10:00:00+00:00")
        quarantine.enter(connection, [row], {}, made.BY)

    saved = coding.save_family(room, seer(room, "bo"), mail, NO, 0)

    assert [row.control for row in saved.codings] == [mail, plan]
    assert columns.top[columns.place[memo]] == columns.place[mail]


def test_same_as_last_is_what_was_answered(room: Room) -> None:
    first, *_ = made.batch(room, "lin")
    assert coding.last(room, seer(room, "lin")) == {}

    coding.save(room, seer(room, "lin"), first, YES, 0)

    assert coding.last(room, seer(room, "lin")) == YES
    assert coding.last(room, seer(room, "lead")) == {}


@pytest.mark.parametrize("before", [{}, NO, YES | {"note": "read twice"}], ids=str)
def test_undo_is_the_inverse_of_a_save(room: Room, before: dict[str, Any]) -> None:
    first, *_ = made.controls(room)
    if before:
        made.code(room, "lead", first, **before)
    saved = made.code(room, "lead", first, responsive="yes", privilege="work-product")

    undone = coding.undo(room, seer(room, "lead"))
    assert body(room, first) == before
    assert undone.version == saved + 1

    coding.undo(room, seer(room, "lead"))
    assert body(room, first) == {"responsive": "yes", "privilege": "work-product"}
    assert verify(room.matter).broken == ()


def test_undo_takes_back_a_family_together(room: Room) -> None:
    mail, *_ = made.controls(room)
    saved = coding.save_family(room, seer(room, "lead"), mail, YES, 0)

    undone = coding.undo(room, seer(room, "lead"))

    assert [row.control for row in undone.codings] == [row.control for row in saved.codings]
    assert all(body(room, row.control) == {} for row in saved.codings)


def test_undo_is_refused_once_somebody_coded_since(room: Room) -> None:
    first, *_ = made.batch(room, "lin")
    coding.save(room, seer(room, "lin"), first, NO, 0)
    made.code(room, "lead", first, **YES)

    with pytest.raises(NothingToUndoError, match=r"coded again since your last save, by lead"):
        coding.undo(room, seer(room, "lin"))

    assert body(room, first) == YES


def test_undo_is_refused_once_a_document_is_walled_off(room: Room) -> None:
    first, *_ = made.controls(room)
    coding.save(room, seer(room, "lead"), first, NO, 0)
    made.wall(room, "lead", first)

    with pytest.raises(RefusedError):
        coding.undo(room, seer(room, "lead"))
    assert body(room, first) == NO


def test_who_has_saved_nothing_can_undo_nothing(room: Room) -> None:
    with pytest.raises(NothingToUndoError):
        coding.undo(room, seer(room, "lead"))


def test_what_was_undone_is_coded_by_nobody(room: Room) -> None:
    first, *_ = made.batch(room, "lin")
    coding.save(room, seer(room, "lin"), first, NO, 0)
    coding.undo(room, seer(room, "lin"))

    saved = coding.save(room, seer(room, "lead"), first, YES, 2)

    assert saved.codings[0].because == ""
    with pytest.raises(MissingMarksError):
        coding.save(room, seer(room, "lead"), first, {}, 3)


# Second level and blindness


def blind_form(room: Room) -> None:
    """Have our form say that second level is blind."""
    data = form_rules.body(form_rules.default("ours")) | {"blind": True}
    forms.put_form(room, seer(room, "lead"), json.dumps(data).encode(), "ours.json")


def test_second_level_is_blind_until_the_own_coding_is_saved(room: Room) -> None:
    blind_form(room)
    first, *_ = made.batch(room, "lin")
    coding.save(room, seer(room, "lin"), first, NO, 0)
    second = room.seer("reyes", "password")
    room.batches.enter(batch_of(Pass.SECOND), [first], made.BY)
    room.batches.take("B0002", "reyes", made.BY)

    assert coding.now(room, second, first) is None
    assert coding.history(room, second, first) == []
    with pytest.raises(StaleError) as stale:
        coding.save(room, second, first, YES, 0)
    assert stale.value.theirs == ()
    saved = coding.save(room, second, first, YES, 1)

    assert (saved.codings[0].pass_, saved.codings[0].batch) == (Pass.SECOND, "B0002")
    assert [row.who for row in coding.history(room, second, first)] == ["lin", "reyes"]


def batch_of(pass_: Pass) -> Batch:
    """Return a batch of a pass."""
    return Batch("", "Second", pass_)


def test_a_form_that_is_not_blind_shows_the_first_coding(room: Room) -> None:
    first, *_ = made.batch(room, "lin")
    coding.save(room, seer(room, "lin"), first, NO, 0)
    room.batches.enter(batch_of(Pass.SECOND), [first], made.BY)
    room.batches.take("B0002", "reyes", made.BY)

    shown = coding.now(room, seer(room, "reyes"), first)

    assert shown is not None
    assert shown.who == "lin"
    with pytest.raises(BecauseError):
        coding.save(room, seer(room, "reyes"), first, YES, 1)


# Bulk


def test_a_bulk_save_is_what_was_previewed(room: Room) -> None:
    lead, every = seer(room, "lead"), made.controls(room)
    made.code(room, "lead", every[0], **NO)
    selection = Selection(query="wallets OR plan")

    seen = bulk.preview(room, lead, selection, NO)
    saved = bulk.bulk(room, lead, selection, NO, seen.token)

    assert seen.refused == ""
    assert (seen.documents, seen.uncoded, seen.own) == (len(saved.codings), seen.documents, 0)
    assert seen.documents > 1
    assert seen.split_families > 0
    assert all(body(room, row.control) == NO for row in saved.codings)


def change_coding(room: Room) -> None:
    """Code one of them meanwhile."""
    made.code(room, "lead", made.controls(room)[1], responsive="no", hot=True)


def change_form(room: Room) -> None:
    """Have another form meanwhile."""
    blind_form(room)


def change_wall(room: Room) -> None:
    """Wall one of them off meanwhile."""
    made.wall(room, "lead", made.controls(room)[1])


@pytest.mark.parametrize("change", [change_coding, change_form, change_wall])
def test_what_changed_since_the_preview_is_told_and_nothing_half_done(
    room: Room, change: Callable[[Room], None]
) -> None:
    lead, every = seer(room, "lead"), made.controls(room)
    selection = Selection(query="wallets OR plan OR keys")
    seen = bulk.preview(room, lead, selection, NO)
    change(room)
    before = room.codings.changes()

    with pytest.raises(PreviewError, match="have changed since the preview") as refused:
        bulk.bulk(room, seer(room, "lead"), selection, NO, seen.token)

    assert refused.value.preview.token != seen.token
    assert room.codings.changes() == before
    assert body(room, every[0]) == {}


@pytest.mark.parametrize(
    ("selection", "changes", "because"),
    [
        (Selection(query="wallets"), NO, ""),
        (Selection(query="plan"), {"responsive": "no", "hot": True}, ""),
        (Selection(query="plan"), NO, "another"),
        (Selection(query="plan", families=True), NO, ""),
    ],
    ids=["query", "body", "reason", "families"],
)
def test_a_token_is_of_one_preview(
    room: Room, selection: Selection, changes: dict[str, Any], because: str
) -> None:
    lead = seer(room, "lead")
    seen = bulk.preview(room, lead, Selection(query="plan"), NO)

    with pytest.raises(PreviewError):
        bulk.bulk(room, lead, selection, changes, seen.token, because=because)
    with pytest.raises(PreviewError):
        bulk.bulk(room, seer(room, "counsel"), Selection(query="plan"), NO, seen.token)


def test_a_bulk_save_leaves_marks_alone_that_it_does_not_name(room: Room) -> None:
    lead, first = seer(room, "lead"), made.controls(room)[0]
    made.code(room, "lead", first, responsive="no", hot=True, note="see diary")
    selection = Selection(controls=(first,))

    for changes in ({"hot": None}, {"issues": ["keys"]}):
        seen = bulk.preview(room, lead, selection, changes)
        bulk.bulk(room, lead, selection, changes, seen.token)

    assert body(room, first) == {"responsive": "no", "issues": ("keys",), "note": "see diary"}


def test_a_bulk_save_that_lacks_a_mark_saves_nothing(room: Room) -> None:
    lead = seer(room, "lead")
    seen = bulk.preview(room, lead, Selection(query="plan"), {"responsive": "yes"})

    assert seen.missing == {"privilege": seen.documents}
    with pytest.raises(MissingMarksError):
        bulk.bulk(room, lead, Selection(query="plan"), {"responsive": "yes"}, seen.token)
    assert room.codings.changes() == 0


def test_a_bulk_save_codes_what_is_theirs_to_code_and_counts_the_rest(room: Room) -> None:
    mine = made.batch(room, "lin", "diary")
    lin = seer(room, "lin")

    seen = bulk.preview(room, lin, Selection(query="plan OR diary"), NO)

    assert (seen.documents, seen.not_theirs, seen.first) == (1, 0, tuple(mine))
    with pytest.raises(NotShownError):
        bulk.preview(room, lin, Selection(controls=(made.controls(room)[0],)), NO)


def test_a_bulk_save_overturns_with_a_right_and_a_reason_only(room: Room) -> None:
    for control in made.batch(room, "lin"):
        coding.save(room, seer(room, "lin"), control, NO, 0)
    lead, changes = seer(room, "lead"), {"responsive": "yes", "privilege": "none"}
    selection = Selection(query="plan")

    bare = bulk.preview(room, lead, selection, changes)
    with pytest.raises(BecauseError):
        bulk.bulk(room, lead, selection, changes, bare.token)
    seen = bulk.preview(room, lead, selection, changes, because="names the plan")
    bulk.bulk(room, lead, selection, changes, seen.token, because="names the plan")

    assert (seen.overturned, seen.refused) == (seen.documents, "")
    assert bare.refused.startswith("Nothing was saved: ")
    again = bulk.preview(room, seer(room, "lin"), selection, NO)
    with pytest.raises(RefusedError):
        bulk.bulk(room, seer(room, "lin"), selection, NO, again.token)


def test_suggestions_are_accepted_in_bulk_and_overwrite_nothing(room: Room) -> None:
    data = form_rules.body(form_rules.default("ours"))
    data["marks"][0]["suggest"] = "copies"
    lead = seer(room, "lead")
    forms.put_form(room, lead, json.dumps(data).encode(), "ours.json")
    mail, memo, *_ = made.controls(room)
    copies = room.standing().columns.group
    made.code(room, "lead", mail, **NO)
    made.code(room, "lead", memo, **NO)
    place = room.standing().columns.place
    other = next(c for c in made.controls(room)[3:] if copies[place[c]] == copies[place[mail]])
    made.code(room, "lead", other, responsive="no", hot=True)

    seen = bulk.preview(room, lead, Selection(suggested=True), {})
    saved = bulk.bulk(room, lead, Selection(suggested=True), {}, seen.token)

    assert len(saved.codings) == seen.documents == 1
    assert body(room, saved.codings[0].control) == NO
    assert copies[place[saved.codings[0].control]] == copies[place[memo]]
    assert body(room, other) == {"responsive": "no", "hot": True}
    assert bulk.preview(room, lead, Selection(suggested=True), {}).documents == 0


@pytest.mark.parametrize("login", ["lin", "reyes", "counsel", "desk", "office", "watch"])
def test_forms_are_changed_by_whoever_leads(room: Room, login: str) -> None:
    with pytest.raises(RefusedError):
        forms.put_form(room, seer(room, login), b"{}", "x.json")


def test_a_form_is_put_as_its_next_version_and_codings_keep_theirs(room: Room) -> None:
    first, second, *_ = made.controls(room)
    made.code(room, "lead", first, **NO)

    blind_form(room)
    made.code(room, "lead", second, **NO)

    stands = [room.codings.now(control) for control in (first, second)]
    assert [row and row.form_version for row in stands] == [1, 2]
    assert forms.show_form(room, seer(room, "lead"), "theirs") == form_rules.default("theirs")


def test_each_refusal_is_a_sentence_with_what_to_do(room: Room) -> None:
    first, *_ = made.controls(room)
    for act in (
        lambda: coding.save(room, seer(room, "desk"), first, NO, 0),
        lambda: coding.save(room, seer(room, "lead"), first, {}, 0),
        lambda: coding.save(room, seer(room, "lead"), "FW99999999", NO, 0),
        lambda: coding.undo(room, seer(room, "lead")),
    ):
        with pytest.raises(ForthwithError) as refused:
            act()
        assert str(refused.value).endswith((".", "…"))
    assert Role.LEAD in seer(room, "lead").roles


def test_what_was_coded_on_an_older_text_is_read_again_by_agreeing(room: Room) -> None:
    control = made.controls(room)[0]
    made.code(room, "lead", control, **NO)
    with room.matter.writing() as connection:
        connection.exec_driver_sql("UPDATE codings SET read = 'ab'")
    room.codings._forget()
    selection = Selection(controls=(control,))

    seen = bulk.preview(room, seer(room, "lead"), selection, NO)
    assert seen.confirmed == 1
    bulk.bulk(room, seer(room, "lead"), selection, NO, seen.token)

    assert bulk.preview(room, seer(room, "lead"), selection, NO).unchanged == 1
