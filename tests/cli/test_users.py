"""`forthwith users`: who may change whom, and that names which do not exist wall off nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from forthwith.record import journal
from forthwith.record.matter import Matter
from forthwith.record.sessions import Sessions
from forthwith.record.users import Users
from forthwith.record.verify import verify
from forthwith.workflows.room import passwords
from tests.cli.conftest import Command

PASSWORD = "a few words in a row"


@pytest.fixture
def home(tmp_path: Path, run: Command) -> Path:
    """A matter with its first user, and a file with a password."""
    Matter.create(tmp_path / "m", name="Example").engine.dispose()
    (tmp_path / "m" / "pw").write_text(f"{PASSWORD}\n")
    words = ("users", "add", "lead", "--name", "Amara Holm", "--password-file", "pw")
    assert run("-C", tmp_path / "m", *words).exit_code == 0
    return tmp_path / "m"


def _rows(run: Command, home: Path) -> list[dict[str, Any]]:
    out = run("-C", home, "users", "list", "--json").stdout
    return [json.loads(line) for line in out.splitlines()]


def test_the_first_user_leads_and_administers_and_the_machine_vouches(
    home: Path, run: Command
) -> None:
    (row,) = _rows(run, home)
    assert [grant["role"] for grant in row["grants"]] == ["lead", "admin"]
    matter = Matter.open(home)
    users = Users(matter)
    user = users.by_login("lead")
    assert user is not None
    assert users.secret_hash(user).startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.fits(users.secret_hash(user), PASSWORD)
    assert not passwords.fits(users.secret_hash(user), PASSWORD + " ")
    with matter.engine.connect() as connection:
        added = journal.last_of(connection, "user added")
    assert added is not None
    assert (added.who, added.known_by) == journal.actor()
    assert verify(matter).broken == ()


def test_an_act_is_signed_by_the_user_named(home: Path, run: Command) -> None:
    words = ("add", "ortega", "--no-password", "--role", "reviewer", "--as", "lead")
    assert run("-C", home, "users", *words).exit_code == 0

    with Matter.open(home).engine.connect() as connection:
        granted = journal.last_of(connection, "granted")
    assert granted is not None
    assert granted.who == "lead"
    assert granted.known_by.startswith("--as, given by ")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("add", "x", "--no-password", "--as", "ortega"), "may not change users"),
        (("grant", "ortega", "lead", "--as", "ortega"), "may not change users"),
        (("wall", "lead", "--side", "ours", "--as", "ortega"), "may not change users"),
        (("wall", "ortega", "--as", "lead"), "says what it takes away"),
        (("wall", "ortega", "--custodian", "Reyes", "--as", "lead"), "no custodian 'Reyes'"),
        (("wall", "ortega", "--batch", "B0009", "--as", "lead"), "no batch 'B0009'"),
        (("wall", "ortega", "--document", "FW1", "--as", "lead"), "no document 'FW1'"),
        (("wall", "ortega", "--lift", "3", "--as", "lead"), "no wall but the role reviewer"),
        (("wall", "lead", "--lift", "4", "--as", "lead"), "a wall of ortega, not of lead"),
        (("revoke", "4", "--as", "lead"), "no role but a wall"),
        (("revoke", "9", "--as", "lead"), "no role 9 in force"),
        (("revoke", "2", "--as", "lead"), "Nobody would be left"),
        (("disable", "lead", "--as", "lead"), "Nobody would be left"),
        (("disable", "nobody", "--as", "lead"), "No user has the login"),
        (("add", "ORTEGA", "--no-password", "--as", "lead"), "already"),
        (("token", "ortega", "--as", "lead"), "is a person"),
        (("password", "lead", "--password-file", "pw", "--as", "ortega"), "may not change users"),
        (("grant", "ortega", "admin", "--side", "ours", "--as", "lead"), "sees no documents"),
        (("list2",), "No such command"),
        (("add", "y", "--service", "--no-password", "--as", "lead"), "exclude each other"),
        (("add", "y", "--as", "lead"), "Nobody sits here"),
        (("add", "y", "--password-file", "short", "--as", "lead"), "12 to 1,000 signs"),
        (("add", "y", "--password-file", "two", "--as", "lead"), "one password"),
    ],
)
def test_what_may_not_be_is_one_sentence_and_changes_nothing(
    home: Path, run: Command, words: tuple[str, ...], why: str
) -> None:
    run("-C", home, "users", "add", "ortega", "--no-password", "--role", "reviewer", "--as", "lead")
    run("-C", home, "users", "wall", "ortega", "--side", "theirs", "--as", "lead")
    (home / "short").write_text("eleven sign\n")
    (home / "two").write_text("twelve signs at least\nand another one here\n")
    before = _rows(run, home)

    done = run("-C", home, "users", *words)
    assert done.exit_code == 2
    assert why in done.stderr
    assert _rows(run, home) == before


def test_a_wall_goes_up_and_comes_down(home: Path, run: Command) -> None:
    run("-C", home, "users", "add", "ortega", "--no-password", "--as", "lead")
    words = ("wall", "ortega", "--custodian", "Reyes", "--expected", "--as", "lead", "--json")
    wall = json.loads(run("-C", home, "users", *words).stdout)
    assert (wall["role"], wall["scope"]["custodians"]) == ("wall", ["Reyes"])
    lift = ("wall", "ortega", "--lift", str(wall["number"]), "--as", "lead")
    assert run("-C", home, "users", *lift).exit_code == 0
    assert _rows(run, home)[1]["grants"] == []


def test_a_service_has_a_token_that_is_shown_once(home: Path, run: Command) -> None:
    words = ("add", "robot", "--service", "--role", "monitor", "--as", "lead", "--json")
    first = json.loads(run("-C", home, "users", *words).stdout)["token"]
    users = Users(Matter.open(home))
    assert passwords.of_token(users, first) == users.by_login("robot")
    again = run("-C", home, "users", "token", "robot", "--as", "lead", "--json").stdout
    second = json.loads(again)["token"]

    assert passwords.of_token(users, first) is None
    assert passwords.of_token(users, second) is not None
    assert first not in (home / "matter.db").read_bytes().decode("latin-1")
    for wrong in ("", "fw_", second + "x", "fw_U0001_" + second[9:], "\udc80"):
        assert passwords.of_token(users, wrong) is None
    run("-C", home, "users", "disable", "robot", "--as", "lead")
    assert passwords.of_token(Users(Matter.open(home)), second) is None


def test_a_password_is_set_anew_by_its_owner(home: Path, run: Command) -> None:
    words = ("users", "add", "ortega", "--role", "reviewer", "--no-password", "--as", "lead")
    assert run("-C", home, *words).exit_code == 0
    words = ("users", "password", "ortega", "--password-file", "pw", "--as", "ortega")
    assert run("-C", home, *words).exit_code == 0
    assert _rows(run, home)[1]["by"] == ["password"]


def test_passkeys_are_listed_and_removed_and_sessions_ended(home: Path, run: Command) -> None:
    """By name where it is one's alone, else by its id; everybody may their own."""
    matter = Matter.open(home)
    users = Users(matter)
    user = users.by_login("lead")
    assert user is not None
    for number in range(3):
        name = "Laptop" if number else "Blue key"
        kept = {"id": f"id{number}", "name": name, "site": "localhost", "sign_count": 0}
        users.add_passkey(user, kept, ("lead", "a test"))
    token, _ = Sessions(matter, users).begin(user, "a test")
    words = ("-C", home, "users", "passkeys", "lead", "--as", "lead")

    assert "Blue key" in run(*words).stdout
    assert "has 2 passkeys" in run(*words, "--remove", "Laptop").stderr
    assert "has no passkey 'Red key'" in run(*words, "--remove", "Red key").stderr
    left = json.loads(run(*words, "--remove", "id1", "--json").stdout)["passkeys"]
    assert [passkey["id"] for passkey in left] == ["id0", "id2"]
    assert Sessions(matter, users).found(token) is None
    token, _ = Sessions(matter, users).begin(user, "a test")
    assert run("-C", home, "users", "sign-out", "lead", "--as", "lead").exit_code == 0
    assert Sessions(matter, users).found(token) is None
    run("-C", home, "users", "add", "lin", "--role", "reviewer", "--no-password", "--as", "lead")
    for other in (("passkeys", "lead"), ("sign-out", "lead")):
        assert run("-C", home, "users", *other, "--as", "lin").exit_code == 2
    assert verify(matter).broken == ()
