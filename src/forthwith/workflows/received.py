"""A volume opened as a matter opens it: on all of the machine's cores."""

from __future__ import annotations

from pathlib import Path

from forthwith.check import received
from forthwith.check.received import ReceivedVolume
from forthwith.record.workers import default_workers
from forthwith.standards.loader import Standard


def receive(folder: Path, standard: Standard, *, load_files_only: bool = False) -> ReceivedVolume:
    """Open and check one volume. Raises VolumeUnreadableError."""
    return received.receive(
        folder, standard, workers=default_workers(), load_files_only=load_files_only
    )
