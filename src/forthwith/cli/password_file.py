"""Passwords, from a file or a person at the terminal; nothing here tells one."""

from __future__ import annotations

from pathlib import Path

import click

from forthwith.domain.errors import ForthwithError

#: Passwords tried at most: each is tried on each encrypted thing.
_MOST = 1_000
_MOST_BYTES = 2**20


class NoPasswordsError(ForthwithError):
    """A file of passwords cannot be read."""

    def __init__(self, path: Path, why: str = "it cannot be read as UTF-8 text") -> None:
        super().__init__(f"{path} is not taken as a file of passwords: {why}. Write one a line.")


def passwords_in(path: Path | None) -> tuple[str, ...]:
    """Return the passwords of a file, one a line; blank lines are none. Raises NoPasswordsError.

    Blanks at either end of a line belong to the password.
    """
    if path is None:
        return ()
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise NoPasswordsError(path, f"it is longer than {_MOST_BYTES:,} bytes")
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        # What went wrong may quote the file, and passwords are told to nobody.
        raise NoPasswordsError(path) from None
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    passwords = tuple(line for line in lines if line.strip())
    if "\0" in text:
        raise NoPasswordsError(path, "it holds NUL characters, so it is no plain text")
    if not passwords:
        raise NoPasswordsError(path, "it holds none")
    if len(passwords) > _MOST:
        why = f"it holds {len(passwords):,}, and at most {_MOST:,} are tried"
        raise NoPasswordsError(path, why)
    return passwords


def asked(prompt: str, again: str = "") -> str:
    """Return a password typed at the terminal without being shown; "" for none.

    `again` asks for it a second time. Raises KeyboardInterrupt where nobody answers.
    """
    try:
        password: str = click.prompt(
            prompt,
            hide_input=True,
            default=None if again else "",
            show_default=False,
            confirmation_prompt=again or False,
            err=True,
        )
    except click.Abort:
        # Which would end with the status of findings.
        raise KeyboardInterrupt from None
    return password
