"""The forms of a room: the team's own, and those it starts with."""

from __future__ import annotations

from forthwith.domain.coding import Form
from forthwith.domain.users import Right, Role, Seer, Side
from forthwith.record.forms import NoFormError
from forthwith.review.coding import forms
from forthwith.workflows.room import reach
from forthwith.workflows.room.room import RefusedError, Room


def form_for(room: Room, side: str) -> Form:
    """Return the form for documents of a side: the team's, else the one a room starts with."""
    every = [form for form in room.codings.forms() if form.side in (side, "")]
    own = [form for form in every if form.id == side] or [form for form in every if form.side]
    return (own or every)[-1] if every else forms.default(side)


def form_of(room: Room, form: str, version: int) -> Form:
    """Return the form a coding was made by; the one a room starts with where it is gone."""
    try:
        return room.codings.form(form, version)
    except NoFormError:
        return forms.default(form if form in list(Side) else Side.OURS)


def show_form(room: Room, seer: Seer, name: str) -> Form:
    """Return a form as it stands; those a room starts with need not be put first.

    Raises RefusedError, NoFormError.
    """
    reach.require(seer, Right.LIST, "see forms")
    if name in list(Side) and name not in {form.id for form in room.codings.forms()}:
        return forms.default(name)
    return room.codings.form(name)


def every(room: Room, seer: Seer) -> list[Form]:
    """Return the forms documents are coded by now, ours first. Raises RefusedError."""
    reach.require(seer, Right.LIST, "see forms")
    used = [form_for(room, side) for side in Side]
    others = [form for form in room.codings.forms() if form not in used]
    if used[0] == used[1]:
        used = used[:1]
    return [*used, *others]


def put_form(room: Room, seer: Seer, data: bytes, name: str) -> Form:
    """Keep a form as its next version. Raises FormError, RefusedError."""
    reach.require(seer, Right.MANAGE, "change forms")
    return keep(room, seer, forms.read(data, name))


def keep(room: Room, seer: Seer, form: Form) -> Form:
    """Keep a form that was read as its next version. Raises RefusedError."""
    reach.require(seer, Right.MANAGE, "change forms")
    if form.side != Side.THEIRS and Role.LEAD not in seer.roles:
        raise RefusedError(
            f"{seer.user.login} may change forms for received documents only: the form {form.id} "
            f'has {form.side or "no"} side. Say side = "theirs" in it.'
        )
    return room.codings.put_form(form, reach.by(seer))


def kept(room: Room, form: Form, seer: Seer) -> Form:
    """Return a form that codings can name: the one a room starts with is kept with the first."""
    return form if form.version else room.codings.put_form(form, reach.by(seer))
