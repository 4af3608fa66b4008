"""Kinds of deficiency that a volume's own checks cannot see; a code stands for ever.

RQ: requests, responses, people and documents. As with the checks of a volume, each kind has the
rule it rests on and the cure asked for. No code is ever used for another thing.
"""

from __future__ import annotations

from dataclasses import dataclass

from forthwith.domain.finding import Severity
from forthwith.respond.register import Item

_RULE_34 = "Fed. R. Civ. P. 34"
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
            "Produce the document, log it as withheld, or state that it is not held.",
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
    )
}  # fmt: skip


def item(
    code: str, message: str, *, bates: str = "", request: str = "", about: tuple[str, ...] = ()
) -> Item:
    """Return one deficiency of a kind."""
    found = CATEGORIES[code]
    return Item(
        code, message, bates, clause=found.clause, cure=found.cure, severity=found.severity,
        request=request, about=about,
    )  # fmt: skip
