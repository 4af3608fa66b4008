"""Coding a document: saved, saved with its family, shown, taken back.

Rights and walls are asked here, for both doors and for every way to save. Nothing is half done: a
save of many documents is one save, and refused as one.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from forthwith.domain.coding import Coding, Value, undoing
from forthwith.domain.errors import ForthwithError
from forthwith.domain.users import Right, Seer
from forthwith.record.codings import Save, StaleError
from forthwith.review.coding import forms
from forthwith.review.coding.related import Related
from forthwith.review.coding.suggestions import Suggester, Suggestion
from forthwith.workflows.room import reach
from forthwith.workflows.room.coder import Coder, Saved, some
from forthwith.workflows.room.coder import answers as read_answers
from forthwith.workflows.room.forms import form_of
from forthwith.workflows.room.room import RefusedError, Room


class NothingToUndoError(ForthwithError):
    """There is no save of theirs that could be taken back."""


def save(
    room: Room,
    seer: Seer,
    control: str,
    answers: Mapping[str, Any],
    expected: int,
    *,
    pass_: str = "",
    because: str = "",
) -> Saved:
    """Save all marks of one document over the version that was looked at.

    Raises NotShownError, RefusedError, StaleError (its `theirs` is empty while blind), AnswerError,
    PassError, MissingMarksError, BecauseError.
    """
    coder, place, given = _looked_at(room, seer, control, answers, expected, pass_)
    return coder.saved([coder.row(place, given, because)], control)


def save_family(
    room: Room,
    seer: Seer,
    control: str,
    answers: Mapping[str, Any],
    expected: int,
    *,
    pass_: str = "",
    because: str = "",
) -> Saved:
    """Save the same marks for a document and every member of its family that nobody coded.

    Members that are coded stay as they are, and are named where they are coded otherwise; where the
    batch wants them read again, those that are coded alike are decided so once more, and so are
    those whose coding is not shown yet. Members that are not theirs to code stay out. Raises as
    `save`.
    """
    coder, place, given = _looked_at(room, seer, control, answers, expected, pass_)
    rows, kept = [coder.row(place, given, because)], []
    related = Related.of(coder.columns)
    for member in related.family(place):
        number = coder.columns.controls[member]
        if member == place or not coder.codable[member]:
            continue
        coding = coder.known(number)
        alike = coding is not None and forms.plain(coding.body) == given
        if forms.coded(coding) and not alike:
            kept.append(number)
        elif coder.side(member) == coder.side(place) and coder.wants(number):
            rows.append(coder.row(member, given, because))
    return replace(coder.saved(rows, control), kept=tuple(kept))


def _looked_at(
    room: Room, seer: Seer, control: str, answers: Mapping[str, Any], expected: int, pass_: str
) -> tuple[Coder, int, dict[str, Value]]:
    """Return who is about to save over the version they looked at, the place, and their answers."""
    coder = Coder.of(room, seer, pass_)
    place = coder.place(control)
    standing = coder.standing.get(control)
    if (standing.version if standing else 0) != expected:
        theirs = [standing] if standing and not coder.is_hidden(control) else []
        raise StaleError(theirs, [control])
    return coder, place, read_answers(coder.form(place), answers)


def last(room: Room, seer: Seer) -> dict[str, Value]:
    """Return the marks somebody saved last, as they answered them; {} before their first."""
    saved = room.codings.last_save(seer.user.login)
    return forms.plain(saved[-1].body) if saved else {}


def history(room: Room, seer: Seer, control: str) -> list[Coding]:
    """Return the codings of a document, the first one first; while blind, one's own alone.

    Raises NotShownError.
    """
    room.place(seer, control, Right.OPEN)
    every = room.codings.history(control)
    if reach.hidden(room, seer)(control):
        return [coding for coding in every if coding.who == seer.user.login]
    return every


def now(room: Room, seer: Seer, control: str) -> Coding | None:
    """Return what stands of a document; None where nothing does, or while blind.

    Raises NotShownError.
    """
    room.place(seer, control, Right.OPEN)
    return None if reach.hidden(room, seer)(control) else room.codings.now(control)


def suggested(room: Room, seer: Seer, control: str) -> list[Suggestion]:
    """Return what is suggested to a document nobody has coded. Raises NotShownError."""
    place = room.place(seer, control, Right.OPEN)
    return suggester(room, seer).to(place)


def suggester(room: Room, seer: Seer) -> Suggester:
    """Return what suggests to somebody, from codings they may see."""
    columns = room.standing().columns
    is_hidden = reach.hidden(room, seer)
    form = functools.cache(functools.partial(form_of, room))
    shown = room.mask(seer, Right.OPEN)
    blind = [
        place
        for control in room.codings.standing()
        if is_hidden(control) and (place := columns.place.get(control)) is not None
    ]
    if blind:
        shown = shown.copy()
        shown[blind] = False
    return Suggester(
        Related.of(columns),
        room.codings.standing(),
        form,
        shown,
    )


def undo(room: Room, seer: Seer) -> Saved:
    """Put back what stood before somebody's last save, as a new coding of theirs.

    The documents of a save go back together. Undone again, it stands as it was saved. Raises
    NothingToUndoError, RefusedError, StaleError.
    """
    mine = room.codings.last_save(seer.user.login)
    if not mine:
        raise NothingToUndoError(f"{seer.user.login} has saved nothing that could be undone.")
    codable = room.mask(seer, Right.CODE) & room.mask(seer, Right.OPEN)
    columns = room.standing().columns
    places = [columns.place.get(coding.control) for coding in mine]
    if any(place is None or not codable[place] for place in places):
        raise RefusedError(
            "Nothing was undone: a document of your last save is not yours to code any more. Ask "
            "whoever leads the review."
        )
    claims, stands = room.mask(seer, Right.CLAIM), room.codings.standing()
    saves = []
    for coding, place in zip(mine, places, strict=True):
        standing = stands.get(coding.control)
        if standing is None or standing.id != coding.id:
            raise NothingToUndoError(
                f"Nothing was undone: {coding.control} was coded again since your last save"
                + (
                    f", by {standing.who} at {standing.at}"
                    if standing and not reach.hidden(room, seer)(coding.control)
                    else ""
                )
                + ". Look at it, and code it anew."
            )
        earlier = room.codings.history(coding.control) if coding.previous else []
        before = next((row for row in earlier if row.id == coding.previous), None)
        body = before.body if before else {}
        form = form_of(room, coding.form, coding.form_version)
        if place is not None and not claims[place]:
            # Privilege marks were not theirs to change, and are not now.
            body = {**body, **{
                mark.name: coding.body[mark.name]
                for mark in form.marks if mark.privilege and mark.name in coding.body
            }}  # fmt: skip
        saves.append(
            Save(
                coding.control,
                coding.version,
                coding.pass_,
                coding.batch,
                before.form if before else coding.form,
                before.form_version if before else coding.form_version,
                body,
                undoing(coding.version),
                before.read if before else coding.read,
            )
        )
    held = room.batches.held_by(seer.user.login)
    touched = held.id if held and any(save.batch == held.id for save in saves) else ""
    return Saved(tuple(room.codings.save(saves, reach.by(seer), touched)), mine[0].control)


def undone(saved: Saved) -> str:
    """Say what was taken back, the same at both doors."""
    controls = [coding.control for coding in saved.codings]
    stands = [coding.control for coding in saved.codings if coding.body]
    how = "as it was before" if stands else "not coded any more"
    return f"Undone: {some(controls)} {'is' if len(controls) == 1 else 'are'} {how}."
