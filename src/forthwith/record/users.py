"""Users and their grants, as kept: who may sign in, what they may do, what is walled off from them.

Every change is one transaction with an entry of the journal, which commits to the row by digest: a
row that somebody changed, added or dropped in the database is found by `forthwith verify`. Of a
secret only its hash is kept; what it is a hash of, and by which function, the doors know.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from forthwith.domain.errors import ForthwithError
from forthwith.domain.users import Grant, Role, Scope, Side, User
from forthwith.record import committed, journal, tables
from forthwith.record.matter import Matter

#: Entries that change users or grants.
ACTIONS = (
    "user added", "secret set", "passkey added", "passkey removed", "user disabled", "granted",
    "revoked",
)  # fmt: skip
#: Entry of a passkey whose count of uses went back, as that of a copied one does.
COUNTED_BACK = "passkey refused"
_LONGEST_LOGIN = 100
MOST_PASSKEYS = 20


class LoginError(ForthwithError):
    """A login cannot be used."""


class PasskeyError(ForthwithError):
    """A passkey cannot be added, removed or used."""


class NoUserError(ForthwithError):
    """There is no user of a login or an id."""

    def __init__(self, name: str) -> None:
        super().__init__(f"No user has the login {name!r}. `forthwith users list` names them all.")


class GrantError(ForthwithError):
    """A grant says something that cannot be, or there is none of its number."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was read together."""

    changes: int
    users: Mapping[str, User]
    by_login: Mapping[str, User]
    grants: Mapping[str, tuple[Grant, ...]]


class Users:
    """The users of one matter; what is read is kept until somebody changes it."""

    def __init__(self, matter: Matter) -> None:
        self.matter = matter
        self._kept: _Kept | None = None

    # What there is

    def changes(self) -> int:
        """Return a number that grows with every change of users or grants, by any process."""
        with self.matter.engine.connect() as connection:
            return committed.last_of(connection, ACTIONS)

    def every(self) -> tuple[User, ...]:
        """Return all users in the order added, disabled ones too."""
        return tuple(self._read().users.values())

    def by_login(self, login: str) -> User | None:
        """Return the user of a login, in whatever letter case; None where there is none."""
        return self._read().by_login.get(_folded(login))

    def by_id(self, user_id: str) -> User | None:
        """Return a user by id ("U0001"); None where there is none."""
        return self._read().users.get(user_id)

    def grants(self, user_id: str) -> tuple[Grant, ...]:
        """Return the grants and walls of a user that are not revoked; some may be over by now."""
        return self._read().grants.get(user_id, ())

    def secret_hash(self, user: User) -> str:
        """Return the hash of a user's password or token; "" where there is none."""
        return str(self._column(user, "secret_hash"))

    def passkeys(self, user: User) -> tuple[dict[str, Any], ...]:
        """Return the WebAuthn credentials of a user, in the order added."""
        return tuple(json.loads(self._column(user, "passkeys")))

    def settings(self, user: User) -> dict[str, Any]:
        """Return a user's own settings; they rule nothing but what that user is shown how."""
        return dict(json.loads(self._column(user, "settings")))

    # What changes it

    def add(self, login: str, name: str, kind: str, by: tuple[str, str]) -> User:
        """Add a user who has no grant yet; `kind` is "human" or "service". Raises LoginError."""
        login = unicodedata.normalize("NFC", login)
        if (
            not 0 < len(login) <= _LONGEST_LOGIN
            or not login.isprintable()
            or re.search(r"\s", login)
        ):
            raise LoginError(
                f"{login!r} cannot be a login: it takes 1 to {_LONGEST_LOGIN} signs, no blanks. "
                "An account's name or a mail address serves."
            )
        with self.matter.writing() as connection:
            rows = list(connection.execute(sa.select(tables.users.c.id, tables.users.c.login)))
            if any(_folded(row.login) == _folded(login) for row in rows):
                raise LoginError(f"There is a user {login!r} already; choose another login.")
            number = max((int(row.id[1:]) for row in rows), default=0) + 1
            user = User(f"U{number:04d}", login, name.strip() or login, kind)
            row = {
                "id": user.id, "login": login, "name": user.name, "kind": kind,
                "secret_hash": "", "passkeys": "[]", "settings": "{}", "disabled_at": "",
            }  # fmt: skip
            connection.execute(sa.insert(tables.users).values(row))
            _note_user(connection, "user added", row, {"name": user.name, "kind": kind}, by)
        return user

    def set_secret(self, user: User, secret_hash: str, by: tuple[str, str]) -> None:
        """Set the hash of a password or token; "" takes it away. Open sessions end."""
        with self.matter.writing() as connection:
            self._update(connection, "secret set", user, {"secret_hash": secret_hash}, by)
            _end_sessions(connection, user)

    def add_passkey(self, user: User, passkey: Mapping[str, Any], by: tuple[str, str]) -> None:
        """Add a WebAuthn credential ("id", "name", "sign_count" and more) to a user's.

        No two users have one credential (WebAuthn 3, 7.1, step 26). Raises PasskeyError.
        """
        with self.matter.writing() as connection:
            for (text,) in connection.execute(sa.select(tables.users.c.passkeys)):
                if any(there["id"] == passkey["id"] for there in json.loads(text)):
                    raise PasskeyError("This passkey is kept here already; nothing was added.")
            there = json.loads(_row(connection, user)["passkeys"])
            if len(there) >= MOST_PASSKEYS:
                raise PasskeyError(
                    f"There are {MOST_PASSKEYS} passkeys, the most one user has. Remove one first."
                )
            values = {"passkeys": journal.canonical([*there, passkey])}
            facts = {"passkey": passkey["id"], "name": passkey["name"]}
            self._update(connection, "passkey added", user, values, by, facts)

    def remove_passkey(self, user: User, passkey_id: str, by: tuple[str, str]) -> str:
        """Remove a credential and return its name; the user's sessions end.

        Raises PasskeyError.
        """
        with self.matter.writing() as connection:
            there = json.loads(_row(connection, user)["passkeys"])
            names = [passkey["name"] for passkey in there if passkey["id"] == passkey_id]
            if not names:
                raise PasskeyError(f"{user.login} has no such passkey; it may be removed already.")
            left = [passkey for passkey in there if passkey["id"] != passkey_id]
            values = {"passkeys": journal.canonical(left)}
            facts = {"passkey": passkey_id, "name": names[0]}
            self._update(connection, "passkey removed", user, values, by, facts)
            # Whoever found the device may be signed in with it.
            _end_sessions(connection, user)
        return str(names[0])

    def passkey_used(self, user: User, passkey_id: str, sign_count: int) -> bool:
        """Note how often a credential was used, which is no act; say whether it may be.

        A count that does not grow is that of a copied credential (WebAuthn 3, 7.2, step 22): it is
        refused, and that is an entry of the journal. One that counts nothing says 0 always.
        """
        with self.matter.writing() as connection:
            there = json.loads(_row(connection, user)["passkeys"])
            passkey = next((passkey for passkey in there if passkey["id"] == passkey_id), None)
            if passkey is None:
                return False
            before = passkey["sign_count"]
            if (sign_count or before) and sign_count <= before:
                facts = {"user": user.login, "passkey": passkey_id, "name": passkey["name"]}
                counts = {"counted": before, "given": sign_count}
                journal.append(connection, COUNTED_BACK, {**facts, **counts})
                return False
            passkey["sign_count"] = sign_count
            _set(connection, user, {"passkeys": journal.canonical(there)})
        return True

    def set_settings(self, user: User, settings: Mapping[str, Any]) -> None:
        """Set a user's own settings; they are no act and stand in no journal."""
        with self.matter.writing() as connection:
            _row(connection, user)
            _set(connection, user, {"settings": journal.canonical(settings)})

    def disable(self, user: User, by: tuple[str, str]) -> User:
        """Close an account, and end its sessions in the same moment; what it did stays."""
        with self.matter.writing() as connection:
            if not (at := str(_row(connection, user)["disabled_at"])):
                at = _now()
                self._update(connection, "user disabled", user, {"disabled_at": at}, by)
            _end_sessions(connection, user)
        return replace(user, disabled_at=at)

    def grant(self, grant: Grant, by: tuple[str, str]) -> Grant:
        """Give a role, or put up a wall; returns it with its number. Raises GrantError."""
        _check(grant)
        with self.matter.writing() as connection:
            login = connection.scalar(
                sa.select(tables.users.c.login).where(tables.users.c.id == grant.user)
            )
            if login is None:
                raise NoUserError(grant.user)
            last = connection.scalar(sa.select(sa.func.max(tables.grants.c.id))) or 0
            row = {
                "id": last + 1, "user": grant.user, "role": grant.role.value,
                "scope": scope_json(grant.scope), "granted_by": by[0], "granted_at": _now(),
                "revoked_at": "",
            }  # fmt: skip
            connection.execute(sa.insert(tables.grants).values(row))
            _note_grant(connection, "granted", row, str(login), by)
        return replace(grant, id=last + 1)

    def revoke(self, grant_id: int, by: tuple[str, str]) -> None:
        """Take a grant back, or a wall down. Raises GrantError."""
        with self.matter.writing() as connection:
            table = tables.grants
            found = connection.execute(sa.select(table).where(table.c.id == grant_id)).first()
            if found is None or found.revoked_at:
                raise GrantError(
                    f"There is no grant {grant_id} in force. `forthwith users list` shows them "
                    "with their numbers."
                )
            row = {**found._mapping, "revoked_at": _now()}  # noqa: SLF001 - a row as a mapping
            connection.execute(
                sa.update(table).where(table.c.id == grant_id).values(revoked_at=row["revoked_at"])
            )
            query = sa.select(tables.users.c.login).where(tables.users.c.id == found.user)
            _note_grant(connection, "revoked", row, str(connection.scalar(query)), by)

    def _update(
        self,
        connection: sa.Connection,
        action: str,
        user: User,
        values: Mapping[str, str],
        by: tuple[str, str],
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        row = {**_row(connection, user), **values}
        _set(connection, user, values)
        _note_user(connection, action, row, facts or {}, by)

    def _column(self, user: User, name: str) -> Any:
        with self.matter.engine.connect() as connection:
            return _row(connection, user)[name]

    def _read(self) -> _Kept:
        with self.matter.engine.connect() as connection:
            if not tables.holds(connection, tables.users):
                return _Kept(0, {}, {}, {})
            changes = committed.last_of(connection, ACTIONS)
            if (kept := self._kept) is not None and kept.changes == changes:
                return kept
            users = {}
            for row in connection.execute(sa.select(tables.users).order_by(tables.users.c.id)):
                users[row.id] = User(row.id, row.login, row.name, row.kind, row.disabled_at)
            grants: dict[str, tuple[Grant, ...]] = {}
            stand = sa.select(tables.grants).where(tables.grants.c.revoked_at == "")
            for row in connection.execute(stand.order_by(tables.grants.c.id)):
                grant = Grant(row.user, _role(row.role), scope_of(row.scope), row.id)
                grants[row.user] = (*grants.get(row.user, ()), grant)
        by_login = {_folded(user.login): user for user in users.values()}
        # In one assignment: other threads read it meanwhile.
        self._kept = kept = _Kept(changes, users, by_login, grants)
        return kept


def scope_json(scope: Scope) -> str:
    """Return a scope as kept: canonical JSON of the parts that limit something."""
    parts: dict[str, Any] = {
        name: sorted(getattr(scope, name))
        for name in ("custodians", "batches", "sides", "passes", "documents")
        if getattr(scope, name)
    }
    return journal.canonical(parts | ({"until": scope.until} if scope.until else {}))


def scope_of(text: str) -> Scope:
    """Return a scope of its JSON.

    Raises GrantError where it limits something this version does not know: to leave that out would
    show what is walled off.
    """
    try:
        parts = dict(json.loads(text))
        scope = Scope(
            custodians=frozenset(parts.pop("custodians", ())),
            batches=frozenset(parts.pop("batches", ())),
            sides=frozenset(Side(side) for side in parts.pop("sides", ())),
            passes=frozenset(parts.pop("passes", ())),
            documents=frozenset(parts.pop("documents", ())),
            until=str(parts.pop("until", "")),
        )
    except (ValueError, TypeError) as wrong:
        raise _unknown(text) from wrong
    if parts:
        raise _unknown(text)
    return scope


def rows(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    """Yield id and digest of each user's row, as the journal commits to it."""
    for row in connection.execute(sa.select(tables.users).order_by(tables.users.c.id)):
        yield row.id, _user_digest(dict(row._mapping))  # noqa: SLF001 - a row as a mapping


def grant_rows(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    """Yield number and digest of each grant's row, as the journal commits to it."""
    for row in connection.execute(sa.select(tables.grants).order_by(tables.grants.c.id)):
        yield str(row.id), committed.digest(dict(row._mapping))  # noqa: SLF001 - as above


def _unknown(what: str) -> GrantError:
    return GrantError(
        f"A grant in the database says {what!r}, which this version of forthwith does not know; "
        "until it does, nobody is let in by it. Use the version that wrote it, or run `forthwith "
        "verify`."
    )


def _role(name: str) -> Role:
    try:
        return Role(name)
    except ValueError as wrong:
        raise _unknown(name) from wrong


def _check(grant: Grant) -> None:
    """Refuse what limits nothing, or never ends by a slip. Raises GrantError."""
    scope = grant.scope
    if scope.until:
        try:
            sound = date.fromisoformat(scope.until).isoformat() == scope.until
        except ValueError:
            sound = False
        if not sound:
            raise GrantError(f"{scope.until!r} is no day. Write it as 2026-03-31.")
    walled = (scope.custodians, scope.batches, scope.sides, scope.passes, scope.documents)
    if grant.role is Role.WALL and not any(walled):
        raise GrantError(
            "A wall says what it takes away: name custodians, batches, a side or documents. To "
            "shut somebody out altogether, disable the account."
        )


def _row(connection: sa.Connection, user: User) -> dict[str, Any]:
    query = sa.select(tables.users).where(tables.users.c.id == user.id)
    if not tables.holds(connection, tables.users) or not (row := connection.execute(query).first()):
        raise NoUserError(user.login)
    return dict(row._mapping)  # noqa: SLF001 - a row as a mapping


def _set(connection: sa.Connection, user: User, values: Mapping[str, str]) -> None:
    connection.execute(sa.update(tables.users).where(tables.users.c.id == user.id).values(values))


def _end_sessions(connection: sa.Connection, user: User) -> None:
    connection.execute(sa.delete(tables.sessions).where(tables.sessions.c.user == user.id))


def _note_user(
    connection: sa.Connection,
    action: str,
    row: Mapping[str, Any],
    facts: Mapping[str, Any],
    by: tuple[str, str],
) -> None:
    digests = {tables.users.name: {row["id"]: _user_digest(row)}}
    committed.append(connection, action, {"user": row["login"], **facts}, digests, by)


def _note_grant(
    connection: sa.Connection, action: str, row: Mapping[str, Any], login: str, by: tuple[str, str]
) -> None:
    facts = {
        "user": login, "grant": row["id"], "role": row["role"], "scope": json.loads(row["scope"]),
    }  # fmt: skip
    digests = {tables.grants.name: {str(row["id"]): committed.digest(dict(row))}}
    committed.append(connection, action, facts, digests, by)


def _user_digest(row: Mapping[str, Any]) -> str:
    """Return the digest of a user's row, less what changes without an act."""
    kept = {name: value for name, value in row.items() if name != "settings"}
    return committed.digest({**kept, "passkeys": _uncounted(row["passkeys"])})


def _uncounted(passkeys: str) -> Any:
    """Return credentials without how often they were used."""
    try:
        return [
            {name: value for name, value in credential.items() if name != "sign_count"}
            for credential in json.loads(passkeys)
        ]
    except (ValueError, TypeError, AttributeError):
        return passkeys


def _folded(login: str) -> str:
    return unicodedata.normalize("NFC", login).casefold()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
