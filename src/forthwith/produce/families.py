"""Families as they are produced: whole, parent first, in the order of the volume.

A container is expanded, not produced, so what lay in it hangs under the nearest produced document
above. A container that could not be expanded, wholly or in part, is produced as a slip-sheet in its
place: whoever reads the parent sees an attachment, and must find it. Numbers are `numbering`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from forthwith.domain import fields
from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.evidence import Kind
from forthwith.produce import instants
from forthwith.produce.errors import BrokenFamilyError


@dataclass(frozen=True, slots=True)
class Family:
    """One family as produced: the head, then its children depth first."""

    members: tuple[Document, ...]

    @property
    def head(self) -> Document:
        """The parent of all."""
        return self.members[0]

    @property
    def children(self) -> tuple[Document, ...]:
        """All beneath the head, at any depth."""
        return self.members[1:]


@dataclass(frozen=True, slots=True)
class Composition:
    """Documents parted into what is produced and what only held it."""

    families: tuple[Family, ...]
    #: Expanded and not produced themselves, in order of control number.
    containers: tuple[Document, ...]
    #: Each child's nearest produced document above.
    above: Mapping[ControlNumber, ControlNumber]


def compose(documents: Sequence[Document], zone_when_unsaid: ZoneInfo) -> Composition:
    """Group `documents` into families in the order of the volume. Raises BrokenFamilyError."""
    by_number = {document.control_number: document for document in documents}
    _whole(documents, by_number)
    opened = _opened_containers(documents, by_number)
    grouped: dict[ControlNumber, list[Document]] = {}
    nearest: dict[ControlNumber, ControlNumber] = {}
    for document in documents:
        if (number := document.control_number) in opened:
            continue
        lineage = [above for above in ancestors(document, by_number) if above not in opened]
        grouped.setdefault(lineage[-1] if lineage else number, []).append(document)
        if lineage:
            nearest[number] = lineage[0]
    families = [_family(head, members) for head, members in grouped.items()]
    families.sort(key=lambda family: _place(family.head, zone_when_unsaid))
    return Composition(
        tuple(families), tuple(by_number[number] for number in sorted(opened)), nearest
    )


def _whole(documents: Iterable[Document], by_number: Mapping[ControlNumber, Document]) -> None:
    for document in documents:
        for needed in (document.family, document.parent):
            if needed is not None and needed not in by_number:
                raise BrokenFamilyError(document.control_number, needed)


def _opened_containers(
    documents: Sequence[Document], by_number: Mapping[ControlNumber, Document]
) -> frozenset[ControlNumber]:
    """Return the containers whose whole content is produced in their stead."""
    candidates = {document.control_number for document in documents if _fully_expanded(document)}
    with_content = {
        above
        for document in documents
        if document.control_number not in candidates
        for above in ancestors(document, by_number)
    }
    # At the top of a family a sound container is nobody's attachment: nothing dangles when it is
    # empty, and a mailbox is not the parent of its messages. Beneath a parent, or with a fault, it
    # must leave something.
    return frozenset(
        number
        for number in candidates
        if number in with_content
        or (by_number[number].parent is None and not by_number[number].faults)
    )


def _fully_expanded(document: Document) -> bool:
    if document.kind is not Kind.CONTAINER:
        return False
    return not any(fault.lost or fault.step for fault in document.faults)


def ancestors(
    document: Document, by_number: Mapping[ControlNumber, Document]
) -> list[ControlNumber]:
    """Return what lies above, nearest first; a cycle, which no container can make, ends it."""
    above: list[ControlNumber] = []
    parent = document.parent
    while parent is not None and parent not in above:
        above.append(parent)
        parent = by_number[parent].parent
    return above


def _family(head: ControlNumber, members: list[Document]) -> Family:
    members.sort(
        key=lambda member: (member.control_number != head, member.order, member.control_number)
    )
    return Family(tuple(members))


def sort_instant(document: Document, zone_when_unsaid: ZoneInfo) -> datetime | None:
    """Return the family date: sent, else received, else modified; None when the head has none."""
    for name in (fields.SENT, fields.RECEIVED, fields.MODIFIED):
        moment = instants.parse(document.text_of(name))
        if moment is None:
            continue
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone_when_unsaid)
        try:
            return moment.astimezone(UTC)
        except OverflowError:
            continue
    return None


def _place(head: Document, zone: ZoneInfo) -> tuple[str, str, bool, str, str, str]:
    moment = sort_instant(head, zone)
    stamp = "" if moment is None else moment.isoformat(timespec="microseconds")
    custodian = head.custodian
    # Undated families follow the dated ones of the same custodian, by path.
    return (custodian.casefold(), custodian, not stamp, stamp, head.path, head.control_number)
