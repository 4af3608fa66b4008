"""Who asks: the session behind a request's cookie, and the proof that a page of ours sent it.

Every route but those marked `opt={"open": True}` needs a session. An unsafe request needs more:
an origin that is the room's own, and the session's token, in the header `X-CSRF-Token` or in the
field `csrf` of a form. Before anybody has signed in, a short-lived cookie takes the session's part.
A service shows its token instead (`Authorization: Bearer`): no page of another site can make a
browser send one, so it needs neither origin nor token besides.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from typing import Any
from urllib.parse import parse_qsl

from litestar.datastructures import Cookie
from litestar.exceptions import HTTPException

from forthwith.domain.users import Seer
from forthwith.web.guard import App, Door, Message, Receive, Scope, Send
from forthwith.web.limits import Attempts
from forthwith.workflows.room.entering import Entrance

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
#: In whose name wrong tokens are counted: none of them says reliably whose it is.
_SERVICES = "\0tokens"
#: Keys sign-in forms, and what belongs to one attempt to sign in; made anew with every process.
_KEY = secrets.token_bytes(32)


class NotSignedInError(HTTPException):
    """Nobody is signed in."""

    status_code = 401

    def __init__(self) -> None:
        super().__init__(detail="You are not signed in, or were away for too long. Sign in again.")


class TokenError(HTTPException):
    """A service shows a token that is none of this room's."""

    status_code = 401

    def __init__(self) -> None:
        super().__init__(
            detail="This token lets nobody in here: it may have been replaced, or its service "
            "closed. Whoever administers the room gives another: forthwith users token."
        )


class ForgedError(HTTPException):
    """Nothing shows that a page of this room sent the request."""

    status_code = 403

    def __init__(self, why: str) -> None:
        super().__init__(
            detail=f"This was not done: {why}. Load the page again and repeat it there."
        )


class NotJsonError(HTTPException):
    """A body is of a kind the route does not take."""

    status_code = 415

    def __init__(self, kind: str) -> None:
        super().__init__(detail=f"This takes {kind} and nothing else.")


def known(app: App) -> App:
    """Return the application with `seer`, `session`, `token` and `csrf` in each request's scope."""

    async def know(scope: Scope, receive: Receive, send: Send) -> None:
        door: Door = scope["app"].state["door"]
        entrance: Entrance = scope["app"].state["entrance"]
        options = scope["route_handler"].opt
        seen: dict[str, Any] = {"token": "", "session": None, "seer": None, "csrf": ""}
        if (bearer := _bearer(scope)) is not None:
            # Who shows a token is whom it says, whatever cookies came along.
            seen["seer"] = await asyncio.to_thread(_service, scope, entrance, bearer)
            scope.update(seen)
            if scope["method"] not in SAFE:
                _fits(scope)
            await app(scope, receive, send)
            return
        token = cookie_of(scope, door.cookie)
        found = await asyncio.to_thread(entrance.found, token) if token else None
        if found is not None:
            session, seer = found
            seen.update(token=token, session=session, seer=seer, csrf=session.csrf)
        elif not options.get("open"):
            raise NotSignedInError
        elif attempt := cookie_of(scope, attempt_cookie(door)):
            seen.update(attempt=attempt, csrf=token_of_attempt(attempt))
        scope.update(seen)
        if scope["method"] not in SAFE:
            receive = await _proved(scope, receive, door, seen["csrf"])
        await app(scope, receive, send)

    return know


def _bearer(scope: Scope) -> str | None:
    """Return the token of a service's request; None where it shows none, "" where it shows two."""
    shown = [value.split(None, 1) for name, value in scope["headers"] if name == b"authorization"]
    tokens = [parts[1:] for parts in shown if parts and parts[0].lower() == b"bearer"]
    if not tokens:
        return None
    return b"".join(tokens[0]).decode("latin-1").strip() if len(shown) == 1 else ""


def _service(scope: Scope, entrance: Entrance, token: str) -> Seer:
    """Return the service a token proves. Raises TokenError, WaitError.

    A token that fits always passes: others' failures from the same address keep no service out.
    """
    if (seer := entrance.by_token(token)) is not None:
        return seer
    attempts: Attempts = scope["app"].state["attempts"]
    address = scope["client"][0] if scope.get("client") else ""
    attempts.check(_SERVICES, address)
    if attempts.failed(_SERVICES, address):
        entrance.sessions.refused("a token", address, attempts.number(_SERVICES, address))
    raise TokenError


def cookie_of(scope: Scope, name: str) -> str:
    """Return a cookie's value; "" where there is none, or two: one of them is not ours."""
    values = []
    for header, value in scope["headers"]:
        if header != b"cookie":
            continue
        for part in value.decode("latin-1").split(";"):
            key, _, text = part.strip().partition("=")
            if key == name:
                values.append(text.strip('"'))
    return values[0] if len(values) == 1 else ""


def session_cookie(door: Door, token: str) -> Cookie:
    """Return the cookie of a session; it ends with the browser, and here before that."""
    return Cookie(
        key=door.cookie, value=token, path="/", httponly=True, secure=door.secure, samesite="strict"
    )


def attempt_cookie(door: Door) -> str:
    """Return the name of the cookie of an attempt to sign in."""
    return f"{door.cookie}-entering"


def new_attempt(door: Door) -> tuple[str, Cookie]:
    """Begin an attempt to sign in; returns its value, and its cookie.

    It goes along when the office's provider sends the browser back, so it is not strict.
    """
    value = secrets.token_urlsafe(24)
    cookie = Cookie(
        key=attempt_cookie(door),
        value=value,
        path="/",
        max_age=15 * 60,
        httponly=True,
        secure=door.secure,
        samesite="lax",
    )
    return value, cookie


def spent_attempt(door: Door) -> Cookie:
    """Return the cookie that takes an attempt's place once somebody is in."""
    return Cookie(
        key=attempt_cookie(door),
        value="",
        path="/",
        max_age=0,
        httponly=True,
        secure=door.secure,
    )


def token_of_attempt(value: str) -> str:
    """Return what the form of an attempt to sign in brings along."""
    return hmac.new(_KEY, value.encode(), hashlib.sha256).hexdigest()


async def _proved(scope: Scope, receive: Receive, door: Door, csrf: str) -> Receive:
    """Hold an unsafe request to its origin, its kind and its token; returns how it is read."""
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    site, origin = headers.get(b"sec-fetch-site"), headers.get(b"origin")
    if site is not None and site != "same-origin":
        raise ForgedError("a page of another site asked for it")
    # Our pages say nothing of where they come from, so a browser's form has the origin "null"; then
    # the browser itself must say that it was sent from here.
    unsaid = origin == "null" and site == "same-origin"
    if origin is not None and not unsaid and origin != door.origin(headers.get(b"host", "")):
        raise ForgedError("a page of another site asked for it")
    bare = _fits(scope)
    given = headers.get(b"x-csrf-token", "")
    if not bare and not scope["path"].startswith("/api/"):
        body = await _whole(receive)
        fields = [value for name, value in parse_qsl(body.decode("latin-1")) if name == "csrf"]
        given = given or (fields[0] if len(fields) == 1 else "")
        receive = _again(body, receive)
    if not csrf or not hmac.compare_digest(given.encode(), csrf.encode()):
        raise ForgedError("the page it was sent from is too old")
    return receive


def _fits(scope: Scope) -> bool:
    """Hold a body to the kind its route takes; says whether there is none. Raises NotJsonError."""
    headers = dict(scope["headers"])
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower().decode("latin-1")
    bare = headers.get(b"content-length", b"0") == b"0" and b"transfer-encoding" not in headers
    takes = _FORM
    if scope["path"].startswith("/api/"):
        takes = scope["route_handler"].opt.get("takes", _JSON)
    if not bare and kind != takes:
        raise NotJsonError(takes)
    return bare


async def _whole(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """Return a way to read once more what was read."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def read() -> Message:
        return waiting.pop() if waiting else await receive()

    return read
