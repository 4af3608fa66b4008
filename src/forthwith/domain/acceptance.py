"""Findings about a volume of our own that counsel accepts: they are the truth of the evidence."""

from __future__ import annotations

from dataclasses import dataclass

from forthwith.domain.finding import Finding


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One finding accepted, and why."""

    #: "EN03".
    code: str
    #: The Bates number it is about; the name of the volume for what is about no number.
    number: str
    reason: str

    @property
    def name(self) -> str:
        """As it is typed: "EN03@ABC00000012"."""
        return f"{self.code}@{self.number}"


def name_of(finding: Finding, volume: str) -> str:
    """Return how a finding is named to accept it: "EN03@ABC00000012", "MD14@VOL001"."""
    return f"{finding.code}@{finding.bates or volume}"
