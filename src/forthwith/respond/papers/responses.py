"""Responses and objections to one set of requests, ready for counsel to read and to sign.

Each request stands in it once, word for word as served. Whether the responses may be served is
`hindrances`; nothing is composed around one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from forthwith.domain.bates import Bates
from forthwith.domain.errors import ForthwithError
from forthwith.domain.requests import (
    BatesRange,
    Objection,
    RequestKind,
    RequestSet,
    Response,
)
from forthwith.papers.blocks import Block, Heading, Numbered, Paragraph, Table, Verbatim, long_date
from forthwith.respond.papers.front import Front, possessive, set_title
from forthwith.respond.registers.pages import Pages
from forthwith.respond.registers.requests import RequestRegister, RequestStatus, unservable

_RULES = {RequestKind.RFP: "34", RequestKind.INTERROGATORY: "33", RequestKind.RFA: "36"}
#: What a request of each kind asks to be shown, where not materials.
_INFORMATION = frozenset((RequestKind.INTERROGATORY, RequestKind.RFA))


class NotServableError(ForthwithError):
    """A paper cannot be served as it stands."""

    def __init__(self, paper: str, reasons: Sequence[str]) -> None:
        listed = "".join(f"\n  {reason}" for reason in reasons)
        super().__init__(f"{paper} cannot be served. Mend these and try again:{listed}")
        self.reasons = tuple(reasons)


class NothingToServeError(ForthwithError):
    """There is no such set, or nothing in it has changed since it was served."""

    def __init__(self, name: str, served: str, known: Sequence[str]) -> None:
        what = (
            f"The responses to {name!r} were served as {served} and none was drafted since. "
            "Change one with `forthwith respond` first."
            if served
            else f"There is no set {name!r}. The sets are: {', '.join(known) or 'none'}; import "
            "one with `forthwith requests import`."
        )
        super().__init__(what)


def hindrances(register: RequestRegister, name: str, pages: Pages) -> list[str]:
    """Return every reason why the responses to a set cannot be served; empty when they can."""
    reasons = unservable(register, name, pages)
    for standing in register.of(name):
        response = standing.response
        if response and response.produce and not (response.ranges or response.text):
            reasons.append(
                f"{standing.request.key}: it promises documents and does not say when "
                "(Fed. R. Civ. P. 34(b)(2)(B)): give --text, or --ranges of what is produced"
            )
    return reasons


def compose(front: Front, register: RequestRegister, name: str, pages: Pages) -> list[Block]:
    """Return the paper without its signature and certificate.

    Raises NotServableError and NothingToServeError.
    """
    standings = register.of(name)
    if not standings:
        raise NothingToServeError(name, "", list(register.sets))
    if reasons := hindrances(register, name, pages):
        raise NotServableError(f"The paper of responses to {name!r}", reasons)
    blocks: list[Block] = [front.caption(title(front, standings))]
    blocks.append(Heading("PRELIMINARY STATEMENT"))
    blocks.extend(Numbered(sentence) for sentence in _preliminary(front, standings))
    blocks.append(Heading(_what(standings[0].set.kind).upper()))
    for standing in standings:
        blocks.extend(_one(front, standing))
    return blocks


def title(front: Front, standings: Sequence[RequestStatus]) -> str:
    """Return what the paper is called; amended once any of its responses was served."""
    request_set = standings[0].set
    asking = request_set.asked_by or front.asking
    amended = (
        "Amended "
        if any(past.served for standing in standings for past in standing.history)
        else ""
    )
    to = (
        f"{possessive(asking)} {set_title(request_set.name)}"
        if asking
        else set_title(request_set.name)
    )
    return f"{possessive(_party(front, request_set))} {amended}{_what(request_set.kind)} to {to}"


def withholding(objection: Objection, kind: RequestKind) -> str:
    """Return the sentence of Fed. R. Civ. P. 34(b)(2)(C); undecided objections have none."""
    things = "information is" if kind in _INFORMATION else "materials are"
    verb = things if objection.withheld else f"{things} not"
    return f"Responsive {verb} being withheld on the basis of this objection."


def _what(kind: RequestKind) -> str:
    answers = kind is RequestKind.INTERROGATORY
    return "Answers and Objections" if answers else "Responses and Objections"


def _party(front: Front, request_set: RequestSet) -> str:
    return request_set.asked_of or front.answering


def _preliminary(front: Front, standings: Sequence[RequestStatus]) -> Iterator[str]:
    request_set = standings[0].set
    rule = (
        f" under Fed. R. Civ. P. {_RULES[request_set.kind]}" if request_set.kind in _RULES else ""
    )
    yield (
        f"{_party(front, request_set)} responds{rule} to the {set_title(request_set.name)} "
        f"served on {long_date(request_set.served)}. Each request is set out below as "
        "it was served."
    )
    yield (
        "Objections are made to single requests only and stand under the request they go to. Each "
        "states its ground and whether anything responsive is being withheld on its basis "
        "(Fed. R. Civ. P. 34(b)(2)(C))."
    )
    volumes = sorted(
        {
            span.volume
            for standing in standings
            if standing.response
            for span in standing.response.ranges
        }
    )
    if volumes:
        yield (
            f"Documents are cited by the Bates numbers stamped on them in {_listed(volumes)}. Both "
            "ends of a range are included."
        )
    yield (
        "A response that proves incomplete or incorrect will be supplemented or corrected as "
        "Fed. R. Civ. P. 26(e) requires."
    )


def _one(front: Front, standing: RequestStatus) -> Iterator[Block]:
    response = standing.response
    if response is None:  # pragma: no cover - refused before
        return
    kind = standing.set.kind
    yield Heading(f"{kind.heading(standing.request.number)}:".upper(), 2)
    yield Verbatim(standing.request.text)
    if response.objections:
        yield Heading("Objections", 3)
    for place, objection in enumerate(response.objections, 1):
        yield Paragraph(_objection(place, objection, kind))
    yield Heading("Answer" if kind is RequestKind.INTERROGATORY else "Response", 3)
    yield from _answer(_party(front, standing.set), response, kind)


def _objection(place: int, objection: Objection, kind: RequestKind) -> str:
    scope = f"goes to this part of the request: {_stop(objection.scope)}" if objection.scope else ""
    parts = [
        f"Objection {place}: {_stop(objection.ground)}",
        f"It {scope or 'goes to the whole of the request.'}",
        withholding(objection, kind),
        f"What is withheld: {_stop(objection.what)}"
        if objection.what and objection.withheld
        else "",
    ]
    return " ".join(filter(None, parts))


def _answer(party: str, response: Response, kind: RequestKind) -> Iterator[Block]:
    for text in filter(None, (part.strip() for part in response.text.split("\n\n"))):
        yield Paragraph(" ".join(text.split()))
    if response.no_documents:
        yield Paragraph(
            f"After a reasonable search, {party} found no documents responsive to this request."
        )
    if not response.answers:
        yield Paragraph(f"On the objections above, {party} gives no further response.")
    if response.custodians:
        yield Paragraph(f"The files of these custodians were searched: {_people(response)}.")
    if response.ranges:
        yield Paragraph(_leading(response))
        yield _ranges(response.ranges)
    if kind is RequestKind.INTERROGATORY and response.verifier:
        yield Paragraph(
            f"{response.verifier} answers this interrogatory under oath, by the verification "
            "served with these answers (Fed. R. Civ. P. 33(b)(3), (5))."
        )


def _leading(response: Response) -> str:
    if response.rule33d:
        return (
            "The answer may be determined from the records listed here, and the burden of deriving "
            "it from them is substantially the same for either party (Fed. R. Civ. P. 33(d)):"
        )
    return "Documents responsive to this request are produced at:"


def _ranges(ranges: Sequence[BatesRange]) -> Table:
    rows = tuple((span.volume, span.first, span.last, f"{_pages(span):,}") for span in ranges)
    return Table(("Volume", "First page", "Last page", "Pages"), rows)


def _pages(span: BatesRange) -> int:
    return Bates.parse(span.first).pages_to(Bates.parse(span.last)) or 0


def _people(response: Response) -> str:
    return "; ".join(response.custodians)


def _listed(names: Sequence[str]) -> str:
    word = "volume" if len(names) == 1 else "volumes"
    return f"{word} {', '.join(names)}"


def _stop(text: str) -> str:
    """End a text with one full stop, unless it ends a sentence already."""
    text = " ".join(text.split())
    return text if text.endswith((".", "?", "!")) else f"{text}."
