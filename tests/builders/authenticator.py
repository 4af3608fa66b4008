"""A passkey in software: ES256, resident, as a browser and its device would answer together.

What a browser or a device would never do, it does where a test says so.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


def text(given: bytes) -> str:
    """Return base64url without its padding."""
    return base64.urlsafe_b64encode(given).rstrip(b"=").decode()


@dataclass
class Authenticator:
    """One credential on one device."""

    origin: str = "http://localhost:8600"
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    handle: str = ""
    count: int = 1
    verified: bool = True
    present: bool = True
    #: What the browser says besides: crossOrigin, topOrigin.
    told: dict[str, Any] = field(default_factory=dict)

    def made(self, options: dict[str, Any], **odd: Any) -> dict[str, Any]:
        """Answer navigator.credentials.create()."""
        self.handle = options["user"]["id"]
        numbers = self.key.public_key().public_numbers()
        public = {
            1: 2, 3: odd.get("algorithm", -7), -1: 1,
            -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big"),
        }  # fmt: skip
        length = len(self.id).to_bytes(2, "big")
        attested = bytes(16) + length + self.id + cbor2.dumps(public)
        site = odd.get("site", options["rp"]["id"])
        said = {"fmt": "none", "attStmt": {}, "authData": self._said(site, _ATTESTED) + attested}
        told = self._told(odd.get("type", "webauthn.create"), options)
        response = {"clientDataJSON": text(told), "attestationObject": text(cbor2.dumps(said))}
        return self._credential(response)

    def shown(self, options: dict[str, Any], **odd: Any) -> dict[str, Any]:
        """Answer navigator.credentials.get()."""
        told = self._told(odd.get("type", "webauthn.get"), options)
        said = self._said(odd.get("site", options["rpId"]), 0)
        signed = said + hashlib.sha256(told).digest()
        key: ec.EllipticCurvePrivateKey = odd.get("key", self.key)
        response = {
            "clientDataJSON": text(told),
            "authenticatorData": text(said),
            "signature": text(key.sign(signed, ec.ECDSA(hashes.SHA256()))),
            "userHandle": odd.get("handle", self.handle),
        }
        return self._credential(response)

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        named = text(self.id)
        return {"id": named, "rawId": named, "type": "public-key", "response": response}

    def _told(self, kind: str, options: dict[str, Any]) -> bytes:
        told = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps({**told, "crossOrigin": False, **self.told}).encode()

    def _said(self, site: str, flags: int) -> bytes:
        flags |= _PRESENT * self.present | _VERIFIED * self.verified
        count = self.count.to_bytes(4, "big")
        return hashlib.sha256(site.encode()).digest() + bytes([flags]) + count
