"""Affected sentences: those whose answer changes when facts are added, removed or mended.

These are the sentences to correct or to supplement (Fed. R. Civ. P. 26(e)): the answer on their own
days became another, or the first later day on which they stop being true did.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from forthwith.custody.facts.facts import Fact, Facts, ProofLevel
from forthwith.custody.statements.results import StatementResult
from forthwith.custody.statements.statements import check
from forthwith.domain.fact_tables import FactRow

_TABLES = (
    "entities", "people", "affiliations", "means", "possessions", "completeness", "grants",
    "wallets", "policies", "approvals", "inspections", "proofs",
)  # fmt: skip
_NOWHERE = FactRow("", {})


@dataclass(frozen=True, slots=True)
class AffectedSentence:
    """One sentence, before and after."""

    before: StatementResult
    after: StatementResult
    #: A whole sentence.
    why: str
    #: Where the new rows stand that the answer now rests on; all new rows when it names none.
    rows: tuple[str, ...]

    @property
    def id(self) -> str:
        """Return the statement's id."""
        return self.after.statement.id

    @property
    def sentence(self) -> str:
        """Return the sentence to correct."""
        return self.after.statement.sentence

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data, keys as documented in docs/commands.md."""
        return {
            "id": self.id,
            "sentence": self.sentence,
            "before": str(self.before.result),
            "after": str(self.after.result),
            "why": self.why,
            "rows": list(self.rows),
        }


def affected(
    before: Facts, after: Facts, *, standing: ProofLevel = ProofLevel.SWORN
) -> tuple[AffectedSentence, ...]:
    """Return each sentence of both whose answer is not what it was, in the order of `after`."""
    new = _rows(after) - _rows(before)
    places = {
        row.place for table in _TABLES for row in getattr(after, table) if _content(row) in new
    }
    was = {result.statement.id: result for result in check(before, standing=standing)}
    sentences = []
    for now in check(after, standing=standing):
        then = was.get(now.statement.id)
        if then is not None and (why := _why(then, now)):
            cited = tuple(fact.fact for fact in now.judgement.cited if fact.fact in places)
            sentences.append(AffectedSentence(then, now, why, cited or tuple(sorted(places))))
    return tuple(sentences)


def _content(fact: Fact) -> str:
    """Return what a row says, wherever it stands: a row that moved a line down is not new."""
    return repr(replace(fact, row=_NOWHERE))


def _rows(facts: Facts) -> set[str]:
    return {_content(row) for table in _TABLES for row in getattr(facts, table)}


def _why(then: StatementResult, now: StatementResult) -> str:
    if then.result is not now.result:
        return f"It was {then.result} and is now {now.result}: {now.judgement.why}"
    if then.stale == now.stale:
        return ""
    if now.stale is None:
        return f"It is {now.result} as before, and no later day changes that any more."
    day, result = now.stale
    return f"It is {now.result} as before, but from {day} it is {result}: supplement it."
