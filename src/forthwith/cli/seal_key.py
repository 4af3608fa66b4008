"""`seal-key` and `timestamp`: the key that seals, and stamps that join a sealed volume later."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console
from forthwith.cli.console import FileAtHome
from forthwith.seals import register
from forthwith.seals.keys import Algorithm
from forthwith.seals.register import RegisteredKey
from forthwith.seals.stamp import Stamp
from forthwith.workflows import sealer, sealing
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.sealing import Entered

_HOLDER = (
    click.option("--name", default="", help="Whose key it is; [letter] signer when not given."),
    click.option("--known", default="", metavar="TEXT", help="How you know that it is theirs."),
    click.option(
        "--password-file",
        type=FileAtHome(),
        metavar="FILE",
        help="A file that holds the password of the key, alone; asked for at a terminal without.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
)


def _holder(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_HOLDER):
        command = option(command)
    return command


@click.group("seal-key")
def seal_key() -> None:
    """Make, take, show or retire the key that seals volumes and papers.

    While a key is in use every sealed volume, overlay and served paper carries a signed seal, which
    others verify without us. The matter keeps the public half only.
    """


@seal_key.command("make")
@click.option(
    "--type",
    "kind",
    type=click.Choice([kind.value for kind in Algorithm]),
    default=Algorithm.ED25519.value,
    show_default=True,
    help="Which kind of key.",
)
@click.option(
    "--key",
    "place",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to keep the private half; ~/.config/forthwith when not given.",
)
@click.option("--no-password", is_flag=True, help="Keep the private half in the clear.")
@_holder
@click.pass_obj
def make_key(
    home: Path,
    /,
    kind: str,
    place: Path | None,
    name: str,
    known: str,
    password_file: Path | None,
    *,
    no_password: bool,
    as_json: bool,
) -> None:
    """Make a new key; one in use until now is retired."""
    if no_password and password_file:
        raise click.UsageError("--no-password and --password-file exclude each other: choose one.")
    case = CaseFile.open(home)
    password = sealer.password_in(password_file)
    if password is None and not no_password:
        password = _new_password()
    with case.alone():
        where = home / place.expanduser() if place else None
        entered = sealing.make(case, Algorithm(kind), where, password, name, known)
    _tell(entered, as_json=as_json)


def _new_password() -> bytes:
    if not sys.stdin.isatty():
        raise click.UsageError(
            "A new key takes a password: name a file that holds it with --password-file, or say "
            "--no-password to keep the key in the clear."
        )
    text: str = click.prompt(
        "Password of the new key", hide_input=True, confirmation_prompt=True, err=True
    )
    return text.encode()


@seal_key.command()
@click.argument("file", type=FileAtHome())
@_holder
@click.pass_obj
def take(
    home: Path,
    /,
    file: Path,
    name: str,
    known: str,
    password_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Use the key in FILE: OpenSSH, PKCS#12, PEM or DER; the file stays where it is."""
    case = CaseFile.open(home)
    with case.alone():
        entered = sealing.take(case, file, sealer.password_in(password_file), name, known)
    _tell(entered, as_json=as_json)


def _tell(entered: Entered, *, as_json: bool) -> None:
    key = entered.key
    if as_json:
        body = _as_json(key) | {"notes": list(entered.notes)}
        console.raw(json.dumps(body, ensure_ascii=False))
        return
    _print(key)
    if entered.instead_of is not None:
        console.say(f"It takes the place of {entered.instead_of.fingerprint}, now retired.")
    for note in entered.notes:
        console.say(f"Note: {note}")
    console.say("Give the fingerprint to the other side by another way than the volumes go.")


@seal_key.command()
@click.option("--public", is_flag=True, help="Print the public key alone, as openssl reads it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_obj
def show(home: Path, *, public: bool, as_json: bool) -> None:
    """Print every key the matter was ever sealed with, the one in use last."""
    case = CaseFile.open(home)
    keys = sorted(register.keys(case.acts).values(), key=lambda key: key.in_use)
    if public:
        for key in keys[-1:]:
            console.raw(key.public_key.rstrip())
        return
    for key in keys:
        if as_json:
            console.raw(json.dumps(_as_json(key), ensure_ascii=False))
        else:
            _print(key)
    if not keys and not as_json:
        console.say("No key seals this matter: volumes and papers go out unsigned.")


@seal_key.command()
@click.argument("fingerprint")
@click.option("--because", default="", metavar="TEXT", help="Why.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def retire(home: Path, fingerprint: str, because: str, *, as_json: bool) -> None:
    """Retire a key, named by its fingerprint or the beginning of it.

    What it sealed stays sealed by it. If it was stolen, say so with --because, and tell the other
    side since when: whoever has it can sign with an earlier day, which only a time stamp shows.
    """
    case = CaseFile.open(home)
    with case.alone():
        key = sealing.retire(case, fingerprint, because)
    if as_json:
        console.raw(json.dumps(_as_json(key), ensure_ascii=False))
        return
    _print(key)
    console.say("What is sealed from now on is unsigned, until another key is made or taken.")


def _as_json(key: RegisteredKey) -> dict[str, object]:
    return asdict(key) | {"openssh": key.key.openssh_fingerprint if key.key else ""}


def _print(key: RegisteredKey) -> None:
    console.say(f"{key.name}, {key.algorithm}")
    console.say(f"  SHA-256 of the public key: {key.fingerprint}")
    if key.key is not None and not key.key.algorithm.startswith("RSA"):
        console.say(f"  as ssh-keygen prints it:   {key.key.openssh_fingerprint}")
    if key.known:
        console.say(f"  known to be theirs by:     {key.known}")
    console.say(f"  entered {key.at[:10]} by {key.by}, known by {key.by_known or 'nothing'}")
    state = "in use" if key.in_use else f"retired{f': {key.because}' if key.because else ''}"
    console.say(f"  private half at {key.where}; {state}")


@click.command()
@click.argument("volume")
@click.option("--url", default="", help="Ask this time-stamp authority, over the network.")
@click.option(
    "--request",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the request (.tsq), to be carried to an authority.",
)
@click.option("--response", type=FileAtHome(), metavar="FILE", help="Keep its answer (.tsr).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def timestamp(
    home: Path,
    volume: str,
    url: str,
    request: Path | None,
    response: Path | None,
    *,
    as_json: bool,
) -> None:
    """Add an RFC 3161 time stamp to the signed seal of VOLUME.

    With --url the authority is asked; it sees the digest of the seal and nothing else. Without the
    network: --request writes what to ask, --response keeps what was answered.
    """
    if sum(map(bool, (url, request, response))) != 1:
        raise click.UsageError("Say one of --url, --request FILE and --response FILE.")
    case = CaseFile.open(home)
    if request is not None:
        sealing.write_request(case, volume, home / request)
        if as_json:
            console.raw(json.dumps({"volume": volume, "request": str(home / request)}))
        else:
            console.say(f"The request lies in {home / request}. When it is answered:")
            console.say(f"  forthwith timestamp {volume} --response FILE")
        return
    with case.alone():
        stamp: Stamp
        if url:
            stamp = sealing.stamp_from(case, volume, url)
        else:
            assert response is not None  # noqa: S101 - one of the three was given
            stamp = sealing.stamp_of(case, volume, response)
    place = sealing.stamp_path(volume)
    if as_json:
        body = {"volume": volume, "at": stamp.at.isoformat(), "authority": stamp.authority,
                "serial": stamp.serial, "weak": list(stamp.weak), "file": place}  # fmt: skip
        console.raw(json.dumps(body, ensure_ascii=False))
        return
    console.say(f"{volume} is stamped {stamp.at:%Y-%m-%d %H:%M:%S} UTC by {stamp.authority}.")
    console.say(f"The stamp lies in {place}; send it to whoever has the volume already.")
    for weak in stamp.weak:
        console.say(f"Note: {weak}.")
