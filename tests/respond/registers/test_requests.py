"""How requests stand follows from acts, and a response that says too little is not served."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from forthwith.domain.acts import Act, Acts
from forthwith.domain.requests import (
    RESPONSE,
    BatesRange,
    DueDay,
    Objection,
    RequestKind,
    RequestSet,
    Response,
    ResponseState,
    Service,
)
from forthwith.respond.registers import requests as room
from forthwith.respond.registers.pages import Pages
from forthwith.respond.registers.requests import RequestRegister

PAGES = Pages({"FW1": ("VOL001", "N00001", "N00003"), "FW2": ("VOL001", "N00004", "N00004")})
RANGE = BatesRange("N00001", "N00004", "VOL001")
DUE = DueDay(date(2023, 8, 9), "34", (), (date(2023, 8, 9), date(2023, 8, 10)), "a closure")


def served(name: str = "First", kind: RequestKind = RequestKind.RFP) -> RequestSet:
    return RequestSet(name, kind, date(2023, 7, 10), Service.MAIL, due=DUE)


def register(*responses: Response, kind: RequestKind = RequestKind.RFP) -> RequestRegister:
    """One set of requests 1 and 2, and responses in order."""
    acts = room.imported(RequestRegister({}, ()), served(kind=kind), [("1", "A."), ("2", "B.")])
    acts += [Act(RESPONSE, each.request, each.body()) for each in responses]
    return RequestRegister.read(
        Acts(replace(each, seq=at) for at, each in enumerate(acts))
    )  # fmt: skip


SOUND = Response("First/1", produce="custodian:ortega", ranges=(RANGE,))


def test_a_request_is_found_by_number_by_set_and_by_key() -> None:
    held = register(SOUND)

    assert held.find("1").request.text == "A."
    assert held.find("2", "First") == held.find("First/2")
    with pytest.raises(room.UnknownRequestError, match="in no set"):
        held.find("3")


def test_a_number_in_two_sets_must_say_which() -> None:
    acts = room.imported(RequestRegister({}, ()), served(), [("1", "A.")])
    acts += room.imported(RequestRegister({}, ()), served("Second"), [("1", "B.")])
    held = RequestRegister.read(Acts(acts))

    assert held.find("1", "Second").request.text == "B."
    with pytest.raises(room.UnknownRequestError, match="First, Second"):
        held.find("1")


def test_a_set_is_imported_once_and_never_empty() -> None:
    with pytest.raises(room.SetExistsError):
        room.imported(register(), served(), [("1", "A.")])
    with pytest.raises(room.NoRequestsError):
        room.imported(RequestRegister({}, ()), served(), [])


def test_amending_keeps_the_history() -> None:
    out = replace(SOUND, served="responses/1")
    held = register(SOUND, out, replace(SOUND, text="More."))
    standing = held.find("1")

    assert standing.state == ResponseState.AMENDED
    assert standing.draft
    assert [each.text for each in standing.history] == ["", "", "More."]


def test_it_is_late_only_after_the_last_day_it_may_have_been_due() -> None:
    standing = register(SOUND).find("1")

    assert [standing.late(date(2023, 8, day)) for day in (9, 10, 11)] == [False, False, True]
    out = register(replace(SOUND, served="responses/1")).find("1")
    assert not out.late(date(2024, 1, 1))


def test_a_drafted_response_is_never_marked_served() -> None:
    assert room.responded(replace(SOUND, served="responses/1")).body["served"] == ""


def test_a_query_is_resolved_by_whoever_can_search() -> None:
    asked = []
    found = room.resolved(
        Response("First/1", produce="quorum"), lambda q: asked.append(q) or ["FW2", "FW1"], PAGES
    )
    assert (asked, found.ranges) == (["quorum"], (RANGE,))


def test_a_sound_response_can_be_served_and_an_unanswered_one_cannot() -> None:
    assert room.unservable(register(SOUND), "First", PAGES) == [
        "First/2: nothing is answered and nothing objected to"
    ]


BROAD = Objection("overbroad", withheld=False)


@pytest.mark.parametrize(
    ("kind", "response", "why"),
    [
        ("rfp", replace(SOUND, objections=(BROAD, Objection("vague"))), "34(b)(2)(C)"),
        ("rfp", replace(SOUND, ranges=(replace(RANGE, last="N00005"),)), "not in the sealed"),
        ("rfp", replace(SOUND, no_documents=True), "no documents and produces"),
        ("rfp", replace(SOUND, rule33d=True), "interrogatories only"),
        ("interrogatory", Response("First/1", text="Ortega."), "--verifier"),
        ("interrogatory", Response("First/1", text="x", verifier="O", rule33d=True), "33(d)(1)"),
        ("rfp", Response("First/1", note="later"), "nothing is answered"),
    ],
)
def test_a_response_that_says_too_little_cannot_be_served(
    kind: str, response: Response, why: str
) -> None:
    found = room.unservable(register(response, kind=RequestKind(kind)), "First", PAGES)
    assert len([each for each in found if each.startswith("First/1")]) == 1
    assert why in found[0]


@pytest.mark.parametrize("withheld", [True, False])
def test_an_objection_that_says_whether_anything_is_withheld_can_be_served(withheld: bool) -> None:
    response = replace(SOUND, objections=(replace(BROAD, withheld=withheld),))
    assert room.reasons(register(response).find("1"), PAGES) == []
