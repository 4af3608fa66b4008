"""A passkey in a real browser, whose device is a virtual one: added, and signed in with."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from forthwith.domain.users import Grant, Role
from forthwith.web.app import create_app
from forthwith.web.guard import Door
from forthwith.workflows.room import passwords
from forthwith.workflows.room.room import Room
from tests.browser.serving import Served

BY = ("root", "test")
PASSWORD = "orchard lantern 90"


@pytest.fixture
def room(room_matter: Path) -> Iterator[Room]:
    room = Room.open(room_matter)
    user = room.users.add("ortega", "M. Ortega", "human", BY)
    room.users.grant(Grant(user.id, Role.LEAD), BY)
    passwords.give(room.users, user, PASSWORD, BY)
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


def test_a_passkey_is_added_and_lets_in(page: Page, room: Room, served: Served) -> None:
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
                "hasUserVerification": True, "isUserVerified": True,
            }
        },
    )  # fmt: skip
    here = f"http://localhost:{served.port}"
    page.goto(f"{here}/enter?next=/me")
    page.get_by_label("Login").fill("ortega")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_label("Name of a new one").fill("Laptop")
    page.get_by_label("Your password").fill("not this password")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator("[data-passkey-wrong]")).to_contain_text("not the password you have now")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("status").filter(has_text="passkey is added")).to_be_visible()
    expect(page.get_by_role("cell", name="Laptop", exact=True)).to_be_visible()

    page.get_by_role("button", name="Sign out", exact=True).click()
    page.goto(f"{here}/enter?next=/me")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.locator("main")).to_contain_text("You are here by passkey")

    page.get_by_label("Remove Laptop").click()
    page.get_by_role("button", name="Remove Laptop").click()
    expect(page.locator("main")).to_contain_text("No passkeys yet")
    user = room.users.by_login("ortega")
    assert user is not None
    assert room.users.passkeys(user) == ()
