"""A real Chromium, and a room for it on a port of this machine.

`page` is a fresh page of a browser with no history; a second person is another `context`:
`browser.new_context()`. Where no browser can be had, these tests skip with the reason, and fail
where CI=true.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from forthwith.domain.users import Grant, Role
from forthwith.process.run import process
from forthwith.web.app import create_app
from forthwith.workflows.room.passwords import give as set_password
from forthwith.workflows.room.room import Room
from tests.browser import chromium
from tests.browser.memory_room import MemoryRoom, application
from tests.browser.serving import Served
from tests.builders import evidence
from tests.npm import NotInstalledError

PASSWORD = "orchard lantern 90"
#: Milliseconds a state is waited for: a machine at work for others is slow, and no test measures.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def _playwright() -> Iterator[tuple[Playwright, asyncio.AbstractEventLoop]]:
    """Playwright with its event loop, which runs only while a test drives the browser.

    Left running it would forbid every other test of this process a loop of its own.
    """
    manager = sync_playwright()
    playwright = manager.start()
    loop = asyncio.get_running_loop()
    asyncio._set_running_loop(None)
    yield playwright, loop
    asyncio._set_running_loop(loop)
    playwright.stop()
    asyncio._set_running_loop(None)


@pytest.fixture(scope="session")
def _browser(_playwright: tuple[Playwright, asyncio.AbstractEventLoop]) -> Iterator[Browser]:
    """Start it once a worker."""
    try:
        program = chromium.set_up()
    except NotInstalledError as reason:
        sentence = f"NO BROWSER, so nothing of the room's pages is tested here: {reason}"
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    playwright, loop = _playwright
    asyncio._set_running_loop(loop)
    started = playwright.chromium.launch(
        executable_path=program.path,
        args=list(chromium.ARGUMENTS),
        env={**os.environ, **program.environment},
    )
    asyncio._set_running_loop(None)
    yield started
    asyncio._set_running_loop(loop)
    started.close()
    asyncio._set_running_loop(None)


@pytest.fixture
def browser(
    _browser: Browser, _playwright: tuple[Playwright, asyncio.AbstractEventLoop]
) -> Iterator[Browser]:
    """The browser of this worker, whose loop runs until this test ends."""
    asyncio._set_running_loop(_playwright[1])
    yield _browser
    asyncio._set_running_loop(None)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One person's browser: no cookies, no cache."""
    with browser.new_context(viewport={"width": 1280, "height": 800}) as fresh:
        fresh.set_default_timeout(PATIENCE)
        yield fresh


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """One page of that browser."""
    return context.new_page()


@pytest.fixture(scope="session")
def processed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A matter with mails, their attachments and loose files; not to be changed."""
    place = tmp_path_factory.mktemp("room")
    loose = evidence.write(
        place / "in",
        first_eml=evidence.mail("Wallet quorum", ("memo.txt", b"The wallets were moved.\n")),
        second_eml=evidence.mail("Signers"),
        plan_txt=b"A plan for the spring.\n\nThe quorum is two of three.\n",
    )
    matter = evidence.matter(place / "m", loose)
    process(matter, workers=1)
    matter.engine.dispose()
    return matter.folder


@pytest.fixture
def room_matter(processed: Path, tmp_path: Path) -> Path:
    """The same matter, for this test alone."""
    return shutil.copytree(processed, tmp_path / "m")


@pytest.fixture
def room_server(room_matter: Path) -> Iterator[Served]:
    """A real room over that matter, served; "lead" may sign in with PASSWORD."""
    room = Room.open(room_matter)
    user = room.users.add("lead", "Ana Reyes", "human", ("root", "a test"))
    room.users.grant(Grant(user.id, Role.LEAD), ("root", "a test"))
    set_password(room.users, user, PASSWORD, ("root", "a test"))
    with Served(create_app(room)) as served:
        yield served
    room.close()


@pytest.fixture
def memory() -> MemoryRoom:
    """A room of forty documents without a matter; what a test changes in it is served."""
    return MemoryRoom()


@pytest.fixture
def memory_server(memory: MemoryRoom) -> Iterator[Served]:
    """It, served."""
    with Served(application(memory)) as served:
        yield served
        memory.closed = True
