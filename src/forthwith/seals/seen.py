"""What was seen of a seal by whoever checks a volume, and what they expected of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from cryptography import x509

from forthwith.seals.keys import PublicKey


@dataclass(frozen=True, slots=True)
class WantedSeal:
    """What whoever checks expects of the seals."""

    #: Of the signer's key, 64 hex digits; "" where any will do.
    fingerprint: str = ""
    #: That key, where its file was named.
    key: PublicKey | None = None
    #: Certificates to one of which the authority of a time stamp must lead; none: any will do.
    roots: tuple[x509.Certificate, ...] = ()
    #: True before the seal of a volume of our own: that it is not there yet is no finding.
    to_come: bool = False


def plain(text: str) -> str:
    """Return what somebody else wrote so that it can be printed anywhere: signs that steer written
    out, and not longer than a line.
    """
    shown = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text[:_LONGEST])
    return shown + "…" if len(text) > _LONGEST else shown


#: Letters of a name or a path that are shown.
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class SealSeen:
    """One seal whose form is sound; what is wrong with it stands in findings."""

    file: str
    #: Whose the key is, as the seal says.
    signer: str
    #: Fingerprint and kind of the key that verified it; "" where none was there to.
    key: str
    algorithm: str
    verified: bool
    #: True where it is the key that whoever checks expects.
    expected: bool
    #: The day the seal says.
    day: str
    #: Where the signer's journal stood; 0 and "" where the seal does not say.
    entry: int
    head: str
    #: When, ISO 8601, UTC, and by whom it was stamped; "" where it is not.
    stamped: str = ""
    authority: str = ""
    #: True where the authority leads to a root whoever checks named.
    authority_verified: bool = False

    @property
    def verdict(self) -> str:
        """Say who signed and when, in sentences."""
        name = f"says it is {self.signer}'s" if self.signer else "says nothing of whose it is"
        if not self.verified:
            return f"signed, and {name}; the key to verify it by is not in it."
        text = f"signed with the {self.algorithm} key {self.key}, which {name}."
        if self.stamped:
            when = datetime.fromisoformat(self.stamped)
            text += f" It existed on {when:%Y-%m-%d at %H:%M:%S} UTC, by a stamp of "
            return f"{text}{self.authority}."
        return f"{text} It says it was signed on {self.day}." if self.day else text

    @property
    def limits(self) -> str:
        """Say what that does not prove, in sentences."""
        texts = []
        if not self.verified:
            texts.append("Nothing of it is proved: name the signer's key with --signer.")
        elif not self.expected:
            texts.append(
                "That the key is theirs is the seal's own word: compare its fingerprint with one "
                "you had from them by another way (--signer)."
            )
        if self.verified and not self.stamped:
            texts.append("The day is the signer's word: no time stamp dates it.")
        elif self.stamped and not self.authority_verified:
            texts.append("The authority of the stamp was not verified (--tsa-root).")
        texts.append("It does not prove that the volume is complete, nor who held the key.")
        return " ".join(texts)

    def as_json(self) -> dict[str, object]:
        """Return it as `check --json` prints it."""
        return asdict(self) | {"verdict": self.verdict, "limits": self.limits}
