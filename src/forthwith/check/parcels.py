"""Deliveries in parts or encrypted: joined, and decrypted into a private folder.

What a file is, its content says: age and OpenPGP are opened here, an encrypted zip file as it is
unpacked. What comes out is looked at only when the whole was authentic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from forthwith.check.volume import VolumeUnreadableError
from forthwith.parcels import age, keys, openpgp
from forthwith.parcels.errors import WrongKeyError
from forthwith.parcels.keys import Identities
from forthwith.parcels.parts import JoinedFile, joined_name, pieces_of
from forthwith.workers import scratch

_HEAD = 2**16
#: An OpenPGP message may be compressed inside: what it may grow to, bytes and times its own size.
_MOST, _RATIO, _FREELY = 2**40, 1_000, 2**28
#: Before the names of folders for what was unpacked or decrypted to be looked at.
PRIVATE = "forthwith-check-"
_ENDINGS = (".age", ".gpg", ".pgp", ".asc")


class NotOpenedError(VolumeUnreadableError):
    """An encrypted delivery was not opened."""

    def __init__(self, name: str, why: str, cure: str) -> None:
        super().__init__(f"{name} was not opened: {why}. {cure}")


@dataclass(slots=True)
class Secrets:
    """What may open a delivery; never printed, never written."""

    passwords: Sequence[str] = field(default=(), repr=False)
    identities: Sequence[Path] = ()
    #: Asks the person at the terminal for the password of what it names; None where nobody is.
    ask: Callable[[str], str] | None = None
    _read: Identities | None = field(default=None, repr=False)

    def keys(self) -> Identities:
        """Return the secret keys, read once. Raises KeyUnusableError, LibraryMissingError."""
        if self._read is None:
            self._read = keys.identities(self.identities, self.passwords)
        return self._read

    def asked(self, name: str) -> Sequence[str]:
        """Return the passwords there are; where there is none, the one a person gives."""
        if not self.passwords and self.ask is not None:
            self.passwords = [word] if (word := self.ask(name)) else []
        return self.passwords


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file as it was given, whole or in parts, as far as it could be opened."""

    #: As they came.
    given: tuple[Path, ...]
    #: What they hold, decrypted: one file, or its parts.
    inside: tuple[Path, ...]
    #: What it is called: "VOL001.zip".
    name: str


def opened(parts: tuple[Path, ...], secrets: Secrets, stack: ExitStack) -> Parcel:
    """Return a file, its parts joined, and decrypted where it is encrypted as a whole.

    Raises NotOpenedError, KeyUnusableError, DamagedParcelError, LibraryMissingError.
    """
    name = joined_name(parts[0].name)
    with JoinedFile(*(part.resolve() for part in parts)) as source:
        head, size = source.read(0, _HEAD), source.size
    if head.startswith(age.MARKS):
        write = _age(parts, name, head, size, secrets)
    elif openpgp.is_message(head):
        write = _openpgp(parts, name, head, size, secrets)
    else:
        return Parcel(parts, parts, name)
    folder = stack.enter_context(scratch.folder(PRIVATE))
    inner = name
    for ending in _ENDINGS:
        inner = inner.removesuffix(ending)
    target = folder / (inner or name)
    with target.open("xb") as file:
        write(file.write)
    return Parcel(parts, (target,), inner or name)


_Write = Callable[[Callable[[bytes], object]], None]


def _age(parts: tuple[Path, ...], name: str, head: bytes, size: int, secrets: Secrets) -> _Write:
    if age.by_passphrase(head):
        plain = _by_passphrase(parts, name, size, secrets)
        return lambda write: _put(plain, write)
    identities = secrets.keys().age
    if not identities:
        raise _no_key(name, secrets)

    def decrypt(write: Callable[[bytes], object]) -> None:
        try:
            age.decrypt(pieces_of(parts), write, identities, name)
        except WrongKeyError:
            raise _wrong_key(name) from None

    return decrypt


def _put(data: bytes, write: Callable[[bytes], object]) -> None:
    write(data)


def _by_passphrase(parts: tuple[Path, ...], name: str, size: int, secrets: Secrets) -> bytes:
    if size > age.PASSPHRASE_MOST + 2**20:
        raise NotOpenedError(
            name,
            f"it is age under a password and larger than {age.PASSPHRASE_MOST / 2**30:.0f} GiB, "
            "which is opened in memory",
            f"Open it by hand: age --decrypt --output FILE {name}; and check FILE.",
        )
    passwords = secrets.asked(name)
    if not passwords:
        raise _no_password(name)
    data = b"".join(pieces_of(parts))
    for password in passwords:
        try:
            return age.decrypt_by_passphrase(data, password, name)
        except WrongKeyError:
            continue
    raise _wrong_password(name)


def _openpgp(
    parts: tuple[Path, ...], name: str, head: bytes, size: int, secrets: Secrets
) -> _Write:
    held, for_key = secrets.keys().openpgp, openpgp.for_key(head)
    passwords = secrets.passwords if held or for_key else secrets.asked(name)
    if not held and not passwords:
        raise _no_key(name, secrets) if for_key else _no_password(name)

    def decrypt(write: Callable[[bytes], object]) -> None:
        def pieces() -> Iterable[bytes]:
            return openpgp.decrypted(lambda: pieces_of(parts), held, passwords, name)

        most, total = min(_MOST, max(_FREELY, _RATIO * size)), 0
        try:
            for piece in pieces():
                total += len(piece)
                if total > most:
                    raise NotOpenedError(
                        name,
                        f"it grows to more than {most:,} bytes, as nothing sound does",
                        "Open it by hand where it can do no harm, and check what comes out.",
                    )
                write(piece)
        except WrongKeyError as error:
            if "locked" in str(error):
                raise NotOpenedError(
                    name,
                    "the secret key is locked, and no password that was given unlocks it",
                    "Give the key's own password with --password-file.",
                ) from None
            if for_key and not held:
                raise _no_key(name, secrets) from None
            raise (_wrong_key(name) if held else _wrong_password(name)) from None

    return decrypt


def _no_key(name: str, secrets: Secrets) -> NotOpenedError:
    other = ", and the one that was given is of another kind" if secrets.identities else ""
    return NotOpenedError(
        name,
        f"it is encrypted for a key{other}",
        "Give the file of your secret key with --identity.",
    )


def _no_password(name: str) -> NotOpenedError:
    return NotOpenedError(
        name,
        "it is encrypted under a password",
        "Give a file of passwords with --password-file, one a line.",
    )


def _wrong_key(name: str) -> NotOpenedError:
    return NotOpenedError(
        name,
        "no key that was given fits",
        "It takes the secret key of a recipient that the receipt names.",
    )


def _wrong_password(name: str) -> NotOpenedError:
    return NotOpenedError(
        name,
        "no password that was given fits",
        "Ask the sender for it, and give it on a line of the file of --password-file.",
    )
