"""Pages, words and a mail as sent over the web: through the mask, asked for each time, shut in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from forthwith.domain.users import Grant, Role, Scope
from forthwith.process.run import process
from forthwith.web import mail_frame
from forthwith.web.app import create_app
from forthwith.workflows.room.room import Room
from tests.builders import evidence
from tests.web.conftest import BY, PASSWORD, Browser, Place

HTML = (
    b"From: a@northgate.example\r\nSubject: H\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/html; charset=utf-8\r\n\r\n"
    b"<p onclick=x()>As <b>sent</b> <a href='http://tracker.example/'>here</a>"
    b"<img src=http://tracker.example/i><script>x()</script>"
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("web")
    loose = evidence.write(folder / "in", a_eml=HTML, b_txt=b"two of three\n")
    matter = evidence.matter(folder / "m", loose)
    process(matter, workers=1)
    room = Room(matter)
    yield Place(room, create_app(room))
    room.close()


@pytest.fixture(scope="module")
def lead(place: Place) -> Browser:
    place.user("lead", Role.LEAD, password=PASSWORD)
    browser = place.browser()
    browser.sign_in("lead")
    return browser


def control_of(place: Place, name: str) -> str:
    store = place.room.standing().store
    rows = store.rows(range(len(place.room.standing().columns)))
    return next(row.control for row in rows if row.name == name)


def page_of(lead: Browser, control: str) -> Any:
    digest = lead.get(f"/api/pages/{control}").json()["digest"]
    return lead.get(f"/page/{control}/0/{digest}.png")


def test_a_page_is_kept_by_the_browser_and_asked_for_each_time(place: Place, lead: Browser) -> None:
    control = control_of(place, "b.txt")
    page = page_of(lead, control)

    assert page.status_code == 200
    assert page.headers["content-type"] == "image/png"
    assert page.headers["cache-control"] == "private, no-cache"
    again = lead.get(str(page.url), headers={"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_an_address_of_an_older_picture_leads_to_the_new_one(place: Place, lead: Browser) -> None:
    control = control_of(place, "b.txt")
    old = lead.get(f"/page/{control}/0/{'0' * 24}.png")

    assert old.status_code == 307
    assert old.headers["location"] == page_of(lead, control).url.path


def test_words_and_hits_are_lists_of_numbers(place: Place, lead: Browser) -> None:
    control = control_of(place, "b.txt")

    assert [row[0] for row in lead.get(f"/api/words/{control}/0").json()] == ["two", "of", "three"]
    assert [row[0] for row in lead.get(f"/api/hits/{control}?q=three").json()] == [0]


@pytest.mark.parametrize("index", ["9", "-1", "1e3", "9" * 30, "%D9%A1", "x"])
def test_a_page_that_is_none_is_not_there(place: Place, lead: Browser, index: str) -> None:
    assert lead.get(f"/api/words/{control_of(place, 'b.txt')}/{index}").status_code == 404


def test_a_mail_as_sent_has_a_policy_of_its_own_and_no_address(place: Place, lead: Browser) -> None:
    answer = lead.get(f"/mail/{control_of(place, 'a.eml')}")

    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == mail_frame.POLICY
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<p>As <b>sent</b> <a>here</a><img>" in answer.text
    assert "tracker" not in answer.text
    assert lead.get(f"/mail/{control_of(place, 'b.txt')}").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/page/{}/0/x.png",
        "/api/words/{}/0",
        "/api/pages/{}",
        "/api/lights/{}/0",
        "/api/hits/{}?q=a",
        "/mail/{}",
    ],
)
def test_what_is_walled_off_is_not_there(place: Place, lead: Browser, path: str) -> None:
    """The same as for a number that no document has."""
    control = control_of(place, "a.eml")
    login = "walled" + path[1:].partition("/{}")[0].replace("/", "-")
    walled = place.user(login, Role.LEAD, password=PASSWORD)
    place.room.users.grant(Grant(walled.id, Role.WALL, Scope(documents=frozenset({control}))), BY)
    browser = place.browser()
    browser.sign_in(login)
    there, absent = (browser.get(path.format(number)) for number in (control, "FW99999999"))

    assert there.status_code == absent.status_code == 404
    assert there.text.replace(control, "") == absent.text.replace("FW99999999", "")
