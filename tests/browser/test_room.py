"""The whole way in a real room: sign in, search, read a page, code, and find it in the matter."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

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


@pytest.fixture
def served(room: Room) -> Iterator[Served]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Served(create_app(room, Door(port=port)))
    server.port = port
    with server:
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
