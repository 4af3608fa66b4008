"""The words that redactions hide, for whoever looks for them elsewhere; never for a reader.

They are read off the pages as painted today, or out of the cells, by the same pass that produces:
so what is looked for is what is burnt over. Only redactions that stand hide anything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from zoneinfo import ZoneInfo

from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.evidence import Fault
from forthwith.domain.redactions import Passage
from forthwith.produce import imaging
from forthwith.produce.clock import Clock
from forthwith.produce.in_order import in_order
from forthwith.produce.redacted import ReadRedacted, RedactedReading
from forthwith.standards import loader
from forthwith.standards.loader import Standard
from forthwith.workers.machine import default_workers
from forthwith.workers.sandbox import Rules
from forthwith.workflows import redacted_volumes
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.matter_access import Workers, access_to
from forthwith.workflows.progress import SILENT, Progress


def passages(
    case: CaseFile,
    controls: Collection[str] | None = None,
    standard: Standard | None = None,
    progress: Progress = SILENT,
) -> Mapping[str, tuple[Passage, ...]]:
    """Return control number -> passages hidden in it; of all redacted documents, or of some.

    A document whose redactions do not lie on what they were drawn on has none here: `stale` says
    why, and a production stops at it. Raises NotProcessedError.
    """
    read = readings(case, controls, standard, progress)
    return {control: reading.passages for control, reading in read.items() if reading.passages}


def stale(
    case: CaseFile,
    controls: Collection[str] | None = None,
    standard: Standard | None = None,
    progress: Progress = SILENT,
) -> Mapping[str, str]:
    """Return control number -> why its redactions cannot be burnt as they were drawn."""
    read = readings(case, controls, standard, progress)
    return {control: reading.stale for control, reading in read.items() if reading.stale}


def readings(
    case: CaseFile,
    controls: Collection[str] | None = None,
    standard: Standard | None = None,
    progress: Progress = SILENT,
) -> dict[str, RedactedReading]:
    """Return control number -> what is left of it and what is hidden, read in workers."""
    standard = standard or loader.load(case.settings.standard, case.folder)
    covering = redacted_volumes.covering(case)
    wanted: list[Document] = [
        case.documents[ControlNumber(control)]
        for control in covering
        if (controls is None or control in controls) and ControlNumber(control) in case.documents
    ]
    if not wanted:
        return {}
    zone, limits = ZoneInfo(case.settings.time_zone), case.settings.limits
    clock = Clock(zone, zone, standard.formats)
    access = access_to(case.matter)
    reading = ReadRedacted(
        access,
        imaging.imager(standard.images, clock, limits),
        {str(document.control_number): covering[document.control_number] for document in wanted},
        standard.redaction_reasons,
        limits,
    )
    workers = min(len(wanted), case.settings.workers or default_workers())
    rules = Rules(
        (access.evidence, access.texts),
        (),
        limits.expanded_bytes,
        case.settings.sandbox,
        programs=True,
    )
    run = Workers(workers, limits, progress, rules)
    found = {}
    for document, result in in_order(run, reading, wanted, lambda each: each.control_number):
        control = str(document.control_number)
        if isinstance(result, Fault):
            result = RedactedReading(control, barred=result)
        found[control] = result
    return found
