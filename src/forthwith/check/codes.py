"""Every check by its code: how grave, on which clause it rests, and what would cure it.

A code stands for ever and is never used again for something else. Cause and cure for people are in
`docs/checks.md`; the functions that look are the modules named after what they look at.
"""

from __future__ import annotations

from dataclasses import dataclass

from forthwith.domain.finding import Finding, Severity
from forthwith.standards.loader import Standard


@dataclass(frozen=True, slots=True)
class Check:
    """One check."""

    code: str
    title: str
    severity: Severity
    #: Clause id in the standard, or a citation of its own when it holds a space.
    clause: str
    cure: str


_FATAL, _MAJOR, _MINOR = Severity.FATAL, Severity.MAJOR, Severity.MINOR
_OVERLAY = "Send an overlay load file with the right value."
_RESEND = "Send the file in a supplemental volume."
_REISSUE = "Send the load file again."
_ATTACHMENT = "Produce it in a supplemental volume, with an overlay that ties it to its parent."
_OWN = "Good practice: what is delivered must be usable and whole"

CHECKS: dict[str, Check] = {
    check.code: check
    for check in (
        Check(
            "VO01", "More than one data load file", _FATAL, "G5", "Send one DAT for each volume."
        ),
        Check("VO02", "No image pointer file, or several", _MAJOR, "G5", "Send one OPT a volume."),
        Check("VO03", "Name with other characters", _MINOR, "G9", "Rename it and fix its path."),
        Check("VO04", "Too many files in a folder", _MINOR, "I.1", "Spread them over folders."),
        Check("VO05", "Stray file", _MAJOR, "G5", "Say what it is: list it or take it back."),
        Check("VO06", "Empty volume", _FATAL, "G5", "Send the volume with its documents."),
        Check("VO07", "Empty folder", _MINOR, _OWN, "Fill the folder or leave it out."),
        Check("LF01", "Row with another number of cells", _FATAL, "I.3", _REISSUE),
        Check("LF02", "Column missing", _MAJOR, "A", _REISSUE),
        Check("LF03", "Column unknown", _MINOR, "A", "Explain it in the cover letter."),
        Check("LF04", "Column twice", _MAJOR, "A", _REISSUE),
        Check("LF05", "Cells without quotes", _MINOR, "I.3", _REISSUE),
        Check("LF06", "Line break inside a cell", _MINOR, "I.3", _REISSUE),
        Check("LF07", "No header row", _FATAL, "I.3", _REISSUE),
        Check("LF08", "Other delimiters", _MAJOR, "I.3", _REISSUE),
        Check("LF09", "Column under another name", _MINOR, "A", _REISSUE),
        Check("LF10", "Columns out of order", _MINOR, "A", _REISSUE),
        Check("LF11", "Pointer line malformed", _MAJOR, "I.2", "Send the OPT again."),
        Check("EN01", "Unicode without byte order mark", _MINOR, "I.3", _REISSUE),
        Check("EN02", "More than one encoding in the load file", _MAJOR, "I.3", _REISSUE),
        Check("EN03", "Characters lost or garbled", _MAJOR, "I.3", _REISSUE),
        Check("EN04", "Text in another encoding than the rest", _MINOR, "I.4", _RESEND),
        Check("EN05", "Pointer file not plain ASCII", _MINOR, "I.2", "Send the OPT again."),
        Check("BT01", "Not a Bates number", _FATAL, "A", _OVERLAY),
        Check("BT02", "Bates number twice", _FATAL, "A", _OVERLAY),
        Check("BT03", "Bates ranges overlap", _FATAL, "A", _OVERLAY),
        Check("BT04", "Gap in the numbers", _MAJOR, "A", "Produce the pages or explain the gap."),
        Check("BT05", "Numbers out of order", _MINOR, "G4", _REISSUE),
        Check("BT06", "Range that is none", _FATAL, "A", _OVERLAY),
        Check("BT07", "More than one prefix or width", _MINOR, "A", "Explain it in the letter."),
        Check("FM01", "Attachment listed but not produced", _FATAL, "G4", _ATTACHMENT),
        Check("FM02", "Parent not produced", _FATAL, "G4", "Produce it, or log it as withheld."),
        Check("FM03", "Attachment of nobody", _MAJOR, "A", _OVERLAY),
        Check("FM04", "Attachment inside the native but not produced", _FATAL, "G4", _ATTACHMENT),
        Check("FM05", "Family range wrong", _MAJOR, "A", _OVERLAY),
        Check("FM06", "Family not together", _MAJOR, "G4", _REISSUE),
        Check("FM07", "Parent and attachment disagree", _MAJOR, "A", _OVERLAY),
        Check("FM08", "Attachment differs from the one inside", _FATAL, "NAT", _RESEND),
        Check("FM09", "Attachment the parent does not hold", _MINOR, "G4", "Explain its place."),
        Check("FM10", "Embedded object not produced", _MINOR, "G4", _ATTACHMENT),
        Check("FM11", "Family in a circle", _MAJOR, "A", _OVERLAY),
        Check("MD01", "Custodian blank", _MAJOR, "G7", _OVERLAY),
        Check("MD02", "Date blank", _MAJOR, "A", _OVERLAY),
        Check("MD03", "Hash blank", _MAJOR, "A", _OVERLAY),
        Check("MD04", "Required field blank", _MAJOR, "A", _OVERLAY),
        Check("MD05", "Not a date", _MAJOR, "I.3", _OVERLAY),
        Check("MD06", "Date no document has", _MAJOR, "I.3", _OVERLAY),
        Check("MD07", "Time without a known zone", _MAJOR, "I.3", _OVERLAY),
        Check("MD08", "Date untrue", _FATAL, "A", _OVERLAY),
        Check("MD09", "Sender untrue", _FATAL, "A", _OVERLAY),
        Check("MD10", "Subject untrue", _MAJOR, "A", _OVERLAY),
        Check("MD11", "Message-ID untrue", _MAJOR, "A", _OVERLAY),
        Check("MD12", "Blank though the native holds it", _MAJOR, "A", _OVERLAY),
        Check("MD13", "File name is the Bates number", _MAJOR, "A", _OVERLAY),
        Check("MD14", "The same date on many documents", _MAJOR, "A", _OVERLAY),
        Check("MD15", "More than one time zone", _MINOR, "A", _OVERLAY),
        Check("MD16", "Value of the wrong kind", _MINOR, "A", _OVERLAY),
        Check("NT01", "Native absent", _FATAL, "I.5", _RESEND),
        Check("NT02", "Native altered", _FATAL, "NAT", _RESEND),
        Check("NT03", "Native named otherwise", _MINOR, "I.5", "Rename it and fix its path."),
        Check("NT04", "Extension differs from the load file", _MINOR, "A", _OVERLAY),
        Check("NT05", "Not the native format", _MAJOR, "NAT", _RESEND),
        Check("NT06", "Native cannot be opened", _MAJOR, "NAT", "Send it whole, or list it."),
        Check("NT07", "Size untrue", _MINOR, "A", _OVERLAY),
        Check("TX01", "Text absent", _MAJOR, "I.4", _RESEND),
        Check("TX02", "Text empty", _MAJOR, "I.4", _RESEND),
        Check("TX03", "Text named otherwise", _MINOR, "I.4", "Rename it and fix its path."),
        Check("IM01", "Page image absent", _FATAL, "I.1", _RESEND),
        Check("IM02", "Pages missing from the pointer file", _MAJOR, "I.2", "Send the OPT again."),
        Check("IM03", "Document without pages", _MAJOR, "I.1", "Send its pages or a slip-sheet."),
        Check("IM04", "Page of no document", _MAJOR, "I.2", "Send its row, or take it back."),
        Check("IM05", "Not Group IV", _MAJOR, "I.1", _RESEND),
        Check("IM06", "Not 300 dpi", _MINOR, "I.1", _RESEND),
        Check("IM07", "Image cannot be decoded", _FATAL, "I.1", _RESEND),
        Check("IM08", "More than one page in a file", _MINOR, "I.1", _RESEND),
        Check("IM09", "Page count untrue", _MINOR, "A", _OVERLAY),
        Check("IM10", "Document break wrong", _MAJOR, "I.2", "Send the OPT again."),
        Check("IM11", "Image named otherwise", _MINOR, "I.1", "Rename it and fix its path."),
        Check("IM12", "Neither TIFF nor JPEG", _MAJOR, "I.1", _RESEND),
    )
}


def finding(
    standard: Standard,
    code: str,
    message: str,
    *,
    bates: str = "",
    file: str = "",
    row: int | None = None,
) -> Finding:
    """Make a finding of check `code` under `standard`."""
    check = CHECKS[code]
    clause = check.clause if " " in check.clause else standard.cite(check.clause)
    return Finding(code, check.severity, bates, file, row, message, clause, check.cure)
