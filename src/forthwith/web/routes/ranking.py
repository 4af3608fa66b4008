"""Rankings: the page of all, the page of one with its curve and its stops, and the printed stop."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Template

from forthwith.domain.users import Seer
from forthwith.papers import docx, pdf, text
from forthwith.plain.counting import count
from forthwith.review.ranking import Model
from forthwith.review.stopping import CONFIDENCE, TARGET
from forthwith.web.routes.forms import Asking, Form, done, number
from forthwith.web.shell import page
from forthwith.workflows.room import ranking as desk
from forthwith.workflows.room import stop_paper, stops
from forthwith.workflows.room.room import NotShownError, Room
from forthwith.workflows.room.stops import StopError

_TYPED = ("name", "mark", "value", "query", "side", "model", "like")
_ASKED = ("target", "confidence", "rule", "documents", "offered")
#: What printed forms are sent as.
_FORMS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "txt": "text/plain; charset=utf-8",
}


@get("/ranking", sync_to_thread=True)
def rankings(request: Asking, room: Room, seer: Seer) -> Template:
    """Show the rankings."""
    return _listed(request, room, seer)


@post("/ranking", sync_to_thread=True)
def name(request: Asking, room: Room, seer: Seer, data: Form) -> Any:
    """Name a ranking."""
    typed = {field: data.get(field, "").strip() for field in _TYPED}

    def act() -> str:
        named = desk.name(
            room, seer, typed["name"], mark=typed["mark"], value=typed["value"],
            query=typed["query"], side=typed["side"] or "ours", model=typed["model"] or Model.SVM,
            like=typed["like"],
        )  # fmt: skip
        return f"/ranking/{named.ranking.name}"

    return done(act, lambda wrong: _listed(request, room, seer, wrong=wrong, typed=typed))


@get("/ranking/{name:str}", sync_to_thread=True)
def ranked(request: Asking, room: Room, seer: Seer, name: FromPath[str]) -> Template:
    """Show one ranking."""
    asked, said = request.query_params, ""
    if "batch" in asked:
        many = number(asked.get("of", ""), 0)
        how = ", drawn at random: nothing can be learnt yet" if asked.get("by") == "random" else ""
        said = f"{asked['batch']} is cut: {count(many, 'document')}{how}."
    return _ranked(request, room, seer, name, said=said)


@post("/ranking/{name:str}/next", sync_to_thread=True)
def propose(request: Asking, room: Room, seer: Seer, name: FromPath[str], data: Form) -> Any:
    """Cut what is to be read next."""

    def act() -> str:
        found = desk.propose(
            room, seer, name, number(data.get("documents", ""), 0), offered=_logins(data)
        )
        if not found.batches:
            raise StopError("Nothing is left to read: all is decided, or in a batch.")
        first = found.batches[0].id
        return f"/ranking/{name}?batch={first}&of={len(found.controls)}&by={found.by}"

    return done(act, lambda wrong: _ranked(request, room, seer, name, wrong=wrong))


@post("/ranking/{name:str}/stop", sync_to_thread=True)
def stop(request: Asking, room: Room, seer: Seer, name: FromPath[str], data: Form) -> Any:
    """Draw a stop, or go on with the one that waits."""
    typed = {field: data.get(field, "").strip() for field in _ASKED}

    def act() -> str:
        asked = stops.Asked(
            target=_share(typed["target"]),
            confidence=_share(typed["confidence"]),
            rule=typed["rule"],
            documents=number(typed["documents"], 0),
            offered=_logins(data),
            again=data.get("again", "") == "yes",
        )
        found = stops.go_on(room, seer, name, asked)
        return f"/ranking/{name}#{found.stop.id}"

    return done(act, lambda wrong: _ranked(request, room, seer, name, wrong=wrong, typed=typed))


@get("/ranking/{name:str}/certificate/{file:str}", sync_to_thread=True)
def certificate(
    room: Room, seer: Seer, name: FromPath[str], file: FromPath[str]
) -> Response[bytes]:
    """Send what a stop showed as a paper: T0001.docx, .pdf or .txt."""
    stop, _, form = file.partition(".")
    if form not in _FORMS:
        raise NotShownError(f"paper {file}")
    paper = stop_paper.paper(room, seer, name, stop)
    if form == "docx":
        body = docx.as_docx(paper)
    else:
        body = pdf.as_pdf(paper) if form == "pdf" else text.as_text(paper.blocks)
    headers = {"Content-Disposition": f'attachment; filename="{file}"'}
    return Response(body, media_type=_FORMS[form], headers=headers)


ALL = (rankings, name, ranked, propose, stop, certificate)


def _logins(data: dict[str, str]) -> tuple[str, ...]:
    return tuple(data.get("offered", "").replace(",", " ").split())


def _share(typed: str) -> float | None:
    """Read a share in per cent; None for what is as usual. Raises StopError."""
    if not typed:
        return None
    try:
        # As a person writes it: 80 is .8, and not a number beside it.
        return float(f"{float(typed) / 100:.12g}")
    except (ValueError, OverflowError):
        raise StopError("Target and confidence are in per cent, such as 80 and 95.") from None


def _listed(
    request: Asking,
    room: Room,
    seer: Seer,
    *,
    wrong: str = "",
    typed: dict[str, str] | None = None,
) -> Template:
    return page(
        request,
        "rankings.html",
        "ranking",
        status=422 if wrong else 200,
        rows=desk.listed(room, seer),
        models=list(Model),
        typed=typed or dict.fromkeys(_TYPED, ""),
        said="",
        wrong=wrong,
    )


def _ranked(
    request: Asking,
    room: Room,
    seer: Seer,
    called: str,
    *,
    said: str = "",
    wrong: str = "",
    typed: dict[str, str] | None = None,
) -> Template:
    usual = {"target": f"{100 * TARGET:g}", "confidence": f"{100 * CONFIDENCE:g}"}
    return page(
        request,
        "ranking.html",
        "ranking",
        status=422 if wrong else 200,
        row=desk.status(room, seer, called),
        typed=typed or {**dict.fromkeys(_ASKED, ""), **usual},
        said=said,
        wrong=wrong,
    )
