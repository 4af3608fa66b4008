"""The register of findings: what was put to a party, how it stands, and how it came to stand so.

A finding goes from open to disputed or cured, from cured to verified, and is closed at last. Each
step is an act of the ledger, so that both sides read one history. The register lives in the
journal of a matter, or, for a receiver without one, as JSON beside the letter: the same acts.
Looking at a volume is `check`; whether a cure holds is `cures`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, Self

from forthwith.domain.act_bodies import Body
from forthwith.domain.acts import Act, Acts
from forthwith.domain.errors import ForthwithError
from forthwith.domain.finding import Finding, Severity

FINDING = "finding"
#: Codes of what is about somebody, or about an entry: the first of `TrackedFinding.about` names it.
_NAMED = ("RQ04", "RQ05", "RQ07", "PL")


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


class UnknownFindingError(ForthwithError):
    """No finding has this id."""

    def __init__(self, id_: str, known: Iterable[str]) -> None:
        names = ", ".join(list(known)[:10]) or "none"
        super().__init__(f"There is no finding {id_!r} in the register. It has: {names}.")


class StepNotAllowedError(ForthwithError):
    """A finding was to go where it cannot."""

    def __init__(self, id_: str, now: State, wanted: State) -> None:
        ways = " or ".join(sorted(ALLOWED[now])) or "nowhere: put it as a new finding"
        super().__init__(
            f"{id_} is {now} and cannot become {wanted}; from there it goes to {ways}."
        )


@dataclass(frozen=True, slots=True)
class TrackedFinding:
    """One finding as it stands. Act "finding", key "F-0001"."""

    code: str
    message: str
    #: The Bates number it is about; "" when it is about no document.
    bates: str = ""
    file: str = ""
    clause: str = ""
    #: What is asked for.
    cure: str = ""
    severity: Severity = Severity.MAJOR
    #: Key of the request it falls under; "" when none.
    request: str = ""
    volume: str = ""
    #: What a cure is looked for by, where a number is not enough: names, months, a custodian.
    about: tuple[str, ...] = ()
    state: State = State.OPEN
    #: The producing side's answer: "cured", "not a deficiency", "withheld".
    says: str = ""
    #: Why it stands as it does: their reason, or what the look at the cure showed.
    because: str = ""
    cured_in: str = ""

    @classmethod
    def of(cls, finding: Finding, volume: str) -> Self:
        """Return what a check found as an open item."""
        return cls(
            finding.code, finding.message, finding.bates, finding.file, finding.clause,
            finding.cure, finding.severity, volume=volume,
        )  # fmt: skip

    @classmethod
    def from_body(cls, key: str, body: Mapping[str, Any]) -> Self:
        """Read the body of an act. Raises BodyError."""
        left = Body(f"finding {key!r}", body)
        made = cls(
            severity=Severity(left.word("severity", Severity)),
            state=State(left.word("state", State)),
            about=left.texts("about"),
            **{name: left.text(name) for name in _TEXTS},
        )
        left.end()
        return made

    def body(self) -> dict[str, Any]:
        """Return the body of an act."""
        return {
            **{name: getattr(self, name) for name in _TEXTS},
            "severity": str(self.severity),
            "about": list(self.about),
            "state": str(self.state),
        }

    @property
    def where(self) -> str:
        """Return what a reader looks it up by; "" for what is about the production as a whole."""
        # A person, or an entry of a privilege log, is looked up by name.
        named = self.about[0] if self.about and self.code.startswith(_NAMED) else ""
        return self.bates or self.request or self.file or self.volume or named

    @property
    def same(self) -> tuple[str, ...]:
        """Return what makes two looks at one fault the same finding."""
        return (self.code, self.volume, self.bates, self.file, self.message, self.request)


_TEXTS = tuple(
    each.name for each in fields(TrackedFinding) if each.name not in {"severity", "state", "about"}
)


class FindingRegister:
    """All findings of a ledger, as they stand."""

    def __init__(self, ledger: Acts) -> None:
        self.ledger = ledger
        self.items = {
            key: TrackedFinding.from_body(key, act.body) for key, act in ledger.of(FINDING).items()
        }

    def added(self, found: Iterable[TrackedFinding]) -> list[Act]:
        """Return acts that enter findings not yet here under the next ids; none is used again."""
        known = {each.same for each in self.items.values()}
        last = max((int(key.removeprefix("F-")) for key in self.items), default=0)
        acts: list[Act] = []
        for item in found:
            if item.same not in known:
                known.add(item.same)
                acts.append(Act(FINDING, f"F-{last + len(acts) + 1:04d}", item.body()))
        return acts

    def moved(
        self, id_: str, state: State, *, says: str = "", because: str = "", cured_in: str = ""
    ) -> Act:
        """Return the act that takes a finding to `state`.

        Raises UnknownFindingError and StepNotAllowedError.
        """
        item = self.items.get(id_)
        if item is None:
            raise UnknownFindingError(id_, self.items)
        if state not in ALLOWED[item.state]:
            raise StepNotAllowedError(id_, item.state, state)
        new = replace(
            item, state=state, says=says or item.says, because=because,
            cured_in=cured_in or item.cured_in,
        )  # fmt: skip
        return Act(FINDING, id_, new.body())

    def after(self, acts: Iterable[Act], *, at: str = "", who: str = "") -> FindingRegister:
        """Return the register with acts put behind those it has, for a ledger kept in a file."""
        held = list(self.ledger)
        last = max((act.seq for act in held), default=0)
        new = [
            replace(act, seq=last + place, at=act.at or at, who=act.who or who)
            for place, act in enumerate(acts, 1)
        ]
        return FindingRegister(Acts([*held, *new]))

    def counts(self) -> dict[str, int]:
        """Count findings by state."""
        return {
            str(state): sum(each.state is state for each in self.items.values()) for state in State
        }
