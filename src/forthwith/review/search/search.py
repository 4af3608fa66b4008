"""A query asked of a matter: which documents meet it, and which stand in their families."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from forthwith.record import productions, received
from forthwith.record.documents import DocumentTable
from forthwith.record.matter import Matter
from forthwith.review.search.evaluate import Engine
from forthwith.review.search.index import Index, open_index
from forthwith.review.search.parser import parse
from forthwith.review.search.query import Node
from forthwith.review.search.spans import Numbers
from forthwith.review.search.values import RoomValues


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The answer to one query."""

    node: Node
    index: Index
    #: For each document of the index, whether it meets the query; and whether its family does.
    met: Numbers
    whole: Numbers

    @property
    def documents(self) -> int:
        """How many documents meet the query."""
        return int(self.met.sum())

    @property
    def with_family(self) -> int:
        """How many documents stand in a family one of whose documents meets it."""
        return int(self.whole.sum())

    @property
    def families(self) -> int:
        """How many families that are."""
        return len(np.unique(self.index.families[self.met]))

    def controls(self, *, family: bool = False) -> list[str]:
        """Return control numbers in order; `family` takes in the whole of each family."""
        return [
            self.index.controls[at] for at in np.flatnonzero(self.whole if family else self.met)
        ]


class Searcher:
    """Answers queries over the documents of one matter."""

    def __init__(self, index: Index, engine: Engine, shown: Numbers | None = None) -> None:
        self.index, self.engine = index, engine
        #: For each document whether it is answered with; None where every one is.
        self.shown = shown

    @classmethod
    def of(cls, matter: Matter, side: str = "", *, whole: bool = False) -> Searcher:
        """Open a matter's index, made first if need be. Raises NotProcessedError.

        `side` is "ours", "theirs" or "" for both. What is in quarantine is no answer to any query,
        save with `whole`: whoever asks so has a mask of their own for each person.
        """
        searcher = cls.over(matter, open_index(matter), lambda: RoomValues.of(matter))
        searcher.shown = _shown(matter, searcher.index, side, whole=whole)
        return searcher

    @classmethod
    def over(cls, matter: Matter, index: Index, values: Callable[[], RoomValues]) -> Searcher:
        """Return a searcher over an index that is open, with the numbers the matter has now.

        It answers with every document: whoever asks so has a mask of their own.
        """
        with matter.engine.connect() as connection:
            produced = productions.numbers(connection).items()
            ranges = [(control, first, last) for control, (_, first, last) in produced]
            ranges += received.ranges(connection)
        return cls(index, Engine(index, ranges, values))

    def ask(self, query: str, within: Numbers | None = None) -> QueryResult:
        """Answer a query. Raises QueryError, TooBroadError, TooManyWaysError."""
        return self.answer(parse(query), within)

    def answer(self, node: Node, within: Numbers | None = None) -> QueryResult:
        """Answer a query that has been read, over the documents flagged in `within` alone.

        Raises TooBroadError, TooManyWaysError.
        """
        within = self._within(within)
        met = self.engine.mask(node, within)
        whole = self.index.with_families(met)
        return QueryResult(node, self.index, met, whole if within is None else whole & within)

    def mask(self, node: Node) -> Numbers:
        """Return for each document whether it meets a query and is answered with.

        Raises TooBroadError, TooManyWaysError.
        """
        return self.engine.mask(node, self._within(None))

    def _within(self, within: Numbers | None) -> Numbers | None:
        if self.shown is None or within is None:
            return self.shown if within is None else within
        return np.asarray(self.shown & within)


def _shown(matter: Matter, index: Index, side: str, *, whole: bool) -> Numbers | None:
    """Return the documents of a side that may be shown, by place; None for every one."""
    table = DocumentTable(matter, whole=whole)
    hidden = table.hidden()
    if not side and not hidden:
        return None
    shown = np.ones(len(index), dtype=bool)
    for number in hidden:
        if (place := index.place.get(number)) is not None:
            shown[place] = False
    if side:
        theirs = table.query(
            "SELECT control_number FROM documents WHERE side = 'theirs'", readings=False
        )
        of_theirs = np.zeros(len(index), dtype=bool)
        of_theirs[[index.place[number] for (number,) in theirs]] = True
        shown &= of_theirs if side == "theirs" else ~of_theirs
    return shown
