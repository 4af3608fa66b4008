"""The outcome of a check: counts and findings, as objects programs can build on.

What a standard leaves no means to check is said in every report, so that silence is no praise: a
standard may do without a column, as one without digests of natives. What rests on that column
cannot be looked into then, and nobody should think it was.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from forthwith.check import folding
from forthwith.domain import fields
from forthwith.domain.finding import Finding
from forthwith.seals.seen import SealSeen
from forthwith.standards import catalogue
from forthwith.standards.catalogue import CATALOGUE, FindingKind
from forthwith.standards.loader import Standard

#: Roles a check rests on: one of each group must have a column. Checks not named rest on none, or
#: on columns without which no standard is taken.
_RESTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "FM01": (("children",),),
    "FM05": (("family_first", "family_last", "family_range"),),
    "FM07": (("parent",), ("children",)),
    "IM09": (("page_count",),),
    "MD01": (("custodian",),),
    "MD02": (("date_sent",),),
    "MD05": (tuple(f"date_{instant}" for instant in sorted(fields.INSTANTS)),),
    "MD06": (tuple(f"date_{instant}" for instant in sorted(fields.INSTANTS)),),
    "MD07": (tuple(f"time_{instant}" for instant in sorted(fields.INSTANTS)),),
    "MD08": (("date_sent",),),
    "MD09": (("from",),),
    "MD10": (("subject",),),
    "MD11": (("message_id",),),
    "MD13": (("file_name",),),
    "MD14": (("date_modified",),),
    "MD15": (("time_zone",),),
    "MD16": (("md5", "sha1", "sha256", "size", "page_count"),),
    "NT02": (("md5", "sha1", "sha256"),),
    "NT04": (("extension",),),
    "NT07": (("size",),),
}


@dataclass(frozen=True, slots=True)
class NotChecked:
    """One check that a standard gives no means for."""

    code: str
    title: str
    why: str


def not_checked(standard: Standard) -> tuple[NotChecked, ...]:
    """Return the checks `standard` gives no means for, by code."""
    reasons = {code: _lacking(standard, groups) for code, groups in _RESTS.items()}
    digest = standard.natives.digest
    if not standard.has(digest):
        reasons["MD03"] = f"the standard has no column of the role {digest}"
    if standard.images.endorse == "none":
        reasons["IM13"] = "the standard asks for no endorsement"
    if not standard.text.one_encoding_per_production:
        reasons["EN04"] = "the standard lets every text have an encoding of its own"
    checks = catalogue.kinds(standard)
    return tuple(
        NotChecked(code, checks[code].title, why) for code, why in sorted(reasons.items()) if why
    )


def _lacking(standard: Standard, groups: tuple[tuple[str, ...], ...]) -> str:
    for group in groups:
        if not any(standard.has(role) for role in group):
            roles = " or ".join(group[:3])
            return f"the standard has no column of the role {roles}"
    return ""


@dataclass(frozen=True, slots=True)
class Report:
    """What one run of the checks found."""

    volume: str
    #: The standard's name, "sec/2021-08".
    standard: str
    #: "documents", "families", "pages", "natives" and "unique", from the delivered files alone.
    counts: dict[str, int]
    #: By severity, then code, then Bates number, then file.
    findings: tuple[Finding, ...]
    #: What could not be looked into, and why; not findings, for the volume is not to blame.
    notes: tuple[str, ...] = ()
    #: Checks the standard gives no means for.
    not_checked: tuple[NotChecked, ...] = ()
    #: Every kind of finding by its code, in the words of the standard.
    kinds: Mapping[str, FindingKind] = field(
        default_factory=lambda: CATALOGUE, repr=False, compare=False
    )
    #: Signed seals, with what was verified and what that does not prove.
    seals: tuple[SealSeen, ...] = ()

    @property
    def clean(self) -> bool:
        """True when nothing at all was found."""
        return not self.findings

    @property
    def folded(self) -> list[Finding]:
        """The findings as they are shown, what follows from another one under it."""
        counts = ({self.volume: self.counts.get(name, 0)} for name in ("documents", "pages"))
        return folding.folded(self.findings, *counts)

    def as_dict(self) -> dict[str, object]:
        """Return the object `check --json` prints."""
        return {
            "volume": self.volume,
            "standard": self.standard,
            "counts": dict(self.counts),
            "findings": [finding.as_json() for finding in self.folded],
            "notes": list(self.notes),
            "not_checked": [asdict(check) for check in self.not_checked],
            "seals": [seal.as_json() for seal in self.seals],
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
            seals=tuple(seal for report in self.reports for seal in report.seals),
        )

    @property
    def folded(self) -> list[Finding]:
        """The findings as they are shown, what follows from another one under it."""
        documents, pages = Counter[str](), Counter[str]()
        for report in self.reports:
            documents[report.volume] += report.counts.get("documents", 0)
            pages[report.volume] += report.counts.get("pages", 0)
        return folding.folded(self.findings, documents, pages)

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
                for finding in self.folded
            ],
            "volumes": [
                {"volume": report.volume, "counts": dict(report.counts)} for report in self.reports
            ],
        }
