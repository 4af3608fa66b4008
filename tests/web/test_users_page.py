"""The page of people: who is added, what they are given, and what is refused in a sentence."""

from __future__ import annotations

import pytest

from forthwith.domain.users import Role
from forthwith.record.matter import Matter
from forthwith.web.app import create_app
from forthwith.workflows.room.room import Room
from tests.web.conftest import PASSWORD, Browser, Place


@pytest.fixture
def place(matter: Matter) -> Place:
    room = Room(matter)
    place = Place(room, create_app(room))
    place.user("office", Role.ADMIN, password=PASSWORD)
    return place


@pytest.fixture
def office(place: Place) -> Browser:
    browser = place.browser()
    browser.sign_in("office")
    token = browser.client.cookies.get("forthwith-8600") or ""
    browser.csrf = place.app.state["entrance"].found(token)[0].csrf
    return browser


def test_somebody_is_added_given_a_role_and_shut_out(place: Place, office: Browser) -> None:
    new = {"login": "ortega", "name": "<b>M. Ortega</b>", "kind": "human", "role": "reviewer"}
    added = office.form("/users", new | {"password": PASSWORD})
    assert added.status_code == 303
    page = office.get(added.headers["location"]).text
    assert "&lt;b&gt;M. Ortega&lt;/b&gt;" in page
    users = place.room.users
    user = users.by_login("ortega")
    (first,) = users.grants(user.id)

    theirs = {"role": "monitor", f"{user.id}-sides": "theirs"}
    assert office.form("/users/ortega/grant", theirs).status_code == 303
    assert office.form("/users/ortega/revoke", {"grant": str(first.id)}).status_code == 303
    assert [grant.role for grant in users.grants(user.id)] == [Role.MONITOR]
    ortega = place.browser()
    assert ortega.sign_in("ortega").status_code == 303
    assert ortega.get("/users").status_code == 403
    assert office.form("/users/ortega/disable", {}).status_code == 303
    assert ortega.get("/me").headers["location"].startswith("/enter")

    answer = office.form("/users", {"login": "robot", "kind": "service"})
    assert "shown this once" in answer.text
    assert "shown this once" not in office.get("/users").text


REFUSED: tuple[tuple[str, dict[str, str], int], ...] = (
    ("/users", {"login": "two words", "name": "Kept"}, 422),
    ("/users", {"login": "new", "password": "short", "name": "Kept"}, 422),
    ("/users", {"login": "new", "role": "emperor", "name": "Kept"}, 404),
    ("/users/office/disable", {}, 403),
    ("/users/nobody/disable", {}, 422),
    ("/users/office/crown", {}, 404),
    ("/users/office/revoke", {"grant": "x" * 50}, 422),
)


def test_what_cannot_be_is_refused_and_what_was_typed_stays(office: Browser) -> None:
    for path, sent, status in REFUSED:
        answer = office.form(path, sent)

        assert answer.status_code == status, (path, sent)
        if status == 422 and "name" in sent:
            assert 'value="Kept"' in answer.text
