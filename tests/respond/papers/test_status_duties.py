"""What is outstanding prints in the report by itself: questions, and duties under orders."""

from dataclasses import replace
from datetime import date

import pytest

from forthwith.domain.acts import Act, Acts
from forthwith.domain.questions import QUESTION, Occasion, Question, QuestionState
from forthwith.domain.requests import DueDay
from forthwith.papers.text import as_text
from forthwith.respond.papers import status as status_duties
from forthwith.respond.registers import obligations, questions
from tests.builders.ordered import entered, obligation, register

DAY = date(2024, 3, 5)
ASKED = Question("Q-0001", Occasion.INSPECTION, date(2024, 2, 1), "Where is card 5?", "Staff",
                 "Counsel")  # fmt: skip
DUE = DueDay(date(2024, 1, 19), "the order")


def log(*held: Question) -> questions.QuestionRegister:
    acts = [Act(QUESTION, each.key, each.body(), seq=at) for at, each in enumerate(held)]
    return questions.QuestionRegister.read(Acts(acts))


def orders(**changes: object) -> obligations.DutyRegister:
    """One order with one duty, due on a day and without evidence."""
    return register(*entered(obligation("2", **{"due": DUE, **changes})))


def text(asked: questions.QuestionRegister, held: obligations.DutyRegister, day: date = DAY) -> str:
    blocks = [each for _, part in status_duties.parts(asked, held, day) for each in part]
    return " ".join(as_text(blocks).decode("utf-8-sig").split())


def test_what_is_answered_or_not_kept_is_no_part() -> None:
    told = replace(ASKED, state=QuestionState.ANSWERED, answer="In New York.")

    assert status_duties.parts(log(), register(), DAY) == ()
    assert [title for title, _ in status_duties.parts(log(told), orders(), DAY)] == [
        "Duties under orders"
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "open"),
        ({"state": QuestionState.REFUSED, "because": "privilege"}, "refused: privilege"),
        (
            {"state": QuestionState.UNDERTAKEN, "owner": "Reyes", "due": date(2024, 3, 4)},
            "Reyes will answer by 2024-03-04, not kept",
        ),
        (
            {"state": QuestionState.UNDERTAKEN, "owner": "Reyes", "due": DAY},
            "Reyes will answer by 2024-03-05",
        ),
    ],
)
def test_a_question_without_an_answer_prints_by_itself(change: dict, words: str) -> None:
    said = text(log(replace(ASKED, **change)), orders())

    assert "1 of 1 questions" in said
    assert words in said
    assert ("past the day given" in said) == ("not kept" in words)


def test_a_question_put_after_the_report_is_not_in_it() -> None:
    assert "card 5" not in text(log(replace(ASKED, day=date(2024, 3, 6))), orders())


def test_a_duty_without_evidence_is_late_after_its_day() -> None:
    assert "open, late" in text(log(), orders())
    assert "open, late" not in text(log(), orders(), date(2024, 1, 19))


def test_a_duty_shows_its_evidence_or_why_it_cannot_be_seen() -> None:
    sound = text(log(), orders(evidence=("ABC0002",)))
    lost = text(log(), orders(evidence=("ABC0042",)))

    assert "evidenced" in sound
    assert "ABC0042 is in no sealed volume" in lost
    assert "open, late" in lost
