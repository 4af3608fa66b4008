"""The list: rows as they are seen, of forty documents and of three million."""

from __future__ import annotations

import gzip
import io
import re

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.memory_room import MemoryRoom, number
from tests.browser.serving import Served


def seen(page: Page, x: float, y: float) -> str:
    """The text of the row of the list that is painted at a point of the window."""
    row = "([x, y]) => document.elementFromPoint(x, y)?.closest('.layer [role=row]')?.textContent"
    return str(page.evaluate(row, [x, y]))


_ROW_AT = """(number) => {
  const list = document.querySelector('.scroller').getBoundingClientRect();
  const row = document.elementFromPoint(list.x + 200, %s)?.closest('.layer [role=row]');
  return row?.textContent.includes(number);
}"""
#: Whether what is painted at the top, or at the foot, of the list is the row of a document.
_AT_TOP, _AT_FOOT = _ROW_AT % "list.y + 15", _ROW_AT % "list.bottom - 10"

_CONTROLS = (
    "button,input,select,textarea,a[href],summary,dialog,"
    "[role=grid],[role=tablist],[role=radiogroup]"
)
_NAMELESS = """(all) => all.filter((node) => node.checkVisibility() && !(node.ariaLabel
  || node.getAttribute('aria-labelledby') || node.textContent.trim() || node.labels?.length
  || node.title || node.type === 'hidden')).map((node) => node.outerHTML.slice(0, 120))"""


def row_at(page: Page, x: float, y: float) -> int:
    """The number of the row that is painted at a point."""
    row = page.evaluate(
        "([x, y]) => document.elementFromPoint(x, y).closest('[role=row]').ariaRowIndex", [x, y]
    )
    return int(row)


def scrolled(page: Page, share: float) -> None:
    """Put the scroll bar at a share of its way."""
    page.locator(".scroller").evaluate(
        "(bar, share) => { bar.scrollTop = bar.scrollHeight * share }", share
    )


def opened(page: Page, server: Served, query: str = "") -> Page:
    page.goto(f"{server.url}/documents{query}")
    page.wait_for_selector(".layer .row:not(.blank) a")
    return page


def rows(page: Page) -> tuple[float, float, float, float]:
    box = page.locator(".scroller").bounding_box()
    assert box is not None
    return box["x"], box["y"], box["width"], box["height"]


def dark_pixels(page: Page) -> int:
    """How many pixels of the rows are not of the paper's colour."""
    shot = page.locator(".scroller").screenshot()
    picture = Image.open(io.BytesIO(shot)).convert("L")
    return sum(picture.histogram()[:120])


@pytest.mark.parametrize("total", [1, 40, 3_000_000])
def test_rows_are_painted_and_not_only_in_the_page(
    page: Page, memory: MemoryRoom, memory_server: Served, total: int
) -> None:
    memory.total = total
    opened(page, memory_server)

    page.wait_for_function(_AT_TOP, arg=number(0))
    assert dark_pixels(page) > 150
    assert page.locator(".grid").get_attribute("aria-rowcount") == str(total + 1)


def test_the_last_row_stays_in_sight_when_the_list_gets_less_room(
    page: Page, memory: MemoryRoom, memory_server: Served
) -> None:
    memory.total = 3_000_000
    opened(page, memory_server)
    page.keyboard.press("End")
    page.wait_for_selector(f"text={number(2_999_999)}")
    page.set_viewport_size({"width": 1280, "height": 520})

    page.wait_for_function(_AT_FOOT, arg=number(2_999_999))


def test_the_last_of_three_million_rows_is_reached_and_the_one_before_it(
    page: Page, memory: MemoryRoom, memory_server: Served
) -> None:
    memory.total = 3_000_000
    opened(page, memory_server)
    page.keyboard.press("End")
    page.wait_for_function(_AT_FOOT, arg=number(2_999_999))
    page.keyboard.press("ArrowUp")
    expect(page.locator(".row.active")).to_contain_text(number(2_999_998))
    # By the wheel: three rows back are three rows, not nine.
    x, y, _, _ = rows(page)
    page.mouse.move(x + 200, y + 100)
    first = row_at(page, 300, 300)
    page.mouse.wheel(0, -90)
    rowed = first
    for _ in range(200):
        if (rowed := row_at(page, 300, 300)) != first:
            break
        page.evaluate("() => new Promise(requestAnimationFrame)")
    assert first - rowed == 3


def test_the_scroll_bar_reaches_every_part(
    page: Page, memory: MemoryRoom, memory_server: Served
) -> None:
    memory.total = 1_000_000
    opened(page, memory_server)
    page.evaluate(
        "() => { const s = document.querySelector('.scroller'); s.scrollTop = s.scrollHeight / 2 }"
    )
    page.wait_for_function(
        "() => /FW0050|FW0049/.test(document.querySelector('.layer').textContent)"
    )
    page.evaluate(
        "() => { const s = document.querySelector('.scroller'); s.scrollTop = s.scrollHeight }"
    )
    page.wait_for_selector(f"text={number(999_999)}")
    x, y, _, height = rows(page)
    assert number(999_999) in seen(page, x + 200, y + height - 12)


def test_windows_passed_by_are_not_all_fetched(
    page: Page, memory: MemoryRoom, memory_server: Served
) -> None:
    memory.total = 1_000_000
    opened(page, memory_server)
    memory.asked.clear()
    for share in range(1, 41):
        page.evaluate(
            "(at) => { document.querySelector('.scroller').scrollTop = at * 190000 }", share
        )
    page.wait_for_timeout(300)
    assert len([line for line in memory.asked if line.startswith("list")]) < 60


def test_keys_move_select_and_open(page: Page, memory_server: Served) -> None:
    opened(page, memory_server)
    for key in ("j", "j", "k", "ArrowDown"):
        page.keyboard.press(key)
    expect(page.locator(".row.active")).to_contain_text(number(2))
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator("#picked-count")).to_have_text("2 selected")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"/documents/{number(3)}\?at=3"))
    expect(page.locator("#number")).to_have_text(number(3))
    page.keyboard.press("j")
    expect(page.locator("#number")).to_have_text(number(4))
    page.go_back()
    expect(page.locator(".row.active")).to_contain_text(number(4))


def test_an_error_of_the_language_is_shown_at_its_place(page: Page, memory_server: Served) -> None:
    opened(page, memory_server)
    page.keyboard.press("/")
    page.keyboard.type("key AND")
    page.keyboard.press("Enter")
    expect(page.locator("#wrong")).to_contain_text("AND needs something after it.")
    expect(page.locator("#wrong mark")).to_have_text("A")
    assert page.locator("#q").get_attribute("aria-invalid") == "true"
    page.locator("#q").fill("nothing")
    page.keyboard.press("Enter")
    expect(page.locator(".empty")).to_contain_text("Nothing is found")
    assert page.locator("#wrong").is_hidden()


def test_a_chip_is_a_term_of_the_query_and_the_address(page: Page, memory_server: Served) -> None:
    opened(page, memory_server)
    page.get_by_role("button", name="xlsx").click()
    page.wait_for_url(re.compile(r"q=type%3Axlsx"))
    page.get_by_role("button", name="M. Ortega").click()
    expect(page.locator("#q")).to_have_value('type:xlsx AND custodian:"M. Ortega"')
    expect(page.get_by_role("button", name="xlsx")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="xlsx").click()
    expect(page.locator("#q")).to_have_value('custodian:"M. Ortega"')
    page.go_back()
    expect(page.locator("#q")).to_have_value('type:xlsx AND custodian:"M. Ortega"')


def test_days_narrow_the_list(page: Page, memory_server: Served) -> None:
    opened(page, memory_server)
    page.wait_for_selector("#days svg .bar")
    box = page.locator("#days svg").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 10)
    page.mouse.up()
    expect(page.locator("#q")).to_have_value(re.compile(r"^date:2023-\d\d-\d\d\.\.2023-\d\d-\d\d$"))


def test_columns_are_chosen_and_kept(page: Page, memory_server: Served) -> None:
    opened(page, memory_server)
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("checkbox", name="Custodian").uncheck()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("columnheader", name="Custodian")).to_have_count(0)
    page.reload()
    page.wait_for_selector(".layer .row a")
    expect(page.get_by_role("columnheader", name="Custodian")).to_have_count(0)


def test_many_are_coded_after_a_look_at_what_changes(
    page: Page, memory: MemoryRoom, memory_server: Served
) -> None:
    opened(page, memory_server)
    for _ in range(3):
        page.keyboard.press("Space")
        page.keyboard.press("j")
    page.get_by_role("button", name="Code them").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Show what changes").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Responsive has to be set first")
    dialog.get_by_label("No", exact=True).check()
    dialog.get_by_role("button", name="Show what changes").click()
    expect(dialog).to_contain_text("3 documents get this coding")
    assert memory.codings == {}
    dialog.get_by_role("button", name="Code 3 documents").click()
    expect(dialog).to_have_count(0)
    assert sorted(memory.codings) == [number(0), number(1), number(2)]
    assert memory.bulks[-1]["token"] == "t1"
    expect(page.locator(".row", has_text=number(1))).to_contain_text("not responsive")


def test_the_page_is_light(memory_server: Served) -> None:
    """Script, style and page of the list together, as sent."""
    with httpx.Client(base_url=memory_server.url) as client:
        html = client.get("/documents").text
        wanted = {"/documents", *re.findall(r'(?:src|href)="(/static/[^"]+)"', html)}
        for _ in range(9):
            scripts = {name for name in wanted if name.endswith(".js")}
            inner = {
                f"/static/{name}"
                for script in scripts
                for name in re.findall(r'from "\./([^"]+)"', client.get(script).text)
            }
            wanted |= inner
        size = sum(len(gzip.compress(client.get(name).content)) for name in wanted)
        window = client.get("/api/list?at=0&n=100").content
    assert size <= 40_000
    assert len(gzip.compress(window)) <= 15_000


def test_the_grid_says_what_it_is(page: Page, memory_server: Served) -> None:
    opened(page, memory_server)
    grid = page.get_by_role("grid", name="Documents")
    expect(grid).to_be_focused()
    assert grid.get_attribute("aria-rowcount") == "41"
    active = page.locator(f"#{grid.get_attribute('aria-activedescendant')}")
    assert active.get_attribute("aria-rowindex") == "2"
    assert page.locator(".layer .row:not([hidden])").nth(3).get_attribute("role") == "row"
    named(page)


def named(page: Page) -> None:
    """Every control of the page has a role and a name."""
    nameless = page.locator(_CONTROLS).evaluate_all(_NAMELESS)
    assert nameless == []


@pytest.mark.parametrize("width", [390, 720, 1440])
def test_nothing_is_wider_than_the_window(
    browser: Browser, memory: MemoryRoom, memory_server: Served, width: int
) -> None:
    """720 is a window of 1440 at 200 %."""
    memory.special[number(1)] = {"subject": "w" * 10_000}
    context = browser.new_context(viewport={"width": width, "height": 500})
    for path in ("/documents", f"/documents/{number(1)}?at=1"):
        page = context.new_page()
        page.goto(memory_server.url + path)
        page.wait_for_selector(".layer .row a, .paper img")
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
        named(page)
    context.close()
