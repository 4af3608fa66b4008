"""What a volume's own checks cannot see: requests, custodians, months, documents not produced.

What lies in a privilege log, or between it and the volumes, is not looked at here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from forthwith.check.responses import months
from forthwith.check.responses.mentioned import Kind, Reference
from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.domain.finding import Finding
from forthwith.domain.months import MonthMatrix
from forthwith.domain.requests import BatesRange, Request, RequestKind, Response
from forthwith.loadfiles import volume_rows
from forthwith.loadfiles.volume_rows import Span
from forthwith.standards import catalogue

#: Ranges of pages named in one sentence.
_NAMED = 5


def of_requests(
    requests: Iterable[Request],
    responses: Mapping[str, Response],
    kind: RequestKind | None = None,
) -> Iterator[Finding]:
    """Yield requests unanswered, objections without their statement, production not made.

    `responses` by the request's key; `kind` of the requests, None where nobody has said.
    """
    for request in requests:
        response = responses.get(request.key)
        if response is None or not (response.answers or response.objections):
            message = f"request {request.number} has no written response"
            yield catalogue.finding("RQ01", message, request=request.key)
        else:
            yield from _of_response(request, response, kind)


def _of_response(
    request: Request, response: Response, kind: RequestKind | None
) -> Iterator[Finding]:
    name = f"the response to request {request.number}"
    for objection in response.objections:
        if objection.withheld is None:
            message = (
                f"{name} objects ({objection.ground}) and does not state whether responsive "
                "materials are withheld on that objection"
            )
            yield catalogue.finding("RQ03", message, request=request.key)
    if response.produce and not response.ranges and not response.no_documents:
        message = f"{name} promises production and names no document"
        yield catalogue.finding("RQ02", message, request=request.key)
    if kind is RequestKind.INTERROGATORY and response.answers and not response.verifier:
        message = f"interrogatory {request.number} is answered and nobody is named who swears to it"
        yield catalogue.finding("RQ09", message, request=request.key)


def of_pages(
    requests: Iterable[Request], responses: Mapping[str, Response], received: Sequence[Span]
) -> Iterator[Finding]:
    """Yield pages that responses cite and no volume holds, by response and volume."""
    for request in requests:
        response = responses.get(request.key)
        cited: dict[str, list[tuple[str, str]]] = {}
        for pages in response.ranges if response else ():
            if lacking := _lacking(pages, received):
                cited.setdefault(pages.volume, []).extend(lacking)
        for volume, runs in cited.items():
            where = f" (said to be in {volume})" if volume else ""
            message = (
                f"the response to request {request.number} cites pages that are in no volume "
                f"received: {_listed(runs)}{where}"
            )
            about = tuple(number for run in runs for number in run)
            yield catalogue.finding("RQ08", message, request=request.key, about=about)


def _lacking(cited: BatesRange, received: Sequence[Span]) -> list[tuple[str, str]]:
    """Return what of a range no volume holds; all of one that is no run of pages."""
    try:
        wanted = Span(Bates.parse(cited.first), Bates.parse(cited.last))
    except NotABatesNumberError:
        return [(cited.first, cited.last)]
    if wanted.first.pages_to(wanted.last) is None:
        return [(cited.first, cited.last)]
    return [(str(run.first), str(run.last)) for run in volume_rows.lacking(wanted, received)]


def _listed(runs: Sequence[tuple[str, str]]) -> str:
    listed = [first if first == last else f"{first} to {last}" for first, last in runs[:_NAMED]]
    more = [f"{len(runs) - _NAMED:,} more ranges"] if len(runs) > _NAMED else []
    return ", ".join([*listed, *more])


def of_custodians(names: Sequence[str], custodians: Iterable[str]) -> Iterator[Finding]:
    """Yield custodians expected of whom no volume has a document."""
    for name in months.uncollected(custodians, names):
        yield catalogue.finding("RQ04", f"no document of {name} is in the volumes", about=(name,))


def of_months(matrix: MonthMatrix) -> Iterator[Finding]:
    """Yield one finding for each custodian with holes."""
    for line in matrix.lines:
        if line.holes:
            holes = tuple(months.words(hole) for hole in line.holes)
            name = line.custodian or "(no custodian named)"
            message = f"no document of {name} is dated in {', '.join(holes)}"
            yield catalogue.finding("RQ05", message, about=(line.custodian, *holes))


def of_references(references: Iterable[Reference]) -> Iterator[Finding]:
    """Yield one finding for each document mentioned and not produced."""
    for mention in references:
        yield catalogue.finding(
            "RQ06",
            f"{_said_of(mention)} ({mention.place}: “{mention.words}”)",
            bates=mention.bates,
            about=(str(mention.kind), mention.what),
        )


def of_holders(names: Sequence[str], custodians: Iterable[str]) -> Iterator[Finding]:
    """Yield holders of means of control of whom no volume has a document."""
    for name in months.uncollected(custodians, names):
        message = f"{name} held means of control, and no document of {name} is in the volumes"
        yield catalogue.finding("RQ07", message, about=(name,))


def _said_of(mention: Reference) -> str:
    match mention.kind:
        case Kind.ATTACHED:
            return "an attachment is spoken of and none is in the volumes"
        case Kind.PARENT:
            return f"it answers an earlier mail, {mention.what}, which is not in the volumes"
        case Kind.BATES:
            return f"{mention.what} is cited and is in no volume"
        case Kind.FILE:
            return f"{mention.what} is mentioned and is not in the volumes"
