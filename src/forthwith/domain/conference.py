"""What the parties say to each other and to the court: topics with positions, letters, conferences.

Values as the journal keeps them: `from_body` reads the body of an act, `body` writes it, and the
two are inverse. Printing them side by side is `respond.papers.status`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, Self

from forthwith.domain.act_bodies import Body

#: Kinds of acts in the journal.
TOPIC, LETTER, CONFERENCE = "topic", "letter", "conference"


class Side(StrEnum):
    """Who asks for documents, and who produces them: the words of `[[parties]]` in matter.toml."""

    RECEIVING = "receiving"
    PRODUCING = "producing"


@dataclass(frozen=True, slots=True)
class Position:
    """What one side says on a topic; the pages it rests on stand in the text."""

    side: Side
    text: str = ""
    #: What it asks of the court, where the parties are at an impasse.
    relief: str = ""

    @classmethod
    def read(cls, body: Body) -> Self:
        """Read one position."""
        position = cls(Side(body.word("side", Side)), body.text("text"), body.text("relief"))
        body.end()
        return position

    def body(self) -> dict[str, Any]:
        """Return plain data."""
        return {"side": str(self.side), "text": self.text, "relief": self.relief}


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing the parties report on. Act "topic", key: its heading."""

    heading: str
    #: What both sides say together.
    joint: str = ""
    #: Sets of requests, or single ones as "First RFPs/12", that fall under it.
    requests: tuple[str, ...] = ()
    positions: tuple[Position, ...] = ()
    #: Whether the parties have conferred and cannot agree.
    impasse: bool = False
    #: When it is expected to be done: a day or words.
    expected: str = ""

    @classmethod
    def from_body(cls, key: str, body: Mapping[str, Any]) -> Self:
        """Read the body of an act. Raises BodyError."""
        left = Body(f"topic {key!r}", body)
        topic = cls(
            heading=key,
            joint=left.text("joint"),
            requests=left.texts("requests"),
            positions=tuple(Position.read(table) for table in left.tables("positions")),
            impasse=bool(left.flag("impasse")),
            expected=left.text("expected"),
        )
        left.end()
        return topic

    def body(self) -> dict[str, Any]:
        """Return the body of an act."""
        return {
            "joint": self.joint,
            "requests": list(self.requests),
            "positions": [position.body() for position in self.positions],
            "impasse": self.impasse,
            "expected": self.expected,
        }

    def position(self, side: Side) -> Position:
        """Return what a side says; an empty one where it has said nothing."""
        return next(
            (position for position in self.positions if position.side is side), Position(side)
        )

    def saying(self, side: Side, *, text: str = "", relief: str = "") -> Topic:
        """Return the topic with a side's words in place of what it said before."""
        before = self.position(side)
        new = Position(side, text or before.text, relief or before.relief)
        others = [position for position in self.positions if position.side is not side]
        # The receiving side speaks first.
        ordered = sorted([*others, new], key=lambda position: list(Side).index(position.side))
        return replace(self, positions=tuple(ordered))


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter or mail between counsel. Act "letter", key "L-0001"."""

    day: date
    sender: str
    to: str
    about: str
    #: Heading of the topic it goes to; "" for none.
    topic: str = ""

    @classmethod
    def from_body(cls, key: str, body: Mapping[str, Any]) -> Self:
        """Read the body of an act. Raises BodyError."""
        left = Body(f"letter {key!r}", body)
        letter = cls(
            left.known_day("day"),
            left.text("from", None),
            left.text("to", None),
            left.text("about", None),
            left.text("topic"),
        )
        left.end()
        return letter

    def body(self) -> dict[str, Any]:
        """Return the body of an act."""
        return {
            "day": self.day.isoformat(),
            "from": self.sender,
            "to": self.to,
            "about": self.about,
            "topic": self.topic,
        }


@dataclass(frozen=True, slots=True)
class Conference:
    """A meeting of counsel, Fed. R. Civ. P. 37(a)(1), LCvR 7(m). Act "conference", key "C-0001"."""

    day: date
    #: "by telephone", "in person".
    how: str
    #: Who took part.
    people: tuple[str, ...]
    outcome: str
    topic: str = ""

    @classmethod
    def from_body(cls, key: str, body: Mapping[str, Any]) -> Self:
        """Read the body of an act. Raises BodyError."""
        left = Body(f"conference {key!r}", body)
        conference = cls(
            left.known_day("day"),
            left.text("how", None),
            left.texts("people"),
            left.text("outcome", None),
            left.text("topic"),
        )
        left.end()
        return conference

    def body(self) -> dict[str, Any]:
        """Return the body of an act."""
        return {
            "day": self.day.isoformat(),
            "how": self.how,
            "people": list(self.people),
            "outcome": self.outcome,
            "topic": self.topic,
        }
