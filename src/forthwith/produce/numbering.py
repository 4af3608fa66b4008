"""Bates numbers for families in order: one a page, or one for a slip-sheet; no gap, no overlap.

Who may hand numbers out, and from where on, is `bates_register`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from forthwith.domain.bates import Bates
from forthwith.domain.documents import ControlNumber, Document
from forthwith.produce.errors import NumbersExhaustedError
from forthwith.produce.families import Family
from forthwith.produce.order import ProductionOrder


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of one document and of the family around it."""

    first: Bates
    last: Bates
    #: First and last page of the family; the document's own where it stands alone.
    family_first: Bates
    family_last: Bates
    #: First page of the top of the family; None for the top itself.
    parent: Bates | None = None
    #: First page of the document directly above; differs from `parent` in nested families.
    immediate_parent: Bates | None = None
    #: First pages of all beneath the top, in order; empty for children.
    children: tuple[Bates, ...] = ()

    @property
    def pages(self) -> int:
        """How many numbers the document holds."""
        return self.last.number - self.first.number + 1

    @property
    def in_family(self) -> bool:
        """True for a parent and for a child."""
        return self.parent is not None or bool(self.children)


def numbered(
    families: Sequence[Family],
    pages: Mapping[ControlNumber, int],
    order: ProductionOrder,
    first: int,
    above: Mapping[ControlNumber, ControlNumber],
) -> Iterator[tuple[Document, Numbers]]:
    """Yield each document with its numbers, in Bates order, from `first` on.

    `pages` gives each document's pages, `above` its nearest produced ancestor (children only).
    Raises NumbersExhaustedError before anything is yielded.
    """
    total = sum(pages[member.control_number] for family in families for member in family.members)
    if len(str(first + total - 1)) > order.width:
        raise NumbersExhaustedError(first + total - 1, order.width)
    return _numbered(families, pages, order, first, above)


def _numbered(
    families: Sequence[Family],
    pages: Mapping[ControlNumber, int],
    order: ProductionOrder,
    first: int,
    above: Mapping[ControlNumber, ControlNumber],
) -> Iterator[tuple[Document, Numbers]]:
    following = first
    for family in families:
        spans: dict[ControlNumber, tuple[Bates, Bates]] = {}
        for member in family.members:
            last = following + pages[member.control_number] - 1
            given = order.numbers.get(member.control_number)
            spans[member.control_number] = given or (order.bates(following), order.bates(last))
            following = last + 1
        yield from _within(family, spans, above)


def _within(
    family: Family,
    spans: Mapping[ControlNumber, tuple[Bates, Bates]],
    above: Mapping[ControlNumber, ControlNumber],
) -> Iterator[tuple[Document, Numbers]]:
    top = spans[family.head.control_number][0]
    end = spans[family.members[-1].control_number][1]
    children = tuple(spans[child.control_number][0] for child in family.children)
    yield family.head, Numbers(*spans[family.head.control_number], top, end, children=children)
    for child in family.children:
        direct = spans[above[child.control_number]][0]
        yield child, Numbers(*spans[child.control_number], top, end, top, direct)
