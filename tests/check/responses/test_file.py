"""The file served beside the paper is read as served; anything else is refused by name."""

from __future__ import annotations

import json

import pytest

from forthwith.check.responses.file import ResponsesUnreadableError, read
from forthwith.domain.requests import RESPONSES_FORM, Objection, RequestKind, Response

BODY = Response("12", text="See.", objections=(Objection("vague", withheld=False),)).body()


def served(**changes: object) -> str:
    whole = {
        "form": RESPONSES_FORM,
        "set": {"name": "First RFPs", "kind": "rfp"},
        "responses": {"12": BODY},
    }
    return json.dumps({**whole, **changes})


def test_the_served_file_says_its_set_and_its_kind() -> None:
    given = read(served(), "responses-1.json")

    assert (given.set, given.kind) == ("First RFPs", RequestKind.RFP)
    assert given.responses["12"].objections[0].ground == "vague"


def test_a_plain_table_says_neither() -> None:
    given = read(json.dumps({"12": BODY}), "typed.json")

    assert (given.set, given.kind, list(given.responses)) == ("", None, ["12"])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nothing", "it is not JSON"),
        ("[]", "it is not a table"),
        (served(form="forthwith responses 2"), "its form is 'forthwith responses 2'"),
        (served(set=None), "'set' is no table"),
        (served(set={"name": "First RFPs", "kind": "wish"}), "'wish' is no kind"),
        (served(responses=[]), "'responses' is no table"),
        (served(responses={"12": {"mood": "good"}}), "response '12': nothing here knows"),
        (served(responses={"12": "yes"}), "response '12': 'yes' is not a table"),
    ],
)
def test_what_is_no_file_of_responses_is_refused(text: str, why: str) -> None:
    with pytest.raises(ResponsesUnreadableError, match=why):
        read(text, "x.json")
