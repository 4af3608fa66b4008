"""Redacting in the viewer, by keys and by mouse, while somebody else looks on and decides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from forthwith.domain.users import Grant, Role
from forthwith.record import redactions as kept
from forthwith.record.verify import verify
from forthwith.workflows.room.passwords import give as set_password
from forthwith.workflows.room.room import Room
from tests.browser.conftest import PASSWORD
from tests.browser.serving import Served
from tests.browser.test_room import BY, enter, lead, serving


@pytest.fixture
def room(room_matter: Path) -> Iterator[Room]:
    """A room with counsel who leads, and a maker of volumes who may not claim privilege."""
    room = Room.open(room_matter)
    lead(room, "reyes")
    maker = room.users.add("maker", "L. Maker", "human", BY)
    room.users.grant(Grant(maker.id, Role.PRODUCTION), BY)
    set_password(room.users, maker, PASSWORD, BY)
    yield room
    room.close()


@pytest.fixture
def served(room: Room) -> Iterator[Served]:
    with serving(room) as server:
        yield server


def drag(page: Page, over: Locator) -> None:
    """Draw a box within a word, as a hand does that is not exact."""
    box = over.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 4, box["y"] + 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] - 1, steps=4)
    page.mouse.up()


def test_boxes_are_drawn_seen_by_others_decided_and_undone(
    browser: Browser, page: Page, room: Room, served: Served
) -> None:
    columns, store = room.standing().columns, room.standing().store
    place = next(at for at in range(len(columns)) if store.row(at).name == "plan.txt")
    control = columns.controls[place]
    address = f"/documents/{control}?q=quorum"
    with browser.new_context() as second:
        other = second.new_page()
        other.set_default_timeout(30_000)
        enter(other, served, "reyes", address)
        enter(page, served, "maker", address)
        page.wait_for_selector(".hit")
        other.wait_for_selector(".words span")

        # By keys alone: to the hit, into the mode, a reason.
        page.keyboard.press("n")
        page.keyboard.press("x")
        expect(page.locator(".redaction.pending")).to_have_count(1)
        page.keyboard.press("1")
        standing = page.locator("button.redaction.standing")
        expect(standing).to_have_count(1)
        expect(standing).to_have_accessible_name("PII, standing, maker")
        expect(other.locator("button.redaction.standing")).to_have_count(1)

        # By mouse, within a word: it becomes the whole word. A reason that claims privilege is
        # proposed by whoever may not claim it.
        word = page.locator(".words span", has_text="spring")
        drag(page, word)
        page.get_by_role("button", name="AC", exact=True).click()
        proposed = page.locator("button.redaction.proposed")
        expect(proposed).to_have_count(1)
        drawn, whole = proposed.bounding_box(), word.bounding_box()
        assert drawn is not None
        assert whole is not None
        assert drawn["x"] <= whole["x"]
        assert drawn["x"] + drawn["width"] >= whole["x"] + whole["width"]
        page.keyboard.press("2")
        expect(page.locator("#said")).to_contain_text("Draw a box first")
        assert room.codings.now(control) is None

        # Undone and drawn again by the words selected.
        page.keyboard.press("u")
        expect(proposed).to_have_count(0)
        page.keyboard.press("Escape")
        expect(page.locator(".redact-bar")).to_be_hidden()
        word.dblclick()
        page.keyboard.press("x")
        page.keyboard.press("3")
        expect(proposed).to_have_count(1)

        # Whoever leads takes it on the page of all redactions, by keys.
        other.goto(f"{served.url}/redactions?state=proposed")
        expect(other.locator("#rows tbody tr")).to_have_count(1)
        other.keyboard.press("j")
        other.keyboard.press("a")
        expect(other.locator("#said")).to_contain_text("Accepted")
        expect(standing).to_have_count(2)
        expect(proposed).to_have_count(0)

        # What claims privilege is removed by nobody who may not claim; the other one is.
        page.get_by_role("button", name="AC, standing, reyes").click()
        expect(page.get_by_role("button", name="Remove")).to_have_count(0)
        page.get_by_role("button", name="PII, standing, maker").click()
        page.keyboard.press("Delete")
        expect(standing).to_have_count(1)
    with room.matter.engine.connect() as connection:
        (left,) = kept.covering(connection)[control]
        states = [str(row.state) for row in kept.history(connection, control)]
    assert (left.reason, left.who) == ("AC", "reyes")
    assert states == ["standing", "proposed", "removed", "proposed", "standing", "removed"]
    assert verify(room.matter).broken == ()
