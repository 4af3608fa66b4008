"""The key that seals, opened: where it lies, what its password is, and what it signs.

The matter's journal has the public half only. The private half is looked for, first found counts:
where FORTHWITH_SEAL_KEY says, where `[seal] key` of matter.toml says, where it lay when it was
entered. Its password is never a word of a command: it is the content of the file that
FORTHWITH_SEAL_PASSWORD_FILE or `[seal] password_file` names, or it is typed when a terminal asks.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from forthwith.domain.errors import ForthwithError
from forthwith.plain import asking
from forthwith.seals import envelope, keys, statement
from forthwith.seals.keys import KeyFileError, KeyPasswordError, SealingKey
from forthwith.seals.register import RegisteredKey
from forthwith.seals.statement import Head, Signer, Statement

_KEY, _PASSWORD_FILE = "FORTHWITH_SEAL_KEY", "FORTHWITH_SEAL_PASSWORD_FILE"


class OtherKeyError(ForthwithError):
    """The key that lies where the matter's should lie is another one."""

    def __init__(self, path: Path, fingerprint: str) -> None:
        super().__init__(
            f"The key in {path} is not the one this matter is sealed with ({fingerprint}). Name "
            f"that one's file in {_KEY}, or enter this one: forthwith seal-key take FILE."
        )


class KeyGoneError(ForthwithError):
    """The key of the matter is not where it was."""

    def __init__(self, path: Path, fingerprint: str) -> None:
        super().__init__(
            f"The key this matter is sealed with ({fingerprint}) is not at {path}. Nothing goes "
            f"out unsigned while it is in use: put it back, name its place in {_KEY}, or retire "
            "it with forthwith seal-key retire."
        )


@dataclass(frozen=True, slots=True)
class Seal:
    """One seal as it is written."""

    data: bytes
    #: Of the key it is signed with.
    fingerprint: str

    @property
    def sha256(self) -> str:
        """Return the digest the journal keeps."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Sealer:
    """An opened key with what the journal says of it."""

    row: RegisteredKey
    key: SealingKey

    def volume(self, facts: Mapping[str, str], manifest: tuple[str, str], head: Head) -> Seal:
        """Seal a volume by its manifest: path within it, SHA-256."""
        return self._signed(statement.VOLUME, facts, dict([manifest]), head)

    def paper(self, facts: Mapping[str, str], forms: Mapping[str, str], head: Head) -> Seal:
        """Seal a paper by its forms: SHA-256 by file name."""
        return self._signed(statement.PAPER, facts, forms, head)

    def _signed(
        self, kind: str, facts: Mapping[str, str], subjects: Mapping[str, str], head: Head
    ) -> Seal:
        row = self.row
        signer = Signer(
            row.name, row.fingerprint, row.algorithm, row.public_key, row.certificates, row.known
        )
        said = statement.written(Statement(kind, subjects, facts, head, signer))
        return Seal(envelope.signed(said, self.key), row.fingerprint)


def unlocked(row: RegisteredKey, settings: Mapping[str, str], folder: Path) -> Sealer:
    """Open the key a matter is sealed with. Raises KeyGoneError, KeyFileError, OtherKeyError."""
    named = os.environ.get(_KEY) or settings.get("key") or row.where
    path = folder / Path(named).expanduser()
    if not path.is_file():
        raise KeyGoneError(path, row.fingerprint)
    key = opened(path, password_in(_password_file(settings, folder)))
    if key.public.fingerprint != row.fingerprint:
        raise OtherKeyError(path, row.fingerprint)
    return Sealer(row, key)


def opened(path: Path, password: bytes | None) -> SealingKey:
    """Open a key file; where it is encrypted and no password known, the terminal is asked.

    Raises KeyFileError.
    """
    try:
        return keys.load(path, password)
    except KeyPasswordError:
        prompt = asking.password.get()
        if password is not None or prompt is None:
            raise
        return keys.load(path, prompt(path).encode())


def password_in(path: Path | None) -> bytes | None:
    """Return the password a file holds, without the end of its line; None for no file.

    Raises KeyFileError; what it says never quotes the file.
    """
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            data = file.read(4096)
    except OSError:
        raise KeyFileError(path, "the file of its password cannot be read", _CURE) from None
    password = data.removesuffix(b"\n").removesuffix(b"\r")
    if not password or b"\n" in password:
        raise KeyFileError(path, "it should hold one password on one line", _CURE)
    return password


_CURE = "Name a file that holds the password alone."


def _password_file(settings: Mapping[str, str], folder: Path) -> Path | None:
    named = os.environ.get(_PASSWORD_FILE) or settings.get("password_file")
    return folder / Path(named).expanduser() if named else None
