"""OpenPGP messages (RFC 9580, RFC 4880), through `pysequoia`: made and opened piece by piece.

The library keeps the interpreter to itself until a whole file is done, so it runs in a process of
its own (`openpgp_process`), fed and drained through pipes. Keys and passwords go to it through the
same pipe, before the data: never as arguments or in the environment.
"""

from __future__ import annotations

import base64
import contextlib
import json
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from forthwith.parcels import openpgp_process
from forthwith.parcels.errors import (
    DamagedParcelError,
    KeyUnusableError,
    LibraryMissingError,
    ParcelError,
    WrongKeyError,
)

try:
    import pysequoia
except ImportError:
    pysequoia = None  # type: ignore[assignment]

_PIECE = 2**20
_ARMOUR = b"-----BEGIN PGP "
MESSAGE = _ARMOUR + b"MESSAGE-----"
_SECRET = _ARMOUR + b"PRIVATE KEY BLOCK-----"
_PUBLIC = _ARMOUR + b"PUBLIC KEY BLOCK-----"
#: Tags of packets (RFC 9580, 5): encrypted session keys, secret key, public key.
_PKESK, _SKESK, _SECRET_KEY, _PUBLIC_KEY = 1, 3, 5, 6


def library() -> Any:
    """Return `pysequoia`. Raises LibraryMissingError."""
    if pysequoia is None:
        raise LibraryMissingError("pysequoia")
    return pysequoia


def _tag(head: bytes) -> int:
    """Return the tag of the first packet (RFC 9580, 4.2); 0 where none begins."""
    if not head or not head[0] & 0x80:
        return 0
    return head[0] & 0x3F if head[0] & 0x40 else head[0] >> 2 & 0x0F


def is_message(head: bytes) -> bool:
    """Return True for the beginning of an encrypted message, in text or in bytes."""
    if head.lstrip().startswith(MESSAGE):
        return True
    # Both begin with the number of their version, after a length of one byte or two.
    return _tag(head) in {_PKESK, _SKESK} and not {3, 4, 5, 6}.isdisjoint(head[2:4])


def for_key(head: bytes) -> bool:
    """Return True where a message begins with a session key for somebody's key, in bytes.

    Of one in text that is not looked up: it may be under a password as well.
    """
    return _tag(head) == _PKESK


def is_certificate(data: bytes) -> bool:
    """Return True for public keys, in text or in bytes."""
    return _PUBLIC in data or _tag(data[:1]) == _PUBLIC_KEY


def is_secret_key(data: bytes) -> bool:
    """Return True for secret keys, in text or in bytes."""
    return _SECRET in data or _tag(data[:1]) == _SECRET_KEY


def certificates(data: bytes, name: str) -> list[Any]:
    """Return the certificates of a file, each fit to encrypt for today.

    Raises KeyUnusableError, LibraryMissingError.
    """
    lib = library()
    try:
        found = list(lib.Cert.split_bytes(data))
    except RuntimeError:
        found = []
    if not found:
        raise KeyUnusableError(
            name,
            "it is no OpenPGP certificate, or not a whole one",
            "Ask the recipient to export it again: gpg --armor --export THEIR-ADDRESS",
        )
    for certificate in found:
        _check(certificate, name)
    return found


def _check(certificate: Any, name: str) -> None:
    again = "Ask the recipient for the one in use now"
    if certificate.is_revoked:
        raise KeyUnusableError(name, "its owner has revoked it", again)
    ends: datetime | None = certificate.expiration
    if ends is not None and ends < datetime.now(ends.tzinfo):
        raise KeyUnusableError(name, f"it expired on {ends.date()}", again)
    try:
        library().encrypt(b"", [certificate])
    except RuntimeError:
        why = "it has no key that may be encrypted for today"
        raise KeyUnusableError(name, why, again) from None


def encrypted(
    pieces: Iterator[bytes], recipients: Sequence[bytes], passwords: Sequence[str] = ()
) -> Iterator[bytes]:
    """Yield a message for certificates, given as bytes, or under passwords.

    What `pieces` raise goes through.
    """
    library()
    order = {"do": "encrypt", "keys": _text(recipients), "passwords": list(passwords)}
    yield from _run(order, pieces, "the message")


def decrypted(
    pieces: Callable[[], Iterator[bytes]],
    keys: Sequence[bytes],
    passwords: Sequence[str],
    name: str,
) -> Iterator[bytes]:
    """Yield what a message says, opened by secret keys, locked or not, or by passwords.

    `pieces` gives the message from its beginning, once for each try. Raises WrongKeyError,
    DamagedParcelError. Until this ends, nothing of it is known to be sound.
    """
    library()
    refused: list[WrongKeyError] = []
    for tried in [[key] for key in keys] + ([[]] if passwords else []):
        order = {"do": "decrypt", "keys": _text(tried), "passwords": list(passwords)}
        try:
            yield from _run(order, pieces(), name)
        except WrongKeyError as error:
            refused.append(error)
        else:
            return
    # A locked key may be the right one: that is said before that others are not.
    raise next((error for error in refused if "locked" in str(error)), None) or WrongKeyError(
        f"no key and no password that was given opens {name}"
    )


def _text(keys: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(key).decode() for key in keys]


def _run(order: dict[str, Any], pieces: Iterator[bytes], name: str) -> Iterator[bytes]:
    """Run the library over `pieces` in a process of its own; yield what comes out."""
    head = json.dumps(order).encode()
    raised: list[BaseException] = []
    running = subprocess.Popen(
        [sys.executable, "-m", openpgp_process.__name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    fed, drained, said = running.stdin, running.stdout, running.stderr
    if fed is None or drained is None or said is None:
        return

    def feed() -> None:
        try:
            fed.write(struct.pack(">I", len(head)) + head)
            for piece in pieces:
                fed.write(piece)
            fed.close()
        except BrokenPipeError:
            pass  # it ended before: what it says tells why
        except BaseException as error:  # noqa: BLE001 - raised again where the data is drained
            # The other end must not take what came so far for the whole.
            raised.append(error)
            running.kill()

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    try:
        while piece := drained.read(_PIECE):
            yield piece
        words = said.read().decode(errors="replace")
        status = running.wait()
        feeder.join()
    finally:
        running.kill()
        running.wait()
        feeder.join()
        for pipe in (fed, drained, said):
            with contextlib.suppress(OSError):
                pipe.close()
    if raised:
        raise raised[0]
    if status:
        raise _refused(status, words, name, encrypting=order["do"] == "encrypt")


def _refused(status: int, words: str, name: str, *, encrypting: bool) -> ParcelError:
    if encrypting:
        last = words.strip().splitlines()[-1:] or ["it ended before its time"]
        return ParcelError(f"The delivery could not be encrypted with OpenPGP: {last[0]}.")
    if status == openpgp_process.NO_KEY:
        return WrongKeyError(f"no key and no password that was given opens {name}")
    if status == openpgp_process.LOCKED:
        return WrongKeyError(
            f"the secret key for {name} is locked, and no password that was given unlocks it"
        )
    return DamagedParcelError(
        f"{name} is not what was encrypted: it was cut short or changed on its way. Ask for it "
        "again."
    )
