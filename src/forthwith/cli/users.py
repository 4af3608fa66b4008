"""`users`: who may work in the room, what they may do, and what is walled off from them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console
from forthwith.cli.console import DAY, FileAtHome
from forthwith.cli.password_file import passwords_in
from forthwith.domain.errors import ForthwithError
from forthwith.domain.users import Grant, Role, Scope, Side
from forthwith.record.users import scope_json
from forthwith.workflows.room import users as desk
from forthwith.workflows.room.room import Room
from forthwith.workflows.room.users import Added, Listed

_ROLES = click.Choice([role.value for role in Role if role is not Role.WALL])
_AS = click.option("--as", "as_login", default="", metavar="LOGIN", help="Who you are in the room.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_SCOPE = (
    click.option("--custodian", "custodians", multiple=True, help="Whose documents; repeatable."),
    click.option("--batch", "batches", multiple=True, help="Documents of a batch; repeatable."),
    click.option("--side", "sides", multiple=True, type=click.Choice([*map(str, Side)]),
                 help="Documents of ours, or received from theirs."),
    click.option("--pass", "passes", multiple=True, type=click.Choice(desk.PASSES),
                 help="Passes of a second-level reviewer; repeatable."),
    click.option("--document", "documents", multiple=True, metavar="NUMBER",
                 help="Single documents by control number; repeatable."),
    click.option("--until", type=DAY, help="Last day on which it is in force."),
    click.option("--expected", is_flag=True,
                 help="Take names that the matter does not have yet."),
)  # fmt: skip
_PASSWORD = (
    click.option(
        "--password-file",
        type=FileAtHome(pipe=True),
        metavar="FILE",
        help="A file that holds the password alone; asked for at a terminal without.",
    ),
)


class OnePasswordError(ForthwithError):
    """A file of one password holds none, or several."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} does not hold one password: write it alone, on one line.")


def _all(options: Sequence[Callable[..., Any]]) -> Callable[..., Any]:
    def put(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return put


@click.group()
def users() -> None:
    """Keep who may work in the room, what they may do, and what is walled off from them.

    Who changes users has the role admin there; the first user of a matter is whoever makes it, and
    leads and administers.
    """


@users.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_obj
def list_(home: Path, *, as_json: bool) -> None:
    """Print every user with roles and walls, each with its number."""
    with closing(Room.open(home)) as room:
        rows = desk.listed(room)
    for row in rows:
        if as_json:
            console.raw(json.dumps(_as_json(row), ensure_ascii=False))
        else:
            _print(row)
    if not rows and not as_json:
        console.say("Nobody may work in the room yet. `forthwith users add LOGIN` makes the first.")


@users.command()
@click.argument("login")
@click.option("--name", default="", help="Name of the person, or what the service is.")
@click.option("--role", "roles", multiple=True, type=_ROLES, help="What they are; repeatable.")
@_all(_SCOPE)
@click.option("--service", is_flag=True, help="A program: it is given a token, shown once.")
@_all(_PASSWORD)
@click.option("--no-password", is_flag=True,
              help="They come in by passkey, single sign-on or a link alone.")  # fmt: skip
@_AS
@_JSON
@click.pass_obj
def add(
    home: Path,
    /,
    login: str,
    name: str,
    roles: tuple[str, ...],
    password_file: Path | None,
    as_login: str,
    *,
    service: bool,
    no_password: bool,
    as_json: bool,
    **scope: Any,
) -> None:
    """Add a user who signs in as LOGIN; roles and their scope may be given at once.

    The first user of a matter is made by whoever can write to it, leads and administers.
    """
    if sum((service, no_password, password_file is not None)) > 1:
        raise click.UsageError(
            "--service, --no-password and --password-file exclude each other: choose one."
        )
    expected = scope.pop("expected")
    with closing(Room.open(home)) as room:
        first = not room.users.every() and not as_login
        by = None if first else desk.managing(room, as_login)
        password = None if service or no_password else _password(password_file, login)
        added = desk.add(
            room, by, login, name, [Role(role) for role in roles], _scope(**scope), password,
            service=service, expected=expected,
        )  # fmt: skip
    _tell(added, as_json=as_json)
    if not as_json and not added.listed.grants:
        console.say(f"They may do nothing yet: forthwith users grant {login} ROLE")


@users.command()
@click.argument("login")
@_all(_PASSWORD)
@_AS
@_JSON
@click.pass_obj
def password(
    home: Path, login: str, password_file: Path | None, as_login: str, *, as_json: bool
) -> None:
    """Set the password of LOGIN; where they are signed in, they are signed out."""
    with closing(Room.open(home)) as room:
        by = room.local_seer(as_login)
        user = desk.set_password(room, by, login, _password(password_file, login))
    if as_json:
        console.raw(json.dumps({"login": user.login}))
    else:
        console.say(f"{user.login} has a new password, and is signed out everywhere.")


@users.command()
@click.argument("login")
@click.option("--remove", metavar="NAME", help="Remove the passkey of this name, or of this id.")
@_AS
@_JSON
@click.pass_obj
def passkeys(home: Path, login: str, remove: str | None, as_login: str, *, as_json: bool) -> None:
    """Print the passkeys of LOGIN, or remove one; where they are signed in, they are signed out.

    A passkey is added in the room alone, by the device that holds it.
    """
    with closing(Room.open(home)) as room:
        by = room.local_seer(as_login)
        if remove is not None:
            name = desk.remove_passkey(
                room, by, login, desk.passkey_called(room, by, login, remove)
            )
            if not as_json:
                console.say(f"{name} lets {login} in no more. They are signed out everywhere.")
        kept = desk.passkeys(room, by, login)
    if as_json:
        rows = [asdict(passkey) for passkey in kept]
        console.raw(json.dumps({"login": login, "passkeys": rows}, ensure_ascii=False))
        return
    for passkey in kept:
        console.say(f"{passkey.name}  for {passkey.site}  added {passkey.added[:10]}")
    if not kept:
        console.say(f"{login} has no passkey.")


@users.command("sign-out")
@click.argument("login")
@_AS
@_JSON
@click.pass_obj
def sign_out(home: Path, login: str, as_login: str, *, as_json: bool) -> None:
    """End every session of LOGIN, in whatever browser; everybody may their own."""
    with closing(Room.open(home)) as room:
        user = desk.sign_out(room, room.local_seer(as_login), login)
    if as_json:
        console.raw(json.dumps({"login": user.login}))
    else:
        console.say(f"{user.login} is signed out everywhere.")


@users.command()
@click.argument("login")
@_AS
@_JSON
@click.pass_obj
def token(home: Path, login: str, as_login: str, *, as_json: bool) -> None:
    """Give the service LOGIN a new token, shown once; the one before is good no more."""
    with closing(Room.open(home)) as room:
        added = desk.new_token(room, room.local_seer(as_login), login)
    _tell(added, as_json=as_json)


@users.command()
@click.argument("login")
@click.argument("role", type=_ROLES)
@_all(_SCOPE)
@_AS
@_JSON
@click.pass_obj
def grant(
    home: Path, /, login: str, role: str, as_login: str, *, as_json: bool, **scope: Any
) -> None:
    """Give LOGIN a ROLE; a scope limits it to what meets every part named."""
    expected = scope.pop("expected")
    with closing(Room.open(home)) as room:
        by = room.local_seer(as_login)
        given = desk.grant(room, by, login, Role(role), _scope(**scope), expected=expected)
    _tell_grant(given, login, as_json=as_json)


@users.command()
@click.argument("login")
@_all(_SCOPE)
@click.option("--lift", type=int, metavar="NUMBER", help="Take down the wall of this number.")
@_AS
@_JSON
@click.pass_obj
def wall(
    home: Path,
    /,
    login: str,
    lift: int | None,
    as_login: str,
    *,
    as_json: bool,
    **scope: Any,
) -> None:
    """Wall documents off from LOGIN, whatever their roles: what meets every part named.

    From then on they are in no list, count, search or page of theirs, and no number opens them.
    """
    expected = scope.pop("expected")
    wanted = _scope(**scope)
    with closing(Room.open(home)) as room:
        by = room.local_seer(as_login)
        if lift is not None:
            if wanted != Scope():
                raise click.UsageError("--lift takes a number alone: name no scope with it.")
            taken = desk.revoke(room, by, lift, wall=True, login=login)
            _tell_revoked(taken, as_json=as_json)
            return
        given = desk.grant(room, by, login, Role.WALL, wanted, expected=expected)
    _tell_grant(given, login, as_json=as_json)


@users.command()
@click.argument("number", type=int)
@_AS
@_JSON
@click.pass_obj
def revoke(home: Path, number: int, as_login: str, *, as_json: bool) -> None:
    """Take back the role of NUMBER, as `users list` shows it."""
    with closing(Room.open(home)) as room:
        taken = desk.revoke(room, room.local_seer(as_login), number, wall=False)
    _tell_revoked(taken, as_json=as_json)


@users.command()
@click.argument("login")
@_AS
@_JSON
@click.pass_obj
def disable(home: Path, login: str, as_login: str, *, as_json: bool) -> None:
    """Close the account of LOGIN: they are signed out now; what they did stays theirs."""
    with closing(Room.open(home)) as room:
        user = desk.disable(room, room.local_seer(as_login), login)
    if as_json:
        console.raw(json.dumps({"login": user.login, "disabled_at": user.disabled_at}))
    else:
        console.say(f"{user.login} ({user.name}) may not work in the room any more.")


def _scope(
    *,
    custodians: tuple[str, ...],
    batches: tuple[str, ...],
    sides: tuple[str, ...],
    passes: tuple[str, ...],
    documents: tuple[str, ...],
    until: date | None,
) -> Scope:
    return Scope(
        frozenset(custodians),
        frozenset(batches),
        frozenset(map(Side, sides)),
        frozenset(passes),
        frozenset(documents),
        until.isoformat() if until else "",
    )


def _password(path: Path | None, login: str) -> str:
    """Return the password that was written to a file or is typed, twice, unseen."""
    if path is not None:
        found = passwords_in(path)
        if len(found) != 1:
            raise OnePasswordError(path)
        return found[0]
    if not sys.stdin.isatty():
        raise click.UsageError(
            "Nobody sits here to type a password: name a file that holds it with --password-file, "
            "or say --no-password where a person comes in another way."
        )
    typed: str = click.prompt(
        f"Password of {login}", hide_input=True, confirmation_prompt=True, err=True
    )
    return typed


def _tell(added: Added, *, as_json: bool) -> None:
    if as_json:
        console.raw(json.dumps(_as_json(added.listed) | {"token": added.token}, ensure_ascii=False))
        return
    _print(added.listed)
    if added.token:
        console.say("Its token, shown this once; whoever has it is this service:")
        console.say(f"  {added.token}")


def _tell_grant(given: Grant, login: str, *, as_json: bool) -> None:
    if as_json:
        console.raw(json.dumps({"login": login, **_grant_json(given)}, ensure_ascii=False))
    else:
        console.say(f"{login}: {_grant_line(given)}")


def _tell_revoked(taken: Grant, *, as_json: bool) -> None:
    if as_json:
        console.raw(json.dumps(_grant_json(taken), ensure_ascii=False))
    else:
        console.say(f"No more in force: {_grant_line(taken)}")


def _as_json(row: Listed) -> dict[str, Any]:
    return {
        "id": row.user.id,
        "login": row.user.login,
        "name": row.user.name,
        "kind": row.user.kind,
        "by": list(row.by),
        "disabled_at": row.user.disabled_at,
        "grants": [_grant_json(grant) for grant in row.grants],
    }


def _grant_json(grant: Grant) -> dict[str, Any]:
    return {"number": grant.id, "role": grant.role.value, "scope": _plain(grant.scope)}


def _plain(scope: Scope) -> dict[str, Any]:
    """Return a scope with every part of it, limiting or not, as programs want it."""
    empty: dict[str, Any] = {
        "custodians": [], "batches": [], "sides": [], "passes": [], "documents": [], "until": "",
    }  # fmt: skip
    return empty | dict(json.loads(scope_json(scope)))


def _print(row: Listed) -> None:
    user = row.user
    kind = " (service)" if user.kind == "service" else ""
    shut = f", disabled {user.disabled_at[:10]}" if user.disabled_at else ""
    by = f", signs in by {' or '.join(row.by)}" if row.by else ", has no password"
    console.say(f"{user.login}{kind}  {user.name}{shut or by}")
    for grant in row.grants:
        console.say(f"  {_grant_line(grant)}")
    if not row.grants:
        console.say("  may do nothing yet")


def _grant_line(grant: Grant) -> str:
    scope = grant.scope
    parts = [
        *(f"custodian {name}" for name in sorted(scope.custodians)),
        *(f"batch {name}" for name in sorted(scope.batches)),
        *(f"side {side}" for side in sorted(scope.sides)),
        *(f"{name} pass" for name in sorted(scope.passes)),
        *(f"document {name}" for name in sorted(scope.documents)),
    ]
    until = f", until {scope.until}" if scope.until else ""
    over = f" {'around' if grant.role is Role.WALL else 'over'} {'; '.join(parts)}"
    return f"{grant.id}. {grant.role.value}{over if parts else ''}{until}"
