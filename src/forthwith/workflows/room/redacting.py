"""Redacting: drawing, changing and removing boxes, proposing them and deciding on proposals.

A box is drawn on a page as it is painted and is snapped to whole words; the page's fingerprint is
kept with it, so that it is looked at again once the page is painted differently. Cells and seconds
are drawn on the native. Whoever may only propose draws proposals, and a reason that claims
privilege is proposed by whoever may not claim it: a proposal covers nothing until somebody who may
redact takes it. Nobody is shown a redaction of a document they may not open.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image, ImageDraw

from forthwith.domain.cell_ranges import LAST_COLUMN, LAST_ROW, CellRange, seconds, seconds_text
from forthwith.domain.documents import Document
from forthwith.domain.errors import ForthwithError
from forthwith.domain.evidence import Fault
from forthwith.domain.redactions import (
    Reason,
    Rectangle,
    Redaction,
    RedactionState,
    Shape,
)
from forthwith.domain.users import Right, Seer
from forthwith.plain.counting import count
from forthwith.produce.burn import snapped
from forthwith.record import redactions as kept
from forthwith.standards import loader
from forthwith.workflows.room import pages, reach
from forthwith.workflows.room.redacting_natives import Native, Sheet, is_workbook, look
from forthwith.workflows.room.room import NotShownError, RefusedError, Room, View

#: Pixels a box has at least: a click is none.
_LEAST = 8
#: Boxes drawn in one go, and signs of a note.
_MOST_BOXES, _LONGEST_NOTE = 2_000, 1_000
#: Note of cells that are proposed because their formulas rest on redacted ones.
RESTS = "its formula rests on redacted cells"
#: Note of boxes over words that the edge of what stays would cut.
CUT = "cut by the edge of what is left"
_ON_PAGES = frozenset({Shape.BOX, Shape.PAGE, Shape.INVERSE})


class NotDrawnError(ForthwithError):
    """What was drawn cannot stand: no such page, outside of it, no such cells, no such reason."""


class NothingToUndoError(ForthwithError):
    """There is no last redaction of theirs, or another took its place."""

    def __init__(self, why: str) -> None:
        super().__init__(f"Nothing was undone: {why}.")


@dataclass(frozen=True, slots=True)
class Drawn:
    """What somebody draws."""

    shape: Shape
    reason: str
    #: From 1; 0 for cells and seconds.
    page: int = 0
    #: Of `box`, one or more; of `inverse` the one that stays.
    boxes: tuple[Rectangle, ...] = ()
    #: "Sheet1!B2:D9", "12-31".
    span: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ShownRedaction:
    """One redaction as it is shown to somebody."""

    redaction: Redaction
    reason: Reason
    #: Whether its page, or its file, is another than it was drawn on; None where nobody looked.
    look_again: bool | None
    #: "change", "decide": what whoever asks may do to it.
    may: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data, keys as documented in docs/commands.md."""
        row = self.redaction
        return {
            "id": row.id,
            "control": row.control,
            "page": row.page,
            "shape": str(row.shape),
            "place": place_json(row),
            "reason": row.reason,
            "words": self.reason.words,
            "colour": self.reason.colour,
            "note": row.note,
            "state": str(row.state),
            "who": row.who,
            "at": row.at,
            "look_again": self.look_again,
            "may": list(self.may),
        }


def place_json(row: Redaction) -> dict[str, Any]:
    """Return where a redaction lies on its page or in its file."""
    return {"box": list(row.box)} if row.box else {"span": row.span} if row.span else {}


# What there is


def reasons(room: Room) -> tuple[Reason, ...]:
    """Return the reasons of the matter's standard, in its order."""
    standard = loader.load(room.matter.settings.standard, room.matter.folder)
    return standard.redaction_reasons


def of_document(
    room: Room, seer: Seer, control: str, *, paint: bool = True
) -> tuple[ShownRedaction, ...]:
    """Return what is proposed and stands of a document. Raises NotShownError.

    With `paint`, pages are painted to see whether they are what was drawn on; else it is said only
    where that is known.
    """
    view = room.view(seer)
    place = view.place(control)
    with room.matter.engine.connect() as connection:
        rows = kept.standing(connection, control).get(control, ())
    return _shown(view, place, rows, reasons(room), paint=paint)


def listed(
    room: Room, seer: Seer, reason: str = "", state: str = "", *, paint: bool = False
) -> list[ShownRedaction]:
    """Return what is proposed and stands of all documents somebody may open, by control number."""
    view = room.view(seer)
    opened, places = view.mask(Right.OPEN), view.standing.columns.place
    with room.matter.engine.connect() as connection:
        by_control = kept.standing(connection)
    known = reasons(room)
    shown: list[ShownRedaction] = []
    for control, rows in by_control.items():
        place = places.get(control)
        if place is None or not opened[place]:
            continue
        wanted = [
            row for row in rows if reason in ("", row.reason) and state in ("", str(row.state))
        ]
        shown += _shown(view, place, wanted, known, paint=paint)
    return shown


def sheets(room: Room, seer: Seer, control: str) -> tuple[Sheet, ...]:
    """Return the sheets of a workbook to draw on. Raises NotShownError, NotDrawnError."""
    view = room.view(seer)
    place = view.place(control)
    about = view.standing.store.information(place)

    def read() -> tuple[Sheet, ...]:
        return native_of(room, about, Shape.CELLS).sheets

    found: tuple[Sheet, ...] = room.remembered(("sheets", view.standing.digest, control), read)
    return found


def history(room: Room, seer: Seer, control: str) -> list[Redaction]:
    """Return every row of a document, the first one first. Raises NotShownError."""
    room.view(seer).place(control)
    with room.matter.engine.connect() as connection:
        return kept.history(connection, control)


def may_draw(view: View, place: int) -> str:
    """Return "redact", "propose" or "": how somebody may draw on a document."""
    if view.standing.columns.theirs[place] or not view.mask(Right.OPEN)[place]:
        return ""
    for right in (Right.REDACT, Right.PROPOSE):
        if view.mask(right)[place]:
            return right.value
    return ""


def changes(room: Room) -> int:
    """Return a number that grows with whatever is drawn, decided or removed, by any process."""
    with room.matter.engine.connect() as connection:
        return kept.changes(connection)


def changed_since(room: Room, seer: Seer, last: int) -> list[str]:
    """Return the documents on which something changed since, of those somebody may open."""
    view = room.view(seer)
    opened, places = view.mask(Right.OPEN), view.standing.columns.place
    with room.matter.engine.connect() as connection:
        controls = kept.changed_since(connection, last)
    return [
        control
        for control in controls
        if (place := places.get(control)) is not None and opened[place]
    ]


# What changes it


def draw(
    room: Room, seer: Seer, control: str, drawn: Drawn, *, propose: bool = False
) -> list[Redaction]:
    """Keep what somebody drew, snapped to whole words, and return it; what stands so is returned.

    With cells of a workbook those are proposed whose formulas rest on them: a sum left standing
    gives them away. Raises NotShownError, RefusedError, NotDrawnError, SpanError, PagesBusyError.
    """
    view = room.view(seer)
    place = view.place(control)
    reason = named(room, drawn.reason)
    state = _state(view, place, reason, propose=propose)
    rows = _laid_out(room, view, place, drawn, reason)
    rows = [
        row if row.state is RedactionState.PROPOSED else replace(row, state=state) for row in rows
    ]
    with room.matter.engine.connect() as connection:
        standing = kept.standing(connection, control).get(control, ())
    same = {_key(row): row for row in standing if row.covers or state is RedactionState.PROPOSED}
    rows = [row for row in rows if row.note != RESTS or not _hidden(row, (*standing, rows[0]))]
    fresh = [row for row in rows if _key(row) not in same]
    saved = {_key(row): row for row in kept.save(room.matter, fresh, reach.by(seer))}
    return [saved.get(_key(row)) or same[_key(row)] for row in rows]


def change(
    room: Room,
    seer: Seer,
    control: str,
    number: int,
    *,
    reason: str = "",
    box: Rectangle | None = None,
    span: str = "",
    note: str | None = None,
) -> Redaction:
    """Put another redaction in the place of one; what is not given stays.

    Raises StaleRedactionError where somebody else did so first, and as `draw`.
    """
    view = room.view(seer)
    place = view.place(control)
    before = _open_row(room, control, number)
    _require(reasons(room), view, place, before, "change")
    new_reason = named(room, reason or before.reason)
    if before.covers and _state(view, place, new_reason) is RedactionState.PROPOSED:
        raise RefusedError(
            f"{seer.user.login} may not claim privilege, so {new_reason.name} is only proposed and "
            "cannot take the place of a redaction that stands. Draw it beside it."
        )
    boxes = (box,) if box else ((before.box,) if before.box else ())
    drawn = Drawn(
        before.shape,
        new_reason.name,
        before.page,
        boxes,
        span or before.span,
        before.note if note is None else note,
    )
    row, *resting = _laid_out(room, view, place, drawn, new_reason)
    row = replace(row, state=before.state, replaces=before.id)
    if _key(row) == _key(before) and row.note == before.note and row.drawn_on == before.drawn_on:
        return before
    with room.matter.engine.connect() as connection:
        standing = kept.standing(connection, control).get(control, ())
    fresh = [
        replace(other, state=before.state) if other.shape is Shape.BOX else other
        for other in resting
        if other.shape is Shape.BOX or not _hidden(other, (*standing, row))
    ]
    return kept.save(room.matter, [row, *fresh], reach.by(seer))[0]


def remove(
    room: Room, seer: Seer, control: str, numbers: Sequence[int], note: str = ""
) -> list[Redaction]:
    """Take redactions away, or withdraw proposals; they stay in the history.

    Raises StaleRedactionError, NotShownError, RefusedError.
    """
    view = room.view(seer)
    place = view.place(control)
    rows = [_open_row(room, control, number) for number in dict.fromkeys(numbers)]
    known = reasons(room)
    for row in rows:
        _require(known, view, place, row, "change")
    gone = [
        replace(row, state=RedactionState.REMOVED, replaces=row.id, note=_note(note) or row.note)
        for row in rows
    ]
    return kept.save(room.matter, gone, reach.by(seer))


def decide(room: Room, seer: Seer, numbers: Sequence[int], *, accept: bool) -> list[Redaction]:
    """Take proposals, or refuse them; all of them or none.

    A proposal drawn on a page that is painted differently today is not taken. Raises
    StaleRedactionError, NotShownError, RefusedError, NotDrawnError.
    """
    view = room.view(seer)
    with room.matter.engine.connect() as connection:
        found = kept.by_id(connection, list(dict.fromkeys(numbers)))
    known, decided = reasons(room), []
    for number in dict.fromkeys(numbers):
        row = found.get(number)
        if row is None:
            raise NotShownError(f"redaction {number}")
        place = _place_of(view, row)
        if row.state is not RedactionState.PROPOSED:
            raise kept.StaleRedactionError(row.control, row.id, row)
        _require(known, view, place, row, "decide")
        if accept and _another(view, place, row):
            raise NotDrawnError(
                f"Nothing was decided: redaction {row.id} of {row.control} was drawn on "
                f"{'a page' if row.page else 'a file'} that is another today. Refuse it and draw "
                "it anew."
            )
        state = RedactionState.STANDING if accept else RedactionState.REFUSED
        decided.append(replace(row, state=state, replaces=row.id))
    return kept.save(room.matter, decided, reach.by(seer))


def undo(room: Room, seer: Seer) -> list[Redaction]:
    """Take one's last save back, by another save; return what that kept.

    What was drawn is removed, what was removed is drawn again, what was decided is a proposal
    again. Raises NothingToUndoError, StaleRedactionError.
    """
    with room.matter.engine.connect() as connection:
        last = kept.last_save(connection, seer.user.login)
        before = kept.by_id(connection, [row.replaces for row in last if row.replaces])
    view = room.view(seer)
    opened, places = view.mask(Right.OPEN), view.standing.columns.place
    if not last or not all(
        (at := places.get(row.control)) is not None and opened[at] for row in last
    ):
        raise NothingToUndoError("no redaction of yours was saved last, or it is not shown to you")
    rows: list[Redaction] = []
    for row in last:
        earlier = before.get(row.replaces)
        covers = row.covers or (earlier is not None and earlier.covers)
        _may_take_back(room, view, places[row.control], row, covers=covers)
        if row.state in kept.OPEN:
            if earlier is not None and earlier.state is row.state:
                # It was changed: what it was before takes its place.
                rows.append(replace(earlier, replaces=row.id))
                continue
            rows.append(replace(row, state=RedactionState.REMOVED, replaces=row.id))
        if earlier is not None:
            rows.append(replace(earlier, replaces=0))
    if not rows:
        raise NothingToUndoError("your last act on redactions left nothing to take back")
    return kept.save(room.matter, rows, reach.by(seer))


def named(room: Room, name: str) -> Reason:
    """Return a reason by name, in whatever letter case. Raises NotDrawnError naming them all."""
    known = reasons(room)
    wanted = name.strip().casefold()
    for reason in known:
        if reason.name.casefold() == wanted:
            return reason
    names = ", ".join(reason.name for reason in known)
    said = f"{name!r} is no reason of this matter's standard" if wanted else "No reason was given"
    raise NotDrawnError(f"{said}, and nothing was drawn. Its reasons are: {names}.")


# How it is laid out


def _laid_out(room: Room, view: View, place: int, drawn: Drawn, reason: Reason) -> list[Redaction]:
    """Return the rows of what was drawn, checked and snapped. Raises NotDrawnError, SpanError."""
    control = view.standing.columns.controls[place]
    note = _note(drawn.note)
    row = Redaction(0, control, drawn.shape, drawn.page, None, "", reason.name, note)
    if drawn.shape not in _ON_PAGES:
        return _on_native(room, view, place, row, drawn.span)
    image = _page(view, place, drawn.page)
    row = replace(row, drawn_on=image.fingerprint)
    if drawn.shape is Shape.PAGE:
        return [row]
    if not drawn.boxes:
        raise NotDrawnError("No box was given, and nothing was drawn.")
    if len(drawn.boxes) > _MOST_BOXES or (drawn.shape is Shape.INVERSE and len(drawn.boxes) > 1):
        most = 1 if drawn.shape is Shape.INVERSE else _MOST_BOXES
        raise NotDrawnError(f"At most {count(most, 'box', 'boxes')} can be drawn in one go.")
    for box in drawn.boxes:
        _within(box, drawn.page, image.size)
    if drawn.shape is Shape.INVERSE:
        return _all_but(image, row, drawn.boxes[0])
    beside = _without_words(image)
    fitted = [snapped(image.words, box, image.size, beside)[0] for box in drawn.boxes]
    return [replace(row, box=box) for box in dict.fromkeys(fitted)]


def _without_words(image: pages.PageImage) -> Image.Image:
    """Return a page with its words taken out: what a box must keep is the other ink in it.

    A box that reaches a little into the next line lets go of that line's letters, and keeps a
    picture, or the stroke of a pen.
    """
    page = Image.open(io.BytesIO(image.data)).convert("L")
    pen = ImageDraw.Draw(page)
    for word in image.words:
        pen.rectangle((word.x, word.y, word.x + word.w, word.y + word.h), fill=255)
    return page


def _page(view: View, place: int, page: int) -> pages.PageImage:
    """Return the page that is drawn on. Raises NotDrawnError, PagesBusyError."""
    control = view.standing.columns.controls[place]
    counted = pages.page_count(view, place)
    if not counted:
        raise NotDrawnError(
            f"{control} has no page images, so no box can be drawn on it. Cells of a workbook are "
            "redacted by --cells, a recording by --seconds; anything else is withheld."
        )
    if not 1 <= page <= counted:
        raise NotDrawnError(f"{control} has no page {page}: it has {count(counted, 'page')}.")
    image = pages.page_image(view, place, page - 1)
    if not image.fingerprint:
        raise NotDrawnError(
            f"Page {page} of {control} could not be painted, so nothing can be drawn on it. It "
            "goes out as a page that says so; withhold the document if that is not enough."
        )
    return image


def _within(box: Rectangle, page: int, size: tuple[int, int]) -> None:
    left, top, width, height = box
    if width < _LEAST or height < _LEAST:
        raise NotDrawnError(
            f"A box of {width} by {height} pixels is no box: it takes {_LEAST} by {_LEAST}. Give "
            "left, top, width and height."
        )
    if left < 0 or top < 0 or left + width > size[0] or top + height > size[1]:
        raise NotDrawnError(
            f"The box {left},{top},{width},{height} (left, top, width, height) does not lie within "
            f"page {page}, which is {size[0]} by {size[1]} pixels."
        )


def _all_but(image: pages.PageImage, row: Redaction, box: Rectangle) -> list[Redaction]:
    """Return a row that hides all but a box, and boxes over the words that its edge would cut.

    A word half in it would be left half readable. Raises NotDrawnError where nothing is hidden, or
    where no whole word is left.
    """
    if box[2:] == image.size:
        raise NotDrawnError("All of the page would be left, so nothing would be redacted.")
    right, bottom = box[0] + box[2], box[1] + box[3]
    met = [
        word
        for word in image.words
        if word.x < right and word.x + word.w > box[0]
        and word.y < bottom and word.y + word.h > box[1]
    ]  # fmt: skip
    cut = [
        word
        for word in met
        if word.x < box[0] or word.x + word.w > right
        or word.y < box[1] or word.y + word.h > bottom
    ]  # fmt: skip
    if met and len(cut) == len(met):
        raise NotDrawnError(
            "No whole word would be left in this box, and half a word must not be. Draw it around "
            "what stays, or redact the whole page."
        )
    hidden = [snapped((word,), (word.x, word.y, word.w, word.h), image.size)[0] for word in cut]
    over = replace(row, shape=Shape.BOX, note=row.note or CUT)
    return [replace(row, box=box), *(replace(over, box=part) for part in dict.fromkeys(hidden))]


def _on_native(room: Room, view: View, place: int, row: Redaction, span: str) -> list[Redaction]:
    """Return a row of cells or of seconds, and proposals for the cells that rest on the former.

    Raises NotDrawnError, SpanError.
    """
    about = view.standing.store.information(place)
    row = replace(row, page=0, drawn_on=about.sha256)
    if row.shape is Shape.SECONDS:
        stretch = seconds(span)
        native = native_of(room, about, row.shape)
        if native.seconds and stretch[1] > native.seconds + 0.0005:
            raise NotDrawnError(
                f"{row.control} is {native.seconds:.1f} seconds long; {span} runs past its end."
            )
        return [replace(row, span=seconds_text(*stretch))]
    cells = CellRange.read(span)
    native = native_of(room, about, row.shape, (cells,))
    proposal = replace(row, note=RESTS, state=RedactionState.PROPOSED)
    return [
        replace(row, span=_fitted(native, cells, row.control).text),
        *(replace(proposal, span=cell.text) for cell in native.dependants),
    ]


def _hidden(row: Redaction, others: Sequence[Redaction]) -> bool:
    """Say whether cells lie within others that are redacted or proposed."""
    inner = CellRange.read(row.span)
    return any(
        outer.sheet.casefold() == inner.sheet.casefold()
        and outer.holds(inner.top, inner.left)
        and outer.holds(inner.bottom, inner.right)
        for other in others
        if other.shape is Shape.CELLS
        for outer in (CellRange.read(other.span),)
    )


def native_of(room: Room, about: Document, shape: Shape, spans: Sequence[CellRange] = ()) -> Native:
    """Return what of a file cells or seconds are drawn on. Raises NotDrawnError."""
    control = str(about.control_number)
    if shape is Shape.SECONDS and not about.media_type.startswith("audio/"):
        raise NotDrawnError(
            f"{control} is no recording ({about.media_type or 'of no known type'}), so no stretch "
            "of time of it can be redacted."
        )
    if shape is Shape.CELLS and not is_workbook(about):
        raise NotDrawnError(
            f"{control} is no workbook whose cells can be told apart "
            f"({about.media_type or 'of no known type'}): redact its pages where it has any, or "
            "withhold it."
        )
    native = look(room, about, spans=spans)
    if isinstance(native, Fault):
        raise NotDrawnError(
            f"{'Cells' if shape is Shape.CELLS else 'Seconds'} of {control} cannot be redacted: "
            f"{native.detail}. Redact its pages where it has any, or withhold it."
        )
    return native


def _fitted(native: Native, cells: CellRange, control: str) -> CellRange:
    """Return a range within its sheet; whole rows and columns end where the sheet does."""
    sheets = {sheet.name.casefold(): sheet for sheet in native.sheets}
    sheet = sheets.get(cells.sheet.casefold())
    if sheet is None:
        names = ", ".join(sheet.name for sheet in native.sheets)
        raise NotDrawnError(f"{control} has no sheet {cells.sheet!r}. Its sheets are: {names}.")
    bottom = max(sheet.rows, cells.top) if cells.bottom == LAST_ROW else cells.bottom
    right = max(sheet.columns, cells.left) if cells.right == LAST_COLUMN else cells.right
    if cells.top > sheet.rows or cells.left > sheet.columns:
        raise NotDrawnError(
            f"{cells.text} of {control} is empty: {sheet.name!r} ends at row {sheet.rows:,}, "
            f"column {sheet.columns:,}."
        )
    return CellRange(sheet.name, cells.top, cells.left, bottom, right)


# Who may do what


def _state(view: View, place: int, reason: Reason, *, propose: bool = False) -> RedactionState:
    """Return what becomes of what somebody draws. Raises RefusedError."""
    login, control = view.seer.user.login, view.standing.columns.controls[place]
    if view.standing.columns.theirs[place]:
        raise RefusedError(
            f"{control} was received from the other side: it is shown as it was delivered, and "
            "only documents of ours are redacted."
        )
    how = may_draw(view, place)
    if not how:
        raise RefusedError(
            f"{login} may read {control} and not redact it. Ask whoever leads the review."
        )
    claims = not reason.privilege or bool(view.mask(Right.CLAIM)[place])
    stands = how == Right.REDACT.value and claims and not propose
    return RedactionState.STANDING if stands else RedactionState.PROPOSED


def _may(view: View, place: int, row: Redaction, reason: Reason) -> tuple[str, ...]:
    """Return what somebody may do to a row that is open: "change", "decide"."""
    how = may_draw(view, place)
    claims = not reason.privilege or bool(view.mask(Right.CLAIM)[place])
    if how == Right.REDACT.value and claims:
        return ("change",) if row.covers else ("change", "decide")
    own = how and row.who == view.seer.user.login
    return ("change",) if own and row.state is RedactionState.PROPOSED else ()


def _require(known: Sequence[Reason], view: View, place: int, row: Redaction, act: str) -> None:
    """Raise RefusedError where somebody may not do something to a row."""
    reason = _reason(known, row.reason)
    if act in _may(view, place, row, reason):
        return
    login, what = view.seer.user.login, f"redaction {row.id} of {row.control}"
    if act == "decide":
        raise RefusedError(
            f"{login} may not decide on {what}: it takes the right to redact"
            + (", and to claim privilege" if reason.privilege else "")
            + ". Ask whoever leads the review."
        )
    raise RefusedError(
        f"{login} may not change or remove {what}"
        + (", which claims privilege" if reason.privilege else "")
        + ". Who proposes may draw another beside it; ask whoever leads the review."
    )


def _may_take_back(room: Room, view: View, place: int, row: Redaction, *, covers: bool) -> None:
    """Raise RefusedError where somebody may do no more what they take back."""
    reason = _reason(reasons(room), row.reason)
    if _state(view, place, reason) is RedactionState.PROPOSED and covers:
        raise RefusedError(
            f"{view.seer.user.login} may not take back what covers a part of {row.control}: it "
            "takes the right to redact. Ask whoever leads the review."
        )


def _place_of(view: View, row: Redaction) -> int:
    """Return where the document of a row is. Raises NotShownError, which does not name it."""
    place = view.standing.columns.place.get(row.control)
    if place is None or not view.mask(Right.OPEN)[place]:
        raise NotShownError(f"redaction {row.id}")
    return place


def _open_row(room: Room, control: str, number: int) -> Redaction:
    """Return a row whose place may be taken. Raises StaleRedactionError."""
    with room.matter.engine.connect() as connection:
        rows = kept.history(connection, control)
    row = next((row for row in rows if row.id == number), None)
    after = next((row for row in rows if row.replaces == number), None)
    if row is None or after is not None or row.state not in kept.OPEN:
        raise kept.StaleRedactionError(control, number, after or row)
    return row


# How it is shown


def _shown(
    view: View, place: int, rows: Iterable[Redaction], known: Sequence[Reason], *, paint: bool
) -> tuple[ShownRedaction, ...]:
    shown = []
    for row in rows:
        reason = _reason(known, row.reason)
        again = _another(view, place, row) if paint else _known_another(view, place, row)
        shown.append(ShownRedaction(row, reason, again, _may(view, place, row, reason)))
    return tuple(shown)


def _another(view: View, place: int, row: Redaction) -> bool:
    """Say whether a page, or a file, is another today than it was drawn on; paints the page."""
    if not row.page:
        return view.standing.store.information(place).sha256 != row.drawn_on
    try:
        return pages.page_image(view, place, row.page - 1).fingerprint != row.drawn_on
    except NotShownError:
        return True


def _known_another(view: View, place: int, row: Redaction) -> bool | None:
    """Say the same where it is known without painting; None where it is not."""
    if not row.page:
        return _another(view, place, row)
    known = pages.known_fingerprint(view, place, row.page - 1)
    return None if known is None else known != row.drawn_on


def _reason(known: Sequence[Reason], name: str) -> Reason:
    """Return a reason; one that the standard has no more is taken for one that claims privilege."""
    gone = Reason(name, name, name, privilege=True)
    return next((row for row in known if row.name == name), gone)


def _note(text: str) -> str:
    text = text.strip()
    if len(text) > _LONGEST_NOTE or any(ord(sign) < 32 and sign not in "\n\t" for sign in text):
        raise NotDrawnError(f"A note has at most {_LONGEST_NOTE:,} signs, and none that steers.")
    return text


def _key(row: Redaction) -> tuple[Any, ...]:
    """Return what makes two redactions the same one."""
    return (row.shape, row.page, row.box, row.span, row.reason, row.drawn_on)
