"""Passwords of people and tokens of services: what is kept of them, and whether one fits.

Of a password its Argon2id hash is kept (RFC 9106, section 4, second recommended choice: 64 MiB,
three passes, four lanes); of a token, which is drawn at random from 2**256, SHA-256 suffices, since
nobody can try so many.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import unicodedata

from forthwith.domain.errors import ForthwithError
from forthwith.domain.users import User
from forthwith.record.users import Users

try:
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError
except ImportError as gone:
    _GONE: ImportError | None = gone
else:
    _GONE = None

SHORTEST, LONGEST = 12, 1_000
_TOKEN, _KEPT = "fw_", "sha256:"
#: Hashing takes 64 MiB each: more at once than this wait for each other.
_AT_ONCE = threading.BoundedSemaphore(4)


class PasswordError(ForthwithError):
    """A password cannot be used."""


class RoomNotInstalledError(ForthwithError):
    """What only the room needs is not installed."""

    def __init__(self, what: str) -> None:
        super().__init__(f'{what} needs the room: pip install "forthwith[room]"')


def hashed(login: str, password: str) -> str:
    """Return what is kept of a password. Raises PasswordError, RoomNotInstalledError."""
    plain = normal(password)
    if not SHORTEST <= len(plain) <= LONGEST:
        raise PasswordError(
            f"A password takes {SHORTEST} to {LONGEST:,} signs. A few words in a row serve well."
        )
    if plain.casefold() in {login.casefold(), login.casefold() * 2}:
        raise PasswordError("A password is not the login. A few words in a row serve well.")
    with _AT_ONCE:
        return _hasher().hash(plain)


def give(users: Users, user: User, password: str, by: tuple[str, str]) -> None:
    """Give a user a password, or another; their open sessions end. Raises PasswordError."""
    users.set_secret(user, hashed(user.login, password), by)


def fits(kept: str, password: str) -> bool:
    """Say whether a password is the one of which this is kept; a broken hash fits none."""
    hasher = _hasher()
    with _AT_ONCE:
        try:
            return hasher.verify(kept, normal(password[:LONGEST]))
        except (VerificationError, InvalidHashError):
            return False


def new_token(user: User) -> tuple[str, str]:
    """Return a token for a service, and what is kept of it; the token is shown once."""
    token = f"{_TOKEN}{user.id}_{secrets.token_urlsafe(32)}"
    return token, _KEPT + hashlib.sha256(token.encode()).hexdigest()


def of_token(users: Users, token: str) -> User | None:
    """Return the service a token belongs to; None where it is nobody's, or is disabled."""
    user = users.by_id(token.removeprefix(_TOKEN).partition("_")[0])
    if user is None or user.kind != "service" or user.disabled_at:
        return None
    given = _KEPT + hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
    return user if hmac.compare_digest(given, users.secret_hash(user)) else None


def normal(password: str) -> str:
    """Return a password however its accents were typed (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def _hasher() -> PasswordHasher:
    if _GONE is not None:
        raise RoomNotInstalledError("A password") from _GONE
    return PasswordHasher()
