"""What stands of the codings, by place, as queries and lists ask of it: flags and numbers.

Made of `record.codings` and kept in step with it: a save changes its own document alone. The values
of a mark that offers choices each have a column; of a text only whether there is any.
"""

from __future__ import annotations

import threading

import numpy as np

from forthwith.domain.coding import Coding, Form, MarkKind, Pass
from forthwith.domain.users import Side
from forthwith.record.codings import Codings
from forthwith.record.forms import NoFormError
from forthwith.record.room_store import Columns, Flags, Numbers
from forthwith.review.coding import forms
from forthwith.review.coding.forms import NOTHING_CLAIMED, PROPOSED

_PASSES = tuple(Pass)


class Coded:
    """The codings that stand over one set of documents."""

    def __init__(self, columns: Columns, codings: Codings) -> None:
        self._columns, self._codings = columns, codings
        self._lock = threading.Lock()
        self._last = 0
        self._forms: dict[tuple[str, int], Form | None] = {}
        #: (mark, value) in small letters -> where it stands; value "" is any.
        self._marks: dict[tuple[str, str], Flags] = {}
        self._coders: dict[str, int] = {}
        count = len(columns)
        #: Number of the coding that stands, in the order saved; 0 where there is none.
        self.ids = np.zeros(count, np.int64)
        self._who: Numbers = np.full(count, -1, np.int32)
        self._pass = np.full(count, -1, np.int8)
        #: What is coded, or proposed, as privileged; and a number that grows when that changes.
        self.privileged: Flags = np.zeros(count, np.bool_)
        self.privileged_version = 0

    def refreshed(self) -> Coded:
        """Take in what was saved since, by whatever process; returns itself."""
        with self._lock:
            for coding in self._codings.since(self._last):
                self._last = max(self._last, coding.id)
                place = self._columns.place.get(coding.control)
                if place is not None and coding.id > self.ids[place]:
                    self._take_in(place, coding)
        return self

    @property
    def version(self) -> int:
        """Return the number of the last coding taken in."""
        return self._last

    def coded(self, value: str) -> Flags:
        """Return what is coded: "yes", "no", or by the pass of the coding that stands."""
        if value in {"yes", "no"}:
            return np.asarray((self.ids > 0) == (value == "yes"))
        return np.asarray(self._pass == _PASSES.index(Pass(value)))

    def mark(self, name: str, value: str = "") -> Flags:
        """Return where a mark has a value, "" for any."""
        found = self._marks.get((name, value))
        return self._none() if found is None else found.copy()

    def by(self, login: str) -> Flags:
        """Return what somebody's coding stands on; "" is nobody."""
        number = self._coders.get(login)
        return self._none() if number is None else np.asarray(self._who == number)

    def _none(self) -> Flags:
        return np.zeros(len(self.ids), np.bool_)

    def _take_in(self, place: int, coding: Coding) -> None:
        if self.ids[place]:
            for flags in self._marks.values():
                flags[place] = False
        self.ids[place] = coding.id
        self._who[place] = self._coders.setdefault(coding.who.casefold(), len(self._coders))
        self._pass[place] = _PASSES.index(coding.pass_)
        form = self._form(coding)
        privileged = False
        for key, value in coding.body.items():
            mark = form.mark(key.removeprefix(PROPOSED)) if form else None
            name = key.casefold()
            self._set(place, name, "")
            if mark is None or mark.kind is MarkKind.TEXT:
                continue
            values = (
                value if isinstance(value, tuple) else ("yes" if value is True else str(value),)
            )
            for chosen in values:
                self._set(place, name, chosen.casefold())
            privileged |= mark.privilege and not NOTHING_CLAIMED.issuperset(values)
        if privileged != self.privileged[place]:
            flags = self.privileged.copy()
            flags[place] = privileged
            self.privileged, self.privileged_version = flags, coding.id

    def _set(self, place: int, name: str, value: str) -> None:
        flags = self._marks.get((name, value))
        if flags is None:
            flags = self._marks[name, value] = self._none()
        flags[place] = True

    def _form(self, coding: Coding) -> Form | None:
        key = (coding.form, coding.form_version)
        if key not in self._forms:
            try:
                self._forms[key] = self._codings.form(*key)
            except NoFormError:
                # Coded before the team put a form of its own.
                started = coding.form in list(Side)
                self._forms[key] = forms.default(Side(coding.form)) if started else None
        return self._forms[key]
