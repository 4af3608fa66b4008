"""The gate of what would go out next, as somebody in a room is shown it.

Of documents that are not shown to them there is no row, no count and no light. Only `produce`, on
the machine where the matter lies, asks of everything.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from forthwith.domain.gate import Gate, Look, Rule, SampledPage
from forthwith.domain.users import Right, Seer
from forthwith.record import redactions
from forthwith.review.privilege import claims as privilege_claims
from forthwith.review.privilege.gate import twins_among
from forthwith.standards import loader
from forthwith.workflows import gate as desk
from forthwith.workflows import produce as producing
from forthwith.workflows.gate import Draft
from forthwith.workflows.produce import ProductionOptions
from forthwith.workflows.progress import SILENT, Progress
from forthwith.workflows.room import conflicts, sampling, screen
from forthwith.workflows.room.room import Room, View

#: Seconds a page waits for rules that read every document, before it says that they are being read.
_PATIENCE = 8.0
#: Answers kept at a time: one for each person at work.
_KEPT = 16


@dataclass(frozen=True, slots=True)
class Shown:
    """The gate as far as it is known, and the pages to look at."""

    gate: Gate
    #: False while the documents are still being read.
    whole: bool


def draft_of(view: View, options: ProductionOptions, progress: Progress = SILENT) -> Draft:
    """Return what would go out, of what is shown to somebody. Raises RefusedError.

    Raises what the choice of documents refuses.
    """
    sampling.require(view.seer)
    opened, place = view.mask(Right.OPEN), view.standing.columns.place

    def is_shown(control: str) -> bool:
        at = place.get(control)
        return at is not None and bool(opened[at])

    case = view.room.case
    standard = loader.load(options.standard or case.settings.standard, case.folder)
    before = producing.sealed_before(case)
    documents = [
        document
        for document in producing.chosen_documents(case, options, before)
        if is_shown(document.control_number)
    ]
    going = {document.control_number for document in documents}
    withheld = privilege_claims.withheld(case.claims, documents)
    return Draft(
        case,
        options.volume,
        standard,
        documents,
        withheld,
        partial(conflicts.open_conflicts, case, going),
        partial(twins_among, case.acts, case.table, case.documents, going - withheld.keys()),
        partial(screen.undecided_strong, case, going - withheld.keys()),
        partial(producing.readings, case, standard, progress),
        partial(sampling.sample, view),
        is_shown,
    )


def ask(room: Room, seer: Seer, options: ProductionOptions, progress: Progress = SILENT) -> Gate:
    """Return the gate of what would go out, of what is shown to somebody. As `draft_of`."""
    draft = draft_of(room.view(seer), options, progress)
    return desk.ask(draft, options.accept_rule, options.reason)


def sample_of(room: Room, seer: Seer, options: ProductionOptions) -> tuple[SampledPage, ...]:
    """Return the pages drawn to be looked at, with the looks that count. As `draft_of`."""
    view = room.view(seer)
    return sampling.sample(view, draft_of(view, options))


def look(
    room: Room,
    seer: Seer,
    options: ProductionOptions,
    control: str,
    page: int,
    *,
    good: bool,
    note: str = "",
    seen: str = "",
) -> Look:
    """Keep that somebody looked at a page of the sample. As `draft_of` and `sampling.look`."""
    view = room.view(seer)
    draft = draft_of(view, options)
    return sampling.look(view, draft, [(control, page)], good=good, note=note, seen=seen)[0]


_Kept = OrderedDict[tuple[str, str], tuple[tuple[object, ...], object, Future[tuple[Rule, ...]]]]
_kept_of: WeakKeyDictionary[Room, _Kept] = WeakKeyDictionary()
_keeping = threading.Lock()


def waited(room: Room, seer: Seer, options: ProductionOptions) -> Shown:
    """Return the gate as `ask` does, without making a page wait for a matter of many documents.

    What reads every document is read behind, once until something it rests on changes.
    """
    view = room.view(seer)
    draft = draft_of(view, options)
    with room.matter.engine.connect() as connection:
        drawn = redactions.changes(connection)
    case = room.case
    key = (view.key, id(case), drawn, room.codings.changes(), room.batches.changes())
    asked = (seer.user.id, f"{options.where}\n{options.query}\n{options.standard}")
    with _keeping:
        kept = _kept_of.setdefault(room, OrderedDict())
        known = kept.get(asked)
        if known is None or known[0] != key or (known[2].done() and known[2].exception()):
            future: Future[tuple[Rule, ...]] = Future()
            # What the key names by its address is kept with it: no other can have that address.
            known = kept[asked] = (key, case, future)
            threading.Thread(target=_behind, args=(draft, future), daemon=True).start()
        kept.move_to_end(asked)
        while len(kept) > _KEPT:
            kept.popitem(last=False)
    sample = sampling.sample(view, draft)
    rules: tuple[Rule, ...] = ()
    whole = True
    try:
        rules = known[2].result(_PATIENCE)
    except NotYet:
        whole = False
    rules = desk.with_sample(rules, draft, sample)
    gate = Gate(options.volume, draft.digest, len(draft.documents), rules, sample)
    return Shown(gate, whole)


def _behind(draft: Draft, future: Future[tuple[Rule, ...]]) -> None:
    try:
        future.set_result(desk.without_sample(draft))
    except BaseException as error:  # noqa: BLE001 - whoever waits is told the same
        future.set_exception(error)


def day(room: Room) -> date:
    """Return the day it is in the matter's zone."""
    return date.fromisoformat(room.today())


def gate_json(found: Gate) -> dict[str, Any]:
    """Return a gate as plain data, keys as documented in docs/commands.md."""
    return {
        "volume": found.volume,
        "draft": found.draft,
        "documents": found.documents,
        "stops": bool(found.stopping),
        "rules": [
            {
                "name": rule.name.value,
                "words": rule.name.words,
                "light": rule.light.value,
                "stops": rule.stops,
                "may_accept": rule.name.may_accept,
                "accepted": rule.accepted,
                "sentence": rule.sentence,
                "cure": rule.cure,
                "documents": list(rule.documents),
            }
            for rule in found.rules
        ],
        "sample": [page_json(page) for page in found.sample],
    }


def page_json(page: SampledPage) -> dict[str, Any]:
    """Return one page of a sample as plain data."""
    return {
        "control": page.control,
        "page": page.page,
        "redacted": page.redacted,
        **look_json(page.look),
    }


def look_json(look: Look | None) -> Mapping[str, str]:
    """Return what somebody said of a page; empty where nobody did."""
    if look is None:
        return {"verdict": "", "note": "", "who": "", "at": ""}
    return {"verdict": look.verdict.value, "note": look.note, "who": look.who, "at": look.at}
