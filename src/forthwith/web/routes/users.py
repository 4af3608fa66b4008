"""People of the room: accounts, roles and walls, for whoever administers it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from forthwith.domain.users import Role, Scope, Seer, Side
from forthwith.web.routes.forms import Asking, Form, done, number, typed_in
from forthwith.web.shell import page
from forthwith.workflows.room import users as desk
from forthwith.workflows.room.room import NotShownError, Room

_TYPED = ("login", "name", "kind", "role")
_SAID = {
    "added": "{} is added.",
    "granted": "It is given to {}.",
    "revoked": "It is taken back from {}.",
    "password": "The password of {} is set, and they are signed out everywhere.",
    "disabled": "The account of {} is closed, and its sessions are ended.",
}


@get("/users", sync_to_thread=True)
def every(request: Asking, room: Room, seer: Seer) -> Template:
    """Show the people."""
    asked = request.query_params
    said = _SAID.get(asked.get("done", ""), "").format(asked.get("login", ""))
    return _page(request, room, seer, said=said)


@post("/users", sync_to_thread=True)
def add(request: Asking, room: Room, seer: Seer, data: Form) -> Any:
    """Add somebody; a service's token is shown once, in the answer itself."""
    typed = typed_in(data, _TYPED)
    service, token = typed["kind"] == "service", list[str]()

    def act() -> str:
        roles = [_role(typed["role"])] if typed["role"] else []
        password = data.get("password") or None
        made = desk.add(
            room, seer, typed["login"], typed["name"], roles, Scope(), password, service=service
        )
        token.append(made.token)
        return _where("added", typed["login"])

    answer = done(act, lambda wrong: _page(request, room, seer, wrong=wrong, typed=typed))
    if service and isinstance(answer, Redirect) and token:
        return _page(request, room, seer, token=token[0])
    return answer


@post("/users/{login:str}/{act:str}", sync_to_thread=True)
def change(
    request: Asking,
    room: Room,
    seer: Seer,
    login: FromPath[str],
    act: FromPath[str],
    data: Form,
) -> Any:
    """Give or take back a role or a wall, set a password, close an account."""

    def go() -> str:
        match act:
            case "grant":
                desk.grant(room, seer, login, _role(data.get("role", "")), _scope(data))
                return _where("granted", login)
            case "revoke":
                wall = bool(data.get("wall"))
                desk.revoke(room, seer, number(data.get("grant", "")), wall=wall, login=login)
                return _where("revoked", login)
            case "password":
                desk.set_password(room, seer, login, data.get("password", ""))
                return _where("password", login)
            case "disable":
                desk.disable(room, seer, login)
                return _where("disabled", login)
        raise NotShownError(f"act {act}")

    return done(go, lambda wrong: _page(request, room, seer, wrong=wrong))


ALL = (every, add, change)


def _role(name: str) -> Role:
    """Return a role. Raises NotShownError for what is none: the form offers no other."""
    try:
        return Role(name)
    except ValueError:
        raise NotShownError(f"role {name}") from None


def _scope(data: dict[str, str]) -> Scope:
    """Return what the form narrows a grant to; its fields have the user's id before them."""
    given = {name.rpartition("-")[2]: value for name, value in data.items() if "-" in name}

    def words(name: str) -> frozenset[str]:
        return frozenset(given.get(name, "").replace(",", " ").replace(";", " ").split())

    custodians = (part.strip() for part in given.get("custodians", "").split(";"))
    return Scope(
        custodians=frozenset(filter(None, custodians)),
        batches=words("batches"),
        sides=frozenset(side for side in Side if side in words("sides")),
        passes=words("passes"),
        documents=words("documents"),
        until=given.get("until", "").strip(),
    )


def _where(what: str, login: str) -> str:
    return f"/users?done={what}&login={quote(login, safe='')}"


def _page(
    request: Asking,
    room: Room,
    seer: Seer,
    *,
    said: str = "",
    wrong: str = "",
    token: str = "",
    typed: dict[str, str] | None = None,
) -> Template:
    desk.may(seer)
    return page(
        request,
        "users.html",
        "users",
        rows=desk.listed(room),
        roles=[str(role) for role in Role],
        typed=typed or dict.fromkeys(_TYPED, ""),
        token=token,
        today=room.today(),
        said=said,
        wrong=wrong,
    )
