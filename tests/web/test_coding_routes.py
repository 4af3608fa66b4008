"""Coding, batches, conflicts and samples over JSON: the same words as the commands have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from forthwith.cli.main import main
from forthwith.record import tables
from forthwith.web.app import create_app
from forthwith.workflows.room.passwords import give as set_password
from forthwith.workflows.room.room import Room
from tests.builders import reviewed_room as made
from tests.builders.reviewed_room import NO, YES, seer
from tests.web.conftest import PASSWORD, Browser, Place


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Ten documents, and people with passwords."""
    opened = made.room(tmp_path)
    for login in ("lead", "lin", "reyes", "watch"):
        user = opened.users.by_login(login)
        assert user is not None
        set_password(opened.users, user, PASSWORD, made.BY)
    yield opened
    opened.close()


@pytest.fixture
def enters(room: Room) -> Callable[[str], Browser]:
    """Sign somebody in."""
    place = Place(room, create_app(room, None))

    def entered(login: str) -> Browser:
        browser = place.browser()
        browser.sign_in(login)
        user = room.users.by_login(login)
        assert user is not None
        with room.matter.engine.connect() as connection:
            # Where every page of theirs has it from.
            rows = sa.select(tables.sessions.c.csrf).where(tables.sessions.c.user == user.id)
            browser.csrf = str(connection.scalars(rows).all()[-1])
        return browser

    return entered


def put(browser: Browser, control: str, version: int, **data: Any) -> Any:
    """Save a document as a page does."""
    body = {"body": data.pop("body", NO), "pass": "", **data}
    return browser.ask("PUT", f"/api/codings/{control}", body, **{"If-Match": str(version)})


def test_a_save_answers_with_version_and_next_and_a_stale_one_with_theirs(
    room: Room, enters: Callable[[str], Browser]
) -> None:
    first, second, *_ = made.batch(room, "lin")
    lin, lead = enters("lin"), enters("lead")

    saved = put(lin, first, 0)
    stale = put(lead, first, 0, body=YES)

    assert (saved.status_code, saved.json()["version"], saved.json()["next"]) == (200, 1, second)
    assert stale.status_code == 409
    assert [row["who"] for row in stale.json()["theirs"]] == ["lin"]
    assert stale.json()["theirs"][0]["body"] == NO
    assert lin.get(f"/api/codings/{first}").json()["codings"][0]["version"] == 1
    assert lin.get("/api/codings/last").json() == {"body": NO}


def test_what_is_missing_is_named_and_a_version_must_be_said(
    room: Room, enters: Callable[[str], Browser]
) -> None:
    lead, control = enters("lead"), made.controls(room)[0]

    missing = put(lead, control, 0, body={"responsive": "yes"})
    unsaid = lead.ask("PUT", f"/api/codings/{control}", {"body": NO})
    strange = put(lead, control, 0, colour="red")

    assert (missing.status_code, missing.json()["missing"]) == (422, ["privilege"])
    assert unsaid.status_code == 428
    assert strange.status_code == 400
    assert room.codings.changes() == 0


def test_many_are_previewed_then_saved_then_undone(
    room: Room, enters: Callable[[str], Browser]
) -> None:
    lead = enters("lead")
    asked = {"select": {"query": "plan"}, "body": NO, "form": "ours", "pass": ""}

    seen = lead.ask("POST", "/api/codings/bulk", asked)
    wrong = lead.ask("POST", "/api/codings/bulk", {**asked, "token": "x"})
    saved = lead.ask("POST", "/api/codings/bulk", {**asked, "token": seen.json()["token"]})
    undone = lead.ask("POST", "/api/codings/undo", {})
    again = lead.ask("POST", "/api/codings/undo", {})

    assert seen.status_code == 200
    assert wrong.status_code == 409
    assert wrong.json()["preview"]["token"] == seen.json()["token"]
    assert saved.json()["saved"] == seen.json()["documents"] == len(undone.json()["controls"])
    assert (undone.status_code, again.status_code) == (200, 200)


def test_both_doors_refuse_in_the_same_words(room: Room, enters: Callable[[str], Browser]) -> None:
    first, *_ = made.batch(room, "lin")
    put(enters("lin"), first, 0)
    last = made.controls(room)[-1]
    cases: list[tuple[str, tuple[str, ...], Callable[[Browser], Any]]] = [
        ("watch", ("code", first, "responsive=no"), lambda it: put(it, first, 1)),
        ("lead", ("code", "FW99999999", "responsive=no"), lambda it: put(it, "FW99999999", 0)),
        ("lead", ("code", first, "responsive=unsure"),
         lambda it: put(it, first, 1, body={"responsive": "unsure"})),
        ("lead", ("code", last, "responsive=yes"),
         lambda it: put(it, last, 0, body={"responsive": "yes"})),
        ("lead", ("code", last, "colour=red"),
         lambda it: put(it, last, 0, body={"colour": "red"})),
        ("lead", ("code", "--undo"), lambda it: it.ask("POST", "/api/codings/undo", {})),
        ("lin", ("batches", "cut"), lambda it: it.ask("POST", "/api/batches/cut", {})),
        ("lin", ("batches", "take"), lambda it: it.ask("POST", "/api/batches/take", {})),
        ("lin", ("batches", "done"), lambda it: it.ask("POST", "/api/batches/B0001/done", {})),
        ("lin", ("batches", "take", "B0009"),
         lambda it: it.ask("POST", "/api/batches/B0009/take", {})),
        ("lead", ("batches", "give", "B0001"),
         lambda it: it.ask("POST", "/api/batches/B0001/give", {})),
        ("watch", ("conflicts",), lambda it: it.get("/api/conflicts")),
        ("lin", ("qc", "draw"), lambda it: it.ask("POST", "/api/samples", {})),
        ("lead", ("qc", "report", "Q0009"), lambda it: it.get("/api/samples/Q0009")),
    ]  # fmt: skip
    browsers = {login: enters(login) for login in ("lead", "lin", "watch")}
    for login, words, ask in cases:
        answer = ask(browsers[login])
        typed = CliRunner().invoke(
            main, ["-C", str(room.matter.folder), *words, "--as", login], catch_exceptions=False
        )

        assert answer.status_code in (403, 404, 409, 422), (words, answer.text)
        assert typed.exit_code == 2, (words, typed.output)
        assert typed.stderr.strip() == f"forthwith: {answer.json()['error']}"


def test_batches_conflicts_and_samples_are_listed(
    room: Room, enters: Callable[[str], Browser]
) -> None:
    lead = enters("lead")
    cut = lead.ask("POST", "/api/batches/cut", {"query": "plan", "documents": 3}).json()
    lin = enters("lin")
    assert lin.ask("POST", "/api/batches/take", {}).json()["holder"] == "lin"
    for control, _ in lin.get("/api/batches/B0001").json()["documents"]:
        assert put(lin, control, 0, body={"responsive": "no", "hot": True}).status_code == 200
    assert lin.ask("POST", "/api/batches/B0001/done", {}).json()["state"] == "done"

    listed = lead.get("/api/batches").json()
    found = lead.get("/api/conflicts?n=2").json()
    drawn = lead.ask("POST", "/api/samples", {"documents": 2})
    report = lead.get(f"/api/samples/{drawn.json()['sample']['id']}").json()

    assert len(cut["batches"]) == 2
    assert [row["coded"] for row in listed["batches"]] == [3, 0]
    assert [row["login"] for row in listed["progress"]] == ["lin"]
    assert (found["total"], len(found["rows"])) == (3, 2)
    assert found["counts"]["not responsive, yet hot or cited"] == 3
    assert (report["drawn"], report["read"], report["failing"]) == (2, 0, [])
    assert "progress" not in lin.get("/api/batches").json()
    assert seer(room, "lin").may is not None


def test_a_save_without_the_token_of_the_page_is_refused(
    room: Room, enters: Callable[[str], Browser]
) -> None:
    lead, control = enters("lead"), made.controls(room)[0]
    lead.csrf = "guessed"

    answer = put(lead, control, 0)

    assert answer.status_code == 403
    assert room.codings.now(control) is None
