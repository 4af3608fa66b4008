"""What `respond` asks of a matter: pages of sealed volumes, texts, and what a query finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import sqlalchemy as sa

from forthwith.domain.requests import Response
from forthwith.record import ledger, productions, tables
from forthwith.record.documents import DocumentTable, NotProcessedError
from forthwith.record.matter import Matter
from forthwith.respond import citations, requests
from forthwith.respond.citations import Shelf
from forthwith.respond.papers_front import Front
from forthwith.respond.ranges import Pages
from forthwith.respond.requests import Register
from forthwith.review.query_parser import parse
from forthwith.review.search import Searcher


def register_of(matter: Matter) -> Register:
    """Return sets, requests and responses. Raises BodyError."""
    return Register.read(ledger.read(matter))


def pages_of(matter: Matter) -> Pages:
    """Return the pages of every sealed volume."""
    with matter.engine.connect() as connection:
        return Pages(productions.numbers(connection))


def shelf_of(matter: Matter) -> Shelf:
    """Return what may be cited, and what once might have been."""
    with matter.engine.connect() as connection:
        rows = connection.execute(sa.select(tables.bates.c.first, tables.bates.c.last))
        ever = tuple(sorted({(row.first, row.last) for row in rows}))
    withheld = citations.withheld(ledger.read(matter))
    return Shelf(pages_of(matter), ever, withheld, matter.settings.bates_prefix)


def text_of(matter: Matter) -> Callable[[str], str]:
    """Return what gives a document's text by control number; "" where nothing is processed."""
    table = DocumentTable(matter.derived)

    def text(control_number: str) -> str:
        try:
            return table.text(control_number)[0]
        except NotProcessedError:
            return ""

    return text


def front_of(matter: Matter, signer: str = "") -> Front:
    """Return what every court paper of the matter shares."""
    settings = matter.settings
    made = Front.of(settings.name, settings.number, settings.parties, settings.letter)
    return replace(made, signer=signer) if signer else made


@dataclass(frozen=True, slots=True)
class Answering:
    """What one query finds, families whole, and how much of it sealed volumes hold."""

    documents: int
    families: int
    #: Control numbers, whole families.
    controls: tuple[str, ...]

    def produced(self, pages: Pages) -> int:
        """Count those that sealed volumes hold."""
        return sum(each in pages.numbers for each in self.controls)


class Queries:
    """Queries of responses, each asked once; the index is opened when the first one comes."""

    def __init__(self, matter: Matter) -> None:
        self._matter = matter
        self._searcher: Searcher | None = None
        self._known: dict[str, Answering] = {}

    def ask(self, query: str) -> Answering:
        """Answer a query. Raises QueryError, NotProcessedError and what a search may raise."""
        if query not in self._known:
            node = parse(query)
            self._searcher = self._searcher or Searcher.of(self._matter)
            found = self._searcher.answer(node)
            controls = tuple(found.controls(family=True))
            self._known[query] = Answering(found.documents, found.families, controls)
        return self._known[query]

    def controls(self, query: str) -> tuple[str, ...]:
        """Return the control numbers that a query finds, families whole: `requests.Resolve`."""
        return self.ask(query).controls

    def resolved(self, response: Response, pages: Pages) -> Response:
        """Return the response with the pages that its query finds; untouched without a query."""
        return requests.resolved(response, self.controls, pages) if response.produce else response
