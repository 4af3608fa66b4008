"""`deliver`: sealed volumes packed and encrypted for whoever gets them, with a receipt."""

from __future__ import annotations

import json
import os
import re
import secrets
import sys
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console
from forthwith.cli.console import DAY, FileAtHome
from forthwith.cli.password_file import NoPasswordsError, asked, passwords_in
from forthwith.cli.terminal import Steps
from forthwith.domain.errors import ForthwithError
from forthwith.parcels import keys
from forthwith.parcels.keys import Way
from forthwith.plain.counting import count
from forthwith.workflows import deliver as desk
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.deliver import Delivery, DeliveryOptions

#: Letters and digits nobody takes for one another when a password is read out.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _LETTERS = 6, 5
#: Characters: what 7-Zip takes at most, and below which a zip file's password is soon guessed.
_LONGEST, _SHORTEST = 99, 12
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?", re.IGNORECASE)
#: Bytes: the least a part may have.
_LEAST = 2**12


class PasswordFileThereError(ForthwithError):
    """A new password was to be written where a file is."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is there already, and no password is ever overwritten. Name another file; or, "
            f"to use the password in it, give --password-file {path}."
        )


class PasswordsBothError(ForthwithError):
    """A password was to be made, and was given."""

    def __init__(self) -> None:
        super().__init__("Give --password-file or --new-password, not both.")


class SplitType(click.ParamType[int]):
    """A size as 4GB, 700MB or 4GiB; bytes come out."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the size, or say how to write one."""
        if isinstance(value, int):
            return value
        shape = _SIZE.fullmatch(str(value).strip())
        if shape is None:
            self.fail(f"{value} is no size. Write it as 4GB, 700MB or 4GiB.", param, ctx)
        number, unit, binary = shape.groups()
        scale = _UNITS[unit.upper()]
        if binary:
            scale = 1024 ** list(_UNITS).index(unit.upper())
        size = int(float(number) * scale)
        if size < _LEAST:
            self.fail(f"a part of {value} is too small. Take at least 4KiB.", param, ctx)
        return size


@click.command()
@click.argument("volumes", nargs=-1, required=True, metavar="VOLUMES...")
@click.option(
    "--to",
    "recipients",
    multiple=True,
    metavar="KEY",
    help="Whose key opens it: age1…, or a file with an age, SSH or OpenPGP public key.",
)
@click.option(
    "--password-file",
    type=FileAtHome(),
    metavar="FILE",
    help="Or a password opens it: the one in FILE.",
)
@click.option(
    "--new-password",
    "written_to",
    metavar="FILE",
    help="Or a new password, written to FILE; with - printed once, and kept nowhere.",
)
@click.option(
    "--as",
    "way",
    type=click.Choice([way.value for way in Way]),
    help="What a password encrypts with; zip when not given.",
)
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder; a new one under MATTER/deliveries.",
)
@click.option("--split", type=SplitType(), help="Cut it into parts of this size, as 4GB.")
@click.option("--day", type=DAY, help="Day of the receipt; today.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def deliver(
    home: Path,
    /,
    volumes: tuple[str, ...],
    recipients: tuple[str, ...],
    password_file: Path | None,
    written_to: str | None,
    way: str | None,
    into: Path | None,
    *,
    as_json: bool,
    **given: Any,
) -> None:
    """Pack sealed VOLUMES and encrypt them for whoever gets them, with a receipt. Nothing is sent.

    Each file is compared with the manifest as it is packed. VOLUMES are sealed volumes and
    overlays; several go into one file.
    """
    case = CaseFile.open(home)
    if password_file and written_to:
        raise PasswordsBothError
    keys_given = tuple(key for text in recipients for key in keys.recipients(text, home))
    chosen = Way(way) if way else None
    password = ""
    if password_file is not None:
        password = _password_in(password_file, chosen)
    elif written_to is not None:
        password = _made()
    elif not recipients and sys.stdin.isatty():
        password = _asked(chosen)
    options = DeliveryOptions(
        volumes=volumes,
        day=given["day"] or console.today(),
        recipients=keys_given,
        password=password,
        way=chosen,
        into=home / into if into else None,
        split=given["split"],
    )
    shown = written_to == "-"
    kept = None if written_to is None or shown else home / written_to
    if shown and as_json:
        raise NoPlaceForPasswordError
    if kept is not None:
        _write_password(kept, password)
    try:
        with case.alone(), Steps("Packing", "files", quiet=as_json) as steps:
            done = desk.deliver(case, options, steps)
    except BaseException:
        if kept is not None:
            kept.unlink(missing_ok=True)
        raise
    if as_json:
        console.raw(json.dumps(_as_json(done), ensure_ascii=False))
    else:
        _print(done, password if shown else "", kept)


class NoPlaceForPasswordError(ForthwithError):
    """A new password has no place to go among JSON."""

    def __init__(self) -> None:
        super().__init__("With --json a new password goes into a file: --new-password FILE.")


def _made() -> str:
    """Return a new password of 148 random bits."""
    letters = ("".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS)) for _ in range(_GROUPS))
    return "-".join(letters)


def _asked(way: Way | None) -> str:
    """Ask for a password, twice, without showing it."""
    while True:
        password = asked("A password that opens it", "The same once more")
        if not (why := _unfit(password, way)):
            return password
        console.complain(f"This password is not taken: {why}.")


def _password_in(path: Path, way: Way | None) -> str:
    """Return the one password of a file. Raises NoPasswordsError."""
    found = passwords_in(path)
    if len(found) > 1:
        raise NoPasswordsError(path, f"it holds {len(found):,}, and one encrypts a delivery")
    if why := _unfit(found[0], way):
        raise NoPasswordsError(path, f"{why}; --new-password FILE makes a good one")
    return found[0]


def _unfit(password: str, way: Way | None) -> str:
    """Return why a password does not do; "" where it does."""
    if len(password) < _SHORTEST:
        return f"it has fewer than {_SHORTEST} characters, and is soon guessed"
    if way in (None, Way.ZIP) and not (password.isascii() and password.isprintable()):
        return "programs write letters beyond ASCII in different bytes, so a zip file takes none"
    if way in (None, Way.ZIP) and len(password) > _LONGEST:
        return f"it has more than {_LONGEST} characters, which 7-Zip does not take"
    return ""


def _write_password(path: Path, password: str) -> None:
    """Write a new password where only its owner reads it. Raises PasswordFileThereError."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise PasswordFileThereError(path) from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(password + "\n")
        file.flush()
        os.fsync(file.fileno())


def _as_json(done: Delivery) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(done.receipt.as_json())
    names = [*(file.name for file in done.receipt.files), *_receipts(done)]
    return {
        **body,
        "paths": [str(done.folder / name) for name in names],
        "notes": list(done.notes),
        "new": done.new,
    }


def _receipts(done: Delivery) -> list[str]:
    from_whole = done.receipt.whole.name.partition(".")[0]
    return [f"{from_whole}_RECEIPT.txt", f"{from_whole}_RECEIPT.json"]


def _print(done: Delivery, password: str, kept: Path | None) -> None:
    receipt = done.receipt
    for file in receipt.files:
        console.say(str(done.folder / file.name))
        console.say(f"  {count(file.size, 'byte')}, SHA-256 {file.sha256}")
    for name in _receipts(done):
        console.say(str(done.folder / name))
    for recipient in receipt.recipients:
        name = f" of {recipient['name']}" if recipient["name"] else ""
        console.say(f"Opens with: the {recipient['kind']}{name} {recipient['fingerprint']}")
    if password:
        console.say(f"Opens with this password, which is kept nowhere: {password}")
    elif kept is not None:
        console.say(f"Opens with the password in {kept}: send it by another way than the files.")
    for note in done.notes:
        console.say(f"note: {note}")
    if not done.new:
        console.say("An earlier run was stopped after it had packed this; it is finished now.")
    names = " and ".join(volume.name for volume in receipt.volumes)
    console.say(
        f"{names}, every file as sealed, is delivery {receipt.delivery} in the journal. Nothing "
        "was sent. The receipt says how to open it and how to check it."
    )
