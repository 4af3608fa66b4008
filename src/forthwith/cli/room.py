"""`room`: one matter open for many people, in their browsers."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import webbrowser
from html import escape
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console
from forthwith.domain.errors import ForthwithError
from forthwith.domain.users import Grant, Role
from forthwith.record import journal
from forthwith.workflows.room.passkeys import Passkeys
from forthwith.workflows.room.room import RefusedError, Room

try:
    from forthwith.web import server
    from forthwith.web.guard import LOCAL_NAMES, Door
    from forthwith.web.oidc import Provider
except ModuleNotFoundError as gone:
    if (gone.name or "").startswith("forthwith"):
        raise
    _GONE = True
else:
    _GONE = False

_PORT = 8600


class NotOpenedError(ForthwithError):
    """A room cannot be opened as asked."""


@click.command()
@click.option("--host", help="Address to listen on; 127.0.0.1, this machine alone.")
@click.option("--port", type=click.IntRange(1, 65_535), help=f"Port; {_PORT}.")
@click.option("--name", help="Host name that browsers reach it by, where that is another.")
@click.option("--tls-cert", type=click.Path(path_type=Path), help="Certificate, PEM.")
@click.option("--tls-key", type=click.Path(path_type=Path), help="Its key, PEM.")
@click.option("--behind-proxy", metavar="ADDRESS", help="Address of the proxy that speaks TLS.")
@click.option("--no-browser", is_flag=True, help="Open no browser here.")
@click.option("--as", "as_login", default="", metavar="LOGIN", help="Whom the link here lets in.")
@click.pass_obj
def room(home: Path, /, *, no_browser: bool, as_login: str, **given: Any) -> None:
    """Open the matter as a room: pages on which many people search, read and code.

    On this machine alone it needs nothing; elsewhere it needs TLS, or a proxy that speaks it. The
    first time, the account it runs under becomes the lead and administrator.
    """
    if _GONE:
        raise NotOpenedError('The room needs more than is installed: pip install "forthwith[room]"')
    opened = Room.open(home)
    with contextlib.closing(opened):
        told = {**opened.matter.settings.room, **{k: v for k, v in given.items() if v is not None}}
        door = _door(home, told)
        host = str(told.get("host", "127.0.0.1"))
        _first_user(opened)
        with contextlib.closing(server.listening(host, door.port)) as listener:
            running, app = server.server(
                opened,
                door,
                proxy=str(told.get("behind_proxy", "")),
                certificate=_file(home, told.get("tls_cert")),
                key=_file(home, told.get("tls_key")),
            )
            # The first question does not wait for what is read once.
            threading.Thread(target=_warm, args=(opened,), daemon=True).start()
            address = _address(host, door, told, by_name=Passkeys(opened.users).offered())
            alone = server.is_local(host) and not door.secure
            link = _link(opened, app, as_login, address) if alone else ""
            name = opened.matter.settings.name
            console.say(f"{name} is open at {link or address} (ctrl-C closes it)")
            with _shown(link if not no_browser else ""), contextlib.suppress(KeyboardInterrupt):
                running.run(sockets=[listener])
    console.say("The room is closed; what was saved is kept.")


def _door(home: Path, told: dict[str, Any]) -> Door:
    """Return how the room is reached. Raises NotOpenedError."""
    host = str(told.get("host", "127.0.0.1"))
    cert, key = told.get("tls_cert"), told.get("tls_key")
    proxy, name = told.get("behind_proxy"), str(told.get("name", "")).lower()
    if bool(cert) != bool(key):
        raise NotOpenedError("A certificate and its key go together: give --tls-cert and --tls-key")
    if cert and proxy:
        raise NotOpenedError(
            "Behind a proxy it is the proxy that speaks TLS: leave one of them out"
        )
    if not server.is_local(host) and not cert and not proxy:
        raise NotOpenedError(
            f"On {host} others could read along: passwords and documents would pass in the clear. "
            "Give --tls-cert and --tls-key, or --behind-proxy ADDRESS and --name, or leave --host "
            "out to open it on this machine alone"
        )
    if proxy and not name:
        raise NotOpenedError("Behind a proxy say under which name browsers reach it: --name HOST")
    names = frozenset({name} - {""})
    if cert:
        names |= server.names_of(home / cert)
        if not names:
            raise NotOpenedError("The certificate names no single host: say which with --name HOST")
    return Door(
        names=names if cert or proxy else LOCAL_NAMES,
        port=int(told.get("port", _PORT)),
        secure=bool(cert or proxy),
        behind_proxy=bool(proxy),
        idle_minutes=int(told.get("idle_minutes", 0)),
        oidc=Provider.of(home, told) if told.get("oidc_issuer") else None,
    )


def _file(home: Path, path: object) -> Path | None:
    return home / str(path) if path else None


def _first_user(opened: Room) -> None:
    """Let the account of this process lead a room that nobody may enter yet."""
    if opened.users.every():
        return
    login, known_by = journal.actor()
    user = opened.users.add(login, login, "human", (login, known_by))
    for role in (Role.LEAD, Role.ADMIN):
        opened.users.grant(Grant(user.id, role), (login, known_by))


def _link(opened: Room, app: Any, as_login: str, address: str) -> str:
    """Return a link that lets the account here in once; "" where it is no user of the room."""
    try:
        seer = opened.local_seer(as_login)
    except RefusedError as refused:
        if as_login:
            raise
        console.complain(f"forthwith: {refused} Until then sign in with a password.")
        return ""
    return f"{address}enter/once/{app.state['entrance'].link(seer.user)}"


def _address(host: str, door: Door, told: dict[str, Any], *, by_name: bool) -> str:
    name = told.get("name") or (host if server.is_local(host) else min(door.names))
    if by_name and name in LOCAL_NAMES:
        # A passkey is made for a name, never for a number.
        name = "localhost"
    if door.behind_proxy:
        return f"https://{name}/"
    shown = f"[{name}]" if ":" in str(name) else name
    return f"{'https' if door.secure else 'http'}://{shown}:{door.port}/"


def _warm(opened: Room) -> None:
    """Read the documents; what keeps them from being read is said to whoever asks for one."""
    with contextlib.suppress(ForthwithError):
        opened.standing()


@contextlib.contextmanager
def _shown(link: str) -> Any:
    """Open the browser at a link, through a file that nobody else can read.

    A link among the words of a command could be read by everybody on this machine.
    """
    if not link:
        yield
        return
    handle, path = tempfile.mkstemp(prefix="forthwith-", suffix=".html")
    with os.fdopen(handle, "w", encoding="utf-8") as page:
        page.write(
            f'<!DOCTYPE html><meta charset="utf-8"><title>forthwith</title>'
            f'<meta http-equiv="refresh" content="0;url={escape(link)}">'
        )
    try:
        threading.Timer(0.5, webbrowser.open, (Path(path).as_uri(),)).start()
        yield
    finally:
        Path(path).unlink(missing_ok=True)
