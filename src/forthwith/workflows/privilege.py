"""Privilege: who is counsel, what is claimed and let go, the log, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from forthwith.domain.acts import Act
from forthwith.domain.documents import ControlNumber
from forthwith.domain.finding import Finding
from forthwith.review.privilege import checks, gate
from forthwith.review.privilege import claims as privilege_claims
from forthwith.review.privilege.checks import Review, Shown
from forthwith.review.privilege.claims import (
    ATTORNEY,
    Attorney,
    Basis,
    Claim,
    CutOff,
    Release,
    Treatment,
    UnknownControlNumberError,
)
from forthwith.review.privilege.log import Maker, PrivilegeLog, Style
from forthwith.review.privilege.people import Roster, Sides
from forthwith.standards import loader
from forthwith.workflows import redacted_volumes, redaction_claims
from forthwith.workflows.attorney_list import attorney_list
from forthwith.workflows.case_file import CaseFile


@dataclass(frozen=True, slots=True)
class ClaimOptions:
    """What is claimed; what is left empty stays as it was claimed before."""

    treatment: Treatment = Treatment.WITHHELD
    basis: tuple[Basis, ...] = ()
    #: The nature of the document, without what is privileged.
    description: str = ""
    by: str = ""
    #: The rest of the family is produced on purpose; needs `because`.
    part: bool = False
    because: str = ""
    #: Claim every member of each family alike.
    with_family: bool = False


@dataclass(frozen=True, slots=True)
class ClaimReview:
    """The claims as the other side will look at them."""

    claims: int
    withheld: int
    #: Documents that sealed volumes show as slip-sheets.
    slip_sheets: int
    findings: Sequence[Finding]


def import_attorneys(case: CaseFile, path: Path) -> list[Attorney]:
    """Take attorneys from a CSV; a name given before is replaced. Raises AttorneyListError."""
    listed = attorney_list(path)
    case.write([Act(ATTORNEY, attorney.name, attorney.body()) for attorney in listed])
    return listed


def attorneys(case: CaseFile) -> list[Attorney]:
    """Return the attorney list as it stands. Raises BodyError."""
    return privilege_claims.attorneys(case.acts)


def claim(case: CaseFile, controls: Sequence[str], options: ClaimOptions) -> list[Claim]:
    """Claim documents as privileged; returns the claims as they stand then.

    Raises UnknownControlNumberError, EmptyClaimError, UndecidedFamilyError, NotProcessedError.
    """
    wanted = _chosen(case, controls, with_family=options.with_family)
    claims = [_claim(case.claims.get(number), number, options) for number in wanted]
    case.write([claim.act() for claim in claims])
    return [case.claims[number] for number in wanted]


def claim_known(case: CaseFile, number: ControlNumber, options: ClaimOptions) -> Claim:
    """Claim a document that is known to be there, without reading all of them.

    Returns the claim as it stands then. Raises EmptyClaimError, UndecidedFamilyError.
    """
    case.write([_claim(case.claims.get(number), number, options).act()])
    return case.claims[number]


def _claim(before: Claim | None, number: ControlNumber, options: ClaimOptions) -> Claim:
    """Return the claim; what is not said again stays as it was."""
    before = before or Claim(number, (), "")
    return Claim(
        number,
        options.basis or before.basis,
        options.description or before.description,
        options.treatment,
        options.by or before.by,
        options.part,
        options.because,
    )


def _chosen(
    case: CaseFile, controls: Sequence[str], *, with_family: bool = False
) -> list[ControlNumber]:
    """Return the documents named, in order. Raises UnknownControlNumberError."""
    wanted = [ControlNumber(control) for control in dict.fromkeys(controls)]
    if unknown := set(wanted) - case.documents.keys():
        raise UnknownControlNumberError(unknown)
    if not with_family:
        return wanted
    families = {case.documents[number].family for number in wanted}
    return [number for number, document in case.documents.items() if document.family in families]


def release(case: CaseFile, control: str, likes: Sequence[str], because: str) -> ControlNumber:
    """Let a document be produced although it is like withheld ones.

    Raises UnknownControlNumberError, NotProcessedError.
    """
    own, *others = _chosen(case, (control, *likes))
    case.write([Release(own, other, because).act() for other in others])
    return own


def cut_off(case: CaseFile, day: date, agreement: str, firms: tuple[str, ...]) -> None:
    """Leave mail with litigation counsel from a day on out of the log, as agreed."""
    case.write([CutOff(day, agreement, firms).act()])


def log_of(case: CaseFile, *, subjects: bool = False) -> PrivilegeLog:
    """Return the log as the claims stand. Raises NotProcessedError, BodyError."""
    maker = Maker(
        documents=case.documents,
        roster=_roster(case),
        zone=ZoneInfo(case.settings.time_zone),
        bates={number: (shown.first, shown.last) for number, shown in _shown(case).items()},
        agreed=privilege_claims.cut_off(case.acts),
        subjects=subjects,
    )
    return maker.log(case.claims)


def write_log(case: CaseFile, log: PrivilegeLog, style: Style, day: date, into: Path) -> list[Path]:
    """Write a log as DOCX, XLSX and CSV, over those that are there; returns the files."""
    # Who claims or checks writes no workbook.
    from forthwith.review.privilege import log_files

    into.mkdir(parents=True, exist_ok=True)
    party = case.settings.letter.get("producing_party", "")
    forms = {
        "docx": log_files.as_docx(log, style, case.settings.name, day, party),
        "xlsx": log_files.as_xlsx(log, style, day),
        "csv": log_files.as_csv(log, style),
    }
    paths = []
    for ending, data in forms.items():
        path = into / f"privilege-log-{style.value}.{ending}"
        path.write_bytes(data)
        paths.append(path)
    return paths


def check(case: CaseFile) -> ClaimReview:
    """Look at every claim as the other side will. Raises NotProcessedError, BodyError."""
    shown = _shown(case)
    withheld = privilege_claims.withheld(case.claims, case.documents.values())
    texts = gate.texts_of(case.table, case.documents, set(case.claims))
    review = Review(
        claims=case.claims,
        documents=case.documents,
        roster=_roster(case),
        zone=ZoneInfo(case.settings.time_zone),
        texts={text.control: text for text in texts},
        shown=shown,
        withheld=withheld,
        twins=gate.twins_among(case.acts, case.table, case.documents, set(case.documents)),
        blacked=redaction_claims.privileged(
            redacted_volumes.covering(case),
            loader.load(case.settings.standard, case.folder).redaction_reasons,
        ),
    )
    slip_sheets = sum(bool(document.log) for document in shown.values())
    return ClaimReview(len(review.standing), len(withheld), slip_sheets, checks.findings(review))


def _roster(case: CaseFile) -> Roster:
    return Roster(privilege_claims.attorneys(case.acts), Sides.of(case.settings.parties))


def _shown(case: CaseFile) -> dict[ControlNumber, Shown]:
    """Return every document of sealed volumes, in the last volume that holds it."""
    volumes = {volume for volume, _, _ in case.numbers.values()}
    slips = {name: case.slip_sheets(name) for name in volumes}
    return {
        ControlNumber(control): Shown(volume, first, last, slips[volume].get(first, ""))
        for control, (volume, first, last) in case.numbers.items()
    }
