"""Lists of documents: what meets a query, in an order, window by window; counts by value and day.

All of it is asked of what somebody is shown: the query looks into no other document, so that what
is hidden changes no number, order or message, nor the time an answer takes. Who may list and not
open is answered by metadata alone: a query for words of the text, or of codings, finds them nothing
but what they may open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forthwith.domain.coding import Coding, Pass
from forthwith.domain.errors import ForthwithError
from forthwith.domain.users import Right, Role, Seer
from forthwith.record.room_store import NO_DAY, Columns, Flags, Numbers
from forthwith.review.search.highlights import highlights
from forthwith.review.search.parser import parse
from forthwith.review.search.query import OF_REVIEW, Node, Value, field_of, leaves
from forthwith.review.search.search import QueryResult
from forthwith.workflows.room import reach
from forthwith.workflows.room.room import Room, Standing, View
from forthwith.workflows.search import HighlightedText

#: Rows of one window.
MOST = 200
#: What a list is sorted by; a "-" before it turns it round. Documents without a value stand last in
#: both directions, and equal ones in order of control number.
SORTS = (
    "control", "day", "custodian", "subject", "from", "pages", "size", "kind", "coded",
)  # fmt: skip
_FAMILY = "family"
#: Characters of a mark's value shown in a list.
_LONGEST_MARK = 40


class ListError(ForthwithError):
    """A list was asked for in a way there is not."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What meets a query, in order."""

    #: None for everything that is shown.
    node: Node | None
    #: Places in order.
    places: Numbers
    #: By place, what meets the query itself and is not listed for its family alone.
    met: Flags


def found(room: Room, view: View, query: str = "", sort: str = "", shape: str = "") -> Found:
    """Return what somebody is shown of the documents that meet a query, sorted.

    `shape` "family" takes in the whole family of each, and keeps families together in the order of
    their first member that is shown. Raises ListError, QueryError, TooBroadError, TooManyWaysError.
    """
    by = sort.removeprefix("-") or "control"
    if by not in SORTS:
        raise ListError(f"A list is not sorted by {by!r}. Sort by {', '.join(SORTS)}.")
    if shape not in ("", _FAMILY):
        raise ListError(f'There is no view {shape!r} of a list. Leave it out, or ask for "family".')
    node = parse(query) if query.strip() else None
    codings = view.standing.values.coded.version if by == "coded" or _of_review(node) else 0
    key = ("found", view.key, node, sort, shape, codings)
    result: Found = room.remembered(key, lambda: _found(room, view, node, sort, shape))
    return result


def _of_review(node: Node | None) -> bool:
    return node is not None and any(
        isinstance(leaf, Value) and leaf.field in OF_REVIEW for leaf in leaves(node)
    )


def _of_text(node: Node) -> bool:
    return any(not isinstance(leaf, Value) and not field_of(leaf) for leaf in leaves(node))


def base(view: View, node: Node | None) -> Flags:
    """Return what may be found by a query: only what may be opened where it asks for the text."""
    listed = view.mask(Right.LIST)
    if node is None or not (_of_text(node) or _of_review(node)):
        return listed
    return listed & view.mask(Right.OPEN)


def _found(room: Room, view: View, node: Node | None, sort: str, shape: str) -> Found:
    standing, within = view.standing, base(view, node)
    engine, blind = standing.searcher.engine, blind_to(room, view)
    if blind is not None:
        engine = engine.with_values(standing.values.without(blind))
    met = within if node is None else engine.mask(node, within)
    flags = met
    if shape == _FAMILY:
        flags = standing.searcher.index.with_families(met) & view.mask(Right.LIST)
    order = _order(room, standing, sort, blind)
    if shape != _FAMILY:
        return Found(node, order[flags[order]], met)
    return Found(
        node, _by_family(standing.columns, order, np.flatnonzero(flags).astype(np.int32)), met
    )


def _by_family(columns: Columns, order: Numbers, places: Numbers) -> Numbers:
    """Sort documents so that families stand together, by the first member there is."""
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    top = columns.top[places]
    within = np.lexsort((places, columns.order[places], top))
    places, top = places[within], top[within]
    first = np.ones(len(places), bool)
    first[1:] = top[1:] != top[:-1]
    leader = rank[places[first]][np.cumsum(first) - 1]
    return np.asarray(places[np.argsort(leader, kind="stable")], np.int32)


def blind_to(room: Room, view: View) -> Flags | None:
    """Return where codings are not shown to somebody before they have saved their own.

    None where there are none such, as for nearly everybody. See `reach.hidden`.
    """
    login, coded = view.seer.user.login, view.standing.values.coded

    def later_passes() -> list[str]:
        return [
            control
            for batch in room.batches.every()
            if batch.pass_ is not Pass.FIRST and login in (batch.holder, *batch.offered)
            for control in room.batches.documents(batch.id)
        ]

    own: list[str] = room.remembered(("later passes", view.key), later_passes)
    second = Role.SECOND in view.seer.roles and Role.LEAD not in view.seer.roles
    if not own and not second:
        return None

    def made() -> Flags | None:
        flags = np.zeros(len(coded.ids), np.bool_)
        place = view.standing.columns.place
        flags[[at for control in own if (at := place.get(control)) is not None]] = True
        if second:
            flags |= view.mask(Right.OPEN)
        is_hidden = reach.hidden(room, view.seer)
        controls = view.standing.columns.controls
        hidden = [int(at) for at in np.flatnonzero(flags & (coded.ids > 0))]
        flags[:] = False
        flags[[at for at in hidden if is_hidden(controls[at])]] = True
        return flags if flags.any() else None

    key = ("blind", view.key, coded.version)
    blind: Flags | None = room.remembered(key, made)
    return blind


def _order(room: Room, standing: Standing, sort: str, blind: Flags | None = None) -> Numbers:
    """Return all places in an order."""
    by, down = sort.removeprefix("-") or "control", sort.startswith("-")
    if by == "coded" and blind is not None:
        return _sorted(standing, by, blind, down=down)
    version = standing.values.coded.version if by == "coded" else 0
    key = ("order", standing.digest, standing.version, by, down, version)
    order: Numbers = room.remembered(key, lambda: _sorted(standing, by, down=down))
    return order


def _sorted(standing: Standing, by: str, blind: Flags | None = None, *, down: bool) -> Numbers:
    columns = standing.columns
    count = len(columns)
    if by == "control":
        places = np.arange(count, dtype=np.int32)
        return places[::-1].copy() if down else places
    values: dict[str, Any] = {
        "day": columns.day,
        "custodian": columns.custodian,
        "subject": columns.subject,
        "from": columns.sender,
        "pages": columns.pages,
        "size": columns.size,
        "kind": columns.kind,
    }
    keys = standing.values.coded.ids if by == "coded" else values[by]
    keys = keys.astype(np.int64)
    if blind is not None:
        keys[blind] = 0
    nothing = keys <= 0 if by == "coded" else keys == NO_DAY if by == "day" else keys < 0
    keys = -keys if down else keys
    keys[nothing] = np.iinfo(np.int64).max
    return np.argsort(keys, kind="stable").astype(np.int32)


def result(room: Room, view: View, query: str, side: str = "") -> QueryResult:
    """Return what a query finds as `search` has it, of what is shown and of one side, or of both.

    Raises as `found`.
    """
    node = parse(query)
    met, listed = found(room, view, query).met, view.mask(Right.LIST)
    if side:
        of_side = view.standing.columns.theirs == (side == "theirs")
        met, listed = met & of_side, listed & of_side
    index = view.standing.searcher.index
    return QueryResult(node, index, met, index.with_families(met) & listed)


def top(view: View, place: int) -> str:
    """Return the control number of a family's first document; "" where that is not shown."""
    index = view.standing.searcher.index
    at = index.place[index.tops[place]]
    return index.tops[place] if view.mask(Right.LIST)[at] else ""


def matches(room: Room, view: View, found_by: QueryResult, control: str) -> HighlightedText:
    """Return where a query matches the text of one document. Raises NotShownError."""
    place = view.place(control)
    text = view.standing.store.text(place)[0]
    room.note_shown(view, control)
    met = bool(found_by.met[place])
    return HighlightedText(control, met, text, highlights(found_by.node, text))


@dataclass(frozen=True, slots=True)
class Window:
    """Some rows of a list."""

    total: int
    #: Position of the first row.
    first: int
    #: [place, control, side, kind, day, custodian, subject, from, pages, marks, flags].
    rows: Sequence[list[Any]]


def window(
    room: Room,
    seer: Seer,
    query: str = "",
    sort: str = "",
    at: int = 0,
    n: int = 100,
    shape: str = "",
) -> Window:
    """Return rows of a list from position `at`, at most `MOST`. Raises as `found`."""
    view = room.view(seer)
    result = found(room, view, query, sort, shape)
    total = len(result.places)
    first = min(max(at, 0), total)
    places = result.places[first : first + min(max(n, 0), MOST)]
    return Window(total, first, rows(room, view, places, result.met))


def beside(view: View, result: Found, place: int) -> dict[str, Any]:
    """Return where a document stands in a list, and its neighbours by control number.

    {total, at, previous, next, previous_family, next_family}; `at` is -1 where it is none of it,
    and a neighbour "" where there is none.
    """
    columns, places = view.standing.columns, result.places
    found_at = np.flatnonzero(places == place)
    at = int(found_at[0]) if len(found_at) else -1
    if at < 0:
        return {"total": len(places), "at": -1}
    tops = columns.top[places]
    own = tops[at]
    after = np.flatnonzero(tops[at:] != own)
    before = np.flatnonzero(tops[:at] != own)
    to = {
        "previous": at - 1,
        "next": at + 1 if at + 1 < len(places) else -1,
        "next_family": at + int(after[0]) if len(after) else -1,
        "previous_family": _first_of_run(tops, int(before[-1])) if len(before) else -1,
    }
    return {
        "total": len(places),
        "at": at,
        **{name: columns.controls[places[to_]] if to_ >= 0 else "" for name, to_ in to.items()},
    }


def _first_of_run(tops: Numbers, at: int) -> int:
    """Return where the run of one family begins in which a position lies."""
    others = np.flatnonzero(tops[:at] != tops[at])
    return int(others[-1]) + 1 if len(others) else 0


def rows(room: Room, view: View, places: Numbers, met: Flags | None = None) -> list[list[Any]]:
    """Return the rows of documents, as a list shows them."""
    columns, opened = view.standing.columns, view.mask(Right.OPEN)
    standing, blind = room.codings.standing(), blind_to(room, view)
    lines = []
    for row in view.standing.store.rows(places.tolist()):
        place = row.place
        day, pages = int(columns.day[place]), int(columns.pages[place])
        is_blind = blind is not None and bool(blind[place])
        coding = standing.get(row.control) if opened[place] and not is_blind else None
        lines.append(
            [
                place,
                row.control,
                "theirs" if columns.theirs[place] else "ours",
                columns.kinds[columns.kind[place]],
                None if day == NO_DAY else day,
                columns.custodians[columns.custodian[place]],
                row.subject[:300],
                row.sender[:200],
                pages if pages >= 0 else None,
                marks_of(coding),
                flags_of(columns, place, family=met is not None and not met[place]),
            ]
        )
    return lines


def marks_of(coding: Coding | None) -> dict[str, Any]:
    """Return the marks of a coding in short: texts are left out."""
    if coding is None:
        return {}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in coding.body.items()
        if not isinstance(value, str) or len(value) <= _LONGEST_MARK
    }


def flags_of(columns: Columns, place: int, *, family: bool = False) -> list[str]:
    """Return what a row says of a document in a word each."""
    fault = int(columns.fault[place])
    said = {
        "lost": fault == 2,
        "partly read": fault == 1,
        "attachment": columns.parent[place] >= 0,
        "family": family,
    }
    return [word for word, is_so in said.items() if is_so]


def facets(room: Room, seer: Seer, query: str = "") -> dict[str, list[tuple[str, int]]]:
    """Return how many documents of a result have each value of a few fields, the most first."""
    view = room.view(seer)
    met = found(room, view, query).met
    columns = view.standing.columns
    sides = {
        "ours": int((met & ~columns.theirs).sum()),
        "theirs": int((met & columns.theirs).sum()),
    }
    faults = np.bincount(columns.fault[met], minlength=3)
    counted = {
        "side": sides,
        "kind": _counted(columns.kind[met], columns.kinds),
        "custodian": _counted(columns.custodian[met], columns.custodians),
        "fault": {"none": int(faults[0]), "partly": int(faults[1]), "lost": int(faults[2])},
    }
    opened = met & view.mask(Right.OPEN)
    if opened.any():
        coded, blind = view.standing.values.coded.coded("yes"), blind_to(room, view)
        done = int((opened & (coded if blind is None else coded & ~blind)).sum())
        counted["coded"] = {"yes": done, "no": int(opened.sum()) - done}
    return {
        name: sorted(
            ((value, n) for value, n in values.items() if n), key=lambda pair: (-pair[1], pair[0])
        )
        for name, values in counted.items()
    }


def _counted(numbers: Numbers, names: Sequence[str]) -> dict[str, int]:
    counts = np.bincount(numbers, minlength=len(names))
    return {name: int(count) for name, count in zip(names, counts)}


def histogram(room: Room, seer: Seer, query: str = "") -> tuple[list[tuple[int, int]], int]:
    """Return (days since 1970-01-01, documents) of a result in order; and how many have no day."""
    view = room.view(seer)
    days = view.standing.columns.day[found(room, view, query).met]
    known, counts = np.unique(days[days != NO_DAY], return_counts=True)
    return list(zip(known.tolist(), counts.tolist())), int((days == NO_DAY).sum())
