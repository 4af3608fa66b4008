"""A workshop whose readers die on command: what no sound parser does, and a broken one may."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from forthwith.domain.evidence import ByteSource, Hint, Reading
from forthwith.domain.nodes import Node
from forthwith.formats import readers
from forthwith.process.units import Workshop
from forthwith.record import readings
from forthwith.record.readings import Part
from forthwith.workers.supervisor import Beat


class HostileWorkshop(Workshop):
    """Kills its worker on bytes that say so."""

    def __call__(self) -> Callable[[Any, Beat], object]:
        """Return the work, with readers replaced in this worker only."""
        sound = readers.read

        def read(source: ByteSource, hint: Hint) -> Reading:
            data = source.read(0, 16)
            if data.startswith(b"CRASH"):
                os.kill(os.getpid(), signal.SIGSEGV)
            if data.startswith(b"HANG"):
                signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
                time.sleep(600)
            return sound(source, hint)

        readers.read = read
        return super().__call__()


class CrowdedWorkshop(Workshop):
    """Kills its worker when it lays down more than two units at once: memory ran out."""

    def __call__(self) -> Callable[[Any, Beat], object]:
        """Return the work, with the writer replaced in this worker only."""
        sound = readings.write

        def write(folder: Path, units: Mapping[str, Sequence[Node]], *said: str) -> Part:
            if len(units) > 2:
                os.kill(os.getpid(), signal.SIGKILL)
            return sound(folder, units, *said)

        readings.write = write
        return super().__call__()
