"""`check`: volumes, each for itself; holding them against what they answer is `compare`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from forthwith.check import run
from forthwith.check.reporting import ProductionReport
from forthwith.standards.loader import Standard


def check(folders: Sequence[Path], standard: Standard, *, workers: int = 1) -> ProductionReport:
    """Check volumes, each for itself. Raises VolumeUnreadableError."""
    reports = [run(folder, standard, workers=workers) for folder in folders]
    findings = [finding for report in reports for finding in report.findings]
    notes = [note for report in reports for note in report.notes]
    return ProductionReport(reports, findings, notes)
