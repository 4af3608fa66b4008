"""What would go out next: the gate, and the pages somebody looks at before it does."""

from __future__ import annotations

import base64
import shlex
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Template
from litestar.status_codes import HTTP_200_OK
from msgspec import Meta

from forthwith.domain.gate import Gate, Light
from forthwith.domain.users import Right, Role, Seer
from forthwith.web.routes.forms import Asking
from forthwith.web.shell import page
from forthwith.workflows.produce import ProductionOptions
from forthwith.workflows.room import draft as desk
from forthwith.workflows.room import sampling
from forthwith.workflows.room.room import NotShownError, Room

#: Documents behind a rule that the page links to; of more, it says how many.
_LINKED = 200


class Looked(msgspec.Struct):
    """What somebody says of one page of the sample."""

    control: str
    page: Annotated[int, Meta(ge=1, le=9_999_999)]
    verdict: Annotated[str, Meta(pattern="^(good|bad)$")]
    note: Annotated[str, Meta(max_length=1000)] = ""
    #: Digest of the page as they were shown it.
    seen: Annotated[str, Meta(max_length=64)] = ""
    q: Annotated[str, Meta(max_length=2000)] = ""


@get("/productions/draft", sync_to_thread=True)
def production(request: Asking, room: Room, seer: Seer) -> Template:
    """Show every rule with the documents behind it, and the pages to look at."""
    sampling.require(seer)
    query = request.query_params.get("q", "").strip()[:2000]
    options = _options(room, seer, query)
    shown = desk.waited(room, seer, options)
    return page(
        request,
        "draft.html",
        "production",
        gate=shown.gate,
        whole=shown.whole,
        query=query,
        command=_command(shown.gate, query),
        linked=_LINKED,
        absent=[rule for rule in shown.gate.rules if rule.light is Light.ABSENT],
        looked=sum(page.look is not None for page in shown.gate.sample),
    )


@get("/api/draft", sync_to_thread=True)
def gate(room: Room, seer: Seer, q: str = "") -> dict[str, Any]:
    """Return the gate; `whole` is false while documents are still being read."""
    sampling.require(seer)
    shown = desk.waited(room, seer, _options(room, seer, q[:2000]))
    return {"whole": shown.whole, **desk.gate_json(shown.gate)}


@get("/api/draft/page/{control:str}/{number:str}", sync_to_thread=True)
def page_of(room: Room, seer: Seer, control: FromPath[str], number: FromPath[str]) -> Any:
    """Return {seen, picture}: a page as it would go out, a data address, and its digest."""
    if not (number.isascii() and number.isdigit() and len(number) < 8):
        raise NotShownError(f"page {number[:20]}")
    shown = sampling.page_to_look_at(room, seer, control, int(number))
    kind = "png" if shown.data.startswith(b"\x89PNG") else "jpeg"
    picture = base64.b64encode(shown.data).decode("ascii")
    return {"seen": shown.seen, "picture": f"data:image/{kind};base64,{picture}"}


@post("/api/draft/look", sync_to_thread=True, status_code=HTTP_200_OK)
def look(room: Room, seer: Seer, data: Looked) -> dict[str, Any]:
    """Keep that somebody looked at a page, and what they say of it."""
    kept = desk.look(
        room,
        seer,
        _options(room, seer, data.q),
        data.control,
        data.page,
        good=data.verdict == "good",
        note=data.note,
        seen=data.seen,
    )
    return {"control": kept.control, "page": kept.page, **desk.look_json(kept)}


ALL = (production, gate, page_of, look)


def _options(room: Room, seer: Seer, query: str) -> ProductionOptions:
    case = room.case
    if not (seer.may(Right.PRODUCE) or Role.LEAD in seer.roles):
        # How many volumes there are is nothing to whoever only manages the review of theirs.
        return ProductionOptions("VOL", desk.day(room), query=query)
    number = len(case.sealed) + 1
    while f"VOL{number:03d}" in case.sealed or f"VOL{number:03d}" in case.overlays:
        number += 1
    return ProductionOptions(f"VOL{number:03d}", desk.day(room), query=query)


def _command(gate_: Gate, query: str) -> str:
    words = ["forthwith", "produce", gate_.volume]
    if query:
        words += ["--query", query]
    return shlex.join(words)
