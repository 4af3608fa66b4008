"""The persistent highlights of a room: what is looked for in each document that is opened."""

from __future__ import annotations

from forthwith.domain.page_words import PageWord
from forthwith.review.lights import Light, Lights
from forthwith.review.privilege import claims
from forthwith.workflows.room import pages
from forthwith.workflows.room.room import Room, View


def lights(room: Room) -> Lights:
    """Return what is looked for: `[room] highlight` of matter.toml, and the attorney list."""
    case = room.case
    terms = str(case.settings.room.get("highlight", "")).split(";")

    def make() -> Lights:
        counsel: list[str] = []
        for attorney in claims.attorneys(case.acts):
            counsel += [attorney.name, *attorney.addresses, attorney.firm]
            counsel += [f"@{domain}" for domain in attorney.domains]
        return Lights.of([term for term in terms if term.strip()], counsel)

    made: Lights = room.remembered(("lights", id(case)), make)
    return made


def on_page(room: Room, view: View, place: int, index: int) -> list[tuple[str, int, int, int, int]]:
    """Return [kind, x, y, w, h] on page `index` (from 0), pixels at 300 dpi."""
    words: tuple[PageWord, ...] = pages.words(view, place, index)
    marks = lights(room).found(" ".join(word.text for word in words))
    found: list[tuple[str, int, int, int, int]] = []
    for light in Light:
        spans = [(first, last) for first, last, kind in marks if kind == light]
        boxes = pages.boxes_at(spans, [(index, words)])
        found += [(light.value, box.x, box.y, box.w, box.h) for box in boxes]
    return found
