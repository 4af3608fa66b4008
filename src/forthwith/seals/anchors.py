"""Heads of a journal noted elsewhere: read out of whatever they were noted in.

A head is 64 hex digits. Where a file marks its heads ("journal head", `"head":`, "anchor"), only
those count, for letters and lists hold other digests too; where it marks none, every 64 hex digits
in it count, but for those that a Git log or a transparency log says are something else. A seal is
read by its envelope.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass

from forthwith.seals import envelope, statement
from forthwith.seals.envelope import Envelope
from forthwith.seals.statement import Statement

_DIGEST = re.compile(r"(?<![0-9A-Za-z])(?:sha256:)?([0-9a-fA-F]{64})(?![0-9A-Za-z])")
#: Signs before a digest in which words are looked for: the line before it, as letters wrap.
_BEFORE = 90
#: What says that a digest is a head.
_MARK = re.compile(
    r"(?:journal[\s_-]*head|\bhead|\banchor)\W{1,16}"
    r"(?:(?:is|was|of entry [\d,]+|at entry [\d,]+|sha-?256)\W{1,8}){0,2}$",
    re.IGNORECASE,
)
#: What says that it is none: objects of Git, names and trees of a transparency log, keys.
_OTHER = re.compile(
    r"\b(?:commit|tree|parent|object|merge|blob|log_?id|root_?hash|tree_?id|key_?id|uuid|"
    r"fingerprint|public key)\W{1,8}$",
    re.IGNORECASE,
)
#: Hashes of a proof of inclusion.
_PROOF = re.compile(r"\"hashes\"\s*:\s*\[[^\]]*\]")
#: Bodies of a transparency log's entries.
_BODY = re.compile(r"\"body\"\s*:\s*\"([A-Za-z0-9+/=]{40,})\"")


@dataclass(frozen=True, slots=True)
class Anchor:
    """One head noted elsewhere."""

    digest: str
    #: The file and line it was read from, or "--anchor".
    place: str
    #: The entry it is said to be of; 0 where nobody says.
    seq: int = 0


def typed(text: str) -> Anchor | None:
    """Read a head as typed; None for what is none."""
    found = _DIGEST.fullmatch(text.strip())
    return Anchor(found[1].lower(), "--anchor") if found else None


def in_file(data: bytes, name: str) -> tuple[Anchor, ...]:
    """Return the heads noted in a file, in the order they stand, once each."""
    sealed = _of_seal(data, name)
    if sealed:
        return sealed
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    found = list(_in_text(data.decode(encoding, "replace"), name))
    marked = [anchor for anchor, is_marked in found if is_marked]
    kept = marked or [anchor for anchor, _ in found]
    return tuple({anchor.digest: anchor for anchor in reversed(kept)}.values())[::-1]


def _of_seal(data: bytes, name: str) -> tuple[Anchor, ...]:
    opened = envelope.opened(data)
    if not isinstance(opened, Envelope):
        return ()
    said = statement.read(opened.payload)
    if not isinstance(said, Statement) or said.head is None:
        return ()
    return (Anchor(said.head.digest, name, said.head.seq),)


def _in_text(text: str, name: str) -> Iterator[tuple[Anchor, bool]]:
    """Yield each digest with whether it is marked as a head."""
    for found in _DIGEST.finditer(_PROOF.sub(_blanked, text)):
        before = text[max(0, found.start() - _BEFORE) : found.start()]
        if not _OTHER.search(before):
            line = text.count("\n", 0, found.start()) + 1
            anchor = Anchor(found[1].lower(), f"{name}, line {line:,}")
            yield anchor, bool(_MARK.search(before))
    for body in _BODY.findall(text):
        try:
            inside = base64.b64decode(body).decode("utf-8", "replace")
        except ValueError:
            continue
        for found in _DIGEST.finditer(inside):
            yield Anchor(found[1].lower(), name), False


def _blanked(found: re.Match[str]) -> str:
    """Return as much that is no digest, so that what follows stays where it is."""
    return re.sub(r"[^\n]", " ", found[0])
