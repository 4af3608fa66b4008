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
from forthwith.workflows.room import batches, coding, quality
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
    drawn = quality.draw(room, lead, 3, bar=0.5)
    begun = quality.report(room, lead, drawn.sample.id)
    assert (begun.read, begun.complete, begun.failing, begun.reopen) == (0, False, (), ())

    second(room, drawn.batch.id, **YES)
    found = quality.report(room, lead, drawn.sample.id)

    rows = {(row.reviewer, row.value): (row.overturned, row.read) for row in found.overturned}
    assert rows == {
        ("bo", "yes"): (0, 3), ("lin", "no"): (3, 3), ("bo", ""): (0, 3), ("lin", ""): (3, 3),
        ("", ""): (3, 6),
    }  # fmt: skip
    assert found.failing == ("lin",)
    assert found.overturned[-1].low == rules.clopper_pearson(3, 6)[0]
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
