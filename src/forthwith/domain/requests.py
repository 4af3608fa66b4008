"""What was asked, what was answered, and when the answer is due.

Values as the journal keeps them: `from_body` reads the body of an act, `body` writes it, and the
two are inverse. Computing a due day is `domain.deadlines`; reading served papers is
`formats.served.requests`; whether a response may be served is `respond.registers.requests`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, Self

from forthwith.domain.act_bodies import Body

#: Kinds of acts in the journal.
SET, REQUEST, RESPONSE = "request set", "request", "response"
#: What the file of responses calls itself that is served beside their paper.
RESPONSES_FORM = "forthwith responses 1"


class RequestKind(StrEnum):
    """What a set asks for; its rule and its headings follow from it."""

    RFP = "rfp"
    INTERROGATORY = "interrogatory"
    RFA = "rfa"
    TOPIC = "topic"
    ORDER = "order"
    LETTER = "letter"

    def heading(self, number: str) -> str:
        """Return how a paper names a request: "Request for Production No. 12"."""
        return f"{_HEADINGS[self]} {number}"


_HEADINGS = {
    RequestKind.RFP: "Request for Production No.",
    RequestKind.INTERROGATORY: "Interrogatory No.",
    RequestKind.RFA: "Request for Admission No.",
    RequestKind.TOPIC: "Topic No.",
    RequestKind.ORDER: "Paragraph",
    RequestKind.LETTER: "Item",
}


class Service(StrEnum):
    """How a paper was served; only mail adds days (FRCP 6(d))."""

    MAIL = "mail"
    EMAIL = "email"
    ECF = "ecf"
    HAND = "hand"


class ResponseState(StrEnum):
    """How a request stands; computed from acts, never stored."""

    UNANSWERED = "unanswered"
    OBJECTED = "objected only"
    PART = "in part"
    ANSWERED = "answered"
    AMENDED = "amended"


@dataclass(frozen=True, slots=True)
class DueDay:
    """The last day for an answer, and how it was reached."""

    #: The earliest of the days in question: who keeps it is in time however they are decided.
    day: date
    #: The clause that sets it: "Fed. R. Civ. P. 34(b)(2)(A), 6(a)".
    rule: str
    #: Every step of the count, in words.
    steps: tuple[str, ...] = ()
    #: All days it may be, `day` first, where a person must decide; empty where it is certain.
    ambiguous: tuple[date, ...] = ()
    #: Why it is not certain.
    because: str = ""

    def left(self, today: date) -> int:
        """Count days from a day to the due day; below zero when it has passed."""
        return (self.day - today).days

    @classmethod
    def read(cls, body: Body) -> Self:
        """Read the due day of a set."""
        due = cls(
            day=body.known_day("day"),
            rule=body.text("rule"),
            steps=body.texts("steps"),
            ambiguous=body.days("ambiguous"),
            because=body.text("because"),
        )
        body.end()
        return due

    def body(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "day": self.day.isoformat(),
            "rule": self.rule,
            "steps": list(self.steps),
            "ambiguous": [day.isoformat() for day in self.ambiguous],
            "because": self.because,
        }


@dataclass(frozen=True, slots=True)
class Unparsed:
    """A passage of a served paper that became no request, or something odd in its numbers."""

    #: "page 2, line 14", "paragraph 31", "row 7".
    where: str
    why: str
    text: str = ""

    @classmethod
    def read(cls, body: Body) -> Self:
        """Read one passage."""
        unparsed = cls(body.text("where"), body.text("why"), body.text("text"))
        body.end()
        return unparsed

    def body(self) -> dict[str, Any]:
        """Return plain data."""
        return {"where": self.where, "why": self.why, "text": self.text}


@dataclass(frozen=True, slots=True)
class Source:
    """The paper as served: its file name and SHA-256."""

    name: str
    sha256: str

    @classmethod
    def read(cls, body: Body) -> Self:
        """Read the source of a set."""
        source = cls(body.text("name", None), body.text("sha256", None))
        body.end()
        return source


@dataclass(frozen=True, slots=True)
class RequestSet:
    """One served paper of requests. Act "request set", key: its name."""

    #: "First RFPs".
    name: str
    kind: RequestKind
    served: date
    by: Service
    asked_by: str = ""
    asked_of: str = ""
    source: Source | None = None
    unparsed: tuple[Unparsed, ...] = ()
    #: None where no rule sets a day: a letter, a topic.
    due: DueDay | None = None

    @classmethod
    def from_body(cls, key: str, body: Mapping[str, Any]) -> Self:
        """Read the body of an act. Raises BodyError."""
        left = Body(f"request set {key!r}", body)
        source, due = left.table("source"), left.table("due")
        request_set = cls(
            name=key,
            kind=RequestKind(left.word("kind", RequestKind)),
            served=left.known_day("served"),
            by=Service(left.word("by", Service)),
            asked_by=left.text("from"),
            asked_of=left.text("to"),
            source=None if source is None else Source.read(source),
            unparsed=tuple(Unparsed.read(table) for table in left.tables("unparsed")),
            due=None if due is None else DueDay.read(due),
        )
        left.end()
        return request_set

    def body(self) -> dict[str, Any]:
        """Return the body of an act."""
        source = self.source and {"name": self.source.name, "sha256": self.source.sha256}
        return {
            "kind": str(self.kind),
            "served": self.served.isoformat(),
            "by": str(self.by),
            "from": self.asked_by,
            "to": self.asked_of,
            "source": source,
            "unparsed": [passage.body() for passage in self.unparsed],
            "due": self.due and self.due.body(),
        }


@dataclass(frozen=True, slots=True)
class Request:
    """One thing asked. Act "request", key "First RFPs/12"."""

    set: str
    #: As served: "12", "4A"; "12 (2)" for a number used a second time.
    number: str
    text: str

    @property
    def key(self) -> str:
        """Return what names it in the journal."""
        return f"{self.set}/{self.number}"

    @classmethod
    def from_body(cls, key: str, body: Mapping[str, Any]) -> Self:
        """Read the body of an act. Raises BodyError."""
        left = Body(f"request {key!r}", body)
        request = cls(left.text("set", None), left.text("number", None), left.text("text", None))
        left.end()
        return request

    def body(self) -> dict[str, Any]:
        """Return the body of an act."""
        return {"set": self.set, "number": self.number, "text": self.text}


@dataclass(frozen=True, slots=True)
class Objection:
    """One objection, with what Rule 34(b)(2)(C) wants said of it."""

    ground: str
    #: Which part of the request it goes to; "" is all of it.
    scope: str = ""
    #: Whether responsive materials are withheld on it; None where nobody has said: a draft.
    withheld: bool | None = None
    #: What is withheld, in words.
    what: str = ""

    @classmethod
    def read(cls, body: Body) -> Self:
        """Read one objection."""
        objection = cls(
            body.text("ground", None), body.text("scope"), body.flag("withheld"), body.text("what")
        )
        body.end()
        return objection

    def body(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "ground": self.ground,
            "scope": self.scope,
            "withheld": self.withheld,
            "what": self.what,
        }


@dataclass(frozen=True, slots=True)
class BatesRange:
    """Pages of a sealed volume that answer a request."""

    first: str
    last: str
    volume: str


@dataclass(frozen=True, slots=True)
class Response:
    """An answer to one request. Act "response", key: the request's."""

    #: The request's key: "First RFPs/12".
    request: str
    #: The answer in words; the words of objections stand in them.
    text: str = ""
    #: The query whose documents answer.
    produce: str = ""
    objections: tuple[Objection, ...] = ()
    ranges: tuple[BatesRange, ...] = ()
    custodians: tuple[str, ...] = ()
    #: Said to be true: a reasonable search found none.
    no_documents: bool = False
    #: Who answers an interrogatory under oath (Rule 33(b)(3)).
    verifier: str = ""
    #: The ranges are the answer, under Rule 33(d).
    rule33d: bool = False
    #: The paper it was served in: "responses/1"; "" for a draft.
    served: str = ""
    note: str = ""

    @classmethod
    def from_body(cls, key: str, body: Mapping[str, Any]) -> Self:
        """Read the body of an act. Raises BodyError."""
        left = Body(f"response {key!r}", body)
        response = cls(
            request=key,
            text=left.text("text"),
            produce=left.text("produce"),
            objections=tuple(Objection.read(table) for table in left.tables("objections")),
            ranges=tuple(BatesRange(*row) for row in left.rows("ranges", 3)),
            custodians=left.texts("custodians"),
            no_documents=bool(left.flag("no_documents")),
            verifier=left.text("verifier"),
            rule33d=bool(left.flag("rule33d")),
            served=left.text("served"),
            note=left.text("note"),
        )
        left.end()
        return response

    def body(self) -> dict[str, Any]:
        """Return the body of an act."""
        return {
            "text": self.text,
            "produce": self.produce,
            "objections": [objection.body() for objection in self.objections],
            "ranges": [[pages.first, pages.last, pages.volume] for pages in self.ranges],
            "custodians": list(self.custodians),
            "no_documents": self.no_documents,
            "verifier": self.verifier,
            "rule33d": self.rule33d,
            "served": self.served,
            "note": self.note,
        }

    @property
    def answers(self) -> bool:
        """Whether it gives or promises anything beyond objections."""
        return bool(self.text or self.produce or self.ranges or self.no_documents)

    @property
    def extent(self) -> ResponseState:
        """Return how far it answers, whatever came before it."""
        if not self.answers:
            return ResponseState.OBJECTED if self.objections else ResponseState.UNANSWERED
        promised = self.produce and not self.ranges and not self.no_documents
        held_back = any(objection.withheld is not False for objection in self.objections)
        return ResponseState.PART if promised or held_back else ResponseState.ANSWERED


def state_of(history: Sequence[Response]) -> ResponseState:
    """Return how a request stands after all responses to it, oldest first.

    "Amended" is a response that differs from one already served; its own extent is `extent`.
    """
    if not history:
        return ResponseState.UNANSWERED
    last = replace(history[-1], served="")
    if any(response.served and replace(response, served="") != last for response in history[:-1]):
        return ResponseState.AMENDED
    return history[-1].extent
