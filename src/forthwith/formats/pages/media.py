"""Sound and film: produced as natives; nothing in them is read, and that is no fault."""

from __future__ import annotations

from forthwith.domain.evidence import ByteSource, Hint, Kind, Reading

MEDIA_TYPES = frozenset({"audio/*", "video/*", "application/ogg", "application/x-shockwave-flash"})


def read(source: ByteSource, hint: Hint) -> Reading:  # noqa: ARG001 - every reader takes the bytes
    """Return the type and nothing else."""
    return Reading(Kind.EDOC, hint.media_type or "application/octet-stream")
