"""What was accepted of a volume when it was sealed, as its manifest keeps it."""

from __future__ import annotations

import json
from pathlib import Path

from forthwith.domain.acceptance import Acceptance


def accepted_in(folder: Path) -> tuple[Acceptance, ...]:
    """Return what was accepted of a volume sealed in a matter here; () for any other folder.

    Taken from the volume's manifest, whose digest is in the matter's register.
    """
    whole = folder.resolve()
    if whole.parent.name != "volumes" or not (whole.parents[1] / "matter.toml").is_file():
        return ()
    try:
        manifest = json.loads((whole / "DATA" / f"{whole.name}_MANIFEST.JSON").read_text("ascii"))
        return tuple(Acceptance(**row) for row in manifest.get("accepted", ()))
    except (OSError, ValueError, TypeError, AttributeError):
        # A manifest that is not ours says nothing of what we accepted; the check judges the rest.
        return ()
