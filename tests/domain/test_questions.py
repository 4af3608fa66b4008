"""Questions come back from their bodies whole, or are refused with their key."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.act_bodies import BodyError
from forthwith.domain.questions import ALLOWED, Occasion, Question, QuestionState
from tests.domain.test_requests import few, kept, texts

questions = st.builds(
    Question,
    key=texts,
    occasion=st.sampled_from(Occasion),
    day=st.dates(),
    text=texts,
    asked_by=texts,
    asked_of=texts,
    about=texts,
    state=st.sampled_from(QuestionState),
    answer=texts,
    because=texts,
    owner=texts,
    due=st.none() | st.dates(),
    cites=st.lists(texts, **few).map(tuple),
)
DAY = date(2023, 8, 2)
SOUND = Question("Q-0001", Occasion.DEPOSITION, DAY, "Who held it?", "Reyes", "Adeyemi")


@given(questions)
def test_a_question_comes_back_from_its_body_whole(question: Question) -> None:
    assert Question.from_body(question.key, kept(question.body())) == question


@pytest.mark.parametrize(
    "broken", [{"occasion": "lunch"}, {"state": "closed"}, {"day": ""}, {"due": "soon"}, {"to": ""}]
)
def test_a_body_of_another_shape_is_refused_with_the_key(broken: dict) -> None:
    with pytest.raises(BodyError, match="question 'Q-0001'"):
        Question.from_body("Q-0001", {**SOUND.body(), **broken})


def test_every_state_but_answered_can_still_be_answered() -> None:
    assert set(ALLOWED) == set(QuestionState)
    assert all(QuestionState.ANSWERED in ways for ways in ALLOWED.values())
    assert all(QuestionState.OPEN not in ways for ways in ALLOWED.values())


def test_only_an_undertaking_is_overdue_and_only_after_its_day() -> None:
    undertaken = replace(SOUND, state=QuestionState.UNDERTAKEN, owner="Lindqvist", due=DAY)

    assert [undertaken.overdue(date(2023, 8, day)) for day in (1, 2, 3)] == [False, False, True]
    assert not SOUND.overdue(date(2099, 1, 1))
    assert not replace(undertaken, state=QuestionState.ANSWERED).overdue(date(2099, 1, 1))
