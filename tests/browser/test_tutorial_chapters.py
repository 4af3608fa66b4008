"""The tutorial's last two chapters in a browser: a team that produces, a team that receives."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

from forthwith.record.matter import Matter
from forthwith.standards import loader
from forthwith.workflows import receive
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.room.room import Room
from tests.builders import reviewed_room as made
from tests.builders.volume import sound


@contextmanager
def opened(folder: Path) -> Iterator[str]:
    """Start `forthwith room` as typed, and yield the link it prints."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    room = subprocess.Popen(
        [sys.executable, "-m", "forthwith", "-C", str(folder), "room", "--no-browser",
         "--port", str(port), *(["--as", "lead"] if folder.name == "matter" else [])],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=dict(os.environ),
    )  # fmt: skip
    try:
        assert room.stdout is not None
        line = room.stdout.readline()
        link = re.search(r"https?://\S+", line)
        assert link is not None, line
        yield link[0]
    finally:
        room.send_signal(signal.SIGINT)
        room.communicate(timeout=60)


def origin(link: str) -> str:
    """Return the room's address without what comes after the port."""
    return link.partition("/enter/")[0]


def enter(page: Page, link: str) -> None:
    """Follow the link that lets in once."""
    page.goto(link)
    if "/enter/" in page.url:
        page.get_by_role("button").first.click()
    page.wait_for_url(re.compile(r"^(?!.*/enter/)"))


def code(page: Page, *keys: str) -> None:
    """Press keys on the document open, and wait until the next one is there or it is saved."""
    page.wait_for_selector("#form [name]", state="attached")
    for key in keys:
        page.keyboard.press(key)


def test_a_team_that_produces(page: Page, tmp_path: Path) -> None:
    room = made.room(tmp_path)
    first = made.controls(room)[0]
    columns = room.standing().columns
    copy = next(
        control
        for control in made.controls(room)[1:]
        if columns.group[columns.place[control]] == columns.group[columns.place[first]]
    )
    made.code(room, "lead", copy, **made.NO)
    room.close()
    with opened(room.matter.folder) as link:
        enter(page, link)
        page.goto(f"{origin(link)}/batches")
        page.get_by_label("Name").fill("Keys")
        page.get_by_role("button", name="Cut", exact=True).click()
        page.get_by_role("button", name="Take B0001").click()
        page.goto(f"{origin(link)}/documents/{first}")
        expect(page.locator("#number")).to_have_text(first)
        code(page, "r", "v", "1", "Enter")
        expect(page.locator("#number")).not_to_have_text(first)
        page.goto(f"{origin(link)}/conflicts")
        expect(page.locator("main")).to_contain_text("copies and coded apart")
        page.goto(f"{origin(link)}/documents/{copy}")
        expect(page.locator("#number")).to_have_text(copy)
        code(page, "r", "v", "1", "Enter")
        expect(page.locator("#number")).not_to_have_text(copy)
        page.goto(f"{origin(link)}/conflicts")
        expect(page.locator("main")).not_to_contain_text("copies and coded apart")
        page.goto(f"{origin(link)}/journal")
        expect(page.locator("main")).to_contain_text(copy)
    again = Room.open(room.matter.folder)
    now = {control: again.codings.now(control) for control in (first, copy)}
    again.close()
    assert all(
        coding is not None and (coding.who, coding.body["responsive"]) == ("lead", "yes")
        for coding in now.values()
    )


def test_a_team_that_receives(page: Page, tmp_path: Path) -> None:
    matter = Matter.create(tmp_path / "staff", name="Northgate")
    receive.receive(
        CaseFile(matter), [sound().write(tmp_path / "in")], "Northgate", loader.load(), workers=1
    )
    matter.engine.dispose()
    with opened(matter.folder) as link:
        enter(page, link)
        page.goto(f"{origin(link)}/received")
        page.locator("main tbody a").first.click()
        expect(page.locator("main")).to_contain_text("Northgate")
        page.get_by_role("link", name="Its documents").click()
        page.wait_for_selector(".layer .row a")
        number = page.locator(".row.active a").inner_text()
        page.locator(".grid").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#number")).to_have_text(number)
        code(page, "r", "h", "Enter")
        expect(page.locator("#number")).not_to_have_text(number)
        room = Room.open(matter.folder)
        coding = room.codings.now(number)
        assert coding is not None
        assert dict(coding.body) == {"relevant": "yes", "hot": True}
        room.close()
        page.goto(f"{origin(link)}/exhibits")
        page.get_by_label("Document or page").fill(number)
        page.get_by_role("button", name="Make it").click()
        expect(page.locator("tbody")).to_contain_text("Ex. 1")
        bates = page.locator("tbody .mono").first.inner_text().partition("–")[0]
        page.goto(f"{origin(link)}/chronology")
        page.get_by_label("When").fill("2022-11-14")
        page.get_by_label("What happened").fill("Staff write of the accounts.")
        page.get_by_label("Pages that show it").fill(bates)
        page.locator("form[method=post] button.primary").click()
        expect(page.locator("tbody")).to_contain_text("Staff write of the accounts.")
