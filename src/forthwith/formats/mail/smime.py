"""S/MIME (RFC 8551): the content of a signed message, and the fact that another is encrypted.

Nothing is verified and nothing decrypted: a signature is told, not judged. Reads CMS (RFC 5652)
through asn1crypto, and the long-form indefinite lengths Outlook and OpenSSL write.
"""

from __future__ import annotations

import zlib
from functools import partial

from asn1crypto import cms, core, pem

from forthwith.domain import fields
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    ByteSource,
    Child,
    Fault,
    FaultReason,
    FieldValue,
    Hint,
    Kind,
    Limits,
    Reading,
    Relation,
    TextMethod,
)
from forthwith.formats.bytes.stream import whole, within_budget

MEDIA_TYPES = frozenset({"application/pkcs7-mime", "application/pkcs7-signature"})
_ENCRYPTED = frozenset({"enveloped_data", "encrypted_data", "authenticated_enveloped_data"})
#: Compressed content up to this size is taken whatever its ratio, bytes.
_SMALL = 10 * 2**20
#: What asn1crypto raises on bytes that are no sound CMS.
_NOT_CMS = (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError)


def content_type(data: bytes) -> str:
    """Return what a CMS object holds: "signed_data", "enveloped_data" …; "" when it is no CMS."""
    try:
        return str(_content_info(data)["content_type"].native or "")
    except _NOT_CMS:
        return ""


def signed_content(data: bytes) -> bytes | None:
    """Return the content inside an opaque signature or compression; None when there is none."""
    try:
        info = _content_info(data)
        kind = info["content_type"].native
        if kind == "compressed_data":
            return _inflated(info["content"]["encap_content_info"]["content"].native)
        if kind != "signed_data":
            return None
        content = info["content"]["encap_content_info"]["content"]
        value = content.native if isinstance(content, core.OctetString | cms.Any) else None
        return value if isinstance(value, bytes) else None
    except _NOT_CMS:
        return None


def _inflated(data: bytes) -> bytes | None:
    """Return compressed content (RFC 3274); None when it grows past all measure."""
    most = min(Limits().item_bytes, max(_SMALL, Limits().ratio * len(data)))
    try:
        content = zlib.decompressobj().decompress(data, most + 1)
    except zlib.error:
        return None
    return content if len(content) <= most else None


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read one CMS object. Raises UnreadableError when it is encrypted or content is damaged."""
    data = whole(source, hint)
    kind = content_type(data)
    if kind in _ENCRYPTED:
        raise UnreadableError(
            Fault(FaultReason.ENCRYPTED, "encrypted with S/MIME; the key is needed", lost=True)
        )
    if not kind and hint.media_type == "application/pkcs7-signature":
        # A signature holds nothing to read but its signers; its bytes are there all the same.
        fault = Fault(FaultReason.CORRUPT, "a damaged signature, whose signers cannot be read")
        return Reading(Kind.EDOC, hint.media_type, faults=(fault,))
    if not kind:
        raise UnreadableError(Fault(FaultReason.CORRUPT, "not a sound CMS object", lost=True))
    content = signed_content(data)
    faults: tuple[Fault, ...] = ()
    if kind == "compressed_data" and content is None:
        faults = (Fault(FaultReason.TOO_LARGE, "compressed content is damaged or far too large"),)
    text = "\n".join(f"[Signed by: {signer}]" for signer in _signers(data))
    children: list[Child | Fault] = []
    if content is not None:
        load = within_budget(lambda: content, hint)
        children.append(Child("part:1", "", Relation.EMBEDDED, load, "message/rfc822"))
    signed = (FieldValue(fields.SIGNED, "S/MIME", "cms:signed_data"),)
    return Reading(
        Kind.EDOC,
        hint.media_type,
        text=text,
        text_method=TextMethod.EXTRACTED if text else TextMethod.NONE,
        fields=signed if kind == "signed_data" else (),
        faults=faults,
        children=partial(iter, children) if children else None,
        declared=len(children) or None,
    )


def open_step(source: ByteSource, step: str, hint: Hint) -> bytes | Fault:
    """Return the content again."""
    content = signed_content(whole(source, hint)) if step == "part:1" else None
    if content is None:
        return Fault(FaultReason.MISSING, "no such part inside the signature", lost=True, step=step)
    return content


def _content_info(data: bytes) -> cms.ContentInfo:
    if data.lstrip()[:10] == b"-----BEGIN":
        data = pem.unarmor(data.lstrip())[2]
    return cms.ContentInfo.load(data)


def _signers(data: bytes) -> list[str]:
    """Return the subjects of the certificates that come with a signature."""
    try:
        info = _content_info(data)
        if info["content_type"].native != "signed_data":
            return []
        certificates = info["content"]["certificates"]
        return [
            certificate.chosen.subject.human_friendly
            for certificate in certificates
            if certificate.name == "certificate"
        ]
    except _NOT_CMS:
        return []
