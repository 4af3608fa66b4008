"""The persistent highlights of a room: what is looked for in each document that is opened."""

from __future__ import annotations

from collections.abc import Sequence

from forthwith.domain.page_words import PageWord
from forthwith.review.lights import Light, Lights, over
from forthwith.review.privilege import claims
from forthwith.workflows.room import pages, screen
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
    text = " ".join(word.text for word in words)
    marks = lights(room).found(text)
    control = view.standing.columns.controls[place]
    if (proposed := screen.shown_of(room, view.seer, control)) is not None:
        marks = over(marks, _where(text, [reason.said for reason in proposed.proposal.reasons]))
    found: list[tuple[str, int, int, int, int]] = []
    for light in Light:
        spans = [(first, last) for first, last, kind in marks if kind == light]
        boxes = pages.boxes_at(spans, [(index, words)])
        found += [(light.value, box.x, box.y, box.w, box.h) for box in boxes]
    return found


def _where(text: str, phrases: Sequence[str]) -> list[tuple[int, int]]:
    """Return where the words of a proposal stand on a page, whatever blanks lie between them."""
    spans: list[tuple[int, int]] = []
    folded = text.lower()
    if len(folded) != len(text):
        # A sign that is two in lower case would shift the places behind it.
        folded = text
    for phrase in phrases:
        wanted = " ".join(phrase.lower().split())
        at = folded.find(wanted) if wanted else -1
        while at >= 0:
            spans.append((at, at + len(wanted)))
            at = folded.find(wanted, at + len(wanted))
    return spans
