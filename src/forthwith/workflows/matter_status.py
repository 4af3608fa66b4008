"""Where a matter stands: everything counted, and every document that could not be read."""

from __future__ import annotations

from collections.abc import Iterator

from forthwith.domain.documents import Document
from forthwith.domain.evidence import Fault
from forthwith.process import counts
from forthwith.process.counts import Status
from forthwith.workflows.case_file import CaseFile


def status(case: CaseFile) -> Status:
    """Count everything, per source and in all. Raises NotProcessedError."""
    return counts.status(case.matter)


def unreadable(case: CaseFile) -> Iterator[tuple[Document, Fault]]:
    """Yield every document that could not be read, and why. Raises NotProcessedError."""
    for document in case.table.ask("lost"):
        yield document, next(fault for fault in document.faults if fault.lost)
