"""The chronology: its list, one event with its versions, and the printed forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Template

from forthwith.domain.errors import ForthwithError
from forthwith.domain.users import Seer
from forthwith.papers import docx, pdf, text
from forthwith.web.shell import page
from forthwith.workflows.room import chronology as desk
from forthwith.workflows.room.chronology import Asked, Draft, ShownEvent
from forthwith.workflows.room.room import NotShownError, RefusedError, Room

_Asking = Request[Any, Any, Any]
_Form = URLEncodedBody[dict[str, str]]
#: What printed forms are sent as.
_FORMS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class _Typed:
    """The filter, as typed."""

    words: str = ""
    since: str = ""
    until: str = ""
    q: str = ""
    document: str = ""

    @classmethod
    def of(cls, request: _Asking) -> _Typed:
        return cls(**{name: request.query_params.get(name, "").strip() for name in cls.__slots__})

    @property
    def query(self) -> str:
        given = {name: value for name in self.__slots__ if (value := getattr(self, name))}
        return f"?{urlencode(given)}" if given else ""

    def asked(self, room: Room, seer: Seer) -> Asked:
        found = desk.found(room, seer, self.q) if self.q else None
        return Asked(self.words, self.since, self.until, self.document, found)


@get("/chronology", sync_to_thread=True)
def chronology(request: _Asking, room: Room, seer: Seer) -> Template:
    """Show the events, with a form for another."""
    cite = request.query_params.get("cite", "")
    fresh = request.query_params.get("added", "")
    said = f"{fresh} is in the chronology." if fresh else ""
    if gone := request.query_params.get("removed", ""):
        said = f"{gone} is out of the chronology; its versions are kept."
    return _listed(request, room, seer, Draft("", "", cite), said=said, fresh=fresh)


@post("/chronology", sync_to_thread=True)
def add(request: _Asking, room: Room, seer: Seer, data: _Form) -> Any:
    """Enter an event; what was typed stays in the form where it is refused."""
    draft = _draft(data)
    try:
        event = desk.write(room, seer, draft)
    except RefusedError:
        raise
    except ForthwithError as refused:
        return _listed(request, room, seer, draft, wrong=str(refused), status=422)
    return Redirect(f"/chronology?added={event.id}#{event.id}", status_code=303)


@get("/chronology/chronology.{form:str}", sync_to_thread=True)
def printed(request: _Asking, room: Room, seer: Seer, form: FromPath[str]) -> Response[bytes]:
    """Send the chronology as a paper: docx, pdf or txt."""
    if form not in _FORMS:
        raise NotShownError(f"chronology.{form}")
    asked = _Typed.of(request).asked(room, seer)
    paper = desk.paper(room, desk.listed(room, seer, asked), asked, room.today())
    if form == "docx":
        body = docx.as_docx(paper)
    else:
        body = pdf.as_pdf(paper) if form == "pdf" else text.as_text(paper.blocks)
    headers = {"Content-Disposition": f'attachment; filename="chronology.{form}"'}
    return Response(body, media_type=_FORMS[form], headers=headers)


@get("/chronology/{event:str}", sync_to_thread=True)
def event_page(request: _Asking, room: Room, seer: Seer, event: FromPath[str]) -> Template:
    """Show one event with its versions."""
    said = "The new version is kept." if request.query_params.get("changed") else ""
    return _event(request, room, seer, event, said=said)


@post("/chronology/{event:str}", sync_to_thread=True)
def change(request: _Asking, room: Room, seer: Seer, event: FromPath[str], data: _Form) -> Any:
    """Enter a new version of an event."""
    draft = _draft(data)
    try:
        desk.write(room, seer, draft, event, _number(data.get("expected", "")))
    except (RefusedError, NotShownError):
        raise
    except ForthwithError as refused:
        return _event(request, room, seer, event, draft=draft, wrong=str(refused), status=422)
    return Redirect(f"/chronology/{event}?changed=1", status_code=303)


@post("/chronology/{event:str}/remove", sync_to_thread=True)
def remove(request: _Asking, room: Room, seer: Seer, event: FromPath[str], data: _Form) -> Any:
    """Take an event out of the chronology."""
    try:
        desk.remove(room, seer, event, _number(data.get("expected", "")))
    except (RefusedError, NotShownError):
        raise
    except ForthwithError as refused:
        return _event(request, room, seer, event, wrong=str(refused), status=422)
    return Redirect(f"/chronology?removed={event}", status_code=303)


HANDLERS = [chronology, add, printed, event_page, change, remove]


def _listed(
    request: _Asking,
    room: Room,
    seer: Seer,
    draft: Draft,
    *,
    said: str = "",
    wrong: str = "",
    fresh: str = "",
    status: int = 200,
) -> Template:
    typed, events = _Typed.of(request), list[ShownEvent]()
    try:
        events = desk.listed(room, seer, typed.asked(room, seer))
    except ForthwithError as refused:
        if isinstance(refused, RefusedError):
            raise
        wrong, status = wrong or str(refused), 422
    return page(
        request,
        "chronology.html",
        "chronology",
        status=status,
        events=events,
        asked=typed,
        query=typed.query,
        draft=draft,
        may_write=desk.may_write(seer),
        said=said,
        wrong=wrong,
        fresh=fresh,
    )


def _event(
    request: _Asking,
    room: Room,
    seer: Seer,
    id_: str,
    *,
    draft: Draft | None = None,
    said: str = "",
    wrong: str = "",
    status: int = 200,
) -> Template:
    versions = desk.history(room, seer, id_)
    shown = versions[-1]
    as_it_stands = Draft(
        shown.event.moment.text, shown.event.sentence, "; ".join(cite.text for cite in shown.cites)
    )
    return page(
        request,
        "event.html",
        "chronology",
        status=status,
        shown=shown,
        versions=versions,
        draft=draft or as_it_stands,
        expected=shown.event.version,
        may_write=desk.may_write(seer),
        said=said,
        wrong=wrong,
    )


def _draft(data: dict[str, str]) -> Draft:
    return Draft(data.get("when", ""), data.get("sentence", ""), data.get("cites", ""))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
