"""Read a whole item into memory, within the limits."""

from __future__ import annotations

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import ByteSource, Fault, FaultReason, Hint, InMemory


def whole(source: ByteSource, hint: Hint) -> bytes:
    """Return every byte of `source`. Raises UnreadableError past `limits.item_bytes`."""
    limit = hint.budget.limits.item_bytes
    if source.size > limit:
        detail = (
            f"{source.size:,} bytes; a reader that needs the whole item takes at most "
            f"{limit:,} (limits.item_bytes in matter.toml)"
        )
        raise UnreadableError(Fault(FaultReason.TOO_LARGE, detail, lost=True))
    if isinstance(source, InMemory):
        return source.data
    return source.read(0, source.size)
