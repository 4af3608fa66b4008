"""The chronology: what it rests on, and who is shown what of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from forthwith.domain.users import Role, Seer
from forthwith.papers import docx, text
from forthwith.record import quarantine
from forthwith.record.chronology import EventChangedError
from forthwith.workflows.room import chronology
from forthwith.workflows.room.chronology import Asked, Draft, SentenceError
from forthwith.workflows.room.citations import NotCitedError
from forthwith.workflows.room.room import NotShownError, RefusedError, Room
from tests.builders import rooms


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """Five numbered documents."""
    return rooms.small(tmp_path)


@pytest.fixture
def lead(room: Room) -> Seer:
    """Who is shown everything."""
    return rooms.person(room, "reyes", Role.LEAD)


def walled(room: Room, number: int, login: str = "kim") -> Seer:
    """Somebody walled off from the document with a number."""
    control = room.standing().columns.controls[number]
    return rooms.person(room, login, Role.LEAD, walled=(control,))


def written(room: Room, seer: Seer, cites: str, when: str = "2022-03-14") -> str:
    """Write an event; returns its number."""
    return chronology.write(room, seer, Draft(when, f"The pages show it, {when}.", cites)).id


def test_events_are_in_order_and_lead_to_their_documents(room: Room, lead: Seer) -> None:
    """Whatever order they were written in."""
    written(room, lead, "NG0000003", "2022-03")
    written(room, lead, "NG0000002; NG0000003-4", "2021")

    first, second = chronology.listed(room, lead)

    controls = room.standing().columns.controls
    assert (first.when, second.when) == ("2021", "March 2022")
    assert [(cite.text, cite.controls, cite.page) for cite in first.cites] == [
        ("NG0000002", (controls[0],), 2),
        ("NG0000003-NG0000004", (controls[1],), 1),
    ]


@pytest.mark.parametrize(
    ("cites", "said"),
    [
        ("NG0000011", r"no page NG0000011 here. The nearest pages are NG0000010\."),
        ("NG0000000", "nearest pages are NG0000001"),
        ("NG000001", "Numbers here look like NG0000001"),
        ("XX0000001", "Numbers here look like NG0000001"),
        ("NG0000009-14", "no page NG0000014 here"),
        ("NG0000004-NG0000003", "no page NG0000004-NG0000003 here"),
        ("NG0000001-NG0009999", "more than 2,000 pages"),
        ("page 4 of the memo", "not a page number"),
        ("", "at least one page"),
        (" ; ;", "at least one page"),
        ("NG0000001; NG0000099", "no page NG0000099"),
    ],
)
def test_what_is_no_page_is_refused_with_the_nearest(
    room: Room, lead: Seer, cites: str, said: str
) -> None:
    """And nothing is kept of the event."""
    with pytest.raises(NotCitedError, match=said):
        written(room, lead, cites)

    assert chronology.listed(room, lead) == []


def test_a_control_number_is_not_taken_for_a_page(room: Room, lead: Seer) -> None:
    """The two are never shown as each other."""
    with pytest.raises(NotCitedError, match="is a control number"):
        written(room, lead, room.standing().columns.controls[0])


def test_an_event_is_shown_with_the_citations_that_are(room: Room, lead: Seer) -> None:
    """What is hidden is not named, and changes no count."""
    both = written(room, lead, "NG0000003; NG0000009")
    hidden = written(room, lead, "NG0000003")
    kim = walled(room, 1)

    assert [row.id for row in chronology.listed(room, lead)] == [both, hidden]
    [shown] = chronology.listed(room, kim)

    assert [cite.text for cite in shown.cites] == ["NG0000009"]
    assert "NG0000003" not in str(shown.as_json()["cites"])
    paper = chronology.paper(room, [shown], Asked(), "2026-03-01")
    assert b"NG0000003" not in text.as_text(paper.blocks)
    for act in (chronology.one, chronology.history):
        with pytest.raises(NotShownError):
            act(room, kim, hidden)


@pytest.mark.parametrize("said", ["See NG0000004, too.", "(see {control})", "ng NG0000003."])
def test_a_sentence_that_names_what_is_hidden_is_not_shown(
    room: Room, lead: Seer, said: str
) -> None:
    """Though another of its pages is shown."""
    kim = walled(room, 1)
    sentence = said.format(control=room.standing().columns.controls[1])
    chronology.write(room, lead, Draft("2022", sentence, "NG0000003; NG0000009"))

    assert len(chronology.listed(room, lead)) == 1
    assert chronology.listed(room, kim) == []


def test_a_hidden_page_is_refused_in_the_words_of_an_absent_one(room: Room, lead: Seer) -> None:
    """The nearest is one that is shown, and a range over it is no range."""
    kim = walled(room, 4)
    said = []
    for seer, cite in ((kim, "NG0000010"), (lead, "NG0000011")):
        with pytest.raises(NotCitedError) as refused:
            written(room, seer, cite)
        said.append(re.sub(r"NG\d+", "N", str(refused.value)))

    assert said[0] == said[1]
    with pytest.raises(NotCitedError, match="no page NG0000010"):
        written(room, kim, "NG0000007-NG0000010")


def test_who_is_shown_a_part_keeps_the_rest(room: Room, lead: Seer) -> None:
    """A change by somebody walled off does not lose the page they do not know of."""
    id_ = written(room, lead, "NG0000003; NG0000009")
    kim = walled(room, 1)

    chronology.write(room, kim, Draft("2022", "Changed.", "NG0000010"), id_, 1)

    assert [cite.text for cite in chronology.one(room, lead, id_).cites] == [
        "NG0000010", "NG0000003",
    ]  # fmt: skip


def test_a_claw_back_takes_events_away_at_once(room: Room, lead: Seer) -> None:
    """From everybody but whom the notice names."""
    written(room, lead, "NG0000003")
    keeper = rooms.person(room, "ito", Role.LEAD)
    control = room.standing().columns.controls[1]
    with room.matter.writing() as connection:
        row = quarantine.Quarantined(control, "named", control, "N0001", "ito", "2026-03-01")
        quarantine.enter(connection, [row], {})

    assert chronology.listed(room, lead) == []
    assert len(chronology.listed(room, keeper)) == 1


def test_two_people_on_one_event_lose_nothing(room: Room, lead: Seer) -> None:
    """The later one is told whose version stands."""
    id_ = written(room, lead, "NG0000003")
    chronology.write(room, lead, Draft("2022", "First.", "NG0000003"), id_, 1)

    with pytest.raises(EventChangedError, match="reyes changed"):
        chronology.write(room, lead, Draft("2022", "Second.", "NG0000003"), id_, 1)

    assert [row.event.version for row in chronology.history(room, lead, id_)] == [1, 2]


def test_a_removed_event_is_listed_no_more(room: Room, lead: Seer) -> None:
    """And cannot be changed."""
    id_ = written(room, lead, "NG0000003")
    chronology.remove(room, lead, id_, 1)

    assert chronology.listed(room, lead) == []
    assert chronology.history(room, lead, id_)[-1].event.removed
    with pytest.raises(NotShownError):
        chronology.write(room, lead, Draft("2022", "x", "NG0000003"), id_, 2)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (Asked(words="PAGES 2021"), ["E0002"]),
        (Asked(since="2022-03-20", until="2022-03-25"), ["E0003"]),
        (Asked(since="2022-01-01"), ["E0003", "E0001"]),
        (Asked(until="2021-12-31"), ["E0002"]),
        (Asked(words="nothing like it"), []),
    ],
    ids=["words", "within a month", "from", "to", "none"],
)
def test_events_are_asked_for(room: Room, lead: Seer, asked: Asked, found: list[str]) -> None:
    """By words of the sentence, and by days that a month overlaps."""
    for cite, when in (
        ("NG0000001", "2022-05-01"),
        ("NG0000003", "2021"),
        ("NG0000009", "2022-03"),
    ):
        written(room, lead, cite, when)

    assert [row.id for row in chronology.listed(room, lead, asked)] == found


def test_events_are_asked_for_by_what_a_search_finds(room: Room, lead: Seer) -> None:
    """Or by one document."""
    for cite in ("NG0000001", "NG0000003", "NG0000005"):
        written(room, lead, cite)
    found = chronology.found(room, lead, "shares")

    assert len(chronology.listed(room, lead, Asked(found=found))) == 1
    control = room.standing().columns.controls[0]
    assert [row.id for row in chronology.of_document(room, lead, control)] == ["E0001"]


@pytest.mark.parametrize("sentence", ["", " \n\t ", "x" * 2_001], ids=["empty", "blank", "long"])
def test_a_sentence_says_something_and_stays_one(room: Room, lead: Seer, sentence: str) -> None:
    """Not nothing, and not an essay."""
    with pytest.raises(SentenceError):
        chronology.write(room, lead, Draft("2022", sentence, "NG0000001"))


def test_signs_that_turn_the_reading_order_are_left_out(room: Room, lead: Seer) -> None:
    """A reader sees what was written."""
    draft = Draft("2022", "It \u202erenepo\u202c\x07 was\nmoved.", "NG0000001")

    assert chronology.write(room, lead, draft).event.sentence == "It renepo was moved."


@pytest.mark.parametrize("role", [Role.OBSERVER, Role.ADMIN, Role.PRODUCTION])
def test_roles_that_write_no_events_are_refused(room: Room, role: Role) -> None:
    """Whatever the pages are."""
    seer = rooms.person(room, "other", role)

    with pytest.raises(RefusedError):
        written(room, seer, "NG0000001")


def test_who_sees_metadata_only_is_shown_no_sentence(room: Room, lead: Seer) -> None:
    """A sentence says what stands in the document."""
    written(room, lead, "NG0000001")

    assert chronology.listed(room, rooms.person(room, "watch", Role.OBSERVER)) == []


def test_the_paper_says_what_it_is_of(room: Room, lead: Seer) -> None:
    """The same in each form, the same bytes each time."""
    written(room, lead, "NG0000001", "2022-03-14 09:30")
    asked = Asked(words="show")
    paper = chronology.paper(room, chronology.listed(room, lead, asked), asked, "2026-03-01")

    said = text.as_text(paper.blocks).decode()

    assert "NG0000001" in said
    assert "March 14, 2022, 09:30" in said
    assert 'with the words "show"' in said
    assert docx.as_docx(paper) == docx.as_docx(paper)
