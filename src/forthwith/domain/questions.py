"""Questions asked in person or by letter: answered, refused, or undertaken by somebody for a day.

Values as the journal keeps them: `from_body` reads the body of an act, `body` writes it, and the
two are inverse. `ALLOWED` says which steps a question may take; taking them is
`respond.registers.questions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self

from forthwith.domain.act_bodies import Body

#: Kind of act in the journal.
QUESTION = "question"


class Occasion(StrEnum):
    """Where a question was put."""

    INSPECTION = "inspection"
    #: A meet-and-confer, or a conference with the court.
    CONFERENCE = "conference"
    DEPOSITION = "deposition"
    LETTER = "letter"


class QuestionState(StrEnum):
    """How a question stands."""

    OPEN = "open"
    ANSWERED = "answered"
    #: Not answered, and why: "instructed not to answer: privilege".
    REFUSED = "refused"
    #: Somebody is to answer by a day; until then it is open business.
    UNDERTAKEN = "undertaken"


_OPEN, _ANSWERED, _REFUSED, _UNDERTAKEN = QuestionState
#: Where each state may go. From "undertaken" to itself is another owner or day; from "answered"
#: to itself, an amended answer: what was answered is never unanswered again.
ALLOWED: Mapping[QuestionState, tuple[QuestionState, ...]] = {
    _OPEN: (_ANSWERED, _REFUSED, _UNDERTAKEN),
    _UNDERTAKEN: (_ANSWERED, _REFUSED, _UNDERTAKEN),
    _REFUSED: (_ANSWERED, _UNDERTAKEN),
    _ANSWERED: (_ANSWERED,),
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question as it stands. Act "question", key "Q-0001"."""

    key: str
    occasion: Occasion
    #: When it was put.
    day: date
    text: str
    asked_by: str
    asked_of: str
    #: Its topic, in any words.
    about: str = ""
    state: QuestionState = QuestionState.OPEN
    answer: str = ""
    #: Why it is refused.
    because: str = ""
    #: Who undertakes to answer it, and by when.
    owner: str = ""
    due: date | None = None
    #: What the answer rests on: pages of ours, a transcript, an exhibit.
    cites: tuple[str, ...] = ()

    def overdue(self, day: date) -> bool:
        """Whether an undertaking to answer it has run out before a day."""
        undertaken = self.state is QuestionState.UNDERTAKEN
        return undertaken and self.due is not None and day > self.due

    @property
    def outstanding(self) -> bool:
        """Whether it still wants an answer."""
        return self.state is not QuestionState.ANSWERED

    @classmethod
    def from_body(cls, key: str, body: Mapping[str, Any]) -> Self:
        """Read the body of an act. Raises BodyError."""
        left = Body(f"question {key!r}", body)
        question = cls(
            key=key,
            occasion=Occasion(left.word("occasion", Occasion)),
            day=left.known_day("day"),
            text=left.text("text", None),
            asked_by=left.text("by", None),
            asked_of=left.text("of", None),
            about=left.text("about"),
            state=QuestionState(left.word("state", QuestionState)),
            answer=left.text("answer"),
            because=left.text("because"),
            owner=left.text("owner"),
            due=left.day("due"),
            cites=left.texts("cites"),
        )
        left.end()
        return question

    def body(self) -> dict[str, Any]:
        """Return the body of an act."""
        return {
            "occasion": str(self.occasion),
            "day": self.day.isoformat(),
            "text": self.text,
            "by": self.asked_by,
            "of": self.asked_of,
            "about": self.about,
            "state": str(self.state),
            "answer": self.answer,
            "because": self.because,
            "owner": self.owner,
            "due": self.due.isoformat() if self.due else "",
            "cites": list(self.cites),
        }
