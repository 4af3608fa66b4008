"""What a volume's own checks cannot see: requests, custodians, months, documents not produced.

Each kind has a code that stands for ever, the rule it rests on and the cure asked for, as the
checks of a volume have theirs. A code is never used for another thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from forthwith.domain.finding import Severity
from forthwith.domain.requests import Request, Response
from forthwith.respond import completeness
from forthwith.respond.completeness import Matrix
from forthwith.respond.references import Kind, Reference
from forthwith.respond.register import Item

_RULE_34 = "Fed. R. Civ. P. 34"


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
            "RQ04", "Custodians without a document", Severity.MAJOR, f"{_RULE_34}(a)(1)",
            "Documents in the responding party's possession, custody, or control are within the "
            "request.",
            "Produce the custodian's documents, or state that a search found none.",
        ),
        Category(
            "RQ05", "Months without a document", Severity.MINOR, f"{_RULE_34}(a)(1)",
            "Documents in the responding party's possession, custody, or control are within the "
            "request.",
            "Produce the documents of these months, or state that a search found none.",
        ),
        Category(
            "RQ06", "Documents mentioned and not produced", Severity.MINOR, f"{_RULE_34}(a)(1)",
            "Documents in the responding party's possession, custody, or control are within the "
            "request.",
            "Produce the document, log it as withheld, or state that it is not held.",
        ),
        Category(
            "RQ07", "Holders of means of control nobody collected from", Severity.MAJOR,
            f"{_RULE_34}(a)(1)",
            "Documents in the responding party's possession, custody, or control are within the "
            "request.",
            "Collect from the person and produce, or state why there is nothing to collect.",
        ),
    )
}  # fmt: skip


def of_requests(requests: Iterable[Request], responses: Mapping[str, Response]) -> Iterator[Item]:
    """Yield requests unanswered, objections without their statement, production not made.

    `responses` by the request's key, or by its number where a set has one paper.
    """
    for request in requests:
        response = responses.get(request.key) or responses.get(request.number)
        name = f"request {request.number}"
        if response is None or not (response.answers or response.objections):
            yield _item("RQ01", f"{name} has no written response", request=request.key)
            continue
        for objection in response.objections:
            if objection.withheld is None:
                message = (
                    f"the response to {name} objects ({objection.ground}) and does not state "
                    "whether responsive materials are withheld on that objection"
                )
                yield _item("RQ03", message, request=request.key)
        if response.produce and not response.ranges and not response.no_documents:
            message = f"the response to {name} promises production and names no document"
            yield _item("RQ02", message, request=request.key)


def of_custodians(names: Sequence[str], held: Iterable[str]) -> Iterator[Item]:
    """Yield custodians expected of whom no volume has a document."""
    for name in completeness.uncollected(held, names):
        yield _item("RQ04", f"no document of {name} is in the volumes", about=(name,))


def of_months(found: Matrix) -> Iterator[Item]:
    """Yield one item for each custodian with holes."""
    for line in found.lines:
        if line.holes:
            holes = tuple(completeness.words(each) for each in line.holes)
            name = line.custodian or "(no custodian named)"
            message = f"no document of {name} is dated in {', '.join(holes)}"
            yield _item("RQ05", message, about=(line.custodian, *holes))


def of_references(found: Iterable[Reference]) -> Iterator[Item]:
    """Yield one item for each document mentioned and not produced."""
    for each in found:
        yield _item(
            "RQ06", f"{_mention(each)} ({each.place}: “{each.words}”)", bates=each.bates,
            about=(str(each.kind), each.what),
        )  # fmt: skip


def of_holders(names: Sequence[str], held: Iterable[str]) -> Iterator[Item]:
    """Yield holders of means of control of whom no volume has a document."""
    for name in completeness.uncollected(held, names):
        message = f"{name} held means of control, and no document of {name} is in the volumes"
        yield _item("RQ07", message, about=(name,))


def _mention(each: Reference) -> str:
    match each.kind:
        case Kind.ATTACHED:
            return "an attachment is spoken of and none is in the volumes"
        case Kind.PARENT:
            return f"it answers an earlier mail, {each.what}, which is not in the volumes"
        case Kind.BATES:
            return f"{each.what} is cited and is in no volume"
        case Kind.FILE:
            return f"{each.what} is mentioned and is not in the volumes"


def _item(
    code: str, message: str, *, bates: str = "", request: str = "", about: tuple[str, ...] = ()
) -> Item:
    found = CATEGORIES[code]
    return Item(
        code, message, bates, clause=found.clause, cure=found.cure, severity=found.severity,
        request=request, about=about,
    )  # fmt: skip
