"""The process in which OpenPGP runs: an order and then data on standard input, data out.

The order is JSON behind its length (4 bytes, big-endian): what to do, keys in Base64, passwords.
"""

from __future__ import annotations

import base64
import json
import os
import struct
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import pysequoia

#: Exit statuses: no key fits, the key that fits is locked, the message is damaged.
NO_KEY, LOCKED, DAMAGED = 3, 4, 5
_IN, _OUT = "/dev/stdin", "/dev/stdout"


def main() -> int:
    """Carry out one order; returns the exit status."""
    (length,) = struct.unpack(">I", _exactly(4))
    order = json.loads(_exactly(length))
    keys = [base64.b64decode(key) for key in order["keys"]]
    passwords = order["passwords"]
    if order["do"] == "encrypt":
        recipients = [pysequoia.Cert.from_bytes(key) for key in keys]
        pysequoia.encrypt_file(_IN, _OUT, recipients, passwords=passwords, armor=False)
        return 0
    return _decrypt(keys, passwords)


def _exactly(length: int) -> bytes:
    """Read so many bytes, and none beyond, which are the library's."""
    data = b""
    while len(data) < length:
        piece = os.read(0, length - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def _decrypt(keys: Sequence[bytes], passwords: Sequence[str]) -> int:
    """Decrypt by the one key there is, or else by the passwords."""
    opener: dict[str, Any] = {"passwords": passwords}
    if keys:
        key = pysequoia.Tsk.from_bytes(keys[0])
        if (unlocked := next(_unlocked(key, passwords), None)) is None:
            return LOCKED
        opener = {"decryptor": unlocked}
    try:
        pysequoia.decrypt_file(_IN, _OUT, **opener)
    except RuntimeError as error:
        return NO_KEY if str(error).startswith("No key to decrypt") else DAMAGED
    return 0


def _unlocked(key: Any, passwords: Sequence[str]) -> Iterator[Any]:
    """Yield a secret key as the library uses it, for each password that unlocks it."""
    for password in (None, *passwords):
        try:
            yield key.decryptor(password)
        except RuntimeError:
            continue


if __name__ == "__main__":
    sys.exit(main())
