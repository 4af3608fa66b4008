"""Quality control: drawn of a recorded frame, coded blind, and what follows of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from forthwith.domain.batches import BatchState
from forthwith.domain.coding import Pass
from forthwith.record.batches import NoBatchError
from forthwith.record.verify import verify
from forthwith.review import quality as rules
from forthwith.review.coding import forms
from forthwith.workflows.room import batches, bulk, coding, conflicts, quality
from forthwith.workflows.room.batches import NotDoneError
from forthwith.workflows.room.coder import BecauseError
from forthwith.workflows.room.quality import SampleError
from forthwith.workflows.room.room import RefusedError, Room
from tests.builders import reviewed_room as made
from tests.builders.reviewed_room import NO, YES, seer


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Everything coded by two reviewers: lin says no throughout, bo yes."""
    opened = made.room(tmp_path)
    batches.cut(opened, seer(opened, "lead"), "plan", size=batches.Size(pages=0, documents=3))
    for login, body in (("lin", NO), ("bo", YES)):
        batch = batches.take(opened, seer(opened, login))
        for control in opened.batches.documents(batch.id):
            coding.save(opened, seer(opened, login), control, body, 0)
        batches.done(opened, seer(opened, login))
    yield opened
    opened.close()


def second(room: Room, batch: str, **marks: object) -> None:
    """Read a sample as told, and close its batch."""
    batches.take(room, seer(room, "reyes"), batch)
    for control in room.batches.documents(batch):
        made.code(room, "reyes", control, **marks)
    batches.done(room, seer(room, "reyes"))


def test_the_same_seed_draws_the_same_of_a_recorded_frame(room: Room) -> None:
    lead = seer(room, "lead")

    one = quality.draw(room, lead, 2, seed="a seed")
    two = quality.draw(room, lead, 2, seed="a seed")
    other = quality.draw(room, lead, 2)

    assert one.strata == two.strata
    assert one.sample.body == two.sample.body
    assert other.sample.body["seed"] not in ("", "a seed")
    frame = [
        (row.control, row.who, str(row.body["responsive"]))
        for row in room.codings.standing().values()
    ]
    assert one.sample.body["frame"] == rules.digest(frame)
    assert list(one.strata) == rules.draw(frame, 2, "a seed")
    assert [(row.reviewer, row.value, len(row.drawn)) for row in one.strata] == [
        ("bo", "yes", 2), ("lin", "no", 2),
    ]  # fmt: skip
    assert verify(room.matter).broken == ()


def test_a_sample_is_coded_blind_by_somebody_else(room: Room) -> None:
    drawn = quality.draw(room, seer(room, "lead"), 1)
    controls = room.batches.documents(drawn.batch.id)
    assert drawn.batch.pass_ is Pass.QC

    with pytest.raises(NoBatchError):
        batches.take(room, seer(room, "lin"), drawn.batch.id)
    batches.take(room, seer(room, "reyes"), drawn.batch.id)

    assert coding.now(room, seer(room, "reyes"), controls[0]) is None
    saved = coding.save(room, seer(room, "reyes"), controls[0], NO, 1)
    assert (saved.codings[0].pass_, saved.codings[0].batch) == (Pass.QC, drawn.batch.id)
    assert len(coding.history(room, seer(room, "reyes"), controls[0])) == 2


def test_who_coded_first_cannot_take_the_sample_of_it(room: Room) -> None:
    made.code(room, "lead", made.controls(room)[3], **NO)
    drawn = quality.draw(room, seer(room, "lead"), 9, reviewers=["lead"])

    with pytest.raises(RefusedError, match="coded 1 document of it themselves"):
        batches.take(room, seer(room, "lead"), drawn.batch.id)


def test_a_report_says_what_was_overturned_and_opens_what_failed(room: Room) -> None:
    lead = seer(room, "lead")
    drawn = quality.draw(room, lead, 2, bar=0.5)
    begun = quality.report(room, lead, drawn.sample.id)
    assert (begun.read, begun.complete, begun.failing, begun.reopen) == (0, False, (), ())

    second(room, drawn.batch.id, **YES)
    found = quality.report(room, lead, drawn.sample.id)

    rows = {(row.reviewer, row.value): (row.overturned, row.read) for row in found.overturned}
    assert rows == {
        ("bo", "yes"): (0, 2), ("lin", "no"): (2, 2), ("bo", ""): (0, 2), ("lin", ""): (2, 2),
        ("", ""): (2, 4),
    }  # fmt: skip
    assert found.failing == ("lin",)
    assert found.overturned[-1].low == rules.clopper_pearson(2, 4)[0]
    by_mark = {row.mark: row.agreement for row in found.agreements}
    assert by_mark["responsive"].observed == 0.5
    assert by_mark["hot"].kappa is None
    assert room.batches.batch("B0001").state is BatchState.OPEN
    assert room.batches.batch("B0002").state is BatchState.DONE
    assert verify(room.matter).broken == ()


def test_a_bar_that_is_met_opens_nothing(room: Room) -> None:
    drawn = quality.draw(room, seer(room, "lead"), 3, bar=1.0)

    second(room, drawn.batch.id, **YES)

    assert quality.report(room, seer(room, "lead"), drawn.sample.id).failing == ()
    assert room.batches.batch("B0001").state is BatchState.DONE


def test_a_later_coding_changes_no_report(room: Room) -> None:
    drawn = quality.draw(room, seer(room, "lead"), 3)
    second(room, drawn.batch.id, **YES)
    before = quality.report(room, seer(room, "lead"), drawn.sample.id)

    made.code(room, "lead", drawn.strata[0].drawn[0], responsive="unsure")

    assert quality.report(room, seer(room, "lead"), drawn.sample.id).overturned == before.overturned


def test_an_elusion_sample_bounds_what_was_missed(room: Room) -> None:
    lead = seer(room, "lead")
    drawn = quality.draw_elusion(room, lead, 2, seed="x")
    second(room, drawn.batch.id, **YES)

    found = quality.report(room, lead, drawn.sample.id).elusion

    assert found is not None
    assert (found.lot, found.drawn, found.read, found.found) == (3, 2, 2, 2)
    assert (found.least, found.most) == (2, 3)
    assert found.recall == (5 / 6, 1.0)


@pytest.mark.parametrize("login", ["lin", "reyes", "counsel", "desk", "office", "watch"])
def test_samples_are_for_whoever_leads(room: Room, login: str) -> None:
    for act in (
        lambda: quality.draw(room, seer(room, login), 1),
        lambda: quality.draw_elusion(room, seer(room, login), 1),
        lambda: quality.samples(room, seer(room, login)),
        lambda: quality.report(room, seer(room, login), "Q0001"),
    ):
        with pytest.raises(RefusedError):
            act()


def test_what_cannot_be_drawn_is_a_sentence(room: Room) -> None:
    lead = seer(room, "lead")
    for act in (
        lambda: quality.draw(room, lead, 1, mark="note"),
        lambda: quality.draw(room, lead, 1, mark="colour"),
        lambda: quality.draw(room, lead, 1, reviewers=["nobody"]),
        lambda: quality.draw(room, lead, 1, bar=7),
        lambda: quality.draw(room, lead, 1, side="theirs"),
        lambda: quality.draw_elusion(room, lead, side="theirs"),
        lambda: quality.draw(room, lead, 1, offered=["nobody"]),
        lambda: quality.report(room, lead, "Q0099"),
    ):
        with pytest.raises(SampleError):
            act()


def test_what_is_walled_off_from_whoever_draws_is_in_no_sample(room: Room) -> None:
    # A wall around a document takes its family and their copies along: all that is coded.
    other = next(c for c in made.controls(room) if room.codings.now(c) is None)
    made.code(room, "lead", other, **NO)
    made.wall(room, "lead", made.controls(room)[0])

    drawn = quality.draw(room, seer(room, "lead"), 50)

    assert [number for row in drawn.strata for number in row.drawn] == [other]
    assert drawn.sample.body["population"] == 1


# Agreeing


def test_agreeing_in_quality_control_is_a_coding_of_its_own(room: Room) -> None:
    """One by one, a family at once, in bulk: each way is kept with its pass and batch."""
    drawn = quality.draw(room, seer(room, "lead"), 3)
    before = {c: forms.plain(row.body) for c, row in room.codings.standing().items()}
    reyes, controls = seer(room, "reyes"), room.batches.documents(drawn.batch.id)
    batches.take(room, reyes, drawn.batch.id)
    one, top, *_ = controls

    coding.save(room, reyes, one, before[one], 1)
    coding.save_family(room, reyes, top, before[top], 1)
    for marks in (YES, NO):
        those = [c for c in controls if before[c] == marks]
        left = tuple(c for c in those if room.codings.standing()[c].version == 1)
        if left:
            seen = bulk.preview(room, reyes, bulk.Selection(controls=left), marks)
            bulk.bulk(room, reyes, bulk.Selection(controls=left), marks, seen.token)
    batches.done(room, reyes)

    stands = room.codings.standing()
    assert {c: forms.plain(row.body) for c, row in stands.items()} == before
    for control in controls:
        last = stands[control]
        assert (last.who, last.version) == ("reyes", 2)
        assert (last.pass_, last.batch) == (Pass.QC, drawn.batch.id)
    found = quality.report(room, seer(room, "lead"), drawn.sample.id)
    assert found.complete
    assert not any(row.overturned for row in found.overturned)


def test_a_batch_is_done_after_a_recode_by_agreeing(room: Room) -> None:
    drawn = quality.draw(room, seer(room, "lead"), 1, reviewers=["lin"])
    (control,) = room.batches.documents(drawn.batch.id)
    batches.take(room, seer(room, "reyes"), drawn.batch.id)
    made.code(room, "lead", control, **YES)

    selection = bulk.Selection(controls=(control,))
    seen = bulk.preview(room, seer(room, "reyes"), selection, YES)
    bulk.bulk(room, seer(room, "reyes"), selection, YES, seen.token)

    assert batches.done(room, seer(room, "reyes")).state is BatchState.DONE
    again = bulk.preview(room, seer(room, "reyes"), selection, YES)
    assert (again.documents, again.unchanged) == (0, 1)


def test_a_bulk_save_tells_and_takes_over_nothing_of_what_is_blind(room: Room) -> None:
    drawn = quality.draw(room, seer(room, "lead"), 3)
    batches.take(room, seer(room, "reyes"), drawn.batch.id)
    selection = bulk.Selection(controls=room.batches.documents(drawn.batch.id))

    seen = bulk.preview(room, seer(room, "reyes"), selection, NO)
    assert (seen.uncoded, seen.own, seen.overturned, seen.confirmed, seen.unchanged) == (
        len(selection.controls), 0, 0, 0, 0,
    )  # fmt: skip
    assert seen.refused == ""
    # The marks nobody named are not those of the coding that is not shown.
    hot = bulk.preview(room, seer(room, "reyes"), selection, {"hot": True})
    assert hot.missing == {"responsive": len(selection.controls)}


def test_overturning_one_of_two_copies_is_a_conflict_and_agreeing_is_none(room: Room) -> None:
    """The batches hold a plan and its copy; one of them is drawn."""
    columns = room.standing().columns
    by_group: dict[int, list[str]] = {}
    for control in room.codings.standing():
        by_group.setdefault(int(columns.group[columns.place[control]]), []).append(control)
    one, two = next(pair for group, pair in by_group.items() if group >= 0 and len(pair) == 2)
    made.code(room, "lead", one, **NO)
    made.code(room, "lead", two, **NO)
    lead = seer(room, "lead")
    open_before = conflicts.listed(room, lead).total

    selection = bulk.Selection(controls=(one,))
    agreed = bulk.preview(room, seer(room, "reyes"), selection, NO, pass_="second")
    assert (agreed.confirmed, agreed.conflicts, agreed.refused) == (1, (), "")
    overturned = bulk.preview(
        room, seer(room, "reyes"), selection, YES, pass_="second", because="a wallet"
    )
    assert (overturned.overturned, len(overturned.conflicts)) == (1, 1)
    bulk.bulk(
        room, seer(room, "reyes"), selection, YES, overturned.token, pass_="second",
        because="a wallet",
    )  # fmt: skip
    assert conflicts.listed(room, lead).total == open_before + 1


# Batches opened again


@pytest.fixture
def reopened(room: Room) -> Room:
    """Lin's batch failed its sample of one document and is open again."""
    drawn = quality.draw(room, seer(room, "lead"), 1, bar=0.1, reviewers=["lin"], seed="one")
    second(room, drawn.batch.id, **YES)
    assert room.batches.batch("B0001").state is BatchState.OPEN
    return room


def test_a_batch_opened_again_is_not_closed_unread(reopened: Room) -> None:
    room, lin = reopened, seer(reopened, "lin")
    sampled = {c for c, row in room.codings.standing().items() if row.pass_ is Pass.QC}
    left = [c for c in room.batches.documents("B0001") if c not in sampled]
    batches.take(room, lin, "B0001")

    with pytest.raises(NotDoneError, match="2 of 3 documents are not coded"):
        batches.done(room, lin)
    assert coding.save(room, lin, left[0], NO, 1).next == left[1]
    coding.undo(room, lin)
    # What was taken back was not read.
    assert [c for c, done in batches.documents(room, lin, "B0001") if not done] == left
    selection = bulk.Selection(controls=tuple(left))
    seen = bulk.preview(room, lin, selection, NO)
    assert (seen.confirmed, seen.unchanged) == (2, 0)
    bulk.bulk(room, lin, selection, NO, seen.token)

    assert batches.done(room, lin).state is BatchState.DONE
    assert room.codings.standing()[left[0]].pass_ is Pass.FIRST
    assert verify(room.matter).broken == ()


def test_somebody_else_may_decide_anew_what_was_opened_again(reopened: Room) -> None:
    room, bo = reopened, seer(reopened, "bo")
    sampled = next(c for c, row in room.codings.standing().items() if row.pass_ is Pass.QC)
    one, two = (c for c in room.batches.documents("B0001") if c != sampled)
    batches.take(room, bo, "B0001")

    with pytest.raises(BecauseError):
        coding.save(room, bo, one, YES, 1)
    coding.save(room, bo, one, YES, 1, because="names a wallet")
    coding.save(room, bo, two, NO, 1)
    # What the second reader decided is no first reader's to overturn.
    with pytest.raises(RefusedError, match="may not overturn"):
        coding.save(room, bo, sampled, NO, 2, because="no")

    assert batches.done(room, bo).holder == "bo"


def test_a_sample_opens_a_batch_once(reopened: Room) -> None:
    room, lin, lead = reopened, seer(reopened, "lin"), seer(reopened, "lead")
    batches.take(room, lin, "B0001")
    for control in room.batches.documents("B0001"):
        stands = room.codings.standing()[control]
        if stands.who == "lin":
            coding.save(room, lin, control, dict(stands.body), stands.version)
    batches.done(room, lin)

    assert quality.close(room, lead, "Q0001").reopen == ()

    assert room.batches.batch("B0001").state is BatchState.DONE
