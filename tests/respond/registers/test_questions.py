"""Questions go from open to an answer by allowed steps, under ids that are never used again."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date

import pytest

from forthwith.domain.acts import Act, Acts
from forthwith.domain.questions import Occasion, Question, QuestionState
from forthwith.respond.registers import questions as room
from forthwith.respond.registers.questions import QuestionRegister

DAY, DUE = date(2023, 8, 2), date(2023, 8, 15)
OPEN, ANSWERED, REFUSED, UNDERTAKEN = QuestionState
ASKED = Question("Q-0001", Occasion.DEPOSITION, DAY, "Who held it?", "Reyes", "Adeyemi")
MADE = {
    OPEN: ASKED,
    ANSWERED: room.answered(ASKED, "Halden."),
    REFUSED: room.refused(ASKED, "instructed not to answer"),
    UNDERTAKEN: room.undertaken(ASKED, "Lindqvist", DUE),
}


def register(*acts: Act) -> QuestionRegister:
    return QuestionRegister.read(Acts(replace(act, seq=at) for at, act in enumerate(acts)))


def logged(*made: Question) -> QuestionRegister:
    return register(*(room.asked(each) for each in made))


@pytest.mark.parametrize(("now", "wanted"), list(itertools.product(QuestionState, QuestionState)))
def test_a_question_takes_only_allowed_steps(now: QuestionState, wanted: QuestionState) -> None:
    """Open to any; refused to answered or undertaken; answered only to amended; never reopened."""
    allowed = {
        OPEN: {ANSWERED, REFUSED, UNDERTAKEN},
        UNDERTAKEN: {ANSWERED, REFUSED, UNDERTAKEN},
        REFUSED: {ANSWERED, UNDERTAKEN},
        ANSWERED: {ANSWERED},
    }
    if wanted in allowed[now]:
        assert room.moved(MADE[now], MADE[wanted]).body["state"] == wanted
    else:
        with pytest.raises(room.StepNotAllowedError, match=f"is {now} and cannot become {wanted}"):
            room.moved(MADE[now], MADE[wanted])


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (replace(ASKED, text=" "), "the question is not said"),
        (replace(ASKED, asked_by=""), "who asks"),
        (replace(ASKED, asked_of=""), "who is asked"),
        (room.answered(ASKED, " "), "it is answered, and the answer is not said"),
        (room.refused(ASKED, ""), "why it is refused is not said"),
        (room.undertaken(ASKED, "", DUE), "who undertook it"),
        (room.undertaken(ASKED, "Lindqvist", None), "the day it is due"),
        (room.undertaken(ASKED, "Lindqvist", date(2023, 8, 1)), "before it was asked"),
        (replace(ASKED, answer="Halden."), "Make it answered, or leave 'answer' empty"),
        (replace(MADE[ANSWERED], owner="Lindqvist"), "belongs to what is undertaken"),
    ],
)
def test_a_state_needs_its_parts_and_no_others(broken: Question, says: str) -> None:
    with pytest.raises(room.UnsoundQuestionError, match="This cannot be logged") as told:
        room.asked(broken)
    assert says in str(told.value)


def test_every_step_is_kept() -> None:
    held = logged(ASKED, MADE[REFUSED], MADE[UNDERTAKEN], MADE[ANSWERED])
    (standing,) = held.standings

    assert standing.question == MADE[ANSWERED]
    assert [each.state for each in standing.history] == [OPEN, REFUSED, UNDERTAKEN, ANSWERED]
    assert not standing.amended
    again = logged(ASKED, MADE[ANSWERED], room.answered(MADE[ANSWERED], "Northgate."))
    assert again.standings[0].amended


def test_what_an_answer_cites_stands_until_something_else_is_cited() -> None:
    first = room.answered(ASKED, "Halden.", ["ABC0001"])

    assert room.answered(first, "Halden did.").cites == ("ABC0001",)
    assert room.answered(first, "Halden did.", ["ABC0002"]).cites == ("ABC0002",)


def test_an_id_is_the_next_one_and_wider_when_it_must_be() -> None:
    assert register().keys(2) == ["Q-0001", "Q-0002"]
    assert logged(ASKED, replace(ASKED, key="Q-9999")).keys(1) == ["Q-10000"]


def test_a_question_is_found_by_its_id_as_people_write_it() -> None:
    held = logged(ASKED)

    for key in ("Q-0001", "q-1", " Q1 "):
        assert held.find(key).question == ASKED
    for key in ("Q-0002", "1", "F-0001", ""):
        with pytest.raises(room.UnknownQuestionError, match="from Q-0001 to Q-0001"):
            held.find(key)
    with pytest.raises(room.UnknownQuestionError, match="Nothing is asked yet"):
        register().find("Q-0001")


def test_whatever_wants_an_answer_is_outstanding_and_says_what_is_overdue() -> None:
    held = logged(*(replace(each, key=f"Q-000{at}") for at, each in enumerate(MADE.values(), 1)))

    for day, overdue in ((DUE, []), (date(2023, 8, 16), ["Q-0004"])):
        found = held.outstanding(day)
        assert [each.question.key for each in found] == ["Q-0001", "Q-0003", "Q-0004"]
        assert [each.question.key for each in found if each.overdue] == overdue


def test_what_was_put_after_a_day_is_not_outstanding_on_it() -> None:
    held = logged(ASKED)

    assert held.outstanding(date(2023, 8, 1)) == ()
    assert held.on(DAY) == held
