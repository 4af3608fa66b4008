"""An encrypted file as it is without encryption, for whoever draws its pages.

The native that is delivered stays as it was collected.
"""

from __future__ import annotations

from forthwith.domain.evidence import Fault, FaultReason, Hint
from forthwith.formats.bytes.passwords import Trial
from forthwith.formats.office import legacy
from forthwith.formats.pages import pdf, pdf_structure


def unlocked(data: bytes, hint: Hint) -> bytes | Fault:
    """Return a PDF or an office file decrypted by a password of the hint, or an ENCRYPTED Fault.

    `hint.media_type` is what its reader said of it. Raises UnreadableError where it is damaged.
    """
    if hint.media_type in pdf.MEDIA_TYPES:
        plain = pdf_structure.unlocked(data, Trial(hint))
    else:
        plain = legacy.unlocked(data, hint)
    if plain is None:
        return Fault(FaultReason.ENCRYPTED, "no password given opens it", lost=True)
    return plain
