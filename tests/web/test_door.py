"""The door: what stands before every answer, whoever asks and whatever comes of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from litestar import get
from litestar.exceptions import HTTPException
from litestar.params import FromPath

from forthwith.web import app as application
from forthwith.web.guard import Door
from forthwith.workflows.room.room import NotShownError, RefusedError
from tests.web.conftest import Place

DoorAt = Callable[..., Place]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/enter", 200, id="page"),
        pytest.param("/static/room.css", 200, id="file"),
        pytest.param("/static/nothing.css", 404, id="no file"),
        pytest.param("/nothing", 404, id="no page"),
        pytest.param("/api/nothing", 404, id="no route"),
        pytest.param("/leave", 405, id="wrong method"),
        pytest.param("/static/%2e%2e/app.py", 404, id="odd path"),
    ],
)
def test_every_answer_carries_the_policy(door_at: DoorAt, path: str, status: int) -> None:
    answer = door_at().browser().get(path)

    assert answer.status_code == status
    policy = answer.headers["content-security-policy"]
    assert "require-trusted-types-for 'script'" in policy
    assert "default-src 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["cache-control"] in {"no-store", "no-cache"}


@pytest.mark.parametrize(
    "host",
    [
        "evil.test",
        "evil.test:8600",
        "127.0.0.1.evil.test",
        "localhost@evil.test",
        "localhost/evil",
        "localhost:port",
        "[::1",
        "",
    ],
)
def test_a_name_somebody_else_points_here_is_not_answered(door_at: DoorAt, host: str) -> None:
    answer = door_at().browser().get("/enter", headers={"Host": host})

    assert answer.status_code == 421
    assert "csrf" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:8600", "localhost", "LOCALHOST:1", "[::1]:8600"])
def test_this_machine_is_answered_under_each_of_its_names(door_at: DoorAt, host: str) -> None:
    assert door_at().browser().get("/enter", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e/app.py",
        "/static/..%5capp.py",
        "/static//etc/passwd",
        "/static/room.css%00.js",
        "/static/room.css%0d%0aSet-Cookie:a=b",
        "/static/\u2025/app.py",
        "/static/.",
    ],
)
def test_no_path_leads_out_of_the_files_of_the_pages(door_at: DoorAt, path: str) -> None:
    browser = door_at().browser()
    asked = httpx.URL("http://127.0.0.1:8600").copy_with(raw_path=quote(path, safe="/%:").encode())

    answer = browser.client.request("GET", asked)

    assert answer.status_code == 404
    assert "set-cookie" not in answer.headers


def test_a_file_is_sent_once_and_then_only_asked_about(door_at: DoorAt) -> None:
    browser = door_at().browser()
    first = browser.get("/static/room.css")

    again = browser.get("/static/room.css", headers={"If-None-Match": first.headers["etag"]})

    assert first.headers["content-encoding"] == "gzip"
    assert (again.status_code, again.content) == (304, b"")


def test_a_page_with_a_token_in_it_is_never_packed(door_at: DoorAt) -> None:
    assert "content-encoding" not in door_at().browser().get("/enter").headers


class _SuddenError(Exception):
    """What nobody foresaw."""


@get("/api/test/{what:str}", opt={"open": True}, sync_to_thread=False)
def _failing(what: FromPath[str]) -> dict[str, Any]:
    raise {
        "defect": _SuddenError("the password is orchard"),
        "absent": NotShownError("document FW0001"),
        "refused": RefusedError("Only the lead cuts batches."),
        "own": HTTPException(detail="It is being worked on.", status_code=409),
        "theirs": HTTPException(detail="secret /etc/path", status_code=500),
    }[what]


@pytest.fixture
def failing(door_at: DoorAt, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(application, "ALL", [*application.ALL, _failing])
    return door_at()


def test_a_defect_is_logged_here_and_told_by_a_number(
    failing: Place, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "forthwith.room"):
        answer = failing.browser().get("/api/test/defect")

    said = answer.json()["error"]
    number = said.partition("number ")[2].partition(")")[0]
    assert answer.status_code == 500
    assert "orchard" not in answer.text
    assert number in caplog.text
    assert "orchard" in caplog.text


@pytest.mark.parametrize(
    ("what", "status"), [("absent", 404), ("refused", 403), ("own", 409), ("theirs", 500)]
)
def test_an_error_is_a_sentence(failing: Place, what: str, status: int) -> None:
    answer = failing.browser().get(f"/api/test/{what}")

    assert answer.status_code == status
    assert answer.json()["error"].endswith(".")
    assert "/etc" not in answer.text


def test_behind_a_proxy_whoever_comes_another_way_is_turned_away(door_at: DoorAt) -> None:
    door = Door(frozenset({"room.halden.example"}), secure=True, behind_proxy=True)

    around = door_at(door, "http://room.halden.example").browser().get("/enter")
    by_it = door_at(door, "https://room.halden.example").browser().get("/enter")

    assert around.status_code == 403
    assert by_it.status_code == 200
    assert by_it.headers["strict-transport-security"].startswith("max-age=")
    assert "__Host-" in by_it.headers["set-cookie"]
    assert "Secure" in by_it.headers["set-cookie"]
