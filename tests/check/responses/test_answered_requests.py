"""An answer to number 12 of one set never stands for number 12 of another."""

from __future__ import annotations

import pytest

from forthwith.check.responses.answered_requests import (
    Answered,
    ServedSet,
    SetTwiceError,
    UnmatchedResponsesError,
    answered,
)
from forthwith.check.responses.file import ResponsesFile
from forthwith.domain.requests import Request, RequestKind, Response


def asked(name: str, *numbers: str) -> ServedSet:
    return ServedSet(name, tuple(Request(name, each, "All plans.") for each in numbers))


def given(
    name: str = "", *numbers: str, origin: str = "r.json", text: str = "See."
) -> ResponsesFile:
    held = {each: Response(each, text=text) for each in numbers}
    return ResponsesFile(origin, held, name, RequestKind.RFP if name else None)


FIRST, SECOND = asked("First RFPs", "11", "12"), asked("Second RFPs", "12", "13")


def answers(found: list[Answered]) -> list[list[str]]:
    return [sorted(each.responses) for each in found]


def test_number_12_of_one_set_does_not_answer_number_12_of_another() -> None:
    found = answered([FIRST, SECOND], [given("Second RFPs", "12")])

    assert answers(found) == [[], ["Second RFPs/12"]]
    assert [each.served for each in found] == [False, True]


@pytest.mark.parametrize("name", ["first rfps", "First_RFPs", " First  RFPs"])
def test_sets_are_matched_by_name_however_it_is_written(name: str) -> None:
    assert answers(answered([FIRST, SECOND], [given(name, "11")]))[0] == ["First RFPs/11"]


@pytest.mark.parametrize("number", ["4a", "4A.", "No. 4A", "number 4A", "#4A"])
def test_requests_are_matched_by_number_however_it_is_written(number: str) -> None:
    found = answered([asked("S", "4A")], [given("S", number)])

    assert (answers(found), found[0].strays) == ([["S/4A"]], ())


def test_a_file_that_names_no_set_answers_the_only_one() -> None:
    assert answers(answered([FIRST], [given("", "12")])) == [["First RFPs/12"]]


def test_a_file_that_names_no_set_may_name_it_with_each_number_or_be_called_so() -> None:
    keyed = given("", "First RFPs/12", "Second RFPs/13")
    assert answers(answered([FIRST, SECOND], [keyed])) == [["First RFPs/12"], ["Second RFPs/13"]]

    called = given("", "12", origin="Second RFPs.json")
    assert answers(answered([FIRST, SECOND], [called])) == [[], ["Second RFPs/12"]]


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (given("Third RFPs", "12"), "answers the set 'Third RFPs'"),
        (given("", "12"), "does not say which set"),
        (given("", "Third RFPs/12"), "answers the set 'Third RFPs'"),
        (given("Third RFPs"), "answers the set 'Third RFPs'"),
    ],
)
def test_a_file_whose_set_is_not_certain_is_refused(file: ResponsesFile, why: str) -> None:
    with pytest.raises(UnmatchedResponsesError, match=why) as told:
        answered([FIRST, SECOND], [file])

    assert "--requests" in str(told.value)
    assert "'First RFPs', 'Second RFPs'" in str(told.value)


def test_two_papers_of_one_name_are_refused() -> None:
    with pytest.raises(SetTwiceError, match="first_rfps"):
        answered([asked("first_rfps"), asked("First RFPs")], [])


def test_the_later_of_two_responses_stands() -> None:
    older, newer = given("First RFPs", "11", "12"), given("First RFPs", "12", text="Amended.")
    [found] = answered([FIRST], [older, newer])

    assert [each.text for each in found.responses.values()] == ["See.", "Amended."]


def test_a_number_that_no_request_has_is_told() -> None:
    [found] = answered([FIRST], [given("First RFPs", "11", "99")])

    assert found.strays == ("99",)


def test_the_kind_is_as_the_responses_say_or_as_the_set_is_called() -> None:
    assert answered([FIRST], [given("First RFPs", "11")])[0].kind is RequestKind.RFP
    assert answered([FIRST], [given("", "11")])[0].kind is None
    called = asked("First Interrogatories", "1")
    assert answered([called], [given("", "1")])[0].kind is RequestKind.INTERROGATORY
    mixed = asked("First Interrogatories and Requests", "1")
    assert answered([mixed], [given("", "1")])[0].kind is None
