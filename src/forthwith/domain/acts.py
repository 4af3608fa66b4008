"""What was asked and answered: acts in order, and how things stand after them.

An act says what somebody decided about one thing (request 12 of the first set, a finding, a
question asked in an inspection). Nothing is overwritten: how a thing stands is its last act, and
its history is all of them. Kept in the journal by `record`; every paper is printed from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Act:
    """One decision about one thing."""

    #: "request", "response", "privilege claim", "finding", …
    kind: str
    #: What names the thing among its kind: "First RFPs/12".
    key: str
    #: The thing as it stands after the act, plain data.
    body: Mapping[str, Any]
    #: Place in the journal, its time (ISO 8601, UTC) and who acted.
    seq: int = 0
    at: str = ""
    who: str = ""
    #: How that name is known: "local login (uid 1000)"; "" in entries before this was kept.
    known_by: str = ""


class Acts:
    """All acts, oldest first."""

    def __init__(self, acts: Iterable[Act] = ()) -> None:
        self._acts = sorted(acts, key=lambda act: act.seq)

    def __iter__(self) -> Iterator[Act]:
        return iter(self._acts)

    @property
    def last(self) -> int:
        """Place in the journal of the last act; 0 where there is none."""
        return self._acts[-1].seq if self._acts else 0

    def of(self, kind: str) -> dict[str, Act]:
        """Return how each thing of a kind stands, in the order in which each first appeared."""
        latest: dict[str, Act] = {}
        for act in self._acts:
            if act.kind == kind:
                latest[act.key] = act
        return latest

    def history(self, kind: str, key: str) -> list[Act]:
        """Return every act about one thing."""
        return [act for act in self._acts if (act.kind, act.key) == (kind, key)]
