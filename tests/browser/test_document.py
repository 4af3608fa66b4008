"""A document read and coded by keys alone: no press is lost, no coding overwritten."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.memory_room import MemoryRoom, number
from tests.browser.serving import Served

RESPONSIVE = {"responsive": "no"}
HOT = {"privilege": "none", "hot": True}


def opened(page: Page, server: Served, at: int = 0, query: str = "") -> Page:
    page.goto(f"{server.url}/documents/{number(at)}?at={at}{query}")
    expect(page.locator("#number")).to_have_text(number(at))
    page.wait_for_selector("[data-mark=responsive]")
    return page


def test_next_and_previous_follow_the_list(page: Page, memory_server: Served) -> None:
    opened(page, memory_server, 4)
    for key, at in (("j", 5), ("j", 6), ("k", 5), ("J", 6), ("K", 5)):
        page.keyboard.press(key)
        expect(page.locator("#number")).to_have_text(number(at))
    expect(page.locator("#position")).to_have_text("6 of 40")
    assert re.search(rf"/documents/{number(5)}\?at=5$", page.url)


def test_no_press_of_a_held_key_is_lost(
    page: Page, memory: MemoryRoom, memory_server: Served
) -> None:
    memory.total = 1_000_000
    opened(page, memory_server, 10)
    for _ in range(60):
        page.keyboard.down("j")
    page.keyboard.up("j")
    expect(page.locator("#number")).to_have_text(number(70))
    page.keyboard.press("k")
    expect(page.locator("#number")).to_have_text(number(69))
    # A held Enter saves once.
    page.keyboard.press("t")
    for _ in range(6):
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    expect(page.locator("#number")).to_have_text(number(70))
    assert [control for control, _ in memory.puts] == [number(69)]


def test_a_document_is_coded_without_a_mouse(
    page: Page, memory: MemoryRoom, memory_server: Served
) -> None:
    page.goto(f"{memory_server.url}/documents")
    page.wait_for_selector(".layer .row a")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-mark=responsive]")
    for key in ("r", "h", "v", "2", "s", "1", "2", "e"):
        page.keyboard.press(key)
    page.keyboard.type("j k Enter: written, not done")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(page.locator("#number")).to_have_text(number(1))

    assert memory.codings[number(0)][0]["body"] == {
        "responsive": "yes", "hot": True, "privilege": "attorney-client",
        "issues": ["keys", "moves"], "note": "j k Enter: written, not done",
    }  # fmt: skip
    # The same again is shown first and saved only then.
    page.keyboard.press(".")
    expect(page.locator(".form-state")).to_have_text("Draft, not saved")
    assert number(1) not in memory.codings
    page.keyboard.press("Enter")
    expect(page.locator("#number")).to_have_text(number(2))
    assert memory.codings[number(1)][0]["body"] == memory.codings[number(0)][0]["body"]
    page.keyboard.press("u")
    expect(page.locator("#number")).to_have_text(number(1))
    assert [coding["body"] for coding in memory.codings[number(1)]][-1] == {}


def test_a_missing_mark_is_named_and_focused(
    page: Page, memory: MemoryRoom, memory_server: Served
) -> None:
    opened(page, memory_server)
    page.keyboard.press("Enter")
    expect(page.locator("[data-mark=responsive] .error")).to_contain_text("has to be set")
    expect(page.get_by_role("radio", name="Yes")).to_be_focused()
    page.keyboard.press("r")
    page.keyboard.press("Enter")
    expect(page.locator("[data-mark=privilege] .error")).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator("#number")).to_have_text(number(1))
    assert memory.codings[number(0)][0]["body"] == {"responsive": "yes", "privilege": "none"}


@pytest.mark.parametrize(
    "key", ["Control+j", "Alt+j", "Meta+j", "Control+u", "Control+Shift+Enter"]
)
def test_a_chord_does_nothing(
    page: Page, memory: MemoryRoom, memory_server: Served, key: str
) -> None:
    opened(page, memory_server)
    page.keyboard.press("t")
    page.keyboard.press(key)
    # Keys act in order: once this one has, the chord had its turn.
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert memory.puts == []
    expect(page.locator("#number")).to_have_text(number(0))


def test_a_draft_outlives_the_page(page: Page, memory: MemoryRoom, memory_server: Served) -> None:
    opened(page, memory_server)
    page.keyboard.press("r")
    page.keyboard.press("j")
    expect(page.locator("#number")).to_have_text(number(1))
    opened(page, memory_server)
    expect(page.locator(".form-state")).to_have_text("Your draft, not saved")
    expect(page.get_by_role("radio", name="Yes")).to_be_checked()
    assert memory.puts == []


def two(browser: Browser, server: Served) -> tuple[Page, Page]:
    pages = [browser.new_context().new_page() for _ in range(2)]
    for one in pages:
        one.route("**/api/events", lambda route: route.abort())
        opened(one, server)
    return pages[0], pages[1]


@pytest.mark.parametrize(
    ("choice", "stands", "draft"),
    [
        ("Take theirs", {"responsive": "no"}, False),
        (
            "Keep mine as a new version",
            {"responsive": "yes", "privilege": "none", "hot": True},
            False,
        ),
        ("Save as chosen", {**HOT, "responsive": "no"}, False),
        ("Decide later", {"responsive": "no"}, True),
    ],
)
def test_two_codings_meet_and_neither_is_lost(
    browser: Browser,
    memory: MemoryRoom,
    memory_server: Served,
    choice: str,
    stands: dict[str, Any],
    draft: bool,
) -> None:
    first, second = two(browser, memory_server)
    second.keyboard.press("r")
    second.keyboard.press("h")
    second.keyboard.press("v")
    second.keyboard.press("1")
    first.keyboard.press("t")
    first.keyboard.press("Enter")
    expect(first.locator("#number")).to_have_text(number(1))
    second.keyboard.press("Enter")
    dialog = second.get_by_role("dialog")
    expect(dialog).to_contain_text("was coded meanwhile")
    assert len(memory.codings[number(0)]) == 1
    if choice == "Save as chosen":
        dialog.get_by_label("Responsive: ortega, No").check()
    dialog.get_by_role("button", name=choice).click()
    expect(dialog).to_have_count(0)
    assert memory.codings[number(0)][-1]["body"] == stands
    assert memory.codings[number(0)][0]["body"] == RESPONSIVE
    kept = second.evaluate("() => localStorage.getItem('forthwith:ortega:draft:FW00000001')")
    aside = second.evaluate("() => localStorage.getItem('forthwith:ortega:aside:FW00000001')")
    assert (kept is not None) == draft
    assert (aside is not None) == (choice == "Take theirs")
    for one in (first, second):
        one.context.close()


def heard(page: Page, server: Served) -> None:
    """Open the first document, and wait until its page hears of what others save."""
    with page.expect_response("**/api/events"):
        opened(page, server)


def test_another_persons_save_is_shown_at_once(
    page: Page, memory: MemoryRoom, memory_server: Served
) -> None:
    heard(page, memory_server)
    memory.put(number(0), 0, {"responsive": "no"}, "halden")
    expect(page.locator(".stands")).to_contain_text("Coded by halden")
    expect(page.get_by_role("radio", name="No", exact=True)).to_be_checked()


def test_what_is_coded_while_the_room_is_away_goes_through_the_same_check(
    page: Page, memory: MemoryRoom, memory_server: Served
) -> None:
    heard(page, memory_server)
    memory.closed = True
    memory_server.stop()
    for at in (0, 1):
        page.keyboard.press("t")
        page.keyboard.press("Enter")
        expect(page.locator("#number")).to_have_text(number(at + 1))
    expect(page.locator("#state")).to_contain_text("cannot be reached")
    assert memory.puts == []
    # Somebody else codes one of them before the connection is back.
    memory.put(number(1), 0, {"responsive": "yes", "privilege": "none"}, "halden")
    memory.closed = False
    memory_server.start()
    page.evaluate("() => dispatchEvent(new Event('online'))")
    expect(page.locator("#state")).to_contain_text("One coding was not saved")
    expect(page.locator("#state")).to_contain_text(number(1))
    assert [coding["body"] for coding in memory.codings[number(0)]] == [{"responsive": "no"}]
    assert [coding["who"] for coding in memory.codings[number(1)]] == ["halden"]
    opened(page, memory_server, 1)
    expect(page.locator(".form-state")).to_have_text("Your draft, not saved")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("halden saved this document")


def test_a_family_is_saved_after_a_look(
    page: Page, memory: MemoryRoom, memory_server: Served
) -> None:
    opened(page, memory_server)
    page.keyboard.press("t")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("dialog")).to_contain_text("3 documents get this coding")
    assert memory.codings == {}
    page.keyboard.press("Enter")
    expect(page.locator("#number")).to_have_text(number(3))
    assert sorted(memory.codings) == [number(at) for at in range(3)]


def test_hits_stand_where_the_words_are_painted(page: Page, memory_server: Served) -> None:
    opened(page, memory_server, 0, "&q=key")
    hit = page.locator(".hit.now")
    expect(hit).to_be_visible()
    page.wait_for_selector(".words span")
    boxes = page.evaluate(
        """() => { const a = document.querySelector('.hit.now').getBoundingClientRect();
        const under = [...document.querySelectorAll('.words span')].filter((word) => {
          const b = word.getBoundingClientRect();
          return Math.abs(a.left - b.left) < 12 && Math.abs(a.top - b.top) < 8; });
        return under.map((word) => word.textContent); }"""
    )
    assert boxes == ["the"]
    page.keyboard.press("n")
    expect(page.locator("#said")).to_have_text("Hit 2 of 2")
    page.keyboard.press("i")
    expect(page.locator("mark.found.now")).to_have_text("key")


def test_only_the_pages_near_the_eye_are_there(
    page: Page, memory: MemoryRoom, memory_server: Served
) -> None:
    memory.special[number(0)] = {"pages": 5_000}
    opened(page, memory_server)
    expect(page.locator(".tools")).to_contain_text("1 / 5,000")
    page.keyboard.press("]")
    expect(page.locator(".tools")).to_contain_text("2 / 5,000")
    page.locator(".panel.page").evaluate("(panel) => { panel.scrollTop = panel.scrollHeight }")
    expect(page.locator(".tools")).to_contain_text("5,000 / 5,000")
    assert page.locator(".paper .page").count() < 8
    page.wait_for_selector(".paper .page.here")


@pytest.mark.parametrize(
    ("special", "seen"),
    [
        (
            {"lost": True, "pages": 0, "faults": ["The file is encrypted."]},
            "The file is encrypted.",
        ),
        ({"pages": 0}, "There is no page to show"),
        ({"subject": ""}, "no subject"),
        ({"subject": "x" * 10_000}, "xxxxxxxx"),
        ({"subject": "تحويل المفاتيح 🔑"}, "تحويل المفاتيح 🔑"),
        ({"family": [], "copies": [], "thread": [], "form": None}, "No form asks anything"),
        ({"may_code": False}, "Your role reads here"),
    ],
    ids=["lost", "no-pages", "no-subject", "long-subject", "right-to-left", "bare", "reader"],
)
def test_odd_documents_are_shown(
    page: Page, memory: MemoryRoom, memory_server: Served, special: dict[str, Any], seen: str
) -> None:
    memory.special[number(0)] = special
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{memory_server.url}/documents/{number(0)}?at=0")
    expect(page.locator("main")).to_contain_text(seen)
    page.keyboard.press("i")
    page.keyboard.press("i")
    page.keyboard.press("i")
    expect(page.locator(".panel.history")).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert errors == []


def test_the_text_is_read_in_stretches_and_its_characters_are_counted_whole(
    page: Page, memory: MemoryRoom, memory_server: Served
) -> None:
    text = "🔑" * 10 + " key\n" + "line of a long text\n" * 20_000 + "the end"
    memory.special[number(0)] = {"text": text, "text_hits": [[11, 14]], "highlights": []}
    opened(page, memory_server, 0, "&q=key")
    page.keyboard.press("i")
    expect(page.locator("mark.found").first).to_have_text("key")
    assert page.locator(".panel.text .line").count() < 8_000
    page.wait_for_function(
        """() => { const panel = document.querySelector(".panel.text");
        panel.scrollTop = panel.scrollHeight; return panel.textContent.includes("the end"); }"""
    )


def test_a_key_is_another_persons_choice(page: Page, memory_server: Served) -> None:
    opened(page, memory_server)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=re.compile("^next document")).click()
    page.keyboard.press("k")
    expect(dialog.get_by_role("alert")).to_contain_text("previous document")
    dialog.get_by_role("button", name=re.compile("^next document")).click()
    page.keyboard.press("w")
    dialog.get_by_role("button", name="Close").click()
    page.keyboard.press("j")
    page.keyboard.press("w")
    expect(page.locator("#number")).to_have_text(number(1))
    page.reload()
    page.wait_for_selector("[data-mark=responsive]")
    page.keyboard.press("w")
    expect(page.locator("#number")).to_have_text(number(2))


def test_what_is_printed_is_the_document(page: Page, memory_server: Served) -> None:
    opened(page, memory_server)
    page.emulate_media(media="print")
    assert page.locator("header.top").is_hidden()
    assert page.locator(".paper .page").first.is_visible()
    assert page.locator(".viewer-bar .tabs").is_hidden()


def test_every_key_of_reading_does_its_work(
    page: Page, memory: MemoryRoom, memory_server: Served
) -> None:
    memory.special[number(0)] = {"pages": 3}
    opened(page, memory_server, 0, "&q=key")
    said, tools = page.locator("#said"), page.locator(".tools")
    for key, words in (("n", "Hit 2 of 2"), ("p", "Hit 1 of 2")):
        page.keyboard.press(key)
        expect(said).to_have_text(words)
    for key, words in (("]", "2 / 3"), ("[", "1 / 3")):
        page.keyboard.press(key)
        expect(tools).to_contain_text(words)
    panel = "document.querySelector('.panel.page').scrollTop"
    page.keyboard.press("[")
    top = page.evaluate(panel)
    page.keyboard.press("Space")
    page.wait_for_function(f"(top) => {panel} > top", arg=top)
    page.keyboard.press("b")
    page.wait_for_function(f"(top) => {panel} === top", arg=top)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("f", "This document has no family."),
        ("c", "No copy of it is shown to you."),
        ("m", "It stands in no conversation."),
    ],
)
def test_a_key_of_a_strip_enters_it_or_says_that_it_is_empty(
    page: Page, memory: MemoryRoom, memory_server: Served, key: str, words: str
) -> None:
    memory.special[number(1)] = {"family": [], "copies": [], "thread": []}
    opened(page, memory_server)
    page.keyboard.press(key)
    page.wait_for_function(
        "() => document.getElementById('strips').contains(document.activeElement)"
    )
    opened(page, memory_server, 1)
    page.keyboard.press(key)
    expect(page.locator("#said")).to_have_text(words)


def test_a_number_is_gone_to_and_the_search_box_reached(page: Page, memory_server: Served) -> None:
    opened(page, memory_server)
    page.keyboard.press("g")
    expect(page.locator("#goto")).to_be_focused()
    page.keyboard.type(number(7))
    page.keyboard.press("Enter")
    expect(page.locator("#number")).to_have_text(number(7))
    page.keyboard.press("/")
    page.wait_for_url(re.compile(r"/documents(\?.*)?(#q)?$"))
    expect(page.locator("#q")).to_be_focused()
