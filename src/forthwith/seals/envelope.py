"""The envelope of a seal: DSSE, version 1 (secure-systems-lab/dsse, protocol.md, envelope.md).

A signature is over the type and the bytes of what is in the envelope, never over the JSON around
it; so what was verified are exactly the bytes that are read.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from forthwith.seals.keys import PublicKey, SealingKey

#: What is in our envelopes, and in those of everybody who attests files.
IN_TOTO = "application/vnd.in-toto+json"
#: No envelope of a volume is larger, bytes.
LARGEST = 2**24


@dataclass(frozen=True, slots=True)
class Malformed:
    """What is not of the form it should have, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature on an envelope."""

    #: Whose it says it is; a hint that nobody signed.
    key_id: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """Signed bytes and the signatures on them."""

    kind: str
    payload: bytes
    signatures: tuple[Signature, ...]

    def signed_by(self, key: PublicKey) -> bool:
        """Return True where one of the signatures was made with `key`."""
        data = pae(self.kind, self.payload)
        return any(key.verifies(data, signature.signature) for signature in self.signatures)


def pae(kind: str, payload: bytes) -> bytes:
    """Return the bytes a signature is over: the pre-authentication encoding."""
    name = kind.encode()
    return b"DSSEv1 %d %s %d %s" % (len(name), name, len(payload), payload)


def signed(payload: bytes, key: SealingKey, kind: str = IN_TOTO) -> bytes:
    """Return `payload` in an envelope signed with `key`, as a file holds it."""
    signature = key.sign(pae(kind, payload))
    envelope = {
        "payload": base64.b64encode(payload).decode("ascii"),
        "payloadType": kind,
        "signatures": [
            {
                "keyid": key.public.fingerprint,
                "sig": base64.b64encode(signature).decode("ascii"),
            }
        ],
    }
    return (json.dumps(envelope, indent=1) + "\n").encode("ascii")


def opened(data: bytes) -> Envelope | Malformed:
    """Read an envelope; what is not one comes back with the reason."""
    if len(data) > LARGEST:
        return Malformed(f"it is longer than {LARGEST:,} bytes")
    table = loaded(data)
    if isinstance(table, Malformed):
        return table
    kind, body, rows = (table.get(name) for name in ("payloadType", "payload", "signatures"))
    if not (isinstance(kind, str) and kind and isinstance(body, str) and isinstance(rows, list)):
        return Malformed("it is no envelope: payloadType, payload or signatures are not there")
    if not kind.isprintable() or not kind.isascii():
        return Malformed("its payloadType is not plain text")
    payload = _decoded(body)
    if payload is None:
        return Malformed("its payload is not base64")
    signatures = []
    for row in rows:
        text = row.get("sig") if isinstance(row, dict) else None
        signature = _decoded(text) if isinstance(text, str) else None
        if signature is None:
            return Malformed("a signature in it is not base64")
        key_id = row.get("keyid", "")
        signatures.append(Signature(key_id if isinstance(key_id, str) else "", signature))
    if not signatures:
        return Malformed("it holds no signature")
    return Envelope(kind, payload, tuple(signatures))


def loaded(data: bytes) -> dict[str, Any] | Malformed:
    """Read one JSON object in UTF-8, no key of which stands twice."""
    try:
        value = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once)
        # Half a character, written as an escape, could not be printed.
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as wrong:
        twice = isinstance(wrong, _TwiceError)
        return Malformed(str(wrong) if twice else "it is not sound JSON")
    return value if isinstance(value, dict) else Malformed("it is no JSON object")


class _TwiceError(ValueError):
    """Two readers may take different ones."""


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for name, value in pairs:
        if name in table:
            raise _TwiceError(f"the key {name[:40]!r} stands twice in it")
        table[name] = value
    return table


def _decoded(text: str) -> bytes | None:
    """Decode base64 of either alphabet, as DSSE allows; None for anything else."""
    try:
        data = text.encode("ascii").translate(bytes.maketrans(b"-_", b"+/"))
        return base64.b64decode(data, validate=True)
    except (ValueError, binascii.Error):
        return None
