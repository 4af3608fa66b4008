"""Whatever no reader claims: kept, hashed, produced as a native, and said to be unread."""

from __future__ import annotations

from forthwith.domain.evidence import (
    ByteSource,
    Fault,
    FaultReason,
    Hint,
    Kind,
    Reading,
    TextMethod,
)

EMPTY = "inode/x-empty"
MEDIA_TYPES = frozenset({"application/octet-stream", EMPTY})


def read(source: ByteSource, hint: Hint) -> Reading:
    """Return a document without text; a Fault says so unless the item is empty."""
    if not source.size:
        return Reading(Kind.EDOC, EMPTY, text_method=TextMethod.EXTRACTED)
    media_type = hint.media_type or "application/octet-stream"
    detail = f"no reader for {media_type}; produced as a native"
    return Reading(Kind.EDOC, media_type, faults=(Fault(FaultReason.UNSUPPORTED, detail),))
