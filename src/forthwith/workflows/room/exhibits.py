"""Exhibits: documents under the names they are cited by, stamped, alone or bound together.

What is shown of a document decides whether its exhibit is: to anybody else there is none of that
name. Nothing that is withheld or in quarantine becomes an exhibit, whoever asks, and an exhibit
whose document went into either later is bound and printed no more.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pikepdf

from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.domain.chronology import Moment, Precision
from forthwith.domain.errors import ForthwithError
from forthwith.domain.exhibits import Exhibit, next_name, pages_read
from forthwith.domain.users import Right, Seer
from forthwith.papers import pdf as paper_pdf
from forthwith.papers.blocks import Heading, Lines, Paper, Paragraph, Table
from forthwith.plain.counting import count
from forthwith.produce import exhibit_pages
from forthwith.produce.exhibit_pages import BoundExhibit, ExhibitPage
from forthwith.record import exhibits as kept
from forthwith.record import journal, page_numbers, quarantine, redactions
from forthwith.workflows.room import pages as drawn
from forthwith.workflows.room.citations import Citations
from forthwith.workflows.room.room import NotShownError, RefusedError, Room, View

#: Rights of which one lets somebody make exhibits.
MAKES = (Right.CODE, Right.CHALLENGE, Right.MANAGE, Right.PRODUCE)
#: Why a claim bars an exhibit, by its treatment; pages are drawn without redactions.
_CLAIMED = {
    "withheld": "withheld as privileged",
    "redacted": "redacted as privileged, and its pages as they are drawn here are not redacted",
}
#: Why a redaction that stands bars one, whatever its reason.
_REDACTED = "redacted, and its pages as they are drawn here are not redacted"
_LONGEST_TITLE = 200
#: Pages of one binder: what a viewer still opens, and a page makes while somebody waits.
_MOST = 3_000


class NoExhibitError(ForthwithError):
    """A document that no exhibit can be made of, or a binder that cannot be bound."""


@dataclass(frozen=True, slots=True)
class NewExhibit:
    """An exhibit as asked for."""

    #: Control number, or a Bates page, which is then meant.
    document: str
    #: "" for the next free one.
    name: str = ""
    title: str = ""
    #: "1, 4-6" of the document's pages; "" for all.
    pages: str = ""
    #: Pages of the document that are meant.
    pinpoints: str = ""


@dataclass(frozen=True, slots=True)
class ShownExhibit:
    """One exhibit, as it is shown to whoever asked."""

    exhibit: Exhibit
    #: Why it is not bound now: "in quarantine", "withheld as privileged"; "" for no reason.
    barred: str

    @property
    def name(self) -> str:
        """Its name."""
        return self.exhibit.name

    @property
    def pages(self) -> str:
        """Return its pages in words: "all", "1, 4-6"."""
        return said_pages(self.exhibit.pages) or "all"

    def as_json(self) -> dict[str, object]:
        """Return it as plain data, keys as documented in docs/commands.md."""
        exhibit = self.exhibit
        return {
            "exhibit": exhibit.name,
            "document": exhibit.control,
            "title": exhibit.title,
            "first": exhibit.first,
            "last": exhibit.last,
            "pages": list(exhibit.pages),
            "pinpoints": list(exhibit.pinpoints),
            "who": exhibit.who,
            "at": exhibit.at,
            "barred": self.barred,
        }


def listed(room: Room, seer: Seer) -> list[ShownExhibit]:
    """Return the exhibits that stand and are shown, in the order they were made."""
    with room.matter.engine.connect() as connection:
        citations = Citations(room, seer, connection)
        barred = _barred(room)
        return [
            ShownExhibit(exhibit, barred.get(exhibit.control, ""))
            for exhibit in kept.every(connection)
            if not exhibit.withdrawn and citations.shown(exhibit.control)
        ]


def proposed_name(room: Room) -> str:
    """Return the next free name, whoever made the exhibits before it."""
    with room.matter.engine.connect() as connection:
        return next_name([exhibit.name for exhibit in kept.every(connection)])


def make(room: Room, seer: Seer, asked: NewExhibit) -> ShownExhibit:
    """Enter an exhibit. The page of a Bates number given for the document is a pinpoint.

    Raises RefusedError, NotShownError, NotCitedError, NoExhibitError, NotPagesError,
    ExhibitNameError.
    """
    _require_make(seer)
    control, meant = _document(room, seer, asked.document.strip())
    view = room.view(seer)
    place = view.place(control, Right.OPEN)
    if why := _barred(room).get(control):
        raise NoExhibitError(f"{control} is {why}, so no exhibit is made of it.")
    many = drawn.page_count(view, place)
    if many < 1:
        raise NoExhibitError(
            f"{control} has no pages, so there is nothing to stamp. Of a file that is produced as "
            "it is, cite the page that stands for it."
        )
    pages = pages_read(asked.pages, many)
    pinpoints = tuple(sorted({*pages_read(asked.pinpoints, many), *meant}))
    if pages and (outside := [page for page in pinpoints if page not in pages]):
        raise NoExhibitError(
            f"Page {outside[0]} is pinpointed and is not among the pages of the exhibit "
            f"({said_pages(pages)}). Add it to them, or leave the pages empty for all."
        )
    with room.matter.engine.connect() as connection:
        numbers = page_numbers.of(connection, control)
        names = [exhibit.name for exhibit in kept.every(connection)]
    last = numbers[-1] if numbers else None
    title = "".join(sign for sign in " ".join(asked.title.split()) if sign.isprintable())
    exhibit = Exhibit(
        asked.name.strip() or next_name(names),
        control,
        title[:_LONGEST_TITLE],
        pages,
        pinpoints,
        last.first if last else "",
        last.last if last else "",
        "",
        "",
    )
    return ShownExhibit(kept.enter(room.matter, exhibit, (seer.user.login, seer.known_by)), "")


def withdraw(room: Room, seer: Seer, name: str) -> None:
    """Take an exhibit back; its name is not given again. Raises RefusedError, NotShownError."""
    _require_make(seer)
    exhibit = _one(room, seer, name)
    kept.withdraw(room.matter, exhibit.name, (seer.user.login, seer.known_by))


def as_pdf(room: Room, seer: Seer, name: str) -> bytes:
    """Return an exhibit with its stamp. Raises NotShownError, NoExhibitError."""
    shown = _one(room, seer, name)
    if shown.barred:
        raise NoExhibitError(f"{name} is {shown.barred} by now, and is printed no more.")
    return exhibit_pages.stamped(_bound(room, seer, shown.exhibit))


def binder(room: Room, seer: Seer, names: Sequence[str], on: str) -> bytes:
    """Return the exhibits named, all that are shown where none is, as one PDF with a list.

    Raises NotShownError, NoExhibitError: none to bind, one that may not be, or too many pages.
    """
    if names:
        chosen = [_one(room, seer, name) for name in dict.fromkeys(names)]
        if barred := next((shown for shown in chosen if shown.barred), None):
            raise NoExhibitError(
                f"{barred.name} is {barred.barred} by now, and is bound no more. Leave it out."
            )
    else:
        chosen = [shown for shown in listed(room, seer) if not shown.barred]
    if not chosen:
        raise NoExhibitError(
            "There is no exhibit to bind yet. Make one first, from a document's page or with "
            "forthwith exhibits add."
        )
    view = room.view(seer)
    many = sum(len(_numbers(view, shown.exhibit)) for shown in chosen)
    if many > _MOST:
        raise NoExhibitError(
            f"These exhibits have {many:,} pages, and a binder takes {_MOST:,}. Bind them in parts."
        )
    bound = [_bound(room, seer, shown.exhibit) for shown in chosen]
    head = " ".join(filter(None, (room.case.settings.name, room.case.settings.number)))
    cover, before = b"", 0
    # The list says on which sheet each begins, and may itself need more sheets than thought.
    for _ in range(4):
        cover = paper_pdf.as_pdf(_cover(head, on, [row.exhibit for row in chosen], bound, before))
        with pikepdf.open(io.BytesIO(cover)) as opened:
            if before == len(opened.pages):
                break
            before = len(opened.pages)
    return exhibit_pages.binder(f"Exhibits: {head}", cover, bound)


def _cover(
    head: str, on: str, exhibits: Sequence[Exhibit], bound: Sequence[BoundExhibit], before: int
) -> Paper:
    rows, sheet = [], before + 1
    for exhibit, pages in zip(exhibits, bound, strict=True):
        pinpoints = [pages.pages[place].number or f"page {place + 1}" for place in pages.pinpoints]
        rows.append(
            (
                exhibit.name,
                exhibit.title,
                _span(pages.pages) or exhibit.control,
                "; ".join(pinpoints),
                f"{len(pages.pages):,}",
                f"{sheet:,}",
            )
        )
        sheet += len(pages.pages)
    total = count(sum(len(pages.pages) for pages in bound), "page")
    return Paper(
        f"Exhibits: {head}",
        (
            Heading("Exhibits"),
            Lines((head, f"As of {Moment(on, Precision.DAY).said()}")),
            Table(
                ("Exhibit", "What it is", "Numbers", "Pages meant", "Pages", "Sheet"),
                tuple(rows),
                frozenset({4, 5}),
            ),
            Paragraph(f"{count(len(rows), 'exhibit')}, {total}."),
        ),
        date.fromisoformat(on),
    )


def _span(pages: Sequence[ExhibitPage]) -> str:
    """Return the numbers of pages in words; "" where one has none."""
    numbers = [page.number for page in pages]
    if not all(numbers):
        return ""
    parts: list[list[Bates]] = []
    for number in map(Bates.parse, numbers):
        if parts and parts[-1][-1].plus(1) == number:
            parts[-1].append(number)
        else:
            parts.append([number])
    return "; ".join(str(part[0]) if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in parts)


def _bound(room: Room, seer: Seer, exhibit: Exhibit) -> BoundExhibit:
    view = room.view(seer)
    place = view.place(exhibit.control, Right.OPEN)
    ours = not bool(view.standing.columns.theirs[place])
    numbers = _numbers(view, exhibit)
    pages = [
        ExhibitPage(drawn.page_png(view, place, page - 1)[0], number, endorse=ours)
        for page, number in numbers.items()
    ]
    at = {page: place for place, page in enumerate(numbers)}
    pinpoints = [at[page] for page in exhibit.pinpoints if page in at]
    return BoundExhibit(exhibit.name, exhibit.title, pages, pinpoints, room.case.settings.number)


def _numbers(view: View, exhibit: Exhibit) -> Mapping[int, str]:
    """Return the pages of an exhibit, from 1, each with its Bates number or ""."""
    place = view.place(exhibit.control, Right.OPEN)
    pages = exhibit.pages or range(1, drawn.page_count(view, place) + 1)
    try:
        first, last = Bates.parse(exhibit.first), Bates.parse(exhibit.last)
    except NotABatesNumberError:
        return dict.fromkeys(pages, "")
    many = first.pages_to(last) or 0
    return {page: str(first.plus(page - 1)) if page <= many else "" for page in pages}


def _one(room: Room, seer: Seer, name: str) -> ShownExhibit:
    """Return an exhibit that stands and is shown. Raises NotShownError."""
    for shown in listed(room, seer):
        if shown.name == name:
            return shown
    raise NotShownError(f"exhibit {name}")


def _document(room: Room, seer: Seer, given: str) -> tuple[str, tuple[int, ...]]:
    """Return the control number that is meant, and the page where a page was given."""
    if given in room.standing().columns.place:
        return given, ()
    with room.matter.engine.connect() as connection:
        cites = Citations(room, seer, connection).read(given)
    return cites[0].controls[0], (cites[0].page,)


def _barred(room: Room) -> Mapping[str, str]:
    """Return why documents may be no exhibits, by control number.

    What lies in a withheld container is withheld with it.
    """
    barred: dict[str, str] = {}
    with room.matter.engine.connect() as connection:
        # The last claim on a document counts.
        for entry in journal.of(connection, "ledger privilege claim"):
            facts = entry.facts()
            barred[facts["key"]] = _CLAIMED.get(facts["body"].get("treatment", ""), "")
        columns = room.standing().columns
        for control in [control for control, why in barred.items() if why]:
            place = columns.place.get(control)
            if place is not None and columns.kinds[columns.kind[place]] == "container":
                inside = np.flatnonzero(columns.top == columns.top[place])
                barred |= {columns.controls[int(at)]: barred[control] for at in inside}
        barred |= dict.fromkeys(redactions.covering(connection), _REDACTED)
        barred |= dict.fromkeys(quarantine.standing(connection), "in quarantine")
    return barred


def said_pages(pages: Sequence[int]) -> str:
    """Return pages as people write them: "1, 4-6"."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and runs[-1][-1] + 1 == page:
            runs[-1].append(page)
        else:
            runs.append([page])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def may_make(seer: Seer) -> bool:
    """Tell whether somebody makes exhibits."""
    return any(seer.may(right) for right in MAKES)


def _require_make(seer: Seer) -> None:
    if not may_make(seer):
        raise RefusedError(
            "Your role in this matter makes no exhibits. Reviewers, leads, production and monitors "
            "do; ask whoever administers the room."
        )
