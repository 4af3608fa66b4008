"""Accepting findings about a volume of our own, where they are the truth of the evidence.

The check stays what it is: it finds what a stranger finds. Accepting only says that counsel looked
at a finding and lets it stand; it is refused where the cause is ours, where nobody says why, and
where there is no such finding, so that nothing is accepted in vain or beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forthwith.check import Report
from forthwith.domain.acceptance import Acceptance, name_of
from forthwith.domain.documents import Document
from forthwith.domain.finding import Finding
from forthwith.produce.errors import AcceptanceError
from forthwith.produce.stage import Staged
from forthwith.standards import catalogue
from forthwith.standards.loader import Standard


@dataclass(frozen=True, slots=True)
class Judged:
    """What stands against the seal, and the names by which some of it could be accepted."""

    standing: tuple[Finding, ...]
    may_accept: tuple[str, ...]


def asked_for(names: Sequence[str], reason: str, standard: Standard) -> tuple[Acceptance, ...]:
    """Return what is to be accepted, once each. Raises AcceptanceError."""
    kinds = catalogue.kinds(standard)
    accepted = []
    for name in dict.fromkeys(names):
        code, _, number = name.strip().partition("@")
        kind = kinds.get(code.upper())
        if not number or kind is None:
            raise AcceptanceError(
                name, "a finding is named by its code and its Bates number, as in EN03@ABC00000012"
            )
        if not kind.accept:
            raise AcceptanceError(
                name,
                f"the cause of {kind.code} ({kind.title}) is not the evidence but how the volume "
                "was made, so it is not accepted but cured",
            )
        if not reason.strip():
            raise AcceptanceError(name, 'say why, as in --reason "The file is named so"')
        accepted.append(Acceptance(kind.code, number.strip(), " ".join(reason.split())))
    return tuple(accepted)


def judged(
    report: Report,
    staged: Staged,
    documents: Sequence[Document],
    accepted: Sequence[Acceptance],
    standard: Standard,
) -> Judged:
    """Part the findings into those accepted and those that stand. Raises AcceptanceError."""
    kinds = catalogue.kinds(standard)
    names = {name_of(finding, report.volume): finding for finding in report.findings}
    faulty = _families_with_a_fault(staged, documents)
    may = {
        name
        for name, finding in names.items()
        if kinds[finding.code].accept == "always"
        or (kinds[finding.code].accept and finding.bates in faulty)
    }
    for wanted in accepted:
        if wanted.name not in names:
            raise AcceptanceError(wanted.name, "the check has no such finding about this volume")
        if wanted.name not in may:
            raise AcceptanceError(
                wanted.name,
                "the exceptions log has no fault of this family, so the cause is not the evidence",
            )
    taken = {wanted.name for wanted in accepted}
    standing = tuple(
        finding for finding in report.findings if name_of(finding, report.volume) not in taken
    )
    offered = dict.fromkeys(name_of(finding, report.volume) for finding in standing)
    return Judged(standing, tuple(name for name in offered if name in may))


def _families_with_a_fault(staged: Staged, documents: Sequence[Document]) -> frozenset[str]:
    """Return the first numbers of all documents in a family of which the log has a fault."""
    family = {document.control_number: document.family for document in documents}
    firsts = {str(first): number for number, (first, _) in staged.numbers.items()}
    named = {line.bates for line in staged.exceptions if line.reason != "accepted finding"}
    faulty = {family[firsts[bates]] for bates in named if bates in firsts}
    return frozenset(bates for bates, number in firsts.items() if family[number] in faulty)
