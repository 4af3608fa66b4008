"""Users, grants and sessions: each change is an act, each row is held against the journal."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from forthwith.domain.users import Grant, Role, Scope, Side
from forthwith.record import journal, tables
from forthwith.record.matter import Matter
from forthwith.record.sessions import IDLE, LONGEST, Sessions
from forthwith.record.users import (
    GrantError,
    LoginError,
    PasskeyError,
    Users,
    scope_json,
    scope_of,
)
from forthwith.record.verify import verify

BY = ("lead", "password")
WHOLE = Scope(
    frozenset({"Ortega, Marisol"}),
    frozenset({"B0007"}),
    frozenset({Side.THEIRS}),
    frozenset({"qc"}),
    frozenset({"FW00000012"}),
    "2026-03-31",
)


@pytest.mark.parametrize("scope", [Scope(), WHOLE, Scope(until="2026-01-01")])
def test_a_scope_is_kept_whole(scope: Scope) -> None:
    assert scope_of(scope_json(scope)) == scope


@pytest.mark.parametrize("text", ['{"floors":["3"]}', '{"sides":["nobody"]}', "[1]", "nonsense"])
def test_a_scope_that_is_not_understood_limits_nothing_away(text: str) -> None:
    with pytest.raises(GrantError, match="does not know"):
        scope_of(text)


def test_users_and_grants_are_read_back(matter: Matter) -> None:
    users = Users(matter)
    before = users.changes()
    ortega = users.add("ortega", "Marisol Ortega", "human", BY)
    grant = users.grant(Grant(ortega.id, Role.REVIEWER, WHOLE), BY)
    wall = users.grant(Grant(ortega.id, Role.WALL, Scope(custodians=frozenset({"Reyes"}))), BY)
    users.set_secret(ortega, "$argon2id$x", BY)

    other = Users(matter)
    assert other.by_login("Ortega") == ortega
    assert other.grants(ortega.id) == (grant, wall)
    assert other.secret_hash(ortega) == "$argon2id$x"
    users.revoke(wall.id, BY)
    assert other.grants(ortega.id) == (grant,)
    assert other.changes() > before
    assert verify(matter).broken == ()


def test_the_journal_names_who_did_it_and_holds_no_secret(matter: Matter) -> None:
    users = Users(matter)
    users.set_secret(users.add("ortega", "Marisol Ortega", "human", BY), "$argon2id$x", BY)

    with matter.engine.connect() as connection:
        last = list(journal.entries(connection))[-2:]
    assert [(entry.who, entry.known_by) for entry in last] == [BY, BY]
    assert all("argon2" not in entry.body for entry in last)


@pytest.mark.parametrize("login", ["", "a b", "a\u2028b", "x" * 101, "a\tb", "\u202eevil"])
def test_a_login_that_cannot_be_typed_is_refused(matter: Matter, login: str) -> None:
    with pytest.raises(LoginError):
        Users(matter).add(login, "", "human", BY)


@pytest.mark.parametrize("again", ["ortega", "ORTEGA"])
def test_a_login_is_had_once(matter: Matter, again: str) -> None:
    users = Users(matter)
    users.add("ortega", "", "human", BY)
    with pytest.raises(LoginError):
        users.add(again, "", "human", BY)


@pytest.mark.parametrize(
    "grant",
    [
        Grant("U0001", Role.WALL),
        Grant("U0001", Role.LEAD, Scope(until="31.3.2026")),
        Grant("U0001", Role.LEAD, Scope(until="20260331")),
    ],
)
def test_a_grant_that_cannot_be_meant_is_refused(matter: Matter, grant: Grant) -> None:
    users = Users(matter)
    users.add("ortega", "", "human", BY)
    with pytest.raises(GrantError):
        users.grant(grant, BY)


def test_a_passkey_that_was_used_is_no_act_and_a_new_one_is(matter: Matter) -> None:
    users = Users(matter)
    user = users.add("ortega", "", "human", BY)
    users.add_passkey(user, {"id": "k1", "name": "Laptop", "sign_count": 0}, BY)
    changes = users.changes()

    assert users.passkey_used(user, "k1", 7)
    assert users.changes() == changes
    assert users.passkeys(user) == ({"id": "k1", "name": "Laptop", "sign_count": 7},)
    users.add_passkey(user, {"id": "k2", "name": "Key", "sign_count": 0}, BY)
    assert users.changes() > changes
    users.set_settings(user, {"view": "text"})
    assert users.settings(user) == {"view": "text"}
    assert users.remove_passkey(user, "k1", BY) == "Laptop"
    assert [passkey["id"] for passkey in users.passkeys(user)] == ["k2"]
    assert verify(matter).broken == ()


@pytest.mark.parametrize(("before", "given"), [(7, 7), (7, 6), (7, 0)])
def test_a_passkey_that_counts_back_is_refused_and_entered(
    matter: Matter, before: int, given: int
) -> None:
    users = Users(matter)
    user = users.add("ortega", "", "human", BY)
    users.add_passkey(user, {"id": "k1", "name": "Laptop", "sign_count": before}, BY)

    assert not users.passkey_used(user, "k1", given)
    assert users.passkeys(user)[0]["sign_count"] == before
    with matter.engine.connect() as connection:
        entry = journal.last_of(connection, "passkey refused")
    assert entry is not None
    assert f'"given":{given}' in entry.body


def test_one_passkey_belongs_to_one_user(matter: Matter) -> None:
    users = Users(matter)
    ana, ben = (users.add(login, "", "human", BY) for login in ("ana", "ben"))
    users.add_passkey(ana, {"id": "k1", "name": "Laptop", "sign_count": 0}, BY)

    with pytest.raises(PasskeyError):
        users.add_passkey(ben, {"id": "k1", "name": "Mine", "sign_count": 0}, BY)
    with pytest.raises(PasskeyError):
        users.remove_passkey(ben, "k1", BY)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE users SET secret_hash = 'mine'",
        """UPDATE users SET passkeys = '[{"id":"mine"}]'""",
        "UPDATE users SET disabled_at = ''",
        "UPDATE grants SET role = 'lead'",
        "UPDATE grants SET scope = '{}'",
        "UPDATE grants SET revoked_at = ''",
        "DELETE FROM grants",
        "INSERT INTO grants VALUES (9, 'U0001', 'admin', '{}', 'x', '', '')",
        "INSERT INTO users VALUES ('U0009', 'x', 'x', 'human', '', '[]', '{}', '')",
    ],
)
def test_what_somebody_wrote_into_the_database_is_named(matter: Matter, statement: str) -> None:
    users = Users(matter)
    user = users.add("ortega", "", "human", BY)
    users.revoke(users.grant(Grant(user.id, Role.REVIEWER, WHOLE), BY).id, BY)
    users.disable(user, BY)
    with matter.engine.begin() as connection:
        connection.execute(sa.text(statement))

    (line,) = verify(matter).broken
    assert line.startswith(("user U000", "grant "))


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_session_lasts_while_it_is_used_and_not_for_ever(matter: Matter) -> None:
    users, clock = Users(matter), Clock()
    sessions = Sessions(matter, users, clock)
    user = users.add("ortega", "", "human", BY)
    token, csrf = sessions.begin(user, "password")
    while clock.now < 1_000_000 + LONGEST - IDLE:
        found = sessions.found(token)
        assert found is not None
        assert (found.user, found.known_by, found.csrf) == (user, "password", csrf)
        clock.now += IDLE - 1

    clock.now = 1_000_000 + LONGEST
    assert sessions.found(token) is None


def test_a_session_ends(matter: Matter) -> None:
    users, clock = Users(matter), Clock()
    sessions = Sessions(matter, users, clock)
    user = users.add("ortega", "", "human", BY)
    idle, out, new_secret, shut = (sessions.begin(user, "password")[0] for _ in range(4))
    assert sessions.found("") is None
    assert sessions.found(csrf := sessions.begin(user, "passkey")[1]) is None
    assert csrf
    sessions.end(out)
    assert sessions.found(out) is None
    clock.now += IDLE
    assert sessions.found(idle) is None
    new_secret = sessions.begin(user, "password")[0]
    users.set_secret(user, "x", BY)
    assert sessions.found(new_secret) is None
    shut = sessions.begin(user, "password")[0]
    users.disable(user, BY)
    assert sessions.found(shut) is None
    sessions.refused("root", "10.0.0.9", 5)

    with matter.engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(tables.sessions)) == 0
        acts = [(entry.action, entry.who) for entry in journal.entries(connection)]
    assert ("left", "ortega") in acts
    assert acts[-1][0] == "entry refused"
    assert verify(matter).broken == ()
