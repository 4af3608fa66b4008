"""What a volume's own checks cannot see: requests, custodians, months, documents not produced.

The kinds are `categories`; what lies in a privilege log, or between it and the volumes, is not
looked at here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from forthwith.check.responses import months as completeness
from forthwith.check.responses.mentioned import Kind, Reference
from forthwith.check.responses.months import Matrix
from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.domain.requests import BatesRange, Request, RequestKind, Response
from forthwith.loadfiles import volume_rows
from forthwith.loadfiles.volume_rows import Span
from forthwith.respond.categories import item
from forthwith.respond.deficiency.findings import TrackedFinding

#: Ranges of pages named in one sentence.
_NAMED = 5


def of_requests(
    requests: Iterable[Request],
    responses: Mapping[str, Response],
    kind: RequestKind | None = None,
) -> Iterator[TrackedFinding]:
    """Yield requests unanswered, objections without their statement, production not made.

    `responses` by the request's key; `kind` of the requests, None where nobody has said.
    """
    for request in requests:
        response = responses.get(request.key)
        if response is None or not (response.answers or response.objections):
            message = f"request {request.number} has no written response"
            yield item("RQ01", message, request=request.key)
        else:
            yield from _of_response(request, response, kind)


def _of_response(
    request: Request, response: Response, kind: RequestKind | None
) -> Iterator[TrackedFinding]:
    name = f"the response to request {request.number}"
    for objection in response.objections:
        if objection.withheld is None:
            message = (
                f"{name} objects ({objection.ground}) and does not state whether responsive "
                "materials are withheld on that objection"
            )
            yield item("RQ03", message, request=request.key)
    if response.produce and not response.ranges and not response.no_documents:
        message = f"{name} promises production and names no document"
        yield item("RQ02", message, request=request.key)
    if kind is RequestKind.INTERROGATORY and response.answers and not response.verifier:
        message = f"interrogatory {request.number} is answered and nobody is named who swears to it"
        yield item("RQ09", message, request=request.key)


def of_pages(
    requests: Iterable[Request], responses: Mapping[str, Response], held: Sequence[Span]
) -> Iterator[TrackedFinding]:
    """Yield pages that responses cite and no volume holds, one item for a response and volume."""
    for request in requests:
        response = responses.get(request.key)
        cited: dict[str, list[tuple[str, str]]] = {}
        for each in response.ranges if response else ():
            if lacking := _lacking(each, held):
                cited.setdefault(each.volume, []).extend(lacking)
        for volume, pages in cited.items():
            said = f" (said to be in {volume})" if volume else ""
            message = (
                f"the response to request {request.number} cites pages that are in no volume "
                f"received: {_listed(pages)}{said}"
            )
            about = tuple(number for each in pages for number in each)
            yield item("RQ08", message, request=request.key, about=about)


def _lacking(cited: BatesRange, held: Sequence[Span]) -> list[tuple[str, str]]:
    """Return what of a range no volume holds; all of one that is no run of pages."""
    try:
        wanted = Span(Bates.parse(cited.first), Bates.parse(cited.last))
    except NotABatesNumberError:
        return [(cited.first, cited.last)]
    if wanted.first.pages_to(wanted.last) is None:
        return [(cited.first, cited.last)]
    return [(str(each.first), str(each.last)) for each in volume_rows.lacking(wanted, held)]


def _listed(pages: Sequence[tuple[str, str]]) -> str:
    named = [first if first == last else f"{first} to {last}" for first, last in pages[:_NAMED]]
    more = [f"{len(pages) - _NAMED:,} more ranges"] if len(pages) > _NAMED else []
    return ", ".join([*named, *more])


def of_custodians(names: Sequence[str], held: Iterable[str]) -> Iterator[TrackedFinding]:
    """Yield custodians expected of whom no volume has a document."""
    for name in completeness.uncollected(held, names):
        yield item("RQ04", f"no document of {name} is in the volumes", about=(name,))


def of_months(found: Matrix) -> Iterator[TrackedFinding]:
    """Yield one item for each custodian with holes."""
    for line in found.lines:
        if line.holes:
            holes = tuple(completeness.words(each) for each in line.holes)
            name = line.custodian or "(no custodian named)"
            message = f"no document of {name} is dated in {', '.join(holes)}"
            yield item("RQ05", message, about=(line.custodian, *holes))


def of_references(found: Iterable[Reference]) -> Iterator[TrackedFinding]:
    """Yield one item for each document mentioned and not produced."""
    for each in found:
        yield item(
            "RQ06", f"{_mention(each)} ({each.place}: “{each.words}”)", bates=each.bates,
            about=(str(each.kind), each.what),
        )  # fmt: skip


def of_holders(names: Sequence[str], held: Iterable[str]) -> Iterator[TrackedFinding]:
    """Yield holders of means of control of whom no volume has a document."""
    for name in completeness.uncollected(held, names):
        message = f"{name} held means of control, and no document of {name} is in the volumes"
        yield item("RQ07", message, about=(name,))


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
