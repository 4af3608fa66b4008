"""Services: a token in place of a session, under the same mask and the same limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from forthwith.domain.users import Grant, Role, Scope
from forthwith.record.matter import Matter
from forthwith.web.app import create_app
from forthwith.workflows.room import passwords
from forthwith.workflows.room.room import Room
from tests.web.conftest import BY, PASSWORD, Place


@pytest.fixture
def place(matter: Matter) -> Iterator[Place]:
    room = Room.open(matter.folder)
    yield Place(room, create_app(room))
    room.close()


def _service(place: Place, login: str, *roles: Role) -> str:
    users = place.room.users
    user = users.add(login, "", "service", BY)
    for role in roles:
        users.grant(Grant(user.id, role, Scope()), BY)
    token, secret = passwords.new_token(user)
    users.set_secret(user, secret, BY)
    return token


Ask = Callable[..., httpx.Response]


@pytest.fixture
def ask(place: Place) -> Ask:
    def asked(shown: str, path: str = "/users", method: str = "GET", **more: str) -> httpx.Response:
        headers = {"Authorization": shown, "Accept": "application/json", **more}
        answer: httpx.Response = place.browser().client.request(method, path, headers=headers)
        return answer

    return asked


def test_a_token_is_its_service_and_no_more(place: Place, ask: Ask) -> None:
    admin = _service(place, "robot", Role.ADMIN)
    observer = _service(place, "looker", Role.OBSERVER)

    assert ask(f"Bearer {admin}").status_code == 200
    assert ask(f"bearer  {admin}").status_code == 200
    assert ask(f"Bearer {observer}").status_code == 403
    assert ask(f"Bearer {admin}", "/me").status_code == 403


def test_a_token_needs_no_page_of_ours_and_sends_what_the_route_takes(
    place: Place, ask: Ask
) -> None:
    token = _service(place, "robot", Role.ADMIN)
    headers = {"Authorization": f"Bearer {token}", "Origin": "https://elsewhere.test"}
    client = place.browser().client

    added = client.post("/users", headers=headers, data={"login": "ben", "kind": "human"})
    unfit = client.post("/users", headers=headers, json={"login": "eve", "kind": "human"})

    assert added.status_code == 303
    assert unfit.status_code == 415
    assert place.room.users.by_login("ben") is not None
    assert place.room.users.by_login("eve") is None


@pytest.mark.parametrize(
    "shown",
    [
        "Bearer",
        "Bearer ",
        "Bearer fw_",
        "Bearer fw_U0001_",
        "Bearer \u00e9",
        "Bearer {}x",
        "Bearer x{}",
    ],
)
def test_what_is_no_token_is_nobody(place: Place, ask: Ask, shown: str) -> None:
    token = _service(place, "robot", Role.ADMIN)

    answer = ask(shown.format(token).encode("latin-1"))

    assert answer.status_code == 401
    assert token not in answer.text


def test_a_replaced_token_and_a_closed_service_are_nobody(place: Place, ask: Ask) -> None:
    token = _service(place, "robot", Role.ADMIN)
    robot = place.room.users.by_login("robot")
    place.room.users.disable(robot, BY)

    assert ask(f"Bearer {token}").status_code == 401


def test_a_wrong_token_is_not_made_good_by_a_cookie(place: Place) -> None:
    place.user("ana", Role.ADMIN, password=PASSWORD)
    browser = place.browser()
    assert browser.sign_in("ana").status_code == 303

    assert browser.get("/users", headers={"Authorization": "Bearer fw_no"}).status_code == 401


def test_wrong_tokens_wait_and_a_right_one_passes(
    place: Place, ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    token = _service(place, "robot", Role.ADMIN)
    for _ in range(5):
        assert ask("Bearer fw_guess").status_code == 401

    assert ask("Bearer fw_guess").status_code == 429
    assert ask(f"Bearer {token}").status_code == 200
    assert "fw_" not in caplog.text
