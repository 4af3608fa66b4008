"""Where a matter stands: everything counted, every fault by name, and whether it is as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from forthwith.domain.evidence import Fault
from forthwith.process import counts
from forthwith.process.counts import Status
from forthwith.record import tables, verify
from forthwith.record.matter import Matter
from forthwith.record.verify import Verification
from forthwith.workflows.case_file import CaseFile


@dataclass(frozen=True, slots=True)
class NamedFault:
    """One fault, and what it befell."""

    #: "" for a container, which has none.
    control_number: str
    custodian: str
    path: str
    fault: Fault


def status(case: CaseFile) -> Status:
    """Count everything, per source and in all. Raises NotProcessedError."""
    return counts.status(case.matter)


def faults(case: CaseFile) -> Iterator[NamedFault]:
    """Yield every fault there is. Raises NotProcessedError.

    First those of documents that could not be read, then those of documents read in part, then
    those of containers.
    """
    for where in ("lost", "NOT lost AND faults <> '[]'"):
        for document in case.table.ask(where):
            for fault in document.faults:
                yield NamedFault(document.control_number, document.custodian, document.path, fault)
    for container in case.containers.all:
        for fault in container.faults:
            yield NamedFault("", container.custodian, container.path, fault)


def verified(home: Path) -> Verification:
    """Look whether a matter is what it was, once what an interrupted command left is at its place.

    Nothing is made that the matter lacks. Raises NoMatterError, SettingsGoneError, SettingError,
    DatabaseError.
    """
    matter = Matter.seen(home)
    if matter.has_entries():
        with matter.engine.connect() as connection:
            whole = not list(tables.lacking(connection))
        if whole:
            matter.settle()
    return verify.verify(matter)
