"""What protects a message is told, and an opaque signature is not called encryption."""

from __future__ import annotations

import pytest

from forthwith.domain.evidence import FaultReason, Hint, InMemory
from forthwith.formats.outlook import msg
from tests.builders.outlook import MEMO, MsgBuilder

#: CMS content infos without content: RFC 5652 5.1 and 6.1.
SIGNED = bytes.fromhex("300b06092a864886f70d010702")
ENVELOPED = bytes.fromhex("300b06092a864886f70d010703")


@pytest.mark.parametrize(
    ("item_class", "name", "data", "signed", "encrypted"),
    [
        ("IPM.Note.SMIME.MultipartSigned", "smime.p7m", b"Content-Type: x", "S/MIME", ""),
        ("IPM.Note.SMIME", "smime.p7m", SIGNED, "S/MIME", ""),
        ("IPM.Note.SMIME", "smime.p7m", ENVELOPED, "", "S/MIME"),
        ("IPM.Note.SMIME", "smime.p7m", b"no CMS", "", "S/MIME"),
        ("IPM.Note", "message.rpmsg", b"x", "", "rights management"),
        ("IPM.Note", "smime.p7m", ENVELOPED, "", ""),
        ("IPM.Note", "plan.pdf", b"x", "", ""),
    ],
)
def test_what_protects_a_message_is_a_field_and_encryption_a_fault(
    item_class: str, name: str, data: bytes, signed: str, encrypted: str
) -> None:
    built = MsgBuilder({**MEMO, 0x001A001F: item_class}).attach(name, data)

    reading = msg.read(InMemory(built.build()), Hint())

    assert (reading.value("signed"), reading.value("encrypted")) == (signed, encrypted)
    faults = [fault.reason for fault in reading.faults]
    assert faults == ([FaultReason.ENCRYPTED] if encrypted else [])
