"""Queries of responses asked of a matter: joins `review` to `respond`."""

from __future__ import annotations

from dataclasses import dataclass

from forthwith.domain.requests import Response
from forthwith.respond.registers import requests
from forthwith.respond.registers.pages import Pages
from forthwith.review.search.parser import parse
from forthwith.review.search.search import Searcher
from forthwith.workflows.case_file import CaseFile


@dataclass(frozen=True, slots=True)
class Answering:
    """What one query finds, families whole, and how much of it sealed volumes hold."""

    documents: int
    #: Control numbers, whole families.
    controls: tuple[str, ...]

    def produced(self, pages: Pages) -> int:
        """Count those that sealed volumes hold."""
        return sum(control in pages.numbers for control in self.controls)


class Queries:
    """Queries of responses, each asked once; the index is opened when the first one comes."""

    def __init__(self, case: CaseFile) -> None:
        self._case = case
        self._searcher: Searcher | None = None
        self._known: dict[str, Answering] = {}

    def ask(self, query: str) -> Answering:
        """Answer a query. Raises QueryError, NotProcessedError and what a search may raise."""
        if query not in self._known:
            node = parse(query)
            self._searcher = self._searcher or Searcher.of(self._case.matter, "ours")
            result = self._searcher.answer(node)
            controls = tuple(result.controls(family=True))
            self._known[query] = Answering(result.documents, controls)
        return self._known[query]

    def controls(self, query: str) -> tuple[str, ...]:
        """Return the control numbers that a query finds, families whole: `requests.Resolve`."""
        return self.ask(query).controls

    def resolved(self, response: Response, pages: Pages) -> Response:
        """Return the response with the pages that its query finds; untouched without a query."""
        return requests.resolved(response, self.controls, pages) if response.produce else response
