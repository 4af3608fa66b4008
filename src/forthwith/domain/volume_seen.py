"""A delivered volume as both sides can describe it: counted and hashed from its files alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VolumeSeen:
    """One volume as received and counted from its files alone."""

    name: str
    #: The standard it was held to, as cited.
    standard: str
    #: SHA-256 over its files: digest and path of each, sorted by path.
    digest: str
    first: str
    last: str
    #: "documents", "families", "pages", "natives", "unique".
    counts: Mapping[str, int]

    def as_json(self) -> dict[str, object]:
        """Return plain data."""
        return {
            "name": self.name,
            "standard": self.standard,
            "digest": self.digest,
            "first": self.first,
            "last": self.last,
            "counts": dict(self.counts),
        }
