"""The chronology: its list, one event with its versions, and the printed forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Template

from forthwith.domain.errors import ForthwithError
from forthwith.domain.users import Seer
from forthwith.papers import docx, pdf, text
from forthwith.web.routes.forms import Asking, Form, done, number
from forthwith.web.shell import page
from forthwith.workflows.room import chronology as desk
from forthwith.workflows.room.chronology import Asked, Draft, ShownEvent
from forthwith.workflows.room.room import NotShownError, RefusedError, Room

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
    def of(cls, request: Asking) -> _Typed:
        return cls(**{name: request.query_params.get(name, "").strip() for name in cls.__slots__})

    @property
    def query(self) -> str:
        given = {name: value for name in self.__slots__ if (value := getattr(self, name))}
        return f"?{urlencode(given)}" if given else ""

    def asked(self, room: Room, seer: Seer) -> Asked:
        found = desk.found(room, seer, self.q) if self.q else None
        return Asked(self.words, self.since, self.until, self.document, found)


@get("/chronology", sync_to_thread=True)
def chronology(request: Asking, room: Room, seer: Seer) -> Template:
    """Show the events, with a form for another."""
    cite = request.query_params.get("cite", "")
    fresh = request.query_params.get("added", "")
    said = f"{fresh} is in the chronology." if fresh else ""
    if gone := request.query_params.get("removed", ""):
        said = f"{gone} is out of the chronology; its versions are kept."
    return _listed(request, room, seer, Draft("", "", cite), said=said, fresh=fresh)


@post("/chronology", sync_to_thread=True)
def add(request: Asking, room: Room, seer: Seer, data: Form) -> Any:
    """Enter an event; what was typed stays in the form where it is refused."""
    draft = _draft(data)

    def act() -> str:
        event = desk.write(room, seer, draft)
        return f"/chronology?added={event.id}#{event.id}"

    return done(act, lambda wrong: _listed(request, room, seer, draft, wrong=wrong))


@get("/chronology/chronology.{form:str}", sync_to_thread=True)
def printed(request: Asking, room: Room, seer: Seer, form: FromPath[str]) -> Response[bytes]:
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
def event_page(request: Asking, room: Room, seer: Seer, event: FromPath[str]) -> Template:
    """Show one event with its versions."""
    said = "The new version is kept." if request.query_params.get("changed") else ""
    return _event(request, room, seer, event, said=said)


@post("/chronology/{event:str}", sync_to_thread=True)
def change(request: Asking, room: Room, seer: Seer, event: FromPath[str], data: Form) -> Any:
    """Enter a new version of an event."""
    draft, expected = _draft(data), number(data.get("expected", ""))

    def act() -> str:
        desk.write(room, seer, draft, event, expected)
        return f"/chronology/{event}?changed=1"

    return done(act, lambda wrong: _event(request, room, seer, event, draft=draft, wrong=wrong))


@post("/chronology/{event:str}/remove", sync_to_thread=True)
def remove(request: Asking, room: Room, seer: Seer, event: FromPath[str], data: Form) -> Any:
    """Take an event out of the chronology."""

    def act() -> str:
        desk.remove(room, seer, event, number(data.get("expected", "")))
        return f"/chronology?removed={event}"

    return done(act, lambda wrong: _event(request, room, seer, event, wrong=wrong))


ALL = (
    chronology,
    add,
    printed,
    event_page,
    change,
    remove,
)


def _listed(
    request: Asking,
    room: Room,
    seer: Seer,
    draft: Draft,
    *,
    said: str = "",
    wrong: str = "",
    fresh: str = "",
) -> Template:
    typed, events = _Typed.of(request), list[ShownEvent]()
    try:
        events = desk.listed(room, seer, typed.asked(room, seer))
    except ForthwithError as refused:
        if isinstance(refused, RefusedError):
            raise
        wrong = wrong or str(refused)
    return page(
        request,
        "chronology.html",
        "chronology",
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
    request: Asking,
    room: Room,
    seer: Seer,
    id_: str,
    *,
    draft: Draft | None = None,
    said: str = "",
    wrong: str = "",
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
