"""A row becomes a question under the next id, or a fault with its line and its cure."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from forthwith.domain.acts import Acts
from forthwith.domain.fact_tables import RowFault
from forthwith.domain.questions import Occasion, Question, QuestionState
from forthwith.plain import typed_tables
from forthwith.respond.registers import questions
from forthwith.respond.registers.questions import QuestionRegister
from tests.builders.ordered import SHELF

SOUND = {"occasion": "deposition", "day": "2023-08-02", "text": "Who held it?", "by": "Reyes",
         "of": "Adeyemi"}  # fmt: skip
ASKED = Question(
    "Q-0001", Occasion.DEPOSITION, date(2023, 8, 2), "Who held it?", "Reyes", "Adeyemi"
)
EMPTY = QuestionRegister(())


def read(
    *rows: dict[str, str], register: QuestionRegister = EMPTY
) -> tuple[tuple[Question, ...], tuple[RowFault, ...]]:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, questions.COLUMNS.names, restval="")
    writer.writeheader()
    writer.writerows(rows)
    found, faults = typed_tables.read("q.csv", out.getvalue().encode(), questions.COLUMNS)
    assert faults == ()
    return questions.read(found, register, SHELF)


def test_rows_become_questions_under_the_next_ids() -> None:
    undertaken = {**SOUND, "text": "Where?", "state": "Undertaken", "owner": "Lindqvist",
                  "due": "2023-08-15", "cites": "Tr. 12:1, 13:2; ABC0001"}  # fmt: skip
    made, faults = read(SOUND, undertaken)

    assert faults == ()
    assert made[0] == ASKED
    assert (made[1].key, made[1].state) == ("Q-0002", QuestionState.UNDERTAKEN)
    assert (made[1].due, made[1].cites) == (date(2023, 8, 15), ("Tr. 12:1, 13:2", "ABC0001"))
    assert all(questions.asked(each) for each in made)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"occasion": "lunch"}, "the occasion is 'lunch'. Write one of inspection, conference"),
        ({"occasion": ""}, "the occasion is not said"),
        ({"day": "2 August 2023"}, "'2 August 2023' is no day. Write it as 2023-07-03"),
        ({"day": "2023-02-30"}, "there is no day 2023-02-30"),
        ({"text": ""}, "the question is not said"),
        ({"state": "closed"}, "the state is 'closed'"),
        ({"state": "answered"}, "the answer is not said"),
        ({"answer": "Halden."}, "Make it answered"),
        ({"state": "refused", "because": "x", "due": "soon"}, "'soon' is no due day"),
        ({"state": "undertaken", "owner": "L", "due": "2023-08-01"}, "before it was asked"),
        ({"cites": "see ABC0011"}, "it cites 'ABC0011' was withdrawn"),
    ],
)
def test_a_row_that_cannot_be_taken_says_where_why_and_what_to_do(
    changes: dict[str, str], says: str
) -> None:
    _, (fault,) = read({**SOUND, **changes})

    assert str(fault).startswith("q.csv:2: ")
    assert says in str(fault)


def test_every_fault_of_every_row_is_told_at_once() -> None:
    bad = {**SOUND, "occasion": "lunch", "day": "soon", "state": "closed"}

    assert len(read(bad, SOUND, bad)[1]) == 6


def test_the_same_question_is_not_imported_twice() -> None:
    """Nor the same file: everything in it would be asked again."""
    held = QuestionRegister((questions.QuestionStatus(ASKED, (ASKED,)),))
    _, (again,) = read({**SOUND, "text": "who  held it?"}, register=held)
    _, (twice,) = read(SOUND, {**SOUND, "about": "shares"})

    assert "on that day: Q-0001. Take the row out" in str(again)
    assert "on that day: line 2" in str(twice)
    assert QuestionRegister.read(Acts()) == EMPTY
