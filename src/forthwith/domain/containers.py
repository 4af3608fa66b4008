"""Containers with a fault: expanded and never produced, so what is wrong with them is told apart.

A fault about one member stands on that member's document. What remains concerns the container as a
whole (it ends early, its count is not its content, two readers disagree), and is told beside the
documents that came out of it and the document it lies in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from forthwith.domain.documents import Document
from forthwith.domain.evidence import Fault


@dataclass(frozen=True, slots=True)
class FaultyContainer:
    """Something that was expanded, and what is wrong with it as a whole."""

    #: The collected item ("S0001/000012"), and the steps inside it ("" = the item itself).
    item: str
    locator: str
    #: Where it lay, as `Document.path`.
    path: str
    custodian: str
    faults: tuple[Fault, ...]


class FaultyContainers:
    """The faulty containers of a matter, to be met by the documents around them."""

    def __init__(self, containers: Iterable[FaultyContainer]) -> None:
        self.all: Sequence[FaultyContainer] = tuple(containers)
        self._at: dict[tuple[str, str], FaultyContainer] = {}
        self._beneath: dict[tuple[str, str], list[FaultyContainer]] = defaultdict(list)
        for container in self.all:
            self._at[container.item, container.locator] = container
            for place in above(container.locator):
                self._beneath[container.item, place].append(container)

    def holding(self, document: Document) -> Iterator[FaultyContainer]:
        """Yield those that `document` came out of, the outermost first."""
        for place in above(document.locator):
            if container := self._at.get((document.item, place)):
                yield container

    def within(self, document: Document) -> Iterator[FaultyContainer]:
        """Yield those that lie in `document`, at any depth."""
        yield from self._beneath.get((document.item, document.locator), ())


def above(locator: str) -> Iterator[str]:
    """Yield the locators of all that may lie above one, outermost first."""
    if not locator:
        return
    yield ""
    at = locator.find("/")
    while at >= 0:
        yield locator[:at]
        at = locator.find("/", at + 1)
