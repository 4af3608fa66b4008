"""The outcome of a check: counts and findings, as objects programs can build on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from forthwith.check.unchecked import NotChecked
from forthwith.domain.finding import Finding
from forthwith.standards.catalogue import CATALOGUE, FindingKind


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
    #: Every kind of finding by its code, in the words of the standard.
    kinds: Mapping[str, FindingKind] = field(
        default_factory=lambda: CATALOGUE, repr=False, compare=False
    )

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
            "findings": [finding.as_json() for finding in self.findings],
            "notes": list(self.notes),
            "not_checked": [asdict(check) for check in self.not_checked],
        }

    def as_json(self) -> str:
        """Return the same as JSON text."""
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=2)


#: Counts that add up over volumes; unique families do not: a copy may lie in two volumes.
SUMMED = ("documents", "families", "pages", "natives")


@dataclass(frozen=True, slots=True)
class ProductionReport:
    """Several volumes checked, or volumes held against what they answer."""

    #: At least one.
    reports: Sequence[Report]
    #: Those of the volumes first, then what the answers add; in the order they were found.
    findings: Sequence[Finding]
    notes: Sequence[str] = ()

    @property
    def whole(self) -> Report:
        """Return it as one report: names of volumes joined, and of the counts those that add up."""
        first, *others = self.reports
        counts = first.counts
        if others:
            counts = {name: sum(report.counts[name] for report in self.reports) for name in SUMMED}
        return replace(
            first,
            volume=", ".join(report.volume for report in self.reports),
            counts=counts,
            findings=tuple(self.findings),
            notes=tuple(self.notes),
        )

    def as_dict(self) -> dict[str, object]:
        """Return the object `check --json` prints: a report's keys, each finding with its place."""
        return {
            **self.whole.as_dict(),
            "findings": [
                {
                    **finding.as_json(),
                    "volume": finding.volume,
                    "request": finding.request,
                    "about": list(finding.about),
                }
                for finding in self.findings
            ],
            "volumes": [
                {"volume": report.volume, "counts": dict(report.counts)} for report in self.reports
            ],
        }
