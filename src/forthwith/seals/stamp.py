"""Time stamps (RFC 3161): asked for, taken from a file, and read against what they stamp.

A stamp is kept as the authority's response in DER, as `openssl ts` and everybody else reads it.
Reading it says whether it stamps these bytes and is signed by the certificate it carries; whether
that certificate is to be trusted is a question of its own, answered only under a root that was
named.
"""

from __future__ import annotations

import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from asn1crypto import cms, core, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from forthwith.domain.errors import ForthwithError
from forthwith.seals.envelope import Malformed
from forthwith.seals.keys import PublicKey

#: Seconds an authority is given to answer, and the most it may answer, bytes.
_PATIENCE = 30.0
_LARGEST = 2**20
_REQUEST, _RESPONSE = "application/timestamp-query", "application/timestamp-reply"
_HASHES: dict[str, hashes.HashAlgorithm] = {
    # Read, and told as weak.
    "sha1": hashes.SHA1(),  # noqa: S303
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
#: Statuses of an answer that holds a stamp (RFC 3161, 2.4.2).
_GRANTED = frozenset({"granted", "granted_with_mods"})


class _Response(core.Sequence):  # type: ignore[misc]
    """TimeStampResp (RFC 3161, 2.4.2), whose token is not there where none was granted."""

    _fields = [  # noqa: RUF012 - how the library declares a structure
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


class StampRefusedError(ForthwithError):
    """No time stamp was had from an authority."""

    def __init__(self, source: str, why: str) -> None:
        super().__init__(
            f"No time stamp from {source}: {why}. Nothing was stamped. Try again, name another "
            "authority, or go without the network: `forthwith timestamp VOLUME --request FILE`, "
            "and `--response FILE` with what the authority answered."
        )


@dataclass(frozen=True, slots=True)
class Stamp:
    """One time stamp that stamps what it should, and is signed by the certificate in it."""

    #: When, in UTC.
    at: datetime
    #: The authority, as its certificate names it.
    authority: str
    serial: str
    #: What makes it weaker than it should be, in sentences without their full stop.
    weak: tuple[str, ...] = ()


def request(data: bytes, *, nonce: bool) -> bytes:
    """Return the request for a stamp of SHA-256 of `data`, in DER.

    A request that lies in a file has no nonce: nobody would be there to compare it.
    """
    builder = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256)
    return builder.nonce(nonce=nonce).cert_request(cert_request=True).build().as_bytes()


def asked(url: str, data: bytes, patience: float = _PATIENCE) -> bytes:
    """Ask the authority at `url` for a stamp of `data`; return its response in DER.

    Raises StampRefusedError.
    """
    if urlsplit(url).scheme not in {"http", "https"}:
        raise StampRefusedError(url, "its address begins neither with http:// nor with https://")
    query = request(data, nonce=True)
    headers = {"Content-Type": _REQUEST, "Accept": _RESPONSE}
    call = urllib.request.Request(url, query, headers)  # noqa: S310 - http or https, see above
    try:
        with urllib.request.urlopen(call, timeout=patience) as reply:  # noqa: S310
            answer: bytes = reply.read(_LARGEST + 1)
    except urllib.error.HTTPError as refused:
        raise StampRefusedError(url, f"it answered {refused.code}") from refused
    except urllib.error.URLError as refused:
        raise StampRefusedError(url, f"it is not reached ({refused.reason})") from refused
    except (OSError, ValueError, http.client.HTTPException) as refused:
        raise StampRefusedError(url, f"it is not reached ({refused or 'it hung up'})") from refused
    whole = response(answer)
    stamp = whole if isinstance(whole, Malformed) else read(whole, data)
    if isinstance(whole, Malformed) or isinstance(stamp, Malformed):
        wrong = whole if isinstance(whole, Malformed) else stamp
        raise StampRefusedError(url, wrong.why if isinstance(wrong, Malformed) else "")
    sent = tsp.TimeStampReq.load(query)["nonce"].native
    if _info(whole)["nonce"].native != sent:
        raise StampRefusedError(url, "its answer is to another request")
    return whole


def response(data: bytes) -> bytes | Malformed:
    """Return what an authority answered as a response in DER; a bare token is put into one."""
    if len(data) > _LARGEST:
        return Malformed(f"it is longer than {_LARGEST:,} bytes")
    try:
        _Response.load(data, strict=True)["status"]["status"].native  # noqa: B018
        return data
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    try:
        token = cms.ContentInfo.load(data, strict=True)
        if token["content_type"].native != "signed_data":
            return Malformed("it is no answer of a time-stamp authority")
        status = {"status": "granted"}
        whole: bytes = _Response({"status": status, "time_stamp_token": token}).dump()
    except (ValueError, TypeError, KeyError, RecursionError):
        return Malformed("it is no answer of a time-stamp authority")
    return whole


def read(data: bytes, stamped: bytes) -> Stamp | Malformed:
    """Read a response over `stamped`; a stamp of something else, or broken, says why."""
    try:
        return _read(data, stamped)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError,
            RecursionError, UnsupportedAlgorithm, x509.InvalidVersion):  # fmt: skip
        # asn1crypto and cryptography raise any of these on what is not sound DER.
        return Malformed("the time stamp cannot be read")


def _info(data: bytes) -> tsp.TSTInfo:
    token = _Response.load(data)["time_stamp_token"]
    return token["content"]["encap_content_info"]["content"].parsed


def _read(data: bytes, stamped: bytes) -> Stamp | Malformed:
    answer = _Response.load(data, strict=True)
    status = answer["status"]["status"].native
    if status not in _GRANTED:
        return Malformed(f"the authority granted no stamp ({status})")
    token = answer["time_stamp_token"]
    if token["content_type"].native != "signed_data":
        return Malformed("the time stamp cannot be read")
    content = token["content"]
    inside = content["encap_content_info"]
    if inside["content_type"].native != "tst_info":
        return Malformed("the time stamp cannot be read")
    info = inside["content"].parsed
    imprint = info["message_imprint"]
    name = imprint["hash_algorithm"]["algorithm"].native
    if name not in _HASHES:
        return Malformed(f"it stamps by a digest that is not known here ({name})")
    if imprint["hashed_message"].native != hashlib.new(name, stamped).digest():
        return Malformed("it is a stamp of something else")
    [signer] = content["signer_infos"]
    leaf = _leaf(content, signer)
    if leaf is None:
        return Malformed("the certificate that signed it is not in it")
    when = info["gen_time"].native.astimezone(UTC)
    if why := _signature(signer, inside["content"].contents, leaf) or _barred(leaf, when):
        return Malformed(why)
    weak = tuple(_weak(name, signer["digest_algorithm"]["algorithm"].native, leaf))
    serial = f"{info['serial_number'].native:x}"
    return Stamp(when, leaf.subject.rfc4514_string() or "an authority without a name", serial, weak)


def _barred(leaf: x509.Certificate, when: datetime) -> str:
    """Say why a certificate may not stamp at a time; "" when it may (RFC 3161, 2.3)."""
    if not leaf.not_valid_before_utc <= when <= leaf.not_valid_after_utc:
        return "the authority's certificate was not valid when it stamped"
    if not _for_stamps(leaf):
        return "the certificate that signed it is not one for time stamps"
    return ""


def _leaf(content: cms.SignedData, signer: cms.SignerInfo) -> x509.Certificate | None:
    """Return the certificate the signer names by issuer and serial, or by its key."""
    own = signer["sid"]
    for choice in content["certificates"]:
        if choice.name != "certificate":
            continue
        held = choice.chosen
        if own.name == "issuer_and_serial_number":
            same = (
                held.issuer == own.chosen["issuer"]
                and held.serial_number == own.chosen["serial_number"].native
            )
        else:
            same = held.key_identifier == own.chosen.native
        if same:
            return x509.load_der_x509_certificate(held.dump())
    return None


def _signature(signer: cms.SignerInfo, signed: bytes, leaf: x509.Certificate) -> str:
    """Say why the signature does not hold; "" when it does (RFC 5652, 5.4 and 5.6)."""
    digest = signer["digest_algorithm"]["algorithm"].native
    if digest not in _HASHES:
        return f"it is signed by a digest that is not known here ({digest})"
    attributes = signer["signed_attrs"]
    values = {row["type"].native: list(row["values"]) for row in attributes}
    [stated] = values["message_digest"]
    [kind] = values["content_type"]
    if kind.native != "tst_info" or stated.native != hashlib.new(digest, signed).digest():
        return "its signature is over something else"
    if not _names(values, leaf):
        return "it names another certificate than the one that signed it"
    # Signed as a SET OF, whatever tag it has where it stands.
    data = b"\x31" + attributes.dump()[1:]
    key, signature, with_hash = leaf.public_key(), signer["signature"].native, _HASHES[digest]
    scheme = signer["signature_algorithm"].signature_algo
    try:
        if isinstance(key, rsa.RSAPublicKey):
            way = padding.PKCS1v15() if scheme == "rsassa_pkcs1v15" else _pss(with_hash)
            key.verify(signature, data, way, with_hash)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(with_hash))
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, data)
        else:
            return "it is signed by a kind of key that is not known here"
    except InvalidSignature:
        return "its signature does not hold"
    return ""


def _pss(digest: hashes.HashAlgorithm) -> padding.PSS:
    return padding.PSS(padding.MGF1(digest), padding.PSS.AUTO)


def _names(values: Mapping[str, list[Any]], leaf: x509.Certificate) -> bool:
    """Return True where a signed attribute names this certificate (RFC 3161, 2.4.2; RFC 5816)."""
    der = leaf.public_bytes(Encoding.DER)
    for attribute, stated in (("signing_certificate_v2", None), ("signing_certificate", "sha1")):
        if attribute in values:
            row = values[attribute][0]["certs"][0]
            digest = stated or row["hash_algorithm"]["algorithm"].native
            return bool(row["cert_hash"].native == hashlib.new(digest, der).digest())
    return False


def _for_stamps(leaf: x509.Certificate) -> bool:
    """Return True for a certificate that is for stamping and nothing else (RFC 3161, 2.3)."""
    try:
        usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        return False
    return usage.critical and list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


def _weak(imprint: str, digest: str, leaf: x509.Certificate) -> Iterator[str]:
    """Say what of a stamp nobody should rely on any more."""
    for what, name in (("it stamps", imprint), ("it is signed", digest)):
        if name == "sha1":
            yield f"{what} by SHA-1, of which forgeries are known"
    by = leaf.signature_hash_algorithm
    if isinstance(by, hashes.SHA1 | hashes.MD5) and leaf.issuer != leaf.subject:
        yield f"the authority's certificate is signed by {by.name.upper()}"
    key = leaf.public_key()
    if isinstance(key, rsa.RSAPublicKey) and PublicKey(key).weak:
        yield f"of the authority, {PublicKey(key).weak}"


def trusted(data: bytes, stamped: bytes, roots: Sequence[x509.Certificate]) -> str:
    """Say why a response that `read` takes does not lead to one of `roots`; "" when it does.

    Certificates count as they stood when it was stamped.
    """
    try:
        whole = decode_timestamp_response(data)
        builder = VerifierBuilder(roots=list(dict.fromkeys(roots)))
        builder.build().verify_message(whole, stamped)
    except (VerificationError, ValueError, TypeError, KeyError, OverflowError) as wrong:
        return f"{wrong}".rstrip(".") or "it leads to none of the certificates that were named"
    return ""


def roots_in(data: bytes) -> tuple[x509.Certificate, ...]:
    """Read certificates, PEM (one or more) or DER; none where there are none."""
    try:
        if data.lstrip().startswith(b"-----"):
            return tuple(x509.load_pem_x509_certificates(data))
        return (x509.load_der_x509_certificate(data),)
    except (ValueError, x509.InvalidVersion):
        return ()
