"""The chronology of a matter: what happened when, each sentence resting on pages that exist.

An event is shown to whoever is shown a page it cites, with those citations only; to anybody else it
is not there, and it is counted nowhere. Every version is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from forthwith.domain.chronology import Event, Moment, Precision
from forthwith.domain.errors import ForthwithError
from forthwith.domain.users import Right, Seer
from forthwith.papers.blocks import Heading, Lines, Paper, Paragraph, Table
from forthwith.record import chronology as kept
from forthwith.workflows.room.citations import Citations, Cite, day_asked
from forthwith.workflows.room.room import NotShownError, RefusedError, Room

#: Rights of which one lets somebody write events.
WRITES = (Right.CODE, Right.CHALLENGE, Right.MANAGE)
_LONGEST = 2_000


class SentenceError(ForthwithError):
    """A sentence that cannot stand in a chronology."""


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """One event, as it is shown to whoever asked."""

    event: Event
    #: The citations that are shown.
    cites: tuple[Cite, ...]
    #: "March 14, 2022".
    when: str

    @property
    def id(self) -> str:
        """Its number."""
        return self.event.id

    def as_json(self) -> dict[str, object]:
        """Return it as plain data, keys as documented in docs/commands.md."""
        return {
            "event": self.event.id,
            "version": self.event.version,
            "when": self.event.moment.text,
            "precision": str(self.event.moment.precision),
            "sentence": self.event.sentence,
            "cites": [cite.text for cite in self.cites],
            "documents": list(dict.fromkeys(name for cite in self.cites for name in cite.controls)),
            "who": self.event.who,
            "at": self.event.at,
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """Which events are asked for; what is empty limits nothing."""

    #: Words that all stand in the sentence.
    words: str = ""
    #: ISO days, both included.
    since: str = ""
    until: str = ""
    #: Control number of a document that is cited.
    document: str = ""
    #: Control numbers of which one is cited: what a search found; None for any.
    found: frozenset[str] | None = None

    @property
    def narrows(self) -> bool:
        """Whether anything is asked for."""
        return bool(
            self.words or self.since or self.until or self.document or self.found is not None
        )


@dataclass(frozen=True, slots=True)
class Draft:
    """An event as typed."""

    when: str
    sentence: str
    #: Pages, separated by semicolons.
    cites: str


def listed(room: Room, seer: Seer, asked: Asked = Asked()) -> list[ShownEvent]:
    """Return the events that are shown, in the order they happened. Raises DayAskedError."""
    since = str(day_asked(asked.since) or "")
    until = str(day_asked(asked.until) or "")
    zone, words = room.case.settings.time_zone, asked.words.casefold().split()
    with room.matter.engine.connect() as connection:
        citations = Citations(room, seer, connection)
        shown = []
        for event in kept.standing(connection):
            if since and event.moment.last_day(zone) < since:
                continue
            if until and event.moment.first_day(zone) > until:
                continue
            if not all(word in event.sentence.casefold() for word in words):
                continue
            cites = citations.seen(event.cites)
            controls = {control for cite in cites for control in cite.controls}
            if asked.document and asked.document not in controls:
                continue
            if asked.found is not None and not controls & asked.found:
                continue
            if _is_shown(citations, event, cites):
                shown.append(ShownEvent(event, cites, event.moment.said(zone)))
    return sorted(shown, key=lambda row: (row.event.moment.order(zone), row.id))


def found(room: Room, seer: Seer, query: str) -> frozenset[str]:
    """Return the control numbers that a search finds and that are shown. Raises QueryError."""
    view = room.view(seer)
    shown, place = view.mask(Right.OPEN), view.standing.columns.place
    controls = view.standing.searcher.ask(query).controls()
    return frozenset(control for control in controls if shown[place[control]])


def of_document(room: Room, seer: Seer, control: str) -> list[ShownEvent]:
    """Return the events that cite a document, as they are shown."""
    return listed(room, seer, Asked(document=control))


def one(room: Room, seer: Seer, id_: str) -> ShownEvent:
    """Return an event that stands. Raises NotShownError where it is not shown, or not there."""
    versions = history(room, seer, id_)
    if versions[-1].event.removed:
        raise NotShownError(f"event {id_}")
    return versions[-1]


def history(room: Room, seer: Seer, id_: str) -> list[ShownEvent]:
    """Return the versions of an event that are shown, the oldest first; a removal is the last.

    Raises NotShownError where the last one is not shown, or there is no such event.
    """
    zone = room.case.settings.time_zone
    versions, last_is_shown = [], False
    with room.matter.engine.connect() as connection:
        citations = Citations(room, seer, connection)
        for event in kept.history(connection, id_):
            cites = citations.seen(event.cites)
            if last_is_shown := _is_shown(citations, event, cites):
                versions.append(ShownEvent(event, cites, event.moment.said(zone)))
    if not last_is_shown:
        raise NotShownError(f"event {id_}")
    return versions


def _is_shown(citations: Citations, event: Event, cites: tuple[Cite, ...]) -> bool:
    """Tell whether an event is shown: a page it cites is, and its words name nothing hidden."""
    if not cites:
        return False
    return len(cites) == len(event.cites) or not citations.names_hidden(event.sentence)


def write(room: Room, seer: Seer, draft: Draft, id_: str = "", expected: int = 0) -> ShownEvent:
    """Enter an event, or a new version of one.

    Of an event that cites pages which are not shown to whoever changes it, those citations stay.
    Raises RefusedError, NotShownError, NotAMomentError, SentenceError, NotCitedError,
    EventChangedError.
    """
    _require_write(seer)
    zone = room.case.settings.time_zone
    hidden: list[str] = []
    if id_:
        before = one(room, seer, id_)
        shown = {cite.text for cite in before.cites}
        hidden = [text for text in before.event.cites if text not in shown]
    moment, sentence = Moment.read(draft.when, zone), _sentence(draft.sentence)
    with room.matter.engine.connect() as connection:
        cites = Citations(room, seer, connection).read(draft.cites)
    texts = tuple(dict.fromkeys([*(cite.text for cite in cites), *hidden]))
    event = kept.save(
        room.matter, Event(id_, 0, moment, sentence, texts, "", ""), expected, _by(seer)
    )
    return ShownEvent(event, cites, moment.said(zone))


def remove(room: Room, seer: Seer, id_: str, expected: int) -> ShownEvent:
    """Take an event out of the chronology; its versions are kept.

    Raises RefusedError, NotShownError, EventChangedError.
    """
    _require_write(seer)
    before = one(room, seer, id_)
    event = kept.save(room.matter, replace(before.event, removed=True), expected, _by(seer))
    return replace(before, event=event)


def paper(room: Room, events: Iterable[ShownEvent], asked: Asked, on: str) -> Paper:
    """Return the chronology as a paper, to be written as DOCX, PDF or text."""
    settings, rows = room.case.settings, list(events)
    limits = [
        f"from {asked.since}" if asked.since else "",
        f"to {asked.until}" if asked.until else "",
        f'with the words "{asked.words}"' if asked.words else "",
        f"citing {asked.document}" if asked.document else "",
        "citing documents that a search found" if asked.found is not None else "",
    ]
    which = ", ".join(filter(None, limits))
    times = any(row.event.moment.precision is Precision.INSTANT for row in rows)
    head = " ".join(filter(None, (settings.name, settings.number)))
    blocks = [
        Heading("Chronology"),
        Lines((head, f"As of {_long(on)}")),
        *((Paragraph(f"Events {which}."),) if which else ()),
        Table(
            ("When", "What happened", "Pages"),
            tuple(
                (row.when, row.event.sentence, "; ".join(cite.text for cite in row.cites))
                for row in rows
            ),
            frozenset(),
        ),
        *((Paragraph(f"Times are by the clocks of {settings.time_zone}."),) if times else ()),
    ]
    return Paper(f"Chronology: {head}", tuple(blocks), date.fromisoformat(on))


def _long(on: str) -> str:
    return Moment(on, Precision.DAY).said()


def _sentence(typed: str) -> str:
    sentence = " ".join(typed.split())
    if not sentence:
        raise SentenceError("Say in a sentence what happened; the pages show it, the day dates it.")
    if len(sentence) > _LONGEST:
        raise SentenceError(
            f"The sentence has {len(sentence):,} letters, and one of a chronology up to "
            f"{_LONGEST:,}. Make several events of it, each with its pages."
        )
    # Signs that steer or hide would show a reader something else than was written.
    return re.sub(
        r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", "", sentence
    )


def may_write(seer: Seer) -> bool:
    """Tell whether somebody writes events."""
    return any(seer.may(right) for right in WRITES)


def _require_write(seer: Seer) -> None:
    if not may_write(seer):
        raise RefusedError(
            "Your role in this matter does not write the chronology. Reviewers, leads and monitors "
            "do; ask whoever administers the room."
        )


def _by(seer: Seer) -> tuple[str, str]:
    return seer.user.login, seer.known_by
