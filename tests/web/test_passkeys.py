"""Passkeys: added by whoever they are, letting in nobody else, from nowhere else, never twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from forthwith.domain.users import Role
from forthwith.record import journal
from forthwith.record.matter import Matter
from forthwith.record.verify import verify
from forthwith.web.app import create_app
from forthwith.web.guard import Door
from forthwith.workflows.room.room import Room
from tests.builders.authenticator import Authenticator
from tests.web.conftest import BY, PASSWORD, Browser, Place

HERE = "http://localhost:8600"


class Person(Browser):
    """A browser at the room's name."""

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self.ask("POST", path, body, **{"Origin": HERE, **headers})

    def options(self) -> dict[str, Any]:
        """Load the sign-in page and ask to show a passkey."""
        self.open()
        answer = self.post("/api/passkey/begin", {})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def show(self, credential: Any, next_: str = "/") -> Any:
        return self.post("/api/passkey/enter", {"credential": credential, "next": next_})

    def add(self, device: Authenticator, name: str = "Laptop", **odd: Any) -> Any:
        self.open("/me")
        options = self.post("/api/me/passkeys/begin", {"password": PASSWORD}).json()
        made = device.made(options, **odd)
        return self.post("/api/me/passkeys", {"name": name, "credential": made})


@pytest.fixture
def door_at(matter: Matter) -> Iterator[Callable[..., Place]]:
    """Open the door of a whole room."""
    room = Room.open(matter.folder)
    yield lambda door=None, address=HERE: Place(room, create_app(room, door), address)
    room.close()


@pytest.fixture
def place(door_at: Callable[..., Place]) -> Place:
    place = door_at(address=HERE)
    place.user("ana", Role.LEAD, password=PASSWORD)
    return place


def _person(place: Place) -> Person:
    return Person(place.browser().client)


def _signed_in(place: Place, login: str = "ana") -> Person:
    person = _person(place)
    assert person.sign_in(login).status_code == 303
    return person


@pytest.fixture
def device(place: Place) -> Authenticator:
    """The device on which Ana added a passkey."""
    device = Authenticator()
    answer = _signed_in(place).add(device)
    assert answer.status_code == 201, answer.text
    device.count += 1
    return device


def _last(place: Place, action: str) -> journal.Entry | None:
    with place.room.matter.engine.connect() as connection:
        return journal.last_of(connection, action)


def test_a_passkey_lets_in_and_the_page_asked_for_comes_next(
    place: Place, device: Authenticator
) -> None:
    person = _person(place)

    answer = person.show(device.shown(person.options()), "/documents?q=quorum")

    assert (answer.status_code, answer.json()) == (200, {"go": "/documents?q=quorum"})
    assert "You are here by passkey" in person.get("/me").text
    entry = _last(place, "entered")
    assert entry is not None
    assert "passkey" in entry.body


def test_adding_and_removing_are_acts_and_a_removed_passkey_is_none(
    place: Place, device: Authenticator
) -> None:
    person, other = _signed_in(place), _signed_in(place)
    passkey = place.room.users.passkeys(place.room.users.by_login("ana"))[0]
    person.open("/me")

    removed = person.form("/me/passkeys/remove", {"passkey": passkey["id"]})

    assert removed.headers["location"] == "/me?done=removed"
    assert person.get("/me").status_code == 200
    assert other.get("/me").status_code == 303
    for action in ("passkey added", "passkey removed"):
        entry = _last(place, action)
        assert entry is not None
        assert '"name":"Laptop"' in entry.body
    assert verify(place.room.matter).broken == ()
    last = _person(place)
    place.room.users.add_passkey(
        place.user("ben"), {"id": "x", "name": "", "sign_count": 0, "handle": "x"}, BY
    )
    assert last.show(device.shown(last.options())).status_code == 403


def _set(**values: Any) -> Callable[[Authenticator], dict[str, Any]]:
    def change(device: Authenticator) -> dict[str, Any]:
        for name, value in values.items():
            setattr(device, name, value)
        return {}

    return change


REFUSED = [
    pytest.param(lambda d: {"key": ec.generate_private_key(ec.SECP256R1())}, id="forged"),
    pytest.param(_set(origin="http://evil.test"), id="another site"),
    pytest.param(_set(origin="http://localhost:9999"), id="another port"),
    pytest.param(_set(origin="https://localhost:8600"), id="another scheme"),
    pytest.param(_set(told={"crossOrigin": True}), id="in a frame"),
    pytest.param(_set(told={"topOrigin": "http://evil.test"}), id="under another page"),
    pytest.param(lambda d: {"site": "evil.test"}, id="made for another name"),
    pytest.param(lambda d: {"type": "webauthn.create"}, id="another ceremony"),
    pytest.param(_set(verified=False), id="nobody verified"),
    pytest.param(_set(present=False), id="nobody there"),
    pytest.param(_set(id=b"x" * 32), id="unknown"),
    pytest.param(lambda d: {"handle": "AAAA"}, id="another handle"),
    pytest.param(lambda d: {"handle": None}, id="no handle"),
    pytest.param(_set(count=1), id="counted no further"),
    pytest.param(_set(count=0), id="counted back"),
]


@pytest.mark.parametrize("change", REFUSED)
def test_what_proves_nothing_lets_nobody_in(
    place: Place, device: Authenticator, change: Callable[[Authenticator], dict[str, Any]]
) -> None:
    person = _person(place)
    odd = change(device)

    answer = person.show(device.shown(person.options(), **odd))

    assert answer.status_code == 403
    assert "does not let you in" in answer.json()["error"]
    assert person.get("/me").status_code == 303


def test_a_count_that_goes_back_is_in_the_journal(place: Place, device: Authenticator) -> None:
    person = _person(place)
    device.count = 9
    assert person.show(device.shown(person.options())).status_code == 200
    device.count, copy = 8, _person(place)

    assert copy.show(device.shown(copy.options())).status_code == 403
    entry = _last(place, "passkey refused")
    assert entry is not None
    assert '"counted":9' in entry.body


def test_what_was_shown_once_lets_in_no_second_time(place: Place, device: Authenticator) -> None:
    person = _person(place)
    shown = device.shown(person.options())
    assert person.show(shown).status_code == 200
    again = _person(place)
    again.options()

    assert again.show(shown).status_code == 403
    assert again.show(shown).status_code == 403


def test_a_challenge_is_spent_by_a_wrong_answer(place: Place, device: Authenticator) -> None:
    person = _person(place)
    options = person.options()
    wrong = device.shown(options, key=ec.generate_private_key(ec.SECP256R1()))

    assert person.show(wrong).status_code == 403
    assert person.show(device.shown(options)).status_code == 403


def test_a_challenge_is_one_browsers(place: Place, device: Authenticator) -> None:
    asked, other = _person(place), _person(place)
    options = asked.options()
    other.options()

    assert other.show(device.shown(options)).status_code == 403


def test_a_challenge_is_over_after_five_minutes(place: Place, device: Authenticator) -> None:
    person, now = _person(place), [1_000.0]
    place.app.state["passkeys"]._clock = lambda: now[0]
    options = person.options()
    now[0] += 301

    assert person.show(device.shown(options)).status_code == 403


def test_a_passkey_of_one_is_not_anothers(place: Place, device: Authenticator) -> None:
    place.user("ben", Role.REVIEWER, password=PASSWORD)
    bens = Authenticator()
    assert _signed_in(place, "ben").add(bens).status_code == 201
    person = _person(place)

    as_ana = bens.shown(person.options(), handle=device.handle)
    assert person.show(as_ana).status_code == 403
    bens.id = device.id
    as_ana = bens.shown(person.options(), handle=device.handle)
    assert person.show(as_ana).status_code == 403


def test_nobody_adds_what_another_has(place: Place, device: Authenticator) -> None:
    place.user("ben", Role.REVIEWER, password=PASSWORD)
    ben = _signed_in(place, "ben")

    assert ben.add(Authenticator(id=device.id)).status_code == 422


def test_a_closed_account_is_not_let_in(place: Place, device: Authenticator) -> None:
    person = _person(place)
    options = person.options()
    place.room.users.disable(place.room.users.by_login("ana"), BY)

    assert person.show(device.shown(options)).status_code == 403


@pytest.mark.parametrize(
    ("change", "odd"),
    [
        pytest.param({"origin": "http://evil.test"}, {}, id="another site"),
        pytest.param({"origin": "http://localhost:9999"}, {}, id="another port"),
        pytest.param({"told": {"crossOrigin": True}}, {}, id="in a frame"),
        pytest.param({"verified": False}, {}, id="nobody verified"),
        pytest.param({"present": False}, {}, id="nobody there"),
        pytest.param({}, {"site": "evil.test"}, id="another name"),
        pytest.param({}, {"type": "webauthn.get"}, id="another ceremony"),
        pytest.param({}, {"algorithm": -65535}, id="a weak algorithm"),
        pytest.param({"id": b""}, {}, id="no id"),
    ],
)
def test_what_proves_nothing_is_not_added(
    place: Place, change: dict[str, Any], odd: dict[str, Any]
) -> None:
    answer = _signed_in(place).add(Authenticator(**change), **odd)

    assert answer.status_code == 422
    assert "Nothing was added" in answer.json()["error"]
    assert place.room.users.passkeys(place.room.users.by_login("ana")) == ()


def test_adding_needs_the_password_that_stands(place: Place) -> None:
    person = _signed_in(place)
    person.open("/me")

    answer = person.post("/api/me/passkeys/begin", {"password": "not this password"})

    assert answer.status_code == 422
    assert "not the password you have now" in answer.json()["error"]
    made = Authenticator().made(
        {"user": {"id": "AAAA"}, "rp": {"id": "localhost"}, "challenge": ""}
    )
    assert person.post("/api/me/passkeys", {"credential": made}).status_code == 422


@pytest.mark.parametrize(
    "shown",
    [
        {},
        {"id": 7},
        {"id": "\u00e9", "response": []},
        {"id": "AAAA", "response": {"userHandle": "AAAA", "clientDataJSON": "W10"}},
        {"id": "AAAA", "response": {"userHandle": "AAAA", "clientDataJSON": "e30"}},
        {"id": "AAAA", "rawId": "AAAA", "type": "x", "response": {"clientDataJSON": "a" * 60_000}},
    ],
    ids=range(6),
)
def test_nonsense_is_a_refusal_and_no_defect(
    place: Place, device: Authenticator, shown: dict[str, Any]
) -> None:
    person = _person(place)
    person.options()

    assert person.show(shown).status_code == 403


def test_a_page_of_another_site_asks_for_nothing(place: Place) -> None:
    person = _signed_in(place)
    person.open("/me")

    answer = person.post(
        "/api/me/passkeys/begin", {"password": PASSWORD}, Origin="http://evil.test"
    )

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("door", "address", "said"),
    [
        pytest.param(Door(), "http://127.0.0.1:8600", "http://localhost:8600/me", id="by number"),
        pytest.param(Door(), "http://localhost:8600", "Add a passkey", id="by name"),
        pytest.param(
            Door(names=frozenset({"192.0.2.7"}), port=443, secure=True),
            "https://192.0.2.7", "a certificate with a name", id="TLS by number",
        ),
        pytest.param(
            Door(names=frozenset({"room.halden.example"}), port=443, secure=True),
            "https://room.halden.example", "Add a passkey", id="TLS by name",
        ),
    ],
)  # fmt: skip
def test_oneself_says_where_a_passkey_can_be_added(
    door_at: Callable[..., Place], door: Door, address: str, said: str
) -> None:
    place = door_at(door, address)
    place.user("ana", Role.LEAD, password=PASSWORD)

    assert said in _signed_in(place).get("/me").text


def test_a_passkey_of_a_proxied_room_is_for_its_name(door_at: Callable[..., Place]) -> None:
    names = frozenset({"room.halden.example"})
    place = door_at(
        Door(names=names, port=8600, secure=True, behind_proxy=True), "https://room.halden.example"
    )
    place.user("ana", Role.LEAD, password=PASSWORD)
    person = _signed_in(place)
    person.open("/me")
    origin = "https://room.halden.example"

    options = person.post("/api/me/passkeys/begin", {"password": PASSWORD}, Origin=origin).json()
    made = Authenticator(origin=origin).made(options)
    answer = person.post("/api/me/passkeys", {"credential": made}, Origin=origin)

    assert options["rp"]["id"] == "room.halden.example"
    assert answer.status_code == 201


def test_ones_own_password_changes_and_other_sessions_end(place: Place) -> None:
    person, other = _signed_in(place), _signed_in(place)
    person.open("/me")
    new = {"new": "plover harbour 44", "again": "plover harbour 44"}

    wrong = person.form("/me/password", {"password": "not this password", **new})
    right = person.form("/me/password", {"password": PASSWORD, **new})

    assert wrong.status_code == 422
    assert right.headers["location"] == "/me?done=password"
    assert person.get("/me").status_code == 200
    assert other.get("/me").status_code == 303
    assert _person(place).sign_in("ana").status_code == 401


def test_everywhere_is_everywhere(place: Place) -> None:
    person, other = _signed_in(place), _signed_in(place)
    person.open("/me")

    left = person.form("/me/sessions", {})

    assert left.headers["location"] == "/enter"
    assert [who.get("/me").status_code for who in (person, other)] == [303, 303]
    entry = _last(place, "left")
    assert entry is not None
    assert '"everywhere":true' in entry.body
