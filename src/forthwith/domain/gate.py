"""The gate before a production: its rules, and the looks somebody took at pages going out.

A rule is red, green or waiting, with a sentence, its cure and the documents behind it. Some rules
may be accepted as they are with a reason, which the letter then states; the others are cured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from forthwith.domain.errors import ForthwithError

#: Pages of a production that somebody looks at, or all where there are fewer.
SAMPLE = 50


class RuleName(StrEnum):
    """What is asked before a production."""

    FAMILIES = "families"
    CONFLICTS = "conflicts"
    PRIVILEGE = "privilege"
    TWINS = "twins"
    PLACEHOLDERS = "placeholders"
    REDACTIONS = "redactions"
    ELSEWHERE = "elsewhere"
    CODED = "coded"
    SAMPLE = "sample"
    CHECK = "check"

    @property
    def words(self) -> str:
        """As a person reads it."""
        return _TITLES[self]

    @property
    def may_accept(self) -> bool:
        """True where counsel may let it stand with a reason."""
        return self in _MAY_ACCEPT


_TITLES = {
    RuleName.FAMILIES: "Families are whole",
    RuleName.CONFLICTS: "Codings agree",
    RuleName.PRIVILEGE: "Strong proposals of privilege are decided",
    RuleName.TWINS: "Nothing goes out that is like something withheld",
    RuleName.PLACEHOLDERS: "Each document withheld has its placeholder",
    RuleName.REDACTIONS: "Redactions are decided and lie where they were drawn",
    RuleName.ELSEWHERE: "What is redacted goes out nowhere else",
    RuleName.CODED: "What goes out is coded, its batches are done",
    RuleName.SAMPLE: "Somebody looked at a sample of pages",
    RuleName.CHECK: "The check of the volume is clean",
}
_MAY_ACCEPT = frozenset({RuleName.FAMILIES, RuleName.ELSEWHERE, RuleName.CODED, RuleName.SAMPLE})


class Light(StrEnum):
    """Where a rule stands."""

    GREEN = "green"
    RED = "red"
    #: Somebody has to do something first, or it shows only once the volume is made.
    WAITING = "waiting"
    #: There is nothing here it could be asked of.
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, as it stands for one production."""

    name: RuleName
    light: Light
    sentence: str
    cure: str = ""
    #: Control numbers behind it, in order.
    documents: tuple[str, ...] = ()
    #: Why counsel accepts it as it is; "" where nobody does.
    accepted: str = ""
    #: Of what is redacted and stands elsewhere: where it stands, and the redacted document.
    pairs: tuple[tuple[str, str], ...] = ()

    @property
    def stops(self) -> bool:
        """True where the production may not go on."""
        if self.accepted or self.name is RuleName.CHECK:
            return False
        return self.light in (Light.RED, Light.WAITING)


@dataclass(frozen=True, slots=True)
class SampledPage:
    """One page to be looked at, and the look that counts for it."""

    control: str
    #: From 1.
    page: int
    #: Something of it is redacted.
    redacted: bool
    #: The last look at the page as it is today; None where nobody looked.
    look: Look | None = None


class Verdict(StrEnum):
    """What somebody says of a page."""

    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Look:
    """That somebody looked at a page as it goes out, and what they say of it."""

    #: Number of its row, in the order kept; 0 before it is kept.
    id: int
    #: Digest of what was going out: documents, redactions, standard.
    draft: str
    control: str
    #: From 1.
    page: int
    #: Digest of the page as it was seen, boxes and all.
    seen: str
    verdict: Verdict
    note: str = ""
    #: Login, and ISO instant (UTC); filled in when it is kept.
    who: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """Every rule, as it stands for one production."""

    volume: str
    #: Digest of what is going out: documents, redactions, standard.
    draft: str
    #: How many documents go out, those withheld too.
    documents: int
    rules: tuple[Rule, ...]
    sample: tuple[SampledPage, ...] = ()

    @property
    def stopping(self) -> tuple[Rule, ...]:
        """The rules that stop the production."""
        return tuple(rule for rule in self.rules if rule.stops)

    def rule(self, name: RuleName) -> Rule:
        """Return one rule."""
        return next(rule for rule in self.rules if rule.name is name)


class GateClosedError(ForthwithError):
    """Rules stop a production."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        lines = "\n".join(f"  {rule.sentence} {rule.cure}".rstrip() for rule in gate.stopping)
        many = len(gate.stopping)
        super().__init__(
            f"{gate.volume} is not made: {many} {'rule stops' if many == 1 else 'rules stop'} "
            f"it.\n{lines}"
        )


class NotToBeAcceptedError(ForthwithError):
    """A rule was to be accepted that is not, or that has nothing to accept."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name!r} is not accepted: {why}.")


def named(controls: Sequence[str], shown: int = 3) -> str:
    """Return the first few control numbers, and how many more there are."""
    more = f" and {len(controls) - shown:,} more" if len(controls) > shown else ""
    return ", ".join(controls[:shown]) + more
