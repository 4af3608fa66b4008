"""Nothing a hostile mail holds runs, fetches, sends or leads anywhere; each layer is tried alone.

Every vector is loaded in a frame of a real browser, clicked and hovered, while a listener on this
machine writes down whatever asks it for anything, or only connects.
"""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Frame, Page

from forthwith.produce.imaging.message import Shown, Spoken
from forthwith.web import mail_frame
from tests.browser.hostile import LEAVING, VECTORS, filled

#: Layer: cleaned by the allow-list, policy of the frame, sandbox of the frame.
LAYERS = {
    "raw in a page": (False, False, False),
    "sandbox only": (False, False, True),
    "policy only": (False, True, False),
    "allow-list only": (True, False, False),
    "all three": (True, True, True),
}
EVERY = {**VECTORS, **LEAVING}
NAMES = list(EVERY)
#: What a person does to a page, all at once: whatever can be clicked, hovered, focused or typed at.
TOUCH = """() => {
  for (const thing of [...document.querySelectorAll('*')].slice(0, 400)) {
    for (const kind of ['pointerenter', 'mouseover', 'wheel', 'keydown', 'input'])
      thing.dispatchEvent(new Event(kind, {bubbles: true}));
    if (thing.focus) thing.focus();
    if (thing.click && thing.matches('a,area,button,input,summary,p,form,x-a,dialog,math *,svg *'))
      thing.click();
    else thing.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}));
  }
}"""


@dataclass
class Listener:
    """What was asked for, by layer and vector."""

    pages: str = ""
    asked: str = ""
    heard: set[tuple[str, int]] = field(default_factory=set)
    #: (layer, vector) -> an address that only that vector knows.
    connects: dict[tuple[str, int], str] = field(default_factory=dict)

    def html(self, layer: str, number: int) -> tuple[str, str]:
        """Return a vector as it reaches the browser in a layer, and its policy."""
        clean, policy, _ = LAYERS[layer]
        address = f"{self.asked}/h/{list(LAYERS).index(layer)}/{number}"
        connect = self.connects.get((layer, number), address)
        html = filled(EVERY[NAMES[number]], address, connect)
        if clean:
            html = mail_frame.page_of(Shown((Spoken(html),)))
        return html, mail_frame.POLICY if policy else ""

    def names(self, layer: str) -> set[str]:
        return {NAMES[number] for at, number in self.heard if at == layer}


class _Pages(BaseHTTPRequestHandler):
    """Serves the page of a layer with its frames, and each frame."""

    protocol_version = "HTTP/1.1"

    def __init__(self, listener: Listener, *given: object) -> None:
        self.listener = listener
        super().__init__(*given)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        parts = self.path.split("?")[0].strip("/").split("/")
        if not all(part.isdigit() for part in parts[1:2]):
            self.send_error(404)
        elif parts[0] == "frame" and parts[2].isdigit():
            layer, number = list(LAYERS)[int(parts[1])], int(parts[2])
            html, policy = self.listener.html(layer, number)
            self._answer(html, policy)
        elif parts[0] == "host":
            layer = list(LAYERS)[int(parts[1])]
            numbers = [int(part) for part in parts[2].split(",")]
            sandbox = "sandbox=''" if LAYERS[layer][2] else ""
            frames = "".join(
                f"<iframe {sandbox} src='/frame/{parts[1]}/{number}' width=70 height=40></iframe>"
                for number in numbers
            )
            self._answer(f"<!doctype html><title>{layer}</title><body style='margin:0'>{frames}")
        else:
            self.send_error(404)

    def _answer(self, html: str, policy: str = "") -> None:
        data = html.encode("utf-8", "surrogateescape")
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        if policy:
            self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_given: object) -> None:
        """Say nothing."""


class _Hears(BaseHTTPRequestHandler):
    """Writes down who asks, and gives what makes them ask on."""

    def __init__(self, listener: Listener, *given: object) -> None:
        self.listener = listener
        super().__init__(*given)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        parts = self.path.strip("/").split("/")
        if parts[0] == "h" and parts[1].isdigit() and parts[2].isdigit():
            self.listener.heard.add((list(LAYERS)[int(parts[1])], int(parts[2])))
        self.send_response(200)
        self.send_header("Access-Control-Allow-Origin", "*")
        kinds = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
        kind = kinds.get(self.path.rpartition(".")[2], "text/plain")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_OPTIONS = do_HEAD = do_GET  # noqa: N815 - names of the library

    def log_message(self, *_given: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    heard = Listener()
    servers = [
        ThreadingHTTPServer(("127.0.0.1", 0), partial(kind, heard))  # type: ignore[arg-type]
        for kind in (_Pages, _Hears)
    ]
    heard.pages, heard.asked = (f"http://127.0.0.1:{server.server_port}" for server in servers)
    doors = []
    for number, name in enumerate(NAMES):
        for layer in LAYERS if "@C" in EVERY[name] else ():
            door = socket.create_server(("127.0.0.1", 0))
            heard.connects[layer, number] = f"http://127.0.0.1:{door.getsockname()[1]}"
            doors.append(door)
            threading.Thread(target=_wait, args=(door, heard, layer, number), daemon=True).start()
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield heard
    for server in servers:
        server.shutdown()
        server.server_close()
    for door in doors:
        door.close()


def _wait(door: socket.socket, heard: Listener, layer: str, number: int) -> None:
    with suppress(OSError):
        met, _ = door.accept()
        heard.heard.add((layer, number))
        met.close()


def _loaded(page: Page, address: str) -> None:
    with suppress(Error):
        page.goto(address, wait_until="load", timeout=8_000)


def _touched(page: Page) -> None:
    for frame in list(page.frames)[1:]:
        _touch(frame)
    page.wait_for_timeout(500)


def _touch(frame: Frame) -> None:
    # A frame that went elsewhere, or whose script never ends, is not touched.
    with suppress(Error):
        frame.evaluate(TOUCH)


def _run(context: BrowserContext, listener: Listener, layer: str) -> None:
    """Load every vector in a layer and do to it what a person would."""
    at = list(LAYERS).index(layer)
    kept = [number for number, name in enumerate(NAMES) if name not in LEAVING]
    context.on("page", lambda page: page.on("dialog", lambda dialog: dialog.dismiss()))
    for start in range(0, len(kept), 120):
        page = context.new_page()
        numbers = ",".join(map(str, kept[start : start + 120]))
        _loaded(page, f"{listener.pages}/host/{at}/{numbers}")
        _touched(page)
        page.close()
    for number in [number for number, name in enumerate(NAMES) if name in LEAVING]:
        page = context.new_page()
        _loaded(page, f"{listener.pages}/host/{at}/{number}")
        for frame in list(page.frames)[1:]:
            _touch(frame)
        page.wait_for_timeout(150)
        page.close()


@pytest.fixture(scope="module")
def escapes(listener: Listener, _browser: Browser, request: pytest.FixtureRequest) -> Listener:
    """Every layer tried, once."""
    import asyncio

    _, loop = request.getfixturevalue("_playwright")
    asyncio._set_running_loop(loop)
    begun = time.monotonic()
    for layer in LAYERS:
        with _browser.new_context(viewport={"width": 1280, "height": 800}) as context:
            _run(context, listener, layer)
    asyncio._set_running_loop(None)
    lines = [f"{len(NAMES)} vectors, {time.monotonic() - begun:.0f} s"]
    for layer in LAYERS:
        names = sorted(listener.names(layer))
        shown = f": {', '.join(names)}" if len(names) < 60 else ""
        lines.append(f"{layer:16} {len(names):4} escapes{shown}")
    print("\n" + "\n".join(lines))
    return listener


def test_nothing_escapes_all_three_layers(escapes: Listener) -> None:
    assert escapes.names("all three") == set()


def test_nothing_escapes_the_allow_list_alone(escapes: Listener) -> None:
    assert escapes.names("allow-list only") == set()


def test_the_policy_alone_stops_all_but_leading_elsewhere(escapes: Listener) -> None:
    """A link that is clicked moves the frame: that is why no href is kept."""
    assert {name for name in escapes.names("policy only") if "<a" not in EVERY[name]} - {
        "link area"
    } == set()


def test_the_sandbox_alone_runs_no_script(escapes: Listener) -> None:
    scripts = {name for name in NAMES if not {"@U", "@R", "@S", "@C"} & set(_signs(name))}
    assert len(scripts) > 60
    assert escapes.names("sandbox only") & scripts == set()


def _signs(name: str) -> list[str]:
    return re.findall("@[A-Z]", EVERY[name])


def test_the_vectors_bite(escapes: Listener) -> None:
    """What is held back would have come out: most vectors work in a bare page of this browser."""
    assert len(NAMES) >= 120
    assert len(escapes.names("raw in a page")) >= 150
    assert len(escapes.names("sandbox only")) >= 60


@pytest.mark.parametrize("name", NAMES)
def test_no_address_reaches_the_frame(name: str) -> None:
    html = mail_frame.cleaned(filled(EVERY[name], "http://127.0.0.1:9/h", "http://127.0.0.1:9"))
    lowered = html.lower()

    assert "href" not in lowered
    assert 'src="http' not in lowered
    assert "<script" not in lowered
    assert json.dumps(html)


def test_no_vector_is_there_twice() -> None:
    assert len(set(EVERY.values())) == len(EVERY)
