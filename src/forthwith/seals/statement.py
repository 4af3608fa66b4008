"""What a seal says, as an in-toto Statement, version 1 (in-toto/attestation, spec/v1).

The subjects are files with their SHA-256, by which anybody's tools verify it: of a volume its
manifest, which names every other file; of a paper each of its forms. The predicate says which
volume or paper it is, where the journal of the sealing party stood, and who signs with which key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from forthwith.seals.envelope import Malformed, loaded

_TYPE = "https://in-toto.io/Statement/v1"
#: What kind of seal it is.
VOLUME, PAPER = "urn:forthwith:volume-seal:1", "urn:forthwith:paper-seal:1"
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Head:
    """Where a journal stood: its last entry, and that entry's digest."""

    seq: int
    digest: str


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs, as the seal itself says."""

    name: str
    fingerprint: str
    algorithm: str
    #: The public key and what certifies it, in PEM.
    public_key: str
    certificates: tuple[str, ...] = ()
    #: How the name is known to who entered the key.
    known: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One seal's contents."""

    #: `VOLUME`, `PAPER`, or whatever another program's statement is about.
    kind: str
    #: SHA-256 by path: of a volume within it, of a paper within its folder.
    subjects: Mapping[str, str]
    #: Facts in plain words, by name: volume, matter, number, standard, day, first, last …
    facts: Mapping[str, str] = field(default_factory=dict)
    head: Head | None = None
    signer: Signer | None = None


def written(statement: Statement) -> bytes:
    """Return a statement as it is signed: JSON with sorted keys, the same for the same values."""
    predicate: dict[str, Any] = dict(statement.facts)
    if statement.head is not None:
        head = statement.head
        predicate["journal"] = {"seq": head.seq, "head": head.digest}
    if statement.signer is not None:
        signer = statement.signer
        predicate["signer"] = {
            "name": signer.name,
            "known": signer.known,
            "key_id": signer.fingerprint,
            "algorithm": signer.algorithm,
            "public_key": signer.public_key,
            "certificates": list(signer.certificates),
        }
    body = {
        "_type": _TYPE,
        "predicateType": statement.kind,
        "subject": [
            {"name": name, "digest": {"sha256": digest}}
            for name, digest in sorted(statement.subjects.items())
        ],
        "predicate": predicate,
    }
    return json.dumps(body, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()


def read(payload: bytes) -> Statement | Malformed:
    """Read anybody's statement; of another program's predicate only what has our names is taken."""
    body = loaded(payload)
    if isinstance(body, Malformed):
        return body
    if body.get("_type") != _TYPE:
        return Malformed("what is signed is no in-toto statement of version 1")
    subjects = _subjects(body.get("subject"))
    if isinstance(subjects, Malformed):
        return subjects
    kind, predicate = body.get("predicateType"), body.get("predicate", {})
    if not isinstance(kind, str) or not isinstance(predicate, dict):
        return Malformed("the signed statement does not say what it is about")
    facts = {name: value for name, value in predicate.items() if isinstance(value, str)}
    return Statement(
        kind, subjects, facts, _head(predicate.get("journal")), _signer(predicate.get("signer"))
    )


def _subjects(rows: object) -> dict[str, str] | Malformed:
    if not isinstance(rows, list) or not rows:
        return Malformed("the signed statement names no file")
    subjects: dict[str, str] = {}
    for row in rows:
        name = row.get("name") if isinstance(row, dict) else None
        digests = row.get("digest") if isinstance(row, dict) else None
        digest = digests.get("sha256") if isinstance(digests, dict) else None
        if not isinstance(name, str) or not isinstance(digest, str):
            return Malformed("the signed statement names a file without its SHA-256")
        if not _DIGEST.fullmatch(digest.lower()):
            return Malformed("a SHA-256 in the signed statement has not 64 hex digits")
        path = name.replace("\\", "/")
        if subjects.setdefault(path, digest.lower()) != digest.lower():
            # Two readers may take different ones.
            return Malformed("the signed statement names a file twice, with two digests")
    return subjects


def _head(table: object) -> Head | None:
    if not isinstance(table, dict):
        return None
    seq, digest = table.get("seq"), table.get("head")
    sound = isinstance(digest, str) and _DIGEST.fullmatch(digest)
    if not sound or not isinstance(digest, str) or not isinstance(seq, int):
        return None
    return Head(seq, digest)


def _signer(table: object) -> Signer | None:
    if not isinstance(table, dict):
        return None
    texts = {
        name: value if isinstance(value := table.get(name), str) else ""
        for name in ("name", "known", "key_id", "algorithm", "public_key")
    }
    rows = table.get("certificates")
    listed: Sequence[object] = rows if isinstance(rows, list) else ()
    return Signer(
        texts["name"],
        texts["key_id"],
        texts["algorithm"],
        texts["public_key"],
        tuple(row for row in listed if isinstance(row, str)),
        texts["known"],
    )
