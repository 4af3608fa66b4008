"""A bound of time: what an engine may spend, looked at between its steps."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Deadline:
    """Seconds of this process's time from now on; None is without end.

    A step of a library that has begun is not broken off.
    """

    seconds: float | None = None
    _began: float = field(default_factory=time.process_time)

    @property
    def past(self) -> bool:
        """Say whether they are spent."""
        return self.seconds is not None and time.process_time() - self._began > self.seconds


#: Without end.
ENDLESS = Deadline()
