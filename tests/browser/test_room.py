"""The whole way in a real room: sign in, search, read a page, code, and find it in the matter."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from forthwith.domain.users import Grant, Role
from forthwith.web.app import create_app
from forthwith.web.guard import Door
from forthwith.workflows.room.passwords import give as set_password
from forthwith.workflows.room.room import Room
from tests.browser.serving import Served

BY = ("root", "test")
PASSWORD = "orchard lantern 90"


@pytest.fixture
def room(room_matter: Path) -> Iterator[Room]:
    """The room of that matter, with one person who leads its review."""
    room = Room.open(room_matter)
    user = room.users.add("ortega", "M. Ortega", "human", BY)
    room.users.grant(Grant(user.id, Role.LEAD), BY)
    set_password(room.users, user, PASSWORD, BY)
    yield room
    room.close()


def serving(room: Room) -> Served:
    """Serve it at the port its door knows."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Served(create_app(room, Door(port=port)))
    server.port = port
    return server


@pytest.fixture
def served(room: Room) -> Iterator[Served]:
    with serving(room) as server:
        yield server


def test_a_document_is_found_read_and_coded(page: Page, room: Room, served: Served) -> None:
    page.goto(f"{served.url}/documents?q=quorum")
    page.get_by_label("Login").fill("ortega")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".layer .row a")
    expect(page.locator("#q")).to_have_value("quorum")
    first = page.locator(".row.active a").inner_text()
    page.locator(".grid").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#number")).to_have_text(first)
    page.wait_for_selector(".paper .page.here", timeout=30_000)
    page.wait_for_selector(".hit", timeout=30_000)
    page.keyboard.press("t")
    page.keyboard.press("Enter")
    expect(page.locator("#number")).not_to_have_text(first)
    coding = room.codings.now(first)
    assert coding is not None
    assert (coding.who, coding.body["responsive"]) == ("ortega", "no")
    # What is not there is said so, and not by an empty page.
    page.goto(f"{served.url}/documents/FW99999999")
    expect(page.locator("main")).to_contain_text("There is no document FW99999999 here")
    page.goto(f"{served.url}/documents?q=quorum+AND")
    expect(page.locator("#wrong mark")).to_be_visible()


def enter(page: Page, served: Served, login: str, address: str = "/documents") -> None:
    page.goto(f"{served.url}{address}")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")


def lead(room: Room, login: str) -> None:
    user = room.users.add(login, login.title(), "human", BY)
    room.users.grant(Grant(user.id, Role.LEAD), BY)
    set_password(room.users, user, PASSWORD, BY)


def test_two_people_on_one_document_hear_of_each_other_and_lose_nothing(
    browser: Browser, page: Page, room: Room, served: Served
) -> None:
    lead(room, "reyes")
    control = room.standing().columns.controls[0]
    enter(page, served, "ortega", f"/documents/{control}")
    expect(page.locator("#number")).to_have_text(control)
    with browser.new_context() as second:
        other = second.new_page()
        enter(other, served, "reyes", f"/documents/{control}")
        expect(other.locator("#number")).to_have_text(control)
        # What the first one types and has not saved stays when the other saves.
        page.keyboard.press("h")
        other.keyboard.press("t")
        other.keyboard.press("Enter")
        expect(page.locator("#form .meanwhile")).to_contain_text("reyes")
        expect(page.get_by_role("checkbox", name="Hot")).to_be_checked()
        page.keyboard.press("t")
        page.keyboard.press("Enter")
        expect(page.locator("dialog.compare")).to_contain_text("reyes")
    codings = room.codings.history(control)
    assert [coding.version for coding in codings] == list(range(1, len(codings) + 1))
    assert codings[0].who == "reyes"
    room.users.disable(room.users.by_login("ortega"), BY)
    # Whose session ends is told so at once, by the page that was left open.
    expect(page.locator("#state")).to_contain_text("Your session has ended")


def test_a_mail_as_sent_is_framed_when_asked_for(page: Page, room: Room, served: Served) -> None:
    columns, store = room.standing().columns, room.standing().store
    mail = next(at for at in range(len(columns)) if store.row(at).name == "first.eml")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    enter(page, served, "ortega", f"/documents/{columns.controls[mail]}")
    page.wait_for_selector(".paper .page.here")
    assert not [address for address in asked if "/mail/" in address]
    page.get_by_role("tab", name="As sent").click()
    frame = page.frame_locator("#panel-sent iframe")
    expect(frame.locator("body")).to_contain_text("nothing in HTML")
    assert page.locator("#panel-sent iframe").get_attribute("sandbox") == ""
    # The next document begins with its pages again.
    page.keyboard.press("j")
    expect(page.locator("#panel-sent")).to_be_hidden()


def test_what_is_always_marked_is_marked_in_text_and_on_pages(
    page: Page, tmp_path: Path, room_matter: Path
) -> None:
    settings = room_matter / "matter.toml"
    settings.write_text(
        settings.read_text() + '\n[room]\nhighlight = "quorum; \\"two of three\\""\n'
    )
    room = Room.open(room_matter)
    lead(room, "ortega")
    with serving(room) as served:
        found = room.standing()
        plan = next(
            at for at in range(len(found.columns)) if found.store.row(at).name == "plan.txt"
        )
        enter(page, served, "ortega", f"/documents/{found.columns.controls[plan]}")
        expect(page.locator(".light.term")).to_have_count(2)
        expect(page.locator(".legend")).to_have_text("terms")
        page.get_by_role("tab", name="Text").click()
        expect(page.locator("mark.term")).to_have_text(["quorum", "two of three"])
    room.close()
