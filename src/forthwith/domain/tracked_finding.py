"""A finding once it is put to a party: how it stands, what was answered, what the cure showed.

It goes from open to disputed or cured, from cured to verified, and is closed at last. Each step is
an act of the journal, so that both sides read one history.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Self

from forthwith.domain.act_bodies import Body
from forthwith.domain.errors import ForthwithError
from forthwith.domain.finding import Finding, Severity

#: Kind of the acts.
FINDING = "finding"


class State(StrEnum):
    """How a finding stands."""

    OPEN = "open"
    DISPUTED = "disputed"
    #: Said to be cured; nobody has seen it yet.
    CURED = "cured"
    #: The cure was found in the volume.
    VERIFIED = "verified"
    CLOSED = "closed"


#: Where each state may go. From "cured" to "cured" is a second attempt in another volume; what is
#: closed stays so, and what comes up again is a new finding.
ALLOWED: Mapping[State, frozenset[State]] = {
    State.OPEN: frozenset({State.DISPUTED, State.CURED, State.CLOSED}),
    State.DISPUTED: frozenset({State.OPEN, State.DISPUTED, State.CURED, State.CLOSED}),
    State.CURED: frozenset({State.OPEN, State.DISPUTED, State.CURED, State.VERIFIED, State.CLOSED}),
    State.VERIFIED: frozenset({State.OPEN, State.CLOSED}),
    State.CLOSED: frozenset(),
}


class StepNotAllowedError(ForthwithError):
    """A finding was to go where it cannot."""

    def __init__(self, id_: str, now: State, wanted: State) -> None:
        ways = " or ".join(sorted(ALLOWED[now])) or "nowhere: put it as a new finding"
        super().__init__(
            f"{id_} is {now} and cannot become {wanted}; from there it goes to {ways}."
        )


@dataclass(frozen=True, slots=True)
class CureResult:
    """What a look for a cure showed."""

    holds: bool
    why: str


@dataclass(frozen=True, slots=True)
class TrackedFinding:
    """One finding as it stands. Act "finding", key "F-0001"."""

    finding: Finding
    state: State = State.OPEN
    #: The producing side's answer: "cured", "not a deficiency", "withheld".
    says: str = ""
    #: Why it stands as it does: their reason, or what the look at the cure showed.
    because: str = ""
    cured_in: str = ""

    @classmethod
    def from_body(cls, key: str, body: Mapping[str, Any]) -> Self:
        """Read the body of an act. Raises BodyError."""
        left = Body(f"finding {key!r}", body)
        tracked = cls(
            Finding(
                left.text("code"),
                Severity(left.word("severity", Severity)),
                left.text("message"),
                left.text("clause"),
                left.text("cure"),
                bates=left.text("bates"),
                file=left.text("file"),
                request=left.text("request"),
                volume=left.text("volume"),
                about=left.texts("about"),
            ),
            State(left.word("state", State)),
            left.text("says"),
            left.text("because"),
            left.text("cured_in"),
        )
        left.end()
        return tracked

    def body(self) -> dict[str, Any]:
        """Return the body of an act; the row is left out, for the next load file has another."""
        return {
            "code": self.finding.code,
            "message": self.finding.message,
            "bates": self.finding.bates,
            "file": self.finding.file,
            "clause": self.finding.clause,
            "cure": self.finding.cure,
            "request": self.finding.request,
            "volume": self.finding.volume,
            "says": self.says,
            "because": self.because,
            "cured_in": self.cured_in,
            "severity": str(self.finding.severity),
            "about": list(self.finding.about),
            "state": str(self.state),
        }

    def moved(
        self, key: str, state: State, *, says: str = "", because: str = "", cured_in: str = ""
    ) -> Self:
        """Return the finding in another state; what is not said again stays.

        Raises StepNotAllowedError, which names the finding by its `key`.
        """
        if state not in ALLOWED[self.state]:
            raise StepNotAllowedError(key, self.state, state)
        return replace(
            self,
            state=state,
            says=says or self.says,
            because=because,
            cured_in=cured_in or self.cured_in,
        )
