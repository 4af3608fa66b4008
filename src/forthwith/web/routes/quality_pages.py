"""Samples: what was overturned, drawn with its interval, and the form that draws another."""

from __future__ import annotations

from typing import Any

from litestar import get, post
from litestar.response import Template

from forthwith.domain.errors import ForthwithError
from forthwith.domain.users import Seer
from forthwith.review.quality import BAR
from forthwith.web.routes.forms import Asking, Form, done, number, typed_in
from forthwith.web.shell import page
from forthwith.workflows.room import quality as desk
from forthwith.workflows.room.quality import SampleError
from forthwith.workflows.room.room import Room

_TYPED = ("kind", "documents", "bar", "side", "seed")


@get("/quality", sync_to_thread=True)
def quality(request: Asking, room: Room, seer: Seer) -> Template:
    """Show the samples, the latest first."""
    asked, said = request.query_params, ""
    if drawn := asked.get("drawn", ""):
        said = f"{drawn} is drawn. Its documents are a batch for whoever did not code them first."
    return _page(request, room, seer, said=said)


@post("/quality/draw", sync_to_thread=True)
def draw(request: Asking, room: Room, seer: Seer, data: Form) -> Any:
    """Draw a sample."""
    typed = typed_in(data, _TYPED)

    def act() -> str:
        many = number(typed["documents"], 0)
        side = "theirs" if typed["side"] == "theirs" else "ours"
        if many < 1:
            raise SampleError("Say how many documents are drawn: 1 or more.")
        if typed["kind"] == "elusion":
            drawn = desk.draw_elusion(room, seer, many, seed=typed["seed"], side=side)
        else:
            bar = _share(typed["bar"])
            drawn = desk.draw(room, seer, many, seed=typed["seed"], bar=bar, side=side)
        return f"/quality?drawn={drawn.sample.id}#{drawn.sample.id}"

    return done(act, lambda wrong: _page(request, room, seer, wrong=wrong, typed=typed))


ALL = (quality, draw)


def _share(text: str) -> float:
    """Read a share in per cent. Raises SampleError."""
    try:
        share = float(text) / 100
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise SampleError("The bar is a share in per cent, from 0 to 100: 10 for a tenth.")
    return share


def _page(
    request: Asking,
    room: Room,
    seer: Seer,
    *,
    said: str = "",
    wrong: str = "",
    typed: dict[str, str] | None = None,
) -> Template:
    reports = []
    for sample in reversed(desk.samples(room, seer)):
        try:
            reports.append(desk.report(room, seer, sample.id))
        except ForthwithError as refused:
            wrong = wrong or str(refused)
    usual = {"kind": "qc", "documents": str(desk.PER_REVIEWER), "bar": f"{100 * BAR:g}"}
    return page(
        request,
        "quality.html",
        "quality",
        reports=reports,
        typed=typed or {**dict.fromkeys(_TYPED, ""), **usual},
        said=said,
        wrong=wrong,
    )
