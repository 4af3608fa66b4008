"""Proposals are derived, decisions are truth: who is shown what, and what a decision comes to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from forthwith.domain.privilege_decisions import Decision, Outcome
from forthwith.domain.users import Grant, Role, Scope, Seer
from forthwith.process.run import process
from forthwith.record import privilege_decisions, tables
from forthwith.record.privilege_decisions import DecisionError, StaleDecisionError
from forthwith.record.verify import verify
from forthwith.review.privilege.claims import Treatment
from forthwith.review.screen.proposals import Signal, Tier
from forthwith.workflows import privilege
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.privilege import ClaimOptions
from forthwith.workflows.room import coding, screen
from forthwith.workflows.room.room import NotShownError, RefusedError, Room
from forthwith.workflows.room.screen import NotProposedError
from tests.builders import evidence, privileged

BY = ("office", "a test")
DRAFT = b"Privileged and confidential\n\nDraft of a statement on the keys of the cold wallet.\n"
PEOPLE = {
    "lead": Role.LEAD,
    "lin": Role.REVIEWER,
    "walled": Role.LEAD,
    "watch": Role.OBSERVER,
    "desk": Role.PRODUCTION,
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a matter with counsel's advice, and a marked draft that two people keep."""
    folder = tmp_path_factory.mktemp("screen")
    matter = privileged.matter(folder, d_draft_txt=DRAFT)
    evidence.collect(matter, evidence.write(folder / "two", e_draft_txt=DRAFT), "Li, Bo")
    process(matter, workers=1)
    room = Room(matter)
    for login, role in PEOPLE.items():
        user = room.users.add(login, login.title(), "human", BY)
        room.users.grant(Grant(user.id, role), BY)
    privilege.import_attorneys(room.case, matter.folder / "attorneys.csv")
    room.close()
    return matter.folder


@pytest.fixture
def room(made: Path, tmp_path: Path) -> Iterator[Room]:
    import shutil

    folder = tmp_path / "m"
    shutil.copytree(made, folder)
    opened = Room.open(folder)
    yield opened
    opened.close()


def numbers(room: Room) -> dict[str, str]:
    return privileged.numbers(room.matter)


def lead(room: Room) -> Seer:
    return room.seer("lead", "password")


def states(room: Room, login: str = "lead") -> dict[str, tuple[str, str]]:
    """Return tier and state by name of the document."""
    names = {control: name for name, control in numbers(room).items()}
    found = screen.listed(room, room.seer(login, "password"), decided=True)
    return {
        names.get(row.control, row.control): (row.proposal.tier.value, row.state.value)
        for row in found.rows
    }


def test_counsel_and_marks_are_proposed_with_their_reasons(room: Room) -> None:
    found = screen.listed(room, lead(room))
    reasons = {row.control: row.proposal for row in found.rows}
    own = numbers(room)

    assert reasons[own["Quorum"]].tier is not Tier.STRONG
    assert reasons[own["d.draft.txt"]].tier is Tier.STRONG
    assert own["Lunch"] not in reasons
    assert screen.undecided_strong(CaseFile(room.matter)) == tuple(
        sorted((own["d.draft.txt"], own["e.draft.txt"]))
    )


def test_a_claim_goes_into_the_log_with_its_author(room: Room) -> None:
    own = numbers(room)
    done = screen.decide(room, lead(room), own["d.draft.txt"], Outcome.CLAIMED, "Counsel's draft")

    assert done.claim is not None
    assert (done.claim.by, done.claim.log) == ("Lead", "PRIV-0001")
    assert "statement" not in done.claim.description
    assert room.case.claims[done.claim.control].treatment is Treatment.WITHHELD
    # The copy is a twin of what is claimed now, and waits still.
    assert screen.undecided_strong(CaseFile(room.matter)) == (own["e.draft.txt"],)
    assert (
        Signal.TWIN in screen.of_case(CaseFile(room.matter)).proposals[own["e.draft.txt"]].signals
    )
    assert verify(room.matter).broken == ()


def test_a_refusal_holds_for_the_same_document_elsewhere(room: Room) -> None:
    own = numbers(room)
    done = screen.decide(room, lead(room), own["d.draft.txt"], Outcome.REFUSED, "It was published")

    assert done.twins == (own["e.draft.txt"],)
    assert screen.undecided_strong(CaseFile(room.matter)) == ()
    assert states(room)["e.draft.txt"] == ("strong", "refused")


def test_what_was_decided_on_another_text_is_looked_at_again(room: Room) -> None:
    own = numbers(room)["d.draft.txt"]
    made = screen.of_case(CaseFile(room.matter))
    kept = '{"reasons":[{"signal":"marking"}],"same":[]}'
    older = Decision(0, own, Outcome.REFUSED, "Published", "strong", kept, "00" * 16)
    privilege_decisions.save(room.matter, [older], BY)

    assert made.read[own] != older.read
    assert states(room)["d.draft.txt"] == ("strong", "look again")
    assert own in screen.undecided_strong(CaseFile(room.matter))


def test_what_the_screen_says_more_of_is_looked_at_again(room: Room) -> None:
    own = numbers(room)
    screen.decide(room, lead(room), own["Quorum"], Outcome.REFUSED, "Not advice")
    assert states(room)["Quorum"][1] == "refused"

    coding.save(
        room, lead(room), own["Quorum"], {"responsive": "yes", "privilege": "attorney-client"}, 0
    )

    assert states(room)["Quorum"] == ("strong", "look again")


def test_a_claim_taken_back_is_decided_and_a_decision_without_a_claim_is_not(room: Room) -> None:
    own = numbers(room)["d.draft.txt"]
    screen.decide(room, lead(room), own, Outcome.CLAIMED, "Counsel's draft")
    back = ClaimOptions(Treatment.WITHDRAWN, because="Waived")
    privilege.claim(CaseFile(room.matter), [own], back)

    assert states(room)["d.draft.txt"] == ("strong", "claimed")


def test_reviewers_propose_and_do_not_decide(room: Room) -> None:
    own = numbers(room)["Quorum"]
    taken = _batch(room, "lin")
    marks = {"responsive": "yes", "privilege": "attorney-client"}
    coding.save(room, room.seer("lin", "password"), own, marks, 0)
    row = screen.of_document(room, lead(room), own)

    assert own in taken
    assert row is not None
    assert Signal.PROPOSED in row.proposal.signals
    with pytest.raises(RefusedError, match="may not decide on privilege"):
        screen.decide(room, room.seer("lin", "password"), own, Outcome.CLAIMED, "Advice")
    for login in ("watch", "desk"):
        with pytest.raises(RefusedError):
            screen.listed(room, room.seer(login, "password"))


def _batch(room: Room, login: str) -> list[str]:
    from forthwith.workflows.room import batches

    cut = batches.cut(room, lead(room), "", size=batches.Size(pages=0, documents=100))
    taken = batches.take(room, room.seer(login, "password"), cut.batches[0].id)
    return list(room.batches.documents(taken.id))


def test_a_walled_document_is_in_no_list_count_or_reason(room: Room) -> None:
    own = numbers(room)
    advice = ClaimOptions(basis=(privilege.Basis.ATTORNEY_CLIENT,), description="Advice")
    privilege.claim(CaseFile(room.matter), [own["Quorum"]], advice)
    assert states(room)["memo.txt"] == ("strong", "open")
    user = room.users.by_login("walled")
    assert user is not None
    walled = Scope(documents=frozenset({own["Quorum"]}))
    room.users.grant(Grant(user.id, Role.WALL, walled), BY)
    seer = room.seer("walled", "password")
    found = screen.listed(room, seer, decided=True)
    said = repr(found)

    assert own["Quorum"] not in said
    assert "PRIV-0001" not in said
    assert own["memo.txt"] not in said
    assert found.counts[Tier.STRONG] == screen.listed(room, lead(room)).counts[Tier.STRONG] - 1
    with pytest.raises(NotShownError):
        screen.of_document(room, seer, own["Quorum"])
    with pytest.raises(NotShownError):
        screen.decide(room, seer, own["Quorum"], Outcome.REFUSED, "Published")


def test_a_decision_needs_a_proposal_a_reason_and_the_latest_state(room: Room) -> None:
    own = numbers(room)
    with pytest.raises(NotProposedError):
        screen.decide(room, lead(room), own["Lunch"], Outcome.CLAIMED, "Advice")
    with pytest.raises(DecisionError):
        screen.decide(room, lead(room), own["d.draft.txt"], Outcome.REFUSED, "  ")
    assert not room.case.claims
    screen.decide(room, lead(room), own["d.draft.txt"], Outcome.REFUSED, "Published")
    with pytest.raises(StaleDecisionError):
        screen.decide(
            room, lead(room), own["d.draft.txt"], Outcome.CLAIMED, "Counsel's draft", seen=0
        )
    assert not room.case.claims


@pytest.mark.parametrize("change", ["because", "gone"])
def test_a_changed_decision_is_found(room: Room, change: str) -> None:
    table = tables.privilege_decisions
    screen.decide(
        room, lead(room), numbers(room)["d.draft.txt"], Outcome.REFUSED, "It was published"
    )
    with room.matter.engine.begin() as connection:
        if change == "gone":
            connection.execute(sa.delete(table))
        else:
            connection.execute(sa.update(table).values(because="It was never advice"))

    assert any("decision on privilege" in line for line in verify(room.matter).broken)


def test_what_produce_says_of_proposals_that_wait(room: Room) -> None:
    case = CaseFile(room.matter)
    said = screen.not_looked_at(screen.counted(screen.waiting(case)))

    assert "proposed as privileged and not looked at" in said
    assert "not privileged" not in said
    assert screen.not_looked_at(screen.counted([])) == ""
    assert screen.waiting(case, ()) == []
