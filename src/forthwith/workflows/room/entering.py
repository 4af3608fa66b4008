"""Entering a room: passwords, links that serve once, and the sessions they begin.

How a browser shows who it is, is the web door's; what counts as proof is decided here. A login that
nobody has costs as long to refuse as a wrong password, and is refused in the same words.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable

from forthwith.domain.errors import ForthwithError
from forthwith.domain.users import Seer, User
from forthwith.record.sessions import IDLE, Session, Sessions
from forthwith.record.users import Users
from forthwith.workflows.room import passwords
from forthwith.workflows.room.room import Room

_LINK_SECONDS = 10 * 60


class NotKnownError(ForthwithError):
    """Whoever asks to come in has not shown who they are."""

    def __init__(self) -> None:
        super().__init__(
            "This login and password do not fit together. Check both; whoever leads the room can "
            "set a new password."
        )


class Entrance:
    """Lets people into one room."""

    def __init__(
        self, room: Room, clock: Callable[[], float] = time.time, idle_minutes: int = 0
    ) -> None:
        self._room = room
        self._clock = clock
        self.users: Users = room.users
        idle = idle_minutes * 60 or IDLE
        self.sessions = Sessions(room.matter, room.users, clock, idle)
        #: Digest of a link's key -> login, and when it is over.
        self._links: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()
        #: Of a login that nobody has, so that refusing it takes as long.
        self._nobodys = passwords.hashed("", secrets.token_hex(16))

    def by_password(self, login: str, password: str) -> User:
        """Return the user a password proves. Raises NotKnownError."""
        user = self.users.by_login(login) if len(login) <= passwords.LONGEST else None
        usable = user is not None and user.kind == "human" and not user.disabled_at
        secret = self.users.secret_hash(user) if user is not None and usable else ""
        fits = passwords.fits(secret or self._nobodys, password)
        if user is None or not secret or not fits:
            raise NotKnownError
        return user

    def by_token(self, token: str) -> Seer | None:
        """Return the service a token proves; None where it proves nobody."""
        user = passwords.of_token(self.users, token)
        return self._room.seer(user.login, "token") if user is not None else None

    def link(self, user: User) -> str:
        """Return the key of a link that lets a user in once, within ten minutes."""
        key = secrets.token_urlsafe(32)
        with self._lock:
            self._links[_digest(key)] = (user.login, self._clock() + _LINK_SECONDS)
        return key

    def by_link(self, key: str) -> User:
        """Return the user of a link, which serves no more from now on. Raises NotKnownError."""
        with self._lock:
            login, until = self._links.pop(_digest(key), ("", 0.0))
        user = self.users.by_login(login) if self._clock() < until else None
        if user is None or user.disabled_at:
            raise NotKnownError
        return user

    def begin(self, user: User, known_by: str, instead_of: str = "") -> str:
        """Begin a session, and end the one it takes the place of; returns its token."""
        if instead_of:
            self.sessions.end(instead_of)
        token, _ = self.sessions.begin(user, known_by)
        return token

    def found(self, token: str, *, asks: bool = True) -> tuple[Session, Seer] | None:
        """Return who has a session, as they stand now: grants taken away meanwhile are gone."""
        session = self.sessions.found(token, asks=asks)
        if session is None:
            return None
        return session, self._room.seer(session.user.login, session.known_by)

    def leave(self, token: str) -> None:
        """End a session."""
        self.sessions.end(token)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
