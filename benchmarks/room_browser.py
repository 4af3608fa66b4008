"""The room's pages in a real Chromium: key to the next document, a held key, a long sitting.

The server is a real room over a matter as `benchmarks.room_list` makes it, in the same process; the
bars stand beside. Painted is what a reviewer waits for: the document's number, subject, form and
first page image. Where the machine is shared, compare the CPU seconds of a press and not the
milliseconds. Run: python -m benchmarks.room_browser [DOCUMENTS [FOLDER [PRESSES]]]
(10,000 and 1,000,000 are the cases; a folder that holds the matter already is used again.)
"""

from __future__ import annotations

import resource
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from tests.browser import chromium
from tests.browser.memory_room import number
from tests.browser.serving import Served

from benchmarks import room_list
from forthwith.domain.users import Grant, Role
from forthwith.web.app import create_app
from forthwith.web.guard import Door
from forthwith.workflows.room.passwords import give as set_password
from forthwith.workflows.room.room import Room

#: Documents of a long sitting.
LONG = 500

_PAINTED = """(wanted) => new Promise((done) => { const look = () =>
  document.getElementById('number').textContent === wanted && document.querySelector('.page.here')
  ? requestAnimationFrame(() => done(performance.now()))
  : requestAnimationFrame(look); look(); })"""


_ROWS = """() => { const rows = [...document.querySelectorAll('.layer .row')];
  return rows.length > 5 && rows.every((row) => !row.classList.contains('blank')) }"""
#: Scrolls at 14,000 pixels a second; frames over 50 ms and frames with a blank row, of all.
_SCROLLED = """() => new Promise((done) => { const grid = document.querySelector('.scroller');
  let last = performance.now(), begun = last, frames = 0, slow = 0, blank = 0;
  const frame = (now) => { frames++; if (now - last > 50) slow++;
    if (document.querySelector('.layer .row.blank')) blank++;
    const by = 14 * (now - last); last = now;
    if (now - begun > 4000) return done([frames, slow, blank]);
    grid.dispatchEvent(new WheelEvent('wheel', { deltaY: by, bubbles: true, cancelable: true }));
    requestAnimationFrame(frame); };
  requestAnimationFrame(frame); })"""
PASSWORD = "orchard lantern 90"
BY = ("lead", "a measurement")


def entered(page: Page, server: Served) -> None:
    page.goto(f"{server.url}/documents")
    page.get_by_label("Login").fill("lead")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_function(_ROWS)


def opened(page: Page, server: Served) -> None:
    page.goto(f"{server.url}/documents/{number(0)}?at=0")
    page.wait_for_selector(".page.here")
    page.wait_for_timeout(1500)
    page.evaluate("() => addEventListener('keydown', (e) => { window.at = e.timeStamp }, true)")


def key_to_painted(page: Page, presses: int) -> list[float]:
    """Milliseconds from the press to the frame in which the next document is painted."""
    times = []
    for at in range(1, presses + 1):
        page.keyboard.press("j")
        end = page.evaluate(_PAINTED, number(at))
        times.append(end - page.evaluate("() => window.at"))
        page.wait_for_timeout(350)
    return sorted(times)


def held(page: Page, at: int) -> float:
    """Milliseconds until the sixtieth of sixty presses without pause is painted."""
    begun = time.perf_counter()
    for _ in range(60):
        page.keyboard.down("j")
    page.keyboard.up("j")
    page.evaluate(_PAINTED, number(at + 60))
    return (time.perf_counter() - begun) * 1000


def heap_after(page: Page, at: int, documents: int) -> float:
    """MB of script memory after so many documents one after the other."""
    for next_ in range(at + 1, at + documents + 1):
        page.keyboard.press("j")
        page.evaluate(_PAINTED, number(next_))
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


def listed(page: Page, server: Served) -> Iterator[tuple[str, str, str]]:
    """Yield how the list opens, jumps and scrolls."""
    begun = time.perf_counter()
    page.goto(f"{server.url}/documents")
    page.wait_for_selector(".layer .row:not(.blank)")
    yield "first row", f"{time.perf_counter() - begun:.2f} s", "1.0"
    page.wait_for_function(_ROWS)
    yield "first page of rows", f"{time.perf_counter() - begun:.2f} s", "1.5"
    begun = time.perf_counter()
    page.locator(".grid").focus()
    page.keyboard.press("End")
    page.wait_for_function(_ROWS)
    yield "jump to the last row", f"{(time.perf_counter() - begun) * 1000:.0f} ms", "150"
    page.keyboard.press("Home")
    page.wait_for_function(_ROWS)
    frames, slow, blank = page.evaluate(_SCROLLED)
    yield "frames over 50 ms while scrolling", f"{slow} of {frames}", "0"
    yield "frames with a blank row", f"{blank / frames:.1%}", "5 %"


def measured(page: Page, server: Served, presses: int) -> Iterator[tuple[str, str, str]]:
    entered(page, server)
    yield from listed(page, server)
    opened(page, server)
    cpu = time.process_time()
    times = key_to_painted(page, presses)
    cpu = (time.process_time() - cpu) / presses
    p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
    yield "key to painted, p50", f"{statistics.median(times):.0f} ms", "60"
    yield "key to painted, p99", f"{p99:.0f} ms", "250"
    yield "CPU of the server and this script, a press", f"{cpu * 1000:.0f} ms", ""
    yield "sixty presses held, last one painted", f"{held(page, presses):.0f} ms", "none lost"
    heap = heap_after(page, presses + 60, LONG)
    yield f"heap {LONG} documents later", f"{heap:.1f} MB", "50"
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    yield "memory of the server", f"{pages * resource.getpagesize() / 2**20:,.0f} MB", "1,500"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    presses = int(sys.argv[3]) if len(sys.argv) > 3 else 100
    with tempfile.TemporaryDirectory() as elsewhere, sync_playwright() as playwright:
        folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(elsewhere) / "large"
        if not (folder / "matter.toml").exists():
            room_list.made(folder, count)
        room = Room.open(folder)
        lead = room.users.by_login("lead")
        if lead is None:
            lead = room.users.add("lead", "Lead", "human", BY)
            room.users.grant(Grant(lead.id, Role.LEAD), BY)
        set_password(room.users, lead, PASSWORD, BY)
        room.standing()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = Served(create_app(room, Door(port=port)))
        server.port = port
        program = chromium.set_up()
        browser = playwright.chromium.launch(
            executable_path=program.path, args=list(chromium.ARGUMENTS)
        )
        with server:
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            print(f"{len(room.standing().columns):,} documents")
            for name, value, bar in measured(page, server, presses):
                print(f"{name:44} {value:>14} {bar:>10}", flush=True)
            browser.close()
        room.close()


if __name__ == "__main__":
    main()
