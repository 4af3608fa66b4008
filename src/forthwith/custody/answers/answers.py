"""Questions and answers of custody, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from forthwith.custody.facts.facts import ProofLevel
from forthwith.custody.questions.groups import Who
from forthwith.custody.questions.scope import Scope
from forthwith.domain.period import Period


class Verdict(StrEnum):
    """The three answers; none of them is a guess."""

    SHOWN = "shown"
    NOT_SHOWN = "not shown"
    EXCLUDED = "excluded"

    @property
    def weight(self) -> int:
        """Return how bad it is for the custodian: the worst interval decides."""
        return {Verdict.SHOWN: 2, Verdict.NOT_SHOWN: 1, Verdict.EXCLUDED: 0}[self]


@dataclass(frozen=True, slots=True)
class Question:
    """Could `who` move what lies in `scope`, at any instant of `period`, on these standards?"""

    who: Who
    scope: Scope
    #: None: all days the facts speak of.
    period: Period | None = None
    #: The worst standing accepted.
    standing: ProofLevel = ProofLevel.SWORN
    #: Whether disputed facts are accepted like others; if not, they are open.
    accept_disputed: bool = False
    #: Whether whoever had a thing that can be copied may have kept a copy of it.
    copies_persist: bool = False
    #: Whether that is asked as well, and told where it makes another answer.
    kept_beside: bool = False
    #: Seconds of the processor that the gaps may take; None is the usual.
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    """A run of days with one answer and the same open paths."""

    period: Period
    verdict: Verdict
    #: Kinds of path that are met (shown) or cannot be ruled out (not shown): "signing"; "unlisted".
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CitedFact:
    """One fact an answer rests on."""

    #: Person id, or "" for a fact about means or policies alone.
    person: str
    means: str
    #: Where the row stands: "possessions.csv:4".
    fact: str
    cites: tuple[str, ...]
    #: The fact as a sentence without its full stop.
    says: str
    #: It is a condition, or a row that is not relied on.
    doubtful: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class RestingOn:
    """What *excluded* rests on: rows that keep the group from more, and how good they are."""

    rows: tuple[CitedFact, ...]
    #: How many there are; `rows` may be the first of them.
    count: int
    #: The weakest standing among them; None where there is none.
    weakest: ProofLevel | None = None
    #: The best of the stricter standards on which it is excluded no longer; None: on all it is.
    falls_at: ProofLevel | None = None


@dataclass(frozen=True, slots=True)
class MissingFact:
    """One fact that is missing; with the others of its set it would turn the answer to excluded."""

    #: What row would settle it: "completeness of s3, 2023-03-01 to 2023-03-14".
    fact: str
    #: Why it is open, with the row it hangs on where there is one.
    why: str
    #: A sentence one could put into a request.
    ask: str
    #: Cost of getting it, 1 (an export somebody has already) to 3; gaps come cheapest first.
    cost: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What the facts say to a question, with everything needed to disagree with it."""

    verdict: Verdict
    intervals: tuple[Interval, ...]
    #: For *shown*: one sufficient set of means in the first shown interval, fact by fact.
    witness: tuple[CitedFact, ...]
    #: Minimal sets of missing facts, cheapest first; each alone would make every day that is now
    #: "not shown" *excluded*.
    gaps: tuple[tuple[MissingFact, ...], ...]
    #: False when more gap sets exist than are listed.
    gaps_complete: bool
    assumed: tuple[str, ...]
    standing: ProofLevel
    #: The same question wallet by wallet.
    wallets: tuple[tuple[str, tuple[Interval, ...]], ...] = field(default=())
    #: Means of the facts that lead to no listed wallet: the answer says nothing about them.
    without_wallet: tuple[str, ...] = ()
    #: For *not shown* that would be shown but for a condition or a row not relied on: these rows.
    shown_if: tuple[CitedFact, ...] = ()
    #: For *excluded*: what it rests on.
    rests_on: RestingOn | None = None
    #: The answer where past holders may have kept copies, where it differs.
    copies_kept: tuple[Interval, ...] = ()
    #: The time zone whose days the days are.
    zone: str = "UTC"

    def as_json(self) -> dict[str, Any]:
        """Return the answer as plain data, keys as documented in docs/commands.md."""
        return {
            "answer": str(self.verdict),
            "intervals": [interval_json(interval) for interval in self.intervals],
            "witness": [_cited_json(fact) for fact in self.witness],
            "gaps": [
                [{"fact": fact.fact, "why": fact.why, "ask": fact.ask} for fact in gap]
                for gap in self.gaps
            ],
            "gaps_complete": self.gaps_complete,
            "assumed": list(self.assumed),
            "standing": str(self.standing),
            "wallets": [
                {"wallet": name, "intervals": [interval_json(interval) for interval in runs]}
                for name, runs in self.wallets
            ],
            "without_wallet": list(self.without_wallet),
            "shown_if": [_cited_json(fact) for fact in self.shown_if],
            "rests_on": self._rests_json(),
            "copies_kept": [interval_json(interval) for interval in self.copies_kept],
            "time_zone": self.zone,
        }

    def _rests_json(self) -> dict[str, Any] | None:
        rests = self.rests_on
        if rests is None:
            return None
        return {
            "rows": [_cited_json(fact) for fact in rests.rows],
            "count": rests.count,
            "weakest": "" if rests.weakest is None else str(rests.weakest),
            "falls_at": "" if rests.falls_at is None else str(rests.falls_at),
        }


def _cited_json(fact: CitedFact) -> dict[str, Any]:
    return {
        "person": fact.person,
        "means": fact.means,
        "fact": fact.fact,
        "cites": list(fact.cites),
        "says": fact.says,
    }


def interval_json(interval: Interval) -> dict[str, Any]:
    """Return one interval as plain data."""
    return {
        "from": interval.period.from_text,
        "to": interval.period.to_text,
        "answer": str(interval.verdict),
        "paths": list(interval.paths),
    }
