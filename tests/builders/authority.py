"""A time-stamp authority of the tests' own: certificates, answers, and a server on this machine."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

#: When the authority stamps, unless told otherwise.
NOON = datetime(2026, 2, 9, 12, 0, tzinfo=UTC)
_HASHES = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256(), "sha512": hashes.SHA512()}

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def certificate(
    name: str,
    key: Key,
    issuer: tuple[str, Key] | None = None,
    *,
    since: datetime = NOON - timedelta(days=365),
    until: datetime = NOON + timedelta(days=365),
    usage: x509.ObjectIdentifier | None = ExtendedKeyUsageOID.TIME_STAMPING,
    critical: bool = True,
    by: hashes.SHA256 | hashes.SHA1 | None = None,
) -> x509.Certificate:
    """Return a certificate; without an issuer a root that certifies others."""
    above, signing = issuer or (name, key)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(above))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if issuer is not None and usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=critical)
    return builder.sign(signing, by or hashes.SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


@dataclass
class Authority:
    """Answers requests; each field changed makes it wrong in one way."""

    key: Key = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    root_key: Key = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    name: str = "Harbour Time Stamps"
    at: datetime = NOON
    #: Digest the answer is signed by, and what the certificate says.
    digest: str = "sha256"
    leaf: x509.Certificate | None = None
    root: x509.Certificate | None = None
    status: str = "granted"
    #: Whether the answer has the nonce of its request, and the certificates.
    nonce: bool = True
    enclosed: bool = True
    #: Digest in the attribute that names the certificate; a wrong one when set.
    named: bytes = b""

    def __post_init__(self) -> None:
        self.root = self.root or certificate("Harbour Root", self.root_key)
        self.leaf = self.leaf or certificate(self.name, self.key, ("Harbour Root", self.root_key))

    @property
    def root_pem(self) -> bytes:
        assert self.root is not None
        return self.root.public_bytes(Encoding.PEM)

    def answer(self, request: bytes) -> bytes:
        """Return a response (RFC 3161) in DER."""
        if self.status not in {"granted", "granted_with_mods"}:
            status = tsp.PKIStatusInfo({"status": self.status}).dump()
            return b"\x30" + bytes([len(status)]) + status
        asked = tsp.TimeStampReq.load(request)
        info = {
            "version": "v1",
            "policy": "1.3.6.1.4.1.99999.1",
            "message_imprint": asked["message_imprint"],
            "serial_number": 4711,
            "gen_time": self.at,
        }
        if self.nonce and asked["nonce"].native is not None:
            info["nonce"] = asked["nonce"]
        body = tsp.TSTInfo(info).dump()
        return tsp.TimeStampResp(
            {
                "status": {"status": self.status},
                "time_stamp_token": cms.ContentInfo(
                    {"content_type": "signed_data", "content": self._signed(body)}
                ),
            }
        ).dump()

    def _signed(self, body: bytes) -> cms.SignedData:
        assert self.leaf is not None
        assert self.root is not None
        der = self.leaf.public_bytes(Encoding.DER)
        own = asn1_x509.Certificate.load(der)
        named = tsp.SigningCertificateV2(
            {"certs": [{"cert_hash": self.named or hashlib.sha256(der).digest()}]}
        )
        attributes = cms.CMSAttributes(
            [
                {"type": "content_type", "values": ["tst_info"]},
                {"type": "message_digest", "values": [hashlib.new(self.digest, body).digest()]},
                {"type": "signing_certificate_v2", "values": [named]},
            ]
        )
        rsa_key = isinstance(self.key, rsa.RSAPrivateKey)
        scheme = f"{self.digest}_{'rsa' if rsa_key else 'ecdsa'}"
        signer = {
            "version": "v1",
            "sid": {
                "issuer_and_serial_number": {
                    "issuer": own.issuer,
                    "serial_number": own.serial_number,
                }
            },
            "digest_algorithm": {"algorithm": self.digest},
            "signed_attrs": attributes,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": scheme}),
            "signature": self._signature(attributes.dump()),
        }
        root = asn1_x509.Certificate.load(self.root.public_bytes(Encoding.DER))
        return cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [{"algorithm": self.digest}],
                "encap_content_info": {
                    "content_type": "tst_info",
                    "content": core.ParsableOctetString(body),
                },
                "certificates": [own, root] if self.enclosed else [],
                "signer_infos": [signer],
            }
        )

    def _signature(self, data: bytes) -> bytes:
        digest = _HASHES[self.digest]
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), digest)
        return self.key.sign(data, ec.ECDSA(digest))


@contextmanager
def serving(authority: Authority, *, code: int = 200, body: bytes | None = None) -> Iterator[str]:
    """Serve an authority on this machine; yields its address."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = self.rfile.read(int(self.headers["Content-Length"]))
            answer = authority.answer(request) if body is None else body
            self.send_response(code)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsr"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
