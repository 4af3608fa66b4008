"""Kinds of deficiency that a volume's own checks cannot see; a code stands for ever.

RQ: requests, responses, people and documents. PL: what is withheld, and the privilege log of it. As
with the checks of a volume, each kind has the rule it rests on and the cure asked for. No code is
ever used for another thing.
"""

from __future__ import annotations

from dataclasses import dataclass

from forthwith.domain.finding import Severity
from forthwith.respond.deficiency.findings import TrackedFinding

_RULE_34 = "Fed. R. Civ. P. 34"
_LOG = "Fed. R. Civ. P. 26(b)(5)(A)"
_WITHIN = (
    "Documents in the responding party's possession, custody, or control are within the request."
)


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of deficiency."""

    code: str
    title: str
    severity: Severity
    clause: str
    #: What the rule says, in a sentence for the letter.
    says: str
    cure: str


CATEGORIES = {
    each.code: each
    for each in (
        Category(
            "RQ01", "Requests without a written response", Severity.MAJOR, f"{_RULE_34}(b)(2)(A)",
            "A party must respond in writing to each request.",
            "Serve a written response to the request.",
        ),
        Category(
            "RQ02", "Production promised and not made", Severity.MAJOR, f"{_RULE_34}(b)(2)(B)",
            "Production must be completed by the time the request or the response specifies.",
            "Produce the documents, or state the day by which they will be produced.",
        ),
        Category(
            "RQ03", "Objections that do not say whether anything is withheld", Severity.MAJOR,
            f"{_RULE_34}(b)(2)(C)",
            "An objection must state whether any responsive materials are being withheld on its "
            "basis.",
            "State for each objection whether anything is withheld on it, and produce the rest.",
        ),
        Category(
            "RQ04", "Custodians without a document", Severity.MAJOR, f"{_RULE_34}(a)(1)", _WITHIN,
            "Produce the custodian's documents, or state that a search found none.",
        ),
        Category(
            "RQ05", "Months without a document", Severity.MINOR, f"{_RULE_34}(a)(1)", _WITHIN,
            "Produce the documents of these months, or state that a search found none.",
        ),
        Category(
            "RQ06", "Documents mentioned and not produced", Severity.MINOR, f"{_RULE_34}(a)(1)",
            _WITHIN,
            "Produce the document, log it as withheld or say which entry of the log it is, or "
            "state that it is not held.",
        ),
        Category(
            "RQ07", "Holders of means of control nobody collected from", Severity.MAJOR,
            f"{_RULE_34}(a)(1)", _WITHIN,
            "Collect from the person and produce, or state why there is nothing to collect.",
        ),
        Category(
            "RQ08", "Pages cited that were not received", Severity.MAJOR,
            f"{_RULE_34}(b)(2)(B), 33(d)(1)",
            "Documents named as the answer to a request must be produced by the time the response "
            "specifies, and records named in an answer must be such that they can be located.",
            "Produce the pages, or amend the response to cite the pages that were produced.",
        ),
        Category(
            "RQ09", "Interrogatories answered without a verifier", Severity.MAJOR,
            "Fed. R. Civ. P. 33(b)(3), (5)",
            "Each interrogatory must, to the extent it is not objected to, be answered under oath, "
            "and the person who makes the answers must sign them.",
            "Serve a verification of the answer, signed under oath by the person who makes it.",
        ),
        Category(
            "PL01", "Entries of the log that nothing withheld stands for", Severity.MAJOR, _LOG,
            "A claim of privilege is made for information that is otherwise discoverable and is "
            "withheld.",
            "State where each document stands: deliver a slip-sheet or a redacted copy that bears "
            "its number, or withdraw the entry and produce the document. If it was produced by "
            "mistake, say so.",
        ),
        Category(
            "PL02", "Withheld documents that no entry of the log names", Severity.MAJOR,
            f"{_LOG}(ii)",
            "A party that withholds information as privileged must describe what it withholds so "
            "that others can assess the claim.",
            "Log the document, produce it, or state the agreement under which it is not logged.",
        ),
        Category(
            "PL03", "Documents withheld without a privilege log", Severity.MAJOR, _LOG,
            "A party that withholds information as privileged must make the claim expressly and "
            "describe what it withholds so that others can assess the claim.",
            "Serve a privilege log that names each withheld document, or produce the documents.",
        ),
        Category(
            "PL04", "Entries of the log that lack what a claim must state", Severity.MAJOR,
            f"{_LOG}(i)-(ii)",
            "The claim must be made expressly, and the nature of what is withheld described so "
            "that others can assess it: as a rule the basis, the date, the author, the "
            "recipients and the subject.",
            "Serve an amended log that states what is missing, or produce the document.",
        ),
        Category(
            "PL05", "Descriptions in the log that do not describe the document", Severity.MINOR,
            f"{_LOG}(ii)",
            "The description must, without revealing what is privileged, enable others to assess "
            "the claim for that document.",
            "Serve an amended log that describes each document, or produce the documents.",
        ),
        Category(
            "PL06", "Entries of the log with an outsider among author and recipients",
            Severity.MAJOR, f"{_LOG}(ii)",
            "A communication shared with somebody outside the privilege is not confidential; the "
            "entry must enable others to assess the claim.",
            "State who the person is and why the privilege holds, or produce the document.",
        ),
        Category(
            "PL07", "Families withheld in part, the rest neither produced nor logged",
            Severity.MAJOR, _LOG,
            "Each document that is withheld, attachments included, is claimed and described.",
            "Produce the rest of the family, or log it.",
        ),
    )
}  # fmt: skip


def item(
    code: str,
    message: str,
    *,
    bates: str = "",
    request: str = "",
    file: str = "",
    volume: str = "",
    about: tuple[str, ...] = (),
) -> TrackedFinding:
    """Return one deficiency of a kind."""
    found = CATEGORIES[code]
    return TrackedFinding(
        code, message, bates, file, found.clause, found.cure, found.severity, request, volume,
        about,
    )  # fmt: skip
