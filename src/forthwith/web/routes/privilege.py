"""What the screen proposes as privileged: its page, and by JSON."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get, post
from litestar.response import Template

from forthwith.domain.privilege_decisions import Outcome
from forthwith.domain.users import Seer
from forthwith.record.privilege_decisions import StaleDecisionError
from forthwith.review.privilege.claims import Basis, Treatment
from forthwith.review.screen.proposals import Tier
from forthwith.web.routes.forms import Asking, Form, done, number
from forthwith.web.routes.listing import At
from forthwith.web.shell import page
from forthwith.workflows.privilege import ClaimOptions
from forthwith.workflows.room import screen as desk
from forthwith.workflows.room.room import NotShownError, Room

_PAGE = 25
#: What stands as the reason where nobody typed another one.
_BECAUSE = {
    Outcome.CLAIMED: "Read, and it is what the screen says",
    Outcome.REFUSED: "Read, and nothing of it is claimed",
}


class Decide(msgspec.Struct, forbid_unknown_fields=True):
    """What a page or program sends to decide."""

    outcome: Outcome
    because: str
    basis: list[Basis] = []
    description: str = ""
    treatment: Treatment = Treatment.WITHHELD
    seen: int | None = None


def _tier(text: str) -> list[Tier]:
    try:
        return [Tier(text)] if text else []
    except ValueError:
        raise NotShownError(f"tier {text}") from None


@get("/privilege", sync_to_thread=True)
def proposals(request: Asking, room: Room, seer: Seer) -> Template:
    """Show proposals by tier, the strongest first."""
    return _shown(request, room, seer, dict(request.query_params))


@post("/privilege", sync_to_thread=True)
def put(request: Asking, room: Room, seer: Seer, data: Form) -> Any:
    """Claim or refuse one proposal; the next is then the first."""
    asked = {name: data[name] for name in ("tier", "decided") if data.get(name)}

    def act() -> str:
        control = data.get("control", "")
        try:
            outcome = Outcome(data.get("outcome", ""))
        except ValueError:
            raise NotShownError("decision of this kind") from None
        because = data.get("because", "").strip() or _BECAUSE[outcome]
        seen = number(data.get("seen", "0"), 0)
        made = desk.decide(room, seer, control, outcome, because, seen=seen)
        more = {"done": control, "log": made.claim.log if made.claim else ""}
        if made.twins:
            more["twins"] = str(len(made.twins))
        return f"/privilege?{urlencode({**asked, **more})}"

    return done(act, lambda wrong: _shown(request, room, seer, asked, wrong=wrong))


def _shown(
    request: Asking, room: Room, seer: Seer, asked: dict[str, str], *, wrong: str = ""
) -> Template:
    tier, first = asked.get("tier", ""), number(asked.get("at", ""), 0)
    decided = bool(asked.get("decided"))
    found = desk.listed(room, seer, _tier(tier), decided=decided, first=first, most=_PAGE)
    return page(
        request,
        "privilege.html",
        "privilege",
        status=422 if wrong else 200,
        found=found,
        shown=desk.lit(room, seer, found.rows),
        tiers=[(t.value, found.waiting.get(t, 0), found.counts.get(t, 0)) for t in Tier],
        tier=tier,
        decided=decided,
        because="",
        decides=desk.may_decide(seer),
        said=_said(asked),
        wrong=wrong,
        before=max(first - _PAGE, 0) if first else None,
        after=first + _PAGE if first + _PAGE < found.total else None,
    )


def _said(asked: dict[str, str]) -> str:
    control = asked.get("done", "")
    if not control:
        return ""
    if log := asked.get("log", ""):
        return f"{control} is claimed as {log}."
    twins = number(asked.get("twins", ""), 0)
    also = f", and {twins:,} more that are the same" if twins else ""
    return f"The proposal of {control} is refused{also}."


def _stale(_: Request[Any, Any, Any], error: StaleDecisionError) -> Response[dict[str, Any]]:
    return Response({"message": str(error)}, status_code=409)


@get("/api/privilege", sync_to_thread=True)
def listed(
    room: Room, seer: Seer, *, tier: str = "", decided: bool = False, at: At = 0, n: At = 50
) -> dict[str, Any]:
    """Return proposals: {total, tiers, proposals}."""
    most = min(n, 200)
    found = desk.listed(room, seer, _tier(tier), decided=decided, first=at, most=most)
    return desk.listed_json(found)


@post(
    "/api/privilege/{control:str}",
    sync_to_thread=True,
    exception_handlers={StaleDecisionError: _stale},
    status_code=200,
)
def decide(room: Room, seer: Seer, control: str, data: Decide) -> dict[str, Any]:
    """Claim or refuse what is proposed of a document."""
    options = ClaimOptions(data.treatment, tuple(data.basis), data.description)
    made = desk.decide(
        room, seer, control, data.outcome, data.because, options=options, seen=data.seen
    )
    return desk.decided_json(made)


ALL = (proposals, put, listed, decide)
