"""Batches: the page of all, the page of one, and what is done with them by forms."""

from __future__ import annotations

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Template

from forthwith.domain.users import Right, Seer
from forthwith.plain.counting import count
from forthwith.review.batches import Size
from forthwith.web.routes.forms import Asking, Form, done, number, typed_in
from forthwith.web.shell import page
from forthwith.workflows.room import batches as desk
from forthwith.workflows.room import reach
from forthwith.workflows.room.batches import BatchRow
from forthwith.workflows.room.room import NotShownError, Room

_TYPED = ("query", "name", "size", "unit", "pass", "offered")


@get("/batches", sync_to_thread=True)
def every(request: Asking, room: Room, seer: Seer) -> Template:
    """Show the batches."""
    return _every(request, room, seer, said=_said(request))


@get("/batches/{batch:str}", sync_to_thread=True)
def one(request: Asking, room: Room, seer: Seer, batch: FromPath[str]) -> Template:
    """Show one batch with its documents."""
    return _one(request, room, seer, batch, said=_said(request))


@post("/batches/take", sync_to_thread=True)
def take_next(request: Asking, room: Room, seer: Seer) -> Any:
    """Take the next batch."""
    return done(
        lambda: f"/batches/{desk.take(room, seer).id}?done=taken",
        lambda wrong: _every(request, room, seer, wrong=wrong),
    )


@post("/batches/cut", sync_to_thread=True)
def cut(request: Asking, room: Room, seer: Seer, data: Form) -> Any:
    """Cut batches."""
    reach.require(seer, Right.MANAGE, "cut batches")
    typed = typed_in(data, _TYPED)

    def act() -> str:
        most = number(typed["size"], 0)
        made = desk.cut(
            room,
            seer,
            typed["query"],
            name=typed["name"].strip(),
            size=Size(0, most) if typed["unit"] == "documents" else Size(most),
            pass_=typed["pass"],
            offered=typed["offered"].replace(",", " ").split(),
        )
        return f"/batches?cut={len(made.batches)}&of={made.documents}&already={made.already}"

    return done(act, lambda wrong: _every(request, room, seer, wrong=wrong, typed=typed))


@post("/batches/{batch:str}/{act:str}", sync_to_thread=True)
def act_on(
    request: Asking,
    room: Room,
    seer: Seer,
    batch: FromPath[str],
    act: FromPath[str],
    data: Form,
) -> Any:
    """Take, give back, close or offer one batch."""
    offered = data.get("offered", "").replace(",", " ").split()
    acts = {
        "take": lambda: desk.take(room, seer, batch),
        "give": lambda: desk.give(room, seer, batch),
        "done": lambda: desk.done(room, seer, batch),
        "offer": lambda: desk.offer(room, seer, batch, offered),
    }
    if act not in acts:
        raise NotShownError(f"act {act}")

    def go() -> str:
        acts[act]()
        where = "/batches" if act in {"give", "done"} else f"/batches/{batch}"
        return f"{where}?done={_SAID[act]}&batch={batch}"

    return done(go, lambda wrong: _every(request, room, seer, wrong=wrong))


ALL = (
    every,
    one,
    take_next,
    cut,
    act_on,
)

_SAID = {"take": "taken", "give": "given", "done": "done", "offer": "offered"}
_SENTENCES = {
    "taken": "It is yours until you give it back or are done with it.",
    "given": "The batch is given back; its codings stay.",
    "done": "The batch is done.",
    "offered": "It is offered so.",
}


def _said(request: Asking) -> str:
    asked = request.query_params
    if "cut" in asked:
        many, of = number(asked["cut"], 0), number(asked.get("of", ""), 0)
        already = number(asked.get("already", ""), 0)
        more = f" {count(already, 'document')} were in a batch of this pass." if already else ""
        if not many:
            return f"No batch was cut: the search finds nothing that is left to hand out.{more}"
        return f"{count(many, 'batch', 'batches')} cut of {count(of, 'document')}.{more}"
    return _SENTENCES.get(asked.get("done", ""), "")


def _every(
    request: Asking,
    room: Room,
    seer: Seer,
    *,
    said: str = "",
    wrong: str = "",
    typed: dict[str, str] | None = None,
) -> Template:
    leads = seer.may(Right.MANAGE)
    rows = desk.listed(room, seer)
    return page(
        request,
        "batches.html",
        "batches",
        rows=rows,
        mine=next((row for row in rows if row.mine), None),
        takeable=any(row.takeable for row in rows) and seer.may(Right.CODE),
        people=desk.progress(room, seer) if leads else [],
        leads=leads,
        typed=typed or {**dict.fromkeys(_TYPED, ""), "size": str(Size().pages), "unit": "pages"},
        said=said,
        wrong=wrong,
    )


def _one(request: Asking, room: Room, seer: Seer, batch: str, *, said: str = "") -> Template:
    row = _row(room, seer, batch)
    members = desk.documents(room, seer, batch)
    return page(
        request,
        "batch.html",
        "batches",
        row=row,
        documents=members,
        first=next((control for control, coded in members if not coded), ""),
        leads=seer.may(Right.MANAGE),
        said=said,
        wrong="",
    )


def _row(room: Room, seer: Seer, batch: str) -> BatchRow:
    for row in desk.listed(room, seer):
        if row.batch.id == batch:
            return row
    raise NotShownError(f"batch {batch}")
