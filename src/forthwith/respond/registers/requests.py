"""The register of requests: what was asked, how each request stands, what may not be served yet.

Everything is read from the ledger and goes back to it as acts. Which documents answer a query is
not known here: the door passes a function that resolves it (`Resolve`), so that searching and
responding stay apart. Printing responses is `respond.papers.responses`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from forthwith.domain.acts import Act, Acts
from forthwith.domain.errors import ForthwithError
from forthwith.domain.requests import (
    REQUEST,
    RESPONSE,
    SET,
    BatesRange,
    Request,
    RequestKind,
    RequestSet,
    Response,
    ResponseState,
    state_of,
)
from forthwith.respond.registers.pages import Pages, covered

#: What stands for a query in what the other side reads, while nothing answers it yet.
PROMISED = "(documents to be produced)"
#: Returns the control numbers of the documents that answer a query.
Resolve = Callable[[str], Iterable[str]]


class SetExistsError(ForthwithError):
    """A second paper under the name of a set."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is a set {name!r} already; what was served does not change. "
            "Give an amended paper a name of its own: --set 'Amended First RFPs'."
        )


class NoRequestsError(ForthwithError):
    """A served paper in which no request was found."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"No numbered request was found in {name}. Give each its number as in "
            "'REQUEST NO. 12:' or '12.', or import a CSV with the columns number and text."
        )


class UnknownRequestError(ForthwithError):
    """A request that is not there, or of which there are several."""

    def __init__(self, number: str, places: Sequence[str]) -> None:
        where = (
            f"is in several sets ({', '.join(places)}): say which with --set"
            if places
            else "is in no set. `forthwith requests` lists them all"
        )
        super().__init__(f"Request {number} {where}.")


@dataclass(frozen=True, slots=True)
class RequestStatus:
    """How one request stands."""

    request: Request
    set: RequestSet
    #: Every response, oldest first.
    history: tuple[Response, ...]

    @property
    def response(self) -> Response | None:
        """Return the response as it stands."""
        return self.history[-1] if self.history else None

    @property
    def state(self) -> ResponseState:
        """Return the state that all acts leave."""
        return state_of(self.history)

    @property
    def draft(self) -> bool:
        """Whether what stands has not been served."""
        return self.response is not None and not self.response.served

    @property
    def as_served(self) -> RequestStatus:
        """Return how it stands to the other side: nothing drafted after what was served last."""
        last = max(
            (at for at, response in enumerate(self.history, 1) if response.served), default=0
        )
        return replace(self, history=self.history[:last])

    def late(self, day: date) -> bool:
        """Whether nothing was served by the last day it may have been due."""
        due = self.set.due
        served = any(response.served for response in self.history)
        return due is not None and not served and day > max((due.day, *due.ambiguous))


@dataclass(frozen=True, slots=True)
class RequestRegister:
    """All sets, requests and responses of a matter."""

    sets: Mapping[str, RequestSet]
    standings: tuple[RequestStatus, ...]

    @classmethod
    def read(cls, ledger: Acts) -> RequestRegister:
        """Read the ledger. Raises BodyError."""
        sets = {key: RequestSet.from_body(key, act.body) for key, act in ledger.of(SET).items()}
        histories: dict[str, list[Response]] = {}
        for act in ledger:
            if act.kind == RESPONSE:
                histories.setdefault(act.key, []).append(Response.from_body(act.key, act.body))
        requests = [Request.from_body(key, act.body) for key, act in ledger.of(REQUEST).items()]
        return cls(
            sets,
            tuple(
                RequestStatus(request, sets[request.set], tuple(histories.get(request.key, ())))
                for request in requests
            ),
        )

    def of(self, name: str) -> tuple[RequestStatus, ...]:
        """Return the requests of one set, in its order."""
        return tuple(standing for standing in self.standings if standing.set.name == name)

    def find(self, number: str, name: str = "") -> RequestStatus:
        """Return a request by number, or by key as "First RFPs/12". Raises UnknownRequestError."""
        standings = [
            standing
            for standing in self.standings
            if standing.request.key == number
            or (standing.request.number == number and name in ("", standing.set.name))
        ]
        if len(standings) != 1:
            raise UnknownRequestError(number, [standing.set.name for standing in standings])
        return standings[0]


def imported(
    register: RequestRegister, request_set: RequestSet, texts: Sequence[tuple[str, str]]
) -> list[Act]:
    """Return the acts of a served paper. Raises SetExistsError, NoRequestsError."""
    if request_set.name in register.sets:
        raise SetExistsError(request_set.name)
    if not texts:
        raise NoRequestsError(request_set.source.name if request_set.source else request_set.name)
    requests = [Request(request_set.name, number, text) for number, text in texts]
    return [
        Act(SET, request_set.name, request_set.body()),
        *(Act(REQUEST, request.key, request.body()) for request in requests),
    ]


def responded(response: Response) -> Act:
    """Return the act of a response: always a draft, until a paper serves it."""
    return Act(RESPONSE, response.request, replace(response, served="").body())


def served_copy(response: Response) -> Response:
    """Return a response as the other side may read it: without our note, nor our query's words."""
    promised = PROMISED if response.produce and not response.ranges else ""
    return replace(response, note="", produce=promised)


def resolved(response: Response, resolve: Resolve, pages: Pages) -> Response:
    """Return the response with the ranges of the produced documents that its query finds."""
    return replace(response, ranges=tuple(pages.of(resolve(response.produce))))


def unservable(register: RequestRegister, name: str, pages: Pages) -> list[str]:
    """Return every reason why the responses to a set cannot be served; empty when they can."""
    return [
        f"{standing.request.key}: {reason}"
        for standing in register.of(name)
        for reason in reasons(standing, pages)
    ]


def reasons(standing: RequestStatus, pages: Pages) -> list[str]:
    """Return every reason why the response to one request cannot be served."""
    response, kind = standing.response, standing.set.kind
    if response is None or response.extent is ResponseState.UNANSWERED:
        return ["nothing is answered and nothing objected to"]
    return [
        *_of_objections(response),
        *_of_answers(response, kind),
        *(_of_range(span) for span in response.ranges if not covered(span, pages)),
        *(
            _of_loose(span, number)
            for span in response.ranges
            if covered(span, pages)
            for number in pages.privileged(span)
        ),
    ]


def _of_objections(response: Response) -> list[str]:
    return [
        f"the objection {objection.ground!r} does not say whether responsive materials are "
        "withheld on it (Fed. R. Civ. P. 34(b)(2)(C)): give --withheld yes or --withheld no"
        for objection in response.objections
        if objection.withheld is None
    ]


def _of_answers(response: Response, kind: RequestKind) -> list[str]:
    wrong = []
    interrogatory = kind is RequestKind.INTERROGATORY
    if interrogatory and response.answers and not response.verifier:
        wrong.append("no one is named who answers under oath (33(b)(3)): give --verifier")
    if response.rule33d and not interrogatory:
        wrong.append("Rule 33(d) answers interrogatories only")
    if response.rule33d and not response.ranges:
        wrong.append("an answer under Rule 33(d) must list the records (33(d)(1)): give --ranges")
    if response.no_documents and (response.ranges or response.produce):
        wrong.append("it says that there are no documents and produces some")
    return wrong


def _of_range(span: BatesRange) -> str:
    return f"{span.first} - {span.last} is not in the sealed volume {span.volume}"


def _of_loose(span: BatesRange, first: str) -> str:
    return (
        f"{span.first} - {span.last} holds {first}, which is claimed as privileged and lies in "
        f"{span.volume} all the same: replace the volume (forthwith produce {span.volume}_R1 "
        f"--replace {span.volume}), or cite other pages"
    )
