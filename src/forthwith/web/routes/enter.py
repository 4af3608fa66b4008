"""Coming in and leaving: by password, by a link that serves once, by the office's provider."""

from __future__ import annotations

import re
from html import escape
from typing import Annotated, Any
from urllib.parse import urlsplit

from litestar import MediaType, Request, Response, get, post
from litestar.params import FromPath, QueryParameter, URLEncodedBody
from litestar.response import Template

from forthwith.domain.users import User
from forthwith.web import sessions
from forthwith.web.guard import Door
from forthwith.web.limits import Attempts, WaitError, address_of
from forthwith.web.oidc import Provider, ProviderError
from forthwith.web.shell import page
from forthwith.workflows.room.entering import Entrance, NotKnownError
from forthwith.workflows.room.room import NotShownError

_Asked = Request[Any, Any, Any]
_LONGEST_PATH = 2_000
#: Of whoever came in by the link that `forthwith room` printed for the account it runs under.
BY_LINK = "one-time link of the local login"


def local_path(given: str) -> str:
    """Return where to go after signing in: a path of this room, else the home page."""
    if len(given) > _LONGEST_PATH or not re.fullmatch(r"/(?:[!-.0-\[\]-~][!-\[\]-~]*)?", given):
        return "/"
    parts = urlsplit(given)
    if parts.scheme or parts.netloc or parts.path.startswith(("/enter", "/leave", "/api/")):
        return "/"
    return given


@get("/enter", opt={"open": True}, sync_to_thread=False)
def enter_page(request: _Asked, where: Annotated[str, QueryParameter(name="next")] = "/") -> Any:
    """Show the form; whoever is in already goes on."""
    if request.scope.get("session"):
        return _on(local_path(where))
    return _form(request, where)


@post("/enter", opt={"open": True}, sync_to_thread=True)
def enter(request: _Asked, data: URLEncodedBody[dict[str, str]]) -> Any:
    """Let somebody in by login and password."""
    login, where = data.get("login", "").strip(), data.get("next", "/")
    state, address = request.app.state, address_of(request)
    attempts: Attempts = state["attempts"]
    entrance: Entrance = state["entrance"]
    try:
        attempts.check(login, address)
        user = entrance.by_password(login, data.get("password", ""))
    except WaitError as wait:
        return _form(request, where, login, str(wait), 429)
    except NotKnownError as refused:
        if attempts.failed(login, address):
            entrance.sessions.refused(login, address, attempts.number(login, address))
        return _form(request, where, login, str(refused), 401)
    attempts.succeeded(login, address)
    return let_in(request, user, "password", where)


@get("/enter/once/{key:str}", opt={"open": True}, sync_to_thread=True)
def enter_once(request: _Asked, key: FromPath[str]) -> Any:
    """Let in whoever was shown the link, once."""
    entrance: Entrance = request.app.state["entrance"]
    attempts: Attempts = request.app.state["attempts"]
    address = address_of(request)
    try:
        attempts.check("", address)
        user = entrance.by_link(key)
    except WaitError as wait:
        return _form(request, "/", "", str(wait), 429)
    except NotKnownError:
        attempts.failed("", address)
        sentence = (
            "This link has served, or is older than ten minutes. Sign in here, or start "
            "`forthwith room` again for another."
        )
        return _form(request, "/", "", sentence, 401)
    return let_in(request, user, BY_LINK, "/", onward=True)


@post("/leave", opt={"open": True}, sync_to_thread=True)
def leave(request: _Asked) -> Response[bytes]:
    """End the session, and let the browser forget the pages it kept."""
    if token := request.scope.get("token", ""):
        request.app.state["entrance"].leave(token)
    door: Door = request.app.state["door"]
    answer = _on("/enter", {"Clear-Site-Data": '"cache"'})
    answer.delete_cookie(door.cookie, path="/")
    return answer


@get("/enter/oidc", opt={"open": True}, sync_to_thread=True)
def enter_by_provider(
    request: _Asked, where: Annotated[str, QueryParameter(name="next")] = "/"
) -> Any:
    """Send the browser to the office's provider."""
    door: Door = request.app.state["door"]
    attempt, cookie = sessions.new_attempt(door)
    try:
        address = _provider(door).begin(_back(request, door), attempt, local_path(where))
    except ProviderError as refused:
        return _form(request, where, "", str(refused), 503)
    answer = _on(address)
    answer.set_cookie(cookie)
    return answer


@get("/enter/oidc/back", opt={"open": True}, sync_to_thread=True)
def enter_from_provider(request: _Asked) -> Any:
    """Take what the provider says of somebody, and let in whom the matter knows."""
    state, address = request.app.state, address_of(request)
    door: Door = state["door"]
    attempts: Attempts = state["attempts"]
    attempt = sessions.cookie_of(dict(request.scope), sessions.attempt_cookie(door))
    answered = {name: request.query_params.get(name, "") for name in ("state", "code", "error")}
    if "iss" in request.query_params:
        answered["iss"] = request.query_params["iss"]
    try:
        attempts.check("", address)
        provider = _provider(door)
        login, where = provider.end(_back(request, door), attempt, answered)
    except WaitError as wait:
        return _form(request, "/", "", str(wait), 429)
    except ProviderError as refused:
        attempts.failed("", address)
        return _form(request, "/", "", str(refused), 401)
    user = state["entrance"].users.by_login(login)
    if user is None or user.disabled_at or user.kind != "human":
        sentence = (
            "The office knows you, and this matter does not: ask whoever leads the review to let "
            "you in."
        )
        return _form(request, "/", "", sentence, 403)
    return let_in(request, user, f"oidc {provider.issuer}", where, onward=True)


def _provider(door: Door) -> Provider:
    if not isinstance(door.oidc, Provider):
        raise NotShownError("such way to sign in")
    return door.oidc


def _back(request: _Asked, door: Door) -> str:
    return f"{door.origin(request.headers['host'])}/enter/oidc/back"


def let_in(
    request: _Asked, user: User, known_by: str, where: str, *, onward: bool = False
) -> Response[Any]:
    """Begin a session under a new token, whatever cookie came along, and go on.

    With `onward` the browser is sent on by a page: after a redirect that began elsewhere it would
    leave the session's cookie out.
    """
    door: Door = request.app.state["door"]
    entrance: Entrance = request.app.state["entrance"]
    token = entrance.begin(user, known_by, str(request.scope.get("token", "")))
    where = local_path(where)
    answer: Response[Any]
    if onward:
        answer = Response(_ONWARD.format(escape(where)), media_type=MediaType.HTML)
    else:
        answer = _on(where)
    answer.set_cookie(sessions.session_cookie(door, token))
    answer.set_cookie(sessions.spent_attempt(door))
    return answer


_ONWARD = (
    '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Signed in</title>'
    '<meta http-equiv="refresh" content="0;url={0}"></head>'
    '<body><p><a href="{0}">Go on</a></p></body></html>\n'
)


def _form(
    request: _Asked, where: str, login: str = "", sentence: str = "", status: int = 200
) -> Template:
    """Return the form, with a token of its own that no other browser knows."""
    door: Door = request.app.state["door"]
    attempt = str(request.scope.get("attempt", ""))
    cookies = []
    if not attempt:
        attempt, cookie = sessions.new_attempt(door)
        cookies.append(cookie)
    request.scope["csrf"] = sessions.token_of_attempt(attempt)  # type: ignore[typeddict-unknown-key]
    answer = page(
        request,
        "enter.html",
        status=status,
        sentence=sentence,
        login=login,
        next=local_path(where),
        oidc=door.oidc.words if door.oidc else "",
        passkeys=request.app.state["passkeys"].offered(),
    )
    answer.cookies.extend(cookies)
    return answer


def _on(where: str, headers: dict[str, str] | None = None) -> Response[bytes]:
    """Send the browser on to a page of this room, to be asked for with GET."""
    return Response(b"", status_code=303, headers={**(headers or {}), "Location": where})


ALL = [enter_page, enter, enter_once, enter_by_provider, enter_from_provider, leave]
