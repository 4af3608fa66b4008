"""Could a group move what lies in a scope, and what would prove that it could not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from forthwith.custody.answers.answers import Answer, Question
from forthwith.custody.answers.ask import LISTED, ask
from forthwith.custody.facts.facts import ProofLevel
from forthwith.custody.questions.groups import parse
from forthwith.custody.questions.scope import Scope
from forthwith.workflows.custody.facts import facts_of, period_of


@dataclass(frozen=True, slots=True)
class AskOptions:
    """A question as it is typed."""

    #: "employer=E, payer=E, people=A,B" joined by and, or, not.
    who: str
    #: "wallet=cold; class=customer"; "" asks about everything.
    scope: str = ""
    #: First day, and first day that is not asked about; None is the facts' own first or last.
    start: date | None = None
    end: date | None = None
    #: The worst evidence that is accepted.
    standing: ProofLevel = ProofLevel.SWORN
    accept_disputed: bool = False
    #: Whoever had a thing that can be copied may have kept a copy.
    copies_persist: bool = False
    #: Sets of missing facts to list.
    limit: int = LISTED
    #: Seconds of the processor they may take; None is the usual.
    seconds: float | None = None


def answer_of(home: Path, folder: Path | None, options: AskOptions) -> Answer:
    """Answer from the facts of a bare folder, or from the matter's.

    Raises what reading a question and `facts_of` raise, EmptyPeriodError and UnknownNameError.
    """
    # A question that cannot be read is refused before any table is.
    who, scope = parse(options.who), Scope.parse(options.scope)
    facts = facts_of(home, folder)
    days = period_of(facts, options.start, options.end)
    question = Question(
        who,
        scope,
        days,
        options.standing,
        options.accept_disputed,
        options.copies_persist,
        kept_beside=True,
        seconds=options.seconds,
    )
    return ask(facts, question, gaps_listed=options.limit)
