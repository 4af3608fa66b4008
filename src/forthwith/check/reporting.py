"""The outcome of a check: counts and findings, as an object programs can build on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from forthwith.check.catalogue import CHECKS, Check
from forthwith.check.unchecked import NotChecked
from forthwith.domain.finding import Finding


@dataclass(frozen=True, slots=True)
class Report:
    """What one run of the checks found."""

    volume: str
    #: The standard's name, "sec/2021-08".
    standard: str
    #: "documents", "families", "pages", "natives" and "unique", from the delivered files alone.
    counts: dict[str, int]
    #: Sorted by code, then Bates number, then file.
    findings: tuple[Finding, ...]
    #: What could not be looked into, and why; not findings, for the volume is not to blame.
    notes: tuple[str, ...] = ()
    #: Checks the standard gives no means for.
    not_checked: tuple[NotChecked, ...] = ()
    #: Every check by its code, in the words of the standard.
    checks: Mapping[str, Check] = field(default_factory=lambda: CHECKS, repr=False, compare=False)

    @property
    def clean(self) -> bool:
        """True when nothing at all was found."""
        return not self.findings

    def as_dict(self) -> dict[str, object]:
        """Return the object `check --json` prints."""
        return {
            "volume": self.volume,
            "standard": self.standard,
            "counts": dict(self.counts),
            "findings": [asdict(each) for each in self.findings],
            "notes": list(self.notes),
            "not_checked": [asdict(each) for each in self.not_checked],
        }

    def as_json(self) -> str:
        """Return the same as JSON text."""
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=2)
