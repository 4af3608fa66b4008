"""Check any production volume, ours or theirs, from its delivered files alone; no matter needed.

Reads with the same grammar as `produce` writes, and judges on its own: nothing here comes from
`produce` or `record`.
"""

from forthwith.check.reporting import Report
from forthwith.check.run import run
from forthwith.check.volume import VolumeUnreadableError

__all__ = ["Report", "VolumeUnreadableError", "run"]
