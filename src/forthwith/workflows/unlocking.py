"""Whether what passwords opened can be opened again, asked before a volume is begun."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from forthwith.domain.documents import Document
from forthwith.domain.errors import ForthwithError
from forthwith.domain.evidence import Fault, FaultReason
from forthwith.plain.counting import count
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.matter_access import MatterAccess


class PasswordsNeededError(ForthwithError):
    """Documents were opened with passwords that are not given now."""

    def __init__(self, volume: str, shut: int, first: str, *, given: bool) -> None:
        verb = "was" if shut == 1 else "were"
        cure = (
            "The list given does not open all of them: give the one that `forthwith process` had."
            if given
            else "Add --passwords FILE, with the list that `forthwith process` had."
        )
        super().__init__(
            f"{volume} is not made: {count(shut, 'document')} {verb} opened with a password, the "
            f"first of them {first}, and the password is not kept. {cure}"
        )


def check(case: CaseFile, volume: str, documents: Iterable[Document], access: MatterAccess) -> None:
    """Open again what a password opened. Raises PasswordsNeededError where one is missing."""
    shut = [
        document
        for document in _opened(case, documents)
        if isinstance(shown := access.shown(document), Fault)
        and shown.reason is FaultReason.ENCRYPTED
    ]
    if shut:
        raise PasswordsNeededError(
            volume, len(shut), shut[0].control_number, given=bool(access.passwords)
        )


def _opened(case: CaseFile, documents: Iterable[Document]) -> Iterator[Document]:
    """Yield documents that a password opened, and one of each container that one opened."""
    met = set()
    for document in documents:
        holding = [
            (container.item, container.locator)
            for container in case.containers.holding(document)
            if any(fault.reason is FaultReason.OPENED for fault in container.faults)
        ]
        own = any(fault.reason is FaultReason.OPENED for fault in document.faults)
        if own or any(place not in met for place in holding):
            yield document
        met.update(holding)
