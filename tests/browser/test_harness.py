"""The browser these tests drive is a real one, and the room it meets is served like a real one."""

from __future__ import annotations

import asyncio

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.serving import Served


def test_a_page_of_the_room_is_painted(page: Page, room_server: Served) -> None:
    page.goto(room_server.url)

    assert page.evaluate("document.elementFromPoint(20, 30) !== null")
    assert page.inner_text("h1")


def test_a_server_that_went_away_comes_back_at_the_same_place(
    page: Page, room_server: Served
) -> None:
    asked = "fetch('/enter').then(reply => reply.status, () => 'gone')"
    page.goto(room_server.url)
    room_server.stop()
    assert page.evaluate(asked) == "gone"
    room_server.start()

    assert page.evaluate(asked) == 200


def test_a_sandboxed_frame_runs_no_script(context: BrowserContext) -> None:
    """What the tests of hostile mail rest on: this browser has the sandbox of a real one."""
    page = context.new_page()
    page.set_content(
        "<iframe sandbox='' srcdoc='<p>a<script>document.body.id=1</script>'></iframe>"
    )

    frame = page.frames[1]
    frame.wait_for_load_state()
    assert frame.inner_text("p") == "a"
    assert frame.query_selector("body[id]") is None


def test_other_tests_of_the_process_run_loops_of_their_own(
    request: pytest.FixtureRequest,
) -> None:
    """Playwright leaves its own running; whoever does not drive the browser must not meet it."""
    request.getfixturevalue("_browser")

    async def answer() -> int:
        return 7

    assert asyncio.run(answer()) == 7
