"""Redactions that claim privilege, and the rows of the privilege log they need.

A document of which words are redacted as privileged is claimed in part: it has a row in the log
like one that is withheld (Fed. R. Civ. P. 26(b)(5)(A)). Its grounds, its description and whose
claim it is come from the redactions; a claim made by hand stands as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from forthwith.domain.documents import ControlNumber
from forthwith.domain.errors import ForthwithError
from forthwith.domain.redactions import Reason, Redaction, Redactions
from forthwith.review.privilege.claims import Basis, Claim, Treatment
from forthwith.standards import loader
from forthwith.workflows.case_file import CaseFile

#: Grounds by the words that a reason's name or label has for them.
_GROUNDS = {
    Basis.WORK_PRODUCT: ("WP", "WORK"),
    Basis.COMMON_INTEREST: ("CI", "COMMON"),
    Basis.JOINT_DEFENSE: ("JD", "JOINT"),
}


class TakenBackError(ForthwithError):
    """A box says privilege, and the claim of its document was taken back."""

    def __init__(self, controls: Sequence[str]) -> None:
        more = f" and {len(controls) - 1:,} more" if len(controls) > 1 else ""
        super().__init__(
            f"The claim of {controls[0]}{more} was taken back, and a box of it still says that it "
            "is privileged. Remove the redaction (forthwith redact), or claim it again: "
            f"forthwith privilege claim {controls[0]} --treatment redacted."
        )


def privileged(redactions: Redactions, reasons: Sequence[Reason]) -> frozenset[ControlNumber]:
    """Return the documents of which something is redacted as privileged."""
    names = {reason.name for reason in reasons if reason.privilege}
    return frozenset(
        ControlNumber(control)
        for control, found in redactions.items()
        if any(each.covers and each.reason in names for each in found)
    )


def claim(
    case: CaseFile, going_out: Collection[ControlNumber], redactions: Redactions, standard: str
) -> list[Claim]:
    """Claim in part what is redacted as privileged and has no claim; returns the new claims.

    Raises TakenBackError, BodyError.
    """
    reasons = {each.name: each for each in loader.load(standard, case.folder).redaction_reasons}
    wanted = sorted(privileged(redactions, tuple(reasons.values())).intersection(going_out))
    if taken := [
        number for number in wanted if number in case.claims and not _stands(case, number)
    ]:
        raise TakenBackError(taken)
    new = [_claim(number, redactions[number], reasons) for number in wanted
           if number not in case.claims]  # fmt: skip
    if new:
        case.write([each.act() for each in new])
    return [case.claims[each.control] for each in new]


def _stands(case: CaseFile, number: ControlNumber) -> bool:
    return case.claims[number].stands


def _claim(
    number: ControlNumber, redactions: Sequence[Redaction], reasons: Mapping[str, Reason]
) -> Claim:
    own = [
        (redaction, reasons[redaction.reason])
        for redaction in redactions
        if redaction.covers and redaction.reason in reasons and reasons[redaction.reason].privilege
    ]
    words = dict.fromkeys(reason.words for _, reason in own)
    notes = dict.fromkeys(redaction.note.strip() for redaction, _ in own if redaction.note.strip())
    description = f"Passages redacted: {'; '.join(words)}"
    if notes:
        description += f" ({'; '.join(notes)})"
    return Claim(
        number,
        tuple(dict.fromkeys(_ground(reason) for _, reason in own)),
        description,
        Treatment.REDACTED,
        ", ".join(dict.fromkeys(redaction.who for redaction, _ in own if redaction.who)),
    )


def _ground(reason: Reason) -> Basis:
    said = f"{reason.name} {reason.label} {reason.words}".upper().replace("-", " ").split()
    for basis, names in _GROUNDS.items():
        if any(name in said for name in names):
            return basis
    return Basis.ATTORNEY_CLIENT
