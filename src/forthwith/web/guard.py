"""What stands before every answer: which names are answered, and what a browser may do with it.

It wraps the whole application, so errors, redirects and files carry the same headers as pages, and
no handler can forget them. Who asks is `sessions`; how much may be sent is `limits`.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Of every page of the room (the frame of a mail has a narrower one of its own).
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
#: Set where an answer has not set its own.
_HEADERS = {
    b"content-security-policy": POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"origin-agent-cluster": b"?1",
    b"x-permitted-cross-domain-policies": b"none",
    b"permissions-policy": (
        b"camera=(), geolocation=(), microphone=(), payment=(), usb=(), "
        b"publickey-credentials-get=(self), publickey-credentials-create=(self)"
    ),
    b"cache-control": b"no-store",
}
_A_YEAR = b"max-age=31536000"
#: Names under which a room on this machine is answered; any other may be somebody's who let it
#: point here (DNS rebinding).
LOCAL_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
#: Bytes of a request's line and headers.
HEADERS = 32 * 1024
#: Smaller answers are not worth packing.
_WORTH_PACKING = 1_000
#: Pages hold the token against forged requests, so they are sent as they are: packed beside what a
#: stranger chose, a secret shows in the length (BREACH). Pictures are packed already.
_PACKED = (b"application/json", b"text/css", b"text/javascript", b"image/svg+xml")
#: Signs no path of the room holds: control signs, a backslash, and a slash or NUL that was hidden.
_ODD = re.compile(rb"[\x00-\x20\x7f\\]|%(?:00|2f|5c|0[0-9a-f]|1[0-9a-f]|7f)|//", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Door:
    """How the room is reached."""

    #: Host names answered, lower case, without a port.
    names: frozenset[str] = LOCAL_NAMES
    port: int = 8600
    #: Whether browsers reach it by HTTPS: by its own certificate, or by the proxy's.
    secure: bool = False
    #: Whether a request that did not come by the proxy is turned away.
    behind_proxy: bool = False
    #: Seconds a request's body may take.
    body_seconds: float = 30.0
    #: Minutes after which whoever asks nothing is signed out; 0 for half an hour.
    idle_minutes: int = 0
    #: What `matter.toml` says of signing in at the office's own provider; None for nothing.
    oidc: Any = field(default=None, compare=False)

    @property
    def cookie(self) -> str:
        """Return the session's cookie; browsers tie `__Host-` to this host and to HTTPS."""
        # Cookies know no port, so two rooms on one machine would sign each other out.
        return "__Host-forthwith" if self.secure else f"forthwith-{self.port}"

    def answers(self, host: str) -> bool:
        """Say whether a Host header names this room."""
        try:
            name = urlsplit(f"//{host}")
            # An odd port raises.
            _ = name.port
        except ValueError:
            return False
        bare = name.hostname is not None and not (name.path or name.query or name.fragment)
        return bare and "@" not in host and (name.hostname or "").rstrip(".") in self.names

    def origin(self, host: str) -> str:
        """Return the origin a page of the room has, asked for under a Host header."""
        return f"{'https' if self.secure else 'http'}://{host.lower()}"


class Guard:
    """The outermost layer of the application."""

    def __init__(
        self, app: App, door: Door, is_crowded: Callable[[], bool] = lambda: False
    ) -> None:
        self._app = app
        self._door = door
        self._is_crowded = is_crowded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or turn it away."""
        if scope["type"] != "http":
            # There is no socket to talk over.
            await send({"type": "websocket.close", "code": 1008})
            return
        answer = _Answer(scope, send, secure=self._door.secure)
        if refusal := self._refusal(scope):
            status, sentence = refusal
            # What follows on the connection may be no request of whoever sent this one.
            more = _CLOSE if status == 400 else _AGAIN if status == 503 else ()
            await plain(answer, status, sentence, more)
            return
        await self._app(scope, receive, answer)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or not self._door.answers(hosts[0].decode("latin-1")):
            names = " or ".join(sorted(self._door.names))
            return 421, f"This room is not reached under that name, but under {names}."
        if self._door.behind_proxy and scope["scheme"] != "https":
            return 403, "This room is reached by its proxy, over HTTPS. Ask for its address."
        given = {name for name, _ in scope["headers"]}
        if {b"transfer-encoding", b"content-length"} <= given:
            # Two readers of it may see two requests (RFC 9112, 6.1).
            return 400, "This request gives its length in two ways. Send it in one."
        if sum(len(name) + len(value) for name, value in scope["headers"]) > HEADERS:
            return 431, "The headers of this request are too long. Delete the cookies of this room."
        if self._is_crowded():
            return 503, "More ask this room at once than it answers. Ask again in a moment."
        raw = scope.get("raw_path") or scope["path"].encode()
        if _ODD.search(raw) or any(part in {"..", "."} for part in scope["path"].split("/")):
            return 404, "There is nothing of this name here. Check the address."
        return None


class _Answer:
    """Sends what the application answers, with the headers, packed where that pays."""

    def __init__(self, scope: Scope, send: Send, *, secure: bool) -> None:
        self._send = send
        self._secure = secure
        accepted = [value for name, value in scope["headers"] if name == b"accept-encoding"]
        self._may_pack = any(b"gzip" in value for value in accepted)
        self._start: Message | None = None

    async def __call__(self, message: Message) -> None:
        """Send one part of an answer."""
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            there = {name.lower() for name, _ in headers}
            headers += [(name, value) for name, value in _HEADERS.items() if name not in there]
            if self._secure:
                headers.append((b"strict-transport-security", _A_YEAR))
            # Held back until the body is seen: its length may change.
            self._start = {**message, "headers": headers}
            return
        if self._start is not None:
            start, self._start = self._start, None
            body = message.get("body", b"")
            if not message.get("more_body") and self._worth_packing(start, body):
                body = gzip.compress(body, 6, mtime=0)
                message = {**message, "body": body}
                start["headers"] = [
                    *((n, v) for n, v in start["headers"] if n.lower() != b"content-length"),
                    (b"content-length", str(len(body)).encode()),
                    (b"content-encoding", b"gzip"),
                    (b"vary", b"accept-encoding"),
                ]
            await self._send(start)
        await self._send(message)

    def _worth_packing(self, start: Message, body: bytes) -> bool:
        headers = {name.lower(): value for name, value in start["headers"]}
        return (
            self._may_pack
            and len(body) >= _WORTH_PACKING
            and b"content-encoding" not in headers
            and headers.get(b"content-type", b"").partition(b";")[0].strip() in _PACKED
        )


_CLOSE = ((b"connection", b"close"),)
_AGAIN = ((b"retry-after", b"5"),)


async def plain(
    send: Send, status: int, sentence: str, more: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Answer a request that reached no handler with one sentence."""
    body = f"{sentence}\n".encode()
    headers = [
        *more,
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
