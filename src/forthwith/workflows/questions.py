"""Questions put in person or by letter: logged, answered, refused or undertaken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from forthwith.domain.questions import Occasion, Question
from forthwith.plain import typed_tables
from forthwith.plain.typed_tables import TableRefusedError
from forthwith.respond.registers import questions
from forthwith.workflows.case_file import CaseFile


@dataclass(frozen=True, slots=True)
class QuestionOptions:
    """A question as it was put."""

    text: str
    occasion: Occasion
    day: date
    #: Who asks, and who is asked.
    by: str
    of: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class StepOptions:
    """What became of a question: one of the first three is given."""

    answered: str | None = None
    #: Why it is not answered.
    refused: str | None = None
    #: Who is to answer, by `due`.
    undertaken: str | None = None
    due: date | None = None
    #: Pages that it rests on.
    cites: tuple[str, ...] = ()


def ask(case: CaseFile, options: QuestionOptions) -> Question:
    """Log a question under the next id. Raises UnsoundQuestionError."""
    (key,) = case.questions.keys(1)
    text, by, of, about = map(str.strip, (options.text, options.by, options.of, options.about))
    question = Question(key, options.occasion, options.day, text, by, of, about)
    case.write([questions.asked(question)])
    return question


def step(case: CaseFile, key: str, options: StepOptions) -> Question:
    """Log what became of a question.

    Raises UnknownQuestionError, NotCitableError, StepNotAllowedError, UnsoundQuestionError.
    """
    before = case.questions.find(key).question
    cites = [cite for text in options.cites for cite in case.citable.mentioned(text)]
    if options.answered is not None:
        after = questions.answered(before, options.answered, cites)
    elif options.refused is not None:
        after = questions.refused(before, options.refused, cites)
    else:
        after = questions.undertaken(before, options.undertaken or "", options.due, cites)
    case.write([questions.moved(before, after)])
    return after


def import_questions(case: CaseFile, file: Path) -> list[Question]:
    """Log the questions of a CSV; every row is taken or none. Raises TableRefusedError."""
    rows, faults = typed_tables.read(file.name, file.read_bytes(), questions.COLUMNS)
    taken, more = questions.read(rows, case.questions, case.citable)
    if faults or more:
        raise TableRefusedError(file.name, (*faults, *more))
    case.write([questions.asked(question) for question in taken])
    return list(taken)
