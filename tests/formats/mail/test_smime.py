"""S/MIME: the content of an opaque signature is read; what is encrypted says so."""

from __future__ import annotations

import base64
import zlib
from datetime import UTC, datetime

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import Child, FaultReason, Hint, InMemory
from forthwith.formats import readers
from forthwith.formats.mail import eml, smime
from forthwith.formats.sniff.media_type import media_type
from tests.builders.mail import PDF, mail


@pytest.fixture(scope="module")
def signed() -> bytes:
    """A sound message with an attachment, opaquely signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Jane Doe")])
    day = datetime(2020, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(1)
        .not_valid_before(day).not_valid_after(day.replace(year=2040))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    builder = pkcs7.PKCS7SignatureBuilder().set_data(mail())
    builder = builder.add_signer(certificate, key, hashes.SHA256())
    return builder.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary])


def wrapped(data: bytes) -> bytes:
    head = b"Subject: outer\nContent-Type: application/pkcs7-mime; name=smime.p7m\n"
    return head + b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(data)


def test_a_signed_message_is_read_through_its_signature(signed: bytes) -> None:
    reading = eml.read(InMemory(wrapped(signed)), Hint())
    assert reading.children is not None
    (child,) = reading.children()

    assert isinstance(child, Child)
    assert (child.name, child.load()) == ("ledger.pdf", PDF)
    assert eml.open_step(InMemory(wrapped(signed)), child.step, Hint()) == PDF
    assert "see the ledger" in reading.text
    assert reading.value("subject") == "outer"
    assert reading.value("signed") == "S/MIME"


def test_a_loose_signed_file_gives_its_content(signed: bytes) -> None:
    reading = smime.read(InMemory(signed), Hint())
    assert reading.children is not None
    (child,) = reading.children()

    assert isinstance(child, Child)
    assert child.load() == mail() == smime.open_step(InMemory(signed), child.step, Hint())
    assert "Jane Doe" in reading.text


def test_encrypted_content_is_a_fault_and_the_headers_are_read() -> None:
    content = {
        "version": "v0",
        "recipient_infos": [],
        "encrypted_content_info": {
            "content_type": "data",
            "content_encryption_algorithm": {"algorithm": "aes128_cbc", "parameters": bytes(16)},
            "encrypted_content": b"xx",
        },
    }
    data = cms.ContentInfo({"content_type": "enveloped_data", "content": content}).dump()
    reading = eml.read(InMemory(wrapped(data)), Hint())

    assert reading.value("subject") == "outer"
    assert reading.value("encrypted") == "S/MIME"
    assert [(f.reason, f.lost) for f in reading.faults] == [(FaultReason.ENCRYPTED, False)]
    with pytest.raises(UnreadableError):
        smime.read(InMemory(data), Hint())


@pytest.mark.parametrize(("packed", "opens"), [(mail(), True), (bytes(60 * 2**20), False)])
def test_compressed_content_is_bounded(packed: bytes, opens: bool) -> None:
    content = {
        "version": "v0",
        "compression_algorithm": {"algorithm": "zlib"},
        "encap_content_info": {"content_type": "data", "content": zlib.compress(packed)},
    }
    data = cms.ContentInfo({"content_type": "compressed_data", "content": content}).dump()

    assert (smime.signed_content(data) == packed) == opens
    assert bool(smime.read(InMemory(data), Hint()).faults) != opens


def test_no_cut_or_flip_makes_it_throw(signed: bytes) -> None:
    for at in range(0, len(signed), 7):
        flipped = signed[:at] + bytes([signed[at] ^ 0x55]) + signed[at + 1 :]
        for data in (flipped, signed[:at]):
            smime.signed_content(data)
            smime.content_type(data)
            eml.read(InMemory(wrapped(data)), Hint())


@pytest.mark.parametrize(
    ("signature", "reason"),
    [
        (b"-----BEGIN PGP SIGNATURE-----\nVersion: 1\n\niD8=\n-----END PGP SIGNATURE-----\n", None),
        (b"0\x82\xff\xff\x06\t*\x86H\x86\xf7\r\x01\x07\x02\xa0", FaultReason.CORRUPT),
    ],
)
def test_a_detached_signature_is_a_document_of_its_mail(
    signature: bytes, reason: FaultReason | None
) -> None:
    """A thousand signed mails must not bury the faults that are some."""
    kind = "application/pkcs7-signature" if reason else media_type(InMemory(signature), "sig")
    reading = readers.read(InMemory(signature), Hint("signature", kind))

    assert [fault.reason for fault in reading.faults] == ([reason] if reason else [])
    assert not any(fault.lost for fault in reading.faults)


def test_a_damaged_content_is_a_loss() -> None:
    with pytest.raises(UnreadableError):
        smime.read(InMemory(b"0\x80\x06"), Hint("a.p7m", "application/pkcs7-mime"))
