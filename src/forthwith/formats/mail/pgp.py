"""Read a detached OpenPGP signature (RFC 9580, RFC 3156): a document of its mail, and no fault.

It holds no words but its armour, which is its text. Nothing is verified.
"""

from __future__ import annotations

from forthwith.domain import fields
from forthwith.domain.evidence import ByteSource, FieldValue, Hint, Kind, Reading, TextMethod
from forthwith.formats.bytes.stream import whole
from forthwith.plain.charset import decode

MEDIA_TYPES = frozenset({"application/pgp-signature"})


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read one signature. Raises UnreadableError past `limits.item_bytes`."""
    text = decode(whole(source, hint)).text
    return Reading(
        Kind.EDOC,
        hint.media_type or "application/pgp-signature",
        text=text,
        text_method=TextMethod.EXTRACTED,
        fields=(FieldValue(fields.SIGNED, "PGP", "armour"),),
    )
