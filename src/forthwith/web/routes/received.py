"""Received volumes: their list, findings, points put to the other side, and claw-backs.

A point is put from a volume's page, or from any selection of the list (POST /api/received/point).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Template

from forthwith.domain.errors import ForthwithError
from forthwith.domain.users import Right, Seer
from forthwith.web.routes.forms import Asking, Form, done, file_in, typed_in
from forthwith.web.shell import page
from forthwith.workflows.room import clawback, deficiency
from forthwith.workflows.room import received as desk
from forthwith.workflows.room.clawback import DraftNotice, WouldTake
from forthwith.workflows.room.deficiency import DraftPoint
from forthwith.workflows.room.room import NotShownError, RefusedError, Room

_TYPED = ("selection", "says", "request")


#: Bytes of a notice as a form brings it, and of a list of control numbers.
_LARGE = 8_000_000
_NOTICE = ("notice", "name", "custodian", "party", "pasted")


class Chosen(msgspec.Struct, forbid_unknown_fields=True):
    """Documents chosen in the list: what a search finds, or each by its control number."""

    query: str | None = None
    controls: list[str] = []


class Point(msgspec.Struct, forbid_unknown_fields=True):
    """What the list sends to put a point."""

    select: Chosen
    says: str
    request: str = ""


@get("/received", sync_to_thread=True)
def every(request: Asking, room: Room, seer: Seer) -> Template:
    """Show the received volumes, and to whoever holds them the notices."""
    asked = request.query_params
    away = asked.get("away", "")
    said = f"{away} is put away." if away else ""
    if away and asked.get("waits"):
        said += f" {asked['waits']}"
    return _every(request, room, seer, dict.fromkeys(_NOTICE, ""), said=said)


@post("/received/clawback", sync_to_thread=True, opt={"body": _LARGE})
def claw_back(request: Asking, room: Room, seer: Seer, data: Form) -> Any:
    """Show what a notice would take; with the token of that, put it away."""
    typed = typed_in(data, _NOTICE)
    draft, token = _draft(typed), data.get("token", "")

    def act() -> str:
        away, waits = clawback.put_away(room, seer, draft, token)
        more = f"&waits={quote(waits)}" if waits else ""
        return f"/received?away={quote(away)}{more}"

    if token:
        return done(act, lambda wrong: _every(request, room, seer, typed, wrong=wrong))
    try:
        # What was pasted is shown again as it is; a file comes back as it came.
        would = clawback.look(room, seer, draft)
    except (NotShownError, RefusedError):
        raise
    except ForthwithError as refused:
        return _every(request, room, seer, typed, wrong=str(refused))
    return _every(request, room, seer, typed, would=would)


@post("/api/received/point", sync_to_thread=True, status_code=200, opt={"body": _LARGE})
def put_from_list(room: Room, seer: Seer, data: Point) -> dict[str, Any]:
    """Note what chosen documents of theirs lack: {points, sentence}."""
    draft = DraftPoint(
        data.select.query or "",
        data.says,
        data.request,
        tuple(data.select.controls),
        search=data.select.query is not None,
    )
    noted = deficiency.note(room, seer, draft)
    return {
        "points": [
            {
                "key": key,
                "volume": item.finding.volume,
                "documents": len(item.finding.about),
                "address": f"/received/{quote(item.finding.volume, safe='')}",
            }
            for key, item in noted
        ],
        "sentence": deficiency.sentence(noted),
    }


@get("/received/{volume:str}", sync_to_thread=True)
def one(request: Asking, room: Room, seer: Seer, volume: FromPath[str]) -> Template:
    """Show one volume with its findings."""
    point = request.query_params.get("point", "")
    said = f"{point} is in the register." if point else ""
    typed = typed_in(request.query_params, _TYPED)
    return _one(request, room, seer, volume, typed, said=said)


@post("/received/{volume:str}/point", sync_to_thread=True)
def put(request: Asking, room: Room, seer: Seer, volume: FromPath[str], data: Form) -> Any:
    """Note what documents of theirs lack."""
    typed = typed_in(data, _TYPED)

    def act() -> str:
        noted = deficiency.note(
            room, seer, DraftPoint(typed["selection"], typed["says"], typed["request"])
        )
        names = ", ".join(key for key, _ in noted)
        return f"/received/{quote(volume, safe='')}?point={quote(names)}"

    return done(act, lambda wrong: _one(request, room, seer, volume, typed, wrong=wrong))


ALL = (every, claw_back, put_from_list, one, put)


def _draft(typed: dict[str, str]) -> DraftNotice:
    """Return a notice as the form brings it: its file in base 64, else what was pasted."""
    data = file_in(typed, "notice")
    custodian, party = typed["custodian"].strip(), typed["party"].strip()
    if data:
        return DraftNotice(data, typed["name"][:200] or "notice", custodian, party)
    return DraftNotice(typed["pasted"].encode(), "pasted numbers", custodian, party)


def _every(
    request: Asking,
    room: Room,
    seer: Seer,
    typed: dict[str, str],
    *,
    said: str = "",
    wrong: str = "",
    would: WouldTake | None = None,
) -> Template:
    return page(
        request,
        "received.html",
        "received",
        rows=desk.listed(room, seer),
        held=clawback.held(room, seer),
        may_put_away=clawback.may(seer),
        would=asdict(would) if would else None,
        typed=typed,
        said=said,
        wrong=wrong,
    )


def _one(
    request: Asking,
    room: Room,
    seer: Seer,
    volume: str,
    typed: dict[str, str],
    *,
    said: str = "",
    wrong: str = "",
) -> Template:
    severity = request.query_params.get("severity", "")
    return page(
        request,
        "volume.html",
        "received",
        shown=desk.one(room, seer, volume, severity),
        severity=severity,
        typed=typed,
        may_note=seer.may(Right.CHALLENGE),
        said=said,
        wrong=wrong,
    )
