"""Who may do what in a review, asked by every desk of it: passes, walls, what is still blind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from forthwith.domain.batches import Batch, BatchState
from forthwith.domain.coding import Coding, Pass, decisions, undoing
from forthwith.domain.users import RIGHTS, Grant, Right, Role, Seer, User, in_force
from forthwith.record.room_store import Flags
from forthwith.workflows.room.room import RefusedError, Room


def by(seer: Seer) -> tuple[str, str]:
    """Return who acts, as the journal names them."""
    return seer.user.login, seer.known_by


def require(seer: Seer, right: Right, what: str) -> None:
    """Refuse somebody none of whose roles has a right. Raises RefusedError."""
    if seer.user.disabled_at or not seer.may(right):
        raise RefusedError(
            f"{seer.user.login} may not {what}: no role of theirs has the right to {right.value}. "
            "Ask whoever leads the review."
        )


def right_of(pass_: Pass) -> Right:
    """Return the right that coding in a pass wants."""
    return Right.CODE if pass_ is Pass.FIRST else Right.OVERTURN


def may_read(seer: Seer, pass_: Pass, batch: str = "") -> bool:
    """Say whether a role of theirs may code in a pass (in a batch), over whatever documents."""
    return any(
        right_of(pass_) in RIGHTS[grant.role]
        and (not grant.scope.passes or pass_ in grant.scope.passes)
        and (not batch or not grant.scope.batches or batch in grant.scope.batches)
        for grant in seer.grants
    )


def unwalled(room: Room, user: User) -> Flags:
    """Return, by place, what neither a wall nor a claw-back takes from somebody."""
    grants = in_force(room.users.grants(user.id), room.today())
    walls = tuple(grant for grant in grants if grant.role is Role.WALL)
    anybody = replace(user, disabled_at="")
    return room.mask(Seer(anybody, (Grant(user.id, Role.LEAD), *walls), ""), Right.LIST)


def shown_of(room: Room, flags: Flags, controls: tuple[str, ...]) -> list[str]:
    """Return those control numbers whose documents are flagged, in order."""
    place = room.standing().columns.place
    return [
        control
        for control in controls
        if (at := place.get(control)) is not None and bool(flags[at])
    ]


def hidden(room: Room, seer: Seer) -> Callable[[str], bool]:
    """Return what says of a document whether its coding is not shown to somebody yet.

    In a batch of quality control, and of second level where the form says blind, the first coding
    is shown only after one's own is saved. It is hidden from whoever has the batch or is offered
    it, and, by a blind form, from who is second level and no lead.
    """
    login = seer.user.login
    standing = room.codings.standing()
    own_batches: dict[str, Batch] = {}
    for batch in room.batches.every():
        theirs = batch.holder == login and batch.state is not BatchState.OPEN
        offered = login in batch.offered and batch.state is BatchState.OPEN
        if batch.pass_ is not Pass.FIRST and (theirs or offered):
            own_batches |= dict.fromkeys(room.batches.documents(batch.id), batch)
    second = Role.SECOND in seer.roles and Role.LEAD not in seer.roles
    blind_forms = {(form.id, form.version) for form in room.codings.forms() if form.blind}

    def by_form(coding: Coding) -> bool:
        return (coding.form, coding.form_version) in blind_forms

    def is_hidden(control: str) -> bool:
        coding = standing.get(control)
        if coding is None or coding.who == login:
            return False
        batch = own_batches.get(control)
        blind = (batch is not None and batch.pass_ is Pass.QC) or by_form(coding)
        if not blind or (batch is None and not second):
            return False
        return not any(
            own.who == login and own.pass_ is not Pass.FIRST
            for own in room.codings.history(control)
        )

    return is_hidden


def coded_in(room: Room, batch: Batch, control: str) -> bool:
    """Say whether a document of a batch is coded as the batch wants it.

    In a first pass, whoever coded it, and where the batch was opened again, since then; later, by
    a coding made in the batch. One that was taken back counts for nothing.
    """
    coding = room.codings.standing().get(control)
    if coding is None or not coding.body:
        return False
    after = batch.reread.after if batch.reread and control in batch.reread.documents else None
    if after is None and batch.pass_ is Pass.FIRST:
        return True

    def counts(made: Coding) -> bool:
        return made.id > after if after is not None else made.batch == batch.id

    if counts(coding) and coding.because != undoing(coding.version - 1):
        return True
    return coding.version > 1 and any(map(counts, decisions(room.codings.history(control))))
