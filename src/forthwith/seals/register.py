"""Which keys seal a matter, since when and until when: read from the acts of its journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from forthwith.domain.act_bodies import Body
from forthwith.domain.acts import Act, Acts
from forthwith.seals.keys import PublicKey, public_in

#: The act by which a key is entered or retired; its key is the fingerprint.
SEAL_KEY = "seal key"
#: The act by which a time stamp joins a seal; its key is the volume.
SEAL_STAMP = "seal stamp"


@dataclass(frozen=True, slots=True)
class RegisteredKey:
    """One key as the journal has it."""

    fingerprint: str
    algorithm: str
    #: In PEM.
    public_key: str
    certificates: tuple[str, ...]
    #: Whose it is, and how whoever entered it knows that.
    name: str
    known: str
    #: Where its private half lay when it was entered.
    where: str
    #: False once it is retired, and why.
    in_use: bool = True
    because: str = ""
    #: Entries of the journal by which it was entered and retired; 0 while it is not.
    since: int = 0
    until: int = 0
    #: Who entered it, and how that name is known; when, ISO 8601, UTC.
    by: str = ""
    by_known: str = ""
    at: str = ""

    def body(self) -> dict[str, object]:
        """Return what its act says."""
        return {
            "fingerprint": self.fingerprint,
            "algorithm": self.algorithm,
            "public_key": self.public_key,
            "certificates": list(self.certificates),
            "name": self.name,
            "known": self.known,
            "where": self.where,
            "in_use": self.in_use,
            "because": self.because,
        }

    @property
    def key(self) -> PublicKey | None:
        """Return the public key; None where the journal's text of it is none."""
        return public_in(self.public_key.encode())

    def held_at(self, seq: int) -> bool:
        """Return True where the key was in use when entry `seq` was written."""
        return self.since < seq and (not self.until or seq < self.until)


def keys(acts: Acts) -> Mapping[str, RegisteredKey]:
    """Return every key by its fingerprint, in the order entered. Raises BodyError.

    A key that is entered again is in use again; it counts from its first entry.
    """
    known: dict[str, RegisteredKey] = {}
    for act in acts:
        if act.kind == SEAL_KEY:
            row = _read(act)
            if (before := known.get(row.fingerprint)) is not None:
                row = replace(row, since=before.since, by=before.by, by_known=before.by_known,
                              at=before.at)  # fmt: skip
            if not row.in_use:
                row = replace(row, until=act.seq)
            known[row.fingerprint] = row
    return known


def in_use(acts: Acts) -> RegisteredKey | None:
    """Return the key that seals now, the last entered; None where there is none."""
    current = [key for key in keys(acts).values() if key.in_use]
    return current[-1] if current else None


def _read(act: Act) -> RegisteredKey:
    body = Body(f"seal key {act.key!r}", act.body)
    row = RegisteredKey(
        body.text("fingerprint", None),
        body.text("algorithm", None),
        body.text("public_key", None),
        body.texts("certificates"),
        body.text("name"),
        body.text("known"),
        body.text("where"),
        body.flag("in_use") is not False,
        body.text("because"),
        since=act.seq,
        by=act.who,
        by_known=act.known_by,
        at=act.at,
    )
    body.end()
    return row
