"""What goes into a production: whole families, duplicates as approved, privilege held to.

Any selected member pulls in its family; nothing is left out without being counted here. Where a
container is withheld, all it held is; where a document is withheld, so is the native of everything
above it, because that file holds the document too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from forthwith.domain.documents import ControlNumber, Document, ListedOnce
from forthwith.domain.evidence import Kind
from forthwith.domain.redactions import Redactions
from forthwith.produce.errors import (
    NothingToProduceError,
    RedactedDuplicateError,
    UnknownSelectionError,
    UnknownWithheldError,
    WithheldDuplicateError,
)
from forthwith.produce.families import Composition, Family, ancestors, compose
from forthwith.produce.order import ProductionOrder


@dataclass(frozen=True, slots=True)
class Selection:
    """The documents of one production, and what was left out as a copy."""

    composition: Composition
    #: Families not produced because another copy is; by head.
    suppressed: tuple[Family, ...] = ()
    #: Withheld documents, those in a withheld container included, with their log numbers.
    withheld: Mapping[ControlNumber, str] = field(default_factory=dict)
    #: Documents whose native would carry a withheld document inside it.
    native_barred: frozenset[ControlNumber] = frozenset()
    #: Whether long lists of copies stand at the first copy alone.
    listed_once: bool = False

    @property
    def families(self) -> tuple[Family, ...]:
        """Families in the order of the volume."""
        return self.composition.families

    @property
    def documents(self) -> tuple[Document, ...]:
        """Produced documents in the order of the volume."""
        return tuple(document for family in self.families for document in family.members)


def whole_families(
    documents: Sequence[Document], chosen: Collection[ControlNumber]
) -> list[Document]:
    """Return every document whose family has a member in `chosen`.

    Raises UnknownSelectionError when `chosen` names no document.
    """
    family_of = {document.control_number: document.family for document in documents}
    if unknown := sorted(set(chosen) - family_of.keys()):
        raise UnknownSelectionError(unknown)
    wanted = {family_of[number] for number in chosen}
    return [document for document in documents if document.family in wanted]


def select(order: ProductionOrder, documents: Sequence[Document]) -> Selection:
    """Return what `order` makes of `documents`, which are whole families.

    Raises NothingToProduceError, BrokenFamilyError, UnknownWithheldError, WithheldDuplicateError.
    """
    composition = compose(documents, order.zone_when_unsaid)
    if not composition.families:
        raise NothingToProduceError(order.volume)
    withheld, barred = _privilege(order, documents)
    groups = _groups(composition.families)
    for copies in groups:
        _withheld_alike(withheld, copies)
        if order.suppress_duplicates:
            _redacted_alike(order.redactions, copies)
    chosen = Selection(composition, withheld=withheld, native_barred=barred)
    return _suppressed(chosen, groups) if order.suppress_duplicates else _listed_once(chosen)


def _listed_once(chosen: Selection) -> Selection:
    """Let long lists of copies stand in full at the first copy of the volume alone."""
    copies = ListedOnce()
    families, shortened = [], False
    for family in chosen.composition.families:
        shown = [copies.shown(member) for member in family.members]
        if any(first is not None for _, first in shown):
            family, shortened = Family(tuple(document for document, _ in shown)), True
        families.append(family)
    composition = replace(chosen.composition, families=tuple(families))
    return replace(chosen, composition=composition, listed_once=shortened)


def _privilege(
    order: ProductionOrder, documents: Sequence[Document]
) -> tuple[dict[ControlNumber, str], frozenset[ControlNumber]]:
    """Return what is withheld with its log number, and whose native would give it away."""
    by_number = {document.control_number: document for document in documents}
    if unknown := sorted(set(order.withheld) - by_number.keys()):
        raise UnknownWithheldError(unknown)
    withheld: dict[ControlNumber, str] = {}
    barred: set[ControlNumber] = set()
    for document in documents:
        above = ancestors(document, by_number)
        closed = [number for number in above if by_number[number].kind is Kind.CONTAINER]
        for number in (document.control_number, *closed):
            if number in order.withheld:
                withheld[document.control_number] = order.withheld[number]
                barred.update(above)
                break
    return withheld, frozenset(barred)


def _groups(families: Iterable[Family]) -> list[list[Family]]:
    """Return families that are copies of one another, each group in the order of the volume.

    The group's name alone is not enough: without equal content hashes and equal shape they are
    kept apart, and all produced.
    """
    groups: dict[tuple[str, str, int], list[Family]] = {}
    for family in families:
        head = family.head
        if head.duplicate_group and head.family_hash:
            key = (head.duplicate_group, head.family_hash, len(family.members))
            groups.setdefault(key, []).append(family)
    return [copies for copies in groups.values() if len(copies) > 1]


def _withheld_alike(withheld: Mapping[ControlNumber, str], copies: Sequence[Family]) -> None:
    for position in zip(*(family.members for family in copies), strict=True):
        closed = [member for member in position if member.control_number in withheld]
        if closed and len(closed) < len(position):
            loose = next(member for member in position if member.control_number not in withheld)
            raise WithheldDuplicateError(closed[0].control_number, loose.control_number)


def _redacted_alike(redactions: Redactions, copies: Sequence[Family]) -> None:
    """Refuse copies that are redacted otherwise: one of them stands for all."""

    def covered(member: Document) -> set[tuple[object, ...]]:
        return {
            (each.shape, each.page, each.box, each.span)
            for each in redactions.get(member.control_number, ())
            if each.covers
        }

    for position in zip(*(family.members for family in copies), strict=True):
        most = max(position, key=lambda member: len(covered(member)))
        for member in position:
            if covered(member) != covered(most):
                raise RedactedDuplicateError(most.control_number, member.control_number)


def _suppressed(chosen: Selection, groups: Iterable[Sequence[Family]]) -> Selection:
    kept: dict[ControlNumber, Family] = {}
    dropped: dict[ControlNumber, Family] = {}
    for copies in groups:
        first, *others = copies
        kept[first.head.control_number] = _with_places(first, others)
        dropped.update({family.head.control_number: family for family in others})
    families = tuple(
        kept.get(family.head.control_number, family)
        for family in chosen.families
        if family.head.control_number not in dropped
    )
    composition = replace(chosen.composition, families=families)
    return replace(chosen, composition=composition, suppressed=tuple(dropped.values()))


def _with_places(family: Family, copies: Sequence[Family]) -> Family:
    """Return `family`, each member knowing the custodians and paths of its copies."""
    positions = zip(family.members, *(copy.members for copy in copies), strict=True)
    return Family(tuple(_with_places_of(position) for position in positions))


def _with_places_of(copies: Sequence[Document]) -> Document:
    return replace(
        copies[0],
        all_custodians=_union(_custodians(copy) for copy in copies),
        all_paths=_union(_paths(copy) for copy in copies),
    )


def _custodians(document: Document) -> tuple[str, ...]:
    return document.all_custodians or (document.custodian,)


def _paths(document: Document) -> tuple[str, ...]:
    return document.all_paths or (document.path,)


def _union(lists: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    # Copies share one list: it is gone through once, not once for each copy.
    groups = {id(group): group for group in lists}.values()
    return tuple(dict.fromkeys(value for group in groups for value in group))
