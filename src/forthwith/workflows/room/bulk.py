"""Coding many documents: first a preview, then what was previewed or nothing.

The token of a preview is a digest of the documents with the versions of their codings, the bodies
they would have and the form they are by. So what is saved is what was looked at.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from forthwith.domain.coding import Coding
from forthwith.domain.errors import ForthwithError
from forthwith.domain.users import Right, Seer, Side
from forthwith.plain.counting import count
from forthwith.record.codings import Save
from forthwith.review.coding import forms, suggestions
from forthwith.review.coding.conflicts import Conflict
from forthwith.workflows.room import conflicts
from forthwith.workflows.room.coder import AnswerError, Changes, Coder, MissingMarksError, Saved
from forthwith.workflows.room.coder import changes as read_changes
from forthwith.workflows.room.coding import suggester
from forthwith.workflows.room.forms import form_for
from forthwith.workflows.room.room import NotShownError, Room

#: Documents of a preview named one by one.
_SHOWN = 5


class PreviewError(ForthwithError):
    """What was previewed is not what would be saved now."""

    def __init__(self, preview: Preview) -> None:
        self.preview = preview
        super().__init__(
            "Nothing was saved: the documents, their codings or what was asked for have changed "
            f"since the preview. It would be {count(preview.documents, 'document')} now. Look at "
            "the new preview, then save with its token."
        )


@dataclass(frozen=True, slots=True)
class Selection:
    """Documents of a bulk act: by query, by number, or those to which something is suggested."""

    query: str = ""
    controls: tuple[str, ...] = ()
    suggested: bool = False
    #: Whole families of what is found.
    families: bool = False
    #: "ours", "theirs"; "" for documents of both.
    side: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a bulk save would do; the token binds documents, versions and body."""

    token: str
    #: Documents that would be saved, and the families they are of.
    documents: int
    families: int
    #: Of these, not coded before; coded before by whoever saves; by others, and so overturned.
    uncoded: int
    own: int
    overturned: int
    #: And of these, coded so already, and decided so once more by whoever saves.
    confirmed: int
    #: Found and left out: coded so already; not theirs to code; lacking a required mark where each
    #: document has its own answers.
    unchanged: int
    not_theirs: int
    incomplete: int
    #: Privilege marks that would be proposed only.
    proposed: int
    #: Families of which some members would be saved and others not.
    split_families: int
    #: Conflicts that saving would open.
    conflicts: tuple[str, ...]
    #: Required marks that lack an answer: mark -> documents.
    missing: Mapping[str, int]
    #: Why it could not be saved as it is; "" where it could.
    refused: str
    #: A few of the documents, the first ones.
    first: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    """A bulk save laid out."""

    saves: tuple[Save, ...]
    preview: Preview
    refusal: ForthwithError | None


def preview(
    room: Room,
    seer: Seer,
    selection: Selection,
    changes: Mapping[str, Any],
    *,
    pass_: str = "",
    because: str = "",
) -> Preview:
    """Return what a bulk save would do. Nothing is written.

    Marks that are not named stay as they stand; None takes one away. Raises NotShownError,
    RefusedError, AnswerError, PassError, and what a query may raise.
    """
    return _plan(room, seer, selection, changes, pass_, because).preview


def sentences(preview: Preview) -> list[str]:
    """Return a preview in words, the same at both doors."""
    documents = count(preview.documents, "document")
    said = [
        f"{documents} of {count(preview.families, 'family', 'families')} would be coded."
        if preview.documents
        else "Nothing would be coded."
    ]
    for number, what in (
        (preview.own, "coded by you before: the earlier coding stays in the history"),
        (preview.overturned, "coded by somebody else, and overturned"),
        (preview.confirmed, "coded so already, and kept as decided so once more"),
        (preview.proposed, "with a privilege mark that is proposed only, for counsel to decide"),
        (preview.unchanged, "coded so already, and left as they are"),
        (preview.not_theirs, "found and left out: not yours to code, or of the other side"),
        (preview.incomplete, "left out: what is suggested lacks a required mark"),
    ):
        if number:
            said.append(f"{number:,} {'is' if number == 1 else 'are'} {what}.")
    if preview.split_families:
        families = count(preview.split_families, "family", "families")
        said.append(f"{families} would be coded in part.")
    if preview.conflicts:
        opened = count(len(preview.conflicts), "conflict")
        said.append(f"{opened} would open: {preview.conflicts[0]}")
    if preview.refused:
        said.append(f"As asked for it cannot be saved. {preview.refused}")
    return said


def bulk(
    room: Room,
    seer: Seer,
    selection: Selection,
    changes: Mapping[str, Any],
    token: str,
    *,
    pass_: str = "",
    because: str = "",
) -> Saved:
    """Save what was previewed, all of it or nothing.

    Raises PreviewError where it is not what was previewed, StaleError, MissingMarksError,
    BecauseError, RefusedError, and as `preview`.
    """
    plan = _plan(room, seer, selection, changes, pass_, because)
    if token != plan.preview.token:
        raise PreviewError(plan.preview)
    if plan.refusal is not None:
        raise plan.refusal
    coder = Coder.of(room, seer, pass_)
    return coder.saved(plan.saves, plan.saves[-1].control)


def _plan(
    room: Room,
    seer: Seer,
    selection: Selection,
    changes: Mapping[str, Any],
    pass_: str,
    because: str,
) -> _Plan:
    coder = Coder.of(room, seer, pass_)
    found, not_theirs = _selected(coder, selection)
    changed = _changes(room, coder, found, selection, changes)
    rows: list[Save] = []
    counts: Counter[str] = Counter()
    missing: Counter[str] = Counter()
    lacking: list[str] = []
    overturned: list[Save] = []
    others: set[str] = set()
    for place, own in changed:
        control = coder.columns.controls[place]
        # Of what they may not know yet nothing is taken over, and nothing is told.
        standing = coder.known(control)
        form = coder.form(place)
        row = coder.laid_out(place, forms.merged(standing.body if standing else {}, own), because)
        if not coder.decides(row):
            counts["unchanged"] += 1
            continue
        if gone := forms.missing(form, row.body):
            if selection.suggested:
                counts["incomplete"] += 1
                continue
            missing.update(gone)
            lacking.append(control)
        if coder.overturns(row, coder.standing.get(control)):
            overturned.append(row)
        kind = _kind(coder, row, standing)
        counts[kind] += 1
        if kind == "overturned" and standing is not None:
            others.add(standing.who)
        counts["proposed"] += any(name.startswith(forms.PROPOSED) for name in row.body)
        rows.append(row)
    refusal: ForthwithError | None = None
    if not rows:
        refusal = AnswerError(
            "Nothing was saved: nothing would change. Every document found is coded so already, or "
            "is not yours to code."
        )
    elif missing:
        refusal = MissingMarksError([*missing], lacking)
    elif overturned:
        refusal = coder.refusal(overturned, others, because)
    opened = conflicts.opened_by(room, seer, rows) if rows else []
    tops = [int(coder.columns.top[coder.columns.place[row.control]]) for row in rows]
    result = Preview(
        _token(seer, selection, changes, because, rows, opened),
        len(rows),
        len(set(tops)),
        counts["uncoded"],
        counts["own"],
        counts["overturned"],
        counts["confirmed"],
        counts["unchanged"],
        not_theirs,
        counts["incomplete"],
        counts["proposed"],
        _split(coder, rows),
        tuple(row.message for row in opened),
        dict(missing),
        str(refusal or ""),
        tuple(row.control for row in rows[:_SHOWN]),
    )
    return _Plan(tuple(rows), result, refusal)


def _kind(coder: Coder, row: Save, standing: Coding | None) -> str:
    """Return under which count of a preview a save falls, over what its coder may know stands."""
    if standing is None or not forms.coded(standing):
        return "uncoded"
    if forms.plain(standing.body) == forms.plain(row.body):
        return "confirmed"
    return "own" if coder.mine(standing) else "overturned"


def _selected(coder: Coder, selection: Selection) -> tuple[list[int], int]:
    """Return the places to code, in order, and how many were found that are not theirs to code."""
    columns = coder.columns
    listed = coder.room.mask(coder.seer, Right.LIST)
    flags = np.zeros(len(columns), np.bool_)
    for control in selection.controls:
        place = columns.place.get(control)
        if place is None or not listed[place]:
            raise NotShownError(f"document {control}")
        flags[place] = True
    if selection.query:
        flags |= coder.room.standing().searcher.ask(selection.query).met.astype(bool)
    if selection.suggested:
        waiting = list(suggester(coder.room, coder.seer).waiting())
        if selection.query or selection.controls:
            among = np.zeros(len(columns), np.bool_)
            among[waiting] = True
            flags &= among
        else:
            flags[waiting] = True
    flags &= listed
    if selection.families:
        tops = np.zeros(len(columns), np.bool_)
        tops[columns.top[flags]] = True
        flags = tops[columns.top] & listed
    theirs = flags & coder.codable
    if selection.side:
        theirs &= columns.theirs == (selection.side == Side.THEIRS)
    return np.flatnonzero(theirs).tolist(), int(flags.sum() - theirs.sum())


def _changes(
    room: Room,
    coder: Coder,
    found: Sequence[int],
    selection: Selection,
    changes: Mapping[str, Any],
) -> list[tuple[int, Changes]]:
    """Return what changes of each document. Raises AnswerError."""
    if selection.suggested:
        if changes:
            raise AnswerError("Suggestions are accepted as they are: name no marks besides.")
        suggest = suggester(room, coder.seer)
        return [(place, suggestions.body(suggest.to(place))) for place in found]
    if not changes:
        raise AnswerError("Name a mark and its value, as in responsive=yes.")
    by_side: dict[str, Changes] = {}
    for place in found:
        if (side := coder.side(place)) not in by_side:
            by_side[side] = read_changes(form_for(room, side), changes)
    if not found:
        # A slip in a mark shows at once, whatever was found.
        read_changes(form_for(room, Side.OURS), changes)
    return [(place, by_side[coder.side(place)]) for place in found]


def _split(coder: Coder, rows: Sequence[Save]) -> int:
    """Count families of which some shown members are saved and others not."""
    if not rows:
        return 0
    columns = coder.columns
    saved = np.zeros(len(columns), np.bool_)
    saved[[columns.place[row.control] for row in rows]] = True
    rest = coder.room.mask(coder.seer, Right.LIST) & ~saved
    return len(np.intersect1d(columns.top[saved], columns.top[rest]))


def _token(
    seer: Seer,
    selection: Selection,
    changes: Mapping[str, Any],
    because: str,
    rows: Sequence[Save],
    opened: Sequence[Conflict],
) -> str:
    about = {
        "who": seer.user.login,
        "selection": asdict(selection),
        "changes": changes,
        "because": because,
        "conflicts": [[row.kind, row.documents] for row in opened],
        "rows": [
            [row.control, row.expected_version, row.pass_, row.batch, row.form, row.form_version,
             dict(row.body), row.read]
            for row in rows
        ],
    }  # fmt: skip
    text = json.dumps(about, sort_keys=True, ensure_ascii=True, default=list)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
