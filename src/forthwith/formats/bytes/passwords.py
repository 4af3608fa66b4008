"""Trying the passwords a producing party holds on one encrypted thing, within its time.

A password is spoken of by its number in the list, never by a letter of it. Half of the time an
item may take goes into trying: an unlocking that is made slow on purpose (a hundred thousand rounds
of hashing) leaves part of a long list untried, and the Fault says how many were.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from forthwith.domain.evidence import Fault, FaultReason, Hint
from forthwith.plain.counting import count

#: Part of the time one item may take that goes into trying.
_TRYING = 0.5
#: The value of the field `encrypted` of a file that is itself encrypted.
GIVEN = "opened with a password that was given"
#: What is said of a file that is delivered as it was collected.
STILL_ENCRYPTED = "the native is as collected, still encrypted"


class Trial:
    """The passwords of a hint, each yielded once; ask `opened` or `closed` afterwards."""

    def __init__(self, hint: Hint) -> None:
        self._passwords = hint.passwords
        self._budget = hint.budget
        #: Of the password yielded last, counted from 0.
        self._place = -1
        self.tried = 0

    def __iter__(self) -> Iterator[str]:
        """Yield them, first the one that opened something of the same item before."""
        stop = time.monotonic() + self._budget.limits.seconds * _TRYING
        # A password that stands twice is the first of the two.
        places = list({word: at for at, word in reversed([*enumerate(self._passwords)])}.values())
        places.reverse()
        if self._budget.password in places:
            places.remove(self._budget.password)
            places.insert(0, self._budget.password)
        for place in places:
            if self.tried and time.monotonic() > stop:
                return
            self.tried += 1
            self._place = place
            yield self._passwords[place]

    def opened(self, what: str, step: str = "") -> Fault:
        """Return the note that the password yielded last opened it; it is tried first from now on.

        `what` says in what state the thing is delivered.
        """
        self._budget.password = self._place
        detail = (
            "the password is held by the producing party "
            f"(number {self._place + 1:,} of a list of {len(self._passwords):,}); {what}"
        )
        return Fault(FaultReason.OPENED, detail, step=step)

    def closed(self) -> str:
        """Say that none opened it, for the end of a sentence; "" where there is none to try."""
        total = len(self._passwords)
        if not total:
            return ""
        if self.tried < total:
            return (
                f"; {self.tried:,} of {count(total, 'password')} were tried in the time there is "
                "(limits.seconds in matter.toml) and none opened it"
            )
        return f"; none of {count(total, 'password')} opened it"
