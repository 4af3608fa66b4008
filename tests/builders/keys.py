"""Keys of every kind a delivery is encrypted for; made once, for making some takes long."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import pyrage
import pysequoia
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa


@dataclass(frozen=True)
class KeyPair:
    """One pair, each half as a file holds it."""

    public: bytes
    secret: bytes

    def write(self, folder: Path, name: str) -> tuple[Path, Path]:
        """Write both halves; returns their files, the public one first."""
        folder.mkdir(exist_ok=True)
        places = folder / f"{name}.pub", folder / f"{name}.key"
        for place, data in zip(places, (self.public, self.secret), strict=True):
            place.write_bytes(data)
        return places


@functools.cache
def age(number: int = 0) -> KeyPair:
    """Return a pair as age-keygen writes it; another one for each number."""
    identity = pyrage.x25519.Identity.generate()
    secret = f"# created: today\n# public key: {identity.to_public()}\n{identity}\n"
    return KeyPair(f"# of staff\n\n{identity.to_public()}\n".encode(), secret.encode())


@functools.cache
def ssh(kind: str) -> KeyPair:
    """Return a pair as ssh-keygen writes it; `kind` is "ed25519" or "rsa"."""
    key = (
        ed25519.Ed25519PrivateKey.generate()
        if kind == "ed25519"
        else rsa.generate_private_key(65537, 2048)
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )
    return KeyPair(public + b" staff@northgate.example\n", secret)


@functools.cache
def openpgp(profile: str = "RFC4880", number: int = 0) -> KeyPair:
    """Return a certificate in text and its secret key; another one for each number."""
    key = pysequoia.Tsk.generate(
        "Staff <staff@northgate.example>", profile=getattr(pysequoia.Profile, profile)
    )
    return KeyPair(str(key.extract_certificate()).encode(), str(key).encode())


#: Every kind there is, by name.
KINDS = {
    "age": age,
    "ssh-ed25519": functools.partial(ssh, "ed25519"),
    "ssh-rsa": functools.partial(ssh, "rsa"),
    "openpgp": openpgp,
    "openpgp-v6": functools.partial(openpgp, "RFC9580"),
}
