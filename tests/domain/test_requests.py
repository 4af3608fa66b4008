"""Bodies of acts and values are inverse; states follow from acts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.act_bodies import BodyError
from forthwith.domain.requests import (
    BatesRange,
    DueDay,
    Objection,
    Request,
    RequestKind,
    RequestSet,
    Response,
    ResponseState,
    Service,
    Source,
    Unparsed,
    state_of,
)

texts = st.text(max_size=8)
few = {"max_size": 3}
dues = st.builds(
    DueDay,
    st.dates(),
    texts,
    st.lists(texts, **few).map(tuple),
    st.lists(st.dates(), **few).map(tuple),
    texts,
)
sets = st.builds(
    RequestSet,
    name=texts,
    kind=st.sampled_from(RequestKind),
    served=st.dates(),
    by=st.sampled_from(Service),
    asked_by=texts,
    asked_of=texts,
    source=st.none() | st.builds(Source, texts, texts),
    unparsed=st.lists(st.builds(Unparsed, texts, texts, texts), **few).map(tuple),
    due=st.none() | dues,
)
objections = st.builds(Objection, texts, texts, st.none() | st.booleans(), texts)
responses = st.builds(
    Response,
    request=texts,
    text=texts,
    produce=texts,
    objections=st.lists(objections, **few).map(tuple),
    ranges=st.lists(st.builds(BatesRange, texts, texts, texts), **few).map(tuple),
    custodians=st.lists(texts, **few).map(tuple),
    no_documents=st.booleans(),
    verifier=texts,
    rule33d=st.booleans(),
    served=texts,
    note=texts,
)


def kept(body: dict) -> dict:
    """What the journal gives back."""
    return json.loads(json.dumps(body))


@given(sets)
def test_a_set_comes_back_from_its_body_whole(given_set: RequestSet) -> None:
    assert RequestSet.from_body(given_set.name, kept(given_set.body())) == given_set


@given(responses)
def test_a_response_comes_back_from_its_body_whole(response: Response) -> None:
    assert Response.from_body(response.request, kept(response.body())) == response


@given(st.builds(Request, texts, texts, texts))
def test_a_request_comes_back_from_its_body_whole(request: Request) -> None:
    assert Request.from_body(request.key, kept(request.body())) == request


@pytest.mark.parametrize(
    "broken",
    [
        {"texts": "a key nobody knows"},
        {"text": 12},
        {"no_documents": "yes"},
        {"ranges": [["A1", "A2"]]},
        {"ranges": ["A1A"]},
        {"objections": [{"ground": "overbroad", "extent": "all"}]},
        {"objections": [{"scope": "no ground"}]},
        {"custodians": "Ortega"},
    ],
)
def test_a_body_of_another_shape_is_refused_with_the_key(broken: dict) -> None:
    with pytest.raises(BodyError, match="response 'First RFPs/1'"):
        Response.from_body("First RFPs/1", {**Response("").body(), **broken})


@pytest.mark.parametrize(
    "broken", [{"served": "10 July"}, {"kind": "wish"}, {"by": ""}, {"due": {"day": ""}}]
)
def test_a_set_whose_day_or_word_is_not_one_is_refused(broken: dict) -> None:
    sound = RequestSet("S", RequestKind.RFP, date(2023, 7, 10), Service.MAIL).body()
    with pytest.raises(BodyError):
        RequestSet.from_body("S", {**sound, **broken})


OVERBROAD = Objection("overbroad", withheld=False)
RANGE = BatesRange("N1", "N9", "VOL001")


@pytest.mark.parametrize(
    ("response", "state"),
    [
        (Response("r"), ResponseState.UNANSWERED),
        (Response("r", note="ask Lindqvist"), ResponseState.UNANSWERED),
        (Response("r", objections=(OVERBROAD,)), ResponseState.OBJECTED),
        (Response("r", produce="custodian:ortega"), ResponseState.PART),
        (Response("r", produce="custodian:ortega", ranges=(RANGE,)), ResponseState.ANSWERED),
        (Response("r", text="Yes.", objections=(OVERBROAD,)), ResponseState.ANSWERED),
        (
            Response("r", text="Yes.", objections=(replace(OVERBROAD, withheld=True),)),
            ResponseState.PART,
        ),
        (Response("r", text="Yes.", objections=(Objection("vague"),)), ResponseState.PART),
        (Response("r", no_documents=True), ResponseState.ANSWERED),
    ],
)
def test_the_extent_of_a_response(response: Response, state: ResponseState) -> None:
    assert state_of([response]) == response.extent == state


def test_no_response_is_unanswered() -> None:
    assert state_of([]) == ResponseState.UNANSWERED


def test_a_response_that_differs_from_a_served_one_amends_it() -> None:
    draft = Response("r", text="No.")
    served = replace(draft, served="responses/1")
    changed = Response("r", text="Yes.")

    assert state_of([draft, changed]) == ResponseState.ANSWERED
    assert state_of([draft, served]) == ResponseState.ANSWERED
    assert state_of([draft, served, changed]) == ResponseState.AMENDED
    again = replace(changed, served="responses/2")
    assert state_of([draft, served, changed, again]) == ResponseState.AMENDED


def test_the_same_response_served_twice_amends_nothing() -> None:
    served = Response("r", text="No.", served="responses/1")
    assert state_of([served, replace(served, served="responses/2")]) == ResponseState.ANSWERED
