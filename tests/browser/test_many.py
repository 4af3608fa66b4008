"""Twenty people review together, each in a browser of their own, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from forthwith.domain.users import Grant, Role
from forthwith.process.run import process
from forthwith.record.sessions import Sessions
from forthwith.workflows.room.room import Room
from tests.browser.test_room import BY, serving
from tests.builders import evidence

PEOPLE = 20
DOCUMENTS = 30


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """A matter of thirty texts and twenty people who lead its review."""
    texts = {f"d{n:02d}_txt": f"Quorum {n}.\n".encode() for n in range(DOCUMENTS)}
    matter = evidence.matter(tmp_path / "m", evidence.write(tmp_path / "in", **texts))
    process(matter, workers=1)
    matter.engine.dispose()
    room = Room.open(tmp_path / "m")
    for n in range(PEOPLE):
        user = room.users.add(f"person{n:02d}", f"Person {n}", "human", BY)
        room.users.grant(Grant(user.id, Role.LEAD), BY)
    yield room
    room.close()


#: What each page does on its own: read a document, save it with the version read, again and again.
_REVIEW = """([controls, mine, csrf]) => { const done = window.answers = []; window.over = false;
  window.ended = (async () => { for (let n = mine; !window.over; n++) {
    const control = controls[n * 7 % controls.length];
    const now = await (await fetch(`/api/documents/${control}`)).json();
    const answer = await fetch(`/api/codings/${control}`, { method: 'PUT', body: JSON.stringify(
      { body: { responsive: n % 3 ? 'no' : 'unsure', note: `${mine} ${n}` }, pass: now.pass,
        because: 'read again' }),
      headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf,
        'If-Match': String(now.version) } });
    const said = await answer.json();
    done.push([answer.status, control, said.version ?? 0, `${mine} ${n}`]);
  } })(); }"""


def entered(room: Room, browser: Browser, url: str, login: str) -> tuple[BrowserContext, Page, str]:
    """Come in with a session of their own: twenty passwords would be twenty times Argon2."""
    user = room.users.by_login(login)
    assert user is not None
    token, csrf = Sessions(room.matter, room.users).begin(user, "a test")
    context = browser.new_context(viewport={"width": 900, "height": 600})
    cookie = f"forthwith-{url.rpartition(':')[2]}"
    context.add_cookies([{"name": cookie, "value": token, "url": url}])
    return context, context.new_page(), csrf


def nothing_is_lost(room: Room, browser: Browser, seconds: float) -> None:
    """Let all of them code the same documents for so long; compare answers and matter."""
    controls = list(room.standing().columns.controls)[:8]
    with ExitStack() as stack, serving(room) as served:
        pages = []
        for n in range(PEOPLE):
            context, page, csrf = entered(room, browser, served.url, f"person{n:02d}")
            stack.enter_context(context)
            # Two have a document open and hear of every save; to draw twenty takes a minute.
            page.goto(f"{served.url}{f'/documents/{controls[n]}' if n < 2 else '/static/mark.svg'}")
            pages.append((page, csrf))
        for n, (page, csrf) in enumerate(pages):
            page.evaluate(_REVIEW, [controls, n, csrf])
        pages[0][0].wait_for_timeout(seconds * 1000)
        for page, _ in pages:
            # On a slow machine, until each of them has saved.
            page.wait_for_function("() => window.answers.some(([status]) => status === 200)")
        for page, _ in pages:
            page.evaluate("() => { window.over = true }")
        answers = [
            (n, *answer)
            for n, (page, _) in enumerate(pages)
            for answer in page.evaluate("async () => { await window.ended; return window.answers }")
        ]
    assert {status for _, status, *_ in answers} == {200, 409}
    assert {n for n, status, *_ in answers if status == 200} == set(range(PEOPLE))
    saved = sorted(
        (control, version, f"person{n:02d}", note)
        for n, status, control, version, note in answers
        if status == 200
    )
    kept = sorted(
        (coding.control, coding.version, coding.who, coding.body["note"])
        for control in controls
        for coding in room.codings.history(control)
    )
    # Each answered save stands in the matter once, and nothing else does.
    assert kept == saved
    for control in controls:
        versions = [coding.version for coding in room.codings.history(control)]
        assert versions == list(range(1, len(versions) + 1))


def test_twenty_people_review_together_and_nothing_is_lost(room: Room, browser: Browser) -> None:
    nothing_is_lost(room, browser, 3)


@pytest.mark.slow
def test_twenty_people_review_for_a_minute(room: Room, browser: Browser) -> None:
    nothing_is_lost(room, browser, 60)
