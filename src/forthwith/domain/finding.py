"""Findings: what was seen, where, how grave it is, on which rule that rests, and what cures it.

One value for volumes, responses, privilege logs, claims of privilege and statements. What becomes
of a finding once it is put to a party is `tracked_finding`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

#: Codes of what is about somebody, or about an entry of a log: the first of `Finding.about` is who.
_ABOUT_SOMEBODY = ("RQ04", "RQ05", "RQ07", "PL")


class Severity(StrEnum):
    """How much it matters to the receiver. Any finding at all stops a seal of ours."""

    FATAL = "fatal"
    MAJOR = "major"
    MINOR = "minor"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was seen. Whatever of the place does not apply is left blank."""

    #: Stable for ever, never reused: "FM03".
    code: str
    severity: Severity
    #: What is wrong, in one plain sentence without its full stop.
    message: str
    #: The rule it rests on: "SEC Data Delivery Standards 8/2021, General 4".
    clause: str
    #: What can be done about it, a whole sentence.
    cure: str
    #: The Bates number it is about; "" when it is about the volume.
    bates: str = ""
    #: File inside the volume, "/" separated, or the file of a log; "" when none.
    file: str = ""
    #: 1-based data row in the load file (header not counted); None when none.
    row: int | None = None
    volume: str = ""
    #: Key of the request it falls under: "First RFPs/12".
    request: str = ""
    #: What a cure is looked for by, where a number is not enough: names, months, a custodian.
    about: tuple[str, ...] = ()
    #: Control number of a document of ours that has no Bates number yet.
    control: str = ""
    #: Number in our own privilege log.
    log: str = ""
    #: Findings that come of the same cause, where they are shown under this one.
    follows: tuple[Finding, ...] = ()

    @property
    def where(self) -> str:
        """Return what a reader looks it up by; "" for what is about the production as a whole."""
        about = self.about[0] if self.about and self.code.startswith(_ABOUT_SOMEBODY) else ""
        return self.bates or self.request or self.file or self.volume or about

    @property
    def identity(self) -> tuple[str, ...]:
        """Return what makes two looks at one fault the same finding."""
        return (self.code, self.volume, self.bates, self.file, self.message, self.request)

    def as_json(self) -> dict[str, object]:
        """Return what is said of a finding in a volume, keys as documented in docs/commands.md."""
        follows = {"follows": [other.as_json() for other in self.follows]} if self.follows else {}
        return {
            "code": self.code,
            "severity": str(self.severity),
            "bates": self.bates,
            "file": self.file,
            "row": self.row,
            "message": self.message,
            "clause": self.clause,
            "cure": self.cure,
            **follows,
        }
