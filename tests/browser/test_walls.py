"""What is put away is gone from a page that stands open, with all the page had fetched ahead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from forthwith.record.matter import Matter
from forthwith.standards import loader
from forthwith.workflows import receive
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.room.room import Room
from tests.browser.serving import Served
from tests.browser.test_room import enter, lead, serving
from tests.builders import served_log
from tests.builders.volume import LUNCH, MEMO, sound


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """A room over what was received, with two who lead its review and one to hold what goes."""
    case = CaseFile(Matter.create(tmp_path / "m", name="Halden"))
    receive.receive(case, [sound().write(tmp_path)], "Northgate", loader.load(), workers=1)
    room = Room.open(case.matter.folder)
    for login in ("ortega", "reyes", "holm"):
        lead(room, login)
    yield room
    room.close()


@pytest.fixture
def served(room: Room) -> Iterator[Served]:
    with serving(room) as server:
        yield server


def test_a_document_called_back_is_gone_at_once_from_every_open_page(
    browser: Browser, page: Page, room: Room, served: Served, tmp_path: Path
) -> None:
    notice = tmp_path / "NOTICE.csv"
    notice.write_text(f"Bates;Why\n{MEMO};AC\n", encoding="utf-16")
    controls = room.standing().columns.controls
    with browser.new_context() as second:
        # The memo was fetched ahead: it comes after the mail it hangs on, which goes with it.
        other = second.new_page()
        other.set_default_timeout(10_000)
        with other.expect_response(lambda answer: f"/api/documents/{controls[1]}" in answer.url):
            enter(other, served, "reyes", f"/documents/{controls[0]}?at=0")
        expect(other.locator("#subject")).to_have_text("Transfer of wallets")
        lists = second.new_page()
        lists.goto(f"{served.url}/documents")
        expect(lists.locator("#count")).to_contain_text("8")

        enter(page, served, "ortega", "/received")
        page.get_by_label("Their notice").set_input_files(notice)
        page.get_by_label("Who deals with it").fill("holm")
        page.get_by_role("button", name="Show what it takes").click()
        confirm = page.locator("section", has=page.locator("#confirm"))
        expect(confirm).to_contain_text("3 documents of 1 family", timeout=15_000)
        named = page.request.get(
            served.url + str(confirm.get_by_role("link").nth(1).get_attribute("href"))
        )
        assert named.ok
        expect(other.locator("#subject")).to_have_text("Transfer of wallets")
        page.get_by_role("button", name="Put them away").click()
        expect(page.get_by_role("status").first).to_contain_text("N0001 is put away")

        expect(other.locator("#gone")).to_contain_text("is not shown")
        expect(other.locator("#viewer")).not_to_contain_text("wallets")
        assert "wallets" not in other.content()
        expect(lists.locator("#count")).to_contain_text("5")
        expect(lists.locator("body")).not_to_contain_text("wallets")
    # Who holds them has them, and a link to just these.
    with browser.new_context() as third:
        holder = third.new_page()
        enter(holder, served, "holm", "/received")
        expect(holder.get_by_role("table").last).to_contain_text("N0001")
        holder.get_by_role("table").last.get_by_role("link").click()
        expect(holder.locator("#count")).to_contain_text("3")


def test_a_point_is_put_from_documents_chosen_in_the_list(page: Page, served: Served) -> None:
    enter(page, served, "ortega", f"/documents?q=bates%3A{LUNCH}")
    expect(page.locator("#count")).to_contain_text("1")
    page.locator(".layer .row").first.wait_for()
    page.locator(".grid").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Put a point").click()
    page.get_by_label("What they lack").fill("Its attachment is not there")
    page.get_by_role("button", name="Note it").click()
    expect(page.locator("dialog")).to_contain_text("about 1 document of VOL001")
    page.locator("dialog").get_by_role("link").click()
    expect(page.locator("main")).to_contain_text(f"Its attachment is not there ({LUNCH})")


def test_a_log_is_given_on_the_page(page: Page, served: Served, tmp_path: Path) -> None:
    """The button waits until the file that was chosen can go with the form."""
    log = tmp_path / "Their log.csv"
    log.write_bytes(served_log.as_csv(served_log.entry("P-1", LUNCH)))
    enter(page, served, "ortega", "/privilege-log")
    keep = page.get_by_role("button", name="Keep it")
    expect(keep).to_be_enabled()
    page.get_by_label("Their log").set_input_files(log)
    keep.click()
    expect(page.get_by_role("status").first).to_contain_text("The log stands for VOL001 now")
    expect(page.get_by_role("table").first).to_contain_text("P-1")
