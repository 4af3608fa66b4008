"""What protects an Outlook message: S/MIME ([MS-OXOSMIME] 2.1) or rights management.

The class IPM.Note.SMIME stands for an opaque signature as well as for encryption: which of the two
it is, the one attachment that holds the message says. A message under rights management keeps its
words in an attachment of its own ([MS-OXORMMS] 2.2.4); nothing here opens either.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from forthwith.domain.evidence import Fault, FaultReason
from forthwith.formats.mail import smime
from forthwith.formats.outlook import attachments
from forthwith.formats.outlook import message as mapi
from forthwith.formats.outlook.message import Attachment, Message

_RIGHTS: Final = "rights management"
_RPMSG = "message.rpmsg"


@dataclass(frozen=True, slots=True)
class Seal:
    """What signed and what encrypted a message; "" for neither."""

    signed: str = ""
    encrypted: str = ""


def seal_of(message: Message) -> Seal:
    """Return what protects a message."""
    lowered = message.message_class.lower()
    if lowered.endswith("smime.multipartsigned"):
        return Seal(signed="S/MIME")
    files = [row for row in message.attachments if isinstance(row, Attachment)]
    if lowered.endswith("smime"):
        kinds = {smime.content_type(data) for row in files if isinstance(data := row.data(), bytes)}
        if kinds & {"signed_data", "compressed_data"}:
            return Seal(signed="S/MIME" if "signed_data" in kinds else "")
        return Seal(encrypted="S/MIME")
    if any(_is_rpmsg(row) for row in files):
        return Seal(encrypted=_RIGHTS)
    return Seal()


def _is_rpmsg(row: Attachment) -> bool:
    name = attachments.name_of(row.properties).lower()
    media_type = row.properties.text(mapi.ATTACH_MIME).lower()
    return name == _RPMSG or media_type == "application/x-microsoft-rpmsg-message"


def faults_of(message: Message) -> Iterator[Fault]:
    """Yield the Fault of a message whose words nobody can read without a key."""
    if (means := seal_of(message).encrypted) == _RIGHTS:
        detail = (
            "the words of the message are protected by rights management "
            f"({_RPMSG}); ask the custodian for it without protection"
        )
        yield Fault(FaultReason.ENCRYPTED, detail)
    elif means:
        detail = f"the content is encrypted with {means}; the key is needed"
        yield Fault(FaultReason.ENCRYPTED, detail)
