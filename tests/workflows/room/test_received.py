"""Received volumes: their findings, points put about them, by page and by command."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from forthwith.cli.main import main
from forthwith.domain.users import Grant, Role, Scope
from forthwith.web.app import create_app
from forthwith.workflows.room.room import Room
from tests.builders.volume import LOOSE, LUNCH
from tests.web.conftest import BY, PASSWORD, Browser, Place


@pytest.fixture
def place(room: Room) -> Place:
    made = Place(room, create_app(room))
    for login, role in (("boss", Role.LEAD), ("monitor", Role.MONITOR), ("coder", Role.REVIEWER)):
        made.user(login, role, password=PASSWORD)
    return made


def _in(place: Place, login: str) -> Browser:
    browser = place.browser()
    browser.sign_in(login)
    browser.open("/received")
    return browser


def test_the_list_leads_to_the_volume_and_its_findings(place: Place) -> None:
    monitor = _in(place, "monitor")
    assert '<a href="/received/VOL001">VOL001</a>' in monitor.get("/received").text
    volume = monitor.get("/received/VOL001").text
    assert "from Northgate" in volume.replace('<span class="quiet">', "")
    assert "Put a point to them" in volume
    assert monitor.get("/received/VOL009").status_code == 404
    assert _in(place, "coder").get("/received").status_code == 403


def test_a_point_is_noted_by_page_and_by_command(place: Place) -> None:
    """What is refused goes back into the form as typed."""
    boss = _in(place, "boss")
    typed = {"selection": LOOSE, "says": "Its <native> is missing", "request": ""}
    put = boss.form("/received/VOL001/point", typed)
    assert put.status_code == 303
    assert "Its &lt;native&gt; is missing" in boss.get(put.headers["location"]).text
    again = boss.form("/received/VOL001/point", typed)
    assert again.status_code == 422
    assert "in the register already" in again.text
    assert "Its &lt;native&gt; is missing</textarea>" in again.text

    home = str(place.room.matter.folder)
    words = ("-C", home, "points", "add", f"{LOOSE}; {LUNCH}", "They came late.", "--as", "boss")
    noted = json.loads(CliRunner().invoke(main, [*words, "--json"]).stdout)["points"]
    assert [(point["volume"], point["documents"]) for point in noted] == [("VOL001", 2)]
    assert "They came late" in boss.get("/received/VOL001").text
    listed = CliRunner().invoke(
        main, ["-C", home, "points", "list", "VOL001", "--as", "monitor", "--json"]
    )
    assert noted[0]["key"] in {row["key"] for row in json.loads(listed.stdout)["register"]}


def test_a_point_about_a_hidden_document_is_not_there(place: Place) -> None:
    room = place.room
    boss = _in(place, "boss")
    point = {"selection": LOOSE, "says": "Late", "request": ""}
    assert boss.form("/received/VOL001/point", point).status_code == 303
    user = place.user("walled", Role.LEAD, password=PASSWORD)
    columns = room.standing().columns
    with room.matter.engine.connect() as connection:
        from forthwith.record import received

        (control,) = (
            control
            for control, number in received.numbers(connection).items()
            if number.first == LOOSE
        )
    assert control in columns.place
    wall = Grant(user.id, Role.WALL, Scope(documents=frozenset({control})))
    room.users.grant(wall, BY)

    walled = _in(place, "walled")
    assert LOOSE in boss.get("/received/VOL001").text
    assert LOOSE not in walled.get("/received/VOL001").text
    refused = walled.form("/received/VOL001/point", point)
    absent = walled.form("/received/VOL001/point", point | {"selection": "ZZ0000001"})
    assert refused.status_code == absent.status_code == 422


def test_a_notice_is_shown_before_anything_is_put_away(place: Place) -> None:
    boss = _in(place, "boss")
    sent = {"pasted": LOOSE, "custodian": "boss", "notice": "", "name": ""}
    seen = boss.form("/received/clawback", sent)
    assert seen.status_code == 200
    assert "Put these away?" in seen.text
    wrong = boss.form("/received/clawback", sent | {"pasted": "nothing there"})
    assert wrong.status_code == 422
    assert _in(place, "monitor").get("/received/VOL001").text.count(LOOSE)
