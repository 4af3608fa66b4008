"""Batches and samples: documents handed to one reviewer together, and documents drawn at random."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from forthwith.domain.coding import Pass


class BatchState(StrEnum):
    """Where a batch is."""

    OPEN = "open"
    OUT = "out"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Reread:
    """What is to be decided again in a batch that was opened again."""

    documents: frozenset[str]
    #: The last coding there was then: those after it count.
    after: int
    #: The sample that opened it; "" for none.
    sample: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Documents for one reviewer: whole families, conversations together."""

    #: "B0007"; "" before it is kept.
    id: str
    name: str
    pass_: Pass
    #: What it was cut by: query, sort, size, seed; and under "reread" what was opened again.
    rule: Mapping[str, Any] = field(default_factory=dict)
    state: BatchState = BatchState.OPEN
    #: Login of who has it, or had it last; "" for nobody.
    holder: str = ""
    #: Logins who alone may take it; () for whoever may code its pass.
    offered: tuple[str, ...] = ()
    #: ISO instants (UTC); "" before it was ever taken.
    taken_at: str = ""
    touched_at: str = ""

    @property
    def reread(self) -> Reread | None:
        """What is to be decided again; None where the batch was never opened again."""
        if not (kept := self.rule.get("reread")):
            return None
        return Reread(frozenset(kept["documents"]), kept["after"], kept["sample"])


@dataclass(frozen=True, slots=True)
class Sample:
    """Documents drawn at random, once, with the seed by which they can be drawn again."""

    #: "Q0001"; "" before it is kept.
    id: str
    #: "qc" (second coding of what was coded) or "elusion" (of what is marked not responsive).
    kind: str
    #: Strata with population and drawn numbers, seed, bar, confidence.
    body: Mapping[str, Any]
    #: The batch in which its documents are coded; "" for none.
    batch: str
    #: Login, and ISO instant (UTC); "" before it is kept.
    who: str = ""
    at: str = ""
