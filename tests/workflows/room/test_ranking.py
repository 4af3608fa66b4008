"""A ranked review end to end: read in order, stopped by a sample, and no wall counted through."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from forthwith.domain.coding import Pass
from forthwith.domain.rankings import Rule
from forthwith.domain.users import Grant, Role
from forthwith.papers import text
from forthwith.record import rankings as kept
from forthwith.record import tables
from forthwith.record.rankings import RankingExistsError, StopChangedError
from forthwith.record.verify import verify
from forthwith.review import stopping
from forthwith.review.ranking import RankingError
from forthwith.workflows.room import batches, ranked, ranking, stop_paper, stops
from forthwith.workflows.room.room import NotShownError, RefusedError, Room
from forthwith.workflows.room.stops import Asked, StopError
from tests.builders import ranked_room as made
from tests.builders.reviewed_room import NO, code, seer, wall


@pytest.fixture(scope="module")
def matter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made.make(tmp_path_factory.mktemp("ranked"))


@pytest.fixture
def room(matter: Path, tmp_path: Path) -> Iterator[Room]:
    shutil.copytree(matter, tmp_path / "matter")
    opened = Room.open(tmp_path / "matter")
    yield opened
    opened.close()


def next_read(room: Room, many: int = 0) -> ranking.Proposal:
    """Propose, and have it read."""
    found = ranking.propose(room, seer(room, "lead"), "keys", many)
    made.read(room, "lin", *(batch.id for batch in found.batches))
    return found


def begun(room: Room, **asked: str) -> ranking.Status:
    return ranking.name(room, seer(room, "lead"), "keys", seed="a seed", **asked)


def checked(room: Room, report: stops.StopReport) -> stops.StopReport:
    """Have a sample coded, its check drawn and made, and count it."""
    lead = seer(room, "lead")
    made.read(room, "lin", *report.stop.batches)
    drawn = stops.go_on(room, lead, "keys")
    assert drawn.stage == "checking", drawn.missing
    sample = next(row for row in room.batches.samples() if row.id == drawn.stop.checks[-1])
    made.read(room, "reyes", sample.batch)
    return stops.go_on(room, lead, "keys")


def test_what_is_likest_is_read_next_and_families_come_whole(room: Room) -> None:
    begun(room, like="the quorum of key shares")

    found = [next_read(room, 4) for _ in range(3)]

    assert [row.by for row in found] == ["svm"] * 3
    assert [row.turn for row in found] == [0, 1, 2]
    read = [control for row in found for control in row.controls]
    columns = room.standing().columns
    tops = {int(columns.top[columns.place[control]]) for control in read}
    assert {c for c in columns.controls if int(columns.top[columns.place[c]]) in tops} == set(read)
    assert sum(made.relevant(room, control) for control in read) >= 11
    assert not verify(room.matter).broken


def test_the_same_seed_proposes_the_same_and_a_preview_cuts_nothing(
    room: Room, matter: Path, tmp_path: Path
) -> None:
    begun(room)
    shutil.copytree(matter, tmp_path / "other")
    other = Room.open(tmp_path / "other")
    begun(other)

    for _ in range(3):
        seen = ranking.propose(room, seer(room, "lead"), "keys", preview=True)
        assert seen.batches == ()
        assert next_read(room).controls == seen.controls
        assert next_read(other).controls == seen.controls
    other.close()


def test_while_nothing_can_be_learnt_documents_are_drawn_at_random(room: Room) -> None:
    begun(room)

    assert next_read(room).by == "random"
    while not ranking.status(room, seer(room, "lead"), "keys").relevant:
        next_read(room)
    assert next_read(room).by == "svm"


def test_rows_are_kept_and_made_again_where_they_were_changed(room: Room) -> None:
    begun(room, like="quorum shares")
    before = ranking.propose(room, seer(room, "lead"), "keys", preview=True)
    (kept,) = (room.matter.derived / "room").glob("*.npz")
    assert not verify(room.matter).broken
    kept.write_bytes(b"spoiled")
    assert any(kept.name in line for line in verify(room.matter).broken)

    again = Room.open(room.matter.folder)
    assert ranking.propose(again, seer(again, "lead"), "keys", preview=True) == before
    again.close()
    assert not verify(room.matter).broken


def test_a_review_is_stopped_by_a_sample_coded_checked_and_counted(room: Room) -> None:
    """And what is printed can be reckoned again."""
    lead = seer(room, "lead")
    begun(room, like="the quorum of key shares")
    next_read(room, 14)
    found = ranking.status(room, lead, "keys")
    assert found.few
    assert "nearly the whole collection" in found.said
    assert found.costs

    drawn = stops.go_on(room, lead, "keys", Asked(target=0.8, seed="drawn"))
    stop = drawn.stop
    assert (drawn.stage, stop.attempt, stop.unread) == (
        "coding",
        1,
        60 - found.relevant - found.other,
    )
    assert len(stop.drawn) == stopping.sample_size(found.relevant, stop.unread, 0.8, 1, 2)
    assert stops.go_on(room, lead, "keys") == drawn
    counted = checked(room, drawn)

    assert counted.stage == "counted"
    assert counted.stop.certified, counted.missing
    assert counted.stop.coders == ("lin",)
    assert counted.stop.checkers == ("reyes",)
    assert counted.stop.checked
    assert not counted.stop.overturned
    again = stopping.certify(
        counted.stop.before, stop.unread, len(stop.drawn), counted.stop.relevant, 0.8
    )
    assert (counted.stop.bound, counted.low) == (again.bound, float(again.low))
    assert "at least 80 %" in counted.promise
    assert "Errors of coding are not in this" in counted.promise
    printed = text.as_text(stop_paper.paper(room, lead, "keys").blocks).decode()
    for said in ("drawn", stop.frame, *stop.drawn, "hypergeometric", "lin", "reyes"):
        assert said in " ".join(printed.split()), said
    assert not verify(room.matter).broken
    with room.matter.writing() as connection:
        connection.execute(sa.update(tables.stops).values(body=tables.stops.c.body.concat(" ")))
    assert any(line.startswith("stop T0001") for line in verify(room.matter).broken)


def test_every_try_costs_and_another_name_begins_no_new_count(room: Room) -> None:
    lead = seer(room, "lead")
    begun(room, like="the quorum of key shares")
    next_read(room, 12)
    one = stops.go_on(room, lead, "keys", Asked(target=0.75))

    two = stops.go_on(room, lead, "keys", Asked(target=0.75, again=True))
    ranking.name(room, lead, "other", query="quorum OR office")
    three = stops.go_on(room, lead, "other", Asked(target=0.5))

    assert [row.stop.attempt for row in (one, two, three)] == [1, 2, 3]
    with pytest.raises(StopError, match="said before it is known"):
        stops.go_on(room, lead, "keys", Asked(target=0.5))
    assert ranking.status(room, lead, "keys").attempt == 4


def test_a_stop_that_shows_too_little_certifies_nothing_and_says_what_to_do(room: Room) -> None:
    lead = seer(room, "lead")
    begun(room, like="the quorum of key shares")
    next_read(room, 8)
    with pytest.raises(StopError, match="cannot certify"):
        stops.go_on(room, lead, "keys", Asked(target=0.9, documents=1))

    counted = checked(room, stops.go_on(room, lead, "keys", Asked(target=0.5, allowed=0, seed="s")))

    assert counted.stop.relevant
    assert not counted.stop.certified
    assert not counted.promise
    assert counted.low is not None
    assert counted.low < 0.5
    assert "Not certified" in counted.missing
    assert "another try" in counted.missing
    printed = text.as_text(stop_paper.paper(room, lead, "keys").blocks).decode()
    assert "not certified" in printed


def test_what_the_check_overturns_opens_the_sample_again(room: Room) -> None:
    lead = seer(room, "lead")
    begun(room, like="the quorum of key shares")
    next_read(room, 14)
    drawn = stops.go_on(room, lead, "keys")
    made.read(room, "lin", *drawn.stop.batches)
    sample = stops.go_on(room, lead, "keys").stop.checks[-1]
    check = next(row.batch for row in room.batches.samples() if row.id == sample)
    batches.take(room, seer(room, "reyes"), check)
    for control in room.batches.documents(check):
        stands = room.codings.now(control)
        assert stands is not None
        other = made.YES if stands.body["responsive"] == "no" else NO
        code(room, "reyes", control, **other)
    batches.done(room, seer(room, "reyes"), check)

    waits = stops.go_on(room, lead, "keys")

    assert waits.stage == "checking"
    assert "overturned more than the bar" in waits.missing
    assert not waits.stop.counted


def test_a_sample_drawn_beforehand_is_never_learnt_from(room: Room) -> None:
    lead = seer(room, "lead")
    begun(room, like="the quorum of key shares")
    drawn = stops.go_on(
        room, lead, "keys", Asked(target=0.5, rule="qbcb", documents=10, wanted=5, seed="x")
    )
    with pytest.raises(StopError, match="comes first"):
        ranking.propose(room, lead, "keys")
    made.read(room, "lin", *drawn.stop.batches)
    report = stops.go_on(room, lead, "keys", Asked(documents=5))
    while report.stage in ("coding", "short", "unchecked"):
        if report.stage == "coding":
            made.read(room, "lin", report.stop.batches[-1])
        report = stops.go_on(room, lead, "keys", Asked(documents=5))
    sample = next(row for row in room.batches.samples() if row.id == report.stop.checks[-1])
    made.read(room, "reyes", sample.batch)
    report = stops.go_on(room, lead, "keys")
    assert (report.stage, report.j) == ("reading", stopping.qbcb(5, 0.5))

    kept = set(report.stop.drawn)
    while report.stage == "reading":
        proposal = next_read(room, 5)
        assert not kept & set(proposal.controls)
        report = stops.go_on(room, lead, "keys")

    assert report.stop.rule is Rule.QBCB
    assert report.stop.certified
    assert report.reached >= report.j
    assert "drawn at random" in text.as_text(stop_paper.paper(room, lead, "keys").blocks).decode()
    with pytest.raises(StopError, match="one promise is not exchanged"):
        stops.go_on(room, lead, "keys")
    assert not verify(room.matter).broken


def test_after_documents_were_proposed_it_is_too_late_to_agree_beforehand(room: Room) -> None:
    begun(room)
    next_read(room)

    with pytest.raises(StopError, match="beforehand"):
        stops.go_on(room, seer(room, "lead"), "keys", Asked(rule="qbcb"))


def test_no_wall_is_counted_through(room: Room) -> None:
    """A lead who is walled off from some ranks what is left, and stops of more are not there."""
    lead = seer(room, "lead")
    begun(room, like="the quorum of key shares")
    next_read(room, 14)
    stops.go_on(room, lead, "keys", Asked(target=0.5))
    user = room.users.add("walled", "Walled", "human", made.BY)
    room.users.grant(Grant(user.id, Role.LEAD), made.BY)
    hidden = [c for c in room.standing().columns.controls if made.relevant(room, c)]
    wall(room, "walled", *hidden)
    walled = seer(room, "walled")

    shown = ranking.status(room, walled, "keys")
    proposal = ranking.propose(room, walled, "keys", 100, preview=True)

    listed = int(room.mask(walled).sum())
    assert shown.documents == listed < 60
    assert shown.relevant == 0
    assert shown.stops == ()
    assert shown.curve[-1][1] == 0
    assert not set(hidden) & set(proposal.controls)
    with pytest.raises(NotShownError):
        stop_paper.paper(room, walled, "keys", "T0001")
    ranking.name(room, lead, "hidden-only", query="quorum")
    with pytest.raises(NotShownError):
        ranking.status(room, walled, "hidden-only")
    assert [row.ranking.name for row in ranking.listed(room, walled)] == ["keys"]
    with pytest.raises(RankingError, match="cannot be called"):
        ranking.name(room, walled, "hidden-only")


def test_whoever_does_not_lead_ranks_nothing(room: Room) -> None:
    begun(room)
    for login in ("lin", "reyes", "desk", "office", "watch"):
        person = seer(room, login)
        for ask in (ranking.status, ranking.propose, ranking.name, stops.go_on, stop_paper.paper):
            with pytest.raises(RefusedError):
                ask(room, person, "keys")
        with pytest.raises(RefusedError):
            ranking.listed(room, person)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"mark": "nothing"}, "has no mark"),
        ({"mark": "note"}, "has no mark"),
        ({"value": "unsure"}, "looked for"),
        ({"mark": "privilege"}, "looked for"),
        ({"mark": "hot", "value": "very"}, "set or not set"),
        ({"query": "quorum AND coded:no"}, "may not depend"),
        ({"model": "magic"}, "by svm"),
        ({"side": "both"}, "ours or theirs"),
        ({"like": "word " * 10_000}, "take the passage"),
    ],
)
def test_what_cannot_be_ranked_is_said(room: Room, given: dict[str, str], says: str) -> None:
    with pytest.raises(RankingError, match=says):
        begun(room, **given)


def test_a_ranking_does_not_change_and_a_flag_can_be_looked_for(room: Room) -> None:
    lead = seer(room, "lead")
    begun(room)
    assert begun(room).ranking.version == 1
    with pytest.raises(RankingExistsError, match="already"):
        begun(room, query="quorum")
    hot = ranking.name(room, lead, "hot", mark="hot")
    control = room.standing().columns.controls[0]
    code(room, "lead", control, responsive="yes", privilege="none", hot=True)
    code(room, "lead", room.standing().columns.controls[1], **NO)

    now = ranking.status(room, lead, "hot")

    assert hot.ranking.value == "yes"
    assert (now.relevant, now.other) == (1, 1)


def test_what_is_undecided_counts_as_unread_for_a_stop_and_is_not_proposed(room: Room) -> None:
    lead = seer(room, "lead")
    begun(room, like="quorum shares")
    control = room.standing().columns.controls[7]
    code(room, "lead", control, responsive="unsure")

    now = ranking.status(room, lead, "keys")
    reading = ranked.reading_of(room, room.view(lead), now.ranking)

    assert (now.undecided, now.unread) == (1, 59)
    assert control in reading.controls(reading.undetermined)
    assert control not in ranking.propose(room, lead, "keys", 100, preview=True).controls


def test_two_who_draw_a_stop_at_once_draw_one(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second looked before the first wrote, and is refused."""
    lead = seer(room, "lead")
    begun(room)
    code(room, "lead", room.standing().columns.controls[0], responsive="yes", privilege="none")
    stops.go_on(room, lead, "keys", Asked(target=0.5))
    monkeypatch.setattr(kept, "stops", lambda _connection: [])

    with pytest.raises(StopChangedError, match="meanwhile"):
        stops.go_on(room, lead, "keys", Asked(target=0.5))


def test_odd_words_are_refused_or_read_as_text(room: Room) -> None:
    lead = seer(room, "lead")
    begun(room, like="quorum \ud800 shares")
    for seed in ("\ud800", "a\nb", "x" * 101, "\u202e"):
        with pytest.raises(RankingError, match="seed"):
            stops.go_on(room, lead, "keys", Asked(seed=seed))
    with pytest.raises(StopError, match="coin"):
        stops.go_on(room, lead, "keys", Asked(confidence=1e-30))
    with pytest.raises(RefusedError, match="no user"):
        stops.go_on(room, lead, "keys", Asked(offered=("nobody",)))

    assert ranking.propose(room, lead, "keys", preview=True).by == "svm"


def test_batches_say_pass_and_turn_and_no_score(room: Room) -> None:
    begun(room, like="quorum shares")
    found = ranking.propose(room, seer(room, "lead"), "keys", 3)

    (batch,) = found.batches
    assert batch.pass_ is Pass.FIRST
    assert set(batch.rule) == {"ranking", "turn", "seed", "by", "reached"}
