"""`check`: volumes, each for itself and together; what they answer is for `compare`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from forthwith.check import given, together
from forthwith.check import workers as pool
from forthwith.check.given import ReadOptions
from forthwith.check.reporting import ProductionReport
from forthwith.check.run import judge
from forthwith.standards.loader import Standard
from forthwith.workers import machine


def check(
    folders: Sequence[Path],
    standard: Standard,
    *,
    workers: int = 1,
    options: ReadOptions | None = None,
) -> ProductionReport:
    """Check volumes, folders of several and archives of them. Raises VolumeUnreadableError."""
    pool.ready()
    with machine.within(0), given.opened(folders, standard, options) as opened:
        volumes = opened.arranged.volumes
        judged = [judge(volume, workers=workers) for volume in volumes]
        reports, found, told = together.compared(volumes, judged)
    reports = [*opened.closed, *reports]
    findings = [finding for report in reports for finding in report.findings]
    findings += [*opened.arranged.findings, *found]
    notes = [note for report in reports for note in report.notes]
    # What is so of the machine is told once, not for each volume.
    notes = list(dict.fromkeys([*notes, *opened.notes, *opened.arranged.notes, *told]))
    return ProductionReport(reports, findings, notes)
