"""Results of statements as values: what the facts say to a sentence, day by day and in all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from forthwith.custody.answers.answers import CitedFact, MissingFact
from forthwith.custody.facts.facts import Fact, Statement
from forthwith.custody.statements.claims import Claim
from forthwith.domain.fact_tables import RowFault
from forthwith.domain.period import Period


class Result(StrEnum):
    """What the facts say to a sentence; *unsupported* is neither of the others."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    UNSUPPORTED = "unsupported"

    @property
    def weight(self) -> int:
        """Return how bad it is for the sentence: on one day the worst of its parts decides."""
        return [Result.SUPPORTED, Result.UNSUPPORTED, Result.CONTRADICTED].index(self)


#: Results over days that follow one another without a gap.
Line = tuple[tuple[Period, Result], ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the facts say to one claim over one run of days."""

    result: Result
    #: A whole sentence.
    why: str
    #: The days on which it is contradicted, or on which it holds where not on all; None: all.
    when: Period | None = None
    #: People ids: the minimal group the contradiction, or the support, rests on.
    coalition: tuple[str, ...] = ()
    cited: tuple[CitedFact, ...] = ()
    gaps: tuple[tuple[MissingFact, ...], ...] = ()
    #: Sentences: what the answers it rests on take to be so.
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flag:
    """Something about a sentence that a careful reader would ask about."""

    code: str
    #: A whole sentence.
    says: str


@dataclass(frozen=True, slots=True)
class StatementResult:
    """One statement with what the facts say to it."""

    statement: Statement
    #: None: none is typed, or it does not read.
    claim: Claim | None
    judgement: Judgement
    flags: tuple[Flag, ...] = ()
    #: The first day after its own on which the answer is another, and what it is then.
    stale: tuple[date, Result] | None = None
    fault: RowFault | None = field(default=None)

    @property
    def result(self) -> Result:
        """Return what the facts say."""
        return self.judgement.result

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data, keys as documented in docs/commands.md."""
        statement, judgement = self.statement, self.judgement
        return {
            "id": statement.id,
            "speaker": statement.speaker,
            "paper": statement.paper,
            "sentence": statement.sentence,
            "claim": statement.claim,
            "row": statement.place,
            "cites": list(statement.cites),
            "answer": str(judgement.result),
            "why": judgement.why,
            "when": period_json(judgement.when),
            "coalition": list(judgement.coalition),
            "citations": [
                {
                    "person": fact.person,
                    "means": fact.means,
                    "fact": fact.fact,
                    "cites": list(fact.cites),
                    "says": fact.says,
                }
                for fact in judgement.cited
            ],
            "gaps": [
                [{"fact": missing.fact, "why": missing.why, "ask": missing.ask} for missing in gap]
                for gap in judgement.gaps
            ],
            "assumed": list(judgement.assumed),
            "flags": [{"code": flag.code, "says": flag.says} for flag in self.flags],
            "changes": (
                {"on": self.stale[0].isoformat(), "answer": str(self.stale[1])}
                if self.stale
                else None
            ),
            "fault": str(self.fault) if self.fault else "",
        }


def period_json(period: Period | None) -> dict[str, str] | None:
    """Return days as plain data; an end of "" is "still"."""
    if period is None:
        return None
    return {
        "from": period.start.isoformat(),
        "to": period.end.isoformat() if period.end else "",
    }


def joined(lines: Sequence[Line]) -> Line:
    """Return the worst result of each day, over lines that span the same days."""
    starts = sorted({period.start for line in lines for period, _ in line})
    ends = max((period.end for period, _ in lines[0] if period.end), default=None)
    days: list[tuple[Period, Result]] = []
    for place, start in enumerate(starts):
        end = starts[place + 1] if place + 1 < len(starts) else ends
        results = [
            next((result for period, result in line if start in period), Result.UNSUPPORTED)
            for line in lines
        ]
        worst = max(results, key=lambda result: result.weight)
        if days and days[-1][1] is worst:
            days[-1] = (Period(days[-1][0].start, end), worst)
        else:
            days.append((Period(start, end), worst))
    return tuple(days)


def spoken(period: Period | None) -> str:
    """Return days in words: "on 2023-06-12", "from 2023-06-12 to 2023-09-01"."""
    if period is None:
        return "on every day the facts speak of"
    if period.end is not None and (period.end - period.start).days == 1:
        return f"on {period.start}"
    # Nobody says "from the year 1": that is how a claim about all days until one is kept.
    if period.start == date.min and period.end is not None:
        return f"up to {period.end - timedelta(1)}"
    return str(period)


def cite(fact: Fact, says: str, person: str = "", means: str = "") -> CitedFact:
    """Return a fact as an answer cites it."""
    return CitedFact(person=person, means=means, fact=fact.place, cites=fact.cites, says=says)


def people_in(cited: Iterable[CitedFact]) -> tuple[str, ...]:
    """Return the people ids an answer rests on, in order of mention."""
    return tuple(dict.fromkeys(fact.person for fact in cited if fact.person))
