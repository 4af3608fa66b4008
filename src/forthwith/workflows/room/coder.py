"""Somebody about to save codings: what they may do to which document, asked before every save."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np

from forthwith.domain.batches import Batch
from forthwith.domain.coding import Coding, Form, Pass, Value
from forthwith.domain.errors import ForthwithError
from forthwith.domain.users import Right, Seer, Side
from forthwith.plain.counting import count
from forthwith.record.codings import Save
from forthwith.record.room_store import Columns, Flags
from forthwith.review.coding import forms
from forthwith.workflows.room import forms as room_forms
from forthwith.workflows.room import reach
from forthwith.workflows.room.room import RefusedError, Room

#: Values a change may have: None takes a mark away.
Changes = Mapping[str, Value | None]
_SHOWN = 5


class MissingMarksError(ForthwithError):
    """A form's rule is unmet."""

    def __init__(self, missing: Sequence[str], documents: Sequence[str]) -> None:
        self.missing = tuple(missing)
        where = f" on {some(documents)}" if documents else ""
        are = "is" if len(missing) == 1 else "are"
        super().__init__(
            f"Nothing was saved: {', '.join(missing)} {are} required and not answered{where}. "
            f"Answer it, as in {missing[0]}=…"
        )


class AnswerError(ForthwithError):
    """An answer is none the form offers, or no answer at all."""


class PassError(ForthwithError):
    """There is no such pass."""

    def __init__(self, given: str) -> None:
        super().__init__(f"There is no pass {given!r}: give first, second or qc.")


class BecauseError(ForthwithError):
    """Somebody's coding would be overturned without a reason."""

    def __init__(self, documents: Sequence[str], who: str) -> None:
        super().__init__(
            f"Nothing was saved: {some(documents)} {'is' if len(documents) == 1 else 'are'} coded "
            f"otherwise by {who}. Overturning it needs a reason: --because …"
        )


@dataclass(frozen=True, slots=True)
class Saved:
    """What was saved."""

    codings: tuple[Coding, ...]
    #: The next document of the batch that is not coded yet; "" for none, or outside a batch.
    next: str
    #: Members of the family that stand coded otherwise, and were left as they are.
    kept: tuple[str, ...] = ()

    @property
    def version(self) -> int:
        """The version of the document that was saved first."""
        return self.codings[0].version if self.codings else 0


def answers(form: Form, given: Mapping[str, Any]) -> dict[str, Value]:
    """Read marks as they come from a page or a command. Raises AnswerError."""
    return {name: value for name, value in changes(form, given).items() if value is not None}


def changes(form: Form, given: Mapping[str, Any]) -> dict[str, Value | None]:
    """Read changes of marks; blank, false and None take one away. Raises AnswerError."""
    read: dict[str, Value | None] = {}
    for name, value in given.items():
        if value is None or value is False or value == "" or value == [] or value == ():
            read[name] = None
        elif isinstance(value, str | bool):
            mark = form.mark(name)
            many = mark is not None and mark.kind == "many" and isinstance(value, str)
            read[name] = (value,) if many and isinstance(value, str) else value
        elif isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
            read[name] = tuple(value)
        else:
            raise AnswerError(f"{name} cannot be {value!r}: give a word, a list of words or true.")
        if isinstance(value, str) and any(map(_steering, value)):
            raise AnswerError(f"{name} holds a sign that no text should have; type it again.")
    present = {name: value for name, value in read.items() if value is not None}
    known = {mark.name for mark in form.marks}
    for name in read:
        if name not in known:
            raise AnswerError(forms.unknown(form, {name: ""})[0])
    if wrong := forms.unknown(form, present):
        raise AnswerError(" ".join(wrong))
    return read


def _steering(sign: str) -> bool:
    """Say whether a sign steers a terminal, or is half of one; blanks of every script are text."""
    return unicodedata.category(sign) in {"Cc", "Cs"} and sign not in "\n\r\t"


@dataclass(frozen=True, slots=True)
class Coder:
    """One person about to save."""

    room: Room
    seer: Seer
    #: The pass asked for; "" for whichever the document is in.
    given: str
    columns: Columns
    #: By place, where they may code, overturn, and claim privilege.
    codable: Flags
    overturnable: Flags
    claimable: Flags
    held: Batch | None
    in_held: frozenset[str]
    #: Whether a coding is still hidden from them.
    is_hidden: Callable[[str], bool]
    #: What stands, as it is at each moment.
    standing: Mapping[str, Coding]
    _forms: dict[str, Form] = field(default_factory=dict)
    #: By login, what is walled off from whoever coded.
    _walls: dict[str, Flags] = field(default_factory=dict)

    @classmethod
    def of(cls, room: Room, seer: Seer, pass_: str = "") -> Self:
        """Begin. Raises RefusedError, PassError."""
        reach.require(seer, Right.CODE, "code documents")
        if pass_ and pass_ not in list(Pass):
            raise PassError(pass_)
        held = room.batches.held_by(seer.user.login)
        return cls(
            room,
            seer,
            pass_,
            room.standing().columns,
            room.mask(seer, Right.CODE) & room.mask(seer, Right.OPEN),
            room.mask(seer, Right.OVERTURN),
            room.mask(seer, Right.CLAIM),
            held,
            frozenset(room.batches.documents(held.id) if held else ()),
            reach.hidden(room, seer),
            room.codings.standing(),
        )

    def place(self, control: str) -> int:
        """Return where a document to be coded is. Raises NotShownError, RefusedError."""
        place = self.room.place(self.seer, control, Right.OPEN)
        if not self.codable[place]:
            raise RefusedError(
                f"{self.seer.user.login} may read {control} and not code it. Ask whoever leads the "
                "review."
            )
        return place

    def side(self, place: int) -> str:
        """Return whose a document is."""
        return Side.THEIRS if self.columns.theirs[place] else Side.OURS

    def form(self, place: int) -> Form:
        """Return the form a document is coded by."""
        side = self.side(place)
        if side not in self._forms:
            self._forms[side] = room_forms.form_for(self.room, side)
        return self._forms[side]

    def mine(self, standing: Coding | None) -> bool:
        """Say whether what stands is nobody else's decision."""
        return not forms.coded(standing) or (
            standing is not None and standing.who == self.seer.user.login
        )

    def pass_of(self, control: str, standing: Coding | None) -> tuple[Pass, str]:
        """Return the pass and the batch a document is coded in. Raises RefusedError."""
        batch = self.held if self.held and control in self.in_held else None
        if self.given:
            pass_ = Pass(self.given)
        elif batch is not None:
            pass_ = batch.pass_
        elif not self.mine(standing) and self.seer.may(Right.OVERTURN):
            pass_ = Pass.SECOND
        else:
            pass_ = next((pass_ for pass_ in Pass if reach.may_read(self.seer, pass_)), Pass.FIRST)
        if not reach.may_read(self.seer, pass_):
            raise RefusedError(
                f"{self.seer.user.login} may not code in the {pass_} pass: no role of theirs is "
                "assigned to it. Ask whoever leads the review."
            )
        return pass_, batch.id if batch is not None and batch.pass_ is pass_ else ""

    def row(self, place: int, given: Mapping[str, Value], because: str) -> Save:
        """Return what is to be saved of one document, whole.

        Raises RefusedError, MissingMarksError, BecauseError.
        """
        row = self.laid_out(place, given, because)
        if missing := forms.missing(self.form(place), row.body):
            raise MissingMarksError(missing, [row.control])
        standing = self.standing.get(row.control)
        if standing is not None and self.overturns(row, standing):
            refusal = self.refusal([row], [standing.who], because)
            if refusal is not None:
                raise refusal
        return row

    def laid_out(self, place: int, given: Mapping[str, Value], because: str) -> Save:
        """Return what would be saved of one document. Raises RefusedError."""
        form = self.form(place)
        control = self.columns.controls[place]
        standing = self.standing.get(control)
        pass_, batch = self.pass_of(control, standing)
        before = standing.body if standing else {}
        body = forms.decided(form, given, before, claims=bool(self.claimable[place]))
        return Save(
            control,
            standing.version if standing else 0,
            pass_,
            batch,
            form.id,
            form.version,
            body,
            because.strip(),
            bytes(self.columns.read[place]).ljust(16, b"\0").hex(),
        )

    def known(self, control: str) -> Coding | None:
        """Return what stands of a document as far as they may know it; None while blind."""
        return None if self.is_hidden(control) else self.standing.get(control)

    def decides(self, row: Save) -> bool:
        """Say whether saving is a decision, though it may be the one that stands.

        Whoever agrees decides: in a pass asked for or in a batch that wants it read, on a text that
        has changed since, and after somebody from whom the document is walled off now.
        """
        standing = self.standing.get(row.control)
        if dict(row.body) != (dict(standing.body) if standing else {}):
            return True
        if standing is None or not row.body:
            return False
        if self.is_hidden(row.control) or (row.batch and not self.coded_in_held(row.control)):
            return True
        if row.pass_ is Pass.FIRST and not self.mine(standing):
            return False
        asked = self.given != "" and row.pass_ is not Pass.FIRST
        if asked and not (self.mine(standing) and standing.pass_ is row.pass_):
            return True
        return standing.read != row.read or bool(self._walled(standing.who)[self._at(row)])

    def wants(self, control: str) -> bool:
        """Say whether a document is still to be coded: by anybody, or in the batch they have."""
        if (
            self.held is not None
            and control in self.in_held
            and self.given in ("", self.held.pass_)
        ):
            return not self.coded_in_held(control)
        return not forms.coded(self.standing.get(control))

    def coded_in_held(self, control: str) -> bool:
        """Say whether a document of the batch they have is coded as that batch wants it."""
        return self.held is not None and reach.coded_in(self.room, self.held, control)

    def _at(self, row: Save) -> int:
        return self.columns.place[row.control]

    def _walled(self, login: str) -> Flags:
        if login not in self._walls:
            user = self.room.users.by_login(login)
            none = np.zeros(len(self.columns), np.bool_)
            self._walls[login] = ~reach.unwalled(self.room, user) if user else none
        return self._walls[login]

    def rereads(self, row: Save) -> bool:
        """Say whether a batch of a first pass was opened again for this document to be decided."""
        reread = self.held.reread if self.held is not None and row.batch == self.held.id else None
        standing = self.standing.get(row.control)
        return (
            reread is not None
            and row.control in reread.documents
            and standing is not None
            and standing.id <= reread.after
        )

    def overturns(self, row: Save, standing: Coding | None) -> bool:
        """Say whether saving decides otherwise than somebody else did."""
        if self.mine(standing):
            return False
        # To decide a mark as it was proposed is to agree.
        agrees = standing is not None and forms.plain(standing.body) == forms.plain(row.body)
        return not agrees or (row.pass_ is Pass.FIRST and not self.rereads(row))

    def refusal(
        self, rows: Sequence[Save], others: Collection[str], because: str
    ) -> ForthwithError | None:
        """Return why somebody's codings may not be overturned as asked; None where they may.

        Who is blind cannot know that they overturn, so no reason is asked of them.
        """
        places = [self.columns.place[row.control] for row in rows]
        denied = [
            row.control
            for row, place in zip(rows, places, strict=True)
            if not self.rereads(row) and (not self.overturnable[place] or row.pass_ is Pass.FIRST)
        ]
        if denied:
            return RefusedError(
                f"Nothing was saved: {some(denied)} {'is' if len(denied) == 1 else 'are'} coded by "
                f"somebody else, and {self.seer.user.login} may not overturn it"
                + (
                    " in the first pass. Take the pass second or qc."
                    if self.seer.may(Right.OVERTURN)
                    else ". Ask whoever leads the review."
                )
            )
        seen = [row.control for row in rows if not self.is_hidden(row.control)]
        if seen and not because.strip():
            return BecauseError(seen, ", ".join(sorted(others)))
        return None

    def saved(self, rows: Sequence[Save], control: str = "") -> Saved:
        """Save rows together. Raises StaleError, CodingError, DatabaseError."""
        kept: dict[str, Form] = {}
        ready = []
        for row in rows:
            if not row.form_version:
                # The form a room starts with is kept with the first coding by it.
                if row.form not in kept:
                    kept[row.form] = room_forms.kept(self.room, forms.default(row.form), self.seer)
                row = replace(row, form_version=kept[row.form].version)
            ready.append(row)
        touched = self.held.id if self.held and self.in_held & {row.control for row in rows} else ""
        codings = tuple(self.room.codings.save(ready, reach.by(self.seer), touched))
        return Saved(codings, self.next(control, {row.control for row in rows}))

    def next(self, control: str, done: Collection[str] = ()) -> str:
        """Return the next document of one's batch that is not coded in it; "" for none."""
        if self.held is None or control not in self.in_held:
            return ""
        every = self.room.batches.documents(self.held.id)
        after = every.index(control) + 1
        for number in (*every[after:], *every[:after]):
            place = self.columns.place.get(number)
            if place is None or not self.codable[place] or number in done:
                continue
            if not self.coded_in_held(number):
                return number
        return ""


def some(numbers: Sequence[str]) -> str:
    """Return a few control numbers, and how many more there are."""
    more = len(numbers) - _SHOWN
    return ", ".join(numbers[:_SHOWN]) + (f" and {count(more, 'more', 'more')}" if more > 0 else "")
