"""Pages of a production drawn to be looked at, and the looks at them.

Pages are drawn by a hash of the matter, of how many volumes it has sealed, and of the document: so
a draft that changes a little draws the same pages but for a few, and whoever draws cannot choose.
Redacted pages come first; then one page of each of as many documents as are needed, then a second.
A look counts as long as the page, with its boxes, is what was seen.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image

from forthwith.domain.errors import ForthwithError
from forthwith.domain.gate import SAMPLE, Look, SampledPage, Verdict
from forthwith.domain.redactions import Reason, Redaction
from forthwith.domain.users import Grant, Right, Role, Seer, User
from forthwith.produce.burn import burn
from forthwith.record import looks, redactions
from forthwith.standards import loader
from forthwith.workflows.gate import Draft
from forthwith.workflows.room import pages, reach
from forthwith.workflows.room.room import NotShownError, Room, View

#: Documents whose pages are counted at most while a sample is drawn.
_COUNTED = 500
_LONGEST_NOTE = 1_000


class NotSampledError(ForthwithError):
    """A page was looked at that is none of the sample, or has changed meanwhile."""


@dataclass(frozen=True, slots=True)
class PageToLookAt:
    """One page as it would go out."""

    #: PNG, boxes burnt in.
    data: bytes
    seen: str


def may_see(seer: Seer) -> bool:
    """Say whether somebody may see the gate."""
    return not seer.user.disabled_at and (seer.may(Right.PRODUCE) or seer.may(Right.MANAGE))


def require(seer: Seer) -> None:
    """Refuse whoever neither produces nor leads. Raises RefusedError."""
    if not may_see(seer):
        reach.require(seer, Right.PRODUCE, "see what goes out next")


def everything(room: Room) -> View:
    """Return a view of all documents, as `produce` has it: no wall, no name."""
    anybody = User("", "", "")
    return room.view(Seer(anybody, (Grant("", Role.PRODUCTION),), ""))


def sample(view: View, draft: Draft) -> tuple[SampledPage, ...]:
    """Return the pages of a draft that somebody is to look at, with the looks that count."""
    room = view.room
    with room.matter.engine.connect() as connection:
        every = looks.every(connection)
    looked: dict[tuple[str, int], dict[str, Look]] = {}
    for look in every:
        looked.setdefault((look.control, look.page), {})[look.seen] = look
    drawn = []
    for control, page, redacted in drawn_from(view, draft):
        last = None
        if known := looked.get((control, page)):
            # Only a page somebody looked at is painted to see whether it is still the same.
            last = known.get(_seen(view, control, page, draft.covering.get(control, ()))[0])
        drawn.append(SampledPage(control, page, redacted, last))
    return tuple(drawn)


def drawn_from(view: View, draft: Draft) -> Iterator[tuple[str, int, bool]]:
    """Yield at most SAMPLE pages (control, page, redacted): redacted ones first."""
    case, place = draft.case, view.standing.columns.place
    controls = sorted(control for control in draft.open if control in place)
    seed = f"{case.settings.number}\n{case.settings.name}\n{len(case.sealed)}"
    boxed = sorted(
        {
            (row.control, row.page)
            for control in controls
            for row in draft.covering.get(control, ())
            if row.page
        },
        key=lambda pair: _hash(seed, *pair),
    )[:SAMPLE]
    yield from ((control, page, True) for control, page in boxed)
    taken, left = set(boxed), SAMPLE - len(boxed)
    counted: dict[str, list[int]] = {}
    for control in sorted(controls, key=lambda control: _hash(seed, control))[:_COUNTED]:
        if left <= len(counted):
            break
        if many := pages.page_count(view, place[control]):
            numbers = [page for page in range(1, many + 1) if (control, page) not in taken]
            if numbers:
                counted[control] = sorted(numbers, key=lambda n: _hash(seed, control, n))
    # One page of each document, then a second of each, until there are enough.
    while left > 0 and counted:
        for control in list(counted):
            if left <= 0:
                break
            yield control, counted[control].pop(0), False
            left -= 1
            if not counted[control]:
                del counted[control]


def _hash(*parts: str | int) -> bytes:
    return hashlib.sha256("\n".join(map(str, parts)).encode()).digest()


def page_to_look_at(room: Room, seer: Seer, control: str, page: int) -> PageToLookAt:
    """Return a page as it would go out. Raises NotShownError, RefusedError, PagesBusyError."""
    view = room.view(seer)
    view.place(control, Right.OPEN)
    require(seer)
    rows = _standing(room, control)
    seen, image, reasons = _seen(view, control, page, rows)
    of_page = [row for row in rows if row.page == page]
    if not of_page or not image.fingerprint:
        return PageToLookAt(image.data, seen)
    out = io.BytesIO()
    burn(Image.open(io.BytesIO(image.data)), of_page, reasons).save(out, "PNG")
    return PageToLookAt(out.getvalue(), seen)


def _standing(room: Room, control: str) -> tuple[Redaction, ...]:
    with room.matter.engine.connect() as connection:
        return redactions.covering(connection, control).get(control, ())


def _seen(
    view: View, control: str, page: int, rows: Sequence[Redaction]
) -> tuple[str, pages.PageImage, tuple[Reason, ...]]:
    """Return the digest of a page as it goes out, the page as painted, and the reasons there are.

    Raises NotShownError past the last page.
    """
    place = view.standing.columns.place[control]
    if page < 1:
        raise NotShownError(f"page {page} of {control}")
    image = pages.page_image(view, place, page - 1)
    matter = view.room.matter
    reasons = loader.load(matter.settings.standard, matter.folder).redaction_reasons
    labels = {reason.name: reason.label for reason in reasons}
    boxes = sorted(
        [str(row.shape), list(row.box or ()), row.reason, labels.get(row.reason, "")]
        for row in rows
        if row.page == page and row.covers
    )
    of_page = image.fingerprint or hashlib.sha256(image.data).hexdigest()
    seen = hashlib.sha256(json.dumps([of_page, boxes]).encode()).hexdigest()
    return seen, image, reasons


def look(
    view: View,
    draft: Draft,
    wanted: Sequence[tuple[str, int]],
    *,
    good: bool,
    note: str = "",
    seen: str = "",
) -> list[Look]:
    """Keep one look of theirs at each of some pages (control, page) of the sample, or none.

    `seen` is the digest of the page they were shown, "" for the page there is now. Raises
    NotSampledError, NotShownError, RefusedError.
    """
    room, seer = view.room, view.seer
    require(seer)
    verdict = Verdict.GOOD if good else Verdict.BAD
    note = " ".join(note.split())[:_LONGEST_NOTE]
    if not good and not note:
        raise NotSampledError("Say in a note what is bad about the page; nothing was kept.")
    drawn = {(row[0], row[1]) for row in drawn_from(view, draft)}
    rows = []
    for control, page in dict.fromkeys(wanted):
        view.place(control, Right.OPEN)
        if (control, page) not in drawn:
            raise NotSampledError(
                f"Page {page} of {control} is not in the sample of what goes out next; nothing was "
                "kept."
            )
        today = _seen(view, control, page, _standing(room, control))[0]
        if seen and seen != today:
            raise NotSampledError(
                f"Page {page} of {control} has changed since you saw it; nothing was kept. Look "
                "at it again."
            )
        rows.append(Look(0, draft.digest, control, page, today, verdict, note))
    return looks.save(room.matter, rows, reach.by(seer))
