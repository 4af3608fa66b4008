"""What orders require: each order pinned by digest, each duty quoted from its pinned text.

Values as the journal keeps them: `from_body` reads the body of an act, `body` writes it, and the
two are inverse. How an obligation stands is never kept: `respond.registers.obligations` computes it
from what is cited, what supersedes it and the day asked about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self

from forthwith.domain.act_bodies import Body
from forthwith.domain.requests import DueDay, Source

#: Kinds of acts in the journal.
ORDER, OBLIGATION = "order", "obligation"

#: How a quote was matched when it stands in the text letter for letter.
EXACT = "exact"


class ObligationState(StrEnum):
    """How an obligation stands; computed, never stored."""

    #: A later order's obligation has taken its place.
    SUPERSEDED = "superseded"
    #: Nothing that can be looked up shows that it was met.
    OPEN = "open"
    #: It cites pages that can be looked up.
    EVIDENCED = "evidenced"
    #: Evidenced, and somebody is named who attests to it.
    ATTESTED = "attested"


@dataclass(frozen=True, slots=True)
class Order:
    """One order, by the text its obligations are quoted from. Act "order", key: its name."""

    #: "Consent Order".
    name: str
    #: The file as served: its name and SHA-256.
    source: Source
    #: SHA-256 of the text taken out of it, in UTF-8.
    text_sha256: str
    entered: date
    #: Name of the order it amends; "" when none.
    amends: str = ""

    @classmethod
    def from_body(cls, key: str, body: Mapping[str, Any]) -> Self:
        """Read the body of an act. Raises BodyError."""
        left = Body(f"order {key!r}", body)
        order = cls(
            name=key,
            source=Source(left.text("file", None), left.text("sha256", None)),
            text_sha256=left.text("text_sha256", None),
            entered=left.known_day("entered"),
            amends=left.text("amends"),
        )
        left.end()
        return order

    def body(self) -> dict[str, Any]:
        """Return the body of an act."""
        return {
            "file": self.source.name,
            "sha256": self.source.sha256,
            "text_sha256": self.text_sha256,
            "entered": self.entered.isoformat(),
            "amends": self.amends,
        }


@dataclass(frozen=True, slots=True)
class Obligation:
    """One thing an order requires. Act "obligation", key "Consent Order/3"."""

    order: str
    #: As the order or its reader numbers it: "3", "II.A(2)".
    number: str
    #: The order's words.
    quote: str
    #: EXACT, or what had to be allowed for: "allowing for spacing and line breaks".
    matched: str
    #: First character in the order's text, and the first after it.
    start: int
    end: int
    #: The duty in plain words; "" where the quote speaks for itself.
    duty: str = ""
    #: None where the order sets no day.
    due: DueDay | None = None
    #: Pages that show it was met, each a citation: "ABC0001-ABC0004".
    evidence: tuple[str, ...] = ()
    #: Who attests that it was met.
    attestor: str = ""
    note: str = ""
    #: Keys of the obligations whose place it takes.
    supersedes: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Return what names it in the journal."""
        return f"{self.order}/{self.number}"

    @property
    def says(self) -> str:
        """Return the duty in one line: in plain words, or as quoted."""
        return " ".join((self.duty or f'"{self.quote}"').split())

    @classmethod
    def from_body(cls, key: str, body: Mapping[str, Any]) -> Self:
        """Read the body of an act. Raises BodyError."""
        left = Body(f"obligation {key!r}", body)
        due = left.table("due")
        obligation = cls(
            order=left.text("order", None),
            number=left.text("number", None),
            quote=left.text("quote", None),
            matched=left.text("matched", None),
            start=left.number("start"),
            end=left.number("end"),
            duty=left.text("duty"),
            due=None if due is None else DueDay.read(due),
            evidence=left.texts("evidence"),
            attestor=left.text("attestor"),
            note=left.text("note"),
            supersedes=left.texts("supersedes"),
        )
        left.end()
        return obligation

    def body(self) -> dict[str, Any]:
        """Return the body of an act."""
        return {
            "order": self.order,
            "number": self.number,
            "quote": self.quote,
            "matched": self.matched,
            "start": self.start,
            "end": self.end,
            "duty": self.duty,
            "due": self.due and self.due.body(),
            "evidence": list(self.evidence),
            "attestor": self.attestor,
            "note": self.note,
            "supersedes": list(self.supersedes),
        }
