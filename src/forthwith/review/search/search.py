"""A query asked of a matter: which documents meet it, and which stand in their families."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forthwith.record import productions
from forthwith.record.matter import Matter
from forthwith.review.search.evaluate import Engine
from forthwith.review.search.index import Index, open_index
from forthwith.review.search.parser import parse
from forthwith.review.search.query import Node
from forthwith.review.search.spans import Numbers


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

    def __init__(self, index: Index, engine: Engine) -> None:
        self.index, self.engine = index, engine

    @classmethod
    def of(cls, matter: Matter) -> Searcher:
        """Open a matter's index, made first if need be. Raises NotProcessedError."""
        return cls.over(matter, open_index(matter))

    @classmethod
    def over(cls, matter: Matter, index: Index) -> Searcher:
        """Return a searcher over an index that is open, with the numbers the matter has now."""
        with matter.engine.connect() as connection:
            return cls(index, Engine(index, productions.numbers(connection)))

    def ask(self, query: str) -> QueryResult:
        """Answer a query. Raises QueryError, TooBroadError, TooManyWaysError."""
        return self.answer(parse(query))

    def answer(self, node: Node) -> QueryResult:
        """Answer a query that has been read. Raises TooBroadError, TooManyWaysError."""
        met = self.engine.mask(node)
        return QueryResult(node, self.index, met, self.index.with_families(met))
