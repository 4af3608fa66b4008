"""Keys as people give them: public ones to encrypt for, secret ones to open with.

What a file is, its content says. A secret key where a public one belongs is refused, so that none
is ever sent about; no message repeats what may be a secret.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from forthwith.parcels import age, openpgp
from forthwith.parcels.errors import KeyUnusableError, WrongKeyError

#: Bytes of a key file at most.
_MOST = 2**22


class Way(StrEnum):
    """How a parcel is encrypted."""

    AGE = "age"
    OPENPGP = "openpgp"
    ZIP = "zip"


@dataclass(frozen=True, slots=True)
class Recipient:
    """One public key."""

    way: Way
    #: "age key", "SSH key", "OpenPGP certificate".
    kind: str
    #: By which its owner knows it: an age key itself, SHA256:… of SSH, the fingerprint of OpenPGP.
    fingerprint: str
    #: Whose it says it is; "" where it does not.
    name: str
    #: The key in text, or a certificate in bytes.
    key: str | bytes

    def as_json(self) -> dict[str, str]:
        """Return it as plain data."""
        return {"kind": self.kind, "fingerprint": self.fingerprint, "name": self.name}


@dataclass(frozen=True, slots=True)
class Identities:
    """Secret keys to open with; nothing of them is ever printed."""

    #: As the library of age has them.
    age: Sequence[Any] = field(default=(), repr=False)
    openpgp: Sequence[bytes] = field(default=(), repr=False)


def recipients(given: str, home: Path) -> list[Recipient]:
    """Return the public keys in what was given: a key as text, or a file of keys.

    A relative file lies in `home`. Raises KeyUnusableError, LibraryMissingError.
    """
    text = given.strip()
    if age.is_identity(text):
        raise _secret("what was given")
    if text.startswith(("age1", "ssh-")) and not (home / given).is_file():
        return [_of_line(text, _shown(text))]
    data = _read(home / given, given)
    if openpgp.is_secret_key(data):
        raise _secret(given)
    if openpgp.is_certificate(data):
        return [_of_certificate(certificate) for certificate in openpgp.certificates(data, given)]
    lines = _text(data, given)
    if age.is_identity(lines) or "PRIVATE KEY-----" in lines:
        raise _secret(given)
    rows = [line.strip() for line in lines.splitlines()]
    found = [_of_line(row, given) for row in rows if row and not row.startswith("#")]
    if not found:
        raise KeyUnusableError(given, "there is no key in it", _WHICH)
    return found


_WHICH = (
    "Give an age key (age1…), a file of such keys or of SSH public keys, or an OpenPGP certificate"
)


def _shown(text: str) -> str:
    return text if len(text) <= 24 else f"{text[:21]}…"


def _secret(name: str) -> KeyUnusableError:
    return KeyUnusableError(
        name,
        "it holds a secret key, which only its owner may have, and nobody is sent",
        "Give the public key of the recipient: the line age1… of age-keygen, the file .pub of SSH, "
        "or what gpg --export writes",
    )


def _read(path: Path, name: str) -> bytes:
    if not path.is_file():
        raise KeyUnusableError(_shown(name) or "--to", "there is no such file", _WHICH)
    try:
        if path.stat().st_size > _MOST:
            raise KeyUnusableError(name, f"it is larger than {_MOST:,} bytes", _WHICH)
        return path.read_bytes()
    except OSError as error:
        raise KeyUnusableError(_shown(name), str(error.strerror), _WHICH) from None


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise KeyUnusableError(name, "it is no key of a kind that is known", _WHICH) from None


def _of_line(line: str, name: str) -> Recipient:
    age.recipient(line, name)
    if not line.startswith("ssh-"):
        return Recipient(Way.AGE, "age key", line, "", line)
    kind, body, *comment = line.split(None, 2)
    digest = hashlib.sha256(base64.b64decode(body)).digest()
    # As `ssh-keygen -l` prints it.
    fingerprint = "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
    return Recipient(Way.AGE, f"SSH key ({kind})", fingerprint, "".join(comment), f"{kind} {body}")


def _of_certificate(certificate: Any) -> Recipient:
    names = [str(name) for name in certificate.user_ids]
    return Recipient(
        Way.OPENPGP,
        "OpenPGP certificate",
        str(certificate.fingerprint).upper(),
        names[0] if names else "",
        bytes(certificate),
    )


def identities(paths: Sequence[Path], passwords: Sequence[str]) -> Identities:
    """Return the secret keys in files: of age (a locked one too), of SSH, of OpenPGP.

    Raises KeyUnusableError, LibraryMissingError.
    """
    of_age: list[Any] = []
    of_openpgp: list[bytes] = []
    for path in paths:
        data = _read(path, str(path))
        if openpgp.is_secret_key(data):
            openpgp.library()
            of_openpgp.append(data)
        elif openpgp.is_certificate(data):
            raise _public(path)
        elif b"PRIVATE KEY-----" in data:
            of_age.append(age.ssh_identity(data, str(path)))
        else:
            of_age += _of_age(data, path, passwords)
    return Identities(of_age, of_openpgp)


def _of_age(data: bytes, path: Path, passwords: Sequence[str]) -> list[Any]:
    if data.startswith(age.MARKS):
        data = _unlocked(data, path, passwords)
    text = _text(data, str(path))
    if not age.is_identity(text):
        raise _public(path) if text.strip().startswith(("age1", "ssh-")) else _no_identity(path)
    return age.identities(text, str(path))


def _unlocked(data: bytes, path: Path, passwords: Sequence[str]) -> bytes:
    """Return an identity file that is itself under a passphrase, opened."""
    for password in passwords:
        try:
            return age.decrypt_by_passphrase(data, password, str(path))
        except WrongKeyError:
            continue
    raise KeyUnusableError(
        str(path),
        "it is locked by a passphrase, and no password that was given opens it",
        "Give its passphrase with --password-file",
    )


def _public(path: Path) -> KeyUnusableError:
    return KeyUnusableError(
        str(path),
        "it is a public key, which encrypts and opens nothing",
        "Give the secret key that belongs to it",
    )


def _no_identity(path: Path) -> KeyUnusableError:
    return KeyUnusableError(
        str(path),
        "there is no secret key in it",
        "Give the file age-keygen wrote, an SSH secret key, or what gpg --export-secret-keys wrote",
    )
