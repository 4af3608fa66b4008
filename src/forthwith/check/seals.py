"""Signed seals beside a volume's manifest, and the time stamps on them (SG).

A seal is a signature on the manifest, which names every other file. Whoever changes a volume can
take the seal away or put one of their own in its place, so a seal that the manifest or the letter
speaks of must be there and be of the key they name, and whoever checks can say which key they
expect. What was verified, and what that does not prove, is told with every seal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from forthwith.check.context import CheckContext, Findings
from forthwith.check.manifest import Manifest, Papers
from forthwith.domain.finding import Finding
from forthwith.plain.counting import count
from forthwith.plain.regular_files import open_regular
from forthwith.seals import envelope, keys, stamp, statement
from forthwith.seals.envelope import LARGEST, Envelope, Malformed
from forthwith.seals.keys import PublicKey
from forthwith.seals.seen import SealSeen, plain
from forthwith.seals.stamp import Stamp
from forthwith.seals.statement import Statement

_SEAL, _STAMP = "_seal.json", "_seal.tsr"
#: No stamp is larger, bytes.
_LARGEST_STAMP = 2**20
#: What a seal says of its volume in words, and the manifest too.
_SAID_TWICE = (
    "volume",
    "matter",
    "number",
    "standard",
    "rules",
    "replaces",
    "day",
    "first",
    "last",
)


def judged(seen: CheckContext, papers: Papers, before: Sequence[Finding] = ()) -> Findings:
    """Report what is wrong with seals and stamps; those seen are put into `seen.seals`.

    `before` is what is found already: a manifest that is told to be absent is not told again.
    """
    folder, wanted = seen.volume.folder, seen.volume.wanted_seal
    paths = [path for path in folder.with_suffix(_SEAL) if path not in seen.volume.laid]
    for path in paths:
        yield from _Seal(seen, papers, path, {finding.code for finding in before}).judged()
    stems = {path.lower().removesuffix(_SEAL) for path in paths}
    for path in folder.with_suffix(_STAMP):
        if path.lower().removesuffix(_STAMP) not in stems and path not in seen.volume.laid:
            yield seen.report("SG05", "there is a time stamp and not the seal it is of", file=path)
            return
    if paths or wanted.to_come:
        return
    named = next((letter for letter in papers.letters if letter.names_seal), None)
    if papers.manifest is not None and papers.manifest.sealed_by:
        message = f"the manifest says it is signed with the key {papers.manifest.sealed_by}"
        yield seen.report("SG05", f"{message}; there is no seal", file=papers.manifest.path)
    elif named is not None:
        message = "the letter speaks of a signed seal; there is none"
        yield seen.report("SG05", message, file=named.path)
    elif wanted.fingerprint:
        message = f"a seal by the key {wanted.fingerprint} was expected; there is none"
        yield seen.report("SG05", message)


@dataclass(slots=True)
class _Seal:
    """One seal being looked at."""

    seen: CheckContext
    papers: Papers
    path: str
    told: set[str]

    def judged(self) -> Findings:
        data = self._read(self.path, LARGEST)
        opened = Malformed(data) if isinstance(data, str) else envelope.opened(data)
        if isinstance(opened, Malformed):
            yield self._report("SG01", f"the seal cannot be read: {opened.why}")
            return
        said = statement.read(opened.payload)
        if isinstance(said, Malformed) or opened.kind != envelope.IN_TOTO:
            why = said.why if isinstance(said, Malformed) else f"it is of the kind {opened.kind}"
            yield self._report("SG01", f"the seal cannot be read: {why}")
            return
        key = self._key(opened, said)
        if key is not None and not opened.signed_by(key):
            yield self._report("SG01", "the signature is not over what the seal says")
            return
        signer = said.signer
        if key is not None and signer is not None and signer.fingerprint != key.fingerprint:
            yield self._report("SG01", "the seal names another key than the one that signed it")
            return
        seal = self._described(said, key)
        yield from self._expected(seal)
        yield from self._covered(said)
        yield from self._weak(said, key)
        assert isinstance(data, bytes)  # noqa: S101 - an envelope came of it
        read, trusted, findings = self._stamp(data)
        yield from findings
        yield from self._dated(said, key, read)
        if read is not None:
            seal = replace(
                seal,
                stamped=read.at.isoformat(),
                authority=plain(read.authority),
                authority_verified=trusted,
            )
        self.seen.seals.append(seal)

    def _report(self, code: str, message: str, file: str = "") -> Finding:
        return self.seen.report(code, message, file=file or self.path)

    def _read(self, path: str, largest: int) -> bytes | str:
        """Return the bytes of a file, or why they are not had."""
        if self.seen.volume.folder.sizes[path] > largest:
            return f"it is longer than {largest:,} bytes"
        try:
            return self.seen.volume.folder.read(path)
        except OSError as refused:
            return refused.strerror or "it cannot be read"

    def _key(self, opened: Envelope, said: Statement) -> PublicKey | None:
        """Return the key by which it is verified: the one expected where it fits, else its own."""
        expected = self.seen.volume.wanted_seal.key
        own = keys.public_in(said.signer.public_key.encode()) if said.signer else None
        if expected is not None and (own is None or opened.signed_by(expected)):
            return expected
        return own

    def _described(self, said: Statement, key: PublicKey | None) -> SealSeen:
        signer, head = said.signer, said.head
        return SealSeen(
            file=self.path,
            signer=plain(signer.name) if signer else "",
            key=key.fingerprint if key else "",
            algorithm=key.algorithm if key else "",
            verified=key is not None,
            expected=key is not None
            and self.seen.volume.wanted_seal.fingerprint == key.fingerprint,
            day=plain(said.facts.get("day", "")),
            entry=head.seq if head else 0,
            head=head.digest if head else "",
        )

    def _expected(self, seal: SealSeen) -> Findings:
        """Report a seal by another key than is expected, or that the manifest names."""
        wanted = self.seen.volume.wanted_seal
        if wanted.fingerprint:
            if not seal.verified:
                yield self._report("SG05", f"no key is known by which it is {wanted.fingerprint}'s")
            elif seal.key != wanted.fingerprint:
                message = f"it is signed with the key {seal.key}, not with {wanted.fingerprint}"
                yield self._report("SG04", message)
                return
        manifest = self.papers.manifest
        named = "" if manifest is None or not seal.verified else manifest.sealed_by
        if named not in {"", seal.key}:
            message = f"it is signed with the key {seal.key}; the manifest names the key {named}"
            yield self._report("SG04", message)

    def _covered(self, said: Statement) -> Findings:
        """Report files that are not as they were signed, the manifest above all."""
        if said.kind == statement.PAPER:
            yield self._report("SG02", "it seals a paper, not this volume")
            return
        there = {path.lower(): path for path in self.seen.volume.folder.sizes}
        signed = {name.lower() for name in said.subjects}
        manifests = [path for path in there if path.endswith("_manifest.json")]
        absent = [name for name in said.subjects if name.lower() not in there]
        if absent and "PA04" not in self.told:
            more = f" and {count(len(absent) - 1, 'more file')}" if len(absent) > 1 else ""
            verb = "are" if more else "is"
            message = f"it signs {plain(absent[0])}{more}, which {verb} not here"
            yield self._report("SG02", message)
        changed = set()
        for name, digest in said.subjects.items():
            path = there.get(name.lower())
            if path is not None and _sha256(self.seen, path) not in {digest, ""}:
                changed.add(path)
                yield self._report("SG02", f"{path} is not the file that was signed", path)
        manifest = self.papers.manifest
        if manifest is not None and manifest.path not in changed:
            yield from self._said_twice(said, manifest)
        if manifests and signed.isdisjoint(manifests):
            yield self._report("SG02", "it does not sign the manifest", there[manifests[0]])

    def _said_twice(self, said: Statement, manifest: Manifest) -> Findings:
        """Report what the seal says of the volume and the manifest under it says otherwise."""
        for name in _SAID_TWICE:
            theirs, ours = said.facts.get(name), manifest.says.get(name)
            if theirs is not None and ours is not None and theirs != ours:
                message = (
                    f"the seal says {name} {plain(theirs)}, the manifest it signs {plain(ours)}"
                )
                yield self._report("SG02", message)

    def _weak(self, said: Statement, key: PublicKey | None) -> Findings:
        if key is not None and key.weak:
            yield self._report("SG06", key.weak)
        for certificate in _certificates(said)[:1]:
            if key is not None and _fingerprint(certificate) != key.fingerprint:
                yield self._report("SG06", "the certificate in it is of another key")

    def _dated(self, said: Statement, key: PublicKey | None, read: Stamp | None) -> Findings:
        """Report a certificate that was not valid when it signed, as far as that is known."""
        when = read.at if read is not None else _noon(said.facts.get("day", ""))
        for certificate in _certificates(said)[:1] if key is not None and when else ():
            assert when is not None  # noqa: S101 - see above
            since, until = certificate.not_valid_before_utc, certificate.not_valid_after_utc
            if not since <= when <= until:
                message = (
                    f"the signer's certificate is valid from {since:%Y-%m-%d} to "
                    f"{until:%Y-%m-%d}, and not on {when:%Y-%m-%d}"
                )
                yield self._report("SG06", message)

    def _stamp(self, sealed: bytes) -> tuple[Stamp | None, bool, list[Finding]]:
        """Return the stamp of a seal, whether its authority is trusted, and what is wrong."""
        wanted = self.path.lower().removesuffix(_SEAL) + _STAMP
        path = next((own for own in self.seen.volume.folder.sizes if own.lower() == wanted), None)
        if path is None:
            return None, False, []
        data = self._read(path, _LARGEST_STAMP)
        answer = Malformed(data) if isinstance(data, str) else stamp.response(data)
        read = answer if isinstance(answer, Malformed) else stamp.read(answer, sealed)
        if isinstance(read, Malformed):
            return None, False, [self._report("SG03", read.why, path)]
        findings = [self._report("SG06", why, path) for why in read.weak]
        roots = self.seen.volume.wanted_seal.roots
        why = stamp.trusted(answer, sealed, roots) if roots and isinstance(answer, bytes) else ""
        if why:
            message = f"its authority is not under the root that was named: {why}"
            findings.append(self._report("SG03", message, path))
        return read, bool(roots) and not why, findings


def _sha256(seen: CheckContext, path: str) -> str:
    """Return a file's SHA-256; "" where it cannot be read, which others tell."""
    try:
        with open_regular(seen.volume.folder.root / path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _certificates(said: Statement) -> list[x509.Certificate]:
    found = list[x509.Certificate]()
    for text in said.signer.certificates if said.signer else ():
        found += stamp.roots_in(text.encode())
    return found


def _fingerprint(certificate: x509.Certificate) -> str:
    """Return the fingerprint of the key it certifies; "" for a kind that seals nothing here."""
    key = keys.public_in(certificate.public_bytes(Encoding.PEM))
    return key.fingerprint if key is not None else ""


def _noon(day: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(day), time(12), UTC)
    except ValueError:
        return None


def notes(seals: Sequence[SealSeen]) -> Iterator[str]:
    """Yield for each seal what was verified, and what that does not prove."""
    for seal in seals:
        yield f"{seal.file}: {seal.verdict} {seal.limits}"
