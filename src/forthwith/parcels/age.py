"""age files (age-encryption.org/v1), through `pyrage`: made and opened piece by piece.

Every 64 KiB are authenticated and the last piece is marked as such, so one that was changed or cut
short never passes as whole. Under a passphrase the library takes the whole file at once:
`PASSPHRASE_MOST`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from forthwith.parcels.errors import (
    DamagedParcelError,
    KeyUnusableError,
    LibraryMissingError,
    ParcelError,
    WrongKeyError,
)

try:
    import pyrage
except ImportError:
    pyrage = None

#: Bytes under a passphrase at most: the library holds them in memory twice.
PASSPHRASE_MOST = 2**30
#: How an age file begins, in bytes and as text.
MARKS = (b"age-encryption.org/v1\n", b"-----BEGIN AGE ENCRYPTED FILE-----")
_IDENTITY = "AGE-SECRET-KEY-"
_HEADER_MOST = 64 * 1024
_STANZA = re.compile(rb"^-> (\S+)", re.MULTILINE)


class PassphraseTooLargeError(ParcelError):
    """A volume is too large to be encrypted with age under a passphrase."""

    def __init__(self) -> None:
        super().__init__(
            f"age under a passphrase takes at most {PASSPHRASE_MOST / 2**30:.0f} GiB, for it is "
            "made in memory. Encrypt for a key with --to, or take --as zip."
        )


def library() -> Any:
    """Return `pyrage`. Raises LibraryMissingError."""
    if pyrage is None:
        raise LibraryMissingError("pyrage")
    return pyrage


def recipient(key: str, name: str) -> Any:
    """Return the library's value of a public key: "age1…", "ssh-ed25519 …" or "ssh-rsa …".

    Raises KeyUnusableError, LibraryMissingError.
    """
    lib = library()
    kinds = [("ssh-", lib.ssh), ("age1tagpq1", lib.tagpq), ("age1tag1", lib.tag)]
    kinds.append(("age1", lib.x25519))
    for start, kind in kinds:
        if key.startswith(start):
            try:
                return kind.Recipient.from_str(key)
            except lib.RecipientError:
                break
    raise KeyUnusableError(
        name,
        "it is no public key that age knows (age1…, ssh-ed25519, ssh-rsa), or not a whole one",
        "Copy it again, or ask the recipient for a key of one of these kinds",
    )


class _Reader:
    """Pieces as the library reads them; keeps what their maker raised."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._left = pieces, memoryview(b"")
        self.raised: BaseException | None = None

    def read(self, length: int = -1) -> bytes:
        try:
            while not self._left:
                if (piece := next(self._pieces, None)) is None:
                    return b""
                self._left = memoryview(piece)
        except BaseException as error:
            self.raised = error
            raise
        end = len(self._left) if length < 0 else length
        piece, self._left = bytes(self._left[:end]), self._left[end:]
        return piece


class _Writer:
    """Writes where it is told; keeps what was raised there."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self.raised: BaseException | None = None

    def write(self, data: bytes) -> int:
        try:
            self._write(bytes(data))
        except BaseException as error:
            self.raised = error
            raise
        return len(data)

    def flush(self) -> None:
        """Do nothing: nothing is held back."""


def encrypt(
    pieces: Iterator[bytes], write: Callable[[bytes], object], recipients: Sequence[Any]
) -> None:
    """Encrypt for `recipients`, as `recipient` returns them.

    What `pieces` and `write` raise goes through.
    """
    reader, writer = _Reader(pieces), _Writer(write)
    try:
        library().encrypt_io(reader, writer, list(recipients))
    except library().EncryptError as error:
        raise (reader.raised or writer.raised or ParcelError(f"age: {error}.")) from None


def encrypt_by_passphrase(
    pieces: Iterable[bytes], write: Callable[[bytes], object], passphrase: str
) -> None:
    """Encrypt under a passphrase. Raises PassphraseTooLargeError, and what `pieces` raise."""
    data = bytearray()
    for piece in pieces:
        data += piece
        if len(data) > PASSPHRASE_MOST:
            raise PassphraseTooLargeError
    write(library().passphrase.encrypt(bytes(data), passphrase))


def identities(text: str, name: str) -> list[Any]:
    """Return the secret keys of an identity file, one a line. Raises KeyUnusableError."""
    keys: list[Any] = []
    for line in map(str.strip, text.splitlines()):
        if not line or line.startswith("#"):
            continue
        try:
            keys.append(library().x25519.Identity.from_str(line))
        except library().IdentityError:
            # The line may be a secret.
            raise KeyUnusableError(
                name,
                "a line of it is no secret key of age (AGE-SECRET-KEY-1…)",
                "Give the file that age-keygen wrote",
            ) from None
    return keys


def is_identity(text: str) -> bool:
    """Return True for text that holds a secret key of age."""
    return _IDENTITY in text.upper()


def ssh_identity(data: bytes, name: str) -> Any:
    """Return an SSH secret key that is not locked. Raises KeyUnusableError."""
    try:
        return library().ssh.Identity.from_buffer(data)
    except library().IdentityError as error:
        if "decrypted first" in str(error):
            raise KeyUnusableError(
                name,
                "it is an SSH key locked by a passphrase",
                "Make an unlocked copy with `ssh-keygen -p -f COPY`, and delete it afterwards",
            ) from None
        raise KeyUnusableError(
            name,
            "it is no whole secret key of the kinds ssh-ed25519 and ssh-rsa",
            "Give the key that the parcel was encrypted for",
        ) from None


def by_passphrase(head: bytes) -> bool:
    """Return True where the head of an age file says that a passphrase opens it."""
    return b"scrypt" in _STANZA.findall(head[:_HEADER_MOST])


def decrypt(
    pieces: Iterator[bytes], write: Callable[[bytes], object], keys: Sequence[Any], name: str
) -> None:
    """Decrypt by keys. Raises WrongKeyError, DamagedParcelError, and what `pieces` and `write` do.

    What was written before damage is met is authentic, and not the whole.
    """
    reader, writer = _Reader(pieces), _Writer(write)
    try:
        library().decrypt_io(reader, writer, list(keys))
    except (library().DecryptError, OSError) as error:
        if raised := reader.raised or writer.raised:
            raise raised from None
        raise _refused(str(error), name, "key") from None


def decrypt_by_passphrase(data: bytes, passphrase: str, name: str) -> bytes:
    """Decrypt under a passphrase. Raises WrongKeyError, DamagedParcelError."""
    try:
        plain: bytes = library().passphrase.decrypt(data, passphrase)
    except (library().DecryptError, OSError) as error:
        raise _refused(str(error), name, "password") from None
    return plain


def _refused(said: str, name: str, what: str) -> ParcelError:
    """Return the error for what the library says; its own words are of its own parts."""
    if "No matching keys" in said or "Decryption failed" in said:
        return WrongKeyError(f"no {what} that was given opens {name}")
    if "Excessive work" in said:
        return DamagedParcelError(
            f"{name} is not opened: its passphrase is made to take hours to try, as no sound "
            "program does. Ask for it encrypted for a key."
        )
    return DamagedParcelError(
        f"{name} is not what was encrypted: it was cut short or changed on its way. Ask for it "
        "again."
    )
