"""The room over a socket, as it is served: what a stranger sends byte by byte."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from forthwith.domain.users import Role
from forthwith.record.matter import Matter
from forthwith.web import server
from forthwith.web.guard import Door
from forthwith.workflows.room.room import Room
from tests.web.conftest import PASSWORD, Browser, Place


class Served:
    """A room that listens."""

    def __init__(self, folder: Path) -> None:
        Matter.create(folder, name="Northgate").engine.dispose()
        room = Room.open(folder)
        self.listener = server.listening("127.0.0.1", 0)
        self.port = self.listener.getsockname()[1]
        self.running, self.app = server.server(room, Door(port=self.port))
        self.room = room
        self.thread = threading.Thread(target=self.running.run, args=([self.listener],))
        self.thread.start()
        while not self.running.started:
            time.sleep(0.01)

    def send(self, data: bytes) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        connection.sendall(data.replace(b"HERE", f"127.0.0.1:{self.port}".encode()))
        return connection

    def said(self, data: bytes) -> bytes:
        """Return all that is answered until the room closes the connection."""
        with self.send(data) as connection:
            parts = []
            while part := connection.recv(65_536):
                parts.append(part)
            return b"".join(parts)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    place = Served(tmp_path_factory.mktemp("served") / "m")
    yield place
    place.running.should_exit = True
    place.thread.join(30)
    place.listener.close()
    place.room.close()


@pytest.fixture(scope="module")
def lead(served: Served) -> Browser:
    place = Place(served.room, served.app, f"http://127.0.0.1:{served.port}")
    place.user("lead", Role.LEAD, password=PASSWORD)
    browser = place.browser()
    assert browser.sign_in("lead").status_code == 303
    browser.open("/me")
    return browser


def _statuses(answer: bytes) -> list[int]:
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d+)", answer)]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param(
            b"POST /enter HTTP/1.1\r\nHost: HERE\r\nContent-Length: 6\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /enter HTTP/1.1\r\nHost: HERE\r\n\r\n",
            400,
            id="two lengths, and a request hidden behind the shorter one",
        ),
        pytest.param(
            b"POST /enter HTTP/1.1\r\nHost: HERE\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"
            b"abcdef",
            400,
            id="two content lengths",
        ),
        pytest.param(
            b"POST /enter HTTP/1.1\r\nHost: HERE\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
            400,
            id="a blank before the colon",
        ),
        pytest.param(
            b"GET /enter HTTP/1.1\r\nHost: HERE\r\nX: " + b"a" * 60_000
            + b"\r\nConnection: close\r\n\r\n",
            431,
            id="long headers",
        ),
        pytest.param(bytes(range(256)) + b"\r\n\r\n", 400, id="no request at all"),
    ],
)  # fmt: skip
def test_a_request_that_two_may_read_in_two_ways_is_answered_once_and_closed(
    served: Served, request_: bytes, status: int
) -> None:
    assert _statuses(served.said(request_)) == [status]


def test_a_body_that_trickles_in_after_its_answer_holds_no_connection(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_REST_SECONDS", 0.1)
    head = b"POST /enter HTTP/1.1\r\nHost: HERE\r\nContent-Type: text/x\r\nContent-Length: 9000\r\n"

    with served.send(head + b"\r\n") as connection:
        closed = False
        for _ in range(200):
            try:
                connection.sendall(b"a")
            except OSError:
                closed = True
                break
            time.sleep(0.02)

    assert closed


def test_headers_that_trickle_in_hold_no_connection(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_HEADER_SECONDS", 0.1)

    assert served.said(b"GET /enter HTTP/1.1\r\nHo") == b""


def test_a_crowd_is_told_to_ask_again(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_AT_ONCE", 1)
    with served.send(b""):
        said = served.said(b"GET /enter HTTP/1.1\r\nHost: HERE\r\nConnection: close\r\n\r\n")

    assert _statuses(said) == [503]
    assert b"retry-after: 5" in said.lower()
    assert b"Ask again in a moment." in said


def test_pipelined_requests_are_each_answered_in_turn(served: Served) -> None:
    ask = b"GET /static/tokens.css HTTP/1.1\r\nHost: HERE\r\n"

    assert _statuses(served.said((ask + b"\r\n") * 20 + ask + b"Connection: close\r\n\r\n")) == (
        [200] * 21
    )


def test_json_nested_past_reason_is_refused_as_a_sentence(lead: Browser) -> None:
    headers = {
        "X-CSRF-Token": lead.csrf,
        "Origin": str(lead.client.base_url).rstrip("/"),
        "Content-Type": "application/json",
    }
    body = b'{"body":' + b"[" * 60_000

    answer = lead.client.put("/api/codings/FW00000001", content=body, headers=headers)

    assert answer.status_code == 400
    assert answer.json()["error"].startswith("What was sent is nested too deeply.")


def test_streams_asked_for_at_one_moment_are_counted(served: Served, lead: Browser) -> None:
    cookies = "; ".join(f"{c.name}={c.value}" for c in lead.client.cookies.jar)
    ask = f"GET /api/events HTTP/1.1\r\nHost: HERE\r\nCookie: {cookies}\r\n\r\n".encode()

    streams = [served.send(ask) for _ in range(20)]
    answered = sorted(_statuses(stream.recv(15))[0] for stream in streams)
    for stream in streams:
        stream.close()

    assert answered == [200] * 8 + [429] * 12
