"""One document as a page shows it: what is known of it, what it stands among, its text and native.

Family, copies and conversation are asked of the mask as lists are: a member that is hidden is not
there and not counted, and custodians and paths are those of the copies that are shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forthwith.domain.coding import Coding
from forthwith.domain.documents import Document
from forthwith.domain.errors import ForthwithError
from forthwith.domain.evidence import Fault, Kind
from forthwith.domain.redactions import Reason
from forthwith.domain.users import RIGHTS, Right, Seer
from forthwith.record import page_numbers
from forthwith.record.room_store import NO_DAY, Flags, Numbers
from forthwith.review.coding import forms
from forthwith.review.lights import Mark, legend, over
from forthwith.review.search.highlights import TooManyMatchesError, highlights
from forthwith.review.search.parser import parse
from forthwith.review.search.query import Node, QueryError
from forthwith.workers.sandbox import Rules
from forthwith.workflows.matter_access import MatterAccess, Workers
from forthwith.workflows.progress import SILENT
from forthwith.workflows.room import chronology, exhibits, lights, listing, pages, redacting, screen
from forthwith.workflows.room.coder import Coder
from forthwith.workflows.room.redacting_natives import is_workbook
from forthwith.workflows.room.room import RefusedError, Room, View

Places = NDArray[np.integer[Any]]
#: Pages on which hits are told with the document; those after them are asked for.
HIT_PAGES = 40
#: Members of a strip that are told; the rest is a number.
MEMBERS = 1_000
#: Copies whose paths are told.
_PATHS = 100
#: Characters of a text in which all matches are found at once; of a longer one, in each stretch.
MARKED = 300_000
#: Characters of one stretch of a text.
STRETCH = 200_000
#: What has a form "as sent" besides messages.
_SENT_AS_HTML = frozenset({"text/html", "application/xhtml+xml"})


class NoNativeError(ForthwithError):
    """There are no bytes of a document."""

    def __init__(self, control: str, fault: Fault) -> None:
        super().__init__(
            f"The native of {control} cannot be given out: {fault.detail}. Its text and what is "
            "known of it are shown all the same."
        )


@dataclass(frozen=True, slots=True)
class TextStretch:
    """Some characters of a document's text."""

    #: Position of the first, and how many there are in all.
    at: int
    total: int
    text: str
    #: Position at which the body begins: before it stands the header of a mail.
    body: int
    #: Matches of the query, positions in the whole text.
    hits: Sequence[tuple[int, int]]
    #: [first, one past the last, kind] of what is always marked, where the text is long; the marks
    #: of a short one are told with the document.
    highlights: Sequence[Mark] = ()


def document(
    room: Room, seer: Seer, control: str, query: str = "", sort: str = "", shape: str = ""
) -> dict[str, Any]:
    """Return what the page of a document shows, as JSON. Raises NotShownError."""
    view = room.view(seer)
    place = view.place(control, Right.LIST)
    columns, store = view.standing.columns, view.standing.store
    listed, opened = view.mask(Right.LIST), bool(view.mask(Right.OPEN)[place])
    about, row = store.information(place), store.row(place)
    node = _read(query)
    same = columns.group == columns.group[place] if columns.group[place] >= 0 else None
    alike = columns.content == columns.content[place] if columns.content[place] >= 0 else None
    thread = columns.thread == columns.thread[place] if columns.thread[place] >= 0 else None
    copies = np.flatnonzero(_either(same, alike, place, len(columns)) & listed)
    talk = np.flatnonzero(thread & listed) if thread is not None else np.empty(0, np.int64)
    family = np.flatnonzero((columns.top == columns.top[place]) & listed)
    family = family[np.argsort(columns.order[family], kind="stable")]
    talk = talk[np.argsort(columns.day[talk], kind="stable")]
    coding = room.codings.now(control) if opened else None
    blind = listing.blind_to(room, view)
    hidden = coding is not None and blind is not None and bool(blind[place])
    day = int(columns.day[place])
    length = store.length(place) if opened else 0
    text = store.text(place)[0] if 0 < length <= MARKED else ""
    proposed = screen.shown_of(room, seer, control) if opened else None
    marks = _marks(room, text)
    if proposed is not None:
        spans = [span for span in proposed.proposal.spans if span[1] <= len(text)]
        marks = over(marks, spans)
    return {
        "control": control,
        "place": place,
        "version": coding.version if coding else 0,
        "side": "theirs" if columns.theirs[place] else "ours",
        "kind": about.kind.value,
        "day": None if day == NO_DAY else day,
        "custodian": about.custodian,
        "subject": row.subject,
        "from": row.sender,
        "name": about.name,
        "flags": listing.flags_of(columns, place),
        "lost": about.lost,
        "faults": [sentence_of(fault) for fault in about.faults],
        "fields": _fields(view, place, about, same),
        "family": _members(room, view, family, depth=True) if len(family) > 1 else [],
        "family_total": len(family),
        "copies": _members(room, view, copies) if len(copies) > 1 else [],
        "copies_total": len(copies),
        "thread": _members(room, view, talk) if len(talk) > 1 else [],
        "thread_total": len(talk),
        "digest": pages.page_digest(view.standing, place),
        **_pages(view, place, node, opened=opened),
        "text_length": length,
        "text_hits": _hits(node, text),
        "text_hits_by_stretch": length > MARKED,
        "highlights": marks,
        "legend": legend(marks),
        "numbers": _numbers(room, control, opened=opened),
        "as_sent": opened and (about.kind is Kind.EMAIL or about.media_type in _SENT_AS_HTML),
        "may_write": opened and chronology.may_write(seer),
        "may_exhibit": opened and exhibits.may_make(seer),
        "coding": None if hidden else _coding(coding),
        "coding_hidden": hidden,
        **_to_be_coded(room, view, place, coding),
        "proposals": [screen.row_json(proposed)] if proposed else [],
        **_redactions(room, view, control, place, opened=opened),
        "walls": _walls(room, view, place),
        "may": _may(view, place),
        "list": _in_list(room, view, place, query, sort, shape),
    }


def text(
    room: Room, seer: Seer, control: str, at: int = 0, n: int = STRETCH, query: str = ""
) -> TextStretch:
    """Return a stretch of a document's text, reading no more of it. Raises NotShownError."""
    view = room.view(seer)
    place = view.place(control)
    room.note_shown(view, control)
    store = view.standing.store
    total = store.length(place)
    first = min(max(at, 0), total)
    part = store.stretch(place, first, min(first + min(max(n, 0), STRETCH), total))
    node = _read(query)
    found = [(a + first, b + first) for a, b in _hits(node, part)]
    marks = _marks(room, part) if total > MARKED else []
    shifted = [(a + first, b + first, kind) for a, b, kind in marks]
    return TextStretch(first, total, part, store.body(place), found, shifted)


def native(room: Room, seer: Seer, control: str) -> bytes:
    """Return a document's bytes, proved by their digest. Raises NotShownError, NoNativeError.

    What lies in something else is taken out of it by a worker that can touch nothing else.
    """
    view = room.view(seer)
    place = view.place(control)
    room.note_shown(view, control)
    about, matter = view.standing.store.information(place), room.matter
    limits = matter.settings.limits
    access = MatterAccess(
        matter.evidence.root.resolve(), view.standing.store.path.resolve(), limits
    )
    if not about.locator or not about.sha256:
        found: bytes | Fault = access.native(about)
    else:
        rules = Rules(
            (access.evidence, access.texts), (), limits.expanded_bytes, matter.settings.sandbox
        )
        _, found = next(iter(Workers(1, limits, SILENT, rules)(access.native, [about])))
    if isinstance(found, Fault):
        raise NoNativeError(control, found)
    return found


def sentence_of(fault: Fault) -> str:
    """Return a fault as a sentence."""
    detail = fault.detail.strip().rstrip(".")
    return f"{detail[:1].upper()}{detail[1:]}." if detail else f"{fault.reason.value.capitalize()}."


def _either(same: Flags | None, alike: Flags | None, place: int, count: int) -> Flags:
    flags = np.zeros(count, np.bool_)
    flags[place] = True
    for more in (same, alike):
        if more is not None:
            flags |= more
    return flags


def _read(query: str) -> Node | None:
    """Return a query; one that cannot be read marks nothing, and the list says what is wrong."""
    try:
        return parse(query) if query.strip() else None
    except QueryError:
        return None


def _hits(node: Node | None, text: str) -> list[tuple[int, int]]:
    if node is None or not text:
        return []
    try:
        return highlights(node, text)
    except TooManyMatchesError:
        return []


def _members(
    room: Room, view: View, places: Places, *, depth: bool = False
) -> list[dict[str, Any]]:
    """Return the members of a strip in their order, the first `MEMBERS` of them."""
    columns = view.standing.columns
    shown = np.asarray(places[:MEMBERS], np.int32)
    members = []
    for row in listing.rows(room, view, shown):
        place, control, side, kind, day, custodian, subject, sender, pages, marks, flags = row
        member = {
            "place": place, "control": control, "side": side, "kind": kind, "day": day,
            "custodian": custodian, "subject": subject, "from": sender, "pages": pages,
            "marks": marks, "flags": flags,
        }  # fmt: skip
        if depth:
            member["depth"] = _depth(columns.parent, place)
        members.append(member)
    return members


def _depth(parent: Numbers, place: int) -> int:
    depth = 0
    while (place := int(parent[place])) >= 0:
        depth += 1
    return depth


#: What a page calls what is known of a document beside its fields.
_KNOWN = (
    ("File name", "name"), ("Media type", "media_type"), ("Bytes", "size"), ("MD5", "md5"),
    ("SHA-1", "sha1"), ("SHA-256", "sha256"), ("Message-ID hash (MIH)", "message_id_hash"),
    ("Family hash", "family_hash"), ("Text", "text_method"), ("Relation", "relation"),
    ("Item", "item"), ("Inside it", "locator"), ("Conversation by", "thread_basis"),
)  # fmt: skip


def _fields(
    view: View, place: int, about: Document, same: Flags | None
) -> list[tuple[str, str, str]]:
    """Return [name, value, origin] of all that is known."""
    store, listed = view.standing.store, view.mask(Right.LIST)
    copies = [place] if same is None else np.flatnonzero(same & listed).tolist()
    custodians = view.standing.columns.custodian[copies]
    names = [view.standing.columns.custodians[number] for number in np.unique(custodians)]
    paths = [about.path]
    paths += [store.information(at).path for at in copies[:_PATHS] if at != place]
    if len(copies) > _PATHS:
        paths.append(f"… and {len(copies) - _PATHS:,} more")
    rows = [("All custodians", "; ".join(names), "process"), ("Paths", "\n".join(paths), "process")]
    for name, attribute in _KNOWN:
        value = getattr(about, attribute)
        if value not in ("", None):
            rows.append((name, f"{value:,}" if attribute == "size" else str(value), "process"))
    for name, field in about.fields.items():
        value = field.value if isinstance(field.value, str) else "; ".join(field.value)
        rows.append((name, value, field.origin))
    return rows


def _pages(view: View, place: int, node: Node | None, *, opened: bool) -> dict[str, Any]:
    """Return how many pages a document has, -1 while nobody counted, and hits where they are known.

    No page is painted for it: `/api/pages` counts, `/api/hits` has the rest.
    """
    known = int(view.standing.columns.pages[place])
    if not opened:
        return {"pages": max(known, 0), "hits": []}
    count = pages.known_count(view, place)
    if count is None:
        return {"pages": -1, "hits_to": 0, "hits": []}
    looked = min(count, HIT_PAGES)
    boxes = pages.known_hits(view, place, node, looked) if node else ()
    return {
        "pages": count,
        "hits_to": 0 if boxes is None else looked,
        "hits": [(box.page, box.x, box.y, box.w, box.h) for box in boxes or ()],
    }


def _marks(room: Room, text: str) -> list[Mark]:
    return lights.lights(room).found(text) if text else []


def _numbers(room: Room, control: str, *, opened: bool) -> dict[str, str] | None:
    """Return the page numbers of a document in its latest volume, None where it has none."""
    if not opened:
        return None
    with room.matter.engine.connect() as connection:
        numbered = page_numbers.of(connection, control)
    if not numbered:
        return None
    return {"first": numbered[-1].first, "last": numbered[-1].last, "volume": numbered[-1].volume}


def _coding(coding: Coding | None) -> dict[str, Any] | None:
    if coding is None:
        return None
    return {
        "version": coding.version,
        "who": coding.who,
        "at": coding.at,
        "pass": coding.pass_.value,
        "batch": coding.batch,
        "form": coding.form,
        "form_version": coding.form_version,
        "body": {k: list(v) if isinstance(v, tuple) else v for k, v in coding.body.items()},
        "because": coding.because,
    }


def _to_be_coded(room: Room, view: View, place: int, coding: Coding | None) -> dict[str, Any]:
    """Return the form a document is coded by, in which pass, and whether by whoever asks."""
    if Right.CODE.value not in _may(view, place):
        return {"form": None, "pass": "", "may_code": False}
    control = view.standing.columns.controls[place]
    coder = Coder.of(room, view.seer)
    form = forms.body(coder.form(place))
    try:
        pass_, batch = coder.pass_of(control, coding)
    except RefusedError:
        return {"form": form, "pass": "", "may_code": False}
    return {"form": form, "pass": pass_.value, "batch": batch, "may_code": True}


def _may(view: View, place: int) -> list[str]:
    """Return the rights somebody has over a document."""
    held = {right for grant in view.seer.grants for right in RIGHTS[grant.role]}
    return [right.value for right in Right if right in held and view.mask(right)[place]]


def _redactions(
    room: Room, view: View, control: str, place: int, *, opened: bool
) -> dict[str, Any]:
    """Return what is drawn on a document, and whether and with what reasons somebody may draw."""
    rows = redacting.of_document(room, view.seer, control, paint=False) if opened else ()
    how = redacting.may_draw(view, place)
    return {
        "redactions": [row.as_json() for row in rows],
        "may_redact": how,
        "cells": bool(how) and is_workbook(view.standing.store.information(place)),
        "reasons": [reason_json(row) for row in redacting.reasons(room)] if how else [],
    }


def reason_json(reason: Reason) -> dict[str, Any]:
    """Return a reason as a page chooses by it."""
    return {
        "name": reason.name,
        "words": reason.words,
        "key": reason.key,
        "colour": reason.colour,
        "privilege": reason.privilege,
    }


def _walls(room: Room, view: View, place: int) -> list[str]:
    """Return the logins a document is walled off from, to whoever leads the review."""
    if not view.seer.may(Right.MANAGE):
        return []
    walled = []
    for user in room.users.every():
        if not user.disabled_at and any(
            grant.role.value == "wall" for grant in room.users.grants(user.id)
        ):
            theirs = room.view(room.seer(user.login, ""))
            without = room.view(
                Seer(theirs.seer.user, _unwalled(theirs.seer), theirs.seer.known_by)
            )
            if without.mask(Right.LIST)[place] and not theirs.mask(Right.LIST)[place]:
                walled.append(user.login)
    return walled


def _unwalled(seer: Seer) -> tuple[Any, ...]:
    return tuple(grant for grant in seer.grants if grant not in seer.walls)


def _in_list(
    room: Room, view: View, place: int, query: str, sort: str, shape: str
) -> Mapping[str, Any]:
    """Return where a document stands in a list, and what stands beside it."""
    try:
        found = listing.found(room, view, query, sort, shape)
    except (QueryError, listing.ListError):
        return {"total": 0, "at": -1}
    return listing.beside(view, found, place)
