"""The room's pages in a real Chromium: key to the next document, a held key, a long sitting.

The server is a room of any size by arithmetic, so the figures are those of the scripts and the
browser; the bars stand beside. Run: python -m benchmarks.room_browser [PRESSES]
"""

from __future__ import annotations

import statistics
import sys
import time

from playwright.sync_api import Browser, Page, sync_playwright
from tests.browser import chromium
from tests.browser.memory_room import MemoryRoom, application, number
from tests.browser.serving import Served

_PAINTED = """(wanted) => new Promise((done) => { const look = () =>
  document.getElementById('number').textContent === wanted && document.querySelector('.page.here')
  ? requestAnimationFrame(() => done(performance.now()))
  : requestAnimationFrame(look); look(); })"""


def opened(browser: Browser, server: Served) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{server.url}/documents/{number(0)}?at=0")
    page.wait_for_selector(".page.here")
    page.wait_for_timeout(500)
    page.evaluate("() => addEventListener('keydown', (e) => { window.at = e.timeStamp }, true)")
    return page


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


def main() -> None:
    presses = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    program = chromium.set_up()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program.path, args=list(chromium.ARGUMENTS)
        )
        for total in (10_000, 1_000_000):
            room = MemoryRoom(total)
            with Served(application(room)) as server:
                page = opened(browser, server)
                times = key_to_painted(page, presses)
                p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
                pause = held(page, presses)
                heap = heap_after(page, presses + 60, 5 * presses)
                print(
                    f"{total:>9,} documents: key to painted p50 {statistics.median(times):.0f} ms, "
                    f"p99 {p99:.0f} ms (bar 60 / 250); 60 held presses {pause:.0f} ms, none lost; "
                    f"heap {5 * presses} documents later {heap:.1f} MB (bar 50)"
                )
                page.close()
                room.closed = True
        browser.close()


if __name__ == "__main__":
    main()
