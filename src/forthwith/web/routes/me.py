"""Oneself: the password, passkeys, and the sessions open anywhere; and coming in by a passkey.

A passkey or a password is changed only by whoever gives the password that stands: an open browser
left alone does not suffice.
"""

from __future__ import annotations

import ipaddress
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.response import Template

from forthwith.domain.errors import ForthwithError
from forthwith.domain.users import Seer
from forthwith.record.users import PasskeyError
from forthwith.web.guard import Door
from forthwith.web.limits import Attempts, address_of
from forthwith.web.routes.enter import let_in, local_path
from forthwith.web.routes.forms import Asking, Form, done
from forthwith.web.shell import page
from forthwith.workflows.room import users as desk
from forthwith.workflows.room.entering import Entrance, NotKnownError
from forthwith.workflows.room.passkeys import LONGEST_NAME, Passkeys, Site
from forthwith.workflows.room.room import RefusedError, Room

_SAID = {
    "password": "Your password is set. You are signed out everywhere but here.",
    "added": "The passkey is added: from now on it lets you in without a password.",
    "removed": "The passkey is removed. You are signed out everywhere but here.",
}
_NO_NAME = "A passkey is made for a name, and this room is reached by a number. Open it {}."


class WrongPasswordError(ForthwithError):
    """The password that stands was not given."""

    def __init__(self) -> None:
        super().__init__("This is not the password you have now. Nothing was changed.")


class _Begun(msgspec.Struct):
    password: str = ""


class _Made(msgspec.Struct):
    credential: dict[str, Any]
    name: str = ""


class _Shown(msgspec.Struct):
    credential: dict[str, Any]
    next: str = "/"


def site_of(request: Request[Any, Any, Any]) -> Site | None:
    """Return the room's place as a browser sees it; None where it is reached by a bare address.

    Its port is the room's own and not the one a request says: another program of this machine may
    have shown a page under the same name.
    """
    door: Door = request.app.state["door"]
    name = request.url.hostname or ""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        scheme, usual = ("https", 443) if door.secure else ("http", 80)
        port = usual if door.behind_proxy else door.port
        where = name if port == usual else f"{name}:{port}"
        return Site(name, f"{scheme}://{where}")
    return None


@get("/me", sync_to_thread=True)
def me(request: Asking, room: Room, seer: Seer) -> Template:
    """Show what there is of oneself."""
    return _page(request, room, seer, said=_SAID.get(request.query_params.get("done", ""), ""))


@post("/me/password", sync_to_thread=True)
def password(request: Asking, room: Room, seer: Seer, data: Form) -> Any:
    """Change one's own password; every other session ends."""

    def act() -> str:
        if data.get("new", "") != data.get("again", ""):
            raise PasskeyError("The new password was typed in two ways. Nothing was changed.")
        _confirmed(request, seer, data.get("password", ""))
        desk.set_password(room, seer, seer.user.login, data.get("new", ""))
        return "/me?done=password"

    return _on(request, room, seer, act)


@post("/me/passkeys/remove", sync_to_thread=True)
def remove(request: Asking, room: Room, seer: Seer, data: Form) -> Any:
    """Remove a passkey of one's own; every other session ends."""

    def act() -> str:
        desk.remove_passkey(room, _person(seer), seer.user.login, data.get("passkey", ""))
        return "/me?done=removed"

    return _on(request, room, seer, act)


@post("/me/sessions", sync_to_thread=True)
def sign_out(request: Asking, room: Room, seer: Seer) -> Response[bytes]:
    """End every session of oneself, this one too."""
    desk.sign_out(room, _person(seer), seer.user.login)
    headers = {"Location": "/enter", "Clear-Site-Data": '"cache"'}
    answer = Response(b"", status_code=303, headers=headers)
    door: Door = request.app.state["door"]
    answer.delete_cookie(door.cookie, path="/")
    return answer


@post("/api/me/passkeys/begin", sync_to_thread=True, status_code=200)
def begin_adding(request: Asking, seer: Seer, data: _Begun) -> dict[str, Any]:
    """Return what a browser makes a passkey by."""
    site = _site(request)
    _confirmed(request, seer, data.password)
    passkeys: Passkeys = request.app.state["passkeys"]
    return passkeys.adding(seer.user, site, request.app.state["matter"], _browser(request))


@post("/api/me/passkeys", sync_to_thread=True)
def add(request: Asking, seer: Seer, data: _Made) -> dict[str, str]:
    """Add the passkey a browser made."""
    passkeys: Passkeys = request.app.state["passkeys"]
    by = (_person(seer).user.login, seer.known_by)
    name = passkeys.add(
        seer.user, _site(request), _browser(request), data.name, data.credential, by
    )
    return {"name": name, "go": "/me?done=added"}


@post("/api/passkey/begin", opt={"open": True}, sync_to_thread=True, status_code=200)
def begin_entering(request: Asking) -> dict[str, Any]:
    """Return what a browser shows its passkeys for."""
    attempts: Attempts = request.app.state["attempts"]
    attempts.check("", address_of(request))
    passkeys: Passkeys = request.app.state["passkeys"]
    return passkeys.entering(_site(request), _browser(request))


@post("/api/passkey/enter", opt={"open": True}, sync_to_thread=True, status_code=200)
def enter(request: Asking, data: _Shown) -> Response[Any]:
    """Let in whoever a passkey proves."""
    state, address = request.app.state, address_of(request)
    attempts: Attempts = state["attempts"]
    passkeys: Passkeys = state["passkeys"]
    attempts.check("", address)
    try:
        user = passkeys.enter(_site(request), _browser(request), data.credential)
    except PasskeyError:
        attempts.failed("", address)
        raise
    entered = let_in(request, user, "passkey", "/")
    answer = Response({"go": local_path(data.next)}, status_code=200)
    answer.cookies.extend(entered.cookies)
    return answer


ALL = (me, password, remove, sign_out, begin_adding, add, begin_entering, enter)


def _person(seer: Seer) -> Seer:
    """Return who asks, unless it is a service. Raises RefusedError."""
    if seer.user.kind != "human":
        raise RefusedError(f"{seer.user.login} is a service: it has a token and nothing else.")
    return seer


def _site(request: Asking) -> Site:
    if (site := site_of(request)) is None:
        door: Door = request.app.state["door"]
        where = "by its name" if door.secure else f"at http://localhost:{door.port}"
        raise PasskeyError(_NO_NAME.format(where))
    return site


def _browser(request: Asking) -> str:
    """Return what only the browser that asks has: its session, or its attempt to sign in."""
    scope = request.scope
    if not (mark := str(scope.get("token") or scope.get("attempt") or "")):
        raise RefusedError("Passkeys are for browsers: a service has its token.")
    return mark


def _confirmed(request: Asking, seer: Seer, given: str) -> None:
    """Hold a change to the password that stands, if there is one. Raises WrongPasswordError."""
    login, address = _person(seer).user.login, address_of(request)
    attempts: Attempts = request.app.state["attempts"]
    entrance: Entrance = request.app.state["entrance"]
    if not entrance.users.secret_hash(seer.user):
        return
    attempts.check(login, address)
    try:
        entrance.by_password(login, given)
    except NotKnownError:
        attempts.failed(login, address)
        raise WrongPasswordError from None
    attempts.succeeded(login, address)


def _on(request: Asking, room: Room, seer: Seer, act: Any) -> Any:
    """Do what ends one's sessions, and begin another here."""
    answer = done(act, lambda wrong: _page(request, room, seer, wrong=wrong))
    if isinstance(answer, Template):
        return answer
    begun = let_in(request, seer.user, seer.known_by, "/")
    answer.cookies.extend(begun.cookies)
    return answer


def _page(request: Asking, room: Room, seer: Seer, *, said: str = "", wrong: str = "") -> Template:
    _person(seer)
    door: Door = request.app.state["door"]
    site = site_of(request)
    local = "" if site or door.secure else f"http://localhost:{door.port}/me"
    return page(
        request,
        "me.html",
        "me",
        me=seer.user,
        known_by=seer.known_by,
        has_password=bool(room.users.secret_hash(seer.user)),
        passkeys=room.users.passkeys(seer.user),
        site=site.name if site else "",
        local=local,
        longest=LONGEST_NAME,
        said=said,
        wrong=wrong,
    )
