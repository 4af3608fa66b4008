"""What the exceptions log says of containers that are not produced themselves.

A container has no number of its own. Its fault is told under the number of the document it lies in,
else without a number, always with its path and its custodian. Of what is withheld nothing is told:
not where the document around a container is withheld, nor where all that came out of it is; where a
part of it is, the sentence of the fault is left out, for it may name that part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from forthwith.domain.containers import FaultyContainer, FaultyContainers
from forthwith.domain.documents import ControlNumber, Document
from forthwith.produce.manifest import Unsound
from forthwith.produce.plan import Planned
from forthwith.produce.selection import Selection


def around_documents(
    documents: Sequence[Document],
    selection: Selection,
    planned: Sequence[Planned],
    containers: FaultyContainers,
) -> Iterator[Unsound]:
    """Yield a line for each fault of a container around `documents`, suppressed copies included.

    Then one for each fault that only a suppressed copy of a produced document has.
    """
    first = {each.document.control_number: each.first for each in planned}
    holds: dict[FaultyContainer, list[Document]] = {}
    lies_in: dict[FaultyContainer, Document] = {}
    for document in documents:
        for container in containers.holding(document):
            holds.setdefault(container, []).append(document)
        for container in containers.within(document):
            nearest = lies_in.get(container, document)
            lies_in[container] = max(nearest, document, key=lambda each: len(each.locator))
    for container in containers.all:
        inside, above = holds.get(container, []), lies_in.get(container)
        shown = [each for each in inside if each.control_number not in selection.withheld]
        if above is not None and above.control_number in selection.withheld:
            continue
        if not shown and (inside or above is None):
            continue
        bates = first.get(above.control_number, "") if above is not None else ""
        where = f"in the container {container.path} (custodian {container.custodian})"
        if len(shown) < len(inside):
            where += ", of which a part is withheld"
        for fault in container.faults:
            detail = f": {fault.detail}" if len(shown) == len(inside) else ""
            yield Unsound(bates, fault.reason, where + detail)
    yield from _of_copies(selection, first)


def _of_copies(selection: Selection, first: Mapping[ControlNumber, str]) -> Iterator[Unsound]:
    kept = {family.head.duplicate_group: family for family in selection.families}
    for family in selection.suppressed:
        for copy, produced in zip(
            family.members, kept[family.head.duplicate_group].members, strict=True
        ):
            if produced.control_number in selection.withheld:
                continue
            for fault in copy.faults:
                if fault not in produced.faults:
                    detail = f"in the copy {copy.path} (custodian {copy.custodian}): {fault.detail}"
                    yield Unsound(first.get(produced.control_number, ""), fault.reason, detail)
