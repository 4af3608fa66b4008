"""Users of a room: who may sign in, what they may do, and what is walled off from them.

The first user of a matter is made by whoever can write to it, and leads and administers; from then
on only who has the right may change users, and one such person always remains. Names are looked up:
a wall around a custodian whose name is mistyped would wall off nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from forthwith.domain.errors import ForthwithError
from forthwith.domain.users import RIGHTS, Grant, Right, Role, Scope, Seer, User
from forthwith.record import control_numbers, journal, sources
from forthwith.record.sessions import Sessions
from forthwith.record.users import GrantError, NoUserError, PasskeyError
from forthwith.workflows.room import passwords
from forthwith.workflows.room.room import RefusedError, Room

#: Of the first user.
_FIRST = (Role.LEAD, Role.ADMIN)
PASSES = ("first", "second", "qc")
#: Names that a refusal lists.
_SHOWN = 12


class UnknownNameError(ForthwithError):
    """A scope names what the matter does not have."""

    def __init__(self, what: str, name: str, known: Collection[str]) -> None:
        near = get_close_matches(name, known, 1)
        listed = ", ".join(repr(there) for there in sorted(known)[:_SHOWN]) or "none"
        more = f" and {len(known) - _SHOWN:,} more" if len(known) > _SHOWN else ""
        meant = f" Did you mean {near[0]!r}?" if near else f" There are: {listed}{more}."
        super().__init__(
            f"The matter has no {what} {name!r}.{meant} Nothing was changed. If it is still to "
            "come, say --expected."
        )


@dataclass(frozen=True, slots=True)
class Listed:
    """A user with the grants and walls that are not revoked."""

    user: User
    grants: tuple[Grant, ...]
    #: "password", "token", "passkey": by what they can sign in here; () for OIDC or a link alone.
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Added:
    """A user just made."""

    listed: Listed
    #: Of a service, shown this once; "" otherwise.
    token: str = ""


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as people are shown it; its key proves nothing to whoever sees this."""

    id: str
    name: str
    #: The name of the room it was made for.
    site: str
    #: ISO 8601, UTC.
    added: str


def listed(room: Room) -> list[Listed]:
    """Return every user in the order added."""
    return [_listed(room, user) for user in room.users.every()]


def managing(room: Room, as_login: str = "") -> Seer:
    """Return who is at the command line, if they may change users. Raises RefusedError."""
    return may(room.local_seer(as_login))


def may(seer: Seer) -> Seer:
    """Return who asks, if they may change users. Raises RefusedError."""
    if not seer.may(Right.USERS):
        raise RefusedError(
            f"{seer.user.login} may not change users: that is for whoever has the role admin. Ask "
            "them; `forthwith users list` shows who that is."
        )
    return seer


def add(
    room: Room,
    by: Seer | None,
    login: str,
    name: str,
    roles: Iterable[Role],
    scope: Scope,
    password: str | None,
    *,
    service: bool = False,
    expected: bool = False,
) -> Added:
    """Add a user with roles within one scope; a service is given a token.

    `by` is None for the first user, who is made by this process's own account and leads and
    administers whatever roles are named. Raises RefusedError, LoginError, GrantError,
    UnknownNameError, PasswordError.
    """
    wanted = list(dict.fromkeys(roles))
    if by is None:
        if room.users.every():
            raise RefusedError("This matter has users; somebody of them makes the next one.")
        if service:
            raise RefusedError("The first user of a matter is a person: add one, then the service.")
        signer, wanted, scope = journal.actor(), [*dict.fromkeys([*_FIRST, *wanted])], Scope()
    else:
        signer = _signer(may(by))
    grants = [Grant("", role, _known(room, role, scope, expected=expected)) for role in wanted]
    secret = "" if password is None or service else passwords.hashed(login, password)
    user = room.users.add(login, name, "service" if service else "human", signer)
    token = ""
    if service:
        token, secret = passwords.new_token(user)
    if secret:
        room.users.set_secret(user, secret, signer)
    for grant in grants:
        room.users.grant(Grant(user.id, grant.role, grant.scope), signer)
    return Added(_listed(room, user), token)


def set_password(room: Room, by: Seer, login: str, password: str) -> User:
    """Give a person a password, or another; everybody may change their own.

    Raises RefusedError, NoUserError, PasswordError.
    """
    user = _user(room, login)
    if user.id != by.user.id:
        may(by)
    if user.kind != "human":
        raise RefusedError(f"{user.login} is a service: give it a new token instead.")
    passwords.give(room.users, user, password, _signer(by))
    return user


def new_token(room: Room, by: Seer, login: str) -> Added:
    """Give a service another token; the one it had is good no more. Raises RefusedError."""
    user = _user(room, login)
    signer = _signer(may(by))
    if user.kind != "service":
        raise RefusedError(f"{user.login} is a person: set a password instead.")
    token, secret = passwords.new_token(user)
    room.users.set_secret(user, secret, signer)
    return Added(_listed(room, user), token)


def passkeys(room: Room, by: Seer, login: str) -> tuple[Passkey, ...]:
    """Return the passkeys of somebody, in the order added; everybody may see their own.

    Raises RefusedError, NoUserError.
    """
    user = _user(room, login)
    if user.id != by.user.id:
        may(by)
    return tuple(
        Passkey(kept["id"], kept["name"], kept.get("site", ""), kept.get("added", ""))
        for kept in room.users.passkeys(user)
    )


def passkey_called(room: Room, by: Seer, login: str, called: str) -> str:
    """Return the id of a passkey by its name, or by the id itself.

    Raises RefusedError, NoUserError, PasskeyError.
    """
    kept = passkeys(room, by, login)
    ids = [passkey.id for passkey in kept if called == passkey.id]
    ids = ids or [passkey.id for passkey in kept if called == passkey.name]
    if not ids:
        names = ", ".join(repr(passkey.name) for passkey in kept) or "none"
        raise PasskeyError(f"{login} has no passkey {called!r}. There are: {names}.")
    if len(ids) > 1:
        raise PasskeyError(
            f"{login} has {len(ids)} passkeys called {called!r}. Name one by its id: "
            f"{', '.join(ids)}."
        )
    return ids[0]


def remove_passkey(room: Room, by: Seer, login: str, passkey_id: str) -> str:
    """Remove a passkey, end its user's sessions, and return its name; everybody may their own.

    Raises RefusedError, NoUserError, PasskeyError.
    """
    user = _user(room, login)
    if user.id != by.user.id:
        may(by)
    return room.users.remove_passkey(user, passkey_id, _signer(by))


def sign_out(room: Room, by: Seer, login: str) -> User:
    """End every session of somebody; everybody may their own. Raises RefusedError, NoUserError."""
    user = _user(room, login)
    if user.id != by.user.id:
        may(by)
    Sessions(room.matter, room.users).end_all(user, _signer(by))
    return user


def grant(
    room: Room, by: Seer, login: str, role: Role, scope: Scope, *, expected: bool = False
) -> Grant:
    """Give a role, or put up a wall. Raises RefusedError, GrantError, UnknownNameError."""
    signer = _signer(may(by))
    user = _user(room, login)
    known = _known(room, role, scope, expected=expected)
    return room.users.grant(Grant(user.id, role, known), signer)


def revoke(room: Room, by: Seer, number: int, *, wall: bool, login: str = "") -> Grant:
    """Take a role back, or a wall down, and return what it was.

    Whoever means a role takes down no wall, and with a login only what is theirs. Raises
    RefusedError, GrantError.
    """
    signer = _signer(may(by))
    whose = {
        grant.id: (grant, user) for user in room.users.every()
        for grant in room.users.grants(user.id)
    }  # fmt: skip
    what = "wall" if wall else "role"
    if number not in whose:
        raise GrantError(
            f"There is no {what} {number} in force. `forthwith users list` shows the numbers."
        )
    found, user = whose[number]
    if (found.role is Role.WALL) is not wall:
        raise GrantError(f"{number} is no {what} but {_what_it_is(found)} of {user.login}.")
    if login and room.users.by_login(login) != user:
        raise GrantError(f"{number} is {_what_it_is(found)} of {user.login}, not of {login}.")
    if Right.USERS in RIGHTS[found.role]:
        _keep_one(room, {found.id}, "")
    room.users.revoke(number, signer)
    return found


def disable(room: Room, by: Seer, login: str) -> User:
    """Close an account; its sessions end now. Raises RefusedError, NoUserError."""
    signer = _signer(may(by))
    user = _user(room, login)
    _keep_one(room, set(), user.id)
    return room.users.disable(user, signer)


def _keep_one(room: Room, without: Collection[int], without_user: str) -> None:
    """Refuse what would leave nobody who may change users. Raises RefusedError."""
    day = room.today()
    for user in room.users.every():
        if user.disabled_at or user.id == without_user or user.kind != "human":
            continue
        for grant in room.users.grants(user.id):
            lasts = grant.stands(day) and not grant.scope.until
            if lasts and grant.id not in without and Right.USERS in RIGHTS[grant.role]:
                return
    raise RefusedError(
        "Nobody would be left who may change users. Give somebody else the role admin, without an "
        "end, then repeat this."
    )


def _known(room: Room, role: Role, scope: Scope, *, expected: bool) -> Scope:
    """Return a scope whose names the matter has. Raises UnknownNameError, GrantError."""
    if role is Role.ADMIN and scope != Scope(until=scope.until):
        raise GrantError("An admin sees no documents, so a scope but --until says nothing.")
    for name in scope.passes - set(PASSES):
        raise UnknownNameError("pass", name, PASSES)
    if expected:
        return scope
    wanted = (
        ("custodian", scope.custodians, _custodians),
        ("batch", scope.batches, lambda room: {batch.id for batch in room.batches.every()}),
        ("document", scope.documents, _documents),
    )
    for what, names, there in wanted:
        if not names:
            continue
        known = there(room)
        for name in sorted(names - known):
            raise UnknownNameError(what, name, known)
    return scope


def _custodians(room: Room) -> set[str]:
    """Return who documents came from, those of the other side as its load files name them."""
    with room.matter.engine.connect() as connection:
        names = {source.custodian for source in sources.sources(connection)}
    try:
        columns = room.standing().columns
    except ForthwithError:
        # Not processed, or not as it was written: what was collected is known all the same.
        return names
    return names.union(columns.custodians, *columns.holder_sets)


def _documents(room: Room) -> set[str]:
    with room.matter.engine.connect() as connection:
        return set(control_numbers.numbers(connection).values())


def _user(room: Room, login: str) -> User:
    if (user := room.users.by_login(login)) is None:
        raise NoUserError(login)
    return user


def _listed(room: Room, user: User) -> Listed:
    secret = room.users.secret_hash(user)
    kinds = (
        ("token" if user.kind == "service" else "password", bool(secret)),
        ("passkey", bool(room.users.passkeys(user))),
    )
    return Listed(user, room.users.grants(user.id), tuple(kind for kind, there in kinds if there))


def _what_it_is(grant: Grant) -> str:
    return "a wall" if grant.role is Role.WALL else f"the role {grant.role.value}"


def _signer(seer: Seer) -> tuple[str, str]:
    return seer.user.login, seer.known_by
