"""What no reader reads: sound and film, and every type that is not known here.

Both are kept, hashed and produced as natives. That nothing in sound or film is read is no fault;
that an unknown type is not read is one.
"""

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

_UNKNOWN, _EMPTY = "application/octet-stream", "inode/x-empty"
_SOUND_AND_FILM = frozenset({"application/ogg", "application/x-shockwave-flash"})
MEDIA_TYPES = frozenset({"audio/*", "video/*", *_SOUND_AND_FILM, _UNKNOWN, _EMPTY})


def read(source: ByteSource, hint: Hint) -> Reading:
    """Return a document without text; a Fault says so unless it is sound, film or empty."""
    media_type = hint.media_type or _UNKNOWN
    if media_type in _SOUND_AND_FILM or media_type.split("/", 1)[0] in {"audio", "video"}:
        return Reading(Kind.EDOC, media_type)
    if not source.size:
        return Reading(Kind.EDOC, _EMPTY, text_method=TextMethod.EXTRACTED)
    detail = f"no reader for {media_type}; produced as a native"
    return Reading(Kind.EDOC, media_type, faults=(Fault(FaultReason.UNSUPPORTED, detail),))
