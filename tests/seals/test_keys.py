"""Keys of every file other programs write open, and say so in a sentence when they do not."""

from __future__ import annotations

import contextlib
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from forthwith.seals import keys
from forthwith.seals.keys import Algorithm, KeyFileError, KeyPasswordError, SealingKey
from tests.builders import authority

PASSWORD = b"correct horse"
ED = ed25519.Ed25519PrivateKey.generate()
P384 = ec.generate_private_key(ec.SECP384R1())


def pkcs12_of(password: bytes) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    own = authority.certificate("Reyes & Holm LLP", key, ("Root", P384), usage=None)
    locked = BestAvailableEncryption(password) if password else NoEncryption()
    return pkcs12.serialize_key_and_certificates(b"x", key, own, None, locked)


FILES = {
    "PKCS#8": ED.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    "PKCS#8 in DER": ED.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
    "OpenSSH": ED.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()),
    "SEC 1": P384.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
    "PKCS#12": pkcs12_of(b""),
}
LOCKED = {
    "PKCS#8": ED.private_bytes(Encoding.PEM, PrivateFormat.PKCS8,
                               BestAvailableEncryption(PASSWORD)),
    "PKCS#8 in DER": ED.private_bytes(Encoding.DER, PrivateFormat.PKCS8,
                                      BestAvailableEncryption(PASSWORD)),
    "SEC 1": P384.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL,
                                BestAvailableEncryption(PASSWORD)),
    "PKCS#12": pkcs12_of(PASSWORD),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("password", [None, b"not needed"])
def test_a_key_in_the_clear_opens(name: str, password: bytes | None, tmp_path: Path) -> None:
    """A password file that is set for another key does no harm."""
    if name == "PKCS#12" and password:
        pytest.skip("an empty password is one there, and another is wrong")
    path = tmp_path / "key"
    path.write_bytes(FILES[name])

    key = keys.load(path, password)

    assert key.public.verifies(b"data", key.sign(b"data"))


@pytest.mark.parametrize("name", LOCKED)
def test_an_encrypted_key_takes_its_password_and_no_other(name: str, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(LOCKED[name])

    assert keys.load(path, PASSWORD).public.fingerprint
    with pytest.raises(KeyPasswordError, match="the password does not open it"):
        keys.load(path, b"wrong")
    with pytest.raises(KeyPasswordError, match="it is encrypted"):
        keys.load(path, None)


def test_certificates_come_with_the_key(tmp_path: Path) -> None:
    path = tmp_path / "key.p12"
    path.write_bytes(FILES["PKCS#12"])

    (own,) = keys.load(path).certificates
    assert keys.public_in(own.encode()) is not None


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs ssh-keygen")
def test_fingerprints_are_those_other_programs_print(tmp_path: Path) -> None:
    """What a letter names must be found again with tools that are not ours."""
    path = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    printed = subprocess.run(["ssh-keygen", "-l", "-f", path], capture_output=True, check=True)

    assert keys.load(path).public.openssh_fingerprint in printed.stdout.decode()


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs ssh-keygen")
def test_a_key_encrypted_by_openssh_opens_with_its_password(tmp_path: Path) -> None:
    path = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", path], check=True)
    assert keys.load(path, b"secret").public.algorithm == "Ed25519"
    with pytest.raises(KeyPasswordError, match="it is encrypted"):
        keys.load(path, None)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"no key at all",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
        b"\x30\x82" + b"\0" * 40,
        rsa.generate_private_key(65537, 2048).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        ),
        dsa.generate_private_key(1024).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        ),
        ec.generate_private_key(ec.SECP256K1()).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        ),
        ED.public_key().public_bytes(Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
    ],
)
def test_what_is_no_sealing_key_is_one_sentence(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(data)

    with pytest.raises(KeyFileError):
        keys.load(path)


def test_damaged_key_files_are_refused_and_never_crash(tmp_path: Path) -> None:
    chance, path = random.Random(20260209), tmp_path / "key"
    for whole in (*FILES.values(), *LOCKED.values()):
        for _ in range(40):
            data = bytearray(whole)
            for _ in range(chance.choice((1, 3, 9))):
                data[chance.randrange(len(data))] = chance.randrange(256)
            path.write_bytes(data)
            with contextlib.suppress(KeyFileError):
                assert isinstance(keys.load(path, chance.choice((None, PASSWORD))), SealingKey)
            keys.public_in(bytes(data))


@pytest.mark.parametrize("kind", Algorithm)
def test_a_key_signs_alike_each_time(kind: Algorithm, tmp_path: Path) -> None:
    """A run that is killed and run again must leave the same bytes."""
    key = keys.make(kind)
    keys.write(tmp_path / "deep" / "key.pem", key, PASSWORD)
    again = keys.load(tmp_path / "deep" / "key.pem", PASSWORD)

    assert key.sign(b"data") == again.sign(b"data")
    assert (tmp_path / "deep" / "key.pem").stat().st_mode & 0o777 == 0o600
    with pytest.raises(keys.KeyExistsError):
        keys.write(tmp_path / "deep" / "key.pem", key, None)
