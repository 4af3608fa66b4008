"""Redaction by search: the hits of a query become boxes, seen before they are kept.

First a preview: documents, pages, boxes, and the hits that no page shows. Its token is a digest of
the boxes with the pages they were found on; what is kept with it is what was previewed, or nothing.
Boxes are kept as proposals, decided document by document or together in the same two steps, or, by
whoever may redact, as redactions at once.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from forthwith.domain.cell_ranges import CellRange
from forthwith.domain.errors import ForthwithError
from forthwith.domain.evidence import Fault
from forthwith.domain.page_words import PageBox, PageWord
from forthwith.domain.redactions import Reason, Rectangle, Redaction, RedactionState, Shape
from forthwith.domain.users import Right, Seer
from forthwith.plain.counting import count
from forthwith.produce.burn import snapped
from forthwith.record import redactions as kept
from forthwith.review.search.highlights import TooManyMatchesError, highlights
from forthwith.review.search.parser import parse
from forthwith.review.search.query import Node, Value, field_of, leaves
from forthwith.workflows.room import listing, pages, reach, redacting
from forthwith.workflows.room.redacting import may_draw, named
from forthwith.workflows.room.redacting_natives import is_workbook, look
from forthwith.workflows.room.room import RefusedError, Room, View

#: Documents looked through in one go, and boxes kept in one.
MOST, _MOST_BOXES = 2_000, 50_000
#: Note of what a search drew. The query is not in it: what it asks for may be what is hidden.
NOTE = "found by a search"
#: Documents named one by one.
_SHOWN = 5


class SearchRedactError(ForthwithError):
    """A search that nothing can be drawn by."""


class PreviewChangedError(ForthwithError):
    """What was previewed is not what would be kept now."""

    def __init__(self, preview: SearchPreview | DecisionPreview) -> None:
        self.preview = preview
        super().__init__(
            "Nothing was kept: the documents, their redactions or what was asked for have changed "
            "since the preview. Look at the new preview, then go on with its token."
        )


@dataclass(frozen=True, slots=True)
class SearchPreview:
    """What a search would draw; the token binds documents, boxes and pages."""

    token: str
    #: Documents that get boxes; the pages and sheets these lie on; the boxes and ranges of cells.
    documents: int
    pages: int
    boxes: int
    #: Hits of the query in texts that no page shows and no cell holds, and in how many documents.
    unboxed: int
    unboxed_documents: int
    #: Found and left out: of the other side, or not theirs to redact.
    not_theirs: int
    #: Boxes that stand or are proposed already.
    already: int
    #: Why documents could not be looked through: control number -> sentence.
    failed: tuple[tuple[str, str], ...]
    #: Whether what is kept would only be proposed.
    proposed: bool
    #: A few of the documents, and of those with hits that have no box.
    first: tuple[str, ...]
    first_unboxed: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data, keys as documented in docs/commands.md."""
        return {
            "token": self.token,
            "documents": self.documents,
            "pages": self.pages,
            "boxes": self.boxes,
            "unboxed": self.unboxed,
            "unboxed_documents": self.unboxed_documents,
            "not_theirs": self.not_theirs,
            "already": self.already,
            "failed": [list(row) for row in self.failed[:200]],
            "proposed": self.proposed,
            "first": list(self.first),
            "first_unboxed": list(self.first_unboxed),
            "sentences": sentences(self),
        }


@dataclass(frozen=True, slots=True)
class DecisionPreview:
    """Which proposals would be decided."""

    token: str
    documents: int
    pages: int
    boxes: int
    first: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data, keys as documented in docs/commands.md."""
        return {
            "token": self.token,
            "documents": self.documents,
            "pages": self.pages,
            "boxes": self.boxes,
            "first": list(self.first),
        }


@dataclass(frozen=True, slots=True)
class _Found:
    """What a search found in one document."""

    rows: tuple[Redaction, ...] = ()
    already: int = 0
    unboxed: int = 0


def sentences(preview: SearchPreview) -> list[str]:
    """Return a preview in words, the same at both doors."""
    what = "proposed" if preview.proposed else "drawn"
    said = [
        f"{count(preview.boxes, 'box', 'boxes')} on {count(preview.pages, 'page')} of "
        f"{count(preview.documents, 'document')} would be {what}."
        if preview.boxes
        else "Nothing would be drawn."
    ]
    if preview.unboxed:
        where = count(preview.unboxed_documents, "document")
        names = ", ".join(preview.first_unboxed)
        have, them = ("has", "it") if preview.unboxed == 1 else ("have", "them")
        more = " and more" if preview.unboxed_documents > len(preview.first_unboxed) else ""
        said.append(
            f"{count(preview.unboxed, 'hit')} in the text of {where} {have} no box: no page shows "
            f"{them}, so look there yourself: {names}{more}."
        )
    if preview.already:
        stand = "stands or is" if preview.already == 1 else "stand or are"
        boxes = count(preview.already, "box", "boxes")
        said.append(f"{boxes} more {stand} proposed already.")
    if preview.not_theirs:
        said.append(
            f"{count(preview.not_theirs, 'document')} found and left out: of the other side, or "
            "not yours to redact."
        )
    said += [f"{control} was not looked through: {why}" for control, why in preview.failed[:_SHOWN]]
    if len(preview.failed) > _SHOWN:
        said.append(f"{len(preview.failed) - _SHOWN:,} more were not looked through either.")
    return said


def preview(
    room: Room,
    seer: Seer,
    query: str,
    reason: str,
    *,
    controls: Sequence[str] = (),
    propose: bool = True,
    progress: Callable[[int, int], None] | None = None,
    most: int = MOST,
) -> SearchPreview:
    """Return what a query's hits would become on the pages of what it finds. Nothing is written.

    Of `controls` only those documents are looked through. Raises SearchRedactError, NotDrawnError,
    NotShownError, RefusedError, and what a query may raise.
    """
    return _plan(room, seer, query, reason, controls, progress, most, propose=propose)[0]


def keep(
    room: Room,
    seer: Seer,
    query: str,
    reason: str,
    token: str,
    *,
    controls: Sequence[str] = (),
    propose: bool = True,
    progress: Callable[[int, int], None] | None = None,
    most: int = MOST,
) -> list[Redaction]:
    """Keep what was previewed, all of it or nothing.

    Raises PreviewChangedError, and as `preview`.
    """
    seen, rows = _plan(room, seer, query, reason, controls, progress, most, propose=propose)
    if token != seen.token:
        raise PreviewChangedError(seen)
    return kept.save(room.matter, rows, reach.by(seer))


def _plan(
    room: Room,
    seer: Seer,
    query: str,
    reason_name: str,
    controls: Sequence[str],
    progress: Callable[[int, int], None] | None,
    most: int,
    *,
    propose: bool,
) -> tuple[SearchPreview, list[Redaction]]:
    reason = named(room, reason_name)
    if not query.strip():
        raise SearchRedactError("Give a query: its hits are what boxes are drawn by.")
    node = parse(query)
    if not any(not isinstance(leaf, Value) and not field_of(leaf) for leaf in leaves(node)):
        raise SearchRedactError(
            "The query names no word that stands on a page: its fields alone draw nothing. Add the "
            "words that are to be redacted."
        )
    view = room.view(seer)
    places, not_theirs = _selected(room, view, query, controls)
    if len(places) > most:
        raise SearchRedactError(
            f"The query finds {count(len(places), 'document')}, and at most {most:,} are looked "
            "through in one go. Narrow it, by custodian or day, and take the rest after."
        )
    with room.matter.engine.connect() as connection:
        standing = kept.standing(connection)
    rows: list[Redaction] = []
    unboxed: dict[str, int] = {}
    failed: list[tuple[str, str]] = []
    already = 0
    any_proposed = False
    for number, place in enumerate(places, 1):
        control = view.standing.columns.controls[place]
        claims = not reason.privilege or bool(view.mask(Right.CLAIM)[place])
        stands = may_draw(view, place) == Right.REDACT.value and claims and not propose
        state = RedactionState.STANDING if stands else RedactionState.PROPOSED
        try:
            found = _found(room, view, place, node, reason, standing.get(control, ()), state)
        except (TooManyMatchesError, SearchRedactError, pages.PagesBusyError) as why:
            failed.append((control, str(why)))
            continue
        rows += found.rows
        any_proposed |= bool(found.rows) and not stands
        already += found.already
        if found.unboxed:
            unboxed[control] = found.unboxed
        if progress is not None:
            progress(number, len(places))
        if len(rows) > _MOST_BOXES:
            raise SearchRedactError(
                f"The query would draw more than {_MOST_BOXES:,} boxes. Narrow it, and take the "
                "rest after."
            )
    documents = list(dict.fromkeys(row.control for row in rows))
    about = {
        "who": seer.user.login,
        "query": query,
        "reason": reason.name,
        "propose": propose,
        "rows": [
            [row.control, row.page, row.box, row.span, row.drawn_on, row.state] for row in rows
        ],
        "unboxed": unboxed,
    }
    seen = SearchPreview(
        _digest(about),
        len(documents),
        _pages_of(rows),
        len(rows),
        sum(unboxed.values()),
        len(unboxed),
        not_theirs,
        already,
        tuple(failed),
        any_proposed or (propose and not rows),
        tuple(documents[:_SHOWN]),
        tuple(list(unboxed)[:_SHOWN]),
    )
    return seen, rows


def _selected(room: Room, view: View, query: str, controls: Sequence[str]) -> tuple[list[int], int]:
    """Return the places to look through, in order, and how many were found besides."""
    met = listing.found(room, view, query).places.tolist()
    if controls:
        among = {view.place(control) for control in controls}
        met = [place for place in met if place in among]
    drawable = [place for place in met if may_draw(view, place)]
    if met and not drawable:
        raise RefusedError(
            f"{view.seer.user.login} may redact none of the {count(len(met), 'document')} found: "
            "they are of the other side, or not theirs to redact."
        )
    return drawable, len(met) - len(drawable)


def _found(
    room: Room,
    view: View,
    place: int,
    node: Node,
    reason: Reason,
    standing: Sequence[Redaction],
    state: RedactionState,
) -> _Found:
    """Return the boxes of one document, and how many hits of its text have none."""
    store = view.standing.store
    about = store.information(place)
    text = store.text(place)[0]
    wanted = Counter(_said(text[a:b]) for a, b in highlights(node, text))
    control = view.standing.columns.controls[place]
    base = Redaction(0, control, Shape.BOX, 0, None, "", reason.name, NOTE, state)
    counted = pages.page_count(view, place)
    rows: list[Redaction] = []
    if counted:
        boxes: list[PageBox] = []
        for first in range(0, counted, pages.HIT_PAGES):
            boxes += pages.hits(view, place, node, first)
        images = {number: pages.page_image(view, place, number) for number in _numbers(boxes)}
        shown: list[tuple[int, tuple[PageWord, ...]]] = []
        for number, image in images.items():
            if not image.fingerprint:
                raise SearchRedactError(f"its page {number + 1} could not be painted")
            shown.append((number, image.words))
            mine = [(box.x, box.y, box.w, box.h) for box in boxes if box.page == number]
            fitted = dict.fromkeys(snapped(image.words, box, image.size)[0] for box in mine)
            rows += [
                replace(base, page=number + 1, box=box, drawn_on=image.fingerprint)
                for box in _without_inner([*fitted])
            ]
        words = " ".join(word.text for _, page in shown for word in page)
        wanted -= Counter(_said(words[a:b]) for a, b in highlights(node, words))
    elif wanted and is_workbook(about):
        native = look(room, about, node)
        if isinstance(native, Fault):
            raise SearchRedactError(native.detail)
        for cell, words_of_cell in [hit for sheet in native.sheets for hit in sheet.hits]:
            rows.append(replace(base, shape=Shape.CELLS, span=cell.text, drawn_on=about.sha256))
            wanted -= Counter(_said(word) for word in words_of_cell)
    fresh = [row for row in rows if not any(_covers(other, row) for other in standing)]
    return _Found(tuple(fresh), len(rows) - len(fresh), wanted.total())


def _numbers(boxes: Iterable[PageBox]) -> list[int]:
    """Return the pages of boxes, in order."""
    return sorted({box.page for box in boxes})


def _without_inner(boxes: Sequence[Rectangle]) -> list[Rectangle]:
    """Return boxes without those that lie within another."""
    return [
        box
        for place, box in enumerate(boxes)
        if not any(
            _within(other, box) and (other != box or at < place)
            for at, other in enumerate(boxes)
            if at != place
        )
    ]


def _covers(other: Redaction, row: Redaction) -> bool:
    """Say whether what stands or is proposed hides all that a row would."""
    if row.state is RedactionState.STANDING and not other.covers:
        return False
    if other.drawn_on != row.drawn_on or other.page != row.page:
        return False
    if other.shape is Shape.CELLS and row.shape is Shape.CELLS:
        outer, inner = CellRange.read(other.span), CellRange.read(row.span)
        return outer.sheet == inner.sheet and (
            outer.holds(inner.top, inner.left) and outer.holds(inner.bottom, inner.right)
        )
    if other.shape is Shape.PAGE:
        return True
    if row.box is None or other.box is None:
        return False
    if other.shape is Shape.INVERSE:
        return not _meet(other.box, row.box)
    return _within(other.box, row.box)


def _within(outer: Rectangle, inner: Rectangle) -> bool:
    return (
        outer[0] <= inner[0]
        and outer[1] <= inner[1]
        and outer[0] + outer[2] >= inner[0] + inner[2]
        and outer[1] + outer[3] >= inner[1] + inner[3]
    )


def _meet(one: Rectangle, other: Rectangle) -> bool:
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return min(across, down) > 0


def _pages_of(rows: Iterable[Redaction]) -> int:
    """Count the pages, and the sheets of workbooks, on which redactions lie."""
    return len(
        {
            (row.control, row.page, CellRange.read(row.span).sheet if row.span else "")
            for row in rows
        }
    )


def _said(words: str) -> str:
    """Return a hit as it is compared: a page may break a line within it."""
    return " ".join(words.split()).casefold()


def _digest(about: dict[str, Any]) -> str:
    text = json.dumps(about, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


# Deciding many proposals


def waiting(
    room: Room, seer: Seer, *, reason: str = "", who: str = "", controls: Sequence[str] = ()
) -> tuple[DecisionPreview, tuple[int, ...]]:
    """Return which proposals somebody would decide together, and their numbers.

    All that they may decide; of one reason, of one proposer, or of some documents.
    """
    wanted = named(room, reason).name if reason else ""
    rows = [
        shown.redaction
        for shown in redacting.listed(room, seer, wanted, str(RedactionState.PROPOSED))
        if "decide" in shown.may
        and who in ("", shown.redaction.who)
        and (not controls or shown.redaction.control in controls)
    ]
    documents = list(dict.fromkeys(row.control for row in rows))
    about = {"who": seer.user.login, "rows": [row.id for row in rows]}
    seen = DecisionPreview(
        _digest(about), len(documents), _pages_of(rows), len(rows), tuple(documents[:_SHOWN])
    )
    return seen, tuple(row.id for row in rows)


def decide(
    room: Room,
    seer: Seer,
    token: str,
    *,
    accept: bool,
    reason: str = "",
    who: str = "",
    controls: Sequence[str] = (),
) -> list[Redaction]:
    """Decide the proposals that were previewed, all of them or none.

    Raises PreviewChangedError, and as `redacting.decide`.
    """
    seen, numbers = waiting(room, seer, reason=reason, who=who, controls=controls)
    if token != seen.token:
        raise PreviewChangedError(seen)
    return redacting.decide(room, seer, numbers, accept=accept)
