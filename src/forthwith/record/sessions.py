"""Sessions: who is signed in, by the digest of a token that only their browser has.

A session ends after half an hour in which nothing was asked, after twelve hours, when its user
signs out, is disabled or gets another password. Signing in and out are entries of the journal;
that something was asked is none, and is written down once a minute at most.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from forthwith.domain.users import User
from forthwith.record import journal, tables
from forthwith.record.matter import Matter, NotWritableError
from forthwith.record.tables import DatabaseError
from forthwith.record.users import Users

#: Seconds.
IDLE = 30 * 60
LONGEST = 12 * 60 * 60
_WRITTEN_EVERY = 60
ENTERED, LEFT, REFUSED = "entered", "left", "entry refused"


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in."""

    user: User
    #: As the journal says how they are known: "password".
    known_by: str
    #: What every unsafe request brings along.
    csrf: str
    #: Seconds since 1970, UTC.
    begun: int
    seen: int


class Sessions:
    """The sessions of one matter."""

    def __init__(
        self,
        matter: Matter,
        users: Users,
        clock: Callable[[], float] = time.time,
        idle: int = IDLE,
    ) -> None:
        self.matter = matter
        self.users = users
        self._clock = clock
        #: Seconds without a question after which a session is over.
        self._idle = idle
        #: Digest -> when this process saw it last, which the table learns once a minute.
        self._seen: dict[str, int] = {}

    def begin(self, user: User, known_by: str) -> tuple[str, str]:
        """Begin a session; returns its token, which is kept nowhere, and its CSRF token."""
        token, csrf, now = secrets.token_urlsafe(32), secrets.token_urlsafe(32), self._now()
        table = tables.sessions
        row = {
            "digest": _digest(token), "user": user.id, "known_by": known_by, "csrf": csrf,
            "begun": now, "seen": now,
        }  # fmt: skip
        with self.matter.writing() as connection:
            over = (table.c.begun <= now - LONGEST) | (
                table.c.seen <= now - self._idle - _WRITTEN_EVERY
            )
            connection.execute(sa.delete(table).where(over))
            connection.execute(sa.insert(table).values(row))
            journal.append(connection, ENTERED, {"user": user.login}, (user.login, known_by))
        self._seen = {name: seen for name, seen in self._seen.items() if seen > now - self._idle}
        return token, csrf

    def found(self, token: str, *, asks: bool = True) -> Session | None:
        """Return the session of a token; None where there is none, or it is over.

        What a page does by itself is no question (`asks`), so it does not keep a session open.
        """
        digest, now = _digest(token), self._now()
        table = tables.sessions
        with self.matter.engine.connect() as connection:
            if not tables.holds(connection, table):
                return None
            row = connection.execute(sa.select(table).where(table.c.digest == digest)).first()
        if row is None:
            self._seen.pop(digest, None)
            return None
        user = self.users.by_id(row.user)
        seen = max(row.seen, self._seen.get(digest, 0))
        over = now - row.begun >= LONGEST or now - seen >= self._idle
        if user is None or user.disabled_at or over:
            return None
        if not asks:
            return Session(user, row.known_by, row.csrf, row.begun, seen)
        self._seen[digest] = now
        if now - row.seen >= _WRITTEN_EVERY:
            self._write_seen(digest, now)
        return Session(user, row.known_by, row.csrf, row.begun, now)

    def end(self, token: str) -> None:
        """End a session, as whoever has it signs out; nothing happens where there is none."""
        table, digest = tables.sessions, _digest(token)
        if (session := self.found(token)) is None:
            return
        by = (session.user.login, session.known_by)
        with self.matter.writing() as connection:
            connection.execute(sa.delete(table).where(table.c.digest == digest))
            journal.append(connection, LEFT, {"user": session.user.login}, by)

    def end_all(self, user: User, by: tuple[str, str]) -> None:
        """End every session of a user at their wish, which is an act."""
        with self.matter.writing() as connection:
            connection.execute(sa.delete(tables.sessions).where(tables.sessions.c.user == user.id))
            journal.append(connection, LEFT, {"user": user.login, "everywhere": True}, by)

    def refused(self, login: str, where: str, tries: int) -> None:
        """Enter in the journal that signing in was refused past the limit.

        `login` is what was typed, `where` the address it came from. Nobody is known to have done
        it, so the entry is made by the room's own process.
        """
        with self.matter.writing() as connection:
            facts = {"login": login[:100], "from": where[:100], "tries": tries}
            journal.append(connection, REFUSED, facts)

    def _write_seen(self, digest: str, now: int) -> None:
        """Write when a session was last seen; where the database is busy, another time."""
        table = tables.sessions
        try:
            with self.matter.writing() as connection:
                connection.execute(
                    sa.update(table).where(table.c.digest == digest).values(seen=now)
                )
        except (DatabaseError, NotWritableError):
            return

    def _now(self) -> int:
        return int(self._clock())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
